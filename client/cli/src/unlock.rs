//! What opens the vault of a command: a passphrase from a file, from the environment or typed in, or a key file.

use anyhow::Context;
use clap::Args;
use mulu_client::{
    ClientError,
    passphrase::Passphrase,
    vault::{Unlock, Vault},
};
use mulu_proofs::ids::Digest32;
use std::{
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Where a passphrase may stand, beside a file.
const PASSPHRASE: &str = "MULU_VAULT_PASSPHRASE";

/// What opens a vault. Without either, and without MULU_VAULT_PASSPHRASE, it is the key file beside the vault.
#[derive(Clone, Debug, Args)]
pub struct Lock {
    /// File with the vault's passphrase in its first line, for its owner alone; MULU_VAULT_PASSPHRASE may hold it instead
    #[arg(long, value_name = "FILE", conflicts_with = "vault_key_file")]
    vault_passphrase_file: Option<PathBuf>,
    /// Key file of the vault; the one beside the vault where none is named
    #[arg(long, value_name = "FILE")]
    vault_key_file: Option<PathBuf>,
}

/// A vault that must be there, and what opens it.
#[derive(Clone, Debug, Args)]
pub struct Locked {
    /// The vault
    #[arg(long)]
    pub vault: PathBuf,
    /// What opens it
    #[command(flatten)]
    pub lock: Lock,
}

impl Locked {
    /// Opens it.
    pub fn open(&self) -> anyhow::Result<Vault> {
        self.lock.open(|unlock| Vault::open_any(&self.vault, unlock))
    }
}

impl Lock {
    /// Opens the vault of a chain; makes one if there is none.
    pub fn open_or_make(&self, vault: &Path, genesis: &Digest32) -> anyhow::Result<Vault> {
        self.open(|unlock| Vault::open_with(vault, genesis, unlock))
    }

    /// Opens a vault of a chain that must be there.
    pub fn open_existing(&self, vault: &Path, genesis: &Digest32) -> anyhow::Result<Vault> {
        self.open(|unlock| Vault::open_existing(vault, genesis, unlock))
    }

    /// Opens with what was named; asks for a passphrase if one is needed and somebody sits there.
    pub fn open<T>(&self, open: impl Fn(&Unlock) -> Result<T, ClientError>) -> anyhow::Result<T> {
        let named = self.named()?;
        match (open(&named), &named) {
            (Err(ClientError::VaultNeedsPassphrase { .. }), Unlock::Beside) if io::stdin().is_terminal() => {
                Ok(open(&Unlock::Passphrase(ask("passphrase of the vault: ")?))?)
            }
            (opened, _) => Ok(opened?),
        }
    }

    fn named(&self) -> anyhow::Result<Unlock> {
        if let Some(path) = &self.vault_key_file {
            return Ok(Unlock::KeyFile(path.clone()));
        }
        if let Some(path) = &self.vault_passphrase_file {
            return Ok(Unlock::passphrase_file(path)?);
        }
        Ok(std::env::var(PASSPHRASE).map_or(Unlock::Beside, |text| Unlock::Passphrase(Zeroizing::new(text))))
    }
}

/// The next lock of a vault.
#[derive(Clone, Debug, Args)]
#[group(required = true, multiple = false)]
pub struct NewLock {
    /// File with the new passphrase in its first line, for its owner alone
    #[arg(long, value_name = "FILE")]
    new_passphrase_file: Option<PathBuf>,
    /// Key file that is made; it must not exist
    #[arg(long, value_name = "FILE")]
    new_key_file: Option<PathBuf>,
    /// Type the new passphrase in
    #[arg(long)]
    new_passphrase: bool,
}

impl NewLock {
    /// What is to open the vault from now on.
    pub fn unlock(self) -> anyhow::Result<Unlock> {
        if let Some(path) = self.new_key_file {
            return Ok(Unlock::KeyFile(path));
        }
        if let Some(path) = self.new_passphrase_file {
            return Ok(Unlock::passphrase_file(&path)?);
        }
        let passphrase = ask("new passphrase: ")?;
        anyhow::ensure!(passphrase == ask("once more: ")?, "the two passphrases differ");
        Ok(Unlock::Passphrase(passphrase))
    }
}

/// A passphrase from whoever sits there.
pub fn ask(prompt: &str) -> anyhow::Result<Passphrase> {
    rpassword::prompt_password(prompt).map(Zeroizing::new).context("cannot read a passphrase from the terminal")
}

/// Whether whoever sits there says yes.
pub fn says_yes(question: &str) -> anyhow::Result<bool> {
    eprint!("{question}");
    io::stderr().flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).context("cannot read the answer")?;
    Ok(matches!(answer.trim(), "yes" | "是"))
}
