//! Retention: bodies of old batches leave the data folder for archive files, and come back.
//!
//! ```text
//! archive   file.new, fsync ─> file                                        nothing changes in the data folder
//! prune     file verifies ─> rows say "archived", fsync ─> holes in the body log
//! restore   file verifies ─> bodies in their holes, fsync ─> rows say "logged", fsync
//! ```
//!
//! A body keeps its place in the log: its bytes are given back to the file system as a hole. Whatever a crash interrupts is either undone,
//! or carried to its end at the next start.

use crate::{
    archive::{self, ArchiveContent, ArchiveError, ArchiveWriter, ArchivedBatch, ArchivedBlock, CheckedBlock},
    bodies::Pointer,
    columns::Column,
    error::{During, StorageError},
    folder,
    rows::{self, BlockRow, Piece, UndecidedRow, meta},
    store::{Store, Writer},
};
use codec::{Decode, Encode};
use mulu_primitives::block::{Extrinsic, header_hash};
use mulu_proofs::{
    hash::TreeKind,
    ids::{Digest32, Height},
    records::{self, Record, RecordKind},
    tree,
};
use rocksdb::{Direction, IteratorMode, WriteBatch};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// Blocks whose rows change in one batch.
const BLOCKS_A_BATCH: usize = 1_000;
/// Longest name of an archive file.
const NAME_BYTES_MAX: usize = 255;

/// Blocks whose bodies are in a file.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Archived {
    /// First block with a body in it.
    pub first: Height,
    /// Last one.
    pub last: Height,
    /// Name of the file, without a folder.
    pub name: String,
}

impl Store {
    /// Writes the bodies of the batches in blocks `from` to `before` (that one not) to a file at `path`, which must not exist. The data
    /// folder stays as it is.
    ///
    /// # Errors
    /// [`ArchiveError`] if there is nothing to write or it cannot be written; then there is no file.
    pub fn write_archive(&self, from: Height, before: Height, path: &Path) -> Result<ArchiveContent, ArchiveError> {
        let head = self.head_height();
        if before > head {
            return Err(ArchiveError::TooNew { before, head });
        }
        if path.exists() {
            return Err(std::io::Error::from(std::io::ErrorKind::AlreadyExists).into());
        }
        let genesis = self.genesis().ok_or_else(|| StorageError::corrupt("no genesis"))?.hash;
        let unfinished = path.with_extension("new");
        let result = self.write_blocks(from, before, &unfinished, &genesis);
        if let Err(error) = result {
            // The first error says why; there may be no file yet.
            let _ = fs::remove_file(&unfinished);
            return Err(error);
        }
        fs::rename(&unfinished, path)?;
        folder::sync(path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")))?;
        // What was written is read again, as whoever gets the file will read it.
        self.check_archive(path)
    }

    fn write_blocks(&self, from: Height, before: Height, path: &Path, genesis: &Digest32) -> Result<(), ArchiveError> {
        let mut writer = None;
        for height in from.get().max(1)..before.get() {
            if let Some(block) = self.archived_block(Height::new(height))? {
                if writer.is_none() {
                    writer = Some(ArchiveWriter::create(path, genesis)?);
                }
                if let Some(writer) = &mut writer {
                    writer.push(&block)?;
                }
            }
        }
        writer.ok_or(ArchiveError::Empty)?.finish()
    }

    /// The batches of a block whose bodies are in the log.
    fn archived_block(&self, height: Height) -> Result<Option<ArchivedBlock>, StorageError> {
        let (Some(header), Some(row)) = (self.header(height)?, self.block_row(height)?) else { return Ok(None) };
        if !row.pieces.iter().any(|piece| matches!(piece, Piece::Logged(_))) {
            return Ok(None);
        }
        let all = self.records_of_block(height)?.unwrap_or_default();
        let leaves: Vec<_> = all.iter().map(|record| records::leaf_of(record)).collect();
        let logged = self.logged(&row)?;
        let mut batches = Vec::new();
        for (place, bytes) in all.into_iter().enumerate() {
            let record = Record::read(&bytes).map_err(|_| StorageError::corrupt("record of a block"))?;
            let Some(hash) = record.extrinsic.filter(|_| record.kind == RecordKind::BatchAccepted) else { continue };
            // A batch that is shorter than a body of the log stays in its block.
            if let Some((_, extrinsic)) = logged.iter().find(|(found, _)| *found == hash) {
                let path = tree::path(TreeKind::Records, &leaves, place).expect("the place is one of the leaves'");
                batches.push(ArchivedBatch { record: bytes, path, extrinsic: extrinsic.clone() });
            }
        }
        Ok((!batches.is_empty()).then(|| ArchivedBlock { header: header.encode(), batches }))
    }

    /// Hashes and bytes of the extrinsics that stand in the log.
    fn logged(&self, row: &BlockRow) -> Result<Vec<(Digest32, Vec<u8>)>, StorageError> {
        let mut found = Vec::new();
        for piece in &row.pieces {
            if let Piece::Logged(pointer) = piece {
                let extrinsic = self.log.read(*pointer)?;
                found.push((extrinsic.hash(), extrinsic.bytes().to_vec()));
            }
        }
        Ok(found)
    }

    /// Checks a file against this chain: every block in it is one of the chain's.
    ///
    /// # Errors
    /// [`ArchiveError`] if the file is damaged or of another chain.
    pub fn check_archive(&self, path: &Path) -> Result<ArchiveContent, ArchiveError> {
        let content = archive::read(path, |block| self.is_ours(&block))?;
        let genesis = self.genesis().ok_or_else(|| StorageError::corrupt("no genesis"))?.hash;
        if content.genesis == genesis {
            Ok(content)
        } else {
            Err(ArchiveError::OtherChain { what: format!("its genesis is 0x{}", hex::encode(content.genesis)) })
        }
    }

    fn is_ours(&self, block: &CheckedBlock) -> Result<(), ArchiveError> {
        let ours = self.header(block.height)?.map(|header| header_hash(&header));
        if ours == Some(block.hash) {
            Ok(())
        } else {
            Err(ArchiveError::OtherChain { what: format!("block {} is another one", block.height) })
        }
    }

    /// Removes the bodies in an archive file from the data folder, once all of the file has verified. Run again, it removes what is left.
    ///
    /// # Errors
    /// [`ArchiveError`]; unless it is a fatal one, nothing was removed.
    pub fn prune_archived(&self, path: &Path) -> Result<ArchiveContent, ArchiveError> {
        let (content, archived) = self.note_pruned(path)?;
        self.punch(&mut *self.writer()?, &archived)?;
        Ok(content)
    }

    /// Notes durably that the bodies of a file are archived. From here on nobody asks the log for them.
    pub(crate) fn note_pruned(&self, path: &Path) -> Result<(ArchiveContent, Archived), ArchiveError> {
        let content = self.check_archive(path)?;
        let head = self.head_height();
        if content.last >= head {
            return Err(ArchiveError::TooNew { before: content.last.next(), head });
        }
        let archived = Archived { first: content.first, last: content.last, name: name_of(path)? };
        let needed = self.needed_by_undecided()?;
        // Whatever keeps a body here is found before anything is written.
        archive::read(path, |block| self.moved(&block, &needed).map(drop))?;
        let mut batch = WriteBatch::default();
        let single = Column::Meta.of(&self.db);
        batch.put_cf(single, meta::archived(archived.first), archived.encode());
        batch.put_cf(single, meta::PUNCHING, archived.encode());
        self.rewrite(path, batch, |block| self.moved(block, &needed))?;
        self.view_mut().archived.insert(archived.first, archived.clone());
        Ok((content, archived))
    }

    /// Writes `batch` with the rows that `row` gives for the blocks of a file, so many blocks at a time.
    fn rewrite(
        &self,
        path: &Path,
        mut batch: WriteBatch,
        row: impl Fn(&CheckedBlock) -> Result<Option<BlockRow>, ArchiveError>,
    ) -> Result<(), ArchiveError> {
        const ACTION: &str = "noting where bodies are";
        let mut writer = self.writer()?;
        let mut waiting = 0;
        archive::read(path, |block| {
            if let Some(row) = row(&block)? {
                batch.put_cf(Column::Blocks.of(&self.db), rows::height_key(block.height), row.encode());
                waiting += 1;
            }
            if waiting == BLOCKS_A_BATCH {
                waiting = 0;
                self.write(&mut writer, std::mem::take(&mut batch), ACTION)?;
            }
            Ok(())
        })?;
        Ok(self.write(&mut writer, batch, ACTION)?)
    }

    /// The block's row with the file's bodies archived; none if it says so already.
    fn moved(&self, block: &CheckedBlock, needed: &BTreeSet<u64>) -> Result<Option<BlockRow>, ArchiveError> {
        let mut row = self.block_row(block.height)?.ok_or_else(|| StorageError::corrupt("block of an archive"))?;
        let digests = digests(block);
        let mut is_changed = false;
        for piece in &mut row.pieces {
            let Piece::Logged(pointer) = *piece else { continue };
            if digests.contains_key(&self.log.check(pointer)?) {
                if needed.contains(&pointer.offset) {
                    return Err(ArchiveError::InUse { height: block.height });
                }
                *piece = Piece::Archived(pointer);
                is_changed = true;
            }
        }
        Ok(is_changed.then_some(row))
    }

    /// Positions of the bodies that undecided blocks point to.
    fn needed_by_undecided(&self) -> Result<BTreeSet<u64>, StorageError> {
        let mut needed = BTreeSet::new();
        for row in self.db.iterator_cf(Column::Undecided.of(&self.db), IteratorMode::Start) {
            let (_, row) = row.during("reading undecided blocks")?;
            for piece in rows::decode::<UndecidedRow>(&row, "undecided block")?.pieces {
                if let Piece::Logged(pointer) = piece {
                    needed.insert(pointer.offset);
                }
            }
        }
        Ok(needed)
    }

    /// Gives the bytes of archived bodies back to the file system. The rows that say "archived" are durable by then.
    fn punch(&self, writer: &mut Writer, archived: &Archived) -> Result<(), StorageError> {
        for height in archived.first.get()..=archived.last.get() {
            for pointer in self.archived_pieces(Height::new(height))? {
                self.log.punch(pointer)?;
            }
        }
        self.log.sync()?;
        let mut batch = WriteBatch::default();
        batch.delete_cf(Column::Meta.of(&self.db), meta::PUNCHING);
        self.write(writer, batch, "noting that archived bodies are removed")
    }

    fn archived_pieces(&self, height: Height) -> Result<Vec<Pointer>, StorageError> {
        let pieces = self.block_row(height)?.map(|row| row.pieces).unwrap_or_default();
        let archived = |piece: Piece| if let Piece::Archived(pointer) = piece { Some(pointer) } else { None };
        Ok(pieces.into_iter().filter_map(archived).collect())
    }

    /// Brings the bodies in an archive file back into the data folder.
    ///
    /// # Errors
    /// [`ArchiveError`]; bodies that are back already stay.
    pub fn restore_archive(&self, path: &Path) -> Result<ArchiveContent, ArchiveError> {
        let content = self.put_bodies_back(path)?;
        self.rewrite(path, WriteBatch::default(), |block| self.returned(block))?;
        let mut batch = WriteBatch::default();
        batch.delete_cf(Column::Meta.of(&self.db), meta::archived(content.first));
        self.write(&mut *self.writer()?, batch, "noting that an archive is restored")?;
        self.view_mut().archived.remove(&content.first);
        Ok(content)
    }

    /// Puts the bodies into their places, durably, before any row says that they are there.
    pub(crate) fn put_bodies_back(&self, path: &Path) -> Result<ArchiveContent, ArchiveError> {
        let content = self.check_archive(path)?;
        archive::read(path, |block| self.returned(&block).map(drop))?;
        self.log.sync()?;
        Ok(content)
    }

    /// Puts the block's archived bodies into their places in the log; its row with them logged, if it had any.
    fn returned(&self, block: &CheckedBlock) -> Result<Option<BlockRow>, ArchiveError> {
        let mut row = self.block_row(block.height)?.ok_or_else(|| StorageError::corrupt("block of an archive"))?;
        let digests = digests(block);
        let mut is_changed = false;
        for piece in &mut row.pieces {
            let Piece::Archived(pointer) = *piece else { continue };
            if let Some(extrinsic) = digests.get(&self.log.check(pointer)?) {
                self.log.put_back(pointer, extrinsic)?;
                *piece = Piece::Logged(pointer);
                is_changed = true;
            }
        }
        Ok(is_changed.then_some(row))
    }

    /// Archive files whose bodies are not here, by their first block.
    pub(crate) fn load_archived(&self) -> Result<BTreeMap<Height, Archived>, StorageError> {
        let mut found = BTreeMap::new();
        let from = IteratorMode::From(meta::ARCHIVED, Direction::Forward);
        for row in self.db.iterator_cf(Column::Meta.of(&self.db), from) {
            let (key, row) = row.during("reading the list of archives")?;
            if !key.starts_with(meta::ARCHIVED) {
                break;
            }
            let archived: Archived = rows::decode(&row, "archive")?;
            found.insert(archived.first, archived);
        }
        Ok(found)
    }

    /// Carries to its end what a crash has interrupted between noting that bodies are archived and removing them.
    pub(crate) fn finish_pruning(&self) -> Result<(), StorageError> {
        let Some(row) = self.get(Column::Meta, meta::PUNCHING)? else { return Ok(()) };
        let archived: Archived = rows::decode(&row, "archive whose bodies are being removed")?;
        let mut writer = self.writer()?;
        self.punch(&mut writer, &archived)
    }

    /// Archive files whose bodies are not here, ascending.
    pub fn archives(&self) -> Vec<Archived> {
        self.view().archived.values().cloned().collect()
    }

    /// The first height from which on every body is here.
    pub fn oldest_whole(&self) -> Height {
        self.view().archived.values().map(|archived| archived.last.next()).max().unwrap_or(Height::new(1))
    }

    /// Name of the archive file that has the bodies of a block.
    pub(crate) fn archive_of(&self, height: Height) -> String {
        let view = self.view();
        let before = view.archived.range(..=height).rev();
        let found = before.map(|(_, archived)| archived).find(|archived| archived.last >= height);
        found.map_or_else(|| "an archive file".to_owned(), |archived| archived.name.clone())
    }
}

/// The block's bodies by what stands in the heads of their frames.
fn digests(block: &CheckedBlock) -> BTreeMap<Digest32, &Extrinsic> {
    let digest = |extrinsic: &Extrinsic| *blake3::hash(extrinsic.bytes()).as_bytes();
    block.batches.iter().map(|(_, extrinsic)| (digest(extrinsic), extrinsic)).collect()
}

/// The file's name, as answers show it.
fn name_of(path: &Path) -> Result<String, ArchiveError> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    match name.len() {
        1..=NAME_BYTES_MAX => Ok(name),
        _ => Err(std::io::Error::from(std::io::ErrorKind::InvalidFilename).into()),
    }
}
