//! The index: which rows a block adds, and how the rows are read. Derived data, pure functions, no database.
//!
//! ```text
//! block + records + leaves of its batches ─ derive ─> rows ─ storage ─> scans ─ lists, events ─> record numbers, positions
//! ```
//!
//! [`derive`] looks at nothing but its arguments, so that an index that was deleted and derived again from stored records and bodies
//! is the same bytes. Numbers in keys are big-endian: a scan backwards gives the newest first.

mod bytes;
mod derive;
pub mod events;
pub mod keys;
pub mod lists;
#[cfg(test)]
mod tests;

pub use derive::{BatchEvents, DeriveError, derive};
pub use events::{Dimension, EventCursor, EventQuery, EventRow};
pub use lists::{RecordList, RecordRow};

/// A row of the index does not read: the data folder is damaged, or another version of the program wrote it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a row of the index ({what}) does not read; stop the node and rebuild its index")]
pub struct RowError {
    what: &'static str,
}
