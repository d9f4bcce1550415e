//! `docs/rpc.md` and `docs/rpc-types.md`: the same description for people.

use crate::{
    errors::ErrorRow,
    methods::{Method, PAGE_BOUND},
    source::Sources,
};
use serde_json::Value;
use std::{collections::BTreeMap, fmt::Write};

/// Namespaces of what every Substrate client calls.
const SUBSTRATE: [&str; 7] = ["account", "author", "chain", "payment", "rpc", "state", "system"];

const INTRODUCTION: &str = "# JSON-RPC of a node

Generated from the traits in `rpc/api`, together with `rpc/api/openrpc.json`, which the node serves as `rpc.discover`; a test fails when they are not what the traits say. `MULU_OPENRPC=rewrite cargo test -p mulu-tests --test openrpc` writes them anew.

HTTP and WebSocket on one port. Parameters are given in order or by name; those with a question mark may be left out or `null`. In the ledger's own methods hashes, keys and bytes are hexadecimal without `0x`, and are taken with it; in Substrate's methods they have it. Types are in [rpc-types.md](rpc-types.md).

Every answer is given up after 20 seconds (error 6012) and has at most 20 MiB. Every list is a page of at most 500 rows, 2 MiB and two seconds: `next` is the cursor to go on with, `complete_to` the height up to which the answer is complete, and `cut` says why a page has fewer rows than were asked for though there may be more (`bytes`, `looked`, `time`). A cursor belongs to one method and one filter.

```json
{\"jsonrpc\": \"2.0\", \"id\": 1, \"method\": \"records_list\", \"params\": {\"of\": {\"grant\": 1}, \"limit\": 2}}
```
";

/// The page of methods.
pub fn methods(
    sources: &Sources,
    methods: &[Method],
    errors: &[ErrorRow],
    examples: &Value,
    names: &BTreeMap<String, String>,
) -> String {
    let mut page = INTRODUCTION.to_owned();
    let mut namespaces: BTreeMap<&str, Vec<&Method>> = BTreeMap::new();
    for method in methods {
        namespaces.entry(method.namespace()).or_default().push(method);
    }
    let (substrate, own): (Vec<_>, Vec<_>) = namespaces.into_iter().partition(|(name, _)| SUBSTRATE.contains(name));
    page.push_str("\n# The ledger's own methods\n");
    for (name, methods) in own {
        namespace(&mut page, sources, name, &methods, examples, names);
    }
    page.push_str("\n# What every Substrate client calls\n");
    for (name, methods) in substrate {
        namespace(&mut page, sources, name, &methods, examples, names);
    }
    page.push_str("\n# Errors\n\nCodes are stable: none is ever given another meaning.\n\n| code | meaning | what to do |\n| --- | --- | --- |\n");
    for ErrorRow { codes, meaning, way_out } in errors {
        writeln!(page, "| {codes} | {meaning} | {way_out} |").unwrap();
    }
    page
}

fn namespace(
    page: &mut String,
    sources: &Sources,
    name: &str,
    methods: &[&Method],
    examples: &Value,
    names: &BTreeMap<String, String>,
) {
    let module = sources.of_api().find(|(path, _)| path.len() == 2 && path[1] == name).map(|(_, module)| &module.docs);
    let says = module.and_then(|docs| docs.split_once(": ")).map(|(_, says)| says.split("\n\n").next().unwrap());
    writeln!(page, "\n## {name}_\n").unwrap();
    if let Some(says) = says {
        writeln!(page, "{}\n", capital(says)).unwrap();
    }
    page.push_str("| method | what it does | parameters | answer | bound |\n| --- | --- | --- | --- | --- |\n");
    for method in methods {
        let parameters: Vec<String> = method
            .parameters
            .iter()
            .map(|parameter| {
                let mark = if parameter.is_needed { "" } else { "?" };
                let name = parameter.of.name.strip_suffix(" or null").unwrap_or(&parameter.of.name);
                format!("`{}`{mark} {}", parameter.name, linked(name, &parameter.of.schema, names))
            })
            .collect();
        let mut answer = linked(&method.answer.name, &method.answer.schema, names);
        if let Some(subscription) = &method.subscription {
            answer = format!(
                "subscription; `{}` with {answer}, until `{}`",
                subscription.notification, subscription.unsubscribe
            );
        }
        let mut docs = method.docs.replace('\n', " ");
        if !method.aliases.is_empty() {
            let aliases: Vec<String> = method.aliases.iter().map(|alias| format!("`{alias}`")).collect();
            write!(docs, " Also {}.", aliases.join(", ")).unwrap();
        }
        let bound = method.bound.as_deref().map_or("", |bound| if bound == PAGE_BOUND { "a page" } else { bound });
        let cells = [&format!("`{}`", method.name), &docs, &parameters.join(", "), &answer, bound];
        writeln!(page, "| {} |", cells.map(|cell| cell.replace('|', "\\|")).join(" | ")).unwrap();
    }
    let shown: Vec<String> = methods
        .iter()
        .filter_map(|method| {
            let params = examples.get(&method.name)?.get("params")?;
            Some(format!("{{\"method\": \"{}\", \"params\": {params}}}", method.name))
        })
        .collect();
    if !shown.is_empty() {
        writeln!(page, "\n```json\n{}\n```", shown.join("\n")).unwrap();
    }
}

/// The name, as a link to the type that it names.
fn linked(name: &str, schema: &Value, names: &BTreeMap<String, String>) -> String {
    match reference(schema, names) {
        Some(target) => format!("[{name}](rpc-types.md#{})", target.to_ascii_lowercase()),
        None => name.to_owned(),
    }
}

/// The one type of ours in a schema.
fn reference<'a>(schema: &Value, names: &'a BTreeMap<String, String>) -> Option<&'a String> {
    match schema {
        Value::Object(map) => match map.get("$ref").and_then(Value::as_str) {
            Some(path) => names.get(path.strip_prefix("#/components/schemas/")?),
            None => map.values().find_map(|value| reference(value, names)),
        },
        Value::Array(list) => list.iter().find_map(|value| reference(value, names)),
        _ => None,
    }
}

/// The page of types.
pub fn types(schemas: &BTreeMap<String, Value>) -> String {
    let mut page =
        "# Types of the JSON-RPC\n\nWhat stands in parameters and answers of [rpc.md](rpc.md). Generated with it.\n"
            .to_owned();
    for (name, schema) in schemas {
        writeln!(page, "\n## {name}\n").unwrap();
        if let Some(text) = schema["description"].as_str() {
            writeln!(page, "{text}\n").unwrap();
        }
        match (schema["properties"].as_object(), schema["oneOf"].as_array()) {
            (Some(properties), _) => fields(&mut page, properties, schema),
            (None, Some(variants)) => {
                for variant in variants {
                    let text = variant["description"].as_str().unwrap_or("");
                    writeln!(page, "- {}: {text}", short(variant)).unwrap();
                }
            }
            (None, None) => writeln!(page, "{}", short(schema)).unwrap(),
        }
    }
    page
}

fn fields(page: &mut String, properties: &serde_json::Map<String, Value>, schema: &Value) {
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    for (name, property) in properties {
        let mark = if required.contains(&Value::String(name.clone())) { "" } else { "?" };
        let text = property["description"].as_str().unwrap_or("");
        writeln!(page, "- `{name}`{mark} {}: {text}", short(property)).unwrap();
    }
}

/// A schema in a few words.
fn short(schema: &Value) -> String {
    if let Some(path) = schema["$ref"].as_str() {
        let name = path.rsplit('/').next().unwrap();
        return format!("[{name}](#{})", name.to_ascii_lowercase());
    }
    if let Some(value) = schema.get("const") {
        return format!("`{value}`");
    }
    if let Some(values) = schema["enum"].as_array() {
        return values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ");
    }
    if let Some(any) = schema["anyOf"].as_array().or(schema["oneOf"].as_array()) {
        return any.iter().map(short).collect::<Vec<_>>().join(" or ");
    }
    match schema["type"].as_str() {
        Some("object") => match schema["properties"].as_object() {
            Some(properties) => {
                let of: Vec<String> = properties.iter().map(|(name, of)| format!("`{name}`: {}", short(of))).collect();
                format!("{{{}}}", of.join(", "))
            }
            None => "object".into(),
        },
        Some("array") => match (schema["prefixItems"].as_array(), schema.get("items")) {
            (Some(items), _) => format!("\\[{}\\]", items.iter().map(short).collect::<Vec<_>>().join(", ")),
            (None, Some(items)) => format!("list of {}", short(items)),
            (None, None) => "list".into(),
        },
        Some("string") => schema["pattern"].as_str().map_or("string".into(), |pattern| format!("string `{pattern}`")),
        Some(other) => other.into(),
        None => "anything".into(),
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
