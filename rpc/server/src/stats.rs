//! `stats_`: sums of access events by day, read from the index: one row a day, whatever the number of events.

use crate::{
    access::{dimension, sees_all_of},
    context::Context,
    failure::Failure,
    page::{Gathered, rows_of},
    repudiations,
    visibility::Viewer,
};
use jsonrpsee::{
    Extensions,
    core::{RpcResult, async_trait},
};
use mulu_index::Sums;
use mulu_proofs::calendar::Day;
use mulu_rpc_api::{
    Cursor, Page,
    access::HistoryOf,
    stats::{DailyFilter, DaySums, StatsServer},
};
use std::sync::Arc;

/// The namespace.
pub struct Stats(pub Arc<Context>);

#[async_trait]
impl StatsServer for Stats {
    async fn daily(
        &self,
        extensions: &Extensions,
        filter: DailyFilter,
        cursor: Option<Cursor>,
        limit: Option<u32>,
    ) -> RpcResult<Page<DaySums>> {
        self.0
            .run_for(extensions, move |context, viewer| match sees(viewer, filter.of)? {
                true => daily(context, filter, cursor.as_ref(), limit),
                // As of something of which nothing was ever reported.
                false => Ok(Page::new(Vec::new(), None, context.parts.store.index_height()?)),
            })
            .await
    }
}

/// Whether a caller sees the sums of a history: those of whom it concerns, and of all together.
fn sees(viewer: &Viewer<'_>, of: HistoryOf) -> Result<bool, Failure> {
    match of {
        HistoryOf::Pseudonym(_) | HistoryOf::Finding(_) | HistoryOf::Day(_) | HistoryOf::All => viewer.sees_common(),
        _ => sees_all_of(viewer, of),
    }
}

/// Days and sums from the first day asked for, or from the one behind the cursor, which is the last day seen.
fn daily(
    context: &Context,
    filter: DailyFilter,
    cursor: Option<&Cursor>,
    limit: Option<u32>,
) -> Result<Page<DaySums>, Failure> {
    /// Rows of one scan.
    const CHUNK: usize = 128;
    let DailyFilter { of, from, until } = narrowed(filter);
    let prefix = dimension(of).sums_prefix();
    let prefix =
        prefix.ok_or(Failure::Filter { why: "no sums are kept by pseudonym; its events are in access_history" })?;
    if from.zip(until).is_some_and(|(from, until)| from >= until) {
        return Err(Failure::Filter { why: "the period ends before it begins" });
    }
    let seen = cursor.map(|cursor| read_day(&cursor.0).ok_or(Failure::Cursor)).transpose()?;
    let first = from.unwrap_or_default().max(seen.map(Day::next).unwrap_or_default());
    let store = &context.parts.store;
    let complete_to = store.index_height()?;
    let mut gathered = Gathered::new(rows_of(limit)?);
    let mut begin = first;
    let repudiated = repudiations::by_day(context, of)?;
    let repudiated_on = |day: Day| repudiated.as_ref().map(|days| days.get(&day).copied().unwrap_or_default());
    loop {
        let key = [&prefix[..], &begin.get().to_be_bytes()].concat();
        let found = store.index_scan(&prefix, Some(&key), CHUNK, false)?;
        for row in &found {
            let (day, sums) = Sums::read(row)?;
            if until.is_some_and(|until| day >= until) {
                return Ok(Page::new(gathered.rows, None, complete_to));
            }
            if let Some(end) = gathered.end(gathered.rows.len()) {
                let next = gathered.rows.last().map(|row| Cursor(row.day.get().to_be_bytes().to_vec()));
                return Ok(gathered.ended(end, next, complete_to));
            }
            gathered.push(DaySums { repudiated: repudiated_on(day), ..shown(day, sums) })?;
            begin = day.next();
        }
        if found.len() < CHUNK {
            return Ok(Page::new(gathered.rows, None, complete_to));
        }
    }
}

/// A day's own sums are those of all events, on that day.
fn narrowed(filter: DailyFilter) -> DailyFilter {
    match filter.of {
        HistoryOf::Day(day) => DailyFilter { of: HistoryOf::All, from: Some(day), until: Some(day.next()) },
        _ => filter,
    }
}

fn read_day(bytes: &[u8]) -> Option<Day> {
    Day::new(u32::from_be_bytes(bytes.try_into().ok()?))
}

fn shown(day: Day, sums: Sums) -> DaySums {
    let Sums { events, calls, rows, bytes, denied, with_findings } = sums;
    DaySums { day, events, calls, rows, bytes, denied, with_findings, repudiated: None }
}
