//! `RestreamProposal`: a block of an earlier round is proposed again, or is locked and others may not have it.

use crate::{
    app::App,
    context::{Address, BlockHash, Height, Init, Part},
    error::Halt,
    parts,
};
use arc_malachitebft_app_channel::app::{streaming::StreamMessage, types::core::Round};

/// The block's parts: signed anew if this node proposes it, else as its proposer signed them.
///
/// # Errors
/// [`Halt`] if the store fails.
pub fn handle(
    app: &mut App,
    height: Height,
    round: Round,
    pol_round: Round,
    proposer: Address,
    hash: BlockHash,
) -> Result<Vec<StreamMessage<Part>>, Halt> {
    let Some(round) = round.as_u32().filter(|_| height.id() == app.parent.next()) else { return Ok(Vec::new()) };
    let same = app.blocks.of_hash(hash.0).find(|init| init.round == round && init.proposer == proposer);
    let any = app.blocks.of_hash(hash.0).next();
    let init = match (same, any, &app.signer) {
        (Some(init), _, _) => init,
        (None, Some(known), Some(signer)) if proposer == app.address => {
            signer.sign_parts(Init { round, pol_round, proposer, ..known })
        }
        _ => {
            tracing::debug!(%height, round, %hash, "a block that is not here as it was proposed is not sent again");
            return Ok(Vec::new());
        }
    };
    let Some(block) = app.blocks.body(&app.parts, &hash.0)? else { return Ok(Vec::new()) };
    Ok(parts::split(init, &block.encode().into(), app.next_nonce()))
}
