//! What is asked in JSON or in a query, whose faults are told as every other one.

use super::answer::Problem;
use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Query, Request},
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

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Form<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes =
            Bytes::from_request(request, state).await.map_err(|refused| match refused.into_response().status() {
                StatusCode::PAYLOAD_TOO_LARGE => Problem::form("the body is too long"),
                _ => Problem::broken_off(),
            })?;
        serde_json::from_slice(&bytes).map(Self).map_err(Problem::form)
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut request::Parts, _: &S) -> Result<Self, Problem> {
        Query::try_from_uri(&parts.uri).map(|Query(asked)| Self(asked)).map_err(Problem::form)
    }
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

    #[tokio::test]
    async fn a_query_that_does_not_read_is_told_in_the_usual_form() {
        let asked = |uri: &'static str| async move {
            let (mut parts, ()) = Request::builder().uri(uri).body(()).unwrap().into_parts();
            Asked::<std::collections::BTreeMap<String, u8>>::from_request_parts(&mut parts, &()).await
        };
        assert_eq!(asked("/x?a=7").await.unwrap().0["a"], 7);
        assert_eq!(asked("/x?a=many").await.unwrap_err().code(), "form");
    }
}
