//! What whoever runs the bridge asks it over HTTP: health, metrics, status, and work on the quarantine while the vault is in use.

use crate::{
    error::BridgeError,
    http::{
        answer::{Line, Problem},
        form::{Asked, Form},
    },
    quarantine::{self, Chosen, Counted, DroppedRows, Listed, Mappings, Retried},
    status::{Status, Watch},
};
use axum::{
    Router,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use mulu_client::{ClientError, vault::Vault};
use mulu_proofs::ids::StreamId;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// What the routes work with.
#[derive(Clone)]
pub struct Operations {
    /// Where the status is asked for.
    pub watch: Watch,
    /// Mappings of the sources.
    pub mappings: Arc<Mappings>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    #[serde(default)]
    from: u64,
    #[serde(default = "page_rows")]
    rows: usize,
    source: Option<String>,
    reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    #[serde(default)]
    from: u64,
    source: Option<String>,
    reason: Option<String>,
}

const fn page_rows() -> usize {
    100
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RetryForm {
    chosen: Chosen,
    stream: Option<StreamId>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DropForm {
    chosen: Chosen,
    why: String,
}

/// `GET /health`, `/live`, `/metrics`, `/status`, `/quarantine`, `/quarantine/count`; `POST /quarantine/retry`, `/quarantine/drop`.
pub fn router(operations: Operations) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/live", get(live))
        .route("/metrics", get(metrics))
        .route("/status", get(status))
        .route("/quarantine", get(list))
        .route("/quarantine/count", get(count))
        .route("/quarantine/retry", post(retry))
        .route("/quarantine/drop", post(drop_rows))
        .with_state(operations)
}

/// Whether all is well, and what stands still; no word of anybody else's: this is open to everybody.
async fn health(State(operations): State<Operations>) -> Response {
    let health = operations.watch.health();
    let code = if health.is_taking { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (code, Line(health)).into_response()
}

/// Whether the process answers: whoever restarts it for a source that stands still mends nothing.
async fn live() -> Line<serde_json::Value> {
    Line(json!({ "is_live": true }))
}

async fn metrics(State(operations): State<Operations>) -> Response {
    let spool = &operations.watch.spool;
    spool.levels().tell(spool.metrics());
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(CONTENT_TYPE, kind)], spool.metrics().text()).into_response()
}

async fn status(State(operations): State<Operations>) -> Line<Status> {
    Line(operations.watch.status())
}

async fn list(State(operations): State<Operations>, Asked(page): Asked<Page>) -> Result<Line<Listed>, Problem> {
    let Page { from, rows, source, reason } = page;
    let chosen = Chosen { from, source, reason, ..Chosen::default() };
    let work = move |vault: &Vault| quarantine::list(vault, &chosen, rows);
    Ok(Line(operations.watch.spool.on_quarantine(work).await.map_err(failed)?))
}

async fn count(State(operations): State<Operations>, Asked(which): Asked<Which>) -> Result<Line<Counted>, Problem> {
    let Which { from, source, reason } = which;
    let chosen = Chosen { from, source, reason, ..Chosen::default() };
    let work = move |vault: &Vault| quarantine::count(vault, &chosen);
    Ok(Line(operations.watch.spool.on_quarantine(work).await.map_err(failed)?))
}

async fn retry(State(operations): State<Operations>, Form(form): Form<RetryForm>) -> Result<Line<Retried>, Problem> {
    let mappings = Arc::clone(&operations.mappings);
    let levels = Arc::clone(operations.watch.spool.levels());
    let released = move |stream, time| levels.arrived(stream, 1, time);
    let work = move |vault: &Vault| quarantine::retry_telling(vault, &mappings, &form.chosen, form.stream, released);
    Ok(Line(operations.watch.spool.on_quarantine(work).await.map_err(failed)?))
}

async fn drop_rows(
    State(operations): State<Operations>,
    Form(form): Form<DropForm>,
) -> Result<Line<DroppedRows>, Problem> {
    let work = move |vault: &Vault| quarantine::drop_rows(vault, &form.chosen, &form.why);
    Ok(Line(operations.watch.spool.on_quarantine(work).await.map_err(failed)?))
}

/// An error as an answer.
fn failed(error: BridgeError) -> Problem {
    let (status, code) = match error {
        BridgeError::Client(ClientError::DropText { .. } | ClientError::NotHeld { .. }) => {
            (StatusCode::BAD_REQUEST, "refused")
        }
        _ => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
    };
    Problem::new(status, code, error.to_string())
}

#[cfg(test)]
mod tests;
