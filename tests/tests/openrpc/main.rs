//! The description of the RPC is generated from its traits and types: `rpc/api/openrpc.json`, `docs/rpc.md`, `docs/rpc-types.md`.
//!
//! `MULU_OPENRPC=rewrite cargo test -p mulu-tests --test openrpc` writes them anew. Examples come from `rpc/api/examples.json`, which the
//! server's own test writes from a chain full of acts (`MULU_OPENRPC=rewrite cargo test -p mulu-rpc --test rpc described`); that test also
//! holds real answers against the schemas.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod errors;
mod methods;
mod page;
mod schema;
mod source;

use methods::Method;
use serde_json::{Value, json};
use source::Sources;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// Everything that is generated.
struct Description {
    methods: Vec<Method>,
    document: Value,
    page: String,
    types: String,
}

fn generate() -> Description {
    let sources = Sources::read(&root());
    let mut schemas = schema::Schemas::new(&sources);
    let methods = methods::read(&sources, &mut schemas);
    let (schemas, names) = schemas.named();
    let errors = errors::rows(&sources);
    let examples: Value = match fs::read_to_string(root().join("rpc/api/examples.json")) {
        Ok(text) => serde_json::from_str(&text).unwrap(),
        Err(_) => json!({}),
    };
    let shown: Vec<Value> = methods.iter().map(|method| method.shown(&names, examples.get(&method.name))).collect();
    let document = json!({
        "openrpc": "1.3.2",
        "info": {
            "title": "Mulu node",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "JSON-RPC over HTTP and WebSocket. Every answer is given up after 20 seconds and has at most 20 MiB; \
                            `x-bound` says more. Subscriptions: `x-subscription` has the method of the notifications and their form.",
        },
        "methods": shown,
        "components": {"schemas": schemas, "errors": errors::shown(&errors)},
    });
    let page = page::methods(&sources, &methods, &errors, &examples, &names);
    Description { types: page::types(&schemas), methods, document, page }
}

/// Compares a file with what belongs into it, or writes it.
fn keep(path: &str, text: &str, is_same: impl Fn(&str) -> bool) {
    let file = root().join(path);
    if std::env::var("MULU_OPENRPC").is_ok_and(|word| word == "rewrite") {
        fs::write(file, text).unwrap();
        return;
    }
    let found = fs::read_to_string(file).unwrap_or_default();
    assert!(
        is_same(&found),
        "{path} is not what the traits say: MULU_OPENRPC=rewrite cargo test -p mulu-tests --test openrpc"
    );
}

#[test]
fn the_description_is_what_the_traits_say() {
    let Description { document, page, types, .. } = generate();
    let text = serde_json::to_string_pretty(&document).unwrap() + "\n";
    assert!(text.len() < 2 * 1024 * 1024, "rpc.discover promises less than 2 MiB");
    // Not as text: the order of an object's members depends on who else is compiled.
    keep("rpc/api/openrpc.json", &text, |found| {
        serde_json::from_str::<Value>(found).is_ok_and(|found| found == document)
    });
    keep("docs/rpc.md", &page, |found| found == page);
    keep("docs/rpc-types.md", &types, |found| found == types);
}

#[test]
fn every_method_of_the_ledger_says_its_bound_and_every_method_what_it_does() {
    let own: BTreeSet<&str> = [
        "access",
        "calendar",
        "catalog",
        "deadlines",
        "decision",
        "departments",
        "elements",
        "evidence",
        "governance",
        "mounts",
        "node",
        "oversight",
        "records",
        "sharing",
        "stats",
    ]
    .into();
    let methods = generate().methods;
    for method in &methods {
        assert!(!method.docs.is_empty(), "{} says nothing of itself", method.name);
        assert!(
            method.bound.is_some() || !own.contains(method.namespace()),
            "{} has no bound: say `Bound: …` in a paragraph of its own (rows, bytes, time), or answer with a page",
            method.name
        );
    }
    assert!(methods.len() > 80, "only {} methods were found", methods.len());
}

#[test]
fn names_are_given_once_and_references_lead_somewhere() {
    let Description { methods, document, .. } = generate();
    let mut names: BTreeMap<&str, u32> = BTreeMap::new();
    for method in &methods {
        let all = method.aliases.iter().map(String::as_str).chain([method.name.as_str()]);
        all.for_each(|name| *names.entry(name).or_default() += 1);
    }
    assert_eq!(names.iter().find(|(_, count)| **count > 1), None);
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    for reference in &found {
        let name = reference.strip_prefix("#/components/schemas/").unwrap();
        assert!(schemas.contains_key(name), "{reference} leads nowhere");
    }
    assert!(found.len() > 80);
}

fn references(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            found.extend(map.get("$ref").and_then(Value::as_str).map(str::to_owned));
            map.values().for_each(|value| references(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

#[test]
fn the_schemas_are_those_of_serde() {
    let Description { document, .. } = generate();
    let schemas = &document["components"]["schemas"];
    let filter = &schemas["HistoryFilter"];
    assert_eq!(filter["required"], json!(["of"]));
    assert_eq!(filter["additionalProperties"], json!(false));
    assert_eq!(schemas["GrantId"]["type"], "integer");
    let kinds = schemas["RecordKind"]["oneOf"].as_array().unwrap();
    let kinds: Vec<Value> = kinds.iter().map(|kind| kind["const"].clone()).collect();
    let real = mulu_proofs::records::RecordKind::ALL.iter().map(|kind| serde_json::to_value(kind).unwrap());
    assert_eq!(kinds, real.collect::<Vec<_>>());
    // Flattened: the members of the department stand beside the others.
    let department = &schemas["Department"]["properties"];
    assert!(department.get("credit_code").is_some() && department.get("is_active").is_some());
    // Two types of one name are told apart by their modules.
    assert!(schemas.get("Deadline").is_none() && schemas.get("DeadlinesDeadline").is_some());
    let news =
        document["methods"].as_array().unwrap().iter().find(|method| method["name"] == "records_subscribe").unwrap();
    assert_eq!(news["x-subscription"]["notification"], "records_news");
    assert_eq!(news["x-subscription"]["unsubscribe"], "records_unsubscribe");
}
