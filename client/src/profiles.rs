//! Profiles: which node, key, chain and language a person works with, under a name, in one file.
//!
//! ```toml
//! use = "city"
//!
//! [profiles.city]
//! url = "wss://mulu.city.example/rpc"
//! key = "head"
//! language = "zh"
//! genesis = "64 digits"
//! ```

use crate::{error::ClientError, files, keystore::KeyName};
use mulu_rpc_api::Hex32;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

/// Largest file with profiles, in bytes.
const FILE_BYTES_MAX: usize = 256 * 1024;

/// What a person works with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Key: its name in the keystore, or a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Language of what people read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Genesis hash of the chain: a node or a file of another one is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub genesis: Option<Hex32>,
}

/// All of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profiles {
    /// The one that counts where none is named.
    #[serde(default, rename = "use", skip_serializing_if = "Option::is_none")]
    pub in_use: Option<String>,
    /// By name.
    #[serde(default)]
    pub profiles: BTreeMap<String, Profile>,
}

impl Profiles {
    /// Reads them; there are none where there is no file.
    ///
    /// # Errors
    /// [`ClientError`] if the file cannot be read, is too large, or is not of the form.
    pub fn read(path: &Path) -> Result<Self, ClientError> {
        let bytes = match files::read_bounded(path, FILE_BYTES_MAX) {
            Err(ClientError::Read { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            other => other?,
        };
        let form = |why| ClientError::Form { path: path.to_owned(), why };
        let text = std::str::from_utf8(&bytes).map_err(|error| form(error.to_string()))?;
        toml::from_str(text).map_err(|error| form(error.message().to_owned()))
    }

    /// Writes them in one step, for their owner alone: an address may hold a token.
    ///
    /// # Errors
    /// [`ClientError::Write`] if the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), ClientError> {
        let text = toml::to_string(self).expect("names and texts are TOML");
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let made = folder.map_or(Ok(()), files::make_private_folder);
        let written = made.and_then(|()| files::replace_private(path, text.as_bytes()));
        written.map_err(|source| ClientError::Write { path: path.to_owned(), source })
    }

    /// Adds a profile under a free name.
    ///
    /// # Errors
    /// [`ClientError::ProfileThere`] if the name is taken.
    pub fn add(&mut self, name: &KeyName, profile: Profile) -> Result<(), ClientError> {
        let name = name.to_string();
        if self.profiles.contains_key(&name) {
            return Err(ClientError::ProfileThere { name });
        }
        // Whoever has one profile means that one.
        self.in_use.get_or_insert_with(|| name.clone());
        self.profiles.insert(name, profile);
        Ok(())
    }

    /// Uses a profile from now on.
    ///
    /// # Errors
    /// [`ClientError::NoProfile`].
    pub fn set_in_use(&mut self, name: &str) -> Result<(), ClientError> {
        self.get(name)?;
        self.in_use = Some(name.to_owned());
        Ok(())
    }

    /// Removes a profile.
    ///
    /// # Errors
    /// [`ClientError::NoProfile`].
    pub fn remove(&mut self, name: &str) -> Result<(), ClientError> {
        self.get(name)?;
        self.profiles.remove(name);
        self.in_use.take_if(|in_use| in_use == name);
        Ok(())
    }

    /// A profile by name.
    ///
    /// # Errors
    /// [`ClientError::NoProfile`].
    pub fn get(&self, name: &str) -> Result<&Profile, ClientError> {
        self.profiles.get(name).ok_or_else(|| ClientError::NoProfile { name: name.to_owned() })
    }
}

/// The file of the environment: `MULU_CONFIG`, else `mulu/config.toml` where the desktop's rules want configuration.
pub fn path(variable: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let set = |name| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("MULU_CONFIG").or_else(|| {
        // The rules say to ignore a relative one.
        let folder = set("XDG_CONFIG_HOME").filter(|folder| folder.is_absolute());
        let folder = folder.or_else(|| set("HOME").map(|home| home.join(".config")))?;
        Some(folder.join("mulu/config.toml"))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use std::{fs, os::unix::fs::PermissionsExt};

    fn name(text: &str) -> KeyName {
        text.parse().unwrap()
    }

    #[test]
    fn profiles_are_added_used_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mulu/config.toml");
        let mut profiles = Profiles::read(&path).unwrap();
        assert_eq!(profiles, Profiles::default(), "no file, no profiles");
        let city =
            Profile { url: Some("ws://10.1.2.3:9944".into()), genesis: Some(Hex32([7; 32])), ..Profile::default() };
        profiles.add(&name("city"), city.clone()).unwrap();
        profiles.add(&name("province"), Profile::default()).unwrap();
        assert!(matches!(profiles.add(&name("city"), city), Err(ClientError::ProfileThere { .. })));
        profiles.write(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let mut read = Profiles::read(&path).unwrap();
        assert_eq!((&read, read.in_use.as_deref()), (&profiles, Some("city")), "the first one is used");
        read.set_in_use("province").unwrap();
        assert!(matches!(read.set_in_use("state"), Err(ClientError::NoProfile { .. })));
        read.remove("province").unwrap();
        assert_eq!(read.in_use, None);
        assert!(matches!(read.remove("province"), Err(ClientError::NoProfile { .. })));
    }

    #[test]
    fn a_file_with_a_mistake_is_told_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        for (text, said) in
            [("[profiles.a]\nlink = 1", "link"), ("use = 7", "use"), ("[profiles.a]\ngenesis = \"12\"", "")]
        {
            fs::write(&path, text).unwrap();
            let error = Profiles::read(&path).unwrap_err();
            assert!(matches!(&error, ClientError::Form { why, .. } if why.contains(said) || said == "use"), "{error}");
        }
        fs::write(&path, "#".repeat(FILE_BYTES_MAX + 1)).unwrap();
        assert!(matches!(Profiles::read(&path), Err(ClientError::TooLarge { .. })));
    }

    #[test]
    fn the_file_is_where_the_environment_says() {
        let of = |pairs: &[(&str, &str)]| {
            let found =
                path(|name| pairs.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned()));
            found.map(|path| path.display().to_string())
        };
        assert_eq!(of(&[("MULU_CONFIG", "a.toml"), ("HOME", "/h")]).as_deref(), Some("a.toml"));
        assert_eq!(of(&[("XDG_CONFIG_HOME", "/x"), ("HOME", "/h")]).as_deref(), Some("/x/mulu/config.toml"));
        assert_eq!(of(&[("XDG_CONFIG_HOME", "x"), ("HOME", "/h")]).as_deref(), Some("/h/.config/mulu/config.toml"));
        assert_eq!(of(&[("HOME", "")]), None);
    }
}
