//! `rpc.discover`: the description that is kept beside the traits, as it stands there.

use jsonrpsee::core::{JsonRawValue, RpcResult, async_trait};
use mulu_rpc_api::discover::DiscoverServer;

/// Generated from the traits; a test of this repository fails when it is not what they say.
const DOCUMENT: &str = include_str!("../../api/openrpc.json");

/// The namespace.
pub struct Discover;

#[async_trait]
impl DiscoverServer for Discover {
    async fn discover(&self) -> RpcResult<Box<JsonRawValue>> {
        Ok(JsonRawValue::from_string(DOCUMENT.trim_end().to_owned()).expect("JSON; every test of the server reads it"))
    }
}
