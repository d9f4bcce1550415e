//! What stands before every request: only this machine is served, web pages of others are not, and `GET /health` is answered.
//!
//! A page that a person visits may reach a loopback port through the person's browser: with a name that resolves to 127.0.0.1 (hence
//! the check of `Host`) or over WebSocket, which browsers open to anywhere (hence the check of `Origin`).

use crate::{context::Context, system};
use http::{HeaderMap, Method, StatusCode, header};
use jsonrpsee::{
    core::BoxError,
    server::{HttpBody, HttpRequest, HttpResponse},
};
use std::{
    net::IpAddr,
    pin::Pin,
    sync::Arc,
    task::{Context as TaskContext, Poll},
};
use tower::Service;

/// Pages of others that may connect: the explorer that Substrate's own nodes allow.
const ORIGINS_ALLOWED: [&str; 1] = ["https://polkadot.js.org"];
/// Wallets installed in the browser; no page can claim these schemes.
const EXTENSIONS: [&str; 2] = ["chrome-extension://", "moz-extension://"];

/// Wraps the service that answers requests.
#[derive(Clone)]
pub struct Gate<S> {
    service: S,
    context: Arc<Context>,
}

impl<S> Gate<S> {
    /// Before `service`.
    pub const fn new(service: S, context: Arc<Context>) -> Self {
        Self { service, context }
    }
}

impl<S, B> Service<HttpRequest<B>> for Gate<S>
where
    S: Service<HttpRequest<B>, Response = HttpResponse, Error = BoxError>,
    S::Future: Send + 'static,
{
    type Response = HttpResponse;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, BoxError>> + Send>>;

    fn poll_ready(&mut self, task: &mut TaskContext<'_>) -> Poll<Result<(), BoxError>> {
        self.service.poll_ready(task)
    }

    fn call(&mut self, request: HttpRequest<B>) -> Self::Future {
        let authority = request.uri().authority().map(|authority| authority.as_str());
        let answer = if !is_for_this_machine(request.headers(), authority) {
            Some(answer(StatusCode::FORBIDDEN, "this address answers to localhost only".into()))
        } else if !is_origin_allowed(request.headers()) {
            Some(answer(StatusCode::FORBIDDEN, "pages of this origin may not call the node".into()))
        } else if request.method() == Method::GET {
            health(&self.context, request.uri().path())
        } else {
            None
        };
        match answer {
            Some(answer) => Box::pin(std::future::ready(Ok(answer))),
            None => Box::pin(self.service.call(request)),
        }
    }
}

fn answer(status: StatusCode, body: String) -> HttpResponse {
    let mut response = HttpResponse::new(HttpBody::from(body));
    *response.status_mut() = status;
    response
}

/// `/health` says how the node feels, `/health/readiness` whether it should be sent work.
fn health(context: &Context, path: &str) -> Option<HttpResponse> {
    let health = system::health(context);
    let status = match path {
        "/health" => StatusCode::OK,
        "/health/readiness" if health.is_syncing || (health.should_have_peers && health.peers == 0) => {
            StatusCode::INTERNAL_SERVER_ERROR
        }
        "/health/readiness" => StatusCode::OK,
        _ => return None,
    };
    let body = serde_json::to_string(&health).ok()?;
    let mut response = answer(status, body);
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    Some(response)
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Result<Option<&str>, ()> {
    headers.get(name).map(|value| value.to_str().map_err(drop)).transpose()
}

fn is_for_this_machine(headers: &HeaderMap, authority: Option<&str>) -> bool {
    match (text(headers, header::HOST), authority) {
        (Ok(Some(host)), _) | (Ok(None), Some(host)) => is_loopback(host),
        (Ok(None), None) | (Err(()), _) => false,
    }
}

fn is_origin_allowed(headers: &HeaderMap) -> bool {
    match text(headers, header::ORIGIN) {
        Ok(None) => true,
        Ok(Some(origin)) => {
            let host = origin.split_once("://").map_or("", |(_, host)| host);
            ORIGINS_ALLOWED.contains(&origin)
                || EXTENSIONS.iter().any(|scheme| origin.starts_with(scheme))
                || is_loopback(host)
        }
        Err(()) => false,
    }
}

/// Whether a host, with or without a port, is this machine.
fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map_or("", |(address, _)| address),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_loopback() {
        for host in ["localhost", "LOCALHOST:9944", "127.0.0.1:9944", "127.8.8.8", "[::1]:9944", "[::1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["", "example.org", "127.0.0.1.example.org", "10.0.0.1:9944", "[::2]:1", "localhost.example.org"] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn pages_of_others_are_not_allowed() {
        let with = |origin: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ORIGIN, header::HeaderValue::from_static(origin));
            is_origin_allowed(&headers)
        };
        assert!(is_origin_allowed(&HeaderMap::new()));
        for origin in ["http://localhost:3000", "https://polkadot.js.org", "chrome-extension://abc", "http://[::1]:80"]
        {
            assert!(with(origin), "{origin}");
        }
        for origin in ["null", "https://example.org", "https://polkadot.js.org.example.org", "http://localhost.evil"] {
            assert!(!with(origin), "{origin}");
        }
    }
}
