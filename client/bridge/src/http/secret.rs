//! Secrets that callers share with the bridge: from a file that nobody else may read, or from the environment; never from the configuration.

use crate::{error::BridgeError, secret};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Fewest characters of a secret: 16 random bytes in base64 have more.
pub const SECRET_BYTES_MIN: usize = 20;

/// Where a secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretAt {
    /// The first line of a file of mode 600.
    File(PathBuf),
    /// A variable of the environment.
    Environment(String),
}

impl SecretAt {
    /// The one of two keys that is given; none if neither is.
    ///
    /// # Errors
    /// In words, if both are.
    pub fn of(file: Option<&Path>, environment: Option<&str>) -> Result<Option<Self>, &'static str> {
        match (file, environment) {
            (None, None) => Ok(None),
            (Some(path), None) => Ok(Some(Self::File(path.to_owned()))),
            (None, Some(name)) => Ok(Some(Self::Environment(name.to_owned()))),
            (Some(_), Some(_)) => Err("a secret is in a file or in the environment, not in both"),
        }
    }

    /// Reads it. `at` is the key of the configuration that names it.
    ///
    /// # Errors
    /// [`BridgeError::Config`] if it is not there, is open to others, too short or too long.
    pub fn read(&self, at: &str) -> Result<Zeroizing<Vec<u8>>, BridgeError> {
        let wrong = |why: String| BridgeError::config(at, why);
        let (file, variable) = match self {
            Self::File(path) => (Some(path), None),
            Self::Environment(name) => (None, Some(name)),
        };
        let bytes = secret::read("secret", file, variable).map_err(wrong)?.unwrap_or_default();
        let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii();
        if line.len() < SECRET_BYTES_MIN {
            let long = line.len();
            return Err(wrong(format!(
                "the secret has {long} characters, of {SECRET_BYTES_MIN} at least; make one with `openssl rand -base64 32`"
            )));
        }
        Ok(Zeroizing::new(line.to_vec()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use crate::secret::SECRET_BYTES_MAX;
    use std::{
        fs::{self, Permissions},
        os::unix::fs::PermissionsExt,
    };

    const SECRET: &str = "0123456789abcdef0123";

    fn written(contents: &str, mode: u32) -> (tempfile::TempDir, SecretAt) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        fs::write(&path, contents).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        (folder, SecretAt::File(path))
    }

    #[test]
    fn the_first_line_of_a_file_is_the_secret() {
        for contents in [SECRET.to_owned(), format!("{SECRET}\r\n"), format!("  {SECRET}\nand a remark\n")] {
            let (_folder, at) = written(&contents, 0o600);
            assert_eq!(at.read("http.caller").unwrap().as_slice(), SECRET.as_bytes());
        }
    }

    #[test]
    fn a_file_that_others_may_read_is_refused() {
        for mode in [0o640, 0o604, 0o644] {
            let (_folder, at) = written(SECRET, mode);
            let error = at.read("http.caller[0]").unwrap_err().to_string();
            assert!(error.contains(&format!("mode {mode:o}")) && error.starts_with("http.caller[0]: "), "{error}");
        }
    }

    #[test]
    fn a_secret_that_is_none_is_told_without_its_words() {
        let (_folder, at) = written("short", 0o600);
        let error = at.read("x").unwrap_err().to_string();
        assert!(error.contains("5 characters") && !error.contains("short"), "{error}");
        let (_folder, at) = written(&"x".repeat(SECRET_BYTES_MAX + 1), 0o600);
        assert!(at.read("x").unwrap_err().to_string().contains("longer than any secret"));
        let error = SecretAt::Environment("MULU_NO_SUCH".into()).read("x").unwrap_err().to_string();
        assert_eq!(error, "x: secret_env: the variable MULU_NO_SUCH is not set");
        assert!(SecretAt::File("/no/such/file".into()).read("x").unwrap_err().to_string().contains("cannot be read"));
    }

    #[test]
    fn one_place_is_named() {
        let path = Path::new("a");
        assert_eq!(SecretAt::of(Some(path), None), Ok(Some(SecretAt::File(path.into()))));
        assert_eq!(SecretAt::of(None, Some("B")), Ok(Some(SecretAt::Environment("B".into()))));
        assert_eq!(SecretAt::of(None, None), Ok(None));
        assert!(SecretAt::of(Some(path), Some("B")).is_err());
    }
}
