//! `mulu entry` behind a publication: the acts on a published entry, and what is shown of its course.

use crate::{
    commands::answer::Answer,
    session::Session,
    table::{fields_in, table_in},
    words::{self, name_of},
};
use anyhow::Context;
use clap::{Args, Subcommand};
use mulu_client::{ClientError, calls::Call};
use mulu_proofs::{calendar::Day, catalog::Stop, ids::EntryId, papers::Papers, text::Text};
use mulu_rpc_api::{
    catalog::{CatalogClient, Entry as Shown, EntryRef, EntryStanding, OpenChange},
    deadlines::DeadlineState,
};
use mulu_verifier::words::Speech;

/// Acts on a published entry.
#[derive(Debug, Subcommand)]
pub enum Course {
    /// Suspend an entry: every grant on it stands still; signed by the provider's head or the authority's reviewer
    Suspend(WithReason),
    /// Resume a suspended entry; signed by the side that suspended it, or the authority's reviewer
    Resume(WithReason),
    /// Withdraw an entry for ever, which is the filing with the authority (art. 27); signed by the provider's head
    Withdraw {
        /// Which entry, and why
        #[command(flatten)]
        what: WithReason,
        /// Salted commitment to the papers on the consultation of those who hold grants, if anybody does, 64 hexadecimal digits
        #[arg(long, value_parser = words::papers)]
        consultation: Option<Papers>,
    },
    /// Report that law or duties changed, so that the entry has to be updated in time (art. 17)
    Change {
        /// Id or resource code of the entry
        #[arg(value_parser = words::entry)]
        entry: EntryRef,
        /// Day of the change, from which the time for the update counts, as in 2026-08-01
        #[arg(long, value_parser = |day: &str| day.parse::<Day>())]
        on: Day,
        /// The law, decision or duty that changed, at most 256 bytes
        #[arg(long, value_parser = |basis: &str| Text::<256>::new(basis))]
        basis: Text<256>,
    },
    /// More time for an update: ask, decide
    #[command(subcommand)]
    Extension(Extension),
}

/// More time for an update (art. 17).
#[derive(Debug, Subcommand)]
pub enum Extension {
    /// Ask the authority for more time; signed by the provider's head
    Ask {
        /// Which entry, and why
        #[command(flatten)]
        what: WithReason,
        /// How many working days
        #[arg(long, value_name = "WORKING DAYS")]
        days: u16,
    },
    /// Grant or deny what was asked for; signed by the authority's reviewer
    Decide {
        /// Id or resource code of the entry
        #[arg(value_parser = words::entry)]
        entry: EntryRef,
        /// Whether it is granted
        #[command(flatten)]
        answer: Answer,
        /// Why, at most 512 bytes; of a consent it may be left out
        #[arg(long, value_parser = |reason: &str| Text::<512>::new(reason))]
        reason: Option<Text<512>>,
    },
}

/// An entry and why something is done to it.
#[derive(Clone, Debug, Args)]
pub struct WithReason {
    /// Id or resource code of the entry
    #[arg(value_parser = words::entry)]
    entry: EntryRef,
    /// Why, at most 512 bytes
    #[arg(long, value_parser = |reason: &str| Text::<512>::new(reason))]
    reason: Text<512>,
}

impl Course {
    /// Signs the act.
    pub async fn run(self, session: &Session) -> anyhow::Result<()> {
        let asked = match &self {
            Self::Suspend(what)
            | Self::Resume(what)
            | Self::Withdraw { what, .. }
            | Self::Extension(Extension::Ask { what, .. }) => what.entry.clone(),
            Self::Change { entry, .. } | Self::Extension(Extension::Decide { entry, .. }) => entry.clone(),
        };
        let Shown { id, provider, .. } = find(session, asked).await?;
        let call = match self {
            Self::Suspend(what) => Call::suspend_entry(id, &what.reason),
            Self::Resume(what) => Call::resume_entry(id, &what.reason),
            Self::Withdraw { what, consultation } => Call::withdraw_entry(id, &what.reason, consultation),
            Self::Change { on, basis, .. } => Call::report_change(id, on, &basis),
            Self::Extension(Extension::Ask { what, days }) => Call::ask_update_extension(id, days, &what.reason),
            Self::Extension(Extension::Decide { answer, reason, .. }) => {
                Call::decide_update_extension(id, answer.grant, &reason.unwrap_or_default())
            }
        };
        session.act_for(call, provider).await
    }
}

/// The id of an entry that was named, if one was.
pub async fn id_of(session: &Session, entry: Option<EntryRef>) -> anyhow::Result<Option<EntryId>> {
    Ok(match entry {
        Some(EntryRef::Code(code)) => Some(find(session, EntryRef::Code(code)).await?.id),
        Some(EntryRef::Id(id)) => Some(id),
        None => None,
    })
}

/// An entry by id or code.
pub async fn find(session: &Session, entry: EntryRef) -> anyhow::Result<Shown> {
    let found = session.connection.entry(entry).await.map_err(ClientError::from)?;
    found.with_context(|| session.or_hidden("there is no such entry"))
}

/// Status, open change, readiness, and what stopped, as `mulu entry show` tells them.
pub fn text(entry: &Shown, speech: Speech) -> String {
    let mut text = String::new();
    if let Some(standing) = &entry.standing {
        text.push_str(&standing_text(standing, speech));
    }
    if let Some(change) = &entry.change {
        text.push('\n');
        text.push_str(&change_text(change, speech));
    }
    let met = |met: bool| speech.say(if met { "condition met" } else { "condition missing" });
    let rows = entry.readiness.conditions().map(|(condition, is_met)| vec![speech.say(condition), met(is_met)]);
    text.push('\n');
    text.push_str(&table_in(speech, &["readiness", "state"], &rows));
    let stops = entry.versions.iter().flat_map(|version| version.stops.iter().map(|stop| (version.version, stop)));
    let rows: Vec<_> = stops.map(|(version, stop)| stop_row(&version.to_string(), stop, speech)).collect();
    if !rows.is_empty() {
        text.push('\n');
        text.push_str(&table_in(speech, &["version", "stopped", "items", "method"], &rows));
    }
    text
}

fn standing_text(standing: &EntryStanding, speech: Speech) -> String {
    fields_in(
        speech,
        &[
            ("status", speech.say(&name_of(&standing.status))),
            ("since", standing.since.utc()),
            ("act", speech.tell("department {}, record {}", &[&standing.department, &standing.record])),
            ("reason", standing.reason.clone().unwrap_or_default()),
        ],
    )
}

fn change_text(change: &OpenChange, speech: Speech) -> String {
    let deadline = &change.deadline;
    let state = match deadline.state {
        DeadlineState::Paused => speech.say("stands still while the update is under review"),
        state => speech.say(&name_of(&state)),
    };
    let extended = match deadline.terms.extended {
        0 => String::new(),
        days => days.to_string(),
    };
    let asked = change.extension_asked.map(|days| speech.tell("{} working days", &[&days]));
    fields_in(
        speech,
        &[
            ("change", speech.tell("{}, record {}", &[&change.on, &change.record])),
            ("law or duty", change.basis.clone()),
            ("update", speech.tell("deadline {}, {}", &[&deadline.id, &state])),
            ("last day", deadline.due.map_or_else(String::new, |due| due.day.to_string())),
            ("of these extension", extended),
            ("extension asked for", asked.unwrap_or_default()),
        ],
    )
}

fn stop_row(version: &str, stop: &Stop, speech: Speech) -> Vec<String> {
    let methods = speech.list(words::methods(stop.methods));
    vec![version.to_owned(), stop.at.utc(), words::items(stop.items), methods]
}
