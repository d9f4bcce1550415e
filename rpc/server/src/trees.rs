//! Trees over leaves, with every level: one path after the other costs no hash.
//!
//! A package shows many records of few blocks, and a block may have thousands; the trees of the blocks that were asked about last are kept.

use crate::{failure::Failure, limits::RECORD_LEAVES_KEPT, recent::Recent};
use mulu_proofs::{
    hash::{self, TreeKind},
    ids::{Digest32, Height},
    records::leaf_of,
    tree::Path,
};
use mulu_storage::Store;
use std::sync::{Arc, Mutex, PoisonError};

/// A tree in the shape of RFC 6962.
#[derive(Debug, Default)]
pub struct Tree {
    /// Leaves first; of each level every pair is a node of the next, and an odd one out rises as it is.
    levels: Vec<Vec<Digest32>>,
}

impl Tree {
    /// The tree over these leaf hashes.
    pub fn over(kind: TreeKind, leaves: Vec<Digest32>) -> Self {
        let mut levels = vec![leaves];
        while let Some(level) = levels.last().filter(|level| level.len() > 1) {
            let next = level.chunks(2).map(|pair| match pair {
                [left, right] => hash::node(kind, left, right),
                [odd] => *odd,
                _ => unreachable!("chunks of two"),
            });
            levels.push(next.collect());
        }
        Self { levels }
    }

    /// The node above all leaves, which does not say how many they are; zeros without a leaf.
    pub fn apex(&self) -> Digest32 {
        self.levels.last().and_then(|level| level.first()).copied().unwrap_or_default()
    }

    /// Path of the leaf at `index`, or `None` if there is no such leaf.
    pub fn path(&self, index: usize) -> Option<Path> {
        let count = self.levels.first().map_or(0, Vec::len);
        if index >= count {
            return None;
        }
        let places = (0..).map(|level| index >> level);
        let siblings = self.levels.iter().zip(places).filter_map(|(level, place)| level.get(place ^ 1).copied());
        Some(Path { index: index as u64, count: count as u64, siblings: siblings.collect() })
    }
}

/// The record trees of blocks.
#[derive(Debug)]
pub struct RecordTrees(Mutex<Recent<Height, Tree>>);

impl Default for RecordTrees {
    fn default() -> Self {
        Self(Mutex::new(Recent::new(RECORD_LEAVES_KEPT)))
    }
}

impl RecordTrees {
    /// The record tree of a block.
    pub fn of(&self, store: &Store, height: Height) -> Result<Arc<Tree>, Failure> {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tree) = lock().get(height) {
            return Ok(tree);
        }
        let records = store.records_of_block(height)?.ok_or(Failure::Damaged { what: "the records of a block" })?;
        let tree = Arc::new(Tree::over(TreeKind::Records, records.iter().map(|bytes| leaf_of(bytes)).collect()));
        lock().keep(height, Arc::clone(&tree), records.len().max(1));
        Ok(tree)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mulu_proofs::tree;

    #[test]
    fn paths_are_those_of_the_tree_over_the_same_leaves() {
        for count in 0..40_u8 {
            let leaves: Vec<Digest32> = (0..count).map(|leaf| [leaf; 32]).collect();
            let tree = Tree::over(TreeKind::Records, leaves.clone());
            for index in 0..=leaves.len() {
                assert_eq!(tree.path(index), tree::path(TreeKind::Records, &leaves, index), "{index} of {count}");
            }
        }
    }
}
