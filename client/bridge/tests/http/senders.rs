//! One test for each sender, with bodies as it writes them.

use crate::server::{Server, counts};
use flate2::{Compression, write::GzEncoder};
use mulu_client::vault::Vault;
use mulu_proofs::ids::StreamId;
use opentelemetry_proto::tonic::{
    collector::logs::v1::{ExportLogsServiceRequest, ExportLogsServiceResponse},
    common::v1::{AnyValue, KeyValue, any_value},
    logs::v1::{LogRecord, ResourceLogs, ScopeLogs},
};
use prost::Message;
use reqwest::Method;
use serde_json::{Value, json};
use std::{fs, io::Write};

pub fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// A line of nginx's audit log.
fn nginx(number: u32) -> String {
    format!(
        r#"{{"time":"2026-08-01T12:30:00+08:00","request_id":"r-{number}","client":"203.0.113.9","user":"","subject":"","method":"GET","uri":"/population/{number}","args":"","status":200,"bytes":120,"rt":0.012,"upstream":"10.0.0.1:80","approval":""}}"#
    )
}

/// What Kong's http-log posts.
fn kong(number: u32) -> Value {
    json!({
        "request": { "id": format!("k-{number}"), "method": "GET", "uri": format!("/population/{number}"), "url": "http://gw/p", "size": 75,
            "querystring": {}, "headers": { "host": "gw", "x-share-approval": "" }, "tls": null },
        "response": { "status": 200, "size": 934, "headers": { "content-type": "application/json" } },
        "latencies": { "kong": 9, "proxy": 1430, "request": 1921 },
        "client_ip": "127.0.0.1", "started_at": 1_754_000_000_123_u64,
        "service": { "id": "s", "name": "population" }, "route": { "id": "r", "paths": ["/population"] },
        "consumer": { "id": "c", "username": "civil-affairs" }, "authenticated_entity": { "id": "e" },
        "tries": [{ "ip": "10.0.0.1", "port": 80, "balancer_latency": 0 }], "upstream_uri": "/", "upstream_status": "200", "workspace": "w",
    })
}

/// What APISIX's http-logger posts without a log format of its own.
fn apisix(number: u32) -> Value {
    json!({
        "start_time": 1_754_000_000_123_u64, "latency": 12.5, "upstream_latency": 10, "apisix_latency": 2.5, "client_ip": "127.0.0.1",
        "route_id": "1", "service_id": "", "consumer": { "username": "civil-affairs" }, "server": { "hostname": "gw", "version": "3.15.0" },
        "request": { "method": "GET", "uri": "/population", "url": "http://gw/p", "size": 85, "querystring": {},
            "headers": { "x-request-id": format!("a-{number}") } },
        "response": { "status": 200, "size": 250, "headers": { "x-request-id": format!("a-{number}") } }, "upstream": "10.0.0.1:80",
    })
}

fn array(values: impl IntoIterator<Item = Value>) -> String {
    Value::from_iter(values).to_string()
}

fn new_lines(values: impl IntoIterator<Item = String>) -> String {
    values.into_iter().map(|value| value + "\n").collect()
}

#[tokio::test]
async fn vector_in_each_of_its_forms() {
    let server = Server::start("nginx").await;
    let head = server.send(Method::HEAD, "/ingest/gateway", &[], "").await;
    assert_eq!(head.status(), 200, "its health check");
    let lines = |range: std::ops::Range<u32>| new_lines(range.map(nginx));
    assert_eq!(counts(&server.post("application/x-ndjson", lines(0..3)).await), (3, 0, 0));
    let list: Vec<Value> = (3..6).map(|number| serde_json::from_str(&nginx(number)).unwrap()).collect();
    let sent = [("content-type", "application/json"), ("content-encoding", "gzip")];
    assert_eq!(counts(&server.post_with(&sent, gzip(array(list).as_bytes())).await), (3, 0, 0));
    let sent = [("content-type", "text/plain"), ("content-encoding", "zstd")];
    let body = zstd::encode_all(lines(6..9).as_bytes(), 3).unwrap();
    assert_eq!(counts(&server.post_with(&sent, body).await), (3, 0, 0));
    assert_eq!(counts(&server.post("application/x-ndjson", lines(0..10)).await), (1, 9, 0), "what it retries is known");
    let sent = [("content-type", "application/x-ndjson"), ("content-encoding", "snappy")];
    assert_eq!(server.refused("/ingest/gateway", &sent, "x").await, (415, "unknown_encoding".into()));
    assert_eq!(server.waiting(), 10);
}

#[tokio::test]
async fn fluent_bit_in_each_of_its_forms() {
    let server = Server::start("nginx").await;
    // It adds `date` to each record.
    let record = |number: u32| nginx(number).replacen('{', r#"{"date":1754000000.123456,"#, 1);
    let list: Vec<Value> = (0..2).map(|number| serde_json::from_str(&record(number)).unwrap()).collect();
    assert_eq!(counts(&server.post("application/json", array(list)).await), (2, 0, 0));
    let lines = new_lines((2..4).map(record));
    let sent = [("content-type", "application/x-ndjson"), ("content-encoding", "gzip"), ("fluent-tag", "nginx.audit")];
    assert_eq!(counts(&server.post_with(&sent, gzip(lines.as_bytes())).await), (2, 0, 0));
    let stream: String = (4..6).map(record).collect();
    assert_eq!(counts(&server.post("application/json", stream).await), (2, 0, 0), "json_stream is labelled as JSON");
    let (status, word) = server.refused("/ingest/gateway", &[("content-type", "application/msgpack")], [0x92]).await;
    assert_eq!((status, word.as_str()), (415, "unknown_format"));
}

#[tokio::test]
async fn kong_one_and_many() {
    let server = Server::start("kong").await;
    let kind = "application/json; charset=utf-8";
    let first = server.post(kind, kong(0).to_string()).await;
    assert_eq!((counts(&first), &first["without_id"]), ((1, 0, 0), &json!(0)));
    assert_eq!(counts(&server.post(kind, array((0..5).map(kong))).await), (4, 1, 0));
}

#[tokio::test]
async fn apisix_one_many_and_by_lines() {
    let server = Server::start("apisix").await;
    let kind = "application/json";
    assert_eq!(counts(&server.post(kind, apisix(0).to_string()).await), (1, 0, 0));
    assert_eq!(counts(&server.post(kind, array((1..4).map(apisix))).await), (3, 0, 0));
    let lines = (4..6).map(|number| apisix(number).to_string()).collect::<Vec<_>>().join("\n");
    assert_eq!(counts(&server.post(kind, lines).await), (2, 0, 0));
}

#[tokio::test]
async fn bare_lines_of_the_combined_log_and_wrapped_ones() {
    let server = Server::start("combined").await;
    let line = |n: u32| {
        format!(r#"203.0.113.9 - alice [01/Aug/2026:12:30:0{n} +0800] "GET /a HTTP/1.1" 200 7 "-" "curl" "r-{n}""#)
    };
    assert_eq!(counts(&server.post("text/plain", new_lines((0..2).map(line))).await), (2, 0, 0));
    let wrapped = array(
        (2..4).map(|n| json!({ "message": line(n), "file": "/var/log/nginx/access.log", "source_type": "file" })),
    );
    assert_eq!(counts(&server.post("application/json", wrapped).await), (2, 0, 0));
}

fn logs(records: Vec<LogRecord>) -> ExportLogsServiceRequest {
    let scope_logs = vec![ScopeLogs { log_records: records, ..Default::default() }];
    ExportLogsServiceRequest { resource_logs: vec![ResourceLogs { scope_logs, ..Default::default() }] }
}

fn log(number: u8, time: u64) -> LogRecord {
    let text = |text: &str| Some(AnyValue { value: Some(any_value::Value::StringValue(text.into())) });
    let status = Some(AnyValue { value: Some(any_value::Value::IntValue(200)) });
    LogRecord {
        time_unix_nano: time,
        trace_id: vec![number; 16],
        attributes: vec![
            KeyValue { key: "url.path".into(), value: text("/population") },
            KeyValue { key: "http.response.status_code".into(), value: status },
        ],
        ..Default::default()
    }
}

const TIME: u64 = 1_754_000_000_000_000_000;

#[tokio::test]
async fn the_collector_of_opentelemetry_in_protobuf_and_json() {
    let server = Server::start("otel").await;
    let kind = [("content-type", "application/x-protobuf"), ("content-encoding", "gzip")];
    let body = gzip(&logs(vec![log(1, TIME), log(2, TIME)]).encode_to_vec());
    for path in ["/v1/logs", "/ingest/gateway/v1/logs"] {
        let answer = server.send(Method::POST, path, &kind, body.clone()).await;
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["content-type"]),
            (200, &"application/x-protobuf".parse().unwrap())
        );
        let answer = ExportLogsServiceResponse::decode(answer.bytes().await.unwrap()).unwrap();
        assert_eq!(answer.partial_success, None);
    }
    let json = serde_json::to_string(&logs(vec![log(3, TIME)])).unwrap();
    let answer = server.send(Method::POST, "/v1/logs", &[("content-type", "application/json")], json).await;
    assert_eq!((answer.status().as_u16(), answer.text().await.unwrap().as_str()), (200, "{}\n"));
}

#[tokio::test]
async fn what_the_collector_must_not_send_again_is_a_partial_success() {
    let server = Server::start("otel").await;
    let request = logs(vec![log(1, TIME), log(2, 0), log(3, 0)]);
    let kind = [("content-type", "application/x-protobuf")];
    let answer = server.send(Method::POST, "/v1/logs", &kind, request.encode_to_vec()).await;
    let partial = ExportLogsServiceResponse::decode(answer.bytes().await.unwrap()).unwrap().partial_success.unwrap();
    assert_eq!(partial.rejected_log_records, 2);
    assert!(partial.error_message.starts_with("2 in the bridge's quarantine"), "{}", partial.error_message);
    let json = serde_json::to_string(&logs(vec![log(4, 0)])).unwrap();
    let answer = server.send(Method::POST, "/v1/logs", &[("content-type", "application/json")], json).await;
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["partialSuccess"]["rejectedLogRecords"], "1");
    let empty = server.send(Method::POST, "/v1/logs", &kind, "").await;
    assert_eq!(empty.status(), 200, "a request without records");
    for (kind, body) in [("application/x-protobuf", "no protobuf"), ("application/json", "{\"resourceLogs\":1}")] {
        let refused = server.refused("/v1/logs", &[("content-type", kind)], body).await;
        assert_eq!(refused, (400, "not_otlp".into()));
    }
    assert_eq!(
        server.refused("/v1/logs", &[("content-type", "text/plain")], "x").await,
        (415, "unknown_format".into())
    );
}

const EVENT: &str = r#"{"specversion":"1.0","id":"e-1","source":"/gateway","type":"call","datacontenttype":"application/json","data":{"time":"2026-08-01T12:30:00Z","outcome":"ok"}}"#;

#[tokio::test]
async fn cloudevents_in_three_modes_are_the_same_event() {
    let server = Server::start("cloudevents").await;
    assert_eq!(counts(&server.post("application/cloudevents+json", EVENT).await), (1, 0, 0));
    let batch = format!("[{EVENT},{}]", EVENT.replace("e-1", "e-2"));
    assert_eq!(counts(&server.post("application/cloudevents-batch+json; charset=utf-8", batch).await), (1, 1, 0));
    let binary = |id| {
        [
            ("ce-specversion", "1.0"),
            ("ce-id", id),
            ("ce-source", "%2Fgateway"),
            ("ce-type", "call"),
            ("content-type", "application/json"),
        ]
    };
    let data = r#"{"time":"2026-08-01T12:30:00Z","outcome":"ok"}"#;
    assert_eq!(counts(&server.post_with(&binary("e-2"), data).await), (0, 1, 0));
    assert_eq!(counts(&server.post_with(&binary("e-3"), data).await), (1, 0, 0));
    let without_id = EVENT.replace(r#""id":"e-1","#, "");
    let summary = server.post("application/cloudevents+json", without_id).await;
    assert_eq!(summary["quarantined"][0]["reason"], "not_cloudevent");
    assert_eq!(
        server.refused("/ingest/gateway", &[("content-type", "application/cloudevents+avro")], "x").await.0,
        415
    );
}

#[tokio::test]
async fn a_webhook_asks_for_consent_first() {
    let server = Server::start("cloudevents").await;
    let asked = [("webhook-request-origin", "events.example"), ("webhook-request-rate", "100")];
    let answer = server.send(Method::OPTIONS, "/ingest/gateway", &asked, "").await;
    assert_eq!(answer.status(), 200);
    assert_eq!(
        (&answer.headers()["webhook-allowed-origin"], &answer.headers()["webhook-allowed-rate"]),
        (&"events.example".parse().unwrap(), &"*".parse().unwrap())
    );
}

#[tokio::test]
async fn bad_records_are_quarantined_and_keep_nobody_back() {
    let server = Server::start("nginx").await;
    let long = format!(r#"{{"time":"{}"}}"#, "x".repeat(270_000));
    let body = [nginx(0), "{\"time\":".into(), "no json".into(), "[1]".into(), "{}".into(), long, nginx(1)].join("\n");
    let summary = server.post("application/x-ndjson", body).await;
    assert_eq!(counts(&summary), (2, 0, 5));
    let rows: Vec<_> = summary["quarantined"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["place"].as_u64().unwrap(), row["reason"].as_str().unwrap()))
        .collect();
    assert_eq!(rows, [(1, "not_json"), (2, "not_json"), (3, "not_object"), (4, "no_time"), (5, "too_long")]);
    assert!(!summary.to_string().contains("no json\""), "an answer repeats nothing of a record");
}

#[tokio::test]
async fn a_body_of_which_nothing_can_be_read_is_one_row_of_the_quarantine() {
    let server = Server::start("nginx").await;
    let html = server.post("text/html", "<html>").await;
    assert_eq!(counts(&html), (0, 0, 1));
    let broken = server.post("application/json", "<html>\n<body>").await;
    assert_eq!((counts(&broken), &broken["quarantined"][0]["reason"]), ((0, 0, 1), &json!("not_json")));
    let sent = [("content-type", "application/json"), ("content-encoding", "gzip")];
    let plain = server.post_with(&sent, nginx(0)).await;
    assert_eq!((counts(&plain), &plain["quarantined"][0]["reason"]), ((0, 0, 1), &json!("not_expanded")));
}

#[tokio::test]
async fn records_without_an_id_are_counted_and_a_key_of_the_request_stands_in() {
    let server = Server::start("event").await;
    let body = "{\"time\":\"2026-08-01T12:30:00Z\"}\n{\"time\":\"2026-08-01T12:30:01Z\"}\n";
    let summary = server.post("application/x-ndjson", body).await;
    assert_eq!((counts(&summary), &summary["without_id"]), ((2, 0, 0), &json!(2)));
    assert_eq!(counts(&server.post("application/x-ndjson", body).await), (0, 2, 0), "the same bytes are a repetition");
    let sent = [("content-type", "application/x-ndjson"), ("idempotency-key", "batch-7")];
    let summary = server.post_with(&sent, body).await;
    assert_eq!((counts(&summary), &summary["without_id"]), ((2, 0, 0), &json!(0)));
    assert_eq!(counts(&server.post_with(&sent, body).await), (0, 2, 0));
    let wrong = [("idempotency-key", "x".repeat(257))].map(|(name, value)| (name.to_owned(), value));
    let wrong: Vec<_> = wrong.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(server.refused("/ingest/gateway", &wrong, body).await, (400, "wrong_key".into()));
}

#[tokio::test]
async fn equal_lines_without_an_id_are_calls_of_their_own_and_a_body_that_comes_again_is_not() {
    let server = Server::start("event").await;
    let line = "{\"time\":\"2026-08-01T12:30:00Z\"}\n";
    assert_eq!(counts(&server.post("application/x-ndjson", line.repeat(3)).await), (3, 0, 0));
    assert_eq!(counts(&server.post("application/x-ndjson", line.repeat(3)).await), (0, 3, 0));
    assert_eq!(
        counts(&server.post("application/x-ndjson", line.repeat(2)).await),
        (2, 0, 0),
        "other bytes, other calls"
    );
    let sent = [("content-type", "application/x-ndjson"), ("content-encoding", "gzip")];
    let packed = gzip(line.repeat(3).as_bytes());
    assert_eq!(counts(&server.post_with(&sent, packed).await), (0, 3, 0), "however they are packed");
    let two = [("content-type", "application/json")];
    let other = "{\"time\":\"2026-08-01T12:30:01Z\"}";
    let (one, again) = tokio::join!(server.post_with(&two, other), server.post_with(&two, other));
    assert_eq!(counts(&one).0 + counts(&again).0, 1, "two at once are one");
}

#[tokio::test]
async fn what_was_answered_is_in_the_vault_when_it_is_opened_again() {
    let server = Server::start("nginx").await;
    let body = new_lines((0..1_000).map(nginx));
    assert_eq!(counts(&server.post("application/x-ndjson", body).await), (1_000, 0, 0));
    let copy = server.folder().join("copy.vault");
    fs::copy(server.folder().join("bridge.vault"), &copy).unwrap();
    fs::copy(server.folder().join("bridge.vault.key"), server.folder().join("copy.vault.key")).unwrap();
    let vault = Vault::open(&copy, &[9; 32]).unwrap();
    assert_eq!(vault.intake(StreamId::new(1)).unwrap().drafts, 1_000);
}
