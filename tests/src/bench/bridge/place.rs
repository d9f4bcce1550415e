//! What the measured bridge is configured with, and the lines that it gets.

use crate::{
    error::Error,
    network::{Network, free_ports},
};
use mulu_proofs::ids::StreamId;
use std::{
    fmt::Write,
    fs, io,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    process::{Command, Stdio},
    time::{SystemTime, UNIX_EPOCH},
};

/// Department whose platform the bridge ties.
pub const DEPARTMENT: u32 = 2;
/// Lines of one millisecond: the times of all of them lie close together.
const LINES_A_MS: u64 = 100;
/// What holds the bridge on one processor.
pub const ONE_CORE: [&str; 3] = ["taskset", "-c", "0"];

/// Files and address of the bridge.
pub struct Place {
    /// Folder of the configuration and the log; the vault has one of its own in it.
    pub folder: PathBuf,
    /// The configuration.
    pub config: PathBuf,
    /// The log that is followed.
    pub log: PathBuf,
    /// Where the bridge listens.
    pub address: SocketAddr,
}

impl Place {
    /// Writes the configuration of two sources, one for each stream: a log, and posts.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn new(network: &Network, streams: [StreamId; 2]) -> Result<Self, Error> {
        let folder = network.folder().join("bridge");
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_ports(1)));
        let place = Self { config: folder.join("bridge.toml"), log: folder.join("audit.log"), folder, address };
        let vault = place.folder.join("vault");
        fs::create_dir_all(&vault).map_err(|source| Error::File { path: vault, source })?;
        let text = config(&network.url(DEPARTMENT as usize), address, streams);
        fs::write(&place.config, text).map_err(|source| Error::File { path: place.config.clone(), source })?;
        Ok(place)
    }

    /// Adds lines to the log.
    ///
    /// # Errors
    /// [`Error::File`].
    pub fn append(&self, text: &str) -> Result<(), Error> {
        let failed = |source| Error::File { path: self.log.clone(), source };
        let mut file = fs::File::options().create(true).append(true).open(&self.log).map_err(failed)?;
        io::Write::write_all(&mut file, text.as_bytes()).map_err(failed)
    }
}

fn config(node: &str, address: SocketAddr, streams: [StreamId; 2]) -> String {
    let [log, posts] = streams;
    let source = |name: &str, stream: StreamId, kind: &str| {
        format!(
            r#"
[source.{name}]
stream = {stream}
settle_ms = 0
{kind}
[source.{name}.mapping]
extends = "nginx"
[[source.{name}.mapping.route]]
prefix = "/api/"
grant = 1
items = [0]
"#
        )
    };
    format!(
        r#"[chain]
url = "{node}"
key = "../accounts/d{DEPARTMENT}-platform.key"
vault = "vault/bridge.vault"

[http]
listen = "{address}"
{}{}"#,
        source("log", log, "tail = { paths = [\"audit.log\"] }"),
        source("posts", posts, "ingest = {}")
    )
}

/// Whether the system can hold a process on one processor.
pub fn has_one_core() -> bool {
    let tried = Command::new(ONE_CORE[0]).args(&ONE_CORE[1..]).arg("true").stderr(Stdio::null()).status();
    tried.is_ok_and(|status| status.success())
}

/// Lines of nginx in the format of its page, about 390 bytes each, all of this moment.
pub fn text(numbers: std::ops::Range<u64>) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64;
    let mut text = String::new();
    for number in numbers {
        let id = u128::from(number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        writeln!(
            text,
            r#"{{"time":"{}","request_id":"{id:032x}","client":"10.{}.{}.{}","user":"clerk{}","subject":"CN=platform-{},OU=data exchange,O=a department,L=Hangzhou,C=CN","method":"GET","uri":"/api/v1/persons/{}","args":"page={}&rows=50&fields=name,residence,status&as_of=2026-08-01","status":200,"bytes":{},"rt":0.0{},"upstream":"10.0.0.7:8080","approval":""}}"#,
            moment(now + number / LINES_A_MS),
            number % 251,
            number % 241,
            number % 239,
            number % 4_000,
            number % 17,
            number % 100_000,
            number % 97,
            number % 65_536,
            10 + number % 90
        )
        .expect("a String takes everything");
    }
    text
}

/// A moment as nginx writes it, with milliseconds.
fn moment(ms: u64) -> String {
    let at = jiff::Timestamp::from_millisecond(ms.cast_signed()).unwrap_or(jiff::Timestamp::MAX);
    format!("{at:.3}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use mulu_bridge::config::Config;
    use std::path::Path;

    #[test]
    fn the_configuration_is_one_and_its_mapping_takes_the_lines() {
        let address = SocketAddr::from(([127, 0, 0, 1], 9_800));
        let text_of = config("ws://127.0.0.1:1", address, [2, 5].map(StreamId::new));
        let config = Config::of_text(&text_of, Path::new("/nowhere")).unwrap();
        let mapping = config.mapping("log", &config.source["log"]).unwrap();
        let lines = text(0..300);
        assert!((370..410).contains(&(lines.len() / 300)), "{}", lines.len() / 300);
        let mut ids = std::collections::BTreeSet::new();
        for line in lines.lines() {
            let record = mapping.record(line.as_bytes().to_vec()).unwrap();
            ids.insert(mapping.id(&record).unwrap());
        }
        assert_eq!(ids.len(), 300);
    }

    #[test]
    fn a_moment_is_written_as_nginx_does() {
        assert_eq!(moment(1_785_587_405_250), "2026-08-01T12:30:05.250Z");
    }
}
