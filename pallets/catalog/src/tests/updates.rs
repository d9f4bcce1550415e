//! The duty to update, and the clocks of catalog work (art. 16, 17). The tests' day 0 is a Monday.

use super::*;
use crate::OpenChanges;
use mulu_pallet_support::Clocks as _;
use mulu_proofs::{
    calendar::{Day, DeadlineKind},
    catalog::{ChangeOccurred, UpdateExtensionAsked, UpdateExtensionDecided},
    ids::DepartmentId,
};

fn report(who: u8, on: Day) -> DispatchResult {
    Catalog::report_change(signed(who), ENTRY, on, text("条例修订"))
}

fn ask(who: u8, working_days: u16) -> DispatchResult {
    Catalog::ask_extension(signed(who), ENTRY, working_days, text("系统改造未完成"))
}

fn decide(who: u8, granted: bool, reason: &str) -> DispatchResult {
    Catalog::decide_extension(signed(who), ENTRY, granted, text(reason))
}

/// A published entry, and a change that occurred on this day.
fn changed() {
    published();
    assert_ok!(report(CATALOGUER, today()));
}

fn update_clock() -> DeadlineId {
    OpenChanges::<Test>::get(ENTRY).expect("a change is open").deadline
}

/// Working days until the end of the last day of a clock, today not counted.
fn days_left(id: DeadlineId) -> u32 {
    let due = Running::get()[&id].due(&calendar()).expect("runs").day;
    calendar().working_days_between(today(), due).value
}

fn endorse_next() -> Digest32 {
    let digest = content().digest();
    assert_ok!(submit(CATALOGUER, content()));
    assert_ok!(Catalog::endorse(signed(HEAD), ENTRY, V2, digest));
    digest
}

#[test]
fn a_first_review_has_the_governed_time_and_ends_with_publication_or_return() {
    run(|| {
        endorsed();
        let clock = Running::get()[&DeadlineId::new(1)];
        assert_eq!((clock.kind, clock.responsible), (DeadlineKind::CatalogReview, AUTHORITY));
        assert_eq!((clock.subject, clock.working_days), (Subject::Entry(ENTRY, V1), 10));
        assert_ok!(review(REVIEWER));
        assert_ok!(publish(REVIEWER));
        assert_eq!(Ended::get(), [(DeadlineKind::CatalogReview, true)]);
        endorse_next();
        assert_ok!(Catalog::return_version(signed(REVIEWER), ENTRY, V2, text("重复")));
        assert_eq!((Ended::get().len(), Running::get().len()), (2, 0));
    });
}

#[test]
fn what_is_published_is_updated_within_two_days_also_where_no_change_was_reported() {
    run(|| {
        published();
        endorse_next();
        let clock = Running::get()[&DeadlineId::new(2)];
        assert_eq!((clock.kind, clock.responsible), (DeadlineKind::CatalogUpdateReview, AUTHORITY));
        assert_eq!((clock.subject, clock.working_days), (Subject::Entry(ENTRY, V2), 2));
        // Returned before it ever was published, a version is a first one again.
    });
    run(|| {
        endorsed();
        assert_ok!(return_v1(REVIEWER));
        endorse_next();
        assert_eq!(Running::get()[&DeadlineId::new(2)].kind, DeadlineKind::CatalogReview);
    });
}

#[test]
fn the_time_for_an_update_counts_from_the_day_of_the_change() {
    run(|| {
        published();
        Days::set(2);
        let monday = today().previous().previous();
        assert_ok!(report(HEAD, monday));
        let record = Recorded::get().pop().expect("a record");
        let body: ChangeOccurred = record.body_as().expect("reads");
        assert_eq!((body.version, body.on, body.basis.as_str()), (V1, monday, "条例修订"));
        assert_eq!((record.kind, record.department), (RecordKind::ChangeOccurred, CIVIL));
        assert!(matches!(last_event(), Event::ChangeOccurred { .. }));
        let clock = Running::get()[&update_clock()];
        assert_eq!((clock.kind, clock.responsible), (DeadlineKind::CatalogUpdate, CIVIL));
        assert_eq!((clock.counted_from, clock.working_days), (monday, 10));
        assert_eq!(days_left(update_clock()), 8, "two days were gone when it was reported");
    });
}

#[test]
fn whoever_is_concerned_reports_a_change() {
    for who in [CATALOGUER, HEAD, REVIEWER] {
        run(|| {
            published();
            assert_noop!(report(POLICE_HEAD, today()), ROLE_MISSING);
            assert_ok!(report(who, today()));
        });
    }
}

#[test]
fn a_change_is_named_of_the_past_and_one_at_a_time() {
    run(|| {
        assert_noop!(report(HEAD, today()), Error::<Test>::UnknownEntry);
        submitted();
        assert_noop!(report(HEAD, today()), Error::<Test>::NotPublished);
        assert_ok!(endorse(HEAD));
        assert_ok!(review(REVIEWER));
        assert_ok!(publish(REVIEWER));
        assert_noop!(report(HEAD, today().next()), Error::<Test>::ChangeAhead);
        for blank in ["", " "] {
            let baseless = Catalog::report_change(signed(HEAD), ENTRY, today(), text(blank));
            assert_noop!(baseless, Error::<Test>::BasisMissing);
        }
        assert_ok!(report(HEAD, today()));
        assert_noop!(report(HEAD, today()), Error::<Test>::ChangeOpen);
        assert_ok!(Catalog::withdraw(signed(HEAD), ENTRY, text("职责划出"), None));
        assert_eq!(Ended::get().last(), Some(&(DeadlineKind::CatalogUpdate, true)), "there is nothing to update");
        assert_noop!(report(HEAD, today()), Error::<Test>::EntryWithdrawn);
    });
}

#[test]
fn an_update_is_reviewed_in_two_days_while_the_provider_s_time_stands_still() {
    run(|| {
        changed();
        Days::set(3);
        let digest = endorse_next();
        let update = update_clock();
        assert_eq!(TestClocks::due(update), None, "it stands still");
        let endorsement = VersionUnderWay::<Test>::get(ENTRY).and_then(|version| version.endorsement().cloned());
        let review = endorsement.expect("endorsed").review;
        let clock = Running::get()[&review];
        assert_eq!((clock.kind, clock.working_days), (DeadlineKind::CatalogUpdateReview, 2));
        Days::set(30);
        assert_ok!(Catalog::review(signed(REVIEWER), ENTRY, V2, digest));
        assert_ok!(Catalog::publish(signed(REVIEWER), ENTRY, V2, digest));
        assert!(!OpenChanges::<Test>::contains_key(ENTRY));
        let ended = [(DeadlineKind::CatalogUpdateReview, false), (DeadlineKind::CatalogUpdate, true)];
        assert_eq!(Ended::get()[1..], ended, "the authority was late, the provider was not");
    });
}

#[test]
fn a_returned_update_has_the_days_that_were_left() {
    run(|| {
        changed();
        Days::set(3);
        let left = days_left(update_clock());
        endorse_next();
        Days::set(7);
        assert_ok!(Catalog::return_version(signed(REVIEWER), ENTRY, V2, text("不完整")));
        assert_eq!(
            days_left(update_clock()),
            left,
            "the day of the return counts as the day of the endorsement would have"
        );
        assert_ok!(ask(HEAD, 5));
    });
}

#[test]
fn an_update_that_is_late_stays_late() {
    run(|| {
        changed();
        Days::set(15);
        assert_noop!(ask(HEAD, 1), Error::<Test>::UpdateOverdue);
        endorse_next();
        assert_ok!(Catalog::return_version(signed(REVIEWER), ENTRY, V2, text("不完整")));
        assert!(TestClocks::is_overdue(update_clock()));
        publish_next(Version::new(3), content());
        assert_eq!(Ended::get().last(), Some(&(DeadlineKind::CatalogUpdate, false)));
    });
}

#[test]
fn a_version_that_was_endorsed_before_the_change_does_not_answer_it() {
    run(|| {
        published();
        let digest = endorse_next();
        assert_ok!(report(REVIEWER, today()));
        assert_ok!(Catalog::review(signed(REVIEWER), ENTRY, V2, digest));
        assert_ok!(Catalog::publish(signed(REVIEWER), ENTRY, V2, digest));
        assert!(OpenChanges::<Test>::contains_key(ENTRY));
        publish_next(Version::new(3), content());
        assert!(!OpenChanges::<Test>::contains_key(ENTRY));
    });
}

#[test]
fn the_authority_grants_or_denies_more_time() {
    run(|| {
        changed();
        let before = days_left(update_clock());
        assert_ok!(ask(HEAD, 2));
        let record = Recorded::get().pop().expect("a record");
        let asked: UpdateExtensionAsked = record.body_as().expect("reads");
        assert_eq!((record.kind, asked.working_days), (RecordKind::UpdateExtensionAsked, 2));
        assert!(record.subjects.contains(&Subject::Department(AUTHORITY)));
        assert!(matches!(last_event(), Event::UpdateExtensionAsked { .. }));
        assert_noop!(ask(HEAD, 1), Error::<Test>::ExtensionAskedAlready);
        assert_eq!(days_left(update_clock()), before, "asking is not being granted");

        for blank in ["", " "] {
            assert_noop!(decide(REVIEWER, false, blank), Error::<Test>::WithoutReason);
        }
        assert_noop!(decide(HEAD, true, ""), ROLE_MISSING);
        assert_ok!(decide(REVIEWER, true, ""));
        let granted = Recorded::get().pop().expect("a record");
        let decided: UpdateExtensionDecided = granted.body_as().expect("reads");
        assert_eq!((decided.asked, decided.working_days, decided.granted), (record.number, 2, true));
        assert!(granted.subjects.contains(&Subject::Department(CIVIL)), "the notice to the provider");
        assert!(matches!(last_event(), Event::UpdateExtensionDecided { .. }));
        assert_eq!(days_left(update_clock()), before + 2);
        assert_noop!(decide(REVIEWER, true, ""), Error::<Test>::ExtensionNotAsked);

        assert_noop!(ask(HEAD, 4), Error::<Test>::ExtensionOverLimit);
        assert_ok!(ask(HEAD, 3));
        Days::set(30);
        assert_noop!(decide(REVIEWER, true, ""), Error::<Test>::UpdateOverdue);
        assert_ok!(decide(REVIEWER, false, "已逾期"));
    });
}

#[test]
fn who_asks_for_more_time_does_not_grant_it() {
    run(|| {
        let own = EntryContent { provider: AUTHORITY, ..content() };
        let digest = own.digest();
        assert_ok!(submit(EVERYTHING, own));
        assert_ok!(Catalog::endorse(signed(AUTHORITY_HEAD), ENTRY, V1, digest));
        assert_ok!(Catalog::review(signed(REVIEWER), ENTRY, V1, digest));
        assert_ok!(Catalog::publish(signed(REVIEWER), ENTRY, V1, digest));
        assert_ok!(report(AUTHORITY_HEAD, today()));
        assert_ok!(ask(EVERYTHING, 2));
        for granted in [true, false] {
            assert_noop!(decide(EVERYTHING, granted, "理由充分"), Error::<Test>::SamePerson);
        }
        assert_ok!(decide(REVIEWER, true, ""));
    });
}

/// Which authority is blamed when the clock of an update stops, after these acts, because the update is published.
fn blamed(acts: impl FnOnce()) -> Vec<DepartmentId> {
    let mut blamed = Vec::new();
    run(|| {
        changed();
        acts();
        publish_next(V2, content());
        assert!(!OpenChanges::<Test>::contains_key(ENTRY));
        blamed = Unanswered::get();
    });
    blamed
}

#[test]
fn an_authority_that_answers_after_the_term_or_never_left_the_application_unanswered() {
    let ask = || {
        assert_ok!(ask(HEAD, 2));
    };
    let deny = || {
        assert_ok!(decide(REVIEWER, false, "理由不足"));
    };
    let overdue = || Days::set(30);
    assert_eq!(blamed(|| (ask(), overdue()).1), [AUTHORITY], "never answered");
    assert_eq!(blamed(|| (ask(), overdue(), deny()).2), [AUTHORITY], "answered too late");
    assert_eq!(blamed(|| (ask(), deny(), overdue()).2), [], "answered in time");
    assert_eq!(blamed(overdue), [], "nobody asked");
    assert_eq!(blamed(ask), [], "the provider updated in time");
    run(|| {
        changed();
        ask();
        overdue();
        assert_ok!(Catalog::withdraw(signed(HEAD), ENTRY, text("职责划出"), None));
        assert_eq!(Unanswered::get(), [AUTHORITY], "a withdrawal ends the clock too");
    });
}

#[test]
fn an_extension_has_one_to_five_days_a_reason_and_a_change() {
    run(|| {
        published();
        assert_noop!(ask(HEAD, 1), Error::<Test>::NoChangeOpen);
        assert_noop!(decide(REVIEWER, true, ""), Error::<Test>::NoChangeOpen);
        assert_ok!(report(CATALOGUER, today()));
        for beyond in [0, 6] {
            assert_noop!(ask(HEAD, beyond), Error::<Test>::ExtensionOverLimit);
        }
        assert_noop!(ask(CATALOGUER, 1), ROLE_MISSING);
        for blank in ["", " "] {
            let silent = Catalog::ask_extension(signed(HEAD), ENTRY, 1, text(blank));
            assert_noop!(silent, Error::<Test>::WithoutReason);
        }
        NoAuthority::set(true);
        assert_noop!(ask(HEAD, 1), Error::<Test>::NoAuthority);
    });
}
