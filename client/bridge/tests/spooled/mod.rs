//! A spool in a folder of its own, and what came into it.
#![allow(clippy::unwrap_used, dead_code, reason = "a test may; each test uses a part of it")]

use mulu_bridge::{
    config::Config,
    error::BridgeError,
    intake::Intake,
    metrics::Metrics,
    spool::{Spool, SpoolConfig},
    stop::Stop,
};
use mulu_client::{
    import::draft::Draft,
    vault::{Placed, Vault},
};
use mulu_mapping::Mapping;
use mulu_proofs::ids::{Moment, StreamId};
use std::{
    collections::BTreeSet,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::task::JoinHandle;

const STREAM: u32 = 1;
/// How long anything may take that is waited for.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A vault and its writer.
pub struct Spooled {
    folder: TempDir,
    vault: Arc<Vault>,
    spool: Spool,
    pub metrics: Metrics,
    pub stop: Stop,
}

impl Spooled {
    pub fn new() -> Self {
        Self::with(tempfile::tempdir().unwrap(), SpoolConfig::default())
    }

    pub fn bounded(max_events: u64) -> Self {
        Self::with(tempfile::tempdir().unwrap(), SpoolConfig { max_events, ..SpoolConfig::default() })
    }

    fn with(folder: TempDir, config: SpoolConfig) -> Self {
        let vault = Arc::new(Vault::open(&folder.path().join("bridge.vault"), &[7; 32]).unwrap());
        let (metrics, stop) = (Metrics::default(), Stop::new());
        let spool = Spool::start(Arc::clone(&vault), &config, metrics.clone(), stop.clone()).unwrap();
        Self { folder, vault, spool, metrics, stop }
    }

    /// The same vault, opened again as after a restart.
    pub async fn restarted(self) -> Self {
        self.spool.close().await;
        let Self { folder, vault, spool, .. } = self;
        drop(spool);
        // Tasks that were aborted let go of it a moment later.
        let mut vault = vault;
        let started = Instant::now();
        while let Err(held) = Arc::try_unwrap(vault) {
            assert!(started.elapsed() < PATIENCE, "somebody holds the vault");
            vault = held;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Self::with(folder, SpoolConfig::default())
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A source's way in, with a mapping of that name.
    pub fn intake(&self, mapping: &str) -> Intake {
        self.spool.intake("bus", StreamId::new(STREAM), Mapping::preset(mapping).unwrap())
    }

    /// The same with a mapping as a configuration has it.
    pub fn intake_with(&self, mapping: &toml::Value) -> Intake {
        self.spool.intake("bus", StreamId::new(STREAM), Mapping::from_toml(mapping).unwrap())
    }

    /// The field `rows` of what waits, in order: tests number their events by it.
    pub fn rows(&self) -> Vec<u32> {
        self.drafts().iter().map(|draft| draft.rows).collect()
    }

    /// How many call ids there are among what waits.
    pub fn calls(&self) -> usize {
        self.drafts().iter().map(|draft| draft.call_id).collect::<BTreeSet<_>>().len()
    }

    /// What waits, in order.
    fn drafts(&self) -> Vec<Draft> {
        let stream = StreamId::new(STREAM);
        loop {
            let mut front = self.vault.front(stream, usize::MAX, Moment::new(u64::MAX)).unwrap();
            if front.drafts.len() as u64 >= self.vault.intake(stream).unwrap().drafts {
                front.drafts.sort_by_key(|waiting| waiting.position);
                return front.drafts.into_iter().map(|waiting| waiting.draft).collect();
            }
            // Only so many rows are read at once: what small deliveries left is put together.
            self.vault.keep_drawn(&front.drawn, &Placed { back: &front.drafts, ..Placed::default() }).unwrap();
        }
    }

    /// Waits until that many events wait, and a moment for more that should not come.
    pub async fn until(&self, count: usize) -> Vec<u32> {
        self.until_true(|| self.rows().len() >= count, || format!("{} of {count} events", self.rows().len())).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        self.rows()
    }

    /// Waits until that many records are in the quarantine; their reasons.
    pub async fn until_held(&self, count: usize) -> Vec<String> {
        let reasons =
            || -> Vec<String> { self.vault.held(0, 100).unwrap().into_iter().map(|(_, held)| held.reason).collect() };
        self.until_true(|| reasons().len() >= count, || format!("{:?}", reasons())).await;
        reasons()
    }

    /// Waits until the source tells of a trouble that has these words in it.
    pub async fn until_trouble(&self, words: &str) {
        let has = || self.metrics.troubles().values().any(|why| why.contains(words));
        self.until_true(has, || format!("{:?}", self.metrics.troubles())).await;
    }

    /// Waits until no source is in trouble.
    pub async fn until_well(&self) {
        self.until_true(|| self.metrics.troubles().is_empty(), || format!("{:?}", self.metrics.troubles())).await;
    }

    async fn until_true(&self, is_true: impl Fn() -> bool, told: impl Fn() -> String) {
        let started = Instant::now();
        while !is_true() {
            assert!(started.elapsed() < PATIENCE, "{}; troubles: {:?}", told(), self.metrics.troubles());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Stops the source and takes its result.
    pub async fn stopped(&self, source: JoinHandle<Result<(), BridgeError>>) {
        self.stop.request();
        tokio::time::timeout(PATIENCE, source).await.expect("it stops").unwrap().unwrap();
    }
}

/// The snippets of that language on a page.
pub fn snippets<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let start = format!("```{language}\n");
    page.split(&start).skip(1).map(|behind| behind.split("```").next().unwrap()).collect()
}

/// Reads a snippet of `[source.…]` as a bridge would, and once more with what stands in comments.
pub fn check_snippet(snippet: &str, folder: &Path) {
    let chain = "[chain]\nurl = 'ws://127.0.0.1:9944'\nkey = 'platform.key'\nvault = 'bridge.vault'\n";
    let is_setting = |line: &str| {
        line.strip_prefix("# ").and_then(|line| line.split_once(" = ")).is_some_and(|(key, _)| !key.contains(' '))
    };
    let lines = |line: &str| if is_setting(line) { line[2..].to_owned() } else { line.to_owned() };
    let whole: Vec<String> = snippet.lines().map(lines).collect();
    assert_ne!(whole.join("\n"), snippet.trim_end(), "there are settings in comments");
    for text in [snippet.to_owned(), whole.join("\n")] {
        Config::of_text(&format!("{chain}{text}"), folder).unwrap();
    }
}

/// A file that only its owner reads.
pub fn secret(folder: &Path, name: &str, content: &str) {
    let file = folder.join(name);
    std::fs::write(&file, content).unwrap();
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
}

/// An event of that number, as the preset `event` reads it.
pub fn event(number: u32) -> String {
    format!("{{\"time\":{},\"rows\":{number}}}", 1_700_000_000_000_u64 + u64::from(number))
}

/// Numbers in order, however they came.
pub fn sorted(mut numbers: Vec<u32>) -> Vec<u32> {
    numbers.sort_unstable();
    numbers
}
