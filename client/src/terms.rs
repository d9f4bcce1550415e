//! What events may refer to, as far as the chain was asked: sealing needs it before the chain judges by it.
//!
//! A batch that names something unknown is refused as a whole, and a sealed batch never changes: so nothing unknown is ever sealed.

use mulu_primitives::batch::Terms;
use mulu_proofs::{
    grants::GrantTerms,
    ids::{DepartmentId, EntryId, GrantId, PurposeId, SystemId, Version},
};
use std::{collections::BTreeMap, sync::Arc};

/// Terms of grants, facts of entries, and how many ids were given. Versions never change and ids are never taken back, so nothing here
/// grows stale; it only grows.
#[derive(Clone, Debug, Default)]
pub struct KnownTerms {
    grants: BTreeMap<(GrantId, Version), Arc<GrantTerms>>,
    entries: BTreeMap<(EntryId, Version), EntryFacts>,
    last: LastIds,
}

/// What is known of a published version of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryFacts {
    /// Provider department.
    pub provider: DepartmentId,
    /// Mask with one bit per item.
    pub items: u64,
}

/// The last ids that the chain gave: they are given in order from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LastIds {
    /// Last department.
    pub department: DepartmentId,
    /// Last system.
    pub system: SystemId,
    /// Last purpose.
    pub purpose: PurposeId,
}

impl LastIds {
    /// The higher of both, each for itself.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self {
            department: self.department.max(other.department),
            system: self.system.max(other.system),
            purpose: self.purpose.max(other.purpose),
        }
    }
}

impl KnownTerms {
    /// Adds a version of a grant.
    pub fn add_grant(&mut self, terms: GrantTerms) {
        self.grants.insert((terms.grant, terms.version), Arc::new(terms));
    }

    /// Adds a published version of an entry.
    pub fn add_entry(&mut self, entry: EntryId, version: Version, facts: EntryFacts) {
        self.entries.insert((entry, version), facts);
    }

    /// Sets how many ids were given.
    pub fn set_last_ids(&mut self, last: LastIds) {
        self.last = self.last.max(last);
    }

    /// Terms of a version of a grant.
    pub fn grant_terms(&self, grant: GrantId, version: Version) -> Option<&Arc<GrantTerms>> {
        self.grants.get(&(grant, version))
    }

    /// Facts of a version of an entry.
    pub fn entry_facts(&self, entry: EntryId, version: Version) -> Option<EntryFacts> {
        self.entries.get(&(entry, version)).copied()
    }

    /// Whether all of these ids were given.
    pub fn has_ids(&self, ids: LastIds) -> bool {
        self.last.max(ids) == self.last
    }
}

impl Terms for KnownTerms {
    fn grant(&self, grant: GrantId, version: Version) -> Option<Arc<GrantTerms>> {
        self.grant_terms(grant, version).cloned()
    }

    fn provider(&self, entry: EntryId, version: Version) -> Option<DepartmentId> {
        self.entry_facts(entry, version).map(|facts| facts.provider)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_known_if_a_later_one_was_given() {
        let mut terms = KnownTerms::default();
        let ids = |department, system| LastIds {
            department: DepartmentId::new(department),
            system: SystemId::new(system),
            purpose: PurposeId::new(0),
        };
        terms.set_last_ids(ids(4, 0));
        terms.set_last_ids(ids(3, 2));
        assert!(terms.has_ids(ids(4, 2)) && terms.has_ids(ids(0, 1)));
        assert!(!terms.has_ids(ids(5, 0)) && !terms.has_ids(ids(0, 3)));
    }
}
