//! Reconciliation: days are compared when they are no longer waited for, and differences named.

use super::days_before;
use crate::{
    pallet::{
        Answered, ComparedTo, Config, DecisionPoints, Differing, DifferingFrom, Error, Event, OpenPoints, Pallet,
        Reporting, Tallies, Used, UsedFrom,
    },
    types::RECONCILE_DAYS,
    weights,
};
use frame_support::{
    dispatch::DispatchResult,
    ensure,
    pallet_prelude::{DispatchError, Weight},
    traits::Get,
};
use mulu_pallet_support::{Grants, People, Records};
use mulu_proofs::{
    access::{DifferencesNamed, Ids, NAMED_MAX, Tally},
    calendar::Day,
    catalog::List,
    departments::{About, Role},
    grants::GrantTerms,
    ids::{DepartmentId, GrantId},
    records::{RecordKind, Subject},
};
use sp_core::crypto::AccountId32;

/// Most counts of one day, and most differences, that one block forgets.
const FORGET_MAX: u32 = 256;
/// Most tallies that one block compares.
pub(crate) const COMPARED_MAX: u32 = 64;
/// Most decision points that answer for one grant on one day.
const POINTS_MAX: u32 = 256;
/// Most days without tallies that one block passes over.
const DAYS_MAX: u32 = 16;

impl<T: Config> Pallet<T> {
    /// Compares the days that are no longer waited for, in their order; of one day, in the order of the state's keys.
    pub(crate) fn compare_due() {
        let Some(mut day) = ComparedTo::<T>::get() else { return };
        let waited_from = Self::waited_from();
        let (mut left, mut days) = (COMPARED_MAX as usize, DAYS_MAX);
        while day < waited_from && left > 0 && days > 0 {
            let rows: Vec<(GrantId, Tally)> = Tallies::<T>::iter_prefix(day).take(left).collect();
            let is_done = rows.len() < left;
            left -= rows.len();
            for (grant, tally) in rows {
                Self::compare(day, grant, tally);
            }
            if !is_done {
                break;
            }
            day = day.next();
            days -= 1;
            ComparedTo::<T>::put(day);
        }
    }

    fn compare(day: Day, grant: GrantId, tally: Tally) {
        Tallies::<T>::remove(day, grant);
        let terms = T::Grants::terms(grant, super::FIRST);
        let mut parties = Reporting::<T>::get(grant);
        let has_answered = Answered::<T>::iter_prefix((day, grant)).next().is_some();
        // A provider that gave up its decision points is held to them no more; that they were closed is on record.
        if !has_answered && !terms.as_ref().is_some_and(Self::decides_on) {
            parties.decisions = None;
        }
        // One row for each decision point that answers for the grant: those of one department's platforms.
        let _ = Answered::<T>::clear_prefix((day, grant), POINTS_MAX, None);
        let Some(differs) = tally.difference(grant, day, &parties) else { return };
        let can_be_named = differs.provider.is_some()
            && differs.consumer.is_some()
            && (differs.ids_difference != Ids::default() || tally.provider.events != tally.consumer.events);
        if can_be_named {
            // Days are compared in their order, but what was left of a long standstill may be older than what was forgotten meanwhile.
            DifferingFrom::<T>::mutate(|from| *from = Some(from.map_or(day, |from| from.min(day))));
            Differing::<T>::insert(day, grant, tally);
        }
        let mut subjects = vec![Subject::Grant(grant, super::FIRST)];
        if let Some(terms) = terms {
            subjects.extend([Subject::Department(terms.provider), Subject::Department(terms.consumer)]);
        }
        let record = T::Records::append(RecordKind::DayDiffers, DepartmentId::default(), None, &subjects, &differs);
        Self::deposit_event(Event::DayDiffers { record, grant, day });
    }

    /// Whether a decision point is open now that answers for calls under the grant.
    fn decides_on(terms: &GrantTerms) -> bool {
        OpenPoints::<T>::contains_key(terms.provider) || terms.platforms.iter().any(DecisionPoints::<T>::contains_key)
    }

    pub(crate) fn do_name_differences(
        who: &AccountId32,
        grant: GrantId,
        day: Day,
        provider_only: List<u64, NAMED_MAX>,
        consumer_only: List<u64, NAMED_MAX>,
    ) -> DispatchResult {
        let tally = Differing::<T>::get(day, grant).ok_or(Error::<T>::NothingDiffers)?;
        let (department, about) = Self::side_of(who, grant)?;
        let signed_as = Self::signed_as_one_of(who, department, [Role::Officer, Role::Platform], &about)?;
        ensure!(tally.is_explained_by(&provider_only, &consumer_only), Error::<T>::NotExplained);

        Differing::<T>::remove(day, grant);
        let body = DifferencesNamed { grant, day, provider_only, consumer_only, signed_as };
        let subjects = [Subject::Grant(grant, super::FIRST)];
        let record = T::Records::append(RecordKind::DifferencesNamed, department, Some(who), &subjects, &body);
        Self::deposit_event(Event::DifferencesNamed { record, grant, day });
        Ok(())
    }

    /// The department of `who` that is a party of the grant, and what naming its differences is about.
    fn side_of(who: &AccountId32, grant: GrantId) -> Result<(DepartmentId, About), DispatchError> {
        let terms = Self::first_terms(grant)?;
        match T::People::department_of(who) {
            Some(id) if id == terms.provider => Ok((id, About::entry_with(terms.entry, terms.consumer))),
            Some(id) if id == terms.consumer => Ok((id, About::entry_with(terms.entry, terms.provider))),
            _ => Err(Error::<T>::NotAParty.into()),
        }
    }

    /// Removes counts of days that are over, at most [`FORGET_MAX`] of one day a block.
    pub(crate) fn forget_usage() -> Weight {
        let Some(day) = UsedFrom::<T>::get() else { return T::DbWeight::get().reads(1) };
        if day >= Self::counted_from() {
            return T::DbWeight::get().reads(2);
        }
        let removed = Used::<T>::clear_prefix(day, FORGET_MAX, None);
        if removed.maybe_cursor.is_none() {
            UsedFrom::<T>::put(day + 1);
        }
        weights::ACT.saturating_add(T::DbWeight::get().reads_writes(2, u64::from(removed.loops) + 1))
    }

    /// Removes differences that nobody named in time, at most [`FORGET_MAX`] of one day a block.
    pub(crate) fn forget_differences() -> Weight {
        let Some(day) = DifferingFrom::<T>::get() else { return T::DbWeight::get().reads(1) };
        if day >= Self::named_from() {
            return T::DbWeight::get().reads(2);
        }
        let removed = Differing::<T>::clear_prefix(day, FORGET_MAX, None);
        if removed.maybe_cursor.is_none() {
            DifferingFrom::<T>::put(day.next());
        }
        weights::ACT.saturating_add(T::DbWeight::get().reads_writes(2, u64::from(removed.loops) + 1))
    }

    /// First local day whose differences may still be named.
    pub(crate) fn named_from() -> Day {
        days_before(Self::waited_from(), RECONCILE_DAYS)
    }
}
