//! `state_subscribeStorage`: the values of some keys at once, then those that blocks write.

use crate::{
    chain::send,
    context::Context,
    failure::Failure,
    state::{check_keys, values},
};
use jsonrpsee::{PendingSubscriptionSink, SubscriptionSink};
use mulu_primitives::stages::Committed;
use mulu_rpc_api::state::WATCHED_BYTES_MAX;
use sp_core::{
    H256,
    storage::{StorageChangeSet, StorageData, StorageKey},
};
use std::{collections::BTreeSet, sync::Arc};
use tokio::sync::{
    OwnedSemaphorePermit,
    broadcast::{Receiver, error::RecvError},
};

/// A subscription.
struct Watched {
    context: Arc<Context>,
    /// Ascending, without repetition.
    keys: Vec<StorageKey>,
    committed: Receiver<Arc<Committed>>,
    /// Height up to which everything is told.
    told: u32,
    /// The keys' share of the memory for all subscriptions.
    _share: OwnedSemaphorePermit,
}

/// Follows `keys` until the client leaves.
pub async fn watch(context: Arc<Context>, pending: PendingSubscriptionSink, keys: Vec<StorageKey>) {
    match Watched::begin(context, keys).await {
        Err(refusal) => pending.reject(refusal).await,
        Ok((watched, first)) => {
            let Ok(sink) = pending.accept().await else { return };
            // The client is gone; there is nobody to tell.
            let _ = watched.tell(&sink, first).await;
        }
    }
}

impl Watched {
    async fn begin(
        context: Arc<Context>,
        keys: Vec<StorageKey>,
    ) -> Result<(Self, StorageChangeSet<H256>), jsonrpsee::types::ErrorObjectOwned> {
        check_keys(&keys)?;
        let bytes = keys.iter().map(|key| key.0.len() + size_of::<StorageKey>()).sum();
        if bytes > WATCHED_BYTES_MAX {
            return Err(Failure::OverBound { what: "bytes of keys", asked: bytes, bound: WATCHED_BYTES_MAX }.into());
        }
        let share = u32::try_from(bytes).expect("at most WATCHED_BYTES_MAX");
        let share = Arc::clone(&context.watched).try_acquire_many_owned(share).map_err(|_| Failure::Busy)?;
        let keys: Vec<StorageKey> = keys.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
        // Before the state is read, so that no block is missed between.
        let committed = context.parts.committed.subscribe();
        let (told, first) = read(&context, keys.clone()).await?;
        Ok((Self { context, keys, committed, told, _share: share }, first))
    }

    async fn tell(mut self, sink: &SubscriptionSink, first: StorageChangeSet<H256>) -> Result<(), ()> {
        send(sink, &first).await?;
        loop {
            let news = tokio::select! {
                () = sink.closed() => return Ok(()),
                news = self.committed.recv() => news,
            };
            let written = match news {
                Ok(block) if block.block().header.number <= self.told => continue,
                Ok(block) if block.block().header.number == self.told + 1 => {
                    self.told += 1;
                    self.written_by(&block)
                }
                // Too slow for the announcements: what was missed in between is not told, what holds now is.
                Ok(_) | Err(RecvError::Lagged(_)) => {
                    let (told, all) = read(&self.context, self.keys.clone()).await.map_err(drop)?;
                    self.told = told;
                    all
                }
                Err(RecvError::Closed) => return Ok(()),
            };
            if !written.changes.is_empty() {
                send(sink, &written).await?;
            }
        }
    }

    /// What a block has written under the keys.
    fn written_by(&self, block: &Committed) -> StorageChangeSet<H256> {
        let values = block.values();
        let value = |key: &StorageKey| {
            let at = values.binary_search_by(|(written, _)| written.cmp(&key.0)).ok()?;
            Some((key.clone(), values[at].1.clone().map(StorageData)))
        };
        StorageChangeSet { block: H256(block.hash()), changes: self.keys.iter().filter_map(value).collect() }
    }
}

/// All values at the head, and its height.
async fn read(
    context: &Arc<Context>,
    keys: Vec<StorageKey>,
) -> Result<(u32, StorageChangeSet<H256>), jsonrpsee::types::ErrorObjectOwned> {
    let read = move |context: &Context| {
        let header = context.head();
        Ok((header.number, values(context, keys, &header)?))
    };
    context.run(read).await
}
