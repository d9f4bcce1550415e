//! Fourth part: what the Regulation asks for when things do not go straight. Papers are missing and are supplemented, a request is refused
//! with its reason, a reply comes too late and is counted, a grant is suspended at once.

use super::{
    catalog, departments,
    progress::Progress,
    scenario::{self, AUTHORITY, CONSUMER, ENTRY_CODE, GATEWAY, PENSIONS, PLATFORM, PROVIDER, PURPOSES, text},
    sharing::newest_request,
};
use crate::{
    error::{Doing, Error, expect},
    ledger::{Act, Ledger},
    people::People,
};
use mulu_client::calls::Call;
use mulu_proofs::{
    grants::GrantState,
    ids::{DeadlineId, Digest32, GrantId, Moment, RequestId},
    oversight::CountKind,
    papers::Papers,
    records::RecordKind,
    sharing::RequestTerms,
};
use mulu_rpc_api::{
    deadlines::{DeadlineState, DeadlinesClient},
    node::NodeClient,
    oversight::OversightClient,
    sharing::{Request, RequestState, SharingClient},
};
use std::time::Duration;

/// How long the demo waits for a reply to become overdue: its days are short.
const OVERDUE_WAIT: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(100);

/// What came of it.
#[derive(Debug)]
pub struct Told {
    /// The request that was supplemented and refused.
    pub refused: RequestId,
    /// The request that was answered too late.
    pub late: RequestId,
    /// The grant that was suspended.
    pub suspended: GrantId,
}

/// Tells the part on a chain of short days.
pub async fn tell(ledger: &Ledger<'_>, people: &People, progress: &Progress) -> Result<Told, Error> {
    let story = Story { ledger, people };
    let late = story.ask(text("统计养老待遇核查结果的月度汇总")).await?;
    let deadline = story.clock(late).await?;
    let refused = story.supplement_and_refuse(progress).await?;
    let suspended = story.reply_too_late(late, deadline, progress).await?;
    story.suspend(suspended, progress).await?;
    Ok(Told { refused, late, suspended })
}

struct Story<'a> {
    ledger: &'a Ledger<'a>,
    people: &'a People,
}

impl Story<'_> {
    async fn act(&self, department: u32, who: &str, call: Call) -> Result<(), Error> {
        self.ledger.act(Act { department, key: self.people.key(department, who), call }).await.map(drop)
    }

    async fn terms(&self) -> Result<RequestTerms, Error> {
        let entry = catalog::published(self.ledger, ENTRY_CODE).await?;
        let purpose = departments::purpose_id(self.ledger, PURPOSES[0].0).await?;
        let using = departments::system_id(self.ledger, &PENSIONS).await?;
        let gateway = departments::system_id(self.ledger, &GATEWAY).await?;
        let platform = departments::system_id(self.ledger, &PLATFORM).await?;
        let info = self.ledger.lines().of(CONSUMER).info().await.doing("asking for the time of the ledger")?;
        let now = info.head_moment.unwrap_or_default();
        Ok(scenario::terms(entry, purpose, using, [gateway, platform], now))
    }

    /// A request for another scenario, with the consent of the consumer's officer.
    async fn ask(&self, scenario: mulu_proofs::text::Text<256>) -> Result<RequestId, Error> {
        let terms = RequestTerms { scenario, ..self.terms().await? };
        self.act(CONSUMER, "applicant", Call::submit_request(&terms)).await?;
        let id = newest_request(self.ledger).await?;
        let digest = self.digest(id).await?;
        self.act(CONSUMER, "officer", Call::endorse_request(id, &digest)).await?;
        Ok(id)
    }

    async fn request(&self, id: RequestId) -> Result<Request, Error> {
        let found = self.ledger.lines().of(CONSUMER).share_request(id).await.doing("reading a request")?;
        found.ok_or_else(|| Error::Unexpected(format!("request {id} is gone")))
    }

    async fn digest(&self, id: RequestId) -> Result<Digest32, Error> {
        Ok(self.request(id).await?.digest.0)
    }

    /// The clock of the reply to a request.
    async fn clock(&self, id: RequestId) -> Result<DeadlineId, Error> {
        let timeline = self.request(id).await?.timeline;
        let started = timeline.iter().find(|step| step.act == RecordKind::DeadlineStarted);
        let deadline = started.and_then(|step| step.deadline);
        let acts: Vec<String> = timeline.iter().map(|step| step.act.to_string()).collect();
        deadline.ok_or_else(|| Error::Unexpected(format!("no clock runs for request {id}: {}", acts.join(", "))))
    }

    /// Missing papers are named once and supplemented; what was signed before is void; then the provider refuses with its reason.
    async fn supplement_and_refuse(&self, progress: &Progress) -> Result<RequestId, Error> {
        let id = self.ask(text("按月核查养老待遇领取人员的婚姻登记状态")).await?;
        let digest = self.digest(id).await?;
        let missing = text("缺少业务系统等级保护备案证明和使用部门承诺书");
        self.act(PROVIDER, "officer", Call::ask_supplement(id, &digest, &missing)).await?;
        let open = self.request(id).await?;
        let waits_for = open.waiting.as_ref().map(|waiting| waiting.departments.clone()).unwrap_or_default();
        expect(open.state == RequestState::Supplement && waits_for == [open.terms.consumer], || {
            format!("request {id} is {:?} and waits for {waits_for:?} while papers are missing", open.state)
        })?;
        let papers = Papers::commit(&self.people.key(CONSUMER, "applicant").public(), b"the papers of the demo");
        let terms = RequestTerms { papers: Some(papers), ..open.terms };
        self.act(CONSUMER, "applicant", Call::resubmit_request(id, &digest, &terms)).await?;
        let resubmitted = self.request(id).await?;
        expect(resubmitted.digest.0 != digest && resubmitted.signatures.len() == 1, || {
            format!("request {id} keeps signatures under terms that are gone")
        })?;
        let digest = resubmitted.digest.0;
        self.act(CONSUMER, "officer", Call::endorse_request(id, &digest)).await?;
        let reason = text("婚姻登记状态与所列业务事项无关，超出履职必要范围");
        self.act(PROVIDER, "officer", Call::refuse_request(id, &digest, &reason)).await?;
        let refused = self.request(id).await?;
        expect(refused.state == RequestState::Refused && refused.reason.as_deref() == Some(reason.as_str()), || {
            format!("request {id} is {:?}, not refused with its reason", refused.state)
        })?;
        progress.outcome(&format!("request {id} was supplemented once, signed anew, and refused: {reason}"));
        Ok(id)
    }

    /// Nobody replies until the clock has run out; then the provider agrees after all, and the lateness is counted.
    async fn reply_too_late(&self, id: RequestId, deadline: DeadlineId, progress: &Progress) -> Result<GrantId, Error> {
        let due = self.wait_until_overdue(deadline).await?;
        let digest = self.digest(id).await?;
        for who in scenario::SIGNING_APPROVERS {
            self.act(PROVIDER, who, Call::approve_request(id, &digest)).await?;
        }
        self.act(PROVIDER, "officer", Call::agree_request(id, &digest)).await?;
        let connection = self.ledger.lines().of(AUTHORITY);
        let course = connection.deadline(deadline).await.doing("reading a deadline")?;
        let state = course.map(|course| course.deadline.state);
        expect(state == Some(DeadlineState::Missed), || format!("the late reply's clock is {state:?}"))?;
        let provider = self.request(id).await?.provider;
        let counters = connection.counters(provider, None).await.doing("reading the counters")?;
        let counts = counters.map(|counters| counters.counts).unwrap_or_default();
        let late = counts.iter().find(|count| count.kind == CountKind::LateReply).map_or(0, |count| count.count);
        expect(late >= 1, || format!("no late reply is counted for department {provider}"))?;
        progress.outcome(&format!("request {id} was due at {}, answered later, and counts (art. 39)", due.utc()));
        let grant = self.request(id).await?.grant;
        grant.ok_or_else(|| Error::Unexpected(format!("request {id} made no grant")))
    }

    async fn wait_until_overdue(&self, deadline: DeadlineId) -> Result<Moment, Error> {
        let wait = async {
            loop {
                let course = self.ledger.lines().of(AUTHORITY).deadline(deadline).await.doing("reading a deadline")?;
                let found = course.ok_or_else(|| Error::Unexpected(format!("deadline {deadline} is gone")))?.deadline;
                if let (true, Some(due)) = (found.is_overdue, found.due) {
                    return Ok(due.moment);
                }
                tokio::time::sleep(PAUSE).await;
            }
        };
        let waited = tokio::time::timeout(OVERDUE_WAIT, wait).await;
        waited.unwrap_or_else(|_| Err(Error::Unexpected(format!("deadline {deadline} never became overdue"))))
    }

    /// The authority suspends a grant at once.
    async fn suspend(&self, grant: GrantId, progress: &Progress) -> Result<(), Error> {
        let reason = text("发现将汇总结果用于商业分析，责令停用并核查");
        self.act(AUTHORITY, "supervisor", Call::suspend_grant(grant, &reason)).await?;
        let found = self.ledger.lines().of(CONSUMER).grant(grant).await.doing("reading a grant")?;
        let state = found.map(|grant| grant.state);
        expect(state == Some(GrantState::Suspended), || format!("grant {grant} is {state:?}"))?;
        progress.outcome(&format!("grant {grant} was suspended at once by the authority (art. 27): {reason}"));
        Ok(())
    }
}
