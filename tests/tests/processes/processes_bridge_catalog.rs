//! `[catalog]` and `[mount]` in a bridge that runs: a portal and a DCAT-AP file are followed while the bridge is killed, published entries
//! are given out as both, and a resource whose schema changes is reported.

use super::{
    block_on,
    bridged::{PATIENCE, PAUSE, PROVIDER, Place, wait_until},
    fake::{Fake, package},
    folder,
    processes_harvest::{entries, publish, publishers, touch},
    start, text, turn,
};
use mulu_catalogs::schema::fingerprint::{Kind, fingerprint};
use mulu_client::{calls::Call, connection::Connection};
use mulu_proofs::{
    catalog::{List, Method},
    departments::SystemKind,
    ids::{DepartmentId, EntryId, SystemId},
    mounts::Mount,
    records::RecordKind,
};
use mulu_rpc_api::{
    catalog::{Entry, EntryRef},
    mounts::MountsClient,
    records::{RecordsClient, RecordsOf},
};
use mulu_tests::{
    bridge::metric,
    ledger::{Act, Ledger, rows},
    people::People,
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, fs, time::Instant};

/// Datasets of the portal, and of the file.
const AT_PORTAL: usize = 30;
const IN_FILE: usize = 2;
const ALL: usize = AT_PORTAL + IN_FILE;

fn tables(portal: &Fake, elsewhere: &Fake) -> String {
    let (portal, elsewhere) = (&portal.address, &elsewhere.address);
    format!(
        r#"
[catalog.portal]
ckan = {{ url = "{portal}", publishers = "../publishers.json", every = "10s", reconcile = "10s" }}

[catalog.city]
dcat = {{ file = "city.jsonld", publishers = "../publishers.json", every = "10s" }}

[catalog.shown]
to_ckan = {{ url = "{elsewhere}", owners = {{ {PROVIDER} = "parks" }}, to_departments = true, every = "10s" }}

[catalog.written]
to_dcat = {{ file = "catalog.jsonld", title = "Catalog", to_departments = true, every = "10s" }}
"#
    )
}

/// A catalog of a city in JSON-LD.
fn city() -> Value {
    let dataset = |number: usize| {
        json!({
            "@id": format!("https://city.example/set/{number}"), "@type": "dcat:Dataset",
            "dct:title": format!("Dataset city-{number}"), "dct:description": "Notes.",
            "dct:publisher": { "@type": "foaf:Agent", "foaf:name": "Parks Office" }, "dct:issued": "2024-01-02",
            "dcat:distribution": [{ "@type": "dcat:Distribution", "dct:title": "Table", "dcat:mediaType": "text/csv" }],
        })
    };
    let context = json!({
        "dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "foaf": "http://xmlns.com/foaf/0.1/",
    });
    json!({ "@context": context, "@graph": (0..IN_FILE).map(dataset).collect::<Vec<_>>() })
}

/// Waits until what somebody answers is what has to come.
async fn until<T>(what: &str, is_it: impl Fn(&T) -> bool, mut ask: impl AsyncFnMut() -> T) -> T {
    let started = Instant::now();
    loop {
        let found = ask().await;
        if is_it(&found) {
            return found;
        }
        assert!(started.elapsed() < PATIENCE, "never: {what}");
        tokio::time::sleep(PAUSE).await;
    }
}

fn named(found: &[Entry], name: &str) -> Entry {
    found.iter().find(|entry| entry.name.ends_with(name)).unwrap().clone()
}

fn names(found: &[Entry]) -> BTreeSet<&str> {
    found.iter().map(|entry| entry.name.as_str()).collect()
}

/// How many records of a kind the ledger has.
async fn recorded(chain: &Connection, kind: RecordKind) -> usize {
    rows("records", async |cursor| chain.records(RecordsOf::Kind(kind), cursor, Some(500)).await).await.unwrap().len()
}

/// Titles that a portal shows.
fn shown_at(portal: &Fake) -> BTreeSet<String> {
    portal.edit(|packages| packages.iter().map(|package| package["title"].as_str().unwrap().to_owned()).collect())
}

/// Titles in a file that the bridge wrote.
fn written_in(place: &Place) -> BTreeSet<String> {
    let Ok(text) = fs::read_to_string(place.path("catalog.jsonld")) else { return BTreeSet::new() };
    // Replaced in one step: whenever it is read, it is whole.
    serde_json::from_str::<Value>(&text).unwrap();
    let titles = (0..AT_PORTAL).map(|number| format!("Dataset set-{number:02}"));
    titles.filter(|title| text.contains(&format!("\"{title}\""))).collect()
}

#[test]
fn processes_a_bridge_follows_catalogs_gives_entries_out_and_is_killed_meanwhile() {
    let _turn = turn();
    let folder = folder();
    block_on(async {
        let (network, lines, people) = start(folder.path()).await;
        let ledger = Ledger::new(&lines).await.unwrap();
        let set = |number| package(&format!("d{number:02}"), &format!("set-{number:02}"), "2024-05-06T07:08:09.000000");
        let portal = Fake::start((0..AT_PORTAL).map(set).collect(), 10, None).await;
        let elsewhere = Fake::start(Vec::new(), 10, None).await;
        publishers(&people, folder.path(), &BTreeSet::from(["Parks Office".to_owned()]));
        let place = Place::new(&network, &tables(&portal, &elsewhere));
        fs::write(place.path("city.jsonld"), city().to_string()).unwrap();

        // Killed in the first round, twice: what is there is found again, and nothing is submitted a second time.
        let mut bridge = place.start();
        let now = async || entries(&ledger).await;
        for enough in [3, 15] {
            let found = until("the round has begun", |found: &Vec<Entry>| found.len() >= enough, now).await;
            assert!(found.len() < ALL, "the round is over: it was not killed within it");
            bridge.kill();
            bridge.spawn().unwrap();
        }
        let all = until("every dataset is an entry", |found: &Vec<Entry>| found.len() >= ALL, now).await;
        assert_eq!((all.len(), names(&all).len()), (ALL, ALL), "each once");
        assert!(all.iter().all(|entry| entry.versions.len() == 1));

        let (changed, removed) = (named(&all, "set-00"), named(&all, "set-01"));
        publish(&ledger, &people, &changed).await;
        publish(&ledger, &people, &removed).await;
        let published: BTreeSet<_> = ["Dataset set-00", "Dataset set-01"].map(str::to_owned).into();
        until("a portal shows them", |titles| *titles == published, async || shown_at(&elsewhere)).await;
        until("a file shows them", |titles| *titles == published, async || written_in(&place)).await;

        touch(&portal, "d00", "2024-06-01T00:00:00.000000", |package| package["notes"] = "Other notes.".into());
        touch(&portal, "d01", "2024-05-06T07:08:09.000000", |package| package["state"] = "deleted".into());
        let is_it =
            |found: &Vec<Entry>| named(found, "set-00").versions.len() == 2 && named(found, "set-01").change.is_some();
        until("the change is a version and the removal a notice", is_it, now).await;

        // Killed once more, and two rounds later: nothing of it comes twice.
        bridge.kill();
        bridge.spawn().unwrap();
        portal.asked();
        let mut rounds = 0;
        let asked = async || {
            rounds += portal.asked().iter().filter(|action| *action == "package_list").count();
            rounds
        };
        until("two rounds", |rounds| *rounds >= 2, asked).await;
        let there = now().await;
        assert_eq!(names(&there), names(&all));
        assert_eq!(there.len(), ALL);
        assert!(there.iter().all(|entry| entry.versions.len() == 1 + usize::from(entry.id == changed.id)));
        assert_eq!(shown_at(&elsewhere), published);
        let chain = lines.of(1);
        assert_eq!(recorded(chain, RecordKind::EntrySubmitted).await, ALL + 1, "each dataset, and the change");
        assert_eq!(recorded(chain, RecordKind::ChangeOccurred).await, 1, "the removal");
        bridge.wait().unwrap();
        assert!(bridge.stop().unwrap().success(), "{}", bridge.log());
    });
}

/// Mounts an entry at a platform with a schema.
async fn mount(ledger: &Ledger<'_>, people: &People, entry: EntryId, header: &[u8]) {
    let by = |role: &str| people.key(PROVIDER, role);
    let (provider, name) = (DepartmentId::new(PROVIDER), text("platform"));
    let platform = Call::register_system(provider, SystemKind::Platform, &name, &text("platform"));
    ledger.act(Act { department: PROVIDER, key: by("admin"), call: platform }).await.unwrap();
    let mount = Mount {
        method: Method::File,
        address: text("trees"),
        fingerprint: fingerprint(Kind::Csv, header, None).unwrap(),
        platforms: List::try_from(vec![SystemId::new(1)]).unwrap(),
    };
    let call = Call::mount_entry(entry, &mount).unwrap();
    ledger.act(Act { department: PROVIDER, key: by("cataloguer"), call }).await.unwrap();
}

/// Whether the ledger has a mismatch of the only mount of an entry.
async fn is_other(chain: &Connection, entry: EntryId) -> bool {
    chain.entry_mounts(EntryRef::Id(entry)).await.unwrap().unwrap().mounts[0].mismatch.is_some()
}

#[test]
fn processes_a_bridge_watches_the_schema_of_a_mount() {
    let _turn = turn();
    let folder = folder();
    block_on(async {
        let (network, lines, people) = start(folder.path()).await;
        let ledger = Ledger::new(&lines).await.unwrap();
        let portal = Fake::start(vec![package("d", "set-d", "2024-05-06T07:08:09.000000")], 10, None).await;
        publishers(&people, folder.path(), &BTreeSet::from(["Parks Office".to_owned()]));
        let tables = r#"
[catalog.portal]
ckan = { url = "PORTAL", publishers = "../publishers.json", every = "10s" }

[mount.trees]
entry = 1
method = "file"
kind = "csv"
file = "trees.csv"
every = "10s"
"#;
        let place = Place::new(&network, &tables.replace("PORTAL", &portal.address));
        let trees = place.path("trees.csv");
        fs::write(&trees, "a,b\n1,2\n").unwrap();
        // The entry comes while the mount is watched already.
        let mut bridge = place.start();
        let now = async || entries(&ledger).await;
        let there = until("the dataset is an entry", |found: &Vec<Entry>| !found.is_empty(), now).await;
        let entry = there[0].id;
        assert_eq!(entry, EntryId::new(1));
        publish(&ledger, &people, &there[0]).await;
        mount(&ledger, &people, entry, b"a,b").await;

        let chain = lines.of(1);
        let mismatch = async || is_other(chain, entry).await;
        assert!(!mismatch().await);
        fs::write(&trees, "a,b,c\n1,2,3\n").unwrap();
        until("the other schema is reported", |is_other| *is_other, mismatch).await;
        // Another process sees it again, and does not report it a second time.
        bridge.kill();
        bridge.spawn().unwrap();
        bridge.wait().unwrap();
        let seen = |outcome: &str| {
            let label = format!("outcome=\"{outcome}\"");
            metric(&place.metrics(), "mulu_bridge_harvested_total", &["catalog=\"trees\"", &label])
        };
        wait_until("the other schema is seen again", || seen("mismatch_on_record") > 0.5);
        assert_eq!(recorded(chain, RecordKind::CatalogMismatch).await, 1);

        // Killed once more; other rows are no other schema.
        bridge.kill();
        fs::write(&trees, "a,b\n5,6\n7,8\n").unwrap();
        bridge.spawn().unwrap();
        until("that it is well again is reported", |is_other| !*is_other, mismatch).await;
        bridge.wait().unwrap();
        wait_until("the mount's schema is seen again", || seen("matches") > 0.5);
        assert_eq!(recorded(chain, RecordKind::CatalogMismatch).await, 1);
        assert_eq!(recorded(chain, RecordKind::MismatchResolved).await, 1);
        bridge.wait().unwrap();
        assert!(bridge.stop().unwrap().success(), "{}", bridge.log());
    });
}
