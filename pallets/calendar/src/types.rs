//! What the state keeps of a deadline, and the order of the queue.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use mulu_proofs::{
    calendar::{Day, Deadline, Due},
    ids::DeadlineId,
};
use scale_info::TypeInfo;

/// A deadline that is not stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct OpenDeadline {
    /// The deadline.
    pub deadline: Deadline,
    /// Where it stands.
    pub place: Place,
}

/// Where an open deadline stands, and under which day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub enum Place {
    /// In the queue: it runs, or its record of being overdue is still to come.
    #[codec(index = 0)]
    Queue(Day),
    /// Beside the queue: it is on record as overdue, or paused.
    #[codec(index = 1)]
    Aside(Day),
}

impl Place {
    /// Of a deadline that is due then; of one that is due on no day behind all others.
    pub(crate) fn of(due: Option<Due>) -> Self {
        due.map_or(Self::Aside(Day::MAX), |due| Self::Queue(due.day))
    }
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
