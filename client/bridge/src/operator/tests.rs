#![allow(clippy::unwrap_used, reason = "a test may")]

use super::*;
use crate::{
    metrics::Metrics,
    operations::{Operations, router},
    spool::Spool,
    status::Watch,
    stop::Stop,
};
use mulu_client::{keys::Key, vault::HeldThing};
use mulu_mapping::{Poison, Record};
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
    Ok(Record { id: None, value: serde_json::from_str(text).unwrap(), raw: text.as_bytes().to_vec() })
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
    let watch = Watch { spool: spool.clone(), stop, node: "ws://node".into(), sources };
    (spool, Operations { watch, mappings: Arc::new(BTreeMap::from([("log".to_owned(), mapping)])) })
}

fn all() -> Chosen {
    Chosen { numbers: Vec::new(), source: None, reason: None }
}

#[tokio::test]
async fn a_bridge_at_rest_is_looked_at_in_its_vault() {
    let folder = tempfile::tempdir().unwrap();
    let config_of = config(folder.path(), "");
    assert!(Operator::of(&config_of, None).err().unwrap().to_string().contains("the bridge has not run"));
    let (spool, operations) = spool(folder.path()).await;
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
    let rows = operator.list(0, 10).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.reason.as_str()).collect::<Vec<_>>(), ["unknown_field", "no_time"]);
    let held = operator.held(rows[1].number).unwrap();
    assert!(matches!(held.what, HeldThing::Raw(raw) if raw == br#"{"rows":1}"#));
    assert!(matches!(operator.held(99), Err(BridgeError::Client(ClientError::NotHeld { number: 99 }))));
    let retried = operator.retry(&all(), None).await.unwrap();
    assert_eq!((retried.accepted.len(), retried.refused.len()), (0, 2));
    let one = Chosen { numbers: vec![rows[0].number], ..all() };
    assert_eq!(operator.drop_rows(&one, "a test").await.unwrap(), 1);
    assert_eq!(operator.list(0, 10).await.unwrap().len(), 1);
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
    let rows = operator.list(0, 10).await.unwrap();
    assert_eq!(rows.len(), 2);
    assert!(operator.held(rows[0].number).err().unwrap().to_string().contains("shows no record"));
    assert_eq!(operator.retry(&all(), None).await.unwrap().refused.len(), 2);
    let refused = operator.drop_rows(&all(), "").await.err().unwrap();
    assert!(refused.to_string().contains("answers 400"), "a reason is needed: {refused}");
    assert_eq!(operator.drop_rows(&all(), "a test").await.unwrap(), 2);
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
