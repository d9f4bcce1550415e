//! The check of a token at a gateway.

use crate::{Seen, Token, TokenError, Unchecked};
use mulu_proofs::{
    certificate::verify_ed25519,
    ids::{Digest32, Moment, PublicKey},
};

/// How far the clocks of node and gateway may lie apart, in milliseconds, if nothing else is said.
pub const SKEW_MS_DEFAULT: u64 = 2_000;

/// Whose tokens a gateway takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    /// Chain id and genesis hash in one digest: `GenesisFile::domain`.
    pub domain: Digest32,
    /// Decision keys of the provider, as the ledger shows them; two while one takes the other's place.
    pub keys: Vec<PublicKey>,
}

/// Checks tokens, each for one use. One for all threads of a gateway: put it behind a lock. Gateways that share no memory need an audience each.
#[derive(Debug)]
pub struct Verifier {
    keys: Keys,
    audience: String,
    skew_ms: u64,
    seen: Seen,
}

impl Verifier {
    /// For the gateway named `audience`, which remembers at most `capacity` tokens at once.
    pub fn new(keys: Keys, audience: &str, capacity: usize) -> Self {
        Self { keys, audience: audience.to_owned(), skew_ms: SKEW_MS_DEFAULT, seen: Seen::new(capacity) }
    }

    /// Allows clocks to lie so far apart.
    #[must_use]
    pub const fn with_skew(mut self, skew_ms: u64) -> Self {
        self.skew_ms = skew_ms;
        self
    }

    /// Checks the value of the [`crate::HEADER`] header and uses the token up.
    ///
    /// # Errors
    /// [`TokenError`]: the call must not proceed.
    pub fn check(&mut self, header: &str, now: Moment) -> Result<Token, TokenError> {
        let Unchecked { token, signature } = Unchecked::read(header)?;
        // Cheap rules first; none of them tells a stranger anything.
        if token.audience.as_str() != self.audience {
            return Err(TokenError::Audience);
        }
        let until = Moment::new(token.expires.get().saturating_add(self.skew_ms));
        if now >= until {
            return Err(TokenError::Expired);
        }
        if token.issued.get() > now.get().saturating_add(self.skew_ms) {
            return Err(TokenError::TooEarly);
        }
        let signed = token.signing_bytes(&self.keys.domain);
        if !self.keys.keys.iter().any(|key| verify_ed25519(key, &signed, &signature)) {
            return Err(TokenError::Signature);
        }
        self.seen.use_up(token.nonce, until, now)?;
        Ok(token)
    }
}
