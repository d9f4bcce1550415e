//! `--dev`: a chain of one validator with well-known keys.

use crate::{
    commands::run,
    config::{CONFIG_FILE, Config, RPC_PORT_DEFAULT},
    development,
    error::NodeError,
    genesis::ChainFiles,
    homes::{self, Ports},
    host::Host,
};
use mulu_chain_spec::ChainType;
use mulu_proofs::{calendar::DayLength, ids::Moment};
use std::{
    io,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
};

/// 2026-01-01T00:00:00Z: every development chain begins here, so that its genesis is always the same.
const GENESIS: Moment = Moment::new(1_767_225_600_000);
/// Chain id of all development chains.
const CHAIN_ID: &str = "mulu-dev";

/// Makes the home where there is none, and runs its node.
pub fn run(base_path: Option<PathBuf>, tmp: bool, rpc_port: Option<u16>) -> Result<(), NodeError> {
    // Before the folder is made: a signal must not leave it behind.
    let host = Host::new(tmp)?;
    if tmp {
        let folder = tempfile::tempdir().map_err(|source| NodeError::Write { path: std::env::temp_dir(), source })?;
        return run_in(host, &folder.path().join("home"), rpc_port);
    }
    let home = base_path.ok_or(NodeError::Argument {
        what: "--base-path",
        range: "the home of the development node; --tmp takes a temporary one",
        found: "absent".into(),
    })?;
    run_in(host, &home, rpc_port)
}

fn run_in(host: Host, home: &Path, rpc_port: Option<u16>) -> Result<(), NodeError> {
    if !home.join(CONFIG_FILE).exists() {
        homes::make_output(home)?;
        let plan = development::plan();
        let chain = ChainFiles::new(&plan, CHAIN_ID.into(), ChainType::Development, GENESIS, DayLength::Civil)?;
        let ports = ports(rpc_port.unwrap_or(RPC_PORT_DEFAULT))?;
        homes::write_home(home, &plan, 0, &chain, &[ports])?;
        homes::write_accounts(home, &plan)?;
        eprintln!(
            "Genesis 0x{}. Keys of accounts: {}. //Alice to //Ferdie have roles too: docs/substrate-clients.md.",
            hex::encode(chain.hash),
            home.join(homes::ACCOUNTS_FOLDER).display()
        );
    }
    run::run(host, Config::read(home)?.with_rpc_port(rpc_port), false)
}

/// The ports of the home: the one that was asked for stays in its file, and the node's peers find other ones.
fn ports(rpc: u16) -> Result<Ports, NodeError> {
    let mut ports = Ports { consensus: free_port()?, extrinsics: free_port()?, rpc };
    // What was asked for may be one that the system gives out.
    while ports.consensus == rpc {
        ports.consensus = free_port()?;
    }
    while ports.extrinsics == rpc || ports.extrinsics == ports.consensus {
        ports.extrinsics = free_port()?;
    }
    Ok(ports)
}

/// A port that nobody listens on now; nobody else talks to these two.
fn free_port() -> Result<u16, NodeError> {
    let address = (Ipv4Addr::LOCALHOST, 0).into();
    TcpListener::bind(address)
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|source: io::Error| NodeError::Listen { purpose: "consensus", address, source })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_port_that_was_asked_for_is_written_and_the_three_differ() {
        for _ in 0..100 {
            // One that the system has just given out, and may give out again.
            let asked = free_port().unwrap();
            let Ports { consensus, extrinsics, rpc } = ports(asked).unwrap();
            assert_eq!(rpc, asked);
            assert_eq!(BTreeSet::from([consensus, extrinsics, rpc]).len(), 3);
        }
    }
}
