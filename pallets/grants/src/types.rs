//! What the state keeps of grants, and the pure rules on it.

use codec::{Decode, Encode, MaxEncodedLen};
use mulu_proofs::{
    catalog::{EntryChange, List, Method, Methods},
    grants::{GrantState, GrantTerms, state_before_stop},
    ids::{DeadlineId, EntryId, GrantId, Moment, RecordNumber, Version},
};
use scale_info::TypeInfo;

/// Most transitions of a grant; the last four are kept free, so that it can always be suspended, mended or not, ended and disposed of.
pub const TRANSITIONS_MAX: u32 = 64;

const _: () =
    assert!(TRANSITIONS_MAX >= 8, "agreed, provisioned, suspended, resumed; suspended, rectifying, ended, disposed");

/// How a grant went so far.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Course {
    /// Version in force.
    pub version: Version,
    /// Every change of state with its moment, ascending; the first is the agreement.
    pub transitions: List<(Moment, GrantState), TRANSITIONS_MAX>,
    /// Until when the provider has to provision it; runs through a suspension and ends with provisioning (art. 22).
    pub deadline: Option<DeadlineId>,
    /// Within what the consumer has to mend it, while it is rectifying (art. 27).
    pub rectification: Option<Rectification>,
    /// Whether it is stopped by the provider's competent authority, which alone lifts what it ordered (art. 27).
    pub is_held_by_authority: bool,
    /// The last record on the disposal, which the provider countersigns.
    pub disposal: Option<RecordNumber>,
    /// Since when it is over; none while it counts among the live grants on its entry.
    pub over_since: Option<Moment>,
    /// When the queue comes to it: at the end of its period, and once it is over when it may leave the state.
    pub queued: Moment,
}

/// A term within which a grant has to be mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Rectification {
    /// The clock.
    pub deadline: DeadlineId,
    /// Whether the consumer reported in time that it is mended: the clock stands still until that is accepted or rejected.
    pub is_reported: bool,
}

/// Place in the queue: moment, then grant, both big-endian, so that keys are in due order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct QueueKey([u8; 12]);

/// Place of a notice among those that holders are still to be told of: big-endian, so that keys are in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct NoticeKey([u8; 8]);

/// A change of an entry of which the holders of live grants are still to be told.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Notice {
    /// The entry.
    pub entry: EntryId,
    /// The version that the grants are on.
    pub version: Version,
    /// What changed.
    pub change: EntryChange,
    /// When.
    pub at: Moment,
    /// Whether it counts against the provider for each grant: it takes something from it, and is the provider's own decision.
    pub is_counted: bool,
    /// The grant that was looked at last.
    pub after: Option<GrantId>,
}

/// What the live grants on one version of an entry use of it together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Uses {
    /// Grants.
    pub grants: u32,
    /// Grants on each item.
    pub items: [[u32; 32]; 2],
    /// Grants by each method.
    pub methods: [u32; 5],
}

impl Course {
    /// The course of a grant that was agreed at `moment`; its deadline is still to be started.
    pub fn agreed(moment: Moment, until: Moment) -> Self {
        let mut transitions = List::default();
        transitions.try_push((moment, GrantState::Agreed)).expect("an empty list has room for one");
        Self {
            version: Version::new(1),
            transitions,
            deadline: None,
            rectification: None,
            is_held_by_authority: false,
            disposal: None,
            over_since: None,
            queued: until,
        }
    }

    /// Whether it counts among the live grants on its entry.
    pub const fn is_live(&self) -> bool {
        self.over_since.is_none()
    }

    /// State now, as the acts left it. The end of the period is none: it follows from the terms.
    pub fn state(&self) -> GrantState {
        self.transitions.last().map_or(GrantState::Agreed, |(_, state)| *state)
    }

    /// State that a resumption restores.
    pub fn state_before(&self) -> GrantState {
        state_before_stop(self.transitions.iter().map(|(_, state)| *state))
    }

    /// Changes to `state`, or returns `None` if there is no room. Who resumes too often is refused; to stop, to end and to dispose
    /// there is always room.
    #[must_use]
    pub fn changed(mut self, moment: Moment, state: GrantState) -> Option<Self> {
        if self.transitions.len() + kept_free(state) >= TRANSITIONS_MAX as usize {
            return None;
        }
        self.transitions.try_push((moment, state)).ok()?;
        Some(self)
    }
}

/// How many places stay free behind a transition to `state`, for those that may have to follow.
pub(crate) const fn kept_free(state: GrantState) -> usize {
    match state {
        GrantState::Agreed | GrantState::Provisioned => 4,
        GrantState::Suspended => 3,
        GrantState::Rectifying => 2,
        GrantState::Ended | GrantState::Terminated | GrantState::Completed | GrantState::EndedByProvider => 1,
        GrantState::Disposed => 0,
    }
}

impl QueueKey {
    /// The place of a grant that the queue comes to at `moment`.
    pub fn new(moment: Moment, grant: GrantId) -> Self {
        let mut key = [0; 12];
        key[..8].copy_from_slice(&moment.get().to_be_bytes());
        key[8..].copy_from_slice(&grant.get().to_be_bytes());
        Self(key)
    }

    /// The moment.
    pub fn moment(self) -> Moment {
        let (moment, _) = self.0.split_first_chunk().expect("12 bytes begin with 8");
        Moment::new(u64::from_be_bytes(*moment))
    }

    /// The grant.
    pub fn grant(self) -> GrantId {
        let (_, grant) = self.0.split_last_chunk().expect("12 bytes end with 4");
        GrantId::new(u32::from_be_bytes(*grant))
    }
}

impl NoticeKey {
    /// The place of the notice with that number.
    pub const fn new(number: u64) -> Self {
        Self(number.to_be_bytes())
    }
}

impl Notice {
    /// Whether the change touches a grant that was agreed at `agreed`.
    pub(crate) fn touches(&self, terms: &GrantTerms, agreed: Moment) -> bool {
        let of_the_whole = self.change.items == 0 && self.change.methods.is_empty();
        let uses = of_the_whole || self.change.items & terms.items != 0 || self.change.methods.contains(terms.method);
        uses && agreed <= self.at && terms.until > self.at
    }
}

impl Uses {
    /// Adds a grant.
    pub(crate) fn add(&mut self, terms: &GrantTerms) {
        self.change(terms, |count| *count = count.saturating_add(1));
    }

    /// Takes a grant away.
    pub(crate) fn remove(&mut self, terms: &GrantTerms) {
        self.change(terms, |count| *count = count.saturating_sub(1));
    }

    fn change(&mut self, terms: &GrantTerms, change: impl Fn(&mut u32)) {
        change(&mut self.grants);
        for (item, count) in self.items.as_flattened_mut().iter_mut().enumerate() {
            if terms.items >> item & 1 == 1 {
                change(count);
            }
        }
        if let Some(count) = self.methods.get_mut(terms.method as usize) {
            change(count);
        }
    }

    /// Items that some grant uses.
    pub fn used_items(&self) -> u64 {
        let used = |mask, (item, count): (usize, &u32)| if *count > 0 { mask | 1 << item } else { mask };
        self.items.as_flattened().iter().enumerate().fold(0, used)
    }

    /// Methods that some grant uses.
    pub fn used_methods(&self) -> Methods {
        use Method::{DatabaseTable, File, LogSynchronisation, MessageQueue, ServiceInterface};
        let all = [DatabaseTable, File, ServiceInterface, LogSynchronisation, MessageQueue];
        let used: Vec<Method> = all.into_iter().filter(|method| self.methods[*method as usize] > 0).collect();
        Methods::of(&used)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mock::terms_of;

    #[test]
    fn there_is_always_room_to_stop_to_end_and_to_dispose() {
        let now = Moment::new(1);
        let mut course = Course::agreed(now, now);
        while let Some(resumed) = course.clone().changed(now, GrantState::Provisioned) {
            course = resumed;
        }
        for state in [GrantState::Suspended, GrantState::Rectifying, GrantState::Terminated, GrantState::Disposed] {
            course = course.changed(now, state).expect("room is kept");
        }
        assert_eq!(course.changed(now, GrantState::Disposed), None);
    }

    #[test]
    fn a_resumption_restores_what_was_before_the_suspension_whatever_happened_in_it() {
        use GrantState::{Agreed, Provisioned, Rectifying, Suspended};
        for (states, before) in [
            (vec![Agreed, Suspended], Agreed),
            (vec![Agreed, Provisioned, Suspended], Provisioned),
            (vec![Agreed, Suspended, Agreed, Provisioned, Suspended, Rectifying], Provisioned),
        ] {
            assert_eq!(state_before_stop(states.into_iter()), before);
        }
    }

    #[test]
    fn the_queue_is_in_due_order() {
        let key = |moment, grant| QueueKey::new(Moment::new(moment), GrantId::new(grant));
        let mut keys = vec![key(256, 1), key(1, 2), key(255, 300), key(255, 4)];
        keys.sort();
        assert_eq!(keys, [key(1, 2), key(255, 4), key(255, 300), key(256, 1)]);
        assert_eq!((keys[2].moment(), keys[2].grant()), (Moment::new(255), GrantId::new(300)));
    }

    #[test]
    fn what_is_used_of_a_version_follows_the_grants_on_it() {
        let mut uses = Uses::default();
        let (one, other) = (terms_of(0b011, Method::File), terms_of(0b110, Method::ServiceInterface));
        uses.add(&one);
        uses.add(&other);
        assert_eq!((uses.grants, uses.used_items()), (2, 0b111));
        assert_eq!(uses.used_methods(), Methods::of(&[Method::File, Method::ServiceInterface]));
        uses.remove(&one);
        assert_eq!((uses.used_items(), uses.used_methods()), (0b110, Methods::of(&[Method::ServiceInterface])));
        uses.remove(&other);
        assert_eq!(uses, Uses::default());
    }

    #[test]
    fn what_the_state_keeps_stays_within_its_documented_budget() {
        for (name, bytes, bytes_max) in [
            ("grant version", GrantTerms::max_encoded_len(), 160),
            ("course", Course::max_encoded_len(), 618),
            ("uses", Uses::max_encoded_len(), 280),
            ("notice", Notice::max_encoded_len(), 42),
        ] {
            assert!(bytes <= bytes_max, "{name}: {bytes} bytes, {bytes_max} are documented");
        }
    }
}
