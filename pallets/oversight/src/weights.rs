//! Coarse weights: there are no fees, the block's time bound is what counts.

use frame_support::weights::Weight;

/// A step of a dispute: a few reads and writes, its record, and those of the clocks that it stops and starts.
pub const STEP: Weight = Weight::from_parts(200_000_000, 16_384);

/// A report of queries: its record, and one read for each of at most 15 auditors.
pub const QUERIES: Weight = Weight::from_parts(400_000_000, 65_536);

/// A step that looks for the common superior authority: at most a dozen reads more.
pub const ESCALATE: Weight = Weight::from_parts(300_000_000, 32_768);
