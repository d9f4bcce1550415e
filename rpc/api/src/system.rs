//! `system_` and `rpc_`: what the node is and how it feels.

use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use serde::{Deserialize, Serialize};
use sp_core::{Bytes, H256};

/// Answer of `rpc_methods`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Methods {
    /// Every method, aliases included, ascending.
    pub methods: Vec<String>,
}

/// Answer of `system_health` and of `GET /health`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// Connected peers.
    pub peers: usize,
    /// Whether it is far behind its peers.
    pub is_syncing: bool,
    /// Whether it needs peers at all; a development chain of one does not.
    pub should_have_peers: bool,
}

/// Answer of `system_properties`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Properties {
    /// Prefix of account addresses.
    pub ss58_format: u16,
}

/// A connected peer, as `system_peers` shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PeerInfo {
    /// Its name among the peers.
    pub peer_id: String,
    /// What it does, in Substrate's words. A connection does not say whether a peer has a vote: `FULL`.
    pub roles: String,
    /// Hash of its last committed block, as far as this node has that block; else zero.
    pub best_hash: H256,
    /// Height of its last committed block, as it has announced it; 0 until it does.
    pub best_number: u32,
}

/// What a node does, in Substrate's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NodeRole {
    /// It follows.
    Full,
    /// It has a vote.
    Authority,
}

/// Answer of `system_syncState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SyncState {
    /// Height at which the program was started.
    pub starting_block: u32,
    /// Height of the last committed block.
    pub current_block: u32,
    /// Height that the peers have reached, as they say; at least the node's own.
    pub highest_block: u32,
}

/// The node.
#[rpc(client, server)]
pub trait System {
    /// Name of the implementation.
    #[method(name = "system_name")]
    async fn name(&self) -> RpcResult<String>;

    /// Version of the implementation.
    #[method(name = "system_version")]
    async fn version(&self) -> RpcResult<String>;

    /// Chain id.
    #[method(name = "system_chain")]
    async fn chain(&self) -> RpcResult<String>;

    /// `Development`, `Local` or `Live`.
    #[method(name = "system_chainType")]
    async fn chain_type(&self) -> RpcResult<String>;

    /// Properties that wallets ask for.
    #[method(name = "system_properties")]
    async fn properties(&self) -> RpcResult<Properties>;

    /// How the node feels.
    #[method(name = "system_health")]
    async fn health(&self) -> RpcResult<Health>;

    /// The node's name among its peers.
    #[method(name = "system_localPeerId")]
    async fn local_peer_id(&self) -> RpcResult<String>;

    /// Where peers reach the node, as multiaddresses.
    #[method(name = "system_localListenAddresses")]
    async fn local_listen_addresses(&self) -> RpcResult<Vec<String>>;

    /// What the node does.
    #[method(name = "system_nodeRoles")]
    async fn node_roles(&self) -> RpcResult<Vec<NodeRole>>;

    /// How far the node is, and how far its peers are.
    #[method(name = "system_syncState")]
    async fn sync_state(&self) -> RpcResult<SyncState>;

    /// The connected peers. Unsafe: it names the machines of other departments.
    #[method(name = "system_peers")]
    async fn peers(&self) -> RpcResult<Vec<PeerInfo>>;

    /// What an extrinsic would do on the state of a block, as a SCALE `ApplyExtrinsicResult`. Nothing is kept. Unsafe: it is work.
    #[method(name = "system_dryRun", aliases = ["system_dryRunAt"])]
    async fn dry_run(&self, extrinsic: Bytes, at: Option<H256>) -> RpcResult<Bytes>;

    /// The nonce that an account (SS58 or 64 hexadecimal digits) should use next, what waits in the pool counted in.
    #[method(name = "system_accountNextIndex", aliases = ["account_nextIndex"])]
    async fn account_next_index(&self, account: String) -> RpcResult<u32>;

    /// Every method of this node that the caller may call.
    #[method(name = "rpc_methods", with_extensions)]
    async fn methods(&self) -> RpcResult<Methods>;
}
