//! Which tokens were used: remembered until they expire, in bounded memory.

use crate::TokenError;
use mulu_proofs::ids::Moment;
use std::collections::{BTreeSet, HashSet};

/// A nonce of 16 random bytes.
type Nonce = [u8; 16];

/// The tokens that were used and have not expired.
#[derive(Debug)]
pub struct Seen {
    nonces: HashSet<Nonce>,
    by_end: BTreeSet<(Moment, Nonce)>,
    capacity: usize,
}

impl Seen {
    /// Remembers at most `capacity` tokens at once: calls a second times their life in seconds, and some more.
    pub fn new(capacity: usize) -> Self {
        Self { nonces: HashSet::new(), by_end: BTreeSet::new(), capacity }
    }

    /// Uses a token that nobody needs to remember from `until` on.
    ///
    /// # Errors
    /// [`TokenError::Used`] if it was used before; [`TokenError::Full`] if it could not be remembered, and so must not be used.
    pub fn use_up(&mut self, nonce: Nonce, until: Moment, now: Moment) -> Result<(), TokenError> {
        self.forget(now);
        if self.nonces.contains(&nonce) {
            return Err(TokenError::Used);
        }
        if self.nonces.len() >= self.capacity {
            return Err(TokenError::Full);
        }
        self.nonces.insert(nonce);
        self.by_end.insert((until, nonce));
        Ok(())
    }

    /// How many are remembered.
    pub fn len(&self) -> usize {
        self.nonces.len()
    }

    /// Whether none is remembered.
    pub fn is_empty(&self) -> bool {
        self.nonces.is_empty()
    }

    fn forget(&mut self, now: Moment) {
        while let Some((until, nonce)) = self.by_end.first().copied().filter(|(until, _)| *until <= now) {
            self.by_end.remove(&(until, nonce));
            self.nonces.remove(&nonce);
        }
    }
}
