//! Small things that must survive a crash: the block under execution, the last thing signed, single values of callers.

use crate::{
    columns::Column,
    error::{During, StorageError},
    rows::{self, meta},
    store::Store,
};
use codec::{Decode, Encode};
use mulu_proofs::ids::{Digest32, Height};
use rocksdb::WriteBatch;

/// Longest key and value that a caller may keep.
const CALLER_KEY_BYTES_MAX: usize = 256;
const CALLER_VALUE_BYTES_MAX: usize = 1024 * 1024;

/// How far this node has signed in consensus. Nothing at or below it may be signed with other content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct HighWater {
    /// Height.
    pub height: Height,
    /// Round.
    pub round: u32,
    /// Step within the round, ascending: what the numbers mean is consensus' own.
    pub step: u8,
}

impl std::fmt::Display for HighWater {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "height {}, round {}, step {}", self.height, self.round, self.step)
    }
}

impl Store {
    /// Notes durably that the block is about to be executed. If it is still noted after a restart, executing it ended the process.
    ///
    /// # Errors
    /// [`StorageError`], fatal.
    pub fn mark_executing(&self, hash: Digest32) -> Result<(), StorageError> {
        self.put_single(meta::EXECUTING, &hash)
    }

    /// Notes that the execution came to its end. A commit does so too.
    ///
    /// # Errors
    /// [`StorageError`], fatal.
    pub fn clear_executing(&self) -> Result<(), StorageError> {
        // Without an fsync of its own: it survives the end of the process, which is what the mark is about.
        let _writer = self.writer()?;
        self.db
            .delete_cf(Column::Meta.of(&self.db), meta::EXECUTING)
            .during("clearing the mark of the block under execution")
    }

    /// The block whose execution began and did not end, if there is one.
    ///
    /// # Errors
    /// [`StorageError`], fatal.
    pub fn executing(&self) -> Result<Option<Digest32>, StorageError> {
        let row = self.get(Column::Meta, meta::EXECUTING)?;
        row.map(|row| rows::exactly(&row, "block under execution")).transpose()
    }

    /// How far this node has signed; none if it never did.
    ///
    /// # Errors
    /// [`StorageError`], fatal.
    pub fn high_water(&self) -> Result<Option<HighWater>, StorageError> {
        let row = self.get(Column::Meta, meta::HIGH_WATER)?;
        row.map(|row| rows::decode(&row, "high-water mark")).transpose()
    }

    /// Raises the mark, durably before returning: only then may a signature leave the signer. Setting it to where it stands is allowed.
    ///
    /// # Errors
    /// [`StorageError::MarkBack`] if it stands higher; fatal ones.
    pub fn set_high_water(&self, height: Height, round: u32, step: u8) -> Result<(), StorageError> {
        let asked = HighWater { height, round, step };
        let mut writer = self.writer()?;
        match self.high_water()? {
            Some(found) if asked < found => return Err(StorageError::MarkBack { found, asked }),
            Some(found) if asked == found => return Ok(()),
            _ => {}
        }
        let mut batch = WriteBatch::default();
        batch.put_cf(Column::Meta.of(&self.db), meta::HIGH_WATER, asked.encode());
        self.write(&mut writer, batch, "raising the high-water mark")
    }

    /// A value that a caller kept.
    ///
    /// # Errors
    /// [`StorageError`], fatal.
    pub fn meta_get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        self.get(Column::Meta, &[meta::CALLER, key].concat())
    }

    /// Keeps a value of a caller, durably before returning.
    ///
    /// # Errors
    /// [`StorageError::OverBound`] for a key over 256 bytes or a value over 1 MiB; fatal ones.
    pub fn meta_put(&self, key: &[u8], value: &[u8]) -> Result<(), StorageError> {
        for (what, found, bound) in [
            ("bytes of a key", key.len(), CALLER_KEY_BYTES_MAX),
            ("bytes of a value", value.len(), CALLER_VALUE_BYTES_MAX),
        ] {
            if found > bound {
                return Err(StorageError::OverBound { what, found, bound });
            }
        }
        self.put_single(&[meta::CALLER, key].concat(), value)
    }

    fn put_single(&self, key: &[u8], value: &[u8]) -> Result<(), StorageError> {
        let mut writer = self.writer()?;
        let mut batch = WriteBatch::default();
        batch.put_cf(Column::Meta.of(&self.db), key, value);
        self.write(&mut writer, batch, "writing a single value")
    }
}
