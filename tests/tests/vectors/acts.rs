//! The filing's package, whose endorsement rests on an act in another form than its signer's record says.

use super::{
    OK, Vector,
    sample::{World, account, content, key, unsigned_form},
};
use codec::{Compact, Decode, Encode};
use mulu_proofs::{
    evidence::calls::expected_call, extrinsic::Implicit, hash::blake2_256, ids::Digest32, records::RecordKind,
};

/// A name, what becomes of the act, and what is expected.
type Case = (&'static str, fn(&mut World), &'static str);

pub(crate) fn vectors() -> Vec<Vector> {
    CASES
        .iter()
        .map(|(name, change, expected)| {
            let mut world = content::world();
            change(&mut world);
            Vector::new(*name, content::filing(&world).to_bytes(), expected)
        })
        .collect()
}

/// Changes the bytes of the act; the record names what comes of it.
fn bytes(world: &mut World, change: impl FnOnce(&mut Vec<u8>)) {
    let number = world.nth(RecordKind::EntryEndorsed, 0);
    let (bytes, _) = world.acts.get_mut(&number).unwrap();
    change(bytes);
    let hash = blake2_256(bytes);
    world.get_mut(number).extrinsic = Some(hash);
}

/// Changes what is behind the length that an extrinsic begins with.
fn body(world: &mut World, change: fn(&mut Vec<u8>)) {
    bytes(world, |bytes| {
        let mut body = Vec::<u8>::decode(&mut &bytes[..]).unwrap();
        change(&mut body);
        *bytes = body.encode();
    });
}

/// The head signs the call, with something behind it, in an act with this era and nonce.
fn sign(world: &mut World, extra: &[u8], mortality: Option<Digest32>, behind: &[u8]) {
    let number = world.nth(RecordKind::EntryEndorsed, 0);
    let call = [&expected_call(world.get(number)).unwrap()[..], behind].concat();
    let mut implicit: Implicit = world.implicit();
    implicit.mortality = mortality.unwrap_or(implicit.mortality);
    let payload = [&call[..], extra, &implicit.encode()].concat();
    let signature = key(content::HEAD).sign(&payload).to_bytes();
    let bytes = unsigned_form(account(content::HEAD), signature, extra, &call);
    world.get_mut(number).extrinsic = Some(blake2_256(&bytes));
    world.acts.insert(number, (bytes, implicit));
}

/// Hash of a block at which an era began.
const BEGAN: Option<Digest32> = Some([6; 32]);

const CASES: &[Case] = &[
    ("filing-of-the-shortest-era", |w| sign(w, &[0x31, 0x00, 4], BEGAN, &[]), OK),
    ("filing-of-the-longest-era", |w| sign(w, &[0xff, 0xff, 4], BEGAN, &[]), OK),
    ("filing-of-a-large-nonce", |w| sign(w, &[0, 0x03, 0, 0, 0, 0x40], None, &[]), OK),
    ("catalog-era-of-two-blocks", |w| sign(w, &[0x10, 0x00, 4], BEGAN, &[]), "catalog"),
    ("catalog-era-behind-its-period", |w| sign(w, &[0x41, 0x00, 4], BEGAN, &[]), "catalog"),
    ("catalog-nonce-in-a-longer-form", |w| sign(w, &[0, 1 << 2 | 1, 0], None, &[]), "catalog"),
    ("catalog-call-with-a-byte-behind", |w| sign(w, &[0, 4], None, &[0]), "catalog"),
    (
        "catalog-extrinsic-of-another-length",
        |w| {
            bytes(w, |bytes| {
                let body = Vec::<u8>::decode(&mut &bytes[..]).unwrap();
                *bytes = [&Compact(body.len() as u32 + 1).encode()[..], &body].concat();
            });
        },
        "catalog",
    ),
    ("catalog-extrinsic-of-another-version", |w| body(w, |body| body[0] = 0x85), "catalog"),
    ("catalog-extrinsic-of-another-kind-of-key", |w| body(w, |body| body[34] = 1), "catalog"),
    (
        "catalog-another-signer",
        |w| w.get_mut(w.nth(RecordKind::EntryEndorsed, 0)).signer = Some(account(content::ADMIN)),
        "catalog",
    ),
    (
        "names-registered-by-nobody-in-an-extrinsic",
        |w| w.get_mut(w.nth(RecordKind::DepartmentRegistered, 0)).extrinsic = Some([1; 32]),
        "names",
    ),
    (
        "names-registered-by-nobody-in-an-act",
        |w| {
            let act = w.acts[&w.nth(RecordKind::EntryEndorsed, 0)].clone();
            w.acts.insert(w.nth(RecordKind::DepartmentRegistered, 0), act);
        },
        "names",
    ),
];
