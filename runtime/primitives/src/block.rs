//! Blocks as bytes: what storage, peers and consensus carry without knowing the runtime.

use codec::{Decode, Encode};
use mulu_proofs::{
    hash::blake2_256,
    ids::{Digest32, Height, Moment},
};
use sp_runtime::traits::BlakeTwo256;

/// Substrate's generic header with blake2-256; its hash is the value that consensus decides on.
pub type Header = sp_runtime::generic::Header<u32, BlakeTwo256>;

/// Largest block, header and extrinsics together, in bytes.
pub const BLOCK_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Largest extrinsic, in bytes.
pub const EXTRINSIC_BYTES_MAX: usize = mulu_proofs::extrinsic::EXTRINSIC_BYTES_MAX;
/// Most extrinsics of a block.
pub const EXTRINSICS_MAX: usize = 10_000;

const _: () = assert!(EXTRINSIC_BYTES_MAX * 2 < BLOCK_BYTES_MAX);

/// One extrinsic exactly as submitted, length prefix included.
#[derive(Clone, PartialEq, Eq)]
pub struct Extrinsic(std::sync::Arc<[u8]>);

impl Extrinsic {
    /// Takes the bytes as they are; whether they decode is the executor's question.
    pub fn new(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }

    /// The bytes, length prefix included.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// blake2-256 of the bytes, by which clients know it.
    pub fn hash(&self) -> Digest32 {
        blake2_256(&self.0)
    }
}

impl std::fmt::Debug for Extrinsic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Extrinsic({} bytes)", self.0.len())
    }
}

/// A block: header and extrinsics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Header.
    pub header: Header,
    /// Extrinsics in order; the first is the timestamp inherent.
    pub extrinsics: Vec<Extrinsic>,
}

/// The bytes are no block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the block does not decode: {0}")]
pub struct BlockError(&'static str);

impl Block {
    /// Hash of the header.
    pub fn hash(&self) -> Digest32 {
        header_hash(&self.header)
    }

    /// Height of the block.
    pub fn height(&self) -> Height {
        Height::new(self.header.number)
    }

    /// Wire form: header, then the extrinsics as one list. The same bytes that a Substrate client hashes and shows.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = self.header.encode();
        codec::Compact(u32::try_from(self.extrinsics.len()).expect("at most EXTRINSICS_MAX")).encode_to(&mut out);
        for extrinsic in &self.extrinsics {
            out.extend_from_slice(extrinsic.bytes());
        }
        out
    }

    /// Reads the wire form; nothing may follow.
    ///
    /// # Errors
    /// [`BlockError`] if the bytes are over the bound, cut, or followed by others.
    pub fn decode(bytes: &[u8]) -> Result<Self, BlockError> {
        if bytes.len() > BLOCK_BYTES_MAX {
            return Err(BlockError("larger than a block may be"));
        }
        let input = &mut &bytes[..];
        let header = Header::decode(input).map_err(|_| BlockError("header"))?;
        let count = codec::Compact::<u32>::decode(input).map_err(|_| BlockError("number of extrinsics"))?.0 as usize;
        if count > EXTRINSICS_MAX {
            return Err(BlockError("too many extrinsics"));
        }
        let mut extrinsics = Vec::with_capacity(count);
        for _ in 0..count {
            let start = *input;
            let length = codec::Compact::<u32>::decode(input).map_err(|_| BlockError("extrinsic length"))?.0 as usize;
            let prefix = start.len() - input.len();
            if length > input.len() || length > EXTRINSIC_BYTES_MAX {
                return Err(BlockError("extrinsic length"));
            }
            let (whole, rest) = start.split_at(prefix + length);
            extrinsics.push(Extrinsic::new(whole));
            *input = rest;
        }
        if input.is_empty() { Ok(Self { header, extrinsics }) } else { Err(BlockError("bytes after the block")) }
    }

    /// The block's time, read from its timestamp inherent (pallet 1, call 0, compact milliseconds), if it has one.
    pub fn moment(&self) -> Option<Moment> {
        let mut input = self.extrinsics.first()?.bytes();
        codec::Compact::<u32>::decode(&mut input).ok()?;
        // 0x04: bare, version 4; 0x05: bare, version 5.
        let [4 | 5, 1, 0, rest @ ..] = input else { return None };
        codec::Compact::<u64>::decode(&mut &rest[..]).ok().map(|moment| Moment::new(moment.0))
    }
}

/// blake2-256 of a header's SCALE bytes.
pub fn header_hash(header: &Header) -> Digest32 {
    blake2_256(&header.encode())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use sp_core::H256;

    fn extrinsic(content: &[u8]) -> Extrinsic {
        Extrinsic::new(&content.encode())
    }

    fn timestamp(moment: u64) -> Extrinsic {
        extrinsic(&[&[4, 1, 0][..], &codec::Compact(moment).encode()].concat())
    }

    fn block(extrinsics: Vec<Extrinsic>) -> Block {
        let header = Header {
            parent_hash: H256([1; 32]),
            number: 7,
            state_root: H256([2; 32]),
            extrinsics_root: H256([3; 32]),
            digest: Default::default(),
        };
        Block { header, extrinsics }
    }

    #[test]
    fn a_block_reads_back_byte_for_byte() {
        let block = block(vec![timestamp(1_785_000_000_000), extrinsic(&[9; 300]), extrinsic(&[])]);
        assert_eq!(Block::decode(&block.encode()), Ok(block.clone()));
        assert_eq!((block.height(), block.hash()), (Height::new(7), blake2_256(&block.header.encode())));
        assert_eq!(block.extrinsics[1].hash(), blake2_256(&vec![9u8; 300].encode()));
    }

    #[test]
    fn it_has_the_bytes_of_a_substrate_block() {
        let block = block(vec![timestamp(5), extrinsic(&[9; 70])]);
        let opaque: Vec<sp_runtime::OpaqueExtrinsic> =
            block.extrinsics.iter().map(|e| Decode::decode(&mut e.bytes()).unwrap()).collect();
        let generic = sp_runtime::generic::Block { header: block.header.clone(), extrinsics: opaque };
        assert_eq!(block.encode(), generic.encode());
    }

    #[test]
    fn a_cut_or_continued_block_is_refused() {
        let bytes = block(vec![timestamp(5), extrinsic(&[9; 70])]).encode();
        for end in 0..bytes.len() {
            assert!(Block::decode(&bytes[..end]).is_err(), "cut at {end}");
        }
        let longer = [&bytes[..], &[0]].concat();
        assert_eq!(Block::decode(&longer), Err(BlockError("bytes after the block")));
    }

    #[test]
    fn bounds_are_checked_before_anything_is_allocated() {
        assert_eq!(Block::decode(&vec![0; BLOCK_BYTES_MAX + 1]), Err(BlockError("larger than a block may be")));
        let header = block(vec![]).header.encode();
        let claims = |tail: &[u8]| Block::decode(&[&header[..], tail].concat());
        let many = codec::Compact(EXTRINSICS_MAX as u32 + 1).encode();
        assert_eq!(claims(&many), Err(BlockError("too many extrinsics")));
        let long = [codec::Compact(1u32).encode(), codec::Compact(EXTRINSIC_BYTES_MAX as u32 + 1).encode()].concat();
        assert_eq!(
            claims(&[&long[..], &vec![0; EXTRINSIC_BYTES_MAX + 1]].concat()),
            Err(BlockError("extrinsic length"))
        );
        assert_eq!(claims(&[4, 16, 0]), Err(BlockError("extrinsic length")));
        assert_eq!(claims(&[4]), Err(BlockError("extrinsic length")));
        assert_eq!(claims(&[]), Err(BlockError("number of extrinsics")));
        assert_eq!(Block::decode(&[]), Err(BlockError("header")));
    }

    #[test]
    fn the_time_is_that_of_the_first_extrinsic() {
        let moment = |first: Extrinsic| block(vec![first, timestamp(9)]).moment();
        assert_eq!(moment(timestamp(1_785_000_000_000)), Some(Moment::new(1_785_000_000_000)));
        assert_eq!(moment(extrinsic(&[5, 1, 0, 4])), Some(Moment::new(1)));
        assert_eq!(block(vec![]).moment(), None);
        for other in [&[4, 1, 1, 4][..], &[4, 2, 0, 4], &[0x84, 1, 0, 4], &[4, 1, 0], &[4, 1], &[]] {
            assert_eq!(moment(extrinsic(other)), None, "{other:?}");
        }
    }

    #[test]
    fn debug_output_of_an_extrinsic_shows_no_content() {
        assert_eq!(format!("{:?}", extrinsic(&[9; 3])), "Extrinsic(4 bytes)");
    }
}
