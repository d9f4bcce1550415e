//! Pages over rows of the index: where a page begins, when it ends, and the cursor between.

use crate::{context::Context, failure::Failure, limits::ROWS_LOOKED_MAX};
use mulu_index::{RecordList, keys};
use mulu_primitives::stages::IndexRow;
use mulu_proofs::{catalog::EntrySubmitted, ids::Height, records::RecordKind};
use mulu_rpc_api::{Cursor, Cut, PAGE_BYTES_MAX, PAGE_TIME_MAX, Page, ROWS_DEFAULT, ROWS_MAX};
use serde::Serialize;
use std::time::Instant;

/// Rows of one scan.
const CHUNK: usize = 128;

/// A list of the index.
#[derive(Clone, Debug)]
pub struct List {
    /// What all keys begin with.
    pub prefix: Vec<u8>,
    /// Whether the last key comes first.
    pub is_newest_first: bool,
    names: Names,
}

/// How a cursor names the last row that was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Names {
    /// By what stands behind the prefix: so many bytes.
    Suffix(usize),
    /// By the entry's id: the code in the key may be of an entry that the caller does not see.
    Entry,
}

impl List {
    /// Numbers behind a prefix, the newest first.
    pub const fn newest(prefix: Vec<u8>, suffix_bytes: usize) -> Self {
        Self { prefix, is_newest_first: true, names: Names::Suffix(suffix_bytes) }
    }

    /// Numbers behind a prefix, ascending.
    pub const fn ascending(prefix: Vec<u8>, suffix_bytes: usize) -> Self {
        Self { prefix, is_newest_first: false, names: Names::Suffix(suffix_bytes) }
    }

    /// Entries by resource code, of those codes that begin as `code`.
    pub fn entries_by_code(code: &str) -> Self {
        Self { prefix: keys::code(code), is_newest_first: false, names: Names::Entry }
    }

    /// The last key that the caller has seen. A cursor is the prefix's first byte and the row's name.
    fn start(&self, context: &Context, cursor: &Cursor) -> Result<Vec<u8>, Failure> {
        let (tag, name) = cursor.0.split_first().ok_or(Failure::Cursor)?;
        let key = match self.names {
            Names::Suffix(bytes) if bytes == name.len() => Some([&self.prefix[..], name].concat()),
            Names::Suffix(_) => None,
            Names::Entry => key_of_entry(context, name)?,
        };
        let is_of_list = |key: &Vec<u8>| Some(tag) == self.prefix.first() && key.starts_with(&self.prefix);
        key.filter(is_of_list).ok_or(Failure::Cursor)
    }

    fn cursor(&self, context: &Context, key: &[u8]) -> Result<Cursor, Failure> {
        const LOST: Failure = Failure::Damaged { what: "a resource code of the index" };
        let name = match self.names {
            Names::Suffix(_) => key[self.prefix.len()..].to_vec(),
            Names::Entry => context.parts.store.index_get(key)?.ok_or(LOST)?,
        };
        Ok(Cursor([&self.prefix[..1], &name[..]].concat()))
    }
}

/// Key of the row of an entry among the resource codes. An entry never changes its code.
fn key_of_entry(context: &Context, id: &[u8]) -> Result<Option<Vec<u8>>, Failure> {
    let Some(entry) = keys::read_entry(id) else { return Ok(None) };
    let acts = context.acts(RecordList::Entry(entry))?;
    let Some(act) = acts.iter().find(|act| act.kind == RecordKind::EntrySubmitted) else { return Ok(None) };
    let submitted: EntrySubmitted = context.indexed(act.number)?.body()?;
    Ok(Some(keys::code(submitted.content.code.as_str())))
}

/// Number of rows of a page.
pub fn rows_of(limit: Option<u32>) -> Result<usize, Failure> {
    match limit.unwrap_or(ROWS_DEFAULT) {
        0 => Err(Failure::Filter { why: "a page has at least one row" }),
        rows if rows > ROWS_MAX => {
            Err(Failure::OverBound { what: "rows", asked: rows as usize, bound: ROWS_MAX as usize })
        }
        rows => Ok(rows as usize),
    }
}

/// Rows gathered for a page.
#[derive(Debug)]
pub struct Gathered<T> {
    /// The rows.
    pub rows: Vec<T>,
    rows_max: usize,
    bytes: usize,
    begun: Instant,
}

/// Why a page ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It has the rows that were asked for.
    Full,
    /// Something else is used up.
    Cut(Cut),
}

impl<T: Serialize> Gathered<T> {
    /// Nothing yet.
    pub fn new(rows_max: usize) -> Self {
        Self { rows: Vec::new(), rows_max, bytes: 0, begun: Instant::now() }
    }

    /// Adds a row.
    pub fn push(&mut self, row: T) -> Result<(), Failure> {
        let json = serde_json::to_string(&row).map_err(|_| Failure::Damaged { what: "a row of an answer" })?;
        self.bytes += json.len();
        self.rows.push(row);
        Ok(())
    }

    /// Rows that there is room for.
    pub fn room(&self) -> usize {
        self.rows_max.saturating_sub(self.rows.len())
    }

    /// Whether there is room for no further row.
    pub fn is_full(&self) -> bool {
        self.rows.len() >= self.rows_max || self.bytes >= PAGE_BYTES_MAX
    }

    /// Why the page ends here, if it does. `looked` counts what was looked at for it: something always is, so that pages get on.
    pub fn end(&self, looked: usize) -> Option<End> {
        if self.rows.len() >= self.rows_max {
            Some(End::Full)
        } else if self.bytes >= PAGE_BYTES_MAX {
            Some(End::Cut(Cut::Bytes))
        } else if looked >= ROWS_LOOKED_MAX {
            Some(End::Cut(Cut::Looked))
        } else if looked > 0 && self.begun.elapsed() >= PAGE_TIME_MAX {
            Some(End::Cut(Cut::Time))
        } else {
            None
        }
    }

    /// The page that ends here though there may be more.
    pub fn ended(self, end: End, next: Option<Cursor>, complete_to: Height) -> Page<T> {
        let cut = match end {
            End::Full => None,
            End::Cut(cut) => Some(cut),
        };
        Page { cut, ..Page::new(self.rows, next, complete_to) }
    }
}

/// One page of `list`: `read` turns a row of the index into a row of the answer, or passes it over.
pub fn page<T: Serialize>(
    context: &Context,
    list: &List,
    cursor: Option<&Cursor>,
    limit: Option<u32>,
    mut read: impl FnMut(&IndexRow) -> Result<Option<T>, Failure>,
) -> Result<Page<T>, Failure> {
    let store = &context.parts.store;
    let mut gathered = Gathered::new(rows_of(limit)?);
    let mut seen = cursor.map(|cursor| list.start(context, cursor)).transpose()?;
    let complete_to = store.index_height()?;
    let mut looked = 0;
    loop {
        let found = store.index_scan(&list.prefix, seen.as_deref(), CHUNK, list.is_newest_first)?;
        let is_end = found.len() < CHUNK;
        for row in &found {
            // A scan gives the row that it begins with, too.
            if seen.as_ref() == Some(&row.key) {
                continue;
            }
            if let Some(end) = gathered.end(looked) {
                let next = seen.map(|key| list.cursor(context, &key)).transpose()?;
                return Ok(gathered.ended(end, next, complete_to));
            }
            looked += 1;
            seen = Some(row.key.clone());
            if let Some(row) = read(row)? {
                gathered.push(row)?;
            }
        }
        if is_end {
            return Ok(Page::new(gathered.rows, None, complete_to));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;

    fn begun_before(seconds: u64, rows_max: usize) -> Gathered<String> {
        let begun = Instant::now().checked_sub(std::time::Duration::from_secs(seconds)).unwrap();
        Gathered { begun, ..Gathered::new(rows_max) }
    }

    #[test]
    fn a_page_ends_with_what_is_used_up_first_and_says_so() {
        let mut gathered = begun_before(0, 2);
        assert_eq!(gathered.end(0), None);
        assert_eq!(gathered.end(ROWS_LOOKED_MAX), Some(End::Cut(Cut::Looked)));
        gathered.push("x".repeat(PAGE_BYTES_MAX)).unwrap();
        assert_eq!(gathered.end(1), Some(End::Cut(Cut::Bytes)));
        gathered.push(String::new()).unwrap();
        assert_eq!(gathered.end(2), Some(End::Full), "it has what was asked for");
        let page = gathered.ended(End::Cut(Cut::Bytes), None, Height::new(1));
        assert_eq!((page.rows.len(), page.cut), (2, Some(Cut::Bytes)));
    }

    #[test]
    fn a_page_that_takes_too_long_ends_once_it_got_on() {
        let gathered = begun_before(3, 50);
        assert_eq!(gathered.end(0), None);
        assert_eq!(gathered.end(1), Some(End::Cut(Cut::Time)));
        assert_eq!(begun_before(1, 50).end(1), None);
    }
}
