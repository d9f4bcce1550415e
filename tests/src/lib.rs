//! What the demo, the benchmark and the end-to-end tests share: networks of real processes.

pub mod network;
