//! Tables of a mapping, read with messages that name the key.

use crate::error::MappingError;
use toml::{Table, Value};

/// A table and where it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form<'a> {
    pub(crate) at: &'a str,
    pub(crate) table: &'a Table,
}

impl<'a> Form<'a> {
    /// A table that has none but the `known` keys.
    pub(crate) fn new(at: &'a str, table: &'a Table, known: &[&str]) -> Result<Self, MappingError> {
        match table.keys().find(|key| !known.contains(&key.as_str())) {
            Some(key) => {
                let why = format!("there is no such key; there are {}", known.join(", "));
                Err(MappingError::new(&below(at, key), why))
            }
            None => Ok(Self { at, table }),
        }
    }

    /// Where a key stands.
    pub(crate) fn at(&self, key: &str) -> String {
        below(self.at, key)
    }

    pub(crate) fn get(&self, key: &str) -> Option<&'a Value> {
        self.table.get(key)
    }

    pub(crate) fn wrong(&self, key: &str, why: impl Into<String>) -> MappingError {
        MappingError::new(&self.at(key), why)
    }

    pub(crate) fn text(&self, key: &str) -> Result<Option<&'a str>, MappingError> {
        self.get(key).map(|value| value.as_str().ok_or_else(|| self.wrong(key, "takes text"))).transpose()
    }

    pub(crate) fn flag(&self, key: &str) -> Result<bool, MappingError> {
        match self.get(key) {
            None => Ok(false),
            Some(value) => value.as_bool().ok_or_else(|| self.wrong(key, "takes true or false")),
        }
    }

    /// One text, or a list of them.
    pub(crate) fn texts(&self, key: &str) -> Result<Vec<String>, MappingError> {
        let one = |value: &Value| constant(value).ok_or_else(|| self.wrong(key, "takes a text or a list of texts"));
        match self.get(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(values)) => values.iter().map(one).collect(),
            Some(value) => Ok(vec![one(value)?]),
        }
    }

    /// A list of tables.
    pub(crate) fn tables(&self, key: &str) -> Result<Vec<(String, &'a Table)>, MappingError> {
        let Some(value) = self.get(key) else { return Ok(Vec::new()) };
        let rows = value.as_array().ok_or_else(|| self.wrong(key, "takes a list of tables"))?;
        let table = |(place, row): (usize, &'a Value)| {
            let at = format!("{}[{place}]", self.at(key));
            let table = row.as_table().ok_or_else(|| MappingError::new(&at, "takes a table"))?;
            Ok((at, table))
        };
        rows.iter().enumerate().map(table).collect()
    }
}

/// A key below others.
pub(crate) fn below(at: &str, key: &str) -> String {
    if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") }
}

/// A constant as text: what is typed as number or list is compared as text.
pub(crate) fn constant(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Boolean(it) => Some(it.to_string()),
        Value::Array(values) => Some(
            values
                .iter()
                .map(|value| value.as_integer().map(|it| it.to_string()))
                .collect::<Option<Vec<_>>>()?
                .join(","),
        ),
        Value::Float(_) | Value::Datetime(_) | Value::Table(_) => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;

    fn table(text: &str) -> Table {
        text.parse().unwrap()
    }

    #[test]
    fn a_key_that_is_none_is_told_with_those_that_are() {
        let table = table("colour = 1");
        let error = Form::new("route[2]", &table, &["prefix", "grant"]).unwrap_err();
        assert_eq!(error.to_string(), "route[2].colour: there is no such key; there are prefix, grant");
    }

    #[test]
    fn what_is_of_another_kind_is_told() {
        let table = table("a = 1\nb = [1.5]\nc = {}\nd = [1]");
        let form = Form::new("", &table, &["a", "b", "c", "d"]).unwrap();
        assert_eq!(form.text("a").unwrap_err().to_string(), "a: takes text");
        assert_eq!(form.flag("a").unwrap_err().to_string(), "a: takes true or false");
        assert_eq!(form.texts("b").unwrap_err().to_string(), "b: takes a text or a list of texts");
        assert_eq!(form.tables("c").unwrap_err().to_string(), "c: takes a list of tables");
        assert_eq!(form.tables("d").unwrap_err().to_string(), "d[0]: takes a table");
        assert_eq!(form.texts("a").unwrap(), ["1"]);
        assert_eq!(form.texts("z").unwrap(), [""; 0]);
    }
}
