//! The pool's surroundings: everything that reaches the pool is checked by the executor first, and every effect is carried out here.
//!
//! ```text
//! RPC ──submissions──┐                      ┌─> answer
//! peers ──received───┼─> validate ─> step ──┼─> forward to the peers
//! consensus ─refused─┤   (blocking threads) ├─> ready: consensus may build
//! storage ─committed─┘                      └─> left: watchers hear
//! ```

use mulu_executor::{Executor, ValidateError};
use mulu_peers::{PeersHandle, Received};
use mulu_pool::{Effect, Input, Left, Place, Pool, Refusal};
use mulu_primitives::{
    block::{Block, Extrinsic},
    stages::Committed,
};
use mulu_proofs::{
    extrinsic::SignedExtrinsic,
    ids::{Digest32, Height, PublicKey},
};
use mulu_rpc::{Submission, SubmitError};
use mulu_storage::Store;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::{
    sync::{Notify, Semaphore, broadcast, mpsc},
    task,
};

/// Submissions, and messages of peers, that are under validation at once.
const VALIDATIONS_MAX: usize = 4;

/// Why the node must end: the database failed while an extrinsic was checked.
#[derive(Clone, Debug)]
pub struct DatabaseFailed(pub String);

/// What a submission comes to.
type Admission = Result<Place, SubmitError>;

/// What the service works with.
pub struct PoolService {
    /// The pool; consensus reads it, this service alone writes it.
    pub pool: Arc<Mutex<Pool>>,
    /// Checks extrinsics.
    pub executor: Arc<Executor>,
    /// Says on which state.
    pub store: Arc<Store>,
    /// The other validators.
    pub peers: PeersHandle,
    /// Wakes consensus when something is ready.
    pub ready: Arc<Notify>,
    /// Tells watchers what left the pool without a block.
    pub left: broadcast::Sender<(Digest32, Left)>,
    /// Hears of a failed database.
    pub failed: mpsc::Sender<DatabaseFailed>,
}

/// Where the service's work comes from.
pub struct Inputs {
    /// From clients of this node.
    pub submissions: mpsc::Receiver<Submission>,
    /// From the other validators.
    pub received: mpsc::Receiver<Received>,
    /// Blocks, as they become durable.
    pub committed: broadcast::Receiver<Arc<Committed>>,
    /// Extrinsics that turned out invalid while a block was built.
    pub refused: mpsc::UnboundedReceiver<Digest32>,
}

/// Runs the service until its inputs end.
pub async fn run(service: Arc<PoolService>, inputs: Inputs) {
    let Inputs { mut submissions, mut received, mut committed, mut refused } = inputs;
    let room = Arc::new(Semaphore::new(VALIDATIONS_MAX));
    // Messages of peers have room of their own, so that they never keep a client of this node waiting.
    let room_of_peers = Arc::new(Semaphore::new(VALIDATIONS_MAX));
    let clients = {
        let service = Arc::clone(&service);
        async move {
            while let Some(Submission { extrinsic, reply }) = submissions.recv().await {
                let permit = Arc::clone(&room).acquire_owned().await;
                let service = Arc::clone(&service);
                task::spawn_blocking(move || {
                    let _permit = permit;
                    // A client that went away no longer wants the answer.
                    let _ = reply.send(service.submit(extrinsic));
                });
            }
        }
    };
    let of_peers = {
        let service = Arc::clone(&service);
        async move {
            while let Some(Received { extrinsics, .. }) = received.recv().await {
                let permit = Arc::clone(&room_of_peers).acquire_owned().await;
                let service = Arc::clone(&service);
                task::spawn_blocking(move || {
                    let _permit = permit;
                    extrinsics.into_iter().for_each(|extrinsic| service.receive(extrinsic));
                });
            }
        }
    };
    let blocks = {
        let service = Arc::clone(&service);
        async move {
            loop {
                let block = match committed.recv().await {
                    Ok(block) => Some(block),
                    Err(broadcast::error::RecvError::Lagged(_)) => None,
                    Err(broadcast::error::RecvError::Closed) => break,
                };
                let service = Arc::clone(&service);
                // A panic in there has been reported by its own thread.
                let _ = task::spawn_blocking(move || service.committed(block.as_deref())).await;
            }
        }
    };
    let invalid = async move {
        while let Some(hash) = refused.recv().await {
            let effects = service.pool().step(Input::Refused { hash });
            service.carry_out(effects);
        }
    };
    tokio::join!(clients, of_peers, blocks, invalid);
}

impl PoolService {
    fn pool(&self) -> MutexGuard<'_, Pool> {
        // The pool asserts before it changes anything that another step relies on, so a poisoned one is whole.
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn submit(&self, extrinsic: Extrinsic) -> Admission {
        let hash = extrinsic.hash();
        self.pool().precheck(&extrinsic, &hash).map_err(SubmitError::Refused)?;
        let validity = self.validate(&extrinsic).map_err(SubmitError::Invalid)?;
        let effects = self.pool().step(Input::Submitted { extrinsic, validity });
        self.carry_out(effects).map_or(Err(SubmitError::Busy), |answer| answer.map_err(SubmitError::Refused))
    }

    fn receive(&self, extrinsic: Extrinsic) {
        let hash = extrinsic.hash();
        if self.pool().precheck(&extrinsic, &hash).is_err() {
            return;
        }
        match self.validate(&extrinsic) {
            Ok(validity) => {
                let effects = self.pool().step(Input::Received { extrinsic, validity });
                self.carry_out(effects);
            }
            // A peer that is a block ahead sends what is not valid here yet; it sends it again.
            Err(error) => tracing::debug!(%error, "an extrinsic of a peer is not valid here"),
        }
    }

    fn validate(&self, extrinsic: &Extrinsic) -> Result<mulu_primitives::stages::Validity, ValidateError> {
        let (head, _) = self.store.head();
        let result = self.executor.validate(&head, extrinsic);
        if let Err(error) = &result
            && error.is_fatal()
        {
            // A full channel already holds the reason to end.
            let _ = self.failed.try_send(DatabaseFailed(error.to_string()));
        }
        result
    }

    /// Takes a block; `None` where announcements were missed and storage says what there is.
    fn committed(&self, announced: Option<&Committed>) {
        let head = self.pool().head().get();
        let reached = announced.map_or_else(|| self.store.head().0.number, |block| block.block().header.number);
        for height in (head + 1..=reached).map(Height::new) {
            match announced.filter(|block| block.block().height() == height) {
                Some(block) => self.include(height, block.block()),
                None => match self.store.block(height) {
                    Ok(Some(block)) => self.include(height, &block),
                    Ok(None) => {}
                    Err(error) => {
                        let _ = self.failed.try_send(DatabaseFailed(error.to_string()));
                        return;
                    }
                },
            }
        }
    }

    fn include(&self, height: Height, block: &Block) {
        let mut next: BTreeMap<PublicKey, u32> = BTreeMap::new();
        for signed in block.extrinsics.iter().filter_map(|extrinsic| SignedExtrinsic::read(extrinsic.bytes())) {
            let after = signed.nonce.saturating_add(1);
            next.entry(signed.signer).and_modify(|known| *known = after.max(*known)).or_insert(after);
        }
        let included = block.extrinsics.iter().map(Extrinsic::hash).collect();
        let effects = self.pool().step(Input::Committed { height, included, nonces: next.into_iter().collect() });
        self.carry_out(effects);
    }

    /// Carries out what the pool asks for and returns its answer, if it gave one.
    fn carry_out(&self, effects: Vec<Effect>) -> Option<Result<Place, Refusal>> {
        let mut answered = None;
        for effect in effects {
            match effect {
                Effect::Forward(extrinsic) => self.peers.forward(extrinsic),
                Effect::Answer(answer) => answered = Some(answer),
                Effect::Revalidate(extrinsic) => self.revalidate(&extrinsic),
                Effect::Left { hash, why } => {
                    // Nobody may be watching.
                    let _ = self.left.send((hash, why));
                }
            }
        }
        if self.pool().has_ready() {
            self.ready.notify_one();
        }
        answered
    }

    fn revalidate(&self, extrinsic: &Extrinsic) {
        let hash = extrinsic.hash();
        let input = match self.validate(extrinsic) {
            Ok(validity) => Input::Revalidated { hash, validity },
            Err(error) if error.is_fatal() => return,
            Err(_) => Input::Refused { hash },
        };
        // Neither input asks for another check, so this does not go in circles.
        let effects = self.pool().step(input);
        self.carry_out(effects);
    }
}
