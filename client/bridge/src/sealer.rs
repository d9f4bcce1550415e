//! From drafts to sealed batches, stream by stream: what the drafts name is asked of the chain, those with a place in the stream become a
//! batch in the outbox, the others go into the quarantine with the reason. All in one transaction of the vault.
//!
//! ```text
//! earliest drafts ─┬─ not settled, or later than others that wait ──> wait on
//!                  ├─ before the stream's floor, unknown ───────────> quarantine
//!                  └─ the rest ── seal ──> outbox                     at most 1,000; what is more waits on
//! ```
//!
//! A batch must not begin before the one before it. So drafts are taken in the order of their times, and only when those of other senders
//! have had time to come: when they have settled.

use crate::{
    chain::{Line, is_vaults_fault},
    clock::now,
    level::Level,
    metrics::Metrics,
    spool::{Spool, held, told},
    stop::{Backoff, Stop},
};
use mulu_client::{
    ClientError,
    connection::ChainIdentity,
    event::Event,
    import::{
        access::{AHEAD_MS_MAX, Reporting, detail_of, seal_spooled, spooled_references},
        draft::Draft,
        learning::TermsLearner,
    },
    keys::Key,
    seal::{Place, seal},
    terms::{KnownTerms, LastIds},
    vault::{Front, Held, HeldThing, Placed, Pseudonyms, Vault, Waiting},
};
use mulu_proofs::{
    access::{EVENTS_MAX, SealedField},
    ids::{Moment, StreamId},
};
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;

/// Batches that wait for the chain before no more are sealed: what is sealed can be changed no more, so the rest waits as drafts.
pub(crate) const UNCONFIRMED_MAX: u64 = 32 * EVENTS_MAX as u64;
/// How long a stream rests whose drafts were not ready after all.
const REST: Duration = Duration::from_secs(1);
/// Epochs of pseudonyms that are kept at hand.
const EPOCHS_MAX: usize = 4;
/// First and longest pause after a question that the node did not answer.
const PAUSE_FIRST: Duration = Duration::from_millis(500);
const PAUSE_LONGEST: Duration = Duration::from_secs(30);

/// What a stream's sealer works with.
#[derive(Clone)]
pub(crate) struct Sealer {
    pub(crate) spool: Spool,
    pub(crate) source: Arc<str>,
    pub(crate) stream: StreamId,
    pub(crate) by: Reporting,
    pub(crate) key: Key,
    pub(crate) line: Line,
    pub(crate) pace: Pace,
}

/// How long events wait for others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pace {
    /// For others to fill the batch.
    pub(crate) linger_ms: u64,
    /// For earlier ones of other senders.
    pub(crate) settle_ms: u64,
}

impl Pace {
    /// The latest time of an event that may be sealed now.
    pub(crate) const fn until(self, now: Moment) -> Moment {
        Moment::new(match self.settle_ms {
            0 => now.get().saturating_add(AHEAD_MS_MAX),
            settle_ms => now.get().saturating_sub(settle_ms),
        })
    }

    /// When there is something to seal, by what is known of the stream; none as long as nothing changes.
    fn due(self, level: &Level, now: Moment) -> Option<Duration> {
        let earliest = level.earliest.filter(|_| level.unconfirmed < UNCONFIRMED_MAX && level.shut.is_none())?;
        if self.settle_ms == 0 && level.waiting >= u64::from(EVENTS_MAX) && earliest <= self.until(now) {
            return Some(Duration::ZERO);
        }
        let settled = earliest.get().saturating_add(self.settle_ms).saturating_add(self.linger_ms);
        let lingered = level.since.unwrap_or(now).get().saturating_add(self.linger_ms);
        Some(Duration::from_millis(settled.max(lingered).saturating_sub(now.get())))
    }
}

/// What a step came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Something left the front of the intake.
    Moved,
    /// All that is at the front is to wait.
    Waits,
}

/// What a sealing needs and keeps from one to the next.
#[derive(Default)]
pub(crate) struct Desk {
    learner: TermsLearner,
    pseudonyms: Vec<Pseudonyms>,
}

impl Sealer {
    /// Seals until the bridge stops.
    pub(crate) async fn run(self, stop: Stop) {
        let part = format!("stream/{}", self.stream);
        let mut level = self.spool.levels().watch(self.stream);
        let mut backoff = Backoff::new(PAUSE_FIRST, PAUSE_LONGEST);
        let mut desk = Desk::default();
        while self.is_due(&mut level, &stop).await {
            let pause = match self.step(&mut desk).await {
                Ok(step) => {
                    backoff.worked();
                    self.spool.metrics().trouble(&part, None);
                    if step == Step::Moved { Duration::ZERO } else { REST }
                }
                Err(error) if is_vaults_fault(&error) => return stop.fail(told(&error)),
                Err(error) => {
                    let why = told(&error);
                    if self.spool.metrics().trouble(&part, Some(&why)) {
                        tracing::warn!(
                            stream = self.stream.get(),
                            why,
                            "no batch can be sealed; events wait in the spool"
                        );
                    }
                    backoff.pause()
                }
            };
            if !pause.is_zero() && stop.comes_within(pause).await {
                return;
            }
        }
    }

    /// Waits until there is something to seal and the outbox has room; false if the bridge stops.
    async fn is_due(&self, level: &mut watch::Receiver<Level>, stop: &Stop) -> bool {
        while !stop.is_requested() {
            let due = self.pace.due(&level.borrow_and_update(), now());
            if due == Some(Duration::ZERO) {
                return true;
            }
            tokio::select! {
                changed = level.changed() => if changed.is_err() { return false },
                () = tokio::time::sleep(due.unwrap_or_default()), if due.is_some() => {}
                () = stop.requested() => return false,
            }
        }
        false
    }

    /// One batch, or less.
    async fn step(&self, desk: &mut Desk) -> Result<Step, ClientError> {
        let stream = self.stream;
        self.seal_what_an_import_left(desk).await?;
        let until = self.pace.until(now());
        let front = blocking(&self.spool, move |vault| vault.front(stream, EVENTS_MAX as usize, until)).await?;
        let drafts = front.drafts.iter().map(|waiting| &waiting.draft);
        desk.learner.learn_drafts(&self.line.connection, drafts).await?;
        let mut taken = std::mem::take(desk);
        let sealing = Sealing {
            stream,
            source: Arc::clone(&self.source),
            by: self.by,
            key: self.key.clone(),
            chain: self.line.chain.clone(),
        };
        let metrics = self.spool.metrics().clone();
        let levels = Arc::clone(self.spool.levels());
        let worked = blocking(&self.spool, move |vault| {
            let done = sealing.seal(vault, front, &mut taken);
            if let Ok(done) = &done {
                done.tell(&metrics, &sealing);
                levels.left(stream, done.sealed + done.held, vault)?;
                levels.held(done.held, done.held_bytes);
            }
            Ok((done, taken))
        });
        let (done, taken) = worked.await?;
        *desk = taken;
        let done = done?;
        Ok(if done.sealed + done.held > 0 { Step::Moved } else { Step::Waits })
    }

    /// Events that an import of a file spooled, when its process died before it sealed them.
    async fn seal_what_an_import_left(&self, desk: &mut Desk) -> Result<(), ClientError> {
        let stream = self.stream;
        if blocking(&self.spool, move |vault| vault.stream(stream)).await?.is_none_or(|state| state.waiting() == 0) {
            return Ok(());
        }
        let references = blocking(&self.spool, move |vault| spooled_references(vault, stream)).await?;
        desk.learner.learn_all(&self.line.connection, references, LastIds::default()).await?;
        let (key, chain, terms) = (self.key.clone(), self.line.chain.clone(), desk.learner.terms().clone());
        blocking(&self.spool, move |vault| seal_spooled(vault, stream, &key, &chain, &terms)).await?;
        Ok(())
    }
}

/// Works on the vault on a thread that may wait for the disk.
pub(crate) async fn blocking<T: Send + 'static>(
    spool: &Spool,
    work: impl FnOnce(&Vault) -> Result<T, ClientError> + Send + 'static,
) -> Result<T, ClientError> {
    let vault = Arc::clone(spool.vault());
    tokio::task::spawn_blocking(move || work(&vault)).await.expect("work on the vault does not panic")
}

/// Who seals what into which stream.
pub(crate) struct Sealing {
    pub(crate) stream: StreamId,
    pub(crate) source: Arc<str>,
    pub(crate) by: Reporting,
    pub(crate) key: Key,
    pub(crate) chain: ChainIdentity,
}

/// How much a sealing moved.
#[derive(Clone, Debug, Default)]
pub(crate) struct Done {
    pub(crate) sealed: u64,
    pub(crate) held: u64,
    held_bytes: u64,
    reasons: Vec<String>,
}

impl Done {
    fn tell(&self, metrics: &Metrics, sealing: &Sealing) {
        if self.sealed > 0 {
            metrics.batch(sealing.stream.get(), "sealed", self.sealed);
        }
        for reason in &self.reasons {
            metrics.quarantined(&sealing.source, reason, 1);
        }
    }
}

/// Drafts by what becomes of them.
#[derive(Default)]
struct Sorted {
    events: Vec<Event>,
    back: Vec<Waiting>,
    held: Vec<Held>,
}

impl Sealing {
    /// Sorts the drafts, seals those that have a place, and puts all of it away in one transaction.
    pub(crate) fn seal(&self, vault: &Vault, front: Front, desk: &mut Desk) -> Result<Done, ClientError> {
        let stream = self.stream;
        let state = vault.stream(stream)?;
        let state = state.ok_or(ClientError::StreamNotOurs { stream, why: "is unknown to this vault" })?;
        let sorted = self.sort(vault, front.drafts, front.ready, state.floor, desk)?;
        if sorted.events.is_empty() && sorted.held.is_empty() {
            return Ok(Done::default());
        }
        let place = Place::after(&state, stream, &self.chain);
        let sealing = if sorted.events.is_empty() {
            None
        } else {
            Some(seal(&place, sorted.events, desk.learner.terms(), &self.key)?)
        };
        let placed = Placed { sealing: sealing.as_ref(), back: &sorted.back, held: &sorted.held };
        vault.keep_drawn(&front.drawn, &placed)?;
        Ok(Done {
            sealed: sealing.map_or(0, |sealing| u64::from(sealing.batch.header.count)),
            held: sorted.held.len() as u64,
            held_bytes: sorted.held.iter().map(Held::bytes).sum(),
            reasons: sorted.held.into_iter().map(|held| held.reason).collect(),
        })
    }

    fn sort(
        &self,
        vault: &Vault,
        mut drafts: Vec<Waiting>,
        ready: usize,
        floor: Moment,
        desk: &mut Desk,
    ) -> Result<Sorted, ClientError> {
        let at = now();
        let mut sorted = Sorted { back: drafts.split_off(ready), ..Sorted::default() };
        let mut more = Vec::new();
        for waiting in drafts {
            if sorted.events.len() == EVENTS_MAX as usize {
                more.push(waiting);
                continue;
            }
            let placed = match waiting.draft.time < floor {
                true => Err(("before_stream", waiting.draft)),
                false => self.event(vault, waiting.draft, at, desk)?,
            };
            match placed {
                Ok(event) => sorted.events.push(event),
                Err((reason, draft)) => {
                    let thing = HeldThing::Draft(Box::new(draft));
                    sorted.held.push(held(at, &self.source, self.stream, reason, detail_of(reason), thing));
                }
            }
        }
        // Both parts are in the order of their times, and so is the whole.
        more.append(&mut sorted.back);
        sorted.back = more;
        Ok(sorted)
    }

    /// The event of a draft; or the draft again, and why the ledger has no place for it.
    fn event(
        &self,
        vault: &Vault,
        mut draft: Draft,
        at: Moment,
        desk: &mut Desk,
    ) -> Result<Result<Event, (&'static str, Draft)>, ClientError> {
        if let Some(user) = draft.values.get(SealedField::User).filter(|_| draft.is_pseudonymous) {
            draft.pseudonym = pseudonym(vault, &mut desk.pseudonyms, self.by, user, draft.time, at)?;
        }
        let terms: &KnownTerms = desk.learner.terms();
        Ok(match draft.leaf(self.by.platform, terms) {
            Ok(leaf) => Ok(Event::new(leaf, draft.values)),
            Err(unknown) => Err((unknown.code(), draft)),
        })
    }
}

/// The pseudonym of a user; none if the key of the epoch is destroyed.
fn pseudonym(
    vault: &Vault,
    known: &mut Vec<Pseudonyms>,
    by: Reporting,
    user: &[u8],
    time: Moment,
    at: Moment,
) -> Result<Option<u64>, ClientError> {
    if !known.iter().any(|epoch| epoch.covers(time)) {
        if known.len() == EPOCHS_MAX {
            known.remove(0);
        }
        known.push(vault.pseudonyms(by.department, time, at)?);
    }
    Ok(known.iter().find(|epoch| epoch.covers(time)).and_then(|epoch| epoch.of(user)))
}

#[cfg(test)]
mod tests;
