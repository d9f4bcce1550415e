//! `ConsensusReady`: the engine listens and asks where to begin.

use crate::{
    app::App,
    context::{Height, MuluContext},
    error::Halt,
    upgrade,
};
use arc_malachitebft_app_channel::app::engine::host::HeightParams;

/// Begins at once, without a wait for work: a node that was away must not sleep while the others are ahead.
///
/// # Errors
/// [`Halt`] if this program does not carry the version of the next height.
pub fn handle(app: &App) -> Result<(Height, HeightParams<MuluContext>), Halt> {
    upgrade::check(app)?;
    let (height, params) = app.next_height();
    tracing::info!(%height, validators = app.parent.validators.validators().len(), "consensus begins");
    Ok((height, params))
}
