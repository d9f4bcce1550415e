//! `mulu policy`.

use crate::{
    arguments::Global,
    commands::read_json,
    output::write,
    session::Session,
    table::{fields_in, table_in},
    templates,
    words::{self, name_of, optional},
};
use anyhow::Context;
use clap::Subcommand;
use mulu_client::{ClientError, calls::Call};
use mulu_proofs::sharing::{Policy as Stages, Stage, Threshold};
use mulu_rpc_api::{
    catalog::{CatalogClient, EntryRef},
    sharing::{EntryPolicy, SharingClient},
};
use mulu_verifier::words::Speech;
use std::path::PathBuf;

/// Approval policies.
#[derive(Debug, Subcommand)]
pub enum Policy {
    /// Set the policy for requests made from now on; signed by the provider's officer
    Set {
        /// Id or resource code of the entry
        #[arg(value_parser = words::entry, required_unless_present = "template")]
        entry: Option<EntryRef>,
        /// The stages as JSON; the provider's officer always signs behind them
        #[arg(required_unless_present = "template")]
        file: Option<PathBuf>,
        /// Print an example to begin with, and set nothing
        #[arg(long, conflicts_with = "file")]
        template: bool,
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
            Self::Set { entry, file, .. } => {
                let (Some(entry), Some(file)) = (entry, file) else { return write(templates::POLICY) };
                let policy: Stages = read_json(&file)?;
                let session = Session::open(global).await?;
                let found = session.connection.entry(entry).await.map_err(ClientError::from)?;
                let found = found.context("there is no such entry")?;
                session.act_for(Call::set_policy(found.id, &policy), found.provider).await
            }
            Self::Show { entry } => {
                let session = Session::open(global).await?;
                let found = session.connection.policy(entry).await.map_err(ClientError::from)?;
                let found = found.context("there is no such entry")?;
                session.output.print(&found, |policy| text(policy, session.output.speech))
            }
        }
    }
}

fn text(policy: &EntryPolicy, speech: Speech) -> String {
    let set_by = ("set by record", optional(policy.record));
    let mut text = fields_in(speech, &[("entry", policy.entry.to_string()), set_by]);
    text.push_str(&stages(&policy.policy, speech));
    text
}

/// The stages of a policy, the provider's officer last.
pub fn stages(policy: &Stages, speech: Speech) -> String {
    let mut rows: Vec<Vec<String>> =
        (0u8..).zip(&policy.stages).map(|(place, stage)| row(place, stage, speech)).collect();
    let last = ["last", "officer", "provider", "any", "whoever holds the role"];
    rows.push(last.iter().map(|word| speech.say(word)).collect());
    table_in(speech, &["stage", "role", "department", "threshold", "approvers"], &rows)
}

fn row(place: u8, stage: &Stage, speech: Speech) -> Vec<String> {
    let named: Vec<String> = stage.approvers.iter().map(|key| hex::encode(key.0)).collect();
    let approvers = if named.is_empty() { speech.say("whoever holds the role") } else { named.join(" ") };
    let (role, threshold) = (speech.say(&stage.role.to_string()), threshold(stage.threshold, speech));
    vec![place.to_string(), role, speech.joined(&stage.departments), threshold, approvers]
}

fn threshold(threshold: Threshold, speech: Speech) -> String {
    match threshold {
        Threshold::Count(count) => count.to_string(),
        Threshold::Fraction { numerator, denominator } => format!("{numerator}/{denominator}"),
        word => speech.say(&name_of(&word)),
    }
}
