//! What auditors asked nodes, as the nodes told it; and what departments say is not their own.

use crate::{
    chain::{CONSUMER, Chain, GATEWAY, PROVIDER, key, text},
    ledger::all,
    story::{GRANT, STREAM, with_events, with_grant},
};
use mulu_client::calls::Call;
use mulu_proofs::{
    audit::{AuditQuery, QueryAbout, QueryKind, QueryScope, query_digest},
    departments::{AccountKey, Role, RoleScope},
    ids::{EventNumber, Moment, QueryNumber},
};
use mulu_rpc_api::{
    Hex32,
    access::{AccessClient, EventRef, HistoryFilter, HistoryOf, RepudiationFilter, RepudiationState},
    departments::DepartmentsClient,
    oversight::{OversightClient, QueryFilter},
    stats::{DailyFilter, StatsClient},
};

fn account(name: &str) -> AccountKey {
    AccountKey(key(name).public())
}

fn give_operator(chain: &mut Chain, name: &str) {
    let fresh = key(name).public();
    chain.act("admin", Call::register_account(&fresh, PROVIDER));
    let expires = Moment::new(chain.moment + 1_000_000_000_000);
    let everything = RoleScope::Everything;
    chain.act("admin", Call::give_role(&fresh, PROVIDER, Role::Operator, expires, &everything, None, &text("")));
}

fn asked(name: &str, moment: u64) -> AuditQuery {
    let scope = QueryScope { kind: QueryKind::Sharing, about: QueryAbout::Grant(GRANT) };
    AuditQuery {
        account: key(name).public(),
        scope,
        moment: Moment::new(moment),
        digest: query_digest("sharing_grant", "[1]"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_are_listed_by_node_and_by_auditor_with_their_numbers() {
    let mut chain = with_grant();
    for node in ["node-a", "node-b"] {
        give_operator(&mut chain, node);
    }
    let tell = |first: u64, queries: Vec<AuditQuery>| {
        Call::record_queries(QueryNumber::new(first), &queries.try_into().unwrap())
    };
    let first = chain.act("node-a", tell(1, vec![asked("supervisor", 5), asked("reviewer", 6)]));
    let second = chain.act("node-b", tell(1, vec![asked("supervisor", 7)]));
    let third = chain.act("node-a", tell(3, vec![asked("supervisor", 8)]));
    let gap = chain.sign("node-a", tell(5, vec![asked("supervisor", 9)]));
    chain.fail(&gap);

    let server = chain.serve().await;
    let client = server.http();
    let rows = client.queries(None, None, None).await.unwrap().rows;
    assert_eq!(rows.iter().map(|report| report.record).collect::<Vec<_>>(), [third, second, first]);
    assert_eq!((rows[2].node, rows[2].department), (account("node-a"), PROVIDER));
    let query = &rows[2].queries[1];
    assert_eq!((query.number.get(), query.auditor), (2, account("reviewer")));
    assert_eq!(query.scope.about, QueryAbout::Grant(GRANT));
    assert_eq!(query.digest, Hex32(query_digest("sharing_grant", "[1]")));

    let of = |auditor: Option<&str>, node: Option<&str>| {
        Some(QueryFilter { auditor: auditor.map(account), node: node.map(account) })
    };
    for (filter, expected) in [
        (of(Some("supervisor"), None), vec![3, 1, 1]),
        (of(Some("reviewer"), None), vec![2]),
        (of(None, Some("node-a")), vec![3, 1, 2]),
        (of(Some("supervisor"), Some("node-b")), vec![1]),
        (of(Some("officer"), None), vec![]),
    ] {
        let rows = client.queries(filter, None, None).await.unwrap().rows;
        let numbers: Vec<u64> =
            rows.iter().flat_map(|report| &report.queries).map(|query| query.number.get()).collect();
        assert_eq!(numbers, expected, "{filter:?}");
        assert_eq!(all(1, |cursor, limit| client.queries(filter, cursor, limit)).await, rows);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repudiation_is_listed_and_marks_events_sums_and_the_key() {
    let mut chain = with_events();
    let stolen = key("platform").public();
    let (from, to) = (Moment::new(chain.moment - 5_000), Moment::new(chain.moment));
    let report = chain.act("admin", Call::report_compromise(GATEWAY, &stolen, (from, to), &text("密钥外泄")));
    let range = |first, last| (EventNumber::new(first), EventNumber::new(last));
    let repudiate = |(first, last)| Call::repudiate(report, STREAM, (first, last), &text("非本平台报告"));
    let first = chain.act("head", repudiate(range(16, 20)));
    let second = chain.act("head", repudiate(range(21, 25)));
    let server = chain.serve().await;
    let client = server.http();

    let list = async |filter: RepudiationFilter| client.repudiations(Some(filter), None, None).await.unwrap().rows;
    let any = RepudiationFilter::default();
    let waiting = RepudiationFilter { state: Some(RepudiationState::Waiting), ..any };
    let rows = list(any).await;
    assert_eq!(rows.iter().map(|row| row.record).collect::<Vec<_>>(), [second, first]);
    assert_eq!((rows[1].state, rows[1].department, rows[1].platform), (RepudiationState::Waiting, PROVIDER, GATEWAY));
    assert_eq!((rows[1].stream, (rows[1].first, rows[1].last)), (STREAM, range(16, 20)));
    assert_eq!((rows[1].key, rows[1].compromise, rows[1].decided.is_none()), (AccountKey(stolen), report, true));
    assert_eq!(all(1, |cursor, limit| client.repudiations(Some(waiting), cursor, limit)).await, rows);

    let upheld = chain.act("supervisor", Call::decide_repudiation(first, true, &text("属实")));
    chain.act("supervisor", Call::decide_repudiation(second, false, &text("不实")));
    let rows = list(any).await;
    assert_eq!((rows[0].state, rows[1].state), (RepudiationState::Rejected, RepudiationState::Upheld));
    let decided = rows[1].decided.clone().unwrap();
    assert_eq!((decided.record, decided.finding.as_str()), (upheld, "属实"));
    assert!(list(waiting).await.is_empty());
    assert!(list(RepudiationFilter { department: Some(CONSUMER), ..any }).await.is_empty());
    assert_eq!(list(RepudiationFilter { stream: Some(STREAM), ..any }).await.len(), 2);

    let event = |number| EventRef { stream: STREAM, event: EventNumber::new(number) };
    for (number, expected) in
        [(15, None), (16, Some(RepudiationState::Upheld)), (20, Some(RepudiationState::Upheld)), (21, None)]
    {
        let found = AccessClient::event(&client, event(number)).await.unwrap().unwrap();
        assert_eq!(found.repudiated, expected, "event {number}");
    }
    for of in [HistoryOf::All, HistoryOf::Grant(GRANT), HistoryOf::Platform(GATEWAY), HistoryOf::Provider(PROVIDER)] {
        let filter = HistoryFilter { of, from: None, until: None, with_findings: false };
        let events = client.history(filter, None, Some(500)).await.unwrap().rows;
        let marked = events.iter().filter(|event| event.repudiated.is_some()).count() as u64;
        let days = client.daily(DailyFilter { of, from: None, until: None }, None, None).await.unwrap().rows;
        let counted: u64 = days.iter().map(|day| day.repudiated.unwrap()).sum();
        assert_eq!(counted, marked, "{of:?}");
        assert!(of != HistoryOf::All || marked == 5, "{marked}");
    }
    let found = client.account(Hex32(stolen)).await.unwrap().unwrap().reported_stolen.unwrap();
    assert_eq!((found.record, found.from, found.to), (report, from, to));
    assert_eq!(client.account(Hex32(key("head").public())).await.unwrap().unwrap().reported_stolen, None);
}
