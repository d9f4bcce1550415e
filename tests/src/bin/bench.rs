//! `mulu-bench`: measures a network of four validators, and a catalog of many entries. `scripts/bench` builds for release and starts it.

use clap::{Parser, ValueEnum};
use mulu_tests::{
    bench::{self, CatalogOptions, CatalogReport, Options, Report},
    error::Error,
    say, stop,
};
use serde::Serialize;
use std::process::ExitCode;

/// Measures events/s, extrinsics/s, latency, bytes and memory of four validators, and import and search of a catalog, on this machine.
#[derive(Debug, Parser)]
#[command(name = "mulu-bench", version)]
struct Cli {
    /// Print the result as one JSON object, on the last line of stdout.
    #[arg(long)]
    json: bool,
    /// What is measured; everything where none is named.
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
}

/// A part of the benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Four validators under load.
    Network,
    /// Import, size and search of a catalog, in one process.
    Catalog,
}

/// What was measured.
#[derive(Debug, Serialize)]
struct Measured {
    #[serde(flatten)]
    network: Option<Report>,
    #[serde(skip_serializing_if = "Option::is_none")]
    catalog: Option<CatalogReport>,
}

impl Cli {
    fn has(&self, part: Part) -> bool {
        self.part.is_empty() || self.part.contains(&part)
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
        Ok(Measured { network, catalog })
    }
}

impl Measured {
    fn table(&self) -> String {
        let network = self.network.as_ref().map(Report::table).unwrap_or_default();
        network + &self.catalog.as_ref().map(CatalogReport::table).unwrap_or_default()
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
