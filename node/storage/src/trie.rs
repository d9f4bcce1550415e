//! The state trie: nodes by prefixed hash, each with the height that added it last.
//!
//! With pruning, every block leaves a journal row: the nodes that it removed. They go when no kept state reaches them, which is when
//! the journal row is old enough, unless a later block has added the same node again: that is what the height behind each node is for.

use crate::{
    columns::Column,
    error::{During, StorageError},
    rows,
    store::{StatePruning, Store},
};
use codec::Encode;
use mulu_primitives::{stages::StateChanges, trie::TrieReader};
use mulu_proofs::ids::Height;
use rocksdb::{DB, IteratorMode, WriteBatch};

/// Journal rows that one commit prunes at most: after a change of the option the backlog goes step by step.
const PRUNED_ROWS_MAX: usize = 8;

impl TrieReader for Store {
    fn node(&self, key: &[u8]) -> Result<Option<Vec<u8>>, String> {
        let node = self.db.get_cf(Column::Trie.of(&self.db), key).map_err(String::from)?;
        node.map(|row| split(row).map(|(node, _)| node).map_err(|error| error.to_string())).transpose()
    }
}

/// A row's node and the height that added it.
fn split(mut row: Vec<u8>) -> Result<(Vec<u8>, Height), StorageError> {
    let Some((node, height)) = row.split_last_chunk::<4>() else { return Err(StorageError::corrupt("trie node")) };
    let (length, height) = (node.len(), u32::from_be_bytes(*height));
    row.truncate(length);
    Ok((row, Height::new(height)))
}

/// Adds nodes to `batch`.
pub fn put_nodes(db: &DB, batch: &mut WriteBatch, height: Height, nodes: &[(Vec<u8>, Vec<u8>)]) {
    let column = Column::Trie.of(db);
    let mut row = Vec::new();
    for (key, node) in nodes {
        row.clear();
        row.extend_from_slice(node);
        row.extend_from_slice(&rows::height_key(height));
        batch.put_cf(column, key, &row);
    }
}

impl Store {
    /// Adds the block's trie changes to `batch`; returns the oldest state that is left, if that changes.
    pub(crate) fn change_trie(
        &self,
        batch: &mut WriteBatch,
        height: Height,
        changes: &StateChanges,
    ) -> Result<Option<Height>, StorageError> {
        let mut oldest = None;
        if let StatePruning::Keep(count) = self.pruning {
            batch.put_cf(Column::Journal.of(&self.db), rows::height_key(height), changes.nodes_removed.encode());
            if let Some(last) = height.get().checked_sub(count.max(1)) {
                // Before the new nodes: in a batch the later write counts, and a node that comes back now must stay.
                oldest = self.prune(batch, Height::new(last))?;
            }
        }
        put_nodes(&self.db, batch, height, &changes.nodes_added);
        Ok(oldest)
    }

    /// Deletes what journal rows up to `last` name.
    fn prune(&self, batch: &mut WriteBatch, last: Height) -> Result<Option<Height>, StorageError> {
        let (journal, trie) = (Column::Journal.of(&self.db), Column::Trie.of(&self.db));
        let mut oldest = None;
        for row in self.db.iterator_cf(journal, IteratorMode::Start).take(PRUNED_ROWS_MAX) {
            let (key, removed) = row.during("reading the journal")?;
            let removed_at = rows::height(&key, "journal")?;
            if removed_at > last {
                break;
            }
            for node_key in rows::decode::<Vec<Vec<u8>>>(&removed, "journal")? {
                let Some(row) = self.get(Column::Trie, &node_key)? else { continue };
                let (_, added_at) = split(row)?;
                if added_at < removed_at {
                    batch.delete_cf(trie, &node_key);
                }
            }
            batch.delete_cf(journal, &key);
            oldest = Some(removed_at);
        }
        Ok(oldest)
    }
}
