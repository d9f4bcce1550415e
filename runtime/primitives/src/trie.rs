//! How the executor reads the state trie: storage implements it over RocksDB, tests over memory.

/// Read access to trie nodes by database key (`sp_trie::prefixed_key`: prefix, then node hash).
pub trait TrieReader: Send + Sync + 'static {
    /// The node's bytes, if it is there.
    ///
    /// # Errors
    /// The database's error as text. It means the end of the node, never an invalid block.
    fn node(&self, key: &[u8]) -> Result<Option<Vec<u8>>, String>;
}
