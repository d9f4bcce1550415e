//! Cells from CSV and JSON: bounded, in UTF-8, under columns that are known.

use super::columns::{Column, place_of};
use crate::error::CatalogError;
use serde_json::{Map, Value};

/// Largest table.
pub const TABLE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Most rows of a table.
pub const ROWS_MAX: usize = 1_000_000;

/// A row: its line, and a text for each column, empty where it says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Line in the file, from 1; in JSON the place in the list, from 1.
    pub line: u64,
    cells: Vec<String>,
    columns: &'static [Column],
}

impl Row {
    /// What stands under a column.
    pub fn cell(&self, key: &str) -> &str {
        let place = self.columns.iter().position(|column| column.key == key);
        &self.cells[place.expect("callers ask for columns of the table")]
    }

    /// The first required column under which nothing stands, by its Chinese and English names.
    pub fn missing(&self) -> Option<String> {
        let mut unsaid =
            self.columns.iter().zip(&self.cells).filter(|(column, cell)| column.is_required && cell.is_empty());
        unsaid.next().map(|(column, _)| format!("{} {}", column.chinese, column.key))
    }
}

/// The text of a file.
///
/// # Errors
/// [`CatalogError::Form`] if it is not UTF-8, with what helps.
pub fn text<'b>(what: &str, bytes: &'b [u8]) -> Result<&'b str, CatalogError> {
    if bytes.len() > TABLE_BYTES_MAX {
        return Err(CatalogError::TooLarge { what: what.to_owned(), bytes_max: TABLE_BYTES_MAX });
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(CatalogError::form(
            what,
            "it is UTF-16; save it as UTF-8 (\"CSV UTF-8\" in a spreadsheet program)",
        ));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
        let why = format!(
            "line {line} is not UTF-8, so it is probably GB18030 or GBK; save it as UTF-8 (\"CSV UTF-8\" in a spreadsheet program), or: iconv -f GB18030 -t UTF-8"
        );
        CatalogError::form(what, why)
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Rows of a CSV table, whose first line names its columns. Lines without any text are passed over.
///
/// # Errors
/// [`CatalogError::Form`]: a column that is unknown, twice, or required and missing; a row with more cells than columns.
pub fn csv(what: &str, bytes: &[u8], columns: &'static [Column]) -> Result<Vec<Row>, CatalogError> {
    let wrong = |why: String| CatalogError::form(what, why);
    // The reader counts lines by line feeds, and a record that ends with two characters one too few.
    let text = text(what, bytes)?.replace("\r\n", "\n");
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let names = reader.headers().map_err(|error| wrong(told(&error)))?.clone();
    let places = header(what, &names, columns)?;
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| wrong(told(&error)))?;
        let line = record.position().map_or(0, csv::Position::line);
        if record.iter().all(str::is_empty) {
            continue;
        }
        if record.len() > places.len() {
            return Err(wrong(format!(
                "line {line} has {} cells under {} columns; quote cells with commas",
                record.len(),
                places.len()
            )));
        }
        if rows.len() == ROWS_MAX {
            return Err(wrong(format!("it has more than {ROWS_MAX} rows")));
        }
        let mut cells = vec![String::new(); columns.len()];
        for (cell, place) in record.iter().zip(&places) {
            cells[*place] = cell.to_owned();
        }
        rows.push(Row { line, cells, columns });
    }
    Ok(rows)
}

fn header(what: &str, names: &csv::StringRecord, columns: &[Column]) -> Result<Vec<usize>, CatalogError> {
    let wrong = |why: String| Err(CatalogError::form(what, why));
    let mut places = Vec::new();
    for name in names {
        match place_of(columns, name) {
            None => {
                return wrong(format!(
                    "the column {name:?} is unknown; the template of `mulu catalog template` has all of them"
                ));
            }
            Some(place) if places.contains(&place) => {
                return wrong(format!("the column {} stands in it twice", columns[place].chinese));
            }
            Some(place) => places.push(place),
        }
    }
    let missing: Vec<&str> = columns
        .iter()
        .enumerate()
        .filter(|(place, column)| column.is_required && !places.contains(place))
        .map(|(_, column)| column.chinese)
        .collect();
    if missing.is_empty() { Ok(places) } else { wrong(format!("these columns are missing: {}", missing.join("、"))) }
}

/// The place of an error in a CSV file, without what stands there.
fn told(error: &csv::Error) -> String {
    let line = error.position().map_or(0, csv::Position::line);
    format!("line {line} is no line of a CSV table")
}

/// Rows of a JSON table: a list of objects with the names of the columns as keys. What stands under `items` comes back beside each row.
///
/// # Errors
/// [`CatalogError::Form`]: no list of objects, a key that is unknown, a value that is no text, number, truth value or list of these.
pub fn json(what: &str, bytes: &[u8], columns: &'static [Column]) -> Result<Vec<(Row, Vec<Value>)>, CatalogError> {
    let wrong = |why: String| CatalogError::form(what, why);
    let text = text(what, bytes)?;
    let value: Value = serde_json::from_str(text)
        .map_err(|error| wrong(format!("line {} column {} is no JSON", error.line(), error.column())))?;
    let Value::Array(objects) = value else { return Err(wrong("it is no list of entries".into())) };
    if objects.len() > ROWS_MAX {
        return Err(wrong(format!("it has more than {ROWS_MAX} rows")));
    }
    let rows = (1..).zip(objects).map(|(line, object)| {
        let Value::Object(mut fields) = object else { return Err(wrong(format!("entry {line} is no object"))) };
        let items = ["items", "信息项信息", "信息项"].iter().find_map(|key| fields.remove(*key));
        let items = match items {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(items)) => items,
            Some(_) => return Err(wrong(format!("the items of entry {line} are no list"))),
        };
        Ok((object_row(what, line, fields, columns)?, items))
    });
    rows.collect()
}

/// The row that an object is.
///
/// # Errors
/// As [`json`].
pub fn object_row(
    what: &str,
    line: u64,
    fields: Map<String, Value>,
    columns: &'static [Column],
) -> Result<Row, CatalogError> {
    let wrong = |why: String| CatalogError::form(what, format!("entry {line}: {why}"));
    let mut cells = vec![String::new(); columns.len()];
    for (key, value) in fields {
        let place = place_of(columns, &key).ok_or_else(|| wrong(format!("the key {key:?} is unknown")))?;
        cells[place] = cell_of(&value).ok_or_else(|| wrong(format!("{key} is no text, number or list of texts")))?;
    }
    Ok(Row { line, cells, columns })
}

fn cell_of(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => String::new(),
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(bool) => bool.to_string(),
        Value::Array(values) => {
            let texts = values.iter().map(|value| value.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()?;
            texts.join(";")
        }
        Value::Object(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use crate::table::columns::ITEMS;

    const HEADER: &str = "信息资源代码,信息项名称,item_code,数据类型,长度";

    fn why(text: &[u8]) -> String {
        csv("the table", text, &ITEMS).unwrap_err().to_string()
    }

    #[test]
    fn cells_stand_under_their_columns_in_either_language() {
        let text = format!("\u{feff}{HEADER}\n306001/1,名称,NAME,C,\n,,,,\n306001/1,\"a, b\",AB, I ,4\n");
        let rows = csv("the table", text.as_bytes(), &ITEMS).unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!((rows[1].cell("item_name"), rows[1].cell("data_type"), rows[1].cell("length")), ("a, b", "I", "4"));
        assert_eq!((rows[0].line, rows[1].line), (2, 4));
        assert_eq!(rows[0].cell("meaning"), "");
        assert_eq!(rows[0].missing(), None);
    }

    #[test]
    fn what_is_no_table_is_told_with_what_helps() {
        let (gbk, utf16) = (b"\xd0\xc5\xcf\xa2,x\n", b"\xff\xfeI\0");
        assert!(why(gbk).contains("GB18030"), "{}", why(gbk));
        assert!(why(utf16).contains("UTF-16"));
        assert!(why(b"colour\n").contains("\"colour\" is unknown"));
        assert!(why(b"code,code\n").contains("twice"));
        assert!(why(b"code,item_name\n").contains("信息项代码、数据类型"), "{}", why(b"code,item_name\n"));
        assert!(why(format!("{HEADER}\n1,2,3,4,5,6\n").as_bytes()).contains("line 2 has 6 cells"));
    }

    #[test]
    fn json_has_the_same_columns() {
        let text = r#"[{"信息资源代码":"306001/1","item_name":"a","item_code":"A","data_type":["x","y"],"length":4,"items":[{}]}]"#;
        let rows = json("the table", text.as_bytes(), &ITEMS).unwrap();
        let (row, items) = &rows[0];
        assert_eq!((row.cell("length"), row.cell("data_type"), items.len()), ("4", "x;y", 1));
        let why = |text: &str| json("the table", text.as_bytes(), &ITEMS).unwrap_err().to_string();
        assert!(why("{}").contains("no list"));
        assert!(why("[3]").contains("entry 1 is no object"));
        assert!(why(r#"[{"colour":1}]"#).contains("unknown"));
        assert!(why(r#"[{"code":{}}]"#).contains("no text"));
        assert!(why(r#"[{"items":{}}]"#).contains("no list"));
        assert!(why("[").contains("line 1"));
    }
}
