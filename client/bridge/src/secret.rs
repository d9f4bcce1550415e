//! Secrets come from files that nobody else can read, or from the environment; never from the configuration itself.

use std::{
    ffi::OsString,
    fs::File,
    io::Read,
    os::unix::{ffi::OsStringExt, fs::PermissionsExt},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Longest secret, in bytes.
pub const SECRET_BYTES_MAX: usize = 4096;

/// Variable with the folder of systemd's credentials.
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

/// Bytes that are overwritten when they are dropped. What keeps one prints nothing of it.
pub type Secret = Zeroizing<Vec<u8>>;

/// Whether a secret is named, and once.
///
/// # Errors
/// What is wrong with it.
pub fn check(what: &str, file: Option<&PathBuf>, variable: Option<&String>) -> Result<bool, String> {
    match (file, variable) {
        (Some(_), Some(_)) => Err(format!("{what}_file and {what}_env are both there; name one of them")),
        (None, None) => Ok(false),
        _ => Ok(true),
    }
}

/// Reads a secret, without blanks around it; none where none is named.
///
/// # Errors
/// As [`check`], or what is wrong with it. The secret itself is never in the message.
pub fn read(what: &str, file: Option<&PathBuf>, variable: Option<&String>) -> Result<Option<Secret>, String> {
    check(what, file, variable)?;
    let bytes = match (file, variable) {
        (Some(file), _) => of_file(what, file)?,
        (None, Some(name)) => of_variable(what, name, std::env::var_os(name))?,
        (None, None) => return Ok(None),
    };
    let secret = Zeroizing::new(bytes.trim_ascii().to_vec());
    if secret.is_empty() {
        return Err(format!("{what}: the secret is empty"));
    }
    Ok(Some(secret))
}

/// The same as text.
///
/// # Errors
/// As [`read`], or if it is no UTF-8.
pub fn read_text(
    what: &str,
    file: Option<&PathBuf>,
    variable: Option<&String>,
) -> Result<Option<Zeroizing<String>>, String> {
    let Some(secret) = read(what, file, variable)? else { return Ok(None) };
    let text = std::str::from_utf8(&secret).map_err(|_| format!("{what}: the secret is no UTF-8"))?;
    Ok(Some(Zeroizing::new(text.to_owned())))
}

fn of_file(what: &str, path: &Path) -> Result<Secret, String> {
    let failed = |error: std::io::Error| format!("{what}_file: {} cannot be read: {error}", path.display());
    let file = File::open(path).map_err(failed)?;
    let mode = file.metadata().map_err(failed)?.permissions().mode();
    if mode & closed_to(path, std::env::var_os(CREDENTIALS)) != 0 {
        return Err(format!(
            "{what}_file: {} can be read by others (mode {:o}); chmod 600 it",
            path.display(),
            mode & 0o777
        ));
    }
    // All of it at once: a buffer that grows leaves copies behind that nobody overwrites.
    let mut bytes = Zeroizing::new(Vec::with_capacity(SECRET_BYTES_MAX + 2));
    file.take(SECRET_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() > SECRET_BYTES_MAX {
        return Err(format!("{what}_file: {} is longer than any secret", path.display()));
    }
    Ok(bytes)
}

fn of_variable(what: &str, name: &str, value: Option<OsString>) -> Result<Secret, String> {
    let value = value.ok_or_else(|| format!("{what}_env: the variable {name} is not set"))?;
    let bytes = Zeroizing::new(value.into_vec());
    if bytes.len() > SECRET_BYTES_MAX {
        return Err(format!("{what}_env: the variable {name} is longer than any secret"));
    }
    Ok(bytes)
}

/// Bits of the mode that nobody may have: all but the owner's. In the folder of systemd's credentials the folder guards them, and systemd
/// shows what it lets the service's user read as the group's.
fn closed_to(path: &Path, credentials: Option<OsString>) -> u32 {
    match credentials.filter(|folder| !folder.is_empty()) {
        Some(folder) if path.starts_with(&folder) => 0o007,
        _ => 0o077,
    }
}

/// A credential that systemd hands over under a name, if it does (`LoadCredential=`, `LoadCredentialEncrypted=`).
pub fn credential(name: &str) -> Option<PathBuf> {
    std::env::var_os(CREDENTIALS).map(|folder| PathBuf::from(folder).join(name)).filter(|file| file.exists())
}

/// A file of the configuration is in its folder, unless it says otherwise.
pub fn below(folder: &Path, file: &mut Option<PathBuf>) {
    if let Some(file) = file {
        *file = folder.join(&*file);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use std::fs::{self, Permissions};

    fn file(mode: u32, content: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        (folder, path)
    }

    #[test]
    fn a_secret_is_read_without_the_blanks_around_it() {
        let (_folder, path) = file(0o600, "  abc def\n");
        assert_eq!(read("secret", Some(&path), None).unwrap().unwrap().as_slice(), b"abc def");
        assert_eq!(read("secret", None, None).unwrap(), None);
        let home = "PATH".to_owned();
        assert!(read_text("secret", None, Some(&home)).unwrap().is_some());
    }

    #[test]
    fn what_others_read_is_no_secret() {
        for mode in [0o644, 0o640, 0o604] {
            let (_folder, path) = file(mode, "abc");
            let error = read("secret", Some(&path), None).unwrap_err();
            assert!(error.contains(&format!("mode {mode:o}")) && error.contains("chmod 600"), "{error}");
            assert!(!error.contains("abc"), "{error}");
        }
    }

    #[test]
    fn what_systemd_hands_over_may_show_its_group() {
        let path = Path::new("/run/credentials/mulu-bridge.service/vector.token");
        let of = |folder: &str| closed_to(path, Some(folder.into()));
        assert_eq!(of("/run/credentials/mulu-bridge.service"), 0o007);
        assert_eq!(of("/run/credentials/mulu-bridge"), 0o077, "another service's");
        assert_eq!((of(""), closed_to(path, None)), (0o077, 0o077));
    }

    #[test]
    fn a_secret_that_is_empty_missing_too_long_or_no_text_is_refused() {
        let (_folder, path) = file(0o600, "\n");
        assert!(read("secret", Some(&path), None).unwrap_err().contains("empty"));
        assert!(read("secret", Some(&path.with_file_name("other")), None).unwrap_err().contains("cannot be read"));
        let unset = "MULU_NO_SUCH_VARIABLE".to_owned();
        assert!(read("secret", None, Some(&unset)).unwrap_err().contains("not set"));
        let variable = |length: usize| of_variable("secret", "S", Some("x".repeat(length).into()));
        assert_eq!(variable(SECRET_BYTES_MAX).unwrap().len(), SECRET_BYTES_MAX);
        assert_eq!(variable(SECRET_BYTES_MAX + 1).unwrap_err(), "secret_env: the variable S is longer than any secret");
        fs::write(&path, "x".repeat(5_000)).unwrap();
        assert!(read("secret", Some(&path), None).unwrap_err().contains("longer"));
        fs::write(&path, [0xff, 0xfe]).unwrap();
        assert!(read_text("secret", Some(&path), None).unwrap_err().contains("UTF-8"));
    }

    #[test]
    fn a_secret_is_named_once_and_its_file_is_beside_the_configuration() {
        let (file, variable) = (PathBuf::from("s"), "S".to_owned());
        assert!(check("secret", Some(&file), Some(&variable)).unwrap_err().contains("secret_file and secret_env"));
        assert_eq!(check("secret", Some(&file), None), Ok(true));
        assert_eq!(check("secret", None, None), Ok(false));
        let (mut relative, mut absolute) = (Some(file), Some(PathBuf::from("/etc/s")));
        below(Path::new("/etc/mulu"), &mut relative);
        below(Path::new("/etc/mulu"), &mut absolute);
        assert_eq!((relative, absolute), (Some("/etc/mulu/s".into()), Some("/etc/s".into())));
    }
}
