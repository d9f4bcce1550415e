//! The way in: what sources deliver is mapped, and durable in the vault before anybody is told so.
//!
//! ```text
//! source task: accept(Delivery) ── mapped on the caller's thread ──> writer thread: many deliveries, one transaction, one fsync ──> Accepted
//! ```

use mulu_mapping::{Poison, Record};
use std::time::Duration;

/// What a source hands over at once: all of it becomes durable, or nothing.
#[derive(Debug, Default)]
pub struct Delivery {
    /// Records in the order of the source, and what could not even become a record.
    pub records: Vec<Result<Record, Poison>>,
    /// Where the source stands behind these records, in its own form; kept in the same transaction. None if the source cannot be asked again,
    /// as one that posts.
    pub position: Option<Vec<u8>>,
}

/// What became of a delivery, once it is durable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accepted {
    /// Records that wait for their batch now.
    pub accepted: u64,
    /// Records that came before.
    pub repeated: u64,
    /// Records that are in the quarantine now.
    pub quarantined: Vec<Quarantined>,
}

/// A record of a delivery that can be no event.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    #[error("the spool holds {waiting} events, the bound is {bound}: the chain takes them more slowly than they come; try again later")]
    Full {
        /// Events that wait.
        waiting: u64,
        /// Most that may wait.
        bound: u64,
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
