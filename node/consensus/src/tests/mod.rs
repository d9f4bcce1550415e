//! Handlers on real stores and executors without an engine, and whole networks of engines in one process.

#![allow(clippy::unwrap_used, reason = "a test may")]

pub mod chain;
mod handlers;
mod lost_disk;
mod membership;
mod network;
mod processes;
mod start;
