//! Why a call is refused, and the way out: the words that wallets show.

use frame_support::pallet_macros::pallet_section;

/// The errors of the pallet.
#[pallet_section]
mod errors {
    #[pallet::error]
    pub enum Error<T> {
        /// The signer holds none of the roles that may do this: applicants ask, officers consent and reply (art. 20); docs/roles.md
        /// has the table.
        NotPermitted,
        /// A purpose needs a code and a name.
        PurposeUnnamed,
        /// The code means another purpose already; use that one.
        PurposeCodeTaken,
        /// All 65,535 purposes are given.
        PurposesFull,
        /// The entry, or this version of it, is not published now (art. 16); use the version that is.
        NotPublished,
        /// The consumer is the provider of the entry: nobody asks itself for its own data (art. 20).
        OwnEntry,
        /// Only head, officer and approver sign stages: roles with a second signature.
        RoleOfStage,
        /// The provider's officers decide behind all stages (art. 20 ¶3) and sign none of them; name its head or approvers.
        OfficerInStage,
        /// There is no such department, or it is not active.
        UnknownDepartment,
        /// Provider or consumer is suspended or retired; its requests can be refused or withdrawn, nothing else.
        DepartmentNotActive,
        /// Nobody could ever complete this stage; name more approvers or ask for fewer signatures.
        StageNeverComplete,
        /// An approver is named twice; nobody signs two steps of one request.
        ApproverTwice,
        /// A named approver does not hold the stage's role in one of its departments now; its admin gives it first.
        UnknownApprover,
        /// Basis, scenario and scope must be said (art. 20).
        BasisMissing,
        /// No item is asked for, or one that the version does not have.
        UnknownItem,
        /// The entry or an item asked for is not shared (arts. 14, 15); see the reason and the law that the entry cites.
        NotShared,
        /// The entry does not offer this method; a request names one of its sharing methods (art. 20).
        MethodNotOffered,
        /// The period of the use (art. 20) is empty or lies in the past; name a later one.
        PeriodInvalid,
        /// A request says what the data is for (art. 20): at least one purpose, system and platform, each once and in ascending
        /// order.
        NotAscending,
        /// A purpose is not on the governed list; see `Call::register_purpose`.
        UnknownPurpose,
        /// A system is not registered; its department's admin does that first.
        UnknownSystem,
        /// A using system belongs to another department than the consumer, and nothing is passed on without consent (art. 25).
        SystemOfAnother,
        /// What is named as a platform is none.
        NotPlatform,
        /// A quota of nothing is no use; ask for at least one call and one row a day.
        QuotaZero,
        /// The consumer has as many open requests as it may have; withdraw some.
        TooManyOpen,
        /// There is no such open request: it was never made, or it has ended.
        UnknownRequest,
        /// The digest is not of what is stored; read the request again and sign what it says.
        DigestMismatch,
        /// The consumer's officer consented already (art. 20); the provider replies next.
        AlreadyEndorsed,
        /// The consumer's officer must consent before a request goes out (art. 20); see `Call::endorse`.
        NotEndorsed,
        /// The signer signed an earlier step; request, consent and reply (art. 20) are different people's, as are asking for more time
        /// and granting it (art. 21): somebody else has to sign this one.
        AlreadySigned,
        /// The current stage names its approvers and the signer is none of them.
        NotNamed,
        /// Every stage is complete; the provider's officer decides (art. 20) with `Call::agree` or `Call::refuse`.
        StagesComplete,
        /// A stage waits for approvals; the provider's officer consents behind them all (art. 20 ¶3). See `Call::approve`.
        StageOpen,
        /// This act needs a reason, as whatever is refused does (art. 21).
        ReasonMissing,
        /// A stage names at least one department, each once, in ascending order.
        StageDepartments,
        /// More calls a day than the entry's flow threshold; ask for fewer.
        OverFlowThreshold,
        /// Papers were asked for and are not here yet: nobody decides, and nobody refuses for that (art. 21). See `Call::resubmit`.
        SupplementOpen,
        /// Papers were asked for before; what is missing is told once, all at once (art. 21).
        SupplementAskedBefore,
        /// Say which papers are missing, all of them at once (art. 21).
        MissingUnnamed,
        /// A request stays with its entry and its consumer; make another request.
        AnotherRequest,
        /// The terms are those that are asked for already, and the policy that decides on them is the same.
        NothingChanged,
        /// The extension is zero, or longer than the limit of this reply; what is shared without condition has none (art. 21).
        ExtensionTooLong,
        /// An extension was asked for before, and is asked for once (art. 21).
        ExtensionAskedBefore,
        /// No extension waits for a decision; the provider's officer asks for one (art. 21).
        ExtensionNotAsked,
        /// The reply is overdue: an extension is granted before that (art. 21), or denied.
        ReplyOverdue,
        /// The entry has no standing consent.
        NoStandingConsent,
        /// The entry is suspended: nothing of it is asked for or agreed to until it is resumed.
        EntrySuspended,
    }
}
