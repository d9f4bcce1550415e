//! The daemon: sources into the spool, the spool onto the chain, records out of it, until somebody asks it to stop.
//!
//! ```text
//! vault there ── spool ── HTTP, sources whose streams are known
//!                  └──── node reached ──> streams met ── sealers, delivery; sinks, catalogs, routes that need it
//! stop: sources end ── spool is closed after the last delivery ── vault is closed
//! ```
//!
//! A part that cannot go on is told in the log, the metrics and the status; the others go on. Only a vault that fails ends all of them.

use crate::{
    catalog::{self, CatalogParts},
    chain::{Line, Node},
    config::{Config, SourceConfig},
    delivery::{Streams, Tied},
    error::BridgeError,
    facade::{self, FacadeParts},
    http::{self, Bound, auth::Right, ingest::Inlets},
    intake::Intake,
    late::Late,
    metrics::Metrics,
    operations::{self, Operations},
    positions::Positions,
    quarantine::Mappings,
    rounds::Rounds,
    sealer::Pace,
    sink::{
        self, SinkParts,
        desk::{self, Desk},
        events::{self, EventsParts},
    },
    source,
    spool::Spool,
    status::Watch,
    stop::Stop,
};
use axum::Router;
use mulu_client::{
    ClientError,
    keys::Key,
    vault::{Vault, day_of},
};
use mulu_proofs::ids::StreamId;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::{
    runtime::Handle,
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
    let bound = match &config.http {
        Some(http) => Some(http::bind(http).await?),
        None => None,
    };
    let metrics = Metrics::default();
    listen_to_signals(stop.clone())?;
    let Some(vault) = vault(&config, &node, &metrics, &stop).await? else { return Ok(()) };
    let spool = Spool::start(Arc::new(vault), &config.spool, metrics, stop.clone())?;
    let mut tied = Vec::with_capacity(config.source.len());
    for (name, source) in &config.source {
        let pace = Pace { linger_ms: config.spool.linger_ms, settle_ms: source.settle_ms };
        tied.push(Tied::of(&spool, name, source.stream, pace)?);
    }
    let inlets =
        Inlets::new(config.source.iter().filter(|(_, source)| source.ingest.is_some()).map(|(name, _)| name.clone()));
    let (mappings, desk, rounds, late) =
        (Arc::new(mappings), Desk::default(), Rounds::default(), LateRoutes::default());
    Bridge { config, node, spool, mappings, inlets, desk, rounds, late, stop }.run(bound, tied).await
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
        return Err(ClientError::OtherChain { found: *opened.genesis(), expected }.into());
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
    inlets: Inlets,
    desk: Desk,
    rounds: Rounds,
    late: LateRoutes,
    stop: Stop,
}

/// Routes that need the chain.
#[derive(Clone, Default)]
struct LateRoutes {
    events: Late,
    facade: Late,
}

impl LateRoutes {
    fn open(&self, line: &Line, metrics: &Metrics, stop: &Stop) {
        let (connection, chain) = (Arc::clone(&line.connection), line.chain.clone());
        self.facade.open(facade::router(FacadeParts { connection: Arc::clone(&connection), chain: chain.clone() }));
        let (metrics, stop) = (metrics.clone(), stop.clone());
        self.events.open(events::router(EventsParts { connection, chain, metrics, stop }));
    }
}

impl Bridge {
    async fn run(self, bound: Option<Bound>, tied: Vec<Tied>) -> Result<(), BridgeError> {
        let mut parts = JoinSet::new();
        if let Some(bound) = bound {
            tracing::info!(address = %bound.address(), "listening");
            parts.spawn(bound.serve(self.inlets.clone(), self.routers(), self.stop.clone()));
        }
        for tied in &tied {
            self.start_source(&mut parts, tied.clone());
        }
        parts.spawn(tell(self.spool.clone(), self.stop.clone()));
        self.start_chain(&mut parts, tied);
        self.tell_of_forgotten_streams();
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

    /// Events that wait for a stream that no source has any more would wait for ever.
    fn tell_of_forgotten_streams(&self) {
        let has_source = |stream: &StreamId| self.config.source.values().any(|source| source.stream == *stream);
        for (stream, level) in self.spool.levels().streams() {
            let events = level.waiting + level.unconfirmed;
            if events > 0 && !has_source(&stream) {
                let why = format!(
                    "{events} events wait for stream {stream}, which no source has: give it one, until nothing waits; if it is closed, `mulu bridge move --from {stream}` takes them to another"
                );
                self.spool.metrics().trouble(&format!("stream/{stream}"), Some(&why));
                tracing::warn!(stream = stream.get(), events, why);
            }
        }
    }

    /// A source, as soon as its stream is known.
    fn start_source(&self, parts: &mut JoinSet<()>, tied: Tied) {
        let (spool, stop) = (self.spool.clone(), self.stop.clone());
        let inlets = self.inlets.clone();
        let name = tied.source.to_string();
        let (Some(source), Some(mapping)) = (self.config.source.get(&name).cloned(), self.mappings.get(&name).cloned())
        else {
            return;
        };
        parts.spawn(async move {
            let Some(is_compared) = tied.is_compared(&stop).await else { return };
            let intake = spool.intake_of(&name, tied.stream, mapping, is_compared);
            let part = format!("source/{name}");
            let ended = run_source(source, intake, &inlets, stop).await;
            told_how_it_ended(spool.metrics(), &part, ended);
        });
    }

    /// All that needs the node, once it was reached.
    fn start_chain(&self, parts: &mut JoinSet<()>, tied: Vec<Tied>) {
        let node = Node { genesis: Some(*self.spool.vault().genesis()), ..self.node.clone() };
        let reached = Reached {
            config: self.config.clone(),
            spool: self.spool.clone(),
            desk: self.desk.clone(),
            rounds: self.rounds.clone(),
            stop: self.stop.clone(),
        };
        let late = self.late.clone();
        parts.spawn(async move {
            let metrics = reached.spool.metrics().clone();
            let Some(line) = node.reach(&metrics, &reached.stop).await else { return };
            late.open(&line, &metrics, &reached.stop);
            let mut others = JoinSet::new();
            reached.start_sinks(&mut others, &line);
            reached.start_catalogs(&mut others, &line, &node.key);
            let streams = Streams { spool: reached.spool, key: node.key, line };
            streams.run(tied, reached.stop).await;
            while others.join_next().await.is_some() {}
        });
    }

    /// What is served beside the sources, and by which right.
    fn routers(&self) -> Vec<(Right, Router)> {
        vec![
            (Right::Operate, operations::router(self.operations())),
            (Right::Operate, desk::router(self.desk.clone())),
            (Right::Events, self.late.events.routes(&["/events"])),
            (Right::Requests, self.late.facade.routes(&["/api/v1", "/api/v1/{*rest}"])),
        ]
    }

    /// What the routes of operations work with.
    fn operations(&self) -> Operations {
        let sources = self.config.source.iter().map(|(name, source)| (source.stream.get(), name.clone()));
        let watch = Watch {
            spool: self.spool.clone(),
            stop: self.stop.clone(),
            node: self.node.url_shown(),
            sources: sources.collect::<BTreeMap<_, _>>(),
            desk: self.desk.clone(),
            rounds: self.rounds.clone(),
        };
        Operations { watch, mappings: Arc::clone(&self.mappings) }
    }
}

/// What the parts that need the node are made of.
struct Reached {
    config: Config,
    spool: Spool,
    desk: Desk,
    rounds: Rounds,
    stop: Stop,
}

impl Reached {
    fn start_sinks(&self, parts: &mut JoinSet<()>, line: &Line) {
        for (name, config) in self.config.sink.clone() {
            let sink = SinkParts {
                connection: Arc::clone(&line.connection),
                chain: line.chain.clone(),
                positions: Positions::new(self.spool.clone()),
                name,
                metrics: self.spool.metrics().clone(),
                desk: self.desk.clone(),
            };
            let (stop, metrics, part) = (self.stop.clone(), sink.metrics.clone(), format!("sink/{}", sink.name));
            parts.spawn(async move { told_how_it_ended(&metrics, &part, sink::run(config, sink, stop).await) });
        }
        if !self.config.sink.is_empty() {
            let (connection, metrics) = (Arc::clone(&line.connection), self.spool.metrics().clone());
            let (desk, stop) = (self.desk.clone(), self.stop.clone());
            parts.spawn(async move { desk.measure(&connection, &metrics, &stop).await });
        }
    }

    /// Catalogs, each on a thread of its own: a round reads and compares thousands of entries at a time.
    fn start_catalogs(&self, parts: &mut JoinSet<()>, line: &Line, key: &Key) {
        let threads = Handle::current();
        let catalog = |name: &str| CatalogParts {
            connection: Arc::clone(&line.connection),
            chain: line.chain.clone(),
            key: key.clone(),
            positions: Positions::new(self.spool.clone()),
            metrics: self.spool.metrics().clone(),
            rounds: self.rounds.clone(),
            name: name.to_owned(),
            folder: self.config.folder().to_owned(),
        };
        for (name, config) in self.config.catalog.clone() {
            let (with, stop, metrics) = (catalog(&name), self.stop.clone(), self.spool.metrics().clone());
            let part = format!("catalog/{name}");
            let threads = threads.clone();
            parts.spawn_blocking(move || {
                told_how_it_ended(&metrics, &part, threads.block_on(catalog::run(config, with, stop)));
            });
        }
        for (name, config) in self.config.mount.clone() {
            let (with, stop, metrics) = (catalog(&name), self.stop.clone(), self.spool.metrics().clone());
            let part = format!("mount/{name}");
            let threads = threads.clone();
            parts.spawn_blocking(move || {
                told_how_it_ended(&metrics, &part, threads.block_on(catalog::watch(config, with, stop)));
            });
        }
    }
}

/// Runs the one kind that a source is of.
async fn run_source(config: SourceConfig, intake: Intake, inlets: &Inlets, stop: Stop) -> Result<(), BridgeError> {
    match config {
        SourceConfig { tail: Some(tail), .. } => source::tail::run(tail, intake, stop).await,
        SourceConfig { kafka: Some(kafka), .. } => source::kafka::run(kafka, intake, stop).await,
        SourceConfig { postgres: Some(postgres), .. } => source::postgres::run(postgres, intake, stop).await,
        SourceConfig { xroad: Some(xroad), .. } => source::xroad::run(xroad, intake, stop).await,
        SourceConfig { lumberjack: Some(lumberjack), .. } => http::lumberjack::run(lumberjack, intake, stop).await,
        // The configuration was checked: what is none of these is posted.
        _ => {
            http::ingest::run(inlets, intake, &stop).await;
            Ok(())
        }
    }
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
