//! Invariants over streams, series and counts.

use crate::pallet::{Config, LastInSeries, LastStream, OpenStreams, Pallet, Streams, Used, UsedFrom};
use frame_support::{ensure, traits::Get};
use mulu_pallet_support::People;
use mulu_proofs::ids::{Moment, SystemId};
use sp_runtime::TryRuntimeError;
use std::collections::BTreeMap;

impl<T: Config> Pallet<T> {
    /// Checks every invariant; reads only.
    ///
    /// - A1: every stream has an id that was given, and a known platform of its department.
    /// - A2: a platform has as many open streams as counted, and no more than it may.
    /// - A3: a stream without events has no batch before it.
    /// - A4: a series that is numbered has events.
    /// - A5: counts are of days that are not forgotten yet, and never zero.
    ///
    /// # Errors
    /// The first invariant that does not hold.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        let mut open = BTreeMap::<SystemId, u32>::new();
        for (id, stream) in Streams::<T>::iter() {
            let platform = T::People::system(stream.platform);
            ensure!(id.get() > 0 && id <= LastStream::<T>::get(), "A1: a stream whose id was never given");
            let of_department = platform.is_some_and(|platform| platform.department == stream.department);
            ensure!(of_department, "A1: a stream of no platform");
            *open.entry(stream.platform).or_default() += 1;
            let is_new = stream.next.get() == 1;
            let has_none = stream.previous == [0; 32] && stream.time_base == Moment::new(0);
            ensure!(stream.next.get() > 0 && (!is_new || has_none), "A3: a new stream with a batch behind it");
        }
        ensure!(OpenStreams::<T>::iter().collect::<BTreeMap<_, _>>() == open, "A2: open streams miscounted");
        ensure!(open.values().all(|count| *count <= T::MaxStreams::get()), "A2: too many open streams");
        ensure!(LastInSeries::<T>::iter().all(|(_, last)| last.get() > 0), "A4: a series without events");
        for (day, _, usage) in Used::<T>::iter() {
            ensure!(UsedFrom::<T>::get().is_some_and(|from| from <= day), "A5: counts of a forgotten day");
            ensure!(usage.calls > 0 || usage.rows > 0, "A5: a count of nothing");
        }
        Ok(())
    }
}
