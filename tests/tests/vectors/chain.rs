//! The filing's package under headers, histories and record logs that its validators signed as they stand here.

use super::{
    OK, Vector, good,
    sample::{World, certify, content, header, set_of},
};
use codec::{Compact, Encode};
use mulu_proofs::{
    certificate::ValidatorSet,
    evidence::{FinalHeader, Package, ProvenHeader, ProvenRecord, SetChange},
    hash::{Suite, TreeKind, blake2_256},
    header::{HISTORY_ENGINE_ID, HeaderView, History, RECORDS_ENGINE_ID, RecordLog, history_leaf},
    ids::{DepartmentId, Digest32, Height, RecordNumber},
    records::{Record, RecordKind, leaf_of},
    tree::{self, Path},
};

pub(crate) fn vectors() -> Vec<Vector> {
    let world = content::world();
    let filing = content::filing(&world);
    let mut vectors = sets(&world, &filing);
    vectors.extend(histories(&world, &filing));
    vectors.extend(headers(&world, &filing));
    vectors.extend(records(&world, &filing));
    vectors
}

fn tip_height(package: &Package) -> u32 {
    good::tip_of(package).height.get()
}

/// The package under another tip.
fn under(world: &World, package: &Package, header: Vec<u8>) -> Package {
    let certificate = certify(&world.genesis, tip_height(package), &header, &content::SECOND_SET);
    Package { tip: FinalHeader { header, certificate }, ..package.clone() }
}

/// The history item of the package's tip.
fn history_of(package: &Package) -> ([u8; 4], Vec<u8>) {
    (HISTORY_ENGINE_ID, HeaderView::read(&package.tip.header).unwrap().history.unwrap().encode())
}

// Validator sets.

fn sets(world: &World, filing: &Package) -> Vec<Vector> {
    let set = || set_of(&content::SECOND_SET);
    let changed = |height, items: &[([u8; 4], Vec<u8>)], set: ValidatorSet| {
        let header = header([3; 32], height, items);
        let certificate = certify(&world.genesis, height, &header, &content::SECOND_SET);
        let mut package = filing.clone();
        package.sets.push(SetChange { header, certificate, set });
        package.to_bytes()
    };
    let announced = [good::announces(&set())];
    vec![
        Vector::new("validator-set-of-nobody", changed(7, &[], set()), "validator_set"),
        Vector::new("certificate-tip-at-a-set-change", changed(tip_height(filing), &announced, set()), "certificate"),
    ]
}

// The history.

fn histories(world: &World, filing: &Package) -> Vec<Vector> {
    let headers = world.headers();
    let height = tip_height(filing) as usize;
    let leaves: Vec<Digest32> =
        (0..height).map(|h| history_leaf(Height::new(h as u32), &blake2_256(&headers[h]))).collect();
    // The tip names a history of these leaves, and each header is proven at the place that it has there.
    let over = |leaves: &[Digest32]| {
        let root = tree::root(TreeKind::History, leaves);
        let item = (HISTORY_ENGINE_ID, History { suite: Suite::default(), root }.encode());
        let mut package = under(world, filing, header([3; 32], height as u32, &[item]));
        for shown in &mut package.headers {
            let view = HeaderView::read(&shown.header).unwrap();
            let own = history_leaf(view.height, &view.hash);
            let place = leaves.iter().position(|leaf| *leaf == own).unwrap();
            shown.path = tree::path(TreeKind::History, leaves, place);
        }
        package.to_bytes()
    };
    let mut exchanged = leaves.clone();
    exchanged.swap(0, 1);
    let longer = [&leaves[..], &[[1; 32]]].concat();
    // The first header twice, the second time for all of its records but the first.
    let mut twice = filing.clone();
    twice.headers.insert(1, twice.headers[0].clone());
    twice.records[1..].iter_mut().for_each(|record| record.header += 1);
    let without = under(world, filing, header([3; 32], height as u32, &[]));
    vec![
        Vector::new("filing-another-tip", over(&leaves), OK),
        Vector::new("history-another-order", over(&exchanged), "history"),
        Vector::new("history-another-length", over(&longer), "history"),
        Vector::new("history-header-twice", twice.to_bytes(), "history"),
        Vector::new("history-of-nothing", without.to_bytes(), "history"),
    ]
}

// What stands in a header.

fn headers(world: &World, filing: &Package) -> Vec<Vector> {
    let height = Compact(tip_height(filing)).encode();
    let item = |code: u8, engine: &[u8], data: &[u8]| [&[code][..], engine, &data.encode()].concat();
    let (engine, history) = history_of(filing);
    let ours = item(4, &engine, &history);
    let others =
        [item(0, &[], b"other"), item(4, b"aura", &[1, 2]), item(5, &engine, &[3]), item(6, b"mulR", &[]), vec![8]];
    let seal = item(7, b"mulH", &history);
    let of = |height: &[u8], items: &[&[u8]], behind: &[u8]| {
        let count = Compact(items.len() as u32).encode();
        [&[3; 32][..], height, &[7; 32], &[8; 32], &count, &items.concat(), behind].concat()
    };
    let all: Vec<&[u8]> = others.iter().map(Vec::as_slice).chain([&ours[..]]).collect();
    let cases: [(&str, Vec<u8>, &str); 5] = [
        ("filing-tip-with-other-items", of(&height, &all, &[]), OK),
        ("certificate-tip-with-a-history-twice", of(&height, &[&ours, &ours], &[]), "certificate"),
        ("certificate-tip-with-an-item-of-code-7", of(&height, &[&ours, &seal], &[]), "certificate"),
        ("certificate-tip-with-a-byte-behind", of(&height, &[&ours], &[0]), "certificate"),
        ("certificate-tip-with-a-longer-height", of(&[height[0] | 1, 0], &[&ours], &[]), "certificate"),
    ];
    cases
        .into_iter()
        .map(|(name, header, says)| Vector::new(name, under(world, filing, header).to_bytes(), says))
        .collect()
}

// Records.

/// A record in the tip: the log that the tip has of it, and its bytes.
struct Shown {
    log: Option<RecordLog>,
    record: Vec<u8>,
}

/// The registration of a department behind the package's last record.
fn registration(filing: &Package) -> Record {
    let last = Record::read(&filing.records.last().unwrap().record).unwrap();
    let body = content::department(2).encode();
    let number = last.number.next();
    let (signer, extrinsic, department) = (None, None, DepartmentId::new(0));
    Record { number, kind: RecordKind::DepartmentRegistered, signer, extrinsic, department, body, ..last }
}

impl Shown {
    fn new(record: Vec<u8>, first: RecordNumber) -> Self {
        let root = tree::root(TreeKind::Records, &[leaf_of(&record)]);
        Self { log: Some(RecordLog { suite: Suite::default(), first: first.get(), count: 1, root }), record }
    }

    fn package(self, world: &World, filing: &Package) -> Package {
        let mut items = vec![history_of(filing)];
        items.extend(self.log.map(|log| (RECORDS_ENGINE_ID, log.encode())));
        let tip = header([3; 32], tip_height(filing), &items);
        let mut package = under(world, filing, tip.clone());
        let header = package.headers.len() as u32;
        package.headers.push(ProvenHeader { header: tip, path: None });
        let path = Path { index: 0, count: 1, siblings: Vec::new() };
        package.records.push(ProvenRecord { header, path, record: self.record });
        package
    }
}

fn records(world: &World, filing: &Package) -> Vec<Vector> {
    let record = registration(filing);
    let number = record.number;
    let bytes = record.encode();
    let honest = || Shown::new(bytes.clone(), number);
    let log = honest().log.unwrap();
    let last = Record::read(&filing.records.last().unwrap().record).unwrap().number;
    // Behind suite, version and number stands the kind.
    let mut kind = bytes.clone();
    kind[10..12].fill(0xff);
    let again = Record { number: last, ..record };
    let cases = [
        ("record-kind-of-none", Shown::new(kind, number), "record"),
        ("record-log-of-two", Shown { log: Some(RecordLog { count: 2, ..log }), ..honest() }, "record"),
        ("record-log-of-none", Shown { log: None, ..honest() }, "record"),
        ("record-number-again", Shown::new(again.encode(), last), "record"),
    ];
    let mut vectors: Vec<Vector> = (cases.into_iter())
        .map(|(name, shown, says)| Vector::new(name, shown.package(world, filing).to_bytes(), says))
        .collect();
    vectors.push(number_0());
    vectors
}

/// The first record of the ledger has the number 0.
fn number_0() -> Vector {
    let mut world = content::world();
    let mut record = world.blocks[1].records[1].clone();
    record.number = RecordNumber::new(0);
    world.blocks[1].records.insert(0, record);
    let numbers = world.needed(content::wanted_for_filing);
    Vector::new("record-number-0", world.filing(&numbers).to_bytes(), "record")
}
