//! Logs into the vault: every line once, over rotation, restarts and a full spool.

#![allow(clippy::unwrap_used, reason = "a test may")]

use mulu_bridge::{
    intake::Intake,
    metrics::Metrics,
    source::tail::{self, TailConfig},
    spool::{Spool, SpoolConfig},
    stop::Stop,
};
use mulu_client::vault::Vault;
use mulu_mapping::Mapping;
use mulu_proofs::ids::{Moment, StreamId};
use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

const STREAM: StreamId = StreamId::new(1);

/// A folder with logs and a vault.
struct Setup {
    folder: tempfile::TempDir,
}

/// A bridge that runs: its way in, and what stops it.
struct Running {
    spool: Spool,
    stop: Stop,
    tail: tokio::task::JoinHandle<()>,
}

impl Setup {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn append(&self, name: &str, numbers: std::ops::Range<u32>) {
        let mut file = fs::OpenOptions::new().append(true).create(true).open(self.path(name)).unwrap();
        for number in numbers {
            writeln!(file, "{{\"time\":{},\"request_id\":\"r-{number}\"}}", 1_000 + number).unwrap();
        }
    }

    async fn start(&self, config: &SpoolConfig) -> Running {
        let stop = Stop::new();
        let vault = Arc::new(open(&self.path("vault")).await);
        let spool = Spool::start(vault, config, Metrics::default(), stop.clone()).unwrap();
        let intake = spool.intake("log", STREAM, Mapping::preset("event").unwrap());
        let tail = tokio::spawn(follow(self.config(), intake, stop.clone()));
        Running { spool, stop, tail }
    }

    fn config(&self) -> TailConfig {
        TailConfig { paths: vec![self.path("a.log"), self.path("b.log")], from_end: false, quiet_s: 0 }
    }
}

async fn follow(config: TailConfig, intake: Intake, stop: Stop) {
    tail::run(config, intake, stop).await.unwrap();
}

/// The vault, once whoever had it has let it go.
async fn open(path: &Path) -> Vault {
    loop {
        match Vault::open(path, &[9; 32]) {
            Ok(vault) => return vault,
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

impl Running {
    fn waiting(&self) -> u64 {
        // No sealer takes them: all of them wait.
        self.spool.levels().total().0
    }

    async fn until_waiting(&self, count: u64) {
        let begin = Instant::now();
        while self.waiting() < count {
            assert!(begin.elapsed() < Duration::from_secs(20), "{} of {count} events came", self.waiting());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn stop(self) {
        self.stop.request();
        self.tail.await.unwrap();
        self.spool.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_line_is_an_event_once_over_rotation_and_restarts() {
    let (setup, config) = (Setup::new(), SpoolConfig::default());
    setup.append("a.log", 0..2_500);
    let running = setup.start(&config).await;
    running.until_waiting(2_500).await;
    fs::rename(setup.path("a.log"), setup.path("a.log.1")).unwrap();
    setup.append("a.log", 2_500..2_600);
    setup.append("b.log", 0..10);
    running.until_waiting(2_610).await;
    running.stop().await;
    setup.append("a.log", 2_600..2_700);
    fs::rename(setup.path("a.log"), setup.path("a.log-20261127")).unwrap();
    setup.append("a.log", 2_700..2_710);
    let running = setup.start(&config).await;
    running.until_waiting(2_720).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(running.waiting(), 2_720, "nothing comes twice");
    running.stop().await;
}

/// Waits for as many lines as a log has, and tells the ids of their calls in order.
async fn call_ids(setup: &Setup, vault: &str, paths: &[&str], count: u64) -> Vec<u64> {
    let stop = Stop::new();
    let vault = Arc::new(open(&setup.path(vault)).await);
    let spool = Spool::start(Arc::clone(&vault), &SpoolConfig::default(), Metrics::default(), stop.clone()).unwrap();
    let intake = spool.intake("log", STREAM, Mapping::preset("event").unwrap());
    let paths = paths.iter().map(|name| setup.path(name)).collect();
    let tail = tokio::spawn(follow(TailConfig { paths, from_end: false, quiet_s: 0 }, intake, stop.clone()));
    let running = Running { spool, stop, tail };
    running.until_waiting(count).await;
    let mut front = vault.front(STREAM, usize::MAX, Moment::new(u64::MAX)).unwrap().drafts;
    front.sort_by_key(|waiting| waiting.position);
    drop(vault);
    running.stop().await;
    front.iter().map(|waiting| waiting.draft.call_id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_lines_are_two_calls_whose_ids_stay_when_the_log_is_renamed_or_read_again() {
    let setup = Setup::new();
    fs::write(setup.path("a.log"), "{\"time\":1}\n{\"time\":1}\n").unwrap();
    let first = call_ids(&setup, "vault", &["a.log"], 2).await;
    assert_eq!(first.len(), 2);
    assert_ne!(first[0], first[1]);
    assert_eq!(call_ids(&setup, "vault", &["a.log"], 2).await, first, "nothing comes twice");
    // A vault of before: the secret that call ids are made with, and no lines.
    let fresh = Setup::new();
    drop(open(&fresh.path("vault")).await);
    fs::copy(fresh.path("vault"), fresh.path("copy")).unwrap();
    fs::copy(fresh.path("vault.key"), fresh.path("copy.key")).unwrap();
    fs::write(fresh.path("a.log"), "{\"time\":1}\n{\"time\":1}\n").unwrap();
    let read = call_ids(&fresh, "vault", &["a.log"], 2).await;
    fs::rename(fresh.path("a.log"), fresh.path("b.log")).unwrap();
    assert_eq!(call_ids(&fresh, "copy", &["b.log"], 2).await, read, "the same lines under another name");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_spool_makes_the_log_wait_and_loses_nothing() {
    let setup = Setup::new();
    setup.append("a.log", 0..5_000);
    let running = setup.start(&SpoolConfig { max_events: 1_500, ..SpoolConfig::default() }).await;
    running.until_waiting(1_500).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let waiting = running.waiting();
    assert!((1_500..=2_500).contains(&waiting), "at most one delivery over the bound: {waiting}");
    running.stop().await;
    let running = setup.start(&SpoolConfig::default()).await;
    running.until_waiting(5_000).await;
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_be_no_event_is_quarantined_and_the_rest_goes_on() {
    let setup = Setup::new();
    fs::write(setup.path("a.log"), "{\"time\":1}\nnonsense\n{\"time\":2,\"colour\":1}\n{\"time\":3}\n").unwrap();
    let running = setup.start(&SpoolConfig::default()).await;
    running.until_waiting(2).await;
    let held = running.spool.vault().held(0, 10).unwrap();
    let reasons: Vec<&str> = held.iter().map(|(_, held)| held.reason.as_str()).collect();
    assert_eq!(reasons, ["not_json", "unknown_field"]);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_begins_at_its_end_keeps_that_beginning_over_a_restart() {
    let setup = Setup::new();
    setup.append("a.log", 0..10);
    let stop = Stop::new();
    let vault = Arc::new(open(&setup.path("vault")).await);
    let spool = Spool::start(vault, &SpoolConfig::default(), Metrics::default(), stop.clone()).unwrap();
    let intake = spool.intake("log", STREAM, Mapping::preset("event").unwrap());
    let config = TailConfig { from_end: true, paths: vec![setup.path("a.log")], quiet_s: 0 };
    let tail = tokio::spawn(follow(config.clone(), intake.clone(), stop.clone()));
    while intake.position().await.unwrap().is_none() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    stop.request();
    tail.await.unwrap();
    setup.append("a.log", 10..13);
    // Another start, before any line came.
    let stop = Stop::new();
    let tail = tokio::spawn(follow(config, intake, stop.clone()));
    let begin = Instant::now();
    while spool.levels().total().0 < 3 {
        assert!(begin.elapsed() < Duration::from_secs(20));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stop.request();
    tail.await.unwrap();
}
