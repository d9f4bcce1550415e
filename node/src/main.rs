//! `mulu-node`: one node of a Mulu chain. The only crate that knows everybody.

mod cli;
mod commands;
mod config;
mod error;
mod files;
mod genesis;
mod homes;
mod keys;
mod plan;
mod ports;

use clap::Parser;
use cli::{Cli, Command, KeyCommand};
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.command {
        Some(Command::Key(KeyCommand::Generate { output })) => commands::key::generate(&output),
        Some(Command::Key(KeyCommand::Show { key })) => commands::key::show(&key),
        _ => Ok(()),
    };
    match result {
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
