//! The way out, over real sockets: a node that tells records, receivers that take events or do not, a real PostgreSQL, and the façade.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod database;
mod events;
mod facade;
mod node;
mod outbox;
mod receiver;
mod webhook;

use mulu_bridge::{
    metrics::Metrics,
    positions::Positions,
    sink::{self, SinkConfig, SinkParts, desk::Desk, desk::SinkState},
    spool::{Spool, SpoolConfig},
    stop::Stop,
};
use mulu_client::vault::Vault;
use node::{GENESIS, Node};
use std::{path::Path, sync::Arc, time::Duration};
use tokio::task::JoinHandle;

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A bridge with one sink, whose vault outlives it.
struct Bridge {
    desk: Desk,
    metrics: Metrics,
    spool: Spool,
    stop: Stop,
    sink: JoinHandle<Result<(), mulu_bridge::error::BridgeError>>,
}

impl Bridge {
    /// Runs `[sink.platform]` of a text, with a vault in `folder`.
    async fn start(node: &Node, folder: &Path, config: &str) -> Self {
        let (metrics, stop, desk) = (Metrics::default(), Stop::new(), Desk::default());
        let vault = Arc::new(Vault::open(&folder.join("vault"), &GENESIS).unwrap());
        let spool = Spool::start(vault, &SpoolConfig::default(), metrics.clone(), stop.clone()).unwrap();
        let mut config: SinkConfig = toml::from_str(config).unwrap();
        config.below(folder);
        let (connection, chain) = node.connect().await;
        let parts = SinkParts {
            connection,
            chain,
            positions: Positions::new(spool.clone()),
            name: "platform".into(),
            metrics: metrics.clone(),
            desk: desk.clone(),
        };
        let sink = tokio::spawn(sink::run(config, parts, stop.clone()));
        until("it has begun", || !desk.statuses().is_empty() || sink.is_finished()).await;
        Self { desk, metrics, spool, stop, sink }
    }

    /// Stops it in order.
    async fn stop(self) {
        self.stop.request();
        tokio::time::timeout(PATIENCE, self.sink).await.unwrap().unwrap().unwrap();
        self.spool.close().await;
    }

    /// Drops it where it stands.
    async fn kill(self) {
        self.sink.abort();
        let _ = self.sink.await;
        self.stop.request();
        self.spool.close().await;
    }

    fn state(&self) -> SinkState {
        self.desk.statuses()[0].state
    }
}

/// Waits until something holds.
async fn until(what: &str, holds: impl Fn() -> bool) {
    let waited = tokio::time::timeout(PATIENCE, async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    assert!(waited.await.is_ok(), "{what}: never");
}
