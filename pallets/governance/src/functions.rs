//! What the calls and the hooks do: check, then write, then record and emit.

use crate::{
    pallet::{
        Agenda, BLOCK_EXPIRED_MAX, Config, Error, Event, Expiring, HEIGHTS_AHEAD_MAX, HeightProposals, LastProposal,
        OPEN_MAX, OpenCount, Pallet, Plan, Proposals, VOTING_MS_MAX, Votes,
    },
    types::{OpenProposal, Stage},
    weights,
};
use frame_support::{
    dispatch::DispatchResult,
    ensure,
    pallet_prelude::{DispatchError, Weight},
    storage::with_storage_layer,
    traits::Get,
};
use frame_system::pallet_prelude::BlockNumberFor;
use mulu_pallet_support::{Clock, Electorate, Enact, People, Records};
use mulu_proofs::{
    departments::{About, Role, SignedAs},
    governance::{
        Action, Closed, Decision, Enactment, ProposalClosed, ProposalEnacted, ProposalMade, ProposalTerms,
        ProposalVoted, ProposalWithdrawn, Tally, UpgradePlan, proposal_digest,
    },
    ids::{DepartmentId, Digest32, Height, Moment, ProposalId},
    records::{RecordKind, Subject},
};
use sp_core::crypto::AccountId32;

impl<T: Config> Pallet<T>
where
    BlockNumberFor<T>: Into<u32>,
{
    pub(crate) fn do_propose(
        who: &AccountId32,
        action: Action,
        expires: Moment,
        enact_at: Option<Height>,
    ) -> DispatchResult {
        let signed_as = Self::as_head(who)?;
        let department = signed_as.department;
        ensure!(action.check().is_ok(), Error::<T>::ActionInvalid);
        let now = T::Clock::now();
        ensure!(expires > now, Error::<T>::ExpiryPassed);
        ensure!(expires.get() - now.get() <= VOTING_MS_MAX, Error::<T>::ExpiryTooFar);
        let open = OpenCount::<T>::get(department);
        ensure!(open < OPEN_MAX, Error::<T>::TooManyOpen);

        let proposal = LastProposal::<T>::get().next();
        let mut expiring = Expiring::<T>::get();
        let place = expiring.partition_point(|entry| *entry < (expires, proposal));
        expiring.try_insert(place, (expires, proposal)).map_err(|_| Error::<T>::TooManyVoting)?;
        let agenda = enact_at.map(|height| Self::agenda_with(height, proposal)).transpose()?;
        if let Some((height, proposals)) = agenda {
            Agenda::<T>::insert(height, proposals);
        }
        Expiring::<T>::put(expiring);
        LastProposal::<T>::put(proposal);
        OpenCount::<T>::insert(department, open + 1);
        let terms = ProposalTerms { action, expires, enact_at };
        let subjects = Self::subjects(proposal, Some(department), &terms.action);
        let state = OpenProposal { terms: terms.clone(), proposer: department, stage: Stage::Voting };
        Proposals::<T>::insert(proposal, state);
        let body = ProposalMade { proposal, terms, signed_as };
        T::Records::append(RecordKind::ProposalMade, department, Some(who), &subjects, &body);
        Self::deposit_event(Event::ProposalMade { signer: who.clone(), made: Box::new(body) });
        Ok(())
    }

    pub(crate) fn do_vote(who: &AccountId32, proposal: ProposalId, digest: Digest32, approve: bool) -> DispatchResult {
        let signed_as = Self::as_head(who)?;
        let department = signed_as.department;
        let mut open = Proposals::<T>::get(proposal).ok_or(Error::<T>::UnknownProposal)?;
        ensure!(open.stage == Stage::Voting, Error::<T>::AlreadyAdopted);
        ensure!(open.terms.expires > T::Clock::now(), Error::<T>::VotingOver);
        ensure!(digest == proposal_digest(proposal, &open.terms), Error::<T>::DigestMismatch);
        ensure!(!Votes::<T>::contains_key(proposal, department), Error::<T>::AlreadyVoted);

        Votes::<T>::insert(proposal, department, approve);
        let tally = Self::tally(proposal);
        let body = ProposalVoted { proposal, digest, approve, tally, signed_as };
        let subjects = [Subject::Proposal(proposal), Subject::Department(department)];
        T::Records::append(RecordKind::ProposalVoted, department, Some(who), &subjects, &body);
        Self::deposit_event(Event::ProposalVoted { signer: who.clone(), voted: body });
        match (tally.decision(open.terms.action.threshold()), open.terms.enact_at) {
            (Decision::Open, _) => {}
            (Decision::Rejected, _) => Self::close(proposal, &open, Closed::Rejected),
            (Decision::Adopted, None) => Self::enact(proposal, &open),
            (Decision::Adopted, Some(_)) => {
                open.stage = Stage::Adopted;
                Self::expires_no_more(proposal);
                Proposals::<T>::insert(proposal, open);
            }
        }
        Ok(())
    }

    pub(crate) fn do_withdraw(who: &AccountId32, proposal: ProposalId) -> DispatchResult {
        let signed_as = Self::as_head(who)?;
        let open = Proposals::<T>::get(proposal).ok_or(Error::<T>::UnknownProposal)?;
        ensure!(open.proposer == signed_as.department, Error::<T>::NotProposer);
        ensure!(open.stage == Stage::Voting, Error::<T>::AlreadyAdopted);

        Self::remove(proposal, &open);
        let body = ProposalWithdrawn { proposal, signed_as };
        let subjects = [Subject::Proposal(proposal), Subject::Department(open.proposer)];
        T::Records::append(RecordKind::ProposalWithdrawn, signed_as.department, Some(who), &subjects, &body);
        Self::deposit_event(Event::ProposalWithdrawn { signer: who.clone(), withdrawn: body });
        Ok(())
    }

    /// Most that the hooks of this block may do: block time, which says what has expired, is not known yet.
    pub(crate) fn due_weight(now: Height) -> Weight {
        let due = Agenda::<T>::decode_len(now).unwrap_or_default();
        let voting = Expiring::<T>::decode_len().unwrap_or_default().min(BLOCK_EXPIRED_MAX);
        let mut weight = weights::LOOK;
        weight.saturating_accrue(weights::ENACT.saturating_mul(due as u64));
        weight.saturating_accrue(weights::CLOSE.saturating_mul(voting as u64));
        weight
    }

    /// Enacts what was adopted for this height, in the order of proposals, and closes what was not decided by now.
    pub(crate) fn enact_due(now: Height) {
        let mut due = Agenda::<T>::take(now).into_inner();
        due.sort();
        for proposal in due {
            let open = Proposals::<T>::get(proposal).expect("the agenda names open proposals; invariant G3");
            match open.stage {
                Stage::Adopted => Self::enact(proposal, &open),
                Stage::Voting => Self::close(proposal, &open, Closed::HeightReached),
            }
        }
    }

    /// Closes the first of those that have expired. Whether one has is a matter of block time alone, never of this.
    pub(crate) fn close_expired() {
        let now = T::Clock::now();
        let expired: Vec<_> = Expiring::<T>::get()
            .into_iter()
            .take_while(|(expires, _)| *expires <= now)
            .take(BLOCK_EXPIRED_MAX)
            .collect();
        for (_, proposal) in expired {
            let open = Proposals::<T>::get(proposal).expect("only open proposals expire; invariant G2");
            Self::close(proposal, &open, Closed::Expired);
        }
    }

    /// Forgets the plan once its version runs at its height.
    pub(crate) fn forget_plan(now: Height) {
        let is_done = |plan: UpgradePlan| plan.height <= now && plan.spec_version <= T::Version::get().spec_version;
        if Plan::<T>::get().is_some_and(is_done) {
            Plan::<T>::kill();
        }
    }

    /// The votes of departments that have one now. Who votes again after a suspension finds its vote where it was.
    pub fn tally(proposal: ProposalId) -> Tally {
        let mut tally = Tally { active: T::Electorate::voting_departments(), ..Tally::default() };
        for (department, approve) in Votes::<T>::iter_prefix(proposal) {
            if T::Electorate::has_vote(department) {
                let side = if approve { &mut tally.approving } else { &mut tally.refusing };
                *side += 1;
            }
        }
        tally
    }

    /// `who` as head of the department that it belongs to, which has a vote.
    fn as_head(who: &AccountId32) -> Result<SignedAs, DispatchError> {
        let department = T::People::department_of(who).ok_or(Error::<T>::NotPermitted)?;
        let signed_as = T::People::signed_as(who, department, Role::Head, &About::NOTHING)?;
        // A head whose role is in force is of an active department: it lacks nothing but admission.
        ensure!(T::Electorate::has_vote(department), Error::<T>::NotAdmitted);
        Ok(signed_as)
    }

    /// The agenda of `height` with one more proposal.
    fn agenda_with(height: Height, proposal: ProposalId) -> Result<(Height, HeightProposals), DispatchError> {
        let now: u32 = frame_system::Pallet::<T>::block_number().into();
        ensure!(height.get() > now, Error::<T>::HeightPassed);
        ensure!(height.get() - now <= HEIGHTS_AHEAD_MAX, Error::<T>::HeightTooFar);
        let mut proposals = Agenda::<T>::get(height);
        proposals.try_push(proposal).map_err(|_| Error::<T>::HeightFull)?;
        Ok((height, proposals))
    }

    fn subjects(proposal: ProposalId, proposer: Option<DepartmentId>, action: &Action) -> Vec<Subject> {
        let mut subjects = vec![Subject::Proposal(proposal)];
        subjects.extend(proposer.map(Subject::Department));
        subjects.extend(action.subjects());
        subjects.dedup();
        subjects
    }

    /// Does what was decided, or records why it could not be done; either way the proposal has ended.
    fn enact(proposal: ProposalId, open: &OpenProposal) {
        Self::remove(proposal, open);
        let result = match with_storage_layer(|| Self::carry_out(&open.terms.action)) {
            Ok(()) => Enactment::Done,
            Err(DispatchError::Module(module)) => Enactment::Refused { pallet: module.index, error: module.error },
            Err(_) => Enactment::Failed,
        };
        let body = ProposalEnacted { proposal, result };
        let subjects = Self::subjects(proposal, None, &open.terms.action);
        T::Records::append(RecordKind::ProposalEnacted, DepartmentId::default(), None, &subjects, &body);
        Self::deposit_event(Event::ProposalEnacted { enacted: body });
    }

    fn carry_out(action: &Action) -> DispatchResult {
        match action {
            Action::PlanUpgrade(plan) => Self::plan_upgrade(plan),
            Action::CancelUpgrade => Plan::<T>::take().map(|_| ()).ok_or_else(|| Error::<T>::NoUpgradePlanned.into()),
            others => T::Enact::enact(others),
        }
    }

    fn plan_upgrade(plan: &UpgradePlan) -> DispatchResult {
        let now: u32 = frame_system::Pallet::<T>::block_number().into();
        ensure!(!Plan::<T>::exists(), Error::<T>::UpgradePlanned);
        ensure!(plan.height.get() > now, Error::<T>::UpgradeHeightPassed);
        ensure!(plan.spec_version > T::Version::get().spec_version, Error::<T>::UpgradeNotNewer);
        Plan::<T>::put(plan);
        Ok(())
    }

    fn close(proposal: ProposalId, open: &OpenProposal, why: Closed) {
        Self::remove(proposal, open);
        let body = ProposalClosed { proposal, why };
        let subjects = [Subject::Proposal(proposal), Subject::Department(open.proposer)];
        T::Records::append(RecordKind::ProposalClosed, DepartmentId::default(), None, &subjects, &body);
        Self::deposit_event(Event::ProposalClosed { closed: body });
    }

    /// Takes a proposal and all that belongs to it out of the state.
    fn remove(proposal: ProposalId, open: &OpenProposal) {
        Proposals::<T>::remove(proposal);
        let departments: Vec<_> = Votes::<T>::iter_key_prefix(proposal).collect();
        for department in departments {
            Votes::<T>::remove(proposal, department);
        }
        let others = OpenCount::<T>::get(open.proposer).saturating_sub(1);
        if others == 0 {
            OpenCount::<T>::remove(open.proposer);
        } else {
            OpenCount::<T>::insert(open.proposer, others);
        }
        if open.stage == Stage::Voting {
            Self::expires_no_more(proposal);
        }
        if let Some(height) = open.terms.enact_at {
            let mut proposals = Agenda::<T>::get(height);
            proposals.retain(|other| *other != proposal);
            if proposals.is_empty() {
                Agenda::<T>::remove(height);
            } else {
                Agenda::<T>::insert(height, proposals);
            }
        }
    }

    fn expires_no_more(proposal: ProposalId) {
        Expiring::<T>::mutate(|expiring| expiring.retain(|(_, other)| *other != proposal));
    }
}
