//! The course of a published entry, data elements, certified sources and mounts, as the server tells them.

use crate::{
    chain::{AUTHORITY, CONSUMER, Chain, GATEWAY, PROVIDER, text},
    ledger::{all, code},
    story::{CODE, ENTRY, V1, content, publish, with_grant},
};
use mulu_client::calls::Call;
use mulu_proofs::{
    calendar::Day,
    catalog::{EntryContent, EntryStatus, Method, Methods, Restriction},
    departments::{Level, SystemKind},
    elements::{ElementStandard, WithdrawalCause},
    ids::{DepartmentId, ElementId, EntryId, SystemId, Version},
    mounts::Mount,
    papers::Papers,
    records::RecordKind,
};
use mulu_rpc_api::{
    Cursor, Hex32,
    catalog::{CatalogClient, Entry, EntryRef},
    codes,
    deadlines::DeadlineState,
    elements::{ElementFilter, ElementRef, ElementsClient},
    mounts::{EntryMounts, MountFilter, MountRate, MountsClient},
    records::RecordsClient,
};

const V2: Version = Version::new(2);
const SOURCE: SystemId = SystemId::new(3);
const ELEMENT: ElementId = ElementId::new(1);

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn standard(name: &str) -> ElementStandard {
    ElementStandard {
        name: text(name), standard: text("GB 32100-2015"), published: text("国家标准公告2015年第31号")
    }
}

fn mount(method: Method) -> Mount {
    let platforms = vec![GATEWAY].try_into().unwrap();
    Mount { method, address: text("gw/orgs/v1"), fingerprint: [4; 32], platforms }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_tells_since_when_and_why_it_stands_still_and_that_it_is_over() {
    let mut chain = Chain::new();
    chain.act("cataloguer", Call::submit_entry(&content(CODE, "社会组织")).unwrap());
    let server = chain.serve().await;
    let client = server.http();
    let read = async || -> Entry { client.entry(EntryRef::Id(ENTRY)).await.unwrap().unwrap() };
    assert_eq!(read().await.standing, None, "it was never published");
    let digest = content(CODE, "社会组织").digest();
    chain.act("head", Call::endorse_entry(ENTRY, V1, &digest));
    chain.act("reviewer", Call::review_entry(ENTRY, V1, &digest));
    let published = chain.act("reviewer", Call::publish_entry(ENTRY, V1, &digest));
    let standing = read().await.standing.unwrap();
    assert_eq!((standing.status, standing.record, standing.department), (EntryStatus::Published, published, AUTHORITY));
    assert_eq!(standing.reason, None);

    let suspended = chain.act("head", Call::suspend_entry(ENTRY, &text("数据源故障")));
    let entry = read().await;
    let standing = entry.standing.unwrap();
    assert_eq!((standing.status, standing.record, standing.department), (EntryStatus::Suspended, suspended, PROVIDER));
    assert_eq!((standing.since.get(), standing.reason.as_deref()), (chain.moment, Some("数据源故障")));
    assert!(entry.versions[0].changed < standing.since, "a suspension changes no version");
    let rows = client.entries(None, None, None).await.unwrap().rows;
    assert_eq!(rows[0].status, Some(EntryStatus::Suspended));

    chain.act("reviewer", Call::resume_entry(ENTRY, &text("故障已排除")));
    let standing = read().await.standing.unwrap();
    assert_eq!((standing.status, standing.department), (EntryStatus::Published, AUTHORITY));
    chain.act("head", Call::withdraw_entry(ENTRY, &text("职责划转"), None));
    let entry = read().await;
    let standing = entry.standing.unwrap();
    assert_eq!((standing.status, standing.reason.as_deref()), (EntryStatus::Withdrawn, Some("职责划转")));
    assert_eq!(entry.published, Some(V1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_change_tells_its_law_and_when_the_update_is_due() {
    let mut chain = Chain::new();
    publish(&mut chain, ENTRY, V1, &content(CODE, "社会组织"));
    let server = chain.serve().await;
    let client = server.http();
    let read = async || client.entry(EntryRef::Id(ENTRY)).await.unwrap().unwrap().change;
    assert_eq!(read().await, None);
    let reported = chain.act("cataloguer", Call::report_change(ENTRY, day("2026-07-20"), &text("《条例》修订")));
    let open = read().await.unwrap();
    assert_eq!((open.on, open.basis.as_str(), open.record), (day("2026-07-20"), "《条例》修订", reported));
    assert_eq!((open.deadline.due.unwrap().day, open.extension_asked), (day("2026-08-03"), None));
    chain.act("head", Call::ask_update_extension(ENTRY, 5, &text("涉及系统改造")));
    assert_eq!(read().await.unwrap().extension_asked, Some(5));
    chain.act("reviewer", Call::decide_update_extension(ENTRY, true, &text("")));
    let open = read().await.unwrap();
    assert_eq!((open.deadline.due.unwrap().day, open.extension_asked), (day("2026-08-10"), None));

    let update = content(CODE, "社会组织法人");
    chain.act("cataloguer", Call::submit_entry(&update).unwrap());
    chain.act("head", Call::endorse_entry(ENTRY, V2, &update.digest()));
    let open = read().await.unwrap();
    assert_eq!((open.deadline.state, open.deadline.due), (DeadlineState::Paused, None));
    chain.act("reviewer", Call::review_entry(ENTRY, V2, &update.digest()));
    chain.act("reviewer", Call::publish_entry(ENTRY, V2, &update.digest()));
    assert_eq!(read().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_tells_what_a_later_one_took_from_its_grants() {
    let mut chain = with_grant();
    let all = content(CODE, "").items.into_iter();
    let items = all.filter(|item| item.code.as_str() != "name").collect::<Vec<_>>().try_into().unwrap();
    let restriction = Some(Restriction { reason: text("名称不再采集"), consultation: Papers([6; 32]) });
    let less = EntryContent { items, restriction, ..content(CODE, "社会组织法人登记信息") };
    publish(&mut chain, ENTRY, V2, &less);
    let server = chain.serve().await;
    let client = server.http();
    let versions = client.entry(EntryRef::Id(ENTRY)).await.unwrap().unwrap().versions;
    let stop = versions[0].stops[0];
    assert_eq!((stop.items, stop.methods, stop.at.get()), (0b010, Methods::default(), chain.moment));
    assert_eq!((versions[0].stops.len(), versions[1].stops.len()), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certified_source_is_listed_and_makes_an_entry_readier() {
    let mut chain = Chain::new();
    publish(&mut chain, ENTRY, V1, &content(CODE, "社会组织"));
    chain.act("admin", Call::register_system(PROVIDER, SystemKind::Source, &text("civil-db"), &text("民政业务库")));
    let server = chain.serve().await;
    let client = server.http();
    let readiness = async || client.entry(EntryRef::Id(ENTRY)).await.unwrap().unwrap().readiness;
    let before = readiness().await;
    assert!(before.owner && before.standard && before.sharing_attribute && before.metadata_registration);
    assert!(!before.certified_source && !before.quality_evaluation);
    chain.act("reviewer", Call::certify_source(SOURCE));
    chain.act("reviewer", Call::withdraw_certification(SOURCE, WithdrawalCause::Merged, &text("并入新库")));
    assert_eq!(client.sources(None, None, None).await.unwrap().rows, []);
    assert!(!readiness().await.certified_source);
    let certified = chain.act("reviewer", Call::certify_source(SOURCE));
    assert!(readiness().await.certified_source);
    let rows = all(1, |cursor, limit| client.sources(Some(PROVIDER), cursor, limit)).await;
    assert_eq!(rows.len(), 1, "only the certification that is in force");
    assert_eq!((rows[0].info.id, rows[0].info.code.as_str(), rows[0].certified), (SOURCE, "civil-db", certified));
    assert_eq!(rows[0].since.get(), chain.moment);
    assert_eq!(client.sources(Some(CONSUMER), None, None).await.unwrap().rows, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_element_tells_its_standard_and_its_authoritative_department() {
    let mut chain = Chain::new();
    let registered = chain.act("supervisor", Call::register_element(&text("DE00011"), &standard("信用代码")));
    chain.act("supervisor", Call::register_element(&text("DE00012"), &standard("机构名称")));
    let server = chain.serve().await;
    let client = server.http();
    let found = client.element(ElementRef::Code(text("DE00011"))).await.unwrap().unwrap();
    assert_eq!((found.id, found.registered, found.seat), (ELEMENT, registered, (Level::City, 330_100)));
    assert_eq!((found.source, found.revised, found.named), (None, None, None));

    let revised = chain.act("supervisor", Call::revise_element(ELEMENT, &standard("统一社会信用代码")));
    let named = chain.act("supervisor", Call::name_source(ELEMENT, Some(PROVIDER), &text("数源部门目录")));
    let found = client.element(ElementRef::Id(ELEMENT)).await.unwrap().unwrap();
    assert_eq!((found.standard.name.as_str(), found.source), ("统一社会信用代码", Some(PROVIDER)));
    assert_eq!((found.revised, found.named), (Some(revised), Some(named)));
    let ids = async |filter: Option<ElementFilter>| {
        let rows = all(1, |cursor, limit| client.elements(filter, cursor, limit)).await;
        rows.iter().map(|element| element.id.get()).collect::<Vec<_>>()
    };
    assert_eq!(ids(None).await, [1, 2]);
    assert_eq!(ids(Some(ElementFilter { source: Some(PROVIDER) })).await, [1]);
    assert_eq!(client.element(ElementRef::Id(ElementId::new(9))).await.unwrap(), None);
    assert_eq!(client.element(ElementRef::Code(text("DE9"))).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn mounts_are_told_with_what_platforms_see_and_as_a_rate() {
    let mut chain = Chain::new();
    publish(&mut chain, ENTRY, V1, &content(CODE, "社会组织"));
    let other = EntryId::new(2);
    publish(&mut chain, other, V1, &content("307001/000002", "社会组织年检"));
    let mounted = chain.act("cataloguer", Call::mount_entry(ENTRY, &mount(Method::ServiceInterface)).unwrap());
    let since = chain.moment;
    chain.act("cataloguer", Call::mount_entry(ENTRY, &mount(Method::File)).unwrap());
    let server = chain.serve().await;
    let client = server.http();
    let read = async |entry| -> Option<EntryMounts> { client.entry_mounts(EntryRef::Id(entry)).await.unwrap() };
    let found = read(ENTRY).await.unwrap();
    let methods: Vec<Method> = found.mounts.iter().map(|mount| mount.method).collect();
    assert_eq!(
        (found.code.as_str(), found.provider, methods),
        (CODE, PROVIDER, vec![Method::File, Method::ServiceInterface])
    );
    let first = &found.mounts[1];
    assert_eq!((first.record, first.since.get(), first.version), (mounted, since, V1));
    assert_eq!(
        (first.address.as_str(), first.fingerprint, &first.platforms[..]),
        ("gw/orgs/v1", Hex32([4; 32]), &[GATEWAY][..])
    );
    assert_eq!(first.mismatch, None);
    let rate = MountRate { department: PROVIDER, published: 2, mounted: 1 };
    assert_eq!(client.mount_rate(PROVIDER).await.unwrap(), Some(rate));
    assert_eq!(client.mount_rate(DepartmentId::new(9)).await.unwrap(), None);

    let seen = chain.act("platform", Call::report_fingerprint(ENTRY, Method::File, &[5; 32]));
    assert_eq!(client.record(seen).await.unwrap().unwrap().kind, RecordKind::CatalogMismatch);
    assert_eq!(read(ENTRY).await.unwrap().mounts[0].mismatch, Some(Hex32([5; 32])));
    let entries = async |filter: MountFilter| {
        let rows = all(1, |cursor, limit| client.mounts(Some(filter), cursor, limit)).await;
        rows.iter().map(|row| row.entry.get()).collect::<Vec<_>>()
    };
    let any = MountFilter::default();
    assert_eq!(entries(any).await, [1, 2]);
    assert_eq!(entries(MountFilter { is_mounted: Some(false), provider: Some(PROVIDER), ..any }).await, [2]);
    assert_eq!(entries(MountFilter { platform: Some(GATEWAY), is_mounted: Some(true), ..any }).await, [1]);
    assert_eq!(entries(MountFilter { mismatch: true, ..any }).await, [1]);
    assert_eq!(entries(MountFilter { provider: Some(CONSUMER), ..any }).await, [0; 0]);

    let again = chain.act("platform", Call::report_fingerprint(ENTRY, Method::File, &[4; 32]));
    assert_eq!(client.record(again).await.unwrap().unwrap().kind, RecordKind::MismatchResolved);
    assert_eq!(entries(MountFilter { mismatch: true, ..any }).await, [0; 0]);
    chain.act("cataloguer", Call::unmount_entry(ENTRY, Method::File, &text("改为接口")));
    assert_eq!(read(ENTRY).await.unwrap().mounts.len(), 1);
    chain.act("head", Call::withdraw_entry(ENTRY, &text("职责划转"), None));
    assert_eq!(read(ENTRY).await, None);
    let wrong = client.mounts(None, Some(Cursor(vec![255, 2])), None).await.unwrap_err();
    assert_eq!(code(&wrong), codes::CURSOR);
}
