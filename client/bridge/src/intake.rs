//! The way in: what sources deliver is mapped, and durable in the vault before anybody is told so.
//!
//! ```text
//! source task: accept(Delivery) ── mapped on the caller's thread ──> writer thread: many deliveries, one transaction, one fsync ──> Accepted
//! ```

use crate::{
    clock::now,
    error::BridgeError,
    metrics::Metrics,
    shut::Shut,
    spool::{Item, Mapped, Spool},
    stop::Stop,
};
use mulu_client::{
    import::{
        access::detail_of,
        draft::{CallKnown, Draft},
    },
    vault::{RecordId, RecordIds},
};
use mulu_mapping::{Mapping, Poison, Record};
use mulu_proofs::ids::{Moment, StreamId};
use serde::Serialize;
use std::{ops::RangeInclusive, sync::Arc, time::Duration};

/// How far ahead of this machine's clock an event may be and still be waited for.
const AHEAD_WAIT_MS_MAX: u64 = 10 * 60 * 1_000;
/// How many records are mapped before others get a turn on the thread.
const TURN_RECORDS: usize = 256;
/// Longest pause of a source that waits for room, so that it goes on soon after there is some.
const ROOM_PAUSE_MAX: Duration = Duration::from_secs(1);

/// What a source hands over at once: all of it becomes durable, or nothing.
#[derive(Clone, Debug, Default)]
pub struct Delivery {
    /// Records in the order of the source, and what could not even become a record.
    pub records: Vec<Result<Record, Poison>>,
    /// Where the source stands behind these records, in its own form; kept in the same transaction. None if the source cannot be asked again,
    /// as one that posts.
    pub position: Option<Vec<u8>>,
}

/// What became of a delivery, once it is durable.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Accepted {
    /// Records that wait for their batch now.
    pub accepted: u64,
    /// Records that came before.
    pub repeated: u64,
    /// Records that the mapping passes over.
    pub skipped: u64,
    /// Records of a source without positions that have no id: if they came again, they would be known only within the same body.
    pub without_id: u64,
    /// Records that are in the quarantine now.
    pub quarantined: Vec<Quarantined>,
}

/// A record of a delivery that can be no event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Quarantined {
    /// Its place in the delivery, from 0.
    pub place: usize,
    /// Number in the quarantine.
    pub number: u64,
    /// One word of a closed list.
    pub reason: &'static str,
    /// What is wrong.
    pub detail: String,
}

/// Why a delivery was not taken. Nothing of it is durable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The spool is as full as the configuration allows.
    #[error(
        "the spool holds {waiting} events, the bound is {bound}: the chain takes them more slowly than they come; try again later"
    )]
    Full {
        /// Events that wait.
        waiting: u64,
        /// Most that may wait.
        bound: u64,
        /// When to try again.
        retry_after: Duration,
    },
    /// The quarantine is as full as the configuration allows, and the delivery has something for it.
    #[error(
        "the quarantine holds {bytes} bytes, the bound is {bound}: look at what is wrong with `mulu bridge quarantine list`"
    )]
    QuarantineFull {
        /// Bytes that it holds.
        bytes: u64,
        /// Most that it may hold.
        bound: u64,
        /// When to try again.
        retry_after: Duration,
    },
    /// The stream takes nothing any more: what were taken for it would never be reported.
    #[error("{}", shut.told(*stream))]
    Shut {
        /// The stream.
        stream: StreamId,
        /// Why.
        shut: Shut,
        /// When to try again.
        retry_after: Duration,
    },
    /// The bridge is stopping, or its vault failed.
    #[error("the bridge takes nothing now: {why}")]
    Stopped {
        /// Why.
        why: String,
    },
}

/// One source's way in. Clones are the same way.
#[derive(Clone)]
pub struct Intake {
    shared: Arc<Shared>,
}

struct Shared {
    source: Arc<str>,
    stream: StreamId,
    mapping: Mapping,
    is_compared: bool,
    spool: Spool,
    ids: RecordIds,
}

impl Spool {
    /// A source's way into the stream that its events go into.
    pub fn intake(&self, source: &str, stream: StreamId, mapping: Mapping) -> Intake {
        self.intake_of(source, stream, mapping, false)
    }

    /// The same; `is_compared` if the stream's calls are compared with those of the other side, so that each needs an id that both have.
    pub fn intake_of(&self, source: &str, stream: StreamId, mapping: Mapping, is_compared: bool) -> Intake {
        let (spool, ids) = (self.clone(), self.record_ids());
        // From now on it has a share of the spool.
        spool.levels().change(stream, |_| ());
        Intake { shared: Arc::new(Shared { source: source.into(), stream, mapping, is_compared, spool, ids }) }
    }
}

impl Intake {
    /// The source's name.
    pub fn source(&self) -> &str {
        &self.shared.source
    }

    /// The stream that its events go into.
    pub fn stream(&self) -> StreamId {
        self.shared.stream
    }

    /// How its records become events.
    pub fn mapping(&self) -> &Mapping {
        &self.shared.mapping
    }

    /// Counts what the source does.
    pub fn metrics(&self) -> &Metrics {
        self.shared.spool.metrics()
    }

    /// Where the source stands, by what is durable; none if it never delivered.
    ///
    /// # Errors
    /// [`BridgeError::Client`] if the vault fails.
    pub async fn position(&self) -> Result<Option<Vec<u8>>, BridgeError> {
        self.shared.spool.position(&self.row()).await
    }

    /// Takes a delivery; durable when this returns.
    ///
    /// # Errors
    /// [`Refused`] with nothing taken: the sender tries again.
    pub async fn accept(&self, delivery: Delivery) -> Result<Accepted, Refused> {
        self.accept_ref(&delivery).await
    }

    /// Takes a delivery as soon as there is room for it; none if the bridge stopped before that.
    pub async fn accept_waiting(&self, delivery: Delivery, stop: &Stop) -> Option<Accepted> {
        let part = format!("source/{}", self.shared.source);
        loop {
            let refused = match self.accept_ref(&delivery).await {
                Ok(accepted) => {
                    self.metrics().trouble(&part, None);
                    return Some(accepted);
                }
                Err(refused) => refused,
            };
            if self.metrics().trouble(&part, Some(&refused.to_string())) {
                tracing::warn!(source = &*self.shared.source, %refused, "the source waits");
            }
            let pause = match refused {
                Refused::Full { retry_after, .. }
                | Refused::QuarantineFull { retry_after, .. }
                | Refused::Shut { retry_after, .. } => retry_after,
                Refused::Stopped { .. } => return None,
            };
            if stop.comes_within(pause.min(ROOM_PAUSE_MAX)).await {
                return None;
            }
        }
    }

    async fn accept_ref(&self, delivery: &Delivery) -> Result<Accepted, Refused> {
        let spool = &self.shared.spool;
        let _room = spool.room(self.shared.stream, delivery.records.len()).await?;
        let mut mapped = Mapped {
            source: Arc::clone(&self.shared.source),
            stream: self.shared.stream,
            items: Vec::with_capacity(delivery.records.len()),
            position: delivery.position.clone().map(|position| (self.row(), position)),
            skipped: 0,
            without_id: 0,
        };
        let times =
            spool.levels().floor(self.shared.stream)..=Moment::new(now().get().saturating_add(AHEAD_WAIT_MS_MAX));
        for (place, record) in delivery.records.iter().enumerate() {
            self.map(place, record, &times, &mut mapped);
            if place % TURN_RECORDS == TURN_RECORDS - 1 {
                tokio::task::yield_now().await;
            }
        }
        spool.deliver(mapped).await
    }

    /// Adds what a record is to a delivery.
    fn map(&self, place: usize, record: &Result<Record, Poison>, times: &RangeInclusive<Moment>, mapped: &mut Mapped) {
        let is_posted = mapped.position.is_none();
        let (id, item) = match record {
            Err(poison) => (None, Err(poison.clone())),
            Ok(record) => {
                let call_ids = self.shared.spool.vault().call_ids();
                let draft = self.shared.mapping.draft(record, call_ids);
                match draft.and_then(|draft| draft.map(|draft| self.placeable(record, draft, times)).transpose()) {
                    Ok(None) => {
                        mapped.skipped += 1;
                        return;
                    }
                    Ok(Some(draft)) => (self.id_of(record, is_posted), Ok(draft)),
                    Err(poison) => (self.id_of(record, is_posted), Err(poison)),
                }
            }
        };
        // What is quarantined is kept once, however often it is sent.
        let id = match &item {
            Err(poison) if is_posted && id.is_none() => Some(self.shared.ids.of(&self.row(), &poison.raw)),
            _ => id,
        };
        mapped.without_id += u64::from(is_posted && id.is_none());
        // Where positions tell what came before, a place tells nothing more.
        let of_place = || {
            let place = record.as_ref().ok().filter(|_| is_posted)?.place.as_ref()?;
            Some(self.shared.ids.of(&format!("place/{}", self.shared.source), place))
        };
        let id = id.or_else(of_place);
        let item = match item {
            Ok(draft) => Item::Draft(Box::new(draft)),
            Err(poison) => Item::Poison(poison),
        };
        mapped.items.push((place, id, item));
    }

    /// What a record is known by when it comes again. Where positions tell that, only what the source itself asks for.
    fn id_of(&self, record: &Record, is_posted: bool) -> Option<RecordId> {
        let mapped = || self.shared.mapping.id(record).filter(|_| is_posted);
        let id = record.id.clone().or_else(mapped)?;
        Some(self.shared.ids.of(&self.shared.source, id.as_bytes()))
    }

    /// Refuses an event that its stream would not take: by its time, or because the other side could not name its call.
    fn placeable(&self, record: &Record, draft: Draft, times: &RangeInclusive<Moment>) -> Result<Draft, Poison> {
        let poison = |reason, detail: String| Poison { reason, detail, raw: record.raw.clone() };
        if !times.contains(&draft.time) {
            let reason = if draft.time < *times.start() { "before_stream" } else { "ahead_of_time" };
            return Err(poison(reason, detail_of(reason).into()));
        }
        // Of a grant that the caller named nobody promised that it could be compared: it is reported, and the ledger finds no other side.
        let is_promised = self.shared.is_compared && draft.instead.is_empty();
        let Some(grant) = draft.reference.grant().filter(|_| is_promised) else { return Ok(draft) };
        match draft.call_known {
            CallKnown::Here => {
                let why = "calls of this stream are compared with the other side's: give each its request id";
                Err(poison("no_request_id", why.into()))
            }
            CallKnown::ByRequestId if !self.shared.spool.vault().call_ids().shares(grant) => Err(poison(
                "no_call_key",
                format!("`mulu vault call-key new {grant}` or `add` brings the secret of both sides"),
            )),
            _ => Ok(draft),
        }
    }

    fn row(&self) -> String {
        format!("source/{}", self.shared.source)
    }
}

#[cfg(test)]
mod tests;
