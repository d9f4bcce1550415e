//! What Prometheus sees of the bridge, and what troubles each of its parts. Labels name sources, streams and sinks, never what they carry.

use prometheus_client::{
    encoding::text::encode,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError, atomic::AtomicU64},
    time::Duration,
};

type Labels = Vec<(&'static str, String)>;
type Counters = Family<Labels, Counter>;
type Gauges = Family<Labels, Gauge>;
type Seconds = Family<Labels, Gauge<f64, AtomicU64>>;

/// Bounds of the histogram of commits, in seconds.
const COMMIT_SECONDS: [f64; 10] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0, 5.0];

/// Counts what the bridge does. Clones count together.
#[derive(Clone)]
pub struct Metrics {
    shared: Arc<Shared>,
}

struct Shared {
    registry: Registry,
    records: Counters,
    lag: Gauges,
    waiting: Gauges,
    unconfirmed: Gauges,
    delay: Seconds,
    events: Counters,
    batches: Counters,
    quarantined: Counters,
    quarantine_rows: Gauge,
    quarantine_bytes: Gauge,
    bound: Gauge,
    commits: Histogram,
    sent: Counters,
    behind: Gauges,
    harvested: Counters,
    chain_reached: Gauge,
    in_trouble: Gauges,
    troubles: Mutex<BTreeMap<String, String>>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("mulu_bridge");
        let shared = Shared {
            records: registered(&mut registry, "records", "Records of sources, by what became of them"),
            lag: registered(&mut registry, "source_lag", "Records that a source has and the bridge has not"),
            waiting: registered(&mut registry, "waiting_events", "Events in the spool that are in no batch yet"),
            unconfirmed: registered(
                &mut registry,
                "unconfirmed_events",
                "Events in batches that the chain has not confirmed",
            ),
            delay: registered(
                &mut registry,
                "delay_seconds",
                "How long the oldest event that is not on the chain has waited",
            ),
            events: registered(&mut registry, "events", "Events, by how far they came: sealed, confirmed"),
            batches: registered(&mut registry, "batches", "Batches, by how far they came: sealed, confirmed, failed"),
            quarantined: registered(
                &mut registry,
                "quarantined",
                "Records and events that went into the quarantine, by reason",
            ),
            quarantine_rows: registered(&mut registry, "quarantine_rows", "Rows in the quarantine"),
            quarantine_bytes: registered(&mut registry, "quarantine_bytes", "Bytes in the quarantine"),
            bound: registered(&mut registry, "spool_bound_events", "Events that may wait before sources are refused"),
            commits: Histogram::new(COMMIT_SECONDS),
            sent: registered(&mut registry, "sent", "Events that sinks sent, by what the other side said"),
            behind: registered(&mut registry, "sink_lag", "Records of the ledger that a sink has not come by"),
            harvested: registered(&mut registry, "harvested", "Catalog entries of a harvest, by what became of them"),
            chain_reached: registered(&mut registry, "chain_reached", "1 if the node answered the last question"),
            in_trouble: registered(&mut registry, "in_trouble", "1 for each part that cannot do its work now"),
            troubles: Mutex::default(),
            registry: Registry::default(),
        };
        let help = "How long a transaction of the spool took, in seconds";
        registry.register("spool_commit_seconds", help, shared.commits.clone());
        Self { shared: Arc::new(Shared { registry, ..shared }) }
    }
}

fn registered<M: prometheus_client::registry::Metric + Clone + Default>(
    registry: &mut Registry,
    name: &str,
    help: &str,
) -> M {
    let metric = M::default();
    registry.register(name, help, metric.clone());
    metric
}

impl Metrics {
    /// Records of a source: `accepted`, `repeated`, `quarantined`, `skipped` or `refused`.
    pub fn records(&self, source: &str, outcome: &'static str, count: u64) {
        if count > 0 {
            self.shared.records.get_or_create(&of_source(source, outcome)).inc_by(count);
        }
    }

    /// How many records a source has that the bridge has not taken yet.
    pub fn lag(&self, source: &str, records: u64) {
        self.shared.lag.get_or_create(&vec![("source", source.to_owned())]).set(as_gauge(records));
    }

    /// What a stream has waiting: events in no batch, events in batches under way, and for how long the oldest.
    pub fn stream(&self, stream: u32, waiting: u64, unconfirmed: u64, delay: Duration) {
        let labels = vec![("stream", stream.to_string())];
        self.shared.waiting.get_or_create(&labels).set(as_gauge(waiting));
        self.shared.unconfirmed.get_or_create(&labels).set(as_gauge(unconfirmed));
        self.shared.delay.get_or_create(&labels).set(delay.as_secs_f64());
    }

    /// A batch of a stream that was `sealed`, `confirmed` or has `failed`, with so many events.
    pub fn batch(&self, stream: u32, outcome: &'static str, events: u64) {
        let labels = vec![("stream", stream.to_string()), ("outcome", outcome.to_owned())];
        self.shared.batches.get_or_create(&labels).inc();
        self.shared.events.get_or_create(&labels).inc_by(events);
    }

    /// Records or events of a source that went into the quarantine for a reason of the closed list.
    pub fn quarantined(&self, source: &str, reason: &str, count: u64) {
        let labels = vec![("source", source.to_owned()), ("reason", reason.to_owned())];
        self.shared.quarantined.get_or_create(&labels).inc_by(count);
    }

    /// How much the quarantine holds.
    pub fn quarantine(&self, rows: u64, bytes: u64) {
        self.shared.quarantine_rows.set(as_gauge(rows));
        self.shared.quarantine_bytes.set(as_gauge(bytes));
    }

    /// How many events may wait.
    pub fn bound(&self, events: u64) {
        self.shared.bound.set(as_gauge(events));
    }

    /// A transaction of the spool took so long.
    pub fn committed(&self, took: Duration) {
        self.shared.commits.observe(took.as_secs_f64());
    }

    /// A sink sent an event, and the other side's answer was `taken`, `later`, `refused` or `parked`.
    pub fn sent(&self, sink: &str, outcome: &'static str) {
        let labels = vec![("sink", sink.to_owned()), ("outcome", outcome.to_owned())];
        self.shared.sent.get_or_create(&labels).inc();
    }

    /// How many records of the ledger a sink has not come by.
    pub fn behind(&self, sink: &str, records: u64) {
        self.shared.behind.get_or_create(&vec![("sink", sink.to_owned())]).set(as_gauge(records));
    }

    /// Entries of a harvest: `submitted`, `unchanged`, `removed`, `rejected` or another word of its own.
    pub fn harvested(&self, catalog: &str, outcome: &'static str, count: u64) {
        let labels = vec![("catalog", catalog.to_owned()), ("outcome", outcome.to_owned())];
        self.shared.harvested.get_or_create(&labels).inc_by(count);
    }

    /// Whether the node answered.
    pub fn chain_reached(&self, is_reached: bool) {
        self.shared.chain_reached.set(i64::from(is_reached));
    }

    /// What keeps a part, as `sink/platform`, from its work now; none once it works again. It is shown in the status, so it holds no secret and
    /// no value of a record. True if that is news, to be logged once.
    pub fn trouble(&self, part: &str, why: Option<&str>) -> bool {
        let gauge = self.shared.in_trouble.get_or_create(&vec![("part", part.to_owned())]).clone();
        gauge.set(i64::from(why.is_some()));
        let mut troubles = self.shared.troubles.lock().unwrap_or_else(PoisonError::into_inner);
        let before = match why {
            Some(why) => troubles.insert(part.to_owned(), why.to_owned()),
            None => troubles.remove(part),
        };
        before.as_deref() != why
    }

    /// Every part that cannot do its work now, and why.
    pub fn troubles(&self) -> BTreeMap<String, String> {
        self.shared.troubles.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// All of it in the text form that Prometheus reads.
    pub fn text(&self) -> String {
        let mut text = String::new();
        encode(&mut text, &self.shared.registry).expect("a String takes everything");
        text
    }
}

fn of_source(source: &str, outcome: &'static str) -> Labels {
    vec![("source", source.to_owned()), ("outcome", outcome.to_owned())]
}

fn as_gauge(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_in_the_text() {
        let metrics = Metrics::default();
        metrics.records("gateway", "accepted", 3);
        metrics.records("gateway", "accepted", 4);
        metrics.records("gateway", "repeated", 0);
        metrics.lag("bus", 9);
        metrics.stream(7, 5, 1_000, Duration::from_millis(1_500));
        metrics.batch(7, "sealed", 1_000);
        metrics.quarantined("gateway", "not_json", 2);
        metrics.quarantine(2, 300);
        metrics.committed(Duration::from_millis(3));
        metrics.sent("platform", "taken");
        metrics.chain_reached(true);
        let text = metrics.text();
        for line in [
            "mulu_bridge_records_total{source=\"gateway\",outcome=\"accepted\"} 7",
            "mulu_bridge_source_lag{source=\"bus\"} 9",
            "mulu_bridge_waiting_events{stream=\"7\"} 5",
            "mulu_bridge_unconfirmed_events{stream=\"7\"} 1000",
            "mulu_bridge_delay_seconds{stream=\"7\"} 1.5",
            "mulu_bridge_events_total{stream=\"7\",outcome=\"sealed\"} 1000",
            "mulu_bridge_batches_total{stream=\"7\",outcome=\"sealed\"} 1",
            "mulu_bridge_quarantined_total{source=\"gateway\",reason=\"not_json\"} 2",
            "mulu_bridge_quarantine_rows 2",
            "mulu_bridge_spool_commit_seconds_count 1",
            "mulu_bridge_sent_total{sink=\"platform\",outcome=\"taken\"} 1",
            "mulu_bridge_chain_reached 1",
        ] {
            assert!(text.lines().any(|other| other == line), "{line}\nis not in\n{text}");
        }
        assert!(!text.contains("repeated"), "nothing was repeated");
    }

    #[test]
    fn a_trouble_is_news_once_and_gone_when_the_part_works_again() {
        let metrics = Metrics::default();
        assert!(metrics.trouble("chain", Some("no node answers")));
        assert!(!metrics.trouble("chain", Some("no node answers")));
        assert_eq!(metrics.troubles(), BTreeMap::from([("chain".into(), "no node answers".into())]));
        assert!(metrics.text().contains("mulu_bridge_in_trouble{part=\"chain\"} 1"));
        assert!(metrics.trouble("chain", None));
        assert!(!metrics.trouble("chain", None));
        assert!(metrics.troubles().is_empty() && metrics.text().contains("mulu_bridge_in_trouble{part=\"chain\"} 0"));
    }
}
