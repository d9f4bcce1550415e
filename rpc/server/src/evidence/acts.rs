//! The signed extrinsics behind records, with what each signer signed beside: versions, genesis, mortality hash.

use crate::{
    context::{Context, Found},
    failure::Failure,
};
use codec::Decode;
use mulu_proofs::{
    evidence::SignedAct,
    extrinsic::{Implicit, SignedExtrinsic},
    ids::{Digest32, Height},
    records::RecordKind,
};
use sp_runtime::generic::Era;

/// The act of every record that takes one: those that an extrinsic caused, except batches and what governance enacted.
pub fn of(context: &Context, records: &[Found]) -> Result<Vec<SignedAct>, Failure> {
    let mut acts = Vec::new();
    for (place, found) in (0_u32..).zip(records) {
        let is_apart = matches!(found.record.kind, RecordKind::BatchAccepted | RecordKind::AuthorityNamed);
        let Some(hash) = found.record.extrinsic.filter(|_| !is_apart) else { continue };
        let (height, extrinsic) = context.extrinsic_of(&hash)?;
        let signed = SignedExtrinsic::read(extrinsic.bytes());
        let signed = signed.ok_or(Failure::Damaged { what: "the extrinsic behind a record" })?;
        let implicit = Implicit {
            spec_version: mulu_runtime::VERSION.spec_version,
            transaction_version: mulu_runtime::VERSION.transaction_version,
            genesis: context.parts.info.genesis.hash(),
            mortality: mortality(context, signed.extra, height)?,
        };
        acts.push(SignedAct { record: place, extrinsic: extrinsic.bytes().to_vec(), implicit });
    }
    Ok(acts)
}

/// Hash of the block at which the extrinsic's era began; genesis for an immortal one.
fn mortality(context: &Context, extra: &[u8], height: Height) -> Result<Digest32, Failure> {
    const DAMAGED: Failure = Failure::Damaged { what: "the era of an extrinsic" };
    match Era::decode(&mut &extra[..]).map_err(|_| DAMAGED)? {
        Era::Immortal => Ok(context.parts.info.genesis.hash()),
        era => {
            let birth = era.birth(u64::from(height.get()));
            let birth = Height::new(u32::try_from(birth).map_err(|_| DAMAGED)?);
            context.parts.store.hash_at(birth)?.ok_or(DAMAGED)
        }
    }
}
