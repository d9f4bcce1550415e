//! `mulu vault erase` and `mulu vault erasures`.

use crate::{
    output::Output,
    session::now,
    table::{fields_in, table_in},
    unlock::Locked,
    words::{self, name_of},
};
use anyhow::Context;
use clap::Args;
use mulu_client::vault::{Erasure, Numbers, Selection, Vault, Wanted};
use mulu_proofs::{
    access::{SEALED_VALUE_BYTES_MAX, SealedField},
    ids::{EventNumber, Moment, StreamId},
};
use mulu_verifier::words::Speech;
use std::path::PathBuf;

/// Which events, who erases them, and why.
#[derive(Debug, Args)]
pub struct Erase {
    /// The vault
    #[command(flatten)]
    vault: Locked,
    /// Events of this stream, from --first to --last
    #[arg(long, value_parser = words::id::<StreamId>, requires_all = ["first", "last"], required_unless_present_any = ["field", "before"])]
    stream: Option<StreamId>,
    /// First event
    #[arg(long, value_parser = words::id::<EventNumber>, requires = "stream")]
    first: Option<EventNumber>,
    /// Last event
    #[arg(long, value_parser = words::id::<EventNumber>, requires = "stream")]
    last: Option<EventNumber>,
    /// All events in which this field has the value of --value-file: data_subject, user, operator, network_address
    #[arg(long, value_parser = words::word::<SealedField>, requires = "value_file", conflicts_with_all = ["stream", "before"])]
    field: Option<SealedField>,
    /// File with the value in its first line: a command line is seen by others and remembered
    #[arg(long, value_name = "FILE", requires = "field")]
    value_file: Option<PathBuf>,
    /// All events before this time: a day, a moment in UTC, or milliseconds
    #[arg(long, value_parser = words::moment, conflicts_with = "stream")]
    before: Option<Moment>,
    /// Who erases: an office or a service number, kept in the vault
    #[arg(long)]
    by: String,
    /// Why, and on whose request; kept in the vault
    #[arg(long)]
    reason: String,
}

impl Erase {
    /// Runs the command.
    pub fn run(self, output: Output) -> anyhow::Result<()> {
        let value;
        let wanted = match (self.stream, self.first, self.last, self.field, self.before) {
            (Some(stream), Some(first), Some(last), ..) => Wanted::Events(Numbers { stream, first, last }),
            (.., Some(field), _) => {
                value = self.value()?;
                Wanted::Having(field, value.as_bytes())
            }
            (.., Some(moment)) => Wanted::Before(moment),
            _ => anyhow::bail!("name the events by stream, field or time"),
        };
        let mut vault = self.vault.open()?;
        if let Wanted::Events(Numbers { stream, first, last }) = wanted {
            anyhow::ensure!(first <= last, "the last event, {last}, comes before the first, {first}");
            anyhow::ensure!(vault.stream(stream)?.is_some(), "the vault has no stream {stream}");
        }
        let erasure = vault.erase(wanted, &self.by, &self.reason, now())?;
        let speech = output.speech;
        output.print(
            &serde_json::json!({ "erased": erasure.as_ref().map_or(0, |erasure| erasure.events), "erasure": erasure }),
            |_| match &erasure {
                Some(erasure) => fields_in(
                    speech,
                    &[
                        ("erased", erasure.events.to_string()),
                        ("events", numbers(erasure)),
                        ("erasure", erasure.number.to_string()),
                    ],
                ),
                None => fields_in(speech, &[("erased", "0".to_owned())]),
            },
        )
    }

    fn value(&self) -> anyhow::Result<String> {
        let path = self.value_file.as_deref().context("name the file with the value with --value-file")?;
        let text = String::from_utf8(super::read_bytes(path)?).ok().context("the value is not UTF-8")?;
        let value = text.lines().next().unwrap_or_default().to_owned();
        anyhow::ensure!(
            !value.is_empty() && value.len() <= SEALED_VALUE_BYTES_MAX,
            "the file holds no value of a sealed field"
        );
        Ok(value)
    }
}

/// Prints every erasure.
pub fn erasures(vault: &Vault, output: Output) -> anyhow::Result<()> {
    let speech = output.speech;
    output.print(&vault.erasures()?, |erasures| {
        let rows: Vec<_> = erasures.iter().map(|erasure| row(erasure, speech)).collect();
        table_in(speech, &["erasure", "when", "by", "reason", "chosen by", "how many", "events"], &rows)
    })
}

fn row(erasure: &Erasure, speech: Speech) -> Vec<String> {
    let chosen_by = match erasure.selection {
        Selection::Numbers => speech.say("numbers"),
        Selection::Field(field) => speech.say(&name_of(&field)),
        Selection::Before(moment) => speech.tell("before {}", &[&moment.utc()]),
    };
    let (by, reason) = (erasure.by.clone(), erasure.reason.clone());
    let (number, count) = (erasure.number.to_string(), erasure.events.to_string());
    vec![number, erasure.at.utc(), by, reason, chosen_by, count, numbers(erasure)]
}

/// The first ranges; JSON has all.
fn numbers(erasure: &Erasure) -> String {
    const SHOWN: usize = 5;
    let ranges = erasure.numbers.iter().take(SHOWN).map(|part| match (part.first, part.last) {
        (first, last) if first == last => format!("{}:{first}", part.stream),
        (first, last) => format!("{}:{first}-{last}", part.stream),
    });
    let mut text = ranges.collect::<Vec<_>>().join(" ");
    if erasure.numbers.len() > SHOWN {
        text.push_str(" …");
    }
    text
}
