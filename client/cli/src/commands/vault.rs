//! `mulu vault`.

use crate::{arguments::Global, output::Output, table::fields, words};
use clap::Subcommand;
use mulu_client::vault::Vault as File;
use mulu_proofs::ids::{EventNumber, StreamId};
use std::path::PathBuf;

/// The vault.
#[derive(Debug, Subcommand)]
pub enum Vault {
    /// Erase secrets and values of events; every proof of the rest still holds
    Erase {
        /// The vault
        #[arg(long)]
        vault: PathBuf,
        /// Id of the stream
        #[arg(long, value_parser = words::id::<StreamId>)]
        stream: StreamId,
        /// First event
        #[arg(long, value_parser = words::id::<EventNumber>)]
        first: EventNumber,
        /// Last event
        #[arg(long, value_parser = words::id::<EventNumber>)]
        last: EventNumber,
    },
}

impl Vault {
    /// Runs the command.
    pub fn run(self, global: &Global) -> anyhow::Result<()> {
        let Self::Erase { vault, stream, first, last } = self;
        let erased = File::open_any(&vault)?.erase(stream, first, last)?;
        Output::of(global)
            .print(&serde_json::json!({ "erased": erased }), |_| fields(&[("erased", erased.to_string())]))
    }
}
