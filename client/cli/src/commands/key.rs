//! `mulu key`: keys of people and platforms, encrypted under a passphrase.

use crate::{
    arguments::Global,
    commands::platform_key::Compromised,
    keyring,
    output::Output,
    table::{fields_in, table_in},
    unlock::says_yes,
};
use clap::{Args, Subcommand};
use mulu_client::{
    keys::Key as Seed,
    keystore::{EncryptedKey, KeyFile, KeyName},
};
use serde::Serialize;
use std::{
    io::{self, IsTerminal},
    path::{Path, PathBuf},
};

/// Keys.
#[derive(Debug, Subcommand)]
pub enum Key {
    /// Make a fresh key, encrypted under a passphrase
    Generate {
        /// Name in the keystore (letters, digits, - and _), or a file to write; it must not exist
        #[arg(value_name = "KEY")]
        which: String,
        /// Write it as it is, for a service that nobody types a passphrase for: whoever has the file has the key
        #[arg(long)]
        plain: bool,
        /// The well-known key of a development chain instead, d1-admin for instance: it guards nothing
        #[arg(long, value_name = "NAME")]
        development: Option<String>,
    },
    /// Take a key file into the keystore, encrypted under a passphrase
    Import {
        /// Name in the keystore
        name: KeyName,
        /// The key file; it stays as it is
        file: PathBuf,
    },
    /// Write a key of the keystore into a file
    Export {
        /// Name in the keystore
        name: KeyName,
        /// File to write; it must not exist
        file: PathBuf,
        /// As it is, and not encrypted under its passphrase
        #[arg(long)]
        plain: bool,
    },
    /// The keys of the keystore
    List,
    /// Public key of a key; needs no passphrase
    Show {
        /// Name in the keystore, or a file
        #[arg(value_name = "KEY")]
        which: String,
    },
    /// Encrypt a plain key file in its place
    Encrypt {
        /// Name in the keystore, or a file
        #[arg(value_name = "KEY")]
        which: String,
    },
    /// Give an encrypted key another passphrase
    Passphrase(Passphrase),
    /// Delete a key of the keystore for good
    Remove {
        /// Name in the keystore
        name: KeyName,
        /// Ask nothing
        #[arg(long)]
        yes: bool,
    },
    /// Report that others may have signed with a platform's key: it signs nothing more, its streams are halted; signed by admin or head
    Compromised(Compromised),
}

/// Which key gets which passphrase.
#[derive(Debug, Args)]
pub struct Passphrase {
    /// Name in the keystore, or a file
    #[arg(value_name = "KEY")]
    which: String,
    /// File with the new passphrase in its first line, for its owner alone
    #[arg(long, value_name = "FILE")]
    new_passphrase_file: Option<PathBuf>,
}

#[derive(Serialize)]
struct Shown {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<KeyName>,
    file: PathBuf,
    public_key: String,
    encrypted: bool,
}

impl Key {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        let file = match self {
            Self::Generate { which, plain, development } => generate(global, &which, plain, development)?,
            Self::Import { name, file } => {
                let (key, place) = (keyring::open(global, &file, false)?, global.keystore()?.place(&name.to_string())?);
                EncryptedKey::new(&key, &keyring::new_passphrase(global, global.passphrase_file.as_deref())?)?
                    .write(&place)?;
                place
            }
            Self::Export { name, file, plain } => {
                export(global, &name, &file, plain)?;
                file
            }
            Self::Show { which } => keyring::find(global, &which)?,
            Self::Encrypt { which } => encrypt(global, &keyring::find(global, &which)?)?,
            Self::Passphrase(change) => change.run(global)?,
            Self::Remove { name, yes } => return remove(global, &name, yes),
            Self::List => return list(global),
            Self::Compromised(command) => return command.run(global).await,
        };
        show(global, file)
    }
}

/// Where a fresh key was written.
fn generate(global: &Global, key: &str, plain: bool, development: Option<String>) -> anyhow::Result<PathBuf> {
    let place = match key.parse::<KeyName>() {
        Ok(_) => global.keystore()?.place(key)?,
        Err(_) => key.into(),
    };
    anyhow::ensure!(!place.exists(), "{} is there already", place.display());
    match development {
        // Everybody can derive it: a passphrase would guard nothing.
        Some(name) => Seed::development(&name).write(&place)?,
        None if plain => Seed::random().write(&place)?,
        None => {
            let passphrase = keyring::new_passphrase(global, global.passphrase_file.as_deref())?;
            EncryptedKey::new(&Seed::random(), &passphrase)?.write(&place)?;
        }
    }
    Ok(place)
}

fn export(global: &Global, name: &KeyName, file: &Path, plain: bool) -> anyhow::Result<()> {
    let path = global.keystore()?.path(name);
    match KeyFile::read(&path)? {
        KeyFile::Encrypted(encrypted) if !plain => encrypted.write(file)?,
        KeyFile::Plain(_) if !plain => anyhow::bail!("the key is not encrypted; --plain exports it as it is"),
        _ => keyring::open(global, &path, false)?.write(file)?,
    }
    Ok(())
}

/// Encrypts a file in its place.
fn encrypt(global: &Global, path: &Path) -> anyhow::Result<PathBuf> {
    match KeyFile::read(path)? {
        KeyFile::Encrypted(_) => {
            anyhow::bail!("the key is encrypted already; `mulu key passphrase` gives it another passphrase")
        }
        KeyFile::Plain(key) => {
            let passphrase = keyring::new_passphrase(global, global.passphrase_file.as_deref())?;
            EncryptedKey::new(&key, &passphrase)?.replace(path)?;
        }
    }
    Ok(path.to_owned())
}

impl Passphrase {
    fn run(self, global: &Global) -> anyhow::Result<PathBuf> {
        let path = keyring::find(global, &self.which)?;
        let key = keyring::open(global, &path, false)?;
        let passphrase = keyring::new_passphrase(global, self.new_passphrase_file.as_deref())?;
        EncryptedKey::new(&key, &passphrase)?.replace(&path)?;
        Ok(path)
    }
}

fn remove(global: &Global, name: &KeyName, yes: bool) -> anyhow::Result<()> {
    let keystore = global.keystore()?;
    let public = hex::encode(KeyFile::read(&keystore.path(name))?.public());
    if !yes {
        anyhow::ensure!(io::stdin().is_terminal(), "nobody is there to answer; --yes deletes the key without asking");
        let question = global.speech().tell("delete the key {} of account {} for good? Type yes: ", &[name, &public]);
        anyhow::ensure!(says_yes(&question)?, "nothing was deleted");
    }
    keystore.remove(name)?;
    Ok(())
}

fn list(global: &Global) -> anyhow::Result<()> {
    let (keystore, output) = (global.keystore()?, Output::of(global));
    let shown = |(name, file): (KeyName, KeyFile)| Shown {
        file: keystore.path(&name),
        public_key: hex::encode(file.public()),
        encrypted: matches!(file, KeyFile::Encrypted(_)),
        name: Some(name),
    };
    let keys: Vec<Shown> = keystore.list()?.into_iter().map(shown).collect();
    output.print(&keys, |keys| {
        let name = |key: &Shown| key.name.as_ref().map_or_else(String::new, ToString::to_string);
        let rows: Vec<Vec<String>> =
            keys.iter().map(|key| vec![name(key), key.public_key.clone(), output.speech.say(form(key))]).collect();
        table_in(output.speech, &["name", "public key", "form"], &rows)
    })
}

fn show(global: &Global, file: PathBuf) -> anyhow::Result<()> {
    let (key, output) = (KeyFile::read(&file)?, Output::of(global));
    let encrypted = matches!(key, KeyFile::Encrypted(_));
    let shown = Shown { name: None, file, public_key: hex::encode(key.public()), encrypted };
    output.print(&shown, |shown| {
        let pairs = [
            ("file", shown.file.display().to_string()),
            ("public key", shown.public_key.clone()),
            ("form", output.speech.say(form(shown))),
        ];
        fields_in(output.speech, &pairs)
    })
}

const fn form(key: &Shown) -> &'static str {
    if key.encrypted { "encrypted" } else { "plain" }
}
