//! Rows of one batch: its events by everything that they can be found by.
//!
//! A batch is ordered by grant, or by entry and consumer where there is none. So what its parties are found by is looked up once a run
//! and not once an event, and what all of its events share once a batch.

use crate::{
    events::{Dimension, EventRow},
    sums::Sums,
};
use mulu_proofs::{
    access::{BatchRecord, PublicLeaf, RunKey},
    calendar::{Calendar, Day},
    ids::Moment,
    records::Record,
};
use std::{collections::BTreeMap, ops::Range};

/// What a block's events add up to.
pub type DaySums = BTreeMap<(Dimension, Day), Sums>;

/// Events of one batch by dimension.
struct Found<'a> {
    record: &'a Record,
    leaves: &'a [PublicLeaf],
    rows: BTreeMap<Dimension, EventRow>,
}

/// The rows of a batch, whose leaves are as many as its record says. What they add up to goes to `sums`.
pub fn batch_rows(
    record: &Record,
    accepted: &BatchRecord,
    leaves: &[PublicLeaf],
    calendar: &Calendar,
    sums: &mut DaySums,
) -> BTreeMap<Dimension, EventRow> {
    let mut found = Found { record, leaves, rows: BTreeMap::new() };
    let mut days = Days { calendar, recorded: record.moment, last: None };
    let days: Vec<Day> = leaves.iter().map(|leaf| days.of(leaf.time)).collect();
    let mut has_findings = vec![false; leaves.len()];
    for event in &accepted.findings {
        let place = event.place as usize;
        let (Some(leaf), Some(has_findings)) = (leaves.get(place), has_findings.get_mut(place)) else { continue };
        *has_findings = !event.findings.is_empty();
        for bit in (0..16).filter(|bit| event.findings.0 >> bit & 1 == 1) {
            found.add(Dimension::Finding(bit), place..place + 1);
            add(sums, Dimension::Finding(bit), days[place], Sums::of(leaf, true));
        }
    }
    let mut start = 0;
    for run in leaves.chunk_by(|a, b| parties(a) == parties(b)) {
        let range = start..start + run.len();
        start = range.end;
        let by_day = totals(&leaves[range.clone()], &days[range.clone()], &has_findings[range.clone()]);
        for dimension in parties(&run[0]).into_iter().flatten() {
            found.add(dimension, range.clone());
            by_day.iter().for_each(|(day, total)| add(sums, dimension, *day, *total));
        }
    }
    let by_day = totals(leaves, &days, &has_findings);
    for dimension in [Dimension::All, Dimension::Platform(accepted.platform)] {
        found.add(dimension, 0..leaves.len());
        by_day.iter().for_each(|(day, total)| add(sums, dimension, *day, *total));
    }
    found.add_days(&days);
    found.add_pseudonyms();
    found.rows
}

fn add(sums: &mut DaySums, dimension: Dimension, day: Day, more: Sums) {
    let sum = sums.entry((dimension, day)).or_default();
    *sum = sum.plus(more);
}

/// What an event's parties are found by.
fn parties(leaf: &PublicLeaf) -> [Option<Dimension>; 4] {
    let grant = match leaf.key {
        RunKey::Grant(grant, _) => Some(Dimension::Grant(grant)),
        RunKey::Entry(..) | RunKey::Reporter(_) => None,
    };
    [
        leaf.entry.map(|(entry, _)| Dimension::Entry(entry)),
        grant,
        leaf.provider.map(Dimension::Provider),
        leaf.consumer.map(Dimension::Consumer),
    ]
}

/// What neighbouring events add up to, by day.
fn totals(leaves: &[PublicLeaf], days: &[Day], has_findings: &[bool]) -> BTreeMap<Day, Sums> {
    let mut totals = BTreeMap::<Day, Sums>::new();
    for ((leaf, day), has_findings) in leaves.iter().zip(days).zip(has_findings) {
        let total = totals.entry(*day).or_default();
        *total = total.plus(Sums::of(leaf, *has_findings));
    }
    totals
}

impl Found<'_> {
    /// Adds neighbouring events, which come behind all that were added.
    fn add(&mut self, dimension: Dimension, places: Range<usize>) {
        let times = || self.leaves[places.clone()].iter().map(|leaf| leaf.time);
        let (Some(first), Some(last)) = (times().min(), times().max()) else { return };
        let row = self.rows.entry(dimension).or_insert_with(|| EventRow {
            record: self.record.number,
            time_first: first,
            time_last: last,
            positions: Vec::new(),
        });
        row.time_first = row.time_first.min(first);
        row.time_last = row.time_last.max(last);
        let position = |place| u32::try_from(place).expect("a batch has at most EVENTS_MAX events");
        row.positions.extend(places.map(position));
    }

    fn add_days(&mut self, days: &[Day]) {
        let mut start = 0;
        for run in days.chunk_by(|a, b| a == b) {
            self.add(Dimension::Day(run[0]), start..start + run.len());
            start += run.len();
        }
    }

    fn add_pseudonyms(&mut self) {
        for (place, leaf) in self.leaves.iter().enumerate() {
            if let Some(pseudonym) = leaf.pseudonym {
                self.add(Dimension::Pseudonym(pseudonym), place..place + 1);
            }
        }
    }
}

/// The days that events count on.
struct Days<'a> {
    calendar: &'a Calendar,
    recorded: Moment,
    /// The last day asked for, with its first moment and the first one behind it.
    last: Option<(Day, Moment, Moment)>,
}

impl Days<'_> {
    /// The day that an event counts on. One whose time runs ahead of its block counts on the block's day: only of moments that have passed
    /// is it certain that no later change of the local offset moves them.
    fn of(&mut self, time: Moment) -> Day {
        let moment = time.min(self.recorded);
        match self.last {
            Some((day, begin, end)) if (begin..end).contains(&moment) => day,
            _ => {
                let day = self.calendar.local_day(moment);
                let begin =
                    if day == Day::default() { Moment::default() } else { self.calendar.end_of_day(day.previous()) };
                self.last = Some((day, begin, self.calendar.end_of_day(day)));
                day
            }
        }
    }
}
