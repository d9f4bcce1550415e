//! The decision point: tells gateways whether a call may proceed, by the last final block (SPEC §5).
//!
//! ```text
//! gateway ── HTTP: dialect ─> mapping: route, consumer ─> question ─┐
//! JSON-RPC ───────────────────────────────────── question ─────────┤
//!                                                                  ▼
//! blocks ─> head, facts ─> rules that judge events ─> counted on disk ─> token, or the reason
//! ```
//!
//! The judgement is a function of question, facts and time ([`facts::GrantFacts::objection`]); everything around it denies what it cannot know.
//! No user, address or path of a call reaches a log.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test may"))]

pub mod counts;
mod desk;
mod dialects;
pub mod facts;
mod handshakes;
pub mod mapping;
mod point;
mod question;
pub mod report;
mod server;
mod tls;

pub use desk::Desk;
pub use dialects::{AUTHORIZE, Call, ENVOY, FORWARD};
pub use point::{Now, Point, PointParts, Settings};
pub use question::{Allowed, Decision, Denied, Question, Reason, Under};
pub use server::{Listen, ServeError, ServerHandle, serve};
pub use tls::{TlsError, TlsFiles};
