//! Passphrases: where they are read, and how argon2id makes a key of one. The vault's lock and encrypted key files use the same.

use crate::{error::ClientError, files, secrets::Secret};
use argon2::{Algorithm, Argon2, Params, Version};
use codec::{Decode, Encode};
use rand::{RngCore, rngs::OsRng};
use serde::{Deserialize, Serialize};
use std::{fs, os::unix::fs::PermissionsExt, path::Path};
use zeroize::Zeroizing;

/// Fewest characters of a passphrase.
pub const PASSPHRASE_CHARACTERS_MIN: usize = 12;

const PASSPHRASE_FILE_BYTES_MAX: usize = 4096;

/// Memory and passes of argon2id for new locks: RFC 9106, second recommended option, on one lane.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
/// Most of both that a file may ask for.
const MEMORY_KIB_MAX: u32 = 1024 * 1024;
const PASSES_MAX: u32 = 64;

/// A passphrase: overwritten when dropped.
pub type Passphrase = Zeroizing<String>;

/// The passphrase in the first line of a file that nobody else may read.
///
/// # Errors
/// [`ClientError`] if the file cannot be read, is open to others, or is too large.
pub fn of_file(path: &Path) -> Result<Passphrase, ClientError> {
    let metadata = fs::metadata(path).map_err(|source| ClientError::Read { path: path.to_owned(), source })?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(ClientError::KeyOpenToOthers { path: path.to_owned(), mode });
    }
    of_credential(path)
}

/// The same of a file whose folder guards it: systemd keeps credentials so, and lets their modes say other things.
///
/// # Errors
/// [`ClientError`] if the file cannot be read or is too large.
pub fn of_credential(path: &Path) -> Result<Passphrase, ClientError> {
    let bytes = Zeroizing::new(files::read_bounded(path, PASSPHRASE_FILE_BYTES_MAX)?);
    let text = std::str::from_utf8(&bytes).map_err(|_| ClientError::NoKey { path: path.to_owned() })?;
    Ok(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned()))
}

/// What argon2id takes beside a passphrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stretching {
    #[serde(with = "hex::serde")]
    salt: [u8; 16],
    memory_kib: u32,
    passes: u32,
}

impl Stretching {
    /// A fresh one, and the key that it makes of a new passphrase.
    pub(crate) fn fresh(passphrase: &str) -> Result<(Self, Secret), ClientError> {
        if passphrase.chars().count() < PASSPHRASE_CHARACTERS_MIN {
            return Err(ClientError::PassphraseTooShort { characters_min: PASSPHRASE_CHARACTERS_MIN });
        }
        let mut salt = [0; 16];
        OsRng.fill_bytes(&mut salt);
        let stretching = Self { salt, memory_kib: MEMORY_KIB, passes: PASSES };
        let key = stretching.key(passphrase).expect("64 MiB and three passes are in argon2's bounds");
        Ok((stretching, key))
    }

    /// The key of a passphrase; none if more memory or passes are asked for than any file may.
    pub(crate) fn key(&self, passphrase: &str) -> Option<Secret> {
        if self.memory_kib > MEMORY_KIB_MAX || self.passes > PASSES_MAX {
            return None;
        }
        let params = Params::new(self.memory_kib, self.passes, 1, Some(32)).ok()?;
        let mut key = Zeroizing::new([0; 32]);
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        argon2.hash_password_into(passphrase.as_bytes(), &self.salt, key.as_mut()).ok()?;
        Some(key)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;

    /// One that asks for more memory than any file may.
    pub(crate) const GREEDY: Stretching = Stretching { salt: [0; 16], memory_kib: u32::MAX, passes: 1 };

    #[test]
    fn a_passphrase_is_the_first_line_of_a_file_for_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("words");
        files::write_secret(&path, "correct horse battery\nnot this".as_bytes()).unwrap();
        assert_eq!(*of_file(&path).unwrap(), "correct horse battery");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o440)).unwrap();
        assert!(matches!(of_file(&path), Err(ClientError::KeyOpenToOthers { mode: 0o440, .. })));
        assert_eq!(*of_credential(&path).unwrap(), "correct horse battery");
        let binary = folder.path().join("binary");
        files::write_secret(&binary, &[0xff; 8]).unwrap();
        assert!(matches!(of_file(&binary), Err(ClientError::NoKey { .. })));
        let large = folder.path().join("large");
        files::write_secret(&large, &[b'a'; PASSPHRASE_FILE_BYTES_MAX + 1]).unwrap();
        assert!(matches!(of_file(&large), Err(ClientError::TooLarge { .. })));
    }

    #[test]
    fn a_file_may_not_ask_for_any_amount_of_memory_or_passes() {
        assert!(GREEDY.key("correct horse battery").is_none());
        let slow = Stretching { memory_kib: 64, passes: PASSES_MAX + 1, ..GREEDY };
        assert!(slow.key("correct horse battery").is_none());
    }

    #[test]
    fn a_short_passphrase_is_refused() {
        let refused = Stretching::fresh("short");
        assert!(matches!(refused, Err(ClientError::PassphraseTooShort { characters_min: 12 })));
    }
}
