//! What readers ask about deadlines. The answers follow from the calendar and the time of the block whose state is read, so they
//! are right even while records lag.

use crate::{BlockClock, Runtime};
use mulu_pallet_support::Clock;
use mulu_proofs::{
    calendar::{Calendar, Deadline, Due},
    ids::DeadlineId,
};
use pallet_calendar::{Aside, CurrentCalendar, Deadlines, OpenDeadline, Place, Queue, QueueKey};

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
pub struct Page {
    /// The deadlines.
    pub rows: Vec<DeadlineFacts>,
    /// Where to go on; none at the end.
    pub next: Option<QueueKey>,
}

/// A deadline that has not been stopped.
pub fn deadline(id: DeadlineId) -> Option<DeadlineFacts> {
    let open = Deadlines::<Runtime>::get(id)?;
    Some(of(id, open, &CurrentCalendar::<Runtime>::get()))
}

/// Open deadlines that `keep` wants, the first to be due first, paused ones behind all others: at most `rows_max` of them, out of at
/// most `looked_at_max` behind `after`.
///
/// Whoever reads on in a later state misses none: the record that a deadline is overdue leaves it at its place in this order.
pub fn open_deadlines(
    after: Option<QueueKey>,
    rows_max: usize,
    looked_at_max: usize,
    keep: impl Fn(&DeadlineFacts) -> bool,
) -> Page {
    let calendar = CurrentCalendar::<Runtime>::get();
    let mut page = Page::default();
    for (looked_at, key) in in_due_order(after).enumerate() {
        if page.rows.len() >= rows_max || looked_at >= looked_at_max {
            // Something is left: what was looked at last is where to go on.
            return page;
        }
        page.next = Some(key);
        let Some(open) = Deadlines::<Runtime>::get(key.id()) else { continue };
        let open = of(key.id(), open, &calendar);
        if keep(&open) {
            page.rows.push(open);
        }
    }
    page.next = None;
    page
}

/// Every open deadline stands in the queue or beside it, both in due order.
fn in_due_order(after: Option<QueueKey>) -> impl Iterator<Item = QueueKey> {
    let (queue, aside) = match after {
        Some(key) => (Queue::<Runtime>::iter_keys_from_key(key), Aside::<Runtime>::iter_keys_from_key(key)),
        None => (Queue::<Runtime>::iter_keys(), Aside::<Runtime>::iter_keys()),
    };
    let (mut queue, mut aside) = (queue.peekable(), aside.peekable());
    core::iter::from_fn(move || match (queue.peek(), aside.peek()) {
        (Some(queued), Some(other)) if other < queued => aside.next(),
        (Some(_), _) => queue.next(),
        (None, _) => aside.next(),
    })
}

fn of(id: DeadlineId, open: OpenDeadline, calendar: &Calendar) -> DeadlineFacts {
    let OpenDeadline { deadline, place } = open;
    let now = BlockClock::now();
    let standing = match deadline.due(calendar) {
        None => Standing::Paused,
        Some(due) if due.moment <= now => Standing::Overdue { due },
        Some(due) => {
            let days_left = calendar.working_days_between(calendar.local_day(now), due.day).value;
            Standing::Running { due, days_left }
        }
    };
    let record_lags = matches!((place, standing), (Place::Queue(_), Standing::Overdue { .. }));
    DeadlineFacts { id, deadline, standing, record_lags }
}
