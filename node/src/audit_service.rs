//! The audit of the audit: what auditors ask the RPC is written down before the answer leaves, and told to the ledger under a key of the node's own.

use crate::{
    audit_config::AuditConfig,
    audit_log::{Asked, AuditLog, AuditLogError},
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
    ids::{Digest32, Moment, PublicKey, QueryNumber},
    records::RecordKind,
};
use mulu_rpc::{Audit, NotNoted, Note, Submission};
use mulu_runtime::{
    Departments, Runtime,
    pallet_departments::Accounts,
    pallet_oversight::{QueryCursor, QueryCursors},
};
use mulu_storage::Store;
use sp_core::crypto::AccountId32;
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::{
    sync::{mpsc, watch},
    task,
    time::{self, MissedTickBehavior},
};

/// Questions that are written down together.
const TOGETHER_MAX: usize = 256;
/// Reports that are sent at once; what is left follows with the next ones.
const REPORTS_MAX: usize = 8;

/// What the service works with.
pub struct AuditParts {
    /// The node's blocks.
    pub store: Arc<Store>,
    /// Their state.
    pub executor: Arc<Executor>,
    /// Genesis hash.
    pub genesis: Digest32,
    /// To the pool service.
    pub submit: mpsc::Sender<Submission>,
}

/// Starts it: what the RPC tells its questions to.
///
/// # Errors
/// [`NodeError`] if key or folder are not as they should be, or the state cannot be read.
pub fn start(config: &AuditConfig, parts: AuditParts) -> Result<Audit, NodeError> {
    let AuditParts { store, executor, genesis, submit } = parts;
    let key = SigningKey::from_bytes(Seed::read(&config.key)?.expose());
    let calls = OwnCalls { store, executor, key, genesis, submit, sent: None };
    let standing = Standing::read(&calls.executor, &calls.store.head().0, &calls.public())?;
    if !standing.is_operator {
        tracing::warn!(
            key = hex::encode(calls.public()),
            "the key of [rpc.audit] holds no role operator in force: auditors are refused until the department's admin gives it to the key's account"
        );
    }
    let log = Arc::new(Mutex::new(AuditLog::open(&config.folder, standing.cursor.moment)?));
    let (is_open, open) = watch::channel(standing.is_operator);
    let (audit, notes) = Audit::new(open);
    tokio::spawn(write(Arc::clone(&log), notes));
    tokio::spawn(tell(Reporter { log, calls, is_open }, config.report_every));
    Ok(audit)
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

/// Tells the ledger, again and again.
async fn tell(mut reporter: Reporter, every: Duration) {
    let mut ticks = time::interval(every);
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
            Ok(reports) => reporter.calls.send("a report of auditors' questions", reports).await,
            Err(error) => tracing::error!(%error, "auditors' questions could not be told; they are tried again"),
        }
    }
}

/// What the ledger says of the node's key.
struct Standing {
    is_operator: bool,
    cursor: QueryCursor,
}

impl Standing {
    fn read(executor: &Executor, head: &Header, key: &PublicKey) -> Result<Self, ExecuteError> {
        executor.query(head, || {
            let account = AccountId32::new(*key);
            let department = Accounts::<Runtime>::get(&account);
            let is_operator = department
                .is_some_and(|department| Departments::in_force(&account, department, Role::Operator).is_ok());
            Self { is_operator, cursor: QueryCursors::<Runtime>::get(key).unwrap_or_default() }
        })
    }
}

/// Tells the ledger what it has not got.
struct Reporter {
    log: Arc<Mutex<AuditLog>>,
    calls: OwnCalls,
    /// Whether questions may be asked.
    is_open: watch::Sender<bool>,
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
    /// What the ledger has not got, signed.
    fn due(&mut self) -> Result<Vec<Extrinsic>, ReportError> {
        let (head, _) = self.calls.store.head();
        let Standing { is_operator, cursor } = Standing::read(&self.calls.executor, &head, &self.calls.public())?;
        self.is_open.send_if_modified(|is_open| std::mem::replace(is_open, is_operator) != is_operator);
        locked(&self.log).told(cursor.moment)?;
        let Some(round) = self.calls.round()?.filter(|round| is_operator && round.head == head) else {
            return Ok(Vec::new());
        };
        let reports = locked(&self.log).reports(REPORTS_MAX);
        let mut next = cursor.last.next();
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
