//! Grants, told from their records: versions, and every change of state.

use super::{Parties, timeline};
use crate::{
    context::{Context, Found, block_time},
    failure::Failure,
    page::{List, page},
    visibility::Viewer,
};
use mulu_index::{RecordList, RecordRow, keys::Members};
use mulu_proofs::{
    catalog::{ChangeKind, EntryStatus},
    departments::{DepartmentStatus, Role, SignedAs},
    grants::{
        DisposalCountersigned, GrantAct, GrantCompleted, GrantState, GrantTerms, HolderNotified, RectificationOrdered,
        ServiceEnded, state_before_stop,
    },
    ids::{DepartmentId, GrantId, Version},
    records::{RecordKind, Subject},
    sharing::RequestAgreed,
};
use mulu_rpc_api::{
    Cursor, Page,
    sharing::{Grant, GrantFilter, GrantSummary, GrantVersion, InForce, Transition},
};
use mulu_runtime::{Runtime, pallet_catalog::Courses, pallet_departments::Departments};

/// A grant; none if there is none under that id.
pub fn read(context: &Context, id: GrantId) -> Result<Option<Grant>, Failure> {
    let mut grant: Option<Grant> = None;
    for act in context.acts(RecordList::Grant(id))? {
        let found = context.indexed(act.number)?;
        if act.kind == RecordKind::RequestAgreed {
            let agreed: RequestAgreed = found.body()?;
            let request = agreed.request;
            let signed_as = agreed.signed_as;
            let version = GrantVersion { terms: agreed.grant, record: act.number };
            let grant = grant.get_or_insert_with(|| Grant {
                id,
                state: GrantState::Agreed,
                in_force: InForce::Agreed,
                request,
                versions: Vec::new(),
                timeline: Vec::new(),
                transitions: vec![transition(&found, GrantState::Agreed, String::new(), Some(signed_as))],
            });
            grant.versions.push(version);
        } else if let Some(grant) = &mut grant {
            change(context, grant, &found)?;
        }
    }
    if let Some(grant) = &mut grant {
        grant.in_force = in_force(context, grant)?;
        grant.timeline = timeline::read(context, Subject::Grant(id, Version::new(1)))?;
    }
    Ok(grant)
}

/// How a grant stands at the head.
fn in_force(context: &Context, grant: &Grant) -> Result<InForce, Failure> {
    let Some(GrantVersion { terms, .. }) = grant.versions.last() else { return Ok(InForce::Agreed) };
    let stopped_by = grant.transitions.last().and_then(|last| last.signed_as).map(|signed_as| signed_as.role);
    Ok(context.parts.executor.query(&context.head(), || standing(grant.state, terms, stopped_by))?)
}

/// The same, inside a query: the end comes first, then what stops it, then what it waits for.
fn standing(state: GrantState, terms: &GrantTerms, stopped_by: Option<Role>) -> InForce {
    let (now, status) = (block_time(), Courses::<Runtime>::get(terms.entry).now());
    let acts = |department: DepartmentId| {
        Departments::<Runtime>::get(department).is_some_and(|it| it.status() == DepartmentStatus::Active)
    };
    match state {
        GrantState::Disposed => InForce::Disposed,
        _ if state.is_end() || status == EntryStatus::Withdrawn => InForce::Ended,
        _ if now >= terms.until => InForce::Expired,
        _ if state.is_stopped() && stopped_by == Some(Role::Supervisor) => InForce::PausedByAuthority,
        _ if state.is_stopped() => InForce::PausedByProvider,
        _ if status == EntryStatus::Suspended => InForce::PausedByEntry,
        _ if !acts(terms.provider) || !acts(terms.consumer) => InForce::PausedByDepartment,
        GrantState::Agreed => InForce::Agreed,
        _ if now < terms.from => InForce::NotYet,
        _ => InForce::Active,
    }
}

fn transition(found: &Found, state: GrantState, reason: String, signed_as: Option<SignedAs>) -> Transition {
    Transition { moment: found.record.moment, state, record: found.record.number, reason, signed_as }
}

fn change(context: &Context, grant: &mut Grant, found: &Found) -> Result<(), Failure> {
    let (state, reason, signed_as) = match found.record.kind {
        RecordKind::GrantProvisioned => of_act(found, GrantState::Provisioned)?,
        // The authority takes over what the provider stopped.
        RecordKind::GrantSuspended if grant.state.is_stopped() => of_act(found, grant.state)?,
        RecordKind::GrantSuspended => of_act(found, GrantState::Suspended)?,
        RecordKind::GrantResumed => of_act(found, state_before_stop(grant.transitions.iter().map(|t| t.state)))?,
        RecordKind::GrantTerminated => of_act(found, GrantState::Terminated)?,
        RecordKind::RectificationOrdered => {
            let act: RectificationOrdered = found.body()?;
            (GrantState::Rectifying, act.what.to_string(), Some(act.signed_as))
        }
        RecordKind::GrantCompleted => {
            let act: GrantCompleted = found.body()?;
            (GrantState::Completed, act.outcome.to_string(), Some(act.signed_as))
        }
        RecordKind::ServiceEnded => {
            let act: ServiceEnded = found.body()?;
            (GrantState::EndedByProvider, act.reason.to_string(), Some(act.signed_as))
        }
        // Nobody signs that: it follows from the withdrawal of the entry.
        RecordKind::HolderNotified => {
            let notified: HolderNotified = found.body()?;
            if notified.change.kind != ChangeKind::Withdrawn || grant.state.is_end() {
                return Ok(());
            }
            (GrantState::Ended, timeline::reason_of_change(context, &notified)?, None)
        }
        RecordKind::DisposalCountersigned => {
            let act: DisposalCountersigned = found.body()?;
            (GrantState::Disposed, String::new(), Some(act.signed_as))
        }
        _ => return Ok(()),
    };
    grant.state = state;
    grant.transitions.push(transition(found, state, reason, signed_as));
    Ok(())
}

fn of_act(found: &Found, state: GrantState) -> Result<(GrantState, String, Option<SignedAs>), Failure> {
    let act: GrantAct = found.body()?;
    Ok((state, act.reason.to_string(), Some(act.signed_as)))
}

/// Grants, newest first.
pub fn list(
    context: &Context,
    viewer: &Viewer<'_>,
    filter: &GrantFilter,
    cursor: Option<&Cursor>,
    limit: Option<u32>,
) -> Result<Page<GrantSummary>, Failure> {
    let by_party = asked_for(filter).list(Members::GrantsOfEntry, Members::GrantsOfConsumer, Members::GrantsOfProvider);
    let is_by_party = by_party.is_some();
    let all = || List::newest(RecordList::Kind(RecordKind::RequestAgreed).prefix(), 8);
    page(context, &by_party.unwrap_or_else(all), cursor, limit, |row| {
        let id = match is_by_party {
            true => GrantId::new(Members::read(row)?),
            false => context.indexed(RecordRow::read(row)?.number)?.body::<RequestAgreed>()?.grant.grant,
        };
        if !viewer.sees_grant(id)? {
            return Ok(None);
        }
        let grant = read(context, id)?.ok_or(Failure::Damaged { what: "the records of a grant" })?;
        Ok(summary(&grant, filter))
    })
}

const fn asked_for(filter: &GrantFilter) -> Parties {
    Parties { entry: filter.entry, consumer: filter.consumer, provider: filter.provider }
}

fn summary(grant: &Grant, filter: &GrantFilter) -> Option<GrantSummary> {
    let terms = &grant.versions.last()?.terms;
    let parties = Parties { entry: Some(terms.entry), consumer: Some(terms.consumer), provider: Some(terms.provider) };
    let is_asked_for = asked_for(filter).fit(parties)
        && filter.state.is_none_or(|state| state == grant.state)
        && filter.in_force.is_none_or(|in_force| in_force == grant.in_force);
    is_asked_for.then_some(GrantSummary {
        id: grant.id,
        state: grant.state,
        in_force: grant.in_force,
        version: terms.version,
        request: grant.request,
        entry: terms.entry,
        entry_version: terms.entry_version,
        consumer: terms.consumer,
        provider: terms.provider,
        from: terms.from,
        until: terms.until,
    })
}
