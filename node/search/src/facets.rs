//! Facets as bits: what an entry has, what a question names, and how many entries have what.

use mulu_proofs::{
    calendar::Day,
    catalog::{Method, ResourceClass, SharingClass},
};
use mulu_rpc_api::search::{Count, Cycle, EntryState, Freshness};

/// A facet with a handful of values. Departments are counted apart: they are as many as there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Facet {
    /// Class by attribute.
    Class,
    /// Sharing attribute.
    Sharing,
    /// Opening attribute.
    Opening,
    /// Sharing methods.
    Method,
    /// Update cycle.
    Cycle,
    /// States.
    State,
    /// Freshness; depends on the day, so that it is not in the index.
    Freshness,
}

/// Number of facets.
pub const FACETS: usize = 7;
/// The byte behind those of the facets that are in the index: 1 where a version is in force.
const COUNTED: usize = 6;

/// A value of a facet.
pub trait Value: Copy + PartialEq + 'static {
    /// All values, at most eight; the place of each is its bit.
    const ALL: &[Self];
}

impl Value for ResourceClass {
    const ALL: &[Self] = &[Self::Base, Self::Theme, Self::Department];
}

impl Value for SharingClass {
    const ALL: &[Self] = &[Self::Unconditional, Self::Conditional, Self::NotShared];
}

impl Value for Method {
    const ALL: &[Self] =
        &[Self::DatabaseTable, Self::File, Self::ServiceInterface, Self::LogSynchronisation, Self::MessageQueue];
}

impl Value for Cycle {
    const ALL: &[Self] = &Self::ALL;
}

impl Value for EntryState {
    const ALL: &[Self] = &Self::ALL;
}

impl Value for Freshness {
    const ALL: &[Self] = &Self::ALL;
}

/// Every value of a facet.
pub fn all<T: Value>() -> impl Iterator<Item = T> {
    T::ALL.iter().copied()
}

/// The bits of `values`.
pub fn mask<T: Value>(values: &[T]) -> u8 {
    (0..).zip(T::ALL).filter(|(_, value)| values.contains(value)).fold(0, |mask, (bit, _)| mask | 1 << bit)
}

/// The values of `bits`.
pub fn values<T: Value>(bits: u8) -> Vec<T> {
    (0..).zip(T::ALL).filter(|(bit, _)| bits >> bit & 1 == 1).map(|(_, value)| *value).collect()
}

/// Values of one entry: a byte for each facet, one bit for each value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bits([u8; 8]);

impl Bits {
    /// With these values.
    #[must_use]
    pub fn with<T: Value>(mut self, facet: Facet, values: &[T]) -> Self {
        self.0[facet as usize] = mask(values);
        self
    }

    /// With or without a date to count freshness from.
    #[must_use]
    pub fn with_counted(mut self, is_counted: bool) -> Self {
        self.0[COUNTED] = u8::from(is_counted);
        self
    }

    /// Without these values.
    #[must_use]
    pub fn without<T: Value>(mut self, facet: Facet, values: &[T]) -> Self {
        self.0[facet as usize] &= !mask(values);
        self
    }

    /// Whether it has one of these values.
    pub fn has<T: Value>(self, facet: Facet, values: &[T]) -> bool {
        self.0[facet as usize] & mask(values) != 0
    }

    /// As it lies in the index.
    pub const fn packed(self) -> u64 {
        u64::from_le_bytes(self.0)
    }

    /// Of what lies in the index.
    pub const fn unpacked(packed: u64) -> Self {
        Self(packed.to_le_bytes())
    }

    /// Values of a facet that is in the index.
    pub fn values<T: Value>(self, facet: Facet) -> Vec<T> {
        values(self.0[facet as usize])
    }

    /// Freshness on a day.
    pub fn freshness(self, published_on: Day, today: Day) -> Freshness {
        match values::<Cycle>(self.0[Facet::Cycle as usize]).first() {
            Some(cycle) if self.0[COUNTED] == 1 => Freshness::of(*cycle, published_on, today),
            _ => Freshness::Uncounted,
        }
    }
}

/// From which publication date on a cycle is fresh, by the cycle's bit.
#[derive(Clone, Copy, Debug)]
pub struct FreshFrom([Option<u32>; 8]);

impl FreshFrom {
    /// On the day `today`.
    pub fn on(today: Day) -> Self {
        Self(Cycle::ALL.map(|cycle| cycle.days().map(|days| today.get().saturating_sub(days))))
    }

    /// The bytes of an entry, each facet's in its place.
    fn bytes(&self, bits: Bits, published_on: u32) -> [u8; FACETS] {
        let [class, sharing, opening, method, cycle, state, counted, _] = bits.0;
        let from = if counted == 1 { self.0.get(cycle.trailing_zeros() as usize).copied().flatten() } else { None };
        let freshness = match from {
            None => Freshness::Uncounted,
            Some(from) if published_on >= from => Freshness::Fresh,
            Some(_) => Freshness::Overdue,
        };
        [class, sharing, opening, method, cycle, state, 1 << freshness as u8]
    }
}

/// What a question names, and what was found for it so far.
#[derive(Clone, Debug)]
pub struct Tally {
    wanted: [u8; FACETS],
    providers_wanted: Vec<u32>,
    fresh_from: FreshFrom,
    /// Entries by the whole byte of a facet.
    counts: Box<[[u32; 256]; FACETS]>,
    /// Entries by department. Ids of departments are given one by one, so that this is no longer than there are departments.
    providers: Vec<u32>,
    total: u32,
}

impl Tally {
    /// Nothing found yet. A facet whose mask is 0, and an empty list of departments, ask for nothing.
    pub fn new(wanted: [u8; FACETS], mut providers_wanted: Vec<u32>, today: Day) -> Self {
        providers_wanted.sort_unstable();
        Self {
            wanted,
            providers_wanted,
            fresh_from: FreshFrom::on(today),
            counts: Box::new([[0; 256]; FACETS]),
            providers: Vec::new(),
            total: 0,
        }
    }

    /// Makes room for departments up to this id.
    pub fn reserve(&mut self, provider_last: u32) {
        self.providers.resize(self.providers.len().max(provider_last as usize + 1), 0);
    }

    /// Counts an entry; says whether it is among those that are asked for.
    pub fn add(&mut self, bits: Bits, published_on: u32, provider: u32) -> bool {
        let bytes = self.fresh_from.bytes(bits, published_on);
        let provider_fails =
            !self.providers_wanted.is_empty() && self.providers_wanted.binary_search(&provider).is_err();
        let mut failed = None;
        let mut fails = u32::from(provider_fails);
        for (facet, (byte, wanted)) in bytes.iter().zip(&self.wanted).enumerate() {
            if *wanted != 0 && byte & wanted == 0 {
                failed = Some(facet);
                fails += 1;
            }
        }
        match (fails, failed) {
            (0, _) => {
                for (counts, byte) in self.counts.iter_mut().zip(bytes) {
                    counts[usize::from(byte)] += 1;
                }
                self.add_provider(provider);
                self.total += 1;
            }
            // What fails by one facet alone is what another choice of that facet would show.
            (1, Some(facet)) => self.counts[facet][usize::from(bytes[facet])] += 1,
            (1, None) => self.add_provider(provider),
            _ => {}
        }
        fails == 0
    }

    fn add_provider(&mut self, provider: u32) {
        if let Some(count) = self.providers.get_mut(provider as usize) {
            *count += 1;
        }
    }

    /// Entries that are asked for.
    pub const fn total(&self) -> u32 {
        self.total
    }

    /// Counts of a facet's values, in their order, without those that no entry has.
    pub fn counts<T: Value>(&self, facet: Facet) -> Vec<Count<T>> {
        let counts = &self.counts[facet as usize];
        let of_bit =
            |bit: usize| counts.iter().enumerate().filter(|(byte, _)| byte >> bit & 1 == 1).map(|(_, n)| n).sum();
        let all = T::ALL.iter().enumerate().map(|(bit, value)| Count { value: *value, count: of_bit(bit) });
        all.filter(|count| count.count > 0).collect()
    }

    /// Counts of departments: the most first, then by id.
    pub fn providers(&self) -> Vec<Count<u32>> {
        let there = (0..).zip(&self.providers).filter(|(_, count)| **count > 0);
        let mut counts: Vec<Count<u32>> = there.map(|(value, count)| Count { value, count: *count }).collect();
        counts.sort_by_key(|count| (std::cmp::Reverse(count.count), count.value));
        counts
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;

    fn day(days: u32) -> Day {
        Day::new(days).unwrap()
    }

    fn count<T>(value: T, count: u32) -> Count<T> {
        Count { value, count }
    }

    fn bits(class: ResourceClass, methods: &[Method], cycle: Cycle) -> Bits {
        Bits::default()
            .with(Facet::Class, &[class])
            .with(Facet::Method, methods)
            .with(Facet::Cycle, &[cycle])
            .with_counted(true)
    }

    #[test]
    fn bits_stand_for_values_and_back() {
        let bits = bits(ResourceClass::Theme, &[Method::File, Method::MessageQueue], Cycle::Monthly);
        let read = Bits::unpacked(bits.packed());
        assert_eq!(read.values::<ResourceClass>(Facet::Class), [ResourceClass::Theme]);
        assert_eq!(read.values::<Method>(Facet::Method), [Method::File, Method::MessageQueue]);
        assert_eq!(read.freshness(day(100), day(131)), Freshness::Fresh);
        assert_eq!(read.freshness(day(100), day(132)), Freshness::Overdue);
        assert_eq!(read.with_counted(false).freshness(day(100), day(100)), Freshness::Uncounted);
    }

    #[test]
    fn freshness_is_counted_as_it_is_shown() {
        for cycle in Cycle::ALL {
            for is_counted in [true, false] {
                let bits = bits(ResourceClass::Base, &[], cycle).with_counted(is_counted);
                for (published, today) in [(0, 0), (0, 1), (20_000, 20_031), (20_000, 20_400), (20_000, 19_000)] {
                    let byte = FreshFrom::on(day(today)).bytes(bits, published)[Facet::Freshness as usize];
                    assert_eq!(values::<Freshness>(byte), [bits.freshness(day(published), day(today))]);
                }
            }
        }
    }

    #[test]
    fn each_facet_is_counted_without_its_own_filter_and_with_all_others() {
        let mut wanted = [0; FACETS];
        wanted[Facet::Class as usize] = mask(&[ResourceClass::Base]);
        wanted[Facet::Method as usize] = mask(&[Method::File]);
        let mut tally = Tally::new(wanted, vec![2], day(0));
        tally.reserve(3);
        let base = |methods: &[Method]| bits(ResourceClass::Base, methods, Cycle::Daily);
        assert!(tally.add(base(&[Method::File, Method::DatabaseTable]), 0, 2));
        assert!(!tally.add(bits(ResourceClass::Theme, &[Method::File], Cycle::Daily), 0, 2));
        assert!(!tally.add(base(&[Method::MessageQueue]), 0, 2));
        assert!(!tally.add(base(&[Method::File]), 0, 3));
        assert!(!tally.add(bits(ResourceClass::Theme, &[Method::MessageQueue], Cycle::Daily), 0, 2));
        assert_eq!(tally.total(), 1);
        assert_eq!(tally.counts(Facet::Class), [count(ResourceClass::Base, 1), count(ResourceClass::Theme, 1)]);
        let methods = [count(Method::DatabaseTable, 1), count(Method::File, 1), count(Method::MessageQueue, 1)];
        assert_eq!(tally.counts(Facet::Method), methods);
        assert_eq!(tally.counts(Facet::Freshness), [count(Freshness::Fresh, 1)]);
        assert_eq!(tally.providers(), [count(2, 1), count(3, 1)]);
    }
}
