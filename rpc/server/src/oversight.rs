//! `oversight_`: disputes from their records, with the clock of an open one from the head's state; counts from the state.

use crate::{
    context::{Context, Found, block_time},
    failure::Failure,
    page::{List, page},
    queries,
};
use jsonrpsee::{
    Extensions,
    core::{RpcResult, async_trait},
};
use mulu_index::{RecordList, RecordRow};
use mulu_primitives::block::Header;
use mulu_proofs::{
    departments::AccountKey,
    ids::{DeadlineId, DepartmentId, DisputeId, Moment},
    oversight::{
        CountKind, DisputeAnswered, DisputeAppealed, DisputeDecided, DisputeEscalated, DisputeFinal, DisputeOpened,
        DisputeWithdrawn, GovernmentDecided, Matter, SettlementProposed, settlement_digest,
    },
    papers::Papers,
    records::{RecordKind, Subject},
};
use mulu_rpc_api::{
    Cursor, Hex32, Page,
    oversight::{
        Count, Counters, Dispute, DisputeFilter, DisputeState, DisputeStep, DisputeSummary, OversightServer,
        QueryFilter, QueryReport, Settlement,
    },
};
use mulu_runtime::{
    Runtime,
    deadlines::{self, Standing},
    pallet_calendar::CurrentCalendar,
    pallet_departments::Departments,
    pallet_oversight::Counts,
};
use std::sync::Arc;

/// The namespace.
pub struct Oversight(pub Arc<Context>);

#[async_trait]
impl OversightServer for Oversight {
    async fn dispute(&self, extensions: &Extensions, dispute: DisputeId) -> RpcResult<Option<Dispute>> {
        self.0
            .run_for(extensions, move |context, viewer| match viewer.sees_dispute(dispute)? {
                true => read(context, dispute),
                false => Ok(None),
            })
            .await
    }

    async fn disputes(
        &self,
        extensions: &Extensions,
        filter: Option<DisputeFilter>,
        cursor: Option<Cursor>,
        limit: Option<u32>,
    ) -> RpcResult<Page<DisputeSummary>> {
        self.0
            .run_for(extensions, move |context, viewer| {
                let filter = filter.unwrap_or_default();
                let list = List::newest(RecordList::Kind(RecordKind::DisputeOpened).prefix(), 8);
                let head = context.head();
                page(context, &list, cursor.as_ref(), limit, |row| {
                    let opened = context.indexed(RecordRow::read(row)?.number)?;
                    if !viewer.sees_dispute(opened.body::<DisputeOpened>()?.dispute)? {
                        return Ok(None);
                    }
                    let course = Course::of(context, &head, &opened)?;
                    Ok(Some(course.summary).filter(|summary| fits(summary, &filter)))
                })
            })
            .await
    }

    async fn queries(
        &self,
        extensions: &Extensions,
        filter: Option<QueryFilter>,
        cursor: Option<Cursor>,
        limit: Option<u32>,
    ) -> RpcResult<Page<QueryReport>> {
        let filter = filter.unwrap_or_default();
        self.0
            .run_for(extensions, move |context, viewer| queries::list(context, viewer, &filter, cursor.as_ref(), limit))
            .await
    }

    async fn counters(&self, department: DepartmentId, year: Option<u16>) -> RpcResult<Option<Counters>> {
        self.0
            .run(move |context| {
                let read = || {
                    Departments::<Runtime>::contains_key(department).then(|| {
                        let today = || CurrentCalendar::<Runtime>::get().local_day(block_time());
                        let year = year.unwrap_or_else(|| today().year());
                        let count = |kind: &CountKind| Count {
                            kind: *kind,
                            articles: kind.articles().to_owned(),
                            count: Counts::<Runtime>::get(department, (year, *kind)),
                        };
                        Counters { department, year, counts: CountKind::ALL.iter().map(count).collect() }
                    })
                };
                Ok(context.parts.executor.query(&context.head(), read)?)
            })
            .await
    }
}

fn fits(summary: &DisputeSummary, filter: &DisputeFilter) -> bool {
    let concerns =
        |department| [Some(summary.claimant), Some(summary.respondent), summary.authority].contains(&Some(department));
    filter.is_open.is_none_or(|is_open| is_open == summary.state.is_open()) && filter.department.is_none_or(concerns)
}

fn read(context: &Context, id: DisputeId) -> Result<Option<Dispute>, Failure> {
    let head = context.head();
    let prefix = RecordList::Subject(Subject::Dispute(id)).prefix();
    // Its own records come first: clocks start with acts that are recorded behind them, so the first may be of a clock.
    for row in context.parts.store.index_scan(&prefix, None, 4, false)? {
        let row = RecordRow::read(&row)?;
        if row.kind == RecordKind::DisputeOpened {
            let course = Course::of(context, &head, &context.indexed(row.number)?)?;
            let Course { summary, settlement, steps } = course;
            return Ok(Some(Dispute { summary, settlement, steps }));
        }
    }
    Ok(None)
}

/// A dispute as its records tell it.
struct Course {
    summary: DisputeSummary,
    settlement: Option<Settlement>,
    steps: Vec<DisputeStep>,
}

impl Course {
    /// The course of the dispute that the record `opened` began. What depends on the time is judged at `head`, a block that was there
    /// before the records are read.
    fn of(context: &Context, head: &Header, opened: &Found) -> Result<Self, Failure> {
        let body: DisputeOpened = opened.body()?;
        let mut course = Self::begun(&body, opened.record.department, opened.record.moment);
        course.steps.push(step(opened, Some(body.claim.to_string()), None, body.papers));
        for act in context.acts(RecordList::Subject(Subject::Dispute(body.dispute)))? {
            course.follow(act.kind, context, &act)?;
        }
        if let Some(clock) = course.summary.clock {
            course.at(context, head, clock)?;
        }
        Ok(course)
    }

    fn begun(body: &DisputeOpened, claimant: DepartmentId, opened: Moment) -> Self {
        let matter: Matter = body.matter;
        let summary = DisputeSummary {
            id: body.dispute,
            state: DisputeState::Negotiating,
            matter,
            claimant,
            respondent: body.against,
            opened,
            authority: None,
            favour: None,
            clock: Some(body.clock),
            due: None,
            is_overdue: false,
        };
        Self { summary, settlement: None, steps: Vec::new() }
    }

    /// What a record has made of it.
    fn follow(&mut self, kind: RecordKind, context: &Context, act: &RecordRow) -> Result<(), Failure> {
        let found = || context.indexed(act.number);
        let summary = &mut self.summary;
        let done = match kind {
            RecordKind::DisputeAnswered => {
                let found = found()?;
                let DisputeAnswered { answer, papers, .. } = found.body()?;
                summary.clock = None;
                step(&found, Some(answer.to_string()), None, papers)
            }
            RecordKind::SettlementProposed => {
                let found = found()?;
                let SettlementProposed { dispute, terms, signed_as } = found.body()?;
                let by = signed_as.department;
                if summary.state == DisputeState::Negotiating && by == summary.respondent {
                    summary.clock = None;
                }
                let digest = Hex32(settlement_digest(dispute, by, &terms));
                self.settlement = Some(Settlement { by, terms: terms.to_string(), digest });
                step(&found, Some(terms.to_string()), None, None)
            }
            RecordKind::DisputeSettled => {
                (summary.state, summary.clock) = (DisputeState::Settled, None);
                self.settlement = None;
                step(&found()?, None, None, None)
            }
            RecordKind::DisputeEscalated => {
                let found = found()?;
                let DisputeEscalated { reason, authority, clock, .. } = found.body()?;
                (summary.authority, summary.clock) = (Some(authority), clock);
                if summary.state == DisputeState::Negotiating {
                    summary.state = DisputeState::AtAuthority;
                }
                step(&found, Some(reason.to_string()), None, None)
            }
            RecordKind::DisputeDecided => {
                let found = found()?;
                let DisputeDecided { favour, decision, papers, clock, .. } = found.body()?;
                (summary.state, summary.favour, summary.clock) = (DisputeState::Decided, favour, Some(clock));
                self.settlement = None;
                step(&found, Some(decision.to_string()), None, papers)
            }
            RecordKind::DisputeAppealed => {
                let found = found()?;
                let DisputeAppealed { reason, .. } = found.body()?;
                (summary.state, summary.clock) = (DisputeState::AtGovernment, None);
                step(&found, Some(reason.to_string()), None, None)
            }
            RecordKind::GovernmentDecided => {
                let found = found()?;
                let GovernmentDecided { favour, decision, document, papers, .. } = found.body()?;
                (summary.state, summary.favour) = (DisputeState::DecidedByGovernment, favour);
                self.settlement = None;
                step(&found, Some(decision.to_string()), Some(document.to_string()), papers)
            }
            RecordKind::DisputeWithdrawn => {
                let found = found()?;
                let DisputeWithdrawn { reason, .. } = found.body()?;
                let was_appealed = summary.state == DisputeState::AtGovernment;
                summary.state = if was_appealed { DisputeState::Final } else { DisputeState::Withdrawn };
                summary.clock = None;
                self.settlement = None;
                step(&found, Some(reason.to_string()), None, None)
            }
            RecordKind::DisputeFinal => {
                let found = found()?;
                let DisputeFinal { favour, .. } = found.body()?;
                (summary.state, summary.favour, summary.clock) = (DisputeState::Final, favour, None);
                step(&found, None, None, None)
            }
            // Opened, which began the course; and what is recorded of its clocks.
            _ => return Ok(()),
        };
        self.steps.push(done);
        Ok(())
    }

    /// Adds when the clock of its stage is due. A decision stands once nobody has appealed in time, whether or not the record says so.
    fn at(&mut self, context: &Context, head: &Header, clock: DeadlineId) -> Result<(), Failure> {
        let Some(facts) = context.parts.executor.query(head, || deadlines::deadline(clock))? else { return Ok(()) };
        let summary = &mut self.summary;
        (summary.due, summary.is_overdue) = match facts.standing {
            Standing::Running { due, .. } => (Some(due.moment), false),
            Standing::Overdue { due } => (Some(due.moment), true),
            Standing::Paused => (None, false),
        };
        if summary.is_overdue && summary.state == DisputeState::Decided {
            summary.state = DisputeState::Final;
        }
        Ok(())
    }
}

fn step(found: &Found, said: Option<String>, document: Option<String>, papers: Option<Papers>) -> DisputeStep {
    let record = &found.record;
    DisputeStep {
        kind: record.kind,
        record: record.number,
        moment: record.moment,
        department: record.department,
        account: record.signer.map(AccountKey),
        said,
        document,
        papers,
    }
}
