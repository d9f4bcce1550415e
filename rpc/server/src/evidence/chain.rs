//! The chain part: tip, set changes, headers with their history, records with their paths.

use crate::{
    context::{Context, Found},
    failure::Failure,
};
use codec::Encode;
use mulu_proofs::{
    certificate::Certificate,
    evidence::{SetChange, package::SETS_MAX},
    ids::Height,
    tree::Path,
};

/// The header that everything is proven against.
pub struct Tip {
    /// Its height.
    pub height: Height,
    /// Its SCALE bytes.
    pub header: Vec<u8>,
    /// Its certificate.
    pub certificate: Certificate,
}

/// The header of a height with its certificate; the head without a height.
pub fn tip(context: &Context, height: Option<Height>) -> Result<Tip, Failure> {
    let height = height.unwrap_or_else(|| Height::new(context.head().number));
    let header = header_bytes(context, height)?;
    let certificate = context.parts.store.certificate(height)?;
    let certificate =
        certificate.ok_or_else(|| Failure::evidence(format!("block {height} has no certificate here")))?;
    Ok(Tip { height, header, certificate })
}

/// SCALE bytes of a header.
pub fn header_bytes(context: &Context, height: Height) -> Result<Vec<u8>, Failure> {
    let header = context.parts.store.header(height)?;
    Ok(header.ok_or_else(|| Failure::NotFound { what: format!("block {height}") })?.encode())
}

/// Paths of headers in the tip's history; none for the tip itself.
pub fn history_paths(context: &Context, heights: &[Height], tip: Height) -> Result<Vec<Option<Path>>, Failure> {
    let others: Vec<Height> = heights.iter().copied().filter(|height| *height != tip).collect();
    let mut paths = context.history.paths(&context.parts.store, &others, tip)?.into_iter();
    Ok(heights.iter().map(|height| if *height == tip { None } else { paths.next() }).collect())
}

/// Path of a record in the record log of its header.
pub fn record_path(context: &Context, found: &Found) -> Result<Path, Failure> {
    let tree = context.trees.of(&context.parts.store, found.height)?;
    tree.path(found.place as usize).ok_or(Failure::Damaged { what: "the records of a block" })
}

/// Every change of the validator set before `tip`. Block 1, which repeats what genesis says, is none.
pub fn set_changes(context: &Context, tip: Height) -> Result<Vec<SetChange>, Failure> {
    let store = &context.parts.store;
    let mut in_force = context.parts.info.genesis.validators.digest();
    let mut changes = Vec::new();
    for height in context.history.set_changes(store, tip)? {
        let header = store.header(height)?.ok_or(Failure::Damaged { what: "a header" })?;
        if height < store.oldest_state() {
            // Which keys they were stands in that state alone.
            return Err(Failure::evidence(format!(
                "the validators that block {height} named are pruned with its state"
            )));
        }
        let set = context.parts.executor.validators(&header)?;
        if set.digest() == in_force {
            continue;
        }
        in_force = set.digest();
        let certificate = store.certificate(height)?;
        let certificate =
            certificate.ok_or_else(|| Failure::evidence(format!("block {height} has no certificate here")))?;
        changes.push(SetChange { header: header.encode(), certificate, set });
    }
    if changes.len() > SETS_MAX {
        return Err(Failure::evidence("the validator set has changed more often than a package can show"));
    }
    Ok(changes)
}
