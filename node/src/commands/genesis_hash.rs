//! `genesis-hash`.

use crate::{error::NodeError, genesis::Chain};
use std::path::Path;

/// Prints the genesis hash of a chain specification.
pub fn print(chain: &Path) -> Result<(), NodeError> {
    println!("0x{}", hex::encode(Chain::read(chain)?.hash()));
    Ok(())
}
