//! `mulu papers`: papers stay with the departments, the ledger keeps a salted commitment to them.

use crate::{arguments::Global, output::Output, table::fields_in, words};
use clap::Subcommand;
use mulu_client::papers::{check, commit, salt_beside};
use mulu_proofs::papers::Papers as Commitment;
use serde::Serialize;
use std::path::PathBuf;

/// Papers.
#[derive(Debug, Subcommand)]
pub enum Papers {
    /// Commit to a file under a fresh salt, and keep the salt beside it
    Commit {
        /// The papers, as one file
        file: PathBuf,
        /// Where the salt goes; FILE.salt.json where it is not named. It must not exist
        #[arg(long)]
        salt: Option<PathBuf>,
    },
    /// Whether a file is what a commitment is to
    Check {
        /// The papers, as one file
        file: PathBuf,
        /// The salt that was kept with them; FILE.salt.json where it is not named
        #[arg(long)]
        salt: Option<PathBuf>,
        /// The commitment on the ledger, 64 hexadecimal digits
        #[arg(long, value_parser = words::bytes32)]
        papers: [u8; 32],
    },
}

#[derive(Serialize)]
struct Said {
    papers: Commitment,
    salt: PathBuf,
}

impl Papers {
    /// Runs the command.
    pub fn run(self, global: &Global) -> anyhow::Result<()> {
        let said = match self {
            Self::Commit { file, salt } => {
                let salt = salt.unwrap_or_else(|| salt_beside(&file));
                Said { papers: commit(&file, &salt)?, salt }
            }
            Self::Check { file, salt, papers } => {
                let (salt, papers) = (salt.unwrap_or_else(|| salt_beside(&file)), Commitment(papers));
                check(&file, &salt, papers)?;
                Said { papers, salt }
            }
        };
        let output = Output::of(global);
        output.print(&said, |said| {
            let rows = [("papers", hex::encode(said.papers.0)), ("salt", said.salt.display().to_string())];
            fields_in(output.speech, &rows)
        })
    }
}
