//! Archive files: bodies of batches outside the data folder, each with what proves it.
//!
//! ```text
//! file  = "mulu archive v1\n" ‖ genesis hash (32) ‖ frame… ‖ end
//! frame = length (4, little-endian) ‖ blake3 of the bytes (32) ‖ SCALE of an ArchivedBlock
//! end   = ff ff ff ff ‖ number of frames (4, little-endian) ‖ blake3 of everything before it (32)
//! ```
//!
//! A block's frame holds its header, and for each batch the record, the record's path to the record root in the header, and the
//! extrinsic, whose hash the record names. So a file stands on the hashes of its headers and on nothing else.

use crate::error::StorageError;
use codec::{Decode, Encode};
use mulu_primitives::block::{EXTRINSIC_BYTES_MAX, Extrinsic};
use mulu_proofs::{
    hash::TreeKind,
    header::HeaderView,
    ids::{Digest32, Height, RecordNumber},
    records::{self, Record, RecordKind},
    tree,
};
use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Read, Write},
    path::Path,
};

const MAGIC: &[u8; 16] = b"mulu archive v1\n";
const END: [u8; 4] = [0xff; 4];
/// Longest frame: a block's bodies, with records and paths to spare.
const FRAME_BYTES_MAX: usize = 64 * 1024 * 1024;

const _: () = assert!(FRAME_BYTES_MAX < u32::MAX as usize && FRAME_BYTES_MAX > 2 * EXTRINSIC_BYTES_MAX);

/// A batch outside the data folder.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ArchivedBatch {
    /// Its record.
    pub record: Vec<u8>,
    /// Way from the record to the record root of the header.
    pub path: tree::Path,
    /// The extrinsic that carried it.
    pub extrinsic: Vec<u8>,
}

/// The batches of one block.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ArchivedBlock {
    /// The header.
    pub header: Vec<u8>,
    /// Batches that it accepted, in record order.
    pub batches: Vec<ArchivedBatch>,
}

/// A block of a file, checked: everything in it leads to the hash of its header.
#[derive(Clone, Debug)]
pub struct CheckedBlock {
    /// Its height.
    pub height: Height,
    /// Hash of its header.
    pub hash: Digest32,
    /// Records and the extrinsics that carried the batches.
    pub batches: Vec<(RecordNumber, Extrinsic)>,
}

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveContent {
    /// Genesis hash of its chain.
    pub genesis: Digest32,
    /// First block with a body in it.
    pub first: Height,
    /// Last one.
    pub last: Height,
    /// Hash of the last one's header.
    pub last_hash: Digest32,
    /// Batches.
    pub batches: u64,
    /// Bytes of their extrinsics.
    pub bytes: u64,
}

/// Why a file is no archive.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It cannot be read or written.
    #[error("the archive file cannot be read or written; check the folder and its free space")]
    File(#[from] io::Error),
    /// It is damaged, or no archive.
    #[error("the archive does not verify: {what}; take another copy of the file")]
    Unsound {
        /// What is wrong.
        what: String,
    },
    /// It is of another chain, or of blocks that this chain does not have.
    #[error("the archive is not of this chain: {what}")]
    OtherChain {
        /// What differs.
        what: String,
    },
    /// There is nothing to archive.
    #[error("there are no bodies of batches in the blocks asked for; nothing was written")]
    Empty,
    /// The blocks asked for are not ended.
    #[error("block {before} is not behind the last committed block {head}; the newest blocks stay in the data folder")]
    TooNew {
        /// First height that stays.
        before: Height,
        /// Last committed height.
        head: Height,
    },
    /// A body is still needed by a block that is not decided yet.
    #[error("an undecided block uses a body of block {height}; run the node for a while and try again")]
    InUse {
        /// Height of the committed block.
        height: Height,
    },
    /// Storage says no.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

fn unsound(what: impl Into<String>) -> ArchiveError {
    ArchiveError::Unsound { what: what.into() }
}

/// Writes a file, frame by frame.
pub struct ArchiveWriter {
    file: BufWriter<File>,
    digest: blake3::Hasher,
    frames: u32,
}

impl ArchiveWriter {
    /// Begins a file, which must not exist.
    pub fn create(path: &Path, genesis: &Digest32) -> Result<Self, ArchiveError> {
        let file = BufWriter::new(File::create_new(path)?);
        let mut writer = Self { file, digest: blake3::Hasher::new(), frames: 0 };
        writer.put(MAGIC)?;
        writer.put(genesis)?;
        Ok(writer)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), ArchiveError> {
        self.digest.update(bytes);
        Ok(self.file.write_all(bytes)?)
    }

    /// Adds a block.
    pub fn push(&mut self, block: &ArchivedBlock) -> Result<(), ArchiveError> {
        let bytes = block.encode();
        let length = u32::try_from(bytes.len()).ok().filter(|length| *length as usize <= FRAME_BYTES_MAX);
        let length = length.ok_or_else(|| unsound("a block is larger than a frame may be"))?;
        self.put(&length.to_le_bytes())?;
        self.put(blake3::hash(&bytes).as_bytes())?;
        self.put(&bytes)?;
        self.frames += 1;
        Ok(())
    }

    /// Ends the file and makes it durable.
    pub fn finish(mut self) -> Result<(), ArchiveError> {
        self.put(&END)?;
        let frames = self.frames.to_le_bytes();
        self.put(&frames)?;
        let digest = *self.digest.finalize().as_bytes();
        self.file.write_all(&digest)?;
        self.file.flush()?;
        Ok(self.file.get_ref().sync_all()?)
    }
}

/// Reads a file from its beginning to its end and hands each block on as soon as it is checked. Whatever `each` does must wait for the
/// result where it cannot be undone: only the end says that the file is whole.
///
/// # Errors
/// [`ArchiveError`] if anything in the file does not lead to the header hashes in it, or `each` fails.
pub fn read(
    path: &Path,
    mut each: impl FnMut(CheckedBlock) -> Result<(), ArchiveError>,
) -> Result<ArchiveContent, ArchiveError> {
    let mut source = Source { file: BufReader::new(File::open(path)?), digest: blake3::Hasher::new() };
    if &source.take::<16>()? != MAGIC {
        return Err(unsound("it does not begin as an archive"));
    }
    let genesis = source.take::<32>()?;
    let mut content: Option<ArchiveContent> = None;
    let mut frames = 0_u32;
    loop {
        let length = source.take::<4>()?;
        if length == END {
            break;
        }
        let block = check(&source.frame(u32::from_le_bytes(length))?)?;
        frames += 1;
        let bytes = block.batches.iter().map(|(_, extrinsic)| extrinsic.bytes().len() as u64).sum::<u64>();
        let (first, batches, before) =
            content.as_ref().map_or((block.height, 0, 0), |content| (content.first, content.batches, content.bytes));
        if content.as_ref().is_some_and(|content| content.last >= block.height) {
            return Err(unsound(format!("block {} is out of order", block.height)));
        }
        content = Some(ArchiveContent {
            genesis,
            first,
            last: block.height,
            last_hash: block.hash,
            batches: batches + block.batches.len() as u64,
            bytes: before + bytes,
        });
        each(block)?;
    }
    if source.take::<4>()? != frames.to_le_bytes() {
        return Err(unsound("blocks are missing in it"));
    }
    source.end()?;
    content.ok_or_else(|| unsound("it is empty"))
}

struct Source {
    file: BufReader<File>,
    digest: blake3::Hasher,
}

impl Source {
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), ArchiveError> {
        self.file.read_exact(bytes).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => unsound("it is cut short"),
            _ => error.into(),
        })?;
        self.digest.update(bytes);
        Ok(())
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], ArchiveError> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    fn frame(&mut self, length: u32) -> Result<Vec<u8>, ArchiveError> {
        if length as usize > FRAME_BYTES_MAX {
            return Err(unsound("a frame is longer than any block"));
        }
        let expected = self.take::<32>()?;
        let mut bytes = vec![0; length as usize];
        self.fill(&mut bytes)?;
        if *blake3::hash(&bytes).as_bytes() == expected { Ok(bytes) } else { Err(unsound("a frame's digest differs")) }
    }

    fn end(mut self) -> Result<(), ArchiveError> {
        let expected = *self.digest.finalize().as_bytes();
        let mut rest = Vec::new();
        // One byte more than there may be.
        self.file.by_ref().take(33).read_to_end(&mut rest)?;
        if rest == expected { Ok(()) } else { Err(unsound("the digest of the whole file differs")) }
    }
}

/// Checks a block: each extrinsic is the one that its record names, each record stands in the header's record tree.
fn check(bytes: &[u8]) -> Result<CheckedBlock, ArchiveError> {
    let input = &mut &bytes[..];
    let block = ArchivedBlock::decode(input).map_err(|_| unsound("a block does not decode"))?;
    if !input.is_empty() {
        return Err(unsound("bytes follow a block"));
    }
    let header = HeaderView::read(&block.header).map_err(|error| unsound(error.to_string()))?;
    let at = |what: &str| unsound(format!("block {}: {what}", header.height));
    let log = header.records.ok_or_else(|| at("its header has no records"))?;
    let mut batches: Vec<(RecordNumber, Extrinsic)> = Vec::with_capacity(block.batches.len());
    for ArchivedBatch { record: bytes, path, extrinsic } in block.batches {
        let record = Record::read(&bytes).map_err(|_| at("a record does not decode"))?;
        let root = path.root(TreeKind::Records, &records::leaf_of(&bytes));
        if root != Some(log.root) || path.count != u64::from(log.count) {
            return Err(at("a record is not in its header's tree"));
        }
        let extrinsic = Extrinsic::new(&extrinsic);
        if record.kind != RecordKind::BatchAccepted || record.extrinsic != Some(extrinsic.hash()) {
            return Err(at("a body is not the one that its record names"));
        }
        if batches.last().is_some_and(|(number, _)| *number >= record.number) {
            return Err(at("records are out of order"));
        }
        batches.push((record.number, extrinsic));
    }
    if batches.is_empty() {
        return Err(at("it has no batch"));
    }
    Ok(CheckedBlock { height: header.height, hash: header.hash, batches })
}
