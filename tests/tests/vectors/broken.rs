//! The filing's and the event's package with bytes or parts changed, and nothing recomputed.

use super::{
    Genesis, Vector, good,
    sample::{World, certify, content, header, set_of},
};
use codec::{Compact, Encode};
use mulu_proofs::{
    access::SealedField,
    evidence::{Claim, EventProof, FilingProof, Package, ProvenHeader, SealedProof, SetChange, report::Checkpoint},
    hash::{TreeKind, blake2_256},
    header::history_leaf,
    ids::{EntryId, Height, Version},
    tree,
};

type Parts = (&'static str, fn(&mut Package), &'static str);
type Bytes = (&'static str, fn(&mut Vec<u8>), &'static str);

/// Where the list of set changes begins: behind magic, version, suite and the chain id `mulu-sample`.
const SETS: usize = 8 + 1 + 1 + 1 + 11;

pub(crate) fn vectors() -> Vec<Vector> {
    let world = content::world();
    let event = content::package(&world, 4);
    let filing = content::filing(&world);
    let mut vectors = Vec::new();
    for (name, change, expected) in CONTAINERS {
        let mut bytes = filing.to_bytes();
        change(&mut bytes);
        vectors.push(Vector::new(format!("container-{name}"), bytes, expected));
    }
    for (package, cases) in [(&filing, CHAIN), (&event, EVENT)] {
        for (name, change, expected) in cases {
            let mut package = package.clone();
            change(&mut package);
            vectors.push(Vector::new(*name, package.to_bytes(), expected));
        }
    }
    let bytes = filing.to_bytes();
    vectors.extend(Genesis::BROKEN.iter().map(|(genesis, name, expected)| {
        Vector::new(format!("genesis-{name}"), bytes.clone(), expected).under(*genesis)
    }));
    let headers = world.headers();
    vectors.push(Vector::new("checkpoint-not-shown", bytes.clone(), "checkpoint").at(4, &headers[4]));
    let tip = good::tip_of(&filing);
    let another = Checkpoint { hash: [1; 32], ..tip };
    vectors.push(Vector { checkpoint: Some(another), ..Vector::new("checkpoint-another", bytes, "checkpoint") });
    // The order of the group is no scalar: an S of 0 and one of that order would be two signatures of one message.
    let order = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
    let over = good::zip215(|signature| signature[32..].copy_from_slice(&hex::decode(order).unwrap()));
    vectors.push(Vector::new("certificate-scalar-over-the-order", over.to_bytes(), "certificate"));
    let mut former = filing.clone();
    let height = tip.height.get();
    former.tip.certificate = certify(&world.genesis, height, &former.tip.header, &[1, 2, 4]);
    vectors.push(Vector::new("certificate-by-the-set-before", former.to_bytes(), "certificate"));
    vectors.extend(of_the_chain(&world, &filing));
    let mut filing = filing;
    filing.claim = Claim::Filing(FilingProof { entry: EntryId::new(1), version: Version::new(2) });
    vectors.push(Vector::new("catalog-filing-of-another-version", filing.to_bytes(), "catalog"));
    vectors
}

/// Packages whose parts are all in order but for one rule.
fn of_the_chain(world: &World, filing: &Package) -> Vec<Vector> {
    let set = set_of(&content::SECOND_SET);
    let late = header([3; 32], 9, &[good::announces(&set)]);
    let mut above = filing.clone();
    let certificate = certify(&world.genesis, 9, &late, &content::SECOND_SET);
    above.sets.push(SetChange { header: late, certificate, set });
    let headers = world.headers();
    let leaves: Vec<_> =
        (0u32..).zip(&headers).map(|(h, bytes)| history_leaf(Height::new(h), &blake2_256(bytes))).collect();
    let mut idle = filing.clone();
    let path = tree::path(TreeKind::History, &leaves[..8], 4);
    idle.headers.push(ProvenHeader { header: headers[4].clone(), path });
    let of_chain = |genesis: Genesis| {
        let mut package = filing.clone();
        package.chain_id = genesis.file().chain_id.into_bytes();
        Vector::new("", package.to_bytes(), "genesis").under(genesis)
    };
    vec![
        Vector::new("certificate-tip-below-a-set-change", above.to_bytes(), "certificate"),
        Vector::new("unreferenced-header", idle.to_bytes(), "unreferenced"),
        Vector { name: "genesis-chain-id-with-a-space".into(), ..of_chain(Genesis::Spaced) },
        Vector { name: "genesis-chain-id-of-no-character".into(), ..of_chain(Genesis::Nameless) },
    ]
}

fn overlong(bytes: &mut Vec<u8>, count: u32) {
    bytes.truncate(SETS);
    Compact(count).encode_to(bytes);
}

const CONTAINERS: &[Bytes] = &[
    ("empty", |b| b.clear(), "container"),
    ("magic", |b| b[0] ^= 1, "container"),
    ("version", |b| b[8] = 2, "container"),
    ("suite", |b| b[9] = 2, "container"),
    ("cut-in-the-magic", |b| b.truncate(7), "container"),
    ("cut-in-the-chain-id", |b| b.truncate(SETS - 3), "container"),
    ("cut-in-half", |b| b.truncate(b.len() / 2), "container"),
    ("cut-at-the-end", |b| b.truncate(b.len() - 1), "container"),
    ("byte-behind", |b| b.push(0), "container"),
    ("count-of-2-to-the-32", |b| overlong(b, u32::MAX), "container"),
    ("count-over-the-bound", |b| overlong(b, 1_025), "container"),
    (
        "count-over-32-bits",
        |b| {
            b.truncate(SETS);
            b.extend_from_slice(&[0x07, 0, 0, 0, 0, 1]);
        },
        "container",
    ),
    ("count-in-a-longer-form", |b| drop(b.splice(SETS..=SETS, [1 << 2 | 1, 0])), "container"),
    ("chain-id-in-a-longer-form", |b| drop(b.splice(10..11, [11 << 2 | 1, 0])), "container"),
];

fn event(package: &mut Package) -> &mut EventProof {
    package.event_mut().unwrap()
}

fn sealed(package: &mut Package) -> &mut SealedProof {
    event(package).sealed.as_mut().unwrap()
}

/// Of the filing, which is smaller.
const CHAIN: &[Parts] = &[
    ("container-chain-id-of-65", |p| p.chain_id = vec![b'x'; 65], "container"),
    ("container-act-twice", |p| p.acts.insert(0, p.acts[0].clone()), "container"),
    ("container-act-of-no-record", |p| p.acts.last_mut().unwrap().record = 999, "container"),
    ("container-header-of-none", |p| p.records[0].header = 99, "container"),
    ("container-header-behind-the-last", |p| p.records[0].header = p.headers.len() as u32, "container"),
    ("container-act-behind-the-last", |p| p.acts.last_mut().unwrap().record = p.records.len() as u32, "container"),
    ("genesis-chain-id", |p| p.chain_id.push(b'x'), "genesis"),
    ("validator-set-another", |p| p.sets[0].set = set_of(&[1, 2, 3, 6]), "validator_set"),
    ("validator-set-no-header", |p| p.sets[0].header.clear(), "validator_set"),
    ("validator-set-twice", |p| p.sets.push(p.sets[0].clone()), "validator_set"),
    ("certificate-set-left-out", |p| p.sets.clear(), "certificate"),
    ("certificate-header-turned", |p| p.sets[0].header[40] ^= 1, "certificate"),
    ("certificate-tip-turned", |p| p.tip.header[40] ^= 1, "certificate"),
    ("certificate-round", |p| p.tip.certificate.round = 1, "certificate"),
    ("certificate-height", |p| p.tip.certificate.height = p.tip.certificate.height.next(), "certificate"),
    ("certificate-hash", |p| p.tip.certificate.header_hash = [1; 32], "certificate"),
    ("certificate-signature", |p| p.tip.certificate.signatures[3].signature[0] ^= 1, "certificate"),
    ("certificate-two-of-four", |p| p.tip.certificate.signatures.truncate(2), "certificate"),
    ("certificate-exchanged", |p| p.tip.certificate.signatures.swap(0, 1), "certificate"),
    ("history-turned", |p| p.headers[0].header[40] ^= 1, "history"),
    ("history-without-path", |p| p.headers[0].path = None, "history"),
    ("history-exchanged", |p| p.headers.swap(0, 1), "history"),
    ("history-sibling", |p| p.headers[0].path.as_mut().unwrap().siblings[0][0] ^= 1, "history"),
    ("record-turned", |p| *p.records[0].record.last_mut().unwrap() ^= 1, "record"),
    ("record-exchanged", |p| p.records.swap(0, 1), "record"),
    ("record-index", |p| p.records[0].path.index += 1, "record"),
    ("record-unknown-kind", |p| p.records[0].record[10] = 0xff, "record"),
];

const EVENT: &[Parts] = &[
    ("container-batch-of-none", |p| event(p).batch = 999, "container"),
    ("container-long-value", |p| sealed(p).revealed[0].value = Some(vec![0; 513]), "container"),
    ("container-fields-exchanged", |p| sealed(p).revealed.swap(0, 1), "container"),
    ("container-long-path", |p| event(p).path.siblings = vec![[0; 32]; 41], "container"),
    ("stream-act-of-another-record", |p| p.acts[0].record -= 1, "stream"),
    ("batch-of-another-record", |p| event(p).batch -= 1, "batch"),
    ("public-leaf-turned", |p| event(p).leaf[40] ^= 1, "public_leaf"),
    ("public-leaf-not-canonical", |p| event(p).leaf[127] = 1, "public_leaf"),
    ("public-leaf-index", |p| event(p).path.index = 0, "public_leaf"),
    ("sealed-leaf-commitment", |p| sealed(p).commitments[2][0] ^= 1, "sealed_leaf"),
    ("sealed-leaf-salt", |p| sealed(p).revealed[0].salt[0] ^= 1, "sealed_leaf"),
    ("sealed-leaf-value", |p| sealed(p).revealed[0].value = Some(b"user-2".to_vec()), "sealed_leaf"),
    ("sealed-leaf-no-value", |p| sealed(p).revealed[0].value = None, "sealed_leaf"),
    ("sealed-leaf-field", |p| sealed(p).revealed[0].field = SealedField::Operator, "sealed_leaf"),
    ("sealed-leaf-index", |p| sealed(p).path.index = 0, "sealed_leaf"),
    (
        "unreferenced-act-of-the-batch",
        |p| {
            let mut act = p.acts[0].clone();
            act.record = event(p).batch;
            p.acts.push(act);
        },
        "unreferenced",
    ),
];
