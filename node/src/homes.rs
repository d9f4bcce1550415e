//! Writes the homes of a new chain: keys, configuration, chain specification, accounts.

use crate::{
    config::{CONFIG_FILE, ConfigFile, KeysSection, ListenSection, PeerSection, RpcSection, StorageSection},
    error::NodeError,
    files::{self, PUBLIC},
    genesis::ChainFiles,
    plan::{AccountKey, Plan},
};
use mulu_proofs::{departments::Role, ids::DepartmentId};
use serde::Serialize;
use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

/// Chain specification in a home.
pub const CHAIN_SPEC_FILE: &str = "chain-spec.json";
/// Genesis file in a home, for verifiers.
pub const GENESIS_FILE: &str = "genesis.json";
/// Keys of accounts, beside the homes.
pub const ACCOUNTS_FOLDER: &str = "accounts";
/// List of the accounts, beside the homes.
pub const ACCOUNTS_FILE: &str = "accounts.json";
/// Ports of one node.
pub const PORTS_PER_NODE: u16 = 3;

/// Key that signs blocks, in a home.
pub const VALIDATOR_KEY: &str = "keys/validator.key";
/// Key that names the node to its peers, in a home.
pub const NODE_KEY: &str = "keys/node.key";

/// Where a node listens, all on loopback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ports {
    /// Consensus.
    pub consensus: u16,
    /// Extrinsics of peers.
    pub extrinsics: u16,
    /// Clients.
    pub rpc: u16,
}

impl Ports {
    /// The three of node `place`, from 0, behind `base`.
    ///
    /// # Errors
    /// [`NodeError::Argument`] if there are no such ports.
    pub fn of(base: u16, place: usize) -> Result<Self, NodeError> {
        let beyond = || NodeError::Argument {
            what: "--base-port",
            range: "from 1024, with room for three ports a node up to 65535",
            found: base.to_string(),
        };
        let first = usize::from(base) + place * usize::from(PORTS_PER_NODE);
        let first = u16::try_from(first).map_err(|_| beyond())?;
        let rpc = first.checked_add(2).filter(|_| first >= 1024).ok_or_else(beyond)?;
        Ok(Self { consensus: first, extrinsics: first + 1, rpc })
    }
}

/// An account, as `accounts.json` lists it.
#[derive(Debug, Serialize)]
struct AccountRow<'a> {
    name: &'a str,
    department: DepartmentId,
    roles: &'a [Role],
    public_key: String,
    /// None for a key that Substrate's clients derive by themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
}

/// Name of a node and of its home: `node1`, …
pub fn node_name(place: usize) -> String {
    format!("node{}", place + 1)
}

/// Checks that `folder` is empty or absent, and makes it.
///
/// # Errors
/// [`NodeError`] if it holds something, or cannot be made.
pub fn make_output(folder: &Path) -> Result<(), NodeError> {
    match files::is_empty_or_absent(folder) {
        Ok(true) => {}
        Ok(false) => return Err(NodeError::OutputNotEmpty { path: folder.to_owned() }),
        Err(source) if source.kind() == io::ErrorKind::NotADirectory => {
            return Err(NodeError::OutputNotEmpty { path: folder.to_owned() });
        }
        Err(source) => return Err(NodeError::Read { path: folder.to_owned(), source }),
    }
    private_folder(folder)
}

/// Writes the home of node `place` of the plan.
///
/// # Errors
/// [`NodeError::Write`] if something of it exists or cannot be written.
pub fn write_home(
    home: &Path,
    plan: &Plan,
    place: usize,
    chain: &ChainFiles,
    ports: &[Ports],
) -> Result<(), NodeError> {
    private_folder(home)?;
    private_folder(&home.join("keys"))?;
    let node = &plan.nodes[place];
    node.validator.write(&home.join(VALIDATOR_KEY))?;
    node.node.write(&home.join(NODE_KEY))?;
    write_chain(home, chain)?;
    write(&home.join(CONFIG_FILE), config_text(plan, place, chain, ports).as_bytes())
}

/// Writes chain specification and genesis file.
///
/// # Errors
/// [`NodeError::Write`].
pub fn write_chain(folder: &Path, chain: &ChainFiles) -> Result<(), NodeError> {
    write(&folder.join(CHAIN_SPEC_FILE), chain.chain_spec.as_bytes())?;
    write(&folder.join(GENESIS_FILE), chain.genesis.as_bytes())
}

/// Writes the keys of the plan's accounts and their list.
///
/// # Errors
/// [`NodeError::Write`].
pub fn write_accounts(folder: &Path, plan: &Plan) -> Result<(), NodeError> {
    private_folder(&folder.join(ACCOUNTS_FOLDER))?;
    let mut rows = Vec::new();
    for account in &plan.accounts {
        let file = match &account.key {
            AccountKey::Seed(seed) => {
                let file = Path::new(ACCOUNTS_FOLDER).join(format!("{}.key", account.name));
                seed.write(&folder.join(&file))?;
                Some(file)
            }
            AccountKey::WellKnown(_) => None,
        };
        rows.push(AccountRow {
            name: &account.name,
            department: account.department,
            roles: &account.roles,
            public_key: hex::encode(account.key.public()),
            file,
        });
    }
    let list = serde_json::to_string_pretty(&rows).expect("names, numbers and paths of ours are text") + "\n";
    write(&folder.join(ACCOUNTS_FILE), list.as_bytes())
}

fn config_text(plan: &Plan, place: usize, chain: &ChainFiles, ports: &[Ports]) -> String {
    let local = |port: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, port)).to_string();
    let listen = |port: u16| ListenSection { listen: local(port) };
    let peers = plan.nodes.iter().enumerate().filter(|(other, _)| *other != place);
    let file = ConfigFile {
        chain_spec: CHAIN_SPEC_FILE.into(),
        genesis_hash: format!("0x{}", hex::encode(chain.hash)),
        observer: false,
        candidate: false,
        keys: KeysSection { validator: Some(VALIDATOR_KEY.into()), next_validator: None, node: NODE_KEY.into() },
        storage: StorageSection { path: "data".into(), states_kept: None },
        consensus: listen(ports[place].consensus),
        extrinsics: listen(ports[place].extrinsics),
        rpc: RpcSection { listen: local(ports[place].rpc), public: None, audit: None },
        decision: None,
        peers: peers
            .map(|(other, node)| PeerSection {
                name: node_name(other),
                key: hex::encode(node.node.public()),
                consensus: local(ports[other].consensus),
                extrinsics: local(ports[other].extrinsics),
            })
            .collect(),
    };
    let text = toml::to_string(&file).expect("every value has a form in TOML");
    format!("# {} of chain {}. Paths are relative to this folder.\n\n{text}", node_name(place), chain.chain_id)
}

/// Writes a new file for everybody to read.
///
/// # Errors
/// [`NodeError::Write`].
pub fn write(path: &Path, contents: &[u8]) -> Result<(), NodeError> {
    files::write_new(path, contents, PUBLIC).map_err(|source| NodeError::Write { path: path.to_owned(), source })
}

/// Makes a folder for the owner alone.
///
/// # Errors
/// [`NodeError::Write`].
pub fn private_folder(path: &Path) -> Result<(), NodeError> {
    files::create_private_folder(path).map_err(|source| NodeError::Write { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::Config, keys::Seed};

    fn chain() -> ChainFiles {
        ChainFiles { chain_id: "test".into(), chain_spec: "{}".into(), genesis: "{}".into(), hash: [5; 32] }
    }

    #[test]
    fn what_is_written_is_what_a_node_reads() {
        let folder = tempfile::tempdir().unwrap();
        let plan = Plan::with_departments(4, 4, Seed::development);
        let ports: Vec<_> = (0..4).map(|place| Ports::of(20_000, place).unwrap()).collect();
        let homes: Vec<_> = (0..4).map(|place| folder.path().join(node_name(place))).collect();
        for (place, home) in homes.iter().enumerate() {
            write_home(home, &plan, place, &chain(), &ports).unwrap();
        }
        let configs: Vec<_> = homes.iter().map(|home| Config::read(home).unwrap()).collect();
        for (place, config) in configs.iter().enumerate() {
            assert_eq!((config.genesis_hash, config.peers.len()), ([5; 32], 3));
            let own = Seed::read(&config.node_key).unwrap().public();
            for other in configs.iter().enumerate().filter(|(other, _)| *other != place).map(|(_, config)| config) {
                let entry = other.peers.iter().find(|peer| peer.key == own).unwrap();
                assert_eq!(entry.consensus, config.consensus_listen);
                assert_eq!(entry.extrinsics, config.extrinsics_listen);
            }
        }
        assert!(matches!(write_home(&homes[0], &plan, 0, &chain(), &ports), Err(NodeError::Write { .. })));
    }

    #[test]
    fn accounts_are_listed_with_their_files() {
        let folder = tempfile::tempdir().unwrap();
        let plan = Plan::with_departments(1, 1, Seed::development);
        write_accounts(folder.path(), &plan).unwrap();
        let list = std::fs::read_to_string(folder.path().join(ACCOUNTS_FILE)).unwrap();
        let rows: Vec<serde_json::Value> = serde_json::from_str(&list).unwrap();
        assert_eq!(rows.len(), 12);
        assert_eq!(rows[0]["roles"][0], "admin");
        for row in rows {
            let seed = Seed::read(&folder.path().join(row["file"].as_str().unwrap())).unwrap();
            assert_eq!(row["public_key"], hex::encode(seed.public()));
            assert!(!list.contains(&hex::encode(seed.expose())));
        }
    }

    #[test]
    fn a_folder_with_something_in_it_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        make_output(&folder.path().join("new/net")).unwrap();
        make_output(&folder.path().join("new/net")).unwrap();
        assert!(matches!(make_output(folder.path()), Err(NodeError::OutputNotEmpty { .. })));
    }

    #[test]
    fn ports_have_room() {
        assert_eq!(Ports::of(20_000, 2).unwrap(), Ports { consensus: 20_006, extrinsics: 20_007, rpc: 20_008 });
        assert!(Ports::of(65_530, 1).is_ok() && Ports::of(65_530, 2).is_err() && Ports::of(80, 0).is_err());
    }
}
