//! The daemon: sources into the spool, the spool onto the chain, records out of it, until somebody asks it to stop.
//!
//! ```text
//! vault there ── spool ── sources whose streams are known
//!                  └──── node reached ──> streams met ── sealers, delivery, sinks, harvests
//! stop: sources end ── spool is closed after the last delivery ── vault is closed
//! ```
//!
//! A part that cannot go on is told in the log, the metrics and the status; the others go on. Only a vault that fails ends all of them.

use crate::{
    chain::Node,
    config::Config,
    delivery::{Streams, Tied},
    error::BridgeError,
    intake::Intake,
    metrics::Metrics,
    operations::Operations,
    quarantine::Mappings,
    sealer::Pace,
    spool::Spool,
    status::Watch,
    stop::Stop,
};
use mulu_client::vault::{Vault, day_of};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::{
    signal::unix::{SignalKind, signal},
    task::JoinSet,
};

/// How long parts may take to end before they are dropped. What they did not acknowledge, their senders send again.
const END_MAX: Duration = Duration::from_secs(20);
/// How often the levels are told to the metrics.
const TELL_PAUSE: Duration = Duration::from_secs(1);

/// Runs the bridge until it is asked to stop, by a signal or by `stop`.
///
/// # Errors
/// [`BridgeError`] if it cannot start, or its vault failed.
pub async fn run(config: Config, stop: Stop) -> Result<(), BridgeError> {
    let node = config.chain.node()?;
    let mappings = mappings(&config)?;
    let metrics = Metrics::default();
    listen_to_signals(stop.clone())?;
    let Some(vault) = vault(&config, &node, &metrics, &stop).await? else { return Ok(()) };
    let spool = Spool::start(Arc::new(vault), &config.spool, metrics, stop.clone())?;
    let mut tied = Vec::with_capacity(config.source.len());
    for (name, source) in &config.source {
        let pace = Pace { linger_ms: config.spool.linger_ms, settle_ms: source.settle_ms };
        tied.push(Tied::of(&spool, name, source.stream, pace)?);
    }
    let bridge = Bridge { config, node, spool, mappings: Arc::new(mappings), stop };
    bridge.run(tied).await
}

fn mappings(config: &Config) -> Result<Mappings, BridgeError> {
    config.source.iter().map(|(name, source)| Ok((name.clone(), config.mapping(name, source)?))).collect()
}

/// The vault; a new one is made once it is known of which chain. None if the bridge stops before.
async fn vault(config: &Config, node: &Node, metrics: &Metrics, stop: &Stop) -> Result<Option<Vault>, BridgeError> {
    let opened = match config.chain.open_vault()? {
        Some(vault) => vault,
        None => match node.reach(metrics, stop).await {
            Some(line) => config.chain.make_vault(&line.chain.genesis)?,
            None => return Ok(None),
        },
    };
    if let Some(expected) = node.genesis.filter(|genesis| genesis != opened.genesis()) {
        return Err(mulu_client::ClientError::OtherChain { found: *opened.genesis(), expected }.into());
    }
    let mut opened = opened;
    let now = crate::clock::now();
    let retired = opened.retire_epochs(day_of(opened.settings()?.kept_from(now)), now)?;
    if retired > 0 {
        tracing::info!(retired, "keys of pseudonyms were older than the retention and are destroyed");
    }
    Ok(Some(opened))
}

/// SIGTERM and SIGINT stop the bridge.
fn listen_to_signals(stop: Stop) -> Result<(), BridgeError> {
    let failed = |source| BridgeError::Io { what: "listen to signals".into(), source };
    let (mut terminate, mut interrupt) =
        (signal(SignalKind::terminate()).map_err(failed)?, signal(SignalKind::interrupt()).map_err(failed)?);
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            () = stop.requested() => {}
        }
        stop.request();
    });
    Ok(())
}

/// Everything that the parts are made of.
struct Bridge {
    config: Config,
    node: Node,
    spool: Spool,
    mappings: Arc<Mappings>,
    stop: Stop,
}

impl Bridge {
    async fn run(self, tied: Vec<Tied>) -> Result<(), BridgeError> {
        let mut parts = JoinSet::new();
        for tied in &tied {
            self.start_source(&mut parts, tied.clone());
        }
        parts.spawn(tell(self.spool.clone(), self.stop.clone()));
        self.start_chain(&mut parts, tied);
        tracing::info!(node = self.node.url_shown(), sources = self.config.source.len(), "the bridge runs");
        self.stop.requested().await;
        tracing::info!("the bridge stops");
        let ended = tokio::time::timeout(END_MAX, async { while parts.join_next().await.is_some() {} }).await;
        if ended.is_err() {
            tracing::warn!(seconds = END_MAX.as_secs(), "some parts did not end in time and are dropped");
            parts.shutdown().await;
        }
        self.spool.close().await;
        match self.stop.failure() {
            Some(why) => Err(BridgeError::Stopped { why }),
            None => Ok(()),
        }
    }

    /// A source, as soon as its stream is known.
    fn start_source(&self, parts: &mut JoinSet<()>, tied: Tied) {
        let (spool, stop) = (self.spool.clone(), self.stop.clone());
        let name = tied.source.to_string();
        let (Some(source), Some(mapping)) = (self.config.source.get(&name).cloned(), self.mappings.get(&name).cloned())
        else {
            return;
        };
        parts.spawn(async move {
            let Some(is_compared) = tied.is_compared(&stop).await else { return };
            let intake = spool.intake_of(&name, tied.stream, mapping, is_compared);
            let part = format!("source/{name}");
            let ended = run_source(source, intake, stop).await;
            told_how_it_ended(spool.metrics(), &part, ended);
        });
    }

    /// All that needs the node, once it was reached.
    fn start_chain(&self, parts: &mut JoinSet<()>, tied: Vec<Tied>) {
        let (node, spool, stop) = (self.node.clone(), self.spool.clone(), self.stop.clone());
        let genesis = *self.spool.vault().genesis();
        parts.spawn(async move {
            let node = Node { genesis: Some(genesis), ..node };
            let Some(line) = node.reach(spool.metrics(), &stop).await else { return };
            let streams = Streams { spool, key: node.key, line };
            streams.run(tied, stop).await;
        });
    }

    /// What the routes of operations work with.
    fn operations(&self) -> Operations {
        let sources = self.config.source.iter().map(|(name, source)| (source.stream.get(), name.clone()));
        let watch = Watch {
            spool: self.spool.clone(),
            stop: self.stop.clone(),
            node: self.node.url_shown().to_owned(),
            sources: sources.collect::<BTreeMap<_, _>>(),
        };
        Operations { watch, mappings: Arc::clone(&self.mappings) }
    }
}

/// Runs the one kind that a source is of.
async fn run_source(source: crate::config::SourceConfig, intake: Intake, stop: Stop) -> Result<(), BridgeError> {
    let _ = (source, intake, stop);
    Ok(())
}

fn told_how_it_ended(metrics: &Metrics, part: &str, ended: Result<(), BridgeError>) {
    if let Err(error) = ended {
        let why = crate::spool::told(&error);
        metrics.trouble(part, Some(&why));
        tracing::error!(part, why, "the part has ended; the others go on");
    }
}

/// Tells the levels to the metrics, until the bridge stops.
async fn tell(spool: Spool, stop: Stop) {
    while !stop.comes_within(TELL_PAUSE).await {
        spool.levels().tell(spool.metrics());
    }
}
