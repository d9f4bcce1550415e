//! `system_` and `rpc_`: what the node is and how it feels.

use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use serde::{Deserialize, Serialize};

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

    /// The nonce that an account (SS58 or 64 hexadecimal digits) should use next, what waits in the pool counted in.
    #[method(name = "system_accountNextIndex", aliases = ["account_nextIndex"])]
    async fn account_next_index(&self, account: String) -> RpcResult<u32>;

    /// Every method of this node.
    #[method(name = "rpc_methods")]
    async fn methods(&self) -> RpcResult<Methods>;
}
