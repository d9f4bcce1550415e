//! The kinds of records. Codes are never reused: the high byte is the pallet, the low byte the act.

use crate::text::words;
use codec::{Decode, DecodeWithMemTracking, Encode, Error, Input, MaxEncodedLen, Output};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $code:literal,)*) => {
        /// What happened. Each variant names the type of its record's body.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, TypeInfo, DecodeWithMemTracking, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum RecordKind {
            $($(#[$doc])* $name,)*
        }

        impl RecordKind {
            /// Every kind, ascending by code.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The two-byte code.
            pub const fn code(self) -> u16 {
                match self { $(Self::$name => $code,)* }
            }

            /// The kind of a code.
            pub const fn from_code(code: u16) -> Option<Self> {
                match code { $($code => Some(Self::$name),)* _ => None }
            }
        }
    };
}

kinds! {
    /// [`crate::departments::DepartmentInfo`]
    DepartmentRegistered = 0x0101,
    /// [`crate::departments::AccountRegistered`]
    AccountRegistered = 0x0102,
    /// [`crate::departments::RoleGiven`]: in force, or waiting for its second signature.
    RoleGiven = 0x0103,
    /// [`crate::departments::RoleConfirmed`]
    RoleConfirmed = 0x0104,
    /// [`crate::departments::RoleRevoked`]
    RoleRevoked = 0x0105,
    /// [`crate::departments::SystemInfo`]
    SystemRegistered = 0x0106,
    /// [`crate::departments::ValidatorRegistered`]
    ValidatorRegistered = 0x0107,
    /// [`crate::departments::AccountReplaced`]: by the old key itself.
    KeyRotated = 0x0108,
    /// [`crate::departments::KeyReportedLost`]
    KeyReportedLost = 0x0109,
    /// [`crate::departments::AccountReplaced`]: the confirmation of a report of loss.
    KeyReplaced = 0x010a,
    /// [`crate::departments::DepartmentInfo`]: as it is from now on.
    DepartmentRevised = 0x010b,
    /// [`crate::departments::DepartmentStatusSet`]
    DepartmentStatusSet = 0x010c,
    /// [`crate::departments::AuthorityNamed`]
    AuthorityNamed = 0x010d,
    /// [`crate::departments::ValidatorRemoved`]
    ValidatorRemoved = 0x010e,
    /// [`crate::departments::ValidatorKeyRotated`]
    ValidatorKeyRotated = 0x010f,
    /// [`crate::departments::Observer`]
    ObserverRegistered = 0x0110,
    /// [`crate::departments::Observer`]
    ObserverRemoved = 0x0111,
    /// [`crate::departments::DepartmentAdmitted`]
    DepartmentAdmitted = 0x0112,
    /// [`crate::departments::KeyReportWithdrawn`]
    KeyReportWithdrawn = 0x0113,
    /// [`crate::budget::Budget`]
    BudgetSet = 0x0114,
    /// [`crate::catalog::EntrySubmitted`]
    EntrySubmitted = 0x0201,
    /// [`crate::catalog::EntryAct`]
    EntryEndorsed = 0x0202,
    /// [`crate::catalog::EntryReturned`]
    EntryReturned = 0x0203,
    /// [`crate::catalog::EntryAct`]
    EntryReviewed = 0x0204,
    /// [`crate::catalog::EntryAct`]
    EntryPublished = 0x0205,
    /// [`crate::catalog::EntrySuspension`]
    EntrySuspended = 0x0206,
    /// [`crate::catalog::EntrySuspension`]
    EntryResumed = 0x0207,
    /// [`crate::catalog::EntryWithdrawn`]: the filing with the authority.
    EntryWithdrawn = 0x0208,
    /// [`crate::catalog::ChangeOccurred`]
    ChangeOccurred = 0x0209,
    /// [`crate::catalog::UpdateExtensionAsked`]
    UpdateExtensionAsked = 0x020a,
    /// [`crate::catalog::UpdateExtensionDecided`]
    UpdateExtensionDecided = 0x020b,
    /// [`crate::sharing::PurposeRegistered`]
    PurposeRegistered = 0x0301,
    /// [`crate::sharing::PolicySet`]
    PolicySet = 0x0302,
    /// [`crate::sharing::RequestCreated`]
    RequestCreated = 0x0303,
    /// [`crate::sharing::RequestAct`]
    RequestEndorsed = 0x0304,
    /// [`crate::sharing::RequestAct`]
    RequestApproved = 0x0305,
    /// [`crate::sharing::RequestAgreed`]
    RequestAgreed = 0x0306,
    /// [`crate::sharing::RequestRefused`]
    RequestRefused = 0x0307,
    /// [`crate::sharing::RequestAct`]
    RequestWithdrawn = 0x0308,
    /// [`crate::sharing::RequestSupplementAsked`]
    RequestSupplementAsked = 0x030c,
    /// [`crate::sharing::RequestResubmitted`]
    RequestResubmitted = 0x030d,
    /// [`crate::sharing::RequestExtensionAsked`]
    RequestExtensionAsked = 0x030e,
    /// [`crate::sharing::RequestExtensionDecided`]
    RequestExtensionDecided = 0x030f,
    /// [`crate::sharing::StandingConsentSet`]
    StandingConsentSet = 0x0310,
    /// [`crate::sharing::StandingConsentRevoked`]
    StandingConsentRevoked = 0x0311,
    /// [`crate::access::StreamOpened`]
    StreamOpened = 0x0401,
    /// [`crate::access::BatchRecord`]
    BatchAccepted = 0x0402,
    /// [`crate::access::StreamClosed`]
    StreamClosed = 0x0403,
    /// [`crate::access::StreamReopened`]
    StreamReopened = 0x0404,
    /// [`crate::access::KeyCompromised`]
    KeyCompromised = 0x0405,
    /// [`crate::access::EventsRepudiated`]
    EventsRepudiated = 0x0406,
    /// [`crate::access::RepudiationDecided`]
    RepudiationDecided = 0x0407,
    /// [`crate::access::DayDiffers`]: by a block after the days for which reports of that day are waited for.
    DayDiffers = 0x0408,
    /// [`crate::access::DifferencesNamed`]
    DifferencesNamed = 0x0409,
    /// [`crate::access::DecisionsOpened`]
    DecisionsOpened = 0x040a,
    /// [`crate::access::DecisionsClosed`]
    DecisionsClosed = 0x040b,
    /// [`crate::access::DecisionsCounted`]
    DecisionsCounted = 0x040c,
    /// [`crate::calendar::YearCalendar`]
    CalendarSet = 0x0501,
    /// [`crate::calendar::Parameters`]
    ParametersSet = 0x0502,
    /// [`crate::calendar::DeadlineStarted`]
    DeadlineStarted = 0x0503,
    /// [`crate::calendar::DeadlinePaused`]
    DeadlinePaused = 0x0504,
    /// [`crate::calendar::DeadlineResumed`]
    DeadlineResumed = 0x0505,
    /// [`crate::calendar::DeadlineExtended`]
    DeadlineExtended = 0x0506,
    /// [`crate::calendar::DeadlineStopped`]
    DeadlineStopped = 0x0507,
    /// [`crate::calendar::DeadlineOverdue`]
    DeadlineOverdue = 0x0508,
    /// [`crate::calendar::DeadlineRecomputed`]
    DeadlineRecomputed = 0x0509,
    /// [`crate::governance::ProposalMade`]
    ProposalMade = 0x0601,
    /// [`crate::governance::ProposalVoted`]
    ProposalVoted = 0x0602,
    /// [`crate::governance::ProposalWithdrawn`]
    ProposalWithdrawn = 0x0603,
    /// [`crate::governance::ProposalEnacted`]
    ProposalEnacted = 0x0604,
    /// [`crate::governance::ProposalClosed`]
    ProposalClosed = 0x0605,
    /// [`crate::grants::GrantAct`]
    GrantProvisioned = 0x0701,
    /// [`crate::grants::GrantAct`]
    GrantSuspended = 0x0702,
    /// [`crate::grants::GrantAct`]
    GrantResumed = 0x0703,
    /// [`crate::grants::RectificationOrdered`]
    RectificationOrdered = 0x0704,
    /// [`crate::grants::RectificationReported`]
    RectificationReported = 0x0705,
    /// [`crate::grants::GrantAct`]
    RectificationRejected = 0x0706,
    /// [`crate::grants::GrantAct`]
    GrantTerminated = 0x0707,
    /// [`crate::grants::GrantCompleted`]
    GrantCompleted = 0x0708,
    /// [`crate::grants::ServiceEnded`]
    ServiceEnded = 0x0709,
    /// [`crate::grants::DisposalRecorded`]
    DisposalRecorded = 0x070a,
    /// [`crate::grants::DisposalCountersigned`]
    DisposalCountersigned = 0x070b,
    /// [`crate::grants::UseRecorded`]
    UseRecorded = 0x070c,
    /// [`crate::grants::HolderNotified`]
    HolderNotified = 0x070d,
    /// [`crate::elements::ElementRegistered`]
    ElementRegistered = 0x0801,
    /// [`crate::elements::ElementRevised`]
    ElementRevised = 0x0802,
    /// [`crate::elements::SourceNamed`]
    SourceNamed = 0x0803,
    /// [`crate::elements::SourceCertified`]
    SourceCertified = 0x0804,
    /// [`crate::elements::CertificationWithdrawn`]
    CertificationWithdrawn = 0x0805,
    /// [`crate::mounts::EntryMounted`]
    EntryMounted = 0x0901,
    /// [`crate::mounts::EntryUnmounted`]
    EntryUnmounted = 0x0902,
    /// [`crate::mounts::FingerprintReported`]: another schema than the mount's.
    CatalogMismatch = 0x0903,
    /// [`crate::mounts::FingerprintReported`]: the mount's schema again.
    MismatchResolved = 0x0904,
    /// [`crate::oversight::DisputeOpened`]
    DisputeOpened = 0x0a01,
    /// [`crate::oversight::DisputeAnswered`]
    DisputeAnswered = 0x0a02,
    /// [`crate::oversight::SettlementProposed`]
    SettlementProposed = 0x0a03,
    /// [`crate::oversight::DisputeSettled`]
    DisputeSettled = 0x0a04,
    /// [`crate::oversight::DisputeEscalated`]
    DisputeEscalated = 0x0a05,
    /// [`crate::oversight::DisputeDecided`]
    DisputeDecided = 0x0a06,
    /// [`crate::oversight::DisputeAppealed`]
    DisputeAppealed = 0x0a07,
    /// [`crate::oversight::GovernmentDecided`]
    GovernmentDecided = 0x0a08,
    /// [`crate::oversight::DisputeWithdrawn`]
    DisputeWithdrawn = 0x0a09,
    /// [`crate::oversight::DisputeFinal`]: by a block after the last day to appeal.
    DisputeFinal = 0x0a0a,
    /// [`crate::audit::QueriesRecorded`]
    QueriesRecorded = 0x0a0b,
}

impl std::fmt::Display for RecordKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&words(self))
    }
}

impl Encode for RecordKind {
    fn encode_to<O: Output + ?Sized>(&self, output: &mut O) {
        self.code().encode_to(output);
    }
}

impl Decode for RecordKind {
    fn decode<I: Input>(input: &mut I) -> Result<Self, Error> {
        Self::from_code(u16::decode(input)?).ok_or_else(|| "unknown record kind".into())
    }
}

impl MaxEncodedLen for RecordKind {
    fn max_encoded_len() -> usize {
        2
    }
}
