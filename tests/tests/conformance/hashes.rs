//! Contexts of every hash, shapes of trees, the suite.

use super::Frozen;
use mulu_proofs::{
    hash::{self, DigestKind, Suite, TreeKind},
    header::{HISTORY_ENGINE_ID, RECORDS_ENGINE_ID, VALIDATORS_ENGINE_ID, history_leaf},
    ids::{Digest32, Height},
    tree,
};

const TREES: [(&str, TreeKind); 4] = [
    ("records", TreeKind::Records),
    ("history", TreeKind::History),
    ("public events", TreeKind::PublicEvents),
    ("sealed events", TreeKind::SealedEvents),
];

const DIGESTS: [(&str, DigestKind); 15] = [
    ("entry content", DigestKind::EntryContent),
    ("request terms", DigestKind::RequestTerms),
    ("document", DigestKind::Document),
    ("batch body", DigestKind::BatchBody),
    ("batch header", DigestKind::BatchHeader),
    ("sealed field", DigestKind::SealedField),
    ("sealed salt", DigestKind::SealedSalt),
    ("validator set", DigestKind::ValidatorSet),
    ("chain domain", DigestKind::ChainDomain),
    ("pseudonym", DigestKind::Pseudonym),
    ("call id", DigestKind::CallId),
    ("proposal", DigestKind::Proposal),
    ("settlement", DigestKind::Settlement),
    ("call id set", DigestKind::CallIdSet),
    ("query", DigestKind::Query),
];

pub fn add(frozen: &mut Frozen) {
    frozen.section("suite");
    frozen.add("blake3 and ed25519", [Suite::Blake3Ed25519.code()]);
    frozen.section("hash contexts");
    for (name, kind) in TREES {
        frozen.add(format!("leaf of {name}"), hash::leaf(kind, b"mulu"));
        frozen.add(format!("node of {name}"), hash::node(kind, &[1; 32], &[2; 32]));
        frozen.add(format!("root of {name}"), hash::root(kind, 3, &[1; 32]));
        frozen.add(format!("root of no {name}"), tree::root(kind, &[]));
    }
    for (name, kind) in DIGESTS {
        frozen.add(format!("digest of {name}"), hash::digest(kind, b"mulu"));
        frozen.add(format!("secret digest of {name}"), hash::secret_digest(kind, &[3; 32], b"mulu"));
    }
    frozen.add("wide digest of call id set", hash::wide_digest(DigestKind::CallIdSet, &1_u64.to_le_bytes()));
    frozen.add("chain domain", hash::chain_domain("mulu-test", &[4; 32]));
    frozen.add("blake2-256", hash::blake2_256(b"mulu"));

    frozen.section("trees");
    for count in [1_usize, 2, 3, 4, 7, 8] {
        frozen.add(format!("root of {count} leaves"), tree::root(TreeKind::Records, &leaves(count)));
    }
    let path = tree::path(TreeKind::Records, &leaves(7), 4).unwrap();
    frozen.add("path of leaf 4 of 7", codec::Encode::encode(&path));
    let mut peaks = tree::Peaks::default();
    leaves(7).into_iter().for_each(|leaf| peaks.push(TreeKind::Records, leaf));
    frozen.add("peaks of 7 leaves", codec::Encode::encode(&peaks));
    frozen.add("history leaf", history_leaf(Height::new(258), &[5; 32]));
    frozen.section("digest items");
    frozen.add("record log", RECORDS_ENGINE_ID);
    frozen.add("history", HISTORY_ENGINE_ID);
    frozen.add("validators", VALIDATORS_ENGINE_ID);
}

fn leaves(count: usize) -> Vec<Digest32> {
    (0..count).map(|place| hash::leaf(TreeKind::Records, &[place as u8])).collect()
}
