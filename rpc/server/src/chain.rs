//! `chain_`: blocks and heads. What is committed is final, so that all three head subscriptions give the same headers.

use crate::{context::Context, failure::Failure};
use codec::Encode;
use jsonrpsee::{
    PendingSubscriptionSink, SubscriptionSink,
    core::{RpcResult, async_trait, to_json_raw_value},
};
use mulu_primitives::block::Header;
use mulu_proofs::ids::Height;
use mulu_rpc_api::chain::{CERTIFICATE_ENGINE_ID, ChainServer, NUMBERS_MAX, RpcBlock, SignedBlock};
use sp_core::{Bytes, H256};
use sp_rpc::{list::ListOrValue, number::NumberOrHex};
use sp_runtime::Justifications;
use std::sync::Arc;
use tokio::sync::broadcast::error::RecvError;

/// The namespace.
pub struct Chain(pub Arc<Context>);

#[async_trait]
impl ChainServer for Chain {
    async fn header(&self, hash: Option<H256>) -> RpcResult<Option<Header>> {
        self.0.run(move |context| context.header(hash)).await
    }

    async fn block(&self, hash: Option<H256>) -> RpcResult<Option<SignedBlock>> {
        self.0.run(move |context| block(context, hash)).await
    }

    async fn block_hash(&self, number: Option<ListOrValue<NumberOrHex>>) -> RpcResult<ListOrValue<Option<H256>>> {
        self.0
            .run(move |context| match number {
                None => Ok(ListOrValue::Value(Some(H256(context.parts.store.head().1)))),
                Some(ListOrValue::Value(number)) => Ok(ListOrValue::Value(hash_at(context, number)?)),
                Some(ListOrValue::List(numbers)) if numbers.len() > NUMBERS_MAX => {
                    Err(Failure::OverBound { what: "block numbers", asked: numbers.len(), bound: NUMBERS_MAX })
                }
                Some(ListOrValue::List(numbers)) => {
                    let hashes = numbers.into_iter().map(|number| hash_at(context, number));
                    Ok(ListOrValue::List(hashes.collect::<Result<_, _>>()?))
                }
            })
            .await
    }

    async fn finalized_head(&self) -> RpcResult<H256> {
        Ok(H256(self.0.parts.store.head().1))
    }

    async fn subscribe_new_heads(&self, pending: PendingSubscriptionSink) {
        heads(Arc::clone(&self.0), pending).await;
    }

    async fn subscribe_all_heads(&self, pending: PendingSubscriptionSink) {
        heads(Arc::clone(&self.0), pending).await;
    }

    async fn subscribe_finalized_heads(&self, pending: PendingSubscriptionSink) {
        heads(Arc::clone(&self.0), pending).await;
    }
}

fn block(context: &Context, hash: Option<H256>) -> Result<Option<SignedBlock>, Failure> {
    let Some(header) = context.header(hash)? else { return Ok(None) };
    let height = Height::new(header.number);
    let block = context.parts.store.block(height)?.ok_or(Failure::Damaged { what: "a block" })?;
    let certificate = context.parts.store.certificate(height)?;
    Ok(Some(SignedBlock {
        block: RpcBlock {
            header,
            extrinsics: block.extrinsics.iter().map(|extrinsic| Bytes(extrinsic.bytes().to_vec())).collect(),
        },
        justifications: certificate
            .map(|certificate| Justifications::from((CERTIFICATE_ENGINE_ID, certificate.encode()))),
    }))
}

fn hash_at(context: &Context, number: NumberOrHex) -> Result<Option<H256>, Failure> {
    // No block is that high.
    let Ok(height) = u32::try_from(number) else { return Ok(None) };
    Ok(context.parts.store.hash_at(Height::new(height))?.map(H256))
}

/// Sends the head's header at once and then every further one, without a gap, until the client leaves.
async fn heads(context: Arc<Context>, pending: PendingSubscriptionSink) {
    let mut committed = context.parts.committed.subscribe();
    let Ok(sink) = pending.accept().await else { return };
    let head = context.head();
    let mut sent = head.number;
    if send(&sink, &head).await.is_err() {
        return;
    }
    loop {
        let news = tokio::select! {
            () = sink.closed() => return,
            news = committed.recv() => news,
        };
        match news {
            Ok(block) if block.block().header.number == sent + 1 => {
                sent += 1;
                if send(&sink, &block.block().header).await.is_err() {
                    return;
                }
            }
            // Seen already, or too slow for the announcements: the store has what is missing.
            Ok(_) | Err(RecvError::Lagged(_)) => {
                while sent < context.head().number {
                    let next = Height::new(sent + 1);
                    let header = context.run(move |context| Ok(context.parts.store.header(next)?)).await;
                    let Ok(Some(header)) = header else { return };
                    sent += 1;
                    if send(&sink, &header).await.is_err() {
                        return;
                    }
                }
            }
            Err(RecvError::Closed) => return,
        }
    }
}

/// Sends one message; fails if the client is gone.
pub async fn send<T: serde::Serialize + Sync>(sink: &SubscriptionSink, message: &T) -> Result<(), ()> {
    let json = to_json_raw_value(message).map_err(drop)?;
    sink.send(json).await.map_err(drop)
}
