//! Invariants over elements and certified systems.

use crate::pallet::{ByCode, Certified, Config, Elements, LastElement, Pallet};
use frame_support::ensure;
use mulu_pallet_support::People;
use mulu_proofs::{departments::SystemKind, elements::is_element_code, ids::ElementId};
use sp_runtime::TryRuntimeError;
use std::collections::BTreeSet;

impl<T: Config> Pallet<T> {
    /// Checks every invariant; reads only.
    ///
    /// - E1: elements have the ids 1 to the last one given, each under one well-formed code.
    /// - E2: the authoritative department of an element is a department.
    /// - E3: certified systems are source systems.
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
        for system in Certified::<T>::iter_keys() {
            let is_source = T::People::system(system).is_some_and(|facts| facts.kind == SystemKind::Source);
            ensure!(is_source, "E3: a certified system that is no source");
        }
        Ok(())
    }
}
