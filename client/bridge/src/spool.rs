//! The vault as the bridge's spool: one thread writes what comes in, many deliveries in one transaction, and tells each sender once it is on
//! the disk.
//!
//! ```text
//! deliver ── bounded channel ──> writer thread: repeated ones out, the rest into one transaction ── fsync ──> each delivery's answer
//!                                                                   └──> sealers are told what waits
//! ```
//!
//! A transaction that fails is the last: nothing is acknowledged after it.

use crate::{
    clock::now,
    error::BridgeError,
    intake::{Accepted, Quarantined, Refused},
    level::Levels,
    metrics::Metrics,
    stop::Stop,
};
use mulu_client::{
    import::draft::Draft,
    vault::{Held, HeldThing, Incoming, RecordId, RecordIds, SeenIds, Vault},
};
use mulu_mapping::Poison;
use mulu_proofs::ids::{Moment, StreamId};
use serde::Deserialize;
use std::{
    collections::HashSet,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

/// Deliveries that wait for the writer.
const DELIVERIES_MAX: usize = 64;
/// Records on their way to the writer, over all sources: what is more waits with its sender.
const RECORDS_MAX: u32 = 100_000;
/// Records that one transaction takes before the next begins, so that no sender waits for many others.
const GROUP_RECORDS_MAX: usize = 20_000;
/// When a sender that was refused is to try again.
const RETRY_AFTER: Duration = Duration::from_secs(5);
/// When it is, where somebody has to open another stream first.
const SHUT_RETRY_AFTER: Duration = Duration::from_secs(30);

/// `[spool]` of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SpoolConfig {
    /// Events that may wait before sources are refused: with the bytes of an event, the disk that an outage may take.
    pub max_events: u64,
    /// How long an event waits for others before a batch of fewer than 1,000 is sealed.
    pub linger_ms: u64,
    /// Ids of records that are remembered, so that a repeated one is known.
    pub remember_ids: usize,
    /// Bytes that the quarantine may hold before deliveries with more for it are refused.
    pub max_quarantine_bytes: u64,
}

impl Default for SpoolConfig {
    fn default() -> Self {
        Self { max_events: 10_000_000, linger_ms: 1_000, remember_ids: 1_000_000, max_quarantine_bytes: 1 << 30 }
    }
}

/// The vault and its writer. Clones are the same spool.
#[derive(Clone)]
pub struct Spool {
    vault: Arc<Vault>,
    levels: Arc<Levels>,
    metrics: Metrics,
    jobs: mpsc::Sender<Job>,
    room: Arc<Semaphore>,
}

/// One record of a delivery, mapped.
pub(crate) enum Item {
    /// An event.
    Draft(Box<Draft>),
    /// What can be none.
    Poison(Poison),
}

/// A delivery, mapped: what the writer needs of it.
pub(crate) struct Mapped {
    pub(crate) source: Arc<str>,
    pub(crate) stream: StreamId,
    /// Place in the delivery, id if it has one, and what it is.
    pub(crate) items: Vec<(usize, Option<RecordId>, Item)>,
    /// Name and value of the source's position.
    pub(crate) position: Option<(String, Vec<u8>)>,
    pub(crate) skipped: u64,
    pub(crate) without_id: u64,
}

/// Where a delivery's sender waits for what became of it.
type Answer = oneshot::Sender<Result<Accepted, Refused>>;

enum Job {
    Delivery(Mapped, Answer),
    Position(String, Vec<u8>, oneshot::Sender<()>),
    Close(oneshot::Sender<()>),
}

impl Spool {
    /// Starts the writer of a vault.
    ///
    /// # Errors
    /// [`BridgeError::Client`] if the vault fails.
    pub fn start(vault: Arc<Vault>, config: &SpoolConfig, metrics: Metrics, stop: Stop) -> Result<Self, BridgeError> {
        let levels = Arc::new(Levels::of(&vault, config)?);
        levels.tell(&metrics);
        let (jobs, queue) = mpsc::channel(DELIVERIES_MAX);
        let writer = Writer {
            seen: vault.seen_ids(config.remember_ids)?,
            vault: Arc::clone(&vault),
            levels: Arc::clone(&levels),
            metrics: metrics.clone(),
            stop,
        };
        let thread = thread::Builder::new().name("spool".into());
        let started = thread.spawn(move || writer.run(queue));
        started.map_err(|source| BridgeError::Io { what: "start the spool's thread".into(), source })?;
        Ok(Self { vault, levels, metrics, jobs, room: Arc::new(Semaphore::new(RECORDS_MAX as usize)) })
    }

    /// The vault.
    pub const fn vault(&self) -> &Arc<Vault> {
        &self.vault
    }

    /// How much waits.
    pub const fn levels(&self) -> &Arc<Levels> {
        &self.levels
    }

    /// Counts what happens here.
    pub const fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Makes ids of records.
    pub fn record_ids(&self) -> RecordIds {
        self.vault.record_ids()
    }

    /// Waits for room on the way to the writer; refuses at once where the stream takes nothing or the spool is full.
    pub(crate) async fn room(&self, stream: StreamId, records: usize) -> Result<OwnedSemaphorePermit, Refused> {
        if let Some(shut) = self.levels.shut(stream).filter(|_| records > 0) {
            return Err(Refused::Shut { stream, shut, retry_after: SHUT_RETRY_AFTER });
        }
        if let Some((waiting, bound)) = self.levels.full(stream).filter(|_| records > 0) {
            return Err(Refused::Full { waiting, bound, retry_after: RETRY_AFTER });
        }
        let records = u32::try_from(records).unwrap_or(u32::MAX).min(RECORDS_MAX);
        let room = Arc::clone(&self.room).acquire_many_owned(records).await;
        Ok(room.expect("nobody closes it"))
    }

    /// Hands a delivery to the writer and waits until it is durable.
    pub(crate) async fn deliver(&self, delivery: Mapped) -> Result<Accepted, Refused> {
        let (answer, answered) = oneshot::channel();
        let stopped = || Refused::Stopped { why: "it is stopping".into() };
        self.jobs.send(Job::Delivery(delivery, answer)).await.map_err(|_| stopped())?;
        answered.await.unwrap_or_else(|_| Err(stopped()))
    }

    /// Where a part stands.
    ///
    /// # Errors
    /// [`BridgeError::Client`] if the vault fails.
    pub async fn position(&self, name: &str) -> Result<Option<Vec<u8>>, BridgeError> {
        let name = name.to_owned();
        self.with_vault(move |vault| vault.position(&name)).await
    }

    /// Puts down where a part stands; durable when this returns.
    ///
    /// # Errors
    /// [`BridgeError::Stopped`] if the bridge is stopping, or its vault failed.
    pub async fn put_position(&self, name: &str, position: Vec<u8>) -> Result<(), BridgeError> {
        let (done, is_done) = oneshot::channel();
        let stopped = || BridgeError::Stopped { why: "the spool takes nothing any more".into() };
        self.jobs.send(Job::Position(name.to_owned(), position, done)).await.map_err(|_| stopped())?;
        is_done.await.map_err(|_| stopped())
    }

    /// Works on the vault without holding up whoever else runs on this thread.
    pub(crate) async fn with_vault<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Vault) -> Result<T, mulu_client::ClientError> + Send + 'static,
    ) -> Result<T, BridgeError> {
        let vault = Arc::clone(&self.vault);
        let worked = tokio::task::spawn_blocking(move || work(&vault)).await;
        Ok(worked.expect("work on the vault does not panic, and nobody cancels it")?)
    }

    /// Ends the writer, after everything that was handed to it before this.
    pub async fn close(&self) {
        let (done, is_done) = oneshot::channel();
        if self.jobs.send(Job::Close(done)).await.is_ok() {
            // It fails when the writer has ended already.
            let _ = is_done.await;
        }
    }
}

/// The thread that writes.
struct Writer {
    vault: Arc<Vault>,
    seen: SeenIds,
    levels: Arc<Levels>,
    metrics: Metrics,
    stop: Stop,
}

/// What a group of deliveries becomes, and who is to be told.
#[derive(Default)]
struct Group {
    incoming: Incoming,
    fresh: HashSet<RecordId>,
    answers: Vec<(Accepted, Arc<str>, Answer)>,
    done: Vec<oneshot::Sender<()>>,
    held_bytes: u64,
}

impl Writer {
    fn run(mut self, mut queue: mpsc::Receiver<Job>) {
        while let Some(job) = queue.blocking_recv() {
            let mut group = Group { incoming: Incoming { at: now(), ..Incoming::default() }, ..Group::default() };
            let mut closed = self.add(&mut group, job);
            let mut records = group.records();
            while closed.is_none()
                && records < GROUP_RECORDS_MAX
                && let Ok(job) = queue.try_recv()
            {
                closed = self.add(&mut group, job);
                records = group.records();
            }
            if let Err(why) = self.commit(group) {
                tracing::error!(why, "the vault failed; nothing is taken any more");
                self.stop.fail(why);
                return;
            }
            if let Some(closed) = closed {
                // Whoever asked may be gone.
                let _ = closed.send(());
                return;
            }
        }
    }

    /// Adds a job to the group; whoever closes the spool is told after it.
    fn add(&self, group: &mut Group, job: Job) -> Option<oneshot::Sender<()>> {
        match job {
            Job::Close(done) => return Some(done),
            Job::Position(name, position, done) => {
                group.incoming.positions.insert(name, position);
                group.done.push(done);
            }
            Job::Delivery(delivery, answer) => match self.refusal(group, &delivery) {
                Some(refused) => {
                    self.metrics.records(&delivery.source, "refused", delivery.items.len() as u64);
                    // A sender that went away asks again.
                    let _ = answer.send(Err(refused));
                }
                None => {
                    let source = Arc::clone(&delivery.source);
                    let accepted = self.take(group, delivery);
                    group.answers.push((accepted, source, answer));
                }
            },
        }
        None
    }

    /// Why a delivery is not taken, if it is not.
    fn refusal(&self, group: &Group, delivery: &Mapped) -> Option<Refused> {
        let stream = delivery.stream;
        if let Some(shut) = self.levels.shut(stream).filter(|_| !delivery.items.is_empty()) {
            return Some(Refused::Shut { stream, shut, retry_after: SHUT_RETRY_AFTER });
        }
        let is_event = delivery.items.iter().any(|(_, _, item)| matches!(item, Item::Draft(_)));
        if let Some((waiting, bound)) = self.levels.full(delivery.stream).filter(|_| is_event) {
            return Some(Refused::Full { waiting, bound, retry_after: RETRY_AFTER });
        }
        let (held, bound) = self.levels.quarantine();
        let is_poison = delivery.items.iter().any(|(_, _, item)| matches!(item, Item::Poison(_)));
        let held = held + group.held_bytes;
        (is_poison && held >= bound).then_some(Refused::QuarantineFull { bytes: held, bound, retry_after: RETRY_AFTER })
    }

    /// Puts a delivery into the group; what it comes to once the group is durable.
    fn take(&self, group: &mut Group, delivery: Mapped) -> Accepted {
        let mut accepted =
            Accepted { skipped: delivery.skipped, without_id: delivery.without_id, ..Accepted::default() };
        let Group { incoming, fresh, held_bytes, .. } = group;
        let drafts = incoming.drafts.entry(delivery.stream).or_default();
        for (place, id, item) in delivery.items {
            if let Some(id) = id {
                if self.seen.contains(&id) || !fresh.insert(id) {
                    accepted.repeated += 1;
                    continue;
                }
                incoming.ids.push(id);
            }
            match item {
                Item::Draft(draft) => {
                    drafts.push(*draft);
                    accepted.accepted += 1;
                }
                Item::Poison(Poison { reason, detail, raw }) => {
                    *held_bytes += raw.len() as u64;
                    // The number is known once it is durable; until then it is the place among those of the group.
                    let number = incoming.held.len() as u64;
                    accepted.quarantined.push(Quarantined { place, number, reason, detail: detail.clone() });
                    let thing = HeldThing::Raw(raw);
                    incoming.held.push(held(incoming.at, &delivery.source, delivery.stream, reason, detail, thing));
                }
            }
        }
        if let Some((name, position)) = delivery.position {
            incoming.positions.insert(name, position);
        }
        accepted
    }

    fn commit(&mut self, group: Group) -> Result<(), String> {
        let mut first_held = 0;
        let incoming = &group.incoming;
        let is_empty = incoming.ids.is_empty() && incoming.held.is_empty() && incoming.positions.is_empty();
        if !is_empty || incoming.drafts.values().any(|drafts| !drafts.is_empty()) {
            let begun = Instant::now();
            first_held = self.vault.take_in(incoming, &mut self.seen).map_err(|error| told(&error))?;
            self.metrics.committed(begun.elapsed());
        }
        for (stream, drafts) in &incoming.drafts {
            if let Some(earliest) = drafts.iter().map(|draft| draft.time).min() {
                self.levels.arrived(*stream, drafts.len() as u64, earliest);
            }
        }
        self.levels.held(incoming.held.len() as u64, group.held_bytes);
        for (mut accepted, source, answer) in group.answers {
            for quarantined in &mut accepted.quarantined {
                quarantined.number += first_held;
                self.metrics.quarantined(&source, quarantined.reason, 1);
            }
            self.metrics.records(&source, "accepted", accepted.accepted);
            self.metrics.records(&source, "repeated", accepted.repeated);
            self.metrics.records(&source, "skipped", accepted.skipped);
            self.metrics.records(&source, "quarantined", accepted.quarantined.len() as u64);
            // A sender that went away sends it again, and it is known then.
            let _ = answer.send(Ok(accepted));
        }
        for done in group.done {
            let _ = done.send(());
        }
        Ok(())
    }
}

impl Group {
    fn records(&self) -> usize {
        self.incoming.held.len() + self.incoming.drafts.values().map(Vec::len).sum::<usize>()
    }
}

pub(crate) fn held(
    at: Moment,
    source: &str,
    stream: StreamId,
    reason: &str,
    detail: impl Into<String>,
    what: HeldThing,
) -> Held {
    Held { at, source: source.to_owned(), stream, reason: reason.to_owned(), detail: detail.into(), what }
}

/// An error with its causes, in one line.
pub(crate) fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests;
