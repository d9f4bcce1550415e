//! What happens on the sample ledger.
//!
//! ```text
//! 1 genesis records: departments 1 (authority), 2 (provider), 3 (consumer); systems; roles
//! 2 the provider's officer gets the role, its head confirms      3 catalog: submitted, endorsed, reviewed, published
//! 4 the validator set changes    5 request, consent, two of three approvals, agreement, provisioning    6 stream    7 batch    8 tip
//! ```

use super::{EPOCH, World, account, key, named};
use codec::Encode;
use mulu_proofs::{
    access::{
        BatchHeader, BatchRecord, CODEC_VERSION, EventFindings, EventsRepudiated, Findings, KeyCompromised,
        LEAF_VERSION, Outcome, PublicLeaf, RepudiationDecided, RunKey, RunNumbers, Sealed, SealedField, Series, Side,
        StreamOpened, StreamReopened, body_digest,
    },
    catalog::{
        Assessments, Classification, DataGrade, DataKind, DataType, EntryAct, EntryContent, EntrySubmitted, Format,
        FormatClass, Item, List, MatterKind, Method, Methods, Opening, ResourceClass, Responsibility, Secrecy, Sharing,
        SharingClass, UpdateCycle,
    },
    departments::{CreditCode, DepartmentInfo, Level, Role, SystemInfo, SystemKind},
    evidence::Package,
    grants::{GrantAct, GrantTerms},
    hash::{Suite, TreeKind},
    ids::{
        DepartmentId, EntryId, EventNumber, GrantId, Moment, PurposeId, RecordNumber, RequestId, SeriesNumber,
        StreamId, SystemId, Version,
    },
    records::{Record, RecordKind},
    sharing::{Policy, RequestAct, RequestAgreed, RequestCreated, RequestTerms, Stage, Threshold, request_digest},
    text::Text,
    tree,
};

pub const ADMIN: u8 = 20;
pub const SUPERVISOR: u8 = 21;
pub const REVIEWER: u8 = 22;
pub const CATALOGUER: u8 = 23;
pub const HEAD: u8 = 24;
pub const OFFICER: u8 = 25;
pub const APPROVERS: [u8; 3] = [26, 27, 28];
pub const APPLICANT: u8 = 29;
pub const CONSUMER_OFFICER: u8 = 30;
pub const PLATFORM: u8 = 31;
/// A key of the platform that was stolen before the batch.
pub const STOLEN: u8 = 32;
/// Validators from height 5 on.
pub const SECOND_SET: [u8; 4] = [1, 2, 3, 5];

pub const ENTRY: EntryId = EntryId::new(1);
pub const REQUEST: RequestId = RequestId::new(1);
pub const GRANT: GrantId = GrantId::new(1);
pub const V1: Version = Version::new(1);

fn text<const N: u32>(text: &str) -> Text<N> {
    Text::new(text).expect("short")
}

fn list<T: Clone, const N: u32>(items: &[T]) -> List<T, N> {
    List::try_from(items.to_vec()).ok().expect("short")
}

pub fn department(id: u32) -> DepartmentInfo {
    let names = ["省数据局", "省民政厅", "市人社局"];
    DepartmentInfo {
        id: DepartmentId::new(id),
        credit_code: CreditCode::with_check_character(&format!("1133000000000000{id}")).expect("digits"),
        name: text(names[id as usize - 1]),
        level: Level::Province,
        region: 330_000,
        parent: None,
        is_authority: id == 1,
        host: None,
        is_data_manager: false,
    }
}

pub fn system(id: u32) -> SystemInfo {
    let platform = id == 1;
    SystemInfo {
        id: SystemId::new(id),
        department: DepartmentId::new(if platform { 2 } else { 3 }),
        kind: if platform { SystemKind::Platform } else { SystemKind::Business },
        code: text(if platform { "gateway" } else { "subsidies" }),
        name: text(if platform { "省民政厅交换网关" } else { "补贴审核系统" }),
    }
}

pub fn entry() -> EntryContent {
    let item = |code: &str, name: &str| Item {
        name: text(name),
        code: text(code),
        element: None,
        source: None,
        data_type: DataType::Character,
        length: 18,
        meaning: text(name),
        standard: text(""),
        value_domain: text(""),
        quality_rule: text(""),
        level: 2,
        sharing: SharingClass::Conditional,
        condition: text(""),
        law: text(""),
    };
    EntryContent {
        code: text("307001/000001"),
        name: text("社会组织法人登记信息"),
        provider: DepartmentId::new(2),
        summary: text("社会组织登记"),
        keywords: list(&[text("社会组织")]),
        related: List::default(),
        classification: Classification {
            attribute: ResourceClass::Department,
            data_kind: DataKind::Transaction,
            grade: DataGrade::General,
            sensitivity: 1,
            secrecy: Secrecy::None,
        },
        format: Format { class: FormatClass::Database, name: text("table") },
        items: list(&[item("code", "统一社会信用代码"), item("name", "名称"), item("state", "状态")]),
        sharing: Sharing {
            class: SharingClass::Conditional,
            condition: text("补贴审核"),
            law: text(""),
            methods: Methods::of(&[Method::ServiceInterface, Method::File]),
        },
        opening: Opening { class: SharingClass::NotShared, condition: text("") },
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

pub fn terms() -> RequestTerms {
    RequestTerms {
        entry: ENTRY,
        entry_version: V1,
        items: 0b011,
        consumer: DepartmentId::new(3),
        basis: text("补贴办法第五条"),
        scenario: text("补贴资格审核"),
        scope: text("补贴处"),
        method: Method::ServiceInterface,
        from: Moment::new(EPOCH),
        until: Moment::new(EPOCH + 100_000_000),
        purposes: list(&[PurposeId::new(1)]),
        matter: text("补贴"),
        systems: list(&[SystemId::new(2)]),
        platforms: list(&[SystemId::new(1)]),
        calls_per_day: 1_000,
        rows_per_day: 10_000,
        papers: None,
    }
}

pub fn grant() -> GrantTerms {
    let terms = terms();
    GrantTerms {
        grant: GRANT,
        version: V1,
        request: REQUEST,
        provider: DepartmentId::new(2),
        consumer: terms.consumer,
        entry: terms.entry,
        entry_version: terms.entry_version,
        items: terms.items,
        method: terms.method,
        from: terms.from,
        until: terms.until,
        purposes: terms.purposes,
        systems: terms.systems,
        platforms: terms.platforms,
        calls_per_day: terms.calls_per_day,
        rows_per_day: terms.rows_per_day,
    }
}

/// Three events under the grant (the second asks for an item too many), one of the entry without a grant, one of neither.
pub fn events(time: u64) -> Vec<(PublicLeaf, Sealed)> {
    let under = |key: RunKey, n: u64| PublicLeaf {
        key,
        entry: (!matches!(key, RunKey::Reporter(_))).then_some((ENTRY, V1)),
        provider: (!matches!(key, RunKey::Reporter(_))).then_some(DepartmentId::new(2)),
        consumer: (!matches!(key, RunKey::Reporter(_))).then_some(DepartmentId::new(3)),
        items: if n == 1 { 0b111 } else { 0b001 },
        authorising_system: Some(SystemId::new(1)),
        using_system: Some(SystemId::new(2)),
        purpose: Some(PurposeId::new(1)),
        method: Method::ServiceInterface,
        side: Side::Provider,
        time: Moment::new(time + n),
        duration_ms: 12,
        outcome: Outcome::Ok,
        calls: 1,
        rows: 3,
        bytes: 456,
        call_id: 1_000 + n,
        pseudonym: Some(77),
    };
    let grant = RunKey::Grant(GRANT, V1);
    let keys =
        [grant, grant, grant, RunKey::Entry(ENTRY, V1, DepartmentId::new(3)), RunKey::Reporter(SystemId::new(1))];
    keys.iter()
        .zip(0u8..)
        .map(|(key, n)| {
            let mut values = [const { None }; 6];
            values[SealedField::Operator as usize] = Some("审核员07".as_bytes().to_vec());
            values[SealedField::User as usize] = Some(format!("user-{n}").into_bytes());
            values[SealedField::RequestDigest as usize] = Some(vec![0xff; 32]);
            values[SealedField::NetworkAddress as usize] = Some(b"10.0.0.7".to_vec());
            (under(*key, n.into()), Sealed { secret: [n; 32], values })
        })
        .collect()
}

/// The sample ledger.
pub fn world() -> World {
    world_with(sharing)
}

/// The sample ledger, with another way from the request to the grant.
pub fn world_with(request: impl FnOnce(&mut World)) -> World {
    world_of(request, open_stream)
}

/// The sample ledger, whose stream was opened by another key that turned out to be stolen, and reopened by the platform's before the batch.
pub fn reopened() -> World {
    world_of(sharing, reopen_stream)
}

fn world_of(request: impl FnOnce(&mut World), stream: impl FnOnce(&mut World)) -> World {
    let mut world = World::empty("mulu-sample");
    people(&mut world);
    catalog(&mut world);
    world.next_block();
    world.blocks.last_mut().expect("just made").next = Some(SECOND_SET.to_vec());
    world.next_block();
    request(&mut world);
    access(&mut world, stream);
    world.next_block();
    world
}

fn people(world: &mut World) {
    world.next_block();
    for id in 1..=3 {
        world.record(RecordKind::DepartmentRegistered, 0, None, &department(id));
    }
    for id in 1..=2 {
        world.record(RecordKind::SystemRegistered, 0, None, &system(id));
    }
    for (seed, role, department) in [
        (ADMIN, Role::Admin, 2),
        (SUPERVISOR, Role::Supervisor, 1),
        (REVIEWER, Role::Reviewer, 1),
        (CATALOGUER, Role::Cataloguer, 2),
        (HEAD, Role::Head, 2),
        (APPROVERS[0], Role::Approver, 2),
        (APPROVERS[1], Role::Approver, 2),
        (APPROVERS[2], Role::Approver, 2),
        (APPLICANT, Role::Applicant, 3),
        (CONSUMER_OFFICER, Role::Officer, 3),
        (PLATFORM, Role::Platform, 2),
    ] {
        world.give(None, seed, role, department);
    }
    world.next_block();
    world.give(Some(ADMIN), OFFICER, Role::Officer, 2);
    world.confirm((HEAD, Role::Head, 2), OFFICER, Role::Officer, 2);
}

fn catalog(world: &mut World) {
    world.next_block();
    let content = entry();
    let digest = content.digest();
    let signed_as = world.signed_as(CATALOGUER, Role::Cataloguer, 2);
    let submitted = EntrySubmitted { entry: ENTRY, version: V1, signed_as, content };
    world.record(RecordKind::EntrySubmitted, 2, Some(CATALOGUER), &submitted);
    for (kind, seed, role, department) in [
        (RecordKind::EntryEndorsed, HEAD, Role::Head, 2),
        (RecordKind::EntryReviewed, REVIEWER, Role::Reviewer, 1),
        (RecordKind::EntryPublished, REVIEWER, Role::Reviewer, 1),
    ] {
        let signed_as = world.signed_as(seed, role, department);
        world.record(kind, department, Some(seed), &EntryAct { entry: ENTRY, version: V1, digest, signed_as });
    }
}

pub fn policy() -> Policy {
    let stage = Stage {
        departments: list(&[DepartmentId::new(2)]),
        role: Role::Approver,
        approvers: list(&APPROVERS.map(named)),
        threshold: Threshold::Count(2),
    };
    Policy { stages: list(&[stage]) }
}

fn sharing(world: &mut World) {
    let digest = request_digest(REQUEST, &terms());
    let signed_as = world.signed_as(APPLICANT, Role::Applicant, 3);
    let provider = DepartmentId::new(2);
    let created = RequestCreated { request: REQUEST, provider, terms: terms(), policy: policy(), signed_as };
    let asked = world.record(RecordKind::RequestCreated, 3, Some(APPLICANT), &created);
    let signed_as = world.signed_as(CONSUMER_OFFICER, Role::Officer, 3);
    let act = |stage, signed_as| RequestAct { request: REQUEST, digest, stage, signed_as };
    world.record(RecordKind::RequestEndorsed, 3, Some(CONSUMER_OFFICER), &act(None, signed_as));
    for seed in [APPROVERS[0], APPROVERS[2]] {
        let signed_as = world.signed_as(seed, Role::Approver, 2);
        world.record(RecordKind::RequestApproved, 2, Some(seed), &act(Some(0), signed_as));
    }
    let signed_as = world.signed_as(OFFICER, Role::Officer, 2);
    let agreed = RequestAgreed { request: REQUEST, asked, digest, signed_as, consent: None, grant: grant() };
    world.record(RecordKind::RequestAgreed, 2, Some(OFFICER), &agreed);
    let provisioned = GrantAct { grant: GRANT, reason: text(""), signed_as };
    world.record(RecordKind::GrantProvisioned, 2, Some(OFFICER), &provisioned);
}

fn access(world: &mut World, stream: impl FnOnce(&mut World)) {
    world.next_block();
    stream(world);
    world.next_block();
    world.events = events(EPOCH + 6_500);
    let batch = batch(world);
    world.record(RecordKind::BatchAccepted, 2, Some(PLATFORM), &batch);
}

fn open_stream(world: &mut World) {
    opened_by(world, PLATFORM);
}

fn opened_by(world: &mut World, seed: u8) {
    let signed_as = world.signed_as(seed, Role::Platform, 2);
    let (stream, platform, reconciles, key) = (StreamId::new(1), SystemId::new(1), false, account(seed));
    let opened = StreamOpened { stream, platform, reconciles, key, signed_as };
    world.record(RecordKind::StreamOpened, 2, Some(seed), &opened);
}

fn reopen_stream(world: &mut World) {
    world.give(Some(ADMIN), STOLEN, Role::Platform, 2);
    opened_by(world, STOLEN);
    compromise(world, STOLEN);
    let signed_as = world.signed_as(PLATFORM, Role::Platform, 2);
    let (stream, platform, key) = (StreamId::new(1), SystemId::new(1), account(PLATFORM));
    // Where the sample's batch goes on.
    let (next, previous) = (EventNumber::new(11), [9; 32]);
    let reopened = StreamReopened { stream, platform, key, next, previous, signed_as };
    world.record(RecordKind::StreamReopened, 2, Some(PLATFORM), &reopened);
}

/// The head reports the key.
pub fn compromise(world: &mut World, seed: u8) -> RecordNumber {
    let compromised = KeyCompromised {
        platform: SystemId::new(1),
        key: account(seed),
        from: Moment::new(EPOCH),
        to: world.now(),
        statement: text("密钥外泄"),
        halted: list(&[StreamId::new(1)]),
        signed_as: world.signed_as(HEAD, Role::Head, 2),
    };
    world.record(RecordKind::KeyCompromised, 2, Some(HEAD), &compromised)
}

/// The platform's key is reported compromised after the batch, and events 12 to 14 are repudiated; the authority finds that they are not the
/// department's.
pub fn repudiated() -> World {
    let mut world = world();
    repudiate(&mut world, 12, 14);
    world.next_block();
    let repudiation = world.nth(RecordKind::EventsRepudiated, 0);
    decide(&mut world, repudiation, true);
    world.next_block();
    world
}

/// The platform's key is reported compromised, and these events of its stream are repudiated.
pub fn repudiate(world: &mut World, first: u64, last: u64) {
    let compromise = compromise(world, PLATFORM);
    let signed_as = world.signed_as(HEAD, Role::Head, 2);
    let repudiated = EventsRepudiated {
        compromise,
        stream: StreamId::new(1),
        first: EventNumber::new(first),
        last: EventNumber::new(last),
        statement: text("非本平台报告"),
        key: account(PLATFORM),
        signed_as,
    };
    world.record(RecordKind::EventsRepudiated, 2, Some(HEAD), &repudiated);
}

/// The authority decides on a repudiation.
pub fn decide(world: &mut World, repudiation: RecordNumber, upheld: bool) {
    let signed_as = world.signed_as(SUPERVISOR, Role::Supervisor, 1);
    let finding = if upheld { text("属实") } else { text("不属实") };
    let decided = RepudiationDecided { repudiation, upheld, finding, signed_as };
    world.record(RecordKind::RepudiationDecided, 1, Some(SUPERVISOR), &decided);
}

/// The record of a batch of the world's events, signed by the platform.
pub fn batch(world: &World) -> BatchRecord {
    let run = |series, first, count| RunNumbers { series, first: SeriesNumber::new(first), count };
    let mut batch = BatchRecord {
        platform: SystemId::new(1),
        key: account(PLATFORM),
        header: BatchHeader {
            suite: Suite::default(),
            genesis: world.genesis.hash(),
            codec_version: CODEC_VERSION,
            leaf_version: LEAF_VERSION,
            stream: StreamId::new(1),
            first: EventNumber::new(11),
            count: world.events.len() as u32,
            previous: [9; 32],
            time_base: world.events[0].0.time,
            public_root: [0; 32],
            sealed_root: [0; 32],
            body_bytes: 4,
            body_digest: body_digest(b"body"),
        },
        signature: [0; 64],
        time_last: world.events.last().expect("events").0.time,
        runs: list(&[
            run(Series::Grant(GRANT), 41, 3),
            run(Series::Entry(ENTRY, DepartmentId::new(3)), 5, 1),
            run(Series::Reporter(SystemId::new(1)), 1, 1),
        ]),
        findings: list(&[
            EventFindings { place: 1, findings: Findings::ITEM_NOT_GRANTED },
            EventFindings { place: 3, findings: Findings::NO_GRANT },
            EventFindings { place: 4, findings: Findings::NO_GRANT },
        ]),
    };
    let public: Vec<_> = world.events.iter().map(|(leaf, _)| leaf.leaf()).collect();
    let sealed: Vec<_> = world.events.iter().map(|(leaf, sealed)| sealed.leaf(&leaf.leaf())).collect();
    batch.header.public_root = tree::root(TreeKind::PublicEvents, &public);
    batch.header.sealed_root = tree::root(TreeKind::SealedEvents, &sealed);
    batch.signature = key(PLATFORM).sign(&batch.header.signing_bytes(&world.genesis.domain())).to_bytes();
    batch
}

/// Puts the roots of the world's events into the batch, under the platform's old signature.
pub fn forge_batch(world: &mut World) {
    let fresh = batch(world);
    let number = world.nth(RecordKind::BatchAccepted, 0);
    world.edit(number, |old: &mut BatchRecord| old.header = fresh.header);
}

/// The same, signed by the platform: a platform that lies.
pub fn sign_batch_again(world: &mut World) {
    let number = world.nth(RecordKind::BatchAccepted, 0);
    let fresh = batch(world);
    world.edit(number, |old: &mut BatchRecord| (old.header, old.signature) = (fresh.header, fresh.signature));
}

/// What the event at `place` needs: everything for the grant's, catalog and stream for the entry's, the stream for the reporter's.
pub fn wanted(place: usize) -> impl Fn(&Record) -> bool {
    move |record| match record.kind {
        RecordKind::BatchAccepted
        | RecordKind::StreamOpened
        | RecordKind::KeyCompromised
        | RecordKind::EventsRepudiated
        | RecordKind::RepudiationDecided => true,
        RecordKind::EntrySubmitted
        | RecordKind::EntryEndorsed
        | RecordKind::EntryReviewed
        | RecordKind::EntryPublished => place < 4,
        RecordKind::RequestCreated
        | RecordKind::RequestEndorsed
        | RecordKind::RequestApproved
        | RecordKind::RequestAgreed
        | RecordKind::GrantProvisioned => place < 3,
        RecordKind::DepartmentRegistered => place < 4 || record.body == department(2).encode(),
        RecordKind::SystemRegistered => true,
        _ => false,
    }
}

/// The package of the event at `place`, with user and network address revealed.
pub fn package(world: &World, place: usize) -> Package {
    let numbers = world.needed(wanted(place));
    world.package(place, &numbers, &[SealedField::User, SealedField::NetworkAddress])
}

/// What the filing certificate of the entry needs.
pub fn wanted_for_filing(record: &Record) -> bool {
    matches!(
        record.kind,
        RecordKind::EntrySubmitted | RecordKind::EntryEndorsed | RecordKind::EntryReviewed | RecordKind::EntryPublished
    ) || record.kind == RecordKind::DepartmentRegistered && record.body != department(3).encode()
}

/// The filing certificate of the entry.
pub fn filing(world: &World) -> Package {
    world.filing(&world.needed(wanted_for_filing))
}

/// The record of the approval by `seed`.
pub fn approval_of(world: &World, seed: u8) -> RecordNumber {
    let all = world.all(RecordKind::RequestApproved);
    all.into_iter().find(|number| world.get(*number).signer == Some(account(seed))).expect("approved")
}
