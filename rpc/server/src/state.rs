//! `state_`: raw state and runtime calls.

use crate::{chain::send, context::Context, failure::Failure};
use codec::Decode;
use jsonrpsee::{
    PendingSubscriptionSink,
    core::{RpcResult, async_trait},
};
use mulu_executor::ExecuteError;
use mulu_primitives::block::{Header, header_hash};
use mulu_proofs::hash::blake2_256;
use mulu_rpc_api::{
    PAGE_BYTES_MAX,
    state::{KEY_BYTES_MAX, KEYS_ASKED_MAX, KEYS_MAX, ReadProof, StateServer},
};
use sp_core::{
    Bytes, H256,
    storage::{StorageChangeSet, StorageData, StorageKey},
};
use sp_version::RuntimeVersion;
use std::sync::Arc;

/// The namespace.
pub struct State(pub Arc<Context>);

impl State {
    async fn value(&self, key: StorageKey, at: Option<H256>) -> RpcResult<Option<Vec<u8>>> {
        self.0
            .run(move |context| {
                check_key(&key)?;
                Ok(context.parts.executor.storage(&context.state_at(at)?, &key.0)?)
            })
            .await
    }
}

#[async_trait]
impl StateServer for State {
    async fn metadata(&self, at: Option<H256>) -> RpcResult<Bytes> {
        self.0
            .run(move |context| {
                let header = context.state_at(at)?;
                let answer = context.parts.executor.call(&header, "Metadata_metadata", &[])?;
                // The runtime answers with the metadata as bytes behind their length.
                let metadata = Vec::<u8>::decode(&mut &answer[..]);
                metadata.map(Bytes).map_err(|_| Failure::Damaged { what: "the metadata" })
            })
            .await
    }

    async fn runtime_version(&self, at: Option<H256>) -> RpcResult<RuntimeVersion> {
        // One version of the runtime so far; the block is looked for all the same.
        self.0
            .run(move |context| {
                let unknown = Failure::UnknownBlock { hash: at.unwrap_or_default().0 };
                context.header(at)?.ok_or(unknown)?;
                Ok(mulu_runtime::VERSION)
            })
            .await
    }

    async fn subscribe_runtime_version(&self, pending: PendingSubscriptionSink) {
        let Ok(sink) = pending.accept().await else { return };
        if send(&sink, &mulu_runtime::VERSION).await.is_ok() {
            // A native runtime changes with the program alone: this process has no second word.
            sink.closed().await;
        }
    }

    async fn storage(&self, key: StorageKey, at: Option<H256>) -> RpcResult<Option<StorageData>> {
        Ok(self.value(key, at).await?.map(StorageData))
    }

    async fn storage_hash(&self, key: StorageKey, at: Option<H256>) -> RpcResult<Option<H256>> {
        Ok(self.value(key, at).await?.map(|value| H256(blake2_256(&value))))
    }

    async fn storage_size(&self, key: StorageKey, at: Option<H256>) -> RpcResult<Option<u64>> {
        Ok(self.value(key, at).await?.map(|value| value.len() as u64))
    }

    async fn keys_paged(
        &self,
        prefix: Option<StorageKey>,
        count: u32,
        start: Option<StorageKey>,
        at: Option<H256>,
    ) -> RpcResult<Vec<StorageKey>> {
        self.0
            .run(move |context| {
                if count > KEYS_MAX {
                    return Err(Failure::OverBound { what: "keys", asked: count as usize, bound: KEYS_MAX as usize });
                }
                let prefix = prefix.map_or_else(Vec::new, |prefix| prefix.0);
                check_key(&StorageKey(prefix.clone()))?;
                let start = start.map(|start| check_key(&start).map(|()| start.0)).transpose()?;
                let header = context.state_at(at)?;
                let keys = context.parts.executor.keys_paged(&header, &prefix, start.as_deref(), count as usize)?;
                Ok(keys.into_iter().map(StorageKey).collect())
            })
            .await
    }

    async fn query_storage_at(
        &self,
        keys: Vec<StorageKey>,
        at: Option<H256>,
    ) -> RpcResult<Vec<StorageChangeSet<H256>>> {
        self.0.run(move |context| Ok(vec![values(context, keys, &context.state_at(at)?)?])).await
    }

    async fn call(&self, method: String, arguments: Bytes, at: Option<H256>) -> RpcResult<Bytes> {
        self.0
            .run(move |context| {
                if !is_method_name(&method) {
                    // Never repeated in the answer: it may be anything.
                    return Err(ExecuteError::UnknownMethod { method: "of that name".into() }.into());
                }
                Ok(Bytes(context.parts.executor.call(&context.state_at(at)?, &method, &arguments)?))
            })
            .await
    }

    async fn read_proof(&self, keys: Vec<StorageKey>, at: Option<H256>) -> RpcResult<ReadProof> {
        self.0
            .run(move |context| {
                check_keys(&keys)?;
                let header = context.state_at(at)?;
                let keys: Vec<Vec<u8>> = keys.into_iter().map(|key| key.0).collect();
                let proof = context.parts.executor.read_proof(&header, &keys)?;
                Ok(ReadProof { at: H256(header_hash(&header)), proof: proof.into_iter().map(Bytes).collect() })
            })
            .await
    }
}

fn check_key(key: &StorageKey) -> Result<(), Failure> {
    match key.0.len() {
        bytes if bytes > KEY_BYTES_MAX => {
            Err(Failure::OverBound { what: "bytes of a key", asked: bytes, bound: KEY_BYTES_MAX })
        }
        _ => Ok(()),
    }
}

fn check_keys(keys: &[StorageKey]) -> Result<(), Failure> {
    if keys.len() > KEYS_ASKED_MAX {
        return Err(Failure::OverBound { what: "keys", asked: keys.len(), bound: KEYS_ASKED_MAX });
    }
    keys.iter().try_for_each(check_key)
}

fn is_method_name(method: &str) -> bool {
    method.len() <= 128 && method.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn values(context: &Context, keys: Vec<StorageKey>, header: &Header) -> Result<StorageChangeSet<H256>, Failure> {
    check_keys(&keys)?;
    let mut bytes = 0;
    let mut changes = Vec::with_capacity(keys.len());
    for key in keys {
        let value = context.parts.executor.storage(header, &key.0)?;
        bytes += value.as_ref().map_or(0, Vec::len);
        if bytes > 2 * PAGE_BYTES_MAX {
            return Err(Failure::OverBound { what: "bytes of values", asked: bytes, bound: 2 * PAGE_BYTES_MAX });
        }
        changes.push((key, value.map(StorageData)));
    }
    Ok(StorageChangeSet { block: H256(header_hash(header)), changes })
}
