//! The vault: one file on the department's side that keeps what must not be lost and must not be shown.
//!
//! ```text
//! event ── spool ──> (stream, position)            durable before it is sealed
//!            └─ seal ──> outbox: batch bytes       durable before it is sent, resent byte for byte, gone when the chain has it
//!                   └──> leaves: leaf hash         for ever
//!                   └──> openings: secret, values  until erased; erasures say who erased what, when and why
//! imports: how far each file was read              moves in the same transaction as the events that it gave
//!
//! record ── take in ──> drafts of a stream          durable, with where its source stands, before its sender is told so
//!                 │        └─ seal ──> outbox, leaves, openings, as above
//!                 └──> quarantine                   what can be no event, or has no place in its stream
//! call keys, pseudonym keys                        shared secrets of grants; keys of epochs, until they are destroyed
//! ```
//!
//! Every change is one transaction, on the disk before it returns. Whatever moment a process dies at, the next one goes on from there.
//! What is not on the chain anyway is sealed row by row ([`rows`]) under a data key that a key file or a passphrase opens ([`lock`]). What
//! is erased is gone from the file, because the rest is copied into a new one; backups are the department's own to erase.

mod batches;
mod call_keys;
mod check;
mod copy;
mod erasure;
mod imports;
mod intake;
mod lock;
mod moving;
mod openings;
mod pseudonyms;
mod quarantine;
mod rows;
mod seen;
mod streams;

pub use call_keys::{CallKey, CallKeyFile};
pub use check::{Check, Opened};
pub use erasure::{Erasure, Numbers, Selection, Wanted};
pub use imports::{Import, REFUSED_MAX};
pub use intake::{Drawn, Front, Incoming, Intake, Placed, Waiting};
pub use lock::{Unlock, key_file_beside};
pub use pseudonyms::{Epoch, Pseudonyms, Settings, day_of};
pub use quarantine::{Dropped, Held, HeldThing, QuarantineSize};
pub use seen::{RecordId, RecordIds, SeenIds};
pub use streams::{ChainCursor, StreamState};

use crate::{error::ClientError, event::CallIds, files, secrets::fresh_secret};
use codec::Encode;
use lock::Lock;
use mulu_proofs::ids::Digest32;
use redb::{
    CommitError, CompactionError, Database, DatabaseError, ReadTransaction, ReadableDatabase, StorageError,
    TableDefinition, TableError, TransactionError, WriteTransaction,
};
use rows::Rows;
use std::{
    fmt, fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// Version of the tables below. Version 1 sealed nothing, version 2 had no intake; both are brought to this one when they are opened.
const FORM_VERSION: u8 = 3;
const FORM_WITHOUT_INTAKE: u8 = 2;
const FORM_UNSEALED: u8 = 1;

/// What the vault is: form version, genesis hash, lock, settings, and sealed the secret of its call ids.
const IDENTITY: Table<&str> = TableDefinition::new("identity");
/// Stream → SCALE of [`StreamState`].
const STREAMS: Table<u32> = TableDefinition::new("streams");
/// Stream, position → event that is not sealed into a batch yet. Sealed at rest.
const SPOOL: Table<(u32, u64)> = TableDefinition::new("spool");
/// Stream, number of the first event → SCALE of header and signature. On the chain.
const BATCHES: Table<(u32, u64)> = TableDefinition::new("batches");
/// Stream, number of the first event → body of a batch that the chain has not confirmed. On the chain soon.
const OUTBOX: Table<(u32, u64)> = TableDefinition::new("outbox");
/// Stream, event → hash of the sealed leaf. Under a fresh secret of the event it tells nothing.
const LEAVES: Table<(u32, u64)> = TableDefinition::new("leaves");
/// Stream, event → SCALE of time, secret and values. Sealed at rest.
const OPENINGS: Table<(u32, u64)> = TableDefinition::new("openings");
/// Number → SCALE of [`Import`]. Sealed at rest.
const IMPORTS: Table<u64> = TableDefinition::new("imports");
/// Number → SCALE of [`Erasure`]. Sealed at rest.
const ERASURES: Table<u64> = TableDefinition::new("erasures");
/// Grant → secret of its call ids, which both sides have. Sealed at rest.
const CALL_KEYS: Table<u64> = TableDefinition::new("call keys");
/// Department, first day → SCALE of an epoch's end and key. Sealed at rest.
const PSEUDONYM_KEYS: Table<(u32, u64)> = TableDefinition::new("pseudonym keys");
/// Stream, earliest time, chunk → when they came, and SCALE of drafts with their positions, sealed at rest.
const DRAFTS: Table<(u32, u64, u64)> = TableDefinition::new("drafts");
/// Stream → SCALE of the intake's cursor.
const WAITING: Table<u32> = TableDefinition::new("waiting");
/// Name → where a source or sink stands, in its own form. Sealed at rest.
const POSITIONS: Table<&str> = TableDefinition::new("positions");
/// Number → keyed hashes of the ids of records that came together.
const SEEN: Table<u64> = TableDefinition::new("seen");
/// Number → SCALE of [`Held`]. Sealed at rest.
const QUARANTINE: Table<u64> = TableDefinition::new("quarantine");
/// Number → SCALE of [`Dropped`]. Sealed at rest.
const DROPPED: Table<u64> = TableDefinition::new("dropped");

/// Every table beside identity, drafts and positions, by the form of its key.
const BY_STREAM: [Table<u32>; 2] = [STREAMS, WAITING];
const BY_PLACE: [Table<(u32, u64)>; 6] = [SPOOL, BATCHES, OUTBOX, LEAVES, OPENINGS, PSEUDONYM_KEYS];
const BY_NUMBER: [Table<u64>; 6] = [IMPORTS, ERASURES, CALL_KEYS, SEEN, QUARANTINE, DROPPED];

type Table<K> = TableDefinition<'static, K, &'static [u8]>;

/// Rows of the identity.
const VERSION: &str = "version";
const GENESIS: &str = "genesis";
const LOCK: &str = "lock";
const SETTINGS: &str = "settings";
const CALL_SECRET: &str = "call secret";
/// There while something was deleted whose bytes may still stand in free pages.
const UNCLEAN: &str = "unclean";
/// The number that the next row of the quarantine gets.
const NEXT_HELD: &str = "next held";

/// An open vault. One process at a time.
pub struct Vault {
    database: Database,
    path: PathBuf,
    genesis: Digest32,
    rows: Rows,
    call_ids: CallIds,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault({})", self.path.display())
    }
}

/// What goes wrong inside a transaction, before the vault's path is known.
#[derive(Debug)]
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

database_faults!(StorageError, TableError, TransactionError, CommitError, DatabaseError, CompactionError);

impl From<ClientError> for Fault {
    fn from(error: ClientError) -> Self {
        Self::Refused(error)
    }
}

impl Vault {
    /// Opens the vault of a chain with the key file beside it; makes both if there is no vault.
    ///
    /// # Errors
    /// [`ClientError`] if the file is in use, open to others, no vault, of another chain, or locked otherwise.
    pub fn open(path: &Path, genesis: &Digest32) -> Result<Self, ClientError> {
        Self::open_with(path, genesis, &Unlock::Beside)
    }

    /// Opens the vault of a chain; makes one with that lock if there is none.
    ///
    /// # Errors
    /// As [`Vault::open`].
    pub fn open_with(path: &Path, genesis: &Digest32, unlock: &Unlock) -> Result<Self, ClientError> {
        files::make_private(path).map_err(|source| ClientError::Write { path: path.to_owned(), source })?;
        Self::open_file(path, Some(genesis), unlock)
    }

    /// Opens a vault that must be there.
    ///
    /// # Errors
    /// As [`Vault::open`], and [`ClientError::Read`] if there is no such file.
    pub fn open_existing(path: &Path, genesis: &Digest32, unlock: &Unlock) -> Result<Self, ClientError> {
        Self::must_exist(path)?;
        Self::open_file(path, Some(genesis), unlock)
    }

    /// Opens a vault that must be there, of whatever chain it is.
    ///
    /// # Errors
    /// As [`Vault::open_existing`].
    pub fn open_any(path: &Path, unlock: &Unlock) -> Result<Self, ClientError> {
        Self::must_exist(path)?;
        Self::open_file(path, None, unlock)
    }

    fn must_exist(path: &Path) -> Result<(), ClientError> {
        let missing = |source| ClientError::Read { path: path.to_owned(), source };
        match fs::metadata(path).map_err(missing)?.len() {
            0 => Err(ClientError::NoVault { path: path.to_owned() }),
            _ => Ok(()),
        }
    }

    fn open_file(path: &Path, genesis: Option<&Digest32>, unlock: &Unlock) -> Result<Self, ClientError> {
        let path = path.to_owned();
        let metadata = fs::metadata(&path).map_err(|source| ClientError::Read { path: path.clone(), source })?;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(ClientError::VaultOpenToOthers { path, mode });
        }
        let database = open_database(&path)?;
        let told = |fault| error_at(&path, fault);
        let Some(identity) = Identity::read(&database).map_err(told)? else {
            let genesis = genesis.ok_or_else(|| ClientError::NoVault { path: path.clone() })?;
            return Self::create(database, path, genesis, unlock);
        };
        if genesis.is_some_and(|genesis| identity.genesis != *genesis) {
            return Err(ClientError::VaultOfOtherChain { path, genesis: identity.genesis });
        }
        let (database, identity) = match identity.version {
            FORM_UNSEALED => copy::seal_all(database, &path, &identity, unlock)?,
            _ => (database, identity),
        };
        let (Some(lock), FORM_VERSION | FORM_WITHOUT_INTAKE) = (identity.lock, identity.version) else {
            return Err(ClientError::NoVault { path });
        };
        let rows = Rows::new(lock.open(&path, &identity.genesis, unlock)?);
        let call_ids = CallIds::new([0; 32]);
        let mut vault = Self { database, path, genesis: identity.genesis, rows, call_ids };
        vault.call_ids = vault.read_call_ids()?;
        if identity.version == FORM_WITHOUT_INTAKE {
            vault.add_intake()?;
        }
        if identity.is_unclean {
            vault.clean()?;
        }
        Ok(vault)
    }

    fn create(database: Database, path: PathBuf, genesis: &Digest32, unlock: &Unlock) -> Result<Self, ClientError> {
        let rows = Rows::new(fresh_secret());
        let lock = Lock::new(&path, genesis, unlock, rows.data_key())?;
        let secret = fresh_secret();
        let vault = Self { database, path, genesis: *genesis, rows, call_ids: CallIds::new(*secret) };
        vault.write(|transaction| {
            make_tables(transaction)?;
            let mut identity = transaction.open_table(IDENTITY)?;
            identity.insert(VERSION, &[FORM_VERSION][..])?;
            identity.insert(GENESIS, &genesis[..])?;
            identity.insert(LOCK, &lock.encode()[..])?;
            identity.insert(CALL_SECRET, &vault.rows.seal(IDENTITY, CALL_SECRET, &secret[..])[..])?;
            Ok(())
        })?;
        Ok(vault)
    }

    /// Brings form 2 to this one. Programs that know form 2 alone do not open it any more: a copy of theirs would leave the drafts behind.
    fn add_intake(&self) -> Result<(), ClientError> {
        self.write(|transaction| {
            make_tables(transaction)?;
            transaction.open_table(IDENTITY)?.insert(VERSION, &[FORM_VERSION][..])?;
            Ok(())
        })
    }

    /// Locks the vault anew: with a passphrase, or with a key file that is made for it. The old lock opens older copies of the file alone.
    ///
    /// # Errors
    /// [`ClientError`] if the key file is there already, the passphrase is too short, or the vault fails.
    pub fn rekey(&mut self, unlock: &Unlock) -> Result<(), ClientError> {
        let key_file = match unlock {
            Unlock::Beside => Some(key_file_beside(&self.path)),
            Unlock::KeyFile(path) => Some(path.clone()),
            Unlock::Passphrase(_) => None,
        };
        if let Some(path) = key_file.filter(|path| path.exists()) {
            return Err(ClientError::Write { path, source: io::ErrorKind::AlreadyExists.into() });
        }
        let lock = Lock::new(&self.path, &self.genesis, unlock, self.rows.data_key())?;
        self.write(|transaction| {
            let mut identity = transaction.open_table(IDENTITY)?;
            identity.insert(LOCK, &lock.encode()[..])?;
            identity.insert(UNCLEAN, &[][..])?;
            Ok(())
        })?;
        self.clean()
    }

    /// The vault's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Genesis hash of its chain.
    pub const fn genesis(&self) -> &Digest32 {
        &self.genesis
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
        error_at(&self.path, fault)
    }
}

fn error_at(path: &Path, fault: Fault) -> ClientError {
    let path = path.to_owned();
    match fault {
        Fault::Database(source) => ClientError::Vault { path, source },
        Fault::Damaged(what) => ClientError::VaultDamaged { path, what },
        Fault::Refused(error) => error,
    }
}

fn open_database(path: &Path) -> Result<Database, ClientError> {
    let path = path.to_owned();
    match Database::create(&path) {
        Ok(database) => Ok(database),
        Err(DatabaseError::DatabaseAlreadyOpen) => Err(ClientError::VaultInUse { path }),
        Err(DatabaseError::Storage(StorageError::Io(error))) if error.kind() == io::ErrorKind::InvalidData => {
            Err(ClientError::NoVault { path })
        }
        Err(DatabaseError::Storage(StorageError::Corrupted(_)) | DatabaseError::UpgradeRequired(_)) => {
            Err(ClientError::NoVault { path })
        }
        Err(error) => Err(ClientError::Vault { path, source: Box::new(error.into()) }),
    }
}

fn make_tables(transaction: &WriteTransaction) -> Result<(), Fault> {
    for table in BY_STREAM {
        transaction.open_table(table)?;
    }
    for table in BY_PLACE {
        transaction.open_table(table)?;
    }
    for table in BY_NUMBER {
        transaction.open_table(table)?;
    }
    transaction.open_table(DRAFTS)?;
    transaction.open_table(POSITIONS)?;
    Ok(())
}

/// What a file says of itself before it is unlocked.
struct Identity {
    version: u8,
    genesis: Digest32,
    lock: Option<Lock>,
    is_unclean: bool,
}

impl Identity {
    /// None in a file that was just made.
    fn read(database: &Database) -> Result<Option<Self>, Fault> {
        let transaction = database.begin_read()?;
        let table = match transaction.open_table(IDENTITY) {
            Err(TableError::TableDoesNotExist(_)) => return Ok(None),
            table => table?,
        };
        let row = |name| -> Result<Option<Vec<u8>>, Fault> { Ok(table.get(name)?.map(|row| row.value().to_vec())) };
        let damaged = || Fault::Damaged("its identity");
        let [version] = row(VERSION)?.ok_or_else(damaged)?[..] else { return Err(damaged()) };
        let genesis = row(GENESIS)?.and_then(|genesis| genesis.try_into().ok()).ok_or_else(damaged)?;
        // Other forms may have other locks.
        let lock = row(LOCK)?.filter(|_| [FORM_VERSION, FORM_WITHOUT_INTAKE].contains(&version));
        let lock = lock.map(|lock| streams::decode(&lock, "its lock")).transpose()?;
        Ok(Some(Self { version, genesis, lock, is_unclean: row(UNCLEAN)?.is_some() }))
    }
}

#[cfg(test)]
mod tests;
