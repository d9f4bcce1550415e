//! What the state keeps of purposes and requests, and the pure rules on it.

use codec::{Decode, Encode, MaxEncodedLen};
use mulu_pallet_support::People;
use mulu_proofs::{
    calendar::DeadlineKind,
    catalog::List,
    departments::{About, AccountKey, SignedAs},
    grants::GrantTerms,
    ids::{DeadlineId, DepartmentId, Digest32, GrantId, RecordNumber, RequestId, Version},
    sharing::{APPROVERS_MAX, Policy, RequestTerms, STAGES_MAX, Stage, StandingConsent, request_digest},
    text::Text,
};
use scale_info::TypeInfo;
use sp_core::crypto::AccountId32;

/// Most signatures under an open request: applicant, consumer's officer, every stage.
pub const SIGNATURES_MAX: u32 = 2 + STAGES_MAX * APPROVERS_MAX;

/// A request that waits for somebody.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct OpenRequest {
    /// Provider of the entry.
    pub provider: DepartmentId,
    /// What is asked for.
    pub terms: RequestTerms,
    /// The record that asked for it: the request, or the resubmission that took its place. The agreement names it.
    pub asked: RecordNumber,
    /// Policy that decides on it, as it stood when that was asked for.
    pub policy: Policy,
    /// Who signed so far, in order.
    pub signatures: List<Signature, SIGNATURES_MAX>,
    /// The clock of the provider's reply: starts with the consumer's consent, with which the request reaches it (art. 20, 21).
    pub reply: Option<ReplyClock>,
    /// Whether papers were asked for.
    pub supplement: Supplement,
    /// Whether more time was asked for.
    pub extension: Extension,
}

/// The clock of the provider's reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct ReplyClock {
    /// The deadline.
    pub deadline: DeadlineId,
    /// Which reply is owed.
    pub kind: DeadlineKind,
    /// Whether it stands still until the consumer's officer consents to what is asked for then.
    pub waits_for_consent: bool,
    /// Whether it stands still because the authority has suspended the entry, so that the provider cannot agree.
    pub is_held: bool,
}

impl ReplyClock {
    /// Whether it stands still.
    pub const fn is_paused(&self) -> bool {
        self.waits_for_consent || self.is_held
    }
}

/// Papers that the provider asks for: once for the whole request (art. 21).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum Supplement {
    /// Not asked for.
    #[default]
    #[codec(index = 0)]
    NotAsked,
    /// Asked for and not here: nobody decides.
    #[codec(index = 1)]
    Asked,
    /// Here.
    #[codec(index = 2)]
    Supplied,
}

/// More time for the reply: asked for once for the whole request (art. 21).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum Extension {
    /// Not asked for.
    #[default]
    #[codec(index = 0)]
    NotAsked,
    /// It waits for the authority's decision.
    #[codec(index = 1)]
    Asked {
        /// How many working days.
        working_days: u16,
        /// Who asked, and therefore decides nothing on it.
        by: AccountKey,
    },
    /// Granted, denied, or needless because another reply is owed by now.
    #[codec(index = 2)]
    Decided,
    /// Denied when the term was over.
    #[codec(index = 3)]
    DeniedLate,
}

/// A standing consent, with whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Standing {
    /// Conditions.
    pub consent: StandingConsent,
    /// The officer who signed it.
    pub officer: AccountKey,
    /// In which role; it must be in force whenever the consent agrees.
    pub signed_as: SignedAs,
    /// The record with the signature, which every grant cites.
    pub record: RecordNumber,
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

    /// Whether `who` signed any step, with this key or one that it took the place of.
    pub fn is_signed_by<P: People>(&self, who: &AccountId32) -> bool {
        self.signatures.iter().any(|signature| P::is_same_person(&AccountId32::new(signature.account.0), who))
    }

    /// The first stage that waits for approvals; none if every stage is complete.
    pub fn current_stage(&self) -> Option<(u8, &Stage)> {
        (0_u8..).zip(&self.policy.stages).find(|(number, stage)| {
            let needed = stage.needed();
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
            ("policy", Policy::max_encoded_len(), 2_300),
            ("standing consent", Standing::max_encoded_len(), 222),
            ("request", OpenRequest::max_encoded_len(), 5_700),
            ("entry that is held", <Option<RequestId>>::max_encoded_len() + 1, 6),
        ] {
            assert!(bytes <= bytes_max, "{name}: {bytes} bytes, {bytes_max} are documented");
        }
    }
}
