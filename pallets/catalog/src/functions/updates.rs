//! The duty to update an entry after its law or duties have changed, and the clocks of catalog work (art. 16, 17).

use crate::{
    pallet::{Config, Entries, Error, Event, OpenChanges, Pallet},
    types::{AskedExtension, Endorsement, OpenChange},
};
use frame_support::{dispatch::DispatchResult, ensure, pallet_prelude::DispatchError};
use mulu_pallet_support::{Clocks, Extensions, People, Records};
use mulu_proofs::{
    calendar::{Day, Deadline, DeadlineKind},
    catalog::{ChangeOccurred, UpdateExtensionAsked, UpdateExtensionDecided},
    departments::{About, Role},
    ids::{DeadlineId, DepartmentId, EntryId, Version},
    records::{RecordKind, Subject},
    text::Text,
};
use sp_core::crypto::AccountId32;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_report_change(who: &AccountId32, id: EntryId, on: Day, basis: Text<256>) -> DispatchResult {
        let (entry, version, _) = Self::in_force(id)?;
        ensure!(!OpenChanges::<T>::contains_key(id), Error::<T>::ChangeOpen);
        ensure!(on <= Self::today(), Error::<T>::ChangeAhead);
        ensure!(basis.says_something(), Error::<T>::BasisMissing);
        let provider = entry.provider;
        let about = About::entry(id);
        let signed_as = T::People::signed_as(who, provider, Role::Cataloguer, &about)
            .or_else(|_| T::People::signed_as(who, provider, Role::Head, &about))
            .or_else(|error| Self::as_reviewer(who, id, provider).map_err(|_| error))?;

        let occurred = ChangeOccurred { entry: id, version, on, basis, signed_as };
        let subjects = [Subject::Entry(id, version), Subject::Department(provider)];
        T::Records::append(RecordKind::ChangeOccurred, signed_as.department, Some(who), &subjects, &occurred);
        let kind = DeadlineKind::CatalogUpdate;
        let working_days = T::Clocks::limit(kind).working_days;
        let deadline = T::Clocks::start_from(kind, Subject::Entry(id, version), provider, working_days, on)?;
        OpenChanges::<T>::insert(id, OpenChange { deadline, extended: 0, asked: None, is_answered_late: false });
        Self::deposit_event(Event::ChangeOccurred { signer: who.clone(), occurred });
        Ok(())
    }

    pub(crate) fn do_ask_extension(
        who: &AccountId32,
        id: EntryId,
        working_days: u16,
        reason: Text<512>,
    ) -> DispatchResult {
        let (entry, version, _) = Self::in_force(id)?;
        let mut open = OpenChanges::<T>::get(id).ok_or(Error::<T>::NoChangeOpen)?;
        ensure!(open.asked.is_none(), Error::<T>::ExtensionAskedAlready);
        ensure!(!T::Clocks::is_overdue(open.deadline), Error::<T>::UpdateOverdue);
        let extension_max = T::Clocks::limit(DeadlineKind::CatalogUpdate).extension;
        let in_all = open.extended.saturating_add(working_days);
        ensure!(working_days > 0 && in_all <= extension_max, Error::<T>::ExtensionOverLimit);
        ensure!(reason.says_something(), Error::<T>::WithoutReason);
        let signed_as = T::People::signed_as(who, entry.provider, Role::Head, &About::entry(id))?;
        let authority = Self::authority_of(entry.provider)?;

        let asked = UpdateExtensionAsked { entry: id, version, working_days, reason, signed_as };
        let subjects =
            [Subject::Entry(id, version), Subject::Department(entry.provider), Subject::Department(authority)];
        let kind = RecordKind::UpdateExtensionAsked;
        let record = T::Records::append(kind, signed_as.department, Some(who), &subjects, &asked);
        open.asked = Some(AskedExtension { working_days, record, by: who.clone() });
        OpenChanges::<T>::insert(id, open);
        Self::deposit_event(Event::UpdateExtensionAsked { signer: who.clone(), asked });
        Ok(())
    }

    pub(crate) fn do_decide_extension(
        who: &AccountId32,
        id: EntryId,
        granted: bool,
        reason: Text<512>,
    ) -> DispatchResult {
        let (entry, version, _) = Self::in_force(id)?;
        let mut open = OpenChanges::<T>::get(id).ok_or(Error::<T>::NoChangeOpen)?;
        let AskedExtension { working_days, record, by } = open.asked.take().ok_or(Error::<T>::ExtensionNotAsked)?;
        ensure!(granted || reason.says_something(), Error::<T>::WithoutReason);
        open.is_answered_late = T::Clocks::is_overdue(open.deadline);
        ensure!(!granted || !open.is_answered_late, Error::<T>::UpdateOverdue);
        let signed_as = Self::as_reviewer(who, id, entry.provider)?;
        ensure!(!T::People::is_same_person(&by, who), Error::<T>::SamePerson);

        let decided =
            UpdateExtensionDecided { entry: id, version, working_days, asked: record, granted, reason, signed_as };
        // Under the provider, who is told by it.
        let subjects = [Subject::Entry(id, version), Subject::Department(entry.provider)];
        let kind = RecordKind::UpdateExtensionDecided;
        T::Records::append(kind, signed_as.department, Some(who), &subjects, &decided);
        if granted {
            T::Clocks::extend(open.deadline, working_days)?;
            open.extended = open.extended.saturating_add(working_days);
        }
        OpenChanges::<T>::insert(id, open);
        Self::deposit_event(Event::UpdateExtensionDecided { signer: who.clone(), decided });
        Ok(())
    }

    /// Starts the authority's time for the review of a version: two working days for an update of what is published (art. 17), whether
    /// or not a change was reported; a governed limit for the first.
    pub(super) fn start_review(
        id: EntryId,
        version: Version,
        authority: DepartmentId,
    ) -> Result<DeadlineId, DispatchError> {
        let is_first = Entries::<T>::get(id).is_none_or(|entry| entry.published.is_none());
        let kind = if is_first { DeadlineKind::CatalogReview } else { DeadlineKind::CatalogUpdateReview };
        T::Clocks::start(kind, Subject::Entry(id, version), authority, T::Clocks::limit(kind).working_days)
    }

    /// The provider has submitted its update: its time stands still. Says whether there was a change to follow.
    pub(super) fn pause_update(id: EntryId) -> Result<bool, DispatchError> {
        let Some(open) = OpenChanges::<T>::get(id) else { return Ok(false) };
        // What came too late stays so.
        if !T::Clocks::is_overdue(open.deadline) {
            T::Clocks::pause(open.deadline)?;
        }
        Ok(true)
    }

    /// The authority has returned the update: the provider has the days that were left, today as the first.
    pub(super) fn resume_update(id: EntryId, endorsement: &Endorsement) -> DispatchResult {
        let Some(open) = OpenChanges::<T>::get(id).filter(|_| endorsement.is_update) else { return Ok(()) };
        let stands_still = T::Clocks::due(open.deadline).is_none();
        if stands_still { T::Clocks::resume(open.deadline) } else { Ok(()) }
    }

    /// The entry has followed the change.
    pub(super) fn close_change(id: EntryId) -> DispatchResult {
        let Some(open) = OpenChanges::<T>::get(id) else { return Ok(()) };
        // First the clock: stopping it may write the record that it is overdue, behind which an unanswered application for more time is counted.
        T::Clocks::stop(open.deadline)?;
        OpenChanges::<T>::remove(id);
        Ok(())
    }

    /// There is no entry any more that could follow the change.
    pub(super) fn drop_change(id: EntryId) -> DispatchResult {
        let Some(open) = OpenChanges::<T>::get(id) else { return Ok(()) };
        T::Clocks::cancel(open.deadline)?;
        OpenChanges::<T>::remove(id);
        Ok(())
    }
}

impl<T: Config> Extensions for Pallet<T> {
    fn unanswered(id: DeadlineId, deadline: &Deadline) -> Option<DepartmentId> {
        let Subject::Entry(entry, _) = deadline.subject else { return None };
        let open = OpenChanges::<T>::get(entry).filter(|open| open.deadline == id)?;
        let provider = Entries::<T>::get(entry)?.provider;
        if open.asked.is_some() || open.is_answered_late { T::People::authority_of(provider) } else { None }
    }
}
