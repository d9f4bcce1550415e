//! What this crate writes, as the runtime reads it: each call under its own name, each extrinsic in its canonical form.

#![allow(clippy::unwrap_used, reason = "a test may")]

use codec::{Decode, Encode};
use mulu_client::{
    calls::{Call, CredentialRefused, DepartmentDraft},
    extrinsic::Unsigned,
    import::ckan::{self, Publication},
    keys::Key,
    templates::{ActionKind, template},
};
use mulu_proofs::{
    access::{BatchHeader, DecisionCount},
    catalog::{Assessments, EntryContent, List, Method, Secrecy},
    departments::{AccountKey, CreditCode, Level, Role, RoleScope, SystemKind},
    elements::{ElementStandard, WithdrawalCause},
    extrinsic::{Implicit, SignedExtrinsic},
    governance::ProposalTerms,
    hash::Suite,
    ids::{
        DepartmentId, DisputeId, ElementId, EntryId, EventNumber, GrantId, Height, Moment, ProposalId, PurposeId,
        RecordNumber, RequestId, StreamId, SystemId, Version,
    },
    mounts::Mount,
    oversight::Matter,
    papers::Papers,
    sharing::{Policy, RequestTerms, Stage, Threshold},
    text::Text,
};
use mulu_runtime::{RuntimeCall, UncheckedExtrinsic};
use sp_runtime::generic::Era;

fn text<const N: u32>(text: &str) -> Text<N> {
    Text::new(text).unwrap()
}

fn content() -> EntryContent {
    let line = r#"{"name":"x","title":"T","organization":"A"}"#;
    let assessments = Assessments { secrecy: [1; 32], personal_information: None, assessed_on: 20_000 };
    let publication = Publication { department: DepartmentId::new(1), assessments };
    ckan::map(line, |_| Some(publication)).unwrap().content
}

fn draft() -> DepartmentDraft {
    DepartmentDraft {
        credit_code: CreditCode::new("91350100M000100Y43").unwrap(),
        name: text("市民政局"),
        level: Level::City,
        region: 330_100,
        parent: Some(DepartmentId::new(1)),
        host: None,
        is_data_manager: true,
    }
}

fn terms() -> RequestTerms {
    RequestTerms {
        entry: EntryId::new(1),
        entry_version: Version::new(2),
        items: 3,
        consumer: DepartmentId::new(4),
        basis: text("basis"),
        scenario: text("scenario"),
        scope: text("scope"),
        method: Method::ServiceInterface,
        from: Moment::new(5),
        until: Moment::new(6),
        purposes: List::try_from(vec![PurposeId::new(7)]).unwrap(),
        matter: text("matter"),
        systems: List::try_from(vec![SystemId::new(8)]).unwrap(),
        platforms: List::try_from(vec![SystemId::new(9)]).unwrap(),
        calls_per_day: 10,
        rows_per_day: 11,
        papers: None,
    }
}

fn policy() -> Policy {
    let stage = Stage {
        departments: vec![DepartmentId::new(1)].try_into().unwrap(),
        role: Role::Approver,
        approvers: List::try_from(vec![AccountKey([1; 32])]).unwrap(),
        threshold: Threshold::Fraction { numerator: 2, denominator: 3 },
    };
    Policy { stages: List::try_from(vec![stage]).unwrap() }
}

fn standard() -> ElementStandard {
    ElementStandard {
        name: text("公民身份号码"), standard: text("GB 11643-1999"), published: text("国家标准公告")
    }
}

fn mount(address: &str) -> Mount {
    let platforms = List::try_from(vec![SystemId::new(9)]).unwrap();
    Mount { method: Method::DatabaseTable, address: text(address), fingerprint: [4; 32], platforms }
}

fn header() -> BatchHeader {
    BatchHeader {
        suite: Suite::default(),
        genesis: [1; 32],
        codec_version: 1,
        leaf_version: 1,
        stream: StreamId::new(2),
        first: EventNumber::new(3),
        count: 4,
        previous: [5; 32],
        time_base: Moment::new(6),
        public_root: [7; 32],
        sealed_root: [8; 32],
        body_bytes: 9,
        body_digest: [10; 32],
    }
}

/// A proposal of every kind of action.
fn proposals() -> impl Iterator<Item = (&'static str, Call)> {
    ActionKind::ALL.iter().map(|kind| {
        let terms = ProposalTerms { action: template(*kind), expires: Moment::new(9), enact_at: Some(Height::new(7)) };
        ("Governance propose", Call::propose(&terms))
    })
}

/// Every call with the name under which the runtime must know it.
fn calls() -> Vec<(&'static str, Call)> {
    let (department, entry, version) = (DepartmentId::new(2), EntryId::new(3), Version::new(4));
    let (request, grant, digest, key) = (RequestId::new(5), GrantId::new(6), [7; 32], [8; 32]);
    let reason: Text<512> = text("reason");
    let scope = RoleScope::Entries(List::try_from(vec![entry]).unwrap());
    let principal = Some(AccountKey([1; 32]));
    let (dispute, papers) = (DisputeId::new(10), Some(Papers([11; 32])));
    let matter = Matter { entry, request: Some(request), grant: None };
    let (element, system) = (ElementId::new(12), SystemId::new(9));
    let mut calls = vec![
        ("Departments register_department", Call::register_department(&draft())),
        ("Departments register_account", Call::register_account(&key, department)),
        (
            "Departments give_role",
            Call::give_role(&key, department, Role::Head, Moment::new(9), &scope, principal, &text("basis")),
        ),
        ("Departments confirm_role", Call::confirm_role(&key, department, Role::Head)),
        ("Departments revoke_role", Call::revoke_role(&key, department, Role::Head)),
        (
            "Departments revise_department",
            Call::revise_department(department, &text("n"), None, Some(department), true),
        ),
        ("Departments rotate_key", Call::rotate_key(&key)),
        ("Departments report_loss", Call::report_loss(&key, &[9; 32], &text("reason"))),
        ("Departments withdraw_report", Call::withdraw_report(&key, &[9; 32])),
        ("Departments confirm_replacement", Call::confirm_replacement(&key, &[9; 32])),
        ("Governance vote", Call::vote(ProposalId::new(1), &digest, true)),
        ("Governance withdraw", Call::withdraw_proposal(ProposalId::new(1))),
        ("Oversight open", Call::open_dispute(&matter, department, &reason, papers)),
        ("Oversight answer", Call::answer_dispute(dispute, &reason, papers)),
        ("Oversight settle", Call::settle_dispute(dispute, &reason)),
        ("Oversight confirm", Call::confirm_settlement(dispute, &digest)),
        ("Oversight escalate", Call::escalate_dispute(dispute, &reason)),
        ("Oversight decide", Call::decide_dispute(dispute, Some(department), &reason, papers)),
        ("Oversight appeal", Call::appeal_dispute(dispute, &reason)),
        (
            "Oversight record_government_decision",
            Call::record_government_decision(dispute, None, &reason, &text("政办函〔2026〕7号"), papers),
        ),
        ("Oversight withdraw", Call::withdraw_dispute(dispute, &reason)),
        (
            "Departments register_system",
            Call::register_system(department, SystemKind::Platform, &text("P"), &text("platform")),
        ),
        ("Catalog submit", Call::submit_entry(&content()).unwrap()),
        ("Catalog endorse", Call::endorse_entry(entry, version, &digest)),
        ("Catalog return_version", Call::return_entry(entry, version, &reason)),
        ("Catalog review", Call::review_entry(entry, version, &digest)),
        ("Catalog publish", Call::publish_entry(entry, version, &digest)),
        ("Catalog suspend", Call::suspend_entry(entry, &reason)),
        ("Catalog resume", Call::resume_entry(entry, &reason)),
        ("Catalog withdraw", Call::withdraw_entry(entry, &reason, Some(Papers(digest)))),
        ("Catalog report_change", Call::report_change(entry, "2026-08-01".parse().unwrap(), &text("basis"))),
        ("Catalog ask_extension", Call::ask_update_extension(entry, 5, &reason)),
        ("Catalog decide_extension", Call::decide_update_extension(entry, true, &reason)),
        ("Elements register_element", Call::register_element(&text("DE00011"), &standard())),
        ("Elements revise_element", Call::revise_element(element, &standard())),
        ("Elements name_source", Call::name_source(element, Some(department), &text("basis"))),
        ("Elements certify_source", Call::certify_source(system)),
        (
            "Elements withdraw_certification",
            Call::withdraw_certification(system, WithdrawalCause::Merged, &text("reason")),
        ),
        ("Mounts mount", Call::mount_entry(entry, &mount("dm://pop/person")).unwrap()),
        ("Mounts unmount", Call::unmount_entry(entry, Method::File, &text("reason"))),
        ("Mounts report_fingerprint", Call::report_fingerprint(entry, Method::File, &digest)),
        ("Sharing register_purpose", Call::register_purpose(&text("code"), &text("name"))),
        ("Sharing set_policy", Call::set_policy(entry, &policy())),
        ("Sharing submit", Call::submit_request(&terms())),
        ("Sharing endorse", Call::endorse_request(request, &digest)),
        ("Sharing approve", Call::approve_request(request, &digest)),
        ("Sharing agree", Call::agree_request(request, &digest)),
        ("Sharing refuse", Call::refuse_request(request, &digest, &reason)),
        ("Sharing withdraw", Call::withdraw_request(request, &digest)),
        ("Grants provision", Call::provision_grant(grant)),
        ("Grants suspend", Call::suspend_grant(grant, &reason)),
        ("Grants resume", Call::resume_grant(grant, &reason)),
        ("Access open_stream", Call::open_stream(SystemId::new(1), false)),
        ("Access submit_batch", Call::submit_batch(&header(), &[1; 64], &[1, 2, 3])),
        ("Access close_stream", Call::close_stream(StreamId::new(1))),
    ];
    calls.extend(stolen_keys());
    calls.extend(reconciliation());
    calls.extend(proposals());
    calls
}

fn stolen_keys() -> Vec<(&'static str, Call)> {
    let (platform, stream, record) = (SystemId::new(1), StreamId::new(1), RecordNumber::new(9));
    let period = (Moment::new(1), Moment::new(2));
    let events = (EventNumber::new(1), EventNumber::new(2));
    vec![
        ("Access reopen_stream", Call::reopen_stream(stream)),
        ("Access report_compromise", Call::report_compromise(platform, &[5; 32], period, &text("statement"))),
        ("Access repudiate", Call::repudiate(record, stream, events, &text("statement"))),
        ("Access decide_repudiation", Call::decide_repudiation(record, true, &text("finding"))),
    ]
}

fn reconciliation() -> Vec<(&'static str, Call)> {
    let (grant, day, system) = (GrantId::new(1), "2026-08-01".parse().unwrap(), SystemId::new(1));
    let count = DecisionCount { grant, allowed: 3, denied: 1 };
    vec![
        (
            "Access name_differences",
            Call::name_differences(grant, day, &vec![1, 2].try_into().unwrap(), &vec![3].try_into().unwrap()),
        ),
        ("Access open_decisions", Call::open_decisions(system)),
        ("Access close_decisions", Call::close_decisions(system)),
        ("Access count_decisions", Call::count_decisions(system, day, &vec![count].try_into().unwrap())),
    ]
}

#[test]
fn the_runtime_reads_every_call_under_its_own_name() {
    use frame_support::traits::GetCallMetadata;
    for (name, call) in calls() {
        let mut bytes = call.bytes();
        let read = RuntimeCall::decode(&mut bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        let metadata = read.get_call_metadata();
        assert_eq!(format!("{} {}", metadata.pallet_name, metadata.function_name), name);
        assert!(bytes.is_empty(), "{name} has bytes behind it");
        assert_eq!(read.encode(), call.bytes(), "{name} encodes to other bytes");
    }
}

#[test]
fn what_is_signed_is_read_back_with_a_name_for_every_argument() {
    // What programs sign by themselves.
    let by_programs = ["Access submit_batch", "Access count_decisions", "Oversight record_queries"];
    for (name, call) in calls() {
        match Call::read(call.bytes()) {
            Some(read) => assert_eq!(read, call, "{name}"),
            None => assert!(by_programs.contains(&name), "{name} is not told"),
        }
        let longer = [call.bytes(), &[0]].concat();
        assert!(Call::read(&longer).is_none(), "{name}");
    }
}

#[test]
fn the_runtime_reads_every_extrinsic_and_writes_the_same_bytes() {
    let key = Key::development("d1-officer");
    let implicit = Implicit { spec_version: 1, transaction_version: 1, genesis: [1; 32], mortality: [2; 32] };
    for ((name, call), nonce) in calls().into_iter().zip([0, 63, 64, 70_000].into_iter().cycle()) {
        let unsigned = Unsigned { call, era: Era::mortal(512, u64::from(nonce)), nonce, implicit };
        let signed = unsigned.sign(&key);
        let read = UncheckedExtrinsic::decode(&mut &signed.bytes[..]).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(read.encode(), signed.bytes, "{name} encodes to other bytes");
        assert!(SignedExtrinsic::read(&signed.bytes).unwrap().verify(&implicit), "{name} does not verify");
    }
}

#[test]
fn a_secret_makes_no_call() {
    for secrecy in [Secrecy::WorkSecret, Secrecy::StateSecret] {
        let mut content = content();
        content.classification.secrecy = secrecy;
        assert!(Call::submit_entry(&content).is_err());
    }
}

#[test]
fn an_address_with_a_credential_makes_no_call() {
    assert_eq!(Call::mount_entry(EntryId::new(3), &mount("jdbc:dm://reader:pa55@pop")), Err(CredentialRefused));
}

#[test]
fn the_template_of_an_entry_keeps_every_rule() {
    let content = serde_json::from_str(include_str!("../cli/templates/entry.json")).unwrap();
    let checked = mulu_runtime::Catalog::check_content(&content);
    assert!(checked.is_ok(), "{checked:?}");
}
