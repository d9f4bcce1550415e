//! The calendar and the clocks of the ledger (SPEC §4): what day it is, which days are worked, what is due when.
//!
//! ```text
//! start ─> runs ⇄ paused ─> stop             facts: `due` and `is_overdue`, from the deadline, the calendar and block time
//!            └─ the day ends ─> overdue       records: in due order, so many a block, from the queue
//! ```
//!
//! Other pallets use it through [`mulu_pallet_support::Clocks`]. A record may lag, a fact never does: nobody reads the queue to
//! learn whether something is overdue. When the calendar changes, a cursor walks over the open deadlines, so many a block, and
//! records those whose day has moved; until it is done, records of overdue deadlines wait, so that their order stays that of the
//! days.

mod clocks;
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
pub use types::{OpenDeadline, Place, QueueKey};

/// The pallet.
#[frame_support::pallet]
pub mod pallet {
    use crate::{
        types::{OpenDeadline, QueueKey},
        weights,
    };
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use mulu_pallet_support::{Clock, Overdue, Records};
    use mulu_proofs::{
        calendar::{
            Calendar, DayLength, DeadlineExtended, DeadlineOverdue, DeadlinePaused, DeadlineRecomputed,
            DeadlineResumed, DeadlineStarted, DeadlineStopped, Parameters, YearCalendar,
        },
        ids::DeadlineId,
    };

    // Whatever governance sets: an event that is reported in time finds the grant by which it is judged.
    const _: () = assert!(
        mulu_proofs::calendar::LATENESS_DAYS_MAX < mulu_proofs::calendar::FINISHED_KEPT_DAYS_MIN,
        "grants that are over are kept for longer than events come in time"
    );

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
        /// The record log.
        type Records: Records;
        /// Block time.
        type Clock: Clock;
        /// Who hears of each record that a deadline is overdue.
        type Overdue: Overdue;
        /// Most deadlines that a block looks at on its own account: to record that they are overdue, or to recompute them.
        #[pallet::constant]
        type BlockWork: Get<u32>;
    }

    /// Day length, local offsets and the calendar of every year.
    ///
    /// - Key → value: nothing → Calendar, about 150 bytes a year.
    /// - Written by: genesis, `Call::set_year`, `Call::set_parameters`.
    /// - Bound: 64 years of at most 900 bytes, 16 offsets.
    /// - Invariants: K1 in `try_state`.
    #[pallet::storage]
    pub type CurrentCalendar<T: Config> = StorageValue<_, Calendar, ValueQuery>;

    /// What governance set beside the calendar.
    ///
    /// - Key → value: nothing → Parameters, 7 bytes and 5 for each limit that differs from the Regulation's.
    /// - Written by: genesis, `Call::set_parameters`.
    /// - Invariants: K1 in `try_state`.
    #[pallet::storage]
    pub type CurrentParameters<T: Config> = StorageValue<_, Parameters, ValueQuery>;

    /// Deadlines that run, stand still or are overdue.
    ///
    /// - Key → value: DeadlineId → OpenDeadline, at most 59 bytes.
    /// - Written by: every act on a clock; removed when it is stopped.
    /// - Bound: one or two per open request, grant or entry version of the pallets that start them.
    /// - Invariants: K2, K3, K4 in `try_state`.
    #[pallet::storage]
    pub type Deadlines<T: Config> = StorageMap<_, Twox64Concat, DeadlineId, OpenDeadline>;

    /// Last id given to a deadline.
    #[pallet::storage]
    pub type LastDeadline<T: Config> = StorageValue<_, DeadlineId, ValueQuery>;

    /// Deadlines whose record of being overdue is still to come, in the order in which they are due.
    ///
    /// - Key → value: QueueKey (day, id) → nothing.
    /// - Written by: with [`Deadlines`]; removed when the record is written.
    /// - Bound: one per running deadline.
    /// - Invariants: K3 in `try_state`.
    // Identity: days and ids are given by the ledger, and the order of the keys is the order of the records.
    #[pallet::storage]
    pub type Queue<T: Config> = StorageMap<_, Identity, QueueKey, ()>;

    /// Open deadlines that are not in [`Queue`], so that readers find all of them in due order: those whose record of being overdue is
    /// written, under the day on which they were due; paused ones, which are due on no day, under the last day that there is.
    ///
    /// - Key → value: QueueKey (day, id) → nothing.
    /// - Written by: with [`Deadlines`]; removed when the deadline is resumed or stopped.
    /// - Bound: one per open deadline that does not stand in [`Queue`].
    /// - Invariants: K3 in `try_state`.
    // Identity: as for [`Queue`].
    #[pallet::storage]
    pub type Aside<T: Config> = StorageMap<_, Identity, QueueKey, ()>;

    /// The deadline that was recomputed last, while a change of the calendar is being worked in; 0 before the first.
    ///
    /// - Key → value: nothing → DeadlineId, 4 bytes.
    /// - Written by: `Call::set_year`, `on_finalize`; removed when every open deadline was looked at.
    #[pallet::storage]
    pub type Recomputing<T: Config> = StorageValue<_, DeadlineId>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// The calendar of a year was set.
        CalendarSet {
            /// The arrangement.
            year: YearCalendar,
        },
        /// The parameters were set.
        ParametersSet {
            /// All of them.
            parameters: Parameters,
        },
        /// A deadline was started.
        DeadlineStarted {
            /// The deadline and when it is due.
            started: DeadlineStarted,
        },
        /// A deadline was paused.
        DeadlinePaused {
            /// Which, and from when on.
            paused: DeadlinePaused,
        },
        /// A paused deadline was resumed.
        DeadlineResumed {
            /// Which, and when it is due now.
            resumed: DeadlineResumed,
        },
        /// A deadline was extended.
        DeadlineExtended {
            /// Which, by how much, and when it is due now.
            extended: DeadlineExtended,
        },
        /// A deadline was stopped.
        DeadlineStopped {
            /// Which, and how it ended.
            stopped: DeadlineStopped,
        },
        /// A deadline was found overdue.
        DeadlineOverdue {
            /// Which, and when it was due.
            overdue: DeadlineOverdue,
        },
        /// A deadline was recomputed after a change of the calendar.
        DeadlineRecomputed {
            /// Which, and when it is due now.
            recomputed: DeadlineRecomputed,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// The arrangement contradicts itself; check days, weekends and their order against its source.
        CalendarInvalid,
        /// A day that has begun would change; repeat what the days up to today were counted as.
        DayPassed,
        /// No more years can have a calendar.
        TooManyYears,
        /// A limit, the offset, or for how long grants that are over are kept, is out of its bounds; see `mulu calendar parameters` (art. 29).
        ParametersInvalid,
        /// The offset moves by more than twelve hours; do it in two steps, a day apart.
        OffsetStep,
        /// The offset was changed as often as it can be.
        TooManyOffsets,
        /// A term has 1 to 1,000 working days.
        TermInvalid,
        /// There is no such deadline, or it was stopped.
        UnknownDeadline,
        /// The deadline stands still; resume it first.
        Paused,
        /// The deadline runs; only a paused one can be resumed.
        NotPaused,
        /// The term has ended; it can be stopped, but neither paused nor extended (arts. 17, 21).
        AlreadyOverdue,
        /// The extension goes beyond what the kind's limit allows in all (arts. 17, 21); see `CurrentParameters`.
        ExtensionOverLimit,
        /// The day from which a term counts has not come (art. 17).
        DayAhead,
    }

    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// Parameters with which the chain begins.
        pub parameters: Parameters,
        /// Calendars of years, in any order.
        pub years: Vec<YearCalendar>,
        /// Length of a day; another than the civil one on development chains only.
        pub day_length: DayLength,
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
            // What on_finalize may take: it knows the block's time, and this hook does not.
            weights::DEADLINE.saturating_mul(T::BlockWork::get().into())
        }

        fn on_finalize(now: BlockNumberFor<T>) {
            // Behind the timestamp, which block 1's records carry.
            if now.into() == 1 {
                crate::genesis::record::<T>();
            }
            Self::work_off(T::BlockWork::get());
        }

        fn integrity_test() {
            assert!(T::BlockWork::get() > 0, "a block that does no work leaves every overdue deadline unrecorded");
        }
    }

    #[pallet::extra_constants]
    impl<T: Config> Pallet<T> {
        /// Most years with a calendar.
        #[pallet::constant_name(YearsMax)]
        fn years_max() -> u32 {
            mulu_proofs::calendar::YEARS_MAX
        }

        /// Most holidays of a year, weekends among them counted.
        #[pallet::constant_name(HolidaysMax)]
        fn holidays_max() -> u32 {
            mulu_proofs::calendar::HOLIDAYS_MAX
        }

        /// Most make-up days of a year.
        #[pallet::constant_name(MakeUpMax)]
        fn make_up_max() -> u32 {
            mulu_proofs::calendar::MAKE_UP_MAX
        }

        /// Most offsets that the chain ever has.
        #[pallet::constant_name(OffsetsMax)]
        fn offsets_max() -> u32 {
            mulu_proofs::calendar::OFFSETS_MAX
        }

        /// Longest name of a calendar's source, in bytes of UTF-8.
        #[pallet::constant_name(SourceBytesMax)]
        fn source_bytes_max() -> u32 {
            mulu_proofs::calendar::SOURCE_BYTES_MAX
        }

        /// Most working days of a term, and of its extension.
        #[pallet::constant_name(WorkingDaysMax)]
        fn working_days_max() -> u16 {
            mulu_proofs::calendar::WORKING_DAYS_MAX
        }

        /// Fewest days for which a grant that is over is kept: the three years of art. 29.
        #[pallet::constant_name(FinishedKeptDaysMin)]
        fn finished_kept_days_min() -> u16 {
            mulu_proofs::calendar::FINISHED_KEPT_DAYS_MIN
        }

        /// Most days for which a grant that is over is kept.
        #[pallet::constant_name(FinishedKeptDaysMax)]
        fn finished_kept_days_max() -> u16 {
            mulu_proofs::calendar::FINISHED_KEPT_DAYS_MAX
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Sets the arrangement of a year. Days up to today stay as they were counted; open deadlines are recomputed.
        ///
        /// ## Dispatch origin
        /// Root: a proposal of governance.
        /// ## Errors
        /// - `Error::CalendarInvalid`: it contradicts itself or names no source.
        /// - `Error::DayPassed`: a day up to today would change.
        /// - `Error::TooManyYears`.
        /// ## Events and records
        /// `Event::CalendarSet`; record `CalendarSet`. Later `DeadlineRecomputed` for each deadline whose day moves.
        /// ## Complexity
        /// O(days named); the deadlines are worked off by later blocks.
        #[pallet::call_index(0)]
        #[pallet::weight(weights::ACT)]
        pub fn set_year(origin: OriginFor<T>, year: YearCalendar) -> DispatchResult {
            ensure_root(origin)?;
            Self::do_set_year(year)
        }

        /// Sets the parameters. Limits hold for deadlines that start from now on, the offset for days after today; for how long a grant
        /// that is over is kept, for whatever is still in the state.
        ///
        /// ## Dispatch origin
        /// Root: a proposal of governance.
        /// ## Errors
        /// - `Error::ParametersInvalid`: a limit, the offset, or for how long grants that are over are kept, is out of its bounds.
        /// - `Error::OffsetStep`, `Error::TooManyOffsets`.
        /// ## Events and records
        /// `Event::ParametersSet`; record `ParametersSet`.
        /// ## Complexity
        /// O(limits).
        #[pallet::call_index(1)]
        #[pallet::weight(weights::ACT)]
        pub fn set_parameters(origin: OriginFor<T>, parameters: Parameters) -> DispatchResult {
            ensure_root(origin)?;
            Self::do_set_parameters(parameters)
        }
    }
}
