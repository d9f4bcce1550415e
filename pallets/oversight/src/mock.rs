//! A runtime of System and Oversight, with two parties and two authorities, and clocks that count days as they come.

use frame_support::{derive_impl, dispatch::DispatchResult, pallet_prelude::DispatchError, parameter_types};
use mulu_pallet_support::{
    Clock, Clocks, DepartmentFacts, Extensions, Known, Matters, Overdue as _, People, Records, Superiors, SystemFacts,
};
use mulu_proofs::{
    calendar::{Day, Deadline, DeadlineKind, Due, Limit, Parameters},
    departments::{About, DepartmentStatus, Level, Role, SignedAs},
    hash::Suite,
    ids::{DeadlineId, DepartmentId, DisputeId, EntryId, GrantId, Moment, RecordNumber, RequestId, SystemId, Version},
    oversight::{Matter, StepText},
    records::{Record, RecordKind, Subject},
    text::Text,
};
use sp_core::crypto::AccountId32;
use sp_runtime::traits::IdentityLookup;
use std::collections::BTreeMap;

#[frame_support::runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(RuntimeCall, RuntimeEvent, RuntimeError, RuntimeOrigin, RuntimeTask)]
    pub struct Test;
    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(20)]
    pub type Oversight = crate;
}

type Block = frame_system::mocking::MockBlockU32<Test>;

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Test {
    type Block = Block;
    type AccountId = AccountId32;
    type Lookup = IdentityLookup<AccountId32>;
}

/// A day.
pub const DAY: u64 = 86_400_000;
/// What the clock says at first: noon of 1 December 2026, UTC.
pub const NOON: u64 = 20_788 * DAY + DAY / 2;
/// The authority of both parties; account 1 is its supervisor.
pub const AUTHORITY: DepartmentId = DepartmentId::new(1);
/// Provider of the entry; account 2 is its officer.
pub const PROVIDER: DepartmentId = DepartmentId::new(2);
/// Consumer of the grant; account 3 is its officer.
pub const CONSUMER: DepartmentId = DepartmentId::new(3);
/// Has nothing to do with it; account 4 is its officer.
pub const STRANGER: DepartmentId = DepartmentId::new(4);
/// The authority that governance may name instead; account 5 is its supervisor.
pub const SECOND_AUTHORITY: DepartmentId = DepartmentId::new(5);
/// An account of the consumer that is no officer.
pub const CLERK: u8 = 23;
/// The key under which the consumer's node tells queries.
pub const NODE: u8 = 24;
/// An account of no department.
pub const NOBODY: u8 = 99;
/// What the mock says of a missing role.
pub const ROLE_MISSING: DispatchError = DispatchError::Other("role missing");
/// The provider's entry.
pub const ENTRY: EntryId = EntryId::new(1);
/// Another entry of the provider.
pub const OTHER_ENTRY: EntryId = EntryId::new(2);

parameter_types! {
    /// What the clock says, in milliseconds.
    pub static Now: u64 = NOON;
    /// The records so far.
    pub static Recorded: Vec<Record> = Vec::new();
    /// The authority of both parties.
    pub static Named: Option<DepartmentId> = Some(AUTHORITY);
    /// Open deadlines with the last day in time of each.
    pub static Running: BTreeMap<DeadlineId, (Deadline, Day)> = BTreeMap::new();
    /// Deadlines that became needless.
    pub static Cancelled: Vec<DeadlineId> = Vec::new();
    /// Departments that are suspended, and since when.
    pub static SuspendedSince: BTreeMap<DepartmentId, Moment> = BTreeMap::new();
    /// Those whose record of being overdue is written.
    pub static Written: Vec<DeadlineId> = Vec::new();
    /// Deadlines on which an authority left an application for more time unanswered.
    pub static Unanswered: BTreeMap<DeadlineId, DepartmentId> = BTreeMap::new();
    /// Last deadline.
    pub static LastDeadline: u32 = 0;
    /// Most open disputes of a claimant.
    pub static OpenMax: u32 = 3;
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

/// The people of the tests: account `n` acts for department `n`.
pub struct TestPeople;

impl People for TestPeople {
    fn signed_as(
        who: &AccountId32,
        department: DepartmentId,
        role: Role,
        about: &About,
    ) -> Result<SignedAs, DispatchError> {
        if *who == account(NODE) && role == Role::Operator && department == CONSUMER {
            return Ok(as_holder(role, department));
        }
        let is_authority = [AUTHORITY, SECOND_AUTHORITY].contains(&department);
        let expected = if is_authority { Role::Supervisor } else { Role::Officer };
        let concerns = about.entry.is_some() && about.department.is_some_and(|other| other != department);
        let holds = *who != account(CLERK) && role == expected && Self::department_of(who) == Some(department);
        if !holds || (!concerns && about.department != Some(department)) {
            return Err(ROLE_MISSING);
        }
        Ok(as_holder(role, department))
    }

    fn department_of(who: &AccountId32) -> Option<DepartmentId> {
        let bytes: &[u8; 32] = who.as_ref();
        match bytes[0] {
            CLERK | NODE => Some(CONSUMER),
            number @ 1..=5 => Some(DepartmentId::new(number.into())),
            _ => None,
        }
    }

    fn department(id: DepartmentId) -> Option<DepartmentFacts> {
        let is_authority = [AUTHORITY, SECOND_AUTHORITY].contains(&id);
        let (level, region, is_active) = (Level::City, 330_100, true);
        (1..=5).contains(&id.get()).then_some(DepartmentFacts { level, region, is_authority, is_active })
    }

    fn statuses(id: DepartmentId) -> Vec<(Moment, DepartmentStatus)> {
        let suspended = SuspendedSince::get().get(&id).map(|since| (*since, DepartmentStatus::Suspended));
        [(Moment::default(), DepartmentStatus::Active)].into_iter().chain(suspended).collect()
    }

    fn authority_of(_: DepartmentId) -> Option<DepartmentId> {
        Named::get()
    }

    fn system(_: SystemId) -> Option<SystemFacts> {
        None
    }
}

impl Superiors for TestPeople {
    fn common_authority(one: DepartmentId, other: DepartmentId) -> Option<DepartmentId> {
        Named::get().filter(|authority| ![one, other].contains(authority))
    }
}

/// Two entries of the provider; request and grant 1 have ended, 2 are of the consumer, 3 of the stranger, 4 of another entry.
pub struct TestMatters;

impl TestMatters {
    fn known(number: u32) -> Known {
        let provider = PROVIDER;
        match number {
            1 => Known::Ended,
            2 => Known::Here { entry: ENTRY, provider, consumer: CONSUMER },
            3 => Known::Here { entry: ENTRY, provider, consumer: STRANGER },
            4 => Known::Here { entry: OTHER_ENTRY, provider, consumer: CONSUMER },
            _ => Known::Never,
        }
    }
}

impl Matters for TestMatters {
    fn entry(entry: EntryId) -> Option<(DepartmentId, Version)> {
        [ENTRY, OTHER_ENTRY].contains(&entry).then_some((PROVIDER, Version::new(3)))
    }

    fn request(request: RequestId) -> Known {
        Self::known(request.get())
    }

    fn grant(grant: GrantId) -> Known {
        Self::known(grant.get())
    }
}

/// Clocks for which every day is worked. Records of overdue deadlines come when a test says so.
pub struct TestClocks;

impl TestClocks {
    fn of(id: DeadlineId) -> Result<(Deadline, Due), DispatchError> {
        let (deadline, day) = Running::get().get(&id).copied().ok_or(DispatchError::Other("unknown deadline"))?;
        Ok((deadline, Due { day, moment: end_of(day), weekends_only: false }))
    }

    fn write(id: DeadlineId) {
        let (deadline, due) = Self::of(id).expect("runs");
        Written::mutate(|written| written.push(id));
        Oversight::overdue(id, &deadline, &due);
    }
}

impl Clocks for TestClocks {
    fn start(
        kind: DeadlineKind,
        subject: Subject,
        responsible: DepartmentId,
        working_days: u16,
    ) -> Result<DeadlineId, DispatchError> {
        let id = DeadlineId::new(LastDeadline::get() + 1);
        LastDeadline::set(id.get());
        let today = Self::day_of(TestClock::now());
        let deadline = Deadline::start(kind, subject, responsible, working_days, today, false);
        let due = Day::new(today.get() + u32::from(working_days)).expect("soon");
        Running::mutate(|running| running.insert(id, (deadline, due)));
        Ok(id)
    }

    fn start_from(_: DeadlineKind, _: Subject, _: DepartmentId, _: u16, _: Day) -> Result<DeadlineId, DispatchError> {
        Err(DispatchError::Unavailable)
    }

    fn pause(_: DeadlineId) -> DispatchResult {
        Err(DispatchError::Unavailable)
    }

    fn resume(_: DeadlineId) -> DispatchResult {
        Err(DispatchError::Unavailable)
    }

    fn extend(_: DeadlineId, _: u16) -> DispatchResult {
        Err(DispatchError::Unavailable)
    }

    fn stop(id: DeadlineId) -> Result<bool, DispatchError> {
        Self::of(id)?;
        let is_late = Self::is_overdue(id);
        if is_late && !Written::get().contains(&id) {
            Self::write(id);
        }
        Running::mutate(|running| running.remove(&id)).ok_or(DispatchError::Other("stopped twice"))?;
        Ok(!is_late)
    }

    fn cancel(id: DeadlineId) -> DispatchResult {
        Cancelled::mutate(|cancelled| cancelled.push(id));
        Self::stop(id).map(|_| ())
    }

    fn due(id: DeadlineId) -> Option<Moment> {
        Self::of(id).ok().map(|(_, due)| due.moment)
    }

    fn is_overdue(id: DeadlineId) -> bool {
        Self::due(id).is_some_and(|due| due <= TestClock::now())
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
        Day::new(u32::try_from(moment.get() / DAY).expect("soon")).expect("a day")
    }

    fn end_of(day: Day) -> Moment {
        end_of(day)
    }
}

fn end_of(day: Day) -> Moment {
    Moment::new((u64::from(day.get()) + 1) * DAY)
}

/// Deadlines on which an authority left an application for more time unanswered.
pub struct TestExtensions;

impl Extensions for TestExtensions {
    fn unanswered(id: DeadlineId, _: &Deadline) -> Option<DepartmentId> {
        Unanswered::get().get(&id).copied()
    }
}

impl crate::Config for Test {
    type Records = TestRecords;
    type Clock = TestClock;
    type People = TestPeople;
    type Matters = TestMatters;
    type Clocks = TestClocks;
    type Extensions = TestExtensions;
    type OpenMax = OpenMax;
}

/// What the mock says of a role that is held.
fn as_holder(role: Role, department: DepartmentId) -> SignedAs {
    let (given, expires) = (RecordNumber::new(1), Moment::new(NOON + 3_650 * DAY));
    SignedAs { role, department, given, confirmed: None, expires, principal: None }
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

/// What somebody says at a step.
pub fn said() -> StepText {
    text("按原范围继续提供")
}

/// A dispute about the entry and the consumer's grant.
pub fn matter() -> Matter {
    Matter { entry: ENTRY, request: None, grant: Some(GrantId::new(2)) }
}

/// The kinds of the records so far.
pub fn kinds() -> Vec<RecordKind> {
    Recorded::get().iter().map(|record| record.kind).collect()
}

/// Goes `days` on.
pub fn wait(days: u64) {
    Now::mutate(|now| *now += days * DAY);
}

/// Writes the records of what is overdue, as the end of a block does.
pub fn write_overdue() {
    let running: Vec<DeadlineId> = Running::get().keys().copied().collect();
    for id in running {
        if TestClocks::is_overdue(id) && !Written::get().contains(&id) {
            TestClocks::write(id);
        }
    }
}

/// The consumer opens a dispute against the provider.
pub fn opened() -> DisputeId {
    Oversight::open(signed(3), matter(), PROVIDER, said(), None).expect("opened");
    crate::LastDispute::<Test>::get()
}

/// The same, answered and brought before the authority.
pub fn escalated() -> DisputeId {
    let dispute = opened();
    Oversight::answer(signed(2), dispute, said(), None).expect("answered");
    Oversight::escalate(signed(3), dispute, said()).expect("escalated");
    dispute
}

/// The same, decided for the consumer.
pub fn decided() -> DisputeId {
    let dispute = escalated();
    Oversight::decide(signed(1), dispute, Some(CONSUMER), said(), None).expect("decided");
    dispute
}

/// The same, brought before the government by the provider.
pub fn appealed() -> DisputeId {
    let dispute = decided();
    Oversight::appeal(signed(2), dispute, said()).expect("appealed");
    dispute
}

/// Sets everything back.
pub fn begin() {
    Recorded::set(Vec::new());
    Named::set(Some(AUTHORITY));
    Running::set(BTreeMap::new());
    Written::set(Vec::new());
    Cancelled::set(Vec::new());
    SuspendedSince::set(BTreeMap::new());
    LastDeadline::set(0);
    OpenMax::set(3);
    Now::set(NOON);
    System::set_block_number(1);
}

/// Runs `test` and checks the invariants behind it.
pub fn run(test: impl FnOnce()) {
    sp_io::TestExternalities::default().execute_with(|| {
        begin();
        test();
        Oversight::do_try_state().expect("invariants hold");
    });
}
