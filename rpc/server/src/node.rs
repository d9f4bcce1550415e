//! `node_`: the chain and this node in one answer.

use crate::{context::Context, failure::Failure};
use jsonrpsee::core::{RpcResult, async_trait};
use mulu_proofs::ids::Height;
use mulu_rpc_api::{
    Hex32,
    node::{BlockRef, DiskUsage, NodeInfo, NodeServer, PoolUsage},
};
use std::sync::Arc;

/// The namespace.
pub struct Node(pub Arc<Context>);

#[async_trait]
impl NodeServer for Node {
    async fn info(&self) -> RpcResult<NodeInfo> {
        self.0.run(info).await
    }
}

/// The chain and this node.
pub fn info(context: &Context) -> Result<NodeInfo, Failure> {
    let (store, info) = (&context.parts.store, &context.parts.info);
    let (header, hash) = store.head();
    let height = Height::new(header.number);
    // The first extrinsic is the block's time.
    let head_moment = store.block(height)?.and_then(|block| block.moment());
    let validators = context.parts.executor.validators(&header)?;
    let usage = store.disk_usage()?;
    let pool = context.pool();
    let pool = PoolUsage { count: pool.count(), bytes: pool.bytes() };
    Ok(NodeInfo {
        chain_id: info.genesis.chain_id.clone(),
        chain_type: info.chain_type.clone(),
        genesis_hash: Hex32(info.genesis.hash()),
        head: BlockRef { height, hash: Hex32(hash) },
        head_moment,
        index_height: store.index_height()?,
        oldest_state: store.oldest_state(),
        quorum: validators.quorum(),
        validators: validators.validators().to_vec(),
        version: info.version.clone(),
        name: info.name.clone(),
        peers: info.peers.borrow().len(),
        pool,
        disk: DiskUsage {
            total: usage.total(),
            bodies: usage.bodies,
            write_ahead_log: usage.write_ahead_log,
            columns: usage.columns.into_iter().map(|(name, bytes)| (name.to_owned(), bytes)).collect(),
        },
    })
}
