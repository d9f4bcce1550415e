//! etcd under comparison: three members on this machine, reached over their JSON gateway. A row is a value, its number the key.

use super::{
    figures::{Acknowledged, Cell, Usage},
    http::Http,
    writers::{Rows, Writer, write_all},
};
use crate::{
    bench::process,
    error::{Error, expect},
    network::free_ports,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use futures::future::try_join_all;
use serde::Deserialize;
use std::{
    collections::BTreeSet,
    fs::File,
    net::{Ipv4Addr, SocketAddr},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

/// Members of the cluster.
pub const MEMBERS: usize = 3;
/// Connections that write at once: etcd commits what arrives together with one fsync.
const CONNECTIONS: usize = 48;
const START_TIMEOUT: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(50);
/// Keys of a page.
const PAGE: usize = 10_000;

/// How rows are put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// What its keys begin with.
    pub prefix: &'static str,
    /// Puts of a transaction.
    pub batch: usize,
    /// One request after the other, on one connection.
    pub alone: bool,
}

/// A running cluster.
pub struct Etcd {
    folder: PathBuf,
    port: u16,
    members: Vec<Child>,
    /// Numbers of the rows that were acknowledged, by way.
    acknowledged: Vec<Arc<Acknowledged>>,
}

fn key(way: Way, number: u64) -> String {
    BASE64_STANDARD.encode(format!("{}/{number:012}", way.prefix))
}

fn put(way: Way, number: u64, row: &str) -> String {
    // Base64 has nothing that JSON would escape.
    format!(r#"{{"key":"{}","value":"{}"}}"#, key(way, number), BASE64_STANDARD.encode(row))
}

#[derive(Deserialize)]
struct Keys {
    #[serde(default)]
    kvs: Vec<KeyOf>,
    #[serde(default)]
    more: bool,
}

/// What a member says of itself: numbers are text in its JSON.
#[derive(Deserialize)]
struct Status {
    #[serde(rename = "dbSizeInUse")]
    in_use: String,
}

fn unread(error: serde_json::Error) -> Error {
    Error::Unexpected(format!("an answer of etcd does not read: {error}"))
}

#[derive(Deserialize)]
struct KeyOf {
    key: String,
}

impl Etcd {
    /// Starts a new cluster in a folder.
    ///
    /// # Errors
    /// [`Error`] if the program is missing or no member answers.
    pub async fn start(folder: &Path, ways: &[Way]) -> Result<Self, Error> {
        let acknowledged = ways.iter().map(|_| Arc::default()).collect();
        let port = free_ports(2 * MEMBERS as u16);
        let mut etcd = Self { folder: folder.to_owned(), port, members: Vec::new(), acknowledged };
        etcd.restart().await?;
        Ok(etcd)
    }

    fn address(&self, member: usize) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.port + 2 * (member % MEMBERS) as u16))
    }

    fn data(&self, member: usize) -> PathBuf {
        self.folder.join(format!("member{member}"))
    }

    fn member(&self, member: usize) -> Result<Child, Error> {
        let path = self.folder.join(format!("member{member}.log"));
        let file = |source| Error::File { path: path.clone(), source };
        let log = File::options().create(true).append(true).open(&path).map_err(file)?;
        let peer = |member: usize| format!("http://127.0.0.1:{}", self.port + 2 * member as u16 + 1);
        let cluster: Vec<String> = (0..MEMBERS).map(|member| format!("m{member}={}", peer(member))).collect();
        let client = format!("http://{}", self.address(member));
        Command::new("etcd")
            .args([
                "--name",
                &format!("m{member}"),
                "--initial-cluster-state",
                "new",
                "--initial-cluster-token",
                "bench",
            ])
            .args(["--initial-cluster", &cluster.join(",")])
            .args(["--listen-client-urls", &client, "--advertise-client-urls", &client])
            .args(["--listen-peer-urls", &peer(member), "--initial-advertise-peer-urls", &peer(member)])
            .args(["--quota-backend-bytes", "8589934592", "--logger", "zap", "--log-level", "error"])
            .arg("--data-dir")
            .arg(self.data(member))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .process_group(0)
            .spawn()
            .map_err(|source| Error::File { path: "etcd".into(), source })
    }

    /// Starts every member, and waits until a put goes through each.
    ///
    /// # Errors
    /// [`Error`] if one does not answer.
    pub async fn restart(&mut self) -> Result<(), Error> {
        for member in 0..MEMBERS {
            let child = self.member(member)?;
            self.members.push(child);
        }
        let started = Instant::now();
        let way = Way { prefix: "start", batch: 1, alone: true };
        for member in 0..MEMBERS {
            loop {
                let answer =
                    async { Http::connect(self.address(member)).await?.post("/v3/kv/put", &put(way, 0, "")).await };
                match answer.await {
                    Ok(_) => break,
                    Err(_) if started.elapsed() < START_TIMEOUT => tokio::time::sleep(PAUSE).await,
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    /// Processor seconds of all members so far.
    pub fn server_seconds(&self) -> f64 {
        self.members.iter().map(|member| process::tree_seconds(member.id())).sum()
    }

    /// What the members have used, and what one of them has in its database: its log is cut off again.
    async fn usage(&self) -> Result<Usage, Error> {
        let answer = Http::connect(self.address(0)).await?.post("/v3/maintenance/status", "{}").await?;
        let status: Status = serde_json::from_str(&answer).map_err(unread)?;
        let disk = status.in_use.parse().map_err(|_| Error::Unexpected("etcd does not say its size".into()))?;
        Ok(Usage { server_seconds: self.server_seconds(), disk, client_disk: 0 })
    }

    /// Puts rows; the first of them has that number.
    ///
    /// # Errors
    /// [`Error`] if a member refuses.
    pub async fn write(&self, place: usize, way: Way, first: u64, rows: Vec<String>) -> Result<Cell, Error> {
        let connections = if way.alone { 1 } else { CONNECTIONS };
        let connections = try_join_all((0..connections).map(|place| Http::connect(self.address(place)))).await?;
        let writers = connections.into_iter().map(|connection| Puts { connection, way }).collect();
        let (events, rows) = (rows.len() as u64, Rows { rows: Arc::new(rows), first, batch: way.batch });
        let before = self.usage().await?;
        let client = process::own_seconds();
        let started = Instant::now();
        let latencies = write_all(writers, rows, &self.acknowledged[place]).await?;
        let seconds = started.elapsed().as_secs_f64();
        let client_seconds = process::own_seconds() - client;
        Ok(Cell { events, seconds, client_seconds, latencies, used: self.usage().await?.since(&before) })
    }

    /// Its processes.
    pub fn process_ids(&self) -> Vec<u32> {
        self.members.iter().map(Child::id).collect()
    }

    /// Ends every member as a power cut would.
    pub fn kill(&mut self) {
        process::kill(&self.process_ids());
        for mut member in self.members.drain(..) {
            // It is dead, or will be.
            let _ = member.wait();
        }
    }

    /// Rows that were acknowledged, in all ways, once every one of them was found again.
    ///
    /// # Errors
    /// [`Error`] if something is lost.
    pub async fn audit(&self, ways: &[Way]) -> Result<u64, Error> {
        let mut sum = 0;
        let mut http = Http::connect(self.address(0)).await?;
        for (way, acknowledged) in ways.iter().zip(&self.acknowledged) {
            let found = keys(&mut http, *way).await?;
            let (count, missing) = acknowledged.missing(|number| found.contains(&key(*way, number)));
            let prefix = way.prefix;
            expect(missing == 0, || format!("etcd lost {missing} of {count} acknowledged rows under {prefix}"))?;
            sum += count;
        }
        Ok(sum)
    }
}

impl Drop for Etcd {
    fn drop(&mut self) {
        self.kill();
    }
}

/// One connection that puts rows.
struct Puts {
    connection: Http,
    way: Way,
}

impl Writer for Puts {
    async fn write(&mut self, first: u64, rows: &[String]) -> Result<(), Error> {
        if self.way.batch == 1 {
            return self.connection.post("/v3/kv/put", &put(self.way, first, &rows[0])).await.map(drop);
        }
        let put = |(number, row): (u64, &String)| format!(r#"{{"requestPut":{}}}"#, put(self.way, number, row));
        let puts: Vec<String> = (first..).zip(rows).map(put).collect();
        let answer = self.connection.post("/v3/kv/txn", &format!(r#"{{"success":[{}]}}"#, puts.join(","))).await?;
        expect(answer.contains(r#""succeeded":true"#), || "etcd did not take a transaction".into())
    }
}

/// All keys of a way, in Base64.
async fn keys(http: &mut Http, way: Way) -> Result<BTreeSet<String>, Error> {
    let end = BASE64_STANDARD.encode(format!("{}0", way.prefix));
    let mut from = BASE64_STANDARD.encode(format!("{}/", way.prefix));
    let mut found = BTreeSet::new();
    loop {
        let ask = format!(r#"{{"key":"{from}","range_end":"{end}","limit":{PAGE},"keys_only":true}}"#);
        let answer = http.post("/v3/kv/range", &ask).await?;
        let page: Keys = serde_json::from_str(&answer).map_err(unread)?;
        let last = page.kvs.last().and_then(|last| BASE64_STANDARD.decode(&last.key).ok());
        found.extend(page.kvs.into_iter().map(|row| row.key));
        match last {
            Some(mut last) if page.more => {
                // The first key behind it.
                last.push(0);
                from = BASE64_STANDARD.encode(last);
            }
            _ => return Ok(found),
        }
    }
}
