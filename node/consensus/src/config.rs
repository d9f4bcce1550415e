//! How consensus is set up: who we are, who the others are, how fast and how patient.

use crate::pacing::PacingConfig;
use mulu_proofs::{
    hash::chain_domain,
    ids::{Digest32, PublicKey},
};
use std::{fmt, net::SocketAddr, path::PathBuf, time::Duration};

/// The set-up of one node.
#[derive(Clone)]
pub struct ConsensusConfig {
    /// Chain id.
    pub chain_id: String,
    /// Genesis hash.
    pub genesis_hash: Digest32,
    /// For people: stands in logs of this node and its peers.
    pub name: String,
    /// Seed of the validator key; none for an observer.
    pub validator: Option<[u8; 32]>,
    /// Seed of the node key.
    pub node_seed: [u8; 32],
    /// Own address.
    pub listen: SocketAddr,
    /// The other nodes: public key of the node key, and address. The own key in it is left out.
    pub peers: Vec<(PublicKey, SocketAddr)>,
    /// Folder of the write-ahead log.
    pub home: PathBuf,
    /// How often blocks are made.
    pub pacing: PacingConfig,
    /// How long others are waited for.
    pub timeouts: TimeoutsConfig,
    /// How far a proposed block's time may be off.
    pub block_time: BlockTimeConfig,
    /// Executes a decided block once more although executing it has ended the process twice: after a fixed program was installed.
    pub retry_crashed: bool,
}

impl ConsensusConfig {
    /// A node of a chain with everything else as usual.
    pub fn new(
        chain_id: String,
        genesis_hash: Digest32,
        node_seed: [u8; 32],
        listen: SocketAddr,
        home: PathBuf,
    ) -> Self {
        Self {
            chain_id,
            genesis_hash,
            name: "node".into(),
            validator: None,
            node_seed,
            listen,
            peers: Vec::new(),
            home,
            pacing: PacingConfig::default(),
            timeouts: TimeoutsConfig::default(),
            block_time: BlockTimeConfig::default(),
            retry_crashed: false,
        }
    }

    /// What every signature of the chain is bound to.
    pub fn domain(&self) -> Digest32 {
        chain_domain(&self.chain_id, &self.genesis_hash)
    }
}

impl fmt::Debug for ConsensusConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The keys stay out.
        f.debug_struct("ConsensusConfig")
            .field("chain_id", &self.chain_id)
            .field("name", &self.name)
            .field("is_validator", &self.validator.is_some())
            .field("listen", &self.listen)
            .field("peers", &self.peers)
            .field("home", &self.home)
            .finish_non_exhaustive()
    }
}

/// How long others are waited for in the first round; every further round waits longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeoutsConfig {
    /// For a proposal and its parts.
    pub propose_ms: u64,
    /// For prevotes, and for precommits, when two thirds have voted but not for one thing.
    pub vote_ms: u64,
    /// What every round adds.
    pub delta_ms: u64,
    /// Before votes are sent again.
    pub rebroadcast_ms: u64,
    /// How often peers tell how far they are.
    pub status_ms: u64,
}

impl Default for TimeoutsConfig {
    fn default() -> Self {
        Self { propose_ms: 1_000, vote_ms: 500, delta_ms: 500, rebroadcast_ms: 2_000, status_ms: 1_000 }
    }
}

impl TimeoutsConfig {
    /// The engine's form.
    pub(crate) fn linear(&self) -> arc_malachitebft_app_channel::app::types::core::LinearTimeouts {
        let delta = Duration::from_millis(self.delta_ms);
        arc_malachitebft_app_channel::app::types::core::LinearTimeouts {
            propose: Duration::from_millis(self.propose_ms),
            propose_delta: delta,
            prevote: Duration::from_millis(self.vote_ms),
            prevote_delta: delta,
            precommit: Duration::from_millis(self.vote_ms),
            precommit_delta: delta,
            rebroadcast: Duration::from_millis(self.rebroadcast_ms),
            ..Default::default()
        }
    }
}

/// How far the time of a block may be from the clock of whoever votes on it (SPEC §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockTimeConfig {
    /// Milliseconds ahead.
    pub ahead_max_ms: u64,
    /// Milliseconds behind: the block was on its way, and rounds may have passed.
    pub behind_max_ms: u64,
}

impl Default for BlockTimeConfig {
    fn default() -> Self {
        Self { ahead_max_ms: 5_000, behind_max_ms: 30_000 }
    }
}
