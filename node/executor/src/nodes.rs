//! Trie nodes in memory, decoded, shared by all states.
//!
//! A node is known by its hash, so that it never grows stale: whoever reads or makes one shares it, and nobody copies it. Values are not
//! kept here ([`crate::values`] has them); the trie's own shared cache keeps both, copies each node into and out of itself, and keeps values by root.
//!
//! ```text
//! one state:  looked up here ──> shared ──> database        made or read by a block ──(state is dropped)──> shared
//! ```

use ahash::RandomState;
use sp_core::H256;
use sp_runtime::traits::BlakeTwo256;
use sp_state_machine::TrieCacheProvider;
use sp_trie::{Error as CodecError, NodeCodec, TrieCache};
use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use trie_db::{CachedValue, node::NodeOwned};

/// Bytes of trie nodes that are kept in memory.
pub const NODES_BYTES_MAX: usize = 96 * 1024 * 1024;
/// What a kept node takes besides its content.
const OVERHEAD_BYTES: usize = 96;
/// Nodes that a question holds at once: a walk through the whole state must not gather it in memory.
const QUESTION_NODES_MAX: usize = 4_096;

type Node = NodeOwned<H256>;
type Codec = NodeCodec<BlakeTwo256>;
type Fetched = trie_db::Result<Node, H256, CodecError<H256>>;

/// Nodes of all states.
#[derive(Debug, Default)]
pub struct SharedNodes(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    /// Those that were read or made since `before` was filled.
    now: HashMap<H256, Arc<Node>, RandomState>,
    now_bytes: usize,
    /// Those that go unless they are read again.
    before: HashMap<H256, Arc<Node>, RandomState>,
}

impl Kept {
    fn get(&mut self, hash: &H256) -> Option<Arc<Node>> {
        if let Some(node) = self.now.get(hash) {
            return Some(Arc::clone(node));
        }
        let node = self.before.remove(hash)?;
        self.put(*hash, Arc::clone(&node));
        Some(node)
    }

    fn put(&mut self, hash: H256, node: Arc<Node>) {
        let Entry::Vacant(place) = self.now.entry(hash) else { return };
        self.now_bytes += OVERHEAD_BYTES + node.size_in_bytes();
        place.insert(node);
        if self.now_bytes > NODES_BYTES_MAX / 2 {
            self.before = std::mem::take(&mut self.now);
            self.now_bytes = 0;
        }
    }
}

impl SharedNodes {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        // Nothing here is half-done when it panics: a node is in the map or it is not.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, hash: &H256) -> Option<Arc<Node>> {
        self.lock().get(hash)
    }
}

/// Nodes that one state has met.
#[derive(Debug)]
pub struct StateNodes {
    shared: Arc<SharedNodes>,
    met: Mutex<Met>,
    /// Whether this is a block, whose nodes go to the shared ones.
    is_block: bool,
}

#[derive(Debug, Default)]
struct Met {
    nodes: HashMap<H256, Arc<Node>, RandomState>,
    /// Those that the shared ones do not have.
    new: Vec<H256>,
}

impl StateNodes {
    /// For building or executing a block: what is met is shared at the end.
    pub fn of_block(shared: &Arc<SharedNodes>) -> Self {
        Self { shared: Arc::clone(shared), met: Mutex::default(), is_block: true }
    }

    /// For answering a question: a caller's reads must not drive out what blocks need.
    pub fn of_question(shared: &Arc<SharedNodes>) -> Self {
        Self { shared: Arc::clone(shared), met: Mutex::default(), is_block: false }
    }

    fn reading(&self) -> Reading<'_> {
        let met = self.met.lock().unwrap_or_else(PoisonError::into_inner);
        Reading { shared: &self.shared, met, is_block: self.is_block }
    }
}

impl Drop for StateNodes {
    fn drop(&mut self) {
        if !self.is_block {
            return;
        }
        let met = self.met.get_mut().unwrap_or_else(PoisonError::into_inner);
        let mut kept = self.shared.lock();
        for hash in met.new.drain(..) {
            if let Some(node) = met.nodes.remove(&hash) {
                kept.put(hash, node);
            }
        }
    }
}

impl TrieCacheProvider<BlakeTwo256> for StateNodes {
    type Cache<'a> = Reading<'a>;

    fn as_trie_db_cache(&self, _root: H256) -> Reading<'_> {
        self.reading()
    }

    fn as_trie_db_mut_cache(&self) -> Reading<'_> {
        self.reading()
    }

    fn merge<'a>(&'a self, _other: Reading<'a>, _root: H256) {
        // Nodes are known by their hashes: they are in their place already.
    }
}

/// The nodes of a state while a trie reads or makes them.
pub struct Reading<'a> {
    shared: &'a SharedNodes,
    met: MutexGuard<'a, Met>,
    is_block: bool,
}

impl Reading<'_> {
    /// Makes room in the memory of a question.
    fn make_room(&mut self) {
        if !self.is_block && self.met.nodes.len() >= QUESTION_NODES_MAX {
            *self.met = Met::default();
        }
    }
}

impl TrieCache<Codec> for Reading<'_> {
    fn lookup_value_for_key(&mut self, _key: &[u8]) -> Option<&CachedValue<H256>> {
        None
    }

    fn cache_value_for_key(&mut self, _key: &[u8], _value: CachedValue<H256>) {}

    fn get_or_insert_node(
        &mut self,
        hash: H256,
        fetch_node: &mut dyn FnMut() -> Fetched,
    ) -> trie_db::Result<&Node, H256, CodecError<H256>> {
        self.make_room();
        let Met { nodes, new } = &mut *self.met;
        Ok(match nodes.entry(hash) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => match self.shared.get(&hash) {
                Some(node) => place.insert(node),
                None => {
                    let node = fetch_node()?;
                    if self.is_block {
                        new.push(hash);
                    }
                    place.insert(Arc::new(node))
                }
            },
        })
    }

    fn get_node(&mut self, hash: &H256) -> Option<&Node> {
        self.make_room();
        match self.met.nodes.entry(*hash) {
            Entry::Occupied(known) => Some(known.into_mut()),
            Entry::Vacant(place) => self.shared.get(hash).map(|node| &**place.insert(node)),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;

    fn hash(number: u32) -> H256 {
        H256(mulu_proofs::hash::blake2_256(&number.to_be_bytes()))
    }

    fn node(bytes: usize) -> Node {
        NodeOwned::Value(vec![7; bytes].into(), H256::zero())
    }

    fn fetch(state: &StateNodes, number: u32, bytes: usize) {
        state.reading().get_or_insert_node(hash(number), &mut || Ok(node(bytes))).unwrap();
    }

    fn is_known(state: &StateNodes, number: u32) -> bool {
        state.reading().get_node(&hash(number)).is_some()
    }

    #[test]
    fn what_a_block_met_is_shared_when_it_ends() {
        let shared = Arc::default();
        let block = StateNodes::of_block(&shared);
        fetch(&block, 1, 10);
        assert!(is_known(&block, 1));
        assert!(!is_known(&StateNodes::of_question(&shared), 1), "the block has not ended");
        drop(block);
        let next = StateNodes::of_block(&shared);
        next.reading().get_or_insert_node(hash(1), &mut || panic!("it is known")).unwrap();
    }

    #[test]
    fn questions_read_and_leave_nothing_behind() {
        let shared = Arc::default();
        let question = StateNodes::of_question(&shared);
        for number in 0..2 * QUESTION_NODES_MAX as u32 {
            fetch(&question, number, 10);
            assert!(question.met.lock().unwrap().nodes.len() <= QUESTION_NODES_MAX);
        }
        drop(question);
        assert!(!is_known(&StateNodes::of_block(&shared), 0));
    }

    #[test]
    fn a_node_that_cannot_be_fetched_is_not_known() {
        let state = StateNodes::of_block(&Arc::default());
        let failed = state
            .reading()
            .get_or_insert_node(hash(1), &mut || Err(Box::new(trie_db::TrieError::IncompleteDatabase(hash(1)))))
            .is_err();
        assert!(failed && !is_known(&state, 1));
    }

    #[test]
    fn what_is_kept_is_bounded_and_what_is_read_stays() {
        let shared: Arc<SharedNodes> = Arc::default();
        let bytes = 64 * 1024;
        for number in 0..3_000 {
            let block = StateNodes::of_block(&shared);
            fetch(&block, number, bytes);
            assert!(number == 0 || is_known(&block, 0), "read by every block");
        }
        let kept = shared.lock();
        assert!((kept.now.len() + kept.before.len()) * bytes <= NODES_BYTES_MAX);
        assert!(!kept.now.contains_key(&hash(1)) && !kept.before.contains_key(&hash(1)));
    }
}
