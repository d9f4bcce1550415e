//! Calls read back from their bytes, every argument with its name: what a person sees before signing bytes that others put together.
//!
//! What is no act of a person or platform by its own hand (a batch of events, a node's report), or not the one canonical form of what it
//! says, does not read.

use super::Call;
use codec::{Decode, Encode};
use mulu_proofs::{
    access::NAMED_MAX,
    calendar::Day,
    catalog::{EntryContent, List, Method},
    departments::{
        AccountKey, BASIS_BYTES_MAX, CreditCode, Level, NAME_BYTES_MAX, REASON_BYTES_MAX, Role, RoleScope, SystemKind,
    },
    elements::{ELEMENT_REASON_BYTES_MAX, ElementCode, ElementStandard, WithdrawalCause},
    evidence::calls::call_index,
    governance::ProposalTerms,
    grants::UseRecord,
    ids::{
        DepartmentId, DisputeId, ElementId, EntryId, EventNumber, GrantId, Moment, ProposalId, RecordNumber, RequestId,
        StreamId, SystemId, Version,
    },
    mounts::{MOUNT_REASON_BYTES_MAX, Mount},
    oversight::{DOCUMENT_BYTES_MAX, Matter, StepText},
    papers::Papers,
    records::RecordKind,
    sharing::{Policy, RequestTerms, StandingConsent},
    text::Text,
};
use serde::Serialize;
use serde_json::Value;

/// Arguments by name, in their order, as JSON has them.
pub type Arguments = Vec<(&'static str, Value)>;

/// A digest: 32 bytes that are told in hexadecimal, as a commitment is.
type Digest = Papers;

/// Reads arguments of these names and types, one after the other.
macro_rules! read {
    ($input:ident: $($name:literal $type:ty),+) => { vec![$(($name, argument::<$type>($input)?)),+] };
}

impl Call {
    /// Reads the call of an act.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let index = bytes.first_chunk::<2>()?;
        let causes = *RecordKind::ALL.iter().find(|kind| call_index(**kind) == Some(*index))?;
        let call = Self { causes, bytes: bytes.to_vec() };
        call.arguments().is_some().then_some(call)
    }

    /// What it says; none if it is no act of a person or platform.
    pub fn arguments(&self) -> Option<Arguments> {
        let mut input = self.bytes.get(2..)?;
        let of = [of_departments, of_catalog, of_sharing, of_grants, of_access, of_disputes];
        let arguments = of.iter().find_map(|read| read(self.causes, &mut input))?;
        input.is_empty().then_some(arguments)
    }
}

/// One argument in its canonical form.
fn argument<T: Decode + Encode + Serialize>(input: &mut &[u8]) -> Option<Value> {
    let before = *input;
    let value = T::decode(input).ok()?;
    let read = before.len() - input.len();
    (value.encode() == before[..read]).then(|| serde_json::to_value(&value).ok()).flatten()
}

fn of_departments(kind: RecordKind, input: &mut &[u8]) -> Option<Arguments> {
    type Name = Text<NAME_BYTES_MAX>;
    Some(match kind {
        RecordKind::DepartmentRegistered => {
            read!(input: "credit_code" CreditCode, "name" Name, "level" Level, "region" u32, "parent" Option<DepartmentId>,
                "host" Option<DepartmentId>, "is_data_manager" bool)
        }
        RecordKind::DepartmentRevised => {
            read!(input: "department" DepartmentId, "name" Name, "parent" Option<DepartmentId>, "host" Option<DepartmentId>,
                "is_data_manager" bool)
        }
        RecordKind::AccountRegistered => read!(input: "account" AccountKey, "department" DepartmentId),
        RecordKind::RoleGiven => {
            read!(input: "account" AccountKey, "department" DepartmentId, "role" Role, "expires" Moment, "scope" RoleScope,
                "acting_for" Option<AccountKey>, "basis" Text<BASIS_BYTES_MAX>)
        }
        RecordKind::RoleConfirmed | RecordKind::RoleRevoked => {
            read!(input: "account" AccountKey, "department" DepartmentId, "role" Role)
        }
        RecordKind::SystemRegistered => {
            read!(input: "department" DepartmentId, "kind" SystemKind, "code" Text<64>, "name" Name)
        }
        RecordKind::KeyRotated => read!(input: "new_key" AccountKey),
        RecordKind::KeyReportedLost => {
            read!(input: "old_key" AccountKey, "new_key" AccountKey, "reason" Text<REASON_BYTES_MAX>)
        }
        RecordKind::KeyReportWithdrawn | RecordKind::KeyReplaced => {
            read!(input: "old_key" AccountKey, "new_key" AccountKey)
        }
        RecordKind::ProposalMade => read!(input: "proposal" ProposalTerms),
        RecordKind::ProposalVoted => read!(input: "proposal" ProposalId, "digest" Digest, "approve" bool),
        RecordKind::ProposalWithdrawn => read!(input: "proposal" ProposalId),
        _ => return None,
    })
}

fn of_catalog(kind: RecordKind, input: &mut &[u8]) -> Option<Arguments> {
    Some(match kind {
        RecordKind::EntrySubmitted => read!(input: "entry" EntryContent),
        RecordKind::EntryEndorsed | RecordKind::EntryReviewed | RecordKind::EntryPublished => {
            read!(input: "entry" EntryId, "version" Version, "digest" Digest)
        }
        RecordKind::EntryReturned => read!(input: "entry" EntryId, "version" Version, "reason" Text<512>),
        RecordKind::EntrySuspended | RecordKind::EntryResumed => read!(input: "entry" EntryId, "reason" Text<512>),
        RecordKind::EntryWithdrawn => {
            read!(input: "entry" EntryId, "reason" Text<512>, "consultation" Option<Papers>)
        }
        RecordKind::ChangeOccurred => read!(input: "entry" EntryId, "on" Day, "basis" Text<256>),
        RecordKind::UpdateExtensionAsked => {
            read!(input: "entry" EntryId, "working_days" u16, "reason" Text<512>)
        }
        RecordKind::UpdateExtensionDecided => read!(input: "entry" EntryId, "granted" bool, "reason" Text<512>),
        RecordKind::ElementRegistered => read!(input: "code" ElementCode, "standard" ElementStandard),
        RecordKind::ElementRevised => read!(input: "element" ElementId, "standard" ElementStandard),
        RecordKind::SourceNamed => {
            read!(input: "element" ElementId, "department" Option<DepartmentId>, "basis" Text<ELEMENT_REASON_BYTES_MAX>)
        }
        RecordKind::SourceCertified => read!(input: "system" SystemId),
        RecordKind::CertificationWithdrawn => {
            read!(input: "system" SystemId, "cause" WithdrawalCause, "reason" Text<ELEMENT_REASON_BYTES_MAX>)
        }
        RecordKind::EntryMounted => read!(input: "entry" EntryId, "mount" Mount),
        RecordKind::EntryUnmounted => {
            read!(input: "entry" EntryId, "method" Method, "reason" Text<MOUNT_REASON_BYTES_MAX>)
        }
        RecordKind::CatalogMismatch => read!(input: "entry" EntryId, "method" Method, "fingerprint" Digest),
        _ => return None,
    })
}

fn of_sharing(kind: RecordKind, input: &mut &[u8]) -> Option<Arguments> {
    Some(match kind {
        RecordKind::PurposeRegistered => read!(input: "code" Text<32>, "name" Text<128>),
        RecordKind::PolicySet => read!(input: "entry" EntryId, "policy" Policy),
        RecordKind::StandingConsentSet => read!(input: "entry" EntryId, "consent" StandingConsent),
        RecordKind::StandingConsentRevoked => read!(input: "entry" EntryId, "reason" Text<512>),
        RecordKind::RequestCreated => read!(input: "request" RequestTerms),
        RecordKind::RequestEndorsed
        | RecordKind::RequestApproved
        | RecordKind::RequestAgreed
        | RecordKind::RequestWithdrawn => read!(input: "request" RequestId, "digest" Digest),
        RecordKind::RequestRefused => read!(input: "request" RequestId, "digest" Digest, "reason" Text<512>),
        RecordKind::RequestSupplementAsked => {
            read!(input: "request" RequestId, "digest" Digest, "missing" Text<512>)
        }
        RecordKind::RequestResubmitted => {
            read!(input: "request" RequestId, "digest" Digest, "new_terms" RequestTerms)
        }
        RecordKind::RequestExtensionAsked => {
            read!(input: "request" RequestId, "digest" Digest, "working_days" u16, "reason" Text<512>)
        }
        RecordKind::RequestExtensionDecided => {
            read!(input: "request" RequestId, "digest" Digest, "granted" bool, "reason" Text<512>)
        }
        _ => return None,
    })
}

fn of_grants(kind: RecordKind, input: &mut &[u8]) -> Option<Arguments> {
    Some(match kind {
        RecordKind::GrantProvisioned => read!(input: "grant" GrantId),
        RecordKind::GrantSuspended
        | RecordKind::GrantResumed
        | RecordKind::RectificationRejected
        | RecordKind::GrantTerminated => read!(input: "grant" GrantId, "reason" Text<512>),
        RecordKind::RectificationOrdered => read!(input: "grant" GrantId, "working_days" u16, "what" Text<512>),
        RecordKind::RectificationReported => {
            read!(input: "grant" GrantId, "statement" Text<512>, "papers" Option<Papers>)
        }
        RecordKind::GrantCompleted => read!(input: "grant" GrantId, "outcome" Text<256>),
        RecordKind::ServiceEnded => read!(input: "grant" GrantId, "reason" Text<512>, "consultation" Papers),
        RecordKind::DisposalRecorded => read!(input: "grant" GrantId, "how" Text<512>, "papers" Option<Papers>),
        RecordKind::DisposalCountersigned => read!(input: "grant" GrantId, "record" RecordNumber),
        RecordKind::UseRecorded => read!(input: "grant" GrantId, "use" UseRecord),
        _ => return None,
    })
}

fn of_access(kind: RecordKind, input: &mut &[u8]) -> Option<Arguments> {
    type Calls = List<u64, NAMED_MAX>;
    Some(match kind {
        RecordKind::StreamOpened => read!(input: "platform" SystemId, "reconciles" bool),
        RecordKind::StreamClosed | RecordKind::StreamReopened => read!(input: "stream" StreamId),
        RecordKind::KeyCompromised => {
            read!(input: "platform" SystemId, "key" AccountKey, "from" Moment, "to" Moment, "statement" Text<512>)
        }
        RecordKind::EventsRepudiated => {
            read!(input: "compromise" RecordNumber, "stream" StreamId, "first_event" EventNumber, "last_event" EventNumber,
                "statement" Text<512>)
        }
        RecordKind::RepudiationDecided => {
            read!(input: "repudiation" RecordNumber, "upheld" bool, "finding" Text<512>)
        }
        RecordKind::DifferencesNamed => {
            read!(input: "grant" GrantId, "day" Day, "provider_only" Calls, "consumer_only" Calls)
        }
        RecordKind::DecisionsOpened | RecordKind::DecisionsClosed => read!(input: "platform" SystemId),
        _ => return None,
    })
}

fn of_disputes(kind: RecordKind, input: &mut &[u8]) -> Option<Arguments> {
    type Attached = Option<Papers>;
    Some(match kind {
        RecordKind::DisputeOpened => {
            read!(input: "matter" Matter, "against" DepartmentId, "claim" StepText, "papers" Attached)
        }
        RecordKind::DisputeAnswered => read!(input: "dispute" DisputeId, "answer" StepText, "papers" Attached),
        RecordKind::SettlementProposed => read!(input: "dispute" DisputeId, "terms" StepText),
        RecordKind::DisputeSettled => read!(input: "dispute" DisputeId, "digest" Digest),
        RecordKind::DisputeEscalated | RecordKind::DisputeAppealed | RecordKind::DisputeWithdrawn => {
            read!(input: "dispute" DisputeId, "reason" StepText)
        }
        RecordKind::DisputeDecided => {
            read!(input: "dispute" DisputeId, "favour" Option<DepartmentId>, "decision" StepText, "papers" Attached)
        }
        RecordKind::GovernmentDecided => {
            read!(input: "dispute" DisputeId, "favour" Option<DepartmentId>, "decision" StepText,
                "document" Text<DOCUMENT_BYTES_MAX>, "papers" Attached)
        }
        _ => return None,
    })
}
