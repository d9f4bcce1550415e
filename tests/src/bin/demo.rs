//! `mulu-demo`: four departments keep one ledger, end to end. `scripts/demo` builds and starts it.

use clap::Parser;
use mulu_tests::{
    demo::{self, Details, Options, Summary},
    say, stop,
};
use std::process::ExitCode;

/// Starts a network of four departments and takes it through the main job.
#[derive(Debug, Parser)]
#[command(name = "mulu-demo", version)]
struct Cli {
    /// Leave the network running and the files where they are, and say how to stop it.
    #[arg(long)]
    keep: bool,
    /// Print the result as one JSON object, on the last line of stdout.
    #[arg(long)]
    json: bool,
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
    match runtime.block_on(stop::or_stopped(demo::run(Options { keep: cli.keep }))) {
        Ok((summary, details)) => {
            show(&summary, &details, cli.json);
            ExitCode::SUCCESS
        }
        Err(error) => {
            say::note(&format!("error: {}", error.chain()));
            ExitCode::FAILURE
        }
    }
}

fn show(summary: &Summary, details: &Details, json: bool) {
    let table = summary.table(details);
    if json {
        say::note(&format!("\n{table}"));
    } else {
        say::result(&format!("\n{table}"));
    }
    if let (Some(rpc), Some(genesis), Some(evidence), Some(stop)) =
        (&summary.rpc, &summary.genesis_file, &summary.evidence_file, &summary.stop)
    {
        say::note("The network runs on. Talk to it:");
        say::note(&format!("  mulu node info --url {rpc}"));
        say::note(&format!("  mulu verify {} --genesis {}", evidence.display(), genesis.display()));
        say::note("Stop it:");
        say::note(&format!("  {stop}"));
    }
    if json {
        // Behind everything else, so that it is the last line where both streams go to one place.
        say::result(&summary.json());
    }
}
