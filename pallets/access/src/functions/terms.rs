//! What a batch refers to, read from the state once.

use crate::pallet::{Config, Error};
use frame_support::{dispatch::DispatchResult, ensure};
use mulu_pallet_support::{Catalog, EntryFacts, Grants, People, PurposeList};
use mulu_primitives::batch::Terms;
use mulu_proofs::{
    access::{PublicLeaf, RunKey},
    grants::GrantTerms,
    ids::{DepartmentId, EntryId, GrantId, PurposeId, SystemId, Version},
};
use std::{cell::RefCell, collections::BTreeMap, sync::Arc};

/// A version of a grant, once it was looked for.
type Found = Option<Arc<GrantTerms>>;

/// The state as the batch codec sees it. Reads each thing once, so use one for one batch and never across blocks.
pub struct StateTerms<T: Config> {
    grants: RefCell<BTreeMap<(GrantId, Version), Found>>,
    entries: RefCell<BTreeMap<(EntryId, Version), Option<EntryFacts>>>,
    config: core::marker::PhantomData<T>,
}

impl<T: Config> Default for StateTerms<T> {
    fn default() -> Self {
        Self { grants: RefCell::default(), entries: RefCell::default(), config: core::marker::PhantomData }
    }
}

impl<T: Config> Terms for StateTerms<T> {
    fn grant(&self, grant: GrantId, version: Version) -> Option<Arc<GrantTerms>> {
        let mut grants = self.grants.borrow_mut();
        grants.entry((grant, version)).or_insert_with(|| T::Grants::terms(grant, version).map(Arc::new)).clone()
    }

    fn provider(&self, entry: EntryId, version: Version) -> Option<DepartmentId> {
        self.facts(entry, version).map(|facts| facts.provider)
    }
}

impl<T: Config> StateTerms<T> {
    fn facts(&self, entry: EntryId, version: Version) -> Option<EntryFacts> {
        let mut entries = self.entries.borrow_mut();
        *entries.entry((entry, version)).or_insert_with(|| T::Catalog::facts(entry, version))
    }

    /// Whether every id that the leaves name is one that the ledger gave, and every reporter is `platform`.
    pub(super) fn check_ids(&self, leaves: &[PublicLeaf], platform: SystemId) -> DispatchResult {
        let mut known = Known::<T>::default();
        for leaf in leaves {
            if let RunKey::Reporter(reporter) = leaf.key {
                ensure!(reporter == platform, Error::<T>::OtherReporter);
            }
            ensure!(known.contains(leaf), Error::<T>::UnknownId);
            if let Some((entry, version)) = leaf.entry.filter(|_| leaf.items != 0) {
                let items = self.facts(entry, version).map_or(0, |facts| facts.items);
                ensure!(leaf.items & !items == 0, Error::<T>::UnknownItem);
            }
        }
        Ok(())
    }
}

/// Which ids were looked up already, and whether they are known.
struct Known<T> {
    departments: BTreeMap<DepartmentId, bool>,
    systems: BTreeMap<SystemId, bool>,
    purposes: BTreeMap<PurposeId, bool>,
    config: core::marker::PhantomData<T>,
}

impl<T> Default for Known<T> {
    fn default() -> Self {
        Self {
            departments: BTreeMap::new(),
            systems: BTreeMap::new(),
            purposes: BTreeMap::new(),
            config: core::marker::PhantomData,
        }
    }
}

impl<T: Config> Known<T> {
    /// Whether consumer, systems and purpose of the leaf are known. Its entry, provider and grant are, or it had not been decoded.
    fn contains(&mut self, leaf: &PublicLeaf) -> bool {
        let consumer = leaf
            .consumer
            .is_none_or(|id| *self.departments.entry(id).or_insert_with(|| T::People::department(id).is_some()));
        let systems = [leaf.authorising_system, leaf.using_system]
            .into_iter()
            .flatten()
            .all(|id| *self.systems.entry(id).or_insert_with(|| T::People::system(id).is_some()));
        let purpose = leaf.purpose.is_none_or(|id| *self.purposes.entry(id).or_insert_with(|| T::Purposes::exists(id)));
        consumer && systems && purpose
    }
}
