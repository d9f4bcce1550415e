//! What keeps a node from running, each with the way out.

use mulu_proofs::ids::{Digest32, PublicKey};
use std::{io, net::SocketAddr, path::PathBuf};

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// No configuration there.
    #[error("{path} is no home of a node: it has no config.toml; make one with `mulu-node testnet`")]
    NoHome {
        /// The folder.
        path: PathBuf,
    },
    /// The configuration cannot be meant.
    #[error("{path}: {what}")]
    Config {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// A file cannot be read.
    #[error("{path} cannot be read; check that it exists and that the node's user may read it")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("{path} cannot be written; check that it does not exist and that you may write there")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The output folder has something in it.
    #[error("{path} is not empty; nothing was written; give a new folder")]
    OutputNotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// Others may read a key file.
    #[error(
        "{path} may be read by others (mode {mode:03o}); treat the key as known, or run `chmod 600 {path}` if it never left here"
    )]
    KeyOpenToOthers {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// Another process has the key.
    #[error("{path} is in use by another process; two nodes must never sign with one key: stop the other one first")]
    KeyInUse {
        /// The file.
        path: PathBuf,
    },
    /// Not a key file. What it holds is not shown: it may be a key all the same.
    #[error("{path} holds no key: 64 hexadecimal digits are expected")]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// The chain specification is of another chain than the configuration.
    #[error(
        "{path} gives genesis 0x{}, config.toml expects 0x{}; put back the chain's own specification, or make a new home for the \
         other chain",
        hex::encode(found),
        hex::encode(expected)
    )]
    WrongGenesis {
        /// The chain specification.
        path: PathBuf,
        /// What it gives.
        found: Digest32,
        /// What was expected.
        expected: Digest32,
    },
    /// The key is not in the validator set.
    #[error(
        "validator key 0x{} is not in the chain's validator set. If governance is to put it there, say candidate = true in config.toml; if it \
         was replaced, put the new key into keys.validator; to follow without a vote, say observer = true",
        hex::encode(key)
    )]
    NotAValidator {
        /// The public key.
        key: PublicKey,
    },
    /// Another program listens there.
    #[error("port {} for {purpose} is taken on {}; stop the program that uses it, or {way_out}", address.port(), address.ip())]
    PortTaken {
        /// What the port is for.
        purpose: &'static str,
        /// The address.
        address: SocketAddr,
        /// How to use another one.
        way_out: &'static str,
    },
    /// The address is not of this machine.
    #[error("cannot listen on {address} for {purpose}; give an address of this machine in config.toml")]
    Listen {
        /// What it is for.
        purpose: &'static str,
        /// The address.
        address: SocketAddr,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A number on the command line is out of its range.
    #[error("{what} must be {range}, not {found}")]
    Argument {
        /// The argument.
        what: &'static str,
        /// What it may be.
        range: &'static str,
        /// What it is.
        found: String,
    },
    /// The system does not let the node hear signals.
    #[error("the system does not let the node hear signals")]
    Signals(#[source] io::Error),
    /// The system gives no threads.
    #[error("the system gives no threads")]
    Threads(#[source] io::Error),
    /// The chain specification makes no chain.
    #[error(transparent)]
    ChainSpec(#[from] mulu_chain_spec::ChainSpecError),
    /// Reading the state of the last block failed.
    #[error(transparent)]
    Executor(#[from] mulu_executor::ExecuteError),
    /// Consensus does not start.
    #[error(transparent)]
    Consensus(#[from] mulu_consensus::ConsensusError),
    /// The RPC does not start.
    #[error(transparent)]
    Rpc(#[from] mulu_rpc::RpcError),
    /// The decision point's mapping.
    #[error(transparent)]
    Mapping(#[from] mulu_decision::mapping::MappingError),
    /// The decision point's counts.
    #[error(transparent)]
    Counts(#[from] mulu_decision::counts::CountsError),
    /// The questions of auditors.
    #[error(transparent)]
    AuditLog(#[from] crate::audit_log::AuditLogError),
    /// The decision point does not listen.
    #[error(transparent)]
    Decisions(#[from] mulu_decision::ServeError),
    /// The running node does not answer.
    #[error(
        "the node does not answer at {url}: {why}; the mapping file reads well, and a running node says what it answers by it"
    )]
    NoAnswer {
        /// Its RPC.
        url: String,
        /// Why not.
        why: String,
    },
    /// Something failed that no restart of a part mends.
    #[error("the node had to stop: {why}; check disk and memory, then start it again")]
    Failed {
        /// What failed.
        why: String,
    },
    /// Storage says no.
    #[error(transparent)]
    Storage(#[from] mulu_storage::StorageError),
    /// An archive cannot be written, read or used.
    #[error("{path}")]
    Archive {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: mulu_storage::ArchiveError,
    },
    /// Peers say no.
    #[error(transparent)]
    Peers(#[from] mulu_peers::PeersError),
}
