//! What the tests of a bridge share: a platform with streams, a configuration, lines that bear a number, and what the chain has of them.

use super::{processes_imports::ground, start};
use mulu_client::{calls::Call, connection::Connection};
use mulu_proofs::ids::{StreamId, SystemId};
use mulu_rpc_api::access::{AccessClient, HistoryFilter, HistoryOf};
use mulu_tests::{
    bridge::{Bridge, write_secret},
    http::Request,
    ledger::{Act, Ledger, Lines, rows},
    network::{Network, free_ports, program},
    people::People,
};
use serde_json::Value;
use std::{
    collections::HashSet,
    fs,
    io::Write,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

/// Department of the platform; the bridge talks to its node.
pub const PROVIDER: u32 = 3;
/// The platform of [`ground`].
pub const PLATFORM: SystemId = SystemId::new(1);
/// How long anything that has to come may be waited for.
pub const PATIENCE: Duration = Duration::from_secs(180);
pub const PAUSE: Duration = Duration::from_millis(50);

/// Who sends, and who operates.
pub const SENDER: &str = "a-token-of-the-sender-0123456789";
pub const OPERATOR: &str = "a-token-of-the-operator-0123456789";

/// What nobody but the vault may know of a call.
pub const ADDRESS: &str = "203.0.113.77";
pub const USER: &str = "clerk-7f3a";

/// A log that is followed into stream 1 and lines that are posted into stream 2.
pub const LOG_AND_POSTS: &str = r#"
[source.nginx]
stream = 1
settle_ms = 0
mapping = "nginx"
tail = { paths = ["audit.log"], quiet_s = 1 }

[source.portal]
stream = 2
settle_ms = 0
mapping = "nginx"
ingest = {}
"#;

/// A network with the platform of [`ground`] and `count` streams of it, from 1 on.
pub async fn joined(folder: &Path, count: u32) -> (Network, Lines, People) {
    let (network, lines, people) = start(folder).await;
    let ledger = Ledger::new(&lines).await.unwrap();
    let ground = ground(&ledger, &people).await;
    for _ in ground.stream.get()..count {
        by_platform(&ledger, &people, Call::open_stream(PLATFORM, false)).await;
    }
    drop(ledger);
    (network, lines, people)
}

/// An act with the platform's key.
pub async fn by_platform(ledger: &Ledger<'_>, people: &People, call: Call) {
    let key = people.key(PROVIDER, "platform");
    ledger.act(Act { department: PROVIDER, key, call }).await.unwrap();
}

/// Folder and address of a bridge that is not started yet.
pub struct Place {
    pub folder: PathBuf,
    pub address: SocketAddr,
}

impl Place {
    /// A folder below the network's, with `bridge.toml` of these tables, and the tokens of sender and operator.
    pub fn new(network: &Network, tables: &str) -> Self {
        let folder = network.folder().join("bridge");
        fs::create_dir(&folder).unwrap();
        write_secret(&folder.join("sender.token"), SENDER).unwrap();
        write_secret(&folder.join("operator.token"), OPERATOR).unwrap();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_ports(1)));
        let text = format!(
            r#"
[chain]
url = "{}"
key = "../accounts/d{PROVIDER}-platform.key"
vault = "bridge.vault"

[spool]
linger_ms = 200

[http]
listen = "{address}"

[[http.caller]]
name = "sender"
token_file = "sender.token"
may = ["ingest"]

[[http.caller]]
name = "operator"
token_file = "operator.token"
may = ["operate", "events"]
{tables}"#,
            network.url(PROVIDER as usize)
        );
        fs::write(folder.join("bridge.toml"), text).unwrap();
        Self { folder, address }
    }

    pub fn config(&self) -> PathBuf {
        self.folder.join("bridge.toml")
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub fn start(&self) -> Bridge {
        Bridge::start(&self.config(), self.address).unwrap()
    }

    /// What `mulu bridge …` says as JSON.
    pub fn mulu(&self, typed: &str) -> Value {
        let (is_done, written, said) = self.typed(typed);
        assert!(is_done, "mulu {typed}: {said}\n{written}");
        serde_json::from_str(&written).unwrap()
    }

    /// All that `mulu bridge …` writes, which fails.
    pub fn mulu_failing(&self, typed: &str) -> String {
        let (is_done, written, said) = self.typed(typed);
        assert!(!is_done, "mulu {typed}: {said}\n{written}");
        written + &said
    }

    fn typed(&self, typed: &str) -> (bool, String, String) {
        let mut command = Command::new(program("mulu"));
        command.args(typed.split(' ')).arg("--config").arg(self.config()).args(["--json", "--lang", "en"]);
        let output = command.output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.success(), text(&output.stdout), text(&output.stderr))
    }

    /// Posts lines as the sender; what the bridge answers.
    pub fn post(&self, path: &str, body: &[u8], headers: &[&str]) -> Value {
        let answer = Request::post(path, body).by(SENDER).with(headers).send(self.address).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.body);
        serde_json::from_str(&answer.body).unwrap()
    }

    pub fn metrics(&self) -> String {
        Request::get("/metrics").by(OPERATOR).send(self.address).unwrap().body
    }
}

/// A call as nginx writes it in the format of its page. Its number stands in its id and as its bytes, which everybody sees on the chain.
pub fn line(sender: &str, number: u64) -> String {
    let now = jiff::Timestamp::now();
    format!(
        r#"{{"time":"{now:.3}","request_id":"{sender}-{number}","client":"{ADDRESS}","user":"{USER}","subject":"","method":"GET","uri":"/trees/{number}","args":"","status":200,"bytes":{number},"rt":0.012,"upstream":"127.0.0.1:8080","approval":""}}"#
    ) + "\n"
}

pub fn lines_of(sender: &str, numbers: impl IntoIterator<Item = u64>) -> String {
    numbers.into_iter().map(|number| line(sender, number)).collect()
}

/// Adds to a file, as the one who writes a log does.
pub fn append(path: &Path, text: &str) {
    let mut file = fs::File::options().create(true).append(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

/// Waits until a stream has that many events.
pub async fn until_events(connection: &Connection, stream: u32, count: u64) {
    let started = Instant::now();
    loop {
        let found = connection.stream(StreamId::new(stream)).await.unwrap().unwrap().next.get() - 1;
        if found >= count {
            assert_eq!(found, count, "stream {stream} has more events than were sent");
            return;
        }
        assert!(started.elapsed() < PATIENCE, "stream {stream} has {found} of {count} events");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Numbers that the events of a stream bear as their bytes, in ascending order. No two events have one call id.
pub async fn numbers(connection: &Connection, stream: u32) -> Vec<u64> {
    let filter = HistoryFilter { of: HistoryOf::Platform(PLATFORM), from: None, until: None, with_findings: false };
    let events = rows("history", async |cursor| connection.history(filter, cursor, Some(500)).await).await.unwrap();
    let events: Vec<_> = events.iter().filter(|event| event.stream.get() == stream).collect();
    let calls: HashSet<u64> = events.iter().map(|event| event.leaf.call_id).collect();
    assert_eq!(calls.len(), events.len(), "one call is on the chain twice");
    let mut numbers: Vec<u64> = events.iter().map(|event| event.leaf.bytes).collect();
    numbers.sort_unstable();
    numbers
}

pub fn wait_until(what: &str, mut is_it: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_it() {
        assert!(started.elapsed() < PATIENCE, "never: {what}");
        thread::sleep(PAUSE);
    }
}
