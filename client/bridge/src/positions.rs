//! Where sinks and harvests stand: in the vault, beside what they are the positions of.

use crate::{error::BridgeError, spool::Spool};

/// Positions by name: each part has its own, as `sink/platform` or `catalog/portal`; those of sources begin with `source/`.
#[derive(Clone)]
pub struct Positions {
    spool: Spool,
}

impl Positions {
    /// Those in the vault of a spool.
    pub const fn new(spool: Spool) -> Self {
        Self { spool }
    }

    /// Where a part stands, in its own form; none if it never said so.
    ///
    /// # Errors
    /// [`BridgeError::Client`] if the vault fails.
    pub async fn get(&self, name: &str) -> Result<Option<Vec<u8>>, BridgeError> {
        self.spool.position(name).await
    }

    /// Puts down where a part stands; durable when this returns.
    ///
    /// # Errors
    /// [`BridgeError::Stopped`] if the bridge is stopping, or its vault failed.
    pub async fn put(&self, name: &str, position: Vec<u8>) -> Result<(), BridgeError> {
        self.spool.put_position(name, position).await
    }
}
