//! Validator sets and commit certificates: why a header is final.

use crate::{
    hash::{self, DigestKind, Suite},
    ids::{DepartmentId, Digest32, Height, PublicKey},
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// Most validators that a set may have (SPEC §1).
pub const VALIDATORS_MAX: usize = 100;

/// One validator: a department's consensus key. Power is equal, one each.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct Validator {
    /// ed25519 consensus key; also the validator's address.
    #[serde(with = "hex::serde")]
    pub key: PublicKey,
    /// The department that runs it.
    pub department: DepartmentId,
}

/// The validators of a height, strictly ascending by key.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct ValidatorSet(Vec<Validator>);

/// Why a list is not a validator set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetError {
    /// Nobody in it.
    #[error("a validator set needs at least one validator")]
    Empty,
    /// More than [`VALIDATORS_MAX`].
    #[error("a validator set has at most {VALIDATORS_MAX} validators")]
    TooMany,
    /// A key or a department stands in it twice.
    #[error("a key or a department stands in the validator set twice")]
    Duplicate,
}

impl ValidatorSet {
    /// Sorts `validators` and checks the rules of a set.
    ///
    /// # Errors
    /// [`SetError`] if it is empty, too large, or names a key or department twice.
    pub fn new(mut validators: Vec<Validator>) -> Result<Self, SetError> {
        if validators.is_empty() {
            return Err(SetError::Empty);
        }
        if validators.len() > VALIDATORS_MAX {
            return Err(SetError::TooMany);
        }
        validators.sort();
        let mut departments: Vec<_> = validators.iter().map(|v| v.department).collect();
        departments.sort();
        let repeated = validators.windows(2).any(|pair| pair[0].key == pair[1].key)
            || departments.windows(2).any(|pair| pair[0] == pair[1]);
        if repeated { Err(SetError::Duplicate) } else { Ok(Self(validators)) }
    }

    /// The validators, ascending by key.
    pub fn validators(&self) -> &[Validator] {
        &self.0
    }

    /// Whether the decoded list keeps the rules of [`ValidatorSet::new`].
    pub fn is_canonical(&self) -> bool {
        Self::new(self.0.clone()).as_ref() == Ok(self)
    }

    /// Fewest signatures that make a header final: more than two thirds.
    pub fn quorum(&self) -> usize {
        self.0.len() * 2 / 3 + 1
    }

    /// Digest that headers commit to: suite, then the list.
    pub fn digest(&self) -> Digest32 {
        hash::digest(DigestKind::ValidatorSet, &(Suite::default(), &self.0).encode())
    }

    /// Whether `key` is in the set.
    pub fn contains(&self, key: &PublicKey) -> bool {
        self.0.binary_search_by_key(key, |v| v.key).is_ok()
    }
}

/// One precommit signature of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct CommitSignature {
    /// Key of the validator.
    pub validator: PublicKey,
    /// ed25519 over [`precommit_bytes`].
    pub signature: [u8; 64],
}

/// A commit certificate: precommits of more than two thirds for one header in one round.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Certificate {
    /// Suite of keys and signatures.
    pub suite: Suite,
    /// Height of the header.
    pub height: Height,
    /// Consensus round that decided.
    pub round: u32,
    /// Hash of the header.
    pub header_hash: Digest32,
    /// Signatures, strictly ascending by validator key.
    pub signatures: Vec<CommitSignature>,
}

/// Why a certificate does not make its header final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Fewer signatures than the quorum.
    #[error("{signatures} signatures, the quorum is {quorum}")]
    NoQuorum {
        /// Signatures in the certificate.
        signatures: usize,
        /// Fewest that are needed.
        quorum: usize,
    },
    /// Signatures out of order or of one validator twice.
    #[error("signatures are not in strictly ascending order of their validators")]
    Order,
    /// A signer outside the set.
    #[error("signature {place} is of nobody in the validator set")]
    Stranger {
        /// Place of the signature, from 0.
        place: usize,
    },
    /// A signature that does not verify.
    #[error("signature {place} does not verify")]
    Signature {
        /// Place of the signature, from 0.
        place: usize,
    },
}

impl Certificate {
    /// Checks every signature against `set` for the chain of `domain` ([`hash::chain_domain`]).
    ///
    /// # Errors
    /// [`CertificateError`], the first that applies.
    pub fn verify(&self, domain: &Digest32, set: &ValidatorSet) -> Result<(), CertificateError> {
        let quorum = set.quorum();
        if self.signatures.len() < quorum {
            return Err(CertificateError::NoQuorum { signatures: self.signatures.len(), quorum });
        }
        if self.signatures.windows(2).any(|pair| pair[0].validator >= pair[1].validator) {
            return Err(CertificateError::Order);
        }
        let bytes = precommit_bytes(domain, self.height, self.round, &self.header_hash);
        for (place, signed) in self.signatures.iter().enumerate() {
            if !set.contains(&signed.validator) {
                return Err(CertificateError::Stranger { place });
            }
            if !verify_ed25519(&signed.validator, &vote_for(&bytes, &signed.validator), &signed.signature) {
                return Err(CertificateError::Signature { place });
            }
        }
        Ok(())
    }
}

/// What a validator signs with a vote, before its own key is appended ([`vote_for`]).
///
/// Tag, suite, chain domain, vote type (0 prevote, 1 precommit), height (8), round (4), 0 for nil or 1 and the header hash.
pub fn vote_bytes(domain: &Digest32, precommit: bool, height: Height, round: u32, value: Option<&Digest32>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(128);
    bytes.extend_from_slice(b"mulu v1 vote");
    bytes.push(Suite::default().code());
    bytes.extend_from_slice(domain);
    bytes.push(precommit.into());
    bytes.extend_from_slice(&u64::from(height.get()).to_le_bytes());
    bytes.extend_from_slice(&round.to_le_bytes());
    match value {
        None => bytes.push(0),
        Some(hash) => {
            bytes.push(1);
            bytes.extend_from_slice(hash);
        }
    }
    bytes
}

/// [`vote_bytes`] of a precommit for a header.
pub fn precommit_bytes(domain: &Digest32, height: Height, round: u32, header_hash: &Digest32) -> Vec<u8> {
    vote_bytes(domain, true, height, round, Some(header_hash))
}

/// The whole message of one validator: the vote's bytes, then its key.
pub fn vote_for(vote: &[u8], validator: &PublicKey) -> Vec<u8> {
    let mut bytes = vote.to_vec();
    bytes.extend_from_slice(validator);
    bytes
}

/// Checks an ed25519 signature under the rules of ZIP 215, the one rule of the whole project.
pub fn verify_ed25519(key: &PublicKey, message: &[u8], signature: &[u8; 64]) -> bool {
    ed25519_zebra::VerificationKey::try_from(*key)
        .and_then(|key| key.verify(&ed25519_zebra::Signature::from(*signature), message))
        .is_ok()
}

/// Whether `key` is a point of the curve for which not just anybody can sign.
///
/// Under ZIP 215 the signature (identity, 0) verifies for every key of small order, over every message, and for no other key.
pub fn is_strong_key(key: &PublicKey) -> bool {
    let mut of_nobody = [0; 64];
    of_nobody[0] = 1;
    ed25519_zebra::VerificationKey::try_from(*key).is_ok() && !verify_ed25519(key, &[], &of_nobody)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_for_which_anybody_can_sign_are_not_strong() {
        let honest: PublicKey = ed25519_zebra::SigningKey::from([7; 32]).verification_key().into();
        assert!(is_strong_key(&honest));
        // Points of order 4 and 1, and of order 2 (y = -1).
        let mut identity = [0; 32];
        identity[0] = 1;
        let mut minus_one = [0xff; 32];
        (minus_one[0], minus_one[31]) = (0xec, 0x7f);
        for weak in [[0; 32], identity, minus_one] {
            assert!(!is_strong_key(&weak));
        }
        let points = (0..=u8::MAX).filter(|byte| is_strong_key(&[*byte; 32])).count();
        assert!(points < 200, "half of all bytes are no point of the curve");
    }
}
