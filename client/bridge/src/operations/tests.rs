//! What operations are asked over HTTP, and what they answer.

#![allow(clippy::unwrap_used, reason = "a test may")]

use super::*;
use crate::{
    intake::Delivery,
    metrics::Metrics,
    rounds::Rounds,
    sample::{STREAM, mapping, record_of, vault},
    shut::Shut,
    sink::desk::{Desk, SinkState},
    spool::{Spool, SpoolConfig},
    status::Health,
    stop::Stop,
};
use axum::{
    body::{Body, to_bytes},
    http::{Method, Request},
};
use mulu_client::vault::{Held, HeldThing};
use mulu_proofs::ids::{Height, Moment, RecordNumber};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tower::Service;

struct Bench {
    _folder: tempfile::TempDir,
    spool: Spool,
    stop: Stop,
    desk: Desk,
    rounds: Rounds,
    router: Router,
}

impl Bench {
    fn new(config: &SpoolConfig) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let stop = Stop::new();
        let spool = Spool::start(Arc::new(vault(folder.path())), config, Metrics::default(), stop.clone()).unwrap();
        let sources = [(STREAM.get(), "gateway".to_owned())].into();
        let (desk, rounds) = (Desk::default(), Rounds::default());
        let (watched, stopped, node) = (spool.clone(), stop.clone(), "ws://127.0.0.1:9944".to_owned());
        let watch = Watch { spool: watched, stop: stopped, node, sources, desk: desk.clone(), rounds: rounds.clone() };
        let mappings = Arc::new([("gateway".to_owned(), mapping())].into());
        let router = router(Operations { watch, mappings });
        Self { _folder: folder, spool, stop, desk, rounds, router }
    }

    async fn post(&self, values: impl IntoIterator<Item = Value>) {
        let records = values.into_iter().map(|value| Ok(record_of(None, value))).collect();
        let intake = self.spool.intake("gateway", STREAM, mapping());
        intake.accept(Delivery { records, position: None }).await.unwrap();
    }

    async fn ask(&mut self, method: Method, path: &str, body: Value) -> (StatusCode, String) {
        let request = Request::builder().method(method).uri(path).header(CONTENT_TYPE, "application/json");
        let answer = self.router.call(request.body(Body::from(body.to_string())).unwrap()).await.unwrap();
        let code = answer.status();
        (code, String::from_utf8(to_bytes(answer.into_body(), 1_000_000).await.unwrap().to_vec()).unwrap())
    }

    /// What `/health` says while it is not well.
    async fn unwell(&mut self) -> (Option<String>, BTreeMap<String, String>) {
        let (code, body) = self.ask(Method::GET, "/health", Value::Null).await;
        assert_eq!(code, StatusCode::SERVICE_UNAVAILABLE, "{body}");
        assert!(!body.contains("zhang"), "{body}");
        let Health { is_taking, why, standing } = serde_json::from_str(&body).unwrap();
        assert!(!is_taking);
        (why, standing)
    }

    async fn get<T: serde::de::DeserializeOwned>(&mut self, path: &str) -> T {
        let (code, body) = self.ask(Method::GET, path, Value::Null).await;
        assert_eq!(code, StatusCode::OK, "{body}");
        serde_json::from_str(&body).unwrap()
    }

    async fn send<T: serde::de::DeserializeOwned>(&mut self, path: &str, body: Value) -> T {
        let (code, body) = self.ask(Method::POST, path, body).await;
        assert_eq!(code, StatusCode::OK, "{body}");
        serde_json::from_str(&body).unwrap()
    }
}

#[tokio::test]
async fn health_says_whether_records_are_taken_and_why_not() {
    let mut bench = Bench::new(&SpoolConfig { max_events: 1, ..SpoolConfig::default() });
    let well = bench.ask(Method::GET, "/health", Value::Null).await;
    assert_eq!(well, (StatusCode::OK, "{\"is_taking\":true,\"why\":null,\"standing\":{}}\n".into()));
    bench.post([json!({ "time": 5 })]).await;
    assert_eq!(bench.unwell().await, (Some("full".into()), BTreeMap::new()));
    bench.spool.levels().change(STREAM, |level| level.waiting = 0);
    assert_eq!(bench.ask(Method::GET, "/health", Value::Null).await.0, StatusCode::OK);
    bench.stop.request();
    assert_eq!(bench.unwell().await.0.as_deref(), Some("stopping"));
    assert_eq!(
        bench.ask(Method::GET, "/live", Value::Null).await.0,
        StatusCode::OK,
        "the process answers all the same"
    );
}

#[tokio::test]
async fn a_source_that_stands_still_and_a_full_quarantine_are_no_good_health() {
    let mut bench = Bench::new(&SpoolConfig { max_quarantine_bytes: 1, ..SpoolConfig::default() });
    bench.spool.metrics().trouble("source/gateway", Some("the database zhang-san does not answer"));
    let standing = |why: &str| BTreeMap::from([("gateway".to_owned(), why.to_owned())]);
    assert_eq!(bench.unwell().await, (None, standing("not_read")));
    bench.spool.put_shut(STREAM, Some(Shut::StreamClosed)).await.unwrap();
    assert_eq!(bench.unwell().await, (None, standing("stream_closed")));
    bench.spool.put_shut(STREAM, None).await.unwrap();
    assert_eq!(bench.get::<Status>("/status").await.standing, ["gateway".to_owned()].into());
    bench.spool.metrics().trouble("source/gateway", None);
    bench.spool.metrics().trouble("source/gateway/delete", Some("it may not"));
    assert_eq!(bench.ask(Method::GET, "/health", Value::Null).await.0, StatusCode::OK, "it is read all the same");
    bench.post([json!({ "time": "zhang-san" })]).await;
    assert_eq!(bench.unwell().await, (Some("quarantine_full".into()), BTreeMap::new()));
    bench.send::<Value>("/quarantine/drop", json!({ "chosen": {}, "why": "a test" })).await;
    assert_eq!(bench.ask(Method::GET, "/health", Value::Null).await.0, StatusCode::OK);
}

#[tokio::test]
async fn the_status_tells_how_far_each_sink_and_each_catalog_is() {
    let mut bench = Bench::new(&SpoolConfig::default());
    let post = bench.desk.post("platform", "webhook", bench.spool.metrics());
    post.following(RecordNumber::new(8), Some(Height::new(3)));
    post.stopped("it answers 410");
    bench.desk.told_end(RecordNumber::new(11), bench.spool.metrics());
    bench.rounds.ended("catalog/portal", false, std::time::Duration::from_secs(5));
    let status: Status = bench.get("/status").await;
    let sink = &status.sinks["platform"];
    assert_eq!((sink.kind.as_str(), sink.state), ("webhook", SinkState::Stopped));
    assert_eq!((sink.next, sink.height, sink.parked), (Some(RecordNumber::new(8)), Some(Height::new(3)), 0));
    assert_eq!((sink.behind, sink.why.as_deref()), (Some(3), Some("it answers 410")));
    assert_eq!(status.troubles["sink/platform"], "it answers 410");
    assert_eq!(status.rounds["catalog/portal"].failures, 1);
    assert!(status.is_taking, "records are taken all the same");
}

#[tokio::test]
async fn the_status_tells_levels_and_troubles_and_the_metrics_count() {
    let mut bench = Bench::new(&SpoolConfig::default());
    bench.post([json!({ "time": 5 }), json!({ "time": "zhang-san" })]).await;
    bench.spool.metrics().trouble("chain", Some("no node answers"));
    let status: Status = bench.get("/status").await;
    assert!(status.is_taking && status.waiting == 1 && status.quarantine_rows == 1 && status.quarantine_bytes > 0);
    assert_eq!(status.streams[&STREAM.get()].source.as_deref(), Some("gateway"));
    assert_eq!(status.streams[&STREAM.get()].waiting, 1);
    assert_eq!(status.troubles["chain"], "no node answers");
    let (code, text) = bench.ask(Method::GET, "/metrics", Value::Null).await;
    assert_eq!(code, StatusCode::OK);
    assert!(text.contains("mulu_bridge_waiting_events{stream=\"4\"} 1") && text.ends_with("# EOF\n"), "{text}");
    assert!(!text.contains("zhang"));
}

#[tokio::test]
async fn the_quarantine_is_listed_without_contents_tried_again_and_dropped() {
    let mut bench = Bench::new(&SpoolConfig::default());
    bench.post([json!({ "time": "zhang-san" }), json!({ "rows": 1 }), json!({ "time": 7, "grant": 9 })]).await;
    // What the sealer held back: an event that was mapped.
    let front = bench.spool.vault().front(STREAM, 9, Moment::new(u64::MAX)).unwrap();
    let what = HeldThing::Draft(Box::new(front.drafts[0].draft.clone()));
    let held = Held { reason: "unknown_reference".into(), what, ..bench.spool.vault().held(0, 1).unwrap().remove(0).1 };
    let placed = mulu_client::vault::Placed { held: &[held], ..Default::default() };
    bench.spool.vault().keep_drawn(&front.drawn, &placed).unwrap();

    let (_, text) = bench.ask(Method::GET, "/quarantine", Value::Null).await;
    assert!(!text.contains("zhang"), "{text}");
    let Listed { rows, next: None } = serde_json::from_str(&text).unwrap() else { panic!("{text}") };
    let told: Vec<_> = rows.iter().map(|row| (row.number, row.is_event, &*row.source)).collect();
    assert_eq!(told, [(1, false, "gateway"), (2, false, "gateway"), (3, true, "gateway")]);
    let numbers = |listed: Listed| (listed.rows.iter().map(|row| row.number).collect::<Vec<_>>(), listed.next);
    assert_eq!(numbers(bench.get("/quarantine?from=2&rows=1").await), (vec![2], Some(3)));
    assert_eq!(numbers(bench.get("/quarantine?reason=unknown_reference").await), (vec![3], None));
    assert_eq!(numbers(bench.get("/quarantine?source=bus").await), (vec![], None));

    let other = json!({ "chosen": {}, "stream": 9 });
    let retried: Retried = bench.send("/quarantine/retry", other).await;
    assert_eq!((retried.accepted, retried.refused, retried.next), (1, 2, None));
    assert!(retried.why.len() == 2 && retried.why.values().all(|why| !why.contains("zhang")));
    assert_eq!(bench.get::<Status>("/status").await.streams[&9].waiting, 1);

    let no_reason = bench.ask(Method::POST, "/quarantine/drop", json!({ "chosen": {}, "why": "" })).await;
    assert_eq!(no_reason.0, StatusCode::BAD_REQUEST);
    let dropped: Value = bench.send("/quarantine/drop", json!({ "chosen": { "numbers": [1] }, "why": "a test" })).await;
    assert_eq!(dropped, json!({ "dropped": 1, "reasons": { (rows[0].reason.as_str()): 1 }, "next": null }));
    let counted: Value = bench.get("/quarantine/count?source=gateway").await;
    assert_eq!(counted, json!({ "sources": { "gateway": { (rows[1].reason.as_str()): 1 } }, "next": null }));
    let by_reason = json!({ "chosen": { "reason": rows[1].reason, "source": "gateway" }, "why": "a test" });
    assert_eq!(
        bench.send::<Value>("/quarantine/drop", by_reason).await,
        json!({ "dropped": 1, "reasons": { (rows[1].reason.as_str()): 1 }, "next": null })
    );
    let elsewhere = json!({ "chosen": { "source": "bus" }, "why": "a test" });
    assert_eq!(
        bench.send::<Value>("/quarantine/drop", elsewhere).await,
        json!({ "dropped": 0, "reasons": {}, "next": null })
    );
    assert!(bench.get::<Listed>("/quarantine").await.rows.is_empty());
    assert_eq!(bench.get::<Status>("/status").await.quarantine_rows, 0);
}

#[tokio::test]
async fn what_does_not_read_is_told_in_the_usual_form() {
    let mut bench = Bench::new(&SpoolConfig::default());
    let asked = |uri: &str, body: &'static str| Request::post(uri.to_owned()).body(Body::from(body)).unwrap();
    let page = Request::get("/quarantine?from=x").body(Body::empty()).unwrap();
    for request in [asked("/quarantine/drop", "{}"), asked("/quarantine/retry", "nonsense"), page] {
        let answer = bench.router.call(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
        let told: Value = serde_json::from_slice(&to_bytes(answer.into_body(), 10_000).await.unwrap()).unwrap();
        assert_eq!(told["error"], "form");
        assert!(told["message"].is_string());
    }
}
