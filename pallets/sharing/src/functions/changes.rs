//! What happens to a request before it is decided: papers are supplemented, its terms change, the reply gets more time (art. 21).

use super::{
    key,
    requests::{Asked, subjects},
};
use crate::{
    pallet::{Config, Error, Event, Pallet, Requests},
    types::{Extension, OpenRequest, ReplyClock, Step, Supplement},
};
use frame_support::{dispatch::DispatchResult, ensure, pallet_prelude::DispatchError};
use mulu_pallet_support::{Clocks, Extensions, People, Records};
use mulu_proofs::{
    calendar::Deadline,
    catalog::List,
    departments::{About, Role},
    ids::{DeadlineId, DepartmentId, Digest32, RequestId},
    records::{RecordKind, Subject},
    sharing::{
        RequestExtensionAsked, RequestExtensionDecided, RequestResubmitted, RequestSupplementAsked, RequestTerms,
    },
    text::Text,
};
use sp_core::crypto::AccountId32;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_ask_supplement(
        who: &AccountId32,
        request: RequestId,
        digest: Digest32,
        missing: Text<512>,
    ) -> DispatchResult {
        let mut open = Self::open(request, digest)?;
        let signed_as = T::People::signed_as(who, open.provider, Role::Officer, &open.to_provider())?;
        Self::ensure_active(open.terms.consumer)?;
        ensure!(open.is_endorsed(), Error::<T>::NotEndorsed);
        ensure!(open.supplement == Supplement::NotAsked, Error::<T>::SupplementAskedBefore);
        ensure!(missing.says_something(), Error::<T>::MissingUnnamed);

        open.supplement = Supplement::Asked;
        let asked = RequestSupplementAsked { request, digest, missing, signed_as };
        let about = subjects(request, &open);
        T::Records::append(RecordKind::RequestSupplementAsked, signed_as.department, Some(who), &about, &asked);
        if T::Clocks::pauses_for_supplement() {
            Self::wait_for_consent(&mut open)?;
        }
        Requests::<T>::insert(request, open);
        Self::deposit_event(Event::RequestSupplementAsked { signer: who.clone(), asked });
        Ok(())
    }

    pub(crate) fn do_resubmit(
        who: &AccountId32,
        request: RequestId,
        digest: Digest32,
        terms: RequestTerms,
    ) -> DispatchResult {
        let open = Self::open(request, digest)?;
        let of_the_same = (terms.entry, terms.consumer) == (open.terms.entry, open.terms.consumer);
        ensure!(of_the_same, Error::<T>::AnotherRequest);
        let Asked { signed_as, provider, policy } = Self::ensure_asked(who, &terms)?;
        // The same terms under a policy that was corrected meanwhile are another way to the reply.
        ensure!(terms != open.terms || policy != open.policy, Error::<T>::NothingChanged);

        let body =
            RequestResubmitted { request, digest, provider, terms: terms.clone(), policy: policy.clone(), signed_as };
        let is_supplement = open.supplement == Supplement::Asked;
        // What was signed before was another request (SPEC §3).
        let mut open = OpenRequest { terms, policy, signatures: List::default(), ..open };
        let about = subjects(request, &open);
        open.asked = T::Records::append(RecordKind::RequestResubmitted, signed_as.department, Some(who), &about, &body);
        if is_supplement {
            open.supplement = Supplement::Supplied;
        } else {
            // Nobody owes a reply to what the consumer's own officer has not consented to.
            Self::wait_for_consent(&mut open)?;
        }
        Self::sign(who, request, open, Step::Submitted);
        Self::deposit_event(Event::RequestResubmitted { signer: who.clone(), resubmitted: body });
        Ok(())
    }

    pub(crate) fn do_ask_extension(
        who: &AccountId32,
        request: RequestId,
        digest: Digest32,
        working_days: u16,
        reason: Text<512>,
    ) -> DispatchResult {
        let mut open = Self::open(request, digest)?;
        let signed_as = T::People::signed_as(who, open.provider, Role::Officer, &open.to_provider())?;
        ensure!(open.is_endorsed(), Error::<T>::NotEndorsed);
        let reply = open.reply.ok_or(Error::<T>::NotEndorsed)?;
        ensure!(open.extension == Extension::NotAsked, Error::<T>::ExtensionAskedBefore);
        ensure!(reason.says_something(), Error::<T>::ReasonMissing);
        Self::ensure_can_be_extended(&reply, working_days)?;

        open.extension = Extension::Asked { working_days, by: key(who) };
        let asked = RequestExtensionAsked { request, digest, working_days, reason, signed_as };
        let about = subjects(request, &open);
        T::Records::append(RecordKind::RequestExtensionAsked, signed_as.department, Some(who), &about, &asked);
        Requests::<T>::insert(request, open);
        Self::deposit_event(Event::RequestExtensionAsked { signer: who.clone(), asked });
        Ok(())
    }

    pub(crate) fn do_decide_extension(
        who: &AccountId32,
        request: RequestId,
        digest: Digest32,
        granted: bool,
        reason: Text<512>,
    ) -> DispatchResult {
        let mut open = Self::open(request, digest)?;
        let authority = T::People::authority_of(open.provider).ok_or(Error::<T>::NotPermitted)?;
        let about = About::entry_with(open.terms.entry, open.provider);
        let signed_as = T::People::signed_as(who, authority, Role::Supervisor, &about)?;
        let Extension::Asked { working_days, by } = open.extension else { Err(Error::<T>::ExtensionNotAsked)? };
        let asked = T::People::is_same_person(&AccountId32::new(by.0), who);
        ensure!(!asked && !open.is_signed_by::<T::People>(who), Error::<T>::AlreadySigned);
        let reply = open.reply.ok_or(Error::<T>::NotEndorsed)?;
        if granted {
            Self::ensure_can_be_extended(&reply, working_days)?;
        } else {
            ensure!(reason.says_something(), Error::<T>::ReasonMissing);
        }

        open.extension = if T::Clocks::is_overdue(reply.deadline) { Extension::DeniedLate } else { Extension::Decided };
        let decided = RequestExtensionDecided { request, digest, working_days, granted, reason, signed_as };
        // The consumer is among the subjects: the record is the notice that art. 21 owes it.
        let mut about = subjects(request, &open).to_vec();
        about.push(Subject::Department(authority));
        T::Records::append(RecordKind::RequestExtensionDecided, authority, Some(who), &about, &decided);
        if granted {
            T::Clocks::extend(reply.deadline, working_days)?;
        }
        Requests::<T>::insert(request, open);
        Self::deposit_event(Event::RequestExtensionDecided { signer: who.clone(), decided });
        Ok(())
    }

    /// A reply gets more time only before it is overdue, and only within the limit of its kind.
    fn ensure_can_be_extended(reply: &ReplyClock, working_days: u16) -> DispatchResult {
        let days_max = T::Clocks::limit(reply.kind).extension;
        ensure!((1..=days_max).contains(&working_days), Error::<T>::ExtensionTooLong);
        ensure!(!T::Clocks::is_overdue(reply.deadline), Error::<T>::ReplyOverdue);
        Ok(())
    }

    /// Lets the clock of the reply stand still until the consumer's officer consents to what is asked for then. What is overdue stays overdue.
    fn wait_for_consent(open: &mut OpenRequest) -> DispatchResult {
        if let Some(reply) = &mut open.reply
            && Self::stands_still(reply)?
        {
            reply.waits_for_consent = true;
        }
        Ok(())
    }

    /// Pauses a clock that runs in time. Says whether it stands still now.
    pub(super) fn stands_still(reply: &ReplyClock) -> Result<bool, DispatchError> {
        if reply.is_paused() {
            return Ok(true);
        }
        if T::Clocks::is_overdue(reply.deadline) {
            return Ok(false);
        }
        T::Clocks::pause(reply.deadline).map(|()| true)
    }
}

impl<T: Config> Extensions for Pallet<T> {
    fn unanswered(id: DeadlineId, deadline: &Deadline) -> Option<DepartmentId> {
        let Subject::Request(request) = deadline.subject else { return None };
        let open = Requests::<T>::get(request)?;
        let is_its_reply = open.reply.is_some_and(|reply| reply.deadline == id);
        let waits = matches!(open.extension, Extension::Asked { .. } | Extension::DeniedLate);
        if is_its_reply && waits { T::People::authority_of(open.provider) } else { None }
    }
}
