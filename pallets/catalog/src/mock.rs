//! A runtime of System and Catalog, with an authority, two providers and a department that no authority oversees.

use codec::Encode;
use frame_support::{derive_impl, parameter_types};
use mulu_pallet_support::{DepartmentFacts, People, Records, SystemFacts};
use mulu_proofs::{
    catalog::{
        Assessments, Classification, DataGrade, DataType, EntryContent, Format, FormatClass, Item, List, Method,
        Methods, Opening, ResourceClass, Responsibility, Secrecy, Sharing, SharingClass, UpdateCycle,
    },
    departments::{About, DepartmentStatus, Role, RoleScope, SignedAs},
    hash::Suite,
    ids::{DepartmentId, Moment, RecordNumber, SystemId},
    records::{Record, RecordKind, Subject},
    text::Text,
};
use sp_core::crypto::AccountId32;
use sp_runtime::{BuildStorage, DispatchError, traits::IdentityLookup};

#[frame_support::runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(RuntimeCall, RuntimeEvent, RuntimeError, RuntimeOrigin, RuntimeTask)]
    pub struct Test;
    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(11)]
    pub type Catalog = crate;
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
    /// What the roles of these accounts are limited to.
    pub static Scopes: Vec<(u8, RoleScope)> = Vec::new();
}

/// A record log that keeps everything.
pub struct TestRecords;

impl Records for TestRecords {
    fn append(
        kind: RecordKind,
        department: DepartmentId,
        signer: Option<&AccountId32>,
        subjects: &[Subject],
        body: &impl Encode,
    ) -> RecordNumber {
        let mut records = Recorded::get();
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
        Recorded::set(records);
        number
    }
}

/// The authority of the city.
pub const AUTHORITY: DepartmentId = DepartmentId::new(1);
/// A provider.
pub const CIVIL: DepartmentId = DepartmentId::new(2);
/// Another provider.
pub const POLICE: DepartmentId = DepartmentId::new(3);
/// A department whose level and region have no authority.
pub const LONELY: DepartmentId = DepartmentId::new(4);

/// Writes the civil department's entries.
pub const CATALOGUER: u8 = 20;
/// Its head.
pub const HEAD: u8 = 21;
/// Cataloguer and head of the civil department in one person.
pub const BOTH: u8 = 22;
/// Writes the police's entries.
pub const POLICE_CATALOGUER: u8 = 30;
/// Head of the police.
pub const POLICE_HEAD: u8 = 31;
/// Reviews.
pub const REVIEWER: u8 = 10;
/// Reviews too.
pub const SECOND_REVIEWER: u8 = 11;
/// Cataloguer, head and reviewer of the authority in one person.
pub const EVERYTHING: u8 = 12;
/// Head of the authority.
pub const AUTHORITY_HEAD: u8 = 13;
/// Cataloguer of the lonely department.
pub const LONELY_CATALOGUER: u8 = 40;
/// Head of the lonely department.
pub const LONELY_HEAD: u8 = 41;

const ROLES: [(u8, DepartmentId, Role); 15] = [
    (CATALOGUER, CIVIL, Role::Cataloguer),
    (HEAD, CIVIL, Role::Head),
    (BOTH, CIVIL, Role::Cataloguer),
    (BOTH, CIVIL, Role::Head),
    (POLICE_CATALOGUER, POLICE, Role::Cataloguer),
    (POLICE_HEAD, POLICE, Role::Head),
    (REVIEWER, AUTHORITY, Role::Reviewer),
    (SECOND_REVIEWER, AUTHORITY, Role::Reviewer),
    (EVERYTHING, AUTHORITY, Role::Cataloguer),
    (EVERYTHING, AUTHORITY, Role::Head),
    (EVERYTHING, AUTHORITY, Role::Reviewer),
    (AUTHORITY_HEAD, AUTHORITY, Role::Head),
    (AUTHORITY_HEAD, AUTHORITY, Role::Cataloguer),
    (LONELY_CATALOGUER, LONELY, Role::Cataloguer),
    (LONELY_HEAD, LONELY, Role::Head),
];

/// What the departments pallet would say of a missing role.
pub const ROLE_MISSING: DispatchError = DispatchError::Other("the role is missing");

/// What it would say of a role that does not cover an act.
pub const OUT_OF_SCOPE: DispatchError = DispatchError::Other("the role does not cover it");

/// Fixed departments and roles.
pub struct TestPeople;

impl People for TestPeople {
    fn signed_as(
        who: &AccountId32,
        department: DepartmentId,
        role: Role,
        about: &About,
    ) -> Result<SignedAs, DispatchError> {
        if Scopes::get().iter().any(|(number, scope)| account(*number) == *who && !scope.covers(about)) {
            return Err(OUT_OF_SCOPE);
        }
        let place = ROLES
            .iter()
            .position(|(number, of, held)| (&account(*number), *of, *held) == (who, department, role))
            .ok_or(ROLE_MISSING)?;
        let given = RecordNumber::new(place as u64 + 1);
        Ok(SignedAs {
            role,
            department,
            given,
            confirmed: None,
            expires: Moment::new(2_000_000_000_000),
            principal: None,
        })
    }

    fn department_of(_who: &AccountId32) -> Option<DepartmentId> {
        None
    }

    fn department(_id: DepartmentId) -> Option<DepartmentFacts> {
        None
    }

    fn statuses(_id: DepartmentId) -> Vec<(Moment, DepartmentStatus)> {
        Vec::new()
    }

    fn authority_of(id: DepartmentId) -> Option<DepartmentId> {
        (id != LONELY).then_some(AUTHORITY)
    }

    fn system(_id: SystemId) -> Option<SystemFacts> {
        None
    }
}

impl crate::Config for Test {
    type Records = TestRecords;
    type People = TestPeople;
}

/// An account by number.
pub fn account(number: u8) -> AccountId32 {
    AccountId32::new([number; 32])
}

/// Short text.
pub fn text<const N: u32>(text: &str) -> Text<N> {
    Text::new(text).expect("short")
}

/// An item.
pub fn item(code: &str, sharing: SharingClass) -> Item {
    Item {
        name: text("名称"),
        code: text(code),
        element: None,
        data_type: DataType::Character,
        length: 18,
        meaning: text(""),
        level: 2,
        sharing,
    }
}

/// The civil department's entry on social organisations: conditional, with a third item that is not shared.
pub fn content() -> EntryContent {
    use SharingClass::{Conditional, NotShared};
    let items = vec![item("code", Conditional), item("name", Conditional), item("phone", NotShared)];
    EntryContent {
        code: text("306001/1001"),
        name: text("社会组织法人登记信息"),
        provider: CIVIL,
        summary: text("社会组织登记"),
        keywords: List::default(),
        related: List::default(),
        classification: Classification {
            attribute: ResourceClass::Department,
            grade: DataGrade::General,
            sensitivity: 1,
            secrecy: Secrecy::None,
        },
        format: Format { class: FormatClass::Database, name: text("table") },
        items: List::try_from(items).expect("three"),
        sharing: Sharing {
            class: Conditional,
            condition: text("补贴审核"),
            law: text(""),
            methods: Methods::of(&[Method::ServiceInterface, Method::File]),
        },
        opening: Opening { class: NotShared, condition: text("") },
        update_cycle: UpdateCycle::Daily,
        published_on: 20_000,
        responsibility: Responsibility {
            matter: text("社会组织登记"),
            matter_kind: 0,
            information: text("登记信息"),
            standard: text("GB 32100"),
            source: text("civil-db"),
            steward: text("社会组织管理处"),
        },
        assessments: Assessments { secrecy: [1; 32], personal_information: [0; 32], assessed_on: 20_000 },
    }
}

/// Runs `test` in a fresh state and checks the invariants behind it.
pub fn run(test: impl FnOnce()) {
    let storage = frame_system::GenesisConfig::<Test>::default().build_storage().expect("builds");
    sp_io::TestExternalities::new(storage).execute_with(|| {
        Recorded::set(Vec::new());
        Scopes::set(Vec::new());
        // Events are not kept in block 0.
        System::set_block_number(1);
        test();
        Catalog::do_try_state().expect("invariants hold");
    });
}
