//! What a round measures of one system in one way, and what all rounds together say.

use crate::bench::report::percentile;
use serde::Serialize;
use std::{
    ops::Range,
    sync::{Mutex, PoisonError},
};

/// What a system has used so far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    /// Processor seconds of its servers.
    pub server_seconds: f64,
    /// Bytes on the disk: of one validator, of one member, or of the one server.
    pub disk: u64,
    /// Bytes on the client's own disk.
    pub client_disk: u64,
}

impl Usage {
    /// What was used since `before`. A disk that shrank counts as it is found, below zero.
    pub fn since(&self, before: &Self) -> Used {
        let grown = |now: u64, then: u64| now as f64 - then as f64;
        Used {
            server_seconds: self.server_seconds - before.server_seconds,
            disk: grown(self.disk, before.disk),
            client_disk: grown(self.client_disk, before.client_disk),
        }
    }
}

/// What a round used.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Used {
    /// Processor seconds of the servers.
    pub server_seconds: f64,
    /// Bytes on the disk.
    pub disk: f64,
    /// Bytes on the client's own disk.
    pub client_disk: f64,
}

/// Numbers of the rows that a system acknowledged.
#[derive(Debug, Default)]
pub struct Acknowledged(Mutex<Vec<Range<u64>>>);

impl Acknowledged {
    /// Adds numbers.
    pub fn add(&self, numbers: Range<u64>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(numbers);
    }

    /// How many there are, and how many of them are not there any more.
    pub fn missing(&self, is_there: impl Fn(u64) -> bool) -> (u64, u64) {
        let numbers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all = numbers.iter().cloned().flatten();
        all.fold((0, 0), |(count, missing), number| (count + 1, missing + u64::from(!is_there(number))))
    }
}

/// One round of one system in one way.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// Events acknowledged.
    pub events: u64,
    /// From the first row taken to the last acknowledgement.
    pub seconds: f64,
    /// Processor seconds of the client.
    pub client_seconds: f64,
    /// Milliseconds from taking a request's rows to its acknowledgement.
    pub latencies: Vec<f64>,
    /// What the system used.
    pub used: Used,
}

/// All rounds of one system in one way.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// System and way.
    pub name: String,
    /// Events of one request.
    pub batch: usize,
    /// Events of one round.
    pub events: u64,
    /// Events a second of every round.
    pub rounds: Vec<f64>,
    /// The median of them.
    pub per_second: f64,
    /// Microseconds of the client's processor, an event.
    pub client_us: f64,
    /// Microseconds of the servers' processors, an event.
    pub server_us: f64,
    /// Half of the requests took no longer.
    pub p50_ms: f64,
    /// 99 of 100 took no longer.
    pub p99_ms: f64,
    /// Bytes that the disk of one server grew by, an event.
    pub disk_bytes: f64,
    /// Servers that each keep so much.
    pub copies: usize,
    /// Bytes that the client's own disk grew by, an event.
    pub client_disk_bytes: f64,
}

impl Figure {
    /// What rounds say together: rates by their median, everything else over all events.
    pub fn of(name: String, batch: usize, copies: usize, cells: &[Cell]) -> Self {
        let rounds: Vec<f64> = cells.iter().map(|cell| cell.events as f64 / cell.seconds).collect();
        let mut latencies: Vec<f64> = cells.iter().flat_map(|cell| cell.latencies.iter().copied()).collect();
        let events: u64 = cells.iter().map(|cell| cell.events).sum();
        let each = |sum: &dyn Fn(&Cell) -> f64| cells.iter().map(sum).sum::<f64>() / events as f64;
        Self {
            name,
            batch,
            events: cells.first().map_or(0, |cell| cell.events),
            per_second: percentile(&mut rounds.clone(), 0.5),
            rounds,
            client_us: each(&|cell| cell.client_seconds) * 1e6,
            server_us: each(&|cell| cell.used.server_seconds) * 1e6,
            p50_ms: percentile(&mut latencies, 0.5),
            p99_ms: percentile(&mut latencies, 0.99),
            disk_bytes: each(&|cell| cell.used.disk),
            copies,
            client_disk_bytes: each(&|cell| cell.used.client_disk),
        }
    }

    /// The lowest and the highest rate.
    pub fn range(&self) -> (f64, f64) {
        let low = self.rounds.iter().copied().fold(f64::INFINITY, f64::min);
        (low, self.rounds.iter().copied().fold(0.0, f64::max))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_counted_among_what_was_acknowledged() {
        let acknowledged = Acknowledged::default();
        acknowledged.add(0..10);
        acknowledged.add(20..25);
        assert_eq!(acknowledged.missing(|number| number != 3 && number < 24), (15, 2));
    }

    #[test]
    fn rates_are_medians_and_the_rest_is_by_event() {
        let cell = |seconds: f64| Cell {
            events: 1_000,
            seconds,
            client_seconds: 0.01,
            latencies: vec![seconds * 1_000.0; 2],
            used: Usage { server_seconds: 0.03, disk: 50_000, client_disk: 7_000 }
                .since(&Usage { disk: 20_000, ..Usage::default() }),
        };
        let figure = Figure::of("a system".into(), 100, 4, &[cell(1.0), cell(4.0), cell(2.0)]);
        assert_eq!((figure.per_second, figure.range()), (500.0, (250.0, 1_000.0)));
        assert_eq!((figure.client_us.round(), figure.server_us.round()), (10.0, 30.0));
        assert_eq!((figure.disk_bytes, figure.client_disk_bytes), (30.0, 7.0));
        assert_eq!((figure.p50_ms, figure.p99_ms), (2_000.0, 4_000.0));
    }
}
