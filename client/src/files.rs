//! Files that are there completely or not at all, and readable by those who may.

use crate::error::ClientError;
use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// Writes a file for its owner alone; it must not exist yet. Durable when this returns.
pub(crate) fn write_secret(path: &Path, contents: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(contents)?;
    file.sync_all()?;
    sync_folder_of(path)
}

/// Reads a file that must not be larger than `bytes_max`.
pub(crate) fn read_bounded(path: &Path, bytes_max: usize) -> Result<Vec<u8>, ClientError> {
    let unreadable = |source| ClientError::Read { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    // One byte more than allowed, so that a file of any size costs no more than the bound.
    File::open(path).map_err(unreadable)?.take(bytes_max as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > bytes_max {
        return Err(ClientError::TooLarge { path: path.to_owned(), bytes_max });
    }
    Ok(bytes)
}

/// Makes an empty file for its owner alone, if there is none.
pub(crate) fn make_private(path: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => sync_folder_of(path),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// Puts a file in place in one step, whatever was there before.
pub(crate) fn replace(path: &Path, contents: &[u8]) -> io::Result<()> {
    let half_written = half_written(path)?;
    let mut file = File::create(&half_written)?;
    file.write_all(contents)?;
    file.sync_all()?;
    place_over(&half_written, path)
}

/// The same, for the file's owner alone.
pub(crate) fn replace_private(path: &Path, contents: &[u8]) -> io::Result<()> {
    let half_written = half_written(path)?;
    match fs::remove_file(&half_written) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    write_secret(&half_written, contents)?;
    place_over(&half_written, path)
}

/// Deletes a file for good.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    fs::remove_file(path)?;
    sync_folder_of(path)
}

/// Makes a folder for its owner alone, and those above it, where they are missing.
pub(crate) fn make_private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Where a file stands until it is whole.
pub(crate) fn half_written(path: &Path) -> io::Result<PathBuf> {
    let mut name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
    name.push(".part");
    Ok(path.with_file_name(name))
}

/// Gives a whole file its name, which must be free. Nothing that is there is ever written over, not even by two at once.
pub(crate) fn place_new(whole: &Path, path: &Path) -> io::Result<()> {
    File::open(whole)?.sync_all()?;
    fs::hard_link(whole, path)?;
    fs::remove_file(whole)?;
    sync_folder_of(path)
}

/// Gives a whole file its name in one step, whatever was there before.
pub(crate) fn place_over(whole: &Path, path: &Path) -> io::Result<()> {
    fs::rename(whole, path)?;
    sync_folder_of(path)
}

fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_secret_is_for_its_owner_and_never_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("one");
        write_secret(&path, b"one").unwrap();
        assert_eq!(write_secret(&path, b"two").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        make_private(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_file_over_its_bound_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("one");
        write_secret(&path, b"12345").unwrap();
        assert_eq!(read_bounded(&path, 5).unwrap(), b"12345");
        assert!(matches!(read_bounded(&path, 4), Err(ClientError::TooLarge { bytes_max: 4, .. })));
        assert!(matches!(read_bounded(folder.path(), 4), Err(ClientError::Read { .. })));
    }

    #[test]
    fn a_placed_file_takes_a_free_name_or_none() {
        let folder = tempfile::tempdir().unwrap();
        let (whole, path) = (folder.path().join("whole"), folder.path().join("one"));
        fs::write(&whole, b"one").unwrap();
        place_new(&whole, &path).unwrap();
        fs::write(&whole, b"two").unwrap();
        assert_eq!(place_new(&whole, &path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"one");
    }

    #[test]
    fn a_replaced_file_is_whole_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("evidence");
        replace(&path, b"one").unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        // A half-written one of a run that was killed is in nobody's way.
        fs::write(half_written(&path).unwrap(), b"ha").unwrap();
        replace_private(&path, b"three").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"three");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        remove(&path).unwrap();
        assert_eq!(remove(&path).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
