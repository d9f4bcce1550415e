//! Acts that are signed on another machine: a file that holds all that is signed, so that its reader sees in words what the bytes mean.
//!
//! ```text
//! build (needs a node) ── FILE ──> show, sign (need none) ── FILE with signature ──> submit (needs a node)
//! ```
//!
//! The file comes from a machine that is connected, and nothing in it is believed: the call is decoded from the very bytes that are signed,
//! and where a call names a digest, the file holds the terms, whose digest is recomputed.

mod terms;
#[cfg(test)]
mod tests;

use crate::{
    calls::Call,
    connection::{ChainIdentity, Connection},
    error::ClientError,
    extrinsic::{Signed, Unsigned},
    files,
    keys::Key,
    submit::Submitter,
};
use codec::Decode;
use mulu_proofs::{
    catalog::EntryContent,
    certificate::verify_ed25519,
    extrinsic::{EXTRINSIC_BYTES_MAX, Implicit},
    ids::{Digest32, EntryId, Height, PublicKey},
    mounts::Mount,
    records::RecordKind,
};
use mulu_rpc_api::{Hex, Hex32, node::BlockRef};
use serde::{Deserialize, Serialize};
use sp_runtime::generic::Era;
use std::path::Path;
pub use terms::Terms;
use terms::digest_of;

/// Version of the form.
const FORM: u8 = 1;
/// Largest file with an act, in bytes: the longest call in hexadecimal, its terms, and room.
pub const ACT_FILE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// For how many blocks a built act may be included, unless it is for ever: as many as the chain remembers hashes of.
pub const VALID_BLOCKS: u32 = 4096;

/// Why a file with an act is not signed or submitted.
#[derive(Debug, thiserror::Error)]
pub enum ActRefused {
    /// The file is none of these.
    #[error("{why}: the file holds no act to be signed")]
    Form {
        /// What does not read.
        why: String,
    },
    /// The call is none that a person signs.
    #[error("the bytes in the file are no act that this program knows")]
    Call,
    /// The period is none of a call, or does not begin at the block that is named.
    #[error("the period of the act does not fit its block")]
    Period,
    /// The call names a digest, and the file does not say of what.
    #[error("the act signs a digest, and the file does not hold what it stands for")]
    TermsMissing,
    /// The file holds other terms than those of the digest.
    #[error("the act signs another digest than that of the terms in the file")]
    TermsOther,
    /// The signature is not one of the signer over this.
    #[error("the signature is not the signer's over this act")]
    Signature,
    /// The key is not the signer's.
    #[error("the act is to be signed by {}, the key is {}", hex::encode(signer), hex::encode(key))]
    OtherSigner {
        /// Whose signature the act takes.
        signer: PublicKey,
        /// Whose key it is.
        key: PublicKey,
    },
    /// Nobody signed it.
    #[error("the act is not signed yet")]
    Unsigned,
    /// The chain's program is another one by now.
    #[error("the act was built for another version of the chain's program")]
    OtherVersion,
}

impl ActRefused {
    /// The way out.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::OtherSigner { .. } => "name the signer's key with --key, or build the act with --signer",
            Self::Unsigned => "`mulu tx sign` signs it",
            Self::Signature => "sign what `mulu tx payload` prints, with the signer's key",
            _ => "`mulu tx build` writes such a file; do not sign this one",
        }
    }
}

/// How an act is built.
#[derive(Clone, Copy, Debug, Default)]
pub struct Build {
    /// The signer's nonce; the next one where none is named.
    pub nonce: Option<u32>,
    /// Whether it may be included at any time, and not within [`VALID_BLOCKS`] only.
    pub for_ever: bool,
}

/// An act as its file says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ActFile {
    mulu_act: u8,
    chain: String,
    genesis: Hex32,
    signer: Hex32,
    nonce: u32,
    spec_version: u32,
    transaction_version: u32,
    block: BlockRef,
    valid_blocks: Option<u32>,
    call: Hex,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    terms: Option<Terms>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signature: Option<Hex>,
}

/// An act that is to be signed, or is signed: everything in it was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    chain: ChainIdentity,
    signer: PublicKey,
    unsigned: Unsigned,
    block: BlockRef,
    valid_blocks: Option<u32>,
    terms: Option<Terms>,
    signature: Option<[u8; 64]>,
}

impl Act {
    /// Puts together what `signer` would sign, with what a node knows.
    ///
    /// # Errors
    /// [`ClientError`] if the node does not answer, or shows other terms than those of the digest that the call names.
    pub async fn build(
        (node, chain): (&Connection, &ChainIdentity),
        submitter: &Submitter<'_>,
        call: Call,
        signer: PublicKey,
        build: Build,
    ) -> Result<Self, ClientError> {
        let terms = Terms::of(&call, node).await?;
        let nonce = match build.nonce {
            Some(nonce) => nonce,
            None => submitter.next_nonce(&signer).await?,
        };
        let valid_blocks = (!build.for_ever).then_some(VALID_BLOCKS);
        let (unsigned, height) = submitter.unsigned_within(call, nonce, valid_blocks).await?;
        let block = BlockRef { height, hash: Hex32(unsigned.implicit.mortality) };
        let act = Self { chain: chain.clone(), signer, unsigned, block, valid_blocks, terms, signature: None };
        act.checked()
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`ClientError::Read`], [`ClientError::TooLarge`], or as [`Self::parse`].
    pub fn read(path: &Path) -> Result<Self, ClientError> {
        Self::parse(&files::read_bounded(path, ACT_FILE_BYTES_MAX)?)
    }

    /// Reads a file's bytes.
    ///
    /// # Errors
    /// [`ClientError::Act`] if they are no act, or do not fit together; [`ClientError::Secret`] and [`ClientError::Credential`] as if the
    /// call were made here.
    pub fn parse(bytes: &[u8]) -> Result<Self, ClientError> {
        let form = |why: String| ActRefused::Form { why };
        let file: ActFile = serde_json::from_slice(bytes).map_err(|error| form(error.to_string()))?;
        if file.mulu_act != FORM {
            return Err(form(format!("form {}", file.mulu_act)).into());
        }
        let signature = file.signature.map(|signature| <[u8; 64]>::try_from(signature.0)).transpose();
        let signature = signature.map_err(|_| form("the signature".into()))?;
        let call = Call::read(&file.call.0).filter(|call| call.bytes().len() < EXTRINSIC_BYTES_MAX);
        let era = match file.valid_blocks {
            Some(blocks) => Era::mortal(blocks.into(), u64::from(file.block.height.get())),
            None => Era::Immortal,
        };
        let implicit = Implicit {
            spec_version: file.spec_version,
            transaction_version: file.transaction_version,
            genesis: file.genesis.0,
            mortality: file.block.hash.0,
        };
        let unsigned = Unsigned { call: call.ok_or(ActRefused::Call)?, era, nonce: file.nonce, implicit };
        let chain = ChainIdentity { chain_id: file.chain, genesis: file.genesis.0 };
        let (signer, block, valid_blocks, terms) = (file.signer.0, file.block, file.valid_blocks, file.terms);
        Self { chain, signer, unsigned, block, valid_blocks, terms, signature }.checked()
    }

    fn checked(self) -> Result<Self, ClientError> {
        may_be_made(&self.unsigned.call)?;
        let fits = match (self.unsigned.era, self.valid_blocks) {
            (Era::Mortal(period, _), Some(blocks)) => period == u64::from(blocks) && blocks <= VALID_BLOCKS,
            (Era::Immortal, _) => self.block.hash.0 == self.chain.genesis && self.block.height == Height::new(0),
            (Era::Mortal(..), None) => false,
        };
        if !fits {
            return Err(ActRefused::Period.into());
        }
        match (digest_of(&self.unsigned.call), &self.terms) {
            (None, None) => {}
            (Some(_), None) => return Err(ActRefused::TermsMissing.into()),
            (_, Some(terms)) if terms.are_of(&self.unsigned.call) => {}
            (_, Some(_)) => return Err(ActRefused::TermsOther.into()),
        }
        if let Some(signature) = &self.signature
            && !verify_ed25519(&self.signer, &self.payload(), signature)
        {
            return Err(ActRefused::Signature.into());
        }
        Ok(self)
    }

    /// Which chain it is for.
    pub const fn chain(&self) -> &ChainIdentity {
        &self.chain
    }

    /// Whose signature it takes.
    pub const fn signer(&self) -> &PublicKey {
        &self.signer
    }

    /// The call with nonce, period and versions.
    pub const fn unsigned(&self) -> &Unsigned {
        &self.unsigned
    }

    /// First and last height at which it may be included; none for ever.
    pub fn heights(&self) -> Option<(Height, Height)> {
        let from = self.block.height;
        self.valid_blocks.map(|blocks| (from, Height::new(from.get().saturating_add(blocks - 1))))
    }

    /// What the digest that it signs stands for.
    pub const fn terms(&self) -> Option<&Terms> {
        self.terms.as_ref()
    }

    /// Whether it is signed.
    pub const fn is_signed(&self) -> bool {
        self.signature.is_some()
    }

    /// The bytes that are signed.
    pub fn payload(&self) -> Vec<u8> {
        self.unsigned.payload()
    }

    /// blake2-256 of all that is signed: two files with the same one are the same act.
    pub fn digest(&self) -> Digest32 {
        self.unsigned.digest()
    }

    /// Signs it.
    ///
    /// # Errors
    /// [`ActRefused::OtherSigner`] if the key is another one.
    pub fn sign(self, key: &Key) -> Result<Self, ClientError> {
        if key.public() != self.signer {
            return Err(ActRefused::OtherSigner { signer: self.signer, key: key.public() }.into());
        }
        let signature = key.sign(&self.payload());
        self.with_signature(signature)
    }

    /// Joins a signature that was made elsewhere over [`Self::payload`].
    ///
    /// # Errors
    /// [`ActRefused::Signature`] if it is not the signer's.
    pub fn with_signature(self, signature: [u8; 64]) -> Result<Self, ClientError> {
        Self { signature: Some(signature), ..self }.checked()
    }

    /// The signed extrinsic, for a chain of this genesis and these versions of its program.
    ///
    /// # Errors
    /// [`ActRefused::Unsigned`], [`ClientError::OtherChain`], [`ActRefused::OtherVersion`].
    pub fn signed(&self, genesis: &Digest32, versions: (u32, u32)) -> Result<Signed, ClientError> {
        self.expect_chain(genesis)?;
        let implicit = &self.unsigned.implicit;
        let signature = self.signature.as_ref().ok_or(ActRefused::Unsigned)?;
        if (implicit.spec_version, implicit.transaction_version) != versions {
            return Err(ActRefused::OtherVersion.into());
        }
        Ok(self.unsigned.with_signature(&self.signer, signature))
    }

    /// Compares its chain with the one that is meant.
    ///
    /// # Errors
    /// [`ClientError::OtherChain`].
    pub fn expect_chain(&self, genesis: &Digest32) -> Result<(), ClientError> {
        if self.chain.genesis == *genesis {
            return Ok(());
        }
        Err(ClientError::OtherChain { found: self.chain.genesis, expected: *genesis })
    }

    /// Writes it into a new file.
    ///
    /// # Errors
    /// [`ClientError::Write`] if the file is there or cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), ClientError> {
        let written = files::write_secret(path, &self.bytes());
        written.map_err(|source| ClientError::Write { path: path.to_owned(), source })
    }

    /// Puts it into the place of a file, in one step.
    ///
    /// # Errors
    /// [`ClientError::Write`] if it cannot be written.
    pub fn replace(&self, path: &Path) -> Result<(), ClientError> {
        let written = files::replace_private(path, &self.bytes());
        written.map_err(|source| ClientError::Write { path: path.to_owned(), source })
    }

    /// Its file's bytes: JSON, as [`Self::parse`] reads it.
    pub fn bytes(&self) -> Vec<u8> {
        let Unsigned { call, nonce, implicit, .. } = &self.unsigned;
        let file = ActFile {
            mulu_act: FORM,
            chain: self.chain.chain_id.clone(),
            genesis: Hex32(self.chain.genesis),
            signer: Hex32(self.signer),
            nonce: *nonce,
            spec_version: implicit.spec_version,
            transaction_version: implicit.transaction_version,
            block: self.block,
            valid_blocks: self.valid_blocks,
            call: Hex(call.bytes().to_vec()),
            terms: self.terms.clone(),
            signature: self.signature.map(|signature| Hex(signature.to_vec())),
        };
        let mut bytes = serde_json::to_vec_pretty(&file).expect("numbers, texts and digits are JSON");
        bytes.push(b'\n');
        bytes
    }
}

/// What this program does not make, it does not sign either: a secret, a credential.
fn may_be_made(call: &Call) -> Result<(), ClientError> {
    let mut arguments = &call.bytes()[2..];
    match call.causes() {
        RecordKind::EntrySubmitted => {
            let content = EntryContent::decode(&mut arguments).map_err(|_| ActRefused::Call)?;
            Call::submit_entry(&content)?;
        }
        RecordKind::EntryMounted => {
            let (entry, mount) = <(EntryId, Mount)>::decode(&mut arguments).map_err(|_| ActRefused::Call)?;
            Call::mount_entry(entry, &mount)?;
        }
        _ => {}
    }
    Ok(())
}
