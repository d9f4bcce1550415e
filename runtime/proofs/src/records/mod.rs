//! Records: every act of the ledger, appended in execution order with a global gap-free number (SPEC §7).

pub mod kinds;
mod signers;

use crate::{
    hash::{self, Suite, TreeKind},
    ids::{
        DeadlineId, DepartmentId, Digest32, DisputeId, ElementId, EntryId, GrantId, Moment, ProposalId, PublicKey,
        RecordNumber, RequestId, StreamId, SystemId, Version,
    },
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
pub use kinds::RecordKind;
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// Most subjects of one record.
pub const SUBJECTS_MAX: usize = 16;
/// Longest body of one record, in bytes.
pub const RECORD_BODY_BYTES_MAX: usize = 256 * 1024;

/// What a record is about; the index keeps one list of records per subject.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A department.
    #[codec(index = 0)]
    Department(DepartmentId),
    /// An account.
    #[codec(index = 1)]
    Account(#[serde(with = "hex::serde")] PublicKey),
    /// A registered system.
    #[codec(index = 2)]
    System(SystemId),
    /// A version of a catalog entry.
    #[codec(index = 3)]
    Entry(EntryId, Version),
    /// A share request.
    #[codec(index = 4)]
    Request(RequestId),
    /// A version of a grant.
    #[codec(index = 5)]
    Grant(GrantId, Version),
    /// A stream of event batches.
    #[codec(index = 6)]
    Stream(StreamId),
    /// A deadline.
    #[codec(index = 7)]
    Deadline(DeadlineId),
    /// A proposal of governance.
    #[codec(index = 8)]
    Proposal(ProposalId),
    /// A data element.
    #[codec(index = 9)]
    Element(ElementId),
    /// A dispute between two departments.
    #[codec(index = 10)]
    Dispute(DisputeId),
}

/// One record, as its leaf in the block's record tree holds it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Record {
    /// Suite, first byte of the leaf.
    pub suite: Suite,
    /// Version of this form: 1.
    pub version: u8,
    /// Global number, from 1 without gaps.
    pub number: RecordNumber,
    /// What happened; decides how `body` is read.
    pub kind: RecordKind,
    /// Block time at which it happened.
    pub moment: Moment,
    /// The department that acted; 0 for the chain itself.
    pub department: DepartmentId,
    /// The account that signed the call, if one did.
    pub signer: Option<PublicKey>,
    /// blake2-256 of the whole signed extrinsic, if one caused the record.
    pub extrinsic: Option<Digest32>,
    /// What it is about.
    pub subjects: Vec<Subject>,
    /// SCALE of the body type that [`RecordKind`] names.
    pub body: Vec<u8>,
}

impl Record {
    /// Version of the leaf form written today.
    pub const VERSION: u8 = 1;

    /// Leaf hash over the record's SCALE bytes.
    pub fn leaf(&self) -> Digest32 {
        leaf_of(&self.encode())
    }

    /// Reads a record from bytes that must hold nothing else.
    ///
    /// # Errors
    /// If the bytes are cut, over the bounds, of another version, or not the canonical encoding.
    pub fn read(bytes: &[u8]) -> Result<Self, codec::Error> {
        if bytes.len() > RECORD_BODY_BYTES_MAX + 4096 {
            return Err("record over its bound".into());
        }
        let record = Self::decode(&mut &bytes[..])?;
        let within = record.subjects.len() <= SUBJECTS_MAX && record.body.len() <= RECORD_BODY_BYTES_MAX;
        if record.version != Self::VERSION || !within || record.encode() != bytes {
            return Err("record is not in its canonical form".into());
        }
        Ok(record)
    }

    /// The body as the type of its kind; nothing may follow it.
    ///
    /// # Errors
    /// If the body is not of that type.
    pub fn body_as<T: Decode>(&self) -> Result<T, codec::Error> {
        let mut input = &self.body[..];
        let body = T::decode(&mut input)?;
        if input.is_empty() { Ok(body) } else { Err("bytes after the record's body".into()) }
    }
}

/// Leaf hash of a record's SCALE bytes.
pub fn leaf_of(record_bytes: &[u8]) -> Digest32 {
    hash::leaf(TreeKind::Records, record_bytes)
}
