//! Asks for every port before anything is opened, so that the message names the right one.

use crate::{config::Config, error::NodeError};
use std::{
    io,
    net::{SocketAddr, TcpListener},
};

/// Checks that nobody listens where the node will.
///
/// # Errors
/// [`NodeError::PortTaken`] or [`NodeError::Listen`], for the first port that is not free.
pub fn check(config: &Config) -> Result<(), NodeError> {
    let in_file = "give another one in config.toml and tell the peers";
    check_one("consensus", config.consensus_listen, in_file)?;
    check_one("extrinsics of peers", config.extrinsics_listen, in_file)?;
    check_one("RPC", config.rpc_listen, "give another one with --rpc-port")?;
    match &config.rpc_public {
        Some(public) => check_one("RPC for others", public.listen, "give another one in [rpc.public] of config.toml"),
        None => Ok(()),
    }
}

fn check_one(purpose: &'static str, address: SocketAddr, way_out: &'static str) -> Result<(), NodeError> {
    match TcpListener::bind(address) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            Err(NodeError::PortTaken { purpose, address, way_out })
        }
        Err(source) => Err(NodeError::Listen { purpose, address, source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[test]
    fn a_taken_port_is_named_with_its_purpose_and_the_way_out() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = taken.local_addr().unwrap();
        let error = check_one("RPC", address, "give another one with --rpc-port").unwrap_err().to_string();
        for words in [&address.port().to_string(), "RPC", "--rpc-port"] {
            assert!(error.contains(words), "{error}");
        }
    }
}
