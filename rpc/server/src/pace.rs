//! The pace of one connection: nothing more is read from a client that does not take its answers, or that has enough requests under way.
//!
//! A WebSocket's requests are begun as they arrive, and their answers wait for the client. Without this a client that asks and never
//! reads would fill the memory: with answers, and with requests that wait for their turn.
//!
//! ```text
//! client ─ requests ─> Socket: reads while answers flow and a turn is free ─> Paced: one turn a call ─> method
//!        <─ answers ── Socket: notes whether the system takes more
//! ```

use crate::{limits::TURNS_MAX, toll::Toll};
use jsonrpsee::server::middleware::rpc::{Batch, Notification, Request, RpcServiceT};
use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Waker},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    sync::{OwnedSemaphorePermit, Semaphore, watch},
};

/// What the socket and the calls of one connection know of each other; goes with the extensions of its requests.
#[derive(Clone, Debug)]
pub struct Pace(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    turns: Arc<Semaphore>,
    /// Whether answers wait for the client to read.
    is_stuck: watch::Sender<bool>,
    /// Who waits to read.
    reader: Mutex<Option<Waker>>,
}

/// A call that is under way.
struct Turn {
    pace: Pace,
    place: Option<OwnedSemaphorePermit>,
}

impl Default for Pace {
    fn default() -> Self {
        Self(Arc::new(Shared {
            turns: Arc::new(Semaphore::new(TURNS_MAX)),
            is_stuck: watch::channel(false).0,
            reader: Mutex::default(),
        }))
    }
}

impl Pace {
    /// Waits until a call may begin.
    async fn turn(&self) -> Turn {
        let place = Arc::clone(&self.0.turns).acquire_owned().await.expect("nobody closes the semaphore");
        // The sender is here: the wait does not fail.
        let _ = self.0.is_stuck.subscribe().wait_for(|is_stuck| !is_stuck).await;
        Turn { pace: self.clone(), place: Some(place) }
    }

    fn is_free(&self) -> bool {
        !*self.0.is_stuck.borrow() && self.0.turns.available_permits() > 0
    }

    /// Whether more may be read; else wakes the task when it may.
    fn may_read(&self, task: &Context<'_>) -> bool {
        if self.is_free() {
            return true;
        }
        *self.0.reader.lock().unwrap_or_else(PoisonError::into_inner) = Some(task.waker().clone());
        // Once more: what became free meanwhile has woken nobody.
        self.is_free()
    }

    fn wake(&self) {
        if let Some(reader) = self.0.reader.lock().unwrap_or_else(PoisonError::into_inner).take() {
            reader.wake();
        }
    }

    /// Notes whether the system takes what is written.
    fn wrote(&self, is_stuck: bool) {
        if self.0.is_stuck.send_if_modified(|was| std::mem::replace(was, is_stuck) != is_stuck) && !is_stuck {
            self.wake();
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        drop(self.place.take());
        self.pace.wake();
    }
}

/// A connection's socket.
#[derive(Debug)]
pub struct Socket {
    stream: TcpStream,
    pace: Pace,
    toll: Arc<Toll>,
}

impl Socket {
    /// Of a connection with that pace, whose messages that do not read are charged to `toll`.
    pub const fn new(stream: TcpStream, pace: Pace, toll: Arc<Toll>) -> Self {
        Self { stream, pace, toll }
    }
}

impl AsyncRead for Socket {
    fn poll_read(mut self: Pin<&mut Self>, task: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.toll.is_spent() {
            // As if the client had ended it.
            return Poll::Ready(Ok(()));
        }
        if self.pace.may_read(task) { Pin::new(&mut self.stream).poll_read(task, buffer) } else { Poll::Pending }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, task: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(task, bytes);
        self.pace.wrote(polled.is_pending());
        if matches!(polled, Poll::Ready(Ok(written)) if written == bytes.len()) {
            self.toll.wrote(bytes);
        }
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(task)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(task)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(task, slices);
        self.pace.wrote(polled.is_pending());
        polled
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

/// Wraps the service that answers calls: each waits for its turn on its connection.
#[derive(Clone, Debug)]
pub struct Paced<S>(S);

impl<S> Paced<S> {
    /// Around `service`.
    pub const fn new(service: S) -> Self {
        Self(service)
    }
}

impl<S> RpcServiceT for Paced<S>
where
    S: RpcServiceT + Send + Sync + Clone + 'static,
    S::MethodResponse: Send,
    S::NotificationResponse: Send,
    S::BatchResponse: Send,
{
    type MethodResponse = S::MethodResponse;
    type NotificationResponse = S::NotificationResponse;
    type BatchResponse = S::BatchResponse;

    fn call<'a>(&self, request: Request<'a>) -> impl Future<Output = Self::MethodResponse> + Send + 'a {
        let (service, pace) = (self.0.clone(), request.extensions().get::<Pace>().cloned());
        async move {
            let _turn = turn(pace).await;
            service.call(request).await
        }
    }

    fn batch<'a>(&self, requests: Batch<'a>) -> impl Future<Output = Self::BatchResponse> + Send + 'a {
        let pace = requests.iter().flatten().find_map(|entry| entry.extensions().get::<Pace>().cloned());
        let service = self.0.clone();
        async move {
            let _turn = turn(pace).await;
            service.batch(requests).await
        }
    }

    fn notification<'a>(&self, n: Notification<'a>) -> impl Future<Output = Self::NotificationResponse> + Send + 'a {
        let service = self.0.clone();
        async move { service.notification(n).await }
    }
}

async fn turn(pace: Option<Pace>) -> Option<Turn> {
    match pace {
        Some(pace) => Some(pace.turn().await),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use std::time::Duration;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
        time::timeout,
    };

    const MOMENT: Duration = Duration::from_millis(50);
    const LONG: Duration = Duration::from_secs(20);

    async fn pair() -> (Socket, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let toll = Arc::new(Toll::new(Arc::default()));
        (Socket::new(listener.accept().await.unwrap().0, Pace::default(), toll), client)
    }

    #[tokio::test]
    async fn who_does_not_read_is_not_read_until_it_reads_again() {
        let (socket, mut client) = pair().await;
        let pace = socket.pace.clone();
        let (mut reading, mut writing) = tokio::io::split(socket);
        client.write_all(b"ask").await.unwrap();
        let mut asked = [0; 3];
        reading.read_exact(&mut asked).await.unwrap();
        let answer = vec![7; 16 * 1024 * 1024];
        let answering = tokio::spawn(async move { writing.write_all(&answer).await.map(|()| writing) });
        let mut stuck = pace.0.is_stuck.subscribe();
        timeout(LONG, stuck.wait_for(|stuck| *stuck)).await.unwrap().unwrap();
        client.write_all(b"ask").await.unwrap();
        assert!(timeout(MOMENT, reading.read_exact(&mut asked)).await.is_err());
        assert!(timeout(MOMENT, pace.turn()).await.is_err(), "what was read already does not begin");

        let mut taken = vec![0; 16 * 1024 * 1024];
        timeout(LONG, client.read_exact(&mut taken)).await.unwrap().unwrap();
        answering.await.unwrap().unwrap();
        timeout(LONG, reading.read_exact(&mut asked)).await.unwrap().unwrap();
        timeout(LONG, pace.turn()).await.unwrap();
    }

    #[tokio::test]
    async fn no_more_is_read_than_has_its_turn() {
        let (mut socket, mut client) = pair().await;
        let pace = socket.pace.clone();
        let mut turns = Vec::new();
        for _ in 0..TURNS_MAX {
            turns.push(pace.turn().await);
        }
        client.write_all(b"ask").await.unwrap();
        let mut asked = [0; 3];
        assert!(timeout(MOMENT, socket.read_exact(&mut asked)).await.is_err());
        let reading = tokio::spawn(async move { socket.read_exact(&mut asked).await.map(|_| asked) });
        tokio::time::sleep(MOMENT).await;
        turns.pop();
        assert_eq!(&timeout(LONG, reading).await.unwrap().unwrap().unwrap(), b"ask");
    }
}
