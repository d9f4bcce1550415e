//! Suspending, resuming and withdrawing an entry, and what that does to the grants on it.

use crate::{
    pallet::{Config, Courses, Entries, Error, Event, Pallet, VersionUnderWay},
    types::{Course, Entry, STATUS_CHANGES_MAX},
};
use frame_support::{dispatch::DispatchResult, ensure, pallet_prelude::DispatchError};
use mulu_pallet_support::{Clock, Holders, Mounts, People, Records, Replies};
use mulu_proofs::{
    catalog::{ChangeKind, EntryChange, EntryStatus, EntrySuspension, EntryWithdrawn, Methods},
    departments::{About, Role, SignedAs},
    ids::{EntryId, RecordNumber, Version},
    papers::Papers,
    records::{RecordKind, Subject},
    text::Text,
};
use sp_core::crypto::AccountId32;

/// What is left of the changes of a status when an entry is suspended: that, its resumption and its withdrawal.
const CHANGES_RESERVED: usize = 3;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_suspend(who: &AccountId32, id: EntryId, reason: Text<512>) -> DispatchResult {
        let (entry, version, mut course) = Self::in_force(id)?;
        ensure!(course.now() == EntryStatus::Published, Error::<T>::SuspendedAlready);
        ensure!(reason.says_something(), Error::<T>::WithoutReason);
        let signed_as = Self::as_head_or_reviewer(who, id, &entry)?;
        let left = STATUS_CHANGES_MAX as usize - course.changes.len();
        ensure!(left >= CHANGES_RESERVED, Error::<T>::TooManySuspensions);

        let by_authority = signed_as.role == Role::Reviewer;
        course.by_authority = by_authority;
        Self::set_status(id, course, EntryStatus::Suspended);
        let suspension = EntrySuspension { entry: id, version, reason, signed_as };
        Self::record_suspension(RecordKind::EntrySuspended, ChangeKind::Suspended, who, &entry, &suspension);
        if by_authority {
            // The provider cannot lift it; what it suspended itself excuses no late reply.
            T::Replies::held(id, true);
        }
        Self::deposit_event(Event::EntrySuspended { signer: who.clone(), suspension });
        Ok(())
    }

    pub(crate) fn do_resume(who: &AccountId32, id: EntryId, reason: Text<512>) -> DispatchResult {
        let (entry, version, course) = Self::in_force(id)?;
        ensure!(course.now() == EntryStatus::Suspended, Error::<T>::NotSuspended);
        ensure!(reason.says_something(), Error::<T>::WithoutReason);
        let signed_as = match Self::as_reviewer(who, id, entry.provider) {
            Err(_) if !course.by_authority => T::People::signed_as(who, entry.provider, Role::Head, &About::entry(id))?,
            Err(error) => {
                let is_head = T::People::signed_as(who, entry.provider, Role::Head, &About::entry(id)).is_ok();
                return Err(if is_head { Error::<T>::SuspendedByAuthority.into() } else { error });
            }
            Ok(reviewer) => reviewer,
        };

        Self::set_status(id, course, EntryStatus::Published);
        let suspension = EntrySuspension { entry: id, version, reason, signed_as };
        Self::record_suspension(RecordKind::EntryResumed, ChangeKind::Resumed, who, &entry, &suspension);
        T::Replies::held(id, false);
        Self::deposit_event(Event::EntryResumed { signer: who.clone(), suspension });
        Ok(())
    }

    pub(crate) fn do_withdraw(
        who: &AccountId32,
        id: EntryId,
        reason: Text<512>,
        consultation: Option<Papers>,
    ) -> DispatchResult {
        let (entry, version, course) = Self::in_force(id)?;
        ensure!(reason.says_something(), Error::<T>::WithoutReason);
        let signed_as = T::People::signed_as(who, entry.provider, Role::Head, &About::entry(id))?;
        ensure!(!VersionUnderWay::<T>::contains_key(id), Error::<T>::UnderWayAlready);
        let consulted = consultation.map_or(T::Holders::live_versions(id).is_empty(), |papers| papers.is_given());
        ensure!(consulted, Error::<T>::ConsultationMissing);
        let authority = Self::authority_of(entry.provider)?;

        Self::set_status(id, course, EntryStatus::Withdrawn);
        let withdrawn = EntryWithdrawn { entry: id, version, reason, consultation, authority, signed_as };
        let subjects =
            [Subject::Entry(id, version), Subject::Department(entry.provider), Subject::Department(authority)];
        let kind = RecordKind::EntryWithdrawn;
        let record = T::Records::append(kind, signed_as.department, Some(who), &subjects, &withdrawn);
        Self::drop_change(id)?;
        Self::tell_all(id, ChangeKind::Withdrawn, record, true);
        T::Replies::held(id, false);
        T::Mounts::withdrawn(id, entry.provider);
        Self::deposit_event(Event::EntryWithdrawn { signer: who.clone(), withdrawn });
        Ok(())
    }

    /// An entry that is published and not withdrawn, its version and the course of its status.
    pub(crate) fn in_force(id: EntryId) -> Result<(Entry, Version, Course), DispatchError> {
        let entry = Entries::<T>::get(id).ok_or(Error::<T>::UnknownEntry)?;
        let version = entry.published.ok_or(Error::<T>::NotPublished)?;
        let course = Courses::<T>::get(id);
        ensure!(course.now() != EntryStatus::Withdrawn, Error::<T>::EntryWithdrawn);
        Ok((entry, version, course))
    }

    /// `who` as head of the provider or reviewer of its authority; the error is what the head's role lacks.
    fn as_head_or_reviewer(who: &AccountId32, id: EntryId, entry: &Entry) -> Result<SignedAs, DispatchError> {
        T::People::signed_as(who, entry.provider, Role::Head, &About::entry(id))
            .or_else(|error| Self::as_reviewer(who, id, entry.provider).map_err(|_| error))
    }

    fn set_status(id: EntryId, mut course: Course, status: EntryStatus) {
        course.changes.try_push((T::Clock::now(), status)).expect("a suspension leaves room for what may follow it");
        Courses::<T>::insert(id, course);
    }

    /// Records a suspension or its end, also under the authority that has to know of it, and has all holders told.
    fn record_suspension(
        kind: RecordKind,
        change: ChangeKind,
        who: &AccountId32,
        entry: &Entry,
        suspension: &EntrySuspension,
    ) {
        let EntrySuspension { entry: id, version, signed_as, .. } = suspension;
        let mut subjects = vec![Subject::Entry(*id, *version), Subject::Department(entry.provider)];
        subjects.extend(T::People::authority_of(entry.provider).map(Subject::Department));
        let record = T::Records::append(kind, signed_as.department, Some(who), &subjects, suspension);
        Self::tell_all(*id, change, record, signed_as.role == Role::Head);
    }

    /// Has every holder of a live grant on any version told of what happened to the whole entry.
    fn tell_all(id: EntryId, kind: ChangeKind, record: RecordNumber, by_provider: bool) {
        let change = EntryChange { kind, items: 0, methods: Methods::default(), record };
        for live in T::Holders::live_versions(id) {
            T::Holders::changed(id, live.version, &change, by_provider);
        }
    }
}
