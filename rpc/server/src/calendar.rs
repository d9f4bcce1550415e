//! `calendar_`: counted with the calendar and the time of the head's state.

use crate::{
    context::{Context, block_time},
    failure::Failure,
};
use jsonrpsee::core::{RpcResult, async_trait};
use mulu_proofs::calendar::{Calendar as Days, Counted, Day, DeadlineKind};
use mulu_rpc_api::calendar::{Added, CalendarNow, CalendarServer, WORKING_DAYS_ASKED_MAX, Year};
use mulu_runtime::{Runtime, pallet_calendar as pallet};
use std::sync::Arc;

/// The namespace.
pub struct Calendar(pub Arc<Context>);

#[async_trait]
impl CalendarServer for Calendar {
    async fn year(&self, year: u16) -> RpcResult<Year> {
        self.0
            .run(move |context| {
                let first_and_last = (Day::from_civil(year, 1, 1), Day::from_civil(year, 12, 31));
                let (Some(first), Some(last)) = first_and_last else {
                    return Err(Failure::Filter { why: "years are from 1970 to 9999" });
                };
                let calendar = days(context)?;
                // Days count behind the first, which has none before it in 1970.
                let working_days = calendar.working_days_between(first, last).value;
                let working_days = working_days + u32::from(calendar.is_working_day(first));
                Ok(Year { year, calendar: calendar.year(year).cloned(), working_days })
            })
            .await
    }

    async fn parameters(&self) -> RpcResult<CalendarNow> {
        self.0.run(now).await
    }

    async fn add(&self, from: Day, working_days: u32) -> RpcResult<Added> {
        self.0
            .run(move |context| {
                if working_days > WORKING_DAYS_ASKED_MAX {
                    let (asked, bound) = (working_days as usize, WORKING_DAYS_ASKED_MAX as usize);
                    return Err(Failure::OverBound { what: "working days", asked, bound });
                }
                let calendar = days(context)?;
                let Counted { value: day, years_without_calendar } = calendar.add_working_days(from, working_days);
                Ok(Added { from, working_days, day, end: calendar.end_of_day(day), years_without_calendar })
            })
            .await
    }
}

fn days(context: &Context) -> Result<Days, Failure> {
    Ok(context.parts.executor.query(&context.head(), pallet::CurrentCalendar::<Runtime>::get)?)
}

fn now(context: &Context) -> Result<CalendarNow, Failure> {
    let read = || {
        let is_recomputing = pallet::Recomputing::<Runtime>::exists();
        let parameters = pallet::CurrentParameters::<Runtime>::get();
        (pallet::CurrentCalendar::<Runtime>::get(), parameters, is_recomputing, block_time())
    };
    let (calendar, parameters, is_recomputing, now) = context.parts.executor.query(&context.head(), read)?;
    let today = calendar.local_day(now);
    Ok(CalendarNow {
        limits: DeadlineKind::ALL.iter().map(|kind| parameters.limit(*kind)).collect(),
        parameters,
        day_length: calendar.day_length,
        offsets: calendar.offsets.to_vec(),
        years: calendar.years.iter().map(|year| year.year).collect(),
        now,
        today,
        is_working_day: calendar.is_working_day(today),
        is_recomputing,
    })
}
