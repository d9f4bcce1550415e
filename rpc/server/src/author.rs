//! `author_`: extrinsics on their way to the pool service, and what becomes of them.

use crate::{
    chain::send,
    context::Context,
    failure::Failure,
    limits::{FINALIZED_DELAY, PENDING_BYTES_MAX, SUBMISSION_WAIT},
    parts::{Submission, SubmitError},
};
use jsonrpsee::{
    PendingSubscriptionSink, SubscriptionSink,
    core::{RpcResult, async_trait},
};
use mulu_pool::{Left, Place};
use mulu_primitives::{block::Extrinsic, stages::Committed};
use mulu_proofs::ids::Digest32;
use mulu_rpc_api::author::{AuthorServer, ExtrinsicStatus};
use sp_core::{Bytes, H256};
use std::sync::Arc;
use tokio::sync::{
    broadcast::{Receiver, error::RecvError},
    mpsc::error::TrySendError,
    oneshot,
};

/// The namespace.
pub struct Author(pub Arc<Context>);

#[async_trait]
impl AuthorServer for Author {
    async fn submit_extrinsic(&self, extrinsic: Bytes) -> RpcResult<H256> {
        let extrinsic = Extrinsic::new(&extrinsic.0);
        let hash = extrinsic.hash();
        submit(&self.0, extrinsic).await?;
        Ok(H256(hash))
    }

    async fn pending_extrinsics(&self) -> RpcResult<Vec<Bytes>> {
        self.0
            .run(|context| {
                // Cloned under the lock, which shares the bytes; copied behind it.
                let waiting: Vec<Extrinsic> = context.pool().pending().map(|pooled| pooled.extrinsic.clone()).collect();
                let mut bytes = 0;
                let fits = |extrinsic: &Extrinsic| {
                    bytes += extrinsic.bytes().len();
                    bytes <= PENDING_BYTES_MAX
                };
                let shown = waiting.into_iter().take_while(fits);
                Ok(shown.map(|extrinsic| Bytes(extrinsic.bytes().to_vec())).collect())
            })
            .await
    }

    async fn watch_extrinsic(&self, pending: PendingSubscriptionSink, extrinsic: Bytes) {
        let extrinsic = Extrinsic::new(&extrinsic.0);
        let hash = extrinsic.hash();
        // Before the submission, so that no word about it can be missed.
        let committed = self.0.parts.committed.subscribe();
        let left = self.0.parts.left.subscribe();
        // Clients hang on an `invalid` that comes first: what is not taken is an error of the call.
        match submit(&self.0, extrinsic).await {
            Err(failure) => pending.reject(failure).await,
            Ok(place) => {
                let Ok(sink) = pending.accept().await else { return };
                let watch = Watch { context: Arc::clone(&self.0), hash, committed, left };
                // The client is gone; there is nobody to tell.
                let _ = watch.tell(&sink, place).await;
            }
        }
    }
}

/// Hands an extrinsic to the pool service and waits for its answer.
async fn submit(context: &Context, extrinsic: Extrinsic) -> Result<Place, Failure> {
    let (reply, answer) = oneshot::channel();
    match context.parts.submit.try_send(Submission { extrinsic, reply }) {
        Ok(()) => {}
        Err(TrySendError::Full(_) | TrySendError::Closed(_)) => return Err(Failure::Submit(SubmitError::Busy)),
    }
    match tokio::time::timeout(SUBMISSION_WAIT, answer).await {
        Ok(Ok(answer)) => answer.map_err(Failure::Submit),
        Ok(Err(_)) | Err(_) => Err(Failure::Submit(SubmitError::Busy)),
    }
}

/// A watched extrinsic.
struct Watch {
    context: Arc<Context>,
    hash: Digest32,
    committed: Receiver<Arc<Committed>>,
    left: Receiver<(Digest32, Left)>,
}

/// What was heard of it.
enum Fate {
    Included(Digest32),
    Left(Left),
    ClientGone,
}

impl Watch {
    async fn tell(mut self, sink: &SubscriptionSink, place: Place) -> Result<(), ()> {
        let first = match place {
            Place::Ready => ExtrinsicStatus::Ready,
            Place::Future { .. } => ExtrinsicStatus::Future,
        };
        send(sink, &first).await?;
        match self.fate(sink).await {
            Fate::Included(block) => {
                send(sink, &ExtrinsicStatus::InBlock(H256(block))).await?;
                tokio::time::sleep(FINALIZED_DELAY).await;
                send(sink, &ExtrinsicStatus::Finalized(H256(block))).await
            }
            Fate::Left(Left::Expired) => send(sink, &ExtrinsicStatus::Dropped).await,
            Fate::Left(Left::Stale | Left::Invalid) => send(sink, &ExtrinsicStatus::Invalid).await,
            Fate::ClientGone => Ok(()),
        }
    }

    async fn fate(&mut self, sink: &SubscriptionSink) -> Fate {
        loop {
            tokio::select! {
                () = sink.closed() => return Fate::ClientGone,
                news = self.committed.recv() => match news {
                    Ok(block) => {
                        if block.block().extrinsics.iter().any(|extrinsic| extrinsic.hash() == self.hash) {
                            return Fate::Included(block.hash());
                        }
                    }
                    Err(RecvError::Lagged(_)) => {
                        if let Some(block) = self.block().await {
                            return Fate::Included(block);
                        }
                    }
                    Err(RecvError::Closed) => return Fate::ClientGone,
                },
                news = self.left.recv() => match news {
                    Ok((hash, why)) if hash == self.hash => return Fate::Left(why),
                    Ok(_) => {}
                    // What it said is lost; a block with the extrinsic, if there is one, is still told.
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return Fate::ClientGone,
                },
            }
        }
    }

    /// Hash of the block that holds the extrinsic, as the index knows it.
    async fn block(&self) -> Option<Digest32> {
        let hash = self.hash;
        let found = self.context.run(move |context| match context.place_of(&hash)? {
            Some((height, _)) => Ok(context.parts.store.hash_at(height)?),
            None => Ok(None),
        });
        found.await.ok().flatten()
    }
}
