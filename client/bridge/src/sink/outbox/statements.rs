//! The tables in the platform's database, and the statements on them.

/// Statements with the names of the configuration in them.
#[derive(Debug)]
pub struct Statements {
    cursor: String,
    begin: String,
    advance: String,
    insert: String,
}

impl Statements {
    /// For these tables.
    ///
    /// # Errors
    /// If one of the names is none.
    pub fn new(table: &str, cursor_table: &str) -> Result<Self, String> {
        let (table, cursor_table) = (quoted("table", table)?, quoted("cursor_table", cursor_table)?);
        Ok(Self {
            cursor: format!("SELECT genesis, next_record FROM {cursor_table} WHERE sink = $1"),
            begin: format!("INSERT INTO {cursor_table} (sink, genesis, next_record) VALUES ($1, $2, $3)"),
            advance: format!("UPDATE {cursor_table} SET next_record = $3 WHERE sink = $1 AND next_record = $2"),
            insert: format!(
                "INSERT INTO {table} (record, id, type, subject, \"time\", event) \
                 SELECT r, i, t, s, m::timestamptz, e::jsonb \
                 FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) AS x(r, i, t, s, m, e) \
                 ON CONFLICT (record) DO NOTHING"
            ),
        })
    }

    /// Where a sink stands.
    pub fn cursor(&self) -> &str {
        &self.cursor
    }

    /// Puts a sink where it begins.
    pub fn begin(&self) -> &str {
        &self.begin
    }

    /// Moves a sink on, if it stands where it is thought to stand. Locks the row until the end of the transaction.
    pub fn advance(&self) -> &str {
        &self.advance
    }

    /// Writes rows, column by column. A row that is there already, from before a cursor was set back, stays.
    pub fn insert(&self) -> &str {
        &self.insert
    }
}

/// What makes the tables, where they are not there.
///
/// # Errors
/// If one of the names is none.
pub fn tables(table: &str, cursor_table: &str) -> Result<String, String> {
    let (table, cursor_table) = (quoted("table", table)?, quoted("cursor_table", cursor_table)?);
    Ok(format!(
        "CREATE TABLE IF NOT EXISTS {table} (
    record bigint PRIMARY KEY,
    id text NOT NULL,
    type text NOT NULL,
    subject text,
    \"time\" timestamptz NOT NULL,
    event jsonb NOT NULL,
    written timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS {cursor_table} (
    sink text PRIMARY KEY,
    genesis text NOT NULL,
    next_record bigint NOT NULL
);
"
    ))
}

/// A name, or schema and name, as SQL takes it, whatever it has in it.
fn quoted(what: &str, name: &str) -> Result<String, String> {
    let parts: Vec<&str> = name.split('.').collect();
    let is_name = |part: &&str| (1..=63).contains(&part.len()) && !part.contains('\0');
    if parts.len() > 2 || !parts.iter().all(is_name) {
        return Err(format!("{what}: `{name}` is no name of a table; it is name, or schema.name"));
    }
    let quoted: Vec<String> = parts.iter().map(|part| format!("\"{}\"", part.replace('"', "\"\""))).collect();
    Ok(quoted.join("."))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;

    #[test]
    fn names_are_quoted_so_that_nothing_in_them_is_sql() {
        let statements = Statements::new("audit.ev\"ents", "c; DROP TABLE x").unwrap();
        assert!(statements.insert().contains("INTO \"audit\".\"ev\"\"ents\" ("));
        assert!(statements.cursor().contains("FROM \"c; DROP TABLE x\" WHERE"));
        assert!(statements.advance().starts_with("UPDATE \"c; DROP TABLE x\" SET"));
    }

    #[test]
    fn what_is_no_name_is_refused() {
        let long = "x".repeat(64);
        for name in ["", "a.", ".a", "a.b.c", "a\0", long.as_str()] {
            assert!(Statements::new(name, "c").unwrap_err().contains("table"), "{name:?}");
            assert!(tables("t", name).unwrap_err().contains("cursor_table"), "{name:?}");
        }
    }

    #[test]
    fn the_page_makes_the_same_tables() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/integration/outbox.md");
        let page = std::fs::read_to_string(path).unwrap();
        let plain = tables("mulu_events", "mulu_cursor").unwrap().replace("\"mulu_events\"", "mulu_events");
        let plain = plain.replace("\"mulu_cursor\"", "mulu_cursor");
        assert!(page.contains(&plain), "docs/integration/outbox.md has other tables than\n{plain}");
    }
}
