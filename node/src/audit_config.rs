//! The section `[rpc.audit]` of `config.toml`: as it was typed, then as it is meant.

use serde::{Deserialize, Serialize};
use std::{
    ops::RangeInclusive,
    path::{Path, PathBuf},
    time::Duration,
};

/// Folder of the questions that the ledger has not got, in the home.
const FOLDER: &str = "audit";
/// How often the ledger is told, in seconds.
const REPORT_EVERY_S: u64 = 60;
const REPORT_EVERY_RANGE: RangeInclusive<u64> = 1..=86_400;

/// The section, as typed. Paths are relative to the home.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditSection {
    /// Key file of an account of the node's department with the role operator.
    pub key: PathBuf,
    /// How often the ledger is told what auditors asked, in seconds.
    #[serde(default = "report_every")]
    pub report_every_s: u64,
}

const fn report_every() -> u64 {
    REPORT_EVERY_S
}

/// What is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditConfig {
    /// Key file.
    pub key: PathBuf,
    /// Folder of what the ledger has not got.
    pub folder: PathBuf,
    /// How often the ledger is told.
    pub report_every: Duration,
}

impl AuditSection {
    /// Checks every value.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn validate(&self, home: &Path) -> Result<AuditConfig, String> {
        let every = self.report_every_s;
        if !REPORT_EVERY_RANGE.contains(&every) {
            let (least, most) = (REPORT_EVERY_RANGE.start(), REPORT_EVERY_RANGE.end());
            return Err(format!("rpc.audit.report_every_s must be from {least} to {most}, not {every}"));
        }
        let report_every = Duration::from_secs(every);
        Ok(AuditConfig { key: home.join(&self.key), folder: home.join(FOLDER), report_every })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<AuditConfig, String> {
        let section: AuditSection = toml::from_str(text).map_err(|error| error.to_string())?;
        section.validate(Path::new("/home"))
    }

    #[test]
    fn a_key_is_enough() {
        let config = read("key = \"keys/audit.key\"").unwrap();
        assert_eq!(config.key, Path::new("/home/keys/audit.key"));
        assert_eq!(config.folder, Path::new("/home/audit"));
        assert_eq!(config.report_every, Duration::from_secs(60));
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_a_reason() {
        for (text, words) in
            [("", "key"), ("key = \"a\"\ntypo = 1", "typo"), ("key = \"a\"\nreport_every_s = 0", "from 1 to 86400")]
        {
            let error = read(text).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
    }
}
