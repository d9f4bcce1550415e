//! Grants (SPEC §3): what was agreed, whether it can be used, and who stopped it.
//!
//! ```text
//! agreed ─> provisioned ⇄ suspended ─> rectifying ─> (agreed, provisioned | terminated)
//!   └───────────┴── completed | ended by provider | period over ─> disposed
//! ```
//!
//! A grant begins with the agreement to a request (`GrantsBegin`). Every change of its state is kept with its moment: access events are judged by
//! the state of their time. That its period is over is a fact of the terms and block time, never an act.
//!
//! - Whoever finds misuse stops the grant at once; it ends by that only when it was not mended within a term. The provider ends a service otherwise
//!   only after consultation, and files that with its authority (art. 27).
//! - The provider provisions, and the consumer mends, within working days: `T::Clocks` counts them.
//! - Holders are told by a record of what changes in their entries; when an entry is withdrawn, the grants on it are over at once and the records
//!   follow.
//! - What is over leaves the state after the governed `finished_kept_days` and stays as records. Events that are reported even later name the entry.

mod constants;
mod functions;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
mod try_state;
mod types;
pub mod weights;

use frame_support::pallet_macros::import_section;
pub use pallet::*;
pub use types::{Course, Notice, NoticeKey, QueueKey, Rectification, TRANSITIONS_MAX, Uses};

/// The pallet.
#[import_section(constants::constants)]
#[frame_support::pallet]
pub mod pallet {
    use crate::{
        types::{Course, Notice, NoticeKey, QueueKey, TRANSITIONS_MAX, Uses},
        weights,
    };
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use mulu_pallet_support::{Catalog, Clock, Clocks, Counters, People, Records};
    use mulu_proofs::{
        grants::{
            DisposalCountersigned, DisposalRecorded, GrantAct, GrantCompleted, GrantTerms, HolderNotified,
            RectificationOrdered, RectificationReported, ServiceEnded, UseRecord, UseRecorded,
        },
        ids::{EntryId, GrantId, RecordNumber, Version},
        papers::Papers,
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
        /// Entries, and whether they are still there.
        type Catalog: Catalog;
        /// Deadlines in working days.
        type Clocks: Clocks;
        /// Counts of what arts. 39 and 40 name.
        type Counters: Counters;
        /// Most grants that a block looks at on its own account.
        #[pallet::constant]
        type BlockWork: Get<u32>;
    }

    /// Every version of every grant that is in the state. A version never changes: event batches are read against it.
    ///
    /// - Key → value: (GrantId, Version) → GrantTerms, at most 160 bytes.
    /// - Written by: `GrantsBegin::begin`; never changed; removed `finished_kept_days` after the grant's end.
    /// - Invariants: G1 in `try_state`.
    #[pallet::storage]
    pub type GrantVersions<T: Config> = StorageMap<_, Twox64Concat, (GrantId, Version), GrantTerms>;

    /// How each grant went so far. The end of its period is no transition: it follows from the terms.
    ///
    /// - Key → value: GrantId → Course, at most 618 bytes; 60 as a rule.
    /// - Written by: `GrantsBegin::begin` and every act but `Call::record_use`; removed with [`GrantVersions`].
    /// - Invariants: G1 to G5 in `try_state`.
    #[pallet::storage]
    pub type Courses<T: Config> = StorageMap<_, Twox64Concat, GrantId, Course>;

    /// The live grants on each version of an entry.
    ///
    /// - Key → value: ((EntryId, Version), GrantId) → nothing.
    /// - Written by: `GrantsBegin::begin`; removed at the grant's end, by the act or by the queue.
    /// - Invariants: G6 in `try_state`.
    #[pallet::storage]
    pub type Live<T: Config> = StorageDoubleMap<_, Twox64Concat, (EntryId, Version), Twox64Concat, GrantId, ()>;

    /// What the live grants on a version of an entry use of it together; none if there are no such grants.
    ///
    /// - Key → value: (EntryId, Version) → Uses, 280 bytes.
    /// - Written by: with [`Live`].
    /// - Invariants: G6 in `try_state`.
    #[pallet::storage]
    pub type LiveUses<T: Config> = StorageDoubleMap<_, Twox64Concat, EntryId, Twox64Concat, Version, Uses, ValueQuery>;

    /// When a block has to look at which grant: at the end of its period, and when it leaves the state.
    ///
    /// - Key → value: QueueKey (moment, grant) → nothing.
    /// - Written by: `GrantsBegin::begin`, the acts that end a grant, and `on_finalize`.
    /// - Bound: one per grant in the state.
    /// - Invariants: G5 in `try_state`.
    // Identity: keys are made of moments and ids that the ledger gave, and have to be in due order.
    #[pallet::storage]
    pub type Queue<T: Config> = StorageMap<_, Identity, QueueKey, ()>;

    /// Last id given to a grant.
    #[pallet::storage]
    pub type LastGrant<T: Config> = StorageValue<_, GrantId, ValueQuery>;

    /// Changes of entries of which holders of grants are still to be told.
    ///
    /// - Key → value: NoticeKey → Notice, at most 42 bytes.
    /// - Written by: `Holders::changed`; removed in `on_finalize` when everybody was told.
    /// - Bound: one per act on an entry, version with live grants and kind of change, until everybody was told.
    /// - Invariants: G7 in `try_state`.
    // Identity: numbers given one by one, in their order.
    #[pallet::storage]
    pub type Notices<T: Config> = StorageMap<_, Identity, NoticeKey, Notice>;

    /// Number of the last notice.
    #[pallet::storage]
    pub type LastNotice<T: Config> = StorageValue<_, u64, ValueQuery>;

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
        /// A term was set within which a grant has to be mended.
        RectificationOrdered {
            /// Who signed.
            signer: AccountId32,
            /// The act.
            act: RectificationOrdered,
        },
        /// The consumer reported that it is mended.
        RectificationReported {
            /// Who signed.
            signer: AccountId32,
            /// The act.
            act: RectificationReported,
        },
        /// The report was rejected: the term runs on.
        RectificationRejected {
            /// Who signed.
            signer: AccountId32,
            /// The act, with its reason.
            act: GrantAct,
        },
        /// A grant was terminated because it was not mended within the term.
        GrantTerminated {
            /// Who signed.
            signer: AccountId32,
            /// The act, with its reason.
            act: GrantAct,
        },
        /// The consumer needs a grant no longer.
        GrantCompleted {
            /// Who signed.
            signer: AccountId32,
            /// The act.
            act: GrantCompleted,
        },
        /// The provider ended a service, and filed that with its authority.
        ServiceEnded {
            /// Who signed.
            signer: AccountId32,
            /// The act.
            act: ServiceEnded,
        },
        /// The consumer recorded what became of the data.
        DisposalRecorded {
            /// Who signed.
            signer: AccountId32,
            /// The record, which the provider countersigns.
            record: RecordNumber,
            /// The act.
            act: DisposalRecorded,
        },
        /// The provider countersigned the disposal.
        DisposalCountersigned {
            /// Who signed.
            signer: AccountId32,
            /// The act.
            act: DisposalCountersigned,
        },
        /// The holder of a grant was told what changed in its entry.
        HolderNotified {
            /// What it was told.
            notified: HolderNotified,
        },
        /// The consumer recorded its use of the data.
        UseRecorded {
            /// Who signed.
            signer: AccountId32,
            /// The act.
            act: UseRecorded,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// The signer holds none of the roles that may do this: the provider's officer and the authority's supervisor stop and lift
        /// (art. 27), the consumer's officer mends, completes and disposes; docs/roles.md has the table.
        NotPermitted,
        /// Provider or consumer is suspended or retired; its grants can be suspended, nothing else.
        DepartmentNotActive,
        /// This act says why, or what was done (art. 27): a reason, statement or description is missing.
        ReasonMissing,
        /// A grant begins under the next free number and no other.
        OtherNumber,
        /// There is no such grant; one that has been over for long enough is found among the records alone.
        UnknownGrant,
        /// The grant is over: its period, by an act, or because its entry was withdrawn; only its disposal can still be recorded (art. 27).
        GrantOver,
        /// The grant is provisioned already (art. 22), or suspended.
        NotAwaitingProvision,
        /// The grant is suspended already (art. 27); set a term to mend it, or resume it.
        AlreadySuspended,
        /// The grant is not suspended: nothing is to be lifted, and a term is set for what was stopped first (art. 27).
        NotSuspended,
        /// The competent authority stopped the grant; its supervisor decides on that (art. 27).
        SuspendedByAuthority,
        /// A term to mend a grant has at least one working day, and no more than governance allows (art. 27).
        TermInvalid,
        /// No term to mend the grant was set; see `Call::order_rectification` (art. 27).
        NotRectifying,
        /// The consumer reported already that it is mended; whoever set the term accepts or rejects that first (art. 27).
        AlreadyReported,
        /// There is no report in time that waits for an answer (art. 27).
        NotReported,
        /// The term to mend the grant has not lapsed, or a report in time waits for an answer: nobody terminates it yet (art. 27).
        TermRunning,
        /// The grant is suspended: it is resumed, or terminated when it was not mended within a term, before it can end otherwise (art. 27).
        Stopped,
        /// Whoever ends a service consults the consumer first, and names the papers on that (art. 27).
        ConsultationMissing,
        /// The provider has no competent authority with which the end could be filed; governance names one (art. 27).
        AuthorityMissing,
        /// The grant is not over; what was shared under it is disposed of afterwards (art. 27).
        NotOver,
        /// This is not the last record on the disposal (art. 27); read it again and sign what it says.
        OtherDisposal,
        /// The provider countersigned the disposal already (art. 27).
        AlreadyDisposed,
        /// A record on the use is of today or of an earlier day (art. 29).
        DayInFuture,
        /// A record on the use (art. 29) is of no day before the agreement: until then there was nothing to use.
        DayBeforeGrant,
        /// The grant changed its state too often; make a new request.
        TransitionsFull,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_initialize(_now: BlockNumberFor<T>) -> Weight {
            // What on_finalize may take: it knows the block's time, and this hook does not.
            weights::QUEUED.saturating_mul(2 * u64::from(T::BlockWork::get()))
        }

        fn on_finalize(_now: BlockNumberFor<T>) {
            Self::work_off(T::BlockWork::get());
            Self::tell(T::BlockWork::get());
        }

        fn integrity_test() {
            assert!(T::BlockWork::get() > 0, "a block that does no work leaves every grant in the state");
        }
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

        /// Suspends a grant at once (art. 27). There is always room for it. A supervisor also takes over what the provider suspended.
        ///
        /// ## Dispatch origin
        /// An `officer` of the provider or a `supervisor` of the provider's competent authority.
        /// ## Errors
        /// - `Error::ReasonMissing`, `Error::UnknownGrant`, `Error::GrantOver`, `Error::AlreadySuspended`, `Error::NotPermitted`.
        /// ## Events and records
        /// `Event::GrantSuspended`; record `GrantSuspended`. The clock of provisioning stands still while the authority holds the grant.
        /// ## Complexity
        /// O(transitions).
        #[pallet::call_index(1)]
        #[pallet::weight(weights::ACT)]
        pub fn suspend(origin: OriginFor<T>, grant: GrantId, reason: Text<512>) -> DispatchResult {
            Self::do_suspend(&ensure_signed(origin)?, grant, reason)
        }

        /// Ends a suspension, also one that is being mended: the grant is again what it was before.
        ///
        /// ## Dispatch origin
        /// An `officer` of the provider or a `supervisor` of the provider's competent authority; what a supervisor stopped only a supervisor.
        /// ## Errors
        /// - `Error::ReasonMissing`, `Error::UnknownGrant`, `Error::GrantOver`, `Error::NotSuspended`, `Error::NotPermitted`,
        ///   `Error::SuspendedByAuthority`, `Error::TransitionsFull`, `Error::DepartmentNotActive`.
        /// ## Events and records
        /// `Event::GrantResumed`; record `GrantResumed`. The clock of the term stops, if one runs.
        /// ## Complexity
        /// O(transitions).
        #[pallet::call_index(2)]
        #[pallet::weight(weights::ACT)]
        pub fn resume(origin: OriginFor<T>, grant: GrantId, reason: Text<512>) -> DispatchResult {
            Self::do_resume(&ensure_signed(origin)?, grant, reason)
        }

        /// Sets a term within which the consumer has to mend what a grant was suspended for (art. 27).
        ///
        /// ## Dispatch origin
        /// As for [`Call::resume`]. A supervisor who sets the term decides on it from then on.
        /// ## Errors
        /// - `Error::ReasonMissing`, `Error::UnknownGrant`, `Error::GrantOver`, `Error::NotSuspended`, `Error::TermInvalid`, `Error::NotPermitted`,
        ///   `Error::SuspendedByAuthority`.
        /// ## Events and records
        /// `Event::RectificationOrdered`; record `RectificationOrdered`. The clock of the term starts.
        /// ## Complexity
        /// O(transitions).
        #[pallet::call_index(3)]
        #[pallet::weight(weights::ACT)]
        pub fn order_rectification(
            origin: OriginFor<T>,
            grant: GrantId,
            working_days: u16,
            what: Text<512>,
        ) -> DispatchResult {
            Self::do_order_rectification(&ensure_signed(origin)?, grant, working_days, what)
        }

        /// Says that what was complained of is mended. In time, the clock of the term stands still until that is accepted
        /// (`Call::resume`) or rejected.
        ///
        /// ## Dispatch origin
        /// An `officer` of the consumer.
        /// ## Errors
        /// - `Error::ReasonMissing`, `Error::UnknownGrant`, `Error::GrantOver`, `Error::NotRectifying`, `Error::AlreadyReported`.
        /// ## Events and records
        /// `Event::RectificationReported`; record `RectificationReported`.
        /// ## Complexity
        /// O(transitions).
        #[pallet::call_index(4)]
        #[pallet::weight(weights::ACT)]
        pub fn report_rectified(
            origin: OriginFor<T>,
            grant: GrantId,
            statement: Text<512>,
            papers: Option<Papers>,
        ) -> DispatchResult {
            Self::do_report_rectified(&ensure_signed(origin)?, grant, statement, papers)
        }

        /// Terminates a grant that was not mended within the term (art. 27).
        ///
        /// ## Dispatch origin
        /// As for [`Call::resume`].
        /// ## Errors
        /// - `Error::ReasonMissing`, `Error::UnknownGrant`, `Error::GrantOver`, `Error::NotRectifying`, `Error::TermRunning`, `Error::NotPermitted`,
        ///   `Error::SuspendedByAuthority`.
        /// ## Events and records
        /// `Event::GrantTerminated`; record `GrantTerminated`. Its clocks stop.
        /// ## Complexity
        /// O(transitions).
        #[pallet::call_index(5)]
        #[pallet::weight(weights::ACT)]
        pub fn terminate(origin: OriginFor<T>, grant: GrantId, reason: Text<512>) -> DispatchResult {
            Self::do_terminate(&ensure_signed(origin)?, grant, reason)
        }

        /// Ends a grant that the consumer needs no longer.
        ///
        /// ## Dispatch origin
        /// An `officer` of the consumer.
        /// ## Errors
        /// - `Error::ReasonMissing`, `Error::UnknownGrant`, `Error::GrantOver`, `Error::Stopped`.
        /// ## Events and records
        /// `Event::GrantCompleted`; record `GrantCompleted`. Its clocks stop.
        /// ## Complexity
        /// O(transitions).
        #[pallet::call_index(6)]
        #[pallet::weight(weights::ACT)]
        pub fn complete(origin: OriginFor<T>, grant: GrantId, outcome: Text<256>) -> DispatchResult {
            Self::do_complete(&ensure_signed(origin)?, grant, outcome)
        }

        /// Ends a service without misuse, after the consumer was consulted; the record is the filing with the authority (art. 27).
        ///
        /// ## Dispatch origin
        /// An `officer` of the provider.
        /// ## Errors
        /// - `Error::ReasonMissing`, `Error::ConsultationMissing`, `Error::AuthorityMissing`, `Error::UnknownGrant`, `Error::GrantOver`,
        ///   `Error::Stopped`.
        /// ## Events and records
        /// `Event::ServiceEnded`; record `ServiceEnded`, about the authority too. Its clocks stop.
        /// ## Complexity
        /// O(transitions).
        #[pallet::call_index(7)]
        #[pallet::weight(weights::ACT)]
        pub fn end_service(
            origin: OriginFor<T>,
            grant: GrantId,
            reason: Text<512>,
            consultation: Papers,
        ) -> DispatchResult {
            Self::do_end_service(&ensure_signed(origin)?, grant, reason, consultation)
        }

        /// Says what became of the data after the end (art. 27). A later record takes the place of an earlier one.
        ///
        /// ## Dispatch origin
        /// An `officer` of the consumer.
        /// ## Errors
        /// - `Error::ReasonMissing`, `Error::UnknownGrant`, `Error::NotOver`, `Error::AlreadyDisposed`.
        /// ## Events and records
        /// `Event::DisposalRecorded`; record `DisposalRecorded`.
        /// ## Complexity
        /// O(transitions).
        #[pallet::call_index(8)]
        #[pallet::weight(weights::ACT)]
        pub fn record_disposal(
            origin: OriginFor<T>,
            grant: GrantId,
            how: Text<512>,
            papers: Option<Papers>,
        ) -> DispatchResult {
            Self::do_record_disposal(&ensure_signed(origin)?, grant, how, papers)
        }

        /// Agrees to the last record on the disposal (art. 27).
        ///
        /// ## Dispatch origin
        /// An `officer` of the provider.
        /// ## Errors
        /// - `Error::UnknownGrant`, `Error::NotOver`, `Error::AlreadyDisposed`, `Error::OtherDisposal`.
        /// ## Events and records
        /// `Event::DisposalCountersigned`; record `DisposalCountersigned`.
        /// ## Complexity
        /// O(transitions).
        #[pallet::call_index(9)]
        #[pallet::weight(weights::ACT)]
        pub fn countersign_disposal(origin: OriginFor<T>, grant: GrantId, record: RecordNumber) -> DispatchResult {
            Self::do_countersign_disposal(&ensure_signed(origin)?, grant, record)
        }

        /// Records that the consumer keeps a record on its use of the data (art. 29). The record itself stays in its files.
        ///
        /// ## Dispatch origin
        /// An `officer` or `applicant` of the consumer.
        /// ## Errors
        /// - `Error::NotPermitted`, `Error::UnknownGrant`, `Error::DayInFuture`, `Error::DayBeforeGrant`.
        /// ## Events and records
        /// `Event::UseRecorded`; record `UseRecorded`.
        /// ## Complexity
        /// O(1).
        #[pallet::call_index(10)]
        #[pallet::weight(weights::ACT)]
        pub fn record_use(origin: OriginFor<T>, grant: GrantId, used: UseRecord) -> DispatchResult {
            Self::do_record_use(&ensure_signed(origin)?, grant, used)
        }

        /// Says that what was reported as mended is not: the term runs on (art. 27).
        ///
        /// ## Dispatch origin
        /// As for [`Call::resume`].
        /// ## Errors
        /// - `Error::ReasonMissing`, `Error::UnknownGrant`, `Error::GrantOver`, `Error::NotRectifying`, `Error::NotReported`, `Error::NotPermitted`,
        ///   `Error::SuspendedByAuthority`.
        /// ## Events and records
        /// `Event::RectificationRejected`; record `RectificationRejected`. The clock of the term runs again.
        /// ## Complexity
        /// O(transitions).
        #[pallet::call_index(11)]
        #[pallet::weight(weights::ACT)]
        pub fn reject_rectification(origin: OriginFor<T>, grant: GrantId, reason: Text<512>) -> DispatchResult {
            Self::do_reject_rectification(&ensure_signed(origin)?, grant, reason)
        }
    }
}
