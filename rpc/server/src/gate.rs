//! What stands before every request, on either listener. It takes the token out of the request, so that nothing behind it can log one.
//!
//! On the node's own listener only this machine is served, and no web pages of others: a page that a person visits may reach a loopback
//! port through the person's browser, with a name that resolves to 127.0.0.1 (hence the check of `Host`) or over WebSocket, which
//! browsers open to anywhere (hence the check of `Origin`). On the listener for others, pages are those of the configuration.

use crate::{
    admission::{Heard, Origin, calls_of},
    connections::{Line, UnderWay},
    context::Context,
    metrics,
    public::{Door, Guard, Visit},
    signin::SessionId,
    system,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use jsonrpsee::{
    core::BoxError,
    server::{HttpBody, HttpRequest, HttpResponse, ws::is_upgrade_request},
};
use mulu_rpc_api::signin::TOKEN_PATH;
use std::{
    net::IpAddr,
    pin::Pin,
    sync::Arc,
    task::{Context as TaskContext, Poll},
    time::{Duration, Instant},
};
use tower::Service;

/// Pages of others that may connect: the explorer that Substrate's own nodes allow.
const ORIGINS_ALLOWED: [&str; 1] = ["https://polkadot.js.org"];
/// Wallets installed in the browser; no page can claim these schemes.
const EXTENSIONS: [&str; 2] = ["chrome-extension://", "moz-extension://"];
/// What stands before a token in its header.
const BEARER: &str = "Bearer ";
/// How long the body of a request may take to come in.
const BODY_WAIT: Duration = Duration::from_secs(30);
/// What whoever sends too much is told that is no call.
const UNPAID: &str = "more requests that do not read than an address or account may send; wait a second";
/// What pages may send, and for how many seconds they need not ask again.
const PAGES_MAY: [(header::HeaderName, &str); 3] = [
    (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
    (header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type"),
    (header::ACCESS_CONTROL_MAX_AGE, "600"),
];

/// Wraps the service that answers the requests of one connection.
#[derive(Clone)]
pub struct Gate<S> {
    service: S,
    context: Arc<Context>,
    door: Arc<Door>,
    line: Arc<Line>,
}

impl<S> Gate<S> {
    /// Before `service`.
    pub const fn new(service: S, context: Arc<Context>, door: Arc<Door>, line: Arc<Line>) -> Self {
        Self { service, context, door, line }
    }

    /// Lets a request in, with everything behind the gate in its extensions, or answers it here.
    fn enter<B>(&self, request: &mut HttpRequest<B>) -> Result<(), Box<HttpResponse>> {
        let authority = request.uri().authority().map(|authority| authority.as_str());
        match &self.door.guard {
            None if !is_for_this_machine(request.headers(), authority) => {
                return Err(answer(StatusCode::FORBIDDEN, "this address answers to localhost only"));
            }
            None if !is_origin_allowed(request.headers()) => {
                return Err(answer(StatusCode::FORBIDDEN, "pages of this origin may not call the node"));
            }
            Some(guard) if !is_page_allowed(guard, request.headers()) => {
                return Err(answer(
                    StatusCode::FORBIDDEN,
                    "pages of this origin may not call the node; rpc.public.cors names those that may",
                ));
            }
            _ => {}
        }
        if request.method() == Method::OPTIONS && request.headers().contains_key(header::ORIGIN) {
            return Err(Box::new(pages_may()));
        }
        if request.method() == Method::GET
            && let Some(answer) = health(&self.context, request.uri().path())
        {
            return Err(Box::new(answer));
        }
        if self.asks_for_metrics(request) {
            return Ok(());
        }
        let session = take_token(request)?;
        let origin = match &self.door.guard {
            None => Origin::Local,
            Some(guard) => Origin::Public(Arc::new(self.visit(guard, request.headers(), session)?)),
        };
        // With a token that has ended the connection stays, so that its calls are told so.
        if let Some(session) = origin.session().filter(|_| is_upgrade_request(request))
            && self.context.sessions.find(session, Instant::now()).is_some()
        {
            self.line.carries(session);
        }
        let extensions = request.extensions_mut();
        extensions.insert(origin);
        extensions.insert(UnderWay::on(&self.line));
        extensions.insert(self.line.pace().clone());
        Ok(())
    }

    /// On the node's own listener alone: they are for who runs it. No other request keeps such a path behind the gate.
    fn asks_for_metrics<B>(&self, request: &HttpRequest<B>) -> bool {
        self.door.guard.is_none() && request.method() == Method::GET && request.uri().path() == metrics::PATH
    }

    fn visit(
        &self,
        guard: &Guard,
        headers: &HeaderMap,
        session: Option<SessionId>,
    ) -> Result<Visit, Box<HttpResponse>> {
        let address: IpAddr = guard.address_of(self.line.peer(), headers);
        let too_many = || answer(StatusCode::TOO_MANY_REQUESTS, "too many connections, or too many of this address");
        Visit::new(&self.door, guard, address, session).ok_or_else(too_many)
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

    fn call(&mut self, mut request: HttpRequest<B>) -> Self::Future {
        // Only a page that may call gets behind the gate, or an answer that it may read.
        let page = request.headers().get(header::ORIGIN).cloned();
        match self.enter(&mut request) {
            Err(answer) if answer.status() == StatusCode::FORBIDDEN => Box::pin(std::future::ready(Ok(*answer))),
            Err(answer) => Box::pin(std::future::ready(Ok(readable_by(page, *answer)))),
            Ok(()) if self.asks_for_metrics(&request) => {
                let context = Arc::clone(&self.context);
                Box::pin(async move { Ok(measured(&context).await) })
            }
            Ok(()) => {
                // An upgrade is answered at once, and what comes then is no body.
                let (heard, is_upgrade) = (Heard::default(), is_upgrade_request(&request));
                let toll = Arc::clone(self.line.toll());
                if let Some(Origin::Public(visit)) = request.extensions().get::<Origin>() {
                    toll.of(visit.from.clone(), is_upgrade);
                }
                let sent = calls_of(length_of(request.headers()));
                if !is_upgrade {
                    request.extensions_mut().insert(heard.clone());
                }
                let answered = in_time(self.service.call(request), heard.clone(), BODY_WAIT);
                Box::pin(async move {
                    let answer = answered.await?;
                    // Nothing of it was a call, and so nothing of it was paid for.
                    let is_paid = is_upgrade || heard.is_whole() || toll.charge(1 + sent);
                    Ok(readable_by(
                        page,
                        if is_paid { answer } else { *self::answer(StatusCode::TOO_MANY_REQUESTS, UNPAID) },
                    ))
                })
            }
        }
    }
}

/// The answer, unless the request was not heard to its end in time: then it is given up, and the connection with it. Once heard, a call may take
/// as long as it takes.
async fn in_time<F>(answered: F, heard: Heard, wait: Duration) -> Result<HttpResponse, BoxError>
where
    F: Future<Output = Result<HttpResponse, BoxError>>,
{
    let mut answered = std::pin::pin!(answered);
    match tokio::time::timeout(wait, &mut answered).await {
        Ok(answer) => answer,
        Err(_) if heard.is_whole() => answered.await,
        Err(_) => Ok(*answer(StatusCode::REQUEST_TIMEOUT, "the body of the request took too long to come in")),
    }
}

/// Bytes of a body, as far as its head says.
fn length_of(headers: &HeaderMap) -> usize {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    length.and_then(|length| length.parse().ok()).unwrap_or(0)
}

/// Takes the token out of a request: the header, and the path, which is only ever this. Names the session that it stands for. Any other path is
/// refused: a token in it would be passed over, and the caller answered as if nobody had signed in.
fn take_token<B>(request: &mut HttpRequest<B>) -> Result<Option<SessionId>, Box<HttpResponse>> {
    let path = std::mem::replace(request.uri_mut(), Uri::from_static("/"));
    let of_path = path.path().strip_prefix(TOKEN_PATH).map(SessionId::of);
    let is_once = request.headers().get_all(header::AUTHORIZATION).iter().nth(1).is_none();
    let of_header = request.headers_mut().remove(header::AUTHORIZATION).map(|value| {
        let token = value.to_str().ok().and_then(|text| text.split_at_checked(BEARER.len()));
        // Another scheme names no session of ours, and so one that has ended.
        SessionId::of(token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case(BEARER)).map_or("", |(_, token)| token))
    });
    if of_path.is_none() && path.path() != "/" {
        return Err(answer(StatusCode::NOT_FOUND, "nothing here; calls go to / or, with a token, to /t/TOKEN"));
    }
    if !is_once {
        return Err(answer(StatusCode::BAD_REQUEST, "more than one Authorization header; send one"));
    }
    match (of_path, of_header) {
        (Some(path), Some(header)) if path != header => {
            Err(answer(StatusCode::BAD_REQUEST, "the path and the Authorization header name two tokens; send one"))
        }
        (of_path, of_header) => Ok(of_path.or(of_header)),
    }
}

fn answer(status: StatusCode, body: &'static str) -> Box<HttpResponse> {
    let mut response = HttpResponse::new(HttpBody::from(body));
    *response.status_mut() = status;
    Box::new(response)
}

/// Answers a browser that asks what a page may send.
fn pages_may() -> HttpResponse {
    let mut response = HttpResponse::new(HttpBody::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    for (name, value) in PAGES_MAY {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Lets the page that asked read the answer.
fn readable_by(page: Option<HeaderValue>, mut response: HttpResponse) -> HttpResponse {
    if let Some(page) = page {
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, page);
        response.headers_mut().append(header::VARY, HeaderValue::from_static("origin"));
    }
    response
}

/// `/metrics`: reading takes the disk, and so a worker.
async fn measured(context: &Arc<Context>) -> HttpResponse {
    match context.run(metrics::text).await {
        Ok(text) => {
            let mut response = HttpResponse::new(HttpBody::from(text));
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(metrics::CONTENT_TYPE));
            response
        }
        Err(_) => *answer(StatusCode::SERVICE_UNAVAILABLE, "the node is busy, or its store failed; its log says which"),
    }
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
    let mut response = HttpResponse::new(HttpBody::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
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

/// Whether a request is of no page, or of one that the configuration names.
fn is_page_allowed(guard: &Guard, headers: &HeaderMap) -> bool {
    match text(headers, header::ORIGIN) {
        Ok(None) => true,
        Ok(Some(origin)) => guard.allows_pages_of(origin),
        Err(()) => false,
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
    use jsonrpsee::server::serve_with_graceful_shutdown;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
    };

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
    fn a_token_is_taken_out_of_path_and_header() {
        let take = |path: &str, header: Option<&str>| {
            let mut request = http::Request::builder().uri(path).body(()).unwrap();
            if let Some(value) = header {
                request.headers_mut().insert(header::AUTHORIZATION, value.parse().unwrap());
            }
            let session = take_token(&mut request).map_err(|answer| answer.status());
            assert_eq!(request.uri(), "/");
            assert!(!request.headers().contains_key(header::AUTHORIZATION));
            session
        };
        let (one, other) = ("ab".repeat(32), "cd".repeat(32));
        let id = SessionId::of(&one);
        assert_eq!(take("/", None), Ok(None));
        assert_eq!(take("/?at=all", None), Ok(None));
        for lost in
            ["/anything?at=all", "/T/TOKEN", "//t/TOKEN", "/mulu/t/TOKEN", "/t", "/%74/TOKEN", "/health/t/TOKEN"]
        {
            let path = lost.replace("TOKEN", &one);
            assert_eq!(take(&path, None), Err(StatusCode::NOT_FOUND), "{lost}");
            assert_eq!(take(&path, Some(&format!("Bearer {one}"))), Err(StatusCode::NOT_FOUND), "{lost}");
        }
        let mut twice = http::Request::builder().uri("/");
        for token in [&one, &one] {
            twice = twice.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let mut twice = twice.body(()).unwrap();
        assert_eq!(take_token(&mut twice).unwrap_err().status(), StatusCode::BAD_REQUEST);
        assert!(!twice.headers().contains_key(header::AUTHORIZATION));
        assert_eq!(take(&format!("/t/{one}"), None), Ok(Some(id)));
        assert_eq!(take("/", Some(&format!("Bearer {one}"))), Ok(Some(id)));
        assert_eq!(take("/", Some(&format!("bearer {one}"))), Ok(Some(id)));
        assert_eq!(take(&format!("/t/{one}"), Some(&format!("Bearer {one}"))), Ok(Some(id)));
        assert_eq!(take(&format!("/t/{one}"), Some(&format!("Bearer {other}"))), Err(StatusCode::BAD_REQUEST));
        for odd in ["Basic YWI6Y2Q=", "Bearer", ""] {
            assert_eq!(take("/", Some(odd)), Ok(Some(SessionId::of(""))), "{odd}: a token that is none, not nobody");
        }
    }

    /// Waits for the body, which never comes whole, as the methods' service does.
    #[derive(Clone)]
    struct Waits;

    impl<B: Send + 'static> Service<HttpRequest<B>> for Waits {
        type Response = HttpResponse;
        type Error = BoxError;
        type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, BoxError>> + Send>>;

        fn poll_ready(&mut self, _: &mut TaskContext<'_>) -> Poll<Result<(), BoxError>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, request: HttpRequest<B>) -> Self::Future {
            let answered = async move {
                let _body = request.into_body();
                std::future::pending().await
            };
            Box::pin(in_time(answered, Heard::default(), Duration::from_millis(50)))
        }
    }

    #[tokio::test]
    async fn a_body_that_does_not_come_ends_the_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (socket, _) = listener.accept().await.unwrap();
        tokio::spawn(serve_with_graceful_shutdown(socket, Waits, std::future::pending()));
        client.write_all(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4000000\r\n\r\n{").await.unwrap();
        let mut answer = String::new();
        let ended = tokio::time::timeout(Duration::from_secs(10), client.read_to_string(&mut answer)).await;
        ended.expect("the server closes the connection").unwrap();
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    }

    #[tokio::test]
    async fn a_call_that_was_heard_may_take_longer() {
        let heard = Heard::default();
        heard.whole();
        let slow = async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            Ok(HttpResponse::new(HttpBody::empty()))
        };
        let answer = in_time(slow, heard, Duration::from_millis(1)).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
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
