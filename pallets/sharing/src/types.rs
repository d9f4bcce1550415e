//! What the state keeps of purposes and requests, and the pure rules on it.

use codec::{Decode, Encode, MaxEncodedLen};
use mulu_proofs::{
    catalog::List,
    departments::{About, AccountKey},
    grants::GrantTerms,
    ids::{DeadlineId, DepartmentId, Digest32, GrantId, RequestId, Version},
    sharing::{APPROVERS_MAX, Policy, RequestTerms, STAGES_MAX, Stage, request_digest},
    text::Text,
};
use scale_info::TypeInfo;

/// Most signatures under an open request: applicant, consumer's officer, every stage.
pub const SIGNATURES_MAX: u32 = 2 + STAGES_MAX * APPROVERS_MAX;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_state_keeps_stays_within_its_documented_budget() {
        for (name, bytes, bytes_max) in [
            ("purpose", Purpose::max_encoded_len(), 164),
            ("policy", Policy::max_encoded_len(), 2_100),
            ("request", OpenRequest::max_encoded_len(), 5_400),
        ] {
            assert!(bytes <= bytes_max, "{name}: {bytes} bytes, {bytes_max} are documented");
        }
    }
}
