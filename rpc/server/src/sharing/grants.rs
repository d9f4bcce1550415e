//! Grants, told from their records: versions, and every change of state.

use super::{Parties, members, timeline};
use crate::{
    context::{Context, Found},
    failure::Failure,
    page::{List, page},
};
use mulu_index::{RecordList, RecordRow, keys::Members};
use mulu_proofs::{
    catalog::ChangeKind,
    departments::SignedAs,
    grants::{
        DisposalCountersigned, GrantAct, GrantCompleted, GrantState, HolderNotified, RectificationOrdered,
        ServiceEnded, state_before_stop,
    },
    ids::{GrantId, Version},
    records::{RecordKind, Subject},
    sharing::RequestAgreed,
};
use mulu_rpc_api::{
    Cursor, Page,
    sharing::{Grant, GrantSummary, GrantVersion, SharingFilter, Transition},
};

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
                request,
                versions: Vec::new(),
                timeline: Vec::new(),
                transitions: vec![transition(&found, GrantState::Agreed, String::new(), signed_as)],
            });
            grant.versions.push(version);
        } else if let Some(grant) = &mut grant {
            change(grant, &found)?;
        }
    }
    if let Some(grant) = &mut grant {
        grant.timeline = timeline::read(context, Subject::Grant(id, Version::new(1)))?;
    }
    Ok(grant)
}

fn transition(found: &Found, state: GrantState, reason: String, signed_as: SignedAs) -> Transition {
    Transition { moment: found.record.moment, state, record: found.record.number, reason, signed_as }
}

fn change(grant: &mut Grant, found: &Found) -> Result<(), Failure> {
    let (state, reason, signed_as) = match found.record.kind {
        RecordKind::GrantProvisioned => of_act(found, GrantState::Provisioned)?,
        // The authority takes over what the provider stopped.
        RecordKind::GrantSuspended if grant.state.is_stopped() => of_act(found, grant.state)?,
        RecordKind::GrantSuspended => of_act(found, GrantState::Suspended)?,
        RecordKind::GrantResumed => of_act(found, state_before_stop(grant.transitions.iter().map(|t| t.state)))?,
        RecordKind::GrantTerminated => of_act(found, GrantState::Terminated)?,
        RecordKind::RectificationOrdered => {
            let act: RectificationOrdered = found.body()?;
            (GrantState::Rectifying, act.what.to_string(), act.signed_as)
        }
        RecordKind::GrantCompleted => {
            let act: GrantCompleted = found.body()?;
            (GrantState::Completed, act.outcome.to_string(), act.signed_as)
        }
        RecordKind::ServiceEnded => {
            let act: ServiceEnded = found.body()?;
            (GrantState::EndedByProvider, act.reason.to_string(), act.signed_as)
        }
        // Nobody signs that: it follows from the withdrawal of the entry.
        RecordKind::HolderNotified => {
            let notified: HolderNotified = found.body()?;
            if notified.change.kind == ChangeKind::Withdrawn {
                grant.state = GrantState::Ended;
            }
            return Ok(());
        }
        RecordKind::DisposalCountersigned => {
            let act: DisposalCountersigned = found.body()?;
            (GrantState::Disposed, String::new(), act.signed_as)
        }
        _ => return Ok(()),
    };
    grant.state = state;
    grant.transitions.push(transition(found, state, reason, signed_as));
    Ok(())
}

fn of_act(found: &Found, state: GrantState) -> Result<(GrantState, String, SignedAs), Failure> {
    let act: GrantAct = found.body()?;
    Ok((state, act.reason.to_string(), act.signed_as))
}

/// Grants, newest first.
pub fn list(
    context: &Context,
    filter: &SharingFilter<GrantState>,
    cursor: Option<&Cursor>,
    limit: Option<u32>,
) -> Result<Page<GrantSummary>, Failure> {
    let by_party = members(filter, Members::GrantsOfEntry, Members::GrantsOfConsumer, Members::GrantsOfProvider);
    let is_by_party = by_party.is_some();
    let all = || List::newest(RecordList::Kind(RecordKind::RequestAgreed).prefix(), 8);
    page(context, &by_party.unwrap_or_else(all), cursor, limit, |row| {
        let id = match is_by_party {
            true => GrantId::new(Members::read(row)?),
            false => context.indexed(RecordRow::read(row)?.number)?.body::<RequestAgreed>()?.grant.grant,
        };
        let grant = read(context, id)?.ok_or(Failure::Damaged { what: "the records of a grant" })?;
        Ok(summary(&grant, filter))
    })
}

fn summary(grant: &Grant, filter: &SharingFilter<GrantState>) -> Option<GrantSummary> {
    let terms = &grant.versions.last()?.terms;
    let parties = Parties { entry: terms.entry, consumer: terms.consumer, provider: terms.provider };
    let is_asked_for = parties.fit(filter) && filter.state.is_none_or(|state| state == grant.state);
    is_asked_for.then_some(GrantSummary {
        id: grant.id,
        state: grant.state,
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
