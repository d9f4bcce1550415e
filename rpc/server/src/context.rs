//! What every method shares: the node's parts, bounded work, and the readers that most methods need.

use crate::{
    batches::Batches,
    caller::Views,
    failure::Failure,
    history::History,
    limits::{ACTS_MAX, WATCHED_KEYS_BYTES_MAX, WORKER_WAIT, WORKERS_MAX},
    parts::RpcParts,
    runtime_call::Places,
    signin::{Challenges, Sessions},
    trees::RecordTrees,
    visibility::Known,
};
use jsonrpsee::core::RpcResult;
use mulu_index::{RecordList, RecordRow, keys};
use mulu_pool::Pool;
use mulu_primitives::block::{Extrinsic, Header};
use mulu_proofs::{
    ids::{Digest32, Height, Moment, RecordNumber},
    records::Record,
};
use mulu_rpc_api::ANSWER_TIME_MAX;
use mulu_runtime::Timestamp;
use mulu_storage::SCAN_ROWS_MAX;
use sp_core::H256;
use std::sync::{Arc, MutexGuard, OnceLock, PoisonError};
use tokio::sync::Semaphore;

/// What every method shares.
pub struct Context {
    /// The node's parts.
    pub parts: RpcParts,
    /// The history tree.
    pub history: History,
    /// Record trees of blocks.
    pub trees: RecordTrees,
    /// Opened batches.
    pub batches: Batches,
    /// What is given to sign.
    pub challenges: Challenges,
    /// Who signed in.
    pub sessions: Arc<Sessions>,
    /// What the head's state says of those who signed in.
    pub views: Views,
    /// Where departments are, and whose systems are.
    pub known: Known,
    /// Names of all methods, once the server knows them.
    pub methods: OnceLock<Vec<String>>,
    /// Calls of the runtime that clients name.
    pub calls: Places,
    /// Bytes of keys that subscriptions to storage may still watch.
    pub watched: Arc<Semaphore>,
    workers: Arc<Semaphore>,
}

/// Time of the block whose state is read; only inside a query of the executor.
pub fn block_time() -> Moment {
    Moment::new(Timestamp::get())
}

/// A record and where it stands.
#[derive(Clone, Debug)]
pub struct Found {
    /// The record.
    pub record: Record,
    /// Its SCALE bytes.
    pub bytes: Vec<u8>,
    /// Height of its block.
    pub height: Height,
    /// Place among the block's records.
    pub place: u32,
}

impl Found {
    /// The body as the type of its kind.
    pub fn body<T: codec::Decode>(&self) -> Result<T, Failure> {
        self.record.body_as().map_err(|_| Failure::Damaged { what: "the body of a record" })
    }
}

impl Context {
    /// Over the node's parts.
    pub fn new(parts: RpcParts) -> Self {
        let info = &parts.info;
        let challenges = Challenges::new(&info.genesis.chain_id, info.genesis.hash(), &info.peer_id);
        Self {
            parts,
            challenges,
            sessions: Arc::default(),
            history: History::default(),
            trees: RecordTrees::default(),
            batches: Batches::default(),
            views: Views::default(),
            known: Known::default(),
            methods: OnceLock::new(),
            calls: Places::default(),
            watched: Arc::new(Semaphore::new(WATCHED_KEYS_BYTES_MAX)),
            workers: Arc::new(Semaphore::new(WORKERS_MAX)),
        }
    }

    /// Runs `work` on a thread that may block; at most [`WORKERS_MAX`] at once, each waited for at most [`ANSWER_TIME_MAX`].
    pub async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T, Failure> + Send + 'static,
    ) -> RpcResult<T> {
        let permit = tokio::time::timeout(WORKER_WAIT, Arc::clone(&self.workers).acquire_owned()).await;
        let Ok(Ok(permit)) = permit else { return Err(Failure::Busy.into()) };
        let context = Arc::clone(self);
        let work = tokio::task::spawn_blocking(move || {
            let result = work(&context);
            drop(permit);
            result
        });
        // Work on a thread cannot be ended: it keeps its place among the workers until it ends by itself, and nobody waits for it.
        match tokio::time::timeout(ANSWER_TIME_MAX, work).await {
            Ok(result) => Ok(result.unwrap_or(Err(Failure::Panicked))?),
            Err(_) => Err(Failure::TooLong.into()),
        }
    }

    /// The pool, for reading.
    pub fn pool(&self) -> MutexGuard<'_, Pool> {
        // A poisoned pool is the pool service's to report; what it holds is still read here.
        self.parts.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Header of the last committed block.
    pub fn head(&self) -> Header {
        self.parts.store.head().0
    }

    /// Header of a block, if there is one; of the head without a hash.
    pub fn header(&self, hash: Option<H256>) -> Result<Option<Header>, Failure> {
        let Some(hash) = hash else { return Ok(Some(self.head())) };
        match self.parts.store.height_of(&hash.0)? {
            Some(height) => Ok(self.parts.store.header(height)?),
            None => Ok(None),
        }
    }

    /// Header of a block whose state is there.
    pub fn state_at(&self, hash: Option<H256>) -> Result<Header, Failure> {
        let unknown = || Failure::UnknownBlock { hash: hash.unwrap_or_default().0 };
        let header = self.header(hash)?.ok_or_else(unknown)?;
        let (height, oldest) = (Height::new(header.number), self.parts.store.oldest_state());
        if height < oldest { Err(Failure::StatePruned { height, oldest }) } else { Ok(header) }
    }

    /// A record by its number.
    pub fn record(&self, number: RecordNumber) -> Result<Option<Found>, Failure> {
        let Some(stored) = self.parts.store.record(number)? else { return Ok(None) };
        let record = Record::read(&stored.bytes).map_err(|_| Failure::Damaged { what: "a record" })?;
        Ok(Some(Found { record, bytes: stored.bytes, height: stored.height, place: stored.place }))
    }

    /// A record that the index names.
    pub fn indexed(&self, number: RecordNumber) -> Result<Found, Failure> {
        self.record(number)?.ok_or(Failure::Damaged { what: "a record that the index names" })
    }

    /// The rows of a list of records, ascending; the last [`ACTS_MAX`] of them.
    pub fn acts(&self, list: RecordList) -> Result<Vec<RecordRow>, Failure> {
        let prefix = list.prefix();
        let mut from: Option<Vec<u8>> = None;
        let mut rows = Vec::new();
        while rows.len() < ACTS_MAX {
            let found = self.parts.store.index_scan(&prefix, from.as_deref(), SCAN_ROWS_MAX, true)?;
            let is_end = found.len() < SCAN_ROWS_MAX;
            let skipped = usize::from(from.is_some());
            from = found.last().map(|row| row.key.clone());
            for row in found.iter().skip(skipped) {
                rows.push(RecordRow::read(row)?);
            }
            if is_end {
                break;
            }
        }
        rows.reverse();
        Ok(rows)
    }

    /// Where an extrinsic stands: height and place in the block.
    pub fn place_of(&self, hash: &Digest32) -> Result<Option<(Height, u32)>, Failure> {
        let row = self.parts.store.index_get(&keys::extrinsic(hash))?;
        Ok(row.map(|row| keys::read_extrinsic(&row)).transpose()?)
    }

    /// The extrinsic that caused a record.
    pub fn extrinsic_of(&self, hash: &Digest32) -> Result<(Height, Extrinsic), Failure> {
        const LOST: Failure = Failure::Damaged { what: "the extrinsic behind a record" };
        let (height, place) = self.place_of(hash)?.ok_or(LOST)?;
        Ok((height, self.parts.store.extrinsic(height, place)?.ok_or(LOST)?))
    }
}
