//! Sealed batches: kept whole until the chain has them, then header and signature alone.

use super::{
    BATCHES, Fault, LEAVES, OPENINGS, OUTBOX, SPOOL, StreamState, Vault,
    rows::Rows,
    streams::{confirm, decode, put_state, state_of},
};
use crate::{
    error::ClientError,
    keys::Key,
    seal::{SealedBatch, Sealing},
};
use codec::Encode;
use mulu_proofs::{
    access::BatchHeader,
    ids::{Digest32, EventNumber, StreamId},
};
use redb::{ReadableTable, WriteTransaction};
use zeroize::Zeroizing;

impl Vault {
    /// Keeps a sealed batch with its openings, in place of the spooled events that it was made of.
    ///
    /// # Errors
    /// [`ClientError`] if the vault fails.
    ///
    /// # Panics
    /// If the batch is not made of everything that waits in the stream's spool: then it is another stream's, or an older one's.
    pub fn keep(&self, sealing: &Sealing) -> Result<(), ClientError> {
        let header = &sealing.batch.header;
        let stream = header.stream;
        self.write(|transaction| {
            let mut state = state_of(transaction, stream)?.ok_or(Fault::Damaged("the state of a stream"))?;
            assert_eq!(state.waiting(), u64::from(header.count), "a batch is sealed from the whole spool");
            keep_batch(transaction, &self.rows, sealing, &mut state)?;
            let mut spool = transaction.open_table(SPOOL)?;
            spool.retain_in((stream.get(), 0)..=(stream.get(), u64::MAX), |_, _| false)?;
            state.unsealed = state.position;
            put_state(transaction, stream, &state)
        })
    }

    /// The first batch that the chain has not confirmed, from event number `from` on.
    ///
    /// # Errors
    /// [`ClientError`] if the vault fails.
    pub fn unconfirmed(&self, stream: StreamId, from: EventNumber) -> Result<Option<SealedBatch>, ClientError> {
        self.read(|transaction| {
            let outbox = transaction.open_table(OUTBOX)?;
            let mut rows = outbox.range((stream.get(), from.get())..=(stream.get(), u64::MAX))?;
            let Some(row) = rows.next() else { return Ok(None) };
            let (key, body) = row?;
            let batches = transaction.open_table(BATCHES)?;
            let batch = batches.get(key.value())?.ok_or(Fault::Damaged("a batch without its header"))?;
            let (header, signature) = read_batch(batch.value())?;
            Ok(Some(SealedBatch { header, signature, body: body.value().to_vec() }))
        })
    }

    /// How many events of a stream stand in batches that the chain has not confirmed.
    ///
    /// # Errors
    /// [`ClientError`] if the vault fails.
    pub fn unconfirmed_events(&self, stream: StreamId) -> Result<u64, ClientError> {
        self.read(|transaction| {
            let mut events = 0;
            for row in transaction.open_table(OUTBOX)?.range((stream.get(), 0)..=(stream.get(), u64::MAX))? {
                let batches = transaction.open_table(BATCHES)?;
                let batch = batches.get(row?.0.value())?.ok_or(Fault::Damaged("a batch without its header"))?;
                events += u64::from(read_batch(batch.value())?.0.count);
            }
            Ok(events)
        })
    }

    /// Signs what the chain has not confirmed with the key that the stream has now, and returns how many batches another key had signed: a
    /// stream that was reopened takes nothing from the key before. Headers, roots and numbers stay as they were sealed.
    ///
    /// # Errors
    /// [`ClientError`] if the vault fails.
    pub fn sign_anew(&self, stream: StreamId, key: &Key, domain: &Digest32) -> Result<u64, ClientError> {
        if self.unconfirmed(stream, EventNumber::new(0))?.is_none() {
            return Ok(0);
        }
        self.write(|transaction| {
            let outbox = transaction.open_table(OUTBOX)?;
            let mut batches = transaction.open_table(BATCHES)?;
            let mut signed = 0;
            for row in outbox.range((stream.get(), 0)..=(stream.get(), u64::MAX))? {
                let first = row?.0.value();
                let batch = batches.get(first)?.ok_or(Fault::Damaged("a batch without its header"))?;
                let (header, before) = read_batch(batch.value())?;
                drop(batch);
                // One key signs one message in one way alone.
                let signature = key.sign(&header.signing_bytes(domain));
                if signature != before {
                    batches.insert(first, &(&header, &signature).encode()[..])?;
                    signed += 1;
                }
            }
            Ok(signed)
        })
    }

    /// Forgets the bodies of the batches before `next`: the chain has them.
    ///
    /// # Errors
    /// [`ClientError`] if the vault fails.
    pub fn confirm(&self, stream: StreamId, next: EventNumber) -> Result<(), ClientError> {
        self.write(|transaction| confirm(transaction, stream, next))
    }
}

/// Puts a batch behind the stream's last one.
///
/// # Panics
/// If it does not follow it: then it was sealed at another place than the vault gave.
pub(super) fn keep_batch(
    transaction: &WriteTransaction,
    rows: &Rows,
    sealing: &Sealing,
    state: &mut StreamState,
) -> Result<(), Fault> {
    let header = &sealing.batch.header;
    let follows = state.next == header.first && state.previous == header.previous;
    let whole = header.count as usize == sealing.openings.len();
    assert!(follows && whole, "a batch is sealed whole, at the place that the vault gave");
    let stream = header.stream.get();
    let first = (stream, header.first.get());
    transaction.open_table(BATCHES)?.insert(first, &(header, &sealing.batch.signature).encode()[..])?;
    transaction.open_table(OUTBOX)?.insert(first, &sealing.batch.body[..])?;
    let (mut leaves, mut openings) = (transaction.open_table(LEAVES)?, transaction.open_table(OPENINGS)?);
    for (event, opening) in (header.first.get()..).zip(&sealing.openings) {
        let key = (stream, event);
        leaves.insert(key, &opening.leaf[..])?;
        let kept = Zeroizing::new((Some(opening.time), &opening.sealed).encode());
        openings.insert(key, &rows.seal(OPENINGS, &key, &kept)[..])?;
    }
    state.next = sealing.batch.next();
    state.previous = header.digest();
    state.floor = header.time_base;
    Ok(())
}

pub(super) fn read_batch(bytes: &[u8]) -> Result<(BatchHeader, [u8; 64]), Fault> {
    decode(bytes, "the header of a batch")
}
