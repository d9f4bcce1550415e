//! What comes in and is no call costs its sender as much as a call: what does not read, members of batches that are none, notifications.
//!
//! The server of JSON-RPC answers what does not read by itself, before anything of ours is asked. Over HTTP the gate sees that a request was
//! answered of which no call was admitted; over a WebSocket the socket sees the answer go out. Both charge [`Toll`].

use crate::{public::Charged, signin::Sessions};
use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

/// How an answer to a message ends that did not read, or was no call: the words of the server of JSON-RPC.
const UNREAD: [&[u8]; 4] = [
    br#""error":{"code":-32700,"message":"Parse error"}}"#,
    br#""error":{"code":-32600,"message":"Invalid request"}}"#,
    br#""message":"The batch request was too large","data":"Exceeded max limit of 64"}}"#,
    br#""message":"Request is too big","data":"Exceeded max limit of 4194304"}}"#,
];

/// Whom one connection's things that are no calls are charged to.
pub struct Toll {
    sessions: Arc<Sessions>,
    of: Mutex<Option<Charged>>,
    is_web_socket: AtomicBool,
    is_spent: AtomicBool,
}

impl fmt::Debug for Toll {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Toll(…)")
    }
}

impl Toll {
    /// Of a connection on which nobody has said anything.
    pub fn new(sessions: Arc<Sessions>) -> Self {
        Self { sessions, of: Mutex::default(), is_web_socket: AtomicBool::new(false), is_spent: AtomicBool::new(false) }
    }

    /// The next request is theirs: on one connection a proxy passes on many.
    pub fn of(&self, charged: Charged, is_web_socket: bool) {
        *self.of.lock().unwrap_or_else(PoisonError::into_inner) = Some(charged);
        self.is_web_socket.store(is_web_socket, Ordering::Relaxed);
    }

    /// Takes what so many calls cost; false if whoever it is has not so much left. Programs of this machine pay nothing.
    pub fn charge(&self, calls: u64) -> bool {
        let of = self.of.lock().unwrap_or_else(PoisonError::into_inner).clone();
        of.is_none_or(|of| of.pay(&self.sessions, calls, Instant::now()))
    }

    /// Looks at what the server wrote: an answer to a message that did not read is charged, and a WebSocket ends that cannot pay for it.
    pub fn wrote(&self, bytes: &[u8]) {
        if self.is_web_socket.load(Ordering::Relaxed) && is_of_unread(bytes) && !self.charge(1) {
            self.is_spent.store(true, Ordering::Relaxed);
        }
    }

    /// Whether nothing more is read from the connection.
    pub fn is_spent(&self) -> bool {
        self.is_spent.load(Ordering::Relaxed)
    }
}

fn is_of_unread(bytes: &[u8]) -> bool {
    UNREAD.iter().any(|end| bytes.ends_with(end))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use crate::limits::{BATCH_CALLS_MAX, REQUEST_BYTES_MAX};
    use jsonrpsee::{
        MethodResponse,
        types::{
            ErrorCode, ErrorObject, Id,
            error::{reject_too_big_batch_request, reject_too_big_request},
        },
    };

    fn answer(id: Id<'static>, error: impl Into<ErrorObject<'static>>) -> Vec<u8> {
        // A frame's head stands before it.
        [b"\x81\x50", MethodResponse::error(id, error.into()).as_json().get().as_bytes()].concat()
    }

    #[test]
    fn the_servers_own_words_about_what_does_not_read_are_known() {
        for id in [Id::Null, Id::Number(7), Id::Str("x".repeat(9_000).into())] {
            assert!(is_of_unread(&answer(id.clone(), ErrorCode::ParseError)));
            assert!(is_of_unread(&answer(id, ErrorCode::InvalidRequest)));
        }
        assert!(is_of_unread(&answer(Id::Null, reject_too_big_batch_request(BATCH_CALLS_MAX as usize))));
        assert!(is_of_unread(&answer(Id::Null, reject_too_big_request(REQUEST_BYTES_MAX))));
    }

    #[test]
    fn refused_calls_and_results_are_not_taken_for_it() {
        for code in [ErrorCode::MethodNotFound, ErrorCode::InvalidParams, ErrorCode::ServerError(6_011)] {
            assert!(!is_of_unread(&answer(Id::Number(1), code)));
        }
        let quoted = br#"{"jsonrpc":"2.0","id":1,"result":"\"error\":{\"code\":-32700,\"message\":\"Parse error\"}}"}"#;
        assert!(!is_of_unread(quoted));
        assert!(!is_of_unread(b""));
    }
}
