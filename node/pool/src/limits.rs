//! Named bounds of everything that grows in the pool.

use mulu_primitives::block::EXTRINSIC_BYTES_MAX;

/// How many extrinsics, and how many bytes of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// Extrinsics.
    pub count_max: usize,
    /// Their bytes together.
    pub bytes_max: usize,
}

/// Bounds and periods of a pool. Periods are counted in blocks, so that the pool needs no clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// All acts of people.
    pub acts: Bound,
    /// All event batches.
    pub batches: Bound,
    /// Everything of one signer.
    pub signer: Bound,
    /// How far a nonce may lie ahead of the signer's next one.
    pub nonce_gap_max: u32,
    /// How long an extrinsic may wait, whatever its own longevity.
    pub wait_blocks_max: u32,
    /// How long an extrinsic that turned out invalid is refused unseen.
    pub ban_blocks: u32,
    /// Hashes remembered as banned, and as included.
    pub remembered_max: usize,
    /// After how many blocks an own extrinsic that still waits is sent to the others again.
    pub resend_blocks: u32,
    /// After how many blocks a waiting extrinsic is checked again.
    pub revalidate_blocks: u32,
    /// Extrinsics that are checked or sent again after one block.
    pub refresh_max: usize,
}

const MIB: usize = 1024 * 1024;

impl Limits {
    /// Bounds of a validator: at most 80 MiB of waiting extrinsics.
    pub const DEFAULT: Self = Self {
        acts: Bound { count_max: 16_384, bytes_max: 16 * MIB },
        batches: Bound { count_max: 4_096, bytes_max: 64 * MIB },
        signer: Bound { count_max: 4_096, bytes_max: 16 * MIB },
        nonce_gap_max: 4_096,
        wait_blocks_max: 16_384,
        ban_blocks: 256,
        remembered_max: 65_536,
        resend_blocks: 8,
        revalidate_blocks: 64,
        refresh_max: 64,
    };
}

const _: () = assert!(Limits::DEFAULT.acts.bytes_max >= EXTRINSIC_BYTES_MAX);
const _: () = assert!(Limits::DEFAULT.signer.bytes_max >= EXTRINSIC_BYTES_MAX);
const _: () = assert!(Limits::DEFAULT.batches.bytes_max >= Limits::DEFAULT.signer.bytes_max);

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
