//! A runtime of System and Grants, with people that the tests can change.

use frame_support::{
    derive_impl,
    pallet_prelude::DispatchError,
    parameter_types,
    traits::{ConstU32, Hooks},
};
use mulu_pallet_support::{
    Catalog, Clock, Clocks, Counters, DepartmentFacts, EntryFacts, GrantsBegin, People, Records, SystemFacts,
};
use mulu_proofs::{
    calendar::{Day, DeadlineKind, Limit, Parameters},
    catalog::{EntryStatus, List, Method, Stop},
    departments::{About, DepartmentStatus, Level, Role, RoleScope, SignedAs},
    grants::GrantTerms,
    hash::Suite,
    ids::{
        DeadlineId, DepartmentId, ElementId, EntryId, GrantId, Moment, PurposeId, RecordNumber, RequestId, SystemId,
        Version,
    },
    oversight::CountKind,
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

/// How many days a grant that is over stays in the state.
pub const FINISHED_KEPT_DAYS: u16 = 10;
/// Grants that a block looks at.
pub const BLOCK_WORK: u32 = 2;

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
    /// The authority of everybody but [`FOREIGN`].
    pub static AuthorityOf: Option<DepartmentId> = Some(AUTHORITY);
    /// Clocks that run.
    pub static Running: BTreeMap<DeadlineId, RunningClock> = BTreeMap::new();
    /// When the clocks that run are due, and since when those stand still that do.
    pub static Dues: BTreeMap<DeadlineId, (u64, Option<u64>)> = BTreeMap::new();
    /// Clocks that became needless.
    pub static Cancelled: Vec<DeadlineId> = Vec::new();
    /// When the entry was withdrawn.
    pub static WithdrawnAt: Option<u64> = None;
    /// What was counted of whom.
    pub static Counted: Vec<(DepartmentId, CountKind)> = Vec::new();
    /// How many days a grant that is over stays in the state, as governance has it now.
    pub static KeptDays: u16 = FINISHED_KEPT_DAYS;
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
        if id == FOREIGN { Some(FOREIGN) } else { AuthorityOf::get() }
    }

    fn system(_id: SystemId) -> Option<SystemFacts> {
        None
    }
}

/// A catalog that knows when its entry was withdrawn, and nothing else.
pub struct TestCatalog;

impl Catalog for TestCatalog {
    fn published(_entry: EntryId) -> Option<Version> {
        None
    }

    fn facts(_entry: EntryId, _version: Version) -> Option<EntryFacts> {
        None
    }

    fn statuses(_entry: EntryId) -> Vec<(Moment, EntryStatus)> {
        WithdrawnAt::get().map(|at| (Moment::new(at), EntryStatus::Withdrawn)).into_iter().collect()
    }

    fn stops(_entry: EntryId, _version: Version) -> Vec<Stop> {
        Vec::new()
    }

    fn carries(_entry: EntryId, _element: ElementId) -> bool {
        false
    }
}

/// Counters that keep what was counted.
pub struct TestCounters;

impl Counters for TestCounters {
    fn count(department: DepartmentId, kind: CountKind) {
        Counted::mutate(|counted| counted.push((department, kind)));
    }
}

/// What a clock is for, on what, for whom, and for how many working days.
pub type RunningClock = (DeadlineKind, Subject, DepartmentId, u16);

/// Clocks that count every day as a working day.
pub struct TestClocks;

/// What the clocks say to what cannot be done.
const UNKNOWN: DispatchError = DispatchError::Other("no clock that this could be done to");

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
        Dues::mutate(|dues| dues.insert(id, (Now::get() + u64::from(working_days) * DAY, None)));
        Ok(id)
    }

    fn start_from(
        kind: DeadlineKind,
        subject: Subject,
        responsible: DepartmentId,
        working_days: u16,
        _day: Day,
    ) -> Result<DeadlineId, DispatchError> {
        Self::start(kind, subject, responsible, working_days)
    }

    fn pause(id: DeadlineId) -> DispatchResult {
        if Self::is_overdue(id) {
            return Err(UNKNOWN);
        }
        Dues::mutate(|dues| match dues.get_mut(&id) {
            Some((_, since @ None)) => {
                *since = Some(Now::get());
                Ok(())
            }
            _ => Err(UNKNOWN),
        })
    }

    fn resume(id: DeadlineId) -> DispatchResult {
        Dues::mutate(|dues| match dues.get_mut(&id) {
            Some((due, since @ Some(_))) => {
                *due += Now::get() - since.take().expect("matched");
                Ok(())
            }
            _ => Err(UNKNOWN),
        })
    }

    fn extend(_id: DeadlineId, _working_days: u16) -> DispatchResult {
        Err(UNKNOWN)
    }

    fn stop(id: DeadlineId) -> Result<bool, DispatchError> {
        let met = !Self::is_overdue(id);
        Dues::mutate(|dues| dues.remove(&id));
        Running::mutate(|running| running.remove(&id)).map(|_| met).ok_or(UNKNOWN)
    }

    fn cancel(id: DeadlineId) -> DispatchResult {
        Cancelled::mutate(|cancelled| cancelled.push(id));
        Self::stop(id).map(|_| ())
    }

    fn due(id: DeadlineId) -> Option<Moment> {
        Dues::get().get(&id).filter(|(_, since)| since.is_none()).map(|(due, _)| Moment::new(*due))
    }

    fn is_overdue(id: DeadlineId) -> bool {
        Self::due(id).is_some_and(|due| due <= Self::now())
    }

    fn limit(kind: DeadlineKind) -> Limit {
        kind.statutory()
    }

    fn pauses_for_supplement() -> bool {
        true
    }

    fn finished_kept_days() -> u16 {
        KeptDays::get()
    }

    fn lateness_days() -> u16 {
        Parameters::default().lateness_days
    }

    fn day_of(moment: Moment) -> Day {
        u32::try_from(moment.get() / DAY).ok().and_then(Day::new).expect("a day")
    }

    fn end_of(day: Day) -> Moment {
        Moment::new((u64::from(day.get()) + 1) * DAY)
    }
}

impl TestClocks {
    fn now() -> Moment {
        TestClock::now()
    }
}

impl crate::Config for Test {
    type Records = TestRecords;
    type Clock = TestClock;
    type People = TestPeople;
    type Clocks = TestClocks;
    type Catalog = TestCatalog;
    type Counters = TestCounters;
    type BlockWork = ConstU32<BLOCK_WORK>;
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
    first_terms(Grants::next_grant())
}

fn first_terms(grant: GrantId) -> GrantTerms {
    GrantTerms {
        grant,
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

/// Terms on those items by that method.
pub fn terms_of(items: u64, method: Method) -> GrantTerms {
    GrantTerms { items, method, ..first_terms(GrantId::new(1)) }
}

/// A grant that was agreed to.
pub fn granted() -> GrantId {
    let terms = terms();
    Grants::begin(&terms).expect("the next one");
    terms.grant
}

/// A grant that was provisioned.
pub fn provisioned() -> GrantId {
    let grant = granted();
    Grants::provision(signed(OFFICER), grant).expect("awaits it");
    grant
}

/// A grant that is to be mended within five days, as the provider ordered.
pub fn rectifying() -> GrantId {
    let grant = provisioned();
    Grants::suspend(signed(OFFICER), grant, text("超范围使用")).expect("runs");
    Grants::order_rectification(signed(OFFICER), grant, 5, text("停止超范围使用")).expect("suspended");
    grant
}

/// Ends as many blocks.
pub fn blocks(count: u32) {
    for _ in 0..count {
        Grants::on_finalize(System::block_number());
    }
}

/// Deadlines of everything that waits for somebody, ascending.
pub fn waiting() -> Vec<DeadlineId> {
    let courses = crate::Courses::<Test>::iter_values();
    let mut waiting: Vec<_> = courses
        .flat_map(|course| [course.deadline, course.rectification.map(|rectification| rectification.deadline)])
        .flatten()
        .collect();
    waiting.sort();
    waiting
}

/// Runs `test` in block 2 and checks the invariants behind it.
pub fn run(test: impl FnOnce()) {
    let storage = RuntimeGenesisConfig::default().build_storage().expect("builds");
    sp_io::TestExternalities::new(storage).execute_with(|| {
        Recorded::set(Vec::new());
        Running::set(BTreeMap::new());
        Dues::set(BTreeMap::new());
        Started::set(0);
        Counted::set(Vec::new());
        Cancelled::set(Vec::new());
        WithdrawnAt::set(None);
        Inactive::set(Vec::new());
        AuthorityOf::set(Some(AUTHORITY));
        Scopes::set(Vec::new());
        Now::set(NOON);
        System::set_block_number(2);
        test();
        Grants::do_try_state().expect("invariants hold");
        assert_eq!(waiting(), Running::get().into_keys().collect::<Vec<_>>(), "what waits has a clock that runs");
    });
}
