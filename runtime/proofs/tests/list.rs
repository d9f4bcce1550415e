//! Complete lists: every event of a series between two heights, and each way to hide one, add one or move the ends is refused.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod sample;

use codec::Encode;
use mulu_proofs::{
    access::{BatchRecord, EventFindings, Findings, PublicLeaf, RunNumbers, Series},
    catalog::List,
    evidence::{
        Claim, ListProof, Package, RunProof, Upper,
        package::LIST_EVENTS_MAX,
        report::{Link, Report},
        verify,
    },
    hash::TreeKind,
    ids::{Digest32, EventNumber, GrantId, Height, RecordNumber, SeriesNumber},
    records::RecordKind,
    state, tree,
};
use sample::{
    World,
    content::{self, PLATFORM},
    key,
};
use sp_core::storage::StateVersion;
use sp_runtime::traits::BlakeTwo256;
use sp_state_machine::{InMemoryBackend, prove_read};

/// The grant's series: the sample numbers its first three events 41 to 43.
fn series() -> Series {
    Series::Grant(content::GRANT)
}

/// A ledger with three batches in three blocks: events 41 to 43, 44 to 46 and 47 to 49 of the grant, and others.
struct Batches {
    world: World,
    records: Vec<RecordNumber>,
}

impl Batches {
    fn new() -> Self {
        let mut world = content::world();
        let first = world.nth(RecordKind::BatchAccepted, 0);
        let mut records = vec![first];
        for turn in 1..3 {
            let mut batch: BatchRecord = world.get(first).body_as().unwrap();
            batch.header.first = EventNumber::new(11 + 5 * turn);
            let runs = batch.runs.iter().map(|run| RunNumbers {
                first: SeriesNumber::new(run.first.get() + u64::from(run.count) * turn),
                ..*run
            });
            batch.runs = List::try_from(runs.collect::<Vec<_>>()).unwrap();
            sign(&world, &mut batch);
            world.next_block();
            records.push(world.record(RecordKind::BatchAccepted, 2, Some(PLATFORM), &batch));
        }
        world.next_block();
        Self { world, records }
    }

    /// Height of the block of the batch at a place.
    fn height(&self, place: usize) -> u32 {
        let held = |block: &sample::Block| block.records.iter().any(|record| record.number == self.records[place]);
        u32::try_from(self.world.blocks.iter().position(held).unwrap()).unwrap()
    }

    /// The list of the batches at these places, between batches or ends of the series.
    fn package(&self, shown: &[usize], before: Option<usize>, after: After) -> Package {
        let stream = |record: &mulu_proofs::records::Record| record.kind == RecordKind::StreamOpened;
        let mut numbers = self.world.needed(stream);
        if shown.is_empty() {
            numbers.clear();
        }
        let beside = if let After::Batch(place) = after { Some(place) } else { None };
        for place in shown.iter().copied().chain(before).chain(beside) {
            numbers.insert(self.records[place]);
        }
        let mut package = self.world.package(0, &numbers, &[]);
        let place_of = |batch: usize| {
            let place = numbers.iter().position(|number| *number == self.records[batch]).unwrap();
            u32::try_from(place).unwrap()
        };
        let leaves: Vec<PublicLeaf> = self.world.events.iter().map(|(leaf, _)| *leaf).collect();
        let hashes: Vec<Digest32> = leaves.iter().map(PublicLeaf::leaf).collect();
        let run = |batch: &usize| RunProof {
            batch: place_of(*batch),
            leaves: leaves[..3].iter().map(PublicLeaf::bytes).collect(),
            range: tree::range(TreeKind::PublicEvents, &hashes, 0, 3).unwrap(),
        };
        package.claim = Claim::List(ListProof {
            series: series(),
            above: Height::new(before.map_or(0, |place| self.height(place))),
            until: Height::new(beside.map_or_else(|| self.tip(), |place| self.height(place) - 1)),
            runs: shown.iter().map(run).collect(),
            before: before.map(place_of),
            after: match after {
                After::Batch(place) => Upper::Batch(place_of(place)),
                After::State(nodes) => Upper::State(nodes),
            },
        });
        package
    }

    fn tip(&self) -> u32 {
        u32::try_from(self.world.blocks.len()).unwrap() - 1
    }

    /// Says in the state of every block that the series has so many events, and proves it.
    fn state(&mut self, last: Option<u64>) -> After {
        let key = state::last_in_series_key(series());
        let other = state::last_in_series_key(Series::Grant(GrantId::new(999)));
        let mut pairs = vec![(other, Some(1_u64.encode()))];
        pairs.extend(last.map(|last| (key.clone(), Some(last.encode()))));
        let backend = InMemoryBackend::<BlakeTwo256>::default().update(vec![(None, pairs)], StateVersion::V1);
        self.world.state_root = backend.root().0;
        let nodes: Vec<Vec<u8>> = prove_read(backend, [&key[..]]).unwrap().into_iter_nodes().collect();
        After::State(state::arrange(&self.world.state_root, &key, &nodes).unwrap())
    }

    fn verify(&self, package: &Package) -> Report {
        verify(&package.to_bytes(), &self.world.genesis, None)
    }

    /// The link that fails.
    fn fails(&self, package: &Package) -> Link {
        let report = self.verify(package);
        assert!(report.facts.is_none());
        report.failure.expect("something is wrong with it").link
    }
}

/// What shows the end.
enum After {
    Batch(usize),
    State(Vec<Vec<u8>>),
}

fn sign(world: &World, batch: &mut BatchRecord) {
    batch.signature = key(PLATFORM).sign(&batch.header.signing_bytes(&world.genesis.domain())).to_bytes();
}

fn list(package: &mut Package) -> &mut ListProof {
    match &mut package.claim {
        Claim::List(list) => list,
        Claim::Event(_) | Claim::Filing(_) => unreachable!("a list"),
    }
}

#[test]
fn a_list_between_two_batches_is_all_that_was_reported_between_them() {
    let ledger = Batches::new();
    let package = ledger.package(&[1], Some(0), After::Batch(2));
    let report = ledger.verify(&package);
    assert_eq!(report.failure, None);
    let facts = report.list().unwrap();
    let numbers: Vec<u64> = facts.events.iter().map(|event| event.number.get()).collect();
    assert_eq!(numbers, [44, 45, 46]);
    assert_eq!(facts.first, SeriesNumber::new(44));
    let events: Vec<u64> = facts.events.iter().map(|event| event.event.get()).collect();
    assert_eq!(events, [16, 17, 18]);
    assert!(facts.events.iter().all(|event| event.record == ledger.records[1]));
    assert_eq!((facts.above.get(), facts.until.get()), (ledger.height(0), ledger.height(2) - 1));
    assert_eq!(facts.reporters.len(), 1);
    let leaves = ledger.world.events[..3].iter().map(|(leaf, _)| leaf);
    let calls: u64 = leaves.clone().map(|leaf| u64::from(leaf.calls)).sum();
    let rows: u64 = leaves.map(|leaf| u64::from(leaf.rows)).sum();
    assert_eq!((facts.totals.events, facts.totals.calls, facts.totals.rows), (3, calls, rows));
    let found = facts.events.iter().filter(|event| !event.findings.is_empty()).count();
    assert_eq!(facts.totals.with_findings, found as u64);
    assert!(facts.signatures.iter().any(|signed| signed.act == RecordKind::StreamOpened));
}

#[test]
fn a_list_up_to_the_tip_rests_on_the_state() {
    let mut ledger = Batches::new();
    let after = ledger.state(Some(49));
    let package = ledger.package(&[1, 2], Some(0), after);
    let report = ledger.verify(&package);
    assert_eq!(report.failure, None);
    assert_eq!(report.list().unwrap().events.len(), 6);
    for wrong in [Some(50), Some(48), None] {
        let after = ledger.state(wrong);
        assert_eq!(ledger.fails(&ledger.package(&[1, 2], Some(0), after)), Link::Bounds, "{wrong:?}");
    }
    // The proof of another state.
    let after = ledger.state(Some(49));
    ledger.world.state_root = [1; 32];
    assert_eq!(ledger.fails(&ledger.package(&[1, 2], Some(0), after)), Link::Bounds);
}

#[test]
fn nothing_reported_is_a_list_too() {
    let mut ledger = Batches::new();
    let empty = ledger.package(&[], Some(0), After::Batch(1));
    let report = ledger.verify(&empty);
    assert_eq!(report.failure, None);
    let facts = report.list().unwrap();
    assert!(facts.events.is_empty());
    assert_eq!((facts.first, facts.first_recorded_at), (SeriesNumber::new(44), None));
    let after = ledger.state(Some(49));
    assert_eq!(ledger.verify(&ledger.package(&[], Some(2), after)).failure, None);
    // A series without any event.
    let after = ledger.state(None);
    assert_eq!(ledger.verify(&ledger.package(&[], None, after)).failure, None);
    assert_eq!(ledger.fails(&ledger.package(&[], Some(0), After::Batch(2))), Link::Bounds, "batch 1 is between them");
}

#[test]
fn a_batch_that_is_left_out_is_missed() {
    let mut ledger = Batches::new();
    assert_eq!(ledger.fails(&ledger.package(&[1], None, After::Batch(2))), Link::List, "at the beginning");
    let after = ledger.state(Some(49));
    assert_eq!(ledger.fails(&ledger.package(&[2], Some(0), after)), Link::List, "in the middle");
    let after = ledger.state(Some(49));
    assert_eq!(ledger.fails(&ledger.package(&[1], Some(0), after)), Link::Bounds, "at the end");
}

#[test]
fn events_cannot_be_taken_out_added_exchanged_or_shown_twice() {
    let ledger = Batches::new();
    let honest = ledger.package(&[1], Some(0), After::Batch(2));
    let changes: [(&str, fn(&mut ListProof)); 7] = [
        ("one less at the end", |list| list.runs[0].leaves.truncate(2)),
        ("one less in the middle", |list| {
            list.runs[0].leaves.remove(1);
        }),
        ("one more", |list| {
            let leaf = list.runs[0].leaves[0];
            list.runs[0].leaves.push(leaf);
        }),
        ("another order", |list| list.runs[0].leaves.swap(0, 2)),
        ("a run twice", |list| {
            let run = list.runs[0].clone();
            list.runs.push(run);
        }),
        ("another byte", |list| list.runs[0].leaves[0][60] ^= 1),
        ("a leaf that does not read", |list| list.runs[0].leaves[0][127] = 1),
    ];
    for (what, change) in changes {
        let mut forged = honest.clone();
        change(list(&mut forged));
        assert_eq!(ledger.fails(&forged), Link::List, "{what}");
    }
    let mut forged = honest.clone();
    list(&mut forged).runs.clear();
    assert_eq!(ledger.fails(&forged), Link::Bounds, "the whole run");
    let mut forged = honest;
    list(&mut forged).runs[0].range.siblings.clear();
    assert_eq!(ledger.fails(&forged), Link::List, "no siblings");
}

#[test]
fn the_ends_cannot_be_moved() {
    let ledger = Batches::new();
    let honest = ledger.package(&[1], Some(0), After::Batch(2));
    let [first, shown, last] = [0, 1, 2].map(|place| ledger.height(place));
    let tip = ledger.tip();
    let moved =
        [(first - 1, last - 1), (first, last), (shown, last - 1), (first, first), (last, first), (first, tip + 1)];
    for (above, until) in moved {
        let mut forged = honest.clone();
        (list(&mut forged).above, list(&mut forged).until) = (Height::new(above), Height::new(until));
        assert_eq!(ledger.fails(&forged), Link::Bounds, "{above} to {until}");
    }
    // What stands beside the list must be of the series.
    for other in [Series::Grant(GrantId::new(999)), Series::Grant(GrantId::new(0))] {
        let mut forged = ledger.package(&[], Some(0), After::Batch(1));
        list(&mut forged).series = other;
        assert_eq!(ledger.fails(&forged), Link::Bounds, "{other}");
    }
}

#[test]
fn every_batch_needs_its_signature_and_its_stream() {
    let mut ledger = Batches::new();
    let package = ledger.package(&[1], Some(0), After::Batch(2));
    let opened = ledger.world.nth(RecordKind::StreamOpened, 0);
    let stream = ledger.world.needed(|record| record.kind == RecordKind::StreamOpened);
    assert!(stream.contains(&opened));
    let mut without = package.clone();
    let place = without
        .records
        .iter()
        .position(|record| mulu_proofs::records::Record::read(&record.record).unwrap().number == opened);
    // Another record in its place keeps every place right.
    without.records[place.unwrap()] = without.records[0].clone();
    assert!(!ledger.verify(&without).is_verified());
    let number = ledger.records[1];
    ledger.world.edit(number, |batch: &mut BatchRecord| batch.signature[0] ^= 1);
    assert_eq!(ledger.fails(&ledger.package(&[1], Some(0), After::Batch(2))), Link::Batch);
}

#[test]
fn a_finding_is_told_with_its_event() {
    let mut ledger = Batches::new();
    let number = ledger.records[1];
    let late = EventFindings { place: 1, findings: Findings::LATE };
    ledger.world.edit(number, |batch: &mut BatchRecord| batch.findings = List::try_from(vec![late]).unwrap());
    let report = ledger.verify(&ledger.package(&[1], Some(0), After::Batch(2)));
    let facts = report.list().unwrap();
    let found: Vec<usize> = facts.events.iter().map(|event| event.findings.len()).collect();
    assert_eq!(found, [0, 1, 0]);
    assert_eq!(facts.events[1].findings, ["late"]);
}

#[test]
fn a_list_keeps_to_its_bounds_and_names_records_that_are_there() {
    let ledger = Batches::new();
    let honest = ledger.package(&[1], Some(0), After::Batch(2));
    let changes: [(&str, fn(&mut ListProof)); 6] = [
        ("events", |list| list.runs[0].leaves = vec![[0; 128]; LIST_EVENTS_MAX + 1]),
        ("siblings", |list| list.runs[0].range.siblings = vec![[0; 32]; 81]),
        ("nodes", |list| list.after = Upper::State(vec![Vec::new(); 129])),
        ("a node", |list| list.after = Upper::State(vec![vec![0; 16 * 1024 + 1]])),
        ("place of a run", |list| list.runs[0].batch = 999),
        ("place behind", |list| list.after = Upper::Batch(999)),
    ];
    for (what, change) in changes {
        let mut forged = honest.clone();
        change(list(&mut forged));
        assert_eq!(ledger.fails(&forged), Link::Container, "{what}");
    }
    let mut forged = honest;
    list(&mut forged).before = Some(999);
    assert_eq!(ledger.fails(&forged), Link::Container);
}
