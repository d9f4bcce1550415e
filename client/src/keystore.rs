//! Key files of people, encrypted under a passphrase, and the folder in which they have names.
//!
//! ```text
//! {"mulu_key":1,                                   form
//!  "public_key":"64 digits",                       readable without the passphrase
//!  "argon2id":{"salt":"32 digits","memory_kib":65536,"passes":3},
//!  "xchacha20_poly1305":"144 digits"}              nonce ‖ seed ‖ tag, bound to all of the above (see `bound_to`)
//! ```
//!
//! The same argon2id and cipher as the vault's lock. A plain key file ([`crate::keys`]) is read too: it says of itself that it is one.

use crate::{
    error::ClientError,
    files,
    keys::{self, Key},
    passphrase::{Passphrase, Stretching},
    secrets::{open, seal},
};
use codec::Encode;
use mulu_proofs::ids::PublicKey;
use mulu_rpc_api::{Hex, Hex32};
use serde::{Deserialize, Serialize};
use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    str::FromStr,
};

/// Version of the form.
const FORM: u8 = 1;
/// Longest key file that is read, in bytes.
const FILE_BYTES_MAX: u64 = 1024;
/// Longest name of a key, in characters.
const NAME_LENGTH_MAX: usize = 64;
/// Most keys that a keystore lists.
const KEYS_MAX: usize = 10_000;

/// What a key file holds.
#[derive(Debug)]
pub enum KeyFile {
    /// The key itself: whoever has the file has the key.
    Plain(Key),
    /// The key under a passphrase.
    Encrypted(EncryptedKey),
}

/// A key under a passphrase.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EncryptedKey {
    mulu_key: u8,
    public_key: Hex32,
    argon2id: Stretching,
    xchacha20_poly1305: Hex,
}

impl KeyFile {
    /// Reads a file that nobody else may read.
    ///
    /// # Errors
    /// [`ClientError`] if it cannot be read, is open to others, or holds no key.
    pub fn read(path: &Path) -> Result<Self, ClientError> {
        let no_key = || ClientError::NoKey { path: path.to_owned() };
        let bytes = keys::read_secret(path, FILE_BYTES_MAX)?;
        if let Some(seed) = keys::seed_of(&bytes) {
            return Ok(Self::Plain(Key::from_seed(&seed)));
        }
        let encrypted: EncryptedKey = serde_json::from_slice(&bytes).map_err(|_| no_key())?;
        if encrypted.mulu_key != FORM {
            return Err(no_key());
        }
        Ok(Self::Encrypted(encrypted))
    }

    /// The public key: no passphrase is needed for it.
    pub fn public(&self) -> PublicKey {
        match self {
            Self::Plain(key) => key.public(),
            Self::Encrypted(encrypted) => encrypted.public_key.0,
        }
    }
}

impl EncryptedKey {
    /// Encrypts a key.
    ///
    /// # Errors
    /// [`ClientError::PassphraseTooShort`].
    pub fn new(key: &Key, passphrase: &Passphrase) -> Result<Self, ClientError> {
        let (argon2id, wrapping) = Stretching::fresh(passphrase)?;
        let public = key.public();
        let sealed = seal(&wrapping, &bound_to(&public, &argon2id), &key.seed()[..]);
        Ok(Self { mulu_key: FORM, public_key: Hex32(public), argon2id, xchacha20_poly1305: Hex(sealed) })
    }

    /// The key.
    ///
    /// # Errors
    /// [`ClientError::KeyPassphrase`] if it is another passphrase, or the file was changed; `path` is for the message.
    pub fn open(&self, passphrase: &Passphrase, path: &Path) -> Result<Key, ClientError> {
        let wrong = || ClientError::KeyPassphrase { path: path.to_owned() };
        let wrapping = self.argon2id.key(passphrase).ok_or_else(|| ClientError::NoKey { path: path.to_owned() })?;
        let bound_to = bound_to(&self.public_key.0, &self.argon2id);
        let seed = open(&wrapping, &bound_to, &self.xchacha20_poly1305.0).ok_or_else(wrong)?;
        let seed: &[u8; 32] = seed[..].try_into().map_err(|_| wrong())?;
        let key = Key::from_seed(seed);
        // Whoever encrypted it could have written another public key beside it.
        if key.public() == self.public_key.0 { Ok(key) } else { Err(wrong()) }
    }

    /// Writes a new key file for its owner alone.
    ///
    /// # Errors
    /// [`ClientError::Write`] if it exists or cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), ClientError> {
        files::write_secret(path, &self.bytes()).map_err(|source| ClientError::Write { path: path.to_owned(), source })
    }

    /// Puts it into the place of a key file, in one step.
    ///
    /// # Errors
    /// [`ClientError::Write`] if it cannot be written.
    pub fn replace(&self, path: &Path) -> Result<(), ClientError> {
        files::replace_private(path, &self.bytes())
            .map_err(|source| ClientError::Write { path: path.to_owned(), source })
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec(self).expect("names, numbers and digits are JSON");
        bytes.push(b'\n');
        bytes
    }
}

/// A seed opens beside its own public key alone, and by the parameters that it was sealed with.
fn bound_to(public: &PublicKey, stretching: &Stretching) -> Vec<u8> {
    ("mulu v1 key file", public, stretching).encode()
}

/// Name of a key in a keystore: letters, digits, `-` and `_`. What has a dot or a slash in it is a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct KeyName(String);

/// The text is no name of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a name has 1 to 64 letters, digits, - and _")]
pub struct NameError;

impl FromStr for KeyName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let is_one = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let fits = (1..=NAME_LENGTH_MAX).contains(&text.len()) && text.chars().all(is_one) && !text.starts_with('-');
        if fits { Ok(Self(text.to_owned())) } else { Err(NameError) }
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A folder of key files, `NAME.key` each.
#[derive(Clone, Debug)]
pub struct Keystore {
    folder: PathBuf,
}

impl Keystore {
    /// The one in a folder, which need not be there yet.
    pub const fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Where the key of a name is.
    pub fn path(&self, name: &KeyName) -> PathBuf {
        self.folder.join(format!("{name}.key"))
    }

    /// The file that a person means: the key of that name, else a file of that name.
    ///
    /// # Errors
    /// [`ClientError::KeyAmbiguous`] if both are there: a person signs with one key, not with either.
    pub fn find(&self, text: &str) -> Result<PathBuf, ClientError> {
        self.find_from(Path::new(""), text)
    }

    /// The same where a file `text` is looked for in `folder`, as in a mapping that names files beside it.
    ///
    /// # Errors
    /// As [`Self::find`].
    pub fn find_from(&self, folder: &Path, text: &str) -> Result<PathBuf, ClientError> {
        let file = folder.join(text);
        let Ok(name) = text.parse::<KeyName>() else { return Ok(file) };
        let named = self.path(&name);
        match (named.exists(), file.exists()) {
            (true, true) => Err(ClientError::KeyAmbiguous { name: text.to_owned(), named }),
            (false, true) => Ok(file),
            (_, false) => Ok(named),
        }
    }

    /// Where a new key of that name, or in that file, is written; makes the keystore's folder.
    ///
    /// # Errors
    /// [`ClientError::Write`] if the folder cannot be made.
    pub fn place(&self, text: &str) -> Result<PathBuf, ClientError> {
        let Ok(name) = text.parse::<KeyName>() else { return Ok(text.into()) };
        let unwritable = |source| ClientError::Write { path: self.folder.clone(), source };
        files::make_private_folder(&self.folder).map_err(unwritable)?;
        Ok(self.path(&name))
    }

    /// The keys by name. A file that holds none is left out.
    ///
    /// # Errors
    /// [`ClientError::Read`] if the folder cannot be read.
    pub fn list(&self) -> Result<Vec<(KeyName, KeyFile)>, ClientError> {
        let unreadable = |source| ClientError::Read { path: self.folder.clone(), source };
        let rows = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(unreadable)?,
        };
        let mut found = Vec::new();
        for row in rows.take(KEYS_MAX) {
            let name = row.map_err(unreadable)?.file_name();
            let name = name.to_str().and_then(|name| name.strip_suffix(".key")).and_then(|name| name.parse().ok());
            let key = name.and_then(|name: KeyName| Some((KeyFile::read(&self.path(&name)).ok()?, name)));
            found.extend(key.map(|(file, name)| (name, file)));
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(found)
    }

    /// Deletes a key for good.
    ///
    /// # Errors
    /// [`ClientError::Write`] if it is not there or cannot be deleted.
    pub fn remove(&self, name: &KeyName) -> Result<(), ClientError> {
        let path = self.path(name);
        files::remove(&path).map_err(|source| ClientError::Write { path, source })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use zeroize::Zeroizing;

    fn words(text: &str) -> Passphrase {
        Zeroizing::new(text.to_owned())
    }

    fn encrypted(path: &Path) -> EncryptedKey {
        match KeyFile::read(path).unwrap() {
            KeyFile::Encrypted(encrypted) => encrypted,
            KeyFile::Plain(_) => panic!("it is plain"),
        }
    }

    #[test]
    fn an_encrypted_key_opens_with_its_passphrase_alone_and_tells_its_public_key_without() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.key");
        let key = Key::from_seed(&[7; 32]);
        EncryptedKey::new(&key, &words("correct horse battery")).unwrap().write(&path).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(!text.contains(&hex::encode([7; 32])) && text.len() < 1024, "{text}");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let read = encrypted(&path);
        assert_eq!(KeyFile::read(&path).unwrap().public(), key.public());
        assert_eq!(read.open(&words("correct horse battery"), &path).unwrap().public(), key.public());
        let wrong = read.open(&words("correct horse batterz"), &path).unwrap_err();
        assert!(matches!(wrong, ClientError::KeyPassphrase { .. }) && wrong.hint().is_some());
        assert!(read.write(&path).is_err(), "a key is never written over");
        let short = EncryptedKey::new(&key, &words("short"));
        assert!(matches!(short, Err(ClientError::PassphraseTooShort { .. })));
    }

    #[test]
    fn a_file_that_was_changed_does_not_open() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.key");
        EncryptedKey::new(&Key::from_seed(&[7; 32]), &words("correct horse battery")).unwrap().write(&path).unwrap();
        let honest = encrypted(&path);
        let opens = |changed: &EncryptedKey| changed.open(&words("correct horse battery"), &path).is_ok();
        assert!(opens(&honest));
        let other_key = EncryptedKey { public_key: Hex32(Key::from_seed(&[8; 32]).public()), ..honest.clone() };
        assert!(!opens(&other_key), "another public key is shown");
        for place in [0, 24, 71] {
            let mut sealed = honest.xchacha20_poly1305.clone();
            sealed.0[place] ^= 1;
            assert!(!opens(&EncryptedKey { xchacha20_poly1305: sealed, ..honest.clone() }), "byte {place}");
        }
        let greedy = EncryptedKey { argon2id: crate::passphrase::tests::GREEDY, ..honest };
        let refused = greedy.open(&words("correct horse battery"), &path);
        assert!(matches!(refused, Err(ClientError::NoKey { .. })), "no file asks for any amount of memory");
    }

    #[test]
    fn what_is_no_key_file_of_this_form_is_told_without_its_contents() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.key");
        EncryptedKey::new(&Key::from_seed(&[7; 32]), &words("correct horse battery")).unwrap().write(&path).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        for (name, changed) in [
            ("newer", text.replace("\"mulu_key\":1", "\"mulu_key\":2")),
            ("more", text.replace("\"mulu_key\":1", "\"mulu_key\":1,\"more\":1")),
            ("cut", text[..text.len() / 2].to_owned()),
            ("long", " ".repeat(1024) + &text),
            ("other", "topsecret".to_owned()),
        ] {
            let path = folder.path().join(name);
            files::write_secret(&path, changed.as_bytes()).unwrap();
            let error = KeyFile::read(&path).unwrap_err();
            assert!(matches!(error, ClientError::NoKey { .. }), "{name}");
            assert!(!error.to_string().contains("topsecret"));
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(KeyFile::read(&path), Err(ClientError::KeyOpenToOthers { .. })));
    }

    #[test]
    fn a_plain_key_is_replaced_by_the_encrypted_one_in_one_step() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.key");
        let key = Key::from_seed(&[7; 32]);
        key.write(&path).unwrap();
        assert!(matches!(KeyFile::read(&path).unwrap(), KeyFile::Plain(plain) if plain.public() == key.public()));
        EncryptedKey::new(&key, &words("correct horse battery")).unwrap().replace(&path).unwrap();
        assert_eq!(encrypted(&path).open(&words("correct horse battery"), &path).unwrap().public(), key.public());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn keys_have_names_and_what_is_no_name_is_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let keystore = Keystore::new(folder.path().join("config/keys"));
        assert!(keystore.list().unwrap().is_empty(), "the folder need not be there");
        let key = Key::from_seed(&[7; 32]);
        let place = keystore.place("head").unwrap();
        key.write(&place).unwrap();
        EncryptedKey::new(&key, &words("correct horse battery")).unwrap().write(&keystore.place("b").unwrap()).unwrap();
        fs::write(folder.path().join("config/keys/notes.key"), "no key").unwrap();
        assert_eq!(fs::metadata(folder.path().join("config/keys")).unwrap().permissions().mode() & 0o777, 0o700);
        let names: Vec<String> = keystore.list().unwrap().iter().map(|(name, _)| name.to_string()).collect();
        assert_eq!(names, ["b", "head"]);
        assert_eq!(keystore.find("head").unwrap(), place);
        assert_eq!(keystore.find("head.key").unwrap(), Path::new("head.key"));
        assert_eq!(keystore.find("./head").unwrap(), Path::new("./head"));
        keystore.remove(&"head".parse().unwrap()).unwrap();
        assert!(!place.exists());
        assert!(matches!(keystore.remove(&"head".parse().unwrap()), Err(ClientError::Write { .. })));
        for wrong in ["", "a.key", "a/b", "..", "-a", "ä", &"a".repeat(65)] {
            assert!(wrong.parse::<KeyName>().is_err(), "{wrong}");
        }
    }
}
