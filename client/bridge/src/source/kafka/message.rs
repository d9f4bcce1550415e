//! What a message becomes: records, or what goes into the quarantine.
//!
//! A value is a JSON object, an array of them, or a CloudEvent: structured, or binary, whose attributes are headers `ce_…` and which is brought
//! into the structured form here.

use crate::source::value::{self, poison};
use base64::{Engine, engine::general_purpose::STANDARD};
use mulu_mapping::{Lines, Poison, Record};
use serde_json::{Map, Value};

const ATTRIBUTE: &str = "ce_";
const VERSION: &str = "ce_specversion";
const CONTENT_TYPE: &str = "content-type";

/// The parts of a message that are read.
#[derive(Clone, Debug, Default)]
pub struct Message<'a> {
    /// Its value; None for a tombstone.
    pub value: Option<&'a [u8]>,
    /// Its headers that are text, in their order.
    pub headers: Vec<(&'a str, &'a str)>,
}

impl Message<'_> {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }

    /// Its records, in order.
    pub fn records(&self, lines: Lines) -> Vec<Result<Record, Poison>> {
        let value = self.value.unwrap_or_default();
        if self.header(VERSION).is_some() {
            return vec![self.event(value)];
        }
        if value.is_empty() {
            return vec![Err(poison(
                "empty",
                "the message has no value: a mark that a key was deleted is no event",
                value,
            ))];
        }
        value::records(lines, value)
    }

    /// A CloudEvent in binary mode, as the structured one.
    fn event(&self, data: &[u8]) -> Result<Record, Poison> {
        value::bounded(data)?;
        let mut event = Map::new();
        for (key, text) in &self.headers {
            let name = key.get(..ATTRIBUTE.len()).filter(|start| start.eq_ignore_ascii_case(ATTRIBUTE));
            if name.is_some() {
                event.insert(key[ATTRIBUTE.len()..].to_ascii_lowercase(), Value::from(*text));
            }
        }
        let kind = self.header(CONTENT_TYPE);
        if let Some(kind) = kind {
            event.insert("datacontenttype".to_owned(), Value::from(kind));
        }
        if !data.is_empty() {
            let (name, value) = content(kind, data)?;
            event.insert(name.to_owned(), value);
        }
        let value = Value::Object(event);
        // What is kept of a poisoned one: the attributes belong to it.
        let raw = value.to_string().into_bytes();
        Ok(Record { id: value::event_id(&value), ..Record::new(value, raw) })
    }
}

/// Data of an event and the field that it belongs to.
fn content(kind: Option<&str>, data: &[u8]) -> Result<(&'static str, Value), Poison> {
    let kind = kind.unwrap_or("application/json").split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if kind.ends_with("/json") || kind.ends_with("+json") {
        return Ok(("data", value::value(data)?));
    }
    Ok(match std::str::from_utf8(data) {
        Ok(text) => ("data", Value::from(text)),
        Err(_) => ("data_base64", Value::from(STANDARD.encode(data))),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use serde_json::json;

    fn only(message: &Message<'_>) -> Result<Record, Poison> {
        let mut records = message.records(Lines::Json);
        assert_eq!(records.len(), 1);
        records.remove(0)
    }

    fn of(value: &[u8]) -> Message<'_> {
        Message { value: Some(value), headers: Vec::new() }
    }

    #[test]
    fn an_object_is_a_record_whose_place_tells_it_from_its_like() {
        let record = only(&of(br#"{"a":1}"#)).unwrap();
        assert_eq!((record.value, record.id, record.raw), (json!({"a": 1}), None, br#"{"a":1}"#.to_vec()));
    }

    #[test]
    fn an_array_is_several_and_one_that_is_bad_does_not_take_the_others_with_it() {
        let records = of(br#"[{"a":1},7,{"a":2}]"#).records(Lines::Json);
        assert_eq!(records.len(), 3);
        assert_eq!(records[0].as_ref().unwrap().value, json!({"a": 1}));
        assert_eq!(records[1].as_ref().unwrap_err().reason, "not_object");
        assert_eq!(records[2].as_ref().unwrap().value, json!({"a": 2}));
    }

    #[test]
    fn a_tombstone_and_an_empty_value_are_told_apart_from_events() {
        for message in [Message::default(), of(b"")] {
            let poison = only(&message).unwrap_err();
            assert_eq!(poison.reason, "empty");
        }
    }

    #[test]
    fn what_is_no_json_is_kept_as_it_came_and_not_repeated_in_words() {
        let poison = only(&of(b"Zhang San read it")).unwrap_err();
        assert_eq!((poison.reason, &poison.raw[..]), ("not_json", &b"Zhang San read it"[..]));
        assert!(!poison.detail.contains("Zhang"));
    }

    #[test]
    fn a_binary_event_is_the_structured_one() {
        let headers = vec![
            ("ce_specversion", "1.0"),
            ("CE_ID", "7"),
            ("ce_source", "/gateway/1"),
            ("ce_type", "access"),
            ("content-type", "application/json; charset=utf-8"),
            ("traceparent", "00-1"),
        ];
        let binary = only(&Message { value: Some(br#"{"time":1}"#), headers }).unwrap();
        let structured = br#"{"specversion":"1.0","id":"7","source":"/gateway/1","type":"access",
            "datacontenttype":"application/json; charset=utf-8","data":{"time":1}}"#;
        let structured = only(&of(structured)).unwrap();
        assert_eq!(binary.value, structured.value);
        assert_eq!(binary.id, structured.id);
        assert!(binary.id.is_some(), "a producer that sends it twice gives it the same id");
    }

    #[test]
    fn data_of_an_event_is_json_text_or_bytes_as_its_content_type_says() {
        let with = |kind, data| {
            let headers = vec![("ce_specversion", "1.0"), ("content-type", kind)];
            only(&Message { value: Some(data), headers }).map(|record| record.value)
        };
        assert_eq!(with("application/vnd.calls+json", b"[1]").unwrap()["data"], json!([1]));
        assert_eq!(with("text/plain", b"[1]").unwrap()["data"], json!("[1]"));
        assert_eq!(with("application/octet-stream", &[0xff, 0]).unwrap()["data_base64"], json!("/wA="));
        assert_eq!(with("application/json", b"[1").unwrap_err().reason, "not_json");
        let empty = only(&Message { value: None, headers: vec![("ce_specversion", "1.0")] }).unwrap();
        assert_eq!(empty.value, json!({"specversion": "1.0"}));
    }

    #[test]
    fn headers_that_only_begin_like_attributes_are_none() {
        let headers = vec![("ce_specversion", "1.0"), ("ce", "x"), ("c", "y"), ("证", "z")];
        let record = only(&Message { value: None, headers }).unwrap();
        assert_eq!(record.value, json!({"specversion": "1.0"}));
    }
}
