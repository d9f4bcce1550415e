//! Evidence packages: honest ones hold, and every forged field is refused by the link that it breaks.

mod sample;

use codec::Encode;
use mulu_proofs::{
    access::SealedField,
    calendar::Day,
    departments::{Role, SignedAs},
    evidence::{
        Package,
        report::{Checkpoint, Link, Report},
        verify,
    },
    grants::{DisposalCountersigned, GrantAct, RectificationReported, ServiceEnded, UseKind, UseRecord, UseRecorded},
    hash::blake2_256,
    ids::{DepartmentId, Height, RecordNumber},
    papers::Papers,
    records::RecordKind,
    text::Text,
};
use sample::{World, content};

fn check(world: &World, package: &Package) -> Report {
    verify(&package.to_bytes(), &world.genesis, None)
}

#[test]
fn an_honest_package_holds_link_by_link_and_says_who_reported_what() {
    let world = content::world();
    let report = check(&world, &content::package(&world, 1));
    assert_eq!(report.failure, None);
    let facts = report.event().expect("every link holds").clone();
    assert_eq!((facts.event.get(), facts.series_number.get()), (12, 42));
    assert_eq!(facts.findings, ["item_not_granted"]);
    assert_eq!(facts.entry.expect("named").items.len(), 3);
    assert_eq!(facts.revealed[0].value.as_deref(), Some("user-1"));
    assert_eq!(facts.departments.len(), 3);
    let links: std::collections::BTreeSet<Link> = report.steps.iter().map(|step| step.link).collect();
    let unsaid: Vec<_> = Link::ALL.iter().filter(|link| !links.contains(link)).collect();
    assert_eq!(unsaid, [&Link::Checkpoint, &Link::List, &Link::Bounds, &Link::Names]);
}

#[test]
fn steps_are_told_in_words_of_the_field() {
    let report = check(&content::world(), &content::package(&content::world(), 1));
    let said: Vec<&str> = report.steps.iter().map(|step| step.checked.as_str()).collect();
    for expected in [
        "the event is number 42 of its series (grant 1); findings: item_not_granted",
        "stage 0: 2 approvals as approver of department 2",
    ] {
        assert!(said.contains(&expected), "{expected:?} is not among {said:#?}");
    }
    let provisioned = said.iter().find(|text| text.starts_with("grant 1: grant provisioned at ")).expect("a step");
    assert!(provisioned.ends_with('Z'), "{provisioned}");
}

#[test]
fn events_without_a_grant_or_without_an_entry_hold_too() {
    let world = content::world();
    for place in 0..5 {
        assert_eq!(check(&world, &content::package(&world, place)).failure, None, "event {place}");
    }
}

/// The body of an act on the grant.
fn act_on_grant(kind: RecordKind, signed_as: SignedAs) -> Vec<u8> {
    let (grant, papers, why) = (content::GRANT, Papers([5; 32]), Text::new("依据").expect("short"));
    match kind {
        RecordKind::RectificationReported => {
            RectificationReported { grant, statement: why, papers: None, signed_as }.encode()
        }
        RecordKind::ServiceEnded => {
            let authority = DepartmentId::new(1);
            ServiceEnded { grant, reason: why, consultation: papers, authority, signed_as }.encode()
        }
        RecordKind::DisposalCountersigned => {
            DisposalCountersigned { grant, record: RecordNumber::new(1), signed_as }.encode()
        }
        RecordKind::UseRecorded => {
            let used = UseRecord { kind: UseKind::Outcome, papers, on: Day::default() };
            UseRecorded { grant, used, signed_as }.encode()
        }
        _ => GrantAct { grant, reason: why, signed_as }.encode(),
    }
}

/// A body that is encoded already.
struct Encoded(Vec<u8>);

impl Encode for Encoded {
    fn encode(&self) -> Vec<u8> {
        self.0.clone()
    }
}

#[test]
fn every_act_on_a_grant_is_signed_by_the_side_that_the_law_names() {
    use RecordKind::{DisposalCountersigned, GrantTerminated, RectificationReported, ServiceEnded, UseRecorded};
    let (supervisor, officer) = ((content::SUPERVISOR, Role::Supervisor, 1), (content::OFFICER, Role::Officer, 2));
    let consumer = (content::CONSUMER_OFFICER, Role::Officer, 3);
    let applicant = (content::APPLICANT, Role::Applicant, 3);
    for (kind, (seed, role, department), holds) in [
        (RectificationReported, consumer, true),
        (RectificationReported, officer, false),
        (RectificationReported, applicant, false),
        (GrantTerminated, officer, true),
        (GrantTerminated, supervisor, true),
        (GrantTerminated, consumer, false),
        (ServiceEnded, officer, true),
        (ServiceEnded, supervisor, false),
        (ServiceEnded, consumer, false),
        (DisposalCountersigned, officer, true),
        (DisposalCountersigned, consumer, false),
        (UseRecorded, applicant, true),
        (UseRecorded, consumer, true),
        (UseRecorded, officer, false),
    ] {
        let mut world = content::world();
        let signed_as = world.signed_as(seed, role, department);
        world.record(kind, department, Some(seed), &Encoded(act_on_grant(kind, signed_as)));
        let numbers = world.needed(|record| record.kind == kind || content::wanted(1)(record));
        let failure = check(&world, &world.package(1, &numbers, &[])).failure;
        let expected = if holds { None } else { Some(Link::Grant) };
        assert_eq!(failure.as_ref().map(|failure| failure.link), expected, "{kind} by {role}: {failure:?}");
    }
}

#[test]
fn a_checkpoint_must_be_a_header_of_the_package() {
    let world = content::world();
    let bytes = content::package(&world, 0).to_bytes();
    let headers = world.headers();
    let at = |height: usize| Checkpoint { height: Height::new(height as u32), hash: blake2_256(&headers[height]) };
    for height in [3, 8] {
        assert!(verify(&bytes, &world.genesis, Some(&at(height))).is_verified());
    }
    for checkpoint in [at(4), Checkpoint { hash: [1; 32], ..at(8) }] {
        let failure = verify(&bytes, &world.genesis, Some(&checkpoint)).failure.expect("refused");
        assert_eq!(failure.link, Link::Checkpoint);
    }
}

#[test]
fn a_package_without_the_sealed_leaf_holds() {
    let world = content::world();
    let mut package = content::package(&world, 0);
    package.event_mut().expect("about an event").sealed = None;
    assert!(check(&world, &package).is_verified());
    package = world.package(0, &world.needed(content::wanted(0)), &SealedField::ALL);
    assert_eq!(check(&world, &package).event().expect("holds").revealed.len(), 6);
}

#[test]
fn bytes_cut_turned_or_added_anywhere_are_refused_without_a_panic() {
    let world = content::world();
    let bytes = content::package(&world, 1).to_bytes();
    for cut in 0..bytes.len().min(400) {
        assert!(!verify(&bytes[..cut], &world.genesis, None).is_verified());
    }
    for place in (0..bytes.len()).step_by(23) {
        let mut turned = bytes.clone();
        turned[place] ^= 1 << (place % 8);
        let report = verify(&turned, &world.genesis, None);
        assert!(!report.is_verified(), "bit {} of byte {place}", place % 8);
    }
    let failure = verify(&[bytes, vec![0]].concat(), &world.genesis, None).failure.expect("refused");
    assert_eq!(failure.link, Link::Container);
}
