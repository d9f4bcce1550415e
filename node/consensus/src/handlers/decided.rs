//! `Decided`: more than two thirds have signed a block; it is committed.

use crate::{
    app::App,
    context::MuluContext,
    error::{Halt, chain},
    signing::certificate,
};
use arc_malachitebft_app_channel::app::types::core::CommitCertificate;
use mulu_index::BatchEvents;
use mulu_primitives::stages::{Decided, Executed, IndexRow};
use mulu_proofs::{calendar::Calendar, certificate::Certificate};
use std::sync::Arc;

/// How a decision came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// By votes that this node heard.
    Voted,
    /// By value sync: the others are ahead.
    Synced,
    /// It was committed before the restart.
    Known,
}

/// Commits the block with its certificate and its rows of the index, and announces it.
///
/// # Errors
/// [`Halt`] if the block is not here, cannot be executed, or cannot be committed: then the node does nothing more.
pub fn handle(app: &mut App, decided: &CommitCertificate<MuluContext>) -> Result<Decision, Halt> {
    if decided.height.id() < app.parent.next() {
        return Ok(Decision::Known);
    }
    let certificate = check(app, decided)?;
    let hash = certificate.header_hash;
    let executed = app
        .blocks
        .executed(&app.parts, &app.parent, &hash)?
        .ok_or_else(|| Halt::fatal(format!("block 0x{} is decided, but its body is not here", hex::encode(hash))))?;
    let rows = rows(app, &executed)?;
    let decision = if app.synced == Some(hash) { Decision::Synced } else { Decision::Voted };
    let pair = Decided::new(executed, certificate).map_err(|error| Halt::fatal(error.to_string()))?;
    let committed = Arc::new(app.parts.store.commit(pair, rows)?);
    app.advance(&committed);
    tracing::debug!(
        height = committed.block().header.number,
        hash = hex::encode(hash),
        extrinsics = committed.block().extrinsics.len(),
        records = committed.records().len(),
        ?decision,
        "committed"
    );
    // Without a listener nobody wants to know.
    let _ = app.parts.committed.send(committed);
    Ok(decision)
}

/// The ledger's own check of what the engine has decided: what is stored must convince everyone who reads it later.
fn check(app: &App, decided: &CommitCertificate<MuluContext>) -> Result<Certificate, Halt> {
    let height = decided.height.id();
    if height != app.parent.next() {
        return Err(Halt::fatal(format!("height {height} is decided, but {} comes next", app.parent.next())));
    }
    let certificate = certificate(decided).ok_or_else(|| Halt::fatal("a decision of no round"))?;
    certificate
        .verify(&app.domain, &app.parent.validators)
        .map_err(|error| Halt::fatal(format!("the certificate of height {height} is none: {error}")))?;
    Ok(certificate)
}

fn rows(app: &App, executed: &Arc<Executed>) -> Result<Vec<IndexRow>, Halt> {
    let events = app.parts.executor.events_of(executed).map_err(|error| Halt::fatal(chain(&error)))?;
    let batches: Vec<_> = events.iter().map(|(record, leaves)| BatchEvents { record: *record, leaves }).collect();
    let calendar = match batches.is_empty() {
        true => Calendar::default(),
        false => app.parts.executor.calendar(&app.parent.header).map_err(|error| Halt::fatal(chain(&error)))?,
    };
    mulu_index::derive(&executed.block, &executed.records, &batches, &calendar)
        .map_err(|error| Halt::fatal(chain(&error)))
}
