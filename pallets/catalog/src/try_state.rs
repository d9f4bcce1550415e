//! Invariants over entries and versions.

use crate::{
    pallet::{
        ByCode, Compared, Config, Courses, Entries, LIVE_VERSIONS_MAX, LastEntry, OpenChanges, Pallet, Published,
        Stopped, VERSIONS_MAX, VersionUnderWay,
    },
    types::{Course, UnderWay, VersionFacts, stopped},
};
use frame_support::ensure;
use mulu_pallet_support::{Clocks, Holders};
use mulu_proofs::{
    catalog::{EntryStatus, Offer, SharingClass},
    ids::EntryId,
};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
    /// Checks every invariant; reads only.
    ///
    /// - C1: entries have the ids 1 to the last one given, and every entry is the one of its code.
    /// - C2: the published version of an entry is the newest that ever was, and none is newer than the last submitted.
    /// - C3: the version under way is the last submitted and not published.
    /// - C4: facts name the entry's provider and at least one item, and hide no item that is not there.
    /// - C5: submitter and head of a version are two persons.
    /// - C6: what is compared are published versions, each with all its items: the current one, every one with live grants, and no more
    ///   than the bound.
    /// - C7: stops are of published versions, ascending, of their own items, and nothing stops twice.
    /// - C8: a status differs from the one before, moments ascend, nothing follows a withdrawal, and no version is on its way to a
    ///   withdrawn entry.
    /// - C9: open changes are of entries in force; their clocks run, or stand still while an update is under review.
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
            Self::try_under_way(id, &under_way)?;
        }
        Self::try_comparable()?;
        Self::try_stops()?;
        Self::try_courses()?;
        Self::try_changes()
    }

    fn try_under_way(id: EntryId, under_way: &UnderWay) -> Result<(), TryRuntimeError> {
        let entry = Entries::<T>::get(id).ok_or("C3: a version of no entry")?;
        ensure!(entry.last == under_way.version, "C3: an old version is under way");
        ensure!(entry.published < Some(under_way.version), "C3: a published version is under way");
        ensure!(
            under_way.facts.provider == entry.provider && are_sound(&under_way.facts),
            "C4: unsound facts of a version under way"
        );
        ensure!(is_of(&under_way.offer, &under_way.facts), "C4: items of a version under way are missing");
        ensure!(
            Courses::<T>::get(id).now() != EntryStatus::Withdrawn,
            "C8: a version of a withdrawn entry is under way"
        );
        if let Some(endorsement) = under_way.endorsement() {
            ensure!(endorsement.head != under_way.submitter, "C5: one person signed two steps");
            ensure!(T::Clocks::due(endorsement.review).is_some(), "C9: no clock of the review runs");
            ensure!(!endorsement.is_update || OpenChanges::<T>::contains_key(id), "C9: an update of nothing");
        }
        Ok(())
    }

    fn try_comparable() -> Result<(), TryRuntimeError> {
        for (id, version, offer) in Compared::<T>::iter() {
            let facts = Published::<T>::get(id, version).ok_or("C6: items of a version that is not published")?;
            ensure!(is_of(&offer, &facts), "C6: items are missing");
        }
        for (id, entry) in Entries::<T>::iter() {
            let Some(published) = entry.published else { continue };
            let live = T::Holders::live_versions(id);
            let needed = live.iter().map(|live| live.version).chain([published]);
            for version in needed {
                ensure!(Compared::<T>::contains_key(id, version), "C6: the items of a version in use are gone");
            }
            let count = Compared::<T>::iter_key_prefix(id).count();
            ensure!(count <= LIVE_VERSIONS_MAX as usize + 1, "C6: more versions are compared than the bound");
        }
        Ok(())
    }

    fn try_stops() -> Result<(), TryRuntimeError> {
        for (id, version, stops) in Stopped::<T>::iter() {
            let facts = Published::<T>::get(id, version).ok_or("C7: stops of a version that is not published")?;
            ensure!(stops.windows(2).all(|pair| pair[0].at <= pair[1].at), "C7: stops are out of order");
            let (items, methods) = stopped(&stops);
            ensure!(items & !facts.items == 0, "C7: an item stopped that the version has not");
            ensure!(methods.without(facts.methods).is_empty(), "C7: a method stopped that the version has not");
            let bits: u32 = stops.iter().map(|stop| stop.items.count_ones() + stop.methods.0.count_ones()).sum();
            ensure!(bits == items.count_ones() + methods.0.count_ones(), "C7: something stopped twice");
        }
        Ok(())
    }

    fn try_courses() -> Result<(), TryRuntimeError> {
        for (id, Course { changes, .. }) in Courses::<T>::iter() {
            let entry = Entries::<T>::get(id).ok_or("C8: a status of no entry")?;
            ensure!(entry.published.is_some(), "C8: a status of an entry that is not published");
            ensure!(
                changes.first().is_some_and(|(_, status)| *status != EntryStatus::Published),
                "C8: no change at all"
            );
            for pair in changes.windows(2) {
                ensure!(pair[0].0 <= pair[1].0, "C8: moments do not ascend");
                ensure!(pair[0].1 != pair[1].1, "C8: a status follows itself");
                ensure!(pair[0].1 != EntryStatus::Withdrawn, "C8: something followed a withdrawal");
            }
        }
        Ok(())
    }

    fn try_changes() -> Result<(), TryRuntimeError> {
        for (id, open) in OpenChanges::<T>::iter() {
            ensure!(Self::in_force(id).is_ok(), "C9: a change of an entry that is not in force");
            let under_review =
                VersionUnderWay::<T>::get(id).is_some_and(|version| version.endorsement().is_some_and(|e| e.is_update));
            ensure!(under_review || T::Clocks::due(open.deadline).is_some(), "C9: no clock of the update runs");
        }
        Ok(())
    }
}

/// Whether this is the offer of a version, with an item for each bit.
fn is_of(offer: &Offer, facts: &VersionFacts) -> bool {
    offer.items.len() == facts.items.count_ones() as usize && offer.methods == facts.methods
}

/// Items are numbered from bit 0 without gaps; hidden items are items; what is shared has a method.
fn are_sound(facts: &VersionFacts) -> bool {
    let contiguous = facts.items & facts.items.wrapping_add(1) == 0;
    let (hidden, conditional) = (facts.items_not_shared, facts.items_conditional);
    let listed = (hidden | conditional) & !facts.items == 0 && hidden & conditional == 0;
    let shared = facts.sharing != SharingClass::NotShared;
    facts.items != 0 && contiguous && listed && (!shared || facts.methods.0 != 0)
}
