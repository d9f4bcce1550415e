//! The comparison: the ledger, PostgreSQL and etcd on one machine, given the same rows in turns; every acknowledgement is durable, and at the
//! end everything is killed under load and what was acknowledged is counted.
//!
//! ```text
//! ground (acts on the chain) ─ fill ─ questions ─ fill ─ questions ─ rounds: every system in every way, in turns ─ proofs ─ kill -9 ─ audit
//! ```

mod acts;
mod audit;
mod etcd;
mod figures;
mod ground;
mod http;
mod lane;
mod mulu;
mod payload;
mod plot;
mod postgres;
mod queries;
mod report;
mod writers;

use super::process;
use crate::{
    error::{Doing, Error},
    say,
};
use etcd::Etcd;
use figures::{Cell, Figure};
use mulu::Mulu;
use mulu_client::evidence;
use postgres::Postgres;
use queries::Samples;
pub use report::{Comparison, Filled, Survived};
use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

/// Seed of the payload.
const SEED: u64 = 809;
/// A way's rows never run further ahead of the ledger's clock than this, in milliseconds: it refuses what lies in the future.
const AHEAD_MS: u64 = 200_000;
/// Pause before each measurement, in which writes of the one before come to rest.
const REST: Duration = Duration::from_millis(500);
/// How long everybody is loaded before everything is killed, and how long nobody is to see what idling takes.
const LOADED: Duration = Duration::from_secs(3);
const IDLE: Duration = Duration::from_secs(3);

/// How much is compared.
#[derive(Clone, Debug)]
pub struct Options {
    /// Rounds, of each of which the median counts.
    pub rounds: usize,
    /// Events of the fastest ways in one round; slower ones take a part of it.
    pub events: usize,
    /// Grants, [`ground::GRANTS_EACH`] of each entry.
    pub grants: u32,
    /// How many events there are when questions are asked, ascending.
    pub history: Vec<u64>,
    /// Questions, and requests that are timed one after the other in each round.
    pub samples: usize,
    /// Folder into which plots are written.
    pub plots: Option<PathBuf>,
}

/// Whom a way is of, and its place among that system's ways.
#[derive(Clone, Copy, Debug)]
enum System {
    Mulu(usize),
    Postgres(usize),
    Etcd(usize),
}

/// One system in one way, with its cells so far.
struct Way {
    name: &'static str,
    system: System,
    batch: usize,
    copies: usize,
    events: usize,
    /// Number of the row that is next.
    next: u64,
    cells: Vec<Cell>,
}

const fn reporting(batch: usize) -> mulu::Way {
    mulu::Way { batch, vault: false, alone: false }
}

/// The first fills the ledger for questions.
const MULU: [mulu::Way; 6] = [
    reporting(1_000),
    reporting(1),
    reporting(100),
    reporting(1_000),
    mulu::Way { vault: true, ..reporting(1_000) },
    mulu::Way { alone: true, ..reporting(1) },
];

const fn inserting(table: &'static str, batch: usize) -> postgres::Way {
    postgres::Way { table, batch, chain: true, alone: false }
}

/// The first fills the table for questions.
const POSTGRES: [postgres::Way; 5] = [
    postgres::Way { chain: false, ..inserting("history", 10_000) },
    inserting("single", 1),
    inserting("thousand", 1_000),
    postgres::Way { chain: false, ..inserting("copied", 1_000) },
    postgres::Way { alone: true, ..inserting("alone", 1) },
];

const ETCD: [etcd::Way; 3] = [
    etcd::Way { prefix: "single", batch: 1, alone: false },
    etcd::Way { prefix: "many", batch: 128, alone: false },
    etcd::Way { prefix: "alone", batch: 1, alone: true },
];

impl Way {
    fn new(name: &'static str, system: System, events: usize) -> Self {
        let (batch, copies) = match system {
            System::Mulu(place) => (MULU[place].batch, ground::PLATFORMS as usize),
            System::Postgres(place) => (POSTGRES[place].batch, 1),
            System::Etcd(place) => (ETCD[place].batch, etcd::MEMBERS),
        };
        // Whole batches, a few of them at least.
        let events = events.max(4 * batch).next_multiple_of(batch);
        Self { name, system, batch, copies, events, next: 0, cells: Vec::new() }
    }

    fn figure(&self) -> Figure {
        Figure::of(self.name.to_owned(), self.batch, self.copies, &self.cells)
    }
}

/// Ways under load: slower ones are given fewer events, so that every round lasts seconds and not minutes.
fn loaded(events: usize) -> Vec<Way> {
    vec![
        Way::new("Mulu, 1 an extrinsic", System::Mulu(1), events / 50),
        Way::new("Mulu, 100", System::Mulu(2), events / 4),
        Way::new("Mulu, 1,000", System::Mulu(3), events),
        Way::new("Mulu, 1,000 through the vault", System::Mulu(4), events / 2),
        Way::new("PostgreSQL chain, 1 a commit", System::Postgres(1), events / 100),
        Way::new("PostgreSQL chain, 1,000 a commit", System::Postgres(2), events / 4),
        Way::new("PostgreSQL COPY, no chain", System::Postgres(3), events),
        Way::new("etcd, single puts", System::Etcd(0), events / 25),
        Way::new("etcd, 128 a transaction", System::Etcd(1), events / 8),
    ]
}

fn alone(samples: usize) -> Vec<Way> {
    vec![
        Way::new("Mulu, one event", System::Mulu(5), samples),
        Way::new("PostgreSQL chain, one row", System::Postgres(4), samples),
        Way::new("etcd, one put", System::Etcd(2), samples),
    ]
}

/// The three systems.
struct Systems {
    mulu: Mulu,
    postgres: Postgres,
    etcd: Etcd,
}

impl Systems {
    async fn start(folders: &Folders, entries: u32, rows_per_ms: u64) -> Result<Self, Error> {
        let postgres = Postgres::start(folders.postgres.path(), &POSTGRES).await?;
        let etcd = Etcd::start(folders.etcd.path(), &ETCD).await?;
        let mulu = Mulu::start(folders.mulu.path(), entries, &MULU, SEED, rows_per_ms).await?;
        Ok(Self { mulu, postgres, etcd })
    }

    /// Gives the next `events` rows to one system in one way.
    async fn give(&mut self, way: &mut Way, events: usize) -> Result<Cell, Error> {
        let rows = self.mulu.shared.payload.rows(way.next, events);
        tokio::time::sleep(REST).await;
        let cell = match way.system {
            System::Mulu(place) => self.mulu.report(place, MULU[place], rows).await,
            System::Postgres(place) => self.postgres.write(place, POSTGRES[place], way.next, rows).await,
            System::Etcd(place) => self.etcd.write(place, ETCD[place], way.next, rows).await,
        };
        way.next += events as u64;
        cell
    }

    fn server_seconds(&self) -> f64 {
        self.mulu.usage().server_seconds + self.postgres.server_seconds() + self.etcd.server_seconds()
    }

    async fn idle(&self) -> f64 {
        let (before, started) = (self.server_seconds(), Instant::now());
        tokio::time::sleep(IDLE).await;
        (self.server_seconds() - before) / started.elapsed().as_secs_f64()
    }

    /// Loads everybody, kills everything in the middle of it, starts everything again, and counts.
    async fn survive(&mut self, ways: &[Way]) -> Result<Survived, Error> {
        let next = |name: fn(&System) -> bool| ways.iter().find(|way| name(&way.system)).map_or(0, |way| way.next);
        let payload = &self.mulu.shared.payload;
        let (thousand, many) =
            (next(|system| matches!(system, System::Postgres(2))), next(|system| matches!(system, System::Etcd(1))));
        // More than anybody takes until the cut.
        let events = ways.iter().map(|way| way.events).max().unwrap_or_default();
        let reported = payload.rows(next(|system| matches!(system, System::Mulu(3))), 2 * events);
        let (inserted, put) = (payload.rows(thousand, events), payload.rows(many, events));
        let processes = [self.mulu.process_ids(), self.postgres.process_ids(), self.etcd.process_ids()].concat();
        let load = async {
            tokio::join!(
                self.mulu.report(3, MULU[3], reported),
                self.postgres.write(2, POSTGRES[2], thousand, inserted),
                self.etcd.write(1, ETCD[1], many, put)
            )
        };
        let cut = async {
            tokio::time::sleep(LOADED).await;
            process::kill(&processes);
        };
        tokio::select! {
            () = cut => {}
            // Who is done before does not wait for the cut; nothing is under way then.
            _ = load => process::kill(&processes),
        }
        self.mulu.kill();
        self.postgres.kill();
        self.etcd.kill();
        self.postgres.restart().await?;
        self.etcd.restart().await?;
        self.mulu.restart().await?;
        say::note("counting what was acknowledged");
        let payload = &self.mulu.shared.payload;
        Ok(Survived {
            postgres: self.postgres.audit(&POSTGRES, |number| payload.call_of(number)).await?,
            etcd: self.etcd.audit(&ETCD).await?,
            mulu: audit::count(&self.mulu.shared, &self.mulu.acknowledged()).await?,
        })
    }
}

/// A folder for each system: PostgreSQL's belongs to another user.
struct Folders {
    mulu: tempfile::TempDir,
    postgres: tempfile::TempDir,
    etcd: tempfile::TempDir,
}

impl Folders {
    fn make() -> Result<Self, Error> {
        let make = |name: &str| {
            let made = tempfile::Builder::new().prefix(&format!("mulu-bench-{name}-")).tempdir();
            made.map_err(|source| Error::File { path: std::env::temp_dir(), source })
        };
        Ok(Self { mulu: make("ledger")?, postgres: make("postgres")?, etcd: make("etcd")? })
    }
}

/// Compares.
///
/// # Errors
/// [`Error`], with what failed. An acknowledged event that is not found again is one: such a run has no figures.
pub async fn run(options: Options) -> Result<Comparison, Error> {
    let folders = Folders::make()?;
    let entries = (options.grants / ground::GRANTS_EACH).max(1);
    let most =
        options.history.iter().copied().max().unwrap_or(0).max((options.rounds + 3) as u64 * options.events as u64);
    let rows_per_ms = (most / AHEAD_MS).max(5);
    say::note(&format!(
        "starting PostgreSQL, etcd and {} validators below {}",
        ground::PLATFORMS,
        std::env::temp_dir().display()
    ));
    let started = Instant::now();
    let mut systems = Systems::start(&folders, entries, rows_per_ms).await?;
    let setup_seconds = started.elapsed().as_secs_f64();
    let (mut filled, mut asked) = (Vec::new(), Vec::new());
    let mut fill = Way::new("fill", System::Mulu(0), 0);
    let mut table = Way::new("fill", System::Postgres(0), 0);
    let samples =
        Samples { warm: options.samples, cold: options.samples.div_ceil(8), proven: options.samples.div_ceil(32) };
    for among in &options.history {
        say::note(&format!("filling ledger and table to {among} events, and asking"));
        let per_second = fill_to(&mut systems, &mut fill, *among).await?;
        let memory_mib = systems.mulu.memory_mib();
        fill_to(&mut systems, &mut table, *among).await?;
        let (answers, restart_seconds) =
            queries::ask(&mut systems.mulu, &mut systems.postgres, POSTGRES[0].table, *among, samples).await?;
        asked.extend(answers);
        filled.push(Filled { events: *among, per_second, memory_mib, restart_seconds });
    }
    let idle = systems.idle().await;
    let (mut ways, mut single) = (loaded(options.events), alone(options.samples.div_ceil(options.rounds)));
    for round in 0..options.rounds {
        say::note(&format!("round {} of {}", round + 1, options.rounds));
        // Each round begins with another one, so that nobody always comes behind the same.
        let count = ways.len();
        for place in (0..count).map(|place| (place + round * 2) % count) {
            turn(&mut systems, &mut ways[place]).await?;
        }
        for way in &mut single {
            turn(&mut systems, way).await?;
        }
    }
    say::note("proofs");
    let genesis = evidence::genesis(systems.mulu.shared.lines.of(1)).await.doing("asking for the genesis file")?;
    let proofs = queries::prove(&systems.mulu, &genesis, options.samples).await?;
    say::note("killing everything under load");
    let survived = systems.survive(&ways).await?;
    let row_bytes = row_bytes(&systems);
    let comparison = Comparison {
        processors: std::thread::available_parallelism().map_or(0, std::num::NonZero::get),
        grants: systems.mulu.shared.payload.grants().len(),
        entries,
        setup_seconds,
        row_bytes,
        rounds: options.rounds,
        figures: ways.iter().map(Way::figure).collect(),
        alone: single.iter().map(Way::figure).collect(),
        filled,
        asked,
        proofs,
        survived,
        idle,
    };
    if let Some(folder) = &options.plots {
        comparison.plots(folder)?;
    }
    Ok(comparison)
}

async fn turn(systems: &mut Systems, way: &mut Way) -> Result<(), Error> {
    let cell = systems.give(way, way.events).await?;
    say::note(&format!("  {:<34} {:>10.0} events/s", way.name, cell.events as f64 / cell.seconds));
    way.cells.push(cell);
    Ok(())
}

/// Gives rows until so many are there, in parts that fit into memory; the rate over all of them.
async fn fill_to(systems: &mut Systems, way: &mut Way, among: u64) -> Result<f64, Error> {
    const PART: u64 = 250_000;
    let (mut events, mut seconds) = (0, 0.0);
    while way.next < among {
        let part = usize::try_from((among - way.next).min(PART)).expect("a part");
        let cell = systems.give(way, part).await?;
        events += cell.events;
        seconds += cell.seconds;
    }
    Ok(events as f64 / seconds)
}

fn row_bytes(systems: &Systems) -> f64 {
    let rows = systems.mulu.shared.payload.rows(0, 1_000);
    rows.iter().map(|row| row.len() as f64).sum::<f64>() / 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_has_a_system_whole_batches_and_a_name_of_its_own() {
        for events in [1, 2_000, 200_000] {
            let ways: Vec<Way> = loaded(events).into_iter().chain(alone(40)).collect();
            assert!(ways.iter().all(|way| way.events % way.batch == 0 && way.events >= 4 * way.batch));
            let names: std::collections::BTreeSet<_> = ways.iter().map(|way| way.name).collect();
            assert_eq!(names.len(), ways.len());
        }
    }
}
