//! DCAT-AP as JSON-LD, in and out.
//!
//! No context is ever fetched: what a document's own context says counts, and behind it the prefixes and names that DCAT-AP documents use.

pub mod json_ld;
pub mod read;
pub mod write;
