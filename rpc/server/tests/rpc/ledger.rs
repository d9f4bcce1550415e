//! The ledger's own methods: what each answers, pages, filters.

use crate::{
    chain::{AUTHORITY, CONSUMER, Chain, GATEWAY, PROVIDER, SUBSIDIES, key, text},
    story::{
        CODE, ENTRY, GRANT, OTHER_ENTRY, REQUEST, STREAM, V1, content, policy, publish, terms, with_events, with_grant,
    },
};
use jsonrpsee::core::client::Error;
use mulu_client::calls::Call;
use mulu_proofs::{
    access::Series,
    departments::{AccountKey, Role},
    grants::GrantState,
    ids::{EventNumber, GrantId, Moment, RecordNumber, RequestId, StreamId, Version},
    records::{RecordKind, Subject},
    sharing::request_digest,
};
use mulu_rpc_api::{
    Cursor, Hex32, Page,
    access::{AccessClient, Event, EventRef, FindingName, HistoryFilter, HistoryOf},
    catalog::{CatalogClient, EntryFilter, EntryRef, VersionState},
    codes,
    departments::{DepartmentRef, DepartmentsClient},
    node::NodeClient,
    records::{RecordsClient, RecordsOf},
    sharing::{GrantFilter, RequestFilter, RequestState, SharingClient},
    stats::{DailyFilter, DaySums, StatsClient},
};

/// All rows of a list, `limit` at a time.
pub async fn all<T, F>(limit: u32, ask: impl Fn(Option<Cursor>, Option<u32>) -> F) -> Vec<T>
where
    F: Future<Output = Result<Page<T>, Error>>,
{
    let (mut rows, mut cursor) = (Vec::new(), None);
    loop {
        let page = ask(cursor, Some(limit)).await.unwrap();
        assert!(page.rows.len() <= limit as usize);
        rows.extend(page.rows);
        cursor = page.next;
        if cursor.is_none() {
            return rows;
        }
    }
}

pub fn code(error: &Error) -> i32 {
    match error {
        Error::Call(error) => error.code(),
        other => panic!("no answer to the call: {other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn departments_are_listed_and_found_by_id_and_by_credit_code() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let client = server.http();
    let listed = all(2, |cursor, limit| client.departments(cursor, limit)).await;
    let ids: Vec<u32> = listed.iter().map(|department| department.info.id.get()).collect();
    assert_eq!(ids, [1, 2, 3]);
    let second = listed[1].clone();
    assert!(second.is_active && second.record.get() > 0);
    for by in [DepartmentRef::Id(PROVIDER), DepartmentRef::Code(second.info.credit_code)] {
        assert_eq!(DepartmentsClient::department(&client, by).await.unwrap(), Some(second.clone()));
    }
    let nobody = DepartmentsClient::department(&client, DepartmentRef::Id(mulu_proofs::ids::DepartmentId::new(9)));
    assert_eq!(nobody.await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_shows_its_roles_with_the_records_that_gave_them() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let client = server.http();
    let account = client.account(Hex32(key("officer").public())).await.unwrap().unwrap();
    assert_eq!((account.department, account.nonce, account.roles.len()), (PROVIDER, 0, 1));
    let role = &account.roles[0];
    assert_eq!((role.role, role.department, role.is_pending), (Role::Officer, PROVIDER, false));
    let given = client.record(role.given).await.unwrap().unwrap();
    assert_eq!(given.kind, RecordKind::RoleGiven);
    assert_eq!(given.decoded["role"], "officer");
    assert_eq!(client.account(Hex32([9; 32])).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn systems_are_listed_and_filtered_by_department() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let client = server.http();
    let ids = |systems: Vec<mulu_rpc_api::departments::System>| systems.iter().map(|s| s.info.id).collect::<Vec<_>>();
    assert_eq!(ids(all(1, |cursor, limit| client.systems(None, cursor, limit)).await), [GATEWAY, SUBSIDIES]);
    assert_eq!(ids(all(1, |cursor, limit| client.systems(Some(CONSUMER), cursor, limit)).await), [SUBSIDIES]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_tells_its_versions_with_their_states_and_records() {
    let mut chain = Chain::new();
    publish(&mut chain, ENTRY, V1, &content(CODE, "社会组织"));
    let second = content(CODE, "社会组织法人登记信息");
    chain.act("cataloguer", Call::submit_entry(&second).unwrap());
    let reason = text("名称与三定规定不一致");
    chain.act("head", Call::return_entry(ENTRY, Version::new(2), &reason));
    publish(&mut chain, ENTRY, Version::new(3), &second);
    let third = content("307001/000002", "社会组织年检");
    chain.act("cataloguer", Call::submit_entry(&third).unwrap());
    let server = chain.serve().await;
    let client = server.http();

    let by_code = client.entry(EntryRef::Code(text(CODE))).await.unwrap().unwrap();
    assert_eq!(client.entry(EntryRef::Id(ENTRY)).await.unwrap(), Some(by_code.clone()));
    let states: Vec<VersionState> = by_code.versions.iter().map(|version| version.state).collect();
    assert_eq!(states, [VersionState::Superseded, VersionState::Returned, VersionState::Published]);
    assert_eq!(by_code.published, Some(Version::new(3)));
    assert_eq!(by_code.name, "社会组织法人登记信息");
    assert_eq!(by_code.versions[1].returned.as_ref().unwrap().1, reason.to_string());
    let published = client.record(by_code.versions[2].published.unwrap()).await.unwrap().unwrap();
    assert_eq!(published.kind, RecordKind::EntryPublished);

    let shown = client.content(EntryRef::Id(ENTRY), None).await.unwrap().unwrap();
    assert_eq!((shown.version.version, shown.content), (Version::new(3), second));
    let first = client.content(EntryRef::Id(ENTRY), Some(V1)).await.unwrap().unwrap();
    assert_eq!(first.version.digest.0, first.content.digest());
    assert_eq!(client.content(EntryRef::Id(ENTRY), Some(Version::new(9))).await.unwrap(), None);
    assert_eq!(client.entry(EntryRef::Code(text("999/1"))).await.unwrap(), None);

    let ids = async |filter: EntryFilter| {
        let rows = all(1, |cursor, limit| client.entries(Some(filter.clone()), cursor, limit)).await;
        rows.iter().map(|row| row.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(EntryFilter::default()).await, [ENTRY, OTHER_ENTRY]);
    assert_eq!(ids(EntryFilter { provider: Some(PROVIDER), ..Default::default() }).await, [ENTRY, OTHER_ENTRY]);
    assert!(ids(EntryFilter { provider: Some(CONSUMER), ..Default::default() }).await.is_empty());
    assert_eq!(ids(EntryFilter { state: Some(VersionState::Submitted), ..Default::default() }).await, [OTHER_ENTRY]);
    for provider in [None, Some(PROVIDER)] {
        let filter = EntryFilter { provider, code_prefix: Some(text("307001/000002")), ..Default::default() };
        assert_eq!(ids(filter).await, [OTHER_ENTRY]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_says_whose_turn_it_is_at_every_step() {
    let mut chain = Chain::new();
    publish(&mut chain, ENTRY, V1, &content(CODE, "社会组织法人登记信息"));
    let server = chain.serve().await;
    let client = server.http();
    assert_eq!(client.policy(EntryRef::Id(ENTRY)).await.unwrap().unwrap().record, None);
    chain.act("officer", Call::set_policy(ENTRY, &policy()));
    let set = client.policy(EntryRef::Code(text(CODE))).await.unwrap().unwrap();
    assert_eq!(set.policy, policy());
    assert_eq!(client.policy(EntryRef::Id(OTHER_ENTRY)).await.unwrap(), None);

    assert_eq!(client.share_request(REQUEST).await.unwrap(), None);
    chain.act("applicant", Call::submit_request(&terms()));
    let digest = request_digest(REQUEST, &terms());
    let now = async || client.share_request(REQUEST).await.unwrap().unwrap();
    let request = now().await;
    assert_eq!((request.state, request.digest.0), (RequestState::Created, digest));
    let waiting = request.waiting.unwrap();
    assert_eq!((waiting.departments, waiting.role, waiting.missing), (vec![CONSUMER], Role::Officer, 1));

    chain.act("consumer-officer", Call::endorse_request(REQUEST, &digest));
    chain.act("approver1", Call::approve_request(REQUEST, &digest));
    let waiting = now().await.waiting.unwrap();
    assert_eq!((waiting.role, waiting.stage, waiting.missing), (Role::Approver, Some(0), 1));
    let left = ["approver2", "approver3"].map(|name| AccountKey(key(name).public()));
    assert_eq!(waiting.approvers, left);

    chain.act("approver3", Call::approve_request(REQUEST, &digest));
    let request = now().await;
    assert_eq!((request.state, request.waiting.unwrap().departments), (RequestState::Approved, vec![PROVIDER]));
    chain.act("officer", Call::agree_request(REQUEST, &digest));
    let request = now().await;
    assert_eq!((request.state, request.grant, request.waiting), (RequestState::Agreed, Some(GRANT), None));
    let acts: Vec<RecordKind> = request.signatures.iter().map(|signature| signature.act).collect();
    use RecordKind::{RequestAgreed, RequestApproved, RequestCreated, RequestEndorsed};
    assert_eq!(acts, [RequestCreated, RequestEndorsed, RequestApproved, RequestApproved, RequestAgreed]);
    assert_eq!(request.signatures[2].account, Some(AccountKey(key("approver1").public())));
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_and_withdrawn_requests_end_with_their_reason() {
    let mut chain = Chain::new();
    publish(&mut chain, ENTRY, V1, &content(CODE, "社会组织法人登记信息"));
    chain.act("officer", Call::set_policy(ENTRY, &policy()));
    let second = RequestId::new(2);
    for request in [REQUEST, second] {
        chain.act("applicant", Call::submit_request(&terms()));
        chain.act("consumer-officer", Call::endorse_request(request, &request_digest(request, &terms())));
    }
    let reason = text("用途超出职责");
    chain.act("officer", Call::refuse_request(REQUEST, &request_digest(REQUEST, &terms()), &reason));
    chain.act("applicant", Call::withdraw_request(second, &request_digest(second, &terms())));
    let server = chain.serve().await;
    let client = server.http();
    let refused = client.share_request(REQUEST).await.unwrap().unwrap();
    assert_eq!((refused.state, refused.reason.as_deref()), (RequestState::Refused, Some("用途超出职责")));
    assert_eq!(client.share_request(second).await.unwrap().unwrap().state, RequestState::Withdrawn);

    let ids = async |filter: RequestFilter| {
        let rows = all(1, |cursor, limit| client.requests(Some(filter), cursor, limit)).await;
        rows.iter().map(|row| row.id.get()).collect::<Vec<_>>()
    };
    let none = RequestFilter::default();
    assert_eq!(ids(none).await, [2, 1], "newest first");
    for party in [
        RequestFilter { entry: Some(ENTRY), ..none },
        RequestFilter { consumer: Some(CONSUMER), ..none },
        RequestFilter { provider: Some(PROVIDER), ..none },
    ] {
        assert_eq!(ids(party).await, [2, 1]);
    }
    assert_eq!(ids(RequestFilter { state: Some(RequestState::Refused), ..none }).await, [1]);
    assert!(ids(RequestFilter { entry: Some(ENTRY), consumer: Some(PROVIDER), ..none }).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_tells_its_course_and_grants_are_listed() {
    let mut chain = with_grant();
    chain.act("supervisor", Call::suspend_grant(GRANT, &text("疑似超范围使用")));
    chain.act("supervisor", Call::resume_grant(GRANT, &text("已整改")));
    let server = chain.serve().await;
    let client = server.http();
    let grant = client.grant(GRANT).await.unwrap().unwrap();
    assert_eq!((grant.state, grant.request, grant.versions.len()), (GrantState::Provisioned, REQUEST, 1));
    let states: Vec<GrantState> = grant.transitions.iter().map(|transition| transition.state).collect();
    use GrantState::{Agreed, Provisioned, Suspended};
    assert_eq!(states, [Agreed, Provisioned, Suspended, Provisioned]);
    assert_eq!(grant.transitions[2].reason, "疑似超范围使用");
    assert_eq!(client.grant(GrantId::new(7)).await.unwrap(), None);
    let none = GrantFilter::default();
    for filter in [none, GrantFilter { provider: Some(PROVIDER), state: Some(Provisioned), ..none }] {
        let grants = client.grants(Some(filter), None, None).await.unwrap().rows;
        assert_eq!(grants.len(), 1);
        assert_eq!((grants[0].id, grants[0].consumer, grants[0].entry), (GRANT, CONSUMER, ENTRY));
    }
    let suspended = client.grants(Some(GrantFilter { state: Some(Suspended), ..none }), None, None);
    assert!(suspended.await.unwrap().rows.is_empty());
    let purposes = client.purposes(None, None).await.unwrap().rows;
    assert_eq!((purposes.len(), purposes[0].code.as_str()), (1, "P1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn history_is_complete_newest_first_and_the_same_in_pages_of_any_size() {
    let chain = with_events();
    let server = chain.serve().await;
    let client = server.http();
    let of = |of| HistoryFilter { of, from: None, until: None, with_findings: false };
    for (filter, count) in [
        (of(HistoryOf::Entry(ENTRY)), 28),
        (of(HistoryOf::Grant(GRANT)), 20),
        (of(HistoryOf::Provider(PROVIDER)), 28),
        (of(HistoryOf::Consumer(CONSUMER)), 28),
        (of(HistoryOf::Platform(GATEWAY)), 30),
        (of(HistoryOf::Platform(SUBSIDIES)), 0),
    ] {
        let whole = client.history(filter, None, Some(500)).await.unwrap();
        assert_eq!((whole.rows.len(), whole.next.clone()), (count, None));
        assert_eq!(whole.complete_to, chain.head());
        assert!(whole.rows.is_sorted_by_key(|event| std::cmp::Reverse(event.event)), "newest first");
        for limit in [1, 3, 7] {
            assert_eq!(all(limit, |cursor, limit| client.history(filter, cursor, limit)).await, whole.rows);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn history_is_found_by_finding_day_pseudonym_and_altogether() {
    let chain = with_events();
    let server = chain.serve().await;
    let client = server.http();
    let of = |of| HistoryFilter { of, from: None, until: None, with_findings: false };
    let everything = client.history(of(HistoryOf::All), None, Some(500)).await.unwrap().rows;
    assert_eq!(everything.len(), 30);
    let name = |name| FindingName::new(name).unwrap();
    let found = client.history(of(HistoryOf::Finding(name("item_not_granted"))), None, None).await.unwrap().rows;
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|event| event.findings.iter().any(|name| name == "item_not_granted")));
    assert!(client.history(of(HistoryOf::Finding(name("late"))), None, None).await.unwrap().rows.is_empty());
    assert_eq!(FindingName::new("no_such"), None);
    let user = everything[7].leaf.pseudonym.unwrap();
    let same: Vec<_> = everything.iter().filter(|event| event.leaf.pseudonym == Some(user)).cloned().collect();
    assert_eq!(client.history(of(HistoryOf::Pseudonym(user)), None, Some(500)).await.unwrap().rows, same);
    assert!(client.history(of(HistoryOf::Pseudonym(user + 1)), None, None).await.unwrap().rows.is_empty());
    let calendar = chain.executor.calendar(&chain.store.head().0).unwrap();
    let today = calendar.local_day(everything[0].leaf.time);
    assert_eq!(client.history(of(HistoryOf::Day(today)), None, Some(500)).await.unwrap().rows, everything);
    assert!(client.history(of(HistoryOf::Day(today.next())), None, None).await.unwrap().rows.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_of_history_holds_while_batches_come_in() {
    let mut chain = with_grant();
    chain.act("platform", Call::open_stream(GATEWAY, false));
    let server = chain.serve().await;
    let client = server.http();
    let mut previous = None;
    let mut report = |chain: &mut Chain| {
        let key = mulu_proofs::access::RunKey::Reporter(GATEWAY);
        let events = (0..5).map(|n| crate::story::event(key, chain.moment + n, chain.moment + n, 0)).collect();
        previous = Some(crate::story::report(chain, previous.as_ref(), events));
    };
    report(&mut chain);
    report(&mut chain);
    let filter = HistoryFilter { of: HistoryOf::All, from: None, until: None, with_findings: false };
    let everything = client.history(filter, None, Some(500)).await.unwrap().rows;
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let page = client.history(filter, cursor, Some(3)).await.unwrap();
        seen.extend(page.rows);
        cursor = page.next;
        report(&mut chain);
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(
        (seen.len(), &seen),
        (10, &everything),
        "nothing twice, nothing left out, nothing of what came meanwhile"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn days_have_their_sums_without_a_look_at_the_events() {
    let chain = with_events();
    let server = chain.serve().await;
    let client = server.http();
    let of = |of| DailyFilter { of, from: None, until: None };
    let filter = HistoryFilter { of: HistoryOf::Grant(GRANT), from: None, until: None, with_findings: false };
    let events = client.history(filter, None, Some(500)).await.unwrap().rows;
    let calendar = chain.executor.calendar(&chain.store.head().0).unwrap();
    let day = calendar.local_day(events[0].leaf.time);
    let sum = |of: fn(&Event) -> u64| events.iter().map(of).sum::<u64>();
    let expected = DaySums {
        day,
        events: 20,
        calls: sum(|event| event.leaf.calls.into()),
        rows: sum(|event| event.leaf.rows.into()),
        bytes: sum(|event| event.leaf.bytes),
        denied: 0,
        with_findings: sum(|event| u64::from(!event.findings.is_empty())),
        repudiated: Some(0),
    };
    let page = client.daily(of(HistoryOf::Grant(GRANT)), None, None).await.unwrap();
    assert_eq!((page.rows, page.next, page.complete_to), (vec![expected], None, chain.head()));
    for (whose, events) in [
        (HistoryOf::All, 30),
        (HistoryOf::Day(day), 30),
        (HistoryOf::Entry(ENTRY), 28),
        (HistoryOf::Provider(PROVIDER), 28),
        (HistoryOf::Consumer(CONSUMER), 28),
        (HistoryOf::Platform(GATEWAY), 30),
        (HistoryOf::Finding(FindingName::new("item_not_granted").unwrap()), 2),
    ] {
        let rows = client.daily(of(whose), None, None).await.unwrap().rows;
        assert_eq!(rows.iter().map(|row| (row.day, row.events)).collect::<Vec<_>>(), [(day, events)], "{whose:?}");
    }
    let within = |from, until| DailyFilter { of: HistoryOf::All, from: Some(from), until };
    assert_eq!(client.daily(within(day, Some(day.next())), None, None).await.unwrap().rows.len(), 1);
    assert!(client.daily(within(day.next(), None), None, None).await.unwrap().rows.is_empty());
    assert!(client.daily(within(day.previous(), Some(day)), None, None).await.unwrap().rows.is_empty());
    for wrong in [within(day, Some(day)), of(HistoryOf::Pseudonym(1))] {
        assert_eq!(code(&client.daily(wrong, None, None).await.unwrap_err()), codes::FILTER);
    }
    let cursor = Some(Cursor(day.get().to_be_bytes().to_vec()));
    assert!(client.daily(of(HistoryOf::All), cursor, None).await.unwrap().rows.is_empty());
    let strange = Some(Cursor(vec![1]));
    assert_eq!(code(&client.daily(of(HistoryOf::All), strange, None).await.unwrap_err()), codes::CURSOR);
}

#[tokio::test(flavor = "multi_thread")]
async fn history_is_cut_by_time_and_by_findings() {
    let chain = with_events();
    let server = chain.serve().await;
    let client = server.http();
    let whole = HistoryFilter { of: HistoryOf::Entry(ENTRY), from: None, until: None, with_findings: false };
    let events = client.history(whole, None, Some(500)).await.unwrap().rows;
    let (from, until) = (events[20].leaf.time, events[5].leaf.time);
    let cut = HistoryFilter { from: Some(from), until: Some(until), ..whole };
    let expected: Vec<&Event> = events.iter().filter(|e| e.leaf.time >= from && e.leaf.time < until).collect();
    for limit in [2, 500] {
        let found = all(limit, |cursor, limit| client.history(cut, cursor, limit)).await;
        assert_eq!(found.iter().collect::<Vec<_>>(), expected);
    }
    let with_findings = HistoryFilter { with_findings: true, ..whole };
    let found = all(3, |cursor, limit| client.history(with_findings, cursor, limit)).await;
    assert_eq!(found.len(), 10, "one item too many and four without a grant, twice");
    assert!(found.iter().any(|event| event.findings.iter().any(|name| name == "item_not_granted")));
    let backwards = HistoryFilter { from: Some(Moment::new(5)), until: Some(Moment::new(5)), ..whole };
    assert_eq!(code(&client.history(backwards, None, None).await.unwrap_err()), codes::FILTER);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_event_is_found_with_its_series_number() {
    let chain = with_events();
    let server = chain.serve().await;
    let client = server.http();
    let event = EventRef { stream: STREAM, event: EventNumber::new(16) };
    let found = client.event(event).await.unwrap().unwrap();
    assert_eq!((found.stream, found.event, found.reporter, found.platform), (STREAM, event.event, PROVIDER, GATEWAY));
    assert!(matches!(found.series, Series::Grant(GRANT)));
    assert_eq!(found.series_number.get(), 11, "the grant's first ten were in the batch before");
    for missing in [0, 31, u64::MAX] {
        let event = EventRef { stream: STREAM, event: EventNumber::new(missing) };
        assert_eq!(client.event(event).await.unwrap(), None);
    }
    let batch = client.batch(found.record).await.unwrap().unwrap();
    assert_eq!((batch.batch.header.first, batch.batch.header.count), (EventNumber::new(16), 15));
    assert_eq!(client.batch(RecordNumber::new(1)).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_says_what_its_next_batch_must_be() {
    let mut chain = with_grant();
    chain.act("platform", Call::open_stream(GATEWAY, false));
    let server = chain.serve().await;
    let client = server.http();
    let fresh = client.stream(STREAM).await.unwrap().unwrap();
    assert_eq!((fresh.next, fresh.last_digest, fresh.is_open), (EventNumber::new(1), Hex32([0; 32]), true));
    assert_eq!(fresh.key, AccountKey(key("platform").public()));
    let events = vec![crate::story::event(mulu_proofs::access::RunKey::Reporter(GATEWAY), chain.moment, 1, 0)];
    let batch = crate::story::report(&mut chain, None, events);
    let later = client.stream(STREAM).await.unwrap().unwrap();
    assert_eq!((later.next, later.last_digest.0), (batch.next(), batch.header.digest()));
    assert_eq!(later.time_base, batch.header.time_base);
    chain.act("platform", Call::close_stream(STREAM));
    let closed = client.stream(STREAM).await.unwrap().unwrap();
    assert!(!closed.is_open && closed.closed.is_some());
    assert_eq!(client.stream(StreamId::new(9)).await.unwrap(), None);
    assert_eq!(client.streams(Some(GATEWAY), None, None).await.unwrap().rows, [closed]);
    assert!(client.streams(Some(SUBSIDIES), None, None).await.unwrap().rows.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn records_are_listed_by_every_key_without_a_gap() {
    let chain = with_grant();
    let server = chain.serve().await;
    let client = server.http();
    let log = all(7, |cursor, limit| client.records(RecordsOf::All, cursor, limit)).await;
    let numbers: Vec<u64> = log.iter().rev().map(|record| record.number.get()).collect();
    assert_eq!(numbers, (1..=log.len() as u64).collect::<Vec<_>>());
    let count = async |of: RecordsOf| all(2, |cursor, limit| client.records(of, cursor, limit)).await.len();
    assert_eq!(count(RecordsOf::Kind(RecordKind::RequestApproved)).await, 2);
    assert_eq!(count(RecordsOf::Request(REQUEST)).await, 5);
    assert_eq!(count(RecordsOf::Grant(GRANT)).await, 2);
    assert_eq!(count(RecordsOf::Entry(ENTRY)).await, 5);
    // The clock of the reply, started and stopped, is about the request too.
    assert_eq!(count(RecordsOf::Subject(Subject::Request(REQUEST))).await, 7);
    assert!(count(RecordsOf::Department(AUTHORITY)).await >= 2);
    let one = client.record(RecordNumber::new(1)).await.unwrap().unwrap();
    assert_eq!(one, *log.last().unwrap());
    assert_eq!(client.record(RecordNumber::new(10_000)).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_became_of_an_extrinsic_is_told_with_the_way_out() {
    let mut chain = Chain::new();
    let good = chain.sign("cataloguer", Call::submit_entry(&content(CODE, "社会组织")).unwrap());
    let record = chain.include(&good);
    let bad = chain.sign("cataloguer", Call::submit_entry(&content(CODE, "社会组织")).unwrap());
    chain.fail(&bad);
    let server = chain.serve().await;
    let client = server.http();
    let told = client.extrinsic(Hex32(good.hash())).await.unwrap().unwrap();
    assert_eq!((told.success, told.error, told.records), (true, None, vec![record]));
    assert_eq!(Some(told.block_hash.0), chain.store.hash_at(told.height).unwrap());
    let told = client.extrinsic(Hex32(bad.hash())).await.unwrap().unwrap();
    let error = told.error.unwrap();
    assert_eq!((told.success, error.pallet.as_str(), error.name.as_str()), (false, "Catalog", "UnderWayAlready"));
    assert!(!error.docs.is_empty(), "the error says the way out");
    assert_eq!(client.extrinsic(Hex32([1; 32])).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_node_tells_chain_head_validators_and_usage() {
    let chain = with_grant();
    let server = chain.serve().await;
    let info = server.http().info().await.unwrap();
    assert_eq!((info.chain_id.as_str(), info.genesis_hash.0), ("mulu-rpc-test", chain.genesis.hash()));
    assert_eq!((info.head.height, info.head.hash.0), (chain.head(), chain.store.head().1));
    assert_eq!((info.validators.len(), info.quorum, info.pool.count), (1, 1, 0));
    assert_eq!(info.head_moment, Some(Moment::new(chain.moment)));
    assert!(info.disk.total > 0);
}
