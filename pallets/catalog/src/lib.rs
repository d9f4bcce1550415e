//! Catalog entries and their versions (SPEC §2): submitted, endorsed by the head, reviewed and published by the authority.
//!
//! ```text
//! submit ──> Submitted ── endorse ──> Endorsed ── review ──> Reviewed ── publish ──> a published version, for ever
//!                └───────────────────────┴──── return_version ──┘──> gone from the state; submit makes the next version
//!
//! a published entry:  Published ⇄ Suspended    both ── withdraw ──> Withdrawn, for ever
//! ```
//!
//! What each change means for the holders of grants is a table: `mulu_proofs::catalog::ChangeKind::effect` and `docs/catalog.md`.
//!
//! The state keeps the digest of a version's content and the facts that later rules read; the content stands in its record.

mod content;
mod errors;
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
pub use types::{
    AskedExtension, Course, Endorsement, Entry, OpenChange, STATUS_CHANGES_MAX, STOPS_MAX, Stage, UnderWay,
    VersionFacts,
};

/// The pallet.
#[import_section(errors::errors)]
#[frame_support::pallet]
pub mod pallet {
    use crate::{
        types::{Course, Entry, OpenChange, STATUS_CHANGES_MAX, STOPS_MAX, UnderWay, VersionFacts},
        weights,
    };
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use mulu_pallet_support::{Clock, Clocks, Elements, Holders, Mounts, People, Records, Replies};
    use mulu_proofs::{
        calendar::Day,
        catalog::{
            ChangeOccurred, EntryContent, EntrySuspension, EntryWithdrawn, ITEMS_MAX, KEYWORDS_MAX, List, Offer,
            RELATED_MAX, ResourceCode, Stop, UpdateExtensionAsked, UpdateExtensionDecided,
        },
        ids::{DepartmentId, Digest32, EntryId, Version},
        papers::Papers,
        text::Text,
    };
    use sp_core::crypto::AccountId32;

    /// Most versions of an entry, returned ones included: a new one every working day for 40 years.
    pub const VERSIONS_MAX: u16 = 10_000;
    /// Most versions of an entry on which there may be live grants when the next one is submitted or published.
    pub const LIVE_VERSIONS_MAX: u32 = 64;

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
        /// Deadlines of reviews and updates.
        type Clocks: Clocks;
        /// The register of data elements.
        type Elements: Elements;
        /// Those who hold grants on entries.
        type Holders: Holders;
        /// Where the resources of entries are.
        type Mounts: Mounts;
        /// Requests that wait for a reply.
        type Replies: Replies;
    }

    #[pallet::extra_constants]
    impl<T: Config> Pallet<T> {
        /// Most versions of an entry, returned ones included.
        #[pallet::constant_name(VersionsMax)]
        fn versions_max() -> u16 {
            VERSIONS_MAX
        }

        /// Most versions of an entry on which there may be live grants when the next one is submitted or published.
        #[pallet::constant_name(LiveVersionsMax)]
        fn live_versions_max() -> u32 {
            LIVE_VERSIONS_MAX
        }

        /// Most changes of an entry's status, its withdrawal included.
        #[pallet::constant_name(StatusChangesMax)]
        fn status_changes_max() -> u32 {
            STATUS_CHANGES_MAX
        }

        /// Most stops of a version.
        #[pallet::constant_name(StopsMax)]
        fn stops_max() -> u32 {
            STOPS_MAX
        }

        /// Most items of an entry.
        #[pallet::constant_name(ItemsMax)]
        fn items_max() -> u32 {
            ITEMS_MAX
        }

        /// Most keywords of an entry.
        #[pallet::constant_name(KeywordsMax)]
        fn keywords_max() -> u32 {
            KEYWORDS_MAX
        }

        /// Most related resource codes of an entry.
        #[pallet::constant_name(RelatedMax)]
        fn related_max() -> u32 {
            RELATED_MAX
        }
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
    /// - Key → value: EntryId → UnderWay, at most 2,228 bytes, 32 an item.
    /// - Written by: `Call::submit`, `Call::endorse`, `Call::review`; removed by `Call::return_version`, `Call::publish`.
    /// - Bound: one an entry.
    /// - Invariants: C3, C4, C5 in `try_state`.
    #[pallet::storage]
    pub type VersionUnderWay<T: Config> = StorageMap<_, Twox64Concat, EntryId, UnderWay>;

    /// Every version that is or was published: grants and late events cite old ones.
    ///
    /// - Key → value: EntryId, Version → VersionFacts, 70 bytes.
    /// - Written by: `Call::publish`; never changed, never removed.
    /// - Bound: [`VERSIONS_MAX`] an entry.
    /// - Invariants: C2, C4 in `try_state`.
    #[pallet::storage]
    pub type Published<T: Config> = StorageDoubleMap<_, Twox64Concat, EntryId, Twox64Concat, Version, VersionFacts>;

    /// What the versions offer with which the next one will be compared: the current one, and those with live grants.
    ///
    /// - Key → value: EntryId, Version → Offer, at most 31 bytes and 27 an item.
    /// - Written by: `Call::publish`, which also removes what nobody's grant is on any more.
    /// - Bound: [`LIVE_VERSIONS_MAX`] and one an entry.
    /// - Invariants: C6 in `try_state`.
    #[pallet::storage]
    pub type Compared<T: Config> = StorageDoubleMap<_, Twox64Concat, EntryId, Twox64Concat, Version, Offer>;

    /// What stopped for grants on a version. Events are judged by what had stopped at their time, so it stays.
    ///
    /// - Key → value: EntryId, Version → list of Stop, 17 bytes each; none where nothing stopped.
    /// - Written by: `Call::publish` of later versions; never removed.
    /// - Bound: [`STOPS_MAX`] a version.
    /// - Invariants: C7 in `try_state`.
    #[pallet::storage]
    pub type Stopped<T: Config> =
        StorageDoubleMap<_, Twox64Concat, EntryId, Twox64Concat, Version, List<Stop, STOPS_MAX>, ValueQuery>;

    /// How the status of an entry changed; nothing for one that was never suspended or withdrawn.
    ///
    /// - Key → value: EntryId → Course, 9 bytes a change.
    /// - Written by: `Call::suspend`, `Call::resume`, `Call::withdraw`; never removed.
    /// - Bound: [`STATUS_CHANGES_MAX`] changes.
    /// - Invariants: C8 in `try_state`.
    #[pallet::storage]
    pub type Courses<T: Config> = StorageMap<_, Twox64Concat, EntryId, Course, ValueQuery>;

    /// The change of law or duties that an entry has not followed yet.
    ///
    /// - Key → value: EntryId → OpenChange, at most 50 bytes.
    /// - Written by: `Call::report_change`, `Call::ask_extension`, `Call::decide_extension`; removed by `Call::publish` of the update
    ///   and `Call::withdraw`.
    /// - Bound: one an entry.
    /// - Invariants: C9 in `try_state`.
    #[pallet::storage]
    pub type OpenChanges<T: Config> = StorageMap<_, Twox64Concat, EntryId, OpenChange>;

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
        /// An entry was suspended: grants on it stand still.
        EntrySuspended {
            /// Who suspended it.
            signer: AccountId32,
            /// Which, why and in which role.
            suspension: EntrySuspension,
        },
        /// An entry was resumed: grants on it go on.
        EntryResumed {
            /// Who resumed it.
            signer: AccountId32,
            /// Which, why and in which role.
            suspension: EntrySuspension,
        },
        /// An entry was withdrawn: grants on it have ended.
        EntryWithdrawn {
            /// Who withdrew it.
            signer: AccountId32,
            /// Which, why, after which consultation, and with whom this is filed.
            withdrawn: EntryWithdrawn,
        },
        /// Law or duties changed, and the provider has to update the entry in time.
        ChangeOccurred {
            /// Who reported it.
            signer: AccountId32,
            /// What changed, and when.
            occurred: ChangeOccurred,
        },
        /// The provider asked for more time for an update.
        UpdateExtensionAsked {
            /// Its head.
            signer: AccountId32,
            /// How much, and why.
            asked: UpdateExtensionAsked,
        },
        /// The authority decided on more time for an update.
        UpdateExtensionDecided {
            /// Its reviewer.
            signer: AccountId32,
            /// What it decided, and why.
            decided: UpdateExtensionDecided,
        },
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Submits the first or the next version of the entry with the content's code.
        ///
        /// ## Dispatch origin
        /// An account with the `cataloguer` role of the provider that the content names.
        /// ## Errors
        /// - The rule of SPEC §2 that the content breaks, from `Error::SecrecyMarked` to `Error::OpeningSensitive`, and its papers:
        ///   `Error::AssessmentMissing`, `Error::QualityIncomplete`, `Error::ConsultationMissing`, `Error::DateAhead`.
        /// - `Error::CodeTaken`, `Error::UnderWayAlready`, `Error::TooManyVersions`, `Error::EntryWithdrawn`: the code is not free for
        ///   this.
        /// - `Error::ConsultationMissing`, `Error::TooManyLiveVersions`: of the grants on earlier versions.
        /// - The elements pallet's error that says why an item may not be of its element.
        /// - The departments pallet's error that names what the signer's role lacks.
        /// ## Events and records
        /// `Event::EntrySubmitted`; record `EntrySubmitted` with the whole content.
        /// ## Complexity
        /// O(items · log items), and O(items²) for each version with live grants: two reads a version, at most four writes.
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
        /// - `Error::DigestMismatch`, `Error::SamePerson`, `Error::NoAuthority`.
        /// - The departments pallet's error that names what the signer's role lacks.
        /// ## Events and records
        /// `Event::EntryEndorsed`; record `EntryEndorsed`. The clock of the review starts (art. 16, 17); that of an open change stands
        /// still.
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
        /// - `Error::WithoutReason`, `Error::SamePerson`, `Error::NoAuthority`.
        /// - The departments pallet's error that names what the signer's role lacks.
        /// ## Events and records
        /// `Event::EntryReturned`; record `EntryReturned`. The clock of the review stops; that of an open change runs again.
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
        /// - `Error::DateAhead`: its publication date has not come.
        /// - `Error::ConsultationMissing`, `Error::TooManyLiveVersions` and the elements pallet's errors, as for `Call::submit`: what
        ///   they read may have changed since. The authority returns such a version.
        /// - The departments pallet's error that names what the signer's role lacks.
        /// ## Events and records
        /// `Event::EntryPublished`; record `EntryPublished`. The clock of the review stops, and that of the change that the version
        /// answers. Holders of grants that the version touches are told by records of the grants pallet.
        /// ## Complexity
        /// O(items²) for each version with live grants.
        #[pallet::call_index(4)]
        #[pallet::weight(weights::PUBLISH)]
        pub fn publish(origin: OriginFor<T>, entry: EntryId, version: Version, digest: Digest32) -> DispatchResult {
            Self::do_publish(&ensure_signed(origin)?, entry, version, digest)
        }

        /// Suspends a published entry: every grant on it stands still at once (art. 27).
        ///
        /// ## Dispatch origin
        /// An account with the `head` role of the provider or the `reviewer` role of its competent authority.
        /// ## Errors
        /// - `Error::UnknownEntry`, `Error::NotPublished`, `Error::EntryWithdrawn`, `Error::SuspendedAlready`.
        /// - `Error::WithoutReason`, `Error::TooManySuspensions`.
        /// - The departments pallet's error that names what the signer's role lacks.
        /// ## Events and records
        /// `Event::EntrySuspended`; record `EntrySuspended`, also under the authority. Holders are told by records of the grants pallet.
        /// ## Complexity
        /// O(versions with live grants).
        #[pallet::call_index(5)]
        #[pallet::weight(weights::PUBLISH)]
        pub fn suspend(origin: OriginFor<T>, entry: EntryId, reason: Text<512>) -> DispatchResult {
            Self::do_suspend(&ensure_signed(origin)?, entry, reason)
        }

        /// Resumes a suspended entry.
        ///
        /// ## Dispatch origin
        /// An account with the `reviewer` role of the provider's competent authority; of what the provider suspended itself also one with
        /// the `head` role of the provider.
        /// ## Errors
        /// - `Error::UnknownEntry`, `Error::NotPublished`, `Error::EntryWithdrawn`, `Error::NotSuspended`.
        /// - `Error::WithoutReason`, `Error::SuspendedByAuthority`, `Error::NoAuthority`.
        /// - The departments pallet's error that names what the signer's role lacks.
        /// ## Events and records
        /// `Event::EntryResumed`; record `EntryResumed`, also under the authority. Holders are told by records of the grants pallet.
        /// ## Complexity
        /// O(versions with live grants).
        #[pallet::call_index(6)]
        #[pallet::weight(weights::PUBLISH)]
        pub fn resume(origin: OriginFor<T>, entry: EntryId, reason: Text<512>) -> DispatchResult {
            Self::do_resume(&ensure_signed(origin)?, entry, reason)
        }

        /// Withdraws an entry for ever: every grant on it ends, its code stays taken. The record is the filing with the authority
        /// (art. 27).
        ///
        /// ## Dispatch origin
        /// An account with the `head` role of the provider.
        /// ## Errors
        /// - `Error::UnknownEntry`, `Error::NotPublished`, `Error::EntryWithdrawn`.
        /// - `Error::UnderWayAlready`: publish or return the version first.
        /// - `Error::WithoutReason`; `Error::ConsultationMissing` if there are live grants.
        /// - `Error::NoAuthority`: there is nobody to file it with.
        /// - The departments pallet's error that names what the signer's role lacks.
        /// ## Events and records
        /// `Event::EntryWithdrawn`; record `EntryWithdrawn`, also under the authority. The clock of an open change stops. Holders are told
        /// by records of the grants pallet.
        /// ## Complexity
        /// O(versions with live grants).
        #[pallet::call_index(7)]
        #[pallet::weight(weights::PUBLISH)]
        pub fn withdraw(
            origin: OriginFor<T>,
            entry: EntryId,
            reason: Text<512>,
            consultation: Option<Papers>,
        ) -> DispatchResult {
            Self::do_withdraw(&ensure_signed(origin)?, entry, reason, consultation)
        }

        /// Says that law, a decision or duties changed on a day, so that the entry has to be updated in time from that day on (art. 17).
        ///
        /// ## Dispatch origin
        /// An account with the `cataloguer` or `head` role of the provider, or the `reviewer` role of its competent authority.
        /// ## Errors
        /// - `Error::UnknownEntry`, `Error::NotPublished`, `Error::EntryWithdrawn`.
        /// - `Error::ChangeOpen`, `Error::ChangeAhead`, `Error::BasisMissing`.
        /// - The departments pallet's error that names what the signer's role lacks.
        /// ## Events and records
        /// `Event::ChangeOccurred`; record `ChangeOccurred`. The clock of the update starts, counted from the day of the change.
        /// ## Complexity
        /// O(1).
        #[pallet::call_index(8)]
        #[pallet::weight(weights::ACT)]
        pub fn report_change(origin: OriginFor<T>, entry: EntryId, on: Day, basis: Text<256>) -> DispatchResult {
            Self::do_report_change(&ensure_signed(origin)?, entry, on, basis)
        }

        /// Asks the authority for more time for an update (art. 17).
        ///
        /// ## Dispatch origin
        /// An account with the `head` role of the provider.
        /// ## Errors
        /// - `Error::UnknownEntry`, `Error::NotPublished`, `Error::EntryWithdrawn`, `Error::NoChangeOpen`.
        /// - `Error::ExtensionAskedAlready`, `Error::UpdateOverdue`, `Error::ExtensionOverLimit`, `Error::WithoutReason`.
        /// - `Error::NoAuthority`: there is nobody to ask.
        /// - The departments pallet's error that names what the signer's role lacks.
        /// ## Events and records
        /// `Event::UpdateExtensionAsked`; record `UpdateExtensionAsked`, also under the authority.
        /// ## Complexity
        /// O(1).
        #[pallet::call_index(9)]
        #[pallet::weight(weights::ACT)]
        pub fn ask_extension(
            origin: OriginFor<T>,
            entry: EntryId,
            working_days: u16,
            reason: Text<512>,
        ) -> DispatchResult {
            Self::do_ask_extension(&ensure_signed(origin)?, entry, working_days, reason)
        }

        /// Grants or denies what was asked for with `Call::ask_extension`; the record is the notice to the provider.
        ///
        /// ## Dispatch origin
        /// An account with the `reviewer` role of the provider's competent authority.
        /// ## Errors
        /// - `Error::UnknownEntry`, `Error::NotPublished`, `Error::EntryWithdrawn`, `Error::NoChangeOpen`, `Error::ExtensionNotAsked`.
        /// - `Error::SamePerson`: who asked does not decide.
        /// - `Error::WithoutReason` of a denial; `Error::UpdateOverdue` of a consent; `Error::NoAuthority`.
        /// - The calendar's error if governance has lowered the limit since it was asked for.
        /// - The departments pallet's error that names what the signer's role lacks.
        /// ## Events and records
        /// `Event::UpdateExtensionDecided`; record `UpdateExtensionDecided`. If granted, the clock of the update runs longer.
        /// ## Complexity
        /// O(1).
        #[pallet::call_index(10)]
        #[pallet::weight(weights::ACT)]
        pub fn decide_extension(
            origin: OriginFor<T>,
            entry: EntryId,
            granted: bool,
            reason: Text<512>,
        ) -> DispatchResult {
            Self::do_decide_extension(&ensure_signed(origin)?, entry, granted, reason)
        }
    }
}
