//! What the calls do: check, then write, then record and emit.

use crate::{
    pallet::{Config, Courses, Error, Event, GrantVersions, LastGrant, Pallet},
    types::Course,
};
use frame_support::{dispatch::DispatchResult, ensure, pallet_prelude::DispatchError};
use mulu_pallet_support::{Clock, Clocks, Grants, GrantsBegin, People, Records};
use mulu_proofs::{
    calendar::DeadlineKind,
    departments::{About, Role, SignedAs},
    grants::{GrantAct, GrantState, GrantTerms},
    ids::{DeadlineId, DepartmentId, GrantId, Moment, Version},
    records::{RecordKind, Subject},
    text::Text,
};
use sp_core::crypto::AccountId32;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_provision(who: &AccountId32, grant: GrantId) -> DispatchResult {
        let (terms, course) = Self::running(grant)?;
        let about = About::entry_with(terms.entry, terms.consumer);
        let signed_as = T::People::signed_as(who, terms.provider, Role::Officer, &about)?;
        Self::ensure_active(terms.consumer)?;
        ensure!(course.state() == GrantState::Agreed, Error::<T>::NotAwaitingProvision);
        let mut course = Self::changed(course, GrantState::Provisioned)?;
        let deadline = course.deadline.take();

        let act = GrantAct { grant, reason: Text::default(), signed_as };
        Self::change(RecordKind::GrantProvisioned, who, &terms, &course, &act);
        Self::stop_clock(deadline)?;
        Self::deposit_event(Event::GrantProvisioned { signer: who.clone(), act });
        Ok(())
    }

    pub(crate) fn do_suspend(who: &AccountId32, grant: GrantId, reason: Text<512>) -> DispatchResult {
        let (terms, course) = Self::running(grant)?;
        let signed_as = Self::as_officer_or_supervisor(who, &terms)?;
        ensure!(!reason.is_empty(), Error::<T>::ReasonMissing);
        ensure!(course.state() != GrantState::Suspended, Error::<T>::AlreadySuspended);
        let mut course = Self::changed(course, GrantState::Suspended)?;
        course.is_held_by_authority = signed_as.role == Role::Supervisor;

        let act = GrantAct { grant, reason, signed_as };
        Self::change(RecordKind::GrantSuspended, who, &terms, &course, &act);
        Self::deposit_event(Event::GrantSuspended { signer: who.clone(), act });
        Ok(())
    }

    pub(crate) fn do_resume(who: &AccountId32, grant: GrantId, reason: Text<512>) -> DispatchResult {
        let (terms, course) = Self::running(grant)?;
        let signed_as = Self::as_officer_or_supervisor(who, &terms)?;
        ensure!(!reason.is_empty(), Error::<T>::ReasonMissing);
        ensure!(course.state() == GrantState::Suspended, Error::<T>::NotSuspended);
        // Whoever is both signs as officer; an authority that provides the data itself takes a supervisor who is not.
        let lifts = !course.is_held_by_authority || signed_as.role == Role::Supervisor;
        ensure!(lifts, Error::<T>::SuspendedByAuthority);
        Self::ensure_active(terms.provider)?;
        Self::ensure_active(terms.consumer)?;
        let before = course.state_before();
        let mut course = Self::changed(course, before)?;
        course.is_held_by_authority = false;

        let act = GrantAct { grant, reason, signed_as };
        Self::change(RecordKind::GrantResumed, who, &terms, &course, &act);
        Self::deposit_event(Event::GrantResumed { signer: who.clone(), act });
        Ok(())
    }

    /// A grant whose period is not over, with its version in force.
    fn running(grant: GrantId) -> Result<(GrantTerms, Course), DispatchError> {
        let course = Courses::<T>::get(grant).ok_or(Error::<T>::UnknownGrant)?;
        let terms = GrantVersions::<T>::get((grant, course.version)).ok_or(Error::<T>::UnknownGrant)?;
        ensure!(terms.until > T::Clock::now(), Error::<T>::GrantOver);
        Ok((terms, course))
    }

    fn changed(course: Course, state: GrantState) -> Result<Course, DispatchError> {
        course.changed(T::Clock::now(), state).ok_or_else(|| Error::<T>::TransitionsFull.into())
    }

    /// Keeps the new course and records what caused it.
    fn change(kind: RecordKind, who: &AccountId32, terms: &GrantTerms, course: &Course, act: &GrantAct) {
        Courses::<T>::insert(act.grant, course);
        let subjects = [
            Subject::Grant(act.grant, terms.version),
            Subject::Entry(terms.entry, terms.entry_version),
            Subject::Department(terms.provider),
            Subject::Department(terms.consumer),
        ];
        T::Records::append(kind, act.signed_as.department, Some(who), &subjects, act);
    }

    /// `who` as the provider's officer or as supervisor of the provider's competent authority.
    fn as_officer_or_supervisor(who: &AccountId32, terms: &GrantTerms) -> Result<SignedAs, DispatchError> {
        let GrantTerms { entry, provider, consumer, .. } = *terms;
        let about = About::entry_with(entry, consumer);
        if let Ok(officer) = T::People::signed_as(who, provider, Role::Officer, &about) {
            return Ok(officer);
        }
        let authority = T::People::authority_of(provider).ok_or(Error::<T>::NotPermitted)?;
        let about = About::entry_with(entry, provider);
        T::People::signed_as(who, authority, Role::Supervisor, &about).map_err(|_| Error::<T>::NotPermitted.into())
    }

    /// A suspended or retired department takes no part in a grant but to stop it.
    fn ensure_active(department: DepartmentId) -> DispatchResult {
        let is_active = T::People::department(department).is_some_and(|department| department.is_active);
        ensure!(is_active, Error::<T>::DepartmentNotActive);
        Ok(())
    }

    /// Ends the clock of what was done or has become needless.
    fn stop_clock(deadline: Option<DeadlineId>) -> DispatchResult {
        deadline.map_or(Ok(()), |deadline| T::Clocks::stop(deadline).map(|_met| ()))
    }
}

impl<T: Config> GrantsBegin for Pallet<T> {
    fn next_grant() -> GrantId {
        LastGrant::<T>::get().next()
    }

    fn begin(terms: &GrantTerms) -> DispatchResult {
        let grant = terms.grant;
        ensure!((grant, terms.version) == (Self::next_grant(), Version::new(1)), Error::<T>::OtherNumber);

        LastGrant::<T>::put(grant);
        GrantVersions::<T>::insert((grant, terms.version), terms);
        let mut course = Course::agreed(T::Clock::now());
        let kind = DeadlineKind::Provisioning;
        let subject = Subject::Grant(grant, terms.version);
        // It cannot fail on a governed limit, and if it did, nothing of the agreement would stay.
        course.deadline = Some(T::Clocks::start(kind, subject, terms.provider, T::Clocks::limit(kind).working_days)?);
        Courses::<T>::insert(grant, course);
        Ok(())
    }
}

impl<T: Config> Grants for Pallet<T> {
    fn terms(grant: GrantId, version: Version) -> Option<GrantTerms> {
        GrantVersions::<T>::get((grant, version))
    }

    fn transitions(grant: GrantId) -> Vec<(Moment, GrantState)> {
        Courses::<T>::get(grant).map(|course| course.transitions.into_inner()).unwrap_or_default()
    }
}
