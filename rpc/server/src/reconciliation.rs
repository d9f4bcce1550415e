//! What the parties of a grant reported, day by day, and which decision points there are: from the head's state, and differences from records.

use crate::{
    context::Context,
    failure::Failure,
    page::{List, page},
};
use mulu_index::{RecordList, RecordRow};
use mulu_proofs::{
    access::{DayDiffers, DecisionsOpened, DifferencesNamed, Parties, Tally},
    calendar::Day,
    departments::AccountKey,
    ids::{GrantId, RecordNumber},
    records::RecordKind,
};
use mulu_rpc_api::{
    Cursor, Page,
    access::{DecisionPoint, DifferingDay, OpenDay, Reconciliation},
};
use mulu_runtime::{
    Access, Runtime,
    pallet_access::{ComparedTo, DecisionPoints, Differing, Reporting, Tallies},
    pallet_grants::Courses,
};
use std::collections::BTreeMap;

/// Most days that differ in one answer.
const DIFFERING_MAX: usize = 64;
/// Most days that wait to be compared in one answer: as many as reports are ever waited for, and some that a block has not come to.
const OPEN_MAX: u32 = 64;

/// What the head's state has of a grant.
struct InState {
    since: Parties,
    waited_from: Day,
    open: Vec<(Day, Tally)>,
}

/// What is reported under a grant and compared.
pub fn of(context: &Context, grant: GrantId) -> Result<Option<Reconciliation>, Failure> {
    let head = context.head();
    let executor = &context.parts.executor;
    let Some(InState { since, waited_from, open }) = executor.query(&head, || in_state(grant))? else {
        return Ok(None);
    };
    let mut named = BTreeMap::<Day, RecordNumber>::new();
    let mut differing = Vec::new();
    for act in context.acts(RecordList::Grant(grant))?.iter().rev() {
        match act.kind {
            RecordKind::DifferencesNamed => {
                named.insert(context.indexed(act.number)?.body::<DifferencesNamed>()?.day, act.number);
            }
            RecordKind::DayDiffers if differing.len() < DIFFERING_MAX => {
                let differs: DayDiffers = context.indexed(act.number)?.body()?;
                let day = differs.day;
                let can_be_named = executor.query(&head, || Differing::<Runtime>::contains_key(day, grant))?;
                let named = named.get(&day).copied();
                differing.push(DifferingDay { record: act.number, named, can_be_named, differs });
            }
            _ => {}
        }
    }
    Ok(Some(Reconciliation {
        grant,
        since,
        waited_from,
        open: open.into_iter().map(|(day, tally)| open_day(day, &tally)).collect(),
        differing,
    }))
}

fn in_state(grant: GrantId) -> Option<InState> {
    let since = Reporting::<Runtime>::get(grant);
    if since == Parties::default() && !Courses::<Runtime>::contains_key(grant) {
        return None;
    }
    let mut open = Vec::new();
    if let Some(first) = ComparedTo::<Runtime>::get() {
        let days = (0..OPEN_MAX).filter_map(|after| Day::new(first.get() + after));
        let tallies = days.map(|day| (day, Tallies::<Runtime>::get(day, grant)));
        open.extend(tallies.filter(|(_, tally)| *tally != Tally::default()));
    }
    Some(InState { since, waited_from: Access::waited_from(), open })
}

fn open_day(day: Day, tally: &Tally) -> OpenDay {
    OpenDay {
        day,
        provider: tally.provider.total(),
        consumer: tally.consumer.total(),
        allowed: tally.allowed,
        ids_agree: tally.provider.ids == tally.consumer.ids,
    }
}

/// Decision points that are open: those whose last opening stands.
pub fn decision_points(
    context: &Context,
    cursor: Option<&Cursor>,
    limit: Option<u32>,
) -> Result<Page<DecisionPoint>, Failure> {
    let list = List::newest(RecordList::Kind(RecordKind::DecisionsOpened).prefix(), 8);
    let head = context.head();
    page(context, &list, cursor, limit, |row| {
        let found = context.indexed(RecordRow::read(row)?.number)?;
        let DecisionsOpened { system, key, .. } = found.body()?;
        let point = context.parts.executor.query(&head, || DecisionPoints::<Runtime>::get(system))?;
        let is_open =
            |point: &mulu_runtime::pallet_access::DecisionPoint| point.key == key && point.since == found.record.moment;
        Ok(point.filter(is_open).map(|point| DecisionPoint {
            system,
            department: point.department,
            key: AccountKey(key),
            since: point.since,
            opened: found.record.number,
        }))
    })
}
