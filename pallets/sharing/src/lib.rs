//! Purposes, approval policies and share requests (SPEC §3): who may use what, why, and who said so.
//!
//! ```text
//! submit ─> endorse ─> approve (stage by stage) ─> agree ═> grant
//!   └── withdraw ──┴────── withdraw, refuse ──┘
//! ```
//!
//! Everybody signs [`mulu_proofs::sharing::request_digest`] of what is stored, and nobody signs two steps of one request. A request
//! that has ended leaves the state and stays as records; the grant that an agreement begins is kept by `T::Grants`. The provider replies
//! within working days: `T::Clocks` counts them. What is recorded is what the offline verifier asks for
//! (`mulu_proofs::evidence`): the same order, roles, stages and thresholds.

mod functions;
mod genesis;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
mod try_state;
mod types;
pub mod weights;

pub use pallet::*;
pub use types::{OpenRequest, Purpose, SIGNATURES_MAX, Signature, Step};

/// The pallet.
#[frame_support::pallet]
pub mod pallet {
    use crate::{
        types::{OpenRequest, Purpose},
        weights,
    };
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use mulu_pallet_support::{Catalog, Clock, Clocks, GrantsBegin, People, Records};
    use mulu_proofs::{
        ids::{DepartmentId, Digest32, EntryId, PurposeId, RequestId},
        sharing::{
            Policy, PolicySet, PurposeRegistered, RequestAct, RequestAgreed, RequestCreated, RequestRefused,
            RequestTerms,
        },
        text::Text,
    };
    use sp_core::crypto::AccountId32;

    /// Most open requests of one consumer.
    pub const OPEN_REQUESTS_MAX: u32 = 4_096;

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<AccountId = AccountId32, RuntimeEvent: From<Event<Self>>> {
        /// The record log.
        type Records: Records;
        /// Block time.
        type Clock: Clock;
        /// Departments, roles and systems.
        type People: People;
        /// Entries and their versions.
        type Catalog: Catalog;
        /// Deadlines in working days.
        type Clocks: Clocks;
        /// Where agreements become grants.
        type Grants: GrantsBegin;
    }

    /// The governed list of purposes.
    ///
    /// - Key → value: PurposeId → Purpose, at most 164 bytes.
    /// - Written by: genesis, `Call::register_purpose`; never removed.
    /// - Bound: 65,535, the width of the id.
    /// - Invariants: S1 in `try_state`.
    #[pallet::storage]
    pub type Purposes<T: Config> = StorageMap<_, Twox64Concat, PurposeId, Purpose>;

    /// The purpose of a code.
    ///
    /// - Key → value: code → PurposeId, 2 bytes.
    /// - Written by: with [`Purposes`].
    /// - Invariants: S1 in `try_state`.
    // Blake2_128Concat: codes are chosen by people, so the key must resist crafted collisions.
    #[pallet::storage]
    pub type PurposeByCode<T: Config> = StorageMap<_, Blake2_128Concat, Text<32>, PurposeId>;

    /// Last id given to a purpose.
    #[pallet::storage]
    pub type LastPurpose<T: Config> = StorageValue<_, PurposeId, ValueQuery>;

    /// Approval policies, for requests made from now on.
    ///
    /// - Key → value: EntryId → Policy, at most 2,100 bytes.
    /// - Written by: `Call::set_policy`; never removed.
    /// - Bound: one per entry.
    /// - Invariants: S2 in `try_state`.
    #[pallet::storage]
    pub type Policies<T: Config> = StorageMap<_, Twox64Concat, EntryId, Policy>;

    /// Requests that wait for somebody.
    ///
    /// - Key → value: RequestId → OpenRequest, at most 5,400 bytes; 400 as a rule.
    /// - Written by: `Call::submit` and every signature; removed by agreement, refusal and withdrawal.
    /// - Bound: [`OPEN_REQUESTS_MAX`] per consumer.
    /// - Invariants: S3, S7 in `try_state`.
    #[pallet::storage]
    pub type Requests<T: Config> = StorageMap<_, Twox64Concat, RequestId, OpenRequest>;

    /// How many open requests a consumer has; none where it has none.
    ///
    /// - Key → value: DepartmentId → u32, 4 bytes.
    /// - Written by: with [`Requests`].
    /// - Invariants: S4 in `try_state`.
    #[pallet::storage]
    pub type OpenCount<T: Config> = StorageMap<_, Twox64Concat, DepartmentId, u32, ValueQuery>;

    /// Last id given to a request.
    #[pallet::storage]
    pub type LastRequest<T: Config> = StorageValue<_, RequestId, ValueQuery>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A purpose was registered.
        PurposeRegistered {
            /// The purpose.
            purpose: PurposeRegistered,
        },
        /// An approval policy was set.
        PolicySet {
            /// Who signed.
            signer: AccountId32,
            /// Entry and policy.
            set: PolicySet,
        },
        /// A request was made.
        RequestCreated {
            /// Who signed.
            signer: AccountId32,
            /// The request, with the policy that decides on it.
            created: RequestCreated,
        },
        /// The consumer's officer consented.
        RequestEndorsed {
            /// Who signed.
            signer: AccountId32,
            /// The act.
            act: RequestAct,
        },
        /// An approver signed.
        RequestApproved {
            /// Who signed.
            signer: AccountId32,
            /// The act, with its stage.
            act: RequestAct,
            /// Stage that the request waits in now; none if only the provider's officer is left.
            next_stage: Option<u8>,
        },
        /// The provider's officer agreed: the grant begins.
        RequestAgreed {
            /// Who signed.
            signer: AccountId32,
            /// The agreement, with the grant's first version.
            agreed: RequestAgreed,
        },
        /// The provider's officer refused.
        RequestRefused {
            /// Who signed.
            signer: AccountId32,
            /// The refusal, with its reason.
            refused: RequestRefused,
        },
        /// The consumer withdrew its request.
        RequestWithdrawn {
            /// Who signed.
            signer: AccountId32,
            /// The act.
            act: RequestAct,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// The signer holds none of the roles that may do this.
        NotPermitted,
        /// A purpose needs a code and a name.
        PurposeUnnamed,
        /// The code means another purpose already; use that one.
        PurposeCodeTaken,
        /// All 65,535 purposes are given.
        PurposesFull,
        /// The entry, or this version of it, is not published now; use the version that is.
        NotPublished,
        /// A conditional entry needs at least one approval stage.
        PolicyEmpty,
        /// The entry is conditional and has no policy yet; the provider's officer sets one with `Call::set_policy`.
        PolicyMissing,
        /// Only head, officer and approver sign stages: roles with a second signature.
        RoleOfStage,
        /// There is no such department, or it is not active.
        UnknownDepartment,
        /// Provider or consumer is suspended or retired; its requests can be refused or withdrawn, nothing else.
        DepartmentNotActive,
        /// Nobody could ever complete this stage; name more approvers or ask for fewer signatures.
        StageNeverComplete,
        /// An approver is named twice; nobody signs two steps of one request.
        ApproverTwice,
        /// A named approver is no account of the stage's department; its admin registers it first.
        UnknownApprover,
        /// Basis, scenario and scope must be said (art. 20).
        BasisMissing,
        /// No item is asked for, or one that the version does not have.
        UnknownItem,
        /// The entry or an item asked for is not shared; see the law that the entry cites.
        NotShared,
        /// The entry does not offer this method; see its sharing methods.
        MethodNotOffered,
        /// The period is empty or lies in the past.
        PeriodInvalid,
        /// A request names at least one purpose, system and platform, each list strictly ascending.
        NotAscending,
        /// A purpose is not on the governed list; see `Call::register_purpose`.
        UnknownPurpose,
        /// A system is not registered; its department's admin does that first.
        UnknownSystem,
        /// A using system belongs to another department than the consumer.
        SystemOfAnother,
        /// What is named as a platform is none.
        NotPlatform,
        /// A quota of nothing is no use; ask for at least one call and one row a day.
        QuotaZero,
        /// The consumer has as many open requests as it may have; withdraw some.
        TooManyOpen,
        /// There is no such open request: it was never made, or it has ended.
        UnknownRequest,
        /// The digest is not of what is stored; read the request again and sign what it says.
        DigestMismatch,
        /// The consumer's officer consented already.
        AlreadyEndorsed,
        /// The consumer's officer must consent first; see `Call::endorse`.
        NotEndorsed,
        /// The signer signed an earlier step; somebody else has to sign this one.
        AlreadySigned,
        /// The current stage names its approvers and the signer is none of them.
        NotNamed,
        /// Every stage is complete; the provider's officer decides with `Call::agree`.
        StagesComplete,
        /// A stage waits for approvals; see `Call::approve`.
        StageOpen,
        /// This act needs a reason.
        ReasonMissing,
    }

    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// Purposes with the ids 1, 2, …
        pub purposes: Vec<PurposeRegistered>,
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
        /// Puts a purpose on the governed list.
        ///
        /// ## Dispatch origin
        /// An account with the `supervisor` role of a competent authority.
        /// ## Errors
        /// - `Error::PurposeUnnamed`, `Error::PurposeCodeTaken`, `Error::PurposesFull`, `Error::NotPermitted`.
        /// ## Events and records
        /// `Event::PurposeRegistered`; record `PurposeRegistered`.
        /// ## Complexity
        /// O(1).
        #[pallet::call_index(0)]
        #[pallet::weight(weights::ACT)]
        pub fn register_purpose(origin: OriginFor<T>, code: Text<32>, name: Text<128>) -> DispatchResult {
            Self::do_register_purpose(&ensure_signed(origin)?, code, name)
        }

        /// Sets the approval policy of an entry, for requests made from now on.
        ///
        /// ## Dispatch origin
        /// An `officer` of the entry's provider.
        /// ## Errors
        /// - `Error::NotPublished`: nobody can ask for the entry.
        /// - `Error::PolicyEmpty`, `Error::RoleOfStage`, `Error::UnknownDepartment`, `Error::StageNeverComplete`.
        /// - `Error::ApproverTwice`, `Error::UnknownApprover`.
        /// ## Events and records
        /// `Event::PolicySet`; record `PolicySet`.
        /// ## Complexity
        /// O(approvers).
        #[pallet::call_index(1)]
        #[pallet::weight(weights::ACT)]
        pub fn set_policy(origin: OriginFor<T>, entry: EntryId, policy: Policy) -> DispatchResult {
            Self::do_set_policy(&ensure_signed(origin)?, entry, policy)
        }

        /// Makes a request. The policy as it stands decides on it.
        ///
        /// ## Dispatch origin
        /// An `applicant` of the consumer.
        /// ## Errors
        /// - Entry: `Error::NotPublished`, `Error::NotShared`, `Error::UnknownItem`, `Error::MethodNotOffered`, `Error::PolicyMissing`.
        /// - Terms: `Error::BasisMissing`, `Error::PeriodInvalid`, `Error::QuotaZero`, `Error::NotAscending`,
        ///   `Error::UnknownPurpose`, `Error::UnknownSystem`, `Error::SystemOfAnother`, `Error::NotPlatform`.
        /// - `Error::TooManyOpen`, `Error::DepartmentNotActive`.
        /// ## Events and records
        /// `Event::RequestCreated`; record `RequestCreated`.
        /// ## Complexity
        /// O(purposes + systems + platforms).
        #[pallet::call_index(2)]
        #[pallet::weight(weights::REQUEST)]
        pub fn submit(origin: OriginFor<T>, terms: RequestTerms) -> DispatchResult {
            Self::do_submit(&ensure_signed(origin)?, terms)
        }

        /// Gives the consumer's consent.
        ///
        /// ## Dispatch origin
        /// An `officer` of the consumer who did not make the request.
        /// ## Errors
        /// - `Error::UnknownRequest`, `Error::DigestMismatch`, `Error::AlreadyEndorsed`, `Error::AlreadySigned`.
        /// - `Error::DepartmentNotActive`.
        /// ## Events and records
        /// `Event::RequestEndorsed`; record `RequestEndorsed`. The clock of the provider's reply starts.
        /// ## Complexity
        /// O(signatures).
        #[pallet::call_index(3)]
        #[pallet::weight(weights::REQUEST)]
        pub fn endorse(origin: OriginFor<T>, request: RequestId, digest: Digest32) -> DispatchResult {
            Self::do_endorse(&ensure_signed(origin)?, request, digest)
        }

        /// Approves in the current stage of the policy.
        ///
        /// ## Dispatch origin
        /// Whom the stage names, in its role and department, and who signed no earlier step.
        /// ## Errors
        /// - `Error::NotEndorsed`, `Error::StagesComplete`, `Error::NotNamed`, `Error::AlreadySigned`, `Error::DepartmentNotActive`.
        /// - `Error::UnknownRequest`, `Error::DigestMismatch`.
        /// ## Events and records
        /// `Event::RequestApproved`; record `RequestApproved`.
        /// ## Complexity
        /// O(signatures).
        #[pallet::call_index(4)]
        #[pallet::weight(weights::REQUEST)]
        pub fn approve(origin: OriginFor<T>, request: RequestId, digest: Digest32) -> DispatchResult {
            Self::do_approve(&ensure_signed(origin)?, request, digest)
        }

        /// Agrees to a request whose stages are complete: the grant begins.
        ///
        /// ## Dispatch origin
        /// An `officer` of the provider who signed no earlier step.
        /// ## Errors
        /// - `Error::NotEndorsed`, `Error::StageOpen`, `Error::AlreadySigned`, `Error::DepartmentNotActive`.
        /// - `Error::PeriodInvalid`, `Error::NotPublished`: too late for what was asked.
        /// - `Error::UnknownRequest`, `Error::DigestMismatch`.
        /// ## Events and records
        /// `Event::RequestAgreed`; record `RequestAgreed`. The clock of the reply stops, that of provisioning starts.
        /// ## Complexity
        /// O(signatures).
        #[pallet::call_index(5)]
        #[pallet::weight(weights::REQUEST)]
        pub fn agree(origin: OriginFor<T>, request: RequestId, digest: Digest32) -> DispatchResult {
            Self::do_agree(&ensure_signed(origin)?, request, digest)
        }

        /// Refuses a request to which the consumer's officer consented (art. 21).
        ///
        /// ## Dispatch origin
        /// An `officer` of the provider who signed no earlier step. Approvers do not refuse: their silence is enough.
        /// ## Errors
        /// - `Error::ReasonMissing`, `Error::NotEndorsed`, `Error::AlreadySigned`.
        /// - `Error::UnknownRequest`, `Error::DigestMismatch`.
        /// ## Events and records
        /// `Event::RequestRefused`; record `RequestRefused`. The clock of the reply stops.
        /// ## Complexity
        /// O(signatures).
        #[pallet::call_index(6)]
        #[pallet::weight(weights::REQUEST)]
        pub fn refuse(origin: OriginFor<T>, request: RequestId, digest: Digest32, reason: Text<512>) -> DispatchResult {
            Self::do_refuse(&ensure_signed(origin)?, request, digest, reason)
        }

        /// Withdraws a request.
        ///
        /// ## Dispatch origin
        /// An `applicant` or `officer` of the consumer, whether or not they signed before.
        /// ## Errors
        /// - `Error::NotPermitted`, `Error::UnknownRequest`, `Error::DigestMismatch`.
        /// ## Events and records
        /// `Event::RequestWithdrawn`; record `RequestWithdrawn`. The clock of the reply stops, if it runs.
        /// ## Complexity
        /// O(1).
        #[pallet::call_index(7)]
        #[pallet::weight(weights::REQUEST)]
        pub fn withdraw(origin: OriginFor<T>, request: RequestId, digest: Digest32) -> DispatchResult {
            Self::do_withdraw(&ensure_signed(origin)?, request, digest)
        }
    }
}
