//! What the server is given by the node.

use crate::audit::Audit;
use mulu_decision::Desk;
use mulu_executor::{Executor, ValidateError};
use mulu_pool::{Left, Place, Pool, Refusal};
use mulu_primitives::{block::Extrinsic, stages::Committed};
use mulu_proofs::{
    genesis::GenesisFile,
    ids::{Digest32, Height},
};
use mulu_search::Search;
use mulu_storage::Store;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};
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
    /// Names of the connected peers.
    pub peers: watch::Receiver<Vec<String>>,
    /// Where consensus stands.
    pub progress: watch::Receiver<Progress>,
    /// Height at the start of the program.
    pub started_at: Height,
    /// Where peers reach it, as multiaddresses.
    pub listen_addresses: Vec<String>,
    /// Chain id, genesis header, first validators.
    pub genesis: GenesisFile,
    /// What consensus measures, in the text form that Prometheus reads, with the mark of the end.
    pub engine_metrics: fn() -> String,
}

/// Where the node's consensus stands among its peers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Whether the node's key has a vote.
    pub has_vote: bool,
    /// Last committed heights that connected peers have announced, by their names. Nothing proves them.
    pub peer_heights: BTreeMap<String, Height>,
}

impl Progress {
    /// The height that more than a third of the peers say they have reached: fewer may be wrong together.
    pub fn reached(&self) -> Option<Height> {
        let mut heights: Vec<Height> = self.peer_heights.values().copied().collect();
        heights.sort_unstable_by(|a, b| b.cmp(a));
        heights.get(heights.len() / 3).copied()
    }
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
    /// Where questions of auditors are noted, if the node has a key to tell them under.
    pub audit: Option<Audit>,
    /// The node.
    pub info: NodeInfo,
}

impl std::fmt::Debug for RpcParts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RpcParts").field("info", &self.info).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fewer_than_a_third_of_the_peers_pretend_nothing() {
        let reached = |heights: &[u32]| {
            let peers = heights.iter().zip(0..).map(|(height, peer)| (format!("peer-{peer}"), Height::new(*height)));
            Progress { has_vote: true, peer_heights: peers.collect() }.reached().map(Height::get)
        };
        assert_eq!(reached(&[]), None);
        assert_eq!(reached(&[7]), Some(7));
        assert_eq!(reached(&[7, u32::MAX, 6]), Some(7));
        assert_eq!(reached(&[7, u32::MAX, 6, u32::MAX, 7, 5]), Some(7));
        assert_eq!(reached(&[7, 9, 9]), Some(9));
    }
}
