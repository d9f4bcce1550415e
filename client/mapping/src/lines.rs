//! Bytes that become records: a JSON value, or a line of the combined log.

use crate::record::{Poison, Record};
use mulu_client::import::combined_log;
use serde_json::{Value, json};

/// Longest record, in bytes.
pub const RECORD_BYTES_MAX: usize = 256 * 1024;

/// How the records of a source are written where it sends text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Lines {
    /// One JSON object each.
    #[default]
    Json,
    /// Common and combined log of Apache and nginx.
    Combined,
}

impl Lines {
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "json" => Some(Self::Json),
            "combined" => Some(Self::Combined),
            _ => None,
        }
    }

    /// Reads a record; what it is called is for its source to say.
    ///
    /// # Errors
    /// [`Poison`] if it is too long or not of the form: `too_long`, `not_json`, `not_utf8`, `not_combined`, `bad_time`.
    pub fn record(self, raw: Vec<u8>) -> Result<Record, Poison> {
        if raw.len() > RECORD_BYTES_MAX {
            let detail = format!("a record has at most {RECORD_BYTES_MAX} bytes, this one has {}", raw.len());
            return Err(Poison { reason: "too_long", detail, raw });
        }
        let value = match self {
            Self::Json => {
                json_of(&raw).map_err(|error| ("not_json", format!("no JSON from column {} on", error.column())))
            }
            Self::Combined => combined_log::read(&raw)
                .map(|request| of_request(&request, &raw))
                .map_err(|rejected| (rejected.code(), rejected.to_string())),
        };
        match value {
            Ok(value) => Ok(Record::new(value, raw)),
            Err((reason, detail)) => Err(Poison { reason, detail, raw }),
        }
    }
}

/// JSON in which bytes that are no UTF-8 stand as U+FFFD: gateways write paths and headers as their callers sent them, and no caller keeps
/// its call away by a byte.
///
/// # Errors
/// What else keeps it from being JSON.
pub fn json_of(bytes: &[u8]) -> Result<Value, serde_json::Error> {
    serde_json::from_slice(bytes).or_else(|error| match std::str::from_utf8(bytes) {
        Ok(_) => Err(error),
        Err(_) => serde_json::from_str(&String::from_utf8_lossy(bytes)),
    })
}

/// A line of the combined log under names; `last_quoted` is the request id where the format has one there.
fn of_request(request: &combined_log::Request<'_>, line: &[u8]) -> Value {
    json!({
        "address": request.address,
        "user": request.user,
        "time": request.time,
        "method": request.method,
        "path": request.path,
        "status": request.status,
        "bytes": request.bytes,
        "last_quoted": combined_log::last_quoted(line),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;

    #[test]
    fn bytes_of_a_caller_that_are_no_text_do_not_make_a_line_unreadable() {
        let record = Lines::Json.record(b"{\"uri\":\"/a\xff\xfeb\",\"status\":200}".to_vec()).unwrap();
        assert_eq!(record.value, json!({ "uri": "/a\u{fffd}\u{fffd}b", "status": 200 }));
        assert!(record.raw.contains(&0xff), "the bytes stay as they came");
        assert_eq!(Lines::Json.record(b"{\"uri\":\"\xff".to_vec()).unwrap_err().reason, "not_json");
    }

    #[test]
    fn a_line_of_the_combined_log_gets_names() {
        let line =
            br#"203.0.113.9 - alice [17/May/2015:10:05:03 +0000] "GET /a/x?q=1 HTTP/1.1" 403 7 "-" "agent" "r-1""#;
        let record = Lines::Combined.record(line.to_vec()).unwrap();
        let expected = json!({
            "address": "203.0.113.9", "user": "alice", "time": 1_431_857_103_000_u64, "method": "GET", "path": "/a/x?q=1",
            "status": 403, "bytes": 7, "last_quoted": "r-1",
        });
        assert_eq!((record.value, record.id, &record.raw[..]), (expected, None, &line[..]));
    }

    #[test]
    fn a_line_of_json_is_its_value() {
        assert_eq!(Lines::Json.record(b" {\"a\": 1} ".to_vec()).unwrap().value, json!({"a": 1}));
    }

    #[test]
    fn what_is_no_record_is_kept_and_told_without_its_bytes() {
        let reason = |lines: Lines, bytes: &[u8]| {
            let poison = lines.record(bytes.to_vec()).unwrap_err();
            assert_eq!(poison.raw, bytes);
            assert!(!poison.detail.contains("zhang") && !format!("{poison:?}").contains("zhang"));
            poison.reason
        };
        assert_eq!(reason(Lines::Json, b"{zhang"), "not_json");
        assert_eq!(reason(Lines::Json, b"{\"a\":1}{\"zhang\":2}"), "not_json");
        assert_eq!(reason(Lines::Json, &vec![b' '; RECORD_BYTES_MAX + 1]), "too_long");
        assert_eq!(reason(Lines::Combined, b"zhang"), "not_combined");
        assert_eq!(reason(Lines::Combined, &[0xff]), "not_utf8");
        let time = br#"zhang - - [31/Feb/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 1"#;
        assert_eq!(reason(Lines::Combined, time), "bad_time");
    }
}
