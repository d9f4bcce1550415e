//! What a node keeps: one RocksDB and one append-only log of bodies in one folder.
//!
//! ```text
//! FORMAT       which version of the folder this is; a folder without it is none of ours
//! bodies.log   extrinsics over 1 KiB, each once; blocks point into it
//! db/          everything else: headers, blocks, certificates, state trie, records, undecided blocks, index, marks
//!
//! commit: bodies.log fsync ─> one RocksDB batch, fsync ─> Committed
//! ```
//!
//! Bodies of old batches may leave the log for archive files, and come back
//! ([`Store::write_archive`], [`Store::prune_archived`], [`Store::restore_archive`]).
//!
//! Whatever a batch points to is durable before the batch is. At the start the log is cut behind the last byte that a batch ever
//! pointed to. A write that fails is never repeated: the store refuses every further write and the node ends.
//!
//! This crate alone knows RocksDB.

mod archive;
mod bodies;
mod columns;
mod commit;
mod error;
mod folder;
mod index;
mod marks;
mod read;
mod retention;
mod rows;
mod store;
#[cfg(test)]
mod tests;
mod trie;
mod undecided;

pub use archive::{ArchiveContent, ArchiveError, CheckedBlock, read as read_archive};
pub use error::{Fault, StorageError};
pub use index::{SCAN_ROWS_MAX, SUMS_FROM};
pub use marks::HighWater;
pub use read::{DiskUsage, StoredRecord};
pub use retention::Archived;
pub use store::{Genesis, GenesisBlock, Options, StatePruning, Store};
pub use undecided::{META_BYTES_MAX, UNDECIDED_MAX, Undecided};
