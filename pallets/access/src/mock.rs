//! A runtime of System and Access; departments, catalog, grants, records and clock are tables.

use ed25519_zebra::SigningKey;
use frame_support::{
    derive_impl, parameter_types,
    traits::{ConstU32, ConstU64},
};
use mulu_pallet_support::{
    Catalog, Clock, Clocks, DepartmentFacts, EntryFacts, Grants, Mounts, People, PurposeList, Records, SystemFacts,
};
use mulu_proofs::{
    access::{BatchHeader, BatchRecord},
    calendar::{Calendar, Day, DayLength, DeadlineKind, Limit, Parameters},
    catalog::{EntryStatus, Method, Methods, SharingClass, Stop},
    departments::{About, DepartmentStatus, Level, Role, SignedAs, SystemKind},
    grants::{GrantState, GrantTerms},
    hash::chain_domain,
    ids::{
        DeadlineId, DepartmentId, Digest32, ElementId, EntryId, GrantId, Moment, PublicKey, PurposeId, RecordNumber,
        RequestId, SystemId, Version,
    },
    records::{RecordKind, Subject},
};
use sp_core::{H256, crypto::AccountId32};
use sp_runtime::{BuildStorage, DispatchError, DispatchResult, traits::IdentityLookup};
use std::collections::BTreeMap;

#[frame_support::runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(RuntimeCall, RuntimeEvent, RuntimeError, RuntimeOrigin, RuntimeTask)]
    pub struct Test;
    #[runtime::pallet_index(0)]
    pub type System = frame_system;
    #[runtime::pallet_index(13)]
    pub type Access = crate;
}

type Block = frame_system::mocking::MockBlockU32<Test>;

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Test {
    type Block = Block;
    type AccountId = AccountId32;
    type Lookup = IdentityLookup<AccountId32>;
}

/// Hash of block 0.
pub const GENESIS: Digest32 = [7; 32];
/// Noon of 2026-07-25 UTC, 20:00 local time.
pub const NOON: u64 = 1_784_980_800_000;
/// An hour.
pub const HOUR: u64 = 3_600_000;
/// First version.
pub const V1: Version = Version::new(1);
/// Authority of the provider; its head supervises too.
pub const AUTHORITY: DepartmentId = DepartmentId::new(1);
/// Provider of entry 1, and department of platform 1.
pub const PROVIDER: DepartmentId = DepartmentId::new(2);
/// Consumer of grant 1, and department of platform 2 and business system 7.
pub const CONSUMER: DepartmentId = DepartmentId::new(3);
/// Provider of entry 2.
pub const OTHER: DepartmentId = DepartmentId::new(4);
/// The provider's platform, which grant 1 names.
pub const PLATFORM: SystemId = SystemId::new(1);
/// The consumer's platform, which grant 1 names.
pub const CONSUMER_PLATFORM: SystemId = SystemId::new(2);
/// Another platform of the provider, which no grant names.
pub const UNNAMED: SystemId = SystemId::new(3);
/// A platform of the authority.
pub const OF_AUTHORITY: SystemId = SystemId::new(5);
/// The consumer's business system.
pub const BUSINESS: SystemId = SystemId::new(7);
/// A grant on items 0 and 1 of entry 1.
pub const GRANT: GrantId = GrantId::new(1);
/// Open streams that a platform may have.
pub const MAX_STREAMS: u32 = 3;

/// Open repudiations that a department may have.
pub const MAX_REPUDIATIONS: u32 = 2;

/// One appended record.
#[derive(Clone, Debug)]
pub struct Appended {
    /// Kind.
    pub kind: RecordKind,
    /// Department.
    pub department: DepartmentId,
    /// Signer.
    pub signer: Option<AccountId32>,
    /// Subjects.
    pub subjects: Vec<Subject>,
    /// Body.
    pub body: Vec<u8>,
}

parameter_types! {
    /// What the clock says, in milliseconds.
    pub static Now: u64 = NOON;
    /// The records so far.
    pub static Recorded: Vec<Appended> = Vec::new();
    /// Accounts whose keys were replaced: they have no role, and are nobody's.
    pub static Replaced: Vec<AccountId32> = Vec::new();
    /// Accounts whose roles were revoked.
    pub static Revoked: Vec<AccountId32> = Vec::new();
    /// Statuses of departments.
    pub static Statuses: BTreeMap<DepartmentId, Vec<(Moment, DepartmentStatus)>> = BTreeMap::new();
    /// Versions of grants.
    pub static Granted: BTreeMap<(GrantId, Version), GrantTerms> = BTreeMap::new();
    /// Changes of the grants' states.
    pub static Changes: BTreeMap<GrantId, Vec<(Moment, GrantState)>> = BTreeMap::new();
    /// Changes of the status of entries, ascending.
    pub static EntryStatuses: Vec<(EntryId, Moment, EntryStatus)> = Vec::new();
    /// What stopped for grants on versions of entries, ascending.
    pub static Stops: Vec<((EntryId, Version), Stop)> = Vec::new();
    /// Platforms that mounts of entry 2 name.
    pub static Mounted: Vec<SystemId> = Vec::new();
    /// Whether the consumer's officer is its head too.
    pub static HeadOfConsumer: bool = false;
    /// For how many days reports are waited for.
    pub static Lateness: u16 = 3;
    /// What day it is.
    pub static Days: Calendar = china();
    /// What platforms sign for.
    pub Domain: Digest32 = chain_domain("mulu-test", &GENESIS);
}

/// The tables.
pub struct Tables;

impl Clock for Tables {
    fn now() -> Moment {
        Moment::new(Now::get())
    }
}

impl Records for Tables {
    fn append(
        kind: RecordKind,
        department: DepartmentId,
        signer: Option<&AccountId32>,
        subjects: &[Subject],
        body: &impl codec::Encode,
    ) -> RecordNumber {
        let mut records = Recorded::get();
        let (signer, subjects) = (signer.cloned(), subjects.to_vec());
        records.push(Appended { kind, department, signer, subjects, body: body.encode() });
        let number = records.len() as u64;
        Recorded::set(records);
        RecordNumber::new(number)
    }
}

impl People for Tables {
    fn signed_as(
        who: &AccountId32,
        department: DepartmentId,
        role: Role,
        _about: &About,
    ) -> Result<SignedAs, DispatchError> {
        let is = |holders: &[(AccountId32, DepartmentId)]| holders.contains(&(who.clone(), department));
        let holds = match role {
            Role::Platform => {
                is(&[(account(1), PROVIDER), (account(2), CONSUMER), (account(3), PROVIDER), (account(5), AUTHORITY)])
            }
            Role::Admin => is(&[(admin(), PROVIDER)]),
            Role::Head => {
                is(&[(head(), PROVIDER), (both(), AUTHORITY)]) || HeadOfConsumer::get() && is(&[(officer(), CONSUMER)])
            }
            Role::Officer => is(&[(officer(), CONSUMER)]),
            Role::Supervisor => is(&[(supervisor(), AUTHORITY), (both(), AUTHORITY)]),
            _ => false,
        };
        if !holds || Revoked::get().contains(who) || Replaced::get().contains(who) {
            return Err(DispatchError::Other("role missing"));
        }
        let (given, expires) = (RecordNumber::new(1), Moment::new(u64::MAX));
        Ok(SignedAs { role, department, given, confirmed: None, expires, principal: None })
    }

    fn department_of(who: &AccountId32) -> Option<DepartmentId> {
        if Replaced::get().contains(who) { None } else { Self::belonged_to(who) }
    }

    fn belonged_to(who: &AccountId32) -> Option<DepartmentId> {
        let of = [
            (account(1), PROVIDER),
            (account(2), CONSUMER),
            (account(3), PROVIDER),
            (account(4), PROVIDER),
            (account(5), AUTHORITY),
            (admin(), PROVIDER),
            (head(), PROVIDER),
            (officer(), CONSUMER),
        ];
        of.iter().find(|(account, _)| account == who).map(|(_, department)| *department)
    }

    fn department(id: DepartmentId) -> Option<DepartmentFacts> {
        let facts = DepartmentFacts { level: Level::City, region: 330_100, is_authority: false, is_active: true };
        (1..=4).contains(&id.get()).then_some(facts)
    }

    fn statuses(id: DepartmentId) -> Vec<(Moment, DepartmentStatus)> {
        Statuses::get().get(&id).cloned().unwrap_or_default()
    }

    fn authority_of(id: DepartmentId) -> Option<DepartmentId> {
        (id != CONSUMER).then_some(AUTHORITY)
    }

    fn system(id: SystemId) -> Option<SystemFacts> {
        let (department, kind) = match id {
            PLATFORM | UNNAMED => (PROVIDER, SystemKind::Platform),
            CONSUMER_PLATFORM => (CONSUMER, SystemKind::Platform),
            OF_AUTHORITY => (AUTHORITY, SystemKind::Platform),
            BUSINESS => (CONSUMER, SystemKind::Business),
            _ if id.get() == 8 => (CONSUMER, SystemKind::Business),
            _ => return None,
        };
        Some(SystemFacts { department, kind })
    }
}

impl Catalog for Tables {
    fn published(entry: EntryId) -> Option<Version> {
        Self::facts(entry, V1).map(|_| V1)
    }

    fn facts(entry: EntryId, version: Version) -> Option<EntryFacts> {
        let provider = match (entry.get(), version.get()) {
            (1, 1..=2) => PROVIDER,
            (2, 1) => OTHER,
            _ => return None,
        };
        Some(EntryFacts {
            provider,
            items: 0b111,
            items_not_shared: 0,
            items_conditional: 0,
            sharing: SharingClass::Conditional,
            methods: Methods::of(&[Method::ServiceInterface]),
            flow_threshold: 0,
            digest: [0; 32],
        })
    }

    fn statuses(entry: EntryId) -> Vec<(Moment, EntryStatus)> {
        let statuses = EntryStatuses::get().into_iter().filter(|(id, _, _)| *id == entry);
        statuses.map(|(_, since, status)| (since, status)).collect()
    }

    fn stops(entry: EntryId, version: Version) -> Vec<Stop> {
        Stops::get().into_iter().filter(|(on, _)| *on == (entry, version)).map(|(_, stop)| stop).collect()
    }

    fn carries(_entry: EntryId, _element: ElementId) -> bool {
        false
    }
}

impl Mounts for Tables {
    fn platforms(entry: EntryId) -> Vec<SystemId> {
        if entry == EntryId::new(2) { Mounted::get() } else { Vec::new() }
    }

    fn published(_entry: EntryId, _is_first: bool, _facts: &EntryFacts) {}

    fn withdrawn(_entry: EntryId, _provider: DepartmentId) {}
}

impl Grants for Tables {
    fn terms(grant: GrantId, version: Version) -> Option<GrantTerms> {
        Granted::get().get(&(grant, version)).cloned()
    }

    fn transitions(grant: GrantId) -> Vec<(Moment, GrantState)> {
        Changes::get().get(&grant).cloned().unwrap_or_default()
    }
}

impl PurposeList for Tables {
    fn exists(purpose: PurposeId) -> bool {
        (1..=2).contains(&purpose.get())
    }
}

/// What the clocks say to what nobody here asks of them.
const NOT_HERE: DispatchError = DispatchError::Other("access asks for the day, nothing else");

impl Clocks for Tables {
    fn start(
        _kind: DeadlineKind,
        _subject: Subject,
        _responsible: DepartmentId,
        _working_days: u16,
    ) -> Result<DeadlineId, DispatchError> {
        Err(NOT_HERE)
    }

    fn start_from(
        _kind: DeadlineKind,
        _subject: Subject,
        _responsible: DepartmentId,
        _working_days: u16,
        _day: Day,
    ) -> Result<DeadlineId, DispatchError> {
        Err(NOT_HERE)
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

    fn stop(_id: DeadlineId) -> Result<bool, DispatchError> {
        Err(NOT_HERE)
    }

    fn cancel(id: DeadlineId) -> DispatchResult {
        Self::stop(id).map(|_| ())
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

    fn finished_kept_days() -> u16 {
        Parameters::default().finished_kept_days
    }

    fn lateness_days() -> u16 {
        Lateness::get()
    }

    fn day_of(moment: Moment) -> Day {
        Days::get().local_day(moment)
    }

    fn end_of(day: Day) -> Moment {
        Days::get().end_of_day(day)
    }
}

impl crate::Config for Test {
    type Records = Tables;
    type Clock = Tables;
    type People = Tables;
    type Catalog = Tables;
    type Grants = Tables;
    type Purposes = Tables;
    type ChainDomain = Domain;
    type Clocks = Tables;
    type Mounts = Tables;
    type TimeAheadMs = ConstU64<60_000>;
    type MaxStreams = ConstU32<MAX_STREAMS>;
    type MaxRepudiations = ConstU32<MAX_REPUDIATIONS>;
}

/// A key by number: 1 and 3 are platforms of the provider, 2 of the consumer; 4 holds no role, 5 is of the authority.
pub fn key(number: u8) -> SigningKey {
    SigningKey::from([number; 32])
}

/// The account of a key.
pub fn account_of(key: &SigningKey) -> AccountId32 {
    AccountId32::new(key.verification_key().into())
}

/// The account of a key, by number.
pub fn account(number: u8) -> AccountId32 {
    account_of(&key(number))
}

/// The public key of a number.
pub fn public(number: u8) -> PublicKey {
    key(number).verification_key().into()
}

/// Admin of the provider.
pub fn admin() -> AccountId32 {
    AccountId32::new([100; 32])
}

/// Head of the provider.
pub fn head() -> AccountId32 {
    AccountId32::new([101; 32])
}

/// Officer of the consumer.
pub fn officer() -> AccountId32 {
    AccountId32::new([102; 32])
}

/// Supervisor of the authority.
pub fn supervisor() -> AccountId32 {
    AccountId32::new([103; 32])
}

/// Head and supervisor of the authority in one person.
pub fn both() -> AccountId32 {
    AccountId32::new([104; 32])
}

/// The calendar of China, without years.
pub fn china() -> Calendar {
    Calendar::new(DayLength::Civil, 480).expect("within bounds")
}

/// Signs a header for the chain of the tests.
pub fn sign(header: &BatchHeader, number: u8) -> [u8; 64] {
    key(number).sign(&header.signing_bytes(&Domain::get())).to_bytes()
}

/// Grant 1 as its first version says.
pub fn terms() -> GrantTerms {
    GrantTerms {
        grant: GRANT,
        version: V1,
        request: RequestId::new(1),
        provider: PROVIDER,
        consumer: CONSUMER,
        entry: EntryId::new(1),
        entry_version: V1,
        items: 0b011,
        method: Method::ServiceInterface,
        from: Moment::new(NOON - 20 * 24 * HOUR),
        until: Moment::new(NOON + 20 * 24 * HOUR),
        purposes: vec![PurposeId::new(1)].try_into().expect("one"),
        systems: vec![BUSINESS].try_into().expect("one"),
        platforms: vec![PLATFORM, CONSUMER_PLATFORM].try_into().expect("two"),
        calls_per_day: 1_000,
        rows_per_day: 10_000,
    }
}

/// Puts a version of a grant into the table.
pub fn grant(terms: GrantTerms) {
    let mut grants = Granted::get();
    grants.insert((terms.grant, terms.version), terms);
    Granted::set(grants);
}

/// Says what happened to grant 1 since it was agreed, 20 days ago.
pub fn course(changes: &[(u64, GrantState)]) {
    let changes = changes.iter().map(|(moment, state)| (Moment::new(*moment), *state)).collect();
    Changes::set([(GRANT, changes)].into());
}

/// The body of the last record of a batch.
pub fn last_batch() -> BatchRecord {
    let records = Recorded::get();
    let last = records.iter().rev().find(|record| record.kind == RecordKind::BatchAccepted).expect("a batch");
    codec::DecodeAll::decode_all(&mut &last.body[..]).expect("a batch record")
}

/// Runs `test` with grant 1 provisioned and checks the invariants behind it.
pub fn run(test: impl FnOnce()) {
    let storage = frame_system::GenesisConfig::<Test>::default().build_storage().expect("builds");
    sp_io::TestExternalities::new(storage).execute_with(|| {
        Now::set(NOON);
        Days::set(china());
        Recorded::set(Vec::new());
        Statuses::set(BTreeMap::new());
        EntryStatuses::set(Vec::new());
        Stops::set(Vec::new());
        Mounted::set(Vec::new());
        Lateness::set(3);
        HeadOfConsumer::set(false);
        Revoked::set(Vec::new());
        Replaced::set(Vec::new());
        Granted::set(BTreeMap::new());
        grant(terms());
        course(&[(NOON - 20 * 24 * HOUR, GrantState::Agreed), (NOON - 19 * 24 * HOUR, GrantState::Provisioned)]);
        System::set_block_number(1);
        frame_system::BlockHash::<Test>::insert(0, H256(GENESIS));
        test();
        Access::do_try_state().expect("invariants hold");
    });
}
