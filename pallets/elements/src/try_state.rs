//! Invariants over elements and certified systems.

use crate::pallet::{ByCode, Carried, Certified, Config, Elements, LastElement, Pallet};
use frame_support::ensure;
use mulu_pallet_support::{Catalog, People};
use mulu_proofs::{departments::SystemKind, elements::is_element_code, ids::ElementId};
use sp_runtime::TryRuntimeError;
use std::collections::BTreeSet;

impl<T: Config> Pallet<T> {
    /// Checks every invariant; reads only.
    ///
    /// - E1: elements have the ids 1 to the last one given, each under one well-formed code.
    /// - E2: the authoritative department of an element is a department.
    /// - E3: what an entry carries are elements, ascending, at least one, and the entry is published.
    /// - E4: certified systems are source systems.
    ///
    /// # Errors
    /// The first invariant that does not hold.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        let last = LastElement::<T>::get();
        let mut coded = BTreeSet::new();
        for (code, element) in ByCode::<T>::iter() {
            ensure!(
                is_element_code(&code) && coded.insert(element),
                "E1: a code that cannot be, or an element with two"
            );
        }
        let elements: BTreeSet<ElementId> = Elements::<T>::iter_keys().collect();
        ensure!(coded == elements && elements.len() == last.get() as usize, "E1: an element without a code, or none");
        ensure!(elements.iter().all(|id| (ElementId::new(1)..=last).contains(id)), "E1: an id that was never given");
        for named in Elements::<T>::iter_values().filter_map(|element| element.source) {
            ensure!(T::People::department(named).is_some(), "E2: a source that is no department");
        }
        for (entry, carried) in Carried::<T>::iter() {
            ensure!(!carried.is_empty() && carried.is_sorted_by(|a, b| a < b), "E3: elements out of order");
            ensure!(carried.iter().all(|element| elements.contains(element)), "E3: an element that is none");
            ensure!(T::Catalog::published(entry).is_some(), "E3: an entry that is not published");
        }
        for system in Certified::<T>::iter_keys() {
            let is_source = T::People::system(system).is_some_and(|facts| facts.kind == SystemKind::Source);
            ensure!(is_source, "E4: a certified system that is no source");
        }
        Ok(())
    }
}
