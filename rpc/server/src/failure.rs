//! Why a call gets no answer, and what the caller is told: a stable code, a message with the way out, never the node's insides.

use crate::{parts::SubmitError, requests};
use jsonrpsee::types::ErrorObjectOwned;
use mulu_executor::{ExecuteError, ValidateError};
use mulu_index::RowError;
use mulu_proofs::ids::Height;
use mulu_rpc_api::codes;
use mulu_storage::StorageError;
use std::error::Error;

/// Why a call gets no answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The database failed.
    #[error("the database failed")]
    Storage(#[from] StorageError),
    /// A row of the index is damaged.
    #[error("the index is damaged")]
    Row(#[from] RowError),
    /// What is stored does not read.
    #[error("{what} in the database does not read")]
    Damaged {
        /// Which part.
        what: &'static str,
    },
    /// The work panicked.
    #[error("the work panicked")]
    Panicked,
    /// The runtime could not be asked.
    #[error("{0}")]
    Execute(#[from] ExecuteError),
    /// No committed block has this hash.
    #[error("unknown block 0x{}: no committed block has this hash", hex::encode(hash))]
    UnknownBlock {
        /// The hash.
        hash: [u8; 32],
    },
    /// The state of a block was pruned.
    #[error("the state of block {height} is pruned; the oldest one here is of block {oldest}")]
    StatePruned {
        /// The block.
        height: Height,
        /// The oldest state.
        oldest: Height,
    },
    /// More asked for than is given at once.
    #[error("{what}: {asked} asked for, at most {bound} are given at once")]
    OverBound {
        /// What.
        what: &'static str,
        /// How many were asked for.
        asked: usize,
        /// How many are given.
        bound: usize,
    },
    /// A cursor of another list.
    #[error("the cursor is not of this list; begin without one")]
    Cursor,
    /// A filter that cannot be answered.
    #[error("{why}")]
    Filter {
        /// Why.
        why: &'static str,
    },
    /// Nothing there.
    #[error("there is no {what}")]
    NotFound {
        /// What is not there.
        what: String,
    },
    /// Evidence that cannot be put together.
    #[error("the evidence cannot be put together: {why}")]
    Evidence {
        /// Which part is missing.
        why: String,
    },
    /// Too many calls at once.
    #[error("the node is busy; try again later")]
    Busy,
    /// An account that does not read.
    #[error("an account is an SS58 address or 64 hexadecimal digits")]
    Account,
    /// The extrinsic was not taken.
    #[error("{0}")]
    Submit(SubmitError),
}

impl Failure {
    /// Evidence that lacks something.
    pub fn evidence(why: impl Into<String>) -> Self {
        Self::Evidence { why: why.into() }
    }

    const fn is_ours(&self) -> bool {
        matches!(
            self,
            Self::Storage(_)
                | Self::Row(_)
                | Self::Damaged { .. }
                | Self::Panicked
                | Self::Execute(ExecuteError::Database { .. } | ExecuteError::Invalid { .. })
                | Self::Submit(SubmitError::Invalid(ValidateError::State(_)))
        )
    }

    const fn code(&self) -> i32 {
        match self {
            Self::Storage(_) | Self::Row(_) | Self::Damaged { .. } | Self::Panicked => codes::INTERNAL,
            Self::Execute(_) | Self::UnknownBlock { .. } | Self::StatePruned { .. } => codes::STATE,
            Self::OverBound { .. } => codes::COUNT_OVER_BOUND,
            Self::Cursor => codes::CURSOR,
            Self::Filter { .. } => codes::FILTER,
            Self::NotFound { .. } => codes::NOT_FOUND,
            Self::Evidence { .. } => codes::EVIDENCE,
            Self::Busy => codes::BUSY,
            Self::Account => jsonrpsee::types::error::INVALID_PARAMS_CODE,
            Self::Submit(error) => submit_code(error),
        }
    }
}

const fn submit_code(error: &SubmitError) -> i32 {
    match error {
        SubmitError::Refused(refusal) => refusal.code(),
        SubmitError::Busy => codes::BUSY,
        SubmitError::Invalid(ValidateError::Secret) => codes::SECRET,
        SubmitError::Invalid(ValidateError::Undecodable { .. }) => codes::UNDECODABLE,
        SubmitError::Invalid(_) => codes::INVALID_TRANSACTION,
    }
}

impl From<Failure> for ErrorObjectOwned {
    fn from(failure: Failure) -> Self {
        if failure.is_ours() {
            return internal(&failure);
        }
        let message = failure.to_string();
        match &failure {
            // In Substrate's words, with the reason as data: clients read both.
            Failure::Submit(SubmitError::Refused(refusal)) => {
                Self::owned(failure.code(), refusal.title(), Some(message))
            }
            Failure::Submit(_) if failure.code() == codes::INVALID_TRANSACTION => {
                Self::owned(failure.code(), "Invalid Transaction", Some(message))
            }
            Failure::OverBound { bound, .. } => Self::owned(failure.code(), message, Some(*bound)),
            _ => Self::owned(failure.code(), message, None::<()>),
        }
    }
}

/// Logs the causes under the request's id and tells the caller that id alone.
fn internal(failure: &Failure) -> ErrorObjectOwned {
    let mut causes = failure.to_string();
    let mut next = failure.source();
    while let Some(cause) = next {
        causes.push_str(": ");
        causes.push_str(&cause.to_string());
        next = cause.source();
    }
    let request = requests::current();
    tracing::error!(request, causes, "rpc call failed");
    let data = format!("request {request}");
    ErrorObjectOwned::owned(codes::INTERNAL, "the node failed; its log says why under the request's id", Some(data))
}
