//! What happens on the chain of most tests: an entry with two versions, a request with two of three approvals, a grant, two batches.

use crate::chain::{CONSUMER, Chain, GATEWAY, PROVIDER, PURPOSE, START, SUBSIDIES, key, text};
use mulu_client::{
    calls::Call,
    event::{Event, SealedValues},
    seal::{Place, SealedBatch, seal},
    terms::{EntryFacts, KnownTerms},
};
use mulu_primitives::batch::BatchPlace;
use mulu_proofs::{
    access::{Outcome, PublicLeaf, RunKey, SealedField, Side},
    catalog::{
        Assessments, Classification, DataGrade, DataKind, DataType, EntryContent, Format, FormatClass, Item,
        MatterKind, Method, Methods, Opening, ResourceClass, Responsibility, Secrecy, Sharing, SharingClass,
        UpdateCycle,
    },
    departments::{AccountKey, Role},
    grants::GrantTerms,
    ids::{EntryId, EventNumber, GrantId, Moment, RequestId, StreamId, Version},
    sharing::{Policy, RequestTerms, Stage, Threshold, request_digest},
};

pub const ENTRY: EntryId = EntryId::new(1);
pub const OTHER_ENTRY: EntryId = EntryId::new(2);
pub const REQUEST: RequestId = RequestId::new(1);
pub const GRANT: GrantId = GrantId::new(1);
pub const STREAM: StreamId = StreamId::new(1);
pub const V1: Version = Version::new(1);
pub const CODE: &str = "307001/000001";

/// Content of an entry.
pub fn content(code: &str, name: &str) -> EntryContent {
    let item = |code: &str| Item {
        name: text(code),
        code: text(code),
        element: None,
        source: None,
        data_type: DataType::Character,
        length: 18,
        meaning: text("统一社会信用代码"),
        standard: text(""),
        value_domain: text(""),
        quality_rule: text(""),
        level: 2,
        sharing: SharingClass::Conditional,
        condition: text(""),
        law: text(""),
    };
    EntryContent {
        code: text(code),
        name: text(name),
        provider: PROVIDER,
        summary: text("社会组织登记"),
        keywords: vec![text("社会组织")].try_into().unwrap(),
        related: Default::default(),
        classification: Classification {
            attribute: ResourceClass::Department,
            data_kind: DataKind::Transaction,
            grade: DataGrade::General,
            sensitivity: 1,
            secrecy: Secrecy::None,
        },
        format: Format { class: FormatClass::Database, name: text("table") },
        items: vec![item("code"), item("name"), item("state")].try_into().unwrap(),
        sharing: Sharing {
            class: SharingClass::Conditional,
            condition: text("补贴审核"),
            law: text(""),
            methods: Methods::of(&[Method::ServiceInterface, Method::File]),
        },
        opening: Opening { class: SharingClass::NotShared, condition: text("涉及法人信息") },
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
        consumer: CONSUMER,
        basis: text("补贴办法第五条"),
        scenario: text("补贴资格审核"),
        scope: text("补贴处"),
        method: Method::ServiceInterface,
        from: Moment::new(START),
        until: Moment::new(START + 100_000_000),
        purposes: vec![PURPOSE].try_into().unwrap(),
        matter: text("补贴"),
        systems: vec![SUBSIDIES].try_into().unwrap(),
        platforms: vec![GATEWAY].try_into().unwrap(),
        calls_per_day: 1_000,
        rows_per_day: 10_000,
        papers: None,
    }
}

pub fn policy() -> Policy {
    let approvers = ["approver1", "approver2", "approver3"].map(|name| AccountKey(key(name).public()));
    let stage = Stage {
        departments: vec![PROVIDER].try_into().unwrap(),
        role: Role::Approver,
        approvers: approvers.to_vec().try_into().unwrap(),
        threshold: Threshold::Count(2),
    };
    Policy { stages: vec![stage].try_into().unwrap() }
}

/// An event; `n` tells them apart.
pub fn event(run: RunKey, time: u64, n: u64, items: u64) -> Event {
    let names_entry = !matches!(run, RunKey::Reporter(_));
    let leaf = PublicLeaf {
        key: run,
        entry: names_entry.then_some((ENTRY, V1)),
        provider: names_entry.then_some(PROVIDER),
        consumer: names_entry.then_some(CONSUMER),
        items: if names_entry { items } else { 0 },
        authorising_system: Some(GATEWAY),
        using_system: Some(SUBSIDIES),
        purpose: Some(PURPOSE),
        method: Method::ServiceInterface,
        side: Side::Provider,
        time: Moment::new(time),
        duration_ms: 12,
        outcome: Outcome::Ok,
        calls: 1,
        rows: 3,
        bytes: 456,
        call_id: 1_000 + n,
        pseudonym: Some(77),
    };
    let mut values = SealedValues::default();
    values.set(SealedField::User, format!("user-{n}").as_bytes()).unwrap();
    Event::new(leaf, values)
}

/// Publishes a version of an entry.
pub fn publish(chain: &mut Chain, entry: EntryId, version: Version, content: &EntryContent) {
    let digest = content.digest();
    let submitted = chain.sign_mortal("cataloguer", Call::submit_entry(content).unwrap());
    chain.include(&submitted);
    chain.act("head", Call::endorse_entry(entry, version, &digest));
    chain.act("reviewer", Call::review_entry(entry, version, &digest));
    chain.act("reviewer", Call::publish_entry(entry, version, &digest));
}

/// A chain up to the agreed and provisioned grant.
pub fn with_grant() -> Chain {
    let mut chain = Chain::new();
    publish(&mut chain, ENTRY, V1, &content(CODE, "社会组织法人登记信息"));
    chain.act("officer", Call::set_policy(ENTRY, &policy()));
    chain.act("applicant", Call::submit_request(&terms()));
    let digest = request_digest(REQUEST, &terms());
    chain.act("consumer-officer", Call::endorse_request(REQUEST, &digest));
    chain.act("approver1", Call::approve_request(REQUEST, &digest));
    let approval = chain.sign_mortal("approver3", Call::approve_request(REQUEST, &digest));
    chain.include(&approval);
    chain.act("officer", Call::agree_request(REQUEST, &digest));
    chain.act("officer", Call::provision_grant(GRANT));
    chain
}

/// Seals events behind what the stream holds and submits them.
pub fn report(chain: &mut Chain, previous: Option<&SealedBatch>, events: Vec<Event>) -> SealedBatch {
    let mut known = KnownTerms::default();
    known.add_entry(ENTRY, V1, EntryFacts { provider: PROVIDER, items: 0b111 });
    known.add_grant(grant());
    let batch = BatchPlace {
        genesis: chain.genesis.hash(),
        stream: STREAM,
        first: previous.map_or(EventNumber::new(1), SealedBatch::next),
        previous: previous.map_or([0; 32], |batch| batch.header.digest()),
    };
    let place = Place { batch, domain: chain.genesis.domain(), floor: Moment::new(0) };
    let sealed = seal(&place, events, &known, &key("platform")).unwrap().batch;
    chain.act("platform", Call::submit_batch(&sealed.header, &sealed.signature, &sealed.body));
    sealed
}

/// The grant's terms, exactly what was asked for.
pub fn grant() -> GrantTerms {
    let terms = terms();
    GrantTerms {
        grant: GRANT,
        version: V1,
        request: REQUEST,
        provider: PROVIDER,
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

/// The whole story: 30 events in two batches. Every tenth of the grant's asks for an item too many.
pub fn with_events() -> Chain {
    continue_with_events(with_grant())
}

/// Opens the stream and reports both batches.
pub fn continue_with_events(mut chain: Chain) -> Chain {
    chain.act("platform", Call::open_stream(GATEWAY, false));
    let mut previous = None;
    for round in 0..2_u64 {
        let now = chain.moment;
        let under_grant = (0..10).map(|n| {
            let items = if n == 9 { 0b111 } else { 0b001 };
            event(RunKey::Grant(GRANT, V1), now + n, round * 100 + n, items)
        });
        let without = (10..14).map(|n| event(RunKey::Entry(ENTRY, V1, CONSUMER), now + n, round * 100 + n, 0b001));
        let reporter = [event(RunKey::Reporter(GATEWAY), now + 14, round * 100 + 14, 0)];
        let events = under_grant.chain(without).chain(reporter).collect();
        previous = Some(report(&mut chain, previous.as_ref(), events));
    }
    chain
}
