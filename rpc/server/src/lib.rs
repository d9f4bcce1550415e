//! JSON-RPC server of a node: HTTP and WebSocket on one port, one file per namespace of `mulu-rpc-api`.
//!
//! ```text
//! socket ─ gate (host, origin, /health) ─ request id ─ method ─ work on a bounded number of threads ─ answer
//!                                                       │
//!                                                       ├─ reads: store, index, executor over the head's state
//!                                                       └─ submissions ─> pool service (the only writer)
//! ```
//!
//! Nothing is answered without a bound on rows and bytes. Bodies never reach a log: a request is known there by its id.

mod access;
mod accounts;
mod admission;
mod author;
mod batches;
mod calendar;
mod caller;
mod catalog;
mod chain;
mod context;
mod deadlines;
mod decision;
mod departments;
mod elements;
mod evidence;
mod failure;
mod gate;
mod governance;
mod history;
mod limits;
mod mounts;
mod node;
mod outcome;
mod oversight;
mod page;
mod parts;
mod recent;
mod reconciliation;
mod records;
mod requests;
mod server;
mod sharing;
mod state;
mod stats;
mod system;
mod trees;
mod turns;

pub use parts::{NodeInfo, RpcParts, Submission, SubmitError};
pub use server::{RpcError, RpcHandle, serve};
