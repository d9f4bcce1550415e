//! Bytes sealed under a secret of 32 bytes, bound to what they are: rows of the vault, its data key, keys in encrypted key files.
//!
//! ```text
//! sealed = nonce (24 random bytes) ‖ XChaCha20-Poly1305(secret, nonce, bytes; associated data: what they are bound to)
//! ```

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use rand::{RngCore, rngs::OsRng, thread_rng};
use zeroize::Zeroizing;

/// Bytes before the sealed ones.
const NONCE_BYTES: usize = 24;

/// 32 bytes that nobody else may have; overwritten when dropped.
pub(crate) type Secret = Zeroizing<[u8; 32]>;

/// A secret from the operating system's generator.
pub(crate) fn fresh_secret() -> Secret {
    let mut secret = Zeroizing::new([0; 32]);
    OsRng.fill_bytes(secret.as_mut());
    secret
}

/// Seals bytes under a key; what they are bound to is not kept with them.
pub(crate) fn seal(key: &Secret, bound_to: &[u8], bytes: &[u8]) -> Vec<u8> {
    let mut nonce = [0; NONCE_BYTES];
    // A nonce must differ, not be secret: the thread's generator, which the system seeds, costs no system call a row.
    thread_rng().fill_bytes(&mut nonce);
    let payload = Payload { msg: bytes, aad: bound_to };
    let sealed = XChaCha20Poly1305::new((&**key).into()).encrypt(XNonce::from_slice(&nonce), payload);
    [&nonce[..], &sealed.expect("what is sealed is far below the cipher's 256 GiB")].concat()
}

/// Opens what [`seal`] made; none if key, binding or bytes are others.
pub(crate) fn open(key: &Secret, bound_to: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, sealed) = sealed.split_at_checked(NONCE_BYTES)?;
    let payload = Payload { msg: sealed, aad: bound_to };
    let opened = XChaCha20Poly1305::new((&**key).into()).decrypt(XNonce::from_slice(nonce), payload);
    opened.ok().map(Zeroizing::new)
}
