//! `access_`: history by what an event names, has or lies in; streams; batches.

use crate::{
    batches::OpenBatch,
    context::{Context, Found},
    failure::Failure,
    limits::BATCHES_OPENED_MAX,
    page::{End, Gathered, List, page, rows_of},
    reconciliation, repudiations,
    turns::Turns,
    visibility::Viewer,
};
use jsonrpsee::{
    Extensions,
    core::{RpcResult, async_trait},
};
use mulu_index::{
    Dimension, EventCursor, EventQuery, EventRow, RecordList, RecordRow,
    keys::{self, StreamRow},
};
use mulu_primitives::stages::IndexRow;
use mulu_proofs::{
    access::{BatchRecord, Series, StreamOpened},
    departments::AccountKey,
    ids::{EventNumber, GrantId, Moment, RecordNumber, StreamId, SystemId},
    records::{RecordKind, Subject},
};
use mulu_rpc_api::{
    ArchivedBatch, Cursor, Cut, Hex32, Page,
    access::{
        AccessServer, Batch, DecisionPoint, Event, EventRef, HistoryFilter, HistoryOf, Reconciliation, Repudiation,
        RepudiationFilter, Stream,
    },
};
use mulu_storage::StorageError;
use std::sync::Arc;

/// The namespace.
pub struct Access(pub Arc<Context>);

#[async_trait]
impl AccessServer for Access {
    async fn history(
        &self,
        extensions: &Extensions,
        filter: HistoryFilter,
        cursor: Option<Cursor>,
        limit: Option<u32>,
    ) -> RpcResult<Page<Event>> {
        self.0
            .run_for(extensions, move |context, viewer| history(context, viewer, &filter, cursor.as_ref(), limit))
            .await
    }

    async fn event(&self, extensions: &Extensions, event: EventRef) -> RpcResult<Option<Event>> {
        self.0
            .run_for(extensions, move |context, viewer| {
                let mut shown = seen_event(context, viewer, event)?.and_then(|(batch, place)| batch.event(place));
                repudiations::mark(context, shown.as_mut_slice())?;
                Ok(shown)
            })
            .await
    }

    async fn stream(&self, extensions: &Extensions, stream: StreamId) -> RpcResult<Option<Stream>> {
        self.0
            .run_for(extensions, move |context, viewer| {
                if !viewer.sees_stream(stream)? {
                    return Ok(None);
                }
                let turns = Turns::read(context)?;
                opening(context, stream)?.map(|found| read_stream(context, &found, &turns)).transpose()
            })
            .await
    }

    async fn streams(
        &self,
        extensions: &Extensions,
        platform: Option<SystemId>,
        cursor: Option<Cursor>,
        limit: Option<u32>,
    ) -> RpcResult<Page<Stream>> {
        self.0
            .run_for(extensions, move |context, viewer| {
                let list = List::newest(RecordList::Kind(RecordKind::StreamOpened).prefix(), 8);
                let turns = Turns::read(context)?;
                page(context, &list, cursor.as_ref(), limit, |row| {
                    let found = context.indexed(RecordRow::read(row)?.number)?;
                    let opened: StreamOpened = found.body()?;
                    let is_asked_for = platform.is_none_or(|platform| platform == opened.platform)
                        && viewer.sees_own_of(found.record.department)?;
                    is_asked_for.then(|| read_stream(context, &found, &turns)).transpose()
                })
            })
            .await
    }

    async fn batch(&self, extensions: &Extensions, record: RecordNumber) -> RpcResult<Option<Batch>> {
        self.0
            .run_for(extensions, move |context, viewer| {
                let Some(found) = context.record(record)? else { return Ok(None) };
                if found.record.kind != RecordKind::BatchAccepted || !viewer.sees_record(&found)? {
                    return Ok(None);
                }
                Ok(Some(Batch {
                    record,
                    height: found.height,
                    recorded_at: found.record.moment,
                    reporter: found.record.department,
                    batch: found.body()?,
                }))
            })
            .await
    }

    async fn reconciliation(&self, extensions: &Extensions, grant: GrantId) -> RpcResult<Option<Reconciliation>> {
        self.0
            .run_for(extensions, move |context, viewer| match viewer.sees_grant(grant)? {
                true => reconciliation::of(context, grant),
                false => Ok(None),
            })
            .await
    }

    async fn repudiations(
        &self,
        extensions: &Extensions,
        filter: Option<RepudiationFilter>,
        cursor: Option<Cursor>,
        limit: Option<u32>,
    ) -> RpcResult<Page<Repudiation>> {
        let filter = filter.unwrap_or_default();
        self.0
            .run_for(extensions, move |context, viewer| {
                repudiations::list(context, viewer, &filter, cursor.as_ref(), limit)
            })
            .await
    }

    async fn decision_points(&self, cursor: Option<Cursor>, limit: Option<u32>) -> RpcResult<Page<DecisionPoint>> {
        self.0.run(move |context| reconciliation::decision_points(context, cursor.as_ref(), limit)).await
    }
}

/// The batch of an event and the event's place in it.
pub fn locate(context: &Context, event: EventRef) -> Result<Option<(Arc<OpenBatch>, u32)>, Failure> {
    placed(context, event)?.map(|(record, place)| open(context, record, place)).transpose()
}

/// The same, if the caller sees the event.
pub fn seen_event(
    context: &Context,
    viewer: &Viewer<'_>,
    event: EventRef,
) -> Result<Option<(Arc<OpenBatch>, u32)>, Failure> {
    let Some((record, place)) = placed(context, event)? else { return Ok(None) };
    // Before the body is opened: that it is archived is told to those alone who see the event.
    match seen_places(context, viewer, record, vec![place])?.is_empty() {
        true => Ok(None),
        false => open(context, record, place).map(Some),
    }
}

/// The record of an event's batch, and the event's place in it.
fn placed(context: &Context, event: EventRef) -> Result<Option<(RecordNumber, u32)>, Failure> {
    let prefix = keys::stream_prefix(event.stream);
    let from = keys::stream(event.stream, event.event);
    // The nearest batch that begins at or before the event.
    let rows = context.parts.store.index_scan(&prefix, Some(&from), 1, true)?;
    let Some(row) = rows.first().map(StreamRow::read).transpose()? else { return Ok(None) };
    let place = event.event.get() - row.first.get();
    Ok(u32::try_from(place).ok().filter(|place| *place < row.count).map(|place| (row.record, place)))
}

fn open(context: &Context, record: RecordNumber, place: u32) -> Result<(Arc<OpenBatch>, u32), Failure> {
    let batch = context.batch(record)?.ok_or(Failure::Damaged { what: "the record of a batch" })?;
    Ok((batch, place))
}

/// Those places of a batch whose events a caller sees. The batch's record says whose they are, and stays where its body is archived.
fn seen_places(
    context: &Context,
    viewer: &Viewer<'_>,
    record: RecordNumber,
    places: Vec<u32>,
) -> Result<Vec<u32>, Failure> {
    if viewer.sees_everything() {
        return Ok(places);
    }
    let found = context.indexed(record)?;
    if viewer.sees_record(&found)? {
        return Ok(places);
    }
    let batch: BatchRecord = found.body()?;
    let mut seen = Vec::new();
    let mut end = 0;
    for run in batch.runs.iter() {
        let start = end;
        end += run.count;
        let within: Vec<u32> = places.iter().copied().filter(|place| (start..end).contains(place)).collect();
        if !within.is_empty() && viewer.sees_series(run.series)? {
            seen.extend(within);
        }
    }
    Ok(seen)
}

/// What a caller sees of a batch's events; none if nothing.
fn seen_events(context: &Context, viewer: &Viewer<'_>, events: Option<EventRow>) -> Result<Option<EventRow>, Failure> {
    let Some(mut events) = events else { return Ok(None) };
    events.positions = seen_places(context, viewer, events.record, events.positions)?;
    Ok((!events.positions.is_empty()).then_some(events))
}

/// Whether a caller sees every event of a history.
pub fn sees_all_of(viewer: &Viewer<'_>, of: HistoryOf) -> Result<bool, Failure> {
    match of {
        HistoryOf::Entry(id) => viewer.sees_drafts(id),
        HistoryOf::Grant(id) => viewer.sees_series(Series::Grant(id)),
        HistoryOf::Provider(id) | HistoryOf::Consumer(id) => viewer.sees_own_of(id),
        HistoryOf::Platform(id) => viewer.sees_system(id),
        HistoryOf::Pseudonym(_) | HistoryOf::Finding(_) | HistoryOf::Day(_) | HistoryOf::All => {
            Ok(viewer.sees_everything())
        }
    }
}

/// What the index calls it.
pub const fn dimension(of: HistoryOf) -> Dimension {
    match of {
        HistoryOf::Entry(id) => Dimension::Entry(id),
        HistoryOf::Grant(id) => Dimension::Grant(id),
        HistoryOf::Provider(id) => Dimension::Provider(id),
        HistoryOf::Consumer(id) => Dimension::Consumer(id),
        HistoryOf::Platform(id) => Dimension::Platform(id),
        HistoryOf::Pseudonym(pseudonym) => Dimension::Pseudonym(pseudonym),
        HistoryOf::Finding(name) => Dimension::Finding(name.bit()),
        HistoryOf::Day(day) => Dimension::Day(day),
        HistoryOf::All => Dimension::All,
    }
}

fn query(filter: &HistoryFilter, cursor: Option<&Cursor>) -> Result<EventQuery, Failure> {
    if filter.from.zip(filter.until).is_some_and(|(from, until)| from >= until) {
        return Err(Failure::Filter { why: "the period ends before it begins" });
    }
    let cursor = cursor.map(|cursor| EventCursor::read(&cursor.0).ok_or(Failure::Cursor)).transpose()?;
    Ok(EventQuery { dimension: dimension(filter.of), from: filter.from, until: filter.until, cursor })
}

fn history(
    context: &Context,
    viewer: &Viewer<'_>,
    filter: &HistoryFilter,
    cursor: Option<&Cursor>,
    limit: Option<u32>,
) -> Result<Page<Event>, Failure> {
    /// Rows of one scan; one row is one batch.
    const CHUNK: usize = 64;
    let store = &context.parts.store;
    let query = query(filter, cursor)?;
    let mut gathered = Gathered::new(rows_of(limit)?);
    let mut archived = Vec::new();
    let complete_to = store.index_height()?;
    let (mut opened, mut looked) = (0, 0);
    let mut seen = query.start();
    let mut is_first = true;
    let (end, next) = 'page: loop {
        let found = store.index_scan(&query.prefix(), seen.as_deref(), CHUNK, true)?;
        // The row of the cursor itself still has older events; the one where an earlier scan ended has none.
        let found = found.get(usize::from(!is_first)..).unwrap_or_default();
        let likely = likely(context, viewer, &query, found, gathered.room())?;
        let is_end = found.len() < CHUNK - usize::from(!is_first) && likely.len() == found.len();
        is_first = false;
        context.open_ahead(likely.iter().flatten().map(|events| events.record));
        for (row, events) in found.iter().zip(likely) {
            looked += 1;
            seen = Some(row.key.clone());
            let Some(events) = events else {
                if let Some(end) = gathered.end(looked) {
                    break 'page (end, Some(behind(EventRow::read(row)?.record)));
                }
                continue;
            };
            opened += 1;
            match gather(context, filter, &query, &events, &mut gathered) {
                Ok(Some(last)) => {
                    let end = gathered.end(looked).unwrap_or(End::Full);
                    break 'page (end, Some(Cursor(last.bytes().to_vec())));
                }
                Ok(None) => {}
                Err(Failure::Archived(StorageError::Archived { height, file })) => {
                    let count = u32::try_from(events.positions.len()).unwrap_or(u32::MAX);
                    archived.push(ArchivedBatch { record: events.record, height, events: count, file });
                }
                Err(error) => return Err(error),
            }
            let end = if opened == BATCHES_OPENED_MAX { Some(End::Cut(Cut::Looked)) } else { gathered.end(looked) };
            if let Some(end) = end {
                break 'page (end, Some(behind(events.record)));
            }
        }
        if is_end {
            break (End::Full, None);
        }
    };
    repudiations::mark(context, &mut gathered.rows)?;
    Ok(Page { archived, ..gathered.ended(end, next, complete_to) })
}

/// What a caller sees of each row, from the first: of so many rows that they have `wanted` events, unless the filter passes some over.
fn likely(
    context: &Context,
    viewer: &Viewer<'_>,
    query: &EventQuery,
    rows: &[IndexRow],
    wanted: usize,
) -> Result<Vec<Option<EventRow>>, Failure> {
    let mut likely = Vec::new();
    let mut events = 0;
    for row in rows {
        if events >= wanted {
            break;
        }
        let seen = seen_events(context, viewer, query.select(row)?)?;
        events += seen.as_ref().map_or(0, |seen| seen.positions.len());
        likely.push(seen);
    }
    Ok(likely)
}

/// Cursor behind everything of a batch: history goes on with older ones.
fn behind(record: RecordNumber) -> Cursor {
    Cursor(EventCursor { record, position: 0 }.bytes().to_vec())
}

/// Adds a batch's events, the last first; the last one added, if the page is full with it.
fn gather(
    context: &Context,
    filter: &HistoryFilter,
    query: &EventQuery,
    events: &EventRow,
    gathered: &mut Gathered<Event>,
) -> Result<Option<EventCursor>, Failure> {
    const LOST: Failure = Failure::Damaged { what: "the index of events" };
    let batch = context.batch(events.record)?.ok_or(LOST)?;
    for position in events.positions.iter().rev() {
        let leaf = batch.leaves.get(*position as usize).ok_or(LOST)?;
        let is_wanted = query.contains(leaf.time) && !(filter.with_findings && batch.findings(*position).is_empty());
        if is_wanted {
            gathered.push(batch.event(*position).ok_or(LOST)?)?;
            if gathered.is_full() {
                return Ok(Some(EventCursor { record: events.record, position: *position }));
            }
        }
    }
    Ok(None)
}

/// The record that opened a stream.
pub fn opening(context: &Context, stream: StreamId) -> Result<Option<Found>, Failure> {
    let prefix = RecordList::Subject(Subject::Stream(stream)).prefix();
    let rows = context.parts.store.index_scan(&prefix, None, 1, false)?;
    let Some(row) = rows.first().map(RecordRow::read).transpose()? else { return Ok(None) };
    let found = context.indexed(row.number)?;
    Ok((found.record.kind == RecordKind::StreamOpened).then_some(found))
}

fn read_stream(context: &Context, opened: &Found, turns: &Turns) -> Result<Stream, Failure> {
    let store = &context.parts.store;
    let body: StreamOpened = opened.body()?;
    let id = body.stream;
    let key = turns.key(id).unwrap_or(body.key);
    let about = RecordList::Subject(Subject::Stream(id)).prefix();
    let last_act = store.index_scan(&about, None, 1, true)?;
    let last_act = last_act.first().map(RecordRow::read).transpose()?;
    let closed = last_act.filter(|act| act.kind == RecordKind::StreamClosed).map(|act| act.number);
    let is_halted = turns.is_halted(id);
    let last = store.index_scan(&keys::stream_prefix(id), None, 1, true)?;
    let (next, last_digest, time_base) = match last.first().map(StreamRow::read).transpose()? {
        None => (EventNumber::new(1), [0; 32], Moment::new(0)),
        Some(row) => {
            let batch: BatchRecord = context.indexed(row.record)?.body()?;
            let next = EventNumber::new(row.first.get() + u64::from(row.count));
            (next, batch.header.digest(), batch.header.time_base)
        }
    };
    Ok(Stream {
        id,
        platform: body.platform,
        department: opened.record.department,
        reconciles: body.reconciles,
        key: AccountKey(key),
        next,
        last_digest: Hex32(last_digest),
        time_base,
        is_open: closed.is_none() && !is_halted,
        is_halted: closed.is_none() && is_halted,
        opened: opened.record.number,
        closed,
    })
}
