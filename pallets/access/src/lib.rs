//! Streams and event batches (SPEC §5): what platforms report, checked, judged, numbered and recorded.
//!
//! A batch is refused only for what is wrong with the batch: a number that repeats or skips, a signature, a root, a time, an id that the ledger
//! never gave. What is wrong with an *event* is a finding, and the event is kept: findings, never losses.
//!
//! - An event that names a grant is numbered in that grant's series whoever reports it, because its signed leaf says so; if the grant does not
//!   name the platform, it carries `WRONG_PLATFORM` and counts against no quota.
//! - Without a grant the event carries `NO_GRANT`. Until mounts are recorded, the platforms of the provider's own department are those that an
//!   entry names; another's event on it carries `REPORTER_NOT_NAMED` too.
//! - The grant's state, the entry's status, what stopped of its version, and the status of both departments are those of the event's time.
//! - Quotas count calls and rows of the serving side (provider or data manager) that were not denied, per grant and local day. The event
//!   that crosses a limit and those after it carry `OVER_QUOTA`. The day is that of the calendar when the batch is accepted; another local
//!   offset moves no event that has happened to another day.
//! - Bodies stay in their extrinsics. The state holds a cursor per open stream, a number per series, and the counts of the last
//!   [`USAGE_DAYS`] days.

mod functions;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
mod try_state;
mod types;
pub mod weights;

pub use functions::StateTerms;
pub use pallet::*;
pub use types::{Stream, USAGE_DAYS, Usage};

/// The pallet.
#[frame_support::pallet]
pub mod pallet {
    use crate::{
        types::{Stream, USAGE_DAYS, Usage},
        weights,
    };
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use mulu_pallet_support::{Catalog, Clock, Clocks, Grants, People, PurposeList, Records};
    use mulu_primitives::batch::BODY_BYTES_MAX;
    use mulu_proofs::{
        access::{BatchHeader, Series},
        ids::{Digest32, EventNumber, GrantId, RecordNumber, SeriesNumber, StreamId, SystemId},
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
        /// The governed list of purposes.
        type Purposes: PurposeList;
        /// Chain id and genesis hash in one digest, which every platform's signature is bound to.
        type ChainDomain: Get<Digest32>;
        /// What local day it is: quotas count by it.
        type Clocks: Clocks;
        /// An event reported later than this after it happened carries the finding `LATE`, in milliseconds.
        #[pallet::constant]
        type LatenessMs: Get<u64>;
        /// How far an event's time may run ahead of block time, in milliseconds.
        #[pallet::constant]
        type TimeAheadMs: Get<u64>;
        /// Most open streams of one platform.
        #[pallet::constant]
        type MaxStreams: Get<u32>;
    }

    /// Every open stream and its cursor.
    ///
    /// - Key → value: StreamId → Stream, 89 bytes.
    /// - Written by: `Call::open_stream`, `Call::submit_batch`; removed by `Call::close_stream`.
    /// - Bound: `MaxStreams` per platform.
    /// - Invariants: A1, A2, A3 in `try_state`.
    #[pallet::storage]
    pub type Streams<T: Config> = StorageMap<_, Twox64Concat, StreamId, Stream>;

    /// Open streams of a platform; none is no entry.
    ///
    /// - Key → value: SystemId → u32, 4 bytes.
    /// - Written by: with [`Streams`].
    /// - Invariants: A2 in `try_state`.
    #[pallet::storage]
    pub type OpenStreams<T: Config> = StorageMap<_, Twox64Concat, SystemId, u32, ValueQuery>;

    /// Last id given to a stream.
    #[pallet::storage]
    pub type LastStream<T: Config> = StorageValue<_, StreamId, ValueQuery>;

    /// Number of the last event of every series.
    ///
    /// - Key → value: Series → SeriesNumber, 8 bytes.
    /// - Written by: `Call::submit_batch`; never removed.
    /// - Bound: grants; pairs of entry and consumer; platforms.
    /// - Invariants: A4 in `try_state`.
    // Twox64Concat: every id in a key is one that the ledger gave.
    #[pallet::storage]
    pub type LastInSeries<T: Config> = StorageMap<_, Twox64Concat, Series, SeriesNumber, ValueQuery>;

    /// What was used of a grant on a local day.
    ///
    /// - Key → value: (day since 1970-01-01, GrantId) → Usage, 16 bytes.
    /// - Written by: `Call::submit_batch`, once per grant and day of a batch; removed in `on_initialize` after [`USAGE_DAYS`].
    /// - Bound: grants in use × [`USAGE_DAYS`].
    /// - Invariants: A5 in `try_state`.
    #[pallet::storage]
    pub type Used<T: Config> = StorageDoubleMap<_, Twox64Concat, u32, Twox64Concat, GrantId, Usage, ValueQuery>;

    /// First day of which [`Used`] may still hold counts; none before the first count.
    #[pallet::storage]
    pub type UsedFrom<T: Config> = StorageValue<_, u32>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A stream was opened.
        StreamOpened {
            /// The stream.
            stream: StreamId,
            /// Its platform.
            platform: SystemId,
            /// The key that signs its batches.
            key: AccountId32,
        },
        /// A batch was accepted.
        BatchAccepted {
            /// Its record.
            record: RecordNumber,
            /// The stream.
            stream: StreamId,
            /// The stream's platform.
            platform: SystemId,
            /// Number of its first event in the stream.
            first: EventNumber,
            /// Number of events.
            count: u32,
            /// How many of them have findings.
            with_findings: u32,
        },
        /// A stream was closed.
        StreamClosed {
            /// The stream.
            stream: StreamId,
            /// Its last event; 0 if it had none.
            last: EventNumber,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// There is no such system; an admin registers it with the departments' `register_system`.
        UnknownPlatform,
        /// The system is no platform; streams are opened for systems of that kind.
        NotAPlatform,
        /// The platform has as many open streams as it may; close one with `Call::close_stream`.
        TooManyStreams,
        /// There is no such open stream; open one with `Call::open_stream`.
        UnknownStream,
        /// The extrinsic was not signed by the stream's key, which alone may submit to it.
        OtherKey,
        /// The batch is meant for another chain; compare the genesis hash.
        OtherChain,
        /// The codec or leaf version is not the one that this chain reads; update the bridge.
        UnknownForm,
        /// The batch repeats events that the stream has; read the stream's cursor and go on behind it.
        Repeats,
        /// The batch skips events; send those before it first, as the stream's cursor says.
        Skips,
        /// The header names another batch before it than the stream's last; resend what was sealed, byte for byte.
        OtherPrevious,
        /// A batch has 1 to 1,000 events.
        CountInvalid,
        /// The body has another length or digest than the signed header says.
        OtherBody,
        /// The signature over the header does not verify under the stream's key, for this chain.
        BadSignature,
        /// The body names a version of a grant that the ledger does not have; report such events under the entry.
        UnknownGrant,
        /// The body names a version of an entry that was never published; report such events under the platform.
        UnknownEntry,
        /// The body is not in the one canonical form.
        BodyMalformed,
        /// The body holds another number of events than the header says.
        OtherCount,
        /// The public leaves have another root than the signed header says.
        OtherRoot,
        /// The smallest time of the batch is not the one that the header says.
        OtherTimeBase,
        /// The smallest time of the batch lies before that of the batch before it; report late events in a stream of their own.
        TimeBackwards,
        /// A time of the batch runs ahead of block time; correct the platform's clock.
        TimeAhead,
        /// An event names another reporter than the stream's platform.
        OtherReporter,
        /// An event names a consumer, system or purpose that is not registered.
        UnknownId,
        /// An event names an item that the entry's version does not have.
        UnknownItem,
        /// Only the stream's key, in its role, or an admin of its department closes a stream.
        NotPermitted,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_initialize(_now: BlockNumberFor<T>) -> Weight {
            Self::forget_usage()
        }

        fn integrity_test() {
            let kept_ms = u64::from(USAGE_DAYS - 1) * 86_400_000;
            assert!(T::LatenessMs::get() < kept_ms, "a day's counts are kept until its events are late");
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Opens a stream of a platform. The signer's key becomes the stream's key: it signs the headers and submits the batches.
        ///
        /// ## Dispatch origin
        /// An account with the `platform` role of the platform's department.
        /// ## Errors
        /// - `Error::UnknownPlatform`, `Error::NotAPlatform`: the system is not registered as a platform.
        /// - `Error::TooManyStreams`: close one first.
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
        /// - `Error::UnknownStream`, `Error::OtherKey`, the departments' errors: who submits, and to what.
        /// - `Error::OtherChain`, `Error::UnknownForm`, `Error::Repeats`, `Error::Skips`, `Error::OtherPrevious`,
        ///   `Error::CountInvalid`, `Error::OtherBody`, `Error::BadSignature`: the header.
        /// - `Error::UnknownGrant`, `Error::UnknownEntry`, `Error::BodyMalformed`, `Error::OtherCount`, `Error::OtherRoot`: the body.
        /// - `Error::OtherTimeBase`, `Error::TimeBackwards`, `Error::TimeAhead`: the times.
        /// - `Error::OtherReporter`, `Error::UnknownId`, `Error::UnknownItem`: the events.
        /// ## Events and records
        /// `Event::BatchAccepted`; record `BatchAccepted` with series numbers and findings.
        /// ## Complexity
        /// O(events): a few reads for each run and each id, one write for each series and each (grant, day).
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
    }
}
