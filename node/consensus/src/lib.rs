//! Consensus: Malachite behind one handler per message. This crate alone knows Malachite.
//!
//! ```text
//! pool ─> get_value ─ parts ─> other validators ─> judge ─ votes ─> decided ─> committed, announced
//!            └─ executor builds         └─ executor executes           └─ store commits
//! ```
//!
//! [`start`] checks what could make a validator sign twice, starts the engine's actors, and runs the loop of [`engine`] on a thread of its
//! own with a large stack: executing a block takes its time and must not hold up the network.

mod announcements;
mod app;
mod appetite;
mod blocks;
mod clock;
mod codec;
mod config;
mod context;
mod engine;
mod error;
mod handlers;
mod judge;
mod network;
mod pacing;
mod parts;
mod peers;
mod quarantine;
mod signer;
mod signing;
mod status;
#[cfg(test)]
mod tests;
mod upgrade;
mod write_ahead;

pub use app::Parts;
pub use config::{BlockTimeConfig, ConsensusConfig, TimeoutsConfig};
pub use error::{ConsensusError, End};
pub use pacing::PacingConfig;
pub use status::{Status, metrics};

use announcements::Announcements;
use app::App;
use arc_malachitebft_app_channel::{EngineHandle, app::engine::consensus::ConsensusMsg};
use context::MuluContext;
use engine::{Engine, Exit};
use error::EndSlot;
use mulu_proofs::ids::{Height, PublicKey};
use quarantine::{Quarantine, Stage};
use ractor::ActorCell;
use std::{fs, net::SocketAddr, thread, time::Duration};
use tokio::{
    runtime::Handle,
    sync::{oneshot, watch},
};

/// Stack of the thread that executes blocks.
const STACK_BYTES: usize = 64 * 1024 * 1024;
/// How long the engine's actors get to end.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);
/// How often its port and its log are looked at meanwhile.
const STOP_POLL: Duration = Duration::from_millis(20);

/// A running consensus. Dropping it stops it.
#[derive(Debug)]
pub struct ConsensusHandle {
    stop: Option<oneshot::Sender<()>>,
    ended: watch::Receiver<Option<End>>,
    status: watch::Receiver<Status>,
    peers: watch::Sender<peers::Addresses>,
    own: String,
}

impl ConsensusHandle {
    /// Waits for the end. [`End::Parked`] must not end the process, [`End::Fatal`] must.
    pub async fn ended(&mut self) -> End {
        match self.ended.wait_for(Option::is_some).await {
            Ok(end) => end.clone().expect("it was waited for"),
            // The thread is gone without a word: an assertion failed.
            Err(_) => End::Fatal { why: "an assertion of consensus failed; see the log above".into() },
        }
    }

    /// Where consensus stands.
    pub fn status(&self) -> watch::Receiver<Status> {
        self.status.clone()
    }

    /// Puts another list of peers in the place of the one in force: who is new on it is dialled and let in, who is gone from it is
    /// disconnected and no longer let in. Does not wait for the engine.
    ///
    /// # Errors
    /// [`ConsensusError::PeerKey`] if a key is no key; the list in force stays.
    pub fn set_peers(&self, peers: &[(PublicKey, SocketAddr)]) -> Result<(), ConsensusError> {
        self.peers.send_replace(peers::addresses(&self.own, peers)?);
        Ok(())
    }

    /// Ends consensus; returns when nothing of it runs any more.
    pub async fn stop(&mut self) -> End {
        if let Some(stop) = self.stop.take() {
            // It may have ended before.
            let _ = stop.send(());
        }
        self.ended().await
    }
}

/// Starts consensus.
///
/// # Errors
/// [`ConsensusError`]; nothing runs then.
pub async fn start(config: ConsensusConfig, parts: Parts) -> Result<ConsensusHandle, ConsensusError> {
    let genesis = parts.store.genesis();
    if !genesis.is_some_and(|found| found.hash == config.genesis_hash && found.chain_id == config.chain_id) {
        return Err(ConsensusError::OtherChain);
    }
    fs::create_dir_all(&config.home)
        .map_err(|source| ConsensusError::Unusable { path: config.home.clone(), source })?;
    let own = network::own_name(&config)?;
    let (peers, wanted) = watch::channel(peers::addresses(&own, &config.peers)?);
    let height = Height::new(parts.store.head().0.number);
    let (status_sender, status) = watch::channel(Status { height, ..Status::default() });
    let launch = Launch { config, parts, wanted, status: status_sender };
    let (mut engine, mut actors) = launch.engine().await?;

    let (stop, mut stopped) = oneshot::channel();
    let (ended_sender, ended) = watch::channel(None);
    let runtime = Handle::current();
    let run = move || {
        let end = loop {
            let exit = runtime.block_on(engine.run(&mut stopped));
            runtime.block_on(stop_actors(actors, engine, &launch.config));
            match exit {
                Exit::End(end) => break end,
                Exit::Again => match runtime.block_on(launch.engine()) {
                    Ok(again) => (engine, actors) = again,
                    Err(error) => break End::Fatal { why: error::chain(&error) },
                },
            }
        };
        match &end {
            End::Stopped => tracing::info!("consensus has stopped"),
            End::Parked { why } => {
                tracing::error!("ALERT: consensus is parked: {why}");
                launch.status.send_modify(|status| status.parked = Some(why.clone()));
            }
            End::Fatal { why } => tracing::error!("ALERT: the node must end: {why}"),
        }
        // Whoever hears of the end may close the store.
        drop(launch);
        ended_sender.send_replace(Some(end));
    };
    thread::Builder::new()
        .name("consensus".into())
        .stack_size(STACK_BYTES)
        .spawn(run)
        .map_err(|error| ConsensusError::Engine { why: error.to_string() })?;
    Ok(ConsensusHandle { stop: Some(stop), ended, status, peers, own })
}

/// What the engine is started from: once, and once more when a quarantine begins or is over.
struct Launch {
    config: ConsensusConfig,
    parts: Parts,
    wanted: watch::Receiver<peers::Addresses>,
    status: watch::Sender<Status>,
}

impl Launch {
    /// Starts the engine's actors, with the validator key or, in a quarantine, without it.
    async fn engine(&self) -> Result<(Engine, EngineHandle), ConsensusError> {
        let (mut config, parts) = (self.config.clone(), &self.parts);
        let wanted = self.wanted.borrow().clone();
        let own = config.validator.map(|seed| ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key().to_bytes());
        let validators = parts.executor.validators(&parts.store.head().0)?;
        let quarantine = Quarantine::open(&config, own, &validators, &parts.store, wanted.len())?;
        let follows_until = match quarantine.as_ref().map(Quarantine::stage) {
            Some(Stage::Following(height)) => Some(height),
            _ => None,
        };
        if follows_until.is_some() {
            config.validator = None;
        }
        if config.validator.is_some() {
            write_ahead::check_validator(&config.home, &parts.store)?;
        } else {
            write_ahead::prepare_observer(&config.home, &parts.store)?;
        }
        network::check_port(config.listen)?;

        let end = EndSlot::default();
        let app = App::new(&config, parts.clone(), end.clone(), clock::now())?;
        let (channels, actors) = network::start(&config, app.signer.as_ref(), &wanted).await?;
        let announcements = match &quarantine {
            Some(_) => Some(Announcements::listen(&actors).await?),
            None => None,
        };
        self.status.send_modify(|status| status.peer_heights.clear());
        let heard = Announcements::listen(&actors).await?;
        tokio::spawn(status::hear_peers(heard, channels.net_requests.clone(), self.status.clone()));
        tokio::spawn(status::count_peers(channels.net_requests.clone(), self.status.clone()));
        tokio::spawn(peers::follow(channels.net_requests.clone(), wanted, self.wanted.clone()));
        self.status.send_modify(|status| status.follows_until = follows_until);
        let quarantine = quarantine.zip(announcements);
        Ok((Engine::new(app, channels, config.pacing, self.status.clone(), end, quarantine), actors))
    }
}

/// Ends the engine's actors: whatever the end of the loop was, nothing is to be signed any more.
async fn stop_actors(actors: EngineHandle, engine: Engine, config: &ConsensusConfig) {
    const WHY: &str = "consensus ends";
    let supervisor = actors.actor.get_cell();
    let children = supervisor.get_children();
    for child in &children {
        // A supervisor that ends kills its children, and a killed network goes on listening: so each is asked on its own.
        child.unlink(supervisor.clone());
    }
    // Who waits for a reply fails now, and nobody ends the others for it.
    drop(engine);
    // Whoever signs ends first: if the log ended before, it would hang for ever, and hold the key and the store.
    let is_signing = |child: &_| ActorCell::is_message_type_of::<ConsensusMsg<MuluContext>>(child) == Some(true);
    let (signing, others): (Vec<_>, Vec<_>) = children.iter().cloned().partition(is_signing);
    let ends = async {
        for group in [signing, others] {
            group.iter().for_each(|child| child.stop(Some(WHY.into())));
            for child in group {
                // Without a time limit of its own it waits for the actor's end, which is no error.
                let _ = child.wait(None).await;
            }
        }
        actors.actor.stop(Some(WHY.into()));
        let _ = actors.handle.await;
        // The log belongs to a thread of its own, which ends when it hears that its actor has.
        while network::check_port(config.listen).is_err() || write_ahead::is_in_use(&config.home) {
            tokio::time::sleep(STOP_POLL).await;
        }
    };
    if tokio::time::timeout(STOP_TIMEOUT, ends).await.is_err() {
        tracing::warn!("the consensus engine does not end; it is killed");
        children.iter().for_each(ActorCell::kill);
    }
}
