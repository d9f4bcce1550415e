//! All hashing of ours: keyed blake3, one key per kind of tree and per role, derived from a context string.
//!
//! ```text
//! leaf = keyed(leaf key of kind, leaf bytes)            leaf bytes begin with suite, then leaf version
//! node = keyed(node key of kind, left ‖ right)          exactly 64 bytes
//! root = keyed(root key of kind, suite ‖ count ‖ apex)  1 + 8 (little-endian) + 32 bytes; the empty tree's apex is 32 zeros
//! ```
//!
//! Different keys make it impossible that a record leaf passes as an event leaf or as a node. Block headers,
//! extrinsics and the state trie use blake2-256, as Substrate clients expect (DESIGN §3).

use crate::ids::Digest32;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// The algorithm suite that every leaf, header, batch and package names in its first byte.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Default,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Serialize,
    Deserialize,
)]
pub enum Suite {
    /// blake3 for everything of ours, ed25519 (ZIP 215), blake2-256 for headers and state.
    #[default]
    #[codec(index = 1)]
    Blake3Ed25519,
}

impl Suite {
    /// The byte that stands for the suite.
    pub const fn code(self) -> u8 {
        match self {
            Self::Blake3Ed25519 => 1,
        }
    }
}

/// The kinds of trees; each has its own leaf, node and root key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TreeKind {
    /// Records of one block.
    Records,
    /// Hashes of all earlier headers.
    History,
    /// Public leaves of one batch.
    PublicEvents,
    /// Sealed leaves of one batch.
    SealedEvents,
}

/// What a digest outside a tree stands for; each has its own key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DigestKind {
    /// SCALE of an entry's content: what the head endorses and the authority reviews.
    EntryContent,
    /// SCALE of a request's terms: what an approver signs.
    RequestTerms,
    /// A document that stays off the chain.
    Document,
    /// Body of an event batch.
    BatchBody,
    /// Header of an event batch.
    BatchHeader,
    /// One field of a sealed leaf with its salt.
    SealedField,
    /// Salt of one sealed field, from the event's secret.
    SealedSalt,
    /// A validator set.
    ValidatorSet,
    /// What votes, proposals, parts and peers are bound to: chain id and genesis hash.
    ChainDomain,
    /// Pseudonym of a user.
    Pseudonym,
    /// Call id, from a request id.
    CallId,
    /// SCALE of a proposal: what a head votes on.
    Proposal,
    /// SCALE of the terms on which a dispute is settled.
    Settlement,
    /// Call id, as a member of a multiset hash.
    CallIdSet,
    /// A question of an auditor.
    Query,
}

struct TreeKeys {
    leaf: Digest32,
    node: Digest32,
    root: Digest32,
}

fn tree_keys(kind: TreeKind) -> &'static TreeKeys {
    static KEYS: LazyLock<[TreeKeys; 4]> = LazyLock::new(|| {
        ["records", "history", "public events", "sealed events"].map(|name| TreeKeys {
            leaf: blake3::derive_key(&format!("mulu v1 tree {name} leaf"), &[]),
            node: blake3::derive_key(&format!("mulu v1 tree {name} node"), &[]),
            root: blake3::derive_key(&format!("mulu v1 tree {name} root"), &[]),
        })
    });
    &KEYS[kind as usize]
}

fn digest_key(kind: DigestKind) -> &'static Digest32 {
    static KEYS: LazyLock<[Digest32; 15]> = LazyLock::new(|| {
        [
            "entry content",
            "request terms",
            "document",
            "batch body",
            "batch header",
            "sealed field",
            "sealed salt",
            "validator set",
            "chain domain",
            "pseudonym",
            "call id",
            "proposal",
            "settlement",
            "call id set",
            "query",
        ]
        .map(|name| blake3::derive_key(&format!("mulu v1 digest {name}"), &[]))
    });
    &KEYS[kind as usize]
}

/// Hash of a leaf's bytes.
pub fn leaf(kind: TreeKind, bytes: &[u8]) -> Digest32 {
    *blake3::keyed_hash(&tree_keys(kind).leaf, bytes).as_bytes()
}

/// Hash of an inner node.
pub fn node(kind: TreeKind, left: &Digest32, right: &Digest32) -> Digest32 {
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(left);
    bytes[32..].copy_from_slice(right);
    *blake3::keyed_hash(&tree_keys(kind).node, &bytes).as_bytes()
}

/// Root of a tree: commits to the suite and to the number of leaves.
pub fn root(kind: TreeKind, count: u64, apex: &Digest32) -> Digest32 {
    let mut bytes = [0; 41];
    bytes[0] = Suite::default().code();
    bytes[1..9].copy_from_slice(&count.to_le_bytes());
    bytes[9..].copy_from_slice(apex);
    *blake3::keyed_hash(&tree_keys(kind).root, &bytes).as_bytes()
}

/// Digest of `bytes` for the given use.
pub fn digest(kind: DigestKind, bytes: &[u8]) -> Digest32 {
    *blake3::keyed_hash(digest_key(kind), bytes).as_bytes()
}

/// Digest of `bytes` for the given use, of 1,024 bits: blake3's extendable output.
pub fn wide_digest(kind: DigestKind, bytes: &[u8]) -> [u8; 128] {
    let mut wide = [0; 128];
    blake3::Hasher::new_keyed(digest_key(kind)).update(bytes).finalize_xof().fill(&mut wide);
    wide
}

/// Keyed hash with a secret of ours, for salts, pseudonyms and call ids: the use's key is mixed into the message.
pub fn secret_digest(kind: DigestKind, secret: &Digest32, bytes: &[u8]) -> Digest32 {
    let mut hasher = blake3::Hasher::new_keyed(secret);
    hasher.update(digest_key(kind));
    hasher.update(bytes);
    *hasher.finalize().as_bytes()
}

/// blake2-256, the hash of block headers and extrinsics.
pub fn blake2_256(bytes: &[u8]) -> Digest32 {
    use blake2::digest::{Digest, consts::U32};
    blake2::Blake2b::<U32>::digest(bytes).into()
}

/// What every signature of consensus and of a batch is bound to: one chain, one genesis.
pub fn chain_domain(chain_id: &str, genesis_hash: &Digest32) -> Digest32 {
    digest(DigestKind::ChainDomain, &(chain_id, genesis_hash).encode())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_and_roles_never_share_a_hash() {
        let kinds = [TreeKind::Records, TreeKind::History, TreeKind::PublicEvents, TreeKind::SealedEvents];
        let mut seen = std::collections::BTreeSet::new();
        for kind in kinds {
            let zero = [0; 32];
            assert!(seen.insert(leaf(kind, &[0; 64])));
            assert!(seen.insert(node(kind, &zero, &zero)));
            assert!(seen.insert(root(kind, 0, &zero)));
        }
    }

    #[test]
    fn blake2_is_the_one_that_substrate_uses() {
        assert_eq!(hex::encode(blake2_256(b"")), "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
    }
}
