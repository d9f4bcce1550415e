//! Invariants over grants.

use crate::{
    pallet::{Config, Courses, GrantVersions, LastGrant, LastNotice, Live, LiveUses, Notices, Pallet, Queue},
    types::{Course, NoticeKey, QueueKey, TRANSITIONS_MAX, Uses, kept_free},
};
use frame_support::ensure;
use mulu_proofs::{
    grants::{GrantState, GrantTerms},
    ids::{EntryId, GrantId, Version},
};
use sp_runtime::TryRuntimeError;
use std::collections::{BTreeMap, BTreeSet};

impl<T: Config> Pallet<T> {
    /// Checks every invariant; reads only.
    ///
    /// - G1: a grant has every version up to the one in force, each under its own number.
    /// - G2: a grant's transitions begin with the agreement, ascend, change something, end at most once, and leave room for what may
    ///   have to follow.
    /// - G3: a live grant has a deadline until it is provisioned, and one while it is to be mended; no two share one.
    /// - G4: only a grant that is stopped is held by the authority; only one that is over has a disposal.
    /// - G5: the queue comes once to every grant: at the end of its period while it is live, later if it is not.
    /// - G6: live grants are found by their entry, and what they use of it is counted.
    /// - G7: notices are numbered, and none is of a change that nobody is told of.
    ///
    /// # Errors
    /// The first invariant that does not hold.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        let mut deadlines = Vec::new();
        let mut queue = BTreeSet::new();
        let mut live = BTreeSet::new();
        let mut uses = BTreeMap::<(EntryId, Version), Uses>::new();
        let mut versions = 0;
        for (id, course) in Courses::<T>::iter() {
            ensure!((1..=LastGrant::<T>::get().get()).contains(&id.get()), "G1: a grant was never numbered");
            let mut newest = None;
            for version in (1..=course.version.get()).map(Version::new) {
                newest = Some(version_of::<T>(id, version)?);
                versions += 1;
            }
            let terms = newest.ok_or("G1: a grant has no version")?;
            ensure_transitions(&course)?;
            ensure_course(&course)?;
            deadlines.extend(course.deadline);
            deadlines.extend(course.rectification.map(|rectification| rectification.deadline));
            let at_end = course.queued == terms.until;
            ensure!(!course.is_live() || at_end, "G5: the queue does not come to the end of a period");
            queue.insert(QueueKey::new(course.queued, id));
            if course.is_live() {
                live.insert((terms.entry, terms.entry_version, id));
                uses.entry((terms.entry, terms.entry_version)).or_default().add(&terms);
            }
        }
        ensure!(versions == GrantVersions::<T>::iter_keys().count(), "G1: a version of no grant");
        let shared = deadlines.iter().collect::<BTreeSet<_>>().len() < deadlines.len();
        ensure!(!shared, "G3: a deadline runs for two");
        ensure!(queue == Queue::<T>::iter_keys().collect(), "G5: a grant is not in the queue, or twice");
        let found = Live::<T>::iter_keys().map(|((entry, version), id)| (entry, version, id)).collect();
        ensure!(live == found, "G6: a live grant is not found by its entry, or one that is over is");
        let counted = LiveUses::<T>::iter().map(|(entry, version, uses)| ((entry, version), uses)).collect();
        ensure!(uses == counted, "G6: what live grants use is counted wrong");
        for (key, notice) in Notices::<T>::iter() {
            ensure!(key <= NoticeKey::new(LastNotice::<T>::get()), "G7: a notice was never numbered");
            ensure!(notice.change.kind.effect().told, "G7: a notice that nobody is told of");
        }
        Ok(())
    }
}

fn version_of<T: Config>(id: GrantId, version: Version) -> Result<GrantTerms, TryRuntimeError> {
    let terms = GrantVersions::<T>::get((id, version)).ok_or("G1: a version of a grant is missing")?;
    ensure!((terms.grant, terms.version) == (id, version), "G1: a version stands under another number");
    Ok(terms)
}

fn ensure_transitions(course: &Course) -> Result<(), TryRuntimeError> {
    let transitions = &course.transitions;
    let first = transitions.first().map(|(_, state)| *state);
    ensure!(first == Some(GrantState::Agreed), "G2: a grant begins without an agreement");
    for pair in transitions.windows(2) {
        ensure!(pair[0].0 <= pair[1].0, "G2: a grant's transitions do not ascend");
        ensure!(pair[0].1 != pair[1].1, "G2: a transition changes nothing");
        let goes_on = !pair[0].1.is_end() || pair[1].1 == GrantState::Disposed;
        ensure!(goes_on, "G2: a grant goes on behind its end");
    }
    let room = transitions.len() + kept_free(course.state()) <= TRANSITIONS_MAX as usize;
    ensure!(room, "G2: what may have to follow has no room");
    Ok(())
}

fn ensure_course(course: &Course) -> Result<(), TryRuntimeError> {
    let state = course.state();
    let provisioned = course.transitions.iter().any(|(_, state)| *state == GrantState::Provisioned);
    let waits = course.is_live() && !provisioned;
    ensure!(course.deadline.is_some() == waits, "G3: a grant's provisioning runs on no clock, or for ever");
    let mends = course.is_live() && state == GrantState::Rectifying;
    ensure!(course.rectification.is_some() == mends, "G3: a term runs on no clock, or for ever");
    ensure!(
        !course.is_held_by_authority || (course.is_live() && state.is_stopped()),
        "G4: a running grant is held by the authority"
    );
    ensure!(!course.is_live() || !state.is_end(), "G6: a grant that an act ended counts as live");
    ensure!(
        state != GrantState::Disposed || course.disposal.is_some(),
        "G4: a disposal was countersigned, not recorded"
    );
    Ok(())
}
