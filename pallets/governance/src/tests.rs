//! One module per call and per hook; every error has a test that produces it.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod walk;

use crate::{
    Agenda, Call, Error, Event, Expiring, HEIGHTS_AHEAD_MAX, OPEN_MAX, OpenCount, Plan, Proposals, Stage, VOTING_MAX,
    VOTING_MS_MAX, Votes, mock::*,
};
use codec::Encode as _;
use frame_support::{assert_noop, assert_ok};
use mulu_proofs::{
    departments::{NodeInfo, Role},
    evidence::calls::{expected_call, signed_as},
    governance::{
        Action, Closed, Enactment, ProposalClosed, ProposalEnacted, ProposalMade, ProposalTerms, ProposalVoted,
        ProposalWithdrawn, Tally,
    },
    ids::{DepartmentId, Height, Moment, ProposalId},
    records::{Record, RecordKind, Subject},
};
use sp_runtime::{DispatchError, DispatchResult};

type Errors = Error<Test>;

const FIRST: ProposalId = ProposalId::new(1);

fn last_record() -> Record {
    Recorded::mutate(|records| records.last().cloned()).unwrap()
}

/// The kinds of the records so far.
fn kinds() -> Vec<RecordKind> {
    Recorded::get().iter().map(|record| record.kind).collect()
}

/// The last record is of `kind`, and a verifier finds in it the call that `who` signed as head.
fn assert_signed(kind: RecordKind, who: u8, call: Call<Test>) {
    let record = last_record();
    assert_eq!((record.kind, record.signer), (kind, Some([who; 32])));
    assert_eq!(expected_call(&record), Some(RuntimeCall::Governance(call).encode()));
    let signed_as = signed_as(&record).unwrap();
    assert_eq!((signed_as.role, signed_as.department), (Role::Head, record.department));
}

/// The last record says how the enactment of `proposal` went, and nobody signed it.
fn assert_enacted(proposal: ProposalId, result: Enactment) {
    let record = last_record();
    assert_eq!((record.kind, record.signer), (RecordKind::ProposalEnacted, None));
    assert_eq!(record.department, DepartmentId::default());
    let enacted = ProposalEnacted { proposal, result };
    assert_eq!(record.body_as::<ProposalEnacted>().unwrap(), enacted);
    System::assert_last_event(Event::ProposalEnacted { enacted }.into());
    assert_ended(proposal);
}

/// The last record says why `proposal` was closed.
fn assert_closed(proposal: ProposalId, why: Closed) {
    let record = last_record();
    assert_eq!((record.kind, record.signer), (RecordKind::ProposalClosed, None));
    let closed = ProposalClosed { proposal, why };
    assert_eq!(record.body_as::<ProposalClosed>().unwrap(), closed);
    System::assert_last_event(Event::ProposalClosed { closed }.into());
    assert_ended(proposal);
}

fn assert_ended(proposal: ProposalId) {
    assert!(!Proposals::<Test>::contains_key(proposal));
    assert_eq!(Votes::<Test>::iter_prefix(proposal).count(), 0, "votes leave with the proposal");
}

/// What an enactment says that failed with `error`.
fn refused(error: impl Into<DispatchError>) -> Enactment {
    let DispatchError::Module(module) = error.into() else { panic!("an error of a pallet") };
    Enactment::Refused { pallet: module.index, error: module.error }
}

mod propose {
    use super::*;

    fn propose(who: u8, action: Action, expires: u64, enact_at: Option<u32>) -> DispatchResult {
        let (expires, enact_at) = (Moment::new(expires), enact_at.map(Height::new));
        Governance::propose(signed(who), Box::new(action), expires, enact_at)
    }

    #[test]
    fn a_head_proposes_and_the_record_holds_everything() {
        run(|| {
            assert_ok!(propose(2, suspend(3), NOON + DAY, Some(9)));
            let (expires, enact_at) = (Moment::new(NOON + DAY), Some(Height::new(9)));
            let call = Call::propose { action: Box::new(suspend(3)), expires, enact_at };
            assert_signed(RecordKind::ProposalMade, 2, call);
            let made: ProposalMade = last_record().body_as().unwrap();
            assert_eq!((made.proposal, made.signed_as.department), (FIRST, department(2)));
            assert_eq!(made.terms, ProposalTerms { action: suspend(3), expires, enact_at });
            let departments = [2, 3].map(|number| Subject::Department(department(number)));
            assert_eq!(last_record().subjects, [Subject::Proposal(FIRST), departments[0], departments[1]]);
            assert_eq!(Agenda::<Test>::get(Height::new(9)).into_inner(), [FIRST]);
            assert_eq!(Expiring::<Test>::get().into_inner(), [(expires, FIRST)]);
            System::assert_last_event(Event::ProposalMade { signer: account(2), made: Box::new(made) }.into());
        });
    }

    #[test]
    fn a_proposal_is_no_vote() {
        run(|| {
            let proposal = proposed(auditor());
            assert_eq!(Governance::tally(proposal), Tally { approving: 0, refusing: 0, active: 7 });
        });
    }

    #[test]
    fn a_department_that_proposes_about_itself_is_one_subject() {
        run(|| {
            proposed(auditor());
            let subjects = [Subject::Proposal(FIRST), Subject::Department(department(1)), Subject::Account([50; 32])];
            assert_eq!(last_record().subjects, subjects);
        });
    }

    #[test]
    fn only_heads_of_active_departments_propose() {
        run(|| {
            assert_noop!(propose(STRANGER, auditor(), NOON + DAY, None), Errors::NotPermitted);
            assert_noop!(propose(CLERK, auditor(), NOON + DAY, None), ROLE_MISSING);
            Inactive::set(vec![department(2)]);
            assert_noop!(propose(2, auditor(), NOON + DAY, None), ROLE_MISSING);
        });
    }

    #[test]
    fn a_department_that_is_only_registered_proposes_nothing() {
        run(|| {
            Registered::set(vec![department(2)]);
            assert_noop!(propose(2, admit(2), NOON + DAY, None), Errors::NotAdmitted);
            let proposal = proposed(admit(2));
            assert_noop!(Governance::withdraw(signed(2), proposal), Errors::NotAdmitted);
        });
    }

    #[test]
    fn what_says_nothing_is_not_proposed() {
        run(|| {
            let same = Action::RotateValidatorKey { old: [1; 32], new: [1; 32] };
            assert_noop!(propose(1, same, NOON + DAY, None), Errors::ActionInvalid);
            let node = NodeInfo { key: [2; 32], consensus_address: text("here"), extrinsics_address: text("there") };
            let nowhere = Action::AddValidator { department: department(2), key: [1; 32], node };
            assert_noop!(propose(1, nowhere, NOON + DAY, None), Errors::ActionInvalid);
        });
    }

    #[test]
    fn times_and_heights_lie_ahead_and_within_a_year() {
        run(|| {
            assert_noop!(propose(1, auditor(), NOON, None), Errors::ExpiryPassed);
            assert_noop!(propose(1, auditor(), NOON + VOTING_MS_MAX + 1, None), Errors::ExpiryTooFar);
            assert_ok!(propose(1, auditor(), NOON + VOTING_MS_MAX, None));
            assert_noop!(propose(1, auditor(), NOON + DAY, Some(1)), Errors::HeightPassed);
            assert_noop!(propose(1, auditor(), NOON + DAY, Some(HEIGHTS_AHEAD_MAX + 2)), Errors::HeightTooFar);
            assert_ok!(propose(1, auditor(), NOON + DAY, Some(HEIGHTS_AHEAD_MAX + 1)));
        });
    }

    #[test]
    fn a_department_and_a_height_have_so_many_and_an_ended_one_makes_room() {
        run(|| {
            for _ in 0..OPEN_MAX {
                assert_ok!(propose(1, auditor(), NOON + DAY, Some(5)));
            }
            assert_noop!(propose(1, auditor(), NOON + DAY, None), Errors::TooManyOpen);
            assert_noop!(propose(2, auditor(), NOON + DAY, Some(5)), Errors::HeightFull);
            assert_ok!(propose(2, auditor(), NOON + DAY, None));
            assert_ok!(Governance::withdraw(signed(1), FIRST));
            assert_ok!(propose(2, auditor(), NOON + DAY, Some(5)));
            assert_ok!(propose(1, auditor(), NOON + DAY, None));
            assert_eq!(OpenCount::<Test>::get(department(1)), OPEN_MAX);
        });
    }

    #[test]
    fn the_ledger_has_so_many_under_vote() {
        run(|| {
            let full: Vec<_> = (1..=VOTING_MAX).map(|id| (in_a_month(), ProposalId::new(id))).collect();
            Expiring::<Test>::put(frame_support::BoundedVec::try_from(full).unwrap());
            assert_noop!(propose(1, auditor(), NOON + DAY, None), Errors::TooManyVoting);
            Expiring::<Test>::kill();
        });
    }
}

mod vote {
    use super::*;

    fn cast(who: u8, proposal: ProposalId, digest: [u8; 32], approve: bool) -> DispatchResult {
        Governance::vote(signed(who), proposal, digest, approve)
    }

    #[test]
    fn every_vote_is_on_record_with_the_count_behind_it() {
        run(|| {
            let proposal = proposed(suspend(7));
            let digest = digest_of(proposal);
            for (who, approve, approving, refusing) in [(1, true, 1, 0), (2, false, 1, 1), (3, true, 2, 1)] {
                assert_ok!(cast(who, proposal, digest, approve));
                assert_signed(RecordKind::ProposalVoted, who, Call::vote { proposal, digest, approve });
                let voted: ProposalVoted = last_record().body_as().unwrap();
                assert_eq!(voted.tally, Tally { approving, refusing, active: 7 });
                let subjects = [Subject::Proposal(proposal), Subject::Department(department(who))];
                assert_eq!(last_record().subjects, subjects);
                System::assert_last_event(Event::ProposalVoted { signer: account(who), voted }.into());
            }
        });
    }

    #[test]
    fn the_vote_that_reaches_two_thirds_enacts_in_the_same_call() {
        run(|| {
            let proposal = proposed(suspend(7));
            vote(1..=4, proposal, true);
            assert!(Enacted::get().is_empty());
            vote([5], proposal, true);
            assert_eq!(Enacted::get(), [suspend(7)]);
            assert_enacted(proposal, Enactment::Done);
            let made_and_votes = [&[RecordKind::ProposalMade][..], &[RecordKind::ProposalVoted; 5]].concat();
            let decided = [RecordKind::DepartmentStatusSet, RecordKind::ProposalEnacted];
            assert_eq!(kinds(), [&made_and_votes[..], &decided].concat());
            assert_eq!(OpenCount::<Test>::iter().count() + Expiring::<Test>::get().len(), 0);
        });
    }

    #[test]
    fn more_than_half_is_enough_for_an_auditor() {
        run(|| {
            let proposal = proposed(auditor());
            vote(1..=3, proposal, true);
            assert!(Enacted::get().is_empty());
            vote([4], proposal, true);
            assert_eq!(Enacted::get(), [auditor()]);
            assert_enacted(proposal, Enactment::Done);
        });
    }

    #[test]
    fn a_proposal_that_can_not_pass_any_more_is_closed() {
        run(|| {
            let (thirds, half) = (proposed(suspend(7)), proposed(auditor()));
            vote([1, 2], thirds, false);
            assert!(Proposals::<Test>::contains_key(thirds));
            vote([3], thirds, false);
            assert_closed(thirds, Closed::Rejected);
            vote([1, 2, 3], half, false);
            assert!(Proposals::<Test>::contains_key(half));
            vote([4], half, false);
            assert_closed(half, Closed::Rejected);
            assert!(Enacted::get().is_empty());
        });
    }

    #[test]
    fn a_failed_enactment_is_on_record_and_changes_nothing() {
        run(|| {
            let half_done = proposed(Action::RemoveValidator { key: [1; 32] });
            vote(1..=5, half_done, true);
            assert_enacted(half_done, refused(frame_system::Error::<Test>::CallFiltered));
            assert_eq!(sp_io::storage::get(HALF_DONE), None);
            let failed = proposed(Action::RemoveObserver { node_key: [1; 32] });
            vote(1..=4, failed, true);
            assert_enacted(failed, Enactment::Failed);
        });
    }

    #[test]
    fn only_departments_that_are_active_at_the_vote_count() {
        run(|| {
            let proposal = proposed(auditor());
            vote([1, 2], proposal, true);
            vote([3], proposal, false);
            Inactive::set(vec![department(2), department(6), department(7)]);
            assert_eq!(Governance::tally(proposal), Tally { approving: 1, refusing: 1, active: 4 });
            vote([4], proposal, true);
            assert!(Proposals::<Test>::contains_key(proposal), "2 of 4 is not more than half");
            Inactive::set(vec![department(6), department(7)]);
            assert_eq!(Governance::tally(proposal), Tally { approving: 3, refusing: 1, active: 5 });
            vote([5], proposal, false);
            assert_enacted(proposal, Enactment::Done);
        });
    }

    #[test]
    fn only_heads_of_active_departments_vote() {
        run(|| {
            let proposal = proposed(auditor());
            let digest = digest_of(proposal);
            assert_noop!(cast(STRANGER, proposal, digest, true), Errors::NotPermitted);
            assert_noop!(cast(CLERK, proposal, digest, true), ROLE_MISSING);
            Inactive::set(vec![department(2)]);
            assert_noop!(cast(2, proposal, digest, true), ROLE_MISSING);
        });
    }

    #[test]
    fn a_department_that_is_only_registered_neither_votes_nor_counts_until_it_is_admitted() {
        run(|| {
            Registered::set(vec![department(6), department(7)]);
            let admission = proposed(admit(7));
            let digest = digest_of(admission);
            assert_noop!(cast(7, admission, digest, true), Errors::NotAdmitted);
            assert_eq!(Governance::tally(admission), Tally { approving: 0, refusing: 0, active: 5 });
            vote(1..=4, admission, true);
            assert_enacted(admission, Enactment::Done);
            assert_eq!(Enacted::get(), [admit(7)]);

            // Its vote now is one of the four of six that are two thirds.
            let next = proposed(admit(6));
            vote([7], next, true);
            assert_eq!(Governance::tally(next), Tally { approving: 1, refusing: 0, active: 6 });
            vote(1..=2, next, true);
            assert!(Proposals::<Test>::contains_key(next));
            vote([3], next, true);
            assert_enacted(next, Enactment::Done);
            assert_eq!(Governance::tally(next).active, 7);
        });
    }

    #[test]
    fn a_department_votes_once_whoever_is_its_head() {
        run(|| {
            let proposal = proposed(auditor());
            let digest = digest_of(proposal);
            assert_ok!(cast(SECOND_HEAD, proposal, digest, false));
            assert_noop!(cast(1, proposal, digest, true), Errors::AlreadyVoted);
            assert_noop!(cast(SECOND_HEAD, proposal, digest, true), Errors::AlreadyVoted);
        });
    }

    #[test]
    fn a_head_signs_what_is_stored_and_nothing_else() {
        run(|| {
            let (first, second) = (proposed(auditor()), proposed(auditor()));
            assert_noop!(cast(1, first, digest_of(second), true), Errors::DigestMismatch);
            assert_noop!(cast(1, second.next(), digest_of(second), true), Errors::UnknownProposal);
        });
    }

    #[test]
    fn nobody_votes_when_the_time_is_up_or_the_matter_decided() {
        run(|| {
            let adopted = proposed_for(auditor(), Some(5));
            vote(1..=4, adopted, true);
            assert_noop!(cast(5, adopted, digest_of(adopted), false), Errors::AlreadyAdopted);
            let late = proposed(auditor());
            Now::set(in_a_month().get());
            assert_noop!(cast(1, late, digest_of(late), true), Errors::VotingOver);
            Now::set(in_a_month().get() - 1);
            assert_ok!(cast(1, late, digest_of(late), true));
        });
    }
}

mod withdraw {
    use super::*;

    #[test]
    fn a_head_of_the_proposing_department_withdraws() {
        run(|| {
            let proposal = proposed_for(auditor(), Some(5));
            vote([1, 2], proposal, true);
            assert_ok!(Governance::withdraw(signed(SECOND_HEAD), proposal));
            assert_signed(RecordKind::ProposalWithdrawn, SECOND_HEAD, Call::withdraw { proposal });
            let withdrawn: ProposalWithdrawn = last_record().body_as().unwrap();
            assert_eq!(withdrawn.proposal, proposal);
            System::assert_last_event(Event::ProposalWithdrawn { signer: account(SECOND_HEAD), withdrawn }.into());
            assert_ended(proposal);
            assert_eq!(Agenda::<Test>::iter().count(), 0);
        });
    }

    #[test]
    fn nobody_else_does_and_nobody_takes_back_a_decision() {
        run(|| {
            let withdraw = |who, proposal| Governance::withdraw(signed(who), proposal);
            let proposal = proposed_for(auditor(), Some(5));
            assert_noop!(withdraw(STRANGER, proposal), Errors::NotPermitted);
            assert_noop!(withdraw(CLERK, proposal), ROLE_MISSING);
            assert_noop!(withdraw(2, proposal), Errors::NotProposer);
            assert_noop!(withdraw(1, proposal.next()), Errors::UnknownProposal);
            vote(1..=4, proposal, true);
            assert_noop!(withdraw(1, proposal), Errors::AlreadyAdopted);
        });
    }
}

mod heights {
    use super::*;

    #[test]
    fn what_was_adopted_for_a_height_is_enacted_at_its_end() {
        run(|| {
            let proposal = proposed_for(suspend(7), Some(3));
            vote(1..=5, proposal, true);
            assert_eq!(last_record().kind, RecordKind::ProposalVoted);
            assert_eq!(Proposals::<Test>::get(proposal).map(|open| open.stage), Some(Stage::Adopted));
            assert!(Expiring::<Test>::get().is_empty(), "a decision does not expire");
            next_block(60 * DAY);
            next_block(0);
            assert!(Enacted::get().is_empty(), "height 3 has begun, not ended");
            next_block(0);
            assert_eq!(Enacted::get(), [suspend(7)]);
            assert_enacted(proposal, Enactment::Done);
            assert_eq!(last_record().moment, Moment::new(NOON + 60 * DAY));
        });
    }

    #[test]
    fn those_of_one_height_are_enacted_in_the_order_of_their_numbers() {
        run(|| {
            let [first, second] = [suspend(6), suspend(7)].map(|action| proposed_for(action, Some(2)));
            vote(1..=5, second, true);
            vote(1..=5, first, true);
            next_block(0);
            next_block(0);
            assert_eq!(Enacted::get(), [suspend(6), suspend(7)]);
            assert_enacted(second, Enactment::Done);
        });
    }

    #[test]
    fn what_is_not_decided_by_its_height_is_closed() {
        run(|| {
            let proposal = proposed_for(auditor(), Some(2));
            vote(1..=3, proposal, true);
            next_block(0);
            next_block(0);
            assert_closed(proposal, Closed::HeightReached);
        });
    }

    #[test]
    fn the_last_vote_may_fall_in_the_block_of_the_height_itself() {
        run(|| {
            let proposal = proposed_for(auditor(), Some(2));
            next_block(0);
            vote(1..=4, proposal, true);
            next_block(0);
            assert_enacted(proposal, Enactment::Done);
        });
    }

    #[test]
    fn a_block_makes_room_for_what_it_has_to_do() {
        run(|| {
            let idle = Governance::due_weight(Height::new(2));
            let proposal = proposed_for(auditor(), Some(2));
            let voting = Governance::due_weight(Height::new(2));
            assert!(voting.all_gt(idle + crate::weights::ENACT));
            vote(1..=4, proposal, true);
            assert_eq!(Governance::due_weight(Height::new(2)), idle + crate::weights::ENACT);
            assert_eq!(Governance::due_weight(Height::new(3)), idle);
        });
    }
}

mod expiry {
    use super::*;

    #[test]
    fn the_end_of_the_time_is_on_record_in_the_block_that_reaches_it() {
        run(|| {
            let proposal = proposed(auditor());
            vote(1..=3, proposal, true);
            next_block(30 * DAY - 1);
            next_block(1);
            assert!(Proposals::<Test>::contains_key(proposal));
            next_block(0);
            assert_closed(proposal, Closed::Expired);
            assert_eq!(last_record().moment, in_a_month());
        });
    }

    #[test]
    fn a_block_closes_sixteen_and_the_next_the_rest_while_nobody_votes_on_any() {
        run(|| {
            for (place, who) in (0..20).zip((1..=DEPARTMENTS).cycle()) {
                let expires = Moment::new(NOON + DAY - place);
                assert_ok!(Governance::propose(signed(who), Box::new(auditor()), expires, None));
            }
            next_block(DAY);
            let open = Proposals::<Test>::iter_keys().min().unwrap();
            let cast = Governance::vote(signed(1), open, digest_of(open), true);
            assert_noop!(cast, Errors::VotingOver);
            next_block(0);
            assert_eq!(Proposals::<Test>::iter().count(), 4);
            let first_to_expire = Recorded::get()[20].body_as::<ProposalClosed>().unwrap();
            assert_eq!(first_to_expire.proposal, ProposalId::new(20));
            next_block(0);
            assert_eq!(Proposals::<Test>::iter().count(), 0);
        });
    }
}

mod upgrades {
    use super::*;

    fn decided(action: Action) -> ProposalId {
        let proposal = proposed(action);
        vote(1..=5, proposal, true);
        proposal
    }

    #[test]
    fn a_plan_stands_until_its_version_runs_at_its_height() {
        run(|| {
            assert_enacted(decided(upgrade(3, 2)), Enactment::Done);
            assert_eq!(Plan::<Test>::get().map(|plan| (plan.height.get(), plan.spec_version)), Some((3, 2)));
            next_block(0);
            SpecVersion::set(2);
            next_block(0);
            assert!(Plan::<Test>::exists(), "the height has not come");
            next_block(0);
            assert!(!Plan::<Test>::exists());
        });
    }

    #[test]
    fn a_plan_that_nobody_followed_is_not_forgotten() {
        run(|| {
            decided(upgrade(2, 2));
            (0..4).for_each(|_| next_block(0));
            assert!(Plan::<Test>::exists());
            assert_enacted(decided(Action::CancelUpgrade), Enactment::Done);
            assert!(!Plan::<Test>::exists());
        });
    }

    #[test]
    fn what_breaks_a_rule_is_refused_when_it_is_enacted() {
        run(|| {
            assert_enacted(decided(Action::CancelUpgrade), refused(Errors::NoUpgradePlanned));
            assert_enacted(decided(upgrade(1, 2)), refused(Errors::UpgradeHeightPassed));
            assert_enacted(decided(upgrade(9, 1)), refused(Errors::UpgradeNotNewer));
            assert_enacted(decided(upgrade(9, 2)), Enactment::Done);
            assert_enacted(decided(upgrade(10, 3)), refused(Errors::UpgradePlanned));
            assert_eq!(Plan::<Test>::get().map(|plan| plan.height.get()), Some(9));
        });
    }
}
