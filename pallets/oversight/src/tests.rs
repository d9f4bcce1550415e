//! One module per call, and what is counted; every error has a test that produces it.

mod queries;
mod walk;

use crate::{Counts, Disputes, Error, Event, LastDispute, OpenCount, OpenDispute, Stage, mock::*};
use frame_support::{assert_noop, assert_ok};
use mulu_pallet_support::Counters as _;
use mulu_proofs::{
    calendar::DeadlineKind,
    departments::Role,
    ids::{DepartmentId, DisputeId, EntryId, GrantId, Moment, RequestId, Version},
    oversight::{
        CountKind, DisputeAnswered, DisputeDecided, DisputeEscalated, DisputeFinal, DisputeOpened, GovernmentDecided,
        Matter, StepText, settlement_digest,
    },
    papers::Papers,
    records::{Record, RecordKind, Subject},
    text::Text,
};
use sp_runtime::DispatchError;

const UNKNOWN: DisputeId = DisputeId::new(99);

fn last_record() -> Record {
    Recorded::get().pop().expect("there is one")
}

fn stage(dispute: DisputeId) -> Option<Stage> {
    Disputes::<Test>::get(dispute).map(|open| open.stage)
}

/// The deadlines that run: what for, and who has to act.
fn clocks() -> Vec<(DeadlineKind, DepartmentId)> {
    Running::get().values().map(|(deadline, _)| (deadline.kind, deadline.responsible)).collect()
}

fn count(department: DepartmentId, year: u16, kind: CountKind) -> u32 {
    Counts::<Test>::get(department, (year, kind))
}

/// Nothing is left of a dispute but records.
fn assert_ended(dispute: DisputeId) {
    assert_eq!(Disputes::<Test>::get(dispute), None);
    assert!(!OpenCount::<Test>::contains_key(CONSUMER) && clocks().is_empty());
}

mod open {
    use super::*;

    fn open(number: u8, matter: Matter, against: DepartmentId) -> Result<(), DispatchError> {
        Oversight::open(signed(number), matter, against, said(), None)
    }

    #[test]
    fn a_consumer_opens_a_dispute_and_the_other_party_gets_a_term() {
        run(|| {
            let papers = Some(Papers([7; 32]));
            assert_ok!(Oversight::open(signed(3), matter(), PROVIDER, said(), papers));
            let record = last_record();
            let body: DisputeOpened = record.body_as().expect("its type");
            assert_eq!((record.department, record.signer), (CONSUMER, Some([3; 32])));
            assert_eq!(
                record.subjects,
                [
                    Subject::Dispute(body.dispute),
                    Subject::Entry(ENTRY, Version::new(3)),
                    Subject::Grant(GrantId::new(2), Version::new(1)),
                    Subject::Department(CONSUMER),
                    Subject::Department(PROVIDER),
                ]
            );
            assert_eq!((body.against, body.claim.clone(), body.papers), (PROVIDER, said(), papers));
            assert_eq!(body.signed_as.role, Role::Officer);
            assert_eq!(clocks(), [(DeadlineKind::DisputeNegotiation, PROVIDER)]);
            assert_eq!(stage(body.dispute), Some(Stage::Negotiating { is_answered: false }));
            assert_eq!(OpenCount::<Test>::get(CONSUMER), 1);
            System::assert_last_event(Event::DisputeOpened { signer: account(3), opened: body }.into());
        });
    }

    #[test]
    fn a_provider_opens_one_too_and_so_does_who_got_nothing_of_an_entry() {
        run(|| {
            assert_ok!(open(2, matter(), CONSUMER));
            assert_ok!(open(4, Matter { entry: ENTRY, request: None, grant: None }, PROVIDER));
            // What has ended is in the state no more; the records show whose it was.
            let ended = Matter { entry: ENTRY, request: Some(RequestId::new(1)), grant: Some(GrantId::new(1)) };
            assert_ok!(open(4, ended, PROVIDER));
            let subjects = last_record().subjects;
            assert!(subjects.contains(&Subject::Request(RequestId::new(1))));
        });
    }

    #[test]
    fn who_may_not_speak_for_a_department_opens_none() {
        run(|| {
            assert_noop!(open(NOBODY, matter(), PROVIDER), Error::<Test>::NotPermitted);
            assert_noop!(open(CLERK, matter(), PROVIDER), ROLE_MISSING);
            let unsigned = Oversight::open(RuntimeOrigin::root(), matter(), PROVIDER, said(), None);
            assert_noop!(unsigned, DispatchError::BadOrigin);
        });
    }

    #[test]
    fn a_dispute_is_between_two_departments() {
        run(|| {
            assert_noop!(open(3, matter(), DepartmentId::new(9)), Error::<Test>::UnknownDepartment);
        });
    }

    #[test]
    fn a_claim_says_something() {
        run(|| {
            for empty in ["", "  \n"] {
                let claim = Oversight::open(signed(3), matter(), PROVIDER, text(empty), None);
                assert_noop!(claim, Error::<Test>::TextMissing);
            }
        });
    }

    #[test]
    fn a_dispute_is_about_what_is_between_the_two() {
        run(|| {
            let of_entry = |entry| Matter { entry, request: None, grant: None };
            assert_noop!(open(3, of_entry(EntryId::new(9)), PROVIDER), Error::<Test>::UnknownEntry);
            assert_noop!(open(3, of_entry(ENTRY), STRANGER), Error::<Test>::NotTheirMatter);
            let requests = |number| Matter { request: Some(RequestId::new(number)), ..of_entry(ENTRY) };
            let grants = |number| Matter { grant: Some(GrantId::new(number)), ..of_entry(ENTRY) };
            for [unknown, another_consumers, of_another_entry, theirs] in
                [[9, 3, 4, 2].map(requests), [9, 3, 4, 2].map(grants)]
            {
                assert_noop!(open(3, unknown, PROVIDER), Error::<Test>::UnknownMatter);
                assert_noop!(open(3, another_consumers, PROVIDER), Error::<Test>::NotTheirMatter);
                assert_noop!(open(3, of_another_entry, PROVIDER), Error::<Test>::NotTheirMatter);
                assert_ok!(open(3, theirs, PROVIDER));
            }
        });
    }

    #[test]
    fn a_claimant_has_so_many_open_disputes_and_no_more() {
        run(|| {
            let disputes: Vec<_> = (0..3).map(|_| opened()).collect();
            assert_noop!(open(3, matter(), PROVIDER), Error::<Test>::TooManyOpen);
            assert_ok!(open(2, matter(), CONSUMER));
            assert_ok!(Oversight::withdraw(signed(3), disputes[1], said()));
            assert_ok!(open(3, matter(), PROVIDER));
            assert_eq!(LastDispute::<Test>::get(), DisputeId::new(5));
        });
    }
}

mod open_against_oneself {
    use super::*;

    #[test]
    fn nobody_has_a_dispute_with_itself() {
        run(|| {
            // The mock's people hold a role for affairs of their own department too, as the ledger's do.
            let own = Oversight::open(signed(2), matter(), PROVIDER, said(), None);
            assert_noop!(own, Error::<Test>::OneParty);
        });
    }
}

mod answer {
    use super::*;

    #[test]
    fn the_other_party_answers_once_and_its_clock_stops() {
        run(|| {
            let dispute = opened();
            assert_noop!(Oversight::answer(signed(3), dispute, said(), None), Error::<Test>::NotRespondent);
            assert_noop!(Oversight::answer(signed(4), dispute, said(), None), Error::<Test>::NotParty);
            assert_noop!(Oversight::answer(signed(NOBODY), dispute, said(), None), Error::<Test>::NotPermitted);
            assert_noop!(Oversight::answer(signed(2), UNKNOWN, said(), None), Error::<Test>::UnknownDispute);
            assert_noop!(Oversight::answer(signed(2), dispute, text(""), None), Error::<Test>::TextMissing);
            assert_ok!(Oversight::answer(signed(2), dispute, said(), None));
            let answered: DisputeAnswered = last_record().body_as().expect("its type");
            System::assert_last_event(Event::DisputeAnswered { signer: account(2), answered }.into());
            assert!(clocks().is_empty());
            assert_noop!(Oversight::answer(signed(2), dispute, said(), None), Error::<Test>::AlreadyAnswered);
        });
    }

    #[test]
    fn a_late_answer_is_an_answer_as_long_as_nobody_has_escalated() {
        run(|| {
            let dispute = opened();
            wait(30);
            assert_ok!(Oversight::answer(signed(2), dispute, said(), None));
            assert_eq!(count(PROVIDER, 2026, CountKind::LateReply), 0);
            let dispute = escalated();
            assert_noop!(Oversight::answer(signed(2), dispute, said(), None), Error::<Test>::NotNegotiating);
        });
    }
}

mod settle {
    use super::*;

    #[test]
    fn terms_of_one_party_that_the_other_confirms_end_a_dispute() {
        run(|| {
            let dispute = opened();
            assert_noop!(Oversight::settle(signed(4), dispute, said()), Error::<Test>::NotParty);
            assert_noop!(Oversight::settle(signed(3), UNKNOWN, said()), Error::<Test>::UnknownDispute);
            assert_noop!(Oversight::settle(signed(CLERK), dispute, said()), ROLE_MISSING);
            assert_noop!(Oversight::settle(signed(3), dispute, text("")), Error::<Test>::TextMissing);
            assert_noop!(Oversight::confirm(signed(3), dispute, [0; 32]), Error::<Test>::NoSettlement);
            assert_ok!(Oversight::settle(signed(3), dispute, text("先前的方案")));
            // The later terms take the place of the earlier ones.
            assert_ok!(Oversight::settle(signed(3), dispute, said()));
            let earlier = settlement_digest(dispute, CONSUMER, &text("先前的方案"));
            let digest = settlement_digest(dispute, CONSUMER, &said());
            assert_noop!(Oversight::confirm(signed(2), dispute, earlier), Error::<Test>::DigestMismatch);
            assert_noop!(Oversight::confirm(signed(3), dispute, digest), Error::<Test>::OwnSettlement);
            assert_noop!(Oversight::confirm(signed(4), dispute, digest), Error::<Test>::NotParty);
            assert_ok!(Oversight::confirm(signed(2), dispute, digest));
            assert_eq!(last_record().kind, RecordKind::DisputeSettled);
            assert_eq!(last_record().department, PROVIDER);
            assert_ended(dispute);
            assert_noop!(Oversight::confirm(signed(2), dispute, digest), Error::<Test>::UnknownDispute);
        });
    }

    #[test]
    fn who_proposes_terms_to_the_claimant_has_answered() {
        run(|| {
            let dispute = opened();
            assert_ok!(Oversight::settle(signed(2), dispute, said()));
            assert_eq!((stage(dispute), clocks()), (Some(Stage::Negotiating { is_answered: true }), vec![]));
            assert_noop!(Oversight::answer(signed(2), dispute, said(), None), Error::<Test>::AlreadyAnswered);
            assert_ok!(Oversight::settle(signed(2), dispute, said()));
            assert_ok!(Oversight::escalate(signed(2), dispute, said()));
        });
    }

    #[test]
    fn the_parties_may_come_together_until_the_authority_has_decided_and_again_before_the_government() {
        run(|| {
            let dispute = escalated();
            assert_ok!(Oversight::settle(signed(2), dispute, said()));
            assert_ok!(Oversight::confirm(signed(3), dispute, settlement_digest(dispute, PROVIDER, &said())));
            assert_ended(dispute);
            let dispute = escalated();
            assert_ok!(Oversight::settle(signed(2), dispute, said()));
            assert_ok!(Oversight::decide(signed(1), dispute, None, said(), None));
            assert_noop!(Oversight::settle(signed(2), dispute, said()), Error::<Test>::AlreadyDecided);
            // The terms that waited were overtaken by the decision.
            let digest = settlement_digest(dispute, PROVIDER, &said());
            assert_noop!(Oversight::confirm(signed(3), dispute, digest), Error::<Test>::NoSettlement);
            assert_ok!(Oversight::appeal(signed(3), dispute, said()));
            assert_ok!(Oversight::settle(signed(2), dispute, said()));
            assert_ok!(Oversight::confirm(signed(3), dispute, digest));
            assert_ended(dispute);
            assert_eq!(Counts::<Test>::iter().count(), 0, "nobody lost");
        });
    }
}

mod escalate {
    use super::*;

    #[test]
    fn nobody_skips_negotiation() {
        run(|| {
            let dispute = opened();
            let term = u64::from(DeadlineKind::DisputeNegotiation.statutory().working_days);
            for number in [2, 3] {
                assert_noop!(Oversight::escalate(signed(number), dispute, said()), Error::<Test>::NegotiationRuns);
            }
            wait(term);
            assert_noop!(Oversight::escalate(signed(3), dispute, said()), Error::<Test>::NegotiationRuns);
            wait(1);
            assert_noop!(Oversight::escalate(signed(4), dispute, said()), Error::<Test>::NotParty);
            assert_noop!(Oversight::escalate(signed(3), dispute, text("")), Error::<Test>::TextMissing);
            assert_ok!(Oversight::escalate(signed(3), dispute, said()));
            let body: DisputeEscalated = last_record().body_as().expect("its type");
            assert_eq!(body.authority, AUTHORITY);
            assert_eq!(last_record().subjects.last(), Some(&Subject::Department(AUTHORITY)));
            assert_eq!(stage(dispute), Some(Stage::AtAuthority { authority: AUTHORITY }));
            assert_eq!(clocks(), [(DeadlineKind::DisputeDecision, AUTHORITY)]);
            assert_noop!(Oversight::escalate(signed(3), dispute, said()), Error::<Test>::AlreadyEscalated);
        });
    }

    #[test]
    fn after_an_answer_either_party_escalates_at_once() {
        run(|| {
            for number in [2, 3] {
                let dispute = opened();
                assert_ok!(Oversight::answer(signed(2), dispute, said(), None));
                assert_ok!(Oversight::escalate(signed(number), dispute, said()));
                assert_ok!(Oversight::withdraw(signed(3), dispute, said()));
            }
        });
    }

    #[test]
    fn without_a_common_authority_a_dispute_waits_until_one_is_named() {
        run(|| {
            let dispute = opened();
            assert_ok!(Oversight::answer(signed(2), dispute, said(), None));
            Named::set(None);
            assert_noop!(Oversight::escalate(signed(3), dispute, said()), Error::<Test>::NoCommonAuthority);
            Named::set(Some(SECOND_AUTHORITY));
            assert_ok!(Oversight::escalate(signed(3), dispute, said()));
            assert_eq!(stage(dispute), Some(Stage::AtAuthority { authority: SECOND_AUTHORITY }));
        });
    }

    #[test]
    fn another_authority_takes_over_when_governance_has_named_one() {
        run(|| {
            let dispute = escalated();
            Named::set(Some(SECOND_AUTHORITY));
            assert_ok!(Oversight::escalate(signed(2), dispute, said()));
            assert_eq!(clocks(), [(DeadlineKind::DisputeDecision, SECOND_AUTHORITY)]);
            let decide = |number| Oversight::decide(signed(number), dispute, None, said(), None);
            assert_noop!(decide(1), Error::<Test>::NotNamedAuthority);
            assert_ok!(decide(5));
            assert_noop!(Oversight::escalate(signed(2), dispute, said()), Error::<Test>::AlreadyDecided);
            assert_ok!(Oversight::appeal(signed(2), dispute, said()));
            assert_noop!(Oversight::escalate(signed(2), dispute, said()), Error::<Test>::AlreadyEscalated);
            Named::set(Some(AUTHORITY));
            assert_ok!(Oversight::escalate(signed(2), dispute, said()));
            let appellant = PROVIDER;
            let expected = Stage::AtGovernment { authority: AUTHORITY, favour: None, appellant };
            assert_eq!((stage(dispute), clocks()), (Some(expected), vec![]));
        });
    }
}

mod decide {
    use super::*;

    fn decide(number: u8, dispute: DisputeId, favour: Option<DepartmentId>) -> Result<(), DispatchError> {
        Oversight::decide(signed(number), dispute, favour, said(), None)
    }

    #[test]
    fn the_authority_that_was_named_decides_once_for_a_party_or_for_neither() {
        run(|| {
            let dispute = opened();
            assert_noop!(decide(1, dispute, None), Error::<Test>::NotAtAuthority);
            let dispute = escalated();
            assert_noop!(decide(5, dispute, None), Error::<Test>::NotNamedAuthority);
            assert_noop!(decide(3, dispute, None), Error::<Test>::NotNamedAuthority);
            assert_noop!(decide(NOBODY, dispute, None), Error::<Test>::NotPermitted);
            assert_noop!(decide(1, UNKNOWN, None), Error::<Test>::UnknownDispute);
            assert_noop!(decide(1, dispute, Some(STRANGER)), Error::<Test>::FavourUnknown);
            let empty = Oversight::decide(signed(1), dispute, None, text(""), None);
            assert_noop!(empty, Error::<Test>::TextMissing);
            assert_ok!(decide(1, dispute, Some(CONSUMER)));
            let record = last_record();
            let body: DisputeDecided = record.body_as().expect("its type");
            assert_eq!((record.department, body.favour), (AUTHORITY, Some(CONSUMER)));
            assert_eq!(body.signed_as.role, Role::Supervisor);
            let expected = Stage::Decided { authority: AUTHORITY, favour: Some(CONSUMER) };
            assert_eq!(stage(dispute), Some(expected));
            assert_eq!(clocks()[1..], [(DeadlineKind::DisputeAppeal, PROVIDER)]);
            assert_noop!(decide(1, dispute, None), Error::<Test>::AlreadyDecided);
            let dispute = escalated();
            assert_ok!(decide(1, dispute, None));
            assert_ok!(Oversight::appeal(signed(3), dispute, said()));
            assert_noop!(decide(1, dispute, None), Error::<Test>::NotAtAuthority);
        });
    }

    #[test]
    fn a_late_decision_counts_against_the_authority_and_stands() {
        run(|| {
            let dispute = escalated();
            wait(21);
            assert_ok!(decide(1, dispute, None));
            assert_eq!(count(AUTHORITY, 2026, CountKind::LateDisputeDecision), 1);
        });
    }

    #[test]
    fn a_decision_is_final_when_nobody_has_appealed_in_time() {
        run(|| {
            let dispute = decided();
            wait(10);
            write_overdue();
            assert!(stage(dispute).is_some(), "the last day to appeal is not over");
            wait(1);
            // The record lags; the fact does not.
            assert_noop!(Oversight::appeal(signed(2), dispute, said()), Error::<Test>::AppealOver);
            assert_noop!(Oversight::withdraw(signed(3), dispute, said()), Error::<Test>::AlreadyDecided);
            write_overdue();
            let record = last_record();
            let ended: DisputeFinal = record.body_as().expect("its type");
            assert_eq!((record.kind, record.signer), (RecordKind::DisputeFinal, None));
            assert_eq!((ended.favour, record.department), (Some(CONSUMER), DepartmentId::default()));
            System::assert_last_event(Event::DisputeFinal { ended }.into());
            assert_ended(dispute);
            assert_eq!(count(PROVIDER, 2026, CountKind::DisputeLost), 1);
        });
    }
}

mod appeal {
    use super::*;

    #[test]
    fn either_party_has_it_brought_before_the_government_in_time() {
        run(|| {
            let dispute = escalated();
            assert_noop!(Oversight::appeal(signed(2), dispute, said()), Error::<Test>::NotDecided);
            for number in [2, 3] {
                let dispute = decided();
                assert_noop!(Oversight::appeal(signed(4), dispute, said()), Error::<Test>::NotParty);
                assert_noop!(Oversight::appeal(signed(2), dispute, text("")), Error::<Test>::TextMissing);
                assert_ok!(Oversight::appeal(signed(number), dispute, said()));
                let appellant = DepartmentId::new(number.into());
                let expected = Stage::AtGovernment { authority: AUTHORITY, favour: Some(CONSUMER), appellant };
                assert_eq!(stage(dispute), Some(expected));
                assert_noop!(Oversight::appeal(signed(2), dispute, said()), Error::<Test>::NotDecided);
            }
            wait(100);
            write_overdue();
            assert_eq!(Disputes::<Test>::iter().count(), 3, "no clock runs before the government");
        });
    }
}

mod record_government_decision {
    use super::*;

    fn record(
        number: u8,
        dispute: DisputeId,
        favour: Option<DepartmentId>,
        document: &str,
    ) -> Result<(), DispatchError> {
        Oversight::record_government_decision(signed(number), dispute, favour, said(), text(document), None)
    }

    #[test]
    fn what_the_government_decided_ends_it_and_counts_for_who_lost_there() {
        run(|| {
            let dispute = decided();
            assert_noop!(record(1, dispute, None, "政办函〔2026〕7号"), Error::<Test>::NotAtGovernment);
            assert_ok!(Oversight::appeal(signed(2), dispute, said()));
            assert_noop!(record(5, dispute, None, "政办函〔2026〕7号"), Error::<Test>::NotNamedAuthority);
            assert_noop!(record(2, dispute, None, "政办函〔2026〕7号"), Error::<Test>::NotNamedAuthority);
            assert_noop!(record(1, dispute, Some(STRANGER), "政办函〔2026〕7号"), Error::<Test>::FavourUnknown);
            assert_noop!(record(1, dispute, None, ""), Error::<Test>::TextMissing);
            assert_noop!(record(1, UNKNOWN, None, "政办函〔2026〕7号"), Error::<Test>::UnknownDispute);
            assert_ok!(record(1, dispute, Some(PROVIDER), "政办函〔2026〕7号"));
            let body: GovernmentDecided = last_record().body_as().expect("its type");
            assert_eq!((body.favour, body.document.as_str()), (Some(PROVIDER), "政办函〔2026〕7号"));
            assert_ended(dispute);
            assert_eq!(count(CONSUMER, 2026, CountKind::DisputeLost), 1);
            assert_eq!(count(PROVIDER, 2026, CountKind::DisputeLost), 0);
        });
    }
}

mod withdraw {
    use super::*;

    #[test]
    fn the_claimant_withdraws_a_claim_that_is_not_decided() {
        run(|| {
            for dispute in [opened(), escalated()] {
                assert_noop!(Oversight::withdraw(signed(2), dispute, said()), Error::<Test>::NotClaimant);
                assert_noop!(Oversight::withdraw(signed(4), dispute, said()), Error::<Test>::NotParty);
                assert_noop!(Oversight::withdraw(signed(3), dispute, text("")), Error::<Test>::TextMissing);
                let clock = Disputes::<Test>::get(dispute).unwrap().clock.unwrap();
                assert_ok!(Oversight::withdraw(signed(3), dispute, said()));
                assert_eq!(Cancelled::get().last(), Some(&clock), "nobody answered or decided");
                assert_eq!(last_record().kind, RecordKind::DisputeWithdrawn);
                assert_eq!(Disputes::<Test>::get(dispute), None);
            }
            assert!(clocks().is_empty());
            let dispute = decided();
            assert_noop!(Oversight::withdraw(signed(3), dispute, said()), Error::<Test>::AlreadyDecided);
        });
    }

    #[test]
    fn who_appealed_withdraws_the_appeal_and_the_decision_stands() {
        run(|| {
            let dispute = appealed();
            assert_noop!(Oversight::withdraw(signed(3), dispute, said()), Error::<Test>::NotAppellant);
            assert_ok!(Oversight::withdraw(signed(2), dispute, said()));
            assert_ended(dispute);
            assert_eq!(count(PROVIDER, 2026, CountKind::DisputeLost), 1);
        });
    }

    #[test]
    fn a_claim_withdrawn_behind_the_term_of_the_authority_counts_that_it_was_late() {
        run(|| {
            let dispute = escalated();
            wait(50);
            assert_ok!(Oversight::withdraw(signed(3), dispute, said()));
            assert_ended(dispute);
            assert_eq!(count(AUTHORITY, 2027, CountKind::LateDisputeDecision), 0, "its last day was in December");
            assert_eq!(count(AUTHORITY, 2026, CountKind::LateDisputeDecision), 1);
        });
    }
}

mod counters {
    use super::*;

    #[test]
    fn every_count_is_of_its_department_year_and_kind() {
        run(|| {
            for kind in CountKind::ALL {
                Oversight::count(PROVIDER, *kind);
            }
            Oversight::count(PROVIDER, CountKind::CatalogMismatch);
            Oversight::count(CONSUMER, CountKind::MisuseSuspended);
            wait(31);
            Oversight::count(PROVIDER, CountKind::ServiceStopped);
            for kind in CountKind::ALL {
                let twice = u32::from(*kind == CountKind::CatalogMismatch);
                assert_eq!(count(PROVIDER, 2026, *kind), 1 + twice, "{kind}");
                assert_eq!(count(PROVIDER, 2027, *kind), u32::from(*kind == CountKind::ServiceStopped), "{kind}");
                assert_eq!(count(CONSUMER, 2026, *kind), u32::from(*kind == CountKind::MisuseSuspended), "{kind}");
            }
            assert!(kinds().is_empty(), "a count has no record of its own");
        });
    }

    #[test]
    fn what_is_overdue_counts_in_the_year_of_its_last_day_in_time() {
        use mulu_pallet_support::Clocks as _;
        run(|| {
            let subject = Subject::Request(RequestId::new(2));
            for kind in DeadlineKind::ALL {
                // The last day of the year, and the first of the next.
                for days in [30, 31] {
                    assert_ok!(TestClocks::start(*kind, subject, PROVIDER, days));
                }
            }
            wait(400);
            write_overdue();
            for kind in DeadlineKind::ALL {
                let Some(counted) = CountKind::of_overdue(*kind) else { continue };
                let same = DeadlineKind::ALL.iter().filter(|other| CountKind::of_overdue(**other) == Some(counted));
                let expected = u32::try_from(same.count()).expect("few");
                for year in [2026, 2027] {
                    assert_eq!(count(PROVIDER, year, counted), expected, "{kind:?} in {year}");
                }
            }
        });
    }

    #[test]
    fn an_application_for_more_time_that_nobody_answered_counts_once_against_the_authority() {
        use mulu_pallet_support::Clocks as _;
        run(|| {
            let subject = Subject::Entry(ENTRY, Version::new(1));
            let start = || TestClocks::start(DeadlineKind::CatalogUpdate, subject, PROVIDER, 10).unwrap();
            let (unanswered, _) = (start(), start());
            Unanswered::set([(unanswered, AUTHORITY)].into());
            wait(20);
            write_overdue();
            assert_ok!(TestClocks::stop(unanswered));
            assert_eq!(count(AUTHORITY, 2026, CountKind::ExtensionUnanswered), 1);
            assert_eq!(count(PROVIDER, 2026, CountKind::LateCatalogUpdate), 2, "the provider is late all the same");
            assert_eq!(count(PROVIDER, 2026, CountKind::ExtensionUnanswered), 0);
            Unanswered::set(std::collections::BTreeMap::new());
        });
    }

    #[test]
    fn nobody_is_counted_late_who_could_not_act() {
        use mulu_pallet_support::Clocks as _;
        let counted = |kind, subject, suspended: &[(DepartmentId, u64)]| {
            let mut counted = 0;
            run(|| {
                // Due at the end of 11 December; a record that follows later changes nothing.
                SuspendedSince::set(suspended.iter().map(|(id, day)| (*id, Moment::new(NOON + day * DAY))).collect());
                assert_ok!(TestClocks::start(kind, subject, PROVIDER, 10));
                wait(20);
                write_overdue();
                counted = count(PROVIDER, 2026, CountKind::of_overdue(kind).expect("counted"));
            });
            counted
        };
        let request = Subject::Request(RequestId::new(2));
        let grant = Subject::Grant(GrantId::new(2), Version::new(1));
        let reply = DeadlineKind::RequestReplyConditional;
        for (kind, subject) in [(reply, request), (DeadlineKind::Provisioning, grant)] {
            assert_eq!(counted(kind, subject, &[]), 1, "{kind:?}");
            assert_eq!(counted(kind, subject, &[(PROVIDER, 10)]), 0, "{kind:?}: nobody of it signs anything");
            assert_eq!(counted(kind, subject, &[(CONSUMER, 10)]), 0, "{kind:?}: it cannot be given to nobody");
            assert_eq!(counted(kind, subject, &[(CONSUMER, 15)]), 1, "{kind:?}: it could to the end of its last day");
        }
        // An update of the catalog is nobody else's affair.
        let update = DeadlineKind::CatalogUpdate;
        assert_eq!(counted(update, Subject::Entry(ENTRY, Version::new(1)), &[(CONSUMER, 10)]), 1);
    }

    #[test]
    fn a_count_that_has_reached_its_bound_stays_there() {
        run(|| {
            Counts::<Test>::insert(PROVIDER, (2026, CountKind::LateReply), u32::MAX);
            Oversight::count(PROVIDER, CountKind::LateReply);
            assert_eq!(count(PROVIDER, 2026, CountKind::LateReply), u32::MAX);
        });
    }
}

#[test]
fn what_the_state_keeps_of_a_dispute_is_as_small_as_the_page_says() {
    use codec::MaxEncodedLen as _;
    assert!(OpenDispute::max_encoded_len() <= 90, "{}", OpenDispute::max_encoded_len());
    let longest: StepText = Text::new(&"x".repeat(512)).expect("the bound");
    assert!(Text::<512>::new(&"x".repeat(513)).is_err());
    run(|| {
        assert_ok!(Oversight::open(signed(3), matter(), PROVIDER, longest, None));
        assert!(last_record().body.len() < 1_024);
    });
}
