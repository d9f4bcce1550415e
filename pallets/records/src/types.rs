//! Keys of the off-chain index.

/// Prefix of the off-chain index keys under which record bytes leave the runtime.
pub const INDEX_PREFIX: &[u8] = b"mulu/record/";

/// Off-chain index key of a record: prefix, then its number, big-endian.
pub fn index_key(number: u64) -> Vec<u8> {
    [INDEX_PREFIX, &number.to_be_bytes()].concat()
}
