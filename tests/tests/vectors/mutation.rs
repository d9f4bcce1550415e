//! Packages that were changed at random: both verifiers accept or refuse them alike, by the same link.

use super::{
    Genesis, OK,
    good::{Good, ledgers},
    python, verdict,
};
use mulu_proofs::{evidence::report::Checkpoint, records::RecordKind};
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
    let genesis = Genesis::Sample.file();
    let none: Option<Checkpoint> = None;
    let said = python::verdicts(packages.iter().map(|(_, package)| (&package[..], Genesis::Sample, &none)));
    let mut counts = BTreeMap::new();
    let mut differences = Vec::new();
    for ((name, package), python) in packages.iter().zip(said) {
        let ours = verdict(package, &genesis, None);
        *counts.entry(ours).or_default() += 1;
        if ours != python {
            differences.push(format!("{name}: {ours} in Rust, {python} in Python"));
        }
    }
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
    counts
}

#[test]
fn two_thousand_packages_with_changed_bytes_are_judged_alike() {
    let honest: Vec<(&str, Vec<u8>)> = ledgers().iter().map(|good| (good.name, good.package().to_bytes())).collect();
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

/// A record changed in its body or beside it; in half of the cases whoever signed it signs the call that it says now.
fn change_a_record(ledgers: &[Good], seed: u64) -> (String, Vec<u8>) {
    let mut random = Random(seed);
    let good = random.pick(ledgers);
    let mut world = good.world.clone();
    let numbers: Vec<_> = good.numbers.iter().copied().collect();
    let number = *random.pick(&numbers);
    let record = world.get_mut(number);
    let kind = record.kind;
    match random.below(16) {
        0 => record.signer = None,
        1 => record.extrinsic = None,
        2 => record.kind = *random.pick(RecordKind::ALL),
        3 => record.moment = mulu_proofs::ids::Moment::new(record.moment.get() ^ 1 << random.below(40)),
        4 => record.department = mulu_proofs::ids::DepartmentId::new(random.below(4) as u32),
        _ => random.change(&mut record.body),
    }
    let signer = (1..=u8::MAX).find(|seed| Some(super::sample::account(*seed)) == world.get(number).signer);
    let has_call = mulu_proofs::evidence::calls::expected_call(world.get(number)).is_some();
    let how = match signer {
        Some(signer) if has_call && world.acts.contains_key(&number) && random.below(2) == 0 => {
            world.sign_again(number, signer);
            "signed again"
        }
        _ => "as it was signed",
    };
    (format!("{}, seed {seed}: record {number} ({kind}), {how}", good.name), good.package_of(&world).to_bytes())
}
