//! The fingerprint of a resource's schema, from what can be had of it.

use super::canonical;
use crate::{error::CatalogError, table::file};
use mulu_proofs::{
    hash::{self, DigestKind},
    ids::Digest32,
};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Largest description of a schema.
pub const SCHEMA_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Most columns.
const COLUMNS_MAX: usize = 4_096;

/// What a schema is described by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The first line of a CSV file: names of columns, in their order.
    Csv,
    /// A JSON schema.
    JsonSchema,
    /// Columns of a database table: CSV as `information_schema.columns` gives it.
    Table,
    /// One operation of an `OpenAPI` description in JSON.
    Openapi,
}

/// The fingerprint of what `bytes` describe; `operation` is the operation of an `OpenAPI` description, as `GET /persons/{id}`.
///
/// # Errors
/// [`CatalogError::Form`] if they describe no such thing.
pub fn fingerprint(kind: Kind, bytes: &[u8], operation: Option<&str>) -> Result<Digest32, CatalogError> {
    Ok(digest(&canonical_form(kind, bytes, operation)?))
}

/// The canonical form, for people who ask why two fingerprints differ.
///
/// # Errors
/// As [`fingerprint`].
pub fn canonical_form(kind: Kind, bytes: &[u8], operation: Option<&str>) -> Result<String, CatalogError> {
    // Of a data file only the beginning is needed; whoever reads it may stop there.
    if bytes.len() > SCHEMA_BYTES_MAX && kind != Kind::Csv {
        return Err(CatalogError::TooLarge { what: "the schema".into(), bytes_max: SCHEMA_BYTES_MAX });
    }
    let (word, value) = match kind {
        Kind::Csv => ("csv", csv_header(bytes)?),
        Kind::JsonSchema => ("json_schema", json_schema(bytes)?),
        Kind::Table => ("table", table(bytes)?),
        Kind::Openapi => ("openapi", openapi(bytes, operation)?),
    };
    Ok(format!("mulu schema 1 {word}\n{}", canonical::text(&value)))
}

fn digest(form: &str) -> Digest32 {
    hash::digest(DigestKind::Document, form.as_bytes())
}

fn form(why: impl Into<String>) -> CatalogError {
    CatalogError::form("the schema", why)
}

fn csv_header(bytes: &[u8]) -> Result<Value, CatalogError> {
    // The header may be followed by any amount of data.
    let end = bytes
        .iter()
        .take(SCHEMA_BYTES_MAX)
        .position(|byte| *byte == b'\n')
        .unwrap_or(bytes.len().min(SCHEMA_BYTES_MAX));
    let text = file::text("the first line", &bytes[..end])?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = reader.records().next().and_then(Result::ok).ok_or_else(|| form("there is no header"))?;
    let names: Vec<&str> = header.iter().collect();
    check_names(&names)?;
    Ok(json!(names))
}

fn check_names(names: &[&str]) -> Result<(), CatalogError> {
    if names.len() > COLUMNS_MAX {
        return Err(form(format!("it has more than {COLUMNS_MAX} columns")));
    }
    if names.iter().any(|name| name.is_empty()) {
        return Err(form("a column has no name"));
    }
    let distinct: BTreeSet<&str> = names.iter().copied().collect();
    if distinct.len() < names.len() {
        return Err(form("two columns have the same name"));
    }
    Ok(())
}

fn json_schema(bytes: &[u8]) -> Result<Value, CatalogError> {
    let value: Value = read(bytes)?;
    if !value.is_object() {
        return Err(form("it is no JSON schema: no object"));
    }
    // Definitions count where they are used.
    let mut whole = value.clone();
    if let Some(fields) = whole.as_object_mut() {
        fields.remove("$defs");
        fields.remove("definitions");
    }
    canonical::schema(&whole, &value)
}

fn read(bytes: &[u8]) -> Result<Value, CatalogError> {
    let text = file::text("the schema", bytes)?;
    serde_json::from_str(text)
        .map_err(|error| form(format!("line {} column {} is no JSON", error.line(), error.column())))
}

/// Columns sorted by name: a database gives them by name, not by place.
fn table(bytes: &[u8]) -> Result<Value, CatalogError> {
    let text = file::text("the table's columns", bytes)?;
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|_| form("there is no header"))?.clone();
    let place = |name: &str| header.iter().position(|column| column.eq_ignore_ascii_case(name));
    let needed = |name: &str| {
        place(name).ok_or_else(|| form(format!("the column {name} is missing; ask information_schema.columns for it")))
    };
    let (name_at, type_at) = (needed("column_name")?, needed("data_type")?);
    let facts = ["character_maximum_length", "numeric_precision", "numeric_scale", "is_nullable"]
        .map(|name| (name, place(name)));
    let mut columns = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|_| form("a line is no line of a CSV table"))?;
        if columns.len() == COLUMNS_MAX {
            return Err(form(format!("it has more than {COLUMNS_MAX} columns")));
        }
        let cell = |at: usize| record.get(at).unwrap_or("");
        let mut fields = Map::new();
        for (name, at) in facts {
            let said = at.map_or("", cell);
            if !said.is_empty() && !said.eq_ignore_ascii_case("null") {
                fields.insert(name.to_owned(), said.to_lowercase().into());
            }
        }
        let of = cell(type_at).split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        fields.insert("data_type".into(), of.into());
        fields.insert("column_name".into(), cell(name_at).into());
        columns.push((cell(name_at).to_owned(), Value::Object(fields)));
    }
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    check_names(&names)?;
    if columns.is_empty() {
        return Err(form("it has no columns; the table may not be there for this user"));
    }
    columns.sort_by(|(one, _), (other, _)| one.cmp(other));
    let value = Value::Array(columns.into_iter().map(|(_, column)| column).collect());
    canonical::schema(&value, &value)
}

/// Method, path, parameters and what goes in and out of one operation.
fn openapi(bytes: &[u8], operation: Option<&str>) -> Result<Value, CatalogError> {
    let root = read(bytes)?;
    let operation = operation.ok_or_else(|| form("which operation? as GET /persons/{id}"))?;
    let (method, path) = operation
        .trim()
        .split_once(' ')
        .ok_or_else(|| form("an operation is method and path, as GET /persons/{id}"))?;
    let (method, path) = (method.to_lowercase(), path.trim());
    let item = root["paths"].get(path).ok_or_else(|| form("it has no such path"))?;
    let found = item.get(&method).ok_or_else(|| form("the path has no such method"))?;
    // Parameters of the path hold for each of its operations; an operation's own of the same name and place wins.
    let own = found["parameters"].as_array().map_or(&[][..], Vec::as_slice);
    let shared = item["parameters"].as_array().map_or(&[][..], Vec::as_slice);
    let mut parameters = std::collections::BTreeMap::new();
    for parameter in own.iter().chain(shared) {
        let parameter = canonical::schema(parameter, &root)?;
        let key = (parameter["in"].to_string(), parameter["name"].to_string());
        parameters.entry(key).or_insert(parameter);
    }
    let part = |name: &str| found.get(name).map_or(Ok(Value::Null), |value| canonical::schema(value, &root));
    Ok(json!([method, path, parameters.into_values().collect::<Vec<_>>(), part("requestBody")?, part("responses")?]))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;

    fn of(kind: Kind, text: &str) -> Digest32 {
        fingerprint(kind, text.as_bytes(), None).unwrap()
    }

    fn why(kind: Kind, text: &str, operation: Option<&str>) -> String {
        fingerprint(kind, text.as_bytes(), operation).unwrap_err().to_string()
    }

    #[test]
    fn the_canonical_form_is_frozen() {
        let form = canonical_form(Kind::Csv, "\u{feff}\"a, b\" ,c\r\n1,2".as_bytes(), None).unwrap();
        assert_eq!(form, "mulu schema 1 csv\n[\"a, b\",\"c\"]");
        let table = "column_name,data_type,is_nullable\nID,  Character   Varying,NO\n";
        let form = canonical_form(Kind::Table, table.as_bytes(), None).unwrap();
        assert_eq!(
            form,
            "mulu schema 1 table\n[{\"column_name\":\"ID\",\"data_type\":\"character varying\",\"is_nullable\":\"no\"}]"
        );
        assert_eq!(
            hex::encode(of(Kind::Csv, "a,b")),
            hex::encode(hash::digest(DigestKind::Document, b"mulu schema 1 csv\n[\"a\",\"b\"]"))
        );
    }

    #[test]
    fn columns_of_a_file_have_an_order_and_those_of_a_table_have_none() {
        assert_ne!(of(Kind::Csv, "a,b\n"), of(Kind::Csv, "b,a\n"));
        assert_eq!(of(Kind::Csv, "a,b\n1,2\n"), of(Kind::Csv, "a,b"));
        let one = "table_name,column_name,data_type,character_maximum_length\nt,a,varchar,10\nt,b,date,\n";
        let other = "COLUMN_NAME,DATA_TYPE,CHARACTER_MAXIMUM_LENGTH\nb,DATE,NULL\na,VARCHAR,10\n";
        assert_eq!(of(Kind::Table, one), of(Kind::Table, other));
        assert_ne!(of(Kind::Table, one), of(Kind::Table, &one.replace("10", "11")));
    }

    #[test]
    fn a_schema_counts_with_the_definitions_that_it_uses() {
        let schema = |of: &str| {
            format!(
                r##"{{"properties":{{"a":{{"$ref":"#/$defs/n"}}}},"$defs":{{"n":{{"type":"{of}"}},"unused":{{}}}}}}"##
            )
        };
        assert_ne!(of(Kind::JsonSchema, &schema("string")), of(Kind::JsonSchema, &schema("integer")));
        assert_eq!(
            of(Kind::JsonSchema, &schema("string")),
            of(Kind::JsonSchema, r#"{"properties":{"a":{"type":"string"}}}"#)
        );
        // A name of its own is never the same as another kind's.
        assert_ne!(of(Kind::JsonSchema, "{}"), of(Kind::Csv, "{}"));
    }

    #[test]
    fn an_operation_counts_with_its_parameters_and_answers_alone() {
        let api = |maximum: u32, other: u32| {
            format!(
                r##"{{"openapi":"3.1.0","info":{{"version":"{other}"}},"paths":{{"/p/{{id}}":{{
                "parameters":[{{"in":"path","name":"id","schema":{{"type":"string"}}}},{{"$ref":"#/components/parameters/q"}}],
                "get":{{"summary":"s{other}","parameters":[{{"name":"q","in":"query","schema":{{"maximum":{maximum}}}}}],
                "responses":{{"200":{{"description":"d","content":{{"application/json":{{"schema":{{"type":"object"}}}}}}}}}}}},
                "post":{{"responses":{{"{other}":{{}}}}}}}}}},
                "components":{{"parameters":{{"q":{{"name":"q","in":"query","schema":{{"maximum":0}}}}}}}}}}"##
            )
        };
        let of = |text: String| fingerprint(Kind::Openapi, text.as_bytes(), Some("GET /p/{id}")).unwrap();
        assert_eq!(of(api(9, 201)), of(api(9, 202)));
        assert_ne!(of(api(9, 201)), of(api(10, 201)));
        let why = |operation| super::tests::why(Kind::Openapi, &api(9, 201), operation);
        assert!(why(None).contains("which operation"));
        assert!(why(Some("GET")).contains("method and path"));
        assert!(why(Some("GET /q")).contains("no such path"));
        assert!(why(Some("PUT /p/{id}")).contains("no such method"));
    }

    #[test]
    fn what_describes_no_schema_is_told() {
        assert!(why(Kind::Csv, "", None).contains("no header"));
        assert!(why(Kind::Csv, "a,,b", None).contains("no name"));
        assert!(why(Kind::Csv, "a,a", None).contains("same name"));
        assert!(why(Kind::Table, "data_type\n", None).contains("column_name is missing"));
        assert!(why(Kind::Table, "column_name,data_type\n", None).contains("no columns"));
        assert!(why(Kind::JsonSchema, "[]", None).contains("no object"));
        assert!(why(Kind::JsonSchema, "{", None).contains("no JSON"));
        let large = " ".repeat(SCHEMA_BYTES_MAX + 1);
        assert!(matches!(fingerprint(Kind::JsonSchema, large.as_bytes(), None), Err(CatalogError::TooLarge { .. })));
    }
}
