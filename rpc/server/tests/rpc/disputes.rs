//! Disputes as their records tell them, and what is counted of departments.

use crate::{
    chain::{AUTHORITY, CONSUMER, Chain, PROVIDER, text},
    ledger::{all, code},
    story::{ENTRY, GRANT, REQUEST, terms, with_grant},
};
use mulu_client::calls::Call;
use mulu_proofs::{
    ids::{DepartmentId, DisputeId, GrantId, RequestId},
    oversight::{CountKind, Matter, StepText, settlement_digest},
    papers::Papers,
    records::{RecordKind, Subject},
    sharing::request_digest,
};
use mulu_rpc_api::{
    Cursor, Hex32, codes,
    deadlines::{DeadlineFilter, DeadlinesClient},
    oversight::{Dispute, DisputeFilter, DisputeState, OversightClient},
};

const FIRST: DisputeId = DisputeId::new(1);
const SECOND: DisputeId = DisputeId::new(2);

fn said(what: &str) -> StepText {
    text(what)
}

fn open(chain: &mut Chain) {
    let matter = Matter { entry: ENTRY, request: Some(REQUEST), grant: Some(GRANT) };
    let papers = Some(Papers([7; 32]));
    chain.act("consumer-officer", Call::open_dispute(&matter, PROVIDER, &said("擅自增设条件"), papers));
}

fn count(counts: &mulu_rpc_api::oversight::Counters, kind: CountKind) -> u32 {
    counts.counts.iter().find(|count| count.kind == kind).unwrap().count
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dispute_tells_its_way_up_the_ladder_step_by_step() {
    let mut chain = with_grant();
    let server = chain.serve().await;
    let client = server.http();
    let read = async || -> Dispute { client.dispute(FIRST).await.unwrap().unwrap() };
    assert_eq!(client.dispute(FIRST).await.unwrap(), None);
    open(&mut chain);
    let opened = read().await;
    let summary = &opened.summary;
    assert_eq!((summary.state, summary.claimant, summary.respondent), (DisputeState::Negotiating, CONSUMER, PROVIDER));
    assert_eq!((summary.authority, summary.is_overdue, summary.due.is_some()), (None, false, true));
    assert_eq!(opened.steps[0].said.as_deref(), Some("擅自增设条件"));
    assert_eq!(opened.steps[0].papers, Some(Papers([7; 32])));

    chain.act("officer", Call::settle_dispute(FIRST, &said("补充共享范围")));
    let proposed = read().await;
    let digest = Hex32(settlement_digest(FIRST, PROVIDER, &said("补充共享范围")));
    let terms = proposed.settlement.unwrap();
    assert_eq!((terms.by, terms.terms.as_str(), terms.digest), (PROVIDER, "补充共享范围", digest));
    assert_eq!((proposed.summary.clock, proposed.summary.due), (None, None), "the other party has answered");

    chain.act("consumer-officer", Call::escalate_dispute(FIRST, &said("协商不成")));
    let escalated = read().await.summary;
    assert_eq!((escalated.state, escalated.authority), (DisputeState::AtAuthority, Some(AUTHORITY)));
    let filter = DeadlineFilter { subject: Some(Subject::Dispute(FIRST)), ..Default::default() };
    let clocks = client.deadlines(Some(filter), None, None).await.unwrap().rows;
    assert_eq!((clocks.len(), clocks[0].terms.responsible), (1, AUTHORITY));

    chain.act("supervisor", Call::decide_dispute(FIRST, Some(CONSUMER), &said("予以共享"), None));
    let decided = read().await;
    assert_eq!((decided.summary.state, decided.summary.favour), (DisputeState::Decided, Some(CONSUMER)));
    assert_eq!(decided.settlement, None);
    chain.act("officer", Call::appeal_dispute(FIRST, &said("不同意处理意见")));
    assert_eq!(read().await.summary.state, DisputeState::AtGovernment);
    let document = text("政办函〔2026〕7号");
    let call = Call::record_government_decision(FIRST, None, &said("另行协商"), &document, None);
    chain.act("supervisor", call);
    let ended = read().await;
    assert_eq!((ended.summary.state, ended.summary.favour), (DisputeState::DecidedByGovernment, None));
    let kinds: Vec<RecordKind> = ended.steps.iter().map(|step| step.kind).collect();
    assert_eq!(
        kinds,
        [
            RecordKind::DisputeOpened,
            RecordKind::SettlementProposed,
            RecordKind::DisputeEscalated,
            RecordKind::DisputeDecided,
            RecordKind::DisputeAppealed,
            RecordKind::GovernmentDecided,
        ]
    );
    assert_eq!(ended.steps[5].document.as_deref(), Some("政办函〔2026〕7号"));
    assert_eq!(ended.steps[5].department, AUTHORITY);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_is_final_at_once_when_the_time_to_appeal_is_up_and_counts() {
    let mut chain = with_grant();
    open(&mut chain);
    chain.act("officer", Call::answer_dispute(FIRST, &said("条件依法设定"), None));
    chain.act("officer", Call::escalate_dispute(FIRST, &said("协商不成")));
    let server = chain.serve().await;
    let client = server.http();
    // The authority decides late.
    let due = client.dispute(FIRST).await.unwrap().unwrap().summary.due.unwrap();
    chain.moment = due.get() + 1_000;
    chain.block(&[]);
    assert!(client.dispute(FIRST).await.unwrap().unwrap().summary.is_overdue);
    chain.act("supervisor", Call::decide_dispute(FIRST, Some(CONSUMER), &said("予以共享"), None));
    let due = client.dispute(FIRST).await.unwrap().unwrap().summary.due.unwrap();
    chain.moment = due.get() + 1_000;
    chain.block(&[]);
    let ended = client.dispute(FIRST).await.unwrap().unwrap();
    assert_eq!((ended.summary.state, ended.summary.favour), (DisputeState::Final, Some(CONSUMER)));
    let last = ended.steps.last().unwrap();
    assert_eq!((last.kind, last.department, last.account), (RecordKind::DisputeFinal, DepartmentId::default(), None));

    let of = async |department| client.counters(department, Some(2026)).await.unwrap().unwrap();
    assert_eq!(count(&of(PROVIDER).await, CountKind::DisputeLost), 1);
    assert_eq!(count(&of(AUTHORITY).await, CountKind::LateDisputeDecision), 1);
    assert_eq!(of(AUTHORITY).await.counts.len(), CountKind::ALL.len(), "counts of nothing are told too");
    let consumer = client.counters(CONSUMER, None).await.unwrap().unwrap();
    assert_eq!((consumer.year, consumer.counts.iter().map(|count| count.count).sum::<u32>()), (2026, 0));
    assert_eq!(client.counters(PROVIDER, Some(2025)).await.unwrap().unwrap().counts[12].count, 0);
    assert_eq!(client.counters(DepartmentId::new(9), None).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn disputes_are_listed_newest_first_by_whether_they_are_open_and_by_department() {
    let mut chain = with_grant();
    for _ in 0..3 {
        open(&mut chain);
    }
    chain.act("officer", Call::settle_dispute(FIRST, &said("补充共享范围")));
    let digest = settlement_digest(FIRST, PROVIDER, &said("补充共享范围"));
    chain.act("consumer-officer", Call::confirm_settlement(FIRST, &digest));
    chain.act("consumer-officer", Call::withdraw_dispute(SECOND, &said("已解决")));
    let server = chain.serve().await;
    let client = server.http();
    let of = async |filter: DisputeFilter| -> Vec<u32> {
        let ask = |cursor: Option<Cursor>, limit| client.disputes(Some(filter), cursor, limit);
        all(1, ask).await.into_iter().map(|row| row.id.get()).collect()
    };
    let open = |is_open| DisputeFilter { is_open: Some(is_open), department: None };
    assert_eq!(of(DisputeFilter::default()).await, [3, 2, 1]);
    assert_eq!((of(open(true)).await, of(open(false)).await), (vec![3], vec![2, 1]));
    let by = |department| DisputeFilter { is_open: None, department: Some(department) };
    assert_eq!((of(by(PROVIDER)).await, of(by(AUTHORITY)).await), (vec![3, 2, 1], vec![]));
    let states = [FIRST, SECOND].map(async |id| client.dispute(id).await.unwrap().unwrap().summary.state);
    let [first, second] = states;
    assert_eq!((first.await, second.await), (DisputeState::Settled, DisputeState::Withdrawn));
    let wrong = client.disputes(None, Some(Cursor(vec![250, 1])), None).await.unwrap_err();
    assert_eq!(code(&wrong), codes::CURSOR);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_runtime_knows_whose_a_request_or_grant_is() {
    let mut chain = with_grant();
    let about = |grant| Matter { entry: ENTRY, request: None, grant: Some(GrantId::new(grant)) };
    let open = |grant, against| Call::open_dispute(&about(grant), against, &said("擅自增设条件"), None);
    for (name, call) in [
        ("consumer-officer", open(9, PROVIDER)),
        ("consumer-officer", open(1, AUTHORITY)),
        ("officer", open(1, AUTHORITY)),
        ("applicant", open(1, PROVIDER)),
    ] {
        let refused = chain.sign(name, call);
        chain.fail(&refused);
    }
    chain.act("consumer-officer", open(1, PROVIDER));
    chain.act("officer", open(1, CONSUMER));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_is_late_counts_for_the_provider_in_the_year_of_its_last_day() {
    let mut chain = with_grant();
    chain.act("applicant", Call::submit_request(&terms()));
    let request = RequestId::new(2);
    chain.act("consumer-officer", Call::endorse_request(request, &request_digest(request, &terms())));
    let server = chain.serve().await;
    let client = server.http();
    let late = async |year| {
        let counters = client.counters(PROVIDER, Some(year)).await.unwrap().unwrap();
        count(&counters, CountKind::LateReply)
    };
    assert_eq!(late(2026).await, 0);
    // The chain rests over the turn of the year: the record comes then, the count stays where it belongs.
    chain.moment += 200 * 86_400_000;
    chain.block(&[]);
    assert_eq!((late(2026).await, late(2027).await), (1, 0));
}
