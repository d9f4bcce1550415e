//! `join`: the home of a further node of a chain that runs, and what a proposal has to say of it.

use crate::{
    config::{CONFIG_FILE, Config, ConfigFile, KeysSection, ListenSection, PeerSection, RpcSection, StorageSection},
    error::NodeError,
    files,
    genesis::Chain,
    homes::{self, CHAIN_SPEC_FILE, GENESIS_FILE, NODE_KEY, Ports, VALIDATOR_KEY},
    keys::Seed,
};
use mulu_chain_spec::FILE_BYTES_MAX;
use mulu_proofs::{departments::NodeInfo, ids::Digest32, text::Text};
use serde::Serialize;
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
};

/// What was typed.
#[derive(Clone, Debug, clap::Args)]
pub struct Arguments {
    /// Chain specification.
    #[arg(long, value_name = "FILE")]
    pub chain_spec: PathBuf,
    /// Genesis hash of the chain, learnt over another channel than the file.
    #[arg(long, value_name = "HASH")]
    pub genesis_hash: String,
    /// A node of the chain: node key, address for consensus, address for extrinsics, as in
    /// 0x51…@10.1.2.3:30330,10.1.2.3:30331. Repeat it for every node that is known.
    #[arg(long = "peer", value_name = "KEY@CONSENSUS,EXTRINSICS", required = true)]
    pub peers: Vec<String>,
    /// Home to write; must be empty or absent.
    #[arg(long, value_name = "HOME")]
    pub output: PathBuf,
    /// Address of this machine under which the others reach it.
    #[arg(long, value_name = "IP", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub address: IpAddr,
    /// First of three ports: consensus, extrinsics, RPC (on loopback).
    #[arg(long, value_name = "PORT", default_value_t = 30_330)]
    pub base_port: u16,
    /// Makes an observer, which never votes.
    #[arg(long)]
    pub observer: bool,
}

/// What goes into a proposal: `AddValidator` takes both, `RegisterObserver` the node.
#[derive(Debug, Serialize)]
struct Joiner {
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    node: NodeInfo,
}

/// Writes the home and says how to go on.
pub fn write(arguments: &Arguments) -> Result<(), NodeError> {
    let joiner = make(arguments)?;
    println!("{}", serde_json::to_string_pretty(&joiner).expect("keys and addresses are text"));
    let home = arguments.output.display();
    if arguments.observer {
        eprintln!(
            "Home of an observer in {home}. Have heads of departments register it with what stands on stdout, then start it:"
        );
    } else {
        eprintln!(
            "Home of a candidate in {home}. Have heads of departments add it as a validator with what stands on stdout, at a height that \
             leaves it time to catch up, and start it as soon as that is decided:"
        );
    }
    eprintln!("  mulu-node run --base-path {home}");
    Ok(())
}

fn make(arguments: &Arguments) -> Result<Joiner, NodeError> {
    let home = &arguments.output;
    let expected = genesis_hash(&arguments.genesis_hash)?;
    let chain = Chain::read_expected(&arguments.chain_spec, expected)?;
    let peers = arguments.peers.iter().enumerate().map(|(place, text)| peer(place, text)).collect::<Result<_, _>>()?;
    let ports = Ports::of(arguments.base_port, 0)?;
    let at = |port| SocketAddr::new(arguments.address, port);

    let node = Seed::random();
    let validator = (!arguments.observer).then(Seed::random);
    let file = ConfigFile {
        chain_spec: CHAIN_SPEC_FILE.into(),
        genesis_hash: format!("0x{}", hex::encode(expected)),
        observer: arguments.observer,
        candidate: !arguments.observer,
        keys: KeysSection {
            validator: validator.as_ref().map(|_| VALIDATOR_KEY.into()),
            next_validator: None,
            node: NODE_KEY.into(),
        },
        storage: StorageSection { path: "data".into(), states_kept: None },
        consensus: ListenSection { listen: at(ports.consensus).to_string() },
        extrinsics: ListenSection { listen: at(ports.extrinsics).to_string() },
        rpc: RpcSection {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, ports.rpc)).to_string(),
            public: None,
            audit: None,
        },
        decision: None,
        peers,
    };
    // Whatever the node would not read is not written.
    Config::validate(home, file.clone()).map_err(|what| NodeError::Config { path: home.join(CONFIG_FILE), what })?;

    homes::make_output(home)?;
    homes::private_folder(&home.join("keys"))?;
    node.write(&home.join(NODE_KEY))?;
    if let Some(validator) = &validator {
        validator.write(&home.join(VALIDATOR_KEY))?;
    }
    let spec = files::read_text(&arguments.chain_spec, FILE_BYTES_MAX as u64)
        .map_err(|source| NodeError::Read { path: arguments.chain_spec.clone(), source })?;
    homes::write(&home.join(CHAIN_SPEC_FILE), spec.as_bytes())?;
    let genesis = serde_json::to_string_pretty(&chain.genesis.file).expect("hexadecimal and numbers are text") + "\n";
    homes::write(&home.join(GENESIS_FILE), genesis.as_bytes())?;
    let text = toml::to_string(&file).expect("every value has a form in TOML");
    let head = format!("# A node of chain {}. Paths are relative to this folder.\n\n", chain.spec.chain_id);
    homes::write(&home.join(CONFIG_FILE), (head + &text).as_bytes())?;

    let address = |port| Text::new(&at(port).to_string()).expect("the longest socket address has 58 characters");
    Ok(Joiner {
        key: validator.map(|seed| hex::encode(seed.public())),
        node: NodeInfo {
            key: node.public(),
            consensus_address: address(ports.consensus),
            extrinsics_address: address(ports.extrinsics),
        },
    })
}

fn genesis_hash(text: &str) -> Result<Digest32, NodeError> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text.strip_prefix("0x").unwrap_or(text), &mut bytes).map_err(|_| NodeError::Argument {
        what: "--genesis-hash",
        range: "64 hexadecimal digits",
        found: text.into(),
    })?;
    Ok(bytes)
}

fn peer(place: usize, text: &str) -> Result<PeerSection, NodeError> {
    let parts = text.split_once('@').and_then(|(key, addresses)| Some((key, addresses.split_once(',')?)));
    let (key, (consensus, extrinsics)) = parts.ok_or_else(|| NodeError::Argument {
        what: "--peer",
        range: "KEY@CONSENSUS,EXTRINSICS, as in 0x51…@10.1.2.3:30330,10.1.2.3:30331",
        found: text.into(),
    })?;
    Ok(PeerSection {
        name: format!("peer{}", place + 1),
        key: key.into(),
        consensus: consensus.into(),
        extrinsics: extrinsics.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{genesis::ChainFiles, plan::Plan};
    use mulu_chain_spec::ChainType;
    use mulu_proofs::{calendar::DayLength, ids::Moment};
    use std::path::Path;

    fn arguments(folder: &Path) -> Arguments {
        let plan = Plan::with_departments(4, 4, Seed::development);
        let chain =
            ChainFiles::new(&plan, "test".into(), ChainType::Local, Moment::new(1_767_225_600_000), DayLength::Civil)
                .unwrap();
        homes::write_chain(folder, &chain).unwrap();
        let key = hex::encode(plan.nodes[0].node.public());
        Arguments {
            chain_spec: folder.join(CHAIN_SPEC_FILE),
            genesis_hash: hex::encode(chain.hash),
            peers: vec![format!("0x{key}@10.1.2.3:30330,10.1.2.3:30331")],
            output: folder.join("home"),
            address: "10.1.2.9".parse().unwrap(),
            base_port: 20_000,
            observer: false,
        }
    }

    #[test]
    fn the_home_is_one_that_a_node_reads_and_the_proposal_says_where_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let arguments = arguments(folder.path());
        let joiner = make(&arguments).unwrap();
        let config = Config::read(&arguments.output).unwrap();
        assert!(config.candidate && !config.observer);
        assert_eq!(Seed::read(&config.node_key).unwrap().public(), joiner.node.key);
        let validator = Seed::read(config.validator_key.as_ref().unwrap()).unwrap().public();
        assert_eq!(joiner.key, Some(hex::encode(validator)));
        assert_eq!(joiner.node.consensus_address.as_str(), config.consensus_listen.to_string());
        assert_eq!(joiner.node.extrinsics_address.as_str(), config.extrinsics_listen.to_string());
        assert!(joiner.node.is_reachable() && config.rpc_listen.ip().is_loopback());
        assert_eq!(config.peers[0].consensus, "10.1.2.3:30330".parse().unwrap());
        Chain::read_expected(&config.chain_spec, config.genesis_hash).unwrap();
        assert!(matches!(make(&arguments), Err(NodeError::OutputNotEmpty { .. })));
    }

    #[test]
    fn an_observer_has_no_validator_key() {
        let folder = tempfile::tempdir().unwrap();
        let arguments = Arguments { observer: true, ..arguments(folder.path()) };
        assert_eq!(make(&arguments).unwrap().key, None);
        let config = Config::read(&arguments.output).unwrap();
        assert!(config.observer && !config.candidate && config.validator_key.is_none());
    }

    #[test]
    fn what_cannot_be_meant_writes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let good = arguments(folder.path());
        let wrong = |arguments: Arguments, words: &str| {
            let error = make(&arguments).unwrap_err().to_string();
            assert!(error.contains(words), "{words:?} is not in {error:?}");
            assert!(!arguments.output.exists());
        };
        wrong(Arguments { genesis_hash: "12".into(), ..good.clone() }, "--genesis-hash");
        wrong(Arguments { genesis_hash: "00".repeat(32), ..good.clone() }, "gives genesis");
        wrong(Arguments { peers: vec!["10.1.2.3".into()], ..good.clone() }, "KEY@CONSENSUS,EXTRINSICS");
        wrong(Arguments { peers: vec!["12@10.1.2.3:1,10.1.2.3:2".into()], ..good.clone() }, "key of peer");
        wrong(Arguments { base_port: 65_535, ..good }, "--base-port");
    }
}
