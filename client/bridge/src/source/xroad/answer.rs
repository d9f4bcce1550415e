//! What a security server answers: records, and from when on to ask the next time.

use super::{multipart, xml};
use crate::source::value::{bounded, poison};
use flate2::read::MultiGzDecoder;
use mulu_mapping::{Poison, Record};
use serde::Deserialize;
use serde_json::Value;
use std::io::Read;

/// Longest answer as it comes: servers give 10,000 records in one, and those of the second that the last is of.
pub const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Longest without its compression.
const EXPANDED_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Longest reason that is repeated.
const REASON_CHARS_MAX: usize = 200;

/// Records of some seconds.
#[derive(Debug, Default)]
pub struct Answer {
    /// In the order of the server.
    pub records: Vec<Result<Record, Poison>>,
    /// Second that the next question begins with; None if all was told that was asked for.
    pub next: Option<u64>,
}

/// What came instead of records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// The seconds that were asked for are too new: the server tells them a minute later.
    TooEarly,
    /// Something else, in words.
    Wrong(String),
}

impl From<String> for NoAnswer {
    fn from(why: String) -> Self {
        Self::Wrong(why)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    records: Vec<Value>,
    next_records_from: Option<u64>,
}

/// Reads the answer to a SOAP request.
///
/// # Errors
/// [`NoAnswer`]: a fault, or what is no answer.
pub fn of_soap(content_type: &str, body: &[u8]) -> Result<Answer, NoAnswer> {
    let Some(boundary) = multipart::boundary(content_type) else {
        return Err(fault(envelope(body)?)?);
    };
    let parts = multipart::parts(body, &boundary)?;
    let Some((first, attached)) = parts.split_first() else {
        return Err(NoAnswer::Wrong("the answer has no part".to_owned()));
    };
    let envelope = envelope(first.body)?;
    let Some(count) = xml::text_of(envelope, "recordsCount")? else { return Err(fault(envelope)?) };
    let named = xml::text_of(envelope, "records")?.unwrap_or_default();
    let id = format!("<{}>", named.trim_start_matches("cid:"));
    let part = attached.iter().find(|part| part.header("content-id") == Some(&id));
    let part = part.ok_or_else(|| "the answer does not hold the records that it names".to_owned())?;
    let mut answer = of_json(&expanded(part.body)?)?;
    if count.parse() != Ok(answer.records.len()) {
        return Err(NoAnswer::Wrong(format!("the answer names {count} records and holds {}", answer.records.len())));
    }
    let next = xml::text_of(envelope, "nextRecordsFrom")?;
    let next = next.map(|text| text.parse().map_err(|_| "nextRecordsFrom is no second".to_owned()));
    answer.next = next.transpose()?;
    Ok(answer)
}

/// Reads an answer that is JSON: `{"records": […], "nextRecordsFrom": 1480512832}`.
///
/// # Errors
/// [`NoAnswer::Wrong`] if it is none.
pub fn of_json(body: &[u8]) -> Result<Answer, NoAnswer> {
    let payload: Payload = serde_json::from_slice(body).map_err(|error| {
        format!("the records are no JSON of X-Road, from line {}, column {} on", error.line(), error.column())
    })?;
    Ok(Answer { records: payload.records.into_iter().map(record).collect(), next: payload.next_records_from })
}

/// One record, with what tells it from all others: both sides of a call on one server have the same ids.
fn record(value: Value) -> Result<Record, Poison> {
    let raw = value.to_string().into_bytes();
    bounded(&raw)?;
    if !value.is_object() {
        return Err(poison("not_object", "a record of X-Road is a JSON object", &raw));
    }
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let call = text("xRequestId").or_else(|| text("messageId"));
    let time = value.get("requestInTs").and_then(Value::as_u64);
    let id = match (call, time) {
        (Some(call), Some(time)) => Some(format!("{} {time} {call}", text("securityServerType").unwrap_or_default())),
        _ => None,
    };
    Ok(Record { id, ..Record::new(value, raw) })
}

fn envelope(body: &[u8]) -> Result<&str, String> {
    if body.len() > xml::ENVELOPE_BYTES_MAX {
        return Err("the envelope is longer than any".to_owned());
    }
    std::str::from_utf8(body).map_err(|_| "the envelope is no UTF-8".to_owned())
}

fn fault(envelope: &str) -> Result<NoAnswer, String> {
    let Some(reason) = xml::text_of(envelope, "faultstring")? else {
        return Err("the answer is neither records nor a fault of X-Road".to_owned());
    };
    if reason.starts_with("Records not available from") {
        return Ok(NoAnswer::TooEarly);
    }
    let code = xml::text_of(envelope, "faultcode")?.unwrap_or_default();
    let reason: String = reason.chars().take(REASON_CHARS_MAX).collect();
    Ok(NoAnswer::Wrong(format!("the security server refused: {code}: {reason}")))
}

fn expanded(compressed: &[u8]) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = MultiGzDecoder::new(compressed).take(EXPANDED_BYTES_MAX + 1).read_to_end(&mut bytes);
    read.map_err(|_| "the records are not compressed with gzip, or break off".to_owned())?;
    if bytes.len() as u64 > EXPANDED_BYTES_MAX {
        return Err(format!("the records take more than {EXPANDED_BYTES_MAX} bytes without their compression"));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use serde_json::json;
    use std::io::Write;

    /// The record of PR-OPMON, annex C.2.1, in short.
    fn sample() -> Value {
        json!({
            "clientMemberClass": "GOV", "clientMemberCode": "00000001", "messageId": "1TzYPstxXyYPtNsos4TNEAPykJh50aJz",
            "messageIssue": "453465", "messageUserId": "EE37701010101", "monitoringDataTs": 1_477_633_845,
            "requestInTs": 1_477_633_844_973_u64, "securityServerType": "Client", "serviceCode": "xroadGetRandom",
            "succeeded": true, "xRequestId": "fd83f20e-bc19-4eb4-9602-e37f94c09fbe",
        })
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    const TYPE: &str = "multipart/related; type=\"text/xml\"; charset=UTF-8; boundary=xroadfng";

    fn answer(count: usize, next: &str, payload: &[u8]) -> Vec<u8> {
        let head = format!(
            "--xroadfng\r\ncontent-type:text/xml\r\n\r\n<?xml version=\"1.0\"?><SOAP-ENV:Envelope><SOAP-ENV:Body>\
             <om:getSecurityServerOperationalDataResponse><om:recordsCount>{count}</om:recordsCount>\
             <om:records>cid:operational-monitoring-data.json.gz</om:records>{next}\
             </om:getSecurityServerOperationalDataResponse></SOAP-ENV:Body></SOAP-ENV:Envelope>\r\n--xroadfng\r\n\
             content-type:application/gzip\r\ncontent-transfer-encoding: binary\r\ncontent-id: <operational-monitoring-data.json.gz>\r\n\r\n"
        );
        [head.as_bytes(), payload, b"\r\n--xroadfng--"].concat()
    }

    fn wrong(content_type: &str, body: &[u8]) -> String {
        match of_soap(content_type, body).unwrap_err() {
            NoAnswer::Wrong(why) => why,
            NoAnswer::TooEarly => panic!("not early"),
        }
    }

    #[test]
    fn records_and_the_next_second_are_read() {
        let payload = gzip(json!({"records": [sample()]}).to_string().as_bytes());
        let told = of_soap(TYPE, &answer(1, "<om:nextRecordsFrom>1477633900</om:nextRecordsFrom>", &payload)).unwrap();
        assert_eq!(told.next, Some(1_477_633_900));
        let record = told.records[0].as_ref().unwrap();
        assert_eq!(record.value, sample());
        assert_eq!(record.id.as_deref(), Some("Client 1477633844973 fd83f20e-bc19-4eb4-9602-e37f94c09fbe"));
        assert_eq!(of_soap(TYPE, &answer(1, "", &payload)).unwrap().next, None);
    }

    #[test]
    fn both_sides_of_a_call_on_one_server_are_two_records() {
        let mut producer = sample();
        producer["securityServerType"] = json!("Producer");
        let told =
            of_json(json!({"records": [sample(), producer], "nextRecordsFrom": 7}).to_string().as_bytes()).unwrap();
        let ids: Vec<_> = told.records.iter().map(|record| record.as_ref().unwrap().id.clone().unwrap()).collect();
        assert_ne!(ids[0], ids[1]);
        assert_eq!(told.next, Some(7));
    }

    #[test]
    fn a_record_without_ids_has_none_and_one_that_is_none_is_kept() {
        let told = of_json(br#"{"records":[{"requestInTs":1},"x",{"messageId":"a","requestInTs":2}]}"#).unwrap();
        assert_eq!(told.records[0].as_ref().unwrap().id, None);
        assert_eq!(told.records[1].as_ref().unwrap_err().reason, "not_object");
        assert_eq!(told.records[2].as_ref().unwrap().id.as_deref(), Some(" 2 a"));
    }

    #[test]
    fn a_fault_is_told_and_one_that_only_says_too_early_is_waited_for() {
        let fault = |text: &str| {
            format!(
                "<S:Envelope><S:Body><S:Fault><faultcode>Client.X</faultcode><faultstring>{text}</faultstring></S:Fault></S:Body></S:Envelope>"
            )
        };
        let early = fault("Records not available from 5 yet");
        assert_eq!(of_soap("text/xml;charset=UTF-8", early.as_bytes()).unwrap_err(), NoAnswer::TooEarly);
        let long = fault(&"x".repeat(1000));
        let why = wrong("text/xml", long.as_bytes());
        assert!(why.contains("Client.X: xxx") && why.len() < 300, "{why}");
        assert!(wrong("text/html", b"<html>login</html>").contains("neither"));
    }

    #[test]
    fn an_answer_that_does_not_hold_what_it_names_is_refused() {
        let payload = gzip(json!({"records": [sample()]}).to_string().as_bytes());
        assert!(wrong(TYPE, &answer(2, "", &payload)).contains("names 2 records and holds 1"));
        assert!(
            wrong(TYPE, &answer(1, "<om:nextRecordsFrom>soon</om:nextRecordsFrom>", &payload))
                .contains("nextRecordsFrom")
        );
        assert!(wrong(TYPE, &answer(1, "", &payload[..payload.len() - 9])).contains("gzip"));
        assert!(wrong(TYPE, &answer(1, "", b"{}")).contains("gzip"));
        assert!(wrong(TYPE, &answer(1, "", &gzip(b"[]"))).contains("no JSON of X-Road"));
        let other = String::from_utf8_lossy(&answer(1, "", b"")).replace("<operational", "<other");
        assert!(wrong(TYPE, other.as_bytes()).contains("does not hold"));
    }
}
