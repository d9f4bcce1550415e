//! Where a sink stands: the first record that the other side has not taken, and of which chain.

use super::{Begin, Route, feed, pause};
use crate::{error::BridgeError, stop::Stop};
use mulu_proofs::ids::RecordNumber;
use mulu_rpc_api::Hex32;
use serde::{Deserialize, Serialize};

/// A position that moves past records that nobody wants is put once it has moved so far: looking at them again costs little.
pub const UNTOLD_MAX: u64 = 1_000;

/// As it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SinkPosition {
    /// Genesis hash of the chain whose records are counted.
    pub genesis: Hex32,
    /// First record that was not taken.
    pub next: RecordNumber,
}

/// Why a kept position is not taken up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PositionError {
    /// It counts another chain's records.
    #[error(
        "its position is on the chain with genesis 0x{found}, the node keeps 0x{expected}: name a node of that chain, or the sink otherwise"
    )]
    OtherChain {
        /// Whose it is.
        found: Hex32,
        /// Which the node keeps.
        expected: Hex32,
    },
    /// It does not read.
    #[error("its position in the vault does not read")]
    Damaged,
}

impl SinkPosition {
    /// Its bytes.
    pub fn bytes(self) -> Vec<u8> {
        serde_json::to_vec(&self).expect("digits and a number are JSON")
    }

    /// Reads one of this chain.
    ///
    /// # Errors
    /// [`PositionError`].
    pub fn read(bytes: &[u8], genesis: Hex32) -> Result<Self, PositionError> {
        let position: Self = serde_json::from_slice(bytes).map_err(|_| PositionError::Damaged)?;
        if position.genesis != genesis {
            return Err(PositionError::OtherChain { found: position.genesis, expected: genesis });
        }
        Ok(position)
    }
}

/// The name under which a sink's position is kept in the vault.
pub fn key(sink: &str) -> String {
    format!("sink/{sink}")
}

/// Where a sink goes on that keeps its position in the vault; none if the bridge stops before the node says where now is.
pub(super) async fn load(route: &Route<'_>, stop: &Stop) -> Result<Option<RecordNumber>, BridgeError> {
    let parts = route.parts;
    let genesis = Hex32(route.ledger.genesis());
    if let Some(bytes) = parts.positions.get(&key(&parts.name)).await? {
        let position = SinkPosition::read(&bytes, genesis).map_err(|error| route.wrong(error.to_string()))?;
        return Ok(Some(position.next));
    }
    let Some(next) = first(route, route.from, stop).await else { return Ok(None) };
    // What `now` was stays so, also if nothing is told before the next start.
    put(route, next).await?;
    Ok(Some(next))
}

/// Puts where a sink stands.
pub(super) async fn put(route: &Route<'_>, next: RecordNumber) -> Result<(), BridgeError> {
    let position = SinkPosition { genesis: Hex32(route.ledger.genesis()), next };
    route.parts.positions.put(&key(&route.parts.name), position.bytes()).await
}

/// The first record that `begin` means, as soon as the node says so; none if the bridge stops before.
pub(super) async fn first(route: &Route<'_>, begin: Begin, stop: &Stop) -> Option<RecordNumber> {
    let mut pause = pause::node();
    loop {
        match feed::first(&route.parts.connection, begin).await {
            Ok(next) => return Some(next),
            Err(error) => route.post.retrying(&error.to_string()),
        }
        if stop.comes_within(pause::spread(pause.pause())).await {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;

    #[test]
    fn a_position_reads_back_on_its_own_chain_alone() {
        let position = SinkPosition { genesis: Hex32([9; 32]), next: RecordNumber::new(70) };
        assert_eq!(SinkPosition::read(&position.bytes(), Hex32([9; 32])), Ok(position));
        let other = SinkPosition::read(&position.bytes(), Hex32([8; 32])).unwrap_err();
        assert_eq!(other, PositionError::OtherChain { found: Hex32([9; 32]), expected: Hex32([8; 32]) });
        assert!(other.to_string().contains(&"09".repeat(32)));
        assert_eq!(SinkPosition::read(b"70", Hex32([9; 32])), Err(PositionError::Damaged));
    }
}
