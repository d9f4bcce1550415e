//! Why a question has no answer, as the caller is told: a word of a closed list, a sentence, and the way out.

use crate::http::form::plain;
use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use mulu_client::ClientError;
use mulu_rpc_api::codes;
use serde::Serialize;

/// When to ask again, in seconds.
const RETRY_AFTER: u16 = 2;

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    status: StatusCode,
    told: Told,
}

/// Its JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Told {
    /// One word of a closed list.
    error: &'static str,
    /// What is wrong.
    message: String,
    /// The way out, where there is one to name.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    /// Each thing that is wrong, where there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<String>,
}

impl Refusal {
    /// One without a way out beside its message.
    pub fn new(status: StatusCode, error: &'static str, message: impl Into<String>) -> Self {
        Self { status, told: Told { error, message: message.into(), hint: None, problems: Vec::new() } }
    }

    /// What is in the body is not of the form.
    pub fn form(error: &serde_json::Error) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "form", format!("the body does not read: {}", plain(error)))
    }

    /// A value of the path or of the question is none.
    pub fn value(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "value", message)
    }

    /// The ledger would refuse this.
    pub fn terms(problems: Vec<String>) -> Self {
        let message = format!("the ledger would refuse this: {}", problems.join("; "));
        let refusal = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "terms", message);
        Self { told: Told { problems, ..refusal.told }, ..refusal }
    }

    /// There is nothing of that name, or the bridge's account does not see it.
    pub fn not_found(what: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            format!("there is no {what}, or this bridge's account may not see it"),
        )
    }

    /// Nothing is there.
    pub fn no_such_path() -> Self {
        let message = "there is nothing at this path; /api/v1/openapi.json describes every one";
        Self::new(StatusCode::NOT_FOUND, "no_such_path", message)
    }

    /// The path takes other methods.
    pub fn other_method() -> Self {
        let message = "this path takes other methods; the header Allow names them";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "other_method", message)
    }

    /// What was asked cannot be told; the bridge's log has the cause.
    pub fn broken() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "broken", "the bridge failed")
    }

    /// Its word.
    #[cfg(test)]
    pub const fn word(&self) -> &'static str {
        self.told.error
    }

    /// Its status.
    #[cfg(test)]
    pub const fn status(&self) -> StatusCode {
        self.status
    }
}

impl From<ClientError> for Refusal {
    fn from(error: ClientError) -> Self {
        let (status, word) = meaning(&error);
        if status.is_server_error() {
            tracing::warn!(why = %error, "a question of the platform has no answer");
        }
        let message = match status {
            StatusCode::SERVICE_UNAVAILABLE => "the node does not answer, or is busy; ask again".to_owned(),
            _ => plain(&error),
        };
        // Hints name commands of `mulu`; for acts they are the way out here too.
        let hint =
            matches!(error, ClientError::Act(_) | ClientError::OtherChain { .. }).then(|| error.hint()).flatten();
        let refusal = Self::new(status, word, message);
        Self { told: Told { hint, ..refusal.told }, ..refusal }
    }
}

fn meaning(error: &ClientError) -> (StatusCode, &'static str) {
    match error {
        ClientError::NotFound { .. } => (StatusCode::NOT_FOUND, "not_found"),
        ClientError::Act(_)
        | ClientError::Secret(_)
        | ClientError::Credential(_)
        | ClientError::OtherChain { .. }
        | ClientError::OtherDigest { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "act"),
        ClientError::CallFailed { .. } => (StatusCode::CONFLICT, "ledger"),
        ClientError::Answered { code, .. } => match *code {
            codes::NOT_FOUND => (StatusCode::NOT_FOUND, "not_found"),
            codes::CURSOR | codes::FILTER | codes::COUNT_OVER_BOUND | -32602 => (StatusCode::BAD_REQUEST, "value"),
            codes::NOT_PERMITTED => (StatusCode::FORBIDDEN, "not_permitted"),
            codes::INVALID_TRANSACTION | codes::UNDECODABLE | 1014 => (StatusCode::CONFLICT, "ledger"),
            codes::BUSY | codes::TOO_MANY_CALLS | codes::TOO_LONG | codes::SIGNED_OUT | 1012 | 1016 => {
                (StatusCode::SERVICE_UNAVAILABLE, "node_away")
            }
            _ => (StatusCode::BAD_GATEWAY, "node"),
        },
        ClientError::Unreachable { .. } | ClientError::Lost(_) | ClientError::UnderWay { .. } => {
            (StatusCode::SERVICE_UNAVAILABLE, "node_away")
        }
        _ => (StatusCode::BAD_GATEWAY, "node"),
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.told)).into_response();
        if matches!(self.status, StatusCode::SERVICE_UNAVAILABLE) {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mulu_client::offline::ActRefused;

    fn answered(code: i32) -> ClientError {
        ClientError::Answered { code, message: "no".into(), data: None }
    }

    #[test]
    fn each_failure_has_its_status_and_word() {
        for (error, status, word) in [
            (ClientError::NotFound { what: "x".into() }, 404, "not_found"),
            (ActRefused::Unsigned.into(), 422, "act"),
            (ClientError::OtherChain { found: [1; 32], expected: [2; 32] }, 422, "act"),
            (answered(codes::NOT_PERMITTED), 403, "not_permitted"),
            (answered(codes::CURSOR), 400, "value"),
            (answered(codes::INVALID_TRANSACTION), 409, "ledger"),
            (answered(codes::BUSY), 503, "node_away"),
            (answered(codes::INTERNAL), 502, "node"),
            (ClientError::FalseAnswer { why: "x".into() }, 502, "node"),
        ] {
            let refusal = Refusal::from(error);
            assert_eq!((refusal.status().as_u16(), refusal.word()), (status, word));
        }
    }

    #[test]
    fn who_may_ask_again_is_told_when_and_who_signed_wrongly_what_to_do() {
        let response = Refusal::from(answered(codes::BUSY)).into_response();
        assert_eq!(response.headers()[header::RETRY_AFTER], "2");
        assert!(!Refusal::from(answered(codes::CURSOR)).into_response().headers().contains_key(header::RETRY_AFTER));
        assert!(Refusal::from(ClientError::from(ActRefused::Unsigned)).told.hint.is_some());
    }

    #[test]
    fn several_problems_are_told_together_and_one_by_one() {
        let refusal = Refusal::terms(vec!["a".into(), "b".into()]);
        assert!(refusal.told.message.ends_with("a; b") && refusal.told.problems.len() == 2);
    }
}
