//! The vault: one file on the department's side that keeps what must not be lost and must not be shown.
//!
//! ```text
//! event ── spool ──> (stream, position)            durable before it is sealed
//!            └─ seal ──> outbox: batch bytes       durable before it is sent, resent byte for byte, gone when the chain has it
//!                   └──> leaves: leaf hash         for ever
//!                   └──> openings: secret, values  until erased
//! imports: how far each file was read              moves in the same transaction as the events that it gave
//! ```
//!
//! Every change is one transaction, on the disk before it returns. Whatever moment a process dies at, the next one goes on from there.
//! An erased opening is overwritten as the file is compacted; copies and backups of the file are the department's own to erase.

mod batches;
mod imports;
mod openings;
mod streams;

pub use imports::{Import, REFUSED_MAX};
pub use streams::{ChainCursor, StreamState};

use crate::{error::ClientError, event::CallIds, files};
use mulu_proofs::ids::Digest32;
use rand::{RngCore, rngs::OsRng};
use redb::{
    CommitError, Database, DatabaseError, ReadTransaction, ReadableDatabase, StorageError, TableDefinition, TableError,
    TransactionError, WriteTransaction,
};
use std::{
    fmt, fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// Version of the tables below.
const FORM_VERSION: u8 = 1;

/// What the vault is: form version, genesis hash, secret of its call ids.
const IDENTITY: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("identity");
/// Stream → SCALE of [`StreamState`].
const STREAMS: TableDefinition<'_, u32, &[u8]> = TableDefinition::new("streams");
/// Stream, position → event that is not sealed yet.
const SPOOL: TableDefinition<'_, (u32, u64), &[u8]> = TableDefinition::new("spool");
/// Stream, number of the first event → SCALE of header and signature.
const BATCHES: TableDefinition<'_, (u32, u64), &[u8]> = TableDefinition::new("batches");
/// Stream, number of the first event → body of a batch that the chain has not confirmed.
const OUTBOX: TableDefinition<'_, (u32, u64), &[u8]> = TableDefinition::new("outbox");
/// Stream, event → hash of the sealed leaf.
const LEAVES: TableDefinition<'_, (u32, u64), &[u8]> = TableDefinition::new("leaves");
/// Stream, event → SCALE of secret and values.
const OPENINGS: TableDefinition<'_, (u32, u64), &[u8]> = TableDefinition::new("openings");
/// Number → SCALE of [`Import`].
const IMPORTS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("imports");

/// An open vault. One process at a time.
pub struct Vault {
    database: Database,
    path: PathBuf,
    call_ids: CallIds,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault({})", self.path.display())
    }
}

/// What goes wrong inside a transaction, before the vault's path is known.
enum Fault {
    Database(Box<redb::Error>),
    Damaged(&'static str),
    Refused(ClientError),
}

macro_rules! database_faults {
    ($($error:ty),*) => {
        $(impl From<$error> for Fault {
            fn from(error: $error) -> Self {
                Self::Database(Box::new(error.into()))
            }
        })*
    };
}

database_faults!(StorageError, TableError, TransactionError, CommitError, DatabaseError);

impl From<ClientError> for Fault {
    fn from(error: ClientError) -> Self {
        Self::Refused(error)
    }
}

impl Vault {
    /// Opens the vault of a chain; makes one if there is none.
    ///
    /// # Errors
    /// [`ClientError`] if the file is in use, open to others, no vault, or of another chain.
    pub fn open(path: &Path, genesis: &Digest32) -> Result<Self, ClientError> {
        files::make_private(path).map_err(|source| ClientError::Write { path: path.to_owned(), source })?;
        Self::open_file(path, Some(genesis))
    }

    /// Opens a vault that must be there.
    ///
    /// # Errors
    /// As [`Vault::open`], and [`ClientError::Read`] if there is no such file.
    pub fn open_existing(path: &Path, genesis: &Digest32) -> Result<Self, ClientError> {
        Self::must_exist(path)?;
        Self::open_file(path, Some(genesis))
    }

    /// Opens a vault that must be there, of whatever chain it is.
    ///
    /// # Errors
    /// As [`Vault::open_existing`].
    pub fn open_any(path: &Path) -> Result<Self, ClientError> {
        Self::must_exist(path)?;
        Self::open_file(path, None)
    }

    fn must_exist(path: &Path) -> Result<(), ClientError> {
        let missing = |source| ClientError::Read { path: path.to_owned(), source };
        match fs::metadata(path).map_err(missing)?.len() {
            0 => Err(ClientError::NoVault { path: path.to_owned() }),
            _ => Ok(()),
        }
    }

    fn open_file(path: &Path, genesis: Option<&Digest32>) -> Result<Self, ClientError> {
        let path = path.to_owned();
        let metadata = fs::metadata(&path).map_err(|source| ClientError::Read { path: path.clone(), source })?;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(ClientError::VaultOpenToOthers { path, mode });
        }
        let database = match Database::create(&path) {
            Ok(database) => database,
            Err(DatabaseError::DatabaseAlreadyOpen) => return Err(ClientError::VaultInUse { path }),
            Err(DatabaseError::Storage(StorageError::Io(error))) if error.kind() == std::io::ErrorKind::InvalidData => {
                return Err(ClientError::NoVault { path });
            }
            Err(DatabaseError::Storage(StorageError::Corrupted(_)) | DatabaseError::UpgradeRequired(_)) => {
                return Err(ClientError::NoVault { path });
            }
            Err(error) => return Err(ClientError::Vault { path, source: Box::new(error.into()) }),
        };
        let mut vault = Self { database, path, call_ids: CallIds([0; 32]) };
        vault.call_ids = vault.write(|transaction| identify(transaction, genesis, &vault.path))?;
        Ok(vault)
    }

    /// The vault's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes call ids with the vault's own secret.
    pub const fn call_ids(&self) -> &CallIds {
        &self.call_ids
    }

    /// One transaction: all of it is on the disk when this returns, or nothing.
    fn write<R>(&self, change: impl FnOnce(&WriteTransaction) -> Result<R, Fault>) -> Result<R, ClientError> {
        let run = || {
            let mut transaction = self.database.begin_write()?;
            // Two phases: values come from outside, so a torn write must not pass for a whole one by its checksum.
            transaction.set_two_phase_commit(true);
            let result = change(&transaction)?;
            transaction.commit()?;
            Ok(result)
        };
        run().map_err(|fault| self.error(fault))
    }

    fn read<R>(&self, read: impl FnOnce(&ReadTransaction) -> Result<R, Fault>) -> Result<R, ClientError> {
        let run = || read(&self.database.begin_read()?);
        run().map_err(|fault| self.error(fault))
    }

    fn error(&self, fault: Fault) -> ClientError {
        let path = self.path.clone();
        match fault {
            Fault::Database(source) => ClientError::Vault { path, source },
            Fault::Damaged(what) => ClientError::VaultDamaged { path, what },
            Fault::Refused(error) => error,
        }
    }
}

/// Writes the identity of a new vault, or compares that of an old one; makes every table either way.
fn identify(transaction: &WriteTransaction, genesis: Option<&Digest32>, path: &Path) -> Result<CallIds, Fault> {
    transaction.open_table(STREAMS)?;
    for table in [SPOOL, BATCHES, OUTBOX, LEAVES, OPENINGS] {
        transaction.open_table(table)?;
    }
    transaction.open_table(IMPORTS)?;
    let mut identity = transaction.open_table(IDENTITY)?;
    let value = |table: &redb::Table<'_, &str, &[u8]>, name| -> Result<Option<Vec<u8>>, Fault> {
        use redb::ReadableTable;
        Ok(table.get(name)?.map(|value| value.value().to_vec()))
    };
    let Some(version) = value(&identity, "version")? else {
        let Some(genesis) = genesis else { return Err(ClientError::NoVault { path: path.to_owned() }.into()) };
        let mut secret = [0; 32];
        OsRng.fill_bytes(&mut secret);
        identity.insert("version", &[FORM_VERSION][..])?;
        identity.insert("genesis", &genesis[..])?;
        identity.insert("call secret", &secret[..])?;
        return Ok(CallIds(secret));
    };
    if version != [FORM_VERSION] {
        return Err(ClientError::NoVault { path: path.to_owned() }.into());
    }
    let digest = |name| -> Result<Digest32, Fault> {
        value(&identity, name)?.and_then(|value| value.try_into().ok()).ok_or(Fault::Damaged("its identity"))
    };
    let its = digest("genesis")?;
    if genesis.is_some_and(|genesis| its != *genesis) {
        return Err(ClientError::VaultOfOtherChain { path: path.to_owned(), genesis: its }.into());
    }
    digest("call secret").map(CallIds)
}

#[cfg(test)]
mod tests;
