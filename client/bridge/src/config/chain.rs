//! `[chain]`: where the chain is, as whom it is asked, and the vault.

use crate::{chain::Node, error::BridgeError, secret};
use mulu_client::{
    ClientError,
    keys::Key,
    keystore::{KeyFile, Keystore},
    passphrase::{self, Passphrase},
    profiles::{self, Profiles},
    vault::{Unlock, Vault},
};
use mulu_proofs::ids::Digest32;
use mulu_rpc_api::Hex32;
use serde::Deserialize;
use std::{
    fs,
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Name of the credential that systemd may hand over (`LoadCredential=`, `LoadCredentialEncrypted=`).
const CREDENTIAL: &str = "mulu-passphrase";

/// `[chain]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainConfig {
    /// Profile of `mulu` that says what is left out here of address, key and genesis hash.
    pub profile: Option<String>,
    /// Address of the node.
    #[serde(default)]
    pub url: String,
    /// File with the platform's key.
    #[serde(default)]
    pub key: PathBuf,
    /// File with the passphrase of the key, if it has one.
    pub passphrase_file: Option<PathBuf>,
    /// Variable with it.
    pub passphrase_env: Option<String>,
    /// Genesis hash of the only chain that is meant.
    pub genesis: Option<Hex32>,
    /// Name of the only node that is signed in at, as `mulu node` tells it.
    pub node: Option<String>,
    /// The vault; made if there is none.
    pub vault: PathBuf,
    /// Key file of the vault, if it is not the one beside it.
    pub vault_key_file: Option<PathBuf>,
    /// File with the vault's passphrase, if it is locked with one.
    pub vault_passphrase_file: Option<PathBuf>,
    /// Variable with it.
    pub vault_passphrase_env: Option<String>,
}

impl ChainConfig {
    /// Takes what is left out from the profile, and makes files relative to the folder of the configuration.
    pub(super) fn complete(
        &mut self,
        folder: &Path,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<(), BridgeError> {
        let files = [&mut self.passphrase_file, &mut self.vault_key_file, &mut self.vault_passphrase_file];
        let own_key = Some(&mut self.key).filter(|key| !key.as_os_str().is_empty());
        for file in files.into_iter().flatten().chain(own_key).chain([&mut self.vault]) {
            *file = folder.join(&*file);
        }
        if let Some(name) = &self.profile {
            let wrong = |why: String| BridgeError::config("chain.profile", why);
            let path = profiles::path(variable).ok_or_else(|| {
                wrong("neither MULU_CONFIG nor HOME is set, so there is no file with profiles".to_owned())
            })?;
            let told = |error: ClientError| wrong(format!("{}: {error}", path.display()));
            let profiles = Profiles::read(&path).map_err(told)?;
            let profile = profiles.get(name).map_err(told)?;
            self.genesis = self.genesis.or(profile.genesis);
            if self.url.is_empty() {
                self.url = profile.url.clone().unwrap_or_default();
            }
            if let (true, Some(key)) = (self.key.as_os_str().is_empty(), &profile.key) {
                self.key = Keystore::new(path.with_file_name("keys")).find(key).map_err(told)?;
            }
        }
        let missing = [("url", self.url.is_empty()), ("key", self.key.as_os_str().is_empty())];
        match missing.into_iter().find(|(_, is_missing)| *is_missing) {
            None => Ok(()),
            Some((key, _)) => {
                let why = "is missing: name it here, or a profile of `mulu` that has it (`mulu profile list`)";
                Err(BridgeError::config(format!("chain.{key}"), why))
            }
        }
    }

    /// Where the chain is, and with which key it is asked.
    ///
    /// # Errors
    /// [`BridgeError`] if the key cannot be read or opened.
    pub fn node(&self) -> Result<Node, BridgeError> {
        let genesis = self.genesis.map(|genesis| genesis.0);
        Ok(Node { url: self.url.clone(), key: self.key()?, genesis, node: self.node.clone() })
    }

    /// The platform's key.
    ///
    /// # Errors
    /// [`BridgeError`] if it cannot be read or opened.
    pub fn key(&self) -> Result<Key, BridgeError> {
        match KeyFile::read(&self.key)? {
            KeyFile::Plain(key) => Ok(key),
            KeyFile::Encrypted(encrypted) => {
                let given =
                    given(self.passphrase_file.as_deref(), self.passphrase_env.as_deref(), "chain.passphrase_env")?;
                let passphrase = match given {
                    Some(given) => given,
                    None => match secret::credential(CREDENTIAL) {
                        Some(file) => passphrase::of_credential(&file)?,
                        None => {
                            let why = "the key takes a passphrase: name it with passphrase_file or passphrase_env, or let systemd load the credential mulu-passphrase";
                            return Err(BridgeError::config("chain.key", why));
                        }
                    },
                };
                Ok(encrypted.open(&passphrase, &self.key)?)
            }
        }
    }

    /// What opens the vault.
    ///
    /// # Errors
    /// [`BridgeError`] if a passphrase cannot be read.
    pub fn unlock(&self) -> Result<Unlock, BridgeError> {
        if let Some(path) = &self.vault_key_file {
            return Ok(Unlock::KeyFile(path.clone()));
        }
        let (file, variable) = (self.vault_passphrase_file.as_deref(), self.vault_passphrase_env.as_deref());
        Ok(given(file, variable, "chain.vault_passphrase_env")?.map_or(Unlock::Beside, Unlock::Passphrase))
    }

    /// The vault, if there is one, of whatever chain it is.
    ///
    /// # Errors
    /// [`BridgeError::Client`] if it does not open.
    pub fn open_vault(&self) -> Result<Option<Vault>, BridgeError> {
        match Vault::open_any(&self.vault, &self.unlock()?) {
            Ok(vault) => Ok(Some(vault)),
            Err(ClientError::Read { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => Ok(None),
            // A process that died while it made the vault leaves an empty file behind.
            Err(ClientError::NoVault { .. }) if fs::metadata(&self.vault).is_ok_and(|file| file.len() == 0) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Makes the vault of a chain.
    ///
    /// # Errors
    /// [`BridgeError::Client`] if it cannot be made.
    pub fn make_vault(&self, genesis: &Digest32) -> Result<Vault, BridgeError> {
        Ok(Vault::open_with(&self.vault, genesis, &self.unlock()?)?)
    }
}

/// A passphrase from where the configuration says.
fn given(file: Option<&Path>, variable: Option<&str>, at: &str) -> Result<Option<Passphrase>, BridgeError> {
    match (file, variable) {
        (Some(_), Some(_)) => Err(BridgeError::config(at, "name a file or a variable, not both")),
        (Some(file), None) => Ok(Some(passphrase::of_file(file)?)),
        (None, Some(variable)) => match std::env::var(variable) {
            Ok(text) => Ok(Some(Zeroizing::new(text))),
            Err(_) => Err(BridgeError::config(at, format!("the variable {variable} is not set"))),
        },
        (None, None) => Ok(None),
    }
}
