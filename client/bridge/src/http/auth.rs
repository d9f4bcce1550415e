//! Who may do what: callers, how they are known, and the gate before every route.
//!
//! ```text
//! request ── known by: certificate | Authorization: Bearer … | Mulu-Signature over the body ──> caller ── may? how often? ──> route
//! ```
//!
//! Without callers the bridge serves this machine alone, and no page of a browser on it.

use super::{
    answer::Problem,
    body::{self, BODY_BYTES_MAX, Room},
    caller::{Caller, CallerConfig, Callers},
    signature::Signature,
};
use crate::error::BridgeError;
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, Method, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use std::{sync::Arc, time::SystemTime};

/// Names the caller of a signed request, where several sign.
const CALLER: HeaderName = HeaderName::from_static("mulu-caller");
/// Bears the signature.
const SIGNATURE: HeaderName = HeaderName::from_static("mulu-signature");

/// What a caller may do; each router asks for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Right {
    /// Hand over records: `/ingest/…`, `/v1/logs`.
    Ingest,
    /// Read what is on the ledger: `/events`.
    Events,
    /// Raise and follow requests: `/api/v1/…`.
    Requests,
    /// See and steer the bridge: `/status`, `/metrics`.
    Operate,
}

/// SHA-256 of the certificate that a connection has shown, which its authority has signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Certificate(pub [u8; 32]);

/// Knows the callers. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Gate {
    callers: Arc<Callers>,
    room: Room,
}

impl Gate {
    /// Reads the secrets of all callers.
    ///
    /// # Errors
    /// [`BridgeError::Config`] for the first mistake.
    pub fn new(callers: &[CallerConfig], room: Room) -> Result<Self, BridgeError> {
        Ok(Self { callers: Arc::new(Callers::new(callers)?), room })
    }

    /// Puts the gate before a router: its handlers find `Extension<Arc<Caller>>`.
    pub fn guard(&self, right: Right, router: Router) -> Router {
        if router.has_routes() {
            router.route_layer(middleware::from_fn_with_state(Post { gate: self.clone(), right }, pass))
        } else {
            router
        }
    }

    async fn known(&self, request: Request) -> Result<(Arc<Caller>, Request), Problem> {
        if let Some(local) = self.callers.local() {
            refuse_pages(request.headers())?;
            return Ok((Arc::clone(local), request));
        }
        if let Some(bearer) = bearer(request.headers())? {
            let caller = self.callers.of_token(bearer);
            return Ok((caller.ok_or_else(|| Problem::unknown_caller("no caller has this token"))?, request));
        }
        if request.headers().contains_key(SIGNATURE) {
            return self.of_signature(request).await;
        }
        let shown = request.extensions().get::<Certificate>();
        match shown.and_then(|certificate| self.callers.of_certificate(&certificate.0)) {
            Some(caller) => Ok((caller, request)),
            None => Err(Problem::unknown_caller(
                "show who calls: Authorization: Bearer TOKEN, a Mulu-Signature, or a certificate that a caller has",
            )),
        }
    }

    /// The caller whose secret has signed the request. Its body is read for that, and put back.
    async fn of_signature(&self, request: Request) -> Result<(Arc<Caller>, Request), Problem> {
        let unknown = || Problem::unknown_caller("the signature is none of the caller's for this request, or too old");
        let (mut head, body) = request.into_parts();
        let text = |name: &HeaderName| head.headers.get(name).and_then(|value| value.to_str().ok());
        let signature = text(&SIGNATURE).and_then(Signature::parse).ok_or_else(unknown)?;
        let (caller, key) = self.callers.of_signer(text(&CALLER)).ok_or_else(unknown)?;
        signature.is_fresh(SystemTime::now()).then_some(()).ok_or_else(unknown)?;
        let target = head.uri.path_and_query().map_or(head.uri.path(), |target| target.as_str());
        let mut checking = signature.of_request(&key, head.method.as_str(), target);
        // Until it is checked anybody may have sent it: it takes no room of those who have shown who they are.
        let seen = |part: &[u8]| checking.update(part);
        let sent = body::read_unproven(&head.headers, body, BODY_BYTES_MAX, &self.room, seen).await?;
        if !checking.holds() {
            return Err(unknown());
        }
        let sent = self.room.admit(sent)?;
        let bytes = sent.bytes.clone();
        head.extensions.insert(Arc::new(sent));
        Ok((caller, Request::from_parts(head, Body::from(bytes))))
    }
}

#[derive(Clone)]
struct Post {
    gate: Gate,
    right: Right,
}

async fn pass(State(post): State<Post>, request: Request, next: Next) -> Response {
    if is_open(post.right, &request) {
        return next.run(request).await;
    }
    match admitted(&post, request).await {
        Ok(request) => next.run(request).await,
        Err(problem) => {
            tracing::debug!(right = ?post.right, status = problem.status().as_u16(), code = problem.code(), "request refused");
            problem.into_response()
        }
    }
}

/// Whether the bridge is there, and the question whether it takes webhooks: neither gives or takes anything.
fn is_open(right: Right, request: &Request) -> bool {
    match right {
        Right::Operate => matches!(request.uri().path(), "/health" | "/live"),
        Right::Ingest => request.method() == Method::OPTIONS,
        Right::Events | Right::Requests => false,
    }
}

async fn admitted(post: &Post, request: Request) -> Result<Request, Problem> {
    let (caller, mut request) = post.gate.known(request).await?;
    if !caller.may(post.right) {
        return Err(Problem::forbidden(
            "this caller may not do that; its right is missing in `may` of its table [[http.caller]]",
        ));
    }
    caller.count()?;
    request.extensions_mut().insert(caller);
    Ok(request)
}

/// The token of `Authorization: Bearer`.
fn bearer(headers: &HeaderMap) -> Result<Option<&[u8]>, Problem> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    match value.as_bytes().split_at_checked(7) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case(b"bearer ") => Ok(Some(token.trim_ascii())),
        _ => Err(Problem::unknown_caller("Authorization is of another kind than Bearer")),
    }
}

/// A page that a browser on this machine shows could post to it: browsers say so themselves, and forwarders never do.
fn refuse_pages(headers: &HeaderMap) -> Result<(), Problem> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let name = host
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()))
        .map_or(host, |(name, _)| name);
    let is_here = name.eq_ignore_ascii_case("localhost") || {
        let address = name.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
        address.is_ok_and(|address| address.is_loopback())
    };
    if headers.contains_key(header::ORIGIN) || headers.contains_key("sec-fetch-site") || !is_here {
        return Err(Problem::forbidden(
            "without a [[http.caller]] nothing is taken from a browser or under another name than localhost",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
