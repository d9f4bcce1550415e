//! Departments, accounts, roles, systems and validators (SPEC §1): who may sign what.
//!
//! What genesis sets becomes records in block 1, so that every role that an act cites has a record number.

mod functions;
mod genesis;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
mod try_state;
mod types;
pub mod weights;

pub use functions::NextValidators;
pub use pallet::*;
pub use types::{Department, DepartmentDraft, RoleState};

/// The pallet.
#[frame_support::pallet]
pub mod pallet {
    use crate::{
        types::{Department, DepartmentDraft, RoleState},
        weights,
    };
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use mulu_pallet_support::{Clock, Records};
    use mulu_proofs::{
        certificate::{VALIDATORS_MAX, Validator},
        departments::{
            AccountKey, BASIS_BYTES_MAX, CreditCode, DepartmentInfo, Level, NAME_BYTES_MAX, Role, RoleGiven, RoleScope,
            SystemInfo, SystemKind, ValidatorRegistered,
        },
        ids::{DepartmentId, Moment, SystemId},
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
    }

    /// Every department that was ever registered.
    ///
    /// - Key → value: DepartmentId → Department, at most 180 bytes.
    /// - Written by: genesis, `Call::register_department`; never removed.
    /// - Bound: departments of the jurisdiction.
    /// - Invariants: D1, D2 in `try_state`.
    #[pallet::storage]
    pub type Departments<T: Config> = StorageMap<_, Twox64Concat, DepartmentId, Department>;

    /// The department of a credit code.
    ///
    /// - Key → value: CreditCode → DepartmentId, 4 bytes.
    /// - Written by: with [`Departments`].
    /// - Invariants: D1 in `try_state`.
    // Blake2_128Concat: codes are chosen by people, so the key must resist crafted collisions.
    #[pallet::storage]
    pub type ByCode<T: Config> = StorageMap<_, Blake2_128Concat, CreditCode, DepartmentId>;

    /// The competent authority of a level and region.
    ///
    /// - Key → value: (Level, region) → DepartmentId, 4 bytes.
    /// - Written by: with [`Departments`].
    /// - Invariants: D2 in `try_state`.
    #[pallet::storage]
    pub type Authorities<T: Config> = StorageMap<_, Twox64Concat, (Level, u32), DepartmentId>;

    /// Last id given to a department.
    #[pallet::storage]
    pub type LastDepartment<T: Config> = StorageValue<_, DepartmentId, ValueQuery>;

    /// The department of every account; only these may submit.
    ///
    /// - Key → value: account → DepartmentId, 4 bytes.
    /// - Written by: genesis, `Call::register_account`; never removed.
    /// - Invariants: D3 in `try_state`.
    #[pallet::storage]
    pub type Accounts<T: Config> = StorageMap<_, Blake2_128Concat, AccountId32, DepartmentId>;

    /// Roles in force or waiting for their second signature.
    ///
    /// - Key → value: account, (DepartmentId, Role) → RoleState, at most 100 bytes.
    /// - Written by: genesis, `Call::give_role`, `Call::confirm_role`; removed by `Call::revoke_role`.
    /// - Invariants: D3, D4 in `try_state`.
    #[pallet::storage]
    pub type Roles<T: Config> =
        StorageDoubleMap<_, Blake2_128Concat, AccountId32, Twox64Concat, (DepartmentId, Role), RoleState>;

    /// Every system that was ever registered.
    ///
    /// - Key → value: SystemId → SystemInfo, at most 210 bytes.
    /// - Written by: genesis, `Call::register_system`; never removed.
    #[pallet::storage]
    pub type Systems<T: Config> = StorageMap<_, Twox64Concat, SystemId, SystemInfo>;

    /// The system of a department's code.
    #[pallet::storage]
    pub type SystemByCode<T: Config> = StorageMap<_, Blake2_128Concat, (DepartmentId, Text<64>), SystemId>;

    /// Last id given to a system.
    #[pallet::storage]
    pub type LastSystem<T: Config> = StorageValue<_, SystemId, ValueQuery>;

    /// The validators, ascending by key.
    ///
    /// - Key → value: nothing → at most 100 of 36 bytes.
    /// - Written by: genesis.
    /// - Invariants: D5 in `try_state`.
    #[pallet::storage]
    pub type Validators<T: Config> =
        StorageValue<_, BoundedVec<Validator, ConstU32<{ VALIDATORS_MAX as u32 }>>, ValueQuery>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A department was registered.
        DepartmentRegistered {
            /// The department.
            info: DepartmentInfo,
        },
        /// An account was registered.
        AccountRegistered {
            /// The account.
            account: AccountId32,
            /// Its department.
            department: DepartmentId,
        },
        /// A role was given; it may wait for its second signature.
        RoleGiven {
            /// What was given.
            role: RoleGiven,
        },
        /// A role got its second signature.
        RoleConfirmed {
            /// Holder.
            account: AccountId32,
            /// Department.
            department: DepartmentId,
            /// Role.
            role: Role,
        },
        /// A role was revoked.
        RoleRevoked {
            /// Former holder.
            account: AccountId32,
            /// Department.
            department: DepartmentId,
            /// Role.
            role: Role,
        },
        /// A system was registered.
        SystemRegistered {
            /// The system.
            info: SystemInfo,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// There is no such department; register it with `Call::register_department`.
        UnknownDepartment,
        /// The department is not active.
        DepartmentNotActive,
        /// The credit code breaks GB 32100; check it character by character.
        CreditCodeInvalid,
        /// Another department has this credit code.
        CreditCodeTaken,
        /// A region has six digits.
        RegionInvalid,
        /// The level and region have a competent authority already.
        AuthorityTaken,
        /// The account belongs to a department already.
        AccountTaken,
        /// The account is not registered; an admin does that with `Call::register_account`.
        UnknownAccount,
        /// The signer holds none of the roles that may do this.
        NotPermitted,
        /// The signer does not hold the role that this act needs.
        RoleMissing,
        /// The role waits for its second signature; see `Call::confirm_role`.
        RoleNotConfirmed,
        /// The role has expired; an admin may give it anew.
        RoleExpired,
        /// The account holds the role already; revoke it first.
        RoleTaken,
        /// The account does not hold the role.
        RoleUnknown,
        /// The role needs no second signature, or has it.
        NotPending,
        /// Giver and second signer must be two persons.
        SamePerson,
        /// An admin holds no signing role, and a signer is no admin.
        AdminSigns,
        /// Reviewer, supervisor and auditor are roles of a competent authority.
        RoleOfAuthority,
        /// The expiry lies in the past.
        ExpiryPassed,
        /// The department has a system with this code already.
        SystemCodeTaken,
    }

    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// Departments with the ids 1, 2, …
        pub departments: Vec<DepartmentInfo>,
        /// Accounts and their departments.
        pub accounts: Vec<(AccountId32, DepartmentId)>,
        /// Roles in force; `pending` must be false.
        pub roles: Vec<RoleGiven>,
        /// Systems with the ids 1, 2, …
        pub systems: Vec<SystemInfo>,
        /// Validators.
        pub validators: Vec<ValidatorRegistered>,
        /// Fewest validators that governance may leave.
        pub validators_min: u32,
        #[serde(skip)]
        #[doc(hidden)]
        pub _config: core::marker::PhantomData<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            crate::genesis::build(self);
        }
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T>
    where
        BlockNumberFor<T>: Into<u32>,
    {
        fn on_finalize(now: BlockNumberFor<T>) {
            // Behind the timestamp, which block 1's records carry.
            if now.into() == 1 {
                crate::genesis::record::<T>();
            }
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Registers a department.
        ///
        /// ## Dispatch origin
        /// An account with the `supervisor` role of a competent authority.
        /// ## Errors
        /// - `Error::CreditCodeInvalid`, `Error::CreditCodeTaken`: the code is malformed or known.
        /// - `Error::RegionInvalid`, `Error::AuthorityTaken`, `Error::UnknownDepartment` (parent or host).
        /// - `Error::NotPermitted`: the signer is no supervisor.
        /// ## Events and records
        /// `Event::DepartmentRegistered`; record `DepartmentRegistered`.
        /// ## Complexity
        /// O(1).
        #[pallet::call_index(0)]
        #[pallet::weight(weights::ACT)]
        pub fn register_department(origin: OriginFor<T>, draft: DepartmentDraft) -> DispatchResult {
            Self::do_register_department(&ensure_signed(origin)?, draft)
        }

        /// Registers an account, which may then submit.
        ///
        /// ## Dispatch origin
        /// The `admin` of the department, or the `supervisor` of a competent authority.
        /// ## Errors
        /// - `Error::AccountTaken`: it belongs to a department already.
        /// - `Error::UnknownDepartment`, `Error::DepartmentNotActive`, `Error::NotPermitted`.
        /// ## Events and records
        /// `Event::AccountRegistered`; record `AccountRegistered`.
        /// ## Complexity
        /// O(1).
        #[pallet::call_index(1)]
        #[pallet::weight(weights::ACT)]
        pub fn register_account(
            origin: OriginFor<T>,
            account: AccountId32,
            department: DepartmentId,
        ) -> DispatchResult {
            Self::do_register_account(&ensure_signed(origin)?, account, department)
        }

        /// Gives an account a role. Head, officer and approver wait for a second signature.
        ///
        /// ## Dispatch origin
        /// The `admin` of the department; for `admin` itself and for roles of an authority, a `supervisor`.
        /// ## Errors
        /// - `Error::RoleTaken`, `Error::AdminSigns`, `Error::RoleOfAuthority`, `Error::ExpiryPassed`.
        /// - `Error::UnknownAccount`, `Error::NotPermitted`.
        /// ## Events and records
        /// `Event::RoleGiven`; record `RoleGiven`.
        /// ## Complexity
        /// O(roles of the account).
        #[pallet::call_index(2)]
        #[pallet::weight(weights::ACT)]
        pub fn give_role(
            origin: OriginFor<T>,
            account: AccountId32,
            department: DepartmentId,
            role: Role,
            expires: Moment,
            scope: RoleScope,
            principal: Option<AccountKey>,
            basis: Text<BASIS_BYTES_MAX>,
        ) -> DispatchResult {
            let who = ensure_signed(origin)?;
            let account = account.into();
            let role = RoleGiven { account, department, role, expires, scope, principal, basis, pending: false };
            Self::do_give_role(&who, role)
        }

        /// Puts the second signature under a signing role.
        ///
        /// ## Dispatch origin
        /// The `head` of the department or the `supervisor` of a competent authority, but not the giver.
        /// ## Errors
        /// - `Error::RoleUnknown`, `Error::NotPending`, `Error::SamePerson`, `Error::NotPermitted`.
        /// ## Events and records
        /// `Event::RoleConfirmed`; record `RoleConfirmed`.
        /// ## Complexity
        /// O(1).
        #[pallet::call_index(3)]
        #[pallet::weight(weights::ACT)]
        pub fn confirm_role(
            origin: OriginFor<T>,
            account: AccountId32,
            department: DepartmentId,
            role: Role,
        ) -> DispatchResult {
            Self::do_confirm_role(&ensure_signed(origin)?, account, department, role)
        }

        /// Takes a role from an account.
        ///
        /// ## Dispatch origin
        /// The `admin` of the department or the `supervisor` of a competent authority.
        /// ## Errors
        /// - `Error::RoleUnknown`, `Error::NotPermitted`.
        /// ## Events and records
        /// `Event::RoleRevoked`; record `RoleRevoked`.
        /// ## Complexity
        /// O(1).
        #[pallet::call_index(4)]
        #[pallet::weight(weights::ACT)]
        pub fn revoke_role(
            origin: OriginFor<T>,
            account: AccountId32,
            department: DepartmentId,
            role: Role,
        ) -> DispatchResult {
            Self::do_revoke_role(&ensure_signed(origin)?, account, department, role)
        }

        /// Registers a system: business system, platform or source.
        ///
        /// ## Dispatch origin
        /// The `admin` of the department.
        /// ## Errors
        /// - `Error::SystemCodeTaken`, `Error::NotPermitted`, `Error::UnknownDepartment`.
        /// ## Events and records
        /// `Event::SystemRegistered`; record `SystemRegistered`.
        /// ## Complexity
        /// O(1).
        #[pallet::call_index(5)]
        #[pallet::weight(weights::ACT)]
        pub fn register_system(
            origin: OriginFor<T>,
            department: DepartmentId,
            kind: SystemKind,
            code: Text<64>,
            name: Text<NAME_BYTES_MAX>,
        ) -> DispatchResult {
            Self::do_register_system(&ensure_signed(origin)?, department, kind, code, name)
        }
    }
}
