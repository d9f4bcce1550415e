//! How the sinks stand, for whoever operates the bridge, and the bell by which one that stopped is told to try again.

use super::{Begin, Now, feed, parked::Parked};
use crate::{
    http::{answer::Problem, form::Named},
    metrics::Metrics,
    stop::Stop,
};
use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    routing::{get, post},
};
use mulu_client::connection::Connection;
use mulu_proofs::ids::{Height, RecordNumber};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::Notify;

/// How often the ledger is asked how long it is.
const MEASURE_PAUSE: Duration = Duration::from_secs(10);

/// The sinks of this bridge, by name, and how long the ledger is.
#[derive(Clone, Default)]
pub struct Desk {
    places: Arc<Mutex<BTreeMap<String, Arc<Place>>>>,
    /// The record behind the ledger's newest; 0 until a node was asked.
    end: Arc<AtomicU64>,
}

/// One sink's place at the desk.
#[derive(Clone)]
pub struct Post(Arc<Place>);

struct Place {
    status: Mutex<SinkStatus>,
    metrics: Metrics,
    is_asked: AtomicBool,
    bell: Notify,
}

/// How a sink stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SinkStatus {
    /// Its name.
    pub name: String,
    /// `webhook` or `outbox`.
    pub kind: &'static str,
    /// What it does.
    pub state: SinkState,
    /// First record that the other side has not taken.
    pub next: Option<RecordNumber>,
    /// Up to which height everything was told.
    pub height: Option<Height>,
    /// Why it tries again or has stopped.
    pub why: Option<String>,
    /// Events that the other side refused and that were passed over, ascending.
    pub parked: Vec<Parked>,
}

/// What a sink does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SinkState {
    /// The bridge does not run.
    #[default]
    AtRest,
    /// It has not told anything yet.
    Starting,
    /// It tells what happens.
    Following,
    /// Something is away; it tries again by itself.
    Retrying,
    /// It waits until somebody has mended the other side and rings.
    Stopped,
}

impl SinkState {
    /// One word for whoever looks.
    pub const fn word(self) -> &'static str {
        match self {
            Self::AtRest => "at rest",
            Self::Starting => "starting",
            Self::Following => "following",
            Self::Retrying => "retrying",
            Self::Stopped => "has stopped",
        }
    }
}

impl Desk {
    /// The place of a sink.
    pub fn post(&self, name: &str, kind: &'static str, metrics: &Metrics) -> Post {
        let status = SinkStatus {
            name: name.to_owned(),
            kind,
            state: SinkState::Starting,
            next: None,
            height: None,
            why: None,
            parked: Vec::new(),
        };
        let place = Place {
            status: Mutex::new(status),
            metrics: metrics.clone(),
            is_asked: AtomicBool::new(false),
            bell: Notify::new(),
        };
        let place = Arc::new(place);
        self.places().insert(name.to_owned(), Arc::clone(&place));
        Post(place)
    }

    /// How all of them stand, by name.
    pub fn statuses(&self) -> Vec<SinkStatus> {
        self.places().values().map(|place| place.status().clone()).collect()
    }

    /// Asks how long the ledger is, every [`MEASURE_PAUSE`] until the bridge stops. A node that does not answer leaves what was known.
    pub async fn measure(&self, connection: &Connection, metrics: &Metrics, stop: &Stop) {
        loop {
            let asked = tokio::select! {
                asked = feed::first(connection, Begin::Now(Now::Now)) => asked,
                () = stop.requested() => return,
            };
            if let Ok(end) = asked {
                self.told_end(end, metrics);
            }
            if stop.comes_within(MEASURE_PAUSE).await {
                return;
            }
        }
    }

    /// The ledger's next record will have this number.
    pub fn told_end(&self, end: RecordNumber, metrics: &Metrics) {
        self.end.fetch_max(end.get(), Ordering::Relaxed);
        for status in self.statuses() {
            if let Some(behind) = self.behind(&status) {
                metrics.behind(&status.name, behind);
            }
        }
    }

    /// How many records of the ledger a sink has not come by, wanted or not; none as long as one of both is unknown.
    pub fn behind(&self, status: &SinkStatus) -> Option<u64> {
        let end = Some(self.end.load(Ordering::Relaxed)).filter(|end| *end > 0)?;
        Some(end.saturating_sub(status.next?.get()))
    }

    /// Tells a sink to try again, with what it parked first; false if there is none of that name.
    pub fn ring(&self, name: &str) -> bool {
        let Some(place) = self.places().get(name).map(Arc::clone) else { return false };
        place.is_asked.store(true, Ordering::SeqCst);
        place.bell.notify_one();
        true
    }

    fn places(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Place>>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    fn status(&self) -> MutexGuard<'_, SinkStatus> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether what keeps the sink from its work is news.
    fn trouble(&self, status: &SinkStatus) -> bool {
        self.metrics.trouble(&format!("sink/{}", status.name), status.why.as_deref())
    }
}

impl Post {
    /// The other side has taken everything before `next`; up to `height` there is no more.
    pub fn following(&self, next: RecordNumber, height: Option<Height>) {
        let mut status = self.0.status();
        (status.state, status.why, status.next) = (SinkState::Following, None, Some(next));
        status.height = height.or(status.height);
        if self.0.trouble(&status) {
            tracing::info!(sink = status.name, "events are taken again");
        }
    }

    /// Something is away, and is tried again.
    pub fn retrying(&self, why: &str) {
        let mut status = self.0.status();
        (status.state, status.why) = (SinkState::Retrying, Some(why.to_owned()));
        if self.0.trouble(&status) {
            tracing::warn!(sink = status.name, why, "events are not told; trying again");
        }
    }

    /// Nothing is tried until somebody rings.
    pub fn stopped(&self, why: &str) {
        let mut status = self.0.status();
        (status.state, status.why) = (SinkState::Stopped, Some(why.to_owned()));
        self.0.trouble(&status);
        tracing::error!(
            sink = status.name,
            why,
            "the sink has stopped; mend the other side, then POST /sinks/NAME/retry"
        );
    }

    /// What is parked now.
    pub fn parked(&self, parked: &[Parked]) {
        self.0.status().parked = parked.to_vec();
    }

    /// Whether somebody rang since this was asked last.
    pub fn is_asked(&self) -> bool {
        self.0.is_asked.swap(false, Ordering::SeqCst)
    }

    /// Waits until somebody rings.
    pub async fn asked(&self) {
        while !self.is_asked() {
            self.0.bell.notified().await;
        }
    }
}

/// What is answered to the question for all sinks.
#[derive(Debug, Serialize)]
struct Answer {
    sinks: Vec<SinkStatus>,
}

/// `GET /sinks` and `POST /sinks/{name}/retry`, for who operates the bridge.
pub fn router(desk: Desk) -> Router {
    Router::new().route("/sinks", get(list)).route("/sinks/{name}/retry", post(retry)).with_state(desk)
}

async fn list(State(desk): State<Desk>) -> Json<Answer> {
    Json(Answer { sinks: desk.statuses() })
}

async fn retry(State(desk): State<Desk>, Named(name): Named) -> Result<StatusCode, Problem> {
    if desk.ring(&name) {
        return Ok(StatusCode::ACCEPTED);
    }
    Err(Problem::new(StatusCode::NOT_FOUND, "unknown_sink", "no sink of this name has begun; GET /sinks names them"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;

    #[test]
    fn the_desk_tells_how_each_stands_and_why() {
        let desk = Desk::default();
        let metrics = Metrics::default();
        let (second, first) = (desk.post("b", "outbox", &metrics), desk.post("a", "webhook", &metrics));
        first.following(RecordNumber::new(8), Some(Height::new(3)));
        first.retrying("it answers 503");
        second.stopped("it answers 410");
        let statuses = desk.statuses();
        assert_eq!(statuses.iter().map(|status| status.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!((statuses[0].state, statuses[0].next), (SinkState::Retrying, Some(RecordNumber::new(8))));
        assert_eq!((statuses[1].state, statuses[1].why.as_deref()), (SinkState::Stopped, Some("it answers 410")));
        assert_eq!(metrics.troubles()["sink/a"], "it answers 503");
        first.following(RecordNumber::new(9), None);
        assert_eq!(metrics.troubles().keys().collect::<Vec<_>>(), ["sink/b"]);
        let status = desk.statuses().swap_remove(0);
        assert_eq!((status.why, status.height), (None, Some(Height::new(3))));
    }

    #[test]
    fn how_far_a_sink_is_behind_is_known_once_the_ledgers_end_is() {
        let (desk, metrics) = (Desk::default(), Metrics::default());
        let (sink, idle) = (desk.post("a", "webhook", &metrics), desk.post("b", "outbox", &metrics));
        let behind = || desk.statuses().iter().map(|status| desk.behind(status)).collect::<Vec<_>>();
        sink.following(RecordNumber::new(8), None);
        assert_eq!(behind(), [None, None]);
        desk.told_end(RecordNumber::new(18), &metrics);
        desk.told_end(RecordNumber::new(17), &metrics);
        assert_eq!(behind(), [Some(10), None], "another node that is behind takes nothing back");
        assert!(metrics.text().contains("mulu_bridge_sink_lag{sink=\"a\"} 10\n"));
        sink.following(RecordNumber::new(19), None);
        idle.following(RecordNumber::new(18), None);
        assert_eq!(behind(), [Some(0), Some(0)]);
    }

    #[tokio::test]
    async fn a_ring_is_heard_once_also_by_who_listens_later() {
        let desk = Desk::default();
        let post = desk.post("a", "webhook", &Metrics::default());
        assert!(!desk.ring("b") && !post.is_asked());
        assert!(desk.ring("a"));
        tokio::time::timeout(Duration::from_secs(5), post.asked()).await.unwrap();
        assert!(!post.is_asked());
        let rung = tokio::spawn({
            let post = post.clone();
            async move { post.asked().await }
        });
        tokio::task::yield_now().await;
        desk.ring("a");
        tokio::time::timeout(Duration::from_secs(5), rung).await.unwrap().unwrap();
    }
}
