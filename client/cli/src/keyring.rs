//! The key of a command: found by name or file, opened with a passphrase from a file, from systemd or from whoever sits there.

use crate::{arguments::Global, unlock::ask};
use anyhow::Context;
use mulu_client::{
    keys::Key,
    keystore::KeyFile,
    passphrase::{self, Passphrase},
};
use mulu_verifier::words::printable;
use std::{
    io::{self, IsTerminal},
    path::{Path, PathBuf},
};

/// Name of the credential that systemd may hand over (`LoadCredential=`, `LoadCredentialEncrypted=`).
const CREDENTIAL: &str = "mulu-passphrase";

/// The file of `--key`.
pub fn path(global: &Global) -> anyhow::Result<PathBuf> {
    let text = global.key.as_ref().context("no key is given; name one with --key, MULU_KEY or a profile")?;
    find(global, text)
}

/// The file of a name or path.
pub fn find(global: &Global, text: &str) -> anyhow::Result<PathBuf> {
    match global.keystore() {
        Ok(keystore) => Ok(keystore.find(text)?),
        Err(_) => Ok(text.into()),
    }
}

/// The file of a name or path that a file in `folder` names.
pub fn find_from(global: &Global, folder: &Path, text: &str) -> anyhow::Result<PathBuf> {
    match global.keystore() {
        Ok(keystore) => Ok(keystore.find_from(folder, text)?),
        Err(_) => Ok(folder.join(text)),
    }
}

/// Opens a key. Whoever has a plain one is told that others may have it too, if `warns`.
pub fn open(global: &Global, path: &Path, warns: bool) -> anyhow::Result<Key> {
    match KeyFile::read(path)? {
        KeyFile::Plain(key) => {
            if warns {
                let phrase = "warning: the key in {} is not encrypted; `mulu key encrypt` does that";
                eprintln!("{}", printable(&global.speech().tell(phrase, &[&path.display()])));
            }
            Ok(key)
        }
        KeyFile::Encrypted(encrypted) => {
            let prompt = global.speech().tell("passphrase of the key {}: ", &[&path.display()]);
            Ok(encrypted.open(&passphrase(global, &prompt)?, path)?)
        }
    }
}

/// The passphrase of a key that is there.
pub fn passphrase(global: &Global, prompt: &str) -> anyhow::Result<Passphrase> {
    if let Some(given) = given(global)? {
        return Ok(given);
    }
    anyhow::ensure!(io::stdin().is_terminal(), NOBODY);
    ask(&printable(prompt))
}

/// The passphrase of a key that is made: typed twice, where it is typed.
pub fn new_passphrase(global: &Global, file: Option<&Path>) -> anyhow::Result<Passphrase> {
    if let Some(file) = file {
        return Ok(passphrase::of_file(file)?);
    }
    anyhow::ensure!(io::stdin().is_terminal(), NOBODY);
    let speech = global.speech();
    let typed = ask(&speech.say("new passphrase: "))?;
    anyhow::ensure!(typed == ask(&speech.say("once more: "))?, "the two passphrases differ");
    Ok(typed)
}

const NOBODY: &str = "the key takes a passphrase, and nobody is there to type it; name a file with --passphrase-file";

fn given(global: &Global) -> anyhow::Result<Option<Passphrase>> {
    if let Some(file) = &global.passphrase_file {
        return Ok(Some(passphrase::of_file(file)?));
    }
    let credential = std::env::var_os("CREDENTIALS_DIRECTORY").map(|folder| PathBuf::from(folder).join(CREDENTIAL));
    match credential.filter(|file| file.exists()) {
        Some(file) => Ok(Some(passphrase::of_credential(&file)?)),
        None => Ok(None),
    }
}
