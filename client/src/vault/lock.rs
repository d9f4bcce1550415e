//! The vault's lock: its data key is random and stands in the file wrapped by a key from a key file, or from a passphrase through argon2id.
//!
//! A new lock is a new wrapping of the same data key: whoever had an older copy of the file *and* its old key can read the rows of both.

use crate::{
    error::ClientError,
    keys,
    passphrase::{self, Passphrase, Stretching},
    secrets::{Secret, fresh_secret, open, seal},
};
use codec::{Decode, Encode};
use mulu_proofs::ids::Digest32;
use std::{
    fmt, io,
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// What opens a vault.
#[derive(Clone)]
pub enum Unlock {
    /// The key file beside the vault: its name with `.key` behind it.
    Beside,
    /// A key file elsewhere.
    KeyFile(PathBuf),
    /// A passphrase.
    Passphrase(Passphrase),
}

impl fmt::Debug for Unlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Beside => f.write_str("Beside"),
            Self::KeyFile(path) => write!(f, "KeyFile({})", path.display()),
            Self::Passphrase(_) => f.write_str("Passphrase(..)"),
        }
    }
}

impl Unlock {
    /// The passphrase in the first line of a file that nobody else may read.
    ///
    /// # Errors
    /// As [`passphrase::of_file`].
    pub fn passphrase_file(path: &Path) -> Result<Self, ClientError> {
        passphrase::of_file(path).map(Self::Passphrase)
    }
}

/// The key file that a vault has unless another lock is chosen.
pub fn key_file_beside(vault: &Path) -> PathBuf {
    let mut name = vault.file_name().unwrap_or_default().to_owned();
    name.push(".key");
    vault.with_file_name(name)
}

/// How the data key is wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
enum Kind {
    #[codec(index = 1)]
    KeyFile,
    #[codec(index = 2)]
    Passphrase(Stretching),
}

/// The lock as it stands in the file.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(super) struct Lock {
    kind: Kind,
    wrapped: Vec<u8>,
}

impl Lock {
    /// Locks a data key; writes the key file if there is none.
    pub(super) fn new(
        vault: &Path,
        genesis: &Digest32,
        unlock: &Unlock,
        data_key: &Secret,
    ) -> Result<Self, ClientError> {
        let (kind, key) = match unlock {
            Unlock::Beside => (Kind::KeyFile, key_file(&key_file_beside(vault))?),
            Unlock::KeyFile(path) => (Kind::KeyFile, key_file(path)?),
            Unlock::Passphrase(passphrase) => {
                let (stretching, key) = Stretching::fresh(passphrase)?;
                (Kind::Passphrase(stretching), key)
            }
        };
        Ok(Self { kind, wrapped: seal(&key, &bound_to(kind, genesis), &data_key[..]) })
    }

    /// The data key.
    pub(super) fn open(&self, vault: &Path, genesis: &Digest32, unlock: &Unlock) -> Result<Secret, ClientError> {
        let path = || vault.to_owned();
        let (key, refused) = match (self.kind, unlock) {
            (Kind::KeyFile, Unlock::Passphrase(_)) => return Err(ClientError::VaultNeedsKeyFile { path: path() }),
            (Kind::KeyFile, Unlock::Beside) => of_file(vault, key_file_beside(vault))?,
            (Kind::KeyFile, Unlock::KeyFile(key)) => of_file(vault, key.clone())?,
            (Kind::Passphrase(stretching), Unlock::Passphrase(passphrase)) => {
                let key =
                    stretching.key(passphrase).ok_or(ClientError::VaultDamaged { path: path(), what: "its lock" })?;
                (key, ClientError::VaultPassphraseWrong { path: path() })
            }
            (Kind::Passphrase(_), _) => return Err(ClientError::VaultNeedsPassphrase { path: path() }),
        };
        let data_key = open(&key, &bound_to(self.kind, genesis), &self.wrapped);
        data_key.and_then(|key| Some(Zeroizing::new(key[..].try_into().ok()?))).ok_or(refused)
    }
}

fn of_file(vault: &Path, key: PathBuf) -> Result<(Secret, ClientError), ClientError> {
    match keys::read_seed(&key) {
        Ok(seed) => Ok((seed, ClientError::VaultKeyFileWrong { path: vault.to_owned(), key })),
        Err(ClientError::Read { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            Err(ClientError::VaultKeyFileMissing { path: vault.to_owned(), key })
        }
        Err(error) => Err(error),
    }
}

/// The key of a file, or that of a new one.
fn key_file(path: &Path) -> Result<Secret, ClientError> {
    if path.exists() {
        return keys::read_seed(path);
    }
    let key = fresh_secret();
    keys::write_seed(path, &key)?;
    Ok(key)
}

/// A wrapping opens in a vault of its own chain alone, and by the parameters that it was made with.
fn bound_to(kind: Kind, genesis: &Digest32) -> Vec<u8> {
    ("mulu v1 vault data key", kind, genesis).encode()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use std::fs;

    const GENESIS: Digest32 = [9; 32];

    fn words(text: &str) -> Unlock {
        Unlock::Passphrase(Zeroizing::new(text.to_owned()))
    }

    #[test]
    fn a_passphrase_opens_its_lock_and_no_other_does() {
        let (vault, data_key) = (Path::new("vault"), fresh_secret());
        let lock = Lock::new(vault, &GENESIS, &words("correct horse battery"), &data_key).unwrap();
        let open = |text: &str| lock.open(vault, &GENESIS, &words(text));
        assert_eq!(open("correct horse battery").unwrap(), data_key);
        let wrong = open("correct horse batterz").unwrap_err();
        assert!(matches!(wrong, ClientError::VaultPassphraseWrong { .. }));
        assert!(wrong.hint().unwrap().contains("no other way"), "{wrong}");
        let none = lock.open(vault, &GENESIS, &Unlock::Beside).unwrap_err();
        assert!(matches!(none, ClientError::VaultNeedsPassphrase { .. }));
        assert!(none.hint().unwrap().contains("MULU_VAULT_PASSPHRASE"));
        let moved = lock.open(vault, &[8; 32], &words("correct horse battery"));
        assert!(moved.is_err(), "a lock of another chain");
        assert!(!format!("{:?}", words("correct horse battery")).contains("horse"));
    }

    #[test]
    fn a_short_passphrase_is_refused() {
        let refused = Lock::new(Path::new("vault"), &GENESIS, &words("short"), &fresh_secret());
        assert!(matches!(refused, Err(ClientError::PassphraseTooShort { characters_min: 12 })));
    }

    #[test]
    fn a_key_file_is_made_for_its_owner_and_opens_its_lock_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (vault, data_key) = (folder.path().join("vault.redb"), fresh_secret());
        let lock = Lock::new(&vault, &GENESIS, &Unlock::Beside, &data_key).unwrap();
        let key = folder.path().join("vault.redb.key");
        assert_eq!(lock.open(&vault, &GENESIS, &Unlock::KeyFile(key.clone())).unwrap(), data_key);
        let with_words = lock.open(&vault, &GENESIS, &words("correct horse battery"));
        assert!(matches!(with_words, Err(ClientError::VaultNeedsKeyFile { .. })));
        let other = folder.path().join("other.key");
        keys::write_seed(&other, &fresh_secret()).unwrap();
        let wrong = lock.open(&vault, &GENESIS, &Unlock::KeyFile(other));
        assert!(matches!(wrong, Err(ClientError::VaultKeyFileWrong { .. })));
        fs::remove_file(&key).unwrap();
        let missing = lock.open(&vault, &GENESIS, &Unlock::Beside).unwrap_err();
        assert!(matches!(missing, ClientError::VaultKeyFileMissing { .. }));
        assert!(!key.exists(), "a key that is lost is never made anew");
    }

    #[test]
    fn a_file_may_not_ask_for_any_amount_of_memory() {
        let kind = Kind::Passphrase(passphrase::tests::GREEDY);
        let lock = Lock { kind, wrapped: vec![0; 72] };
        let opened = lock.open(Path::new("vault"), &GENESIS, &words("correct horse battery"));
        assert!(matches!(opened, Err(ClientError::VaultDamaged { what: "its lock", .. })));
    }
}
