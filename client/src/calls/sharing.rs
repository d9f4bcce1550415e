//! Calls on purposes, policies, standing consents, requests and grants.

use super::Call;
use mulu_proofs::{
    grants::UseRecord,
    ids::{Digest32, EntryId, GrantId, RecordNumber, RequestId},
    papers::Papers,
    records::RecordKind,
    sharing::{Policy, RequestTerms, StandingConsent},
    text::Text,
};

impl Call {
    /// Registers a purpose code.
    pub fn register_purpose(code: &Text<32>, name: &Text<128>) -> Self {
        Self::new(RecordKind::PurposeRegistered, (code, name))
    }

    /// Sets an entry's approval policy.
    pub fn set_policy(entry: EntryId, policy: &Policy) -> Self {
        Self::new(RecordKind::PolicySet, (entry, policy))
    }

    /// Agrees in advance to requests within conditions.
    pub fn set_standing_consent(entry: EntryId, consent: &StandingConsent) -> Self {
        Self::new(RecordKind::StandingConsentSet, (entry, consent))
    }

    /// Ends a standing consent.
    pub fn revoke_standing_consent(entry: EntryId, reason: &Text<512>) -> Self {
        Self::new(RecordKind::StandingConsentRevoked, (entry, reason))
    }

    /// Submits a share request.
    pub fn submit_request(terms: &RequestTerms) -> Self {
        Self::new(RecordKind::RequestCreated, terms)
    }

    /// Consents to a request for the consumer.
    pub fn endorse_request(request: RequestId, digest: &Digest32) -> Self {
        Self::new(RecordKind::RequestEndorsed, (request, digest))
    }

    /// Approves a request.
    pub fn approve_request(request: RequestId, digest: &Digest32) -> Self {
        Self::new(RecordKind::RequestApproved, (request, digest))
    }

    /// Agrees to a request for the provider: the grant begins.
    pub fn agree_request(request: RequestId, digest: &Digest32) -> Self {
        Self::new(RecordKind::RequestAgreed, (request, digest))
    }

    /// Refuses a request.
    pub fn refuse_request(request: RequestId, digest: &Digest32, reason: &Text<512>) -> Self {
        Self::new(RecordKind::RequestRefused, (request, digest, reason))
    }

    /// Withdraws a request.
    pub fn withdraw_request(request: RequestId, digest: &Digest32) -> Self {
        Self::new(RecordKind::RequestWithdrawn, (request, digest))
    }

    /// Asks the consumer for everything that is missing, once.
    pub fn ask_supplement(request: RequestId, digest: &Digest32, missing: &Text<512>) -> Self {
        Self::new(RecordKind::RequestSupplementAsked, (request, digest, missing))
    }

    /// Puts other terms in the place of those of that digest.
    pub fn resubmit_request(request: RequestId, digest: &Digest32, terms: &RequestTerms) -> Self {
        Self::new(RecordKind::RequestResubmitted, (request, digest, terms))
    }

    /// Asks the authority for more time to reply.
    pub fn ask_extension(request: RequestId, digest: &Digest32, working_days: u16, reason: &Text<512>) -> Self {
        Self::new(RecordKind::RequestExtensionAsked, (request, digest, working_days, reason))
    }

    /// Grants or denies more time to reply.
    pub fn decide_extension(request: RequestId, digest: &Digest32, granted: bool, reason: &Text<512>) -> Self {
        Self::new(RecordKind::RequestExtensionDecided, (request, digest, granted, reason))
    }

    /// Records that a grant is provisioned.
    pub fn provision_grant(grant: GrantId) -> Self {
        Self::new(RecordKind::GrantProvisioned, grant)
    }

    /// Suspends a grant.
    pub fn suspend_grant(grant: GrantId, reason: &Text<512>) -> Self {
        Self::new(RecordKind::GrantSuspended, (grant, reason))
    }

    /// Resumes a grant.
    pub fn resume_grant(grant: GrantId, reason: &Text<512>) -> Self {
        Self::new(RecordKind::GrantResumed, (grant, reason))
    }

    /// Sets the consumer a term to mend what a grant was suspended for.
    pub fn order_rectification(grant: GrantId, working_days: u16, what: &Text<512>) -> Self {
        Self::new(RecordKind::RectificationOrdered, (grant, working_days, what))
    }

    /// Reports that it is mended.
    pub fn report_rectified(grant: GrantId, statement: &Text<512>, papers: Option<Papers>) -> Self {
        Self::new(RecordKind::RectificationReported, (grant, statement, papers))
    }

    /// Says that it is not.
    pub fn reject_rectification(grant: GrantId, reason: &Text<512>) -> Self {
        Self::new(RecordKind::RectificationRejected, (grant, reason))
    }

    /// Terminates a grant that was not mended in time.
    pub fn terminate_grant(grant: GrantId, reason: &Text<512>) -> Self {
        Self::new(RecordKind::GrantTerminated, (grant, reason))
    }

    /// Ends a grant that the consumer needs no longer.
    pub fn complete_grant(grant: GrantId, outcome: &Text<256>) -> Self {
        Self::new(RecordKind::GrantCompleted, (grant, outcome))
    }

    /// Ends a service after consultation; files it with the authority.
    pub fn end_service(grant: GrantId, reason: &Text<512>, consultation: Papers) -> Self {
        Self::new(RecordKind::ServiceEnded, (grant, reason, consultation))
    }

    /// Records what became of the data.
    pub fn record_disposal(grant: GrantId, how: &Text<512>, papers: Option<Papers>) -> Self {
        Self::new(RecordKind::DisposalRecorded, (grant, how, papers))
    }

    /// Agrees to the record of the disposal.
    pub fn countersign_disposal(grant: GrantId, record: RecordNumber) -> Self {
        Self::new(RecordKind::DisposalCountersigned, (grant, record))
    }

    /// Records that a record on the use is kept.
    pub fn record_use(grant: GrantId, used: &UseRecord) -> Self {
        Self::new(RecordKind::UseRecorded, (grant, used))
    }
}
