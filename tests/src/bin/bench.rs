//! `mulu-bench`: measures a network of four validators and a catalog of many entries, and compares the ledger with PostgreSQL and etcd.
//! `scripts/bench` builds for release and starts it.

use clap::{Parser, ValueEnum};
use mulu_tests::{
    bench::{
        self, BridgeOptions, BridgeReport, CatalogOptions, CatalogReport, CompareOptions, Comparison, Options,
        ReadsOptions, ReadsReport, Report,
    },
    error::Error,
    say, stop,
};
use serde::Serialize;
use std::{path::PathBuf, process::ExitCode};

/// Measures events/s, extrinsics/s, latency, bytes and memory of four validators, and import and search of a catalog, on this machine.
#[derive(Debug, Parser)]
#[command(name = "mulu-bench", version)]
struct Cli {
    /// Print the result as one JSON object, on the last line of stdout.
    #[arg(long)]
    json: bool,
    /// What is measured; network and catalog where none is named.
    #[arg(long, value_enum)]
    part: Vec<Part>,
    /// Batches of 1,000 events on each of four streams.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=2_000))]
    batches: u16,
    /// Single extrinsics.
    #[arg(long, default_value_t = 4_000, value_parser = clap::value_parser!(u16).range(4..=16_000))]
    extrinsics: u16,
    /// Acts that are timed one by one.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u16).range(1..))]
    samples: u16,
    /// Entries of the catalog.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=120_000))]
    entries: u32,
    /// Searches that are timed one by one.
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u16).range(1..))]
    searches: u16,
    /// Rounds of the comparison.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=100))]
    rounds: u16,
    /// Events that the fastest systems are given in each round of the comparison.
    #[arg(long, default_value_t = 200_000, value_parser = clap::value_parser!(u32).range(100..=2_000_000))]
    events: u32,
    /// Grants of the comparison, ten of each entry.
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(10..=100_000))]
    grants: u32,
    /// Events that there are when the comparison asks its questions, ascending.
    #[arg(long, value_delimiter = ',', default_values_t = [100_000, 1_000_000])]
    history: Vec<u64>,
    /// How long the second process asks, in seconds.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(2..=3_600))]
    seconds: u16,
    /// Connections over which it asks.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    connections: u16,
    /// Lines that the bridge reads, and as many that are posted to it.
    #[arg(long, default_value_t = 200_000, value_parser = clap::value_parser!(u32).range(5_000..=5_000_000))]
    lines: u32,
    /// Be that second process: ask the node of this address, and print what was counted.
    #[arg(long, hide = true)]
    ask: Option<String>,
    /// Folder into which the comparison writes its plots.
    #[arg(long)]
    plots: Option<PathBuf>,
}

/// A part of the benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Four validators under load.
    Network,
    /// Import, size and search of a catalog, in one process.
    Catalog,
    /// The ledger beside PostgreSQL and etcd, which must be installed.
    Compare,
    /// Mixed reads from a second process, and acts meanwhile.
    Reads,
    /// The bridge: lines a second onto its disk, and onto the chain.
    Bridge,
}

/// What was measured.
#[derive(Debug, Serialize)]
struct Measured {
    #[serde(flatten)]
    network: Option<Report>,
    #[serde(skip_serializing_if = "Option::is_none")]
    catalog: Option<CatalogReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comparison: Option<Comparison>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reads: Option<ReadsReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bridge: Option<BridgeReport>,
}

impl Cli {
    fn has(&self, part: Part) -> bool {
        self.part.contains(&part) || (self.part.is_empty() && matches!(part, Part::Network | Part::Catalog))
    }

    async fn measure(&self) -> Result<Measured, Error> {
        let (batches, extrinsics, samples) = (self.batches.into(), self.extrinsics.into(), self.samples.into());
        let network = match self.has(Part::Network) {
            true => Some(bench::run(Options { batches, extrinsics, samples }).await?),
            false => None,
        };
        let catalog = match self.has(Part::Catalog) {
            true => {
                let options = CatalogOptions { entries: self.entries, searches: self.searches.into() };
                Some(bench::run_catalog(options).await?)
            }
            false => None,
        };
        let comparison = match self.has(Part::Compare) {
            true => Some(bench::run_comparison(self.compare_options()).await?),
            false => None,
        };
        let reads = match self.has(Part::Reads) {
            true => {
                let (seconds, connections) = (self.seconds.into(), self.connections.into());
                Some(bench::run_reads(ReadsOptions { seconds, connections, samples }).await?)
            }
            false => None,
        };
        let bridge = match self.has(Part::Bridge) {
            true => Some(bench::run_bridge(BridgeOptions { lines: self.lines.into() }).await?),
            false => None,
        };
        Ok(Measured { network, catalog, comparison, reads, bridge })
    }

    fn compare_options(&self) -> CompareOptions {
        CompareOptions {
            rounds: self.rounds.into(),
            events: self.events as usize,
            grants: self.grants,
            history: self.history.clone(),
            samples: self.samples.into(),
            plots: self.plots.clone(),
        }
    }
}

impl Measured {
    fn table(&self) -> String {
        let network = self.network.as_ref().map(Report::table).unwrap_or_default();
        let catalog = self.catalog.as_ref().map(CatalogReport::table).unwrap_or_default();
        let comparison = self.comparison.as_ref().map(Comparison::table).unwrap_or_default();
        let reads = self.reads.as_ref().map(ReadsReport::table).unwrap_or_default();
        let bridge = self.bridge.as_ref().map(BridgeReport::table).unwrap_or_default();
        [network, catalog, comparison, reads, bridge].concat()
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            say::note(&format!("error: no threads: {error}"));
            return ExitCode::FAILURE;
        }
    };
    if let Some(url) = &cli.ask {
        let asked = runtime.block_on(bench::ask(url, cli.seconds.into(), cli.connections.into()));
        return match asked {
            Ok(reads) => {
                say::result(&serde_json::to_string(&reads).expect("numbers"));
                ExitCode::SUCCESS
            }
            Err(error) => {
                say::note(&format!("error: {}", error.chain()));
                ExitCode::FAILURE
            }
        };
    }
    match runtime.block_on(stop::or_stopped(cli.measure())) {
        Ok(measured) if cli.json => {
            say::note(&format!("\n{}", measured.table()));
            say::result(&serde_json::to_string(&measured).expect("numbers"));
            ExitCode::SUCCESS
        }
        Ok(measured) => {
            say::result(&format!("\n{}", measured.table()));
            ExitCode::SUCCESS
        }
        Err(error) => {
            say::note(&format!("error: {}", error.chain()));
            ExitCode::FAILURE
        }
    }
}
