//! The index beside the chain: what it may say it is complete to, and how it gets there.

use crate::{
    course::Course,
    document::Document,
    engine::Engine,
    error::SearchError,
    find::{self, Extent, Now, Ready, TIME_MAX},
    stamp::Stamp,
};
use mulu_index::{RecordList, RecordRow};
use mulu_proofs::{
    catalog::EntrySubmitted,
    ids::{EntryId, Height, RecordNumber},
    records::{Record, RecordKind, Subject},
};
use mulu_rpc_api::{
    Cursor,
    search::{SearchAnswer, SearchQuery},
};
use mulu_storage::{SCAN_ROWS_MAX, Store, StoredRecord};
use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
};

/// High byte of the codes of records about entries.
const CATALOG: u16 = 0x02;

/// The search index of a node.
pub struct Search {
    path: PathBuf,
    store: Arc<Store>,
    follower: Mutex<Option<Follower>>,
    ready: RwLock<Option<Ready>>,
    is_stopped: AtomicBool,
}

/// The only writer of the index.
struct Follower {
    engine: Engine,
    /// Of what is visible. The one on the disk may be older by blocks that say nothing of the catalog.
    stamp: Stamp,
}

impl Search {
    /// Over a store, with the index in a folder of its own. Nothing is opened before [`Search::catch_up`].
    pub fn new(store: Arc<Store>, path: PathBuf) -> Self {
        Self { path, store, follower: Mutex::new(None), ready: RwLock::new(None), is_stopped: AtomicBool::new(false) }
    }

    /// Answers a question of somebody who may know everything.
    ///
    /// # Errors
    /// [`SearchError`] if the question is over a bound, or nothing is built yet.
    pub fn find(
        &self,
        query: &SearchQuery,
        cursor: Option<&Cursor>,
        limit: Option<u32>,
        now: Now,
    ) -> Result<SearchAnswer, SearchError> {
        self.find_within(query, cursor, limit, now, Extent::Everything)
    }

    /// Answers a question of somebody who may know a part of the catalog.
    ///
    /// # Errors
    /// [`SearchError`] if the question is over a bound, or nothing is built yet.
    pub fn find_within(
        &self,
        query: &SearchQuery,
        cursor: Option<&Cursor>,
        limit: Option<u32>,
        now: Now,
        extent: Extent<'_>,
    ) -> Result<SearchAnswer, SearchError> {
        // Nothing panics under the lock.
        let ready = self.ready.read().unwrap_or_else(PoisonError::into_inner).clone();
        find::find(&ready.ok_or(SearchError::NotReady)?, query, cursor, limit, now, extent)
    }

    /// Ends a [`Search::catch_up`] that is under way, and every later one. What it has not committed is read again next time.
    pub fn stop(&self) {
        self.is_stopped.store(true, Ordering::Relaxed);
    }

    /// Brings the index up to the last committed block, and returns its height. Opens the index first if it is not open; builds it anew
    /// if it is of another chain or format, or does not read.
    ///
    /// # Errors
    /// [`SearchError::Storage`] is the end of the node, [`SearchError::Stopped`] comes from [`Search::stop`]; after any other, the next call begins with opening.
    pub fn catch_up(&self) -> Result<Height, SearchError> {
        // Whoever panicked here has left the follower's place empty or the engine without a commit: both are where one begins.
        let mut place = self.follower.lock().unwrap_or_else(PoisonError::into_inner);
        let mut follower = match place.take() {
            Some(follower) => follower,
            None => self.open()?,
        };
        // Left empty by an error: what the engine holds uncommitted is dropped with it.
        let height = follower.catch_up(&self.store, &self.is_stopped)?;
        let Follower { engine, .. } = &follower;
        let ready =
            Ready { searcher: engine.searcher(), fields: engine.fields(), complete_to: height, time_max: TIME_MAX };
        *self.ready.write().unwrap_or_else(PoisonError::into_inner) = Some(ready);
        *place = Some(follower);
        Ok(height)
    }

    fn open(&self) -> Result<Follower, SearchError> {
        let (engine, stamp) = Engine::open(&self.path)?;
        if let Some(stamp) = stamp
            && self.store.hash_at(stamp.height)? == Some(stamp.hash)
        {
            return Ok(Follower { engine, stamp });
        }
        // No stamp, or one of blocks that this store does not have.
        drop(engine);
        let engine = Engine::create(&self.path)?;
        Ok(Follower { engine, stamp: Stamp { height: Height::new(0), hash: [0; 32], record: RecordNumber::new(0) } })
    }
}

impl Follower {
    fn catch_up(&mut self, store: &Store, is_stopped: &AtomicBool) -> Result<Height, SearchError> {
        // The height first: rows of the index are there with their block, so that those up to it are all there.
        let height = store.index_height()?;
        if height <= self.stamp.height {
            return Ok(self.stamp.height);
        }
        let hash = store.hash_at(height)?.ok_or(SearchError::Damaged { what: "the header of the index's height" })?;
        let changed = changed(store, self.stamp.record, height)?;
        self.stamp = Stamp { height, hash, record: changed.last };
        if changed.entries.is_empty() {
            return Ok(height);
        }
        for entry in &changed.entries {
            if is_stopped.load(Ordering::Relaxed) {
                return Err(SearchError::Stopped);
            }
            match document(store, *entry)? {
                Some(document) => self.engine.put(&document)?,
                None => self.engine.remove(*entry),
            }
        }
        self.engine.commit(&self.stamp)?;
        Ok(height)
    }
}

/// What the records say after one that was read.
struct Changed {
    entries: BTreeSet<EntryId>,
    last: RecordNumber,
}

/// Entries that records behind `after`, up to a height, are about.
fn changed(store: &Store, after: RecordNumber, height: Height) -> Result<Changed, SearchError> {
    let mut changed = Changed { entries: BTreeSet::new(), last: after };
    for kind in RecordKind::ALL.iter().filter(|kind| kind.code() >> 8 == CATALOG) {
        let list = RecordList::Kind(*kind);
        let mut from = after.next();
        'list: loop {
            let rows = store.index_scan(&list.prefix(), Some(&list.key(from)), SCAN_ROWS_MAX, false)?;
            for row in &rows {
                let number = RecordRow::read(row)?.number;
                let (stored, record) = record(store, number)?;
                // Of a block that was committed meanwhile; the next call reads it.
                if stored.height > height {
                    break 'list;
                }
                changed.entries.extend(record.subjects.iter().filter_map(entry_of));
                changed.last = changed.last.max(number);
                from = number.next();
            }
            if rows.len() < SCAN_ROWS_MAX {
                break;
            }
        }
    }
    Ok(changed)
}

const fn entry_of(subject: &Subject) -> Option<EntryId> {
    match subject {
        Subject::Entry(entry, _) => Some(*entry),
        _ => None,
    }
}

fn record(store: &Store, number: RecordNumber) -> Result<(StoredRecord, Record), SearchError> {
    let stored = store.record(number)?.ok_or(SearchError::Damaged { what: "a record that the index names" })?;
    let record = Record::read(&stored.bytes).map_err(|_| SearchError::Damaged { what: "a record" })?;
    Ok((stored, record))
}

/// The document of an entry as its records tell it; none if it was never submitted.
fn document(store: &Store, entry: EntryId) -> Result<Option<Document>, SearchError> {
    let list = RecordList::Entry(entry);
    let mut acts = Vec::new();
    let mut from: Option<Vec<u8>> = None;
    loop {
        let rows = store.index_scan(&list.prefix(), from.as_deref(), SCAN_ROWS_MAX, false)?;
        for row in &rows {
            acts.push(RecordRow::read(row)?);
        }
        match acts.last() {
            Some(last) if rows.len() == SCAN_ROWS_MAX => from = Some(list.key(last.number.next())),
            _ => break,
        }
    }
    let course = Course::of(&acts);
    let Some((version, submitted)) = course.shown() else { return Ok(None) };
    let (_, record) = record(store, submitted)?;
    let submitted: EntrySubmitted =
        record.body_as().map_err(|_| SearchError::Damaged { what: "the body of a submission" })?;
    Ok(Some(Document::of(entry, version, &course, &submitted.content)))
}
