//! JSON-RPC server of a node: HTTP and WebSocket on one port, one file per namespace of `mulu-rpc-api`.
//!
//! ```text
//! socket ─ gate (host, page, token, /health) ─ request id ─ admission (who, may they) ─ method ─ work on few threads ─ answer
//!                                                                                        │
//!                                     reads: store, index, executor over the head's state ┤
//!                                         submissions ─> pool service (the only writer) ──┘
//! ```
//!
//! Nothing is answered without a bound on rows, bytes and time. Bodies never reach a log: a request is known there by its id.

mod access;
mod accounts;
mod admission;
mod audit;
mod author;
mod batches;
mod buckets;
mod calendar;
mod caller;
mod catalog;
mod chain;
mod classes;
mod connections;
mod context;
mod deadlines;
mod decision;
mod departments;
mod discover;
mod elements;
mod evidence;
mod failure;
mod follow;
mod gate;
mod governance;
mod history;
mod limits;
mod metrics;
mod mounts;
mod node;
mod outcome;
mod oversight;
mod pace;
mod page;
mod parts;
mod payment;
mod public;
mod queries;
mod recent;
mod reconciliation;
mod records;
mod repudiations;
mod requests;
mod runtime_call;
mod server;
mod sharing;
mod signin;
mod slots;
mod state;
mod stats;
mod system;
mod toll;
mod trees;
mod turns;
mod visibility;
mod watched_keys;

pub use audit::{Audit, NotNoted, Note};
pub use parts::{NodeInfo, Progress, RpcParts, Submission, SubmitError};
pub use public::Public;
pub use server::{RpcError, RpcHandle, serve};
