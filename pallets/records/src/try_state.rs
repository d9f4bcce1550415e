//! Invariants of the record log.

use crate::pallet::{BlockLeaves, Config, History, LastNumber, Pallet};
use frame_support::ensure;
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
    /// Checks every invariant; reads only.
    ///
    /// - R1: a block's leaves are the last numbers given.
    /// - R2: no leaf is a zero hash.
    /// - R3: the history has one peak per set bit of its count.
    ///
    /// # Errors
    /// The first invariant that does not hold.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        let leaves = BlockLeaves::<T>::get();
        ensure!(leaves.len() as u64 <= LastNumber::<T>::get(), "R1: more leaves than numbers");
        ensure!(leaves.iter().all(|leaf| *leaf != [0; 32]), "R2: a leaf is zero");
        let history = History::<T>::get();
        ensure!(history.peaks.len() == history.count.count_ones() as usize, "R3: peaks do not fit the count");
        Ok(())
    }
}
