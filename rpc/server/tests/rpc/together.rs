//! What departments decide together, what day it is, what is due: proposals, calendar, deadlines, and departments as these change them.

use crate::{
    chain::{AUTHORITY, CONSUMER, Chain, PROVIDER, START, key, text},
    ledger::{all, code},
    story::{CODE, ENTRY, REQUEST, V1, content, policy, publish, terms, with_grant},
};
use mulu_client::calls::{Call, DepartmentDraft};
use mulu_proofs::{
    budget::Budget,
    calendar::{Day, DeadlineKind, YearCalendar},
    catalog::List,
    departments::{AccountKey, CreditCode, DepartmentStatus, Level, NodeInfo, Observer, Role, RoleScope},
    governance::{Action, ProposalTerms, Tally, UpgradePlan, proposal_digest},
    ids::{DeadlineId, DepartmentId, GrantId, Height, Moment, ProposalId, RequestId},
    records::{RecordKind, Subject},
    sharing::request_digest,
};
use mulu_rpc_api::{
    Cursor, Hex32,
    calendar::CalendarClient,
    codes,
    deadlines::{Deadline, DeadlineFilter, DeadlineState, DeadlinesClient},
    departments::{DepartmentRef, DepartmentsClient},
    governance::{GovernanceClient, ProposalFilter, ProposalState},
    records::RecordsClient,
};

const DAY_MS: u64 = 86_400_000;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// Gives the heads of the consumer and of the authority their role, so that every department has a vote.
pub fn with_heads(chain: &mut Chain) {
    for (name, department, giver) in
        [("consumer-head", CONSUMER, "consumer-admin"), ("authority-head", AUTHORITY, "supervisor")]
    {
        let account = key(name).public();
        let expires = Moment::new(START + 400 * DAY_MS);
        chain.act(giver, Call::register_account(&account, department));
        let scope = RoleScope::Everything;
        chain.act(giver, Call::give_role(&account, department, Role::Head, expires, &scope, None, &text("任命书")));
    }
    chain.act("supervisor", Call::confirm_role(&key("consumer-head").public(), CONSUMER, Role::Head));
}

pub fn in_thirty_days(action: Action) -> ProposalTerms {
    ProposalTerms { action, expires: Moment::new(START + 30 * DAY_MS), enact_at: None }
}

/// Proposes, and lets the provider's head and the consumer's approve: two of three departments.
pub fn decide(chain: &mut Chain, id: u32, terms: &ProposalTerms) {
    chain.act("head", Call::propose(terms));
    let digest = proposal_digest(ProposalId::new(id), terms);
    chain.act("head", Call::vote(ProposalId::new(id), &digest, true));
    chain.act("consumer-head", Call::vote(ProposalId::new(id), &digest, true));
}

fn calendar_of_2027() -> YearCalendar {
    YearCalendar {
        year: 2027,
        source: text("国务院办公厅关于2027年部分节假日安排的通知"),
        holidays: List::try_from(vec![day("2027-01-01")]).unwrap(),
        make_up: List::try_from(vec![day("2027-01-03")]).unwrap(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proposal_tells_its_votes_its_count_and_what_came_of_it() {
    let mut chain = Chain::new();
    with_heads(&mut chain);
    let terms = in_thirty_days(Action::SetCalendarYear(calendar_of_2027()));
    let id = ProposalId::new(1);
    let made = chain.act("head", Call::propose(&terms));
    let server = chain.serve().await;
    let client = server.http();

    let open = client.proposal(id).await.unwrap().unwrap();
    assert_eq!((open.state, open.made, open.proposer), (ProposalState::Voting, made, PROVIDER));
    assert_eq!(open.tally, Tally { approving: 0, refusing: 0, active: 3 });
    assert_eq!((open.needed, open.votes.len(), &open.terms), (2, 0, &terms));
    assert_eq!(open.digest.0, proposal_digest(id, &terms));
    assert_eq!(client.year(2027).await.unwrap().calendar, None);

    let vote = chain.act("head", Call::vote(id, &open.digest.0, true));
    let open = client.proposal(id).await.unwrap().unwrap();
    assert_eq!((open.state, open.tally.approving, open.ended), (ProposalState::Voting, 1, None));
    assert_eq!((open.votes[0].record, open.votes[0].approve, open.votes[0].tally), (vote, true, open.tally));
    // What counts now is who is active now, whatever the last vote's record says.
    let suspend = Action::SetDepartmentStatus { department: AUTHORITY, status: DepartmentStatus::Suspended };
    decide(&mut chain, 2, &in_thirty_days(suspend));
    let open = client.proposal(id).await.unwrap().unwrap();
    assert_eq!((open.tally.active, open.needed, open.votes[0].tally.active), (2, 2, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_is_enacted_and_the_calendar_follows() {
    let mut chain = Chain::new();
    with_heads(&mut chain);
    let terms = in_thirty_days(Action::SetCalendarYear(calendar_of_2027()));
    decide(&mut chain, 1, &terms);
    let server = chain.serve().await;
    let client = server.http();

    let done = client.proposal(ProposalId::new(1)).await.unwrap().unwrap();
    assert_eq!((done.state, done.tally.approving), (ProposalState::Enacted, 2));
    let voters: Vec<DepartmentId> = done.votes.iter().map(|vote| vote.department).collect();
    assert_eq!(voters, [PROVIDER, CONSUMER]);
    assert_eq!(done.votes[1].account, Some(AccountKey(key("consumer-head").public())));
    let enacted = client.record(done.ended.unwrap().record).await.unwrap().unwrap();
    assert_eq!(enacted.kind, RecordKind::ProposalEnacted);

    let year = client.year(2027).await.unwrap();
    assert_eq!((year.calendar, year.working_days), (Some(calendar_of_2027()), 261));
    let bare = client.year(2028).await.unwrap();
    assert_eq!((bare.calendar, bare.working_days), (None, 260));
    let added = client.add(day("2026-12-31"), 1).await.unwrap();
    assert_eq!((added.day, added.years_without_calendar), (day("2027-01-03"), vec![]));
    let added = client.add(day("2026-12-30"), 2).await.unwrap();
    assert_eq!((added.day, added.years_without_calendar), (day("2027-01-03"), vec![2026]));
    // The end of that day in Beijing.
    assert_eq!(added.end.get(), u64::from(day("2027-01-04").get()) * DAY_MS - 8 * 3_600_000);

    let now = CalendarClient::parameters(&client).await.unwrap();
    assert_eq!((now.years, now.parameters.utc_offset_minutes, now.is_recomputing), (vec![2027], 480, false));
    assert_eq!((now.today, now.is_working_day), (day("2026-07-26"), false));
    assert_eq!(now.limits.len(), DeadlineKind::ALL.len());
    assert_eq!(code(&client.year(1969).await.unwrap_err()), codes::FILTER);
    assert_eq!(code(&client.add(day("2026-12-30"), 10_001).await.unwrap_err()), codes::COUNT_OVER_BOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn proposals_are_listed_by_whether_they_are_open_and_by_who_made_them() {
    let mut chain = Chain::new();
    with_heads(&mut chain);
    // 1: refused by the departments' pallet, which keeps the only validator.
    decide(&mut chain, 1, &in_thirty_days(Action::RemoveValidator { key: key("validator").public() }));
    // 2: withdrawn.
    chain.act("head", Call::propose(&in_thirty_days(Action::CancelUpgrade)));
    chain.act("head", Call::withdraw_proposal(ProposalId::new(2)));
    // 3: rejected, by two of three.
    let terms = in_thirty_days(Action::NameAuthority { department: CONSUMER });
    chain.act("consumer-head", Call::propose(&terms));
    let (third, digest) = (ProposalId::new(3), proposal_digest(ProposalId::new(3), &terms));
    chain.act("head", Call::vote(third, &digest, false));
    chain.act("consumer-head", Call::vote(third, &digest, false));
    // 4: open.
    chain.act("consumer-head", Call::propose(&in_thirty_days(Action::CancelUpgrade)));
    let server = chain.serve().await;
    let client = server.http();
    let found = async |filter: ProposalFilter| {
        let rows = all(1, |cursor, limit| client.proposals(Some(filter), cursor, limit)).await;
        rows.iter().map(|row| (row.id.get(), row.state)).collect::<Vec<_>>()
    };
    use ProposalState::{Failed, Rejected, Voting, Withdrawn};
    let filter = ProposalFilter::default();
    assert_eq!(found(filter).await, [(4, Voting), (3, Rejected), (2, Withdrawn), (1, Failed)]);
    assert_eq!(found(ProposalFilter { is_open: Some(true), ..filter }).await, [(4, Voting)]);
    let ended = ProposalFilter { is_open: Some(false), proposer: Some(PROVIDER) };
    assert_eq!(found(ended).await, [(2, Withdrawn), (1, Failed)]);
    let rows = client.proposals(None, None, None).await.unwrap().rows;
    assert_eq!((rows[1].action.as_str(), rows[1].department), ("name_authority", Some(CONSUMER)));
    assert_eq!((rows[0].action.as_str(), rows[1].tally.refusing, rows[3].tally.approving), ("cancel_upgrade", 2, 2));
    let failed = client.proposal(ProposalId::new(1)).await.unwrap().unwrap().ended.unwrap().error.unwrap();
    assert_eq!((failed.pallet.as_str(), failed.name.as_str()), ("Departments", "TooFewValidators"));
    assert!(failed.docs.contains("add another one first"), "{}", failed.docs);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_height_or_the_time_decides_is_told_as_it_is_now() {
    let mut chain = Chain::new();
    with_heads(&mut chain);
    let plan = UpgradePlan {
        height: Height::new(1_000),
        spec_version: 1_000,
        source_digest: [5; 32],
        targets: List::default(),
    };
    let at = Height::new(chain.head().get() + 5);
    let terms = ProposalTerms { enact_at: Some(at), ..in_thirty_days(Action::PlanUpgrade(plan.clone())) };
    decide(&mut chain, 1, &terms);
    let soon = Moment::new(chain.moment + 3_000);
    chain.act("head", Call::propose(&ProposalTerms { expires: soon, ..in_thirty_days(Action::CancelUpgrade) }));
    let server = chain.serve().await;
    let client = server.http();
    let state = async |id| client.proposal(ProposalId::new(id)).await.unwrap().unwrap().state;
    assert_eq!((state(1).await, state(2).await), (ProposalState::Adopted, ProposalState::Voting));
    assert_eq!(client.plan().await.unwrap(), None);
    while chain.head() < at {
        chain.block(&[]);
    }
    chain.block(&[]);
    assert_eq!((state(1).await, state(2).await), (ProposalState::Enacted, ProposalState::Expired));
    assert_eq!(client.plan().await.unwrap(), Some(plan));
    assert_eq!(client.proposal(ProposalId::new(9)).await.unwrap(), None);
}

/// A chain with a request that its provider has to answer.
fn with_request() -> Chain {
    let mut chain = Chain::new();
    publish(&mut chain, ENTRY, V1, &content(CODE, "社会组织法人登记信息"));
    chain.act("officer", Call::set_policy(ENTRY, &policy()));
    chain.act("applicant", Call::submit_request(&terms()));
    let digest = request_digest(REQUEST, &terms());
    chain.act("consumer-officer", Call::endorse_request(REQUEST, &digest));
    chain
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_runs_is_overdue_at_once_and_ends_missed() {
    let mut chain = with_request();
    let server = chain.serve().await;
    let client = server.http();
    // The first was that of the entry's review.
    let id = DeadlineId::new(2);
    let running = client.deadline(id).await.unwrap().unwrap();
    assert_eq!((running.deadline.state, running.deadline.days_left), (DeadlineState::Running, Some(10)));
    assert_eq!(running.deadline.terms.subject, Subject::Request(REQUEST));
    assert_eq!(running.deadline.terms.responsible, PROVIDER);
    let due = running.deadline.due.unwrap();
    // From Sunday 2026-07-26 on, ten working days by weekends alone.
    assert_eq!((due.day, due.weekends_only), (day("2026-08-07"), true));

    let overdue = async || {
        let filter = DeadlineFilter { overdue: true, ..Default::default() };
        all(1, |cursor, limit| client.deadlines(Some(filter), cursor, limit)).await
    };
    // The next block comes a second later.
    chain.moment = due.moment.get() - 1_001;
    chain.block(&[]);
    assert!(overdue().await.is_empty(), "a millisecond before the end of the day it is not");
    chain.moment = due.moment.get() - 1_000;
    chain.block(&[]);
    let rows: Vec<Deadline> = overdue().await;
    assert_eq!(
        rows.iter().map(|row| (row.id, row.state, row.due)).collect::<Vec<_>>(),
        [(id, DeadlineState::Overdue, Some(due))]
    );

    let digest = request_digest(REQUEST, &terms());
    chain.act("officer", Call::refuse_request(REQUEST, &digest, &text("迟复")));
    assert!(overdue().await.is_empty());
    let missed = client.deadline(id).await.unwrap().unwrap();
    assert_eq!((missed.deadline.state, missed.deadline.is_overdue), (DeadlineState::Missed, true));
    assert_eq!((missed.deadline.terms, missed.deadline.due), (running.deadline.terms, Some(due)));
    let steps: Vec<RecordKind> = missed.steps.iter().map(|step| step.kind).collect();
    assert_eq!(steps, [RecordKind::DeadlineStarted, RecordKind::DeadlineOverdue, RecordKind::DeadlineStopped]);
    assert_eq!(client.deadline(DeadlineId::new(9)).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn deadlines_are_found_by_department_subject_and_kind() {
    let mut chain = with_grant();
    chain.act("applicant", Call::submit_request(&terms()));
    let second = RequestId::new(2);
    chain.act("consumer-officer", Call::endorse_request(second, &request_digest(second, &terms())));
    chain.act("applicant", Call::submit_request(&terms()));
    let third = RequestId::new(3);
    chain.act("consumer-officer", Call::endorse_request(third, &request_digest(third, &terms())));
    let server = chain.serve().await;
    let client = server.http();
    let found = async |filter: DeadlineFilter| {
        let rows = all(1, |cursor, limit| client.deadlines(Some(filter), cursor, limit)).await;
        let mut subjects: Vec<Subject> = rows.iter().map(|row| row.terms.subject).collect();
        subjects.sort_by_key(|subject| format!("{subject:?}"));
        subjects
    };
    let (second, third) = (Subject::Request(second), Subject::Request(third));
    let filter = DeadlineFilter::default();
    assert_eq!(found(filter).await, [second, third], "those of request 1 and of its grant are stopped");
    assert_eq!(found(DeadlineFilter { department: Some(PROVIDER), ..filter }).await, [second, third]);
    assert!(found(DeadlineFilter { department: Some(CONSUMER), ..filter }).await.is_empty());
    assert_eq!(found(DeadlineFilter { subject: Some(third), ..filter }).await, [third]);
    let reply = DeadlineKind::RequestReplyConditional;
    assert_eq!(found(DeadlineFilter { subject: Some(second), kind: Some(reply), ..filter }).await, [second]);
    let other = DeadlineFilter { kind: Some(DeadlineKind::Provisioning), ..filter };
    assert!(found(other).await.is_empty());
    let granted = Subject::Grant(GrantId::new(1), V1);
    assert!(found(DeadlineFilter { subject: Some(granted), ..filter }).await.is_empty());
    assert!(found(DeadlineFilter { subject: Some(Subject::Department(PROVIDER)), ..filter }).await.is_empty());

    let of_provisioning = client.deadline(DeadlineId::new(2)).await.unwrap().unwrap();
    assert_eq!(of_provisioning.deadline.state, DeadlineState::Met);
    for (filter, cursor) in [(filter, vec![201, 0, 0, 0, 1]), (other, vec![200]), (filter, vec![])] {
        let wrong = client.deadlines(Some(filter), Some(Cursor(cursor)), None).await.unwrap_err();
        assert_eq!(code(&wrong), codes::CURSOR);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspension_shows_in_the_departments_history_and_on_its_peoples_roles() {
    let mut chain = Chain::new();
    with_heads(&mut chain);
    let suspend = Action::SetDepartmentStatus { department: PROVIDER, status: DepartmentStatus::Suspended };
    decide(&mut chain, 1, &in_thirty_days(suspend));
    let suspended = chain.moment;
    let server = chain.serve().await;
    let client = server.http();
    let provider = DepartmentsClient::department(&client, DepartmentRef::Id(PROVIDER)).await.unwrap().unwrap();
    let statuses: Vec<_> = provider.statuses.iter().map(|held| (held.from.get(), held.status)).collect();
    assert_eq!(statuses, [(0, DepartmentStatus::Active), (suspended, DepartmentStatus::Suspended)]);
    assert!(!provider.is_active);
    let officer = client.account(Hex32(key("officer").public())).await.unwrap().unwrap();
    let held = &officer.roles[0];
    let why = held.obstacle.as_ref().unwrap();
    assert_eq!((held.is_in_force, why.name.as_str()), (false, "DepartmentNotActive"));
    assert!(why.docs.contains("governance"), "{}", why.docs);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registered_department_shows_whether_the_others_have_admitted_it() {
    let mut chain = Chain::new();
    with_heads(&mut chain);
    let new = DepartmentId::new(4);
    let draft = DepartmentDraft {
        credit_code: CreditCode::with_check_character("11330100000000004").unwrap(),
        name: text("市卫健委"),
        level: Level::City,
        region: 330_100,
        parent: None,
        host: None,
        is_data_manager: false,
    };
    chain.act("supervisor", Call::register_department(&draft));
    let server = chain.serve().await;
    let client = server.http();
    let shown = async || DepartmentsClient::department(&client, DepartmentRef::Id(new)).await.unwrap().unwrap();
    let before = shown().await;
    assert_eq!((before.is_active, before.is_admitted), (true, false));
    assert_eq!(client.departments(None, None).await.unwrap().rows.iter().filter(|row| row.is_admitted).count(), 3);
    decide(&mut chain, 1, &in_thirty_days(Action::AdmitDepartment { department: new }));
    assert!(shown().await.is_admitted);
    let admission = client.proposal(ProposalId::new(1)).await.unwrap().unwrap();
    assert_eq!((admission.state, admission.tally.active), (ProposalState::Enacted, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_are_listed_as_governance_registered_them() {
    let mut chain = Chain::new();
    with_heads(&mut chain);
    let node = |name: &str, port: u16| NodeInfo {
        key: key(name).public(),
        consensus_address: text(&format!("10.0.0.1:{port}")),
        extrinsics_address: text(&format!("10.0.0.1:{}", port + 1)),
    };
    let added = (key("validator-2").public(), node("node-2", 7_000));
    let add = Action::AddValidator { department: PROVIDER, key: added.0, node: added.1.clone() };
    let observer = Observer { department: CONSUMER, name: text("审计"), node: node("observer", 8_000) };
    decide(&mut chain, 1, &in_thirty_days(add));
    decide(&mut chain, 2, &in_thirty_days(Action::RegisterObserver(observer.clone())));
    let server = chain.serve().await;
    let client = server.http();
    let validators = client.validators().await.unwrap();
    assert!(validators.windows(2).all(|pair| pair[0].key < pair[1].key));
    let nodes: Vec<_> = validators.iter().map(|v| (v.department, v.node.clone())).collect();
    assert!(nodes.contains(&(AUTHORITY, None)) && nodes.contains(&(PROVIDER, Some(added.1))));
    assert_eq!(client.observers().await.unwrap(), [observer]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_tells_scope_principal_second_signature_and_replaced_keys() {
    let mut chain = Chain::new();
    let (deputy, expires) = (key("deputy").public(), Moment::new(START + DAY_MS));
    chain.act("admin", Call::register_account(&deputy, PROVIDER));
    let scope = RoleScope::Entries(List::try_from(vec![ENTRY]).unwrap());
    let principal = AccountKey(key("officer").public());
    let basis = text("授权书");
    chain.act("admin", Call::give_role(&deputy, PROVIDER, Role::Officer, expires, &scope, Some(principal), &basis));
    let server = chain.serve().await;
    let client = server.http();
    let account = async |key: [u8; 32]| client.account(Hex32(key)).await.unwrap().unwrap();
    let held = account(deputy).await.roles[0].clone();
    assert_eq!((held.scope, held.principal, held.is_pending, held.is_in_force), (scope, Some(principal), true, false));
    assert_eq!((held.giver, held.basis), (Some(AccountKey(key("admin").public())), basis));
    assert_eq!(held.obstacle.unwrap().name, "RoleNotConfirmed");

    let confirmed = chain.act("head", Call::confirm_role(&deputy, PROVIDER, Role::Officer));
    let held = account(deputy).await.roles[0].clone();
    assert_eq!((held.confirmed, held.is_in_force, held.obstacle), (Some(confirmed), true, None));
    chain.moment += 2 * DAY_MS;
    chain.block(&[]);
    assert_eq!(account(deputy).await.roles[0].obstacle.as_ref().unwrap().name, "RoleExpired");

    let (old, new) = (key("approver1").public(), key("approver1-new").public());
    let reported = chain.act("admin", Call::report_loss(&old, &new, &text("遗失")));
    let lost = account(old).await.reported_lost.unwrap();
    assert_eq!((lost.new, lost.record), (AccountKey(new), reported));
    let withdrawn = chain.act("approver1", Call::withdraw_report(&old, &new));
    assert_eq!(account(old).await.reported_lost, None);
    let said = client.record(withdrawn).await.unwrap().unwrap().decoded;
    assert_eq!(said["reported"], serde_json::json!(reported));
    chain.act("admin", Call::report_loss(&old, &new, &text("遗失")));
    chain.act("head", Call::confirm_replacement(&old, &new));
    let (before, after) = (account(old).await, account(new).await);
    assert_eq!((before.replaced_by, before.roles.len(), before.reported_lost), (Some(AccountKey(new)), 0, None));
    assert_eq!((after.replaces, after.roles.len(), after.department), (Some(AccountKey(old)), 0, PROVIDER));
    chain.act("cataloguer", Call::rotate_key(&key("cataloguer-new").public()));
    let after = account(key("cataloguer-new").public()).await;
    assert_eq!(after.replaces, Some(AccountKey(key("cataloguer").public())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_counts_what_the_department_sent_today() {
    let mut chain = Chain::new();
    let server = chain.serve().await;
    let client = server.http();
    let budget = async |of| client.budget(of).await.unwrap();
    let fresh = budget(PROVIDER).await.unwrap();
    assert_eq!((fresh.acts.used.extrinsics, fresh.acts.left), (0, fresh.acts.allowance.per_day));
    assert_eq!(fresh.acts.allowance, Budget::default().acts);
    let extrinsic = chain.sign("admin", Call::register_account(&[7; 32], PROVIDER));
    chain.include(&extrinsic);
    let spent = budget(PROVIDER).await.unwrap();
    let (day, used) = (spent.acts.allowance.per_day, spent.acts.used);
    assert_eq!((used.extrinsics, spent.acts.left), (1, day.less(used)));
    assert!(used.bytes >= 100, "{spent:?}");
    assert_eq!(spent.batches, fresh.batches);
    assert_eq!(budget(CONSUMER).await.unwrap().acts.used.extrinsics, 0);
    // Of the local day, which is not that of UTC.
    assert_eq!(spent.until.get() % DAY_MS, DAY_MS / 3 * 2);
    chain.moment = spent.until.get() - 1_000;
    chain.block(&[]);
    let next = budget(PROVIDER).await.unwrap();
    assert_eq!((next.acts.left, next.day), (day, spent.day.next()));
    assert_eq!(budget(DepartmentId::new(9)).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn hosted_departments_are_listed_by_their_host() {
    let mut chain = Chain::new();
    chain.act("supervisor", Call::revise_department(CONSUMER, &text("市人社局"), None, Some(PROVIDER), false));
    let server = chain.serve().await;
    let client = server.http();
    let hosted = async |host| {
        let rows = all(1, |cursor, limit| client.hosted(host, cursor, limit)).await;
        rows.iter().map(|row| (row.department, row.host)).collect::<Vec<_>>()
    };
    assert_eq!(hosted(None).await, [(CONSUMER, PROVIDER)]);
    assert_eq!(hosted(Some(PROVIDER)).await, [(CONSUMER, PROVIDER)]);
    assert!(hosted(Some(AUTHORITY)).await.is_empty());
}
