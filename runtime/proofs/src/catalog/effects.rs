//! What a change of an entry means for those who hold grants on it: the table of `docs/catalog.md`, as code (SPEC §2, art. 27).

use super::{DataType, EntryContent, FormatClass, ITEMS_MAX, Item, List, Methods, Sharing, SharingClass, UpdateCycle};
use crate::{
    hash::blake2_256,
    ids::{ElementId, Moment, RecordNumber},
};
use codec::Encode;

ledger_types! {
    /// A kind of change of an entry: a row of the table.
    #[derive(Copy, PartialOrd, Ord)]
    pub enum ChangeKind {
        /// A new version with the items, the methods and the service of the one before.
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
        /// An item is described otherwise, or shared on other terms of the same class.
        #[codec(index = 9)]
        ItemChanged,
        /// An item is of another data type, or shorter: programs that use it may fail.
        #[codec(index = 10)]
        ItemWorse,
        /// The format within its class, the update cycle or the flow threshold is another, and none is worse.
        #[codec(index = 11)]
        ServiceChanged,
        /// The data come in another class of format, less often, or under a lower flow threshold.
        #[codec(index = 12)]
        ServiceWorse,
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
        /// Its data type.
        pub data_type: DataType,
        /// Its length.
        pub length: u32,
        /// First bytes of the hash of how it is described, and on which terms it is shared.
        #[serde(with = "hex::serde")]
        pub described: [u8; 8],
    }

    /// What is kept of the service as a whole so that a later version can be compared with it.
    #[derive(Copy)]
    pub struct ServiceFacts {
        /// Class of the format.
        pub format: FormatClass,
        /// Flow threshold; 0 sets none.
        pub flow_threshold: u64,
        /// The most days from one update to the next, where the cycle says so.
        pub cycle_days: Option<u16>,
        /// First bytes of the hash of the update cycle.
        #[serde(with = "hex::serde")]
        pub cycle: [u8; 8],
        /// First bytes of the hash of the format.
        #[serde(with = "hex::serde")]
        pub concrete: [u8; 8],
    }

    /// What a version offers, as far as a later one is compared with it.
    pub struct Offer {
        /// Its items, in their order.
        #[serde(deserialize_with = "crate::list::read")]
        pub items: List<ItemFacts, ITEMS_MAX>,
        /// Its sharing methods.
        pub methods: Methods,
        /// The service as a whole.
        pub service: ServiceFacts,
    }
}

/// How the service as a whole changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ServiceChange {
    /// It stays what it is.
    #[default]
    Same,
    /// It changes, and nothing of it gets worse.
    Changed,
    /// Something of it gets worse.
    Worse,
}

/// What a later version changes for grants on an earlier one.
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
    /// Described otherwise or on other terms of the same class, as bits of the earlier version.
    pub changed: u64,
    /// Of another data type or shorter, as bits of the earlier version.
    pub worse: u64,
    /// Methods that are gone.
    pub methods: Methods,
    /// The service as a whole.
    pub service: ServiceChange,
}

impl ChangeKind {
    /// Every kind, in the order of the table.
    pub const ALL: [Self; 13] = [
        Self::RevisedSame,
        Self::ItemAdded,
        Self::ItemLaxer,
        Self::ItemStricter,
        Self::ItemRemoved,
        Self::MethodRemoved,
        Self::ItemChanged,
        Self::ItemWorse,
        Self::ServiceChanged,
        Self::ServiceWorse,
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
            Self::ItemLaxer | Self::ItemChanged | Self::ServiceChanged => (GoOn, Stays, true, false, false),
            // Art. 27: a service that is in use is not changed for the worse without cause either.
            Self::ItemWorse | Self::ServiceWorse => (GoOn, Stays, true, true, true),
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
            (ChangeKind::ItemChanged, self.changed, none),
            (ChangeKind::ItemWorse, self.worse, none),
        ];
        let mut found: Vec<_> =
            rows.into_iter().filter(|(_, items, methods)| *items != 0 || !methods.is_empty()).collect();
        match self.service {
            ServiceChange::Same => {}
            ServiceChange::Changed => found.push((ChangeKind::ServiceChanged, 0, none)),
            ServiceChange::Worse => found.push((ChangeKind::ServiceWorse, 0, none)),
        }
        if found.is_empty() { vec![(ChangeKind::RevisedSame, 0, none)] } else { found }
    }
}

impl Offer {
    /// What `content` offers.
    pub fn of(content: &EntryContent) -> Self {
        let items = content.items.iter().map(|item| ItemFacts::of(item, &content.sharing)).collect();
        Self {
            items: List::truncate_from(items),
            methods: content.sharing.methods,
            service: ServiceFacts {
                format: content.format.class,
                flow_threshold: content.flow_threshold,
                cycle_days: UpdateCycle::days(&content.update_cycle),
                cycle: short_hash(&content.update_cycle),
                concrete: short_hash(&content.format),
            },
        }
    }

    fn item(&self, code: [u8; 8]) -> Option<&ItemFacts> {
        self.items.iter().find(|item| item.code == code)
    }
}

/// What `later` changes for grants on `earlier`, beyond what `present`, the version in force, has changed for them already. Items are
/// the same if their codes are. What stops is compared with `earlier` alone: who asks knows what stopped before.
pub fn compare(earlier: &Offer, present: &Offer, later: &Offer) -> Comparison {
    let mut found = Comparison {
        methods: earlier.methods.without(later.methods),
        service: present.service.change_to(&later.service),
        ..Comparison::default()
    };
    for (place, item) in earlier.items.iter().enumerate() {
        let mask = bit(place);
        let now = present.item(item.code).unwrap_or(item);
        match later.item(item.code) {
            None => found.removed |= mask,
            Some(then) if then.sharing > item.sharing => found.stricter |= mask,
            Some(then) => {
                if then.sharing < item.sharing && now.sharing >= item.sharing {
                    found.laxer |= mask;
                }
                if then.is_worse_than(now) {
                    found.worse |= mask;
                } else if then.described != now.described && then.sharing == now.sharing {
                    found.changed |= mask;
                }
            }
        }
    }
    for (place, item) in later.items.iter().enumerate() {
        if earlier.item(item.code).is_none() && present.item(item.code).is_none() {
            found.added |= bit(place);
        }
    }
    found
}

impl ItemFacts {
    fn of(item: &Item, entry: &Sharing) -> Self {
        let Item { name, code, element, source, data_type, length, .. } = item;
        let Item { meaning, standard, value_domain, quality_rule, level, sharing, condition, law, .. } = item;
        // Where the item says nothing, the entry's terms hold.
        let condition = if condition.is_empty() { &entry.condition } else { condition };
        let law = if law.is_empty() { &entry.law } else { law };
        let words = (name, meaning, standard, value_domain, quality_rule);
        let described = short_hash(&(words, element, source, data_type, length, level, condition, law));
        let code = short(blake2_256(code.as_str().as_bytes()));
        Self { code, sharing: *sharing, element: *element, data_type: *data_type, length: *length, described }
    }

    fn is_worse_than(&self, now: &Self) -> bool {
        self.data_type != now.data_type || self.length < now.length
    }
}

impl ServiceFacts {
    fn change_to(&self, later: &Self) -> ServiceChange {
        let is_slower = match (self.cycle_days, later.cycle_days) {
            (Some(now), Some(then)) => then > now,
            // A cycle in words cannot be compared: nobody has to believe that it is not slower.
            _ => self.cycle != later.cycle,
        };
        let is_less =
            later.flow_threshold != 0 && (self.flow_threshold == 0 || later.flow_threshold < self.flow_threshold);
        if is_slower || is_less || self.format != later.format {
            ServiceChange::Worse
        } else if self != later {
            ServiceChange::Changed
        } else {
            ServiceChange::Same
        }
    }
}

fn short_hash(said: &impl Encode) -> [u8; 8] {
    short(blake2_256(&said.encode()))
}

fn short(hash: [u8; 32]) -> [u8; 8] {
    *hash.first_chunk().expect("a hash has 32 bytes")
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
        let (data_type, length, described) = (DataType::Character, 18, [0; 8]);
        ItemFacts { code: [code; 8], sharing, element: None, data_type, length, described }
    }

    fn offer(items: &[ItemFacts], methods: u8) -> Offer {
        let service = ServiceFacts {
            format: FormatClass::Database,
            flow_threshold: 100,
            cycle_days: Some(7),
            cycle: [1; 8],
            concrete: [1; 8],
        };
        Offer { items: List::truncate_from(items.to_vec()), methods: Methods(methods), service }
    }

    fn kinds(found: &Comparison) -> Vec<ChangeKind> {
        found.changes().into_iter().map(|(kind, ..)| kind).collect()
    }

    #[test]
    fn items_are_compared_by_their_codes_and_not_by_their_places() {
        use SharingClass::{Conditional, NotShared, Unconditional};
        let earlier =
            offer(&[item(1, Conditional), item(2, Conditional), item(3, Conditional), item(4, Conditional)], 0b111);
        let later =
            offer(&[item(9, NotShared), item(4, Unconditional), item(3, NotShared), item(1, Conditional)], 0b1010);
        let found = compare(&earlier, &earlier, &later);
        let expected = Comparison {
            added: 0b0001,
            laxer: 0b1000,
            stricter: 0b0100,
            removed: 0b0010,
            methods: Methods(0b101),
            ..Comparison::default()
        };
        assert_eq!((found, found.stopped()), (expected, 0b0110));
        assert_eq!(kinds(&found), ChangeKind::ALL[1..6]);
    }

    #[test]
    fn a_version_with_the_same_items_and_methods_changes_nothing() {
        let now = offer(&[item(1, SharingClass::Conditional)], 1);
        let found = compare(&now, &now, &offer(&[item(1, SharingClass::Conditional)], 0b11));
        assert_eq!(found.changes(), [(ChangeKind::RevisedSame, 0, Methods(0))]);
    }

    #[test]
    fn another_type_and_a_shorter_length_are_worse_and_other_words_are_not() {
        let now = item(1, SharingClass::Conditional);
        let change = |later: ItemFacts| {
            let now = offer(&[now], 1);
            kinds(&compare(&now, &now, &offer(&[later], 1)))
        };
        assert_eq!(change(ItemFacts { described: [1; 8], ..now }), [ChangeKind::ItemChanged]);
        assert_eq!(change(ItemFacts { length: 19, described: [1; 8], ..now }), [ChangeKind::ItemChanged]);
        assert_eq!(change(ItemFacts { length: 17, described: [1; 8], ..now }), [ChangeKind::ItemWorse]);
        assert_eq!(change(ItemFacts { data_type: DataType::Numeric, ..now }), [ChangeKind::ItemWorse]);
        let freed = ItemFacts { sharing: SharingClass::Unconditional, described: [1; 8], ..now };
        assert_eq!(change(freed), [ChangeKind::ItemLaxer], "its terms are others because its class is");
    }

    #[test]
    fn a_service_is_worse_if_it_is_slower_narrower_or_of_another_class_of_format() {
        let now = offer(&[], 1);
        let change = |change: &dyn Fn(&mut ServiceFacts)| {
            let mut later = now.clone();
            change(&mut later.service);
            compare(&now, &now, &later).service
        };
        assert_eq!(change(&|_| ()), ServiceChange::Same);
        assert_eq!(change(&|service| service.concrete = [2; 8]), ServiceChange::Changed);
        assert_eq!(change(&|service| service.flow_threshold = 101), ServiceChange::Changed);
        assert_eq!(change(&|service| service.flow_threshold = 0), ServiceChange::Changed);
        assert_eq!(change(&|service| service.flow_threshold = 99), ServiceChange::Worse);
        assert_eq!(change(&|service| (service.cycle_days, service.cycle) = (Some(1), [2; 8])), ServiceChange::Changed);
        assert_eq!(change(&|service| (service.cycle_days, service.cycle) = (Some(31), [2; 8])), ServiceChange::Worse);
        assert_eq!(change(&|service| (service.cycle_days, service.cycle) = (None, [2; 8])), ServiceChange::Worse);
        assert_eq!(change(&|service| service.format = FormatClass::Image), ServiceChange::Worse);
    }

    #[test]
    fn what_the_version_in_force_has_changed_already_is_not_changed_again() {
        let first = item(1, SharingClass::Conditional);
        let second = ItemFacts { data_type: DataType::Numeric, described: [1; 8], ..first };
        let (earlier, present) = (offer(&[first], 1), offer(&[second, item(2, SharingClass::Conditional)], 1));
        assert_eq!(kinds(&compare(&earlier, &present, &present)), [ChangeKind::RevisedSame]);
        assert_eq!(kinds(&compare(&earlier, &earlier, &present)), [ChangeKind::ItemAdded, ChangeKind::ItemWorse]);
        let back = compare(&earlier, &present, &earlier);
        assert_eq!((kinds(&back), back.worse), (vec![ChangeKind::ItemWorse], 0b1), "users had followed");
    }

    #[test]
    fn what_takes_something_away_or_makes_it_worse_is_told_with_reason_and_after_consultation() {
        for kind in ChangeKind::ALL {
            let effect = kind.effect();
            let takes =
                matches!(effect.items, ItemsEffect::ChangedStop | ItemsEffect::StopByMethod | ItemsEffect::Stop);
            let worse = matches!(kind, ChangeKind::ItemWorse | ChangeKind::ServiceWorse);
            assert_eq!(effect.consultation, takes || worse, "{kind:?}");
            assert!(!effect.consultation || (effect.told && effect.reason), "{kind:?}");
        }
    }
}
