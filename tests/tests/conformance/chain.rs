//! The chain: headers, certificates, votes, blocks, genesis file, evidence package.

use super::{
    Frozen, acts,
    sample::{self, content},
};
use codec::Encode;
use mulu_primitives::block::{Block, Extrinsic, Header};
use mulu_proofs::{
    access::SealedField,
    calendar::Calendar,
    certificate::{precommit_bytes, vote_bytes, vote_for},
    evidence::package::{MAGIC, VERSION},
    hash::{Suite, blake2_256},
    header::{History, NextValidators, RecordLog},
    ids::{DepartmentId, Digest32, Height},
    records::{Record, RecordKind, Subject},
};
use sp_runtime::{Digest, DigestItem};

pub fn add(frozen: &mut Frozen) {
    headers(frozen);
    consensus(frozen);
    evidence(frozen);
    files(frozen);
    index(frozen);
}

fn headers(frozen: &mut Frozen) {
    frozen.section("headers and blocks");
    let suite = Suite::default();
    let log = RecordLog { suite, first: 258, count: 772, root: [1; 32] };
    let history = History { suite, root: [2; 32] };
    let next = NextValidators { suite, digest: [3; 32] };
    frozen.add("record log", log.encode());
    frozen.add("history", history.encode());
    frozen.add("next validators", next.encode());
    let items = [(*b"mulR", log.encode()), (*b"mulH", history.encode()), (*b"mulV", next.encode())];
    let header = Header {
        parent_hash: [4; 32].into(),
        number: 70_000,
        state_root: [5; 32].into(),
        extrinsics_root: [6; 32].into(),
        digest: Digest { logs: items.into_iter().map(|(id, data)| DigestItem::Consensus(id, data)).collect() },
    };
    frozen.add("header", header.encode());
    frozen.add("header hash", blake2_256(&header.encode()));
    // Length, then bare version 4, pallet 1, call 0, compact milliseconds.
    let moment = [&[4_u8, 1, 0][..], &codec::Compact(1_790_000_000_000_u64).encode()].concat();
    let block = Block {
        header,
        extrinsics: vec![Extrinsic::new(&moment.encode()), Extrinsic::new(&vec![9_u8; 2_000].encode())],
    };
    assert_eq!(block.moment().map(|moment| moment.get()), Some(1_790_000_000_000));
    frozen.add("timestamp inherent", block.extrinsics[0].bytes());
    frozen.add("block", block.encode());
}

fn consensus(frozen: &mut Frozen) {
    frozen.section("consensus");
    let domain: Digest32 = [7; 32];
    let height = Height::new(70_000);
    frozen.add("nil prevote", vote_bytes(&domain, false, height, 2, None));
    frozen.add("prevote", vote_bytes(&domain, false, height, 2, Some(&[8; 32])));
    let precommit = precommit_bytes(&domain, height, 2, &[8; 32]);
    frozen.add("precommit", &precommit);
    frozen.add("precommit of one validator", vote_for(&precommit, &sample::account(1)));
    let set = sample::set_of(&[1, 2, 3, 4]);
    frozen.add("validator set", set.encode());
    frozen.add("validator set's digest", set.digest());
    let world = content::world();
    let header = world.headers().pop().unwrap();
    frozen.add("certificate", sample::certify(&world.genesis, 8, &header, &[1, 2, 3]).encode());
}

fn evidence(frozen: &mut Frozen) {
    frozen.section("evidence");
    frozen.add("magic and version", [&MAGIC[..], &[VERSION]].concat());
    let world = content::world();
    frozen.add_text("genesis file", serde_json::to_string(&world.genesis).unwrap());
    frozen.add("genesis hash", world.genesis.hash());
    for (place, name) in [(1, "under a grant"), (3, "on an entry"), (4, "of a reporter")] {
        frozen.add(format!("package of an event {name}"), content::package(&world, place).to_bytes());
    }
    frozen.add("filing certificate", content::filing(&world).to_bytes());
    let numbers = world.needed(content::wanted(1));
    let all = world.package(1, &numbers, &SealedField::ALL);
    assert!(mulu_proofs::evidence::verify(&all.to_bytes(), &world.genesis, None).is_verified(), "the sample is honest");
    frozen.add("package that reveals everything", all.to_bytes());
    let mut without = all;
    without.event_mut().unwrap().sealed = None;
    frozen.add("package without the sealed leaf", without.to_bytes());
}

fn files(frozen: &mut Frozen) {
    frozen.section("files");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.key");
    mulu_client::keys::Key::from_seed(&[7; 32]).write(&path).unwrap();
    frozen.add("key file", std::fs::read(path).unwrap());
}

/// Rows that a block with every kind of record adds to the index.
fn index(frozen: &mut Frozen) {
    frozen.section("index");
    let world = acts::world();
    let mut records: Vec<Record> = world.blocks.iter().flat_map(|block| block.records.clone()).collect();
    // The sample names no subjects.
    records[0].subjects = vec![
        Subject::Department(DepartmentId::new(1)),
        Subject::Account(sample::account(1)),
        Subject::Entry(content::ENTRY, content::V1),
    ];
    let leaves: Vec<_> = world.events.iter().map(|(leaf, _)| *leaf).collect();
    let record = world.nth(RecordKind::BatchAccepted, 0);
    let header = Header {
        parent_hash: [4; 32].into(),
        number: 7,
        state_root: [5; 32].into(),
        extrinsics_root: [6; 32].into(),
        digest: Digest::default(),
    };
    let block = Block { header, extrinsics: vec![Extrinsic::new(&[1, 2, 3]), Extrinsic::new(&[4, 5])] };
    let batches = [mulu_index::BatchEvents { record, leaves: &leaves }];
    let rows = mulu_index::derive(&block, &records, &batches, &Calendar::default()).unwrap();
    // One hash a tag, so that a difference says which rows it is in.
    let mut by_tag = std::collections::BTreeMap::<u8, Vec<u8>>::new();
    for row in rows {
        by_tag.entry(row.key[0]).or_default().extend((row.key, row.value).encode());
    }
    for (tag, rows) in by_tag {
        frozen.add(format!("rows of tag {tag}"), rows);
    }
}
