//! Requests: from the applicant to the provider's officer, each step by somebody new, over the same digest.

use crate::{
    pallet::{Config, Error, Event, LastRequest, OPEN_REQUESTS_MAX, OpenCount, Pallet, Policies, Purposes, Requests},
    types::{OpenRequest, Signature, Step},
};
use frame_support::{dispatch::DispatchResult, ensure, pallet_prelude::DispatchError};
use mulu_pallet_support::{Catalog, Clock, EntryFacts, GrantsBegin, People, Records, SystemFacts};
use mulu_proofs::{
    calendar::DeadlineKind,
    catalog::{List, SharingClass},
    departments::{About, AccountKey, Role, SystemKind},
    ids::{Digest32, RequestId, SystemId},
    records::{RecordKind, Subject},
    sharing::{RequestAct, RequestAgreed, RequestCreated, RequestRefused, RequestTerms},
    text::Text,
};
use sp_core::crypto::AccountId32;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_submit(who: &AccountId32, terms: RequestTerms) -> DispatchResult {
        let consumer = terms.consumer;
        let facts = Self::ensure_entry(&terms)?;
        let about = About::entry_with(terms.entry, facts.provider);
        let signed_as = T::People::signed_as(who, consumer, Role::Applicant, &about)?;
        Self::ensure_active(facts.provider)?;
        Self::ensure_terms(&terms)?;
        let policy = Policies::<T>::get(terms.entry).unwrap_or_default();
        let decides = !policy.stages.is_empty() || facts.sharing == SharingClass::Unconditional;
        ensure!(decides, Error::<T>::PolicyMissing);
        let open = OpenCount::<T>::get(consumer);
        ensure!(open < OPEN_REQUESTS_MAX, Error::<T>::TooManyOpen);

        let request = LastRequest::<T>::get().next();
        LastRequest::<T>::put(request);
        OpenCount::<T>::insert(consumer, open + 1);
        let provider = facts.provider;
        let body = RequestCreated { request, provider, terms: terms.clone(), policy: policy.clone(), signed_as };
        let opened = OpenRequest { provider, terms, policy, signatures: List::default(), deadline: None };
        T::Records::append(
            RecordKind::RequestCreated,
            signed_as.department,
            Some(who),
            &subjects(request, &opened),
            &body,
        );
        Self::sign(who, request, opened, Step::Submitted);
        Self::deposit_event(Event::RequestCreated { signer: who.clone(), created: body });
        Ok(())
    }

    pub(crate) fn do_endorse(who: &AccountId32, request: RequestId, digest: Digest32) -> DispatchResult {
        let mut open = Self::open(request, digest)?;
        let signed_as = T::People::signed_as(who, open.terms.consumer, Role::Officer, &open.to_consumer())?;
        Self::ensure_active(open.provider)?;
        ensure!(!open.is_endorsed(), Error::<T>::AlreadyEndorsed);
        Self::ensure_new_signer(who, &open)?;

        let act = RequestAct { request, digest, stage: None, signed_as };
        T::Records::append(
            RecordKind::RequestEndorsed,
            signed_as.department,
            Some(who),
            &subjects(request, &open),
            &act,
        );
        // With this consent the request reaches the provider (art. 20), who has to reply in time from now on (art. 21).
        let kind = Self::kind_of_reply(&open.terms);
        open.deadline = Some(Self::start_clock(kind, Subject::Request(request), open.provider)?);
        Self::sign(who, request, open, Step::Endorsed);
        Self::deposit_event(Event::RequestEndorsed { signer: who.clone(), act });
        Ok(())
    }

    pub(crate) fn do_approve(who: &AccountId32, request: RequestId, digest: Digest32) -> DispatchResult {
        let open = Self::open(request, digest)?;
        ensure!(open.is_endorsed(), Error::<T>::NotEndorsed);
        let (number, stage) = open.current_stage().ok_or(Error::<T>::StagesComplete)?;
        let signed_as = T::People::signed_as(who, stage.department, stage.role, &open.to_provider())?;
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
        Ok(())
    }

    pub(crate) fn do_agree(who: &AccountId32, request: RequestId, digest: Digest32) -> DispatchResult {
        let open = Self::open(request, digest)?;
        let signed_as = T::People::signed_as(who, open.provider, Role::Officer, &open.to_provider())?;
        Self::ensure_active(open.terms.consumer)?;
        ensure!(open.is_endorsed(), Error::<T>::NotEndorsed);
        ensure!(open.current_stage().is_none(), Error::<T>::StageOpen);
        Self::ensure_new_signer(who, &open)?;
        ensure!(open.terms.until > T::Clock::now(), Error::<T>::PeriodInvalid);
        // What the approvers signed names a version: nobody agrees to one that was superseded or taken back meanwhile.
        let published = T::Catalog::published(open.terms.entry);
        ensure!(published == Some(open.terms.entry_version), Error::<T>::NotPublished);

        let grant = T::Grants::next_grant();
        let mut about = subjects(request, &open).to_vec();
        Self::close(request, &open);
        let reply = open.deadline;
        let terms = open.granted(request, grant);
        about.push(Subject::Grant(grant, terms.version));
        let agreed = RequestAgreed { request, digest, signed_as, grant: terms };
        T::Records::append(RecordKind::RequestAgreed, signed_as.department, Some(who), &about, &agreed);
        Self::stop_clock(reply)?;
        T::Grants::begin(&agreed.grant)?;
        Self::deposit_event(Event::RequestAgreed { signer: who.clone(), agreed });
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
        ensure!(open.is_endorsed(), Error::<T>::NotEndorsed);
        Self::ensure_new_signer(who, &open)?;
        ensure!(!reason.is_empty(), Error::<T>::ReasonMissing);

        Self::close(request, &open);
        let refused = RequestRefused { request, digest, reason, signed_as };
        T::Records::append(
            RecordKind::RequestRefused,
            signed_as.department,
            Some(who),
            &subjects(request, &open),
            &refused,
        );
        Self::stop_clock(open.deadline)?;
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

        Self::close(request, &open);
        let act = RequestAct { request, digest, stage: None, signed_as };
        T::Records::append(
            RecordKind::RequestWithdrawn,
            signed_as.department,
            Some(who),
            &subjects(request, &open),
            &act,
        );
        Self::stop_clock(open.deadline)?;
        Self::deposit_event(Event::RequestWithdrawn { signer: who.clone(), act });
        Ok(())
    }

    /// Which reply the provider owes: what is open without condition is answered sooner.
    fn kind_of_reply(terms: &RequestTerms) -> DeadlineKind {
        match T::Catalog::facts(terms.entry, terms.entry_version).map(|facts| facts.sharing) {
            Some(SharingClass::Unconditional) => DeadlineKind::RequestReplyUnconditional,
            _ => DeadlineKind::RequestReplyConditional,
        }
    }

    /// Checks what is asked for against the entry.
    fn ensure_entry(terms: &RequestTerms) -> Result<EntryFacts, DispatchError> {
        let (version, facts) = Self::published(terms.entry)?;
        ensure!(terms.entry_version == version, Error::<T>::NotPublished);
        ensure!(facts.sharing != SharingClass::NotShared, Error::<T>::NotShared);
        ensure!(terms.items != 0 && terms.items & !facts.items == 0, Error::<T>::UnknownItem);
        ensure!(terms.items & facts.items_not_shared == 0, Error::<T>::NotShared);
        ensure!(facts.methods.contains(terms.method), Error::<T>::MethodNotOffered);
        Ok(facts)
    }

    /// Checks what the terms say of themselves, of purposes and of systems.
    fn ensure_terms(terms: &RequestTerms) -> DispatchResult {
        let said = !terms.basis.is_empty() && !terms.scenario.is_empty() && !terms.scope.is_empty();
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
    fn open(request: RequestId, digest: Digest32) -> Result<OpenRequest, DispatchError> {
        let open = Requests::<T>::get(request).ok_or(Error::<T>::UnknownRequest)?;
        ensure!(open.digest(request) == digest, Error::<T>::DigestMismatch);
        Ok(open)
    }

    fn ensure_new_signer(who: &AccountId32, open: &OpenRequest) -> DispatchResult {
        ensure!(!open.is_signed_by(&key(who)), Error::<T>::AlreadySigned);
        Ok(())
    }

    /// Keeps the request with one more signature.
    fn sign(who: &AccountId32, request: RequestId, mut open: OpenRequest, step: Step) -> OpenRequest {
        let signature = Signature { account: key(who), step };
        open.signatures.try_push(signature).expect("SIGNATURES_MAX holds every stage of a checked policy");
        Requests::<T>::insert(request, &open);
        open
    }

    /// Takes the request out of the state.
    fn close(request: RequestId, open: &OpenRequest) {
        Requests::<T>::remove(request);
        OpenCount::<T>::mutate_exists(open.terms.consumer, |count| {
            *count = count.and_then(|count| count.checked_sub(1)).filter(|count| *count > 0);
        });
    }
}

/// What every record of a request is about.
fn subjects(request: RequestId, open: &OpenRequest) -> [Subject; 4] {
    let terms = &open.terms;
    [
        Subject::Request(request),
        Subject::Entry(terms.entry, terms.entry_version),
        Subject::Department(open.provider),
        Subject::Department(terms.consumer),
    ]
}

fn key(who: &AccountId32) -> AccountKey {
    AccountKey(*who.as_ref())
}

/// At least one, strictly ascending.
fn is_ascending<I: Ord, const N: u32>(list: &List<I, N>) -> bool {
    !list.is_empty() && list.windows(2).all(|pair| pair[0] < pair[1])
}
