//! The folder itself: a node never touches one that is not its own.

use crate::error::StorageError;
use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

/// What the format file says; the number goes up whenever rows or files change their form.
pub const FORMAT: &str = "mulu data folder, format 1\n";
const FORMAT_FILE: &str = "FORMAT";
const FORMAT_FILE_NEW: &str = "FORMAT.new";

/// Checks that `path` is a data folder of this format, or makes it one if it is empty or absent.
///
/// # Errors
/// [`StorageError`] with the operator's fault: foreign, of another format, or not usable.
pub fn prepare(path: &Path) -> Result<(), StorageError> {
    let unusable = |source| StorageError::Unusable { path: path.to_owned(), source };
    fs::create_dir_all(path).map_err(unusable)?;
    match fs::read_to_string(path.join(FORMAT_FILE)) {
        Ok(found) if found == FORMAT => Ok(()),
        Ok(found) => Err(StorageError::OtherFormat {
            path: path.to_owned(),
            found: found.chars().filter(|c| !c.is_control()).take(80).collect(),
            expected: FORMAT.trim_ascii_end(),
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            for entry in fs::read_dir(path).map_err(unusable)? {
                // Left behind by a start that was interrupted before the folder became ours.
                if entry.map_err(unusable)?.file_name() != FORMAT_FILE_NEW {
                    return Err(StorageError::ForeignFolder { path: path.to_owned() });
                }
            }
            mark(path).map_err(unusable)
        }
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            Err(StorageError::ForeignFolder { path: path.to_owned() })
        }
        Err(error) => Err(unusable(error)),
    }
}

fn mark(path: &Path) -> io::Result<()> {
    let mut file = File::create(path.join(FORMAT_FILE_NEW))?;
    file.write_all(FORMAT.as_bytes())?;
    file.sync_all()?;
    fs::rename(path.join(FORMAT_FILE_NEW), path.join(FORMAT_FILE))?;
    sync(path)
}

/// Makes new names in a folder durable.
pub fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
