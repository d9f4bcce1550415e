//! Misuse: suspended at once, mended within a term or terminated when the term has lapsed (art. 27).

use crate::{
    pallet::{Config, Courses, Error, Event, Pallet},
    types::{Course, Rectification},
};
use frame_support::{dispatch::DispatchResult, ensure, pallet_prelude::DispatchError};
use mulu_pallet_support::{Clocks, Counters, People};
use mulu_proofs::{
    calendar::DeadlineKind,
    departments::{About, Role, SignedAs},
    grants::{GrantAct, GrantState, GrantTerms, RectificationOrdered, RectificationReported},
    ids::{DeadlineId, GrantId},
    oversight::CountKind,
    papers::Papers,
    records::{RecordKind, Subject},
    text::Text,
};
use sp_core::crypto::AccountId32;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_suspend(who: &AccountId32, grant: GrantId, reason: Text<512>) -> DispatchResult {
        let (terms, mut course) = Self::running(grant)?;
        let signed_as = Self::as_officer_or_supervisor(who, &terms)?;
        ensure!(reason.says_something(), Error::<T>::ReasonMissing);
        let by_authority = signed_as.role == Role::Supervisor;
        if course.state().is_stopped() {
            // The authority takes over what the provider stopped, so that the provider does not lift it.
            ensure!(by_authority && !course.is_held_by_authority, Error::<T>::AlreadySuspended);
        } else {
            course = Self::changed(course, GrantState::Suspended)?;
            // The takeover counts no second time.
            T::Counters::count(terms.consumer, CountKind::MisuseSuspended);
        }
        course.is_held_by_authority = by_authority;

        let act = GrantAct { grant, reason, signed_as };
        let provisioning = course.deadline.filter(|_| by_authority);
        Courses::<T>::insert(grant, course);
        Self::record(RecordKind::GrantSuspended, who, &terms, &signed_as, &act);
        Self::hold_clock(provisioning)?;
        Self::deposit_event(Event::GrantSuspended { signer: who.clone(), act });
        Ok(())
    }

    pub(crate) fn do_resume(who: &AccountId32, grant: GrantId, reason: Text<512>) -> DispatchResult {
        let (terms, course) = Self::running(grant)?;
        let signed_as = Self::as_who_may_lift(who, &terms, &course)?;
        ensure!(reason.says_something(), Error::<T>::ReasonMissing);
        ensure!(course.state().is_stopped(), Error::<T>::NotSuspended);
        Self::ensure_active(terms.provider)?;
        Self::ensure_active(terms.consumer)?;
        let before = course.state_before();
        let mut course = Self::changed(course, before)?;
        course.is_held_by_authority = false;
        let (rectification, provisioning) = (course.rectification.take(), course.deadline);

        let act = GrantAct { grant, reason, signed_as };
        Courses::<T>::insert(grant, course);
        Self::record(RecordKind::GrantResumed, who, &terms, &signed_as, &act);
        Self::let_clock_go(provisioning)?;
        Self::stop_clock(rectification.map(|rectification| rectification.deadline))?;
        Self::deposit_event(Event::GrantResumed { signer: who.clone(), act });
        Ok(())
    }

    pub(crate) fn do_order_rectification(
        who: &AccountId32,
        grant: GrantId,
        working_days: u16,
        what: Text<512>,
    ) -> DispatchResult {
        let (terms, course) = Self::running(grant)?;
        let signed_as = Self::as_who_may_lift(who, &terms, &course)?;
        ensure!(what.says_something(), Error::<T>::ReasonMissing);
        ensure!(course.state() == GrantState::Suspended, Error::<T>::NotSuspended);
        let kind = DeadlineKind::Rectification;
        let is_term = (1..=T::Clocks::limit(kind).working_days).contains(&working_days);
        ensure!(is_term, Error::<T>::TermInvalid);
        let mut course = Self::changed(course, GrantState::Rectifying)?;
        // Whoever orders it judges it.
        course.is_held_by_authority = signed_as.role == Role::Supervisor;

        let act = RectificationOrdered { grant, working_days, what, signed_as };
        Self::record(RecordKind::RectificationOrdered, who, &terms, &signed_as, &act);
        let subject = Subject::Grant(grant, terms.version);
        let deadline = T::Clocks::start(kind, subject, terms.consumer, working_days)?;
        Self::hold_clock(course.deadline.filter(|_| course.is_held_by_authority))?;
        course.rectification = Some(Rectification { deadline, is_reported: false });
        Courses::<T>::insert(grant, course);
        Self::deposit_event(Event::RectificationOrdered { signer: who.clone(), act });
        Ok(())
    }

    pub(crate) fn do_report_rectified(
        who: &AccountId32,
        grant: GrantId,
        statement: Text<512>,
        papers: Option<Papers>,
    ) -> DispatchResult {
        let (terms, mut course) = Self::running(grant)?;
        let signed_as = Self::as_consumers_officer(who, &terms)?;
        ensure!(statement.says_something(), Error::<T>::ReasonMissing);
        let rectification = course.rectification.as_mut().ok_or(Error::<T>::NotRectifying)?;
        ensure!(!rectification.is_reported, Error::<T>::AlreadyReported);
        // What is reported too late stops no clock; whoever ordered it may accept it all the same.
        let deadline = rectification.deadline;
        let in_time = !T::Clocks::is_overdue(deadline);
        rectification.is_reported = in_time;

        let act = RectificationReported { grant, statement, papers, signed_as };
        Courses::<T>::insert(grant, course);
        Self::record(RecordKind::RectificationReported, who, &terms, &signed_as, &act);
        if in_time {
            T::Clocks::pause(deadline)?;
        }
        Self::deposit_event(Event::RectificationReported { signer: who.clone(), act });
        Ok(())
    }

    pub(crate) fn do_reject_rectification(who: &AccountId32, grant: GrantId, reason: Text<512>) -> DispatchResult {
        let (terms, mut course) = Self::running(grant)?;
        let signed_as = Self::as_who_may_lift(who, &terms, &course)?;
        ensure!(reason.says_something(), Error::<T>::ReasonMissing);
        let rectification = course.rectification.as_mut().ok_or(Error::<T>::NotRectifying)?;
        ensure!(rectification.is_reported, Error::<T>::NotReported);
        rectification.is_reported = false;
        let deadline = rectification.deadline;

        let act = GrantAct { grant, reason, signed_as };
        Courses::<T>::insert(grant, course);
        Self::record(RecordKind::RectificationRejected, who, &terms, &signed_as, &act);
        T::Clocks::resume(deadline)?;
        Self::deposit_event(Event::RectificationRejected { signer: who.clone(), act });
        Ok(())
    }

    pub(crate) fn do_terminate(who: &AccountId32, grant: GrantId, reason: Text<512>) -> DispatchResult {
        let (terms, course) = Self::running(grant)?;
        let signed_as = Self::as_who_may_lift(who, &terms, &course)?;
        ensure!(reason.says_something(), Error::<T>::ReasonMissing);
        let rectification = course.rectification.ok_or(Error::<T>::NotRectifying)?;
        // While a report in time waits for its answer the clock stands still, and what stands still is never overdue.
        ensure!(T::Clocks::is_overdue(rectification.deadline), Error::<T>::TermRunning);

        let act = GrantAct { grant, reason, signed_as };
        Self::end(who, &terms, course, (RecordKind::GrantTerminated, GrantState::Terminated), &signed_as, &act, None)?;
        T::Counters::count(terms.consumer, CountKind::TerminatedForMisuse);
        Self::deposit_event(Event::GrantTerminated { signer: who.clone(), act });
        Ok(())
    }

    /// Lets the clock of provisioning stand still while the authority holds the grant: its provider cannot provision it. What is overdue
    /// stays so.
    fn hold_clock(provisioning: Option<DeadlineId>) -> DispatchResult {
        let runs = |id: &DeadlineId| T::Clocks::due(*id).is_some() && !T::Clocks::is_overdue(*id);
        provisioning.filter(runs).map_or(Ok(()), T::Clocks::pause)
    }

    /// Lets it run again, if it stands still.
    fn let_clock_go(provisioning: Option<DeadlineId>) -> DispatchResult {
        let stands_still = |id: &DeadlineId| T::Clocks::due(*id).is_none();
        provisioning.filter(stands_still).map_or(Ok(()), T::Clocks::resume)
    }

    /// `who` as somebody who may decide on a stopped grant: what the authority holds, its supervisor alone.
    fn as_who_may_lift(who: &AccountId32, terms: &GrantTerms, course: &Course) -> Result<SignedAs, DispatchError> {
        // Whoever is both signs as officer; an authority that provides the data itself takes a supervisor who is not.
        let signed_as = Self::as_officer_or_supervisor(who, terms)?;
        let lifts = !course.is_held_by_authority || signed_as.role == Role::Supervisor;
        ensure!(lifts, Error::<T>::SuspendedByAuthority);
        Ok(signed_as)
    }

    /// `who` as the provider's officer or as supervisor of the provider's competent authority.
    fn as_officer_or_supervisor(who: &AccountId32, terms: &GrantTerms) -> Result<SignedAs, DispatchError> {
        if let Ok(officer) = Self::as_providers_officer(who, terms) {
            return Ok(officer);
        }
        let authority = T::People::authority_of(terms.provider).ok_or(Error::<T>::NotPermitted)?;
        let about = About::entry_with(terms.entry, terms.provider);
        T::People::signed_as(who, authority, Role::Supervisor, &about).map_err(|_| Error::<T>::NotPermitted.into())
    }
}
