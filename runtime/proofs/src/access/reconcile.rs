//! Reconciliation: what provider, consumer and decision point counted of a grant on a day has to agree (SPEC §5).
//!
//! Of each side the state keeps how many events there were and a multiset hash of their call ids: the sum, modulo 2^1024, of a 1,024-bit hash of
//! each id. Sums can be added to and subtracted from, so that the difference of two sides is the sum of the ids that they do not share; whoever
//! names those proves it by adding them up. With at most 2 × [`NAMED_MAX`] named ids, finding others with the same sum takes about
//! 2^113 steps (generalised birthday); the counts bind besides.

use crate::{
    calendar::Day,
    catalog::List,
    departments::SignedAs,
    hash::{self, DigestKind},
    ids::GrantId,
};
use std::collections::BTreeMap;

/// Bytes of a multiset hash.
pub const IDS_BYTES: usize = 128;
/// Most call ids that one side is named with.
pub const NAMED_MAX: u32 = 128;

ledger_types! {
    /// Multiset hash of call ids: a number modulo 2^1024, little-endian.
    #[derive(Copy)]
    #[serde(transparent)]
    pub struct Ids(#[serde(with = "hex::serde")] [u8; IDS_BYTES]);

    /// What one side reported of a grant on a day.
    #[derive(Copy, Default)]
    pub struct SideTally {
        /// Events.
        pub events: u32,
        /// Calls that they stand for.
        pub calls: u64,
        /// Their call ids.
        pub ids: Ids,
    }

    /// What was reported of a grant on a day, by everybody who is compared.
    #[derive(Copy, Default)]
    pub struct Tally {
        /// The provider's side, its data manager's included.
        pub provider: SideTally,
        /// The consumer's side.
        pub consumer: SideTally,
        /// Calls that the provider's decision points allowed.
        pub allowed: u64,
    }

    /// Since which day each party has reported under a grant; from then on it is held to it. The first day of all has none before it, so that
    /// a party without a day has never reported.
    #[derive(Copy, Default)]
    pub struct Parties {
        /// The provider's side.
        pub provider: Option<Day>,
        /// The consumer's side.
        pub consumer: Option<Day>,
        /// The provider's decision points.
        pub decisions: Option<Day>,
    }

    /// What one side reported, as the record of a difference says it.
    #[derive(Copy, Default)]
    pub struct SideTotal {
        /// Events.
        pub events: u32,
        /// Calls that they stand for.
        pub calls: u64,
    }

    /// Body of [`crate::records::RecordKind::DayDiffers`]: those who are held to report did not report the same.
    pub struct DayDiffers {
        /// Grant.
        pub grant: GrantId,
        /// Local day.
        pub day: Day,
        /// The provider's side; none if it is not held to report.
        pub provider: Option<SideTotal>,
        /// The consumer's side.
        pub consumer: Option<SideTotal>,
        /// Calls that decision points allowed.
        pub allowed: Option<u64>,
        /// Multiset hash of the provider's call ids less that of the consumer's; zero if one of them is not held to report.
        pub ids_difference: Ids,
    }

    /// Body of [`crate::records::RecordKind::DifferencesNamed`]: the calls that one side has and the other has not.
    pub struct DifferencesNamed {
        /// Grant.
        pub grant: GrantId,
        /// Local day.
        pub day: Day,
        /// Call ids of the provider's side that the consumer's lacks, ascending; one that it has twice more stands here twice.
        #[serde(with = "super::short_id::list")]
        pub provider_only: List<u64, NAMED_MAX>,
        /// Call ids of the consumer's side that the provider's lacks, ascending.
        #[serde(with = "super::short_id::list")]
        pub consumer_only: List<u64, NAMED_MAX>,
        /// In which role.
        pub signed_as: SignedAs,
    }
}

/// Who reports under a grant and is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// The provider's side.
    Provider,
    /// The consumer's side.
    Consumer,
    /// The provider's decision points.
    Decisions,
}

impl Default for Ids {
    fn default() -> Self {
        Self([0; IDS_BYTES])
    }
}

impl Ids {
    /// The multiset of one call id.
    pub fn of(call_id: u64) -> Self {
        Self(hash::wide_digest(DigestKind::CallIdSet, &call_id.to_le_bytes()))
    }

    /// The multiset of so many ids.
    pub fn of_all(call_ids: &[u64]) -> Self {
        let mut sum = Self::default();
        for call_id in call_ids {
            sum.add(&Self::of(*call_id));
        }
        sum
    }

    /// Takes in another multiset.
    pub fn add(&mut self, other: &Self) {
        let mut carry = false;
        self.limbs(other, |a, b| {
            let (sum, first) = a.overflowing_add(b);
            let (sum, second) = sum.overflowing_add(u64::from(carry));
            carry = first || second;
            sum
        });
    }

    /// Takes another multiset out; of one that is not within it, what is left is its negative.
    pub fn subtract(&mut self, other: &Self) {
        let mut borrow = false;
        self.limbs(other, |a, b| {
            let (rest, first) = a.overflowing_sub(b);
            let (rest, second) = rest.overflowing_sub(u64::from(borrow));
            borrow = first || second;
            rest
        });
    }

    /// Its bytes.
    pub const fn bytes(&self) -> &[u8; IDS_BYTES] {
        &self.0
    }

    /// Replaces each 64-bit limb, lowest first, by what `step` makes of it and the other's.
    fn limbs(&mut self, other: &Self, mut step: impl FnMut(u64, u64) -> u64) {
        let limb = |bytes: &[u8]| bytes.iter().rev().fold(0, |limb, byte| limb << 8 | u64::from(*byte));
        for (mine, theirs) in self.0.chunks_exact_mut(8).zip(other.0.chunks_exact(8)) {
            let made = step(limb(mine), limb(theirs));
            mine.copy_from_slice(&made.to_le_bytes());
        }
    }
}

impl SideTally {
    /// Takes in an event of so many calls.
    pub fn add(&mut self, call_id: u64, calls: u32) {
        self.events = self.events.saturating_add(1);
        self.calls = self.calls.saturating_add(calls.into());
        self.ids.add(&Ids::of(call_id));
    }

    /// Without the ids.
    pub const fn total(&self) -> SideTotal {
        SideTotal { events: self.events, calls: self.calls }
    }
}

impl Parties {
    /// The party reported of a day: it is held to that day and those after it.
    pub fn report(&mut self, party: Party, day: Day) {
        let since = match party {
            Party::Provider => &mut self.provider,
            Party::Consumer => &mut self.consumer,
            Party::Decisions => &mut self.decisions,
        };
        *since = Some(since.map_or(day, |since| since.min(day)));
    }
}

impl Tally {
    /// What the record of a difference says, if those who are held to report of the day did not report the same. With fewer than two there is
    /// nothing to compare; who is held to report and did not, reported nothing.
    pub fn difference(&self, grant: GrantId, day: Day, parties: &Parties) -> Option<DayDiffers> {
        let is_held = |since: Option<Day>| since.is_some_and(|since| since <= day);
        let provider = is_held(parties.provider).then_some(&self.provider);
        let consumer = is_held(parties.consumer).then_some(&self.consumer);
        let allowed = is_held(parties.decisions).then_some(self.allowed);
        let sides = provider.zip(consumer);
        let sides_differ = sides.is_some_and(|(p, c)| p.events != c.events || p.ids != c.ids);
        let served = provider.or(consumer).map(|side| side.calls);
        let decisions_differ = served.zip(allowed).is_some_and(|(served, allowed)| served != allowed);
        (sides_differ || decisions_differ).then(|| DayDiffers {
            grant,
            day,
            provider: provider.map(SideTally::total),
            consumer: consumer.map(SideTally::total),
            allowed,
            ids_difference: sides.map(|(p, c)| difference(&p.ids, &c.ids)).unwrap_or_default(),
        })
    }

    /// Whether the named calls are what the two sides do not share: their number and their ids add up to the difference, and no id is named
    /// on both sides.
    pub fn is_explained_by(&self, provider_only: &[u64], consumer_only: &[u64]) -> bool {
        let ascend = |ids: &[u64]| ids.windows(2).all(|pair| pair[0] <= pair[1]);
        let disjoint = provider_only.iter().all(|id| consumer_only.binary_search(id).is_err());
        let (provider, consumer) = (&self.provider, &self.consumer);
        let numbers = i64::from(provider.events) - i64::from(consumer.events);
        let named = provider_only.len() as i64 - consumer_only.len() as i64;
        let ids = difference(&Ids::of_all(provider_only), &Ids::of_all(consumer_only));
        ascend(provider_only)
            && ascend(consumer_only)
            && disjoint
            && numbers == named
            && ids == difference(&provider.ids, &consumer.ids)
    }
}

/// `one` less `other`.
fn difference(one: &Ids, other: &Ids) -> Ids {
    let mut rest = *one;
    rest.subtract(other);
    rest
}

/// The call ids that one of two lists has and the other has not, or has more seldom, ascending: what [`DifferencesNamed`] takes.
pub fn call_ids(provider: &[u64], consumer: &[u64]) -> (Vec<u64>, Vec<u64>) {
    let mut surplus = BTreeMap::<u64, i64>::new();
    for id in provider {
        *surplus.entry(*id).or_default() += 1;
    }
    for id in consumer {
        *surplus.entry(*id).or_default() -= 1;
    }
    let only = |sign: i64| {
        let side = surplus.iter().map(|(id, more)| (*id, usize::try_from(more * sign).unwrap_or_default()));
        side.flat_map(|(id, more)| std::iter::repeat_n(id, more)).collect()
    };
    (only(1), only(-1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(number: u32) -> Day {
        Day::new(number).expect("a day")
    }

    fn side(ids: &[u64]) -> SideTally {
        let mut side = SideTally::default();
        ids.iter().for_each(|id| side.add(*id, 1));
        side
    }

    const GRANT: GrantId = GrantId::new(1);

    #[test]
    fn the_order_of_ids_does_not_matter_and_their_number_does() {
        assert_eq!(Ids::of_all(&[1, 2, 3]), Ids::of_all(&[3, 1, 2]));
        assert_ne!(Ids::of_all(&[1, 2]), Ids::of_all(&[1, 2, 2]));
        assert_ne!(Ids::of(1), Ids::of(2));
        assert_ne!(Ids::of(0), Ids::default());
    }

    #[test]
    fn carries_and_borrows_run_through_all_limbs() {
        let (mut all, mut one) = (Ids([0xff; IDS_BYTES]), Ids::default());
        one.0[0] = 1;
        all.add(&one);
        assert_eq!(all, Ids::default());
        all.subtract(&one);
        assert_eq!(all, Ids([0xff; IDS_BYTES]));
    }

    #[test]
    fn a_party_is_held_to_days_from_the_first_that_it_reported() {
        let mut parties = Parties::default();
        parties.report(Party::Provider, day(10));
        let tally = Tally { provider: side(&[1, 2]), ..Tally::default() };
        assert_eq!(tally.difference(GRANT, day(10), &parties), None, "nobody to compare with");
        parties.report(Party::Consumer, day(12));
        assert_eq!(tally.difference(GRANT, day(11), &parties), None, "the consumer began on day 12");
        let differs = tally.difference(GRANT, day(12), &parties).expect("the consumer reported nothing");
        assert_eq!(differs.provider.map(|side| side.events), Some(2));
        assert_eq!((differs.consumer, differs.allowed), (Some(SideTotal::default()), None));
        assert_eq!(differs.ids_difference, Ids::of_all(&[1, 2]));
        parties.report(Party::Consumer, day(11));
        assert!(
            tally.difference(GRANT, day(11), &parties).is_some(),
            "an earlier day counts when it is heard of later"
        );
        parties.report(Party::Consumer, day(30));
        assert!(tally.difference(GRANT, day(11), &parties).is_some());
    }

    #[test]
    fn decisions_are_compared_with_the_calls_of_the_serving_side() {
        let mut parties = Parties::default();
        parties.report(Party::Decisions, day(1));
        parties.report(Party::Provider, day(1));
        let tally = Tally { provider: side(&[1, 2]), allowed: 2, ..Tally::default() };
        assert_eq!(tally.difference(GRANT, day(1), &parties), None);
        let tally = Tally { allowed: 3, ..tally };
        let differs = tally.difference(GRANT, day(1), &parties).expect("one call more was allowed");
        assert_eq!((differs.allowed, differs.consumer, differs.ids_difference), (Some(3), None, Ids::default()));
        let consumer_alone = Parties { provider: None, consumer: Some(day(1)), decisions: Some(day(1)) };
        let tally = Tally { consumer: side(&[7]), allowed: 1, ..Tally::default() };
        assert_eq!(tally.difference(GRANT, day(1), &consumer_alone), None);
    }

    #[test]
    fn calls_are_named_in_order_and_as_often_as_they_are_missing() {
        let tally = Tally { provider: side(&[1, 2, 3, 9]), consumer: side(&[2, 3, 4]), allowed: 0 };
        assert!(tally.is_explained_by(&[1, 9], &[4]));
        let twice = Tally { provider: side(&[5, 5, 5]), consumer: side(&[5]), allowed: 0 };
        assert!(twice.is_explained_by(&[5, 5], &[]) && !twice.is_explained_by(&[5], &[]));
        for (provider, consumer) in
            [(vec![9, 1], vec![4]), (vec![1, 9], vec![]), (vec![1, 2, 9], vec![2, 4]), (vec![1, 8], vec![4])]
        {
            assert!(!tally.is_explained_by(&provider, &consumer), "{provider:?} {consumer:?}");
        }
    }

    proptest! {
        #[test]
        fn what_only_one_side_has_explains_the_difference(
            shared in proptest::collection::vec(0_u64..1_000, 0..40),
            more in proptest::collection::vec(0_u64..1_000, 0..4),
            provider in proptest::collection::btree_set(1_000_u64..2_000, 0..20),
            consumer in proptest::collection::btree_set(2_000_u64..3_000, 0..20),
        ) {
            let with = |own: &std::collections::BTreeSet<u64>| -> Vec<u64> {
                shared.iter().copied().chain(own.iter().copied()).collect()
            };
            let (mut left, right) = (with(&provider), with(&consumer));
            left.extend(more);
            let tally = Tally { provider: side(&left), consumer: side(&right), allowed: 0 };
            let (provider_only, consumer_only) = call_ids(&left, &right);
            prop_assert!(tally.is_explained_by(&provider_only, &consumer_only));
            let mut rest = Ids::of_all(&left);
            rest.add(&Ids::of_all(&consumer_only));
            rest.subtract(&Ids::of_all(&provider_only));
            prop_assert_eq!(rest, Ids::of_all(&right));
        }
    }
}
