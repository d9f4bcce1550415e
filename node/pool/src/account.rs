//! What waits of one signer.

use mulu_primitives::stages::Pooled;
use mulu_proofs::ids::Height;
use std::collections::BTreeMap;

/// One waiting extrinsic.
#[derive(Debug)]
pub(crate) struct Entry {
    pub pooled: Pooled,
    /// Place in the order of arrival.
    pub arrival: u64,
    /// Head when it came in.
    pub entered: Height,
    /// Head when it was last found valid.
    pub checked: Height,
    /// Head when it was last sent to the others; `None` if it came from one of them.
    pub sent: Option<Height>,
}

impl Entry {
    pub(crate) fn bytes(&self) -> usize {
        self.pooled.extrinsic.bytes().len()
    }
}

/// A signer with something waiting.
#[derive(Debug, Default)]
pub(crate) struct Account {
    /// The signer's next nonce in the state.
    pub next: u32,
    /// What waits, by nonce.
    pub entries: BTreeMap<u32, Entry>,
    /// Bytes of all that waits.
    pub bytes: usize,
}

impl Account {
    /// What may go into the next block, in order: the run without gaps from the next nonce on.
    pub(crate) fn ready(&self) -> impl Iterator<Item = &Entry> {
        (self.next..).map_while(|nonce| self.entries.get(&nonce))
    }

    /// First nonce behind the ready run.
    pub(crate) fn next_free(&self) -> u32 {
        let mut next = self.next;
        while self.entries.contains_key(&next) {
            next = next.saturating_add(1);
        }
        next
    }
}
