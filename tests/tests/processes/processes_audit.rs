//! What auditors ask a node is on the ledger without gaps, though the node is killed between its answer and the telling; a node that cannot tell
//! answers no auditor.

use super::{folder, mulu::Mulu, run, turn};
use mulu_tests::network::{Network, free_ports};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs, thread,
    time::{Duration, Instant},
};

/// The node that is asked, of the department of this number.
const NODE: usize = 2;
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(300);

/// Asks over the public listener as the auditor; stderr if it was refused.
fn ask(url: &str, typed: &str, key: &str) -> Result<(), String> {
    let words: Vec<&str> = typed.split_whitespace().collect();
    let output = run("mulu", &[&words[..], &["--url", url, "--json", "--lang", "en", "--key", key]].concat());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    // There is no such grant: that is an answer.
    if output.status.success() || said.contains("there is no such grant") { Ok(()) } else { Err(said) }
}

/// How often the ledger was told of a question about each grant; numbers and times have no gap and no step back.
fn told(mulu: &Mulu, auditor: &str) -> BTreeMap<u64, usize> {
    let reports = mulu.rows("audit list --limit 500");
    let mut rows: Vec<&Value> = reports.iter().collect();
    rows.sort_by_key(|row| row["number"].as_u64());
    let numbers: Vec<u64> = rows.iter().map(|row| row["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>(), "a gap, or one twice");
    let moments: Vec<u64> = rows.iter().map(|row| row["moment"].as_u64().unwrap()).collect();
    assert!(moments.is_sorted_by(|one, next| one < next), "{moments:?}");
    assert!(rows.iter().all(|row| row["auditor"] == auditor));
    let mut grants = BTreeMap::new();
    for grant in rows.iter().filter_map(|row| row["scope"]["about"]["grant"].as_u64()) {
        *grants.entry(grant).or_default() += 1;
    }
    grants
}

#[test]
fn processes_what_auditors_ask_is_told_without_gaps_whatever_kills_the_node() {
    let _turn = turn();
    let folder = folder();
    let mut network = Network::create(folder.path(), 4, true).unwrap();
    let port = free_ports(1);
    let home = network.home(NODE);
    let generated = |name: &str| {
        let file = home.join("keys").join(name);
        let made = run("mulu-node", &["key", "generate", "--output", file.to_str().unwrap()]);
        String::from_utf8_lossy(&made.stdout).trim().trim_start_matches("0x").to_owned()
    };
    let node_key = generated("audit.key");
    let config = home.join("config.toml");
    let sections = format!(
        "\n[rpc.public]\nlisten = \"127.0.0.1:{port}\"\n[rpc.audit]\nkey = \"keys/audit.key\"\nreport_every_s = 3\n"
    );
    fs::write(&config, fs::read_to_string(&config).unwrap() + &sections).unwrap();
    network.start_all().unwrap();
    for node in 1..=network.len() {
        network.wait_for(node).unwrap();
    }
    let mulu = Mulu::at(&network, 1);
    let url = format!("ws://127.0.0.1:{port}");
    let (auditor, auditor_key) = (mulu.public_key("d1-auditor"), mulu.path("accounts/d1-auditor.key"));

    // A node whose key may not tell the ledger answers no auditor, and says what helps.
    let refused = ask(&url, "grant show 1", &auditor_key).unwrap_err();
    assert!(refused.contains("no role operator in force"), "{refused}");
    let officer = mulu.path("accounts/d2-officer.key");
    ask(&url, "grant show 1", &officer).expect("others are answered");
    mulu.act("d2-admin", &format!("account register {node_key} --department 2"), "account_registered");
    let operator = format!("role give {node_key} --department 2 --role operator --expires 2099-01-01");
    mulu.act("d2-admin", &operator, "role_given");
    let started = Instant::now();
    while ask(&url, "grant show 1", &auditor_key).is_err() {
        assert!(started.elapsed() < PATIENCE, "the node does not see its key's role");
        thread::sleep(PAUSE);
    }

    // It is killed right behind an answer, again and again.
    for grant in 2..=4 {
        ask(&url, &format!("grant show {grant}"), &auditor_key).unwrap();
        network.kill(NODE);
        network.start_node(NODE).unwrap();
        network.wait_for(NODE).unwrap();
        let started = Instant::now();
        while ask(&url, &format!("grant show 1{grant}"), &auditor_key).is_err() {
            assert!(started.elapsed() < PATIENCE, "the node answers no auditor any more");
            thread::sleep(PAUSE);
        }
    }
    let expected: BTreeMap<u64, usize> = [1, 2, 3, 4, 12, 13, 14].map(|grant| (grant, 1)).into();
    let started = Instant::now();
    loop {
        let grants = told(&mulu, &auditor);
        if grants == expected {
            break;
        }
        assert!(grants.values().all(|count| *count == 1), "{grants:?}");
        assert!(started.elapsed() < PATIENCE, "the ledger was told {grants:?} alone");
        thread::sleep(PAUSE);
    }
    // Nobody is noted who asks as somebody else, or on the machine itself.
    let all = mulu.rows("audit list --limit 500").len();
    ask(&url, "grant show 99", &officer).unwrap();
    mulu.ask("grant list");
    thread::sleep(Duration::from_secs(7));
    assert_eq!(mulu.rows("audit list --limit 500").len(), all);

    // An operator of another department does not speak for this node. Without a key to tell under, auditors are sent away too.
    let foreign = generated("foreign.key");
    mulu.act("d3-admin", &format!("account register {foreign} --department 3"), "account_registered");
    let operator = format!("role give {foreign} --department 3 --role operator --expires 2099-01-01");
    mulu.act("d3-admin", &operator, "role_given");
    let section = "[rpc.audit]\nkey = \"keys/audit.key\"\nreport_every_s = 3\n";
    let text = fs::read_to_string(&config).unwrap();
    for (section_now, words) in
        [(section.replace("audit.key", "foreign.key"), "another department"), (String::new(), "[rpc.audit]")]
    {
        network.kill(NODE);
        fs::write(&config, text.replace(section, &section_now)).unwrap();
        network.start_node(NODE).unwrap();
        network.wait_for(NODE).unwrap();
        let refused = ask(&url, "grant show 1", &auditor_key).unwrap_err();
        assert!(refused.contains(words), "{refused}");
    }
}
