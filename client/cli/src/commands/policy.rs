//! `mulu policy`.

use crate::{
    arguments::Global,
    commands::read_json,
    session::Session,
    table::{fields, table},
    words::{self, name_of, optional},
};
use anyhow::Context;
use clap::Subcommand;
use mulu_client::{ClientError, calls::Call};
use mulu_proofs::sharing::{Policy as Stages, Stage};
use mulu_rpc_api::{
    catalog::{CatalogClient, EntryRef},
    sharing::{EntryPolicy, SharingClient},
};
use std::path::PathBuf;

/// Approval policies.
#[derive(Debug, Subcommand)]
pub enum Policy {
    /// Set the policy for requests made from now on; signed by the provider's officer
    Set {
        /// Id or resource code of the entry
        #[arg(value_parser = words::entry)]
        entry: EntryRef,
        /// The stages as JSON; the provider's officer always signs behind them
        file: PathBuf,
    },
    /// The policy of an entry
    Show {
        /// Id or resource code of the entry
        #[arg(value_parser = words::entry)]
        entry: EntryRef,
    },
}

impl Policy {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        match self {
            Self::Set { entry, file } => {
                let policy: Stages = read_json(&file)?;
                let session = Session::open(global).await?;
                let id = match entry {
                    EntryRef::Id(id) => id,
                    code => {
                        let found = session.connection.entry(code).await.map_err(ClientError::from)?;
                        found.context("there is no such entry")?.id
                    }
                };
                session.act(Call::set_policy(id, &policy)).await
            }
            Self::Show { entry } => {
                let session = Session::open(global).await?;
                let found = session.connection.policy(entry).await.map_err(ClientError::from)?;
                session.output.print(&found.context("there is no such entry")?, text)
            }
        }
    }
}

fn text(policy: &EntryPolicy) -> String {
    let mut text = fields(&[("entry", policy.entry.to_string()), ("set by record", optional(policy.record))]);
    text.push_str(&stages(&policy.policy));
    text
}

/// The stages of a policy, the provider's officer last.
pub fn stages(policy: &Stages) -> String {
    let mut rows: Vec<Vec<String>> = (0u8..).zip(&policy.stages).map(|(place, stage)| row(place, stage)).collect();
    let last = ["last", "officer", "provider", "any", "whoever holds the role"].map(str::to_owned);
    rows.push(last.to_vec());
    table(&["stage", "role", "department", "threshold", "approvers"], &rows)
}

fn row(place: u8, stage: &Stage) -> Vec<String> {
    let named: Vec<String> = stage.approvers.iter().map(|key| hex::encode(key.0)).collect();
    let approvers = if named.is_empty() { "whoever holds the role".to_owned() } else { named.join(" ") };
    let threshold = name_of(&stage.threshold);
    vec![place.to_string(), name_of(&stage.role), stage.department.to_string(), threshold, approvers]
}
