//! Oversight: what the ledger counts of arts. 39 to 41, and disputes along the ladder of art. 28: the bodies of their records.

use crate::{
    calendar::DeadlineKind,
    departments::SignedAs,
    hash::{self, DigestKind},
    ids::{DeadlineId, DepartmentId, Digest32, DisputeId, EntryId, GrantId, RequestId},
    papers::Papers,
    text::{Text, words},
};
use codec::Encode;

/// Longest text of a step of a dispute, in bytes of UTF-8 (about 170 Chinese characters).
pub const STEP_BYTES_MAX: u32 = 512;
/// Longest reference of a government's document, in bytes of UTF-8.
pub const DOCUMENT_BYTES_MAX: u32 = 128;

/// What is said at a step of a dispute. Longer papers stay off the chain, as salted commitments only.
pub type StepText = Text<STEP_BYTES_MAX>;

ledger_types! {
    /// What the ledger counts of a department, year by year. Codes are never reused.
    ///
    /// A count says how often something happened, not whether it was excused: that is for whoever assesses.
    #[derive(Copy, PartialOrd, Ord, Hash)]
    pub enum CountKind {
        /// A request got no reply in time (art. 39 item 4, art. 21).
        #[codec(index = 0)]
        LateReply,
        /// What was agreed was not shared in time (art. 39 item 4, art. 22).
        #[codec(index = 1)]
        LateProvisioning,
        /// An entry was not updated in time after its law or duty had changed (art. 39 item 1, art. 17).
        #[codec(index = 2)]
        LateCatalogUpdate,
        /// A report of wrong data got no answer in time (art. 39 item 6, art. 26).
        #[codec(index = 3)]
        LateCorrection,
        /// The provider ended or changed a running service (art. 39 item 7, art. 27).
        #[codec(index = 4)]
        ServiceStopped,
        /// What is mounted was found to differ from the catalog (art. 39 item 1).
        #[codec(index = 5)]
        CatalogMismatch,
        /// The use of shared data was suspended on misuse (art. 40 items 2 and 3, art. 27).
        #[codec(index = 6)]
        MisuseSuspended,
        /// A misuse was not mended within the term that was set (art. 40 items 2 and 3, art. 27).
        #[codec(index = 7)]
        LateRectification,
        /// The use of shared data was terminated on misuse (art. 40 items 2 and 3, art. 27).
        #[codec(index = 8)]
        TerminatedForMisuse,
        /// The authority did not review an entry in time (art. 41 item 3, arts. 16 and 17).
        #[codec(index = 9)]
        LateCatalogReview,
        /// The authority did not deal with a dispute in time (art. 41 item 2, art. 28).
        #[codec(index = 10)]
        LateDisputeDecision,
        /// The authority left an application for more time unanswered until the term was over (art. 41 item 3, arts. 17 and 21).
        #[codec(index = 11)]
        ExtensionUnanswered,
        /// A dispute was decided for the other party (art. 28).
        #[codec(index = 12)]
        DisputeLost,
    }

    /// What a dispute is about: an entry, and of it a request or a grant.
    #[derive(Copy)]
    pub struct Matter {
        /// The entry; its provider is one of the parties.
        pub entry: EntryId,
        /// The request, if it is about one.
        pub request: Option<RequestId>,
        /// The grant, if it is about one.
        pub grant: Option<GrantId>,
    }

    /// Body of [`crate::records::RecordKind::DisputeOpened`]: the parties negotiate.
    pub struct DisputeOpened {
        /// Its permanent id.
        pub dispute: DisputeId,
        /// What it is about.
        pub matter: Matter,
        /// The other party.
        pub against: DepartmentId,
        /// What is claimed.
        pub claim: StepText,
        /// Salted commitment to papers that stay off the chain.
        pub papers: Option<Papers>,
        /// Within which the other party has to answer.
        pub clock: DeadlineId,
        /// In which role.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::DisputeAnswered`].
    pub struct DisputeAnswered {
        /// The dispute.
        pub dispute: DisputeId,
        /// What the other party says to the claim.
        pub answer: StepText,
        /// Salted commitment to papers that stay off the chain.
        pub papers: Option<Papers>,
        /// In which role.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::SettlementProposed`].
    pub struct SettlementProposed {
        /// The dispute.
        pub dispute: DisputeId,
        /// On what the party would settle; takes the place of what was proposed before.
        pub terms: StepText,
        /// In which role.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::DisputeSettled`].
    pub struct DisputeSettled {
        /// The dispute.
        pub dispute: DisputeId,
        /// Digest of the terms that the other party proposed ([`settlement_digest`]).
        #[serde(with = "hex::serde")]
        pub digest: Digest32,
        /// In which role.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::DisputeEscalated`].
    pub struct DisputeEscalated {
        /// The dispute.
        pub dispute: DisputeId,
        /// Why the parties do not come together by themselves.
        pub reason: StepText,
        /// The competent authority that has to deal with it: that of both parties, or their common superior.
        pub authority: DepartmentId,
        /// Within which it has to; none where the government decides.
        pub clock: Option<DeadlineId>,
        /// In which role.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::DisputeDecided`].
    pub struct DisputeDecided {
        /// The dispute.
        pub dispute: DisputeId,
        /// For which party; none if for neither.
        pub favour: Option<DepartmentId>,
        /// What the authority decides.
        pub decision: StepText,
        /// Salted commitment to papers that stay off the chain.
        pub papers: Option<Papers>,
        /// Within which a party may have it brought before the government.
        pub clock: DeadlineId,
        /// In which role.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::DisputeAppealed`]: the government of the authority decides.
    pub struct DisputeAppealed {
        /// The dispute.
        pub dispute: DisputeId,
        /// Why the party does not accept the authority's decision.
        pub reason: StepText,
        /// In which role.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::GovernmentDecided`], recorded by the authority of that government.
    pub struct GovernmentDecided {
        /// The dispute.
        pub dispute: DisputeId,
        /// For which party; none if for neither.
        pub favour: Option<DepartmentId>,
        /// What the government decided.
        pub decision: StepText,
        /// Its document.
        pub document: Text<DOCUMENT_BYTES_MAX>,
        /// Salted commitment to the document itself.
        pub papers: Option<Papers>,
        /// In which role.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::DisputeWithdrawn`]: the claim; or the appeal, and the authority's decision stands.
    pub struct DisputeWithdrawn {
        /// The dispute.
        pub dispute: DisputeId,
        /// Why.
        pub reason: StepText,
        /// In which role.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::DisputeFinal`]: nobody appealed in time, the authority's decision stands.
    #[derive(Copy)]
    pub struct DisputeFinal {
        /// The dispute.
        pub dispute: DisputeId,
        /// For which party it was decided.
        pub favour: Option<DepartmentId>,
    }
}

/// What the other party confirms: dispute, who proposed the terms, and the terms; SCALE, hashed for this use alone.
pub fn settlement_digest(dispute: DisputeId, by: DepartmentId, terms: &StepText) -> Digest32 {
    hash::digest(DigestKind::Settlement, &(dispute, by, terms).encode())
}

impl CountKind {
    /// Every kind, ascending by code.
    pub const ALL: &[Self] = &[
        Self::LateReply,
        Self::LateProvisioning,
        Self::LateCatalogUpdate,
        Self::LateCorrection,
        Self::ServiceStopped,
        Self::CatalogMismatch,
        Self::MisuseSuspended,
        Self::LateRectification,
        Self::TerminatedForMisuse,
        Self::LateCatalogReview,
        Self::LateDisputeDecision,
        Self::ExtensionUnanswered,
        Self::DisputeLost,
    ];

    /// Where the Regulation names it.
    pub const fn articles(self) -> &'static str {
        match self {
            Self::LateReply | Self::LateProvisioning => "art. 39 item 4",
            Self::LateCatalogUpdate | Self::CatalogMismatch => "art. 39 item 1",
            Self::LateCorrection => "art. 39 item 6",
            Self::ServiceStopped => "art. 39 item 7",
            Self::MisuseSuspended | Self::LateRectification | Self::TerminatedForMisuse => "art. 40 items 2, 3",
            Self::LateCatalogReview | Self::ExtensionUnanswered => "art. 41 item 3",
            Self::LateDisputeDecision => "art. 41 item 2",
            Self::DisputeLost => "art. 28",
        }
    }

    /// What counts when a deadline is overdue; none where no article names it.
    pub const fn of_overdue(kind: DeadlineKind) -> Option<Self> {
        Some(match kind {
            DeadlineKind::RequestReplyUnconditional | DeadlineKind::RequestReplyConditional => Self::LateReply,
            DeadlineKind::Provisioning => Self::LateProvisioning,
            DeadlineKind::CatalogUpdate => Self::LateCatalogUpdate,
            DeadlineKind::CatalogReview | DeadlineKind::CatalogUpdateReview => Self::LateCatalogReview,
            DeadlineKind::CorrectionReply => Self::LateCorrection,
            DeadlineKind::Rectification => Self::LateRectification,
            DeadlineKind::DisputeDecision => Self::LateDisputeDecision,
            DeadlineKind::RoleConfirmation | DeadlineKind::DisputeNegotiation | DeadlineKind::DisputeAppeal => {
                return None;
            }
        })
    }
}

impl std::fmt::Display for CountKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&words(self))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;

    #[test]
    fn the_page_for_people_has_a_row_for_every_count() {
        let page = include_str!("../../../docs/oversight.md");
        for (code, kind) in CountKind::ALL.iter().enumerate() {
            assert_eq!(kind.encode(), [u8::try_from(code).unwrap()]);
            let row = format!("| {code} | {kind} | {} |", kind.articles());
            assert!(page.contains(&row), "docs/oversight.md has no row {row:?}");
        }
    }

    #[test]
    fn a_deadline_counts_where_an_article_names_it() {
        let counted: Vec<_> = DeadlineKind::ALL.iter().map(|kind| CountKind::of_overdue(*kind)).collect();
        let none = [DeadlineKind::RoleConfirmation, DeadlineKind::DisputeNegotiation, DeadlineKind::DisputeAppeal];
        for (kind, count) in DeadlineKind::ALL.iter().zip(counted) {
            assert_eq!(count.is_none(), none.contains(kind), "{kind:?}");
        }
    }

    #[test]
    fn terms_of_a_settlement_are_signed_with_who_proposed_them() {
        let terms = Text::new("补充共享范围后继续提供").unwrap();
        let (dispute, by) = (DisputeId::new(1), DepartmentId::new(2));
        let digests = [
            settlement_digest(dispute, by, &terms),
            settlement_digest(dispute.next(), by, &terms),
            settlement_digest(dispute, by.next(), &terms),
            settlement_digest(dispute, by, &Text::new("另议").unwrap()),
        ];
        let different: std::collections::BTreeSet<_> = digests.iter().collect();
        assert_eq!(different.len(), digests.len());
    }
}
