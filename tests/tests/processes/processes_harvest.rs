//! A portal is followed onto a network: what is new, changed, renamed and gone, and what people have to decide first. Published entries are
//! given out and read again, and what a platform sees of a mounted resource is reported.

use super::{act, block_on, folder, start, text, turn};
use crate::fake::{Fake, package};
use mulu_catalogs::{
    ckan::{package::Showcase, portal::Portal},
    dcat,
    harvest::{Harvest, Harvested, Round, State},
    landing::Landing,
    published::{Entries, Published, Shown},
    schema::{
        fingerprint::{Kind, fingerprint},
        report::{Reported, report},
    },
    web::Web,
};
use mulu_client::{calls::Call, import::catalog::Publishers};
use mulu_proofs::{
    catalog::{List, Method},
    departments::SystemKind,
    ids::{DepartmentId, EntryId, SystemId, Version},
    mounts::Mount,
};
use mulu_rpc_api::catalog::{CatalogClient, Entry, EntryRef};
use mulu_tests::{
    ledger::{Act, Ledger},
    people::People,
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    time::{Duration, Instant},
};

/// The department that publishes.
const PROVIDER: u32 = 3;

pub fn publishers(people: &People, folder: &Path, organizations: &BTreeSet<String>) -> Publishers {
    let row = |organization: &String| {
        json!({
            "organization": organization, "department": PROVIDER, "key": people.file(PROVIDER, "cataloguer"),
            "assessments": { "secrecy": "11".repeat(32), "assessed_on": 20_000 },
        })
    };
    let path = folder.join("publishers.json");
    fs::write(&path, serde_json::to_string(&organizations.iter().map(row).collect::<Vec<_>>()).unwrap()).unwrap();
    Publishers::read(&path).unwrap()
}

fn portal(fake: &Fake) -> Portal {
    let web = Web::new(None).unwrap().with_pauses(Duration::ZERO, Duration::from_millis(1));
    Portal::new(web, &fake.address).unwrap()
}

/// A whole round, and how often each outcome came.
async fn round(harvest: &Harvest<'_>, portal: &Portal, state: &mut State) -> BTreeMap<&'static str, usize> {
    let mut round = Round::begin(state);
    let mut all = Vec::new();
    while let Some(harvested) = harvest.step(portal, state, &mut round).await.unwrap() {
        all.extend(harvested);
        // What is kept is what goes on.
        *state = State::read(&state.bytes()).unwrap();
    }
    counted(&all)
}

fn counted(harvested: &[Harvested]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for row in harvested {
        if let Some(rejection) = row.outcome.rejection() {
            eprintln!("{}: {}: {}", row.id, rejection.reason, rejection.detail);
        }
        *counts.entry(row.outcome.word()).or_default() += 1;
    }
    counts
}

pub fn touch(fake: &Fake, id: &str, moment: &str, change: impl FnOnce(&mut Value)) {
    fake.edit(|packages| {
        let touched = packages.iter_mut().find(|package| package["id"] == id).unwrap();
        touched["metadata_modified"] = moment.into();
        change(touched);
    });
}

pub async fn entries(ledger: &Ledger<'_>) -> Vec<Entry> {
    let connection = ledger.lines().of(1);
    let page = connection.entries(None, None, Some(500)).await.unwrap();
    let mut entries = Vec::new();
    for row in page.rows {
        entries.push(connection.entry(EntryRef::Id(row.id)).await.unwrap().unwrap());
    }
    entries
}

/// The head, then the authority: the latest version of an entry is published.
pub async fn publish(ledger: &Ledger<'_>, people: &People, entry: &Entry) {
    let latest = entry.versions.last().unwrap();
    let (id, version, digest) = (entry.id, latest.version, latest.digest.0);
    let head = Act {
        department: PROVIDER,
        key: people.key(PROVIDER, "head"),
        call: Call::endorse_entry(id, version, &digest),
    };
    ledger.act(head).await.unwrap();
    act(ledger, people.key(1, "reviewer"), Call::review_entry(id, version, &digest)).await;
    act(ledger, people.key(1, "reviewer"), Call::publish_entry(id, version, &digest)).await;
}

#[test]
fn processes_a_portal_is_followed_change_by_change() {
    let _turn = turn();
    let folder = folder();
    block_on(async {
        let (_network, lines, people) = start(folder.path()).await;
        let ledger = Ledger::new(&lines).await.unwrap();
        let packages = ["a", "b", "c"].map(|id| package(id, &format!("set-{id}"), "2024-05-06T07:08:09.000000"));
        let fake = Fake::start(packages.into(), 2, None).await;
        let portal = portal(&fake);
        let publishers = publishers(&people, folder.path(), &BTreeSet::from(["Parks Office".to_owned()]));
        let landing = Landing::new(lines.of(1), ledger.submitter(1), &publishers);
        let harvest = Harvest::new("portal", landing, &publishers);

        // What would happen, then what happens, then nothing.
        let dry = Harvest::new("portal", landing.dry(), &publishers);
        assert_eq!(round(&dry, &portal, &mut State::default()).await, BTreeMap::from([("submitted", 3)]));
        assert!(entries(&ledger).await.is_empty());
        let mut state = State::default();
        assert_eq!(round(&harvest, &portal, &mut state).await, BTreeMap::from([("submitted", 3)]));
        assert_eq!(round(&harvest, &portal, &mut state).await, BTreeMap::from([("present", 3)]));
        // Without what was kept, everything is found on the ledger.
        assert_eq!(round(&harvest, &portal, &mut State::default()).await, BTreeMap::from([("present", 3)]));
        let there = entries(&ledger).await;
        assert_eq!(there.len(), 3);
        let by_name = |name: &str| there.iter().find(|entry| entry.name == format!("Dataset set-{name}")).unwrap();
        publish(&ledger, &people, by_name("a")).await;
        publish(&ledger, &people, by_name("b")).await;

        // A change of what is in force is the next version, under the same code though the dataset has another name now; a change of what is
        // under way waits for people.
        touch(&fake, "a", "2024-06-01T00:00:00.000000", |package| {
            package["name"] = "renamed".into();
            package["notes"] = "Other notes.".into();
        });
        touch(&fake, "c", "2024-06-01T00:00:00.000000", |package| package["notes"] = "Other notes.".into());
        let counts = round(&harvest, &portal, &mut state).await;
        assert_eq!(counts, BTreeMap::from([("present", 1), ("updated", 1), ("waits", 1)]));
        assert_eq!(state.waiting(), 1);
        fake.asked();
        assert_eq!(round(&harvest, &portal, &mut state).await, BTreeMap::from([("present", 1), ("waits", 1)]));
        assert!(
            !fake.asked().contains(&"package_show".to_owned()),
            "as long as people have not decided, the portal is not asked for it"
        );
        let c = by_name("c");
        let returned = Call::return_entry(c.id, Version::new(1), &text("see the notes"));
        ledger.act(Act { department: PROVIDER, key: people.key(PROVIDER, "head"), call: returned }).await.unwrap();
        assert_eq!(round(&harvest, &portal, &mut state).await["updated"], 1);
        assert_eq!(state.waiting(), 0);
        let there = entries(&ledger).await;
        assert_eq!(there.len(), 3, "no second entry for a dataset");
        assert_eq!(there.iter().map(|entry| entry.versions.len()).collect::<BTreeSet<_>>(), BTreeSet::from([1, 2]));

        // What is gone is told once; the provider's clock runs.
        assert_eq!(counted(&harvest.reconcile(&portal, &mut state, 1_000).await.unwrap()), BTreeMap::new());
        fake.edit(|packages| {
            packages.iter_mut().find(|package| package["id"] == "b").unwrap()["state"] = "deleted".into()
        });
        assert_eq!(
            counted(&harvest.reconcile(&portal, &mut state, 2_000).await.unwrap()),
            BTreeMap::from([("removal_told", 1)])
        );
        assert_eq!(counted(&harvest.reconcile(&portal, &mut state, 3_000).await.unwrap()), BTreeMap::new());
        let there = entries(&ledger).await;
        let b = there.iter().find(|entry| entry.name == "Dataset set-b").unwrap();
        assert_eq!(b.change.as_ref().unwrap().basis, "the dataset is gone from the source portal");

        // What is published is given out and read again as the same entry.
        let mut shown = Entries::of(lines.of(2), Shown { provider: None, to_departments: true });
        let published: Vec<Published> = shown.next_page().await.unwrap().unwrap().published;
        assert_eq!(published.len(), 2);
        let written = dcat::write::catalog("test", "catalog", &published, None).to_string();
        let read = dcat::read::read(written.as_bytes(), |_| publishers.publication_of("Parks Office")).unwrap();
        let read: Vec<_> = read.into_iter().map(|mapped| mapped.unwrap().content).collect();
        assert_eq!(read, published.iter().map(|entry| entry.content.clone()).collect::<Vec<_>>());
        let elsewhere = Fake::start(Vec::new(), 10, None).await;
        let owners = BTreeMap::from([(DepartmentId::new(PROVIDER), "Parks Office".to_owned())]);
        let other_portal = self::portal(&elsewhere);
        let pushed = Showcase::new(&other_portal, &owners);
        let pushed =
            pushed.show_all(Entries::of(lines.of(2), Shown { provider: None, to_departments: true })).await.unwrap();
        assert_eq!((pushed.created, pushed.changed), (2, 0));
        let mut state = State::default();
        // Version 2 of one of them is under way, so that its version 1, read again, would be a third.
        assert_eq!(round(&harvest, &other_portal, &mut state).await, BTreeMap::from([("present", 1), ("waits", 1)]));

        mount_is_watched(&ledger, &people, b.id).await;
    });
}

async fn mount_is_watched(ledger: &Ledger<'_>, people: &People, entry: EntryId) {
    let seen = |header: &str| fingerprint(Kind::Csv, header.as_bytes(), None).unwrap();
    let system =
        Call::register_system(DepartmentId::new(PROVIDER), SystemKind::Platform, &text("platform"), &text("platform"));
    ledger.act(Act { department: PROVIDER, key: people.key(PROVIDER, "admin"), call: system }).await.unwrap();
    let platforms = List::try_from(vec![SystemId::new(1)]).unwrap();
    let mount = Mount { method: Method::File, address: text("trees"), fingerprint: seen("a,b"), platforms };
    let call = Call::mount_entry(entry, &mount).unwrap();
    ledger.act(Act { department: PROVIDER, key: people.key(PROVIDER, "cataloguer"), call }).await.unwrap();
    let (connection, submitter) = (ledger.lines().of(PROVIDER), ledger.submitter(PROVIDER));
    let platform = people.key(PROVIDER, "platform");
    for (header, expected) in [
        ("a,b\n1,2\n", Reported::OnRecord { is_mismatch: false }),
        ("a,b,c", Reported::Mismatch),
        ("a,b,c", Reported::OnRecord { is_mismatch: true }),
        ("a,b", Reported::Resolved),
    ] {
        let reported =
            report(connection, submitter, platform, EntryRef::Id(entry), Method::File, &seen(header)).await.unwrap();
        assert_eq!(reported, expected, "{header}");
    }
}

#[test]
fn processes_the_real_catalog_is_harvested_from_a_portal() {
    let _turn = turn();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/opendataphilly-datasets.jsonl");
    let Ok(lines) = fs::read_to_string(&file) else {
        eprintln!("SKIPPED: ../shared/data is not there; the harvest of real data was not tried");
        return;
    };
    let mut packages: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let organizations =
        packages.iter().filter_map(|package| Some(package["organization"].as_str()?.to_owned())).collect();
    for (number, package) in packages.iter_mut().enumerate() {
        package["id"] = format!("{number:08}").into();
        package["state"] = "active".into();
        package["metadata_modified"] = format!("2026-01-01T{:02}:{:02}:00.000000", number / 60, number % 60).into();
    }
    let folder = folder();
    block_on(async {
        let (_network, lines, people) = start(folder.path()).await;
        let ledger = Ledger::new(&lines).await.unwrap();
        let fake = Fake::start(packages, 100, None).await;
        let portal = portal(&fake);
        let publishers = publishers(&people, folder.path(), &organizations);
        let landing = Landing::new(lines.of(1), ledger.submitter(1), &publishers);
        let harvest = Harvest::new("portal", landing, &publishers);
        let mut state = State::default();
        let started = Instant::now();
        let counts = round(&harvest, &portal, &mut state).await;
        println!("463 datasets of a real portal: {counts:?} in {:?}", started.elapsed());
        let submitted = counts["submitted"];
        assert!(submitted >= 455 && counts.values().sum::<usize>() == 463, "{counts:?}");
        // Without what was kept: nothing comes twice.
        let again = round(&harvest, &portal, &mut State::default()).await;
        assert_eq!(again["present"], submitted);
        assert_eq!(again.get("submitted"), None);
        // One dataset is touched without a change, one is changed while its first version is under way.
        touch(&fake, "00000100", "2026-02-01T00:00:00.000000", |_| ());
        touch(&fake, "00000200", "2026-02-01T00:00:00.000000", |package| package["notes"] = "Other notes.".into());
        let counts = round(&harvest, &portal, &mut state).await;
        assert_eq!(counts.get("waits"), Some(&1), "{counts:?}");
        assert_eq!(counts.get("updated"), None);
        let started = Instant::now();
        let compared = harvest.reconcile(&portal, &mut state, 1_000).await.unwrap();
        println!("all names compared: {:?} in {:?}", counted(&compared), started.elapsed());
    });
}
