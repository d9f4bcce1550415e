//! A platform's key is stolen, and evidence says so; days of a grant are reconciled, and the client works out which calls differ.

use crate::{
    chain::{CONSUMER, Chain, GATEWAY, PROVIDER, key, text},
    story::{self, ENTRY, GRANT, REQUEST, STREAM, V1, with_events},
};
use mulu_client::{
    ClientError,
    calls::Call,
    connection::Connection,
    event::Event,
    reconcile::difference,
    seal::{Place, SealedBatch, seal},
    terms::{EntryFacts, KnownTerms},
};
use mulu_primitives::batch::BatchPlace;
use mulu_proofs::{
    access::{DecisionCount, Parties, RunKey, Series, Side, SideTotal},
    calendar::{Calendar, DayLength},
    departments::{AccountKey, Role, RoleScope, SystemKind},
    evidence::{
        report::{EventFacts, ListFacts},
        verify,
    },
    ids::{EventNumber, Height, Moment, RecordNumber, StreamId, SystemId},
    records::RecordKind,
    sharing::{RequestTerms, request_digest},
};
use mulu_rpc_api::{
    access::{AccessClient, EventRef, HistoryFilter, HistoryOf},
    evidence::{EvidenceClient, ListRequest},
};

/// The consumer's platform, once it is registered.
const THEIRS: SystemId = SystemId::new(3);
const DAY_MS: u64 = 86_400_000;

fn event(number: u64) -> EventRef {
    EventRef { stream: STREAM, event: EventNumber::new(number) }
}

/// Gives an account of a department the platform's role.
fn give_platform(chain: &mut Chain, admin: &str, name: &str) {
    let department = if admin == "admin" { PROVIDER } else { CONSUMER };
    let fresh = key(name).public();
    chain.act(admin, Call::register_account(&fresh, department));
    let expires = Moment::new(chain.moment + 1_000_000_000_000);
    let everything = RoleScope::Everything;
    chain.act(admin, Call::give_role(&fresh, department, Role::Platform, expires, &everything, None, &text("")));
}

async fn facts(chain: &Chain, number: u64) -> EventFacts {
    facts_at(chain, number, None).await
}

async fn facts_at(chain: &Chain, number: u64, tip: Option<Height>) -> EventFacts {
    let server = chain.serve().await;
    let bytes = EvidenceClient::event(&server.http(), event(number), tip).await.unwrap().0;
    let report = verify(&bytes, &chain.genesis, None);
    assert_eq!(report.failure, None);
    report.event().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_says_what_became_of_the_signers_key() {
    let mut chain = with_events();
    assert!(facts(&chain, 20).await.signer.compromised.is_empty());
    let (from, to) = (Moment::new(chain.moment - 5_000), Moment::new(chain.moment));
    let stolen = key("platform").public();
    let report = chain.act("admin", Call::report_compromise(GATEWAY, &stolen, (from, to), &text("密钥外泄")));
    let range = (EventNumber::new(16), EventNumber::new(30));
    let repudiation = chain.act("head", Call::repudiate(report, STREAM, range, &text("非本平台报告")));
    let height = chain.head();
    let before = facts(&chain, 20).await;
    assert_eq!(before.signer.repudiated[0].decided, None);
    let decision = chain.act("supervisor", Call::decide_repudiation(repudiation, true, &text("属实")));

    let after = facts(&chain, 20).await;
    assert_eq!((after.signer.compromised.len(), after.signer.compromised[0].record), (1, report));
    assert_eq!((after.signer.repudiated.len(), after.signer.repudiated[0].record), (1, repudiation));
    let decided = after.signer.repudiated[0].decided.clone().unwrap();
    assert_eq!((decided.record, decided.upheld), (decision, true));
    assert_eq!(facts_at(&chain, 20, Some(height)).await.signer, before.signer, "as it was at an earlier tip");
    let untouched = facts(&chain, 3).await;
    assert_eq!((untouched.signer.compromised.len(), untouched.signer.repudiated.len()), (1, 0));
}

async fn list_at(chain: &Chain, series: Series, tip: Option<Height>) -> ListFacts {
    let server = chain.serve().await;
    let asked = ListRequest { series, above: None, until: None, tip };
    let bytes = EvidenceClient::list(&server.http(), asked).await.unwrap().0;
    let report = verify(&bytes, &chain.genesis, None);
    assert_eq!(report.failure, None);
    report.list().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_says_which_of_its_events_were_repudiated_as_far_as_its_tip() {
    let mut chain = with_events();
    let of_grant = Series::Grant(GRANT);
    let untold = list_at(&chain, of_grant, None).await;
    assert!(untold.signer.compromised.is_empty() && untold.signer.repudiated.is_empty());
    assert_eq!((untold.departments.len(), untold.systems.len(), untold.totals.repudiated), (1, 1, 0));
    let (from, to) = (Moment::new(chain.moment - 5_000), Moment::new(chain.moment));
    let stolen = key("platform").public();
    let report = chain.act("admin", Call::report_compromise(GATEWAY, &stolen, (from, to), &text("密钥外泄")));
    // Of the second batch the last two events under the grant, and some under none.
    let range = (EventNumber::new(24), EventNumber::new(28));
    let repudiation = chain.act("head", Call::repudiate(report, STREAM, range, &text("非本平台报告")));
    let height = chain.head();
    chain.act("supervisor", Call::decide_repudiation(repudiation, false, &text("不实")));

    let waiting = list_at(&chain, of_grant, Some(height)).await;
    let [said] = &waiting.signer.repudiated[..] else { panic!("one repudiation") };
    assert_eq!((said.record, said.key, said.decided.is_none()), (repudiation, stolen, true));
    let named: Vec<u64> =
        waiting.events.iter().filter(|e| e.repudiations == [repudiation]).map(|event| event.event.get()).collect();
    assert_eq!((named, waiting.totals.repudiated), (vec![24, 25], 2));
    let rejected = list_at(&chain, of_grant, None).await;
    assert_eq!((rejected.totals.repudiated, rejected.departments.len()), (0, 2), "the authority is named too");
    assert_eq!(rejected.signer.compromised[0].record, report);
    // Events of other series are repudiated under the same key, and these are not.
    let platforms = list_at(&chain, Series::Reporter(GATEWAY), None).await;
    assert_eq!((platforms.signer.compromised.len(), platforms.signer.repudiated.len()), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_shows_the_way_to_the_grant_that_was_agreed_to_where_another_had_the_same_digest() {
    let mut chain = Chain::new();
    story::publish(&mut chain, ENTRY, V1, &story::content(story::CODE, "社会组织法人登记信息"));
    chain.act("applicant", Call::submit_request(&story::terms()));
    let digest = request_digest(REQUEST, &story::terms());
    chain.act("consumer-officer", Call::endorse_request(REQUEST, &digest));
    chain.act("officer", Call::set_policy(ENTRY, &story::policy()));
    let again = chain.act("applicant", Call::resubmit_request(REQUEST, &digest, &story::terms()));
    let endorsed = chain.act("consumer-officer", Call::endorse_request(REQUEST, &digest));
    for approver in ["approver1", "approver3"] {
        chain.act(approver, Call::approve_request(REQUEST, &digest));
    }
    chain.act("officer", Call::agree_request(REQUEST, &digest));
    chain.act("officer", Call::provision_grant(GRANT));
    let chain = story::continue_with_events(chain);
    let signatures = facts(&chain, 3).await.signatures;
    let of = |kind| -> Vec<RecordNumber> {
        signatures.iter().filter(|signed| signed.act == kind).map(|signed| signed.record).collect()
    };
    assert!(of(RecordKind::RequestCreated).is_empty());
    assert_eq!((of(RecordKind::RequestResubmitted), of(RecordKind::RequestEndorsed)), (vec![again], vec![endorsed]));
    assert_eq!(of(RecordKind::RequestApproved).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_halted_stream_goes_on_under_another_key_and_its_evidence_holds() {
    let mut chain = story::with_grant();
    chain.act("platform", Call::open_stream(GATEWAY, false));
    let events = vec![story::event(RunKey::Grant(GRANT, V1), chain.moment, 1, 0b001)];
    let first = story::report(&mut chain, None, events);
    let (from, to) = (Moment::new(1), Moment::new(chain.moment));
    let stolen = key("platform").public();
    chain.act("head", Call::report_compromise(GATEWAY, &stolen, (from, to), &text("密钥外泄")));
    let server = chain.serve().await;
    let halted = server.http().stream(STREAM).await.unwrap().unwrap();
    assert_eq!((halted.is_open, halted.is_halted, halted.next), (false, true, first.next()));

    give_platform(&mut chain, "admin", "platform2");
    chain.act("platform2", Call::reopen_stream(STREAM));
    let events = vec![story::event(RunKey::Grant(GRANT, V1), chain.moment, 2, 0b001)];
    send(&mut chain, "platform2", STREAM, Some(&first), events, &story::terms());
    let open = server.http().stream(STREAM).await.unwrap().unwrap();
    assert_eq!((open.is_open, open.is_halted, open.key), (true, false, AccountKey(key("platform2").public())));
    assert_eq!(open.next, EventNumber::new(3));
    let (old, new) = (facts(&chain, 1).await, facts(&chain, 2).await);
    assert_eq!((old.reporter.key, old.signer.compromised.len()), (stolen, 1));
    assert_eq!((new.reporter.key, new.signer.compromised.len()), (key("platform2").public(), 0));
    chain.act("admin", Call::close_stream(STREAM));
    assert!(server.http().stream(STREAM).await.unwrap().unwrap().closed.is_some());
}

/// What was asked for, with a platform of each side.
fn terms() -> RequestTerms {
    RequestTerms {
        platforms: vec![GATEWAY, THEIRS].try_into().unwrap(),
        until: Moment::new(story::terms().until.get() + 90 * DAY_MS),
        ..story::terms()
    }
}

/// A chain with a grant on which both sides report in streams that reconcile: 1 is the provider's, 2 the consumer's.
fn with_two_sides() -> Chain {
    let mut chain = Chain::new();
    story::publish(&mut chain, ENTRY, V1, &story::content(story::CODE, "社会组织法人登记信息"));
    let code = text("their-gateway");
    chain.act("consumer-admin", Call::register_system(CONSUMER, SystemKind::Platform, &code, &text("网关")));
    give_platform(&mut chain, "consumer-admin", "their-platform");
    chain.act("officer", Call::set_policy(ENTRY, &story::policy()));
    chain.act("applicant", Call::submit_request(&terms()));
    let digest = request_digest(REQUEST, &terms());
    chain.act("consumer-officer", Call::endorse_request(REQUEST, &digest));
    for approver in ["approver1", "approver3"] {
        chain.act(approver, Call::approve_request(REQUEST, &digest));
    }
    chain.act("officer", Call::agree_request(REQUEST, &digest));
    chain.act("officer", Call::provision_grant(GRANT));
    chain.act("platform", Call::open_stream(GATEWAY, true));
    chain.act("their-platform", Call::open_stream(THEIRS, true));
    chain
}

/// Seals events with a key and submits them.
fn send(
    chain: &mut Chain,
    name: &str,
    stream: StreamId,
    previous: Option<&SealedBatch>,
    events: Vec<Event>,
    terms: &RequestTerms,
) -> SealedBatch {
    let mut known = KnownTerms::default();
    known.add_entry(ENTRY, V1, EntryFacts { provider: PROVIDER, items: 0b111 });
    let RequestTerms { until, platforms, .. } = terms.clone();
    known.add_grant(mulu_proofs::grants::GrantTerms { until, platforms, ..story::grant() });
    let batch = BatchPlace {
        genesis: chain.genesis.hash(),
        stream,
        first: previous.map_or(EventNumber::new(1), SealedBatch::next),
        previous: previous.map_or([0; 32], |batch| batch.header.digest()),
    };
    let place = Place { batch, domain: chain.genesis.domain(), floor: Moment::new(0) };
    let sealed = seal(&place, events, &known, &key(name)).unwrap().batch;
    chain.act(name, Call::submit_batch(&sealed.header, &sealed.signature, &sealed.body));
    sealed
}

/// Calls of those numbers now, as a side reports them.
fn calls(chain: &Chain, numbers: &[u64], side: Side) -> Vec<Event> {
    let of = |n: &u64| {
        let mut event = story::event(RunKey::Grant(GRANT, V1), chain.moment, *n, 0b001);
        event.leaf.side = side;
        event
    };
    numbers.iter().map(of).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_calls_that_make_a_difference_are_worked_out_and_named() {
    let mut chain = with_two_sides();
    let today = Calendar::new(DayLength::Civil, 480).unwrap().local_day(Moment::new(chain.moment));
    let ours = calls(&chain, &[1, 2, 3, 4], Side::Provider);
    send(&mut chain, "platform", STREAM, None, ours, &terms());
    let theirs = calls(&chain, &[2, 4, 9], Side::Consumer);
    send(&mut chain, "their-platform", StreamId::new(2), None, theirs, &terms());
    chain.act("platform", Call::open_decisions(GATEWAY));
    let counts = vec![DecisionCount { grant: GRANT, allowed: 4, denied: 2 }].try_into().unwrap();
    chain.act("platform", Call::count_decisions(GATEWAY, today, &counts));

    let server = chain.serve().await;
    let client = server.http();
    let open = client.reconciliation(GRANT).await.unwrap().unwrap();
    let since = Some(today);
    assert_eq!(open.since, Parties { provider: since, consumer: since, decisions: since });
    assert_eq!((open.open.len(), open.open[0].provider.events, open.open[0].consumer.events), (1, 4, 3));
    assert!(!open.open[0].ids_agree && open.open[0].allowed == 4 && open.differing.is_empty());
    let points = client.decision_points(None, None).await.unwrap().rows;
    assert_eq!((points.len(), points[0].system, points[0].key.0), (1, GATEWAY, key("platform").public()));

    chain.moment += 9 * DAY_MS;
    chain.block(&[]);
    let compared = client.reconciliation(GRANT).await.unwrap().unwrap();
    assert!(compared.open.is_empty());
    let found = &compared.differing[0];
    assert_eq!((found.differs.day, found.can_be_named, found.named), (today, true, None));
    assert_eq!(found.differs.consumer, Some(SideTotal { events: 3, calls: 3 }));
    assert_eq!(found.differs.allowed, Some(4));

    let (node, _) = Connection::open(&format!("ws://{}", server.handle.address())).await.unwrap();
    let named = difference(&node, GRANT, today).await.unwrap();
    assert_eq!((named.provider_only.to_vec(), named.consumer_only.to_vec()), (vec![1_001, 1_003], vec![1_009]));
    let call = Call::name_differences(GRANT, today, &named.provider_only, &named.consumer_only);
    let record = chain.act("their-platform", call);
    let told = client.reconciliation(GRANT).await.unwrap().unwrap();
    assert_eq!((told.differing[0].named, told.differing[0].can_be_named), (Some(record), false));
    let again = difference(&node, GRANT, today).await.unwrap_err();
    assert!(matches!(again, ClientError::NotFound { .. }), "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_that_was_never_given_has_no_reconciliation_and_a_closed_point_is_not_listed() {
    let mut chain = Chain::new();
    chain.act("platform", Call::open_decisions(GATEWAY));
    chain.act("admin", Call::close_decisions(GATEWAY));
    let server = chain.serve().await;
    let client = server.http();
    assert_eq!(client.reconciliation(GRANT).await.unwrap(), None);
    assert!(client.decision_points(None, None).await.unwrap().rows.is_empty());
    chain.act("platform", Call::open_decisions(GATEWAY));
    assert_eq!(client.decision_points(None, None).await.unwrap().rows.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_over_many_batches_is_the_same_as_pages_of_one_row() {
    let mut chain = story::with_grant();
    chain.act("platform", Call::open_stream(GATEWAY, false));
    let mut previous = None;
    for number in 1..=40 {
        // Several events in some, so that pages end within a batch.
        let count = if number % 7 == 0 { 3 } else { 1 };
        let at = |n| story::event(RunKey::Grant(GRANT, V1), chain.moment + n, 100 * number + n, 0b001);
        let events: Vec<Event> = (0..count).map(at).collect();
        previous = Some(story::report(&mut chain, previous.as_ref(), events));
    }
    let filter = HistoryFilter { of: HistoryOf::Entry(ENTRY), from: None, until: None, with_findings: false };
    // Nothing is open yet: the batches of the page are opened side by side.
    let whole = chain.serve().await.http().history(filter, None, Some(500)).await.unwrap();
    assert_eq!((whole.rows.len(), whole.next), (50, None));
    assert!(whole.rows.windows(2).all(|pair| (pair[0].record, pair[0].place) > (pair[1].record, pair[1].place)));
    for limit in [1, 4, 33] {
        let server = chain.serve().await;
        let (mut rows, mut cursor) = (Vec::new(), None);
        loop {
            let page = server.http().history(filter, cursor, Some(limit)).await.unwrap();
            assert!(page.rows.len() <= limit as usize);
            rows.extend(page.rows);
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(rows, whole.rows, "pages of {limit}");
    }
}
