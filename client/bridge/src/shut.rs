//! Streams that take nothing any more, by the chain's own word: no record is acknowledged for them, since it could never be reported.

use crate::{error::BridgeError, spool::Spool};
use mulu_client::{ClientError, import::delivery::CLOSED, vault::Vault};
use mulu_proofs::ids::StreamId;
use serde::{Deserialize, Serialize};

/// Why a stream takes nothing from this bridge any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shut {
    /// It is closed on the chain, for good.
    StreamClosed,
    /// Another vault reported into it, or this one is an older copy: the chain has other events under the numbers that this one would give.
    VaultBehind,
}

impl Shut {
    /// Why a stream takes nothing any more; none if the error is another one, or passes.
    pub fn of(error: &ClientError) -> Option<Self> {
        match error {
            ClientError::StreamNotOurs { why, .. } if *why == CLOSED => Some(Self::StreamClosed),
            ClientError::VaultBehind { .. } | ClientError::VaultDiverged { .. } => Some(Self::VaultBehind),
            _ => None,
        }
    }

    /// What an earlier process learned of a stream, so that a start without a node takes nothing for it either.
    pub(crate) fn known(vault: &Vault, stream: StreamId) -> Result<Option<Self>, ClientError> {
        let known = vault.position(&row(stream))?;
        Ok([Self::StreamClosed, Self::VaultBehind]
            .into_iter()
            .find(|shut| known.as_deref() == Some(shut.code().as_bytes())))
    }

    /// One word of a closed list.
    pub const fn code(self) -> &'static str {
        match self {
            Self::StreamClosed => "stream_closed",
            Self::VaultBehind => "vault_behind",
        }
    }

    /// What it means and the way out: a phrase that holds the stream's number three times.
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::StreamClosed => {
                "stream {} is closed on the ledger, and nothing more is taken for it: `mulu stream open` opens another, name that one in the source in place of {}, and `mulu bridge move --from {}` takes along what waits"
            }
            Self::VaultBehind => {
                "another vault is ahead of this one in stream {}, and nothing more is taken for it: bring the newest copy of the vault; if there is none, `mulu stream open` opens another stream, name that one in the source in place of {}, and `mulu bridge move --from {}` takes along what waits"
            }
        }
    }

    /// What it means for a stream, and the way out.
    pub fn told(self, stream: StreamId) -> String {
        self.phrase().replace("{}", &stream.to_string())
    }
}

impl Spool {
    /// Takes over whether a stream takes anything, and keeps it for a start without the chain.
    pub(crate) async fn put_shut(&self, stream: StreamId, shut: Option<Shut>) -> Result<(), BridgeError> {
        if self.levels().shut(stream) == shut {
            return Ok(());
        }
        self.levels().change(stream, |level| level.shut = shut);
        let code = shut.map_or(Vec::new(), |shut| shut.code().into());
        self.put_position(&row(stream), code).await
    }
}

fn row(stream: StreamId) -> String {
    format!("shut/{stream}")
}

#[cfg(test)]
mod tests;
