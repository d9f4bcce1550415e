//! The stages that data passes through, in order. Each type says who makes it and what it proves.
//!
//! ```text
//! bytes ─ pool ─> Pooled ─ build ─> Executed ─ consensus ─> Decided ─ storage ─> Committed ─> announced, queried, proven
//!                          execute ─^ (proposals of others and synced blocks: the same execution)
//! ```

use crate::block::{Block, Extrinsic};
use mulu_proofs::{
    certificate::{Certificate, ValidatorSet},
    ids::{Digest32, Height, Moment, PublicKey},
    records::Record,
};
use std::sync::Arc;

/// An extrinsic that was valid against the last committed state. Made by the pool, after the executor checked it.
#[derive(Clone, Debug)]
pub struct Pooled {
    /// The bytes.
    pub extrinsic: Extrinsic,
    /// Its hash.
    pub hash: Digest32,
    /// What the check found.
    pub validity: Validity,
}

/// What validating an extrinsic says about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// Who signed it.
    pub signer: PublicKey,
    /// The signer's nonce in it.
    pub nonce: u32,
    /// The signer's next nonce in the state that it was checked against.
    pub next_nonce: u32,
    /// Which lane it waits in.
    pub lane: Lane,
    /// The last height at which it may be included.
    pub longevity: Height,
}

/// Lanes of the pool: an act of a person never waits behind event batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// Suspensions, refusals, votes and other acts of people.
    Act,
    /// Event batches.
    Batch,
}

/// A block and everything that executing it gave. Made by the executor alone; proves that the header's roots are right.
#[derive(Debug)]
pub struct Executed {
    /// The block.
    pub block: Arc<Block>,
    /// Hash of its header.
    pub hash: Digest32,
    /// Block time.
    pub moment: Moment,
    /// What changed in the state trie.
    pub changes: StateChanges,
    /// The block's records, in order.
    pub records: Arc<[Record]>,
    /// Validators that sign from the next height on, as the state after this block has them.
    pub next_validators: ValidatorSet,
}

/// Changes of the state trie by one block.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct StateChanges {
    /// Trie nodes added: database key (prefix and hash) and bytes.
    pub nodes_added: Vec<(Vec<u8>, Vec<u8>)>,
    /// Trie nodes no longer reached from the new root.
    pub nodes_removed: Vec<Vec<u8>>,
    /// Storage keys that changed, ascending, with their new values: for subscribers.
    pub values: Arc<[ChangedValue]>,
}

/// A storage key that changed, with its new value; none if it is gone.
pub type ChangedValue = (Vec<u8>, Option<Vec<u8>>);

/// An executed block with the certificate that makes it final. Made by consensus; the pairing is checked here.
#[derive(Debug, Clone)]
pub struct Decided {
    executed: Arc<Executed>,
    certificate: Certificate,
}

/// The certificate is of another block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the certificate is of another block than the executed one")]
pub struct WrongCertificate;

impl Decided {
    /// Pairs a verified certificate with the execution of the same header.
    ///
    /// # Errors
    /// [`WrongCertificate`] if hash or height differ.
    pub fn new(executed: Arc<Executed>, certificate: Certificate) -> Result<Self, WrongCertificate> {
        if certificate.header_hash == executed.hash && certificate.height == executed.block.height() {
            Ok(Self { executed, certificate })
        } else {
            Err(WrongCertificate)
        }
    }

    /// The execution.
    pub const fn executed(&self) -> &Arc<Executed> {
        &self.executed
    }

    /// The certificate.
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }
}

/// A block that is durable in this node's storage. Made by storage alone, after its one fsynced batch; announced to everyone, and so without the
/// trie nodes: whoever listens late would keep megabytes of them for every block.
#[derive(Debug, Clone)]
pub struct Committed {
    block: Arc<Block>,
    hash: Digest32,
    moment: Moment,
    records: Arc<[Record]>,
    values: Arc<[ChangedValue]>,
    next_validators: ValidatorSet,
    certificate: Certificate,
}

impl Committed {
    /// Says that `decided` is durable. Called by storage, right behind the fsync, and by nobody else.
    pub fn after_fsync(decided: Decided) -> Self {
        let Decided { executed, certificate } = decided;
        Self {
            block: Arc::clone(&executed.block),
            hash: executed.hash,
            moment: executed.moment,
            records: Arc::clone(&executed.records),
            values: Arc::clone(&executed.changes.values),
            next_validators: executed.next_validators.clone(),
            certificate,
        }
    }

    /// The block.
    pub const fn block(&self) -> &Arc<Block> {
        &self.block
    }

    /// Hash of its header.
    pub const fn hash(&self) -> Digest32 {
        self.hash
    }

    /// Block time.
    pub const fn moment(&self) -> Moment {
        self.moment
    }

    /// The block's records, in order.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// Storage keys that changed, ascending, with their new values.
    pub fn values(&self) -> &[ChangedValue] {
        &self.values
    }

    /// Validators that sign from the next height on.
    pub const fn next_validators(&self) -> &ValidatorSet {
        &self.next_validators
    }

    /// Its certificate.
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }
}

/// One row of the index: derived data, the same bytes on every machine.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct IndexRow {
    /// Key.
    pub key: Vec<u8>,
    /// Value.
    pub value: Vec<u8>,
}
