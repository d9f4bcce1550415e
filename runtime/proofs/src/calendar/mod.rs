//! Working days on a governed calendar, and the deadlines that run in them (SPEC §4).
//!
//! ```text
//! moment ── local offset, day length ──> day ── weekends, holidays, make-up days ──> working day
//! ```
//!
//! A day is a working day if it is a make-up day, or neither a Saturday, a Sunday nor a holiday. A year without calendar has
//! weekends only, and what was counted says so. Ledger, client and verifier count with this code, so that they cannot differ.

mod clocks;
mod day;
#[cfg(test)]
mod tests;

use crate::{catalog::List, ids::Moment, text::Text};
pub use clocks::{
    Deadline, DeadlineEnd, DeadlineExtended, DeadlineKind, DeadlineOverdue, DeadlinePaused, DeadlineRecomputed,
    DeadlineResumed, DeadlineStarted, DeadlineStopped, Due, FINISHED_KEPT_DAYS_MAX, FINISHED_KEPT_DAYS_MIN,
    LATENESS_DAYS_MAX, Limit, Parameters, WORKING_DAYS_MAX,
};
pub use day::{Day, DayError};
use std::collections::BTreeSet;

/// Milliseconds of a civil day.
pub const CIVIL_DAY_MS: u32 = 86_400_000;
/// Most holidays of a year, weekends among them counted.
pub const HOLIDAYS_MAX: u32 = 128;
/// Most make-up days of a year.
pub const MAKE_UP_MAX: u32 = 64;
/// Most years with a calendar.
pub const YEARS_MAX: u32 = 64;
/// Most offsets that a chain ever has.
pub const OFFSETS_MAX: u32 = 16;
/// Longest name of a calendar's source, in bytes of UTF-8 (about 42 Chinese characters).
pub const SOURCE_BYTES_MAX: u32 = 128;
/// Local offsets reach from here, in minutes,
pub const OFFSET_MINUTES_MIN: i16 = -720;
/// to here.
pub const OFFSET_MINUTES_MAX: i16 = 840;

/// Widest step of the offset, in minutes: with it no day is empty or overlaps the next.
const OFFSET_STEP_MAX: u16 = 720;

ledger_types! {
    /// The arrangement of one year: body of [`crate::records::RecordKind::CalendarSet`].
    #[serde(deny_unknown_fields)]
    pub struct YearCalendar {
        /// The year.
        pub year: u16,
        /// The document that says so, by title and number.
        pub source: Text<SOURCE_BYTES_MAX>,
        /// Days off (放假), strictly ascending; weekends may be among them.
        #[serde(deserialize_with = "crate::list::read")]
        pub holidays: List<Day, HOLIDAYS_MAX>,
        /// Saturdays and Sundays that are worked (调休上班), strictly ascending.
        #[serde(deserialize_with = "crate::list::read")]
        pub make_up: List<Day, MAKE_UP_MAX>,
    }

    /// How long a day is.
    #[derive(Copy, Default)]
    pub enum DayLength {
        /// 24 hours from local midnight.
        #[codec(index = 0)]
        #[default]
        Civil,
        /// Development chains only: from the civil day of `since` on, a day lasts `ms`.
        #[codec(index = 1)]
        Short {
            /// Length of a day, in milliseconds.
            ms: u32,
            /// Beginning of the first short day.
            since: Moment,
        },
    }

    /// A local offset and the first day on which it counts.
    #[derive(Copy)]
    pub struct UtcOffset {
        /// First day.
        pub from: Day,
        /// Minutes east of UTC.
        pub minutes: i16,
    }

    /// All that decides which day a moment belongs to and whether that day is worked.
    #[derive(Default)]
    pub struct Calendar {
        /// Length of a day.
        pub day_length: DayLength,
        /// Offsets, strictly ascending by their first day; UTC before the first.
        pub offsets: List<UtcOffset, OFFSETS_MAX>,
        /// Years, strictly ascending.
        pub years: List<YearCalendar, YEARS_MAX>,
    }
}

/// What was counted, and in which years without calendar by weekends alone.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Counted<V> {
    /// What was counted.
    pub value: V,
    /// Years that have no calendar, ascending.
    pub years_without_calendar: Vec<u16>,
}

/// Why a calendar or parameters are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// Outside the years that can be counted.
    #[error("a calendar is of a year from 1970 to 9999, not of {year}")]
    Year {
        /// The year.
        year: u16,
    },
    /// No source.
    #[error("a calendar names the document that it follows")]
    SourceMissing,
    /// A day of another year.
    #[error("{day} is not a day of {year}: set the calendar of its own year")]
    OtherYear {
        /// The day.
        day: Day,
        /// Year of the calendar.
        year: u16,
    },
    /// Out of order or named twice.
    #[error("{day} is out of order: days are named once, ascending")]
    NotAscending {
        /// The day.
        day: Day,
    },
    /// A make-up day that is a working day anyway.
    #[error("{day} is no Saturday or Sunday: only those can be make-up days")]
    NotWeekend {
        /// The day.
        day: Day,
    },
    /// Off and worked at once.
    #[error("{day} is both a holiday and a make-up day")]
    Both {
        /// The day.
        day: Day,
    },
    /// Would change a day that has begun.
    #[error("{day} has begun: repeat what the days up to today were counted as, and change only later ones")]
    DayPassed {
        /// The first day that would change.
        day: Day,
    },
    /// As many years as there can be.
    #[error("{YEARS_MAX} years have a calendar already")]
    TooManyYears,
    /// No offset of any place.
    #[error("an offset is from {OFFSET_MINUTES_MIN} to {OFFSET_MINUTES_MAX} minutes, not {minutes}")]
    Offset {
        /// The offset.
        minutes: i16,
    },
    /// Too far from the one in force.
    #[error("an offset changes by at most {OFFSET_STEP_MAX} minutes at a time")]
    OffsetStep,
    /// As many offsets as there can be.
    #[error("the offset was changed {OFFSETS_MAX} times already")]
    TooManyOffsets,
    /// A day of no time, or no shorter than a civil one.
    #[error("a short day has 1 to {CIVIL_DAY_MS} ms, not {ms}")]
    DayLength {
        /// The length.
        ms: u32,
    },
    /// A limit of nothing, or beyond every law.
    #[error("a limit has 1 to {WORKING_DAYS_MAX} working days, its extension at most as many; {kind:?} has not")]
    Limit {
        /// Of which kind.
        kind: DeadlineKind,
    },
    /// Shorter than the law wants records kept, or beyond every use.
    #[error(
        "a grant that is over is kept for {FINISHED_KEPT_DAYS_MIN} to {FINISHED_KEPT_DAYS_MAX} days (art. 29), not {days}"
    )]
    FinishedKept {
        /// How many were asked for.
        days: u16,
    },
    /// No time to report in, or longer than counts are kept.
    #[error("events are late after 1 to {LATENESS_DAYS_MAX} days, not {days}")]
    Lateness {
        /// How many were asked for.
        days: u16,
    },
    /// Out of order or named twice.
    #[error("the limit of {kind:?} is out of order: kinds are named once, ascending")]
    LimitsNotAscending {
        /// Of which kind.
        kind: DeadlineKind,
    },
}

impl YearCalendar {
    /// Checks that the arrangement is complete and contradicts nothing.
    ///
    /// # Errors
    /// [`CalendarError`], the first rule that it breaks.
    pub fn check(&self) -> Result<(), CalendarError> {
        let year = self.year;
        if !(1970..=9999).contains(&year) {
            return Err(CalendarError::Year { year });
        }
        if !self.source.says_something() {
            return Err(CalendarError::SourceMissing);
        }
        for list in [self.holidays.as_slice(), self.make_up.as_slice()] {
            if let Some(pair) = list.windows(2).find(|pair| pair[0] >= pair[1]) {
                return Err(CalendarError::NotAscending { day: pair[1] });
            }
            if let Some(day) = list.iter().copied().find(|day| day.year() != year) {
                return Err(CalendarError::OtherYear { day, year });
            }
        }
        for day in self.make_up.iter().copied() {
            if !day.is_weekend() {
                return Err(CalendarError::NotWeekend { day });
            }
            if self.holidays.binary_search(&day).is_ok() {
                return Err(CalendarError::Both { day });
            }
        }
        Ok(())
    }

    /// Days of `list` after `from` and up to `to`.
    fn within(list: &[Day], from: Day, to: Day) -> &[Day] {
        &list[list.partition_point(|day| *day <= from)..list.partition_point(|day| *day <= to)]
    }
}

/// Whether `day` is worked under the calendar of its year.
fn is_worked(year: Option<&YearCalendar>, day: Day) -> bool {
    match year {
        Some(year) if year.holidays.binary_search(&day).is_ok() => false,
        Some(year) if year.make_up.binary_search(&day).is_ok() => true,
        _ => !day.is_weekend(),
    }
}

impl Calendar {
    /// A calendar without years, `minutes` east of UTC.
    ///
    /// # Errors
    /// [`CalendarError`] if offset or day length are out of their bounds.
    pub fn new(day_length: DayLength, minutes: i16) -> Result<Self, CalendarError> {
        check_offset(minutes)?;
        match day_length {
            DayLength::Short { ms, .. } if ms == 0 || ms > CIVIL_DAY_MS => {
                return Err(CalendarError::DayLength { ms });
            }
            _ => {}
        }
        let first = UtcOffset { from: Day::default(), minutes };
        Ok(Self { day_length, offsets: List::truncate_from(vec![first]), years: List::default() })
    }

    /// The calendar of `year`, if one was set.
    pub fn year(&self, year: u16) -> Option<&YearCalendar> {
        self.years.binary_search_by_key(&year, |calendar| calendar.year).ok().map(|place| &self.years[place])
    }

    /// Whether `day` is a working day; by weekends alone where [`Self::year`] has no calendar.
    pub fn is_working_day(&self, day: Day) -> bool {
        is_worked(self.year(day.year()), day)
    }

    /// Working days after `from`, up to and including `to`.
    pub fn working_days_between(&self, from: Day, to: Day) -> Counted<u32> {
        let mut counted = Counted { value: 0, years_without_calendar: Vec::new() };
        if to <= from {
            return counted;
        }
        counted.value = to.weekdays() - from.weekdays();
        for number in from.next().year()..=to.year() {
            let Some(year) = self.year(number) else {
                counted.years_without_calendar.push(number);
                continue;
            };
            let off = YearCalendar::within(&year.holidays, from, to).iter().filter(|day| !day.is_weekend());
            let made_up = YearCalendar::within(&year.make_up, from, to);
            counted.value = (counted.value + count(made_up.iter())).saturating_sub(count(off));
        }
        counted
    }

    /// The day on which the `working_days`th working day after `day` is; `day` itself for none.
    pub fn add_working_days(&self, day: Day, working_days: u32) -> Counted<Day> {
        let mut counted = Counted { value: day, years_without_calendar: Vec::new() };
        let mut missing = working_days;
        // A day counts once at most, so adding what is missing never goes too far, and the last step adds working days alone.
        while missing > 0 && counted.value < Day::MAX {
            counted.value = counted.value.plus(missing);
            let so_far = self.working_days_between(day, counted.value);
            missing = working_days.saturating_sub(so_far.value);
            counted.years_without_calendar = so_far.years_without_calendar;
        }
        counted
    }

    /// The day to which `moment` belongs.
    pub fn local_day(&self, moment: Moment) -> Day {
        match self.day_length {
            DayLength::Civil => self.civil_day(moment),
            DayLength::Short { ms, since } => {
                let days = moment.get().saturating_sub(since.get()) / u64::from(ms.max(1));
                self.civil_day(since).plus(u32::try_from(days).unwrap_or(u32::MAX))
            }
        }
    }

    /// The first moment that no longer belongs to `day`.
    pub fn end_of_day(&self, day: Day) -> Moment {
        let end = match self.day_length {
            DayLength::Civil => self.begin_of(day.get() + 1),
            DayLength::Short { ms, since } => {
                let days = i64::from(day.get()) + 1 - i64::from(self.civil_day(since).get());
                milliseconds(since) + days * i64::from(ms)
            }
        };
        Moment::new(u64::try_from(end).unwrap_or(0))
    }

    /// Sets the calendar of a year, of which only days after `today` may change.
    ///
    /// # Errors
    /// [`CalendarError`]; the calendar stays as it was.
    pub fn set_year(&mut self, year: YearCalendar, today: Day) -> Result<(), CalendarError> {
        year.check()?;
        let before = self.year(year.year);
        let named =
            [Some(&year), before].into_iter().flatten().flat_map(|year| year.holidays.iter().chain(&year.make_up));
        let passed: BTreeSet<Day> = named.copied().filter(|day| *day <= today).collect();
        let altered = passed.into_iter().find(|day| is_worked(before, *day) != is_worked(Some(&year), *day));
        if let Some(day) = altered {
            return Err(CalendarError::DayPassed { day });
        }
        match self.years.binary_search_by_key(&year.year, |calendar| calendar.year) {
            Ok(place) => self.years[place] = year,
            Err(place) => self.years.try_insert(place, year).map_err(|_| CalendarError::TooManyYears)?,
        }
        Ok(())
    }

    /// Sets the offset from the day after `now` on; from the one behind it where that would have begun already.
    ///
    /// So no moment up to `now` goes to another day: what was counted on a day stays there.
    ///
    /// # Errors
    /// [`CalendarError`]; the calendar stays as it was.
    pub fn set_offset(&mut self, minutes: i16, now: Moment) -> Result<(), CalendarError> {
        check_offset(minutes)?;
        let tomorrow = self.local_day(now).next();
        let from = if begin_of(tomorrow.get(), minutes) > milliseconds(now) { tomorrow } else { tomorrow.next() };
        let before = self.offset(from.previous().get());
        if before.abs_diff(minutes) > OFFSET_STEP_MAX {
            return Err(CalendarError::OffsetStep);
        }
        let mut offsets = self.offsets.clone();
        // What was set for days that have not begun is set anew.
        offsets.retain(|offset| offset.from < from);
        if before != minutes {
            offsets.try_push(UtcOffset { from, minutes }).map_err(|_| CalendarError::TooManyOffsets)?;
        }
        self.offsets = offsets;
        Ok(())
    }

    /// The offset of the day with that number.
    fn offset(&self, day: u32) -> i16 {
        self.offsets.iter().rev().find(|offset| offset.from.get() <= day).map_or(0, |offset| offset.minutes)
    }

    /// The moment at which the civil day with that number begins.
    fn begin_of(&self, day: u32) -> i64 {
        begin_of(day, self.offset(day))
    }

    fn civil_day(&self, moment: Moment) -> Day {
        let now = milliseconds(moment);
        let mut day = Day::default().plus(u32::try_from(now / i64::from(CIVIL_DAY_MS)).unwrap_or(u32::MAX));
        // The offset moves the day of UTC by one at most.
        while day > Day::default() && self.begin_of(day.get()) > now {
            day = day.previous();
        }
        while day < Day::MAX && self.begin_of(day.get() + 1) <= now {
            day = day.next();
        }
        day
    }
}

/// The moment at which the civil day with that number begins so many minutes east of UTC, in milliseconds; before 1970 it is negative.
fn begin_of(day: u32, minutes: i16) -> i64 {
    i64::from(day) * i64::from(CIVIL_DAY_MS) - i64::from(minutes) * 60_000
}

/// Checks that an offset is one of some place.
fn check_offset(minutes: i16) -> Result<(), CalendarError> {
    let is_offset = (OFFSET_MINUTES_MIN..=OFFSET_MINUTES_MAX).contains(&minutes);
    if is_offset { Ok(()) } else { Err(CalendarError::Offset { minutes }) }
}

fn milliseconds(moment: Moment) -> i64 {
    // Far behind 9999-12-31, where days end.
    i64::try_from(moment.get()).unwrap_or(i64::MAX).min(i64::MAX / 2)
}

fn count<'a>(days: impl Iterator<Item = &'a Day>) -> u32 {
    u32::try_from(days.count()).expect("a year's lists are bounded")
}
