//! The small traits through which the pallets meet in the runtime. Pallets never depend on each other.

mod clocks;
mod oversight;

pub use clocks::Clocks;
use codec::Encode;
use frame_support::pallet_prelude::{DispatchError, DispatchResult};
use mulu_proofs::{
    catalog::{Methods, SharingClass},
    departments::{About, DepartmentStatus, Level, Role, SignedAs, SystemKind},
    governance::Action,
    grants::{GrantState, GrantTerms},
    ids::{DepartmentId, Digest32, ElementId, EntryId, GrantId, Moment, PurposeId, RecordNumber, SystemId, Version},
    records::{RecordKind, Subject},
};
pub use oversight::{Counters, Known, Matters, Overdue, Superiors};
use sp_core::crypto::AccountId32;

/// The record log, as the acts see it.
pub trait Records {
    /// Appends a record of what was just done and returns its number.
    ///
    /// `signer` is the account whose direct signature caused it, if one did; the extrinsic's hash is added by the log.
    fn append(
        kind: RecordKind,
        department: DepartmentId,
        signer: Option<&AccountId32>,
        subjects: &[Subject],
        body: &impl Encode,
    ) -> RecordNumber;
}

/// Block time.
pub trait Clock {
    /// Time of the block under execution.
    fn now() -> Moment;
}

/// What other pallets may know of a department.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DepartmentFacts {
    /// Administrative level.
    pub level: Level,
    /// Region code.
    pub region: u32,
    /// Whether it is a competent authority.
    pub is_authority: bool,
    /// Neither suspended nor retired.
    pub is_active: bool,
}

/// What other pallets may know of a system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SystemFacts {
    /// Its department.
    pub department: DepartmentId,
    /// What it is.
    pub kind: SystemKind,
}

/// Departments, roles and systems.
pub trait People {
    /// The role `role` of `who` in `department`, in force now and for an act about `about`.
    ///
    /// # Errors
    /// The departments pallet's error that names what is missing: the role, its second signature, its term or its scope.
    fn signed_as(
        who: &AccountId32,
        department: DepartmentId,
        role: Role,
        about: &About,
    ) -> Result<SignedAs, DispatchError>;
    /// The department of an account.
    fn department_of(who: &AccountId32) -> Option<DepartmentId>;
    /// A department.
    fn department(id: DepartmentId) -> Option<DepartmentFacts>;
    /// Every change of a department's status with its moment, ascending; events are judged by the status of their time.
    fn statuses(id: DepartmentId) -> Vec<(Moment, DepartmentStatus)>;
    /// The competent authority of a department's level and region.
    fn authority_of(id: DepartmentId) -> Option<DepartmentId>;
    /// A system.
    fn system(id: SystemId) -> Option<SystemFacts>;
}

/// What other pallets may know of a version of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryFacts {
    /// Provider department.
    pub provider: DepartmentId,
    /// Mask with one bit per item.
    pub items: u64,
    /// Mask of the items that may not be shared at all.
    pub items_not_shared: u64,
    /// Sharing class of the entry.
    pub sharing: SharingClass,
    /// Sharing methods.
    pub methods: Methods,
    /// Digest of the content.
    pub digest: Digest32,
}

/// Catalog entries.
pub trait Catalog {
    /// The version of an entry that is published now.
    fn published(entry: EntryId) -> Option<Version>;
    /// A version that is or was published.
    fn facts(entry: EntryId, version: Version) -> Option<EntryFacts>;
}

/// Governed data elements: one datum, one source (art. 19).
pub trait Elements {
    /// Whether `provider` may register an item of `element` that cites `source`, an entry of the element's authoritative department.
    ///
    /// # Errors
    /// The elements pallet's error: the element is unknown, or the right source is not cited.
    fn check(provider: DepartmentId, element: ElementId, source: Option<EntryId>) -> DispatchResult;
}

/// What follows elsewhere from what the catalog publishes and withdraws.
pub trait Publications {
    /// A version of `entry` was published, the first or one that supersedes another. `elements` are those of its items.
    fn published(entry: EntryId, is_first: bool, facts: &EntryFacts, elements: &[ElementId]);
    /// The entry was withdrawn, and will never be published again.
    fn withdrawn(entry: EntryId, provider: DepartmentId);
}

impl<A: Publications, B: Publications> Publications for (A, B) {
    fn published(entry: EntryId, is_first: bool, facts: &EntryFacts, elements: &[ElementId]) {
        A::published(entry, is_first, facts, elements);
        B::published(entry, is_first, facts, elements);
    }

    fn withdrawn(entry: EntryId, provider: DepartmentId) {
        A::withdrawn(entry, provider);
        B::withdrawn(entry, provider);
    }
}

/// Where the resources of entries are.
pub trait Mounts {
    /// The platforms that serve an entry, by any method, ascending.
    fn platforms(entry: EntryId) -> Vec<SystemId>;
}

/// The governed list of purposes.
pub trait PurposeList {
    /// Whether a purpose is registered.
    fn exists(purpose: PurposeId) -> bool;
}

/// Where a grant begins: with the agreement to a request.
pub trait GrantsBegin {
    /// The number that the next grant gets.
    fn next_grant() -> GrantId;
    /// Keeps the first version of the next grant, and starts the clock of its provisioning. Called behind the record of the agreement.
    ///
    /// # Errors
    /// If the terms are not of version 1 of [`Self::next_grant`].
    fn begin(terms: &GrantTerms) -> DispatchResult;
}

/// Grants.
pub trait Grants {
    /// The terms of a version of a grant; versions never change.
    fn terms(grant: GrantId, version: Version) -> Option<GrantTerms>;
    /// Every change of the grant's state with its moment, ascending.
    fn transitions(grant: GrantId) -> Vec<(Moment, GrantState)>;
}

/// Who has a vote in governance.
pub trait Electorate {
    /// Whether a department has a vote now: it is admitted, and neither suspended nor retired.
    fn has_vote(department: DepartmentId) -> bool;
    /// How many departments have a vote now: those of which [`Self::has_vote`] says so.
    fn voting_departments() -> u32;
}

/// What decisions of governance do, outside the governance pallet.
pub trait Enact {
    /// Does what `action` says, at once, and records it. Called within a storage transaction: an error leaves nothing behind.
    ///
    /// # Errors
    /// The error of the pallet that refuses it.
    fn enact(action: &Action) -> DispatchResult;
}
