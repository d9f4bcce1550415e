//! `mulu-node`: one node of a Mulu chain. The only crate that knows everybody.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test may"))]

mod audit_config;
mod audit_log;
mod audit_service;
mod cli;
mod commands;
mod config;
mod decision_config;
mod decision_service;
mod development;
mod error;
mod files;
mod genesis;
mod homes;
mod host;
mod index;
mod keys;
mod membership;
mod own_calls;
mod plan;
mod pool_service;
mod ports;
mod public_config;
mod search_service;
mod voting;

use clap::Parser;
use cli::{ArchiveCommand, Cli, Command, DecisionCommand, IndexCommand, KeyCommand};
use error::NodeError;
use std::{io::IsTerminal, process::ExitCode};
use tracing_subscriber::EnvFilter;

/// Blocks allocate in small pieces and free them at once: with the system's allocator that was a quarter of the time of a block.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// The most that these targets may say, whatever is asked for: at more they write what was sent, also what was refused, and every value that
/// the runtime reads and writes. No log holds a body (SPEC §2).
const QUIETER: [&str; 4] = ["jsonrpsee-http=info", "jsonrpsee_core=info", "state=info", "trie=info"];

fn filter(asked: EnvFilter) -> EnvFilter {
    let quieter = QUIETER.iter().map(|directive| directive.parse().expect("a target and a level"));
    quieter.fold(asked, EnvFilter::add_directive)
}

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(filter(
            EnvFilter::try_from_env("MULU_LOG")
                .unwrap_or_else(|_| EnvFilter::new("info,libp2p=warn,arc_malachitebft=warn,tantivy=warn")),
        ))
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    match carry_out(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            let mut cause = std::error::Error::source(&error);
            while let Some(inner) = cause {
                eprintln!("  because: {inner}");
                cause = inner.source();
            }
            ExitCode::FAILURE
        }
    }
}

fn carry_out(cli: Cli) -> Result<(), NodeError> {
    match cli.command {
        None => commands::dev::run(cli.base_path, cli.tmp, cli.rpc_port),
        Some(Command::Run { base_path, rpc_port, retry_crashed_block }) => {
            commands::run::run_home(&base_path, rpc_port, retry_crashed_block)
        }
        Some(Command::Testnet { validators, departments, output, base_port, chain_id, day_seconds }) => {
            commands::testnet::write(&output, validators, departments, base_port, chain_id, day_seconds)
        }
        Some(Command::Join(arguments)) => commands::join::write(&arguments),
        Some(Command::GenesisHash { chain }) => commands::genesis_hash::print(&chain),
        Some(Command::Archive(command)) => archive(command),
        Some(Command::Index(IndexCommand::Rebuild { base_path })) => commands::index::rebuild(&base_path),
        Some(Command::Decision(DecisionCommand::Check { config })) => commands::decision::check(&config),
        Some(Command::Key(KeyCommand::Generate { output })) => commands::key::generate(&output),
        Some(Command::Key(KeyCommand::Show { key })) => commands::key::show(&key),
    }
}

fn archive(command: ArchiveCommand) -> Result<(), NodeError> {
    match command {
        ArchiveCommand::Write { before, to, base_path } => commands::archive::write(&base_path, before, &to),
        ArchiveCommand::Check { path, base_path } => commands::archive::check(&path, base_path.as_deref()),
        ArchiveCommand::Prune { path, base_path } => commands::archive::prune(&path, &base_path),
        ArchiveCommand::Restore { path, base_path } => commands::archive::restore(&path, &base_path),
    }
}
