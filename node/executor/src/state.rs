//! The state of one block: its trie, read through the node's reader and what is known of its nodes, and what is known of its values.

use crate::{
    Executor,
    error::ExecuteError,
    nodes::StateNodes,
    values::{Known, Values},
};
use mulu_primitives::{block::Header, stages::Executed, trie::TrieReader};
use mulu_proofs::ids::Height;
use sp_core::H256;
use sp_runtime::traits::BlakeTwo256;
use sp_state_machine::{TrieBackendBuilder, TrieBackendStorage};
use sp_trie::prefixed_key;
use std::sync::{Arc, Mutex, PoisonError};

/// A node's place in the trie, which is part of its database key.
type Prefix<'a> = (&'a [u8], Option<u8>);

/// Reads trie nodes and remembers the first time that this failed.
///
/// The trie turns such failures into panics, or into a root that did not change: whoever ran something on it must ask afterwards.
pub struct Nodes {
    reader: Arc<dyn TrieReader>,
    /// A block whose nodes are not in the database yet.
    ahead: Option<Arc<Executed>>,
    failure: Arc<Mutex<Option<Failure>>>,
}

/// Why a node could not be had.
#[derive(Clone, Debug)]
enum Failure {
    /// The database said so.
    Read(String),
    /// It is not there.
    Missing,
}

impl Nodes {
    /// A node that the block ahead adds; those are sorted by key.
    fn node_ahead(&self, key: &[u8]) -> Option<Vec<u8>> {
        let added = &self.ahead.as_ref()?.changes.nodes_added;
        let place = added.binary_search_by(|(added, _)| added.as_slice().cmp(key)).ok()?;
        Some(added[place].1.clone())
    }

    fn note(&self, failure: Failure) {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(failure);
    }
}

impl TrieBackendStorage<BlakeTwo256> for Nodes {
    fn get(&self, key: &H256, prefix: Prefix<'_>) -> Result<Option<Vec<u8>>, String> {
        let key = prefixed_key::<BlakeTwo256>(key, prefix);
        if let Some(node) = self.node_ahead(&key) {
            return Ok(Some(node));
        }
        match self.reader.node(&key) {
            Ok(Some(node)) => Ok(Some(node)),
            Ok(None) => {
                self.note(Failure::Missing);
                Ok(None)
            }
            Err(why) => {
                self.note(Failure::Read(why.clone()));
                Err(why)
            }
        }
    }
}

/// The state after a block.
pub struct State {
    pub backend: Known,
    height: Height,
    failure: Arc<Mutex<Option<Failure>>>,
}

/// What a state is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To build or execute its child: what is read stays in the cache.
    Block,
    /// To answer a question: a caller's reads must not drive out what blocks need.
    Question,
}

impl State {
    /// Opens the state of the block of `header`.
    pub fn open(executor: &Executor, header: &Header, purpose: Purpose) -> Self {
        let values = (purpose == Purpose::Block).then_some(&executor.values);
        if let Some(values) = values {
            values.begin(header.state_root);
        }
        Self::over(executor, header, purpose, None, values)
    }

    /// Opens the state after a block that is executed and not committed.
    pub fn of_executed(executor: &Executor, executed: &Arc<Executed>) -> Self {
        Self::over(executor, &executed.block.header, Purpose::Block, Some(Arc::clone(executed)), None)
    }

    fn over(
        executor: &Executor,
        header: &Header,
        purpose: Purpose,
        ahead: Option<Arc<Executed>>,
        values: Option<&Arc<Values>>,
    ) -> Self {
        let cache = match purpose {
            Purpose::Block => StateNodes::of_block(&executor.nodes),
            Purpose::Question => StateNodes::of_question(&executor.nodes),
        };
        let failure = Arc::new(Mutex::new(None));
        let nodes = Nodes { reader: Arc::clone(&executor.reader), ahead, failure: Arc::clone(&failure) };
        let trie = TrieBackendBuilder::new_with_cache(nodes, header.state_root, cache).build();
        let values = values.map(Arc::clone);
        let backend = Known { trie, root: header.state_root, values };
        Self { backend, height: Height::new(header.number), failure }
    }

    /// Fails if any read failed so far.
    pub fn check(&self) -> Result<(), ExecuteError> {
        match self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone() {
            None => Ok(()),
            Some(Failure::Read(why)) => Err(ExecuteError::Database { why }),
            Some(Failure::Missing) => Err(ExecuteError::StateGone { height: self.height }),
        }
    }
}
