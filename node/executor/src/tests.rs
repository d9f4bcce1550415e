//! A small chain in memory: blocks built and executed, bad ones refused, every error produced, a failing database noticed.

#![allow(clippy::unwrap_used, reason = "a test may")]

pub mod batches;
mod blocks;
mod chain;
mod council;
mod database;
mod foreign;
mod queries;
mod validation;
