//! `POST /ingest/{source}` and `POST /v1/logs`: a body is answered when every record in it is durable, as an event to be or in the quarantine.
//!
//! ```text
//! body ── read ──> bytes ── expand ──> text ── cut ──> pieces ── read ──> records ── Intake::accept (fsync) ──> 200 with a summary
//! ```

use super::{
    answer::{Line, Problem, Summary},
    auth::Right,
    body::{self, BODY_BYTES_MAX, EXPANDED_BYTES_MAX, Encoding, ExpandError, Place, Room, Sent, expand},
    caller::Caller,
    cloudevents::consent,
    form::Named,
    format::{Cut, Format, Records},
    records::poison,
};
use crate::{
    intake::{Delivery, Intake},
    stop::Stop,
};
use axum::{
    Extension, Router,
    body::Bytes,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use mulu_mapping::{Poison, Record};
use mulu_proofs::hash::{DigestKind, digest};
use opentelemetry_proto::tonic::collector::logs::v1::{ExportLogsPartialSuccess, ExportLogsServiceResponse};
use prost::Message;
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

/// The table of a source that takes requests: `ingest = {}`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IngestConfig {}

/// Names a request, so that it is known when it comes again.
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Longest such name.
const KEY_BYTES_MAX: usize = 256;
/// Bodies up to so many bytes are read at once; longer and compressed ones beside the other requests.
const AT_ONCE_BYTES_MAX: usize = 64 * 1024;
/// A body that is not compressed as it says.
const NOT_EXPANDED: &str = "not_expanded";

/// The sources that take requests, by name. Clones are the same.
#[derive(Clone, Default)]
pub struct Inlets {
    intakes: Arc<RwLock<BTreeMap<String, Option<Intake>>>>,
}

impl Inlets {
    /// Sources of these names, none of which is open yet.
    pub fn new(names: impl IntoIterator<Item = String>) -> Self {
        Self { intakes: Arc::new(RwLock::new(names.into_iter().map(|name| (name, None)).collect())) }
    }

    /// Opens a source, once it is known what its stream asks for.
    pub fn open(&self, intake: Intake) {
        // One entry is changed at a time: what a panic left behind is whole.
        let mut intakes = self.intakes.write().unwrap_or_else(PoisonError::into_inner);
        intakes.insert(intake.source().to_owned(), Some(intake));
    }

    /// A source, for a caller that may use it.
    fn get(&self, caller: &Caller, source: &str) -> Result<Intake, Problem> {
        if !caller.may_use(source) {
            let message = "this caller may not use this source; `sources` of its table [[http.caller]] names others";
            return Err(Problem::forbidden(message));
        }
        let intakes = self.intakes.read().unwrap_or_else(PoisonError::into_inner);
        intakes.get(source).ok_or_else(Problem::unknown_source)?.clone().ok_or_else(Problem::not_open)
    }

    /// The only source that a caller may use.
    fn only(&self, caller: &Caller) -> Result<Intake, Problem> {
        let intakes = self.intakes.read().unwrap_or_else(PoisonError::into_inner);
        let mut own = intakes.iter().filter(|(source, _)| caller.may_use(source));
        match (own.next(), own.next()) {
            (Some((_, intake)), None) => intake.clone().ok_or_else(Problem::not_open),
            (None, _) => Err(Problem::unknown_source()),
            (Some(_), Some(_)) => {
                let message = "this caller has several sources; let the exporter's endpoint end in /ingest/NAME";
                Err(Problem::new(StatusCode::BAD_REQUEST, "several_sources", message))
            }
        }
    }
}

/// Runs a source that takes requests: it is open until the bridge stops.
pub async fn run(inlets: &Inlets, intake: Intake, stop: &Stop) {
    inlets.open(intake);
    stop.requested().await;
}

/// What the routes share.
#[derive(Clone)]
struct Desk {
    inlets: Inlets,
    room: Room,
}

/// The routes of the sources that take requests; each goes behind the gate of [`RIGHT`].
pub fn router(inlets: Inlets, room: Room) -> Router {
    Router::new()
        .route("/ingest/{source}", post(ingest).get(is_there).options(consents))
        .route("/ingest/{source}/v1/logs", post(logs_of))
        .route("/v1/logs", post(logs))
        .with_state(Desk { inlets, room })
}

/// What its routes ask of callers.
pub const RIGHT: Right = Right::Ingest;

async fn ingest(
    State(desk): State<Desk>,
    Named(source): Named,
    Extension(caller): Extension<Arc<Caller>>,
    request: Request,
) -> Result<Line<Summary>, Problem> {
    let intake = desk.inlets.get(&caller, &source)?;
    let format = Format::of(request.headers())?;
    desk.take(&intake, &caller, format, request).await.map(Line)
}

/// For senders that ask whether anybody is there before they send.
async fn is_there(
    State(desk): State<Desk>,
    Named(source): Named,
    Extension(caller): Extension<Arc<Caller>>,
) -> Result<Line<Value>, Problem> {
    desk.inlets.get(&caller, &source)?;
    Ok(Line(json!({ "source": source })))
}

async fn consents(headers: HeaderMap) -> Response {
    consent(&headers)
}

async fn logs_of(
    State(desk): State<Desk>,
    Named(source): Named,
    Extension(caller): Extension<Arc<Caller>>,
    request: Request,
) -> Result<Response, Problem> {
    let intake = desk.inlets.get(&caller, &source)?;
    desk.take_logs(&intake, &caller, request).await
}

async fn logs(
    State(desk): State<Desk>,
    Extension(caller): Extension<Arc<Caller>>,
    request: Request,
) -> Result<Response, Problem> {
    let intake = desk.inlets.only(&caller)?;
    desk.take_logs(&intake, &caller, request).await
}

impl Desk {
    /// Takes an OTLP request, and answers as OTLP does: what is in the quarantine counts as rejected, since nobody need send it again.
    async fn take_logs(&self, intake: &Intake, caller: &Caller, request: Request) -> Result<Response, Problem> {
        let format = Format::of_logs(request.headers())?;
        let summary = self.take(intake, caller, format, request).await?;
        let rejected = summary.quarantined_count;
        let message = summary.quarantined.first().map(|first| {
            format!("{rejected} in the bridge's quarantine, the first for {}: {}", first.reason, first.detail)
        });
        Ok(match format {
            Format::Protobuf => {
                let partial = message.map(|error_message| ExportLogsPartialSuccess {
                    rejected_log_records: i64::try_from(rejected).unwrap_or(i64::MAX),
                    error_message,
                });
                let bytes = ExportLogsServiceResponse { partial_success: partial }.encode_to_vec();
                ([(header::CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"))], bytes).into_response()
            }
            _ => Line(match message {
                // 64 bits are text in the JSON of protobuf.
                Some(message) => {
                    json!({ "partialSuccess": { "rejectedLogRecords": rejected.to_string(), "errorMessage": message } })
                }
                None => json!({}),
            })
            .into_response(),
        })
    }

    async fn take(
        &self,
        intake: &Intake,
        caller: &Caller,
        format: Format,
        request: Request,
    ) -> Result<Summary, Problem> {
        let (head, body) = request.into_parts();
        let encoding = Encoding::of(&head.headers)?;
        let key = key(&head.headers)?;
        let sent = body::read(&head.headers, body, BODY_BYTES_MAX, &self.room).await?;
        if sent.bytes.is_empty() && !format.may_be_empty() {
            return Err(Problem::empty());
        }
        let (mut records, place) = self.records(intake, caller, format, (encoding, head.headers), sent).await?;
        if let Some(key) = key {
            name(&mut records, intake, caller, &key);
        }
        let accepted = intake.accept(Delivery { records, position: None }).await;
        drop(place);
        let summary = Summary::new(accepted?);
        tracing::debug!(
            source = intake.source(),
            caller = caller.name(),
            accepted = summary.accepted,
            repeated = summary.repeated,
            quarantined = summary.quarantined_count,
            "body taken"
        );
        Ok(summary)
    }

    async fn records(
        &self,
        intake: &Intake,
        caller: &Caller,
        format: Format,
        (encoding, headers): (Encoding, HeaderMap),
        sent: Sent,
    ) -> Result<(Records, Option<Place>), Problem> {
        let is_short = encoding == Encoding::Identity && sent.bytes.len() <= AT_ONCE_BYTES_MAX;
        let length = if encoding == Encoding::Identity { sent.bytes.len() } else { EXPANDED_BYTES_MAX };
        let place = self.room.for_expanded(length).await?;
        let (room, intake, caller) = (self.room.clone(), intake.clone(), caller.name().to_owned());
        let read = move || {
            let mut place = place;
            let body = match expand(encoding, sent.bytes.clone(), EXPANDED_BYTES_MAX) {
                Ok(body) => body,
                Err(error) => return unexpanded(&error, &sent.bytes),
            };
            place.shrink(body.len());
            let cut = Cut::new(format, &headers, &body, intake.mapping().lines())?;
            let held = room.for_values(cut.bytes)?;
            let mut records = cut.records(intake.mapping())?;
            // A sender that heard no answer sends the same bytes again; whatever is equal in other bytes is another call.
            mulu_mapping::place(&mut records, &("body", &caller, digest(DigestKind::Document, &body)));
            Ok((records, Some(held)))
        };
        if is_short { read() } else { tokio::task::spawn_blocking(read).await.unwrap_or_else(|_| Err(Problem::busy())) }
    }
}

/// What is not compressed as it says is kept as it is: for most senders any refusal is the end of it.
fn unexpanded(error: &ExpandError, sent: &Bytes) -> Result<(Records, Option<Place>), Problem> {
    match error {
        ExpandError::TooLarge { bytes_max } => Err(Problem::too_large(*bytes_max)),
        ExpandError::Corrupt(_) => Ok((vec![Err(poison(NOT_EXPANDED, error.to_string(), sent))], None)),
    }
}

/// The name that a sender gives its request.
fn key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    match value.to_str() {
        Ok(key) if !key.is_empty() && key.len() <= KEY_BYTES_MAX => Ok(Some(key.to_owned())),
        _ => {
            let message = format!("Idempotency-Key takes 1 to {KEY_BYTES_MAX} visible characters");
            Err(Problem::new(StatusCode::BAD_REQUEST, "wrong_key", message))
        }
    }
}

/// Names each record that has no name of its own by its place in the request.
fn name(records: &mut [Result<Record, Poison>], intake: &Intake, caller: &Caller, key: &str) {
    for (place, record) in records.iter_mut().enumerate() {
        if let Ok(record) = record
            && intake.mapping().id(record).is_none()
        {
            record.id = Some(json!([caller.name(), key, place]).to_string());
        }
    }
}
