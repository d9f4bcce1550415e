//! Readers of what is committed.

use crate::{
    columns::Column,
    error::{During, StorageError},
    rows::{self, BlockRow, Piece},
    store::Store,
};
use mulu_primitives::block::{Block, Extrinsic, Header, header_hash};
use mulu_proofs::{
    certificate::Certificate,
    ids::{Digest32, Height, RecordNumber},
};
use rocksdb::ReadOptions;

/// A record where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRecord {
    /// Height of its block.
    pub height: Height,
    /// Place among the block's records, from 0.
    pub place: u32,
    /// Its SCALE bytes: the leaf of the block's record tree.
    pub bytes: Vec<u8>,
}

/// Bytes on the disk, by part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DiskUsage {
    /// Each column with the bytes of its table files.
    pub columns: Vec<(&'static str, u64)>,
    /// Files of the write-ahead log.
    pub write_ahead_log: u64,
    /// The body log.
    pub bodies: u64,
}

impl DiskUsage {
    /// Everything together.
    pub fn total(&self) -> u64 {
        self.columns.iter().map(|(_, bytes)| bytes).sum::<u64>() + self.write_ahead_log + self.bodies
    }
}

/// A row of the records: height, place, the record's bytes.
fn stored_record(row: &[u8]) -> Result<StoredRecord, StorageError> {
    let parts = || {
        let (height, rest) = row.split_first_chunk::<4>()?;
        let (place, bytes) = rest.split_first_chunk::<4>()?;
        Some(StoredRecord {
            height: Height::new(u32::from_be_bytes(*height)),
            place: u32::from_be_bytes(*place),
            bytes: bytes.to_vec(),
        })
    };
    parts().ok_or_else(|| StorageError::corrupt("record"))
}

impl Store {
    /// Header of a height.
    ///
    /// # Errors
    /// [`StorageError`], always fatal; so for every reader.
    pub fn header(&self, height: Height) -> Result<Option<Header>, StorageError> {
        let row = self.get(Column::Headers, &rows::height_key(height))?;
        row.map(|row| rows::decode(&row, "header")).transpose()
    }

    /// Hash of the header of a height.
    ///
    /// # Errors
    /// [`StorageError`], fatal.
    pub fn hash_at(&self, height: Height) -> Result<Option<Digest32>, StorageError> {
        Ok(self.header(height)?.map(|header| header_hash(&header)))
    }

    /// Height of the committed block whose header has this hash.
    ///
    /// # Errors
    /// [`StorageError`], fatal.
    pub fn height_of(&self, hash: &Digest32) -> Result<Option<Height>, StorageError> {
        self.get(Column::Hashes, hash)?.map(|row| rows::height(&row, "height of a hash")).transpose()
    }

    /// The block of a height.
    ///
    /// # Errors
    /// [`StorageError::Archived`] if one of its bodies is in an archive file; fatal ones.
    pub fn block(&self, height: Height) -> Result<Option<Block>, StorageError> {
        let (Some(header), Some(row)) = (self.header(height)?, self.block_row(height)?) else { return Ok(None) };
        Ok(Some(Block { header, extrinsics: self.extrinsics(height, row.pieces)? }))
    }

    /// One extrinsic of a block: reads that one body alone.
    ///
    /// # Errors
    /// [`StorageError::Archived`] if its body is in an archive file; fatal ones.
    pub fn extrinsic(&self, height: Height, place: u32) -> Result<Option<Extrinsic>, StorageError> {
        let Some(row) = self.block_row(height)? else { return Ok(None) };
        row.pieces.into_iter().nth(place as usize).map(|piece| self.piece(height, piece)).transpose()
    }

    /// Certificate of a height; genesis has none.
    ///
    /// # Errors
    /// [`StorageError`], fatal.
    pub fn certificate(&self, height: Height) -> Result<Option<Certificate>, StorageError> {
        let row = self.get(Column::Certificates, &rows::height_key(height))?;
        row.map(|row| rows::decode(&row, "certificate")).transpose()
    }

    /// A record by its number.
    ///
    /// # Errors
    /// [`StorageError`], fatal.
    pub fn record(&self, number: RecordNumber) -> Result<Option<StoredRecord>, StorageError> {
        self.get(Column::Records, &rows::record_key(number))?.map(|row| stored_record(&row)).transpose()
    }

    /// SCALE bytes of all records of a block, in order: the leaves of its record tree.
    ///
    /// # Errors
    /// [`StorageError`], fatal.
    pub fn records_of_block(&self, height: Height) -> Result<Option<Vec<Vec<u8>>>, StorageError> {
        let Some(row) = self.block_row(height)? else { return Ok(None) };
        // One walk along neighbouring rows: a read of its own for each takes several times as long.
        let mut options = ReadOptions::default();
        options.set_iterate_lower_bound(rows::record_key(RecordNumber::new(row.records_first)));
        let end = row.records_first + u64::from(row.records_count);
        options.set_iterate_upper_bound(rows::record_key(RecordNumber::new(end)));
        let mut cursor = self.db.raw_iterator_cf_opt(Column::Records.of(&self.db), options);
        cursor.seek_to_first();
        let mut found = Vec::with_capacity(row.records_count as usize);
        while let Some(value) = cursor.value() {
            found.push(stored_record(value)?.bytes);
            cursor.next();
        }
        cursor.status().during("reading the records of a block")?;
        if found.len() != row.records_count as usize {
            return Err(StorageError::corrupt("record of a block"));
        }
        Ok(Some(found))
    }

    /// Number of the block's first record (0 if it has none) and how many it has.
    ///
    /// # Errors
    /// [`StorageError`], fatal.
    pub fn record_numbers(&self, height: Height) -> Result<Option<(RecordNumber, u32)>, StorageError> {
        Ok(self.block_row(height)?.map(|row| (RecordNumber::new(row.records_first), row.records_count)))
    }

    /// Bytes on the disk, by part.
    ///
    /// # Errors
    /// [`StorageError`], fatal.
    pub fn disk_usage(&self) -> Result<DiskUsage, StorageError> {
        let mut usage = DiskUsage { bodies: self.log.bytes()?, ..DiskUsage::default() };
        for column in Column::ALL {
            let bytes = self
                .db
                .property_int_value_cf(column.of(&self.db), "rocksdb.total-sst-files-size")
                .during("reading the size of a column")?;
            usage.columns.push((column.name(), bytes.unwrap_or(0)));
        }
        let folder = self.path.join("db");
        let unusable = |source| StorageError::Unusable { path: folder.clone(), source };
        for entry in std::fs::read_dir(&folder).map_err(unusable)? {
            let path = entry.map_err(unusable)?.path();
            if path.extension().is_some_and(|extension| extension == "log") {
                // A file that RocksDB has removed meanwhile takes no room.
                usage.write_ahead_log += std::fs::metadata(&path).map_or(0, |metadata| metadata.len());
            }
        }
        Ok(usage)
    }

    pub(crate) fn block_row(&self, height: Height) -> Result<Option<BlockRow>, StorageError> {
        let row = self.get(Column::Blocks, &rows::height_key(height))?;
        row.map(|row| rows::decode(&row, "block")).transpose()
    }

    pub(crate) fn extrinsics(&self, height: Height, pieces: Vec<Piece>) -> Result<Vec<Extrinsic>, StorageError> {
        pieces.into_iter().map(|piece| self.piece(height, piece)).collect()
    }

    fn piece(&self, height: Height, piece: Piece) -> Result<Extrinsic, StorageError> {
        match piece {
            Piece::Inline(bytes) => Ok(Extrinsic::new(&bytes)),
            Piece::Logged(pointer) => self.log.read(pointer),
            Piece::Archived(_) => Err(StorageError::Archived { height, file: self.archive_of(height) }),
        }
    }
}
