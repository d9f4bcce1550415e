//! The ground of the comparison: departments, systems, purposes, entries and grants on four validators, made by the acts that make them in
//! life: entries are submitted, endorsed, reviewed and published; requests are submitted, endorsed and agreed to by standing consents; every
//! grant is provisioned by an officer.

use super::{
    acts::{bodies, send},
    payload::GrantFacts,
};
use crate::{
    bench::{load::Mix, setup::content},
    error::{Doing, Error, expect},
    ledger::{Act, Ledger, rows},
    people::People,
    say,
};
use mulu_client::{
    calls::Call,
    terms::{EntryFacts, KnownTerms, LastIds},
};
use mulu_proofs::{
    catalog::{EntryContent, Item, Method, Methods},
    departments::SystemKind,
    grants::{GrantAct, GrantTerms},
    ids::{DepartmentId, EntryId, Moment, PurposeId, StreamId, SystemId, Version},
    records::RecordKind,
    sharing::{Policy, RequestAgreed, RequestCreated, RequestTerms, StandingConsent, request_digest},
    text::Text,
};
use mulu_rpc_api::{access::AccessClient, catalog::CatalogClient, departments::DepartmentsClient, node::NodeClient};
use std::collections::BTreeMap;

/// Departments; the first four run validators and platforms, the first is the authority, all others provide and consume.
pub const DEPARTMENTS: u32 = 24;
/// Departments with a platform, and with a validator.
pub const PLATFORMS: u32 = 4;
/// Grants of an entry, each of another consumer.
pub const GRANTS_EACH: u32 = 10;
/// Purposes of the governed list.
pub const PURPOSES: u16 = 40;
/// Items of an entry.
const ITEMS: u32 = 32;
const AUTHORITY: u32 = 1;
const FIRST: u32 = 2;
const DAY_MS: u64 = 86_400_000;
const VERSION: Version = Version::new(1);

/// What the loads refer to.
#[derive(Debug)]
pub struct Ground {
    /// Every grant.
    pub grants: Vec<GrantFacts>,
    /// What sealing needs.
    pub terms: KnownTerms,
    /// Platform of each of the first departments, with its streams, ascending.
    pub platforms: Vec<(SystemId, Vec<StreamId>)>,
    /// When the last grant had become usable.
    pub usable: Moment,
}

fn text<const N: u32>(words: &str) -> Text<N> {
    Text::new(words).expect("short words")
}

fn code(entry: u32) -> String {
    format!("399000/B{entry:05}")
}

/// Provider of the entry of a place.
const fn provider(entry: u32) -> u32 {
    FIRST + entry % (DEPARTMENTS - 1)
}

/// Consumer of a grant of an entry: 11 of them differ from each other and from the provider.
const fn consumer(entry: u32, grant: u32) -> u32 {
    FIRST + (provider(entry) - FIRST + 1 + 2 * grant) % (DEPARTMENTS - 1)
}

struct Builder<'a> {
    ledger: &'a Ledger<'a>,
    people: &'a People,
    entries: u32,
    now: Moment,
}

impl Builder<'_> {
    fn act(&self, department: u32, who: &str, call: Call) -> Act<'_> {
        Act { department, key: self.people.key(department, who), call }
    }

    async fn send(&self, acts: Vec<Act<'_>>) -> Result<(), Error> {
        send(self.ledger, acts).await
    }
}

/// Prepares `entries` entries with [`GRANTS_EACH`] grants each, and `streams` streams of every platform.
///
/// # Errors
/// [`Error`] if an act is refused or has no effect.
pub async fn prepare(ledger: &Ledger<'_>, people: &People, entries: u32, streams: u32) -> Result<Ground, Error> {
    let builder = Builder { ledger, people, entries, now: now(ledger).await? };
    let (platforms, using) = systems(&builder).await?;
    let purposes = (1..=PURPOSES).map(|number| {
        let call = Call::register_purpose(&text(&format!("P{number:02}")), &text("measuring"));
        builder.act(AUTHORITY, "supervisor", call)
    });
    builder.send(purposes.collect()).await?;
    say::note(&format!("  {entries} entries, six acts each"));
    let ids = publish(&builder).await?;
    say::note(&format!("  {} grants, three acts each", entries * GRANTS_EACH));
    let granted = grant(&builder, &ids, &platforms, &using).await?;
    let usable = now(ledger).await?;
    let platforms = open_streams(&builder, &platforms, streams).await?;
    Ok(Ground { terms: terms(&ids, &granted, &using), grants: granted.iter().map(facts).collect(), platforms, usable })
}

async fn now(ledger: &Ledger<'_>) -> Result<Moment, Error> {
    let info = ledger.lines().of(1).info().await.doing("asking for the time of the ledger")?;
    Ok(info.head_moment.unwrap_or_default())
}

/// Platforms of the first departments, ascending, and the two business systems of each department.
async fn systems(builder: &Builder<'_>) -> Result<(Vec<SystemId>, BTreeMap<u32, Vec<SystemId>>), Error> {
    let register = |department: u32, kind, code: &str| {
        builder.act(
            department,
            "admin",
            Call::register_system(DepartmentId::new(department), kind, &text(code), &text(code)),
        )
    };
    // One after the other, so that places and ids of platforms go together.
    for department in 1..=PLATFORMS {
        builder.send(vec![register(department, SystemKind::Platform, "platform")]).await?;
    }
    let business = (FIRST..=DEPARTMENTS)
        .flat_map(|department| ["first", "second"].map(|code| register(department, SystemKind::Business, code)));
    builder.send(business.collect()).await?;
    let connection = builder.ledger.lines().of(1);
    let systems = rows("listing systems", async |cursor| connection.systems(None, cursor, None).await).await?;
    let (mut platforms, mut using) = (Vec::new(), BTreeMap::<u32, Vec<SystemId>>::new());
    for system in systems {
        match system.info.kind {
            SystemKind::Platform => platforms.push(system.info.id),
            _ => using.entry(system.info.department.get()).or_default().push(system.info.id),
        }
    }
    expect(platforms.len() == PLATFORMS as usize, || "a platform is missing".into())?;
    Ok((platforms, using))
}

fn entry(place: u32) -> EntryContent {
    let like = content();
    let item = |number: u32| Item {
        name: text(&format!("item {number}")),
        code: text(&format!("ITEM_{number}")),
        ..like.items[0].clone()
    };
    EntryContent {
        code: text(&code(place)),
        name: text(&format!("measured entry {place}")),
        provider: DepartmentId::new(provider(place)),
        items: (1..=ITEMS).map(item).collect::<Vec<_>>().try_into().expect("fewer than ITEMS_MAX"),
        ..like
    }
}

/// Every entry through its acts; their ids, by place.
async fn publish(builder: &Builder<'_>) -> Result<Vec<EntryId>, Error> {
    let contents: Vec<EntryContent> = (0..builder.entries).map(entry).collect();
    let refused = |refused: mulu_client::calls::SecretRefused| Error::Unexpected(refused.to_string());
    let submit = contents.iter().map(|content| {
        Ok(builder.act(content.provider.get(), "cataloguer", Call::submit_entry(content).map_err(refused)?))
    });
    builder.send(submit.collect::<Result<_, Error>>()?).await?;
    let connection = builder.ledger.lines().of(1);
    let listed = rows("listing entries", async |cursor| connection.entries(None, cursor, Some(500)).await).await?;
    let by_code: BTreeMap<String, EntryId> =
        listed.into_iter().map(|entry| (entry.code.as_str().to_owned(), entry.id)).collect();
    let id =
        |place: u32| by_code.get(&code(place)).copied().ok_or_else(|| Error::Unexpected("an entry is missing".into()));
    let ids: Vec<EntryId> = (0..builder.entries).map(id).collect::<Result<_, Error>>()?;
    let digests: Vec<_> = contents.iter().map(EntryContent::digest).collect();
    let each =
        || ids.iter().zip(&digests).zip(&contents).map(|((id, digest), content)| (*id, digest, content.provider.get()));
    let endorse =
        each().map(|(id, digest, provider)| builder.act(provider, "head", Call::endorse_entry(id, VERSION, digest)));
    builder.send(endorse.collect()).await?;
    for call in [Call::review_entry, Call::publish_entry] {
        let acts = each().map(|(id, digest, _)| builder.act(AUTHORITY, "reviewer", call(id, VERSION, digest)));
        builder.send(acts.collect()).await?;
    }
    let consent = StandingConsent {
        entry_version: VERSION,
        items: (1 << ITEMS) - 1,
        methods: Methods::of(&[Method::ServiceInterface]),
        consumers: Default::default(),
        purposes: Default::default(),
        calls_per_day: u64::MAX,
        rows_per_day: u64::MAX,
        days: 400,
        expires: Moment::new(builder.now.get() + 365 * DAY_MS),
    };
    let prepare = each().flat_map(|(id, _, provider)| {
        [Call::set_policy(id, &Policy::default()), Call::set_standing_consent(id, &consent)]
            .map(|call| builder.act(provider, "officer", call))
    });
    builder.send(prepare.collect()).await?;
    Ok(ids)
}

/// Every request through its acts; the grants that came of them, ascending.
async fn grant(
    builder: &Builder<'_>,
    entries: &[EntryId],
    platforms: &[SystemId],
    using: &BTreeMap<u32, Vec<SystemId>>,
) -> Result<Vec<GrantTerms>, Error> {
    let mut mix = Mix::new(11);
    let mut submit = Vec::new();
    for (place, id) in (0..).zip(entries) {
        for number in 0..GRANTS_EACH {
            let consumer = consumer(place, number);
            let terms = request(builder.now, *id, consumer, &mut mix, platforms, &using[&consumer]);
            submit.push(builder.act(consumer, "applicant", Call::submit_request(&terms)));
        }
    }
    let count = submit.len();
    builder.send(submit).await?;
    let connection = builder.ledger.lines().of(1);
    let requests: Vec<RequestCreated> = bodies(connection, RecordKind::RequestCreated, count).await?;
    let endorse = requests.iter().rev().map(|created| {
        let call = Call::endorse_request(created.request, &request_digest(created.request, &created.terms));
        builder.act(created.terms.consumer.get(), "officer", call)
    });
    builder.send(endorse.collect()).await?;
    let agreed: Vec<RequestAgreed> = bodies(connection, RecordKind::RequestAgreed, count).await?;
    let mut grants: Vec<GrantTerms> = agreed.into_iter().map(|agreed| agreed.grant).collect();
    grants.sort_by_key(|terms| terms.grant);
    let provision =
        grants.iter().map(|terms| builder.act(terms.provider.get(), "officer", Call::provision_grant(terms.grant)));
    builder.send(provision.collect()).await?;
    bodies::<GrantAct>(connection, RecordKind::GrantProvisioned, count).await?;
    Ok(grants)
}

fn request(
    now: Moment,
    entry: EntryId,
    consumer: u32,
    mix: &mut Mix,
    platforms: &[SystemId],
    systems: &[SystemId],
) -> RequestTerms {
    let mut items = 0_u64;
    for _ in 0..2 + mix.below(14) {
        items |= 1 << mix.below(ITEMS.into());
    }
    let first = 1 + mix.below(u64::from(PURPOSES) - 1);
    let second = first + 1 + mix.below(u64::from(PURPOSES) - first);
    let purposes = [first, second].map(|purpose| PurposeId::new(u16::try_from(purpose).expect("at most PURPOSES")));
    RequestTerms {
        entry,
        entry_version: VERSION,
        items,
        consumer: DepartmentId::new(consumer),
        basis: text("measuring"),
        scenario: text("measuring"),
        scope: text("measuring"),
        method: Method::ServiceInterface,
        from: Moment::new(now.get().saturating_sub(DAY_MS)),
        until: Moment::new(now.get() + 365 * DAY_MS),
        purposes: purposes.to_vec().try_into().expect("two"),
        matter: text("measuring"),
        systems: systems.to_vec().try_into().expect("two"),
        platforms: platforms.to_vec().try_into().expect("four"),
        calls_per_day: u64::MAX,
        rows_per_day: u64::MAX,
        papers: None,
    }
}

async fn open_streams(
    builder: &Builder<'_>,
    platforms: &[SystemId],
    streams: u32,
) -> Result<Vec<(SystemId, Vec<StreamId>)>, Error> {
    let open = (1..).zip(platforms).flat_map(|(department, platform)| {
        (0..streams).map(move |_| builder.act(department, "platform", Call::open_stream(*platform, false)))
    });
    builder.send(open.collect()).await?;
    let mut opened = Vec::new();
    for (department, platform) in (1..).zip(platforms) {
        let connection = builder.ledger.lines().of(department);
        let asked = async |cursor| connection.streams(Some(*platform), cursor, None).await;
        let mut ids: Vec<StreamId> =
            rows("listing streams", asked).await?.into_iter().map(|stream| stream.id).collect();
        expect(ids.len() == streams as usize, || "a stream is missing".into())?;
        ids.sort_unstable();
        opened.push((*platform, ids));
    }
    Ok(opened)
}

fn terms(entries: &[EntryId], grants: &[GrantTerms], using: &BTreeMap<u32, Vec<SystemId>>) -> KnownTerms {
    let mut terms = KnownTerms::default();
    for (place, id) in (0..).zip(entries) {
        let facts = EntryFacts { provider: DepartmentId::new(provider(place)), items: (1 << ITEMS) - 1 };
        terms.add_entry(*id, VERSION, facts);
    }
    grants.iter().for_each(|grant| terms.add_grant(grant.clone()));
    terms.set_last_ids(LastIds {
        department: DepartmentId::new(DEPARTMENTS),
        system: using.values().flatten().max().copied().unwrap_or_default(),
        purpose: PurposeId::new(PURPOSES),
    });
    terms
}

fn facts(terms: &GrantTerms) -> GrantFacts {
    GrantFacts {
        grant: terms.grant,
        entry: terms.entry,
        provider: terms.provider,
        consumer: terms.consumer,
        items: terms.items,
        method: terms.method,
        purposes: terms.purposes.to_vec(),
        systems: terms.systems.to_vec(),
        platforms: terms.platforms.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn consumers_of_an_entry_differ_from_each_other_and_from_its_provider() {
        for place in 0..100 {
            let consumers: BTreeSet<u32> = (0..GRANTS_EACH).map(|grant| consumer(place, grant)).collect();
            assert_eq!(consumers.len(), GRANTS_EACH as usize);
            assert!(!consumers.contains(&provider(place)));
            assert!(consumers.iter().all(|consumer| (FIRST..=DEPARTMENTS).contains(consumer)));
        }
    }
}
