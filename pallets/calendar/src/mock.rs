//! A runtime of System and Calendar, with the arrangements of China and a clock that the tests set.

use frame_support::{derive_impl, parameter_types, traits::Hooks};
use mulu_pallet_support::{Clock, Clocks as _, Overdue, Records};
use mulu_proofs::{
    calendar::{Day, DayLength, Deadline, DeadlineKind, Due, Parameters, YearCalendar},
    hash::Suite,
    ids::{DeadlineId, DepartmentId, Moment, RecordNumber, RequestId},
    records::{Record, RecordKind, Subject},
    text::Text,
};
use sp_core::crypto::AccountId32;
use sp_runtime::{BuildStorage, traits::IdentityLookup};
use std::cell::RefCell;

#[frame_support::runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(RuntimeCall, RuntimeEvent, RuntimeError, RuntimeOrigin, RuntimeTask)]
    pub struct Test;
    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(15)]
    pub type Calendar = crate;
}

type Block = frame_system::mocking::MockBlockU32<Test>;

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Test {
    type Block = Block;
    type AccountId = AccountId32;
    type Lookup = IdentityLookup<AccountId32>;
}

/// Noon of Friday 26 September 2025 in China: Sunday is worked, and 1 to 8 October are off.
pub const NOON: u64 = 1_758_859_200_000;
/// An hour.
pub const HOUR: u64 = 3_600_000;
/// A civil day.
pub const DAY: u64 = 24 * HOUR;
/// Who has to act in the tests.
pub const PROVIDER: DepartmentId = DepartmentId::new(2);

parameter_types! {
    /// What the clock says, in milliseconds.
    pub static Now: u64 = NOON;
    /// Most deadlines that a block looks at.
    pub static BlockWork: u32 = 256;
    /// Overdue deadlines that were heard of, and the days on which they were due.
    pub static Heard: Vec<(DeadlineId, Day)> = Vec::new();
}

thread_local! {
    static RECORDED: RefCell<Vec<Record>> = const { RefCell::new(Vec::new()) };
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
        RECORDED.with_borrow_mut(|recorded| {
            let number = RecordNumber::new(recorded.len() as u64 + 1);
            recorded.push(Record {
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

/// Whoever hears of overdue deadlines keeps them in mind, and stops those that wait for nothing but the end of their term.
pub struct TestOverdue;

impl Overdue for TestOverdue {
    fn overdue(id: DeadlineId, deadline: &Deadline, due: &Due) {
        Heard::mutate(|heard| heard.push((id, due.day)));
        if deadline.kind == DeadlineKind::DisputeAppeal {
            Calendar::stop(id).expect("it is open");
        }
    }
}

impl crate::Config for Test {
    type Records = TestRecords;
    type Clock = TestClock;
    type Overdue = TestOverdue;
    type BlockWork = BlockWork;
}

/// The bodies of the records of a kind so far.
pub fn recorded<B: codec::Decode>(kind: RecordKind) -> Vec<B> {
    RECORDED.with_borrow(|recorded| {
        recorded.iter().filter(|record| record.kind == kind).map(|record| record.body_as().expect("its type")).collect()
    })
}

/// The kinds of the records so far.
pub fn kinds() -> Vec<RecordKind> {
    RECORDED.with_borrow(|recorded| recorded.iter().map(|record| record.kind).collect())
}

/// The last record.
pub fn last_record() -> Record {
    RECORDED.with_borrow(|recorded| recorded.last().expect("there is one").clone())
}

/// The day of a text.
pub fn day(text: &str) -> Day {
    text.parse().expect("a day")
}

/// An arrangement of the given days.
pub fn year(year: u16, holidays: &[Day], make_up: &[Day]) -> YearCalendar {
    YearCalendar {
        year,
        source: Text::new("国办发明电").expect("short"),
        holidays: holidays.to_vec().try_into().expect("few"),
        make_up: make_up.to_vec().try_into().expect("few"),
    }
}

/// The autumn of 2025: the rest of the year by its weekends.
pub fn autumn() -> YearCalendar {
    let holidays: Vec<Day> = (1..=8).map(|date| Day::from_civil(2025, 10, date).expect("a day")).collect();
    year(2025, &holidays, &[day("2025-09-28"), day("2025-10-11")])
}

/// What the deadlines of the tests are about.
pub const SUBJECT: Subject = Subject::Request(RequestId::new(7));

/// Starts a deadline on which tests act.
pub fn start(working_days: u16) -> DeadlineId {
    Calendar::start(DeadlineKind::RequestReplyConditional, SUBJECT, PROVIDER, working_days).expect("within bounds")
}

/// Noon of a day, the time of the tests' blocks.
pub fn noon_of(text: &str) {
    Now::set(NOON + u64::from(day(text).get() - day("2025-09-26").get()) * DAY);
}

/// Ends a block and begins the next.
pub fn next_block() {
    let height = System::block_number();
    Calendar::on_finalize(height);
    System::set_block_number(height + 1);
    Calendar::on_initialize(height + 1);
}

/// State of genesis with the given parameters and day.
pub fn genesis(parameters: Parameters, years: Vec<YearCalendar>, day_length: DayLength) -> sp_io::TestExternalities {
    let calendar = crate::GenesisConfig { parameters, years, day_length, _config: Default::default() };
    RuntimeGenesisConfig { calendar, ..Default::default() }.build_storage().expect("builds").into()
}

/// Runs `test` behind block 1 of a chain in China and checks the invariants behind it.
pub fn run(test: impl FnOnce()) {
    run_with(Parameters::default(), test);
}

/// The same with other parameters.
pub fn run_with(parameters: Parameters, test: impl FnOnce()) {
    genesis(parameters, vec![autumn()], DayLength::Civil).execute_with(|| {
        RECORDED.with_borrow_mut(Vec::clear);
        Now::set(NOON);
        BlockWork::set(256);
        Heard::set(Vec::new());
        System::set_block_number(1);
        next_block();
        test();
        Calendar::do_try_state().expect("invariants hold");
    });
}
