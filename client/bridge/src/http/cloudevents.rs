//! CloudEvents 1.0 over HTTP, in its three modes, and the handshake that keeps webhooks from being aimed at strangers.
//!
//! Each event becomes the same record, whatever its mode: its attributes as fields beside `data`. Its id is what `source` and `id` say
//! together.

use super::{
    records::{self, of_value, poison},
    split::Piece,
};
use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use mulu_mapping::{Poison, Record};
use serde_json::{Map, Value};

/// An attribute that must be there is not, or the version is another.
pub const NOT_CLOUDEVENT: &str = "not_cloudevent";

const PREFIX: &str = "ce-";
const REQUEST_ORIGIN: HeaderName = HeaderName::from_static("webhook-request-origin");
const REQUEST_RATE: HeaderName = HeaderName::from_static("webhook-request-rate");
const ALLOWED_ORIGIN: HeaderName = HeaderName::from_static("webhook-allowed-origin");
const ALLOWED_RATE: HeaderName = HeaderName::from_static("webhook-allowed-rate");

/// Whether headers say that the body is the data of one event.
pub fn is_binary(headers: &HeaderMap) -> bool {
    headers.contains_key("ce-specversion")
}

/// An event in structured mode, or one of a batch.
///
/// # Errors
/// [`Poison`] if it is none.
pub fn structured(piece: Piece<'_>) -> Result<Record, Poison> {
    let (Piece::Value(text) | Piece::Line(text) | Piece::Broken(text)) = piece;
    let text = records::bounded(text)?;
    let Ok(Value::Object(mut fields)) = serde_json::from_slice(text) else {
        return Err(poison(records::NOT_JSON, "a CloudEvent is a JSON object, and this is none", text));
    };
    let id = id(&fields, text)?;
    if let Some(Value::String(base64)) = fields.get("data_base64") {
        let Ok(bytes) = STANDARD.decode(base64) else {
            return Err(poison(NOT_CLOUDEVENT, "data_base64 is no base64", text));
        };
        let content_type = fields.get("datacontenttype").and_then(Value::as_str).map(str::to_owned);
        fields.remove("data_base64");
        put_data(&mut fields, content_type.as_deref(), &bytes);
        return Ok(of_value(Some(id), Value::Object(fields)));
    }
    Ok(Record { id: Some(id), ..Record::new(Value::Object(fields), text.to_vec()) })
}

/// An event in binary mode: attributes in headers, data in the body.
///
/// # Errors
/// [`Poison`] if it is none.
pub fn binary(headers: &HeaderMap, body: &[u8]) -> Result<Record, Poison> {
    records::bounded(body)?;
    let mut fields = Map::new();
    for (name, value) in headers {
        if let Some(name) = name.as_str().strip_prefix(PREFIX) {
            let Some(text) = decoded(value.as_bytes()) else {
                return Err(poison(NOT_CLOUDEVENT, format!("header ce-{name} is no UTF-8"), body));
            };
            fields.insert(name.to_owned(), Value::String(text));
        }
    }
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if let Some(content_type) = content_type {
        fields.insert("datacontenttype".into(), content_type.into());
    }
    let id = id(&fields, body)?;
    if !body.is_empty() {
        put_data(&mut fields, content_type, body);
    }
    Ok(of_value(Some(id), Value::Object(fields)))
}

/// What `source` and `id` say together, as the text of a list: none can be mistaken for another.
fn id(fields: &Map<String, Value>, raw: &[u8]) -> Result<String, Poison> {
    let attribute = |name: &'static str| match fields.get(name).and_then(Value::as_str) {
        Some(text) if !text.is_empty() => Ok(text),
        _ => Err(poison(NOT_CLOUDEVENT, format!("a CloudEvent has text as its attribute {name}"), raw)),
    };
    if !attribute("specversion")?.starts_with("1.") {
        return Err(poison(NOT_CLOUDEVENT, "specversion is another than 1.0", raw));
    }
    attribute("type")?;
    Ok(Value::from(vec![attribute("source")?, attribute("id")?]).to_string())
}

/// Data as JSON if it says so and is, else as text, else as base64.
fn put_data(fields: &mut Map<String, Value>, content_type: Option<&str>, bytes: &[u8]) {
    let says_json = content_type.is_none_or(|content_type| {
        let kind = content_type.split(';').next().unwrap_or_default().trim();
        kind.ends_with("/json") || kind.ends_with("+json")
    });
    if let Some(value) = says_json.then(|| serde_json::from_slice(bytes).ok()).flatten() {
        fields.insert("data".into(), value);
    } else if let Ok(text) = std::str::from_utf8(bytes) {
        fields.insert("data".into(), text.into());
    } else {
        fields.insert("data_base64".into(), STANDARD.encode(bytes).into());
    }
}

/// The value of a header: quoted or not, with its percent signs resolved; none if that is no UTF-8.
fn decoded(value: &[u8]) -> Option<String> {
    let unquoted = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\""));
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = unquoted.unwrap_or(value);
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        match first {
            b'%' => match behind.get(..2).and_then(|digits| hex::decode(digits).ok()) {
                Some(byte) => {
                    bytes.extend(byte);
                    rest = &behind[2..];
                }
                None => bytes.push(b'%'),
            },
            b'\\' if unquoted.is_some() && !behind.is_empty() => {
                bytes.push(behind[0]);
                rest = &behind[1..];
            }
            other => bytes.push(*other),
        }
    }
    String::from_utf8(bytes).ok()
}

/// The answer to `OPTIONS`: who asks for a webhook's consent gets it. Each delivery still needs its own credentials.
pub fn consent(headers: &HeaderMap) -> Response {
    let mut response = Response::new(Body::empty());
    let allowed = response.headers_mut();
    allowed.insert(header::ALLOW, HeaderValue::from_static("POST, HEAD, GET, OPTIONS"));
    if let Some(origin) = headers.get(REQUEST_ORIGIN) {
        allowed.insert(ALLOWED_ORIGIN, origin.clone());
        if headers.contains_key(REQUEST_RATE) {
            allowed.insert(ALLOWED_RATE, HeaderValue::from_static("*"));
        }
    } else {
        *response.status_mut() = StatusCode::NO_CONTENT;
    }
    response
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use mulu_mapping::RECORD_BYTES_MAX;
    use serde_json::json;

    fn headers(list: &[(&'static str, &'static str)]) -> HeaderMap {
        list.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    const REQUIRED: [(&str, &str); 4] =
        [("ce-specversion", "1.0"), ("ce-id", "a-1"), ("ce-source", "/gateway"), ("ce-type", "call")];

    #[test]
    fn all_modes_make_the_same_record() {
        let text = r#"{"specversion":"1.0","id":"a-1","source":"/gateway","type":"call","datacontenttype":"application/json","data":{"status":200}}"#;
        let structured = structured(Piece::Value(text.as_bytes())).unwrap();
        let mut sent = headers(&REQUIRED);
        sent.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let binary = binary(&sent, br#"{"status":200}"#).unwrap();
        assert_eq!(structured.value, binary.value);
        assert_eq!((structured.id, structured.raw), (binary.id.clone(), text.as_bytes().to_vec()));
        assert_eq!(binary.id.unwrap(), r#"["/gateway","a-1"]"#);
        let again = super::structured(Piece::Value(&binary.raw)).unwrap();
        assert_eq!(again.value, binary.value, "what is kept reads as what came");
    }

    #[test]
    fn headers_are_read_with_quotes_and_percent_signs() {
        let mut sent = headers(&REQUIRED);
        sent.insert("ce-subject", HeaderValue::from_static("%E5%BC%A0%2fx%20100%"));
        sent.insert("ce-quoted", HeaderValue::from_static("\"a \\\"b\\\" %41\""));
        let value = binary(&sent, b"").unwrap().value;
        assert_eq!((&value["subject"], &value["quoted"]), (&json!("张/x 100%"), &json!("a \"b\" A")));
        assert_eq!(value.get("data"), None);
        sent.insert("ce-subject", HeaderValue::from_static("%ff"));
        let poison = binary(&sent, b"{}").unwrap_err();
        assert_eq!((poison.reason, poison.detail.as_str()), (NOT_CLOUDEVENT, "header ce-subject is no UTF-8"));
    }

    #[test]
    fn an_event_without_an_attribute_is_told_which() {
        for (place, name) in ["specversion", "id", "source", "type"].into_iter().enumerate() {
            let mut list = REQUIRED.to_vec();
            list.remove(place);
            let poison = binary(&headers(&list), b"{}").unwrap_err();
            let detail = format!("a CloudEvent has text as its attribute {name}");
            assert_eq!((poison.reason, poison.detail, poison.raw), (NOT_CLOUDEVENT, detail, b"{}".to_vec()));
        }
        let mut other = REQUIRED;
        other[0].1 = "0.3";
        assert_eq!(binary(&headers(&other), b"").unwrap_err().detail, "specversion is another than 1.0");
    }

    #[test]
    fn data_is_what_it_says_it_is() {
        let of = |content_type: &'static str, body: &[u8]| {
            let mut sent = headers(&REQUIRED);
            sent.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
            binary(&sent, body).unwrap().value
        };
        assert_eq!(of("application/vnd.x+json; charset=utf-8", b"[1]")["data"], json!([1]));
        assert_eq!(of("application/json", b"[1")["data"], json!("[1"));
        assert_eq!(of("text/plain", b"1")["data"], json!("1"));
        assert_eq!(of("application/octet-stream", b"\xff")["data_base64"], json!("/w=="));
        let base64 = r#"{"specversion":"1.0","id":"1","source":"s","type":"t","data_base64":"eyJhIjoxfQ=="}"#;
        assert_eq!(structured(Piece::Value(base64.as_bytes())).unwrap().value["data"], json!({ "a": 1 }));
        let wrong = base64.replace("eyJh", "e*Jh");
        assert_eq!(structured(Piece::Value(wrong.as_bytes())).unwrap_err().detail, "data_base64 is no base64");
    }

    #[test]
    fn a_body_that_is_too_long_is_no_event() {
        let poison = binary(&headers(&REQUIRED), &vec![b' '; RECORD_BYTES_MAX + 1]).unwrap_err();
        assert_eq!((poison.reason, poison.raw.len()), (records::TOO_LONG, RECORD_BYTES_MAX));
    }

    #[test]
    fn ids_of_two_sources_are_never_the_same() {
        let of = |source: &'static str, id: &'static str| {
            let list = [REQUIRED[0], ("ce-id", id), ("ce-source", source), REQUIRED[3]];
            binary(&headers(&list), b"").unwrap().id.unwrap()
        };
        assert_ne!(of("a", "b\",\"c"), of("a\",\"b", "c"));
    }

    #[test]
    fn a_webhook_gets_its_consent() {
        let asked = consent(&headers(&[("webhook-request-origin", "events.example"), ("webhook-request-rate", "120")]));
        assert_eq!(asked.status(), StatusCode::OK);
        assert_eq!(
            (&asked.headers()["webhook-allowed-origin"], &asked.headers()["webhook-allowed-rate"]),
            (&HeaderValue::from_static("events.example"), &HeaderValue::from_static("*"))
        );
        let plain = consent(&HeaderMap::new());
        assert_eq!((plain.status(), plain.headers().get("webhook-allowed-origin")), (StatusCode::NO_CONTENT, None));
        assert_eq!(plain.headers()[header::ALLOW], "POST, HEAD, GET, OPTIONS");
    }
}
