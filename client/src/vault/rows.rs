//! Rows at rest: each value is sealed under the vault's data key, with its table and its key as associated data, so that no row passes for
//! another one.
//!
//! ```text
//! row = nonce (24 random bytes) ‖ XChaCha20-Poly1305(data key, nonce, value; associated data: SCALE of table's name and key)
//! ```

use super::Fault;
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use codec::Encode;
use rand::{RngCore, rngs::OsRng, thread_rng};
use redb::{TableDefinition, TableHandle};
use zeroize::Zeroizing;

/// Bytes before the sealed value.
const NONCE_BYTES: usize = 24;

/// 32 bytes that nobody else may have; overwritten when dropped.
pub(super) type Secret = Zeroizing<[u8; 32]>;

/// A secret from the operating system's generator.
pub(super) fn fresh_secret() -> Secret {
    let mut secret = Zeroizing::new([0; 32]);
    OsRng.fill_bytes(secret.as_mut());
    secret
}

/// Seals bytes under a key; what they are bound to is not kept with them.
pub(super) fn seal(key: &Secret, bound_to: &[u8], bytes: &[u8]) -> Vec<u8> {
    let mut nonce = [0; NONCE_BYTES];
    // A nonce must differ, not be secret: the thread's generator, which the system seeds, costs no system call a row.
    thread_rng().fill_bytes(&mut nonce);
    let payload = Payload { msg: bytes, aad: bound_to };
    let sealed = XChaCha20Poly1305::new((&**key).into()).encrypt(XNonce::from_slice(&nonce), payload);
    [&nonce[..], &sealed.expect("a row is far below the cipher's 256 GiB")].concat()
}

/// Opens what [`seal`] made; none if key, binding or bytes are others.
pub(super) fn open(key: &Secret, bound_to: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, sealed) = sealed.split_at_checked(NONCE_BYTES)?;
    let payload = Payload { msg: sealed, aad: bound_to };
    let opened = XChaCha20Poly1305::new((&**key).into()).decrypt(XNonce::from_slice(nonce), payload);
    opened.ok().map(Zeroizing::new)
}

/// Seals and opens the rows of one vault.
pub(super) struct Rows {
    data_key: Secret,
}

impl Rows {
    pub(super) const fn new(data_key: Secret) -> Self {
        Self { data_key }
    }

    pub(super) const fn data_key(&self) -> &Secret {
        &self.data_key
    }

    /// The value of a row as it is kept.
    pub(super) fn seal<K: redb::Key + 'static>(
        &self,
        table: TableDefinition<'_, K, &'static [u8]>,
        key: &(impl Encode + ?Sized),
        value: &[u8],
    ) -> Vec<u8> {
        seal(&self.data_key, &place(table, key), value)
    }

    /// The value of a row that was kept in this very place.
    pub(super) fn open<K: redb::Key + 'static>(
        &self,
        table: TableDefinition<'_, K, &'static [u8]>,
        key: &(impl Encode + ?Sized),
        sealed: &[u8],
        what: &'static str,
    ) -> Result<Zeroizing<Vec<u8>>, Fault> {
        open(&self.data_key, &place(table, key), sealed).ok_or(Fault::Damaged(what))
    }
}

fn place<K: redb::Key + 'static>(
    table: TableDefinition<'_, K, &'static [u8]>,
    key: &(impl Encode + ?Sized),
) -> Vec<u8> {
    let mut place = table.name().encode();
    key.encode_to(&mut place);
    place
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use crate::vault::{OPENINGS, SPOOL};

    #[test]
    fn a_row_opens_in_its_own_place_alone() {
        let rows = Rows::new(fresh_secret());
        let sealed = rows.seal(SPOOL, &(1_u32, 7_u64), b"value");
        assert_eq!(&rows.open(SPOOL, &(1_u32, 7_u64), &sealed, "").unwrap()[..], b"value");
        assert!(rows.open(SPOOL, &(1_u32, 8_u64), &sealed, "").is_err(), "another row");
        assert!(rows.open(OPENINGS, &(1_u32, 7_u64), &sealed, "").is_err(), "another table");
        let other = Rows::new(fresh_secret());
        assert!(other.open(SPOOL, &(1_u32, 7_u64), &sealed, "").is_err(), "another vault");
        assert_ne!(rows.seal(SPOOL, &(1_u32, 7_u64), b"value"), sealed, "every sealing has a nonce of its own");
    }

    #[test]
    fn a_changed_or_shortened_row_does_not_open() {
        let rows = Rows::new(fresh_secret());
        let sealed = rows.seal(SPOOL, &(1_u32, 7_u64), b"value");
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert!(rows.open(SPOOL, &(1_u32, 7_u64), &changed, "").is_err(), "byte {place}");
            assert!(rows.open(SPOOL, &(1_u32, 7_u64), &sealed[..place], "").is_err(), "cut at {place}");
        }
    }
}
