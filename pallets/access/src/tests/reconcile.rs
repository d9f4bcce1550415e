//! Days are compared when they are no longer waited for; differences are named; decision points count.

use super::*;
use crate::{
    Answered, Answers, ComparedTo, DecisionKeys, DecisionPoint, DecisionPoints, Differing, DifferingFrom,
    RECONCILE_DAYS, Reporting, Tallies,
};
use mulu_proofs::{
    access::{
        DayDiffers, DecisionCount, DecisionsClosed, DecisionsCounted, DecisionsOpened, DifferencesNamed, Ids, SideTotal,
    },
    calendar::Day,
};

/// The local day of [`NOON`].
fn today() -> Day {
    Days::get().local_day(Moment::new(NOON))
}

fn days_later(day: Day, days: u64) -> Day {
    Day::new(day.get() + days as u32).unwrap()
}

/// Opens a stream that reconciles.
fn open_reconciling(number: u8) -> StreamId {
    assert_ok!(Access::open_stream(signed(number), platform_of(number), true));
    crate::LastStream::<Test>::get()
}

fn call(id: u64) -> PublicLeaf {
    PublicLeaf { call_id: id, ..event() }
}

fn of_consumer(leaf: PublicLeaf) -> PublicLeaf {
    PublicLeaf { side: Side::Consumer, ..leaf }
}

/// Reports calls of those ids: key 1 for the provider, key 2 for the consumer.
fn report(key: u8, stream: StreamId, ids: &[u64]) {
    let side = |leaf| if key == 2 { of_consumer(leaf) } else { leaf };
    let leaves: Vec<_> = ids.iter().map(|id| side(call(*id))).collect();
    assert_ok!(Batch::next(key, stream, &leaves).send());
}

/// Days pass, and a block ends.
fn pass(days: u64) {
    Now::set(Now::get() + days * DAY);
    Access::on_initialize(2);
    Access::on_finalize(2);
}

/// Until today is compared.
fn pass_until_compared() {
    pass(u64::from(Lateness::get()) + 1);
}

fn differences() -> Vec<DayDiffers> {
    let records = Recorded::get();
    let differs = records.iter().filter(|record| record.kind == RecordKind::DayDiffers);
    differs.map(|record| DayDiffers::decode_all(&mut &record.body[..]).unwrap()).collect()
}

fn name_as(who: &AccountId32, day: Day, provider: &[u64], consumer: &[u64]) -> DispatchResult {
    let (provider, consumer) = (provider.to_vec().try_into().unwrap(), consumer.to_vec().try_into().unwrap());
    Access::name_differences(RuntimeOrigin::signed(who.clone()), GRANT, day, provider, consumer)
}

mod days {
    use super::*;

    #[test]
    fn a_day_on_which_both_sides_agree_leaves_no_trace() {
        run(|| {
            let (ours, theirs) = (open_reconciling(1), open_reconciling(2));
            report(1, ours, &[1, 2, 3]);
            report(2, theirs, &[3, 1]);
            report(2, theirs, &[2]);
            assert_eq!(Tallies::<Test>::get(today(), GRANT).consumer.events, 3);
            pass(u64::from(Lateness::get()));
            assert_eq!(Tallies::<Test>::iter().count(), 1, "the last day on which it is waited for");
            pass(1);
            assert_eq!((Tallies::<Test>::iter().count(), Differing::<Test>::iter().count()), (0, 0));
            assert_eq!(differences(), []);
            assert_eq!(ComparedTo::<Test>::get(), Some(Access::waited_from()));
        });
    }

    #[test]
    fn a_day_on_which_they_differ_is_recorded() {
        run(|| {
            let (ours, theirs) = (open_reconciling(1), open_reconciling(2));
            report(1, ours, &[1, 2, 3]);
            report(2, theirs, &[2, 7]);
            pass_until_compared();
            let mut rest = Ids::of_all(&[1, 3]);
            rest.subtract(&Ids::of(7));
            let total = |events| Some(SideTotal { events, calls: events.into() });
            let expected = DayDiffers {
                grant: GRANT,
                day: today(),
                provider: total(3),
                consumer: total(2),
                allowed: None,
                ids_difference: rest,
            };
            assert_eq!(differences(), [expected]);
            let appended = Recorded::get().pop().unwrap();
            assert_eq!((appended.department, appended.signer), (DepartmentId::new(0), None));
            let subjects = [Subject::Grant(GRANT, V1), Subject::Department(PROVIDER), Subject::Department(CONSUMER)];
            assert_eq!(appended.subjects, subjects);
            let record = RecordNumber::new(Recorded::get().len() as u64);
            assert_eq!(last_event(), Event::DayDiffers { record, grant: GRANT, day: today() });
        });
    }

    #[test]
    fn a_side_that_has_reported_once_is_held_to_it() {
        run(|| {
            let (ours, theirs) = (open_reconciling(1), open_reconciling(2));
            report(1, ours, &[1]);
            pass_until_compared();
            assert_eq!(differences(), [], "the consumer has never reported");
            Now::set(NOON + 5 * DAY);
            let later = |id, days| PublicLeaf { time: Moment::new(NOON + days * DAY), ..call(id) };
            assert_ok!(Batch::next(1, ours, &[later(2, 4), later(3, 5)]).send());
            assert_ok!(Batch::next(2, theirs, &[of_consumer(later(3, 5))]).send());
            pass(4);
            assert_eq!(differences(), [], "day 4 was before it began, day 5 agrees");
            assert_ok!(Batch::next(1, ours, &[later(4, 8)]).send());
            pass_until_compared();
            let found = differences();
            assert_eq!(
                (found.len(), found[0].day, found[0].consumer),
                (1, days_later(today(), 8), Some(SideTotal::default()))
            );
        });
    }

    #[test]
    fn only_streams_that_reconcile_calls_that_were_served_and_the_own_side_count() {
        run(|| {
            let plain = open(1);
            report(1, plain, &[1]);
            assert_eq!(Tallies::<Test>::iter().count(), 0);
            let ours = open_reconciling(1);
            let denied = PublicLeaf { outcome: Outcome::Denied, ..call(1) };
            let late = PublicLeaf { time: Moment::new(NOON - 10 * DAY), ..call(3) };
            let no_grant = ungranted(1, V1, PROVIDER, CONSUMER);
            assert_ok!(Batch::next(1, ours, &[denied, of_consumer(call(2)), late, no_grant]).send());
            assert_eq!(Tallies::<Test>::iter().count(), 0);
            assert_ok!(Access::open_stream(signed(3), UNNAMED, true));
            report(3, crate::LastStream::<Test>::get(), &[4]);
            assert_eq!(Tallies::<Test>::iter().count(), 0, "the grant does not name the platform");
            assert!(ComparedTo::<Test>::get().is_none() && Reporting::<Test>::iter().count() == 0);
            let theirs = open_reconciling(2);
            assert_ok!(Batch::next(2, theirs, &[call(5)]).send());
            assert_eq!(Tallies::<Test>::iter().count(), 0, "the consumer does not speak for the provider");
        });
    }

    #[test]
    fn what_is_reported_of_a_compared_day_changes_nothing_even_if_governance_waits_longer_now() {
        run(|| {
            let (ours, theirs) = (open_reconciling(1), open_reconciling(2));
            report(1, ours, &[1]);
            report(2, theirs, &[1]);
            pass_until_compared();
            Lateness::set(10);
            assert_eq!(findings(1, ours, &[call(2)]), [Findings::default()], "it is not late any more");
            assert_eq!(Tallies::<Test>::iter().count(), 0);
            pass(10);
            assert_eq!(differences(), []);
        });
    }

    #[test]
    fn a_block_compares_no_more_than_it_may_and_the_next_goes_on() {
        run(|| {
            let (ours, theirs) = (open_reconciling(1), open_reconciling(2));
            let grants = 2 * crate::functions::COMPARED_MAX + 5;
            let mut changes = Changes::get();
            for id in 1..=grants {
                grant(GrantTerms { grant: GrantId::new(id), ..terms() });
                changes.insert(GrantId::new(id), changes[&GRANT].clone());
            }
            Changes::set(changes);
            let of = |id: u32| PublicLeaf { key: RunKey::Grant(GrantId::new(id), V1), ..call(id.into()) };
            let all: Vec<_> = (1..=grants).map(of).collect();
            assert_ok!(Batch::next(1, ours, &all).send());
            assert_ok!(
                Batch::next(2, theirs, &[of_consumer(of(1)), of_consumer(PublicLeaf { call_id: 9, ..of(2) })]).send()
            );
            for id in 3..=grants {
                Reporting::<Test>::mutate(GrantId::new(id), |parties| {
                    parties.report(mulu_proofs::access::Party::Consumer, today());
                });
            }
            pass_until_compared();
            assert_eq!(Tallies::<Test>::iter().count() as u32, grants - crate::functions::COMPARED_MAX);
            assert_eq!(ComparedTo::<Test>::get(), Some(today()));
            Access::do_try_state().unwrap();
            for _ in 0..3 {
                pass(0);
            }
            assert_eq!(Tallies::<Test>::iter().count(), 0);
            assert_eq!(differences().len() as u32, grants - 1);
            assert_eq!(ComparedTo::<Test>::get(), Some(Access::waited_from()));
        });
    }

    #[test]
    fn a_long_standstill_is_made_up_for_in_steps() {
        run(|| {
            let ours = open_reconciling(1);
            report(1, ours, &[1]);
            pass(200);
            let behind = ComparedTo::<Test>::get().unwrap();
            assert!(today() < behind && behind < Access::waited_from());
            for _ in 0..20 {
                pass(0);
            }
            assert_eq!(ComparedTo::<Test>::get(), Some(Access::waited_from()));
        });
    }
}

mod name_differences {
    use super::*;

    fn differing() {
        let (ours, theirs) = (open_reconciling(1), open_reconciling(2));
        report(1, ours, &[1, 2, 3, 3]);
        report(2, theirs, &[2, 7, 3]);
        pass_until_compared();
        assert_eq!(Differing::<Test>::iter().count(), 1);
    }

    #[test]
    fn either_side_names_the_calls_that_make_it() {
        for who in [account(1), account(2), officer()] {
            run(|| {
                differing();
                assert_ok!(name_as(&who, today(), &[1, 3], &[7]));
                let record = RecordNumber::new(Recorded::get().len() as u64);
                assert_eq!(last_event(), Event::DifferencesNamed { record, grant: GRANT, day: today() });
                let said = DifferencesNamed::decode_all(&mut &Recorded::get().pop().unwrap().body[..]).unwrap();
                assert_eq!((said.provider_only.to_vec(), said.consumer_only.to_vec()), (vec![1, 3], vec![7]));
                assert_eq!(Differing::<Test>::iter().count(), 0);
                assert_noop!(name_as(&who, today(), &[1, 3], &[7]), Error::<Test>::NothingDiffers);
            });
        }
    }

    #[test]
    fn what_does_not_add_up_is_no_proof() {
        run(|| {
            differing();
            for (provider, consumer) in [
                (vec![], vec![]),
                (vec![1], vec![]),
                (vec![3, 1], vec![7]),
                (vec![1, 2, 3], vec![2, 7]),
                (vec![1, 4], vec![7]),
            ] {
                assert_noop!(name_as(&account(1), today(), &provider, &consumer), Error::<Test>::NotExplained);
            }
        });
    }

    #[test]
    fn only_parties_in_their_roles_name_it_and_only_once_the_day_is_compared() {
        run(|| {
            let ours = open_reconciling(1);
            report(1, ours, &[1]);
            assert_noop!(name_as(&account(1), today(), &[1], &[]), Error::<Test>::NothingDiffers);
        });
        run(|| {
            differing();
            assert_noop!(name_as(&supervisor(), today(), &[1, 3], &[7]), Error::<Test>::NotAParty);
            assert_noop!(name_as(&account(4), today(), &[1, 3], &[7]), MISSING);
            Granted::set(Default::default());
            assert_noop!(name_as(&account(1), today(), &[1, 3], &[7]), Error::<Test>::UnknownGrant);
        });
    }

    #[test]
    fn what_nobody_named_is_forgotten_after_its_days() {
        run(|| {
            differing();
            pass(u64::from(RECONCILE_DAYS) - 1);
            assert_eq!(Differing::<Test>::iter().count(), 1);
            pass(1);
            assert_eq!(Differing::<Test>::iter().count(), 0);
            for _ in 0..3 * RECONCILE_DAYS {
                pass(0);
            }
            assert_eq!(DifferingFrom::<Test>::get(), Some(Access::named_from()));
        });
    }
}

mod decisions {
    use super::*;

    fn count_as(number: u8, day: Day, counts: &[(u32, u32, u32)]) -> DispatchResult {
        let counts: Vec<_> = counts
            .iter()
            .map(|(grant, allowed, denied)| DecisionCount {
                grant: GrantId::new(*grant),
                allowed: *allowed,
                denied: *denied,
            })
            .collect();
        Access::count_decisions(signed(number), platform_of(number), day, counts.try_into().unwrap())
    }

    fn open_point() {
        assert_ok!(Access::open_decisions(signed(1), PLATFORM));
    }

    #[test]
    fn a_platforms_account_opens_it_with_its_key() {
        run(|| {
            open_point();
            let since = Moment::new(NOON);
            let expected = DecisionPoint { department: PROVIDER, key: public(1), since };
            assert_eq!(DecisionPoints::<Test>::get(PLATFORM), Some(expected));
            assert_eq!(last_event(), Event::DecisionsOpened { system: PLATFORM, key: account(1) });
            let said = DecisionsOpened::decode_all(&mut &Recorded::get().pop().unwrap().body[..]).unwrap();
            assert_eq!((said.system, said.key), (PLATFORM, public(1)));
            assert_noop!(Access::open_decisions(signed(3), PLATFORM), Error::<Test>::DecisionsOpen);
            assert_noop!(Access::open_decisions(signed(1), UNNAMED), Error::<Test>::KeyDecides);
            assert_noop!(Access::open_decisions(signed(2), UNNAMED), MISSING);
            assert_noop!(Access::open_decisions(signed(2), BUSINESS), Error::<Test>::NotAPlatform);
            assert_noop!(Access::open_decisions(signed(2), SystemId::new(99)), Error::<Test>::UnknownPlatform);
        });
    }

    #[test]
    fn its_key_or_an_admin_closes_it() {
        run(|| {
            assert_noop!(Access::close_decisions(signed(1), PLATFORM), Error::<Test>::NoDecisions);
            open_point();
            assert_noop!(Access::close_decisions(signed(3), PLATFORM), Error::<Test>::NotPermitted);
            assert_ok!(Access::close_decisions(signed(1), PLATFORM));
            assert_eq!(last_event(), Event::DecisionsClosed { system: PLATFORM });
            assert!(!DecisionKeys::<Test>::contains_key(public(1)));
            open_point();
            assert_ok!(Access::close_decisions(RuntimeOrigin::signed(admin()), PLATFORM));
            let said = DecisionsClosed::decode_all(&mut &Recorded::get().pop().unwrap().body[..]).unwrap();
            assert_eq!((said.key, said.signed_as.role), (public(1), Role::Admin));
        });
    }

    #[test]
    fn a_later_report_takes_the_place_of_an_earlier_one() {
        run(|| {
            open_point();
            assert_ok!(count_as(1, today(), &[(1, 5, 1)]));
            assert_ok!(count_as(1, today(), &[(1, 8, 1)]));
            assert_eq!(Tallies::<Test>::get(today(), GRANT).allowed, 8);
            assert_eq!(Answered::<Test>::get((today(), GRANT, PLATFORM)), Answers { allowed: 8, denied: 1 });
            assert_eq!(last_event(), Event::DecisionsCounted { system: PLATFORM, day: today(), grants: 1 });
            let said = DecisionsCounted::decode_all(&mut &Recorded::get().pop().unwrap().body[..]).unwrap();
            assert_eq!((said.system, said.day, said.counts[0].allowed), (PLATFORM, today(), 8));
            assert_ok!(Access::open_decisions(signed(3), UNNAMED));
            assert_ok!(count_as(3, today(), &[(1, 2, 0)]));
            assert_eq!(Tallies::<Test>::get(today(), GRANT).allowed, 10, "points of one provider add up");
        });
    }

    #[test]
    fn what_it_allowed_is_compared_with_what_the_provider_reported() {
        run(|| {
            open_point();
            let ours = open_reconciling(1);
            report(1, ours, &[1, 2]);
            assert_ok!(count_as(1, today(), &[(1, 2, 9)]));
            let tomorrow = days_later(today(), 1);
            Now::set(NOON + DAY);
            assert_ok!(count_as(1, tomorrow, &[(1, 3, 0)]));
            assert_ok!(Batch::next(1, ours, &[at(NOON + DAY)]).send());
            pass_until_compared();
            let found = differences();
            assert_eq!(found.len(), 1);
            assert_eq!((found[0].day, found[0].allowed, found[0].consumer), (tomorrow, Some(3), None));
            assert_eq!((found[0].provider.map(|side| side.calls), found[0].ids_difference), (Some(1), Ids::default()));
            assert_eq!((Answered::<Test>::iter().count(), Differing::<Test>::iter().count()), (0, 0));
        });
    }

    #[test]
    fn a_provider_without_decision_points_is_held_to_them_no_more() {
        run(|| {
            open_point();
            let ours = open_reconciling(1);
            report(1, ours, &[1]);
            assert_ok!(count_as(1, today(), &[(1, 1, 0)]));
            Now::set(NOON + DAY);
            assert_ok!(Batch::next(1, ours, &[at(NOON + DAY)]).send());
            pass_until_compared();
            assert_eq!(differences().len(), 1, "the point is open and answered nothing");
            assert_ok!(Batch::next(1, ours, &[at(Now::get())]).send());
            assert_ok!(Access::close_decisions(signed(1), PLATFORM));
            pass_until_compared();
            assert_eq!(differences().len(), 1, "it is closed");
            assert_ok!(Access::open_decisions(signed(3), UNNAMED));
            assert_ok!(Batch::next(1, ours, &[at(Now::get())]).send());
            pass_until_compared();
            assert_eq!(differences().len(), 2, "another of the department is open");
        });
    }

    #[test]
    fn counts_are_of_days_that_are_waited_for() {
        run(|| {
            open_point();
            assert_noop!(count_as(1, days_later(today(), 1), &[(1, 1, 0)]), Error::<Test>::DayAhead);
            let before = Day::new(today().get() - u32::from(Lateness::get())).unwrap();
            assert_noop!(count_as(1, before.previous(), &[(1, 1, 0)]), Error::<Test>::DayCompared);
            assert_ok!(count_as(1, before, &[(1, 1, 0)]));
            pass(1);
            assert_noop!(count_as(1, before, &[(1, 2, 0)]), Error::<Test>::DayCompared);
            Lateness::set(10);
            assert_noop!(count_as(1, before, &[(1, 2, 0)]), Error::<Test>::DayCompared);
        });
    }

    #[test]
    fn counts_ascend_grow_and_are_of_grants_that_it_serves() {
        run(|| {
            assert_noop!(count_as(1, today(), &[(1, 1, 0)]), Error::<Test>::NoDecisions);
            open_point();
            let counts = vec![DecisionCount::default()].try_into().unwrap();
            let other = Access::count_decisions(signed(3), PLATFORM, today(), counts);
            assert_noop!(other, Error::<Test>::OtherKey);
            assert_noop!(count_as(1, today(), &[]), Error::<Test>::CountsMissing);
            grant(GrantTerms { grant: GrantId::new(2), ..terms() });
            for order in [[(2, 1, 0), (1, 1, 0)], [(1, 1, 0), (1, 1, 0)]] {
                assert_noop!(count_as(1, today(), &order), Error::<Test>::CountsOutOfOrder);
            }
            assert_noop!(count_as(1, today(), &[(9, 1, 0)]), Error::<Test>::UnknownGrant);
            let foreign = GrantTerms {
                grant: GrantId::new(3),
                provider: OTHER,
                platforms: vec![CONSUMER_PLATFORM].try_into().unwrap(),
                ..terms()
            };
            grant(foreign);
            assert_noop!(count_as(1, today(), &[(3, 1, 0)]), Error::<Test>::NotServing);
            assert_ok!(Access::open_decisions(signed(2), CONSUMER_PLATFORM));
            assert_noop!(count_as(2, today(), &[(1, 1, 0)]), Error::<Test>::NotServing);
            assert_ok!(count_as(1, today(), &[(1, 5, 5), (2, 1, 0)]));
            assert_noop!(count_as(1, today(), &[(1, 4, 5)]), Error::<Test>::CountsShrink);
            assert_noop!(count_as(1, today(), &[(1, 5, 4)]), Error::<Test>::CountsShrink);
            Revoked::set(vec![account(1)]);
            assert_noop!(count_as(1, today(), &[(1, 5, 5)]), MISSING);
        });
    }
}
