//! Connections: how many at once, for how long, and how they end.

use super::{
    drain::lend,
    patient::Patient,
    seats::{Seat, Seats},
    tls,
};
use crate::stop::Stop;
use axum::{Router, body::Body, http::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{convert::Infallible, net::SocketAddr, pin::pin, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{Notify, OwnedSemaphorePermit, Semaphore},
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

/// How long the first head may take to come.
const FIRST_HEAD: Duration = Duration::from_secs(10);
/// How long a connection that has asked something may be idle, or take over a further head.
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
pub async fn serve(listener: TcpListener, acceptor: Option<TlsAcceptor>, router: Router, seats: Seats, stop: Stop) {
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &room) => accepted,
            () = stop.requested() => break,
        };
        match accepted {
            Ok((stream, from, permit)) => match seats.take(from.ip()) {
                Some(seat) => {
                    let connection = Connection { router: router.clone(), stop: stop.clone(), permit, seat };
                    tokio::spawn(connection.begin(stream, acceptor.clone()));
                }
                None => tracing::debug!(
                    "a connection is closed: its address has as many as http.connections_per_address lets it"
                ),
            },
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

async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> std::io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let permit = Arc::clone(room).acquire_owned().await.map_err(std::io::Error::other)?;
    let (stream, from) = listener.accept().await?;
    stream.set_nodelay(true)?;
    Ok((stream, from, permit))
}

/// What a connection is served with.
struct Connection {
    router: Router,
    stop: Stop,
    permit: OwnedSemaphorePermit,
    seat: Seat,
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
        let Self { router, stop, permit, seat } = self;
        let begun = Arc::new(Notify::new());
        let asked = Arc::clone(&begun);
        let service = service_fn(move |request: Request<Incoming>| {
            asked.notify_one();
            let (mut request, rest) = lend(request.map(Body::new));
            if let Some(certificate) = certificate {
                request.extensions_mut().insert(certificate);
            }
            let answering = router.clone().call(request);
            async move {
                let answer = answering.await?;
                if answer.status().is_client_error() || answer.status().is_server_error() {
                    rest.drain().await;
                }
                Ok::<_, Infallible>(answer)
            }
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
            () = silence(&begun) => {}
            () = stop.requested() => {
                serving.as_mut().graceful_shutdown();
                let _ = timeout(FAREWELL, serving).await;
            }
        }
        drop((permit, seat));
    }
}

/// Ends if nothing is asked for too long; who has asked once is left to the server's own times.
async fn silence(begun: &Notify) {
    if timeout(FIRST_HEAD, begun.notified()).await.is_ok() {
        std::future::pending().await
    }
}
