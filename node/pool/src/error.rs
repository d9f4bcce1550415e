//! Why an extrinsic is not let in, with the codes that Substrate clients know.

use mulu_proofs::ids::Height;

/// Why the pool does not take an extrinsic. All are the submitter's to solve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Longer than an extrinsic may be.
    #[error("the extrinsic has {bytes} bytes, at most {bytes_max} are taken; send less in one call")]
    TooLong {
        /// Its length.
        bytes: usize,
        /// The bound.
        bytes_max: usize,
    },
    /// Its nonce was used.
    #[error("nonce {nonce} is used up, the signer's next one is {next}; sign again with a fresh nonce")]
    Stale {
        /// Nonce of the extrinsic.
        nonce: u32,
        /// Next one of the signer.
        next: u32,
    },
    /// Its nonce lies too far ahead.
    #[error("nonce {nonce} lies too far ahead of the signer's next one, {next}; send the ones between first")]
    TooFarAhead {
        /// Nonce of the extrinsic.
        nonce: u32,
        /// Next one of the signer.
        next: u32,
    },
    /// Its era is over.
    #[error("it was valid up to height {longevity} and the chain is at {head}; sign again with a fresh era")]
    Expired {
        /// Last height at which it could be included.
        longevity: Height,
        /// Last committed height.
        head: Height,
    },
    /// It turned out invalid a short while ago.
    #[error("the extrinsic turned out invalid a short while ago and is not looked at again for now")]
    Banned,
    /// It waits already.
    #[error("the extrinsic waits in the pool already")]
    AlreadyImported,
    /// It is in a block.
    #[error("the extrinsic is in block {height} already")]
    AlreadyIncluded {
        /// Height of the block.
        height: Height,
    },
    /// Another extrinsic of the signer has its nonce.
    #[error("another extrinsic of the signer waits with nonce {nonce}; nothing replaces it, use the next nonce")]
    NonceTaken {
        /// The nonce.
        nonce: u32,
    },
    /// The signer has too much waiting.
    #[error(
        "the signer has {count} extrinsics of {bytes} bytes waiting, the most that one signer may; try again later"
    )]
    SignerFull {
        /// How many wait.
        count: usize,
        /// Their bytes.
        bytes: usize,
    },
    /// The lane is full.
    #[error("the pool is full; try again later")]
    Full,
}

impl Refusal {
    /// The error code that Substrate's `author_submitExtrinsic` gives for this.
    pub const fn code(&self) -> i32 {
        match self {
            Self::TooLong { .. } | Self::Stale { .. } | Self::Expired { .. } => 1010,
            Self::Banned => 1012,
            Self::AlreadyImported | Self::AlreadyIncluded { .. } => 1013,
            Self::NonceTaken { .. } => 1014,
            Self::TooFarAhead { .. } | Self::SignerFull { .. } | Self::Full => 1016,
        }
    }

    /// The words that Substrate uses for [`Refusal::code`].
    pub const fn title(&self) -> &'static str {
        match self.code() {
            1010 => "Invalid Transaction",
            1012 => "Transaction is temporarily banned",
            1013 => "Transaction Already Imported",
            1014 => "Priority is too low",
            _ => "Immediately Dropped",
        }
    }
}
