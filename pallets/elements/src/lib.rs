//! Data elements and certified source systems (SPEC §2): one datum, one source.
//!
//! ```text
//! register_element ─> element ⟲ revise_element, name_source        certify_source ─> certified ─ withdraw_certification ─> not
//!                        └─ check: an item of it in another department's entry cites an entry of the named department
//! ```
//!
//! An element is looked after by the authority of the level and region that registered it, whichever department that is later. Names
//! and standards stand in the records; the state keeps what the check reads.

mod functions;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
mod try_state;
mod types;
pub mod weights;

pub use pallet::*;
pub use types::Element;

/// The pallet.
#[frame_support::pallet]
pub mod pallet {
    use crate::{types::Element, weights};
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use mulu_pallet_support::{Catalog, People, Records};
    use mulu_proofs::{
        elements::{
            CertificationWithdrawn, ELEMENT_REASON_BYTES_MAX, ElementCode, ElementRegistered, ElementRevised,
            ElementStandard, SourceCertified, SourceNamed, WithdrawalCause,
        },
        ids::{DepartmentId, ElementId, SystemId},
        text::Text,
    };
    use sp_core::crypto::AccountId32;

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<AccountId = AccountId32, RuntimeEvent: From<Event<Self>>> {
        /// The record log.
        type Records: Records;
        /// Departments, roles and systems.
        type People: People;
        /// Catalog entries.
        type Catalog: Catalog;
    }

    /// Every element that was ever registered.
    ///
    /// - Key → value: ElementId → Element, at most 10 bytes.
    /// - Written by: `Call::register_element`, `Call::name_source`; never removed.
    /// - Bound: elements of the standards; the authorities decide.
    /// - Invariants: E1, E2 in `try_state`.
    #[pallet::storage]
    pub type Elements<T: Config> = StorageMap<_, Twox64Concat, ElementId, Element>;

    /// The element of a code.
    ///
    /// - Key → value: ElementCode → ElementId, 4 bytes.
    /// - Written by: `Call::register_element`; never removed.
    /// - Invariants: E1 in `try_state`.
    // Blake2_128Concat: codes are chosen by people, so the key must resist crafted collisions.
    #[pallet::storage]
    pub type ByCode<T: Config> = StorageMap<_, Blake2_128Concat, ElementCode, ElementId>;

    /// Last id given to an element.
    #[pallet::storage]
    pub type LastElement<T: Config> = StorageValue<_, ElementId, ValueQuery>;

    /// The source systems that are certified.
    ///
    /// - Key → value: SystemId → nothing.
    /// - Written by: `Call::certify_source`; removed by `Call::withdraw_certification`.
    /// - Bound: registered systems.
    /// - Invariants: E3 in `try_state`.
    #[pallet::storage]
    pub type Certified<T: Config> = StorageMap<_, Twox64Concat, SystemId, ()>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// An element was registered.
        ElementRegistered {
            /// The element.
            registered: Box<ElementRegistered>,
            /// Who registered it.
            by: AccountId32,
        },
        /// An element's name or standard was revised.
        ElementRevised {
            /// The element, as it is now.
            revised: Box<ElementRevised>,
            /// Who revised it.
            by: AccountId32,
        },
        /// The authoritative department of an element was named, or none is any more.
        SourceNamed {
            /// The element, its department now and before.
            named: SourceNamed,
            /// Who named it.
            by: AccountId32,
        },
        /// A source system was certified.
        SourceCertified {
            /// The system.
            certified: SourceCertified,
            /// Who certified it.
            by: AccountId32,
        },
        /// A source system is no longer certified.
        CertificationWithdrawn {
            /// The system, and what became of it.
            withdrawn: CertificationWithdrawn,
            /// Who withdrew it.
            by: AccountId32,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// There is no such element; the authority registers it with `Call::register_element`.
        UnknownElement,
        /// The code of an element has letters, digits, `-`, `.` and `_`, and nothing else.
        CodeInvalid,
        /// Another element has this code.
        CodeTaken,
        /// An element has a name, a standard, and a place where the standard was published.
        StandardMissing,
        /// Elements are registered by a competent authority.
        NotAuthority,
        /// Another authority looks after this element: that of the level and region which registered it (art. 19).
        OtherAuthority,
        /// There is no such department.
        UnknownDepartment,
        /// An authoritative department is one that acts (art. 19); this one is suspended or retired.
        DepartmentNotActive,
        /// The element has this authoritative department already, or has none as before.
        SourceUnchanged,
        /// A naming says what it rests on (art. 19).
        BasisMissing,
        /// Another department is the authoritative source of this element: cite an entry that it has published with it (art. 19).
        NotAuthoritativeSource,
        /// The entry that the item cites is not published, or has no item of this element; cite one of the element's source (art.
        /// 19).
        SourceUnknown,
        /// There is no such system.
        UnknownSystem,
        /// Only a source system is certified; this one is registered as something else.
        NotSource,
        /// The level and region of the system's department have no competent authority.
        NoAuthority,
        /// The system is certified already.
        CertifiedAlready,
        /// The system is not certified.
        NotCertified,
        /// A withdrawal says what became of the system.
        ReasonMissing,
    }

    #[pallet::extra_constants]
    impl<T: Config> Pallet<T> {
        /// Longest code of an element, in bytes.
        fn code_bytes_max() -> u32 {
            mulu_proofs::elements::ELEMENT_CODE_BYTES_MAX
        }

        /// Longest name of an element or of its standard, in bytes of UTF-8.
        fn name_bytes_max() -> u32 {
            mulu_proofs::elements::ELEMENT_NAME_BYTES_MAX
        }

        /// Longest reference to where a standard was published, in bytes of UTF-8.
        fn published_bytes_max() -> u32 {
            mulu_proofs::elements::ELEMENT_PUBLISHED_BYTES_MAX
        }

        /// Longest basis of a naming, or reason of a withdrawal, in bytes of UTF-8.
        fn reason_bytes_max() -> u32 {
            ELEMENT_REASON_BYTES_MAX
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Registers a data element with its published standard (§4.5.2).
        ///
        /// ## Dispatch origin
        /// An account with the `supervisor` role of a competent authority, which looks after the element from now on.
        /// ## Errors
        /// - `Error::NotAuthority`, or the departments pallet's error that names what the signer's role lacks.
        /// - `Error::CodeInvalid`, `Error::CodeTaken`, `Error::StandardMissing`.
        /// ## Events and records
        /// `Event::ElementRegistered`; record `ElementRegistered`.
        /// ## Complexity
        /// O(1).
        #[pallet::call_index(0)]
        #[pallet::weight(weights::ACT)]
        pub fn register_element(
            origin: OriginFor<T>,
            code: ElementCode,
            standard: Box<ElementStandard>,
        ) -> DispatchResult {
            Self::do_register_element(&ensure_signed(origin)?, code, *standard)
        }

        /// Gives an element another name or standard. Entries that carry it stay as they are.
        ///
        /// ## Dispatch origin
        /// An account with the `supervisor` role of the authority that looks after the element.
        /// ## Errors
        /// - `Error::UnknownElement`, `Error::StandardMissing`.
        /// - `Error::OtherAuthority`, or the departments pallet's error that names what the signer's role lacks.
        /// ## Events and records
        /// `Event::ElementRevised`; record `ElementRevised`.
        /// ## Complexity
        /// O(1).
        #[pallet::call_index(1)]
        #[pallet::weight(weights::ACT)]
        pub fn revise_element(
            origin: OriginFor<T>,
            element: ElementId,
            standard: Box<ElementStandard>,
        ) -> DispatchResult {
            Self::do_revise_element(&ensure_signed(origin)?, element, *standard)
        }

        /// Names the authoritative department of an element (数源部门, art. 19), or says that there is none any more. From now on
        /// other departments cite one of its entries where they register an item of the element.
        ///
        /// ## Dispatch origin
        /// As for `Call::revise_element`.
        /// ## Errors
        /// - `Error::UnknownElement`, `Error::UnknownDepartment`, `Error::DepartmentNotActive`.
        /// - `Error::SourceUnchanged`, `Error::BasisMissing`.
        /// - `Error::OtherAuthority`, or the departments pallet's error that names what the signer's role lacks.
        /// ## Events and records
        /// `Event::SourceNamed`; record `SourceNamed`, which names the department before.
        /// ## Complexity
        /// O(1): published entries are not looked at; their next versions are.
        #[pallet::call_index(2)]
        #[pallet::weight(weights::ACT)]
        pub fn name_source(
            origin: OriginFor<T>,
            element: ElementId,
            department: Option<DepartmentId>,
            basis: Text<ELEMENT_REASON_BYTES_MAX>,
        ) -> DispatchResult {
            Self::do_name_source(&ensure_signed(origin)?, element, department, basis)
        }

        /// Certifies a source system: one of the six conditions of readiness (§5.4.1).
        ///
        /// ## Dispatch origin
        /// An account with the `supervisor` or the `reviewer` role of the competent authority of the system's department.
        /// ## Errors
        /// - `Error::UnknownSystem`, `Error::NotSource`, `Error::NoAuthority`, `Error::CertifiedAlready`.
        /// - The departments pallet's error that names what the signer's role lacks.
        /// ## Events and records
        /// `Event::SourceCertified`; record `SourceCertified`.
        /// ## Complexity
        /// O(1).
        #[pallet::call_index(3)]
        #[pallet::weight(weights::ACT)]
        pub fn certify_source(origin: OriginFor<T>, system: SystemId) -> DispatchResult {
            Self::do_certify_source(&ensure_signed(origin)?, system)
        }

        /// Withdraws the certification of a system that was merged, split or retired. It may be certified again.
        ///
        /// ## Dispatch origin
        /// As for `Call::certify_source`.
        /// ## Errors
        /// - `Error::UnknownSystem`, `Error::NotCertified`, `Error::NoAuthority`, `Error::ReasonMissing`.
        /// - The departments pallet's error that names what the signer's role lacks.
        /// ## Events and records
        /// `Event::CertificationWithdrawn`; record `CertificationWithdrawn`.
        /// ## Complexity
        /// O(1).
        #[pallet::call_index(4)]
        #[pallet::weight(weights::ACT)]
        pub fn withdraw_certification(
            origin: OriginFor<T>,
            system: SystemId,
            cause: WithdrawalCause,
            reason: Text<ELEMENT_REASON_BYTES_MAX>,
        ) -> DispatchResult {
            Self::do_withdraw_certification(&ensure_signed(origin)?, system, cause, reason)
        }
    }
}
