//! End to end, with real processes: four validators, their faults, bad input, imports, the demo.
//!
//! Every test begins with `processes`, so that a quick run can leave them out. They take turns: two networks at once would only make
//! each other slow. Those that mostly wait for blocks share a turn.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod bridged;
#[allow(dead_code, reason = "a part of it is used here")]
#[path = "../../../client/bridge/tests/outward/database.rs"]
mod database;
#[path = "../../../client/catalogs/tests/fake/mod.rs"]
mod fake;
mod mulu;
mod processes_archive;
mod processes_audit;
mod processes_bad_input;
mod processes_bridge;
mod processes_bridge_catalog;
mod processes_bridge_kills;
mod processes_bridge_moved;
mod processes_bridge_senders;
mod processes_catalog_acts;
mod processes_complete;
mod processes_decision;
mod processes_demo;
mod processes_department_acts;
mod processes_faults;
mod processes_harvest;
mod processes_imports;
mod processes_library;
mod processes_network;
mod processes_refusals;
mod processes_secrecy;
mod processes_sharing_acts;
mod processes_short_days;
mod processes_signin;
mod processes_standing_consent;
mod processes_validators;
mod processes_vault;

use mulu_client::{calls::Call, keys::Key};
use mulu_proofs::text::Text;
use mulu_tests::{
    ledger::{Act, Ledger, Lines, wait_for_all},
    network::{Network, program},
    people::People,
};
use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// Held by the tests that have their turn.
static TURN: RwLock<()> = RwLock::new(());

/// Waits until this test has its turn, alone.
fn turn() -> RwLockWriteGuard<'static, ()> {
    // A test that failed has cleaned up: the network of its own went with it.
    TURN.write().unwrap_or_else(PoisonError::into_inner)
}

/// Waits for a turn beside others that share it.
fn shared_turn() -> RwLockReadGuard<'static, ()> {
    TURN.read().unwrap_or_else(PoisonError::into_inner)
}

/// A folder for a network.
fn folder() -> TempDir {
    tempfile::Builder::new().prefix("mulu-test-").tempdir().unwrap()
}

/// A network of four that answers.
async fn start(folder: &Path) -> (Network, Lines, People) {
    let mut network = Network::create(folder, 4, true).unwrap();
    network.start_all().unwrap();
    wait_for_all(&mut network).await.unwrap();
    let lines = Lines::open(&network).await.unwrap();
    let people = People::read(folder).unwrap();
    (network, lines, people)
}

/// Sends a signal to a process.
fn ask(child: &Child, signal: &str) {
    let kill = format!("kill -{signal} {}", child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
}

/// Runs async test code; dropping the runtime at the end drops what it started.
fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().unwrap().block_on(work)
}

fn text<const N: u32>(words: &str) -> Text<N> {
    Text::new(words).unwrap()
}

/// A small act that always succeeds: a purpose with a code of its own.
fn purpose(number: usize) -> Call {
    Call::register_purpose(&text(&format!("E2E-{number}")), &text("end to end"))
}

/// The supervisor's act at the node of department 1.
async fn act(ledger: &Ledger<'_>, key: &Key, call: Call) -> mulu_client::submit::Receipt {
    ledger.act(Act { department: 1, key, call }).await.unwrap()
}

/// Runs a program of ours to its end; kills it and fails if that takes too long.
fn run(name: &str, arguments: &[&str]) -> Output {
    let mut child = Command::new(program(name))
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let started = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if started.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
            let output = child.wait_with_output().unwrap();
            panic!("{name} {arguments:?} did not end:\n{}", String::from_utf8_lossy(&output.stderr));
        }
        thread::sleep(Duration::from_millis(20));
    }
    child.wait_with_output().unwrap()
}

/// What a program said on stderr when it refused to do something.
fn refusal(name: &str, arguments: &[&str]) -> String {
    let output = run(name, arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "{name} {arguments:?} should have refused; it said:\n{said}");
    said
}

/// Processes whose command line names `needle`.
fn processes_of(needle: &Path) -> Vec<PathBuf> {
    let needle = needle.to_string_lossy();
    let own = PathBuf::from(format!("/proc/{}", std::process::id()));
    let names = |path: &PathBuf| {
        let line = std::fs::read(path.join("cmdline")).unwrap_or_default();
        *path != own && String::from_utf8_lossy(&line).contains(&*needle)
    };
    std::fs::read_dir("/proc").unwrap().filter_map(|entry| Some(entry.ok()?.path())).filter(names).collect()
}
