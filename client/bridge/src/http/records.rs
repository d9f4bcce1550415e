//! From the pieces of a body to records, and what can be none.

use super::split::Piece;
use mulu_mapping::{Lines, Mapping, Poison, RECORD_BYTES_MAX, Record, json_of};
use serde_json::Value;

/// Most records in a body.
pub const RECORDS_MAX: usize = 100_000;

/// No JSON object, or one that breaks off.
pub const NOT_JSON: &str = "not_json";
/// Longer than a record may be.
pub const TOO_LONG: &str = "too_long";

/// Where forwarders put a line of text that they were given: Vector, Fluent Bit and those after them.
const WRAPPERS: [&str; 3] = ["message", "log", "body"];

/// Reads a piece as the source's mapping says that its records are written.
///
/// # Errors
/// [`Poison`] if it is none.
pub fn record(mapping: &Mapping, piece: Piece<'_>) -> Result<Record, Poison> {
    let text = match piece {
        Piece::Broken(text) if mapping.lines() == Lines::Json => {
            return Err(poison(NOT_JSON, "from here on there is no JSON object, or not its end", text));
        }
        Piece::Value(text) | Piece::Line(text) | Piece::Broken(text) => text,
    };
    let text = bounded(text)?;
    match (piece, mapping.lines()) {
        (Piece::Value(_), Lines::Combined) => match wrapped(text) {
            Some(line) => mapping.record(line.into_bytes()),
            None => mapping.record(text.to_vec()),
        },
        _ => mapping.record(text.to_vec()),
    }
}

/// The line of text in the JSON object that a forwarder made of it.
fn wrapped(text: &[u8]) -> Option<String> {
    let Value::Object(mut fields) = json_of(text).ok()? else { return None };
    WRAPPERS.iter().find_map(|name| match fields.remove(*name) {
        Some(Value::String(line)) => Some(line),
        _ => None,
    })
}

/// Bytes that are not longer than a record may be.
///
/// # Errors
/// [`Poison`] if they are.
pub fn bounded(raw: &[u8]) -> Result<&[u8], Poison> {
    if raw.len() <= RECORD_BYTES_MAX {
        return Ok(raw);
    }
    let detail = format!("{} bytes; a record has at most {RECORD_BYTES_MAX}, of which the first are kept", raw.len());
    Err(poison(TOO_LONG, detail, raw))
}

/// What can be no record, with as much of its bytes as is kept.
pub fn poison(reason: &'static str, detail: impl Into<String>, raw: &[u8]) -> Poison {
    Poison { reason, detail: detail.into(), raw: raw[..raw.len().min(RECORD_BYTES_MAX)].to_vec() }
}

/// A record of what was read already; its bytes are the JSON of it, which a mapping reads as it read the first.
pub fn of_value(id: Option<String>, value: Value) -> Record {
    let raw = value.to_string().into_bytes();
    Record { id, ..Record::new(value, raw) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;

    const LINE: &str = r#"203.0.113.9 - alice [17/May/2015:10:05:03 +0000] "GET /a/x HTTP/1.1" 403 7 "-" "agent""#;

    fn mapping(preset: &str) -> Mapping {
        Mapping::preset(preset).unwrap()
    }

    #[test]
    fn an_object_keeps_its_text() {
        let text = br#"{ "b": 1, "a": {} }"#;
        let read = record(&mapping("kong"), Piece::Value(text)).unwrap();
        assert_eq!((read.id, read.raw.as_slice(), &read.value["b"]), (None, &text[..], &Value::from(1)));
    }

    #[test]
    fn what_is_no_json_is_kept_whole() {
        for piece in [Piece::Broken(b"{\"a\":"), Piece::Line(b"{\"a\":"), Piece::Value(b"{\"a\":}")] {
            let broken = record(&mapping("kong"), piece).unwrap_err();
            assert_eq!(broken.reason, NOT_JSON, "{piece:?}");
            assert!(broken.raw.starts_with(b"{\"a\":"));
        }
        let deep = "[".repeat(500);
        assert_eq!(record(&mapping("kong"), Piece::Value(deep.as_bytes())).unwrap_err().reason, NOT_JSON);
    }

    #[test]
    fn a_line_of_text_is_read_bare_and_as_forwarders_wrap_it() {
        let combined = mapping("combined");
        let bare = record(&combined, Piece::Line(LINE.as_bytes())).unwrap();
        assert_eq!(bare.value["path"], "/a/x");
        for name in WRAPPERS {
            let wrapped = serde_json::json!({ "host": "gw-1", name: LINE }).to_string();
            assert_eq!(record(&combined, Piece::Value(wrapped.as_bytes())).unwrap(), bare, "{name}");
        }
        let nothing = record(&combined, Piece::Value(b"{\"message\":1}")).unwrap_err();
        assert_eq!((nothing.reason, nothing.raw), ("not_combined", b"{\"message\":1}".to_vec()));
    }

    #[test]
    fn a_record_that_is_too_long_is_kept_in_part() {
        let text = format!("{{\"a\":\"{}\"}}", "x".repeat(RECORD_BYTES_MAX));
        for piece in [Piece::Value(text.as_bytes()), Piece::Line(text.as_bytes())] {
            let poison = record(&mapping("kong"), piece).unwrap_err();
            assert_eq!((poison.reason, poison.raw.len()), (TOO_LONG, RECORD_BYTES_MAX));
            assert_eq!(poison.detail, "262152 bytes; a record has at most 262144, of which the first are kept");
        }
        let longest = format!("{{\"a\":\"{}\"}}", "x".repeat(RECORD_BYTES_MAX - 8));
        assert_eq!(record(&mapping("kong"), Piece::Value(longest.as_bytes())).unwrap().raw.len(), RECORD_BYTES_MAX);
    }
}
