//! What the comparison ends with: a table, the same as JSON, and plots.

use super::{
    figures::Figure,
    plot::{Bar, Chart, short},
    queries::{Asked, Proofs},
};
use crate::error::Error;
use serde::Serialize;
use std::{fs, path::Path};

/// Everything that was compared.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Processors of this machine, which all systems and their clients share.
    pub processors: usize,
    /// Grants, and entries that they are of.
    pub grants: usize,
    /// Entries.
    pub entries: u32,
    /// Seconds in which the ground was made, by acts on the chain.
    pub setup_seconds: f64,
    /// Bytes of a row.
    pub row_bytes: f64,
    /// Rounds.
    pub rounds: usize,
    /// Every system in every way.
    pub figures: Vec<Figure>,
    /// One request after the other.
    pub alone: Vec<Figure>,
    /// The ledger at the sizes at which it was asked.
    pub filled: Vec<Filled>,
    /// Questions.
    pub asked: Vec<Asked>,
    /// Proofs.
    pub proofs: Proofs,
    /// Events that were found again after everything was killed under load.
    pub survived: Survived,
    /// Processor seconds that all systems take a second while nobody asks anything of them.
    pub idle: f64,
}

/// The ledger when it had so many events.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Filled {
    /// Events.
    pub events: u64,
    /// Rate at which it came there, from the size before.
    pub per_second: f64,
    /// Resident memory of each validator, in MiB.
    pub memory_mib: Vec<f64>,
    /// From the start of a validator that was killed, its files out of memory, to its first answer.
    pub restart_seconds: f64,
}

/// Events acknowledged, all of which were found again.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Survived {
    /// By the ledger, of which as many in the seconds before the cut.
    pub mulu: u64,
    /// By PostgreSQL.
    pub postgres: u64,
    /// By etcd.
    pub etcd: u64,
}

impl Comparison {
    /// The tables.
    pub fn table(&self) -> String {
        let mut lines = vec![format!(
            "  {} grants of {} entries, made in {:.0} s; rows of {:.0} bytes; {} rounds; {} processors; idle load {:.2}",
            self.grants, self.entries, self.setup_seconds, self.row_bytes, self.rounds, self.processors, self.idle
        )];
        let head = |name: &str| {
            format!(
                "\n  {name:<34} {:>10} {:>19} {:>11} {:>11} {:>9} {:>9} {:>10}",
                "events/s", "lowest–highest", "client µs", "servers µs", "p50 ms", "p99 ms", "bytes"
            )
        };
        for (name, figures) in [("under load", &self.figures), ("one request after the other", &self.alone)] {
            lines.push(head(name));
            lines.extend(figures.iter().map(Figure::line));
        }
        lines.push(format!(
            "\n  {:<34} {:>10} {:>9} {:>9} {:>9}",
            "newest 100 of one entry", "among", "p50 ms", "p99 ms", "asked"
        ));
        for asked in &self.asked {
            let Asked { name, among, samples, p50_ms, p99_ms } = asked;
            lines.push(format!("  {name:<34} {among:>10} {p50_ms:>9.2} {p99_ms:>9.2} {samples:>9}"));
        }
        for Filled { events, per_second, memory_mib, restart_seconds } in &self.filled {
            let most = memory_mib.iter().copied().fold(0.0, f64::max);
            lines.push(format!(
                "  ledger filled to {events}: {per_second:.0} events/s, {most:.0} MiB a validator at most, answers {restart_seconds:.2} s after its start"
            ));
        }
        let Proofs {
            samples,
            make_p50_ms,
            make_p99_ms,
            again_p50_ms,
            again_p99_ms,
            verify_p50_ms,
            verify_p99_ms,
            bytes,
        } = self.proofs;
        lines.push(format!(
            "\n  proof of an event: made in {make_p50_ms:.2} ms (p99 {make_p99_ms:.2}), again in {again_p50_ms:.2} ms \
             (p99 {again_p99_ms:.2}), verified in {verify_p50_ms:.2} ms (p99 {verify_p99_ms:.2}), {bytes:.0} bytes, {samples} proofs"
        ));
        let Survived { mulu, postgres, etcd } = self.survived;
        lines.push(format!(
            "  kill -9 of everything under load: all acknowledged events found again: Mulu {mulu}, PostgreSQL {postgres}, etcd {etcd}"
        ));
        lines.join("\n") + "\n"
    }

    /// Writes the plots into a folder.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn plots(&self, folder: &Path) -> Result<(), Error> {
        let by = |values: &dyn Fn(&Figure) -> Vec<f64>, figures: &[Figure]| -> Vec<Bar> {
            let bar = |figure: &Figure| Bar { label: figure.name.clone(), values: values(figure), range: None };
            figures.iter().map(bar).collect()
        };
        let mut rates = by(&|figure| vec![figure.per_second], &self.figures);
        for (bar, figure) in rates.iter_mut().zip(&self.figures) {
            bar.range = Some(figure.range());
        }
        let asked = self.asked.iter().map(|asked| Bar {
            label: format!("{}, of {}", asked.name, short(asked.among as f64)),
            values: vec![asked.p50_ms, asked.p99_ms],
            range: None,
        });
        let charts = [
            ("compare-rate", "Durable events a second: median, lowest to highest round", &[][..], rates),
            (
                "compare-processor",
                "Processor time, µs an event",
                &["client", "servers"],
                by(&|figure| vec![figure.client_us, figure.server_us], &self.figures),
            ),
            (
                "compare-latency",
                "From rows to acknowledgement, one request after the other, ms",
                &["p50", "p99"],
                by(&|figure| vec![figure.p50_ms, figure.p99_ms], &self.alone),
            ),
            (
                "compare-disk",
                "Bytes an event on the disk of one server",
                &[],
                by(&|figure| vec![figure.disk_bytes], &self.figures),
            ),
            ("compare-queries", "Newest 100 events of one entry, ms", &["p50", "p99"], asked.collect()),
        ];
        fs::create_dir_all(folder).map_err(|source| Error::File { path: folder.to_owned(), source })?;
        for (name, title, series, bars) in charts {
            let path = folder.join(format!("{name}.svg"));
            let svg = Chart { title, series, bars }.svg();
            fs::write(&path, svg).map_err(|source| Error::File { path, source })?;
        }
        Ok(())
    }
}

impl Figure {
    fn line(&self) -> String {
        let (low, high) = self.range();
        let range = format!("{low:.0}–{high:.0}");
        let bytes = match self.copies {
            1 => format!("{:.0}", self.disk_bytes),
            copies => format!("{:.0} × {copies}", self.disk_bytes),
        };
        let vault = if self.client_disk_bytes > 0.0 {
            format!("  + {:.0} in the vault", self.client_disk_bytes)
        } else {
            String::new()
        };
        format!(
            "  {:<34} {:>10.0} {range:>19} {:>11.1} {:>11.1} {:>9.1} {:>9.1} {bytes:>10}{vault}",
            self.name, self.per_second, self.client_us, self.server_us, self.p50_ms, self.p99_ms
        )
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use crate::bench::compare::figures::{Cell, Used};

    #[test]
    fn a_comparison_is_told_as_a_table_as_json_and_as_plots() {
        let cell = Cell {
            events: 100,
            seconds: 0.5,
            client_seconds: 0.1,
            latencies: vec![3.0],
            used: Used { server_seconds: 0.2, disk: 4_000.0, client_disk: 100.0 },
        };
        let figure = |name: &str, copies| Figure::of(name.into(), 1, copies, std::slice::from_ref(&cell));
        let asked = |name: &str| Asked { name: name.into(), among: 1_000, samples: 5, p50_ms: 0.5, p99_ms: 2.0 };
        let comparison = Comparison {
            processors: 2,
            grants: 10,
            entries: 1,
            setup_seconds: 1.0,
            row_bytes: 500.0,
            rounds: 1,
            figures: vec![figure("Mulu", 4), figure("PostgreSQL", 1)],
            alone: vec![figure("etcd", 3)],
            filled: vec![Filled { events: 1_000, per_second: 99.0, memory_mib: vec![7.0], restart_seconds: 0.5 }],
            asked: vec![asked("Mulu"), asked("PostgreSQL")],
            proofs: Proofs {
                samples: 1,
                make_p50_ms: 1.0,
                make_p99_ms: 1.0,
                again_p50_ms: 1.0,
                again_p99_ms: 1.0,
                verify_p50_ms: 1.0,
                verify_p99_ms: 1.0,
                bytes: 9.0,
            },
            survived: Survived { mulu: 1, postgres: 2, etcd: 3 },
            idle: 0.0,
        };
        let table = comparison.table();
        assert!(table.contains("40 × 4") && table.contains("+ 1 in the vault") && table.contains("200–200"), "{table}");
        assert!(serde_json::to_string(&comparison).unwrap().contains("\"per_second\":200.0"));
        let folder = tempfile::tempdir().unwrap();
        comparison.plots(&folder.path().join("plots")).unwrap();
        assert_eq!(fs::read_dir(folder.path().join("plots")).unwrap().count(), 5);
    }
}
