//! What whoever runs the bridge asks it over HTTP: health, metrics, status, and work on the quarantine while the vault is in use.

use crate::{
    error::BridgeError,
    http::{
        answer::{Line, Problem},
        form::{Asked, Form},
    },
    quarantine::{self, Chosen, Mappings, Retried, Row},
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

/// `GET /health`, `/metrics`, `/status`, `/quarantine`; `POST /quarantine/retry`, `/quarantine/drop`.
pub fn router(operations: Operations) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/metrics", get(metrics))
        .route("/status", get(status))
        .route("/quarantine", get(list))
        .route("/quarantine/retry", post(retry))
        .route("/quarantine/drop", post(drop_rows))
        .with_state(operations)
}

/// Whether it is well, and nothing more: this is open to everybody.
async fn health(State(operations): State<Operations>) -> Response {
    let is_taking = operations.watch.is_taking();
    let code = if is_taking { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (code, Line(json!({ "is_taking": is_taking }))).into_response()
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

async fn list(State(operations): State<Operations>, Asked(page): Asked<Page>) -> Result<Line<Vec<Row>>, Problem> {
    let rows = operations
        .watch
        .spool
        .on_quarantine(move |vault| quarantine::list(vault, page.from, page.rows))
        .await
        .map_err(failed)?;
    Ok(Line(rows))
}

async fn retry(State(operations): State<Operations>, Form(form): Form<RetryForm>) -> Result<Line<Retried>, Problem> {
    let mappings = Arc::clone(&operations.mappings);
    let levels = Arc::clone(operations.watch.spool.levels());
    let released = move |stream, time| levels.arrived(stream, 1, time);
    let work = move |vault: &Vault| quarantine::retry_telling(vault, &mappings, &form.chosen, form.stream, released);
    Ok(Line(operations.watch.spool.on_quarantine(work).await.map_err(failed)?))
}

async fn drop_rows(State(operations): State<Operations>, Form(form): Form<DropForm>) -> Result<Response, Problem> {
    let work = move |vault: &Vault| quarantine::drop_rows(vault, &form.chosen, &form.why);
    let dropped = operations.watch.spool.on_quarantine(work).await.map_err(failed)?;
    Ok(Line(json!({ "dropped": dropped })).into_response())
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
