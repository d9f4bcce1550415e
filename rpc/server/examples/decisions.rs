//! How fast the decision point answers: alone, and over HTTP on loopback. Figures for `docs/performance.md`.
//!
//! ```text
//! cargo run --release -p mulu-rpc --example decisions [-- --decisions N]
//! ```
//!
//! A chain of one validator in a temporary folder holds the grants. Processor time is that of the server's one thread, so that the figures do not
//! depend on what else runs on the machine; latencies do.

#![allow(clippy::unwrap_used, dead_code, reason = "a program for measuring, over the ground of the tests")]

#[path = "../tests/rpc/chain.rs"]
mod chain;
#[path = "../tests/rpc/story.rs"]
mod story;

use chain::{CONSUMER, Chain, GATEWAY, PURPOSE, START, SUBSIDIES, text};
use ed25519_dalek::SigningKey;
use mulu_client::calls::Call;
use mulu_decision::{Desk, Listen, Now, Point, PointParts, Question, Settings, Under, counts::Counts, serve};
use mulu_proofs::{
    catalog::Method,
    ids::{GrantId, Moment, RequestId},
    sharing::{RequestTerms, request_digest},
};
use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

/// Grants that are asked about in turn.
const GRANTS: u32 = 200;
/// Connections at once.
const CONNECTIONS: [usize; 3] = [1, 4, 16];
/// Name of the server's thread.
const SERVER: &str = "decision";

fn main() {
    let mut arguments = std::env::args().skip(1);
    let decisions = match (arguments.next().as_deref(), arguments.next()) {
        (Some("--decisions"), Some(number)) => number.parse().unwrap(),
        _ => 200_000,
    };
    let folder = tempfile::tempdir().unwrap();
    let point = Arc::new(ground(folder.path()));
    core(&point, decisions);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).thread_name(SERVER).enable_all().build().unwrap();
    let desk = Arc::new(Desk::new(point, folder.path().join("mapping.toml")).unwrap());
    let server = runtime.block_on(async { serve(Listen::Loopback(([127, 0, 0, 1], 0).into()), desk).await }).unwrap();
    for connections in CONNECTIONS {
        over_http(server.address().unwrap(), connections, decisions / 4);
    }
}

/// A point over a chain with many grants of one consumer on one entry.
fn ground(folder: &Path) -> Point {
    let mut chain = Chain::new();
    story::publish(&mut chain, story::ENTRY, story::V1, &story::content(story::CODE, "社会组织法人登记信息"));
    chain.act("officer", Call::set_policy(story::ENTRY, &story::policy()));
    let terms = RequestTerms {
        until: Moment::new(START * 2),
        calls_per_day: u64::from(u32::MAX),
        rows_per_day: u64::from(u32::MAX),
        ..story::terms()
    };
    for number in 1..=GRANTS {
        let id = RequestId::new(number);
        let digest = request_digest(id, &terms);
        chain.act("applicant", Call::submit_request(&terms));
        chain.act("consumer-officer", Call::endorse_request(id, &digest));
        chain.act("approver1", Call::approve_request(id, &digest));
        chain.act("approver2", Call::approve_request(id, &digest));
        chain.act("officer", Call::agree_request(id, &digest));
        chain.act("officer", Call::provision_grant(GrantId::new(number)));
    }
    chain.moment = Now::read().wall.get() - 2_000;
    chain.act("platform", Call::open_decisions(GATEWAY));
    let routes: String = (1..=GRANTS)
        .map(|grant| {
            format!(
                "[[route]]\npath = \"/g{grant}/*\"\ngrant = {grant}\nitems = [0, 1]\nmethod = \"service_interface\"\npurpose = 1\n"
            )
        })
        .collect();
    let consumer = "[[consumer]]\nname = \"c\"\ndepartment = 3\nsystem = 2\nheader = \"X-Client\"\nvalue = \"c\"\n";
    fs::write(folder.join("mapping.toml"), routes + consumer).unwrap();
    let settings = Settings {
        platform: GATEWAY,
        audience: text("gateway-1"),
        token_life_ms: 5_000,
        // The chain of this program makes no further block.
        stale_after_ms: 3_600_000,
    };
    let parts = PointParts {
        settings,
        domain: chain.genesis.domain(),
        key: SigningKey::from_bytes(&mulu_proofs::hash::blake2_256(b"mulu development key platform")),
        executor: Arc::clone(&chain.executor),
        counts: Counts::open(&folder.join("counts")).unwrap(),
    };
    let point = Point::new(parts, chain.store.head(), Now::read()).unwrap();
    // The store closes with the last who knows it; its folder has to outlive this function.
    std::mem::forget(chain);
    point
}

fn question(number: usize) -> Question {
    let grant = u32::try_from(number).unwrap() % GRANTS + 1;
    Question {
        under: Under::Grant(GrantId::new(grant)),
        consumer: CONSUMER,
        items: 0b011,
        method: Method::ServiceInterface,
        purpose: Some(PURPOSE),
        using_system: Some(SUBSIDIES),
    }
}

/// The point alone, on one thread.
fn core(point: &Point, decisions: usize) {
    let cold = measure(GRANTS as usize, |number| assert!(point.decide(&question(number), Now::read()).verdict.is_ok()));
    say("alone, not in memory", &cold, None);
    let whole = measure(decisions, |number| assert!(point.decide(&question(number), Now::read()).verdict.is_ok()));
    say("alone, counted and signed", &whole, None);
    let judged = measure(decisions, |number| assert!(point.would(&question(number), Now::read()).is_ok()));
    say("alone, judged only", &judged, None);
}

/// So many blocking clients over connections that stay.
fn over_http(address: SocketAddr, connections: usize, decisions: usize) {
    let before = processor(SERVER);
    let clients: Vec<_> =
        (0..connections).map(|client| thread::spawn(move || ask(address, client, decisions / connections))).collect();
    let all: Vec<Duration> = clients.into_iter().flat_map(|client| client.join().unwrap()).collect();
    let spent = processor(SERVER).saturating_sub(before);
    say(&format!("HTTP, {connections} connections"), &all, Some(spent));
}

fn ask(address: SocketAddr, client: usize, calls: usize) -> Vec<Duration> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut buffer = [0; 4096];
    measure(calls, |number| {
        let grant = (client * 7 + number) % GRANTS as usize + 1;
        write!(
            stream,
            "GET /authorize HTTP/1.1\r\nHost: x\r\nX-Original-Method: GET\r\nX-Original-URI: /g{grant}/a\r\nX-Client: c\r\n\r\n"
        )
        .unwrap();
        let read = stream.read(&mut buffer).unwrap();
        assert!(buffer[..read].starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&buffer[..read]));
    })
}

fn measure(times: usize, mut work: impl FnMut(usize)) -> Vec<Duration> {
    let one = |number| {
        let started = Instant::now();
        work(number);
        started.elapsed()
    };
    (0..times).map(one).collect()
}

fn say(what: &str, taken: &[Duration], processor: Option<Duration>) {
    let mut sorted = taken.to_vec();
    sorted.sort_unstable();
    let at = |share: usize| sorted[(sorted.len() - 1) * share / 1_000].as_secs_f64() * 1e6;
    let busy = processor.unwrap_or_else(|| sorted.iter().sum());
    let rate = sorted.len() as f64 / busy.as_secs_f64();
    println!(
        "{what:28} {:>8} decisions  p50 {:>8.1} µs  p99 {:>8.1} µs  p99.9 {:>8.1} µs  {rate:>9.0} a second of processor",
        sorted.len(),
        at(500),
        at(990),
        at(999)
    );
}

/// Processor time of the threads of that name, to the hundredth of a second.
fn processor(name: &str) -> Duration {
    let tasks = fs::read_dir("/proc/self/task").unwrap().map(|task| task.unwrap().path());
    let named = tasks.filter(|task| fs::read_to_string(task.join("comm")).is_ok_and(|comm| comm.trim() == name));
    let ticks = named.filter_map(|task| {
        let stat = fs::read_to_string(task.join("stat")).ok()?;
        let fields: Vec<u64> = stat.rsplit_once(") ")?.1.split(' ').map(|field| field.parse().unwrap_or(0)).collect();
        Some(fields[11] + fields[12])
    });
    Duration::from_millis(ticks.sum::<u64>() * 10)
}
