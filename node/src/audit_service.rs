//! The audit of the audit: what auditors ask the RPC is written down before the answer leaves, and told to the ledger under a key of the node's own.

use crate::{
    audit_config::AuditConfig,
    audit_log::{Asked, AuditLog, AuditLogError, TellingKey, telling_keys},
    error::NodeError,
    keys::Seed,
    own_calls::OwnCalls,
};
use codec::Encode;
use ed25519_dalek::SigningKey;
use mulu_executor::{ExecuteError, Executor};
use mulu_primitives::{block::Extrinsic, block::Header};
use mulu_proofs::{
    audit::AuditQuery,
    departments::Role,
    evidence::calls::call_index,
    ids::{DepartmentId, Digest32, Height, Moment, PublicKey, QueryNumber},
    records::RecordKind,
};
use mulu_rpc::{Audit, NotNoted, Note, Submission};
use mulu_runtime::{
    Departments, Runtime,
    pallet_departments::{Accounts, Observers, Validators},
    pallet_oversight::{QueryCursor, QueryCursors},
};
use mulu_storage::Store;
use sp_core::crypto::AccountId32;
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use tokio::{
    sync::{mpsc, watch},
    task,
    time::{self, MissedTickBehavior},
};

/// Questions that are written down together.
const TOGETHER_MAX: usize = 256;
/// Reports that are sent at once; what is left follows as soon as they are in blocks.
const REPORTS_MAX: usize = 8;
/// How often is looked for a new block, in which the key may have got its role or lost it.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// So many blocks after another key took over, no call of the former one gets into a block any more: the era of own calls.
const FORMER_BLOCKS: u32 = 64;

/// What the service works with.
pub struct AuditParts {
    /// The node's blocks.
    pub store: Arc<Store>,
    /// Their state.
    pub executor: Arc<Executor>,
    /// Genesis hash.
    pub genesis: Digest32,
    /// Keys by which the chain's registry knows the node: those of its validator, and its node key where it is an observer.
    pub own: Vec<PublicKey>,
    /// To the pool service.
    pub submit: mpsc::Sender<Submission>,
}

/// Starts it: what the RPC tells its questions to.
///
/// # Errors
/// [`NodeError`] if key or folder are not as they should be, or the state cannot be read.
pub fn start(config: &AuditConfig, parts: AuditParts) -> Result<Audit, NodeError> {
    let AuditParts { store, executor, genesis, own, submit } = parts;
    let key = SigningKey::from_bytes(Seed::read(&config.key)?.expose());
    let (head, _) = store.head();
    let keys = telling_keys(&config.folder, key.verifying_key().to_bytes(), Height::new(head.number))?;
    let calls = OwnCalls { store, executor, key, genesis, submit, sent: former_round(&keys) };
    let standing = Standing::read(&calls.executor, &head, &calls.public(), &keys, &own)?;
    warn(standing.office, &calls.public());
    let log = Arc::new(Mutex::new(AuditLog::open(&config.folder, standing.told)?));
    let (office, may) = watch::channel(standing.office.may());
    let (audit, notes) = Audit::new(may);
    tokio::spawn(write(Arc::clone(&log), notes));
    let pace = Pace { every: config.report_every, next: Instant::now(), is_more: false };
    tokio::spawn(tell(Reporter { log, calls, keys, own, office, pace, seen: None }));
    Ok(audit)
}

/// Says in the log what keeps auditors out.
fn warn(office: Office, key: &PublicKey) {
    let key = hex::encode(key);
    match office {
        Office::Held => {}
        Office::NoRole => tracing::warn!(
            key,
            "the key of [rpc.audit] holds no role operator in force: auditors are refused until the department's admin gives it to the key's account"
        ),
        Office::Elsewhere => tracing::warn!(
            key,
            "the key of [rpc.audit] is an account of another department than the one that runs this node: auditors are refused until \
             [rpc.audit] names a key of the node's own department, or the registry names the node as that department's"
        ),
    }
}

/// Writes down what was asked, as much as has come together, until the server is gone or the disk fails.
async fn write(log: Arc<Mutex<AuditLog>>, mut notes: mpsc::Receiver<Note>) {
    let mut together = Vec::new();
    while notes.recv_many(&mut together, TOGETHER_MAX).await > 0 {
        let asked: Vec<Asked> = together.iter().map(asked_of).collect();
        let writing = Arc::clone(&log);
        let written = task::spawn_blocking(move || locked(&writing).append(&asked, now())).await;
        let answer = match &written {
            Ok(Ok(())) => Ok(()),
            Ok(Err(AuditLogError::Full)) => Err(NotNoted::Full),
            Ok(Err(AuditLogError::Io { .. })) | Err(_) => Err(NotNoted::Failed),
        };
        for note in together.drain(..) {
            // Whoever does not wait any more was not answered.
            let _ = note.reply.send(answer);
        }
        if let Ok(Err(error @ AuditLogError::Io { .. })) = &written {
            let cause = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
            // What a disk keeps behind a failed write nobody knows: nothing more is taken for kept.
            tracing::error!(%error, cause, "auditors are refused until the node is started again");
            return;
        }
    }
}

const fn asked_of(note: &Note) -> Asked {
    Asked { account: note.account, scope: note.scope, digest: note.digest }
}

fn locked(log: &Mutex<AuditLog>) -> MutexGuard<'_, AuditLog> {
    // What is in memory follows what is on disk; a panic between the two leaves a question that is told without having been answered.
    log.lock().unwrap_or_else(PoisonError::into_inner)
}

fn now() -> Moment {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Moment::new(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// Tells the ledger, again and again, and follows whether the key may.
async fn tell(mut reporter: Reporter) {
    let mut ticks = time::interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let work = task::spawn_blocking(move || {
            let result = reporter.due();
            (reporter, result)
        });
        // Its own thread has reported the panic.
        let Ok((back, result)) = work.await else { return };
        reporter = back;
        match result {
            Ok(reports) if reports.is_empty() => {}
            Ok(reports) => {
                reporter.calls.send("a report of auditors' questions", reports).await;
                if reporter.calls.sent.is_none() {
                    // Whatever refused them gets the time until the next round.
                    reporter.pace.wait(Instant::now(), false);
                }
            }
            Err(error) => {
                reporter.pace.wait(Instant::now(), false);
                tracing::error!(%error, "auditors' questions could not be told; they are tried again");
            }
        }
    }
}

/// What stands in for a round of the key before: while its calls may still get into blocks, telling the same under another key would tell it twice.
fn former_round(keys: &[TellingKey]) -> Option<(u32, Height)> {
    let newest = keys.last().filter(|_| keys.len() > 1)?;
    Some((u32::MAX, Height::new(newest.since.get().saturating_add(FORMER_BLOCKS))))
}

/// When the ledger is told.
struct Pace {
    every: Duration,
    next: Instant,
    /// Whether the last round left something.
    is_more: bool,
}

impl Pace {
    fn is_due(&self, now: Instant) -> bool {
        self.is_more || now >= self.next
    }

    /// A round has been made, or has failed.
    fn wait(&mut self, now: Instant, is_more: bool) {
        self.next = now + self.every;
        self.is_more = is_more;
    }
}

/// Whether the key may speak for this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Office {
    /// It is an operator of the department that runs the node.
    Held,
    /// It holds no role operator in force.
    NoRole,
    /// It is of another department than the one that the registry names for the node, if it names one.
    Elsewhere,
}

impl Office {
    /// Of an account of `department` on a node that is run by one of `own`.
    fn of(department: Option<DepartmentId>, is_operator: bool, own: &BTreeSet<DepartmentId>) -> Self {
        match department {
            Some(department) if is_operator && own.contains(&department) => Self::Held,
            Some(_) if is_operator => Self::Elsewhere,
            _ => Self::NoRole,
        }
    }

    /// What the RPC is told of it.
    const fn may(self) -> Result<(), NotNoted> {
        match self {
            Self::Held => Ok(()),
            Self::NoRole => Err(NotNoted::NotOperator),
            Self::Elsewhere => Err(NotNoted::OtherDepartment),
        }
    }
}

/// The departments that the registry names for a node of these keys; only inside a query of the executor.
fn departments_of(own: &[PublicKey]) -> BTreeSet<DepartmentId> {
    let validators = Validators::<Runtime>::get();
    let of_validators =
        validators.iter().filter(|validator| own.contains(&validator.key)).map(|validator| validator.department);
    let of_observers = own.iter().filter_map(|key| Some(Observers::<Runtime>::get(key)?.department));
    of_validators.chain(of_observers).collect()
}

/// What the ledger says of the node's key.
struct Standing {
    office: Office,
    /// Last number of the key.
    last: QueryNumber,
    /// Time of the last question that the ledger has, under this key or one before it.
    told: Moment,
}

impl Standing {
    fn read(
        executor: &Executor,
        head: &Header,
        key: &PublicKey,
        keys: &[TellingKey],
        own: &[PublicKey],
    ) -> Result<Self, ExecuteError> {
        executor.query(head, || {
            let account = AccountId32::new(*key);
            let department = Accounts::<Runtime>::get(&account);
            let is_operator = department
                .is_some_and(|department| Departments::in_force(&account, department, Role::Operator).is_ok());
            let office = Office::of(department, is_operator, &departments_of(own));
            let cursor_of = |key: &PublicKey| QueryCursors::<Runtime>::get(key).unwrap_or_default();
            Self { office, last: cursor_of(key).last, told: told_under(keys, cursor_of) }
        })
    }
}

/// Up to when the ledger has what was asked, whatever key told it.
fn told_under(keys: &[TellingKey], cursor_of: impl Fn(&PublicKey) -> QueryCursor) -> Moment {
    keys.iter().map(|TellingKey { key, .. }| cursor_of(key).moment).max().unwrap_or_default()
}

/// Tells the ledger what it has not got.
struct Reporter {
    log: Arc<Mutex<AuditLog>>,
    calls: OwnCalls,
    /// The key, behind those that told the same folder before it.
    keys: Vec<TellingKey>,
    /// Keys by which the registry knows the node.
    own: Vec<PublicKey>,
    /// Whether questions may be asked.
    office: watch::Sender<Result<(), NotNoted>>,
    pace: Pace,
    /// Head at which the key's standing was last read.
    seen: Option<Digest32>,
}

/// Why nothing could be told.
#[derive(Debug, thiserror::Error)]
enum ReportError {
    /// The state cannot be read.
    #[error(transparent)]
    State(#[from] ExecuteError),
    /// A file that is told cannot be removed.
    #[error(transparent)]
    Log(#[from] AuditLogError),
}

impl Reporter {
    /// What the ledger has not got, signed, if it is time; before that, whether questions may be asked at this head.
    fn due(&mut self) -> Result<Vec<Extrinsic>, ReportError> {
        let (head, hash) = self.calls.store.head();
        let is_due = self.pace.is_due(Instant::now());
        if self.seen.replace(hash) == Some(hash) && !is_due {
            return Ok(Vec::new());
        }
        let standing = Standing::read(&self.calls.executor, &head, &self.calls.public(), &self.keys, &self.own)?;
        let may = standing.office.may();
        if self.office.send_if_modified(|before| std::mem::replace(before, may) != may) {
            warn(standing.office, &self.calls.public());
        }
        locked(&self.log).told(standing.told)?;
        if !is_due || may.is_err() {
            return Ok(Vec::new());
        }
        let Some(round) = self.calls.round()?.filter(|round| round.head == head) else {
            return Ok(Vec::new());
        };
        let (reports, waiting) = {
            let log = locked(&self.log);
            (log.reports(REPORTS_MAX), log.waiting())
        };
        let is_more = waiting > reports.iter().map(Vec::len).sum();
        self.pace.wait(Instant::now(), is_more);
        let mut next = standing.last.next();
        let mut calls = Vec::new();
        for report in &reports {
            calls.push(call(next, report));
            next = QueryNumber::new(next.get() + report.len() as u64);
        }
        Ok(self.calls.sign(&round, &calls))
    }
}

fn call(first: QueryNumber, queries: &[AuditQuery]) -> Vec<u8> {
    let index = call_index(RecordKind::QueriesRecorded).expect("queries are told by a call of their own");
    (index, first, queries).encode()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(keys: &[(u8, u32)]) -> Vec<TellingKey> {
        keys.iter().map(|(key, since)| TellingKey { key: [*key; 32], since: Height::new(*since) }).collect()
    }

    #[test]
    fn a_key_speaks_for_the_node_of_its_own_department_alone() {
        let department = |id| Some(DepartmentId::new(id));
        let own = BTreeSet::from([DepartmentId::new(2)]);
        assert_eq!(Office::of(department(2), true, &own), Office::Held);
        assert_eq!(Office::of(department(3), true, &own), Office::Elsewhere);
        assert_eq!(
            Office::of(department(2), true, &BTreeSet::new()),
            Office::Elsewhere,
            "nobody's node is not its own"
        );
        for (of, is_operator) in [(department(2), false), (department(3), false), (None, true), (None, false)] {
            assert_eq!(Office::of(of, is_operator, &own), Office::NoRole);
        }
        assert_eq!(Office::Held.may(), Ok(()));
        assert_eq!(Office::NoRole.may(), Err(NotNoted::NotOperator));
        assert_eq!(Office::Elsewhere.may(), Err(NotNoted::OtherDepartment));
    }

    #[test]
    fn another_key_tells_nothing_again_that_a_former_one_told() {
        let ledger = |key: &PublicKey| match key[0] {
            1 => QueryCursor { last: QueryNumber::new(40), moment: Moment::new(900) },
            2 => QueryCursor { last: QueryNumber::new(3), moment: Moment::new(1_200) },
            _ => QueryCursor::default(),
        };
        assert_eq!(told_under(&keys(&[(9, 5)]), ledger).get(), 0);
        assert_eq!(told_under(&keys(&[(1, 0), (9, 5)]), ledger).get(), 900);
        assert_eq!(told_under(&keys(&[(1, 0), (2, 5), (9, 7)]), ledger).get(), 1_200);
        assert_eq!(told_under(&keys(&[(1, 0), (2, 5), (1, 7)]), ledger).get(), 1_200, "a key that came back");
    }

    #[test]
    fn another_key_waits_until_no_call_of_the_former_one_can_come() {
        assert_eq!(former_round(&keys(&[(1, 100)])), None);
        let (nonce, until) = former_round(&keys(&[(1, 100), (2, 500)])).unwrap();
        assert_eq!((nonce, until.get()), (u32::MAX, 564));
    }

    #[test]
    fn what_a_round_leaves_does_not_wait_for_the_next_one() {
        let start = Instant::now();
        let mut pace = Pace { every: Duration::from_secs(60), next: start, is_more: false };
        assert!(pace.is_due(start));
        pace.wait(start, true);
        assert!(pace.is_due(start + LOOK_EVERY));
        pace.wait(start, false);
        assert!(!pace.is_due(start + Duration::from_secs(59)));
        assert!(pace.is_due(start + Duration::from_secs(60)));
    }
}
