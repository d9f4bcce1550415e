//! `state_`: the state of a block, raw, and calls of the runtime on it. Without a hash, the head's.

use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use serde::{Deserialize, Serialize};
use sp_core::{
    Bytes, H256,
    storage::{StorageChangeSet, StorageData, StorageKey},
};
use sp_version::RuntimeVersion;

/// Most keys of one page of `state_getKeysPaged`.
pub const KEYS_MAX: u32 = 1_000;
/// Most keys of one `state_getReadProof` or `state_queryStorageAt`.
pub const KEYS_ASKED_MAX: usize = 1_000;
/// Longest storage key or prefix, in bytes.
pub const KEY_BYTES_MAX: usize = 4_096;
/// Most bytes of the keys of one `state_subscribeStorage`, together.
pub const WATCHED_BYTES_MAX: usize = 256 * 1024;
/// Most blocks times keys of one `state_queryStorage`.
pub const READS_MAX: usize = 8_192;

/// Proof of what the state holds under some keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadProof {
    /// Block of the state.
    pub at: H256,
    /// Trie nodes on the way to the keys.
    pub proof: Vec<Bytes>,
}

/// State and runtime calls.
#[rpc(client, server)]
pub trait State {
    /// Metadata, version 14.
    #[method(name = "state_getMetadata")]
    async fn metadata(&self, at: Option<H256>) -> RpcResult<Bytes>;

    /// Version of the runtime.
    #[method(name = "state_getRuntimeVersion", aliases = ["chain_getRuntimeVersion"])]
    async fn runtime_version(&self, at: Option<H256>) -> RpcResult<RuntimeVersion>;

    /// Version of the runtime, now and whenever it changes.
    #[subscription(
        name = "state_subscribeRuntimeVersion" => "state_runtimeVersion",
        aliases = ["chain_subscribeRuntimeVersion"],
        unsubscribe = "state_unsubscribeRuntimeVersion",
        unsubscribe_aliases = ["chain_unsubscribeRuntimeVersion"],
        item = RuntimeVersion
    )]
    async fn subscribe_runtime_version(&self);

    /// The value under a key.
    #[method(name = "state_getStorage", aliases = ["state_getStorageAt"])]
    async fn storage(&self, key: StorageKey, at: Option<H256>) -> RpcResult<Option<StorageData>>;

    /// Hash of the value under a key.
    #[method(name = "state_getStorageHash", aliases = ["state_getStorageHashAt"])]
    async fn storage_hash(&self, key: StorageKey, at: Option<H256>) -> RpcResult<Option<H256>>;

    /// Length of the value under a key, in bytes.
    #[method(name = "state_getStorageSize", aliases = ["state_getStorageSizeAt"])]
    async fn storage_size(&self, key: StorageKey, at: Option<H256>) -> RpcResult<Option<u64>>;

    /// Keys that begin with `prefix`, strictly behind `start`, at most [`KEYS_MAX`].
    #[method(name = "state_getKeysPaged", aliases = ["state_getKeysPagedAt"])]
    async fn keys_paged(
        &self,
        prefix: Option<StorageKey>,
        count: u32,
        start: Option<StorageKey>,
        at: Option<H256>,
    ) -> RpcResult<Vec<StorageKey>>;

    /// The values under some keys, as one change set.
    #[method(name = "state_queryStorageAt")]
    async fn query_storage_at(&self, keys: Vec<StorageKey>, at: Option<H256>)
    -> RpcResult<Vec<StorageChangeSet<H256>>>;

    /// How the values under some keys went from block `from` to block `to` (the head, if none is named): all of them at first, then for
    /// each block those that are others than before. At most [`READS_MAX`] values are looked at.
    #[method(name = "state_queryStorage")]
    async fn query_storage(
        &self,
        keys: Vec<StorageKey>,
        from: H256,
        to: Option<H256>,
    ) -> RpcResult<Vec<StorageChangeSet<H256>>>;

    /// The values under some keys: all of them at once, then those that a block has written, block by block. At most
    /// [`KEYS_ASKED_MAX`] keys of [`WATCHED_BYTES_MAX`] bytes. A reader that is too slow for the blocks gets all of them again instead
    /// of those that it missed.
    #[subscription(
        name = "state_subscribeStorage" => "state_storage",
        unsubscribe = "state_unsubscribeStorage",
        item = StorageChangeSet<H256>
    )]
    async fn subscribe_storage(&self, keys: Vec<StorageKey>);

    /// Calls a method of the runtime with SCALE arguments. A call that takes longer than 5 seconds is not answered.
    #[method(name = "state_call", aliases = ["state_callAt"])]
    async fn call(&self, method: String, arguments: Bytes, at: Option<H256>) -> RpcResult<Bytes>;

    /// Proof of the values under some keys.
    #[method(name = "state_getReadProof")]
    async fn read_proof(&self, keys: Vec<StorageKey>, at: Option<H256>) -> RpcResult<ReadProof>;
}
