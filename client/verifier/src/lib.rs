//! Checks an evidence package offline and says, for each link of the chain, what was checked and what it is anchored on.
//!
//! It reads two files and nothing else: the package and the genesis file. The checks themselves are those of `mulu-proofs`.

mod chinese;
mod render;
mod show;
pub mod words;

pub use chinese::{PHRASES, ROLES};
use mulu_proofs::{
    evidence::{
        self,
        package::{PACKAGE_BYTES_MAX, PackageError},
        report::{Checkpoint, Report},
    },
    genesis::GenesisFile,
    ids::Height,
};
pub use render::{json, render};
pub use show::show;
use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};
use words::{Language, Speech};

/// Largest genesis file, in bytes.
pub const GENESIS_BYTES_MAX: usize = 256 * 1024;

/// Why nothing could be checked. A package that is refused is no error: its [`Report`] names the link.
#[derive(Debug, thiserror::Error)]
pub enum VerifierError {
    /// A file cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file is larger than any of its kind.
    #[error("{path} has more than {bytes_max} bytes: it is not the right kind of file")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The bound.
        bytes_max: usize,
    },
    /// The genesis file is no JSON of the right form.
    #[error("the genesis file does not read; `mulu-node testnet` writes one as genesis.json")]
    Genesis(#[source] serde_json::Error),
    /// The checkpoint is not HEIGHT:HASH.
    #[error("a checkpoint is HEIGHT:HASH, with 64 hexadecimal digits")]
    Checkpoint,
    /// The file is no evidence package.
    #[error("the file is no evidence package")]
    Package(#[source] PackageError),
}

/// The verifier's words in a language.
pub const fn speech(language: Language) -> Speech {
    Speech::new(language, &[PHRASES])
}

/// Reads a genesis file's JSON.
///
/// # Errors
/// [`VerifierError::Genesis`] if it is not of the right form. Whether it is consistent is a link of the report.
pub fn genesis(json: &[u8]) -> Result<GenesisFile, VerifierError> {
    serde_json::from_slice(json).map_err(VerifierError::Genesis)
}

/// Reads `HEIGHT:HASH`.
///
/// # Errors
/// [`VerifierError::Checkpoint`] if it is not of that form.
pub fn checkpoint(text: &str) -> Result<Checkpoint, VerifierError> {
    let (height, hash) = text.split_once(':').ok_or(VerifierError::Checkpoint)?;
    let height = height.parse().map(Height::new).map_err(|_| VerifierError::Checkpoint)?;
    let mut bytes = [0; 32];
    let digits = hash.strip_prefix("0x").unwrap_or(hash);
    hex::decode_to_slice(digits, &mut bytes).map_err(|_| VerifierError::Checkpoint)?;
    Ok(Checkpoint { height, hash: bytes })
}

/// Checks a package's bytes against a genesis file's JSON.
///
/// # Errors
/// [`VerifierError::Genesis`] if there is nothing to anchor on.
pub fn verify(package: &[u8], genesis_json: &[u8], checkpoint: Option<&Checkpoint>) -> Result<Report, VerifierError> {
    Ok(evidence::verify(package, &genesis(genesis_json)?, checkpoint))
}

/// [`verify`] on two files.
///
/// # Errors
/// [`VerifierError`] if one of them cannot be read.
pub fn verify_files(package: &Path, genesis: &Path, checkpoint: Option<&Checkpoint>) -> Result<Report, VerifierError> {
    verify(&read(package, PACKAGE_BYTES_MAX)?, &read(genesis, GENESIS_BYTES_MAX)?, checkpoint)
}

/// Reads a file that must not be larger than `bytes_max`.
///
/// # Errors
/// [`VerifierError::Read`] or [`VerifierError::TooLarge`].
pub fn read(path: &Path, bytes_max: usize) -> Result<Vec<u8>, VerifierError> {
    let error = |source| VerifierError::Read { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    // One byte more than allowed, so that a file of any size costs no more than the bound.
    File::open(path).map_err(error)?.take(bytes_max as u64 + 1).read_to_end(&mut bytes).map_err(error)?;
    if bytes.len() > bytes_max {
        return Err(VerifierError::TooLarge { path: path.to_owned(), bytes_max });
    }
    Ok(bytes)
}
