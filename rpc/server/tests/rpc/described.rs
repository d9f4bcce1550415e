//! Real answers against the description: every method of the ledger's own is called on a chain full of acts, and what it takes and
//! answers is held against its schemas in `rpc/api/openrpc.json`.
//!
//! `MULU_OPENRPC=rewrite` writes what was asked, and short answers, into `rpc/api/examples.json`, from which the description has its
//! examples.

use crate::{
    chain::{Chain, GATEWAY, PROVIDER, key, text},
    story::{ENTRY, GRANT, REQUEST, with_events},
};
use jsonrpsee::core::client::{ClientT, Error};
use mulu_client::calls::Call;
use mulu_proofs::{
    catalog::Method,
    departments::SystemKind,
    elements::ElementStandard,
    governance::{Action, ProposalTerms},
    ids::{Moment, SystemId},
    mounts::Mount,
    oversight::Matter,
};
use serde_json::{Map, Value, json};
use std::{collections::BTreeSet, fs, path::PathBuf};

/// Answers up to this length are examples.
const EXAMPLE_BYTES_MAX: usize = 700;

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../api").join(name)
}

fn read(name: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(file(name)).unwrap()).unwrap()
}

/// What is asked, in order of parameters. Everything that the story has made is asked for.
fn questions() -> Vec<(&'static str, Value)> {
    let officer = hex::encode(key("officer").public());
    let extrinsic = "00".repeat(32);
    vec![
        ("access_batch", json!(["BATCH"])),
        ("access_decisionPoints", json!([])),
        ("access_event", json!([{"stream": 1, "event": 16}])),
        ("access_history", json!([{"of": {"grant": 1}}, null, 2])),
        ("access_history", json!([{"of": {"finding": "item_not_granted"}, "with_findings": true}, null, 500])),
        ("access_history", json!([{"of": "all", "from": 0}])),
        ("access_reconciliation", json!([1])),
        ("access_repudiations", json!([{"department": 2}])),
        ("access_stream", json!([1])),
        ("access_streams", json!([1, null, 10])),
        ("calendar_add", json!(["2026-09-30", 10])),
        ("calendar_get", json!([2026])),
        ("calendar_parameters", json!([])),
        ("catalog_content", json!([1])),
        ("catalog_content", json!(["307001/000001", 1])),
        ("catalog_entries", json!([{"state": "published"}, null, 10])),
        ("catalog_entry", json!(["307001/000001"])),
        ("catalog_entry", json!([1])),
        ("catalog_search", json!([{"text": "登记", "states": ["published"]}, null, 5])),
        ("deadlines_get", json!([1])),
        ("deadlines_list", json!([{"subject": {"request": 1}}])),
        ("deadlines_list", json!([{"overdue": false}, null, 5])),
        ("decision_decide", json!([{"grant": 1, "consumer": 3, "items": 1, "method": "service_interface"}])),
        ("decision_point", json!([])),
        ("departments_account", json!([officer])),
        ("departments_budget", json!([2])),
        ("departments_counters", json!([2, 2026])),
        ("departments_get", json!([2])),
        ("departments_hosted", json!([])),
        ("departments_list", json!([null, 1])),
        ("departments_observers", json!([])),
        ("departments_systems", json!([2])),
        ("departments_validators", json!([])),
        ("elements_element", json!([1])),
        ("elements_list", json!([])),
        ("elements_sources", json!([])),
        ("evidence_event", json!([{"stream": 1, "event": 16}])),
        ("evidence_filing", json!(["307001/000001", 1])),
        ("evidence_genesis", json!([])),
        ("evidence_list", json!([{"series": {"grant": 1}}])),
        ("evidence_validators", json!([])),
        ("governance_plan", json!([])),
        ("governance_proposal", json!([1])),
        ("governance_proposals", json!([{"is_open": true}])),
        ("mounts_entry", json!([1])),
        ("mounts_list", json!([{"is_mounted": false}])),
        ("mounts_rate", json!([2])),
        ("node_info", json!([])),
        ("oversight_dispute", json!([1])),
        ("oversight_disputes", json!([{"is_open": true}])),
        ("oversight_queries", json!([])),
        ("records_extrinsic", json!([extrinsic])),
        ("records_extrinsic", json!(["EXTRINSIC"])),
        ("records_get", json!([1])),
        ("records_list", json!([{"grant": 1}, null, 2])),
        ("records_list", json!(["all", null, 500])),
        ("records_proof", json!([1])),
        ("rpc.discover", json!([])),
        ("rpc_methods", json!([])),
        ("sharing_consent", json!([1])),
        ("sharing_grant", json!([1])),
        ("sharing_grants", json!([{"consumer": 3}])),
        ("sharing_policy", json!(["307001/000001"])),
        ("sharing_purposes", json!([])),
        ("sharing_request", json!([1])),
        ("sharing_requests", json!([{"provider": 2, "state": "agreed"}])),
        ("stats_daily", json!([{"of": {"entry": 1}}])),
        ("chain_getBlock", json!([])),
        ("chain_getBlockHash", json!([1])),
        ("chain_getBlockHash", json!([[0, "0x1"]])),
        ("chain_getFinalizedHead", json!([])),
        ("chain_getHeader", json!([])),
        ("state_call", json!(["Core_version", "0x"])),
        ("state_getKeysPaged", json!(["0x", 2])),
        ("state_getReadProof", json!([["0x3a636f6465"]])),
        ("state_getRuntimeVersion", json!([])),
        ("state_getStorage", json!(["0x3a636f6465"])),
        ("state_getStorageHash", json!(["0x3a636f6465"])),
        ("state_getStorageSize", json!(["0x3a636f6465"])),
        ("state_queryStorageAt", json!([["0x3a636f6465"]])),
        ("system_accountNextIndex", json!([officer])),
        ("system_chain", json!([])),
        ("system_chainType", json!([])),
        ("system_health", json!([])),
        ("system_localListenAddresses", json!([])),
        ("system_localPeerId", json!([])),
        ("system_name", json!([])),
        ("system_nodeRoles", json!([])),
        ("system_peers", json!([])),
        ("system_properties", json!([])),
        ("system_syncState", json!([])),
        ("system_version", json!([])),
    ]
}

/// Not asked: without a decision point it is refused, and `decision.rs` asks it with one.
const ASKED_ELSEWHERE: [&str; 1] = ["decision_check"];

/// Something of everything.
fn story() -> Chain {
    let mut chain = with_events();
    let expires = Moment::new(chain.moment + 86_400_000);
    chain.act("head", Call::propose(&ProposalTerms { action: Action::CancelUpgrade, expires, enact_at: None }));
    let matter = Matter { entry: ENTRY, request: Some(REQUEST), grant: Some(GRANT) };
    chain.act("consumer-officer", Call::open_dispute(&matter, PROVIDER, &text("擅自增设条件"), None));
    let standard =
        ElementStandard {
            name: text("信用代码"), standard: text("GB 32100-2015"), published: text("市级数据元目录")
        };
    chain.act("supervisor", Call::register_element(&text("DE00011"), &standard));
    chain.act("admin", Call::register_system(PROVIDER, SystemKind::Source, &text("civil-db"), &text("民政业务库")));
    chain.act("reviewer", Call::certify_source(SystemId::new(3)));
    let mount = Mount {
        method: Method::File,
        address: text("civil/organisations"),
        fingerprint: [5; 32],
        platforms: vec![GATEWAY].try_into().unwrap(),
    };
    chain.act("cataloguer", Call::mount_entry(ENTRY, &mount).unwrap());
    chain
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_what_the_description_says() {
    let chain = story();
    let server = chain.serve().await;
    let client = server.http();
    let document = read("openrpc.json");
    let found: Value =
        client.request("records_list", (json!({"kind": "batch_accepted"}), Value::Null, 1)).await.unwrap();
    let (batch, extrinsic) = (&found["rows"][0]["number"], &found["rows"][0]["extrinsic"]);
    let (mut examples, mut wrong) = (Map::new(), Vec::new());
    for (name, mut params) in questions() {
        for param in params.as_array_mut().unwrap() {
            match param.as_str() {
                Some("BATCH") => *param = batch.clone(),
                Some("EXTRINSIC") => *param = extrinsic.clone(),
                _ => {}
            }
        }
        let method = document["methods"].as_array().unwrap().iter().find(|method| method["name"] == name);
        let Some(method) = method else { panic!("{name} is not described: is openrpc.json fresh?") };
        let given = params.as_array().unwrap().clone();
        for (param, value) in method["params"].as_array().unwrap().iter().zip(&given) {
            check(&document, &param["schema"], value, &format!("{name}({})", param["name"]), &mut wrong);
        }
        let answer: Result<Value, Error> = client.request(name, given.clone()).await;
        let answer = answer.unwrap_or_else(|error| panic!("{name}({params}): {error}"));
        check(&document, &method["result"]["schema"], &answer, name, &mut wrong);
        let mut example = json!({"params": params});
        if answer.to_string().len() <= EXAMPLE_BYTES_MAX {
            example["result"] = answer;
        }
        examples.entry(name).or_insert(example);
    }
    assert!(wrong.is_empty(), "answers are not as described:\n{}", wrong.join("\n"));
    if std::env::var("MULU_OPENRPC").is_ok_and(|word| word == "rewrite") {
        let text = serde_json::to_string_pretty(&examples).unwrap() + "\n";
        fs::write(file("examples.json"), text).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_describes_every_method_that_it_has_and_no_other() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let client = server.http();
    let served: Value = client.request("rpc.discover", jsonrpsee::rpc_params![]).await.unwrap();
    assert_eq!(served, read("openrpc.json"));
    let methods: Value = client.request("rpc_methods", jsonrpsee::rpc_params![]).await.unwrap();
    let names: BTreeSet<String> = serde_json::from_value(methods["methods"].clone()).unwrap();
    let mut described = BTreeSet::new();
    for method in served["methods"].as_array().unwrap() {
        described.insert(method["name"].as_str().unwrap().to_owned());
        let aliases = method["x-aliases"].as_array().cloned().unwrap_or_default();
        described.extend(aliases.iter().map(|alias| alias.as_str().unwrap().to_owned()));
        if let Some(name) = method["x-subscription"]["unsubscribe"].as_str() {
            described.insert(name.to_owned());
        }
    }
    let is_unsubscribe_alias = |name: &&String| name.contains("nsubscribe");
    let missing: Vec<&String> = names.difference(&described).filter(|name| !is_unsubscribe_alias(name)).collect();
    assert!(missing.is_empty(), "not described: {missing:?}; rewrite openrpc.json");
    let gone: Vec<&String> = described.difference(&names).collect();
    assert!(gone.is_empty(), "described and not there: {gone:?}");
    let asked: BTreeSet<&str> = questions().into_iter().map(|(name, _)| name).collect();
    let own = ["access", "calendar", "catalog", "deadlines", "decision", "departments", "elements", "evidence"]
        .into_iter()
        .chain(["governance", "mounts", "node", "oversight", "records", "sharing", "stats"]);
    let own: BTreeSet<&str> = own.collect();
    for name in names.iter().filter(|name| own.contains(name.split('_').next().unwrap())) {
        let is_asked = asked.contains(name.as_str()) || ASKED_ELSEWHERE.contains(&name.as_str());
        let is_asked = is_asked || name.ends_with("subscribe");
        assert!(is_asked, "{name} is not asked here: add a question");
    }
}

/// Holds a value against a schema, as far as the generator writes schemas. Members that an object's schema does not name are wrong.
fn check(document: &Value, schema: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
    if let Some(path) = schema["$ref"].as_str() {
        let name = path.rsplit('/').next().unwrap();
        return check(document, &document["components"]["schemas"][name], value, at, wrong);
    }
    if schema.is_null() {
        wrong.push(format!("{at}: no schema"));
    }
    let alternatives =
        schema["anyOf"].as_array().map(|any| (any, 1)).or(schema["oneOf"].as_array().map(|one| (one, 2)));
    if let Some((alternatives, _)) = alternatives {
        let fits = |schema: &Value| {
            let mut wrong = Vec::new();
            check(document, schema, value, at, &mut wrong);
            wrong
        };
        let attempts: Vec<Vec<String>> = alternatives.iter().map(fits).collect();
        if !attempts.iter().any(Vec::is_empty) {
            // The attempt that came furthest says most.
            let best =
                attempts.into_iter().max_by_key(|attempt| attempt.iter().map(String::len).max()).unwrap_or_default();
            wrong.push(format!("{at}: {value} is none of what it may be ({})", best.join("; ")));
        }
        return;
    }
    if let Some(constant) = schema.get("const")
        && constant != value
    {
        wrong.push(format!("{at}: {value} is not {constant}"));
    }
    if let Some(list) = schema["enum"].as_array()
        && !list.contains(value)
    {
        wrong.push(format!("{at}: {value} is not in the list"));
    }
    let is_type = match schema["type"].as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        Some("integer") => value.is_u64() || value.is_i64(),
        Some(other) => panic!("{at}: nothing is known of the type {other}"),
        None => true,
    };
    if !is_type {
        wrong.push(format!("{at}: {value} is no {}", schema["type"]));
        return;
    }
    match value {
        Value::Object(members) => check_object(document, schema, members, at, wrong),
        Value::Array(items) => check_array(document, schema, items, at, wrong),
        Value::String(text) => check_text(schema, text, at, wrong),
        Value::Number(number) => {
            let most = schema["maximum"].as_u64();
            if most.is_some_and(|most| number.as_u64().is_none_or(|number| number > most)) {
                wrong.push(format!("{at}: {number} is out of bounds"));
            }
        }
        _ => {}
    }
}

fn check_object(document: &Value, schema: &Value, members: &Map<String, Value>, at: &str, wrong: &mut Vec<String>) {
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !members.contains_key(name) {
            wrong.push(format!("{at}: {name} is missing"));
        }
    }
    let Some(properties) = schema["properties"].as_object() else { return };
    let is_foreign = schema["additionalProperties"].is_null() && schema["description"].is_null();
    for (name, member) in members {
        match properties.get(name) {
            Some(schema) => check(document, schema, member, &format!("{at}.{name}"), wrong),
            None if is_foreign => {}
            None => wrong.push(format!("{at}: nobody described {name}")),
        }
    }
}

fn check_array(document: &Value, schema: &Value, items: &[Value], at: &str, wrong: &mut Vec<String>) {
    let count = items.len() as u64;
    let too_few = schema["minItems"].as_u64().is_some_and(|least| count < least);
    if too_few || schema["maxItems"].as_u64().is_some_and(|most| count > most) {
        wrong.push(format!("{at}: {count} items"));
    }
    for (place, item) in items.iter().enumerate() {
        let of = if schema["prefixItems"].is_array() { &schema["prefixItems"][place] } else { &schema["items"] };
        if !of.is_null() {
            check(document, of, item, &format!("{at}[{place}]"), wrong);
        }
    }
}

/// Lengths, and of patterns those that the generator writes: classes of characters with a count.
fn check_text(schema: &Value, text: &str, at: &str, wrong: &mut Vec<String>) {
    if schema["maxLength"].as_u64().is_some_and(|most| text.len() as u64 > most) {
        wrong.push(format!("{at}: longer than its bound"));
    }
    let Some(pattern) = schema["pattern"].as_str() else { return };
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let count = pattern.split_once("[0-9a-fA-F]{").and_then(|(_, rest)| rest.split('}').next()?.parse::<usize>().ok());
    let holds = match (pattern.contains("[0-9a-fA-F]"), count) {
        (true, Some(2)) => {
            is_hex && digits.len().is_multiple_of(2) && (text.len() > digits.len() || !pattern.starts_with("^0x"))
        }
        (true, Some(count)) => is_hex && digits.len() == count,
        (true, None) => is_hex,
        (false, _) => !text.is_empty() || pattern.contains("{0,"),
    };
    if !holds {
        wrong.push(format!("{at}: {text:?} is not of the form {pattern}"));
    }
}

#[test]
fn what_is_not_as_described_is_found() {
    let document = read("openrpc.json");
    let wrong_of = |name: &str, value: Value| {
        let mut wrong = Vec::new();
        check(&document, &json!({"$ref": format!("#/components/schemas/{name}")}), &value, "it", &mut wrong);
        wrong.join("; ")
    };
    let good = json!({"height": 1, "hash": "ab".repeat(32)});
    assert_eq!(wrong_of("BlockRef", good.clone()), "");
    for (member, value, says) in [
        ("hash", json!("ab"), "is not of the form"),
        ("height", json!("1"), "is no"),
        ("height", json!(4_294_967_296_u64), "out of bounds"),
        ("height", Value::Null, "is no"),
        ("more", json!(1), "nobody described more"),
    ] {
        let mut bad = good.clone();
        bad[member] = value;
        let found = wrong_of("BlockRef", bad);
        assert!(found.contains(says), "{member}: {found}");
    }
    assert!(wrong_of("BlockRef", json!({"height": 1})).contains("hash is missing"));
    assert!(wrong_of("RecordKind", json!("nothing_happened")).contains("none of what it may be"));
    assert!(wrong_of("RecordsOf", json!({"grant": 1, "entry": 2})).contains("none of what it may be"));
    assert_eq!(wrong_of("RecordsOf", json!({"grant": 1})), "");
}
