//! Pages over rows of the index: where a page begins, when it ends, and the cursor between.

use crate::{context::Context, failure::Failure, limits::ROWS_LOOKED_MAX};
use mulu_primitives::stages::IndexRow;
use mulu_rpc_api::{Cursor, PAGE_BYTES_MAX, Page, ROWS_DEFAULT, ROWS_MAX};
use serde::Serialize;

/// Rows of one scan.
const CHUNK: usize = 128;

/// A list of the index.
#[derive(Clone, Debug)]
pub struct List {
    /// What all keys begin with.
    pub prefix: Vec<u8>,
    /// Whether the last key comes first.
    pub is_newest_first: bool,
    /// Bytes behind the prefix, where all keys have the same length.
    pub suffix_bytes: Option<usize>,
}

impl List {
    /// Numbers behind a prefix, the newest first.
    pub const fn newest(prefix: Vec<u8>, suffix_bytes: usize) -> Self {
        Self { prefix, is_newest_first: true, suffix_bytes: Some(suffix_bytes) }
    }

    /// Numbers behind a prefix, ascending.
    pub const fn ascending(prefix: Vec<u8>, suffix_bytes: usize) -> Self {
        Self { prefix, is_newest_first: false, suffix_bytes: Some(suffix_bytes) }
    }

    /// The last key that the caller has seen. A cursor is the prefix's first byte and what stands behind the prefix.
    fn start(&self, cursor: &Cursor) -> Result<Vec<u8>, Failure> {
        let (tag, suffix) = cursor.0.split_first().ok_or(Failure::Cursor)?;
        if Some(tag) != self.prefix.first() || self.suffix_bytes.is_some_and(|bytes| bytes != suffix.len()) {
            return Err(Failure::Cursor);
        }
        Ok([&self.prefix[..], suffix].concat())
    }

    fn cursor(&self, key: &[u8]) -> Cursor {
        Cursor([&self.prefix[..1], &key[self.prefix.len()..]].concat())
    }
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
}

impl<T: Serialize> Gathered<T> {
    /// Nothing yet.
    pub const fn new(rows_max: usize) -> Self {
        Self { rows: Vec::new(), rows_max, bytes: 0 }
    }

    /// Adds a row.
    pub fn push(&mut self, row: T) -> Result<(), Failure> {
        let json = serde_json::to_string(&row).map_err(|_| Failure::Damaged { what: "a row of an answer" })?;
        self.bytes += json.len();
        self.rows.push(row);
        Ok(())
    }

    /// Whether the page ends here.
    pub fn is_full(&self) -> bool {
        self.rows.len() >= self.rows_max || self.bytes >= PAGE_BYTES_MAX
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
    let mut seen = cursor.map(|cursor| list.start(cursor)).transpose()?;
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
            if gathered.is_full() || looked == ROWS_LOOKED_MAX {
                let next = seen.map(|key| list.cursor(&key));
                return Ok(Page::new(gathered.rows, next, complete_to));
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
