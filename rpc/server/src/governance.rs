//! `governance_`: proposals from their records; the count of an open one, and whether its time is up, from the head's state.

use crate::{
    context::{Context, Found, block_time},
    failure::Failure,
    outcome,
    page::{List, page},
};
use jsonrpsee::core::{RpcResult, async_trait};
use mulu_index::{RecordList, RecordRow};
use mulu_primitives::block::Header;
use mulu_proofs::{
    departments::AccountKey,
    governance::{
        Action, Closed, Enactment, ProposalClosed, ProposalEnacted, ProposalMade, ProposalVoted, Tally, UpgradePlan,
        proposal_digest,
    },
    ids::{DepartmentId, Moment, ProposalId},
    records::{RecordKind, Subject},
};
use mulu_rpc_api::{
    Cursor, Hex32, Page,
    governance::{Ended, GovernanceServer, Proposal, ProposalFilter, ProposalState, ProposalSummary, Vote},
};
use mulu_runtime::{
    Runtime,
    pallet_governance::{self as pallet, Stage},
};
use std::sync::Arc;

/// The namespace.
pub struct Governance(pub Arc<Context>);

#[async_trait]
impl GovernanceServer for Governance {
    async fn proposal(&self, proposal: ProposalId) -> RpcResult<Option<Proposal>> {
        self.0.run(move |context| read(context, proposal)).await
    }

    async fn proposals(
        &self,
        filter: Option<ProposalFilter>,
        cursor: Option<Cursor>,
        limit: Option<u32>,
    ) -> RpcResult<Page<ProposalSummary>> {
        self.0
            .run(move |context| {
                let filter = filter.unwrap_or_default();
                let list = List::newest(RecordList::Kind(RecordKind::ProposalMade).prefix(), 8);
                let head = context.head();
                page(context, &list, cursor.as_ref(), limit, |row| {
                    let made = context.indexed(RecordRow::read(row)?.number)?;
                    if filter.proposer.is_some_and(|proposer| proposer != made.record.department) {
                        return Ok(None);
                    }
                    let course = Course::of(context, &head, &made)?;
                    let is_asked_for = filter.is_open.is_none_or(|is_open| is_open == course.state.is_open());
                    is_asked_for.then(|| course.summary()).transpose()
                })
            })
            .await
    }

    async fn plan(&self) -> RpcResult<Option<UpgradePlan>> {
        self.0
            .run(move |context| Ok(context.parts.executor.query(&context.head(), pallet::Plan::<Runtime>::get)?))
            .await
    }
}

/// A proposal, how far it has come, and its count.
struct Course {
    body: ProposalMade,
    proposer: DepartmentId,
    moment: Moment,
    state: ProposalState,
    tally: Tally,
    /// The record that ended it.
    end: Option<Found>,
}

impl Course {
    /// How far the proposal of the record `made` has come. Its last record says so, and for an open one the state of `head`, a
    /// block that was there before the records are read.
    fn of(context: &Context, head: &Header, made: &Found) -> Result<Self, Failure> {
        let body: ProposalMade = made.body()?;
        let list = RecordList::Subject(Subject::Proposal(body.proposal));
        let mut rows = context.parts.store.index_scan(&list.prefix(), None, 2, true)?.into_iter();
        let mut found = || rows.next().map(|row| context.indexed(RecordRow::read(&row)?.number)).transpose();
        let last = found()?.ok_or(Failure::Damaged { what: "the records of a proposal" })?;
        let id = body.proposal;
        let mut course = Self {
            proposer: made.record.department,
            moment: made.record.moment,
            state: ended_as(&last)?.unwrap_or(ProposalState::Voting),
            tally: Tally::default(),
            end: None,
            body,
        };
        if course.state == ProposalState::Voting {
            let read = || {
                let stage = pallet::Proposals::<Runtime>::get(id).map(|open| open.stage);
                (stage, pallet::Pallet::<Runtime>::tally(id), block_time())
            };
            let (stage, tally, now) = context.parts.executor.query(head, read)?;
            course.tally = tally;
            if stage == Some(Stage::Adopted) {
                course.state = ProposalState::Adopted;
            } else if course.body.terms.expires <= now {
                course.state = ProposalState::Expired;
            }
        } else {
            let before = found()?.filter(|before| before.record.kind == RecordKind::ProposalVoted);
            if let Some(vote) = before {
                course.tally = vote.body::<ProposalVoted>()?.tally;
            }
            course.end = Some(last);
        }
        Ok(course)
    }

    fn needed(&self) -> u32 {
        self.body.terms.action.threshold().needed(self.tally.active)
    }

    fn summary(&self) -> Result<ProposalSummary, Failure> {
        let terms = &self.body.terms;
        Ok(ProposalSummary {
            id: self.body.proposal,
            state: self.state,
            action: kind_of(&terms.action)?,
            department: terms.action.department(),
            proposer: self.proposer,
            made: self.moment,
            expires: terms.expires,
            enact_at: terms.enact_at,
            tally: self.tally,
            needed: self.needed(),
        })
    }
}

/// The state that a proposal's last record leaves it in; none if that was no end.
fn ended_as(last: &Found) -> Result<Option<ProposalState>, Failure> {
    Ok(Some(match last.record.kind {
        RecordKind::ProposalWithdrawn => ProposalState::Withdrawn,
        RecordKind::ProposalEnacted => match last.body::<ProposalEnacted>()?.result {
            Enactment::Done => ProposalState::Enacted,
            Enactment::Refused { .. } | Enactment::Failed => ProposalState::Failed,
        },
        RecordKind::ProposalClosed => match last.body::<ProposalClosed>()?.why {
            Closed::Rejected => ProposalState::Rejected,
            Closed::Expired => ProposalState::Expired,
            Closed::HeightReached => ProposalState::HeightReached,
        },
        _ => return Ok(None),
    }))
}

/// The name of an action's kind, as its JSON has it.
fn kind_of(action: &Action) -> Result<String, Failure> {
    let json = serde_json::to_value(action).map_err(|_| Failure::Damaged { what: "an action" })?;
    let name = json.as_str().map(str::to_owned);
    Ok(name.or_else(|| json.as_object()?.keys().next().cloned()).unwrap_or_default())
}

fn read(context: &Context, id: ProposalId) -> Result<Option<Proposal>, Failure> {
    let head = context.head();
    let acts = context.acts(RecordList::Subject(Subject::Proposal(id)))?;
    let Some(first) = acts.first() else { return Ok(None) };
    let made = context.indexed(first.number)?;
    let course = Course::of(context, &head, &made)?;
    let mut votes = Vec::new();
    for act in acts.iter().filter(|act| act.kind == RecordKind::ProposalVoted) {
        votes.push(vote(&context.indexed(act.number)?)?);
    }
    let terms = course.body.terms.clone();
    Ok(Some(Proposal {
        id,
        state: course.state,
        digest: Hex32(proposal_digest(id, &terms)),
        proposer: course.proposer,
        account: made.record.signer.map(AccountKey),
        made: made.record.number,
        moment: course.moment,
        majority: terms.action.threshold(),
        tally: course.tally,
        needed: course.needed(),
        votes,
        ended: course.end.as_ref().map(ended).transpose()?,
        terms,
    }))
}

fn vote(found: &Found) -> Result<Vote, Failure> {
    let ProposalVoted { approve, tally, signed_as, .. } = found.body()?;
    let record = &found.record;
    Ok(Vote {
        department: signed_as.department,
        approve,
        record: record.number,
        moment: record.moment,
        account: record.signer.map(AccountKey),
        signed_as,
        tally,
    })
}

fn ended(found: &Found) -> Result<Ended, Failure> {
    let record = &found.record;
    let error = match record.kind {
        RecordKind::ProposalEnacted => match found.body::<ProposalEnacted>()?.result {
            Enactment::Done => None,
            Enactment::Refused { pallet, error } => Some(outcome::of_pallet(pallet, error)),
            Enactment::Failed => Some(outcome::unnamed()),
        },
        _ => None,
    };
    Ok(Ended { record: record.number, moment: record.moment, error })
}
