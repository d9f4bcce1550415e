//! From what a platform writes of a call to the event that is reported: field paths, constants, tables and regular expressions, in a
//! language small enough to read.
//!
//! ```text
//! Record { id, value, raw } ── Mapping ──> Draft (mulu-client) | Poison { reason, detail }
//! ```
//!
//! Pure: nothing here reads a file, asks a clock or talks to a node.

mod record;

pub use record::{Poison, Record};
