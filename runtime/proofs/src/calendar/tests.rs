//! Counting against a naive count, the State Council's arrangements, pauses, and every refusal.

#![allow(clippy::unwrap_used, reason = "a test may")]

use super::*;
use crate::{
    ids::{DepartmentId, RequestId},
    records::Subject,
};
use codec::{Decode, Encode};
use proptest::{collection::btree_set, prelude::*};

const MIDNIGHT_2025_10_01: u64 = 1_759_248_000_000;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn days<const N: u32>(days: &[&str]) -> List<Day, N> {
    List::try_from(days.iter().map(|text| day(text)).collect::<Vec<_>>()).unwrap()
}

fn year(year: u16, holidays: &[&str], make_up: &[&str]) -> YearCalendar {
    YearCalendar { year, source: Text::new("test").unwrap(), holidays: days(holidays), make_up: days(make_up) }
}

fn arrangement(year: u16) -> YearCalendar {
    let json = match year {
        2025 => include_str!("../../../../chain-spec/calendars/2025.json"),
        _ => include_str!("../../../../chain-spec/calendars/2026.json"),
    };
    serde_json::from_str(json).unwrap()
}

/// 2025 and 2026 in China.
fn china() -> Calendar {
    let mut calendar = Calendar::new(DayLength::Civil, 480).unwrap();
    for year in [2025, 2026] {
        calendar.set_year(arrangement(year), Day::default()).unwrap();
    }
    calendar
}

fn deadline(started: &str, working_days: u16) -> Deadline {
    let kind = DeadlineKind::RequestReplyConditional;
    Deadline::start(kind, Subject::Request(RequestId::new(1)), DepartmentId::new(2), working_days, day(started), false)
}

fn due(deadline: &Deadline) -> Day {
    deadline.due(&china()).unwrap().day
}

mod days {
    use super::*;

    #[test]
    fn every_day_to_2400_follows_the_day_before_it() {
        let is_leap = |year: u16| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let (mut year, mut month, mut date) = (1970_u16, 1_u8, 1_u8);
        for number in 0..157_420 {
            let day = Day::new(number).unwrap();
            assert_eq!(day.civil(), (year, month, date));
            assert_eq!(Day::from_civil(year, month, date), Some(day));
            assert_eq!(day.is_weekend(), (number + 3) % 7 > 4);
            let length = match month {
                2 => 28 + u8::from(is_leap(year)),
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            date += 1;
            if date > length {
                (date, month) = (1, month + 1);
            }
            if month > 12 {
                (month, year) = (1, year + 1);
            }
        }
    }

    #[test]
    fn known_days_have_known_numbers() {
        assert_eq!(day("1970-01-01"), Day::default());
        assert_eq!(day("2025-10-01").get(), 20_362);
        assert_eq!(day("9999-12-31"), Day::MAX);
        assert_eq!(Day::MAX.next(), Day::MAX);
        assert_eq!(Day::default().previous(), Day::default());
        assert_eq!(format!("{:?}", day("2028-02-29")), "2028-02-29");
    }

    #[test]
    fn what_is_no_day_does_not_read() {
        for text in
            ["2025-02-29", "2025-13-01", "2025-00-10", "2025-04-31", "2025-4-1", "1969-12-31", "2025/10/01", "日"]
        {
            assert_eq!(text.parse::<Day>(), Err(DayError), "{text}");
            assert!(serde_json::from_value::<Day>(text.into()).is_err());
        }
        assert_eq!(Day::decode(&mut &Day::MAX.encode()[..]), Ok(Day::MAX));
        assert!(Day::decode(&mut &(Day::MAX.get() + 1).encode()[..]).is_err());
        assert_eq!(serde_json::to_value(day("2025-10-01")).unwrap(), "2025-10-01");
    }
}

mod counting {
    use super::*;

    #[test]
    fn the_shipped_years_are_whole_and_give_the_statutory_days() {
        for number in [2025, 2026] {
            let year = arrangement(number);
            assert_eq!((year.year, year.check()), (number, Ok(())));
            // 13 days since the rules of 2024; a weekday off beyond these is worked on a weekend.
            let off = year.holidays.iter().filter(|day| !day.is_weekend()).count();
            assert_eq!(off - year.make_up.len(), 13);
        }
    }

    #[test]
    fn holidays_make_up_days_and_year_ends_are_counted() {
        let calendar = china();
        let after = |from: &str, working_days| calendar.add_working_days(day(from), working_days).value;
        // Sunday 28 September is worked, 1 to 8 October are off, Saturday 11 October is worked.
        assert_eq!(after("2025-09-26", 1), day("2025-09-28"));
        assert_eq!(after("2025-09-26", 4), day("2025-10-09"));
        assert_eq!(after("2025-09-26", 10), day("2025-10-16"));
        // New Year's Friday is off, and its Sunday is worked.
        assert_eq!(after("2025-12-31", 1), day("2026-01-04"));
        assert_eq!(after("2025-12-30", 20), day("2026-01-28"));
        assert_eq!(after("2025-12-31", 0), day("2025-12-31"));
        assert_eq!(calendar.working_days_between(day("2025-12-31"), day("2026-12-31")).value, 248);
        assert_eq!(calendar.working_days_between(day("2026-01-05"), day("2025-12-31")).value, 0);
    }

    #[test]
    fn a_year_without_calendar_uses_weekends_and_says_so() {
        let calendar = china();
        let counted = calendar.add_working_days(day("2026-12-31"), 1);
        assert_eq!(counted, Counted { value: day("2027-01-01"), years_without_calendar: vec![2027] });
        let between = calendar.working_days_between(day("2024-12-27"), day("2025-01-02"));
        assert_eq!(between, Counted { value: 3, years_without_calendar: vec![2024] });
        assert!(calendar.year(2027).is_none() && calendar.is_working_day(day("2027-10-01")));
        let within = calendar.add_working_days(day("2025-12-31"), 5);
        assert_eq!(within.years_without_calendar, Vec::<u16>::new());
    }

    #[test]
    fn counting_ends_with_the_last_day() {
        let calendar = Calendar::default();
        assert_eq!(calendar.add_working_days(Day::MAX, 10).value, Day::MAX);
        assert_eq!(calendar.add_working_days(Day::MAX.previous(), 10).value, Day::MAX);
        assert_eq!(calendar.add_working_days(Day::default(), u32::MAX).value, Day::MAX);
    }

    /// Any arrangement of a year: days off anywhere, a third of the weekends worked at most.
    fn any_year(number: u16) -> impl Strategy<Value = YearCalendar> {
        let chosen = |days_max| btree_set(0_u32..365, 0..days_max);
        (chosen(100), chosen(60)).prop_map(move |(holidays, weekends)| {
            let first = Day::from_civil(number, 1, 1).unwrap();
            let holidays: Vec<Day> = holidays.into_iter().map(|place| first.plus(place)).collect();
            let weekends = weekends.into_iter().map(|place| first.plus(place));
            let make_up = weekends.filter(|day| day.is_weekend() && !holidays.contains(day)).collect::<Vec<_>>();
            YearCalendar {
                year: number,
                source: Text::new("any").unwrap(),
                holidays: List::try_from(holidays).unwrap(),
                make_up: List::try_from(make_up).unwrap(),
            }
        })
    }

    /// Four years of which the third has no calendar.
    fn any_calendar() -> impl Strategy<Value = Calendar> {
        (any_year(2027), any_year(2028), any_year(2030)).prop_map(|(first, second, third)| {
            let mut calendar = Calendar::default();
            for year in [third, first, second] {
                calendar.set_year(year, Day::default()).unwrap();
            }
            calendar
        })
    }

    fn naive_is_working(calendar: &Calendar, day: Day) -> bool {
        let year = calendar.years.iter().find(|year| year.year == day.year());
        let off = year.is_some_and(|year| year.holidays.contains(&day));
        let made_up = year.is_some_and(|year| year.make_up.contains(&day));
        let saturday = (day.get() + 5).is_multiple_of(7);
        let sunday = (day.get() + 4).is_multiple_of(7);
        made_up || !(off || saturday || sunday)
    }

    fn naive_add(calendar: &Calendar, from: Day, working_days: u32) -> Counted<Day> {
        let (mut value, mut left, mut years) = (from, working_days, BTreeSet::new());
        while left > 0 {
            value = value.next();
            left -= u32::from(naive_is_working(calendar, value));
            if calendar.years.iter().all(|year| year.year != value.year()) {
                years.insert(value.year());
            }
        }
        Counted { value, years_without_calendar: years.into_iter().collect() }
    }

    proptest! {
        #[test]
        fn counting_agrees_with_a_naive_count_day_by_day(
            calendar in any_calendar(),
            from in 0_u32..1_500,
            working_days in 0_u32..400,
        ) {
            let from = Day::from_civil(2026, 11, 1).unwrap().plus(from);
            let counted = calendar.add_working_days(from, working_days);
            prop_assert_eq!(&counted, &naive_add(&calendar, from, working_days));
            let between = calendar.working_days_between(from, counted.value);
            prop_assert_eq!(between, Counted { value: working_days, years_without_calendar: counted.years_without_calendar });
            prop_assert!(working_days == 0 || calendar.is_working_day(counted.value));
        }

        #[test]
        fn the_working_days_of_a_span_add_up(calendar in any_calendar(), from in 0_u32..1_500, days in 0_u32..700) {
            let from = Day::from_civil(2026, 11, 1).unwrap().plus(from);
            let to = from.plus(days);
            let naive = (from.get() + 1..=to.get()).filter(|day| naive_is_working(&calendar, Day::new(*day).unwrap())).count();
            prop_assert_eq!(calendar.working_days_between(from, to).value as usize, naive);
        }
    }
}

mod local_time {
    use super::*;

    #[test]
    fn a_day_begins_and_ends_at_local_midnight() {
        let calendar = china();
        let at = |ms: u64| calendar.local_day(Moment::new(ms));
        assert_eq!(at(MIDNIGHT_2025_10_01), day("2025-10-01"));
        assert_eq!(at(MIDNIGHT_2025_10_01 - 1), day("2025-09-30"));
        assert_eq!(calendar.end_of_day(day("2025-09-30")), Moment::new(MIDNIGHT_2025_10_01));
        assert_eq!(at(0), Day::default());
        assert_eq!(at(u64::MAX), Day::MAX);
        let west = Calendar::new(DayLength::Civil, -480).unwrap();
        assert_eq!(west.local_day(Moment::new(0)), Day::default());
        assert_eq!(west.end_of_day(Day::default()), Moment::new(32 * 3_600_000));
    }

    #[test]
    fn a_short_day_counts_on_from_the_civil_day_of_its_beginning() {
        let since = Moment::new(MIDNIGHT_2025_10_01 + 3_600_000);
        let calendar = Calendar::new(DayLength::Short { ms: 5_000, since }, 480).unwrap();
        let at = |ms| calendar.local_day(Moment::new(since.get() + ms));
        assert_eq!((at(0), at(4_999), at(5_000)), (day("2025-10-01"), day("2025-10-01"), day("2025-10-02")));
        assert_eq!(calendar.end_of_day(day("2025-10-02")), Moment::new(since.get() + 10_000));
        assert_eq!(calendar.local_day(Moment::new(0)), day("2025-10-01"));
        for ms in [0, CIVIL_DAY_MS + 1] {
            let refused = Calendar::new(DayLength::Short { ms, since }, 480);
            assert_eq!(refused, Err(CalendarError::DayLength { ms }));
        }
    }

    /// So many hours behind the local midnight with which a day begins.
    fn hours_into(calendar: &Calendar, day: Day, hours: u64) -> Moment {
        Moment::new(calendar.end_of_day(day.previous()).get() + hours * 3_600_000)
    }

    #[test]
    fn an_offset_changes_from_tomorrow_on_and_leaves_today_where_it_begins() {
        let mut calendar = china();
        let today = day("2025-10-01");
        let noon = hours_into(&calendar, today, 12);
        let before = (calendar.end_of_day(today.previous()), calendar.end_of_day(today));
        calendar.set_offset(540, noon).unwrap();
        assert_eq!(calendar.end_of_day(today.previous()), before.0);
        // Midnight comes an hour earlier in the east: the day of the change is that much shorter.
        assert_eq!(calendar.end_of_day(today).get(), before.1.get() - 3_600_000);
        calendar.set_offset(480, noon).unwrap();
        assert_eq!(calendar, china());
        assert_eq!(calendar.set_offset(480, noon), Ok(()));
        assert_eq!(calendar.set_offset(900, noon), Err(CalendarError::Offset { minutes: 900 }));
        assert_eq!(calendar.set_offset(-721, noon), Err(CalendarError::Offset { minutes: -721 }));
        assert_eq!(calendar.set_offset(-300, noon), Err(CalendarError::OffsetStep));
        let mut day = today;
        for place in 1..OFFSETS_MAX {
            day = day.next();
            let noon = hours_into(&calendar, day, 12);
            calendar.set_offset(if place % 2 == 0 { 480 } else { 540 }, noon).unwrap();
        }
        let noon = hours_into(&calendar, day.next(), 12);
        assert_eq!(calendar.set_offset(500, noon), Err(CalendarError::TooManyOffsets));
    }

    #[test]
    fn where_tomorrow_would_have_begun_already_the_offset_changes_a_day_later() {
        let mut calendar = china();
        let today = day("2025-10-01");
        let evening = hours_into(&calendar, today, 20);
        let ends = calendar.end_of_day(today);
        calendar.set_offset(840, evening).unwrap();
        assert_eq!((calendar.local_day(evening), calendar.end_of_day(today)), (today, ends));
        // The next day is six hours shorter instead.
        assert_eq!(calendar.end_of_day(today.next()).get(), ends.get() + 18 * 3_600_000);
        // Said once more, or taken back, while it has not begun.
        let said = calendar.clone();
        calendar.set_offset(840, evening).unwrap();
        assert_eq!(calendar, said);
        calendar.set_offset(480, evening).unwrap();
        assert_eq!(calendar, china());
    }

    proptest! {
        #[test]
        fn every_moment_lies_in_its_day_over_changes_of_the_offset(
            steps in proptest::collection::vec((1_u64..900, -360_i16..360), 0..6),
            hour in 0_u64..6_000,
        ) {
            const START: u64 = 1_735_700_000_000;
            let mut calendar = Calendar::new(DayLength::Civil, 60).unwrap();
            let (mut now, mut minutes) = (START, 60);
            for (hours, step) in steps {
                now += hours * 3_600_000;
                let wanted = (minutes + step).clamp(OFFSET_MINUTES_MIN, OFFSET_MINUTES_MAX);
                let before = calendar.clone();
                // Steps within one day add up: they are measured from the offset in force, not from one that has not begun.
                match calendar.set_offset(wanted, Moment::new(now)) {
                    Ok(()) => minutes = wanted,
                    Err(error) => {
                        prop_assert_eq!(error, CalendarError::OffsetStep);
                        prop_assert_eq!(&calendar, &before);
                    }
                }
                // No moment up to now has gone to another day.
                for past in (0..=48).map(|hours| Moment::new(now - hours * 1_800_000)) {
                    prop_assert_eq!(calendar.local_day(past), before.local_day(past));
                }
            }
            let moment = Moment::new(START - 86_400_000 + hour * 3_600_000);
            let day = calendar.local_day(moment);
            prop_assert!(calendar.end_of_day(day.previous()) <= moment && moment < calendar.end_of_day(day));
        }
    }
}

mod years {
    use super::*;

    #[test]
    fn an_arrangement_that_contradicts_itself_is_refused() {
        let refused = |year: YearCalendar, error| assert_eq!(year.check(), Err(error));
        let unnamed = YearCalendar { source: Text::default(), ..year(2025, &[], &[]) };
        refused(year(1969, &[], &[]), CalendarError::Year { year: 1969 });
        refused(unnamed, CalendarError::SourceMissing);
        let other = CalendarError::OtherYear { day: day("2026-01-01"), year: 2025 };
        refused(year(2025, &["2026-01-01"], &[]), other);
        let twice = CalendarError::NotAscending { day: day("2025-10-01") };
        refused(year(2025, &["2025-10-01", "2025-10-01"], &[]), twice);
        refused(year(2025, &["2025-10-02", "2025-10-01"], &[]), twice);
        refused(year(2025, &[], &["2025-10-10"]), CalendarError::NotWeekend { day: day("2025-10-10") });
        let both = CalendarError::Both { day: day("2025-10-11") };
        refused(year(2025, &["2025-10-11"], &["2025-10-11"]), both);
    }

    #[test]
    fn only_days_after_today_change() {
        let mut calendar = china();
        let today = day("2025-10-01");
        let mut later = arrangement(2025);
        later.holidays.retain(|day| *day != super::day("2025-10-08"));
        calendar.set_year(later.clone(), today).unwrap();
        assert!(calendar.is_working_day(day("2025-10-08")));
        let before = calendar.clone();
        later.holidays.retain(|day| *day != today);
        assert_eq!(calendar.set_year(later, today), Err(CalendarError::DayPassed { day: today }));
        assert_eq!(calendar, before);
        // A year that had no calendar was counted by its weekends, and its passed days stay so.
        let mut calendar = Calendar::default();
        let whole = calendar.set_year(arrangement(2025), today);
        assert_eq!(whole, Err(CalendarError::DayPassed { day: day("2025-01-01") }));
        calendar.set_year(year(2025, &["2025-10-02"], &[]), today).unwrap();
    }

    #[test]
    fn years_are_bounded() {
        let mut calendar = Calendar::default();
        for number in (2000..).take(YEARS_MAX as usize) {
            calendar.set_year(year(number, &[], &[]), Day::default()).unwrap();
        }
        let more = calendar.set_year(year(1999, &[], &[]), Day::default());
        assert_eq!(more, Err(CalendarError::TooManyYears));
    }

    #[test]
    fn a_file_with_more_than_a_year_has_is_refused() {
        let json = r#"{"year":2025,"source":"x","holidays":[],"make_up":[],"more":1}"#;
        assert!(serde_json::from_str::<YearCalendar>(json).is_err());
    }
}

mod deadlines {
    use super::*;

    #[test]
    fn a_deadline_is_in_time_to_the_last_millisecond_of_its_day() {
        let deadline = deadline("2025-09-26", 10);
        let due = deadline.due(&china()).unwrap();
        assert_eq!((due.day, due.weekends_only), (day("2025-10-16"), false));
        assert!(!deadline.is_overdue(&china(), Moment::new(due.moment.get() - 1)));
        assert!(deadline.is_overdue(&china(), due.moment));
    }

    #[test]
    fn where_day_zero_counts_the_day_of_the_start_is_the_first() {
        let started = day("2025-09-26");
        let subject = Subject::Request(RequestId::new(1));
        let kind = DeadlineKind::RequestReplyUnconditional;
        let same_day = Deadline::start(kind, subject, DepartmentId::new(2), 1, started, true);
        assert_eq!(due(&same_day), started);
        assert_eq!(due(&deadline("2025-09-26", 1)), day("2025-09-28"));
    }

    #[test]
    fn a_pause_moves_the_end_by_its_working_days() {
        let mut paused = deadline("2025-09-26", 10);
        paused.pause(day("2025-09-30"));
        assert_eq!(paused.due(&china()), None);
        assert!(!paused.is_overdue(&china(), Moment::new(u64::MAX)));
        // 30 September and 9 October stood still, the holidays between are nobody's loss.
        paused.resume(&china(), day("2025-10-10"));
        assert_eq!(paused.paused_days, 2);
        assert_eq!(due(&paused), day("2025-10-18").next().next());
    }

    #[test]
    fn a_pause_within_a_day_or_before_the_first_day_gains_nothing() {
        let mut paused = deadline("2025-09-29", 10);
        let before = due(&paused);
        for resumed in ["2025-09-29", "2025-09-29", "2025-09-30"] {
            paused.pause(day("2025-09-29"));
            paused.resume(&china(), day(resumed));
        }
        assert_eq!((paused.paused_days, due(&paused)), (0, before));
        paused.resume(&china(), day("2025-12-01"));
        assert_eq!(due(&paused), before);
    }

    #[test]
    fn who_resumes_on_a_day_off_is_not_late_by_it() {
        let mut paused = deadline("2025-10-15", 1);
        paused.pause(day("2025-10-16"));
        paused.resume(&china(), day("2025-10-18"));
        assert_eq!(due(&paused), day("2025-10-20"));
    }

    #[test]
    fn an_extension_runs_on_from_the_end() {
        let mut extended = deadline("2025-09-26", 10);
        extended.extend(10);
        assert_eq!((extended.working_days, extended.extended), (20, 10));
        assert_eq!(due(&extended), day("2025-10-30"));
    }

    #[test]
    fn a_deadline_into_a_year_without_calendar_says_so() {
        assert!(deadline("2026-12-30", 5).due(&china()).unwrap().weekends_only);
    }
}

mod parameters {
    use super::*;

    #[test]
    fn limits_are_those_of_the_regulation_unless_governed_otherwise() {
        let mut parameters = Parameters::default();
        assert_eq!(parameters.check(), Ok(()));
        let limit = |parameters: &Parameters, kind| {
            let limit = parameters.limit(kind);
            (limit.kind, limit.working_days, limit.extension)
        };
        let kind = DeadlineKind::RequestReplyConditional;
        assert_eq!(limit(&parameters, kind), (kind, 10, 10));
        parameters.limits.try_push(Limit { kind, working_days: 8, extension: 4 }).unwrap();
        assert_eq!(limit(&parameters, kind), (kind, 8, 4));
        let kind = DeadlineKind::Provisioning;
        assert_eq!(limit(&parameters, kind), (kind, 20, 0));
        assert!(DeadlineKind::ALL.is_sorted());
        assert!(DeadlineKind::ALL.iter().all(|kind| kind.statutory().working_days > 0));
    }

    #[test]
    fn what_breaks_a_rule_is_refused() {
        let with = |limits: &[(DeadlineKind, u16, u16)]| {
            let limits = limits.iter().map(|(kind, working_days, extension)| Limit {
                kind: *kind,
                working_days: *working_days,
                extension: *extension,
            });
            Parameters { limits: List::truncate_from(limits.collect()), ..Parameters::default() }.check()
        };
        let (first, second) = (DeadlineKind::Provisioning, DeadlineKind::CatalogReview);
        assert_eq!(with(&[(first, 0, 0)]), Err(CalendarError::Limit { kind: first }));
        assert_eq!(with(&[(first, 1_001, 0)]), Err(CalendarError::Limit { kind: first }));
        assert_eq!(with(&[(first, 1, 1_001)]), Err(CalendarError::Limit { kind: first }));
        let unsorted = Err(CalendarError::LimitsNotAscending { kind: first });
        assert_eq!(with(&[(second, 1, 0), (first, 1, 0)]), unsorted);
        assert_eq!(with(&[(first, 1, 0), (first, 1, 0)]), unsorted);
        let far = Parameters { utc_offset_minutes: 841, ..Parameters::default() };
        assert_eq!(far.check(), Err(CalendarError::Offset { minutes: 841 }));
        let kept = |days| Parameters { finished_kept_days: days, ..Parameters::default() }.check();
        for days in [FINISHED_KEPT_DAYS_MIN - 1, FINISHED_KEPT_DAYS_MAX + 1] {
            assert_eq!(kept(days), Err(CalendarError::FinishedKept { days }));
        }
        assert_eq!((kept(FINISHED_KEPT_DAYS_MIN), kept(FINISHED_KEPT_DAYS_MAX)), (Ok(()), Ok(())));
        let late = |days| Parameters { lateness_days: days, ..Parameters::default() }.check();
        for days in [0, LATENESS_DAYS_MAX + 1] {
            assert_eq!(late(days), Err(CalendarError::Lateness { days }));
        }
        assert_eq!((late(1), late(LATENESS_DAYS_MAX)), (Ok(()), Ok(())));
    }
}
