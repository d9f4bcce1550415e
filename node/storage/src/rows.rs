//! Rows as they lie in the database. Numbers in keys are big-endian, so that rows lie in their order.

use crate::{
    bodies::{INLINE_BYTES_MAX, Pointer},
    error::StorageError,
};
use codec::{Decode, Encode};
use mulu_primitives::block::{Block, Extrinsic, Header};
use mulu_proofs::ids::{Digest32, Height, RecordNumber};

/// Keys of the column of single values.
pub mod meta {
    /// Chain id, genesis hash, first validators.
    pub const GENESIS: &[u8] = b"genesis";
    /// Height of the last committed block.
    pub const HEAD: &[u8] = b"head";
    /// Position behind the last byte of the body log that anything ever pointed to.
    pub const LOG_END: &[u8] = b"log_end";
    /// Hash of the block whose execution began.
    pub const EXECUTING: &[u8] = b"executing";
    /// Last thing that this node signed in consensus.
    pub const HIGH_WATER: &[u8] = b"high_water";
    /// Height that the index is complete to.
    pub const INDEX_HEIGHT: &[u8] = b"index_height";
    /// Oldest height whose state is there.
    pub const OLDEST_STATE: &[u8] = b"oldest_state";
    /// Before the first height of each archive file whose bodies are not here.
    pub const ARCHIVED: &[u8] = b"archived/";
    /// The archive file whose bodies are being removed.
    pub const PUNCHING: &[u8] = b"punching";
    /// Before the keys that callers choose.
    pub const CALLER: &[u8] = b"caller/";

    /// Key of the archive file that begins with a block.
    pub fn archived(first: mulu_proofs::ids::Height) -> Vec<u8> {
        [ARCHIVED, &first.get().to_be_bytes()].concat()
    }
}

/// One extrinsic of a stored block.
#[derive(Debug, Encode, Decode)]
pub enum Piece {
    /// Its bytes.
    #[codec(index = 0)]
    Inline(Vec<u8>),
    /// Its place in the body log.
    #[codec(index = 1)]
    Logged(Pointer),
    /// Its place in the body log, where its bytes no longer are: an archive file has them.
    #[codec(index = 2)]
    Archived(Pointer),
}

/// A committed block without its header.
#[derive(Debug, Encode, Decode)]
pub struct BlockRow {
    /// Its extrinsics.
    pub pieces: Vec<Piece>,
    /// Number of its first record; 0 if it has none.
    pub records_first: u64,
    /// Number of its records.
    pub records_count: u32,
}

/// A block that may be decided yet.
#[derive(Debug, Encode, Decode)]
pub struct UndecidedRow {
    /// What consensus keeps with it.
    pub meta: Vec<u8>,
    /// Its header.
    pub header: Header,
    /// Its extrinsics.
    pub pieces: Vec<Piece>,
}

/// Where an undecided block lies: by height, then round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UndecidedKey {
    pub height: Height,
    pub round: u32,
    pub hash: Digest32,
}

impl UndecidedKey {
    pub fn bytes(&self) -> Vec<u8> {
        [&self.height.get().to_be_bytes()[..], &self.round.to_be_bytes(), &self.hash].concat()
    }

    pub fn read(bytes: &[u8]) -> Result<Self, StorageError> {
        let read = || {
            let (height, rest) = bytes.split_first_chunk::<4>()?;
            let (round, hash) = rest.split_first_chunk::<4>()?;
            Some(Self {
                height: Height::new(u32::from_be_bytes(*height)),
                round: u32::from_be_bytes(*round),
                hash: hash.try_into().ok()?,
            })
        };
        read().ok_or_else(|| StorageError::corrupt("key of an undecided block"))
    }
}

/// Extrinsics that go into the body log, in the block's order.
pub fn long(block: &Block) -> impl Iterator<Item = &Extrinsic> {
    block.extrinsics.iter().filter(|extrinsic| is_long(extrinsic))
}

fn is_long(extrinsic: &Extrinsic) -> bool {
    extrinsic.bytes().len() > INLINE_BYTES_MAX
}

/// The block's pieces; `pointers` are those of its [`long`] extrinsics.
pub fn pieces(block: &Block, pointers: Vec<Pointer>) -> Vec<Piece> {
    let mut pointers = pointers.into_iter();
    let piece = |extrinsic: &Extrinsic| match is_long(extrinsic) {
        true => Piece::Logged(pointers.next().expect("one pointer for each long extrinsic")),
        false => Piece::Inline(extrinsic.bytes().to_vec()),
    };
    block.extrinsics.iter().map(piece).collect()
}

/// Reads a row that holds `T` and nothing else.
pub fn decode<T: Decode>(mut bytes: &[u8], what: &'static str) -> Result<T, StorageError> {
    match T::decode(&mut bytes) {
        Ok(value) if bytes.is_empty() => Ok(value),
        _ => Err(StorageError::corrupt(what)),
    }
}

/// Reads a row of exactly `N` bytes.
pub fn exactly<const N: usize>(bytes: &[u8], what: &'static str) -> Result<[u8; N], StorageError> {
    bytes.try_into().map_err(|_| StorageError::corrupt(what))
}

/// Reads a height.
pub fn height(bytes: &[u8], what: &'static str) -> Result<Height, StorageError> {
    Ok(Height::new(u32::from_be_bytes(exactly(bytes, what)?)))
}

/// Key of a height.
pub const fn height_key(height: Height) -> [u8; 4] {
    height.get().to_be_bytes()
}

/// Key of a record.
pub const fn record_key(number: RecordNumber) -> [u8; 8] {
    number.get().to_be_bytes()
}
