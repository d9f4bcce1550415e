//! Lists that end with the tip: proofs against its state with every form of a node, and with what is none.

use super::{
    OK, Vector,
    sample::batches::{After, Batches, series},
};
use codec::Encode;
use mulu_proofs::{hash::blake2_256, ids::Digest32, state};

/// The series' last number.
const LAST: u64 = 49;

/// A name, what is expected of the list, and its proof.
type Case = (&'static str, &'static str, Vec<Vec<u8>>);

pub(crate) fn vectors() -> Vec<Vector> {
    let mut ledger = Batches::new();
    let key = nibbles(&state::last_in_series_key(series()));
    let mut vectors = Vec::new();
    for (cases, before) in [(holds(&key), Some(2)), (holds_nothing(&key), None)] {
        for (name, expected, nodes) in cases {
            ledger.world.state_root = blake2_256(&nodes[0]);
            let package = ledger.package(&[], before, After::State(nodes));
            vectors.push(Vector::new(format!("list-trie-{name}"), package.to_bytes(), expected));
        }
    }
    vectors
}

/// What a node says of its value.
enum Value {
    None,
    Here(Vec<u8>),
    Apart(Digest32),
}

/// What is kept of the series: its last number, and what concerns quotas.
fn end() -> Vec<u8> {
    (LAST, [0_u8; 20]).encode()
}

fn last() -> Value {
    Value::Here(end())
}

/// Proofs that the series ends with [`LAST`].
fn holds(key: &[u8]) -> Vec<Case> {
    let whole = node(key, None, &last());
    let below = node(&key[11..], None, &last());
    let fork = node(&key[..10], Some(&two(key[10], hash(&below), hash(&[1]))), &Value::None);
    // Three levels, the lowest written into the one above (at most 31 bytes), those above with values of their own.
    let end_of_key = key.len() - 2;
    let inside = node(&key[end_of_key..], None, &last());
    let fork_above = two(key[end_of_key - 1], inside, vec![2; 31]);
    let middle = node(&key[41..end_of_key - 1], Some(&fork_above), &Value::Apart([3; 32]));
    let top = node(&key[..40], Some(&two(key[40], hash(&middle), vec![0])), &Value::Here(vec![4; 8]));
    let apart = node(key, None, &Value::Apart(blake2_256(&end())));
    let at_fork = |value| node(key, Some(&two(0, vec![5; 20], hash(&[6]))), &value);
    let apart_at_fork = at_fork(Value::Apart(blake2_256(&end())));
    let long_child = node(&key[..10], Some(&two(key[10], hash(&below), vec![1; 33])), &Value::None);
    let under_spare = node(&key[12..], None, &last());
    let mut spare = node(&key[..11], Some(&two(key[11], hash(&under_spare), hash(&[1]))), &Value::None);
    spare[1] |= 0x30;
    let longer = [&whole[..whole.len() - 29], &[28 << 2 | 1, 0], &end()[..]].concat();
    let behind = [&whole[..], &[0]].concat();
    let last_nibble = key.len() - 1;
    let child_behind = [&node(&[], None, &last())[..], &[0]].concat();
    let child_behind = node(&key[..last_nibble], Some(&two(key[last_nibble], child_behind, vec![0])), &Value::None);
    vec![
        ("fork", OK, vec![fork.clone(), below.clone()]),
        ("three-levels", OK, vec![top.clone(), middle.clone()]),
        ("value-apart", OK, vec![apart.clone(), end()]),
        ("value-at-a-fork", OK, vec![at_fork(last())]),
        ("value-apart-at-a-fork", OK, vec![apart_at_fork, end()]),
        ("child-missing", "bounds", vec![fork.clone()]),
        ("child-another", "bounds", vec![fork, whole.clone()]),
        ("level-twice", "bounds", vec![top, middle.clone(), middle]),
        ("value-apart-missing", "bounds", vec![apart.clone()]),
        ("value-apart-another", "bounds", vec![apart.clone(), (48_u64, [0_u8; 20]).encode()]),
        ("value-apart-twice", "bounds", vec![apart, end(), end()]),
        ("value-of-29-bytes", "bounds", vec![node(key, None, &Value::Here([&end()[..], &[0]].concat()))]),
        ("value-of-the-number-alone", "bounds", vec![node(key, None, &Value::Here(LAST.encode()))]),
        ("child-longer-than-a-hash", "bounds", vec![long_child, below]),
        ("spare-nibble", "bounds", vec![spare, under_spare]),
        ("length-in-a-longer-form", "bounds", vec![longer]),
        ("byte-behind", "bounds", vec![behind]),
        ("byte-behind-a-child", "bounds", vec![child_behind]),
        ("node-cut", "bounds", vec![whole[..whole.len() - 1].to_vec()]),
        ("no-node", "bounds", vec![Vec::new()]),
        ("node-of-no-form", "bounds", vec![vec![0x0f]]),
    ]
}

/// Proofs that the series has no event.
fn holds_nothing(key: &[u8]) -> Vec<Case> {
    let longer = [key, &[3]].concat();
    let beside = |value| node(&key[..10], Some(&[(key[10] ^ 1, hash(&[1]))]), &value);
    vec![
        ("empty", OK, vec![vec![0]]),
        ("no-child", OK, vec![beside(Value::None)]),
        ("no-child-of-a-fork-with-a-value", OK, vec![beside(last())]),
        ("fork-without-a-value", OK, vec![node(key, Some(&two(0, vec![5; 20], hash(&[6]))), &Value::None)]),
        ("longer-key", OK, vec![node(&longer, None, &last())]),
        ("shorter-key", OK, vec![node(&key[..10], None, &last())]),
        ("value-of-no-bytes", "bounds", vec![node(key, None, &Value::Here(Vec::new()))]),
        ("byte-behind-the-empty", "bounds", vec![vec![0, 0]]),
    ]
}

fn nibbles(key: &[u8]) -> Vec<u8> {
    key.iter().flat_map(|byte| [byte >> 4, byte & 15]).collect()
}

fn hash(node: &[u8]) -> Vec<u8> {
    blake2_256(node).to_vec()
}

/// A child on the way and another beside it.
fn two(nibble: u8, child: Vec<u8>, beside: Vec<u8>) -> [(u8, Vec<u8>); 2] {
    let mut children = [(nibble, child), (nibble ^ 1, beside)];
    children.sort();
    children
}

/// A node's bytes, with the children of a branch by their nibbles.
fn node(partial: &[u8], children: Option<&[(u8, Vec<u8>)]>, value: &Value) -> Vec<u8> {
    let (form, bits) = match (children, value) {
        (None, Value::Apart(_)) => (0x20, 5),
        (None, _) => (0x40, 6),
        (Some(_), Value::None) => (0x80, 6),
        (Some(_), Value::Here(_)) => (0xc0, 6),
        (Some(_), Value::Apart(_)) => (0x10, 4),
    };
    let most = (1_usize << bits) - 1;
    let mut bytes = vec![form | partial.len().min(most) as u8];
    if let Some(mut more) = partial.len().checked_sub(most) {
        while more >= 255 {
            bytes.push(255);
            more -= 255;
        }
        bytes.push(more as u8);
    }
    let (odd, even) = partial.split_at(partial.len() % 2);
    bytes.extend_from_slice(odd);
    bytes.extend(even.chunks(2).map(|pair| pair[0] << 4 | pair[1]));
    if let Some(children) = children {
        children.iter().fold(0_u16, |mask, (nibble, _)| mask | 1_u16 << nibble).encode_to(&mut bytes);
    }
    match value {
        Value::None => {}
        Value::Here(value) => value.encode_to(&mut bytes),
        Value::Apart(hash) => bytes.extend_from_slice(hash),
    }
    children.unwrap_or_default().iter().for_each(|(_, child)| child.encode_to(&mut bytes));
    bytes
}
