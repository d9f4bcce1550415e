//! What a change of an entry means for those who hold grants on it: the table of `docs/catalog.md`, as code (SPEC §2, art. 27).

use super::{EntryContent, ITEMS_MAX, Item, List, Methods, SharingClass};
use crate::{
    hash::blake2_256,
    ids::{ElementId, Moment, RecordNumber},
};

ledger_types! {
    /// A kind of change of an entry: a row of the table.
    #[derive(Copy, PartialOrd, Ord)]
    pub enum ChangeKind {
        /// A new version that takes nothing from the items and methods of the one before, and adds nothing to them.
        #[codec(index = 0)]
        RevisedSame,
        /// An item that the earlier version did not have.
        #[codec(index = 1)]
        ItemAdded,
        /// An item is shared more freely than in the earlier version.
        #[codec(index = 2)]
        ItemLaxer,
        /// An item is shared less freely than in the earlier version.
        #[codec(index = 3)]
        ItemStricter,
        /// An item of the earlier version is gone.
        #[codec(index = 4)]
        ItemRemoved,
        /// A sharing method of the earlier version is no longer offered.
        #[codec(index = 5)]
        MethodRemoved,
        /// The entry was suspended.
        #[codec(index = 6)]
        Suspended,
        /// The entry was resumed.
        #[codec(index = 7)]
        Resumed,
        /// The entry was withdrawn.
        #[codec(index = 8)]
        Withdrawn,
    }

    /// What becomes of the items of a grant.
    #[derive(Copy)]
    pub enum ItemsEffect {
        /// All go on.
        #[codec(index = 0)]
        GoOn,
        /// Those that changed stop, the others go on.
        #[codec(index = 1)]
        ChangedStop,
        /// All stop in grants by a method that is gone; in others all go on.
        #[codec(index = 2)]
        StopByMethod,
        /// All stand still.
        #[codec(index = 3)]
        StandStill,
        /// All stop.
        #[codec(index = 4)]
        Stop,
    }

    /// What becomes of a grant's state.
    #[derive(Copy)]
    pub enum GrantEffect {
        /// It stays what it was.
        #[codec(index = 0)]
        Stays,
        /// It is as if suspended, for as long as the entry is.
        #[codec(index = 1)]
        Pauses,
        /// It is again what it was before the entry was suspended.
        #[codec(index = 2)]
        Continues,
        /// It has ended.
        #[codec(index = 3)]
        Ends,
    }

    /// What a kind of change does to a grant, and what it demands: the columns of the table.
    #[derive(Copy)]
    pub struct Effect {
        /// What becomes of the grant's items.
        pub items: ItemsEffect,
        /// What becomes of the grant.
        pub grant: GrantEffect,
        /// Whether every holder that the change touches is told by a record (§2.2.3 item 4).
        pub told: bool,
        /// Whether a reason has to be given.
        pub reason: bool,
        /// Whether those who hold grants that lose something have to be consulted first (art. 27).
        pub consultation: bool,
    }

    /// One change of an entry, as the holders of grants on one of its versions are told of it.
    #[derive(Copy)]
    pub struct EntryChange {
        /// What changed.
        pub kind: ChangeKind,
        /// The items that changed, as bits of the version that the grant is on; none where the entry changed as a whole.
        pub items: u64,
        /// The methods that are gone.
        pub methods: Methods,
        /// The record of the act that changed it.
        pub record: RecordNumber,
    }

    /// What stopped for grants on a version, and when. It stays stopped: what is offered again is requested again.
    #[derive(Copy)]
    pub struct Stop {
        /// From when on.
        pub at: Moment,
        /// Items, as bits of the version that the grant is on.
        pub items: u64,
        /// Methods.
        pub methods: Methods,
    }

    /// What is kept of an item so that a later version can be compared with it.
    #[derive(Copy)]
    pub struct ItemFacts {
        /// First bytes of the hash of its code.
        #[serde(with = "hex::serde")]
        pub code: [u8; 8],
        /// How it is shared.
        pub sharing: SharingClass,
        /// Governed data element, if it is one.
        pub element: Option<ElementId>,
    }
}

/// How the items of a later version differ from those of an earlier one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// New ones, as bits of the later version.
    pub added: u64,
    /// Shared more freely, as bits of the earlier version.
    pub laxer: u64,
    /// Shared less freely, as bits of the earlier version.
    pub stricter: u64,
    /// Gone, as bits of the earlier version.
    pub removed: u64,
    /// Methods that are gone.
    pub methods: Methods,
}

impl ChangeKind {
    /// Every kind, in the order of the table.
    pub const ALL: [Self; 9] = [
        Self::RevisedSame,
        Self::ItemAdded,
        Self::ItemLaxer,
        Self::ItemStricter,
        Self::ItemRemoved,
        Self::MethodRemoved,
        Self::Suspended,
        Self::Resumed,
        Self::Withdrawn,
    ];

    /// What a change of this kind does to a grant, and what it demands.
    pub const fn effect(self) -> Effect {
        use GrantEffect::{Continues, Ends, Pauses, Stays};
        use ItemsEffect::{ChangedStop, GoOn, StandStill, Stop, StopByMethod};
        let (items, grant, told, reason, consultation) = match self {
            Self::RevisedSame | Self::ItemAdded => (GoOn, Stays, false, false, false),
            Self::ItemLaxer => (GoOn, Stays, true, false, false),
            Self::ItemStricter | Self::ItemRemoved => (ChangedStop, Stays, true, true, true),
            Self::MethodRemoved => (StopByMethod, Stays, true, true, true),
            // Art. 27: whoever has to stop misuse does it at once; only what is taken away for good is consulted on.
            Self::Suspended => (StandStill, Pauses, true, true, false),
            Self::Resumed => (GoOn, Continues, true, true, false),
            Self::Withdrawn => (Stop, Ends, true, true, true),
        };
        Effect { items, grant, told, reason, consultation }
    }
}

impl Comparison {
    /// Items that stop for grants on the earlier version.
    pub const fn stopped(&self) -> u64 {
        self.stricter | self.removed
    }

    /// The rows of the table that it stands for, each with the bits of the items and the methods that it concerns.
    pub fn changes(&self) -> Vec<(ChangeKind, u64, Methods)> {
        let none = Methods::default();
        let rows = [
            (ChangeKind::ItemAdded, self.added, none),
            (ChangeKind::ItemLaxer, self.laxer, none),
            (ChangeKind::ItemStricter, self.stricter, none),
            (ChangeKind::ItemRemoved, self.removed, none),
            (ChangeKind::MethodRemoved, 0, self.methods),
        ];
        let found: Vec<_> = rows.into_iter().filter(|(_, items, methods)| *items != 0 || !methods.is_empty()).collect();
        if found.is_empty() { vec![(ChangeKind::RevisedSame, 0, none)] } else { found }
    }
}

/// What is kept of each item of `content`, in its order.
pub fn item_facts(content: &EntryContent) -> List<ItemFacts, ITEMS_MAX> {
    List::truncate_from(content.items.iter().map(ItemFacts::of).collect())
}

/// How `later` differs from `earlier`, for grants on the earlier version. Items are the same if their codes are.
pub fn compare(earlier: (&[ItemFacts], Methods), later: (&[ItemFacts], Methods)) -> Comparison {
    let mut found = Comparison { methods: earlier.1.without(later.1), ..Comparison::default() };
    for (place, item) in earlier.0.iter().enumerate() {
        let mask = bit(place);
        match later.0.iter().find(|other| other.code == item.code) {
            None => found.removed |= mask,
            Some(other) if other.sharing > item.sharing => found.stricter |= mask,
            Some(other) if other.sharing < item.sharing => found.laxer |= mask,
            Some(_) => {}
        }
    }
    for (place, item) in later.0.iter().enumerate() {
        if !earlier.0.iter().any(|other| other.code == item.code) {
            found.added |= bit(place);
        }
    }
    found
}

impl ItemFacts {
    fn of(item: &Item) -> Self {
        let hash = blake2_256(item.code.as_str().as_bytes());
        let code = *hash.first_chunk().expect("a hash has 32 bytes");
        Self { code, sharing: item.sharing, element: item.element }
    }
}

/// The bit of the item at a place; an entry has at most as many items as a mask has bits.
const fn bit(place: usize) -> u64 {
    if place < ITEMS_MAX as usize { 1 << place } else { 0 }
}

const _: () = assert!(ITEMS_MAX == u64::BITS);

#[cfg(test)]
mod tests {
    use super::*;

    fn item(code: u8, sharing: SharingClass) -> ItemFacts {
        ItemFacts { code: [code; 8], sharing, element: None }
    }

    #[test]
    fn items_are_compared_by_their_codes_and_not_by_their_places() {
        use SharingClass::{Conditional, NotShared, Unconditional};
        let earlier = [item(1, Conditional), item(2, Conditional), item(3, Conditional), item(4, Conditional)];
        let later = [item(9, NotShared), item(4, Unconditional), item(3, NotShared), item(1, Conditional)];
        let found = compare((&earlier, Methods(0b111)), (&later, Methods(0b1010)));
        let expected =
            Comparison { added: 0b0001, laxer: 0b1000, stricter: 0b0100, removed: 0b0010, methods: Methods(0b101) };
        assert_eq!((found, found.stopped()), (expected, 0b0110));
        let kinds: Vec<_> = found.changes().into_iter().map(|(kind, ..)| kind).collect();
        assert_eq!(kinds, ChangeKind::ALL[1..6]);
    }

    #[test]
    fn a_version_with_the_same_items_and_methods_changes_nothing() {
        let items = [item(1, SharingClass::Conditional)];
        let found = compare((&items, Methods(1)), (&items, Methods(0b11)));
        assert_eq!(found.changes(), [(ChangeKind::RevisedSame, 0, Methods(0))]);
    }

    #[test]
    fn what_takes_something_away_for_good_is_told_with_reason_and_after_consultation() {
        for kind in ChangeKind::ALL {
            let effect = kind.effect();
            let takes =
                matches!(effect.items, ItemsEffect::ChangedStop | ItemsEffect::StopByMethod | ItemsEffect::Stop);
            assert_eq!(effect.consultation, takes, "{kind:?}");
            assert!(!takes || (effect.told && effect.reason), "{kind:?}");
        }
    }
}
