//! Ids of the last records that came in, so that a record that its sender posts again is known.
//!
//! An id is the first half of a hash of source and the sender's id, keyed with a key that follows from the vault's data key: who has the
//! file alone cannot try out ids.

use super::{Fault, SEEN, Vault};
use crate::error::ClientError;
use redb::{ReadableTable, ReadableTableMetadata, WriteTransaction};
use std::collections::HashSet;
use zeroize::Zeroizing;

/// What a record's id becomes.
pub type RecordId = [u8; 16];

const ID_BYTES: usize = size_of::<RecordId>();

/// Makes ids of records.
#[derive(Clone)]
pub struct RecordIds {
    key: Zeroizing<[u8; 32]>,
}

impl RecordIds {
    /// The id of a record that its source calls `id`.
    pub fn of(&self, source: &str, id: &[u8]) -> RecordId {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(&(source.len() as u64).to_le_bytes()).update(source.as_bytes()).update(id);
        *hasher.finalize().as_bytes().first_chunk().expect("32 bytes hold 16")
    }
}

/// The ids that are remembered; about 36 bytes of memory each.
pub struct SeenIds {
    known: HashSet<RecordId>,
    remembered_max: usize,
}

impl SeenIds {
    /// Whether a record came before.
    pub fn contains(&self, id: &RecordId) -> bool {
        self.known.contains(id)
    }

    /// How many are remembered.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether none is remembered.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Writes ids down and deletes the oldest beyond the bound, which are returned. Nothing is known by them until [`Self::learn`].
    pub(super) fn remember(&self, transaction: &WriteTransaction, ids: &[RecordId]) -> Result<Vec<RecordId>, Fault> {
        let mut forgotten = Vec::new();
        if ids.is_empty() {
            return Ok(forgotten);
        }
        let mut table = transaction.open_table(SEEN)?;
        let next = table.last()?.map_or(1, |(number, _)| number.value() + 1);
        table.insert(next, &ids.concat()[..])?;
        while self.known.len() + ids.len() - forgotten.len() > self.remembered_max && table.len()? > 1 {
            let Some((_, oldest)) = table.pop_first()? else { break };
            forgotten.extend(ids_of(oldest.value())?);
        }
        Ok(forgotten)
    }

    /// Takes over what is durable now.
    pub(super) fn learn(&mut self, ids: &[RecordId], forgotten: &[RecordId]) {
        for id in forgotten {
            self.known.remove(id);
        }
        self.known.extend(ids);
    }
}

impl Vault {
    /// Makes ids of records; the same in every process that has the vault open.
    pub fn record_ids(&self) -> RecordIds {
        RecordIds {
            key: Zeroizing::new(blake3::derive_key("mulu v1 ids of records that came in", &self.rows.data_key()[..])),
        }
    }

    /// The ids that are remembered, of which the last `remembered_max` will stay.
    ///
    /// # Errors
    /// [`ClientError`] if the vault fails.
    pub fn seen_ids(&self, remembered_max: usize) -> Result<SeenIds, ClientError> {
        self.read(|transaction| {
            let mut known = HashSet::new();
            for row in transaction.open_table(SEEN)?.iter()? {
                known.extend(ids_of(row?.1.value())?);
            }
            Ok(SeenIds { known, remembered_max })
        })
    }
}

pub(super) fn ids_of(row: &[u8]) -> Result<Vec<RecordId>, Fault> {
    let (ids, rest) = row.as_chunks::<ID_BYTES>();
    if rest.is_empty() { Ok(ids.to_vec()) } else { Err(Fault::Damaged("the ids of records")) }
}
