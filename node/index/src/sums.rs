//! Sums by day: what was reported of an entry, a grant, a department, a platform, a finding, or altogether, without opening a batch.
//!
//! A block's row says what the block adds; storage adds it to what is there. Adding has no order, so rows that were deleted and derived
//! again are the same bytes.

use crate::RowError;
use mulu_primitives::stages::IndexRow;
use mulu_proofs::{
    access::{Outcome, PublicLeaf},
    calendar::Day,
};

/// What the events of a day add up to. Sums that would not fit stay at the largest number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Events.
    pub events: u64,
    /// Calls that they stand for.
    pub calls: u64,
    /// Rows answered.
    pub rows: u64,
    /// Bytes answered.
    pub bytes: u64,
    /// Events whose call was denied.
    pub denied: u64,
    /// Events with findings.
    pub with_findings: u64,
}

impl Sums {
    /// Sums of one event.
    pub(crate) fn of(leaf: &PublicLeaf, has_findings: bool) -> Self {
        Self {
            events: 1,
            calls: u64::from(leaf.calls),
            rows: u64::from(leaf.rows),
            bytes: leaf.bytes,
            denied: u64::from(leaf.outcome == Outcome::Denied),
            with_findings: u64::from(has_findings),
        }
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let (mine, others) = (self.numbers(), other.numbers());
        Self::from_numbers(std::array::from_fn(|place| mine[place].saturating_add(others[place])))
    }

    const fn numbers(self) -> [u64; 6] {
        [self.events, self.calls, self.rows, self.bytes, self.denied, self.with_findings]
    }

    const fn from_numbers([events, calls, rows, bytes, denied, with_findings]: [u64; 6]) -> Self {
        Self { events, calls, rows, bytes, denied, with_findings }
    }

    /// Value of the row: six numbers of 8 bytes, big-endian.
    pub(crate) fn value(self) -> Vec<u8> {
        self.numbers().iter().flat_map(|number| number.to_be_bytes()).collect()
    }

    /// Reads a row behind [`Dimension::sums_prefix`](crate::Dimension::sums_prefix): its day, which ends the key, and its sums.
    ///
    /// # Errors
    /// [`RowError`] if it is none.
    pub fn read(row: &IndexRow) -> Result<(Day, Self), RowError> {
        let read = || {
            let day = Day::new(u32::from_be_bytes(*row.key.last_chunk()?))?;
            let value: &[u8; 48] = row.value.as_slice().try_into().ok()?;
            let mut numbers = [0; 6];
            for (number, bytes) in numbers.iter_mut().zip(value.chunks_exact(8)) {
                *number = u64::from_be_bytes(bytes.try_into().ok()?);
            }
            Some((day, Self::from_numbers(numbers)))
        };
        read().ok_or(RowError { what: "sums" })
    }
}
