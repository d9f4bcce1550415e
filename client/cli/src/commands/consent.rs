//! `mulu consent`: what a provider's officer agrees to in advance (art. 20).

use crate::{
    arguments::Global,
    commands::read_json,
    output::write,
    session::Session,
    table::fields_in,
    templates,
    words::{self, items, methods, optional},
};
use anyhow::Context;
use clap::Subcommand;
use mulu_client::{ClientError, calls::Call};
use mulu_proofs::{sharing::StandingConsent, text::Text};
use mulu_rpc_api::{
    catalog::{CatalogClient, Entry, EntryRef},
    sharing::{EntryConsent, SharingClient},
};
use mulu_verifier::words::Speech;
use std::path::PathBuf;

/// Standing consents.
#[derive(Debug, Subcommand)]
pub enum Consent {
    /// Agree in advance to requests within conditions, in place of any consent before; signed by the provider's officer
    Set {
        /// Id or resource code of the entry
        #[arg(value_parser = words::entry, required_unless_present = "template")]
        entry: Option<EntryRef>,
        /// The conditions as JSON
        #[arg(required_unless_present = "template")]
        file: Option<PathBuf>,
        /// Print an example to begin with, and set nothing
        #[arg(long, conflicts_with = "file")]
        template: bool,
    },
    /// End a standing consent; grants that it began run on; signed by the provider's officer
    Revoke {
        /// Id or resource code of the entry
        #[arg(value_parser = words::entry)]
        entry: EntryRef,
        /// Why, at most 512 bytes
        #[arg(long, value_parser = |reason: &str| Text::<512>::new(reason))]
        reason: Text<512>,
    },
    /// The standing consent for an entry
    Show {
        /// Id or resource code of the entry
        #[arg(value_parser = words::entry)]
        entry: EntryRef,
    },
}

impl Consent {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        match self {
            Self::Set { entry, file, .. } => {
                let (Some(entry), Some(file)) = (entry, file) else { return write(templates::CONSENT) };
                let consent: StandingConsent = read_json(&file)?;
                let session = Session::open(global).await?;
                let found = find(&session, entry).await?;
                session.act_for(Call::set_standing_consent(found.id, &consent), found.provider).await
            }
            Self::Revoke { entry, reason } => {
                let session = Session::open(global).await?;
                let found = find(&session, entry).await?;
                session.act_for(Call::revoke_standing_consent(found.id, &reason), found.provider).await
            }
            Self::Show { entry } => {
                let session = Session::open(global).await?;
                let found = session.connection.consent(entry).await.map_err(ClientError::from)?;
                let found = found.context("there is no such entry")?;
                session.output.print(&found, |consent| text(consent, session.output.speech))
            }
        }
    }
}

async fn find(session: &Session, entry: EntryRef) -> anyhow::Result<Entry> {
    let found = session.connection.entry(entry).await.map_err(ClientError::from)?;
    found.context("there is no such entry")
}

fn text(told: &EntryConsent, speech: Speech) -> String {
    let mut pairs = vec![("entry", told.entry.to_string()), ("set by record", optional(told.record))];
    let Some(consent) = &told.consent else {
        pairs.push(("revoked", told.revoked.clone().unwrap_or_else(|| speech.say("there is no standing consent"))));
        return fields_in(speech, &pairs);
    };
    let everybody = |list: String| if list.is_empty() { speech.say("all") } else { list };
    pairs.extend([
        ("version", consent.entry_version.to_string()),
        ("items", items(consent.items)),
        ("methods", speech.list(methods(consent.methods))),
        ("consumers", everybody(speech.joined(consent.consumers.iter()))),
        ("purposes", everybody(speech.joined(consent.purposes.iter()))),
        ("quota", speech.tell("{} calls and {} rows a day", &[&consent.calls_per_day, &consent.rows_per_day])),
        ("longest", speech.tell("{} days", &[&consent.days])),
        ("expires", consent.expires.utc()),
    ]);
    fields_in(speech, &pairs)
}
