//! Where the resources of entries are, and what follows there from what the catalog does.

use crate::EntryFacts;
use mulu_proofs::ids::{DepartmentId, EntryId, SystemId};

/// The mounts of entries, as other pallets see them.
pub trait Mounts {
    /// The platforms that serve an entry, by any method, ascending.
    fn platforms(entry: EntryId) -> Vec<SystemId>;
    /// A version of `entry` was published, the first one or one that supersedes another: mounts of methods that it does not offer end.
    fn published(entry: EntryId, is_first: bool, facts: &EntryFacts);
    /// The entry was withdrawn, and will never be published again: its mounts end.
    fn withdrawn(entry: EntryId, provider: DepartmentId);
}
