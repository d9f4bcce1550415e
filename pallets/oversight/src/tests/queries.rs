//! `record_queries`.

use super::*;
use crate::{QueryCursor, QueryCursors};
use frame_support::BoundedVec;
use mulu_proofs::{
    audit::{AUDITORS_MAX, AuditQuery, QUERIES_MAX, QueriesRecorded, QueryAbout, QueryKind, QueryScope, query_digest},
    ids::QueryNumber,
};

/// A question of an account, so many milliseconds behind noon.
fn asked(number: u8, after: u64) -> AuditQuery {
    let scope = QueryScope { kind: QueryKind::Sharing, about: QueryAbout::Grant(GrantId::new(2)) };
    let digest = query_digest("sharing_grant", "[2]");
    AuditQuery { account: account(number).into(), scope, moment: Moment::new(NOON + after), digest }
}

fn record(signer: u8, first: u64, queries: Vec<AuditQuery>) -> Result<(), DispatchError> {
    let queries = BoundedVec::try_from(queries).expect("short");
    Oversight::record_queries(signed(signer), QueryNumber::new(first), queries)
}

fn cursor() -> Option<QueryCursor> {
    QueryCursors::<Test>::get([NODE; 32])
}

#[test]
fn a_node_tells_what_auditors_asked_it_one_after_the_other() {
    run(|| {
        assert_ok!(record(NODE, 1, vec![asked(1, 1), asked(5, 2), asked(1, 3)]));
        let told = last_record();
        let body: QueriesRecorded = told.body_as().expect("its type");
        assert_eq!(
            (told.kind, told.department, told.signer),
            (RecordKind::QueriesRecorded, CONSUMER, Some([NODE; 32]))
        );
        let accounts = [NODE, 1, 5].map(|number| Subject::Account([number; 32]));
        assert_eq!(told.subjects, accounts);
        assert_eq!((body.first.get(), body.queries.len(), body.signed_as.role), (1, 3, Role::Operator));
        let event = Event::QueriesRecorded { signer: account(NODE), first: QueryNumber::new(1), count: 3 };
        System::assert_last_event(event.into());
        assert_ok!(record(NODE, 4, vec![asked(5, 4)]));
        assert_eq!(cursor(), Some(QueryCursor { last: QueryNumber::new(4), moment: Moment::new(NOON + 4) }));
    });
}

#[test]
fn only_an_operator_tells_queries() {
    run(|| {
        assert_noop!(record(NOBODY, 1, vec![asked(1, 1)]), Error::<Test>::NotPermitted);
        assert_noop!(record(3, 1, vec![asked(1, 1)]), ROLE_MISSING);
        assert_noop!(record(1, 1, vec![asked(1, 1)]), ROLE_MISSING);
    });
}

#[test]
fn numbers_have_no_gap_and_no_query_is_told_twice() {
    run(|| {
        for first in [0, 2] {
            assert_noop!(record(NODE, first, vec![asked(1, 1)]), Error::<Test>::QueriesNotNext);
        }
        assert_ok!(record(NODE, 1, vec![asked(1, 1), asked(1, 2)]));
        for first in [1, 2, 4] {
            assert_noop!(record(NODE, first, vec![asked(1, 3)]), Error::<Test>::QueriesNotNext);
        }
    });
}

#[test]
fn times_ascend_within_a_report_and_from_one_to_the_next() {
    run(|| {
        let wrong = [[2, 1], [1, 1]];
        for [one, next] in wrong {
            let queries = vec![asked(1, one), asked(1, next)];
            assert_noop!(record(NODE, 1, queries), Error::<Test>::QueriesOutOfOrder);
        }
        assert_ok!(record(NODE, 1, vec![asked(1, 5)]));
        for after in [4, 5] {
            assert_noop!(record(NODE, 2, vec![asked(1, after)]), Error::<Test>::QueriesOutOfOrder);
        }
        // A clock that ran ahead is told as it is: the record's own time shows it.
        assert_ok!(record(NODE, 2, vec![asked(1, 400 * DAY)]));
    });
}

#[test]
fn a_report_is_of_something_and_of_auditors_that_there_are() {
    run(|| {
        assert_noop!(record(NODE, 1, Vec::new()), Error::<Test>::QueriesMissing);
        assert_noop!(record(NODE, 1, vec![asked(1, 1), asked(NOBODY, 2)]), Error::<Test>::UnknownAuditor);
        assert_eq!(cursor(), None);
    });
}

#[test]
fn a_report_has_no_more_auditors_than_its_record_has_subjects() {
    run(|| {
        let many = (100..).take(AUDITORS_MAX + 1).zip(1..).map(|(number, after)| asked(number, after)).collect();
        assert_noop!(record(NODE, 1, many), Error::<Test>::TooManyAuditors);
    });
}

#[test]
fn a_full_report_fits() {
    run(|| {
        let numbers = [1, 2, 3, 4, 5].into_iter().cycle();
        let full = numbers.zip(1..=u64::from(QUERIES_MAX)).map(|(number, after)| asked(number, after)).collect();
        assert_ok!(record(NODE, 1, full));
        assert_eq!(cursor().map(|cursor| cursor.last.get()), Some(u64::from(QUERIES_MAX)));
    });
}
