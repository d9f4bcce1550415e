//! Bounds, cursors of other lists, foreign hosts and pages, bad parameters.

use crate::{
    chain::{Chain, text},
    ledger::code,
    story::{ENTRY, content, with_events},
};
use jsonrpsee::{
    core::{
        client::{BatchResponse, ClientT},
        params::BatchRequestBuilder,
    },
    rpc_params,
};
use mulu_client::calls::Call;
use mulu_proofs::{catalog::Item, records::RecordKind};
use mulu_rpc::{RpcError, serve};
use mulu_rpc_api::{
    Cursor, Hex32, PAGE_BYTES_MAX, ROWS_MAX,
    access::{AccessClient, HistoryFilter, HistoryOf},
    catalog::CatalogClient,
    chain::NUMBERS_MAX,
    codes,
    departments::DepartmentsClient,
    records::{RecordsClient, RecordsOf},
    state::{KEYS_MAX, StateClient},
};
use mulu_storage::StatePruning;
use serde_json::Value;
use sp_core::{H256, storage::StorageKey};
use std::collections::BTreeSet;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::mpsc,
};

#[tokio::test(flavor = "multi_thread")]
async fn more_than_the_bound_is_refused_and_the_bound_is_named() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let client = server.http();
    let rows = client.departments(None, Some(ROWS_MAX + 1)).await.unwrap_err();
    assert_eq!(code(&rows), codes::COUNT_OVER_BOUND);
    assert!(rows.to_string().contains(&ROWS_MAX.to_string()));
    assert_eq!(code(&client.departments(None, Some(0)).await.unwrap_err()), codes::FILTER);
    let keys: Result<Value, _> = client.request("state_getKeysPaged", rpc_params!["0x", KEYS_MAX + 1]).await;
    assert_eq!(code(&keys.unwrap_err()), codes::COUNT_OVER_BOUND);
    let numbers: Result<Value, _> = client.request("chain_getBlockHash", rpc_params![vec![0; NUMBERS_MAX + 1]]).await;
    assert_eq!(code(&numbers.unwrap_err()), codes::COUNT_OVER_BOUND);
    let key = format!("0x{}", "00".repeat(5_000));
    let key: Result<Value, _> = client.request("state_getStorage", rpc_params![key]).await;
    assert_eq!(code(&key.unwrap_err()), codes::COUNT_OVER_BOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_of_another_list_is_refused() {
    let chain = with_events();
    let server = chain.serve().await;
    let client = server.http();
    let of_departments = client.departments(None, Some(1)).await.unwrap().next.unwrap();
    let history = HistoryFilter { of: HistoryOf::Entry(ENTRY), from: None, until: None, with_findings: false };
    let of_history = client.history(history, None, Some(1)).await.unwrap().next.unwrap();
    let kind = RecordsOf::Kind(RecordKind::RoleGiven);
    for refused in [
        client.entries(None, Some(of_departments.clone()), None).await.map(drop),
        client.departments(Some(of_history.clone()), None).await.map(drop),
        client.records(kind, Some(of_departments.clone()), None).await.map(drop),
        client.records(RecordsOf::All, Some(of_departments.clone()), None).await.map(drop),
        client.history(history, Some(of_departments), None).await.map(drop),
        client.departments(Some(Cursor(Vec::new())), None).await.map(drop),
    ] {
        assert_eq!(code(&refused.unwrap_err()), codes::CURSOR);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_stays_stable_while_the_list_grows() {
    let mut chain = with_events();
    let server = chain.serve().await;
    let client = server.http();
    let first = client.records(RecordsOf::All, None, Some(5)).await.unwrap();
    chain.act("admin", Call::register_account(&[5; 32], crate::chain::PROVIDER));
    let second = client.records(RecordsOf::All, first.next, Some(5)).await.unwrap();
    let last = first.rows.last().unwrap().number.get();
    let numbers: Vec<u64> = second.rows.iter().map(|record| record.number.get()).collect();
    assert_eq!(numbers, (last - 5..last).rev().collect::<Vec<_>>(), "it goes on where the first page ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_methods_and_bad_parameters_are_told_apart() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let client = server.http();
    let unknown: Result<Value, _> = client.request("catalog_everything", rpc_params![]).await;
    assert_eq!(code(&unknown.unwrap_err()), -32601);
    for parameters in [rpc_params![1, 2, 3, 4, 5], rpc_params!["zz"], rpc_params!["0123"]] {
        let bad: Result<Value, _> = client.request("departments_account", parameters).await;
        assert_eq!(code(&bad.unwrap_err()), -32602);
    }
    let filter = serde_json::json!({ "of": { "entry": 1 }, "unknown": true });
    let bad: Result<Value, _> = client.request("access_history", rpc_params![filter]).await;
    assert_eq!(code(&bad.unwrap_err()), -32602);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_answered_in_order_and_bounded() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let client = server.http();
    let batch = |calls: u64| {
        let mut batch = BatchRequestBuilder::new();
        for number in 0..calls {
            batch.insert("chain_getBlockHash", rpc_params![number % 2]).unwrap();
        }
        batch
    };
    let answers: BatchResponse<'_, Value> = client.batch_request(batch(64)).await.unwrap();
    assert_eq!(answers.num_successful_calls(), 64);
    let too_long: Result<BatchResponse<'_, Value>, _> = client.batch_request(batch(65)).await;
    assert!(too_long.is_err());
}

/// Sends raw HTTP and returns the status line and the body.
async fn raw(server: &crate::chain::Server, request: &str) -> (String, String) {
    let mut socket = TcpStream::connect(server.handle.address()).await.unwrap();
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.lines().next().unwrap().to_owned(), body.to_owned())
}

/// Names in the first column of the table that lists them.
fn documented() -> BTreeSet<String> {
    let page = include_str!("../../../../docs/operations.md");
    let names = page.lines().filter_map(|line| line.strip_prefix("| `mulu_")?.split(['`', '{']).next());
    names.map(|name| format!("mulu_{name}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_told_to_this_machine_and_are_those_of_the_page() {
    let mut chain = Chain::new();
    chain.block(&[]);
    let server = chain.serve().await;
    let (status, text) = raw(&server, "GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await;
    assert!(status.contains("200"), "{status}");
    for line in ["mulu_block_height 2", "mulu_index_height 2", "mulu_validators_needed 1", "engine 1", "# EOF"] {
        assert!(text.lines().any(|other| other == line), "{line} is not in\n{text}");
    }
    assert!(text.contains("mulu_disk_bytes{part=\"bodies\"}"), "{text}");
    let told = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    let mut told: BTreeSet<String> = told.filter(|name| name.starts_with("mulu_")).map(str::to_owned).collect();
    // This node has no decision point.
    told.insert("mulu_decisions".to_owned());
    assert_eq!(told, documented());
    let post = "POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    assert!(raw(&server, post).await.0.contains("404"));
    let foreign = "GET /metrics HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n";
    assert!(raw(&server, foreign).await.0.contains("403"));
}

#[tokio::test(flavor = "multi_thread")]
async fn health_is_answered_to_get_and_foreign_hosts_and_pages_are_not_served() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let get = |path: &str, headers: &str| format!("GET {path} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n");
    for path in ["/health", "/health/readiness"] {
        let (status, body) = raw(&server, &get(path, "Host: localhost\r\n")).await;
        assert!(status.contains("200"), "{status}");
        assert_eq!(serde_json::from_str::<Value>(&body).unwrap()["peers"], 0);
    }
    for headers in ["Host: evil.example\r\n", "Host: localhost\r\nOrigin: https://evil.example\r\n"] {
        let (status, _) = raw(&server, &get("/health", headers)).await;
        assert!(status.contains("403"), "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_over_the_bound_is_refused_before_it_is_read() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let headers =
        "Host: localhost\r\nContent-Type: application/json\r\nContent-Length: 5000000\r\nConnection: close\r\n";
    let (status, _) = raw(&server, &format!("POST / HTTP/1.1\r\n{headers}\r\n")).await;
    assert!(status.contains("413"), "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_taken_or_open_to_others_is_refused_with_the_way_out() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let parts = chain.parts(mpsc::channel(1).0);
    let taken = serve(server.handle.address(), parts.clone()).await.unwrap_err();
    assert!(matches!(taken, RpcError::Listen { .. }) && taken.to_string().contains("--rpc-port"));
    let open = serve("0.0.0.0:0".parse().unwrap(), parts).await.unwrap_err();
    assert!(matches!(open, RpcError::NotLoopback { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_server_answers_no_more() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let client = server.http();
    client.departments(None, None).await.unwrap();
    server.handle.stop().await;
    assert!(client.departments(None, None).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_ends_when_its_bytes_are_over_the_bound() {
    let mut chain = Chain::new();
    let mut large = content("307001/000001", "社会组织");
    let item = large.items[0].clone();
    let items =
        (0..64).map(|n| Item { code: text(&format!("item-{n}")), meaning: text(&"义".repeat(80)), ..item.clone() });
    large.items = items.collect::<Vec<_>>().try_into().unwrap();
    for n in 0..40 {
        large.code = text(&format!("307001/{n:06}"));
        chain.act("cataloguer", Call::submit_entry(&large).unwrap());
    }
    let server = chain.serve().await;
    let client = server.http();
    let of = RecordsOf::Kind(RecordKind::EntrySubmitted);
    let (mut pages, mut rows, mut cursor) = (0, 0, None);
    loop {
        let page = client.records(of, cursor, Some(500)).await.unwrap();
        let bytes = serde_json::to_string(&page).unwrap().len();
        assert!(bytes < PAGE_BYTES_MAX + 512 * 1024, "{bytes}");
        (pages, rows) = (pages + 1, rows + page.rows.len());
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert!(pages > 1);
    assert_eq!(rows, 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pruned_state_is_named_and_records_still_tell_what_became_of_an_extrinsic() {
    let mut chain = Chain::with(StatePruning::Keep(2));
    let extrinsic = chain.sign("cataloguer", Call::submit_entry(&content("307001/000001", "社会组织")).unwrap());
    let record = chain.include(&extrinsic);
    let hash = H256(chain.store.head().1);
    for _ in 0..5 {
        chain.block(&[]);
    }
    let server = chain.serve().await;
    let client = server.http();
    let pruned = client.storage(StorageKey(vec![1]), Some(hash)).await.unwrap_err();
    assert_eq!(code(&pruned), codes::STATE);
    assert!(pruned.to_string().contains("pruned"));
    let told = client.extrinsic(Hex32(extrinsic.hash())).await.unwrap().unwrap();
    assert_eq!((told.success, told.error, told.records), (true, None, vec![record]));
}
