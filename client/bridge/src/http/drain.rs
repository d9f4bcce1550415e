//! A body that is refused halfway is read on for a moment: most senders hear an answer only when they have sent all, and those that meet a
//! closed connection before send the same again for ever.

use axum::{
    body::{Body, Bytes, HttpBody},
    http::{Request, header},
};
use http_body_util::BodyExt;
use hyper::body::{Frame, SizeHint};
use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};
use tokio::time::timeout;

/// Most bytes that are read of a body that is refused.
pub const DRAINED_BYTES_MAX: u64 = 32 << 20;
/// How long it is read.
const DRAINED_FOR: Duration = Duration::from_secs(2);

/// The body of a request, which its handler reads and the connection finishes.
struct Lent(Arc<Mutex<Within>>);

struct Within {
    body: Body,
    is_begun: bool,
}

/// What a handler leaves of a body.
pub struct Rest {
    within: Arc<Mutex<Within>>,
    /// The sender waits for a word before it sends, so it hears a refusal that comes first.
    waits: bool,
}

/// Lends the body of a request to its handler.
pub fn lend(request: Request<Body>) -> (Request<Body>, Rest) {
    let waits = request.headers().contains_key(header::EXPECT);
    let (head, body) = request.into_parts();
    let within = Arc::new(Mutex::new(Within { body, is_begun: false }));
    let lent = Lent(Arc::clone(&within));
    (Request::from_parts(head, Body::new(lent)), Rest { within, waits })
}

impl Rest {
    /// Reads on, and throws away: to the end of the body, or of patience.
    pub async fn drain(self) {
        {
            // The handler is done: nobody else reads, and what a panic left behind is a body all the same.
            let within = self.within.lock().unwrap_or_else(PoisonError::into_inner);
            let is_hopeless = within.body.size_hint().lower() > DRAINED_BYTES_MAX;
            if is_hopeless || within.body.is_end_stream() || self.waits && !within.is_begun {
                return;
            }
        }
        let mut rest = Lent(self.within);
        let reading = async {
            let mut left = DRAINED_BYTES_MAX;
            while let Some(Ok(frame)) = rest.frame().await {
                let length = frame.data_ref().map_or(0, |data| data.len() as u64);
                match left.checked_sub(length) {
                    Some(less) => left = less,
                    None => break,
                }
            }
        };
        // Who is not done by then meets a closed connection.
        let _ = timeout(DRAINED_FOR, reading).await;
    }
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let mut within = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        within.is_begun = true;
        Pin::new(&mut within.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use futures::{StreamExt, stream};
    use std::{
        convert::Infallible,
        sync::atomic::{AtomicU64, Ordering},
    };
    use tokio::time::Instant;

    /// A body of pieces of a mebibyte, and how many of them have been read.
    fn counted(pieces: u64) -> (Body, Arc<AtomicU64>) {
        let read = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&read);
        let piece = Bytes::from(vec![0; 1 << 20]);
        let pieces = stream::iter(0..pieces).map(move |_| {
            count.fetch_add(1, Ordering::SeqCst);
            Ok::<_, Infallible>(piece.clone())
        });
        (Body::from_stream(pieces), read)
    }

    #[tokio::test]
    async fn what_a_handler_leaves_is_read_to_its_end() {
        let (body, read) = counted(5);
        let (request, rest) = lend(Request::new(body));
        let mut body = request.into_body();
        body.frame().await.unwrap().unwrap();
        drop(body);
        rest.drain().await;
        assert_eq!(read.load(Ordering::SeqCst), 5);
    }

    #[tokio::test]
    async fn a_body_without_end_is_read_to_the_bound() {
        let (body, read) = counted(u64::MAX);
        lend(Request::new(body)).1.drain().await;
        assert_eq!(read.load(Ordering::SeqCst), (DRAINED_BYTES_MAX >> 20) + 1);
    }

    #[tokio::test]
    async fn who_sends_nothing_is_waited_for_a_moment() {
        let start = Instant::now();
        let never = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
        lend(Request::new(never)).1.drain().await;
        assert!((DRAINED_FOR..DRAINED_FOR * 4).contains(&start.elapsed()));
    }

    #[tokio::test]
    async fn who_waits_for_a_word_is_not_asked_to_send() {
        let (body, read) = counted(5);
        let request = Request::builder().header(header::EXPECT, "100-continue").body(body).unwrap();
        lend(request).1.drain().await;
        assert_eq!(read.load(Ordering::SeqCst), 0);
    }
}
