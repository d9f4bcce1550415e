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

    /// Whether the terms hold all that it names.
    fn is_known(self, terms: &KnownTerms) -> bool {
        match self {
            Self::Grant(grant, version) => terms
                .grant_terms(grant, version)
                .is_some_and(|terms_of| terms.entry_facts(terms_of.entry, terms_of.entry_version).is_some()),
            Self::Entry(entry, version, consumer) => {
                let ids = LastIds { department: consumer, ..LastIds::default() };
                terms.entry_facts(entry, version).is_some() && terms.has_ids(ids)
            }
            Self::Reporter => true,
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

/// Which values beside its reference an event has from whoever called, and not from the platform or its configuration. What the ledger does
/// not have of these is left out: nobody keeps his call away by what he sends with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Claims(u8);

impl Claims {
    /// The consumer.
    pub const CONSUMER: Self = Self(1);
    /// The items.
    pub const ITEMS: Self = Self(2);
    /// The authorising system.
    pub const AUTHORISING_SYSTEM: Self = Self(4);
    /// The using system.
    pub const USING_SYSTEM: Self = Self(8);
    /// The purpose.
    pub const PURPOSE: Self = Self(16);

    /// Adds another value to them.
    pub const fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// Whether a value is among them.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// An event, told. Its SCALE form waits in the vault, sealed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Draft {
    /// Under what.
    pub reference: Reference,
    /// Under what instead, one after the other, if the ledger does not have that: where a caller named it. Empty where the platform or its
    /// configuration did.
    pub instead: Vec<Reference>,
    /// What else a caller named.
    pub claims: Claims,
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
        let consumers = self.references().filter_map(|reference| match reference {
            Reference::Entry(_, _, consumer) => Some(consumer),
            _ => None,
        });
        LastIds {
            department: consumers.chain(self.consumer).max().unwrap_or_default(),
            system: self.authorising_system.max(self.using_system).unwrap_or_default(),
            purpose: self.purpose.unwrap_or_default(),
        }
    }

    /// All that it may be reported under, what it names first.
    pub fn references(&self) -> impl Iterator<Item = Reference> {
        std::iter::once(self.reference).chain(self.instead.iter().copied())
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
        let last = self.instead.last().copied().unwrap_or(self.reference);
        let reference = self.references().find(|reference| reference.is_known(terms)).unwrap_or(last);
        let (key, entry, consumer, method) = match reference {
            Reference::Grant(grant, version) => {
                let terms = terms.grant_terms(grant, version).ok_or(Unknown::Reference)?;
                let entry = (terms.entry, terms.entry_version);
                (RunKey::Grant(grant, version), Some(entry), Some(terms.consumer), terms.method)
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
        let named = self.named(terms)?;
        let consumer = match reference {
            Reference::Grant(..) => named.consumer.or(consumer),
            Reference::Entry(..) if !reference.is_known(terms) => return Err(Unknown::Id),
            Reference::Entry(..) | Reference::Reporter => consumer,
        };
        // Items are those of an entry; without one there are none to name.
        let items = match facts {
            Some(facts) if self.items & !facts.items == 0 => self.items,
            Some(_) if !self.claims.has(Claims::ITEMS) => return Err(Unknown::Item),
            _ => 0,
        };
        Ok(PublicLeaf {
            key,
            entry,
            provider: facts.map(|facts| facts.provider),
            consumer,
            items,
            authorising_system: named.authorising_system,
            using_system: named.using_system,
            purpose: named.purpose,
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

    /// The ids that it names and the ledger has; what a caller named and the ledger does not have is as if it were not there.
    fn named(&self, terms: &KnownTerms) -> Result<Named, Unknown> {
        let none = LastIds::default();
        let check = |is_known: bool, claim: Claims| match is_known {
            true => Ok(true),
            false if self.claims.has(claim) => Ok(false),
            false => Err(Unknown::Id),
        };
        let system = |id: Option<SystemId>, claim: Claims| match id {
            Some(system) => Ok(check(terms.has_ids(LastIds { system, ..none }), claim)?.then_some(system)),
            None => Ok(None),
        };
        Ok(Named {
            consumer: match self.consumer {
                Some(department) => {
                    check(terms.has_ids(LastIds { department, ..none }), Claims::CONSUMER)?.then_some(department)
                }
                None => None,
            },
            authorising_system: system(self.authorising_system, Claims::AUTHORISING_SYSTEM)?,
            using_system: system(self.using_system, Claims::USING_SYSTEM)?,
            purpose: match self.purpose {
                Some(purpose) => check(terms.has_ids(LastIds { purpose, ..none }), Claims::PURPOSE)?.then_some(purpose),
                None => None,
            },
        })
    }
}

/// Ids beside the reference of an event, each one that the ledger has.
struct Named {
    consumer: Option<DepartmentId>,
    authorising_system: Option<SystemId>,
    using_system: Option<SystemId>,
    purpose: Option<PurposeId>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use crate::terms::EntryFacts;

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

    /// Grant 3 on entry 6 of items 0 and 1; three departments, two systems, a purpose.
    fn terms() -> KnownTerms {
        let mut terms = KnownTerms::default();
        let (entry, version) = (EntryId::new(6), Version::new(1));
        terms.add_entry(entry, version, EntryFacts { provider: DepartmentId::new(1), items: 3 });
        terms.set_last_ids(LastIds {
            department: DepartmentId::new(3),
            system: SystemId::new(2),
            purpose: PurposeId::new(1),
        });
        terms
    }

    fn draft(reference: Reference, instead: &[Reference]) -> Draft {
        let line = br#"{"time":5}"#;
        let plain = crate::import::event_line::read(line, 1, &crate::event::CallIds::new([1; 32])).unwrap();
        Draft { reference, instead: instead.to_vec(), ..plain }
    }

    const PLATFORM: SystemId = SystemId::new(2);

    #[test]
    fn a_reference_that_a_caller_named_and_the_ledger_does_not_have_gives_way_to_the_next() {
        let entry = |id, consumer| Reference::Entry(EntryId::new(id), Version::new(1), DepartmentId::new(consumer));
        let nowhere = Reference::Grant(GrantId::new(999), Version::new(1));
        let key =
            |reference, instead: &[Reference]| draft(reference, instead).leaf(PLATFORM, &terms()).map(|leaf| leaf.key);
        let reporter = Ok(RunKey::Reporter(PLATFORM));
        let on_entry = Ok(RunKey::Entry(EntryId::new(6), Version::new(1), DepartmentId::new(2)));
        assert_eq!(key(nowhere, &[]), Err(Unknown::Reference), "the configuration named it");
        assert_eq!(key(nowhere, &[Reference::Reporter]), reporter);
        assert_eq!(key(nowhere, &[entry(6, 2)]), on_entry);
        assert_eq!(key(nowhere, &[entry(7, 2)]), Err(Unknown::Reference), "the configuration named the entry");
        assert_eq!(key(nowhere, &[entry(7, 2), Reference::Reporter]), reporter);
        assert_eq!(key(entry(6, 9), &[]), Err(Unknown::Id));
        assert_eq!(key(entry(6, 9), &[Reference::Reporter]), reporter, "a consumer that nobody knows");
        assert_eq!(key(entry(6, 2), &[Reference::Reporter]), on_entry, "what the ledger has stays");
        let leaf = draft(entry(6, 9), &[Reference::Reporter]).leaf(PLATFORM, &terms()).unwrap();
        assert_eq!((leaf.consumer, leaf.provider, leaf.entry), (None, None, None));
    }

    #[test]
    fn ids_and_items_that_a_caller_named_and_the_ledger_does_not_have_are_left_out() {
        let entry = Reference::Entry(EntryId::new(6), Version::new(1), DepartmentId::new(2));
        type Wrong = (Claims, fn(&mut Draft), Unknown);
        let wrong: [Wrong; 5] = [
            (Claims::CONSUMER, |draft| draft.consumer = Some(DepartmentId::new(9)), Unknown::Id),
            (Claims::ITEMS, |draft| draft.items = 5, Unknown::Item),
            (Claims::AUTHORISING_SYSTEM, |draft| draft.authorising_system = Some(SystemId::new(9)), Unknown::Id),
            (Claims::USING_SYSTEM, |draft| draft.using_system = Some(SystemId::new(9)), Unknown::Id),
            (Claims::PURPOSE, |draft| draft.purpose = Some(PurposeId::new(9)), Unknown::Id),
        ];
        let right = draft(entry, &[]).leaf(PLATFORM, &terms()).unwrap();
        for (claim, change, unknown) in wrong {
            let mut draft = draft(entry, &[]);
            change(&mut draft);
            let others = wrong.iter().filter(|(other, ..)| *other != claim);
            others.for_each(|(other, ..)| draft.claims.add(*other));
            assert_eq!(draft.leaf(PLATFORM, &terms()), Err(unknown), "{claim:?}: the configuration named it");
            draft.claims.add(claim);
            assert_eq!(draft.leaf(PLATFORM, &terms()).as_ref(), Ok(&right), "{claim:?}");
        }
        let mut known = draft(entry, &[]);
        (known.items, known.using_system) = (3, Some(SystemId::new(1)));
        wrong.iter().for_each(|(claim, ..)| known.claims.add(*claim));
        let leaf = known.leaf(PLATFORM, &terms()).unwrap();
        assert_eq!((leaf.items, leaf.using_system), (3, Some(SystemId::new(1))), "what the ledger has stays");
    }

    #[test]
    fn the_ledger_is_asked_for_all_that_an_event_may_be_reported_under() {
        let entry = Reference::Entry(EntryId::new(6), Version::new(1), DepartmentId::new(7));
        let grant = Reference::Grant(GrantId::new(999), Version::new(1));
        let draft = draft(grant, &[entry, Reference::Reporter]);
        assert_eq!(draft.references().collect::<Vec<_>>(), [grant, entry, Reference::Reporter]);
        assert_eq!(draft.ids().department, DepartmentId::new(7));
    }

    #[test]
    fn items_are_a_mask_over_places() {
        assert_eq!(items_mask(&[0, 2, 63]), Ok(1 << 63 | 5));
        assert!(items_mask(&[64]).is_err());
    }
}
