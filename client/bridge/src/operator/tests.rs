#![allow(clippy::unwrap_used, reason = "a test may")]

use super::*;
use crate::{
    metrics::Metrics,
    operations::{Operations, router},
    rounds::Rounds,
    sink::desk::{Desk, SinkState},
    spool::Spool,
    status::Watch,
    stop::Stop,
};
use mulu_client::{keys::Key, vault::HeldThing};
use mulu_mapping::{Poison, Record};
use mulu_proofs::ids::RecordNumber;
use mulu_rpc_api::Hex32;
use std::{collections::BTreeMap, os::unix::fs::PermissionsExt, path::Path, sync::Arc};

const STREAM: StreamId = StreamId::new(1);

fn config(folder: &Path, more: &str) -> Config {
    let key = folder.join("platform.key");
    if !key.exists() {
        Key::development("platform").write(&key).unwrap();
    }
    let text = format!(
        "{more}\n[chain]\nurl = \"ws://127.0.0.1:9\"\nkey = \"platform.key\"\nvault = \"bridge.vault\"\n[source.log]\nstream = 1\nmapping = \"event\"\ntail = {{ paths = [\"a.log\"] }}"
    );
    Config::of_text(&text, folder).unwrap()
}

fn record(text: &str) -> Result<Record, Poison> {
    Ok(Record::new(serde_json::from_str(text).unwrap(), text.as_bytes().to_vec()))
}

/// A bridge's spool with one event and two records in the quarantine, of which one would be an event if the mapping read `rows` from it.
async fn spool(folder: &Path) -> (Spool, Operations) {
    let vault = Arc::new(Vault::open(&folder.join("bridge.vault"), &[9; 32]).unwrap());
    let config = config(folder, "");
    let stop = Stop::new();
    let spool = Spool::start(vault, &config.spool, Metrics::default(), stop.clone()).unwrap();
    let mapping = config.mapping("log", &config.source["log"]).unwrap();
    let intake = spool.intake("log", STREAM, mapping.clone());
    let records = vec![record(r#"{"time":1}"#), record(r#"{"time":1,"zhang":1}"#), record(r#"{"rows":1}"#)];
    let delivery = crate::intake::Delivery { records, position: Some(vec![1]) };
    let accepted = intake.accept(delivery).await.unwrap();
    assert_eq!((accepted.accepted, accepted.quarantined.len()), (1, 2));
    let sources = BTreeMap::from([(1, "log".to_owned())]);
    let watch = Watch {
        spool: spool.clone(),
        stop,
        node: "ws://node".into(),
        sources,
        desk: Desk::default(),
        rounds: Rounds::default(),
    };
    (spool, Operations { watch, mappings: Arc::new(BTreeMap::from([("log".to_owned(), mapping)])) })
}

#[tokio::test]
async fn a_bridge_at_rest_is_looked_at_in_its_vault() {
    let folder = tempfile::tempdir().unwrap();
    let sink = "[sink.platform]\nwebhook = { url = \"http://127.0.0.1:9/\", secret_env = \"S\" }";
    let config_of = config(folder.path(), sink);
    assert!(Operator::of(&config_of, None).err().unwrap().to_string().contains("the bridge has not run"));
    let (spool, operations) = spool(folder.path()).await;
    let place = SinkPosition { genesis: Hex32([9; 32]), next: RecordNumber::new(17) };
    spool.put_position("sink/platform", place.bytes()).await.unwrap();
    spool.close().await;
    drop((spool, operations));
    // The writer's thread lets the vault go a moment after it has answered.
    let operator = loop {
        match Operator::of(&config_of, None) {
            Ok(operator) => break operator,
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
        }
    };
    let status = operator.status().await.unwrap();
    assert_eq!((status.waiting, status.quarantine_rows, status.is_taking), (1, 2, false));
    assert_eq!(status.streams[&1].source.as_deref(), Some("log"));
    assert_eq!(status.troubles["bridge"], "it does not run");
    let sink = &status.sinks["platform"];
    assert_eq!((sink.state, sink.next), (SinkState::AtRest, Some(RecordNumber::new(17))));
    let rows = operator.list(&Chosen::default(), 10).await.unwrap().rows;
    assert_eq!(rows.iter().map(|row| row.reason.as_str()).collect::<Vec<_>>(), ["unknown_field", "no_time"]);
    let held = operator.held(rows[1].number).unwrap();
    assert!(matches!(held.what, HeldThing::Raw(raw) if raw == br#"{"rows":1}"#));
    assert!(matches!(operator.held(99), Err(BridgeError::Client(ClientError::NotHeld { number: 99 }))));
    let retried = operator.retry(&Chosen::default(), None, |_| ()).await.unwrap();
    assert_eq!((retried.accepted, retried.refused), (0, 2));
    let one = Chosen { numbers: vec![rows[0].number], ..Chosen::default() };
    assert_eq!(operator.drop_rows(&one, "a test").await.unwrap().dropped, 1);
    assert_eq!(operator.list(&Chosen::default(), 10).await.unwrap().rows.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_bridge_is_asked_over_http_and_shows_no_record() {
    let folder = tempfile::tempdir().unwrap();
    let (spool, operations) = spool(folder.path()).await;
    let nowhere = Operator::of(&config(folder.path(), ""), None).err().unwrap();
    assert!(nowhere.to_string().contains("there is no table [http]"), "{nowhere}");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router(operations)).await.unwrap() });
    let operator = Operator::of(&config(folder.path(), &format!("[http]\nlisten = \"{address}\"")), None).unwrap();
    let status = operator.status().await.unwrap();
    assert_eq!((status.waiting, status.quarantine_rows, status.node.as_str()), (1, 2, "ws://node"));
    let rows = operator.list(&Chosen::default(), 10).await.unwrap().rows;
    assert_eq!(rows.len(), 2);
    assert!(operator.held(rows[0].number).err().unwrap().to_string().contains("shows no record"));
    assert_eq!(operator.retry(&Chosen::default(), None, |_| ()).await.unwrap().refused, 2);
    let refused = operator.drop_rows(&Chosen::default(), "").await.err().unwrap();
    assert!(refused.to_string().contains("answers 400"), "a reason is needed: {refused}");
    let counted = operator.count(&Chosen::default()).await.unwrap().sources;
    let reasons: BTreeMap<String, u64> = [("no_time".to_owned(), 1), ("unknown_field".to_owned(), 1)].into();
    assert_eq!(counted, [("log".to_owned(), reasons.clone())].into());
    let dropped = operator.drop_rows(&Chosen::default(), "a test").await.unwrap();
    assert_eq!((dropped.dropped, dropped.reasons), (2, reasons));
    spool.close().await;
}

#[tokio::test]
async fn more_rows_than_one_call_looks_at_are_all_worked_on_and_few_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let (spool, operations) = spool(folder.path()).await;
    let mapping = operations.mappings["log"].clone();
    let intake = spool.intake("log", STREAM, mapping);
    let rows = crate::quarantine::LOOKED_MAX + 10;
    // No two alike: what is posted again with the same bytes is kept once.
    for thousand in 1..=rows.div_ceil(1_000) {
        let records = (0..1_000).map(|row| record(&format!("{{\"rows\":{}}}", 1_000 * thousand + row))).collect();
        intake.accept(crate::intake::Delivery { records, position: None }).await.unwrap();
    }
    let config = config(folder.path(), "[http]\nlisten = \"127.0.0.1:0\"");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router(operations)).await.unwrap() });
    let operator = Operator::of(&config, Some(&url)).unwrap();
    let all = 6_000 + 2;
    let parts = std::cell::Cell::new(0);
    let retried = operator.retry(&Chosen::default(), None, |_| parts.set(parts.get() + 1)).await.unwrap();
    assert_eq!((retried.refused, retried.why.len(), parts.get()), (all, crate::quarantine::NAMED_MAX, 1));
    let counted = operator.count(&Chosen::default()).await.unwrap();
    assert_eq!((counted.sources["log"].values().sum::<u64>(), counted.next), (all, None));
    assert_eq!((counted.sources["log"]["no_time"], retried.reasons["no_time"]), (all - 1, all - 1));
    let listed =
        operator.list(&Chosen { reason: Some("unknown_field".into()), ..Chosen::default() }, 10).await.unwrap();
    assert_eq!((listed.rows.len(), listed.next), (1, None), "found behind all that is looked at");
    let dropped = operator.drop_rows(&Chosen::default(), "a test").await.unwrap();
    assert_eq!((dropped.dropped, dropped.reasons["unknown_field"]), (all, 1));
    spool.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bridge_that_does_not_answer_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (spool, _operations) = spool(folder.path()).await;
    let operator = Operator::of(&config(folder.path(), "[http]\nlisten = \"127.0.0.1:9\""), None).unwrap();
    let error = operator.status().await.err().unwrap().to_string();
    assert!(error.contains("the bridge at http://127.0.0.1:9 does not answer"), "{error}");
    spool.close().await;
}

#[test]
fn callers_that_may_operate_have_a_token_for_whoever_asks() {
    let folder = tempfile::tempdir().unwrap();
    let caller = |may: &str, more: &str| {
        let text = format!(
            "[http]\nlisten = \"127.0.0.1:9800\"\n[[http.caller]]\nname = \"admin\"\nmay = [\"{may}\"]\n{more}"
        );
        config(folder.path(), &text).http.unwrap()
    };
    let file = folder.path().join("admin.token");
    std::fs::write(&file, "0123456789abcdef0123456789abcdef").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let found = token(&caller("operate", "token_file = \"admin.token\"")).unwrap();
    assert_eq!(found.unwrap().as_str(), "0123456789abcdef0123456789abcdef");
    let none = token(&caller("ingest", "token_file = \"admin.token\"")).err().unwrap();
    assert!(none.to_string().contains("may `operate`"), "{none}");
}

#[test]
fn an_address_that_stands_for_all_is_asked_on_this_machine() {
    for (listen, near) in [("0.0.0.0:1", "127.0.0.1:1"), ("[::]:1", "[::1]:1"), ("10.0.0.2:1", "10.0.0.2:1")] {
        assert_eq!(nearby(listen.parse().unwrap()), near.parse().unwrap());
    }
}
