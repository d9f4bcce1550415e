//! `GET /events`: server-sent events for whoever connects, from a record on and then as they happen.
//!
//! ```text
//! reader ── from=N, or Last-Event-ID ──> its own feed ── at most 64 events wait ──> reader
//!                                            │ it takes none of them for 30 s: it is cut off, and comes back with its last id
//! ```
//!
//! `id` of an event is its record's number. An `id` without data passes over records that are not wanted, so that a reader that comes back does
//! not begin with them again.

use super::{
    Begin, Now,
    event::Ledger,
    feed::{self, Feed, Portion},
    selection::Selection,
};
use crate::{
    http::{answer::Problem, form::Asked},
    metrics::Metrics,
    stop::Stop,
};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use futures::stream;
use mulu_client::{
    ClientError,
    connection::{ChainIdentity, Connection},
};
use mulu_proofs::ids::{DepartmentId, RecordNumber};
use serde::Deserialize;
use std::{
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    time::timeout,
};

/// Most readers at a time.
pub const READERS_MAX: usize = 64;
/// Most pieces of text that wait for a reader, of one event each.
const WAITING_MAX: usize = 64;
/// Most events that are taken from the node at once.
const PORTION_MAX: usize = 64;
/// How long a reader may take nothing.
const READER_WAIT: Duration = Duration::from_secs(30);
/// How often a reader hears something.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How long a browser waits before it comes back.
const COME_BACK_MS: u32 = 2_000;

/// What readers are served with.
#[derive(Clone)]
pub struct EventsParts {
    /// To the node, as the platform.
    pub connection: Arc<Connection>,
    /// The chain that it keeps.
    pub chain: ChainIdentity,
    /// What is counted.
    pub metrics: Metrics,
    /// Ends every reader's line.
    pub stop: Stop,
}

#[derive(Clone)]
struct Desk {
    parts: EventsParts,
    slots: Arc<Semaphore>,
}

/// What a reader asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Question {
    /// First record; `Last-Event-ID` goes before it. Neither: from now on.
    from: Option<RecordNumber>,
    /// Types or families, with commas between.
    types: String,
    /// Departments, with commas between.
    departments: String,
}

/// `GET /events`.
pub fn router(parts: EventsParts) -> Router {
    let desk = Desk { parts, slots: Arc::new(Semaphore::new(READERS_MAX)) };
    Router::new().route("/events", get(events)).with_state(desk)
}

async fn events(State(desk): State<Desk>, Asked(question): Asked<Question>, headers: HeaderMap) -> Response {
    match begin(desk, &question, &headers).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn begin(desk: Desk, question: &Question, headers: &HeaderMap) -> Result<Response, Problem> {
    let selection = question.selection()?;
    let first = question.first(headers)?;
    let slot = Arc::clone(&desk.slots).try_acquire_owned().map_err(|_| {
        Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "too_many_readers",
            format!("{READERS_MAX} readers are connected"),
        )
    })?;
    let away = |error: ClientError| {
        tracing::warn!(why = %error, "a reader of events finds no node");
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "node_away", "the node does not answer; come back later")
    };
    let connection = &desk.parts.connection;
    let seen = feed::first(connection, Begin::Now(Now::Now)).await.map_err(away)?;
    let next = match first {
        Begin::Record(number) if number <= seen => number.max(RecordNumber::new(1)),
        // Behind what the bridge's account sees there may be records that it does not see.
        Begin::Record(number) => within(number, feed::end(connection).await.map_err(away)?)?,
        Begin::Now(_) => seen,
    };
    let ledger = Ledger::new(&desk.parts.chain);
    let (sender, receiver) = mpsc::channel(WAITING_MAX);
    tokio::spawn(tell(desk.parts.clone(), selection, ledger, next, sender));
    let headers = [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, Body::from_stream(pieces(receiver, slot))).into_response())
}

/// The record that a reader begins with, which the ledger has, or has next. Whoever names a later one has seen another chain, and would wait for
/// ever without a word.
fn within(first: RecordNumber, end: RecordNumber) -> Result<RecordNumber, Problem> {
    if first <= end {
        return Ok(first);
    }
    let why = format!(
        "the ledger's next record is {end}, and {first} is asked for: the node is behind, or this is another chain; begin with from={end}, or without"
    );
    Err(Problem::new(StatusCode::CONFLICT, "beyond_ledger", why))
}

/// The pieces of text for a reader; whose place is free again when its line ends.
fn pieces(
    receiver: mpsc::Receiver<String>,
    slot: OwnedSemaphorePermit,
) -> impl futures::Stream<Item = Result<Bytes, Infallible>> {
    stream::unfold((receiver, slot), |(mut receiver, slot)| async move {
        let piece = receiver.recv().await?;
        Some((Ok(Bytes::from(piece)), (receiver, slot)))
    })
}

/// Tells one reader until it is gone, too slow, or the bridge stops.
async fn tell(
    parts: EventsParts,
    selection: Selection,
    ledger: Ledger,
    next: RecordNumber,
    sender: mpsc::Sender<String>,
) {
    let mut feed = Feed::new(&parts.connection, &selection, &ledger, next);
    let mut told = Told::new(sender, next, Instant::now());
    if !told.say(format!("retry: {COME_BACK_MS}\n\n")).await {
        return;
    }
    loop {
        let portion = tokio::select! {
            () = parts.stop.requested() => return,
            () = told.sender.closed() => return,
            () = told.beats() => return,
            portion = feed.portion(PORTION_MAX, |why| tracing::warn!(why, "events cannot be had; asking again")) => portion,
        };
        let Ok(portion) = portion else { return };
        let count = portion.events.len();
        if !told.portion(portion).await {
            parts.metrics.sent("events", "cut");
            return;
        }
        for _ in 0..count {
            parts.metrics.sent("events", "taken");
        }
    }
}

/// A reader, what it knows, and since when it has heard nothing.
struct Told {
    sender: mpsc::Sender<String>,
    /// The last record that it was told or that was passed over.
    last: u64,
    since: Mutex<Instant>,
    /// How long it may take nothing.
    patience: Duration,
}

impl Told {
    const fn new(sender: mpsc::Sender<String>, next: RecordNumber, since: Instant) -> Self {
        Self { sender, last: next.get().saturating_sub(1), since: Mutex::new(since), patience: READER_WAIT }
    }

    async fn portion(&mut self, portion: Portion) -> bool {
        for event in portion.events {
            self.last = event.data.record.get();
            let data = serde_json::to_string(&event).expect("events are texts, numbers and JSON");
            if !self.say(format!("id: {}\ndata: {data}\n\n", self.last)).await {
                return false;
            }
        }
        let passed = portion.next.get().saturating_sub(1);
        if passed > self.last {
            self.last = passed;
            return self.say(format!("id: {passed}\n\n")).await;
        }
        true
    }

    /// Says something now and then, so that both ends notice a broken line; returns when the reader does not take it.
    async fn beats(&self) {
        loop {
            let silence = self.since.lock().unwrap_or_else(PoisonError::into_inner).elapsed();
            let rest = HEARTBEAT.saturating_sub(silence);
            if !rest.is_zero() {
                tokio::time::sleep(rest).await;
                continue;
            }
            if !self.say(":\n\n".to_owned()).await {
                return;
            }
        }
    }

    /// Whether the reader takes a piece of text in time.
    async fn say(&self, piece: String) -> bool {
        *self.since.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        matches!(timeout(self.patience, self.sender.send(piece)).await, Ok(Ok(())))
    }
}

impl Question {
    fn selection(&self) -> Result<Selection, Problem> {
        let wrong = |why: String| Problem::new(StatusCode::BAD_REQUEST, "selection", why);
        let parts = |text: &str| -> Vec<String> {
            text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
        };
        let departments: Result<Vec<DepartmentId>, _> =
            parts(&self.departments).iter().map(|id| id.parse().map(DepartmentId::new)).collect();
        let departments = departments.map_err(|_| wrong("departments are numbers with commas between".into()))?;
        let types = parts(&self.types);
        Selection::new(types.iter().map(String::as_str), departments).map_err(|error| wrong(error.to_string()))
    }

    fn first(&self, headers: &HeaderMap) -> Result<Begin, Problem> {
        let Some(last) = headers.get("last-event-id") else {
            return Ok(self.from.map_or(Begin::Now(Now::Now), Begin::Record));
        };
        let last = last.to_str().ok().and_then(|text| text.trim().parse::<u64>().ok()).filter(|last| *last < u64::MAX);
        let last = last.ok_or_else(|| {
            Problem::new(StatusCode::BAD_REQUEST, "last_event_id", "Last-Event-ID is the number of a record")
        })?;
        Ok(Begin::Record(RecordNumber::new(last + 1)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use crate::sink::sample::{ledger, record};
    use mulu_proofs::records::RecordKind;
    use serde_json::json;

    fn told(waiting: usize) -> (Told, mpsc::Receiver<String>) {
        let (sender, receiver) = mpsc::channel(waiting);
        (Told::new(sender, RecordNumber::new(17), Instant::now()), receiver)
    }

    fn portion(next: u64) -> Portion {
        let event = ledger().event(&record(RecordKind::GrantSuspended, json!({"grant": 3})));
        Portion { events: vec![event], next: RecordNumber::new(next), height: None }
    }

    #[tokio::test]
    async fn an_event_has_its_record_as_id_and_what_is_not_wanted_is_passed_over() {
        let (mut told, mut receiver) = told(4);
        assert!(told.portion(portion(18)).await);
        let piece = receiver.recv().await.unwrap();
        let data = piece.strip_prefix("id: 17\ndata: ").unwrap().strip_suffix("\n\n").unwrap();
        let event: serde_json::Value = serde_json::from_str(data).unwrap();
        assert_eq!((&event["id"], &event["data"]["record"]), (&json!("09090909/17"), &json!(17)));
        let nothing = Portion { events: Vec::new(), next: RecordNumber::new(90), height: None };
        assert!(told.portion(nothing).await);
        assert_eq!(receiver.recv().await.unwrap(), "id: 89\n\n");
        assert!(receiver.try_recv().is_err());
    }

    #[tokio::test]
    async fn a_reader_that_takes_nothing_is_cut_off() {
        let (told, receiver) = told(1);
        let mut told = Told { patience: Duration::from_millis(20), ..told };
        assert!(told.portion(portion(18)).await);
        assert!(!told.portion(portion(18)).await, "nobody takes the second");
        drop(receiver);
        assert!(!told.say(":\n\n".into()).await);
    }

    #[tokio::test]
    async fn a_reader_that_hears_nothing_for_long_hears_a_beat() {
        let (told, mut receiver) = told(1);
        let Some(long_ago) = Instant::now().checked_sub(HEARTBEAT) else { return };
        *told.since.lock().unwrap() = long_ago;
        let beat = timeout(Duration::from_secs(5), async {
            tokio::select! {
                () = told.beats() => None,
                beat = receiver.recv() => beat,
            }
        });
        assert_eq!(beat.await.unwrap().as_deref(), Some(":\n\n"));
    }

    #[test]
    fn the_last_id_goes_before_the_question() {
        let question = Question { from: Some(RecordNumber::new(5)), ..Question::default() };
        let mut headers = HeaderMap::new();
        assert_eq!(question.first(&headers).ok(), Some(Begin::Record(RecordNumber::new(5))));
        assert_eq!(Question::default().first(&headers).ok(), Some(Begin::Now(Now::Now)));
        headers.insert("last-event-id", "17".parse().unwrap());
        assert_eq!(question.first(&headers).ok(), Some(Begin::Record(RecordNumber::new(18))));
        for wrong in ["", "x", "-1", "18446744073709551615"] {
            headers.insert("last-event-id", wrong.parse().unwrap());
            assert!(question.first(&headers).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_record_that_the_ledger_is_far_from_is_told_instead_of_waited_for() {
        let record = RecordNumber::new;
        assert_eq!(within(record(17), record(18)).ok(), Some(record(17)));
        assert_eq!(within(record(18), record(18)).ok(), Some(record(18)), "the next one");
        let refused = within(record(19), record(18)).unwrap_err();
        assert_eq!((refused.status(), refused.code()), (StatusCode::CONFLICT, "beyond_ledger"));
        assert!(refused.message().contains("from=18"));
    }

    #[test]
    fn types_and_departments_stand_between_commas() {
        let selection = |types: &str, departments: &str| {
            let question = Question { types: types.into(), departments: departments.into(), ..Question::default() };
            question.selection()
        };
        assert!(selection("grant, entry.published,", "2,3").is_ok() && selection("", "").is_ok());
        assert!(selection("grants", "").is_err() && selection("", "two").is_err());
    }
}
