//! What the state keeps of grants, and the pure rules on it.

use codec::{Decode, Encode, MaxEncodedLen};
use mulu_proofs::{
    catalog::List,
    grants::GrantState,
    ids::{DeadlineId, Moment, Version},
};
use scale_info::TypeInfo;

/// Most transitions of a grant; the last one is kept free for a suspension.
pub const TRANSITIONS_MAX: u32 = 64;

const _: () = assert!(TRANSITIONS_MAX >= 4, "agreed, provisioned, suspended, resumed");

/// How a grant went so far.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Course {
    /// Version in force.
    pub version: Version,
    /// Every change of state with its moment, ascending; the first is the agreement.
    pub transitions: List<(Moment, GrantState), TRANSITIONS_MAX>,
    /// Until when the provider has to provision it; runs through a suspension and ends with provisioning (art. 22).
    pub deadline: Option<DeadlineId>,
    /// Whether it is suspended by the provider's competent authority, which alone lifts what it ordered (art. 27).
    pub is_held_by_authority: bool,
}

impl Course {
    /// The course of a grant that was agreed at `moment`; its deadline is still to be started.
    pub fn agreed(moment: Moment) -> Self {
        let mut transitions = List::default();
        transitions.try_push((moment, GrantState::Agreed)).expect("an empty list has room for one");
        Self { version: Version::new(1), transitions, deadline: None, is_held_by_authority: false }
    }

    /// State now.
    pub fn state(&self) -> GrantState {
        self.transitions.last().map_or(GrantState::Agreed, |(_, state)| *state)
    }

    /// State that a resumption restores.
    pub fn state_before(&self) -> GrantState {
        self.transitions.iter().rev().nth(1).map_or(GrantState::Agreed, |(_, state)| *state)
    }

    /// Changes to `state`, or returns `None` if there is no room. The last place is for a suspension alone, so that nobody can
    /// use the room up and make a grant that cannot be stopped.
    #[must_use]
    pub fn changed(mut self, moment: Moment, state: GrantState) -> Option<Self> {
        let kept_free = usize::from(state != GrantState::Suspended);
        if self.transitions.len() + kept_free >= TRANSITIONS_MAX as usize {
            return None;
        }
        self.transitions.try_push((moment, state)).ok()?;
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mulu_proofs::grants::GrantTerms;

    #[test]
    fn the_last_transition_is_kept_for_a_suspension() {
        let now = Moment::new(1);
        let mut course = Course::agreed(now);
        for _ in 1..TRANSITIONS_MAX - 1 {
            course = course.changed(now, GrantState::Provisioned).expect("room");
        }
        assert_eq!(course.clone().changed(now, GrantState::Provisioned), None);
        let stopped = course.changed(now, GrantState::Suspended).expect("room is kept");
        assert_eq!(stopped.state(), GrantState::Suspended);
        assert_eq!(stopped.changed(now, GrantState::Suspended), None);
    }

    #[test]
    fn what_the_state_keeps_stays_within_its_documented_budget() {
        for (name, bytes, bytes_max) in
            [("grant version", GrantTerms::max_encoded_len(), 160), ("course", Course::max_encoded_len(), 586)]
        {
            assert!(bytes <= bytes_max, "{name}: {bytes} bytes, {bytes_max} are documented");
        }
    }
}
