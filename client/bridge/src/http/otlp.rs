//! OTLP logs, in protobuf and in JSON: each log record becomes one flat record.
//!
//! ```text
//! { "timeUnixNano": "1754000000000000000", "observedTimeUnixNano": "…", "severityNumber": 9, "severityText": "INFO", "eventName": "…",
//!   "traceId": "hex", "spanId": "hex", "body": any, "attributes": { "url.path": "/x" }, "resource": { "service.name": "…" }, "scope": "name" }
//! ```
//!
//! What is not set is left out. A body that is the text of a JSON object is that object: gateways that write JSON lines come so through a
//! collector. Protobuf is walked before it is decoded, since two bytes of it can become hundreds in memory.

use super::{
    answer::Problem,
    body::EXPANDED_BYTES_MAX,
    records::{self, of_value, poison},
    split::{Piece, TooMuch},
};
use axum::http::StatusCode;
use base64::{Engine, engine::general_purpose::STANDARD};
use mulu_mapping::{Poison, RECORD_BYTES_MAX, Record};
use opentelemetry_proto::tonic::{
    common::v1::{AnyValue, KeyValue, any_value},
    logs::v1::LogRecord,
    resource::v1::Resource,
};
use prost::Message;
use serde_json::{Map, Value};

/// A log record that cannot be read.
pub const NOT_OTLP: &str = "not_otlp";

/// Most bytes that the records of a body have together when they are flat.
const FLAT_BYTES_MAX: usize = 2 * EXPANDED_BYTES_MAX;
/// Deepest value within a value.
const DEPTH_MAX: usize = 32;

type Records = Vec<Result<Record, Poison>>;

/// Records as far as they are read. Each repeats its resource, so what they take together is counted.
struct List {
    records: Records,
    records_max: usize,
    bytes: usize,
}

impl List {
    const fn new(records_max: usize) -> Self {
        Self { records: Vec::new(), records_max, bytes: 0 }
    }

    fn push(&mut self, record: impl FnOnce() -> Result<Record, Poison>) -> Result<(), TooMuch> {
        if self.records.len() == self.records_max {
            return Err(TooMuch::Records { records_max: self.records_max });
        }
        let record = record();
        self.bytes += record.as_ref().map_or_else(|poison| poison.raw.len(), |record| record.raw.len());
        if self.bytes > FLAT_BYTES_MAX {
            return Err(TooMuch::Values { bytes_max: FLAT_BYTES_MAX });
        }
        self.records.push(record);
        Ok(())
    }
}

/// Why a body is not taken.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum OtlpError {
    /// It is no `ExportLogsServiceRequest`.
    #[error("the body is no ExportLogsServiceRequest of OTLP as its Content-Type says")]
    Unreadable,
    /// It has more records than a body may have.
    #[error(transparent)]
    TooMuch(#[from] TooMuch),
}

impl From<OtlpError> for Problem {
    fn from(error: OtlpError) -> Self {
        let (status, code) = match error {
            OtlpError::Unreadable => (StatusCode::BAD_REQUEST, "not_otlp"),
            OtlpError::TooMuch(_) => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
        };
        Self::new(status, code, error.to_string())
    }
}

/// Reads the protobuf form.
///
/// # Errors
/// [`OtlpError`] if it is no such message, or has too many records.
pub fn protobuf(body: &[u8], records_max: usize) -> Result<Records, OtlpError> {
    let mut list = List::new(records_max);
    // ExportLogsServiceRequest.resource_logs = 1
    for field in Fields(body) {
        let (1, group) = field? else { continue };
        let (mut resource, mut scopes) = (Value::Null, Vec::new());
        // ResourceLogs.resource = 1, .scope_logs = 2
        for field in Fields(group) {
            match field? {
                (1, bytes) => resource = resource_of(bytes),
                (2, bytes) => scopes.push(bytes),
                _ => {}
            }
        }
        for scope in scopes {
            scope_logs(scope, &resource, &mut list)?;
        }
    }
    Ok(list.records)
}

/// ScopeLogs.scope = 1 (its name = 1), .log_records = 2
fn scope_logs(bytes: &[u8], resource: &Value, list: &mut List) -> Result<(), OtlpError> {
    let mut name = None;
    for field in Fields(bytes) {
        match field? {
            (1, scope) => {
                name = Fields(scope).flatten().find(|(number, _)| *number == 1).map(|(_, it)| bounded_text(it))
            }
            (2, record) => list.push(|| of_protobuf(record, resource, name.as_deref()))?,
            _ => {}
        }
    }
    Ok(())
}

fn resource_of(bytes: &[u8]) -> Value {
    let fits = bytes.len() <= RECORD_BYTES_MAX;
    let resource = fits.then(|| Resource::decode(bytes).ok()).flatten();
    resource.map_or(Value::Null, |resource| attributes(resource.attributes, DEPTH_MAX))
}

fn of_protobuf(bytes: &[u8], resource: &Value, scope: Option<&str>) -> Result<Record, Poison> {
    let record = LogRecord::decode(records::bounded(bytes)?)
        .map_err(|_| poison(NOT_OTLP, "this is no LogRecord of OTLP", bytes))?;
    let mut flat = Flat::default();
    flat.number("timeUnixNano", record.time_unix_nano);
    flat.number("observedTimeUnixNano", record.observed_time_unix_nano);
    if record.severity_number != 0 {
        flat.put("severityNumber", record.severity_number.into());
    }
    flat.text("severityText", record.severity_text);
    flat.text("eventName", record.event_name);
    flat.text("traceId", hex::encode(record.trace_id));
    flat.text("spanId", hex::encode(record.span_id));
    flat.put("body", body_of(record.body.map_or(Value::Null, |body| any(body, DEPTH_MAX))));
    flat.put("attributes", attributes(record.attributes, DEPTH_MAX));
    flat.finish(resource, scope)
}

fn attributes(list: Vec<KeyValue>, depth: usize) -> Value {
    list.into_iter().map(|pair| (pair.key, pair.value.map_or(Value::Null, |value| any(value, depth)))).collect()
}

fn any(value: AnyValue, depth: usize) -> Value {
    let Some(below) = depth.checked_sub(1) else { return Value::Null };
    match value.value {
        None => Value::Null,
        Some(any_value::Value::StringValue(text)) => text.into(),
        Some(any_value::Value::BoolValue(it)) => it.into(),
        Some(any_value::Value::IntValue(number)) => number.into(),
        Some(any_value::Value::DoubleValue(number)) => number.into(),
        Some(any_value::Value::ArrayValue(array)) => array.values.into_iter().map(|value| any(value, below)).collect(),
        Some(any_value::Value::KvlistValue(list)) => attributes(list.values, below),
        Some(any_value::Value::BytesValue(bytes)) => STANDARD.encode(bytes).into(),
    }
}

/// Reads the JSON form, cut into its pieces: one, as a rule.
///
/// # Errors
/// [`OtlpError`] if it is no such message, or has too many records.
pub fn json(pieces: &[Piece<'_>], records_max: usize) -> Result<Records, OtlpError> {
    let mut list = List::new(records_max);
    for piece in pieces {
        let Piece::Value(text) = piece else { return Err(OtlpError::Unreadable) };
        let mut request: Value = serde_json::from_slice(text).map_err(|_| OtlpError::Unreadable)?;
        for mut group in taken(&mut request, "resourceLogs")? {
            let resource = group.pointer_mut("/resource/attributes").map(Value::take).unwrap_or_default();
            let resource = json_attributes(resource, DEPTH_MAX);
            for mut scope in taken(&mut group, "scopeLogs")? {
                let name = scope["scope"]["name"].as_str().map(str::to_owned);
                for record in taken(&mut scope, "logRecords")? {
                    list.push(|| of_json(record, &resource, name.as_deref()))?;
                }
            }
        }
    }
    Ok(list.records)
}

/// The objects of a list, which may be missing.
fn taken(value: &mut Value, name: &str) -> Result<Vec<Value>, OtlpError> {
    let Value::Object(fields) = value else { return Err(OtlpError::Unreadable) };
    match fields.remove(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(list)) if list.iter().all(Value::is_object) => Ok(list),
        Some(_) => Err(OtlpError::Unreadable),
    }
}

fn of_json(mut record: Value, resource: &Value, scope: Option<&str>) -> Result<Record, Poison> {
    let mut flat = Flat::default();
    for name in ["timeUnixNano", "observedTimeUnixNano"] {
        match record[name].take() {
            Value::Null => {}
            Value::Number(number) => flat.number(name, number.as_u64().unwrap_or(0)),
            Value::String(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
                flat.number(name, text.parse().unwrap_or(0));
            }
            _ => {
                let detail = format!("{name} is neither digits nor a number");
                return Err(poison(NOT_OTLP, detail, record.to_string().as_bytes()));
            }
        }
    }
    match record["severityNumber"].take() {
        Value::Null => {}
        number => flat.put("severityNumber", number),
    }
    for name in ["severityText", "eventName", "traceId", "spanId"] {
        if let Value::String(text) = record[name].take() {
            flat.text(name, text);
        }
    }
    flat.put("body", body_of(json_any(record["body"].take(), DEPTH_MAX)));
    flat.put("attributes", json_attributes(record["attributes"].take(), DEPTH_MAX));
    flat.finish(resource, scope)
}

fn json_attributes(list: Value, depth: usize) -> Value {
    let Value::Array(list) = list else { return Value::Null };
    let pair = |mut pair: Value| {
        let Value::String(key) = pair.get_mut("key")?.take() else { return None };
        Some((key, json_any(pair.get_mut("value").map(Value::take).unwrap_or_default(), depth)))
    };
    list.into_iter().filter_map(pair).collect()
}

fn json_any(value: Value, depth: usize) -> Value {
    let Some(below) = depth.checked_sub(1) else { return Value::Null };
    let Value::Object(fields) = value else { return Value::Null };
    let Some((kind, mut value)) = fields.into_iter().next() else { return Value::Null };
    match kind.as_str() {
        // 64 bits are text in JSON; as a number they are the same as in protobuf.
        "intValue" => match value.as_str().and_then(|digits| digits.parse::<i64>().ok()) {
            Some(number) => number.into(),
            None => value,
        },
        "arrayValue" => match value.get_mut("values").map(Value::take) {
            Some(Value::Array(values)) => values.into_iter().map(|value| json_any(value, below)).collect(),
            _ => Value::Array(Vec::new()),
        },
        "kvlistValue" => json_attributes(value.get_mut("values").map(Value::take).unwrap_or_default(), below),
        _ => value,
    }
}

/// The text of a JSON object is that object.
fn body_of(body: Value) -> Value {
    let object = |text: &str| serde_json::from_str(text).ok().filter(Value::is_object);
    match body.as_str().filter(|text| text.trim_start().starts_with('{')).and_then(object) {
        Some(object) => object,
        None => body,
    }
}

#[derive(Default)]
struct Flat(Map<String, Value>);

impl Flat {
    fn put(&mut self, name: &str, value: Value) {
        let is_set = match &value {
            Value::Null => false,
            Value::Object(fields) => !fields.is_empty(),
            _ => true,
        };
        if is_set {
            self.0.insert(name.to_owned(), value);
        }
    }

    fn text(&mut self, name: &str, text: String) {
        if !text.is_empty() {
            self.0.insert(name.to_owned(), text.into());
        }
    }

    /// Nanoseconds are text: a reader of JSON may keep only 53 bits of a number.
    fn number(&mut self, name: &str, number: u64) {
        if number != 0 {
            self.text(name, number.to_string());
        }
    }

    fn finish(mut self, resource: &Value, scope: Option<&str>) -> Result<Record, Poison> {
        self.put("resource", resource.clone());
        self.text("scope", scope.unwrap_or_default().to_owned());
        let record = of_value(None, Value::Object(self.0));
        records::bounded(&record.raw)?;
        Ok(record)
    }
}

/// The fields of a message that have a length, with their numbers; the others are passed over.
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, &'a [u8]), OtlpError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.0.is_empty() {
            match self.field() {
                Some(Some(field)) => return Some(Ok(field)),
                Some(None) => {}
                None => {
                    self.0 = &[];
                    return Some(Err(OtlpError::Unreadable));
                }
            }
        }
        None
    }
}

impl<'a> Fields<'a> {
    fn field(&mut self) -> Option<Option<(u64, &'a [u8])>> {
        let key = self.varint()?;
        let length = match key & 7 {
            0 => return self.varint().map(|_| None),
            1 => 8,
            2 => usize::try_from(self.varint()?).ok()?,
            5 => 4,
            _ => return None,
        };
        let (field, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some((key & 7 == 2).then_some((key >> 3, field)))
    }

    fn varint(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for place in 0..10 {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << (7 * place);
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }
}

fn bounded_text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(256)]).into_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::{super::split, *};
    use opentelemetry_proto::tonic::{
        collector::logs::v1::ExportLogsServiceRequest,
        common::v1::{ArrayValue, InstrumentationScope, KeyValueList},
        logs::v1::{ResourceLogs, ScopeLogs},
    };
    use proptest::prelude::*;
    use serde_json::json;

    fn value(value: any_value::Value) -> Option<AnyValue> {
        Some(AnyValue { value: Some(value) })
    }

    fn pair(key: &str, of: any_value::Value) -> KeyValue {
        KeyValue { key: key.into(), value: value(of) }
    }

    fn text(text: &str) -> any_value::Value {
        any_value::Value::StringValue(text.into())
    }

    fn request(log_records: Vec<LogRecord>) -> ExportLogsServiceRequest {
        let scope = InstrumentationScope { name: "otelhttp".into(), version: "1.0".into(), ..Default::default() };
        let resource = Resource { attributes: vec![pair("service.name", text("gateway"))], ..Default::default() };
        let scope_logs = vec![ScopeLogs { scope: Some(scope), log_records, schema_url: "u".into() }];
        ExportLogsServiceRequest {
            resource_logs: vec![ResourceLogs { resource: Some(resource), scope_logs, schema_url: "v".into() }],
        }
    }

    fn full() -> LogRecord {
        let nested = KeyValueList { values: vec![pair("deep", any_value::Value::BoolValue(true))] };
        let array =
            ArrayValue { values: vec![value(any_value::Value::IntValue(7)).unwrap(), AnyValue { value: None }] };
        LogRecord {
            time_unix_nano: 1_754_000_000_123_456_789,
            observed_time_unix_nano: 1_754_000_000_200_000_000,
            severity_number: 9,
            severity_text: "INFO".into(),
            event_name: "http.call".into(),
            trace_id: vec![0xab; 16],
            span_id: vec![0xcd; 8],
            body: value(text("GET /x")),
            attributes: vec![
                pair("http.request.method", text("GET")),
                pair("http.response.status_code", any_value::Value::IntValue(200)),
                pair("ratio", any_value::Value::DoubleValue(0.5)),
                pair("bytes", any_value::Value::BytesValue(vec![1, 2])),
                pair("list", any_value::Value::ArrayValue(array)),
                pair("map", any_value::Value::KvlistValue(nested)),
            ],
            ..Default::default()
        }
    }

    fn flat() -> Value {
        json!({
            "timeUnixNano": "1754000000123456789",
            "observedTimeUnixNano": "1754000000200000000",
            "severityNumber": 9,
            "severityText": "INFO",
            "eventName": "http.call",
            "traceId": "ab".repeat(16),
            "spanId": "cd".repeat(8),
            "body": "GET /x",
            "attributes": {
                "http.request.method": "GET", "http.response.status_code": 200, "ratio": 0.5, "bytes": "AQI=",
                "list": [7, null], "map": { "deep": true },
            },
            "resource": { "service.name": "gateway" },
            "scope": "otelhttp",
        })
    }

    fn of_text(text: &str) -> Result<Records, OtlpError> {
        let pieces = split::split(text.as_bytes(), split::Otherwise::Whole, 10, 1 << 20).unwrap();
        json(&pieces.list, 3)
    }

    fn values(records: Records) -> Vec<Value> {
        records.into_iter().map(|record| record.unwrap().value).collect()
    }

    #[test]
    fn protobuf_becomes_flat() {
        let records = protobuf(&request(vec![full(), LogRecord::default()]).encode_to_vec(), 10).unwrap();
        let empty = json!({ "resource": { "service.name": "gateway" }, "scope": "otelhttp" });
        let raw: Value = serde_json::from_slice(&records[0].as_ref().unwrap().raw).unwrap();
        assert_eq!(raw, flat(), "what is kept reads as what came");
        assert_eq!(values(records), [flat(), empty]);
    }

    #[test]
    fn json_becomes_the_same() {
        let written = serde_json::to_string(&request(vec![full()])).unwrap();
        // The crate writes an empty value as null; collectors write {}.
        for body in [written.clone(), written.replace("null", "{}")] {
            assert_eq!(values(of_text(&body).unwrap()), [flat()]);
        }
    }

    #[test]
    fn a_collectors_own_json_is_read() {
        let body = r#"{"resourceLogs":[{"resource":{},"scopeLogs":[{"scope":{},"logRecords":[{
            "timeUnixNano":"1754000000000000000","severityNumber":9,"body":{"stringValue":"{\"status\":200}"},"traceId":"","spanId":"",
            "attributes":[{"key":"n","value":{"intValue":"12"}},{"key":"e","value":{}}]}, {"timeUnixNano":1754000000000000001}]}]}]}"#;
        assert_eq!(
            values(of_text(body).unwrap()),
            [
                json!({ "timeUnixNano": "1754000000000000000", "severityNumber": 9, "body": { "status": 200 }, "attributes": { "n": 12, "e": null } }),
                json!({ "timeUnixNano": "1754000000000000001" })
            ]
        );
        assert_eq!(of_text("{}").unwrap().len(), 0);
    }

    #[test]
    fn what_is_no_request_is_refused_whole() {
        for body in ["[1]", "{\"resourceLogs\":{}}", "{\"resourceLogs\":[1]}", "{\"resourceLogs\":[", "text"] {
            assert_eq!(of_text(body).unwrap_err(), OtlpError::Unreadable, "{body}");
        }
        for body in [&b"\x0a\xff"[..], b"\x0a", b"\x0f", b"{\"a\":1}"] {
            assert_eq!(protobuf(body, 10).unwrap_err(), OtlpError::Unreadable, "{body:?}");
        }
        assert_eq!(Problem::from(OtlpError::Unreadable).status(), StatusCode::BAD_REQUEST);
    }

    #[test]
    fn one_bad_record_stays_alone() {
        // LogRecord.body = 5 with a length that is not there.
        let mut bad = b"\x2a\x7f".to_vec();
        bad.extend([0; 3]);
        let scope = [&b"\x12"[..], &[bad.len() as u8], &bad, b"\x12\x00"].concat();
        let group = [&b"\x12"[..], &[scope.len() as u8], &scope].concat();
        let body = [&b"\x0a"[..], &[group.len() as u8], &group].concat();
        let records = protobuf(&body, 10).unwrap();
        assert_eq!((records[0].as_ref().unwrap_err().reason, records[1].is_ok()), (NOT_OTLP, true));
        let json = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"soon"},{}]}]}]}"#;
        let records = of_text(json).unwrap();
        assert_eq!(records[0].as_ref().unwrap_err().detail, "timeUnixNano is neither digits nor a number");
        assert!(records[1].is_ok());
    }

    #[test]
    fn a_record_that_is_too_long_is_quarantined() {
        let long = LogRecord { severity_text: "x".repeat(RECORD_BYTES_MAX), ..Default::default() };
        let request = request(vec![long]);
        let records = protobuf(&request.encode_to_vec(), 10).unwrap();
        assert_eq!(records[0].as_ref().unwrap_err().reason, records::TOO_LONG);
        let records = of_text(&serde_json::to_string(&request).unwrap()).unwrap();
        assert_eq!(records[0].as_ref().unwrap_err().reason, records::TOO_LONG);
    }

    #[test]
    fn a_resource_that_all_records_repeat_is_counted_with_each() {
        let mut request = request(vec![LogRecord::default(); 4_000]);
        let long = pair("long", text(&"x".repeat(40_000)));
        request.resource_logs[0].resource.as_mut().unwrap().attributes.push(long);
        let too_much = OtlpError::TooMuch(TooMuch::Values { bytes_max: FLAT_BYTES_MAX });
        assert_eq!(protobuf(&request.encode_to_vec(), 10_000).unwrap_err(), too_much);
    }

    #[test]
    fn too_many_records_are_refused_before_they_are_decoded() {
        let request = request(vec![LogRecord::default(); 4]);
        let too_much = OtlpError::TooMuch(TooMuch::Records { records_max: 3 });
        assert_eq!(protobuf(&request.encode_to_vec(), 3).unwrap_err(), too_much);
        assert_eq!(of_text(&serde_json::to_string(&request).unwrap()).unwrap_err(), too_much);
        assert_eq!(Problem::from(too_much).status(), StatusCode::PAYLOAD_TOO_LARGE);
    }

    proptest! {
        #[test]
        fn bytes_never_make_it_panic(body in prop::collection::vec(prop::num::u8::ANY, 0..200)) {
            let _ = protobuf(&body, 10);
        }

        #[test]
        fn fields_are_found_as_prost_writes_them(names in prop::collection::vec("[a-z]{0,200}", 0..5)) {
            let sent = request(names.iter().map(|name| LogRecord { event_name: name.clone(), flags: 7, ..Default::default() }).collect());
            let read = protobuf(&sent.encode_to_vec(), 10).unwrap();
            let found: Vec<_> = values(read).into_iter().map(|it| it["eventName"].as_str().unwrap_or_default().to_owned()).collect();
            prop_assert_eq!(found, names);
        }
    }
}
