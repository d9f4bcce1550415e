//! PostgreSQL: rows of a table are calls, read exactly once into the spool (docs/integration/postgresql.md).
//!
//! ```text
//! platform: INSERT … ──> table ── rows of transactions that are over ──> accept: drafts and place in one transaction ──> DELETE, if wanted
//!                          └── NOTIFY ──> asked at once instead of at the next turn
//! ```

mod place;
mod reader;
mod table;

use crate::{
    database::{Database, Trouble},
    error::BridgeError,
    intake::{Delivery, Intake},
    source::span,
    stop::{Backoff, Stop},
};
use place::{Place, Settling};
use reader::Reader;
use serde::Deserialize;
use std::{path::Path, time::Duration};
use table::Table;
use tokio::time::{Instant, sleep};

/// First wait after there was something: more is likely, or a transaction is about to end.
const WAIT_MIN: Duration = Duration::from_millis(100);
/// Waits between connections.
const PAUSE_MIN: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(30);
/// How often the rows behind are counted.
const COUNT_EVERY: Duration = Duration::from_secs(15);

/// `postgres = { … }` of a source.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostgresConfig {
    /// How the database is reached.
    pub database: Database,
    /// The table or view, as `name` or `schema.name`.
    pub table: String,
    /// Column with the number of the row, which rises.
    #[serde(default = "seq")]
    pub seq: String,
    /// Column with the transaction that wrote the row.
    pub xid: Option<String>,
    /// Without `xid`: how long a transaction may stay open after it took a number.
    #[serde(default, deserialize_with = "span::optional")]
    pub settle: Option<Duration>,
    /// Column with the record, or `*` for the whole row.
    #[serde(default = "payload")]
    pub payload: String,
    /// Channel that says when there is something.
    pub notify: Option<String>,
    /// How often the table is asked in any case.
    #[serde(default = "five_seconds", deserialize_with = "span::deserialize")]
    pub poll: Duration,
    /// Whether rows are deleted once they are durable here.
    #[serde(default)]
    pub delete: bool,
    /// Another number reads the table from its beginning.
    #[serde(default)]
    pub generation: u32,
}

fn seq() -> String {
    "seq".to_owned()
}

fn payload() -> String {
    "payload".to_owned()
}

const fn five_seconds() -> Duration {
    Duration::from_secs(5)
}

impl PostgresConfig {
    /// Looks for files beside the configuration.
    pub fn below(&mut self, folder: &Path) {
        self.database.below(folder);
    }

    /// Checks what can be checked without a database.
    ///
    /// # Errors
    /// With what is wrong, and the way out.
    pub fn check(&self) -> Result<(), String> {
        self.database.try_secrets().map_err(|why| format!("postgres.database.{why}"))?;
        Table::new(self)?;
        if let Some(channel) = &self.notify {
            table::quoted("notify", channel)?;
        }
        match (&self.xid, self.settle) {
            (Some(_), Some(_)) => Err("postgres: with xid there is nothing to settle; leave settle out".to_owned()),
            (None, None) => Err("postgres: rows may appear below one that was read, when their transactions end later. Name the column that \
                keeps the transaction (xid), or say how long a transaction may stay open (settle = \"30s\")"
                .to_owned()),
            (None, Some(_)) if self.delete => {
                Err("postgres.delete takes the column xid: without it a row could be deleted that was never read".to_owned())
            }
            _ => Ok(()),
        }
    }
}

/// Reads until the bridge stops.
///
/// # Errors
/// [`BridgeError`] for a mistake in the configuration; a database that is away is waited for.
pub async fn run(config: PostgresConfig, intake: Intake, stop: Stop) -> Result<(), BridgeError> {
    let source = intake.source().to_owned();
    let wrong = |why| BridgeError::Source { name: source.clone(), why };
    config.check().map_err(wrong)?;
    let table = Table::new(&config).map_err(wrong)?;
    let kept = intake.position().await?;
    let place = Place::resume(kept.as_deref(), config.generation, config.xid.is_some()).map_err(wrong)?;
    let settling = Settling::new(config.settle.unwrap_or_default());
    let mut source = Source { config, table, intake, stop, place, settling };
    let part = source.part();
    let mut backoff = Backoff::new(PAUSE_MIN, PAUSE_MAX);
    loop {
        let began = Instant::now();
        let Err(Trouble { why, .. }) = source.read().await else { return Ok(()) };
        if source.intake.metrics().trouble(&part, Some(&why)) {
            tracing::warn!(source = source.intake.source(), why, "PostgreSQL; the bridge goes on trying");
        }
        if began.elapsed() > PAUSE_MAX {
            backoff.worked();
        }
        if source.stop.comes_within(backoff.pause()).await {
            return Ok(());
        }
    }
}

struct Source {
    config: PostgresConfig,
    table: Table,
    intake: Intake,
    stop: Stop,
    /// Durable.
    place: Place,
    settling: Settling,
}

impl Source {
    /// What its troubles are told under.
    fn part(&self) -> String {
        format!("source/{}", self.intake.source())
    }

    /// Deletes what is durable here. A database that does not let the bridge delete is read all the same.
    async fn clean(&self, reader: &Reader) -> Result<(), Trouble> {
        let part = format!("{}/delete", self.part());
        match reader.delete(self.place).await {
            Err(Trouble { why, code: Some(_) }) => {
                if self.intake.metrics().trouble(&part, Some(&why)) {
                    tracing::warn!(source = self.intake.source(), why, "rows that were read are not deleted");
                }
                Ok(())
            }
            Err(trouble) => Err(trouble),
            Ok(()) => {
                self.intake.metrics().trouble(&part, None);
                Ok(())
            }
        }
    }

    /// Reads over one connection, until the bridge stops.
    async fn read(&mut self) -> Result<(), Trouble> {
        let reader = tokio::select! {
            reader = Reader::connect(&self.config, &self.table, self.place) => reader?,
            () = self.stop.requested() => return Ok(()),
        };
        tracing::info!(source = self.intake.source(), "reading a table");
        // Of rows that became durable just before the bridge ended last time.
        self.clean(&reader).await?;
        let (mut wait, mut count) = (WAIT_MIN, Instant::now());
        let mut part = Some(self.part());
        loop {
            if self.stop.is_requested() {
                return Ok(());
            }
            if Instant::now() >= count {
                self.intake.metrics().lag(self.intake.source(), reader.lag(self.place).await?);
                count = Instant::now() + COUNT_EVERY;
            }
            let batch = reader.read(self.intake.mapping().lines(), self.place, &mut self.settling).await?;
            if let Some(part) = part.take() {
                self.intake.metrics().trouble(&part, None);
            }
            if batch.place != self.place {
                let delivery = Delivery { records: batch.records, position: Some(batch.place.encode()) };
                if self.intake.accept_waiting(delivery, &self.stop).await.is_none() {
                    return Ok(());
                }
                self.place = batch.place;
                self.clean(&reader).await?;
                wait = WAIT_MIN;
                if batch.is_full {
                    continue;
                }
            }
            tokio::select! {
                () = sleep(wait) => wait = (wait * 2).min(self.config.poll),
                () = reader.nudged() => wait = WAIT_MIN,
                () = self.stop.requested() => return Ok(()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;

    fn config(text: &str) -> PostgresConfig {
        toml::from_str(&format!(
            "database.connection = \"host=/run/postgresql user=bridge dbname=x\"\ntable = \"outbox\"\n{text}"
        ))
        .unwrap()
    }

    #[test]
    fn the_gap_of_late_transactions_is_decided_by_who_writes_the_configuration() {
        assert!(config("").check().unwrap_err().contains("settle = \"30s\""));
        assert!(config("xid = 'xid'\nsettle = '5s'").check().unwrap_err().contains("leave settle out"));
        assert!(config("settle = '5s'\ndelete = true").check().unwrap_err().contains("never read"));
        config("settle = '5s'").check().unwrap();
        config("xid = 'xid'\ndelete = true\nnotify = 'mulu'").check().unwrap();
    }

    #[test]
    fn what_is_wrong_is_found_without_a_database() {
        for (text, place) in [
            ("xid = 'xid'\ndatabase.password_env = 'MULU_NO_SUCH_VARIABLE'", "MULU_NO_SUCH_VARIABLE"),
            ("xid = 'xid'\ndatabase.password_env = 'A'\ndatabase.password_file = 'b'", "both there"),
            ("xid = 'xid'\nnotify = ''", "postgres.notify"),
            ("xid = 'xid'\ndatabase.tls = true", "socket"),
        ] {
            assert!(config(text).check().unwrap_err().contains(place), "{text}");
        }
        assert!(
            toml::from_str::<PostgresConfig>(
                "database = { connection = 'host=/run', pasword_file = 'y' }\ntable = 'x'"
            )
            .is_err()
        );
    }

    #[test]
    fn files_stand_beside_the_configuration() {
        let mut config =
            config("xid = 'xid'\ndatabase.password_file = 'db.password'\ndatabase.ca_file = '/etc/ca.pem'");
        config.below(Path::new("/etc/mulu"));
        assert_eq!(config.database.password_file.unwrap(), Path::new("/etc/mulu/db.password"));
        assert_eq!(config.database.ca_file.unwrap(), Path::new("/etc/ca.pem"));
    }
}
