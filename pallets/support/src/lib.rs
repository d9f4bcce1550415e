//! The small traits through which the pallets meet in the runtime. Pallets never depend on each other.

mod catalog;
mod clocks;
mod mounts;
mod oversight;

pub use catalog::{Catalog, Elements, EntryFacts, Holders, LiveUse, Replies};
pub use clocks::Clocks;
use codec::Encode;
use frame_support::pallet_prelude::{DispatchError, DispatchResult};
pub use mounts::Mounts;
use mulu_proofs::{
    departments::{About, DepartmentStatus, Level, Role, SignedAs, SystemKind},
    governance::Action,
    grants::{GrantState, GrantTerms},
    ids::{DepartmentId, GrantId, Moment, PurposeId, RecordNumber, SystemId, Version},
    records::{RecordKind, Subject},
};
pub use oversight::{Counters, Extensions, Known, Matters, Overdue, Superiors};
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
    /// Whether `who` holds a role now, whatever it is limited to.
    fn holds(who: &AccountId32, department: DepartmentId, role: Role) -> bool {
        Self::signed_as(who, department, role, &About::NOTHING).is_ok()
    }
    /// The department of an account.
    fn department_of(who: &AccountId32) -> Option<DepartmentId>;
    /// The department whose account it is or was: of a key that was replaced, the one that it signed for. Where keys are not replaced, it is the
    /// same.
    fn belonged_to(who: &AccountId32) -> Option<DepartmentId> {
        Self::department_of(who)
    }
    /// Whether two accounts are one person's: one key, or one took the other's place. Where keys are not replaced, one key.
    fn is_same_person(one: &AccountId32, other: &AccountId32) -> bool {
        one == other
    }
    /// A department.
    fn department(id: DepartmentId) -> Option<DepartmentFacts>;
    /// Every change of a department's status with its moment, ascending; events are judged by the status of their time.
    fn statuses(id: DepartmentId) -> Vec<(Moment, DepartmentStatus)>;
    /// The competent authority of a department's level and region.
    fn authority_of(id: DepartmentId) -> Option<DepartmentId>;
    /// A system.
    fn system(id: SystemId) -> Option<SystemFacts>;
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
