//! `ReceivedProposalPart`: a peer sent a part of a block.

use crate::{
    app::App,
    context::{Height, Init, MuluContext, Part},
    error::Halt,
};
use arc_malachitebft_app_channel::app::{
    streaming::{StreamContent, StreamMessage},
    types::{PeerId, ProposedValue},
};
use mulu_proofs::ids::Moment;

/// So many rounds ahead of the engine's a block may be; the engine's own bound for votes and proposals.
const ROUNDS_AHEAD_MAX: u32 = 10;

/// What a part has brought.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// A block is whole and judged.
    pub value: Option<ProposedValue<MuluContext>>,
    /// A proposer has begun with a height that is not decided here.
    pub began: Option<Height>,
}

/// Takes the part; judges the block if it was the last one and its parent is committed.
///
/// # Errors
/// [`Halt`] if database or store fail.
pub fn handle(app: &mut App, from: PeerId, part: StreamMessage<Part>, now: Moment) -> Result<Received, Halt> {
    let next = app.parent.next();
    let verifier = app.verifier;
    let (round, validators) = (app.round, &app.parent.validators);
    let is_wanted = |init: &Init| {
        let height = init.height.id();
        let is_near = height == next || height == next.next();
        is_near
            && (height != next || init.round <= round.saturating_add(ROUNDS_AHEAD_MAX))
            && validators.contains(&init.proposer.0)
            && verifier.is_signed(init)
    };
    let first = match &part.content {
        StreamContent::Data(Part::Init(init)) => Some(*init),
        _ => None,
    };
    let whole = match app.reassembly.take(from, part, is_wanted) {
        Ok(whole) => whole,
        Err(error) => {
            tracing::debug!(%from, "a part is dropped: {error}");
            return Ok(Received::default());
        }
    };
    // Whoever comes this far with a first part has signed it, and it is of a height that is not decided.
    let began = first.map(|init| init.height);
    let value = match whole {
        None => None,
        Some(whole) if whole.init.height.id() == next => app.judge(&whole, now)?,
        Some(whole) => {
            app.keep_early(whole);
            None
        }
    };
    Ok(Received { value, began })
}
