//! `rpc.discover`: the description of every method, for programs that read OpenRPC.

use jsonrpsee::{
    core::{JsonRawValue, RpcResult},
    proc_macros::rpc,
};

/// The description.
#[rpc(client, server)]
pub trait Discover {
    /// This description: an OpenRPC document of every method, its parameters, answers and bounds.
    ///
    /// Bound: one document, under 2 MiB.
    #[method(name = "rpc.discover")]
    async fn discover(&self) -> RpcResult<Box<JsonRawValue>>;
}
