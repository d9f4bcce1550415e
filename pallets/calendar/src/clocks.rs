//! Acts on single deadlines: what other pallets do through [`Clocks`]. Check, then write, then record and emit.

use crate::pallet::{Config, CurrentCalendar, CurrentParameters, Deadlines, Error, Event, LastDeadline, Pallet};
use crate::types::{OpenDeadline, Place};
use frame_support::{dispatch::DispatchResult, ensure, pallet_prelude::DispatchError};
use mulu_pallet_support::{Clock, Clocks};
use mulu_proofs::{
    calendar::{
        Calendar, Day, Deadline, DeadlineEnd, DeadlineExtended, DeadlineKind, DeadlinePaused, DeadlineResumed,
        DeadlineStarted, DeadlineStopped, Due, Limit, WORKING_DAYS_MAX,
    },
    ids::{DeadlineId, DepartmentId, Moment},
    records::{RecordKind, Subject},
};

impl<T: Config> Clocks for Pallet<T> {
    fn start(
        kind: DeadlineKind,
        subject: Subject,
        responsible: DepartmentId,
        working_days: u16,
    ) -> Result<DeadlineId, DispatchError> {
        let today = Self::today_in(&CurrentCalendar::<T>::get());
        Self::start_from(kind, subject, responsible, working_days, today)
    }

    fn start_from(
        kind: DeadlineKind,
        subject: Subject,
        responsible: DepartmentId,
        working_days: u16,
        day: Day,
    ) -> Result<DeadlineId, DispatchError> {
        ensure!((1..=WORKING_DAYS_MAX).contains(&working_days), Error::<T>::TermInvalid);
        let calendar = CurrentCalendar::<T>::get();
        ensure!(day <= Self::today_in(&calendar), Error::<T>::DayAhead);
        let day_zero_counts = CurrentParameters::<T>::get().day_zero_counts;
        let deadline = Deadline::start(kind, subject, responsible, working_days, day, day_zero_counts);
        let due = Self::runs_until(&deadline, &calendar)?;

        let id = LastDeadline::<T>::get().next();
        LastDeadline::<T>::put(id);
        let place = Place::Queue(due.day);
        let mut open = OpenDeadline { deadline, place };
        Self::put(id, &mut open, place);
        let started = DeadlineStarted { id, deadline, due };
        Self::append(RecordKind::DeadlineStarted, id, &open, &started);
        Self::deposit_event(Event::DeadlineStarted { started });
        Ok(id)
    }

    fn pause(id: DeadlineId) -> DispatchResult {
        let calendar = CurrentCalendar::<T>::get();
        let mut open = Self::open(id)?;
        ensure!(open.deadline.paused_since.is_none(), Error::<T>::Paused);
        Self::ensure_in_time(&open.deadline, &calendar)?;

        let since = Self::today_in(&calendar);
        open.deadline.pause(since);
        Self::put(id, &mut open, Place::of(None));
        let paused = DeadlinePaused { id, since };
        Self::append(RecordKind::DeadlinePaused, id, &open, &paused);
        Self::deposit_event(Event::DeadlinePaused { paused });
        Ok(())
    }

    fn resume(id: DeadlineId) -> DispatchResult {
        let calendar = CurrentCalendar::<T>::get();
        let mut open = Self::open(id)?;
        ensure!(open.deadline.paused_since.is_some(), Error::<T>::NotPaused);

        let on = Self::today_in(&calendar);
        open.deadline.resume(&calendar, on);
        let due = Self::runs_until(&open.deadline, &calendar)?;
        Self::put(id, &mut open, Place::Queue(due.day));
        let resumed = DeadlineResumed { id, on, paused_days: open.deadline.paused_days, due };
        Self::append(RecordKind::DeadlineResumed, id, &open, &resumed);
        Self::deposit_event(Event::DeadlineResumed { resumed });
        Ok(())
    }

    fn extend(id: DeadlineId, working_days: u16) -> DispatchResult {
        let calendar = CurrentCalendar::<T>::get();
        let mut open = Self::open(id)?;
        ensure!(working_days > 0, Error::<T>::TermInvalid);
        Self::ensure_in_time(&open.deadline, &calendar)?;
        let extension_max = Self::limit(open.deadline.kind).extension;
        let extension = open.deadline.extended.saturating_add(working_days);
        ensure!(extension <= extension_max, Error::<T>::ExtensionOverLimit);

        open.deadline.extend(working_days);
        let due = open.deadline.due(&calendar);
        Self::put(id, &mut open, Place::of(due));
        let extended = DeadlineExtended { id, working_days, due };
        Self::append(RecordKind::DeadlineExtended, id, &open, &extended);
        Self::deposit_event(Event::DeadlineExtended { extended });
        Ok(())
    }

    fn stop(id: DeadlineId) -> Result<bool, DispatchError> {
        Self::end(id, DeadlineEnd::Met).map(|end| end == DeadlineEnd::Met)
    }

    fn cancel(id: DeadlineId) -> DispatchResult {
        Self::end(id, DeadlineEnd::Needless).map(|_| ())
    }

    fn due(id: DeadlineId) -> Option<Moment> {
        let open = Deadlines::<T>::get(id)?;
        open.deadline.due(&CurrentCalendar::<T>::get()).map(|due| due.moment)
    }

    fn is_overdue(id: DeadlineId) -> bool {
        Deadlines::<T>::get(id)
            .is_some_and(|open| open.deadline.is_overdue(&CurrentCalendar::<T>::get(), T::Clock::now()))
    }

    fn limit(kind: DeadlineKind) -> Limit {
        CurrentParameters::<T>::get().limit(kind)
    }

    fn pauses_for_supplement() -> bool {
        CurrentParameters::<T>::get().pauses_for_supplement
    }

    fn finished_kept_days() -> u16 {
        CurrentParameters::<T>::get().finished_kept_days
    }

    fn lateness_days() -> u16 {
        CurrentParameters::<T>::get().lateness_days
    }

    fn day_of(moment: Moment) -> Day {
        CurrentCalendar::<T>::get().local_day(moment)
    }

    fn end_of(day: Day) -> Moment {
        CurrentCalendar::<T>::get().end_of_day(day)
    }
}

impl<T: Config> Pallet<T> {
    fn open(id: DeadlineId) -> Result<OpenDeadline, Error<T>> {
        Deadlines::<T>::get(id).ok_or(Error::UnknownDeadline)
    }

    /// Ends a deadline, `in_time` unless it is overdue, and says how it ended.
    fn end(id: DeadlineId, in_time: DeadlineEnd) -> Result<DeadlineEnd, DispatchError> {
        let calendar = CurrentCalendar::<T>::get();
        let open = Self::open(id)?;
        let is_overdue = open.deadline.is_overdue(&calendar, T::Clock::now());

        if is_overdue && matches!(open.place, Place::Queue(_)) {
            // The record that it was overdue has not had its turn, and must stand before that of its end.
            Self::write_overdue(id, open, &calendar);
        }
        let open = Self::open(id)?;
        Self::take(id, open.place);
        Deadlines::<T>::remove(id);
        let end = if is_overdue { DeadlineEnd::Missed } else { in_time };
        let stopped = DeadlineStopped { id, kind: open.deadline.kind, end, due: open.deadline.due(&calendar) };
        Self::append(RecordKind::DeadlineStopped, id, &open, &stopped);
        Self::deposit_event(Event::DeadlineStopped { stopped });
        Ok(end)
    }

    /// When a deadline that does not stand still is due.
    fn runs_until(deadline: &Deadline, calendar: &Calendar) -> Result<Due, Error<T>> {
        deadline.due(calendar).ok_or(Error::Paused)
    }

    fn ensure_in_time(deadline: &Deadline, calendar: &Calendar) -> DispatchResult {
        ensure!(!deadline.is_overdue(calendar, T::Clock::now()), Error::<T>::AlreadyOverdue);
        Ok(())
    }
}
