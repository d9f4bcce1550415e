//! Evidence of an event whose platform's key was stolen: the signer's status then and now, and what is refused.

mod sample;

use mulu_proofs::{
    access::{BatchRecord, EventsRepudiated, KeyCompromised, RepudiationDecided, StreamReopened},
    departments::Role,
    evidence::{
        report::{Link, Report},
        verify,
    },
    ids::{DepartmentId, EventNumber, Moment, RecordNumber, SystemId},
    records::{Record, RecordKind},
    text::Text,
};
use sample::{World, content};

fn check(world: &World, place: usize, wanted: impl Fn(&Record) -> bool) -> Report {
    let numbers = world.needed(wanted);
    verify(&world.package(place, &numbers, &[]).to_bytes(), &world.genesis, None)
}

fn reopening(record: &Record) -> bool {
    let of_the_old_key = matches!(record.kind, RecordKind::StreamOpened | RecordKind::KeyCompromised);
    record.kind == RecordKind::StreamReopened || content::wanted(1)(record) && !of_the_old_key
}

#[test]
fn a_key_of_which_nothing_is_known_says_no_more_than_that() {
    let report = check(&content::world(), 1, content::wanted(1));
    let facts = report.event().expect("holds");
    assert!(facts.signer.compromised.is_empty() && facts.signer.repudiated.is_empty());
    let step = report.steps.iter().find(|step| step.link == Link::Signer).expect("said");
    assert_eq!(step.checked, "no report that the platform's key was compromised is shown");
    assert_eq!(step.anchored_on, "records of this package; what it leaves out cannot be seen in it");
}

#[test]
fn what_was_reported_repudiated_and_decided_is_told() {
    let report = check(&content::repudiated(), 1, content::wanted(1));
    assert_eq!(report.failure, None);
    let signer = &report.event().expect("holds").signer;
    assert_eq!(signer.compromised.len(), 1);
    assert!(signer.compromised[0].covers_batch);
    assert_eq!(
        (signer.compromised[0].from, &*signer.compromised[0].statement),
        (Moment::new(sample::EPOCH), "密钥外泄")
    );
    assert_eq!((signer.repudiated.len(), &*signer.repudiated[0].statement), (1, "非本平台报告"));
    let decided = signer.repudiated[0].decided.as_ref().expect("decided");
    assert_eq!((decided.upheld, &*decided.finding), (true, "属实"));
}

#[test]
fn an_event_outside_the_repudiation_does_not_carry_it() {
    let world = content::repudiated();
    let not_of_it = |record: &Record| {
        let of_it = matches!(record.kind, RecordKind::EventsRepudiated | RecordKind::RepudiationDecided);
        content::wanted(0)(record) && !of_it
    };
    let report = check(&world, 0, not_of_it);
    let signer = &report.event().expect("event 11 holds").signer;
    assert_eq!((signer.compromised.len(), signer.repudiated.len()), (1, 0));
    let idle = check(&world, 0, content::wanted(0)).failure.expect("a record that nothing uses");
    assert_eq!(idle.link, Link::Unreferenced);
}

#[test]
fn a_batch_under_the_new_key_rests_on_the_reopening() {
    let world = content::reopened();
    let report = check(&world, 1, reopening);
    assert_eq!(report.failure, None);
    assert!(report.event().expect("holds").signer.compromised.is_empty(), "the old key's report is not this key's");
    let step = report.steps.iter().find(|step| step.link == Link::Stream).expect("told");
    assert_eq!(step.checked, "stream 1 was reopened under this key from event 11 on, as platform 1 of department 2");
    let without = |record: &Record| record.kind != RecordKind::StreamReopened && reopening(record);
    assert_eq!(check(&world, 1, without).failure.expect("no beginning").link, Link::Stream);
    let with_the_old = |record: &Record| record.kind == RecordKind::StreamOpened || without(record);
    let found = check(&world, 1, with_the_old).failure.expect("opened under another key");
    assert_eq!((found.link, &*found.reason), (Link::Stream, "stream 1 was opened for another platform or key"));
}

#[test]
fn every_field_of_a_reopening() {
    let honest = content::reopened();
    let number = honest.nth(RecordKind::StreamReopened, 0);
    type Case = (&'static str, fn(&mut StreamReopened), Link);
    let cases: [Case; 9] = [
        ("stream", |b| b.stream = b.stream.next(), Link::Stream),
        ("platform", |b| b.platform = SystemId::new(2), Link::Stream),
        ("key", |b| b.key = [1; 32], Link::Stream),
        ("next", |b| b.next = EventNumber::new(12), Link::Stream),
        ("previous", |b| b.previous = [1; 32], Link::Stream),
        ("role", |b| b.signed_as.role = Role::Admin, Link::Stream),
        ("department", |b| b.signed_as.department = DepartmentId::new(3), Link::Stream),
        ("given", |b| b.signed_as.given = RecordNumber::new(1), Link::Roles),
        ("expires", |b| b.signed_as.expires = Moment::new(u64::MAX), Link::Roles),
    ];
    for (name, forge, link) in cases {
        let mut world = honest.clone();
        world.edit(number, forge);
        let found = check(&world, 1, reopening).failure.expect("refused");
        assert_eq!(found.link, link, "{name}: {found}");
    }
    let mut earlier = honest.clone();
    earlier.edit(number, |b: &mut StreamReopened| b.next = EventNumber::new(1));
    assert_eq!(check(&earlier, 1, reopening).failure, None, "only validators vouch for where the cursor was");
}

#[test]
fn every_field_of_what_was_said_of_the_key() {
    let honest = content::repudiated();
    let refuse = |name: &str, forge: &dyn Fn(&mut World), link: Link| {
        let mut world = honest.clone();
        forge(&mut world);
        let found = check(&world, 1, content::wanted(1)).failure.unwrap_or_else(|| panic!("{name} is not refused"));
        assert_eq!(found.link, link, "{name}: {found}");
    };
    let text = || Text::new("forged").expect("short");
    type Reported = fn(&mut KeyCompromised);
    let reported = |name: &str, forge: Reported, link| {
        refuse(name, &|world| world.edit(world.nth(RecordKind::KeyCompromised, 0), forge), link);
    };
    reported("platform", |b| b.platform = SystemId::new(2), Link::Signer);
    reported("from", |b| b.from = Moment::new(1), Link::Signer);
    reported("to", |b| b.to = Moment::new(u64::MAX), Link::Signer);
    reported("role", |b| b.signed_as.role = Role::Officer, Link::Signer);
    reported("department", |b| b.signed_as.department = DepartmentId::new(1), Link::Signer);
    reported("given", |b| b.signed_as.given = RecordNumber::new(1), Link::Roles);
    // A report of another key leaves the repudiation without one.
    reported("key", |b| b.key = [1; 32], Link::Signer);
    let said = |name: &str, forge: &dyn Fn(&mut EventsRepudiated), link| {
        refuse(name, &|world| world.edit(world.nth(RecordKind::EventsRepudiated, 0), |b| forge(b)), link);
    };
    said("compromise", &|b| b.compromise = RecordNumber::new(1), Link::Signer);
    said("first", &|b| b.first = EventNumber::new(11), Link::Signer);
    said("last", &|b| b.last = EventNumber::new(15), Link::Signer);
    said("statement", &|b| b.statement = text(), Link::Signer);
    said("role", &|b| b.signed_as.role = Role::Officer, Link::Signer);
    said("stream, so that it is of no use", &|b| b.stream = b.stream.next(), Link::Unreferenced);
    let decided = |name: &str, forge: &dyn Fn(&mut RepudiationDecided), link| {
        refuse(name, &|world| world.edit(world.nth(RecordKind::RepudiationDecided, 0), |b| forge(b)), link);
    };
    decided("upheld", &|b| b.upheld = false, Link::Signer);
    decided("finding", &|b| b.finding = text(), Link::Signer);
    decided("role", &|b| b.signed_as.role = Role::Reviewer, Link::Signer);
    decided("given", &|b| b.signed_as.given = RecordNumber::new(1), Link::Roles);
    decided("repudiation, so that it is of no use", &|b| b.repudiation = RecordNumber::new(1), Link::Unreferenced);
}

#[test]
fn a_batch_of_another_number_does_not_go_on_where_the_stream_was_reopened() {
    let mut world = content::reopened();
    let mut fresh = content::batch(&world);
    fresh.header.first = EventNumber::new(10);
    fresh.signature =
        sample::key(content::PLATFORM).sign(&fresh.header.signing_bytes(&world.genesis.domain())).to_bytes();
    let number = world.nth(RecordKind::BatchAccepted, 0);
    world.edit(number, |old: &mut BatchRecord| *old = fresh);
    let found = check(&world, 1, reopening).failure.expect("an event before the reopening");
    assert_eq!((found.link, &*found.reason), (Link::Stream, "the batch does not go on where stream 1 was opened"));
}
