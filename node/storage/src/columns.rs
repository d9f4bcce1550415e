//! The columns of the database and how it is opened.

use crate::{
    error::{During, StorageError},
    store::Options,
};
use rocksdb::{
    BlockBasedIndexType, BlockBasedOptions, Cache, ColumnFamily, ColumnFamilyDescriptor, DB, DBCompressionType,
    DBRecoveryMode, ErrorKind, MergeOperands,
};
use std::path::Path;

const MIB: usize = 1024 * 1024;
/// All write buffers together.
const WRITE_BUFFERS_BYTES: usize = 48 * MIB;
/// The write-ahead log is kept this small, so that a restart reads little.
const WAL_BYTES_MAX: u64 = 64 * MIB as u64;
/// Open table files.
const OPEN_FILES_MAX: i32 = 512;

/// A column of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// Height → header.
    Headers,
    /// Height → [`crate::rows::BlockRow`].
    Blocks,
    /// Height → certificate.
    Certificates,
    /// Prefixed node hash → node ‖ height that added it (4).
    Trie,
    /// Height → keys of the nodes that its block removed.
    Journal,
    /// Header hash → height.
    Hashes,
    /// Record number → height (4) ‖ place in the block (4) ‖ record.
    Records,
    /// Height ‖ round ‖ hash → [`crate::rows::UndecidedRow`].
    Undecided,
    /// Rows of the index.
    Index,
    /// Single values: [`crate::rows::meta`].
    Meta,
}

impl Column {
    /// Every column.
    pub const ALL: [Self; 10] = [
        Self::Headers,
        Self::Blocks,
        Self::Certificates,
        Self::Trie,
        Self::Journal,
        Self::Hashes,
        Self::Records,
        Self::Undecided,
        Self::Index,
        Self::Meta,
    ];

    /// Name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Headers => "headers",
            Self::Blocks => "blocks",
            Self::Certificates => "certificates",
            Self::Trie => "trie",
            Self::Journal => "journal",
            Self::Hashes => "hashes",
            Self::Records => "records",
            Self::Undecided => "undecided",
            Self::Index => "index",
            Self::Meta => "meta",
        }
    }

    /// The column in `db`.
    pub fn of(self, db: &DB) -> &ColumnFamily {
        db.cf_handle(self.name()).expect("every column is opened with the database")
    }

    fn options(self, cache: &Cache) -> rocksdb::Options {
        let mut blocks = BlockBasedOptions::default();
        blocks.set_block_cache(cache);
        blocks.set_cache_index_and_filter_blocks(true);
        blocks.set_pin_l0_filter_and_index_blocks_in_cache(true);
        // In parts of a few kilobytes: the cache has 64 shards, and a large file's index in one piece is larger than a shard, so that it would
        // be read and decompressed anew for every key.
        blocks.set_index_type(BlockBasedIndexType::TwoLevelIndexSearch);
        blocks.set_partition_filters(true);
        blocks.set_pin_top_level_index_and_filter(true);
        blocks.set_optimize_filters_for_memory(true);
        blocks.set_format_version(5);
        if matches!(self, Self::Trie | Self::Hashes | Self::Index | Self::Records) {
            blocks.set_bloom_filter(10.0, false);
        }
        let mut options = rocksdb::Options::default();
        options.set_block_based_table_factory(&blocks);
        options.set_write_buffer_size(if matches!(self, Self::Trie | Self::Index) { 16 * MIB } else { 4 * MIB });
        options.set_compression_type(DBCompressionType::Lz4);
        if self == Self::Index {
            options.set_merge_operator_associative("sums of 64-bit numbers", added_up);
        }
        if matches!(self, Self::Records | Self::Index | Self::Blocks | Self::Certificates) {
            options.set_bottommost_compression_type(DBCompressionType::Zstd);
        }
        options
    }
}

/// Adds up rows of sums, number by number: 8 bytes each, big-endian, none over the largest. In whatever groups RocksDB asks for it, the
/// result is the same.
fn added_up(_key: &[u8], there: Option<&[u8]>, added: &MergeOperands) -> Option<Vec<u8>> {
    let mut values = there.into_iter().chain(added);
    let mut sum = values.next()?.to_vec();
    for value in values {
        if value.len() != sum.len() {
            return None;
        }
        for (sum, value) in sum.chunks_exact_mut(8).zip(value.chunks_exact(8)) {
            let number = |bytes: &[u8]| bytes.try_into().map(u64::from_be_bytes);
            let both = number(sum).ok()?.saturating_add(number(value).ok()?);
            sum.copy_from_slice(&both.to_be_bytes());
        }
    }
    Some(sum)
}

/// Opens the database in `path`, which is `folder`'s own.
///
/// The write-ahead log must be whole. After a crash in the middle of a write its last entry may be cut short; that write was never
/// acknowledged, since it was not fsynced, and is dropped. Any other damage is an error.
///
/// # Errors
/// [`StorageError::Locked`] if somebody has it open, [`StorageError::Corrupt`] if it is damaged.
pub fn open(folder: &Path, path: &Path, options: &Options) -> Result<DB, StorageError> {
    let mut result = try_open(path, options, DBRecoveryMode::AbsoluteConsistency);
    if matches!(&result, Err(error) if error.kind() == ErrorKind::Corruption) {
        tracing::warn!("the write-ahead log does not end cleanly; trying again without its incomplete last entry");
        result = try_open(path, options, DBRecoveryMode::TolerateCorruptedTailRecords);
    }
    match result {
        Err(error) if error.kind() == ErrorKind::IOError && is_lock(error.as_ref()) => {
            Err(StorageError::Locked { path: folder.to_owned() })
        }
        Err(error) if error.kind() == ErrorKind::Corruption => Err(StorageError::corrupt(error.into_string())),
        result => result.during("opening it"),
    }
}

/// RocksDB names its lock only in the text of an input-output error.
fn is_lock(text: &str) -> bool {
    text.contains("lock file") || text.contains("lock hold by current process")
}

fn try_open(path: &Path, options: &Options, recovery: DBRecoveryMode) -> Result<DB, rocksdb::Error> {
    let cache = Cache::new_lru_cache(options.block_cache_bytes);
    let mut database = rocksdb::Options::default();
    database.create_if_missing(true);
    database.create_missing_column_families(true);
    database.set_wal_recovery_mode(recovery);
    database.set_track_and_verify_wals_in_manifest(true);
    database.set_paranoid_checks(true);
    database.set_db_write_buffer_size(WRITE_BUFFERS_BYTES);
    database.set_max_total_wal_size(WAL_BYTES_MAX);
    database.set_max_open_files(OPEN_FILES_MAX);
    database.set_max_background_jobs(2);
    database.set_keep_log_file_num(2);
    database.set_max_log_file_size(MIB);
    let columns = Column::ALL.map(|column| ColumnFamilyDescriptor::new(column.name(), column.options(&cache)));
    DB::open_cf_descriptors(&database, path, columns)
}
