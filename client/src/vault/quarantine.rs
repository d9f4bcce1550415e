//! Records that can be no event, and events that no stream takes: kept with the reason until somebody tries again or drops them. They
//! stand in nobody's way.

use super::{
    DROPPED, Fault, IDENTITY, NEXT_HELD, QUARANTINE, Vault,
    rows::Rows,
    streams::{decode, put_sealed},
};
use crate::{error::ClientError, import::draft::Draft};
use codec::{Decode, Encode};
use mulu_proofs::ids::{Moment, StreamId};
use redb::{ReadableTable, ReadableTableMetadata, WriteTransaction};
use serde::Serialize;
use std::fmt;
use zeroize::Zeroizing;

/// Longest reason for dropping, in bytes.
const WHY_BYTES_MAX: usize = 512;

/// A row of the quarantine.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub struct Held {
    /// Since when.
    pub at: Moment,
    /// Source that it came from.
    pub source: String,
    /// Stream that it was to go into.
    pub stream: StreamId,
    /// One word of a closed list.
    pub reason: String,
    /// What is wrong; holds no value of the record.
    pub detail: String,
    /// The thing itself.
    pub what: HeldThing,
}

/// What is held.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub enum HeldThing {
    /// A record as it came.
    #[codec(index = 0)]
    Raw(Vec<u8>),
    /// An event that was mapped and has no place in its stream.
    #[codec(index = 1)]
    Draft(Box<Draft>),
}

impl Held {
    /// About how many bytes it takes.
    pub fn bytes(&self) -> u64 {
        self.size_hint() as u64
    }
}

impl fmt::Debug for HeldThing {
    /// Without what it holds: that may name a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Raw(_) => "Raw(..)",
            Self::Draft(_) => "Draft(..)",
        })
    }
}

impl fmt::Debug for Held {
    /// Without the thing itself.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Held({} of {}: {})", self.reason, self.source, self.detail)
    }
}

/// What was dropped from the quarantine: no value of it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct Dropped {
    /// When, by this machine's clock.
    pub at: Moment,
    /// Why.
    pub why: String,
    /// Numbers of the rows.
    pub numbers: Vec<u64>,
}

/// How much the quarantine holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct QuarantineSize {
    /// Rows.
    pub rows: u64,
    /// Their bytes at rest.
    pub bytes: u64,
}

impl Vault {
    /// At most `rows_max` rows of the quarantine from a number on, the oldest first.
    ///
    /// # Errors
    /// [`ClientError`] if the vault fails.
    pub fn held(&self, from: u64, rows_max: usize) -> Result<Vec<(u64, Held)>, ClientError> {
        self.read(|transaction| {
            let mut held = Vec::new();
            for row in transaction.open_table(QUARANTINE)?.range(from..)?.take(rows_max) {
                let (number, value) = row?;
                held.push((number.value(), open_held(&self.rows, number.value(), value.value())?));
            }
            Ok(held)
        })
    }

    /// How much the quarantine holds.
    ///
    /// # Errors
    /// [`ClientError`] if the vault fails.
    pub fn quarantine_size(&self) -> Result<QuarantineSize, ClientError> {
        self.read(|transaction| {
            let table = transaction.open_table(QUARANTINE)?;
            Ok(QuarantineSize { rows: table.len()?, bytes: table.stats()?.stored_bytes() })
        })
    }

    /// Drops rows for good and writes down why; how many of them were there. What they held is gone from the file with the next erasing.
    ///
    /// # Errors
    /// [`ClientError::DropText`] without a reason, [`ClientError`] if the vault fails.
    pub fn drop_held(&self, numbers: &[u64], why: &str, at: Moment) -> Result<u64, ClientError> {
        if why.trim().is_empty() || why.len() > WHY_BYTES_MAX {
            return Err(ClientError::DropText { bytes_max: WHY_BYTES_MAX });
        }
        self.write(|transaction| {
            let mut table = transaction.open_table(QUARANTINE)?;
            let mut dropped = Dropped { at, why: why.to_owned(), numbers: Vec::new() };
            for number in numbers {
                if table.remove(number)?.is_some() {
                    dropped.numbers.push(*number);
                }
            }
            if !dropped.numbers.is_empty() {
                let last = transaction.open_table(DROPPED)?.last()?.map_or(0, |(number, _)| number.value());
                put_sealed(transaction, &self.rows, DROPPED, last + 1, &dropped)?;
            }
            Ok(dropped.numbers.len() as u64)
        })
    }

    /// Everything that was dropped, the oldest first.
    ///
    /// # Errors
    /// [`ClientError`] if the vault fails.
    pub fn dropped(&self) -> Result<Vec<Dropped>, ClientError> {
        self.read(|transaction| {
            let mut dropped = Vec::new();
            for row in transaction.open_table(DROPPED)?.iter()? {
                let (number, value) = row?;
                let value = self.rows.open(DROPPED, &number.value(), value.value(), "what was dropped")?;
                dropped.push(decode(&value, "what was dropped")?);
            }
            Ok(dropped)
        })
    }
}

/// Gives rows their numbers, which no other row ever has, and returns the first.
pub(super) fn put_held(transaction: &WriteTransaction, rows: &Rows, held: &[Held]) -> Result<u64, Fault> {
    if held.is_empty() {
        return Ok(0);
    }
    let first = next_number(transaction)?;
    let mut table = transaction.open_table(QUARANTINE)?;
    for (number, held) in (first..).zip(held) {
        table.insert(number, &rows.seal(QUARANTINE, &number, &Zeroizing::new(held.encode()))[..])?;
    }
    let next = first + held.len() as u64;
    transaction.open_table(IDENTITY)?.insert(NEXT_HELD, &next.to_le_bytes()[..])?;
    Ok(first)
}

fn next_number(transaction: &WriteTransaction) -> Result<u64, Fault> {
    let identity = transaction.open_table(IDENTITY)?;
    let row = identity.get(NEXT_HELD)?;
    row.map_or(Ok(1), |row| decode(row.value(), "the number of a row of the quarantine"))
}

pub(super) fn open_held(rows: &Rows, number: u64, value: &[u8]) -> Result<Held, Fault> {
    let bytes = rows.open(QUARANTINE, &number, value, "a row of the quarantine")?;
    decode(&bytes, "a row of the quarantine")
}
