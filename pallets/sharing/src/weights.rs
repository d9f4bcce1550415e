//! Coarse weights: there are no fees, the block's time bound is what counts.

use frame_support::weights::Weight;

/// An act of a person: a few reads and writes, one record.
pub const ACT: Weight = Weight::from_parts(100_000_000, 4_096);

/// A request that a block looks at on its own account, because the authority has suspended or resumed its entry.
pub const FOLLOWED: Weight = Weight::from_parts(150_000_000, 16_384);

/// An act on a request, which is read and written whole.
pub const REQUEST: Weight = Weight::from_parts(150_000_000, 16_384);
