//! What the server is given by the node.

use mulu_decision::Desk;
use mulu_executor::{Executor, ValidateError};
use mulu_pool::{Left, Place, Pool, Refusal};
use mulu_primitives::{block::Extrinsic, stages::Committed};
use mulu_proofs::{genesis::GenesisFile, ids::Digest32};
use mulu_search::Search;
use mulu_storage::Store;
use std::sync::{Arc, Mutex};
use tokio::sync::{broadcast, mpsc, oneshot, watch};

/// An extrinsic on its way to the pool service, which alone writes the pool.
#[derive(Debug)]
pub struct Submission {
    /// The extrinsic.
    pub extrinsic: Extrinsic,
    /// Where the answer goes.
    pub reply: oneshot::Sender<Result<Place, SubmitError>>,
}

/// Why an extrinsic was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// The pool has no place for it.
    #[error("{0}")]
    Refused(Refusal),
    /// It is not valid.
    #[error("{0}")]
    Invalid(ValidateError),
    /// Too many submissions at once.
    #[error("the node is busy; try again later")]
    Busy,
}

/// What the node says of itself.
#[derive(Clone, Debug)]
pub struct NodeInfo {
    /// `Development`, `Local` or `Live`.
    pub chain_type: String,
    /// Version of the program.
    pub version: String,
    /// Name of the node.
    pub name: String,
    /// Name among its peers.
    pub peer_id: String,
    /// Whether it needs peers at all.
    pub should_have_peers: bool,
    /// Connected peers.
    pub peers: watch::Receiver<usize>,
    /// Chain id, genesis header, first validators.
    pub genesis: GenesisFile,
}

/// What the server works with.
#[derive(Clone)]
pub struct RpcParts {
    /// Blocks, records, index.
    pub store: Arc<Store>,
    /// Full text of the catalog.
    pub search: Arc<Search>,
    /// State.
    pub executor: Arc<Executor>,
    /// What waits; the server reads it only.
    pub pool: Arc<Mutex<Pool>>,
    /// To the pool service.
    pub submit: mpsc::Sender<Submission>,
    /// Every committed block.
    pub committed: broadcast::Sender<Arc<Committed>>,
    /// Every extrinsic that left the pool without a block.
    pub left: broadcast::Sender<(Digest32, Left)>,
    /// Where gateways ask, if the node has a decision point.
    pub decision: Option<Arc<Desk>>,
    /// The node.
    pub info: NodeInfo,
}

impl std::fmt::Debug for RpcParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RpcParts").field("info", &self.info).finish_non_exhaustive()
    }
}
