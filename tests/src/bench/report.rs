//! What a measurement ends with: a table for people, or the same as one JSON object.

use serde::Serialize;

/// Everything that was measured. Rates are of what is final and durable on all four nodes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Validators of the network, all on this machine.
    pub validators: usize,
    /// Processors of this machine, shared by the network and the load.
    pub processors: usize,
    /// Events, in batches of 1,000.
    pub events: Events,
    /// Single signed extrinsics.
    pub extrinsics: Extrinsics,
    /// One act at a time.
    pub latency: Latency,
    /// What lies on the disk of one node at the end.
    pub disk: Disk,
    /// The state at the end.
    pub state: State,
    /// Resident memory of each validator at the end, in MiB.
    pub memory_mib: Vec<f64>,
    /// Height of the last block.
    pub blocks: u32,
}

/// The event load.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Events {
    /// Events reported.
    pub count: u64,
    /// Events of a batch.
    pub batch: usize,
    /// From the first batch sent to the last one final.
    pub seconds: f64,
    /// Events a second.
    pub per_second: f64,
    /// Bytes of a batch's extrinsic on the wire, by event.
    pub wire_bytes: f64,
    /// Bytes that one node's disk grew by, by event: bodies, index, everything.
    pub disk_bytes: f64,
    /// Processor seconds of all validators, by million events.
    pub server_cpu_seconds_per_million: f64,
}

/// The load of single extrinsics.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Extrinsics {
    /// Extrinsics submitted.
    pub count: usize,
    /// From the first one sent to the last one final.
    pub seconds: f64,
    /// Extrinsics a second.
    pub per_second: f64,
}

/// Time from submission to the announcement of the final block.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Latency {
    /// Acts that were timed.
    pub samples: usize,
    /// Half of them took no longer.
    pub p50_ms: f64,
    /// 99 of 100 took no longer.
    pub p99_ms: f64,
}

/// Bytes on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Disk {
    /// Everything.
    pub total: u64,
    /// The body log.
    pub bodies: u64,
}

/// The state, as keys and values without the trie's own nodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct State {
    /// Keys.
    pub keys: u64,
    /// Bytes of keys and values.
    pub bytes: u64,
}

/// The value that a fraction of the samples does not exceed.
pub fn percentile(samples: &mut [f64], fraction: f64) -> f64 {
    samples.sort_by(f64::total_cmp);
    let place = (samples.len() as f64 * fraction).ceil() as usize;
    samples.get(place.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}

impl Report {
    /// One line.
    ///
    /// # Panics
    /// Never: numbers are JSON.
    pub fn json(&self) -> String {
        serde_json::to_string(self).expect("numbers")
    }

    /// The table.
    pub fn table(&self) -> String {
        let Self { events, extrinsics, latency, disk, state, .. } = self;
        let memory = self.memory_mib.iter().map(|mib| format!("{mib:.0}")).collect::<Vec<_>>().join(", ");
        let mib = |bytes: u64| bytes as f64 / (1024.0 * 1024.0);
        let rows = [
            (
                "events",
                format!("{:.0}/s", events.per_second),
                format!("{} in batches of {}, {:.1} s", events.count, events.batch, events.seconds),
            ),
            (
                "  on the wire",
                format!("{:.1} B", events.wire_bytes),
                "an event, as one signed extrinsic a batch".into(),
            ),
            ("  on one disk", format!("{:.1} B", events.disk_bytes), "an event, bodies and index included".into()),
            (
                "  processor",
                format!("{:.1} s", events.server_cpu_seconds_per_million),
                "of all validators, a million events".into(),
            ),
            (
                "extrinsics",
                format!("{:.0}/s", extrinsics.per_second),
                format!("{} single registrations, {:.1} s", extrinsics.count, extrinsics.seconds),
            ),
            (
                "latency p50",
                format!("{:.0} ms", latency.p50_ms),
                format!("submission to final block, {} acts one after the other", latency.samples),
            ),
            ("latency p99", format!("{:.0} ms", latency.p99_ms), String::new()),
            ("disk", format!("{:.1} MiB", mib(disk.total)), format!("of it bodies {:.1}", mib(disk.bodies))),
            ("state", format!("{:.2} MiB", mib(state.bytes)), format!("{} keys with their values", state.keys)),
            ("memory", format!("{memory} MiB"), "resident, each validator".into()),
            (
                "blocks",
                self.blocks.to_string(),
                format!("{} validators, {} processors", self.validators, self.processors),
            ),
        ];
        let mut table = String::new();
        for (name, value, words) in rows {
            table.push_str(format!("  {name:<14} {value:>14}  {words}").trim_end());
            table.push('\n');
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_taken_from_the_samples() {
        let mut samples: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert_eq!(percentile(&mut samples, 0.5), 50.0);
        assert_eq!(percentile(&mut samples, 0.99), 99.0);
        assert_eq!(percentile(&mut [7.0], 0.5), 7.0);
        assert!(percentile(&mut [], 0.5).is_nan());
    }
}
