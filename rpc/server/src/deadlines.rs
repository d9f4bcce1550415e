//! `deadlines_`: open deadlines from the head's state, by the functions that every rule asks; stopped ones from their records.

use crate::{
    context::{Context, Found},
    failure::Failure,
    limits::ROWS_LOOKED_MAX,
    page::{Gathered, rows_of},
    visibility::Viewer,
};
use codec::{DecodeAll, Encode};
use jsonrpsee::{
    Extensions,
    core::{RpcResult, async_trait},
};
use mulu_index::{RecordList, RecordRow};
use mulu_proofs::{
    calendar::{
        Deadline as Terms, DeadlineEnd, DeadlineExtended, DeadlinePaused, DeadlineResumed, DeadlineStarted,
        DeadlineStopped,
    },
    ids::{DeadlineId, Height},
    records::{RecordKind, Subject},
};
use mulu_rpc_api::{
    Cursor, Cut, Page,
    deadlines::{Deadline, DeadlineCourse, DeadlineFilter, DeadlineState, DeadlineStep, DeadlinesServer},
};
use mulu_runtime::deadlines::{self, DeadlineFacts, Standing};
use std::sync::Arc;

/// First byte of the cursors of open deadlines, which are no list of the index.
const OPEN: u8 = 200;
/// First byte of the cursors of a subject's deadlines.
const OF_SUBJECT: u8 = 201;

/// The namespace.
pub struct Deadlines(pub Arc<Context>);

#[async_trait]
impl DeadlinesServer for Deadlines {
    async fn deadlines(
        &self,
        extensions: &Extensions,
        filter: Option<DeadlineFilter>,
        cursor: Option<Cursor>,
        limit: Option<u32>,
    ) -> RpcResult<Page<Deadline>> {
        self.0
            .run_for(extensions, move |context, viewer| {
                let filter = filter.unwrap_or_default();
                match filter.subject {
                    Some(subject) => of_subject(context, viewer, (subject, &filter), cursor.as_ref(), limit),
                    None => open(context, viewer, &filter, cursor.as_ref(), limit),
                }
            })
            .await
    }

    async fn deadline(&self, extensions: &Extensions, deadline: DeadlineId) -> RpcResult<Option<DeadlineCourse>> {
        self.0
            .run_for(extensions, move |context, viewer| match course(context, deadline)? {
                Some(course) if sees(viewer, &course.deadline.terms)? => Ok(Some(course)),
                _ => Ok(None),
            })
            .await
    }
}

/// All open deadlines, in due order.
fn open(
    context: &Context,
    viewer: &Viewer<'_>,
    filter: &DeadlineFilter,
    cursor: Option<&Cursor>,
    limit: Option<u32>,
) -> Result<Page<Deadline>, Failure> {
    let (rows_max, after) = (rows_of(limit)?, cursor.map(|cursor| read_cursor(cursor, OPEN)).transpose()?);
    let head = context.head();
    let read = || deadlines::open_deadlines(after, rows_max, ROWS_LOOKED_MAX, |facts| fits(facts, filter));
    let found = context.parts.executor.query(&head, read)?;
    let next = found.next.map(|place| cursor_of(OPEN, &place));
    let mut rows = Vec::with_capacity(found.rows.len());
    for facts in found.rows {
        if sees(viewer, &facts.deadline)? {
            rows.push(shown(facts));
        }
    }
    // What others have to do is passed over, as what is not asked for.
    let cut = (next.is_some() && rows.len() < rows_max).then_some(Cut::Looked);
    Ok(Page { cut, ..Page::new(rows, next, Height::new(head.number)) })
}

/// Open deadlines on a subject, ascending by id: its records name them.
fn of_subject(
    context: &Context,
    viewer: &Viewer<'_>,
    (subject, filter): (Subject, &DeadlineFilter),
    cursor: Option<&Cursor>,
    limit: Option<u32>,
) -> Result<Page<Deadline>, Failure> {
    let mut gathered = Gathered::new(rows_of(limit)?);
    let after = cursor.map(|cursor| read_cursor(cursor, OF_SUBJECT)).transpose()?.unwrap_or_default();
    let (head, list) = (context.head(), RecordList::Subject(subject));
    let complete_to = Height::new(head.number);
    let (mut last, mut looked) = (after, 0);
    for row in context.acts(list)?.iter().filter(|row| row.kind == RecordKind::DeadlineStarted) {
        let DeadlineStarted { id, deadline, .. } = context.indexed(row.number)?.body()?;
        // A department is in the list as the one who has to act, too.
        let is_about = RecordList::Subject(deadline.subject).prefix() == list.prefix();
        if id <= after || !is_about || !sees(viewer, &deadline)? {
            continue;
        }
        if let Some(end) = gathered.end(looked) {
            return Ok(gathered.ended(end, Some(cursor_of(OF_SUBJECT, &last)), complete_to));
        }
        (last, looked) = (id, looked + 1);
        let facts = context.parts.executor.query(&head, || deadlines::deadline(id))?;
        if let Some(facts) = facts.filter(|facts| fits(facts, filter)) {
            gathered.push(shown(facts))?;
        }
    }
    Ok(Page::new(gathered.rows, None, complete_to))
}

/// Whether a caller sees a deadline.
fn sees(viewer: &Viewer<'_>, deadline: &Terms) -> Result<bool, Failure> {
    viewer.sees_clock(deadline.subject, deadline.responsible)
}

/// Whether a deadline is asked for; its subject is judged elsewhere.
fn fits(facts: &DeadlineFacts, filter: &DeadlineFilter) -> bool {
    filter.department.is_none_or(|department| department == facts.deadline.responsible)
        && filter.kind.is_none_or(|kind| kind == facts.deadline.kind)
        && (!filter.overdue || matches!(facts.standing, Standing::Overdue { .. }))
}

fn cursor_of(tag: u8, last: &impl Encode) -> Cursor {
    Cursor([&[tag][..], &last.encode()].concat())
}

fn read_cursor<P: DecodeAll>(cursor: &Cursor, tag: u8) -> Result<P, Failure> {
    match cursor.0.split_first() {
        Some((first, mut last)) if *first == tag => P::decode_all(&mut last).map_err(|_| Failure::Cursor),
        _ => Err(Failure::Cursor),
    }
}

/// An open deadline as it is shown.
pub fn shown(facts: DeadlineFacts) -> Deadline {
    let (state, due, days_left) = match facts.standing {
        Standing::Running { due, days_left } => (DeadlineState::Running, Some(due), Some(days_left)),
        Standing::Paused => (DeadlineState::Paused, None, None),
        Standing::Overdue { due } => (DeadlineState::Overdue, Some(due), None),
    };
    let is_overdue = state == DeadlineState::Overdue;
    Deadline { id: facts.id, terms: facts.deadline, state, is_overdue, due, days_left, record_lags: facts.record_lags }
}

fn course(context: &Context, id: DeadlineId) -> Result<Option<DeadlineCourse>, Failure> {
    // State before records: what has left it by now has its last record.
    let facts = context.parts.executor.query(&context.head(), || deadlines::deadline(id))?;
    let acts = context.acts(RecordList::Subject(Subject::Deadline(id)))?;
    let deadline = match facts {
        Some(facts) => shown(facts),
        None if acts.iter().any(|act| act.kind == RecordKind::DeadlineStopped) => stopped(context, id, &acts)?,
        None => return Ok(None),
    };
    let step = |act: &RecordRow| DeadlineStep { kind: act.kind, record: act.number, moment: act.moment };
    Ok(Some(DeadlineCourse { deadline, steps: acts.iter().map(step).collect() }))
}

/// A deadline that has left the state, told from its records.
fn stopped(context: &Context, id: DeadlineId, acts: &[RecordRow]) -> Result<Deadline, Failure> {
    const DAMAGED: Failure = Failure::Damaged { what: "the records of a deadline" };
    let (mut terms, mut end): (Option<Terms>, Option<DeadlineStopped>) = (None, None);
    for act in acts {
        let found = context.indexed(act.number)?;
        match (act.kind, terms.as_mut()) {
            (RecordKind::DeadlineStarted, _) => terms = Some(found.body::<DeadlineStarted>()?.deadline),
            (RecordKind::DeadlineStopped, _) => end = Some(found.body()?),
            (_, Some(terms)) => follow(terms, &found)?,
            (_, None) => return Err(DAMAGED),
        }
    }
    let (terms, end) = (terms.ok_or(DAMAGED)?, end.ok_or(DAMAGED)?);
    let state = match end.end {
        DeadlineEnd::Met => DeadlineState::Met,
        DeadlineEnd::Missed => DeadlineState::Missed,
        DeadlineEnd::Needless => DeadlineState::Needless,
    };
    let is_overdue = end.end == DeadlineEnd::Missed;
    Ok(Deadline { id, terms, state, is_overdue, due: end.due, days_left: None, record_lags: false })
}

/// Does to the terms what a record says was done.
fn follow(terms: &mut Terms, found: &Found) -> Result<(), Failure> {
    match found.record.kind {
        RecordKind::DeadlinePaused => terms.pause(found.body::<DeadlinePaused>()?.since),
        RecordKind::DeadlineResumed => {
            terms.paused_since = None;
            terms.paused_days = found.body::<DeadlineResumed>()?.paused_days;
        }
        RecordKind::DeadlineExtended => terms.extend(found.body::<DeadlineExtended>()?.working_days),
        _ => {}
    }
    Ok(())
}
