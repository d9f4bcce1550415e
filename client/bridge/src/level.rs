//! How much waits: what senders are refused by, what sealers wait for, and what is shown.

use crate::{clock::now, error::BridgeError, metrics::Metrics, shut::Shut, spool::SpoolConfig};
use mulu_client::{
    ClientError,
    vault::{Intake, Vault},
};
use mulu_proofs::ids::{Moment, StreamId};
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::watch;

/// What a stream has that the chain has not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Level {
    /// Events in no batch.
    pub waiting: u64,
    /// Events in batches that the chain has not confirmed.
    pub unconfirmed: u64,
    /// Time of the earliest event that waits; none if none waits.
    pub earliest: Option<Moment>,
    /// Since when it waits, or another one longer.
    pub since: Option<Moment>,
    /// Since when the chain has confirmed none of the batches under way; none if none is.
    pub unconfirmed_since: Option<Moment>,
    /// Where the stream's last batch begins: nothing earlier can follow.
    pub floor: Moment,
    /// Why it takes nothing any more; none as long as it does.
    pub shut: Option<Shut>,
}

impl Level {
    /// How long the oldest event has waited for a batch, or the batches under way for the chain.
    pub fn delay(&self) -> Duration {
        let oldest = [self.since, self.unconfirmed_since].into_iter().flatten().min();
        oldest.map_or(Duration::ZERO, |since| Duration::from_millis(now().get().saturating_sub(since.get())))
    }

    /// Takes over how many events are unconfirmed now; how many were confirmed.
    pub(crate) fn take_unconfirmed(&mut self, unconfirmed: u64) -> u64 {
        let confirmed = self.unconfirmed.saturating_sub(unconfirmed);
        self.unconfirmed = unconfirmed;
        self.unconfirmed_since = match self.unconfirmed_since {
            _ if unconfirmed == 0 => None,
            Some(since) if confirmed == 0 => Some(since),
            _ => Some(now()),
        };
        confirmed
    }

    /// What the vault has of a stream.
    fn of(vault: &Vault, stream: StreamId) -> Result<Self, ClientError> {
        let Intake { drafts: waiting, earliest, since } = vault.intake(stream)?;
        let floor = vault.stream(stream)?.map_or(Moment::new(0), |state| state.floor);
        let shut = Shut::known(vault, stream)?;
        let mut level = Self { waiting, earliest, since, floor, shut, ..Self::default() };
        level.take_unconfirmed(vault.unconfirmed_events(stream)?);
        Ok(level)
    }
}

/// Levels of all streams and of the quarantine.
pub struct Levels {
    streams: Mutex<BTreeMap<StreamId, watch::Sender<Level>>>,
    quarantine: Mutex<(u64, u64)>,
    events_max: u64,
    quarantine_bytes_max: u64,
}

impl Levels {
    /// As the vault has them.
    ///
    /// # Errors
    /// [`BridgeError::Client`] if the vault fails.
    pub(crate) fn of(vault: &Vault, config: &SpoolConfig) -> Result<Self, BridgeError> {
        let mut streams = BTreeMap::new();
        for stream in vault.intakes()? {
            streams.insert(stream, watch::Sender::new(Level::of(vault, stream)?));
        }
        let size = vault.quarantine_size()?;
        Ok(Self {
            streams: Mutex::new(streams),
            quarantine: Mutex::new((size.rows, size.bytes)),
            events_max: config.max_events,
            quarantine_bytes_max: config.max_quarantine_bytes,
        })
    }

    /// Events that are not on the chain yet, over all streams, and their bound.
    pub fn total(&self) -> (u64, u64) {
        let streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        let waits = |level: Level| level.waiting + level.unconfirmed;
        (streams.values().map(|level| waits(*level.borrow())).sum(), self.events_max)
    }

    /// How much waits and how much may, if a stream may not have more: where there are several, one that is stuck leaves a quarter of the
    /// spool to the others.
    pub(crate) fn full(&self, stream: StreamId) -> Option<(u64, u64)> {
        let (total, bound) = self.total();
        if total >= bound {
            return Some((total, bound));
        }
        let streams = self.streams();
        let own = streams.get(&stream).map_or(0, |level| level.waiting + level.unconfirmed);
        let share = bound - bound / 4;
        (streams.len() > 1 && own >= share).then_some((own, share))
    }

    /// Bytes in the quarantine, and their bound.
    pub fn quarantine(&self) -> (u64, u64) {
        (self.quarantine.lock().unwrap_or_else(PoisonError::into_inner).1, self.quarantine_bytes_max)
    }

    /// Rows in the quarantine.
    pub fn quarantine_rows(&self) -> u64 {
        self.quarantine.lock().unwrap_or_else(PoisonError::into_inner).0
    }

    /// Every stream's level.
    pub fn streams(&self) -> BTreeMap<StreamId, Level> {
        let streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        streams.iter().map(|(stream, level)| (*stream, *level.borrow())).collect()
    }

    /// A stream's level, and the news of it.
    pub fn watch(&self, stream: StreamId) -> watch::Receiver<Level> {
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        streams.entry(stream).or_insert_with(|| watch::Sender::new(Level::default())).subscribe()
    }

    /// So many events came in, the earliest of which has this time.
    pub(crate) fn arrived(&self, stream: StreamId, events: u64, earliest: Moment) {
        self.change(stream, |level| {
            level.waiting += events;
            level.earliest = Some(level.earliest.map_or(earliest, |before| before.min(earliest)));
            level.since.get_or_insert_with(now);
        });
    }

    /// So many events left the intake, into batches or the quarantine; what is left there now, the vault tells. It is asked while nobody else
    /// changes the level: whatever becomes durable after that is told by [`Self::arrived`] after this.
    pub(crate) fn left(&self, stream: StreamId, events: u64, vault: &Vault) -> Result<(), ClientError> {
        let mut asked = Ok(());
        self.change(stream, |level| match Level::of(vault, stream) {
            Ok(now) => {
                level.waiting = level.waiting.saturating_sub(events);
                (level.earliest, level.since, level.floor) = (now.earliest, now.since, now.floor);
                level.take_unconfirmed(now.unconfirmed);
            }
            Err(error) => asked = Err(error),
        });
        asked
    }

    /// Where the last batch of a stream begins.
    pub fn floor(&self, stream: StreamId) -> Moment {
        let streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        streams.get(&stream).map_or(Moment::new(0), |level| level.borrow().floor)
    }

    /// Why a stream takes nothing any more; none as long as it does.
    pub fn shut(&self, stream: StreamId) -> Option<Shut> {
        let streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        streams.get(&stream).and_then(|level| level.borrow().shut)
    }

    /// Changes a stream's level and tells whoever watches it.
    pub(crate) fn change(&self, stream: StreamId, change: impl FnOnce(&mut Level)) {
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        streams.entry(stream).or_insert_with(|| watch::Sender::new(Level::default())).send_modify(change);
    }

    /// So much went into the quarantine.
    pub(crate) fn held(&self, rows: u64, bytes: u64) {
        let mut quarantine = self.quarantine.lock().unwrap_or_else(PoisonError::into_inner);
        quarantine.0 += rows;
        quarantine.1 += bytes;
    }

    /// The quarantine's size as the vault has it.
    pub(crate) fn measured(&self, rows: u64, bytes: u64) {
        *self.quarantine.lock().unwrap_or_else(PoisonError::into_inner) = (rows, bytes);
    }

    /// Tells all of it to the metrics.
    pub fn tell(&self, metrics: &Metrics) {
        for (stream, level) in self.streams() {
            metrics.stream(stream.get(), level.waiting, level.unconfirmed, level.delay());
        }
        let (rows, bytes) = *self.quarantine.lock().unwrap_or_else(PoisonError::into_inner);
        metrics.quarantine(rows, bytes);
        metrics.bound(self.events_max);
    }
}

#[cfg(test)]
mod tests;
