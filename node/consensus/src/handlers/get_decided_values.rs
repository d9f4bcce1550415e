//! `GetDecidedValues`: a peer is behind and asks for blocks.

use crate::{
    app::App,
    codec::{SYNC_VALUES_MAX, extended},
    context::{Height, MuluContext},
    error::Halt,
    signing::engine_certificate,
};
use arc_malachitebft_app_channel::app::types::sync::RawDecidedValue;
use mulu_storage::StorageError;
use std::ops::RangeInclusive;

/// Most bytes of one answer; one block always fits.
pub const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Blocks of the range with their certificates, as many as fit; the peer asks again for the rest.
///
/// # Errors
/// [`Halt`] if the store fails.
pub fn handle(app: &App, range: &RangeInclusive<Height>) -> Result<Vec<RawDecidedValue<MuluContext>>, Halt> {
    let (mut values, mut bytes) = (Vec::new(), 0);
    let head = app.parent.header.number;
    let (start, end) = (range.start().id().get().max(1), range.end().id().get().min(head));
    for height in (start..=end).take(SYNC_VALUES_MAX) {
        let height = mulu_proofs::ids::Height::new(height);
        let block = match app.parts.store.block(height) {
            // Its bodies are in an archive file: another peer has them, or none.
            Err(StorageError::Archived { .. }) => break,
            block => block?,
        };
        let (Some(block), Some(certificate)) = (block, app.parts.store.certificate(height)?) else { break };
        let block = block.encode();
        bytes += block.len();
        if bytes > ANSWER_BYTES_MAX && !values.is_empty() {
            break;
        }
        values.push(RawDecidedValue::new(block.into(), extended(engine_certificate(&certificate))));
    }
    Ok(values)
}
