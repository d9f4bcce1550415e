//! Columns of text, and names and values below each other. Names on the ledger are anybody's words: no control character passes.

use mulu_verifier::words::{Speech, padded, printable, width};
use serde_json::Value;
use std::fmt::Write;

/// Rows under a header, in columns.
pub fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let header: Vec<String> = header.iter().map(|name| name.to_uppercase()).collect();
    let lines: Vec<Vec<String>> =
        std::iter::once(&header).chain(rows).map(|row| row.iter().map(|cell| printable(cell)).collect()).collect();
    let widths: Vec<usize> = (0..header.len())
        .map(|column| lines.iter().filter_map(|line| line.get(column)).map(|cell| width(cell)).max().unwrap_or(0))
        .collect();
    let mut out = String::new();
    for line in &lines {
        let mut text = String::new();
        for (cell, column) in line.iter().zip(&widths) {
            text.push_str(&padded(cell, *column));
            text.push_str("  ");
        }
        out.push_str(text.trim_end());
        out.push('\n');
    }
    out
}

/// Names and values, one pair a line; pairs without a value are left out.
pub fn fields(pairs: &[(&str, String)]) -> String {
    let column = pairs.iter().map(|(name, _)| width(name)).max().unwrap_or(0);
    let mut out = String::new();
    for (name, value) in pairs.iter().filter(|(_, value)| !value.is_empty()) {
        let _ = writeln!(out, "{}  {}", padded(name, column), printable(value));
    }
    out
}

/// [`table`] with the header in the words of `speech`.
pub fn table_in(speech: Speech, header: &[&str], rows: &[Vec<String>]) -> String {
    let header: Vec<String> = header.iter().map(|name| speech.say(name)).collect();
    table(&header.iter().map(String::as_str).collect::<Vec<_>>(), rows)
}

/// [`fields`] with the names in the words of `speech`.
pub fn fields_in(speech: Speech, pairs: &[(&str, String)]) -> String {
    let said: Vec<(String, String)> = pairs.iter().map(|(name, value)| (speech.say(name), value.clone())).collect();
    fields(&said.iter().map(|(name, value)| (name.as_str(), value.clone())).collect::<Vec<_>>())
}

/// A JSON value as names and values: names within names with a dot between, a list of plain values in one line.
pub fn flat(value: &Value) -> Vec<(String, String)> {
    fn walk(name: &str, value: &Value, pairs: &mut Vec<(String, String)>) {
        let within = |part: &str| if name.is_empty() { part.to_owned() } else { format!("{name}.{part}") };
        match value {
            Value::Object(fields) => fields.iter().for_each(|(field, value)| walk(&within(field), value, pairs)),
            Value::Array(values) if values.iter().any(|value| value.is_object() || value.is_array()) => {
                values.iter().enumerate().for_each(|(place, value)| walk(&within(&place.to_string()), value, pairs));
            }
            Value::Array(values) => {
                pairs.push((name.to_owned(), values.iter().map(plain).collect::<Vec<_>>().join(" ")));
            }
            value => pairs.push((name.to_owned(), plain(value))),
        }
    }
    let mut pairs = Vec::new();
    walk("", value, &mut pairs);
    pairs
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_with_chinese_names_too() {
        let rows = vec![
            vec!["1".to_owned(), "市民政局".to_owned(), "x".to_owned()],
            vec!["12".to_owned(), "ab".to_owned(), "y".to_owned()],
        ];
        assert_eq!(table(&["id", "name", "more"], &rows), "ID  NAME      MORE\n1   市民政局  x\n12  ab        y\n");
    }

    #[test]
    fn a_json_value_is_told_in_names_and_values() {
        let value =
            serde_json::json!({"node": {"key": "aa", "ports": [1, 2]}, "targets": [{"triple": "x"}], "on": true});
        let pairs = flat(&value);
        let told: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let expected = [("node.key", "aa"), ("node.ports", "1 2"), ("on", "true"), ("targets.0.triple", "x")];
        assert_eq!(told, expected);
        assert_eq!(flat(&serde_json::json!(7)), [(String::new(), "7".to_owned())]);
    }

    #[test]
    fn nothing_that_moves_a_cursor_is_printed() {
        let rows = vec![vec!["a\u{1b}[2J\nb".to_owned()]];
        assert_eq!(table(&["name"], &rows), "NAME\na\u{fffd}[2J\u{fffd}b\n");
        assert_eq!(fields(&[("name", "x\ty".into()), ("empty", String::new())]), "name   x\u{fffd}y\n");
    }
}
