//! What can go wrong between another system's catalog and the ledger. No message repeats what a dataset says.

use mulu_client::ClientError;
use std::{io, path::PathBuf};

/// Why a catalog could not be read, landed or given out.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// An address is none, or may not be given the token.
    #[error("{what} is not usable: {why}")]
    Address {
        /// What it is the address of.
        what: &'static str,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The other system does not answer.
    #[error("{host} cannot be reached")]
    Unreachable {
        /// Its host.
        host: String,
        /// Why.
        #[source]
        source: reqwest::Error,
    },
    /// The other system answers with an error.
    #[error("{host} answers {status} to {asked}")]
    Status {
        /// Its host.
        host: String,
        /// What was asked.
        asked: String,
        /// HTTP status.
        status: u16,
    },
    /// The portal's Action API refuses.
    #[error("{host} refuses {action}: {kind}")]
    Refused {
        /// Its host.
        host: String,
        /// The action.
        action: String,
        /// The kind of error, and the fields that it names.
        kind: String,
    },
    /// Longer than anything of its kind.
    #[error("{what} has more than {bytes_max} bytes")]
    TooLarge {
        /// What.
        what: String,
        /// The bound.
        bytes_max: usize,
    },
    /// Not of the form that was expected.
    #[error("{what} is not of the right form: {why}")]
    Form {
        /// What.
        what: String,
        /// What is wrong with it, and the way out.
        why: String,
    },
    /// A file cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {path}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The chain, or a file of ours.
    #[error(transparent)]
    Client(#[from] ClientError),
}

impl CatalogError {
    /// Something is not of its form.
    pub fn form(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Form { what: what.into(), why: why.into() }
    }

    /// Whether the same may succeed later, without anybody mending anything here.
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Status { .. } | Self::Client(_))
    }
}

/// Why one dataset or row became no entry: one word of a closed list, and what is wrong in words that repeat nothing of it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Rejection {
    /// The word.
    pub reason: &'static str,
    /// What is wrong, and the way out.
    pub detail: String,
}

impl Rejection {
    /// A rejection.
    pub fn new(reason: &'static str, detail: impl Into<String>) -> Self {
        Self { reason, detail: detail.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_pass_is_tried_again() {
        let status = CatalogError::Status { host: "data.example".into(), asked: "package_list".into(), status: 503 };
        assert!(status.is_passing());
        assert_eq!(status.to_string(), "data.example answers 503 to package_list");
        let form = CatalogError::form("the catalog", "it is no JSON");
        assert!(!form.is_passing());
        assert_eq!(form.to_string(), "the catalog is not of the right form: it is no JSON");
    }
}
