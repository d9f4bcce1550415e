//! The server over a real store, executor and pool: a small chain with one validator's certificates, no consensus.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod access;
mod audit;
mod catalog;
mod chain;
mod decision;
mod decision_http;
mod described;
mod disputes;
mod evidence;
mod follow;
mod ledger;
mod legacy;
mod limits;
mod public;
mod retention;
mod robustness;
mod search;
mod sharing;
mod signin;
mod story;
mod submission;
mod substrate;
mod together;
mod toll;
mod verified;
mod visibility;
