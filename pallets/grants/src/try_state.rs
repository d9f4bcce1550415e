//! Invariants over grants.

use crate::{
    pallet::{Config, Courses, GrantVersions, LastGrant, Pallet},
    types::{Course, TRANSITIONS_MAX},
};
use frame_support::ensure;
use mulu_proofs::{
    grants::GrantState,
    ids::{GrantId, Version},
};
use sp_runtime::TryRuntimeError;
use std::collections::BTreeSet;

impl<T: Config> Pallet<T> {
    /// Checks every invariant; reads only.
    ///
    /// - G1: a grant has every version up to the one in force, each under its own number.
    /// - G2: a grant's transitions begin with the agreement, ascend, change something, and leave room for a suspension.
    /// - G3: a grant has a deadline until it is provisioned; no two share one.
    /// - G4: only a suspended grant is held by the authority.
    ///
    /// # Errors
    /// The first invariant that does not hold.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        let mut deadlines = Vec::new();
        let mut versions = 0;
        for (id, course) in Courses::<T>::iter() {
            ensure!((1..=LastGrant::<T>::get().get()).contains(&id.get()), "G1: a grant was never numbered");
            for version in (1..=course.version.get()).map(Version::new) {
                ensure_version::<T>(id, version)?;
                versions += 1;
            }
            ensure_course(&course)?;
            deadlines.extend(course.deadline);
        }
        ensure!(versions == GrantVersions::<T>::iter_keys().count(), "G1: a version of no grant");
        let shared = deadlines.iter().collect::<BTreeSet<_>>().len() < deadlines.len();
        ensure!(!shared, "G3: a deadline runs for two");
        Ok(())
    }
}

fn ensure_version<T: Config>(id: GrantId, version: Version) -> Result<(), TryRuntimeError> {
    let terms = GrantVersions::<T>::get((id, version)).ok_or("G1: a version of a grant is missing")?;
    ensure!((terms.grant, terms.version) == (id, version), "G1: a version stands under another number");
    Ok(())
}

fn ensure_course(course: &Course) -> Result<(), TryRuntimeError> {
    let transitions = &course.transitions;
    let first = transitions.first().map(|(_, state)| *state);
    ensure!(first == Some(GrantState::Agreed), "G2: a grant begins without an agreement");
    for pair in transitions.windows(2) {
        ensure!(pair[0].0 <= pair[1].0, "G2: a grant's transitions do not ascend");
        ensure!(pair[0].1 != pair[1].1, "G2: a transition changes nothing");
    }
    let held = course.is_held_by_authority && course.state() != GrantState::Suspended;
    ensure!(!held, "G4: a running grant is held by the authority");
    let provisioned = transitions.iter().any(|(_, state)| *state == GrantState::Provisioned);
    ensure!(course.deadline.is_some() != provisioned, "G3: a grant's provisioning runs on no clock, or for ever");
    let room = course.state() == GrantState::Suspended || transitions.len() < TRANSITIONS_MAX as usize;
    ensure!(room, "G2: a grant cannot be suspended any more");
    Ok(())
}
