//! From events to a header and a body: what a platform signs and sends, and the roots that the chain recomputes.

use super::{EncodeError, Terms, encode};
use mulu_proofs::{
    access::{BatchHeader, CODEC_VERSION, LEAF_VERSION, PublicLeaf, body_digest, sealed_leaf},
    hash::{Suite, TreeKind},
    ids::{Digest32, EventNumber, Moment, StreamId},
    tree,
};

/// Where a batch stands: on which chain, in which stream, behind which batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchPlace {
    /// Genesis hash of the chain.
    pub genesis: Digest32,
    /// Stream.
    pub stream: StreamId,
    /// Number of the batch's first event in the stream.
    pub first: EventNumber,
    /// [`BatchHeader::digest`] of the batch before; zeros for the stream's first.
    pub previous: Digest32,
}

/// Root over public leaves.
pub fn public_root(leaves: &[PublicLeaf]) -> Digest32 {
    let hashes: Vec<Digest32> = leaves.iter().map(PublicLeaf::leaf).collect();
    tree::root(TreeKind::PublicEvents, &hashes)
}

/// Root over sealed leaves, each given by its public leaf and its six commitments.
pub fn sealed_root(events: &[(PublicLeaf, [Digest32; 6])]) -> Digest32 {
    let hashes: Vec<Digest32> =
        events.iter().map(|(leaf, commitments)| sealed_leaf(&leaf.leaf(), commitments)).collect();
    tree::root(TreeKind::SealedEvents, &hashes)
}

/// Header and body of the batch of `events`, which are in canonical order. The header waits for the platform's signature.
///
/// # Errors
/// [`EncodeError`] if the events make no batch.
pub fn seal(
    place: BatchPlace,
    events: &[(PublicLeaf, [Digest32; 6])],
    terms: &impl Terms,
) -> Result<(BatchHeader, Vec<u8>), EncodeError> {
    let leaves: Vec<PublicLeaf> = events.iter().map(|(leaf, _)| *leaf).collect();
    let body = encode(&leaves, terms)?;
    let header = BatchHeader {
        suite: Suite::default(),
        genesis: place.genesis,
        codec_version: CODEC_VERSION,
        leaf_version: LEAF_VERSION,
        stream: place.stream,
        first: place.first,
        count: u32::try_from(leaves.len()).expect("encoded, so at most EVENTS_MAX"),
        previous: place.previous,
        time_base: leaves.iter().map(|leaf| leaf.time).min().unwrap_or(Moment::new(0)),
        public_root: public_root(&leaves),
        sealed_root: sealed_root(events),
        body_bytes: u32::try_from(body.len()).expect("a body is at most BODY_BYTES_MAX"),
        body_digest: body_digest(&body),
    };
    Ok((header, body))
}
