#![allow(clippy::unwrap_used, reason = "a test may")]

mod answers;
mod bounds;
mod chain;
mod following;
