//! The end of grants, disposal, and records on the use (arts. 27 and 29).

use super::*;
use mulu_proofs::{
    grants::{DisposalCountersigned, DisposalRecorded, GrantCompleted, ServiceEnded, UseKind, UseRecord, UseRecorded},
    ids::RecordNumber,
    oversight::CountKind,
    papers::Papers,
};

const PAPERS: Papers = Papers([7; 32]);

fn state(grant: GrantId) -> GrantState {
    Courses::<Test>::get(grant).unwrap().state()
}

fn end_service(who: u8, grant: GrantId) -> sp_runtime::DispatchResult {
    Grants::end_service(signed(who), grant, text("系统整合"), PAPERS)
}

fn complete(who: u8, grant: GrantId) -> sp_runtime::DispatchResult {
    Grants::complete(signed(who), grant, text("审核时间减半"))
}

fn dispose(who: u8, grant: GrantId) -> sp_runtime::DispatchResult {
    Grants::record_disposal(signed(who), grant, text("删除并出具证明"), Some(PAPERS))
}

#[test]
fn the_consumer_gives_up_what_it_needs_no_longer() {
    run(|| {
        let grant = granted();
        assert_noop!(complete(OFFICER, grant), ROLE_MISSING);
        assert_noop!(Grants::complete(signed(CONSUMER_OFFICER), grant, text("")), Errors::ReasonMissing);
        assert_ok!(complete(CONSUMER_OFFICER, grant));
        let act: GrantCompleted = last_body(RecordKind::GrantCompleted, CONSUMER_OFFICER, CONSUMER);
        assert_event(Event::GrantCompleted { signer: account(CONSUMER_OFFICER), act });
        assert_eq!((state(grant), running()), (GrantState::Completed, vec![]));
        assert_noop!(Grants::provision(signed(OFFICER), grant), Errors::GrantOver);
        assert_noop!(Grants::suspend(signed(OFFICER), grant, text("核查")), Errors::GrantOver);
    });
}

#[test]
fn the_provider_ends_a_service_after_consultation_and_files_that() {
    run(|| {
        let grant = provisioned();
        assert_noop!(end_service(CONSUMER_OFFICER, grant), ROLE_MISSING);
        let end = |reason, papers| Grants::end_service(signed(OFFICER), grant, text(reason), papers);
        assert_noop!(end("", PAPERS), Errors::ReasonMissing);
        assert_noop!(end("系统整合", Papers([0; 32])), Errors::ConsultationMissing);
        AuthorityOf::set(None);
        assert_noop!(end_service(OFFICER, grant), Errors::AuthorityMissing);
        AuthorityOf::set(Some(AUTHORITY));
        assert_ok!(end_service(OFFICER, grant));
        let act: ServiceEnded = last_body(RecordKind::ServiceEnded, OFFICER, PROVIDER);
        assert_eq!((act.authority, act.consultation), (AUTHORITY, PAPERS));
        assert!(last_record().subjects.contains(&Subject::Department(AUTHORITY)), "the record is the filing");
        assert_event(Event::ServiceEnded { signer: account(OFFICER), act });
        assert_eq!(state(grant), GrantState::EndedByProvider);
        assert_eq!(Counted::get(), [(PROVIDER, CountKind::ServiceStopped)]);
    });
}

#[test]
fn what_is_stopped_for_misuse_is_neither_completed_nor_ended_as_a_service() {
    run(|| {
        let grant = provisioned();
        assert_ok!(Grants::suspend(signed(OFFICER), grant, text("核查")));
        assert_noop!(end_service(OFFICER, grant), Errors::Stopped);
        assert_noop!(complete(CONSUMER_OFFICER, grant), Errors::Stopped);
    });
}

#[test]
fn after_every_end_the_consumer_disposes_and_the_provider_countersigns() {
    let ends: [fn() -> GrantId; 4] = [
        || {
            let grant = provisioned();
            assert_ok!(complete(CONSUMER_OFFICER, grant));
            grant
        },
        || {
            let grant = provisioned();
            assert_ok!(end_service(OFFICER, grant));
            grant
        },
        || {
            let grant = rectifying();
            Now::set(NOON + 5 * DAY);
            assert_ok!(Grants::terminate(signed(OFFICER), grant, text("未整改")));
            grant
        },
        || {
            // The period is over, and no block has come to it yet.
            let grant = rectifying();
            Now::set(terms().until.get());
            grant
        },
    ];
    for end in ends {
        run(|| {
            let grant = end();
            assert_ok!(dispose(CONSUMER_OFFICER, grant));
            let act: DisposalRecorded = last_body(RecordKind::DisposalRecorded, CONSUMER_OFFICER, CONSUMER);
            let record = last_record().number;
            assert_event(Event::DisposalRecorded { signer: account(CONSUMER_OFFICER), record, act });
            assert_ok!(Grants::countersign_disposal(signed(OFFICER), grant, record));
            let act: DisposalCountersigned = last_body(RecordKind::DisposalCountersigned, OFFICER, PROVIDER);
            assert_event(Event::DisposalCountersigned { signer: account(OFFICER), act });
            assert_eq!((state(grant), running()), (GrantState::Disposed, vec![]));
            assert_noop!(dispose(CONSUMER_OFFICER, grant), Errors::AlreadyDisposed);
            let again = Grants::countersign_disposal(signed(OFFICER), grant, record);
            assert_noop!(again, Errors::AlreadyDisposed);
        });
    }
}

#[test]
fn the_provider_countersigns_what_was_recorded_last_and_nothing_else() {
    run(|| {
        let grant = provisioned();
        let countersign = |who, record| Grants::countersign_disposal(signed(who), grant, RecordNumber::new(record));
        assert_noop!(dispose(CONSUMER_OFFICER, grant), Errors::NotOver);
        assert_noop!(countersign(OFFICER, 1), Errors::NotOver);
        assert_ok!(complete(CONSUMER_OFFICER, grant));
        assert_noop!(countersign(OFFICER, 1), Errors::OtherDisposal);
        assert_noop!(dispose(OFFICER, grant), ROLE_MISSING);
        let empty = Grants::record_disposal(signed(CONSUMER_OFFICER), grant, text(""), None);
        assert_noop!(empty, Errors::ReasonMissing);
        assert_ok!(dispose(CONSUMER_OFFICER, grant));
        let first = last_record().number.get();
        assert_ok!(dispose(CONSUMER_OFFICER, grant));
        assert_noop!(countersign(OFFICER, first), Errors::OtherDisposal);
        assert_noop!(countersign(CONSUMER_OFFICER, first + 1), ROLE_MISSING);
        assert_ok!(countersign(OFFICER, first + 1));
    });
}

#[test]
fn the_consumer_records_its_use_of_today_and_of_earlier_days() {
    run(|| {
        let grant = provisioned();
        let today = TestClocks::day_of(Moment::new(NOON));
        let record = |who, on| {
            let used = UseRecord { kind: UseKind::Outcome, papers: PAPERS, on };
            Grants::record_use(signed(who), grant, used)
        };
        for who in [APPLICANT, CONSUMER_OFFICER] {
            assert_ok!(record(who, today));
            let act: UseRecorded = last_body(RecordKind::UseRecorded, who, CONSUMER);
            assert_event(Event::UseRecorded { signer: account(who), act });
        }
        for who in [OFFICER, CLERK, SUPERVISOR] {
            assert_noop!(record(who, today), Errors::NotPermitted);
        }
        assert_noop!(record(APPLICANT, today.next()), Errors::DayInFuture);
        assert_ok!(complete(CONSUMER_OFFICER, grant));
        // Storage and destruction are recorded after the end.
        Now::set(NOON + 2 * DAY);
        assert_ok!(record(APPLICANT, today.next()));
        assert_noop!(record(APPLICANT, today.previous()), Errors::DayBeforeGrant);
        let used = UseRecord { kind: UseKind::Outcome, papers: PAPERS, on: today };
        assert_noop!(Grants::record_use(signed(APPLICANT), GrantId::new(2), used), Errors::UnknownGrant);
    });
}
