//! The statements that read the table, with the names that the configuration gives.
//!
//! A number of a row is taken before its transaction commits: a lower one may appear after a higher one was read. Where the table keeps the
//! transaction that wrote a row, only rows of transactions before the oldest that is still under way are read, in the order of transactions:
//! then nothing can appear before the place of the source. `txid_…` are the names that PostgreSQL has had since 8.3, and those that are made
//! of it have too.

use super::PostgresConfig;

/// Longest text of a row that is asked for, one character more than a record may have bytes.
const TEXT_CHARS_MAX: usize = crate::source::value::RECORD_BYTES_MAX + 1;

/// A column that keeps the transaction, by its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum XidType {
    /// `bigint`, filled by `txid_current()`.
    Bigint,
    /// `xid8`, filled by `pg_current_xact_id()` (PostgreSQL 13 and later).
    Xid8,
}

/// Names, quoted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    name: String,
    seq: String,
    xid: Option<String>,
    payload: String,
}

impl Table {
    /// With the names of the configuration.
    ///
    /// # Errors
    /// If one of them is no name.
    pub fn new(config: &PostgresConfig) -> Result<Self, String> {
        let parts: Vec<&str> = config.table.split('.').collect();
        if parts.len() > 2 {
            return Err("postgres.table takes a name, or schema.name".to_owned());
        }
        let name = parts.into_iter().map(|part| quoted("table", part)).collect::<Result<Vec<_>, _>>()?.join(".");
        let payload = match config.payload.as_str() {
            "*" => "row_to_json(t)".to_owned(),
            column => format!("t.{}", quoted("payload", column)?),
        };
        let xid = config.xid.as_deref().map(|column| quoted("xid", column)).transpose()?;
        Ok(Self { name, seq: quoted("seq", &config.seq)?, xid, payload })
    }

    /// Tells the types of the columns.
    pub fn probe(&self) -> String {
        let xid = self.xid.as_ref().map(|xid| format!(", t.{xid}")).unwrap_or_default();
        format!("SELECT t.{}{xid} FROM {} AS t LIMIT 0", self.seq, self.name)
    }

    /// Rows behind (`$1` transaction, `$2` number) whose transactions are over, at most `$3`: number, transaction, text.
    pub fn read_by_transaction(&self, kind: XidType) -> String {
        let (name, seq, payload, xid) = (&self.name, &self.seq, &self.payload, self.xid());
        let (cast, horizon) = kind.terms();
        format!(
            "SELECT t.{seq}::bigint, t.{xid}::text, left({payload}::text, {TEXT_CHARS_MAX}) FROM {name} AS t \
             WHERE (t.{xid}, t.{seq}) > ($1::text::{cast}, $2::bigint) AND t.{xid} < {horizon} \
             ORDER BY t.{xid}, t.{seq} LIMIT $3::bigint"
        )
    }

    /// Rows behind `$1` up to `$2`, at most `$3`: number, nothing, text.
    pub fn read_by_number(&self) -> String {
        let (name, seq, payload) = (&self.name, &self.seq, &self.payload);
        format!(
            "SELECT t.{seq}::bigint, NULL::text, left({payload}::text, {TEXT_CHARS_MAX}) FROM {name} AS t \
             WHERE t.{seq} > $1::bigint AND t.{seq} <= $2::bigint ORDER BY t.{seq} LIMIT $3::bigint"
        )
    }

    /// The highest number in the table.
    pub fn highest(&self) -> String {
        format!("SELECT max(t.{})::bigint FROM {} AS t", self.seq, self.name)
    }

    /// How many rows are behind a place, counted up to `$3`; `$1` is the transaction where there is one.
    pub fn lag(&self, kind: Option<XidType>) -> String {
        let (name, seq) = (&self.name, &self.seq);
        let behind = match kind {
            Some(kind) => format!("(t.{}, t.{seq}) > ($1::text::{}, $2::bigint)", self.xid(), kind.terms().0),
            None => format!("$1::text IS NULL AND t.{seq} > $2::bigint"),
        };
        format!("SELECT count(*) FROM (SELECT 1 FROM {name} AS t WHERE {behind} LIMIT $3::bigint) AS behind")
    }

    /// Deletes the rows up to a place (`$1` transaction, `$2` number). All of them were read: they are of transactions that are over.
    pub fn delete(&self, kind: XidType) -> String {
        let (name, seq, xid) = (&self.name, &self.seq, self.xid());
        format!("DELETE FROM {name} AS t WHERE (t.{xid}, t.{seq}) <= ($1::text::{}, $2::bigint)", kind.terms().0)
    }

    fn xid(&self) -> &str {
        self.xid.as_deref().expect("asked for only where the table keeps transactions")
    }
}

impl XidType {
    /// Its name, and the oldest transaction that is under way.
    const fn terms(self) -> (&'static str, &'static str) {
        match self {
            Self::Bigint => ("bigint", "txid_snapshot_xmin(txid_current_snapshot())"),
            Self::Xid8 => ("xid8", "pg_snapshot_xmin(pg_current_snapshot())"),
        }
    }
}

/// The transaction that no row can have yet. A place behind it is of another database.
pub const NEXT_TRANSACTION: &str = "SELECT txid_snapshot_xmax(txid_current_snapshot())::text";

/// A name as SQL takes it, whatever it has in it.
///
/// # Errors
/// If it is empty or longer than a name of PostgreSQL.
pub fn quoted(what: &str, name: &str) -> Result<String, String> {
    if name.is_empty() || name.len() > 63 || name.contains('\0') {
        return Err(format!("postgres.{what}: `{name}` is no name; names have 1 to 63 bytes"));
    }
    Ok(format!("\"{}\"", name.replace('"', "\"\"")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;

    fn table(text: &str) -> Result<Table, String> {
        Table::new(&toml::from_str(&format!("database.connection = \"host=/run\"\n{text}")).unwrap())
    }

    #[test]
    fn names_are_quoted_so_that_nothing_in_them_is_sql() {
        let table = table("table = 'audit.out\"box'\nseq = 'n; DROP TABLE x'\nxid = 'tx'").unwrap();
        let sql = table.read_by_transaction(XidType::Bigint);
        assert!(sql.contains(r#"FROM "audit"."out""box" AS t"#), "{sql}");
        assert!(sql.contains(r#"t."n; DROP TABLE x"::bigint"#), "{sql}");
    }

    #[test]
    fn what_is_no_name_is_refused_with_its_place() {
        let long = "x".repeat(64);
        for (text, place) in [
            ("table = 'a.b.c'".to_owned(), "postgres.table"),
            ("table = 'a.'".to_owned(), "postgres.table"),
            (format!("table = 'a'\nseq = '{long}'"), "postgres.seq"),
            ("table = 'a'\npayload = ''".to_owned(), "postgres.payload"),
            ("table = 'a'\nxid = ''".to_owned(), "postgres.xid"),
        ] {
            assert!(table(&text).unwrap_err().contains(place), "{text}");
        }
    }

    #[test]
    fn a_star_takes_the_whole_row() {
        let whole = format!("left(row_to_json(t)::text, {TEXT_CHARS_MAX})");
        assert!(table("table = 'a'\npayload = '*'").unwrap().read_by_number().contains(&whole));
    }

    #[test]
    fn each_type_of_column_has_its_own_horizon() {
        let table = table("table = 'a'\nxid = 'xid'").unwrap();
        assert!(
            table
                .read_by_transaction(XidType::Bigint)
                .contains("\"xid\" < txid_snapshot_xmin(txid_current_snapshot())")
        );
        assert!(table.read_by_transaction(XidType::Xid8).contains("\"xid\" < pg_snapshot_xmin(pg_current_snapshot())"));
        assert!(table.delete(XidType::Xid8).ends_with("(t.\"xid\", t.\"seq\") <= ($1::text::xid8, $2::bigint)"));
    }
}
