//! `/api/v1`: a platform's own application flow raises and follows share requests over plain HTTP; people still sign with their own keys.
//!
//! ```text
//! platform: POST /share-requests ──> an act to be signed ──> the person's key: `mulu tx sign`, or any ed25519 signer
//!           POST /signed <── the signed act ──┘
//!           GET /share-requests/{id} …  how far it has come, whom it waits for, its clocks
//! ```
//!
//! No key of a person is ever here. What is read is what the bridge's own account may see.

mod acts;
mod description;
mod drafts;
mod once;
mod reads;
mod refusal;
mod signed;

use crate::http::caller::Caller;
use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, FromRequest, FromRequestParts, Request},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get, post},
};
use mulu_client::connection::{ChainIdentity, Connection};
use once::{Begun, Once};
use refusal::Refusal;
use serde::{Serialize, de::DeserializeOwned};
use std::{convert::Infallible, sync::Arc};

/// Longest body, in bytes: an act of a request with its terms, in hexadecimal and as JSON, with room.
pub const BODY_BYTES_MAX: usize = 256 * 1024;
/// Name of the header under which a repeated question is known.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// What the façade works with.
#[derive(Clone)]
pub struct FacadeParts {
    /// To the node, as the platform.
    pub connection: Arc<Connection>,
    /// The chain that it keeps.
    pub chain: ChainIdentity,
}

/// The façade.
#[derive(Clone)]
struct Facade {
    connection: Arc<Connection>,
    chain: ChainIdentity,
    once: Once,
}

/// Every route of the façade.
fn routes() -> [(&'static str, MethodRouter<Facade>); 11] {
    [
        ("/api/v1/openapi.json", get(description::read)),
        ("/api/v1/share-requests", get(reads::requests).post(drafts::create)),
        ("/api/v1/share-requests/{id}", get(reads::request)),
        ("/api/v1/share-requests/{id}/acts", post(acts::create)),
        ("/api/v1/signed", post(signed::submit)),
        ("/api/v1/signed/{extrinsic}", get(signed::follow)),
        ("/api/v1/grants", get(reads::grants)),
        ("/api/v1/grants/{id}", get(reads::grant)),
        ("/api/v1/catalog", get(reads::catalog)),
        ("/api/v1/catalog/{entry}", get(reads::entry)),
        ("/api/v1/purposes", get(reads::purposes)),
    ]
}

/// `/api/v1/…`.
pub fn router(parts: FacadeParts) -> Router {
    let facade = Facade { connection: parts.connection, chain: parts.chain, once: Once::default() };
    let router = routes().into_iter().fold(Router::new(), |router, (path, methods)| router.route(path, methods));
    router
        .fallback(async || Refusal::no_such_path())
        .method_not_allowed_fallback(async || Refusal::other_method())
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(facade)
}

impl Facade {
    /// Makes something, once for each `Idempotency-Key` of a caller: the same question has the same answer. A key that was used with another
    /// body is told before that body is read.
    async fn once<A: Serialize>(
        &self,
        question: &Question,
        make: impl Future<Output = Result<A, Refusal>>,
    ) -> Result<Response, Refusal> {
        let ticket = match question.name() {
            None => None,
            Some(name) => match self.once.begin(name, &question.body)? {
                Begun::Repeated(answer) => return Ok(created(answer)),
                Begun::First(ticket) => Some(ticket),
            },
        };
        let answer = serde_json::to_vec(&make.await?).map(Bytes::from).map_err(|_| Refusal::broken())?;
        if let Some(ticket) = ticket {
            ticket.answered(answer.clone());
        }
        Ok(created(answer))
    }
}

fn created(body: Bytes) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (StatusCode::CREATED, kind, body).into_response()
}

/// Who asks for something to be made, and what exactly.
struct Question {
    caller: String,
    path: String,
    key: Option<String>,
    body: Bytes,
}

impl Question {
    fn new(Asker { caller, path }: Asker, headers: &HeaderMap, body: Bytes) -> Result<Self, Refusal> {
        let key = match headers.get(IDEMPOTENCY_KEY) {
            None => None,
            Some(key) => Some(once::key(key.to_str().unwrap_or_default())?),
        };
        Ok(Self { caller, path, key, body })
    }

    /// Under which its answer is kept, if it is to be.
    fn name(&self) -> Option<once::Name> {
        self.key.clone().map(|key| (self.caller.clone(), self.path.clone(), key))
    }

    /// The body in its form.
    fn read<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        serde_json::from_slice(&self.body).map_err(|error| Refusal::form(&error))
    }
}

/// Who asks, and where.
struct Asker {
    caller: String,
    path: String,
}

impl<S: Send + Sync> FromRequestParts<S> for Asker {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let caller = parts.extensions.get::<Arc<Caller>>();
        let caller = caller.map_or_else(String::new, |caller| caller.name().to_owned());
        Ok(Self { caller, path: parts.uri.path().to_owned() })
    }
}

/// What was sent.
struct Sent(Bytes);

impl<S: Send + Sync> FromRequest<S> for Sent {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        match Bytes::from_request(request, state).await {
            Ok(body) => Ok(Self(body)),
            Err(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                let message = format!("the body has more than {BODY_BYTES_MAX} bytes");
                Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message))
            }
            Err(_) => Err(Refusal::value("the body broke off")),
        }
    }
}

/// An answer of a question that only reads.
fn found<A: Serialize>(answer: A) -> Response {
    Json(answer).into_response()
}
