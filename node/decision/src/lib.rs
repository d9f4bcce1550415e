//! The decision point: tells gateways whether a call may proceed, by the last final block (SPEC §5).

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test may"))]

pub mod counts;
mod dialects;
pub mod mapping;
mod question;
pub mod tls;

pub use dialects::{AUTHORIZE, Call, ENVOY, FORWARD};
pub use question::{Allowed, Decision, Denied, Question, Reason, Under};
