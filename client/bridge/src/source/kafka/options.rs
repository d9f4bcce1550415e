//! What librdkafka is told: the settings that the bridge needs as they are, and those of the configuration.

use serde::Deserialize;
use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

/// Settings that the bridge decides, because what it promises rests on them.
const OURS: [&str; 22] = [
    "allow.auto.create.topics",
    "auto.commit.enable",
    "auto.commit.interval.ms",
    "auto.offset.reset",
    "bootstrap.servers",
    "check.crcs",
    "enable.auto.commit",
    "enable.auto.offset.store",
    "enable.partition.eof",
    "group.id",
    "group.instance.id",
    "group.protocol",
    "group.remote.assignor",
    "isolation.level",
    "metadata.broker.list",
    "offset.store.method",
    "offset.store.path",
    "offset.store.sync.interval.ms",
    "partition.assignment.strategy",
    "plugin.library.paths",
    "test.mock.num.brokers",
    "topic.blacklist",
];
/// Settings that hold a secret: they come from a file or the environment.
const SECRET: [&str; 8] = [
    "sasl.oauthbearer.client.secret",
    "sasl.oauthbearer.assertion.private.key.passphrase",
    "sasl.oauthbearer.assertion.private.key.pem",
    "sasl.oauthbearer.config",
    "sasl.password",
    "ssl.key.password",
    "ssl.key.pem",
    "ssl.keystore.password",
];
/// Settings that name a file; it is looked for beside the configuration.
const FILES: [&str; 6] = [
    "sasl.kerberos.keytab",
    "ssl.ca.location",
    "ssl.certificate.location",
    "ssl.crl.location",
    "ssl.key.location",
    "ssl.keystore.location",
];

/// Settings of librdkafka as the configuration gives them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Options(BTreeMap<String, Setting>);

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum Setting {
    Text(String),
    Number(i64),
    Switch(bool),
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => write!(f, "{number}"),
            Self::Switch(is_on) => write!(f, "{is_on}"),
        }
    }
}

impl Options {
    /// Looks for the files that are named beside the configuration.
    pub fn below(&mut self, folder: &Path) {
        for (name, setting) in &mut self.0 {
            if let Setting::Text(file) = setting
                && FILES.contains(&name.as_str())
            {
                *file = folder.join(PathBuf::from(&*file)).to_string_lossy().into_owned();
            }
        }
    }

    /// # Errors
    /// With the setting that may not stand here, and where it belongs.
    pub fn check(&self) -> Result<(), String> {
        for name in self.0.keys() {
            if OURS.contains(&name.as_str()) {
                return Err(format!(
                    "kafka.options: `{name}` is not yours to set: the bridge keeps the offsets itself"
                ));
            }
            if SECRET.contains(&name.as_str()) {
                return Err(format!(
                    "kafka.options: `{name}` is a secret and does not stand in a configuration; give secret_files = {{ \"{name}\" = \"FILE\" }}"
                ));
            }
        }
        Ok(())
    }

    /// The settings, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, String)> {
        self.0.iter().map(|(name, setting)| (name.as_str(), setting.to_string()))
    }
}

/// Whether a setting holds a secret, so that it may come from a file.
pub fn is_secret(name: &str) -> bool {
    SECRET.contains(&name)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use rdkafka::ClientConfig;

    fn options(text: &str) -> Options {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn settings_are_text_numbers_and_switches() {
        let options = options(
            "\"security.protocol\" = \"sasl_ssl\"\n\"fetch.min.bytes\" = 1\n\"socket.keepalive.enable\" = true",
        );
        options.check().unwrap();
        let all: Vec<_> = options.iter().collect();
        assert_eq!(all[0], ("fetch.min.bytes", "1".to_owned()));
        assert_eq!(all[2], ("socket.keepalive.enable", "true".to_owned()));
        assert!(toml::from_str::<Options>("\"a\" = [1]").is_err());
    }

    #[test]
    fn what_the_promise_rests_on_is_refused_by_name() {
        for name in OURS {
            let why = options(&format!("\"{name}\" = \"x\"")).check().unwrap_err();
            assert!(why.contains(name), "{why}");
        }
    }

    #[test]
    fn a_secret_is_refused_with_the_way_that_it_goes() {
        for name in SECRET {
            let why = options(&format!("\"{name}\" = \"hunter2\"")).check().unwrap_err();
            assert!(why.contains("secret_files") && !why.contains("hunter2"), "{why}");
            assert!(is_secret(name));
        }
        assert!(!is_secret("sasl.username"));
    }

    #[test]
    fn files_stand_beside_the_configuration() {
        let mut options = options(
            "\"ssl.ca.location\" = \"ca.pem\"\n\"ssl.key.location\" = \"/etc/key.pem\"\n\"sasl.username\" = \"ca.pem\"",
        );
        options.below(Path::new("/etc/mulu"));
        let all: BTreeMap<_, _> = options.iter().collect();
        assert_eq!(all["ssl.ca.location"], "/etc/mulu/ca.pem");
        assert_eq!(all["ssl.key.location"], "/etc/key.pem");
        assert_eq!(all["sasl.username"], "ca.pem");
    }

    #[test]
    fn the_library_was_built_with_what_the_page_promises() {
        let features = ClientConfig::new().create_native_config().unwrap().get("builtin.features").unwrap();
        let features: Vec<&str> = features.split(',').map(str::trim).collect();
        for name in ["ssl", "sasl_plain", "sasl_scram", "gzip", "snappy", "lz4", "zstd"] {
            assert!(features.contains(&name), "{name} is not in {features:?}");
        }
    }

    #[test]
    fn the_names_of_what_is_refused_are_names_of_the_library() {
        let native = ClientConfig::new().create_native_config().unwrap();
        // Of these there is no value to ask for, or only a longer name.
        let untold = ["offset.store.method", "topic.blacklist"];
        for name in OURS.iter().chain(&SECRET).chain(&FILES).filter(|name| !untold.contains(name)) {
            let asked = native.get(name);
            assert!(!format!("{asked:?}").contains("UNKNOWN"), "{name}: {asked:?}");
        }
    }
}
