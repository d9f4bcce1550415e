//! Who holds grants on an entry, and what they are told of its changes (§2.2.3 item 4).

use super::subjects;
use crate::{
    pallet::{Config, Courses, Event, LastNotice, Live, LiveUses, Notices, Pallet},
    types::{Notice, NoticeKey},
};
use frame_support::defensive;
use mulu_pallet_support::{Clock, Counters, Holders, LiveUse, Records};
use mulu_proofs::{
    catalog::{ChangeKind, EntryChange},
    grants::{GrantState, HolderNotified},
    ids::{DepartmentId, EntryId, GrantId, Version},
    oversight::CountKind,
    records::RecordKind,
};

impl<T: Config> Holders for Pallet<T> {
    fn live_versions(entry: EntryId) -> Vec<LiveUse> {
        let live = LiveUses::<T>::iter_prefix(entry);
        let mut live: Vec<_> = live
            .map(|(version, uses)| LiveUse { version, items: uses.used_items(), methods: uses.used_methods() })
            .collect();
        live.sort_by_key(|uses| uses.version);
        live
    }

    fn changed(entry: EntryId, version: Version, change: &EntryChange, by_provider: bool) {
        let effect = change.kind.effect();
        if !effect.told || !LiveUses::<T>::contains_key(entry, version) {
            return;
        }
        let number = LastNotice::<T>::mutate(|last| {
            *last += 1;
            *last
        });
        // Whoever takes something away is counted, with consultation or without (art. 39 item 7): what is excused is for people to say.
        let takes = effect.consultation || change.kind == ChangeKind::Suspended;
        let is_counted = takes && by_provider;
        let notice = Notice { entry, version, change: *change, at: T::Clock::now(), is_counted, after: None };
        Notices::<T>::insert(NoticeKey::new(number), notice);
    }
}

impl<T: Config> Pallet<T> {
    /// Tells the holders of no more than so many grants what changed, the oldest change first.
    pub(crate) fn tell(grants_max: u32) {
        let mut left = grants_max as usize;
        while left > 0 {
            let Some((key, mut notice)) = Notices::<T>::iter().next() else { return };
            let on = (notice.entry, notice.version);
            let from = notice.after.map(|grant| Live::<T>::hashed_key_for(on, grant));
            let grants: Vec<GrantId> = match from {
                Some(from) => Live::<T>::iter_key_prefix_from(on, from).take(left).collect(),
                None => Live::<T>::iter_key_prefix(on).take(left).collect(),
            };
            let told = grants.len();
            for grant in grants {
                Self::tell_one(&notice, grant);
                notice.after = Some(grant);
            }
            if told == left {
                Notices::<T>::insert(key, notice);
            } else {
                Notices::<T>::remove(key);
            }
            // A change that touches nobody is work too.
            left -= told.max(1);
        }
    }

    fn tell_one(notice: &Notice, grant: GrantId) {
        let Ok((terms, course)) = Self::known(grant) else { return };
        let agreed = course.transitions.first().map_or(notice.at, |(moment, _)| *moment);
        if !notice.touches(&terms, agreed) {
            return;
        }
        let notified = HolderNotified {
            grant,
            entry: notice.entry,
            version: notice.version,
            change: notice.change,
            at: notice.at,
        };
        T::Records::append(RecordKind::HolderNotified, DepartmentId::default(), None, &subjects(&terms), &notified);
        Self::deposit_event(Event::HolderNotified { notified });
        if notice.is_counted {
            T::Counters::count(terms.provider, CountKind::ServiceStopped);
        }
        if notice.change.kind != ChangeKind::Withdrawn {
            return;
        }
        // Since the withdrawal nobody could act on it, so that the end comes behind its other transitions.
        let ended = course.clone().changed(notice.at, GrantState::Ended);
        let Some(mut course) = ended else {
            defensive!("there is always room for the end of a grant");
            return;
        };
        if Self::leave(&terms, &mut course, notice.at).is_err() {
            defensive!("a clock of a grant was unknown");
        }
        Courses::<T>::insert(grant, course);
    }
}
