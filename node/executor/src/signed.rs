//! From bytes to a signed call: what may enter at all, whatever the state says.

use crate::{error::ValidateError, verified::Claim};
use codec::{DecodeLimit, Encode};
use frame_support::traits::Contains;
use mulu_primitives::{
    block::{EXTRINSIC_BYTES_MAX, Extrinsic},
    stages::Lane,
};
use mulu_proofs::{budget::BudgetClass, catalog::Secrecy, hash::blake2_256};
use mulu_runtime::{
    AccountId, CallFilter, Departments, RuntimeCall, Signature, TxExtension, UncheckedExtrinsic, pallet_catalog,
};
use sp_runtime::{
    MultiAddress, MultiSignature,
    generic::{CheckedExtrinsic, Era, ExtrinsicFormat, Preamble},
    traits::TransactionExtension,
    transaction_validity::TransactionValidityError,
};

/// Deepest nesting that is decoded. No call of ours comes near; wrappers around wrappers end here.
pub const DEPTH_MAX: u32 = 24;

/// Longest payload that is signed as it is; longer ones are hashed first (Substrate's rule).
const PAYLOAD_BYTES_MAX: usize = 256;

/// An extrinsic that FRAME can apply.
pub type Checked = CheckedExtrinsic<AccountId, RuntimeCall, TxExtension>;

/// A decoded extrinsic with a signature that nobody has checked.
#[derive(Clone, Debug)]
pub struct Signed {
    pub extrinsic: Extrinsic,
    pub account: AccountId,
    signature: Signature,
    extension: TxExtension,
    pub call: RuntimeCall,
}

impl Signed {
    /// Decodes within bounds and checks what needs no state. The content of a refused extrinsic goes nowhere.
    pub fn read(extrinsic: &Extrinsic, is_development: bool) -> Result<Self, ValidateError> {
        let decoded = decode(extrinsic)?;
        // Before anything else: such a body must reach neither pool nor peer, block or log.
        if is_marked_secret(&decoded.function) {
            return Err(ValidateError::Secret);
        }
        let Preamble::Signed(address, signature, extension) = decoded.preamble else {
            return Err(ValidateError::NotSigned);
        };
        let MultiAddress::Id(account) = address else { return Err(ValidateError::Address) };
        if !is_development && !matches!(signature, MultiSignature::Ed25519(_)) {
            return Err(ValidateError::SignatureScheme);
        }
        if !CallFilter::contains(&decoded.function) {
            return Err(ValidateError::NotAllowed);
        }
        Ok(Self { extrinsic: extrinsic.clone(), account, signature, extension, call: decoded.function })
    }

    /// The signature and what it must be under. Asks the state for genesis hash and era: only inside a run.
    pub fn claim(&self) -> Result<Claim, TransactionValidityError> {
        let mut payload = self.call.encode();
        self.extension.encode_to(&mut payload);
        self.extension.implicit()?.encode_to(&mut payload);
        if payload.len() > PAYLOAD_BYTES_MAX {
            payload = blake2_256(&payload).to_vec();
        }
        Ok(Claim { account: self.account.clone(), signature: self.signature.clone(), payload })
    }

    /// The signer's nonce.
    pub const fn nonce(&self) -> u32 {
        self.extension.5.0
    }

    /// When it may be included.
    pub const fn era(&self) -> Era {
        self.extension.4.0
    }

    /// The lane that it waits in.
    pub fn lane(&self) -> Lane {
        match self.class() {
            BudgetClass::Batches => Lane::Batch,
            BudgetClass::Acts => Lane::Act,
        }
    }

    /// The class of budget that it is charged to.
    pub fn class(&self) -> BudgetClass {
        Departments::class_of(&self.call)
    }

    /// The form that FRAME applies. Whoever calls this has checked the signature.
    pub fn into_checked(self) -> Checked {
        CheckedExtrinsic { format: ExtrinsicFormat::Signed(self.account, self.extension), function: self.call }
    }
}

/// Decodes an extrinsic of any kind, within bounds of bytes, depth and memory (FRAME's type takes at most 16 MiB), in its one
/// canonical form.
pub fn decode(extrinsic: &Extrinsic) -> Result<UncheckedExtrinsic, ValidateError> {
    let bytes = extrinsic.bytes();
    if bytes.len() > EXTRINSIC_BYTES_MAX {
        return Err(ValidateError::TooLong { bytes: bytes.len(), bytes_max: EXTRINSIC_BYTES_MAX });
    }
    let decoded = UncheckedExtrinsic::decode_all_with_depth_limit(DEPTH_MAX, &mut &bytes[..])
        .map_err(|error| ValidateError::Undecodable { why: error.to_string() })?;
    // Evidence rebuilds a call from its record: two encodings of one call must not both pass.
    if decoded.encoded_call.as_deref() != Some(&decoded.function.encode()[..]) || decoded.encode() != bytes {
        return Err(ValidateError::Undecodable { why: "not in its canonical form".to_owned() });
    }
    Ok(decoded)
}

/// Whether the call carries a catalog entry that says it is secret.
fn is_marked_secret(call: &RuntimeCall) -> bool {
    match call {
        RuntimeCall::Catalog(pallet_catalog::Call::submit { content }) => {
            content.classification.secrecy != Secrecy::None
        }
        _ => false,
    }
}
