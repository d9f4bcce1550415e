//! Lists in pages: how many rows, and where to go on.

use mulu_proofs::ids::{Height, RecordNumber};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{borrow::Cow, time::Duration};

/// Rows of a page where the caller names no number.
pub const ROWS_DEFAULT: u32 = 50;
/// Most rows of a page.
pub const ROWS_MAX: u32 = 500;
/// A page ends with the row that brings it over this many bytes.
pub const PAGE_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Longest cursor, in bytes.
pub const CURSOR_BYTES_MAX: usize = 80;

/// A page ends with the row at which it has taken this long.
pub const PAGE_TIME_MAX: Duration = Duration::from_secs(2);
/// Every other answer is given up after this long.
pub const ANSWER_TIME_MAX: Duration = Duration::from_secs(20);

/// Where a page ended. Opaque: hand it back to the same method with the same filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(pub Vec<u8>);

impl Serialize for Cursor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        if text.len() > 2 * CURSOR_BYTES_MAX {
            return Err(de::Error::custom("longer than any cursor"));
        }
        hex::decode(text.as_bytes()).map(Self).map_err(|_| de::Error::custom("a cursor is hexadecimal"))
    }
}

/// Part of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The rows. May be fewer than asked for, even none, while `next` says that there are more.
    pub rows: Vec<T>,
    /// Cursor to go on with; none at the end of the list.
    pub next: Option<Cursor>,
    /// Height of the block up to which, it included, the answer is complete.
    pub complete_to: Height,
    /// Why the page has fewer rows than were asked for though there may be more; left out where it has them, or the list has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<Cut>,
    /// Batches whose events belong here and cannot be shown, because their bodies are in archive files; left out where there are none.
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub archived: Vec<ArchivedBatch>,
}

/// Why a page ended early. Its cursor goes on all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cut {
    /// The rows have 2 MiB.
    Bytes,
    /// Enough was looked at: 2,000 rows of the index, or 200 batches.
    Looked,
    /// It has taken two seconds.
    Time,
}

/// A batch whose body is in an archive file. What its record says is still here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchivedBatch {
    /// Its record.
    pub record: RecordNumber,
    /// Height of its block.
    pub height: Height,
    /// Events in it of what was asked for; of a period, those that may lie in it.
    pub events: u32,
    /// Name of the archive file.
    pub file: String,
}

impl<T> Page<T> {
    /// A page that was not cut and of which nothing is archived.
    pub const fn new(rows: Vec<T>, next: Option<Cursor>, complete_to: Height) -> Self {
        Self { rows, next, complete_to, cut: None, archived: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_a_long_or_strange_one_is_refused() {
        let cursor = Cursor(vec![1, 2, 255]);
        let text = serde_json::to_string(&cursor).unwrap();
        assert_eq!(text, "\"0102ff\"");
        assert_eq!(serde_json::from_str::<Cursor>(&text).unwrap(), cursor);
        assert!(serde_json::from_str::<Cursor>(&format!("\"{}\"", "00".repeat(81))).is_err());
        assert!(serde_json::from_str::<Cursor>("\"zz\"").is_err());
    }
}
