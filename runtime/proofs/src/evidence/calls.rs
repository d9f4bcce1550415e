//! The calls behind records: pallet and call indices, pinned, and the bytes that a signer must have signed.
//!
//! A record repeats everything that its call said, so the verifier rebuilds the call from the record and compares bytes:
//! whatever else the signer may have signed (a proxy, a batch, another pallet's call) does not pass.

use crate::{
    access::{
        DecisionsClosed, DecisionsCounted, DecisionsOpened, DifferencesNamed, EventsRepudiated, KeyCompromised,
        RepudiationDecided, StreamClosed, StreamOpened, StreamReopened,
    },
    audit::QueriesRecorded,
    catalog::{
        ChangeOccurred, EntryAct, EntryReturned, EntrySubmitted, EntrySuspension, EntryWithdrawn, UpdateExtensionAsked,
        UpdateExtensionDecided,
    },
    departments::{
        AccountRegistered, AccountReplaced, DepartmentInfo, KeyReportWithdrawn, KeyReportedLost, RoleConfirmed,
        RoleGiven, RoleRevoked, SignedAs, SystemInfo,
    },
    elements::{CertificationWithdrawn, ElementRegistered, ElementRevised, SourceCertified, SourceNamed},
    governance::{ProposalMade, ProposalVoted, ProposalWithdrawn},
    grants::{
        DisposalCountersigned, DisposalRecorded, GrantAct, GrantCompleted, RectificationOrdered, RectificationReported,
        ServiceEnded, UseRecorded,
    },
    mounts::{EntryMounted, EntryUnmounted, FingerprintReported},
    oversight::{
        DisputeAnswered, DisputeAppealed, DisputeDecided, DisputeEscalated, DisputeOpened, DisputeSettled,
        DisputeWithdrawn, GovernmentDecided, SettlementProposed,
    },
    records::{Record, RecordKind},
    sharing::{
        PolicySet, PurposeRegistered, RequestAct, RequestAgreed, RequestCreated, RequestExtensionAsked,
        RequestExtensionDecided, RequestRefused, RequestResubmitted, RequestSupplementAsked, StandingConsentRevoked,
        StandingConsentSet,
    },
};
use codec::{Decode, Encode};

/// Index of the departments pallet.
pub const DEPARTMENTS: u8 = 10;
/// Index of the catalog pallet.
pub const CATALOG: u8 = 11;
/// Index of the sharing pallet.
pub const SHARING: u8 = 12;
/// Index of the access pallet.
pub const ACCESS: u8 = 13;
/// Index of the governance pallet.
pub const GOVERNANCE: u8 = 16;
/// Index of the oversight pallet.
pub const OVERSIGHT: u8 = 20;
/// Index of the grants pallet.
pub const GRANTS: u8 = 17;
/// Index of the elements pallet.
pub const ELEMENTS: u8 = 18;
/// Index of the mounts pallet.
pub const MOUNTS: u8 = 19;

/// Pallet and call index of the call that causes records of `kind`; none for what only genesis sets or governance enacts.
pub const fn call_index(kind: RecordKind) -> Option<[u8; 2]> {
    Some(match kind {
        RecordKind::DepartmentRegistered => [DEPARTMENTS, 0],
        RecordKind::AccountRegistered => [DEPARTMENTS, 1],
        RecordKind::RoleGiven => [DEPARTMENTS, 2],
        RecordKind::RoleConfirmed => [DEPARTMENTS, 3],
        RecordKind::RoleRevoked => [DEPARTMENTS, 4],
        RecordKind::SystemRegistered => [DEPARTMENTS, 5],
        RecordKind::KeyRotated => [DEPARTMENTS, 6],
        RecordKind::KeyReportedLost => [DEPARTMENTS, 7],
        RecordKind::KeyReplaced => [DEPARTMENTS, 8],
        RecordKind::DepartmentRevised => [DEPARTMENTS, 9],
        RecordKind::KeyReportWithdrawn => [DEPARTMENTS, 10],
        RecordKind::DepartmentStatusSet
        | RecordKind::DepartmentAdmitted
        | RecordKind::AuthorityNamed
        | RecordKind::ValidatorRegistered
        | RecordKind::ValidatorRemoved
        | RecordKind::ValidatorKeyRotated
        | RecordKind::ObserverRegistered
        | RecordKind::ObserverRemoved
        | RecordKind::BudgetSet => return None,
        RecordKind::EntrySubmitted => [CATALOG, 0],
        RecordKind::EntryEndorsed => [CATALOG, 1],
        RecordKind::EntryReturned => [CATALOG, 2],
        RecordKind::EntryReviewed => [CATALOG, 3],
        RecordKind::EntryPublished => [CATALOG, 4],
        RecordKind::EntrySuspended => [CATALOG, 5],
        RecordKind::EntryResumed => [CATALOG, 6],
        RecordKind::EntryWithdrawn => [CATALOG, 7],
        RecordKind::ChangeOccurred => [CATALOG, 8],
        RecordKind::UpdateExtensionAsked => [CATALOG, 9],
        RecordKind::UpdateExtensionDecided => [CATALOG, 10],
        RecordKind::PurposeRegistered => [SHARING, 0],
        RecordKind::PolicySet => [SHARING, 1],
        RecordKind::RequestCreated => [SHARING, 2],
        RecordKind::RequestEndorsed => [SHARING, 3],
        RecordKind::RequestApproved => [SHARING, 4],
        RecordKind::RequestAgreed => [SHARING, 5],
        RecordKind::RequestRefused => [SHARING, 6],
        RecordKind::RequestWithdrawn => [SHARING, 7],
        RecordKind::RequestSupplementAsked => [SHARING, 8],
        RecordKind::RequestResubmitted => [SHARING, 9],
        RecordKind::RequestExtensionAsked => [SHARING, 10],
        RecordKind::RequestExtensionDecided => [SHARING, 11],
        RecordKind::StandingConsentSet => [SHARING, 12],
        RecordKind::StandingConsentRevoked => [SHARING, 13],
        RecordKind::GrantProvisioned => [GRANTS, 0],
        RecordKind::GrantSuspended => [GRANTS, 1],
        RecordKind::GrantResumed => [GRANTS, 2],
        RecordKind::RectificationOrdered => [GRANTS, 3],
        RecordKind::RectificationReported => [GRANTS, 4],
        RecordKind::GrantTerminated => [GRANTS, 5],
        RecordKind::GrantCompleted => [GRANTS, 6],
        RecordKind::ServiceEnded => [GRANTS, 7],
        RecordKind::DisposalRecorded => [GRANTS, 8],
        RecordKind::DisposalCountersigned => [GRANTS, 9],
        RecordKind::UseRecorded => [GRANTS, 10],
        RecordKind::RectificationRejected => [GRANTS, 11],
        RecordKind::StreamOpened => [ACCESS, 0],
        RecordKind::BatchAccepted => [ACCESS, 1],
        RecordKind::StreamClosed => [ACCESS, 2],
        RecordKind::StreamReopened => [ACCESS, 3],
        RecordKind::KeyCompromised => [ACCESS, 4],
        RecordKind::EventsRepudiated => [ACCESS, 5],
        RecordKind::RepudiationDecided => [ACCESS, 6],
        RecordKind::DifferencesNamed => [ACCESS, 7],
        RecordKind::DecisionsOpened => [ACCESS, 8],
        RecordKind::DecisionsClosed => [ACCESS, 9],
        RecordKind::DecisionsCounted => [ACCESS, 10],
        // What follows when the days for which reports are waited for are over.
        RecordKind::DayDiffers => return None,
        RecordKind::ProposalMade => [GOVERNANCE, 0],
        RecordKind::ProposalVoted => [GOVERNANCE, 1],
        RecordKind::ProposalWithdrawn => [GOVERNANCE, 2],
        RecordKind::ElementRegistered => [ELEMENTS, 0],
        RecordKind::ElementRevised => [ELEMENTS, 1],
        RecordKind::SourceNamed => [ELEMENTS, 2],
        RecordKind::SourceCertified => [ELEMENTS, 3],
        RecordKind::CertificationWithdrawn => [ELEMENTS, 4],
        RecordKind::EntryMounted => [MOUNTS, 0],
        RecordKind::EntryUnmounted => [MOUNTS, 1],
        RecordKind::CatalogMismatch | RecordKind::MismatchResolved => [MOUNTS, 2],
        RecordKind::DisputeOpened => [OVERSIGHT, 0],
        RecordKind::DisputeAnswered => [OVERSIGHT, 1],
        RecordKind::SettlementProposed => [OVERSIGHT, 2],
        RecordKind::DisputeSettled => [OVERSIGHT, 3],
        RecordKind::DisputeEscalated => [OVERSIGHT, 4],
        RecordKind::DisputeDecided => [OVERSIGHT, 5],
        RecordKind::DisputeAppealed => [OVERSIGHT, 6],
        RecordKind::GovernmentDecided => [OVERSIGHT, 7],
        RecordKind::DisputeWithdrawn => [OVERSIGHT, 8],
        RecordKind::QueriesRecorded => [OVERSIGHT, 9],
        // What follows when the time to appeal is up.
        RecordKind::DisputeFinal => return None,
        // What follows from a vote, a height or the time.
        RecordKind::ProposalEnacted | RecordKind::ProposalClosed => return None,
        // Governance enacts the first two; clocks follow from the acts that start and stop them.
        RecordKind::CalendarSet
        | RecordKind::ParametersSet
        | RecordKind::HolderNotified
        | RecordKind::DeadlineStarted
        | RecordKind::DeadlinePaused
        | RecordKind::DeadlineResumed
        | RecordKind::DeadlineExtended
        | RecordKind::DeadlineStopped
        | RecordKind::DeadlineOverdue
        | RecordKind::DeadlineRecomputed => return None,
    })
}

/// The call that must have caused `record`; `None` if its kind has none, its body does not read, or it is a batch (whose body no
/// record repeats: the platform's signature stands in the record itself).
pub fn expected_call(record: &Record) -> Option<Vec<u8>> {
    let arguments = match record.kind {
        RecordKind::DepartmentStatusSet
        | RecordKind::DepartmentAdmitted
        | RecordKind::AuthorityNamed
        | RecordKind::ValidatorRegistered
        | RecordKind::ValidatorRemoved
        | RecordKind::ValidatorKeyRotated
        | RecordKind::ObserverRegistered
        | RecordKind::ObserverRemoved
        | RecordKind::BudgetSet
        | RecordKind::BatchAccepted
        | RecordKind::CalendarSet
        | RecordKind::ParametersSet
        | RecordKind::HolderNotified
        | RecordKind::DayDiffers
        | RecordKind::DeadlineStarted
        | RecordKind::DeadlinePaused
        | RecordKind::DeadlineResumed
        | RecordKind::DeadlineExtended
        | RecordKind::DeadlineStopped
        | RecordKind::DeadlineOverdue
        | RecordKind::DeadlineRecomputed
        | RecordKind::ProposalEnacted
        | RecordKind::ProposalClosed
        | RecordKind::DisputeFinal => return None,
        RecordKind::DepartmentRegistered => with(record, |b: DepartmentInfo| {
            (b.credit_code, b.name, b.level, b.region, b.parent, b.host, b.is_data_manager)
        }),
        RecordKind::DepartmentRevised => {
            with(record, |b: DepartmentInfo| (b.id, b.name, b.parent, b.host, b.is_data_manager))
        }
        RecordKind::AccountRegistered => with(record, |b: AccountRegistered| (b.account, b.department)),
        RecordKind::RoleGiven => {
            with(record, |b: RoleGiven| (b.account, b.department, b.role, b.expires, b.scope, b.principal, b.basis))
        }
        RecordKind::RoleConfirmed => with(record, |b: RoleConfirmed| (b.account, b.department, b.role)),
        RecordKind::RoleRevoked => with(record, |b: RoleRevoked| (b.account, b.department, b.role)),
        RecordKind::SystemRegistered => with(record, |b: SystemInfo| (b.department, b.kind, b.code, b.name)),
        RecordKind::KeyRotated => with(record, |b: AccountReplaced| b.new),
        RecordKind::KeyReportedLost => with(record, |b: KeyReportedLost| (b.old, b.new, b.reason)),
        RecordKind::KeyReportWithdrawn => with(record, |b: KeyReportWithdrawn| (b.old, b.new)),
        RecordKind::KeyReplaced => with(record, |b: AccountReplaced| (b.old, b.new)),
        RecordKind::EntrySubmitted => with(record, |b: EntrySubmitted| b.content),
        RecordKind::EntryEndorsed | RecordKind::EntryReviewed | RecordKind::EntryPublished => {
            with(record, |b: EntryAct| (b.entry, b.version, b.digest))
        }
        RecordKind::EntryReturned => with(record, |b: EntryReturned| (b.entry, b.version, b.reason)),
        RecordKind::EntrySuspended | RecordKind::EntryResumed => with(record, |b: EntrySuspension| (b.entry, b.reason)),
        RecordKind::EntryWithdrawn => with(record, |b: EntryWithdrawn| (b.entry, b.reason, b.consultation)),
        RecordKind::ChangeOccurred => with(record, |b: ChangeOccurred| (b.entry, b.on, b.basis)),
        RecordKind::UpdateExtensionAsked => with(record, |b: UpdateExtensionAsked| (b.entry, b.working_days, b.reason)),
        RecordKind::UpdateExtensionDecided => with(record, |b: UpdateExtensionDecided| (b.entry, b.granted, b.reason)),
        RecordKind::PurposeRegistered => with(record, |b: PurposeRegistered| (b.code, b.name)),
        RecordKind::PolicySet => with(record, |b: PolicySet| (b.entry, b.policy)),
        RecordKind::RequestCreated => with(record, |b: RequestCreated| b.terms),
        RecordKind::RequestEndorsed | RecordKind::RequestApproved | RecordKind::RequestWithdrawn => {
            with(record, |b: RequestAct| (b.request, b.digest))
        }
        // What a standing consent agrees to rests on that.
        RecordKind::RequestAgreed => {
            let agreed = record.body_as::<RequestAgreed>().ok().filter(|b| b.consent.is_none());
            agreed.map(|b| (b.request, b.digest).encode())
        }
        RecordKind::RequestRefused => with(record, |b: RequestRefused| (b.request, b.digest, b.reason)),
        RecordKind::RequestSupplementAsked => {
            with(record, |b: RequestSupplementAsked| (b.request, b.digest, b.missing))
        }
        RecordKind::RequestResubmitted => with(record, |b: RequestResubmitted| (b.request, b.digest, b.terms)),
        RecordKind::RequestExtensionAsked => {
            with(record, |b: RequestExtensionAsked| (b.request, b.digest, b.working_days, b.reason))
        }
        RecordKind::RequestExtensionDecided => {
            with(record, |b: RequestExtensionDecided| (b.request, b.digest, b.granted, b.reason))
        }
        RecordKind::StandingConsentSet => with(record, |b: StandingConsentSet| (b.entry, b.consent)),
        RecordKind::StandingConsentRevoked => with(record, |b: StandingConsentRevoked| (b.entry, b.reason)),
        RecordKind::GrantProvisioned => with(record, |b: GrantAct| b.grant),
        RecordKind::GrantSuspended
        | RecordKind::GrantResumed
        | RecordKind::RectificationRejected
        | RecordKind::GrantTerminated => with(record, |b: GrantAct| (b.grant, b.reason)),
        RecordKind::RectificationOrdered => with(record, |b: RectificationOrdered| (b.grant, b.working_days, b.what)),
        RecordKind::RectificationReported => with(record, |b: RectificationReported| (b.grant, b.statement, b.papers)),
        RecordKind::GrantCompleted => with(record, |b: GrantCompleted| (b.grant, b.outcome)),
        RecordKind::ServiceEnded => with(record, |b: ServiceEnded| (b.grant, b.reason, b.consultation)),
        RecordKind::DisposalRecorded => with(record, |b: DisposalRecorded| (b.grant, b.how, b.papers)),
        RecordKind::DisposalCountersigned => with(record, |b: DisposalCountersigned| (b.grant, b.record)),
        RecordKind::UseRecorded => with(record, |b: UseRecorded| (b.grant, b.used)),
        RecordKind::StreamOpened => with(record, |b: StreamOpened| (b.platform, b.reconciles)),
        RecordKind::StreamClosed => with(record, |b: StreamClosed| b.stream),
        RecordKind::StreamReopened => with(record, |b: StreamReopened| b.stream),
        RecordKind::KeyCompromised => with(record, |b: KeyCompromised| (b.platform, b.key, b.from, b.to, b.statement)),
        RecordKind::EventsRepudiated => {
            with(record, |b: EventsRepudiated| (b.compromise, b.stream, b.first, b.last, b.statement))
        }
        RecordKind::RepudiationDecided => with(record, |b: RepudiationDecided| (b.repudiation, b.upheld, b.finding)),
        RecordKind::DifferencesNamed => {
            with(record, |b: DifferencesNamed| (b.grant, b.day, b.provider_only, b.consumer_only))
        }
        RecordKind::DecisionsOpened => with(record, |b: DecisionsOpened| b.system),
        RecordKind::DecisionsClosed => with(record, |b: DecisionsClosed| b.system),
        RecordKind::DecisionsCounted => with(record, |b: DecisionsCounted| (b.system, b.day, b.counts)),
        RecordKind::ProposalMade => with(record, |b: ProposalMade| b.terms),
        RecordKind::ProposalVoted => with(record, |b: ProposalVoted| (b.proposal, b.digest, b.approve)),
        RecordKind::ProposalWithdrawn => with(record, |b: ProposalWithdrawn| b.proposal),
        RecordKind::ElementRegistered => with(record, |b: ElementRegistered| (b.code, b.standard)),
        RecordKind::ElementRevised => with(record, |b: ElementRevised| (b.element, b.standard)),
        RecordKind::SourceNamed => with(record, |b: SourceNamed| (b.element, b.department, b.basis)),
        RecordKind::SourceCertified => with(record, |b: SourceCertified| b.system),
        RecordKind::CertificationWithdrawn => with(record, |b: CertificationWithdrawn| (b.system, b.cause, b.reason)),
        RecordKind::EntryMounted => with(record, |b: EntryMounted| (b.entry, b.mount)),
        RecordKind::EntryUnmounted => with(record, |b: EntryUnmounted| (b.entry, b.method, b.reason)),
        RecordKind::CatalogMismatch | RecordKind::MismatchResolved => {
            with(record, |b: FingerprintReported| (b.entry, b.method, b.seen))
        }
        RecordKind::DisputeOpened => with(record, |b: DisputeOpened| (b.matter, b.against, b.claim, b.papers)),
        RecordKind::DisputeAnswered => with(record, |b: DisputeAnswered| (b.dispute, b.answer, b.papers)),
        RecordKind::SettlementProposed => with(record, |b: SettlementProposed| (b.dispute, b.terms)),
        RecordKind::DisputeSettled => with(record, |b: DisputeSettled| (b.dispute, b.digest)),
        RecordKind::DisputeEscalated => with(record, |b: DisputeEscalated| (b.dispute, b.reason)),
        RecordKind::DisputeDecided => with(record, |b: DisputeDecided| (b.dispute, b.favour, b.decision, b.papers)),
        RecordKind::DisputeAppealed => with(record, |b: DisputeAppealed| (b.dispute, b.reason)),
        RecordKind::GovernmentDecided => {
            with(record, |b: GovernmentDecided| (b.dispute, b.favour, b.decision, b.document, b.papers))
        }
        RecordKind::DisputeWithdrawn => with(record, |b: DisputeWithdrawn| (b.dispute, b.reason)),
        RecordKind::QueriesRecorded => with(record, |b: QueriesRecorded| (b.first, b.queries)),
    }?;
    let mut call = call_index(record.kind)?.to_vec();
    call.extend_from_slice(&arguments);
    Some(call)
}

/// The role that a record's signer acted in, where its body names one. Evidence shows the records that gave and confirmed it.
pub fn signed_as(record: &Record) -> Option<SignedAs> {
    match record.kind {
        RecordKind::DepartmentRegistered
        | RecordKind::AccountRegistered
        | RecordKind::RoleGiven
        | RecordKind::RoleRevoked
        | RecordKind::SystemRegistered
        | RecordKind::KeyRotated
        | RecordKind::KeyReportedLost
        | RecordKind::DepartmentRevised
        | RecordKind::KeyReportWithdrawn
        | RecordKind::DepartmentStatusSet
        | RecordKind::DepartmentAdmitted
        | RecordKind::AuthorityNamed
        | RecordKind::ValidatorRegistered
        | RecordKind::ValidatorRemoved
        | RecordKind::ValidatorKeyRotated
        | RecordKind::ObserverRegistered
        | RecordKind::ObserverRemoved
        | RecordKind::BudgetSet
        | RecordKind::PurposeRegistered
        | RecordKind::BatchAccepted
        | RecordKind::CalendarSet
        | RecordKind::ParametersSet
        | RecordKind::HolderNotified
        | RecordKind::DayDiffers
        | RecordKind::DeadlineStarted
        | RecordKind::DeadlinePaused
        | RecordKind::DeadlineResumed
        | RecordKind::DeadlineExtended
        | RecordKind::DeadlineStopped
        | RecordKind::DeadlineOverdue
        | RecordKind::DeadlineRecomputed
        | RecordKind::ProposalEnacted
        | RecordKind::ProposalClosed
        | RecordKind::DisputeFinal => None,
        RecordKind::KeyReplaced => record.body_as::<AccountReplaced>().ok()?.confirmed.map(|(_, signed_as)| signed_as),
        RecordKind::RoleConfirmed => role(record, |b: RoleConfirmed| b.signed_as),
        RecordKind::EntrySubmitted => role(record, |b: EntrySubmitted| b.signed_as),
        RecordKind::EntryEndorsed | RecordKind::EntryReviewed | RecordKind::EntryPublished => {
            role(record, |b: EntryAct| b.signed_as)
        }
        RecordKind::EntryReturned => role(record, |b: EntryReturned| b.signed_as),
        RecordKind::EntrySuspended | RecordKind::EntryResumed => role(record, |b: EntrySuspension| b.signed_as),
        RecordKind::EntryWithdrawn => role(record, |b: EntryWithdrawn| b.signed_as),
        RecordKind::ChangeOccurred => role(record, |b: ChangeOccurred| b.signed_as),
        RecordKind::UpdateExtensionAsked => role(record, |b: UpdateExtensionAsked| b.signed_as),
        RecordKind::UpdateExtensionDecided => role(record, |b: UpdateExtensionDecided| b.signed_as),
        RecordKind::PolicySet => role(record, |b: PolicySet| b.signed_as),
        RecordKind::RequestCreated => role(record, |b: RequestCreated| b.signed_as),
        RecordKind::RequestEndorsed | RecordKind::RequestApproved | RecordKind::RequestWithdrawn => {
            role(record, |b: RequestAct| b.signed_as)
        }
        RecordKind::RequestAgreed => role(record, |b: RequestAgreed| b.signed_as),
        RecordKind::RequestRefused => role(record, |b: RequestRefused| b.signed_as),
        RecordKind::RequestSupplementAsked => role(record, |b: RequestSupplementAsked| b.signed_as),
        RecordKind::RequestResubmitted => role(record, |b: RequestResubmitted| b.signed_as),
        RecordKind::RequestExtensionAsked => role(record, |b: RequestExtensionAsked| b.signed_as),
        RecordKind::RequestExtensionDecided => role(record, |b: RequestExtensionDecided| b.signed_as),
        RecordKind::StandingConsentSet => role(record, |b: StandingConsentSet| b.signed_as),
        RecordKind::StandingConsentRevoked => role(record, |b: StandingConsentRevoked| b.signed_as),
        RecordKind::GrantProvisioned
        | RecordKind::GrantSuspended
        | RecordKind::GrantResumed
        | RecordKind::RectificationRejected
        | RecordKind::GrantTerminated => role(record, |b: GrantAct| b.signed_as),
        RecordKind::RectificationOrdered => role(record, |b: RectificationOrdered| b.signed_as),
        RecordKind::RectificationReported => role(record, |b: RectificationReported| b.signed_as),
        RecordKind::GrantCompleted => role(record, |b: GrantCompleted| b.signed_as),
        RecordKind::ServiceEnded => role(record, |b: ServiceEnded| b.signed_as),
        RecordKind::DisposalRecorded => role(record, |b: DisposalRecorded| b.signed_as),
        RecordKind::DisposalCountersigned => role(record, |b: DisposalCountersigned| b.signed_as),
        RecordKind::UseRecorded => role(record, |b: UseRecorded| b.signed_as),
        RecordKind::StreamOpened => role(record, |b: StreamOpened| b.signed_as),
        RecordKind::StreamClosed => role(record, |b: StreamClosed| b.signed_as),
        RecordKind::StreamReopened => role(record, |b: StreamReopened| b.signed_as),
        RecordKind::KeyCompromised => role(record, |b: KeyCompromised| b.signed_as),
        RecordKind::EventsRepudiated => role(record, |b: EventsRepudiated| b.signed_as),
        RecordKind::RepudiationDecided => role(record, |b: RepudiationDecided| b.signed_as),
        RecordKind::DifferencesNamed => role(record, |b: DifferencesNamed| b.signed_as),
        RecordKind::DecisionsOpened => role(record, |b: DecisionsOpened| b.signed_as),
        RecordKind::DecisionsClosed => role(record, |b: DecisionsClosed| b.signed_as),
        RecordKind::DecisionsCounted => role(record, |b: DecisionsCounted| b.signed_as),
        RecordKind::ProposalMade => role(record, |b: ProposalMade| b.signed_as),
        RecordKind::ProposalVoted => role(record, |b: ProposalVoted| b.signed_as),
        RecordKind::ProposalWithdrawn => role(record, |b: ProposalWithdrawn| b.signed_as),
        RecordKind::ElementRegistered => role(record, |b: ElementRegistered| b.signed_as),
        RecordKind::ElementRevised => role(record, |b: ElementRevised| b.signed_as),
        RecordKind::SourceNamed => role(record, |b: SourceNamed| b.signed_as),
        RecordKind::SourceCertified => role(record, |b: SourceCertified| b.signed_as),
        RecordKind::CertificationWithdrawn => role(record, |b: CertificationWithdrawn| b.signed_as),
        RecordKind::EntryMounted => role(record, |b: EntryMounted| b.signed_as),
        RecordKind::EntryUnmounted => role(record, |b: EntryUnmounted| b.signed_as),
        RecordKind::CatalogMismatch | RecordKind::MismatchResolved => {
            role(record, |b: FingerprintReported| b.signed_as)
        }
        RecordKind::DisputeOpened => role(record, |b: DisputeOpened| b.signed_as),
        RecordKind::DisputeAnswered => role(record, |b: DisputeAnswered| b.signed_as),
        RecordKind::SettlementProposed => role(record, |b: SettlementProposed| b.signed_as),
        RecordKind::DisputeSettled => role(record, |b: DisputeSettled| b.signed_as),
        RecordKind::DisputeEscalated => role(record, |b: DisputeEscalated| b.signed_as),
        RecordKind::DisputeDecided => role(record, |b: DisputeDecided| b.signed_as),
        RecordKind::DisputeAppealed => role(record, |b: DisputeAppealed| b.signed_as),
        RecordKind::GovernmentDecided => role(record, |b: GovernmentDecided| b.signed_as),
        RecordKind::DisputeWithdrawn => role(record, |b: DisputeWithdrawn| b.signed_as),
        RecordKind::QueriesRecorded => role(record, |b: QueriesRecorded| b.signed_as),
    }
}

fn role<B: Decode>(record: &Record, signed_as: impl FnOnce(B) -> SignedAs) -> Option<SignedAs> {
    record.body_as().ok().map(signed_as)
}

fn with<B: Decode, A: Encode>(record: &Record, arguments: impl FnOnce(B) -> A) -> Option<Vec<u8>> {
    record.body_as().ok().map(|body| arguments(body).encode())
}
