//! Signatures that were checked already: an extrinsic is checked when it enters the pool and need not be again in its block.
//!
//! What is remembered is the digest of key, signature and signed bytes, so an answer can never be about anything else, whatever
//! happens to the state in between.

use codec::Encode;
use mulu_proofs::{hash::blake2_256, ids::Digest32};
use mulu_runtime::{AccountId, Signature};
use sp_runtime::traits::Verify;
use std::{
    collections::{HashSet, VecDeque},
    sync::{Mutex, PoisonError},
};

/// Most signatures that are remembered: those of several full blocks.
pub const VERIFIED_MAX: usize = 65_536;

/// A signature and what it must be under.
#[derive(Clone, Debug)]
pub struct Claim {
    pub account: AccountId,
    pub signature: Signature,
    /// The signed bytes: call, extensions and implicit values, or their hash where they are long.
    pub payload: Vec<u8>,
}

impl Claim {
    fn digest(&self) -> Digest32 {
        blake2_256(&(&self.account, &self.signature, &self.payload).encode())
    }
}

/// The signatures that held, oldest first.
#[derive(Debug, Default)]
pub struct Verified {
    remembered: Mutex<Remembered>,
}

#[derive(Debug, Default)]
struct Remembered {
    digests: HashSet<Digest32>,
    order: VecDeque<Digest32>,
}

impl Verified {
    /// Whether the signature holds.
    pub fn check(&self, claim: &Claim) -> bool {
        let digest = claim.digest();
        if self.lock().digests.contains(&digest) {
            return true;
        }
        let holds = claim.signature.verify(&claim.payload[..], &claim.account);
        if holds {
            self.remember(digest);
        }
        holds
    }

    fn remember(&self, digest: Digest32) {
        let mut remembered = self.lock();
        if remembered.digests.insert(digest) {
            remembered.order.push_back(digest);
        }
        if remembered.order.len() > VERIFIED_MAX
            && let Some(oldest) = remembered.order.pop_front()
        {
            remembered.digests.remove(&oldest);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Remembered> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
