//! Streams and their spools: an event has a position as soon as it is durable here, and a number when its batch is sealed.

use super::{BATCHES, Fault, IMPORTS, OUTBOX, SPOOL, STREAMS, Table, Vault, batches::read_batch, rows::Rows};
use crate::{error::ClientError, event::Event, vault::Import};
use codec::{Decode, Encode};
use mulu_proofs::{
    access::EVENTS_MAX,
    ids::{Digest32, EventNumber, Moment, StreamId},
};
use redb::{ReadableTable, WriteTransaction};
use zeroize::Zeroizing;

/// How far a stream has come in the vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct StreamState {
    /// First position that is not sealed, from 1.
    pub unsealed: u64,
    /// Position that the next event gets.
    pub position: u64,
    /// Number that the next sealed event gets.
    pub next: EventNumber,
    /// Digest of the last sealed header; zeros before the first.
    pub previous: Digest32,
    /// Smallest time of the last sealed batch: nothing older can follow.
    pub floor: Moment,
}

impl StreamState {
    /// A stream without events. A vault begins nowhere else: what it did not report, it could report again.
    const NEW: Self =
        Self { unsealed: 1, position: 1, next: EventNumber::new(1), previous: [0; 32], floor: Moment::new(0) };

    /// Number of events that wait to be sealed; never more than one batch.
    pub const fn waiting(&self) -> u64 {
        self.position - self.unsealed
    }
}

/// How far a stream has come on the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainCursor {
    /// Number that the next event must have.
    pub next: EventNumber,
    /// Digest of the last accepted header; zeros before the first.
    pub previous: Digest32,
}

impl Vault {
    /// Brings vault and chain together: confirms what the chain has, and begins a stream that is new on both sides.
    ///
    /// # Errors
    /// [`ClientError::VaultBehind`] or [`ClientError::VaultDiverged`] if another vault reported into the stream.
    pub fn meet(&self, stream: StreamId, chain: &ChainCursor) -> Result<StreamState, ClientError> {
        self.write(|transaction| {
            let state = match state_of(transaction, stream)? {
                Some(state) => state,
                None => {
                    put_state(transaction, stream, &StreamState::NEW)?;
                    StreamState::NEW
                }
            };
            if chain.next > state.next {
                return Err(ClientError::VaultBehind { stream, chain: chain.next, vault: state.next }.into());
            }
            // The batch before the chain's cursor must be ours, and what stands behind it waits in the outbox.
            let diverged = || Fault::Refused(ClientError::VaultDiverged { stream, next: chain.next });
            let known = if chain.next == state.next {
                state.previous
            } else {
                let batches = transaction.open_table(BATCHES)?;
                let following = batches.get((stream.get(), chain.next.get()))?.ok_or_else(diverged)?;
                read_batch(following.value())?.0.previous
            };
            if known != chain.previous {
                return Err(diverged());
            }
            confirm(transaction, stream, chain.next)?;
            Ok(state)
        })
    }

    /// Whether what the vault has of a stream is what the chain has, as [`Vault::meet`] asks it; nothing is changed.
    ///
    /// # Errors
    /// [`ClientError::VaultBehind`] or [`ClientError::VaultDiverged`] if another vault reported into the stream.
    pub fn agrees(&self, stream: StreamId, chain: &ChainCursor) -> Result<(), ClientError> {
        let state = self.stream(stream)?.unwrap_or(StreamState::NEW);
        if chain.next > state.next {
            return Err(ClientError::VaultBehind { stream, chain: chain.next, vault: state.next });
        }
        let previous = if chain.next == state.next {
            Some(state.previous)
        } else {
            self.read(|transaction| {
                let batches = transaction.open_table(BATCHES)?;
                let following = batches.get((stream.get(), chain.next.get()))?;
                following.map(|batch| Ok(read_batch(batch.value())?.0.previous)).transpose()
            })?
        };
        let agrees = previous == Some(chain.previous);
        if agrees { Ok(()) } else { Err(ClientError::VaultDiverged { stream, next: chain.next }) }
    }

    /// State of a stream, if the vault knows it.
    ///
    /// # Errors
    /// [`ClientError`] if the vault fails.
    pub fn stream(&self, stream: StreamId) -> Result<Option<StreamState>, ClientError> {
        self.read(|transaction| {
            let table = transaction.open_table(STREAMS)?;
            let value = table.get(stream.get())?;
            value.map(|value| decode(value.value(), "the state of a stream")).transpose()
        })
    }

    /// Gives events their positions, and moves the import that they come from, in one step.
    ///
    /// # Errors
    /// [`ClientError::SpoolFull`] if more than one batch would wait, [`ClientError::StreamNotOurs`] if [`Vault::meet`] never saw the
    /// stream.
    pub fn spool(&self, stream: StreamId, events: &[Event], import: Option<&Import>) -> Result<(), ClientError> {
        self.write(|transaction| {
            let state = state_of(transaction, stream)?;
            let mut state = state.ok_or(ClientError::StreamNotOurs { stream, why: "is unknown to this vault" })?;
            if state.waiting() + events.len() as u64 > u64::from(EVENTS_MAX) {
                let (waiting, more) = (state.waiting(), events.len());
                return Err(ClientError::SpoolFull { stream, waiting, more }.into());
            }
            let mut spool = transaction.open_table(SPOOL)?;
            for event in events {
                let key = (stream.get(), state.position);
                spool.insert(key, &self.rows.seal(SPOOL, &key, &event.to_bytes())[..])?;
                state.position += 1;
            }
            drop(spool);
            put_state(transaction, stream, &state)?;
            import.map_or(Ok(()), |import| put_sealed(transaction, &self.rows, IMPORTS, import.number, import))
        })
    }

    /// The events that wait to be sealed, in the order of their positions.
    ///
    /// # Errors
    /// [`ClientError`] if the vault fails.
    pub fn spooled(&self, stream: StreamId) -> Result<Vec<Event>, ClientError> {
        self.read(|transaction| {
            let spool = transaction.open_table(SPOOL)?;
            let mut events = Vec::new();
            for row in spool.range((stream.get(), 0)..=(stream.get(), u64::MAX))? {
                let (key, value) = row?;
                let value = self.rows.open(SPOOL, &key.value(), value.value(), "a spooled event")?;
                events.push(Event::read(&value).ok_or(Fault::Damaged("a spooled event"))?);
            }
            Ok(events)
        })
    }
}

/// Forgets the bodies of batches that the chain has.
pub(super) fn confirm(transaction: &WriteTransaction, stream: StreamId, next: EventNumber) -> Result<(), Fault> {
    let mut outbox = transaction.open_table(OUTBOX)?;
    outbox.retain_in((stream.get(), 0)..(stream.get(), next.get()), |_, _| false)?;
    Ok(())
}

pub(super) fn state_of(transaction: &WriteTransaction, stream: StreamId) -> Result<Option<StreamState>, Fault> {
    let table = transaction.open_table(STREAMS)?;
    let value = table.get(stream.get())?;
    value.map(|value| decode(value.value(), "the state of a stream")).transpose()
}

pub(super) fn put_state(transaction: &WriteTransaction, stream: StreamId, state: &StreamState) -> Result<(), Fault> {
    transaction.open_table(STREAMS)?.insert(stream.get(), &state.encode()[..])?;
    Ok(())
}

/// Seals a value into a row of a table that is numbered.
pub(super) fn put_sealed(
    transaction: &WriteTransaction,
    rows: &Rows,
    table: Table<u64>,
    number: u64,
    value: &impl Encode,
) -> Result<(), Fault> {
    let sealed = rows.seal(table, &number, &Zeroizing::new(value.encode()));
    transaction.open_table(table)?.insert(number, &sealed[..])?;
    Ok(())
}

pub(super) fn decode<T: Decode>(mut bytes: &[u8], what: &'static str) -> Result<T, Fault> {
    let value = T::decode(&mut bytes).map_err(|_| Fault::Damaged(what))?;
    if bytes.is_empty() { Ok(value) } else { Err(Fault::Damaged(what)) }
}
