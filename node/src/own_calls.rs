//! Calls that the node signs with a key of its own: reports of decisions, and of what auditors asked. They go into the pool in rounds: a round begins
//! when the one before is in blocks, or cannot be in any block any more.

use ed25519_dalek::SigningKey;
use mulu_decision::report::{Binding, sign_call};
use mulu_executor::{ExecuteError, Executor};
use mulu_primitives::block::{Extrinsic, Header};
use mulu_proofs::{
    extrinsic::Implicit,
    ids::{Digest32, Height, PublicKey},
};
use mulu_rpc::Submission;
use mulu_runtime::VERSION;
use mulu_storage::Store;
use sp_runtime::generic::Era;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// For how many blocks a call may be included.
const ERA_BLOCKS: u32 = 64;

/// A key, and what it takes to have its calls in blocks.
pub struct OwnCalls {
    /// The node's blocks.
    pub store: Arc<Store>,
    /// Their state.
    pub executor: Arc<Executor>,
    /// The key.
    pub key: SigningKey,
    /// Genesis hash.
    pub genesis: Digest32,
    /// To the pool service.
    pub submit: mpsc::Sender<Submission>,
    /// Nonce behind the last round, and the height from which on it is in no block any more.
    pub sent: Option<(u32, Height)>,
}

/// Where a round begins.
#[derive(Clone, Debug)]
pub struct Round {
    /// The head on whose state it rests.
    pub head: Header,
    /// Its hash.
    hash: Digest32,
    /// The key's next nonce.
    nonce: u32,
}

impl OwnCalls {
    /// The key's account.
    pub fn public(&self) -> PublicKey {
        self.key.verifying_key().to_bytes()
    }

    /// Where the next round begins; none while the last one is under way.
    ///
    /// # Errors
    /// If the state cannot be read.
    pub fn round(&self) -> Result<Option<Round>, ExecuteError> {
        let (head, hash) = self.store.head();
        let nonce = self.executor.nonce(&head, &self.public())?;
        let is_under_way = self.sent.is_some_and(|(behind, until)| nonce < behind && head.number < until.get());
        Ok((!is_under_way).then_some(Round { head, hash, nonce }))
    }

    /// Signs the calls of a round, in their order.
    pub fn sign(&mut self, round: &Round, calls: &[Vec<u8>]) -> Vec<Extrinsic> {
        let implicit = Implicit {
            spec_version: VERSION.spec_version,
            transaction_version: VERSION.transaction_version,
            genesis: self.genesis,
            mortality: round.hash,
        };
        let era = Era::mortal(ERA_BLOCKS.into(), round.head.number.into());
        let bound = |nonce| Binding { era, nonce, implicit };
        let signed: Vec<_> =
            (round.nonce..).zip(calls).map(|(nonce, call)| sign_call(call, &self.key, &bound(nonce))).collect();
        let behind = round.nonce.saturating_add(u32::try_from(signed.len()).unwrap_or(u32::MAX));
        self.sent = (!signed.is_empty()).then_some((behind, Height::new(round.head.number + ERA_BLOCKS)));
        signed
    }

    /// Hands a round to the pool. What is not taken is tried again in the next round; `what` names it in the log.
    pub async fn send(&mut self, what: &str, calls: Vec<Extrinsic>) {
        for extrinsic in calls {
            let (reply, answer) = oneshot::channel();
            let sent = self.submit.send(Submission { extrinsic, reply }).await;
            let answer = if sent.is_ok() { answer.await.ok() } else { None };
            match answer {
                Some(Ok(_)) => continue,
                Some(Err(error)) => tracing::warn!(%error, "{what} was not taken; it is tried again"),
                // The node stops.
                None => {}
            }
            self.sent = None;
            return;
        }
    }
}
