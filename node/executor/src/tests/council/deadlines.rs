//! Clocks of requests and grants, from the act that starts them to the block that finds them overdue.

use super::{super::batches::publish, *};
use mulu_primitives::block::Extrinsic;
use mulu_proofs::{
    calendar::{
        DeadlineEnd, DeadlineKind, DeadlineOverdue, DeadlineRecomputed, DeadlineStarted, DeadlineStopped, Limit,
        Parameters,
    },
    catalog::Method,
    ids::{DeadlineId, EntryId, GrantId, RequestId, Version},
    oversight::CountKind,
    records::Subject,
    sharing::{RequestTerms, request_digest},
};
use mulu_runtime::{
    deadlines::{self, Page, Standing},
    pallet_catalog, pallet_departments, pallet_oversight,
};

const REQUEST: RequestId = RequestId::new(1);
const REPLY: DeadlineId = DeadlineId::new(2);
const PROVISIONING: DeadlineId = DeadlineId::new(3);
const DAY: u64 = 86_400_000;

fn sharing(call: pallet_sharing::Call<mulu_runtime::Runtime>) -> RuntimeCall {
    RuntimeCall::Sharing(call)
}

fn text<const N: u32>(words: &str) -> Text<N> {
    Text::new(words).unwrap()
}

fn terms() -> RequestTerms {
    RequestTerms {
        entry: EntryId::new(1),
        entry_version: Version::new(1),
        items: 1,
        consumer: CIVIL,
        basis: text("救助办法第五条"),
        scenario: text("资格审核"),
        scope: text("救助处"),
        method: Method::ServiceInterface,
        from: Moment::new(START),
        until: Moment::new(START + 300 * DAY),
        purposes: List::try_from(vec![PurposeId::new(1)]).unwrap(),
        matter: text("救助"),
        systems: List::try_from(vec![SystemId::new(2)]).unwrap(),
        platforms: List::try_from(vec![SystemId::new(1)]).unwrap(),
        calls_per_day: 1_000,
        rows_per_day: 1_000,
        papers: None,
    }
}

/// A request of the civil department to the police that its officer has just endorsed, on a Sunday.
fn asked(chain: &mut Chain) -> Vec<Record> {
    chain.block(&publish(chain));
    let submit = chain.sign(&applicant(), 0, sharing(pallet_sharing::Call::submit { terms: terms() }));
    assert!(!kinds(&chain.block(&[submit]).executed.records).contains(&RecordKind::DeadlineStarted));
    let digest = request_digest(REQUEST, &terms());
    let endorse = sharing(pallet_sharing::Call::endorse { request: REQUEST, digest });
    chain.block(&[chain.sign(&civil_officer(), 0, endorse)]).executed.records.to_vec()
}

fn agree(chain: &Chain, nonce: u32) -> Extrinsic {
    let digest = request_digest(REQUEST, &terms());
    chain.sign(&officer(), nonce, sharing(pallet_sharing::Call::agree { request: REQUEST, digest }))
}

fn standing(chain: &Chain, id: DeadlineId) -> Option<Standing> {
    chain.executor.query(&chain.head, || deadlines::deadline(id)).unwrap().map(|found| found.standing)
}

/// The last day in time of a deadline that runs, and the working days left.
fn runs_until(chain: &Chain, id: DeadlineId) -> (String, u32) {
    match standing(chain, id) {
        Some(Standing::Running { due, days_left }) => (due.day.to_string(), days_left),
        other => panic!("{id}: {other:?}"),
    }
}

#[test]
fn a_reply_is_due_within_a_working_day_from_the_consumers_consent() {
    let mut chain = Chain::of(&council());
    let records = asked(&mut chain);
    assert_eq!(kinds(&records), [RecordKind::RequestEndorsed, RecordKind::DeadlineStarted]);
    let started: DeadlineStarted = body(&records, RecordKind::DeadlineStarted);
    assert_eq!((started.id, started.deadline.kind), (REPLY, DeadlineKind::RequestReplyUnconditional));
    assert_eq!((started.deadline.responsible, started.deadline.subject), (POLICE, Subject::Request(REQUEST)));
    assert_eq!((started.deadline.counted_from, started.due.day), (day(SUNDAY), day("2026-07-27")));
    assert_eq!(runs_until(&chain, REPLY), ("2026-07-27".to_owned(), 1));
    let in_state =
        chain.executor.query(&chain.head, || pallet_sharing::Requests::<mulu_runtime::Runtime>::get(REQUEST));
    assert_eq!(in_state.unwrap().unwrap().reply.map(|reply| reply.deadline), Some(REPLY));
}

#[test]
fn a_late_reply_is_overdue_by_time_alone_and_stays_so_on_record() {
    let mut chain = Chain::of(&council());
    let started: DeadlineStarted = body(&asked(&mut chain), RecordKind::DeadlineStarted);
    // One millisecond before the end of Monday, and the next block that comes after it.
    chain.moment = started.due.moment.get() - 1_001;
    assert!(chain.block(&[]).executed.records.is_empty());
    assert_eq!(runs_until(&chain, REPLY), ("2026-07-27".to_owned(), 0));
    let records = chain.block(&[]).executed.records;
    let overdue: DeadlineOverdue = body(&records, RecordKind::DeadlineOverdue);
    assert_eq!((overdue.id, overdue.due), (REPLY, started.due));
    assert_eq!(standing(&chain, REPLY), Some(Standing::Overdue { due: started.due }));

    let records = chain.block(&[agree(&chain, 0)]).executed.records;
    let expected = [RecordKind::RequestAgreed, RecordKind::DeadlineStopped, RecordKind::DeadlineStarted];
    assert_eq!(kinds(&records), expected);
    let stopped: DeadlineStopped = body(&records, RecordKind::DeadlineStopped);
    assert_eq!((stopped.id, stopped.end), (REPLY, DeadlineEnd::Missed));
    assert_eq!(standing(&chain, REPLY), None);
}

#[test]
fn provisioning_is_due_twenty_working_days_after_agreement() {
    let mut chain = Chain::of(&council());
    asked(&mut chain);
    let records = chain.block(&[agree(&chain, 0)]).executed.records;
    let stopped: DeadlineStopped = body(&records, RecordKind::DeadlineStopped);
    assert_eq!(stopped.end, DeadlineEnd::Met);
    let started: DeadlineStarted = body(&records, RecordKind::DeadlineStarted);
    let (grant, version) = (GrantId::new(1), Version::new(1));
    assert_eq!((started.id, started.deadline.kind), (PROVISIONING, DeadlineKind::Provisioning));
    assert_eq!(started.deadline.subject, Subject::Grant(grant, version));
    assert_eq!(runs_until(&chain, PROVISIONING), ("2026-08-21".to_owned(), 20));

    let provision = RuntimeCall::Grants(pallet_grants::Call::provision { grant });
    let records = chain.block(&[chain.sign(&officer(), 1, provision)]).executed.records;
    assert_eq!(kinds(&records), [RecordKind::GrantProvisioned, RecordKind::DeadlineStopped]);
    assert_eq!(body::<DeadlineStopped>(&records, RecordKind::DeadlineStopped).end, DeadlineEnd::Met);
    assert_eq!(standing(&chain, PROVISIONING), None);
}

#[test]
fn a_second_signature_that_is_late_shows_as_overdue_and_the_role_begins_with_it_all_the_same() {
    let mut chain = Chain::of(&council());
    let holder = pair(20);
    chain.block(&[chain.sign(&admin(), 0, register_key(&holder))]);
    let records = chain.block(&[chain.sign(&admin(), 1, give(account(&holder), Role::Officer))]).executed.records;
    assert_eq!(kinds(&records), [RecordKind::RoleGiven, RecordKind::DeadlineStarted]);
    let started: DeadlineStarted = body(&records, RecordKind::DeadlineStarted);
    assert_eq!((started.deadline.kind, started.deadline.responsible), (DeadlineKind::RoleConfirmation, POLICE));
    assert_eq!(started.deadline.subject, Subject::Account(holder.public().0));

    chain.moment = started.due.moment.get();
    assert_eq!(kinds(&chain.block(&[]).executed.records), [RecordKind::DeadlineOverdue]);
    assert_eq!(standing(&chain, started.id), Some(Standing::Overdue { due: started.due }));
    let confirm =
        pallet_departments::Call::confirm_role { account: account(&holder), department: POLICE, role: Role::Officer };
    let records = chain.block(&[chain.sign(&head(), 0, RuntimeCall::Departments(confirm))]).executed.records;
    assert_eq!(kinds(&records), [RecordKind::RoleConfirmed, RecordKind::DeadlineStopped]);
    assert_eq!(body::<DeadlineStopped>(&records, RecordKind::DeadlineStopped).end, DeadlineEnd::Missed);
    let in_force = || Departments::in_force(&account(&holder), POLICE, Role::Officer).is_ok();
    assert!(chain.executor.query(&chain.head, in_force).unwrap());
    assert_invariants(&chain);
}

/// Three heads decide; that of the police has endorsed the entry before.
fn decide_later(chain: &mut Chain, action: Action) -> Vec<Record> {
    let terms = proposed(chain, action, None);
    let first = ProposalId::new(1);
    let [authority, police, civil, _] = heads();
    let extrinsics = [
        chain.sign(&authority, 0, propose(&terms)),
        chain.sign(&authority, 1, vote(first, &terms, true)),
        chain.sign(&police, 1, vote(first, &terms, true)),
        chain.sign(&civil, 0, vote(first, &terms, true)),
    ];
    chain.block(&extrinsics).executed.records.to_vec()
}

#[test]
fn a_calendar_that_heads_set_moves_what_is_open() {
    let mut chain = Chain::of(&council());
    asked(&mut chain);
    let records = decide_later(&mut chain, Action::SetCalendarYear(year(2026, &["2026-07-27"])));
    let recomputed: DeadlineRecomputed = body(&records, RecordKind::DeadlineRecomputed);
    let moved = (recomputed.id, recomputed.before, recomputed.after.day);
    assert_eq!(moved, (REPLY, day("2026-07-27"), day("2026-07-28")));
    assert_eq!(runs_until(&chain, REPLY), ("2026-07-28".to_owned(), 1));
    assert_invariants(&chain);
}

#[test]
fn limits_that_heads_set_hold_for_what_starts_later() {
    let mut chain = Chain::of(&council());
    asked(&mut chain);
    let limit = Limit { kind: DeadlineKind::Provisioning, working_days: 5, extension: 0 };
    let limits = List::try_from(vec![limit]).unwrap();
    decide_later(&mut chain, Action::SetParameters(Parameters { limits, ..Parameters::default() }));
    assert_eq!(runs_until(&chain, REPLY), ("2026-07-27".to_owned(), 1));
    chain.block(&[agree(&chain, 0)]);
    assert_eq!(runs_until(&chain, PROVISIONING), ("2026-07-31".to_owned(), 5));
    assert_invariants(&chain);
}

#[test]
fn a_reply_stands_still_while_the_authority_holds_the_entry_and_is_needless_once_nobody_asks() {
    let mut chain = Chain::of(&council());
    asked(&mut chain);
    let entry = EntryId::new(1);
    let suspend = RuntimeCall::Catalog(pallet_catalog::Call::suspend { entry, reason: text("核查") });
    let records = chain.block(&[chain.sign(&reviewer(), 2, suspend)]).executed.records;
    // In the same block, whose time it is.
    assert_eq!(kinds(&records), [RecordKind::EntrySuspended, RecordKind::DeadlinePaused]);
    assert_eq!(standing(&chain, REPLY), Some(Standing::Paused));
    chain.moment += 30 * DAY;
    assert!(chain.block(&[]).executed.records.is_empty());
    let resume = RuntimeCall::Catalog(pallet_catalog::Call::resume { entry, reason: text("查明") });
    let records = chain.block(&[chain.sign(&reviewer(), 3, resume)]).executed.records;
    assert_eq!(kinds(&records), [RecordKind::EntryResumed, RecordKind::DeadlineResumed]);
    // It was suspended before the only day of the reply: that is today.
    assert_eq!(runs_until(&chain, REPLY), ("2026-08-25".to_owned(), 0));
    let digest = request_digest(REQUEST, &terms());
    let withdraw = sharing(pallet_sharing::Call::withdraw { request: REQUEST, digest });
    let records = chain.block(&[chain.sign(&applicant(), 1, withdraw)]).executed.records;
    assert_eq!(kinds(&records), [RecordKind::RequestWithdrawn, RecordKind::DeadlineStopped]);
    assert_eq!(body::<DeadlineStopped>(&records, RecordKind::DeadlineStopped).end, DeadlineEnd::Needless);
    assert_invariants(&chain);
}

/// The supervisor of the authority denies the application for more time.
fn deny_extension(chain: &Chain) -> Extrinsic {
    let digest = request_digest(REQUEST, &terms());
    let deny =
        pallet_sharing::Call::decide_extension { request: REQUEST, digest, granted: false, reason: text("已逾期") };
    chain.sign(&supervisor(), 0, sharing(deny))
}

/// How often the authority has left an application for more time unanswered.
fn unanswered(chain: &Chain) -> u32 {
    let key = (2026, CountKind::ExtensionUnanswered);
    chain
        .executor
        .query(&chain.head, || pallet_oversight::Counts::<mulu_runtime::Runtime>::get(AUTHORITY, key))
        .unwrap()
}

#[test]
fn an_application_for_more_time_that_the_authority_leaves_unanswered_counts_against_it_once() {
    for is_denied_late in [false, true] {
        let mut chain = Chain::of(&council());
        let limit = Limit { kind: DeadlineKind::RequestReplyUnconditional, working_days: 1, extension: 1 };
        let limits = List::try_from(vec![limit]).unwrap();
        let started: DeadlineStarted = body(&asked(&mut chain), RecordKind::DeadlineStarted);
        decide_later(&mut chain, Action::SetParameters(Parameters { limits, ..Parameters::default() }));
        let digest = request_digest(REQUEST, &terms());
        let ask =
            pallet_sharing::Call::ask_extension { request: REQUEST, digest, working_days: 1, reason: text("核对") };
        let records = chain.block(&[chain.sign(&officer(), 0, sharing(ask))]).executed.records;
        assert_eq!(kinds(&records), [RecordKind::RequestExtensionAsked]);
        // The first block behind the term, which puts on record that it is over, behind its acts.
        chain.moment = started.due.moment.get();
        let acts = if is_denied_late { vec![deny_extension(&chain)] } else { Vec::new() };
        let records = chain.block(&acts).executed.records;
        assert_eq!(kinds(&records).last(), Some(&RecordKind::DeadlineOverdue));
        assert_eq!((records.len(), unanswered(&chain)), (1 + acts.len(), 1));
        chain.block(&[agree(&chain, 1)]);
        assert_eq!((standing(&chain, REPLY), unanswered(&chain)), (None, 1));
        assert_invariants(&chain);
    }
}

#[test]
fn readers_find_deadlines_by_department_and_in_due_order_page_by_page() {
    let mut chain = Chain::of(&council());
    chain.block(&publish(&chain));
    let applications: Vec<_> = (0..5)
        .map(|nonce| chain.sign(&applicant(), nonce, sharing(pallet_sharing::Call::submit { terms: terms() })))
        .collect();
    chain.block(&applications);
    let endorse = |chain: &Chain, number: u32| {
        let request = RequestId::new(number);
        let digest = request_digest(request, &terms());
        chain.sign(&civil_officer(), number - 1, sharing(pallet_sharing::Call::endorse { request, digest }))
    };
    chain.block(&[endorse(&chain, 1), endorse(&chain, 2), endorse(&chain, 3)]);
    chain.moment += DAY;
    chain.block(&[endorse(&chain, 4), endorse(&chain, 5)]);

    let head = chain.head.clone();
    let ids = |rows: &[deadlines::DeadlineFacts]| rows.iter().map(|row| row.id.get()).collect::<Vec<_>>();
    // By department, in pages that look at two rows each.
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let of_police = |row: &deadlines::DeadlineFacts| row.deadline.responsible == POLICE;
        let Page { rows, next } =
            chain.executor.query(&head, || deadlines::open_deadlines(after, 10, 2, of_police)).unwrap();
        assert!(rows.len() <= 2);
        found.extend(ids(&rows));
        if next.is_none() {
            break;
        }
        after = next;
    }
    // The first was that of the entry's review.
    assert_eq!(found, [2, 3, 4, 5, 6]);
    let of_civil = |row: &deadlines::DeadlineFacts| row.deadline.responsible == CIVIL;
    let none = chain.executor.query(&head, || deadlines::open_deadlines(None, 10, 10, of_civil)).unwrap();
    assert_eq!(none, Page { rows: vec![], next: None });

    // A reader who goes on after some of them were recorded as overdue misses none.
    let first = chain.executor.query(&head, || deadlines::open_deadlines(None, 2, 100, |_| true)).unwrap();
    assert_eq!(ids(&first.rows), [2, 3]);
    chain.moment += DAY;
    let records = chain.block(&[]).executed.records;
    assert_eq!(kinds(&records), [RecordKind::DeadlineOverdue; 3]);
    let read_on = || deadlines::open_deadlines(first.next, 4, 100, |_| true);
    let rest = chain.executor.query(&chain.head, read_on).unwrap();
    assert_eq!((ids(&rest.rows), rest.next), (vec![4, 5, 6], None));
}
