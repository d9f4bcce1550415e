//! What the state keeps of streams, keys and decision points.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use mulu_proofs::{
    access::rules::Usage,
    ids::{DepartmentId, Digest32, EventNumber, Moment, PublicKey, RecordNumber, SeriesNumber, StreamId, SystemId},
};
use scale_info::TypeInfo;
use sp_core::crypto::AccountId32;
use std::cmp::Ordering;

/// How many local days the counts of quotas are kept, today included. Events of older days are late; they are counted within their batch alone.
pub const USAGE_DAYS: u32 = 35;
/// For how many local days after a day was compared its differences may be named.
pub const RECONCILE_DAYS: u32 = 35;

/// How far a series has come. Of a grant's, also what was used on the last day that was counted: nearly every event is of that day, so that a
/// batch writes one row a grant.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct SeriesEnd {
    /// Number of the last event.
    pub number: SeriesNumber,
    /// Last local day that was counted, in days since 1970-01-01; 0 before the first.
    pub day: u32,
    /// What was used on that day.
    pub used: Usage,
}

impl SeriesEnd {
    /// What was used on a day; none if that is in a row of its own.
    pub fn used_on(&self, day: u32) -> Option<Usage> {
        match day.cmp(&self.day) {
            Ordering::Less => None,
            Ordering::Equal => Some(self.used),
            Ordering::Greater => Some(Usage::default()),
        }
    }
}

/// An open or halted stream and its cursor.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Stream {
    /// Reporting platform.
    pub platform: SystemId,
    /// Whether its events are reconciled.
    pub reconciles: bool,
    /// The platform's department.
    pub department: DepartmentId,
    /// Key that signs the batches.
    pub key: PublicKey,
    /// Number that the next batch begins with.
    pub next: EventNumber,
    /// Digest of the last batch's header; zeros before the first.
    pub previous: Digest32,
    /// Smallest time of the last batch; 0 before the first.
    pub time_base: Moment,
}

/// The events of a stream from one number to another: those that a key has signed and signs no more (none, if the last is before the first), or
/// those that were repudiated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Span {
    /// First event.
    pub first: EventNumber,
    /// Last event.
    pub last: EventNumber,
}

/// A key that was reported compromised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Compromise {
    /// The last report.
    pub record: RecordNumber,
    /// The platform that it names.
    pub platform: SystemId,
    /// The platform's department.
    pub department: DepartmentId,
    /// First moment at which others may have signed with the key.
    pub from: Moment,
    /// First moment after.
    pub to: Moment,
}

/// A repudiation that waits for the authority.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Repudiation {
    /// The key that signed the events.
    pub key: PublicKey,
    /// The platform that the report of the key names.
    pub platform: SystemId,
    /// The department that repudiates.
    pub department: DepartmentId,
    /// Who signed it.
    pub by: AccountId32,
    /// The stream of the events.
    pub stream: StreamId,
    /// The events.
    pub events: Span,
}

/// A decision point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct DecisionPoint {
    /// The platform's department.
    pub department: DepartmentId,
    /// Key that signs tokens and submits counts.
    pub key: PublicKey,
    /// Since when.
    pub since: Moment,
}

/// What a decision point answered of a grant on a day, as reported last.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Answers {
    /// Calls that might proceed.
    pub allowed: u32,
    /// Calls that might not.
    pub denied: u32,
}
