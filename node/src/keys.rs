//! Key files: 64 hexadecimal digits of an ed25519 seed, readable by their owner alone.

use crate::{
    error::NodeError,
    files::{self, SECRET},
};
use ed25519_dalek::SigningKey;
use mulu_proofs::ids::PublicKey;
use rand::{RngCore, rngs::OsRng};
use sp_core::Pair;
use std::{
    fmt,
    fs::{File, TryLockError},
    io::Read,
    os::unix::fs::PermissionsExt,
    path::Path,
};
use zeroize::Zeroizing;

/// Longest key file that is read: digits and a line end, with some room.
const KEY_FILE_BYTES_MAX: u64 = 128;

/// An ed25519 seed. Overwritten when dropped, never printed.
#[derive(Clone)]
pub struct Seed(Zeroizing<[u8; 32]>);

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Seed(of 0x{})", hex::encode(self.public()))
    }
}

impl Seed {
    /// A fresh one from the operating system's generator.
    pub fn random() -> Self {
        let mut seed = Zeroizing::new([0; 32]);
        OsRng.fill_bytes(seed.as_mut());
        Self(seed)
    }

    /// The well-known one of a development chain: everybody can derive it, so it guards nothing.
    pub fn development(name: &str) -> Self {
        Self(Zeroizing::new(mulu_proofs::hash::blake2_256(format!("mulu development key {name}").as_bytes())))
    }

    /// The well-known one that Substrate's clients derive from a name: of `//Alice` for `Alice`.
    pub fn of_substrate(name: &str) -> Self {
        let pair = sp_core::ed25519::Pair::from_string(&format!("//{name}"), None).expect("a name makes a path");
        Self(Zeroizing::new(pair.seed()))
    }

    /// The public key.
    pub fn public(&self) -> PublicKey {
        SigningKey::from_bytes(&self.0).verifying_key().to_bytes()
    }

    /// The seed itself.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// Writes a new key file.
    ///
    /// # Errors
    /// [`NodeError::Write`] if it exists or cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), NodeError> {
        let digits = Zeroizing::new(hex::encode(*self.0) + "\n");
        files::write_new(path, digits.as_bytes(), SECRET)
            .map_err(|source| NodeError::Write { path: path.to_owned(), source })
    }

    /// Reads a key file, and refuses one that others may read.
    ///
    /// # Errors
    /// [`NodeError`] if it cannot be read, is open to others, or holds no key.
    pub fn read(path: &Path) -> Result<Self, NodeError> {
        Self::read_open(path).map(|(seed, _)| seed)
    }

    /// Reads a key file and keeps it locked, so that no second process signs with it.
    ///
    /// # Errors
    /// As [`Seed::read`], and [`NodeError::KeyInUse`].
    pub fn read_locked(path: &Path) -> Result<(Self, KeyLock), NodeError> {
        let (seed, file) = Self::read_open(path)?;
        match file.try_lock() {
            Ok(()) => Ok((seed, KeyLock(file))),
            Err(TryLockError::WouldBlock) => Err(NodeError::KeyInUse { path: path.to_owned() }),
            Err(TryLockError::Error(source)) => Err(NodeError::Read { path: path.to_owned(), source }),
        }
    }

    fn read_open(path: &Path) -> Result<(Self, File), NodeError> {
        let unreadable = |source| NodeError::Read { path: path.to_owned(), source };
        let file = File::open(path).map_err(unreadable)?;
        let mode = file.metadata().map_err(unreadable)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(NodeError::KeyOpenToOthers { path: path.to_owned(), mode });
        }
        let mut digits = Zeroizing::new(String::new());
        (&file).take(KEY_FILE_BYTES_MAX).read_to_string(&mut digits).map_err(unreadable)?;
        let mut seed = Zeroizing::new([0; 32]);
        hex::decode_to_slice(digits.trim(), seed.as_mut()).map_err(|_| NodeError::NoKey { path: path.to_owned() })?;
        Ok((Self(seed), file))
    }
}

/// Holds the lock of a key file until it is dropped, or the process ends in whatever way.
#[derive(Debug)]
pub struct KeyLock(#[expect(dead_code, reason = "the open file is the lock")] File);

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_key_is_read_back_and_never_printed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.key");
        let seed = Seed::random();
        seed.write(&path).unwrap();
        assert_eq!(Seed::read(&path).unwrap().public(), seed.public());
        assert!(!format!("{seed:?}").contains(&hex::encode(seed.expose())));
        assert_ne!(Seed::random().public(), seed.public());
    }

    #[test]
    fn a_key_file_that_others_may_read_is_refused_with_the_way_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.key");
        Seed::random().write(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = Seed::read(&path).unwrap_err().to_string();
        assert!(error.contains("chmod 600") && error.contains("a.key"), "{error}");
    }

    #[test]
    fn a_file_without_a_key_is_named_without_its_contents() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.key");
        files::write_new(&path, b"topsecret", SECRET).unwrap();
        let error = Seed::read(&path).unwrap_err().to_string();
        assert!(error.contains("a.key") && !error.contains("topsecret"), "{error}");
    }

    #[test]
    fn a_key_has_one_user_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.key");
        Seed::random().write(&path).unwrap();
        let (_, lock) = Seed::read_locked(&path).unwrap();
        assert!(matches!(Seed::read_locked(&path), Err(NodeError::KeyInUse { .. })));
        drop(lock);
        assert!(Seed::read_locked(&path).is_ok());
    }
}
