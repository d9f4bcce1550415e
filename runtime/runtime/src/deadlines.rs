//! What readers ask about deadlines. The answers follow from the calendar and the time of the block whose state is read, so they
//! are right even while records lag.

use crate::{BlockClock, Runtime};
use mulu_pallet_support::Clock;
use mulu_proofs::{
    calendar::{Calendar, Deadline, Due},
    ids::DeadlineId,
};
use pallet_calendar::{CurrentCalendar, Deadlines, OpenDeadline, Queue, QueueKey};

/// An open deadline, and what follows from calendar and block time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadlineFacts {
    /// Its permanent id.
    pub id: DeadlineId,
    /// What it is for, on what, who has to act, and how its days were counted so far.
    pub deadline: Deadline,
    /// How it stands.
    pub standing: Standing,
    /// Whether the record that it is overdue is still to come, though it is.
    pub record_lags: bool,
}

/// How a deadline stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It runs.
    Running {
        /// When it is due.
        due: Due,
        /// Working days after today, up to and including the last in time.
        days_left: u32,
    },
    /// It stands still.
    Paused,
    /// Its time has ended and nobody acted.
    Overdue {
        /// When it was due.
        due: Due,
    },
}

/// Some open deadlines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page<C> {
    /// The deadlines.
    pub rows: Vec<DeadlineFacts>,
    /// Where to go on; none at the end.
    pub next: Option<C>,
}

/// A deadline that has not been stopped.
pub fn deadline(id: DeadlineId) -> Option<DeadlineFacts> {
    let open = Deadlines::<Runtime>::get(id)?;
    Some(of(id, open, &CurrentCalendar::<Runtime>::get()))
}

/// Open deadlines that `keep` wants, in an order that is the same in every state: at most `rows_max` of them, out of at most
/// `looked_at_max` behind `after`.
pub fn open_deadlines(
    after: Option<DeadlineId>,
    rows_max: usize,
    looked_at_max: usize,
    keep: impl Fn(&DeadlineFacts) -> bool,
) -> Page<DeadlineId> {
    let keys = match after {
        Some(id) => Deadlines::<Runtime>::iter_keys_from_key(id),
        None => Deadlines::<Runtime>::iter_keys(),
    };
    page(keys, |id| *id, rows_max, looked_at_max, keep)
}

/// Deadlines that run, or whose record of being overdue is still to come, the first to be due first; bounds as in [`open_deadlines`].
pub fn next_due(
    after: Option<QueueKey>,
    rows_max: usize,
    looked_at_max: usize,
    keep: impl Fn(&DeadlineFacts) -> bool,
) -> Page<QueueKey> {
    let keys = match after {
        Some(key) => Queue::<Runtime>::iter_keys_from_key(key),
        None => Queue::<Runtime>::iter_keys(),
    };
    page(keys, |key| key.id(), rows_max, looked_at_max, keep)
}

fn page<C: Copy>(
    keys: impl Iterator<Item = C>,
    id: impl Fn(&C) -> DeadlineId,
    rows_max: usize,
    looked_at_max: usize,
    keep: impl Fn(&DeadlineFacts) -> bool,
) -> Page<C> {
    let calendar = CurrentCalendar::<Runtime>::get();
    let mut page = Page { rows: Vec::new(), next: None };
    for (looked_at, key) in keys.enumerate() {
        if page.rows.len() >= rows_max || looked_at >= looked_at_max {
            // Something is left: what was looked at last is where to go on.
            return page;
        }
        page.next = Some(key);
        let id = id(&key);
        let Some(open) = Deadlines::<Runtime>::get(id) else { continue };
        let open = of(id, open, &calendar);
        if keep(&open) {
            page.rows.push(open);
        }
    }
    page.next = None;
    page
}

fn of(id: DeadlineId, open: OpenDeadline, calendar: &Calendar) -> DeadlineFacts {
    let OpenDeadline { deadline, queued } = open;
    let now = BlockClock::now();
    let standing = match deadline.due(calendar) {
        None => Standing::Paused,
        Some(due) if due.moment <= now => Standing::Overdue { due },
        Some(due) => {
            let days_left = calendar.working_days_between(calendar.local_day(now), due.day).value;
            Standing::Running { due, days_left }
        }
    };
    let record_lags = queued.is_some() && matches!(standing, Standing::Overdue { .. });
    DeadlineFacts { id, deadline, standing, record_lags }
}
