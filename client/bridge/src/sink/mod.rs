//! The way out: what happens on the ledger is told to the platform, so that it opens and closes access by itself.
//!
//! ```text
//!                     ┌─> webhook   POST, signed, again until it is taken; then the position is put      at least once
//! records ── feed ──> ├─> outbox    rows in the platform's database, position in the same transaction    exactly once
//!   (from a number)   └─> events    server-sent, for whoever connects; the reader keeps its place        as the reader asks
//! ```
//!
//! Every one goes on from a record number, in the order of the ledger. What an event is, and which there are: [`event`] and [`types`].

mod courier;
pub mod desk;
pub mod event;
pub mod events;
mod feed;
pub mod outbox;
mod parked;
mod pause;
pub mod position;
#[cfg(test)]
mod sample;
pub mod selection;
pub mod signature;
pub mod types;
pub mod webhook;

use crate::{error::BridgeError, metrics::Metrics, positions::Positions, stop::Stop};
use desk::{Desk, Post};
use event::Ledger;
use mulu_client::connection::{ChainIdentity, Connection};
use mulu_proofs::ids::{DepartmentId, RecordNumber};
use outbox::OutboxConfig;
use selection::Selection;
use serde::Deserialize;
use std::{path::Path, sync::Arc};
use webhook::WebhookConfig;

/// `[sink.NAME]`: one way out.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SinkConfig {
    /// Events are posted to an address.
    pub webhook: Option<WebhookConfig>,
    /// Events become rows of a table.
    pub outbox: Option<OutboxConfig>,
    /// Types of events, or families of them; all where there is none.
    #[serde(default)]
    pub types: Vec<String>,
    /// Departments that the events concern; any where there is none.
    #[serde(default)]
    pub departments: Vec<DepartmentId>,
    /// Where to begin, the first time.
    #[serde(default)]
    pub from: Begin,
}

/// Where a sink begins that has never run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Begin {
    /// With this record.
    Record(RecordNumber),
    /// With what happens from now on.
    Now(Now),
}

/// The word for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Now {
    /// From now on.
    Now,
}

impl Default for Begin {
    /// The whole ledger: what is in force today was agreed some time ago.
    fn default() -> Self {
        Self::Record(RecordNumber::new(1))
    }
}

/// What a sink works with.
#[derive(Clone)]
pub struct SinkParts {
    /// To the node, as the platform.
    pub connection: Arc<Connection>,
    /// The chain that it keeps.
    pub chain: ChainIdentity,
    /// Where sinks stand.
    pub positions: Positions,
    /// The sink's name.
    pub name: String,
    /// What is counted.
    pub metrics: Metrics,
    /// Where the states of the sinks are told, and from where one is asked to try again.
    pub desk: Desk,
}

impl SinkConfig {
    /// The files that it names are in `folder`, unless they say otherwise.
    pub fn below(&mut self, folder: &Path) {
        if let Some(webhook) = &mut self.webhook {
            webhook.below(folder);
        }
        if let Some(outbox) = &mut self.outbox {
            outbox.below(folder);
        }
    }

    /// Checks all that can be checked without connecting to anything.
    ///
    /// # Errors
    /// What is wrong, and the way out.
    pub fn check(&self) -> Result<(), String> {
        self.selection()?;
        match (&self.webhook, &self.outbox) {
            (Some(webhook), None) => webhook.check(),
            (None, Some(outbox)) => outbox.check(),
            _ => Err("a sink has exactly one of: webhook, outbox".into()),
        }
    }

    /// `webhook` or `outbox`.
    pub const fn kind(&self) -> &'static str {
        if self.webhook.is_some() { "webhook" } else { "outbox" }
    }

    /// Reads secrets and certificates as they would be read at the start.
    ///
    /// # Errors
    /// What is wrong with them, and the way out.
    pub fn try_secrets(&self) -> Result<(), String> {
        match (&self.webhook, &self.outbox) {
            (Some(webhook), _) => webhook.try_secrets(),
            (_, Some(outbox)) => outbox.try_secrets(),
            _ => Ok(()),
        }
    }

    fn selection(&self) -> Result<Selection, String> {
        let words = self.types.iter().map(String::as_str);
        Selection::new(words, self.departments.iter().copied()).map_err(|error| error.to_string())
    }
}

/// Tells events until the bridge stops, however long the other side or the node is away.
///
/// # Errors
/// [`BridgeError`] if the configuration is wrong, or the vault fails.
pub async fn run(config: SinkConfig, parts: SinkParts, stop: Stop) -> Result<(), BridgeError> {
    let wrong = |why: String| BridgeError::config(format!("sink.{}", parts.name), why);
    config.check().map_err(wrong)?;
    let selection = config.selection().map_err(wrong)?;
    let post = parts.desk.post(&parts.name, config.kind(), &parts.metrics);
    let ledger = Ledger::new(&parts.chain);
    let route = Route { parts: &parts, selection, ledger, from: config.from, post };
    match (config.webhook, config.outbox) {
        (Some(webhook), _) => webhook::run(webhook, route, &stop).await,
        (_, Some(outbox)) => outbox::run(outbox, route, &stop).await,
        _ => Ok(()),
    }
}

/// What the kinds of sinks share.
struct Route<'a> {
    parts: &'a SinkParts,
    selection: Selection,
    ledger: Ledger,
    from: Begin,
    post: Post,
}

impl Route<'_> {
    /// A mistake in the sink's configuration.
    fn wrong(&self, why: impl Into<String>) -> BridgeError {
        BridgeError::config(format!("sink.{}", self.parts.name), why)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;

    fn read(text: &str) -> Result<SinkConfig, toml::de::Error> {
        toml::from_str(text)
    }

    #[test]
    fn a_sink_begins_with_the_first_record_unless_it_is_said_otherwise() {
        let webhook = "webhook = { url = \"https://platform.example/hook\", secret_env = \"SECRET\" }\n";
        let from = |line: &str| read(&format!("{webhook}{line}")).unwrap().from;
        assert_eq!(from(""), Begin::Record(RecordNumber::new(1)));
        assert_eq!(from("from = 70"), Begin::Record(RecordNumber::new(70)));
        assert_eq!(from("from = \"now\""), Begin::Now(Now::Now));
        assert!(read(&format!("{webhook}from = \"yesterday\"")).is_err());
        assert!(read(&format!("{webhook}form = 1")).unwrap_err().to_string().contains("form"));
    }

    #[test]
    fn secrets_that_are_not_there_are_told_before_anything_runs() {
        let folder = tempfile::tempdir().unwrap();
        for (text, word) in [
            ("webhook = { url = \"http://127.0.0.1/\", secret_file = \"s\" }", "secret_file"),
            ("webhook = { url = \"http://127.0.0.1/\", secret_env = \"MULU_NO_SUCH_VARIABLE\" }", "not set"),
            (
                "outbox.database = { connection = \"host=/run dbname=x user=y\", password_file = \"s\" }",
                "password_file",
            ),
            ("outbox.database = { connection = \"host=db.example dbname=x user=y\", ca_file = \"s\" }", "s: "),
        ] {
            let mut sink = read(text).unwrap();
            sink.below(folder.path());
            let why = sink.try_secrets().unwrap_err();
            assert!(why.contains(word), "{text}: {why}");
        }
        let fine = read("outbox.database = { connection = \"host=/run dbname=x user=y\" }").unwrap();
        assert_eq!(fine.try_secrets(), Ok(()));
    }

    #[test]
    fn what_the_pages_say_is_read() {
        for page in ["webhook", "outbox"] {
            let path = format!("{}/../../docs/integration/{page}.md", env!("CARGO_MANIFEST_DIR"));
            let page = std::fs::read_to_string(path).unwrap();
            let block = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
            let table: toml::Table = toml::from_str(block).unwrap();
            let sink: SinkConfig = table["sink"]["platform"].clone().try_into().unwrap();
            assert_eq!(sink.check(), Ok(()));
            assert_eq!(sink.types.len(), 4);
        }
    }

    #[test]
    fn a_sink_has_one_way_out_and_types_that_are_some() {
        let check = |text: &str| read(text).unwrap().check();
        assert!(check("").unwrap_err().contains("exactly one"));
        let webhook = "webhook = { url = \"https://platform.example/hook\", secret_env = \"SECRET\" }\n";
        let outbox = "outbox.database = { connection = \"host=/run/postgresql dbname=platform\" }\n";
        assert_eq!(check(webhook), Ok(()));
        assert_eq!(check(outbox), Ok(()));
        assert!(check(&format!("{webhook}{outbox}")).unwrap_err().contains("exactly one"));
        assert_eq!(check(&format!("{webhook}types = [\"grant\", \"finding.day_differs\"]")), Ok(()));
        assert!(check(&format!("{webhook}types = [\"grants\"]")).unwrap_err().contains("grants is no type"));
    }
}
