//! Departments, accounts, roles, systems and validators (SPEC §1): who may sign what.
//!
//! What genesis sets becomes records in block 1, so that every role that an act cites has a record number.

pub mod budget;
mod constants;
mod errors;
mod functions;
mod genesis;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
mod try_state;
mod types;
pub mod weights;

use frame_support::pallet_macros::import_section;
pub use functions::{NextValidators, PARENTS_MAX};
pub use pallet::*;
pub use types::{Department, DepartmentDraft, Peer, Replacement, RoleState, Sent, Usage, oversees};

/// The pallet.
#[allow(clippy::too_many_arguments, reason = "a call takes what its record repeats, one by one")]
#[import_section(constants::constants)]
#[import_section(errors::errors)]
#[frame_support::pallet]
pub mod pallet {
    use crate::{
        functions::PARENTS_MAX,
        types::{Department, DepartmentDraft, Replacement, RoleState, STATUSES_MAX, Usage},
        weights,
    };
    use frame_support::{pallet_prelude::*, traits::Contains};
    use frame_system::pallet_prelude::*;
    use mulu_pallet_support::{Clock, Clocks, Records};
    use mulu_proofs::{
        budget::Budget,
        certificate::{VALIDATORS_MAX, Validator},
        departments::{
            AccountKey, AccountReplaced, AuthorityNamed, BASIS_BYTES_MAX, CreditCode, DepartmentAdmitted,
            DepartmentInfo, DepartmentStatusSet, KeyReportWithdrawn, KeyReportedLost, Level, NAME_BYTES_MAX, NodeInfo,
            Observer, REASON_BYTES_MAX, Role, RoleGiven, RoleScope, SystemInfo, SystemKind, ValidatorKeyRotated,
            ValidatorRegistered, ValidatorRemoved,
        },
        ids::{DepartmentId, Moment, PublicKey, SystemId},
        text::Text,
    };
    use sp_core::crypto::AccountId32;

    /// Most observers.
    pub const OBSERVERS_MAX: u32 = 100;

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<AccountId = AccountId32, RuntimeEvent: From<Event<Self>>> {
        /// The record log.
        type Records: Records;
        /// Block time.
        type Clock: Clock;
        /// Clocks of second signatures, and the day of budgets.
        type Clocks: Clocks;
        /// Which calls are event batches; all others are acts.
        type Batches: Contains<<Self as frame_system::Config>::RuntimeCall>;
    }

    /// Every department that was ever registered.
    ///
    /// - Key → value: DepartmentId → Department, at most 480 bytes.
    /// - Written by: genesis, `Call::register_department`, `Call::revise_department`, governance; never removed.
    /// - Bound: departments of the jurisdiction.
    /// - Invariants: D1, D2, D6, D7 in `try_state`.
    #[pallet::storage]
    pub type Departments<T: Config> = StorageMap<_, Twox64Concat, DepartmentId, Department>;

    /// How many departments have a vote in governance: those that are admitted and active.
    ///
    /// - Written by: with [`Departments`].
    /// - Invariants: D6 in `try_state`.
    #[pallet::storage]
    pub type VotingDepartments<T: Config> = StorageValue<_, u32, ValueQuery>;

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
    /// - Written by: genesis, governance.
    /// - Invariants: D2 in `try_state`.
    #[pallet::storage]
    pub type Authorities<T: Config> = StorageMap<_, Twox64Concat, (Level, u32), DepartmentId>;

    /// Last id given to a department.
    #[pallet::storage]
    pub type LastDepartment<T: Config> = StorageValue<_, DepartmentId, ValueQuery>;

    /// The department of every account. Those that hold a role in force may submit.
    ///
    /// - Key → value: account → DepartmentId, 4 bytes.
    /// - Written by: genesis, `Call::register_account`, and with [`Replaced`]; never removed.
    /// - Invariants: D3 in `try_state`.
    #[pallet::storage]
    pub type Accounts<T: Config> = StorageMap<_, Blake2_128Concat, AccountId32, DepartmentId>;

    /// Roles in force or waiting for their second signature.
    ///
    /// - Key → value: account, (DepartmentId, Role) → RoleState, at most 464 bytes.
    /// - Written by: genesis, `Call::give_role`, `Call::confirm_role`, governance; removed by `Call::revoke_role` and with [`Replaced`].
    /// - Bound: the eleven roles, each once an account.
    /// - Invariants: D3, D4, D10, D12 in `try_state`.
    #[pallet::storage]
    pub type Roles<T: Config> =
        StorageDoubleMap<_, Blake2_128Concat, AccountId32, Twox64Concat, (DepartmentId, Role), RoleState>;

    /// The key that took an account's place.
    ///
    /// - Key → value: account → account, 32 bytes.
    /// - Written by: `Call::rotate_key`, `Call::confirm_replacement`; never removed.
    /// - Invariants: D8 in `try_state`.
    #[pallet::storage]
    pub type Replaced<T: Config> = StorageMap<_, Blake2_128Concat, AccountId32, AccountId32>;

    /// Replacements of lost keys that wait for their confirmation.
    ///
    /// - Key → value: lost key → Replacement, 72 bytes.
    /// - Written by: `Call::report_loss`; removed by `Call::withdraw_report` and with [`Replaced`].
    /// - Bound: one an account.
    /// - Invariants: D8 in `try_state`.
    #[pallet::storage]
    pub type Replacements<T: Config> = StorageMap<_, Blake2_128Concat, AccountId32, Replacement>;

    /// What each department may send.
    ///
    /// - Key → value: nothing → Budget, 64 bytes.
    /// - Written by: genesis, governance.
    /// - Invariants: D11 in `try_state`.
    #[pallet::storage]
    pub type CurrentBudget<T: Config> = StorageValue<_, Budget, ValueQuery>;

    /// What each department sent in the block and on the day in which it last sent anything.
    ///
    /// - Key → value: DepartmentId → Usage, 72 bytes.
    /// - Written by: [`crate::budget::CheckBudget`], once an extrinsic.
    #[pallet::storage]
    pub type Used<T: Config> = StorageMap<_, Twox64Concat, DepartmentId, Usage, ValueQuery>;

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
    /// - Written by: genesis, governance.
    /// - Invariants: D5 in `try_state`.
    #[pallet::storage]
    pub type Validators<T: Config> =
        StorageValue<_, BoundedVec<Validator, ConstU32<{ VALIDATORS_MAX as u32 }>>, ValueQuery>;

    /// Fewest validators that governance may leave; four outside development, so that one may fail.
    ///
    /// - Written by: genesis.
    /// - Invariants: D5 in `try_state`.
    #[pallet::storage]
    pub type ValidatorsMin<T: Config> = StorageValue<_, u32, ValueQuery>;

    /// The node of each validator, by consensus key; genesis may leave it out.
    ///
    /// - Key → value: consensus key → NodeInfo, at most 162 bytes.
    /// - Written by: with [`Validators`].
    /// - Invariants: D9 in `try_state`.
    #[pallet::storage]
    pub type ValidatorNodes<T: Config> = StorageMap<_, Blake2_128Concat, PublicKey, NodeInfo>;

    /// Full nodes without a vote, by node key.
    ///
    /// - Key → value: node key → Observer, at most 296 bytes.
    /// - Written by: genesis, governance.
    /// - Bound: [`OBSERVERS_MAX`].
    /// - Invariants: D9 in `try_state`.
    #[pallet::storage]
    pub type Observers<T: Config> = CountedStorageMap<_, Blake2_128Concat, PublicKey, Observer>;

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
        /// A department got another name, superior, host or task.
        DepartmentRevised(DepartmentInfo),
        /// A department was suspended, made active again, or retired.
        DepartmentStatusSet(DepartmentStatusSet),
        /// A department has a vote in governance from now on.
        DepartmentAdmitted(DepartmentAdmitted),
        /// A level and region have another competent authority.
        AuthorityNamed(AuthorityNamed),
        /// A key was reported lost; its replacement waits for confirmation.
        KeyReportedLost(KeyReportedLost),
        /// A report of loss was withdrawn; the key stays.
        KeyReportWithdrawn(KeyReportWithdrawn),
        /// A key took the place of another.
        KeyReplaced(AccountReplaced),
        /// A validator signs from the next height on.
        ValidatorRegistered(ValidatorRegistered),
        /// A validator signs no more from the next height on.
        ValidatorRemoved(ValidatorRemoved),
        /// A validator has another consensus key from the next height on.
        ValidatorKeyRotated(ValidatorKeyRotated),
        /// A node without a vote was registered.
        ObserverRegistered(Observer),
        /// A node without a vote was removed.
        ObserverRemoved(Observer),
        /// What each department may send was set.
        BudgetSet(Budget),
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
        /// Nodes without a vote.
        pub observers: Vec<Observer>,
        /// Fewest validators that governance may leave.
        pub validators_min: u32,
        /// What each department may send.
        pub budget: Budget,
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
        /// Registers a department. It acts at once; a vote in governance it has when the others have admitted it.
        ///
        /// ## Dispatch origin
        /// The `supervisor` of a competent authority that oversees the level and region: its own, and the levels below it in its region.
        /// ## Errors
        /// - `Error::CreditCodeInvalid`, `Error::CreditCodeTaken`: the code is malformed or known.
        /// - `Error::RegionInvalid`; `Error::UnknownDepartment` (superior or host), `Error::ParentsTooMany`.
        /// - `Error::NotPermitted`: the signer is no supervisor, or of an authority that does not oversee the level and region.
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
        /// The `admin` of the department, or the `supervisor` of an authority that oversees it.
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

        /// Gives an account a role, within a scope and, for acting persons, for a principal who holds it. Head, officer and approver wait for
        /// a second signature; so does a supervisor whom an admin names.
        ///
        /// ## Dispatch origin
        /// The `admin` of the department or a `supervisor` above it; for `admin`, `reviewer` and `auditor` only a `supervisor`.
        /// ## Errors
        /// - `Error::RoleTaken`, `Error::AdminSigns`, `Error::RoleOfAuthority`, `Error::ExpiryPassed`, `Error::KeyReplacedAlready`.
        /// - `Error::ScopeInvalid`, `Error::PrincipalWithoutRole`, `Error::BasisMissing`.
        /// - `Error::UnknownAccount`, `Error::UnknownDepartment`, `Error::DepartmentNotActive`, `Error::NotPermitted`.
        /// ## Events and records
        /// `Event::RoleGiven`; record `RoleGiven`; of a role that waits also `DeadlineStarted`.
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
        /// The `head` of the department or the `supervisor` of an authority that oversees it, but not the giver.
        /// ## Errors
        /// - `Error::RoleUnknown`, `Error::NotPending`, `Error::SamePerson`, `Error::NotPermitted`.
        /// ## Events and records
        /// `Event::RoleConfirmed`; records `RoleConfirmed`, `DeadlineStopped`.
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
        /// The `admin` of the department or the `supervisor` of an authority that oversees it.
        /// ## Errors
        /// - `Error::RoleUnknown`, `Error::NotPermitted`.
        /// ## Events and records
        /// `Event::RoleRevoked`; record `RoleRevoked`; of a role that waits also `DeadlineStopped`.
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

        /// Puts a new key in the place of the signer's. All roles of the old key end; they are given to the new one by the usual calls.
        ///
        /// ## Dispatch origin
        /// The old key itself.
        /// ## Errors
        /// - `Error::UnknownAccount`, `Error::KeyReplacedAlready`, `Error::DepartmentNotActive`: the signer has no place to give.
        /// - `Error::AccountTaken`: the new key is registered already.
        /// ## Events and records
        /// `Event::KeyReplaced`; record `KeyRotated`; for each role that waits also `DeadlineStopped`.
        /// ## Complexity
        /// O(roles of the account).
        #[pallet::call_index(6)]
        #[pallet::weight(weights::ACT)]
        pub fn rotate_key(origin: OriginFor<T>, new: AccountId32) -> DispatchResult {
            Self::do_rotate_key(&ensure_signed(origin)?, new)
        }

        /// Reports a key lost and names the one that shall take its place. Until that is confirmed nothing changes: take roles away with
        /// `Call::revoke_role` where the key may be in wrong hands.
        ///
        /// ## Dispatch origin
        /// The `admin` of the department, or the `supervisor` of an authority that oversees it.
        /// ## Errors
        /// - `Error::UnknownAccount`, `Error::KeyReplacedAlready`, `Error::AccountTaken`, `Error::ReasonMissing`, `Error::NotPermitted`.
        /// - `Error::ReportWaits`: withdraw the report that waits first.
        /// ## Events and records
        /// `Event::KeyReportedLost`; record `KeyReportedLost`.
        /// ## Complexity
        /// O(1).
        #[pallet::call_index(7)]
        #[pallet::weight(weights::ACT)]
        pub fn report_loss(
            origin: OriginFor<T>,
            old: AccountId32,
            new: AccountId32,
            reason: Text<REASON_BYTES_MAX>,
        ) -> DispatchResult {
            Self::do_report_loss(&ensure_signed(origin)?, old, new, reason)
        }

        /// Confirms a report of loss: the new key takes the lost one's place. All roles of the old key end.
        ///
        /// ## Dispatch origin
        /// The `head` of the department or the `supervisor` of an authority that oversees it, but not the reporter.
        /// ## Errors
        /// - `Error::NoReplacement`: no such report waits.
        /// - `Error::AccountTaken`, `Error::SamePerson`, `Error::NotPermitted`.
        /// ## Events and records
        /// `Event::KeyReplaced`; record `KeyReplaced`; for each role that waits also `DeadlineStopped`.
        /// ## Complexity
        /// O(roles of the account).
        #[pallet::call_index(8)]
        #[pallet::weight(weights::ACT)]
        pub fn confirm_replacement(origin: OriginFor<T>, old: AccountId32, new: AccountId32) -> DispatchResult {
            Self::do_confirm_replacement(&ensure_signed(origin)?, old, new)
        }

        /// Gives a department another name, superior, host or task as data manager. Code, level and region never change.
        ///
        /// ## Dispatch origin
        /// The `supervisor` of an authority that oversees the department.
        /// ## Errors
        /// - `Error::UnknownDepartment` (it, its superior or its host), `Error::HostsItself`, `Error::ParentCycle`, `Error::ParentsTooMany`.
        /// - `Error::RetiredForGood`, `Error::NotPermitted`.
        /// ## Events and records
        /// `Event::DepartmentRevised`; record `DepartmentRevised`.
        /// ## Complexity
        /// O(superiors).
        #[pallet::call_index(9)]
        #[pallet::weight(weights::ACT)]
        pub fn revise_department(
            origin: OriginFor<T>,
            department: DepartmentId,
            name: Text<NAME_BYTES_MAX>,
            parent: Option<DepartmentId>,
            host: Option<DepartmentId>,
            is_data_manager: bool,
        ) -> DispatchResult {
            Self::do_revise_department(&ensure_signed(origin)?, department, name, parent, host, is_data_manager)
        }

        /// Withdraws a report of loss that waits for its confirmation; the key stays in its place.
        ///
        /// ## Dispatch origin
        /// The key itself that was reported, which so is not lost; or the `admin` of the department or the `supervisor` of an authority that
        /// oversees it.
        /// ## Errors
        /// - `Error::NoReplacement`: no such report waits.
        /// - `Error::NotPermitted`.
        /// ## Events and records
        /// `Event::KeyReportWithdrawn`; record `KeyReportWithdrawn`.
        /// ## Complexity
        /// O(1).
        #[pallet::call_index(10)]
        #[pallet::weight(weights::ACT)]
        pub fn withdraw_report(origin: OriginFor<T>, old: AccountId32, new: AccountId32) -> DispatchResult {
            Self::do_withdraw_report(&ensure_signed(origin)?, old, new)
        }
    }
}
