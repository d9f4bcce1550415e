//! A bridge's server over a vault of its own, and whoever posts to it.

use mulu_bridge::{
    http::{self, HttpConfig, auth::Right, ingest::Inlets},
    metrics::Metrics,
    operations::{self, Operations},
    rounds::Rounds,
    sink::desk::Desk,
    spool::{Spool, SpoolConfig},
    status::Watch,
    stop::Stop,
};
use mulu_client::vault::Vault;
use mulu_mapping::Mapping;
use mulu_proofs::ids::StreamId;
use reqwest::{Client, Method, Response};
use serde_json::Value;
use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};
use tempfile::TempDir;
use tokio::task::JoinHandle;

/// A server that runs.
pub struct Server {
    pub address: SocketAddr,
    pub client: Client,
    pub spool: Spool,
    pub stop: Stop,
    pub running: JoinHandle<()>,
    folder: TempDir,
}

/// Listens on a port that the system chooses.
pub const PLAIN: &str = "listen = \"127.0.0.1:0\"";

impl Server {
    /// One whose source `gateway` has a preset.
    pub async fn start(preset: &str) -> Self {
        Self::with(PLAIN, tempfile::tempdir().unwrap(), &[("gateway", preset)], SpoolConfig::default()).await
    }

    /// One with sources of these names and presets; without a preset a source is not open.
    pub async fn with(config: &str, folder: TempDir, sources: &[(&str, &str)], spool: SpoolConfig) -> Self {
        let mut config: HttpConfig = toml::from_str(config).unwrap();
        config.below(folder.path());
        let stop = Stop::new();
        let vault = Arc::new(Vault::open(&folder.path().join("bridge.vault"), &[9; 32]).unwrap());
        let spool = Spool::start(vault, &spool, Metrics::default(), stop.clone()).unwrap();
        let inlets = Inlets::new(sources.iter().map(|(name, _)| (*name).to_owned()));
        for (stream, (name, preset)) in (1..).zip(sources).filter(|(_, (_, preset))| !preset.is_empty()) {
            inlets.open(spool.intake(name, StreamId::new(stream), Mapping::preset(preset).unwrap()));
        }
        let bound = http::bind(&config).await.unwrap();
        let address = bound.address();
        let watch = Watch {
            spool: spool.clone(),
            stop: stop.clone(),
            node: "ws://node".into(),
            sources: (1..).zip(sources).map(|(stream, (name, _))| (stream, (*name).to_owned())).collect(),
            desk: Desk::default(),
            rounds: Rounds::default(),
        };
        let operations = operations::router(Operations { watch, mappings: Arc::default() });
        let running = tokio::spawn(bound.serve(inlets, vec![(Right::Operate, operations)], stop.clone()));
        Self { address, client: Client::new(), spool, stop, running, folder }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// How many events wait for their batch.
    pub fn waiting(&self) -> u64 {
        self.spool.levels().total().0
    }

    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Vec<u8>>,
    ) -> Response {
        let request = self.client.request(method, self.url(path)).body(body.into());
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        request.send().await.unwrap()
    }

    /// Posts to the source `gateway`, which must be answered with 200: its summary.
    pub async fn post(&self, kind: &str, body: impl Into<Vec<u8>>) -> Value {
        self.post_with(&[("content-type", kind)], body).await
    }

    pub async fn post_with(&self, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Value {
        let response = self.send(Method::POST, "/ingest/gateway", headers, body).await;
        let (status, text) = (response.status().as_u16(), response.text().await.unwrap());
        assert_eq!(status, 200, "{text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Status and word of an answer.
    pub async fn refused(&self, path: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> (u16, String) {
        let response = self.send(Method::POST, path, headers, body).await;
        let status = response.status().as_u16();
        let body: Value = response.json().await.unwrap();
        assert!(body["message"].is_string(), "{body}");
        (status, body["error"].as_str().unwrap().to_owned())
    }

    pub async fn end(self) {
        self.stop.request();
        tokio::time::timeout(Duration::from_secs(20), self.running).await.unwrap().unwrap();
    }
}

/// Accepted, repeated and quarantined of a summary.
pub fn counts(summary: &Value) -> (u64, u64, u64) {
    let count = |name: &str| summary[name].as_u64().unwrap();
    (count("accepted"), count("repeated"), count("quarantined_count"))
}
