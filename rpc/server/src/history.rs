//! The history tree over all header hashes, kept so that a path costs a few hundred header reads and not the whole chain.
//!
//! ```text
//! level 0   leaves: one a header, never kept
//! level 1   roots of 256 leaves each      kept: 32 bytes per 256 headers
//! level 2   roots of 256 of those         …
//! ```
//!
//! Full groups are subtrees of the tree of RFC 6962 whatever its size, so what is kept never changes. The leaves of the groups that were asked for
//! last are kept too, since a path reads the 256 headers of its group.

use crate::{failure::Failure, limits::HEADER_GROUPS_KEPT, recent::Recent};
use mulu_primitives::block::{Header, header_hash};
use mulu_proofs::{
    hash::{self, TreeKind},
    header::{VALIDATORS_ENGINE_ID, history_leaf},
    ids::{Digest32, Height},
    tree::{self, Path},
};
use mulu_storage::Store;
use sp_runtime::DigestItem;
use std::sync::{Arc, Mutex, PoisonError};

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
    /// Leaves of full groups, by the group's place.
    leaves: Recent<u64, Vec<Digest32>>,
    /// Heights read so far whose header names the next validator set.
    changes: Vec<Height>,
}

impl Default for Kept {
    fn default() -> Self {
        let leaves = Recent::new(HEADER_GROUPS_KEPT);
        Self { grouped: 0, tail: Vec::new(), levels: Vec::new(), leaves, changes: Vec::new() }
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

/// Root of a subtree without the count: as [`tree::root`] pairs its leaves.
fn apex(mut level: Vec<Digest32>) -> Digest32 {
    while level.len() > 1 {
        level = level
            .chunks(2)
            .map(|pair| match pair {
                [left, right] => hash::node(TreeKind::History, left, right),
                [odd] => *odd,
                _ => unreachable!("chunks of two"),
            })
            .collect();
    }
    level.first().copied().unwrap_or_default()
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
                let leaves = std::mem::take(&mut self.tail);
                self.leaves.keep(self.grouped / GROUP, Arc::new(leaves.clone()), 1);
                let root = apex(leaves);
                self.grouped += GROUP;
                self.add(0, root);
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
            self.add(level + 1, apex(group));
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
        Ok(apex(self.group(store, level - 1, index, count)?.to_vec()))
    }

    /// The nodes of `level` below the node `index` of the level above.
    fn group(&mut self, store: &Store, level: u32, index: u64, count: u64) -> Result<Arc<Vec<Digest32>>, Failure> {
        let is_full_of_leaves = level == 0 && (index + 1) * GROUP <= count.min(self.grouped);
        if is_full_of_leaves && let Some(leaves) = self.leaves.get(index) {
            return Ok(leaves);
        }
        let nodes = count.div_ceil(GROUP.pow(level));
        let range = index * GROUP..nodes.min((index + 1) * GROUP);
        let group = range.map(|node| self.node(store, level, node, count)).collect::<Result<Vec<_>, _>>()?;
        let group = Arc::new(group);
        if is_full_of_leaves {
            self.leaves.keep(index, Arc::clone(&group), 1);
        }
        Ok(group)
    }
}

impl History {
    /// Path of the header of `height` in the history of the header of `tip`, which covers all headers before it.
    pub fn path(&self, store: &Store, height: Height, tip: Height) -> Result<Path, Failure> {
        let (place, count) = (u64::from(height.get()), u64::from(tip.get()));
        if place >= count {
            return Err(Failure::evidence(format!("header {height} is not before header {tip}")));
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend(store, count)?;
        let mut siblings = Vec::new();
        let (mut level, mut index) = (0, place);
        while count.div_ceil(GROUP.pow(level)) > 1 {
            let group = kept.group(store, level, index / GROUP, count)?;
            let within = tree::path(TreeKind::History, &group, (index % GROUP) as usize);
            siblings.extend(within.map(|path| path.siblings).unwrap_or_default());
            index /= GROUP;
            level += 1;
        }
        Ok(Path { index: place, count, siblings })
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
