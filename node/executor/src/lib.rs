//! Runs the runtime: builds blocks, executes those of others, validates extrinsics, reads state.
//!
//! ```text
//! Pooled ── build ───┐
//!                    ├─ begin · inherent · check signatures · apply one by one · end ──> Executed
//! Block ─── execute ─┘        (one path; a proposal is checked by doing again what its proposer did)
//! Extrinsic ─ validate ──> Validity        header ─ query, storage, call, read_proof ──> what its state says
//! ```
//!
//! FRAME runs natively, over the node's trie and with nothing written: what changed is returned. No clock, no network. A panic inside
//! the runtime makes a block invalid or drops a candidate; an error of the database arrives as a panic too, is noted where it happens
//! and becomes [`ExecuteError::Database`], which ends the node.

mod block_run;
mod build;
mod error;
mod events;
mod execute;
mod nodes;
mod query;
mod run;
mod signed;
mod state;
mod terms;
#[cfg(test)]
mod tests;
mod upgrade;
mod validate;
mod values;
mod verified;

pub use build::Built;
pub use error::{ExecuteError, ValidateError};
pub use events::RecordedEvents;
pub use signed::DEPTH_MAX;
pub use upgrade::Versions;

use mulu_primitives::trie::TrieReader;
use nodes::SharedNodes;
use std::sync::Arc;
use terms::Remembered;
use values::Values;
use verified::Verified;

/// Stack of the threads that run blocks. Nothing of ours recurses; this is for what a hostile block might find.
pub const STACK_BYTES: usize = 32 * 1024 * 1024;

/// Executes blocks over a state trie that it reads and never writes. Shared by the whole node.
pub struct Executor {
    reader: Arc<dyn TrieReader>,
    nodes: Arc<SharedNodes>,
    verified: Verified,
    terms: Remembered,
    values: Arc<Values>,
    workers: rayon::ThreadPool,
}

impl Executor {
    /// An executor over the trie that `reader` reads.
    ///
    /// # Panics
    /// If the system refuses to start threads.
    pub fn new(reader: Arc<dyn TrieReader>) -> Self {
        let workers = rayon::ThreadPoolBuilder::new()
            .thread_name(|number| format!("executor-{number}"))
            .stack_size(STACK_BYTES)
            .build()
            .expect("a node starts its threads before it does anything else");
        Self {
            reader,
            nodes: Arc::default(),
            verified: Verified::default(),
            terms: Remembered::default(),
            values: Arc::default(),
            workers,
        }
    }
}
