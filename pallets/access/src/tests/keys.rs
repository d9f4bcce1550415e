//! A platform's key is stolen: the report, what follows from it, and what is said of the events.

use super::*;
use crate::{
    Compromised, Compromises, DecisionKeys, DecisionPoints, Halted, KeyStreams, OpenRepudiations, Repudiations, Span,
    Spans,
};
use mulu_proofs::{
    access::{EventsRepudiated, KeyCompromised, RepudiationDecided, StreamReopened},
    text::Text,
};

const STOLEN: (u64, u64) = (NOON - 5 * HOUR, NOON - HOUR);

fn said(text: &str) -> Text<512> {
    Text::new(text).unwrap()
}

fn report_as(who: &AccountId32, key: u8, (from, to): (u64, u64)) -> DispatchResult {
    let (from, to) = (Moment::new(from), Moment::new(to));
    Access::report_compromise(RuntimeOrigin::signed(who.clone()), PLATFORM, public(key), from, to, said("外泄"))
}

/// The admin reports key 1; the record of it.
fn report() -> RecordNumber {
    assert_ok!(report_as(&admin(), 1, STOLEN));
    last_number()
}

fn last_number() -> RecordNumber {
    RecordNumber::new(Recorded::get().len() as u64)
}

fn repudiate_as(who: &AccountId32, report: RecordNumber, stream: StreamId, range: (u64, u64)) -> DispatchResult {
    let (first, last) = (EventNumber::new(range.0), EventNumber::new(range.1));
    Access::repudiate(RuntimeOrigin::signed(who.clone()), report, stream, first, last, said("非本平台报告"))
}

fn decide_as(who: &AccountId32, repudiation: RecordNumber) -> DispatchResult {
    Access::decide_repudiation(RuntimeOrigin::signed(who.clone()), repudiation, true, said("属实"))
}

fn body<B: codec::Decode>() -> B {
    B::decode_all(&mut &Recorded::get().pop().unwrap().body[..]).unwrap()
}

/// A stream of key 1 with three events.
fn reported_stream() -> StreamId {
    let stream = open(1);
    assert_ok!(Batch::next(1, stream, &[event(), event(), at(NOON)]).send());
    stream
}

mod report_compromise {
    use super::*;

    #[test]
    fn every_open_stream_of_the_key_is_halted_with_its_cursor() {
        run(|| {
            let (stolen, idle, other) = (reported_stream(), open(1), open(3));
            let cursor = Streams::<Test>::get(stolen).unwrap();
            let next = Batch::next(1, stolen, &[at(NOON)]);
            let record = report();
            assert_eq!(Halted::<Test>::get(stolen), Some(cursor));
            assert!(Halted::<Test>::contains_key(idle) && Streams::<Test>::contains_key(other));
            assert_eq!(OpenStreams::<Test>::get(PLATFORM), 2, "they wait for another key and take their places");
            next.refuse(Error::StreamHalted);
            assert_eq!(last_event(), Event::KeyCompromised { record, key: public(1), halted: 2 });
            let appended = Recorded::get().pop().unwrap();
            assert_eq!((appended.kind, appended.department), (RecordKind::KeyCompromised, PROVIDER));
            let streams = [Subject::Stream(stolen), Subject::Stream(idle)];
            assert_eq!(appended.subjects[..2], [Subject::Account(public(1)), Subject::System(PLATFORM)]);
            assert_eq!(appended.subjects[2..], streams);
            let said: KeyCompromised = body();
            assert_eq!((said.platform, said.key, said.halted.to_vec()), (PLATFORM, public(1), vec![stolen, idle]));
            assert_eq!((said.from, said.to), (Moment::new(STOLEN.0), Moment::new(STOLEN.1)));
            assert_eq!(said.signed_as.role, Role::Admin);
            let span = Span { first: EventNumber::new(1), last: EventNumber::new(3) };
            assert_eq!(Spans::<Test>::get(stolen, public(1)), Some(span));
            assert_eq!(Spans::<Test>::get(idle, public(1)), None, "it signed nothing there");
        });
    }

    #[test]
    fn the_key_opens_nothing_more_and_decides_nothing() {
        run(|| {
            assert_ok!(Access::open_decisions(signed(1), PLATFORM));
            report();
            assert!(!DecisionPoints::<Test>::contains_key(PLATFORM) && !DecisionKeys::<Test>::contains_key(public(1)));
            assert_noop!(Access::open_stream(signed(1), PLATFORM, false), Error::<Test>::KeyIsCompromised);
            assert_noop!(Access::open_decisions(signed(1), PLATFORM), Error::<Test>::KeyIsCompromised);
        });
    }

    #[test]
    fn admin_or_head_of_the_platforms_department_reports_it() {
        run(|| {
            assert_noop!(report_as(&account(1), 1, STOLEN), MISSING);
            assert_noop!(report_as(&officer(), 1, STOLEN), MISSING);
            let unknown = SystemId::new(99);
            let report = |platform, key| {
                let (from, to) = (Moment::new(STOLEN.0), Moment::new(STOLEN.1));
                Access::report_compromise(RuntimeOrigin::signed(head()), platform, key, from, to, said("外泄"))
            };
            assert_noop!(report(unknown, public(1)), Error::<Test>::UnknownPlatform);
            assert_noop!(report(BUSINESS, public(1)), Error::<Test>::NotAPlatform);
            assert_noop!(report(PLATFORM, public(2)), Error::<Test>::KeyOfOther);
            assert_noop!(report(PLATFORM, [77; 32]), Error::<Test>::KeyOfOther);
            assert_ok!(report(PLATFORM, public(1)));
            assert_eq!(body::<KeyCompromised>().signed_as.role, Role::Head);
        });
    }

    #[test]
    fn the_time_has_been_and_the_report_says_what_is_known() {
        run(|| {
            for period in [(NOON, NOON), (NOON, NOON - 1), (NOON - 1, NOON + 60_001)] {
                assert_noop!(report_as(&admin(), 1, period), Error::<Test>::PeriodInvalid);
            }
            let (from, to) = (Moment::new(STOLEN.0), Moment::new(STOLEN.1));
            let origin = RuntimeOrigin::signed(admin());
            let silent = Access::report_compromise(origin, PLATFORM, public(1), from, to, said(""));
            assert_noop!(silent, Error::<Test>::StatementMissing);
            assert_ok!(report_as(&admin(), 1, (0, NOON)));
            assert_ok!(report_as(&admin(), 1, (0, NOON + 60_000)));
        });
    }

    #[test]
    fn a_key_that_was_replaced_is_reported_by_the_department_whose_it_was() {
        run(|| {
            let stream = reported_stream();
            Replaced::set(vec![account(1)]);
            let compromise = report();
            assert!(Halted::<Test>::contains_key(stream));
            assert_ok!(repudiate_as(&head(), compromise, stream, (1, 3)));
            assert_ok!(Access::reopen_stream(signed(3), stream));
        });
    }

    #[test]
    fn a_later_report_names_a_longer_time() {
        run(|| {
            let first = report();
            for period in [STOLEN, (STOLEN.0 + 1, NOON), (0, STOLEN.1 - 1)] {
                assert_noop!(report_as(&head(), 1, period), Error::<Test>::AlreadyReported);
            }
            assert_ok!(report_as(&head(), 1, (0, STOLEN.1)));
            let second = last_number();
            assert_eq!(Compromised::<Test>::get(public(1)).unwrap().record, second);
            assert_eq!(Compromises::<Test>::get(first), Compromises::<Test>::get(second));
        });
    }
}

mod reopen_stream {
    use super::*;

    #[test]
    fn another_key_goes_on_where_the_stream_was_halted() {
        run(|| {
            let stream = reported_stream();
            let halted = Streams::<Test>::get(stream).unwrap();
            report();
            assert_ok!(Access::reopen_stream(signed(3), stream));
            assert_eq!(last_event(), Event::StreamReopened { stream, key: account(3), next: EventNumber::new(4) });
            let said: StreamReopened = body();
            assert_eq!((said.stream, said.platform, said.key), (stream, PLATFORM, public(3)));
            assert_eq!((said.next, said.previous), (halted.next, halted.previous));
            assert_eq!(KeyStreams::<Test>::get(public(3), stream), Some(EventNumber::new(4)));
            assert_eq!(OpenStreams::<Test>::get(PLATFORM), 1);
            let next = Batch::next(3, stream, &[at(NOON)]);
            assert_noop!(next.send_as(1), Error::<Test>::OtherKey);
            assert_ok!(next.send());
            assert_ok!(Access::close_stream(signed(3), stream));
            let span = Span { first: EventNumber::new(4), last: EventNumber::new(4) };
            assert_eq!(Spans::<Test>::get(stream, public(3)), Some(span));
        });
    }

    #[test]
    fn a_stream_whose_key_was_replaced_is_taken_over_and_its_events_can_still_be_repudiated() {
        run(|| {
            let stream = reported_stream();
            Replaced::set(vec![account(1)]);
            assert_ok!(Access::reopen_stream(signed(3), stream));
            assert_eq!(last_event(), Event::StreamReopened { stream, key: account(3), next: EventNumber::new(4) });
            assert!(!KeyStreams::<Test>::contains_key(public(1), stream));
            assert_eq!(OpenStreams::<Test>::get(PLATFORM), 1);
            assert_ok!(Batch::next(3, stream, &[at(NOON)]).send());
            let compromise = report();
            assert!(Streams::<Test>::contains_key(stream), "it is another key's by now");
            assert_noop!(repudiate_as(&head(), compromise, stream, (3, 4)), Error::<Test>::NotOfKey);
            assert_ok!(repudiate_as(&head(), compromise, stream, (2, 3)));
        });
    }

    #[test]
    fn a_key_that_lost_its_role_loses_its_streams_to_another_for_good() {
        run(|| {
            let (stream, idle) = (reported_stream(), open(1));
            Revoked::set(vec![account(1)]);
            assert_noop!(Access::reopen_stream(signed(1), stream), MISSING);
            assert_ok!(Access::reopen_stream(signed(3), stream));
            assert_ok!(Access::reopen_stream(signed(3), idle));
            Revoked::set(vec![account(3)]);
            for id in [stream, idle] {
                assert_noop!(Access::reopen_stream(signed(1), id), Error::<Test>::KeyHadStream);
            }
        });
    }

    #[test]
    fn only_halted_streams_are_reopened_and_never_under_a_stolen_key() {
        run(|| {
            let (stream, other) = (open(1), open(3));
            assert_noop!(Access::reopen_stream(signed(3), stream), Error::<Test>::NotHalted);
            report();
            assert_noop!(Access::reopen_stream(signed(1), stream), Error::<Test>::KeyIsCompromised);
            assert_noop!(Access::reopen_stream(signed(2), stream), MISSING);
            assert_noop!(Access::reopen_stream(signed(3), other), Error::<Test>::NotHalted);
            assert_noop!(Access::reopen_stream(signed(3), StreamId::new(9)), Error::<Test>::UnknownStream);
            assert_ok!(Access::close_stream(signed(3), other));
            for _ in 0..MAX_STREAMS {
                assert_ok!(Access::open_stream(signed(3), UNNAMED, false));
            }
            assert_noop!(Access::reopen_stream(signed(3), stream), Error::<Test>::TooManyStreams);
            let crowded = Access::open_stream(signed(3), PLATFORM, false);
            assert_noop!(crowded, Error::<Test>::TooManyStreams);
        });
    }

    #[test]
    fn an_admin_closes_a_halted_stream_and_its_old_key_does_not() {
        run(|| {
            let stream = reported_stream();
            report();
            assert_noop!(Access::close_stream(signed(1), stream), Error::<Test>::NotPermitted);
            assert_ok!(Access::close_stream(RuntimeOrigin::signed(admin()), stream));
            assert_eq!(last_event(), Event::StreamClosed { stream, last: EventNumber::new(3) });
            assert_eq!((Halted::<Test>::get(stream), OpenStreams::<Test>::get(PLATFORM)), (None, 0));
            assert!(Spans::<Test>::contains_key(stream, public(1)), "its events can still be repudiated");
        });
    }
}

mod repudiate {
    use super::*;

    #[test]
    fn the_head_says_which_events_are_not_the_departments_own() {
        run(|| {
            let stream = reported_stream();
            let compromise = report();
            let before = LastInSeries::<Test>::get(Series::Grant(GRANT));
            assert_ok!(repudiate_as(&head(), compromise, stream, (2, 3)));
            let (first, last) = (EventNumber::new(2), EventNumber::new(3));
            assert_eq!(last_event(), Event::EventsRepudiated { record: last_number(), stream, first, last });
            let said: EventsRepudiated = body();
            assert_eq!((said.compromise, said.stream, said.key), (compromise, stream, public(1)));
            assert_eq!((said.first, said.last, said.signed_as.role), (first, last, Role::Head));
            assert_eq!(LastInSeries::<Test>::get(Series::Grant(GRANT)), before, "nothing is taken back");
            assert_eq!(OpenRepudiations::<Test>::get(PROVIDER), 1);
        });
    }

    #[test]
    fn events_of_streams_that_were_closed_and_reopened_can_be_repudiated() {
        run(|| {
            let (closed, reopened) = (reported_stream(), reported_stream());
            assert_ok!(Access::close_stream(signed(1), closed));
            let compromise = report();
            assert_ok!(Access::reopen_stream(signed(3), reopened));
            assert_ok!(Batch::next(3, reopened, &[at(NOON)]).send());
            assert_ok!(repudiate_as(&head(), compromise, closed, (1, 3)));
            assert_noop!(repudiate_as(&head(), compromise, reopened, (3, 4)), Error::<Test>::NotOfKey);
            assert_ok!(repudiate_as(&head(), compromise, reopened, (3, 3)));
        });
    }

    #[test]
    fn only_what_the_reported_key_signed_is_repudiated() {
        run(|| {
            let (stream, other) = (reported_stream(), open(3));
            assert_ok!(Batch::next(3, other, &[event()]).send());
            assert_noop!(repudiate_as(&head(), RecordNumber::new(1), stream, (1, 3)), Error::<Test>::UnknownCompromise);
            let compromise = report();
            for range in [(0, 3), (1, 4), (3, 2)] {
                assert_noop!(repudiate_as(&head(), compromise, stream, range), Error::<Test>::NotOfKey);
            }
            assert_noop!(repudiate_as(&head(), compromise, other, (1, 1)), Error::<Test>::NotOfKey);
            assert_noop!(repudiate_as(&admin(), compromise, stream, (1, 3)), MISSING);
            let (first, last, origin) = (EventNumber::new(1), EventNumber::new(3), RuntimeOrigin::signed(head()));
            let silent = Access::repudiate(origin, compromise, stream, first, last, said(""));
            assert_noop!(silent, Error::<Test>::StatementMissing);
            for number in 1..=u64::from(MAX_REPUDIATIONS) {
                assert_ok!(repudiate_as(&head(), compromise, stream, (number, number)));
            }
            let one_more = repudiate_as(&head(), compromise, stream, (3, 3));
            assert_noop!(one_more, Error::<Test>::TooManyRepudiations);
            for number in [1, 2] {
                let repudiation = RecordNumber::new(compromise.get() + number);
                assert_ok!(decide_as(&supervisor(), repudiation));
            }
            let one_more = repudiate_as(&head(), compromise, stream, (3, 3));
            assert_noop!(one_more, Error::<Test>::TooManyRepudiations);
        });
    }

    #[test]
    fn what_is_repudiated_is_not_repudiated_again_unless_that_was_rejected() {
        run(|| {
            let stream = reported_stream();
            let compromise = report();
            assert_ok!(repudiate_as(&head(), compromise, stream, (2, 3)));
            let repudiation = last_number();
            for range in [(1, 3), (2, 2), (3, 3)] {
                assert_noop!(repudiate_as(&head(), compromise, stream, range), Error::<Test>::AlreadyRepudiated);
            }
            let rejected =
                Access::decide_repudiation(RuntimeOrigin::signed(supervisor()), repudiation, false, said("不实"));
            assert_ok!(rejected);
            assert_eq!(crate::Repudiated::<Test>::iter().count(), 0);
            assert_ok!(repudiate_as(&head(), compromise, stream, (1, 2)));
            assert_ok!(decide_as(&supervisor(), last_number()));
            assert_noop!(repudiate_as(&head(), compromise, stream, (2, 3)), Error::<Test>::AlreadyRepudiated);
            assert_ok!(repudiate_as(&head(), compromise, stream, (3, 3)));
        });
    }
}

mod decide_repudiation {
    use super::*;

    #[test]
    fn a_supervisor_of_the_authority_decides_once() {
        run(|| {
            let stream = reported_stream();
            let compromise = report();
            assert_ok!(repudiate_as(&head(), compromise, stream, (2, 3)));
            let repudiation = last_number();
            assert_noop!(decide_as(&head(), repudiation), MISSING);
            assert_noop!(decide_as(&supervisor(), compromise), Error::<Test>::NotWaiting);
            let silent = Access::decide_repudiation(RuntimeOrigin::signed(supervisor()), repudiation, false, said(""));
            assert_noop!(silent, Error::<Test>::StatementMissing);
            assert_ok!(decide_as(&supervisor(), repudiation));
            let record = last_number();
            assert_eq!(last_event(), Event::RepudiationDecided { record, repudiation, upheld: true });
            let said: RepudiationDecided = body();
            assert_eq!((said.repudiation, said.upheld, said.signed_as.department), (repudiation, true, AUTHORITY));
            assert!(!OpenRepudiations::<Test>::contains_key(PROVIDER) && Repudiations::<Test>::iter().count() == 0);
            assert_noop!(decide_as(&supervisor(), repudiation), Error::<Test>::NotWaiting);
        });
    }

    #[test]
    fn nobody_decides_on_what_they_repudiated() {
        run(|| {
            assert_ok!(Access::open_stream(signed(5), OF_AUTHORITY, false));
            let stream = crate::LastStream::<Test>::get();
            assert_ok!(Batch::next(5, stream, &[reported(OF_AUTHORITY)]).send());
            let (from, to, origin) = (Moment::new(STOLEN.0), Moment::new(STOLEN.1), RuntimeOrigin::signed(both()));
            assert_ok!(Access::report_compromise(origin, OF_AUTHORITY, public(5), from, to, said("外泄")));
            assert_ok!(repudiate_as(&both(), last_number(), stream, (1, 1)));
            assert_noop!(decide_as(&both(), last_number()), Error::<Test>::SamePerson);
            assert_ok!(decide_as(&supervisor(), last_number()));
        });
    }

    #[test]
    fn without_an_authority_it_waits_for_one() {
        run(|| {
            let stream = open(2);
            assert_ok!(Batch::next(2, stream, &[reported(CONSUMER_PLATFORM)]).send());
            let (from, to, origin) = (Moment::new(STOLEN.0), Moment::new(STOLEN.1), RuntimeOrigin::signed(officer()));
            HeadOfConsumer::set(true);
            assert_ok!(Access::report_compromise(origin, CONSUMER_PLATFORM, public(2), from, to, said("外泄")));
            assert_ok!(repudiate_as(&officer(), last_number(), stream, (1, 1)));
            assert_noop!(decide_as(&supervisor(), last_number()), Error::<Test>::NoAuthority);
        });
    }
}
