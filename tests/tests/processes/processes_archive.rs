//! Bodies of old batches leave one node for files, which its department keeps; the chain goes on, and they come back.

use super::{act, block_on, folder, processes_imports::ground, purpose, refusal, run, start, turn};
use mulu_tests::{
    ledger::{Ledger, head},
    network::{Network, program},
};
use serde_json::{Value, json};
use std::{
    fs,
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

/// Provider of the entries, whose platform reports.
const PROVIDER: u32 = 3;
/// The node whose bodies leave.
const NODE: usize = 2;
const EVENTS: usize = 300;

#[test]
fn processes_bodies_leave_a_node_for_files_and_come_back() {
    let _turn = turn();
    let folder = folder();
    block_on(async {
        let (mut network, lines, people) = start(folder.path()).await;
        let ledger = Ledger::new(&lines).await.unwrap();
        ground(&ledger, &people).await;
        report(folder.path(), &network, &people.file(PROVIDER, "platform"));
        act(&ledger, people.key(1, "supervisor"), purpose(11)).await;
        let before = head(lines.of(1)).await.unwrap();
        lines.settle(before).await.unwrap();
        let whole = history(&network, 1);
        assert_eq!(rows(&whole), EVENTS);
        let sums = mulu(&network, NODE, &["stats", "--grant", "1"]);
        assert_eq!(
            sums["rows"].as_array().unwrap().iter().map(|day| day["events"].as_u64().unwrap()).sum::<u64>(),
            300
        );

        network.kill(NODE);
        let home = network.home(NODE).to_str().unwrap().to_owned();
        let archive = folder.path().join("archive").to_str().unwrap().to_owned();
        let height = before.to_string();
        node(&["archive", "write", "--before", &height, "--to", &archive, "--base-path", &home]);
        let again = node(&["archive", "write", "--before", &height, "--to", &archive, "--base-path", &home]);
        assert!(again.contains("holds archives already") && again.contains("it was there"), "{again}");
        assert!(node(&["archive", "check", &archive]).contains("1 batches of blocks"));
        node(&["archive", "prune", "--archived", &archive, "--base-path", &home]);
        assert!(refusal("mulu-node", &["index", "rebuild", "--base-path", &home]).contains("archive restore"));

        // The node goes on without them, and says where they are.
        network.start_node(NODE).unwrap();
        network.wait_for(NODE).unwrap();
        act(&ledger, people.key(1, "supervisor"), purpose(12)).await;
        reaches(&network, NODE, head(lines.of(1)).await.unwrap().get());
        let left = history(&network, NODE);
        assert_eq!((rows(&left), left["archived"][0]["events"].as_u64()), (0, Some(300)), "{left}");
        assert!(left["archived"][0]["file"].as_str().unwrap().ends_with(".mulu-archive"));
        assert_eq!(mulu(&network, NODE, &["stats", "--grant", "1"])["rows"], sums["rows"]);
        let url = network.url(NODE);
        let evidence = folder.path().join("event.evidence").to_str().unwrap().to_owned();
        let export = ["evidence", "export", "--stream", "1", "--event", "1", "--output", &evidence, "--url", &url];
        assert!(refusal("mulu", &export).contains("archive restore"));
        assert_eq!(history(&network, 1)["rows"], whole["rows"], "the others have them");

        network.kill(NODE);
        node(&["archive", "restore", &archive, "--base-path", &home]);
        assert!(node(&["index", "rebuild", "--base-path", &home]).contains("complete to height"));
        network.start_node(NODE).unwrap();
        network.wait_for(NODE).unwrap();
        act(&ledger, people.key(1, "supervisor"), purpose(13)).await;
        reaches(&network, NODE, head(lines.of(1)).await.unwrap().get());
        assert_eq!(history(&network, NODE)["rows"], whole["rows"]);
        assert_eq!(mulu(&network, NODE, &["stats", "--grant", "1"])["rows"], sums["rows"]);
    });
}

/// Events of the grant, in one file.
fn report(folder: &Path, network: &Network, key: &Path) {
    let line = |n: usize| json!({ "grant": 1, "items": [0], "purpose": 1, "time": 1_795_000_000_000_u64 + n as u64 });
    let lines: Vec<_> = (0..EVENTS).map(|n| line(n).to_string()).collect();
    fs::write(folder.join("events.jsonl"), lines.join("\n")).unwrap();
    let mut command = Command::new(program("mulu"));
    command.current_dir(folder).env("MULU_URL", network.url(PROVIDER as usize)).env("MULU_KEY", key);
    let typed = "access report events.jsonl --stream 1 --vault test.vault --json";
    let output = command.args(typed.split(' ')).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// What the command answers at a node.
fn mulu(network: &Network, at: usize, typed: &[&str]) -> Value {
    let url = network.url(at);
    // A page is more than a pipe takes before somebody reads.
    let output = Command::new(program("mulu")).args(typed).args(["--url", &url, "--json"]).output().unwrap();
    assert!(output.status.success(), "mulu {typed:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn history(network: &Network, at: usize) -> Value {
    mulu(network, at, &["access", "history", "--grant", "1", "--limit", "500"])
}

fn rows(page: &Value) -> usize {
    page["rows"].as_array().unwrap().len()
}

/// What the node's program prints.
fn node(typed: &[&str]) -> String {
    let output = run("mulu-node", typed);
    assert!(output.status.success(), "mulu-node {typed:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Waits until a node has a height.
fn reaches(network: &Network, at: usize, height: u32) {
    let started = Instant::now();
    while mulu(network, at, &["node", "info"])["head"]["height"].as_u64() < Some(height.into()) {
        assert!(started.elapsed() < Duration::from_secs(60), "node {at} does not reach height {height}");
        thread::sleep(Duration::from_millis(200));
    }
}
