//! What the oversight pallet hears from the others, and asks them (SPEC §3, arts. 28 and 39 to 41).

use mulu_proofs::{
    calendar::{Deadline, Due},
    ids::{DeadlineId, DepartmentId, EntryId, GrantId, RequestId, Version},
    oversight::CountKind,
};

/// Counters of what arts. 39 to 41 of the Regulation name. Called with the act whose record shows it.
pub trait Counters {
    /// Counts once for a department, in the year of today.
    fn count(department: DepartmentId, kind: CountKind);
}

impl Counters for () {
    fn count(_: DepartmentId, _: CountKind) {}
}

/// Who hears that a deadline was put on record as overdue. Whether it *is* overdue nobody learns here: that is a fact of block time.
pub trait Overdue {
    /// The record has just been written; the deadline may be stopped here.
    fn overdue(id: DeadlineId, deadline: &Deadline, due: &Due);
}

impl Overdue for () {
    fn overdue(_: DeadlineId, _: &Deadline, _: &Due) {}
}

/// Applications for more time (arts. 17 and 21).
pub trait Extensions {
    /// The authority that had not answered an application for more time when this deadline ended, if there was one. Asked while the record
    /// that the deadline is overdue is written.
    fn unanswered(id: DeadlineId, deadline: &Deadline) -> Option<DepartmentId>;
}

/// What the state knows of a request or grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// It was never numbered.
    Never,
    /// It has ended and left the state.
    Ended,
    /// It is there.
    Here {
        /// Entry that it is about.
        entry: EntryId,
        /// Provider department.
        provider: DepartmentId,
        /// Consumer department.
        consumer: DepartmentId,
    },
}

/// What a dispute can be about.
pub trait Matters {
    /// Provider and newest version of an entry that was ever published.
    fn entry(entry: EntryId) -> Option<(DepartmentId, Version)>;
    /// A request.
    fn request(request: RequestId) -> Known;
    /// A grant.
    fn grant(grant: GrantId) -> Known;
}

/// Who stands above departments.
pub trait Superiors {
    /// The competent authority that deals with a dispute of two departments (art. 28): that of their level and region, or the nearest
    /// above that covers both; never one of the two.
    fn common_authority(one: DepartmentId, other: DepartmentId) -> Option<DepartmentId>;
}
