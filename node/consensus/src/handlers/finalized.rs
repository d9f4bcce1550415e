//! `Finalized`: the height is over; the engine asks how to go on, and says who contradicted himself.

use crate::{
    app::App,
    context::{Height, MuluContext},
    error::Halt,
    upgrade,
};
use arc_malachitebft_app_channel::app::{
    engine::host::HeightParams,
    types::{MisbehaviorEvidence, core::CommitCertificate},
};

/// The next height; when it starts is the pacing's question.
///
/// # Errors
/// [`Halt::Fatal`] if the height was not committed: the engine does not finalize what it has not shown. [`Halt::Park`] if this program
/// does not carry the version of the next height.
pub fn handle(
    app: &App,
    certificate: &CommitCertificate<MuluContext>,
    evidence: &MisbehaviorEvidence<MuluContext>,
) -> Result<(Height, HeightParams<MuluContext>), Halt> {
    let height = certificate.height;
    for (address, _) in evidence.votes.iter() {
        tracing::error!(%height, validator = %address, "ALERT: this validator signed two different votes");
    }
    for (address, _) in evidence.proposals.iter() {
        tracing::error!(%height, validator = %address, "ALERT: this validator signed two different proposals");
    }
    if height.id() >= app.parent.next() {
        return Err(Halt::fatal(format!("height {height} is finalized, but it was not committed")));
    }
    upgrade::check(app)?;
    Ok(app.next_height())
}
