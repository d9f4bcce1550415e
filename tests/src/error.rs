//! Why a demo, a benchmark or a test with processes did not come to its end.

use crate::network::NetworkError;
use jsonrpsee::core::client::Error as RpcError;
use mulu_client::ClientError;
use std::{io, path::PathBuf};

/// What went wrong, where a person can find it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The network does not run.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// A file cannot be read or written.
    #[error("cannot read or write {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// An act was refused, or a question was not answered.
    #[error("{doing}")]
    Client {
        /// What was being done.
        doing: String,
        /// Why it failed.
        #[source]
        source: Box<ClientError>,
    },
    /// The ledger says something else than it should.
    #[error("{0}")]
    Unexpected(String),
    /// Somebody asked to stop.
    #[error("stopped by {0}")]
    Stopped(&'static str),
}

impl Error {
    /// The text of this error and of everything that caused it.
    pub fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(inner) = cause {
            text = format!("{text}\n  because: {inner}");
            cause = inner.source();
        }
        text
    }
}

/// Says what was being done when the client failed.
pub trait Doing<T> {
    /// Adds the words.
    ///
    /// # Errors
    /// [`Error::Client`] with them.
    fn doing(self, what: impl Into<String>) -> Result<T, Error>;
}

impl<T> Doing<T> for Result<T, ClientError> {
    fn doing(self, what: impl Into<String>) -> Result<T, Error> {
        self.map_err(|source| Error::Client { doing: what.into(), source: Box::new(source) })
    }
}

impl<T> Doing<T> for Result<T, RpcError> {
    fn doing(self, what: impl Into<String>) -> Result<T, Error> {
        self.map_err(ClientError::from).doing(what)
    }
}

/// Fails with a sentence unless `holds`.
///
/// # Errors
/// [`Error::Unexpected`] with the sentence.
pub fn expect(holds: bool, sentence: impl FnOnce() -> String) -> Result<(), Error> {
    if holds { Ok(()) } else { Err(Error::Unexpected(sentence())) }
}
