//! From leaves to the body.

use super::{
    EncodeError, Terms,
    bits::Writer,
    canonical_order, columns,
    run::{self, Run, RunTerms},
};
use mulu_proofs::access::{CODEC_VERSION, EVENTS_MAX, PublicLeaf};
use std::cmp::Ordering;

/// The one body of `leaves`, which are in [`canonical_order`].
///
/// # Errors
/// [`EncodeError`] if there are none or too many, if they are out of order, if a run names what the ledger does not know, or if a leaf does not fit
/// its run.
pub fn encode(leaves: &[PublicLeaf], terms: &impl Terms) -> Result<Vec<u8>, EncodeError> {
    let count = leaves.len();
    if count == 0 || count > EVENTS_MAX as usize {
        return Err(EncodeError::Count { count });
    }
    let runs = leaves
        .chunk_by(|a, b| a.key == b.key)
        .map(|run| Ok(Run { key: run[0].key, count: run.len(), terms: RunTerms::resolve(run[0].key, terms)? }))
        .collect::<Result<Vec<_>, EncodeError>>()?;
    check(&runs, leaves)?;
    Ok(write(&runs, leaves))
}

/// Whether `leaves` are in order and fit their runs.
pub(super) fn check(runs: &[Run], leaves: &[PublicLeaf]) -> Result<(), EncodeError> {
    let disorder = leaves.windows(2).position(|pair| canonical_order(&pair[0], &pair[1]) == Ordering::Greater);
    if let Some(before) = disorder {
        return Err(EncodeError::Order { place: before + 1 });
    }
    for (place, (run, leaf)) in run::each(runs, leaves).enumerate() {
        run.check(leaf).map_err(|rule| EncodeError::Form { place, rule })?;
    }
    Ok(())
}

/// The body of leaves that passed [`check`].
pub(super) fn write(runs: &[Run], leaves: &[PublicLeaf]) -> Vec<u8> {
    let mut writer = Writer::with_capacity(64 + leaves.len() * 32);
    writer.byte(CODEC_VERSION);
    writer.number(leaves.len() as u64);
    run::write(&mut writer, runs);
    columns::write(&mut writer, runs, leaves);
    writer.into_bytes()
}
