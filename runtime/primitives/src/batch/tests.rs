//! Round trips, canonical form, mutations, sizes; every error has a test that produces it.

#![allow(clippy::unwrap_used, reason = "a test may")]

use super::*;
use mulu_proofs::{
    access::{EVENTS_MAX, Outcome, RunKey, Side},
    catalog::Method,
    hash::TreeKind,
    ids::{Digest32, EventNumber, Moment, PurposeId, RequestId, StreamId, SystemId},
    tree,
};
use proptest::{prelude::*, strategy::ValueTree};
use std::collections::BTreeMap;

const V1: Version = Version::new(1);
const V2: Version = Version::new(2);
const NOON: u64 = 1_785_000_000_000;

/// Terms in two maps.
#[derive(Default)]
struct Book {
    grants: BTreeMap<(GrantId, Version), GrantTerms>,
    entries: BTreeMap<(EntryId, Version), DepartmentId>,
}

impl Terms for Book {
    fn grant(&self, grant: GrantId, version: Version) -> Option<Arc<GrantTerms>> {
        self.grants.get(&(grant, version)).cloned().map(Arc::new)
    }

    fn provider(&self, entry: EntryId, version: Version) -> Option<DepartmentId> {
        self.entries.get(&(entry, version)).copied()
    }
}

fn terms(grant: u32, version: Version, items: u64) -> GrantTerms {
    GrantTerms {
        grant: GrantId::new(grant),
        version,
        request: RequestId::new(grant),
        provider: DepartmentId::new(2),
        consumer: DepartmentId::new(3),
        entry: EntryId::new(grant % 2 + 1),
        entry_version: V1,
        items,
        method: Method::ServiceInterface,
        from: Moment::new(0),
        until: Moment::new(u64::MAX),
        purposes: vec![PurposeId::new(1), PurposeId::new(4)].try_into().unwrap(),
        systems: vec![SystemId::new(7)].try_into().unwrap(),
        platforms: vec![SystemId::new(1), SystemId::new(2), SystemId::new(9)].try_into().unwrap(),
        calls_per_day: 100,
        rows_per_day: 100,
    }
}

/// Grants 1 (two versions), 2 (every item) and 300 (none, no systems); entries 1 and 2.
fn book() -> Book {
    let mut bare = terms(300, V1, 0);
    bare.systems = Vec::new().try_into().unwrap();
    let grants = [terms(1, V1, 0b1011), terms(1, V2, 0b1_0000_0001), terms(2, V1, u64::MAX), bare];
    let entries = [(1, V1, 2), (2, V1, 2), (2, V2, 4)];
    Book {
        grants: grants.map(|terms| ((terms.grant, terms.version), terms)).into(),
        entries: entries.map(|(entry, version, by)| ((EntryId::new(entry), version), DepartmentId::new(by))).into(),
    }
}

/// A plain event under version 1 of grant 1.
fn plain() -> PublicLeaf {
    PublicLeaf {
        key: RunKey::Grant(GrantId::new(1), V1),
        entry: Some((EntryId::new(2), V1)),
        provider: Some(DepartmentId::new(2)),
        consumer: Some(DepartmentId::new(3)),
        items: 0b0011,
        authorising_system: Some(SystemId::new(2)),
        using_system: Some(SystemId::new(7)),
        purpose: Some(PurposeId::new(4)),
        method: Method::ServiceInterface,
        side: Side::Provider,
        time: Moment::new(NOON),
        duration_ms: 20,
        outcome: Outcome::Ok,
        calls: 1,
        rows: 1,
        bytes: 512,
        call_id: 0x0123_4567_89ab_cdef,
        pseudonym: None,
    }
}

/// A plain event of the reporting platform 1.
fn reported() -> PublicLeaf {
    PublicLeaf {
        key: RunKey::Reporter(SystemId::new(1)),
        entry: None,
        provider: None,
        consumer: None,
        items: 0,
        authorising_system: None,
        using_system: None,
        purpose: None,
        ..plain()
    }
}

/// A plain event of consumer 5 on version 2 of entry 2, without a grant.
fn without_grant() -> PublicLeaf {
    PublicLeaf {
        key: RunKey::Entry(EntryId::new(2), V2, DepartmentId::new(5)),
        entry: Some((EntryId::new(2), V2)),
        provider: Some(DepartmentId::new(4)),
        consumer: Some(DepartmentId::new(5)),
        ..plain()
    }
}

fn keyed(key: RunKey) -> PublicLeaf {
    let book = book();
    match key {
        RunKey::Grant(grant, version) => {
            let terms = book.grant(grant, version).unwrap();
            let entry = Some((terms.entry, terms.entry_version));
            PublicLeaf { key, entry, provider: Some(terms.provider), consumer: Some(terms.consumer), ..plain() }
        }
        RunKey::Entry(entry, version, consumer) => {
            let provider = book.provider(entry, version);
            PublicLeaf { key, entry: Some((entry, version)), provider, consumer: Some(consumer), ..plain() }
        }
        RunKey::Reporter(_) => PublicLeaf { key, ..reported() },
    }
}

fn any_key() -> impl Strategy<Value = RunKey> {
    prop_oneof![
        4 => prop::sample::select(book().grants.into_keys().collect::<Vec<_>>())
            .prop_map(|(grant, version)| RunKey::Grant(grant, version)),
        1 => (prop::sample::select(book().entries.into_keys().collect::<Vec<_>>()), any::<u32>())
            .prop_map(|((entry, version), consumer)| RunKey::Entry(entry, version, DepartmentId::new(consumer % 3))),
        1 => (0..3u32).prop_map(|reporter| RunKey::Reporter(SystemId::new(reporter))),
    ]
}

fn any_system() -> impl Strategy<Value = Option<SystemId>> {
    prop_oneof![Just(None), prop::sample::select(&[1, 2, 7, 9, u32::MAX][..]).prop_map(|id| Some(SystemId::new(id)))]
}

fn any_leaf() -> impl Strategy<Value = PublicLeaf> {
    let who = (any_key(), any::<u64>(), any::<bool>(), any_system(), any_system());
    let why = (prop::option::of(prop::sample::select(&[1u16, 4, 5, u16::MAX][..])), 0..5u8, 0..3u8, 0..3u8, 2..5u32);
    let what = (0..4000u64, any::<u32>(), prop_oneof![Just(1), any::<u32>()], prop_oneof![Just(1), any::<u32>()]);
    let tail = (any::<u64>(), any::<u64>(), any::<Option<u64>>());
    (who, why, what, tail).prop_map(|(who, why, what, (bytes, call_id, pseudonym))| {
        let base = keyed(who.0);
        let granted = match who.0 {
            RunKey::Grant(grant, version) => book().grant(grant, version).unwrap().items,
            RunKey::Entry(..) => u64::MAX,
            RunKey::Reporter(_) => 0,
        };
        let is_grant = matches!(who.0, RunKey::Grant(..));
        let code = |code: u8| [code];
        PublicLeaf {
            items: if who.2 && is_grant { who.1 } else { who.1 & granted },
            authorising_system: who.3,
            using_system: who.4,
            purpose: why.0.map(PurposeId::new),
            method: codec::Decode::decode(&mut &code(why.1)[..]).unwrap(),
            side: codec::Decode::decode(&mut &code(why.2)[..]).unwrap(),
            outcome: codec::Decode::decode(&mut &code(why.3)[..]).unwrap(),
            consumer: if is_grant { Some(DepartmentId::new(why.4)) } else { base.consumer },
            time: Moment::new(NOON + what.0),
            duration_ms: what.1,
            calls: what.2,
            rows: what.3,
            bytes,
            call_id,
            pseudonym,
            ..base
        }
    })
}

fn any_batch(max: usize) -> impl Strategy<Value = Vec<PublicLeaf>> {
    prop::collection::vec(any_leaf(), 1..max).prop_map(|mut leaves| {
        leaves.sort_by(canonical_order);
        leaves
    })
}

/// Random numbers that are the same on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        // splitmix64
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_batch_reads_back(leaves in any_batch(60)) {
        let body = encode(&leaves, &book()).unwrap();
        prop_assert_eq!(decode_accepted(&body, &book()), Ok(leaves.clone()));
        prop_assert_eq!(decode(&body, &book()), Ok(leaves));
    }

    #[test]
    fn a_cut_or_continued_body_is_refused(leaves in any_batch(12)) {
        let body = encode(&leaves, &book()).unwrap();
        for bytes in 0..body.len() {
            prop_assert!(decode(&body[..bytes], &book()).is_err());
        }
        let longer = [&body[..], &[0]].concat();
        prop_assert_eq!(decode(&longer, &book()), Err(DecodeError::Trailing { bytes: 1 }));
    }

    #[test]
    fn noise_never_panics(noise: Vec<u8>) {
        let body = [&[1], &noise[..]].concat();
        if let Ok(leaves) = decode(&body, &book()) {
            prop_assert_eq!(encode(&leaves, &book()), Ok(body));
        }
    }
}

#[test]
fn what_is_accepted_of_mutated_bodies_encodes_to_itself() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut random = Random(7);
    let book = book();
    let (mut accepted, mut mutants) = (0, 0);
    for _ in 0..60 {
        let leaves = any_batch(24).new_tree(&mut runner).unwrap().current();
        let body = encode(&leaves, &book).unwrap();
        for _ in 0..400 {
            let mut mutant = body.clone();
            for _ in 0..=random.below(2) {
                let place = random.below(mutant.len());
                match random.below(5) {
                    0 | 1 => mutant[place] ^= 1 << random.below(8),
                    2 => mutant[place] = random.next() as u8,
                    3 => mutant.insert(place, [0, 1, 0x80, 0xff][random.below(4)]),
                    _ => drop(mutant.remove(place)),
                }
            }
            mutants += 1;
            let unchecked = decode_accepted(&mutant, &book);
            if let Ok(read) = decode(&mutant, &book) {
                accepted += 1;
                assert_eq!(unchecked.as_ref(), Ok(&read));
                assert_eq!(encode(&read, &book), Ok(mutant));
            }
        }
    }
    // Random call ids and pseudonyms are a good part of a body, so that many mutants are bodies of other events.
    assert!(accepted > mutants / 100, "{accepted} of {mutants} accepted: the fuzzer no longer reaches the comparison");
}

#[test]
fn a_thousand_events_at_their_worst_stay_within_the_bound() {
    let worst = |place: u32| {
        let (ends, exception) = (SystemId::new(u32::MAX), DepartmentId::new(u32::MAX));
        PublicLeaf {
            items: u64::MAX,
            authorising_system: Some(ends),
            using_system: Some(ends),
            purpose: Some(PurposeId::new(u16::MAX)),
            consumer: Some(exception),
            method: if place.is_multiple_of(2) { Method::MessageQueue } else { Method::File },
            side: if place.is_multiple_of(2) { Side::Consumer } else { Side::DataManager },
            time: Moment::new(if place == 0 { 0 } else { u64::MAX }),
            duration_ms: u32::MAX,
            outcome: Outcome::Denied,
            calls: u32::MAX,
            rows: u32::MAX,
            bytes: u64::MAX,
            call_id: u64::MAX,
            pseudonym: Some(u64::MAX),
            ..plain()
        }
    };
    let mut leaves: Vec<_> = (0..EVENTS_MAX).map(worst).collect();
    leaves.sort_by(canonical_order);
    let body = encode(&leaves, &book()).unwrap();
    assert!(body.len() * 2 < BODY_BYTES_MAX as usize, "{} bytes", body.len());
    assert_eq!(decode(&body, &book()), Ok(leaves));
}

/// The shape of DESIGN §3a: a hub's batch over 200 of its grants, every field filled, pseudonyms for most events.
#[test]
fn an_event_of_realistic_entropy_takes_less_than_40_bytes() {
    let mut random = Random(3);
    let mut book = Book::default();
    for grant in 1..=200 {
        let items = random.next() | 1;
        book.grants.insert((GrantId::new(grant), V1), terms(grant, V1, items & 0xfff));
    }
    let mut leaves: Vec<_> = (0..EVENTS_MAX)
        .map(|_| {
            // Squared, so that a few grants have most of the events.
            let grant = GrantId::new((random.below(14) * random.below(14)) as u32 + 1);
            let terms = &book.grants[&(grant, V1)];
            PublicLeaf {
                key: RunKey::Grant(grant, V1),
                entry: Some((terms.entry, V1)),
                items: random.next() & terms.items,
                authorising_system: Some(terms.platforms[random.below(3)]),
                purpose: Some(terms.purposes[random.below(2)]),
                time: Moment::new(NOON + random.next() % 60_000),
                duration_ms: random.next() as u32 % 3_000,
                outcome: if random.below(30) == 0 { Outcome::Error } else { Outcome::Ok },
                rows: if random.below(4) == 0 { random.next() as u32 % 500 } else { 1 },
                bytes: random.next() % 60_000,
                call_id: random.next(),
                pseudonym: (random.below(10) > 0).then(|| random.next()),
                ..plain()
            }
        })
        .collect();
    leaves.sort_by(canonical_order);
    let body = encode(&leaves, &book).unwrap();
    let per_event = body.len() as f64 / f64::from(EVENTS_MAX);
    println!("{per_event:.1} bytes an event");
    assert!(per_event < 40.0, "{per_event:.1} bytes an event");
}

mod form {
    use super::*;

    #[test]
    fn a_body_is_what_the_layout_says() {
        let body = encode(&[plain()], &book()).unwrap();
        let expected: Vec<u8> = [
            &[1, 1][..],                              // version, one event
            &[1, 0, 0, 1, 1, 0],                      // one run under grants: grant 1, version 1, one event
            &[0b1011_0011], // items 011, authorising 10 (second of three), using 1, purpose 10 (second of two)
            &[0],           // no exceptions
            &[0x80, 0xf4, 0xa9, 0xd2, 0xf9, 0x33, 0], // time, no offset bits
            &[0b100, 0b1],  // service interface; provider
            &[0, 0, 0],     // outcome, calls and rows as usual
            &[20, 0x80, 4], // duration, bytes
            &[0],           // no pseudonym
            &[0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23, 0x01],
        ]
        .concat();
        assert_eq!(body, expected);
    }

    #[test]
    fn a_leaf_outside_its_grant_is_written_in_full() {
        let leaf = PublicLeaf {
            items: 0b111,
            authorising_system: Some(SystemId::new(77)),
            using_system: None,
            purpose: Some(PurposeId::new(3)),
            consumer: Some(DepartmentId::new(9)),
            ..plain()
        };
        let body = encode(&[leaf], &book()).unwrap();
        assert_eq!(body[8..16], [0, 1, 0, 1 | 2 | 8 | 16, 7, 77, 3, 9]);
        assert_eq!(decode(&body, &book()), Ok(vec![leaf]));
    }

    #[test]
    fn equal_events_are_two_events() {
        let body = encode(&[plain(), plain()], &book()).unwrap();
        assert_eq!(decode(&body, &book()), Ok(vec![plain(), plain()]));
    }

    #[test]
    fn the_order_is_run_then_time_then_call() {
        let later = PublicLeaf { time: Moment::new(NOON + 1), call_id: 0, ..plain() };
        let other_call = PublicLeaf { call_id: u64::MAX, ..plain() };
        let second_version = PublicLeaf { time: Moment::new(0), ..keyed(RunKey::Grant(GrantId::new(1), V2)) };
        let mut leaves = [reported(), without_grant(), second_version, later, other_call, plain()];
        leaves.sort_by(canonical_order);
        assert_eq!(leaves, [plain(), other_call, later, second_version, without_grant(), reported()]);
    }
}

mod encoding {
    use super::*;

    #[test]
    fn a_batch_has_one_to_a_thousand_events() {
        assert_eq!(encode(&[], &book()), Err(EncodeError::Count { count: 0 }));
        assert_eq!(encode(&[plain(); 1001], &book()), Err(EncodeError::Count { count: 1001 }));
        assert!(encode(&[plain(); 1000], &book()).is_ok());
    }

    #[test]
    fn disorder_is_refused_with_its_place() {
        let earlier = PublicLeaf { time: Moment::new(NOON - 1), ..plain() };
        assert_eq!(encode(&[plain(), plain(), earlier], &book()), Err(EncodeError::Order { place: 2 }));
        assert_eq!(encode(&[reported(), plain()], &book()), Err(EncodeError::Order { place: 1 }));
    }

    #[test]
    fn what_the_ledger_does_not_know_is_refused() {
        let (grant, entry) = (GrantId::new(5), EntryId::new(6));
        let leaf = PublicLeaf { key: RunKey::Grant(grant, V1), ..plain() };
        assert_eq!(encode(&[leaf], &book()), Err(UnknownTerms::Grant { grant, version: V1 }.into()));
        let leaf = PublicLeaf { key: RunKey::Entry(entry, V1, DepartmentId::new(3)), ..plain() };
        assert_eq!(encode(&[leaf], &book()), Err(UnknownTerms::Entry { entry, version: V1 }.into()));
    }

    #[test]
    fn a_leaf_that_contradicts_its_key_is_refused() {
        let refused = |leaf: PublicLeaf| {
            assert!(matches!(encode(&[leaf], &book()), Err(EncodeError::Form { place: 0, .. })), "{leaf:?}");
        };
        refused(PublicLeaf { entry: Some((EntryId::new(1), V1)), ..plain() });
        refused(PublicLeaf { provider: Some(DepartmentId::new(9)), ..plain() });
        refused(PublicLeaf { consumer: None, ..plain() });
        refused(PublicLeaf { consumer: Some(DepartmentId::new(6)), ..without_grant() });
        refused(PublicLeaf { provider: Some(DepartmentId::new(2)), ..without_grant() });
        refused(PublicLeaf { items: 1, ..reported() });
        refused(PublicLeaf { consumer: Some(DepartmentId::new(6)), ..reported() });
        refused(PublicLeaf { entry: Some((EntryId::new(2), V2)), ..reported() });
    }
}

/// One test an error; the bodies are those of [`plain`] and its like with one byte changed.
mod decoding {
    use super::*;

    fn body_of(leaves: &[PublicLeaf]) -> Vec<u8> {
        encode(leaves, &book()).unwrap()
    }

    #[track_caller]
    fn refuse(body: &[u8], error: DecodeError) {
        assert_eq!(decode(body, &book()), Err(error));
    }

    /// The body of `leaves` with one byte changed.
    fn with(leaves: &[PublicLeaf], place: usize, byte: u8) -> Vec<u8> {
        let mut body = body_of(leaves);
        body[place] = byte;
        body
    }

    fn range(what: &'static str, found: u64, min: u64, max: u64) -> DecodeError {
        DecodeError::Range { what, found, min, max }
    }

    #[test]
    fn over_the_bound() {
        let bytes = BODY_BYTES_MAX as usize + 1;
        refuse(&vec![1; bytes], DecodeError::TooLong { bytes });
    }

    #[test]
    fn another_version() {
        refuse(&with(&[plain()], 0, 2), DecodeError::Version { version: 2 });
    }

    #[test]
    fn no_events_or_too_many() {
        refuse(&[1, 0], range("the number of events", 0, 1, 1000));
        refuse(&[1, 0xe9, 7], range("the number of events", 1001, 1, 1000));
    }

    #[test]
    fn cut_and_continued() {
        refuse(&[], DecodeError::Truncated { bytes: 0 });
        refuse(&body_of(&[plain()])[..20], DecodeError::Truncated { bytes: 20 });
        let longer = [&body_of(&[plain()])[..], &[7, 7]].concat();
        refuse(&longer, DecodeError::Trailing { bytes: 2 });
    }

    #[test]
    fn a_number_in_a_longer_form() {
        refuse(&[1, 0x81, 0], DecodeError::Number);
    }

    #[test]
    fn bits_behind_a_column() {
        let seven_bits = [keyed(RunKey::Grant(GrantId::new(1), V2))];
        refuse(&with(&seven_bits, 8, 0b1000_0000), DecodeError::Padding);
    }

    #[test]
    fn more_runs_than_events() {
        refuse(&[1, 1, 2], range("runs under grants", 2, 0, 1));
        refuse(&[1, 1, 1, 1], range("runs under entries", 1, 0, 0));
        refuse(&[1, 1, 0, 1, 1], range("runs of reporters", 1, 0, 0));
    }

    #[test]
    fn runs_out_of_order_or_beyond_an_id() {
        let two = [plain(), keyed(RunKey::Grant(GrantId::new(1), V2))];
        refuse(&with(&two, 8, 1), DecodeError::RunOrder { run: 1 });
        let far = [1, 2, 0, 0, 2, 0xff, 0xff, 0xff, 0xff, 15, 1];
        refuse(&far, range("a reporter", u64::from(u32::MAX) + 1, 0, u32::MAX.into()));
    }

    #[test]
    fn runs_that_do_not_add_up() {
        let two = [plain(), reported()];
        refuse(&with(&two, 8, 1), DecodeError::RunSum { found: 3, count: 2 });
        refuse(&[1, 1, 0, 0, 0], DecodeError::RunSum { found: 0, count: 1 });
    }

    #[test]
    fn a_grant_or_entry_that_nobody_knows() {
        let (grant, entry) = (GrantId::new(5), EntryId::new(5));
        refuse(&with(&[plain()], 5, 5), UnknownTerms::Grant { grant, version: V1 }.into());
        refuse(&with(&[without_grant()], 5, 5), UnknownTerms::Entry { entry, version: V2 }.into());
    }

    #[test]
    fn a_place_outside_the_grant() {
        // Purpose 11: the third of two.
        refuse(&with(&[plain()], 8, 0b1111_0011), range("the place of a purpose", 3, 0, 2));
    }

    #[test]
    fn exceptions_that_are_none() {
        let beyond = PublicLeaf { purpose: Some(PurposeId::new(3)), ..plain() };
        let body = body_of(&[beyond]);
        assert_eq!(body[9..13], [1, 0, 8, 3]);
        refuse(&with(&[beyond], 11, 0), range("the set of an exception", 0, 1, 31));
        refuse(&with(&[beyond], 11, 32), range("the set of an exception", 32, 1, 31));
        refuse(&with(&[beyond], 10, 1), range("the gap before an exception", 1, 0, 0));
        refuse(&with(&[beyond], 9, 2), range("the number of exceptions", 2, 0, 1));
        // The grant contains purpose 4.
        refuse(&with(&[beyond], 12, 4), DecodeError::NotCanonical);
        // An event that no grant covers has no exceptions.
        refuse(&with(&[reported()], 7, 1), range("the number of exceptions", 1, 0, 0));
    }

    #[test]
    fn an_exception_too_many_for_the_events_that_are_left() {
        let odd = [PublicLeaf { rows: 2, ..plain() }, PublicLeaf { rows: 3, ..plain() }];
        let body = body_of(&odd);
        let at = body.windows(5).position(|bytes| bytes == [2, 0, 2, 0, 3]).unwrap();
        refuse(&with(&odd, at + 1, 1), range("the place of an exception", 2, 0, 1));
    }

    #[test]
    fn times_in_another_form() {
        let two = [plain(), PublicLeaf { time: Moment::new(NOON + 3), ..plain() }];
        let at = body_of(&two).windows(2).position(|bytes| bytes == [0x33, 2]).unwrap();
        refuse(&with(&two, at + 1, 65), range("the width of times", 65, 0, 64));
        // A wider column, and one without the smallest time.
        refuse(&with(&two, at + 1, 3), DecodeError::NotCanonical);
        refuse(&with(&two, at + 2, 0b1101), DecodeError::NotCanonical);
        let mut far = body_of(&[PublicLeaf { time: Moment::new(u64::MAX), ..plain() }]);
        let width = far.windows(3).position(|bytes| bytes == [0xff, 1, 0]).unwrap() + 2;
        far.splice(width..=width, [1, 1]);
        refuse(&far, range("the offset of a time", 1, 0, 0));
    }

    #[test]
    fn dictionaries_in_another_form() {
        let body = body_of(&[plain()]);
        let at = body.windows(2).position(|bytes| bytes == [0b100, 0b1]).unwrap();
        refuse(&with(&[plain()], at, 0), range("the set of methods", 0, 1, 31));
        refuse(&with(&[plain()], at, 32), range("the set of methods", 32, 1, 31));
        refuse(&with(&[plain()], at + 1, 8), range("the set of sides", 8, 1, 7));
        let sides = [Side::Provider, Side::Consumer, Side::DataManager];
        let three = sides.map(|side| PublicLeaf { side, call_id: side as u64, ..plain() });
        let at = body_of(&three).windows(3).position(|bytes| bytes == [0b100, 0b111, 0b10_0100]).unwrap();
        refuse(&with(&three, at + 2, 0b11_0100), range("a place in a set of codes", 3, 0, 2));
        // A code that no event has.
        refuse(&with(&three, at + 2, 0b01_0100), DecodeError::NotCanonical);
    }

    #[test]
    fn sparse_values_in_another_form() {
        let failed = PublicLeaf { outcome: Outcome::Error, ..plain() };
        let at = body_of(&[failed]).windows(5).position(|bytes| bytes == [0b100, 0b1, 1, 0, 1]).unwrap() + 2;
        refuse(&with(&[failed], at + 2, 3), range("an outcome", 3, 0, 2));
        refuse(&with(&[failed], at + 2, 0), DecodeError::NotCanonical);
    }

    #[test]
    fn events_out_of_order() {
        let two = [plain(), PublicLeaf { call_id: u64::MAX, ..plain() }];
        let mut body = body_of(&two);
        let at = body.len() - 16;
        body[at..].rotate_left(8);
        refuse(&body, DecodeError::NotCanonical);
    }
}

mod sealing {
    use super::*;

    #[test]
    fn header_and_body_belong_together() {
        let earlier = PublicLeaf { time: Moment::new(NOON - 9), ..reported() };
        let events = [(plain(), [[1; 32]; 6]), (earlier, [[2; 32]; 6])];
        let place =
            BatchPlace { genesis: [3; 32], stream: StreamId::new(4), first: EventNumber::new(5), previous: [6; 32] };
        let (header, body) = seal(place, &events, &book()).unwrap();
        let leaves = decode(&body, &book()).unwrap();
        assert_eq!(leaves, [plain(), earlier]);
        assert_eq!((header.count, header.time_base), (2, earlier.time));
        assert_eq!((header.stream, header.first, header.previous), (place.stream, place.first, place.previous));
        assert_eq!(header.public_root, public_root(&leaves));
        assert_eq!(header.sealed_root, sealed_root(&events));
        assert_eq!(header.body_digest, mulu_proofs::access::body_digest(&body));
        assert_eq!(header.body_bytes as usize, body.len());
        let hashes: [Digest32; 2] = leaves.try_into().map(|l: [PublicLeaf; 2]| l.map(|leaf| leaf.leaf())).unwrap();
        assert_eq!(header.public_root, tree::root(TreeKind::PublicEvents, &hashes));
    }
}
