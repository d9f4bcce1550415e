//! The bounds of the pallet, as the metadata shows them. What is over one is an error; nothing is cut.

use frame_support::pallet_macros::pallet_section;

/// The constants of the pallet.
#[pallet_section]
mod constants {
    #[pallet::extra_constants]
    impl<T: Config> Pallet<T> {
        /// Most open requests of one consumer.
        #[pallet::constant_name(OpenRequestsMax)]
        fn open_requests_max() -> u32 {
            OPEN_REQUESTS_MAX
        }

        /// Most signatures under an open request.
        #[pallet::constant_name(SignaturesMax)]
        fn signatures_max() -> u32 {
            SIGNATURES_MAX
        }

        /// Most purposes of a request, of its grant, or of a standing consent.
        #[pallet::constant_name(PurposesMax)]
        fn purposes_max() -> u32 {
            mulu_proofs::sharing::PURPOSES_MAX
        }

        /// Most using systems of a request and its grant.
        #[pallet::constant_name(SystemsMax)]
        fn systems_max() -> u32 {
            mulu_proofs::sharing::SYSTEMS_MAX
        }

        /// Most platforms of a request and its grant.
        #[pallet::constant_name(PlatformsMax)]
        fn platforms_max() -> u32 {
            mulu_proofs::sharing::PLATFORMS_MAX
        }

        /// Most stages of an approval policy.
        #[pallet::constant_name(StagesMax)]
        fn stages_max() -> u32 {
            mulu_proofs::sharing::STAGES_MAX
        }

        /// Most approvers of a stage, whether named or counted.
        #[pallet::constant_name(ApproversMax)]
        fn approvers_max() -> u32 {
            mulu_proofs::sharing::APPROVERS_MAX
        }

        /// Most departments of a stage.
        #[pallet::constant_name(StageDepartmentsMax)]
        fn stage_departments_max() -> u32 {
            mulu_proofs::sharing::STAGE_DEPARTMENTS_MAX
        }

        /// Most consumers that a standing consent names.
        #[pallet::constant_name(ConsentConsumersMax)]
        fn consent_consumers_max() -> u32 {
            mulu_proofs::sharing::CONSENT_CONSUMERS_MAX
        }

        /// Longest basis, scenario or scope of a request, in bytes of UTF-8.
        #[pallet::constant_name(TermBytesMax)]
        fn term_bytes_max() -> u32 {
            mulu_proofs::sharing::TERM_BYTES_MAX
        }

        /// Longest name of a business matter, in bytes of UTF-8.
        #[pallet::constant_name(MatterBytesMax)]
        fn matter_bytes_max() -> u32 {
            mulu_proofs::sharing::MATTER_BYTES_MAX
        }

        /// Longest code of a purpose, in bytes.
        #[pallet::constant_name(PurposeCodeBytesMax)]
        fn purpose_code_bytes_max() -> u32 {
            mulu_proofs::sharing::PURPOSE_CODE_BYTES_MAX
        }

        /// Longest name of a purpose, in bytes of UTF-8.
        #[pallet::constant_name(PurposeNameBytesMax)]
        fn purpose_name_bytes_max() -> u32 {
            mulu_proofs::sharing::PURPOSE_NAME_BYTES_MAX
        }

        /// Longest reason, or list of the papers that are missing, in bytes of UTF-8.
        #[pallet::constant_name(ReasonBytesMax)]
        fn reason_bytes_max() -> u32 {
            mulu_proofs::sharing::REASON_BYTES_MAX
        }
    }
}
