//! Topics of librdkafka's mock cluster, read into a spool: each message once, whatever happens to broker and bridge.
#![allow(clippy::unwrap_used, reason = "a test may")]

mod spooled;

use mulu_bridge::{
    error::BridgeError,
    source::kafka::{self, KafkaConfig},
};
use rdkafka::{
    ClientConfig, TopicPartitionList,
    consumer::{BaseConsumer, Consumer},
    message::{Header, OwnedHeaders},
    mocking::MockCluster,
    producer::{DefaultProducerContext, FutureProducer, FutureRecord, Producer},
};
use spooled::{PATIENCE, Spooled, check_snippet, event, secret, snippets, sorted};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

struct Bus {
    cluster: MockCluster<'static, DefaultProducerContext>,
    producer: FutureProducer,
}

impl Bus {
    fn new() -> Self {
        let cluster = MockCluster::new(1).unwrap();
        let producer = Self::producer(&cluster, None);
        Self { cluster, producer }
    }

    fn producer(cluster: &MockCluster<'static, DefaultProducerContext>, transaction: Option<&str>) -> FutureProducer {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", cluster.bootstrap_servers()).set("compression.codec", "zstd");
        if let Some(id) = transaction {
            config.set("transactional.id", id);
        }
        config.create().unwrap()
    }

    async fn send(&self, topic: &str, partition: i32, value: Option<&str>, headers: OwnedHeaders) {
        let mut record: FutureRecord<'_, str, str> =
            FutureRecord::to(topic).partition(partition).key("k").headers(headers);
        record.payload = value;
        self.producer.send(record, Duration::from_secs(20)).await.unwrap();
    }

    /// Events of these numbers, over two partitions.
    async fn events(&self, topic: &str, numbers: std::ops::Range<u32>) {
        for number in numbers {
            let partition = i32::try_from(number % 2).unwrap();
            self.send(topic, partition, Some(&event(number)), OwnedHeaders::new()).await;
        }
    }

    /// Where a group stands in the two partitions, once it was told of both.
    async fn told(&self, group: &str) -> Vec<i64> {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.cluster.bootstrap_servers()).set("group.id", group);
        let consumer: BaseConsumer = config.create().unwrap();
        let ask = move || {
            let mut list = TopicPartitionList::new();
            list.add_partition_range("calls", 0, 1);
            let started = Instant::now();
            loop {
                let told = consumer.committed_offsets(list.clone(), PATIENCE).unwrap();
                let offsets: Vec<_> = told.elements().iter().filter_map(|element| element.offset().to_raw()).collect();
                if offsets.iter().sum::<i64>() >= 40 {
                    return offsets;
                }
                assert!(started.elapsed() < PATIENCE, "{offsets:?}");
                std::thread::sleep(Duration::from_millis(50));
            }
        };
        tokio::task::spawn_blocking(ask).await.unwrap()
    }

    fn config(&self, more: &str) -> KafkaConfig {
        let text = format!(
            "brokers = '{}'\ntopics = ['calls', 'later']\nrefresh = '500ms'\n{more}",
            self.cluster.bootstrap_servers()
        );
        let config: KafkaConfig = toml::from_str(&text).unwrap();
        config.check().unwrap();
        config
    }

    fn run(&self, spooled: &Spooled, mapping: &str, more: &str) -> JoinHandle<Result<(), BridgeError>> {
        tokio::spawn(kafka::run(self.config(more), spooled.intake(mapping), spooled.stop.clone()))
    }
}

fn numbers(range: std::ops::Range<u32>) -> Vec<u32> {
    range.collect()
}

#[test]
fn the_page_shows_a_configuration_that_is_one() {
    let folder = tempfile::tempdir().unwrap();
    secret(folder.path(), "kafka.password", "hunter2");
    check_snippet(snippets(include_str!("../../../docs/integration/kafka.md"), "toml")[0], folder.path());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_message_is_an_event_once_and_a_restart_goes_on_where_the_spool_stands() {
    let bus = Bus::new();
    bus.cluster.create_topic("calls", 2, 1).unwrap();
    bus.events("calls", 0..40).await;
    let spooled = Spooled::new();
    let source = bus.run(&spooled, "event", "group = 'audit'");
    let found = spooled.until(40).await;
    let even: Vec<u32> = found.iter().copied().filter(|number| number % 2 == 0).collect();
    assert_eq!(even, (0..40).step_by(2).collect::<Vec<_>>(), "a partition keeps its order");
    assert_eq!(sorted(found), numbers(0..40));
    assert_eq!(bus.told("audit").await, [20, 20], "whoever watches the group sees where the bridge stands");
    spooled.stopped(source).await;

    bus.events("calls", 40..60).await;
    let spooled = spooled.restarted().await;
    assert_eq!(spooled.rows().len(), 40, "nothing is read while the bridge is away");
    let source = bus.run(&spooled, "event", "");
    assert_eq!(sorted(spooled.until(60).await), numbers(0..60));
    spooled.stopped(source).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_messages_and_equal_records_of_one_message_are_calls_of_their_own() {
    let bus = Bus::new();
    bus.cluster.create_topic("calls", 2, 1).unwrap();
    let pair = format!("[{0},{0}]", event(7));
    for (partition, value) in [(0, &event(7)), (0, &event(7)), (1, &event(7)), (1, &pair)] {
        bus.send("calls", partition, Some(value), OwnedHeaders::new()).await;
    }
    let spooled = Spooled::new();
    let source = bus.run(&spooled, "event", "");
    assert_eq!(spooled.until(5).await, [7; 5]);
    assert_eq!(spooled.calls(), 5);
    spooled.stopped(source).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_again_and_again_it_still_reads_each_message_once() {
    let bus = Bus::new();
    bus.cluster.create_topic("calls", 2, 1).unwrap();
    let mut spooled = Spooled::new();
    for round in 0..8 {
        let source = bus.run(&spooled, "event", "");
        bus.events("calls", round * 50..(round + 1) * 50).await;
        tokio::time::sleep(Duration::from_millis(u64::from(round) * 37)).await;
        source.abort();
        assert!(source.await.unwrap_err().is_cancelled());
        spooled = spooled.restarted().await;
    }
    let source = bus.run(&spooled, "event", "");
    assert_eq!(sorted(spooled.until(400).await), numbers(0..400));
    spooled.stopped(source).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_event_is_kept_and_stands_in_nobodys_way() {
    let bus = Bus::new();
    bus.cluster.create_topic("calls", 1, 1).unwrap();
    for value in [
        None,
        Some("Zhang San"),
        Some("[{\"time\":1,\"rows\":1},{\"time\":2,\"rows\":2}]"),
        Some("{\"rows\":3}"),
        Some("{\"time\":3,\"rows\":4}"),
    ] {
        bus.send("calls", 0, value, OwnedHeaders::new()).await;
    }
    let spooled = Spooled::new();
    let source = bus.run(&spooled, "event", "");
    assert_eq!(spooled.until(3).await, [1, 2, 4]);
    assert_eq!(spooled.until_held(3).await.len(), 3);
    spooled.stopped(source).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cloud_events_are_read_in_both_modes_and_known_when_they_come_again() {
    let bus = Bus::new();
    bus.cluster.create_topic("calls", 1, 1).unwrap();
    let header = |headers: OwnedHeaders, key, value| headers.insert(Header { key, value: Some(value) });
    let binary = |id| {
        let attributes = [
            ("ce_specversion", "1.0"),
            ("ce_id", id),
            ("ce_source", "/gateway"),
            ("ce_type", "access"),
            ("content-type", "application/json"),
        ];
        attributes.into_iter().fold(OwnedHeaders::new(), |headers, (key, value)| header(headers, key, value))
    };
    let structured = |id: &str, number| {
        format!(
            "{{\"specversion\":\"1.0\",\"id\":\"{id}\",\"source\":\"/gateway\",\"type\":\"access\",\"data\":{}}}",
            event(number)
        )
    };
    bus.send("calls", 0, Some(&event(1)), binary("a")).await;
    bus.send("calls", 0, Some(&structured("b", 2)), OwnedHeaders::new()).await;
    bus.send("calls", 0, Some(&structured("a", 1)), OwnedHeaders::new()).await;
    bus.send("calls", 0, Some(&event(3)), binary("c")).await;
    let spooled = Spooled::new();
    let source = bus.run(&spooled, "cloudevents", "");
    assert_eq!(spooled.until(3).await, [1, 2, 3]);
    spooled.stopped(source).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn brokers_that_are_away_are_waited_for() {
    let bus = Bus::new();
    bus.cluster.create_topic("calls", 2, 1).unwrap();
    bus.events("calls", 0..10).await;
    bus.cluster.broker_down(-1).unwrap();
    let spooled = Spooled::new();
    let source = bus.run(&spooled, "event", "");
    spooled.until_trouble("").await;
    assert!(spooled.rows().is_empty());
    bus.cluster.broker_up(-1).unwrap();
    assert_eq!(sorted(spooled.until(10).await), numbers(0..10));
    spooled.until_well().await;

    bus.cluster.broker_down(-1).unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    bus.cluster.broker_up(-1).unwrap();
    bus.events("calls", 10..20).await;
    assert_eq!(sorted(spooled.until(20).await), numbers(0..20));
    spooled.stopped(source).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_appears_later_is_read_from_its_beginning() {
    let bus = Bus::new();
    bus.cluster.create_topic("calls", 2, 1).unwrap();
    bus.events("calls", 0..4).await;
    let spooled = Spooled::new();
    let source = bus.run(&spooled, "event", "");
    assert_eq!(spooled.until(4).await.len(), 4);
    bus.cluster.create_topic("later", 2, 1).unwrap();
    bus.events("later", 4..8).await;
    assert_eq!(sorted(spooled.until(8).await), numbers(0..8));
    spooled.stopped(source).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_latest_place_is_decided_once_and_kept() {
    let bus = Bus::new();
    bus.cluster.create_topic("calls", 2, 1).unwrap();
    bus.cluster.create_topic("later", 1, 1).unwrap();
    bus.events("calls", 0..10).await;
    let spooled = Spooled::new();
    let source = bus.run(&spooled, "event", "start = 'latest'");
    let intake = spooled.intake("event");
    let started = Instant::now();
    while intake.position().await.unwrap().is_none() {
        assert!(started.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    drop(intake);
    spooled.stopped(source).await;
    // It never read a message, and all the same it is known where it stood.
    bus.events("calls", 10..20).await;
    let spooled = spooled.restarted().await;
    let source = bus.run(&spooled, "event", "start = 'latest'");
    assert_eq!(sorted(spooled.until(10).await), numbers(10..20));
    spooled.stopped(source).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partition_that_was_made_anew_is_read_from_its_beginning() {
    let bus = Bus::new();
    bus.cluster.create_topic("calls", 2, 1).unwrap();
    bus.events("calls", 0..10).await;
    let spooled = Spooled::new();
    let position = b"{\"topics\":{\"calls\":{\"0\":5,\"1\":1000}}}".to_vec();
    let delivery = mulu_bridge::intake::Delivery { records: Vec::new(), position: Some(position) };
    spooled.intake("event").accept(delivery).await.unwrap();
    let source = bus.run(&spooled, "event", "");
    assert_eq!(sorted(spooled.until(5).await), [1, 3, 5, 7, 9]);
    spooled.stopped(source).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_of_a_transaction_come_once_it_is_committed() {
    let bus = Bus::new();
    bus.cluster.create_topic("calls", 1, 1).unwrap();
    let producer = Bus::producer(&bus.cluster, Some("platform"));
    let patience = Duration::from_secs(20);
    producer.init_transactions(patience).unwrap();
    producer.begin_transaction().unwrap();
    for number in 0..5 {
        let value = event(number);
        let record: FutureRecord<'_, str, str> = FutureRecord::to("calls").payload(&value);
        producer.send(record, patience).await.unwrap();
    }
    tokio::task::spawn_blocking(move || producer.commit_transaction(patience)).await.unwrap().unwrap();
    let spooled = Spooled::new();
    let source = bus.run(&spooled, "event", "");
    assert_eq!(spooled.until(5).await, numbers(0..5));
    spooled.stopped(source).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_spool_is_waited_for_without_losing_the_place() {
    let bus = Bus::new();
    bus.cluster.create_topic("calls", 1, 1).unwrap();
    for number in 0..30 {
        bus.send("calls", 0, Some(&event(number)), OwnedHeaders::new()).await;
    }
    let spooled = Spooled::bounded(5);
    // The first batch fills it beyond its bound, as one delivery is taken whole.
    let source = bus.run(&spooled, "event", "");
    spooled.until(5).await;
    for number in 30..60 {
        bus.send("calls", 0, Some(&event(number)), OwnedHeaders::new()).await;
    }
    spooled.until_trouble("the bound is 5").await;
    let held = spooled.rows().len();
    assert!(held < 60, "{held}");
    spooled.stopped(source).await;
    // With room again, what waited comes, and nothing comes twice.
    let spooled = spooled.restarted().await;
    let source = bus.run(&spooled, "event", "");
    assert_eq!(spooled.until(60).await, numbers(0..60));
    spooled.stopped(source).await;
}
