//! What the state keeps of purposes, requests and grants, and the pure rules on it.

use codec::{Decode, Encode, MaxEncodedLen};
use mulu_proofs::{
    catalog::List,
    departments::{About, AccountKey},
    ids::{DeadlineId, DepartmentId, Digest32, GrantId, Moment, RequestId, Version},
    sharing::{APPROVERS_MAX, GrantState, GrantTerms, Policy, RequestTerms, STAGES_MAX, Stage, request_digest},
    text::Text,
};
use scale_info::TypeInfo;

/// Most signatures under an open request: applicant, consumer's officer, every stage.
pub const SIGNATURES_MAX: u32 = 2 + STAGES_MAX * APPROVERS_MAX;
/// Most transitions of a grant; the last one is kept free for a suspension.
pub const TRANSITIONS_MAX: u32 = 64;

const _: () = assert!(TRANSITIONS_MAX >= 4, "agreed, provisioned, suspended, resumed");

/// A request that waits for somebody.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct OpenRequest {
    /// Provider of the entry.
    pub provider: DepartmentId,
    /// What is asked for.
    pub terms: RequestTerms,
    /// Policy that decides on it, as it stood when the request was made.
    pub policy: Policy,
    /// Who signed so far, in order.
    pub signatures: List<Signature, SIGNATURES_MAX>,
    /// Until when the provider has to reply: runs from the consumer's consent, with which the request reaches it (art. 20, 21).
    pub deadline: Option<DeadlineId>,
}

/// One person's signature under a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Signature {
    /// Who.
    pub account: AccountKey,
    /// Under which step.
    pub step: Step,
}

/// A step that was signed; agreement and refusal end the request and so never stand here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum Step {
    /// Made by the applicant.
    #[codec(index = 0)]
    Submitted,
    /// Consented to by the consumer's officer.
    #[codec(index = 1)]
    Endorsed,
    /// Approved in that stage of the policy.
    #[codec(index = 2)]
    Approved(u8),
}

/// A purpose of the governed list.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Purpose {
    /// Code.
    pub code: Text<32>,
    /// What it means.
    pub name: Text<128>,
}

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

impl OpenRequest {
    /// What everybody signs.
    pub fn digest(&self, request: RequestId) -> Digest32 {
        request_digest(request, &self.terms)
    }

    /// What the request is about to the consumer's people.
    pub(crate) const fn to_consumer(&self) -> About {
        About::entry_with(self.terms.entry, self.provider)
    }

    /// What it is about to the provider's people, and to whoever else approves it.
    pub(crate) const fn to_provider(&self) -> About {
        About::entry_with(self.terms.entry, self.terms.consumer)
    }

    /// Whether the consumer's officer consented.
    pub fn is_endorsed(&self) -> bool {
        self.signatures_under(Step::Endorsed) > 0
    }

    /// Whether `account` signed any step.
    pub fn is_signed_by(&self, account: &AccountKey) -> bool {
        self.signatures.iter().any(|signature| signature.account == *account)
    }

    /// The first stage that waits for approvals; none if every stage is complete.
    pub fn current_stage(&self) -> Option<(u8, &Stage)> {
        (0_u8..).zip(&self.policy.stages).find(|(number, stage)| {
            let needed = stage.threshold.needed(stage.approvers.len());
            needed.is_none_or(|needed| self.signatures_under(Step::Approved(*number)) < needed)
        })
    }

    /// Number of signatures under `step`.
    pub fn signatures_under(&self, step: Step) -> usize {
        self.signatures.iter().filter(|signature| signature.step == step).count()
    }

    /// The first version of the grant that grants exactly what was asked for.
    pub fn granted(self, request: RequestId, grant: GrantId) -> GrantTerms {
        let terms = self.terms;
        GrantTerms {
            grant,
            version: Version::new(1),
            request,
            provider: self.provider,
            consumer: terms.consumer,
            entry: terms.entry,
            entry_version: terms.entry_version,
            items: terms.items,
            method: terms.method,
            from: terms.from,
            until: terms.until,
            purposes: terms.purposes,
            systems: terms.systems,
            platforms: terms.platforms,
            calls_per_day: terms.calls_per_day,
            rows_per_day: terms.rows_per_day,
        }
    }
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
        for (name, bytes, bytes_max) in [
            ("purpose", Purpose::max_encoded_len(), 164),
            ("policy", Policy::max_encoded_len(), 2_100),
            ("request", OpenRequest::max_encoded_len(), 5_400),
            ("grant version", GrantTerms::max_encoded_len(), 160),
            ("course", Course::max_encoded_len(), 586),
        ] {
            assert!(bytes <= bytes_max, "{name}: {bytes} bytes, {bytes_max} are documented");
        }
    }
}
