//! Which version of the rules the chain runs, and which one it will.

use crate::{Executor, error::ExecuteError};
use mulu_primitives::block::Header;
use mulu_proofs::governance::UpgradePlan;
use mulu_runtime::{Runtime, System, VERSION, pallet_governance};

/// Versions of the rules, as a state and this program know them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versions {
    /// Version that this program carries.
    pub carried: u32,
    /// Version that made the last block; none in genesis.
    pub running: Option<u32>,
    /// The upgrade that the departments have decided on.
    pub plan: Option<UpgradePlan>,
}

impl Executor {
    /// The versions behind the block of `at`.
    ///
    /// # Errors
    /// As [`Executor::query`].
    pub fn versions(&self, at: &Header) -> Result<Versions, ExecuteError> {
        self.query(at, || Versions {
            carried: VERSION.spec_version,
            running: Some(System::last_runtime_upgrade_spec_version()).filter(|version| *version > 0),
            plan: pallet_governance::Plan::<Runtime>::get(),
        })
    }
}
