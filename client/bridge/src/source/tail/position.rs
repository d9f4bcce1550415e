//! How far a log was read, in a form that finds it again after it was renamed, truncated, or its inode was given to another file.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeMap,
    fs::File,
    io,
    os::unix::fs::{FileExt, MetadataExt},
    path::PathBuf,
};

/// Bytes at the beginning of a file by which it is known.
const HEAD_BYTES_MAX: u64 = 1024;
/// Bytes of the digest that are kept.
const FINGERPRINT_BYTES: usize = 16;
/// Version of the form.
const FORM: u8 = 1;

/// How far one log was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Device and inode of the file.
    pub inode: (u64, u64),
    /// Bytes behind which the next line begins.
    pub offset: u64,
    /// Whether that is within a line that is too long.
    pub is_within: bool,
    /// Of the first bytes, at most [`HEAD_BYTES_MAX`] and none behind the offset.
    #[serde(with = "hex::serde")]
    pub fingerprint: [u8; FINGERPRINT_BYTES],
}

impl Place {
    /// The beginning of a file.
    pub fn beginning(file: &File) -> io::Result<Self> {
        Self::at(file, 0, false)
    }

    /// A place in a file.
    pub fn at(file: &File, offset: u64, is_within: bool) -> io::Result<Self> {
        let metadata = file.metadata()?;
        let fingerprint = fingerprint(file, offset)?.unwrap_or_default();
        Ok(Self { inode: (metadata.dev(), metadata.ino()), offset, is_within, fingerprint })
    }

    /// Whether the file has this inode, and at least this far the same content.
    pub fn is_in(&self, file: &File) -> io::Result<bool> {
        let metadata = file.metadata()?;
        Ok(self.inode == (metadata.dev(), metadata.ino()) && self.continues_in(file)?)
    }

    /// Whether the file is another copy of what was read, or the same under another inode: as long, and beginning alike.
    pub fn continues_in(&self, file: &File) -> io::Result<bool> {
        Ok(file.metadata()?.len() >= self.offset && fingerprint(file, self.offset)? == Some(self.fingerprint))
    }
}

/// Of the bytes before `offset`, as far as they are the head of the file; none if the file is shorter.
fn fingerprint(file: &File, offset: u64) -> io::Result<Option<[u8; FINGERPRINT_BYTES]>> {
    let length = usize::try_from(offset.min(HEAD_BYTES_MAX)).unwrap_or(usize::MAX);
    let mut head = [0; HEAD_BYTES_MAX as usize];
    match file.read_exact_at(&mut head[..length], 0) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let digest = Sha256::digest(&head[..length]);
    Ok(digest.first_chunk().copied())
}

/// How far every log of a source was read, by the path of the configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places(pub BTreeMap<PathBuf, Place>);

#[derive(Serialize, Deserialize)]
struct Form {
    form: u8,
    logs: Vec<(PathBuf, Place)>,
}

impl Places {
    /// The form that stands in the vault.
    pub fn to_bytes(&self) -> Vec<u8> {
        let logs = self.0.iter().map(|(path, place)| (path.clone(), place.clone())).collect();
        serde_json::to_vec(&Form { form: FORM, logs }).expect("paths of a configuration are UTF-8")
    }

    /// Reads that form.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let form: Form = serde_json::from_slice(bytes).ok()?;
        (form.form == FORM).then(|| Self(form.logs.into_iter().collect()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use std::fs;

    #[test]
    fn a_place_is_known_by_inode_and_by_what_stands_before_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let open = || File::open(&path).unwrap();
        fs::write(&path, "one\ntwo\n").unwrap();
        let place = Place::at(&open(), 4, false).unwrap();
        assert!(place.is_in(&open()).unwrap());
        fs::write(&path, "one\nTWO and more\n").unwrap();
        assert!(place.is_in(&open()).unwrap(), "what stands behind it may be anything");
        fs::write(&path, "eno\ntwo\n").unwrap();
        assert!(!place.is_in(&open()).unwrap(), "it was truncated and begun anew");
        fs::write(&path, "one").unwrap();
        assert!(!place.is_in(&open()).unwrap(), "it is shorter");
        fs::write(&path, "one\n").unwrap();
        let copy = folder.path().join("copy");
        fs::write(&copy, "one\ntwo\n").unwrap();
        let copy = File::open(copy).unwrap();
        assert!(!place.is_in(&copy).unwrap() && place.continues_in(&copy).unwrap());
    }

    #[test]
    fn the_head_that_counts_has_a_bound() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs::write(&path, vec![b'a'; 5_000]).unwrap();
        let place = Place::at(&File::open(&path).unwrap(), 4_000, false).unwrap();
        let mut other = vec![b'a'; 5_000];
        other[1_024] = b'b';
        fs::write(&path, &other).unwrap();
        assert!(place.is_in(&File::open(&path).unwrap()).unwrap());
        other[1_023] = b'b';
        fs::write(&path, &other).unwrap();
        assert!(!place.is_in(&File::open(&path).unwrap()).unwrap());
    }

    #[test]
    fn places_read_back_and_nothing_else_does() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs::write(&path, "one\n").unwrap();
        let place = Place::at(&File::open(&path).unwrap(), 4, true).unwrap();
        let places = Places([(path, place)].into());
        assert_eq!(Places::read(&places.to_bytes()), Some(places));
        assert_eq!(Places::read(b"{}"), None);
        assert_eq!(Places::read(br#"{"form":2,"logs":[]}"#), None);
    }
}
