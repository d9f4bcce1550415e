//! Proposals from the first signature to what they do.

use super::*;
use codec::Encode;
use mulu_pallet_support::{Enact, People};
use mulu_proofs::calendar::{Parameters, YearCalendar};
use mulu_proofs::{
    departments::{DepartmentStatus, RoleScope, ValidatorKeyRotated, ValidatorRegistered, ValidatorRemoved},
    governance::{Closed, Enactment, ProposalClosed, ProposalEnacted, ProposalVoted, Tally, UpgradePlan},
    ids::PublicKey,
};
use mulu_runtime::{Departments, Enactments, Runtime, pallet_departments};

pub fn node(number: u8) -> NodeInfo {
    NodeInfo {
        key: key(number),
        consensus_address: Text::new(&format!("10.0.0.{number}:26656")).unwrap(),
        extrinsics_address: Text::new(&format!("10.0.0.{number}:26657")).unwrap(),
    }
}

fn key(number: u8) -> PublicKey {
    pair(number).public().0
}

fn add_validator() -> Action {
    Action::AddValidator { department: CIVIL, key: key(101), node: node(111) }
}

fn result(records: &[Record]) -> Enactment {
    body::<ProposalEnacted>(records, RecordKind::ProposalEnacted).result
}

#[test]
fn the_third_of_four_heads_enacts_in_its_own_block() {
    let mut chain = Chain::of(&council());
    let records = decide(&mut chain, Action::SetCalendarYear(year(2027, &["2027-01-01"]))).executed.records;
    let voted = RecordKind::ProposalVoted;
    let expected =
        [RecordKind::ProposalMade, voted, voted, voted, RecordKind::CalendarSet, RecordKind::ProposalEnacted];
    assert_eq!(kinds(&records), expected);
    let last: ProposalVoted = records[3].body_as().unwrap();
    assert_eq!(last.tally, Tally { approving: 3, refusing: 0, active: 4 });
    assert_eq!(result(&records), Enactment::Done);
    assert_eq!(body::<YearCalendar>(&records, RecordKind::CalendarSet), year(2027, &["2027-01-01"]));
    // Nobody signed what the chain itself did.
    assert_eq!((records[4].signer, records[4].extrinsic, records[5].signer), (None, None, None));
    let (years, open) = chain
        .executor
        .query(&chain.head, || {
            let years: Vec<_> =
                pallet_calendar::CurrentCalendar::<Runtime>::get().years.iter().map(|y| y.year).collect();
            (years, pallet_governance::Proposals::<Runtime>::iter_keys().count())
        })
        .unwrap();
    assert_eq!((years, open), (vec![2026, 2027], 0));
}

#[test]
fn a_validator_that_departments_add_signs_from_the_next_height_on() {
    let mut chain = Chain::of(&council());
    let before = chain.executor.validators(&chain.head).unwrap();
    let executed = decide(&mut chain, add_validator()).executed;
    let registered: ValidatorRegistered = body(&executed.records, RecordKind::ValidatorRegistered);
    assert_eq!(registered, ValidatorRegistered { department: CIVIL, key: key(101), node: Some(node(111)) });

    let set = chain.executor.validators(&chain.head).unwrap();
    assert_eq!((before.validators().len(), set.validators().len()), (1, 2));
    assert_eq!(executed.next_validators, set);
    let header = HeaderView::read(&executed.block.header.encode()).unwrap();
    assert_eq!(header.next_validators.map(|next| next.digest), Some(set.digest()));
    // The next block changes nothing and so says nothing.
    let next = chain.block(&[]).executed;
    assert_eq!(HeaderView::read(&next.block.header.encode()).unwrap().next_validators, None);
    let peers = chain.executor.query(&chain.head, Departments::peers).unwrap();
    assert_eq!(peers.iter().map(|peer| peer.node.clone()).collect::<Vec<_>>(), [node(111)]);
}

#[test]
fn another_node_executes_the_vote_that_enacts_to_the_same_state() {
    let mut author = Chain::of(&council());
    let other = Chain::of(&council());
    let built = decide(&mut author, add_validator());
    let executed = other.executor.execute(&other.head, built.executed.block.clone()).unwrap();
    assert_eq!(executed.changes, built.executed.changes);
    assert_eq!(executed.records, built.executed.records);
    assert_eq!(executed.next_validators, built.executed.next_validators);
    super::super::blocks::assert_stock_agrees(&other, &executed);
}

#[test]
fn what_was_decided_for_a_height_is_done_at_its_end() {
    let mut chain = Chain::of(&council());
    let terms = proposed(&chain, add_validator(), Some(Height::new(4)));
    let first = ProposalId::new(1);
    let [authority, police, civil, _] = heads();
    let made = chain.block(&[
        chain.sign(&authority, 0, propose(&terms)),
        chain.sign(&authority, 1, vote(first, &terms, true)),
        chain.sign(&police, 0, vote(first, &terms, true)),
        chain.sign(&civil, 0, vote(first, &terms, true)),
    ]);
    assert!(!kinds(&made.executed.records).contains(&RecordKind::ProposalEnacted));
    assert!(chain.block(&[]).executed.records.is_empty());
    let enacted = chain.block(&[]).executed;
    assert_eq!(enacted.block.header.number, 4);
    assert_eq!(kinds(&enacted.records), [RecordKind::ValidatorRegistered, RecordKind::ProposalEnacted]);
    assert_eq!(enacted.next_validators.validators().len(), 2);
}

#[test]
fn two_refusals_of_four_close_what_needs_two_thirds() {
    let mut chain = Chain::of(&council());
    let terms = proposed(&chain, add_validator(), None);
    let first = ProposalId::new(1);
    let [authority, police, civil, health] = heads();
    let built = chain.block(&[
        chain.sign(&authority, 0, propose(&terms)),
        chain.sign(&police, 0, vote(first, &terms, false)),
        chain.sign(&civil, 0, vote(first, &terms, false)),
        chain.sign(&health, 0, vote(first, &terms, true)),
    ]);
    let closed: ProposalClosed = body(&built.executed.records, RecordKind::ProposalClosed);
    assert_eq!(closed, ProposalClosed { proposal: first, why: Closed::Rejected });
    assert_eq!(built.executed.next_validators.validators().len(), 1);
}

#[test]
fn an_enactment_that_a_pallet_refuses_changes_nothing_and_says_why() {
    let mut chain = Chain::of(&council());
    let before = chain.executor.validators(&chain.head).unwrap();
    let executed = decide(&mut chain, Action::RemoveValidator { key: key(99) }).executed;
    let Enactment::Refused { pallet, error } = result(&executed.records) else { panic!("refused by a rule") };
    assert_eq!(pallet, mulu_proofs::evidence::calls::DEPARTMENTS);
    let unknown = pallet_departments::Error::<Runtime>::UnknownValidator.encode();
    assert_eq!(&error[..1], &unknown[..1]);
    assert_eq!(executed.next_validators, before);
}

#[test]
fn a_suspended_department_votes_no_more_and_counts_no_more() {
    let mut chain = Chain::of(&council());
    let status = DepartmentStatus::Suspended;
    decide(&mut chain, Action::SetDepartmentStatus { department: HEALTH, status });
    let terms = proposed(&chain, add_validator(), None);
    let second = ProposalId::new(2);
    let [authority, police, _, health] = heads();
    // Its people hold no role in force any more: the vote does not even enter.
    let silenced = chain.sign(&health, 0, vote(second, &terms, false));
    assert_eq!(chain.executor.validate(&chain.head, &silenced), Err(crate::ValidateError::NoRole));
    let built = chain.block(&[
        chain.sign(&authority, 2, propose(&terms)),
        chain.sign(&authority, 3, vote(second, &terms, true)),
        chain.sign(&police, 1, vote(second, &terms, true)),
    ]);
    // Two of three.
    assert_eq!(result(&built.executed.records), Enactment::Done);
}

#[test]
fn a_registered_department_decides_nothing_until_the_others_admit_it() {
    let mut config = council();
    let (new, newcomer, second_supervisor) = (DepartmentId::new(5), pair(15), pair(16));
    let far = Moment::new(4_000_000_000_000);
    config.departments.accounts.push((account(&second_supervisor), AUTHORITY));
    let supervises = RoleGiven::in_genesis(second_supervisor.public().0, AUTHORITY, Role::Supervisor, far);
    config.departments.roles.push(supervises);
    let mut chain = Chain::of(&config);
    let departments = RuntimeCall::Departments;
    let draft = pallet_departments::DepartmentDraft {
        credit_code: department(new, false).credit_code,
        name: Text::new("新部门").unwrap(),
        level: mulu_proofs::departments::Level::City,
        region: department(new, false).region,
        parent: None,
        host: None,
        is_data_manager: false,
    };
    let give = pallet_departments::Call::give_role {
        account: account(&newcomer),
        department: new,
        role: Role::Head,
        expires: far,
        scope: RoleScope::Everything,
        principal: None,
        basis: Text::default(),
    };
    let register = pallet_departments::Call::register_account { account: account(&newcomer), department: new };
    let confirm =
        pallet_departments::Call::confirm_role { account: account(&newcomer), department: new, role: Role::Head };
    chain.block(&[
        chain.sign(&supervisor(), 0, departments(pallet_departments::Call::register_department { draft })),
        chain.sign(&supervisor(), 1, departments(register)),
        chain.sign(&supervisor(), 2, departments(give)),
        chain.sign(&second_supervisor, 0, departments(confirm)),
    ]);
    // Its head is in office and gets in, and what it proposes and votes is refused: no record, no count.
    let admission = proposed(&chain, Action::AdmitDepartment { department: new }, None);
    let (first, second) = (ProposalId::new(1), ProposalId::new(2));
    let [authority, police, civil, _] = heads();
    let built = chain.block(&[
        chain.sign(&newcomer, 0, propose(&admission)),
        chain.sign(&authority, 0, propose(&admission)),
        chain.sign(&newcomer, 1, vote(first, &admission, true)),
        chain.sign(&authority, 1, vote(first, &admission, true)),
        chain.sign(&police, 0, vote(first, &admission, true)),
    ]);
    assert!(built.refused.is_empty());
    let voted = RecordKind::ProposalVoted;
    assert_eq!(kinds(&built.executed.records), [RecordKind::ProposalMade, voted, voted]);
    let last: ProposalVoted = built.executed.records[2].body_as().unwrap();
    assert_eq!(last.tally, Tally { approving: 2, refusing: 0, active: 4 });

    let records = chain.block(&[chain.sign(&civil, 0, vote(first, &admission, true))]).executed.records;
    assert_eq!(kinds(&records), [voted, RecordKind::DepartmentAdmitted, RecordKind::ProposalEnacted]);
    assert_eq!(result(&records), Enactment::Done);
    let validator = Action::AddValidator { department: new, key: key(101), node: node(111) };
    let terms = proposed(&chain, validator, None);
    let records = chain
        .block(&[
            chain.sign(&newcomer, 2, propose(&terms)),
            chain.sign(&newcomer, 3, vote(second, &terms, true)),
            chain.sign(&authority, 2, vote(second, &terms, true)),
            chain.sign(&police, 1, vote(second, &terms, true)),
        ])
        .executed
        .records;
    let last: ProposalVoted = records.last().unwrap().body_as().unwrap();
    assert_eq!(last.tally, Tally { approving: 3, refusing: 0, active: 5 });
    let records = chain.block(&[chain.sign(&civil, 1, vote(second, &terms, true))]).executed.records;
    assert_eq!(kinds(&records), [voted, RecordKind::ValidatorRegistered, RecordKind::ProposalEnacted]);
    assert_invariants(&chain);
}

/// Carries an action out on the head's state, which stays as it is, and reads what came of it.
fn enact<R>(chain: &Chain, action: Action, read: impl FnOnce() -> R) -> R {
    let enacted = chain.executor.query(&chain.head, || {
        Enactments::enact(&action).unwrap_or_else(|error| panic!("{action:?}: {error:?}"));
        read()
    });
    enacted.unwrap()
}

#[test]
fn every_action_reaches_the_function_that_it_names() {
    let chain = Chain::of(&council());
    let set_status = |status| Action::SetDepartmentStatus { department: HEALTH, status };
    let is_active = || <Departments as People>::department(HEALTH).unwrap().is_active;
    assert!(!enact(&chain, set_status(DepartmentStatus::Suspended), is_active));
    assert!(!enact(&chain, set_status(DepartmentStatus::Retired), is_active));
    let admit = Action::AdmitDepartment { department: HEALTH };
    let admitted_already = chain.executor.query(&chain.head, || Enactments::enact(&admit)).unwrap();
    assert_eq!(admitted_already, Err(pallet_departments::Error::<Runtime>::AdmittedAlready.into()));
    let authority = enact(&chain, Action::NameAuthority { department: HEALTH }, || Departments::authority_of(POLICE));
    assert_eq!(authority, Some(HEALTH));

    let keys = || Departments::validators().validators().iter().map(|validator| validator.key).collect::<Vec<_>>();
    let mut both = [key(100), key(101)];
    both.sort();
    assert_eq!(enact(&chain, add_validator(), keys), both);
    let rotate = Action::RotateValidatorKey { old: key(100), new: key(102) };
    assert_eq!(enact(&chain, rotate, keys), [key(102)]);
    let removed = enact(&chain, add_validator(), || {
        Enactments::enact(&Action::RemoveValidator { key: key(100) }).unwrap();
        keys()
    });
    assert_eq!(removed, [key(101)]);

    let observer = Observer { department: HEALTH, name: Text::new("审计").unwrap(), node: node(112) };
    let observers = || pallet_departments::Observers::<Runtime>::iter_values().collect::<Vec<_>>();
    let register = Action::RegisterObserver(observer.clone());
    assert_eq!(enact(&chain, register.clone(), observers), [observer]);
    let shut_out = enact(&chain, register, || {
        Enactments::enact(&Action::RemoveObserver { node_key: key(112) }).unwrap();
        observers()
    });
    assert_eq!(shut_out, []);

    let auditor = account(&reviewer());
    let name_auditor = Action::NameAuditor {
        account: reviewer().public().0,
        department: AUTHORITY,
        scope: RoleScope::Everything,
        basis: Text::new("审计通知书").unwrap(),
        expires: Moment::new(chain.moment + 1_000_000),
    };
    let holds = || pallet_departments::Roles::<Runtime>::contains_key(&auditor, (AUTHORITY, Role::Auditor));
    assert!(enact(&chain, name_auditor, holds));

    let calendar = pallet_calendar::CurrentCalendar::<Runtime>::get;
    let set_year = Action::SetCalendarYear(year(2028, &[]));
    assert!(enact(&chain, set_year, calendar).year(2028).is_some());
    let parameters = Parameters { day_zero_counts: true, ..Parameters::default() };
    let set =
        enact(&chain, Action::SetParameters(parameters.clone()), pallet_calendar::CurrentParameters::<Runtime>::get);
    assert_eq!(set, parameters);
}

#[test]
fn plans_of_upgrades_stay_with_governance() {
    let mut chain = Chain::of(&council());
    let plan =
        UpgradePlan { height: Height::new(90), spec_version: 9, source_digest: [7; 32], targets: List::default() };
    let direct = chain.executor.query(&chain.head, || Enactments::enact(&Action::PlanUpgrade(plan.clone()))).unwrap();
    assert!(direct.is_err());
    let records = decide(&mut chain, Action::PlanUpgrade(plan.clone())).executed.records;
    assert_eq!(result(&records), Enactment::Done);
    let planned = chain.executor.query(&chain.head, pallet_governance::Plan::<Runtime>::get).unwrap();
    assert_eq!(planned, Some(plan));
}

#[test]
fn nobody_reaches_what_only_governance_enacts() {
    let mut chain = Chain::of(&council());
    let call = pallet_calendar::Call::set_year { year: year(2027, &[]) };
    let extrinsic = chain.sign(&heads()[0], 0, RuntimeCall::Calendar(call));
    let built = chain.block(std::slice::from_ref(&extrinsic));
    // Included, charged to its signer, and without effect.
    assert_eq!((built.executed.block.extrinsics.len(), built.executed.records.len()), (2, 0));
    let calendar = chain.executor.query(&chain.head, pallet_calendar::CurrentCalendar::<Runtime>::get).unwrap();
    assert!(calendar.year(2027).is_none());
}

#[test]
fn records_of_changed_validators_say_what_changed() {
    let mut chain = Chain::of(&council());
    let records = decide(&mut chain, Action::RotateValidatorKey { old: key(100), new: key(102) }).executed.records;
    let rotated: ValidatorKeyRotated = body(&records, RecordKind::ValidatorKeyRotated);
    assert_eq!((rotated.old, rotated.new, rotated.department), (key(100), key(102), POLICE));
    let mut chain = Chain::of(&council());
    decide(&mut chain, add_validator());
    let terms = proposed(&chain, Action::RemoveValidator { key: key(100) }, None);
    let second = ProposalId::new(2);
    let [authority, police, civil, _] = heads();
    let records = chain
        .block(&[
            chain.sign(&authority, 2, propose(&terms)),
            chain.sign(&authority, 3, vote(second, &terms, true)),
            chain.sign(&police, 1, vote(second, &terms, true)),
            chain.sign(&civil, 1, vote(second, &terms, true)),
        ])
        .executed
        .records;
    let removed: ValidatorRemoved = body(&records, RecordKind::ValidatorRemoved);
    assert_eq!((removed.key, removed.department), (key(100), POLICE));
}
