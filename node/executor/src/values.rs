//! Values of the newest state, read past the trie.
//!
//! A chain without forks has one newest state, so that values need not be kept by the root of every state: what a block did not change is as
//! good in the next. A block of batches reads some thousand values and changes fewer; from the trie each is a walk of half a dozen nodes.
//!
//! ```text
//! values of root 7 ── a block on 7 is executed: changes, root 8 ── the next block begins on 8 ──> values of root 8
//! ```
//!
//! Blocks alone read by this, and what they read is what the trie would have said: a root stands for one set of values.

use crate::{nodes::StateNodes, state::Nodes};
use ahash::RandomState;
use sp_core::{
    H256,
    storage::{ChildInfo, StateVersion},
};
use sp_runtime::traits::BlakeTwo256;
use sp_state_machine::{
    Backend, BackendTransaction, IterArgs, StateMachineStats, StorageIterator, StorageKey, StorageValue, TrieBackend,
    UsageInfo,
};
use sp_trie::MerkleValue;
use std::{
    collections::{HashMap, VecDeque},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Bytes of keys and values that are kept in memory.
pub const VALUES_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Longest value that is kept: what is longer is seldom read twice.
const VALUE_BYTES_MAX: usize = 4 * 1024;
/// What a kept value takes besides its bytes.
const OVERHEAD_BYTES: usize = 128;
/// Blocks on the newest state that are remembered until one of them is built upon.
const BLOCKS_MAX: usize = 4;

/// What a block changed: a key with its new value.
pub type Change = (StorageKey, Option<StorageValue>);

/// Values of the newest state.
#[derive(Debug, Default)]
pub struct Values(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    /// Root of the state that they are of.
    root: H256,
    /// Those that were read or changed since `before` was filled.
    now: HashMap<StorageKey, Option<StorageValue>, RandomState>,
    now_bytes: usize,
    /// Those that go unless they are read again.
    before: HashMap<StorageKey, Option<StorageValue>, RandomState>,
    /// What blocks on this state change, by the root after them.
    blocks: VecDeque<(H256, Vec<Change>)>,
}

impl Kept {
    fn get(&mut self, key: &[u8]) -> Option<Option<StorageValue>> {
        if let Some(value) = self.now.get(key) {
            return Some(value.clone());
        }
        let (key, value) = self.before.remove_entry(key)?;
        self.put(key, value.clone());
        Some(value)
    }

    fn put(&mut self, key: StorageKey, value: Option<StorageValue>) {
        self.before.remove(&key);
        let bytes = |key: &StorageKey, value: &Option<StorageValue>| {
            OVERHEAD_BYTES + key.len() + value.as_ref().map_or(0, Vec::len)
        };
        let length = key.len();
        let is_long = value.as_ref().is_some_and(|value| value.len() > VALUE_BYTES_MAX);
        let added = if is_long { 0 } else { bytes(&key, &value) };
        let gone = if is_long { self.now.remove(&key) } else { self.now.insert(key, value) };
        let gone = gone.map_or(0, |value| OVERHEAD_BYTES + length + value.map_or(0, |value| value.len()));
        self.now_bytes = self.now_bytes + added - gone;
        if self.now_bytes > VALUES_BYTES_MAX / 2 {
            self.before = std::mem::take(&mut self.now);
            self.now_bytes = 0;
        }
    }
}

impl Values {
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A block begins on the state of `root`: from here on that is the newest.
    pub fn begin(&self, root: H256) {
        let mut kept = self.lock();
        if kept.root == root {
            return;
        }
        let block = kept.blocks.iter().position(|(after, _)| *after == root);
        let changes = block.and_then(|place| kept.blocks.swap_remove_back(place));
        match changes {
            Some((_, changes)) => {
                for (key, value) in changes {
                    kept.put(key, value);
                }
            }
            None => *kept = Kept::default(),
        }
        kept.root = root;
        kept.blocks.clear();
    }

    /// A block on the state of `parent` gave the state of `root`.
    pub fn executed(&self, parent: H256, root: H256, changes: &[Change]) {
        let mut kept = self.lock();
        if kept.root != parent || kept.blocks.iter().any(|(after, _)| *after == root) {
            return;
        }
        if kept.blocks.len() == BLOCKS_MAX {
            kept.blocks.pop_front();
        }
        kept.blocks.push_back((root, changes.to_vec()));
    }

    /// What stands under a key in the state of `root`; `None` if that is not known.
    fn get(&self, root: H256, key: &[u8]) -> Option<Option<StorageValue>> {
        let mut kept = self.lock();
        if kept.root == root { kept.get(key) } else { None }
    }

    fn put(&self, root: H256, key: &[u8], value: &Option<StorageValue>) {
        let mut kept = self.lock();
        if kept.root == root {
            kept.put(key.to_vec(), value.clone());
        }
    }
}

type Trie = TrieBackend<Nodes, BlakeTwo256, StateNodes>;

/// A state's trie, with what is known of its values.
pub struct Known {
    pub trie: Trie,
    pub root: H256,
    /// None where a caller's reads must not drive out what blocks need.
    pub values: Option<Arc<Values>>,
}

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Known").field("root", &self.root).finish_non_exhaustive()
    }
}

/// Iterates over the trie.
pub struct Walk(<Trie as Backend<BlakeTwo256>>::RawIter);

impl StorageIterator<BlakeTwo256> for Walk {
    type Backend = Known;
    type Error = String;

    fn next_key(&mut self, backend: &Known) -> Option<Result<StorageKey, String>> {
        self.0.next_key(&backend.trie)
    }

    fn next_pair(&mut self, backend: &Known) -> Option<Result<(StorageKey, StorageValue), String>> {
        self.0.next_pair(&backend.trie)
    }

    fn was_complete(&self) -> bool {
        self.0.was_complete()
    }
}

impl Backend<BlakeTwo256> for Known {
    type Error = String;
    type TrieBackendStorage = Nodes;
    type RawIter = Walk;

    fn storage(&self, key: &[u8]) -> Result<Option<StorageValue>, String> {
        let Some(values) = &self.values else { return self.trie.storage(key) };
        if let Some(value) = values.get(self.root, key) {
            return Ok(value);
        }
        let value = self.trie.storage(key)?;
        values.put(self.root, key, &value);
        Ok(value)
    }

    fn exists_storage(&self, key: &[u8]) -> Result<bool, String> {
        match self.values {
            Some(_) => Ok(self.storage(key)?.is_some()),
            None => self.trie.exists_storage(key),
        }
    }

    fn storage_hash(&self, key: &[u8]) -> Result<Option<H256>, String> {
        self.trie.storage_hash(key)
    }

    fn closest_merkle_value(&self, key: &[u8]) -> Result<Option<MerkleValue<H256>>, String> {
        self.trie.closest_merkle_value(key)
    }

    fn child_closest_merkle_value(&self, child: &ChildInfo, key: &[u8]) -> Result<Option<MerkleValue<H256>>, String> {
        self.trie.child_closest_merkle_value(child, key)
    }

    fn child_storage(&self, child: &ChildInfo, key: &[u8]) -> Result<Option<StorageValue>, String> {
        self.trie.child_storage(child, key)
    }

    fn child_storage_hash(&self, child: &ChildInfo, key: &[u8]) -> Result<Option<H256>, String> {
        self.trie.child_storage_hash(child, key)
    }

    fn next_storage_key(&self, key: &[u8]) -> Result<Option<StorageKey>, String> {
        self.trie.next_storage_key(key)
    }

    fn next_child_storage_key(&self, child: &ChildInfo, key: &[u8]) -> Result<Option<StorageKey>, String> {
        self.trie.next_child_storage_key(child, key)
    }

    fn storage_root<'a>(
        &self,
        delta: impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)>,
        version: StateVersion,
    ) -> (H256, BackendTransaction<BlakeTwo256>) {
        self.trie.storage_root(delta, version)
    }

    fn child_storage_root<'a>(
        &self,
        child: &ChildInfo,
        delta: impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)>,
        version: StateVersion,
    ) -> (H256, bool, BackendTransaction<BlakeTwo256>) {
        self.trie.child_storage_root(child, delta, version)
    }

    fn raw_iter(&self, arguments: IterArgs) -> Result<Walk, String> {
        self.trie.raw_iter(arguments).map(Walk)
    }

    fn register_overlay_stats(&self, stats: &StateMachineStats) {
        self.trie.register_overlay_stats(stats);
    }

    fn usage_info(&self) -> UsageInfo {
        self.trie.usage_info()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn root(number: u8) -> H256 {
        H256([number; 32])
    }

    fn at(values: &Values, root: H256, key: &[u8]) -> Option<Option<StorageValue>> {
        values.get(root, key)
    }

    #[test]
    fn values_are_of_one_state_and_go_on_to_the_next() {
        let values = Values::default();
        values.begin(root(1));
        for key in [b"a", b"b"] {
            values.put(root(1), key, &Some(vec![1]));
        }
        values.put(root(9), b"c", &Some(vec![9]));
        assert_eq!((at(&values, root(1), b"a"), at(&values, root(9), b"a")), (Some(Some(vec![1])), None));
        assert_eq!(at(&values, root(1), b"c"), None, "what was read of another state");

        values.executed(root(1), root(2), &[(b"a".to_vec(), Some(vec![2])), (b"d".to_vec(), None)]);
        values.executed(root(1), root(3), &[(b"a".to_vec(), Some(vec![3]))]);
        assert_eq!(at(&values, root(1), b"a"), Some(Some(vec![1])), "no block is built upon yet");
        values.begin(root(2));
        let seen: Vec<_> = [b"a", b"b", b"d"].map(|key| at(&values, root(2), key)).into();
        assert_eq!(seen, [Some(Some(vec![2])), Some(Some(vec![1])), Some(None)]);
        assert_eq!(at(&values, root(1), b"b"), None);
        // The other block was on a state that is no longer the newest.
        values.begin(root(3));
        assert_eq!(at(&values, root(3), b"b"), None);
    }

    #[test]
    fn a_block_on_an_older_state_changes_nothing() {
        let values = Values::default();
        values.begin(root(2));
        values.put(root(2), b"a", &Some(vec![2]));
        values.executed(root(1), root(3), &[(b"a".to_vec(), Some(vec![3]))]);
        values.begin(root(3));
        assert_eq!(at(&values, root(3), b"a"), None, "nobody knows how 3 came from 2");
    }

    #[test]
    fn what_is_kept_is_bounded_and_what_is_read_stays() {
        let values = Values::default();
        values.begin(root(1));
        let key = |number: u32| number.to_be_bytes();
        let long = Some(vec![0; VALUE_BYTES_MAX]);
        values.put(root(1), &key(0), &Some(vec![7]));
        for number in 1..40_000 {
            values.put(root(1), &key(number), &long);
            assert_eq!(at(&values, root(1), &key(0)), Some(Some(vec![7])));
        }
        assert_eq!(at(&values, root(1), &key(1)), None);
        let kept = values.lock();
        assert!((kept.now.len() + kept.before.len()) * VALUE_BYTES_MAX <= VALUES_BYTES_MAX);
    }

    #[test]
    fn a_value_that_grew_too_long_is_forgotten() {
        let values = Values::default();
        values.begin(root(1));
        values.put(root(1), b"a", &Some(vec![1]));
        values.put(root(1), b"a", &Some(vec![1; VALUE_BYTES_MAX + 1]));
        assert_eq!(at(&values, root(1), b"a"), None);
        assert_eq!(values.lock().now_bytes, 0);
    }

    /// What happens to a chain: a block is executed on one of the states, another is built upon, a key is read.
    #[derive(Clone, Debug)]
    enum Step {
        Execute { on: usize, changes: Vec<(u8, Option<u8>)> },
        Begin { on: usize },
        Read { on: usize, key: u8 },
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let changes = proptest::collection::vec((0_u8..6, proptest::option::of(any::<u8>())), 0..4);
        let step = prop_oneof![
            (any::<usize>(), changes).prop_map(|(on, changes)| Step::Execute { on, changes }),
            any::<usize>().prop_map(|on| Step::Begin { on }),
            (any::<usize>(), 0_u8..6).prop_map(|(on, key)| Step::Read { on, key }),
        ];
        proptest::collection::vec(step, 0..120)
    }

    proptest! {
        /// Forks, blocks that are never decided, steps back: what is known of a state is what the state holds.
        #[test]
        fn nothing_else_is_known_of_a_state_than_it_holds(steps in steps()) {
            let values = Values::default();
            let mut states: Vec<BTreeMap<u8, u8>> = vec![BTreeMap::new()];
            // Equal states have one root.
            let root_of = |state: &BTreeMap<u8, u8>| {
                let bytes: Vec<u8> = state.iter().flat_map(|(key, value)| [*key, *value]).collect();
                H256(mulu_proofs::hash::blake2_256(&bytes))
            };
            let value_in = |state: &BTreeMap<u8, u8>, key: u8| state.get(&key).map(|value| vec![*value]);
            for step in steps {
                match step {
                    Step::Execute { on, changes } => {
                        let parent = states[on % states.len()].clone();
                        let mut state = parent.clone();
                        let mut last = BTreeMap::new();
                        for (key, value) in changes {
                            match value {
                                Some(value) => drop(state.insert(key, value)),
                                None => drop(state.remove(&key)),
                            }
                            last.insert(key, value);
                        }
                        let changes: Vec<Change> =
                            last.into_iter().map(|(key, value)| (vec![key], value.map(|value| vec![value]))).collect();
                        values.executed(root_of(&parent), root_of(&state), &changes);
                        states.push(state);
                    }
                    Step::Begin { on } => values.begin(root_of(&states[on % states.len()])),
                    Step::Read { on, key } => {
                        let state = &states[on % states.len()];
                        if let Some(known) = values.get(root_of(state), &[key]) {
                            prop_assert_eq!(known, value_in(state, key));
                        } else {
                            values.put(root_of(state), &[key], &value_in(state, key));
                        }
                    }
                }
            }
            for state in &states {
                for key in 0..6 {
                    let known = values.get(root_of(state), &[key]);
                    prop_assert!(known.is_none_or(|known| known == value_in(state, key)));
                }
            }
        }
    }
}
