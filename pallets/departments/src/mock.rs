//! A runtime of System and Departments: an authority of a city with its people, three departments below it, one elsewhere.

use frame_support::{
    derive_impl, parameter_types,
    traits::{Contains, Hooks},
};
use mulu_pallet_support::{Clock, Clocks, Records};
use mulu_proofs::{
    budget::Budget,
    calendar::{Day, DeadlineKind, Limit, Parameters},
    departments::{CreditCode, DepartmentInfo, Level, NodeInfo, Role, RoleGiven, ValidatorRegistered},
    hash::Suite,
    ids::{DeadlineId, DepartmentId, Moment, PublicKey, RecordNumber},
    records::{Record, RecordKind, Subject},
    text::Text,
};
use sp_core::{Pair, crypto::AccountId32, ed25519};
use sp_runtime::{BuildStorage, DispatchError, DispatchResult, traits::IdentityLookup};
use std::collections::BTreeMap;

#[frame_support::runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(RuntimeCall, RuntimeEvent, RuntimeError, RuntimeOrigin, RuntimeTask)]
    pub struct Test;
    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(10)]
    pub type Departments = crate;
}

type Block = frame_system::mocking::MockBlockU32<Test>;

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Test {
    type Block = Block;
    type AccountId = AccountId32;
    type Lookup = IdentityLookup<AccountId32>;
}

/// What the clock says at first, in milliseconds: a midnight.
pub const START: u64 = 1_785_024_000_000;
/// A day, in milliseconds.
pub const DAY: u64 = 86_400_000;

parameter_types! {
    /// What the clock says, in milliseconds.
    pub static Now: u64 = START;
    /// The records so far.
    pub static Recorded: Vec<Record> = Vec::new();
    /// How far local midnight is before that of UTC, in milliseconds.
    pub static Ahead: u64 = 0;
    /// How many clocks were started.
    pub static Started: u32 = 0;
    /// The clocks that run: kind, subject, responsible department and term.
    pub static Running: BTreeMap<DeadlineId, (DeadlineKind, Subject, DepartmentId, u16)> = BTreeMap::new();
}

/// The clock of the tests.
pub struct TestClock;

impl Clock for TestClock {
    fn now() -> Moment {
        Moment::new(Now::get())
    }
}

/// A record log that keeps everything.
pub struct TestRecords;

impl Records for TestRecords {
    fn append(
        kind: RecordKind,
        department: DepartmentId,
        signer: Option<&AccountId32>,
        subjects: &[Subject],
        body: &impl codec::Encode,
    ) -> RecordNumber {
        Recorded::mutate(|records| {
            let number = RecordNumber::new(records.len() as u64 + 1);
            records.push(Record {
                suite: Suite::default(),
                version: Record::VERSION,
                number,
                kind,
                moment: TestClock::now(),
                department,
                signer: signer.map(|account| *account.as_ref()),
                extrinsic: None,
                subjects: subjects.to_vec(),
                body: body.encode(),
            });
            number
        })
    }
}

/// Clocks that start and stop, and days of so many milliseconds ahead of UTC.
pub struct TestClocks;

/// What the clocks say to what nobody here asks of them.
const NOT_HERE: DispatchError = DispatchError::Other("departments start and stop clocks, nothing else");

impl Clocks for TestClocks {
    fn start(
        kind: DeadlineKind,
        subject: Subject,
        responsible: DepartmentId,
        working_days: u16,
    ) -> Result<DeadlineId, DispatchError> {
        Started::mutate(|started| *started += 1);
        let id = DeadlineId::new(Started::get());
        Running::mutate(|running| running.insert(id, (kind, subject, responsible, working_days)));
        Ok(id)
    }

    fn start_from(
        _kind: DeadlineKind,
        _subject: Subject,
        _responsible: DepartmentId,
        _working_days: u16,
        _day: Day,
    ) -> Result<DeadlineId, DispatchError> {
        Err(NOT_HERE)
    }

    fn pause(_id: DeadlineId) -> DispatchResult {
        Err(NOT_HERE)
    }

    fn resume(_id: DeadlineId) -> DispatchResult {
        Err(NOT_HERE)
    }

    fn extend(_id: DeadlineId, _working_days: u16) -> DispatchResult {
        Err(NOT_HERE)
    }

    fn stop(id: DeadlineId) -> Result<bool, DispatchError> {
        Running::mutate(|running| running.remove(&id)).map(|_| true).ok_or(NOT_HERE)
    }

    fn cancel(id: DeadlineId) -> DispatchResult {
        Self::stop(id).map(|_| ())
    }

    fn due(id: DeadlineId) -> Option<Moment> {
        Running::get().contains_key(&id).then_some(LATER)
    }

    fn is_overdue(_id: DeadlineId) -> bool {
        false
    }

    fn limit(kind: DeadlineKind) -> Limit {
        kind.statutory()
    }

    fn pauses_for_supplement() -> bool {
        true
    }

    fn finished_kept_days() -> u16 {
        Parameters::default().finished_kept_days
    }

    fn lateness_days() -> u16 {
        Parameters::default().lateness_days
    }

    fn day_of(moment: Moment) -> Day {
        let days = (moment.get() + Ahead::get()) / DAY;
        Day::new(u32::try_from(days).expect("few")).expect("before 9999")
    }

    fn end_of(day: Day) -> Moment {
        Moment::new(u64::from(day.next().get()) * DAY - Ahead::get())
    }
}

/// Remarks stand for event batches.
pub struct Remarks;

impl Contains<RuntimeCall> for Remarks {
    fn contains(call: &RuntimeCall) -> bool {
        matches!(call, RuntimeCall::System(frame_system::Call::remark { .. }))
    }
}

impl crate::Config for Test {
    type Records = TestRecords;
    type Clock = TestClock;
    type Clocks = TestClocks;
    type Batches = Remarks;
}

/// The authority of the city.
pub const AUTHORITY: DepartmentId = DepartmentId::new(1);
/// A department of the city.
pub const POLICE: DepartmentId = DepartmentId::new(2);
/// Another one.
pub const CIVIL: DepartmentId = DepartmentId::new(3);
/// A department of a county in the city, below the police.
pub const COUNTY: DepartmentId = DepartmentId::new(4);
/// A department of another city, which has no authority.
pub const ELSEWHERE: DepartmentId = DepartmentId::new(5);
/// A department that is not there.
pub const NOWHERE: DepartmentId = DepartmentId::new(77);
/// A moment far away.
pub const LATER: Moment = Moment::new(2_000_000_000_000);

/// An account by number.
pub fn account(number: u8) -> AccountId32 {
    AccountId32::new([number; 32])
}

/// Supervisor of the authority.
pub fn supervisor() -> AccountId32 {
    account(1)
}

/// Admin of the police.
pub fn admin() -> AccountId32 {
    account(2)
}

/// Head of the police.
pub fn head() -> AccountId32 {
    account(3)
}

/// An account of the police without a role.
pub fn clerk() -> AccountId32 {
    account(4)
}

/// Another supervisor of the authority.
pub fn second_supervisor() -> AccountId32 {
    account(5)
}

/// Admin of the authority.
pub fn authority_admin() -> AccountId32 {
    account(6)
}

/// Head of the authority.
pub fn authority_head() -> AccountId32 {
    account(7)
}

/// An account of the authority without a role.
pub fn authority_clerk() -> AccountId32 {
    account(8)
}

/// Head of the civil department.
pub fn civil_head() -> AccountId32 {
    account(9)
}

/// Nobody whom the ledger knows.
pub fn stranger() -> AccountId32 {
    account(99)
}

/// A key that somebody can sign with, by number.
pub fn key(number: u8) -> PublicKey {
    ed25519::Pair::from_seed(&[number; 32]).public().0
}

/// A node with the key of a number.
pub fn node(number: u8) -> NodeInfo {
    let address = |port: u32| Text::new(&format!("10.0.0.{number}:{port}")).expect("short");
    NodeInfo { key: key(number), consensus_address: address(26_656), extrinsics_address: address(26_657) }
}

/// A credit code by number.
pub fn code(number: u32) -> CreditCode {
    CreditCode::with_check_character(&format!("11330100{number:09}")).expect("digits only")
}

fn department(id: DepartmentId) -> DepartmentInfo {
    let (level, region, parent) = match id {
        COUNTY => (Level::County, 330_102, Some(POLICE)),
        ELSEWHERE => (Level::City, 330_200, None),
        _ => (Level::City, 330_100, None),
    };
    DepartmentInfo {
        id,
        credit_code: code(id.get()),
        name: Text::new("部门").expect("short"),
        level,
        region,
        parent,
        is_authority: id == AUTHORITY,
        host: None,
        is_data_manager: false,
    }
}

/// What genesis holds.
pub fn genesis() -> crate::GenesisConfig<Test> {
    let people = [
        (supervisor(), AUTHORITY, Some(Role::Supervisor)),
        (admin(), POLICE, Some(Role::Admin)),
        (head(), POLICE, Some(Role::Head)),
        (clerk(), POLICE, None),
        (second_supervisor(), AUTHORITY, Some(Role::Supervisor)),
        (authority_admin(), AUTHORITY, Some(Role::Admin)),
        (authority_head(), AUTHORITY, Some(Role::Head)),
        (authority_clerk(), AUTHORITY, None),
        (civil_head(), CIVIL, Some(Role::Head)),
    ];
    let roles = people.iter().filter_map(|(account, department, role)| {
        role.map(|role| RoleGiven::in_genesis(account.clone().into(), *department, role, LATER))
    });
    let validator =
        |number: u8, department| ValidatorRegistered { key: key(number), department, node: Some(node(number + 100)) };
    crate::GenesisConfig {
        departments: [AUTHORITY, POLICE, CIVIL, COUNTY, ELSEWHERE].map(department).to_vec(),
        accounts: people.iter().map(|(account, department, _)| (account.clone(), *department)).collect(),
        roles: roles.collect(),
        systems: vec![],
        validators: vec![validator(1, AUTHORITY), validator(2, POLICE)],
        validators_min: 2,
        budget: Budget::default(),
        observers: vec![],
        _config: Default::default(),
    }
}

/// Runs `test` behind block 1 and checks the invariants behind it.
pub fn run(test: impl FnOnce()) {
    let storage =
        RuntimeGenesisConfig { departments: genesis(), ..Default::default() }.build_storage().expect("builds");
    sp_io::TestExternalities::new(storage).execute_with(|| {
        Now::set(START);
        Ahead::set(0);
        Started::set(0);
        Running::set(BTreeMap::new());
        Recorded::set(Vec::new());
        System::set_block_number(1);
        Departments::on_finalize(1);
        System::set_block_number(2);
        test();
        Departments::do_try_state().expect("invariants hold");
    });
}
