//! What an event's grant or entry says, as far as it was asked for: sealing needs the terms before the chain judges by them.

use mulu_primitives::batch::Terms;
use mulu_proofs::{
    ids::{DepartmentId, EntryId, GrantId, Version},
    sharing::GrantTerms,
};
use std::collections::BTreeMap;

/// Terms of grants and providers of entries that the chain was asked for. Versions never change, so nothing here grows stale.
#[derive(Clone, Debug, Default)]
pub struct KnownTerms {
    grants: BTreeMap<(GrantId, Version), GrantTerms>,
    providers: BTreeMap<(EntryId, Version), DepartmentId>,
}

impl KnownTerms {
    /// Adds a version of a grant.
    pub fn add_grant(&mut self, terms: GrantTerms) {
        self.grants.insert((terms.grant, terms.version), terms);
    }

    /// Adds the provider of a version of an entry.
    pub fn add_entry(&mut self, entry: EntryId, version: Version, provider: DepartmentId) {
        self.providers.insert((entry, version), provider);
    }

    /// Terms of a version of a grant.
    pub fn grant_terms(&self, grant: GrantId, version: Version) -> Option<&GrantTerms> {
        self.grants.get(&(grant, version))
    }

    /// Provider of a version of an entry.
    pub fn entry_provider(&self, entry: EntryId, version: Version) -> Option<DepartmentId> {
        self.providers.get(&(entry, version)).copied()
    }
}

impl Terms for KnownTerms {
    fn grant(&self, grant: GrantId, version: Version) -> Option<GrantTerms> {
        self.grant_terms(grant, version).cloned()
    }

    fn provider(&self, entry: EntryId, version: Version) -> Option<DepartmentId> {
        self.entry_provider(entry, version)
    }
}
