//! The commit of a decided block: body log first, then everything else in one fsynced batch.

use crate::{
    columns::Column,
    error::StorageError,
    rows::{self, BlockRow, meta},
    store::Store,
};
use codec::Encode;
use mulu_primitives::{
    block::{Block, EXTRINSIC_BYTES_MAX, EXTRINSICS_MAX},
    stages::{Committed, Decided, IndexRow},
};
use mulu_proofs::{ids::Height, records::Record};
use rocksdb::WriteBatch;

impl Store {
    /// Makes a decided block durable, with its rows of the index.
    ///
    /// # Errors
    /// [`StorageError::NotNext`] if it does not follow the head. Fatal errors end the node: a failed commit is always the last.
    pub fn commit(&self, decided: Decided, index: Vec<IndexRow>) -> Result<Committed, StorageError> {
        let executed = decided.executed();
        let block = &executed.block;
        let height = block.height();
        let key = rows::height_key(height);
        let mut writer = self.writer()?;
        self.check_next(block)?;
        check_bounds(block)?;
        self.check_index(height)?;
        let records_first = check_records(&executed.records)?;

        let pointers = Self::guarded(&mut writer, |writer| writer.appender.store(&self.log, rows::long(block)))?;
        let row = BlockRow {
            pieces: rows::pieces(block, pointers),
            records_first,
            records_count: u32::try_from(executed.records.len()).expect("a block's records fit in memory"),
        };
        let mut batch = WriteBatch::default();
        batch.put_cf(Column::Headers.of(&self.db), key, block.header.encode());
        batch.put_cf(Column::Blocks.of(&self.db), key, row.encode());
        batch.put_cf(Column::Certificates.of(&self.db), key, decided.certificate().encode());
        batch.put_cf(Column::Hashes.of(&self.db), executed.hash, key);
        let oldest_state = Self::guarded(&mut writer, |_| self.change_trie(&mut batch, height, &executed.changes))?;
        self.put_records(&mut batch, height, &executed.records);
        self.put_index(&mut batch, &index);
        let dropped: Vec<_> = self.view().undecided.iter().take_while(|key| key.height <= height).copied().collect();
        for key in &dropped {
            batch.delete_cf(Column::Undecided.of(&self.db), key.bytes());
        }
        let single = Column::Meta.of(&self.db);
        batch.put_cf(single, meta::HEAD, key);
        batch.put_cf(single, meta::INDEX_HEIGHT, key);
        batch.put_cf(single, meta::LOG_END, writer.appender.end().to_be_bytes());
        batch.delete_cf(single, meta::EXECUTING);
        if let Some(oldest) = oldest_state {
            batch.put_cf(single, meta::OLDEST_STATE, rows::height_key(oldest));
        }
        self.write(&mut writer, batch, "committing a block")?;

        let mut view = self.view_mut();
        view.head = Some((block.header.clone(), executed.hash));
        view.oldest_state = oldest_state.unwrap_or(view.oldest_state);
        for key in &dropped {
            view.undecided.remove(key);
        }
        drop(view);
        Ok(Committed::after_fsync(decided))
    }

    fn check_next(&self, block: &Block) -> Result<(), StorageError> {
        let (head, hash) = self.head();
        if block.header.number == head.number + 1 && block.header.parent_hash.0 == hash {
            Ok(())
        } else {
            Err(StorageError::NotNext { height: block.height(), head: Height::new(head.number) })
        }
    }

    fn put_records(&self, batch: &mut WriteBatch, height: Height, records: &[Record]) {
        let column = Column::Records.of(&self.db);
        for (place, record) in (0_u32..).zip(records) {
            let mut row = rows::height_key(height).to_vec();
            row.extend_from_slice(&place.to_be_bytes());
            record.encode_to(&mut row);
            batch.put_cf(column, rows::record_key(record.number), row);
        }
    }
}

/// Checks what reading a block back takes for granted.
pub fn check_bounds(block: &Block) -> Result<(), StorageError> {
    let count = block.extrinsics.len();
    if count > EXTRINSICS_MAX {
        return Err(StorageError::OverBound { what: "extrinsics of a block", found: count, bound: EXTRINSICS_MAX });
    }
    let longest = block.extrinsics.iter().map(|extrinsic| extrinsic.bytes().len()).max().unwrap_or(0);
    if longest > EXTRINSIC_BYTES_MAX {
        let (found, bound) = (longest, EXTRINSIC_BYTES_MAX);
        return Err(StorageError::OverBound { what: "bytes of an extrinsic", found, bound });
    }
    Ok(())
}

/// Checks that the records' numbers have no gap; returns the first, 0 if there are none.
fn check_records(records: &[Record]) -> Result<u64, StorageError> {
    let first = records.first().map_or(0, |record| record.number.get());
    for (expected, record) in (first..).zip(records) {
        let found = record.number.get();
        if found != expected {
            return Err(StorageError::RecordGap { expected, found });
        }
    }
    Ok(first)
}
