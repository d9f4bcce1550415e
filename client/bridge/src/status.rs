//! How the bridge is, as it is told to people and programs.

use crate::{
    level::Level,
    rounds::{Round, Rounds},
    shut::Shut,
    sink::desk::{Desk, SinkState, SinkStatus},
    spool::Spool,
    stop::Stop,
};
use mulu_proofs::ids::{Height, RecordNumber, StreamId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Everything at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Whether every source is read, and what is posted is taken.
    pub is_taking: bool,
    /// Sources that stand still; `troubles` and `streams` tell why.
    #[serde(default)]
    pub standing: BTreeSet<String>,
    /// Address of the node, without whatever may be a token.
    pub node: String,
    /// Events that are not on the chain yet, over all streams.
    pub waiting: u64,
    /// Most that may wait.
    pub waiting_max: u64,
    /// Streams by number.
    pub streams: BTreeMap<u32, StreamStatus>,
    /// Rows in the quarantine.
    pub quarantine_rows: u64,
    /// Their bytes.
    pub quarantine_bytes: u64,
    /// Most of them.
    pub quarantine_bytes_max: u64,
    /// Sinks by name.
    #[serde(default)]
    pub sinks: BTreeMap<String, SinkShown>,
    /// Rounds of catalogs and mounts, by part as `catalog/portal`; none of a bridge at rest.
    #[serde(default)]
    pub rounds: BTreeMap<String, Round>,
    /// Parts that cannot do their work now, and why.
    pub troubles: BTreeMap<String, String>,
}

impl Status {
    /// Whether it is of a bridge that does not run, as its vault tells it.
    pub fn is_at_rest(&self) -> bool {
        self.troubles.contains_key("bridge")
    }
}

/// One stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamStatus {
    /// Source whose events go into it; none if the configuration has none for it any more.
    pub source: Option<String>,
    /// Events in no batch.
    pub waiting: u64,
    /// Events in batches that the chain has not confirmed.
    pub unconfirmed: u64,
    /// How long the oldest event in no batch has waited, in milliseconds.
    pub delay_ms: u64,
    /// Why it takes nothing any more; none as long as it does.
    #[serde(default)]
    pub shut: Option<Shut>,
}

/// One sink.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SinkShown {
    /// `webhook` or `outbox`.
    pub kind: String,
    /// What it does.
    pub state: SinkState,
    /// First record that the other side has not taken, as far as it is known here: a bridge at rest does not ask a database.
    pub next: Option<RecordNumber>,
    /// Records of the ledger that it has not come by; none as long as that is unknown. Up to 10 seconds old.
    #[serde(default)]
    pub behind: Option<u64>,
    /// Up to which height everything was told.
    pub height: Option<Height>,
    /// Events that the other side refused and that were passed over.
    pub parked: u64,
    /// Why it tries again or has stopped.
    #[serde(default)]
    pub why: Option<String>,
}

/// Whether all is well, in words of closed lists: this is open to everybody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// Whether every source is read, and what is posted is taken.
    pub is_taking: bool,
    /// What concerns all sources: `stopping`, `full` or `quarantine_full`.
    pub why: Option<String>,
    /// Sources that stand still, and why: `stream_closed`, `vault_behind` or `not_read`.
    pub standing: BTreeMap<String, String>,
}

/// Where a status is asked for.
#[derive(Clone)]
pub struct Watch {
    /// The spool.
    pub spool: Spool,
    /// Whether the bridge stops.
    pub stop: Stop,
    /// Address of the node as it is shown.
    pub node: String,
    /// Sources by stream.
    pub sources: BTreeMap<u32, String>,
    /// The sinks.
    pub desk: Desk,
    /// The rounds of catalogs and mounts.
    pub rounds: Rounds,
}

impl Watch {
    /// Whether every source is read, and what is posted is taken.
    pub fn is_taking(&self) -> bool {
        self.health().is_taking
    }

    /// The same, with the reasons.
    pub fn health(&self) -> Health {
        let (why, standing) = (self.why(), self.standing());
        Health { is_taking: why.is_none() && standing.is_empty(), why: why.map(str::to_owned), standing }
    }

    /// What keeps every source from being taken.
    fn why(&self) -> Option<&'static str> {
        let levels = self.spool.levels();
        let ((waiting, bound), (held, held_max)) = (levels.total(), levels.quarantine());
        match () {
            () if self.stop.is_requested() => Some("stopping"),
            () if waiting >= bound => Some("full"),
            () if held >= held_max => Some("quarantine_full"),
            () => None,
        }
    }

    /// Sources whose stream is shut, or that cannot be read.
    fn standing(&self) -> BTreeMap<String, String> {
        let (levels, troubles) = (self.spool.levels(), self.spool.metrics().troubles());
        let why = |stream: u32, source: &str| match levels.shut(StreamId::new(stream)) {
            Some(shut) => Some(shut.code()),
            None => troubles.contains_key(&format!("source/{source}")).then_some("not_read"),
        };
        let sources = self.sources.iter();
        sources.filter_map(|(stream, source)| Some((source.clone(), why(*stream, source)?.to_owned()))).collect()
    }

    /// How the bridge is now.
    pub fn status(&self) -> Status {
        let health = self.health();
        let levels = self.spool.levels();
        let (waiting, waiting_max) = levels.total();
        let (quarantine_bytes, quarantine_bytes_max) = levels.quarantine();
        let streams =
            levels.streams().into_iter().map(|(stream, level)| (stream.get(), self.stream(stream.get(), level)));
        Status {
            is_taking: health.is_taking,
            standing: health.standing.into_keys().collect(),
            node: self.node.clone(),
            waiting,
            waiting_max,
            streams: streams.collect(),
            quarantine_rows: levels.quarantine_rows(),
            quarantine_bytes,
            quarantine_bytes_max,
            sinks: self.sinks(),
            rounds: self.rounds.all(),
            troubles: self.spool.metrics().troubles(),
        }
    }

    fn sinks(&self) -> BTreeMap<String, SinkShown> {
        let shown = self.desk.statuses().into_iter().map(|status| {
            let parked = status.parked.len() as u64;
            let (kind, behind) = (status.kind.to_owned(), self.desk.behind(&status));
            let SinkStatus { name, state, next, height, why, .. } = status;
            (name, SinkShown { kind, state, next, behind, height, parked, why })
        });
        shown.collect()
    }

    fn stream(&self, stream: u32, level: Level) -> StreamStatus {
        StreamStatus {
            source: self.sources.get(&stream).cloned(),
            waiting: level.waiting,
            unconfirmed: level.unconfirmed,
            delay_ms: u64::try_from(level.delay().as_millis()).unwrap_or(u64::MAX),
            shut: level.shut,
        }
    }
}
