//! The server over a real store, executor and pool: a small chain with one validator's certificates, no consensus.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod access;
mod catalog;
mod chain;
mod decision;
mod decision_http;
mod disputes;
mod evidence;
mod ledger;
mod limits;
mod retention;
mod search;
mod sharing;
mod story;
mod submission;
mod substrate;
mod together;
