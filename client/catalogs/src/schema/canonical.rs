//! JSON in one form: keys sorted, references followed, words for people left out.

use crate::error::CatalogError;
use serde_json::{Map, Value};

/// Deepest nesting, references counted in.
const DEPTH_MAX: usize = 48;
/// Most values of a schema once its references are followed: one that grows without end is refused.
const VALUES_MAX: usize = 200_000;
/// Keys that say something to people alone.
const WORDS: [&str; 16] = [
    "title",
    "description",
    "summary",
    "example",
    "examples",
    "default",
    "deprecated",
    "externalDocs",
    "tags",
    "operationId",
    "servers",
    "security",
    "callbacks",
    "$comment",
    "$id",
    "$schema",
];
/// Keys below which names are a schema's own, words for people among them.
const NAMED: [&str; 6] = ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "headers"];
/// Lists whose order says nothing.
const SETS: [&str; 3] = ["required", "enum", "type"];

/// A schema in one form; references lead into `root`.
///
/// # Errors
/// [`CatalogError::Form`]: a reference into another document, to nothing, or in a circle; a schema that is too deep or too large.
pub fn schema(value: &Value, root: &Value) -> Result<Value, CatalogError> {
    let mut values = 0;
    let walked = walk(value, root, &mut values, 0, false);
    walked.map_err(|why| CatalogError::form("the schema", why))
}

fn walk(value: &Value, root: &Value, values: &mut usize, depth: usize, is_named: bool) -> Result<Value, String> {
    *values += 1;
    if depth > DEPTH_MAX {
        return Err(format!(
            "it is nested more than {DEPTH_MAX} deep, or refers to itself; give the fingerprint of the part that is shared"
        ));
    }
    if *values > VALUES_MAX {
        return Err(format!("it has more than {VALUES_MAX} values once its references are followed"));
    }
    Ok(match value {
        Value::Object(fields) if !is_named && fields.contains_key("$ref") => {
            let reference = fields["$ref"].as_str().ok_or("a $ref is no text")?;
            let pointer =
                reference.strip_prefix('#').ok_or("a $ref leads into another document; put it into this one")?;
            let target = root.pointer(pointer).ok_or("a $ref leads to nothing")?;
            walk(target, root, values, depth + 1, false)?
        }
        Value::Object(fields) => {
            let mut kept: Vec<(&String, &Value)> = fields
                .iter()
                .filter(|(key, _)| is_named || !(WORDS.contains(&key.as_str()) || key.starts_with("x-")))
                .collect();
            // Not left to the map, which keeps the order of the file where a dependency asks for it.
            kept.sort_by_key(|(key, _)| *key);
            let mut sorted = Map::new();
            for (key, value) in kept {
                let names = !is_named && NAMED.contains(&key.as_str());
                let mut walked = walk(value, root, values, depth + 1, names)?;
                if !is_named && SETS.contains(&key.as_str()) {
                    walked = set(walked);
                }
                sorted.insert(key.clone(), walked);
            }
            Value::Object(sorted)
        }
        Value::Array(items) => {
            Value::Array(items.iter().map(|item| walk(item, root, values, depth + 1, false)).collect::<Result<_, _>>()?)
        }
        other => other.clone(),
    })
}

fn set(value: Value) -> Value {
    match value {
        Value::Array(mut values) => {
            values.sort_by_key(text);
            values.dedup();
            Value::Array(values)
        }
        other => other,
    }
}

/// The bytes of a value whose keys are sorted.
pub fn text(value: &Value) -> String {
    value.to_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use serde_json::json;

    fn of(value: &Value) -> String {
        text(&schema(value, value).unwrap())
    }

    #[test]
    fn order_and_words_for_people_do_not_count() {
        let one = json!({ "type": "object", "title": "T", "required": ["b", "a"], "properties": {
            "b": { "type": "string", "description": "d", "enum": ["y", "x"] }, "a": { "type": ["null", "integer"], "example": 3 } } });
        let other = json!({ "properties": { "a": { "type": ["integer", "null"] }, "b": { "enum": ["x", "y"], "type": "string", "x-note": 1 } },
            "required": ["a", "b"], "type": "object" });
        assert_eq!(of(&one), of(&other));
        let narrower = json!({ "properties": { "a": { "type": "integer" }, "b": { "enum": ["x", "y"], "type": "string" } },
            "required": ["a", "b"], "type": "object" });
        assert_ne!(of(&one), of(&narrower));
    }

    #[test]
    fn a_property_may_be_called_as_a_word_for_people() {
        let with = json!({ "properties": { "title": { "type": "string" }, "required": { "type": "string" } } });
        let without = json!({ "properties": { "required": { "type": "string" } } });
        assert_ne!(of(&with), of(&without));
    }

    #[test]
    fn references_are_followed_within_the_document() {
        let with = json!({ "$defs": { "n": { "type": "string" } }, "items": { "$ref": "#/$defs/n" } });
        let walked = schema(&with["items"], &with).unwrap();
        assert_eq!(walked, json!({ "type": "string" }));
        let why = |value: Value| schema(&value, &value).unwrap_err().to_string();
        assert!(why(json!({ "$ref": "other.json#/a" })).contains("another document"));
        assert!(why(json!({ "$ref": "#/a" })).contains("to nothing"));
        assert!(why(json!({ "a": { "$ref": "#" } })).contains("refers to itself"));
    }

    #[test]
    fn a_schema_that_grows_without_end_is_refused() {
        let mut defs = Map::new();
        for level in 0..24 {
            let next = json!({ "$ref": format!("#/$defs/l{}", level + 1) });
            defs.insert(format!("l{level}"), json!({ "allOf": [next.clone(), next] }));
        }
        defs.insert("l24".into(), json!({ "type": "string" }));
        let bomb = json!({ "$ref": "#/$defs/l0", "$defs": defs });
        let why = schema(&bomb, &bomb).unwrap_err().to_string();
        assert!(why.contains("more than"), "{why}");
    }
}
