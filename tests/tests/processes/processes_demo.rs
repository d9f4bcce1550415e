//! The demo itself: its result, what a kept network offers, and that nothing is left behind.

use super::{ask, block_on, folder, processes_of, run, turn};
use mulu_client::connection::Connection;
use mulu_tests::network::program;
use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

/// Waits until no process names the folder.
fn wait_until_gone(folder: &Path) {
    let started = Instant::now();
    while !processes_of(folder).is_empty() {
        assert!(started.elapsed() < Duration::from_secs(20), "processes are left: {:?}", processes_of(folder));
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn processes_the_demo_tells_the_whole_story_and_a_kept_network_answers() {
    let _turn = turn();
    let output = run("mulu-demo", &["--keep", "--json"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("each through a bridge"), "{said}");
    let last = String::from_utf8_lossy(&output.stdout).lines().last().unwrap().to_owned();
    let result: serde_json::Value = serde_json::from_str(&last).unwrap();
    for (name, least) in [
        ("departments", 8),
        ("entries", 40),
        ("requests", 3),
        ("grants", 2),
        ("events", 1_000),
        ("blocks", 10),
        ("evidence_verified", 1),
        ("forged_refused", 10),
    ] {
        assert!(result[name].as_u64().unwrap() >= least, "{name}: {last}");
    }
    assert!(result["seconds"].as_f64().unwrap() > 0.0);
    let path = |name: &str| result[name].as_str().unwrap().to_owned();
    let (evidence, genesis) = (path("evidence_file"), path("genesis_file"));
    let kept = Kept { folder: Path::new(&genesis).parent().unwrap().to_owned(), stop: path("stop") };

    block_on(async {
        let (_, info) = Connection::open(&path("rpc")).await.unwrap();
        assert!(u64::from(info.head.height.get()) >= result["blocks"].as_u64().unwrap());
    });
    let verified = run("mulu-verify", &[&evidence, "--genesis", &genesis]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));

    assert_eq!(processes_of(&kept.folder).len(), 4);
    ask_as_people_do(&path("rpc"), &kept.folder, &genesis);
    assert!(kept.stop().success());
    wait_until_gone(&kept.folder);
}

/// A kept network: ended and removed whatever the test finds.
struct Kept {
    folder: PathBuf,
    stop: String,
}

impl Kept {
    fn stop(&self) -> ExitStatus {
        Command::new("sh").args(["-c", &self.stop]).status().unwrap()
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.stop();
        // Nodes that are ending write no more.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The commands of the README, against the kept network.
fn ask_as_people_do(url: &str, folder: &Path, genesis: &str) {
    let mulu = |arguments: &[&str]| {
        let output = run("mulu", &[arguments, &["--url", url]].concat());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "mulu {arguments:?}: {said}");
        String::from_utf8(output.stdout).unwrap()
    };
    let json = |arguments: &[&str]| -> serde_json::Value {
        serde_json::from_str(&mulu(&[arguments, &["--json"]].concat())).unwrap()
    };
    assert!(mulu(&["node", "info"]).contains("genesis"));
    assert!(mulu(&["entry", "list"]).contains("死亡注销户口信息"));
    let request = json(&["request", "show", "1"]);
    assert_eq!(request["state"], "agreed");
    let entry = request["terms"]["entry"].to_string();
    let history = mulu(&["access", "history", "--entry", &entry, "--with-findings"]);
    assert!(history.contains("item_not_granted"), "{history}");

    let (vault, output) = (folder.join("d2.vault"), folder.join("another.evidence"));
    let (vault, output) = (vault.to_str().unwrap(), output.to_str().unwrap());
    mulu(&[
        "evidence", "export", "--stream", "1", "--event", "17", "--vault", vault, "--reveal", "user", "--output",
        output,
    ]);
    let shown = mulu(&["evidence", "show", output]).to_lowercase();
    assert!(shown.contains("revealed   user"), "{shown}");
    let report = json(&["verify", output, "--genesis", genesis]);
    assert_eq!(report["verified"], true);
    assert!(report["facts"]["revealed"][0]["value"].as_str().unwrap().starts_with("user-"), "{report}");
}

#[test]
fn processes_the_demo_cleans_up_after_ctrl_c() {
    let _turn = turn();
    let mut child = Command::new(program("mulu-demo"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The third part begins when the network runs and is in use.
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let begun = lines.by_ref().map(Result::unwrap).any(|line| line.starts_with("[3/"));
    assert!(begun, "the demo ended early");
    let nodes: Vec<_> = children_of(child.id());
    assert_eq!(nodes.len(), 4);
    ask(&child, "INT");
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    let status = child.wait().unwrap();
    assert!(!status.success(), "it says that it did not come to its end");
    assert!(rest.iter().any(|line| line.contains("Ctrl-C")), "{rest:?}");
    for home in nodes {
        assert!(processes_of(&home).is_empty(), "a node of {} is left", home.display());
        assert!(!home.exists(), "{} is left", home.display());
    }
}

#[test]
fn processes_the_demo_cleans_up_after_ctrl_c_at_its_very_beginning() {
    let _turn = turn();
    let places = folder();
    let mut child = Command::new(program("mulu-demo"))
        .env("TMPDIR", places.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    // The first part writes keys and starts the nodes; nothing has answered yet.
    assert!(lines.next().unwrap().unwrap().starts_with("[1/"));
    ask(&child, "INT");
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    assert!(!child.wait().unwrap().success());
    assert!(rest.iter().any(|line| line.contains("stopped by Ctrl-C")), "{rest:?}");
    assert_eq!(std::fs::read_dir(places.path()).unwrap().count(), 0, "its folder is left");
    wait_until_gone(places.path());
}

/// Homes of the nodes that a process has started.
fn children_of(parent: u32) -> Vec<PathBuf> {
    let parent = parent.to_string();
    let mut homes = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().filter_map(Result::ok) {
        let stat = std::fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let of_parent = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)) == Some(&parent);
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).into_owned();
        if of_parent && let Some(home) = line.split('\0').skip_while(|word| *word != "--base-path").nth(1) {
            homes.push(home.into());
        }
    }
    homes
}
