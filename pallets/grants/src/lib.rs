//! Grants (SPEC §3): what was agreed, whether it can be used, and who stopped it.
//!
//! ```text
//! agreed ─> provisioned ⇄ suspended
//! ```
//!
//! A grant begins with the agreement to a request (`GrantsBegin`). Every change of its state is kept with its moment: access events are judged by
//! the state of their time. The provider provisions within working days: `T::Clocks` counts them.

mod functions;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
mod try_state;
mod types;
pub mod weights;

pub use pallet::*;
pub use types::{Course, TRANSITIONS_MAX};

/// The pallet.
#[frame_support::pallet]
pub mod pallet {
    use crate::{types::Course, weights};
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use mulu_pallet_support::{Clock, Clocks, People, Records};
    use mulu_proofs::{
        grants::{GrantAct, GrantTerms},
        ids::{GrantId, Version},
        text::Text,
    };
    use sp_core::crypto::AccountId32;

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<AccountId = AccountId32, RuntimeEvent: From<Event<Self>>> {
        /// The record log.
        type Records: Records;
        /// Block time.
        type Clock: Clock;
        /// Departments and roles.
        type People: People;
        /// Deadlines in working days.
        type Clocks: Clocks;
    }

    /// Every version of every grant. A version never changes: event batches are read against it.
    ///
    /// - Key → value: (GrantId, Version) → GrantTerms, at most 160 bytes.
    /// - Written by: `GrantsBegin::begin`; never changed.
    /// - Invariants: G1 in `try_state`.
    #[pallet::storage]
    pub type GrantVersions<T: Config> = StorageMap<_, Twox64Concat, (GrantId, Version), GrantTerms>;

    /// How each grant went so far. The end of its period is no transition: it follows from the terms.
    ///
    /// - Key → value: GrantId → Course, at most 586 bytes.
    /// - Written by: `GrantsBegin::begin`, `Call::provision`, `Call::suspend`, `Call::resume`.
    /// - Invariants: G1, G2, G3, G4 in `try_state`.
    #[pallet::storage]
    pub type Courses<T: Config> = StorageMap<_, Twox64Concat, GrantId, Course>;

    /// Last id given to a grant.
    #[pallet::storage]
    pub type LastGrant<T: Config> = StorageValue<_, GrantId, ValueQuery>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A grant was provisioned.
        GrantProvisioned {
            /// Who signed.
            signer: AccountId32,
            /// The act.
            act: GrantAct,
        },
        /// A grant was suspended.
        GrantSuspended {
            /// Who signed.
            signer: AccountId32,
            /// The act, with its reason.
            act: GrantAct,
        },
        /// A grant was resumed.
        GrantResumed {
            /// Who signed.
            signer: AccountId32,
            /// The act, with its reason.
            act: GrantAct,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// The signer holds none of the roles that may do this.
        NotPermitted,
        /// Provider or consumer is suspended or retired; its grants can be suspended, nothing else.
        DepartmentNotActive,
        /// This act needs a reason.
        ReasonMissing,
        /// A grant begins under the next free number and no other.
        OtherNumber,
        /// There is no such grant.
        UnknownGrant,
        /// The grant's period is over.
        GrantOver,
        /// The grant is provisioned already, or suspended.
        NotAwaitingProvision,
        /// The grant is suspended already.
        AlreadySuspended,
        /// The grant is not suspended.
        NotSuspended,
        /// The competent authority suspended the grant; its supervisor lifts that.
        SuspendedByAuthority,
        /// The grant changed its state too often; make a new request.
        TransitionsFull,
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Says that the consumer can use the grant from now on (art. 22).
        ///
        /// ## Dispatch origin
        /// An `officer` of the provider.
        /// ## Errors
        /// - `Error::UnknownGrant`, `Error::GrantOver`, `Error::NotAwaitingProvision`, `Error::TransitionsFull`,
        ///   `Error::DepartmentNotActive`.
        /// ## Events and records
        /// `Event::GrantProvisioned`; record `GrantProvisioned`. The clock of provisioning stops.
        /// ## Complexity
        /// O(transitions).
        #[pallet::call_index(0)]
        #[pallet::weight(weights::ACT)]
        pub fn provision(origin: OriginFor<T>, grant: GrantId) -> DispatchResult {
            Self::do_provision(&ensure_signed(origin)?, grant)
        }

        /// Suspends a grant at once (art. 27). There is always room for it.
        ///
        /// ## Dispatch origin
        /// An `officer` of the provider or a `supervisor` of the provider's competent authority.
        /// ## Errors
        /// - `Error::ReasonMissing`, `Error::UnknownGrant`, `Error::GrantOver`, `Error::AlreadySuspended`, `Error::NotPermitted`.
        /// ## Events and records
        /// `Event::GrantSuspended`; record `GrantSuspended`.
        /// ## Complexity
        /// O(transitions).
        #[pallet::call_index(1)]
        #[pallet::weight(weights::ACT)]
        pub fn suspend(origin: OriginFor<T>, grant: GrantId, reason: Text<512>) -> DispatchResult {
            Self::do_suspend(&ensure_signed(origin)?, grant, reason)
        }

        /// Ends a suspension; the grant is again what it was before it.
        ///
        /// ## Dispatch origin
        /// An `officer` of the provider or a `supervisor` of the provider's competent authority; what a supervisor suspended only a supervisor.
        /// ## Errors
        /// - `Error::ReasonMissing`, `Error::UnknownGrant`, `Error::GrantOver`, `Error::NotSuspended`, `Error::NotPermitted`,
        ///   `Error::SuspendedByAuthority`, `Error::TransitionsFull`, `Error::DepartmentNotActive`.
        /// ## Events and records
        /// `Event::GrantResumed`; record `GrantResumed`.
        /// ## Complexity
        /// O(transitions).
        #[pallet::call_index(2)]
        #[pallet::weight(weights::ACT)]
        pub fn resume(origin: OriginFor<T>, grant: GrantId, reason: Text<512>) -> DispatchResult {
            Self::do_resume(&ensure_signed(origin)?, grant, reason)
        }
    }
}
