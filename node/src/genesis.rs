//! The chain specification: made from a plan, read from a file, and the genesis block that it gives.

use mulu_proofs::ids::Digest32;

/// A new chain's files.
#[derive(Debug)]
pub struct ChainFiles {
    /// Chain id.
    pub chain_id: String,
    /// Chain specification, JSON.
    pub chain_spec: String,
    /// Genesis file for verifiers, JSON.
    pub genesis: String,
    /// Genesis hash.
    pub hash: Digest32,
}
