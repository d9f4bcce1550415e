//! The record log and the history tree (SPEC §7): every act gets a global gap-free number, and each header commits to its
//! block's records and to all earlier headers.
//!
//! The records' bytes leave the state through the off-chain index, which follows the overlay's transactions: a failed
//! extrinsic leaves no record. The state keeps one number and at most 33 hashes (docs/adr/0004-records-leave-the-state.md).

mod functions;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
mod try_state;
mod types;
mod weights;

pub use pallet::*;
pub use types::{INDEX_PREFIX, index_key};

/// The pallet.
#[frame_support::pallet]
pub mod pallet {
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use mulu_pallet_support::Clock;
    use mulu_proofs::{ids::Digest32, tree::Peaks};
    use sp_core::crypto::AccountId32;

    /// Most records of a block.
    pub const BLOCK_RECORDS_MAX: u32 = 131_072;

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<AccountId = AccountId32> {
        /// Block time, which every record carries.
        type Clock: Clock;
        /// Digest of the validator set that signs from the next height on.
        type NextValidators: Get<Digest32>;
    }

    /// Number of the last record; 0 before the first.
    ///
    /// - Key → value: nothing → u64, 8 bytes.
    /// - Written by: every appended record.
    /// - Bound: one value.
    /// - Invariants: R1 in `try_state`.
    #[pallet::storage]
    pub type LastNumber<T: Config> = StorageValue<_, u64, ValueQuery>;

    /// Leaf hashes of this block's records; gone before the block ends.
    ///
    /// - Key → value: nothing → one hash a record.
    /// - Written by: every appended record; killed in `on_finalize`.
    /// - Bound: [`BLOCK_RECORDS_MAX`].
    /// - Invariants: R2 in `try_state`.
    #[pallet::storage]
    #[pallet::unbounded]
    pub type BlockLeaves<T: Config> = StorageValue<_, alloc::vec::Vec<Digest32>, ValueQuery>;

    /// Peaks of the history tree over all headers before this block.
    ///
    /// - Key → value: nothing → count and at most 32 hashes.
    /// - Written by: `on_initialize`.
    /// - Bound: one hash per set bit of the height.
    /// - Invariants: R3 in `try_state`.
    #[pallet::storage]
    pub type History<T: Config> = StorageValue<_, Peaks, ValueQuery>;

    /// Digest of the validator set that headers committed to last.
    ///
    /// - Key → value: nothing → 32 bytes.
    /// - Written by: genesis, and `on_finalize` where the set changes.
    /// - Bound: one value.
    #[pallet::storage]
    pub type ValidatorsDigest<T: Config> = StorageValue<_, Digest32, ValueQuery>;

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T>
    where
        BlockNumberFor<T>: Into<u32>,
    {
        fn on_initialize(now: BlockNumberFor<T>) -> Weight {
            Self::extend_history(now.into());
            T::DbWeight::get().reads_writes(2, 4)
        }

        fn on_finalize(_now: BlockNumberFor<T>) {
            Self::deposit_digests();
        }
    }
}

extern crate alloc;
