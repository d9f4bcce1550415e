//! Invariants over the calendar, deadlines and the queue.

use crate::pallet::{Config, CurrentCalendar, CurrentParameters, Deadlines, LastDeadline, Pallet, Queue, Recomputing};
use crate::types::{OpenDeadline, QueueKey};
use frame_support::ensure;
use mulu_proofs::{
    calendar::{Calendar, Day},
    ids::DeadlineId,
};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
    /// Checks every invariant; reads only.
    ///
    /// - K1: years and offsets ascend and keep their rules; the parameters do, and the last offset is theirs.
    /// - K2: every open deadline has an id that was given, and a term.
    /// - K3: the queue holds the deadlines that say so, each once.
    /// - K4: what runs stands in the queue on its day, unless a change of the calendar is being worked in; what does not stand there
    ///   is paused, or its day has ended.
    ///
    /// # Errors
    /// The first invariant that does not hold.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        let calendar = CurrentCalendar::<T>::get();
        ensure_calendar::<T>(&calendar)?;
        let today = Self::today_in(&calendar);
        let mut queued = 0;
        for (id, open) in Deadlines::<T>::iter() {
            ensure!(id > DeadlineId::default() && id <= LastDeadline::<T>::get(), "K2: a deadline was never numbered");
            ensure!(open.deadline.working_days > open.deadline.extended, "K2: a deadline without a term");
            if let Some(day) = open.queued {
                ensure!(Queue::<T>::contains_key(QueueKey::new(day, id)), "K3: a deadline is not where it says");
                queued += 1;
            }
            ensure_in_place(&open, &calendar, today, Recomputing::<T>::exists())?;
        }
        ensure!(queued == Queue::<T>::iter_keys().count(), "K3: the queue holds a deadline that does not say so");
        Ok(())
    }
}

fn ensure_calendar<T: Config>(calendar: &Calendar) -> Result<(), TryRuntimeError> {
    ensure!(calendar.years.windows(2).all(|pair| pair[0].year < pair[1].year), "K1: years do not ascend");
    ensure!(calendar.years.iter().all(|year| year.check().is_ok()), "K1: a year contradicts itself");
    ensure!(calendar.offsets.windows(2).all(|pair| pair[0].from < pair[1].from), "K1: offsets do not ascend");
    let parameters = CurrentParameters::<T>::get();
    ensure!(parameters.check().is_ok(), "K1: parameters are out of their bounds");
    let offset = calendar.offsets.last().map(|offset| offset.minutes);
    ensure!(offset == Some(parameters.utc_offset_minutes), "K1: the last offset is not the parameters'");
    Ok(())
}

fn ensure_in_place(
    open: &OpenDeadline,
    calendar: &Calendar,
    today: Day,
    is_recomputing: bool,
) -> Result<(), TryRuntimeError> {
    match (open.queued, open.deadline.due(calendar)) {
        (Some(_), None) => Err("K4: a paused deadline waits in the queue".into()),
        (Some(day), Some(due)) if day != due.day && !is_recomputing => {
            Err("K4: a deadline waits for another day".into())
        }
        (None, Some(due)) if due.day >= today => Err("K4: a deadline that runs waits nowhere".into()),
        _ => Ok(()),
    }
}
