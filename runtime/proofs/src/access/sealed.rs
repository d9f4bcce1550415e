//! The sealed leaf of an event: what leads to a person, and stays in the department's vault.

use super::LEAF_VERSION;
use crate::{
    hash::{self, DigestKind, Suite, TreeKind},
    ids::Digest32,
    text::words,
};
use codec::{Decode, Encode};

/// Longest value of a sealed field, in bytes.
pub const SEALED_VALUE_BYTES_MAX: usize = 512;

/// The six fields that name or lead to a person. They stay in the department's vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SealedField {
    /// Authorising operator.
    #[codec(index = 0)]
    Operator,
    /// Using user.
    #[codec(index = 1)]
    User,
    /// Data subject.
    #[codec(index = 2)]
    DataSubject,
    /// Request digest.
    #[codec(index = 3)]
    RequestDigest,
    /// Result digest.
    #[codec(index = 4)]
    ResultDigest,
    /// Network address.
    #[codec(index = 5)]
    NetworkAddress,
}

impl std::fmt::Display for SealedField {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&words(self))
    }
}

impl SealedField {
    /// All six, in the order of the leaf.
    pub const ALL: [Self; 6] =
        [Self::Operator, Self::User, Self::DataSubject, Self::RequestDigest, Self::ResultDigest, Self::NetworkAddress];

    /// This field's salt, from the event's secret.
    pub fn salt(self, secret: &Digest32) -> Digest32 {
        hash::secret_digest(DigestKind::SealedSalt, secret, &[self as u8])
    }

    /// Commitment to a value (none: the field is absent, which looks the same from outside).
    pub fn commitment(self, salt: &Digest32, value: Option<&[u8]>) -> Digest32 {
        let bytes = (self as u8, salt, value).encode();
        hash::digest(DigestKind::SealedField, &bytes)
    }
}

/// One event's sealed part: secret and values. Erasing it leaves the leaf hash, and every other proof, intact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Sealed {
    /// Fresh random secret of this event.
    pub secret: Digest32,
    /// Values in the order of [`SealedField::ALL`], each at most [`SEALED_VALUE_BYTES_MAX`].
    pub values: [Option<Vec<u8>>; 6],
}

impl Sealed {
    /// The six commitments.
    pub fn commitments(&self) -> [Digest32; 6] {
        SealedField::ALL
            .map(|field| field.commitment(&field.salt(&self.secret), self.values[field as usize].as_deref()))
    }

    /// Leaf hash in the batch's sealed tree.
    pub fn leaf(&self, public_leaf: &Digest32) -> Digest32 {
        sealed_leaf(public_leaf, &self.commitments())
    }
}

/// Leaf hash of a sealed leaf: suite, leaf version, public leaf's hash, six commitments.
pub fn sealed_leaf(public_leaf: &Digest32, commitments: &[Digest32; 6]) -> Digest32 {
    hash::leaf(TreeKind::SealedEvents, &(Suite::default(), LEAF_VERSION, public_leaf, commitments).encode())
}
