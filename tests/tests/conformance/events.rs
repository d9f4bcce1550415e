//! Events: leaves, batch header, batch record.

use super::{
    Frozen,
    sample::{content, key},
};
use codec::Encode;
use mulu_primitives::batch::{self, Terms, canonical_order};
use mulu_proofs::{
    access::{BatchRecord, Outcome, PublicLeaf, RunKey, Sealed, SealedField, Side, body_digest},
    catalog::Method,
    grants::GrantTerms,
    hash::TreeKind,
    ids::{DepartmentId, EntryId, GrantId, Moment, PurposeId, SystemId, Version},
    records::RecordKind,
    tree,
};
use std::sync::Arc;

pub fn add(frozen: &mut Frozen) {
    frozen.section("event leaves");
    for (name, leaf) in [("grant", under_a_grant()), ("entry", under_an_entry()), ("reporter", under_nothing())] {
        frozen.add(format!("public leaf, {name}"), leaf.bytes());
        frozen.add(format!("hash of it, {name}"), leaf.leaf());
    }
    let sealed = Sealed {
        secret: [6; 32],
        values: [Some(b"operator".to_vec()), Some(b"user".to_vec()), None, Some(vec![7; 32]), None, Some(Vec::new())],
    };
    for field in SealedField::ALL {
        frozen.add(format!("salt of {field:?}"), field.salt(&sealed.secret));
        frozen.add(format!("commitment to {field:?}"), sealed.commitments()[field as usize]);
    }
    frozen.add("sealed leaf", sealed.leaf(&under_a_grant().leaf()));
    frozen.add("sealed part in the vault", sealed.encode());

    frozen.section("batches");
    let world = content::world();
    let record = world.get(world.nth(RecordKind::BatchAccepted, 0));
    let batch: BatchRecord = record.body_as().unwrap();
    let signed = batch.header.signing_bytes(&world.genesis.domain());
    assert_eq!(key(content::PLATFORM).sign(&signed).to_bytes(), batch.signature, "the sample is signed");
    frozen.add("header", batch.header.encode());
    frozen.add("what the platform signs", signed);
    frozen.add("signature", batch.signature);
    frozen.add("digest of a header", batch.header.digest());
    frozen.add("digest of a body", body_digest(b"body"));
    frozen.add("body of the record", &record.body);
    let leaves: Vec<_> = world.events.iter().map(|(leaf, _)| leaf.leaf()).collect();
    frozen.add("public root", tree::root(TreeKind::PublicEvents, &leaves));
    bodies(frozen);
}

/// The terms of the sample's grant under whatever id the event names, and its provider for every entry.
struct Sample;

impl Terms for Sample {
    fn grant(&self, grant: GrantId, version: Version) -> Option<Arc<GrantTerms>> {
        let (entry, entry_version) = under_a_grant().entry?;
        Some(Arc::new(GrantTerms {
            grant,
            version,
            provider: DepartmentId::new(0x0d0e_0f10),
            entry,
            entry_version,
            ..content::grant()
        }))
    }

    fn provider(&self, _: EntryId, _: Version) -> Option<DepartmentId> {
        Some(DepartmentId::new(0x0d0e_0f10))
    }
}

fn bodies(frozen: &mut Frozen) {
    frozen.section("batch bodies");
    let granted = content::grant();
    let inside = PublicLeaf {
        consumer: Some(granted.consumer),
        items: 0b01,
        authorising_system: Some(granted.platforms[0]),
        using_system: Some(granted.systems[0]),
        purpose: Some(granted.purposes[0]),
        method: granted.method,
        side: Side::Provider,
        outcome: Outcome::Ok,
        calls: 1,
        rows: 1,
        pseudonym: None,
        ..under_a_grant()
    };
    let one = [inside];
    // Inside the grant, beyond it in every field, without a grant, of a reporter: each column has something to say.
    let later = PublicLeaf { time: Moment::new(inside.time.get() + 77), call_id: 5, ..inside };
    let mut all = vec![inside, later, under_a_grant(), under_an_entry(), under_nothing()];
    all.sort_by(canonical_order);
    for (name, leaves) in [("of one event", &one[..]), ("of every kind of event", &all)] {
        let body = batch::encode(leaves, &Sample).unwrap();
        assert_eq!(batch::decode(&body, &Sample).unwrap(), *leaves, "{name}");
        frozen.add(format!("body {name}"), body);
    }
}

/// An event with every field.
fn under_a_grant() -> PublicLeaf {
    let (entry, version) = (EntryId::new(0x0102_0304), Version::new(0x0506));
    PublicLeaf {
        key: RunKey::Grant(GrantId::new(0x0708_090a), Version::new(0x0b0c)),
        entry: Some((entry, version)),
        provider: Some(DepartmentId::new(0x0d0e_0f10)),
        consumer: Some(DepartmentId::new(0x1112_1314)),
        items: 0x1516_1718_191a_1b1c,
        authorising_system: Some(SystemId::new(0x1d1e_1f20)),
        using_system: Some(SystemId::new(0x2122_2324)),
        purpose: Some(PurposeId::new(0x2526)),
        method: Method::MessageQueue,
        side: Side::DataManager,
        time: Moment::new(0x2728_292a_2b2c_2d2e),
        duration_ms: 0x2f30_3132,
        outcome: Outcome::Denied,
        calls: 0x3334_3536,
        rows: 0x3738_393a,
        bytes: 0x3b3c_3d3e_3f40_4142,
        call_id: 0x4344_4546_4748_494a,
        pseudonym: Some(0x4b4c_4d4e_4f50_5152),
    }
}

fn under_an_entry() -> PublicLeaf {
    let full = under_a_grant();
    let (entry, version) = full.entry.unwrap();
    PublicLeaf {
        key: RunKey::Entry(entry, version, full.consumer.unwrap()),
        authorising_system: None,
        purpose: None,
        ..full
    }
}

fn under_nothing() -> PublicLeaf {
    PublicLeaf {
        key: RunKey::Reporter(SystemId::new(0x5354_5556)),
        entry: None,
        provider: None,
        consumer: None,
        items: 0,
        authorising_system: None,
        using_system: None,
        purpose: None,
        pseudonym: None,
        ..under_a_grant()
    }
}
