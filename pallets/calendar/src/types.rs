//! What the state keeps of a deadline, and the order of the queue.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use mulu_proofs::{
    calendar::{Day, Deadline},
    ids::DeadlineId,
};
use scale_info::TypeInfo;

/// A deadline that is not stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct OpenDeadline {
    /// The deadline.
    pub deadline: Deadline,
    /// The day under which it stands in the queue; none while it is paused, and once it is on record as overdue.
    pub queued: Option<Day>,
}

/// Place in the queue: day, then id, both big-endian, so that keys are in due order.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct QueueKey([u8; 8]);

impl QueueKey {
    /// The place of a deadline that is due on `day`.
    pub fn new(day: Day, id: DeadlineId) -> Self {
        let mut key = [0; 8];
        key[..4].copy_from_slice(&day.get().to_be_bytes());
        key[4..].copy_from_slice(&id.get().to_be_bytes());
        Self(key)
    }

    /// The day.
    pub fn day(self) -> Day {
        let [a, b, c, d, ..] = self.0;
        Day::new(u32::from_be_bytes([a, b, c, d])).unwrap_or(Day::MAX)
    }

    /// The deadline.
    pub fn id(self) -> DeadlineId {
        let [.., a, b, c, d] = self.0;
        DeadlineId::new(u32::from_be_bytes([a, b, c, d]))
    }
}
