//! Invariants over entries and versions.

use crate::{
    pallet::{ByCode, Config, Entries, LastEntry, Pallet, Published, VERSIONS_MAX, VersionUnderWay},
    types::{Stage, VersionFacts},
};
use frame_support::ensure;
use mulu_proofs::{catalog::SharingClass, ids::EntryId};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
    /// Checks every invariant; reads only.
    ///
    /// - C1: entries have the ids 1 to the last one given, and every entry is the one of its code.
    /// - C2: the published version of an entry is the newest that ever was, and none is newer than the last submitted.
    /// - C3: the version under way is the last submitted and not published.
    /// - C4: facts name the entry's provider and at least one item, and hide no item that is not there.
    /// - C5: submitter and head of a version are two persons.
    ///
    /// # Errors
    /// The first invariant that does not hold.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        let mut count = 0_u32;
        for (id, entry) in Entries::<T>::iter() {
            count += 1;
            ensure!((EntryId::new(1)..=LastEntry::<T>::get()).contains(&id), "C1: an id that was never given");
            ensure!(ByCode::<T>::get(&entry.code) == Some(id), "C1: the code leads elsewhere");
            ensure!((1..=VERSIONS_MAX).contains(&entry.last.get()), "C2: more versions than the bound");
            let newest = Published::<T>::iter_key_prefix(id).max();
            ensure!(newest == entry.published, "C2: the newest published version is not the published one");
            ensure!(entry.published <= Some(entry.last), "C2: a version was published that was never submitted");
            for facts in Published::<T>::iter_prefix_values(id) {
                ensure!(
                    facts.provider == entry.provider && are_sound(&facts),
                    "C4: unsound facts of a published version"
                );
            }
        }
        ensure!(count == LastEntry::<T>::get().get(), "C1: an entry is gone");
        ensure!(ByCode::<T>::iter().count() == count as usize, "C1: a code of no entry");
        for id in Published::<T>::iter_keys().map(|(id, _)| id) {
            ensure!(Entries::<T>::contains_key(id), "C2: a published version of no entry");
        }
        for (id, under_way) in VersionUnderWay::<T>::iter() {
            let entry = Entries::<T>::get(id).ok_or("C3: a version of no entry")?;
            ensure!(entry.last == under_way.version, "C3: an old version is under way");
            ensure!(entry.published < Some(under_way.version), "C3: a published version is under way");
            ensure!(
                under_way.facts.provider == entry.provider && are_sound(&under_way.facts),
                "C4: unsound facts of a version under way"
            );
            if let Stage::Endorsed { head } | Stage::Reviewed { head } = under_way.stage {
                ensure!(head != under_way.submitter, "C5: one person signed two steps");
            }
        }
        Ok(())
    }
}

/// Items are numbered from bit 0 without gaps; hidden items are items; what is shared has a method.
fn are_sound(facts: &VersionFacts) -> bool {
    let contiguous = facts.items & facts.items.wrapping_add(1) == 0;
    let hidden = facts.items_not_shared & !facts.items == 0;
    let shared = facts.sharing != SharingClass::NotShared;
    facts.items != 0 && contiguous && hidden && (!shared || facts.methods.0 != 0)
}
