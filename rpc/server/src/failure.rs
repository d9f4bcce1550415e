//! Why a call gets no answer, and what the caller is told: a stable code, a message with the way out, never the node's insides.

use crate::{audit::NotNoted, parts::SubmitError, requests};
use jsonrpsee::types::ErrorObjectOwned;
use mulu_executor::{ExecuteError, ValidateError};
use mulu_index::RowError;
use mulu_pool::Refusal;
use mulu_proofs::ids::Height;
use mulu_rpc_api::{ANSWER_TIME_MAX, codes};
use mulu_search::SearchError;
use mulu_storage::StorageError;
use std::{error::Error, time::Duration};

/// Why a call gets no answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The database failed.
    #[error("the database failed")]
    Storage(#[source] StorageError),
    /// The body is in an archive file.
    #[error("{0}")]
    Archived(#[source] StorageError),
    /// A row of the index is damaged.
    #[error("the index is damaged")]
    Row(#[from] RowError),
    /// The search index failed.
    #[error("the search failed")]
    Search(#[source] SearchError),
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
    // The first word is the one that Substrate's nodes say.
    #[error("UnknownBlock: no committed block has the hash 0x{}", hex::encode(hash))]
    UnknownBlock {
        /// The hash.
        hash: [u8; 32],
    },
    /// The state of a block was pruned.
    #[error("State already discarded: that of block {height} is pruned, the oldest one here is of block {oldest}")]
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
    /// Two blocks that name no range, or one that is too long.
    #[error("Cannot resolve a block range ['0x{}' ... '0x{}']: {why}", hex::encode(from), hex::encode(to))]
    BlockRange {
        /// The first block.
        from: [u8; 32],
        /// The last block.
        to: [u8; 32],
        /// Why.
        why: String,
    },
    /// The runtime is still busy with the call.
    #[error("the runtime did not answer within {} s, the most that a call is given; ask for less", limit.as_secs())]
    CallTooLong {
        /// How long it may take.
        limit: Duration,
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
    /// The work took longer than an answer may.
    #[error("the answer took longer than {} seconds; ask for less, or try again later", ANSWER_TIME_MAX.as_secs())]
    TooLong,
    /// The search index is not built yet.
    #[error("the search index is being built; try again in a while")]
    Building,
    /// An account that does not read.
    #[error("an account is an SS58 address or 64 hexadecimal digits")]
    Account,
    /// A question of an auditor that could not be noted.
    #[error("{0}")]
    NotNoted(NotNoted),
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
                | Self::Search(_)
                | Self::Damaged { .. }
                | Self::Panicked
                | Self::Execute(ExecuteError::Database { .. } | ExecuteError::Invalid { .. })
                | Self::Submit(SubmitError::Invalid(ValidateError::State(_)))
        )
    }

    const fn code(&self) -> i32 {
        match self {
            Self::Storage(_) | Self::Row(_) | Self::Search(_) | Self::Damaged { .. } | Self::Panicked => {
                codes::INTERNAL
            }
            Self::Execute(_) | Self::UnknownBlock { .. } | Self::StatePruned { .. } | Self::CallTooLong { .. } => {
                codes::STATE
            }
            Self::BlockRange { .. } => codes::BLOCK_RANGE,
            Self::OverBound { .. } => codes::COUNT_OVER_BOUND,
            Self::Cursor => codes::CURSOR,
            Self::Filter { .. } => codes::FILTER,
            Self::NotFound { .. } => codes::NOT_FOUND,
            Self::Evidence { .. } => codes::EVIDENCE,
            Self::Archived(_) => codes::ARCHIVED,
            Self::Busy | Self::Building => codes::BUSY,
            Self::TooLong => codes::TOO_LONG,
            Self::Account => jsonrpsee::types::error::INVALID_PARAMS_CODE,
            Self::NotNoted(NotNoted::Full) => codes::BUSY,
            Self::NotNoted(_) => codes::NOT_PERMITTED,
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

/// What Substrate's nodes say of an extrinsic that is not valid: some clients look for these words.
const fn in_substrates_words(error: &SubmitError) -> Option<&'static str> {
    match error {
        SubmitError::Refused(Refusal::Stale { .. }) | SubmitError::Invalid(ValidateError::Stale { .. }) => {
            Some("Transaction is outdated")
        }
        SubmitError::Refused(Refusal::Expired { .. }) | SubmitError::Invalid(ValidateError::Expired { .. }) => {
            Some("Transaction has an ancient birth block")
        }
        SubmitError::Refused(Refusal::TooLong { .. })
        | SubmitError::Invalid(ValidateError::TooLong { .. } | ValidateError::DaySpent { .. }) => {
            Some("Transaction would exhaust the block limits")
        }
        SubmitError::Invalid(ValidateError::BadSignature { .. } | ValidateError::SignatureScheme) => {
            Some("Transaction has a bad signature")
        }
        SubmitError::Invalid(ValidateError::NotAllowed) => Some("Transaction call is not expected"),
        SubmitError::Invalid(ValidateError::NoRole | ValidateError::NotSigned | ValidateError::Address) => {
            Some("Invalid signing address")
        }
        _ => None,
    }
}

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Archived { .. } => Self::Archived(error),
            _ => Self::Storage(error),
        }
    }
}

impl From<SearchError> for Failure {
    fn from(error: SearchError) -> Self {
        match error {
            SearchError::OverBound { what, asked, bound } => Self::OverBound { what, asked, bound },
            SearchError::Cursor => Self::Cursor,
            SearchError::NoRows => Self::Filter { why: "a page has at least one row" },
            SearchError::NoWord => {
                Self::Filter { why: "the text has no word to search for; name one, or leave it out" }
            }
            SearchError::TooLong { .. } => Self::Filter { why: "the search took too long; ask for something narrower" },
            SearchError::NotReady => Self::Building,
            ours => Self::Search(ours),
        }
    }
}

impl From<Failure> for ErrorObjectOwned {
    fn from(failure: Failure) -> Self {
        if failure.is_ours() {
            return internal(&failure);
        }
        let mut message = failure.to_string();
        if let Failure::Submit(error) = &failure
            && let Some(words) = in_substrates_words(error)
        {
            message = format!("{words}: {message}");
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn told(failure: Failure) -> ErrorObjectOwned {
        failure.into()
    }

    #[test]
    fn what_is_the_nodes_fault_is_not_told_to_the_caller() {
        let database = || ExecuteError::Database { why: "/var/lib/secret is gone".into() };
        for failure in [
            Failure::Execute(database()),
            Failure::Submit(SubmitError::Invalid(ValidateError::State(database()))),
            Failure::Damaged { what: "a record" },
            Failure::Panicked,
            Failure::Storage(StorageError::Stopped),
            SearchError::Storage(StorageError::Stopped).into(),
            SearchError::Damaged { what: "a row" }.into(),
        ] {
            let error = told(failure);
            assert_eq!(error.code(), codes::INTERNAL);
            assert!(!format!("{error:?}").contains("secret"));
            assert!(error.data().is_some_and(|data| data.get().contains("request")));
        }
    }

    #[test]
    fn codes_are_those_of_the_table() {
        let of_state = ExecuteError::StateGone { height: Height::new(3) };
        for (failure, code) in [
            (Failure::Execute(of_state), 4003),
            (Failure::UnknownBlock { hash: [0; 32] }, 4003),
            (Failure::StatePruned { height: Height::new(1), oldest: Height::new(2) }, 4003),
            (Failure::BlockRange { from: [0; 32], to: [1; 32], why: "no".into() }, 4001),
            (Failure::CallTooLong { limit: std::time::Duration::from_secs(5) }, 4003),
            (Failure::OverBound { what: "rows", asked: 2, bound: 1 }, 4002),
            (Failure::Submit(SubmitError::Invalid(ValidateError::Secret)), 6001),
            (Failure::Cursor, 6002),
            (SearchError::Cursor.into(), 6002),
            (SearchError::OverBound { what: "words", asked: 2, bound: 1 }.into(), 4002),
            (SearchError::NoRows.into(), 6003),
            (SearchError::NoWord.into(), 6003),
            (SearchError::TooLong { limit: std::time::Duration::from_secs(2) }.into(), 6003),
            (SearchError::NotReady.into(), 6006),
            (Failure::Filter { why: "no" }, 6003),
            (Failure::NotFound { what: "event".into() }, 6004),
            (Failure::evidence("a record is missing"), 6005),
            (Failure::Busy, 6006),
            (Failure::TooLong, 6012),
            (StorageError::Archived { height: Height::new(1), file: "a.mulu-archive".into() }.into(), 6007),
            (Failure::Submit(SubmitError::Busy), 6006),
            (Failure::Account, -32602),
            (Failure::NotNoted(NotNoted::Full), codes::BUSY),
            (Failure::NotNoted(NotNoted::NoKey), codes::NOT_PERMITTED),
            (Failure::Submit(SubmitError::Invalid(ValidateError::Undecodable { why: "cut".into() })), 1002),
            (Failure::Submit(SubmitError::Invalid(ValidateError::NoRole)), 1010),
            (Failure::Submit(SubmitError::Refused(Refusal::Banned)), 1012),
            (Failure::Submit(SubmitError::Refused(Refusal::Full)), 1016),
        ] {
            let shown = failure.to_string();
            assert_eq!(told(failure).code(), code, "{shown}");
        }
    }

    #[test]
    fn a_refusal_speaks_substrates_words_and_gives_the_reason_as_data() {
        let stale = Refusal::Stale { nonce: 1, next: 4 };
        let error = told(Failure::Submit(SubmitError::Refused(stale)));
        assert_eq!(error.message(), "Invalid Transaction");
        assert!(error.data().is_some_and(|data| data.get().contains("Transaction is outdated: nonce 1 is used up")));
        let unknown = told(Failure::Submit(SubmitError::Invalid(ValidateError::NoRole)));
        assert!(
            unknown.data().is_some_and(|data| data.get().contains("Invalid signing address: the signer holds no role"))
        );
    }
}
