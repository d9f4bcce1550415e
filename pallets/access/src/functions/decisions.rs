//! Decision points: their keys, and what they count.

use crate::{
    pallet::{
        Answered, ComparedTo, Compromised, Config, DecisionKeys, DecisionPoints, Error, Event, OpenPoints, Pallet,
        Reporting, Tallies,
    },
    types::{Answers, DecisionPoint},
};
use frame_support::{dispatch::DispatchResult, ensure, pallet_prelude::DispatchError};
use mulu_pallet_support::{Clock, People, Records};
use mulu_proofs::{
    access::{DECISION_COUNTS_MAX, DecisionCount, DecisionsClosed, DecisionsCounted, DecisionsOpened, Party},
    calendar::Day,
    catalog::List,
    departments::{About, Role},
    ids::{DepartmentId, PublicKey, SystemId},
    records::{RecordKind, Subject},
};
use sp_core::crypto::AccountId32;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_open_decisions(who: &AccountId32, system: SystemId) -> DispatchResult {
        let department = Self::platform(system)?.department;
        let signed_as = T::People::signed_as(who, department, Role::Platform, &About::NOTHING)?;
        let key: PublicKey = *who.as_ref();
        ensure!(!DecisionPoints::<T>::contains_key(system), Error::<T>::DecisionsOpen);
        ensure!(!DecisionKeys::<T>::contains_key(key), Error::<T>::KeyDecides);
        ensure!(!Compromised::<T>::contains_key(key), Error::<T>::KeyIsCompromised);

        DecisionPoints::<T>::insert(system, DecisionPoint { department, key, since: T::Clock::now() });
        DecisionKeys::<T>::insert(key, system);
        OpenPoints::<T>::mutate(department, |open| *open += 1);
        let body = DecisionsOpened { system, key, signed_as };
        let subjects = [Subject::System(system), Subject::Account(key)];
        T::Records::append(RecordKind::DecisionsOpened, department, Some(who), &subjects, &body);
        Self::deposit_event(Event::DecisionsOpened { system, key: who.clone() });
        Ok(())
    }

    pub(crate) fn do_close_decisions(who: &AccountId32, system: SystemId) -> DispatchResult {
        let point = DecisionPoints::<T>::get(system).ok_or(Error::<T>::NoDecisions)?;
        let is_key = point.key == *AsRef::<[u8; 32]>::as_ref(who);
        let role = if is_key { Role::Platform } else { Role::Admin };
        let signed_as =
            T::People::signed_as(who, point.department, role, &About::NOTHING).map_err(|_| Error::<T>::NotPermitted)?;

        Self::close_decisions_of(&point.key);
        let body = DecisionsClosed { system, key: point.key, signed_as };
        let subjects = [Subject::System(system), Subject::Account(point.key)];
        T::Records::append(RecordKind::DecisionsClosed, point.department, Some(who), &subjects, &body);
        Self::deposit_event(Event::DecisionsClosed { system });
        Ok(())
    }

    /// Closes the decision point of a key, if it has one.
    pub(super) fn close_decisions_of(key: &PublicKey) {
        let point = DecisionKeys::<T>::take(key).and_then(DecisionPoints::<T>::take);
        if let Some(DecisionPoint { department, .. }) = point {
            OpenPoints::<T>::mutate_exists(department, |open| {
                *open = open.and_then(|open| open.checked_sub(1)).filter(|open| *open > 0);
            });
        }
    }

    pub(crate) fn do_count_decisions(
        who: &AccountId32,
        system: SystemId,
        day: Day,
        counts: List<DecisionCount, DECISION_COUNTS_MAX>,
    ) -> DispatchResult {
        let point = DecisionPoints::<T>::get(system).ok_or(Error::<T>::NoDecisions)?;
        ensure!(point.key == *AsRef::<[u8; 32]>::as_ref(who), Error::<T>::OtherKey);
        let signed_as = T::People::signed_as(who, point.department, Role::Platform, &About::NOTHING)?;
        ensure!(day <= Self::today(), Error::<T>::DayAhead);
        let waited_from = Self::waited_from();
        let is_compared = ComparedTo::<T>::get().is_some_and(|compared_to| day < compared_to);
        ensure!(day >= waited_from && !is_compared, Error::<T>::DayCompared);
        ensure!(!counts.is_empty(), Error::<T>::CountsMissing);
        ensure!(counts.windows(2).all(|pair| pair[0].grant < pair[1].grant), Error::<T>::CountsOutOfOrder);
        for count in &counts {
            Self::check_count(count, (system, point.department), day)?;
        }

        if ComparedTo::<T>::get().is_none() {
            ComparedTo::<T>::put(waited_from);
        }
        for count in &counts {
            Self::take_count(count, system, day);
        }
        let total = u32::try_from(counts.len()).expect("at most DECISION_COUNTS_MAX");
        let body = DecisionsCounted { system, day, counts, signed_as };
        let subjects = [Subject::System(system)];
        T::Records::append(RecordKind::DecisionsCounted, point.department, Some(who), &subjects, &body);
        Self::deposit_event(Event::DecisionsCounted { system, day, grants: total });
        Ok(())
    }

    /// Whether the point decides on calls under the grant, and counts on from where it was.
    fn check_count(
        count: &DecisionCount,
        (system, department): (SystemId, DepartmentId),
        day: Day,
    ) -> Result<(), DispatchError> {
        let terms = Self::first_terms(count.grant)?;
        let serves = terms.provider == department || terms.platforms.contains(&system);
        ensure!(serves && terms.consumer != department, Error::<T>::NotServing);
        let before = Answered::<T>::get((day, count.grant, system));
        let grows = before.allowed <= count.allowed && before.denied <= count.denied;
        ensure!(grows, Error::<T>::CountsShrink);
        Ok(())
    }

    fn take_count(count: &DecisionCount, system: SystemId, day: Day) {
        let DecisionCount { grant, allowed, denied } = *count;
        let before = Answered::<T>::get((day, grant, system));
        Answered::<T>::insert((day, grant, system), Answers { allowed, denied });
        Tallies::<T>::mutate(day, grant, |tally| {
            tally.allowed = tally.allowed.saturating_add(u64::from(allowed - before.allowed));
        });
        Reporting::<T>::mutate(grant, |parties| parties.report(Party::Decisions, day));
    }
}
