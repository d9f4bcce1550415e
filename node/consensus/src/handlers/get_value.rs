//! `GetValue`: it is this node's turn to propose.

use crate::{
    app::App,
    context::{BlockHash, Height, Init, MuluContext, Part},
    error::{Halt, chain},
    parts,
};
use arc_malachitebft_app_channel::app::{
    streaming::StreamMessage,
    types::{LocallyProposedValue, core::Round},
};
use mulu_executor::Built;
use mulu_primitives::{
    block::{BLOCK_BYTES_MAX, Block, Extrinsic},
    stages::Pooled,
};
use mulu_proofs::{
    hash::blake2_256,
    ids::{Digest32, Moment},
};
use std::{collections::BTreeSet, sync::Arc};

/// A value and the parts of its block.
pub type Proposed = (LocallyProposedValue<MuluContext>, Vec<StreamMessage<Part>>);

/// Builds a block, or takes the one that was proposed in this round before a restart. None if there is nothing to propose: the round
/// passes.
///
/// # Errors
/// [`Halt`] if database or store fail.
pub fn handle(app: &mut App, height: Height, round: Round, now: Moment) -> Result<Option<Proposed>, Halt> {
    let Some(round) = round.as_u32().filter(|_| height.id() == app.parent.next()) else { return Ok(None) };
    let address = app.address;
    let before = app.blocks.of_round(round).find(|init| init.proposer == address);
    let (init, block) = match before {
        Some(init) => {
            let block = app.blocks.body(&app.parts, &init.hash.0)?;
            (init, block.ok_or_else(|| Halt::fatal("the body of a kept block is not there"))?)
        }
        None => match build(app, height, round, now)? {
            Some(built) => built,
            None => return Ok(None),
        },
    };
    let value = LocallyProposedValue::new(height, Round::new(round), init.hash);
    let messages = parts::split(init, &block.encode().into(), app.next_nonce());
    Ok(Some((value, messages)))
}

fn build(app: &mut App, height: Height, round: u32, now: Moment) -> Result<Option<(Init, Arc<Block>)>, Halt> {
    let Some(signer) = app.signer.clone() else { return Ok(None) };
    // The own clock may be behind that of the last proposer.
    let moment = app.parent.moment.map_or(now, |parent| now.max(parent.next()));
    let candidates = candidates(app);
    let build =
        |candidates: &[Pooled]| app.parts.executor.build(&app.parent.header, moment, candidates, BLOCK_BYTES_MAX);
    let built = match build(&candidates) {
        Err(error) if error.is_fatal() => return Err(Halt::fatal(chain(&error))),
        Err(error) => {
            tracing::error!(%height, error = chain(&error), "no block can be built of what waits; an empty one is tried");
            build(&[])
        }
        built => built,
    };
    let Built { executed, refused } = match built {
        Ok(built) => built,
        Err(error) if error.is_fatal() => return Err(Halt::fatal(chain(&error))),
        Err(error) => {
            tracing::error!(%height, error = chain(&error), "no block can be built; the round passes");
            return Ok(None);
        }
    };
    for hash in refused {
        // Nobody hears any more only while the node ends.
        let _ = app.parts.refused.send(hash);
    }
    let executed = Arc::new(executed);
    let bytes = executed.block.encode();
    let init = signer.sign_parts(Init {
        height,
        round,
        pol_round: Round::Nil,
        proposer: app.address,
        hash: BlockHash(executed.hash),
        bytes: u32::try_from(bytes.len()).map_err(|_| Halt::fatal("a block was built that no length describes"))?,
        body: blake2_256(&bytes),
        signature: [0; 64],
    });
    app.appetite.proposed(executed.hash);
    let block = executed.block.clone();
    let is_kept = app.blocks.keep(&app.parts, init, executed)?;
    Ok(is_kept.then_some((init, block)))
}

/// What waits, without what stands in committed blocks that the pool has not heard of yet.
fn candidates(app: &App) -> Vec<Pooled> {
    // Block 1 records genesis, and nobody can act in a role before it is recorded: whatever waits would fail in there.
    if app.parent.header.number == 0 {
        return Vec::new();
    }
    let (mut candidates, pool_head) = {
        let pool = app.pool();
        (pool.candidates(app.appetite.bytes_max()), pool.head())
    };
    let unheard = app.recent.iter().filter(|block| block.height() > pool_head);
    let included: BTreeSet<Digest32> = unheard.flat_map(|block| block.extrinsics.iter().map(Extrinsic::hash)).collect();
    candidates.retain(|candidate| !included.contains(&candidate.hash));
    candidates.truncate(app.appetite.count_max());
    candidates
}
