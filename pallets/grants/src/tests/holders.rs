//! Who holds grants on an entry, and what they are told of its changes.

use super::*;
use crate::{LiveUses, Notices};
use mulu_pallet_support::{Holders as _, LiveUse};
use mulu_proofs::{
    catalog::{ChangeKind, EntryChange, Method, Methods},
    grants::HolderNotified,
    ids::RecordNumber,
    oversight::CountKind,
};

const ON: Version = Version::new(2);

fn change(kind: ChangeKind, items: u64, methods: &[Method]) -> EntryChange {
    EntryChange { kind, items, methods: Methods::of(methods), record: RecordNumber::new(7) }
}

fn told() -> Vec<HolderNotified> {
    let records = Recorded::get();
    let notices = records.iter().filter(|record| record.kind == RecordKind::HolderNotified);
    notices.map(|record| record.body_as().unwrap()).collect()
}

fn granted_on(items: u64, method: Method) -> GrantId {
    let terms = GrantTerms { items, method, ..terms() };
    assert_ok!(Grants::begin(&terms));
    terms.grant
}

#[test]
fn what_is_used_of_an_entry_is_told_version_by_version() {
    run(|| {
        assert_eq!(Grants::live_versions(ENTRY), []);
        assert_ok!(Grants::begin(&GrantTerms { entry_version: Version::new(3), ..terms() }));
        granted_on(0b001, Method::File);
        let ended = granted_on(0b110, Method::ServiceInterface);
        let uses = |version, items, methods: &[Method]| LiveUse {
            version: Version::new(version),
            items,
            methods: Methods::of(methods),
        };
        let third = uses(3, 0b011, &[Method::ServiceInterface]);
        let both = [Method::File, Method::ServiceInterface];
        assert_eq!(Grants::live_versions(ENTRY), [uses(2, 0b111, &both), third]);
        assert_ok!(Grants::complete(signed(CONSUMER_OFFICER), ended, text("完成")));
        assert_eq!(Grants::live_versions(ENTRY), [uses(2, 0b001, &[Method::File]), third]);
    });
}

#[test]
fn those_whom_a_change_touches_are_told_and_nobody_else() {
    run(|| {
        let (first, other) = (granted_on(0b001, Method::File), granted_on(0b010, Method::ServiceInterface));
        Grants::changed(ENTRY, ON, &change(ChangeKind::ItemRemoved, 0b001, &[]), true);
        Grants::changed(ENTRY, ON, &change(ChangeKind::MethodRemoved, 0, &[Method::ServiceInterface]), true);
        Grants::changed(ENTRY, ON, &change(ChangeKind::Suspended, 0, &[]), true);
        Grants::changed(ENTRY, ON, &change(ChangeKind::ItemAdded, 0b100, &[]), true);
        Grants::changed(ENTRY, ON, &change(ChangeKind::RevisedSame, 0, &[]), true);
        assert_eq!(Notices::<Test>::iter().count(), 3, "of what gives more nobody is told");
        // Who asks later knows.
        Now::set(NOON + 1);
        let later = granted_on(0b011, Method::File);
        blocks(6);
        let told: Vec<_> = told().into_iter().map(|notice| (notice.grant, notice.change.kind)).collect();
        assert_eq!(told[0], (first, ChangeKind::ItemRemoved));
        assert_eq!(told[1], (other, ChangeKind::MethodRemoved));
        let mut suspended = told[2..].to_vec();
        suspended.sort_by_key(|(grant, _)| *grant);
        assert_eq!(suspended, [(first, ChangeKind::Suspended), (other, ChangeKind::Suspended)]);
        assert!(!told.iter().any(|(grant, _)| *grant == later));
        assert_eq!(Notices::<Test>::iter().count(), 0);
        let record = last_record();
        assert_eq!((record.signer, record.department), (None, DepartmentId::default()));
        assert!(record.subjects.contains(&Subject::Department(CONSUMER)));
        let notified = record.body_as().unwrap();
        assert_event(Event::HolderNotified { notified });
    });
}

#[test]
fn grants_on_a_withdrawn_entry_are_over_at_once_and_the_records_follow() {
    run(|| {
        let grants = [provisioned(), rectifying(), granted()];
        let withdrawn = NOON + DAY;
        Now::set(withdrawn);
        WithdrawnAt::set(Some(withdrawn));
        Grants::changed(ENTRY, ON, &change(ChangeKind::Withdrawn, 0, &[]), true);
        for grant in grants {
            assert_noop!(Grants::suspend(signed(OFFICER), grant, text("核查")), Errors::GrantOver);
        }
        Now::set(withdrawn + DAY);
        blocks(1);
        assert_eq!(told().len(), 2, "a block tells two");
        blocks(1);
        assert_eq!((told().len(), running(), LiveUses::<Test>::iter().count()), (3, vec![], 0));
        assert_eq!(Cancelled::get().len(), 2, "a provisioning that never came and a term that nobody met were not met");
        assert_eq!(stopped_services(), 3, "as if the provider had ended each of them by itself (art. 39 item 7)");
        for grant in grants {
            let last = Grants::transitions(grant).pop().unwrap();
            assert_eq!(last, (Moment::new(withdrawn), GrantState::Ended), "since the withdrawal, not since the record");
        }
        let dispose = Grants::record_disposal(signed(CONSUMER_OFFICER), grants[0], text("删除"), None);
        assert_ok!(dispose);
        Now::set(withdrawn + u64::from(FINISHED_KEPT_DAYS) * DAY);
        blocks(2);
        assert_eq!(Courses::<Test>::iter().count(), 0);
    });
}

/// How often it was counted that the provider stopped a service.
fn stopped_services() -> usize {
    Counted::get().into_iter().filter(|counted| *counted == (PROVIDER, CountKind::ServiceStopped)).count()
}

#[test]
fn what_the_provider_takes_away_by_way_of_the_catalog_is_counted_for_each_grant() {
    run(|| {
        granted_on(0b001, Method::File);
        granted_on(0b011, Method::ServiceInterface);
        let counted = |kind, items, methods: &[Method], by_provider| {
            let before = stopped_services();
            Grants::changed(ENTRY, ON, &change(kind, items, methods), by_provider);
            blocks(2);
            stopped_services() - before
        };
        assert_eq!(counted(ChangeKind::ItemStricter, 0b010, &[], true), 1);
        assert_eq!(counted(ChangeKind::ItemRemoved, 0b001, &[], true), 2);
        assert_eq!(counted(ChangeKind::MethodRemoved, 0, &[Method::File], true), 1);
        assert_eq!(counted(ChangeKind::ItemWorse, 0b010, &[], true), 1);
        assert_eq!(counted(ChangeKind::ServiceWorse, 0, &[], true), 2);
        assert_eq!(counted(ChangeKind::ItemChanged, 0b010, &[], true), 0);
        assert_eq!(counted(ChangeKind::ServiceChanged, 0, &[], true), 0);
        assert_eq!(counted(ChangeKind::Suspended, 0, &[], true), 2);
        // What the authority stops the provider does not answer for; and what gives more takes nothing.
        assert_eq!(counted(ChangeKind::Suspended, 0, &[], false), 0);
        assert_eq!(counted(ChangeKind::Resumed, 0, &[], true), 0);
        assert_eq!(counted(ChangeKind::ItemLaxer, 0b001, &[], true), 0);
        assert_eq!(told().len(), 1 + 2 + 1 + (1 + 2 + 1 + 2) + 2 + 2 + 2 + 2, "each count has a record behind it");
    });
}

#[test]
fn what_was_ended_or_disposed_of_before_a_block_came_to_it_is_not_told() {
    run(|| {
        let (ended, withdrawn) = (provisioned(), provisioned());
        Grants::changed(ENTRY, ON, &change(ChangeKind::Suspended, 0, &[]), true);
        assert_ok!(Grants::complete(signed(CONSUMER_OFFICER), ended, text("完成")));
        WithdrawnAt::set(Some(NOON));
        Grants::changed(ENTRY, ON, &change(ChangeKind::Withdrawn, 0, &[]), true);
        let dispose = Grants::record_disposal(signed(CONSUMER_OFFICER), withdrawn, text("删除"), None);
        assert_ok!(dispose);
        let record = last_record().number;
        assert_ok!(Grants::countersign_disposal(signed(OFFICER), withdrawn, record));
        blocks(4);
        assert_eq!((told(), Notices::<Test>::iter().count()), (vec![], 0));
    });
}
