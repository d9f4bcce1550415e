//! `bridge.toml`: what ties one platform to the chain. Every table refuses fields that it does not know; files are relative to the file's own
//! folder; secrets are named by file or variable and never stand in it.

use crate::{
    catalog::{CatalogConfig, MountConfig},
    database::Database,
    error::BridgeError,
    http::{HttpConfig, ingest::IngestConfig, lumberjack::LumberjackConfig},
    sink::SinkConfig,
    source::{kafka::KafkaConfig, postgres::PostgresConfig, tail::TailConfig, xroad::XroadConfig},
    spool::SpoolConfig,
};
use mulu_mapping::Mapping;
use mulu_proofs::ids::StreamId;
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

mod chain;

pub use chain::ChainConfig;

/// Largest configuration, in bytes.
const FILE_BYTES_MAX: u64 = 1024 * 1024;
/// Longest time for which events wait for earlier ones, in milliseconds.
const SETTLE_MS_MAX: u64 = 86_400_000;
/// Longest name of a source, sink or catalog, in characters.
const NAME_LENGTH_MAX: usize = 64;

/// `bridge.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the chain is, and the vault.
    pub chain: ChainConfig,
    /// What may wait, and for how long.
    #[serde(default)]
    pub spool: SpoolConfig,
    /// Where senders, readers of events and operators connect.
    pub http: Option<HttpConfig>,
    /// Sources of access events, by name.
    #[serde(default)]
    pub source: BTreeMap<String, SourceConfig>,
    /// Ways out of the chain, by name.
    #[serde(default)]
    pub sink: BTreeMap<String, SinkConfig>,
    /// Catalogs that are followed or shown, by name.
    #[serde(default)]
    pub catalog: BTreeMap<String, CatalogConfig>,
    /// Mounted resources whose schemas are watched, by name.
    #[serde(default)]
    pub mount: BTreeMap<String, MountConfig>,
    /// Folder of the file.
    #[serde(skip)]
    folder: PathBuf,
}

/// `[source.NAME]`: a stream, a mapping, and one kind of source.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceConfig {
    /// Stream that the events go into; no other source's.
    pub stream: StreamId,
    /// How records become events: the name of a preset, or a table.
    pub mapping: toml::Value,
    /// How long events wait for earlier ones of other senders: a batch never begins before the one before it.
    #[serde(default = "settle_ms")]
    pub settle_ms: u64,
    /// Files that grow.
    pub tail: Option<TailConfig>,
    /// What is posted to `/ingest/NAME`.
    pub ingest: Option<IngestConfig>,
    /// Topics.
    pub kafka: Option<KafkaConfig>,
    /// Rows of a table.
    pub postgres: Option<PostgresConfig>,
    /// Operational monitoring of a security server.
    pub xroad: Option<XroadConfig>,
    /// What Filebeat and its like send.
    pub lumberjack: Option<LumberjackConfig>,
}

impl SourceConfig {
    fn below(&mut self, folder: &Path) {
        self.tail.iter_mut().for_each(|tail| tail.below(folder));
        self.kafka.iter_mut().for_each(|kafka| kafka.below(folder));
        self.postgres.iter_mut().for_each(|postgres| postgres.below(folder));
        self.xroad.iter_mut().for_each(|xroad| xroad.below(folder));
        self.lumberjack.iter_mut().for_each(|lumberjack| lumberjack.below(folder));
    }

    /// What is wrong with it, by itself.
    fn check(&self) -> Result<(), String> {
        if self.settle_ms > SETTLE_MS_MAX {
            return Err(format!("settle_ms takes at most {SETTLE_MS_MAX}"));
        }
        match (&self.tail, &self.ingest, &self.kafka, &self.postgres, &self.xroad, &self.lumberjack) {
            (Some(tail), None, None, None, None, None) => tail.check(),
            (None, Some(IngestConfig {}), None, None, None, None) => Ok(()),
            (None, None, Some(kafka), None, None, None) => kafka.check(),
            (None, None, None, Some(postgres), None, None) => postgres.check(),
            (None, None, None, None, Some(xroad), None) => xroad.check(),
            (None, None, None, None, None, Some(lumberjack)) => lumberjack.check(),
            _ => Err("a source has exactly one of: tail, ingest, kafka, postgres, xroad, lumberjack".into()),
        }
    }
}

/// Longer than forwarders usually gather lines.
const fn settle_ms() -> u64 {
    5_000
}

impl Config {
    /// Reads a file and checks everything that can be checked without asking anybody.
    ///
    /// # Errors
    /// [`BridgeError::Config`] with the key and the way out.
    pub fn read(path: &Path) -> Result<Self, BridgeError> {
        let at = || path.display().to_string();
        let unreadable = |source| BridgeError::Io { what: format!("read {}", at()), source };
        if fs::metadata(path).map_err(unreadable)?.len() > FILE_BYTES_MAX {
            return Err(BridgeError::config(at(), format!("it is longer than {FILE_BYTES_MAX} bytes")));
        }
        let text = fs::read_to_string(path).map_err(unreadable)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::of_text(&text, folder).map_err(|error| match error {
            BridgeError::Config { at: key, why } if key.is_empty() => BridgeError::config(at(), why),
            BridgeError::Config { at: key, why } => BridgeError::config(format!("{}: {key}", at()), why),
            other => other,
        })
    }

    /// The same of a text whose files are in `folder`.
    ///
    /// # Errors
    /// [`BridgeError::Config`].
    pub fn of_text(text: &str, folder: &Path) -> Result<Self, BridgeError> {
        let mut config: Self = toml::from_str(text).map_err(|error| BridgeError::config("", told(&error, text)))?;
        config.folder = folder.to_owned();
        config.chain.complete(folder, |name| std::env::var(name).ok())?;
        config.http.iter_mut().for_each(|http| http.below(folder));
        config.source.values_mut().for_each(|source| source.below(folder));
        config.sink.values_mut().for_each(|sink| sink.below(folder));
        config.check()?;
        Ok(config)
    }

    /// Folder that the files of the configuration are relative to.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The mapping of a source.
    ///
    /// # Errors
    /// [`BridgeError::Config`] with the key that is wrong.
    pub fn mapping(&self, name: &str, source: &SourceConfig) -> Result<Mapping, BridgeError> {
        Mapping::from_toml(&source.mapping)
            .map_err(|error| BridgeError::config(format!("source.{name}.mapping"), error.to_string()))
    }

    fn check(&self) -> Result<(), BridgeError> {
        let spool = &self.spool;
        for (key, is_wrong) in [
            ("spool.max_events", spool.max_events == 0),
            ("spool.max_quarantine_bytes", spool.max_quarantine_bytes == 0),
            ("spool.linger_ms", !(1..=3_600_000).contains(&spool.linger_ms)),
            ("spool.remember_ids", !(1_000..=50_000_000).contains(&spool.remember_ids)),
        ] {
            if is_wrong {
                let why = "out of its bounds: linger_ms takes 1 to 3600000, remember_ids 1000 to 50000000, the others more than 0";
                return Err(BridgeError::config(key, why));
            }
        }
        for (name, catalog) in &self.catalog {
            check_name("catalog", name)?;
            catalog.check(name)?;
        }
        for name in self.mount.keys() {
            check_name("mount", name)?;
        }
        for (name, sink) in &self.sink {
            check_name("sink", name)?;
            sink.check().map_err(|why| BridgeError::config(format!("sink.{name}"), why))?;
        }
        let mut streams = BTreeMap::new();
        for (name, source) in &self.source {
            check_name("source", name)?;
            source.check().map_err(|why| BridgeError::config(format!("source.{name}"), why))?;
            self.mapping(name, source)?;
            if let Some(other) = streams.insert(source.stream, name) {
                let why = format!(
                    "stream {} is that of source {other} too: each would push the other's late events out; `mulu stream open` opens another",
                    source.stream
                );
                return Err(BridgeError::config(format!("source.{name}.stream"), why));
            }
        }
        self.check_http()
    }
}

impl Config {
    fn check_http(&self) -> Result<(), BridgeError> {
        let is_posted = |name: &str| self.source.get(name).is_some_and(|source| source.ingest.is_some());
        let Some(http) = &self.http else {
            return match self.source.keys().find(|name| is_posted(name)) {
                Some(name) => {
                    Err(BridgeError::config(format!("source.{name}.ingest"), "needs [http], where senders connect"))
                }
                None => Ok(()),
            };
        };
        http.check().map_err(|why| BridgeError::config("http", why))?;
        match http.sources().find(|name| !is_posted(name)) {
            Some(name) => Err(BridgeError::config("http.caller.sources", format!("{name} is no source with `ingest`"))),
            None => Ok(()),
        }
    }
}

/// Names stand in labels, logs and paths.
fn check_name(kind: &str, name: &str) -> Result<(), BridgeError> {
    let is_one = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if (1..=NAME_LENGTH_MAX).contains(&name.len()) && name.chars().all(is_one) {
        return Ok(());
    }
    Err(BridgeError::config(format!("{kind}.{name}"), "a name has 1 to 64 letters, digits, -, _ and ."))
}

/// What is wrong with a text, and on which line.
fn told(error: &toml::de::Error, text: &str) -> String {
    let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
    let message = error.message();
    let mut told = line.map_or_else(|| message.to_owned(), |line| format!("line {line}: {message}"));
    // A table that has `database` keeps all that reaches it in there.
    let is_unknown = |key: &&&str| message.starts_with(&format!("unknown field `{key}`"));
    if let Some(key) = Database::KEYS.iter().find(is_unknown)
        && message.contains("`database`")
    {
        told += &format!("; {key} stands in the table `database`: database = {{ {key} = … }}");
    }
    told
}

#[cfg(test)]
mod tests;
