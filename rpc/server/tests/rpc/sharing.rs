//! Requests and grants as the server tells them: what was void, what rests on a standing consent, what holders were told, and whether data
//! may flow now.

use crate::{
    chain::{CONSUMER, Chain, PROVIDER, text},
    story::{CODE, ENTRY, GRANT, REQUEST, V1, content, policy, publish, terms, with_grant},
};
use mulu_client::calls::Call;
use mulu_proofs::{
    calendar::DeadlineKind,
    catalog::{ChangeKind, Methods},
    grants::{GrantState, UseKind, UseRecord},
    ids::{Moment, RecordNumber},
    papers::Papers,
    records::RecordKind,
    sharing::{StandingConsent, request_digest},
};
use mulu_rpc_api::sharing::{GrantFilter, InForce, Note, RequestFilter, RequestState, SharingClient, TimelineStep};

fn of_kind(timeline: &[TimelineStep], kind: RecordKind) -> Vec<&TimelineStep> {
    timeline.iter().filter(|step| step.act == kind).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_says_whether_data_may_flow_now_and_if_not_why() {
    let mut chain = with_grant();
    let server = chain.serve().await;
    let client = server.http();
    let now = async || client.grant(GRANT).await.unwrap().unwrap().in_force;
    let listed = async |in_force| {
        let filter = GrantFilter { in_force: Some(in_force), ..GrantFilter::default() };
        client.grants(Some(filter), None, None).await.unwrap().rows.len()
    };
    assert_eq!((now().await, listed(InForce::Active).await), (InForce::Active, 1));
    chain.act("officer", Call::suspend_grant(GRANT, &text("疑似超范围使用")));
    assert_eq!(now().await, InForce::PausedByProvider);
    assert_eq!((listed(InForce::Active).await, listed(InForce::PausedByProvider).await), (0, 1));
    chain.act("supervisor", Call::suspend_grant(GRANT, &text("接管")));
    assert_eq!(now().await, InForce::PausedByAuthority);
    chain.act("supervisor", Call::resume_grant(GRANT, &text("已整改")));
    assert_eq!(now().await, InForce::Active);

    let suspended = chain.act("head", Call::suspend_entry(ENTRY, &text("数据核查")));
    assert_eq!(now().await, InForce::PausedByEntry);
    chain.block(&[]);
    let timeline = client.grant(GRANT).await.unwrap().unwrap().timeline;
    let told = of_kind(&timeline, RecordKind::HolderNotified);
    let changed =
        Note::Changed { kind: ChangeKind::Suspended, items: 0, methods: Methods::default(), record: suspended };
    assert_eq!((told[0].note.as_ref(), told[0].said.as_str()), (Some(&changed), "数据核查"));
    chain.act("head", Call::resume_entry(ENTRY, &text("核查完毕")));
    assert_eq!(now().await, InForce::Active);

    // The next block comes a second later.
    chain.moment = terms().until.get() - 1_000;
    chain.block(&[]);
    assert_eq!((now().await, listed(InForce::Expired).await), (InForce::Expired, 1));
    let grant = client.grant(GRANT).await.unwrap().unwrap();
    assert_eq!(grant.state, GrantState::Provisioned, "the end of a period is no act");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_that_ends_with_its_entry_has_a_row_and_a_reason_and_no_signer() {
    let mut chain = with_grant();
    let consultation = Some(Papers([9; 32]));
    chain.act("head", Call::withdraw_entry(ENTRY, &text("系统下线"), consultation));
    let server = chain.serve().await;
    let client = server.http();
    let now = client.grant(GRANT).await.unwrap().unwrap();
    assert_eq!(now.in_force, InForce::Ended, "at once, whoever was told by then");
    chain.block(&[]);
    let grant = client.grant(GRANT).await.unwrap().unwrap();
    let last = grant.transitions.last().unwrap();
    assert_eq!((last.state, last.reason.as_str(), last.signed_as), (GrantState::Ended, "系统下线", None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_waits_to_be_provisioned_and_a_use_says_kind_and_day() {
    let mut chain = Chain::new();
    publish(&mut chain, ENTRY, V1, &content(CODE, "社会组织法人登记信息"));
    chain.act("officer", Call::set_policy(ENTRY, &policy()));
    let later = mulu_proofs::sharing::RequestTerms { from: Moment::new(terms().until.get() - 10), ..terms() };
    chain.act("applicant", Call::submit_request(&later));
    let digest = request_digest(REQUEST, &later);
    chain.act("consumer-officer", Call::endorse_request(REQUEST, &digest));
    chain.act("approver1", Call::approve_request(REQUEST, &digest));
    chain.act("approver2", Call::approve_request(REQUEST, &digest));
    chain.act("officer", Call::agree_request(REQUEST, &digest));
    let server = chain.serve().await;
    let client = server.http();
    let read = async || client.grant(GRANT).await.unwrap().unwrap();
    assert_eq!(read().await.in_force, InForce::Agreed);
    chain.act("officer", Call::provision_grant(GRANT));
    assert_eq!(read().await.in_force, InForce::NotYet);
    let used = UseRecord { kind: UseKind::Scenario, papers: Papers([7; 32]), on: "2026-07-26".parse().unwrap() };
    chain.act("applicant", Call::record_use(GRANT, &used));
    let grant = read().await;
    let note = of_kind(&grant.timeline, RecordKind::UseRecorded)[0].note.clone();
    assert_eq!(note, Some(Note::Used { kind: used.kind, on: used.on }));
    let clock = of_kind(&grant.timeline, RecordKind::DeadlineStarted)[0];
    assert_eq!(clock.note, Some(Note::Clock(DeadlineKind::Provisioning)));
    assert_eq!(
        clock.due.unwrap().day.to_string(),
        "2026-08-21",
        "twenty working days from a Sunday on, by weekends alone"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn signatures_under_terms_that_are_gone_say_since_when_they_are_void() {
    let mut chain = Chain::new();
    publish(&mut chain, ENTRY, V1, &content(CODE, "社会组织法人登记信息"));
    chain.act("officer", Call::set_policy(ENTRY, &policy()));
    chain.act("applicant", Call::submit_request(&terms()));
    let digest = request_digest(REQUEST, &terms());
    chain.act("consumer-officer", Call::endorse_request(REQUEST, &digest));
    chain.act("approver1", Call::approve_request(REQUEST, &digest));
    let fewer = mulu_proofs::sharing::RequestTerms { items: 0b001, ..terms() };
    let resubmitted = chain.act("applicant", Call::resubmit_request(REQUEST, &digest, &fewer));
    chain.act("consumer-officer", Call::endorse_request(REQUEST, &request_digest(REQUEST, &fewer)));
    let server = chain.serve().await;
    let timeline = server.http().share_request(REQUEST).await.unwrap().unwrap().timeline;
    let void = |kind| -> Vec<Option<RecordNumber>> {
        of_kind(&timeline, kind).into_iter().map(|step| step.void_since).collect()
    };
    let gone = Some(resubmitted);
    assert_eq!(void(RecordKind::RequestCreated), [gone]);
    assert_eq!(void(RecordKind::RequestEndorsed), [gone, None]);
    assert_eq!(void(RecordKind::RequestApproved), [gone]);
    assert_eq!(void(RecordKind::RequestResubmitted), [None]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agreement_by_standing_consent_names_it_and_nobody_who_signed() {
    let mut chain = Chain::new();
    publish(&mut chain, ENTRY, V1, &content(CODE, "社会组织法人登记信息"));
    chain.act("officer", Call::set_policy(ENTRY, &policy()));
    let consent = StandingConsent {
        entry_version: V1,
        items: 0b111,
        methods: Methods::of(&[terms().method]),
        consumers: vec![CONSUMER].try_into().unwrap(),
        purposes: Default::default(),
        calls_per_day: 10_000,
        rows_per_day: 100_000,
        days: 366,
        expires: Moment::new(terms().until.get()),
    };
    let set = chain.act("officer", Call::set_standing_consent(ENTRY, &consent));
    chain.act("applicant", Call::submit_request(&terms()));
    let digest = request_digest(REQUEST, &terms());
    chain.act("consumer-officer", Call::endorse_request(REQUEST, &digest));
    chain.act("approver1", Call::approve_request(REQUEST, &digest));
    chain.act("approver2", Call::approve_request(REQUEST, &digest));
    let server = chain.serve().await;
    let client = server.http();
    let request = client.share_request(REQUEST).await.unwrap().unwrap();
    assert_eq!(request.state, RequestState::Agreed);
    let last = request.signatures.last().unwrap();
    assert_eq!((last.act, last.account, last.consent), (RecordKind::RequestAgreed, None, Some(set)));
    assert!(request.signatures[..request.signatures.len() - 1].iter().all(|signature| signature.consent.is_none()));
    let agreed = of_kind(&request.timeline, RecordKind::RequestAgreed)[0];
    assert_eq!((agreed.account, agreed.note.clone()), (None, Some(Note::StandingConsent(set))));
    let of_provider = RequestFilter { provider: Some(PROVIDER), ..RequestFilter::default() };
    assert_eq!(client.requests(Some(of_provider), None, None).await.unwrap().rows.len(), 1);
}
