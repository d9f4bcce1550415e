//! Oversight (SPEC §3, §4): counters of what arts. 39 to 41 name, and disputes along the ladder of art. 28.
//!
//! ```text
//! open ─> negotiating ─ escalate ─> at the authority ─ decide ─> decided ─ appeal ─> at the government ─> decided by it
//!           │   └─ answer                │                          └─ nobody appeals in time ─> final
//!           └─ settle + confirm ─────────┴─ settle + confirm ────────────────┘      ─> settled
//!           └─ withdraw the claim ───────┘                   withdraw the appeal    ─> final
//! ```
//!
//! Nobody skips a step: a dispute leaves the parties' hands only when the other party has answered or its term is over, the authority
//! that decides is the one that the rules name, and its decision stands once nobody has appealed in time. A dispute that has ended
//! leaves the state and stays as records. A dispute changes nothing by itself: what was decided is done by the acts that it calls for.
//!
//! Besides, nodes tell here what auditors asked them (SPEC §9): a report of queries has a record, and the state keeps how far each key has come.
//!
//! Counters follow from records of other pallets, through [`mulu_pallet_support::Counters`] and [`mulu_pallet_support::Overdue`]; they
//! have no records of their own.

mod functions;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
mod try_state;
mod types;
pub mod weights;

pub use pallet::*;
pub use types::{OpenDispute, QueryCursor, Stage};

/// The pallet.
#[frame_support::pallet]
pub mod pallet {
    use crate::{
        types::{OpenDispute, QueryCursor},
        weights,
    };
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use mulu_pallet_support::{Clock, Clocks, Extensions, Matters, People, Records, Superiors};
    use mulu_proofs::{
        audit::{AuditQuery, QUERIES_MAX},
        catalog::List,
        ids::{DepartmentId, Digest32, DisputeId, PublicKey, QueryNumber},
        oversight::{
            CountKind, DOCUMENT_BYTES_MAX, DisputeAnswered, DisputeAppealed, DisputeDecided, DisputeEscalated,
            DisputeFinal, DisputeOpened, DisputeSettled, DisputeWithdrawn, GovernmentDecided, Matter,
            SettlementProposed, StepText,
        },
        papers::Papers,
        text::Text,
    };
    use sp_core::crypto::AccountId32;

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config<AccountId = AccountId32, RuntimeEvent: From<Event<Self>>> {
        /// The record log.
        type Records: Records;
        /// Block time.
        type Clock: Clock;
        /// Departments and roles.
        type People: People + Superiors;
        /// What a dispute can be about.
        type Matters: Matters;
        /// Deadlines.
        type Clocks: Clocks;
        /// Applications for more time.
        type Extensions: Extensions;
        /// Most open disputes of one claimant.
        #[pallet::constant]
        type OpenMax: Get<u32>;
    }

    /// Disputes that have not ended.
    ///
    /// - Key → value: DisputeId → OpenDispute, at most 90 bytes.
    /// - Written by: every step; removed when it ends.
    /// - Bound: `OpenMax` a claimant.
    /// - Invariants: O1, O2, O3 in `try_state`.
    #[pallet::storage]
    pub type Disputes<T: Config> = StorageMap<_, Twox64Concat, DisputeId, OpenDispute>;

    /// How many open disputes a claimant has; none where it has none.
    ///
    /// - Key → value: DepartmentId → u32, 4 bytes.
    /// - Written by: with [`Disputes`].
    /// - Bound: one a department.
    /// - Invariants: O1 in `try_state`.
    #[pallet::storage]
    pub type OpenCount<T: Config> = StorageMap<_, Twox64Concat, DepartmentId, u32, ValueQuery>;

    /// Last id given to a dispute.
    ///
    /// - Key → value: nothing → DisputeId, 4 bytes.
    /// - Written by: `Call::open`.
    /// - Bound: one value.
    #[pallet::storage]
    pub type LastDispute<T: Config> = StorageValue<_, DisputeId, ValueQuery>;

    /// How often a department did or left undone what is counted, by year.
    ///
    /// - Key → value: DepartmentId, (year, CountKind) → u32, 4 bytes.
    /// - Written by: with the record that shows it; never removed.
    /// - Bound: one a department, year and kind.
    /// - Invariants: O4 in `try_state`.
    #[pallet::storage]
    pub type Counts<T: Config> =
        StorageDoubleMap<_, Twox64Concat, DepartmentId, Twox64Concat, (u16, CountKind), u32, ValueQuery>;

    /// How far the node that signs with a key has told what auditors asked it.
    ///
    /// - Key → value: PublicKey → QueryCursor, 16 bytes.
    /// - Written by: `Call::record_queries`; never removed.
    /// - Bound: one a key that tells queries.
    /// - Invariants: O5 in `try_state`.
    // Blake2_128Concat: keys are chosen by whoever makes them, so the hash must resist crafted collisions.
    #[pallet::storage]
    pub type QueryCursors<T: Config> = StorageMap<_, Blake2_128Concat, PublicKey, QueryCursor>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A dispute was opened.
        DisputeOpened {
            /// Who signed.
            signer: AccountId32,
            /// The claim.
            opened: DisputeOpened,
        },
        /// The other party answered.
        DisputeAnswered {
            /// Who signed.
            signer: AccountId32,
            /// The answer.
            answered: DisputeAnswered,
        },
        /// A party proposed a settlement.
        SettlementProposed {
            /// Who signed.
            signer: AccountId32,
            /// The terms.
            proposed: SettlementProposed,
        },
        /// The other party confirmed it: the dispute has ended.
        DisputeSettled {
            /// Who signed.
            signer: AccountId32,
            /// The confirmation.
            settled: DisputeSettled,
        },
        /// A party brought the dispute before an authority.
        DisputeEscalated {
            /// Who signed.
            signer: AccountId32,
            /// Which authority, and why.
            escalated: DisputeEscalated,
        },
        /// The authority decided.
        DisputeDecided {
            /// Who signed.
            signer: AccountId32,
            /// The decision.
            decided: DisputeDecided,
        },
        /// A party had it brought before the government.
        DisputeAppealed {
            /// Who signed.
            signer: AccountId32,
            /// Why.
            appealed: DisputeAppealed,
        },
        /// The government's decision was recorded: the dispute has ended.
        GovernmentDecided {
            /// Who signed.
            signer: AccountId32,
            /// The decision.
            decided: GovernmentDecided,
        },
        /// Claim or appeal were withdrawn: the dispute has ended.
        DisputeWithdrawn {
            /// Who signed.
            signer: AccountId32,
            /// Why.
            withdrawn: DisputeWithdrawn,
        },
        /// Nobody appealed in time: the dispute has ended.
        DisputeFinal {
            /// For whom it was decided.
            ended: DisputeFinal,
        },
        /// A node told what auditors asked it.
        QueriesRecorded {
            /// The node's key.
            signer: AccountId32,
            /// Number of the first question.
            first: QueryNumber,
            /// How many.
            count: u32,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// The signer belongs to no department; officers of the parties and supervisors of the authority sign here (art. 28).
        NotPermitted,
        /// A department has no dispute with itself (art. 28); name the other party.
        OneParty,
        /// The other party is no department of this ledger; check its id.
        UnknownDepartment,
        /// No version of this entry was ever published; a dispute is about a published entry.
        UnknownEntry,
        /// No request or grant of this number was ever made; check it, or leave it out.
        UnknownMatter,
        /// The entry is not of either party, or the request or grant is not between the two about this entry (art. 28).
        NotTheirMatter,
        /// The text is empty; say what the other side and later readers need to know.
        TextMissing,
        /// The department has as many open disputes as it may have; see `OpenMax`. Settle or withdraw one.
        TooManyOpen,
        /// There is no such open dispute: it was never opened, or it has ended.
        UnknownDispute,
        /// The signer's department is not a party; only the two departments do this (art. 28).
        NotParty,
        /// The claim is answered by the other party, not by the claimant (art. 28).
        NotRespondent,
        /// The other party has answered; propose a settlement, or escalate (art. 28).
        AlreadyAnswered,
        /// The dispute has left the parties' hands; the authority hears what they have to say (art. 28).
        NotNegotiating,
        /// The authority has decided; appeal, or let the decision stand (art. 28).
        AlreadyDecided,
        /// No settlement waits for a confirmation (art. 28); propose one.
        NoSettlement,
        /// A settlement is confirmed by the other party (art. 28).
        OwnSettlement,
        /// The digest is not of the terms that wait; read them again and sign what they say.
        DigestMismatch,
        /// The parties negotiate first: wait for the other party's answer, or until its term is over (art. 28).
        NegotiationRuns,
        /// No competent authority covers both parties; governance has to name one (art. 28).
        NoCommonAuthority,
        /// The dispute is before the authority that the rules name; wait for it (art. 28).
        AlreadyEscalated,
        /// The dispute is not before an authority; a party escalates it when negotiation has failed (art. 28).
        NotAtAuthority,
        /// Another authority deals with this dispute; `Disputes` names it (art. 28).
        NotNamedAuthority,
        /// A decision is for one of the two parties, or for neither.
        FavourUnknown,
        /// The authority has not decided; there is nothing to appeal against (art. 28).
        NotDecided,
        /// The term to appeal is over; the authority's decision stands.
        AppealOver,
        /// No party has appealed; the government has nothing to decide (art. 28).
        NotAtGovernment,
        /// Only who opened the dispute withdraws it; propose a settlement.
        NotClaimant,
        /// Only who appealed withdraws the appeal.
        NotAppellant,
        /// A report of queries is empty; there is nothing to tell.
        QueriesMissing,
        /// The queries do not begin behind the last one that this key told; `QueryCursors` says which number is next.
        QueriesNotNext,
        /// The times of the queries do not ascend from the last one that was told; tell them in the order in which they were asked.
        QueriesOutOfOrder,
        /// More than 15 auditors in one report; tell the queries in several.
        TooManyAuditors,
        /// A query of an account that no department ever had; tell only queries of auditors.
        UnknownAuditor,
    }

    #[pallet::extra_constants]
    impl<T: Config> Pallet<T> {
        /// Longest text of a step, in bytes of UTF-8.
        #[pallet::constant_name(StepBytesMax)]
        fn step_bytes_max() -> u32 {
            mulu_proofs::oversight::STEP_BYTES_MAX
        }

        /// Most queries of one report.
        #[pallet::constant_name(QueriesMax)]
        fn queries_max() -> u32 {
            QUERIES_MAX
        }

        /// Longest reference of a government's document, in bytes of UTF-8.
        #[pallet::constant_name(DocumentBytesMax)]
        fn document_bytes_max() -> u32 {
            DOCUMENT_BYTES_MAX
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Opens a dispute: the parties negotiate (art. 28).
        ///
        /// ## Dispatch origin
        /// The `officer` of a department; with `against` it is a party.
        /// ## Errors
        /// - `Error::NotPermitted`, the departments' errors if the signer does not hold the role.
        /// - `Error::OneParty`, `Error::UnknownDepartment`, `Error::TextMissing`.
        /// - `Error::UnknownEntry`, `Error::UnknownMatter`, `Error::NotTheirMatter`.
        /// - `Error::TooManyOpen`.
        /// ## Events and records
        /// `Event::DisputeOpened`; records `DisputeOpened`, and `DeadlineStarted` of the other party's answer.
        /// ## Complexity
        /// O(1).
        #[pallet::call_index(0)]
        #[pallet::weight(weights::STEP)]
        pub fn open(
            origin: OriginFor<T>,
            matter: Matter,
            against: DepartmentId,
            claim: StepText,
            papers: Option<Papers>,
        ) -> DispatchResult {
            Self::do_open(&ensure_signed(origin)?, matter, against, claim, papers)
        }

        /// Answers a claim, once.
        ///
        /// ## Dispatch origin
        /// The `officer` of the party against which the dispute was opened.
        /// ## Errors
        /// - `Error::NotPermitted`, the departments' errors if the signer does not hold the role.
        /// - `Error::UnknownDispute`, `Error::NotParty`, `Error::NotRespondent`, `Error::TextMissing`.
        /// - `Error::NotNegotiating`, `Error::AlreadyAnswered`.
        /// ## Events and records
        /// `Event::DisputeAnswered`; records `DisputeAnswered`, and `DeadlineStopped` of the answer.
        /// ## Complexity
        /// O(1).
        #[pallet::call_index(1)]
        #[pallet::weight(weights::STEP)]
        pub fn answer(
            origin: OriginFor<T>,
            dispute: DisputeId,
            answer: StepText,
            papers: Option<Papers>,
        ) -> DispatchResult {
            Self::do_answer(&ensure_signed(origin)?, dispute, answer, papers)
        }

        /// Proposes terms on which the party would settle; they take the place of those that waited.
        ///
        /// ## Dispatch origin
        /// The `officer` of a party.
        /// ## Errors
        /// - `Error::NotPermitted`, the departments' errors if the signer does not hold the role.
        /// - `Error::UnknownDispute`, `Error::NotParty`, `Error::TextMissing`.
        /// - `Error::AlreadyDecided`: the decision is appealed against, or stands.
        /// ## Events and records
        /// `Event::SettlementProposed`; record `SettlementProposed`. By the other party it is an answer too.
        /// ## Complexity
        /// O(1).
        #[pallet::call_index(2)]
        #[pallet::weight(weights::STEP)]
        pub fn settle(origin: OriginFor<T>, dispute: DisputeId, terms: StepText) -> DispatchResult {
            Self::do_settle(&ensure_signed(origin)?, dispute, terms)
        }

        /// Confirms the terms of the other party: the dispute ends.
        ///
        /// ## Dispatch origin
        /// The `officer` of the party that did not propose the terms.
        /// ## Errors
        /// - `Error::NotPermitted`, the departments' errors if the signer does not hold the role.
        /// - `Error::UnknownDispute`, `Error::NotParty`.
        /// - `Error::NoSettlement`, `Error::OwnSettlement`, `Error::DigestMismatch`.
        /// ## Events and records
        /// `Event::DisputeSettled`; record `DisputeSettled`.
        /// ## Complexity
        /// O(1).
        #[pallet::call_index(3)]
        #[pallet::weight(weights::STEP)]
        pub fn confirm(origin: OriginFor<T>, dispute: DisputeId, digest: Digest32) -> DispatchResult {
            Self::do_confirm(&ensure_signed(origin)?, dispute, digest)
        }

        /// Brings a dispute before the competent authority of both parties, or their nearest common superior (art. 28). Again, if
        /// governance has named another authority since.
        ///
        /// ## Dispatch origin
        /// The `officer` of a party.
        /// ## Errors
        /// - `Error::NotPermitted`, the departments' errors if the signer does not hold the role.
        /// - `Error::UnknownDispute`, `Error::NotParty`, `Error::TextMissing`.
        /// - `Error::NegotiationRuns`: the other party has not answered, and its term is not over.
        /// - `Error::NoCommonAuthority`, `Error::AlreadyEscalated`, `Error::AlreadyDecided`.
        /// ## Events and records
        /// `Event::DisputeEscalated`; records `DisputeEscalated`, and `DeadlineStarted` of the decision.
        /// ## Complexity
        /// O(levels).
        #[pallet::call_index(4)]
        #[pallet::weight(weights::ESCALATE)]
        pub fn escalate(origin: OriginFor<T>, dispute: DisputeId, reason: StepText) -> DispatchResult {
            Self::do_escalate(&ensure_signed(origin)?, dispute, reason)
        }

        /// Decides a dispute (art. 28). The decision stands unless a party appeals in time.
        ///
        /// ## Dispatch origin
        /// The `supervisor` of the authority that the escalation named.
        /// ## Errors
        /// - `Error::NotPermitted`, the departments' errors if the signer does not hold the role.
        /// - `Error::UnknownDispute`, `Error::TextMissing`, `Error::AlreadyDecided`, `Error::NotAtAuthority`.
        /// - `Error::NotNamedAuthority`, `Error::FavourUnknown`.
        /// ## Events and records
        /// `Event::DisputeDecided`; records `DisputeDecided`, and `DeadlineStarted` of the appeal.
        /// ## Complexity
        /// O(1).
        #[pallet::call_index(5)]
        #[pallet::weight(weights::STEP)]
        pub fn decide(
            origin: OriginFor<T>,
            dispute: DisputeId,
            favour: Option<DepartmentId>,
            decision: StepText,
            papers: Option<Papers>,
        ) -> DispatchResult {
            Self::do_decide(&ensure_signed(origin)?, dispute, favour, decision, papers)
        }

        /// Has the dispute brought before the government of the authority (art. 28).
        ///
        /// ## Dispatch origin
        /// The `officer` of a party.
        /// ## Errors
        /// - `Error::NotPermitted`, the departments' errors if the signer does not hold the role.
        /// - `Error::UnknownDispute`, `Error::NotParty`, `Error::TextMissing`.
        /// - `Error::NotDecided`, `Error::AppealOver`.
        /// ## Events and records
        /// `Event::DisputeAppealed`; record `DisputeAppealed`.
        /// ## Complexity
        /// O(1).
        #[pallet::call_index(6)]
        #[pallet::weight(weights::STEP)]
        pub fn appeal(origin: OriginFor<T>, dispute: DisputeId, reason: StepText) -> DispatchResult {
            Self::do_appeal(&ensure_signed(origin)?, dispute, reason)
        }

        /// Records what the government decided (art. 28): the dispute ends.
        ///
        /// ## Dispatch origin
        /// The `supervisor` of the authority of that government.
        /// ## Errors
        /// - `Error::NotPermitted`, the departments' errors if the signer does not hold the role.
        /// - `Error::UnknownDispute`, `Error::TextMissing`, `Error::NotAtGovernment`.
        /// - `Error::NotNamedAuthority`, `Error::FavourUnknown`.
        /// ## Events and records
        /// `Event::GovernmentDecided`; record `GovernmentDecided`.
        /// ## Complexity
        /// O(1).
        #[pallet::call_index(7)]
        #[pallet::weight(weights::STEP)]
        pub fn record_government_decision(
            origin: OriginFor<T>,
            dispute: DisputeId,
            favour: Option<DepartmentId>,
            decision: StepText,
            document: Text<DOCUMENT_BYTES_MAX>,
            papers: Option<Papers>,
        ) -> DispatchResult {
            Self::do_record_government(&ensure_signed(origin)?, dispute, favour, decision, document, papers)
        }

        /// Withdraws a claim that is not decided; or an appeal, and the authority's decision stands. The dispute ends.
        ///
        /// ## Dispatch origin
        /// The `officer` of the claimant; of an appeal, of the party that made it.
        /// ## Errors
        /// - `Error::NotPermitted`, the departments' errors if the signer does not hold the role.
        /// - `Error::UnknownDispute`, `Error::NotParty`, `Error::TextMissing`.
        /// - `Error::AlreadyDecided`, `Error::NotClaimant`, `Error::NotAppellant`.
        /// ## Events and records
        /// `Event::DisputeWithdrawn`; record `DisputeWithdrawn`.
        /// ## Complexity
        /// O(1).
        #[pallet::call_index(8)]
        #[pallet::weight(weights::STEP)]
        pub fn withdraw(origin: OriginFor<T>, dispute: DisputeId, reason: StepText) -> DispatchResult {
            Self::do_withdraw(&ensure_signed(origin)?, dispute, reason)
        }

        /// Tells what auditors asked a node: the audit of the audit (SPEC §9). Each key's queries are numbered without gaps, and their times
        /// ascend. What a query says of its time and question is the node's word; that none was left out shows in the numbers.
        ///
        /// ## Dispatch origin
        /// The `operator` of the department that runs the node, with the key under which the node tells queries.
        /// ## Errors
        /// - `Error::NotPermitted`, the departments' errors if the signer does not hold the role.
        /// - `Error::QueriesNotNext`, `Error::QueriesMissing`, `Error::QueriesOutOfOrder`.
        /// - `Error::TooManyAuditors`, `Error::UnknownAuditor`.
        /// ## Events and records
        /// `Event::QueriesRecorded`; record `QueriesRecorded`, about the key and every auditor.
        /// ## Complexity
        /// O(queries).
        #[pallet::call_index(9)]
        #[pallet::weight(weights::QUERIES)]
        pub fn record_queries(
            origin: OriginFor<T>,
            first: QueryNumber,
            queries: List<AuditQuery, QUERIES_MAX>,
        ) -> DispatchResult {
            Self::do_record_queries(&ensure_signed(origin)?, first, queries)
        }
    }
}
