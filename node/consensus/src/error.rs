//! What can go wrong: before the start, and how a running consensus ends.

use mulu_executor::ExecuteError;
use mulu_proofs::ids::{Height, PublicKey};
use mulu_storage::StorageError;
use std::{
    io,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, OnceLock},
};

/// Why consensus does not start. Nothing was signed and nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ConsensusError {
    /// Another program listens there.
    #[error("port {} for consensus is taken on {}; stop the program that uses it, or give another port", address.port(), address.ip())]
    PortTaken {
        /// The address.
        address: SocketAddr,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address} for consensus; give an address of this machine")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The key of a peer is none.
    #[error("0x{} is no public key of a node", hex::encode(key))]
    PeerKey {
        /// The key.
        key: PublicKey,
    },
    /// The chain of the set-up and that of the data differ.
    #[error("the data folder is of another chain than the set-up; give the folder of this chain")]
    OtherChain,
    /// The engine's log is gone although the node has blocks or has signed.
    #[error(
        "{path} is missing, but this validator has blocks up to height {head}: without the log it could sign twice. Restore the \
         file, or start as an observer until the chain is past the height at which it was lost, then as a validator again"
    )]
    LogMissing {
        /// The log.
        path: PathBuf,
        /// Last committed height.
        head: Height,
    },
    /// The engine's log is damaged, or not of this data folder.
    #[error(
        "{path} is damaged or not of this data folder ({why}): with it the validator could sign twice. Restore the file, or start \
         as an observer until the chain is past the height at which it was damaged, then as a validator again"
    )]
    LogDamaged {
        /// The log.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The validator followed as an observer and has not passed the height yet in which it may have signed.
    #[error(
        "this validator may have signed at height {signed} and its blocks end at {head}: start as an observer until the chain is \
         past height {signed}, then as a validator again"
    )]
    MustFollow {
        /// The height.
        signed: Height,
        /// Last committed height.
        head: Height,
    },
    /// The folder of the log cannot be used.
    #[error("{path} cannot be used; check that the node's user may write there")]
    Unusable {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The store failed.
    #[error("the store failed before consensus started")]
    Storage(#[from] StorageError),
    /// The state of the head cannot be read.
    #[error("the validators of the next height cannot be read from the state")]
    State(#[from] ExecuteError),
    /// The engine did not start.
    #[error("the consensus engine did not start: {why}")]
    Engine {
        /// What it says.
        why: String,
    },
}

/// How a running consensus ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// It was told to stop.
    Stopped,
    /// It does nothing more, and the process must stay: a restart without an operator's look could make it sign twice, or crash again.
    Parked {
        /// Why, for the operator.
        why: String,
    },
    /// The node must end: its disk, its database or an assertion failed.
    Fatal {
        /// Why.
        why: String,
    },
}

/// Where the first reason for an end is kept.
#[derive(Clone, Debug, Default)]
pub struct EndSlot(Arc<OnceLock<End>>);

impl EndSlot {
    /// Keeps `end`, unless there is one already.
    pub fn set(&self, end: End) {
        // The first one is the cause, the others follow from it.
        let _ = self.0.set(end);
    }

    /// The end, if it has come.
    pub fn get(&self) -> Option<&End> {
        self.0.get()
    }
}

/// Why a handler cannot go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Halt {
    /// See [`End::Parked`].
    #[error("{why}")]
    Park {
        /// Why, for the operator.
        why: String,
    },
    /// See [`End::Fatal`].
    #[error("{why}")]
    Fatal {
        /// Why.
        why: String,
    },
}

impl Halt {
    /// The end of the node for this reason.
    pub fn fatal(why: impl Into<String>) -> Self {
        Self::Fatal { why: why.into() }
    }
}

impl From<StorageError> for Halt {
    fn from(error: StorageError) -> Self {
        Self::fatal(chain(&error))
    }
}

impl From<Halt> for End {
    fn from(halt: Halt) -> Self {
        match halt {
            Halt::Park { why } => Self::Parked { why },
            Halt::Fatal { why } => Self::Fatal { why },
        }
    }
}

/// An error with its causes, for the log.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
