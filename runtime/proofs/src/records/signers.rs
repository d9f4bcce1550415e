//! Which roles may sign the acts behind records: the matrix of docs/roles.md, as code.

use super::RecordKind;
use crate::departments::Role;

impl RecordKind {
    /// Roles of which one signs the act; none where no account causes records of the kind (genesis, governance, clocks).
    ///
    /// Of which department, and for what, each act says for itself.
    pub const fn signers(self) -> &'static [Role] {
        use Role::{Admin, Applicant, Approver, Cataloguer, Head, Officer, Operator, Platform, Reviewer, Supervisor};
        match self {
            Self::DepartmentRegistered | Self::DepartmentRevised | Self::PurposeRegistered => &[Supervisor],
            Self::AccountRegistered | Self::RoleGiven | Self::RoleRevoked | Self::KeyReportedLost => {
                &[Admin, Supervisor]
            }
            Self::RoleConfirmed | Self::KeyReplaced => &[Head, Supervisor],
            Self::SystemRegistered => &[Admin],
            // The key that was reported lost shows by any of its roles that it is not; admins and supervisors may besides.
            Self::KeyRotated | Self::KeyReportWithdrawn => &Role::ALL,
            Self::EntrySubmitted => &[Cataloguer],
            Self::EntryEndorsed | Self::EntryWithdrawn | Self::UpdateExtensionAsked => &[Head],
            Self::EntryReturned | Self::EntrySuspended | Self::EntryResumed => &[Head, Reviewer],
            Self::ChangeOccurred => &[Cataloguer, Head, Reviewer],
            Self::EntryReviewed | Self::EntryPublished | Self::UpdateExtensionDecided => &[Reviewer],
            Self::RequestCreated | Self::RequestResubmitted => &[Applicant],
            Self::RequestExtensionDecided => &[Supervisor],
            Self::PolicySet
            | Self::RequestEndorsed
            | Self::RequestSupplementAsked
            | Self::RequestExtensionAsked
            | Self::StandingConsentSet
            | Self::StandingConsentRevoked
            | Self::RequestAgreed
            | Self::RequestRefused
            | Self::GrantProvisioned
            | Self::RectificationReported
            | Self::GrantCompleted
            | Self::ServiceEnded
            | Self::DisposalRecorded
            | Self::DisposalCountersigned => &[Officer],
            Self::RequestApproved => &[Head, Officer, Approver],
            Self::RequestWithdrawn | Self::UseRecorded => &[Officer, Applicant],
            Self::GrantSuspended
            | Self::GrantResumed
            | Self::RectificationOrdered
            | Self::RectificationRejected
            | Self::GrantTerminated => &[Officer, Supervisor],
            Self::StreamOpened
            | Self::BatchAccepted
            | Self::StreamReopened
            | Self::DecisionsOpened
            | Self::DecisionsCounted => &[Platform],
            Self::StreamClosed | Self::DecisionsClosed => &[Admin, Platform],
            Self::KeyCompromised => &[Admin, Head],
            Self::EventsRepudiated => &[Head],
            Self::RepudiationDecided => &[Supervisor],
            Self::DifferencesNamed => &[Officer, Platform],
            Self::ElementRegistered | Self::ElementRevised | Self::SourceNamed => &[Supervisor],
            Self::SourceCertified | Self::CertificationWithdrawn => &[Reviewer, Supervisor],
            Self::EntryMounted | Self::EntryUnmounted => &[Cataloguer],
            Self::CatalogMismatch | Self::MismatchResolved => &[Platform],
            Self::ProposalMade | Self::ProposalVoted | Self::ProposalWithdrawn => &[Head],
            Self::DisputeOpened
            | Self::DisputeAnswered
            | Self::SettlementProposed
            | Self::DisputeSettled
            | Self::DisputeEscalated
            | Self::DisputeAppealed
            | Self::DisputeWithdrawn => &[Officer],
            Self::DisputeDecided | Self::GovernmentDecided => &[Supervisor],
            Self::QueriesRecorded => &[Operator],
            Self::DepartmentStatusSet
            | Self::DepartmentAdmitted
            | Self::AuthorityNamed
            | Self::ValidatorRegistered
            | Self::ValidatorRemoved
            | Self::ValidatorKeyRotated
            | Self::ObserverRegistered
            | Self::ObserverRemoved
            | Self::BudgetSet
            | Self::CalendarSet
            | Self::ParametersSet
            | Self::HolderNotified
            | Self::DayDiffers
            | Self::DeadlineStarted
            | Self::DeadlinePaused
            | Self::DeadlineResumed
            | Self::DeadlineExtended
            | Self::DeadlineStopped
            | Self::DeadlineOverdue
            | Self::DeadlineRecomputed
            | Self::ProposalEnacted
            | Self::ProposalClosed
            | Self::DisputeFinal => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::calls::call_index;

    #[test]
    fn an_act_has_signers_if_and_only_if_it_has_a_call() {
        for kind in RecordKind::ALL {
            assert_eq!(kind.signers().is_empty(), call_index(*kind).is_none(), "{kind:?}");
        }
    }
}
