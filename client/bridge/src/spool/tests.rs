//! The writer, step by step: whatever comes, is repeated, or dies in between, each accepted event is in the batches once.

#![allow(clippy::unwrap_used, reason = "a test may")]

use super::*;
use crate::{
    sample::{STREAM, by, chain, mapping, record, vault},
    sealer::{Desk, Sealing},
};
use mulu_client::{keys::Key, vault::ChainCursor};
use mulu_proofs::{access::SealedField, ids::EventNumber};
use std::collections::BTreeMap;

fn config() -> SpoolConfig {
    SpoolConfig { remember_ids: 100_000, ..SpoolConfig::default() }
}

fn writer(vault: &Arc<Vault>, config: &SpoolConfig) -> Writer {
    Writer {
        seen: vault.seen_ids(config.remember_ids).unwrap(),
        vault: Arc::clone(vault),
        levels: Arc::new(Levels::of(vault, config).unwrap()),
        metrics: Metrics::default(),
        stop: Stop::new(),
    }
}

fn draft(vault: &Vault, number: u64) -> Item {
    Item::Draft(Box::new(mapping().draft(&record(1_000, number), vault.call_ids()).unwrap().unwrap()))
}

fn delivery(items: Vec<(Option<RecordId>, Item)>, position: Option<u64>) -> Mapped {
    Mapped {
        source: "gateway".into(),
        stream: STREAM,
        items: items.into_iter().enumerate().map(|(place, (id, item))| (place, id, item)).collect(),
        position: position.map(|position| ("source/gateway".to_owned(), position.to_le_bytes().to_vec())),
        skipped: 0,
        without_id: 0,
    }
}

fn poison(raw: &[u8]) -> Item {
    Item::Poison(Poison { reason: "not_json", detail: "no JSON".into(), raw: raw.to_vec() })
}

type Answered = oneshot::Receiver<Result<Accepted, Refused>>;

fn job(delivery: Mapped) -> (Job, Answered) {
    let (answer, answered) = oneshot::channel();
    (Job::Delivery(delivery, answer), answered)
}

/// Writes deliveries as one group.
fn write(writer: &mut Writer, deliveries: Vec<Mapped>) -> Vec<Result<Accepted, Refused>> {
    let mut group = Group::default();
    let mut answers = Vec::new();
    for delivery in deliveries {
        let (job, answer) = job(delivery);
        assert!(writer.add(&mut group, job).is_none());
        answers.push(answer);
    }
    writer.commit(group).unwrap();
    answers.into_iter().map(|mut answer| answer.try_recv().unwrap()).collect()
}

#[test]
fn a_record_that_comes_again_is_known_within_a_group_and_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Arc::new(vault(folder.path()));
    let mut writer = writer(&vault, &config());
    let id = |name: &str| Some(vault.record_ids().of("gateway", name.as_bytes()));
    let one = || (id("1"), draft(&vault, 1));
    let answers = write(&mut writer, vec![delivery(vec![one(), one()], None), delivery(vec![one()], None)]);
    let counts: Vec<_> =
        answers.iter().map(|answer| answer.as_ref().unwrap()).map(|a| (a.accepted, a.repeated)).collect();
    assert_eq!(counts, [(1, 1), (0, 1)]);
    let again =
        write(&mut writer, vec![delivery(vec![one(), (None, draft(&vault, 2)), (None, draft(&vault, 2))], None)]);
    assert_eq!(again[0].as_ref().unwrap().accepted, 2, "what has no id is never taken for a repetition");
    assert_eq!(vault.intake(STREAM).unwrap().drafts, 3);
    assert!(writer.metrics.text().contains("mulu_bridge_records_total{source=\"gateway\",outcome=\"repeated\"} 3"));
}

#[test]
fn what_can_be_no_event_is_numbered_in_the_quarantine_and_the_rest_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Arc::new(vault(folder.path()));
    let mut writer = writer(&vault, &config());
    let first = delivery(vec![(None, poison(b"a")), (None, draft(&vault, 1)), (None, poison(b"b"))], None);
    let second = delivery(vec![(None, poison(b"c"))], None);
    let answers = write(&mut writer, vec![first, second]);
    let numbers = |answer: &Result<Accepted, Refused>| -> Vec<(usize, u64)> {
        answer.as_ref().unwrap().quarantined.iter().map(|row| (row.place, row.number)).collect()
    };
    assert_eq!((numbers(&answers[0]), numbers(&answers[1])), (vec![(0, 1), (2, 2)], vec![(0, 3)]));
    let held: Vec<_> = vault.held(0, 9).unwrap().into_iter().map(|(number, held)| (number, held.what)).collect();
    assert_eq!(held[2], (3, HeldThing::Raw(b"c".to_vec())));
    assert_eq!(vault.intake(STREAM).unwrap().drafts, 1);
}

#[test]
fn a_full_spool_and_a_full_quarantine_refuse_what_would_go_into_them_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Arc::new(vault(folder.path()));
    let bounds = SpoolConfig { max_events: 2, max_quarantine_bytes: 1, ..config() };
    let mut writer = writer(&vault, &bounds);
    let events = |count: u64| delivery((0..count).map(|n| (None, draft(&vault, n))).collect(), Some(count));
    assert_eq!(write(&mut writer, vec![events(2)])[0].as_ref().unwrap().accepted, 2);
    let full = write(&mut writer, vec![events(1), delivery(vec![(None, poison(b"xx"))], Some(7))]);
    assert!(matches!(full[0], Err(Refused::Full { waiting: 2, bound: 2, .. })));
    assert_eq!(full[1].as_ref().unwrap().quarantined.len(), 1, "a full spool keeps no poison out");
    let held = write(&mut writer, vec![delivery(vec![(None, poison(b"y"))], Some(8)), delivery(vec![], Some(9))]);
    assert!(matches!(held[0], Err(Refused::QuarantineFull { bound: 1, .. })), "{held:?}");
    assert!(held[1].is_ok(), "a position alone is taken");
    assert_eq!(
        vault.position("source/gateway").unwrap(),
        Some(9_u64.to_le_bytes().to_vec()),
        "a refused one never moves it"
    );
}

#[tokio::test]
async fn the_thread_answers_in_order_and_ends_when_the_spool_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let vault = Arc::new(vault(folder.path()));
    let spool = Spool::start(Arc::clone(&vault), &config(), Metrics::default(), Stop::new()).unwrap();
    let deliver = |number| spool.deliver(delivery(vec![(None, draft(&vault, number))], None));
    let answers = futures::future::join_all((0..200).map(deliver)).await;
    assert!(answers.iter().all(Result::is_ok));
    spool.put_position("sink/platform", b"7".to_vec()).await.unwrap();
    assert_eq!(spool.position("sink/platform").await.unwrap().as_deref(), Some(&b"7"[..]));
    assert_eq!(spool.levels().total().0, 200);
    spool.close().await;
    assert!(matches!(deliver(1).await, Err(Refused::Stopped { .. })));
    assert!(matches!(spool.put_position("sink/platform", b"8".to_vec()).await, Err(BridgeError::Stopped { .. })));
    spool.close().await;
}

/// A generator whose numbers follow from its seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }
}

/// A sender that posts with ids until it is told, a source with a position, the bridge between them and the chain, and a process that dies
/// at any step.
struct World {
    folder: tempfile::TempDir,
    vault: Arc<Vault>,
    writer: Writer,
    desk: Desk,
    dice: Dice,
    /// Numbers of events that the sender has not been told of; it goes on with new ones.
    unacknowledged: Vec<u64>,
    posted: u64,
    /// How many events the source with a position has, numbered from a million on.
    log: u64,
    /// Next event number and last digest on the chain.
    chain: ChainCursor,
}

const LOG: u64 = 1_000_000;

impl World {
    fn new(seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let vault = Arc::new(vault(folder.path()));
        let writer = writer(&vault, &config());
        let chain = ChainCursor { next: EventNumber::new(1), previous: [0; 32] };
        let (desk, dice) = (Desk::default(), Dice(seed * 0x9e37_79b9 + 1));
        Self { folder, vault, writer, desk, dice, unacknowledged: Vec::new(), posted: 0, log: 0, chain }
    }

    /// The process dies and another one opens the vault.
    fn die(self) -> Self {
        let Self { folder, vault, writer, dice, unacknowledged, posted, log, chain, .. } = self;
        drop((vault, writer));
        let vault = Arc::new(crate::sample::vault(folder.path()));
        let writer = self::writer(&vault, &config());
        vault.meet(STREAM, &chain).unwrap();
        Self { folder, vault, writer, desk: Desk::default(), dice, unacknowledged, posted, log, chain }
    }

    fn step(mut self) -> Self {
        match self.dice.roll(6) {
            0 | 1 => self.post(),
            2 => self.pull(),
            3 => self.seal(),
            4 => {
                self.send();
                self
            }
            _ => self.die(),
        }
    }

    /// The sender posts what it was not told of, and new ones.
    fn post(mut self) -> Self {
        let more = self.dice.roll(40);
        self.unacknowledged.extend(self.posted..self.posted + more);
        self.posted += more;
        let ids = self.vault.record_ids();
        let item = |number: &u64| (Some(ids.of("gateway", &number.to_le_bytes())), draft(&self.vault, *number));
        let items = self.unacknowledged.iter().map(item).collect();
        let mut group = Group::default();
        assert!(self.writer.add(&mut group, job(delivery(items, None)).0).is_none());
        match self.dice.roll(3) {
            // It dies before the group is written.
            0 => self.die(),
            // It dies, or the line breaks, before the sender is told.
            1 => {
                self.writer.commit(group).unwrap();
                self
            }
            _ => {
                self.writer.commit(group).unwrap();
                self.unacknowledged.clear();
                self
            }
        }
    }

    /// The source is read on from where it stands.
    fn pull(mut self) -> Self {
        self.log += self.dice.roll(30);
        let stands = self.vault.position("source/gateway").unwrap();
        let from = stands.map_or(0, |bytes| u64::from_le_bytes(bytes.try_into().unwrap()));
        let to = from + self.dice.roll(self.log - from + 1);
        let items = (from..to).map(|number| (None, draft(&self.vault, LOG + number))).collect();
        let mut group = Group::default();
        assert!(self.writer.add(&mut group, job(delivery(items, Some(to))).0).is_none());
        if self.dice.roll(3) == 0 {
            return self.die();
        }
        self.writer.commit(group).unwrap();
        self
    }

    fn seal(mut self) -> Self {
        let front = self.vault.front(STREAM, 50, Moment::new(u64::MAX)).unwrap();
        if self.dice.roll(4) == 0 {
            // It dies with a batch in its hands that nobody has seen.
            return self.die();
        }
        let (source, key) = ("gateway".into(), Key::development("platform"));
        let sealing = Sealing { stream: STREAM, source, by: by(), key, chain: chain() };
        sealing.seal(&self.vault, front, &mut self.desk).unwrap();
        self
    }

    /// A batch goes to the chain, which takes it if it follows; perhaps nobody hears of it.
    fn send(&mut self) {
        let Some(batch) = self.vault.unconfirmed(STREAM, EventNumber::new(0)).unwrap() else { return };
        if batch.header.first == self.chain.next {
            assert_eq!(batch.header.previous, self.chain.previous);
            self.chain = ChainCursor { next: batch.next(), previous: batch.header.digest() };
        }
        if self.dice.roll(2) == 0 {
            self.vault.meet(STREAM, &self.chain).unwrap();
        }
    }

    /// Everything that waits is sent, and the operators of all events on the chain are counted.
    fn finish(mut self) -> (BTreeMap<String, u64>, u64, u64) {
        self = self.die();
        let unacknowledged = std::mem::take(&mut self.unacknowledged);
        let ids = self.vault.record_ids();
        let item = |number: &u64| (Some(ids.of("gateway", &number.to_le_bytes())), draft(&self.vault, *number));
        let items = unacknowledged.iter().map(item).collect();
        write(&mut self.writer, vec![delivery(items, None)]);
        let stands = self.vault.position("source/gateway").unwrap();
        let pulled = stands.map_or(0, |bytes| u64::from_le_bytes(bytes.try_into().unwrap()));
        while self.vault.intake(STREAM).unwrap().drafts > 0 {
            self = self.seal();
        }
        while self.vault.unconfirmed(STREAM, EventNumber::new(0)).unwrap().is_some() {
            self.send();
        }
        let mut operators = BTreeMap::new();
        for event in 1..self.chain.next.get() {
            let sealed = self.vault.opening(STREAM, EventNumber::new(event)).unwrap().unwrap();
            let operator = sealed.values[SealedField::Operator as usize].clone().unwrap();
            *operators.entry(String::from_utf8(operator).unwrap()).or_insert(0) += 1;
        }
        self.vault.check(Moment::new(0)).unwrap();
        (operators, self.posted, pulled)
    }
}

#[test]
fn each_accepted_event_is_on_the_chain_once_whenever_the_process_dies() {
    for seed in 1..=12 {
        let mut world = World::new(seed);
        for _ in 0..60 {
            world = world.step();
        }
        let (operators, posted, pulled) = world.finish();
        let expected: BTreeMap<String, u64> =
            (0..posted).chain(LOG..LOG + pulled).map(|number| (format!("operator {number}"), 1)).collect();
        assert!(posted > 0 && pulled > 0, "seed {seed} tells nothing");
        assert!(operators == expected, "seed {seed}: {} of {} events", operators.len(), expected.len());
    }
}
