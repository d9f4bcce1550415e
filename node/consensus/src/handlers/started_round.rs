//! `StartedRound`: a round begins; the engine asks for blocks of it that are known already.

use crate::{
    app::App,
    context::{Height, MuluContext},
    error::Halt,
    judge::proposed,
};
use arc_malachitebft_app_channel::app::types::{
    ProposedValue,
    core::{Round, Validity},
};
use mulu_proofs::ids::Moment;

/// Blocks that came in before their parent was committed, and those of the round that an earlier run has left.
///
/// # Errors
/// [`Halt`] if database or store fail.
pub fn handle(
    app: &mut App,
    height: Height,
    round: Round,
    now: Moment,
) -> Result<Vec<ProposedValue<MuluContext>>, Halt> {
    let mut values = Vec::new();
    if height.id() != app.parent.next() {
        return Ok(values);
    }
    let Some(round) = round.as_u32() else { return Ok(values) };
    app.round = round;
    for whole in std::mem::take(&mut app.early) {
        if whole.init.height == height {
            values.extend(app.judge(&whole, now)?);
        } else {
            app.keep_early(whole);
        }
    }
    for init in app.blocks.of_round(round).collect::<Vec<_>>() {
        let validity = Validity::from_bool(!app.blocks.has_crashed(&init.hash.0));
        let value = proposed(&init, validity);
        if !values.contains(&value) {
            values.push(value);
        }
    }
    Ok(values)
}
