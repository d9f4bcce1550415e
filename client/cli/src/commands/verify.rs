//! `mulu verify`: the offline check of `mulu-verify`, under the same roof.

use crate::{arguments::Global, output::write};
use clap::Args;
use mulu_verifier::{checkpoint, json, render, verify_files};
use std::{path::PathBuf, process::ExitCode};

/// A package and what it is anchored on.
#[derive(Debug, Args)]
pub struct Verify {
    /// The package
    file: PathBuf,
    /// Genesis file of the chain, from a source that you trust
    #[arg(long)]
    genesis: PathBuf,
    /// Header that the package must contain: HEIGHT:HASH
    #[arg(long)]
    checkpoint: Option<String>,
}

impl Verify {
    /// Runs the command: 0 if every link holds, 1 if one does not.
    pub fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let checkpoint = self.checkpoint.as_deref().map(checkpoint).transpose()?;
        let report = verify_files(&self.file, &self.genesis, checkpoint.as_ref())?;
        write(&if global.json { format!("{}\n", json(&report)) } else { render(&report, global.speech()) })?;
        Ok(if report.is_verified() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
