//! Connections: accepted within bounds, and closed when they are idle, when the token that they carry has ended, or when the server stops.

use crate::{
    caller::AccountView,
    context::Context,
    pace::{Pace, Socket},
    public::Door,
    signin::SessionId,
    slots::Slot,
    toll::Toll,
};
use jsonrpsee::server::ServerHandle;
use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{broadcast::error::RecvError, mpsc, watch},
};

/// How often a connection is looked at; one without a request between two looks is closed. WebSockets are asked for a sign of life instead.
const IDLE_PAUSE: Duration = Duration::from_secs(60);
/// How long a connection stays whose token turns out to have ended before.
const TOLD_PAUSE: Duration = Duration::from_secs(3);
/// Pause after the system could not accept a connection, for lack of files as a rule.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What a listener needs to close its connections.
#[derive(Clone)]
pub struct Ends {
    /// Changes, or closes, when the server stops.
    pub stop: watch::Receiver<()>,
    /// Held by every connection until it has ended.
    pub alive: mpsc::Sender<()>,
}

/// A connection.
#[derive(Debug)]
pub struct Line {
    peer: IpAddr,
    pace: Pace,
    toll: Arc<Toll>,
    served: AtomicU64,
    /// Counts the requests that are under way, and the WebSocket, by its clones.
    busy: Arc<()>,
    session: watch::Sender<Option<SessionId>>,
    _socket: Slot,
    _alive: mpsc::Sender<()>,
}

/// A request that is under way on a connection, or the WebSocket that it became: goes with the request's extensions.
#[derive(Clone, Debug)]
pub struct UnderWay {
    _line: Arc<Line>,
    _busy: Arc<()>,
}

impl UnderWay {
    /// Counts one more.
    pub fn on(line: &Arc<Line>) -> Self {
        line.served.fetch_add(1, Ordering::Relaxed);
        Self { _line: Arc::clone(line), _busy: Arc::clone(&line.busy) }
    }
}

impl Line {
    /// Who is at its other end.
    pub const fn peer(&self) -> IpAddr {
        self.peer
    }

    /// How its socket and its calls wait for each other.
    pub const fn pace(&self) -> &Pace {
        &self.pace
    }

    /// Whom what is no call is charged to.
    pub const fn toll(&self) -> &Arc<Toll> {
        &self.toll
    }

    /// The WebSocket on it carries a session that is open, and ends with it.
    pub fn carries(&self, session: SessionId) {
        self.session.send_replace(Some(session));
    }
}

/// Where the connections of a listener come in.
pub struct Entrance {
    listener: TcpListener,
    door: Arc<Door>,
    context: Arc<Context>,
    ends: Ends,
}

/// A connection that was let in.
pub struct Arrival {
    /// Its socket.
    pub socket: Socket,
    /// What is known of it.
    pub line: Arc<Line>,
    watcher: Watcher,
}

impl Entrance {
    /// Of a listener.
    pub const fn new(listener: TcpListener, door: Arc<Door>, context: Arc<Context>, ends: Ends) -> Self {
        Self { listener, door, context, ends }
    }

    /// The next connection; none when the server stops.
    pub async fn next(&mut self) -> Option<Arrival> {
        loop {
            let accepted = tokio::select! {
                _ = self.ends.stop.changed() => return None,
                accepted = self.listener.accept() => accepted,
            };
            match accepted {
                Ok((socket, peer)) => {
                    // One too many is closed without a word.
                    if let Some(slot) = self.door.socket(peer.ip()) {
                        return Some(self.arrival(socket, peer, slot));
                    }
                }
                Err(error) => {
                    tracing::debug!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn arrival(&self, socket: TcpStream, peer: SocketAddr, slot: Slot) -> Arrival {
        // Small messages go at once; a socket that cannot say so still works.
        let _ = socket.set_nodelay(true);
        let (sender, session) = watch::channel(None);
        let (pace, toll) = (Pace::default(), Arc::new(Toll::new(Arc::clone(&self.context.sessions))));
        let line = Arc::new(Line {
            peer: peer.ip(),
            pace: pace.clone(),
            toll: Arc::clone(&toll),
            served: AtomicU64::new(0),
            busy: Arc::new(()),
            session: sender,
            _socket: slot,
            _alive: self.ends.alive.clone(),
        });
        let watcher = Watcher {
            context: Arc::clone(&self.context),
            line: Arc::downgrade(&line),
            session,
            stop: self.ends.stop.clone(),
        };
        Arrival { socket: Socket::new(socket, pace, toll), line, watcher }
    }
}

impl Arrival {
    /// The socket and what is known of it; what closes them watches from here on.
    pub fn watched(self, handle: ServerHandle) -> (Socket, Arc<Line>) {
        let watcher = self.watcher;
        tokio::spawn(async move {
            watcher.until_its_end().await;
            // An error says that it has ended already.
            let _ = handle.stop();
        });
        (self.socket, self.line)
    }
}

/// Watches one connection.
struct Watcher {
    context: Arc<Context>,
    line: Weak<Line>,
    session: watch::Receiver<Option<SessionId>>,
    stop: watch::Receiver<()>,
}

impl Watcher {
    /// Until the connection has ended, or has to.
    async fn until_its_end(mut self) {
        let mut blocks = self.context.parts.committed.subscribe();
        let mut ends = self.context.sessions.ends();
        let (mut served, mut seen) = (u64::MAX, None);
        let mut look = Instant::now() + IDLE_PAUSE;
        loop {
            let session = *self.session.borrow_and_update();
            let Ok(until) = self.session_holds(session, &mut seen).await else {
                // What ended before the connection began is told to its first call.
                if seen.is_none() {
                    let _ = tokio::time::timeout(TOLD_PAUSE, self.stop.changed()).await;
                }
                return;
            };
            let next = until.map_or(look, |until| until.min(look));
            tokio::select! {
                _ = self.stop.changed() => return,
                changed = self.session.changed() => if changed.is_err() {
                    return;
                },
                block = blocks.recv(), if session.is_some() => if matches!(block, Err(RecvError::Closed)) {
                    return;
                },
                _ = ends.changed(), if session.is_some() => {}
                () = tokio::time::sleep_until(next.into()) => {}
            }
            if Instant::now() >= look {
                let Some(line) = self.line.upgrade() else { return };
                let now = line.served.load(Ordering::Relaxed);
                if now == served && Arc::strong_count(&line.busy) == 1 {
                    return;
                }
                (served, look) = (now, Instant::now() + IDLE_PAUSE);
            }
        }
    }

    /// Until when the session holds that the connection carries, if it carries one; an error if it holds no more, or if the account is not
    /// what it was: subscriptions were let in for what it might see then.
    async fn session_holds(
        &self,
        session: Option<SessionId>,
        seen: &mut Option<Arc<AccountView>>,
    ) -> Result<Option<Instant>, ()> {
        let Some(id) = session else { return Ok(None) };
        match self.context.signed_in(id).await {
            Ok(Ok((view, open))) if seen.as_ref().is_none_or(|seen| *seen == view) => {
                *seen = Some(view);
                Ok(Some(open.until))
            }
            Ok(_) => Err(()),
            // The node is busy: the next block asks again, and every call does.
            Err(_) => Ok(None),
        }
    }
}
