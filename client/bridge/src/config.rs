//! `bridge.toml`: what ties one platform to the chain. Every table refuses fields that it does not know; files are relative to the file's own
//! folder; secrets are named by file or variable and never stand in it.

use crate::{
    catalog::{CatalogConfig, MountConfig},
    chain::Node,
    error::BridgeError,
    http::{HttpConfig, ingest::IngestConfig, lumberjack::LumberjackConfig},
    sink::SinkConfig,
    source::{kafka::KafkaConfig, postgres::PostgresConfig, tail::TailConfig, xroad::XroadConfig},
    spool::SpoolConfig,
};
use mulu_client::{
    ClientError,
    keys::Key,
    keystore::KeyFile,
    passphrase::{self, Passphrase},
    vault::{Unlock, Vault},
};
use mulu_mapping::Mapping;
use mulu_proofs::ids::{Digest32, StreamId};
use mulu_rpc_api::Hex32;
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Largest configuration, in bytes.
const FILE_BYTES_MAX: u64 = 1024 * 1024;
/// Longest time for which events wait for earlier ones, in milliseconds.
const SETTLE_MS_MAX: u64 = 86_400_000;
/// Longest name of a source, sink or catalog, in characters.
const NAME_LENGTH_MAX: usize = 64;
/// Name of the credential that systemd may hand over (`LoadCredential=`, `LoadCredentialEncrypted=`).
const CREDENTIAL: &str = "mulu-passphrase";

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

/// `[chain]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainConfig {
    /// Address of the node.
    pub url: String,
    /// File with the platform's key.
    pub key: PathBuf,
    /// File with the passphrase of the key, if it has one.
    pub passphrase_file: Option<PathBuf>,
    /// Variable with it.
    pub passphrase_env: Option<String>,
    /// Genesis hash of the only chain that is meant.
    pub genesis: Option<Hex32>,
    /// Name of the only node that is signed in at, as `mulu node` tells it.
    pub node: Option<String>,
    /// The vault; made if there is none.
    pub vault: PathBuf,
    /// Key file of the vault, if it is not the one beside it.
    pub vault_key_file: Option<PathBuf>,
    /// File with the vault's passphrase, if it is locked with one.
    pub vault_passphrase_file: Option<PathBuf>,
    /// Variable with it.
    pub vault_passphrase_env: Option<String>,
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
        config.chain.below(folder);
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
    match line {
        Some(line) => format!("line {line}: {}", error.message()),
        None => error.message().to_owned(),
    }
}

impl ChainConfig {
    fn below(&mut self, folder: &Path) {
        let files = [&mut self.passphrase_file, &mut self.vault_key_file, &mut self.vault_passphrase_file];
        for file in files.into_iter().flatten().chain([&mut self.key, &mut self.vault]) {
            *file = folder.join(&*file);
        }
    }

    /// Where the chain is, and with which key it is asked.
    ///
    /// # Errors
    /// [`BridgeError`] if the key cannot be read or opened.
    pub fn node(&self) -> Result<Node, BridgeError> {
        let genesis = self.genesis.map(|genesis| genesis.0);
        Ok(Node { url: self.url.clone(), key: self.key()?, genesis, node: self.node.clone() })
    }

    /// The platform's key.
    ///
    /// # Errors
    /// [`BridgeError`] if it cannot be read or opened.
    pub fn key(&self) -> Result<Key, BridgeError> {
        match KeyFile::read(&self.key)? {
            KeyFile::Plain(key) => Ok(key),
            KeyFile::Encrypted(encrypted) => {
                let given =
                    given(self.passphrase_file.as_deref(), self.passphrase_env.as_deref(), "chain.passphrase_env")?;
                let passphrase = match given {
                    Some(given) => given,
                    None => credential()?.ok_or_else(|| {
                        let why = "the key takes a passphrase: name it with passphrase_file or passphrase_env, or let systemd load the credential mulu-passphrase";
                        BridgeError::config("chain.key", why)
                    })?,
                };
                Ok(encrypted.open(&passphrase, &self.key)?)
            }
        }
    }

    /// What opens the vault.
    ///
    /// # Errors
    /// [`BridgeError`] if a passphrase cannot be read.
    pub fn unlock(&self) -> Result<Unlock, BridgeError> {
        if let Some(path) = &self.vault_key_file {
            return Ok(Unlock::KeyFile(path.clone()));
        }
        let (file, variable) = (self.vault_passphrase_file.as_deref(), self.vault_passphrase_env.as_deref());
        Ok(given(file, variable, "chain.vault_passphrase_env")?.map_or(Unlock::Beside, Unlock::Passphrase))
    }

    /// The vault, if there is one, of whatever chain it is.
    ///
    /// # Errors
    /// [`BridgeError::Client`] if it does not open.
    pub fn open_vault(&self) -> Result<Option<Vault>, BridgeError> {
        match Vault::open_any(&self.vault, &self.unlock()?) {
            Ok(vault) => Ok(Some(vault)),
            Err(ClientError::Read { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => Ok(None),
            // A process that died while it made the vault leaves an empty file behind.
            Err(ClientError::NoVault { .. }) if fs::metadata(&self.vault).is_ok_and(|file| file.len() == 0) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Makes the vault of a chain.
    ///
    /// # Errors
    /// [`BridgeError::Client`] if it cannot be made.
    pub fn make_vault(&self, genesis: &Digest32) -> Result<Vault, BridgeError> {
        Ok(Vault::open_with(&self.vault, genesis, &self.unlock()?)?)
    }
}

/// A passphrase from where the configuration says.
fn given(file: Option<&Path>, variable: Option<&str>, at: &str) -> Result<Option<Passphrase>, BridgeError> {
    match (file, variable) {
        (Some(_), Some(_)) => Err(BridgeError::config(at, "name a file or a variable, not both")),
        (Some(file), None) => Ok(Some(passphrase::of_file(file)?)),
        (None, Some(variable)) => match std::env::var(variable) {
            Ok(text) => Ok(Some(Zeroizing::new(text))),
            Err(_) => Err(BridgeError::config(at, format!("the variable {variable} is not set"))),
        },
        (None, None) => Ok(None),
    }
}

fn credential() -> Result<Option<Passphrase>, BridgeError> {
    let file = std::env::var_os("CREDENTIALS_DIRECTORY").map(|folder| PathBuf::from(folder).join(CREDENTIAL));
    Ok(file.filter(|file| file.exists()).map(|file| passphrase::of_credential(&file)).transpose()?)
}

#[cfg(test)]
mod tests;
