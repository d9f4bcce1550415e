//! How far files were read. A file is known by what it begins with, not by its name: moved, copied or grown, it is the same file.

use super::{IMPORTS, Vault, streams::decode};
use crate::error::ClientError;
use codec::{Decode, Encode};
use mulu_proofs::ids::{Digest32, StreamId};
use redb::ReadableTable;

/// An import of one file into one stream, as far as it has come.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Import {
    /// Number, from 1.
    pub number: u64,
    /// Stream.
    pub stream: StreamId,
    /// Digest of the mapping.
    pub mapping: Digest32,
    /// Bytes of the file that are done.
    pub bytes: u64,
    /// blake3 of those bytes.
    pub prefix: Digest32,
    /// Lines among them that read well and had no place: that depends on when they were read, so it is kept.
    pub refused: Vec<u64>,
}

/// Most lines of one import that may have no place.
pub const REFUSED_MAX: usize = 10_000;

impl Vault {
    /// Every import into a stream, and the number that the next import gets.
    ///
    /// # Errors
    /// [`ClientError`] if the vault fails.
    pub fn imports(&self, stream: StreamId) -> Result<(Vec<Import>, u64), ClientError> {
        self.read(|transaction| {
            let mut imports = Vec::new();
            let mut last = 0;
            for row in transaction.open_table(IMPORTS)?.iter()? {
                let (number, value) = row?;
                last = number.value();
                let value = self.rows.open(IMPORTS, &last, value.value(), "an import")?;
                imports.push(decode::<Import>(&value, "an import")?);
            }
            imports.retain(|import| import.stream == stream);
            Ok((imports, last + 1))
        })
    }
}
