//! The end of a grant, and what becomes of the data afterwards (art. 27).

use super::subjects;
use crate::{
    pallet::{Config, Courses, Error, Event, Pallet},
    types::Course,
};
use codec::Encode;
use frame_support::{dispatch::DispatchResult, ensure};
use mulu_pallet_support::{Clock, Counters, People, Records};
use mulu_proofs::{
    departments::SignedAs,
    grants::{DisposalCountersigned, DisposalRecorded, GrantCompleted, GrantState, GrantTerms, ServiceEnded},
    ids::{DepartmentId, GrantId, RecordNumber},
    oversight::CountKind,
    papers::Papers,
    records::{RecordKind, Subject},
    text::Text,
};
use sp_core::crypto::AccountId32;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_complete(who: &AccountId32, grant: GrantId, outcome: Text<256>) -> DispatchResult {
        let (terms, course) = Self::running(grant)?;
        let signed_as = Self::as_consumers_officer(who, &terms)?;
        ensure!(outcome.says_something(), Error::<T>::ReasonMissing);
        ensure!(!course.state().is_stopped(), Error::<T>::Stopped);

        let act = GrantCompleted { grant, outcome, signed_as };
        Self::end(who, &terms, course, (RecordKind::GrantCompleted, GrantState::Completed), &signed_as, &act, None)?;
        Self::deposit_event(Event::GrantCompleted { signer: who.clone(), act });
        Ok(())
    }

    pub(crate) fn do_end_service(
        who: &AccountId32,
        grant: GrantId,
        reason: Text<512>,
        consultation: Papers,
    ) -> DispatchResult {
        let (terms, course) = Self::running(grant)?;
        let signed_as = Self::as_providers_officer(who, &terms)?;
        ensure!(reason.says_something(), Error::<T>::ReasonMissing);
        ensure!(consultation.is_given(), Error::<T>::ConsultationMissing);
        ensure!(!course.state().is_stopped(), Error::<T>::Stopped);
        let authority = T::People::authority_of(terms.provider).ok_or(Error::<T>::AuthorityMissing)?;

        let act = ServiceEnded { grant, reason, consultation, authority, signed_as };
        let end = (RecordKind::ServiceEnded, GrantState::EndedByProvider);
        // The record is the filing, so the authority finds it among its own.
        let filed_with = (authority != terms.provider && authority != terms.consumer).then_some(authority);
        Self::end(who, &terms, course, end, &signed_as, &act, filed_with)?;
        T::Counters::count(terms.provider, CountKind::ServiceStopped);
        Self::deposit_event(Event::ServiceEnded { signer: who.clone(), act });
        Ok(())
    }

    pub(crate) fn do_record_disposal(
        who: &AccountId32,
        grant: GrantId,
        how: Text<512>,
        papers: Option<Papers>,
    ) -> DispatchResult {
        let (terms, mut course) = Self::over(grant)?;
        let signed_as = Self::as_consumers_officer(who, &terms)?;
        ensure!(how.says_something(), Error::<T>::ReasonMissing);

        let act = DisposalRecorded { grant, how, papers, signed_as };
        let record = Self::record(RecordKind::DisposalRecorded, who, &terms, &signed_as, &act);
        course.disposal = Some(record);
        Courses::<T>::insert(grant, course);
        Self::deposit_event(Event::DisposalRecorded { signer: who.clone(), record, act });
        Ok(())
    }

    pub(crate) fn do_countersign_disposal(who: &AccountId32, grant: GrantId, record: RecordNumber) -> DispatchResult {
        let (terms, course) = Self::over(grant)?;
        let signed_as = Self::as_providers_officer(who, &terms)?;
        ensure!(course.disposal == Some(record), Error::<T>::OtherDisposal);
        let mut course = Self::changed(course, GrantState::Disposed)?;

        let act = DisposalCountersigned { grant, record, signed_as };
        Self::record(RecordKind::DisposalCountersigned, who, &terms, &signed_as, &act);
        if course.is_live() {
            // Its period is over or its entry withdrawn, and no block has come to it yet.
            Self::leave(&terms, &mut course, T::Clock::now())?;
        }
        Courses::<T>::insert(grant, course);
        Self::deposit_event(Event::DisposalCountersigned { signer: who.clone(), act });
        Ok(())
    }

    /// A grant that is over and whose data is not yet disposed of.
    fn over(grant: GrantId) -> Result<(GrantTerms, Course), sp_runtime::DispatchError> {
        let (terms, course) = Self::known(grant)?;
        ensure!(Self::is_over(&terms, &course), Error::<T>::NotOver);
        ensure!(course.state() != GrantState::Disposed, Error::<T>::AlreadyDisposed);
        Ok((terms, course))
    }

    /// Ends a grant by an act: records it, stops its clocks, and lets it leave the state in its time.
    pub(super) fn end(
        who: &AccountId32,
        terms: &GrantTerms,
        course: Course,
        (kind, state): (RecordKind, GrantState),
        signed_as: &SignedAs,
        act: &impl Encode,
        filed_with: Option<DepartmentId>,
    ) -> DispatchResult {
        let mut course = Self::changed(course, state)?;

        let mut about = subjects(terms).to_vec();
        about.extend(filed_with.map(Subject::Department));
        T::Records::append(kind, signed_as.department, Some(who), &about, act);
        Self::leave(terms, &mut course, T::Clock::now())?;
        Courses::<T>::insert(terms.grant, course);
        Ok(())
    }
}
