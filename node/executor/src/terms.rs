//! Terms of grants that were read already, for reading accepted batches again.
//!
//! A version of a grant never changes, so what one state says of it holds in every state, and for good: a grant that is long over leaves the
//! state, and its events are still read. Blocks are never executed by this: whether a grant is there is for their own state to say.

use ahash::RandomState;
use mulu_primitives::batch::Terms;
use mulu_proofs::{
    grants::GrantTerms,
    ids::{DepartmentId, EntryId, GrantId, Version},
};
use mulu_runtime::StateTerms;
use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, PoisonError, RwLock},
};

/// Most versions that are remembered; about 0.3 KiB each.
pub const TERMS_MAX: usize = 32_768;

type Key = (GrantId, Version);

/// The versions that were read, oldest first. A batch asks some hundred times, and several batches are read at once: nearly always only to read.
#[derive(Debug, Default)]
pub struct Remembered(RwLock<Versions>);

#[derive(Debug, Default)]
struct Versions {
    terms: HashMap<Key, Arc<GrantTerms>, RandomState>,
    order: VecDeque<Key>,
}

impl Remembered {
    fn get(&self, key: Key) -> Option<Arc<GrantTerms>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).terms.get(&key).cloned()
    }

    fn keep(&self, key: Key, terms: &Arc<GrantTerms>) {
        let mut versions = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if versions.terms.insert(key, Arc::clone(terms)).is_none() {
            versions.order.push_back(key);
        }
        if versions.order.len() > TERMS_MAX
            && let Some(oldest) = versions.order.pop_front()
        {
            versions.terms.remove(&oldest);
        }
    }
}

/// What an accepted batch refers to: from memory, else from the state, else from whoever knows what left the state.
pub struct AcceptedTerms<'a> {
    pub remembered: &'a Remembered,
    pub state: &'a StateTerms,
    pub gone: &'a dyn Fn(GrantId, Version) -> Option<GrantTerms>,
}

impl Terms for AcceptedTerms<'_> {
    fn grant(&self, grant: GrantId, version: Version) -> Option<Arc<GrantTerms>> {
        let key = (grant, version);
        if let Some(terms) = self.remembered.get(key) {
            return Some(terms);
        }
        let terms = self.state.grant(grant, version).or_else(|| (self.gone)(grant, version).map(Arc::new))?;
        self.remembered.keep(key, &terms);
        Some(terms)
    }

    fn provider(&self, entry: EntryId, version: Version) -> Option<DepartmentId> {
        self.state.provider(entry, version)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use crate::tests::batches::terms;
    use sp_state_machine::BasicExternalities;

    #[test]
    fn what_the_state_does_not_have_is_asked_for_once() {
        let (remembered, asked) = (Remembered::default(), std::cell::Cell::new(0));
        let gone = |grant, version| {
            asked.set(asked.get() + 1);
            (grant == GrantId::new(1)).then(|| terms(grant, version))
        };
        BasicExternalities::default().execute_with(|| {
            let state = StateTerms::default();
            let known = AcceptedTerms { remembered: &remembered, state: &state, gone: &gone };
            let version = Version::new(1);
            for _ in 0..3 {
                assert_eq!(known.grant(GrantId::new(1), version).unwrap().grant, GrantId::new(1));
            }
            assert_eq!(known.grant(GrantId::new(2), version), None);
        });
        assert_eq!(asked.get(), 2);
    }

    #[test]
    fn the_oldest_is_forgotten_first() {
        let remembered = Remembered::default();
        let version = Version::new(1);
        let key = |number: usize| (GrantId::new(u32::try_from(number).unwrap()), version);
        for number in 0..=TERMS_MAX {
            remembered.keep(key(number), &Arc::new(terms(key(number).0, version)));
        }
        assert!(remembered.get(key(0)).is_none() && remembered.get(key(1)).is_some());
        assert_eq!(remembered.0.read().unwrap().terms.len(), TERMS_MAX);
    }
}
