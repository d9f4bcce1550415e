//! What is asked in JSON or in a query, whose faults are told as every other one.

use super::answer::Problem;
use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Path, Query, Request},
    http::{StatusCode, request},
    response::IntoResponse,
};
use serde::de::DeserializeOwned;

/// The JSON of a body, whatever its `Content-Type` says.
#[derive(Debug)]
pub struct Form<T>(pub T);

/// What the query of an address says.
#[derive(Debug)]
pub struct Asked<T>(pub T);

/// What the path of an address names, where a route has one name in it.
#[derive(Debug)]
pub struct Named(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut request::Parts, state: &S) -> Result<Self, Problem> {
        let named = Path::<String>::from_request_parts(parts, state).await;
        named.map(|Path(name)| Self(name)).map_err(|_| Problem::form("the name in the path is no text"))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Form<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes =
            Bytes::from_request(request, state).await.map_err(|refused| match refused.into_response().status() {
                StatusCode::PAYLOAD_TOO_LARGE => Problem::form("the body is too long"),
                _ => Problem::broken_off(),
            })?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| Problem::form(plain(&error)))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut request::Parts, _: &S) -> Result<Self, Problem> {
        Query::try_from_uri(&parts.uri).map(|Query(asked)| Self(asked)).map_err(|error| Problem::form(plain(&error)))
    }
}

/// What a reader of JSON or of a query expects, in its words and in those of whoever writes them.
const EXPECTED: [(&str, &str); 11] = [
    ("tuple struct ", "a list"),
    ("unit struct ", "null"),
    ("struct ", "an object"),
    ("untagged enum ", "one of its forms"),
    ("enum ", "one of its words"),
    ("u8", "a whole number from 0 to 255"),
    ("u16", "a whole number from 0 to 65535"),
    ("u32", "a whole number from 0 to 4294967295"),
    ("u64", "a whole number from 0 to 18446744073709551615"),
    ("usize", "a whole number from 0 to 18446744073709551615"),
    ("i64", "a whole number"),
];

/// Why something does not read, without the names that it has in this program.
pub fn plain(error: &dyn std::fmt::Display) -> String {
    const EXPECTED_WORD: &str = "expected ";
    let told = error.to_string();
    let told = told.strip_prefix("Failed to deserialize query string: ").unwrap_or(&told);
    let mut parts = told.split(EXPECTED_WORD);
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push_str(EXPECTED_WORD);
        let Some((rust, said)) = EXPECTED.iter().find(|(rust, _)| is_named(part, rust)) else {
            text.push_str(part);
            continue;
        };
        text.push_str(said);
        let behind = part.get(rust.len()..).unwrap_or_default();
        let name_ends = behind.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(behind.len());
        text.push_str(behind.get(name_ends..).unwrap_or_default());
    }
    text
}

/// Whether a part begins with what a type is called here: a kind and a name, or the whole of a word.
fn is_named(part: &str, rust: &str) -> bool {
    let behind = part.strip_prefix(rust);
    behind.is_some_and(|behind| rust.ends_with(' ') || !behind.starts_with(|c: char| c.is_alphanumeric()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use axum::body::Body;
    use serde_json::Value;

    async fn form(body: Body) -> Result<Value, Problem> {
        Form::<Value>::from_request(Request::new(body), &()).await.map(|Form(value)| value)
    }

    #[tokio::test]
    async fn a_body_is_read_without_a_word_on_its_kind() {
        assert_eq!(form(Body::from("{\"a\":1}")).await.unwrap()["a"], 1);
        for wrong in ["", "{", "{} {}"] {
            let refused = form(Body::from(wrong)).await.unwrap_err();
            assert_eq!((refused.status().as_u16(), refused.code()), (400, "form"), "{wrong}");
        }
        let long = form(Body::from(vec![b' '; 3 << 20])).await.unwrap_err();
        assert_eq!((long.status().as_u16(), long.code()), (400, "form"));
    }

    #[test]
    fn a_fault_is_told_without_names_of_this_program() {
        #[derive(Debug, serde::Deserialize)]
        struct Inner {
            _rows: u8,
        }
        #[derive(Debug, serde::Deserialize)]
        struct Outer {
            _inner: Inner,
        }
        let told = |text: &str| plain(&serde_json::from_str::<Outer>(text).unwrap_err());
        for (text, word) in [
            ("[]", "invalid length 0, expected an object with 1 element at line 1"),
            ("7", "invalid type: integer `7`, expected an object at line 1"),
            (
                "{\"_inner\":{\"_rows\":300}}",
                "invalid value: integer `300`, expected a whole number from 0 to 255 at line 1",
            ),
            ("{\"_inner\":{\"_rows\":\"\u{e9}\"}}", "expected a whole number from 0 to 255"),
            ("{}", "missing field `_inner`"),
        ] {
            assert!(told(text).contains(word), "{}", told(text));
        }
        assert_eq!(
            plain(&"expected u8 or expected struct A_1, expected one"),
            "expected a whole number from 0 to 255 or expected an object, expected one"
        );
        assert_eq!(plain(&"expected "), "expected ");
    }

    #[tokio::test]
    async fn a_query_that_does_not_read_is_told_in_the_usual_form() {
        let asked = |uri: &'static str| async move {
            let (mut parts, ()) = Request::builder().uri(uri).body(()).unwrap().into_parts();
            Asked::<std::collections::BTreeMap<String, u8>>::from_request_parts(&mut parts, &()).await
        };
        assert_eq!(asked("/x?a=7").await.unwrap().0["a"], 7);
        let refused = asked("/x?a=many").await.unwrap_err();
        assert_eq!(refused.code(), "form");
        assert!(!refused.message().contains("deserialize"), "{}", refused.message());
    }
}
