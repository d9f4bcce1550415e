//! Forged evidence: what somebody without the keys could make of an honest package. Every piece must be refused, at the right link.

use mulu_client::keys::Key;
use mulu_proofs::{
    access::BatchRecord,
    certificate::{Certificate, CommitSignature, Validator, ValidatorSet, precommit_bytes, vote_for},
    evidence::{Package, SetChange, report::Link},
    genesis::GenesisFile,
    hash::Suite,
    header::HeaderView,
    ids::{DepartmentId, PublicKey},
    records::{Record, RecordKind},
};

/// A forged package, or an honest one beside a forged genesis file.
#[derive(Debug)]
pub struct Forgery {
    /// What was done.
    pub what: &'static str,
    /// The link that must name it.
    pub link: Link,
    /// The package's bytes.
    pub package: Vec<u8>,
    /// The genesis file that the forger hands over.
    pub genesis: GenesisFile,
}

type Forge = fn(&mut Package, &mut GenesisFile) -> Option<()>;

const FORGERIES: [(&str, Link, Forge); 14] = [
    ("an event with more rows", Link::PublicLeaf, |p, _| flip(&mut p.event_mut()?.leaf, 64)),
    ("an event at another place of its batch", Link::PublicLeaf, |p, _| {
        p.event_mut()?.path.index ^= 1;
        Some(())
    }),
    ("another user revealed", Link::SealedLeaf, |p, _| {
        p.event_mut()?.sealed.as_mut()?.revealed.first_mut()?.value = Some(b"somebody else".to_vec());
        Some(())
    }),
    ("a commitment exchanged", Link::SealedLeaf, |p, _| {
        flip(p.event_mut()?.sealed.as_mut()?.commitments.first_mut()?, 0)
    }),
    ("a finding wiped out", Link::Record, wipe_findings),
    ("the platform's signature replaced", Link::Record, |p, _| edit_batch(p, |batch| batch.signature[0] ^= 1)),
    ("an approval left out", Link::Approval, |p, _| drop_record(p, place_of(p, RecordKind::RequestApproved)?)),
    ("an approval by the other approver's signature", Link::Approval, one_signature_twice),
    ("an approver's signature turned", Link::Approval, |p, _| {
        let place = place_of(p, RecordKind::RequestApproved)?;
        let act = p.acts.iter_mut().find(|act| act.record as usize == place)?;
        flip(&mut act.extrinsic, 60)
    }),
    ("a quorum less one", Link::Certificate, |p, genesis| {
        p.tip.certificate.signatures.truncate(genesis.validators.quorum() - 1);
        Some(())
    }),
    ("one validator counted twice", Link::Certificate, |p, genesis| {
        p.tip.certificate.signatures.truncate(genesis.validators.quorum() - 1);
        let again = *p.tip.certificate.signatures.first()?;
        p.tip.certificate.signatures.insert(0, again);
        Some(())
    }),
    ("the certificate of another height", Link::Certificate, |p, _| {
        p.tip.certificate.height = p.tip.certificate.height.next();
        Some(())
    }),
    ("a validator set of the forger's own", Link::Certificate, own_validators),
    ("the genesis file of another chain", Link::Genesis, |_, genesis| {
        genesis.chain_id.push('x');
        Some(())
    }),
];

/// All forgeries of an honest package.
///
/// # Panics
/// If the package does not hold what the scenario put there.
pub fn all(honest: &Package, genesis: &GenesisFile) -> Vec<Forgery> {
    FORGERIES
        .iter()
        .map(|(what, link, forge)| {
            let (mut package, mut other) = (honest.clone(), genesis.clone());
            forge(&mut package, &mut other).unwrap_or_else(|| panic!("{what}: the package has nothing to forge there"));
            assert!(package != *honest || other != *genesis, "{what}: nothing was forged");
            Forgery { what, link: *link, package: package.to_bytes(), genesis: other }
        })
        .collect()
}

fn flip(bytes: &mut [u8], place: usize) -> Option<()> {
    *bytes.get_mut(place)? ^= 1;
    Some(())
}

fn place_of(package: &Package, kind: RecordKind) -> Option<usize> {
    package.records.iter().position(|proven| Record::read(&proven.record).is_ok_and(|record| record.kind == kind))
}

fn edit_batch(package: &mut Package, edit: impl FnOnce(&mut BatchRecord)) -> Option<()> {
    let place = package.event()?.batch as usize;
    let proven = package.records.get_mut(place)?;
    let mut record = Record::read(&proven.record).ok()?;
    let mut batch: BatchRecord = record.body_as().ok()?;
    edit(&mut batch);
    record.body = codec::Encode::encode(&batch);
    proven.record = codec::Encode::encode(&record);
    Some(())
}

fn wipe_findings(package: &mut Package, _: &mut GenesisFile) -> Option<()> {
    edit_batch(package, |batch| batch.findings = Default::default())
}

/// Leaves out a record and its act, and moves every place behind it.
fn drop_record(package: &mut Package, place: usize) -> Option<()> {
    package.records.remove(place);
    package.acts.retain(|act| act.record as usize != place);
    for act in package.acts.iter_mut().filter(|act| act.record as usize > place) {
        act.record -= 1;
    }
    if let Some(event) = package.event_mut().filter(|event| event.batch as usize > place) {
        event.batch -= 1;
    }
    Some(())
}

fn one_signature_twice(package: &mut Package, _: &mut GenesisFile) -> Option<()> {
    let is_approval =
        |record: &[u8]| Record::read(record).is_ok_and(|record| record.kind == RecordKind::RequestApproved);
    let places: Vec<u32> =
        (0..).zip(&package.records).filter(|(_, proven)| is_approval(&proven.record)).map(|(place, _)| place).collect();
    let [first, second] = places[..] else { return None };
    let extrinsic = package.acts.iter().find(|act| act.record == first)?.extrinsic.clone();
    package.acts.iter_mut().find(|act| act.record == second)?.extrinsic = extrinsic;
    Some(())
}

/// The forger announces a set of own keys by the tip itself and signs with them.
fn own_validators(package: &mut Package, genesis: &mut GenesisFile) -> Option<()> {
    let keys: Vec<Key> = (0..4).map(|place| Key::development(&format!("forger {place}"))).collect();
    let validators =
        (1..).zip(&keys).map(|(id, key)| Validator { key: key.public(), department: DepartmentId::new(id) });
    let set = ValidatorSet::new(validators.collect()).ok()?;
    let tip = HeaderView::read(&package.tip.header).ok()?;
    let vote = precommit_bytes(&genesis.domain(), tip.height, 0, &tip.hash);
    let mut signatures: Vec<CommitSignature> = keys
        .iter()
        .map(|key| {
            let validator: PublicKey = key.public();
            CommitSignature { validator, signature: key.sign(&vote_for(&vote, &validator)) }
        })
        .collect();
    signatures.sort_by_key(|signed| signed.validator);
    let certificate =
        Certificate { suite: Suite::default(), height: tip.height, round: 0, header_hash: tip.hash, signatures };
    package.sets.push(SetChange { header: package.tip.header.clone(), certificate: certificate.clone(), set });
    package.tip.certificate = certificate;
    Some(())
}
