//! `calendar_`: what day it is and which days are worked, counted by the head's calendar.

use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use mulu_proofs::{
    calendar::{Day, DayLength, Limit, Parameters, UtcOffset, YearCalendar},
    ids::Moment,
};
use serde::{Deserialize, Serialize};

/// Most working days that `calendar_add` counts.
pub const WORKING_DAYS_ASKED_MAX: u32 = 10_000;

/// A year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Year {
    /// The year.
    pub year: u16,
    /// Its arrangement; none if it was not set: then weekends alone decide.
    pub calendar: Option<YearCalendar>,
    /// Its working days.
    pub working_days: u32,
}

/// Parameters and what follows from them at the head's block time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarNow {
    /// As governance set them.
    pub parameters: Parameters,
    /// The limit of every kind of deadline, whether governed or of the Regulation.
    pub limits: Vec<Limit>,
    /// Length of a day.
    pub day_length: DayLength,
    /// Offsets and the days from which they count, ascending; UTC before the first.
    pub offsets: Vec<UtcOffset>,
    /// Years that have a calendar, ascending.
    pub years: Vec<u16>,
    /// Time of the head.
    pub now: Moment,
    /// The day that it belongs to.
    pub today: Day,
    /// Whether that day is worked.
    pub is_working_day: bool,
    /// Whether open deadlines are still being recomputed after a change; what is due follows the new calendar all the same.
    pub is_recomputing: bool,
}

/// A day that was counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Added {
    /// The day behind which days were counted.
    pub from: Day,
    /// How many working days.
    pub working_days: u32,
    /// The last of them; `from` for none.
    pub day: Day,
    /// The first moment that no longer belongs to it.
    pub end: Moment,
    /// Years that were counted by their weekends alone, ascending.
    pub years_without_calendar: Vec<u16>,
}

/// The calendar.
#[rpc(client, server)]
pub trait Calendar {
    /// A year, from 1970 to 9999.
    ///
    /// Bound: one year.
    #[method(name = "calendar_get")]
    async fn year(&self, year: u16) -> RpcResult<Year>;

    /// Parameters, limits, and what day it is.
    ///
    /// Bound: at most 64 years and 16 offsets.
    #[method(name = "calendar_parameters")]
    async fn parameters(&self) -> RpcResult<CalendarNow>;

    /// The day of the nth working day after a day.
    ///
    /// Bound: at most 10,000 working days are counted.
    #[method(name = "calendar_add")]
    async fn add(&self, from: Day, working_days: u32) -> RpcResult<Added>;
}
