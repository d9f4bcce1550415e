//! A vault's rows in a new file: backups, the form before this one, and what stays when something is erased.
//!
//! ```text
//! rows ── copy ──> FILE.part ── on the disk ──┬─ over the vault      erasing, a new lock, form 1
//!                                             └─ under a free name   backup, restore
//! ```
//!
//! Deleted rows stand in free pages of the old file until they are written over; a new file never had them.

use super::{
    BATCHES, BY_NUMBER, BY_PLACE, BY_STREAM, CALL_SECRET, DRAFTS, FORM_VERSION, Fault, GENESIS, IDENTITY, IMPORTS,
    Identity, LEAVES, LOCK, OPENINGS, OUTBOX, Opened, POSITIONS, SPOOL, STREAMS, Table, UNCLEAN, Unlock, VERSION,
    Vault, error_at, key_file_beside, lock::Lock, make_tables, open_database, rows::Rows,
};
use crate::{error::ClientError, files, secrets::fresh_secret};
use codec::Encode;
use mulu_proofs::ids::Moment;
use redb::{Database, ReadTransaction, ReadableDatabase, ReadableTable, TableError, WriteTransaction};
use std::{fs, io, path::Path};

impl Vault {
    /// Writes a copy of the vault under the same lock; the file must not be there. Whole and on the disk when this returns.
    ///
    /// # Errors
    /// [`ClientError::Write`] if the file is there or cannot be written, [`ClientError`] if the vault fails.
    pub fn backup(&self, path: &Path) -> Result<(), ClientError> {
        let unwritable = |source| ClientError::Write { path: path.to_owned(), source };
        if path.symlink_metadata().is_ok() {
            return Err(unwritable(io::ErrorKind::AlreadyExists.into()));
        }
        let part = files::half_written(path).map_err(unwritable)?;
        drop(new_file(&part, |transaction| copy(&self.database, transaction))?);
        files::place_new(&part, path).map_err(unwritable)
    }

    /// Makes a vault of a backup that is checked whole; the vault must not be there. The key file of the backup, or the one that stands
    /// beside the new vault already, opens both.
    ///
    /// # Errors
    /// [`ClientError`] if the backup does not open or does not hold, or the vault cannot be written.
    pub fn restore(backup: &Path, path: &Path, unlock: &Unlock) -> Result<Opened, ClientError> {
        let (own, new) = (key_file_beside(backup), key_file_beside(path));
        let unlock = match unlock {
            Unlock::Beside if !own.exists() && new.exists() => &Unlock::KeyFile(new.clone()),
            other => other,
        };
        let source = Self::open_any(backup, unlock)?;
        let opened = source.check(Moment::new(0))?;
        if matches!(unlock, Unlock::Beside) && !new.exists() {
            crate::keys::write_seed(&new, &crate::keys::read_seed(&own)?)?;
        }
        source.backup(path)?;
        Ok(opened.counts)
    }

    /// Puts a new file with the same rows in the place of the vault's: what was deleted is not in it.
    pub(super) fn clean(&mut self) -> Result<(), ClientError> {
        self.database = in_place(&self.path, |transaction| copy(&self.database, transaction))?;
        Ok(())
    }
}

/// Seals every row of a file of form 1. The new file takes the old one's place in one step, or not at all.
pub(super) fn seal_all(
    old: Database,
    path: &Path,
    identity: &Identity,
    unlock: &Unlock,
) -> Result<(Database, Identity), ClientError> {
    let rows = Rows::new(fresh_secret());
    let lock = Lock::new(path, &identity.genesis, unlock, rows.data_key())?;
    let database = in_place(path, |transaction| {
        make_tables(transaction)?;
        let from = old.begin_read()?;
        let secret = from.open_table(IDENTITY)?.get(CALL_SECRET)?.ok_or(Fault::Damaged("its identity"))?;
        let mut to = transaction.open_table(IDENTITY)?;
        to.insert(VERSION, &[FORM_VERSION][..])?;
        to.insert(GENESIS, &identity.genesis[..])?;
        to.insert(LOCK, &lock.encode()[..])?;
        to.insert(CALL_SECRET, &rows.seal(IDENTITY, CALL_SECRET, secret.value())[..])?;
        each(&from, transaction, STREAMS, |_, value| value.to_vec())?;
        for table in [BATCHES, OUTBOX, LEAVES] {
            each(&from, transaction, table, |_, value| value.to_vec())?;
        }
        each(&from, transaction, SPOOL, |key, value| rows.seal(SPOOL, key, value))?;
        each(&from, transaction, IMPORTS, |key, value| rows.seal(IMPORTS, key, value))?;
        // Form 1 kept no times of events.
        let undated = |value: &[u8]| [&None::<Moment>.encode()[..], value].concat();
        each(&from, transaction, OPENINGS, |key, value| rows.seal(OPENINGS, key, &undated(value)))
    })?;
    let identity = Identity { version: FORM_VERSION, genesis: identity.genesis, lock: Some(lock), is_unclean: false };
    Ok((database, identity))
}

/// Every row of a vault as it is.
fn copy(from: &Database, to: &WriteTransaction) -> Result<(), Fault> {
    make_tables(to)?;
    let from = from.begin_read()?;
    let mut identity = to.open_table(IDENTITY)?;
    for row in from.open_table(IDENTITY)?.iter()? {
        let (name, value) = row?;
        if name.value() != UNCLEAN {
            identity.insert(name.value(), value.value())?;
        }
    }
    for table in BY_STREAM {
        each(&from, to, table, |_, value| value.to_vec())?;
    }
    for table in BY_PLACE {
        each(&from, to, table, |_, value| value.to_vec())?;
    }
    for table in BY_NUMBER {
        each(&from, to, table, |_, value| value.to_vec())?;
    }
    each(&from, to, DRAFTS, |_, value| value.to_vec())?;
    let mut positions = to.open_table(POSITIONS)?;
    for row in from.open_table(POSITIONS)?.iter()? {
        let (name, value) = row?;
        positions.insert(name.value(), value.value())?;
    }
    Ok(())
}

fn each<K>(
    from: &ReadTransaction,
    to: &WriteTransaction,
    table: Table<K>,
    change: impl Fn(&K, &[u8]) -> Vec<u8>,
) -> Result<(), Fault>
where
    K: redb::Key + for<'a> redb::Value<SelfType<'a> = K> + 'static,
{
    let rows = match from.open_table(table) {
        Err(TableError::TableDoesNotExist(_)) => return Ok(()),
        rows => rows?,
    };
    let mut to = to.open_table(table)?;
    for row in rows.iter()? {
        let (key, value) = row?;
        to.insert(key.value(), &change(&key.value(), value.value())[..])?;
    }
    Ok(())
}

/// A new file in the place of the one at `path`.
fn in_place(path: &Path, fill: impl FnOnce(&WriteTransaction) -> Result<(), Fault>) -> Result<Database, ClientError> {
    let unwritable = |source| ClientError::Write { path: path.to_owned(), source };
    let part = files::half_written(path).map_err(unwritable)?;
    let database = new_file(&part, fill)?;
    files::place_over(&part, path).map_err(unwritable)?;
    Ok(database)
}

/// A file for its owner alone, filled, on the disk, and no longer than its rows.
fn new_file(path: &Path, fill: impl FnOnce(&WriteTransaction) -> Result<(), Fault>) -> Result<Database, ClientError> {
    let unwritable = |source| ClientError::Write { path: path.to_owned(), source };
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(unwritable(error)),
        // What a process that died left behind was never in place.
        _ => files::make_private(path).map_err(unwritable)?,
    }
    let mut database = open_database(path)?;
    let filled = || {
        let mut transaction = database.begin_write()?;
        transaction.set_two_phase_commit(true);
        fill(&transaction)?;
        transaction.commit()?;
        database.compact()?;
        Ok(())
    };
    filled().map_err(|fault| error_at(path, fault))?;
    Ok(database)
}
