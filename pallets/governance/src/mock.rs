//! A runtime of System and Governance, with seven departments that the tests can suspend, and enactments that can fail.

use frame_support::{
    derive_impl,
    dispatch::DispatchResult,
    pallet_prelude::DispatchError,
    parameter_types,
    traits::{Get, Hooks},
};
use mulu_pallet_support::{Clock, DepartmentFacts, Electorate, Enact, People, Records, SystemFacts};
use mulu_proofs::{
    departments::{About, DepartmentAdmitted, DepartmentStatus, DepartmentStatusSet, Level, Role, RoleScope, SignedAs},
    governance::{Action, UpgradePlan, proposal_digest},
    hash::Suite,
    ids::{DepartmentId, Digest32, Height, Moment, ProposalId, RecordNumber, SystemId},
    records::{Record, RecordKind, Subject},
    text::Text,
};
use sp_core::crypto::AccountId32;
use sp_runtime::traits::IdentityLookup;
use sp_version::RuntimeVersion;

#[frame_support::runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(RuntimeCall, RuntimeEvent, RuntimeError, RuntimeOrigin, RuntimeTask)]
    pub struct Test;
    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(16)]
    pub type Governance = crate;
}

type Block = frame_system::mocking::MockBlockU32<Test>;

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Test {
    type Block = Block;
    type AccountId = AccountId32;
    type Lookup = IdentityLookup<AccountId32>;
    type Version = RunningVersion;
}

/// What the clock says at first.
pub const NOON: u64 = 1_785_000_000_000;
/// A day.
pub const DAY: u64 = 86_400_000;
/// Departments 1 to 7 exist; account `n` is head of department `n`.
pub const DEPARTMENTS: u8 = 7;
/// Another head of department 1.
pub const SECOND_HEAD: u8 = 11;
/// An account of department 1 that is no head.
pub const CLERK: u8 = 21;
/// An account of no department.
pub const STRANGER: u8 = 99;
/// What the mock says of a missing role.
pub const ROLE_MISSING: DispatchError = DispatchError::Other("role missing");
/// Where an enactment writes before it fails.
pub const HALF_DONE: &[u8] = b"half done";

parameter_types! {
    /// What the clock says, in milliseconds.
    pub static Now: u64 = NOON;
    /// The records so far.
    pub static Recorded: Vec<Record> = Vec::new();
    /// Departments that are not active.
    pub static Inactive: Vec<DepartmentId> = Vec::new();
    /// Departments that are registered and not admitted.
    pub static Registered: Vec<DepartmentId> = Vec::new();
    /// What was enacted without fail, outside of this pallet.
    pub static Enacted: Vec<Action> = Vec::new();
    /// Spec version that runs.
    pub static SpecVersion: u32 = 1;
}

/// The version that runs.
pub struct RunningVersion;

impl Get<RuntimeVersion> for RunningVersion {
    fn get() -> RuntimeVersion {
        RuntimeVersion { spec_version: SpecVersion::get(), ..RuntimeVersion::default() }
    }
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
        _about: &About,
    ) -> Result<SignedAs, DispatchError> {
        let is_head = Self::department_of(who) == Some(department) && *who != account(CLERK);
        if role != Role::Head || !is_head || Inactive::get().contains(&department) {
            return Err(ROLE_MISSING);
        }
        let (given, expires) = (RecordNumber::new(1), Moment::new(NOON + 3_650 * DAY));
        Ok(SignedAs { role, department, given, confirmed: None, expires, principal: None })
    }

    fn department_of(who: &AccountId32) -> Option<DepartmentId> {
        let bytes: &[u8; 32] = who.as_ref();
        match bytes[0] {
            SECOND_HEAD | CLERK => Some(department(1)),
            number @ 1..=DEPARTMENTS => Some(department(number)),
            _ => None,
        }
    }

    fn department(id: DepartmentId) -> Option<DepartmentFacts> {
        (1..=u32::from(DEPARTMENTS)).contains(&id.get()).then(|| DepartmentFacts {
            level: Level::City,
            region: 330_100,
            is_authority: id.get() == 1,
            is_active: !Inactive::get().contains(&id),
        })
    }

    fn statuses(_: DepartmentId) -> Vec<(Moment, DepartmentStatus)> {
        Vec::new()
    }

    fn authority_of(_: DepartmentId) -> Option<DepartmentId> {
        Some(department(1))
    }

    fn system(_: SystemId) -> Option<SystemFacts> {
        None
    }
}

/// Who has a vote in the tests.
pub struct TestElectorate;

impl Electorate for TestElectorate {
    fn has_vote(department: DepartmentId) -> bool {
        let is_known = (1..=u32::from(DEPARTMENTS)).contains(&department.get());
        is_known && !Inactive::get().contains(&department) && !Registered::get().contains(&department)
    }

    fn voting_departments() -> u32 {
        (1..=DEPARTMENTS).filter(|number| Self::has_vote(department(*number))).count() as u32
    }
}

/// Suspends, reinstates and admits departments; removing a validator is refused half done, removing an observer fails.
pub struct TestEnact;

impl Enact for TestEnact {
    fn enact(action: &Action) -> DispatchResult {
        match action {
            Action::RemoveValidator { .. } => {
                sp_io::storage::set(HALF_DONE, b"yes");
                return Err(frame_system::Error::<Test>::CallFiltered.into());
            }
            Action::RemoveObserver { .. } => return Err(DispatchError::Unavailable),
            Action::SetDepartmentStatus { department, status } => {
                let before = DepartmentStatus::Active;
                let body = DepartmentStatusSet { department: *department, before, status: *status };
                Inactive::mutate(|inactive| {
                    inactive.retain(|other| other != department);
                    if *status != DepartmentStatus::Active {
                        inactive.push(*department);
                    }
                });
                TestRecords::append(RecordKind::DepartmentStatusSet, DepartmentId::default(), None, &[], &body);
            }
            Action::AdmitDepartment { department } => {
                Registered::mutate(|registered| registered.retain(|other| other != department));
                let body = DepartmentAdmitted { department: *department };
                TestRecords::append(RecordKind::DepartmentAdmitted, DepartmentId::default(), None, &[], &body);
            }
            _ => {}
        }
        Enacted::mutate(|enacted| enacted.push(action.clone()));
        Ok(())
    }
}

impl crate::Config for Test {
    type Records = TestRecords;
    type Clock = TestClock;
    type People = TestPeople;
    type Electorate = TestElectorate;
    type Enact = TestEnact;
}

/// An account by number.
pub fn account(number: u8) -> AccountId32 {
    AccountId32::new([number; 32])
}

/// The origin of an account.
pub fn signed(number: u8) -> RuntimeOrigin {
    RuntimeOrigin::signed(account(number))
}

/// A department by number.
pub fn department(number: u8) -> DepartmentId {
    DepartmentId::new(number.into())
}

/// A text that fits.
pub fn text<const N: u32>(text: &str) -> Text<N> {
    Text::new(text).expect("short")
}

/// Suspends department `number`; takes 5 of 7.
pub fn suspend(number: u8) -> Action {
    Action::SetDepartmentStatus { department: department(number), status: DepartmentStatus::Suspended }
}

/// Reinstates department `number`; takes 5 of 7.
pub fn reinstate(number: u8) -> Action {
    Action::SetDepartmentStatus { department: department(number), status: DepartmentStatus::Active }
}

/// Admits department `number`; takes two thirds of those that are admitted.
pub fn admit(number: u8) -> Action {
    Action::AdmitDepartment { department: department(number) }
}

/// Names an auditor; takes 4 of 7.
pub fn auditor() -> Action {
    Action::NameAuditor {
        account: [50; 32],
        department: department(1),
        scope: RoleScope::Everything,
        basis: text("审计通知书〔2026〕3号"),
        expires: Moment::new(NOON + 365 * DAY),
    }
}

/// Plans version `spec_version` for `height`; takes 5 of 7.
pub fn upgrade(height: u32, spec_version: u32) -> Action {
    let (height, targets) = (Height::new(height), Default::default());
    Action::PlanUpgrade(UpgradePlan { height, spec_version, source_digest: [5; 32], targets })
}

/// When proposals of the tests expire.
pub fn in_a_month() -> Moment {
    Moment::new(NOON + 30 * DAY)
}

/// Department 1 proposes `action`.
pub fn proposed(action: Action) -> ProposalId {
    proposed_for(action, None)
}

/// Department 1 proposes `action` for a height.
pub fn proposed_for(action: Action, enact_at: Option<u32>) -> ProposalId {
    Governance::propose(signed(1), Box::new(action), in_a_month(), enact_at.map(Height::new)).expect("proposed");
    crate::LastProposal::<Test>::get()
}

/// What a head signs.
pub fn digest_of(proposal: ProposalId) -> Digest32 {
    crate::Proposals::<Test>::get(proposal).map(|open| proposal_digest(proposal, &open.terms)).unwrap_or_default()
}

/// The heads of `departments` vote.
pub fn vote(departments: impl IntoIterator<Item = u8>, proposal: ProposalId, approve: bool) {
    for number in departments {
        Governance::vote(signed(number), proposal, digest_of(proposal), approve).expect("voted");
    }
}

/// Ends the block and begins the next, `ms` later.
pub fn next_block(ms: u64) {
    let height = System::block_number();
    Governance::on_finalize(height);
    Governance::do_try_state().expect("invariants hold");
    System::set_block_number(height + 1);
    Governance::on_initialize(height + 1);
    Now::mutate(|now| *now += ms);
}

/// Runs `test` in block 1 and checks the invariants behind it.
pub fn run(test: impl FnOnce()) {
    sp_io::TestExternalities::default().execute_with(|| {
        Recorded::set(Vec::new());
        Inactive::set(Vec::new());
        Registered::set(Vec::new());
        Enacted::set(Vec::new());
        SpecVersion::set(1);
        Now::set(NOON);
        System::set_block_number(1);
        test();
        Governance::do_try_state().expect("invariants hold");
    });
}
