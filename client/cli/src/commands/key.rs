//! `mulu key`.

use crate::{arguments::Global, commands::platform_key::Compromised, output::Output, table::fields};
use clap::Subcommand;
use mulu_client::keys::Key as Seed;
use serde::Serialize;
use std::path::PathBuf;

/// Key files.
#[derive(Debug, Subcommand)]
pub enum Key {
    /// Write a fresh key, for its owner alone
    Generate {
        /// File to write; it must not exist
        file: PathBuf,
        /// The well-known key of a development chain instead, d1-admin for instance: it guards nothing
        #[arg(long, value_name = "NAME")]
        development: Option<String>,
    },
    /// Public key of a key file
    Show {
        /// The file
        file: PathBuf,
    },
    /// Report that others may have signed with a platform's key: it signs nothing more, its streams are halted; signed by admin or head
    Compromised(Compromised),
}

#[derive(Serialize)]
struct Shown {
    file: PathBuf,
    public_key: String,
}

impl Key {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        let (file, key) = match self {
            Self::Generate { file, development } => {
                let key = development.map_or_else(Seed::random, |name| Seed::development(&name));
                key.write(&file)?;
                (file, key)
            }
            Self::Show { file } => {
                let key = Seed::read(&file)?;
                (file, key)
            }
            Self::Compromised(command) => return command.run(global).await,
        };
        let shown = Shown { file, public_key: hex::encode(key.public()) };
        Output::of(global).print(&shown, |shown| {
            fields(&[("file", shown.file.display().to_string()), ("public key", shown.public_key.clone())])
        })
    }
}
