//! Coarse weights: there are no fees, the block's time bound is what counts.

use frame_support::weights::Weight;

/// An act on a version: a few reads and writes, one short record.
pub const ACT: Weight = Weight::from_parts(100_000_000, 4_096);

/// A submission: checks, hashes and records a content of at most 64 items.
pub const SUBMIT: Weight = Weight::from_parts(200_000_000, 4_096);

/// What may concern the grants on every version: compares at most 64 versions of 64 items each.
pub const PUBLISH: Weight = Weight::from_parts(1_000_000_000, 65_536);
