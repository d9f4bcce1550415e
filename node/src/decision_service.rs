//! The decision point's surroundings: blocks reach it, its mapping file is watched, and the ledger is told its counts.

use crate::{decision_config::DecisionConfig, error::NodeError, keys::Seed, own_calls::OwnCalls};
use ed25519_dalek::SigningKey;
use mulu_decision::{
    Desk, Now, Point, PointParts, Reason, ServerHandle,
    counts::{Counts, CountsError},
    facts,
    report::{self, Report},
    serve,
};
use mulu_executor::{ExecuteError, Executor};
use mulu_primitives::{block::Extrinsic, stages::Committed};
use mulu_proofs::ids::Digest32;
use mulu_rpc::Submission;
use mulu_storage::Store;
use std::{sync::Arc, time::Duration};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::{broadcast, mpsc},
    task,
    time::{self, MissedTickBehavior},
};

/// How often the mapping file is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Reports that are sent at once; what is left follows with the next ones.
const REPORTS_MAX: usize = 8;

/// What the service works with.
pub struct DecisionParts {
    /// The node's blocks.
    pub store: Arc<Store>,
    /// Their state.
    pub executor: Arc<Executor>,
    /// Chain id and genesis hash in one digest.
    pub domain: Digest32,
    /// Genesis hash.
    pub genesis: Digest32,
    /// To the pool service.
    pub submit: mpsc::Sender<Submission>,
    /// Every committed block.
    pub committed: broadcast::Receiver<Arc<Committed>>,
}

/// The running decision point. Dropping it stops the server.
pub struct Decisions {
    /// Where questions come in.
    pub desk: Arc<Desk>,
    _server: ServerHandle,
}

/// Starts the decision point.
///
/// # Errors
/// [`NodeError`] if key, mapping, counts, address or certificates are not as they should be.
pub async fn start(config: &DecisionConfig, parts: DecisionParts) -> Result<Decisions, NodeError> {
    let DecisionParts { store, executor, domain, genesis, submit, committed } = parts;
    let key = SigningKey::from_bytes(Seed::read(&config.key)?.expose());
    let point = PointParts {
        settings: config.settings.clone(),
        domain,
        key: key.clone(),
        executor: Arc::clone(&executor),
        counts: Counts::open(&config.counts)?,
    };
    let point = Arc::new(Point::new(point, store.head(), Now::read())?);
    if point.is_ready(Now::read()) == Err(Reason::NotOpen) {
        tracing::warn!(
            platform = %config.settings.platform,
            key = hex::encode(point.public()),
            "decisions are not open for this platform under this key: every call is denied until the key's account, which needs the role platform, runs `mulu decisions open`"
        );
    }
    let desk = Arc::new(Desk::new(Arc::clone(&point), config.mapping.clone())?);
    let server = serve(config.listen.clone(), Arc::clone(&desk)).await?;
    tokio::spawn(follow(Arc::clone(&point), Arc::clone(&store), committed));
    tokio::spawn(watch_mapping(Arc::clone(&desk)));
    let calls = OwnCalls { store, executor, key, genesis, submit, sent: None };
    let reporter = Reporter { point, calls };
    tokio::spawn(tell(Arc::clone(&desk), reporter, config.report_every));
    tracing::info!(routes = desk.mapping().routes().len(), "decision point runs");
    Ok(Decisions { desk, _server: server })
}

/// Brings every block to the point.
async fn follow(point: Arc<Point>, store: Arc<Store>, mut committed: broadcast::Receiver<Arc<Committed>>) {
    loop {
        let result = match committed.recv().await {
            Ok(block) => point.committed(&block, Now::read()),
            Err(broadcast::error::RecvError::Lagged(_)) => point.caught_up(store.head(), Now::read()),
            Err(broadcast::error::RecvError::Closed) => return,
        };
        if let Err(error) = result {
            tracing::error!(%error, "the decision point could not read the last block, and goes stale unless it reads the next");
        }
    }
}

/// Takes a changed mapping file into force, or says why not.
async fn watch_mapping(desk: Arc<Desk>) {
    let mut ticks = time::interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut hangup = signal(SignalKind::hangup()).ok();
    loop {
        let asked = tokio::select! {
            _ = ticks.tick() => false,
            () = hung_up(&mut hangup) => true,
        };
        let reading = Arc::clone(&desk);
        match task::spawn_blocking(move || reading.reload(asked)).await {
            Ok(Ok(true)) => tracing::info!(routes = desk.mapping().routes().len(), "the mapping was read again"),
            Ok(Ok(false)) => {}
            Ok(Err(error)) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
                tracing::error!(%error, cause, "the mapping file is not taken; the mapping before stays in force");
            }
            // Its own thread has reported the panic.
            Err(_) => return,
        }
    }
}

async fn hung_up(signal: &mut Option<tokio::signal::unix::Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}

/// Tells the ledger the counts and the log the answers, again and again.
async fn tell(desk: Arc<Desk>, mut reporter: Reporter, every: Duration) {
    let mut ticks = time::interval_at(time::Instant::now() + every.min(LOOK_EVERY), every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut allowed, mut denied) = (0, 0);
    loop {
        ticks.tick().await;
        let now = (desk.allowed(), desk.denied().map(|(_, count)| count).sum::<u64>());
        if now != (allowed, denied) {
            let reasons: Vec<_> = desk.denied().map(|(reason, count)| format!("{reason} {count}")).collect();
            let reasons = reasons.join(", ");
            tracing::info!(allowed = now.0, denied = now.1, reasons, "decisions since the node started");
            (allowed, denied) = now;
        }
        let work = task::spawn_blocking(move || {
            let result = reporter.due();
            (reporter, result)
        });
        // Its own thread has reported the panic.
        let Ok((back, result)) = work.await else { return };
        reporter = back;
        match result {
            Ok(reports) => reporter.calls.send("a report of decisions", reports).await,
            Err(error) => tracing::error!(%error, "the decisions could not be reported; they are tried again"),
        }
    }
}

/// Tells the ledger what it has not got.
struct Reporter {
    point: Arc<Point>,
    calls: OwnCalls,
}

/// Why nothing could be reported.
#[derive(Debug, thiserror::Error)]
enum ReportError {
    /// The state cannot be read.
    #[error(transparent)]
    State(#[from] ExecuteError),
    /// The counts cannot be read or written.
    #[error(transparent)]
    Counts(#[from] CountsError),
}

impl Reporter {
    /// What the ledger has not got, signed.
    fn due(&mut self) -> Result<Vec<Extrinsic>, ReportError> {
        // What is reported must outlive a power cut: a count never shrinks.
        self.point.counts().sync()?;
        let is_open = !matches!(self.point.is_ready(Now::read()), Err(Reason::NotOpen | Reason::Stale));
        let Some(round) = self.calls.round()?.filter(|_| is_open) else { return Ok(Vec::new()) };
        let (platform, executor) = (self.point.settings().platform, &self.calls.executor);
        let mut reports: Vec<Report> = Vec::new();
        let days = self.point.counts().days();
        let counted = executor.query(&round.head, || facts::read_days_counted(&days))?;
        for day in counted {
            let own = self.point.counts().of_day(day);
            let on_ledger = |grant| facts::read_counted(day, platform, grant);
            reports.extend(executor.query(&round.head, || report::reports(day, &own, on_ledger))?);
        }
        let calls: Vec<_> = reports.iter().take(REPORTS_MAX).map(|report| report.call(platform)).collect();
        Ok(self.calls.sign(&round, &calls))
    }
}
