//! The ground for the load: a platform in each department, one published entry, one grant that names all platforms, a stream each.

use crate::{
    error::{Doing, Error, expect},
    ledger::{Act, Ledger, rows},
    people::People,
};
use mulu_client::calls::Call;
use mulu_proofs::{
    catalog::{
        Assessments, Classification, DataGrade, DataKind, DataType, EntryContent, Format, FormatClass, Item,
        MatterKind, Method, Methods, Opening, ResourceClass, Responsibility, Secrecy, Sharing, SharingClass,
        UpdateCycle,
    },
    departments::SystemKind,
    grants::GrantTerms,
    ids::{DepartmentId, EntryId, Moment, PurposeId, StreamId, SystemId, Version},
    sharing::{Policy, RequestTerms},
    text::Text,
};
use mulu_rpc_api::{
    access::AccessClient, catalog::CatalogClient, departments::DepartmentsClient, node::NodeClient,
    sharing::SharingClient,
};

/// Provider of the entry.
const PROVIDER: u32 = 2;
/// Consumer of the grant.
const CONSUMER: u32 = 3;
const DAY_MS: u64 = 86_400_000;

/// A platform that can report.
#[derive(Clone, Copy, Debug)]
pub struct Reporter {
    /// Its department.
    pub department: u32,
    /// Its system.
    pub platform: SystemId,
    /// Its stream.
    pub stream: StreamId,
}

/// What the load refers to.
#[derive(Debug)]
pub struct Ground {
    /// The grant.
    pub terms: GrantTerms,
    /// When it became usable.
    pub provisioned: Moment,
    /// One platform a department.
    pub reporters: Vec<Reporter>,
}

fn text<const N: u32>(words: &str) -> Text<N> {
    Text::new(words).expect("short words")
}

/// Prepares everything.
///
/// # Errors
/// [`Error`] if an act is refused.
pub async fn prepare(ledger: &Ledger<'_>, people: &People, departments: u32) -> Result<Ground, Error> {
    let platforms = platforms(ledger, people, departments).await?;
    let (entry, version) = publish(ledger, people).await?;
    let terms = grant(ledger, people, (entry, version), &platforms).await?;
    let provisioned = now(ledger).await?;
    let acts = platforms.iter().map(|(department, platform)| Act {
        department: *department,
        key: people.key(*department, "platform"),
        call: Call::open_stream(*platform, false),
    });
    ledger.acts(acts.collect(), || ()).await?;
    let mut reporters = Vec::new();
    for (department, platform) in platforms {
        let connection = ledger.lines().of(department);
        let asked = async |cursor| connection.streams(Some(platform), cursor, None).await;
        let streams = rows("listing streams", asked).await?;
        let stream = streams.first().ok_or_else(|| Error::Unexpected("a stream is missing".into()))?.id;
        reporters.push(Reporter { department, platform, stream });
    }
    Ok(Ground { terms, provisioned, reporters })
}

async fn now(ledger: &Ledger<'_>) -> Result<Moment, Error> {
    let info = ledger.lines().of(1).info().await.doing("asking for the time of the ledger")?;
    Ok(info.head_moment.unwrap_or_default())
}

async fn platforms(ledger: &Ledger<'_>, people: &People, departments: u32) -> Result<Vec<(u32, SystemId)>, Error> {
    let system = |department: u32, kind, code: &str| Act {
        department,
        key: people.key(department, "admin"),
        call: Call::register_system(DepartmentId::new(department), kind, &text(code), &text(code)),
    };
    let mut acts: Vec<Act<'_>> =
        (1..=departments).map(|department| system(department, SystemKind::Platform, "platform")).collect();
    acts.push(system(CONSUMER, SystemKind::Business, "business"));
    ledger.acts(acts, || ()).await?;
    let connection = ledger.lines().of(1);
    let systems = rows("listing systems", async |cursor| connection.systems(None, cursor, None).await).await?;
    let mut platforms = Vec::new();
    for department in 1..=departments {
        let found = systems
            .iter()
            .find(|system| system.info.department.get() == department && system.info.kind == SystemKind::Platform);
        platforms.push((department, found.ok_or_else(|| Error::Unexpected("a platform is missing".into()))?.info.id));
    }
    Ok(platforms)
}

/// Content of an entry.
pub fn content() -> EntryContent {
    let item = |place: usize| Item {
        name: text(&format!("item {place}")),
        code: text(&format!("ITEM_{place}")),
        element: None,
        source: None,
        data_type: DataType::Character,
        length: 32,
        meaning: text("measured"),
        standard: text(""),
        value_domain: text(""),
        quality_rule: text(""),
        level: 1,
        sharing: SharingClass::Unconditional,
        condition: text(""),
        law: text(""),
    };
    EntryContent {
        code: text("399000/BENCH"),
        name: text("measured entry"),
        provider: DepartmentId::new(PROVIDER),
        summary: text("what the benchmark reads"),
        keywords: Default::default(),
        related: Default::default(),
        classification: Classification {
            attribute: ResourceClass::Department,
            data_kind: DataKind::Transaction,
            grade: DataGrade::General,
            sensitivity: 1,
            secrecy: Secrecy::None,
        },
        format: Format { class: FormatClass::Database, name: text("table") },
        items: (1..=12).map(item).collect::<Vec<_>>().try_into().expect("fewer than ITEMS_MAX"),
        sharing: Sharing {
            class: SharingClass::Unconditional,
            condition: text(""),
            law: text(""),
            methods: Methods::of(&[Method::ServiceInterface]),
        },
        opening: Opening { class: SharingClass::NotShared, condition: text("") },
        update_cycle: UpdateCycle::Daily,
        published_on: 20_000,
        flow_threshold: 0,
        responsibility: Responsibility {
            matter: text("measuring"),
            matter_kind: MatterKind::Other,
            information: text("measured"),
            standard: text("none"),
            source: text("bench"),
            owner: text("bench"),
            steward: text("bench"),
        },
        quality: None,
        holds_personal_data: false,
        assessments: Assessments { secrecy: [1; 32], personal_information: None, assessed_on: 20_000 },
        restriction: None,
    }
}

async fn publish(ledger: &Ledger<'_>, people: &People) -> Result<(EntryId, Version), Error> {
    let content = content();
    let (id, version, digest) = (EntryId::new(1), Version::new(1), content.digest());
    let submit = Call::submit_entry(&content).map_err(|refused| Error::Unexpected(refused.to_string()))?;
    let cataloguer = people.key(PROVIDER, "cataloguer");
    ledger.act(Act { department: PROVIDER, key: cataloguer, call: submit }).await?;
    let endorse = Call::endorse_entry(id, version, &digest);
    ledger.act(Act { department: PROVIDER, key: people.key(PROVIDER, "head"), call: endorse }).await?;
    for call in [Call::review_entry(id, version, &digest), Call::publish_entry(id, version, &digest)] {
        ledger.act(Act { department: 1, key: people.key(1, "reviewer"), call }).await?;
    }
    let entry = mulu_rpc_api::catalog::EntryRef::Id(id);
    let entry = CatalogClient::entry(ledger.lines().of(1), entry).await.doing("asking for the entry")?;
    expect(entry.is_some_and(|entry| entry.published == Some(version)), || "the entry is not published".into())?;
    Ok((id, version))
}

async fn grant(
    ledger: &Ledger<'_>,
    people: &People,
    entry: (EntryId, Version),
    platforms: &[(u32, SystemId)],
) -> Result<GrantTerms, Error> {
    let purpose = Call::register_purpose(&text("BENCH"), &text("measuring"));
    ledger.act(Act { department: 1, key: people.key(1, "supervisor"), call: purpose }).await?;
    let policy = Call::set_policy(entry.0, &Policy::default());
    ledger.act(Act { department: PROVIDER, key: people.key(PROVIDER, "officer"), call: policy }).await?;
    let connection = ledger.lines().of(1);
    let systems = rows("listing systems", async |cursor| connection.systems(None, cursor, None).await).await?;
    let using = systems.iter().find(|system| system.info.kind == SystemKind::Business).map(|system| system.info.id);
    let using = using.ok_or_else(|| Error::Unexpected("the business system is missing".into()))?;
    let mut named: Vec<SystemId> = platforms.iter().map(|(_, platform)| *platform).collect();
    named.sort();
    let now = now(ledger).await?;
    let terms = RequestTerms {
        entry: entry.0,
        entry_version: entry.1,
        items: 0xfff,
        consumer: DepartmentId::new(CONSUMER),
        basis: text("measuring"),
        scenario: text("measuring"),
        scope: text("measuring"),
        method: Method::ServiceInterface,
        from: Moment::new(now.get().saturating_sub(DAY_MS)),
        until: Moment::new(now.get() + 365 * DAY_MS),
        purposes: vec![PurposeId::new(1)].try_into().expect("one"),
        matter: text("measuring"),
        systems: vec![using].try_into().expect("one"),
        platforms: named.try_into().expect("at most PLATFORMS_MAX departments are measured"),
        calls_per_day: u64::MAX,
        rows_per_day: u64::MAX,
        papers: None,
    };
    let request = Call::submit_request(&terms);
    ledger.act(Act { department: CONSUMER, key: people.key(CONSUMER, "applicant"), call: request }).await?;
    let connection = ledger.lines().of(CONSUMER);
    let requests = rows("listing requests", async |cursor| connection.requests(None, cursor, None).await).await?;
    let id = requests.first().ok_or_else(|| Error::Unexpected("the request is missing".into()))?.id;
    let digest = mulu_proofs::sharing::request_digest(id, &terms);
    let endorse = Call::endorse_request(id, &digest);
    ledger.act(Act { department: CONSUMER, key: people.key(CONSUMER, "officer"), call: endorse }).await?;
    let officer = people.key(PROVIDER, "officer");
    ledger.act(Act { department: PROVIDER, key: officer, call: Call::agree_request(id, &digest) }).await?;
    let request = connection.share_request(id).await.doing("reading the request")?;
    let grant = request.and_then(|request| request.grant);
    let grant = grant.ok_or_else(|| Error::Unexpected("the request made no grant".into()))?;
    ledger.act(Act { department: PROVIDER, key: officer, call: Call::provision_grant(grant) }).await?;
    let grant = connection.grant(grant).await.doing("reading the grant")?;
    let terms = grant.and_then(|grant| grant.versions.into_iter().next()).map(|version| version.terms);
    terms.ok_or_else(|| Error::Unexpected("the grant is missing".into()))
}
