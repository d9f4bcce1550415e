//! The bridge ties one exchange platform to the chain without touching its code (SPEC §8).
//!
//! ```text
//! source ── Delivery ──> intake ──> vault: drafts in the order of their spool positions, where the source stands, ids, quarantine
//!   ^                      │             one transaction, fsynced
//!   └───── acknowledged ───┘               │
//!                                       sealer ──> batch in the outbox ── delivery ──> chain, by the stream's own cursor
//! chain ── records ──> sinks: webhook, server-sent events, outbox rows; each from a record number on
//! ```
//!
//! What was acknowledged to a sender is on the disk, and on the chain once it is reachable: once, however often it was sent.

pub mod catalog;
pub mod chain;
pub mod check;
mod clock;
pub mod config;
pub mod database;
mod delivery;
pub mod error;
pub mod facade;
pub mod http;
pub mod intake;
mod late;
pub mod level;
pub mod metrics;
pub mod moving;
pub mod operations;
pub mod operator;
pub mod positions;
pub mod quarantine;
pub mod rounds;
pub mod run;
#[cfg(test)]
mod sample;
mod sealer;
pub mod secret;
pub mod shut;
pub mod sink;
pub mod source;
pub mod spool;
pub mod status;
pub mod stop;
