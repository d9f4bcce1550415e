//! Reads rows behind a place.

use super::{
    PostgresConfig,
    place::{Place, Settling},
    table::{NEXT_TRANSACTION, Table, XidType, quoted},
};
use crate::{
    database::{Link, Trouble, within},
    source::value::{self, poison},
};
use mulu_mapping::{Lines, Poison, Record};
use std::time::Instant;
use tokio_postgres::{
    Row, Statement,
    types::{ToSql, Type},
};

/// Most rows of a batch.
pub const BATCH_ROWS_MAX: usize = 1000;
/// Rows are counted up to here.
const LAG_MAX: i64 = 100_000;

/// Rows, and the place behind them.
#[derive(Debug)]
pub struct Batch {
    /// Their records, in order.
    pub records: Vec<Result<Record, Poison>>,
    /// Behind the last of them.
    pub place: Place,
    /// Whether there may be more.
    pub is_full: bool,
}

/// Statements on one connection.
pub struct Reader {
    link: Link,
    kind: Option<XidType>,
    read: Statement,
    lag: Statement,
    /// With `delete`.
    delete: Option<Statement>,
    /// Without transactions.
    highest: Option<Statement>,
}

impl Reader {
    /// Connects and prepares the statements.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn connect(config: &PostgresConfig, table: &Table, place: Place) -> Result<Self, Trouble> {
        let link = config.database.connect().await?;
        if let Some(channel) = &config.notify {
            let channel = quoted("notify", channel).map_err(Trouble::new)?;
            within(link.client().batch_execute(&format!("LISTEN {channel}"))).await?;
        }
        let columns = prepare(&link, table.probe()).await?;
        let types: Vec<Type> = columns.columns().iter().map(|column| column.type_().clone()).collect();
        if ![Type::INT8, Type::INT4].contains(&types[0]) {
            return Err(Trouble::new(format!(
                "the column {} is {}; a number of a row is bigint or integer",
                config.seq, types[0]
            )));
        }
        let kind = match types.get(1) {
            None => None,
            Some(&Type::INT8) => Some(XidType::Bigint),
            Some(&Type::XID8) => Some(XidType::Xid8),
            Some(other) => {
                let column = config.xid.as_deref().unwrap_or_default();
                return Err(Trouble::new(format!("the column {column} is {other}; a transaction is bigint or xid8")));
            }
        };
        let read = match kind {
            Some(kind) => table.read_by_transaction(kind),
            None => table.read_by_number(),
        };
        let (read, lag) = (prepare(&link, read).await?, prepare(&link, table.lag(kind)).await?);
        let delete = match kind {
            Some(kind) if config.delete => Some(prepare(&link, table.delete(kind)).await?),
            _ => None,
        };
        let highest = if kind.is_none() { Some(prepare(&link, table.highest()).await?) } else { None };
        let reader = Self { link, kind, read, lag, delete, highest };
        reader.check_age(place).await?;
        Ok(reader)
    }

    /// A database that was restored counts its transactions from another number: rows would stay below the place for ever.
    async fn check_age(&self, place: Place) -> Result<(), Trouble> {
        let Some(kept) = place.xid.filter(|kept| *kept > 0) else { return Ok(()) };
        let row = within(self.link.client().query_one(NEXT_TRANSACTION, &[])).await?;
        let next = number(&row, 0)?;
        if kept < next {
            return Ok(());
        }
        Err(Trouble::new(format!(
            "the database counts transactions below {next}, and rows were read up to transaction {kept}: it was made anew or restored; \
             empty the table of rows that were read, and raise postgres.generation"
        )))
    }

    /// Rows behind a place that may be read now.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn read(&self, lines: Lines, place: Place, settling: &mut Settling) -> Result<Batch, Trouble> {
        let limit = i64::try_from(BATCH_ROWS_MAX).expect("a thousand");
        let rows = match (place.xid, &self.highest) {
            (Some(xid), _) => self.rows(&self.read, &[&xid.to_string(), &place.seq, &limit]).await?,
            (None, Some(highest)) => {
                let highest: Option<i64> = self.rows(highest, &[]).await?.first().and_then(|row| row.get(0));
                match settling.settled(Instant::now(), highest) {
                    Some(settled) if settled > place.seq => {
                        self.rows(&self.read, &[&place.seq, &settled, &limit]).await?
                    }
                    _ => Vec::new(),
                }
            }
            (None, None) => return Err(Trouble::new("the table was asked for without its transactions".to_owned())),
        };
        let mut batch = Batch { records: Vec::new(), place, is_full: rows.len() >= BATCH_ROWS_MAX };
        for row in &rows {
            batch.place.seq = row.get(0);
            if self.kind.is_some() {
                batch.place.xid = Some(number(row, 1)?);
            }
            let mut found = records(lines, row.get(2));
            mulu_mapping::place(&mut found, &("postgres", batch.place.xid, batch.place.seq));
            batch.records.append(&mut found);
        }
        Ok(batch)
    }

    /// How many rows are behind a place, up to a hundred thousand.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn lag(&self, place: Place) -> Result<u64, Trouble> {
        let xid = place.xid.map(|xid| xid.to_string());
        let rows = self.rows(&self.lag, &[&xid, &place.seq, &LAG_MAX]).await?;
        let count: i64 = rows.first().map_or(0, |row| row.get(0));
        Ok(count.unsigned_abs())
    }

    /// Deletes the rows up to a place that is durable, if the configuration says so.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn delete(&self, place: Place) -> Result<(), Trouble> {
        if let (Some(delete), Some(xid)) = (&self.delete, place.xid) {
            self.rows(delete, &[&xid.to_string(), &place.seq]).await?;
        }
        Ok(())
    }

    /// Returns once the other side has said that there is something, or the connection is gone.
    pub async fn nudged(&self) {
        self.link.nudged().await;
    }

    async fn rows(&self, statement: &Statement, values: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>, Trouble> {
        within(self.link.client().query(statement, values)).await
    }
}

async fn prepare(link: &Link, sql: String) -> Result<Statement, Trouble> {
    within(link.client().prepare(&sql)).await
}

/// A transaction as its text says.
fn number(row: &Row, column: usize) -> Result<u64, Trouble> {
    let text: Option<&str> = row.get(column);
    text.and_then(|text| text.parse().ok())
        .ok_or_else(|| Trouble::new("the database counts transactions below zero".to_owned()))
}

fn records(lines: Lines, text: Option<&str>) -> Vec<Result<Record, Poison>> {
    match text {
        None => vec![Err(poison("empty", "the row holds nothing where its record should be", b""))],
        Some(text) => value::records(lines, text.as_bytes()),
    }
}
