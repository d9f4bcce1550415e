//! Batches: the signed header, and what the record of an accepted batch says.

use super::{EVENTS_MAX, EventFindings, Series};
use crate::{
    catalog::List,
    hash::{self, DigestKind, Suite},
    ids::{Digest32, EventNumber, Moment, PublicKey, SeriesNumber, StreamId, SystemId},
};
use codec::Encode;

ledger_types! {
    /// Header of a batch, signed by the platform's key: one event can be shown without the others.
    #[derive(Copy)]
    pub struct BatchHeader {
        /// Suite.
        pub suite: Suite,
        /// Genesis hash of the chain that it is meant for.
        #[serde(with = "hex::serde")]
        pub genesis: Digest32,
        /// Version of the body's layout: [`CODEC_VERSION`].
        pub codec_version: u8,
        /// Version of the leaves: [`LEAF_VERSION`].
        pub leaf_version: u8,
        /// Stream.
        pub stream: StreamId,
        /// Number of the first event in the stream.
        pub first: EventNumber,
        /// Number of events, 1 to [`EVENTS_MAX`].
        pub count: u32,
        /// [`BatchHeader::digest`] of the batch before; zeros for a stream's first.
        #[serde(with = "hex::serde")]
        pub previous: Digest32,
        /// Smallest time of the batch.
        pub time_base: Moment,
        /// Root over the public leaves.
        #[serde(with = "hex::serde")]
        pub public_root: Digest32,
        /// Root over the sealed leaves.
        #[serde(with = "hex::serde")]
        pub sealed_root: Digest32,
        /// Length of the body, in bytes.
        pub body_bytes: u32,
        /// Digest of the body.
        #[serde(with = "hex::serde")]
        pub body_digest: Digest32,
    }

    /// The events of one run within a batch and the numbers that they got in their series.
    #[derive(Copy)]
    pub struct RunNumbers {
        /// Series.
        pub series: Series,
        /// Number of the run's first event in the series; the others follow in the batch's order.
        pub first: SeriesNumber,
        /// Number of events.
        pub count: u32,
    }

    /// Body of [`crate::records::RecordKind::BatchAccepted`].
    pub struct BatchRecord {
        /// Reporting platform of the stream.
        pub platform: SystemId,
        /// Key of the stream, which signed the header.
        #[serde(with = "hex::serde")]
        pub key: PublicKey,
        /// The signed header.
        pub header: BatchHeader,
        /// The platform's signature over [`BatchHeader::signing_bytes`].
        #[serde(with = "hex::serde")]
        pub signature: [u8; 64],
        /// Latest time of the batch.
        pub time_last: Moment,
        /// Series numbers, run by run in the batch's order.
        pub runs: List<RunNumbers, EVENTS_MAX>,
        /// Findings, ascending by place; events that are not named have none.
        pub findings: List<EventFindings, EVENTS_MAX>,
    }
}

impl BatchHeader {
    /// What the platform signs: tag, chain domain, header.
    pub fn signing_bytes(&self, domain: &Digest32) -> Vec<u8> {
        let mut bytes = b"mulu v1 batch".to_vec();
        bytes.extend_from_slice(domain);
        self.encode_to(&mut bytes);
        bytes
    }

    /// Digest that the stream's next header names.
    pub fn digest(&self) -> Digest32 {
        hash::digest(DigestKind::BatchHeader, &self.encode())
    }
}

/// Digest of a batch's body.
pub fn body_digest(body: &[u8]) -> Digest32 {
    hash::digest(DigestKind::BatchBody, body)
}
