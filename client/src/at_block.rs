//! What the state of one block holds, while the chain goes on: every read is of the same block.
//!
//! The types of the state are those of `mulu-runtime` (its pallets' storage items give keys and values), or whatever decodes. With
//! [`AtBlock::with_proofs`] each value comes with its proof under the state root of the header.

use crate::{connection::Connection, error::ClientError};
use codec::{DecodeAll, Encode};
use mulu_primitives::block::Header;
use mulu_proofs::{
    hash::blake2_256,
    ids::{Digest32, Height},
    state,
};
use mulu_rpc_api::{chain::ChainClient, state::StateClient};
use sp_core::{H256, storage::StorageKey};
use std::hash::Hasher;
use twox_hash::XxHash64;

/// Keys that are asked for at once.
const KEYS_PAGE: u32 = 500;

/// The state of a block.
pub struct AtBlock<'a> {
    connection: &'a Connection,
    hash: Digest32,
    header: Header,
    asks_proofs: bool,
}

impl Connection {
    /// The state of the block of that hash; of the head without one.
    ///
    /// # Errors
    /// [`ClientError::NotFound`] if the node has no such block, [`ClientError::FalseAnswer`] if its header has another hash.
    pub async fn at_block(&self, hash: Option<Digest32>) -> Result<AtBlock<'_>, ClientError> {
        let hash = match hash {
            Some(hash) => hash,
            None => self.finalized_head().await?.0,
        };
        let header = self.header(Some(H256(hash))).await?;
        let header = header.ok_or_else(|| ClientError::NotFound { what: format!("block 0x{}", hex::encode(hash)) })?;
        if blake2_256(&header.encode()) != hash {
            return Err(ClientError::FalseAnswer { why: "the header is of another block".into() });
        }
        Ok(AtBlock { connection: self, hash, header, asks_proofs: false })
    }

    /// The same of a height.
    ///
    /// # Errors
    /// As [`Connection::at_block`].
    pub async fn at_height(&self, height: Height) -> Result<AtBlock<'_>, ClientError> {
        use sp_rpc::{list::ListOrValue, number::NumberOrHex};
        let asked = ListOrValue::Value(NumberOrHex::Number(height.get().into()));
        let ListOrValue::Value(Some(hash)) = self.block_hash(Some(asked)).await? else {
            return Err(ClientError::NotFound { what: format!("block {height}") });
        };
        self.at_block(Some(hash.0)).await
    }
}

impl<'a> AtBlock<'a> {
    /// Its hash.
    pub const fn hash(&self) -> Digest32 {
        self.hash
    }

    /// Its height.
    pub const fn height(&self) -> Height {
        Height::new(self.header.number)
    }

    /// Its header.
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The same, with a proof asked for with every value. What the proofs rest on is this header: whether it is final,
    /// [`crate::verified::Verified::at_block`] finds out.
    #[must_use]
    pub fn with_proofs(self) -> Self {
        Self { asks_proofs: true, ..self }
    }

    /// The value under a key; none if there is none.
    ///
    /// # Errors
    /// [`ClientError::FalseAnswer`] if it does not decode, or is not proven where proofs are asked for.
    pub async fn read<T: DecodeAll>(&self, key: &[u8]) -> Result<Option<T>, ClientError> {
        let bytes = self.raw(key).await?;
        bytes
            .map(|bytes| {
                T::decode_all(&mut &bytes[..])
                    .map_err(|_| ClientError::FalseAnswer { why: "a value of the state does not decode".into() })
            })
            .transpose()
    }

    /// The bytes under a key; none if there are none.
    ///
    /// # Errors
    /// As [`AtBlock::read`].
    pub async fn raw(&self, key: &[u8]) -> Result<Option<Vec<u8>>, ClientError> {
        let asked = StorageKey(key.to_vec());
        if !self.asks_proofs {
            return Ok(self.connection.storage(asked, Some(H256(self.hash))).await?.map(|data| data.0));
        }
        let proof = self.connection.read_proof(vec![asked], Some(H256(self.hash))).await?;
        let nodes: Vec<Vec<u8>> = proof.proof.into_iter().map(|node| node.0).collect();
        let root = self.header.state_root.0;
        // The node lists them in an order of its own.
        let proven = state::arrange(&root, key, &nodes).and_then(|nodes| state::value(&root, key, &nodes));
        proven.map_err(|error| ClientError::FalseAnswer { why: format!("a value is not proven: {error}") })
    }

    /// Keys that begin with `prefix`, ascending, all of them: mind how many there are. Only that each holds something is proven, not that
    /// none is missing.
    ///
    /// # Errors
    /// [`ClientError`] if the node does not answer.
    pub async fn keys(&self, prefix: &[u8]) -> Result<Vec<Vec<u8>>, ClientError> {
        let mut keys: Vec<Vec<u8>> = Vec::new();
        loop {
            let start = keys.last().map(|key| StorageKey(key.clone()));
            let asked = Some(StorageKey(prefix.to_vec()));
            let page = self.connection.keys_paged(asked, KEYS_PAGE, start, Some(H256(self.hash))).await?;
            let is_end = page.len() < KEYS_PAGE as usize;
            for key in page {
                if !key.0.starts_with(prefix) || keys.last().is_some_and(|last| *last >= key.0) {
                    return Err(ClientError::FalseAnswer {
                        why: "keys are not ascending, or not below the prefix".into(),
                    });
                }
                keys.push(key.0);
            }
            if is_end {
                return Ok(keys);
            }
        }
    }

    /// SCALE metadata of the runtime at this block, version 14.
    ///
    /// # Errors
    /// [`ClientError`] if the node does not answer.
    pub async fn metadata(&self) -> Result<Vec<u8>, ClientError> {
        Ok(self.connection.metadata(Some(H256(self.hash))).await?.0)
    }

    /// What the pallets deposited in this block, as a list of the runtime's event records (`mulu_runtime::RuntimeEvent`).
    ///
    /// # Errors
    /// As [`AtBlock::read`].
    pub async fn events<E: DecodeAll + Default>(&self) -> Result<E, ClientError> {
        Ok(self.read(&value_key("System", "Events")).await?.unwrap_or_default())
    }

    /// The connection that is asked.
    pub const fn connection(&self) -> &'a Connection {
        self.connection
    }
}

/// Key of a storage value, and prefix of the keys of a map: by pallet and item, as metadata names them.
pub fn value_key(pallet: &str, item: &str) -> [u8; 32] {
    let mut key = [0; 32];
    key[..16].copy_from_slice(&twox_128(pallet.as_bytes()));
    key[16..].copy_from_slice(&twox_128(item.as_bytes()));
    key
}

/// Key of an entry of a map whose keys are hashed by `Twox64Concat`, as most maps' over ids are.
pub fn map_key(pallet: &str, item: &str, key: &impl Encode) -> Vec<u8> {
    let key = key.encode();
    [&value_key(pallet, item)[..], &twox_64(&key), &key].concat()
}
/// Eight bytes by which FRAME spreads the keys of a map.
fn twox_64(key: &[u8]) -> [u8; 8] {
    twox(key, 0)
}

/// Sixteen bytes by which FRAME knows the name of a pallet or of its storage.
fn twox_128(name: &[u8]) -> [u8; 16] {
    let mut hash = [0; 16];
    hash[..8].copy_from_slice(&twox(name, 0));
    hash[8..].copy_from_slice(&twox(name, 1));
    hash
}

fn twox(bytes: &[u8], seed: u64) -> [u8; 8] {
    let mut hasher = XxHash64::with_seed(seed);
    hasher.write(bytes);
    hasher.finish().to_le_bytes()
}
