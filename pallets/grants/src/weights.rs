//! Coarse weights: there are no fees, the block's time bound is what counts.

use frame_support::weights::Weight;

/// An act of a person: a few reads and writes, one record.
pub const ACT: Weight = Weight::from_parts(100_000_000, 4_096);

/// A grant that a block looks at on its own account.
pub const QUEUED: Weight = Weight::from_parts(100_000_000, 4_096);
