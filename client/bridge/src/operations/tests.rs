//! What operations are asked over HTTP, and what they answer.

#![allow(clippy::unwrap_used, reason = "a test may")]

use super::*;
use crate::{
    intake::Delivery,
    metrics::Metrics,
    sample::{STREAM, mapping, record_of, vault},
    spool::{Spool, SpoolConfig},
    stop::Stop,
};
use axum::{
    body::{Body, to_bytes},
    http::{Method, Request},
};
use mulu_client::vault::{Held, HeldThing};
use mulu_proofs::ids::Moment;
use serde_json::{Value, json};
use tower::Service;

struct Bench {
    _folder: tempfile::TempDir,
    spool: Spool,
    stop: Stop,
    router: Router,
}

impl Bench {
    fn new(config: &SpoolConfig) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let stop = Stop::new();
        let spool = Spool::start(Arc::new(vault(folder.path())), config, Metrics::default(), stop.clone()).unwrap();
        let sources = [(STREAM.get(), "gateway".to_owned())].into();
        let watch = Watch { spool: spool.clone(), stop: stop.clone(), node: "ws://127.0.0.1:9944".into(), sources };
        let mappings = Arc::new([("gateway".to_owned(), mapping())].into());
        let router = router(Operations { watch, mappings });
        Self { _folder: folder, spool, stop, router }
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
async fn health_says_whether_records_are_taken_and_nothing_else() {
    let mut bench = Bench::new(&SpoolConfig { max_events: 1, ..SpoolConfig::default() });
    let well = bench.ask(Method::GET, "/health", Value::Null).await;
    assert_eq!(well, (StatusCode::OK, "{\"is_taking\":true}\n".into()));
    bench.post([json!({ "time": 5 })]).await;
    assert_eq!(bench.ask(Method::GET, "/health", Value::Null).await.0, StatusCode::SERVICE_UNAVAILABLE, "it is full");
    bench.spool.levels().change(STREAM, |level| level.waiting = 0);
    assert_eq!(bench.ask(Method::GET, "/health", Value::Null).await.0, StatusCode::OK);
    bench.stop.request();
    assert_eq!(bench.ask(Method::GET, "/health", Value::Null).await.0, StatusCode::SERVICE_UNAVAILABLE, "it stops");
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
    let rows: Vec<Row> = serde_json::from_str(&text).unwrap();
    let told: Vec<_> = rows.iter().map(|row| (row.number, row.is_event, &*row.source)).collect();
    assert_eq!(told, [(1, false, "gateway"), (2, false, "gateway"), (3, true, "gateway")]);
    let rest: Vec<Row> = bench.get("/quarantine?from=2&rows=1").await;
    assert_eq!(rest.iter().map(|row| row.number).collect::<Vec<_>>(), [2]);

    let other = json!({ "chosen": {}, "stream": 9 });
    let retried: Retried = bench.send("/quarantine/retry", other).await;
    assert_eq!((retried.accepted, retried.refused.len()), (vec![3], 2));
    assert!(retried.refused.values().all(|why| !why.contains("zhang")));
    assert_eq!(bench.get::<Status>("/status").await.streams[&9].waiting, 1);

    let no_reason = bench.ask(Method::POST, "/quarantine/drop", json!({ "chosen": {}, "why": "" })).await;
    assert_eq!(no_reason.0, StatusCode::BAD_REQUEST);
    let dropped: Value = bench.send("/quarantine/drop", json!({ "chosen": { "numbers": [1] }, "why": "a test" })).await;
    assert_eq!(dropped, json!({ "dropped": 1 }));
    let by_reason = json!({ "chosen": { "reason": rows[1].reason, "source": "gateway" }, "why": "a test" });
    assert_eq!(bench.send::<Value>("/quarantine/drop", by_reason).await, json!({ "dropped": 1 }));
    let elsewhere = json!({ "chosen": { "source": "bus" }, "why": "a test" });
    assert_eq!(bench.send::<Value>("/quarantine/drop", elsewhere).await, json!({ "dropped": 0 }));
    assert!(bench.get::<Vec<Row>>("/quarantine").await.is_empty());
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
