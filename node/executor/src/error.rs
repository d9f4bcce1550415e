//! What can go wrong, and who has to do something about it.

use mulu_proofs::{
    budget::BudgetClass,
    ids::{Height, Moment},
};

/// Why a block was not built or executed, or a question not answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExecuteError {
    /// The block breaks a rule; whoever proposed it is at fault.
    #[error("the block is invalid: {why}")]
    Invalid {
        /// Which rule.
        why: String,
    },
    /// The database failed. The end of the node, never an invalid block.
    #[error("the state could not be read: {why}; check the disk, then start the node again")]
    Database {
        /// What the database said.
        why: String,
    },
    /// The state of that block is not, or no longer, in the database.
    #[error("the state of block {height} is not kept here; ask for a later block or ask an archive node")]
    StateGone {
        /// Height of the block.
        height: Height,
    },
    /// The runtime has no such method.
    #[error("Exported method {method} is not found")]
    UnknownMethod {
        /// The method.
        method: String,
    },
    /// The runtime did not answer.
    #[error("{method} could not be answered: {why}; check its arguments")]
    Call {
        /// What was called.
        method: String,
        /// What the runtime said.
        why: String,
    },
    /// The extrinsic is no event batch, or its leaves cannot be read.
    #[error("the extrinsic's events cannot be read: {why}")]
    Events {
        /// Why.
        why: String,
    },
}

impl ExecuteError {
    /// Whether the node has to stop.
    pub const fn is_fatal(&self) -> bool {
        matches!(self, Self::Database { .. })
    }
}

/// Why an extrinsic may not enter. All but the last are the submitter's to solve.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ValidateError {
    /// Longer than an extrinsic may be.
    #[error("the extrinsic has {bytes} bytes, at most {bytes_max} are taken; send less in one call")]
    TooLong {
        /// Its length.
        bytes: usize,
        /// The bound.
        bytes_max: usize,
    },
    /// Its bytes are no extrinsic of this runtime, nest too deep, or are not in their canonical form.
    #[error("the extrinsic does not decode: {why}; build it anew with this chain's metadata")]
    Undecodable {
        /// What the decoder said.
        why: String,
    },
    /// Nobody signed it.
    #[error("the extrinsic is not signed; only signed ones are taken from outside")]
    NotSigned,
    /// The signer is not named by its account.
    #[error("the signer must be named by its account (MultiAddress::Id)")]
    Address,
    /// Signed in another way than ed25519.
    #[error("only ed25519 signatures count on this chain; sign with an ed25519 key")]
    SignatureScheme,
    /// An entry with a secret marking.
    #[error(
        "the entry is marked secret and must not leave your department (art. 3); it was not kept. Submit it without its secret parts"
    )]
    Secret,
    /// A call that nobody may make.
    #[error("this call is not open on this chain; use the ledger's own calls")]
    NotAllowed,
    /// The signer holds no role that is in force, or its department acts no more.
    #[error(
        "the signer holds no role in force in an active department; its admin gives one with give_role, and some wait for a second signature"
    )]
    NoRole,
    /// The department has sent what it may send of one class on one day.
    #[error("the department has spent the day's budget of {class}; submit again from {} on", until.utc())]
    DaySpent {
        /// Of this class; the other has a budget of its own.
        class: BudgetClass,
        /// When the day ends.
        until: Moment,
    },
    /// Its nonce was used.
    #[error("nonce {nonce} is used up, the signer's next one is {next}; sign again with that")]
    Stale {
        /// Nonce of the extrinsic.
        nonce: u32,
        /// Next one of the signer.
        next: u32,
    },
    /// Its era is over, has not begun, or began too long ago.
    #[error("the extrinsic's era is not at height {height}; sign again with a fresh era")]
    Expired {
        /// Height of the next block.
        height: Height,
    },
    /// The signature does not fit what was signed.
    #[error(
        "the signature does not fit: another key, an era that is over, or bytes signed for another chain or runtime version (here spec {spec_version}, transaction {transaction_version}, genesis 0x{genesis}); fetch these anew and sign again"
    )]
    BadSignature {
        /// Spec version of this runtime.
        spec_version: u32,
        /// Transaction version of this runtime.
        transaction_version: u32,
        /// Genesis hash, in hexadecimal.
        genesis: String,
    },
    /// Another rule of the runtime.
    #[error("the runtime refuses the extrinsic: {why}")]
    Refused {
        /// Which rule.
        why: String,
    },
    /// The check could not be made.
    #[error("the extrinsic could not be checked")]
    State(#[source] ExecuteError),
}

impl ValidateError {
    /// Whether the node has to stop.
    pub const fn is_fatal(&self) -> bool {
        matches!(self, Self::State(error) if error.is_fatal())
    }
}
