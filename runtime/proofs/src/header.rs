//! Block headers as bytes: what a verifier reads from them without the runtime.

use crate::{
    hash::{self, TreeKind},
    ids::{Digest32, Height},
};
use codec::{Compact, Decode, Encode};

/// Engine id of the record-log digest item: first number, count, root.
pub const RECORDS_ENGINE_ID: [u8; 4] = *b"mulR";
/// Engine id of the history digest item: root of the tree over all earlier header hashes.
pub const HISTORY_ENGINE_ID: [u8; 4] = *b"mulH";
/// Engine id of the validator-set digest item: digest of the set that signs from the next height on.
pub const VALIDATORS_ENGINE_ID: [u8; 4] = *b"mulV";

/// Largest header that is read, in bytes.
pub const HEADER_BYTES_MAX: usize = 4096;

/// The record log of one block, as its header commits to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RecordLog {
    /// Suite of the tree.
    pub suite: hash::Suite,
    /// Number of the block's first record; of the next record if the block has none.
    pub first: u64,
    /// Number of records.
    pub count: u32,
    /// Root of the tree over the block's records.
    pub root: Digest32,
}

/// The history tree, as a header commits to it: all headers before this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct History {
    /// Suite of the tree.
    pub suite: hash::Suite,
    /// Root over the hashes of the headers 0 to height − 1; its count is the height.
    pub root: Digest32,
}

/// The validator set that signs from the next height on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct NextValidators {
    /// Suite of the keys and of the digest.
    pub suite: hash::Suite,
    /// [`crate::certificate::ValidatorSet::digest`].
    pub digest: Digest32,
}

/// A header, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderView {
    /// blake2-256 of the header's bytes.
    pub hash: Digest32,
    /// Hash of the parent.
    pub parent_hash: Digest32,
    /// Height.
    pub height: Height,
    /// Root of the state trie.
    pub state_root: Digest32,
    /// Root over the extrinsics.
    pub extrinsics_root: Digest32,
    /// Record log, absent in genesis.
    pub records: Option<RecordLog>,
    /// History, absent in genesis.
    pub history: Option<History>,
    /// Validator set from the next height on, where it changes.
    pub next_validators: Option<NextValidators>,
}

/// The bytes are not a header of this chain's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the header does not decode: {0}")]
pub struct HeaderError(&'static str);

impl HeaderView {
    /// Reads `bytes` (SCALE of Substrate's generic header); nothing may follow.
    ///
    /// # Errors
    /// [`HeaderError`] if the bytes are too long, cut, followed by others, or carry an item of ours twice.
    pub fn read(bytes: &[u8]) -> Result<Self, HeaderError> {
        if bytes.len() > HEADER_BYTES_MAX {
            return Err(HeaderError("longer than any header"));
        }
        let input = &mut &bytes[..];
        let parent_hash = Digest32::decode(input).map_err(|_| HeaderError("parent hash"))?;
        let height = Compact::<u32>::decode(input).map_err(|_| HeaderError("number"))?.0;
        let state_root = Digest32::decode(input).map_err(|_| HeaderError("state root"))?;
        let extrinsics_root = Digest32::decode(input).map_err(|_| HeaderError("extrinsics root"))?;
        let mut view = Self {
            hash: hash::blake2_256(bytes),
            parent_hash,
            height: Height::new(height),
            state_root,
            extrinsics_root,
            records: None,
            history: None,
            next_validators: None,
        };
        let items = Compact::<u32>::decode(input).map_err(|_| HeaderError("digest"))?.0;
        for _ in 0..items {
            view.read_item(input)?;
        }
        if !input.is_empty() {
            return Err(HeaderError("bytes after the digest"));
        }
        if Self::canonical_number_len(height) != Compact(height).encode().len() {
            return Err(HeaderError("number"));
        }
        Ok(view)
    }

    const fn canonical_number_len(height: u32) -> usize {
        match height {
            0..=63 => 1,
            64..=16_383 => 2,
            16_384..=1_073_741_823 => 4,
            _ => 5,
        }
    }

    /// One digest item. Indices as in `sp_runtime::generic::DigestItem`: 0 other, 4 consensus, 5 seal, 6 pre-runtime, 8 environment updated.
    fn read_item(&mut self, input: &mut &[u8]) -> Result<(), HeaderError> {
        const BAD: HeaderError = HeaderError("digest item");
        match u8::decode(input).map_err(|_| BAD)? {
            0 => drop(Vec::<u8>::decode(input).map_err(|_| BAD)?),
            kind @ 4..=6 => {
                let (engine, data) = <([u8; 4], Vec<u8>)>::decode(input).map_err(|_| BAD)?;
                if kind == 4 {
                    match engine {
                        RECORDS_ENGINE_ID => set_once(&mut self.records, &data)?,
                        HISTORY_ENGINE_ID => set_once(&mut self.history, &data)?,
                        VALIDATORS_ENGINE_ID => set_once(&mut self.next_validators, &data)?,
                        _ => {}
                    }
                }
            }
            8 => {}
            _ => return Err(BAD),
        }
        Ok(())
    }
}

fn set_once<T: Decode>(slot: &mut Option<T>, mut data: &[u8]) -> Result<(), HeaderError> {
    let value = T::decode(&mut data).map_err(|_| HeaderError("digest item of ours"))?;
    if !data.is_empty() || slot.replace(value).is_some() {
        return Err(HeaderError("digest item of ours, twice or too long"));
    }
    Ok(())
}

/// Leaf hash of a header in the history tree: suite, leaf version 1, height (4, little-endian), header hash.
pub fn history_leaf(height: Height, header_hash: &Digest32) -> Digest32 {
    let mut bytes = [0; 38];
    bytes[0] = hash::Suite::default().code();
    bytes[1] = 1;
    bytes[2..6].copy_from_slice(&height.get().to_le_bytes());
    bytes[6..].copy_from_slice(header_hash);
    hash::leaf(TreeKind::History, &bytes)
}
