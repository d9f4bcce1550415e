//! Mounts (挂载, SPEC §2): the real resources behind published entries, and what platforms see of them.
//!
//! ```text
//! mount ─> matches ── report_fingerprint, another schema ──> mismatch, on record ── the same schema again ──> matches
//!             └──────────────── unmount, or a version without the method, or withdrawal ────────────────┘──> gone
//! ```
//!
//! A mount holds no credential. Its address stands in its record; the state keeps what reports are compared with. The mount rate of
//! a department follows from two counts.

mod functions;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
mod try_state;
mod types;
pub mod weights;

pub use pallet::*;
pub use types::{Mounted, Rate};

/// The pallet.
#[frame_support::pallet]
pub mod pallet {
    use crate::{
        types::{Mounted, Rate},
        weights,
    };
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use mulu_pallet_support::{Catalog, Counters, People, Records};
    use mulu_proofs::{
        catalog::Method,
        ids::{DepartmentId, Digest32, EntryId},
        mounts::{
            EntryMounted, EntryUnmounted, FingerprintReported, MOUNT_ADDRESS_BYTES_MAX, MOUNT_PLATFORMS_MAX,
            MOUNT_REASON_BYTES_MAX, Mount,
        },
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
        /// Counts mismatches for the provider (art. 39).
        type Counters: Counters;
    }

    /// The mounts of an entry, one a method.
    ///
    /// - Key → value: EntryId, Method → Mounted, at most 106 bytes.
    /// - Written by: `Call::mount`, `Call::report_fingerprint`; removed by `Call::unmount`, by the publication of a version without
    ///   the method, and with the entry's withdrawal.
    /// - Bound: the five methods of a published entry.
    /// - Invariants: M1, M2, M3 in `try_state`.
    #[pallet::storage]
    pub type MountedAt<T: Config> = StorageDoubleMap<_, Twox64Concat, EntryId, Twox64Concat, Method, Mounted>;

    /// How many entries of a department are published and not withdrawn, and how many of them are mounted: the mount rate.
    ///
    /// - Key → value: DepartmentId → Rate, 8 bytes.
    /// - Written by: with [`MountedAt`], and by the first publication and the withdrawal of an entry.
    /// - Invariants: M4 in `try_state`.
    #[pallet::storage]
    pub type Rates<T: Config> = StorageMap<_, Twox64Concat, DepartmentId, Rate, ValueQuery>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// An entry was tied to a resource.
        EntryMounted {
            /// Entry, version and resource.
            mounted: Box<EntryMounted>,
            /// Who mounted it.
            by: AccountId32,
        },
        /// An entry is no longer tied to a resource.
        EntryUnmounted {
            /// Entry, method and reason.
            unmounted: EntryUnmounted,
            /// Who ended it.
            by: AccountId32,
        },
        /// A platform saw another schema than the mount's.
        CatalogMismatch {
            /// What it saw, and what the mount says.
            reported: FingerprintReported,
            /// The platform's account.
            by: AccountId32,
        },
        /// A platform saw the mount's schema again.
        MismatchResolved {
            /// What it saw.
            reported: FingerprintReported,
            /// The platform's account.
            by: AccountId32,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// No version of this entry is published (art. 16); only a published entry is mounted.
        NotPublished,
        /// The published version is not shared by this method; mount one of its methods, or publish a version with this one.
        MethodNotOffered,
        /// The entry has a mount of this method; end it with `Call::unmount` first.
        MountedAlready,
        /// The entry has no mount of this method.
        NotMounted,
        /// A mount has an address: a handle that its platforms understand.
        AddressMissing,
        /// The address looks as if it held a password, token or key; the ledger is read by many and forgets nothing. Use a handle.
        AddressHoldsCredential,
        /// A fingerprint of zeros is none; compute it from the schema.
        FingerprintMissing,
        /// A mount names at least one platform, each once, ascending.
        PlatformsInvalid,
        /// A system that the mount names is not registered as a platform.
        NotPlatform,
        /// An end of a mount says why.
        ReasonMissing,
        /// The signer's department has none of the platforms that the mount names.
        PlatformNotNamed,
        /// The platform sees what is on record already; only a change is reported.
        NothingToReport,
    }

    #[pallet::extra_constants]
    impl<T: Config> Pallet<T> {
        /// Most platforms that serve one mount.
        fn platforms_max() -> u32 {
            MOUNT_PLATFORMS_MAX
        }

        /// Longest address of a mount, in bytes of UTF-8.
        fn address_bytes_max() -> u32 {
            MOUNT_ADDRESS_BYTES_MAX
        }

        /// Longest reason for an end of a mount, in bytes of UTF-8.
        fn reason_bytes_max() -> u32 {
            MOUNT_REASON_BYTES_MAX
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Ties the published entry to the resource that serves it by a method.
        ///
        /// ## Dispatch origin
        /// An account with the `cataloguer` role of the provider.
        /// ## Errors
        /// - `Error::NotPublished`, `Error::MethodNotOffered`, `Error::MountedAlready`.
        /// - `Error::AddressMissing`, `Error::AddressHoldsCredential`, `Error::FingerprintMissing`.
        /// - `Error::PlatformsInvalid`, `Error::NotPlatform`.
        /// - The departments pallet's error that names what the signer's role lacks.
        /// ## Events and records
        /// `Event::EntryMounted`; record `EntryMounted`.
        /// ## Complexity
        /// O(platforms): a read for each.
        #[pallet::call_index(0)]
        #[pallet::weight(weights::ACT)]
        pub fn mount(origin: OriginFor<T>, entry: EntryId, mount: Box<Mount>) -> DispatchResult {
            Self::do_mount(&ensure_signed(origin)?, entry, *mount)
        }

        /// Ends a mount, and with it what was seen of it: to move the resource, mount it again.
        ///
        /// ## Dispatch origin
        /// As for `Call::mount`.
        /// ## Errors
        /// - `Error::NotPublished`, `Error::NotMounted`, `Error::ReasonMissing`.
        /// - The departments pallet's error that names what the signer's role lacks.
        /// ## Events and records
        /// `Event::EntryUnmounted`; record `EntryUnmounted`.
        /// ## Complexity
        /// O(1).
        #[pallet::call_index(1)]
        #[pallet::weight(weights::ACT)]
        pub fn unmount(
            origin: OriginFor<T>,
            entry: EntryId,
            method: Method,
            reason: Text<MOUNT_REASON_BYTES_MAX>,
        ) -> DispatchResult {
            Self::do_unmount(&ensure_signed(origin)?, entry, method, reason)
        }

        /// Says which schema the platform sees: a mismatch if it is not the mount's, the end of a mismatch if it is again. What is
        /// on record already is refused, so that a bridge may ask every day and writes nothing.
        ///
        /// ## Dispatch origin
        /// An account with the `platform` role of a department that has one of the platforms which the mount names.
        /// ## Errors
        /// - `Error::NotMounted`, `Error::FingerprintMissing`, `Error::PlatformNotNamed`, `Error::NothingToReport`.
        /// - The departments pallet's error that names what the signer's role lacks.
        /// ## Events and records
        /// `Event::CatalogMismatch`; record `CatalogMismatch`; counted for the provider, once until it is resolved (art. 39). Or `Event::MismatchResolved`; record `MismatchResolved`.
        /// ## Complexity
        /// O(platforms): a read for each.
        #[pallet::call_index(2)]
        #[pallet::weight(weights::ACT)]
        pub fn report_fingerprint(
            origin: OriginFor<T>,
            entry: EntryId,
            method: Method,
            fingerprint: Digest32,
        ) -> DispatchResult {
            Self::do_report_fingerprint(&ensure_signed(origin)?, entry, method, fingerprint)
        }
    }
}
