//! A runtime of System, Records and Departments, with one authority and one department.

use frame_support::{derive_impl, parameter_types, traits::Hooks};
use mulu_pallet_support::{Clock, Records};
use mulu_proofs::{
    departments::{CreditCode, DepartmentInfo, Level, Role, RoleGiven, ValidatorRegistered},
    ids::{DepartmentId, Moment, RecordNumber},
    records::{RecordKind, Subject},
    text::Text,
};
use sp_core::crypto::AccountId32;
use sp_runtime::{BuildStorage, traits::IdentityLookup};

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

parameter_types! {
    /// What the clock says, in milliseconds.
    pub static Now: u64 = 1_785_000_000_000;
    /// Kinds of the records so far.
    pub static Recorded: Vec<RecordKind> = Vec::new();
}

/// The clock of the tests.
pub struct TestClock;

impl Clock for TestClock {
    fn now() -> Moment {
        Moment::new(Now::get())
    }
}

/// A record log that counts.
pub struct TestRecords;

impl Records for TestRecords {
    fn append(
        kind: RecordKind,
        _department: DepartmentId,
        _signer: Option<&AccountId32>,
        _subjects: &[Subject],
        _body: &impl codec::Encode,
    ) -> RecordNumber {
        let mut kinds = Recorded::get();
        kinds.push(kind);
        let number = kinds.len() as u64;
        Recorded::set(kinds);
        RecordNumber::new(number)
    }
}

impl crate::Config for Test {
    type Records = TestRecords;
    type Clock = TestClock;
}

/// The authority.
pub const AUTHORITY: DepartmentId = DepartmentId::new(1);
/// An ordinary department.
pub const POLICE: DepartmentId = DepartmentId::new(2);
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

/// A registered account without a role.
pub fn clerk() -> AccountId32 {
    account(4)
}

/// A credit code by number.
pub fn code(number: u32) -> CreditCode {
    CreditCode::with_check_character(&format!("11330100{number:09}")).expect("digits only")
}

fn department(id: DepartmentId, is_authority: bool) -> DepartmentInfo {
    DepartmentInfo {
        id,
        credit_code: code(id.get()),
        name: Text::new("部门").expect("short"),
        level: Level::City,
        region: 330_100,
        parent: None,
        is_authority,
        host: None,
        is_data_manager: false,
    }
}

fn role(account: AccountId32, department: DepartmentId, role: Role) -> RoleGiven {
    RoleGiven::in_genesis(account.into(), department, role, LATER)
}

/// Runs `test` behind block 1 and checks the invariants behind it.
pub fn run(test: impl FnOnce()) {
    let storage = RuntimeGenesisConfig {
        departments: crate::GenesisConfig {
            departments: vec![department(AUTHORITY, true), department(POLICE, false)],
            accounts: vec![(supervisor(), AUTHORITY), (admin(), POLICE), (head(), POLICE), (clerk(), POLICE)],
            roles: vec![
                role(supervisor(), AUTHORITY, Role::Supervisor),
                role(admin(), POLICE, Role::Admin),
                role(head(), POLICE, Role::Head),
            ],
            systems: vec![],
            validators: vec![ValidatorRegistered { key: [9; 32], department: POLICE, node: None }],
            validators_min: 1,
            _config: Default::default(),
        },
        ..Default::default()
    }
    .build_storage()
    .expect("builds");
    sp_io::TestExternalities::new(storage).execute_with(|| {
        Recorded::set(Vec::new());
        System::set_block_number(1);
        Departments::on_finalize(1);
        System::set_block_number(2);
        test();
        Departments::do_try_state().expect("invariants hold");
    });
}
