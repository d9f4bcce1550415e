//! Genesis state from its configuration.

use crate::{RuntimeGenesisConfig, VERSION};
use sp_core::storage::{Storage, well_known_keys};
use sp_runtime::BuildStorage;

/// What stands under `:code`. Clients key their caches by it, so it is there although the code is in the binary, and
/// it says nothing but the spec: every build of one spec has the same state.
pub fn code() -> Vec<u8> {
    format!("native:{}:{}", VERSION.spec_name, VERSION.spec_version).into_bytes()
}

/// The state of block 0.
///
/// # Errors
/// What the pallets find wrong with the configuration.
///
/// # Panics
/// If departments, accounts, roles or validators contradict each other; the message says how.
pub fn genesis_storage(config: &RuntimeGenesisConfig) -> Result<Storage, String> {
    let mut storage = config.build_storage()?;
    storage.top.insert(well_known_keys::CODE.to_vec(), code());
    Ok(storage)
}
