//! `evidence_`: packages, put together from what is stored.
//!
//! ```text
//! event ─ batch ─┬─ needed: every record that the verifier will ask for, and no other
//!                ├─ acts:   the extrinsic behind each, with what its signer signed beside it
//!                └─ chain:  paths, headers, set changes, tip with its certificate
//! ```
//!
//! What is handed out has passed the verifier first: a package that does not hold is a fault of this node, and is said to be one.

mod acts;
pub mod chain;
mod list;
mod needed;

use crate::{
    access::seen_event,
    batches::OpenBatch,
    catalog::entry_id,
    context::{Context, Found},
    failure::Failure,
    visibility::Viewer,
};
use codec::Encode;
use jsonrpsee::{
    Extensions,
    core::{RpcResult, async_trait},
};
use mulu_proofs::{
    evidence::{
        Claim, EventProof, FilingProof, FinalHeader, Package, ProvenHeader, ProvenRecord, SetChange,
        package::{HEADERS_MAX, MAGIC, PACKAGE_BYTES_MAX, RECORDS_MAX, VERSION},
        verify,
    },
    genesis::GenesisFile,
    hash::Suite,
    header::HeaderView,
    ids::{Height, Version},
};
use mulu_rpc_api::{
    Hex,
    access::EventRef,
    catalog::EntryRef,
    evidence::{CHANGES_MAX, EvidenceServer, ListRequest, ValidatorChange},
};
use std::sync::Arc;

/// The namespace.
pub struct Evidence(pub Arc<Context>);

#[async_trait]
impl EvidenceServer for Evidence {
    async fn event(&self, extensions: &Extensions, event: EventRef, tip: Option<Height>) -> RpcResult<Hex> {
        self.0.run_for(extensions, move |context, viewer| package(context, viewer, event, tip).map(Hex)).await
    }

    async fn filing(
        &self,
        extensions: &Extensions,
        entry: EntryRef,
        version: Option<Version>,
        tip: Option<Height>,
    ) -> RpcResult<Hex> {
        self.0.run_for(extensions, move |context, viewer| filing(context, viewer, &entry, version, tip).map(Hex)).await
    }

    async fn list(&self, extensions: &Extensions, request: ListRequest) -> RpcResult<Hex> {
        self.0
            .run_for(extensions, move |context, viewer| {
                if !viewer.sees_series(request.series)? {
                    return Err(Failure::NotFound { what: request.series.to_string() });
                }
                list::package(context, &request).map(Hex)
            })
            .await
    }

    async fn genesis(&self) -> RpcResult<GenesisFile> {
        Ok(self.0.parts.info.genesis.clone())
    }

    async fn validator_changes(&self, above: Option<Height>) -> RpcResult<Vec<ValidatorChange>> {
        self.0.run(move |context| validators(context, above.unwrap_or_default())).await
    }
}

/// Changes of the validator set above a height, ascending.
fn validators(context: &Context, above: Height) -> Result<Vec<ValidatorChange>, Failure> {
    const DAMAGED: Failure = Failure::Damaged { what: "a header" };
    let mut shown = Vec::new();
    for SetChange { header, certificate, set } in chain::set_changes(context, Height::new(context.head().number + 1))? {
        let height = HeaderView::read(&header).map_err(|_| DAMAGED)?.height;
        if height > above && shown.len() < CHANGES_MAX {
            let certificate = Hex(certificate.encode());
            shown.push(ValidatorChange { height, header: Hex(header), certificate, validators: set });
        }
    }
    Ok(shown)
}

/// The evidence package of an event.
fn package(context: &Context, viewer: &Viewer<'_>, event: EventRef, tip: Option<Height>) -> Result<Vec<u8>, Failure> {
    let located = seen_event(context, viewer, event)?;
    let (batch, place) = located.ok_or_else(|| Failure::NotFound { what: format!("event {event}") })?;
    let records = needed::records(context, &batch, place, tip)?;
    let batch_place = records.iter().position(|found| found.record.number == batch.record);
    let batch_place = batch_place.and_then(|place| u32::try_from(place).ok());
    let event = event_proof(&batch, place, batch_place.ok_or(Failure::Damaged { what: "the order of records" })?)?;
    verified(context, Claim::Event(event), &records, tip)
}

/// The filing certificate of a version of an entry.
fn filing(
    context: &Context,
    viewer: &Viewer<'_>,
    entry: &EntryRef,
    version: Option<Version>,
    tip: Option<Height>,
) -> Result<Vec<u8>, Failure> {
    let unknown = || Failure::NotFound { what: "such an entry".to_owned() };
    let entry = entry_id(context, entry)?.ok_or_else(unknown)?;
    if !viewer.sees_entry(entry)? {
        return Err(unknown());
    }
    let (version, records) = needed::of_filing(context, entry, version)?;
    verified(context, Claim::Filing(FilingProof { entry, version }), &records, tip)
}

/// The package of a claim, once the verifier has passed it.
fn verified(context: &Context, claim: Claim, records: &[Found], tip: Option<Height>) -> Result<Vec<u8>, Failure> {
    let tip = chain::tip(context, tip)?;
    if let Some(newest) = records.last().map(|found| found.height).filter(|newest| *newest > tip.height) {
        return Err(Failure::evidence(format!(
            "block {newest} has records of this package; take it or a later one as the tip"
        )));
    }
    let bytes = assemble(context, claim, records, tip)?.to_bytes();
    if bytes.len() > PACKAGE_BYTES_MAX {
        let size = bytes.len();
        return Err(Failure::evidence(format!("it takes {size} bytes, a package has at most {PACKAGE_BYTES_MAX}")));
    }
    match verify(&bytes, &context.parts.info.genesis, None).failure {
        None => Ok(bytes),
        Some(failure) => Err(Failure::evidence(format!("it does not hold: {failure}"))),
    }
}

fn assemble(context: &Context, claim: Claim, records: &[Found], tip: chain::Tip) -> Result<Package, Failure> {
    let mut heights: Vec<Height> = records.iter().map(|found| found.height).collect();
    heights.dedup();
    if records.len() > RECORDS_MAX || heights.len() > HEADERS_MAX {
        return Err(Failure::evidence("it takes more records than a package holds"));
    }
    let mut headers = Vec::with_capacity(heights.len());
    for (height, path) in heights.iter().zip(chain::history_paths(context, &heights, tip.height)?) {
        headers.push(ProvenHeader { header: chain::header_bytes(context, *height)?, path });
    }
    let mut proven = Vec::with_capacity(records.len());
    for found in records {
        let header =
            heights.binary_search(&found.height).map_err(|_| Failure::Damaged { what: "the order of records" })?;
        let header = u32::try_from(header).map_err(|_| Failure::Damaged { what: "the order of records" })?;
        proven.push(ProvenRecord { header, path: chain::record_path(context, found)?, record: found.bytes.clone() });
    }
    Ok(Package {
        magic: MAGIC,
        version: VERSION,
        suite: Suite::default(),
        chain_id: context.parts.info.genesis.chain_id.clone().into_bytes(),
        sets: chain::set_changes(context, tip.height)?,
        tip: FinalHeader { header: tip.header, certificate: tip.certificate },
        headers,
        records: proven,
        acts: acts::of(context, records)?,
        claim,
    })
}

/// The event in its batch, without the sealed part: that is in the department's vault.
fn event_proof(batch: &OpenBatch, place: u32, batch_place: u32) -> Result<EventProof, Failure> {
    const LOST: Failure = Failure::Damaged { what: "the body of a batch" };
    let path = batch.tree().path(place as usize).ok_or(LOST)?;
    let leaf = batch.leaves.get(place as usize).ok_or(LOST)?;
    Ok(EventProof { batch: batch_place, leaf: leaf.bytes(), path, sealed: None })
}
