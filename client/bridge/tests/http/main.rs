//! Bodies as each sender makes them, posted to a real listener over a real vault.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod beats;
mod bounds;
mod callers;
mod health;
mod senders;
mod server;
