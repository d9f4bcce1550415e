//! Rectification and termination (art. 27).

use super::*;
use mulu_proofs::{
    grants::{RectificationOrdered, RectificationReported},
    oversight::CountKind,
    papers::Papers,
};

const LATE: u64 = NOON + 5 * DAY;

fn state(grant: GrantId) -> GrantState {
    Courses::<Test>::get(grant).unwrap().state()
}

fn order(who: u8, grant: GrantId) -> sp_runtime::DispatchResult {
    Grants::order_rectification(signed(who), grant, 5, text("停止超范围使用"))
}

fn report(who: u8, grant: GrantId) -> sp_runtime::DispatchResult {
    Grants::report_rectified(signed(who), grant, text("已停止"), Some(Papers([7; 32])))
}

#[test]
fn a_term_is_set_for_what_was_suspended_and_the_consumer_is_responsible() {
    run(|| {
        let grant = rectifying();
        let act: RectificationOrdered = last_body(RecordKind::RectificationOrdered, OFFICER, PROVIDER);
        assert_eq!((act.grant, act.working_days), (grant, 5));
        assert_event(Event::RectificationOrdered { signer: account(OFFICER), act });
        assert_eq!(state(grant), GrantState::Rectifying);
        let subject = Subject::Grant(grant, Version::new(1));
        assert_eq!(running(), [(DeadlineKind::Rectification, subject, CONSUMER, 5)]);
    });
}

#[test]
fn a_term_that_breaks_a_rule_is_refused() {
    run(|| {
        let grant = provisioned();
        assert_noop!(order(OFFICER, grant), Errors::NotSuspended);
        assert_ok!(Grants::suspend(signed(OFFICER), grant, text("核查")));
        let term = |days, what| Grants::order_rectification(signed(OFFICER), grant, days, text(what));
        assert_noop!(term(0, "停用"), Errors::TermInvalid);
        assert_noop!(term(21, "停用"), Errors::TermInvalid);
        assert_noop!(term(5, ""), Errors::ReasonMissing);
        assert_noop!(order(CONSUMER_OFFICER, grant), Errors::NotPermitted);
        assert_ok!(term(20, "停用"));
        assert_noop!(term(5, "停用"), Errors::NotSuspended);
    });
}

#[test]
fn what_the_authority_took_over_it_alone_decides_on() {
    run(|| {
        let grant = provisioned();
        assert_ok!(Grants::suspend(signed(OFFICER), grant, text("核查")));
        assert_noop!(Grants::suspend(signed(SECOND_OFFICER), grant, text("核查")), Errors::AlreadySuspended);
        assert_ok!(Grants::suspend(signed(SUPERVISOR), grant, text("核查")));
        assert_noop!(Grants::suspend(signed(SUPERVISOR), grant, text("核查")), Errors::AlreadySuspended);
        assert_eq!(Courses::<Test>::get(grant).unwrap().transitions.len(), 3, "it was suspended all the time");
        assert_eq!(Counted::get(), [(CONSUMER, CountKind::MisuseSuspended)], "and counts once");
        assert_noop!(order(OFFICER, grant), Errors::SuspendedByAuthority);
        assert_ok!(order(SUPERVISOR, grant));
        assert_noop!(Grants::resume(signed(OFFICER), grant, text("已整改")), Errors::SuspendedByAuthority);
        Now::set(LATE);
        assert_noop!(Grants::terminate(signed(OFFICER), grant, text("未整改")), Errors::SuspendedByAuthority);
        assert_ok!(Grants::terminate(signed(SUPERVISOR), grant, text("未整改")));
    });
}

#[test]
fn a_supervisor_who_sets_the_term_decides_on_it_from_then_on() {
    run(|| {
        let grant = provisioned();
        assert_ok!(Grants::suspend(signed(OFFICER), grant, text("核查")));
        assert_ok!(order(SUPERVISOR, grant));
        assert_noop!(Grants::resume(signed(OFFICER), grant, text("已整改")), Errors::SuspendedByAuthority);
        assert_ok!(report(CONSUMER_OFFICER, grant));
        let reject = |who| Grants::reject_rectification(signed(who), grant, text("未整改"));
        assert_noop!(reject(OFFICER), Errors::SuspendedByAuthority);
        assert_ok!(reject(SUPERVISOR));
    });
}

#[test]
fn a_report_that_is_accepted_resumes_the_grant_and_stops_the_clock() {
    run(|| {
        let grant = rectifying();
        assert_noop!(report(OFFICER, grant), ROLE_MISSING);
        let silent = Grants::report_rectified(signed(CONSUMER_OFFICER), grant, text(""), None);
        assert_noop!(silent, Errors::ReasonMissing);
        assert_ok!(report(CONSUMER_OFFICER, grant));
        let act: RectificationReported = last_body(RecordKind::RectificationReported, CONSUMER_OFFICER, CONSUMER);
        assert_event(Event::RectificationReported { signer: account(CONSUMER_OFFICER), act });
        assert_noop!(report(CONSUMER_OFFICER, grant), Errors::AlreadyReported);
        assert_ok!(Grants::resume(signed(OFFICER), grant, text("已整改")));
        assert_eq!((state(grant), running()), (GrantState::Provisioned, vec![]));
        assert_noop!(report(CONSUMER_OFFICER, grant), Errors::NotRectifying);
    });
}

#[test]
fn while_a_report_in_time_waits_nobody_terminates_and_a_rejection_lets_the_term_run_on() {
    run(|| {
        let grant = rectifying();
        let reject = |reason| Grants::reject_rectification(signed(OFFICER), grant, text(reason));
        let terminate = || Grants::terminate(signed(OFFICER), grant, text("未整改"));
        assert_noop!(reject("未整改"), Errors::NotReported);
        Now::set(LATE - 1);
        assert_noop!(terminate(), Errors::TermRunning);
        assert_ok!(report(CONSUMER_OFFICER, grant));
        Now::set(LATE + 3 * DAY);
        assert_noop!(terminate(), Errors::TermRunning);
        assert_noop!(reject(""), Errors::ReasonMissing);
        assert_ok!(reject("未整改"));
        let act: GrantAct = last_body(RecordKind::RectificationRejected, OFFICER, PROVIDER);
        assert_event(Event::RectificationRejected { signer: account(OFFICER), act });
        assert_noop!(terminate(), Errors::TermRunning);
        Now::set(LATE + 3 * DAY + 1);
        assert_ok!(terminate());
    });
}

#[test]
fn a_report_that_comes_too_late_stops_no_clock() {
    run(|| {
        let grant = rectifying();
        Now::set(LATE);
        assert_ok!(report(CONSUMER_OFFICER, grant));
        let reject = Grants::reject_rectification(signed(OFFICER), grant, text("未整改"));
        assert_noop!(reject, Errors::NotReported);
        assert_ok!(Grants::terminate(signed(OFFICER), grant, text("逾期未整改")));
        let act: GrantAct = last_body(RecordKind::GrantTerminated, OFFICER, PROVIDER);
        assert_event(Event::GrantTerminated { signer: account(OFFICER), act });
        assert_eq!((state(grant), running()), (GrantState::Terminated, vec![]));
        let counted = [(CONSUMER, CountKind::MisuseSuspended), (CONSUMER, CountKind::TerminatedForMisuse)];
        assert_eq!(Counted::get(), counted);
    });
}

#[test]
fn nobody_terminates_what_no_term_was_set_for() {
    run(|| {
        let grant = provisioned();
        let terminate = |who, reason| Grants::terminate(signed(who), grant, text(reason));
        assert_noop!(terminate(OFFICER, "未整改"), Errors::NotRectifying);
        assert_noop!(terminate(CONSUMER_OFFICER, "未整改"), Errors::NotPermitted);
        assert_noop!(terminate(OFFICER, ""), Errors::ReasonMissing);
        assert_noop!(Grants::reject_rectification(signed(OFFICER), grant, text("未整改")), Errors::NotRectifying);
        assert_ok!(Grants::suspend(signed(OFFICER), grant, text("核查")));
        assert_noop!(terminate(OFFICER, "未整改"), Errors::NotRectifying);
    });
}

#[test]
fn provisioning_stands_still_while_the_authority_holds_the_grant() {
    run(|| {
        let grant = granted();
        let provisioning = Courses::<Test>::get(grant).unwrap().deadline.unwrap();
        let due = || TestClocks::due(provisioning).map(|due| due.get());
        // What the provider stopped itself it can lift itself: nothing excuses it.
        assert_ok!(Grants::suspend(signed(OFFICER), grant, text("核查")));
        assert_eq!(due(), Some(NOON + 20 * DAY));
        assert_ok!(Grants::suspend(signed(SUPERVISOR), grant, text("接管")));
        assert_eq!(due(), None);
        Now::set(NOON + 5 * DAY);
        assert_ok!(Grants::resume(signed(SUPERVISOR), grant, text("查明")));
        assert_eq!(due(), Some(NOON + 25 * DAY));
        // A term that the authority sets holds the grant, too.
        assert_ok!(Grants::suspend(signed(OFFICER), grant, text("核查")));
        assert_ok!(order(SUPERVISOR, grant));
        assert_eq!(due(), None);
        assert_ok!(Grants::resume(signed(SUPERVISOR), grant, text("已整改")));
        // What is overdue stays so.
        Now::set(NOON + 26 * DAY);
        assert_ok!(Grants::suspend(signed(SUPERVISOR), grant, text("核查")));
        assert_eq!(due(), Some(NOON + 25 * DAY));
        assert_ok!(Grants::resume(signed(SUPERVISOR), grant, text("查明")));
        assert_ok!(Grants::provision(signed(OFFICER), grant));
    });
}

#[test]
fn what_was_never_provisioned_is_mended_while_its_provisioning_stays_due() {
    run(|| {
        let grant = granted();
        assert_ok!(Grants::suspend(signed(OFFICER), grant, text("核查")));
        assert_ok!(order(OFFICER, grant));
        assert_eq!(running().len(), 2);
        assert_ok!(Grants::resume(signed(OFFICER), grant, text("已整改")));
        assert_eq!((state(grant), running().len()), (GrantState::Agreed, 1));
        assert_ok!(Grants::provision(signed(OFFICER), grant));
    });
}
