//! A runtime of System and Mounts, with two providers, a data manager, their platforms, and a catalog that the tests fill.

use frame_support::{derive_impl, parameter_types};
use mulu_pallet_support::{Catalog, Counters, DepartmentFacts, EntryFacts, People, Records, SystemFacts};
use mulu_proofs::{
    catalog::{EntryStatus, List, Method, Methods, SharingClass, Stop},
    departments::{About, DepartmentStatus, Role, RoleScope, SignedAs, SystemKind},
    hash::Suite,
    ids::{DepartmentId, Digest32, ElementId, EntryId, Moment, RecordNumber, SystemId, Version},
    mounts::Mount,
    oversight::CountKind,
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
    #[runtime::pallet_index(19)]
    pub type Mounts = crate;
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
    /// Published entries: provider, version and methods.
    pub static Published: BTreeMap<EntryId, (DepartmentId, Version, Methods)> = BTreeMap::new();
    /// What was counted.
    pub static Counted: Vec<(DepartmentId, CountKind)> = Vec::new();
    /// What the roles of these accounts are limited to.
    pub static Scopes: Vec<(u8, RoleScope)> = Vec::new();
}

/// A provider.
pub const POLICE: DepartmentId = DepartmentId::new(2);
/// Another one.
pub const CIVIL: DepartmentId = DepartmentId::new(3);
/// Serves other departments' data.
pub const DATA_MANAGER: DepartmentId = DepartmentId::new(4);

/// Cataloguer of the police.
pub const CATALOGUER: u8 = 20;
/// Its officer.
pub const OFFICER: u8 = 21;
/// Its platform.
pub const POLICE_BRIDGE: u8 = 22;
/// Cataloguer of the civil department.
pub const CIVIL_CATALOGUER: u8 = 30;
/// Its platform.
pub const CIVIL_BRIDGE: u8 = 31;
/// The data manager's platform.
pub const MANAGER_BRIDGE: u8 = 40;
/// Somebody else of the data manager.
pub const MANAGER_CLERK: u8 = 41;
/// Of no department.
pub const STRANGER: u8 = 99;

/// A platform of the police.
pub const POLICE_PLATFORM: SystemId = SystemId::new(1);
/// The data manager's platform.
pub const MANAGER_PLATFORM: SystemId = SystemId::new(2);
/// A business system.
pub const BUSINESS: SystemId = SystemId::new(3);
/// A platform of the civil department.
pub const CIVIL_PLATFORM: SystemId = SystemId::new(4);

/// What the mock says of a missing role.
pub const ROLE_MISSING: DispatchError = DispatchError::Other("role missing");
/// What it says of a role that does not cover the act.
pub const OUT_OF_SCOPE: DispatchError = DispatchError::Other("out of scope");

const ROLES: [(u8, DepartmentId, Role); 7] = [
    (CATALOGUER, POLICE, Role::Cataloguer),
    (OFFICER, POLICE, Role::Officer),
    (POLICE_BRIDGE, POLICE, Role::Platform),
    (CIVIL_CATALOGUER, CIVIL, Role::Cataloguer),
    (CIVIL_BRIDGE, CIVIL, Role::Platform),
    (MANAGER_BRIDGE, DATA_MANAGER, Role::Platform),
    (MANAGER_CLERK, DATA_MANAGER, Role::Applicant),
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

    fn department(_: DepartmentId) -> Option<DepartmentFacts> {
        None
    }

    fn statuses(_: DepartmentId) -> Vec<(Moment, DepartmentStatus)> {
        Vec::new()
    }

    fn authority_of(_: DepartmentId) -> Option<DepartmentId> {
        None
    }

    fn system(id: SystemId) -> Option<SystemFacts> {
        let (department, kind) = match id {
            POLICE_PLATFORM => (POLICE, SystemKind::Platform),
            MANAGER_PLATFORM => (DATA_MANAGER, SystemKind::Platform),
            BUSINESS => (POLICE, SystemKind::Business),
            CIVIL_PLATFORM => (CIVIL, SystemKind::Platform),
            _ => return None,
        };
        Some(SystemFacts { department, kind })
    }
}

/// The catalog of the tests.
pub struct TestCatalog;

impl Catalog for TestCatalog {
    fn published(entry: EntryId) -> Option<Version> {
        Published::get().get(&entry).map(|(_, version, _)| *version)
    }

    fn facts(entry: EntryId, version: Version) -> Option<EntryFacts> {
        let (provider, published, methods) = Published::get().get(&entry).copied()?;
        (version == published).then_some(EntryFacts {
            provider,
            items: 0b11,
            items_not_shared: 0,
            items_conditional: 0,
            sharing: SharingClass::Conditional,
            methods,
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

    fn carries(_: EntryId, _: ElementId) -> bool {
        false
    }
}

/// Counters that keep everything.
pub struct TestCounters;

impl Counters for TestCounters {
    fn count(department: DepartmentId, kind: CountKind) {
        Counted::mutate(|counted| counted.push((department, kind)));
    }
}

impl crate::Config for Test {
    type Records = TestRecords;
    type People = TestPeople;
    type Catalog = TestCatalog;
    type Counters = TestCounters;
}

fn number(who: &AccountId32) -> u8 {
    let bytes: &[u8; 32] = who.as_ref();
    bytes[0]
}

/// Publishes the next version of an entry with these methods.
pub fn publish(entry: EntryId, provider: DepartmentId, methods: &[Method]) {
    let before = Published::get().get(&entry).map(|(_, version, _)| *version);
    let version = before.map_or(Version::new(1), Version::next);
    Published::mutate(|published| published.insert(entry, (provider, version, Methods::of(methods))));
    let facts = TestCatalog::facts(entry, version).expect("just published");
    <Mounts as mulu_pallet_support::Mounts>::published(entry, before.is_none(), &facts);
}

/// Withdraws an entry.
pub fn withdraw(entry: EntryId) {
    let (provider, ..) = Published::mutate(|published| published.remove(&entry)).expect("published");
    <Mounts as mulu_pallet_support::Mounts>::withdrawn(entry, provider);
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

/// A mount that is in order.
pub fn resource(method: Method) -> Box<Mount> {
    let platforms = List::try_from(vec![POLICE_PLATFORM, MANAGER_PLATFORM]).expect("few");
    Box::new(Mount { method, address: text("pop-registry-v3"), fingerprint: SCHEMA, platforms })
}

/// The schema of [`resource`].
pub const SCHEMA: Digest32 = [0x51; 32];

/// Runs `test` and checks the invariants behind it.
pub fn run(test: impl FnOnce()) {
    sp_io::TestExternalities::default().execute_with(|| {
        Recorded::set(Vec::new());
        Published::set(BTreeMap::new());
        Counted::set(Vec::new());
        Scopes::set(Vec::new());
        System::set_block_number(1);
        test();
        Mounts::do_try_state().expect("invariants hold");
    });
}
