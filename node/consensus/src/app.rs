//! The application behind the engine: what the handlers share between two messages.
//!
//! ```text
//! get_value ─ build ──┐
//! parts ─── judge ────┼─> executed, kept under its hash ─ decided ─> committed ─> the next height
//! synced ── execute ──┘   (body durable before the answer)
//! ```

use crate::{
    appetite::Appetite,
    blocks::Blocks,
    config::{BlockTimeConfig, ConsensusConfig},
    context::{Address, Height, MuluContext, ValidatorSet},
    error::{ConsensusError, EndSlot},
    parts::{Reassembly, Whole},
    signer::MarkedSigner,
    signing::ChainVerifier,
};
use arc_malachitebft_app_channel::app::{engine::host::HeightParams, types::core::LinearTimeouts};
use mulu_executor::Executor;
use mulu_pool::Pool;
use mulu_primitives::{
    block::{Block, Header},
    stages::Committed,
};
use mulu_proofs::{
    certificate::ValidatorSet as ProvenSet,
    ids::{self, Digest32, Moment},
};
use mulu_storage::Store;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::{Notify, broadcast, mpsc};

/// Blocks of a height that is not reached yet which are kept until it is.
const EARLY_MAX: usize = 8;
/// Committed blocks that are remembered for a pool that has not heard of them yet.
const RECENT_MAX: usize = 8;

/// What consensus works with; made by the node.
#[derive(Clone)]
pub struct Parts {
    /// The store.
    pub store: Arc<Store>,
    /// Builds and executes blocks.
    pub executor: Arc<Executor>,
    /// Read only: what waits. The pool service alone writes it.
    pub pool: Arc<Mutex<Pool>>,
    /// Notified whenever the pool may have become ready; also behind each committed block, when something still waits.
    pub pool_ready: Arc<Notify>,
    /// Hashes of what turned out invalid while a block was built, for the pool service.
    pub refused: mpsc::UnboundedSender<Digest32>,
    /// Announces committed blocks, to everyone.
    pub committed: broadcast::Sender<Arc<Committed>>,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts").field("store", &self.store).finish_non_exhaustive()
    }
}

/// The last committed block, on which everything builds.
#[derive(Clone, Debug)]
pub struct Parent {
    /// Header.
    pub header: Header,
    /// Its hash.
    pub hash: Digest32,
    /// Block time; genesis has none.
    pub moment: Option<Moment>,
    /// Validators of the next height.
    pub validators: ProvenSet,
}

impl Parent {
    /// The height that comes next.
    pub const fn next(&self) -> ids::Height {
        ids::Height::new(self.header.number).next()
    }
}

/// The state of the application.
pub struct App {
    pub(crate) parts: Parts,
    pub(crate) domain: Digest32,
    pub(crate) verifier: ChainVerifier,
    pub(crate) signer: Option<MarkedSigner>,
    pub(crate) address: Address,
    pub(crate) block_time: BlockTimeConfig,
    pub(crate) timeouts: LinearTimeouts,
    pub(crate) parent: Parent,
    pub(crate) blocks: Blocks,
    pub(crate) appetite: Appetite,
    pub(crate) reassembly: Reassembly,
    /// Whole blocks of the height behind the next one: they can be judged when their parent is committed.
    pub(crate) early: VecDeque<Whole>,
    pub(crate) recent: VecDeque<Arc<Block>>,
    /// The block that value sync brought for the next height.
    pub(crate) synced: Option<Digest32>,
    /// The round that the engine started last.
    pub(crate) round: u32,
    pub(crate) nonce: u64,
}

impl App {
    /// Takes up where the store stands. `now` names this run's streams apart from those of earlier runs.
    ///
    /// # Errors
    /// [`ConsensusError`] if store or state cannot be read.
    pub fn new(config: &ConsensusConfig, parts: Parts, end: EndSlot, now: Moment) -> Result<Self, ConsensusError> {
        let domain = config.domain();
        let signer = match &config.validator {
            Some(seed) => Some(MarkedSigner::new(seed, domain, parts.store.clone(), end)?),
            None => None,
        };
        // An observer has an address of nobody, so that the engine takes it for no validator.
        let address = signer.as_ref().map_or(Address([0; 32]), MarkedSigner::address);
        let (header, hash) = parts.store.head();
        let moment = parts.store.block(ids::Height::new(header.number))?.and_then(|block| block.moment());
        let validators = parts.executor.validators(&header)?;
        let parent = Parent { header, hash, moment, validators };
        let blocks = Blocks::open(&parts, parent.next(), config.retry_crashed)?;
        Ok(Self {
            domain,
            verifier: ChainVerifier::new(domain),
            signer,
            address,
            block_time: config.block_time,
            timeouts: config.timeouts.linear(),
            parent,
            blocks,
            appetite: Appetite::default(),
            reassembly: Reassembly::default(),
            early: VecDeque::new(),
            recent: VecDeque::new(),
            synced: None,
            round: 0,
            nonce: now.get(),
            parts,
        })
    }

    /// The height that comes next and what the engine has to know about it.
    pub fn next_height(&self) -> (Height, HeightParams<MuluContext>) {
        let set = ValidatorSet::from(&self.parent.validators);
        (Height::new(self.parent.next()), HeightParams::new(set, self.timeouts, None))
    }

    /// Whether the pool knows the last committed block and has something for the next.
    pub fn is_pool_ready(&self) -> bool {
        let pool = self.pool();
        pool.head() >= ids::Height::new(self.parent.header.number) && pool.has_ready()
    }

    pub(crate) fn pool(&self) -> MutexGuard<'_, Pool> {
        // Read only: what a panicked writer left is at worst a block with less in it.
        self.parts.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a block of a later height until its parent is committed.
    pub(crate) fn keep_early(&mut self, whole: Whole) {
        if self.early.len() >= EARLY_MAX {
            self.early.pop_front();
        }
        self.early.push_back(whole);
    }

    /// Steps behind a committed block.
    pub(crate) fn advance(&mut self, committed: &Committed) {
        let block = committed.block();
        self.parent = Parent {
            header: block.header.clone(),
            hash: committed.hash(),
            moment: Some(committed.moment()),
            validators: committed.next_validators().clone(),
        };
        self.appetite.decided(&committed.hash());
        self.blocks.forget();
        self.reassembly.forget(block.height());
        self.early.retain(|whole| whole.init.height.id() > block.height());
        if self.recent.len() >= RECENT_MAX {
            self.recent.pop_front();
        }
        self.recent.push_back(block.clone());
        self.synced = None;
        self.round = 0;
    }

    pub(crate) const fn next_nonce(&mut self) -> u64 {
        self.nonce += 1;
        self.nonce
    }
}
