//! Events that departments say are not their own: the list, and the sign that their rows carry.

use crate::{
    access::locate,
    batches::OpenBatch,
    context::{Context, Found},
    failure::Failure,
    limits::BATCHES_OPENED_MAX,
    page::{List, page},
    visibility::Viewer,
};
use mulu_index::{RecordList, RecordRow};
use mulu_proofs::{
    access::{EventsRepudiated, PublicLeaf, RepudiationDecided, Series},
    calendar::Day,
    departments::AccountKey,
    ids::{EventNumber, PublicKey, StreamId},
    records::{RecordKind, Subject},
};
use mulu_rpc_api::{
    Cursor, Page,
    access::{Event, EventRef, HistoryOf, Repudiation, RepudiationDecision, RepudiationFilter, RepudiationState},
};
use mulu_runtime::{
    Runtime,
    pallet_access::{Repudiated, Repudiations, Span},
};
use std::collections::{BTreeMap, BTreeSet};

/// Repudiations, newest first.
pub fn list(
    context: &Context,
    viewer: &Viewer<'_>,
    filter: &RepudiationFilter,
    cursor: Option<&Cursor>,
    limit: Option<u32>,
) -> Result<Page<Repudiation>, Failure> {
    let list = List::newest(RecordList::Kind(RecordKind::EventsRepudiated).prefix(), 8);
    page(context, &list, cursor, limit, |row| {
        let found = context.indexed(RecordRow::read(row)?.number)?;
        let is_of_department = filter.department.is_none_or(|department| department == found.record.department);
        if !is_of_department || !viewer.sees_record(&found)? {
            return Ok(None);
        }
        let shown = shown(context, &found)?;
        let is_of_stream = filter.stream.is_none_or(|stream| stream == shown.stream);
        let is_asked_for = is_of_stream && filter.state.is_none_or(|state| state == shown.state);
        Ok(is_asked_for.then_some(shown))
    })
}

fn shown(context: &Context, found: &Found) -> Result<Repudiation, Failure> {
    let EventsRepudiated { compromise, stream, first, last, statement, key, .. } = found.body()?;
    let decision = decision(context, found, &key)?;
    let platform = found.record.subjects.iter().find_map(|subject| match subject {
        Subject::System(platform) => Some(*platform),
        _ => None,
    });
    Ok(Repudiation {
        record: found.record.number,
        moment: found.record.moment,
        state: decision.as_ref().map_or(RepudiationState::Waiting, |(state, _)| *state),
        department: found.record.department,
        platform: platform.ok_or(Failure::Damaged { what: "the subjects of a repudiation" })?,
        stream,
        first,
        last,
        key: AccountKey(key),
        compromise,
        statement: statement.to_string(),
        decided: decision.map(|(_, decision)| decision),
    })
}

/// What the authority found, if it has decided: its record is about the key, as the repudiation is.
fn decision(
    context: &Context,
    repudiation: &Found,
    key: &PublicKey,
) -> Result<Option<(RepudiationState, RepudiationDecision)>, Failure> {
    let number = repudiation.record.number;
    for act in context.acts(RecordList::Subject(Subject::Account(*key)))? {
        if act.kind != RecordKind::RepudiationDecided || act.number < number {
            continue;
        }
        let found = context.indexed(act.number)?;
        let decided: RepudiationDecided = found.body()?;
        if decided.repudiation == number {
            let state = if decided.upheld { RepudiationState::Upheld } else { RepudiationState::Rejected };
            let decision = RepudiationDecision {
                record: act.number,
                moment: found.record.moment,
                authority: found.record.department,
                finding: decided.finding.to_string(),
            };
            return Ok(Some((state, decision)));
        }
    }
    Ok(None)
}

/// Marks the rows of an answer that are repudiated, as the head's state has it. Not inside a query of the executor.
pub fn mark(context: &Context, events: &mut [Event]) -> Result<(), Failure> {
    let streams: BTreeSet<StreamId> = events.iter().map(|event| event.stream).collect();
    if streams.is_empty() {
        return Ok(());
    }
    let parts = context.parts.executor.query(&context.head(), || read(&streams))?;
    for event in events {
        let holds =
            |part: &&Part| part.stream == event.stream && (part.events.first..=part.events.last).contains(&event.event);
        event.repudiated = parts.iter().find(holds).map(|part| part.state);
    }
    Ok(())
}

/// Events that are repudiated, where that waits or was upheld.
struct Part {
    stream: StreamId,
    events: Span,
    state: RepudiationState,
}

/// Only inside a query of the executor.
fn read(streams: &BTreeSet<StreamId>) -> Vec<Part> {
    let spans: Vec<(StreamId, Span)> = streams
        .iter()
        .flat_map(|stream| Repudiated::<Runtime>::iter_prefix_values(stream).flatten().map(|events| (*stream, events)))
        .collect();
    if spans.is_empty() {
        return Vec::new();
    }
    let waiting: Vec<(StreamId, Span)> =
        Repudiations::<Runtime>::iter_values().map(|waiting| (waiting.stream, waiting.events)).collect();
    let part = |(stream, events)| {
        let waits = waiting.contains(&(stream, events));
        let state = if waits { RepudiationState::Waiting } else { RepudiationState::Upheld };
        Part { stream, events, state }
    };
    spans.into_iter().map(part).collect()
}

/// How many events of a history are repudiated, by the day that they count on; none where that takes more batches than an answer opens, or
/// bodies that are archived. Not inside a query of the executor.
pub fn by_day(context: &Context, of: HistoryOf) -> Result<Option<BTreeMap<Day, u64>>, Failure> {
    let head = context.head();
    let all = || Repudiated::<Runtime>::iter().map(|(stream, _, parts)| (stream, parts.into_inner())).collect();
    let parts: Vec<(StreamId, Vec<Span>)> = context.parts.executor.query(&head, all)?;
    let mut days = BTreeMap::new();
    if parts.is_empty() {
        return Ok(Some(days));
    }
    let calendar = context.parts.executor.calendar(&head)?;
    let mut opened = 0;
    for (stream, Span { first, last }) in
        parts.iter().flat_map(|(stream, parts)| parts.iter().map(|part| (*stream, *part)))
    {
        let mut event = first;
        while event <= last {
            if opened == BATCHES_OPENED_MAX {
                return Ok(None);
            }
            opened += 1;
            let found = match locate(context, EventRef { stream, event }) {
                Err(Failure::Archived(_)) => return Ok(None),
                found => found?,
            };
            let (batch, place) = found.ok_or(Failure::Damaged { what: "the index of a stream" })?;
            let begin = batch.batch.header.first.get();
            let within = |(place, _): &(u32, &PublicLeaf)| begin + u64::from(*place) <= last.get();
            for (place, leaf) in (0..).zip(&batch.leaves).skip(place as usize).take_while(within) {
                if concerns(&batch, place, leaf, of) {
                    *days.entry(calendar.local_day(leaf.time.min(batch.recorded_at))).or_default() += 1;
                }
            }
            event = EventNumber::new(begin + batch.leaves.len() as u64);
        }
    }
    Ok(Some(days))
}

/// Whether an event is of a history of which sums are kept.
fn concerns(batch: &OpenBatch, place: u32, leaf: &PublicLeaf, of: HistoryOf) -> bool {
    match of {
        HistoryOf::Entry(id) => leaf.entry.is_some_and(|(entry, _)| entry == id),
        HistoryOf::Grant(id) => leaf.key.series() == Series::Grant(id),
        HistoryOf::Provider(id) => leaf.provider == Some(id),
        HistoryOf::Consumer(id) => leaf.consumer == Some(id),
        HistoryOf::Platform(id) => batch.batch.platform == id,
        HistoryOf::Finding(name) => batch.findings(place).0 >> name.bit() & 1 == 1,
        HistoryOf::Pseudonym(_) => false,
        HistoryOf::Day(_) | HistoryOf::All => true,
    }
}
