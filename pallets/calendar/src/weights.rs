//! Coarse weights: there are no fees, the block's time bound is what counts.

use frame_support::weights::Weight;

/// An enactment: the whole calendar read and written, one record.
pub const ACT: Weight = Weight::from_parts(100_000_000, 4_096);

/// One deadline looked at between blocks: a few reads and writes, one record.
pub const DEADLINE: Weight = Weight::from_parts(30_000_000, 512);
