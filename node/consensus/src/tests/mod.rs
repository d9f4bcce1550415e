//! Handlers on real stores and executors without an engine, and whole networks of engines in one process.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod chain;
mod handlers;
mod membership;
mod network;
mod processes;
mod start;
