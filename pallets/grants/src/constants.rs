//! The bounds of the pallet, as the metadata shows them. What is over one is an error; nothing is cut.

use frame_support::pallet_macros::pallet_section;

/// The constants of the pallet.
#[pallet_section]
mod constants {
    #[pallet::extra_constants]
    impl<T: Config> Pallet<T> {
        /// Most changes of the state of a grant, its end and disposal included.
        #[pallet::constant_name(TransitionsMax)]
        fn transitions_max() -> u32 {
            TRANSITIONS_MAX
        }

        /// Longest reason, order, statement or description, in bytes of UTF-8.
        #[pallet::constant_name(StatementBytesMax)]
        fn statement_bytes_max() -> u32 {
            mulu_proofs::grants::STATEMENT_BYTES_MAX
        }

        /// Longest account of what a use brought, in bytes of UTF-8.
        #[pallet::constant_name(OutcomeBytesMax)]
        fn outcome_bytes_max() -> u32 {
            mulu_proofs::grants::OUTCOME_BYTES_MAX
        }
    }
}
