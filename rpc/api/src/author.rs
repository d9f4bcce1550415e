//! `author_`: submitting extrinsics.

use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use serde::{Deserialize, Serialize};
use sp_core::{Bytes, H256};

/// What becomes of a watched extrinsic, in Substrate's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ExtrinsicStatus {
    /// It waits for another one of its signer.
    Future,
    /// It may go into the next block.
    Ready,
    /// It was sent to the other validators.
    Broadcast(Vec<String>),
    /// It is in a block, which is final here at once.
    InBlock(H256),
    /// It is in a final block. The last word.
    Finalized(H256),
    /// It left the pool: it waited too long, or its era ended. The last word.
    Dropped,
    /// It is not valid any more; another one with its nonce was included, for instance. The last word.
    Invalid,
}

/// Submitting extrinsics.
#[rpc(client, server)]
pub trait Author {
    /// Takes an extrinsic into the pool and returns its hash.
    #[method(name = "author_submitExtrinsic")]
    async fn submit_extrinsic(&self, extrinsic: Bytes) -> RpcResult<H256>;

    /// Everything that waits.
    #[method(name = "author_pendingExtrinsics")]
    async fn pending_extrinsics(&self) -> RpcResult<Vec<Bytes>>;

    /// Takes an extrinsic into the pool and says what becomes of it.
    #[subscription(
        name = "author_submitAndWatchExtrinsic" => "author_extrinsicUpdate",
        unsubscribe = "author_unwatchExtrinsic",
        item = ExtrinsicStatus
    )]
    async fn watch_extrinsic(&self, extrinsic: Bytes);
}
