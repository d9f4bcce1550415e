//! Invariants over the calendar, deadlines and the queue.

use crate::pallet::{
    Aside, Config, CurrentCalendar, CurrentParameters, Deadlines, LastDeadline, Pallet, Queue, Recomputing,
};
use crate::types::{OpenDeadline, Place, QueueKey};
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
    /// - K3: the queue, and what stands beside it, hold the deadlines that say so, each once.
    /// - K4: what runs stands in the queue on its day, unless a change of the calendar is being worked in; what stands beside it is
    ///   paused, behind all others, or its day has ended, under that day.
    ///
    /// # Errors
    /// The first invariant that does not hold.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        let calendar = CurrentCalendar::<T>::get();
        ensure_calendar::<T>(&calendar)?;
        let today = Self::today_in(&calendar);
        let (mut queued, mut aside) = (0, 0);
        for (id, open) in Deadlines::<T>::iter() {
            ensure!(id > DeadlineId::default() && id <= LastDeadline::<T>::get(), "K2: a deadline was never numbered");
            ensure!(open.deadline.working_days > open.deadline.extended, "K2: a deadline without a term");
            let is_there = match open.place {
                Place::Queue(day) => {
                    queued += 1;
                    Queue::<T>::contains_key(QueueKey::new(day, id))
                }
                Place::Aside(day) => {
                    aside += 1;
                    Aside::<T>::contains_key(QueueKey::new(day, id))
                }
            };
            ensure!(is_there, "K3: a deadline is not where it says");
            ensure_in_place(&open, &calendar, today, Recomputing::<T>::exists())?;
        }
        ensure!(queued == Queue::<T>::iter_keys().count(), "K3: the queue holds a deadline that does not say so");
        ensure!(aside == Aside::<T>::iter_keys().count(), "K3: a deadline stands aside that does not say so");
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
    match (open.place, open.deadline.due(calendar)) {
        (Place::Queue(_), None) => Err("K4: a paused deadline waits in the queue".into()),
        (Place::Queue(day), Some(due)) if day != due.day && !is_recomputing => {
            Err("K4: a deadline waits for another day".into())
        }
        (Place::Aside(day), None) if day != Day::MAX => Err("K4: a paused deadline stands under a day".into()),
        (Place::Aside(day), Some(due)) if day != due.day => {
            Err("K4: an overdue deadline stands under another day".into())
        }
        (Place::Aside(_), Some(due)) if due.day >= today => Err("K4: a deadline that runs waits nowhere".into()),
        _ => Ok(()),
    }
}
