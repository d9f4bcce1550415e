//! `state_`: raw state and runtime calls.

use crate::{chain::send, context::Context, failure::Failure, watched_keys};
use codec::Decode;
use jsonrpsee::{
    PendingSubscriptionSink,
    core::{RpcResult, async_trait},
};
use mulu_executor::ExecuteError;
use mulu_primitives::block::{Header, header_hash};
use mulu_proofs::{hash::blake2_256, ids::Height};
use mulu_rpc_api::{
    PAGE_BYTES_MAX,
    state::{KEY_BYTES_MAX, KEYS_ASKED_MAX, KEYS_MAX, READS_MAX, ReadProof, StateServer},
};
use sp_core::{
    Bytes, H256,
    storage::{StorageChangeSet, StorageData, StorageKey},
};
use sp_version::RuntimeVersion;
use std::{collections::BTreeMap, sync::Arc};

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

    async fn query_storage(
        &self,
        keys: Vec<StorageKey>,
        from: H256,
        to: Option<H256>,
    ) -> RpcResult<Vec<StorageChangeSet<H256>>> {
        self.0.run(move |context| history(context, &keys, from, to)).await
    }

    async fn subscribe_storage(&self, pending: PendingSubscriptionSink, keys: Vec<StorageKey>) {
        watched_keys::watch(Arc::clone(&self.0), pending, keys).await;
    }

    async fn call(&self, method: String, arguments: Bytes, at: Option<H256>) -> RpcResult<Bytes> {
        if !is_method_name(&method) {
            // Never repeated in the answer: it may be anything.
            return Err(Failure::from(ExecuteError::UnknownMethod { method: "of that name".into() }).into());
        }
        Ok(Bytes(self.0.call_runtime(method, arguments.0, at).await?))
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

/// Checks that the keys are within their bounds.
pub fn check_keys(keys: &[StorageKey]) -> Result<(), Failure> {
    if keys.len() > KEYS_ASKED_MAX {
        return Err(Failure::OverBound { what: "keys", asked: keys.len(), bound: KEYS_ASKED_MAX });
    }
    keys.iter().try_for_each(check_key)
}

fn is_method_name(method: &str) -> bool {
    method.len() <= 128 && method.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The values under some keys on the state of a block, within the bound of bytes.
pub fn values(context: &Context, keys: Vec<StorageKey>, header: &Header) -> Result<StorageChangeSet<H256>, Failure> {
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

/// How the values under some keys went from block to block.
fn history(
    context: &Context,
    keys: &[StorageKey],
    from: H256,
    to: Option<H256>,
) -> Result<Vec<StorageChangeSet<H256>>, Failure> {
    check_keys(keys)?;
    let (first, last) = (context.state_at(Some(from))?.number, context.state_at(to)?.number);
    let refused = |why: String| Failure::BlockRange { from: from.0, to: to.unwrap_or_default().0, why };
    let Some(blocks) = last.checked_sub(first) else {
        return Err(refused("the last block stands before the first".into()));
    };
    let reads = (blocks as usize + 1).saturating_mul(keys.len());
    if reads > READS_MAX {
        return Err(refused(format!("{reads} values, blocks times keys, are more than {READS_MAX}")));
    }
    let (mut bytes, mut sets, mut known) = (0, Vec::new(), BTreeMap::<&StorageKey, Option<Vec<u8>>>::new());
    for height in first..=last {
        let header = context.parts.store.header(Height::new(height))?.ok_or(Failure::Damaged { what: "a block" })?;
        let mut set = StorageChangeSet { block: H256(header_hash(&header)), changes: Vec::new() };
        for key in keys {
            let value = context.parts.executor.storage(&header, &key.0)?;
            if known.get(key) == Some(&value) {
                continue;
            }
            bytes += key.0.len() + value.as_ref().map_or(0, Vec::len);
            if bytes > 2 * PAGE_BYTES_MAX {
                return Err(refused(format!("more than {} bytes of values", 2 * PAGE_BYTES_MAX)));
            }
            set.changes.push((key.clone(), value.clone().map(StorageData)));
            known.insert(key, value);
        }
        if !set.changes.is_empty() {
            sets.push(set);
        }
    }
    Ok(sets)
}
