//! The small file that anchors everything: chain id, genesis header, first validator set, suite (DESIGN §3).
//!
//! `mulu-node testnet` writes it, `mulu verify --genesis` reads it. The genesis hash is blake2-256 of the header's bytes, and the
//! header carries the digest of the first validator set, so that the hash alone, obtained from a source the reader trusts, is the anchor.

use crate::{
    certificate::ValidatorSet,
    hash::{self, Suite},
    header::{HeaderError, HeaderView},
    ids::Digest32,
};
use serde::{Deserialize, Serialize};

/// Longest chain id, in bytes.
pub const CHAIN_ID_BYTES_MAX: usize = 64;

/// What `--genesis FILE` holds, as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisFile {
    /// Chain id: 1 to [`CHAIN_ID_BYTES_MAX`] bytes of printable ASCII.
    pub chain_id: String,
    /// SCALE bytes of the genesis header, in hexadecimal.
    #[serde(with = "hex::serde")]
    pub header: Vec<u8>,
    /// The validators that sign from height 1 on.
    pub validators: ValidatorSet,
    /// Suite of hashes and signatures.
    pub suite: Suite,
}

/// Why a genesis file anchors nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GenesisError {
    /// Empty, too long, or not printable ASCII.
    #[error("the chain id must be 1 to {CHAIN_ID_BYTES_MAX} characters of printable ASCII")]
    ChainId,
    /// The header does not read.
    #[error("the genesis header cannot be read")]
    Header(#[source] HeaderError),
    /// The header is of another height, or has a parent.
    #[error("the header is of height {height}, a genesis header has height 0 and no parent")]
    NotGenesis {
        /// Height of the header.
        height: u32,
    },
    /// Not sorted, empty, too large, or a key or department twice.
    #[error("the validator set is not in its canonical form")]
    ValidatorSet,
    /// The header commits to no set, or to another.
    #[error("the genesis header does not commit to this validator set")]
    OtherValidators,
}

impl GenesisFile {
    /// Genesis hash: blake2-256 of the header's bytes.
    pub fn hash(&self) -> Digest32 {
        hash::blake2_256(&self.header)
    }

    /// What signatures of this chain are bound to.
    pub fn domain(&self) -> Digest32 {
        hash::chain_domain(&self.chain_id, &self.hash())
    }

    /// Checks that the file is consistent: from then on its hash is the one thing to trust.
    ///
    /// # Errors
    /// [`GenesisError`], the first rule that it breaks.
    pub fn check(&self) -> Result<(), GenesisError> {
        let id = self.chain_id.as_bytes();
        if id.is_empty() || id.len() > CHAIN_ID_BYTES_MAX || !id.iter().all(u8::is_ascii_graphic) {
            return Err(GenesisError::ChainId);
        }
        let header = HeaderView::read(&self.header).map_err(GenesisError::Header)?;
        if header.height.get() != 0 || header.parent_hash != [0; 32] {
            return Err(GenesisError::NotGenesis { height: header.height.get() });
        }
        if !self.validators.is_canonical() {
            return Err(GenesisError::ValidatorSet);
        }
        match header.next_validators {
            Some(next) if next.suite == self.suite && next.digest == self.validators.digest() => Ok(()),
            _ => Err(GenesisError::OtherValidators),
        }
    }
}
