//! Events become rows of a table in the platform's own database, where its programs find them.
//!
//! ```text
//! events ── one transaction: rows, the sink's cursor, NOTIFY ──> the platform's database
//! ```
//!
//! Exactly once: the cursor is in the same transaction as the rows. After a failure, whatever it was, the cursor says what is there.

mod statements;

use super::{Route, event::CloudEvent, feed::Feed, pause, position};
use crate::{
    database::{Database, Trouble, within},
    error::BridgeError,
    stop::Stop,
};
use mulu_proofs::ids::RecordNumber;
use mulu_rpc_api::Hex32;
use serde::Deserialize;
use serde_json::Value;
use statements::Statements;
pub use statements::tables;
use std::{
    path::Path,
    time::{Duration, Instant},
};
use tokio_postgres::Client;

/// Most events of one transaction.
const BATCH_MAX: usize = 1_000;
/// A session that took as long did its work for a while.
const LASTING: Duration = Duration::from_secs(60);

/// `outbox = { … }`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutboxConfig {
    /// How the database is reached.
    pub database: Database,
    /// The table of the events, or schema and table.
    #[serde(default = "events_table")]
    pub table: String,
    /// The table of the cursors, or schema and table.
    #[serde(default = "cursor_table")]
    pub cursor_table: String,
    /// Whether tables that are not there are made.
    #[serde(default)]
    pub create_tables: bool,
    /// Most events of one transaction.
    #[serde(default = "five_hundred")]
    pub batch_max: usize,
    /// Channel of the NOTIFY that goes with every transaction.
    pub notify: Option<String>,
}

fn events_table() -> String {
    "mulu_events".into()
}

fn cursor_table() -> String {
    "mulu_cursor".into()
}

const fn five_hundred() -> usize {
    500
}

impl OutboxConfig {
    /// Its files are in `folder`, unless they say otherwise.
    pub fn below(&mut self, folder: &Path) {
        self.database.below(folder);
    }

    /// Checks everything but the password itself.
    ///
    /// # Errors
    /// What is wrong, and the way out.
    pub fn check(&self) -> Result<(), String> {
        self.database.check()?;
        Statements::new(&self.table, &self.cursor_table)?;
        if !(1..=BATCH_MAX).contains(&self.batch_max) {
            return Err(format!("batch_max is {}; it is 1 to {BATCH_MAX}", self.batch_max));
        }
        let is_channel = |name: &String| (1..=63).contains(&name.len());
        if !self.notify.as_ref().is_none_or(is_channel) {
            return Err("notify: a channel has a name of 1 to 63 bytes".into());
        }
        Ok(())
    }

    /// Reads the password and certificates as they would be read at the start.
    pub(super) fn try_secrets(&self) -> Result<(), String> {
        self.database.try_secrets()
    }
}

/// Writes rows until the bridge stops.
pub(super) async fn run(config: OutboxConfig, route: Route<'_>, stop: &Stop) -> Result<(), BridgeError> {
    let statements = Statements::new(&config.table, &config.cursor_table).map_err(|why| route.wrong(why))?;
    let writer = Writer { config: &config, route: &route, database: &config.database, statements, stop };
    let mut wait = pause::platform();
    loop {
        let began = Instant::now();
        let failure = match writer.session().await {
            Ok(()) => return Ok(()),
            Err(Failure::Bridge(error)) => return Err(error),
            Err(failure) => failure,
        };
        // A connection that lasted was a good one: the next one is tried soon.
        if began.elapsed() > LASTING {
            wait.worked();
        }
        route.post.retrying(&failure.to_string());
        if stop.comes_within(pause::spread(wait.pause())).await {
            return Ok(());
        }
    }
}

struct Writer<'a> {
    config: &'a OutboxConfig,
    route: &'a Route<'a>,
    database: &'a Database,
    statements: Statements,
    stop: &'a Stop,
}

/// Why a session with the database ended.
#[derive(Debug, thiserror::Error)]
enum Failure {
    /// The bridge cannot go on.
    #[error(transparent)]
    Bridge(#[from] BridgeError),
    /// The database is away, or refuses.
    #[error("the database: {0}")]
    Database(String),
    /// Another program moved the cursor.
    #[error("the cursor was moved by somebody else: does another bridge use this name and this table?")]
    Moved,
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        let hint = match trouble.code.as_deref() {
            Some("42P01") => "; make the tables as docs/integration/outbox.md says, or set create_tables = true",
            Some("42703") => "; the tables have other columns than docs/integration/outbox.md says",
            Some("42501") => "; grant SELECT, INSERT and UPDATE on both tables",
            Some("25006") => "; this server takes no writes: name the primary",
            _ => "",
        };
        Self::Database(format!("{}{hint}", trouble.why))
    }
}

impl Writer<'_> {
    /// Writes over one connection, until it breaks or the bridge stops.
    async fn session(&self) -> Result<(), Failure> {
        let connected = tokio::select! {
            () = self.stop.requested() => return Ok(()),
            connected = self.database.connect() => connected,
        };
        let mut link = connected?;
        if self.config.create_tables {
            let made = tables(&self.config.table, &self.config.cursor_table).map_err(|why| self.route.wrong(why))?;
            within(link.client().batch_execute(&made)).await?;
        }
        let Some(mut next) = self.cursor(link.client()).await? else { return Ok(()) };
        let Route { parts, selection, ledger, post, .. } = self.route;
        let mut feed = Feed::new(&parts.connection, selection, ledger, next);
        post.following(next, None);
        loop {
            let portion = tokio::select! {
                () = self.stop.requested() => return Ok(()),
                portion = feed.portion(self.config.batch_max, |why| post.retrying(why)) => portion?,
            };
            let untold = portion.next.get().saturating_sub(next.get());
            if !portion.events.is_empty() || untold >= position::UNTOLD_MAX {
                self.write(link.client_mut(), &portion.events, (next, portion.next)).await?;
                next = portion.next;
                for _ in &portion.events {
                    parts.metrics.sent(&parts.name, "taken");
                }
            }
            post.following(portion.next, portion.height);
        }
    }

    /// Where the database says that this sink stands; puts it there the first time. None if the bridge stops before that is known.
    async fn cursor(&self, client: &Client) -> Result<Option<RecordNumber>, Failure> {
        let name = &self.route.parts.name;
        let genesis = Hex32(self.route.ledger.genesis()).to_string();
        if let Some(row) = within(client.query_opt(self.statements.cursor(), &[name])).await? {
            let found: String = row.try_get(0).map_err(Trouble::from)?;
            if found != genesis {
                let why = format!(
                    "the cursor in the database is on the chain with genesis 0x{found}, the node keeps 0x{genesis}"
                );
                return Err(self.route.wrong(why).into());
            }
            return Ok(Some(record(row.try_get(1).map_err(Trouble::from)?)));
        }
        let Some(first) = position::first(self.route, self.route.from, self.stop).await else { return Ok(None) };
        within(client.execute(self.statements.begin(), &[name, &genesis, &number(first)])).await?;
        Ok(Some(first))
    }

    /// Rows and cursor in one transaction.
    async fn write(
        &self,
        client: &mut Client,
        events: &[CloudEvent],
        (from, to): (RecordNumber, RecordNumber),
    ) -> Result<(), Failure> {
        let rows = Rows::of(events);
        let transaction = within(client.transaction()).await?;
        let name = &self.route.parts.name;
        let moved = within(transaction.execute(self.statements.advance(), &[name, &number(from), &number(to)])).await?;
        if moved != 1 {
            return Err(Failure::Moved);
        }
        if !events.is_empty() {
            let Rows { records, ids, types, subjects, times, events } = &rows;
            within(transaction.execute(self.statements.insert(), &[records, ids, types, subjects, times, events]))
                .await?;
            if let Some(channel) = &self.config.notify {
                within(transaction.execute("SELECT pg_notify($1, $2)", &[channel, &to.get().to_string()])).await?;
            }
        }
        Ok(within(transaction.commit()).await?)
    }
}

/// Columns of the rows.
struct Rows {
    records: Vec<i64>,
    ids: Vec<String>,
    types: Vec<String>,
    subjects: Vec<Option<String>>,
    times: Vec<String>,
    events: Vec<String>,
}

impl Rows {
    fn of(events: &[CloudEvent]) -> Self {
        let json = |event: &CloudEvent| {
            let mut value = serde_json::to_value(event).expect("events are texts, numbers and JSON");
            without_zeros(&mut value);
            value.to_string()
        };
        Self {
            records: events.iter().map(|event| number(event.data.record)).collect(),
            ids: events.iter().map(|event| event.id.clone()).collect(),
            types: events.iter().map(|event| event.kind.clone()).collect(),
            subjects: events.iter().map(|event| event.subject.clone()).collect(),
            times: events.iter().map(|event| event.time.clone()).collect(),
            events: events.iter().map(json).collect(),
        }
    }
}

/// A text of the ledger may hold any character; PostgreSQL's `jsonb` takes every one but the first.
fn without_zeros(value: &mut Value) {
    match value {
        Value::String(text) if text.contains('\0') => *text = text.replace('\0', "\u{fffd}"),
        Value::Array(values) => values.iter_mut().for_each(without_zeros),
        Value::Object(fields) => fields.values_mut().for_each(without_zeros),
        _ => {}
    }
}

fn number(record: RecordNumber) -> i64 {
    i64::try_from(record.get()).unwrap_or(i64::MAX)
}

fn record(number: i64) -> RecordNumber {
    RecordNumber::new(u64::try_from(number).unwrap_or(1).max(1))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use crate::sink::sample::{ledger, record as sample};
    use mulu_proofs::records::RecordKind;
    use serde_json::json;

    fn check(more: &str) -> Result<(), String> {
        let base = "database.connection = \"host=/run/postgresql dbname=platform user=bridge\"\n";
        toml::from_str::<OutboxConfig>(&format!("{base}{more}")).unwrap().check()
    }

    #[test]
    fn names_and_bounds_are_checked() {
        assert_eq!(check(""), Ok(()));
        assert_eq!(check("table = \"audit.events\"\nnotify = \"mulu\"\nbatch_max = 1\ncreate_tables = true"), Ok(()));
        for (line, word) in [
            ("table = \"a.b.c\"", "table"),
            ("cursor_table = \"\"", "cursor_table"),
            ("batch_max = 0", "batch_max is 0"),
            ("batch_max = 1001", "1 to 1000"),
            ("notify = \"\"", "notify"),
            ("database.password_env = \"P\"\ndatabase.password_file = \"p\"", "password_file and password_env"),
        ] {
            let why = check(line).unwrap_err();
            assert!(why.contains(word), "{line}: {why}");
        }
    }

    #[test]
    fn a_row_has_no_character_that_the_database_refuses() {
        let text = "a\0b\\u0000";
        let event = ledger().event(&sample(RecordKind::GrantSuspended, json!({"reason": text, "list": [{"x": "\0"}]})));
        let rows = Rows::of(&[event]);
        let written: Value = serde_json::from_str(&rows.events[0]).unwrap();
        assert_eq!(written["data"]["body"], json!({"reason": "a\u{fffd}b\\u0000", "list": [{"x": "\u{fffd}"}]}));
        assert_eq!((rows.records[0], rows.types[0].as_str()), (17, "org.mulu.grant.suspended.v1"));
    }

    #[test]
    fn a_refusal_is_told_with_its_way_out() {
        let refused = |code: &str| Failure::from(Trouble { why: "no".into(), code: Some(code.into()) }).to_string();
        for (code, word) in [("42P01", "create_tables"), ("42703", "columns"), ("42501", "grant"), ("25006", "primary")]
        {
            assert!(refused(code).contains(word), "{code}");
        }
        assert_eq!(refused("23505"), "the database: no");
        assert!(Failure::Moved.to_string().contains("another bridge"));
    }
}
