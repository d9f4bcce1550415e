//! What senders are told. Most of them know three answers: taken (200), come again (429, 503), and give up (any other 4xx), at which they
//! throw the whole batch away; so nothing that a record can be guilty of is an error here.

use crate::intake::{Accepted, Quarantined, Refused};
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use std::time::Duration;

/// Most quarantined records that one answer names.
pub const NAMED_MAX: usize = 100;

/// When to come again if nothing else is known.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// What became of a body whose records are durable.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Records that wait for their batch now.
    pub accepted: u64,
    /// Records that came before.
    pub repeated: u64,
    /// Records that the mapping passes over.
    pub skipped: u64,
    /// How many are in the quarantine now.
    pub quarantined_count: usize,
    /// The first of them, at most [`NAMED_MAX`].
    pub quarantined: Vec<Quarantined>,
    /// Records that bear no id: if the same body comes again, they are counted again.
    pub without_id: u64,
}

impl Summary {
    /// Of what the intake says.
    pub fn new(accepted: Accepted) -> Self {
        let Accepted { accepted, repeated, skipped, without_id, mut quarantined } = accepted;
        let quarantined_count = quarantined.len();
        quarantined.truncate(NAMED_MAX);
        Self { accepted, repeated, skipped, quarantined_count, quarantined, without_id }
    }
}

/// JSON in a line that ends, so that in a shell the next prompt stands on a line of its own.
#[derive(Debug)]
pub struct Line<T>(pub T);

impl<T: Serialize> IntoResponse for Line<T> {
    fn into_response(self) -> Response {
        let mut line = serde_json::to_vec(&self.0).expect("what is answered has text for its keys");
        line.push(b'\n');
        ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], line).into_response()
    }
}

/// Why a request is not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    message: String,
    retry_after: Option<Duration>,
}

/// A [`Problem`] as it is written.
#[derive(Serialize)]
struct Written<'a> {
    error: &'a str,
    message: &'a str,
}

impl Problem {
    /// One of a status, a word of the closed list in `docs/integration/http.md`, and a sentence.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), retry_after: None }
    }

    fn come_again(status: StatusCode, code: &'static str, message: impl Into<String>, retry_after: Duration) -> Self {
        Self { status, code, message: message.into(), retry_after: Some(retry_after) }
    }

    /// Its status.
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// Its word.
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// Its sentence.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// There is nothing in it that could be kept.
    pub fn empty() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "empty",
            "the body is empty; send at least one record, or ask with HEAD whether the bridge is there",
        )
    }

    /// The connection ended within the body.
    pub fn broken_off() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "broken_off", "the body broke off; nothing of it was kept")
    }

    /// Nobody is known by what the request shows.
    pub fn unknown_caller(why: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unknown_caller", why)
    }

    /// The caller is known and may not.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", message)
    }

    /// No such source takes requests.
    pub fn unknown_source() -> Self {
        let message = "no source of this name takes requests; the path is /ingest/NAME for a table [source.NAME] with `ingest = {}`";
        Self::new(StatusCode::NOT_FOUND, "unknown_source", message)
    }

    /// The source waits for the node to say what its stream asks for.
    pub fn not_open() -> Self {
        let message = "the source is not open yet: no node has answered since the bridge was set up; `mulu bridge status` tells more";
        Self::come_again(StatusCode::SERVICE_UNAVAILABLE, "not_open", message, RETRY_AFTER)
    }

    /// Nothing is there.
    pub fn no_such_path() -> Self {
        let message = "there is nothing at this path; records go to POST /ingest/NAME";
        Self::new(StatusCode::NOT_FOUND, "no_such_path", message)
    }

    /// The path takes other methods, which the header Allow names.
    pub fn other_method() -> Self {
        let message = "this path takes other methods; the header Allow names them";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "other_method", message)
    }

    /// What is asked does not read.
    pub fn form(why: impl std::fmt::Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "form", format!("what is asked does not read: {why}"))
    }

    /// More bytes than are read.
    pub fn too_large(bytes_max: usize) -> Self {
        let message = format!("the body is larger than {bytes_max} bytes; let the sender make smaller batches");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message)
    }

    /// A compression that is not read.
    pub fn unknown_encoding() -> Self {
        let message =
            "Content-Encoding is gzip, zstd, deflate or none; set `compression` of the sender to gzip or zstd";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unknown_encoding", message)
    }

    /// The sender pauses too long, or needs too long in all. No 408: some senders throw the batch away at it.
    pub fn too_slow() -> Self {
        let message = "the body came too slowly; nothing of it was kept";
        Self::come_again(StatusCode::SERVICE_UNAVAILABLE, "too_slow", message, RETRY_AFTER)
    }

    /// Other requests have all the memory there is for bodies.
    pub fn busy() -> Self {
        let message = "other requests have all the memory there is for bodies; come again";
        Self::come_again(StatusCode::SERVICE_UNAVAILABLE, "busy", message, Duration::from_secs(1))
    }

    /// More requests than the caller may make.
    pub fn too_often(retry_after: Duration) -> Self {
        let message = "more requests than this caller may make in a second; come again";
        Self::come_again(StatusCode::TOO_MANY_REQUESTS, "too_often", message, retry_after)
    }
}

impl From<Refused> for Problem {
    /// 429 while there is room left for others, 503 when there is none.
    fn from(refused: Refused) -> Self {
        let message = refused.to_string();
        match refused {
            Refused::Full { waiting, bound, retry_after } if waiting < bound => {
                Self::come_again(StatusCode::TOO_MANY_REQUESTS, "filling", message, retry_after)
            }
            Refused::Full { retry_after, .. } => {
                Self::come_again(StatusCode::SERVICE_UNAVAILABLE, "full", message, retry_after)
            }
            Refused::QuarantineFull { retry_after, .. } => {
                Self::come_again(StatusCode::SERVICE_UNAVAILABLE, "quarantine_full", message, retry_after)
            }
            Refused::Shut { shut, retry_after, .. } => {
                Self::come_again(StatusCode::SERVICE_UNAVAILABLE, shut.code(), message, retry_after)
            }
            Refused::Stopped { .. } => {
                Self::come_again(StatusCode::SERVICE_UNAVAILABLE, "stopped", message, RETRY_AFTER)
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let written = Written { error: self.code, message: &self.message };
        let mut response = (self.status, Line(written)).into_response();
        let headers = response.headers_mut();
        if let Some(after) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(after.as_secs().max(1)));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use crate::shut::Shut;
    use mulu_proofs::ids::StreamId;

    fn retry_after(problem: Problem) -> (u16, Option<String>) {
        let response = problem.into_response();
        let after = response.headers().get(header::RETRY_AFTER).map(|value| value.to_str().unwrap().to_owned());
        (response.status().as_u16(), after)
    }

    #[test]
    fn a_spool_that_fills_slows_senders_down_and_a_full_one_stops_them() {
        let full = |waiting| Refused::Full { waiting, bound: 10, retry_after: Duration::from_millis(1_500) };
        assert_eq!(retry_after(full(9).into()), (429, Some("1".into())));
        assert_eq!(retry_after(full(10).into()), (503, Some("1".into())));
        assert_eq!(retry_after(Refused::Stopped { why: "its disk is full".into() }.into()), (503, Some("5".into())));
        let quarantine = Refused::QuarantineFull { bytes: 9, bound: 9, retry_after: Duration::from_secs(60) };
        assert_eq!(retry_after(quarantine.into()), (503, Some("60".into())));
        let soon = Refused::Full { waiting: 9, bound: 10, retry_after: Duration::ZERO };
        assert_eq!(retry_after(soon.into()), (429, Some("1".into())), "never at once");
    }

    #[test]
    fn a_stream_that_takes_nothing_any_more_is_told_with_the_way_out() {
        for shut in [Shut::StreamClosed, Shut::VaultBehind] {
            let refused = Refused::Shut { stream: StreamId::new(4), shut, retry_after: Duration::from_secs(30) };
            let problem = Problem::from(refused);
            assert!(problem.message.contains("`mulu bridge move --from 4`"), "{}", problem.message);
            assert_eq!((problem.code, retry_after(problem)), (shut.code(), (503, Some("30".into()))));
        }
    }

    #[test]
    fn what_a_sender_throws_away_is_no_answer_to_come_again() {
        for problem in [Problem::empty(), Problem::too_large(1), Problem::unknown_encoding(), Problem::unknown_source()]
        {
            assert_eq!(retry_after(problem).1, None);
        }
        let asked = Problem::unknown_caller("who?").into_response();
        assert_eq!(
            (asked.status().as_u16(), &asked.headers()[header::WWW_AUTHENTICATE]),
            (401, &HeaderValue::from_static("Bearer"))
        );
    }

    #[tokio::test]
    async fn every_answer_ends_its_line() {
        for response in [Problem::empty().into_response(), Line(serde_json::json!({ "accepted": 1 })).into_response()] {
            assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
            let bytes = axum::body::to_bytes(response.into_body(), 4_096).await.unwrap();
            assert!(bytes.ends_with(b"}\n") && serde_json::from_slice::<serde_json::Value>(&bytes).is_ok());
        }
    }

    #[test]
    fn an_answer_counts_all_and_names_the_first() {
        let quarantined = (0..NAMED_MAX + 5)
            .map(|place| Quarantined { place, number: place as u64, reason: "not_json", detail: "no JSON".into() })
            .collect();
        let summary = Summary::new(Accepted { accepted: 3, repeated: 2, quarantined, skipped: 1, without_id: 4 });
        assert_eq!(
            (summary.quarantined_count, summary.quarantined.len(), summary.without_id),
            (NAMED_MAX + 5, NAMED_MAX, 4)
        );
        let written = serde_json::to_value(&summary).unwrap();
        let first = serde_json::json!({ "place": 0, "number": 0, "reason": "not_json", "detail": "no JSON" });
        assert_eq!((&written["accepted"], &written["quarantined"][0]), (&serde_json::json!(3), &first));
    }
}
