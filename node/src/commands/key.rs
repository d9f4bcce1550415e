//! `key generate` and `key show`.

use crate::{error::NodeError, files, keys::Seed};
use std::path::{Path, PathBuf};

/// Writes a new key and prints its public half.
pub fn generate(output: &Path) -> Result<(), NodeError> {
    let folder = output.parent().map_or_else(PathBuf::new, Path::to_owned);
    if !folder.as_os_str().is_empty() {
        files::create_private_folder(&folder).map_err(|source| NodeError::Write { path: folder, source })?;
    }
    let seed = Seed::random();
    seed.write(output)?;
    print(&seed);
    Ok(())
}

/// Prints the public half of a key.
pub fn show(key: &Path) -> Result<(), NodeError> {
    print(&Seed::read(key)?);
    Ok(())
}

fn print(seed: &Seed) {
    println!("0x{}", hex::encode(seed.public()));
}
