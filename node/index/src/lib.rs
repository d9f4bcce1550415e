//! The index: which rows a block adds, and how the rows are read. Derived data, pure functions, no database.
//!
//! ```text
//! block + records + leaves of its batches ─ derive ─> rows ─ storage ─> scans ─ lists, events ─> record numbers, positions
//! ```
//!
//! [`derive`] looks at nothing but its arguments, so that an index that was deleted and derived again from stored records and bodies
//! is the same bytes. Numbers in keys are big-endian: a scan backwards gives the newest first.

mod batch;
mod bytes;
mod derive;
pub mod events;
pub mod keys;
pub mod lists;
pub mod sums;
#[cfg(test)]
mod tests;

pub use derive::{BatchEvents, DeriveError, derive};
pub use events::{Dimension, EventCursor, EventQuery, EventRow};
pub use lists::{RecordList, RecordRow};
pub use sums::Sums;

/// Which rows [`derive`] makes. The number goes up whenever they change: an index of another version is deleted and derived again.
pub const VERSION: u32 = 2;

/// A row of the index does not read: the data folder is damaged, or another version of the program wrote it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a row of the index ({what}) does not read; stop the node and rebuild its index")]
pub struct RowError {
    what: &'static str,
}
