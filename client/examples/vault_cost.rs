//! What an event costs in the vault: `cargo run -p mulu-client --example vault_cost -- 100000`. Prints figures, judges nothing.

#![allow(clippy::unwrap_used, reason = "an example may")]

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use mulu_client::{
    event::{Event, SealedValues, plain_leaf},
    keys::Key,
    seal::{Place, seal},
    terms::KnownTerms,
    vault::{ChainCursor, Numbers, Vault, Wanted},
};
use mulu_primitives::batch::BatchPlace;
use mulu_proofs::{
    access::{EVENTS_MAX, PublicLeaf, SealedField},
    catalog::Method,
    ids::{EventNumber, Moment, StreamId, SystemId},
};
use rand::{RngCore, rngs::OsRng, thread_rng};
use std::{
    fs,
    time::{Duration, Instant},
};

const GENESIS: [u8; 32] = [9; 32];
const STREAM: StreamId = StreamId::new(1);

fn main() {
    let events: u64 = std::env::args().nth(1).map_or(100_000, |count| count.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vault");
    let mut vault = Vault::open(&path, &GENESIS).unwrap();
    vault.meet(STREAM, &ChainCursor { next: EventNumber::new(1), previous: [0; 32] }).unwrap();
    let key = Key::development("platform");
    let (mut spooling, mut sealing, mut keeping) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    for first in (0..events).step_by(EVENTS_MAX as usize) {
        let batch: Vec<Event> = (first..events.min(first + u64::from(EVENTS_MAX))).map(event).collect();
        let begun = Instant::now();
        vault.spool(STREAM, &batch, None).unwrap();
        spooling += begun.elapsed();
        let begun = Instant::now();
        let state = vault.stream(STREAM).unwrap().unwrap();
        let batch = BatchPlace { genesis: GENESIS, stream: STREAM, first: state.next, previous: state.previous };
        let place = Place { batch, domain: [2; 32], floor: state.floor };
        let sealed = seal(&place, vault.spooled(STREAM).unwrap(), &KnownTerms::default(), &key).unwrap();
        sealing += begun.elapsed();
        let begun = Instant::now();
        vault.keep(&sealed).unwrap();
        keeping += begun.elapsed();
        vault.confirm(STREAM, sealed.batch.next()).unwrap();
    }
    let each = |name: &str, time: Duration| {
        println!("{name:34} {:8.2} µs an event", time.as_secs_f64() * 1e6 / events as f64);
    };
    each("spool, with fsync a batch", spooling);
    each("read, sort, hash, sign", sealing);
    each("keep, with fsync a batch", keeping);
    each("of both, sealing of two rows", rows(events));
    let backup = folder.path().join("backup");
    let begun = Instant::now();
    vault.backup(&backup).unwrap();
    each("backup", begun.elapsed());
    println!("{:34} {:8.1} bytes an event", "backup", fs::metadata(&backup).unwrap().len() as f64 / events as f64);
    let begun = Instant::now();
    vault.check(Moment::new(0)).unwrap();
    each("check", begun.elapsed());
    let begun = Instant::now();
    let one = Numbers { stream: STREAM, first: EventNumber::new(1), last: EventNumber::new(1) };
    vault.erase(Wanted::Events(one), "example", "figures", Moment::new(0)).unwrap();
    each("erasing one event of all", begun.elapsed());
}

/// An event with every sealed field at its usual length.
fn event(number: u64) -> Event {
    let mut values = SealedValues::default();
    let mut digest = [0; 32];
    OsRng.fill_bytes(&mut digest);
    for (field, value) in [
        (SealedField::Operator, format!("operator-{:06}", number % 2_000).as_bytes()),
        (SealedField::User, format!("user-{:08}", number % 100_000).as_bytes()),
        (SealedField::DataSubject, format!("{:018}", number).as_bytes()),
        (SealedField::RequestDigest, &digest),
        (SealedField::ResultDigest, &digest),
        (SealedField::NetworkAddress, format!("10.{}.{}.7", number % 250, number % 251).as_bytes()),
    ] {
        values.set(field, value).unwrap();
    }
    let leaf = PublicLeaf {
        method: Method::ServiceInterface,
        duration_ms: 3,
        rows: 1,
        bytes: 400,
        call_id: number,
        ..plain_leaf(SystemId::new(1), Moment::new(1_000 + number))
    };
    Event::new(leaf, values)
}

/// The cipher alone, over rows as long as the vault's.
fn rows(events: u64) -> Duration {
    let (key, mut nonce, row) = ([7; 32], [0; 24], [5_u8; 300]);
    let begun = Instant::now();
    for _ in 0..2 * events {
        thread_rng().fill_bytes(&mut nonce);
        let payload = Payload { msg: &row, aad: b"openings and a key" };
        let sealed = XChaCha20Poly1305::new((&key).into()).encrypt(XNonce::from_slice(&nonce), payload).unwrap();
        std::hint::black_box(sealed);
    }
    begun.elapsed()
}
