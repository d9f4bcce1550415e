//! What an index says of itself: of which chain it is, and up to where it is complete.

use mulu_proofs::ids::{Digest32, Height, RecordNumber};
use std::fmt;

/// Goes up whenever the same records give other documents, words or ranks; an index of another number is built anew.
pub const FORMAT: u32 = 1;

/// Up to where an index is complete. It lies in the commit that made it so, and is as durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Height of a block up to which, it included, nothing is missing.
    pub height: Height,
    /// Hash of its header.
    pub hash: Digest32,
    /// The last record about the catalog that was read; 0 if there was none.
    pub record: RecordNumber,
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "mulu-search {FORMAT} {} {} {}", self.height, hex::encode(self.hash), self.record)
    }
}

impl Stamp {
    /// Reads what [`fmt::Display`] wrote; none if it is of another format or not a stamp at all.
    pub fn read(text: &str) -> Option<Self> {
        let (height, rest) = text.strip_prefix(&format!("mulu-search {FORMAT} "))?.split_once(' ')?;
        let (digits, record) = rest.split_once(' ')?;
        let mut hash = [0; 32];
        hex::decode_to_slice(digits, &mut hash).ok()?;
        Some(Self { height: Height::new(height.parse().ok()?), hash, record: RecordNumber::new(record.parse().ok()?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_reads_back_and_nothing_else_does() {
        let stamp = Stamp { height: Height::new(7), hash: [9; 32], record: RecordNumber::new(12) };
        let text = stamp.to_string();
        assert_eq!(Stamp::read(&text), Some(stamp));
        let other_format = text.replacen(&format!(" {FORMAT} "), " 0 ", 1);
        for wrong in ["", "mulu-search", &text[..text.len() - 2], &other_format, &text.replace("0909", "09zz")] {
            assert_eq!(Stamp::read(wrong), None, "{wrong}");
        }
    }
}
