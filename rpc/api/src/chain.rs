//! `chain_`: blocks and heads. Every committed block is final, so that best and finalized are the same.

use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use mulu_primitives::block::Header;
use serde::{Deserialize, Serialize};
use sp_core::{Bytes, H256};
use sp_rpc::{list::ListOrValue, number::NumberOrHex};
use sp_runtime::Justifications;

/// Engine id under which a block's certificate stands among its justifications.
pub const CERTIFICATE_ENGINE_ID: [u8; 4] = *b"mulC";
/// Most block numbers of one `chain_getBlockHash`.
pub const NUMBERS_MAX: usize = 1_000;

/// A block with its certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedBlock {
    /// The block.
    pub block: RpcBlock,
    /// SCALE of the certificate under [`CERTIFICATE_ENGINE_ID`]; none for genesis.
    pub justifications: Option<Justifications>,
}

/// Header and extrinsics.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RpcBlock {
    /// Header.
    pub header: Header,
    /// Extrinsics exactly as submitted, length prefix included.
    pub extrinsics: Vec<Bytes>,
}

/// Blocks and heads.
#[rpc(client, server)]
pub trait Chain {
    /// Header of a block; of the head without a hash.
    #[method(name = "chain_getHeader")]
    async fn header(&self, hash: Option<H256>) -> RpcResult<Option<Header>>;

    /// A block; the head without a hash.
    #[method(name = "chain_getBlock")]
    async fn block(&self, hash: Option<H256>) -> RpcResult<Option<SignedBlock>>;

    /// Hash of one height or of several; of the head without a number.
    #[method(name = "chain_getBlockHash", aliases = ["chain_getHead"])]
    async fn block_hash(&self, number: Option<ListOrValue<NumberOrHex>>) -> RpcResult<ListOrValue<Option<H256>>>;

    /// Hash of the head.
    #[method(name = "chain_getFinalizedHead", aliases = ["chain_getFinalisedHead"])]
    async fn finalized_head(&self) -> RpcResult<H256>;

    /// Headers from the head on.
    #[subscription(
        name = "chain_subscribeNewHeads" => "chain_newHead",
        aliases = ["chain_subscribeNewHead", "subscribe_newHead"],
        unsubscribe = "chain_unsubscribeNewHeads",
        unsubscribe_aliases = ["chain_unsubscribeNewHead", "unsubscribe_newHead"],
        item = Header
    )]
    async fn subscribe_new_heads(&self);

    /// The same under another name.
    #[subscription(
        name = "chain_subscribeAllHeads" => "chain_allHead",
        unsubscribe = "chain_unsubscribeAllHeads",
        item = Header
    )]
    async fn subscribe_all_heads(&self);

    /// The same under another name.
    #[subscription(
        name = "chain_subscribeFinalizedHeads" => "chain_finalizedHead",
        aliases = ["chain_subscribeFinalisedHeads"],
        unsubscribe = "chain_unsubscribeFinalizedHeads",
        unsubscribe_aliases = ["chain_unsubscribeFinalisedHeads"],
        item = Header
    )]
    async fn subscribe_finalized_heads(&self);
}
