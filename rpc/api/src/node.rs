//! `node_`: the chain and this node in one answer.

use crate::Hex32;
use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use mulu_proofs::{
    certificate::Validator,
    ids::{Height, Moment},
};
use serde::{Deserialize, Serialize};

/// A block by height and hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockRef {
    /// Height.
    pub height: Height,
    /// Hash of the header.
    pub hash: Hex32,
}

/// What waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolUsage {
    /// Extrinsics.
    pub count: usize,
    /// Their bytes.
    pub bytes: usize,
}

/// Bytes on the disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiskUsage {
    /// Everything together.
    pub total: u64,
    /// The body log.
    pub bodies: u64,
    /// The database's write-ahead log.
    pub write_ahead_log: u64,
    /// Each column of the database.
    pub columns: Vec<(String, u64)>,
}

/// The chain and this node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeInfo {
    /// Chain id.
    pub chain_id: String,
    /// `Development`, `Local` or `Live`.
    pub chain_type: String,
    /// Genesis hash.
    pub genesis_hash: Hex32,
    /// Last committed block, final.
    pub head: BlockRef,
    /// Its time; none at genesis.
    pub head_moment: Option<Moment>,
    /// Height that the index is complete to.
    pub index_height: Height,
    /// Oldest height whose state is there.
    pub oldest_state: Height,
    /// Validators that sign the next height.
    pub validators: Vec<Validator>,
    /// Signatures that make a header final.
    pub quorum: usize,
    /// Version of the node's program.
    pub version: String,
    /// Name of the node.
    pub name: String,
    /// Connected peers.
    pub peers: usize,
    /// Waiting extrinsics.
    pub pool: PoolUsage,
    /// Bytes on the disk.
    pub disk: DiskUsage,
}

/// The node.
#[rpc(client, server)]
pub trait Node {
    /// The chain and this node.
    ///
    /// Bound: one row; at most 100 validators.
    #[method(name = "node_info")]
    async fn info(&self) -> RpcResult<NodeInfo>;
}
