//! Why a call is refused, and the way out: the words that wallets show.

use frame_support::pallet_macros::pallet_section;

/// The errors of the pallet.
#[pallet_section]
mod errors {
    #[pallet::error]
    pub enum Error<T> {
        /// There is no such entry; `Call::submit` makes one.
        UnknownEntry,
        /// This version of the entry is not under way: it was returned, published or never submitted. A version is endorsed by the
        /// head (art. 13) and reviewed by the authority (art. 16) once; submit a new one.
        NotUnderWay,
        /// A version of this code is under way; wait until it is published or returned.
        UnderWayAlready,
        /// The version waits for the endorsement of its provider's head, who approves the catalog (art. 13).
        NotEndorsed,
        /// The head has endorsed this version already (art. 13); the authority reviews it next.
        EndorsedAlready,
        /// The version waits for the authority's review, before which nothing is published (art. 16).
        NotReviewed,
        /// The authority has reviewed this version already (art. 16); publish it with `Call::publish`.
        ReviewedAlready,
        /// The digest is not that of the version's content; read the submitted content and sign its digest.
        DigestMismatch,
        /// The signer signed an earlier step of this version, or asked for this extension; another person must sign this one, so that
        /// endorsement (art. 13), review (art. 16) and consent to more time (art. 17) are more than a form.
        SamePerson,
        /// Another department registered an entry under this code.
        CodeTaken,
        /// The provider's level and region have no competent authority that could review the entry (art. 16); governance names one.
        NoAuthority,
        /// The entry has used up its versions; submit it under a new code.
        TooManyVersions,
        /// State and work secrets are refused (art. 3); they must never be sent to the ledger.
        SecrecyMarked,
        /// A code, the entry's own or a related one, is not `前段码/顺序码`: at least six digits, `/`, letters and digits.
        CodeInvalid,
        /// The first digit of the code is not the class of the classification (1 base, 2 theme, 3 department).
        ClassMismatch,
        /// The entry, or one of its items, has no name, or an item has no code; a catalog says both (art. 13).
        NameMissing,
        /// There is no summary; a catalog says what its data are (art. 13).
        SummaryMissing,
        /// The concrete format has no name; a catalog says the format of its data (art. 13).
        FormatMissing,
        /// The update cycle is another than those of the list, and it is not said which; a catalog says how often its data are updated
        /// (art. 13).
        CycleMissing,
        /// The business matter or the business information is not named; an entry says whose duty its data come from (§5.3).
        ResponsibilityMissing,
        /// An entry has at least one item (art. 13).
        ItemsMissing,
        /// Two items have one code.
        ItemCodeRepeated,
        /// An item is shared more freely than its entry (art. 14); items may only be stricter.
        ItemLaxer,
        /// Sensitivity and security levels go from 0 to 4.
        LevelInvalid,
        /// Conditional sharing names scope and permitted use (art. 15), also of an item that is stricter than its entry; conditional
        /// opening names its condition.
        ConditionMissing,
        /// What is not shared needs the reason and the law that says so (art. 15), also an item that is stricter than its entry.
        ReasonMissing,
        /// A condition without conditional sharing, or a law though the entry is shared (art. 15); leave the text empty.
        ConditionUnexpected,
        /// A bit of the sharing methods stands for no method.
        MethodsInvalid,
        /// A shared entry says by which methods it is shared, at least one (art. 13).
        MethodsMissing,
        /// The entry is opened to the public more freely than its strictest item is shared among departments; register that item in an
        /// entry of its own, or open the entry less freely (§2.2.1 item 3).
        OpeningLaxer,
        /// Core data are not opened to the public; personal data, and data of sensitivity or level 3 or 4, only under a condition, which
        /// says how they are made harmless before (§4.3).
        OpeningSensitive,
        /// The act says why; write the reason into it. Whatever takes something from others has to (art. 27).
        WithoutReason,
        /// An item cites the entry that it is taken from, but no data element; cite the element, or no source (art. 19).
        SourceUnexpected,
        /// The secrecy assessment, its day, or, of personal data and items from level 3 on, the assessment of the impact on personal
        /// information is missing (art. 13).
        AssessmentMissing,
        /// The evaluation of quality has no digest or no day; leave it out until there is one (§5.4.1).
        QualityIncomplete,
        /// An assessment (art. 13) or the evaluation of quality is of a day that has not come, or the entry of a publication date behind
        /// the day of its publication; write the day on which it was done.
        DateAhead,
        /// Items or methods that live grants use would stop, or their service would get worse, and the papers on the consultation of their
        /// holders are not named (art. 27); consult them first.
        ConsultationMissing,
        /// Grants on too many old versions of the entry are live; wait until some have ended.
        TooManyLiveVersions,
        /// No version of the entry was published (art. 16); only a published entry can be suspended, withdrawn or due for an
        /// update.
        NotPublished,
        /// The entry is withdrawn for ever; register the data under a new code.
        EntryWithdrawn,
        /// The entry is suspended already.
        SuspendedAlready,
        /// The entry is not suspended.
        NotSuspended,
        /// The authority suspended the entry, and only its reviewers resume it.
        SuspendedByAuthority,
        /// The entry was suspended as often as it can be; withdraw it, or leave it in force.
        TooManySuspensions,
        /// A change is open that the entry has not followed yet; its update answers this one too (art. 17).
        ChangeOpen,
        /// The day of the change has not come; the time for the update counts from the day of the change (art. 17).
        ChangeAhead,
        /// A change names the law, decision or duty that changed (art. 17).
        BasisMissing,
        /// No change is open that an update would be due for; report one with `Call::report_change` (art. 17).
        NoChangeOpen,
        /// An extension was asked for; wait for the authority's decision (art. 17).
        ExtensionAskedAlready,
        /// No extension was asked for, or it was decided on (art. 17).
        ExtensionNotAsked,
        /// Extensions have at least one working day, and in all at most the governed number, five by art. 17.
        ExtensionOverLimit,
        /// The time for the update has ended; an extension is asked for and granted before (art. 17).
        UpdateOverdue,
    }
}
