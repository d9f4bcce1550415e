//! What the state keeps of entries and their versions.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use mulu_pallet_support::EntryFacts;
use mulu_proofs::{
    catalog::{EntryContent, Methods, ResourceCode, SharingClass},
    ids::{DepartmentId, Digest32, Version},
};
use scale_info::TypeInfo;
use sp_core::crypto::AccountId32;

/// An entry: one resource code of one provider.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Entry {
    /// Resource code.
    pub code: ResourceCode,
    /// Provider department.
    pub provider: DepartmentId,
    /// Last version that was submitted; numbers of returned versions are not given again.
    pub last: Version,
    /// The version that is published now.
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
    /// Sharing class of the entry.
    pub sharing: SharingClass,
    /// Sharing methods.
    pub methods: Methods,
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
    Endorsed {
        /// The head.
        head: AccountId32,
    },
    /// Waits for publication. The reviewer is not kept: review and publication are two acts of one office.
    Reviewed {
        /// The head.
        head: AccountId32,
    },
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
            sharing: content.sharing.class,
            methods: content.sharing.methods,
            digest: content.digest(),
        }
    }
}

impl From<VersionFacts> for EntryFacts {
    fn from(facts: VersionFacts) -> Self {
        let VersionFacts { provider, items, items_not_shared, sharing, methods, digest } = facts;
        Self { provider, items, items_not_shared, sharing, methods, digest }
    }
}

impl UnderWay {
    /// Whether `who` submitted or endorsed this version.
    pub fn is_signed_by(&self, who: &AccountId32) -> bool {
        let head = match &self.stage {
            Stage::Submitted => None,
            Stage::Endorsed { head } | Stage::Reviewed { head } => Some(head),
        };
        self.submitter == *who || head == Some(who)
    }
}
