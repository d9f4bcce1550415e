//! The store: opening, genesis, and what all of its parts share.

use crate::{
    bodies::{Appender, BodyLog},
    columns::{self, Column},
    error::{During, StorageError},
    folder,
    retention::Archived,
    rows::{self, BlockRow, UndecidedKey, meta},
    trie,
};
use codec::{Decode, Encode};
use mulu_primitives::{
    block::{Header, header_hash},
    stages::StateChanges,
};
use mulu_proofs::{
    certificate::ValidatorSet,
    ids::{Digest32, Height},
};
use rocksdb::{DB, WriteBatch, WriteOptions};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

/// Which states are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StatePruning {
    /// All of them.
    #[default]
    Archive,
    /// The last committed one and that many before it; 0 counts as 1, since a query may still read the state before.
    Keep(u32),
}

/// How a store is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Which states are kept. May change from start to start.
    pub pruning: StatePruning,
    /// Memory for blocks of table files, in bytes.
    pub block_cache_bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { pruning: StatePruning::Archive, block_cache_bytes: 64 * 1024 * 1024 }
    }
}

/// The block of height 0 with its state.
#[derive(Clone, Debug)]
pub struct GenesisBlock {
    /// Its header.
    pub header: Header,
    /// Its state: all nodes are added.
    pub state: StateChanges,
    /// Validators from height 1 on.
    pub validators: ValidatorSet,
    /// Chain id.
    pub chain_id: String,
}

/// What the store knows of its chain.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Genesis {
    /// Chain id.
    pub chain_id: String,
    /// Genesis hash.
    pub hash: Digest32,
    /// Validators from height 1 on.
    pub validators: ValidatorSet,
}

/// The data of one node.
pub struct Store {
    pub(crate) path: PathBuf,
    pub(crate) db: DB,
    pub(crate) log: BodyLog,
    pub(crate) pruning: StatePruning,
    writer: Mutex<Writer>,
    view: RwLock<View>,
}

/// What the one writer owns.
#[derive(Debug)]
pub(crate) struct Writer {
    pub appender: Appender,
    has_failed: bool,
}

/// What readers ask for all the time, kept in memory. Changed behind the fsync only.
#[derive(Debug, Default)]
pub(crate) struct View {
    pub genesis: Option<Arc<Genesis>>,
    pub head: Option<(Header, Digest32)>,
    pub undecided: BTreeSet<UndecidedKey>,
    pub oldest_state: Height,
    /// Archive files whose bodies are not here, by their first block.
    pub archived: BTreeMap<Height, Archived>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("path", &self.path).field("pruning", &self.pruning).finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the data folder at `path`; an empty or absent one becomes a data folder.
    ///
    /// # Errors
    /// [`StorageError`] with the operator's fault for a folder that is foreign, of another format, unusable or in use; fatal if it
    /// is damaged.
    pub fn open(path: impl AsRef<Path>, options: Options) -> Result<Self, StorageError> {
        let path = path.as_ref();
        folder::prepare(path)?;
        let db = columns::open(path, &path.join("db"), &options)?;
        let log_end = match get(&db, Column::Meta, meta::LOG_END)? {
            Some(bytes) => u64::from_be_bytes(rows::exactly(&bytes, "end of the body log")?),
            None => 0,
        };
        let (log, appender) = BodyLog::open(path, log_end)?;
        let store = Self {
            path: path.to_owned(),
            db,
            log,
            pruning: options.pruning,
            writer: Mutex::new(Writer { appender, has_failed: false }),
            view: RwLock::default(),
        };
        store.load()?;
        Ok(store)
    }

    /// Fills the memory from the database.
    fn load(&self) -> Result<(), StorageError> {
        let Some(genesis) = self.get(Column::Meta, meta::GENESIS)? else { return Ok(()) };
        let genesis: Genesis = rows::decode(&genesis, "genesis")?;
        let head = self.get(Column::Meta, meta::HEAD)?.ok_or_else(|| StorageError::corrupt("no head"))?;
        let head = rows::height(&head, "head")?;
        let header = self.header(head)?.ok_or_else(|| StorageError::corrupt("no header of the head"))?;
        let first = self.header(Height::new(0))?.ok_or_else(|| StorageError::corrupt("no genesis header"))?;
        if header_hash(&first) != genesis.hash || header.number != head.get() {
            return Err(StorageError::corrupt("headers of genesis and head"));
        }
        let oldest_state = match self.get(Column::Meta, meta::OLDEST_STATE)? {
            Some(bytes) => rows::height(&bytes, "oldest state")?,
            None => Height::new(0),
        };
        let undecided = self.load_undecided(head)?;
        let archived = self.load_archived()?;
        let hash = header_hash(&header);
        *self.view_mut() =
            View { genesis: Some(Arc::new(genesis)), head: Some((header, hash)), undecided, oldest_state, archived };
        self.finish_pruning()
    }

    /// Stores the genesis block in an empty store, or checks that the store is of that genesis.
    ///
    /// # Errors
    /// [`StorageError::WrongGenesis`] if the store is of another chain.
    pub fn init_genesis(&self, block: &GenesisBlock) -> Result<(), StorageError> {
        if block.header.number != 0 {
            return Err(StorageError::NotGenesis { height: Height::new(block.header.number) });
        }
        let hash = header_hash(&block.header);
        if let Some(found) = self.genesis() {
            if found.hash == hash && found.chain_id == block.chain_id {
                return Ok(());
            }
            return Err(StorageError::WrongGenesis {
                path: self.path.clone(),
                found_chain: found.chain_id.clone(),
                found: found.hash,
                expected_chain: block.chain_id.clone(),
                expected: hash,
            });
        }
        let genesis = Genesis { chain_id: block.chain_id.clone(), hash, validators: block.validators.clone() };
        let height = Height::new(0);
        let key = rows::height_key(height);
        let mut batch = WriteBatch::default();
        let row = BlockRow { pieces: Vec::new(), records_first: 0, records_count: 0 };
        batch.put_cf(Column::Headers.of(&self.db), key, block.header.encode());
        batch.put_cf(Column::Blocks.of(&self.db), key, row.encode());
        batch.put_cf(Column::Hashes.of(&self.db), hash, key);
        trie::put_nodes(&self.db, &mut batch, height, &block.state.nodes_added);
        batch.put_cf(Column::Meta.of(&self.db), meta::GENESIS, genesis.encode());
        batch.put_cf(Column::Meta.of(&self.db), meta::HEAD, key);
        batch.put_cf(Column::Meta.of(&self.db), meta::INDEX_HEIGHT, key);
        let mut writer = self.writer()?;
        self.write(&mut writer, batch, "writing genesis")?;
        let mut view = self.view_mut();
        view.genesis = Some(Arc::new(genesis));
        view.head = Some((block.header.clone(), hash));
        Ok(())
    }

    /// The chain that the store is of; none before [`Store::init_genesis`].
    pub fn genesis(&self) -> Option<Arc<Genesis>> {
        self.view().genesis.clone()
    }

    /// Header and hash of the last committed block.
    ///
    /// # Panics
    /// Before [`Store::init_genesis`]: a node has no business with an empty store.
    pub fn head(&self) -> (Header, Digest32) {
        self.view().head.clone().expect("init_genesis comes before everything else")
    }

    /// The data folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Oldest height whose state is there.
    pub fn oldest_state(&self) -> Height {
        self.view().oldest_state
    }

    pub(crate) fn head_height(&self) -> Height {
        Height::new(self.head().0.number)
    }

    pub(crate) fn view(&self) -> RwLockReadGuard<'_, View> {
        // Nothing panics between two assignments to the view, so a poisoned one is whole.
        self.view.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn view_mut(&self) -> RwLockWriteGuard<'_, View> {
        self.view.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The right to write.
    pub(crate) fn writer(&self) -> Result<MutexGuard<'_, Writer>, StorageError> {
        match self.writer.lock() {
            Ok(writer) if !writer.has_failed => Ok(writer),
            // After a failed fsync nobody knows what the disk holds, and after a panic nobody knows how far the write came.
            Ok(_) | Err(_) => Err(StorageError::Stopped),
        }
    }

    /// Writes `batch` durably.
    pub(crate) fn write(
        &self,
        writer: &mut Writer,
        batch: WriteBatch,
        action: &'static str,
    ) -> Result<(), StorageError> {
        let mut options = WriteOptions::default();
        options.set_sync(true);
        let result = self.db.write_opt(batch, &options).during(action);
        writer.has_failed |= result.is_err();
        result
    }

    /// Runs a step of the writer's; if it fails fatally, nothing is written any more.
    pub(crate) fn guarded<T>(
        writer: &mut Writer,
        step: impl FnOnce(&mut Writer) -> Result<T, StorageError>,
    ) -> Result<T, StorageError> {
        let result = step(writer);
        writer.has_failed |= matches!(&result, Err(error) if error.is_fatal());
        result
    }

    pub(crate) fn get(&self, column: Column, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
        get(&self.db, column, key)
    }
}

fn get(db: &DB, column: Column, key: &[u8]) -> Result<Option<Vec<u8>>, StorageError> {
    db.get_cf(column.of(db), key).during("reading a row")
}
