//! How the bridge is, as it is told to people and programs.

use crate::{level::Level, shut::Shut, spool::Spool, stop::Stop};
use mulu_proofs::ids::StreamId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Whether records are taken, by every source.
    pub is_taking: bool,
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
    /// Parts that cannot do their work now, and why.
    pub troubles: BTreeMap<String, String>,
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
}

impl Watch {
    /// Whether records are taken, by every source.
    pub fn is_taking(&self) -> bool {
        let levels = self.spool.levels();
        let (waiting, bound) = levels.total();
        let is_shut = self.sources.keys().any(|stream| levels.shut(StreamId::new(*stream)).is_some());
        !self.stop.is_requested() && waiting < bound && !is_shut
    }

    /// How the bridge is now.
    pub fn status(&self) -> Status {
        let levels = self.spool.levels();
        let (waiting, waiting_max) = levels.total();
        let (quarantine_bytes, quarantine_bytes_max) = levels.quarantine();
        let streams =
            levels.streams().into_iter().map(|(stream, level)| (stream.get(), self.stream(stream.get(), level)));
        Status {
            is_taking: self.is_taking(),
            node: self.node.clone(),
            waiting,
            waiting_max,
            streams: streams.collect(),
            quarantine_rows: levels.quarantine_rows(),
            quarantine_bytes,
            quarantine_bytes_max,
            troubles: self.spool.metrics().troubles(),
        }
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
