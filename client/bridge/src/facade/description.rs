//! `GET /openapi.json`: what the façade takes and answers, for programs. `openapi.base.json` is written by hand; the ledger's own types are taken
//! from the description of the node's methods, so that they are never described twice.

use axum::{
    http::header,
    response::{IntoResponse, Response},
};

/// The description.
const OPENAPI: &str = include_str!("openapi.json");

/// `GET /api/v1/openapi.json`.
pub async fn read() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI).into_response()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use crate::facade::routes;
    use serde_json::{Map, Value};
    use std::{collections::BTreeSet, fs, path::Path};

    const SCHEMAS: &str = "#/components/schemas/";

    fn read_json(path: &str) -> Value {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
    }

    /// Names of the schemas that a value refers to.
    fn named(value: &Value, names: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => {
                let name = fields.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix(SCHEMAS));
                names.extend(name.map(str::to_owned));
                fields.values().for_each(|field| named(field, names));
            }
            Value::Array(values) => values.iter().for_each(|value| named(value, names)),
            _ => {}
        }
    }

    /// What is written by hand, with every schema of the ledger that it refers to.
    fn composed() -> Value {
        let mut document = read_json("src/facade/openapi.base.json");
        let ledger = read_json("../../rpc/api/openrpc.json")["components"]["schemas"].clone();
        let mut schemas: Map<String, Value> = document["components"]["schemas"].as_object().unwrap().clone();
        let mut names = BTreeSet::new();
        named(&document, &mut names);
        while let Some(name) = names.pop_first() {
            if !schemas.contains_key(&name) {
                let schema = ledger.get(&name).unwrap_or_else(|| panic!("nobody describes {name}"));
                named(schema, &mut names);
                schemas.insert(name, schema.clone());
            }
        }
        document["components"]["schemas"] = Value::Object(schemas);
        document
    }

    #[test]
    fn the_description_is_what_is_written_by_hand_with_the_ledgers_own_types() {
        let composed = composed();
        if std::env::var("MULU_OPENAPI").is_ok_and(|word| word == "rewrite") {
            let text = serde_json::to_string_pretty(&composed).unwrap() + "\n";
            return fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/facade/openapi.json"), text).unwrap();
        }
        let served: Value = serde_json::from_str(OPENAPI).unwrap();
        assert!(served == composed, "`MULU_OPENAPI=rewrite` writes openapi.json anew");
    }

    #[test]
    fn every_route_is_described_and_nothing_else() {
        let described: Value = serde_json::from_str(OPENAPI).unwrap();
        let described: BTreeSet<&str> = described["paths"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(described, routes().iter().map(|(path, _)| *path).collect());
    }
}
