//! Coarse weights: there are no fees, the block's time bound is what counts.

use frame_support::weights::Weight;

/// Opening or closing a stream: a few reads and writes, one record.
pub const ACT: Weight = Weight::from_parts(100_000_000, 4_096);

/// A batch of any size: one signature under its header, the stream, one record.
pub const BATCH: Weight = Weight::from_parts(300_000_000, 4_096);

/// A byte of a batch's body.
///
/// The whole call took, for 1,000 events in 24 to 27 KB, 0.7 ms where they are one run, 1.5 ms in 200 runs and 5.4 ms in 1,000 (best of 15, development
/// profile, a shared machine of 2 cores, grants and state in memory). Reads from a trie on disk are not in these figures; twice the dearest of
/// them is room for those. A block of 4 MiB full of batches still weighs less than 2.5 s, so that its bytes bind first.
pub const BODY_BYTE: Weight = Weight::from_parts(500_000, 0);

/// A batch by the length of its body, which nobody can understate.
pub const fn batch(body_bytes: usize) -> Weight {
    BATCH.saturating_add(BODY_BYTE.saturating_mul(body_bytes as u64))
}

/// A grant in a report of a decision point: three reads, three writes.
pub const COUNT: Weight = Weight::from_parts(20_000_000, 0);

/// A report of so many grants.
pub const fn counts(grants: usize) -> Weight {
    ACT.saturating_add(COUNT.saturating_mul(grants as u64))
}

/// A tally that is compared: a few reads and writes, at most one record.
pub const COMPARED: Weight = Weight::from_parts(50_000_000, 0);
