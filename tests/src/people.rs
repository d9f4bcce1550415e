//! Keys of everybody who acts on a test network, by name: `d2-head` is the head of department 2.

use crate::error::{Doing, Error};
use mulu_client::keys::Key;
use mulu_proofs::ids::PublicKey;
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Keys by name.
#[derive(Debug)]
pub struct People {
    folder: PathBuf,
    keys: BTreeMap<String, Key>,
}

/// What `accounts.json` says of an account, as far as it is read.
#[derive(Deserialize)]
struct Row {
    name: String,
    file: PathBuf,
}

impl People {
    /// Reads the keys that `mulu-node testnet` wrote.
    ///
    /// # Errors
    /// [`Error`] if a file is missing or of another form.
    pub fn read(network: &Path) -> Result<Self, Error> {
        let path = network.join("accounts.json");
        let text = fs::read_to_string(&path).map_err(|source| Error::File { path: path.clone(), source })?;
        let rows: Vec<Row> = serde_json::from_str(&text)
            .map_err(|error| Error::Unexpected(format!("{} does not read: {error}", path.display())))?;
        let mut keys = BTreeMap::new();
        for row in rows {
            let key = Key::read(&network.join(&row.file)).doing(format!("reading the key of {}", row.name))?;
            keys.insert(row.name, key);
        }
        Ok(Self { folder: network.join("accounts"), keys })
    }

    /// Makes a key and its file for somebody who is not in genesis.
    ///
    /// # Errors
    /// [`Error`] if the file cannot be written.
    pub fn add(&mut self, department: u32, who: &str) -> Result<PublicKey, Error> {
        let name = format!("d{department}-{who}");
        let key = Key::random();
        key.write(&self.folder.join(format!("{name}.key"))).doing(format!("writing the key of {name}"))?;
        let public = key.public();
        self.keys.insert(name, key);
        Ok(public)
    }

    /// Somebody's key.
    ///
    /// # Panics
    /// If nobody has that name: names are written in the scenario, beside the calls that use them.
    pub fn key(&self, department: u32, who: &str) -> &Key {
        let name = format!("d{department}-{who}");
        self.keys.get(&name).unwrap_or_else(|| panic!("nobody is called {name}"))
    }

    /// File of somebody's key.
    pub fn file(&self, department: u32, who: &str) -> PathBuf {
        self.folder.join(format!("d{department}-{who}.key"))
    }
}
