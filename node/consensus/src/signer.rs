//! The validator's key, behind a mark that only rises: nothing at or below it is signed with other content.
//!
//! ```text
//! sign(position, message) ─ below the mark? ─> refused
//!                         ─ mark raised, fsynced ─> signature
//! ```
//!
//! The engine's write-ahead log is the first protection against signing twice; the mark is the second, for the case that the log was
//! lost. What stands exactly at the mark after a restart was either logged, and then the engine uses the logged signature, or it never
//! left the process, because a signature leaves only behind the log's fsync: then it may be made again, once, with what the restarted
//! node concludes. That holds only for a whole log, which [`crate::write_ahead`] checks before anything starts.

use crate::{
    context::{Address, Init, MuluContext, Proposal, Vote},
    error::{End, EndSlot},
    signing::{parts_message, proof_message, proposal_message, vote_message},
};
use arc_malachitebft_app_channel::{
    Signer,
    app::types::core::{Round, SignedMessage, ValidatorProof, VoteExtensionScope, VoteType},
};
use arc_malachitebft_signing::Error;
use async_trait::async_trait;
use ed25519_dalek::Signer as _;
use mulu_proofs::ids::{Digest32, Height};
use mulu_storage::{HighWater, Store};
use std::sync::{Arc, Mutex, PoisonError};

/// The order in which one round's messages are signed.
const STEP_PROPOSAL: u8 = 1;
const STEP_PREVOTE: u8 = 2;
const STEP_PRECOMMIT: u8 = 3;

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// Something else was signed there or later.
    #[error("asked to sign at {asked}, but this key has signed up to {mark}; nothing was signed")]
    Signed {
        /// Where the message stands.
        asked: HighWater,
        /// Where the mark stands.
        mark: HighWater,
    },
    /// A vote or proposal of no round.
    #[error("asked to sign a message of no round")]
    NoRound,
    /// The mark could not be raised.
    #[error("the signing mark cannot be raised: {0}")]
    Mark(#[source] mulu_storage::StorageError),
}

/// The signer of one validator.
#[derive(Clone)]
pub struct MarkedSigner(Arc<Inner>);

struct Inner {
    key: ed25519_dalek::SigningKey,
    domain: Digest32,
    store: Arc<Store>,
    /// The mark, and what was signed there; unknown if it was in an earlier run.
    last: Mutex<Option<(HighWater, Option<Vec<u8>>)>>,
    end: EndSlot,
}

impl MarkedSigner {
    /// Takes the key's seed; the mark is where the store has it. Whatever stops the signing goes to `end`.
    ///
    /// # Errors
    /// The store's, fatal.
    pub fn new(
        seed: &[u8; 32],
        domain: Digest32,
        store: Arc<Store>,
        end: EndSlot,
    ) -> Result<Self, mulu_storage::StorageError> {
        let last = store.high_water()?.map(|mark| (mark, None));
        let key = ed25519_dalek::SigningKey::from_bytes(seed);
        Ok(Self(Arc::new(Inner { key, domain, store, last: Mutex::new(last), end })))
    }

    /// The validator's address.
    pub fn address(&self) -> Address {
        Address(self.0.key.verifying_key().to_bytes())
    }

    /// Signs the first part of a block. It is no vote: the engine compares proposals, not parts.
    pub fn sign_parts(&self, mut init: Init) -> Init {
        init.signature = self.0.key.sign(&parts_message(&self.0.domain, &init)).to_bytes();
        init
    }

    /// Signs `message` at `asked`, behind the raised mark.
    fn sign(&self, asked: HighWater, message: Vec<u8>) -> Result<[u8; 64], SignError> {
        // Nothing panics while the lock is held except a failed assertion, behind which nothing is signed any more.
        let mut last = self.0.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((mark, signed)) = &*last {
            let is_other = signed.as_ref().is_some_and(|signed| *signed != message);
            if asked < *mark || (asked == *mark && is_other) {
                return Err(SignError::Signed { asked, mark: *mark });
            }
        }
        self.0.store.set_high_water(asked.height, asked.round, asked.step).map_err(SignError::Mark)?;
        let signature = self.0.key.sign(&message).to_bytes();
        *last = Some((asked, Some(message)));
        Ok(signature)
    }

    /// [`Self::sign`] away from the engine's threads, because it waits for the disk. A refusal ends the engine: what it would say
    /// next is not to be trusted either.
    async fn sign_durably(
        &self,
        height: Height,
        round: Round,
        step: u8,
        message: Option<Vec<u8>>,
    ) -> Result<[u8; 64], Error> {
        let signer = self.clone();
        let result = match (message, round.as_u32()) {
            (Some(message), Some(round)) => {
                tokio::task::spawn_blocking(move || signer.sign(HighWater { height, round, step }, message))
                    .await
                    .map_err(Error::from_source)?
            }
            _ => Err(SignError::NoRound),
        };
        result.map_err(|error| {
            self.0.end.set(match &error {
                SignError::Mark(cause) if cause.is_fatal() => End::Fatal { why: error.to_string() },
                _ => End::Parked { why: error.to_string() },
            });
            Error::from_source(error)
        })
    }
}

#[async_trait]
impl Signer<MuluContext> for MarkedSigner {
    async fn sign_vote(&self, vote: Vote) -> Result<SignedMessage<MuluContext, Vote>, Error> {
        let step = match vote.kind {
            VoteType::Prevote => STEP_PREVOTE,
            VoteType::Precommit => STEP_PRECOMMIT,
        };
        let message = vote_message(&self.0.domain, &vote);
        let signature = self.sign_durably(vote.height.id(), vote.round, step, message).await?;
        Ok(SignedMessage::new(vote, signature))
    }

    async fn sign_proposal(&self, proposal: Proposal) -> Result<SignedMessage<MuluContext, Proposal>, Error> {
        let message = proposal_message(&self.0.domain, &proposal);
        let signature = self.sign_durably(proposal.height.id(), proposal.round, STEP_PROPOSAL, message).await?;
        Ok(SignedMessage::new(proposal, signature))
    }

    async fn sign_vote_extension(
        &self,
        _scope: VoteExtensionScope<MuluContext>,
        _extension: (),
    ) -> Result<SignedMessage<MuluContext, ()>, Error> {
        // Votes of this chain carry nothing besides the vote, and the engine is told so at every height.
        Err(Error::new())
    }

    async fn sign_validator_proof(
        &self,
        public_key: Vec<u8>,
        peer_id: Vec<u8>,
    ) -> Result<ValidatorProof<MuluContext>, Error> {
        let message = proof_message(&self.0.domain, &public_key, &peer_id);
        let signature = self.0.key.sign(&message).to_bytes();
        Ok(ValidatorProof::new(public_key, peer_id, signature))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use crate::context::{BlockHash, Height as At};
    use arc_malachitebft_app_channel::app::types::core::NilOrVal;
    use mulu_proofs::certificate::verify_ed25519;
    use mulu_storage::Options;

    const DOMAIN: Digest32 = [3; 32];

    fn store(folder: &tempfile::TempDir) -> Arc<Store> {
        Arc::new(Store::open(folder.path(), Options::default()).unwrap())
    }

    fn signer(store: &Arc<Store>) -> (MarkedSigner, EndSlot) {
        let end = EndSlot::default();
        (MarkedSigner::new(&[7; 32], DOMAIN, store.clone(), end.clone()).unwrap(), end)
    }

    fn vote(signer: &MarkedSigner, kind: VoteType, height: u32, round: u32, value: Option<u8>) -> Vote {
        let value = value.map_or(NilOrVal::Nil, |byte| NilOrVal::Val(BlockHash([byte; 32])));
        Vote { kind, height: At::new(Height::new(height)), round: Round::new(round), value, address: signer.address() }
    }

    #[tokio::test]
    async fn what_is_signed_verifies_and_the_mark_is_durable_before() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder);
        let (signer, _) = signer(&store);
        let signed = signer.sign_vote(vote(&signer, VoteType::Precommit, 5, 1, Some(9))).await.unwrap();
        let message = vote_message(&DOMAIN, &signed.message).unwrap();
        assert!(verify_ed25519(&signer.address().0, &message, &signed.signature));
        let mark = store.high_water().unwrap().unwrap();
        assert_eq!(mark, HighWater { height: Height::new(5), round: 1, step: STEP_PRECOMMIT });
    }

    #[tokio::test]
    async fn the_same_message_may_be_signed_again_another_never() {
        let folder = tempfile::tempdir().unwrap();
        let (signer, end) = signer(&store(&folder));
        let first = vote(&signer, VoteType::Prevote, 5, 0, Some(1));
        let once = signer.sign_vote(first.clone()).await.unwrap();
        let twice = signer.sign_vote(first).await.unwrap();
        assert_eq!(once.signature, twice.signature);
        assert!(end.get().is_none());
        signer.sign_vote(vote(&signer, VoteType::Prevote, 5, 0, None)).await.unwrap_err();
        assert!(matches!(end.get(), Some(End::Parked { why }) if why.contains("height 5, round 0, step 2")));
    }

    #[tokio::test]
    async fn nothing_below_the_mark_is_signed_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder);
        signer(&store).0.sign_vote(vote(&signer(&store).0, VoteType::Precommit, 5, 0, Some(1))).await.unwrap();
        let (restarted, _) = signer(&store);
        for below in [(VoteType::Prevote, 5, 0), (VoteType::Precommit, 4, 9)] {
            restarted.sign_vote(vote(&restarted, below.0, below.1, below.2, None)).await.unwrap_err();
        }
        // Exactly at the mark: it never left the process, or the engine would have had it in its log.
        restarted.sign_vote(vote(&restarted, VoteType::Precommit, 5, 0, Some(2))).await.unwrap();
        restarted.sign_vote(vote(&restarted, VoteType::Precommit, 5, 0, Some(3))).await.unwrap_err();
        restarted.sign_vote(vote(&restarted, VoteType::Prevote, 5, 1, Some(3))).await.unwrap();
    }

    #[tokio::test]
    async fn a_vote_of_no_round_is_not_signed() {
        let folder = tempfile::tempdir().unwrap();
        let (signer, end) = signer(&store(&folder));
        let mut without = vote(&signer, VoteType::Prevote, 1, 0, None);
        without.round = Round::Nil;
        signer.sign_vote(without).await.unwrap_err();
        assert!(end.get().is_some());
    }
}
