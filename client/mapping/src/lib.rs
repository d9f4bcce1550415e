//! From what a platform writes of a call to the event that is reported: field paths, constants, tables and regular expressions, in a
//! language small enough to read (`docs/mapping.md`).
//!
//! ```text
//! bytes ── Mapping::record ──> Record { id, place, value, raw } ── Mapping::draft ──> Draft (mulu-client) | skipped | Poison { reason, detail }
//! ```
//!
//! Pure: nothing here reads a file, asks a clock or talks to a node. Every mistake in a mapping is told when it is read, with its key; what is
//! wrong with a record is told by field and path, never by value.

mod error;
mod expression;
mod fields;
mod form;
mod kind;
mod lines;
mod mapping;
mod path;
pub mod presets;
mod record;
mod route;
mod scalar;
mod skip;
mod strict;

pub use error::MappingError;
pub use lines::{Lines, RECORD_BYTES_MAX, json_of};
pub use mapping::{Described, Mapping};
pub use record::{Poison, Record, place};
