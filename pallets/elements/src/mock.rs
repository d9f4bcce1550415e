//! A runtime of System and Elements, with two authorities, three departments, their systems, and a catalog that the tests fill.

use frame_support::{derive_impl, parameter_types};
use mulu_pallet_support::{Catalog, DepartmentFacts, EntryFacts, People, Records, SystemFacts};
use mulu_proofs::{
    catalog::{EntryStatus, Method, Methods, SharingClass, Stop},
    departments::{About, DepartmentStatus, Level, Role, RoleScope, SignedAs, SystemKind},
    elements::ElementStandard,
    hash::Suite,
    ids::{DepartmentId, ElementId, EntryId, Moment, RecordNumber, SystemId, Version},
    records::{Record, RecordKind, Subject},
    text::Text,
};
use sp_core::crypto::AccountId32;
use sp_runtime::{DispatchError, traits::IdentityLookup};
use std::collections::BTreeMap;

#[frame_support::runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(RuntimeCall, RuntimeEvent, RuntimeError, RuntimeOrigin, RuntimeTask)]
    pub struct Test;
    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(18)]
    pub type Elements = crate;
}

type Block = frame_system::mocking::MockBlockU32<Test>;

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Test {
    type Block = Block;
    type AccountId = AccountId32;
    type Lookup = IdentityLookup<AccountId32>;
}

parameter_types! {
    /// The records so far.
    pub static Recorded: Vec<Record> = Vec::new();
    /// Published entries: provider, and the elements of their items.
    pub static Published: BTreeMap<EntryId, (DepartmentId, Vec<ElementId>)> = BTreeMap::new();
    /// What the roles of these accounts are limited to.
    pub static Scopes: Vec<(u8, RoleScope)> = Vec::new();
    /// Who holds the seat of the city: the authority, or a successor.
    pub static CityAuthority: DepartmentId = AUTHORITY;
}

/// The authority of the city.
pub const AUTHORITY: DepartmentId = DepartmentId::new(1);
/// A department of the city.
pub const POLICE: DepartmentId = DepartmentId::new(2);
/// Another one.
pub const CIVIL: DepartmentId = DepartmentId::new(3);
/// A suspended one.
pub const SUSPENDED: DepartmentId = DepartmentId::new(4);
/// The authority of the province.
pub const PROVINCE: DepartmentId = DepartmentId::new(5);
/// A department whose level and region have no authority.
pub const LONELY: DepartmentId = DepartmentId::new(6);

/// Supervisor of the city's authority.
pub const SUPERVISOR: u8 = 10;
/// Reviewer of the city's authority.
pub const REVIEWER: u8 = 11;
/// Supervisor of the province's authority.
pub const PROVINCE_SUPERVISOR: u8 = 50;
/// Somebody of the police, with a supervisor's role that a department has only in this mock.
pub const OFFICER: u8 = 20;
/// Supervisor of the civil department, should it become the city's authority.
pub const CIVIL_SUPERVISOR: u8 = 30;
/// Of no department.
pub const STRANGER: u8 = 99;

/// A source system of the police.
pub const SOURCE: SystemId = SystemId::new(1);
/// A business system of the police.
pub const BUSINESS: SystemId = SystemId::new(2);
/// A source system of the lonely department.
pub const LONELY_SOURCE: SystemId = SystemId::new(3);
/// Another source system, of the civil department.
pub const CIVIL_SOURCE: SystemId = SystemId::new(4);

/// What the mock says of a missing role.
pub const ROLE_MISSING: DispatchError = DispatchError::Other("role missing");
/// What it says of a role that does not cover the act.
pub const OUT_OF_SCOPE: DispatchError = DispatchError::Other("out of scope");

const ROLES: [(u8, DepartmentId, Role); 5] = [
    (SUPERVISOR, AUTHORITY, Role::Supervisor),
    (REVIEWER, AUTHORITY, Role::Reviewer),
    (PROVINCE_SUPERVISOR, PROVINCE, Role::Supervisor),
    (OFFICER, POLICE, Role::Officer),
    (CIVIL_SUPERVISOR, CIVIL, Role::Supervisor),
];

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
                moment: Moment::new(1_785_000_000_000),
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

/// The people of the tests.
pub struct TestPeople;

impl People for TestPeople {
    fn signed_as(
        who: &AccountId32,
        department: DepartmentId,
        role: Role,
        about: &About,
    ) -> Result<SignedAs, DispatchError> {
        let who = number(who);
        if !ROLES.contains(&(who, department, role)) {
            return Err(ROLE_MISSING);
        }
        if Scopes::get().iter().any(|(limited, scope)| *limited == who && !scope.covers(about)) {
            return Err(OUT_OF_SCOPE);
        }
        let (given, expires) = (RecordNumber::new(1), Moment::new(1_900_000_000_000));
        Ok(SignedAs { role, department, given, confirmed: None, expires, principal: None })
    }

    fn department_of(who: &AccountId32) -> Option<DepartmentId> {
        ROLES.iter().find(|(account, ..)| *account == number(who)).map(|(_, department, _)| *department)
    }

    fn department(id: DepartmentId) -> Option<DepartmentFacts> {
        let (level, region) = match id {
            PROVINCE => (Level::Province, 330_000),
            LONELY => (Level::County, 330_106),
            AUTHORITY | POLICE | CIVIL | SUSPENDED => (Level::City, 330_100),
            _ => return None,
        };
        let is_authority = id == PROVINCE || id == CityAuthority::get();
        Some(DepartmentFacts { level, region, is_authority, is_active: id != SUSPENDED })
    }

    fn statuses(_: DepartmentId) -> Vec<(Moment, DepartmentStatus)> {
        Vec::new()
    }

    fn authority_of(id: DepartmentId) -> Option<DepartmentId> {
        match Self::department(id)?.level {
            Level::City => Some(CityAuthority::get()),
            Level::Province => Some(PROVINCE),
            _ => None,
        }
    }

    fn system(id: SystemId) -> Option<SystemFacts> {
        let (department, kind) = match id {
            SOURCE => (POLICE, SystemKind::Source),
            BUSINESS => (POLICE, SystemKind::Business),
            LONELY_SOURCE => (LONELY, SystemKind::Source),
            CIVIL_SOURCE => (CIVIL, SystemKind::Source),
            _ => return None,
        };
        Some(SystemFacts { department, kind })
    }
}

/// The catalog of the tests.
pub struct TestCatalog;

impl Catalog for TestCatalog {
    fn published(entry: EntryId) -> Option<Version> {
        Published::get().contains_key(&entry).then(|| Version::new(1))
    }

    fn facts(entry: EntryId, _: Version) -> Option<EntryFacts> {
        Published::get().get(&entry).map(|(provider, _)| EntryFacts {
            provider: *provider,
            items: 0b11,
            items_not_shared: 0,
            items_conditional: 0,
            sharing: SharingClass::Conditional,
            methods: Methods::of(&[Method::ServiceInterface]),
            flow_threshold: 0,
            digest: [7; 32],
        })
    }

    fn statuses(_: EntryId) -> Vec<(Moment, EntryStatus)> {
        Vec::new()
    }

    fn stops(_: EntryId, _: Version) -> Vec<Stop> {
        Vec::new()
    }

    fn carries(entry: EntryId, element: ElementId) -> bool {
        Published::get().get(&entry).is_some_and(|(_, elements)| elements.contains(&element))
    }
}

impl crate::Config for Test {
    type Records = TestRecords;
    type People = TestPeople;
    type Catalog = TestCatalog;
}

fn number(who: &AccountId32) -> u8 {
    let bytes: &[u8; 32] = who.as_ref();
    bytes[0]
}

/// Publishes a version of an entry with items of these elements.
pub fn publish(entry: u32, provider: DepartmentId, elements: &[u32]) -> EntryId {
    let entry = EntryId::new(entry);
    let elements = elements.iter().copied().map(ElementId::new).collect();
    Published::mutate(|published| published.insert(entry, (provider, elements)));
    entry
}

/// Withdraws an entry.
pub fn withdraw(entry: EntryId) {
    Published::mutate(|published| published.remove(&entry));
}

/// An account by number.
pub fn account(number: u8) -> AccountId32 {
    AccountId32::new([number; 32])
}

/// The origin of an account.
pub fn signed(number: u8) -> RuntimeOrigin {
    RuntimeOrigin::signed(account(number))
}

/// A text that fits.
pub fn text<const N: u32>(text: &str) -> Text<N> {
    Text::new(text).expect("short")
}

/// A standard that is complete.
pub fn standard() -> Box<ElementStandard> {
    Box::new(ElementStandard {
        name: text("公民身份号码"),
        standard: text("GB/T 19488.2-2008"),
        published: text("国家标准公告2008年第11号"),
    })
}

/// Runs `test` and checks the invariants behind it.
pub fn run(test: impl FnOnce()) {
    sp_io::TestExternalities::default().execute_with(|| {
        Recorded::set(Vec::new());
        Published::set(BTreeMap::new());
        Scopes::set(Vec::new());
        CityAuthority::set(AUTHORITY);
        System::set_block_number(1);
        test();
        Elements::do_try_state().expect("invariants hold");
    });
}
