//! Requests: from the applicant to the provider's officer, each step by somebody new, over the same digest.

use super::key;
use crate::{
    pallet::{
        Config, Error, Event, LastRequest, OPEN_REQUESTS_MAX, OnClock, OpenCount, Pallet, Policies, Purposes, Requests,
    },
    types::{Extension, OpenRequest, ReplyClock, Signature, Standing, Step, Supplement},
};
use frame_support::{dispatch::DispatchResult, ensure, pallet_prelude::DispatchError};
use mulu_pallet_support::{Catalog, Clock, Clocks, EntryFacts, GrantsBegin, People, Records, SystemFacts};
use mulu_proofs::{
    calendar::DeadlineKind,
    catalog::{EntryStatus, List, SharingClass},
    departments::{About, Role, SignedAs, SystemKind},
    ids::{DepartmentId, Digest32, EntryId, RecordNumber, RequestId, SystemId},
    records::{RecordKind, Subject},
    sharing::{Policy, RequestAct, RequestAgreed, RequestCreated, RequestRefused, RequestTerms, Stage},
    text::Text,
};
use sp_core::crypto::AccountId32;

/// What is asked for breaks no rule: who may ask for it, whom, and what decides on it.
pub(super) struct Asked {
    pub signed_as: SignedAs,
    pub provider: DepartmentId,
    pub policy: Policy,
}

impl<T: Config> Pallet<T> {
    pub(crate) fn do_submit(who: &AccountId32, terms: RequestTerms) -> DispatchResult {
        let consumer = terms.consumer;
        let Asked { signed_as, provider, policy } = Self::ensure_asked(who, &terms)?;
        let open = OpenCount::<T>::get(consumer);
        ensure!(open < OPEN_REQUESTS_MAX, Error::<T>::TooManyOpen);

        let request = LastRequest::<T>::get().next();
        LastRequest::<T>::put(request);
        OpenCount::<T>::insert(consumer, open + 1);
        let body = RequestCreated { request, provider, terms: terms.clone(), policy: policy.clone(), signed_as };
        let about = subjects_of(request, provider, &terms);
        let asked = T::Records::append(RecordKind::RequestCreated, signed_as.department, Some(who), &about, &body);
        let (signatures, reply) = (List::default(), None);
        let (supplement, extension) = Default::default();
        let opened = OpenRequest { provider, terms, asked, policy, signatures, reply, supplement, extension };
        Self::sign(who, request, opened, Step::Submitted);
        Self::deposit_event(Event::RequestCreated { signer: who.clone(), created: body });
        Ok(())
    }

    pub(crate) fn do_endorse(who: &AccountId32, request: RequestId, digest: Digest32) -> DispatchResult {
        let open = Self::open(request, digest)?;
        let signed_as = T::People::signed_as(who, open.terms.consumer, Role::Officer, &open.to_consumer())?;
        Self::ensure_active(open.provider)?;
        ensure!(!open.is_endorsed(), Error::<T>::AlreadyEndorsed);
        Self::ensure_new_signer(who, &open)?;
        // With the consent the provider's time begins: for nothing to which it could not agree.
        Self::ensure_timely(&open.terms)?;

        let act = RequestAct { request, digest, stage: None, signed_as };
        T::Records::append(
            RecordKind::RequestEndorsed,
            signed_as.department,
            Some(who),
            &subjects(request, &open),
            &act,
        );
        let mut open = Self::sign(who, request, open, Step::Endorsed);
        Self::deposit_event(Event::RequestEndorsed { signer: who.clone(), act });
        if let Some(standing) = Self::consent_to(&open) {
            return Self::agree_by(standing, request, open);
        }
        // With this consent the request reaches the provider (art. 20), who has to reply in time from now on (art. 21).
        Self::run_clock(request, &mut open)?;
        Requests::<T>::insert(request, open);
        Ok(())
    }

    pub(crate) fn do_approve(who: &AccountId32, request: RequestId, digest: Digest32) -> DispatchResult {
        let open = Self::open(request, digest)?;
        Self::ensure_decidable(&open)?;
        let (number, stage) = open.current_stage().ok_or(Error::<T>::StagesComplete)?;
        let department = Self::department_in(stage, who)?;
        let signed_as = T::People::signed_as(who, department, stage.role, &open.to_provider())?;
        Self::ensure_active(open.provider)?;
        Self::ensure_active(open.terms.consumer)?;
        let named = stage.approvers.is_empty() || stage.approvers.contains(&key(who));
        ensure!(named, Error::<T>::NotNamed);
        Self::ensure_new_signer(who, &open)?;

        let act = RequestAct { request, digest, stage: Some(number), signed_as };
        T::Records::append(
            RecordKind::RequestApproved,
            signed_as.department,
            Some(who),
            &subjects(request, &open),
            &act,
        );
        let signed = Self::sign(who, request, open, Step::Approved(number));
        let next_stage = signed.current_stage().map(|(number, _)| number);
        Self::deposit_event(Event::RequestApproved { signer: who.clone(), act, next_stage });
        match Self::consent_to(&signed) {
            Some(standing) => Self::agree_by(standing, request, signed),
            None => Ok(()),
        }
    }

    pub(crate) fn do_agree(who: &AccountId32, request: RequestId, digest: Digest32) -> DispatchResult {
        let open = Self::open(request, digest)?;
        let signed_as = T::People::signed_as(who, open.provider, Role::Officer, &open.to_provider())?;
        Self::ensure_active(open.terms.consumer)?;
        Self::ensure_decidable(&open)?;
        ensure!(open.current_stage().is_none(), Error::<T>::StageOpen);
        Self::ensure_new_signer(who, &open)?;
        Self::ensure_timely(&open.terms)?;

        Self::conclude(request, open, who, signed_as, None)
    }

    /// Agrees as the officer said in advance. Called behind the record of the last signature that the request needed.
    fn agree_by(standing: Standing, request: RequestId, open: OpenRequest) -> DispatchResult {
        let officer = AccountId32::new(standing.officer.0);
        Self::conclude(request, open, &officer, standing.signed_as, Some(standing.record))
    }

    /// Turns a request into a grant: signed by `officer` now, or by the standing consent of that record.
    fn conclude(
        request: RequestId,
        open: OpenRequest,
        officer: &AccountId32,
        signed_as: SignedAs,
        consent: Option<RecordNumber>,
    ) -> DispatchResult {
        let mut about = subjects(request, &open).to_vec();
        let (asked, reply, digest) = (open.asked, open.reply, open.digest(request));
        let (entry, consumer) = (open.terms.entry, open.terms.consumer);
        let terms = open.granted(request, T::Grants::next_grant());
        about.push(Subject::Grant(terms.grant, terms.version));
        let agreed = RequestAgreed { request, asked, digest, signed_as, consent, grant: terms };
        let signer = consent.is_none().then_some(officer);
        T::Records::append(RecordKind::RequestAgreed, signed_as.department, signer, &about, &agreed);
        Self::stop_clock(reply)?;
        Self::close(request, entry, consumer);
        T::Grants::begin(&agreed.grant)?;
        Self::deposit_event(Event::RequestAgreed { signer: officer.clone(), agreed });
        Ok(())
    }

    pub(crate) fn do_refuse(
        who: &AccountId32,
        request: RequestId,
        digest: Digest32,
        reason: Text<512>,
    ) -> DispatchResult {
        let open = Self::open(request, digest)?;
        let signed_as = T::People::signed_as(who, open.provider, Role::Officer, &open.to_provider())?;
        Self::ensure_decidable(&open)?;
        // Whoever approved in a stage may refuse after all: there is always somebody who replies.
        ensure!(reason.says_something(), Error::<T>::ReasonMissing);

        let refused = RequestRefused { request, digest, reason, signed_as };
        T::Records::append(
            RecordKind::RequestRefused,
            signed_as.department,
            Some(who),
            &subjects(request, &open),
            &refused,
        );
        Self::stop_clock(open.reply)?;
        Self::close(request, open.terms.entry, open.terms.consumer);
        Self::deposit_event(Event::RequestRefused { signer: who.clone(), refused });
        Ok(())
    }

    pub(crate) fn do_withdraw(who: &AccountId32, request: RequestId, digest: Digest32) -> DispatchResult {
        let open = Self::open(request, digest)?;
        let consumer = open.terms.consumer;
        let about = open.to_consumer();
        let signed_as = T::People::signed_as(who, consumer, Role::Applicant, &about)
            .or_else(|_| T::People::signed_as(who, consumer, Role::Officer, &about))
            .map_err(|_| Error::<T>::NotPermitted)?;

        let act = RequestAct { request, digest, stage: None, signed_as };
        T::Records::append(
            RecordKind::RequestWithdrawn,
            signed_as.department,
            Some(who),
            &subjects(request, &open),
            &act,
        );
        // Nobody replies to what is asked for no longer.
        Self::cancel_clock(open.reply)?;
        Self::close(request, open.terms.entry, consumer);
        Self::deposit_event(Event::RequestWithdrawn { signer: who.clone(), act });
        Ok(())
    }

    /// Checks who asks for what, and finds out whom and what decides on it.
    pub(super) fn ensure_asked(who: &AccountId32, terms: &RequestTerms) -> Result<Asked, DispatchError> {
        let facts = Self::ensure_entry(terms)?;
        let provider = facts.provider;
        ensure!(terms.consumer != provider, Error::<T>::OwnEntry);
        let about = About::entry_with(terms.entry, provider);
        let signed_as = T::People::signed_as(who, terms.consumer, Role::Applicant, &about)?;
        Self::ensure_active(provider)?;
        Self::ensure_terms(terms)?;
        // Without a policy the provider's officer decides alone (art. 20 ¶3).
        Ok(Asked { signed_as, provider, policy: Policies::<T>::get(terms.entry).unwrap_or_default() })
    }

    /// Whether approvers and the provider's officer may decide now (art. 20, 21).
    fn ensure_decidable(open: &OpenRequest) -> DispatchResult {
        ensure!(open.supplement != Supplement::Asked, Error::<T>::SupplementOpen);
        ensure!(open.is_endorsed(), Error::<T>::NotEndorsed);
        Ok(())
    }

    /// Whether it is not too late for what was asked for.
    pub(super) fn ensure_timely(terms: &RequestTerms) -> DispatchResult {
        ensure!(terms.until > T::Clock::now(), Error::<T>::PeriodInvalid);
        // What the approvers signed names a version: nobody agrees to one that was superseded or taken back meanwhile.
        ensure!(T::Catalog::published(terms.entry) == Some(terms.entry_version), Error::<T>::NotPublished);
        Self::ensure_not_suspended(terms.entry)
    }

    /// A suspended entry stands still as its grants do.
    fn ensure_not_suspended(entry: EntryId) -> DispatchResult {
        let status = T::Catalog::status_at(entry, T::Clock::now());
        ensure!(status != EntryStatus::Suspended, Error::<T>::EntrySuspended);
        Ok(())
    }

    /// The department for which `who` signs in a stage. Whoever is of none of them is told what is missing in the first.
    fn department_in(stage: &Stage, who: &AccountId32) -> Result<DepartmentId, DispatchError> {
        let own = T::People::department_of(who).filter(|own| stage.departments.contains(own));
        own.or_else(|| stage.departments.first().copied()).ok_or_else(|| Error::<T>::NotNamed.into())
    }

    /// Lets the clock of the reply run: starts it, or goes on with the days that are left if the same reply is owed.
    fn run_clock(request: RequestId, open: &mut OpenRequest) -> DispatchResult {
        let kind = Self::kind_of_reply(&open.terms);
        if let Some(reply) = open.reply.as_mut().filter(|reply| reply.kind == kind) {
            let stood_still = reply.is_paused();
            (reply.waits_for_consent, reply.is_held) = (false, false);
            return if stood_still { T::Clocks::resume(reply.deadline) } else { Ok(()) };
        }
        Self::cancel_clock(open.reply)?;
        if matches!(open.extension, Extension::Asked { .. }) {
            // It was more time for the reply that is no longer owed.
            open.extension = Extension::Decided;
        }
        let working_days = T::Clocks::limit(kind).working_days;
        let deadline = T::Clocks::start(kind, Subject::Request(request), open.provider, working_days)?;
        open.reply = Some(ReplyClock { deadline, kind, waits_for_consent: false, is_held: false });
        OnClock::<T>::insert(open.terms.entry, request, ());
        Ok(())
    }

    /// Ends the clock of a reply that nobody owes any more.
    fn cancel_clock(reply: Option<ReplyClock>) -> DispatchResult {
        reply.map_or(Ok(()), |reply| T::Clocks::cancel(reply.deadline))
    }

    /// Ends the clock of a reply that was given, while the request is still there: stopping it may write the record that it is overdue, behind
    /// which an unanswered application for more time is counted.
    fn stop_clock(reply: Option<ReplyClock>) -> DispatchResult {
        reply.map_or(Ok(()), |reply| T::Clocks::stop(reply.deadline).map(|_met| ()))
    }

    /// Which reply the provider owes: what is open without condition is answered sooner. The strictest item that is asked for decides.
    fn kind_of_reply(terms: &RequestTerms) -> DeadlineKind {
        match T::Catalog::facts(terms.entry, terms.entry_version).map(|facts| facts.strictest(terms.items)) {
            Some(SharingClass::Unconditional) => DeadlineKind::RequestReplyUnconditional,
            _ => DeadlineKind::RequestReplyConditional,
        }
    }

    /// Checks what is asked for against the entry.
    fn ensure_entry(terms: &RequestTerms) -> Result<EntryFacts, DispatchError> {
        let (version, facts) = Self::published(terms.entry)?;
        ensure!(terms.entry_version == version, Error::<T>::NotPublished);
        Self::ensure_not_suspended(terms.entry)?;
        ensure!(facts.sharing != SharingClass::NotShared, Error::<T>::NotShared);
        ensure!(terms.items != 0 && terms.items & !facts.items == 0, Error::<T>::UnknownItem);
        ensure!(facts.strictest(terms.items) != SharingClass::NotShared, Error::<T>::NotShared);
        ensure!(facts.methods.contains(terms.method), Error::<T>::MethodNotOffered);
        let within = facts.flow_threshold == 0 || terms.calls_per_day <= facts.flow_threshold;
        ensure!(within, Error::<T>::OverFlowThreshold);
        Ok(facts)
    }

    /// Checks what the terms say of themselves, of purposes and of systems.
    fn ensure_terms(terms: &RequestTerms) -> DispatchResult {
        let said = terms.basis.says_something() && terms.scenario.says_something() && terms.scope.says_something();
        ensure!(said, Error::<T>::BasisMissing);
        ensure!(terms.from < terms.until && terms.until > T::Clock::now(), Error::<T>::PeriodInvalid);
        ensure!(terms.calls_per_day > 0 && terms.rows_per_day > 0, Error::<T>::QuotaZero);
        let in_order = is_ascending(&terms.purposes) && is_ascending(&terms.systems) && is_ascending(&terms.platforms);
        ensure!(in_order, Error::<T>::NotAscending);
        ensure!(terms.purposes.iter().all(Purposes::<T>::contains_key), Error::<T>::UnknownPurpose);
        for system in &terms.systems {
            ensure!(Self::system(*system)?.department == terms.consumer, Error::<T>::SystemOfAnother);
        }
        for platform in &terms.platforms {
            ensure!(Self::system(*platform)?.kind == SystemKind::Platform, Error::<T>::NotPlatform);
        }
        Ok(())
    }

    fn system(id: SystemId) -> Result<SystemFacts, DispatchError> {
        T::People::system(id).ok_or_else(|| Error::<T>::UnknownSystem.into())
    }

    /// The open request, if `digest` is of what it says.
    pub(super) fn open(request: RequestId, digest: Digest32) -> Result<OpenRequest, DispatchError> {
        let open = Requests::<T>::get(request).ok_or(Error::<T>::UnknownRequest)?;
        ensure!(open.digest(request) == digest, Error::<T>::DigestMismatch);
        Ok(open)
    }

    fn ensure_new_signer(who: &AccountId32, open: &OpenRequest) -> DispatchResult {
        ensure!(!open.is_signed_by::<T::People>(who), Error::<T>::AlreadySigned);
        Ok(())
    }

    /// Keeps the request with one more signature.
    pub(super) fn sign(who: &AccountId32, request: RequestId, mut open: OpenRequest, step: Step) -> OpenRequest {
        let signature = Signature { account: key(who), step };
        open.signatures.try_push(signature).expect("SIGNATURES_MAX holds every stage of a checked policy");
        Requests::<T>::insert(request, &open);
        open
    }

    /// Takes a request that has ended out of the state.
    fn close(request: RequestId, entry: EntryId, consumer: DepartmentId) {
        Requests::<T>::remove(request);
        OnClock::<T>::remove(entry, request);
        OpenCount::<T>::mutate_exists(consumer, |count| {
            *count = count.and_then(|count| count.checked_sub(1)).filter(|count| *count > 0);
        });
    }
}

/// What every record of a request is about.
pub(super) fn subjects(request: RequestId, open: &OpenRequest) -> [Subject; 4] {
    subjects_of(request, open.provider, &open.terms)
}

/// The same, of what is not kept yet.
fn subjects_of(request: RequestId, provider: DepartmentId, terms: &RequestTerms) -> [Subject; 4] {
    [
        Subject::Request(request),
        Subject::Entry(terms.entry, terms.entry_version),
        Subject::Department(provider),
        Subject::Department(terms.consumer),
    ]
}

/// At least one, strictly ascending.
fn is_ascending<I: Ord, const N: u32>(list: &List<I, N>) -> bool {
    !list.is_empty() && list.windows(2).all(|pair| pair[0] < pair[1])
}
