//! Complete lists: every event of a series between two heights, and each way to hide one, add one or move the ends is refused.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod sample;

use codec::{Decode, Encode};
use mulu_proofs::{
    access::{BatchRecord, EventFindings, EventsRepudiated, Findings, KeyCompromised, RepudiationDecided, Series},
    catalog::List,
    departments::Role,
    evidence::{
        ListProof, Package, Upper,
        package::LIST_EVENTS_MAX,
        report::{Link, Report},
        verify,
    },
    ids::{DepartmentId, GrantId, Height, Moment, RecordNumber, SeriesNumber},
    records::{Record, RecordKind},
};
use sample::{
    batches::{After, Batches, list},
    content,
};

/// What somebody who forges a list does to it.
type Change = fn(&mut ListProof);

fn verified(ledger: &Batches, package: &Package) -> Report {
    verify(&package.to_bytes(), &ledger.world.genesis, None)
}

/// The link that fails.
fn fails(ledger: &Batches, package: &Package) -> Link {
    let report = verified(ledger, package);
    assert!(report.facts.is_none());
    report.failure.expect("something is wrong with it").link
}

#[test]
fn a_list_between_two_batches_is_all_that_was_reported_between_them() {
    let ledger = Batches::new();
    let package = ledger.package(&[1], Some(0), After::Batch(2));
    let report = verified(&ledger, &package);
    assert_eq!(report.failure, None);
    let facts = report.list().unwrap();
    let numbers: Vec<u64> = facts.events.iter().map(|event| event.number.get()).collect();
    assert_eq!(numbers, [44, 45, 46]);
    assert_eq!(facts.first, SeriesNumber::new(44));
    let events: Vec<u64> = facts.events.iter().map(|event| event.event.get()).collect();
    assert_eq!(events, [16, 17, 18]);
    assert!(facts.events.iter().all(|event| event.record == ledger.records[1]));
    assert_eq!((facts.above.get(), facts.until.get()), (ledger.height(0), ledger.height(2) - 1));
    assert_eq!(facts.reporters.len(), 1);
    let leaves = ledger.world.events[..3].iter().map(|(leaf, _)| leaf);
    let calls: u64 = leaves.clone().map(|leaf| u64::from(leaf.calls)).sum();
    let rows: u64 = leaves.map(|leaf| u64::from(leaf.rows)).sum();
    assert_eq!((facts.totals.events, facts.totals.calls, facts.totals.rows), (3, calls, rows));
    let found = facts.events.iter().filter(|event| !event.findings.is_empty()).count();
    assert_eq!(facts.totals.with_findings, found as u64);
    assert!(facts.signatures.iter().any(|signed| signed.act == RecordKind::StreamOpened));
}

#[test]
fn a_list_up_to_the_tip_rests_on_the_state() {
    let mut ledger = Batches::new();
    let after = ledger.state(Some(49));
    let package = ledger.package(&[1, 2], Some(0), after);
    let report = verified(&ledger, &package);
    assert_eq!(report.failure, None);
    assert_eq!(report.list().unwrap().events.len(), 6);
    for wrong in [Some(50), Some(48), None] {
        let after = ledger.state(wrong);
        assert_eq!(fails(&ledger, &ledger.package(&[1, 2], Some(0), after)), Link::Bounds, "{wrong:?}");
    }
    // The proof of another state.
    let after = ledger.state(Some(49));
    ledger.world.state_root = [1; 32];
    assert_eq!(fails(&ledger, &ledger.package(&[1, 2], Some(0), after)), Link::Bounds);
}

#[test]
fn nothing_reported_is_a_list_too() {
    let mut ledger = Batches::new();
    let empty = ledger.package(&[], Some(0), After::Batch(1));
    let report = verified(&ledger, &empty);
    assert_eq!(report.failure, None);
    let facts = report.list().unwrap();
    assert!(facts.events.is_empty());
    assert_eq!((facts.first, facts.first_recorded_at), (SeriesNumber::new(44), None));
    let after = ledger.state(Some(49));
    assert_eq!(verified(&ledger, &ledger.package(&[], Some(2), after)).failure, None);
    // A series without any event.
    let after = ledger.state(None);
    assert_eq!(verified(&ledger, &ledger.package(&[], None, after)).failure, None);
    assert_eq!(fails(&ledger, &ledger.package(&[], Some(0), After::Batch(2))), Link::Bounds, "batch 1 is between them");
}

#[test]
fn a_batch_that_is_left_out_is_missed() {
    let mut ledger = Batches::new();
    assert_eq!(fails(&ledger, &ledger.package(&[1], None, After::Batch(2))), Link::List, "at the beginning");
    let after = ledger.state(Some(49));
    assert_eq!(fails(&ledger, &ledger.package(&[2], Some(0), after)), Link::List, "in the middle");
    let after = ledger.state(Some(49));
    assert_eq!(fails(&ledger, &ledger.package(&[1], Some(0), after)), Link::Bounds, "at the end");
}

#[test]
fn events_cannot_be_taken_out_added_exchanged_or_shown_twice() {
    let ledger = Batches::new();
    let honest = ledger.package(&[1], Some(0), After::Batch(2));
    let changes: [(&str, Change); 7] = [
        ("one less at the end", |list| list.runs[0].leaves.truncate(2)),
        ("one less in the middle", |list| {
            list.runs[0].leaves.remove(1);
        }),
        ("one more", |list| {
            let leaf = list.runs[0].leaves[0];
            list.runs[0].leaves.push(leaf);
        }),
        ("another order", |list| list.runs[0].leaves.swap(0, 2)),
        ("a run twice", |list| {
            let run = list.runs[0].clone();
            list.runs.push(run);
        }),
        ("another byte", |list| list.runs[0].leaves[0][60] ^= 1),
        ("a leaf that does not read", |list| list.runs[0].leaves[0][127] = 1),
    ];
    for (what, change) in changes {
        let mut forged = honest.clone();
        change(list(&mut forged));
        assert_eq!(fails(&ledger, &forged), Link::List, "{what}");
    }
    let mut forged = honest.clone();
    list(&mut forged).runs.clear();
    assert_eq!(fails(&ledger, &forged), Link::Bounds, "the whole run");
    let mut forged = honest;
    list(&mut forged).runs[0].range.siblings.clear();
    assert_eq!(fails(&ledger, &forged), Link::List, "no siblings");
}

#[test]
fn the_ends_cannot_be_moved() {
    let ledger = Batches::new();
    let honest = ledger.package(&[1], Some(0), After::Batch(2));
    let [first, shown, last] = [0, 1, 2].map(|place| ledger.height(place));
    let tip = ledger.tip();
    let moved =
        [(first - 1, last - 1), (first, last), (shown, last - 1), (first, first), (last, first), (first, tip + 1)];
    for (above, until) in moved {
        let mut forged = honest.clone();
        (list(&mut forged).above, list(&mut forged).until) = (Height::new(above), Height::new(until));
        assert_eq!(fails(&ledger, &forged), Link::Bounds, "{above} to {until}");
    }
    // What stands beside the list must be of the series.
    for other in [Series::Grant(GrantId::new(999)), Series::Grant(GrantId::new(0))] {
        let mut forged = ledger.package(&[], Some(0), After::Batch(1));
        list(&mut forged).series = other;
        assert_eq!(fails(&ledger, &forged), Link::Bounds, "{other}");
    }
}

#[test]
fn every_batch_needs_its_signature_and_its_stream() {
    let mut ledger = Batches::new();
    let package = ledger.package(&[1], Some(0), After::Batch(2));
    let opened = ledger.world.nth(RecordKind::StreamOpened, 0);
    let stream = ledger.world.needed(|record| record.kind == RecordKind::StreamOpened);
    assert!(stream.contains(&opened));
    let mut without = package.clone();
    let place = without.records.iter().position(|record| Record::read(&record.record).unwrap().number == opened);
    // Another record in its place keeps every place right.
    without.records[place.unwrap()] = without.records[0].clone();
    assert!(!verified(&ledger, &without).is_verified());
    let number = ledger.records[1];
    ledger.world.edit(number, |batch: &mut BatchRecord| batch.signature[0] ^= 1);
    assert_eq!(fails(&ledger, &ledger.package(&[1], Some(0), After::Batch(2))), Link::Batch);
}

#[test]
fn a_finding_is_told_with_its_event() {
    let mut ledger = Batches::new();
    let number = ledger.records[1];
    let late = EventFindings { place: 1, findings: Findings::LATE };
    ledger.world.edit(number, |batch: &mut BatchRecord| batch.findings = List::try_from(vec![late]).unwrap());
    let report = verified(&ledger, &ledger.package(&[1], Some(0), After::Batch(2)));
    let facts = report.list().unwrap();
    let found: Vec<usize> = facts.events.iter().map(|event| event.findings.len()).collect();
    assert_eq!(found, [0, 1, 0]);
    assert_eq!(facts.events[1].findings, ["late"]);
}

#[test]
fn a_list_keeps_to_its_bounds_and_names_records_that_are_there() {
    let ledger = Batches::new();
    let honest = ledger.package(&[1], Some(0), After::Batch(2));
    let changes: [(&str, Change); 6] = [
        ("events", |list| list.runs[0].leaves = vec![[0; 128]; LIST_EVENTS_MAX + 1]),
        ("siblings", |list| list.runs[0].range.siblings = vec![[0; 32]; 81]),
        ("nodes", |list| list.after = Upper::State(vec![Vec::new(); 129])),
        ("a node", |list| list.after = Upper::State(vec![vec![0; 16 * 1024 + 1]])),
        ("place of a run", |list| list.runs[0].batch = 999),
        ("place behind", |list| list.after = Upper::Batch(999)),
    ];
    for (what, change) in changes {
        let mut forged = honest.clone();
        change(list(&mut forged));
        assert_eq!(fails(&ledger, &forged), Link::Container, "{what}");
    }
    let mut forged = honest;
    list(&mut forged).before = Some(999);
    assert_eq!(fails(&ledger, &forged), Link::Container);
}

/// What was said of keys and events since.
fn said(record: &Record) -> bool {
    matches!(record.kind, RecordKind::KeyCompromised | RecordKind::EventsRepudiated | RecordKind::RepudiationDecided)
}

#[test]
fn what_was_said_of_the_keys_and_of_the_events_since_is_told() {
    let names = |record: &Record| {
        let consumer = content::department(3).encode();
        record.kind == RecordKind::SystemRegistered && record.body == content::system(1).encode()
            || record.kind == RecordKind::DepartmentRegistered && record.body != consumer
    };
    for (upheld, repudiated) in [(true, 2), (false, 0)] {
        let ledger = Batches::repudiated(17, 23, upheld);
        let package = ledger.package_with(&[1], Some(0), After::Batch(2), |record| said(record) || names(record));
        let report = verified(&ledger, &package);
        assert_eq!(report.failure, None);
        let facts = report.list().unwrap();
        let number = ledger.world.nth(RecordKind::EventsRepudiated, 0);
        let named: Vec<&[RecordNumber]> = facts.events.iter().map(|event| &event.repudiations[..]).collect();
        assert_eq!(named, [&[][..], &[number], &[number]], "events 16 to 18");
        assert_eq!(facts.totals.repudiated, repudiated, "upheld: {upheld}");
        let [reported] = &facts.signer.compromised[..] else { panic!("one report") };
        assert_eq!((reported.key, reported.covers_batch), (facts.reporters[0].key, true));
        let [said] = &facts.signer.repudiated[..] else { panic!("one repudiation") };
        assert_eq!((said.stream, said.first.get(), said.last.get()), (facts.reporters[0].stream, 17, 23));
        assert_eq!(said.decided.as_ref().map(|decided| decided.upheld), Some(upheld));
        assert_eq!((facts.departments.len(), facts.systems.len()), (2, 1), "reporter and authority, and the platform");
        let steps: Vec<&str> = report.steps.iter().filter(|s| s.link == Link::Signer).map(|s| &*s.checked).collect();
        assert_eq!(
            steps,
            [
                "1 reports that keys of these platforms were compromised and 1 repudiations of events of the list are shown"
            ]
        );
    }
}

#[test]
fn a_repudiation_that_waits_counts_and_one_that_is_not_shown_does_not() {
    let ledger = Batches::repudiated(17, 23, false);
    let waits = |record: &Record| said(record) && record.kind != RecordKind::RepudiationDecided;
    let report = verified(&ledger, &ledger.package_with(&[1], Some(0), After::Batch(2), waits));
    assert_eq!(report.list().unwrap().totals.repudiated, 2);
    let report = verified(&ledger, &ledger.package(&[1], Some(0), After::Batch(2)));
    let facts = report.list().unwrap();
    assert_eq!((facts.totals.repudiated, facts.signer.clone()), (0, Default::default()));
    let step = report.steps.iter().find(|step| step.link == Link::Signer).unwrap();
    assert_eq!(step.checked, "no report that the key of one of these platforms was compromised is shown");
    assert_eq!(step.anchored_on, "records of this package; what it leaves out cannot be seen in it");
}

#[test]
fn what_was_said_of_other_events_belongs_to_no_list_of_these() {
    for (first, last) in [(11, 15), (19, 25), (14, 12)] {
        let ledger = Batches::repudiated(first, last, true);
        let package = ledger.package_with(&[1], Some(0), After::Batch(2), said);
        assert_eq!(fails(&ledger, &package), Link::Unreferenced, "{first} to {last}");
    }
    for (first, last) in [(11, 16), (18, 25), (17, 17)] {
        let ledger = Batches::repudiated(first, last, true);
        let package = ledger.package_with(&[1], Some(0), After::Batch(2), said);
        assert_eq!(verified(&ledger, &package).failure, None, "{first} to {last}");
    }
    let ledger = Batches::repudiated(17, 23, true);
    assert_eq!(fails(&ledger, &ledger.package_with(&[], Some(0), After::Batch(1), said)), Link::Unreferenced, "no key");
}

#[test]
fn whoever_speaks_of_the_keys_and_events_of_a_list_is_checked() {
    const SAID: [RecordKind; 3] =
        [RecordKind::KeyCompromised, RecordKind::EventsRepudiated, RecordKind::RepudiationDecided];
    let reported = |edit: fn(&mut KeyCompromised)| refused(SAID[0], content::HEAD, edit);
    assert_eq!(reported(|b| b.signed_as.department = DepartmentId::new(3)), Link::Signer);
    assert_eq!(reported(|b| b.signed_as.role = Role::Officer), Link::Signer);
    assert_eq!(reported(|b| b.signed_as.expires = Moment::new(1)), Link::Roles);
    assert_eq!(reported(|b| b.key = [1; 32]), Link::Signer, "the repudiation has no report then");
    let repudiated = |edit: fn(&mut EventsRepudiated)| refused(SAID[1], content::HEAD, edit);
    assert_eq!(repudiated(|b| b.signed_as.department = DepartmentId::new(3)), Link::Signer);
    assert_eq!(repudiated(|b| b.signed_as.role = Role::Admin), Link::Signer);
    assert_eq!(repudiated(|b| b.signed_as.expires = Moment::new(1)), Link::Roles);
    assert_eq!(repudiated(|b| b.compromise = RecordNumber::new(1)), Link::Signer);
    assert_eq!(repudiated(|b| b.compromise = RecordNumber::new(u64::MAX)), Link::Signer);
    assert_eq!(repudiated(|b| b.stream = b.stream.next()), Link::Unreferenced);
    let decided = |edit: fn(&mut RepudiationDecided)| refused(SAID[2], content::SUPERVISOR, edit);
    assert_eq!(decided(|b| b.signed_as.role = Role::Reviewer), Link::Signer);
    assert_eq!(decided(|b| b.signed_as.expires = Moment::new(1)), Link::Roles);
    assert_eq!(decided(|b| b.repudiation = RecordNumber::new(1)), Link::Unreferenced);
}

/// The link that fails where something else was said, in a call that its signer signed.
fn refused<B: Encode + Decode>(kind: RecordKind, seed: u8, edit: fn(&mut B)) -> Link {
    let mut ledger = Batches::repudiated(17, 23, true);
    let number = ledger.world.nth(kind, 0);
    ledger.world.edit(number, edit);
    ledger.world.sign_again(number, seed);
    fails(&ledger, &ledger.package_with(&[1], Some(0), After::Batch(2), said))
}
