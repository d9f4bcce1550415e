//! Imports of what exists: a small dirty fixture of our own, and the real catalog and log where `../shared/data` is present.
//!
//! Interrupted and run again nothing comes twice, and no client address is anywhere in a node's folder.

use super::{act, block_on, folder, purpose, start, text, turn};
use mulu_client::{
    calls::Call,
    connection::Connection,
    import::{
        access::{AccessReport, Source},
        catalog::{CatalogImport, CatalogReport, Publishers},
        combined_log,
        delivery::{self, Destination},
        mapping::Mapping,
    },
    vault::Vault,
};
use mulu_proofs::{
    access::RunKey,
    catalog::EntryContent,
    departments::SystemKind,
    ids::{DepartmentId, EntryId, GrantId, Moment, PurposeId, StreamId, SystemId, Version},
    sharing::{RequestTerms, request_digest},
};
use mulu_rpc_api::{
    access::{AccessClient, HistoryFilter, HistoryOf},
    catalog::CatalogClient,
};
use mulu_tests::{
    ledger::{Act, Ledger, rows},
    network::Network,
    people::People,
};
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

/// Provider of the entries that the logs are about.
const PROVIDER: u32 = 3;
/// Who has a grant.
const CONSUMER: u32 = 4;

pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

/// A file of the real data, if the folder is there. Says so where it is not.
fn real(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(name);
    if !path.exists() {
        eprintln!("SKIPPED: ../shared/data/{name} is not there; the import of real data was not tried");
    }
    path.exists().then_some(path)
}

/// Writes a mapping that gives each organization to one of the departments 2 to 4.
fn publishers(people: &People, folder: &Path, organizations: &BTreeSet<String>) -> Publishers {
    let row = |(organization, department): (&String, u32)| {
        json!({
            "organization": organization,
            "department": department,
            "assessments": { "secrecy": "11".repeat(32), "assessed_on": 20_000 },
            "key": people.file(department, "cataloguer"),
        })
    };
    let rows: Vec<_> = organizations.iter().zip((2..=4).cycle()).map(row).collect();
    let path = folder.join("organizations.json");
    fs::write(&path, serde_json::to_string(&rows).unwrap()).unwrap();
    Publishers::read(&path).unwrap()
}

async fn import_catalog(ledger: &Ledger<'_>, publishers: &Publishers, file: &Path) -> CatalogReport {
    let import = CatalogImport::new(ledger.lines().of(1), ledger.submitter(1), publishers, None);
    import.run(file, |_| ()).await.unwrap()
}

/// Line and reason of everything that was rejected.
fn reasons(report: &CatalogReport) -> Vec<(u64, &'static str)> {
    report.rejected.iter().map(|rejected| (rejected.line, rejected.reason)).collect()
}

async fn entries(ledger: &Ledger<'_>) -> usize {
    let connection = ledger.lines().of(2);
    rows("entries", async |cursor| connection.entries(None, cursor, Some(500)).await).await.unwrap().len()
}

#[test]
fn processes_a_dirty_catalog_and_a_dirty_log_are_imported_by_stated_rules() {
    let _turn = turn();
    let folder = folder();
    block_on(async {
        let (mut network, lines, people) = start(folder.path()).await;
        let ledger = Ledger::new(&lines).await.unwrap();
        let ground = ground(&ledger, &people).await;
        let before = entries(&ledger).await;

        let organizations = ["Parks Office", "Transit Office"].map(str::to_owned).into();
        let publishers = publishers(&people, folder.path(), &organizations);
        let file = fixture("dirty-datasets.jsonl");
        let report = import_catalog(&ledger, &publishers, &file).await;
        assert_eq!((report.lines, report.landed, report.submitted), (11, 4, 4));
        let expected = [
            (3, "not_json"),
            (4, "no_title"),
            (5, "title_too_long"),
            (6, "unknown_organization"),
            (7, "duplicate_name"),
            (9, "no_organization"),
            (10, "not_json"),
        ];
        assert_eq!(reasons(&report), expected);
        let again = import_catalog(&ledger, &publishers, &file).await;
        assert_eq!((again.landed, again.submitted, again.present), (4, 0, 4));
        assert_eq!(entries(&ledger).await, before + 4);

        let rules = json!([
            { "prefix": "/trees/", "grant": ground.grant, "grant_version": 1, "items": [0], "purpose": 1 },
            { "prefix": "/stops/", "entry": ground.entries[1], "entry_version": 1, "consumer": 2, "items": [0] },
        ]);
        let log = fixture("dirty-access.log");
        let vault = vault(&ledger, folder.path());
        let report = import_log(&ledger, &people, &vault, &ground, &rules, folder.path(), &log).await;
        assert_eq!((report.lines, report.events, report.outside), (9, 6, 2));
        assert_eq!(report.by_prefix, [("/trees/".to_owned(), 3), ("/stops/".to_owned(), 1)]);
        let reasons: Vec<_> = report.rejected.iter().map(|rejected| (rejected.line, rejected.reason)).collect();
        assert_eq!(reasons, [(4, "not_combined"), (5, "bad_time"), (9, "not_utf8")]);
        let again = import_log(&ledger, &people, &vault, &ground, &rules, folder.path(), &log).await;
        assert_eq!((again.events, again.events_before, again.batches), (6, 6, 0));
        check_history(&ledger, &ground, &report, 3).await;
        no_address_below(&mut network, &addresses(&log));
    });
}

#[test]
fn processes_the_real_catalog_lands() {
    let _turn = turn();
    let Some(file) = real("opendataphilly-datasets.jsonl") else { return };
    let folder = folder();
    block_on(async {
        let (_network, lines, people) = start(folder.path()).await;
        let ledger = Ledger::new(&lines).await.unwrap();
        let organizations: BTreeSet<String> = fs::read_to_string(&file)
            .unwrap()
            .lines()
            .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
            .filter_map(|dataset| Some(dataset["organization"].as_str()?.to_owned()))
            .collect();
        let publishers = publishers(&people, folder.path(), &organizations);
        let import = CatalogImport::new(lines.of(1), ledger.submitter(1), &publishers, None);
        // Interrupted in the middle, wherever that is.
        let _ = tokio::time::timeout(Duration::from_millis(1_500), import.run(&file, |_| ())).await;
        let report = import_catalog(&ledger, &publishers, &file).await;
        assert_eq!(report.lines, 463);
        assert!(report.landed >= 455, "{} landed; rejected: {:?}", report.landed, report.rejected);
        assert_eq!(report.landed + report.rejected.len() as u64, 463);
        let again = import_catalog(&ledger, &publishers, &file).await;
        assert_eq!((again.landed, again.submitted), (report.landed, 0), "nothing comes twice");
        assert_eq!(entries(&ledger).await as u64, report.landed);
    });
}

#[test]
fn processes_the_real_log_becomes_events_with_exact_counts_and_no_address_leaves_the_vault() {
    let _turn = turn();
    let Some(file) = real("apache-access.log") else { return };
    let folder = folder();
    block_on(async {
        let (mut network, lines, people) = start(folder.path()).await;
        let ledger = Ledger::new(&lines).await.unwrap();
        let ground = ground(&ledger, &people).await;
        // Prefix, number of requests, and whether they are under the grant.
        let expected = [
            ("/presentations/", 2304, true),
            ("/images/", 1243, true),
            ("/blog/tags/", 1022, false),
            ("/blog/", 912, false),
            ("/favicon.ico", 807, false),
            ("/files/", 547, true),
            ("/style2.css", 546, false),
            ("/reset.css", 538, false),
            ("/projects/xdotool/", 381, true),
            ("/?flav=", 354, false),
            ("/articles/", 297, true),
            ("/projects/", 215, true),
            ("/robots.txt", 180, false),
            ("/scripts/", 69, false),
        ];
        let rule = |(prefix, _, granted): &(&str, u64, bool)| {
            if *granted {
                json!({ "prefix": prefix, "grant": ground.grant, "grant_version": 1, "items": [0, 1], "purpose": 1 })
            } else {
                let entry = ground.entries[1];
                json!({ "prefix": prefix, "entry": entry, "entry_version": 1, "consumer": 2, "items": [0] })
            }
        };
        let rules = serde_json::Value::Array(expected.iter().map(rule).collect());
        let vault = vault(&ledger, folder.path());
        let import = import_log(&ledger, &people, &vault, &ground, &rules, folder.path(), &file);
        // Interrupted in the middle, wherever that is.
        let _ = tokio::time::timeout(Duration::from_millis(1_000), import).await;
        let report = import_log(&ledger, &people, &vault, &ground, &rules, folder.path(), &file).await;
        assert_eq!((report.lines, report.events, report.outside), (10_000, 10_000, 585));
        let counts: Vec<_> = expected.iter().map(|(prefix, count, _)| ((*prefix).to_owned(), *count)).collect();
        assert_eq!(report.by_prefix, counts);
        let again = import_log(&ledger, &people, &vault, &ground, &rules, folder.path(), &file).await;
        assert_eq!((again.events_before, again.batches), (10_000, 0), "nothing comes twice");
        let granted = expected.iter().filter(|(_, _, granted)| *granted).map(|(_, count, _)| count).sum();
        check_history(&ledger, &ground, &report, granted).await;
        no_address_below(&mut network, &addresses(&file));
    });
}

/// What the logs refer to: two published entries, a grant on the first, a stream of the provider's platform.
pub struct Ground {
    entries: [EntryId; 2],
    pub grant: GrantId,
    platform: SystemId,
    pub stream: StreamId,
}

pub async fn ground(ledger: &Ledger<'_>, people: &People) -> Ground {
    let catalog: Vec<EntryContent> = serde_json::from_str(include_str!("../../sample/catalog.json")).unwrap();
    let open: Vec<&EntryContent> = catalog
        .iter()
        .filter(|entry| entry.provider.get() == PROVIDER && entry.sharing.law.is_empty())
        .filter(|entry| entry.sharing.condition.is_empty())
        .filter(|entry| entry.items.iter().all(|item| item.sharing == entry.sharing.class))
        .take(2)
        .collect();
    let provider = |who: &str, call| Act { department: PROVIDER, key: people.key(PROVIDER, who), call };
    for (id, content) in (1..).map(EntryId::new).zip(&open) {
        let (version, digest) = (Version::new(1), content.digest());
        ledger.act(provider("cataloguer", Call::submit_entry(content).unwrap())).await.unwrap();
        ledger.act(provider("head", Call::endorse_entry(id, version, &digest))).await.unwrap();
        act(ledger, people.key(1, "reviewer"), Call::review_entry(id, version, &digest)).await;
        act(ledger, people.key(1, "reviewer"), Call::publish_entry(id, version, &digest)).await;
    }
    let system = |department: u32, kind| {
        Call::register_system(DepartmentId::new(department), kind, &text("system"), &text("system"))
    };
    ledger.act(provider("admin", system(PROVIDER, SystemKind::Platform))).await.unwrap();
    let consumer = |who: &str, call| Act { department: CONSUMER, key: people.key(CONSUMER, who), call };
    ledger.act(consumer("admin", system(CONSUMER, SystemKind::Business))).await.unwrap();
    act(ledger, people.key(1, "supervisor"), purpose(1)).await;
    let (platform, business) = (SystemId::new(1), SystemId::new(2));
    let content = open[0];
    let method = [0, 1, 2, 3, 4].into_iter().find(|code| content.sharing.methods.0 >> code & 1 == 1).unwrap();
    let terms = RequestTerms {
        entry: EntryId::new(1),
        entry_version: Version::new(1),
        items: 0b11,
        consumer: DepartmentId::new(CONSUMER),
        basis: text("公开目录"),
        scenario: text("查询"),
        scope: text("全部门"),
        method: codec::Decode::decode(&mut &[method as u8][..]).unwrap(),
        // The logs are older than the chain.
        from: Moment::new(1_400_000_000_000),
        until: Moment::new(4_000_000_000_000),
        purposes: vec![PurposeId::new(1)].try_into().unwrap(),
        matter: text("查询"),
        systems: vec![business].try_into().unwrap(),
        platforms: vec![platform].try_into().unwrap(),
        calls_per_day: 1_000_000,
        rows_per_day: 1_000_000,
        papers: None,
    };
    let (request, digest) = {
        let request = mulu_proofs::ids::RequestId::new(1);
        (request, request_digest(request, &terms))
    };
    ledger.act(consumer("applicant", Call::submit_request(&terms))).await.unwrap();
    ledger.act(consumer("officer", Call::endorse_request(request, &digest))).await.unwrap();
    ledger.act(provider("officer", Call::agree_request(request, &digest))).await.unwrap();
    ledger.act(provider("officer", Call::provision_grant(GrantId::new(1)))).await.unwrap();
    ledger.act(provider("platform", Call::open_stream(platform, false))).await.unwrap();
    Ground { entries: [1, 2].map(EntryId::new), grant: GrantId::new(1), platform, stream: StreamId::new(1) }
}

pub fn vault(ledger: &Ledger<'_>, folder: &Path) -> Vault {
    // Beside the nodes' homes, never in one.
    Vault::open(&folder.join("test.vault"), &ledger.lines().identity().genesis).unwrap()
}

pub async fn import_log(
    ledger: &Ledger<'_>,
    people: &People,
    vault: &Vault,
    ground: &Ground,
    rules: &serde_json::Value,
    folder: &Path,
    log: &Path,
) -> AccessReport {
    let path = folder.join("mapping.json");
    fs::write(&path, json!({ "stream": ground.stream, "rules": rules }).to_string()).unwrap();
    let to = Destination {
        connection: ledger.lines().of(PROVIDER),
        submitter: ledger.submitter(PROVIDER),
        chain: ledger.lines().identity(),
        key: people.key(PROVIDER, "platform"),
    };
    let source = Source::CombinedLog(Mapping::read(&path).unwrap());
    delivery::import(to, vault, source, log, |_| ()).await.unwrap()
}

/// The ledger shows every event once, those outside every rule with their finding.
async fn check_history(ledger: &Ledger<'_>, ground: &Ground, report: &AccessReport, granted: u64) {
    let connection = ledger.lines().of(1);
    let count = async |of| count_events(connection, of).await;
    let (all, outside) = count(HistoryOf::Platform(ground.platform)).await;
    assert_eq!((all, outside), (report.events, report.outside));
    assert_eq!(count(HistoryOf::Grant(ground.grant)).await.0, granted);
    let stream = connection.stream(ground.stream).await.unwrap().unwrap();
    assert_eq!(stream.next.get(), report.events + 1);
}

/// Events of a history, and how many of them name nothing but their reporter; each of these must bear the finding.
async fn count_events(connection: &Connection, of: HistoryOf) -> (u64, u64) {
    let filter = HistoryFilter { of, from: None, until: None, with_findings: false };
    let events = rows("history", async |cursor| connection.history(filter, cursor, Some(500)).await).await.unwrap();
    let mut places = BTreeMap::new();
    for event in &events {
        *places.entry((event.stream, event.event)).or_insert(0) += 1;
        let reporter = matches!(event.leaf.key, RunKey::Reporter(_));
        assert!(!reporter || event.findings.iter().any(|finding| finding == "no_grant"), "{event:?}");
    }
    assert!(places.values().all(|times| *times == 1), "no event is shown twice");
    let outside = events.iter().filter(|event| matches!(event.leaf.key, RunKey::Reporter(_))).count();
    (events.len() as u64, outside as u64)
}

/// Every client address of a log that reads.
fn addresses(log: &Path) -> HashSet<String> {
    let bytes = fs::read(log).unwrap();
    let lines = bytes.split(|byte| *byte == b'\n');
    lines.filter_map(|line| combined_log::read(line).ok()).map(|request| request.address.to_owned()).collect()
}

/// Ends the nodes, so that everything is on the disk, and searches their folders, logs included.
fn no_address_below(network: &mut Network, addresses: &HashSet<String>) {
    assert!(addresses.len() > 2);
    network.stop();
    for node in 1..=network.len() {
        let found = search(&network.home(node), addresses);
        assert!(found.is_empty(), "node {node} holds client addresses: {found:?}");
    }
    // The search itself finds what it looks for.
    let planted = network.folder().join("planted");
    fs::create_dir(&planted).unwrap();
    let address = addresses.iter().next().unwrap();
    fs::write(planted.join("file"), [b"\x00\x01x", address.as_bytes(), b"y\xff"].concat()).unwrap();
    assert_eq!(search(&planted, addresses).len(), 1);
}

fn search(folder: &Path, addresses: &HashSet<String>) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            found.extend(search(&path, addresses));
        } else {
            let names = addresses_in(&fs::read(&path).unwrap(), addresses);
            found.extend(names.into_iter().map(|name| (path.clone(), name)));
        }
    }
    found
}

/// Addresses among bytes: every stretch of their characters is tried at every place.
fn addresses_in(bytes: &[u8], addresses: &HashSet<String>) -> Vec<String> {
    const SHORTEST: usize = 7;
    const LONGEST: usize = 39;
    let mut found = Vec::new();
    for stretch in bytes.split(|byte| !(byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':'))) {
        let separators = stretch.iter().filter(|byte| matches!(byte, b'.' | b':')).count();
        if stretch.len() < SHORTEST || separators < 2 {
            continue;
        }
        for from in 0..stretch.len() {
            for until in from + SHORTEST..=stretch.len().min(from + LONGEST) {
                let text = std::str::from_utf8(&stretch[from..until]).unwrap();
                if addresses.contains(text) {
                    found.push(text.to_owned());
                }
            }
        }
    }
    found
}
