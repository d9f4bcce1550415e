//! The folder of a demo: gone with everything in it at the end, unless the network is kept.

use crate::error::Error;
use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// Script in a kept folder that ends its network.
const STOP_FILE: &str = "stop";

/// A temporary folder.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    guard: Option<TempDir>,
}

impl Folder {
    /// Makes one.
    ///
    /// # Errors
    /// [`Error::File`] if the system has no place for it.
    pub fn new() -> Result<Self, Error> {
        let made = tempfile::Builder::new().prefix("mulu-demo-").tempdir();
        let guard = made.map_err(|source| Error::File { path: std::env::temp_dir(), source })?;
        Ok(Self { path: guard.path().to_owned(), guard: Some(guard) })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Keeps the folder, with a script that ends the processes, and returns the command that runs it.
    ///
    /// # Errors
    /// [`Error::File`] if the script cannot be written.
    pub fn keep_running(&mut self, processes: &[u32]) -> Result<String, Error> {
        let path = self.path.join(STOP_FILE);
        fs::write(&path, stop_script(processes)).map_err(|source| Error::File { path: path.clone(), source })?;
        if let Some(guard) = self.guard.take() {
            // Its destructor would remove the folder.
            let _ = guard.keep();
        }
        Ok(format!("sh {}", path.display()))
    }
}

/// Ends those of the processes that are still nodes: a number may have been given to another program since.
fn stop_script(processes: &[u32]) -> String {
    let mut script = String::from(
        "#!/bin/sh\n# Ends the network of this folder. The files stay; remove the folder when you are done.\n",
    );
    for process in processes {
        let _ = writeln!(script, "grep -qs mulu-node /proc/{process}/cmdline && kill {process}");
    }
    script.push_str("exit 0\n");
    script
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn a_folder_goes_unless_it_is_kept() {
        let folder = Folder::new().unwrap();
        let path = folder.path().to_owned();
        drop(folder);
        assert!(!path.exists());
        let mut kept = Folder::new().unwrap();
        let path = kept.path().to_owned();
        let command = kept.keep_running(&[1]).unwrap();
        drop(kept);
        assert!(path.join(STOP_FILE).exists() && command.ends_with("/stop"));
        fs::remove_dir_all(path).unwrap();
    }

    #[test]
    fn the_script_leaves_other_programs_alone() {
        let mut other = Command::new("sleep").arg("30").stdout(Stdio::null()).spawn().unwrap();
        let status = Command::new("sh").args(["-c", &stop_script(&[other.id()])]).status().unwrap();
        assert!(status.success());
        assert!(other.try_wait().unwrap().is_none(), "a process that is no node lives on");
        other.kill().unwrap();
        other.wait().unwrap();
    }
}
