//! Fingerprints of the resources behind entries: what a mount says of a schema, and what a platform sees of it, in one canonical form.
//!
//! ```text
//! CSV header · JSON schema · table description · OpenAPI operation ──> canonical JSON ──> blake3, keyed as a document's digest
//! ```
//!
//! What does not change how a consumer reads the resource (descriptions, examples, order of columns in a table) does not change the fingerprint.

pub mod canonical;
pub mod fingerprint;
pub mod report;
