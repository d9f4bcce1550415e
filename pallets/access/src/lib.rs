//! Streams and event batches (SPEC §5): what platforms report, checked, judged, numbered and recorded.
//!
//! A batch is refused only for what is wrong with the batch: a number that repeats or skips, a signature, a root, a time, an id that the ledger
//! never gave. What is wrong with an *event* is a finding, and the event is kept: findings, never losses.
//!
//! - An event that names a grant is numbered in that grant's series whoever reports it, because its signed leaf says so; if the grant does not
//!   name the platform, it carries `WRONG_PLATFORM` and counts against no quota.
//! - Without a grant the event carries `NO_GRANT`. The platforms of the provider's department and those that a mount of the entry names now may report
//!   on it; another's event carries `REPORTER_NOT_NAMED` too.
//! - The grant's state, the entry's status, what stopped of its version, and the status of both departments are those of the event's time.
//! - Quotas count calls and rows that were not denied, of whoever serves: the provider, whatever side its events name, and data managers, never
//!   the consumer; per grant and local day. The event that crosses a limit and those after it carry `OVER_QUOTA`. The day is that of the calendar when the batch is accepted; another local
//!   offset moves no event that has happened to another day.
//! - An event is `LATE` when its local day is no longer waited for: governance says how many days are.
//! - Streams that reconcile add up, per grant, local day and side, how many events there were and the multiset hash of their call ids. When a day is
//!   no longer waited for, what the parties who ever reported add up to is compared, the calls that decision points allowed included; what
//!   differs is a record, and either side may name the calls that make the difference.
//! - A key that is reported compromised signs nothing more: its streams are halted, to be reopened under another key, and its decision point is
//!   closed. A stream whose key was replaced, or lost its role, is reopened likewise without a report. What the department says is not its own, and what the authority finds of that, are records; events and counts stay.
//! - Bodies stay in their extrinsics. The state holds a cursor per open stream, a number per series, the counts of the last [`USAGE_DAYS`] days, and
//!   tallies of days that wait to be compared or named.

mod constants;
mod errors;
mod events;
mod functions;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
mod try_state;
mod types;
pub mod weights;

use frame_support::pallet_macros::import_section;
pub use functions::StateTerms;
pub use pallet::*;
pub use types::{Answers, Compromise, DecisionPoint, RECONCILE_DAYS, Repudiation, SeriesEnd, Span, Stream, USAGE_DAYS};

/// The pallet.
#[import_section(constants::constants)]
#[import_section(errors::errors)]
#[import_section(events::events)]
#[frame_support::pallet]
pub mod pallet {
    use crate::{
        functions,
        types::{Answers, Compromise, DecisionPoint, RECONCILE_DAYS, Repudiation, SeriesEnd, Span, Stream, USAGE_DAYS},
        weights,
    };
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use mulu_pallet_support::{Catalog, Clock, Clocks, Grants, Mounts, People, PurposeList, Records};
    use mulu_primitives::batch::BODY_BYTES_MAX;
    use mulu_proofs::{
        access::{
            BatchHeader, DECISION_COUNTS_MAX, DecisionCount, EVENTS_MAX, NAMED_MAX, Parties, STREAMS_OF_KEY_MAX,
            Series, Tally, rules::Usage,
        },
        calendar::{Day, LATENESS_DAYS_MAX},
        catalog::List,
        ids::{DepartmentId, Digest32, EventNumber, GrantId, Moment, PublicKey, RecordNumber, StreamId, SystemId},
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
        /// Departments, roles and systems.
        type People: People;
        /// Catalog entries.
        type Catalog: Catalog;
        /// Grants.
        type Grants: Grants;
        /// Where entries' resources are.
        type Mounts: Mounts;
        /// The governed list of purposes.
        type Purposes: PurposeList;
        /// Chain id and genesis hash in one digest, which every platform's signature is bound to.
        type ChainDomain: Get<Digest32>;
        /// What local day it is, by which quotas count and days are compared, and when an event is late.
        type Clocks: Clocks;
        /// How far an event's time may run ahead of block time, in milliseconds.
        #[pallet::constant]
        type TimeAheadMs: Get<u64>;
        /// Most open or halted streams of one platform, and most open streams of one key.
        #[pallet::constant]
        type MaxStreams: Get<u32>;
        /// Most repudiations of one department that wait for its authority, and most parts in which a key's events of a stream are repudiated.
        #[pallet::constant]
        type MaxRepudiations: Get<u32>;
    }

    /// Every open stream and its cursor.
    ///
    /// - Key → value: StreamId → Stream, 89 bytes.
    /// - Written by: `Call::open_stream`, `Call::submit_batch`, `Call::reopen_stream`; removed by `Call::close_stream`, `Call::report_compromise`.
    /// - Bound: `MaxStreams` per platform.
    /// - Invariants: A1, A2, A3 in `try_state`.
    #[pallet::storage]
    pub type Streams<T: Config> = StorageMap<_, Twox64Concat, StreamId, Stream>;

    /// Every halted stream: its key was reported compromised, and its cursor waits for another.
    ///
    /// - Key → value: StreamId → Stream, 89 bytes.
    /// - Written by: `Call::report_compromise`; removed by `Call::reopen_stream`, `Call::close_stream`.
    /// - Bound: with [`Streams`], `MaxStreams` per platform.
    /// - Invariants: A1, A2, A7 in `try_state`.
    #[pallet::storage]
    pub type Halted<T: Config> = StorageMap<_, Twox64Concat, StreamId, Stream>;

    /// Open and halted streams of a platform; none is no entry.
    ///
    /// - Key → value: SystemId → u32, 4 bytes.
    /// - Written by: with [`Streams`] and [`Halted`].
    /// - Invariants: A2 in `try_state`.
    #[pallet::storage]
    pub type OpenStreams<T: Config> = StorageMap<_, Twox64Concat, SystemId, u32, ValueQuery>;

    /// The open streams of a key, with the first event that it signs in each.
    ///
    /// - Key → value: (PublicKey, StreamId) → EventNumber, 8 bytes.
    /// - Written by: with [`Streams`].
    /// - Bound: `MaxStreams` per key.
    /// - Invariants: A6 in `try_state`.
    // Blake2_128Concat: keys are chosen by people.
    #[pallet::storage]
    pub type KeyStreams<T: Config> =
        StorageDoubleMap<_, Blake2_128Concat, PublicKey, Twox64Concat, StreamId, EventNumber>;

    /// Which events of a stream a key has signed that signs it no more: what may be repudiated if the key turns out to have been stolen. A stream that
    /// was taken over from a key that signed nothing leaves an empty span: the key does not get it back.
    ///
    /// - Key → value: (StreamId, PublicKey) → Span, 16 bytes.
    /// - Written by: `Call::close_stream`, `Call::report_compromise`, `Call::reopen_stream`; never removed.
    /// - Bound: streams that were closed, halted or taken over.
    /// - Invariants: A8 in `try_state`.
    // Blake2_128Concat: keys are chosen by people.
    #[pallet::storage]
    pub type Spans<T: Config> = StorageDoubleMap<_, Twox64Concat, StreamId, Blake2_128Concat, PublicKey, Span>;

    /// Keys that were reported compromised, for good.
    ///
    /// - Key → value: PublicKey → Compromise, 32 bytes.
    /// - Written by: `Call::report_compromise`; never removed.
    /// - Bound: keys of departments.
    /// - Invariants: A7 in `try_state`.
    #[pallet::storage]
    pub type Compromised<T: Config> = StorageMap<_, Blake2_128Concat, PublicKey, Compromise>;

    /// The key of every report.
    ///
    /// - Key → value: RecordNumber → PublicKey, 32 bytes.
    /// - Written by: with [`Compromised`].
    /// - Invariants: A7 in `try_state`.
    #[pallet::storage]
    pub type Compromises<T: Config> = StorageMap<_, Twox64Concat, RecordNumber, PublicKey>;

    /// Repudiations that wait for the authority, by their record.
    ///
    /// - Key → value: RecordNumber → Repudiation, 92 bytes.
    /// - Written by: `Call::repudiate`; removed by `Call::decide_repudiation`.
    /// - Bound: `MaxRepudiations` per department.
    /// - Invariants: A9 in `try_state`.
    #[pallet::storage]
    pub type Repudiations<T: Config> = StorageMap<_, Twox64Concat, RecordNumber, Repudiation>;

    /// The events of a key in a stream that are repudiated, where that waits or was upheld: they are not repudiated again.
    ///
    /// - Key → value: (StreamId, PublicKey) → List<Span>, 16 bytes each.
    /// - Written by: `Call::repudiate`; a part is removed by `Call::decide_repudiation` that rejects it.
    /// - Bound: `MaxRepudiations` parts of a key and stream.
    /// - Invariants: A14 in `try_state`.
    // Blake2_128Concat: keys are chosen by people.
    #[pallet::storage]
    pub type Repudiated<T: Config> = StorageDoubleMap<
        _,
        Twox64Concat,
        StreamId,
        Blake2_128Concat,
        PublicKey,
        BoundedVec<Span, T::MaxRepudiations>,
        ValueQuery,
    >;

    /// How many repudiations of a department wait; none is no entry.
    ///
    /// - Key → value: DepartmentId → u32, 4 bytes.
    /// - Written by: with [`Repudiations`].
    /// - Invariants: A9 in `try_state`.
    #[pallet::storage]
    pub type OpenRepudiations<T: Config> = StorageMap<_, Twox64Concat, DepartmentId, u32, ValueQuery>;

    /// Last id given to a stream.
    #[pallet::storage]
    pub type LastStream<T: Config> = StorageValue<_, StreamId, ValueQuery>;

    /// How far every series has come, and what was used of a grant on the last day that was counted.
    ///
    /// - Key → value: Series → SeriesEnd, 28 bytes: few enough that the trie writes them into their node.
    /// - Written by: `Call::submit_batch`; never removed.
    /// - Bound: grants; pairs of entry and consumer; platforms.
    /// - Invariants: A4 in `try_state`.
    // Twox64Concat: every id in a key is one that the ledger gave.
    #[pallet::storage]
    pub type LastInSeries<T: Config> = StorageMap<_, Twox64Concat, Series, SeriesEnd, ValueQuery>;

    /// What was used of a grant on a local day before the last one that was counted, which stands in [`LastInSeries`].
    ///
    /// - Key → value: (day since 1970-01-01, GrantId) → Usage, 16 bytes.
    /// - Written by: `Call::submit_batch`, when a later day begins or an event of an earlier one comes; removed in `on_initialize` after
    ///   [`USAGE_DAYS`].
    /// - Bound: grants in use × [`USAGE_DAYS`].
    /// - Invariants: A5 in `try_state`.
    #[pallet::storage]
    pub type Used<T: Config> = StorageDoubleMap<_, Twox64Concat, u32, Twox64Concat, GrantId, Usage, ValueQuery>;

    /// First day of which [`Used`] may still hold counts; none before the first count.
    #[pallet::storage]
    pub type UsedFrom<T: Config> = StorageValue<_, u32>;

    /// What was reported of a grant on a local day that waits to be compared.
    ///
    /// - Key → value: (Day, GrantId) → Tally, 288 bytes.
    /// - Written by: `Call::submit_batch` into streams that reconcile, `Call::count_decisions`; removed when the day is compared.
    /// - Bound: grants in use × (days that are waited for + 1).
    /// - Invariants: A10, A11 in `try_state`.
    #[pallet::storage]
    pub type Tallies<T: Config> = StorageDoubleMap<_, Twox64Concat, Day, Twox64Concat, GrantId, Tally, ValueQuery>;

    /// Tallies that were found to differ and wait for somebody to name the calls.
    ///
    /// - Key → value: (Day, GrantId) → Tally, 288 bytes.
    /// - Written by: `on_finalize`; removed by `Call::name_differences`, or [`RECONCILE_DAYS`] after the day was compared.
    /// - Bound: grants in use × [`RECONCILE_DAYS`].
    /// - Invariants: A12 in `try_state`.
    #[pallet::storage]
    pub type Differing<T: Config> = StorageDoubleMap<_, Twox64Concat, Day, Twox64Concat, GrantId, Tally>;

    /// First day of which [`Differing`] may hold tallies; none before the first.
    #[pallet::storage]
    pub type DifferingFrom<T: Config> = StorageValue<_, Day>;

    /// First day that is not compared yet; none before the first tally.
    #[pallet::storage]
    pub type ComparedTo<T: Config> = StorageValue<_, Day>;

    /// Since when each party reports under a grant.
    ///
    /// - Key → value: GrantId → Parties, at most 15 bytes.
    /// - Written by: with [`Tallies`]; never removed.
    /// - Bound: grants.
    /// - Invariants: A10 in `try_state`.
    #[pallet::storage]
    pub type Reporting<T: Config> = StorageMap<_, Twox64Concat, GrantId, Parties, ValueQuery>;

    /// The decision points that are open.
    ///
    /// - Key → value: SystemId → DecisionPoint, 44 bytes.
    /// - Written by: `Call::open_decisions`; removed by `Call::close_decisions`, `Call::report_compromise`.
    /// - Bound: platforms.
    /// - Invariants: A13 in `try_state`.
    #[pallet::storage]
    pub type DecisionPoints<T: Config> = StorageMap<_, Twox64Concat, SystemId, DecisionPoint>;

    /// The decision point of a key.
    ///
    /// - Key → value: PublicKey → SystemId, 4 bytes.
    /// - Written by: with [`DecisionPoints`].
    /// - Invariants: A13 in `try_state`.
    // Blake2_128Concat: keys are chosen by people.
    #[pallet::storage]
    pub type DecisionKeys<T: Config> = StorageMap<_, Blake2_128Concat, PublicKey, SystemId>;

    /// How many decision points of a department are open; none is no entry.
    ///
    /// - Key → value: DepartmentId → u32, 4 bytes.
    /// - Written by: with [`DecisionPoints`].
    /// - Invariants: A13 in `try_state`.
    #[pallet::storage]
    pub type OpenPoints<T: Config> = StorageMap<_, Twox64Concat, DepartmentId, u32, ValueQuery>;

    /// What a decision point answered of a grant on a day that waits to be compared.
    ///
    /// - Key → value: (Day, GrantId, SystemId) → Answers, 8 bytes.
    /// - Written by: `Call::count_decisions`; removed when the day is compared.
    /// - Bound: grants in use × days that are waited for × decision points of the provider.
    /// - Invariants: A11 in `try_state`.
    #[pallet::storage]
    pub type Answered<T: Config> = StorageNMap<
        _,
        (NMapKey<Twox64Concat, Day>, NMapKey<Twox64Concat, GrantId>, NMapKey<Twox64Concat, SystemId>),
        Answers,
        ValueQuery,
    >;

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_initialize(_now: BlockNumberFor<T>) -> Weight {
            // What on_finalize may take: it knows the block's time, and this hook does not.
            let compared = weights::COMPARED.saturating_mul(functions::COMPARED_MAX.into());
            Self::forget_usage().saturating_add(Self::forget_differences()).saturating_add(compared)
        }

        fn on_finalize(_now: BlockNumberFor<T>) {
            Self::compare_due();
        }

        fn integrity_test() {
            assert!(u32::from(LATENESS_DAYS_MAX) < USAGE_DAYS - 1, "a day's counts are kept until its events are late");
            assert!(T::MaxStreams::get() <= STREAMS_OF_KEY_MAX, "a report of a key names every stream that it halts");
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Opens a stream of a platform. The signer's key becomes the stream's key: it signs the headers and submits the batches. The stream
        /// reconciles if its call ids come from request ids that both sides of a grant share.
        ///
        /// ## Dispatch origin
        /// An account with the `platform` role of the platform's department.
        /// ## Errors
        /// - `Error::UnknownPlatform`, `Error::NotAPlatform`: the system is not registered as a platform.
        /// - `Error::TooManyStreams`: close one first.
        /// - `Error::KeyIsCompromised`: use another account.
        /// - the departments' errors if the signer does not hold the role.
        /// ## Events and records
        /// `Event::StreamOpened`; record `StreamOpened`.
        /// ## Complexity
        /// O(1).
        #[pallet::call_index(0)]
        #[pallet::weight(weights::ACT)]
        pub fn open_stream(origin: OriginFor<T>, platform: SystemId, reconciles: bool) -> DispatchResult {
            Self::do_open_stream(&ensure_signed(origin)?, platform, reconciles)
        }

        /// Submits the next batch of a stream.
        ///
        /// ## Dispatch origin
        /// The stream's key, which still holds the `platform` role of the platform's department.
        /// ## Errors
        /// - `Error::UnknownStream`, `Error::StreamHalted`, `Error::OtherKey`, the departments' errors: who submits, and to what.
        /// - `Error::OtherChain`, `Error::UnknownForm`, `Error::Repeats`, `Error::Skips`, `Error::OtherPrevious`,
        ///   `Error::CountInvalid`, `Error::OtherBody`, `Error::BadSignature`: the header.
        /// - `Error::UnknownGrant`, `Error::UnknownEntry`, `Error::BodyMalformed`, `Error::OtherCount`, `Error::OtherRoot`: the body.
        /// - `Error::OtherTimeBase`, `Error::TimeBackwards`, `Error::TimeAhead`: the times.
        /// - `Error::OtherReporter`, `Error::UnknownId`, `Error::UnknownItem`: the events.
        /// ## Events and records
        /// `Event::BatchAccepted`; record `BatchAccepted` with series numbers and findings.
        /// ## Complexity
        /// O(events): a few reads for each run and each id, one write for each series, two for each (grant, day).
        #[pallet::call_index(1)]
        #[pallet::weight(weights::batch(body.len()))]
        pub fn submit_batch(
            origin: OriginFor<T>,
            header: Box<BatchHeader>,
            signature: [u8; 64],
            body: BoundedVec<u8, ConstU32<BODY_BYTES_MAX>>,
        ) -> DispatchResult {
            Self::do_submit_batch(&ensure_signed(origin)?, &header, signature, &body)
        }

        /// Closes a stream for good.
        ///
        /// ## Dispatch origin
        /// The stream's key with the `platform` role, or, where that key is lost, an `admin` of the platform's department.
        /// ## Errors
        /// - `Error::UnknownStream`: it is closed already, or never was.
        /// - `Error::NotPermitted`: the signer is neither.
        /// ## Events and records
        /// `Event::StreamClosed`; record `StreamClosed`.
        /// ## Complexity
        /// O(1).
        #[pallet::call_index(2)]
        #[pallet::weight(weights::ACT)]
        pub fn close_stream(origin: OriginFor<T>, stream: StreamId) -> DispatchResult {
            Self::do_close_stream(&ensure_signed(origin)?, stream)
        }

        /// Goes on with a stream that was halted because its key was reported compromised, or whose key was replaced or holds the `platform` role no
        /// more. The signer's key becomes the stream's key.
        ///
        /// ## Dispatch origin
        /// An account with the `platform` role of the platform's department, whose key was not reported.
        /// ## Errors
        /// - `Error::UnknownStream`, `Error::NotHalted`: there is nothing to reopen.
        /// - `Error::KeyIsCompromised`, `Error::TooManyStreams`, `Error::KeyHadStream`: use another account.
        /// - the departments' errors if the signer does not hold the role.
        /// ## Events and records
        /// `Event::StreamReopened`; record `StreamReopened`.
        /// ## Complexity
        /// O(`MaxStreams`).
        #[pallet::call_index(3)]
        #[pallet::weight(weights::ACT)]
        pub fn reopen_stream(origin: OriginFor<T>, stream: StreamId) -> DispatchResult {
            Self::do_reopen_stream(&ensure_signed(origin)?, stream)
        }

        /// Reports that others may have signed with a platform's key from `from` to before `to`. The key signs nothing more: its open streams are
        /// halted, its decision point is closed. A later report of the key names a longer time. Give the account no role any more, too; a key that was
        /// replaced is reported in the same way. `to` may lie [`Config::TimeAheadMs`] ahead, to hold the report's own block.
        ///
        /// ## Dispatch origin
        /// An account with the `admin` or `head` role of the platform's department.
        /// ## Errors
        /// - `Error::UnknownPlatform`, `Error::NotAPlatform`, `Error::KeyOfOther`: platform and key are not of one department.
        /// - `Error::PeriodInvalid`, `Error::StatementMissing`, `Error::AlreadyReported`: the report.
        /// - the departments' errors if the signer holds neither role.
        /// ## Events and records
        /// `Event::KeyCompromised`; record `KeyCompromised`.
        /// ## Complexity
        /// O(`MaxStreams`).
        #[pallet::call_index(4)]
        #[pallet::weight(weights::ACT)]
        pub fn report_compromise(
            origin: OriginFor<T>,
            platform: SystemId,
            key: PublicKey,
            from: Moment,
            to: Moment,
            statement: Text<512>,
        ) -> DispatchResult {
            Self::do_report_compromise(&ensure_signed(origin)?, platform, key, (from, to), statement)
        }

        /// Says of events that a compromised key signed that they are not the department's own. They stay, with their numbers and counts; evidence of
        /// them shows it.
        ///
        /// ## Dispatch origin
        /// An account with the `head` role of the department whose key it was.
        /// ## Errors
        /// - `Error::UnknownCompromise`: name the report of the key.
        /// - `Error::NotOfKey`: the key did not sign all those events of the stream.
        /// - `Error::StatementMissing`, `Error::TooManyRepudiations`, `Error::AlreadyRepudiated`.
        /// - the departments' errors if the signer does not hold the role.
        /// ## Events and records
        /// `Event::EventsRepudiated`; record `EventsRepudiated`.
        /// ## Complexity
        /// O(`MaxRepudiations`).
        #[pallet::call_index(5)]
        #[pallet::weight(weights::ACT)]
        pub fn repudiate(
            origin: OriginFor<T>,
            compromise: RecordNumber,
            stream: StreamId,
            first: EventNumber,
            last: EventNumber,
            statement: Text<512>,
        ) -> DispatchResult {
            Self::do_repudiate(&ensure_signed(origin)?, compromise, stream, (first, last), statement)
        }

        /// Decides whether a repudiation stands.
        ///
        /// ## Dispatch origin
        /// An account with the `supervisor` role of the competent authority of the department that repudiates, and not the one who repudiated.
        /// ## Errors
        /// - `Error::NotWaiting`: it was decided already, or never made.
        /// - `Error::NoAuthority`, `Error::SamePerson`, `Error::StatementMissing`.
        /// - the departments' errors if the signer does not hold the role.
        /// ## Events and records
        /// `Event::RepudiationDecided`; record `RepudiationDecided`.
        /// ## Complexity
        /// O(1).
        #[pallet::call_index(6)]
        #[pallet::weight(weights::ACT)]
        pub fn decide_repudiation(
            origin: OriginFor<T>,
            repudiation: RecordNumber,
            upheld: bool,
            finding: Text<512>,
        ) -> DispatchResult {
            Self::do_decide_repudiation(&ensure_signed(origin)?, repudiation, upheld, finding)
        }

        /// Names the calls that make the difference of a day: call ids that only the provider's side reported, and those that only the consumer's
        /// did, each list ascending; an id that one side has twice more stands there twice. They have to add up to the difference exactly.
        ///
        /// ## Dispatch origin
        /// An account with the `officer` or `platform` role of the grant's provider or consumer.
        /// ## Errors
        /// - `Error::NothingDiffers`: there is no difference to name.
        /// - `Error::UnknownGrant`, `Error::NotAParty`: the signer's department is no party of the grant.
        /// - `Error::NotExplained`: these calls are not the difference.
        /// - the departments' errors if the signer holds neither role.
        /// ## Events and records
        /// `Event::DifferencesNamed`; record `DifferencesNamed`.
        /// ## Complexity
        /// O(named calls), at most 2 × [`NAMED_MAX`] hashes.
        #[pallet::call_index(7)]
        #[pallet::weight(weights::ACT)]
        pub fn name_differences(
            origin: OriginFor<T>,
            grant: GrantId,
            day: Day,
            provider_only: List<u64, NAMED_MAX>,
            consumer_only: List<u64, NAMED_MAX>,
        ) -> DispatchResult {
            Self::do_name_differences(&ensure_signed(origin)?, grant, day, provider_only, consumer_only)
        }

        /// Opens the decision point of a platform. The signer's key becomes the decision key: it signs tokens and submits counts.
        ///
        /// ## Dispatch origin
        /// An account with the `platform` role of the platform's department.
        /// ## Errors
        /// - `Error::UnknownPlatform`, `Error::NotAPlatform`: the system is not registered as a platform.
        /// - `Error::DecisionsOpen`, `Error::KeyDecides`, `Error::KeyIsCompromised`.
        /// - the departments' errors if the signer does not hold the role.
        /// ## Events and records
        /// `Event::DecisionsOpened`; record `DecisionsOpened`.
        /// ## Complexity
        /// O(1).
        #[pallet::call_index(8)]
        #[pallet::weight(weights::ACT)]
        pub fn open_decisions(origin: OriginFor<T>, system: SystemId) -> DispatchResult {
            Self::do_open_decisions(&ensure_signed(origin)?, system)
        }

        /// Closes the decision point of a platform.
        ///
        /// ## Dispatch origin
        /// The decision key with the `platform` role, or an `admin` of the platform's department.
        /// ## Errors
        /// - `Error::NoDecisions`: there is none.
        /// - `Error::NotPermitted`: the signer is neither.
        /// ## Events and records
        /// `Event::DecisionsClosed`; record `DecisionsClosed`.
        /// ## Complexity
        /// O(1).
        #[pallet::call_index(9)]
        #[pallet::weight(weights::ACT)]
        pub fn close_decisions(origin: OriginFor<T>, system: SystemId) -> DispatchResult {
            Self::do_close_decisions(&ensure_signed(origin)?, system)
        }

        /// Reports how many calls a decision point allowed and denied on a local day, from its beginning on, grant by grant; a later report of the day
        /// takes the place of an earlier one. Accepted until the day is no longer waited for.
        ///
        /// ## Dispatch origin
        /// The decision key, with the `platform` role.
        /// ## Errors
        /// - `Error::NoDecisions`, `Error::OtherKey`, the departments' errors: who reports.
        /// - `Error::DayAhead`, `Error::DayCompared`: the day.
        /// - `Error::CountsMissing`, `Error::CountsOutOfOrder`, `Error::UnknownGrant`, `Error::NotServing`, `Error::CountsShrink`: the counts.
        /// ## Events and records
        /// `Event::DecisionsCounted`; record `DecisionsCounted`.
        /// ## Complexity
        /// O(counts): a few reads and three writes each.
        #[pallet::call_index(10)]
        #[pallet::weight(weights::counts(counts.len()))]
        pub fn count_decisions(
            origin: OriginFor<T>,
            system: SystemId,
            day: Day,
            counts: List<DecisionCount, DECISION_COUNTS_MAX>,
        ) -> DispatchResult {
            Self::do_count_decisions(&ensure_signed(origin)?, system, day, counts)
        }
    }
}
