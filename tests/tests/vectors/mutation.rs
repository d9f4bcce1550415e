//! Packages that were changed at random: both verifiers accept or refuse them alike, by the same link.

use super::{
    Genesis, OK, Vector,
    good::{Good, ledgers},
    python,
    sample::{World, account, content},
    vectors, verdict,
};
use mulu_proofs::{
    access::{BatchRecord, PublicLeaf},
    evidence::{calls::expected_call, report::Checkpoint},
    hash::blake2_256,
    ids::{DepartmentId, Moment, RecordNumber},
    records::RecordKind,
};
use std::collections::BTreeMap;

/// Packages whose bytes are changed.
const BYTES_CHANGED: usize = 2_000;
/// Packages of ledgers of which a record was changed, and everything recomputed that the validators' keys can.
const RECORDS_CHANGED: usize = 1_500;

/// SplitMix64: the same numbers of the same seed, everywhere and for ever.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// Turns a bit, exchanges a byte, takes bytes away, puts bytes in, or copies a piece to another place.
    fn change(&mut self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return bytes.push(self.next() as u8);
        }
        let place = self.below(bytes.len());
        match self.below(8) {
            0..=2 => bytes[place] ^= 1 << self.below(8),
            3 => bytes[place] = self.next() as u8,
            4 => bytes[place] = *self.pick(&[0, 1, 2, 3, 4, 0x7f, 0x80, 0xff]),
            5 => drop(bytes.drain(place..bytes.len().min(place + 1 + self.below(4)))),
            6 => bytes.insert(place, self.next() as u8),
            _ => {
                let length = 1 + self.below(32.min(bytes.len() - place));
                let piece = bytes[place..place + length].to_vec();
                let to = self.below(bytes.len() - length + 1);
                bytes[to..to + length].copy_from_slice(&piece);
            }
        }
    }
}

/// Compares what both verifiers say of each package, and counts it.
fn compare(packages: &[(String, Vec<u8>)]) -> BTreeMap<&'static str, usize> {
    let none: Option<Checkpoint> = None;
    let said = python::verdicts(packages.iter().map(|(_, package)| (&package[..], Genesis::Sample, &none)));
    let mut counts = BTreeMap::new();
    let mut differences = Vec::new();
    for ((name, package), python) in packages.iter().zip(said) {
        let ours = verdict(package, Genesis::Sample, None);
        *counts.entry(ours).or_default() += 1;
        if ours != python {
            differences.push(format!("{name}: {ours} in Rust, {python} in Python"));
        }
    }
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
    counts
}

/// Whether a vector holds for whoever brings nothing but the genesis file.
fn holds(vector: &Vector) -> bool {
    vector.expected == OK && vector.genesis == Genesis::Sample && vector.checkpoint.is_none()
}

#[test]
fn two_thousand_packages_with_changed_bytes_are_judged_alike() {
    let honest: Vec<(String, Vec<u8>)> =
        vectors().into_iter().filter(holds).map(|good| (good.name, good.package)).collect();
    let changed: Vec<(String, Vec<u8>)> = (0..BYTES_CHANGED)
        .map(|seed| {
            let mut random = Random(seed as u64);
            let (name, bytes) = random.pick(&honest);
            let mut bytes = bytes.clone();
            random.change(&mut bytes);
            (format!("{name}, seed {seed}"), bytes)
        })
        .collect();
    let counts = compare(&changed);
    assert!(counts.len() > 5, "changes reach many links: {counts:?}");
}

#[test]
fn packages_of_ledgers_with_a_changed_record_are_judged_alike() {
    let ledgers = ledgers();
    let changed: Vec<(String, Vec<u8>)> =
        (0..RECORDS_CHANGED).map(|seed| change_a_record(&ledgers, 1_000_000 + seed as u64)).collect();
    let counts = compare(&changed);
    assert!(counts.len() > 12 && counts.contains_key(OK), "changes reach most links: {counts:?}");
}

/// One or two changes to the records of a ledger, to what was signed, or to the event itself.
fn change_a_record(ledgers: &[Good], seed: u64) -> (String, Vec<u8>) {
    let mut random = Random(seed);
    let good = random.pick(ledgers);
    let mut world = good.world.clone();
    let mut said = format!("{}, seed {seed}", good.name);
    let numbers: Vec<_> = good.numbers.iter().copied().collect();
    for _ in 0..1 + random.below(2) {
        let number = *random.pick(&numbers);
        let how = match random.below(8) {
            0 => change_the_event(&mut random, &mut world, good.place),
            1 => change_an_act(&mut random, &mut world, number),
            _ => change_the_record(&mut random, &mut world, number),
        };
        said += &format!("; record {number} ({}): {how}", world.get(number).kind);
    }
    (said, good.package_of(&world).to_bytes())
}

/// In its body or beside it; in half of the cases whoever signed it signs the call that it says now.
fn change_the_record(random: &mut Random, world: &mut World, number: RecordNumber) -> &'static str {
    let record = world.get_mut(number);
    match random.below(16) {
        0 => record.signer = None,
        1 => record.extrinsic = None,
        2 => record.kind = *random.pick(RecordKind::ALL),
        3 => record.moment = Moment::new(record.moment.get() ^ 1 << random.below(40)),
        4 => record.department = DepartmentId::new(random.below(4) as u32),
        _ => random.change(&mut record.body),
    }
    let signer = (1..=u8::MAX).find(|seed| Some(account(*seed)) == world.get(number).signer);
    let has_call = expected_call(world.get(number)).is_some();
    match signer {
        Some(signer) if has_call && world.acts.contains_key(&number) && random.below(2) == 0 => {
            world.sign_again(number, signer);
            "changed and signed again"
        }
        _ => "changed",
    }
}

/// The record names the changed extrinsic.
fn change_an_act(random: &mut Random, world: &mut World, number: RecordNumber) -> &'static str {
    let Some((bytes, implicit)) = world.acts.get_mut(&number) else { return "has no act" };
    match random.below(4) {
        0 => implicit.mortality[0] ^= 1,
        1 => implicit.spec_version = random.below(2) as u32,
        _ => random.change(bytes),
    }
    let hash = blake2_256(bytes);
    world.get_mut(number).extrinsic = Some(hash);
    "act changed"
}

/// The platform lies about it, and signs that.
fn change_the_event(random: &mut Random, world: &mut World, place: usize) -> &'static str {
    let mut bytes = world.events[place].0.bytes().to_vec();
    bytes[random.below(96)] ^= 1 << random.below(8);
    let Some(leaf) = PublicLeaf::read(&bytes) else { return "leaf not canonical, left as it was" };
    let batch = world.all(RecordKind::BatchAccepted).first().copied();
    if batch.is_some_and(|number| world.get(number).body_as::<BatchRecord>().is_ok()) {
        world.events[place].0 = leaf;
        content::sign_batch_again(world);
    }
    "leaf changed"
}
