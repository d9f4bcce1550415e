//! Invariants over mounts and the mount rate.

use crate::{
    functions::are_distinct,
    pallet::{Config, MountedAt, Pallet, Rates},
};
use frame_support::ensure;
use mulu_pallet_support::{Catalog, People};
use mulu_proofs::{
    departments::SystemKind,
    ids::{DepartmentId, Digest32, EntryId},
};
use sp_runtime::TryRuntimeError;
use std::collections::{BTreeMap, BTreeSet};

impl<T: Config> Pallet<T> {
    /// Checks every invariant; reads only.
    ///
    /// - M1: every mount is of a method that the published version of its entry offers.
    /// - M2: every mount names platforms, each once, ascending, and stands in a record.
    /// - M3: a mount has a fingerprint, and a mismatch is another one.
    /// - M4: a department has as many mounted entries as its rate says, and no more than published ones.
    ///
    /// # Errors
    /// The first invariant that does not hold.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        let mut mounted: BTreeMap<DepartmentId, BTreeSet<EntryId>> = BTreeMap::new();
        for (entry, method, mount) in MountedAt::<T>::iter() {
            let version = T::Catalog::published(entry).ok_or("M1: a mount of an entry that is not published")?;
            let facts = T::Catalog::facts(entry, version).ok_or("M1: a mount of an entry without facts")?;
            ensure!(facts.methods.contains(method), "M1: a mount of a method that is not offered");
            ensure!(are_distinct(&mount.platforms) && mount.record.get() > 0, "M2: platforms or record");
            let is_platform = |id| T::People::system(id).is_some_and(|s| s.kind == SystemKind::Platform);
            ensure!(mount.platforms.iter().copied().all(is_platform), "M2: a mount served by no platform");
            ensure!(mount.fingerprint != Digest32::default(), "M3: a mount without a fingerprint");
            ensure!(mount.mismatch != Some(mount.fingerprint), "M3: a mismatch that is none");
            mounted.entry(facts.provider).or_default().insert(entry);
        }
        for (department, rate) in Rates::<T>::iter() {
            let entries = mounted.remove(&department).map_or(0, |entries| entries.len());
            ensure!(rate.mounted as usize == entries, "M4: mounted entries are counted wrong");
            ensure!(rate.mounted <= rate.published, "M4: more entries are mounted than published");
        }
        ensure!(mounted.is_empty(), "M4: mounted entries of a department without a rate");
        Ok(())
    }
}
