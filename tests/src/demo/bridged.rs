//! A platform's bridge: one process, `mulu bridge run`, takes what the platform writes or posts, and brings it onto the chain.

use crate::{
    bridge::{Bridge, metric},
    error::{Doing, Error, expect},
    http::{Answer, Request},
    ledger::Ledger,
    network::free_ports,
};
use indicatif::ProgressBar;
use mulu_client::{
    event::Event,
    vault::{Unlock, Vault},
};
use mulu_proofs::{
    access::{RunKey, SealedField},
    ids::{EventNumber, StreamId},
};
use mulu_rpc_api::access::AccessClient;
use serde_json::{Map, Value, json};
use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};
use tokio::task::spawn_blocking;

/// Lines of one post.
const POSTED: usize = 200;
/// How long it may take until the chain has everything.
const PATIENCE: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(50);

/// How the platform's events come to its bridge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// It writes a log, which the bridge follows.
    Log,
    /// It posts them.
    Posts,
}

/// Where a platform's bridge is, and what it is tied to.
#[derive(Debug)]
pub struct Place<'a> {
    /// Folder of its files.
    pub folder: &'a Path,
    /// Address of the department's node.
    pub node: String,
    /// The department.
    pub department: u32,
    /// The platform's stream.
    pub stream: StreamId,
    /// How events come.
    pub way: Way,
}

impl Place<'_> {
    fn file(&self, what: &str) -> PathBuf {
        self.folder.join(format!("d{}{what}", self.department))
    }

    /// The configuration, whole.
    fn config(&self, address: SocketAddr) -> String {
        let Self { node, department, stream, .. } = self;
        let source = match self.way {
            Way::Log => format!("tail = {{ paths = [\"d{department}-access.log\"] }}"),
            Way::Posts => "ingest = {}".into(),
        };
        format!(
            r#"[chain]
url = "{node}"
key = "accounts/d{department}-platform.key"
vault = "d{department}.vault"

[spool]
linger_ms = 200

[http]
listen = "{address}"

[source.calls]
stream = {stream}
mapping = "event"
settle_ms = 0
{source}
"#
        )
    }

    /// Brings events onto the chain through the bridge, and ends it. The vault that it leaves behind, and the number of batches.
    pub async fn report(
        &self,
        ledger: &Ledger<'_>,
        events: &[Event],
        bar: &ProgressBar,
    ) -> Result<(Vault, u64), Error> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_ports(1)));
        let config = self.file("-bridge.toml");
        write(&config, &self.config(address))?;
        let lines: Vec<String> = events.iter().map(line).collect();
        if self.way == Way::Log {
            write(&self.file("-access.log"), &lines.concat())?;
        }
        let mut bridge = on_a_thread(move || Bridge::start(&config, address)).await?;
        if self.way == Way::Posts {
            post(address, &lines).await?;
        }
        self.until_all_is_there(ledger, events.len() as u64, bar).await?;
        let metrics = on_a_thread(move || ask(address, "/metrics")).await?;
        let batches = metric(&metrics, "mulu_bridge_batches_total", &["outcome=\"confirmed\""]) as u64;
        let ended = on_a_thread(move || {
            let ended = bridge.stop()?;
            expect(ended.success(), || format!("the bridge ended with {ended}:\n{}", bridge.log()))
        });
        ended.await?;
        let path = self.file(".vault");
        let vault = Vault::open_any(&path, &Unlock::Beside).doing(format!("opening the vault {}", path.display()))?;
        Ok((vault, batches))
    }

    async fn until_all_is_there(&self, ledger: &Ledger<'_>, count: u64, bar: &ProgressBar) -> Result<(), Error> {
        let connection = ledger.lines().of(self.department);
        let (started, mut before) = (Instant::now(), 0);
        while before < count {
            let stream = connection.stream(self.stream).await.doing("asking for the stream")?;
            let next = stream.map_or(EventNumber::new(1), |stream| stream.next);
            let found = next.get().saturating_sub(1);
            bar.inc(found - before);
            before = found;
            expect(started.elapsed() < PATIENCE, || format!("the chain has {found} of {count} events of a bridge"))?;
            tokio::time::sleep(PAUSE).await;
        }
        expect(before == count, || format!("the chain has {before} events of a bridge, {count} were sent"))
    }
}

/// Waits for something that blocks, so that a signal is heard meanwhile.
async fn on_a_thread<T: Send + 'static>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    spawn_blocking(work).await.unwrap_or_else(|error| Err(Error::Unexpected(format!("a part panicked: {error}"))))
}

fn ask(address: SocketAddr, path: &str) -> Result<String, Error> {
    let answer = Request::get(path).send(address);
    answer.map(|answer| answer.body).map_err(|error| Error::Unexpected(format!("the bridge does not answer: {error}")))
}

/// Posts lines, and the first part of them twice, as a sender that heard no answer does.
async fn post(address: SocketAddr, lines: &[String]) -> Result<(), Error> {
    for (place, part) in lines.chunks(POSTED).enumerate() {
        for repeated in 0..=u8::from(place == 0) {
            let (body, key) = (part.concat(), format!("Idempotency-Key: calls-{place}"));
            let answer = on_a_thread(move || send(address, &body, &key)).await?;
            let said: Value = serde_json::from_str(&answer.body).unwrap_or_default();
            let outcome = if repeated == 0 { "accepted" } else { "repeated" };
            expect(answer.status == 200 && said[outcome] == part.len(), || {
                format!("the bridge answered {} {}", answer.status, answer.body)
            })?;
        }
    }
    Ok(())
}

/// Sends a body, again for as long as the bridge says that it takes none yet.
fn send(address: SocketAddr, body: &str, key: &str) -> Result<Answer, Error> {
    let started = Instant::now();
    loop {
        let headers = ["Content-Type: application/x-ndjson", key];
        let answer = Request::post("/ingest/calls", body.as_bytes()).with(&headers).send(address);
        let answer = answer.map_err(|error| Error::Unexpected(format!("the bridge does not answer: {error}")))?;
        if answer.status != 503 || started.elapsed() > PATIENCE {
            return Ok(answer);
        }
        thread::sleep(PAUSE);
    }
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    fs::write(path, text).map_err(|source| Error::File { path: path.to_owned(), source })
}

/// An event as the platform writes it, in the form of the preset `event`.
fn line(event: &Event) -> String {
    let leaf = &event.leaf;
    let items: Vec<u32> = (0..64).filter(|place| leaf.items >> place & 1 == 1).collect();
    let mut line = json!({
        "time": leaf.time,
        "side": leaf.side,
        "method": leaf.method,
        "items": items,
        "duration_ms": leaf.duration_ms,
        "outcome": leaf.outcome,
        "calls": leaf.calls,
        "rows": leaf.rows,
        "bytes": leaf.bytes,
        "call_id": format!("{:016x}", leaf.call_id),
    });
    let mut add = |name: &str, value: Value| {
        if !value.is_null() {
            line[name] = value;
        }
    };
    match leaf.key {
        RunKey::Grant(grant, version) => {
            add("grant", json!(grant));
            add("grant_version", json!(version));
        }
        RunKey::Entry(entry, version, consumer) => {
            add("entry", json!(entry));
            add("entry_version", json!(version));
            add("consumer", json!(consumer));
        }
        RunKey::Reporter(_) => {}
    }
    add("authorising_system", json!(leaf.authorising_system));
    add("using_system", json!(leaf.using_system));
    add("purpose", json!(leaf.purpose));
    add("sealed", sealed(event));
    line.to_string() + "\n"
}

/// What stays in the vault: people and addresses as text, digests as hexadecimal digits.
fn sealed(event: &Event) -> Value {
    let mut sealed = Map::new();
    for (field, value) in SealedField::ALL.into_iter().zip(&event.sealed.values) {
        let Some(value) = value else { continue };
        let text = match <[u8; 32]>::try_from(&value[..]) {
            Ok(digest) => hex::encode(digest),
            Err(_) => String::from_utf8_lossy(value).into_owned(),
        };
        let name = field.to_string().replace(' ', "_");
        sealed.insert(name, text.into());
    }
    sealed.into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use mulu_client::event::{SealedValues, plain_leaf};
    use mulu_proofs::ids::{Moment, SystemId};

    #[test]
    fn a_line_says_what_the_event_says_and_a_field_that_is_absent_is_not_there() {
        let mut values = SealedValues::default();
        values.set(SealedField::DataSubject, b"subject-1").unwrap();
        values.set(SealedField::RequestDigest, &[0xab; 32]).unwrap();
        let mut leaf = plain_leaf(SystemId::new(3), Moment::new(7));
        (leaf.items, leaf.call_id) = (0b101, 0x2a);
        let text = line(&Event::new(leaf, values));
        let said: Value = serde_json::from_str(&text).unwrap();
        assert!(text.ends_with('\n') && !text.trim_end().contains('\n'));
        assert_eq!((&said["time"], &said["items"]), (&json!(7), &json!([0, 2])));
        assert_eq!(
            (&said["method"], &said["outcome"], &said["side"]),
            (&json!("file"), &json!("ok"), &json!("provider"))
        );
        assert_eq!(said["call_id"], "000000000000002a");
        assert_eq!(said["sealed"], json!({ "data_subject": "subject-1", "request_digest": "ab".repeat(32) }));
        assert!(said.get("grant").is_none() && said.get("purpose").is_none(), "{said}");
    }

    #[test]
    fn a_configuration_names_one_way_in() {
        let place = |way| Place {
            folder: Path::new("/f"),
            node: "ws://n".into(),
            department: 2,
            stream: StreamId::new(1),
            way,
        };
        let address = SocketAddr::from(([127, 0, 0, 1], 1));
        let (log, posts) = (place(Way::Log).config(address), place(Way::Posts).config(address));
        assert!(log.contains("tail = ") && !log.contains("ingest"), "{log}");
        assert!(posts.contains("ingest = {}") && !posts.contains("tail"), "{posts}");
    }
}
