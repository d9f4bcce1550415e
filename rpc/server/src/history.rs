//! The history tree over all header hashes, kept so that a path costs a few hundred header reads and not the whole chain.
//!
//! ```text
//! level 0   leaves: one a header, never kept
//! level 1   roots of 256 leaves each      kept: 32 bytes per 256 headers
//! level 2   roots of 256 of those         …
//! ```
//!
//! Full groups are subtrees of the tree of RFC 6962 whatever its size, so what is kept never changes. The trees of the groups of headers that were
//! asked for last are kept too, since a path reads the 256 headers of its group; and the paths of one package share the groups above them.

use crate::{failure::Failure, limits::HEADER_GROUPS_KEPT, recent::Recent, trees::Tree};
use mulu_primitives::block::{Header, header_hash};
use mulu_proofs::{
    hash::TreeKind,
    header::{VALIDATORS_ENGINE_ID, history_leaf},
    ids::{Digest32, Height},
    tree::Path,
};
use mulu_storage::Store;
use sp_runtime::DigestItem;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Children of a node that is kept.
const GROUP: u64 = 256;

/// The tree as far as it is kept, and the headers that change the validator set.
#[derive(Debug, Default)]
pub struct History(Mutex<Kept>);

#[derive(Debug)]
struct Kept {
    /// Headers whose groups are kept: all below this height, a multiple of [`GROUP`].
    grouped: u64,
    /// Leaves of the headers behind those: fewer than a group.
    tail: Vec<Digest32>,
    /// `levels[k]` holds the roots of all full groups of 256^(k + 1) leaves.
    levels: Vec<Vec<Digest32>>,
    /// Trees of full groups of headers, by the group's place.
    trees: Recent<u64, Tree>,
    /// Heights read so far whose header names the next validator set.
    changes: Vec<Height>,
}

impl Default for Kept {
    fn default() -> Self {
        let trees = Recent::new(HEADER_GROUPS_KEPT);
        Self { grouped: 0, tail: Vec::new(), levels: Vec::new(), trees, changes: Vec::new() }
    }
}

/// Whether a header names the next validator set.
fn changes_validators(header: &Header) -> bool {
    let is_change = |item: &DigestItem| matches!(item, DigestItem::Consensus(id, _) if *id == VALIDATORS_ENGINE_ID);
    header.digest.logs().iter().any(is_change)
}

fn read(store: &Store, height: u64) -> Result<(Header, Digest32), Failure> {
    const LOST: Failure = Failure::Damaged { what: "a header" };
    let height = Height::new(u32::try_from(height).map_err(|_| LOST)?);
    let header = store.header(height)?.ok_or(LOST)?;
    let leaf = history_leaf(height, &header_hash(&header));
    Ok((header, leaf))
}

impl Kept {
    /// Reads the headers below `count` that were not read yet.
    fn extend(&mut self, store: &Store, count: u64) -> Result<(), Failure> {
        for height in self.grouped + self.tail.len() as u64..count {
            let (header, leaf) = read(store, height)?;
            if changes_validators(&header) {
                self.changes.push(Height::new(header.number));
            }
            self.tail.push(leaf);
            if self.tail.len() as u64 == GROUP {
                let tree = Arc::new(Tree::over(TreeKind::History, std::mem::take(&mut self.tail)));
                self.trees.keep(self.grouped / GROUP, Arc::clone(&tree), 1);
                self.grouped += GROUP;
                self.add(0, tree.apex());
            }
        }
        Ok(())
    }

    fn add(&mut self, level: usize, root: Digest32) {
        if self.levels.len() == level {
            self.levels.push(Vec::new());
        }
        let nodes = &mut self.levels[level];
        nodes.push(root);
        if (nodes.len() as u64).is_multiple_of(GROUP) {
            let group = nodes[nodes.len() - GROUP as usize..].to_vec();
            self.add(level + 1, Tree::over(TreeKind::History, group).apex());
        }
    }

    /// Root of the subtree `index` of `level` (0: leaves) in the tree over the first `count` headers.
    fn node(&mut self, store: &Store, level: u32, index: u64, count: u64) -> Result<Digest32, Failure> {
        if level == 0 {
            let in_tail = index.checked_sub(self.grouped).and_then(|place| self.tail.get(place as usize));
            return in_tail.map_or_else(|| Ok(read(store, index)?.1), |leaf| Ok(*leaf));
        }
        let span = GROUP.pow(level);
        let kept = self.levels.get(level as usize - 1).and_then(|nodes| nodes.get(index as usize));
        if let (Some(root), true) = (kept, (index + 1) * span <= count) {
            return Ok(*root);
        }
        Ok(self.group(store, level - 1, index, count)?.apex())
    }

    /// The tree over the nodes of `level` below the node `index` of the level above.
    fn group(&mut self, store: &Store, level: u32, index: u64, count: u64) -> Result<Arc<Tree>, Failure> {
        let is_full_of_leaves = level == 0 && (index + 1) * GROUP <= count.min(self.grouped);
        if is_full_of_leaves && let Some(tree) = self.trees.get(index) {
            return Ok(tree);
        }
        let nodes = count.div_ceil(GROUP.pow(level));
        let range = index * GROUP..nodes.min((index + 1) * GROUP);
        let group = range.map(|node| self.node(store, level, node, count)).collect::<Result<Vec<_>, _>>()?;
        let tree = Arc::new(Tree::over(TreeKind::History, group));
        if is_full_of_leaves {
            self.trees.keep(index, Arc::clone(&tree), 1);
        }
        Ok(tree)
    }
}

impl History {
    /// Paths of headers in the history of the header of `tip`, which covers all headers before it.
    pub fn paths(&self, store: &Store, heights: &[Height], tip: Height) -> Result<Vec<Path>, Failure> {
        let count = u64::from(tip.get());
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend(store, count)?;
        let mut groups: BTreeMap<(u32, u64), Arc<Tree>> = BTreeMap::new();
        let path = |height: &Height| {
            let place = u64::from(height.get());
            if place >= count {
                return Err(Failure::evidence(format!("header {height} is not before header {tip}")));
            }
            let mut siblings = Vec::new();
            let (mut level, mut index) = (0, place);
            while count.div_ceil(GROUP.pow(level)) > 1 {
                let at = (level, index / GROUP);
                let group = match groups.get(&at) {
                    Some(group) => Arc::clone(group),
                    None => Arc::clone(groups.entry(at).or_insert(kept.group(store, level, at.1, count)?)),
                };
                let within = group.path((index % GROUP) as usize);
                siblings.extend(within.map(|path| path.siblings).unwrap_or_default());
                index /= GROUP;
                level += 1;
            }
            Ok(Path { index: place, count, siblings })
        };
        heights.iter().map(path).collect()
    }

    /// Reads the headers before `tip`, group by group, so that proofs need not.
    pub fn read_ahead(&self, store: &Store, tip: Height) -> Result<(), Failure> {
        let mut count = GROUP;
        while count <= u64::from(tip.get()) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(store, count)?;
            count += GROUP;
        }
        Ok(())
    }

    /// Heights from 1 to before `tip` whose headers name the next validator set, ascending.
    pub fn set_changes(&self, store: &Store, tip: Height) -> Result<Vec<Height>, Failure> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend(store, u64::from(tip.get()))?;
        Ok(kept.changes.iter().copied().filter(|height| height.get() > 0 && *height < tip).collect())
    }
}
