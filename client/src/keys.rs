//! Keys, and plain key files: 64 hexadecimal digits of an ed25519 seed, readable by their owner alone. The same form as the node's.

use crate::{error::ClientError, files};
use ed25519_dalek::{Signer, SigningKey};
use mulu_proofs::{hash::blake2_256, ids::PublicKey};
use rand::{RngCore, rngs::OsRng};
use std::{fmt, fs::File, io::Read, os::unix::fs::PermissionsExt, path::Path};
use zeroize::Zeroizing;

/// Longest key file that is read: digits and a line end, with some room.
const KEY_FILE_BYTES_MAX: u64 = 128;

/// A person's or platform's ed25519 key. Overwritten when dropped, never printed.
#[derive(Clone)]
pub struct Key(SigningKey);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key(of 0x{})", hex::encode(self.public()))
    }
}

impl Key {
    /// A fresh one from the operating system's generator.
    pub fn random() -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        OsRng.fill_bytes(seed.as_mut());
        Self::from_seed(&seed)
    }

    /// The well-known one of a development chain: everybody can derive it, so it guards nothing.
    pub fn development(name: &str) -> Self {
        Self::from_seed(&Zeroizing::new(blake2_256(format!("mulu development key {name}").as_bytes())))
    }

    /// The key of a seed.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// The public key: the account on the chain.
    pub fn public(&self) -> PublicKey {
        self.0.verifying_key().to_bytes()
    }

    /// Signs a message.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }

    /// The seed, for what seals it.
    pub(crate) fn seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.0.to_bytes())
    }

    /// Writes a new key file that is not encrypted ([`crate::keystore`] has those that are).
    ///
    /// # Errors
    /// [`ClientError::Write`] if it exists or cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), ClientError> {
        write_seed(path, &self.seed())
    }

    /// Reads a key file that is not encrypted, and refuses one that others may read.
    ///
    /// # Errors
    /// [`ClientError`] if it cannot be read, is open to others, or holds no key.
    pub fn read(path: &Path) -> Result<Self, ClientError> {
        let seed = read_seed(path)?;
        Ok(Self::from_seed(&seed))
    }
}

/// Writes 32 secret bytes into a new file for its owner alone.
pub(crate) fn write_seed(path: &Path, seed: &Zeroizing<[u8; 32]>) -> Result<(), ClientError> {
    let digits = Zeroizing::new(hex::encode(seed.as_slice()) + "\n");
    files::write_secret(path, digits.as_bytes()).map_err(|source| ClientError::Write { path: path.to_owned(), source })
}

/// Reads 32 secret bytes, and refuses a file that others may read.
pub(crate) fn read_seed(path: &Path) -> Result<Zeroizing<[u8; 32]>, ClientError> {
    let bytes = read_secret(path, KEY_FILE_BYTES_MAX)?;
    seed_of(&bytes).ok_or_else(|| match bytes.first() {
        Some(b'{') => ClientError::KeyEncrypted { path: path.to_owned() },
        _ => ClientError::NoKey { path: path.to_owned() },
    })
}

/// The 32 bytes that 64 hexadecimal digits and a line end stand for.
pub(crate) fn seed_of(digits: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    let mut seed = Zeroizing::new([0; 32]);
    hex::decode_to_slice(digits.trim_ascii(), seed.as_mut()).ok()?;
    Some(seed)
}

/// The first bytes of a file, at most `bytes_max`, which others may not read.
pub(crate) fn read_secret(path: &Path, bytes_max: u64) -> Result<Zeroizing<Vec<u8>>, ClientError> {
    let unreadable = |source| ClientError::Read { path: path.to_owned(), source };
    let file = File::open(path).map_err(unreadable)?;
    let mode = file.metadata().map_err(unreadable)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(ClientError::KeyOpenToOthers { path: path.to_owned(), mode });
    }
    // All of it at once: a buffer that grows leaves copies behind that nobody overwrites.
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(bytes_max).unwrap_or(usize::MAX)));
    file.take(bytes_max).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use std::fs;

    #[test]
    fn a_key_is_read_back_and_never_printed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.key");
        let key = Key::from_seed(&[7; 32]);
        key.write(&path).unwrap();
        assert_eq!(Key::read(&path).unwrap().public(), key.public());
        assert_eq!(fs::read_to_string(&path).unwrap(), hex::encode([7; 32]) + "\n");
        assert!(!format!("{key:?}").contains(&hex::encode([7; 32])));
        assert_ne!(Key::random().public(), key.public());
        assert!(matches!(key.write(&path), Err(ClientError::Write { .. })), "a key is never written over");
    }

    #[test]
    fn a_key_file_that_others_may_read_is_refused_with_the_way_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.key");
        Key::random().write(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = Key::read(&path).unwrap_err();
        assert!(matches!(error, ClientError::KeyOpenToOthers { mode: 0o640, .. }));
        assert!(error.hint().unwrap().contains("chmod 600"));
    }

    #[test]
    fn a_file_without_a_key_is_named_without_its_contents() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.key");
        files::write_secret(&path, b"topsecret").unwrap();
        let error = Key::read(&path).unwrap_err().to_string();
        assert!(error.contains("a.key") && !error.contains("topsecret"), "{error}");
        let encrypted = folder.path().join("b.key");
        files::write_secret(&encrypted, b"{\"mulu_key\":1}").unwrap();
        let refused = Key::read(&encrypted).unwrap_err();
        assert!(matches!(refused, ClientError::KeyEncrypted { .. }) && refused.hint().is_some());
    }

    #[test]
    fn a_missing_key_file_is_named() {
        assert!(matches!(Key::read(Path::new("/nowhere/a.key")), Err(ClientError::Read { .. })));
    }

    #[test]
    fn signatures_verify_under_the_rule_of_the_chain() {
        let key = Key::development("d1-admin");
        assert!(mulu_proofs::certificate::verify_ed25519(&key.public(), b"act", &key.sign(b"act")));
    }
}
