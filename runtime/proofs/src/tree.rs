//! Merkle trees in the shape of RFC 6962 (split at the largest power of two), with the hashes of [`crate::hash`].

use crate::{
    hash::{self, TreeKind},
    ids::Digest32,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};

/// Longest path that is ever read: enough for 2^40 leaves.
pub const PATH_LEN_MAX: usize = 40;

/// The way from one leaf to its root: index, number of leaves, siblings from the leaf upwards.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct Path {
    /// Place of the leaf, from 0.
    pub index: u64,
    /// Number of leaves of the tree.
    pub count: u64,
    /// Sibling hashes, lowest first.
    pub siblings: Vec<Digest32>,
}

impl Path {
    /// The root that this path leads to from the leaf hash `leaf`, or `None` if the path does not fit its index and count.
    pub fn root(&self, kind: TreeKind, leaf: &Digest32) -> Option<Digest32> {
        if self.index >= self.count || self.siblings.len() > PATH_LEN_MAX {
            return None;
        }
        // RFC 9162 §2.1.3.2
        let (mut place, mut last) = (self.index, self.count - 1);
        let mut hash = *leaf;
        for sibling in &self.siblings {
            if last == 0 {
                return None;
            }
            if place & 1 == 1 || place == last {
                hash = hash::node(kind, sibling, &hash);
                while place & 1 == 0 && place != 0 {
                    place >>= 1;
                    last >>= 1;
                }
            } else {
                hash = hash::node(kind, &hash, sibling);
            }
            place >>= 1;
            last >>= 1;
        }
        (last == 0).then(|| hash::root(kind, self.count, &hash))
    }
}

/// The way from leaves that stand next to each other to their root: where they begin, the number of leaves of the tree, and the roots
/// of the largest subtrees that hold none of them, from left to right.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct Range {
    /// Place of the first of the leaves, from 0.
    pub first: u64,
    /// Number of leaves of the tree.
    pub count: u64,
    /// Roots of the subtrees beside the leaves.
    pub siblings: Vec<Digest32>,
}

impl Range {
    /// The root that these leaf hashes lead to, or `None` if they do not fit: there are none, they go beyond the tree, or there are
    /// other subtrees beside them than the range says.
    pub fn root(&self, kind: TreeKind, leaves: &[Digest32]) -> Option<Digest32> {
        let end = self.first.checked_add(leaves.len() as u64)?;
        if leaves.is_empty()
            || end > self.count
            || self.siblings.len() > 2 * PATH_LEN_MAX
            || self.count >> PATH_LEN_MAX > 0
        {
            return None;
        }
        let mut walk = RangeWalk { kind, first: self.first, leaves, siblings: self.siblings.iter() };
        let apex = walk.subtree(0, self.count)?;
        walk.siblings.next().is_none().then(|| hash::root(kind, self.count, &apex))
    }
}

struct RangeWalk<'a> {
    kind: TreeKind,
    first: u64,
    leaves: &'a [Digest32],
    siblings: std::slice::Iter<'a, Digest32>,
}

impl RangeWalk<'_> {
    /// Root of the subtree over the leaves `from` to `until`, without the last.
    fn subtree(&mut self, from: u64, until: u64) -> Option<Digest32> {
        let end = self.first + self.leaves.len() as u64;
        if until <= self.first || end <= from {
            return self.siblings.next().copied();
        }
        let size = until - from;
        if size == 1 {
            return self.leaves.get(usize::try_from(from - self.first).ok()?).copied();
        }
        let middle = from + size.next_power_of_two() / 2;
        let left = self.subtree(from, middle)?;
        let right = self.subtree(middle, until)?;
        Some(hash::node(self.kind, &left, &right))
    }
}

/// The range of `length` leaves from place `first` on, or `None` if there are not so many.
pub fn range(kind: TreeKind, leaves: &[Digest32], first: usize, length: usize) -> Option<Range> {
    let end = first.checked_add(length).filter(|end| length > 0 && *end <= leaves.len())?;
    let mut siblings = Vec::new();
    let mut open = vec![(0, leaves.len())];
    while let Some((from, until)) = open.pop() {
        let size = until - from;
        if until <= first || end <= from {
            siblings.push(apex(kind, &leaves[from..until]));
        } else if size > 1 && !(first <= from && until <= end) {
            let middle = from + size.next_power_of_two() / 2;
            open.extend([(middle, until), (from, middle)]);
        }
    }
    Some(Range { first: first as u64, count: leaves.len() as u64, siblings })
}

/// What a root commits to besides suite and count.
fn apex(kind: TreeKind, leaves: &[Digest32]) -> Digest32 {
    let mut peaks = Peaks::default();
    for leaf in leaves {
        peaks.push(kind, *leaf);
    }
    peaks.apex(kind)
}

/// Root of the tree over `leaves` (leaf hashes).
pub fn root(kind: TreeKind, leaves: &[Digest32]) -> Digest32 {
    let mut peaks = Peaks::default();
    for leaf in leaves {
        peaks.push(kind, *leaf);
    }
    peaks.root(kind)
}

/// Path of the leaf at `index`, or `None` if there is no such leaf.
pub fn path(kind: TreeKind, leaves: &[Digest32], index: usize) -> Option<Path> {
    if index >= leaves.len() {
        return None;
    }
    let mut level = leaves.to_vec();
    let mut place = index;
    let mut siblings = Vec::new();
    while level.len() > 1 {
        if let Some(sibling) = level.get(place ^ 1) {
            siblings.push(*sibling);
        }
        level = level
            .chunks(2)
            .map(|pair| match pair {
                [left, right] => hash::node(kind, left, right),
                [odd] => *odd,
                _ => unreachable!("chunks of two"),
            })
            .collect();
        place >>= 1;
    }
    Some(Path { index: index as u64, count: leaves.len() as u64, siblings })
}

/// The peaks of a growing tree: what must be kept to append a leaf and to know the root. At most 64 hashes.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, Serialize, Deserialize,
)]
pub struct Peaks {
    /// Number of leaves so far.
    pub count: u64,
    /// Roots of the complete subtrees, largest first; one per set bit of `count`.
    pub peaks: Vec<Digest32>,
}

impl MaxEncodedLen for Peaks {
    fn max_encoded_len() -> usize {
        8 + 2 + 64 * 32
    }
}

impl Peaks {
    /// Appends a leaf hash.
    pub fn push(&mut self, kind: TreeKind, leaf: Digest32) {
        let mut hash = leaf;
        for _ in 0..self.count.trailing_ones() {
            let left = self.peaks.pop().expect("one peak per set bit of the count");
            hash = hash::node(kind, &left, &hash);
        }
        self.peaks.push(hash);
        self.count += 1;
    }

    /// Root over everything that was appended.
    pub fn root(&self, kind: TreeKind) -> Digest32 {
        hash::root(kind, self.count, &self.apex(kind))
    }

    fn apex(&self, kind: TreeKind) -> Digest32 {
        let apex = self.peaks.iter().rev().copied().reduce(|right, left| hash::node(kind, &left, &right));
        apex.unwrap_or([0; 32])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(count: usize) -> Vec<Digest32> {
        (0..count).map(|i| hash::leaf(TreeKind::Records, &(i as u64).to_le_bytes())).collect()
    }

    /// RFC 6962 §2.1, word for word.
    fn recursive(leaves: &[Digest32]) -> Digest32 {
        match leaves {
            [] => [0; 32],
            [one] => *one,
            many => {
                let split = many.len().next_power_of_two() / 2;
                hash::node(TreeKind::Records, &recursive(&many[..split]), &recursive(&many[split..]))
            }
        }
    }

    #[test]
    fn shape_is_that_of_rfc_6962() {
        for count in 0..70 {
            let leaves = leaves(count);
            let expected = hash::root(TreeKind::Records, count as u64, &recursive(&leaves));
            assert_eq!(root(TreeKind::Records, &leaves), expected, "{count} leaves");
        }
    }

    #[test]
    fn every_path_leads_to_the_root_and_no_other_leaf_or_place_does() {
        for count in 1..40 {
            let leaves = leaves(count);
            let expected = root(TreeKind::Records, &leaves);
            for index in 0..count {
                let path = path(TreeKind::Records, &leaves, index).expect("in range");
                assert_eq!(path.root(TreeKind::Records, &leaves[index]), Some(expected));
                assert_ne!(path.root(TreeKind::History, &leaves[index]), Some(expected));
                for other in 0..count as u64 {
                    let moved = Path { index: other, ..path.clone() };
                    assert_eq!(moved.root(TreeKind::Records, &leaves[index]) == Some(expected), other == index as u64);
                }
                let mut longer = path.clone();
                longer.siblings.push([0; 32]);
                assert_eq!(longer.root(TreeKind::Records, &leaves[index]), None);
            }
        }
    }

    #[test]
    fn neighbours_lead_to_the_root_together_and_nothing_else_does() {
        const KIND: TreeKind = TreeKind::Records;
        for count in 1..24 {
            let leaves = leaves(count);
            let expected = Some(root(KIND, &leaves));
            for first in 0..count {
                for length in 1..=count - first {
                    let range = range(KIND, &leaves, first, length).expect("in range");
                    let shown = &leaves[first..first + length];
                    assert_eq!(range.root(KIND, shown), expected, "{count}, {first}, {length}");
                    assert_ne!(range.root(TreeKind::History, shown), expected);
                    assert_ne!(range.root(KIND, &shown[1..]), expected);
                    let moved = Range { first: range.first + 1, ..range.clone() };
                    assert_ne!(moved.root(KIND, shown), expected);
                    let grown = Range { count: range.count + 1, ..range.clone() };
                    assert_ne!(grown.root(KIND, shown), expected);
                    let mut more = range.clone();
                    more.siblings.push([0; 32]);
                    assert_eq!(more.root(KIND, shown), None);
                    let mut fewer = range.clone();
                    if fewer.siblings.pop().is_some() {
                        assert_eq!(fewer.root(KIND, shown), None);
                    }
                }
            }
            assert_eq!(super::range(KIND, &leaves, 0, 0), None);
            assert_eq!(super::range(KIND, &leaves, 1, count), None);
        }
    }
}
