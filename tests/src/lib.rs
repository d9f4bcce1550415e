//! What the demo, the benchmark and the end-to-end tests share: networks of real processes.

pub mod bench;
pub mod bridge;
pub mod demo;
pub mod error;
pub mod http;
pub mod ledger;
pub mod network;
pub mod people;
pub mod say;
pub mod stop;
