//! Questions: the newest hundred events of one entry among many, warm and cold, with proofs and without, beside PostgreSQL's index; making
//! and verifying one proof.

use super::{mulu::Mulu, postgres::Postgres};
use crate::{
    bench::{load::Mix, report::percentile},
    error::{Doing, Error, expect},
};
use mulu_client::{connection::Connection, evidence};
use mulu_proofs::{genesis::GenesisFile, ids::EntryId};
use mulu_rpc_api::{
    access::{AccessClient, Event, EventRef, HistoryFilter, HistoryOf},
    node::NodeClient,
};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

/// Events of an answer.
const NEWEST: u32 = 100;
/// Packages that are asked for at once.
const AT_ONCE: usize = 16;

/// How many questions are asked.
#[derive(Clone, Copy, Debug)]
pub struct Samples {
    /// Of warm systems.
    pub warm: usize,
    /// Of cold ones, each about another entry.
    pub cold: usize,
    /// With the proofs of all hundred events; and single proofs.
    pub proven: usize,
}

/// How long one kind of question takes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Asked {
    /// Who is asked, and for what.
    pub name: String,
    /// Events that there are.
    pub among: u64,
    /// Questions.
    pub samples: usize,
    /// Half of them took no longer.
    pub p50_ms: f64,
    /// 99 of 100 took no longer.
    pub p99_ms: f64,
}

/// Making and verifying the evidence of one event.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Proofs {
    /// Proofs timed.
    pub samples: usize,
    /// Asking the node for it, which checks it too: of an event drawn from all, so that its batch, and most blocks behind it, are read first.
    pub make_p50_ms: f64,
    /// 99 of 100 took no longer.
    pub make_p99_ms: f64,
    /// Asking once more at once.
    pub again_p50_ms: f64,
    /// 99 of 100 took no longer.
    pub again_p99_ms: f64,
    /// Verifying it offline, from genesis to every signature.
    pub verify_p50_ms: f64,
    /// 99 of 100 took no longer.
    pub verify_p99_ms: f64,
    /// Bytes of a package.
    pub bytes: f64,
}

fn asked(name: &str, among: u64, mut times: Vec<f64>) -> Asked {
    let samples = times.len();
    let (p50_ms, p99_ms) = (percentile(&mut times, 0.5), percentile(&mut times, 0.99));
    Asked { name: name.to_owned(), among, samples, p50_ms, p99_ms }
}

fn since(started: Instant) -> f64 {
    started.elapsed().as_secs_f64() * 1_000.0
}

/// Asks both systems, which hold the first `among` rows of the payload; and says how long a killed validator took to answer again.
///
/// # Errors
/// [`Error`] if one of them gives a wrong answer.
pub async fn ask(
    mulu: &mut Mulu,
    postgres: &mut Postgres,
    table: &str,
    among: u64,
    samples: Samples,
) -> Result<(Vec<Asked>, f64), Error> {
    let entries = entries(mulu, among);
    expect(!entries.is_empty(), || format!("no entry has {NEWEST} of {among} events"))?;
    let mut mix = Mix::new(among);
    let mut any = |count: usize| -> Vec<EntryId> {
        (0..count).map(|_| entries[usize::try_from(mix.below(entries.len() as u64)).expect("a length")]).collect()
    };
    let (warm, proven) = (any(samples.warm), any(samples.proven));
    let mut found = Vec::new();
    let times = ledger(mulu.shared.lines.of(1), &warm).await?;
    found.push(asked("Mulu", among, times));
    let times = with_proofs(mulu.shared.lines.of(1), &proven).await?;
    found.push(asked("Mulu, with 100 proofs", among, times));
    let times = table_rows(postgres, table, &warm).await?;
    found.push(asked("PostgreSQL, no proofs", among, times));

    // Cold: the process is new, and nothing of its files is in memory.
    let cold: Vec<EntryId> = entries.iter().copied().take(samples.cold).collect();
    mulu.end(1);
    forget(&mulu.home(1));
    let started = Instant::now();
    mulu.restart().await?;
    let restart_seconds = started.elapsed().as_secs_f64();
    // Until the connection is made again, which is not what is asked for.
    mulu.shared.lines.of(1).info().await.doing("asking a validator that was restarted")?;
    let times = ledger(mulu.shared.lines.of(1), &cold).await?;
    found.push(asked("Mulu, cold", among, times));
    postgres.kill();
    forget(postgres.folder());
    postgres.restart().await?;
    let times = table_rows(postgres, table, &cold).await?;
    found.push(asked("PostgreSQL, cold", among, times));
    Ok((found, restart_seconds))
}

/// Entries with enough events, in an order of their own.
fn entries(mulu: &Mulu, among: u64) -> Vec<EntryId> {
    let mut counts = BTreeMap::<EntryId, u32>::new();
    for number in 0..among {
        *counts.entry(mulu.shared.payload.grant_of(number).entry).or_default() += 1;
    }
    let mut entries: Vec<EntryId> =
        counts.into_iter().filter(|(_, count)| *count >= NEWEST).map(|(entry, _)| entry).collect();
    entries.sort_by_key(|entry| Mix::new(entry.get().into()).next());
    entries
}

async fn newest(connection: &Connection, entry: EntryId) -> Result<Vec<Event>, Error> {
    let filter = HistoryFilter { of: HistoryOf::Entry(entry), from: None, until: None, with_findings: false };
    let page = AccessClient::history(connection, filter, None, Some(NEWEST)).await.doing("asking for history")?;
    let right = page.rows.len() == NEWEST as usize
        && page.rows.iter().all(|event| event.leaf.entry.is_some_and(|(found, _)| found == entry));
    expect(right, || format!("{} events of entry {entry} instead of {NEWEST}", page.rows.len()))?;
    // One in 500 strays. Were it many, the payload would not fit its ground.
    let strays = page.rows.iter().filter(|event| !event.findings.is_empty()).count();
    expect(strays <= NEWEST as usize / 10, || format!("{strays} of {NEWEST} events carry findings"))?;
    Ok(page.rows)
}

async fn ledger(connection: &Connection, entries: &[EntryId]) -> Result<Vec<f64>, Error> {
    let mut times = Vec::with_capacity(entries.len());
    for entry in entries {
        let started = Instant::now();
        newest(connection, *entry).await?;
        times.push(since(started));
    }
    Ok(times)
}

async fn with_proofs(connection: &Connection, entries: &[EntryId]) -> Result<Vec<f64>, Error> {
    let mut times = Vec::with_capacity(entries.len());
    for entry in entries {
        let started = Instant::now();
        let events = newest(connection, *entry).await?;
        for events in events.chunks(AT_ONCE) {
            let packages = events
                .iter()
                .map(|event| evidence::fetch(connection, EventRef { stream: event.stream, event: event.event }, None));
            for package in futures::future::join_all(packages).await {
                package.doing("asking for evidence")?;
            }
        }
        times.push(since(started));
    }
    Ok(times)
}

async fn table_rows(postgres: &Postgres, table: &str, entries: &[EntryId]) -> Result<Vec<f64>, Error> {
    let query = format!("SELECT * FROM {table} WHERE entry = $1 ORDER BY seq DESC LIMIT {NEWEST}");
    let failed = |error| Error::Unexpected(format!("asking PostgreSQL: {error}"));
    let statement = postgres.client().prepare(&query).await.map_err(failed)?;
    let mut times = Vec::with_capacity(entries.len());
    for entry in entries {
        let started = Instant::now();
        let rows = postgres.client().query(&statement, &[&i64::from(entry.get())]).await.map_err(failed)?;
        times.push(since(started));
        expect(rows.len() == NEWEST as usize, || format!("PostgreSQL has {} rows of entry {entry}", rows.len()))?;
    }
    Ok(times)
}

/// Drops a folder's files from memory, as far as the system lets anybody do that.
fn forget(folder: &Path) {
    let script = "sync; find \"$1\" -type f -exec dd if={} iflag=nocache count=0 status=none ';'";
    // Where it does not, cold answers are warmer than they say, and the documentation does.
    let _ = Command::new("sh").args(["-c", script, "sh"]).arg(folder).stderr(Stdio::null()).status();
}

/// Times the making and the verifying of proofs of events that are there.
///
/// # Errors
/// [`Error`] if a proof does not hold.
pub async fn prove(mulu: &Mulu, genesis: &GenesisFile, samples: usize) -> Result<Proofs, Error> {
    let connection = mulu.shared.lines.of(1);
    let streams = mulu.acknowledged();
    let streams: Vec<_> = streams.into_iter().filter(|(_, next)| *next > 1).collect();
    expect(!streams.is_empty(), || "nothing was reported".into())?;
    let mut mix = Mix::new(3);
    let (mut make, mut again, mut verify, mut bytes) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for sample in 0..samples {
        let (stream, next) = streams[sample % streams.len()];
        let event = EventRef { stream, event: mulu_proofs::ids::EventNumber::new(1 + mix.below(next - 1)) };
        let started = Instant::now();
        let package = evidence::fetch(connection, event, None).await.doing("asking for evidence")?;
        make.push(since(started));
        let started = Instant::now();
        evidence::fetch(connection, event, None).await.doing("asking for evidence again")?;
        again.push(since(started));
        let started = Instant::now();
        evidence::check(&package, genesis, event).doing("verifying evidence")?;
        verify.push(since(started));
        bytes += package.len();
    }
    Ok(Proofs {
        samples,
        make_p50_ms: percentile(&mut make, 0.5),
        make_p99_ms: percentile(&mut make, 0.99),
        again_p50_ms: percentile(&mut again, 0.5),
        again_p99_ms: percentile(&mut again, 0.99),
        verify_p50_ms: percentile(&mut verify, 0.5),
        verify_p99_ms: percentile(&mut verify, 0.99),
        bytes: bytes as f64 / samples as f64,
    })
}
