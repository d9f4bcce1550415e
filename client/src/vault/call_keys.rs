//! Secrets of call ids: one that never leaves the vault, and one for each grant that both sides have, so that they name a call alike.

use super::{CALL_KEYS, CALL_SECRET, Fault, IDENTITY, Vault, streams::put_sealed};
use crate::{error::ClientError, event::CallIds, files, secrets::fresh_secret};
use mulu_proofs::{
    hash::{DigestKind, secret_digest},
    ids::{Digest32, GrantId},
};
use redb::ReadableTable;
use serde::{Deserialize, Serialize};
use std::{os::unix::fs::PermissionsExt, path::Path};
use zeroize::{Zeroize, Zeroizing};

/// Largest file with a call key, in bytes.
const FILE_BYTES_MAX: usize = 1024;

/// A call key by its fingerprint, which both sides may read to each other: it tells nothing of the secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CallKey {
    /// Grant.
    pub grant: GrantId,
    /// First 8 bytes of a hash of the secret, in hexadecimal.
    pub fingerprint: String,
}

/// A call key on its way to the other side, as JSON in a file for its owner alone.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallKeyFile {
    /// Genesis hash of the chain.
    #[serde(with = "hex::serde")]
    genesis: Digest32,
    /// Grant.
    pub grant: GrantId,
    #[serde(with = "hex::serde")]
    secret: Digest32,
}

impl Drop for CallKeyFile {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}

impl CallKeyFile {
    /// Reads a file, and refuses one that others may read.
    ///
    /// # Errors
    /// [`ClientError`] if it cannot be read, is open to others, or holds no call key.
    pub fn read(path: &Path) -> Result<Self, ClientError> {
        let unreadable = |source| ClientError::Read { path: path.to_owned(), source };
        let mode = std::fs::metadata(path).map_err(unreadable)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(ClientError::KeyOpenToOthers { path: path.to_owned(), mode });
        }
        let text = Zeroizing::new(files::read_bounded(path, FILE_BYTES_MAX)?);
        // What serde says of a broken file may repeat a part of it.
        serde_json::from_slice(&text).map_err(|_| ClientError::NoCallKeyFile { path: path.to_owned() })
    }

    fn write(&self, path: &Path) -> Result<(), ClientError> {
        let text = Zeroizing::new(serde_json::to_string(self).expect("a call key is plain JSON") + "\n");
        files::write_secret(path, text.as_bytes())
            .map_err(|source| ClientError::Write { path: path.to_owned(), source })
    }
}

impl Vault {
    /// Makes the secret of a grant and writes it into a file for the other side.
    ///
    /// # Errors
    /// [`ClientError::CallKeyThere`] if the vault has one, [`ClientError`] if file or vault cannot be written.
    pub fn new_call_key(&mut self, grant: GrantId, path: &Path) -> Result<CallKey, ClientError> {
        if self.call_ids.shares(grant) {
            return Err(ClientError::CallKeyThere { grant });
        }
        let file = CallKeyFile { genesis: self.genesis, grant, secret: *fresh_secret() };
        // The file first: a secret that is in no file could not be handed on.
        file.write(path)?;
        self.add_call_key(&file)
    }

    /// Takes the secret of a grant from the other side.
    ///
    /// # Errors
    /// [`ClientError::CallKeyThere`] if the vault has another one, [`ClientError::CallKeyOfOtherChain`].
    pub fn add_call_key(&mut self, file: &CallKeyFile) -> Result<CallKey, ClientError> {
        let CallKeyFile { genesis, grant, secret } = file;
        if *genesis != self.genesis {
            return Err(ClientError::CallKeyOfOtherChain { genesis: *genesis });
        }
        self.write(|transaction| {
            let there = self.call_ids.shared(*grant);
            match there {
                Some(there) if there != secret => Err(ClientError::CallKeyThere { grant: *grant }.into()),
                _ => put_sealed(transaction, &self.rows, CALL_KEYS, u64::from(grant.get()), secret),
            }
        })?;
        self.call_ids.share(*grant, *secret);
        Ok(told(*grant, secret))
    }

    /// Every grant whose secret the vault has.
    pub fn call_keys(&self) -> Vec<CallKey> {
        self.call_ids.all_shared().map(|(grant, secret)| told(grant, secret)).collect()
    }

    /// Makes call ids: with a grant's secret where there is one, else with the vault's own.
    pub const fn call_ids(&self) -> &CallIds {
        &self.call_ids
    }

    pub(super) fn read_call_ids(&self) -> Result<CallIds, ClientError> {
        self.read(|transaction| {
            let damaged = || Fault::Damaged("a secret of call ids");
            let identity = transaction.open_table(IDENTITY)?;
            let own = identity.get(CALL_SECRET)?.ok_or_else(damaged)?;
            let own = self.rows.open(IDENTITY, CALL_SECRET, own.value(), "a secret of call ids")?;
            let mut call_ids = CallIds::new(own[..].try_into().map_err(|_| damaged())?);
            for row in transaction.open_table(CALL_KEYS)?.iter()? {
                let (grant, secret) = row?;
                let grant = grant.value();
                let secret = self.rows.open(CALL_KEYS, &grant, secret.value(), "a secret of call ids")?;
                let grant = GrantId::new(grant.try_into().map_err(|_| damaged())?);
                call_ids.share(grant, secret[..].try_into().map_err(|_| damaged())?);
            }
            Ok(call_ids)
        })
    }
}

fn told(grant: GrantId, secret: &Digest32) -> CallKey {
    let fingerprint = secret_digest(DigestKind::CallId, secret, b"fingerprint of this call key");
    CallKey { grant, fingerprint: hex::encode(&fingerprint[..8]) }
}
