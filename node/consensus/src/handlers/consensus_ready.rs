//! `ConsensusReady`: the engine listens and asks where to begin.

use crate::{
    app::App,
    context::{Height, MuluContext},
};
use arc_malachitebft_app_channel::app::engine::host::HeightParams;

/// Begins at once, without a wait for work: a node that was away must not sleep while the others are ahead.
pub fn handle(app: &App) -> (Height, HeightParams<MuluContext>) {
    let (height, params) = app.next_height();
    tracing::info!(%height, validators = app.parent.validators.validators().len(), "consensus begins");
    (height, params)
}
