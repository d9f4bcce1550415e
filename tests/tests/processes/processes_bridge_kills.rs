//! Bridge, node and senders are killed in turn, fifty times, wherever they are; in the end the chain has what was sent, each event once.
//!
//! A sender is this program again: an ignored test that works in the folder that a variable names until it is killed. One writes a log, one
//! posts batches and knows by a file which one was answered.

use super::{
    block_on,
    bridged::{LOG_AND_POSTS, PATIENCE, Place, SENDER, append, joined, lines_of, numbers, until_events, wait_until},
    folder, turn,
};
use mulu_tests::{bridge::Bridge, http::Request, network::Network};
use std::{
    collections::BTreeSet,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

const KILLS: u32 = 50;
/// The provider's node, which the bridge talks to.
const NODE: usize = 3;
/// Records of a posted batch.
const BATCH: u64 = 20;
/// The variables that make a test a sender.
const FOLDER: &str = "MULU_TEST_SENDER_FOLDER";
const ADDRESS: &str = "MULU_TEST_SENDER_ADDRESS";

/// A sender as a process; gone when this is dropped.
struct Sender {
    test: &'static str,
    folder: PathBuf,
    address: SocketAddr,
    child: Option<Child>,
}

impl Sender {
    fn start(test: &'static str, place: &Place) -> Self {
        let mut sender = Self { test, folder: place.folder.clone(), address: place.address, child: None };
        sender.spawn();
        sender
    }

    fn spawn(&mut self) {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args([&*format!("processes_bridge_kills::{}", self.test), "--exact", "--ignored"]);
        command.env(FOLDER, &self.folder).env(ADDRESS, self.address.to_string());
        self.child = Some(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    }

    fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            assert!(child.try_wait().unwrap().is_none(), "{} has ended by itself", self.test);
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[test]
#[ignore = "a sender, which the test of the kills starts as a process of its own"]
fn processes_bridge_writes_lines() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let log = Path::new(&folder).join("audit.log");
    let mut next = written(Path::new(&folder)).last().map_or(1, |last| last + 1);
    if log.exists() && !fs::read(&log).unwrap().is_empty() && !fs::read(&log).unwrap().ends_with(b"\n") {
        // Killed within a line: that one is none, and the next begins behind it.
        append(&log, "\n");
    }
    loop {
        append(&log, &lines_of("nginx", next..next + 5));
        next += 5;
        thread::sleep(Duration::from_millis(40));
    }
}

#[test]
#[ignore = "a sender, which the test of the kills starts as a process of its own"]
fn processes_bridge_posts_batches() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let folder = PathBuf::from(folder);
    let address: SocketAddr = std::env::var(ADDRESS).unwrap().parse().unwrap();
    loop {
        let batch = answered(&folder);
        let body = lines_of("portal", batch * BATCH + 1..=(batch + 1) * BATCH);
        let request = Request::post("/ingest/portal", body.as_bytes()).by(SENDER);
        // Whatever else it is told, it sends the same again: nobody knows whether the bridge has it.
        while !request.send(address).is_ok_and(|answer| answer.status == 200) {
            thread::sleep(Duration::from_millis(20));
        }
        fs::write(folder.join("answered.new"), (batch + 1).to_string()).unwrap();
        fs::rename(folder.join("answered.new"), folder.join("answered")).unwrap();
        thread::sleep(Duration::from_millis(100));
    }
}

/// Batches that were answered.
fn answered(folder: &Path) -> u64 {
    fs::read_to_string(folder.join("answered")).map_or(0, |text| text.parse().unwrap())
}

/// Numbers of the whole lines of the log, rotated ones included.
fn written(folder: &Path) -> BTreeSet<u64> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let logs = names.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("audit.log"));
    let text: String = logs.map(|path| fs::read_to_string(path).unwrap() + "\n").collect();
    let whole = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    whole.map(|line| line["bytes"].as_u64().unwrap()).collect()
}

/// Numbers that look like chance and are the same every time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// Everything that can be killed.
struct Parts {
    network: Network,
    bridge: Bridge,
    writer: Sender,
    poster: Sender,
}

impl Parts {
    /// Kills one and starts it again. Who is killed was well before, so that no kill hits the dead.
    fn kill(&mut self, number: u32, place: &Place) {
        match number % 4 {
            0 => {
                self.bridge.wait().unwrap();
                self.bridge.kill();
                self.bridge.spawn().unwrap();
            }
            1 => {
                self.writer.kill();
                if number % 8 == 1 {
                    fs::rename(place.path("audit.log"), place.path(&format!("audit.log.{number}"))).unwrap();
                }
                self.writer.spawn();
                wait_until("the writer begins the log", || place.path("audit.log").exists());
            }
            2 => {
                self.network.wait_for(NODE).unwrap();
                self.network.kill(NODE);
                self.network.start_node(NODE).unwrap();
            }
            _ => {
                self.poster.kill();
                self.poster.spawn();
            }
        }
    }
}

#[test]
fn processes_bridge_node_and_senders_are_killed_fifty_times_and_each_event_is_there_once() {
    let _turn = turn();
    let folder = folder();
    block_on(async {
        let (network, lines, _) = joined(folder.path(), 2).await;
        let chain = lines.of(1);
        let place = Place::new(&network, LOG_AND_POSTS);
        append(&place.path("audit.log"), "");
        let bridge = place.start();
        let writer = Sender::start("processes_bridge_writes_lines", &place);
        let poster = Sender::start("processes_bridge_posts_batches", &place);
        let mut parts = Parts { network, bridge, writer, poster };
        wait_until("both senders are heard", || answered(&place.folder) > 1 && written(&place.folder).len() > 10);

        let (mut chance, started) = (Chance(7), Instant::now());
        for number in 0..KILLS {
            tokio::time::sleep(Duration::from_millis(100 + chance.below(700))).await;
            parts.kill(number, &place);
        }
        // What is under way when the last one is killed is answered first.
        let batches = answered(&place.folder);
        wait_until("batches are answered after the last kill", || answered(&place.folder) > batches + 1);
        parts.writer.kill();
        parts.poster.kill();
        let killing = started.elapsed();
        let written = written(&place.folder);
        // The batch that was on its way may have come, and may not.
        let posted = answered(&place.folder) * BATCH;
        assert!(written.len() > 500 && posted > 500, "{} lines and {posted} posts are too few", written.len());

        until_events(chain, 1, written.len() as u64).await;
        let found = settled(chain, posted).await;
        assert!([posted, posted + BATCH].contains(&(found.len() as u64)), "{} events of {posted}", found.len());
        assert_eq!(found, (1..=found.len() as u64).collect::<Vec<_>>(), "each posted record is there once");
        assert_eq!(numbers(chain, 1).await, written.into_iter().collect::<Vec<_>>(), "each line is there once");
        let status = place.mulu("bridge status");
        let held = place.mulu("bridge quarantine list");
        assert!(held["rows"].as_array().unwrap().iter().all(|row| row["reason"] == "not_json"), "{held:#}");
        assert_eq!(status["waiting"], 0, "{status:#}");
        eprintln!("{KILLS} kills in {killing:.0?}, all there {:.0?} after the first", started.elapsed());
        assert!(started.elapsed() < 2 * PATIENCE);
    });
}

/// Numbers of the posted events, once the bridge has nothing left.
async fn settled(chain: &mulu_client::connection::Connection, posted: u64) -> Vec<u64> {
    let started = Instant::now();
    let mut before = Vec::new();
    loop {
        let found = numbers(chain, 2).await;
        if found.len() as u64 >= posted && found == before {
            return found;
        }
        assert!(started.elapsed() < PATIENCE, "{} of {posted} posted events are there", found.len());
        before = found;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}
