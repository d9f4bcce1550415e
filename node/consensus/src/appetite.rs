//! How much of what waits this node puts into one block: all that fits, less while its blocks come too late for the others.
//!
//! Nothing in the protocol says how fast a block can be carried and executed; whether an own proposal was decided does. Only own proposals
//! count: a neighbour that is down makes nobody's blocks smaller.

use mulu_primitives::block::{BLOCK_BYTES_MAX, EXTRINSIC_BYTES_MAX, EXTRINSICS_MAX};
use mulu_proofs::{header::HEADER_BYTES_MAX, ids::Digest32};

/// What the extrinsics of a block may take together: the rest is header, their number and the timestamp.
const BYTES_MAX: usize = BLOCK_BYTES_MAX - HEADER_BYTES_MAX - 1_024;
/// The smallest block is this many halvings below the largest.
const HALVINGS_MAX: u32 = 6;

/// The bounds of the next own block.
#[derive(Clone, Copy, Debug, Default)]
pub struct Appetite {
    halvings: u32,
    proposed: Option<Digest32>,
}

impl Appetite {
    /// Bytes of extrinsics for the next block; the largest extrinsic always fits.
    pub fn bytes_max(&self) -> usize {
        (BYTES_MAX >> self.halvings).max(EXTRINSIC_BYTES_MAX)
    }

    /// Extrinsics for the next block.
    pub const fn count_max(&self) -> usize {
        EXTRINSICS_MAX >> self.halvings
    }

    /// A block of this node is on its way.
    pub const fn proposed(&mut self, hash: Digest32) {
        self.proposed = Some(hash);
    }

    /// A block was decided: the own one, or another in its place.
    pub fn decided(&mut self, hash: &Digest32) {
        match self.proposed.take() {
            None => {}
            Some(own) if own == *hash => self.halvings = self.halvings.saturating_sub(1),
            Some(_) => self.halvings = HALVINGS_MAX.min(self.halvings + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: Digest32 = [1; 32];
    const OTHER: Digest32 = [2; 32];

    #[test]
    fn own_blocks_that_are_passed_over_get_smaller_and_decided_ones_larger_again() {
        let mut appetite = Appetite::default();
        assert_eq!((appetite.bytes_max(), appetite.count_max()), (BYTES_MAX, EXTRINSICS_MAX));
        for _ in 0..10 {
            appetite.proposed(OWN);
            appetite.decided(&OTHER);
        }
        assert_eq!(appetite.bytes_max(), EXTRINSIC_BYTES_MAX);
        assert_eq!(appetite.count_max(), EXTRINSICS_MAX >> HALVINGS_MAX);
        for _ in 0..HALVINGS_MAX {
            appetite.proposed(OWN);
            appetite.decided(&OWN);
        }
        assert_eq!((appetite.bytes_max(), appetite.count_max()), (BYTES_MAX, EXTRINSICS_MAX));
    }

    #[test]
    fn the_heights_of_others_change_nothing() {
        let mut appetite = Appetite::default();
        for _ in 0..10 {
            appetite.decided(&OTHER);
        }
        assert_eq!(appetite.bytes_max(), BYTES_MAX);
    }
}
