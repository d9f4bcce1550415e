//! `mulu-bench`: measures a network of four validators. `scripts/bench` builds for release and starts it.

use clap::Parser;
use mulu_tests::{
    bench::{self, Options},
    say, stop,
};
use std::process::ExitCode;

/// Measures events/s, extrinsics/s, latency, bytes and memory of four validators on this machine.
#[derive(Debug, Parser)]
#[command(name = "mulu-bench", version)]
struct Cli {
    /// Print the result as one JSON object, on the last line of stdout.
    #[arg(long)]
    json: bool,
    /// Batches of 1,000 events on each of four streams.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=2_000))]
    batches: u16,
    /// Single extrinsics.
    #[arg(long, default_value_t = 4_000, value_parser = clap::value_parser!(u16).range(4..=16_000))]
    extrinsics: u16,
    /// Acts that are timed one by one.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u16).range(1..))]
    samples: u16,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let options =
        Options { batches: cli.batches.into(), extrinsics: cli.extrinsics.into(), samples: cli.samples.into() };
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            say::note(&format!("error: no threads: {error}"));
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(stop::or_stopped(bench::run(options))) {
        Ok(report) if cli.json => {
            say::note(&format!("\n{}", report.table()));
            say::result(&report.json());
            ExitCode::SUCCESS
        }
        Ok(report) => {
            say::result(&format!("\n{}", report.table()));
            ExitCode::SUCCESS
        }
        Err(error) => {
            say::note(&format!("error: {}", error.chain()));
            ExitCode::FAILURE
        }
    }
}
