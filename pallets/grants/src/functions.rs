//! What the calls do: check, then write, then record and emit. Here what all of them share, and what others read; misuse and the
//! end of grants have files of their own.

mod ends;
mod holders;
mod misuse;
mod queue;

use crate::{
    pallet::{Config, Courses, Error, Event, GrantVersions, LastGrant, Pallet},
    types::Course,
};
use codec::Encode;
use frame_support::{dispatch::DispatchResult, ensure, pallet_prelude::DispatchError};
use mulu_pallet_support::{Catalog, Clock, Clocks, Grants, GrantsBegin, People, Records};
use mulu_proofs::{
    calendar::DeadlineKind,
    catalog::EntryStatus,
    departments::{About, Role, SignedAs},
    grants::{GrantAct, GrantState, GrantTerms, UseRecord, UseRecorded},
    ids::{DeadlineId, DepartmentId, GrantId, Moment, RecordNumber, Version},
    records::{RecordKind, Subject},
    text::Text,
};
use sp_core::crypto::AccountId32;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_provision(who: &AccountId32, grant: GrantId) -> DispatchResult {
        let (terms, course) = Self::running(grant)?;
        let signed_as = Self::as_providers_officer(who, &terms)?;
        Self::ensure_active(terms.consumer)?;
        ensure!(course.state() == GrantState::Agreed, Error::<T>::NotAwaitingProvision);
        let mut course = Self::changed(course, GrantState::Provisioned)?;
        let deadline = course.deadline.take();

        let act = GrantAct { grant, reason: Text::default(), signed_as };
        Courses::<T>::insert(grant, course);
        Self::record(RecordKind::GrantProvisioned, who, &terms, &signed_as, &act);
        Self::stop_clock(deadline)?;
        Self::deposit_event(Event::GrantProvisioned { signer: who.clone(), act });
        Ok(())
    }

    pub(crate) fn do_record_use(who: &AccountId32, grant: GrantId, used: UseRecord) -> DispatchResult {
        let (terms, course) = Self::known(grant)?;
        let about = About::entry_with(terms.entry, terms.provider);
        let signed_as = T::People::signed_as(who, terms.consumer, Role::Officer, &about)
            .or_else(|_| T::People::signed_as(who, terms.consumer, Role::Applicant, &about))
            .map_err(|_| Error::<T>::NotPermitted)?;
        ensure!(used.on <= T::Clocks::day_of(T::Clock::now()), Error::<T>::DayInFuture);
        let agreed = course.transitions.first().map(|(moment, _)| T::Clocks::day_of(*moment));
        ensure!(agreed.is_none_or(|agreed| agreed <= used.on), Error::<T>::DayBeforeGrant);

        let act = UseRecorded { grant, used, signed_as };
        Self::record(RecordKind::UseRecorded, who, &terms, &signed_as, &act);
        Self::deposit_event(Event::UseRecorded { signer: who.clone(), act });
        Ok(())
    }

    /// A grant, with its version in force.
    fn known(grant: GrantId) -> Result<(GrantTerms, Course), DispatchError> {
        let course = Courses::<T>::get(grant).ok_or(Error::<T>::UnknownGrant)?;
        let terms = GrantVersions::<T>::get((grant, course.version)).ok_or(Error::<T>::UnknownGrant)?;
        Ok((terms, course))
    }

    /// A grant that is not over.
    fn running(grant: GrantId) -> Result<(GrantTerms, Course), DispatchError> {
        let (terms, course) = Self::known(grant)?;
        ensure!(!Self::is_over(&terms, &course), Error::<T>::GrantOver);
        Ok((terms, course))
    }

    /// Whether a grant is over: a fact of its acts, its terms and block time, which waits for no record.
    fn is_over(terms: &GrantTerms, course: &Course) -> bool {
        let now = T::Clock::now();
        let is_withdrawn = || T::Catalog::status_at(terms.entry, now) == EntryStatus::Withdrawn;
        course.state().is_end() || terms.until <= now || is_withdrawn()
    }

    fn changed(course: Course, state: GrantState) -> Result<Course, DispatchError> {
        course.changed(T::Clock::now(), state).ok_or_else(|| Error::<T>::TransitionsFull.into())
    }

    /// Records an act on a grant.
    fn record(
        kind: RecordKind,
        who: &AccountId32,
        terms: &GrantTerms,
        signed_as: &SignedAs,
        act: &impl Encode,
    ) -> RecordNumber {
        T::Records::append(kind, signed_as.department, Some(who), &subjects(terms), act)
    }

    fn as_providers_officer(who: &AccountId32, terms: &GrantTerms) -> Result<SignedAs, DispatchError> {
        T::People::signed_as(who, terms.provider, Role::Officer, &About::entry_with(terms.entry, terms.consumer))
    }

    fn as_consumers_officer(who: &AccountId32, terms: &GrantTerms) -> Result<SignedAs, DispatchError> {
        T::People::signed_as(who, terms.consumer, Role::Officer, &About::entry_with(terms.entry, terms.provider))
    }

    /// A suspended or retired department takes no part in a grant but to stop it.
    fn ensure_active(department: DepartmentId) -> DispatchResult {
        let is_active = T::People::department(department).is_some_and(|department| department.is_active);
        ensure!(is_active, Error::<T>::DepartmentNotActive);
        Ok(())
    }

    /// Ends the clock of what was done.
    fn stop_clock(deadline: Option<DeadlineId>) -> DispatchResult {
        deadline.map_or(Ok(()), |deadline| T::Clocks::stop(deadline).map(|_met| ()))
    }
}

/// What every record of a grant is about.
fn subjects(terms: &GrantTerms) -> [Subject; 4] {
    [
        Subject::Grant(terms.grant, terms.version),
        Subject::Entry(terms.entry, terms.entry_version),
        Subject::Department(terms.provider),
        Subject::Department(terms.consumer),
    ]
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
        let mut course = Course::agreed(T::Clock::now(), terms.until);
        let kind = DeadlineKind::Provisioning;
        let subject = Subject::Grant(grant, terms.version);
        // It cannot fail on a governed limit, and if it did, nothing of the agreement would stay.
        course.deadline = Some(T::Clocks::start(kind, subject, terms.provider, T::Clocks::limit(kind).working_days)?);
        Self::enter(terms, &course);
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
