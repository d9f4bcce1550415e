//! `config.toml`: read as it was typed, then validated into what is meant.

use crate::{
    audit_config::{AuditConfig, AuditSection},
    decision_config::{DecisionConfig, DecisionSection},
    error::NodeError,
    files,
    public_config::PublicSection,
};
use mulu_proofs::ids::{Digest32, PublicKey};
use mulu_rpc::Public;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeSet,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};

/// Name of the file in a home.
pub const CONFIG_FILE: &str = "config.toml";
/// RPC port of `--dev`, the one that Substrate clients try first.
pub const RPC_PORT_DEFAULT: u16 = 9944;
/// Longest file, in bytes.
const CONFIG_BYTES_MAX: u64 = 1024 * 1024;
/// Most peers of a node: all validators of a chain and as many observers.
const PEERS_MAX: usize = 2 * mulu_proofs::certificate::VALIDATORS_MAX;

/// The file, as typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigFile {
    /// Chain specification, relative to the home.
    pub chain_spec: PathBuf,
    /// Genesis hash that the chain specification must give.
    pub genesis_hash: String,
    /// Whether the node follows without a vote.
    #[serde(default)]
    pub observer: bool,
    /// Whether the node follows until governance gives its validator key a vote.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub candidate: bool,
    /// Key files.
    pub keys: KeysSection,
    /// What is kept.
    pub storage: StorageSection,
    /// Own address for consensus.
    pub consensus: ListenSection,
    /// Own address for extrinsics of peers.
    pub extrinsics: ListenSection,
    /// Own address for clients, and how they are served.
    pub rpc: RpcSection,
    /// The decision point, where the node has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<DecisionSection>,
    /// Nodes of the chain that are known before its registry is: the chain names all others.
    #[serde(default, rename = "peer")]
    pub peers: Vec<PeerSection>,
}

/// Key files, relative to the home.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeysSection {
    /// Signs blocks; an observer needs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validator: Option<PathBuf>,
    /// Signs blocks from the height on at which governance puts it in the place of the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_validator: Option<PathBuf>,
    /// Names the node to its peers.
    pub node: PathBuf,
}

/// What is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StorageSection {
    /// Data folder, relative to the home.
    pub path: PathBuf,
    /// States before the last one that are kept; all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub states_kept: Option<u32>,
}

/// An address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListenSection {
    /// IP address and port.
    pub listen: String,
}

/// How clients are served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RpcSection {
    /// IP address and port.
    pub listen: String,
    /// The listener for others, who sign in; none if only this machine's programs are served.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public: Option<PublicSection>,
    /// How the ledger is told what auditors ask, where they may ask this node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit: Option<AuditSection>,
}

/// Another node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeerSection {
    /// For people.
    pub name: String,
    /// Public key of its node key, in hexadecimal.
    pub key: String,
    /// Where it listens for consensus.
    pub consensus: String,
    /// Where it listens for extrinsics.
    pub extrinsics: String,
}

/// What is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The home.
    pub home: PathBuf,
    /// Chain specification.
    pub chain_spec: PathBuf,
    /// Genesis hash that it must give.
    pub genesis_hash: Digest32,
    /// Whether the node follows without a vote.
    pub observer: bool,
    /// Whether the node follows until its validator key gets a vote.
    pub candidate: bool,
    /// Key that signs blocks.
    pub validator_key: Option<PathBuf>,
    /// Key that takes its place.
    pub next_validator_key: Option<PathBuf>,
    /// Key that names the node to its peers.
    pub node_key: PathBuf,
    /// Data folder.
    pub data: PathBuf,
    /// States before the last one that are kept.
    pub states_kept: Option<u32>,
    /// Own address for consensus.
    pub consensus_listen: SocketAddr,
    /// Own address for extrinsics of peers.
    pub extrinsics_listen: SocketAddr,
    /// Own address for clients.
    pub rpc_listen: SocketAddr,
    /// The listener for others.
    pub rpc_public: Option<Public>,
    /// How the ledger is told what auditors ask.
    pub audit: Option<AuditConfig>,
    /// The decision point.
    pub decision: Option<DecisionConfig>,
    /// The other nodes.
    pub peers: Vec<PeerConfig>,
}

/// Another node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerConfig {
    /// For people.
    pub name: String,
    /// Public key of its node key.
    pub key: PublicKey,
    /// Where it listens for consensus.
    pub consensus: SocketAddr,
    /// Where it listens for extrinsics.
    pub extrinsics: SocketAddr,
}

impl Config {
    /// Reads and validates the file of a home.
    ///
    /// # Errors
    /// [`NodeError`] if the home or the file is absent or unreadable, or says what cannot be meant.
    pub fn read(home: &Path) -> Result<Self, NodeError> {
        let path = home.join(CONFIG_FILE);
        let text = match files::read_text(&path, CONFIG_BYTES_MAX) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(NodeError::NoHome { path: home.to_owned() });
            }
            Err(source) => return Err(NodeError::Read { path, source }),
        };
        let file: ConfigFile =
            toml::from_str(&text).map_err(|error| NodeError::Config { path: path.clone(), what: error.to_string() })?;
        Self::validate(home, file).map_err(|what| NodeError::Config { path, what })
    }

    /// Checks every value and every relation between them.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn validate(home: &Path, file: ConfigFile) -> Result<Self, String> {
        let config = Self {
            home: home.to_owned(),
            chain_spec: home.join(file.chain_spec),
            genesis_hash: digest("genesis_hash", &file.genesis_hash)?,
            observer: file.observer,
            candidate: file.candidate,
            validator_key: file.keys.validator.map(|path| home.join(path)),
            next_validator_key: file.keys.next_validator.map(|path| home.join(path)),
            node_key: home.join(file.keys.node),
            data: home.join(file.storage.path),
            states_kept: file.storage.states_kept,
            consensus_listen: address("consensus.listen", &file.consensus.listen)?,
            extrinsics_listen: address("extrinsics.listen", &file.extrinsics.listen)?,
            rpc_listen: address("rpc.listen", &file.rpc.listen)?,
            rpc_public: file.rpc.public.map(PublicSection::validate).transpose()?,
            audit: file.rpc.audit.map(|section| section.validate(home)).transpose()?,
            decision: file.decision.map(|section| section.validate(home)).transpose()?,
            peers: file.peers.iter().map(PeerConfig::validate).collect::<Result<_, _>>()?,
        };
        if config.validator_key.is_none() && !config.observer {
            return Err("keys.validator is missing; name the key file, or say observer = true".into());
        }
        if config.observer && config.candidate {
            return Err("observer = true and candidate = true exclude each other: an observer never votes".into());
        }
        if config.next_validator_key.is_some() && config.validator_key.is_none() {
            return Err("keys.next_validator takes the place of keys.validator, which is missing".into());
        }
        check_rpc_address(config.rpc_listen.ip())?;
        let own = [config.consensus_listen, config.extrinsics_listen, config.rpc_listen];
        let ports: BTreeSet<u16> = own.iter().map(SocketAddr::port).collect();
        if ports.len() < own.len() {
            return Err("consensus, extrinsics and rpc need three different ports".into());
        }
        if let Some(port) =
            config.rpc_public.as_ref().map(|public| public.listen.port()).filter(|port| ports.contains(port))
        {
            return Err(format!("rpc.public.listen needs a port of its own, not {port}"));
        }
        if let Some(port) = config.decision.as_ref().and_then(DecisionConfig::port).filter(|port| ports.contains(port))
        {
            return Err(format!("decision.listen needs a port of its own, not {port}"));
        }
        if config.peers.len() > PEERS_MAX {
            return Err(format!("{} peers, at most {PEERS_MAX}", config.peers.len()));
        }
        let keys: BTreeSet<_> = config.peers.iter().map(|peer| peer.key).collect();
        if keys.len() < config.peers.len() {
            return Err("two peers have one key".into());
        }
        Ok(config)
    }

    /// Name of the node, for people: that of its home.
    pub fn name(&self) -> String {
        self.home.file_name().map_or_else(|| "node".into(), |name| name.to_string_lossy().into_owned())
    }

    /// Takes another RPC port than the file says.
    pub const fn with_rpc_port(mut self, port: Option<u16>) -> Self {
        if let Some(port) = port {
            self.rpc_listen.set_port(port);
        }
        self
    }
}

impl PeerConfig {
    fn validate(peer: &PeerSection) -> Result<Self, String> {
        let name = &peer.name;
        Ok(Self {
            name: name.clone(),
            key: digest(&format!("key of peer {name:?}"), &peer.key)?,
            consensus: address(&format!("consensus of peer {name:?}"), &peer.consensus)?,
            extrinsics: address(&format!("extrinsics of peer {name:?}"), &peer.extrinsics)?,
        })
    }
}

fn check_rpc_address(address: IpAddr) -> Result<(), String> {
    // It trusts whoever reaches it: accounts of this machine, where the whole ledger is on the disk anyway.
    if address.is_loopback() {
        Ok(())
    } else {
        Err(format!(
            "rpc.listen is {address}: it shows everything to whoever reaches it, so it listens on loopback only; use 127.0.0.1 or \
             [::1] there, and let others in over [rpc.public], where they sign in"
        ))
    }
}

fn digest(field: &str, text: &str) -> Result<[u8; 32], String> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text.strip_prefix("0x").unwrap_or(text), &mut bytes)
        .map_err(|_| format!("{field} must be 64 hexadecimal digits, not {text:?}"))?;
    Ok(bytes)
}

fn address(field: &str, text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| format!("{field} must be an IP address and a port like 127.0.0.1:30333, not {text:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const GOOD: &str = r#"
        chain_spec = "chain-spec.json"
        genesis_hash = "0x0101010101010101010101010101010101010101010101010101010101010101"
        [keys]
        validator = "keys/validator.key"
        node = "keys/node.key"
        [storage]
        path = "data"
        [consensus]
        listen = "127.0.0.1:30000"
        [extrinsics]
        listen = "127.0.0.1:30001"
        [rpc]
        listen = "127.0.0.1:30002"
        [[peer]]
        name = "node2"
        key = "0202020202020202020202020202020202020202020202020202020202020202"
        consensus = "127.0.0.1:30003"
        extrinsics = "127.0.0.1:30004"
    "#;

    fn read(text: &str) -> Result<Config, String> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(CONFIG_FILE), text).unwrap();
        Config::read(folder.path()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_good_file_is_understood() {
        let config = read(GOOD).unwrap();
        assert_eq!(config.genesis_hash, [1; 32]);
        assert_eq!(config.peers[0].key, [2; 32]);
        assert!(config.validator_key.as_ref().is_some_and(|path| path.ends_with("keys/validator.key")));
        assert_eq!(config.with_rpc_port(Some(7)).rpc_listen.port(), 7);
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_a_reason() {
        for (from, to, words) in [
            ("path = \"data\"", "path = \"data\"\ntypo = 1", "typo"),
            (
                "[rpc]\n        listen = \"127.0.0.1:30002\"",
                "[rpc]\n        listen = \"0.0.0.0:30002\"",
                "over [rpc.public]",
            ),
            ("0x0101", "0x01", "genesis_hash"),
            ("127.0.0.1:30003", "localhost", "peer \"node2\""),
            ("127.0.0.1:30002", "127.0.0.1:30000", "three different ports"),
            ("validator = \"keys/validator.key\"", "", "observer = true"),
            ("[storage]", "[store]", "store"),
            ("[keys]", "observer = true\ncandidate = true\n[keys]", "exclude each other"),
            (
                "[keys]\n        validator",
                "observer = true\n[keys]\nnext_validator",
                "keys.validator, which is missing",
            ),
        ] {
            assert!(GOOD.contains(from), "{from}");
            let error = read(&GOOD.replace(from, to)).unwrap_err();
            assert!(error.contains(words), "{words:?} is not in {error:?}");
        }
    }

    #[test]
    fn a_listener_for_others_is_understood_and_needs_a_port_of_its_own() {
        assert_eq!(read(GOOD).unwrap().rpc_public, None);
        let open = |listen: &str| read(&format!("{GOOD}\n[rpc.public]\nlisten = \"{listen}\""));
        assert_eq!(open("10.1.2.3:9945").unwrap().rpc_public.unwrap().listen.port(), 9945);
        assert!(open("10.1.2.3:30002").unwrap_err().contains("a port of its own"));
    }

    #[test]
    fn a_candidate_and_a_next_key_are_understood() {
        let text = GOOD.replace("[keys]", "candidate = true\n[keys]\nnext_validator = \"keys/next.key\"");
        let config = read(&text).unwrap();
        assert!(config.candidate && config.next_validator_key.is_some_and(|path| path.ends_with("keys/next.key")));
        assert!(!read(GOOD).unwrap().candidate);
    }

    #[test]
    fn an_observer_needs_no_validator_key() {
        let text = GOOD.replace("validator = \"keys/validator.key\"", "").replace("[keys]", "observer = true\n[keys]");
        assert!(read(&text).unwrap().observer);
    }

    #[test]
    fn a_folder_without_a_config_file_is_no_home() {
        let folder = tempfile::tempdir().unwrap();
        let error = Config::read(folder.path()).unwrap_err().to_string();
        assert!(error.contains("mulu-node testnet"), "{error}");
    }
}
