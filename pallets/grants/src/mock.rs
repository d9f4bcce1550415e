//! A runtime of System and Grants, with people that the tests can change.

use frame_support::{derive_impl, pallet_prelude::DispatchError, parameter_types};
use mulu_pallet_support::{Clock, Clocks, DepartmentFacts, GrantsBegin, People, Records, SystemFacts};
use mulu_proofs::{
    calendar::{Day, DeadlineKind, Limit},
    catalog::{List, Method},
    departments::{About, DepartmentStatus, Level, Role, RoleScope, SignedAs},
    grants::GrantTerms,
    hash::Suite,
    ids::{DeadlineId, DepartmentId, EntryId, GrantId, Moment, PurposeId, RecordNumber, RequestId, SystemId, Version},
    records::{Record, RecordKind, Subject},
    text::Text,
};
use sp_core::crypto::AccountId32;
use sp_runtime::{BuildStorage, DispatchResult, traits::IdentityLookup};
use std::collections::BTreeMap;

#[frame_support::runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(RuntimeCall, RuntimeEvent, RuntimeError, RuntimeOrigin, RuntimeTask)]
    pub struct Test;
    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(17)]
    pub type Grants = crate;
}

type Block = frame_system::mocking::MockBlockU32<Test>;

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Test {
    type Block = Block;
    type AccountId = AccountId32;
    type Lookup = IdentityLookup<AccountId32>;
}

/// What the clock says at first.
pub const NOON: u64 = 1_785_000_000_000;
/// A day.
pub const DAY: u64 = 86_400_000;

/// The competent authority of everybody but [`FOREIGN`].
pub const AUTHORITY: DepartmentId = DepartmentId::new(1);
/// Provider of the entry.
pub const PROVIDER: DepartmentId = DepartmentId::new(2);
/// Consumer.
pub const CONSUMER: DepartmentId = DepartmentId::new(3);
/// A department that has no part in anything.
pub const OTHER: DepartmentId = DepartmentId::new(4);
/// Authority of another region.
pub const FOREIGN: DepartmentId = DepartmentId::new(5);

/// Supervisor of the authority.
pub const SUPERVISOR: u8 = 1;
/// Officer of the provider.
pub const OFFICER: u8 = 2;
/// Another officer of the provider.
pub const SECOND_OFFICER: u8 = 3;
/// Applicant of the consumer.
pub const APPLICANT: u8 = 4;
/// Officer of the consumer.
pub const CONSUMER_OFFICER: u8 = 5;
/// Supervisor of the foreign authority.
pub const FOREIGN_SUPERVISOR: u8 = 6;
/// A registered account of the consumer without a role.
pub const CLERK: u8 = 7;
/// An account that no department registered.
pub const STRANGER: u8 = 8;

/// The entry that is granted.
pub const ENTRY: EntryId = EntryId::new(1);

/// What the mock says of a missing role.
pub const ROLE_MISSING: DispatchError = DispatchError::Other("role missing");
/// What the departments pallet would say of a role that does not cover an act.
pub const OUT_OF_SCOPE: DispatchError = DispatchError::Other("the role does not cover it");

parameter_types! {
    /// What the clock says, in milliseconds.
    pub static Now: u64 = NOON;
    /// The records so far.
    pub static Recorded: Vec<Record> = Vec::new();
    /// Departments that are suspended.
    pub static Inactive: Vec<DepartmentId> = Vec::new();
    /// What the roles of these accounts are limited to.
    pub static Scopes: Vec<(u8, RoleScope)> = Vec::new();
    /// Roles in force.
    pub static Roles: Vec<(u8, DepartmentId, Role)> = vec![
        (SUPERVISOR, AUTHORITY, Role::Supervisor),
        (OFFICER, PROVIDER, Role::Officer),
        (SECOND_OFFICER, PROVIDER, Role::Officer),
        (APPLICANT, CONSUMER, Role::Applicant),
        (CONSUMER_OFFICER, CONSUMER, Role::Officer),
        (FOREIGN_SUPERVISOR, FOREIGN, Role::Supervisor),
    ];
    /// Clocks that run.
    pub static Running: BTreeMap<DeadlineId, RunningClock> = BTreeMap::new();
    /// Clocks that were ever started.
    pub static Started: u32 = 0;
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

/// The people of the tests.
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
        let holds = Roles::get()
            .into_iter()
            .any(|(number, of, held)| (account(number), of, held) == (who.clone(), department, role));
        let given = RecordNumber::new(0);
        let expires = Moment::new(NOON + 3_650 * DAY);
        if holds {
            Ok(SignedAs { role, department, given, confirmed: None, expires, principal: None })
        } else {
            Err(ROLE_MISSING)
        }
    }

    fn department_of(who: &AccountId32) -> Option<DepartmentId> {
        let bytes: &[u8; 32] = who.as_ref();
        Some(match bytes[0] {
            SUPERVISOR => AUTHORITY,
            OFFICER | SECOND_OFFICER => PROVIDER,
            APPLICANT | CONSUMER_OFFICER | CLERK => CONSUMER,
            FOREIGN_SUPERVISOR => FOREIGN,
            _ => return None,
        })
    }

    fn department(id: DepartmentId) -> Option<DepartmentFacts> {
        (1..=5).contains(&id.get()).then(|| DepartmentFacts {
            level: Level::City,
            region: if id == FOREIGN { 330_200 } else { 330_100 },
            is_authority: id == AUTHORITY || id == FOREIGN,
            is_active: !Inactive::get().contains(&id),
        })
    }

    fn statuses(_id: DepartmentId) -> Vec<(Moment, DepartmentStatus)> {
        Vec::new()
    }

    fn authority_of(id: DepartmentId) -> Option<DepartmentId> {
        Some(if id == FOREIGN { FOREIGN } else { AUTHORITY })
    }

    fn system(_id: SystemId) -> Option<SystemFacts> {
        None
    }
}

/// What a clock is for, on what, for whom, and for how many working days.
pub type RunningClock = (DeadlineKind, Subject, DepartmentId, u16);

/// Clocks that know which of them run.
pub struct TestClocks;

/// What the clocks say to what nobody here asks of them.
const NOT_HERE: DispatchError = DispatchError::Other("grants start and stop clocks, nothing else");

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

    fn due(_id: DeadlineId) -> Option<Moment> {
        None
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

    fn day_of(_moment: Moment) -> Day {
        Day::default()
    }
}

impl crate::Config for Test {
    type Records = TestRecords;
    type Clock = TestClock;
    type People = TestPeople;
    type Clocks = TestClocks;
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

/// A list that fits.
pub fn list<I: Clone, const N: u32>(items: &[I]) -> List<I, N> {
    List::try_from(items.to_vec()).ok().expect("short")
}

/// Terms of the next grant.
pub fn terms() -> GrantTerms {
    GrantTerms {
        grant: Grants::next_grant(),
        version: Version::new(1),
        request: RequestId::new(1),
        provider: PROVIDER,
        consumer: CONSUMER,
        entry: ENTRY,
        entry_version: Version::new(2),
        items: 0b011,
        method: Method::ServiceInterface,
        from: Moment::new(NOON - DAY),
        until: Moment::new(NOON + 30 * DAY),
        purposes: list(&[PurposeId::new(1)]),
        systems: list(&[SystemId::new(2)]),
        platforms: list(&[SystemId::new(1)]),
        calls_per_day: 1_000,
        rows_per_day: 10_000,
    }
}

/// A grant that was agreed to.
pub fn granted() -> GrantId {
    let terms = terms();
    Grants::begin(&terms).expect("the next one");
    terms.grant
}

/// Deadlines of everything that waits for somebody, ascending.
pub fn waiting() -> Vec<DeadlineId> {
    let mut waiting: Vec<_> = crate::Courses::<Test>::iter_values().filter_map(|course| course.deadline).collect();
    waiting.sort();
    waiting
}

/// Runs `test` in block 2 and checks the invariants behind it.
pub fn run(test: impl FnOnce()) {
    let storage = RuntimeGenesisConfig::default().build_storage().expect("builds");
    sp_io::TestExternalities::new(storage).execute_with(|| {
        Recorded::set(Vec::new());
        Running::set(BTreeMap::new());
        Started::set(0);
        Inactive::set(Vec::new());
        Scopes::set(Vec::new());
        Now::set(NOON);
        System::set_block_number(2);
        test();
        Grants::do_try_state().expect("invariants hold");
        assert_eq!(waiting(), Running::get().into_keys().collect::<Vec<_>>(), "what waits has a clock that runs");
    });
}
