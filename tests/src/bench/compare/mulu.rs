//! The ledger under comparison: four validators, the platforms' clients, and the streams of every variant.

use super::{
    figures::{Cell, Usage},
    ground::{self, PLATFORMS},
    lane::{Lane, Shared, Work},
    payload::Payload,
};
use crate::{
    bench::process,
    error::{Doing, Error},
    ledger::{Ledger, Lines, wait_for_all},
    network::Network,
    people::People,
};
use mulu_client::vault::Vault;
use mulu_proofs::ids::StreamId;
use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};
use tokio::task::JoinSet;

/// Batches of all platforms that may wait for their finality at once, by events of a batch.
fn under_way(batch: usize) -> usize {
    match batch {
        0..10 => 512,
        10..500 => 128,
        _ => 64,
    }
}

/// How one variant reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// Events of a batch.
    pub batch: usize,
    /// Whether every event and every sealed batch is durable in the platform's vault before it is sent.
    pub vault: bool,
    /// One batch after the other, by one platform.
    pub alone: bool,
}

/// The network with its clients.
pub struct Mulu {
    network: Network,
    /// Validators that do not run.
    ended: Vec<usize>,
    /// What the clients share.
    pub shared: Arc<Shared>,
    /// One lane a platform, for each way.
    lanes: Vec<Vec<Lane>>,
    /// Number behind the last acknowledged event of every stream: outlives a round that does not end.
    acknowledged: Vec<(StreamId, Arc<AtomicU64>)>,
    vaults: PathBuf,
}

impl Mulu {
    /// Starts the network in a folder, prepares the ground and opens streams for every way.
    ///
    /// # Errors
    /// [`Error`], with what failed.
    pub async fn start(folder: &Path, entries: u32, ways: &[Way], seed: u64, rows_per_ms: u64) -> Result<Self, Error> {
        let mut network = Network::create_with(folder, PLATFORMS as usize, ground::DEPARTMENTS as usize, true)?;
        network.start_all()?;
        wait_for_all(&mut network).await?;
        let lines = Lines::open(&network).await?;
        let people = People::read(network.folder())?;
        let ledger = Ledger::new(&lines).await?;
        let streams = u32::try_from(ways.len()).expect("ways are few");
        let ground = ground::prepare(&ledger, &people, entries, streams).await?;
        drop(ledger);
        let vaults = folder.join("vaults");
        std::fs::create_dir_all(&vaults).map_err(|source| Error::File { path: vaults.clone(), source })?;
        let mut kept = Vec::new();
        for place in 1..=PLATFORMS {
            let path = vaults.join(format!("{place}.redb"));
            kept.push(Arc::new(Vault::open(&path, &lines.identity().genesis).doing("making a vault")?));
        }
        let mut lanes = Vec::new();
        for (place, way) in ways.iter().enumerate() {
            let of_way = (1..).zip(&ground.platforms).zip(&kept).map(|((department, (platform, streams)), vault)| {
                let vault = way.vault.then(|| Arc::clone(vault));
                let key = people.key(department, "platform").clone();
                Lane::new(department, (*platform, streams[place]), key, vault)
            });
            lanes.push(of_way.collect::<Result<Vec<_>, _>>()?);
        }
        let purposes = ground::PURPOSES.into();
        let payload = Payload::new(seed, ground.grants, purposes, ground.usable, rows_per_ms);
        let call_ids = kept[0].call_ids().clone();
        let shared = Arc::new(Shared { lines, payload, terms: ground.terms, call_ids });
        let all = lanes.iter().flatten();
        let acknowledged = all.map(|lane: &Lane| (lane.stream, Arc::clone(&lane.acknowledged))).collect();
        Ok(Self { network, ended: Vec::new(), shared, lanes, acknowledged, vaults })
    }

    /// Number behind the last acknowledged event of every stream.
    pub fn acknowledged(&self) -> Vec<(StreamId, u64)> {
        self.acknowledged.iter().map(|(stream, next)| (*stream, next.load(Ordering::Acquire))).collect()
    }

    /// What the four validators have used of the processor; bytes of one validator's folder, and of all vaults.
    pub fn usage(&self) -> Usage {
        Usage {
            server_seconds: self.network.process_ids().into_iter().map(process::tree_seconds).sum(),
            disk: process::disk_bytes(&self.network.home(1)),
            client_disk: process::disk_bytes(&self.vaults),
        }
    }

    /// Reports rows in one of the ways, on all platforms at once, and returns when all of them are final.
    ///
    /// # Errors
    /// [`Error`] if a batch is refused, or the chain stands still.
    pub async fn report(&mut self, place: usize, way: Way, rows: Vec<String>) -> Result<Cell, Error> {
        let lanes = std::mem::take(&mut self.lanes[place]);
        let count = rows.len();
        let rows = Arc::new(rows);
        let platforms = if way.alone { 1 } else { lanes.len() };
        let mut forms = Vec::new();
        for lane in &lanes {
            forms.push(lane.form(&self.shared).await?);
        }
        let before = self.usage();
        let client = process::own_seconds();
        let started = Instant::now();
        let mut reports = JoinSet::new();
        for (number, (lane, form)) in lanes.into_iter().zip(forms).enumerate() {
            let of_lane = |batch: &usize| number < platforms && (batch / way.batch) % platforms == number;
            let batches = (0..count).step_by(way.batch).filter(of_lane);
            let batches = batches.map(|first| first..count.min(first + way.batch)).collect();
            let under_way = if way.alone { 1 } else { (under_way(way.batch) / platforms).max(1) };
            let work = Work { rows: Arc::clone(&rows), batches, under_way };
            reports.spawn(lane.report(Arc::clone(&self.shared), work, form));
        }
        let mut latencies = Vec::new();
        while let Some(done) = reports.join_next().await {
            let panicked = |error| Err(Error::Unexpected(format!("a client panicked: {error}")));
            let (lane, times) = done.unwrap_or_else(panicked)?;
            latencies.extend(times);
            self.lanes[place].push(lane);
        }
        let seconds = started.elapsed().as_secs_f64();
        let client_seconds = process::own_seconds() - client;
        self.lanes[place].sort_by_key(|lane| lane.department);
        Ok(Cell { events: count as u64, seconds, client_seconds, latencies, used: self.usage().since(&before) })
    }

    /// Ends every validator as a power cut would.
    pub fn kill(&mut self) {
        self.network.kill_all();
        self.ended = (1..=self.network.len()).collect();
    }

    /// Ends one validator so.
    pub fn end(&mut self, node: usize) {
        self.network.kill(node);
        self.ended.push(node);
    }

    /// Starts every validator that does not run, and waits until each answers.
    ///
    /// # Errors
    /// [`Error`] if one does not come up.
    pub async fn restart(&mut self) -> Result<(), Error> {
        for node in self.ended.drain(..) {
            self.network.start_node(node)?;
        }
        wait_for_all(&mut self.network).await
    }

    /// Resident memory of each validator, in MiB.
    pub fn memory_mib(&self) -> Vec<f64> {
        self.process_ids().into_iter().filter_map(process::memory_mib).collect()
    }

    /// Processes of the validators.
    pub fn process_ids(&self) -> Vec<u32> {
        self.network.process_ids()
    }

    /// The folder of a validator, from 1.
    pub fn home(&self, node: usize) -> PathBuf {
        self.network.home(node)
    }
}
