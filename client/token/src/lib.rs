//! Tokens of decision points, and how a gateway checks them by itself (SPEC §5).
//!
//! ```text
//! header Mulu-Token:  base64url( form ‖ SCALE(Token) ‖ ed25519 signature )       no padding
//! signed:             "mulu v1 decision token" ‖ chain domain ‖ form ‖ SCALE(Token)
//! ```
//!
//! A token says that one call was allowed, under which grant, by the finalised block of which height. It is good for one use, for a few
//! seconds, at the gateway that it names. [`Verifier`] checks all that without a network and without a clock of its own.

mod seen;
mod verifier;

pub use seen::Seen;
pub use verifier::{Keys, SKEW_MS_DEFAULT, Verifier};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use codec::{Decode, DecodeAll, Encode};
use mulu_proofs::{
    catalog::Method,
    ids::{DepartmentId, Digest32, GrantId, Height, Moment, PurposeId, SystemId, Version},
    text::Text,
};

/// Name of the header that carries a token.
pub const HEADER: &str = "Mulu-Token";
/// Form of the tokens that this library writes and reads.
pub const FORM: u8 = 1;
/// Longest header value that is looked at, in bytes.
pub const HEADER_BYTES_MAX: usize = 512;
/// Longest name of a gateway, in bytes.
pub const AUDIENCE_BYTES_MAX: u32 = 64;

const SIGNATURE_BYTES: usize = 64;

/// One call that was allowed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Token {
    /// Makes every token another one.
    pub nonce: [u8; 16],
    /// The gateway that it is for.
    pub audience: Text<AUDIENCE_BYTES_MAX>,
    /// Grant.
    pub grant: GrantId,
    /// Version of the grant.
    pub version: Version,
    /// Consumer department.
    pub consumer: DepartmentId,
    /// Items, as a mask over the positions of the entry's version.
    pub items: u64,
    /// Method.
    pub method: Method,
    /// Purpose, if the call has one.
    pub purpose: Option<PurposeId>,
    /// System that uses the answer, if the call names one.
    pub using_system: Option<SystemId>,
    /// When it was decided.
    pub issued: Moment,
    /// First moment at which it is good no longer.
    pub expires: Moment,
    /// The finalised block that it was decided on.
    pub height: Height,
}

/// A token with the signature that came with it, which nobody has checked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unchecked {
    token: Token,
    signature: [u8; SIGNATURE_BYTES],
}

/// Why a token is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// No token in this form.
    #[error("the {HEADER} header holds no token of form {FORM}; pass on the header of the decision point as it is")]
    Malformed,
    /// Not signed by a decision key that the gateway knows.
    #[error(
        "the token is signed by no decision key that this gateway knows; compare its key and chain with the provider's"
    )]
    Signature,
    /// For another gateway.
    #[error("the token is for another gateway; each gateway needs an audience of its own")]
    Audience,
    /// Issued later than now.
    #[error("the token comes from the future; correct the clock of the gateway or of the node")]
    TooEarly,
    /// Not good any more.
    #[error("the token has expired; ask the decision point again for each call")]
    Expired,
    /// Used before.
    #[error("the token was used already; ask the decision point again for each call")]
    Used,
    /// As many tokens are remembered as may be.
    #[error("too many tokens are in use at once; raise the capacity or shorten their life")]
    Full,
}

impl Token {
    /// What the decision key signs.
    pub fn signing_bytes(&self, domain: &Digest32) -> Vec<u8> {
        let mut bytes = b"mulu v1 decision token".to_vec();
        bytes.extend_from_slice(domain);
        bytes.push(FORM);
        self.encode_to(&mut bytes);
        bytes
    }

    /// The header's value, with the signature over [`Token::signing_bytes`].
    pub fn header(&self, signature: &[u8; SIGNATURE_BYTES]) -> String {
        let mut bytes = vec![FORM];
        self.encode_to(&mut bytes);
        bytes.extend_from_slice(signature);
        URL_SAFE_NO_PAD.encode(bytes)
    }
}

impl Unchecked {
    /// Reads a header's value.
    ///
    /// # Errors
    /// [`TokenError::Malformed`] for everything that [`Token::header`] does not write.
    pub fn read(header: &str) -> Result<Self, TokenError> {
        if header.len() > HEADER_BYTES_MAX {
            return Err(TokenError::Malformed);
        }
        let bytes = URL_SAFE_NO_PAD.decode(header).map_err(|_| TokenError::Malformed)?;
        let (signed, signature) = bytes.split_last_chunk::<SIGNATURE_BYTES>().ok_or(TokenError::Malformed)?;
        let token = match signed {
            [FORM, token @ ..] => Token::decode_all(&mut &*token).map_err(|_| TokenError::Malformed)?,
            _ => return Err(TokenError::Malformed),
        };
        // One form only: a token that could be written in two ways could be looked up in two ways.
        if token.encode() != signed[1..] {
            return Err(TokenError::Malformed);
        }
        Ok(Self { token, signature: *signature })
    }
}
