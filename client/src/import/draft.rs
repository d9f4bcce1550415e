//! An event as a platform tells it, before it is known what the ledger has under the names that it uses.

use crate::{
    event::{Event, SealedValues},
    terms::{KnownTerms, LastIds},
};
use codec::{Decode, Encode};
use mulu_proofs::{
    access::{Outcome, PublicLeaf, RunKey, Side},
    catalog::{ITEMS_MAX, Method},
    ids::{DepartmentId, EntryId, GrantId, Moment, PurposeId, SystemId, Version},
};

/// Under what an event is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum Reference {
    /// Under a version of a grant.
    #[codec(index = 0)]
    Grant(GrantId, Version),
    /// On a version of an entry, by a consumer without a grant.
    #[codec(index = 1)]
    Entry(EntryId, Version, DepartmentId),
    /// Under nothing: an event of the reporting platform.
    #[codec(index = 2)]
    Reporter,
}

impl Reference {
    /// The reference that these fields of a file name; versions are 1 where none is said.
    ///
    /// # Errors
    /// What is too much or missing.
    pub fn named(
        grant: (Option<GrantId>, Option<Version>),
        entry: (Option<EntryId>, Option<Version>),
        consumer: Option<DepartmentId>,
    ) -> Result<Self, &'static str> {
        let first = Version::new(1);
        match (grant, entry, consumer) {
            ((Some(_), _), (Some(_), _), _) => Err("name a grant or an entry, not both"),
            ((None, Some(_)), ..) | (_, (None, Some(_)), _) => Err("a version needs the grant or entry that it is of"),
            ((Some(grant), version), ..) => Ok(Self::Grant(grant, version.unwrap_or(first))),
            (_, (Some(entry), version), Some(consumer)) => Ok(Self::Entry(entry, version.unwrap_or(first), consumer)),
            (_, (Some(_), _), None) => Err("an entry without a grant needs the consumer"),
            (_, _, Some(_)) => Err("a consumer needs the grant or entry that it used"),
            _ => Ok(Self::Reporter),
        }
    }

    /// The grant, if it is one.
    pub const fn grant(self) -> Option<GrantId> {
        match self {
            Self::Grant(grant, _) => Some(grant),
            _ => None,
        }
    }
}

/// A mask of items by their places, from 0.
///
/// # Errors
/// If a place is beyond the most items that an entry has.
pub(super) fn items_mask(places: &[u8]) -> Result<u64, &'static str> {
    let beyond = places.iter().any(|place| u32::from(*place) >= ITEMS_MAX);
    if beyond {
        Err("items are places from 0 to 63")
    } else {
        Ok(places.iter().fold(0, |mask, place| mask | 1 << place))
    }
}

/// Who knows a call by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum CallKnown {
    /// This platform alone: the id comes from its log line.
    #[codec(index = 0)]
    Here,
    /// Whoever has the request id and the secret.
    #[codec(index = 1)]
    ByRequestId,
    /// Both sides: they agreed on the id itself.
    #[codec(index = 2)]
    ByBoth,
}

/// An event, told. Its SCALE form waits in the vault, sealed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Draft {
    /// Under what.
    pub reference: Reference,
    /// Consumer, if another than the grant's.
    pub consumer: Option<DepartmentId>,
    /// Items, as a mask.
    pub items: u64,
    /// Authorising system.
    pub authorising_system: Option<SystemId>,
    /// Using system.
    pub using_system: Option<SystemId>,
    /// Purpose.
    pub purpose: Option<PurposeId>,
    /// Method; the grant's where none is said, else file.
    pub method: Option<Method>,
    /// Side.
    pub side: Side,
    /// When.
    pub time: Moment,
    /// How long.
    pub duration_ms: u32,
    /// How it ended.
    pub outcome: Outcome,
    /// Calls.
    pub calls: u32,
    /// Rows.
    pub rows: u32,
    /// Bytes.
    pub bytes: u64,
    /// Call id.
    pub call_id: u64,
    /// Who knows the call by that id.
    pub call_known: CallKnown,
    /// Pseudonym of the user.
    pub pseudonym: Option<u64>,
    /// Whether the user gets a pseudonym of the vault's making.
    pub is_pseudonymous: bool,
    /// What is sealed.
    pub values: SealedValues,
}

/// The ledger does not have what the event names. A batch with such an event would be refused as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// No such grant, or no such published version of an entry.
    Reference,
    /// No such consumer, system or purpose.
    Id,
    /// The entry's version has no such item.
    Item,
}

impl Unknown {
    /// The reason's name in the closed list.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Reference => "unknown_reference",
            Self::Id => "unknown_id",
            Self::Item => "unknown_item",
        }
    }
}

impl Draft {
    /// The ids that the event names beside its reference; 0 for none.
    pub fn ids(&self) -> LastIds {
        let consumer = match self.reference {
            Reference::Entry(_, _, consumer) => Some(consumer),
            _ => self.consumer,
        };
        LastIds {
            department: consumer.unwrap_or_default(),
            system: self.authorising_system.max(self.using_system).unwrap_or_default(),
            purpose: self.purpose.unwrap_or_default(),
        }
    }

    /// The event, reported by `platform`.
    ///
    /// # Errors
    /// [`Unknown`] if the terms do not hold what it names.
    pub fn into_event(self, platform: SystemId, terms: &KnownTerms) -> Result<Event, Unknown> {
        Ok(Event::new(self.leaf(platform, terms)?, self.values))
    }

    /// The public leaf of the event, reported by `platform`.
    ///
    /// # Errors
    /// [`Unknown`] if the terms do not hold what it names.
    pub fn leaf(&self, platform: SystemId, terms: &KnownTerms) -> Result<PublicLeaf, Unknown> {
        let (key, entry, consumer, method) = match self.reference {
            Reference::Grant(grant, version) => {
                let terms = terms.grant_terms(grant, version).ok_or(Unknown::Reference)?;
                let consumer = Some(self.consumer.unwrap_or(terms.consumer));
                (RunKey::Grant(grant, version), Some((terms.entry, terms.entry_version)), consumer, terms.method)
            }
            Reference::Entry(entry, version, consumer) => {
                (RunKey::Entry(entry, version, consumer), Some((entry, version)), Some(consumer), Method::File)
            }
            Reference::Reporter => (RunKey::Reporter(platform), None, None, Method::File),
        };
        let facts = match entry {
            Some((entry, version)) => Some(terms.entry_facts(entry, version).ok_or(Unknown::Reference)?),
            None => None,
        };
        if !terms.has_ids(self.ids()) {
            return Err(Unknown::Id);
        }
        // Items are those of an entry; without one there are none to name.
        let items = if entry.is_some() { self.items } else { 0 };
        if facts.is_some_and(|facts| items & !facts.items != 0) {
            return Err(Unknown::Item);
        }
        Ok(PublicLeaf {
            key,
            entry,
            provider: facts.map(|facts| facts.provider),
            consumer,
            items,
            authorising_system: self.authorising_system,
            using_system: self.using_system,
            purpose: self.purpose,
            method: self.method.unwrap_or(method),
            side: self.side,
            time: self.time,
            duration_ms: self.duration_ms,
            outcome: self.outcome,
            calls: self.calls,
            rows: self.rows,
            bytes: self.bytes,
            call_id: self.call_id,
            pseudonym: self.pseudonym,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;

    #[test]
    fn a_reference_is_a_grant_an_entry_with_its_consumer_or_nothing() {
        let (grant, entry, consumer) = (Some(GrantId::new(3)), Some(EntryId::new(6)), Some(DepartmentId::new(2)));
        let two = Some(Version::new(2));
        let named = Reference::named;
        assert_eq!(
            named((grant, None), (None, None), consumer),
            Ok(Reference::Grant(GrantId::new(3), Version::new(1)))
        );
        let expected = Reference::Entry(EntryId::new(6), Version::new(2), DepartmentId::new(2));
        assert_eq!(named((None, None), (entry, two), consumer), Ok(expected));
        assert_eq!(named((None, None), (None, None), None), Ok(Reference::Reporter));
        for (grant, entry, consumer) in [
            ((grant, None), (entry, None), None),
            ((None, two), (None, None), None),
            ((grant, None), (None, two), None),
            ((None, None), (entry, None), None),
            ((None, None), (None, None), consumer),
        ] {
            assert!(named(grant, entry, consumer).is_err());
        }
    }

    #[test]
    fn items_are_a_mask_over_places() {
        assert_eq!(items_mask(&[0, 2, 63]), Ok(1 << 63 | 5));
        assert!(items_mask(&[64]).is_err());
    }
}
