//! Catalog entries and their versions (SPEC §2): submitted, endorsed by the head, reviewed and published by the authority.
//!
//! ```text
//! submit ──> Submitted ── endorse ──> Endorsed ── review ──> Reviewed ── publish ──> a published version, for ever
//!                └───────────────────────┴──── return_version ──┘──> gone from the state; submit makes the next version
//! ```
//!
//! The state keeps the digest of a version's content and the facts that later rules read; the content stands in its record.

mod content;
mod functions;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
mod try_state;
mod types;
pub mod weights;

pub use pallet::*;
pub use types::{Entry, Stage, UnderWay, VersionFacts};

/// The pallet.
#[frame_support::pallet]
pub mod pallet {
    use crate::{
        types::{Entry, UnderWay, VersionFacts},
        weights,
    };
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use mulu_pallet_support::{People, Records};
    use mulu_proofs::{
        catalog::{EntryContent, ResourceCode},
        ids::{DepartmentId, Digest32, EntryId, Version},
        text::Text,
    };
    use sp_core::crypto::AccountId32;

    /// Most versions of an entry, returned ones included: a new one every working day for 40 years.
    pub const VERSIONS_MAX: u16 = 10_000;

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<AccountId = AccountId32, RuntimeEvent: From<Event<Self>>> {
        /// The record log.
        type Records: Records;
        /// Departments and roles.
        type People: People;
    }

    /// Every entry that was ever submitted.
    ///
    /// - Key → value: EntryId → Entry, at most 80 bytes.
    /// - Written by: `Call::submit`, `Call::publish`; never removed.
    /// - Bound: entries of the jurisdiction.
    /// - Invariants: C1, C2 in `try_state`.
    #[pallet::storage]
    pub type Entries<T: Config> = StorageMap<_, Twox64Concat, EntryId, Entry>;

    /// The entry of a resource code. A code stays with its entry, and so with its provider, for ever.
    ///
    /// - Key → value: ResourceCode → EntryId, 4 bytes.
    /// - Written by: the first `Call::submit` of the code; never removed.
    /// - Invariants: C1 in `try_state`.
    // Blake2_128Concat: codes are chosen by departments, so the key must resist crafted collisions.
    #[pallet::storage]
    pub type ByCode<T: Config> = StorageMap<_, Blake2_128Concat, ResourceCode, EntryId>;

    /// Last id given to an entry.
    #[pallet::storage]
    pub type LastEntry<T: Config> = StorageValue<_, EntryId, ValueQuery>;

    /// The version of an entry that is on its way to publication.
    ///
    /// - Key → value: EntryId → UnderWay, at most 125 bytes.
    /// - Written by: `Call::submit`, `Call::endorse`, `Call::review`; removed by `Call::return_version`, `Call::publish`.
    /// - Bound: one an entry.
    /// - Invariants: C3, C4, C5 in `try_state`.
    #[pallet::storage]
    pub type VersionUnderWay<T: Config> = StorageMap<_, Twox64Concat, EntryId, UnderWay>;

    /// Every version that is or was published: grants and late events cite old ones.
    ///
    /// - Key → value: EntryId, Version → VersionFacts, 54 bytes.
    /// - Written by: `Call::publish`; never changed, never removed.
    /// - Bound: [`VERSIONS_MAX`] an entry.
    /// - Invariants: C2, C4 in `try_state`.
    #[pallet::storage]
    pub type Published<T: Config> = StorageDoubleMap<_, Twox64Concat, EntryId, Twox64Concat, Version, VersionFacts>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A version was submitted; it waits for the head.
        EntrySubmitted {
            /// Entry.
            entry: EntryId,
            /// Version, from 1.
            version: Version,
            /// Its resource code.
            code: ResourceCode,
            /// Its name.
            name: Text<256>,
            /// Digest of its content, and what later rules read of it.
            facts: VersionFacts,
            /// Who submitted it.
            by: AccountId32,
        },
        /// The head of the provider endorsed a version; it waits for the authority.
        EntryEndorsed {
            /// Entry.
            entry: EntryId,
            /// Version.
            version: Version,
            /// Digest of its content.
            digest: Digest32,
            /// The head.
            by: AccountId32,
        },
        /// A version was returned to its provider and is no longer under way.
        EntryReturned {
            /// Entry.
            entry: EntryId,
            /// Version.
            version: Version,
            /// Why.
            reason: Text<512>,
            /// The department whose head or reviewer returned it.
            department: DepartmentId,
            /// Who returned it.
            by: AccountId32,
        },
        /// The authority reviewed a version; it waits for publication.
        EntryReviewed {
            /// Entry.
            entry: EntryId,
            /// Version.
            version: Version,
            /// Digest of its content.
            digest: Digest32,
            /// The authority.
            authority: DepartmentId,
            /// The reviewer.
            by: AccountId32,
        },
        /// A version was published.
        EntryPublished {
            /// Entry.
            entry: EntryId,
            /// Version.
            version: Version,
            /// The version that it supersedes, if one was published before.
            supersedes: Option<Version>,
            /// Digest of its content, and what later rules read of it.
            facts: VersionFacts,
            /// The authority.
            authority: DepartmentId,
            /// Who published it.
            by: AccountId32,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// There is no such entry; `Call::submit` makes one.
        UnknownEntry,
        /// This version of the entry is not under way: it was returned, published or never submitted.
        NotUnderWay,
        /// A version of this code is under way; wait until it is published or returned.
        UnderWayAlready,
        /// The version waits for the endorsement of its provider's head.
        NotEndorsed,
        /// The head has endorsed this version already.
        EndorsedAlready,
        /// The version waits for the authority's review.
        NotReviewed,
        /// The authority has reviewed this version already; publish it with `Call::publish`.
        ReviewedAlready,
        /// The digest is not that of the version's content; read the submitted content and sign its digest.
        DigestMismatch,
        /// The signer signed an earlier step of this version; another person must sign this one.
        SamePerson,
        /// Another department registered an entry under this code.
        CodeTaken,
        /// The provider's level and region have no competent authority that could review the entry.
        NoAuthority,
        /// The entry has used up its versions; submit it under a new code.
        TooManyVersions,
        /// State and work secrets are refused (art. 3); they must never be sent to the ledger.
        SecrecyMarked,
        /// A code, the entry's own or a related one, is not `前段码/顺序码`: at least six digits, `/`, letters and digits.
        CodeInvalid,
        /// The first digit of the code is not the class of the classification (1 base, 2 theme, 3 department).
        ClassMismatch,
        /// The entry, or one of its items, has no name, or an item has no code.
        NameMissing,
        /// An entry has at least one item.
        ItemsMissing,
        /// Two items have one code.
        ItemCodeRepeated,
        /// An item is shared more freely than its entry; items may only be stricter.
        ItemLaxer,
        /// Sensitivity and security levels go from 0 to 4.
        LevelInvalid,
        /// Kinds of business matter go from 0 (licence) to 9 (other).
        MatterKindInvalid,
        /// Conditional sharing names scope and permitted use (art. 15); conditional opening names its condition.
        ConditionMissing,
        /// What is not shared needs the reason and the law that says so (art. 15).
        ReasonMissing,
        /// A condition without conditional sharing, or a law though the entry is shared; leave the text empty.
        ConditionUnexpected,
        /// A bit of the sharing methods stands for no method.
        MethodsInvalid,
        /// A shared entry needs at least one sharing method.
        MethodsMissing,
        /// The entry is opened to the public more freely than it is shared among departments.
        OpeningLaxer,
        /// A return says why.
        ReturnWithoutReason,
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Submits the first or the next version of the entry with the content's code.
        ///
        /// ## Dispatch origin
        /// An account with the `cataloguer` role of the provider that the content names.
        /// ## Errors
        /// - The rule of SPEC §2 that the content breaks, from `Error::SecrecyMarked` to `Error::OpeningLaxer`.
        /// - `Error::CodeTaken`, `Error::UnderWayAlready`, `Error::TooManyVersions`: the code is not free for this.
        /// - The departments pallet's error that names what the signer's role lacks.
        /// ## Events and records
        /// `Event::EntrySubmitted`; record `EntrySubmitted` with the whole content.
        /// ## Complexity
        /// O(items · log items): two reads and at most four writes.
        #[pallet::call_index(0)]
        #[pallet::weight(weights::SUBMIT)]
        pub fn submit(origin: OriginFor<T>, content: Box<EntryContent>) -> DispatchResult {
            Self::do_submit(&ensure_signed(origin)?, *content)
        }

        /// Endorses the version that was submitted.
        ///
        /// ## Dispatch origin
        /// An account with the `head` role of the provider, but not who submitted the version.
        /// ## Errors
        /// - `Error::UnknownEntry`, `Error::NotUnderWay`, `Error::EndorsedAlready`: this version does not wait for it.
        /// - `Error::DigestMismatch`, `Error::SamePerson`.
        /// - The departments pallet's error that names what the signer's role lacks.
        /// ## Events and records
        /// `Event::EntryEndorsed`; record `EntryEndorsed`.
        /// ## Complexity
        /// O(1).
        #[pallet::call_index(1)]
        #[pallet::weight(weights::ACT)]
        pub fn endorse(origin: OriginFor<T>, entry: EntryId, version: Version, digest: Digest32) -> DispatchResult {
            Self::do_endorse(&ensure_signed(origin)?, entry, version, digest)
        }

        /// Returns a version to its provider, who may then submit the next one.
        ///
        /// ## Dispatch origin
        /// An account with the `reviewer` role of the competent authority; until the endorsement also one with the `head`
        /// role of the provider. In either case nobody who submitted or endorsed the version.
        /// ## Errors
        /// - `Error::UnknownEntry`, `Error::NotUnderWay`: the version is not under way.
        /// - `Error::ReturnWithoutReason`, `Error::SamePerson`, `Error::NoAuthority`.
        /// - The departments pallet's error that names what the signer's role lacks.
        /// ## Events and records
        /// `Event::EntryReturned`; record `EntryReturned`.
        /// ## Complexity
        /// O(1).
        #[pallet::call_index(2)]
        #[pallet::weight(weights::ACT)]
        pub fn return_version(
            origin: OriginFor<T>,
            entry: EntryId,
            version: Version,
            reason: Text<512>,
        ) -> DispatchResult {
            Self::do_return_version(&ensure_signed(origin)?, entry, version, reason)
        }

        /// Says that the authority reviewed the endorsed version and found it in order.
        ///
        /// ## Dispatch origin
        /// An account with the `reviewer` role of the competent authority of the provider's level and region, but nobody who
        /// submitted or endorsed the version.
        /// ## Errors
        /// - `Error::UnknownEntry`, `Error::NotUnderWay`, `Error::NotEndorsed`, `Error::ReviewedAlready`.
        /// - `Error::DigestMismatch`, `Error::SamePerson`, `Error::NoAuthority`.
        /// - The departments pallet's error that names what the signer's role lacks.
        /// ## Events and records
        /// `Event::EntryReviewed`; record `EntryReviewed`.
        /// ## Complexity
        /// O(1).
        #[pallet::call_index(3)]
        #[pallet::weight(weights::ACT)]
        pub fn review(origin: OriginFor<T>, entry: EntryId, version: Version, digest: Digest32) -> DispatchResult {
            Self::do_review(&ensure_signed(origin)?, entry, version, digest)
        }

        /// Publishes the reviewed version; it supersedes the one that was published before.
        ///
        /// ## Dispatch origin
        /// As for `Call::review`. Review and publication are two acts of one office: one reviewer may sign both.
        /// ## Errors
        /// - `Error::UnknownEntry`, `Error::NotUnderWay`, `Error::NotReviewed`.
        /// - `Error::DigestMismatch`, `Error::SamePerson`, `Error::NoAuthority`.
        /// - The departments pallet's error that names what the signer's role lacks.
        /// ## Events and records
        /// `Event::EntryPublished`; record `EntryPublished`.
        /// ## Complexity
        /// O(1).
        #[pallet::call_index(4)]
        #[pallet::weight(weights::ACT)]
        pub fn publish(origin: OriginFor<T>, entry: EntryId, version: Version, digest: Digest32) -> DispatchResult {
            Self::do_publish(&ensure_signed(origin)?, entry, version, digest)
        }
    }
}
