//! A ledger with three batches, and lists of the events of one grant in it.

#![allow(dead_code, reason = "each test program uses its part")]

use super::{
    Block, World,
    content::{self, PLATFORM},
    key,
};
use codec::Encode;
use mulu_proofs::{
    access::{BatchRecord, PublicLeaf, RunNumbers, Series},
    catalog::List,
    evidence::{Claim, ListProof, Package, RunProof, Upper},
    hash::{TreeKind, blake2_256},
    ids::{Digest32, EventNumber, GrantId, Height, RecordNumber, SeriesNumber},
    records::{Record, RecordKind},
    state, tree,
};

/// The grant's series: the sample numbers its first three events 41 to 43.
pub fn series() -> Series {
    Series::Grant(content::GRANT)
}

/// A ledger with three batches in three blocks: events 41 to 43, 44 to 46 and 47 to 49 of the grant, and others.
pub struct Batches {
    pub world: World,
    pub records: Vec<RecordNumber>,
}

impl Batches {
    pub fn new() -> Self {
        let world = content::world();
        let first = world.nth(RecordKind::BatchAccepted, 0);
        let mut ledger = Self { world, records: vec![first] };
        ledger.add();
        ledger.add();
        ledger.world.next_block();
        ledger
    }

    /// One more batch in a block of its own.
    pub fn add(&mut self) {
        let turn = self.records.len() as u64;
        let mut batch: BatchRecord = self.world.get(self.records[0]).body_as().expect("as the sample is");
        batch.header.first = EventNumber::new(11 + 5 * turn);
        let runs = batch
            .runs
            .iter()
            .map(|run| RunNumbers { first: SeriesNumber::new(run.first.get() + u64::from(run.count) * turn), ..*run });
        batch.runs = List::try_from(runs.collect::<Vec<_>>()).expect("as the sample is");
        sign(&self.world, &mut batch);
        self.world.next_block();
        self.records.push(self.world.record(RecordKind::BatchAccepted, 2, Some(PLATFORM), &batch));
    }

    /// Height of the block of the batch at a place.
    pub fn height(&self, place: usize) -> u32 {
        let held = |block: &Block| block.records.iter().any(|record| record.number == self.records[place]);
        u32::try_from(self.world.blocks.iter().position(held).expect("recorded")).expect("few")
    }

    /// Afterwards the platform's key is reported compromised, and these events of its stream are repudiated; the authority decides on it.
    pub fn repudiated(first: u64, last: u64, upheld: bool) -> Self {
        let mut ledger = Self::new();
        let world = &mut ledger.world;
        content::repudiate(world, first, last);
        let repudiation = world.nth(RecordKind::EventsRepudiated, 0);
        content::decide(world, repudiation, upheld);
        world.next_block();
        ledger
    }

    /// The list of the batches at these places, between batches or ends of the series.
    pub fn package(&self, shown: &[usize], before: Option<usize>, after: After) -> Package {
        self.package_with(shown, before, after, |_| false)
    }

    /// The same with other records beside it.
    pub fn package_with(
        &self,
        shown: &[usize],
        before: Option<usize>,
        after: After,
        others: impl Fn(&Record) -> bool,
    ) -> Package {
        let stream = |record: &Record| record.kind == RecordKind::StreamOpened;
        let mut numbers = self.world.needed(stream);
        if shown.is_empty() {
            numbers.clear();
        }
        numbers.extend(self.world.needed(others));
        let beside = if let After::Batch(place) = after { Some(place) } else { None };
        for place in shown.iter().copied().chain(before).chain(beside) {
            numbers.insert(self.records[place]);
        }
        let mut package = self.world.package(0, &numbers, &[]);
        let place_of = |batch: usize| {
            let place = numbers.iter().position(|number| *number == self.records[batch]).expect("as the sample is");
            u32::try_from(place).expect("as the sample is")
        };
        let leaves: Vec<PublicLeaf> = self.world.events.iter().map(|(leaf, _)| *leaf).collect();
        let hashes: Vec<Digest32> = leaves.iter().map(PublicLeaf::leaf).collect();
        let run = |batch: &usize| RunProof {
            batch: place_of(*batch),
            leaves: leaves[..3].iter().map(PublicLeaf::bytes).collect(),
            range: tree::range(TreeKind::PublicEvents, &hashes, 0, 3).expect("as the sample is"),
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

    pub fn tip(&self) -> u32 {
        u32::try_from(self.world.blocks.len()).expect("as the sample is") - 1
    }

    /// Says in the state of every block that the series has so many events, and proves it.
    pub fn state(&mut self, last: Option<u64>) -> After {
        let other = Series::Grant(GrantId::new(999));
        let (series, last) = last.map_or((other, 1), |last| (series(), last));
        let node = leaf_node(&state::last_in_series_key(series), &(last, [0_u8; 20]).encode());
        self.world.state_root = blake2_256(&node);
        After::State(vec![node])
    }
}

/// What shows the end.
#[derive(Clone)]
pub enum After {
    Batch(usize),
    State(Vec<Vec<u8>>),
}

fn sign(world: &World, batch: &mut BatchRecord) {
    batch.signature = key(PLATFORM).sign(&batch.header.signing_bytes(&world.genesis.domain())).to_bytes();
}

/// A trie of one key and its short value: the root is a leaf.
fn leaf_node(key: &[u8], value: &[u8]) -> Vec<u8> {
    let nibbles = key.len() * 2;
    let mut node = vec![0x40 | 63];
    let mut more = nibbles - 63;
    while more >= 255 {
        node.push(255);
        more -= 255;
    }
    node.push(u8::try_from(more).expect("below 255"));
    node.extend_from_slice(key);
    value.encode_to(&mut node);
    node
}

/// The list of a package.
pub fn list(package: &mut Package) -> &mut ListProof {
    match &mut package.claim {
        Claim::List(list) => list,
        Claim::Event(_) | Claim::Filing(_) => unreachable!("a list"),
    }
}
