//! The signature of what is posted: `Mulu-Signature: t=1785587405,v1=HEX`, an HMAC-SHA256 over the time, a dot and the body.
//!
//! The time keeps an old body from being posted again by somebody else; while a secret is replaced, there is one `v1` for each.

use crate::secret::Secret;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::fmt::Write;

/// Name of the header.
pub const HEADER: &str = "mulu-signature";
/// Shortest secret, in bytes.
pub const SECRET_BYTES_MIN: usize = 16;

/// The secrets that both sides share: the one in use, and the one before it while the other side changes.
#[derive(Clone)]
pub struct Signer {
    secrets: Vec<Secret>,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer({} secrets)", self.secrets.len())
    }
}

impl Signer {
    /// With the secret in use first.
    ///
    /// # Errors
    /// If one could be guessed.
    pub fn new(secrets: Vec<Secret>) -> Result<Self, String> {
        if secrets.iter().any(|secret| secret.len() < SECRET_BYTES_MIN) {
            return Err(format!("a secret has at least {SECRET_BYTES_MIN} bytes; `openssl rand -hex 32` makes one"));
        }
        Ok(Self { secrets })
    }

    /// The header's value for a body that is sent at that second.
    pub fn sign(&self, seconds: u64, body: &[u8]) -> String {
        let mut value = format!("t={seconds}");
        for secret in &self.secrets {
            let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
            mac.update(format!("{seconds}.").as_bytes());
            mac.update(body);
            write!(value, ",v1={}", hex::encode(mac.finalize().into_bytes())).expect("a string takes all");
        }
        value
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use sha2::Digest;
    use zeroize::Zeroizing;

    fn secret(text: &str) -> Secret {
        Zeroizing::new(text.as_bytes().to_vec())
    }

    /// RFC 2104, written out.
    fn hmac(key: &[u8], message: &[u8]) -> String {
        let mut block = [0; 64];
        block[..key.len()].copy_from_slice(key);
        let inner = Sha256::digest([&block.map(|byte| byte ^ 0x36)[..], message].concat());
        hex::encode(Sha256::digest([&block.map(|byte| byte ^ 0x5c)[..], &inner].concat()))
    }

    #[test]
    fn the_signature_is_what_the_other_side_computes() {
        let signer = Signer::new(vec![secret("0123456789abcdef")]).unwrap();
        let expected = format!("t=17,v1={}", hmac(b"0123456789abcdef", b"17.{\"a\":1}"));
        assert_eq!(signer.sign(17, b"{\"a\":1}"), expected);
        assert_ne!(signer.sign(18, b"{\"a\":1}"), expected);
    }

    #[test]
    fn while_a_secret_is_replaced_both_sign() {
        let signer = Signer::new(vec![secret("new-new-new-new-new"), secret("old-old-old-old-old")]).unwrap();
        let value = signer.sign(1, b"body");
        let parts: Vec<&str> = value.split(',').collect();
        let signed_by = |key: &[u8]| format!("v1={}", hmac(key, b"1.body"));
        assert_eq!(parts, ["t=1", &signed_by(b"new-new-new-new-new"), &signed_by(b"old-old-old-old-old")]);
    }

    #[test]
    fn a_secret_that_can_be_guessed_is_refused_and_none_is_printed() {
        assert!(Signer::new(vec![secret("short")]).unwrap_err().contains("16 bytes"));
        let signer = Signer::new(vec![secret("0123456789abcdef")]).unwrap();
        assert_eq!(format!("{signer:?}"), "Signer(1 secrets)");
    }
}
