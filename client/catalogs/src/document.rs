//! Where a document is that is read again now and then: a file, or an address.

use crate::{error::CatalogError, web::Web};
use reqwest::Url;
use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

/// Largest document.
pub const DOCUMENT_BYTES_MAX: usize = 64 * 1024 * 1024;

/// A document.
pub enum Document {
    /// A file of this machine.
    File(PathBuf),
    /// An address, and how it is asked.
    Web(Box<Web>, Url),
}

impl Document {
    /// Reads it as it is now.
    ///
    /// # Errors
    /// [`CatalogError`] if it cannot be read, or is too long.
    pub async fn read(&self) -> Result<Vec<u8>, CatalogError> {
        match self {
            Self::File(path) => file(path, DOCUMENT_BYTES_MAX),
            Self::Web(web, url) => web.get(url).await,
        }
    }
}

/// Reads a file of at most so many bytes.
///
/// # Errors
/// [`CatalogError`] if it cannot be read, or has more.
pub fn file(path: &Path, bytes_max: usize) -> Result<Vec<u8>, CatalogError> {
    let unreadable = |source| CatalogError::Read { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    // One byte more than allowed, so that a file of any size costs no more than the bound.
    File::open(path).map_err(unreadable)?.take(bytes_max as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > bytes_max {
        return Err(CatalogError::TooLarge { what: path.display().to_string(), bytes_max });
    }
    Ok(bytes)
}

/// The first bytes of a file, as many as there are up to a bound.
///
/// # Errors
/// [`CatalogError::Read`] if it cannot be read.
pub fn beginning(path: &Path, bytes_max: usize) -> Result<Vec<u8>, CatalogError> {
    let unreadable = |source| CatalogError::Read { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    File::open(path).map_err(unreadable)?.take(bytes_max as u64).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;

    #[tokio::test]
    async fn a_file_is_read_up_to_its_bound() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("catalog.jsonld");
        std::fs::write(&path, b"12345").unwrap();
        assert_eq!(Document::File(path.clone()).read().await.unwrap(), b"12345");
        assert_eq!(file(&path, 5).unwrap(), b"12345");
        assert!(matches!(file(&path, 4), Err(CatalogError::TooLarge { bytes_max: 4, .. })));
        assert_eq!(beginning(&path, 2).unwrap(), b"12");
        let missing = Document::File(folder.path().join("none")).read().await;
        assert!(matches!(missing, Err(CatalogError::Read { .. })));
    }
}
