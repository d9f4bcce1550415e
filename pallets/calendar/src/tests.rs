//! One module per call and per act on a clock; every error has a test that produces it.

mod backlog;
mod machine;

use crate::{
    Aside, CurrentCalendar, CurrentParameters, Deadlines, Error, Place, Queue, QueueKey, Recomputing, mock::*,
};
use frame_support::{assert_noop, assert_ok};
use mulu_pallet_support::Clocks as _;
use mulu_proofs::{
    calendar::{
        CIVIL_DAY_MS, Day, DayLength, DeadlineEnd, DeadlineExtended, DeadlineKind, DeadlineOverdue, DeadlinePaused,
        DeadlineRecomputed, DeadlineResumed, DeadlineStarted, DeadlineStopped, FINISHED_KEPT_DAYS_MIN, Limit,
        Parameters, YEARS_MAX, YearCalendar,
    },
    ids::{DeadlineId, DepartmentId, Moment},
    records::{RecordKind, Subject},
    text::Text,
};
use sp_runtime::DispatchError;

const UNKNOWN: DeadlineId = DeadlineId::new(99);

/// The last day in time of a deadline that runs.
fn due_day(id: DeadlineId) -> Day {
    let due = Calendar::due(id).expect("runs");
    Calendar::day_of(Moment::new(due.get() - 1))
}

fn limits(kind: DeadlineKind, working_days: u16, extension: u16) -> Parameters {
    let limits = vec![Limit { kind, working_days, extension }].try_into().expect("one");
    Parameters { limits, ..Parameters::default() }
}

mod genesis {
    use super::*;

    #[test]
    fn parameters_and_years_are_on_record_in_block_1() {
        run(|| {
            assert_eq!(kinds(), [RecordKind::ParametersSet, RecordKind::CalendarSet]);
            assert_eq!(recorded::<Parameters>(RecordKind::ParametersSet), [Parameters::default()]);
            assert_eq!(recorded::<YearCalendar>(RecordKind::CalendarSet), [autumn()]);
            assert_eq!(last_record().department, DepartmentId::default());
            assert_eq!(Calendar::day_of(Moment::new(NOON)), day("2025-09-26"));
            assert_eq!(Calendar::limit(DeadlineKind::Provisioning).working_days, 20);
            assert!(Calendar::pauses_for_supplement());
        });
    }

    #[test]
    fn a_chain_for_development_has_short_days() {
        let day_length = DayLength::Short { ms: 5_000, since: Moment::new(NOON) };
        genesis(Parameters::default(), vec![autumn()], day_length).execute_with(|| {
            Now::set(NOON + 4 * 5_000);
            assert_eq!(Calendar::day_of(Moment::new(Now::get())), day("2025-09-30"));
            let id = start(1);
            // 1 to 8 October are eight days of five seconds.
            assert_eq!(Calendar::due(id), Some(Moment::new(NOON + 14 * 5_000)));
            Now::set(NOON + 14 * 5_000);
            assert!(Calendar::is_overdue(id));
        });
    }

    #[test]
    #[should_panic(expected = "a genesis day has a length")]
    fn a_day_longer_than_a_civil_one_is_no_genesis() {
        let day_length = DayLength::Short { ms: CIVIL_DAY_MS + 1, since: Moment::new(NOON) };
        genesis(Parameters::default(), Vec::new(), day_length);
    }

    #[test]
    #[should_panic(expected = "genesis gives year 2025 two calendars")]
    fn a_year_twice_is_no_genesis() {
        genesis(Parameters::default(), vec![autumn(), autumn()], DayLength::Civil);
    }

    #[test]
    #[should_panic(expected = "genesis parameters are within their bounds")]
    fn a_limit_of_nothing_is_no_genesis() {
        genesis(limits(DeadlineKind::Provisioning, 0, 0), Vec::new(), DayLength::Civil);
    }
}

mod set_year {
    use super::*;

    /// The autumn with 9 and 10 October off too.
    fn longer() -> YearCalendar {
        let mut holidays = autumn().holidays.into_inner();
        holidays.extend([day("2025-10-09"), day("2025-10-10")]);
        year(2025, &holidays, &autumn().make_up)
    }

    #[test]
    fn a_change_moves_the_answer_at_once_and_the_record_follows() {
        run(|| {
            let (moved, near) = (start(10), start(1));
            assert_eq!((due_day(moved), due_day(near)), (day("2025-10-16"), day("2025-09-28")));
            assert_ok!(Calendar::set_year(RuntimeOrigin::root(), longer()));
            assert_eq!(last_record().kind, RecordKind::CalendarSet);
            assert_eq!((due_day(moved), due_day(near)), (day("2025-10-20"), day("2025-09-28")));
            assert_eq!(Deadlines::<Test>::get(moved).expect("open").place, Place::Queue(day("2025-10-16")));
            next_block();
            assert_eq!(Deadlines::<Test>::get(moved).expect("open").place, Place::Queue(day("2025-10-20")));
            let recomputed: Vec<DeadlineRecomputed> = recorded(RecordKind::DeadlineRecomputed);
            assert_eq!((recomputed.len(), recomputed[0].id), (1, moved));
            assert_eq!((recomputed[0].before, recomputed[0].after.day), (day("2025-10-16"), day("2025-10-20")));
            System::assert_has_event(crate::Event::DeadlineRecomputed { recomputed: recomputed[0].clone() }.into());
        });
    }

    #[test]
    fn what_is_over_and_what_stands_still_are_not_recomputed() {
        run(|| {
            let (paused, overdue) = (start(10), start(1));
            assert_ok!(Calendar::pause(paused));
            noon_of("2025-09-29");
            assert!(Calendar::is_overdue(overdue));
            assert_ok!(Calendar::set_year(RuntimeOrigin::root(), longer()));
            next_block();
            assert!(recorded::<DeadlineRecomputed>(RecordKind::DeadlineRecomputed).is_empty());
            assert!(Calendar::is_overdue(overdue));
            assert_ok!(Calendar::resume(paused));
            assert_eq!(due_day(paused), day("2025-10-21"));
        });
    }

    #[test]
    fn many_deadlines_are_recomputed_by_so_many_a_block_and_none_is_recorded_overdue_meanwhile() {
        run(|| {
            BlockWork::set(10);
            let overdue = start(1);
            let moved: Vec<DeadlineId> = (0..95).map(|_| start(10)).collect();
            noon_of("2025-09-30");
            assert_ok!(Calendar::set_year(RuntimeOrigin::root(), longer()));
            for block in 1..=9 {
                next_block();
                let recomputed = recorded::<DeadlineRecomputed>(RecordKind::DeadlineRecomputed).len();
                assert!(recomputed <= block * 10 && recomputed + 1 >= block * 10);
                assert!(recorded::<DeadlineOverdue>(RecordKind::DeadlineOverdue).is_empty());
                assert!(moved.iter().all(|id| due_day(*id) == day("2025-10-20")) && Calendar::is_overdue(overdue));
                Calendar::do_try_state().expect("invariants hold while a change is worked in");
            }
            // One is stopped and one is started while the cursor walks.
            assert_ok!(Calendar::stop(moved[94]));
            let late = start(10);
            next_block();
            assert!(!Recomputing::<Test>::exists());
            next_block();
            assert_eq!(recorded::<DeadlineOverdue>(RecordKind::DeadlineOverdue)[0].id, overdue);
            let recomputed: Vec<DeadlineRecomputed> = recorded(RecordKind::DeadlineRecomputed);
            assert!(recomputed.len() >= 94 && recomputed.iter().all(|recomputed| recomputed.id != late));
        });
    }

    #[test]
    fn a_year_without_calendar_says_so_until_it_has_one() {
        run(|| {
            noon_of("2025-12-31");
            start(1);
            let started: Vec<DeadlineStarted> = recorded(RecordKind::DeadlineStarted);
            assert_eq!((started[0].due.day, started[0].due.weekends_only), (day("2026-01-01"), true));
            let new_year = year(2026, &[day("2026-01-01"), day("2026-01-02")], &[day("2026-01-04")]);
            assert_ok!(Calendar::set_year(RuntimeOrigin::root(), new_year));
            next_block();
            let recomputed: Vec<DeadlineRecomputed> = recorded(RecordKind::DeadlineRecomputed);
            assert_eq!((recomputed[0].after.day, recomputed[0].after.weekends_only), (day("2026-01-04"), false));
        });
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        run(|| {
            let set = |year| Calendar::set_year(RuntimeOrigin::root(), year);
            let today = day("2025-09-26");
            assert_noop!(set(year(2025, &[today], &[])), Error::<Test>::DayPassed);
            assert_noop!(set(year(2025, &[], &[day("2025-10-10")])), Error::<Test>::CalendarInvalid);
            assert_noop!(set(year(2025, &[day("2026-01-01")], &[])), Error::<Test>::CalendarInvalid);
            assert_noop!(set(year(2025, &[day("2025-10-02"), day("2025-10-01")], &[])), Error::<Test>::CalendarInvalid);
            let weekend = day("2025-10-11");
            assert_noop!(set(year(2025, &[weekend], &[weekend])), Error::<Test>::CalendarInvalid);
            assert_noop!(set(year(1969, &[], &[])), Error::<Test>::CalendarInvalid);
            let unnamed = YearCalendar { source: Text::default(), ..autumn() };
            assert_noop!(set(unnamed), Error::<Test>::CalendarInvalid);
            for number in (2026..).take(YEARS_MAX as usize - 1) {
                assert_ok!(set(year(number, &[], &[])));
            }
            assert_noop!(set(year(2100, &[], &[])), Error::<Test>::TooManyYears);
        });
    }

    #[test]
    fn nobody_but_governance_sets_it() {
        run(|| {
            let somebody = RuntimeOrigin::signed([1; 32].into());
            assert_noop!(Calendar::set_year(somebody.clone(), autumn()), DispatchError::BadOrigin);
            let parameters = Parameters::default();
            assert_noop!(Calendar::set_parameters(somebody, parameters), DispatchError::BadOrigin);
        });
    }
}

mod set_parameters {
    use super::*;

    #[test]
    fn limits_and_the_first_day_hold_for_what_starts_later() {
        run(|| {
            let before = start(2);
            let kind = DeadlineKind::RequestReplyConditional;
            let parameters = Parameters { day_zero_counts: true, pauses_for_supplement: false, ..limits(kind, 8, 1) };
            assert_ok!(Calendar::set_parameters(RuntimeOrigin::root(), parameters.clone()));
            assert_eq!(recorded::<Parameters>(RecordKind::ParametersSet).last(), Some(&parameters));
            System::assert_last_event(crate::Event::ParametersSet { parameters }.into());
            assert_eq!((due_day(before), due_day(start(2))), (day("2025-09-29"), day("2025-09-28")));
            assert_eq!(Calendar::limit(kind), Limit { kind, working_days: 8, extension: 1 });
            assert!(!Calendar::pauses_for_supplement());
        });
    }

    #[test]
    fn the_offset_moves_the_end_of_later_days_alone() {
        run(|| {
            let yesterday = start(1);
            noon_of("2025-09-29");
            let tomorrow = start(1);
            let before = (Calendar::due(yesterday), Calendar::due(tomorrow).expect("runs"));
            let east = Parameters { utc_offset_minutes: 540, ..Parameters::default() };
            assert_ok!(Calendar::set_parameters(RuntimeOrigin::root(), east));
            assert_eq!(Calendar::due(yesterday), before.0);
            assert_eq!(Calendar::due(tomorrow), Some(Moment::new(before.1.get() - HOUR)));
            next_block();
            assert!(recorded::<DeadlineRecomputed>(RecordKind::DeadlineRecomputed).is_empty());
        });
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        run(|| {
            let set = |parameters| Calendar::set_parameters(RuntimeOrigin::root(), parameters);
            let offset = |minutes| Parameters { utc_offset_minutes: minutes, ..Parameters::default() };
            assert_noop!(set(limits(DeadlineKind::Provisioning, 0, 0)), Error::<Test>::ParametersInvalid);
            assert_noop!(set(offset(900)), Error::<Test>::ParametersInvalid);
            let kept = |days| Parameters { finished_kept_days: days, ..Parameters::default() };
            assert_noop!(set(kept(FINISHED_KEPT_DAYS_MIN - 1)), Error::<Test>::ParametersInvalid);
            assert_ok!(set(kept(FINISHED_KEPT_DAYS_MIN)));
            assert_eq!(Calendar::finished_kept_days(), FINISHED_KEPT_DAYS_MIN);
            assert_noop!(set(offset(-300)), Error::<Test>::OffsetStep);
            for place in 1..16 {
                Now::mutate(|now| *now += DAY);
                assert_ok!(set(offset(if place % 2 == 0 { 480 } else { 540 })));
            }
            Now::mutate(|now| *now += DAY);
            assert_noop!(set(offset(600)), Error::<Test>::TooManyOffsets);
            assert_eq!(CurrentParameters::<Test>::get().utc_offset_minutes, 540);
        });
    }
}

mod start {
    use super::*;

    #[test]
    fn a_deadline_gets_the_next_id_and_stands_in_the_queue() {
        run(|| {
            let id = start(10);
            assert_eq!((id, start(10)), (DeadlineId::new(1), DeadlineId::new(2)));
            assert!(Queue::<Test>::contains_key(QueueKey::new(day("2025-10-16"), id)));
            let started: DeadlineStarted = recorded(RecordKind::DeadlineStarted).swap_remove(0);
            assert_eq!((started.id, started.due.day), (id, day("2025-10-16")));
            assert_eq!(Some(started.due.moment), Calendar::due(id));
            System::assert_has_event(crate::Event::DeadlineStarted { started }.into());
            let record = last_record();
            let subjects = [Subject::Deadline(DeadlineId::new(2)), SUBJECT, Subject::Department(PROVIDER)];
            assert_eq!((record.department, record.signer, record.subjects), (PROVIDER, None, subjects.to_vec()));
        });
    }

    #[test]
    fn a_term_has_at_least_one_working_day_and_an_end() {
        run(|| {
            for working_days in [0, 1_001] {
                let kind = DeadlineKind::Rectification;
                let refused = Calendar::start(kind, SUBJECT, PROVIDER, working_days);
                assert_noop!(refused, Error::<Test>::TermInvalid);
            }
            assert_ok!(Calendar::start(DeadlineKind::Rectification, SUBJECT, PROVIDER, 1_000));
        });
    }

    #[test]
    fn a_term_that_counts_from_an_earlier_day_may_have_ended_but_none_counts_from_a_later_one() {
        run(|| {
            noon_of("2025-09-30");
            let from = |from| Calendar::start_from(DeadlineKind::CatalogUpdate, SUBJECT, PROVIDER, 10, day(from));
            assert_noop!(from("2025-10-01"), Error::<Test>::DayAhead);
            let late = from("2025-09-01").expect("starts");
            assert!(Calendar::is_overdue(late));
            assert_eq!(from("2025-09-30").map(Calendar::due), Ok(Calendar::due(start(10))));
        });
    }
}

mod pause {
    use super::*;

    #[test]
    fn a_paused_deadline_is_due_never_and_later_by_its_working_days() {
        run(|| {
            let id = start(10);
            noon_of("2025-09-30");
            assert_ok!(Calendar::pause(id));
            assert_eq!(Calendar::due(id), None);
            assert_eq!(Queue::<Test>::iter_keys().count(), 0);
            let paused: DeadlinePaused = recorded(RecordKind::DeadlinePaused).swap_remove(0);
            assert_eq!((paused.id, paused.since), (id, day("2025-09-30")));
            System::assert_last_event(crate::Event::DeadlinePaused { paused }.into());
            noon_of("2025-12-01");
            next_block();
            assert!(!Calendar::is_overdue(id));
            noon_of("2025-10-10");
            assert_ok!(Calendar::resume(id));
            let resumed: DeadlineResumed = recorded(RecordKind::DeadlineResumed).swap_remove(0);
            assert_eq!((resumed.on, resumed.paused_days), (day("2025-10-10"), 2));
            assert_eq!((resumed.due.day, due_day(id)), (day("2025-10-20"), day("2025-10-20")));
            System::assert_last_event(crate::Event::DeadlineResumed { resumed }.into());
        });
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        run(|| {
            let id = start(1);
            assert_noop!(Calendar::resume(id), Error::<Test>::NotPaused);
            assert_noop!(Calendar::pause(UNKNOWN), Error::<Test>::UnknownDeadline);
            assert_noop!(Calendar::resume(UNKNOWN), Error::<Test>::UnknownDeadline);
            assert_ok!(Calendar::pause(id));
            assert_noop!(Calendar::pause(id), Error::<Test>::Paused);
            assert_ok!(Calendar::resume(id));
            noon_of("2025-09-29");
            assert_noop!(Calendar::pause(id), Error::<Test>::AlreadyOverdue);
        });
    }
}

mod extend {
    use super::*;

    #[test]
    fn an_extension_moves_the_end_and_may_come_during_a_pause() {
        run(|| {
            let id = start(10);
            assert_ok!(Calendar::extend(id, 4));
            let extended: DeadlineExtended = recorded(RecordKind::DeadlineExtended).swap_remove(0);
            assert_eq!((extended.working_days, extended.due.map(|due| due.day)), (4, Some(due_day(id))));
            assert_eq!(due_day(id), day("2025-10-22"));
            System::assert_last_event(crate::Event::DeadlineExtended { extended }.into());
            assert_ok!(Calendar::pause(id));
            assert_ok!(Calendar::extend(id, 6));
            assert_eq!(recorded::<DeadlineExtended>(RecordKind::DeadlineExtended)[1].due, None);
            assert_ok!(Calendar::resume(id));
            assert_eq!(due_day(id), day("2025-10-30"));
        });
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        run(|| {
            let id = start(1);
            assert_noop!(Calendar::extend(id, 0), Error::<Test>::TermInvalid);
            assert_noop!(Calendar::extend(UNKNOWN, 1), Error::<Test>::UnknownDeadline);
            assert_noop!(Calendar::extend(id, 11), Error::<Test>::ExtensionOverLimit);
            assert_ok!(Calendar::extend(id, 6));
            assert_noop!(Calendar::extend(id, 5), Error::<Test>::ExtensionOverLimit);
            let unextendable =
                Calendar::start(DeadlineKind::Provisioning, SUBJECT, PROVIDER, 20).expect("within bounds");
            assert_noop!(Calendar::extend(unextendable, 1), Error::<Test>::ExtensionOverLimit);
            noon_of("2025-12-01");
            assert_noop!(Calendar::extend(id, 1), Error::<Test>::AlreadyOverdue);
        });
    }
}

mod stop {
    use super::*;

    #[test]
    fn what_is_stopped_to_the_last_millisecond_of_its_day_is_met() {
        run(|| {
            let id = start(1);
            Now::set(Calendar::due(id).expect("runs").get() - 1);
            assert_eq!(Calendar::stop(id), Ok(true));
            let stopped: DeadlineStopped = recorded(RecordKind::DeadlineStopped).swap_remove(0);
            assert_eq!((stopped.id, stopped.end), (id, DeadlineEnd::Met));
            System::assert_last_event(crate::Event::DeadlineStopped { stopped }.into());
            assert!(Deadlines::<Test>::iter_keys().next().is_none() && Queue::<Test>::iter_keys().next().is_none());
            assert_eq!((Calendar::due(id), Calendar::is_overdue(id)), (None, false));
            assert_noop!(Calendar::stop(id), Error::<Test>::UnknownDeadline);
        });
    }

    #[test]
    fn what_nobody_has_to_do_any_more_was_neither_met_nor_missed() {
        run(|| {
            let (needless, paused, late) = (start(10), start(10), start(1));
            assert_ok!(Calendar::pause(paused));
            assert_ok!(Calendar::cancel(needless));
            assert_ok!(Calendar::cancel(paused));
            noon_of("2025-10-20");
            // What was overdue before it became needless was missed, and is on record as that.
            assert_ok!(Calendar::cancel(late));
            let stopped: Vec<DeadlineStopped> = recorded(RecordKind::DeadlineStopped);
            let ends: Vec<_> = stopped.iter().map(|stopped| (stopped.id, stopped.end)).collect();
            use DeadlineEnd::{Missed, Needless};
            assert_eq!(ends, [(needless, Needless), (paused, Needless), (late, Missed)]);
            assert_eq!(recorded::<DeadlineOverdue>(RecordKind::DeadlineOverdue).len(), 1);
            assert_noop!(Calendar::cancel(late), Error::<Test>::UnknownDeadline);
        });
    }

    #[test]
    fn a_deadline_that_ends_late_is_on_record_as_overdue_before_its_end() {
        run(|| {
            let (lagging, recorded_in_time) = (start(1), start(1));
            noon_of("2025-09-29");
            assert_eq!(Calendar::stop(lagging), Ok(false));
            next_block();
            assert_eq!(Calendar::stop(recorded_in_time), Ok(false));
            use RecordKind::{DeadlineOverdue as Overdue, DeadlineStopped as Stopped};
            assert!(kinds().ends_with(&[Overdue, Stopped, Overdue, Stopped]));
            let overdue: Vec<DeadlineOverdue> = recorded(RecordKind::DeadlineOverdue);
            assert_eq!(overdue.iter().map(|overdue| overdue.id).collect::<Vec<_>>(), [lagging, recorded_in_time]);
        });
    }

    #[test]
    fn what_the_queue_does_not_hold_stands_beside_it_in_due_order() {
        run(|| {
            let (first, second, paused, stopped) = (start(1), start(2), start(1), start(1));
            assert_ok!(Calendar::pause(paused));
            noon_of("2025-10-20");
            next_block();
            assert_ok!(Calendar::stop(stopped));
            let aside = || Aside::<Test>::iter_keys().map(|key| (key.day(), key.id())).collect::<Vec<_>>();
            let [monday, sunday] = ["2025-09-29", "2025-09-28"].map(day);
            assert_eq!(aside(), [(sunday, first), (monday, second), (Day::MAX, paused)]);
            assert!(Queue::<Test>::iter_keys().next().is_none());
            assert_ok!(Calendar::resume(paused));
            assert_ok!(Calendar::stop(first));
            assert_eq!((aside(), Queue::<Test>::iter_keys().count()), (vec![(monday, second)], 1));
        });
    }

    #[test]
    fn who_listens_hears_of_each_overdue_deadline_once_with_its_record() {
        run(|| {
            let (recorded_by_block, stopped_late, in_time) = (start(1), start(1), start(1));
            assert_ok!(Calendar::stop(in_time));
            noon_of("2025-09-29");
            assert!(Heard::get().is_empty(), "the fact is there, the record is not");
            assert_eq!(Calendar::stop(stopped_late), Ok(false));
            assert_eq!(Heard::get(), [(stopped_late, day("2025-09-28"))]);
            next_block();
            next_block();
            assert_eq!(Heard::get()[1..], [(recorded_by_block, day("2025-09-28"))]);
        });
    }

    #[test]
    fn who_listens_may_stop_the_deadline_that_it_hears_of() {
        run(|| {
            let id = Calendar::start(DeadlineKind::DisputeAppeal, SUBJECT, PROVIDER, 1).expect("within bounds");
            noon_of("2025-09-29");
            next_block();
            assert!(!Deadlines::<Test>::contains_key(id));
            assert_eq!(kinds()[kinds().len() - 2..], [RecordKind::DeadlineOverdue, RecordKind::DeadlineStopped]);
        });
    }

    #[test]
    fn a_paused_deadline_is_stopped_in_time() {
        run(|| {
            let id = start(1);
            assert_ok!(Calendar::pause(id));
            noon_of("2025-12-01");
            assert_eq!(Calendar::stop(id), Ok(true));
            assert_eq!(recorded::<DeadlineStopped>(RecordKind::DeadlineStopped)[0].due, None);
            assert_eq!(CurrentCalendar::<Test>::get().years.len(), 1);
        });
    }
}
