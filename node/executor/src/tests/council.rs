//! Four departments with a head each: what they decide together, what is due when, and how much each may send.

mod budgets;
mod deadlines;
mod governance;

use super::chain::*;
use mulu_proofs::{
    calendar::{Day, YearCalendar},
    catalog::List,
    departments::{NodeInfo, Observer, Role, RoleGiven, SystemInfo, SystemKind},
    governance::{Action, ProposalTerms, proposal_digest},
    header::HeaderView,
    ids::{DepartmentId, Height, Moment, ProposalId, PurposeId, SystemId},
    records::{Record, RecordKind},
    sharing::PurposeRegistered,
    text::Text,
};
use mulu_runtime::{
    Access, Calendar, Catalog, Departments, Governance, Grants, Records, RuntimeCall, RuntimeGenesisConfig, Sharing,
    pallet_calendar, pallet_governance, pallet_grants, pallet_sharing,
};
use sp_core::{Pair, ed25519};

/// Asks for data.
pub const CIVIL: DepartmentId = DepartmentId::new(3);
pub const HEALTH: DepartmentId = DepartmentId::new(4);
/// 2026-07-26, a Sunday: the local day of [`START`].
pub const SUNDAY: &str = "2026-07-26";

/// The heads of departments 1 to 4.
pub fn heads() -> [ed25519::Pair; 4] {
    [pair(11), head(), pair(13), pair(14)]
}

/// Officer of the police.
pub fn officer() -> ed25519::Pair {
    pair(22)
}

/// Applicant of the civil department.
pub fn applicant() -> ed25519::Pair {
    pair(31)
}

/// Officer of the civil department.
pub fn civil_officer() -> ed25519::Pair {
    pair(32)
}

pub fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// A year with these days off.
pub fn year(number: u16, holidays: &[&str]) -> YearCalendar {
    let holidays: Vec<_> = holidays.iter().map(|text| day(text)).collect();
    YearCalendar {
        year: number,
        source: Text::new("测试安排").unwrap(),
        holidays: List::try_from(holidays).unwrap(),
        make_up: List::default(),
    }
}

/// The small chain of [`genesis`] with two more departments, everybody who shares data, and a calendar.
pub fn council() -> RuntimeGenesisConfig {
    let mut config = genesis(false);
    let far = Moment::new(4_000_000_000_000);
    let departments = &mut config.departments;
    departments.departments.extend([department(CIVIL, false), department(HEALTH, false)]);
    let people = [
        (pair(11), AUTHORITY, Role::Head),
        (pair(13), CIVIL, Role::Head),
        (pair(14), HEALTH, Role::Head),
        (officer(), POLICE, Role::Officer),
        (applicant(), CIVIL, Role::Applicant),
        (civil_officer(), CIVIL, Role::Officer),
    ];
    for (pair, of, role) in people {
        departments.accounts.push((account(&pair), of));
        departments.roles.push(RoleGiven::in_genesis(pair.public().0, of, role, far));
    }
    departments.systems.push(SystemInfo {
        id: SystemId::new(2),
        department: CIVIL,
        kind: SystemKind::Business,
        code: Text::new("benefits").unwrap(),
        name: Text::new("救助系统").unwrap(),
    });
    config.sharing = pallet_sharing::GenesisConfig {
        purposes: vec![PurposeRegistered {
            id: PurposeId::new(1),
            code: Text::new("SH").unwrap(),
            name: Text::new("审核").unwrap(),
        }],
        ..Default::default()
    };
    config.calendar = pallet_calendar::GenesisConfig { years: vec![year(2026, &[])], ..Default::default() };
    config
}

pub fn governance(call: pallet_governance::Call<mulu_runtime::Runtime>) -> RuntimeCall {
    RuntimeCall::Governance(call)
}

#[test]
fn block_1_records_everything_that_genesis_set_in_the_order_of_the_pallets() {
    let mut config = council();
    config.departments.observers.push(Observer {
        department: HEALTH,
        name: Text::new("审计").unwrap(),
        node: NodeInfo {
            key: pair(112).public().0,
            consensus_address: Text::new("10.0.0.9:26656").unwrap(),
            extrinsics_address: Text::new("10.0.0.9:26657").unwrap(),
        },
    });
    let mut chain = Chain::begin(&config);
    let records = chain.block(&[]).executed.records;
    let mut found = kinds(&records);
    found.dedup();
    let expected = [
        RecordKind::DepartmentRegistered,
        RecordKind::AccountRegistered,
        RecordKind::RoleGiven,
        RecordKind::SystemRegistered,
        RecordKind::ValidatorRegistered,
        RecordKind::ObserverRegistered,
        RecordKind::BudgetSet,
        RecordKind::PurposeRegistered,
        RecordKind::ParametersSet,
        RecordKind::CalendarSet,
    ];
    assert_eq!(found, expected);
    assert_eq!(body::<Observer>(&records, RecordKind::ObserverRegistered), config.departments.observers[0]);
    // The header commits to all of it, and the next block begins behind it.
    let header = HeaderView::read(&codec::Encode::encode(&chain.head)).unwrap();
    assert_eq!(header.records.map(|log| log.count as usize), Some(records.len()));
}

/// A proposal to vote on for a day.
pub fn proposed(chain: &Chain, action: Action, enact_at: Option<Height>) -> ProposalTerms {
    ProposalTerms { action, expires: Moment::new(chain.moment + 86_400_000), enact_at }
}

pub fn propose(terms: &ProposalTerms) -> RuntimeCall {
    let ProposalTerms { action, expires, enact_at } = terms.clone();
    governance(pallet_governance::Call::propose { action: Box::new(action), expires, enact_at })
}

pub fn vote(proposal: ProposalId, terms: &ProposalTerms, approve: bool) -> RuntimeCall {
    let digest = proposal_digest(proposal, terms);
    governance(pallet_governance::Call::vote { proposal, digest, approve })
}

/// Proposes `action` as the chain's first proposal and lets three of four heads approve, all in one block.
pub fn decide(chain: &mut Chain, action: Action) -> crate::Built {
    let terms = proposed(chain, action, None);
    let first = ProposalId::new(1);
    let [authority, police, civil, _] = heads();
    let extrinsics = [
        chain.sign(&authority, 0, propose(&terms)),
        chain.sign(&authority, 1, vote(first, &terms, true)),
        chain.sign(&police, 0, vote(first, &terms, true)),
        chain.sign(&civil, 0, vote(first, &terms, true)),
    ];
    let built = chain.block(&extrinsics);
    assert!(built.refused.is_empty() && built.executed.block.extrinsics.len() == 5);
    assert_invariants(chain);
    built
}

/// What every pallet says of its own state.
pub fn assert_invariants(chain: &Chain) {
    let check = || {
        Departments::do_try_state()?;
        Catalog::do_try_state()?;
        Sharing::do_try_state()?;
        Grants::do_try_state()?;
        Access::do_try_state()?;
        Calendar::do_try_state()?;
        Governance::do_try_state()?;
        Records::do_try_state()
    };
    assert_eq!(chain.executor.query(&chain.head, check).unwrap(), Ok(()));
}

pub fn kinds(records: &[Record]) -> Vec<RecordKind> {
    records.iter().map(|record| record.kind).collect()
}

/// The only record of its kind, read.
pub fn body<B: codec::Decode + codec::Encode>(records: &[Record], kind: RecordKind) -> B {
    let mut found = records.iter().filter(|record| record.kind == kind);
    let body = found.next().unwrap_or_else(|| panic!("{kind:?} is missing")).body_as().unwrap();
    assert!(found.next().is_none(), "{kind:?} stands twice");
    body
}
