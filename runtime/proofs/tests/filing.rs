//! Filing certificates: the entry's records alone, and every forged or missing one is refused by the link that it breaks.

mod sample;

use mulu_proofs::{
    catalog::{EntryAct, EntrySubmitted},
    evidence::{
        Claim, FilingProof,
        report::{Failure, Link},
        verify,
    },
    ids::{EntryId, Version},
    records::RecordKind,
};
use sample::{World, content};

fn failure(world: &World, package: &mulu_proofs::evidence::Package) -> Option<Failure> {
    verify(&package.to_bytes(), &world.genesis, None).failure
}

#[test]
fn a_certificate_says_what_was_filed_when_and_by_whom() {
    let world = content::world();
    let report = verify(&content::filing(&world).to_bytes(), &world.genesis, None);
    assert_eq!(report.failure, None);
    assert_eq!(report.event(), None);
    let filing = report.filing().expect("every link holds");
    let submitted: EntrySubmitted = world.get(world.nth(RecordKind::EntrySubmitted, 0)).body_as().expect("reads");
    let published = world.get(world.nth(RecordKind::EntryPublished, 0));
    assert_eq!((filing.entry, filing.version), (EntryId::new(1), Version::new(1)));
    assert_eq!(
        (filing.code.as_str(), filing.name.as_str()),
        (submitted.content.code.as_str(), submitted.content.name.as_str())
    );
    assert_eq!(filing.provider, submitted.content.provider);
    assert_eq!(filing.digest, submitted.content.digest());
    assert_eq!(filing.items.len(), submitted.content.items.len());
    assert_eq!((filing.record, filing.filed_at), (published.number, published.moment));
    let acts: Vec<RecordKind> = filing.signatures.iter().map(|signature| signature.act).collect();
    for kind in
        [RecordKind::EntrySubmitted, RecordKind::EntryEndorsed, RecordKind::EntryReviewed, RecordKind::EntryPublished]
    {
        assert!(acts.contains(&kind), "{kind} is not among {acts:?}");
    }
    assert!(filing.departments.iter().any(|(department, _)| *department == filing.authority));
}

#[test]
fn a_certificate_of_another_entry_or_version_does_not_hold() {
    let world = content::world();
    for (entry, version) in [(2, 1), (1, 2)] {
        let mut package = content::filing(&world);
        package.claim = Claim::Filing(FilingProof { entry: EntryId::new(entry), version: Version::new(version) });
        assert_eq!(failure(&world, &package).map(|failure| failure.link), Some(Link::Catalog), "{entry} {version}");
    }
}

#[test]
fn every_step_must_be_there_and_over_the_same_content() {
    for kind in
        [RecordKind::EntrySubmitted, RecordKind::EntryEndorsed, RecordKind::EntryReviewed, RecordKind::EntryPublished]
    {
        let world = content::world();
        let without = world.needed(|record| record.kind != kind && content::wanted_for_filing(record));
        assert_eq!(failure(&world, &world.filing(&without)).map(|failure| failure.link), Some(Link::Catalog), "{kind}");
        if kind != RecordKind::EntrySubmitted {
            let mut forged = world.clone();
            let number = forged.nth(kind, 0);
            forged.edit(number, |act: &mut EntryAct| act.digest[0] ^= 1);
            let link = failure(&forged, &content::filing(&forged)).map(|failure| failure.link);
            assert_eq!(link, Some(Link::Catalog), "{kind}");
        }
    }
}

#[test]
fn what_belongs_to_no_filing_is_refused() {
    let world = content::world();
    let numbers = world.needed(|record| content::wanted_for_filing(record) || record.kind == RecordKind::BatchAccepted);
    assert_eq!(failure(&world, &world.filing(&numbers)).map(|failure| failure.link), Some(Link::Unreferenced));
}
