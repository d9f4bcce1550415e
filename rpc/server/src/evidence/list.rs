//! Complete lists: every event of a series between two heights, with what shows that there are no others.

use super::{
    chain,
    needed::{self, Reported},
    verified,
};
use crate::{
    batches::OpenBatch,
    context::{Context, Found},
    failure::Failure,
};
use mulu_index::{Dimension, EventRow};
use mulu_proofs::{
    access::{BatchRecord, RunNumbers, Series},
    evidence::{
        Claim, ListProof, RunProof, Upper,
        package::{LIST_EVENTS_MAX, RECORDS_MAX},
    },
    hash::TreeKind,
    header::HeaderView,
    ids::{Digest32, EventNumber, Height, RecordNumber},
    records::RecordKind,
    state, tree,
};
use mulu_rpc_api::evidence::ListRequest;
use std::sync::Arc;

/// Rows of one scan; one row is one batch.
const CHUNK: usize = 64;
/// Records of a package that are left for streams, names, roles, and what was said of keys and events.
const RECORDS_BESIDE: usize = 64;

/// The package that the events of a series between two heights are all that were reported.
pub fn package(context: &Context, asked: &ListRequest) -> Result<Vec<u8>, Failure> {
    let tip = chain::tip(context, asked.tip)?;
    let (above, until) = (asked.above.unwrap_or_default(), asked.until.unwrap_or(tip.height));
    if above >= until || until > tip.height {
        return Err(Failure::Filter { why: "the heights of a list ascend, and end at the tip" });
    }
    let first = first_record(context, above.next())?;
    let before = before(context, asked.series, first)?;
    let Forward { batches, after } = forward(context, asked.series, first, until, tip.height)?;
    let shown = batches.iter().map(|batch| batch.record);
    let beside: Vec<RecordNumber> = before.into_iter().chain(after).collect();
    let opened: Vec<&OpenBatch> = batches.iter().map(|batch| &**batch).collect();
    let reported: Vec<Reported> = opened.iter().flat_map(|batch| reported(&batch.batch, asked.series)).collect();
    let records = needed::of_list(context, shown.chain(beside), &opened, &reported, tip.height)?;
    let after = match after {
        Some(record) => Upper::Batch(place(&records, record)?),
        None => Upper::State(last_number(context, asked.series, &tip)?),
    };
    let mut runs = Vec::new();
    for batch in &batches {
        let place = place(&records, batch.record)?;
        runs.extend(runs_of(batch, asked.series, place)?);
    }
    let before = before.map(|record| place(&records, record)).transpose()?;
    let list = ListProof { series: asked.series, above, until, runs, before, after };
    verified(context, Claim::List(list), &records, Some(tip.height))
}

/// Number of the first record of a block, or of the next one if it has none.
fn first_record(context: &Context, height: Height) -> Result<RecordNumber, Failure> {
    let header = HeaderView::read(&chain::header_bytes(context, height)?);
    let log = header.ok().and_then(|header| header.records).ok_or(Failure::Damaged { what: "a header" })?;
    Ok(RecordNumber::new(log.first))
}

/// The rows under which the batches of a series are found, others of the same entry or platform among them.
const fn dimension(series: Series) -> Dimension {
    match series {
        Series::Grant(grant) => Dimension::Grant(grant),
        Series::Entry(entry, _) => Dimension::Entry(entry),
        Series::Reporter(platform) => Dimension::Platform(platform),
    }
}

/// The newest batch of the series before a record.
fn before(context: &Context, series: Series, first: RecordNumber) -> Result<Option<RecordNumber>, Failure> {
    let dimension = dimension(series);
    let mut from = dimension.key(first);
    loop {
        let rows = context.parts.store.index_scan(&dimension.prefix(), Some(&from), CHUNK, true)?;
        for row in &rows {
            let number = EventRow::read(row)?.record;
            if number < first && has(&record_of(context, number)?, series) {
                return Ok(Some(number));
            }
        }
        match rows.last() {
            // The row at which a scan begins is its first.
            Some(last) if rows.len() == CHUNK => from.clone_from(&last.key),
            _ => return Ok(None),
        }
    }
}

/// The batches of a list, and the one behind them.
struct Forward {
    batches: Vec<Arc<OpenBatch>>,
    after: Option<RecordNumber>,
}

/// The batches of the series from a record on up to a height, and the next one, if there is one up to the tip.
fn forward(
    context: &Context,
    series: Series,
    first: RecordNumber,
    until: Height,
    tip: Height,
) -> Result<Forward, Failure> {
    let dimension = dimension(series);
    let mut from = dimension.key(first);
    let (mut batches, mut events) = (Vec::new(), 0);
    let mut next = first;
    loop {
        let rows = context.parts.store.index_scan(&dimension.prefix(), Some(&from), CHUNK, false)?;
        for row in &rows {
            let number = EventRow::read(row)?.record;
            if number < next {
                continue;
            }
            next = number.next();
            let found = context.indexed(number)?;
            let record: BatchRecord = found.body()?;
            if !has(&record, series) {
                continue;
            }
            if found.height > until {
                return Ok(Forward { batches, after: (found.height <= tip).then_some(number) });
            }
            events += numbers_of(&record, series).map(|run| run.count as usize).sum::<usize>();
            if events > LIST_EVENTS_MAX || batches.len() + RECORDS_BESIDE > RECORDS_MAX {
                let fits = found.height.get() - 1;
                return Err(Failure::evidence(format!(
                    "a package holds {LIST_EVENTS_MAX} events in {} batches: ask for the list up to height {fits}, then for the rest",
                    RECORDS_MAX - RECORDS_BESIDE
                )));
            }
            batches.push(context.batch(number)?.ok_or(Failure::Damaged { what: "the record of a batch" })?);
        }
        match rows.last() {
            Some(last) if rows.len() == CHUNK => from.clone_from(&last.key),
            _ => return Ok(Forward { batches, after: None }),
        }
    }
}

fn record_of(context: &Context, number: RecordNumber) -> Result<BatchRecord, Failure> {
    let found = context.indexed(number)?;
    if found.record.kind == RecordKind::BatchAccepted {
        found.body()
    } else {
        Err(Failure::Damaged { what: "an index row" })
    }
}

fn numbers_of(record: &BatchRecord, series: Series) -> impl Iterator<Item = &RunNumbers> {
    record.runs.iter().filter(move |run| run.series == series)
}

fn has(record: &BatchRecord, series: Series) -> bool {
    numbers_of(record, series).next().is_some()
}

/// The events of the series in a batch, run by run.
fn reported(batch: &BatchRecord, series: Series) -> Vec<Reported> {
    let mut first = batch.header.first.get();
    let mut reported = Vec::new();
    for run in batch.runs.iter() {
        let next = first + u64::from(run.count);
        if run.series == series {
            reported.push(Reported::of(batch, EventNumber::new(first), EventNumber::new(next - 1)));
        }
        first = next;
    }
    reported
}

/// The runs of the series in a batch, each with its range.
fn runs_of(batch: &OpenBatch, series: Series, place: u32) -> Result<Vec<RunProof>, Failure> {
    const LOST: Failure = Failure::Damaged { what: "the body of a batch" };
    let hashes: Vec<Digest32> = batch.leaves.iter().map(|leaf| leaf.leaf()).collect();
    let mut runs = Vec::new();
    let mut start = 0;
    for run in batch.batch.runs.iter() {
        let count = run.count as usize;
        if run.series == series {
            let leaves = batch.leaves.get(start..start + count).ok_or(LOST)?;
            let range = tree::range(TreeKind::PublicEvents, &hashes, start, count).ok_or(LOST)?;
            runs.push(RunProof { batch: place, leaves: leaves.iter().map(|leaf| leaf.bytes()).collect(), range });
        }
        start += count;
    }
    Ok(runs)
}

/// Proof of the last number of the series in the state of the tip.
fn last_number(context: &Context, series: Series, tip: &chain::Tip) -> Result<Vec<Vec<u8>>, Failure> {
    let store = &context.parts.store;
    if tip.height < store.oldest_state() {
        let oldest = store.oldest_state();
        return Err(Failure::evidence(format!(
            "nothing of the series was reported after the list, and only the state of height {oldest} or later shows that: take a later tip"
        )));
    }
    let header = store.header(tip.height)?.ok_or(Failure::Damaged { what: "a header" })?;
    let key = state::last_in_series_key(series);
    let nodes = context.parts.executor.read_proof(&header, std::slice::from_ref(&key))?;
    state::arrange(&header.state_root.0, &key, &nodes).map_err(|_| Failure::Damaged { what: "the proof of a series" })
}

fn place(records: &[Found], number: RecordNumber) -> Result<u32, Failure> {
    let place = records.binary_search_by_key(&number, |found| found.record.number).ok();
    place.and_then(|place| u32::try_from(place).ok()).ok_or(Failure::Damaged { what: "the order of records" })
}
