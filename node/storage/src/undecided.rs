//! Blocks that may be decided yet: durable before consensus hears of them, dropped when their height is decided.

use crate::{
    columns::Column,
    commit::check_bounds,
    error::{During, StorageError},
    rows::{self, Piece, UndecidedKey, UndecidedRow, meta},
    store::Store,
};
use codec::Encode;
use mulu_primitives::block::Block;
use mulu_proofs::ids::{Digest32, Height};
use rocksdb::{IteratorMode, WriteBatch};
use std::{collections::BTreeSet, sync::Arc};

/// Most undecided blocks that are kept, all heights together. A decided height frees its own.
pub const UNDECIDED_MAX: usize = 1_024;
/// Most bytes that consensus may keep with an undecided block.
pub const META_BYTES_MAX: usize = 64 * 1024;

/// An undecided block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undecided {
    /// Round that it was proposed in.
    pub round: u32,
    /// Hash of its header.
    pub hash: Digest32,
    /// What consensus kept with it.
    pub meta: Vec<u8>,
    /// The block.
    pub block: Block,
}

impl Store {
    /// Keeps a block that was proposed for `height` in `round`, durably, with whatever consensus wants back after a restart.
    /// The same block again in the same round replaces `meta`.
    ///
    /// # Errors
    /// [`StorageError::NotUndecided`] if the height is decided or is not the block's; [`StorageError::OverBound`]; fatal ones.
    pub fn put_undecided(
        &self,
        height: Height,
        round: u32,
        block: Arc<Block>,
        meta_bytes: Vec<u8>,
    ) -> Result<(), StorageError> {
        if meta_bytes.len() > META_BYTES_MAX {
            let (found, bound) = (meta_bytes.len(), META_BYTES_MAX);
            return Err(StorageError::OverBound { what: "bytes with an undecided block", found, bound });
        }
        check_bounds(&block)?;
        let mut writer = self.writer()?;
        let head = self.head_height();
        if height <= head || height != block.height() {
            return Err(StorageError::NotUndecided { height, block: block.height(), head });
        }
        let key = UndecidedKey { height, round, hash: block.hash() };
        let count = self.view().undecided.len();
        if count >= UNDECIDED_MAX && !self.view().undecided.contains(&key) {
            return Err(StorageError::OverBound { what: "undecided blocks", found: count + 1, bound: UNDECIDED_MAX });
        }
        let pointers = Self::guarded(&mut writer, |writer| writer.appender.store(&self.log, rows::long(&block)))?;
        let row =
            UndecidedRow { meta: meta_bytes, header: block.header.clone(), pieces: rows::pieces(&block, pointers) };
        let mut batch = WriteBatch::default();
        batch.put_cf(Column::Undecided.of(&self.db), key.bytes(), row.encode());
        batch.put_cf(Column::Meta.of(&self.db), meta::LOG_END, writer.appender.end().to_be_bytes());
        self.write(&mut writer, batch, "keeping an undecided block")?;
        self.view_mut().undecided.insert(key);
        Ok(())
    }

    /// The undecided blocks of a height, by round.
    ///
    /// # Errors
    /// [`StorageError`], fatal.
    pub fn undecided(&self, height: Height) -> Result<Vec<Undecided>, StorageError> {
        let keys: Vec<_> = self.view().undecided.iter().filter(|key| key.height == height).copied().collect();
        keys.iter().filter_map(|key| self.read_undecided(key).transpose()).collect()
    }

    /// The undecided block with this hash.
    ///
    /// # Errors
    /// [`StorageError`], fatal.
    pub fn undecided_block(&self, hash: &Digest32) -> Result<Option<Block>, StorageError> {
        let key = self.view().undecided.iter().find(|key| key.hash == *hash).copied();
        let Some(key) = key else { return Ok(None) };
        Ok(self.read_undecided(&key)?.map(|undecided| undecided.block))
    }

    /// None if the height was decided a moment ago.
    fn read_undecided(&self, key: &UndecidedKey) -> Result<Option<Undecided>, StorageError> {
        let Some(row) = self.get(Column::Undecided, &key.bytes())? else { return Ok(None) };
        let row: UndecidedRow = rows::decode(&row, "undecided block")?;
        let block = Block { header: row.header, extrinsics: self.extrinsics(key.height, row.pieces)? };
        Ok(Some(Undecided { round: key.round, hash: key.hash, meta: row.meta, block }))
    }

    /// The keys of all undecided blocks, and their bodies known again to the log.
    pub(crate) fn load_undecided(&self, head: Height) -> Result<BTreeSet<UndecidedKey>, StorageError> {
        let mut keys = BTreeSet::new();
        let mut writer = self.writer()?;
        for row in self.db.iterator_cf(Column::Undecided.of(&self.db), IteratorMode::Start) {
            let (key, row) = row.during("reading undecided blocks")?;
            let key = UndecidedKey::read(&key)?;
            if key.height <= head {
                return Err(StorageError::corrupt("undecided block of a decided height"));
            }
            for piece in rows::decode::<UndecidedRow>(&row, "undecided block")?.pieces {
                if let Piece::Logged(pointer) = piece {
                    writer.appender.learn(&self.log, pointer)?;
                }
            }
            keys.insert(key);
        }
        Ok(keys)
    }
}
