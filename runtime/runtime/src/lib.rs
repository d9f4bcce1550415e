//! The runtime: which pallets the ledger is made of, and under which frozen indices (DESIGN §1).
//!
//! Real FRAME, compiled to native code: metadata, extrinsics, events and rollback are those that every Substrate client
//! knows. It is run by the executor alone; whoever reads state names the pallets' storage through the crates that are
//! re-exported here.

#![allow(missing_docs, reason = "FRAME's macro writes most items of this crate; what we write is documented")]

pub mod apis;
pub mod chain;
mod config;
pub mod deadlines;
mod enactments;
mod extensions;
mod genesis;
mod matters;
pub mod sources;
#[cfg(test)]
mod tests;
mod types;
mod version;

pub use config::{Batches, BlockClock, CallFilter, ChainDomain, StateTerms};
pub use enactments::Enactments;
pub use extensions::StateExtensions;
pub use genesis::{code, genesis_storage};
pub use matters::StateMatters;
// Readers of state name pallets by their crates: `pallet_departments::Accounts::<Runtime>::get(..)`.
pub use types::{
    AccountId, Address, Block, Executive, Nonce, Signature, SignedPayload, TxExtension, UncheckedExtrinsic,
};
pub use version::VERSION;
pub use {
    pallet_access, pallet_calendar, pallet_catalog, pallet_departments, pallet_elements, pallet_governance,
    pallet_grants, pallet_mounts, pallet_oversight, pallet_records, pallet_sharing,
};

/// Pallets and their indices. An index is never given to another pallet: legal acts are known by it for ever.
#[frame_support::runtime]
mod runtime {
    /// The runtime of the ledger.
    #[runtime::runtime]
    #[runtime::derive(
        RuntimeCall,
        RuntimeEvent,
        RuntimeError,
        RuntimeOrigin,
        RuntimeFreezeReason,
        RuntimeHoldReason,
        RuntimeSlashReason,
        RuntimeLockId,
        RuntimeTask,
        RuntimeViewFunction
    )]
    pub struct Runtime;

    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(1)]
    pub type Timestamp = pallet_timestamp;
    #[runtime::pallet_index(2)]
    pub type Chain = crate::chain;
    #[runtime::pallet_index(10)]
    pub type Departments = pallet_departments;
    #[runtime::pallet_index(11)]
    pub type Catalog = pallet_catalog;
    #[runtime::pallet_index(12)]
    pub type Sharing = pallet_sharing;
    #[runtime::pallet_index(13)]
    pub type Access = pallet_access;
    #[runtime::pallet_index(15)]
    pub type Calendar = pallet_calendar;
    #[runtime::pallet_index(16)]
    pub type Governance = pallet_governance;
    #[runtime::pallet_index(17)]
    pub type Grants = pallet_grants;
    #[runtime::pallet_index(18)]
    pub type Elements = pallet_elements;
    #[runtime::pallet_index(19)]
    pub type Mounts = pallet_mounts;
    #[runtime::pallet_index(20)]
    pub type Oversight = pallet_oversight;
    // Its hooks run last, see `types::Hooked`.
    #[runtime::pallet_index(14)]
    pub type Records = pallet_records;
}
