//! Signed extrinsics: a call, its signer, nonce and era, as the bytes that are submitted and, after a lost connection, submitted again.
//!
//! Form: Substrate's extrinsic V4 (see [`mulu_proofs::extrinsic`], which reads what is written here).

use crate::{calls::Call, keys::Key};
use codec::{Compact, Encode};
use mulu_proofs::{
    extrinsic::Implicit,
    hash::blake2_256,
    ids::{Digest32, PublicKey},
};
use sp_runtime::generic::Era;

/// Signed, version 4.
const SIGNED_V4: u8 = 0x84;
/// `MultiAddress::Id` and `MultiSignature::Ed25519`.
const FIRST_VARIANT: u8 = 0;

/// What is signed, before it is signed: may travel to another machine that holds the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsigned {
    /// The call.
    pub call: Call,
    /// For how long it may be included.
    pub era: Era,
    /// The signer's nonce.
    pub nonce: u32,
    /// Versions, genesis, and the hash of the block at which the era began.
    pub implicit: Implicit,
}

/// A signed extrinsic.
#[derive(Clone, PartialEq, Eq)]
pub struct Signed {
    /// The bytes that are submitted.
    pub bytes: Vec<u8>,
    /// blake2-256 of the bytes, by which it is known.
    pub hash: Digest32,
}

impl std::fmt::Debug for Signed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signed(0x{}, {} bytes)", hex::encode(self.hash), self.bytes.len())
    }
}

impl Unsigned {
    /// The bytes that the key signs: call, era, nonce, implicit values; hashed where they are longer than 256.
    pub fn payload(&self) -> Vec<u8> {
        let whole = self.whole();
        if whole.len() > 256 { blake2_256(&whole).to_vec() } else { whole }
    }

    /// blake2-256 of all that is signed, whether it is signed as it is or hashed.
    pub fn digest(&self) -> Digest32 {
        blake2_256(&self.whole())
    }

    fn whole(&self) -> Vec<u8> {
        let mut whole = self.call.bytes().to_vec();
        whole.extend_from_slice(&self.extra());
        self.implicit.encode_to(&mut whole);
        whole
    }

    /// Signs with a key at hand.
    pub fn sign(&self, key: &Key) -> Signed {
        self.with_signature(&key.public(), &key.sign(&self.payload()))
    }

    /// Joins a signature that was made elsewhere over [`Unsigned::payload`].
    pub fn with_signature(&self, signer: &PublicKey, signature: &[u8; 64]) -> Signed {
        let body =
            [&[SIGNED_V4, FIRST_VARIANT][..], signer, &[FIRST_VARIANT], signature, &self.extra(), self.call.bytes()]
                .concat();
        let bytes = body.encode();
        Signed { hash: blake2_256(&bytes), bytes }
    }

    /// Explicit bytes of the extensions: era and nonce; the other five have none.
    fn extra(&self) -> Vec<u8> {
        (self.era, Compact(self.nonce)).encode()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use mulu_proofs::{
        extrinsic::SignedExtrinsic,
        ids::{GrantId, SystemId},
        text::Text,
    };

    fn unsigned(call: Call, era: Era, nonce: u32) -> Unsigned {
        let implicit = Implicit { spec_version: 1, transaction_version: 1, genesis: [3; 32], mortality: [4; 32] };
        Unsigned { call, era, nonce, implicit }
    }

    #[test]
    fn what_is_signed_here_verifies_as_evidence() {
        let key = Key::development("d1-officer");
        let short = Call::open_stream(SystemId::new(1), false);
        let long = Call::suspend_grant(GrantId::new(9), &Text::new(&"目".repeat(100)).unwrap());
        for (call, era, nonce) in
            [(short.clone(), Era::Immortal, 0), (short, Era::mortal(64, 1_000), 64), (long, Era::mortal(4, 7), 70_000)]
        {
            let unsigned = unsigned(call.clone(), era, nonce);
            let signed = unsigned.sign(&key);
            let read = SignedExtrinsic::read(&signed.bytes).unwrap();
            assert_eq!((read.signer, read.call, read.hash), (key.public(), call.bytes(), signed.hash));
            assert!(read.verify(&unsigned.implicit));
            assert!(!read.verify(&Implicit { genesis: [5; 32], ..unsigned.implicit }));
            assert_eq!(unsigned.sign(&key), signed, "the same bytes every time");
        }
    }
}
