//! Coarse weights: there are no fees, the block's time bound is what counts.

use frame_support::weights::Weight;

/// Opening or closing a stream: a few reads and writes, one record.
pub const ACT: Weight = Weight::from_parts(100_000_000, 4_096);

/// A batch of any size: two signatures, the stream, one record.
pub const BATCH: Weight = Weight::from_parts(300_000_000, 4_096);

/// A byte of a batch's body. Measured on 2 cores: decoding, hashing and judging take 1 to 2 µs an event of about 30 bytes; where every event is a run
/// of its own, its reads and writes take as much again.
pub const BODY_BYTE: Weight = Weight::from_parts(120_000, 0);

/// A batch by the length of its body, which nobody can understate.
pub const fn batch(body_bytes: usize) -> Weight {
    BATCH.saturating_add(BODY_BYTE.saturating_mul(body_bytes as u64))
}
