//! Search of the catalog: full text with Chinese word segmentation, facets and their counts. Derived data, beside the chain's own.
//!
//! ```text
//! acts on an entry ─ Course ─> version shown, states ─┐
//! its submission ── content ──────────────────────────┴─ Document ─> Engine (tantivy, in a folder of its own)
//!                                                                      │ commit with a Stamp: height, hash, records covered
//! store ── what was committed since the stamp ─> Search::catch_up ─────┘
//! question ─> words, masks ─> Search::find ─> rows by rank, counts by facet, the height that they are complete to
//! ```
//!
//! What stands in the index of an entry follows from the entry's records alone, and a rank from the entry and the question alone: an
//! index that was deleted and built again gives the same answers (docs/adr/0008-tantivy-and-jieba-for-search.md).

mod course;
mod document;
mod engine;
mod error;
mod facets;
mod find;
mod follow;
mod question;
mod stamp;
#[cfg(test)]
mod tests;
mod words;

pub use error::SearchError;
pub use find::{Extent, Now};
pub use follow::Search;
