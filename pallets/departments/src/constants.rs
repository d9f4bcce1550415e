//! The bounds of the pallet, as the metadata shows them. What is over one is an error; nothing is cut.

use frame_support::pallet_macros::pallet_section;

/// The constants of the pallet.
#[pallet_section]
mod constants {
    #[pallet::extra_constants]
    impl<T: Config> Pallet<T> {
        /// Most observers.
        #[pallet::constant_name(ObserversMax)]
        fn observers_max() -> u32 {
            OBSERVERS_MAX
        }

        /// Most validators.
        #[pallet::constant_name(ValidatorsMax)]
        fn validators_max() -> u32 {
            VALIDATORS_MAX as u32
        }

        /// Most superiors above a department.
        #[pallet::constant_name(SuperiorsMax)]
        fn superiors_max() -> u32 {
            PARENTS_MAX as u32
        }

        /// Most changes of a department's status that are kept; the oldest go first.
        #[pallet::constant_name(StatusesMax)]
        fn statuses_max() -> u32 {
            STATUSES_MAX
        }

        /// Most entries or departments to which a role is limited.
        #[pallet::constant_name(ScopeMax)]
        fn scope_max() -> u32 {
            mulu_proofs::departments::SCOPE_MAX
        }

        /// Longest name of a department, system or observer, in bytes of UTF-8.
        #[pallet::constant_name(NameBytesMax)]
        fn name_bytes_max() -> u32 {
            NAME_BYTES_MAX
        }

        /// Longest code of a system, in bytes.
        #[pallet::constant_name(SystemCodeBytesMax)]
        fn system_code_bytes_max() -> u32 {
            mulu_proofs::departments::SYSTEM_CODE_BYTES_MAX
        }

        /// Longest basis on which a role is given, in bytes of UTF-8.
        #[pallet::constant_name(BasisBytesMax)]
        fn basis_bytes_max() -> u32 {
            BASIS_BYTES_MAX
        }

        /// Longest reason, in bytes of UTF-8.
        #[pallet::constant_name(ReasonBytesMax)]
        fn reason_bytes_max() -> u32 {
            REASON_BYTES_MAX
        }

        /// Longest address of a node, in bytes.
        #[pallet::constant_name(AddressBytesMax)]
        fn address_bytes_max() -> u32 {
            mulu_proofs::departments::ADDRESS_BYTES_MAX
        }
    }
}
