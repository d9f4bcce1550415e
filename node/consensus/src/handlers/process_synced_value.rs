//! `ProcessSyncedValue`: a peer sent a block whose certificate the engine has checked.

use crate::{
    app::App,
    blocks,
    context::{Address, BlockHash, Height, Init, MuluContext},
    error::Halt,
    judge::proposed,
};
use arc_malachitebft_app_channel::app::{
    engine::host::SyncedValueOutcome,
    types::core::{Round, Validity},
};
use bytes::Bytes;
use mulu_primitives::block::Block;
use mulu_proofs::hash::blake2_256;
use std::sync::Arc;

/// Executes the block. Its time is not compared with the clock: more than two thirds have done so.
///
/// # Errors
/// [`Halt`] if database or store fail, or if executing this block has ended the process too often.
pub fn handle(
    app: &mut App,
    height: Height,
    round: Round,
    proposer: Address,
    bytes: &Bytes,
) -> Result<SyncedValueOutcome<MuluContext>, Halt> {
    let Some(round) = round.as_u32() else { return Ok(SyncedValueOutcome::PeerFault) };
    if height.id() != app.parent.next() {
        // A block of a height that was decided meanwhile, or too early: nobody's fault.
        return Ok(SyncedValueOutcome::LocalTransientError);
    }
    let Ok(block) = Block::decode(bytes) else { return Ok(SyncedValueOutcome::PeerFault) };
    let hash = block.hash();
    if block.height() != height.id() || block.header.parent_hash.0 != app.parent.hash {
        return Ok(SyncedValueOutcome::PeerFault);
    }
    let init = Init {
        height,
        round,
        pol_round: Round::Nil,
        proposer,
        hash: BlockHash(hash),
        bytes: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
        body: blake2_256(bytes),
        // The proposer's signature of the parts stays with those who saw the round.
        signature: [0; 64],
    };
    if app.blocks.get(&hash).is_none() {
        app.blocks.check_crashes(&hash)?;
        match blocks::execute(&app.parts, &app.parent, Arc::new(block))? {
            // Durable before the engine logs it: after a crash it may be decided by votes.
            Ok(executed) => {
                if !app.blocks.keep(&app.parts, init, executed.clone())? {
                    app.blocks.keep_executed(executed);
                }
            }
            Err(why) => {
                tracing::error!(
                    %height, hash = hex::encode(hash), why,
                    "ALERT: a block with a good certificate is invalid here; either the peer has changed its body, or this program \
                     is not the one that the others run"
                );
                return Ok(SyncedValueOutcome::PeerFault);
            }
        }
    }
    app.synced = Some(hash);
    Ok(SyncedValueOutcome::Verdict(proposed(&init, Validity::Valid)))
}
