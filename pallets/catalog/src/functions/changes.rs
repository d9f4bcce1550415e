//! What a new version means for the holders of grants on earlier ones (SPEC §2, art. 27): the table of `docs/catalog.md` at work.

use crate::{
    pallet::{Compared, Config, Entries, Error, LIVE_VERSIONS_MAX, Pallet, Stopped},
    types::{UnderWay, stopped},
};
use frame_support::{ensure, pallet_prelude::DispatchError};
use mulu_pallet_support::{Clock, Holders, LiveUse};
use mulu_proofs::{
    catalog::{Comparison, EntryChange, ServiceChange, Stop, compare},
    ids::{EntryId, RecordNumber, Version},
};

/// How the new version changes one on which there are live grants, as far as no version in between had changed it so already.
pub(super) struct Affected {
    version: Version,
    change: Comparison,
}

impl<T: Config> Pallet<T> {
    /// How a version changes each of those on which there are live grants. What takes something from a grant, or makes its service worse,
    /// was consulted on.
    pub(super) fn compare_with_live(id: EntryId, under_way: &UnderWay) -> Result<Vec<Affected>, DispatchError> {
        let live = T::Holders::live_versions(id);
        ensure!(live.len() <= LIVE_VERSIONS_MAX as usize, Error::<T>::TooManyLiveVersions);
        let current = Entries::<T>::get(id).and_then(|entry| entry.published);
        let mut affected = Vec::with_capacity(live.len());
        for LiveUse { version, items, methods } in live {
            let change = Self::change_of(id, version, current, under_way);
            let worsens = change.worse & items != 0 || change.service == ServiceChange::Worse;
            let takes = change.stopped() & items != 0 || !change.methods.and(methods).is_empty() || worsens;
            ensure!(!takes || under_way.is_consulted, Error::<T>::ConsultationMissing);
            affected.push(Affected { version, change });
        }
        Ok(affected)
    }

    /// How a version under way changes an earlier one, beyond what the current version and those before it did.
    fn change_of(id: EntryId, earlier: Version, current: Option<Version>, under_way: &UnderWay) -> Comparison {
        let Some(earlier_offer) = Compared::<T>::get(id, earlier) else { return Comparison::default() };
        let present = current.filter(|current| *current != earlier).and_then(|current| Compared::<T>::get(id, current));
        let mut change = compare(&earlier_offer, present.as_ref().unwrap_or(&earlier_offer), &under_way.offer);
        let (items_stopped, methods_stopped) = stopped(&Stopped::<T>::get(id, earlier));
        change.stricter &= !items_stopped;
        change.removed &= !items_stopped;
        // Nobody uses any more what stopped.
        change.changed &= !items_stopped;
        change.worse &= !items_stopped;
        change.methods = change.methods.without(methods_stopped);
        change
    }

    /// Keeps the offer of the new version and of those with live grants; nothing is compared with others any more.
    pub(super) fn keep_comparable(id: EntryId, under_way: &UnderWay, affected: &[Affected]) {
        let kept: Vec<Version> = Compared::<T>::iter_key_prefix(id).collect();
        for version in kept {
            if !affected.iter().any(|live| live.version == version) {
                Compared::<T>::remove(id, version);
            }
        }
        Compared::<T>::insert(id, under_way.version, under_way.offer.clone());
    }

    /// Stops what stops, and has every holder told whom a change touches.
    pub(super) fn stop_and_tell(id: EntryId, affected: &[Affected], record: RecordNumber) {
        for Affected { version, change } in affected {
            let stop = Stop { at: T::Clock::now(), items: change.stopped(), methods: change.methods };
            if stop.items != 0 || !stop.methods.is_empty() {
                Stopped::<T>::mutate(id, version, |stops| {
                    stops.try_push(stop).expect("each stop takes an item or method that none before it took");
                });
            }
            for (kind, items, methods) in change.changes() {
                if kind.effect().told {
                    // The authority publishes; what is in a version the provider decides.
                    T::Holders::changed(id, *version, &EntryChange { kind, items, methods, record }, true);
                }
            }
        }
    }
}
