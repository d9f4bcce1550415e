//! What the calls do: check, then write, then record and emit; and what is counted.

mod queries;

use crate::{
    pallet::{Config, Counts, Disputes, Error, Event, LastDispute, OpenCount, Pallet},
    types::{OpenDispute, Stage},
};
use frame_support::{
    dispatch::DispatchResult,
    ensure,
    pallet_prelude::{DispatchError, Get},
};
use mulu_pallet_support::{Clock, Clocks, Counters, Extensions, Known, Matters, Overdue, People, Records, Superiors};
use mulu_proofs::{
    access::rules::status_finding,
    calendar::{Day, Deadline, DeadlineKind, Due},
    departments::{About, Role, SignedAs},
    ids::{DeadlineId, DepartmentId, Digest32, DisputeId, Moment, Version},
    oversight::{
        CountKind, DOCUMENT_BYTES_MAX, DisputeAnswered, DisputeAppealed, DisputeDecided, DisputeEscalated,
        DisputeFinal, DisputeOpened, DisputeSettled, DisputeWithdrawn, GovernmentDecided, Matter, SettlementProposed,
        StepText, settlement_digest,
    },
    papers::Papers,
    records::{RecordKind, Subject},
    text::Text,
};
use sp_core::crypto::AccountId32;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_open(
        who: &AccountId32,
        matter: Matter,
        against: DepartmentId,
        claim: StepText,
        papers: Option<Papers>,
    ) -> DispatchResult {
        let claimant = T::People::department_of(who).ok_or(Error::<T>::NotPermitted)?;
        let about = About::entry_with(matter.entry, against);
        let signed_as = T::People::signed_as(who, claimant, Role::Officer, &about)?;
        ensure!(against != claimant, Error::<T>::OneParty);
        ensure!(T::People::department(against).is_some(), Error::<T>::UnknownDepartment);
        Self::ensure_said(&claim)?;
        Self::ensure_theirs(&matter, claimant, against)?;
        let open = OpenCount::<T>::get(claimant);
        ensure!(open < T::OpenMax::get(), Error::<T>::TooManyOpen);

        let id = LastDispute::<T>::get().next();
        let clock = Self::start(id, DeadlineKind::DisputeNegotiation, against)?;
        let stage = Stage::Negotiating { is_answered: false };
        let dispute =
            OpenDispute { matter, claimant, respondent: against, stage, settlement: None, clock: Some(clock) };
        LastDispute::<T>::put(id);
        OpenCount::<T>::insert(claimant, open + 1);
        Disputes::<T>::insert(id, dispute);
        let opened = DisputeOpened { dispute: id, matter, against, claim, papers, clock, signed_as };
        Self::append(RecordKind::DisputeOpened, who, &signed_as, id, &dispute, &opened);
        Self::deposit_event(Event::DisputeOpened { signer: who.clone(), opened });
        Ok(())
    }

    pub(crate) fn do_answer(
        who: &AccountId32,
        id: DisputeId,
        answer: StepText,
        papers: Option<Papers>,
    ) -> DispatchResult {
        let (mut dispute, signed_as) = Self::as_party(who, id)?;
        ensure!(signed_as.department == dispute.respondent, Error::<T>::NotRespondent);
        Self::ensure_said(&answer)?;
        match dispute.stage {
            Stage::Negotiating { is_answered: false } => {}
            Stage::Negotiating { is_answered: true } => return Err(Error::<T>::AlreadyAnswered.into()),
            _ => return Err(Error::<T>::NotNegotiating.into()),
        }

        Self::take_as_answered(&mut dispute)?;
        Disputes::<T>::insert(id, dispute);
        let answered = DisputeAnswered { dispute: id, answer, papers, signed_as };
        Self::append(RecordKind::DisputeAnswered, who, &signed_as, id, &dispute, &answered);
        Self::deposit_event(Event::DisputeAnswered { signer: who.clone(), answered });
        Ok(())
    }

    pub(crate) fn do_settle(who: &AccountId32, id: DisputeId, terms: StepText) -> DispatchResult {
        let (mut dispute, signed_as) = Self::as_party(who, id)?;
        Self::ensure_said(&terms)?;
        let party = signed_as.department;
        match dispute.stage {
            Stage::Decided { .. } => return Err(Error::<T>::AlreadyDecided.into()),
            Stage::Negotiating { is_answered: false } if party == dispute.respondent => {
                Self::take_as_answered(&mut dispute)?;
            }
            _ => {}
        }

        dispute.settlement = Some((party, settlement_digest(id, party, &terms)));
        Disputes::<T>::insert(id, dispute);
        let proposed = SettlementProposed { dispute: id, terms, signed_as };
        Self::append(RecordKind::SettlementProposed, who, &signed_as, id, &dispute, &proposed);
        Self::deposit_event(Event::SettlementProposed { signer: who.clone(), proposed });
        Ok(())
    }

    pub(crate) fn do_confirm(who: &AccountId32, id: DisputeId, digest: Digest32) -> DispatchResult {
        let (mut dispute, signed_as) = Self::as_party(who, id)?;
        let (proposer, proposed) = dispute.settlement.ok_or(Error::<T>::NoSettlement)?;
        ensure!(signed_as.department != proposer, Error::<T>::OwnSettlement);
        ensure!(digest == proposed, Error::<T>::DigestMismatch);

        if dispute.stage == (Stage::Negotiating { is_answered: false }) {
            // Only the other party can be the one that confirms here: with it the claim is answered.
            Self::take_as_answered(&mut dispute)?;
        }
        Self::end(id, &dispute)?;
        let settled = DisputeSettled { dispute: id, digest, signed_as };
        Self::append(RecordKind::DisputeSettled, who, &signed_as, id, &dispute, &settled);
        Self::deposit_event(Event::DisputeSettled { signer: who.clone(), settled });
        Ok(())
    }

    pub(crate) fn do_escalate(who: &AccountId32, id: DisputeId, reason: StepText) -> DispatchResult {
        let (mut dispute, signed_as) = Self::as_party(who, id)?;
        Self::ensure_said(&reason)?;
        if dispute.stage == (Stage::Negotiating { is_answered: false }) {
            ensure!(dispute.clock.is_some_and(T::Clocks::is_overdue), Error::<T>::NegotiationRuns);
        }
        let named = T::People::common_authority(dispute.claimant, dispute.respondent);
        let authority = named.ok_or(Error::<T>::NoCommonAuthority)?;
        let before = dispute.stage;
        dispute.stage = match before {
            Stage::Decided { .. } => return Err(Error::<T>::AlreadyDecided.into()),
            Stage::AtGovernment { favour, appellant, .. } => Stage::AtGovernment { authority, favour, appellant },
            _ => Stage::AtAuthority { authority },
        };
        ensure!(before != dispute.stage, Error::<T>::AlreadyEscalated);

        // The answer came, or it is overdue; and an authority that is named no longer owes no decision.
        Self::cancel(dispute.clock.take())?;
        if matches!(dispute.stage, Stage::AtAuthority { .. }) {
            dispute.clock = Some(Self::start(id, DeadlineKind::DisputeDecision, authority)?);
        }
        Disputes::<T>::insert(id, dispute);
        let escalated = DisputeEscalated { dispute: id, reason, authority, clock: dispute.clock, signed_as };
        Self::append(RecordKind::DisputeEscalated, who, &signed_as, id, &dispute, &escalated);
        Self::deposit_event(Event::DisputeEscalated { signer: who.clone(), escalated });
        Ok(())
    }

    pub(crate) fn do_decide(
        who: &AccountId32,
        id: DisputeId,
        favour: Option<DepartmentId>,
        decision: StepText,
        papers: Option<Papers>,
    ) -> DispatchResult {
        let mut dispute = Self::open_dispute(id)?;
        let authority = match dispute.stage {
            Stage::AtAuthority { authority } => authority,
            Stage::Decided { .. } => return Err(Error::<T>::AlreadyDecided.into()),
            Stage::Negotiating { .. } | Stage::AtGovernment { .. } => return Err(Error::<T>::NotAtAuthority.into()),
        };
        let signed_as = Self::as_authority(who, &dispute, authority)?;
        Self::ensure_favour(&dispute, favour)?;
        Self::ensure_said(&decision)?;

        Self::stop(dispute.clock.take())?;
        // Whoever has lost has reason to appeal; either party may.
        let loser = favour.map_or(dispute.claimant, |winner| dispute.other_than(winner));
        let clock = Self::start(id, DeadlineKind::DisputeAppeal, loser)?;
        dispute.stage = Stage::Decided { authority, favour };
        dispute.clock = Some(clock);
        // What waited for a confirmation is overtaken.
        dispute.settlement = None;
        Disputes::<T>::insert(id, dispute);
        let decided = DisputeDecided { dispute: id, favour, decision, papers, clock, signed_as };
        Self::append(RecordKind::DisputeDecided, who, &signed_as, id, &dispute, &decided);
        Self::deposit_event(Event::DisputeDecided { signer: who.clone(), decided });
        Ok(())
    }

    pub(crate) fn do_appeal(who: &AccountId32, id: DisputeId, reason: StepText) -> DispatchResult {
        let (mut dispute, signed_as) = Self::as_party(who, id)?;
        let Stage::Decided { authority, favour } = dispute.stage else { return Err(Error::<T>::NotDecided.into()) };
        // A fact of block time: the record that ends the dispute may still be to come.
        ensure!(!dispute.clock.is_some_and(T::Clocks::is_overdue), Error::<T>::AppealOver);
        Self::ensure_said(&reason)?;

        Self::stop(dispute.clock.take())?;
        dispute.stage = Stage::AtGovernment { authority, favour, appellant: signed_as.department };
        Disputes::<T>::insert(id, dispute);
        let appealed = DisputeAppealed { dispute: id, reason, signed_as };
        Self::append(RecordKind::DisputeAppealed, who, &signed_as, id, &dispute, &appealed);
        Self::deposit_event(Event::DisputeAppealed { signer: who.clone(), appealed });
        Ok(())
    }

    pub(crate) fn do_record_government(
        who: &AccountId32,
        id: DisputeId,
        favour: Option<DepartmentId>,
        decision: StepText,
        document: Text<DOCUMENT_BYTES_MAX>,
        papers: Option<Papers>,
    ) -> DispatchResult {
        let dispute = Self::open_dispute(id)?;
        let Stage::AtGovernment { authority, .. } = dispute.stage else {
            return Err(Error::<T>::NotAtGovernment.into());
        };
        let signed_as = Self::as_authority(who, &dispute, authority)?;
        Self::ensure_favour(&dispute, favour)?;
        Self::ensure_said(&decision)?;
        Self::ensure_said(&document)?;

        Self::end(id, &dispute)?;
        Self::count_lost(&dispute, favour);
        let decided = GovernmentDecided { dispute: id, favour, decision, document, papers, signed_as };
        Self::append(RecordKind::GovernmentDecided, who, &signed_as, id, &dispute, &decided);
        Self::deposit_event(Event::GovernmentDecided { signer: who.clone(), decided });
        Ok(())
    }

    pub(crate) fn do_withdraw(who: &AccountId32, id: DisputeId, reason: StepText) -> DispatchResult {
        let (dispute, signed_as) = Self::as_party(who, id)?;
        let party = signed_as.department;
        Self::ensure_said(&reason)?;
        match dispute.stage {
            Stage::Negotiating { .. } | Stage::AtAuthority { .. } => {
                ensure!(party == dispute.claimant, Error::<T>::NotClaimant);
            }
            Stage::Decided { .. } => return Err(Error::<T>::AlreadyDecided.into()),
            Stage::AtGovernment { favour, appellant, .. } => {
                ensure!(party == appellant, Error::<T>::NotAppellant);
                Self::count_lost(&dispute, favour);
            }
        }

        Self::end(id, &dispute)?;
        let withdrawn = DisputeWithdrawn { dispute: id, reason, signed_as };
        Self::append(RecordKind::DisputeWithdrawn, who, &signed_as, id, &dispute, &withdrawn);
        Self::deposit_event(Event::DisputeWithdrawn { signer: who.clone(), withdrawn });
        Ok(())
    }

    /// Ends a dispute in which nobody has appealed in time. Time does this, so nobody signs.
    fn finish(id: DisputeId) {
        let Some(dispute) = Disputes::<T>::get(id) else { return };
        let Stage::Decided { favour, .. } = dispute.stage else { return };
        Self::end(id, &dispute).expect("its clock was put on record as overdue just now, so it is there");
        Self::count_lost(&dispute, favour);
        let ended = DisputeFinal { dispute: id, favour };
        let subjects = Self::subjects(id, &dispute);
        T::Records::append(RecordKind::DisputeFinal, DepartmentId::default(), None, &subjects, &ended);
        Self::deposit_event(Event::DisputeFinal { ended });
    }

    fn open_dispute(id: DisputeId) -> Result<OpenDispute, DispatchError> {
        Disputes::<T>::get(id).ok_or_else(|| Error::<T>::UnknownDispute.into())
    }

    /// The dispute, and `who` as officer of one of its parties.
    fn as_party(who: &AccountId32, id: DisputeId) -> Result<(OpenDispute, SignedAs), DispatchError> {
        let dispute = Self::open_dispute(id)?;
        let party = T::People::department_of(who).ok_or(Error::<T>::NotPermitted)?;
        ensure!(dispute.has_party(party), Error::<T>::NotParty);
        let about = About::entry_with(dispute.matter.entry, dispute.other_than(party));
        let signed_as = T::People::signed_as(who, party, Role::Officer, &about)?;
        Ok((dispute, signed_as))
    }

    /// `who` as supervisor of the authority that has to decide; to a limited role it is the affair of the respondent.
    fn as_authority(
        who: &AccountId32,
        dispute: &OpenDispute,
        authority: DepartmentId,
    ) -> Result<SignedAs, DispatchError> {
        let own = T::People::department_of(who).ok_or(Error::<T>::NotPermitted)?;
        ensure!(own == authority, Error::<T>::NotNamedAuthority);
        let about = About::entry_with(dispute.matter.entry, dispute.respondent);
        T::People::signed_as(who, own, Role::Supervisor, &about)
    }

    /// Checks that it is an affair of these two, as far as the state knows.
    fn ensure_theirs(matter: &Matter, one: DepartmentId, other: DepartmentId) -> DispatchResult {
        let (provider, _) = T::Matters::entry(matter.entry).ok_or(Error::<T>::UnknownEntry)?;
        ensure!([one, other].contains(&provider), Error::<T>::NotTheirMatter);
        let request = matter.request.map(T::Matters::request);
        let grant = matter.grant.map(T::Matters::grant);
        for known in [request, grant].into_iter().flatten() {
            match known {
                Known::Never => return Err(Error::<T>::UnknownMatter.into()),
                Known::Ended => {}
                Known::Here { entry, provider, consumer } => {
                    let are_the_two = [(provider, consumer), (consumer, provider)].contains(&(one, other));
                    ensure!(entry == matter.entry && are_the_two, Error::<T>::NotTheirMatter);
                }
            }
        }
        Ok(())
    }

    fn ensure_favour(dispute: &OpenDispute, favour: Option<DepartmentId>) -> DispatchResult {
        ensure!(favour.is_none_or(|party| dispute.has_party(party)), Error::<T>::FavourUnknown);
        Ok(())
    }

    fn ensure_said<const N: u32>(text: &Text<N>) -> DispatchResult {
        ensure!(text.says_something(), Error::<T>::TextMissing);
        Ok(())
    }

    /// The other party has had its say.
    fn take_as_answered(dispute: &mut OpenDispute) -> DispatchResult {
        dispute.stage = Stage::Negotiating { is_answered: true };
        Self::stop(dispute.clock.take())
    }

    fn start(id: DisputeId, kind: DeadlineKind, responsible: DepartmentId) -> Result<DeadlineId, DispatchError> {
        T::Clocks::start(kind, Subject::Dispute(id), responsible, T::Clocks::limit(kind).working_days)
    }

    /// Ends the clock of what was done.
    fn stop(clock: Option<DeadlineId>) -> DispatchResult {
        clock.map_or(Ok(()), |clock| T::Clocks::stop(clock).map(|_| ()))
    }

    /// Ends the clock of what nobody has to do any more.
    fn cancel(clock: Option<DeadlineId>) -> DispatchResult {
        clock.map_or(Ok(()), T::Clocks::cancel)
    }

    /// Takes a dispute that ends, and its clock, out of the state.
    fn end(id: DisputeId, dispute: &OpenDispute) -> DispatchResult {
        // First out of the state: the record that a clock is overdue, which stopping it may write, must find nothing to end.
        Disputes::<T>::remove(id);
        let others = OpenCount::<T>::get(dispute.claimant).saturating_sub(1);
        if others == 0 {
            OpenCount::<T>::remove(dispute.claimant);
        } else {
            OpenCount::<T>::insert(dispute.claimant, others);
        }
        Self::cancel(dispute.clock)
    }

    /// Whether the rules let the responsible department do what was due to the end of its last day: it was active then, and where a reply or
    /// the provisioning of a grant was due, so was the consumer.
    fn could_act(deadline: &Deadline, due: &Due) -> bool {
        let matter = match (deadline.kind, deadline.subject) {
            (
                DeadlineKind::RequestReplyUnconditional | DeadlineKind::RequestReplyConditional,
                Subject::Request(request),
            ) => T::Matters::request(request),
            (DeadlineKind::Provisioning, Subject::Grant(grant, _)) => T::Matters::grant(grant),
            _ => Known::Never,
        };
        let consumer = match matter {
            Known::Here { consumer, .. } => Some(consumer),
            Known::Never | Known::Ended => None,
        };
        let last = Moment::new(due.moment.get().saturating_sub(1));
        let was_active = |department| status_finding(&T::People::statuses(department), last).is_empty();
        [Some(deadline.responsible), consumer].into_iter().flatten().all(was_active)
    }

    fn count_lost(dispute: &OpenDispute, favour: Option<DepartmentId>) {
        if let Some(winner) = favour {
            Self::count(dispute.other_than(winner), CountKind::DisputeLost);
        }
    }

    fn count_in(year: Day, department: DepartmentId, kind: CountKind) {
        Counts::<T>::mutate(department, (year.year(), kind), |count| *count = count.saturating_add(1));
    }

    fn append(
        kind: RecordKind,
        who: &AccountId32,
        signed_as: &SignedAs,
        id: DisputeId,
        dispute: &OpenDispute,
        body: &impl codec::Encode,
    ) {
        T::Records::append(kind, signed_as.department, Some(who), &Self::subjects(id, dispute), body);
    }

    /// The dispute, what it is about, both parties, and the authority that has to do with it.
    fn subjects(id: DisputeId, dispute: &OpenDispute) -> Vec<Subject> {
        let Matter { entry, request, grant } = dispute.matter;
        let version = T::Matters::entry(entry).map_or(Version::new(1), |(_, version)| version);
        let mut subjects = vec![Subject::Dispute(id), Subject::Entry(entry, version)];
        subjects.extend(request.map(Subject::Request));
        // The index keeps one list for all versions of a grant.
        subjects.extend(grant.map(|grant| Subject::Grant(grant, Version::new(1))));
        subjects.extend([dispute.claimant, dispute.respondent].map(Subject::Department));
        subjects.extend(dispute.stage.authority().map(Subject::Department));
        subjects
    }
}

impl<T: Config> Counters for Pallet<T> {
    fn count(department: DepartmentId, kind: CountKind) {
        Self::count_in(T::Clocks::day_of(T::Clock::now()), department, kind);
    }
}

impl<T: Config> Overdue for Pallet<T> {
    fn overdue(id: DeadlineId, deadline: &Deadline, due: &Due) {
        if let Some(kind) = CountKind::of_overdue(deadline.kind).filter(|_| Self::could_act(deadline, due)) {
            Self::count_in(due.day, deadline.responsible, kind);
        }
        // A deadline is put on record as overdue once, so this is counted once.
        if let Some(authority) = T::Extensions::unanswered(id, deadline) {
            Self::count_in(due.day, authority, CountKind::ExtensionUnanswered);
        }
        if let (DeadlineKind::DisputeAppeal, Subject::Dispute(id)) = (deadline.kind, deadline.subject) {
            Self::finish(id);
        }
    }
}
