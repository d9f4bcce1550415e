//! What governance enacts, and what a block does on its own account. Acts on single deadlines have a file of their own.

use crate::pallet::{
    Aside, Config, CurrentCalendar, CurrentParameters, Deadlines, Error, Event, Pallet, Queue, Recomputing,
};
use crate::types::{OpenDeadline, Place, QueueKey};
use frame_support::dispatch::DispatchResult;
use mulu_pallet_support::{Clock, Overdue, Records};
use mulu_proofs::{
    calendar::{Calendar, CalendarError, Day, DeadlineOverdue, DeadlineRecomputed, Parameters, YearCalendar},
    ids::{DeadlineId, DepartmentId},
    records::{RecordKind, Subject},
};

impl<T: Config> Pallet<T> {
    /// Sets the arrangement of a year; what `Call::set_year` does for root.
    ///
    /// # Errors
    /// Those of `Call::set_year`.
    pub fn do_set_year(year: YearCalendar) -> DispatchResult {
        let mut calendar = CurrentCalendar::<T>::get();
        calendar.set_year(year.clone(), Self::today_in(&calendar)).map_err(Self::refused)?;

        CurrentCalendar::<T>::put(calendar);
        Recomputing::<T>::put(DeadlineId::default());
        T::Records::append(RecordKind::CalendarSet, DepartmentId::default(), None, &[], &year);
        Self::deposit_event(Event::CalendarSet { year });
        Ok(())
    }

    /// Sets the parameters; what `Call::set_parameters` does for root.
    ///
    /// # Errors
    /// Those of `Call::set_parameters`.
    pub fn do_set_parameters(parameters: Parameters) -> DispatchResult {
        parameters.check().map_err(Self::refused)?;
        let mut calendar = CurrentCalendar::<T>::get();
        calendar.set_offset(parameters.utc_offset_minutes, T::Clock::now()).map_err(Self::refused)?;

        // The offset moves the end of days, never a deadline to another day: nothing is recomputed.
        CurrentCalendar::<T>::put(calendar);
        CurrentParameters::<T>::put(&parameters);
        T::Records::append(RecordKind::ParametersSet, DepartmentId::default(), None, &[], &parameters);
        Self::deposit_event(Event::ParametersSet { parameters });
        Ok(())
    }

    /// The day of the block under execution.
    pub(crate) fn today_in(calendar: &Calendar) -> Day {
        calendar.local_day(T::Clock::now())
    }

    /// What a block does on its own account: works in a change of the calendar, then records what is overdue.
    pub(crate) fn work_off(deadlines_max: u32) {
        let left = deadlines_max - Self::recompute(deadlines_max);
        // Behind the whole recomputation, so that the queue is in the order of the days as they are now.
        if left > 0 && !Recomputing::<T>::exists() {
            Self::record_overdue(left);
        }
    }

    /// Recomputes at most so many open deadlines, and returns how many it looked at.
    fn recompute(deadlines_max: u32) -> u32 {
        let Some(last) = Recomputing::<T>::get() else { return 0 };
        let calendar = CurrentCalendar::<T>::get();
        let rest = if last == DeadlineId::default() {
            Deadlines::<T>::iter()
        } else {
            // A deadline that was stopped meanwhile still has its place among the keys.
            Deadlines::<T>::iter_from_key(last)
        };
        let found: Vec<_> = rest.take(deadlines_max as usize).collect();
        for (id, open) in &found {
            Self::requeue(*id, *open, &calendar);
        }
        let looked_at = u32::try_from(found.len()).expect("at most as many as asked for");
        match found.last() {
            Some((id, _)) if looked_at == deadlines_max => Recomputing::<T>::put(id),
            _ => Recomputing::<T>::kill(),
        }
        looked_at
    }

    /// Gives a deadline its new place in the queue, if the calendar has moved its day.
    fn requeue(id: DeadlineId, mut open: OpenDeadline, calendar: &Calendar) {
        let (Place::Queue(before), Some(after)) = (open.place, open.deadline.due(calendar)) else { return };
        if before == after.day {
            return;
        }
        Self::put(id, &mut open, Place::Queue(after.day));
        let recomputed = DeadlineRecomputed { id, before, after };
        Self::append(RecordKind::DeadlineRecomputed, id, &open, &recomputed);
        Self::deposit_event(Event::DeadlineRecomputed { recomputed });
    }

    /// Records at most so many overdue deadlines, in due order.
    fn record_overdue(deadlines_max: u32) {
        let mut keys = Queue::<T>::iter_keys().take(deadlines_max as usize).peekable();
        if keys.peek().is_none() {
            return;
        }
        let calendar = CurrentCalendar::<T>::get();
        let today = Self::today_in(&calendar);
        let ended: Vec<QueueKey> = keys.take_while(|key| key.day() < today).collect();
        for key in ended {
            let Some(open) = Deadlines::<T>::get(key.id()) else { continue };
            Self::write_overdue(key.id(), open, &calendar);
        }
    }

    /// Takes an overdue deadline out of the queue and puts it on record.
    pub(crate) fn write_overdue(id: DeadlineId, mut open: OpenDeadline, calendar: &Calendar) {
        let Some(due) = open.deadline.due(calendar) else { return };
        Self::put(id, &mut open, Place::Aside(due.day));
        let overdue = DeadlineOverdue { id, kind: open.deadline.kind, due };
        Self::append(RecordKind::DeadlineOverdue, id, &open, &overdue);
        Self::deposit_event(Event::DeadlineOverdue { overdue });
        T::Overdue::overdue(id, &open.deadline, &due);
    }

    /// Stores a deadline at a place, and takes it from where it stood.
    pub(crate) fn put(id: DeadlineId, open: &mut OpenDeadline, place: Place) {
        Self::take(id, open.place);
        open.place = place;
        match place {
            Place::Queue(day) => Queue::<T>::insert(QueueKey::new(day, id), ()),
            Place::Aside(day) => Aside::<T>::insert(QueueKey::new(day, id), ()),
        }
        Deadlines::<T>::insert(id, *open);
    }

    /// Takes a deadline from its place.
    pub(crate) fn take(id: DeadlineId, place: Place) {
        match place {
            Place::Queue(day) => Queue::<T>::remove(QueueKey::new(day, id)),
            Place::Aside(day) => Aside::<T>::remove(QueueKey::new(day, id)),
        }
    }

    /// Records something about a deadline, under all that it is about. Clocks follow from acts that have signed records of their
    /// own, and from time, which nobody signs.
    pub(crate) fn append(kind: RecordKind, id: DeadlineId, open: &OpenDeadline, body: &impl codec::Encode) {
        let responsible = open.deadline.responsible;
        let subjects = [Subject::Deadline(id), open.deadline.subject, Subject::Department(responsible)];
        T::Records::append(kind, responsible, None, &subjects, body);
    }

    /// The pallet's error for a refusal of the calendar.
    fn refused(error: CalendarError) -> Error<T> {
        match error {
            CalendarError::DayPassed { .. } => Error::DayPassed,
            CalendarError::TooManyYears => Error::TooManyYears,
            CalendarError::OffsetStep => Error::OffsetStep,
            CalendarError::TooManyOffsets => Error::TooManyOffsets,
            CalendarError::Offset { .. }
            | CalendarError::DayLength { .. }
            | CalendarError::FinishedKept { .. }
            | CalendarError::Lateness { .. }
            | CalendarError::Limit { .. }
            | CalendarError::LimitsNotAscending { .. } => Error::ParametersInvalid,
            CalendarError::Year { .. }
            | CalendarError::SourceMissing
            | CalendarError::OtherYear { .. }
            | CalendarError::NotAscending { .. }
            | CalendarError::NotWeekend { .. }
            | CalendarError::Both { .. } => Error::CalendarInvalid,
        }
    }
}
