//! The judgement, row by row: what denies a call, and that nothing else does.

use super::*;
use crate::question::Under;
use mulu_proofs::{
    catalog::{Method, Methods},
    ids::{PurposeId, RequestId, Version},
};

const FROM: u64 = 1_000;
const UNTIL: u64 = 9_000;
const NOW: u64 = 5_000;
const PLATFORM: SystemId = SystemId::new(6);
const CONSUMER: DepartmentId = DepartmentId::new(4);

fn at(moment: u64) -> Moment {
    Moment::new(moment)
}

fn facts() -> GrantFacts {
    GrantFacts {
        terms: GrantTerms {
            grant: GrantId::new(1),
            version: Version::new(1),
            request: RequestId::new(1),
            provider: DepartmentId::new(3),
            consumer: CONSUMER,
            entry: EntryId::new(2),
            entry_version: Version::new(1),
            items: 0b0111,
            method: Method::ServiceInterface,
            from: at(FROM),
            until: at(UNTIL),
            purposes: vec![PurposeId::new(5)].try_into().unwrap(),
            systems: vec![SystemId::new(8)].try_into().unwrap(),
            platforms: vec![PLATFORM].try_into().unwrap(),
            calls_per_day: 10,
            rows_per_day: 100,
        },
        transitions: vec![(at(10), GrantState::Agreed), (at(20), GrantState::Provisioned)],
        departments: [vec![(at(0), DepartmentStatus::Active)], vec![(at(0), DepartmentStatus::Active)]],
        entry: vec![(at(0), EntryStatus::Published)],
        stops: Vec::new(),
    }
}

fn question() -> Question {
    Question {
        under: Under::Grant(GrantId::new(1)),
        consumer: CONSUMER,
        items: 0b0011,
        method: Method::ServiceInterface,
        purpose: Some(PurposeId::new(5)),
        using_system: Some(SystemId::new(8)),
    }
}

fn objection(facts: &GrantFacts, question: &Question, now: u64) -> Option<Reason> {
    facts.objection(question, PLATFORM, UsedToday::default(), at(now))
}

#[test]
fn a_call_within_the_grant_may_proceed() {
    assert_eq!(objection(&facts(), &question(), NOW), None);
    // What a call does not name is not held against it, as with events.
    let bare = Question { purpose: None, using_system: None, ..question() };
    assert_eq!(objection(&facts(), &bare, NOW), None);
}

#[test]
fn each_part_of_the_question_is_held_to_the_terms() {
    for (asked, reason) in [
        (Question { consumer: DepartmentId::new(5), ..question() }, Reason::WrongConsumer),
        (Question { items: 0b1001, ..question() }, Reason::ItemNotGranted),
        (Question { method: Method::File, ..question() }, Reason::WrongMethod),
        (Question { purpose: Some(PurposeId::new(6)), ..question() }, Reason::WrongPurpose),
        (Question { using_system: Some(SystemId::new(9)), ..question() }, Reason::WrongSystem),
    ] {
        assert_eq!(objection(&facts(), &asked, NOW), Some(reason), "{asked:?}");
    }
    let elsewhere = facts().objection(&question(), SystemId::new(7), UsedToday::default(), at(NOW));
    assert_eq!(elsewhere, Some(Reason::WrongPlatform));
}

#[test]
fn the_period_begins_with_its_first_moment_and_ends_before_its_last() {
    for (now, reason) in
        [(FROM - 1, Some(Reason::NotYetActive)), (FROM, None), (UNTIL - 1, None), (UNTIL, Some(Reason::Ended))]
    {
        assert_eq!(objection(&facts(), &question(), now), reason, "{now}");
    }
}

#[test]
fn every_state_of_the_grant_says_whether_data_may_flow() {
    for (state, reason) in [
        (GrantState::Agreed, Some(Reason::NotYetActive)),
        (GrantState::Provisioned, None),
        (GrantState::Suspended, Some(Reason::Suspended)),
        (GrantState::Rectifying, Some(Reason::Suspended)),
        (GrantState::Terminated, Some(Reason::Ended)),
        (GrantState::Completed, Some(Reason::Ended)),
        (GrantState::EndedByProvider, Some(Reason::Ended)),
        (GrantState::Ended, Some(Reason::Ended)),
        (GrantState::Disposed, Some(Reason::Ended)),
    ] {
        let mut facts = facts();
        facts.transitions.push((at(NOW), state));
        assert_eq!(objection(&facts, &question(), NOW), reason, "{state:?}");
        assert_eq!(objection(&facts, &question(), NOW - 1), None, "{state:?} is not in force before");
    }
    let none = GrantFacts { transitions: Vec::new(), ..facts() };
    assert_eq!(objection(&none, &question(), NOW), Some(Reason::NotYetActive));
}

#[test]
fn what_stops_entry_or_departments_stops_the_grant() {
    for (place, status, reason) in [
        (0, DepartmentStatus::Suspended, Reason::Suspended),
        (1, DepartmentStatus::Suspended, Reason::Suspended),
        (0, DepartmentStatus::Retired, Reason::Ended),
        (1, DepartmentStatus::Retired, Reason::Ended),
    ] {
        let mut facts = facts();
        facts.departments[place].push((at(NOW), status));
        assert_eq!(objection(&facts, &question(), NOW), Some(reason), "{place} {status:?}");
    }
    for (status, reason) in [(EntryStatus::Suspended, Reason::Suspended), (EntryStatus::Withdrawn, Reason::Ended)] {
        let mut facts = facts();
        facts.entry.push((at(NOW), status));
        assert_eq!(objection(&facts, &question(), NOW), Some(reason), "{status:?}");
    }
}

#[test]
fn an_item_or_a_method_that_stopped_is_not_granted_any_more() {
    let mut stopped = facts();
    stopped.stops = vec![Stop { at: at(NOW), items: 0b0010, methods: Methods::default() }];
    assert_eq!(objection(&stopped, &question(), NOW), Some(Reason::ItemNotGranted));
    assert_eq!(objection(&stopped, &question(), NOW - 1), None);
    assert_eq!(objection(&stopped, &Question { items: 0b0001, ..question() }, NOW), None);
    stopped.stops = vec![Stop { at: at(NOW), items: 0, methods: Methods::of(&[Method::ServiceInterface]) }];
    assert_eq!(objection(&stopped, &question(), NOW), Some(Reason::WrongMethod));
}

#[test]
fn the_last_call_of_a_quota_is_allowed_and_the_next_is_not() {
    let with = |calls, rows, allowed| {
        let used = UsedToday { reported: Usage { calls, rows }, allowed };
        facts().objection(&question(), PLATFORM, used, at(NOW))
    };
    assert_eq!(with(9, 100, 9), None);
    // The larger of what was reported and what was allowed here, never their sum.
    assert_eq!(with(9, 0, 5), None);
    assert_eq!(with(10, 0, 0), Some(Reason::OverQuota));
    assert_eq!(with(0, 0, 10), Some(Reason::OverQuota));
    assert_eq!(with(0, 101, 0), Some(Reason::OverQuota));
    // Said last: all else was right.
    let used = UsedToday { allowed: 10, ..UsedToday::default() };
    let wrong = Question { method: Method::File, ..question() };
    assert_eq!(facts().objection(&wrong, PLATFORM, used, at(NOW)), Some(Reason::WrongMethod));
}

#[test]
fn counts_are_kept_of_grants_that_the_ledger_takes_them_of() {
    let counted = |platform, department| facts().is_counted(SystemId::new(platform), DepartmentId::new(department));
    assert!(counted(PLATFORM.get(), 9), "a platform that the grant names");
    assert!(counted(7, 3), "the provider's own");
    assert!(!counted(7, 9), "somebody else's");
    assert!(!counted(PLATFORM.get(), CONSUMER.get()), "the consumer's");
}

#[test]
fn a_day_holds_its_first_moment_and_not_the_next_days() {
    let day = LocalDay { day: Day::new(1).unwrap(), from: at(100), until: at(200) };
    assert!(day.contains(at(100)) && day.contains(at(199)));
    assert!(!day.contains(at(99)) && !day.contains(at(200)));
}
