//! Rows of the index: scans for readers, and the way to delete and fill it again.

use crate::{
    columns::Column,
    error::{During, StorageError},
    rows::{self, meta},
    store::Store,
};
use mulu_primitives::stages::IndexRow;
use mulu_proofs::ids::Height;
use rocksdb::{ReadOptions, WriteBatch};

/// Most rows of one scan; more are asked for in another, from the key behind the last.
pub const SCAN_ROWS_MAX: usize = 1_000;

/// Values under keys from this byte on are sums: 64-bit numbers, big-endian, each added to the one that is there. Values under all other
/// keys replace what is there.
pub const SUMS_FROM: u8 = 128;

impl Store {
    /// Rows whose key begins with `prefix`, at most `limit` and never more than [`SCAN_ROWS_MAX`].
    ///
    /// Ascending from `from` (that row included; the prefix's first without it), or with `reverse` descending from `from` (that row
    /// included; the prefix's last without it).
    ///
    /// # Errors
    /// [`StorageError`], fatal.
    pub fn index_scan(
        &self,
        prefix: &[u8],
        from: Option<&[u8]>,
        limit: usize,
        reverse: bool,
    ) -> Result<Vec<IndexRow>, StorageError> {
        let mut options = ReadOptions::default();
        options.set_iterate_lower_bound(prefix);
        if let Some(end) = end_of(prefix) {
            options.set_iterate_upper_bound(end);
        }
        let mut cursor = self.db.raw_iterator_cf_opt(Column::Index.of(&self.db), options);
        match (from, reverse) {
            (Some(key), false) => cursor.seek(key),
            (None, false) => cursor.seek_to_first(),
            (Some(key), true) => cursor.seek_for_prev(key),
            (None, true) => cursor.seek_to_last(),
        }
        let mut found = Vec::new();
        while found.len() < limit.min(SCAN_ROWS_MAX)
            && let Some((key, value)) = cursor.item()
        {
            found.push(IndexRow { key: key.to_vec(), value: value.to_vec() });
            if reverse {
                cursor.prev();
            } else {
                cursor.next();
            }
        }
        cursor.status().during("scanning the index")?;
        Ok(found)
    }

    /// Value of one row.
    ///
    /// # Errors
    /// [`StorageError`], fatal.
    pub fn index_get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        self.get(Column::Index, key)
    }

    /// Height that the index is complete to.
    ///
    /// # Errors
    /// [`StorageError`], fatal.
    pub fn index_height(&self) -> Result<Height, StorageError> {
        let row = self.get(Column::Meta, meta::INDEX_HEIGHT)?;
        row.map_or(Ok(Height::new(0)), |row| rows::height(&row, "height of the index"))
    }

    /// Deletes every row of the index. Nothing can be committed until [`Store::index_extend`] has filled it again.
    ///
    /// # Errors
    /// [`StorageError`], fatal.
    pub fn index_clear(&self) -> Result<(), StorageError> {
        let mut writer = self.writer()?;
        let mut batch = WriteBatch::default();
        // No tag is 255: this is behind every key.
        batch.delete_range_cf(Column::Index.of(&self.db), &[][..], &[u8::MAX][..]);
        batch.put_cf(Column::Meta.of(&self.db), meta::INDEX_HEIGHT, rows::height_key(Height::new(0)));
        self.write(&mut writer, batch, "deleting the index")
    }

    /// Adds the rows of the next height to an index that is being filled again. Durable with the next write that is: after a power cut the
    /// index may be complete to a lower height, and is filled on from there.
    ///
    /// # Errors
    /// [`StorageError::IndexGap`] if another height is due; fatal ones.
    pub fn index_extend(&self, height: Height, index: Vec<IndexRow>) -> Result<(), StorageError> {
        let mut writer = self.writer()?;
        self.check_index(height)?;
        let mut batch = WriteBatch::default();
        self.put_index(&mut batch, &index);
        batch.put_cf(Column::Meta.of(&self.db), meta::INDEX_HEIGHT, rows::height_key(height));
        Self::guarded(&mut writer, |_| self.db.write(batch).during("filling the index"))
    }

    /// Puts rows of a height that the index does not have yet, or adds them to what is there.
    pub(crate) fn put_index(&self, batch: &mut WriteBatch, index: &[IndexRow]) {
        let column = Column::Index.of(&self.db);
        for row in index {
            match row.key.first() {
                Some(&tag) if tag >= SUMS_FROM => batch.merge_cf(column, &row.key, &row.value),
                _ => batch.put_cf(column, &row.key, &row.value),
            }
        }
    }

    /// Whether rows of `next` are the next that the index needs.
    pub(crate) fn check_index(&self, next: Height) -> Result<(), StorageError> {
        let complete = self.index_height()?;
        if next.get() == complete.get() + 1 { Ok(()) } else { Err(StorageError::IndexGap { complete, next }) }
    }
}

/// The first key behind all that begin with `prefix`; none if there is no such key.
fn end_of(prefix: &[u8]) -> Option<Vec<u8>> {
    let kept = prefix.iter().rposition(|byte| *byte != u8::MAX)?;
    let mut end = prefix[..=kept].to_vec();
    end[kept] += 1;
    Some(end)
}
