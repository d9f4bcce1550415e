//! Calendars, parameters, and what is recorded of deadlines.

use super::{Frozen, sample::World};
use codec::Encode;
use mulu_proofs::{
    calendar::{
        Calendar, Day, DayLength, Deadline, DeadlineEnd, DeadlineExtended, DeadlineKind, DeadlineOverdue,
        DeadlinePaused, DeadlineRecomputed, DeadlineResumed, DeadlineStarted, DeadlineStopped, Due, Limit, Parameters,
        YearCalendar,
    },
    ids::{DeadlineId, DepartmentId, Moment, RequestId},
    records::{RecordKind, Subject},
    text::Text,
};

pub fn add(frozen: &mut Frozen) {
    frozen.section("calendar");
    frozen.add("day", day("2025-10-01").encode());
    frozen.add("calendar of a year", autumn().encode());
    frozen.add("calendar", calendar().encode());
    frozen.add("short day", DayLength::Short { ms: 5_000, since: Moment::new(1_790_000_000_000) }.encode());
    frozen.add("parameters of a beginning", Parameters::default().encode());
    frozen.add("parameters", parameters().encode());
    frozen.add("deadline", deadline().encode());
    let mut paused = deadline();
    paused.pause(day("2025-09-30"));
    frozen.add("paused deadline", paused.encode());
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn autumn() -> YearCalendar {
    YearCalendar {
        year: 2025,
        source: Text::new("国办发明电〔2024〕12号").unwrap(),
        holidays: vec![day("2025-10-01"), day("2025-10-02")].try_into().unwrap(),
        make_up: vec![day("2025-09-28"), day("2025-10-11")].try_into().unwrap(),
    }
}

fn calendar() -> Calendar {
    let mut calendar = Calendar::new(DayLength::Civil, 480).unwrap();
    calendar.set_year(autumn(), Day::default()).unwrap();
    // Noon of the day before it counts.
    calendar.set_offset(540, Moment::new(1_759_291_200_000)).unwrap();
    calendar
}

fn parameters() -> Parameters {
    let limit = Limit { kind: DeadlineKind::CatalogUpdate, working_days: 8, extension: 3 };
    Parameters {
        utc_offset_minutes: -210,
        day_zero_counts: true,
        pauses_for_supplement: false,
        finished_kept_days: 1_461,
        lateness_days: 10,
        limits: vec![limit].try_into().unwrap(),
    }
}

fn deadline() -> Deadline {
    let subject = Subject::Request(RequestId::new(7));
    let kind = DeadlineKind::RequestReplyConditional;
    Deadline::start(kind, subject, DepartmentId::new(2), 10, day("2025-09-26"), false)
}

/// Records what governance sets and the whole life of a deadline.
pub fn deadlines(world: &mut World) {
    let id = DeadlineId::new(9);
    let deadline = deadline();
    let due = deadline.due(&calendar()).unwrap();
    world.record(RecordKind::CalendarSet, 0, None, &autumn());
    world.record(RecordKind::ParametersSet, 0, None, &parameters());
    world.record(RecordKind::DeadlineStarted, 2, None, &DeadlineStarted { id, deadline, due });
    let since = day("2025-09-30");
    world.record(RecordKind::DeadlinePaused, 2, None, &DeadlinePaused { id, since });
    let resumed = DeadlineResumed { id, on: since.next(), paused_days: 1, due };
    world.record(RecordKind::DeadlineResumed, 2, None, &resumed);
    let extended = DeadlineExtended { id, working_days: 4, due: Some(due) };
    world.record(RecordKind::DeadlineExtended, 2, None, &extended);
    let after = Due { day: due.day.next(), weekends_only: true, ..due };
    world.record(RecordKind::DeadlineRecomputed, 2, None, &DeadlineRecomputed { id, before: due.day, after });
    let kind = deadline.kind;
    world.record(RecordKind::DeadlineOverdue, 2, None, &DeadlineOverdue { id, kind, due: after });
    let stopped = DeadlineStopped { id, kind, end: DeadlineEnd::Missed, due: Some(after) };
    world.record(RecordKind::DeadlineStopped, 2, None, &stopped);
}
