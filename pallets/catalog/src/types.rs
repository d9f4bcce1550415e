//! What the state keeps of entries and their versions.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use mulu_pallet_support::{EntryFacts, People};
use mulu_proofs::{
    calendar::Day,
    catalog::{EntryContent, EntryStatus, ITEMS_MAX, List, Methods, Offer, ResourceCode, SharingClass, Stop},
    ids::{DeadlineId, DepartmentId, Digest32, EntryId, Moment, RecordNumber, Version},
};
use scale_info::TypeInfo;
use sp_core::crypto::AccountId32;

/// Most changes of an entry's status, its withdrawal included.
pub const STATUS_CHANGES_MAX: u32 = 128;
/// Most stops of a version: each takes at least one item, or one of the eight methods that a set has room for.
pub const STOPS_MAX: u32 = ITEMS_MAX + 8;

/// An entry: one resource code of one provider.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Entry {
    /// Resource code.
    pub code: ResourceCode,
    /// Provider department.
    pub provider: DepartmentId,
    /// Last version that was submitted; numbers of returned versions are not given again.
    pub last: Version,
    /// The version that is published now, or was last if the entry is withdrawn.
    pub published: Option<Version>,
}

/// What later rules read of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct VersionFacts {
    /// Provider department.
    pub provider: DepartmentId,
    /// Mask with one bit per item.
    pub items: u64,
    /// Mask of the items that may not be shared at all.
    pub items_not_shared: u64,
    /// Mask of the items that are shared under conditions.
    pub items_conditional: u64,
    /// Sharing class of the entry.
    pub sharing: SharingClass,
    /// Sharing methods.
    pub methods: Methods,
    /// Most calls a day that a request may ask for; 0 sets no bound.
    pub flow_threshold: u64,
    /// Digest of the content.
    pub digest: Digest32,
}

/// A version on its way to publication.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct UnderWay {
    /// Its number.
    pub version: Version,
    /// What later rules will read of it.
    pub facts: VersionFacts,
    /// What it offers.
    pub offer: Offer,
    /// The entries that items are taken from, with the places of the items.
    pub sources: List<(u8, EntryId), ITEMS_MAX>,
    /// Whether it says why it takes something away, and how the holders of grants were consulted.
    pub is_consulted: bool,
    /// Its publication date, before which it is not published; later than any day if it is none.
    pub published_on: Day,
    /// Who submitted it.
    pub submitter: AccountId32,
    /// How far it has come.
    pub stage: Stage,
}

/// How far a version has come, and who has signed for it besides its submitter.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum Stage {
    /// Waits for the provider's head.
    Submitted,
    /// Waits for the authority's review.
    Endorsed(Endorsement),
    /// Waits for publication. The reviewer is not kept: review and publication are two acts of one office.
    Reviewed(Endorsement),
}

/// What began when the head endorsed a version.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Endorsement {
    /// The head.
    pub head: AccountId32,
    /// The authority's time for the review.
    pub review: DeadlineId,
    /// Whether the version is the update that a reported change asked for.
    pub is_update: bool,
}

/// How the status of an entry changed since it was published.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Course {
    /// Each new status with its moment, ascending.
    pub changes: List<(Moment, EntryStatus), STATUS_CHANGES_MAX>,
    /// Whether the authority has the last word on the suspension that is in force.
    pub by_authority: bool,
}

/// A change that occurred and that the entry has not followed yet (art. 17).
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct OpenChange {
    /// The provider's time for the update. It stands still while a version that answers the change is under review.
    pub deadline: DeadlineId,
    /// Working days by which it was extended so far.
    pub extended: u16,
    /// The extension that was asked for and not decided on.
    pub asked: Option<AskedExtension>,
    /// Whether the one that was asked for last was answered only when the time had ended.
    pub is_answered_late: bool,
}

/// An extension that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct AskedExtension {
    /// By how many working days.
    pub working_days: u16,
    /// The record that asked.
    pub record: RecordNumber,
    /// Who signed that: somebody else decides.
    pub by: AccountId32,
}

impl VersionFacts {
    /// The facts of `content`. Bit n of the masks stands for item n.
    pub fn of(content: &EntryContent) -> Self {
        let mask = |counts: &dyn Fn(SharingClass) -> bool| {
            (0..).zip(&content.items).filter(|(_, item)| counts(item.sharing)).fold(0, |mask, (n, _)| mask | 1_u64 << n)
        };
        Self {
            provider: content.provider,
            items: mask(&|_| true),
            items_not_shared: mask(&|class| class == SharingClass::NotShared),
            items_conditional: mask(&|class| class == SharingClass::Conditional),
            sharing: content.sharing.class,
            methods: content.sharing.methods,
            flow_threshold: content.flow_threshold,
            digest: content.digest(),
        }
    }
}

impl From<VersionFacts> for EntryFacts {
    fn from(facts: VersionFacts) -> Self {
        let VersionFacts {
            provider,
            items,
            items_not_shared,
            items_conditional,
            sharing,
            methods,
            flow_threshold,
            digest,
        } = facts;
        Self { provider, items, items_not_shared, items_conditional, sharing, methods, flow_threshold, digest }
    }
}

impl UnderWay {
    /// A version that `submitter` has just submitted.
    pub fn submitted(version: Version, content: &EntryContent, submitter: AccountId32) -> Self {
        let sources = (0..).zip(&content.items).filter_map(|(place, item)| Some((place, item.source?)));
        Self {
            version,
            facts: VersionFacts::of(content),
            offer: Offer::of(content),
            sources: List::truncate_from(sources.collect()),
            is_consulted: content.restriction.is_some(),
            published_on: Day::new(content.published_on).unwrap_or(Day::MAX),
            submitter,
            stage: Stage::Submitted,
        }
    }

    /// What began with its endorsement, if there was one.
    pub fn endorsement(&self) -> Option<&Endorsement> {
        match &self.stage {
            Stage::Submitted => None,
            Stage::Endorsed(endorsement) | Stage::Reviewed(endorsement) => Some(endorsement),
        }
    }

    /// Whether `who` submitted or endorsed this version, with this key or one that it took the place of.
    pub fn is_signed_by<P: People>(&self, who: &AccountId32) -> bool {
        P::is_same_person(&self.submitter, who)
            || self.endorsement().is_some_and(|endorsement| P::is_same_person(&endorsement.head, who))
    }

    /// The entry that the item at a place is taken from.
    pub fn source(&self, place: usize) -> Option<EntryId> {
        self.sources.iter().find(|(of, _)| usize::from(*of) == place).map(|(_, source)| *source)
    }
}

impl Course {
    /// The status now.
    pub fn now(&self) -> EntryStatus {
        self.changes.last().map_or(EntryStatus::Published, |(_, status)| *status)
    }
}

/// Everything that stopped so far.
pub fn stopped(stops: &[Stop]) -> (u64, Methods) {
    stops.iter().fold((0, Methods::default()), |(items, methods), stop| (items | stop.items, methods.or(stop.methods)))
}
