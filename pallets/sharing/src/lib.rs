//! Purposes, approval policies and share requests (SPEC §3): who may use what, why, and who said so.
//!
//! ```text
//! submit ─> endorse ─> approve (stage by stage) ─> agree ═> grant
//!   ├── withdraw ──┼── withdraw, refuse, ask for papers or time ──┘
//!   └<─ resubmit ──┘   every signature before is void
//! ```
//!
//! Everybody signs [`mulu_proofs::sharing::request_digest`] of what is stored, and nobody signs two steps of one request. A request
//! that has ended leaves the state and stays as records; the grant that an agreement begins is kept by `T::Grants`. The provider replies
//! within working days: `T::Clocks` counts them. What is recorded is what the offline verifier asks for
//! (`mulu_proofs::evidence`): the same order, roles, stages and thresholds.

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
pub use pallet::*;
pub use types::{Extension, OpenRequest, Purpose, ReplyClock, SIGNATURES_MAX, Signature, Standing, Step, Supplement};

/// The pallet.
#[import_section(constants::constants)]
#[import_section(errors::errors)]
#[frame_support::pallet]
pub mod pallet {
    use crate::{
        types::{OpenRequest, Purpose, SIGNATURES_MAX, Standing},
        weights,
    };
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use mulu_pallet_support::{Catalog, Clock, Clocks, GrantsBegin, People, Records};
    use mulu_proofs::{
        ids::{DepartmentId, Digest32, EntryId, PurposeId, RequestId},
        sharing::{
            Policy, PolicySet, PurposeRegistered, RequestAct, RequestAgreed, RequestCreated, RequestExtensionAsked,
            RequestExtensionDecided, RequestRefused, RequestResubmitted, RequestSupplementAsked, RequestTerms,
            StandingConsent, StandingConsentRevoked, StandingConsentSet,
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
        /// Most requests that a block looks at on its own account.
        #[pallet::constant]
        type BlockWork: Get<u32>;
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
    /// - Key → value: EntryId → Policy, at most 2,300 bytes.
    /// - Written by: `Call::set_policy`; removed by one without stages. Where there is none, the provider's officer decides alone.
    /// - Bound: one per entry.
    /// - Invariants: S2 in `try_state`.
    #[pallet::storage]
    pub type Policies<T: Config> = StorageMap<_, Twox64Concat, EntryId, Policy>;

    /// What the provider's officer agrees to in advance. It counts only while the role in which it was signed is in force.
    ///
    /// - Key → value: EntryId → Standing, at most 222 bytes.
    /// - Written by: `Call::set_standing_consent`; removed by `Call::revoke_standing_consent`.
    /// - Bound: one per entry.
    /// - Invariants: S7 in `try_state`.
    #[pallet::storage]
    pub type StandingConsents<T: Config> = StorageMap<_, Twox64Concat, EntryId, Standing>;

    /// Requests that wait for somebody.
    ///
    /// - Key → value: RequestId → OpenRequest, at most 5,700 bytes; 450 as a rule.
    /// - Written by: `Call::submit` and every signature; removed by agreement, refusal and withdrawal.
    /// - Bound: [`OPEN_REQUESTS_MAX`] per consumer.
    /// - Invariants: S3, S5, S6 in `try_state`.
    #[pallet::storage]
    pub type Requests<T: Config> = StorageMap<_, Twox64Concat, RequestId, OpenRequest>;

    /// How many open requests a consumer has; none where it has none.
    ///
    /// - Key → value: DepartmentId → u32, 4 bytes.
    /// - Written by: with [`Requests`].
    /// - Invariants: S4 in `try_state`.
    #[pallet::storage]
    pub type OpenCount<T: Config> = StorageMap<_, Twox64Concat, DepartmentId, u32, ValueQuery>;

    /// Requests for an entry on which the provider's clock of the reply runs or stands still.
    ///
    /// - Key → value: EntryId, RequestId → nothing.
    /// - Written by: with the clock; removed with the request.
    /// - Bound: one per open request.
    /// - Invariants: S5 in `try_state`.
    #[pallet::storage]
    pub type OnClock<T: Config> = StorageDoubleMap<_, Twox64Concat, EntryId, Twox64Concat, RequestId, ()>;

    /// Entries that the authority holds or has let go, and whose requests are still to follow: whether it holds them, and the request that
    /// was looked at last.
    ///
    /// - Key → value: EntryId → (bool, Option<RequestId>), at most 6 bytes.
    /// - Written by: `Replies::held`; removed in `on_finalize` when every request was looked at.
    /// - Bound: one per entry, until its requests have followed.
    #[pallet::storage]
    pub type Held<T: Config> = StorageMap<_, Twox64Concat, EntryId, (bool, Option<RequestId>)>;

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
        /// The provider's officer agreed, now or by a standing consent: the grant begins.
        RequestAgreed {
            /// Who signed the agreement, or the standing consent.
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
        /// The provider's officer asked for papers.
        RequestSupplementAsked {
            /// Who signed.
            signer: AccountId32,
            /// What is missing.
            asked: RequestSupplementAsked,
        },
        /// The consumer asks for something else now.
        RequestResubmitted {
            /// Who signed.
            signer: AccountId32,
            /// The terms, with the policy that decides on them.
            resubmitted: RequestResubmitted,
        },
        /// The provider's officer asked for more time.
        RequestExtensionAsked {
            /// Who signed.
            signer: AccountId32,
            /// How much, and why.
            asked: RequestExtensionAsked,
        },
        /// The authority granted or denied more time.
        RequestExtensionDecided {
            /// Who signed.
            signer: AccountId32,
            /// The decision.
            decided: RequestExtensionDecided,
        },
        /// A standing consent was set.
        StandingConsentSet {
            /// Who signed.
            signer: AccountId32,
            /// Entry and conditions.
            set: StandingConsentSet,
        },
        /// A standing consent was revoked.
        StandingConsentRevoked {
            /// Who signed.
            signer: AccountId32,
            /// Entry and reason.
            revoked: StandingConsentRevoked,
        },
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
        fn on_initialize(_now: BlockNumberFor<T>) -> Weight {
            weights::FOLLOWED.saturating_mul(T::BlockWork::get().into())
        }

        fn on_finalize(now: BlockNumberFor<T>) {
            // Behind the timestamp, which block 1's records carry.
            if now.into() == 1 {
                crate::genesis::record::<T>();
            }
            Self::follow(T::BlockWork::get());
        }

        fn integrity_test() {
            assert!(T::BlockWork::get() > 0, "a block that does no work leaves clocks running that nobody can meet");
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

        /// Sets the approval policy of an entry, for requests made from now on. Without stages the provider's officer decides alone.
        ///
        /// ## Dispatch origin
        /// An `officer` of the entry's provider.
        /// ## Errors
        /// - `Error::NotPublished`: nobody can ask for the entry.
        /// - `Error::RoleOfStage`, `Error::OfficerInStage`, `Error::StageDepartments`, `Error::UnknownDepartment`, `Error::StageNeverComplete`.
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
        /// - Entry: `Error::NotPublished`, `Error::EntrySuspended`, `Error::NotShared`, `Error::UnknownItem`, `Error::MethodNotOffered`,
        ///   `Error::OwnEntry`.
        /// - Terms: `Error::BasisMissing`, `Error::PeriodInvalid`, `Error::QuotaZero`, `Error::OverFlowThreshold`, `Error::NotAscending`,
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
        /// - `Error::NotPublished`, `Error::EntrySuspended`, `Error::PeriodInvalid`: nobody could agree to it; see `Call::resubmit`.
        /// ## Events and records
        /// `Event::RequestEndorsed`; record `RequestEndorsed`. The clock of the provider's reply starts, or goes on. Where a standing
        /// consent agrees at once: `Event::RequestAgreed`, record `RequestAgreed`, and no clock.
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
        /// - `Error::NotEndorsed`, `Error::SupplementOpen`, `Error::StagesComplete`, `Error::NotNamed`, `Error::AlreadySigned`, `Error::DepartmentNotActive`.
        /// - `Error::UnknownRequest`, `Error::DigestMismatch`.
        /// ## Events and records
        /// `Event::RequestApproved`; record `RequestApproved`. Where the stages are complete and a standing consent agrees:
        /// `Event::RequestAgreed`, record `RequestAgreed`.
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
        /// - `Error::NotEndorsed`, `Error::SupplementOpen`, `Error::StageOpen`, `Error::AlreadySigned`, `Error::DepartmentNotActive`.
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
        /// An `officer` of the provider, whether or not they approved in a stage. Approvers do not refuse: their silence is enough.
        /// ## Errors
        /// - `Error::ReasonMissing`, `Error::NotEndorsed`, `Error::SupplementOpen`.
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

        /// Asks for everything that is missing, once (art. 21). Nobody decides until it is here, and the clock of the reply waits if
        /// governance says so.
        ///
        /// ## Dispatch origin
        /// An `officer` of the provider.
        /// ## Errors
        /// - `Error::NotEndorsed`, `Error::SupplementAskedBefore`, `Error::MissingUnnamed`, `Error::DepartmentNotActive`.
        /// - `Error::UnknownRequest`, `Error::DigestMismatch`.
        /// ## Events and records
        /// `Event::RequestSupplementAsked`; record `RequestSupplementAsked`.
        /// ## Complexity
        /// O(signatures).
        #[pallet::call_index(8)]
        #[pallet::weight(weights::REQUEST)]
        pub fn ask_supplement(
            origin: OriginFor<T>,
            request: RequestId,
            digest: Digest32,
            missing: Text<512>,
        ) -> DispatchResult {
            Self::do_ask_supplement(&ensure_signed(origin)?, request, digest, missing)
        }

        /// Puts other terms for the same entry and consumer in the place of those before. Every signature before is void: the consumer's
        /// officer consents anew, and until then the clock of the reply stands still.
        ///
        /// ## Dispatch origin
        /// An `applicant` of the consumer.
        /// ## Errors
        /// - `Error::AnotherRequest`, `Error::NothingChanged`, `Error::UnknownRequest`, `Error::DigestMismatch`: `digest` is of the terms before.
        /// - Those of `Call::submit` on entry and terms.
        /// ## Events and records
        /// `Event::RequestResubmitted`; record `RequestResubmitted`.
        /// ## Complexity
        /// O(purposes + systems + platforms).
        #[pallet::call_index(9)]
        #[pallet::weight(weights::REQUEST)]
        pub fn resubmit(
            origin: OriginFor<T>,
            request: RequestId,
            digest: Digest32,
            terms: RequestTerms,
        ) -> DispatchResult {
            Self::do_resubmit(&ensure_signed(origin)?, request, digest, terms)
        }

        /// Asks the authority for more time to reply, once and before the reply is overdue (art. 21).
        ///
        /// ## Dispatch origin
        /// An `officer` of the provider.
        /// ## Errors
        /// - `Error::NotEndorsed`, `Error::ExtensionAskedBefore`, `Error::ExtensionTooLong`, `Error::ReplyOverdue`, `Error::ReasonMissing`.
        /// - `Error::UnknownRequest`, `Error::DigestMismatch`.
        /// ## Events and records
        /// `Event::RequestExtensionAsked`; record `RequestExtensionAsked`.
        /// ## Complexity
        /// O(signatures).
        #[pallet::call_index(10)]
        #[pallet::weight(weights::REQUEST)]
        pub fn ask_extension(
            origin: OriginFor<T>,
            request: RequestId,
            digest: Digest32,
            working_days: u16,
            reason: Text<512>,
        ) -> DispatchResult {
            Self::do_ask_extension(&ensure_signed(origin)?, request, digest, working_days, reason)
        }

        /// Grants or denies the extension that was asked for. The record tells the consumer (art. 21).
        ///
        /// ## Dispatch origin
        /// A `supervisor` of the provider's competent authority who neither asked for it nor signed a step of the request.
        /// ## Errors
        /// - `Error::AlreadySigned`, `Error::ExtensionNotAsked`, `Error::ReasonMissing` without a reason for a denial, `Error::NotPermitted`.
        /// - `Error::ReplyOverdue`, `Error::ExtensionTooLong`: too late or too long to be granted.
        /// - `Error::UnknownRequest`, `Error::DigestMismatch`.
        /// ## Events and records
        /// `Event::RequestExtensionDecided`; record `RequestExtensionDecided`. If granted, the clock runs longer.
        /// ## Complexity
        /// O(signatures).
        #[pallet::call_index(11)]
        #[pallet::weight(weights::REQUEST)]
        pub fn decide_extension(
            origin: OriginFor<T>,
            request: RequestId,
            digest: Digest32,
            granted: bool,
            reason: Text<512>,
        ) -> DispatchResult {
            Self::do_decide_extension(&ensure_signed(origin)?, request, digest, granted, reason)
        }

        /// Agrees in advance to requests within conditions, in place of any standing consent before.
        ///
        /// ## Dispatch origin
        /// An `officer` of the entry's provider. The consent counts as long as this role is in force.
        /// ## Errors
        /// - `Error::NotPublished`, `Error::NotShared`, `Error::UnknownItem`, `Error::MethodNotOffered`.
        /// - `Error::NotAscending`, `Error::UnknownDepartment`, `Error::UnknownPurpose`, `Error::QuotaZero`, `Error::PeriodInvalid`.
        /// ## Events and records
        /// `Event::StandingConsentSet`; record `StandingConsentSet`.
        /// ## Complexity
        /// O(consumers + purposes).
        #[pallet::call_index(12)]
        #[pallet::weight(weights::ACT)]
        pub fn set_standing_consent(origin: OriginFor<T>, entry: EntryId, consent: StandingConsent) -> DispatchResult {
            Self::do_set_standing_consent(&ensure_signed(origin)?, entry, consent)
        }

        /// Ends a standing consent. Grants that it began run on.
        ///
        /// ## Dispatch origin
        /// An `officer` of the entry's provider.
        /// ## Errors
        /// - `Error::NoStandingConsent`, `Error::ReasonMissing`.
        /// ## Events and records
        /// `Event::StandingConsentRevoked`; record `StandingConsentRevoked`.
        /// ## Complexity
        /// O(1).
        #[pallet::call_index(13)]
        #[pallet::weight(weights::ACT)]
        pub fn revoke_standing_consent(origin: OriginFor<T>, entry: EntryId, reason: Text<512>) -> DispatchResult {
            Self::do_revoke_standing_consent(&ensure_signed(origin)?, entry, reason)
        }
    }
}
