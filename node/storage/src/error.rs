//! What can go wrong, and whose turn it is then.

use mulu_proofs::ids::{Digest32, Height};
use std::{io, path::PathBuf};

/// Whose fault an error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Whoever runs the node: wrong folder, wrong genesis, second process. Nothing was changed.
    Operator,
    /// The calling code asked for what does not fit. Nothing was changed.
    Caller,
    /// The node must end: disk or database failed, or what is on the disk is damaged.
    Fatal,
}

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The folder holds something else.
    #[error("{path} is not empty and is no data folder of a node; give a folder of the node's own")]
    ForeignFolder {
        /// The folder.
        path: PathBuf,
    },
    /// The folder is of another version of the program.
    #[error("{path} has data format {found:?}, this program reads {expected:?}; install the version that wrote it")]
    OtherFormat {
        /// The folder.
        path: PathBuf,
        /// What its format file says.
        found: String,
        /// What this program writes.
        expected: &'static str,
    },
    /// The folder cannot be created, read or written.
    #[error("the data folder cannot be used: {path}; check that it exists and that the node's user may write to it")]
    Unusable {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Another process, or another store of this process, has the folder.
    #[error("{path} is in use by another process; stop that node first, or give another folder")]
    Locked {
        /// The folder.
        path: PathBuf,
    },
    /// The folder is of another chain.
    #[error(
        "{path} belongs to chain {found_chain:?} with genesis 0x{}, this node is set up for chain {expected_chain:?} with genesis \
         0x{}; give another folder, or that chain's genesis file",
        hex::encode(found),
        hex::encode(expected)
    )]
    WrongGenesis {
        /// The folder.
        path: PathBuf,
        /// Chain id in the folder.
        found_chain: String,
        /// Genesis hash in the folder.
        found: Digest32,
        /// Chain id of the node's set-up.
        expected_chain: String,
        /// Genesis hash of the node's set-up.
        expected: Digest32,
    },
    /// A genesis block of another height than 0.
    #[error("a genesis block has height 0, not {height}")]
    NotGenesis {
        /// Its height.
        height: Height,
    },
    /// The block does not follow the last committed one.
    #[error("block {height} does not follow the last committed block {head}, or names another parent")]
    NotNext {
        /// Height of the block.
        height: Height,
        /// Height of the last committed block.
        head: Height,
    },
    /// The height of an undecided block is decided already, or is not the one it was proposed for.
    #[error(
        "a block of height {block} cannot be kept as undecided at height {height}; the last committed height is {head}"
    )]
    NotUndecided {
        /// Height that it was proposed for.
        height: Height,
        /// Height in its header.
        block: Height,
        /// Height of the last committed block.
        head: Height,
    },
    /// Something is over its bound.
    #[error("{what}: {found}, at most {bound}")]
    OverBound {
        /// What it is.
        what: &'static str,
        /// How much was given.
        found: usize,
        /// How much may be.
        bound: usize,
    },
    /// The block's records are not numbered one after the other.
    #[error("record {found} stands where record {expected} belongs")]
    RecordGap {
        /// The number that belongs there.
        expected: u64,
        /// The number found.
        found: u64,
    },
    /// The index does not reach up to the block before.
    #[error("the index is complete to height {complete}, the next block is {next}; rebuild the index first")]
    IndexGap {
        /// Height that the index is complete to.
        complete: Height,
        /// Height of the rows that were to be added.
        next: Height,
    },
    /// The high-water mark would go back.
    #[error("the signing mark stands at {found}, it cannot go back to {asked}")]
    MarkBack {
        /// Where it stands.
        found: crate::HighWater,
        /// Where it was to be set.
        asked: crate::HighWater,
    },
    /// The body was moved to an archive file.
    #[error(
        "the bodies of block {height} are archived in {file}; stop the node and bring them back with `mulu-node archive restore`, or ask \
         a node that keeps them"
    )]
    Archived {
        /// The block.
        height: Height,
        /// Name of the file.
        file: String,
    },
    /// What is on the disk is damaged.
    #[error(
        "the data folder is damaged ({what}); restore it from a backup, or start with an empty folder and let it catch up"
    )]
    Corrupt {
        /// Which part.
        what: String,
    },
    /// RocksDB failed.
    #[error("the database failed: {action}")]
    Database {
        /// What was being done.
        action: &'static str,
        /// What RocksDB says.
        #[source]
        source: rocksdb::Error,
    },
    /// The body log failed.
    #[error("the body log failed: {action}")]
    BodyLog {
        /// What was being done.
        action: &'static str,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// An earlier write failed: nothing is written any more.
    #[error("an earlier write failed; the node must end and start again")]
    Stopped,
}

impl StorageError {
    /// Whose fault it is.
    pub const fn fault(&self) -> Fault {
        match self {
            Self::ForeignFolder { .. }
            | Self::OtherFormat { .. }
            | Self::Unusable { .. }
            | Self::Locked { .. }
            | Self::WrongGenesis { .. } => Fault::Operator,
            Self::NotGenesis { .. }
            | Self::NotNext { .. }
            | Self::NotUndecided { .. }
            | Self::OverBound { .. }
            | Self::RecordGap { .. }
            | Self::IndexGap { .. }
            | Self::MarkBack { .. }
            | Self::Archived { .. } => Fault::Caller,
            Self::Corrupt { .. } | Self::Database { .. } | Self::BodyLog { .. } | Self::Stopped => Fault::Fatal,
        }
    }

    /// Whether the node must end.
    pub const fn is_fatal(&self) -> bool {
        matches!(self.fault(), Fault::Fatal)
    }

    pub(crate) fn corrupt(what: impl Into<String>) -> Self {
        Self::Corrupt { what: what.into() }
    }
}

/// Names what RocksDB was doing when it failed.
pub(crate) trait During<T> {
    fn during(self, action: &'static str) -> Result<T, StorageError>;
}

impl<T> During<T> for Result<T, rocksdb::Error> {
    fn during(self, action: &'static str) -> Result<T, StorageError> {
        self.map_err(|source| StorageError::Database { action, source })
    }
}

impl<T> During<T> for Result<T, io::Error> {
    fn during(self, action: &'static str) -> Result<T, StorageError> {
        self.map_err(|source| StorageError::BodyLog { action, source })
    }
}
