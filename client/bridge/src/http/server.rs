//! Connections: how many at once, for how long, and how they end.

use super::{patient::Patient, tls};
use crate::stop::Stop;
use axum::{Router, body::Body, http::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{pin::pin, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};
use tokio_rustls::TlsAcceptor;
use tower::Service;

use super::auth::Certificate;

/// Connections at once; further ones wait.
pub const CONNECTIONS_MAX: usize = 1_024;
/// Longest head of a request, in bytes.
pub const HEAD_BYTES_MAX: usize = 64 * 1024;
/// Most headers of a request.
pub const HEADERS_MAX: usize = 128;

/// How long a connection may be idle, or take over a head.
const IDLE: Duration = Duration::from_secs(75);
/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long to wait when the system gives no connection, for lack of file handles as a rule.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long the other end may take nothing of an answer.
const TAKES: Duration = Duration::from_secs(60);
/// How long requests under way have when the bridge stops.
const FAREWELL: Duration = Duration::from_secs(10);

/// Serves until the bridge stops, and then what is under way.
pub async fn serve(listener: TcpListener, acceptor: Option<TlsAcceptor>, router: Router, stop: Stop) {
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &room) => accepted,
            () = stop.requested() => break,
        };
        match accepted {
            Ok((stream, permit)) => {
                let connection = Connection { router: router.clone(), stop: stop.clone(), permit };
                tokio::spawn(connection.begin(stream, acceptor.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "no connection can be taken now");
                if stop.comes_within(ACCEPT_PAUSE).await {
                    break;
                }
            }
        }
    }
    drop(listener);
    // All places are free once nothing is under way.
    let all = u32::try_from(CONNECTIONS_MAX).expect("a small constant");
    if timeout(FAREWELL, room.acquire_many(all)).await.is_err() {
        tracing::warn!("requests that were under way have been cut off; their senders send them again");
    }
}

async fn accept(listener: &TcpListener, room: &Arc<Semaphore>) -> std::io::Result<(TcpStream, OwnedSemaphorePermit)> {
    let permit = Arc::clone(room).acquire_owned().await.map_err(std::io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    stream.set_nodelay(true)?;
    Ok((stream, permit))
}

/// What a connection is served with.
struct Connection {
    router: Router,
    stop: Stop,
    permit: OwnedSemaphorePermit,
}

impl Connection {
    async fn begin(self, stream: TcpStream, acceptor: Option<TlsAcceptor>) {
        let Some(acceptor) = acceptor else { return self.serve(stream, None).await };
        // Who fails the handshake learns why from the handshake; its address stays out of the log.
        if let Ok(Ok(stream)) = timeout(HANDSHAKE, acceptor.accept(stream)).await {
            let certificate = tls::shown(stream.get_ref().1);
            self.serve(stream, certificate).await;
        }
    }

    async fn serve<S>(self, stream: S, certificate: Option<Certificate>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Self { router, stop, permit } = self;
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            if let Some(certificate) = certificate {
                request.extensions_mut().insert(certificate);
            }
            router.clone().call(request)
        });
        let serving = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(IDLE)
            .max_buf_size(HEAD_BYTES_MAX)
            .max_headers(HEADERS_MAX)
            .serve_connection(TokioIo::new(Patient::new(stream, TAKES)), service);
        let mut serving = pin!(serving);
        tokio::select! {
            // Whatever ended it, nobody waits for an answer any more.
            _ = serving.as_mut() => {}
            () = stop.requested() => {
                serving.as_mut().graceful_shutdown();
                let _ = timeout(FAREWELL, serving).await;
            }
        }
        drop(permit);
    }
}
