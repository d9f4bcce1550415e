//! Signed extrinsics as bytes: how a verifier reads who signed which call, without the runtime.
//!
//! Form: Substrate's extrinsic V4 with `MultiAddress::Id`, `MultiSignature::Ed25519` and the extensions
//! CheckNonZeroSender, CheckSpecVersion, CheckTxVersion, CheckGenesis, CheckMortality, CheckNonce, CheckWeight.

use crate::{
    certificate::verify_ed25519,
    hash,
    ids::{Digest32, PublicKey},
};
use codec::{Compact, Decode, Encode};

/// Longest extrinsic that is read, in bytes.
pub const EXTRINSIC_BYTES_MAX: usize = 1024 * 1024;

/// What the signed bytes hold beside the extrinsic itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Implicit {
    /// Spec version of the runtime.
    pub spec_version: u32,
    /// Transaction version of the runtime.
    pub transaction_version: u32,
    /// Genesis hash.
    pub genesis: Digest32,
    /// Hash of the block at which the extrinsic's era began; genesis for an immortal one.
    pub mortality: Digest32,
}

/// A signed extrinsic, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedExtrinsic<'a> {
    /// Signer's key.
    pub signer: PublicKey,
    /// Signature.
    pub signature: [u8; 64],
    /// Explicit extension bytes: era and nonce.
    pub extra: &'a [u8],
    /// The signer's nonce.
    pub nonce: u32,
    /// Call bytes: pallet index, call index, arguments.
    pub call: &'a [u8],
    /// blake2-256 of the whole extrinsic, length prefix included.
    pub hash: Digest32,
}

/// What follows an era: one zero byte, or two bytes of a period of 4 to 65,536 blocks and a phase within it, as the runtime reads them.
fn behind_era(bytes: &[u8]) -> Option<&[u8]> {
    let (first, rest) = bytes.split_first()?;
    if *first == 0 {
        return Some(rest);
    }
    let (second, rest) = rest.split_first()?;
    let era = u32::from(u16::from_le_bytes([*first, *second]));
    let period = 2u32 << (era % 16);
    let phase = (era >> 4) * (period >> 12).max(1);
    (period >= 4 && phase < period).then_some(rest)
}

impl<'a> SignedExtrinsic<'a> {
    /// Reads `bytes`; `None` unless it is a V4 extrinsic that an ed25519 key signed directly.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        if bytes.len() > EXTRINSIC_BYTES_MAX {
            return None;
        }
        let input = &mut &bytes[..];
        let length = Compact::<u32>::decode(input).ok()?.0;
        if input.len() != usize::try_from(length).ok()? || Compact(length).encode().len() + input.len() != bytes.len() {
            return None;
        }
        // 0x84: signed, version 4; then MultiAddress::Id and MultiSignature::Ed25519.
        if <[u8; 2]>::decode(input).ok()? != [0x84, 0] {
            return None;
        }
        let signer = PublicKey::decode(input).ok()?;
        if u8::decode(input).ok()? != 0 {
            return None;
        }
        let signature = <[u8; 64]>::decode(input).ok()?;
        let rest = *input;
        let mut after_era = behind_era(rest)?;
        let nonce = Compact::<u32>::decode(&mut after_era).ok()?.0;
        let (extra, call) = rest.split_at(rest.len() - after_era.len());
        (call.len() >= 2).then(|| Self { signer, signature, extra, nonce, call, hash: hash::blake2_256(bytes) })
    }

    /// Whether the signer signed this call with these implicit values.
    pub fn verify(&self, implicit: &Implicit) -> bool {
        let mut payload = self.call.to_vec();
        payload.extend_from_slice(self.extra);
        implicit.encode_to(&mut payload);
        if payload.len() > 256 {
            payload = hash::blake2_256(&payload).to_vec();
        }
        verify_ed25519(&self.signer, &payload, &self.signature)
    }
}
