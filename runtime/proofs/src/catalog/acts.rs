//! What the acts on an entry leave as records, and the status that they give it.

use super::EntryContent;
use crate::{
    calendar::Day,
    departments::SignedAs,
    ids::{DepartmentId, Digest32, EntryId, Moment, RecordNumber, Version},
    papers::Papers,
    text::Text,
};

ledger_types! {
    /// Body of [`crate::records::RecordKind::EntrySubmitted`].
    pub struct EntrySubmitted {
        /// Entry.
        pub entry: EntryId,
        /// Version, from 1.
        pub version: Version,
        /// In which role it was submitted.
        pub signed_as: SignedAs,
        /// The whole content.
        pub content: EntryContent,
    }

    /// Body of the acts on a version that add nothing to it: endorsement, review, publication.
    pub struct EntryAct {
        /// Entry.
        pub entry: EntryId,
        /// Version.
        pub version: Version,
        /// Digest of the content that the signer saw ([`EntryContent::digest`]).
        #[serde(with = "hex::serde")]
        pub digest: Digest32,
        /// In which role.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::EntryReturned`].
    pub struct EntryReturned {
        /// Entry.
        pub entry: EntryId,
        /// Version.
        pub version: Version,
        /// Why.
        pub reason: Text<512>,
        /// In which role.
        pub signed_as: SignedAs,
    }

    /// Whether a published entry may be used.
    #[derive(Copy)]
    pub enum EntryStatus {
        /// In force.
        #[codec(index = 0)]
        Published,
        /// Stands still, and every grant on it with it, until it is resumed.
        #[codec(index = 1)]
        Suspended,
        /// Over for ever, and every grant on it with it.
        #[codec(index = 2)]
        Withdrawn,
    }

    /// Body of [`crate::records::RecordKind::EntrySuspended`] and [`crate::records::RecordKind::EntryResumed`].
    pub struct EntrySuspension {
        /// Entry.
        pub entry: EntryId,
        /// The version that is published.
        pub version: Version,
        /// Why.
        pub reason: Text<512>,
        /// In which role: of the provider or of the authority.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::EntryWithdrawn`], which is the filing with the authority (art. 27).
    pub struct EntryWithdrawn {
        /// Entry.
        pub entry: EntryId,
        /// The version that was published last.
        pub version: Version,
        /// Why.
        pub reason: Text<512>,
        /// Salted commitment to the papers on the consultation of those who hold grants, if anybody does (art. 27).
        pub consultation: Option<Papers>,
        /// The authority with which this is filed.
        pub authority: DepartmentId,
        /// In which role.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::ChangeOccurred`]: law or duties changed, and the entry has to follow (art. 17).
    pub struct ChangeOccurred {
        /// Entry.
        pub entry: EntryId,
        /// The version that has to be updated.
        pub version: Version,
        /// The day of the change, from which the time for the update counts.
        pub on: Day,
        /// The law, decision or duty that changed.
        pub basis: Text<256>,
        /// In which role.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::UpdateExtensionAsked`]: more time for an update (art. 17).
    pub struct UpdateExtensionAsked {
        /// Entry.
        pub entry: EntryId,
        /// The version that has to be updated.
        pub version: Version,
        /// By how many working days.
        pub working_days: u16,
        /// Why.
        pub reason: Text<512>,
        /// In which role.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::UpdateExtensionDecided`]: the authority's consent to it, or its refusal (art. 17).
    pub struct UpdateExtensionDecided {
        /// Entry.
        pub entry: EntryId,
        /// The version that has to be updated.
        pub version: Version,
        /// By how many working days the update was asked to be put off.
        pub working_days: u16,
        /// The record that asked for it.
        pub asked: RecordNumber,
        /// Whether the authority consents.
        pub granted: bool,
        /// Why; of a consent it may be empty.
        pub reason: Text<512>,
        /// In which role.
        pub signed_as: SignedAs,
    }
}

impl EntryStatus {
    /// The status at a moment, by the changes up to it, which ascend.
    pub fn at(changes: &[(Moment, Self)], moment: Moment) -> Self {
        let before = changes.iter().rev().find(|(since, _)| *since <= moment);
        before.map_or(Self::Published, |(_, status)| *status)
    }
}
