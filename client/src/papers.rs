//! Papers that stay with a department: a commitment under a fresh salt, and the file in which the salt is kept.

use crate::files;
use mulu_proofs::{ids::Digest32, papers::Papers};
use rand::{RngCore, rngs::OsRng};
use serde::{Deserialize, Serialize};
use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

/// Largest file that is committed to, in bytes.
pub const PAPERS_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Largest file with a salt, in bytes.
const SALT_BYTES_MAX: u64 = 4096;

/// Why there is no commitment, or why it does not hold.
#[derive(Debug, thiserror::Error)]
pub enum PapersError {
    /// A file does not read, or the salt does not write.
    #[error("cannot read or write {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file over its bound.
    #[error("{path} has more than {bytes_max} bytes; commit to an archive of smaller files")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The bound.
        bytes_max: u64,
    },
    /// There is a salt already.
    #[error(
        "{path} is there already: without it nobody can show the papers of its commitment; name another file for the salt"
    )]
    SaltThere {
        /// Its file.
        path: PathBuf,
    },
    /// The file holds no salt.
    #[error("{path} holds no salt; it is the file that was written beside the commitment")]
    NoSalt {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// Other papers, or another salt.
    #[error("the commitment is to other papers, or was made under another salt")]
    Other,
}

/// What is kept beside the papers.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    papers: Papers,
    #[serde(with = "hex::serde")]
    salt: Digest32,
}

/// Where the salt of a file is kept if nothing else is said: beside it.
pub fn salt_beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".salt.json");
    name.into()
}

/// Commits to a file under a fresh salt, which goes to `salt`.
///
/// # Errors
/// [`PapersError`]; a salt that is there is never written over.
pub fn commit(file: &Path, salt: &Path) -> Result<Papers, PapersError> {
    let bytes = read(file, PAPERS_BYTES_MAX)?;
    if salt.symlink_metadata().is_ok() {
        return Err(PapersError::SaltThere { path: salt.to_owned() });
    }
    let mut fresh = Digest32::default();
    OsRng.fill_bytes(&mut fresh);
    let papers = Papers::commit(&fresh, &bytes);
    let kept = serde_json::to_vec_pretty(&Kept { papers, salt: fresh }).expect("two digests are JSON");
    files::replace(salt, &kept).map_err(|source| PapersError::File { path: salt.to_owned(), source })?;
    Ok(papers)
}

/// Checks that a commitment is to a file, under the salt that is kept in `salt`.
///
/// # Errors
/// [`PapersError::Other`] if it is not.
pub fn check(file: &Path, salt: &Path, papers: Papers) -> Result<(), PapersError> {
    let bytes = read(file, PAPERS_BYTES_MAX)?;
    let kept: Kept = serde_json::from_slice(&read(salt, SALT_BYTES_MAX)?)
        .map_err(|source| PapersError::NoSalt { path: salt.to_owned(), source })?;
    if Papers::commit(&kept.salt, &bytes) == papers { Ok(()) } else { Err(PapersError::Other) }
}

fn read(path: &Path, bytes_max: u64) -> Result<Vec<u8>, PapersError> {
    let error = |source| PapersError::File { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    File::open(path).map_err(error)?.take(bytes_max + 1).read_to_end(&mut bytes).map_err(error)?;
    if bytes.len() as u64 > bytes_max {
        return Err(PapersError::TooLarge { path: path.to_owned(), bytes_max });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;

    #[test]
    fn what_was_committed_to_is_shown_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("consultation.pdf");
        std::fs::write(&file, b"consulted on Monday").unwrap();
        let salt = salt_beside(&file);
        let papers = commit(&file, &salt).unwrap();
        check(&file, &salt, papers).unwrap();
        assert!(matches!(commit(&file, &salt), Err(PapersError::SaltThere { .. })));
        assert!(matches!(check(&file, &salt, Papers([7; 32])), Err(PapersError::Other)));
        assert!(matches!(check(&file, &file, papers), Err(PapersError::NoSalt { .. })));
        std::fs::write(&file, b"consulted on Tuesday").unwrap();
        assert!(matches!(check(&file, &salt, papers), Err(PapersError::Other)));
        assert!(matches!(check(&folder.path().join("none"), &salt, papers), Err(PapersError::File { .. })));
    }

    #[test]
    fn a_file_over_the_bound_is_not_read_to_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("large");
        std::fs::write(&file, vec![0; 11]).unwrap();
        assert!(matches!(read(&file, 10), Err(PapersError::TooLarge { bytes_max: 10, .. })));
        assert_eq!(read(&file, 11).unwrap().len(), 11);
    }
}
