//! The bridge alone: lines a second onto its disk, from a log and from posts, and from there onto the chain.
//!
//! ```text
//! network, streams ─ nodes gone ─┬─ a log that is there already ──> spool     nobody seals meanwhile, and nobody else needs the processor
//!                                └─ posts of 1,000 lines ─────────> spool
//!                    nodes back ──────────────────────────────────> chain     until the chain has every event
//! ```
//!
//! The bridge runs on one processor (`taskset -c 0`) where that can be said to the system; senders and nodes run where they like.

mod place;

use super::{VALIDATORS, process, setup, start};
use crate::{
    bridge::{Bridge, metric},
    error::{Doing, Error, expect},
    http::{Answer, Request},
    ledger::{Act, Ledger, Lines, rows, wait_for_all},
    network::Network,
    people::People,
    say,
};
use mulu_client::{calls::Call, connection::Connection};
use mulu_proofs::ids::StreamId;
use mulu_rpc_api::access::AccessClient;
use place::{DEPARTMENT, ONE_CORE, Place, has_one_core, text};
use serde::Serialize;
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use tokio::task::spawn_blocking;

/// Lines of a post.
const POSTED: u64 = 1_000;
/// Senders that post at the same time.
const SENDERS: u64 = 4;
/// Lines of each way that come before what is measured.
const MET: u64 = 1;
/// How long any part may take.
const PATIENCE: Duration = Duration::from_secs(1_800);
const PAUSE: Duration = Duration::from_millis(20);

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Lines of the log, and as many that are posted.
    pub lines: u64,
}

/// What was measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BridgeReport {
    /// Lines of each way.
    pub lines: u64,
    /// Bytes of a line, on average.
    pub line_bytes: f64,
    /// Whether the bridge had one processor.
    pub one_core: bool,
    /// From a log.
    pub tail: Spooled,
    /// From posts.
    pub posts: Spooled,
    /// Bytes of the vault by event that waits in it.
    pub vault_bytes: f64,
    /// Onto the chain.
    pub chain: OnChain,
}

/// Lines that became durable.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spooled {
    /// How long it took, in seconds.
    pub seconds: f64,
    /// Lines a second.
    pub per_second: f64,
    /// Processor time of the bridge by line, in microseconds: all of its threads.
    pub processor_us: f64,
}

/// Events that came onto the chain.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct OnChain {
    /// Events of both streams.
    pub events: u64,
    /// From the first of them to the last one final, in seconds.
    pub seconds: f64,
    /// Events a second.
    pub per_second: f64,
}

/// Starts a network and a bridge, and measures.
///
/// # Errors
/// [`Error`], with what failed.
pub async fn run(options: Options) -> Result<BridgeReport, Error> {
    let (_folder, mut network) = start().await?;
    let streams = prepare(&network).await?;
    let place = Place::new(&network, streams)?;
    meet(&network, &place, streams).await?;
    network.kill_all();
    let one_core = has_one_core();
    let before: &[&str] = if one_core { &ONE_CORE } else { &[] };

    say::note(&format!("{} lines of a log into the spool, no node there", options.lines));
    let text = text(MET..MET + options.lines);
    place.append(&text)?;
    let bridge = Bridge::start_under(&place.config, place.address, before)?;
    let tail = spooled(&bridge, "log", options.lines).await?;
    say::note(&format!("{} lines in posts of {POSTED}, {SENDERS} senders", options.lines));
    let posts = posted(&bridge, options.lines).await?;
    let events = 2 * options.lines;
    let vault_bytes = process::disk_bytes(&place.folder.join("vault")) as f64 / events as f64;

    say::note(&format!("{events} events onto the chain, four validators on the same machine"));
    network.start_all()?;
    wait_for_all(&mut network).await?;
    let lines = Lines::open(&network).await?;
    let chain = until_on_chain(lines.of(DEPARTMENT), streams, events + 2 * MET).await?;
    expect(metric(&metrics(place.address)?, "mulu_bridge_quarantine_rows", &[]) < 0.5, || {
        "the bridge has put lines into the quarantine".into()
    })?;
    Ok(BridgeReport {
        lines: options.lines,
        line_bytes: text.len() as f64 / options.lines as f64,
        one_core,
        tail,
        posts,
        vault_bytes,
        chain,
    })
}

/// The first start: the bridge learns of the chain and of its streams, and brings one line of each way onto it.
async fn meet(network: &Network, place: &Place, streams: [StreamId; 2]) -> Result<(), Error> {
    let line = text(0..MET);
    place.append(&line)?;
    let mut bridge = Bridge::start(&place.config, place.address)?;
    let started = Instant::now();
    while post(place.address, &line)?.status == 503 {
        expect(started.elapsed() < PATIENCE, || "the bridge does not meet its streams".into())?;
        tokio::time::sleep(PAUSE).await;
    }
    let lines = Lines::open(network).await?;
    while on_chain(lines.of(DEPARTMENT), streams).await? < 2 * MET {
        expect(started.elapsed() < PATIENCE, || "the first lines do not come onto the chain".into())?;
        tokio::time::sleep(PAUSE).await;
    }
    let ended = bridge.stop()?;
    expect(ended.success(), || format!("the bridge ended with {ended}"))
}

/// A platform with two streams.
async fn prepare(network: &Network) -> Result<[StreamId; 2], Error> {
    say::note("preparing a platform, a grant, two streams");
    let lines = Lines::open(network).await?;
    let ledger = Ledger::new(&lines).await?;
    let people = People::read(network.folder())?;
    let ground = setup::prepare(&ledger, &people, VALIDATORS).await?;
    let reporter = ground.reporters.iter().find(|reporter| reporter.department == DEPARTMENT);
    let reporter = reporter.ok_or_else(|| Error::Unexpected("the department has no platform".into()))?;
    let key = people.key(DEPARTMENT, "platform");
    ledger.act(Act { department: DEPARTMENT, key, call: Call::open_stream(reporter.platform, false) }).await?;
    let connection = lines.of(DEPARTMENT);
    let asked = async |cursor| connection.streams(Some(reporter.platform), cursor, None).await;
    let streams: Vec<StreamId> = rows("listing streams", asked).await?.iter().map(|stream| stream.id).collect();
    streams.try_into().map_err(|_| Error::Unexpected("the platform has other than two streams".into()))
}

fn metrics(address: SocketAddr) -> Result<String, Error> {
    let answer = Request::get("/metrics").send(address);
    answer.map(|answer| answer.body).map_err(|error| Error::Unexpected(format!("the bridge does not answer: {error}")))
}

fn accepted(bridge: &Bridge, source: &str) -> Result<u64, Error> {
    let labels = [&*format!("source=\"{source}\""), "outcome=\"accepted\""];
    Ok(metric(&metrics(bridge.address())?, "mulu_bridge_records_total", &labels) as u64)
}

/// Clock and processor of a bridge since something began.
struct Since {
    at: Instant,
    processor: f64,
    lines: u64,
}

impl Since {
    fn now(bridge: &Bridge, lines: u64) -> Self {
        Self { at: Instant::now(), processor: seconds_of(bridge), lines }
    }

    fn until(&self, bridge: &Bridge, lines: u64) -> Spooled {
        let (seconds, count) = (self.at.elapsed().as_secs_f64(), (lines - self.lines) as f64);
        let processor_us = (seconds_of(bridge) - self.processor) * 1e6 / count;
        Spooled { seconds, per_second: count / seconds, processor_us }
    }
}

fn seconds_of(bridge: &Bridge) -> f64 {
    bridge.process().and_then(process::processor_seconds).unwrap_or_default()
}

/// What is read from the moment on at which the first lines are there: the start of the process is none of it.
async fn spooled(bridge: &Bridge, source: &str, lines: u64) -> Result<Spooled, Error> {
    let (started, mut since) = (Instant::now(), None);
    loop {
        let found = accepted(bridge, source)?;
        let since = since.get_or_insert_with(|| Since::now(bridge, found));
        if since.lines == 0 && found > 0 {
            *since = Since::now(bridge, found);
        }
        if found >= lines {
            expect(found > since.lines, || "so few lines are taken at once: measure with more of them".into())?;
            return Ok(since.until(bridge, found));
        }
        expect(started.elapsed() < PATIENCE, || format!("the bridge has taken {found} of {lines} lines"))?;
        tokio::time::sleep(PAUSE).await;
    }
}

fn post(address: SocketAddr, body: &str) -> Result<Answer, Error> {
    let headers = ["Content-Type: application/x-ndjson"];
    let answer = Request::post("/ingest/posts", body.as_bytes()).with(&headers).send(address);
    answer.map_err(|error| Error::Unexpected(format!("a post failed: {error}")))
}

/// Each sender posts its part, one body after the other, all prepared before.
async fn posted(bridge: &Bridge, lines: u64) -> Result<Spooled, Error> {
    let address = bridge.address();
    let part = |sender: u64| MET + lines * sender / SENDERS..MET + lines * (sender + 1) / SENDERS;
    let bodies: Vec<Vec<String>> = (0..SENDERS)
        .map(|sender| {
            let numbers = part(sender);
            let starts = numbers.clone().step_by(POSTED as usize);
            starts.map(|start| text(start..(start + POSTED).min(numbers.end))).collect()
        })
        .collect();
    let since = Since::now(bridge, 0);
    let send = |bodies: Vec<String>| {
        spawn_blocking(move || {
            for body in bodies {
                let answer = post(address, &body)?;
                expect(answer.status == 200, || format!("a post was answered {} {}", answer.status, answer.body))?;
            }
            Ok::<(), Error>(())
        })
    };
    let senders: Vec<_> = bodies.into_iter().map(send).collect();
    for sender in senders {
        sender.await.unwrap_or_else(|_| Err(Error::Unexpected("a sender panicked".into())))?;
    }
    let measured = since.until(bridge, lines);
    let found = accepted(bridge, "posts")?;
    expect(found == lines, || format!("{found} of {lines} posted lines were taken as new ones"))?;
    Ok(measured)
}

/// Events of both streams that the chain has.
async fn on_chain(connection: &Connection, streams: [StreamId; 2]) -> Result<u64, Error> {
    let mut found = 0;
    for stream in streams {
        let stream = connection.stream(stream).await.doing("asking for a stream")?;
        found += stream.map_or(0, |stream| stream.next.get() - 1);
    }
    Ok(found)
}

/// Waits until the chain has that many; from the first new ones on it is timed.
async fn until_on_chain(connection: &Connection, streams: [StreamId; 2], events: u64) -> Result<OnChain, Error> {
    let waiting = Instant::now();
    let mut begun: Option<(Instant, u64)> = None;
    loop {
        let found = on_chain(connection, streams).await?;
        if found > 2 * MET && begun.is_none() {
            begun = Some((Instant::now(), found));
        }
        if found >= events {
            let (at, before) = begun.unwrap_or((waiting, 2 * MET));
            expect(found == events && found > before, || format!("the chain has {found} events of {events}"))?;
            let (events, seconds) = (found - before, at.elapsed().as_secs_f64());
            return Ok(OnChain { events, seconds, per_second: events as f64 / seconds });
        }
        expect(waiting.elapsed() < PATIENCE, || format!("the chain has {found} of {events} events"))?;
        tokio::time::sleep(PAUSE).await;
    }
}

impl BridgeReport {
    /// The table.
    pub fn table(&self) -> String {
        let Self { lines, line_bytes, one_core, tail, posts, vault_bytes, chain } = self;
        let core = if *one_core { "bridge on one processor" } else { "bridge on all processors" };
        let spooled = |way: &Spooled, words: &str| {
            (format!("{:.0}/s", way.per_second), format!("{words}, {:.1} µs of processor each", way.processor_us))
        };
        let (tail, tailed) = spooled(tail, &format!("{lines} lines of {line_bytes:.0} B, durable; {core}"));
        let (posts, posted) = spooled(posts, &format!("{SENDERS} senders, {POSTED} lines a post"));
        let rows = [
            ("bridge, a log", tail, tailed),
            ("bridge, posts", posts, posted),
            ("  on the disk", format!("{vault_bytes:.0} B"), "an event that waits".into()),
            (
                "  to the chain",
                format!("{:.0}/s", chain.per_second),
                format!("{} events, {:.1} s", chain.events, chain.seconds),
            ),
        ];
        rows.iter().map(|(name, value, words)| format!("  {name:<26} {value:>12}  {words}\n")).collect()
    }
}
