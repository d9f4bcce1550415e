//! Suspending, resuming and withdrawing.

use super::*;
use crate::{Courses, STATUS_CHANGES_MAX};
use mulu_pallet_support::{Clock as _, Clocks as _, LiveUse};
use mulu_proofs::{
    catalog::{ChangeKind, EntryStatus, EntrySuspension, EntryWithdrawn, Method, Methods},
    ids::Moment,
    papers::Papers,
};

fn suspend(who: u8) -> DispatchResult {
    Catalog::suspend(signed(who), ENTRY, text("数据有误"))
}

fn resume(who: u8) -> DispatchResult {
    Catalog::resume(signed(who), ENTRY, text("已更正"))
}

fn withdraw(who: u8) -> DispatchResult {
    Catalog::withdraw(signed(who), ENTRY, text("职责划出"), None)
}

fn status() -> EntryStatus {
    Catalog::status_at(ENTRY, TestClock::now())
}

#[test]
fn provider_and_authority_suspend_and_the_record_is_under_both() {
    run(|| {
        published();
        for (who, department, role) in [(HEAD, CIVIL, Role::Head), (REVIEWER, AUTHORITY, Role::Reviewer)] {
            assert_ok!(suspend(who));
            assert_eq!(status(), EntryStatus::Suspended);
            let record = Recorded::get().pop().expect("a record");
            let body: EntrySuspension = record.body_as().expect("reads");
            assert_eq!((body.version, body.reason.as_str()), (V1, "数据有误"));
            assert_eq!((record.kind, record.department), (RecordKind::EntrySuspended, department));
            assert_eq!((body.signed_as.role, body.signed_as.department), (role, department));
            let about = [Subject::Entry(ENTRY, V1), Subject::Department(CIVIL), Subject::Department(AUTHORITY)];
            assert_eq!(record.subjects, about);
            assert!(matches!(last_event(), Event::EntrySuspended { .. }));
            assert_ok!(resume(SECOND_REVIEWER));
            assert!(matches!(last_event(), Event::EntryResumed { .. }));
        }
    });
}

#[test]
fn the_status_of_every_moment_is_known() {
    run(|| {
        published();
        let mut moments = Vec::new();
        for act in [suspend, resume, suspend, withdraw] {
            Days::set(Days::get() + 1);
            moments.push(TestClock::now());
            assert_ok!(act(HEAD));
        }
        let at = |moment: Moment| Catalog::status_at(ENTRY, moment);
        use EntryStatus::{Published, Suspended, Withdrawn};
        assert_eq!(moments.iter().copied().map(at).collect::<Vec<_>>(), [Suspended, Published, Suspended, Withdrawn]);
        assert_eq!(at(Moment::new(moments[0].get() - 1)), Published);
        assert_eq!(at(Moment::new(moments[1].get() - 1)), Suspended);
        assert_eq!(at(Moment::new(u64::MAX)), Withdrawn);
    });
}

#[test]
fn what_the_authority_suspended_the_provider_does_not_resume() {
    run(|| {
        published();
        assert_ok!(suspend(REVIEWER));
        assert_noop!(resume(HEAD), Error::<Test>::SuspendedByAuthority);
        assert_noop!(resume(POLICE_HEAD), ROLE_MISSING);
        assert_ok!(resume(SECOND_REVIEWER));
        assert_ok!(suspend(HEAD));
        assert_ok!(resume(HEAD));
    });
}

#[test]
fn a_suspended_entry_is_revised_and_stays_suspended() {
    run(|| {
        published();
        assert_ok!(suspend(HEAD));
        publish_next(V2, content());
        assert_eq!((Catalog::published(ENTRY), status()), (Some(V2), EntryStatus::Suspended));
    });
}

#[test]
fn a_withdrawn_entry_is_over_and_its_code_stays_taken() {
    run(|| {
        published();
        assert_ok!(withdraw(HEAD));
        let record = Recorded::get().pop().expect("a record");
        let body: EntryWithdrawn = record.body_as().expect("reads");
        assert_eq!((body.version, body.authority, body.consultation), (V1, AUTHORITY, None));
        let about = [Subject::Entry(ENTRY, V1), Subject::Department(CIVIL), Subject::Department(AUTHORITY)];
        assert_eq!((record.kind, record.subjects), (RecordKind::EntryWithdrawn, about.to_vec()));
        assert!(matches!(last_event(), Event::EntryWithdrawn { .. }));

        let heard = ["1 published, first true, Methods(6)", "1 of 2 withdrawn"];
        assert_eq!(Heard::get(), heard, "mounts follow");
        assert_eq!(Catalog::published(ENTRY), None);
        assert!(Catalog::facts(ENTRY, V1).is_some(), "late events cite it");
        assert_noop!(submit(CATALOGUER, content()), Error::<Test>::EntryWithdrawn);
        for act in [suspend, resume, withdraw] {
            assert_noop!(act(HEAD), Error::<Test>::EntryWithdrawn);
        }
    });
}

#[test]
fn a_withdrawal_that_ends_grants_was_consulted_on() {
    run(|| {
        published();
        let methods = Methods::of(&[Method::File]);
        Live::set(vec![(ENTRY, LiveUse { version: V1, items: 1, methods })]);
        let withdraw = |consultation| Catalog::withdraw(signed(HEAD), ENTRY, text("职责划出"), consultation);
        for nothing in [None, Some(Papers([0; 32]))] {
            assert_noop!(withdraw(nothing), Error::<Test>::ConsultationMissing);
        }
        assert_ok!(withdraw(Some(Papers([3; 32]))));
        Live::set(Vec::new());
    });
}

#[test]
fn nothing_is_withdrawn_while_a_version_is_on_its_way_or_there_is_no_authority() {
    run(|| {
        published();
        assert_ok!(submit(CATALOGUER, content()));
        assert_noop!(withdraw(HEAD), Error::<Test>::UnderWayAlready);
        assert_ok!(Catalog::return_version(signed(HEAD), ENTRY, V2, text("重复")));
        NoAuthority::set(true);
        assert_noop!(withdraw(HEAD), Error::<Test>::NoAuthority);
        assert_ok!(suspend(HEAD));
        assert_eq!(Recorded::get().pop().expect("a record").subjects.len(), 2, "there is nobody else to tell");
    });
}

#[test]
fn what_breaks_a_rule_is_refused() {
    run(|| {
        assert_noop!(suspend(HEAD), Error::<Test>::UnknownEntry);
        reviewed();
        for act in [suspend, resume, withdraw] {
            assert_noop!(act(HEAD), Error::<Test>::NotPublished);
        }
        assert_ok!(publish(REVIEWER));
        assert_noop!(resume(HEAD), Error::<Test>::NotSuspended);
        for stranger in [CATALOGUER, POLICE_HEAD, 99] {
            assert_noop!(suspend(stranger), ROLE_MISSING);
            assert_noop!(withdraw(stranger), ROLE_MISSING);
        }
        assert_noop!(withdraw(REVIEWER), ROLE_MISSING);
        for blank in ["", " ", "\u{3000}"] {
            assert_noop!(Catalog::suspend(signed(HEAD), ENTRY, text(blank)), Error::<Test>::WithoutReason);
            assert_noop!(Catalog::withdraw(signed(HEAD), ENTRY, text(blank), None), Error::<Test>::WithoutReason);
        }
        assert_ok!(suspend(HEAD));
        assert_noop!(suspend(REVIEWER), Error::<Test>::SuspendedAlready);
        for blank in ["", " "] {
            assert_noop!(Catalog::resume(signed(HEAD), ENTRY, text(blank)), Error::<Test>::WithoutReason);
        }
    });
}

#[test]
fn suspensions_are_bounded_and_leave_room_for_a_withdrawal() {
    run(|| {
        published();
        while Courses::<Test>::get(ENTRY).changes.len() + 2 < STATUS_CHANGES_MAX as usize {
            assert_ok!(suspend(HEAD));
            assert_ok!(resume(HEAD));
        }
        assert_noop!(suspend(HEAD), Error::<Test>::TooManySuspensions);
        assert_ok!(withdraw(HEAD));
    });
}

#[test]
fn what_the_authority_holds_requests_hear_of_and_what_the_provider_does_is_told_as_its_own() {
    run(|| {
        published();
        let methods = Methods::of(&[Method::ServiceInterface]);
        Live::set(vec![(ENTRY, LiveUse { version: V1, items: 1, methods })]);
        assert_ok!(suspend(HEAD));
        assert_eq!(Held::get(), [], "what the provider suspends it can resume");
        assert_ok!(resume(HEAD));
        assert_eq!((Held::get(), NotByProvider::get()), (vec![(ENTRY, false)], vec![]));
        assert_ok!(suspend(REVIEWER));
        assert_ok!(resume(SECOND_REVIEWER));
        assert_eq!(Held::get(), [(ENTRY, false), (ENTRY, true), (ENTRY, false)]);
        assert_eq!(NotByProvider::get(), [ChangeKind::Suspended, ChangeKind::Resumed]);
        Live::set(Vec::new());
    });
}

#[test]
fn a_withdrawal_lets_go_what_was_held_and_needs_no_update() {
    run(|| {
        published();
        let today = TestClocks::day_of(TestClock::now());
        assert_ok!(Catalog::report_change(signed(HEAD), ENTRY, today, text("机构改革")));
        assert_ok!(suspend(REVIEWER));
        assert_ok!(withdraw(HEAD));
        assert_eq!(Held::get(), [(ENTRY, true), (ENTRY, false)]);
        assert_eq!(Cancelled::get().len(), 1, "nobody updates what is withdrawn: neither met nor missed");
    });
}
