//! Proofs against the state trie: what one storage key holds under a state root, from the nodes on the way to it.
//!
//! The trie is Substrate's, state version 1, over blake2-256; docs/formats.md has its form. A proof is the list of the nodes from the root
//! down, each named by the hash that the one before gives; nodes that are written into their parent are not listed.

use crate::{
    access::Series,
    hash::blake2_256,
    ids::{Digest32, SeriesNumber},
};
use codec::{Compact, Decode, Encode};
use std::hash::Hasher;
use twox_hash::XxHash64;

/// Most nodes of a proof: a key of 64 bytes has 128 nibbles, and a node takes one at least.
pub const NODES_MAX: usize = 128;
/// Largest node, in bytes: a branch with 16 hashes, a partial key, and a value of 8 KiB.
pub const NODE_BYTES_MAX: usize = 16 * 1024;

/// What the access pallet keeps of a series, in bytes: the number of its last event (8), and what concerns quotas.
const SERIES_END_BYTES: usize = 28;
/// twox128 of the names of pallet and map under which it does.
const LAST_IN_SERIES: [[u8; 16]; 2] = [
    [0x38, 0x3e, 0xb3, 0x9b, 0x0e, 0x3f, 0x10, 0x86, 0x03, 0x5a, 0x66, 0x0b, 0x4b, 0x09, 0xf7, 0x50],
    [0xe3, 0x07, 0x7c, 0xc1, 0x9f, 0xed, 0x0f, 0x03, 0x33, 0xaa, 0x03, 0x91, 0x54, 0x6c, 0x0a, 0x2f],
];

/// Why a proof shows nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateProofError {
    /// A node has another hash than the one before says.
    #[error("node {place} is not the one that the node before it, or the state root, names")]
    OtherNode {
        /// Its place in the proof.
        place: usize,
    },
    /// A node does not read in its one form.
    #[error("node {place} is no node of a trie")]
    Malformed {
        /// Its place in the proof.
        place: usize,
    },
    /// The way goes on.
    #[error("the proof ends before the way to the key does")]
    Cut,
    /// Nodes behind the end of the way.
    #[error("the proof has nodes that are not on the way to the key")]
    Idle,
}

/// What `key` holds under the state root `root`, or that it holds nothing.
///
/// # Errors
/// [`StateProofError`] if `nodes` are not exactly the nodes on the way, in their order.
pub fn value(root: &Digest32, key: &[u8], nodes: &[Vec<u8>]) -> Result<Option<Vec<u8>>, StateProofError> {
    let mut listed = nodes.iter().enumerate();
    let found = walk(root, key, |hash| {
        let (place, node) = listed.next().ok_or(StateProofError::Cut)?;
        if blake2_256(node) == hash { Ok(node.clone()) } else { Err(StateProofError::OtherNode { place }) }
    })?;
    if listed.next().is_some() { Err(StateProofError::Idle) } else { Ok(found) }
}

/// The nodes on the way to `key`, in their order, out of nodes in any order.
///
/// # Errors
/// [`StateProofError`] if one is missing, or is no node.
pub fn arrange(root: &Digest32, key: &[u8], nodes: &[Vec<u8>]) -> Result<Vec<Vec<u8>>, StateProofError> {
    let mut arranged = Vec::new();
    walk(root, key, |hash| {
        let node = nodes.iter().find(|node| blake2_256(node) == hash).ok_or(StateProofError::Cut)?;
        arranged.push(node.clone());
        Ok(node.clone())
    })?;
    Ok(arranged)
}

/// Follows the key from the root down. `node_of` gives the node of a hash.
fn walk(
    root: &Digest32,
    key: &[u8],
    mut node_of: impl FnMut(Digest32) -> Result<Vec<u8>, StateProofError>,
) -> Result<Option<Vec<u8>>, StateProofError> {
    let nibbles: Vec<u8> = key.iter().flat_map(|byte| [byte >> 4, byte & 15]).collect();
    let mut rest = &nibbles[..];
    let mut next = Child::Hash(*root);
    let mut listed = 0;
    loop {
        let bytes = match next {
            Child::Inline(bytes) => bytes,
            Child::Hash(hash) => {
                listed += 1;
                node_of(hash)?
            }
        };
        let node = Node::read(&bytes).ok_or(StateProofError::Malformed { place: listed - 1 })?;
        let Some(below) = rest.strip_prefix(&node.partial[..]) else { return Ok(None) };
        let Some((nibble, deeper)) = below.split_first() else {
            return match node.value {
                // A value of more than 32 bytes is a node of its own.
                Some(Held::Hash(hash)) => node_of(hash).map(Some),
                Some(Held::Inline(value)) => Ok(Some(value)),
                None => Ok(None),
            };
        };
        let Some(child) = node.children.into_iter().find(|(at, _)| at == nibble) else { return Ok(None) };
        (next, rest) = (child.1, deeper);
    }
}

/// Storage key of the last number of a series.
pub fn last_in_series_key(series: Series) -> Vec<u8> {
    let series = series.encode();
    let mut hasher = XxHash64::with_seed(0);
    hasher.write(&series);
    [&LAST_IN_SERIES[0][..], &LAST_IN_SERIES[1], &hasher.finish().to_le_bytes(), &series].concat()
}

/// The last number of a series under a state root; 0 of one that has none.
///
/// # Errors
/// [`StateProofError`] if the nodes do not prove it, or the value is not what is kept of a series.
pub fn last_in_series(root: &Digest32, series: Series, nodes: &[Vec<u8>]) -> Result<SeriesNumber, StateProofError> {
    match value(root, &last_in_series_key(series), nodes)? {
        None => Ok(SeriesNumber::new(0)),
        Some(bytes) => {
            let end = <[u8; SERIES_END_BYTES]>::try_from(&bytes[..]).ok();
            let number = end.as_ref().and_then(|end| end.first_chunk());
            let number = number.ok_or(StateProofError::Malformed { place: nodes.len() })?;
            Ok(SeriesNumber::new(u64::from_le_bytes(*number)))
        }
    }
}

/// What a node holds of its own value.
enum Held {
    Inline(Vec<u8>),
    Hash(Digest32),
}

/// What a branch says of a child.
enum Child {
    Inline(Vec<u8>),
    Hash(Digest32),
}

/// A node, read.
struct Node {
    partial: Vec<u8>,
    value: Option<Held>,
    children: Vec<(u8, Child)>,
}

/// What a node's first byte says.
#[derive(Clone, Copy)]
struct Form {
    is_branch: bool,
    has_value: bool,
    is_hashed: bool,
    /// Bits of the first byte that begin the length of the partial key.
    length_bits: u32,
}

impl Form {
    /// 01 leaf · 10 branch · 11 branch with value · 001 leaf, hashed value · 0001 branch, hashed value.
    const fn read(first: u8) -> Option<Self> {
        let (is_branch, has_value, is_hashed, length_bits) = match first.leading_zeros() {
            0 => (true, first & 0x40 != 0, false, 6),
            1 => (false, true, false, 6),
            2 => (false, true, true, 5),
            3 => (true, true, true, 4),
            _ => return None,
        };
        Some(Self { is_branch, has_value, is_hashed, length_bits })
    }
}

impl Node {
    fn read(bytes: &[u8]) -> Option<Self> {
        let input = &mut &bytes[..];
        let first = u8::decode(input).ok()?;
        if first == 0 {
            // The empty trie.
            return input.is_empty().then(|| Self { partial: Vec::new(), value: None, children: Vec::new() });
        }
        let form = Form::read(first)?;
        let partial = read_partial(first, form.length_bits, input)?;
        let mask = if form.is_branch { u16::decode(input).ok()? } else { 0 };
        let value = match (form.has_value, form.is_hashed) {
            (false, _) => None,
            (true, false) => Some(Held::Inline(read_bytes(input)?)),
            (true, true) => Some(Held::Hash(Digest32::decode(input).ok()?)),
        };
        let mut children = Vec::new();
        for nibble in (0..16_u8).filter(|nibble| mask >> nibble & 1 == 1) {
            // What is longer than a hash is named by one.
            let child = read_bytes(input).filter(|child| child.len() <= size_of::<Digest32>())?;
            let child = Digest32::try_from(&child[..]).map_or(Child::Inline(child), Child::Hash);
            children.push((nibble, child));
        }
        input.is_empty().then_some(Self { partial, value, children })
    }
}

/// The nibbles of a partial key: their number, then two a byte; an odd one stands alone in the first byte, behind zeros.
fn read_partial(first: u8, length_bits: u32, input: &mut &[u8]) -> Option<Vec<u8>> {
    let most = (1_u8 << length_bits) - 1;
    let mut length = usize::from(first & most);
    if length == usize::from(most) {
        loop {
            let more = u8::decode(input).ok()?;
            length += usize::from(more);
            if more < u8::MAX || length > 2 * NODE_BYTES_MAX {
                break;
            }
        }
    }
    let (packed, rest) = input.split_at_checked(length.div_ceil(2))?;
    *input = rest;
    let mut nibbles: Vec<u8> = packed.iter().flat_map(|byte| [byte >> 4, byte & 15]).collect();
    if length % 2 == 1 && nibbles.remove(0) != 0 {
        return None;
    }
    Some(nibbles)
}

/// Bytes behind their compact length, which may not be more than there are.
fn read_bytes(input: &mut &[u8]) -> Option<Vec<u8>> {
    let length = Compact::<u32>::decode(input).ok()?.0 as usize;
    let (bytes, rest) = input.split_at_checked(length)?;
    *input = rest;
    Some(bytes.to_vec())
}
