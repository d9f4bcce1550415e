//! `mulu man`.

use crate::{arguments::Global, help};
use anyhow::Context;
use clap::Args;
use std::{fs, path::PathBuf};

/// Manual pages.
#[derive(Clone, Debug, Args)]
pub struct Man {
    /// Folder to write mulu.1 and a page of every command into
    #[arg(long, value_name = "DIR")]
    output: PathBuf,
}

impl Man {
    /// Writes the pages in the language of the run.
    pub fn run(self, global: &Global) -> anyhow::Result<()> {
        let context = || format!("cannot write {}", self.output.display());
        fs::create_dir_all(&self.output).with_context(context)?;
        clap_mangen::generate_to(help::command(global.language), &self.output).with_context(context)
    }
}
