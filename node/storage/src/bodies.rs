//! The append-only log of bodies: extrinsics over [`INLINE_BYTES_MAX`], each stored once.
//!
//! ```text
//! file  = "mulu bodies v1\n" ‖ 0 ‖ frame…
//! frame = length (4, little-endian) ‖ blake3 of the bytes (32) ‖ bytes
//! ```
//!
//! Positions come from [`Pointer`]s alone; the log is never searched. A frame is durable before anything points to it, and the
//! position behind it is written in the same batch as the pointer, so that a torn tail is known and cut at the next start.

use crate::{
    error::{During, StorageError},
    folder,
};
use codec::{Decode, Encode};
use mulu_primitives::block::{EXTRINSIC_BYTES_MAX, Extrinsic};
use mulu_proofs::ids::Digest32;
use rustix::fs::{FallocateFlags, fallocate};
use std::{
    collections::{BTreeMap, VecDeque},
    fs::{File, OpenOptions},
    io,
    os::unix::fs::{FileExt, MetadataExt},
    path::Path,
};

/// Extrinsics up to this length stand in the block's row itself.
pub const INLINE_BYTES_MAX: usize = 1024;
/// Most bodies whose place is remembered so that they are not stored again.
const KNOWN_MAX: usize = 16_384;

const FILE_NAME: &str = "bodies.log";
const MAGIC: &[u8; 16] = b"mulu bodies v1\n\0";
const FRAME_HEAD_BYTES: usize = 4 + 32;

const _: () = assert!(EXTRINSIC_BYTES_MAX <= u32::MAX as usize);

/// Where a body stands in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Pointer {
    /// Position of the frame.
    pub offset: u64,
    /// Length of the body.
    pub bytes: u32,
}

/// The log, for reading.
#[derive(Debug)]
pub struct BodyLog {
    file: File,
}

impl BodyLog {
    /// Opens the log in `folder` and cuts it at `end`, the position behind the last frame that anything points to (0: nothing does).
    ///
    /// # Errors
    /// [`StorageError::Corrupt`] if bytes that something points to are missing.
    pub fn open(folder: &Path, end: u64) -> Result<(Self, Appender), StorageError> {
        let path = folder.join(FILE_NAME);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|source| StorageError::Unusable { path: path.clone(), source })?;
        let length = file.metadata().during("reading the length of the body log")?.len();
        let magic = MAGIC.len() as u64;
        if length < end {
            return Err(StorageError::corrupt(format!("{FILE_NAME} has {length} bytes, blocks point to {end}")));
        }
        let end = end.max(magic);
        if length < magic {
            file.write_all_at(MAGIC, 0).during("writing the head of the body log")?;
        }
        let mut head = [0; 16];
        file.read_exact_at(&mut head, 0).during("reading the head of the body log")?;
        if &head != MAGIC {
            return Err(StorageError::corrupt(format!("{FILE_NAME} does not begin as a body log")));
        }
        if length > end {
            tracing::info!(bytes = length - end, "cutting the end of the body log, which nothing points to");
            file.set_len(end).during("cutting the body log")?;
        }
        if length != end {
            file.sync_all().during("fsync of the body log")?;
            folder::sync(folder).during("fsync of the data folder")?;
        }
        Ok((Self { file }, Appender { end, known: BTreeMap::new(), order: VecDeque::new() }))
    }

    /// Reads a body and checks it.
    ///
    /// # Errors
    /// [`StorageError`], always fatal.
    pub fn read(&self, pointer: Pointer) -> Result<Extrinsic, StorageError> {
        let length = pointer.bytes as usize;
        let check = self.check(pointer)?;
        let mut body = vec![0; length];
        self.file
            .read_exact_at(&mut body, pointer.offset + FRAME_HEAD_BYTES as u64)
            .during("reading a body from the log")?;
        if *blake3::hash(&body).as_bytes() == check {
            Ok(Extrinsic::new(&body))
        } else {
            Err(StorageError::corrupt(format!("body at {} of {FILE_NAME}", pointer.offset)))
        }
    }

    /// The checksum in a frame's head, which stays where the body is archived.
    pub(crate) fn check(&self, pointer: Pointer) -> Result<Digest32, StorageError> {
        let mut head = [0; FRAME_HEAD_BYTES];
        self.file.read_exact_at(&mut head, pointer.offset).during("reading a body from the log")?;
        let [a, b, c, d, check @ ..] = head;
        if u32::from_le_bytes([a, b, c, d]) == pointer.bytes && pointer.bytes as usize <= EXTRINSIC_BYTES_MAX {
            Ok(check)
        } else {
            Err(StorageError::corrupt(format!("frame at {} of {FILE_NAME}", pointer.offset)))
        }
    }

    /// Gives the bytes of a body back to the file system; its frame's head stays. Where they are given back already, nothing happens.
    ///
    /// # Errors
    /// [`StorageError::BodyLog`] if the file system cannot keep holes in files, or fails.
    pub(crate) fn punch(&self, pointer: Pointer) -> Result<(), StorageError> {
        let hole = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
        fallocate(&self.file, hole, pointer.offset + FRAME_HEAD_BYTES as u64, u64::from(pointer.bytes))
            .map_err(io::Error::from)
            .during("giving the bytes of an archived body back to the file system")
    }

    /// Puts a body back into its frame, whose head says that it is the one.
    ///
    /// # Errors
    /// [`StorageError`] if it is another one, or writing fails.
    pub(crate) fn put_back(&self, pointer: Pointer, body: &Extrinsic) -> Result<(), StorageError> {
        if self.check(pointer)? != *blake3::hash(body.bytes()).as_bytes() {
            return Err(StorageError::corrupt(format!(
                "frame at {} of {FILE_NAME} is of another body",
                pointer.offset
            )));
        }
        self.file
            .write_all_at(body.bytes(), pointer.offset + FRAME_HEAD_BYTES as u64)
            .during("putting an archived body back")
    }

    /// Makes holes and bodies that were put back durable.
    pub(crate) fn sync(&self) -> Result<(), StorageError> {
        self.file.sync_data().during("fsync of the body log")
    }

    /// Bytes that the file takes, holes left out.
    ///
    /// # Errors
    /// [`StorageError`] if the system cannot say.
    pub fn bytes(&self) -> Result<u64, StorageError> {
        let file = self.file.metadata().during("reading the length of the body log")?;
        Ok(file.len().min(file.blocks() * 512))
    }
}

/// The end of the log, for the one writer.
#[derive(Debug)]
pub struct Appender {
    end: u64,
    known: BTreeMap<Digest32, Pointer>,
    order: VecDeque<Digest32>,
}

impl Appender {
    /// Position behind the last frame.
    pub const fn end(&self) -> u64 {
        self.end
    }

    /// Remembers a body that is in the log already.
    ///
    /// # Errors
    /// [`StorageError`] if its frame does not read.
    pub fn learn(&mut self, log: &BodyLog, pointer: Pointer) -> Result<(), StorageError> {
        let check = log.check(pointer)?;
        self.remember(check, pointer);
        Ok(())
    }

    fn remember(&mut self, check: Digest32, pointer: Pointer) {
        if self.known.insert(check, pointer).is_none() {
            self.order.push_back(check);
        }
        while self.order.len() > KNOWN_MAX {
            if let Some(oldest) = self.order.pop_front() {
                self.known.remove(&oldest);
            }
        }
    }

    /// Where each of `bodies` stands, new ones appended and durable.
    ///
    /// # Errors
    /// [`StorageError::BodyLog`] if writing or fsync failed: then nothing may be written any more.
    pub fn store<'a>(
        &mut self,
        log: &BodyLog,
        bodies: impl Iterator<Item = &'a Extrinsic>,
    ) -> Result<Vec<Pointer>, StorageError> {
        let mut frames = Vec::new();
        let mut pointers = Vec::new();
        for body in bodies {
            let check = *blake3::hash(body.bytes()).as_bytes();
            let pointer = self.known.get(&check).copied().unwrap_or_else(|| {
                let offset = self.end + frames.len() as u64;
                let bytes =
                    u32::try_from(body.bytes().len()).expect("at most EXTRINSIC_BYTES_MAX; checked by the caller");
                frames.extend_from_slice(&bytes.to_le_bytes());
                frames.extend_from_slice(&check);
                frames.extend_from_slice(body.bytes());
                Pointer { offset, bytes }
            });
            self.remember(check, pointer);
            pointers.push(pointer);
        }
        if !frames.is_empty() {
            log.file.write_all_at(&frames, self.end).during("appending to the body log")?;
            log.file.sync_data().during("fsync of the body log")?;
            self.end += frames.len() as u64;
        }
        Ok(pointers)
    }
}
