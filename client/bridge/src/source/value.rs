//! Bytes that a source finds in one place, as records: an object is one, an array holds several, a line is one of a text mapping.

use mulu_mapping::{Lines, Poison, Record, json_of};
use serde_json::Value;

/// Longest record that is read, in bytes.
pub const RECORD_BYTES_MAX: usize = 256 * 1024;
/// Longest array of records, in bytes.
pub const ARRAY_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What is kept of bytes that are no record.
pub fn poison(reason: &'static str, detail: impl Into<String>, raw: &[u8]) -> Poison {
    Poison { reason, detail: detail.into(), raw: raw[..raw.len().min(RECORD_BYTES_MAX)].to_vec() }
}

/// Checks that a record is not over its bound.
///
/// # Errors
/// [`Poison`] with its first bytes.
pub fn bounded(bytes: &[u8]) -> Result<(), Poison> {
    if bytes.len() <= RECORD_BYTES_MAX {
        return Ok(());
    }
    let detail =
        format!("a record of {} bytes, at most {RECORD_BYTES_MAX} are read; its first bytes are kept", bytes.len());
    Err(poison("too_large", detail, bytes))
}

/// Reads JSON of any kind.
///
/// # Errors
/// [`Poison`] that says where it ends to be JSON.
pub fn value(bytes: &[u8]) -> Result<Value, Poison> {
    json_of(bytes).map_err(|error| {
        let detail = format!("no JSON from line {}, column {} on", error.line(), error.column());
        poison("not_json", detail, bytes)
    })
}

/// The records of a text: an object, an array of objects, or what else the mapping reads.
pub fn records(lines: Lines, bytes: &[u8]) -> Vec<Result<Record, Poison>> {
    if lines != Lines::Json {
        return vec![bounded(bytes).and_then(|()| lines.record(bytes.to_vec()))];
    }
    let is_array = bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    if !is_array || bytes.len() > ARRAY_BYTES_MAX {
        return vec![bounded(bytes).and_then(|()| value(bytes)).and_then(|value| of(value, bytes.to_vec()))];
    }
    match value(bytes) {
        Ok(Value::Array(values)) => values
            .into_iter()
            .map(|value| {
                let raw = value.to_string().into_bytes();
                bounded(&raw).and_then(|()| of(value, raw))
            })
            .collect(),
        Ok(other) => vec![of(other, bytes.to_vec())],
        Err(poison) => vec![Err(poison)],
    }
}

/// A record of a value, if it is an object.
fn of(value: Value, raw: Vec<u8>) -> Result<Record, Poison> {
    if !value.is_object() {
        return Err(poison("not_object", "a record is a JSON object with fields", &raw));
    }
    Ok(Record { id: event_id(&value), ..Record::new(value, raw) })
}

/// What a CloudEvent is called: its source and its id, which name it together.
pub fn event_id(event: &Value) -> Option<String> {
    event.get("specversion")?;
    let text = |name| event.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    Some(Value::from(vec![text("source")?, text("id")?]).to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use serde_json::json;

    #[test]
    fn whitespace_around_a_record_changes_nothing() {
        let records = records(Lines::Json, b" \n{\"a\":1}\n");
        assert_eq!(records.into_iter().map(|record| record.unwrap().value).collect::<Vec<_>>(), [json!({"a": 1})]);
        assert!(super::records(Lines::Json, b" [ ] ").is_empty());
    }

    #[test]
    fn a_record_over_the_bound_is_poison_with_its_first_bytes() {
        let long = format!("{{\"a\":\"{}\"}}", "x".repeat(RECORD_BYTES_MAX));
        for text in [long.clone(), format!("[{long},{{\"a\":1}}]")] {
            let records = records(Lines::Json, text.as_bytes());
            let poison = records[0].as_ref().unwrap_err();
            assert_eq!((poison.reason, poison.raw.len()), ("too_large", RECORD_BYTES_MAX));
            assert!(records.iter().skip(1).all(Result::is_ok), "its neighbours are read");
        }
        let exact = format!("{{\"a\":\"{}\"}}", "x".repeat(RECORD_BYTES_MAX - 8));
        assert_eq!(exact.len(), RECORD_BYTES_MAX);
        assert!(records(Lines::Json, exact.as_bytes())[0].is_ok());
    }

    #[test]
    fn an_array_over_its_bound_is_not_even_parsed() {
        let text = format!("[{}1]", "1,".repeat(ARRAY_BYTES_MAX / 2));
        assert_eq!(records(Lines::Json, text.as_bytes())[0].as_ref().unwrap_err().reason, "too_large");
    }

    #[test]
    fn words_of_poison_say_where_and_never_what() {
        let poison = value(b"{\"name\":\n\"Zhang San\" oops}").unwrap_err();
        assert_eq!(poison.detail, "no JSON from line 2, column 13 on");
        assert_eq!(records(Lines::Json, b"17")[0].as_ref().unwrap_err().reason, "not_object");
        assert_eq!(records(Lines::Json, b"")[0].as_ref().unwrap_err().reason, "not_json");
    }

    #[test]
    fn a_text_mapping_reads_the_whole_value_as_a_line() {
        let line = br#"203.0.113.9 - - [17/May/2015:10:05:03 +0000] "GET /a HTTP/1.1" 200 7"#;
        let found = records(Lines::Combined, line);
        assert_eq!(found[0].as_ref().unwrap().value["status"], 200);
        assert_eq!(records(Lines::Combined, b"[1]")[0].as_ref().unwrap_err().reason, "not_combined");
    }

    #[test]
    fn only_a_whole_cloud_event_has_an_id() {
        assert_eq!(event_id(&json!({"specversion": "1.0", "source": "/a", "id": "7"})).unwrap(), r#"["/a","7"]"#);
        for none in [
            json!({"source": "/a", "id": "7"}),
            json!({"specversion": "1.0", "source": "", "id": "7"}),
            json!({"specversion": "1.0", "source": "/a", "id": 7}),
        ] {
            assert_eq!(event_id(&none), None, "{none}");
        }
    }
}
