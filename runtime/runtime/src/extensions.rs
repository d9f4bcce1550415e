//! Which authority owes an answer to an application for more time.

use crate::{Catalog, Sharing};
use mulu_pallet_support::Extensions;
use mulu_proofs::{
    calendar::Deadline,
    ids::{DeadlineId, DepartmentId},
};

/// Applications of providers for more time to reply (art. 21) and to update their entries (art. 17).
pub struct StateExtensions;

impl Extensions for StateExtensions {
    fn unanswered(id: DeadlineId, deadline: &Deadline) -> Option<DepartmentId> {
        Sharing::unanswered(id, deadline).or_else(|| Catalog::unanswered(id, deadline))
    }
}
