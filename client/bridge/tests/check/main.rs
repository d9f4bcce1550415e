//! `mulu bridge check` against a node: what is well is told, and every mistake is found where it stands.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod node;

use mulu_bridge::{
    check::{self, Report, Sample, Weight},
    config::Config,
};
use mulu_client::{keys::Key, vault::Vault};
use node::{Answers, grant, start, well};
use serde_json::{Value, json};
use std::fs;

const LINE: &str = r#"{"time":"2026-11-27T10:00:00+08:00","request_id":"7d1f0a","client":"192.0.2.7","user":"zhang","method":"GET","uri":"/p/1","status":200,"bytes":512,"rt":0.034,"approval":"3"}"#;

const SOURCE: &str = r#"
    [source.gateway]
    stream = 1
    tail = { paths = ["audit.log"] }
    [source.gateway.mapping]
    extends = "nginx"
    [[source.gateway.mapping.route]]
    prefix = "/p/"
    grant = 3
"#;

/// A folder with a key and a log, and a configuration in it.
struct Setup {
    folder: tempfile::TempDir,
    url: String,
}

impl Setup {
    async fn of(answers: Answers) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Key::development("platform").write(&folder.path().join("platform.key")).unwrap();
        fs::write(folder.path().join("audit.log"), "").unwrap();
        Self { folder, url: format!("ws://{}", start(answers).await) }
    }

    fn config(&self, sources: &str) -> Config {
        let chain = format!("[chain]\nurl = {:?}\nkey = \"platform.key\"\nvault = \"bridge.vault\"\n", self.url);
        Config::of_text(&(chain + sources), self.folder.path()).unwrap()
    }

    async fn check(&self, sources: &str) -> Report {
        check::check(&self.config(sources), None).await
    }
}

fn findings(report: &Report) -> Vec<(Weight, String, String)> {
    report.findings.iter().map(|found| (found.weight, found.at.clone(), found.what.to_string())).collect()
}

/// What is found if the node says something else of one thing.
async fn found_if(method: &'static str, change: impl FnOnce(&mut Value)) -> Vec<(Weight, String, String)> {
    let mut answers = well();
    change(answers.get_mut(method).unwrap());
    findings(&Setup::of(answers).await.check(SOURCE).await)
}

#[tokio::test]
async fn what_is_well_is_told_in_full() {
    let setup = Setup::of(well()).await;
    let config = setup.config(SOURCE);
    let lines = format!("{LINE}\nnonsense\n");
    let report = check::check(&config, Some(Sample { source: "gateway", bytes: lines.as_bytes() })).await;
    let chain = report.chain.as_ref().unwrap();
    assert_eq!((chain.chain_id.as_str(), chain.department.unwrap().get()), ("fake", 2));
    let stream = report.sources[0].on_chain.as_ref().unwrap();
    assert_eq!((stream.platform.get(), stream.next.get(), stream.state), (7, 1, "open"));
    let sample = report.sample.as_ref().unwrap();
    assert_eq!((sample.events, sample.quarantined["not_json"]), (1, 1));
    let told = "1 of 2 records of the sample would go into the quarantine";
    assert_eq!(findings(&report), [(Weight::Warning, "source.gateway.mapping".into(), told.into())]);
    assert!(!report.has_mistakes());
    let json = serde_json::to_string(&report).unwrap();
    assert!(!json.contains("zhang") && !json.contains("192.0.2.7"), "no sealed value is told: {json}");
    assert!(!setup.folder.path().join("bridge.vault").exists(), "a check writes nothing");
}

#[tokio::test]
async fn a_key_without_account_or_role_is_a_mistake() {
    let mistake = |rest: &str| (Weight::Mistake, "chain.key".to_owned(), rest.to_owned());
    let none = found_if("departments_account", |account| *account = Value::Null).await;
    let told = format!("account {} is not registered; an admin of the platform's department does that", node::key());
    assert_eq!(none, [mistake(&told)]);
    let other = found_if("departments_account", |account| account["roles"][0]["role"] = json!("officer")).await;
    assert_eq!(other, [mistake("the key has not the role platform; `mulu role give` gives it")]);
    let over = found_if("departments_account", |account| account["roles"][0]["is_in_force"] = json!(false)).await;
    assert_eq!(over, [mistake("the key's role platform is not in force; `mulu account show` says why")]);
    let replaced = found_if("departments_account", |account| account["replaced_by"] = json!("aa".repeat(32))).await;
    assert_eq!(replaced, [mistake(&format!("the key was replaced by {}; name that key", "aa".repeat(32)))]);
}

#[tokio::test]
async fn a_stream_that_takes_nothing_from_the_key_is_a_mistake() {
    for (change, told) in [
        (Value::Null, "the chain has no stream 1"),
        (json!({"is_open": false}), "stream 1 is closed"),
        (json!({"is_open": false, "is_halted": true}), "stream 1 is halted"),
        (json!({"key": "bb".repeat(32)}), "stream 1 is another key's"),
    ] {
        let found = found_if("access_stream", |stream| match change.as_object() {
            None => *stream = Value::Null,
            Some(fields) => fields.iter().for_each(|(name, value)| stream[name] = value.clone()),
        })
        .await;
        assert_eq!((found.len(), found[0].0, found[0].1.as_str()), (1, Weight::Mistake, "source.gateway.stream"));
        assert!(found[0].2.starts_with(told), "{}", found[0].2);
    }
}

#[tokio::test]
async fn grants_that_are_missing_over_or_of_another_platform_are_told() {
    let missing = found_if("sharing_grant", |grant| *grant = Value::Null).await;
    let told = "the mapping names grant 3 version 1, which the chain does not have";
    assert_eq!(missing, [(Weight::Mistake, "source.gateway.mapping".into(), told.into())]);
    let warned = |found: &[(Weight, String, String)], told: &str| {
        assert_eq!((found.len(), found[0].0), (1, Weight::Warning), "{found:?}");
        assert!(found[0].2.starts_with(told), "{}", found[0].2);
    };
    let other = found_if("sharing_grant", |grant| grant["versions"][0]["terms"]["platforms"] = json!([8])).await;
    warned(&other, "grant 3 does not name platform 7");
    let over = found_if("sharing_grant", |grant| grant["in_force"] = json!("expired")).await;
    warned(&over, "grant 3 is not in force now");
    let newer = found_if("sharing_grant", |shown| {
        let mut second = grant()["versions"][0].clone();
        second["terms"]["version"] = json!(2);
        shown["versions"].as_array_mut().unwrap().push(second);
    })
    .await;
    warned(&newer, "grant 3 has version 2 by now");
}

#[tokio::test]
async fn ids_and_entries_that_the_ledger_never_gave_are_mistakes() {
    let setup = Setup::of(well()).await;
    let named = "[source.g]\nstream = 1\ntail = { paths = [\"audit.log\"] }\nmapping = { extends = \"nginx\", using_system = 99 }";
    let found = findings(&setup.check(named).await);
    assert!(found[0].2.starts_with("a department, system or purpose that the mapping names"), "{found:?}");
    let entry = "[source.g]\nstream = 1\ntail = { paths = [\"audit.log\"] }\nmapping = { extends = \"nginx\", entry = 6, consumer = 0 }";
    let found = findings(&setup.check(entry).await);
    assert_eq!(found[0].2, "the mapping names entry 6 version 1, which is not published");
}

#[tokio::test]
async fn where_calls_are_compared_they_need_ids_and_the_grants_call_key() {
    let mut answers = well();
    answers.get_mut("access_stream").unwrap()["reconciles"] = json!(true);
    let setup = Setup::of(answers).await;
    let nameless = SOURCE
        .replace("extends = \"nginx\"", "extends = \"nginx\"\nid = { value = \"\" }")
        .replace("nginx", "combined");
    let nameless = nameless.replace("id = { value = \"\" }", "");
    let found = findings(&setup.check(&nameless).await);
    assert!(found[0].2.contains("the mapping has no request_id"), "{found:?}");
    let vault = Vault::open(&setup.folder.path().join("bridge.vault"), &[9; 32]).unwrap();
    let found = findings(&setup.check(SOURCE).await);
    assert_eq!((found.len(), found[0].1.as_str()), (1, "chain.vault"), "it is in use: {found:?}");
    drop(vault);
    let found = findings(&setup.check(SOURCE).await);
    assert!(found[0].2.starts_with("the vault has no call key of grant 3"), "{found:?}");
}

#[tokio::test]
async fn a_vault_that_is_not_where_the_chain_is_is_a_mistake() {
    let mut answers = well();
    answers.get_mut("access_stream").unwrap()["next"] = json!(41);
    let setup = Setup::of(answers).await;
    let mistake = |rest: &str| (Weight::Mistake, "source.gateway.stream".to_owned(), rest.to_owned());
    let behind = "another vault is ahead in stream 1: the chain expects event 41, this vault would give 1. Bring the newest copy of the vault, or open another stream and `mulu bridge move --from 1` what waits";
    assert_eq!(findings(&setup.check(SOURCE).await), [mistake(behind)], "a new vault reports into a new stream");
    drop(Vault::open(&setup.folder.path().join("bridge.vault"), &[9; 32]).unwrap());
    let found: Vec<_> = findings(&setup.check(SOURCE).await);
    assert!(found.contains(&mistake(behind)), "an older copy: {found:?}");
    let mut answers = well();
    answers.get_mut("access_stream").unwrap()["last_digest"] = json!("ab".repeat(32));
    let other = Setup::of(answers).await;
    drop(Vault::open(&other.folder.path().join("bridge.vault"), &[9; 32]).unwrap());
    let found = findings(&other.check(SOURCE).await);
    assert!(found.iter().any(|found| found.2.starts_with("the chain has other events in stream 1")), "{found:?}");
}

#[tokio::test]
async fn a_vault_of_another_chain_is_a_mistake() {
    let setup = Setup::of(well()).await;
    drop(Vault::open(&setup.folder.path().join("bridge.vault"), &[8; 32]).unwrap());
    let found = findings(&setup.check(SOURCE).await);
    assert_eq!((found[0].0, found[0].1.as_str()), (Weight::Mistake, "chain.vault"), "{found:?}");
}

#[tokio::test]
async fn a_node_that_is_not_there_a_key_that_is_not_there_and_a_log_that_is_not_there_are_told() {
    let mut setup = Setup::of(well()).await;
    fs::remove_file(setup.folder.path().join("audit.log")).unwrap();
    let found = findings(&setup.check(SOURCE).await);
    assert_eq!((found[0].0, found[0].1.as_str()), (Weight::Warning, "source.gateway.tail"), "{found:?}");
    setup.url = "ws://127.0.0.1:9".to_owned();
    let found = findings(&setup.check(SOURCE).await);
    assert_eq!((found[0].0, found[0].1.as_str()), (Weight::Mistake, "chain.url"), "{found:?}");
    fs::remove_file(setup.folder.path().join("platform.key")).unwrap();
    let found = findings(&setup.check(SOURCE).await);
    assert_eq!((found[0].0, found[0].1.as_str()), (Weight::Mistake, "chain.key"), "{found:?}");
    let found = findings(&setup.check("").await);
    assert_eq!(found.last().unwrap().1, "source", "{found:?}");
}

#[tokio::test]
async fn a_sample_of_another_form_is_a_mistake_and_one_without_grants_a_warning() {
    let setup = Setup::of(well()).await;
    let of = async |sources: &str, lines: &str| {
        let config = setup.config(sources);
        let report = check::check(&config, Some(Sample { source: "gateway", bytes: lines.as_bytes() })).await;
        findings(&report)
    };
    let found = of(SOURCE, "nonsense\n").await;
    assert!(found[0].0 == Weight::Mistake && found[0].2.starts_with("no record of the sample"), "{found:?}");
    let plain = SOURCE.split("[[").next().unwrap();
    let found = of(plain, &LINE.replace("\"3\"", "\"-\"")).await;
    assert!(found[0].0 == Weight::Warning && found[0].2.contains("no_grant"), "{found:?}");
    let mut answers = well();
    answers.insert("sharing_grant", Value::Null);
    let other = Setup::of(answers).await;
    let config = other.config(plain);
    let report = check::check(&config, Some(Sample { source: "gateway", bytes: LINE.as_bytes() })).await;
    assert!(findings(&report)[0].2.starts_with("a record of the sample names grant 3 version 1"), "{report:?}");
}

#[tokio::test]
async fn a_forwarder_that_gathers_lines_for_longer_than_events_wait_is_told() {
    let setup = Setup::of(well()).await;
    let source = |settle: &str| {
        format!(
            "[http]\nlisten = \"127.0.0.1:9800\"\n[source.gateway]\nstream = 1\nmapping = \"apisix\"\ningest = {{}}\n{settle}\n"
        )
    };
    let told = |report: &Report| {
        findings(report).into_iter().filter(|(_, at, _)| at.ends_with("settle_ms")).collect::<Vec<_>>()
    };
    let found = told(&setup.check(&source("")).await);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].0, found[0].1.as_str()), (Weight::Warning, "source.gateway.settle_ms"));
    assert!(found[0].2.contains("buffer_duration") && found[0].2.contains("5000"), "{found:?}");
    assert!(told(&setup.check(&source("settle_ms = 10000")).await).is_empty());
    let nginx = |settle: &str| source(settle).replace("apisix", "nginx");
    assert!(told(&setup.check(&nginx("")).await).is_empty(), "5 seconds are more than Vector gathers");
    let found = told(&setup.check(&nginx("settle_ms = 1000")).await);
    assert!(found.len() == 1 && found[0].2.contains("Vector"), "{found:?}");
    let read = nginx("settle_ms = 0").replace("ingest = {}", "tail = { paths = [\"a.log\"] }");
    assert!(told(&setup.check(&read).await).is_empty(), "a file is its only sender");
}

#[tokio::test]
async fn secrets_of_callers_that_cannot_be_read_are_mistakes_and_other_parts_are_told() {
    let setup = Setup::of(well()).await;
    let more = r#"
        [http]
        listen = "127.0.0.1:9800"
        [[http.caller]]
        name = "vector"
        token_file = "vector.token"
        may = ["ingest"]
        [sink.platform]
        webhook = { url = "https://platform.example/hook", secret_file = "hook.secret" }
    "#;
    let report = setup.check(&format!("{SOURCE}\n{more}")).await;
    let parts: Vec<String> = report.parts.iter().map(|part| format!("{} {}", part.at, part.kind)).collect();
    assert_eq!(parts, ["http 127.0.0.1:9800", "sink.platform webhook"]);
    let found = findings(&report);
    assert_eq!((found[0].0, found[0].1.as_str()), (Weight::Mistake, "http.caller"), "{found:?}");
}
