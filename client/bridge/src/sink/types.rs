//! The closed list of event types: every kind of record has one, and the names never change.
//!
//! `org.mulu.grant.suspended.v1` is of the family `grant`; a configuration names it whole, as `grant.suspended`, or all of its family as
//! `grant`. docs/bridge-events.md is written from this list.

use mulu_proofs::records::RecordKind;
use mulu_rpc_api::records::Record;

/// What every type begins with.
const BEGIN: &str = "org.mulu.";
/// What every type of this form of `data` ends with.
const END: &str = ".v1";

/// A type of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventType {
    /// What it is about.
    pub family: &'static str,
    /// What happened.
    pub act: &'static str,
    /// A second family under which it is asked for: an agreed request is a grant that begins.
    pub also: Option<&'static str>,
}

/// A batch in which the ledger found something wrong with an event.
const FINDING: EventType = EventType { family: "finding", act: "events", also: None };

impl EventType {
    /// Of a record.
    pub fn of(record: &Record) -> Self {
        let found = record.decoded.get("findings").and_then(serde_json::Value::as_array);
        if record.kind == RecordKind::BatchAccepted && found.is_some_and(|found| !found.is_empty()) {
            return FINDING;
        }
        Self::of_kind(record.kind)
    }

    /// Of a kind of records; of a batch, that nothing was found.
    pub const fn of_kind(kind: RecordKind) -> Self {
        let (family, act) = name(kind);
        let also = match kind {
            RecordKind::RequestAgreed => Some("request"),
            RecordKind::CatalogMismatch | RecordKind::MismatchResolved => Some("finding"),
            RecordKind::DeadlineOverdue => Some("overdue"),
            RecordKind::HolderNotified => Some("entry"),
            _ => None,
        };
        Self { family, act, also }
    }

    /// Every type with the kind of its records, by the codes of the kinds.
    pub fn all() -> impl Iterator<Item = (Self, RecordKind)> {
        let with_finding = |kind: &RecordKind| {
            let finding = (*kind == RecordKind::BatchAccepted).then_some((FINDING, *kind));
            [Some((Self::of_kind(*kind), *kind)), finding].into_iter().flatten()
        };
        RecordKind::ALL.iter().flat_map(with_finding)
    }

    /// The name, as events have it.
    pub fn name(self) -> String {
        format!("{BEGIN}{}.{}{END}", self.family, self.act)
    }

    /// Whether a configuration means it by this word.
    pub fn is_meant_by(self, word: &str) -> bool {
        let short = word.strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(END)).unwrap_or(word);
        match short.split_once('.') {
            None => short == word && (short == self.family || self.also == Some(short)),
            Some((family, act)) => family == self.family && act == self.act,
        }
    }
}

/// Family and act of a kind.
const fn name(kind: RecordKind) -> (&'static str, &'static str) {
    use RecordKind as K;
    match kind {
        K::DepartmentRegistered
        | K::DepartmentRevised
        | K::DepartmentStatusSet
        | K::DepartmentAdmitted
        | K::AuthorityNamed
        | K::AccountRegistered
        | K::RoleGiven
        | K::RoleConfirmed
        | K::RoleRevoked
        | K::SystemRegistered
        | K::ValidatorRegistered
        | K::ValidatorRemoved
        | K::ValidatorKeyRotated
        | K::ObserverRegistered
        | K::ObserverRemoved
        | K::KeyRotated
        | K::KeyReportedLost
        | K::KeyReplaced
        | K::KeyReportWithdrawn
        | K::BudgetSet => of_departments(kind),
        K::EntrySubmitted => ("entry", "submitted"),
        K::EntryEndorsed => ("entry", "endorsed"),
        K::EntryReturned => ("entry", "returned"),
        K::EntryReviewed => ("entry", "reviewed"),
        K::EntryPublished => ("entry", "published"),
        K::EntrySuspended => ("entry", "suspended"),
        K::EntryResumed => ("entry", "resumed"),
        K::EntryWithdrawn => ("entry", "withdrawn"),
        K::ChangeOccurred => ("entry", "change_occurred"),
        K::UpdateExtensionAsked => ("entry", "update_extension_asked"),
        K::UpdateExtensionDecided => ("entry", "update_extension_decided"),
        K::EntryMounted => ("entry", "mounted"),
        K::EntryUnmounted => ("entry", "unmounted"),
        K::CatalogMismatch => ("entry", "mismatched"),
        K::MismatchResolved => ("entry", "mismatch_resolved"),
        K::PurposeRegistered => ("purpose", "registered"),
        K::PolicySet => ("policy", "set"),
        K::StandingConsentSet => ("consent", "set"),
        K::StandingConsentRevoked => ("consent", "revoked"),
        K::RequestCreated => ("request", "created"),
        K::RequestEndorsed => ("request", "endorsed"),
        K::RequestApproved => ("request", "approved"),
        K::RequestAgreed => ("grant", "agreed"),
        K::RequestRefused => ("request", "refused"),
        K::RequestWithdrawn => ("request", "withdrawn"),
        K::RequestSupplementAsked => ("request", "supplement_asked"),
        K::RequestResubmitted => ("request", "resubmitted"),
        K::RequestExtensionAsked => ("request", "extension_asked"),
        K::RequestExtensionDecided => ("request", "extension_decided"),
        K::GrantProvisioned => ("grant", "provisioned"),
        K::GrantSuspended => ("grant", "suspended"),
        K::GrantResumed => ("grant", "resumed"),
        K::RectificationOrdered => ("grant", "rectification_ordered"),
        K::RectificationReported => ("grant", "rectification_reported"),
        K::RectificationRejected => ("grant", "rectification_rejected"),
        K::GrantTerminated => ("grant", "terminated"),
        K::GrantCompleted => ("grant", "completed"),
        K::ServiceEnded => ("grant", "ended_by_provider"),
        K::DisposalRecorded => ("grant", "disposal_recorded"),
        K::DisposalCountersigned => ("grant", "disposed"),
        K::UseRecorded => ("grant", "use_recorded"),
        K::HolderNotified => ("grant", "holder_notified"),
        K::StreamOpened => ("stream", "opened"),
        K::StreamClosed => ("stream", "closed"),
        K::StreamReopened => ("stream", "reopened"),
        K::KeyCompromised => ("stream", "halted"),
        K::EventsRepudiated => ("stream", "events_repudiated"),
        K::RepudiationDecided => ("stream", "repudiation_decided"),
        K::BatchAccepted => ("batch", "accepted"),
        K::DayDiffers => ("finding", "day_differs"),
        K::DifferencesNamed => ("finding", "differences_named"),
        K::DecisionsOpened => ("decisions", "opened"),
        K::DecisionsClosed => ("decisions", "closed"),
        K::DecisionsCounted => ("decisions", "counted"),
        K::CalendarSet => ("calendar", "set"),
        K::ParametersSet => ("calendar", "parameters_set"),
        K::DeadlineStarted => ("deadline", "started"),
        K::DeadlinePaused => ("deadline", "paused"),
        K::DeadlineResumed => ("deadline", "resumed"),
        K::DeadlineExtended => ("deadline", "extended"),
        K::DeadlineStopped => ("deadline", "stopped"),
        K::DeadlineOverdue => ("deadline", "overdue"),
        K::DeadlineRecomputed => ("deadline", "recomputed"),
        K::ProposalMade => ("proposal", "made"),
        K::ProposalVoted => ("proposal", "voted"),
        K::ProposalWithdrawn => ("proposal", "withdrawn"),
        K::ProposalEnacted => ("proposal", "enacted"),
        K::ProposalClosed => ("proposal", "closed"),
        K::ElementRegistered => ("element", "registered"),
        K::ElementRevised => ("element", "revised"),
        K::SourceNamed => ("element", "source_named"),
        K::SourceCertified => ("element", "source_certified"),
        K::CertificationWithdrawn => ("element", "certification_withdrawn"),
        K::DisputeOpened => ("dispute", "opened"),
        K::DisputeAnswered => ("dispute", "answered"),
        K::SettlementProposed => ("dispute", "settlement_proposed"),
        K::DisputeSettled => ("dispute", "settled"),
        K::DisputeEscalated => ("dispute", "escalated"),
        K::DisputeDecided => ("dispute", "decided"),
        K::DisputeAppealed => ("dispute", "appealed"),
        K::GovernmentDecided => ("dispute", "government_decided"),
        K::DisputeWithdrawn => ("dispute", "withdrawn"),
        K::DisputeFinal => ("dispute", "final"),
        K::QueriesRecorded => ("audit", "queries_recorded"),
    }
}

/// Of the registry of departments, people, systems and nodes.
const fn of_departments(kind: RecordKind) -> (&'static str, &'static str) {
    use RecordKind as K;
    match kind {
        K::DepartmentRevised => ("department", "revised"),
        K::DepartmentStatusSet => ("department", "status_set"),
        K::DepartmentAdmitted => ("department", "admitted"),
        K::AuthorityNamed => ("department", "authority_named"),
        K::BudgetSet => ("department", "budget_set"),
        K::AccountRegistered => ("account", "registered"),
        K::KeyRotated => ("account", "key_rotated"),
        K::KeyReportedLost => ("account", "key_reported_lost"),
        K::KeyReplaced => ("account", "key_replaced"),
        K::KeyReportWithdrawn => ("account", "key_report_withdrawn"),
        K::RoleGiven => ("role", "given"),
        K::RoleConfirmed => ("role", "confirmed"),
        K::RoleRevoked => ("role", "revoked"),
        K::SystemRegistered => ("system", "registered"),
        K::ValidatorRegistered => ("node", "validator_registered"),
        K::ValidatorRemoved => ("node", "validator_removed"),
        K::ValidatorKeyRotated => ("node", "validator_key_rotated"),
        K::ObserverRegistered => ("node", "observer_registered"),
        K::ObserverRemoved => ("node", "observer_removed"),
        _ => ("department", "registered"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use std::{collections::BTreeSet, fmt::Write};

    #[test]
    fn every_kind_has_a_name_of_its_own_in_small_letters() {
        let names: Vec<String> = EventType::all().map(|(found, _)| found.name()).collect();
        let different: BTreeSet<&String> = names.iter().collect();
        assert_eq!((names.len(), different.len()), (RecordKind::ALL.len() + 1, names.len()));
        let is_formed = |name: &String| name.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '.' | '_' | '1'));
        assert!(names.iter().all(is_formed));
    }

    #[test]
    fn a_type_is_meant_by_its_family_and_by_its_name_short_or_whole() {
        let suspended = EventType::of_kind(RecordKind::GrantSuspended);
        for word in ["grant", "grant.suspended", "org.mulu.grant.suspended.v1"] {
            assert!(suspended.is_meant_by(word), "{word}");
        }
        for word in
            ["", "gran", "grant.resumed", "suspended", "org.mulu.grant.v1", "org.mulu.grant.suspended", "grant."]
        {
            assert!(!suspended.is_meant_by(word), "{word}");
        }
        let agreed = EventType::of_kind(RecordKind::RequestAgreed);
        assert!(agreed.is_meant_by("grant") && agreed.is_meant_by("request") && !agreed.is_meant_by("request.agreed"));
        assert!(EventType::of_kind(RecordKind::CatalogMismatch).is_meant_by("finding"));
    }

    /// The table of docs/bridge-events.md.
    fn table() -> String {
        let mut out = String::new();
        for (found, kind) in EventType::all() {
            let word = serde_json::to_value(kind).unwrap();
            let also = found.also.map_or_else(String::new, |also| format!("`{also}`"));
            writeln!(out, "| `{}` | `{}` | {also} |", found.name(), word.as_str().unwrap()).unwrap();
        }
        out
    }

    #[test]
    fn the_page_lists_every_type() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/bridge-events.md");
        let page = std::fs::read_to_string(path).unwrap();
        let (begin, end) = ("| --- | --- | --- |\n", "\n\n<!-- end of the list -->");
        let (before, rest) = page.split_once(begin).unwrap();
        let (found, after) = rest.split_once(end).unwrap();
        let expected = table();
        if std::env::var("MULU_BRIDGE_EVENTS").is_ok_and(|word| word == "rewrite") {
            let written = format!("{before}{begin}{}{end}{after}", expected.trim_end());
            return std::fs::write(path, written).unwrap();
        }
        assert_eq!(found, expected.trim_end(), "`MULU_BRIDGE_EVENTS=rewrite` writes the list anew");
    }
}
