//! The decision point of a node: the last final block, what is known on it, and the key that signs.
//!
//! ```text
//! committed ──> Head (height, time, day, open?)      facts: kept until a block holds the record of an act
//!                 │                                    │      used: kept for one block
//! question ───────┴─> fresh? open? ─> objections ──────┴─> counted ─> token signed ─> answer
//! ```
//!
//! Everything that could leave a call allowed by mistake denies it: a stale block, a clock that lags, a state that cannot be read, a count that
//! cannot be written.

use crate::{
    counts::{Counts, CountsError},
    facts::{self, EntryGrants, GrantFacts, LocalDay, UsedToday},
    question::{Allowed, Decision, Denied, Question, Reason, Under},
};
use ed25519_dalek::{Signer, SigningKey};
use mulu_executor::{ExecuteError, Executor};
use mulu_primitives::{block::Header, stages::Committed};
use mulu_proofs::{
    access::rules::Usage,
    calendar::Day,
    ids::{DepartmentId, Digest32, EntryId, GrantId, Height, Moment, PublicKey, SystemId},
    records::RecordKind,
    text::Text,
};
use mulu_token::{AUDIENCE_BYTES_MAX, Token};
use rand::RngCore;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::{Duration, Instant},
};

/// Grants and entries that are kept in memory; when there are more, all are read anew.
const KEPT_MAX: usize = 1 << 17;
/// How far the chain's time may run ahead of the node's clock.
const AHEAD_MS_MAX: u64 = 10_000;

/// What the operator says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The platform for whose gateways it decides.
    pub platform: SystemId,
    /// The gateway's name, which every token bears.
    pub audience: Text<AUDIENCE_BYTES_MAX>,
    /// How long a token is good, in milliseconds.
    pub token_life_ms: u64,
    /// How old the last final block may be, in milliseconds.
    pub stale_after_ms: u64,
}

/// The time, twice: a clock that people set, and one that only runs.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// What the clock on the wall shows.
    pub wall: Moment,
    /// What the other one shows.
    pub steady: Instant,
}

impl Now {
    /// Reads both clocks.
    pub fn read() -> Self {
        let since = std::time::UNIX_EPOCH.elapsed().unwrap_or_default();
        Self { wall: Moment::new(u64::try_from(since.as_millis()).unwrap_or(u64::MAX)), steady: Instant::now() }
    }
}

/// The last final block.
#[derive(Clone, Debug)]
struct Head {
    header: Header,
    height: Height,
    hash: Digest32,
    time: Moment,
    /// When the node learnt of it.
    seen: Instant,
    day: LocalDay,
    /// The department under which decisions are open, if they are.
    open: Option<DepartmentId>,
    known: Arc<Known>,
    /// What the ledger has counted of grants, by day and as of this block.
    used: Arc<Mutex<HashMap<(Day, GrantId), Usage>>>,
}

/// What a question comes to, before anything is counted.
struct Choice {
    verdict: Result<Arc<GrantFacts>, Denied>,
    /// The day and the grant under which it is counted, if it is.
    counted: Option<(Day, GrantId)>,
    /// The time by which it was judged.
    now: Moment,
}

/// Why a question has no answer but no.
#[derive(Debug, thiserror::Error)]
enum PointError {
    /// The state cannot be read.
    #[error(transparent)]
    State(#[from] ExecuteError),
    /// The answer cannot be counted.
    #[error(transparent)]
    Counts(#[from] CountsError),
}

/// What only the record of an act changes.
#[derive(Debug, Default)]
struct Known {
    grants: Mutex<HashMap<GrantId, Option<Arc<GrantFacts>>>>,
    entries: Mutex<HashMap<EntryId, Arc<EntryGrants>>>,
}

/// The decision point.
pub struct Point {
    settings: Settings,
    domain: Digest32,
    key: SigningKey,
    public: PublicKey,
    executor: Arc<Executor>,
    head: RwLock<Arc<Head>>,
    counts: Mutex<Counts>,
}

impl std::fmt::Debug for Point {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Point").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// What a point is made of.
pub struct PointParts {
    /// What the operator says.
    pub settings: Settings,
    /// Chain id and genesis hash in one digest.
    pub domain: Digest32,
    /// The decision key.
    pub key: SigningKey,
    /// Reads the state.
    pub executor: Arc<Executor>,
    /// What was answered so far.
    pub counts: Counts,
}

impl Point {
    /// Over the last block that the node has.
    ///
    /// # Errors
    /// [`ExecuteError`] if its state cannot be read.
    pub fn new(parts: PointParts, head: (Header, Digest32), now: Now) -> Result<Self, ExecuteError> {
        let PointParts { settings, domain, key, executor, counts } = parts;
        let public = key.verifying_key().to_bytes();
        let head = Head::read(&executor, head, settings.platform, &public, now.steady, Arc::default())?;
        Ok(Self {
            settings,
            domain,
            key,
            public,
            executor,
            head: RwLock::new(Arc::new(head)),
            counts: Mutex::new(counts),
        })
    }

    /// A block was committed. What is known is forgotten unless the block says that nothing of it has changed.
    ///
    /// # Errors
    /// [`ExecuteError`] if its state cannot be read; the point goes on with the block before, and denies when that is stale.
    pub fn committed(&self, block: &Committed, now: Now) -> Result<(), ExecuteError> {
        let no_acts = block.records().iter().all(|record| changes_no_grant(record.kind));
        let header = (block.block().header.clone(), block.hash());
        let before = self.head();
        let follows = before.header.number + 1 == header.0.number;
        let known = if no_acts && follows { Arc::clone(&before.known) } else { Arc::default() };
        self.follow(header, known, now)
    }

    /// Some blocks were committed, the last of which is this one: everything is read anew.
    ///
    /// # Errors
    /// As [`Point::committed`].
    pub fn caught_up(&self, header: (Header, Digest32), now: Now) -> Result<(), ExecuteError> {
        self.follow(header, Arc::default(), now)
    }

    fn follow(&self, header: (Header, Digest32), known: Arc<Known>, now: Now) -> Result<(), ExecuteError> {
        let head = Head::read(&self.executor, header, self.settings.platform, &self.public, now.steady, known)?;
        *self.head.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(head);
        Ok(())
    }

    /// Answers a question.
    pub fn decide(&self, question: &Question, now: Now) -> Decision {
        let head = self.head();
        let verdict = self.verdict(&head, question, now).unwrap_or_else(|error| {
            tracing::error!(%error, height = %head.height, "a decision failed, so the call was denied");
            Err(Denied { reason: Reason::Failed, grant: None })
        });
        head.decision(verdict)
    }

    /// Denies without a look at the ledger.
    pub fn deny(&self, reason: Reason) -> Decision {
        self.head().decision(Err(Denied { reason, grant: None }))
    }

    /// Whether the point could allow anything now; else why not.
    ///
    /// # Errors
    /// [`Reason::Stale`], [`Reason::Clock`] or [`Reason::NotOpen`].
    pub fn is_ready(&self, now: Now) -> Result<Height, Reason> {
        let head = self.head();
        head.objection(&self.settings, now).map_or(Ok(head.height), Err)
    }

    /// Whether the answer is in memory; else it reads the database, which may take a while.
    pub fn is_warm(&self, question: &Question) -> bool {
        let head = self.head();
        match question.under {
            Under::Grant(grant) => lock(&head.known.grants).contains_key(&grant),
            Under::Entry(entry) => lock(&head.known.entries).get(&entry).is_some_and(|grants| {
                let grants = grants.get(&question.consumer).map(Vec::as_slice).unwrap_or_default();
                let known = lock(&head.known.grants);
                grants.iter().all(|grant| known.contains_key(grant))
            }),
        }
    }

    /// The decision key.
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// What the operator says.
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What was answered so far.
    pub fn counts(&self) -> MutexGuard<'_, Counts> {
        lock(&self.counts)
    }

    /// What a question would be answered, without a token and uncounted: for people who check a mapping.
    ///
    /// # Errors
    /// Why the call would be denied.
    pub fn would(&self, question: &Question, now: Now) -> Result<GrantId, Denied> {
        let head = self.head();
        match self.choose(&head, question, now) {
            Ok(Choice { verdict, .. }) => verdict.map(|facts| facts.terms.grant),
            Err(error) => {
                tracing::error!(%error, height = %head.height, "a check of the mapping failed");
                Err(Denied { reason: Reason::Failed, grant: None })
            }
        }
    }

    fn verdict(&self, head: &Head, question: &Question, now: Now) -> Result<Result<Allowed, Denied>, PointError> {
        let Choice { verdict, counted, now } = self.choose(head, question, now)?;
        if let Some((day, grant)) = counted {
            lock(&self.counts).add(day, grant, verdict.is_ok())?;
        }
        Ok(verdict.map(|facts| self.allow(head, question, &facts, now)))
    }

    /// The newest grant that allows the call. If none does, it is denied and counted under the one that came nearest: with the least to be put
    /// right there, it would have been allowed; of several, the newest.
    fn choose(&self, head: &Head, question: &Question, now: Now) -> Result<Choice, PointError> {
        // A clock that lags a little must not judge by a time at which the block's own acts had not happened.
        let moment = now.wall.max(head.time);
        let denied = |reason| Choice { verdict: Err(Denied { reason, grant: None }), counted: None, now: moment };
        if let Some(reason) = head.objection(&self.settings, now) {
            return Ok(denied(reason));
        }
        let day = self.day(head, moment)?;
        let candidates = match question.under {
            Under::Grant(grant) => vec![grant],
            Under::Entry(entry) => self.grants_of(head, entry, question.consumer)?,
        };
        let (mut choice, mut nearest) = (denied(Reason::NoGrant), None);
        for grant in candidates.into_iter().rev() {
            let Some(facts) = self.grant(head, grant)? else { return Ok(denied(Reason::UnknownGrant)) };
            let used = self.used(head, day, grant)?;
            let platform = self.settings.platform;
            let is_counted = head.open.is_some_and(|department| facts.is_counted(platform, department));
            let counted = is_counted.then_some((day.day, grant));
            match facts.objection(question, platform, used, moment) {
                None => return Ok(Choice { verdict: Ok(facts), counted, ..choice }),
                Some(reason) if nearest.is_none_or(|nearest| reason.nearness() > nearest) => {
                    nearest = Some(reason.nearness());
                    choice = Choice { verdict: Err(Denied { reason, grant: Some(grant) }), counted, ..choice };
                }
                Some(_) => {}
            }
        }
        Ok(choice)
    }

    fn allow(&self, head: &Head, question: &Question, facts: &GrantFacts, now: Moment) -> Allowed {
        let mut nonce = [0; 16];
        rand::thread_rng().fill_bytes(&mut nonce);
        let terms = &facts.terms;
        let expires = Moment::new(now.get().saturating_add(self.settings.token_life_ms)).min(terms.until);
        let token = Token {
            nonce,
            audience: self.settings.audience.clone(),
            grant: terms.grant,
            version: terms.version,
            consumer: question.consumer,
            items: question.items,
            method: question.method,
            purpose: question.purpose,
            using_system: question.using_system,
            issued: now,
            expires,
            height: head.height,
        };
        let signature = self.key.sign(&token.signing_bytes(&self.domain)).to_bytes();
        Allowed { grant: terms.grant, version: terms.version, expires, token: token.header(&signature) }
    }

    fn head(&self) -> Arc<Head> {
        Arc::clone(&self.head.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn day(&self, head: &Head, now: Moment) -> Result<LocalDay, ExecuteError> {
        if head.day.contains(now) {
            return Ok(head.day);
        }
        self.executor.query(&head.header, || facts::read_day(now))
    }

    fn grant(&self, head: &Head, grant: GrantId) -> Result<Option<Arc<GrantFacts>>, ExecuteError> {
        if let Some(known) = lock(&head.known.grants).get(&grant) {
            return Ok(known.clone());
        }
        let facts = self.executor.query(&head.header, || facts::read_grant(grant))?.map(Arc::new);
        keep(&mut lock(&head.known.grants), grant, facts.clone());
        Ok(facts)
    }

    fn grants_of(&self, head: &Head, entry: EntryId, consumer: DepartmentId) -> Result<Vec<GrantId>, ExecuteError> {
        let of = |grants: &EntryGrants| grants.get(&consumer).cloned().unwrap_or_default();
        if let Some(known) = lock(&head.known.entries).get(&entry) {
            return Ok(of(known));
        }
        let grants = self.executor.query(&head.header, || facts::read_entry(entry))?;
        let found = of(&grants);
        keep(&mut lock(&head.known.entries), entry, Arc::new(grants));
        Ok(found)
    }

    fn used(&self, head: &Head, day: LocalDay, grant: GrantId) -> Result<UsedToday, ExecuteError> {
        let key = (day.day, grant);
        let known = lock(&head.used).get(&key).copied();
        let reported = match known {
            Some(known) => known,
            None => {
                let used = self.executor.query(&head.header, || facts::read_used(day.day, grant))?;
                keep(&mut lock(&head.used), key, used);
                used
            }
        };
        Ok(UsedToday { reported, allowed: lock(&self.counts).get(day.day, grant).allowed })
    }
}

impl Head {
    fn read(
        executor: &Executor,
        (header, hash): (Header, Digest32),
        platform: SystemId,
        key: &PublicKey,
        seen: Instant,
        known: Arc<Known>,
    ) -> Result<Self, ExecuteError> {
        let (time, day, open) = executor.query(&header, || {
            let time = Moment::new(mulu_runtime::Timestamp::get());
            (time, facts::read_day(time), facts::read_open(platform, key))
        })?;
        let height = Height::new(header.number);
        Ok(Self { header, height, hash, time, seen, day, open, known, used: Arc::default() })
    }

    /// Why nothing can be allowed on this block, if nothing can.
    fn objection(&self, settings: &Settings, now: Now) -> Option<Reason> {
        let old = now.wall.get().saturating_sub(self.time.get());
        let silent = now.steady.saturating_duration_since(self.seen);
        if old > settings.stale_after_ms || silent > Duration::from_millis(settings.stale_after_ms) {
            Some(Reason::Stale)
        } else if self.time.get() > now.wall.get().saturating_add(AHEAD_MS_MAX) {
            Some(Reason::Clock)
        } else if self.open.is_none() {
            Some(Reason::NotOpen)
        } else {
            None
        }
    }

    fn decision(&self, verdict: Result<Allowed, Denied>) -> Decision {
        Decision { verdict, height: self.height, hash: self.hash, time: self.time }
    }
}

/// Whether a record of that kind leaves every grant, entry and department as it was. Of all others it is not asked.
const fn changes_no_grant(kind: RecordKind) -> bool {
    matches!(kind, RecordKind::BatchAccepted | RecordKind::DecisionsCounted)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Each change is one insertion: what a panic left behind is whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn keep<K: std::hash::Hash + Eq, V>(map: &mut HashMap<K, V>, key: K, value: V) {
    if map.len() >= KEPT_MAX {
        map.clear();
    }
    map.insert(key, value);
}
