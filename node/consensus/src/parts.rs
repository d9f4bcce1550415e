//! A block on its way: cut into parts by its proposer, put together again by everyone else, within bounds.
//!
//! ```text
//! init (signed: height, round, hash, bytes) ─ data ─ data ─ … ─ fin
//! ```
//!
//! A stream is known by the peer that sent it and its name. What a peer can make this node keep is bounded in streams, parts and bytes;
//! the oldest stream of a peer gives way to its next.

use crate::context::{Init, Part};
use arc_malachitebft_app_channel::app::{
    streaming::{StreamContent, StreamId, StreamMessage},
    types::PeerId,
};
use bytes::{BufMut, Bytes, BytesMut};
use mulu_primitives::block::BLOCK_BYTES_MAX;
use mulu_proofs::{hash::blake2_256, ids::Height};
use std::collections::BTreeMap;

/// Most bytes of one part.
pub const PART_BYTES_MAX: usize = 128 * 1024;
/// Most pieces of one block.
const DATA_PARTS_MAX: u64 = BLOCK_BYTES_MAX.div_ceil(PART_BYTES_MAX) as u64;
/// Most unfinished streams of one peer: a proposer stands in one round, and may repeat one block of an earlier one.
const STREAMS_PER_PEER_MAX: usize = 4;
/// Most peers with unfinished streams; more than a chain has validators.
const PEERS_MAX: usize = 128;
/// Most bytes of all unfinished streams together.
const BYTES_MAX: usize = 64 * 1024 * 1024;

const _: () = assert!(BYTES_MAX >= STREAMS_PER_PEER_MAX * BLOCK_BYTES_MAX);

/// Cuts a block into the messages of one stream. `nonce` keeps streams of one round apart.
pub fn split(init: Init, block: &Bytes, nonce: u64) -> Vec<StreamMessage<Part>> {
    let stream = stream_id(&init, nonce);
    let pieces = (0..block.len()).step_by(PART_BYTES_MAX).map(|start| {
        let end = block.len().min(start + PART_BYTES_MAX);
        StreamContent::Data(Part::Data(block.slice(start..end)))
    });
    let first = std::iter::once(StreamContent::Data(Part::Init(init)));
    let contents = first.chain(pieces).chain(std::iter::once(StreamContent::Fin));
    (0..).zip(contents).map(|(sequence, content)| StreamMessage::new(stream.clone(), sequence, content)).collect()
}

/// Height (4), round (4), nonce (8) and the hash's first 4 bytes: for people who read logs; nobody reads it back.
fn stream_id(init: &Init, nonce: u64) -> StreamId {
    let mut bytes = BytesMut::with_capacity(20);
    bytes.put_u32(init.height.id().get());
    bytes.put_u32(init.round);
    bytes.put_u64(nonce);
    bytes.put_slice(&init.hash.0[..4]);
    StreamId::new(bytes.freeze())
}

/// A block that came in whole: the bytes that its proposer signed for. Whether they are a block is the reader's question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole {
    /// What its proposer signed.
    pub init: Init,
    /// Its bytes.
    pub block: Bytes,
}

/// Why a part was thrown away, and its stream with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PartError {
    /// The stream begins with something else than its first part, or has a second one.
    #[error("a stream has one first part, in front")]
    Order,
    /// Its proposer did not sign the first part, or may not propose.
    #[error("the first part is not signed by whom it names as proposer")]
    Signature,
    /// More was announced or sent than a block may have.
    #[error("the block is larger than announced, or than a block may be")]
    TooLarge,
    /// The stream ended early, or holds other bytes than the first part says.
    #[error("the stream does not hold the bytes that its first part is about")]
    OtherBytes,
    /// Too many peers, or too many bytes of all streams together.
    #[error("too many unfinished blocks of too many peers")]
    Full,
}

#[derive(Debug)]
struct Stream {
    id: StreamId,
    init: Option<Init>,
    data: BTreeMap<u64, Bytes>,
    bytes: usize,
    fin: Option<u64>,
}

impl Stream {
    const fn new(id: StreamId) -> Self {
        Self { id, init: None, data: BTreeMap::new(), bytes: 0, fin: None }
    }

    /// Takes a part. `is_signed` says whether a first part is worth keeping.
    fn take(
        &mut self,
        sequence: u64,
        content: StreamContent<Part>,
        is_signed: impl FnOnce(&Init) -> bool,
    ) -> Result<(), PartError> {
        match content {
            StreamContent::Data(Part::Init(init)) => {
                if sequence != 0 || self.init.is_some() {
                    return Err(PartError::Order);
                }
                if init.bytes as usize > BLOCK_BYTES_MAX {
                    return Err(PartError::TooLarge);
                }
                if !is_signed(&init) {
                    return Err(PartError::Signature);
                }
                self.init = Some(init);
            }
            StreamContent::Data(Part::Data(data)) => {
                if sequence == 0 {
                    return Err(PartError::Order);
                }
                if sequence > DATA_PARTS_MAX {
                    return Err(PartError::TooLarge);
                }
                if !self.data.contains_key(&sequence) {
                    self.bytes += data.len();
                    self.data.insert(sequence, data);
                }
            }
            StreamContent::Fin => self.fin = Some(sequence),
        }
        let announced = self.init.map_or(BLOCK_BYTES_MAX, |init| init.bytes as usize);
        if self.bytes > announced { Err(PartError::TooLarge) } else { Ok(()) }
    }

    /// The block, if all of it is here.
    fn whole(&self) -> Result<Option<Whole>, PartError> {
        let (Some(init), Some(fin)) = (self.init, self.fin) else { return Ok(None) };
        let places = fin.checked_sub(1).ok_or(PartError::Order)?;
        if self.data.keys().next_back().is_some_and(|last| *last > places) {
            return Err(PartError::Order);
        }
        if (self.data.len() as u64) < places {
            // In order of the sending, the end comes last; behind a hole it may come first.
            return if places > DATA_PARTS_MAX { Err(PartError::TooLarge) } else { Ok(None) };
        }
        if self.bytes != init.bytes as usize {
            return Err(PartError::OtherBytes);
        }
        let block = self.data.values().fold(BytesMut::with_capacity(self.bytes), |mut block, data| {
            block.put_slice(data);
            block
        });
        if blake2_256(&block) != init.body {
            return Err(PartError::OtherBytes);
        }
        Ok(Some(Whole { init, block: block.freeze() }))
    }
}

/// The unfinished streams of all peers.
#[derive(Debug, Default)]
pub struct Reassembly {
    peers: BTreeMap<PeerId, Vec<Stream>>,
    bytes: usize,
}

impl Reassembly {
    /// Takes a part from `peer`; returns the block if this was its last. A part that breaks a rule takes its stream with it.
    ///
    /// # Errors
    /// [`PartError`], for the log: a peer that breaks the rules has only lost its stream.
    pub fn take(
        &mut self,
        peer: PeerId,
        message: StreamMessage<Part>,
        is_signed: impl FnOnce(&Init) -> bool,
    ) -> Result<Option<Whole>, PartError> {
        if !self.peers.contains_key(&peer) && self.peers.len() >= PEERS_MAX {
            return Err(PartError::Full);
        }
        let streams = self.peers.entry(peer).or_default();
        let place = if let Some(place) = streams.iter().position(|stream| stream.id == message.stream_id) {
            place
        } else {
            if streams.len() >= STREAMS_PER_PEER_MAX {
                self.bytes -= streams.remove(0).bytes;
            }
            streams.push(Stream::new(message.stream_id.clone()));
            streams.len() - 1
        };
        let stream = &mut streams[place];
        let before = stream.bytes;
        let taken = stream.take(message.sequence, message.content, is_signed);
        self.bytes += stream.bytes - before;
        let result = taken.and_then(|()| stream.whole());
        let result = if self.bytes > BYTES_MAX { Err(PartError::Full) } else { result };
        if !matches!(result, Ok(None)) {
            self.bytes -= streams.remove(place).bytes;
        }
        if streams.is_empty() {
            self.peers.remove(&peer);
        }
        result
    }

    /// Drops the streams of `height` and below: it is decided.
    pub fn forget(&mut self, height: Height) {
        let is_old = |stream: &Stream| stream.init.is_some_and(|init| init.height.id() <= height);
        for streams in self.peers.values_mut() {
            self.bytes -= streams.iter().filter(|stream| is_old(stream)).map(|stream| stream.bytes).sum::<usize>();
            streams.retain(|stream| !is_old(stream));
        }
        self.peers.retain(|_, streams| !streams.is_empty());
    }

    /// Bytes of all unfinished streams.
    #[cfg(test)]
    const fn bytes(&self) -> usize {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use crate::context::{Address, BlockHash, Height as At};
    use arc_malachitebft_app_channel::app::types::core::Round;

    fn peer(byte: u8) -> PeerId {
        PeerId::from_bytes(&[&[0x12, 32][..], &[byte; 32]].concat()).unwrap()
    }

    fn init(height: u32, bytes: usize) -> Init {
        let body = blake2_256(&block(bytes.min(BLOCK_BYTES_MAX)));
        Init {
            height: At::new(Height::new(height)),
            round: 0,
            pol_round: Round::Nil,
            proposer: Address([1; 32]),
            hash: BlockHash([2; 32]),
            bytes: u32::try_from(bytes).unwrap(),
            body,
            signature: [0; 64],
        }
    }

    fn block(bytes: usize) -> Bytes {
        (0..bytes).map(|byte| u8::try_from(byte % 251).unwrap()).collect::<Vec<_>>().into()
    }

    fn feed(
        reassembly: &mut Reassembly,
        from: PeerId,
        messages: impl IntoIterator<Item = StreamMessage<Part>>,
    ) -> Result<Option<Whole>, PartError> {
        let mut last = Ok(None);
        for message in messages {
            last = reassembly.take(from, message, |_| true);
            if last.is_err() {
                break;
            }
        }
        last
    }

    #[test]
    fn a_block_comes_together_in_any_order_of_its_parts() {
        for bytes in [0, 1, PART_BYTES_MAX, PART_BYTES_MAX + 1, 3 * PART_BYTES_MAX + 7] {
            let body = block(bytes);
            let messages = split(init(1, bytes), &body, 1);
            assert_eq!(messages.len(), bytes.div_ceil(PART_BYTES_MAX) + 2);
            for order in [messages.clone(), messages.into_iter().rev().collect()] {
                let mut reassembly = Reassembly::default();
                let whole = feed(&mut reassembly, peer(1), order).unwrap().unwrap();
                assert_eq!((whole.block, whole.init), (body.clone(), init(1, bytes)));
                assert_eq!((reassembly.bytes(), reassembly.peers.len()), (0, 0));
            }
        }
    }

    #[test]
    fn parts_of_two_peers_and_of_two_streams_do_not_mix() {
        let mut reassembly = Reassembly::default();
        let body = block(10);
        let first = split(init(1, 10), &body, 1);
        let second = split(init(1, 10), &body, 2);
        assert_eq!(feed(&mut reassembly, peer(1), first[..2].to_vec()), Ok(None));
        assert_eq!(feed(&mut reassembly, peer(2), first[1..].to_vec()), Ok(None));
        assert_eq!(feed(&mut reassembly, peer(1), second[1..].to_vec()), Ok(None));
        assert_eq!(reassembly.bytes(), 30);
        assert!(feed(&mut reassembly, peer(1), first[2..].to_vec()).unwrap().is_some());
    }

    #[test]
    fn a_repeated_part_changes_nothing() {
        let mut reassembly = Reassembly::default();
        let mut messages = split(init(1, 10), &block(10), 1);
        messages.insert(1, messages[1].clone());
        assert!(feed(&mut reassembly, peer(1), messages).unwrap().is_some());
    }

    #[test]
    fn an_unsigned_first_part_takes_its_stream_with_it() {
        let mut reassembly = Reassembly::default();
        let messages = split(init(1, 10), &block(10), 1);
        assert_eq!(reassembly.take(peer(1), messages[1].clone(), |_| true), Ok(None));
        assert_eq!(reassembly.take(peer(1), messages[0].clone(), |_| false), Err(PartError::Signature));
        assert_eq!(reassembly.bytes(), 0);
    }

    #[test]
    fn more_than_was_announced_is_refused() {
        let mut reassembly = Reassembly::default();
        assert_eq!(feed(&mut reassembly, peer(1), split(init(1, 9), &block(10), 1)), Err(PartError::TooLarge));
        assert_eq!(
            feed(&mut reassembly, peer(1), split(init(1, BLOCK_BYTES_MAX + 1), &block(1), 1)),
            Err(PartError::TooLarge)
        );
        let mut far = split(init(1, 10), &block(10), 1).remove(1);
        far.sequence = DATA_PARTS_MAX + 1;
        assert_eq!(reassembly.take(peer(1), far, |_| true), Err(PartError::TooLarge));
        assert_eq!(reassembly.bytes(), 0);
    }

    #[test]
    fn less_or_other_bytes_than_were_announced_are_refused() {
        let mut reassembly = Reassembly::default();
        assert_eq!(feed(&mut reassembly, peer(1), split(init(1, 11), &block(10), 1)), Err(PartError::OtherBytes));
        let other = Bytes::from(vec![9; 10]);
        assert_eq!(feed(&mut reassembly, peer(1), split(init(1, 10), &other, 2)), Err(PartError::OtherBytes));
        assert_eq!(reassembly.bytes(), 0);
    }

    #[test]
    fn a_stream_out_of_form_is_refused() {
        let good = split(init(1, 10), &block(10), 1);
        let at = |sequence, content: &StreamMessage<Part>| {
            StreamMessage::new(content.stream_id.clone(), sequence, content.content.clone())
        };
        for bad in [
            vec![at(1, &good[0])],
            vec![good[0].clone(), at(0, &good[0])],
            vec![at(0, &good[1])],
            vec![good[0].clone(), at(0, &good[2])],
            vec![good[0].clone(), at(3, &good[1]), good[2].clone()],
        ] {
            assert_eq!(feed(&mut Reassembly::default(), peer(1), bad), Err(PartError::Order));
        }
    }

    #[test]
    fn the_oldest_stream_of_a_peer_gives_way() {
        let mut reassembly = Reassembly::default();
        let streams: Vec<_> =
            (0..=STREAMS_PER_PEER_MAX as u64).map(|nonce| split(init(1, 10), &block(10), nonce)).collect();
        for stream in &streams {
            assert_eq!(feed(&mut reassembly, peer(1), stream[..2].to_vec()), Ok(None));
        }
        assert_eq!(reassembly.bytes(), 10 * STREAMS_PER_PEER_MAX);
        assert!(feed(&mut reassembly, peer(1), streams[1][2..].to_vec()).unwrap().is_some());
        assert_eq!(feed(&mut reassembly, peer(1), streams[0][2..].to_vec()), Ok(None));
    }

    #[test]
    fn peers_and_bytes_of_all_together_are_bounded() {
        let mut reassembly = Reassembly::default();
        let messages = split(init(1, 10), &block(10), 1);
        for byte in 0..u8::try_from(PEERS_MAX).unwrap() {
            assert_eq!(reassembly.take(peer(byte), messages[1].clone(), |_| true), Ok(None));
        }
        assert_eq!(reassembly.take(peer(200), messages[1].clone(), |_| true), Err(PartError::Full));

        let mut reassembly = Reassembly::default();
        let body = block(BLOCK_BYTES_MAX);
        let whole = split(init(1, BLOCK_BYTES_MAX), &body, 1);
        let unfinished = &whole[..whole.len() - 1];
        let full = BYTES_MAX / BLOCK_BYTES_MAX;
        for byte in 0..u8::try_from(full).unwrap() {
            assert_eq!(feed(&mut reassembly, peer(byte), unfinished.to_vec()), Ok(None));
        }
        assert_eq!(feed(&mut reassembly, peer(200), unfinished.to_vec()), Err(PartError::Full));
        assert!(reassembly.bytes() <= BYTES_MAX);
    }

    #[test]
    fn streams_of_decided_heights_are_forgotten() {
        let mut reassembly = Reassembly::default();
        for height in [1, 2, 3] {
            let messages = split(init(height, 10), &block(10), height.into());
            assert_eq!(feed(&mut reassembly, peer(1), messages[..2].to_vec()), Ok(None));
        }
        reassembly.forget(Height::new(2));
        assert_eq!(reassembly.bytes(), 10);
    }
}
