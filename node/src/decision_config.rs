//! The section `[decision]` of `config.toml`: as it was typed, then as it is meant.

use mulu_decision::{Listen, Settings, TlsFiles};
use mulu_proofs::{ids::SystemId, text::Text};
use serde::{Deserialize, Serialize};
use std::{
    net::SocketAddr,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    time::Duration,
};

/// What a listening address in the file system begins with.
const UNIX: &str = "unix:";
/// Life of a token, in milliseconds (SPEC §5).
const TOKEN_LIFE_MS: u64 = 5_000;
/// Age of the last final block from which on calls are denied: three heartbeats of an idle chain.
const STALE_AFTER_MS: u64 = 30_000;
/// How often the ledger is told the counts, in seconds.
const REPORT_EVERY_S: u64 = 600;

const TOKEN_LIFE_RANGE: RangeInclusive<u64> = 100..=60_000;
const STALE_AFTER_RANGE: RangeInclusive<u64> = 1_000..=600_000;
const REPORT_EVERY_RANGE: RangeInclusive<u64> = 1..=86_400;

/// The section, as typed. Paths are relative to the home.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionSection {
    /// The platform for whose gateways the node decides.
    pub platform: u32,
    /// The gateway's name, which every token bears.
    pub audience: String,
    /// Key file of the account that opened decisions for the platform.
    pub key: PathBuf,
    /// Mapping file.
    pub mapping: PathBuf,
    /// IP address and port, or `unix:` and a path.
    pub listen: String,
    /// Whether the node may listen without TLS, on this machine alone.
    #[serde(default)]
    pub plain: bool,
    /// Certificates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsSection>,
    /// Folder of the counts.
    #[serde(default = "counts_folder")]
    pub counts: PathBuf,
    /// How long a token is good.
    #[serde(default = "token_life_ms")]
    pub token_life_ms: u64,
    /// How old the last final block may be.
    #[serde(default = "stale_after_ms")]
    pub stale_after_ms: u64,
    /// How often the ledger is told the counts.
    #[serde(default = "report_every_s")]
    pub report_every_s: u64,
}

/// Certificates, in PEM.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsSection {
    /// The node's certificate with its chain.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
    /// The authority that has signed the gateways' certificates.
    pub client_ca: PathBuf,
}

/// The section, as meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionConfig {
    /// What the point needs.
    pub settings: Settings,
    /// Key file of the decision key.
    pub key: PathBuf,
    /// Mapping file.
    pub mapping: PathBuf,
    /// Where gateways connect.
    pub listen: Listen,
    /// Folder of the counts.
    pub counts: PathBuf,
    /// How often the ledger is told the counts.
    pub report_every: Duration,
}

fn counts_folder() -> PathBuf {
    "decisions".into()
}

const fn token_life_ms() -> u64 {
    TOKEN_LIFE_MS
}

const fn stale_after_ms() -> u64 {
    STALE_AFTER_MS
}

const fn report_every_s() -> u64 {
    REPORT_EVERY_S
}

impl DecisionSection {
    /// Checks every value and every relation between them.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn validate(self, home: &Path) -> Result<DecisionConfig, String> {
        let listen = self.listen(home)?;
        within("token_life_ms", self.token_life_ms, &TOKEN_LIFE_RANGE)?;
        within("stale_after_ms", self.stale_after_ms, &STALE_AFTER_RANGE)?;
        within("report_every_s", self.report_every_s, &REPORT_EVERY_RANGE)?;
        let audience = Text::new(&self.audience).map_err(|error| format!("decision.audience: {error}"))?;
        if audience.is_empty() {
            return Err("decision.audience is empty; give each gateway a name of its own".into());
        }
        Ok(DecisionConfig {
            settings: Settings {
                platform: SystemId::new(self.platform),
                audience,
                token_life_ms: self.token_life_ms,
                stale_after_ms: self.stale_after_ms,
            },
            key: home.join(self.key),
            mapping: home.join(self.mapping),
            listen,
            counts: home.join(self.counts),
            report_every: Duration::from_secs(self.report_every_s),
        })
    }

    fn listen(&self, home: &Path) -> Result<Listen, String> {
        if let Some(path) = self.listen.strip_prefix(UNIX) {
            return match self.tls {
                Some(_) => Err("decision.listen is a unix socket, which has no TLS: leave out [decision.tls]".into()),
                None => Ok(Listen::Unix(home.join(path))),
            };
        }
        let address: SocketAddr = self.listen.parse().map_err(|_| {
            format!("decision.listen must be like 127.0.0.1:8443 or unix:run/decision.sock, not {:?}", self.listen)
        })?;
        match (&self.tls, self.plain) {
            (Some(_), true) => Err("decision.plain = true and [decision.tls] exclude each other".into()),
            (Some(tls), false) => Ok(Listen::Tls(
                address,
                TlsFiles {
                    certificate: home.join(&tls.certificate),
                    key: home.join(&tls.key),
                    client_ca: home.join(&tls.client_ca),
                },
            )),
            (None, true) if address.ip().is_loopback() => Ok(Listen::Loopback(address)),
            (None, true) => Err(format!(
                "decision.listen is {address}, which others reach: plain is for loopback only; give [decision.tls]"
            )),
            (None, false) => {
                Err("[decision.tls] is missing; give it, or say plain = true where the gateway is on this machine"
                    .into())
            }
        }
    }
}

impl DecisionConfig {
    /// The port on which gateways connect, if they do by one.
    pub fn port(&self) -> Option<u16> {
        match &self.listen {
            Listen::Tls(address, _) | Listen::Loopback(address) => Some(address.port()),
            Listen::Unix(_) => None,
        }
    }
}

fn within(name: &str, value: u64, range: &RangeInclusive<u64>) -> Result<(), String> {
    if range.contains(&value) {
        Ok(())
    } else {
        Err(format!("decision.{name} must be from {} to {}, not {value}", range.start(), range.end()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        platform = 3
        audience = "gateway-1"
        key = "keys/decision.key"
        mapping = "mapping.toml"
        listen = "127.0.0.1:8443"
        plain = true
    "#;

    fn read(text: &str) -> Result<DecisionConfig, String> {
        let section: DecisionSection = toml::from_str(text).map_err(|error| error.to_string())?;
        section.validate(Path::new("/home"))
    }

    #[test]
    fn defaults_are_those_of_the_documentation() {
        let config = read(GOOD).unwrap();
        assert_eq!((config.settings.token_life_ms, config.settings.stale_after_ms), (5_000, 30_000));
        assert_eq!((config.report_every, config.port()), (Duration::from_secs(600), Some(8443)));
        assert_eq!(config.mapping, Path::new("/home/mapping.toml"));
        assert_eq!(config.listen, Listen::Loopback(([127, 0, 0, 1], 8443).into()));
    }

    #[test]
    fn tls_and_unix_sockets_are_understood() {
        let tls = "[tls]\ncertificate = \"a.pem\"\nkey = \"b.pem\"\nclient_ca = \"c.pem\"\n";
        let with_tls = GOOD.replace("plain = true", "").replace("127.0.0.1", "10.0.0.1") + tls;
        assert!(matches!(read(&with_tls).unwrap().listen, Listen::Tls(..)));
        let unix = GOOD.replace("127.0.0.1:8443", "unix:run/decision.sock");
        assert_eq!(read(&unix).unwrap().listen, Listen::Unix("/home/run/decision.sock".into()));
        assert_eq!(read(&unix).unwrap().port(), None);
        assert!(read(&(unix + tls)).unwrap_err().contains("has no TLS"));
        assert!(read(&(GOOD.to_owned() + tls)).unwrap_err().contains("exclude each other"));
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_a_reason() {
        for (from, to, words) in [
            ("plain = true", "", "[decision.tls] is missing"),
            ("plain = true", "plain = true\ntypo = 1", "typo"),
            ("127.0.0.1:8443", "0.0.0.0:8443", "which others reach"),
            ("127.0.0.1:8443", "localhost", "must be like"),
            ("\"gateway-1\"", "\"\"", "name of its own"),
            ("plain = true", "plain = true\ntoken_life_ms = 1", "from 100 to 60000"),
            ("plain = true", "plain = true\nstale_after_ms = 1", "from 1000 to 600000"),
            ("plain = true", "plain = true\nreport_every_s = 0", "from 1 to 86400"),
        ] {
            let error = read(&GOOD.replace(from, to)).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
        assert!(read(&GOOD.replace("gateway-1", &"x".repeat(65))).unwrap_err().contains("bound is 64"));
    }
}
