//! The loads: event batches on all streams at once, single extrinsics of many signers, one act at a time.
//!
//! Everything is signed before the clock starts, so that what is measured is the network and not the load's own signing.

use super::{
    report::{Events, Extrinsics, Latency, percentile},
    setup::{Ground, Reporter},
};
use crate::{
    error::{Doing, Error, expect},
    ledger::Ledger,
    people::People,
};
use mulu_client::{
    calls::Call,
    connection::Connection,
    event::{Event, SealedValues},
    extrinsic::Signed,
    keys::Key,
    seal::{Place, seal},
    terms::KnownTerms,
};
use mulu_primitives::batch::BatchPlace;
use mulu_proofs::{
    access::{Outcome, PublicLeaf, RunKey, SealedField, Side},
    hash::blake2_256,
    ids::{DepartmentId, EventNumber, Moment},
};
use mulu_rpc_api::{
    access::AccessClient,
    author::{AuthorClient, ExtrinsicStatus},
    departments::DepartmentsClient,
};
use sp_core::Bytes;
use std::time::{Duration, Instant};

/// Events of a batch.
pub const BATCH: usize = 1_000;
/// Requests that are under way at once, on each connection.
const UNDER_WAY: usize = 32;
/// How long a load may take to become final.
const TIMEOUT: Duration = Duration::from_secs(300);
const PAUSE: Duration = Duration::from_millis(5);

/// A small generator of its own: the same load in every run.
#[derive(Debug)]
pub struct Mix(u64);

impl Mix {
    /// The sequence of a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// SplitMix64.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to below 1.
    pub fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// Signed batches of one stream, in order.
struct Chain<'a> {
    reporter: Reporter,
    connection: &'a Connection,
    extrinsics: Vec<Signed>,
}

/// Reports `batches` batches on each stream and returns rate and bytes on the wire; disk and processor are the caller's to fill in.
///
/// # Errors
/// [`Error`] if a batch is refused or never becomes final.
pub async fn events(ledger: &Ledger<'_>, people: &People, ground: &Ground, batches: usize) -> Result<Events, Error> {
    let mut chains = Vec::new();
    let mut bytes = 0;
    for reporter in &ground.reporters {
        let chain = seal_chain(ledger, people, ground, *reporter, batches).await?;
        bytes += chain.extrinsics.iter().map(|signed| signed.bytes.len()).sum::<usize>();
        chains.push(chain);
    }
    let count = (chains.len() * batches * BATCH) as u64;
    let started = Instant::now();
    send_all(chains.iter().map(|chain| (chain.connection, &chain.extrinsics[..])).collect()).await?;
    let last = EventNumber::new((batches * BATCH) as u64 + 1);
    for chain in &chains {
        for connection in ledger.lines().all() {
            reached(connection, &chain.reporter, last, started).await?;
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    Ok(Events {
        count,
        batch: BATCH,
        seconds,
        per_second: count as f64 / seconds,
        wire_bytes: bytes as f64 / count as f64,
        disk_bytes: 0.0,
        server_cpu_seconds_per_million: 0.0,
    })
}

async fn seal_chain<'a>(
    ledger: &Ledger<'a>,
    people: &People,
    ground: &Ground,
    reporter: Reporter,
    batches: usize,
) -> Result<Chain<'a>, Error> {
    let identity = ledger.lines().identity();
    let key = people.key(reporter.department, "platform");
    let submitter = ledger.submitter(reporter.department);
    let nonce = submitter.next_nonce(&key.public()).await.doing("asking for a nonce")?;
    let mut known = KnownTerms::default();
    known.add_grant(ground.terms.clone());
    let mut mix = Mix(reporter.department.into());
    let mut batch = BatchPlace {
        genesis: identity.genesis,
        stream: reporter.stream,
        first: EventNumber::new(1),
        previous: [0; 32],
    };
    let mut extrinsics = Vec::with_capacity(batches);
    for (place, nonce) in (0..batches as u64).zip(nonce..) {
        let events = (0..BATCH as u64).map(|event| one(&mut mix, ground, &reporter, place, event)).collect();
        let place = Place { batch, domain: identity.domain(), floor: Moment::new(0) };
        let sealed = seal(&place, events, &known, key).doing("sealing a batch")?.batch;
        (batch.first, batch.previous) = (sealed.next(), sealed.header.digest());
        let call = Call::submit_batch(&sealed.header, &sealed.signature, &sealed.body);
        extrinsics.push(submitter.unsigned(call, nonce).await.doing("preparing a batch")?.sign(key));
    }
    let connection = ledger.lines().of(reporter.department);
    Ok(Chain { reporter, connection, extrinsics })
}

/// An event with every field, as random as real ones are.
fn one(mix: &mut Mix, ground: &Ground, reporter: &Reporter, batch: u64, event: u64) -> Event {
    let terms = &ground.terms;
    let failed = mix.below(50) == 0;
    let provider = reporter.department == terms.provider.get();
    let leaf = PublicLeaf {
        key: RunKey::Grant(terms.grant, terms.version),
        entry: Some((terms.entry, terms.entry_version)),
        provider: Some(terms.provider),
        consumer: Some(terms.consumer),
        items: mix.below(1 << 12).max(1),
        authorising_system: Some(reporter.platform),
        using_system: terms.systems.first().copied(),
        purpose: terms.purposes.first().copied(),
        method: terms.method,
        side: if provider { Side::Provider } else { Side::Consumer },
        // Batches follow each other in time, so that none is before the one before.
        time: Moment::new(ground.provisioned.get() + batch + (event + mix.below(400)) / BATCH as u64),
        duration_ms: (4 + mix.below(120)) as u32,
        outcome: if failed { Outcome::Error } else { Outcome::Ok },
        calls: 1,
        rows: if failed { 0 } else { 1 + mix.below(40) as u32 },
        bytes: if failed { 0 } else { 200 + mix.below(6_000) },
        call_id: mix.next(),
        pseudonym: Some(mix.next()),
    };
    let mut values = SealedValues::default();
    for field in SealedField::ALL {
        values.set(field, &mix.next().to_le_bytes()).expect("8 bytes");
    }
    Event::new(leaf, values)
}

/// Sends each list on its connection, all lists at once, as many requests at a time as [`UNDER_WAY`] says.
pub(super) async fn send_all(lists: Vec<(&Connection, &[Signed])>) -> Result<(), Error> {
    let lists = lists.into_iter().map(|(connection, list)| async move {
        for part in list.chunks(UNDER_WAY) {
            let part = part.iter().map(|signed| connection.submit_extrinsic(Bytes(signed.bytes.clone())));
            for answer in futures::future::join_all(part).await {
                answer.doing("submitting")?;
            }
        }
        Ok::<_, Error>(())
    });
    futures::future::try_join_all(lists).await.map(drop)
}

async fn reached(
    connection: &Connection,
    reporter: &Reporter,
    next: EventNumber,
    started: Instant,
) -> Result<(), Error> {
    loop {
        let stream = AccessClient::stream(connection, reporter.stream).await.doing("asking for a stream")?;
        if stream.is_some_and(|stream| stream.next >= next) {
            return Ok(());
        }
        expect(started.elapsed() < TIMEOUT, || format!("stream {} has not come to event {next}", reporter.stream))?;
        tokio::time::sleep(PAUSE).await;
    }
}

/// Registers `count` accounts, by the admins of all departments at once.
///
/// # Errors
/// [`Error`] if one is refused or never becomes final.
pub async fn extrinsics(
    ledger: &Ledger<'_>,
    people: &People,
    departments: u32,
    count: usize,
) -> Result<Extrinsics, Error> {
    let each = count / departments as usize;
    let mut lists = Vec::new();
    for department in 1..=departments {
        let key = people.key(department, "admin");
        let submitter = ledger.submitter(department);
        let nonce = submitter.next_nonce(&key.public()).await.doing("asking for a nonce")?;
        let mut list = Vec::with_capacity(each);
        for nonce in (nonce..).take(each) {
            let call = Call::register_account(&fresh(department, nonce), DepartmentId::new(department));
            list.push(submitter.unsigned(call, nonce).await.doing("preparing a registration")?.sign(key));
        }
        lists.push((department, key, list, nonce + u32::try_from(each).expect("few")));
    }
    let started = Instant::now();
    send_all(lists.iter().map(|(department, _, list, _)| (ledger.lines().of(*department), &list[..])).collect())
        .await?;
    for (_, key, _, nonce) in &lists {
        for connection in ledger.lines().all() {
            nonce_reached(connection, key, *nonce, started).await?;
        }
    }
    let (count, seconds) = (each * departments as usize, started.elapsed().as_secs_f64());
    Ok(Extrinsics { count, seconds, per_second: count as f64 / seconds })
}

/// An account that nobody has the key of.
fn fresh(department: u32, number: u32) -> [u8; 32] {
    blake2_256(format!("measured account {number} of department {department}").as_bytes())
}

pub(super) async fn nonce_reached(
    connection: &Connection,
    key: &Key,
    nonce: u32,
    started: Instant,
) -> Result<(), Error> {
    loop {
        let account = connection.account(mulu_rpc_api::Hex32(key.public())).await.doing("asking for an account")?;
        if account.is_some_and(|account| account.nonce >= nonce) {
            return Ok(());
        }
        expect(started.elapsed() < TIMEOUT, || format!("a signer's nonce has not come to {nonce}"))?;
        tokio::time::sleep(PAUSE).await;
    }
}

/// Submits one act after the other and times each until its final block is announced.
///
/// # Errors
/// [`Error`] if one does not become final.
pub async fn latency(ledger: &Ledger<'_>, people: &People, samples: usize) -> Result<Latency, Error> {
    let mut times = latencies(ledger, people, samples).await?;
    Ok(Latency { samples, p50_ms: percentile(&mut times, 0.5), p99_ms: percentile(&mut times, 0.99) })
}

/// The times of so many acts one after the other, in milliseconds.
///
/// # Errors
/// As [`latency`].
pub async fn latencies(ledger: &Ledger<'_>, people: &People, samples: usize) -> Result<Vec<f64>, Error> {
    let (department, key) = (1, people.key(1, "admin"));
    let submitter = ledger.submitter(department);
    let connection = ledger.lines().of(department);
    let first = submitter.next_nonce(&key.public()).await.doing("asking for a nonce")?;
    let mut times = Vec::with_capacity(samples);
    for nonce in (first..).take(samples) {
        let call = Call::register_account(&fresh(department, nonce), DepartmentId::new(department));
        let signed = submitter.unsigned(call, nonce).await.doing("preparing an act")?.sign(key);
        let started = Instant::now();
        let mut watch = connection.watch_extrinsic(Bytes(signed.bytes)).await.doing("submitting")?;
        loop {
            match tokio::time::timeout(TIMEOUT, watch.next()).await {
                // Every block is final. `Finalized` follows later, for clients that would miss the first of two words.
                Ok(Some(Ok(ExtrinsicStatus::InBlock(_)))) => break,
                Ok(Some(Ok(ExtrinsicStatus::Dropped | ExtrinsicStatus::Invalid))) => {
                    return Err(Error::Unexpected("an act left the pool".into()));
                }
                Ok(Some(Ok(_))) => {}
                _ => return Err(Error::Unexpected("an act was not announced".into())),
            }
        }
        times.push(started.elapsed().as_secs_f64() * 1_000.0);
    }
    Ok(times)
}
