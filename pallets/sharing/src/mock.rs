//! A runtime of System and Sharing, with people and entries that the tests can change.

use frame_support::{
    derive_impl,
    pallet_prelude::DispatchError,
    parameter_types,
    traits::{ConstU32, Hooks},
};
use mulu_pallet_support::{
    Catalog, Clock, Clocks, DepartmentFacts, EntryFacts, Extensions as _, GrantsBegin, People, Records, SystemFacts,
};
use mulu_proofs::{
    calendar::{Day, Deadline, DeadlineKind, Limit, Parameters},
    catalog::{EntryStatus, List, Method, Methods, SharingClass, Stop},
    departments::{About, AccountKey, DepartmentStatus, Level, Role, RoleScope, SignedAs, SystemKind},
    grants::GrantTerms,
    hash::Suite,
    ids::{
        DeadlineId, DepartmentId, Digest32, ElementId, EntryId, GrantId, Moment, PurposeId, RecordNumber, RequestId,
        SystemId, Version,
    },
    records::{Record, RecordKind, Subject},
    sharing::{Policy, PurposeRegistered, RequestTerms, Stage, Threshold, request_digest},
    text::Text,
};
use sp_core::crypto::AccountId32;
use sp_runtime::{BuildStorage, DispatchResult, traits::IdentityLookup};
use std::collections::{BTreeMap, BTreeSet};

#[frame_support::runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(RuntimeCall, RuntimeEvent, RuntimeError, RuntimeOrigin, RuntimeTask)]
    pub struct Test;
    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(12)]
    pub type Sharing = crate;
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
/// Requests that a block looks at.
pub const BLOCK_WORK: u32 = 2;
/// A day.
pub const DAY: u64 = 86_400_000;

/// The competent authority of everybody but [`FOREIGN`].
pub const AUTHORITY: DepartmentId = DepartmentId::new(1);
/// Provider of the entries.
pub const PROVIDER: DepartmentId = DepartmentId::new(2);
/// Consumer.
pub const CONSUMER: DepartmentId = DepartmentId::new(3);
/// A department that approves in stages of its own.
pub const OTHER: DepartmentId = DepartmentId::new(4);
/// Authority of another region.
pub const FOREIGN: DepartmentId = DepartmentId::new(5);
/// A department that is not active.
pub const RETIRED: DepartmentId = DepartmentId::new(6);

/// Supervisor of the authority.
pub const SUPERVISOR: u8 = 1;
/// Officer of the provider.
pub const OFFICER: u8 = 2;
/// Another officer of the provider, who is an approver too.
pub const OFFICER_AND_APPROVER: u8 = 3;
/// Approvers of the provider.
pub const APPROVERS: [u8; 3] = [4, 5, 6];
/// Applicant of the consumer.
pub const APPLICANT: u8 = 7;
/// Officer of the consumer.
pub const CONSUMER_OFFICER: u8 = 8;
/// Applicant and officer of the consumer.
pub const APPLICANT_AND_OFFICER: u8 = 9;
/// Head of the other department.
pub const OTHER_HEAD: u8 = 10;
/// A registered account of the consumer without a role.
pub const CLERK: u8 = 11;
/// Supervisor of the foreign authority.
pub const FOREIGN_SUPERVISOR: u8 = 12;
/// An account that no department registered.
pub const STRANGER: u8 = 13;

/// A conditional entry, published in version 2: three items, the third not shared; service interface and file.
pub const ENTRY: EntryId = EntryId::new(1);
/// An unconditional entry, published in version 1.
pub const OPEN_ENTRY: EntryId = EntryId::new(2);
/// An entry that is not shared.
pub const CLOSED_ENTRY: EntryId = EntryId::new(3);
/// An entry of which no version is published.
pub const DRAFT_ENTRY: EntryId = EntryId::new(4);

/// Platform of the provider.
pub const PLATFORM: SystemId = SystemId::new(1);
/// Business system of the consumer.
pub const SYSTEM: SystemId = SystemId::new(2);
/// Business system of the other department.
pub const OTHER_SYSTEM: SystemId = SystemId::new(3);
/// Platform of the consumer.
pub const CONSUMER_PLATFORM: SystemId = SystemId::new(4);

/// What the mock says of a missing role.
pub const ROLE_MISSING: DispatchError = DispatchError::Other("role missing");

parameter_types! {
    /// What the clock says, in milliseconds.
    pub static Now: u64 = NOON;
    /// The records so far.
    pub static Recorded: Vec<Record> = Vec::new();
    /// Departments that are suspended.
    pub static Inactive: Vec<DepartmentId> = Vec::new();
    /// What the roles of these accounts are limited to.
    pub static Scopes: Vec<(u8, RoleScope)> = Vec::new();
    /// Keys that were replaced, with those that took their place.
    pub static Replaced: Vec<(u8, u8)> = Vec::new();
    /// Roles in force.
    pub static Roles: Vec<(u8, DepartmentId, Role)> = vec![
        (SUPERVISOR, AUTHORITY, Role::Supervisor),
        (OFFICER, PROVIDER, Role::Officer),
        (OFFICER_AND_APPROVER, PROVIDER, Role::Officer),
        (OFFICER_AND_APPROVER, PROVIDER, Role::Approver),
        (APPROVERS[0], PROVIDER, Role::Approver),
        (APPROVERS[1], PROVIDER, Role::Approver),
        (APPROVERS[2], PROVIDER, Role::Approver),
        (APPLICANT, CONSUMER, Role::Applicant),
        (CONSUMER_OFFICER, CONSUMER, Role::Officer),
        (APPLICANT_AND_OFFICER, CONSUMER, Role::Applicant),
        (APPLICANT_AND_OFFICER, CONSUMER, Role::Officer),
        (OTHER_HEAD, OTHER, Role::Head),
        (FOREIGN_SUPERVISOR, FOREIGN, Role::Supervisor),
    ];
    /// Clocks that run.
    pub static Running: BTreeMap<DeadlineId, RunningClock> = BTreeMap::new();
    /// Grants that began.
    pub static Begun: Vec<GrantTerms> = Vec::new();
    /// Clocks that were ever started.
    pub static Started: u32 = 0;
    /// Clocks that stand still.
    pub static Paused: BTreeSet<DeadlineId> = BTreeSet::new();
    /// Clocks that became needless.
    pub static Cancelled: Vec<DeadlineId> = Vec::new();
    /// Whether clocks that do not stand still are overdue.
    pub static Overdue: bool = false;
    /// Authorities that left an application for more time unanswered until a clock that was stopped was overdue.
    pub static Unanswered: Vec<DepartmentId> = Vec::new();
    /// What governance says of clocks while papers are missing.
    pub static PausesForSupplement: bool = true;
    /// Version of [`ENTRY`] that is published now.
    pub static PublishedVersion: u16 = 2;
    /// Version of [`OPEN_ENTRY`] that is published now.
    pub static OpenVersion: u16 = 1;
    /// Whether [`OPEN_ENTRY`] has become conditional.
    pub static OpenIsConditional: bool = false;
    /// Items of [`OPEN_ENTRY`] that are shared under conditions.
    pub static ConditionalItems: u64 = 0;
    /// Most calls a day of every entry; 0 for any number.
    pub static FlowThreshold: u64 = 0;
    /// Whether the entries are suspended.
    pub static IsSuspended: bool = false;
    /// Records that gave these accounts their roles, where it is not the first.
    pub static Given: Vec<(u8, u64)> = Vec::new();
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

/// What the departments pallet would say of a role that does not cover an act.
pub const OUT_OF_SCOPE: DispatchError = DispatchError::Other("the role does not cover it");

/// The people of the tests.
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
        let anew = Given::get().into_iter().find(|(number, _)| account(*number) == *who);
        let given = RecordNumber::new(anew.map_or(0, |(_, given)| given));
        let expires = Moment::new(NOON + 3_650 * DAY);
        if Self::holds(who, department, role) {
            Ok(SignedAs { role, department, given, confirmed: None, expires, principal: None })
        } else {
            Err(ROLE_MISSING)
        }
    }

    fn holds(who: &AccountId32, department: DepartmentId, role: Role) -> bool {
        Roles::get()
            .into_iter()
            .any(|(number, of, held)| (account(number), of, held) == (who.clone(), department, role))
    }

    fn department_of(who: &AccountId32) -> Option<DepartmentId> {
        let bytes: &[u8; 32] = who.as_ref();
        Some(match bytes[0] {
            SUPERVISOR => AUTHORITY,
            OFFICER | OFFICER_AND_APPROVER | 4..=6 => PROVIDER,
            APPLICANT | CONSUMER_OFFICER | APPLICANT_AND_OFFICER | CLERK => CONSUMER,
            OTHER_HEAD => OTHER,
            FOREIGN_SUPERVISOR => FOREIGN,
            _ => return None,
        })
    }

    fn department(id: DepartmentId) -> Option<DepartmentFacts> {
        (1..=6).contains(&id.get()).then(|| DepartmentFacts {
            level: Level::City,
            region: if id == FOREIGN { 330_200 } else { 330_100 },
            is_authority: id == AUTHORITY || id == FOREIGN,
            is_active: id != RETIRED && !Inactive::get().contains(&id),
        })
    }

    fn statuses(_id: DepartmentId) -> Vec<(Moment, DepartmentStatus)> {
        Vec::new()
    }

    fn authority_of(id: DepartmentId) -> Option<DepartmentId> {
        Some(if id == FOREIGN { FOREIGN } else { AUTHORITY })
    }

    fn system(id: SystemId) -> Option<SystemFacts> {
        let (department, kind) = match id {
            PLATFORM => (PROVIDER, SystemKind::Platform),
            SYSTEM => (CONSUMER, SystemKind::Business),
            OTHER_SYSTEM => (OTHER, SystemKind::Business),
            CONSUMER_PLATFORM => (CONSUMER, SystemKind::Platform),
            _ => return None,
        };
        Some(SystemFacts { department, kind })
    }
}

/// Grants that only begin.
pub struct TestGrants;

impl GrantsBegin for TestGrants {
    fn next_grant() -> GrantId {
        GrantId::new(Begun::get().len() as u32 + 1)
    }

    fn begin(terms: &GrantTerms) -> DispatchResult {
        Begun::mutate(|begun| begun.push(terms.clone()));
        Ok(())
    }
}

/// What a clock is for, on what, for whom, and for how many working days.
pub type RunningClock = (DeadlineKind, Subject, DepartmentId, u16);

/// Clocks that know which of them run.
pub struct TestClocks;

/// What the clocks say to what cannot be.
const NOT_SO: DispatchError = DispatchError::Other("no such clock runs, or stands still");

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
        kind: DeadlineKind,
        subject: Subject,
        responsible: DepartmentId,
        working_days: u16,
        _day: Day,
    ) -> Result<DeadlineId, DispatchError> {
        Self::start(kind, subject, responsible, working_days)
    }

    fn pause(id: DeadlineId) -> DispatchResult {
        let runs = Running::get().contains_key(&id) && !Paused::get().contains(&id) && !Overdue::get();
        Paused::mutate(|paused| (runs && paused.insert(id)).then_some(())).ok_or(NOT_SO)
    }

    fn resume(id: DeadlineId) -> DispatchResult {
        Paused::mutate(|paused| paused.remove(&id).then_some(())).ok_or(NOT_SO)
    }

    fn extend(id: DeadlineId, working_days: u16) -> DispatchResult {
        Running::mutate(|running| running.get_mut(&id).map(|clock| clock.3 += working_days)).ok_or(NOT_SO)
    }

    fn stop(id: DeadlineId) -> Result<bool, DispatchError> {
        if Self::is_overdue(id)
            && let Some((kind, subject, responsible, working_days)) = Running::get().get(&id).copied()
        {
            // Here the calendar writes the record that it is overdue, if that has not had its turn.
            let deadline = Deadline::start(kind, subject, responsible, working_days, Day::default(), false);
            Unanswered::mutate(|unanswered| unanswered.extend(Sharing::unanswered(id, &deadline)));
        }
        Paused::mutate(|paused| paused.remove(&id));
        Running::mutate(|running| running.remove(&id)).map(|_| true).ok_or(NOT_SO)
    }

    fn cancel(id: DeadlineId) -> DispatchResult {
        Cancelled::mutate(|cancelled| cancelled.push(id));
        Self::stop(id).map(|_| ())
    }

    fn due(_id: DeadlineId) -> Option<Moment> {
        None
    }

    fn is_overdue(id: DeadlineId) -> bool {
        Overdue::get() && !Paused::get().contains(&id)
    }

    fn limit(kind: DeadlineKind) -> Limit {
        kind.statutory()
    }

    fn pauses_for_supplement() -> bool {
        PausesForSupplement::get()
    }

    fn finished_kept_days() -> u16 {
        Parameters::default().finished_kept_days
    }

    fn lateness_days() -> u16 {
        Parameters::default().lateness_days
    }

    fn day_of(_moment: Moment) -> Day {
        Day::default()
    }

    fn end_of(_day: Day) -> Moment {
        Moment::default()
    }
}

/// The catalog of the tests.
pub struct TestCatalog;

impl Catalog for TestCatalog {
    fn published(entry: EntryId) -> Option<Version> {
        match entry {
            ENTRY => Some(Version::new(PublishedVersion::get())),
            OPEN_ENTRY => Some(Version::new(OpenVersion::get())),
            CLOSED_ENTRY => Some(Version::new(1)),
            _ => None,
        }
    }

    fn facts(entry: EntryId, version: Version) -> Option<EntryFacts> {
        let sharing = match entry {
            ENTRY => SharingClass::Conditional,
            OPEN_ENTRY if !OpenIsConditional::get() => SharingClass::Unconditional,
            OPEN_ENTRY => SharingClass::Conditional,
            _ => SharingClass::NotShared,
        };
        (version <= Self::published(entry)?).then(|| EntryFacts {
            provider: PROVIDER,
            items: 0b111,
            items_not_shared: if entry == CLOSED_ENTRY { 0b111 } else { 0b100 },
            items_conditional: if sharing == SharingClass::Conditional { 0b011 } else { ConditionalItems::get() },
            sharing,
            methods: Methods::of(&[Method::ServiceInterface, Method::File]),
            flow_threshold: FlowThreshold::get(),
            digest: [7; 32],
        })
    }

    fn statuses(_entry: EntryId) -> Vec<(Moment, EntryStatus)> {
        IsSuspended::get().then_some((Moment::default(), EntryStatus::Suspended)).into_iter().collect()
    }

    fn stops(_entry: EntryId, _version: Version) -> Vec<Stop> {
        Vec::new()
    }

    fn carries(_entry: EntryId, _element: ElementId) -> bool {
        false
    }
}

impl crate::Config for Test {
    type Records = TestRecords;
    type Clock = TestClock;
    type People = TestPeople;
    type Catalog = TestCatalog;
    type Clocks = TestClocks;
    type Grants = TestGrants;
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

/// A stage of the provider's approvers, by name.
pub fn stage(approvers: &[u8], threshold: Threshold) -> Stage {
    let approvers: Vec<_> = approvers.iter().map(|number| AccountKey([*number; 32])).collect();
    Stage { departments: list(&[PROVIDER]), role: Role::Approver, approvers: list(&approvers), threshold }
}

/// Two of three approvers.
pub fn two_of_three() -> Policy {
    Policy { stages: list(&[stage(&APPROVERS, Threshold::Count(2))]) }
}

/// Terms that break no rule, for [`ENTRY`].
pub fn terms() -> RequestTerms {
    RequestTerms {
        entry: ENTRY,
        entry_version: Version::new(2),
        items: 0b011,
        consumer: CONSUMER,
        basis: text("补贴办法第五条"),
        scenario: text("补贴资格审核"),
        scope: text("补贴处"),
        method: Method::ServiceInterface,
        from: Moment::new(NOON - DAY),
        until: Moment::new(NOON + 30 * DAY),
        purposes: list(&[PurposeId::new(1), PurposeId::new(2)]),
        matter: text("补贴"),
        systems: list(&[SYSTEM]),
        platforms: list(&[PLATFORM, CONSUMER_PLATFORM]),
        calls_per_day: 1_000,
        rows_per_day: 10_000,
        papers: None,
    }
}

/// Terms that break no rule, for [`OPEN_ENTRY`].
pub fn open_terms() -> RequestTerms {
    RequestTerms { entry: OPEN_ENTRY, entry_version: Version::new(1), ..terms() }
}

/// The first request, and its digest where it has the terms of [`terms`].
pub fn first() -> (RequestId, Digest32) {
    (RequestId::new(1), request_digest(RequestId::new(1), &terms()))
}

/// Submits [`terms`] under the policy of [`two_of_three`].
pub fn submitted() -> (RequestId, Digest32) {
    Sharing::set_policy(signed(OFFICER), ENTRY, two_of_three()).expect("set");
    Sharing::submit(signed(APPLICANT), terms()).expect("submitted");
    first()
}

/// Submits and endorses.
pub fn endorsed() -> (RequestId, Digest32) {
    let (request, digest) = submitted();
    Sharing::endorse(signed(CONSUMER_OFFICER), request, digest).expect("endorsed");
    (request, digest)
}

/// Submits, endorses and completes the stage.
pub fn approved() -> (RequestId, Digest32) {
    let (request, digest) = endorsed();
    for approver in &APPROVERS[..2] {
        Sharing::approve(signed(*approver), request, digest).expect("approved");
    }
    (request, digest)
}

/// Deadlines of everything that waits for the provider, ascending.
pub fn waiting() -> Vec<DeadlineId> {
    let mut waiting: Vec<_> =
        crate::Requests::<Test>::iter_values().filter_map(|open| Some(open.reply?.deadline)).collect();
    waiting.sort();
    waiting
}

/// Runs `test` behind block 1, in which two purposes stand, and checks the invariants behind it.
pub fn run(test: impl FnOnce()) {
    let purpose = |id, code, name| PurposeRegistered { id: PurposeId::new(id), code: text(code), name: text(name) };
    let storage = RuntimeGenesisConfig {
        sharing: crate::GenesisConfig {
            purposes: vec![purpose(1, "SH", "审核"), purpose(2, "TJ", "统计")],
            _config: Default::default(),
        },
        ..Default::default()
    }
    .build_storage()
    .expect("builds");
    sp_io::TestExternalities::new(storage).execute_with(|| {
        Recorded::set(Vec::new());
        Running::set(BTreeMap::new());
        Started::set(0);
        Begun::set(Vec::new());
        Inactive::set(Vec::new());
        Scopes::set(Vec::new());
        Now::set(NOON);
        PublishedVersion::set(2);
        OpenVersion::set(1);
        OpenIsConditional::set(false);
        Paused::set(BTreeSet::new());
        Overdue::set(false);
        Cancelled::set(Vec::new());
        ConditionalItems::set(0);
        Unanswered::set(Vec::new());
        PausesForSupplement::set(true);
        FlowThreshold::set(0);
        IsSuspended::set(false);
        Given::set(Vec::new());
        System::set_block_number(1);
        Sharing::on_finalize(1);
        System::set_block_number(2);
        test();
        Sharing::do_try_state().expect("invariants hold");
        assert_eq!(waiting(), Running::get().into_keys().collect::<Vec<_>>(), "what waits has a clock that runs");
    });
}
