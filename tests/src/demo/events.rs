//! Fourth part: two platforms report what was done with the data, each through a bridge with a vault of its own; people, addresses and digests
//! stay there. The gateway writes a log that its bridge follows, the platform posts to its own.
//!
//! The provider's gateway reports every call it served, the denied ones too; the consumer's platform reports its side of the same calls.
//! Some calls ask for an item that was not granted, some come without a grant, some name nothing that the ledger knows.

use super::{
    bridged::{Place, Way},
    progress::Progress,
    scenario::{ALL_ITEMS, GATEWAY, ITEMS, PLATFORM, STRANGER, System},
    sharing::Granted,
};
use crate::{
    error::Error,
    ledger::{Act, Ledger, rows},
    network::Network,
    people::People,
};
use indicatif::ProgressBar;
use mulu_client::{
    calls::Call,
    event::{Event, SealedValues},
    vault::Vault,
};
use mulu_proofs::{
    access::{Outcome, PublicLeaf, RunKey, SealedField, Side},
    catalog::Method,
    grants::GrantTerms,
    hash::{DigestKind, blake2_256, secret_digest},
    ids::{DepartmentId, Digest32, Moment, StreamId, SystemId},
};
use mulu_rpc_api::access::{AccessClient, Stream};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Calls under the grant, each reported by both sides.
const CALLS: u64 = 600;
/// Every how many calls one asks for an item that was not granted.
const TOO_MUCH_EVERY: u64 = 97;
/// Calls of a department without a grant, all denied.
const DENIED: u64 = 30;
/// Requests to the consumer's platform that name neither grant nor entry.
const UNKNOWN: u64 = 5;
/// How much time the calls take at least.
const SPAN: Duration = Duration::from_secs(1);

/// What was reported, as the ledger should show it.
#[derive(Debug)]
pub struct Reported {
    /// All events.
    pub events: usize,
    /// Those that name the entry.
    pub on_entry: usize,
    /// Those on the entry that deserve a finding.
    pub findings_on_entry: usize,
    /// Batches.
    pub batches: u64,
    /// The gateway's stream.
    pub stream: StreamId,
    /// The gateway's vault.
    pub vault: Vault,
}

/// A platform with its department, its id on the ledger and its side.
struct Reporter {
    system: System,
    id: SystemId,
    side: Side,
    way: Way,
}

/// Opens both streams, reports everything, and closes neither: a platform goes on reporting.
pub async fn report(
    ledger: &Ledger<'_>,
    people: &People,
    granted: &Granted,
    ids: [SystemId; 2],
    network: &Network,
    progress: &Progress,
) -> Result<Reported, Error> {
    let gateway = Reporter { system: GATEWAY, id: ids[0], side: Side::Provider, way: Way::Log };
    let platform = Reporter { system: PLATFORM, id: ids[1], side: Side::Consumer, way: Way::Posts };
    // The calls happen now, not when the grant was provisioned: a chain of short days soon calls them late.
    let from = until(granted.provisioned).await;
    let end = until(Moment::new(from.get() + SPAN.as_millis() as u64)).await;
    let times = Times { from, until: end };
    let mut served = calls(&gateway, &granted.terms, &times);
    served.extend(denied(&gateway, &granted.terms, &times));
    served.sort_by_key(|event| event.leaf.time);
    let mut fetched = calls(&platform, &granted.terms, &times);
    fetched.extend(unknown(&platform, &times));
    fetched.sort_by_key(|event| event.leaf.time);

    let all = || served.iter().chain(&fetched);
    let on_entry = all().filter(|event| event.leaf.entry.is_some());
    let findings = on_entry.clone().filter(|event| deserves_finding(&event.leaf)).count();
    let bar = progress.bar(all().count());
    let (events, on_entry) = (all().count(), on_entry.count());
    let (vault, stream, first) = send(ledger, people, &gateway, &served, network, &bar).await?;
    let (_, _, second) = send(ledger, people, &platform, &fetched, network, &bar).await?;
    bar.finish_and_clear();
    Ok(Reported { events, on_entry, findings_on_entry: findings, batches: first + second, stream, vault })
}

/// Waits until the clock has passed `moment`, and says what it shows then.
async fn until(moment: Moment) -> Moment {
    loop {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64;
        if now > moment.get() {
            return Moment::new(now);
        }
        tokio::time::sleep(Duration::from_millis(moment.get() - now + 1)).await;
    }
}

/// When the calls happen: evenly between two moments.
struct Times {
    from: Moment,
    until: Moment,
}

impl Times {
    fn at(&self, place: u64, count: u64) -> Moment {
        Moment::new(self.from.get() + (self.until.get() - self.from.get()) * place / count)
    }
}

fn deserves_finding(leaf: &PublicLeaf) -> bool {
    leaf.items & !ITEMS != 0 || !matches!(leaf.key, RunKey::Grant(..))
}

/// The calls under the grant, as one side saw them.
fn calls(reporter: &Reporter, terms: &GrantTerms, times: &Times) -> Vec<Event> {
    let call = |place: u64| {
        let failed = place % 41 == 40;
        let leaf = PublicLeaf {
            key: RunKey::Grant(terms.grant, terms.version),
            entry: Some((terms.entry, terms.entry_version)),
            provider: Some(terms.provider),
            consumer: Some(terms.consumer),
            items: if place % TOO_MUCH_EVERY == 3 { ALL_ITEMS } else { ITEMS },
            authorising_system: terms.platforms.first().copied(),
            using_system: terms.systems.first().copied(),
            purpose: terms.purposes.first().copied(),
            method: terms.method,
            side: reporter.side,
            time: times.at(place, CALLS),
            duration_ms: 8 + (place * 7 % 23) as u32,
            outcome: if failed { Outcome::Error } else { Outcome::Ok },
            calls: 1,
            rows: u32::from(!failed),
            bytes: if failed { 0 } else { 310 + place % 90 },
            // Both sides know the request id and share a secret, so that the same call has the same id on both.
            call_id: shared_call_id(place),
            pseudonym: None,
        };
        Event::new(leaf, people_of(place))
    };
    (0..CALLS).map(call).collect()
}

fn shared_call_id(place: u64) -> u64 {
    let secret = blake2_256(b"secret that the two sides of the demo share");
    let digest: Digest32 = secret_digest(DigestKind::CallId, &secret, &place.to_le_bytes());
    u64::from_le_bytes(*digest.first_chunk().expect("32 bytes hold 8"))
}

/// What a department without a grant tried.
fn denied(reporter: &Reporter, terms: &GrantTerms, times: &Times) -> Vec<Event> {
    let consumer = DepartmentId::new(STRANGER);
    let attempt = |place: u64| {
        let leaf = PublicLeaf {
            key: RunKey::Entry(terms.entry, terms.entry_version, consumer),
            entry: Some((terms.entry, terms.entry_version)),
            provider: Some(terms.provider),
            consumer: Some(consumer),
            items: ITEMS,
            authorising_system: Some(reporter.id),
            using_system: None,
            purpose: None,
            method: terms.method,
            side: reporter.side,
            time: times.at(place, DENIED),
            duration_ms: 1,
            outcome: Outcome::Denied,
            calls: 1,
            rows: 0,
            bytes: 0,
            call_id: shared_call_id(1_000_000 + place),
            pseudonym: None,
        };
        Event::new(leaf, people_of(1_000_000 + place))
    };
    (0..DENIED).map(attempt).collect()
}

/// Requests that the platform cannot name.
fn unknown(reporter: &Reporter, times: &Times) -> Vec<Event> {
    let request = |place: u64| {
        let leaf = PublicLeaf {
            key: RunKey::Reporter(reporter.id),
            entry: None,
            provider: None,
            consumer: None,
            items: 0,
            authorising_system: None,
            using_system: None,
            purpose: None,
            method: Method::File,
            side: reporter.side,
            time: times.at(place, UNKNOWN),
            duration_ms: 2,
            outcome: Outcome::Error,
            calls: 1,
            rows: 0,
            bytes: 0,
            call_id: shared_call_id(2_000_000 + place),
            pseudonym: None,
        };
        Event::new(leaf, people_of(2_000_000 + place))
    };
    (0..UNKNOWN).map(request).collect()
}

/// Invented people and addresses, for the vault alone.
fn people_of(place: u64) -> SealedValues {
    let mut values = SealedValues::default();
    let digest = |what: &str| blake2_256(format!("{what} of call {place}").as_bytes());
    let fields = [
        (SealedField::Operator, format!("operator-{:02}", place % 7).into_bytes()),
        (SealedField::User, format!("user-{:03}", place % 31).into_bytes()),
        (SealedField::DataSubject, format!("subject-{place:06}").into_bytes()),
        (SealedField::RequestDigest, digest("request").to_vec()),
        (SealedField::ResultDigest, digest("result").to_vec()),
        (SealedField::NetworkAddress, format!("10.6.{}.{}", place % 5, place % 200 + 1).into_bytes()),
    ];
    for (field, value) in fields {
        values.set(field, &value).expect("shorter than a sealed value may be");
    }
    values
}

/// Opens a stream and reports the events through the platform's bridge. Returns the vault, the stream, and the number of batches.
async fn send(
    ledger: &Ledger<'_>,
    people: &People,
    reporter: &Reporter,
    events: &[Event],
    network: &Network,
    bar: &ProgressBar,
) -> Result<(Vault, StreamId, u64), Error> {
    let department = reporter.system.department;
    let key = people.key(department, "platform");
    ledger.act(Act { department, key, call: Call::open_stream(reporter.id, false) }).await?;
    let stream = open_stream(ledger, department, reporter.id).await?;
    let node = network.url(ledger.lines().place(department) + 1);
    let place = Place { folder: network.folder(), node, department, stream: stream.id, way: reporter.way };
    let (vault, batches) = place.report(ledger, events, bar).await?;
    Ok((vault, stream.id, batches))
}

async fn open_stream(ledger: &Ledger<'_>, department: u32, platform: SystemId) -> Result<Stream, Error> {
    let connection = ledger.lines().of(department);
    let streams =
        rows("listing streams", async |cursor| connection.streams(Some(platform), cursor, None).await).await?;
    streams.into_iter().next().ok_or_else(|| Error::Unexpected("the stream is not on the ledger".into()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use crate::demo::scenario::{CONSUMER, PROVIDER};
    use mulu_proofs::{
        ids::{EntryId, GrantId, PurposeId, RequestId, Version},
        sharing::RequestTerms,
    };

    fn terms() -> GrantTerms {
        let asked: RequestTerms = crate::demo::scenario::terms(
            (EntryId::new(14), Version::new(1)),
            PurposeId::new(1),
            SystemId::new(3),
            [SystemId::new(1), SystemId::new(2)],
            Moment::new(1_790_000_000_000),
        );
        GrantTerms {
            grant: GrantId::new(1),
            version: Version::new(1),
            request: RequestId::new(1),
            provider: DepartmentId::new(PROVIDER),
            consumer: asked.consumer,
            entry: asked.entry,
            entry_version: asked.entry_version,
            items: asked.items,
            method: asked.method,
            from: asked.from,
            until: asked.until,
            purposes: asked.purposes,
            systems: asked.systems,
            platforms: asked.platforms,
            calls_per_day: asked.calls_per_day,
            rows_per_day: asked.rows_per_day,
        }
    }

    #[test]
    fn the_story_has_a_thousand_events_and_stays_under_the_quota() {
        const { assert!(2 * CALLS + DENIED + UNKNOWN >= 1_000) };
        assert!(CALLS < terms().calls_per_day);
        assert_eq!(terms().consumer.get(), CONSUMER);
    }

    #[test]
    fn both_sides_tell_of_the_same_calls_and_no_person_is_in_the_public_part() {
        let times = Times { from: Moment::new(1_000), until: Moment::new(2_000) };
        let side = |side, id| {
            calls(&Reporter { system: GATEWAY, id: SystemId::new(id), side, way: Way::Log }, &terms(), &times)
        };
        let (served, fetched) = (side(Side::Provider, 1), side(Side::Consumer, 2));
        assert!(served.iter().zip(&fetched).all(|(a, b)| a.leaf.call_id == b.leaf.call_id));
        assert!(served.iter().all(|event| event.leaf.time >= times.from && event.leaf.time < times.until));
        let beyond = served.iter().filter(|event| deserves_finding(&event.leaf)).count() as u64;
        assert_eq!(beyond, (CALLS - 4) / TOO_MUCH_EVERY + 1);
        for event in &served {
            let leaf = event.leaf.bytes();
            let values = event.sealed.values.iter().flatten();
            assert!(values.clone().count() == 6);
            assert!(!values.into_iter().any(|value| leaf.windows(value.len()).any(|part| part == &value[..])));
        }
    }
}
