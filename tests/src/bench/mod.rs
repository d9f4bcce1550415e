//! The benchmark: four validators and the load on one machine. It prints numbers and judges nothing; `docs/performance.md` explains them.

mod bridge;
mod catalog;
mod compare;
mod load;
mod process;
mod reads;
mod report;
mod setup;

use crate::{
    error::{Doing, Error},
    ledger::{Ledger, Lines, wait_for_all},
    network::Network,
    people::People,
    say,
};
pub use bridge::{BridgeReport, Options as BridgeOptions, run as run_bridge};
pub use catalog::{CatalogReport, Options as CatalogOptions};
pub use compare::{Comparison, Options as CompareOptions, run as run_comparison};
use mulu_client::connection::Connection;
use mulu_rpc_api::{
    node::{DiskUsage, NodeClient},
    state::{KEYS_MAX, StateClient},
};
pub use reads::{Options as ReadsOptions, ReadsReport, ask, run as run_reads};
pub use report::{Disk, Events, Extrinsics, Latency, Report, State};
use sp_core::storage::StorageKey;
use tempfile::TempDir;

/// Validators, one department each.
const VALIDATORS: u32 = 4;

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Batches of 1,000 events on each of the four streams.
    pub batches: usize,
    /// Single extrinsics.
    pub extrinsics: usize,
    /// Acts that are timed one by one.
    pub samples: usize,
}

/// Measures a catalog of one node.
///
/// # Errors
/// [`Error`], with what failed.
pub async fn run_catalog(options: CatalogOptions) -> Result<CatalogReport, Error> {
    // Its own thread, so that a signal is heard meanwhile.
    let work = tokio::task::spawn_blocking(move || catalog::run(options));
    work.await.unwrap_or_else(|error| Err(Error::Unexpected(format!("the measurement panicked: {error}"))))
}

/// A network of validators that answer, and the folder that goes when it is dropped: behind the network, so name it first.
async fn start() -> Result<(TempDir, Network), Error> {
    let made = tempfile::Builder::new().prefix("mulu-bench-").tempdir();
    let folder = made.map_err(|source| Error::File { path: std::env::temp_dir(), source })?;
    say::note(&format!("starting {VALIDATORS} validators in {}", folder.path().display()));
    let mut network = Network::create(folder.path(), VALIDATORS as usize, true)?;
    network.start_all()?;
    wait_for_all(&mut network).await?;
    Ok((folder, network))
}

/// Starts the network, measures, and ends it.
///
/// # Errors
/// [`Error`], with what failed.
pub async fn run(options: Options) -> Result<Report, Error> {
    let (_folder, network) = start().await?;
    let lines = Lines::open(&network).await?;
    let ledger = Ledger::new(&lines).await?;
    let people = People::read(network.folder())?;
    say::note("preparing platforms, an entry, a grant, streams");
    let ground = setup::prepare(&ledger, &people, VALIDATORS).await?;

    say::note(&format!("latency of {} acts, one after the other", options.samples));
    let latency = load::latency(&ledger, &people, options.samples).await?;
    say::note(&format!("{} single extrinsics", options.extrinsics));
    let extrinsics = load::extrinsics(&ledger, &people, VALIDATORS, options.extrinsics).await?;
    say::note(&format!("{} batches of {} events", options.batches * VALIDATORS as usize, load::BATCH));
    let before = disk(lines.of(1)).await?;
    let processor = processor_seconds(&network);
    let mut events = load::events(&ledger, &people, &ground, options.batches).await?;
    events.server_cpu_seconds_per_million = (processor_seconds(&network) - processor) * 1e6 / events.count as f64;
    let after = disk(lines.of(1)).await?;
    events.disk_bytes = after.total.saturating_sub(before.total) as f64 / events.count as f64;

    let info = lines.of(1).info().await.doing("asking for the head")?;
    lines.same_state(info.head.height).await?;
    Ok(Report {
        validators: network.len(),
        processors: std::thread::available_parallelism().map_or(0, std::num::NonZero::get),
        events,
        extrinsics,
        latency,
        disk: after,
        state: state(lines.of(1)).await?,
        memory_mib: network.process_ids().into_iter().filter_map(process::memory_mib).collect(),
        blocks: info.head.height.get(),
    })
}

fn processor_seconds(network: &Network) -> f64 {
    network.process_ids().into_iter().filter_map(process::processor_seconds).sum()
}

async fn disk(connection: &Connection) -> Result<Disk, Error> {
    let DiskUsage { total, bodies, .. } = connection.info().await.doing("asking for the disk")?.disk;
    Ok(Disk { total, bodies })
}

/// Walks through the whole state.
async fn state(connection: &Connection) -> Result<State, Error> {
    let (mut state, mut start) = (State::default(), None);
    loop {
        let prefix = Some(StorageKey(Vec::new()));
        let keys = connection.keys_paged(prefix, KEYS_MAX, start, None).await.doing("walking through the state")?;
        let Some(last) = keys.last().cloned() else { return Ok(state) };
        state.keys += keys.len() as u64;
        let sets = connection.query_storage_at(keys, None).await.doing("reading the state")?;
        for (key, value) in sets.into_iter().flat_map(|set| set.changes) {
            state.bytes += (key.0.len() + value.map_or(0, |value| value.0.len())) as u64;
        }
        start = Some(last);
    }
}
