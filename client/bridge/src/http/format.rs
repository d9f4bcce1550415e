//! What a body is, by its headers, and the records that are in it.

use super::{
    answer::Problem,
    body::VALUES_BYTES_MAX,
    cloudevents, otlp,
    records::{self, RECORDS_MAX},
    split::{Otherwise, Piece, TooMuch, split},
};
use axum::http::{HeaderMap, StatusCode, header};
use mulu_mapping::{Lines, Mapping, Poison, Record};

/// Records of a body, and what can be none.
pub type Records = Vec<Result<Record, Poison>>;

/// What protobuf takes in memory when it is read, for each byte of it.
const PROTOBUF_GROWTH: usize = 6;

/// What a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// JSON objects in whatever way they are strung together, or lines of text.
    Plain(Otherwise),
    /// One CloudEvent, or several strung together.
    Structured,
    /// Data of a CloudEvent whose attributes are in headers.
    Binary,
    /// An OTLP request in protobuf.
    Protobuf,
    /// An OTLP request in JSON.
    OtlpJson,
}

impl Format {
    /// Of a body for `/ingest/{source}`.
    ///
    /// # Errors
    /// [`Problem`] 415 for what is known not to be read.
    pub fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        Ok(match essence(headers).as_str() {
            "application/cloudevents+json" | "application/cloudevents-batch+json" => Self::Structured,
            kind if kind.starts_with("application/cloudevents") => return Err(unread("send CloudEvents as JSON")),
            _ if cloudevents::is_binary(headers) => Self::Binary,
            "application/x-protobuf" | "application/protobuf" => Self::Protobuf,
            "application/msgpack" | "application/x-msgpack" | "application/vnd.msgpack" => {
                return Err(unread("MessagePack is not read; with Fluent Bit set `format json_lines`"));
            }
            "multipart/form-data" | "application/avro" => {
                return Err(unread("send JSON objects, one a line or as an array"));
            }
            kind if kind.starts_with("text/")
                || kind.contains("ndjson")
                || kind.contains("jsonl")
                || kind.contains("json-lines") =>
            {
                Self::Plain(Otherwise::Lines)
            }
            _ => Self::Plain(Otherwise::Whole),
        })
    }

    /// Of a body for `/v1/logs`.
    ///
    /// # Errors
    /// [`Problem`] 415 if it is neither protobuf nor JSON.
    pub fn of_logs(headers: &HeaderMap) -> Result<Self, Problem> {
        match essence(headers).as_str() {
            "application/x-protobuf" | "application/protobuf" => Ok(Self::Protobuf),
            "application/json" => Ok(Self::OtlpJson),
            _ => Err(unread("OTLP comes as application/x-protobuf or application/json")),
        }
    }

    /// Whether a body of no bytes says something.
    pub const fn may_be_empty(self) -> bool {
        matches!(self, Self::Binary | Self::Protobuf)
    }
}

/// The media type without its parameters.
fn essence(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn unread(message: &str) -> Problem {
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unknown_format", message)
}

impl From<TooMuch> for Problem {
    fn from(too_much: TooMuch) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", too_much.to_string())
    }
}

/// A body whose records are counted and whose cost is known, and of which nothing is read yet.
#[derive(Debug)]
pub struct Cut<'a> {
    format: Format,
    headers: &'a HeaderMap,
    body: &'a [u8],
    pieces: Vec<Piece<'a>>,
    /// What reading it takes in memory, at most.
    pub bytes: usize,
}

impl<'a> Cut<'a> {
    /// Cuts a body.
    ///
    /// # Errors
    /// [`Problem`] 413 if it has too many records, or too much in them.
    pub fn new(format: Format, headers: &'a HeaderMap, body: &'a [u8], lines: Lines) -> Result<Self, Problem> {
        let otherwise = match (format, lines) {
            (Format::Binary | Format::Protobuf, _) => {
                let growth = if format == Format::Protobuf { PROTOBUF_GROWTH } else { 1 };
                return Ok(Self { format, headers, body, pieces: Vec::new(), bytes: body.len() * growth });
            }
            (Format::Plain(otherwise), Lines::Json) => otherwise,
            (Format::Plain(_), Lines::Combined) => Otherwise::Lines,
            (Format::Structured | Format::OtlpJson, _) => Otherwise::Whole,
        };
        let pieces = split(body, otherwise, RECORDS_MAX, VALUES_BYTES_MAX)?;
        Ok(Self { format, headers, body, bytes: pieces.bytes, pieces: pieces.list })
    }

    /// Reads the records.
    ///
    /// # Errors
    /// [`Problem`] if it is no OTLP request where it says that it is one.
    pub fn records(self, mapping: &Mapping) -> Result<Records, Problem> {
        Ok(match self.format {
            Format::Plain(_) => self.pieces.into_iter().map(|piece| records::record(mapping, piece)).collect(),
            Format::Structured => self.pieces.into_iter().map(cloudevents::structured).collect(),
            Format::Binary => vec![cloudevents::binary(self.headers, self.body)],
            Format::Protobuf => otlp::protobuf(self.body, RECORDS_MAX)?,
            Format::OtlpJson => otlp::json(&self.pieces, RECORDS_MAX)?,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use axum::http::HeaderValue;

    fn headers(kind: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(kind))])
    }

    #[test]
    fn each_senders_content_type_is_known() {
        for (kind, format) in [
            ("application/json", Format::Plain(Otherwise::Whole)),
            ("application/json; charset=utf-8", Format::Plain(Otherwise::Whole)),
            ("application/x-www-form-urlencoded", Format::Plain(Otherwise::Whole)),
            ("application/x-ndjson", Format::Plain(Otherwise::Lines)),
            ("application/jsonlines", Format::Plain(Otherwise::Lines)),
            ("text/plain", Format::Plain(Otherwise::Lines)),
            ("application/cloudevents+json", Format::Structured),
            ("Application/CloudEvents-Batch+JSON; charset=utf-8", Format::Structured),
            ("application/x-protobuf", Format::Protobuf),
        ] {
            assert_eq!(Format::of(&headers(kind)).unwrap(), format, "{kind}");
        }
        assert_eq!(Format::of(&HeaderMap::new()).unwrap(), Format::Plain(Otherwise::Whole));
        let mut binary = headers("application/json");
        binary.insert("ce-specversion", HeaderValue::from_static("1.0"));
        assert_eq!(Format::of(&binary).unwrap(), Format::Binary);
    }

    #[test]
    fn what_is_known_not_to_be_read_is_said_so() {
        for kind in ["application/msgpack", "application/cloudevents+avro", "multipart/form-data; boundary=x"] {
            assert_eq!(Format::of(&headers(kind)).unwrap_err().status(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "{kind}");
        }
        assert!(Format::of(&headers("application/msgpack")).unwrap_err().message().contains("json_lines"));
        assert_eq!(Format::of_logs(&headers("text/plain")).unwrap_err().code(), "unknown_format");
        assert_eq!(Format::of_logs(&headers("application/json")).unwrap(), Format::OtlpJson);
    }

    #[test]
    fn what_a_body_costs_is_known_before_it_is_read() {
        let none = HeaderMap::new();
        let format = Format::Plain(Otherwise::Whole);
        assert!(Cut::new(format, &none, b"{\"a\":1}", Lines::Json).unwrap().bytes > 700);
        assert_eq!(Cut::new(Format::Protobuf, &none, &[0; 10], Lines::Json).unwrap().bytes, 60);
        let many = "{}".repeat(RECORDS_MAX + 1);
        let problem = Cut::new(format, &none, many.as_bytes(), Lines::Json).unwrap_err();
        assert_eq!((problem.status(), problem.code()), (StatusCode::PAYLOAD_TOO_LARGE, "too_large"));
    }
}
