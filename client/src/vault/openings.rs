//! Openings of sealed leaves, shown field by field.

use super::{BATCHES, Fault, LEAVES, OPENINGS, Vault, batches::read_batch, rows::Rows, streams::decode};
use crate::error::ClientError;
use codec::{Decode, Encode};
use mulu_proofs::{
    access::{Sealed, SealedField},
    evidence::{Revealed, SealedProof},
    hash::TreeKind,
    ids::{Digest32, EventNumber, Moment, StreamId},
    tree,
};
use redb::ReadTransaction;
use std::collections::BTreeSet;

impl Vault {
    /// Proof of an event's sealed leaf that reveals the given fields and no other.
    ///
    /// # Errors
    /// [`ClientError::NotInVault`] if the vault has no such event, [`ClientError::Erased`] if it has no more than the hash.
    pub fn sealed_proof(
        &self,
        stream: StreamId,
        event: EventNumber,
        fields: &BTreeSet<SealedField>,
    ) -> Result<SealedProof, ClientError> {
        let missing = || ClientError::NotInVault { stream, event };
        self.read(|transaction| {
            let (place, leaves) = leaves_around(transaction, stream, event)?.ok_or_else(missing)?;
            let sealed = self.kept(transaction, stream, event)?.ok_or(ClientError::Erased { stream, event })?;
            let path = tree::path(TreeKind::SealedEvents, &leaves, place).ok_or(Fault::Damaged("a batch's leaves"))?;
            let revealed = fields.iter().map(|field| Revealed {
                field: *field,
                salt: field.salt(&sealed.secret),
                value: sealed.values[*field as usize].clone(),
            });
            Ok(SealedProof { commitments: sealed.commitments(), path, revealed: revealed.collect() })
        })
    }

    /// Secret and values of an event, if they were not erased.
    ///
    /// # Errors
    /// [`ClientError`] if the vault fails.
    pub fn opening(&self, stream: StreamId, event: EventNumber) -> Result<Option<Sealed>, ClientError> {
        self.read(|transaction| self.kept(transaction, stream, event))
    }

    fn kept(
        &self,
        transaction: &ReadTransaction,
        stream: StreamId,
        event: EventNumber,
    ) -> Result<Option<Sealed>, Fault> {
        let openings = transaction.open_table(OPENINGS)?;
        let key = (stream.get(), event.get());
        let value = openings.get(key)?;
        value.map(|value| Ok(Kept::open(&self.rows, key, value.value())?.sealed)).transpose()
    }
}

/// An opening as the vault keeps it.
#[derive(Encode, Decode)]
pub(super) struct Kept {
    /// Time of the event; none in what a vault of form 1 took.
    pub(super) time: Option<Moment>,
    /// Secret and values.
    pub(super) sealed: Sealed,
}

impl Kept {
    pub(super) fn open(rows: &Rows, key: (u32, u64), value: &[u8]) -> Result<Self, Fault> {
        decode(&rows.open(OPENINGS, &key, value, "an opening")?, "an opening")
    }
}

/// The event's place in its batch, and the sealed leaves of the whole batch.
fn leaves_around(
    transaction: &ReadTransaction,
    stream: StreamId,
    event: EventNumber,
) -> Result<Option<(usize, Vec<Digest32>)>, Fault> {
    let batches = transaction.open_table(BATCHES)?;
    let Some(row) = batches.range((stream.get(), 0)..=(stream.get(), event.get()))?.next_back() else {
        return Ok(None);
    };
    let (header, _) = read_batch(row?.1.value())?;
    let first = header.first.get();
    let end = first + u64::from(header.count);
    if event.get() >= end {
        return Ok(None);
    }
    let table = transaction.open_table(LEAVES)?;
    let mut leaves = Vec::with_capacity(header.count as usize);
    for row in table.range((stream.get(), first)..(stream.get(), end))? {
        let (_, leaf) = row?;
        leaves.push(leaf.value().try_into().map_err(|_| Fault::Damaged("a sealed leaf"))?);
    }
    let place = usize::try_from(event.get() - first).expect("below EVENTS_MAX");
    if leaves.len() == header.count as usize {
        Ok(Some((place, leaves)))
    } else {
        Err(Fault::Damaged("a batch's leaves"))
    }
}
