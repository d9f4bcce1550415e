//! A runtime of System and Catalog, with an authority, two providers and a department that no authority oversees. Clocks, data
//! elements and holders of grants are tables that tests set.

use codec::Encode;
use frame_support::{derive_impl, dispatch::DispatchResult, parameter_types};
use mulu_pallet_support::{
    Clock, Clocks, DepartmentFacts, Elements, EntryFacts, Extensions as _, Holders, LiveUse, Mounts, People, Records,
    Replies, SystemFacts,
};
use mulu_proofs::{
    calendar::{Calendar, Day, DayLength, Deadline, DeadlineKind, Limit, Parameters},
    catalog::{
        Assessments, ChangeKind, Classification, DataGrade, DataKind, DataType, EntryChange, EntryContent, Format,
        FormatClass, Item, List, MatterKind, Method, Methods, Opening, ResourceClass, Responsibility, Secrecy, Sharing,
        SharingClass, UpdateCycle,
    },
    departments::{About, DepartmentStatus, Role, RoleScope, SignedAs},
    hash::Suite,
    ids::{DeadlineId, DepartmentId, ElementId, EntryId, Moment, RecordNumber, SystemId, Version},
    records::{Record, RecordKind, Subject},
    text::Text,
};
use sp_core::crypto::AccountId32;
use sp_runtime::{BuildStorage, DispatchError, traits::IdentityLookup};
use std::collections::BTreeMap;

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
    /// Days since 2026-07-27, a Monday, at noon.
    pub static Days: u32 = 0;
    /// Clocks that were not stopped.
    pub static Running: BTreeMap<DeadlineId, Deadline> = BTreeMap::new();
    /// How many were started.
    pub static Started: u32 = 0;
    /// Clocks that were stopped, and whether in time.
    pub static Ended: Vec<(DeadlineKind, bool)> = Vec::new();
    /// Clocks that became needless.
    pub static Cancelled: Vec<DeadlineId> = Vec::new();
    /// Changes that holders were told of and that were not the provider's doing.
    pub static NotByProvider: Vec<ChangeKind> = Vec::new();
    /// Whether the authority held an entry, as requests heard of it.
    pub static Held: Vec<(EntryId, bool)> = Vec::new();
    /// Authorities that left an application for more time unanswered until a clock that was stopped was overdue.
    pub static Unanswered: Vec<DepartmentId> = Vec::new();
    /// Whether there is no authority any more.
    pub static NoAuthority: bool = false;
    /// Live grants.
    pub static Live: Vec<(EntryId, LiveUse)> = Vec::new();
    /// What mounts heard.
    pub static Heard: Vec<String> = Vec::new();
    /// What holders were told.
    pub static Told: Vec<(EntryId, Version, EntryChange)> = Vec::new();
    /// What the roles of these accounts are limited to.
    pub static Scopes: Vec<(u8, RoleScope)> = Vec::new();
    /// Keys that were replaced, with those that took their place.
    pub static Replaced: Vec<(u8, u8)> = Vec::new();
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
            moment: TestClock::now(),
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
    fn is_same_person(one: &AccountId32, other: &AccountId32) -> bool {
        one == other || Replaced::get().iter().any(|(old, new)| (&account(*old), &account(*new)) == (one, other))
    }

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
        (id != LONELY && !NoAuthority::get()).then_some(AUTHORITY)
    }

    fn system(_id: SystemId) -> Option<SystemFacts> {
        None
    }
}

/// Noon of the day that it is.
pub struct TestClock;

impl Clock for TestClock {
    fn now() -> Moment {
        // 2026-07-27T12:00 in China.
        Moment::new(1_785_124_800_000 + u64::from(Days::get()) * 86_400_000)
    }
}

/// Clocks on a calendar that has weekends alone.
pub struct TestClocks;

/// What the calendar would say of a deadline that it cannot do this with.
pub const CLOCK_REFUSES: DispatchError = DispatchError::Other("the clock is unknown, ended, paused or not paused");

/// The calendar.
pub fn calendar() -> Calendar {
    Calendar::new(DayLength::Civil, 480).expect("within bounds")
}

/// The day that it is.
pub fn today() -> Day {
    calendar().local_day(TestClock::now())
}

fn change_clock(id: DeadlineId, change: impl FnOnce(&mut Deadline) -> bool) -> DispatchResult {
    let mut clock = Running::get().get(&id).copied().ok_or(CLOCK_REFUSES)?;
    if !change(&mut clock) {
        return Err(CLOCK_REFUSES);
    }
    Running::mutate(|running| running.insert(id, clock));
    Ok(())
}

impl Clocks for TestClocks {
    fn start(
        kind: DeadlineKind,
        subject: Subject,
        responsible: DepartmentId,
        working_days: u16,
    ) -> Result<DeadlineId, DispatchError> {
        Self::start_from(kind, subject, responsible, working_days, today())
    }

    fn start_from(
        kind: DeadlineKind,
        subject: Subject,
        responsible: DepartmentId,
        working_days: u16,
        day: Day,
    ) -> Result<DeadlineId, DispatchError> {
        Started::mutate(|started| *started += 1);
        let id = DeadlineId::new(Started::get());
        let deadline = Deadline::start(kind, subject, responsible, working_days, day, false);
        Running::mutate(|running| running.insert(id, deadline));
        Ok(id)
    }

    fn pause(id: DeadlineId) -> DispatchResult {
        let in_time = !Self::is_overdue(id);
        change_clock(id, |clock| {
            let runs = in_time && clock.paused_since.is_none();
            clock.pause(today());
            runs
        })
    }

    fn resume(id: DeadlineId) -> DispatchResult {
        change_clock(id, |clock| {
            let paused = clock.paused_since.is_some();
            clock.resume(&calendar(), today());
            paused
        })
    }

    fn extend(id: DeadlineId, working_days: u16) -> DispatchResult {
        let in_time = !Self::is_overdue(id);
        change_clock(id, |clock| {
            clock.extend(working_days);
            in_time && clock.extended <= Self::limit(clock.kind).extension
        })
    }

    fn stop(id: DeadlineId) -> Result<bool, DispatchError> {
        let in_time = !Self::is_overdue(id);
        if let Some(deadline) = Running::get().get(&id).filter(|_| !in_time) {
            // Here the calendar writes the record that it is overdue, if that has not had its turn.
            Unanswered::mutate(|unanswered| unanswered.extend(Catalog::unanswered(id, deadline)));
        }
        let clock = Running::mutate(|running| running.remove(&id)).ok_or(CLOCK_REFUSES)?;
        Ended::mutate(|ended| ended.push((clock.kind, in_time)));
        Ok(in_time)
    }

    fn cancel(id: DeadlineId) -> DispatchResult {
        Cancelled::mutate(|cancelled| cancelled.push(id));
        Self::stop(id).map(|_| ())
    }

    fn due(id: DeadlineId) -> Option<Moment> {
        Running::get().get(&id)?.due(&calendar()).map(|due| due.moment)
    }

    fn is_overdue(id: DeadlineId) -> bool {
        Running::get().get(&id).is_some_and(|clock| clock.is_overdue(&calendar(), TestClock::now()))
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
        calendar().local_day(moment)
    }

    fn end_of(day: Day) -> Moment {
        calendar().end_of_day(day)
    }
}

/// Element 1 is anybody's; element 2 is the police's, and others cite entry 7; there are no others.
pub struct TestElements;

/// What the elements pallet would say of an item that its provider may not register.
pub const NOT_THE_SOURCE: DispatchError = DispatchError::Other("another department is the source");

impl Elements for TestElements {
    fn check(provider: DepartmentId, element: ElementId, source: Option<EntryId>) -> DispatchResult {
        let may = match element.get() {
            1 => true,
            2 => provider == POLICE || source == Some(EntryId::new(7)),
            _ => false,
        };
        if may { Ok(()) } else { Err(NOT_THE_SOURCE) }
    }
}

/// Holders of the live grants in the table.
pub struct TestHolders;

impl Holders for TestHolders {
    fn live_versions(entry: EntryId) -> Vec<LiveUse> {
        Live::get().into_iter().filter(|(of, _)| *of == entry).map(|(_, live)| live).collect()
    }

    fn changed(entry: EntryId, version: Version, change: &EntryChange, by_provider: bool) {
        Told::mutate(|told| told.push((entry, version, *change)));
        if !by_provider {
            NotByProvider::mutate(|kinds| kinds.push(change.kind));
        }
    }
}

/// Requests that only hear whether an entry is held.
pub struct TestReplies;

impl Replies for TestReplies {
    fn held(entry: EntryId, is_held: bool) {
        Held::mutate(|held| held.push((entry, is_held)));
    }
}

/// Mounts that only hear.
pub struct TestMounts;

impl Mounts for TestMounts {
    fn platforms(_entry: EntryId) -> Vec<SystemId> {
        Vec::new()
    }

    fn published(entry: EntryId, is_first: bool, facts: &EntryFacts) {
        Heard::mutate(|heard| heard.push(format!("{entry} published, first {is_first}, {:?}", facts.methods)));
    }

    fn withdrawn(entry: EntryId, provider: DepartmentId) {
        Heard::mutate(|heard| heard.push(format!("{entry} of {provider} withdrawn")));
    }
}

impl crate::Config for Test {
    type Records = TestRecords;
    type Clock = TestClock;
    type People = TestPeople;
    type Clocks = TestClocks;
    type Elements = TestElements;
    type Holders = TestHolders;
    type Mounts = TestMounts;
    type Replies = TestReplies;
}

/// An account by number.
pub fn account(number: u8) -> AccountId32 {
    AccountId32::new([number; 32])
}

/// Short text.
pub fn text<const N: u32>(text: &str) -> Text<N> {
    Text::new(text).expect("short")
}

/// An item; one that is not shared says why.
pub fn item(code: &str, sharing: SharingClass) -> Item {
    let (condition, law) = match sharing {
        SharingClass::NotShared => ("涉及个人隐私", "个人信息保护法第二十八条"),
        _ => ("", ""),
    };
    Item {
        name: text("名称"),
        code: text(code),
        element: None,
        source: None,
        data_type: DataType::Character,
        length: 18,
        meaning: text(""),
        standard: text(""),
        value_domain: text(""),
        quality_rule: text(""),
        level: 2,
        sharing,
        condition: text(condition),
        law: text(law),
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
            data_kind: DataKind::Transaction,
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
        flow_threshold: 0,
        responsibility: Responsibility {
            matter: text("社会组织登记"),
            matter_kind: MatterKind::Licence,
            information: text("登记信息"),
            standard: text("GB 32100"),
            source: text("civil-db"),
            owner: text("社会组织管理处"),
            steward: text("社会组织管理处"),
        },
        quality: None,
        holds_personal_data: false,
        assessments: Assessments { secrecy: [1; 32], personal_information: None, assessed_on: 20_000 },
        restriction: None,
    }
}

/// Runs `test` in a fresh state and checks the invariants behind it.
pub fn run(test: impl FnOnce()) {
    let storage = frame_system::GenesisConfig::<Test>::default().build_storage().expect("builds");
    sp_io::TestExternalities::new(storage).execute_with(|| {
        Recorded::set(Vec::new());
        Scopes::set(Vec::new());
        Days::set(0);
        Running::set(BTreeMap::new());
        Unanswered::set(Vec::new());
        Started::set(0);
        Ended::set(Vec::new());
        Cancelled::set(Vec::new());
        NotByProvider::set(Vec::new());
        Held::set(Vec::new());
        NoAuthority::set(false);
        Heard::set(Vec::new());
        Live::set(Vec::new());
        Told::set(Vec::new());
        // Events are not kept in block 0.
        System::set_block_number(1);
        test();
        Catalog::do_try_state().expect("invariants hold");
    });
}
