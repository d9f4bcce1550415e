//! The bounds of the pallet, as the metadata shows them. What is over one is an error; nothing is cut.

use frame_support::pallet_macros::pallet_section;

/// The constants of the pallet.
#[pallet_section]
mod constants {
    #[pallet::extra_constants]
    impl<T: Config> Pallet<T> {
        /// Most events of a batch.
        #[pallet::constant_name(EventsMax)]
        fn events_max() -> u32 {
            EVENTS_MAX
        }

        /// How many local days the counts of quotas are kept, today included.
        #[pallet::constant_name(UsageDays)]
        fn usage_days() -> u32 {
            USAGE_DAYS
        }

        /// For how many local days after a day was compared its differences may be named.
        #[pallet::constant_name(ReconcileDays)]
        fn reconcile_days() -> u32 {
            RECONCILE_DAYS
        }

        /// Most call ids that one side is named with.
        #[pallet::constant_name(NamedMax)]
        fn named_max() -> u32 {
            NAMED_MAX
        }

        /// Most grants of one report of a decision point.
        #[pallet::constant_name(DecisionCountsMax)]
        fn decision_counts_max() -> u32 {
            DECISION_COUNTS_MAX
        }

        /// Longest statement or finding, in bytes.
        #[pallet::constant_name(StatementBytesMax)]
        fn statement_bytes_max() -> u32 {
            512
        }
    }
}
