//! One platform's client: JSON rows become events, events a sealed batch, the batch an extrinsic, and that is acknowledged when it is final.
//!
//! ```text
//! rows ── read ── (vault: spool) ── seal ── (vault: keep) ── sign ──> node ··· new head ──> the stream's cursor has passed the batch
//! ```

use super::payload::{Payload, Row};
use crate::{
    error::{Doing, Error},
    ledger::Lines,
};
use jsonrpsee::core::client::Error as RpcError;
use mulu_client::{
    calls::Call,
    event::CallIds,
    extrinsic::{Signed, Unsigned},
    keys::Key,
    seal::{Place, seal},
    submit::Submitter,
    terms::KnownTerms,
    vault::{ChainCursor, Vault},
};
use mulu_primitives::batch::BatchPlace;
use mulu_proofs::ids::{Digest32, EventNumber, Moment, StreamId, SystemId};
use mulu_rpc_api::{access::AccessClient, author::AuthorClient, chain::ChainClient, codes};
use sp_core::Bytes;
use std::{
    collections::VecDeque,
    ops::Range,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{sync::Semaphore, task::JoinSet};

/// Submissions that wait for the node's answer at once.
const SUBMITTING: usize = 8;
/// `The pool, or the signer's share of it, is full`.
const POOL_FULL: i32 = 1016;
const AGAIN: Duration = Duration::from_millis(5);
/// How long the chain may make no block while batches wait.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// What all clients share.
pub struct Shared {
    /// Connections.
    pub lines: Lines,
    /// Rows.
    pub payload: Payload,
    /// What sealing needs.
    pub terms: KnownTerms,
    /// Makes call ids where nothing is kept in a vault.
    pub call_ids: CallIds,
}

/// A platform with one of its streams.
pub struct Lane {
    /// Department of the platform.
    pub department: u32,
    /// Platform.
    pub platform: SystemId,
    /// Stream.
    pub stream: StreamId,
    /// Number behind the last acknowledged event.
    pub acknowledged: Arc<AtomicU64>,
    key: Key,
    vault: Option<Arc<Vault>>,
    next: EventNumber,
    previous: Digest32,
    floor: Moment,
}

/// One round's work of a lane.
pub struct Work {
    /// Rows of the round.
    pub rows: Arc<Vec<String>>,
    /// The lane's batches among them.
    pub batches: Vec<Range<usize>>,
    /// Batches that may wait for their finality at once.
    pub under_way: usize,
}

/// A batch that was sent: the number behind its last event, and when its rows were taken.
type Sent = Mutex<VecDeque<(EventNumber, Instant)>>;

fn told(why: String) -> Error {
    Error::Unexpected(why)
}

impl Lane {
    /// A lane on a new stream.
    ///
    /// # Errors
    /// [`Error`] if the vault does not take the stream.
    pub fn new(
        department: u32,
        (platform, stream): (SystemId, StreamId),
        key: Key,
        vault: Option<Arc<Vault>>,
    ) -> Result<Self, Error> {
        let (next, previous) = (EventNumber::new(1), [0; 32]);
        if let Some(vault) = &vault {
            vault.meet(stream, &ChainCursor { next, previous }).doing("beginning a stream in a vault")?;
        }
        let acknowledged = Arc::new(AtomicU64::new(next.get()));
        let floor = Moment::new(0);
        Ok(Self { department, platform, stream, acknowledged, key, vault, next, previous, floor })
    }

    /// Reports all batches and waits until they are final. Returns the lane, and how long each took, in milliseconds.
    ///
    /// # Errors
    /// [`Error`] if a batch is refused, or the chain stands still.
    pub async fn report(mut self, shared: Arc<Shared>, work: Work, form: Unsigned) -> Result<(Self, Vec<f64>), Error> {
        let permits = Semaphore::new(work.under_way);
        let sent = Sent::default();
        let count = work.batches.len();
        let (stream, acknowledged, vault) = (self.stream, Arc::clone(&self.acknowledged), self.vault.clone());
        let department = self.department;
        let produce = self.produce(&shared, work, form, (&permits, &sent));
        let confirm = async {
            let connection = shared.lines.of(department);
            let mut heads = connection.subscribe_new_heads().await.doing("subscribing to heads")?;
            let mut times = Vec::with_capacity(count);
            while times.len() < count {
                let head = tokio::time::timeout(SILENCE_MAX, heads.next()).await;
                if !matches!(head, Ok(Some(Ok(_)))) {
                    return Err(told(format!(
                        "stream {stream}: no new head, {} of {count} batches final",
                        times.len()
                    )));
                }
                let found = AccessClient::stream(connection, stream).await.doing("asking for a stream")?;
                let next = found.ok_or_else(|| told(format!("stream {stream} is missing")))?.next;
                let mut waiting = sent.lock().unwrap_or_else(PoisonError::into_inner);
                let before = times.len();
                while waiting.front().is_some_and(|(batch, _)| *batch <= next) {
                    let (_, started) = waiting.pop_front().expect("seen");
                    times.push(started.elapsed().as_secs_f64() * 1_000.0);
                }
                drop(waiting);
                acknowledged.store(next.get(), Ordering::Release);
                permits.add_permits(times.len() - before);
                if let (Some(vault), true) = (&vault, times.len() > before) {
                    tokio::task::block_in_place(|| vault.confirm(stream, next)).doing("confirming in a vault")?;
                }
            }
            Ok(times)
        };
        let (times, ()) = futures::future::try_join(confirm, produce).await?;
        Ok((self, times))
    }

    async fn produce(
        &mut self,
        shared: &Arc<Shared>,
        work: Work,
        mut form: Unsigned,
        (permits, sent): (&Semaphore, &Sent),
    ) -> Result<(), Error> {
        let mut submitting = JoinSet::new();
        for batch in work.batches {
            permits.acquire().await.map_err(|_| told("the load has ended".into()))?.forget();
            let started = Instant::now();
            let signed = self.sealed(shared, &work.rows[batch], &form)?;
            form.nonce += 1;
            sent.lock().unwrap_or_else(PoisonError::into_inner).push_back((self.next, started));
            if submitting.len() >= SUBMITTING {
                joined(submitting.join_next().await)?;
            }
            submitting.spawn(submit(Arc::clone(shared), self.department, signed));
        }
        while !submitting.is_empty() {
            joined(submitting.join_next().await)?;
        }
        Ok(())
    }

    /// The next batch of the stream, signed.
    fn sealed(&mut self, shared: &Shared, rows: &[String], form: &Unsigned) -> Result<Signed, Error> {
        let vault = self.vault.as_deref();
        let call_ids = vault.map_or(&shared.call_ids, Vault::call_ids);
        let event = |row: &String| Row::read(row)?.event(self.platform, call_ids, &shared.terms);
        let events = rows.iter().map(event).collect::<Result<Vec<_>, String>>().map_err(told)?;
        let genesis = shared.lines.identity().genesis;
        let batch = BatchPlace { genesis, stream: self.stream, first: self.next, previous: self.previous };
        let place = Place { batch, domain: shared.lines.identity().domain(), floor: self.floor };
        if let Some(vault) = vault {
            let spool = || vault.spool(self.stream, &events, None);
            tokio::task::block_in_place(spool).doing("spooling events in a vault")?;
        }
        let sealing = seal(&place, events, &shared.terms, &self.key).doing("sealing a batch")?;
        if let Some(vault) = vault {
            tokio::task::block_in_place(|| vault.keep(&sealing)).doing("keeping a batch in a vault")?;
        }
        let sealed = sealing.batch;
        (self.next, self.previous, self.floor) = (sealed.next(), sealed.header.digest(), sealed.header.time_base);
        let call = Call::submit_batch(&sealed.header, &sealed.signature, &sealed.body);
        Ok(Unsigned { call, ..form.clone() }.sign(&self.key))
    }

    /// What the extrinsics of the next round have in common: nonce, era, versions.
    ///
    /// # Errors
    /// [`Error`] if the node does not answer.
    pub async fn form(&self, shared: &Shared) -> Result<Unsigned, Error> {
        let connection = shared.lines.of(self.department);
        let submitter = Submitter::new(connection, &shared.lines.identity().genesis);
        let submitter = submitter.await.doing("asking a node for its version")?;
        let nonce = submitter.next_nonce(&self.key.public()).await.doing("asking for a nonce")?;
        let call = Call::close_stream(self.stream);
        submitter.unsigned(call, nonce).await.doing("preparing batches")
    }
}

fn joined(done: Option<Result<Result<(), Error>, tokio::task::JoinError>>) -> Result<(), Error> {
    done.unwrap_or(Ok(Ok(()))).unwrap_or_else(|error| Err(told(format!("a submission panicked: {error}"))))
}

/// Hands an extrinsic to the node of a department, again while its pool is full.
async fn submit(shared: Arc<Shared>, department: u32, signed: Signed) -> Result<(), Error> {
    let started = Instant::now();
    loop {
        match shared.lines.of(department).submit_extrinsic(Bytes(signed.bytes.clone())).await {
            Ok(_) => return Ok(()),
            Err(RpcError::Call(answer))
                if matches!(answer.code(), POOL_FULL | codes::BUSY) && started.elapsed() < SILENCE_MAX =>
            {
                tokio::time::sleep(AGAIN).await;
            }
            Err(error) => return Err(error).doing("submitting a batch"),
        }
    }
}
