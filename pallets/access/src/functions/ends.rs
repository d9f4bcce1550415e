//! How far the series of a batch have come: each is read once and written once.

use crate::{
    pallet::{Config, LastInSeries, Pallet, Used, UsedFrom},
    types::SeriesEnd,
};
use mulu_proofs::{
    access::{EVENTS_MAX, PublicLeaf, RunNumbers, Series, rules::Usage},
    catalog::List,
    ids::{GrantId, SeriesNumber},
};
use std::collections::BTreeMap;

/// The ends of series, as the state has them, and as the batch moves them.
pub(super) struct Ends<T> {
    ends: BTreeMap<Series, SeriesEnd>,
    config: core::marker::PhantomData<T>,
}

impl<T> Default for Ends<T> {
    fn default() -> Self {
        Self { ends: BTreeMap::new(), config: core::marker::PhantomData }
    }
}

impl<T: Config> Ends<T> {
    fn of(&mut self, series: Series) -> &mut SeriesEnd {
        self.ends.entry(series).or_insert_with(|| LastInSeries::<T>::get(series))
    }

    /// What was used of a grant on a day before this batch.
    pub(super) fn used(&mut self, day: u32, grant: GrantId) -> Usage {
        self.of(Series::Grant(grant)).used_on(day).unwrap_or_else(|| Used::<T>::get(day, grant))
    }

    /// Numbers the events of each run in its series. Two runs may be of one series: two versions of a grant, or of an entry.
    pub(super) fn number(&mut self, leaves: &[PublicLeaf]) -> List<RunNumbers, EVENTS_MAX> {
        let mut runs = Vec::new();
        for run in leaves.chunk_by(|a, b| a.key == b.key) {
            let series = run[0].key.series();
            let end = self.of(series);
            let count = u32::try_from(run.len()).expect("a run is part of a batch of at most EVENTS_MAX events");
            runs.push(RunNumbers { series, first: end.number.next(), count });
            end.number = SeriesNumber::new(end.number.get() + u64::from(count));
        }
        List::try_from(runs).expect("no more runs than events, which the codec bounds by EVENTS_MAX")
    }

    /// Writes numbers and counts. A day that a later one follows gets a row of its own.
    pub(super) fn write(mut self, used: &BTreeMap<(u32, GrantId), Usage>) {
        let counted_from = Pallet::<T>::counted_from();
        // Ascending by day, so that the last day of a grant comes last.
        for ((day, grant), usage) in used {
            let end = self.of(Series::Grant(*grant));
            if *day < end.day {
                Self::put(*day, *grant, usage);
                continue;
            }
            if *day > end.day && end.day >= counted_from && end.used != Usage::default() {
                Self::put(end.day, *grant, &end.used);
            }
            (end.day, end.used) = (*day, *usage);
        }
        for (series, end) in self.ends {
            LastInSeries::<T>::insert(series, end);
        }
    }

    fn put(day: u32, grant: GrantId, usage: &Usage) {
        if !UsedFrom::<T>::exists() {
            UsedFrom::<T>::put(Pallet::<T>::counted_from());
        }
        Used::<T>::insert(day, grant, usage);
    }
}
