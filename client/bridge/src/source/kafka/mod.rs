//! Kafka: topics whose messages are calls, read exactly once into the spool (docs/integration/kafka.md).
//!
//! ```text
//! brokers ── reader thread: batch, offsets behind it ──> accept: drafts and offsets in one transaction
//! ```
//!
//! The offsets in the vault are the only ones that count. A group is told of them, if one is named, for those who watch its lag.

mod message;
mod offsets;
mod options;
mod reader;

use crate::{
    error::BridgeError,
    intake::{Delivery, Intake},
    secret,
    source::span,
    stop::{Backoff, Stop},
};
use offsets::Offsets;
use options::Options;
use rdkafka::{ClientConfig, error::KafkaError};
use reader::{Batch, Reader};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::sync::mpsc;

/// Waits between consumers that failed.
const PAUSE_MIN: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(30);
/// How long the thread may take to end.
const END_TIMEOUT: Duration = Duration::from_secs(10);
/// Batches that are read ahead of the one that is being written.
const AHEAD: usize = 1;
/// Called so where the configuration names no group: librdkafka wants one, even if nobody joins it.
const GROUP: &str = "mulu-bridge";

/// `kafka = { … }` of a source.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KafkaConfig {
    /// Where the first brokers are, as `host:9092,host:9092`.
    pub brokers: String,
    /// Topics that are read, by name.
    pub topics: Vec<String>,
    /// Where a topic begins that was never read.
    #[serde(default)]
    pub start: Start,
    /// A group that is told where the bridge stands. None: nobody is told.
    pub group: Option<String>,
    /// How often new partitions are looked for, and the lag is counted.
    #[serde(default = "half_a_minute", deserialize_with = "span::deserialize")]
    pub refresh: Duration,
    /// Settings of librdkafka, by their names.
    #[serde(default)]
    pub options: Options,
    /// Settings that are secrets, each in a file.
    #[serde(default)]
    pub secret_files: BTreeMap<String, PathBuf>,
    /// Settings that are secrets, each in an environment variable.
    #[serde(default)]
    pub secret_env: BTreeMap<String, String>,
}

/// Where a topic begins that was never read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Start {
    /// With the oldest message that the brokers keep.
    #[default]
    Earliest,
    /// With the first message after the bridge looked for the first time.
    Latest,
}

const fn half_a_minute() -> Duration {
    Duration::from_secs(30)
}

impl KafkaConfig {
    /// Looks for files beside the configuration.
    pub fn below(&mut self, folder: &Path) {
        self.options.below(folder);
        for file in self.secret_files.values_mut() {
            *file = folder.join(&*file);
        }
    }

    /// Checks what can be checked without a broker.
    ///
    /// # Errors
    /// With what is wrong, and the way out.
    pub fn check(&self) -> Result<(), String> {
        if self.brokers.trim().is_empty() {
            return Err("kafka.brokers is empty; give host:port of one broker or more".to_owned());
        }
        if self.topics.is_empty() || self.topics.iter().any(|topic| topic.is_empty() || topic.starts_with('^')) {
            return Err("kafka.topics takes names of topics, at least one; patterns are not read".to_owned());
        }
        if self.refresh < Duration::from_millis(100) {
            return Err("kafka.refresh is too short; the brokers are asked for every partition".to_owned());
        }
        self.options.check()?;
        for name in self.secret_files.keys().chain(self.secret_env.keys()) {
            if !options::is_secret(name) {
                return Err(format!("kafka: `{name}` is no secret; it stands in options"));
            }
        }
        match self.secret_files.keys().find(|name| self.secret_env.contains_key(*name)) {
            Some(name) => Err(format!("kafka: `{name}` comes from a file and from the environment; keep one")),
            None => self.client().map(drop),
        }
    }

    /// What librdkafka is told.
    fn client(&self) -> Result<ClientConfig, String> {
        let mut client = ClientConfig::new();
        for (name, value) in self.options.iter() {
            client.set(name, value);
        }
        client
            .set("bootstrap.servers", &self.brokers)
            .set("group.id", self.group.as_deref().unwrap_or(GROUP))
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("enable.partition.eof", "false")
            .set("allow.auto.create.topics", "false")
            .set("check.crcs", "true")
            // Messages of transactions that were aborted are nobody's calls.
            .set("isolation.level", "read_committed")
            // A place that is gone is found again by the bridge, which tells what was lost.
            .set("auto.offset.reset", "error");
        let files = self.secret_files.iter().map(|(name, file)| (name, Some(file), None));
        let variables = self.secret_env.iter().map(|(name, variable)| (name, None, Some(variable)));
        for (name, file, variable) in files.chain(variables) {
            if let Some(secret) = secret::read_text(&format!("kafka {name}: secret"), file, variable)? {
                client.set(name, secret.as_str());
            }
        }
        // The library names the setting, and would repeat its value.
        client.create_native_config().map_err(|error| format!("kafka.options: {}", refused(&error)))?;
        Ok(client)
    }
}

/// What the library says of a setting, without the value.
fn refused(error: &KafkaError) -> String {
    match error {
        KafkaError::ClientConfig(_, why, name, _) => format!("`{name}`: {why}"),
        other => other.to_string(),
    }
}

/// Reads until the bridge stops.
///
/// # Errors
/// [`BridgeError`] for a mistake in the configuration; brokers that are away are waited for.
pub async fn run(config: KafkaConfig, intake: Intake, stop: Stop) -> Result<(), BridgeError> {
    let source = intake.source().to_owned();
    let wrong = |why| BridgeError::Source { name: source.clone(), why };
    let client = config.client().map_err(wrong)?;
    let offsets = match intake.position().await? {
        Some(position) => Offsets::decode(&position).map_err(wrong)?,
        None => Offsets::default(),
    };
    let first =
        Reader::new(intake.clone(), &config, &client, offsets.clone()).map_err(|error| wrong(refused(&error)))?;
    let (sender, mut batches) = mpsc::channel(AHEAD);
    let durable = Arc::new(Mutex::new(None));
    let worker = Worker { intake: intake.clone(), config, client, sender, durable: Arc::clone(&durable), offsets };
    let thread = tokio::task::spawn_blocking(move || worker.work(first));
    loop {
        let batch: Batch = tokio::select! {
            batch = batches.recv() => match batch {
                Some(batch) => batch,
                None => break,
            },
            () = stop.requested() => break,
        };
        if let Some(lag) = batch.lag {
            intake.metrics().lag(&source, lag);
        }
        let delivery = Delivery { records: batch.records, position: Some(batch.offsets.encode()) };
        if intake.accept_waiting(delivery, &stop).await.is_none() {
            break;
        }
        *durable.lock().unwrap_or_else(PoisonError::into_inner) = Some(batch.offsets);
    }
    drop(batches);
    // It sees that nobody takes its batches. Should a broker keep it, the process does not wait.
    let _ = tokio::time::timeout(END_TIMEOUT, thread).await;
    Ok(())
}

/// The thread that reads.
struct Worker {
    intake: Intake,
    config: KafkaConfig,
    client: ClientConfig,
    sender: mpsc::Sender<Batch>,
    /// What became durable last and was not told to the group.
    durable: Arc<Mutex<Option<Offsets>>>,
    /// Behind the last batch that was sent.
    offsets: Offsets,
}

impl Worker {
    /// Reads with one consumer after the other, until nobody takes the batches.
    fn work(mut self, first: Reader) {
        let (mut reader, mut backoff) = (Ok(first), Backoff::new(PAUSE_MIN, PAUSE_MAX));
        while !self.sender.is_closed() {
            let began = Instant::now();
            let failed = match reader {
                Ok(reader) => self.read(reader),
                Err(error) => Some(error),
            };
            let Some(error) = failed else { return };
            reader::tell(&self.intake, Some(&refused(&error)));
            if began.elapsed() > PAUSE_MAX {
                backoff.worked();
            }
            let until = Instant::now() + backoff.pause();
            while Instant::now() < until && !self.sender.is_closed() {
                std::thread::sleep(Duration::from_millis(100));
            }
            reader = Reader::new(self.intake.clone(), &self.config, &self.client, self.offsets.clone());
        }
    }

    /// Reads with one consumer; None once nobody takes the batches.
    fn read(&mut self, mut reader: Reader) -> Option<KafkaError> {
        while !self.sender.is_closed() {
            if self.config.group.is_some() {
                let durable = self.durable.lock().unwrap_or_else(PoisonError::into_inner).take();
                if let Some(offsets) = durable {
                    reader.commit(&offsets);
                }
            }
            match reader.batch() {
                Ok(None) => {}
                Ok(Some(batch)) => {
                    self.offsets.clone_from(&batch.offsets);
                    if self.sender.blocking_send(batch).is_err() {
                        return None;
                    }
                }
                Err(error) => return Some(error),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;

    fn config(text: &str) -> KafkaConfig {
        toml::from_str(&format!("brokers = 'kafka1:9092'\ntopics = ['calls']\n{text}")).unwrap()
    }

    #[test]
    fn what_is_wrong_is_found_without_a_broker() {
        config("").check().unwrap();
        config("options = { 'security.protocol' = 'sasl_ssl', 'sasl.mechanisms' = 'SCRAM-SHA-512', 'sasl.username' = 'a' }").check().unwrap();
        for (text, place) in [
            ("refresh = '1ms'", "kafka.refresh"),
            ("options = { 'isolation.level' = 'read_uncommitted' }", "isolation.level"),
            ("options = { 'no.such.setting' = 1 }", "no.such.setting"),
            ("secret_files = { 'sasl.username' = 'a' }", "is no secret"),
            ("secret_files = { 'sasl.password' = 'a' }\nsecret_env = { 'sasl.password' = 'A' }", "keep one"),
            ("secret_files = { 'sasl.password' = '/no/such/file' }", "/no/such/file"),
            ("secret_env = { 'sasl.password' = 'MULU_NO_SUCH_VARIABLE' }", "MULU_NO_SUCH_VARIABLE"),
        ] {
            let why = config(text).check().unwrap_err();
            assert!(why.contains(place), "{text}: {why}");
        }
        let none = KafkaConfig { topics: vec!["^calls".to_owned()], ..config("") };
        assert!(none.check().unwrap_err().contains("patterns"));
        let none = KafkaConfig { brokers: " ".to_owned(), ..config("") };
        assert!(none.check().unwrap_err().contains("kafka.brokers"));
        assert!(toml::from_str::<KafkaConfig>("brokers = 'a'\ntopics = ['b']\ntopic = 'c'").is_err());
    }

    #[test]
    fn what_the_promise_rests_on_is_set_whatever_else_is() {
        let client = config("group = 'audit'\noptions = { 'fetch.min.bytes' = 9 }").client().unwrap();
        for (name, value) in [
            ("isolation.level", "read_committed"),
            ("enable.auto.commit", "false"),
            ("auto.offset.reset", "error"),
            ("group.id", "audit"),
            ("fetch.min.bytes", "9"),
        ] {
            assert_eq!(client.get(name), Some(value), "{name}");
        }
        assert_eq!(config("").client().unwrap().get("group.id"), Some(GROUP));
    }

    #[test]
    fn a_secret_comes_from_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bus.password");
        std::fs::write(&file, "hunter2\n").unwrap();
        std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        let mut config = config("secret_files = { 'sasl.password' = 'bus.password' }");
        config.below(folder.path());
        config.check().unwrap();
        assert_eq!(config.client().unwrap().get("sasl.password"), Some("hunter2"));
        assert!(!format!("{config:?}").contains("hunter2"));
    }

    #[test]
    fn a_setting_that_the_library_refuses_is_told_without_its_value() {
        let why =
            config("options = { 'ssl.cipher.suites' = 'hunter2', 'fetch.min.bytes' = 'hunter2' }").check().unwrap_err();
        assert!(why.contains("fetch.min.bytes") && !why.contains("hunter2"), "{why}");
    }
}
