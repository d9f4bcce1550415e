//! A record of every kind, the call behind it, and what its signer signed.

use super::{
    Frozen, access, calendar, governance, oversight, people,
    sample::{EXPIRES, World, content},
};
use codec::Encode;
use mulu_proofs::{
    access::StreamClosed,
    calendar::Day,
    catalog::{
        ChangeKind, ChangeOccurred, EntryChange, EntryReturned, EntrySuspension, EntryWithdrawn, List, Method, Methods,
        UpdateExtensionAsked, UpdateExtensionDecided,
    },
    departments::Role,
    elements::{
        CertificationWithdrawn, ElementRegistered, ElementRevised, ElementStandard, SourceCertified, SourceNamed,
        WithdrawalCause,
    },
    evidence::calls::{call_index, expected_call},
    extrinsic::SignedExtrinsic,
    governance::{
        Closed, Enactment, ProposalClosed, ProposalEnacted, ProposalMade, ProposalVoted, ProposalWithdrawn, Tally,
        proposal_digest,
    },
    grants::{
        DisposalCountersigned, DisposalRecorded, GrantAct, GrantCompleted, HolderNotified, RectificationOrdered,
        RectificationReported, ServiceEnded, UseKind, UseRecord, UseRecorded,
    },
    ids::{
        DepartmentId, ElementId, EventNumber, Moment, ProposalId, PurposeId, RecordNumber, RequestId, StreamId,
        SystemId,
    },
    mounts::{EntryMounted, EntryUnmounted, FingerprintReported, Mount},
    papers::Papers,
    records::{Record, RecordKind},
    sharing::{
        PolicySet, PurposeRegistered, RequestAct, RequestExtensionAsked, RequestExtensionDecided, RequestRefused,
        RequestResubmitted, RequestSupplementAsked, RequestTerms, StandingConsent, StandingConsentRevoked,
        StandingConsentSet, request_digest,
    },
    text::Text,
};

pub fn add(frozen: &mut Frozen) {
    let world = world();
    frozen.section("records");
    for (kind, record) in each(&world) {
        frozen.add(format!("{kind:?}"), record.encode());
        frozen.add(format!("{kind:?}, leaf"), record.leaf());
    }
    frozen.section("calls");
    for (kind, record) in each(&world) {
        frozen.add(format!("{kind:?}, index"), call_index(kind).map_or_else(Vec::new, Vec::from));
        if let Some(call) = expected_call(record) {
            frozen.add(format!("{kind:?}"), call);
        }
    }
    frozen.section("signed acts");
    frozen.add("digest of an entry", content::entry().digest());
    frozen.add("digest of a request", request_digest(content::REQUEST, &content::terms()));
    frozen.add("terms of a request", content::terms().encode());
    frozen.add("terms of a grant", content::grant().encode());
    frozen.add("policy", content::policy().encode());
    let approval = content::approval_of(&world, content::APPROVERS[0]);
    let (extrinsic, implicit) = &world.acts[&approval];
    let signed = SignedExtrinsic::read(extrinsic).unwrap();
    assert!(signed.verify(implicit), "the sample is signed");
    frozen.add("extrinsic of an approval", extrinsic);
    frozen.add("implicit values", implicit.encode());
    frozen.add("era and nonce", signed.extra);
    frozen.add("hash of an extrinsic", signed.hash);
}

fn text<const N: u32>(text: &str) -> Text<N> {
    Text::new(text).unwrap()
}

/// The first record of each kind.
pub fn each(world: &World) -> impl Iterator<Item = (RecordKind, &Record)> {
    RecordKind::ALL.iter().map(|kind| (*kind, world.get(world.nth(*kind, 0))))
}

/// The sample ledger, with the kinds that its story does not need.
pub fn world() -> World {
    let mut world = content::world();
    people::records(&mut world);

    let signed_as = world.signed_as(content::REVIEWER, Role::Reviewer, 1);
    let returned =
        EntryReturned { entry: content::ENTRY, version: content::V1, reason: text("条件不清"), signed_as };
    world.record(RecordKind::EntryReturned, 1, Some(content::REVIEWER), &returned);
    entry_acts(&mut world);
    let signed_as = world.signed_as(content::SUPERVISOR, Role::Supervisor, 1);
    let purpose = PurposeRegistered { id: PurposeId::new(1), code: text("ZW-01"), name: text("审核") };
    world.record(RecordKind::PurposeRegistered, 1, Some(content::SUPERVISOR), &purpose);
    let suspended = GrantAct { grant: content::GRANT, reason: text("超范围使用"), signed_as };
    world.record(RecordKind::GrantSuspended, 1, Some(content::SUPERVISOR), &suspended);
    world.record(RecordKind::GrantResumed, 1, Some(content::SUPERVISOR), &suspended);

    let signed_as = world.signed_as(content::OFFICER, Role::Officer, 2);
    let policy = PolicySet { entry: content::ENTRY, policy: content::policy(), signed_as };
    world.record(RecordKind::PolicySet, 2, Some(content::OFFICER), &policy);
    let (request, digest) = (RequestId::new(2), request_digest(RequestId::new(2), &content::terms()));
    let refused = RequestRefused { request, digest, reason: text("依据不足"), signed_as };
    world.record(RecordKind::RequestRefused, 2, Some(content::OFFICER), &refused);
    let signed_as = world.signed_as(content::APPLICANT, Role::Applicant, 3);
    let withdrawn = RequestAct { request, digest, stage: None, signed_as };
    world.record(RecordKind::RequestWithdrawn, 3, Some(content::APPLICANT), &withdrawn);
    let signed_as = world.signed_as(content::PLATFORM, Role::Platform, 2);
    let closed = StreamClosed { stream: StreamId::new(1), last: EventNumber::new(15), signed_as };
    world.record(RecordKind::StreamClosed, 2, Some(content::PLATFORM), &closed);
    access::records(&mut world);
    changes(&mut world);
    calendar::deadlines(&mut world);
    proposals(&mut world);
    grants(&mut world);
    elements(&mut world);
    mounts(&mut world);
    oversight::disputes(&mut world);
    oversight::queries(&mut world);
    world
}

/// An entry is suspended and resumed, due for an update, given more time, and withdrawn.
fn entry_acts(world: &mut World) {
    let (entry, version) = (content::ENTRY, content::V1);
    let signed_as = world.signed_as(content::REVIEWER, Role::Reviewer, 1);
    let by = Some(content::REVIEWER);
    let suspended = EntrySuspension { entry, version, reason: text("数据有误"), signed_as };
    world.record(RecordKind::EntrySuspended, 1, by, &suspended);
    world.record(RecordKind::EntryResumed, 1, by, &suspended);
    let on = Day::from_civil(2026, 7, 1).expect("a day");
    let occurred =
        ChangeOccurred { entry, version, on, basis: text("社会团体登记管理条例修订"), signed_as };
    world.record(RecordKind::ChangeOccurred, 1, by, &occurred);
    let head = world.signed_as(content::HEAD, Role::Head, 2);
    let (working_days, reason) = (5, text("系统改造未完成"));
    let asked = UpdateExtensionAsked { entry, version, working_days, reason, signed_as: head };
    let number = world.record(RecordKind::UpdateExtensionAsked, 2, Some(content::HEAD), &asked);
    let reason = text("");
    let decided =
        UpdateExtensionDecided { entry, version, working_days, asked: number, granted: true, reason, signed_as };
    world.record(RecordKind::UpdateExtensionDecided, 1, by, &decided);
    let withdrawn = EntryWithdrawn {
        entry,
        version,
        reason: text("职责划出"),
        consultation: Some(Papers([5; 32])),
        authority: DepartmentId::new(1),
        signed_as: head,
    };
    world.record(RecordKind::EntryWithdrawn, 2, Some(content::HEAD), &withdrawn);
}

/// What happens to a request before it is decided, and what is agreed to in advance.
fn changes(world: &mut World) {
    let (request, provider) = (RequestId::new(2), content::entry().provider);
    let digest = request_digest(request, &content::terms());
    let signed_as = world.signed_as(content::OFFICER, Role::Officer, 2);
    let by = Some(content::OFFICER);
    let asked = RequestSupplementAsked { request, digest, missing: text("缺少批准文件"), signed_as };
    world.record(RecordKind::RequestSupplementAsked, 2, by, &asked);
    let asked = RequestExtensionAsked { request, digest, working_days: 5, reason: text("数据核对"), signed_as };
    world.record(RecordKind::RequestExtensionAsked, 2, by, &asked);
    let consent = StandingConsent {
        entry_version: content::V1,
        items: 0b011,
        methods: content::entry().sharing.methods,
        consumers: vec![content::terms().consumer].try_into().unwrap(),
        purposes: content::terms().purposes,
        calls_per_day: 1_000,
        rows_per_day: 10_000,
        days: 30,
        expires: EXPIRES,
    };
    let set = StandingConsentSet { entry: content::ENTRY, consent, signed_as };
    world.record(RecordKind::StandingConsentSet, 2, by, &set);
    let revoked = StandingConsentRevoked { entry: content::ENTRY, reason: text("条件变化"), signed_as };
    world.record(RecordKind::StandingConsentRevoked, 2, by, &revoked);
    let signed_as = world.signed_as(content::SUPERVISOR, Role::Supervisor, 1);
    let (working_days, granted, reason) = (5, true, text("情况属实"));
    let decided = RequestExtensionDecided { request, digest, working_days, granted, reason, signed_as };
    world.record(RecordKind::RequestExtensionDecided, 1, Some(content::SUPERVISOR), &decided);
    let signed_as = world.signed_as(content::APPLICANT, Role::Applicant, 3);
    let terms = RequestTerms { papers: Some(Papers([6; 32])), ..content::terms() };
    let policy = content::policy();
    let changed = RequestResubmitted { request, digest, provider, terms, policy, signed_as };
    world.record(RecordKind::RequestResubmitted, 3, Some(content::APPLICANT), &changed);
}

/// A proposal that the head votes on and another that the head withdraws.
fn proposals(world: &mut World) {
    let (first, second) = (ProposalId::new(1), ProposalId::new(2));
    let signed_as = world.signed_as(content::HEAD, Role::Head, 2);
    for proposal in [first, second] {
        let made = ProposalMade { proposal, terms: governance::terms(), signed_as };
        world.record(RecordKind::ProposalMade, 2, Some(content::HEAD), &made);
    }
    let digest = proposal_digest(first, &governance::terms());
    let tally = Tally { approving: 1, refusing: 0, active: 1 };
    let voted = ProposalVoted { proposal: first, digest, approve: true, tally, signed_as };
    world.record(RecordKind::ProposalVoted, 2, Some(content::HEAD), &voted);
    let withdrawn = ProposalWithdrawn { proposal: second, signed_as };
    world.record(RecordKind::ProposalWithdrawn, 2, Some(content::HEAD), &withdrawn);
    let enacted = ProposalEnacted { proposal: first, result: Enactment::Done };
    world.record(RecordKind::ProposalEnacted, 0, None, &enacted);
    let closed = ProposalClosed { proposal: ProposalId::new(3), why: Closed::Expired };
    world.record(RecordKind::ProposalClosed, 0, None, &closed);
}

/// How a grant is mended, ends, and is disposed of.
fn grants(world: &mut World) {
    let (grant, papers) = (content::GRANT, Papers([5; 32]));
    let signed_as = world.signed_as(content::SUPERVISOR, Role::Supervisor, 1);
    let by = Some(content::SUPERVISOR);
    let ordered = RectificationOrdered { grant, working_days: 10, what: text("停止超范围使用"), signed_as };
    world.record(RecordKind::RectificationOrdered, 1, by, &ordered);
    let act = GrantAct { grant, reason: text("逾期未整改"), signed_as };
    world.record(RecordKind::RectificationRejected, 1, by, &act);
    world.record(RecordKind::GrantTerminated, 1, by, &act);
    let signed_as = world.signed_as(content::CONSUMER_OFFICER, Role::Officer, 3);
    let by = Some(content::CONSUMER_OFFICER);
    let reported = RectificationReported { grant, statement: text("已停止"), papers: Some(papers), signed_as };
    world.record(RecordKind::RectificationReported, 3, by, &reported);
    let completed = GrantCompleted { grant, outcome: text("审核时间减半"), signed_as };
    world.record(RecordKind::GrantCompleted, 3, by, &completed);
    let disposed = DisposalRecorded { grant, how: text("删除"), papers: Some(papers), signed_as };
    world.record(RecordKind::DisposalRecorded, 3, by, &disposed);
    let used = UseRecord { kind: UseKind::Outcome, papers, on: Day::new(20_500).unwrap() };
    world.record(RecordKind::UseRecorded, 3, by, &UseRecorded { grant, used, signed_as });
    let signed_as = world.signed_as(content::OFFICER, Role::Officer, 2);
    let by = Some(content::OFFICER);
    let authority = DepartmentId::new(1);
    let ended = ServiceEnded { grant, reason: text("系统整合"), consultation: papers, authority, signed_as };
    world.record(RecordKind::ServiceEnded, 2, by, &ended);
    let countersigned = DisposalCountersigned { grant, record: RecordNumber::new(40), signed_as };
    world.record(RecordKind::DisposalCountersigned, 2, by, &countersigned);
    let change = EntryChange {
        kind: ChangeKind::ItemRemoved,
        items: 0b10,
        methods: Methods::default(),
        record: RecordNumber::new(41),
    };
    let (entry, version, at) = (content::ENTRY, content::V1, Moment::new(1_785_000_000_000));
    let notified = HolderNotified { grant, entry, version, change, at };
    world.record(RecordKind::HolderNotified, 0, None, &notified);
}

/// A data element, its source department, and a source system.
fn elements(world: &mut World) {
    let signed_as = world.signed_as(content::SUPERVISOR, Role::Supervisor, 1);
    let by = Some(content::SUPERVISOR);
    let (element, system) = (ElementId::new(1), SystemId::new(3));
    let standard = ElementStandard {
        name: text("公民身份号码"),
        standard: text("GB/T 19488.2-2008"),
        published: text("国家标准公告2008年第11号"),
    };
    let registered = ElementRegistered { element, code: text("DE00011"), standard: standard.clone(), signed_as };
    world.record(RecordKind::ElementRegistered, 1, by, &registered);
    world.record(RecordKind::ElementRevised, 1, by, &ElementRevised { element, standard, signed_as });
    let named = SourceNamed {
        element,
        department: Some(DepartmentId::new(2)),
        basis: text("数源部门清单"),
        before: Some(DepartmentId::new(3)),
        signed_as,
    };
    world.record(RecordKind::SourceNamed, 1, by, &named);
    world.record(RecordKind::SourceCertified, 1, by, &SourceCertified { system, signed_as });
    let withdrawn =
        CertificationWithdrawn {
            system, cause: WithdrawalCause::Merged, reason: text("并入一体化平台"), signed_as
        };
    world.record(RecordKind::CertificationWithdrawn, 1, by, &withdrawn);
}

/// A mount of the entry, with a schema that is seen to differ, and then no longer.
fn mounts(world: &mut World) {
    let signed_as = world.signed_as(content::CATALOGUER, Role::Cataloguer, 2);
    let by = Some(content::CATALOGUER);
    let (entry, version, method) = (content::ENTRY, content::V1, Method::ServiceInterface);
    let platforms = List::try_from(vec![SystemId::new(1)]).unwrap();
    let mount = Mount { method, address: text("pop-registry-v3"), fingerprint: [0x51; 32], platforms };
    world.record(RecordKind::EntryMounted, 2, by, &EntryMounted { entry, mount, version, signed_as });
    let unmounted = EntryUnmounted { entry, method, reason: text("接口迁移"), signed_as };
    world.record(RecordKind::EntryUnmounted, 2, by, &unmounted);
    let signed_as = world.signed_as(content::PLATFORM, Role::Platform, 2);
    for (kind, seen) in [(RecordKind::CatalogMismatch, [0x52; 32]), (RecordKind::MismatchResolved, [0x51; 32])] {
        let mounted = [0x51; 32];
        let reported = FingerprintReported { entry, method, seen, mounted, platform: SystemId::new(1), signed_as };
        world.record(kind, 2, Some(content::PLATFORM), &reported);
    }
}
