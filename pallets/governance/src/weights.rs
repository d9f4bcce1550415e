//! Coarse weights: there are no fees, the block's time bound is what counts.

use frame_support::weights::Weight;

/// A proposal: a few reads and writes, one record with the action in it.
pub const PROPOSE: Weight = Weight::from_parts(200_000_000, 32_768);

/// A vote: a read for each vote so far, room for a thousand, and the enactment that it may cause.
pub const VOTE: Weight = Weight::from_parts(10_000_000_000, 1_048_576);

/// A withdrawal, or a proposal that ends without a decision for it: every vote is removed.
pub const CLOSE: Weight = Weight::from_parts(2_000_000_000, 65_536);

/// An enactment at its height.
pub const ENACT: Weight = Weight::from_parts(4_000_000_000, 262_144);

/// What each block looks at.
pub const LOOK: Weight = Weight::from_parts(20_000_000, 8_192);
