//! Erasing sealed leaves: secret and values go, the leaf's hash stays, and with it every proof of all the rest. What was erased, by whom
//! and why is written down in the same transaction, without any value.

use super::{
    ERASURES, Fault, IDENTITY, OPENINGS, UNCLEAN, Vault,
    openings::Kept,
    rows::Rows,
    streams::{decode, put_sealed},
};
use crate::error::ClientError;
use codec::{Decode, Encode};
use mulu_proofs::{
    access::SealedField,
    ids::{EventNumber, Moment, StreamId},
};
use redb::{ReadableTable, WriteTransaction};
use serde::Serialize;

/// Longest name and longest reason in an erasure, in bytes.
const TEXT_BYTES_MAX: usize = 512;

/// Which events are erased.
#[derive(Clone, Copy, Debug)]
pub enum Wanted<'a> {
    /// Those of a stream with these numbers.
    Events(Numbers),
    /// Those in which a sealed field has this value.
    Having(SealedField, &'a [u8]),
    /// Those before a moment. Events that a vault of form 1 took have no time here and stay.
    Before(Moment),
}

/// Events of one stream, the last one included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct Numbers {
    /// Stream.
    pub stream: StreamId,
    /// First event.
    pub first: EventNumber,
    /// Last event.
    pub last: EventNumber,
}

/// By what the events of an erasure were chosen; the value itself is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    /// By their numbers.
    #[codec(index = 1)]
    Numbers,
    /// By the value of a field.
    #[codec(index = 2)]
    Field(SealedField),
    /// By their time.
    #[codec(index = 3)]
    Before(Moment),
}

/// What was erased: no value of it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct Erasure {
    /// Number, from 1.
    pub number: u64,
    /// When, by this machine's clock.
    pub at: Moment,
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
    /// By what they were chosen.
    pub selection: Selection,
    /// How many events.
    pub events: u64,
    /// Which, ascending.
    pub numbers: Vec<Numbers>,
}

impl Vault {
    /// Erases secrets and values of events and writes down who did and why; none if there was nothing to erase. Leaf hashes stay, and
    /// what was erased is gone from the file when this returns.
    ///
    /// # Errors
    /// [`ClientError::ErasureText`] without name or reason, [`ClientError`] if the vault fails.
    pub fn erase(
        &mut self,
        wanted: Wanted<'_>,
        by: &str,
        reason: &str,
        at: Moment,
    ) -> Result<Option<Erasure>, ClientError> {
        for text in [by, reason] {
            if text.trim().is_empty() || text.len() > TEXT_BYTES_MAX {
                return Err(ClientError::ErasureText { bytes_max: TEXT_BYTES_MAX });
            }
        }
        let erasure = self.write(|transaction| {
            let numbers = delete(transaction, &self.rows, wanted)?;
            let events = numbers.iter().map(|part| part.last.get() - part.first.get() + 1).sum();
            let last = transaction.open_table(ERASURES)?.last()?.map_or(0, |(number, _)| number.value());
            let selection = match wanted {
                Wanted::Events(_) => Selection::Numbers,
                Wanted::Having(field, _) => Selection::Field(field),
                Wanted::Before(moment) => Selection::Before(moment),
            };
            let (by, reason) = (by.to_owned(), reason.to_owned());
            let erasure = Erasure { number: last + 1, at, by, reason, selection, events, numbers };
            if events > 0 {
                put_sealed(transaction, &self.rows, ERASURES, erasure.number, &erasure)?;
                transaction.open_table(IDENTITY)?.insert(UNCLEAN, &[][..])?;
            }
            Ok(erasure)
        })?;
        if erasure.events == 0 {
            return Ok(None);
        }
        self.clean()?;
        Ok(Some(erasure))
    }

    /// Every erasure, the oldest first.
    ///
    /// # Errors
    /// [`ClientError`] if the vault fails.
    pub fn erasures(&self) -> Result<Vec<Erasure>, ClientError> {
        self.read(|transaction| {
            let mut erasures = Vec::new();
            for row in transaction.open_table(ERASURES)?.iter()? {
                let (number, value) = row?;
                let value = self.rows.open(ERASURES, &number.value(), value.value(), "an erasure")?;
                erasures.push(decode(&value, "an erasure")?);
            }
            Ok(erasures)
        })
    }
}

/// Deletes the rows and returns their numbers in ranges.
fn delete(transaction: &WriteTransaction, rows: &Rows, wanted: Wanted<'_>) -> Result<Vec<Numbers>, Fault> {
    let mut openings = transaction.open_table(OPENINGS)?;
    let (mut numbers, mut fault) = (Vec::new(), None);
    let mut goes = |key: (u32, u64), value: &[u8]| {
        let is_wanted = match wanted {
            Wanted::Events(_) => Ok(true),
            Wanted::Having(field, text) => {
                Kept::open(rows, key, value).map(|kept| kept.sealed.values[field as usize].as_deref() == Some(text))
            }
            Wanted::Before(moment) => {
                Kept::open(rows, key, value).map(|kept| kept.time.is_some_and(|time| time < moment))
            }
        };
        match is_wanted {
            Ok(true) => extend(&mut numbers, key),
            Ok(false) => return false,
            Err(error) => fault = Some(error),
        }
        true
    };
    match wanted {
        Wanted::Events(Numbers { stream, first, last }) => {
            let range = (stream.get(), first.get())..=(stream.get(), last.get());
            openings.retain_in(range, |key, value| !goes(key, value))?;
        }
        _ => openings.retain(|key, value| !goes(key, value))?,
    }
    // A row that does not open ends the transaction: nothing of it is kept.
    fault.map_or(Ok(numbers), Err)
}

fn extend(numbers: &mut Vec<Numbers>, (stream, event): (u32, u64)) {
    match numbers.last_mut() {
        Some(last) if last.stream.get() == stream && last.last.get() + 1 == event => {
            last.last = EventNumber::new(event)
        }
        _ => {
            let event = EventNumber::new(event);
            numbers.push(Numbers { stream: StreamId::new(stream), first: event, last: event });
        }
    }
}
