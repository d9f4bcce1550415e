//! HTTP for gateways: TLS with certificates on both sides, or plain on this machine alone.
//!
//! A gateway gets two answers and no third: `200` with the token, or `403` with the reason. Even what cannot be read is `403`, since nginx
//! makes an error of its own of anything else.

use crate::{
    desk::Desk,
    dialects::Call,
    handshakes::Handshakes,
    mapping::Shown,
    point::Now,
    question::{Decision, Reason},
    tls::{self, TlsError, TlsFiles},
};
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::{
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use mulu_proofs::ids::Digest32;
use std::{
    convert::Infallible,
    fs, io,
    net::SocketAddr,
    os::unix::fs::FileTypeExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream, UnixListener},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::timeout,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

/// Connections at once that are served; further ones wait. Handshakes have a smaller bound of their own.
pub const CONNECTIONS_MAX: usize = 1_024;
/// Longest head of a question, in bytes.
pub const HEAD_BYTES_MAX: usize = 64 * 1024;
/// Most headers of a question.
pub const HEADERS_MAX: usize = 128;

/// How long a connection may be idle, or take over a head.
const IDLE: Duration = Duration::from_secs(75);
/// How long a handshake may take, with the wait for room behind it.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// How long to wait when the system gives no connection, for lack of file handles as a rule.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

const GRANT: HeaderName = HeaderName::from_static("mulu-grant");
const HEIGHT: HeaderName = HeaderName::from_static("mulu-height");
const REASON: HeaderName = HeaderName::from_static("mulu-reason");
const TOKEN: HeaderName = HeaderName::from_static("mulu-token");

/// Where gateways connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// With certificates on both sides.
    Tls(SocketAddr, TlsFiles),
    /// Plain, on this machine.
    Loopback(SocketAddr),
    /// Plain, by a socket in the file system: its folder says who may connect.
    Unix(PathBuf),
}

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Plain and for everybody.
    #[error(
        "{address} can be reached from elsewhere: give certificates in [decision.tls], or listen on 127.0.0.1, [::1] or a unix socket"
    )]
    NotLoopback {
        /// The address.
        address: SocketAddr,
    },
    /// The address cannot be had.
    #[error(
        "the decision point cannot listen on {address}; another program may have it: change decision.listen in config.toml"
    )]
    Listen {
        /// The address.
        address: String,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The certificates.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// The running server. Dropping it stops the server.
#[derive(Debug)]
pub struct ServerHandle {
    address: Option<SocketAddr>,
    socket: Option<PathBuf>,
    _stop: watch::Sender<()>,
}

impl ServerHandle {
    /// Where it listens: with the port that the system chose, if it was asked to.
    pub const fn address(&self) -> Option<SocketAddr> {
        self.address
    }
}

impl Drop for ServerHandle {
    fn drop(&mut self) {
        if let Some(socket) = &self.socket {
            // One that stays is replaced at the next start.
            let _ = fs::remove_file(socket);
        }
    }
}

enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

/// What a connection is served with.
#[derive(Clone)]
struct Connection {
    desk: Arc<Desk>,
    stop: watch::Receiver<()>,
}

/// Starts the server.
///
/// # Errors
/// [`ServeError`] if it would be open to others, or address or certificates are not there.
///
/// # Panics
/// Outside of a tokio runtime.
pub async fn serve(listen: Listen, desk: Arc<Desk>) -> Result<ServerHandle, ServeError> {
    let acceptor = match &listen {
        Listen::Tls(_, files) => Some(TlsAcceptor::from(Arc::new(tls::server(files)?))),
        Listen::Loopback(address) if !address.ip().is_loopback() => {
            return Err(ServeError::NotLoopback { address: *address });
        }
        _ => None,
    };
    let (listener, address, socket) = match listen {
        Listen::Tls(address, _) | Listen::Loopback(address) => {
            let error = |source| ServeError::Listen { address: address.to_string(), source };
            let listener = TcpListener::bind(address).await.map_err(error)?;
            let bound = listener.local_addr().map_err(error)?;
            (Listener::Tcp(listener), Some(bound), None)
        }
        Listen::Unix(path) => {
            let error = |source| ServeError::Listen { address: path.display().to_string(), source };
            remove_stale(&path).map_err(error)?;
            let listener = UnixListener::bind(&path).map_err(error)?;
            (Listener::Unix(listener), None, Some(path))
        }
    };
    let (stop, stopped) = watch::channel(());
    tokio::spawn(accept(listener, acceptor, Connection { desk, stop: stopped }));
    Ok(ServerHandle { address, socket, _stop: stop })
}

/// A socket that a killed process left behind; a file of another kind is not ours to remove.
fn remove_stale(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(data) if data.file_type().is_socket() => fs::remove_file(path),
        _ => Ok(()),
    }
}

async fn accept(listener: Listener, acceptor: Option<TlsAcceptor>, connection: Connection) {
    let mut stop = connection.stop.clone();
    let (room, handshakes) = (Arc::new(Semaphore::new(CONNECTIONS_MAX)), Arc::default());
    loop {
        let served = tokio::select! {
            served = accept_one(&listener, acceptor.as_ref(), &connection, &room, &handshakes) => served,
            _ = stop.changed() => return,
        };
        if served.is_err() {
            tokio::time::sleep(ACCEPT_PAUSE).await;
        }
    }
}

async fn accept_one(
    listener: &Listener,
    acceptor: Option<&TlsAcceptor>,
    connection: &Connection,
    room: &Arc<Semaphore>,
    handshakes: &Arc<Handshakes>,
) -> io::Result<()> {
    let (connection, room) = (connection.clone(), Arc::clone(room));
    match (listener, acceptor) {
        (Listener::Tcp(listener), Some(acceptor)) => {
            let (stream, peer) = listener.accept().await?;
            let mut place = handshakes.begin(peer.ip());
            stream.set_nodelay(true)?;
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // Who fails the handshake learns why from the handshake; its address stays out of the log.
                let shaken = tokio::select! {
                    shaken = timeout(HANDSHAKE, shake_hands(&acceptor, stream, room)) => shaken.ok().flatten(),
                    () = place.lost() => None,
                };
                drop(place);
                if let Some((stream, permit)) = shaken {
                    let certificate = tls::fingerprint(stream.get_ref().1);
                    connection.serve(stream, certificate, permit).await;
                }
            });
        }
        (Listener::Tcp(listener), None) => {
            let Ok(permit) = room.acquire_owned().await else { return Ok(()) };
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            tokio::spawn(connection.serve(stream, None, permit));
        }
        (Listener::Unix(listener), _) => {
            let Ok(permit) = room.acquire_owned().await else { return Ok(()) };
            let (stream, _) = listener.accept().await?;
            tokio::spawn(connection.serve(stream, None, permit));
        }
    }
    Ok(())
}

/// A handshake, then room among those that are served; until there is room, the connection counts as a handshake.
async fn shake_hands(
    acceptor: &TlsAcceptor,
    stream: TcpStream,
    room: Arc<Semaphore>,
) -> Option<(TlsStream<TcpStream>, OwnedSemaphorePermit)> {
    let stream = acceptor.accept(stream).await.ok()?;
    Some((stream, room.acquire_owned().await.ok()?))
}

impl Connection {
    async fn serve<S>(mut self, stream: S, certificate: Option<Digest32>, permit: OwnedSemaphorePermit)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let desk = Arc::clone(&self.desk);
        let service = service_fn(move |request| {
            let desk = Arc::clone(&desk);
            async move { Ok::<_, Infallible>(answer(&desk, request, certificate).await) }
        });
        let serving = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(IDLE)
            .max_buf_size(HEAD_BYTES_MAX)
            .max_headers(HEADERS_MAX)
            .serve_connection(TokioIo::new(stream), service);
        tokio::select! {
            // Whatever ended it, nobody waits for an answer any more.
            _ = serving => {}
            _ = self.stop.changed() => {}
        }
        drop(permit);
    }
}

async fn answer(desk: &Desk, request: Request<Incoming>, certificate: Option<Digest32>) -> Response<Full<Bytes>> {
    let now = Now::read();
    let (head, _) = request.into_parts();
    match Call::read(&head.method, &head.uri, &head.headers) {
        Some(call) => {
            let shown = Shown { headers: &head.headers, certificate: certificate.as_ref() };
            decided(&desk.call(&call, &shown, now).await)
        }
        None if head.method == Method::GET && head.uri.path() == "/health" => health(desk, now),
        None => refused(desk.point().deny(Reason::Malformed).height.get(), Reason::Malformed),
    }
}

fn decided(decision: &Decision) -> Response<Full<Bytes>> {
    match &decision.verdict {
        Ok(allowed) => {
            let mut response = Response::new(Full::default());
            let headers = response.headers_mut();
            let token = HeaderValue::from_str(&allowed.token).expect("base64url is visible ASCII");
            headers.insert(TOKEN, token);
            headers.insert(GRANT, allowed.grant.get().into());
            headers.insert(HEIGHT, decision.height.get().into());
            response
        }
        Err(denied) => refused(decision.height.get(), denied.reason),
    }
}

fn refused(height: u32, reason: Reason) -> Response<Full<Bytes>> {
    let body = format!("{{\"allowed\":false,\"reason\":\"{reason}\",\"height\":{height}}}\n");
    let mut response = json(StatusCode::FORBIDDEN, body);
    response.headers_mut().insert(REASON, HeaderValue::from_static(reason.code()));
    response.headers_mut().insert(HEIGHT, height.into());
    response
}

/// Whether calls can be allowed at all, for whoever watches the node.
fn health(desk: &Desk, now: Now) -> Response<Full<Bytes>> {
    match desk.point().is_ready(now) {
        Ok(height) => json(StatusCode::OK, format!("{{\"ready\":true,\"height\":{height}}}\n")),
        Err(reason) => json(StatusCode::SERVICE_UNAVAILABLE, format!("{{\"ready\":false,\"reason\":\"{reason}\"}}\n")),
    }
}

fn json(status: StatusCode, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
