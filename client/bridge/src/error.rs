//! What ends the bridge, or keeps one part of it from starting.

use mulu_client::ClientError;
use std::io;

/// Why the bridge, or a part of it, does not go on.
#[derive(Debug, thiserror::Error)]
pub enum BridgeError {
    /// The configuration says something that cannot be.
    #[error("{at}: {why}")]
    Config {
        /// Where: the file, or the key as `source.gateway.tail`.
        at: String,
        /// What is wrong, and the way out.
        why: String,
    },
    /// The vault, the node or a key.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A source cannot go on.
    #[error("source {name}: {why}")]
    Source {
        /// Its name.
        name: String,
        /// Why.
        why: String,
    },
    /// A sink cannot go on.
    #[error("sink {name}: {why}")]
    Sink {
        /// Its name.
        name: String,
        /// Why.
        why: String,
    },
    /// A catalog cannot be read or written.
    #[error("catalog {name}: {why}")]
    Catalog {
        /// Its name.
        name: String,
        /// Why.
        why: String,
    },
    /// Something of the operating system failed.
    #[error("cannot {what}")]
    Io {
        /// What was tried, as `listen on 127.0.0.1:9800`.
        what: String,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The bridge stops, because of a failure after which nothing may be acknowledged.
    #[error("the bridge has stopped: {why}")]
    Stopped {
        /// Why.
        why: String,
    },
}

impl BridgeError {
    /// A mistake in the configuration.
    pub fn config(at: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Config { at: at.into(), why: why.into() }
    }

    /// The way out, where there is one to name beside the message.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Client(error) => error.hint(),
            Self::Stopped { .. } => {
                Some("what was acknowledged is in the vault; start the bridge again once the cause is gone".into())
            }
            _ => None,
        }
    }
}
