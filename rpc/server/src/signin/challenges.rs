//! Challenges: made without keeping anything, so that nobody fills a table by asking; kept once one was used, so that it is good once.

use super::Refused;
use mulu_proofs::{
    hash::blake2_256,
    ids::{Digest32, Moment},
};
use mulu_rpc_api::{
    Hex32,
    signin::{CHALLENGE_LIFE_MS, Challenge},
};
use rand::{RngCore, rngs::OsRng};
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, PoisonError},
};

/// Most used challenges that are remembered until they run out; only accounts with a role use any.
const USED_MAX: usize = 65_536;
/// Bytes of a nonce that are random; the others are the node's mark under them.
const RANDOM_BYTES: usize = 16;

/// Makes challenges, and takes each back once.
pub struct Challenges {
    chain_id: String,
    genesis: Digest32,
    /// Name of the node.
    node: String,
    /// Known to this process alone: a restart ends every challenge.
    secret: Digest32,
    used: Mutex<BTreeMap<Digest32, Moment>>,
}

impl fmt::Debug for Challenges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Challenges(…)")
    }
}

impl Challenges {
    /// Of a node on a chain.
    pub fn new(chain_id: &str, genesis: Digest32, node: &str) -> Self {
        let mut secret = [0; 32];
        OsRng.fill_bytes(&mut secret);
        Self { chain_id: chain_id.into(), genesis, node: node.into(), secret, used: Mutex::default() }
    }

    /// A fresh challenge.
    pub fn make(&self, now: Moment) -> Challenge {
        let expires = Moment::new(now.get().saturating_add(CHALLENGE_LIFE_MS));
        let mut nonce = [0; 32];
        OsRng.fill_bytes(&mut nonce[..RANDOM_BYTES]);
        let mark = self.mark(&nonce[..RANDOM_BYTES], expires);
        nonce[RANDOM_BYTES..].copy_from_slice(&mark);
        let (chain_id, node) = (self.chain_id.clone(), self.node.clone());
        Challenge { chain_id, genesis: Hex32(self.genesis), node, nonce: Hex32(nonce), expires }
    }

    /// What shows that this process made a nonce, and until when it is good. Nobody without the secret finds it by trying 2^128 marks.
    fn mark(&self, random: &[u8], expires: Moment) -> [u8; 32 - RANDOM_BYTES] {
        let digest = blake2_256(&[&self.secret[..], random, &expires.get().to_le_bytes()].concat());
        let mut mark = [0; 32 - RANDOM_BYTES];
        mark.copy_from_slice(&digest[..32 - RANDOM_BYTES]);
        mark
    }

    /// Whether this process made the challenge, and it may still be used.
    pub fn check(&self, challenge: &Challenge, now: Moment) -> Result<(), Refused> {
        // A node that passes on another's challenge under its own name must get nothing for the signature.
        let is_ours =
            challenge.chain_id == self.chain_id && challenge.genesis.0 == self.genesis && challenge.node == self.node;
        let (random, mark) = challenge.nonce.0.split_at(RANDOM_BYTES);
        if !is_ours || self.mark(random, challenge.expires) != mark {
            return Err(Refused::Foreign);
        }
        if challenge.expires < now {
            return Err(Refused::Expired);
        }
        if self.lock().contains_key(&challenge.nonce.0) { Err(Refused::Used) } else { Ok(()) }
    }

    /// Uses a challenge up. Of two that hand back the same one at once, the second is refused.
    pub fn use_up(&self, challenge: &Challenge, now: Moment) -> Result<(), Refused> {
        let mut used = self.lock();
        if used.contains_key(&challenge.nonce.0) {
            return Err(Refused::Used);
        }
        if used.len() >= USED_MAX {
            used.retain(|_, expires| *expires >= now);
        }
        if used.len() >= USED_MAX {
            return Err(Refused::Busy);
        }
        used.insert(challenge.nonce.0, challenge.expires);
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<Digest32, Moment>> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;

    const NOW: Moment = Moment::new(1_785_000_000_000);

    fn of_node() -> Challenges {
        Challenges::new("c", [1; 32], "n")
    }

    fn later(ms: u64) -> Moment {
        Moment::new(NOW.get() + ms)
    }

    #[test]
    fn a_challenge_is_good_once_and_until_it_runs_out() {
        let challenges = of_node();
        let challenge = challenges.make(NOW);
        assert_eq!(challenges.check(&challenge, later(CHALLENGE_LIFE_MS)), Ok(()));
        assert_eq!(challenges.check(&challenge, later(CHALLENGE_LIFE_MS + 1)), Err(Refused::Expired));
        assert_eq!(challenges.use_up(&challenge, NOW), Ok(()));
        assert_eq!(challenges.check(&challenge, NOW), Err(Refused::Used));
        assert_eq!(challenges.use_up(&challenge, NOW), Err(Refused::Used));
    }

    #[test]
    fn a_challenge_of_another_process_or_with_another_end_is_foreign() {
        let challenges = of_node();
        let foreign = of_node().make(NOW);
        assert_eq!(challenges.check(&foreign, NOW), Err(Refused::Foreign));
        let own = challenges.make(NOW);
        let longer = Challenge { expires: later(10 * CHALLENGE_LIFE_MS), ..own.clone() };
        assert_eq!(challenges.check(&longer, NOW), Err(Refused::Foreign));
        let mut nonce = own.nonce.0;
        nonce[0] ^= 1;
        assert_eq!(challenges.check(&Challenge { nonce: Hex32(nonce), ..own.clone() }, NOW), Err(Refused::Foreign));
        assert_ne!(challenges.make(NOW).nonce, own.nonce);
        for passed_on in [
            Challenge { node: "m".into(), ..own.clone() },
            Challenge { chain_id: "d".into(), ..own.clone() },
            Challenge { genesis: Hex32([2; 32]), ..own.clone() },
        ] {
            assert_eq!(challenges.check(&passed_on, NOW), Err(Refused::Foreign));
        }
    }

    #[test]
    fn what_is_remembered_is_bounded_and_makes_room_when_it_runs_out() {
        let challenges = of_node();
        let numbered = |number: u32| {
            let mut nonce = [0; 32];
            nonce[..4].copy_from_slice(&number.to_le_bytes());
            Challenge { nonce: Hex32(nonce), ..challenges.make(NOW) }
        };
        for number in 0..USED_MAX as u32 {
            challenges.use_up(&numbered(number), NOW).unwrap();
        }
        assert_eq!(challenges.use_up(&numbered(u32::MAX), NOW), Err(Refused::Busy));
        assert_eq!(challenges.use_up(&numbered(u32::MAX), later(CHALLENGE_LIFE_MS + 1)), Ok(()));
    }
}
