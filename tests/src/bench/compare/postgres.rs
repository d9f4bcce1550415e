//! PostgreSQL under comparison: Debian's server in a folder of its own, an audit table a way, and a client that writes rows to it.

use super::{
    figures::{Acknowledged, Cell, Usage},
    payload::{Columns, Row},
    writers::{Rows, Writer, write_all},
};
use crate::{
    bench::process,
    error::{Error, expect},
};
use bytes::BytesMut;
use futures::future::try_join_all;
use std::{
    collections::BTreeSet,
    fs::{self, File},
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio_postgres::{
    Client, NoTls, Statement,
    binary_copy::BinaryCopyInWriter,
    types::{IsNull, ToSql, Type},
};

/// Connections that write at once.
const CONNECTIONS: usize = 4;
const START_TIMEOUT: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(50);
/// Where Debian keeps the programs of version 15.
const PROGRAMS: &str = "/usr/lib/postgresql/15/bin";
/// Durable as it comes; sized for this load, so that no checkpoint falls into a round by force.
const SETTINGS: &str = "
listen_addresses = ''
fsync = on
synchronous_commit = on
full_page_writes = on
shared_buffers = 1GB
max_wal_size = 8GB
checkpoint_timeout = 30min
max_connections = 64
logging_collector = off
";
const COLUMNS: &str = "grant_id, entry, items, \"time\", bytes, provider, consumer, \
    authorising_system, using_system, purpose, duration_ms, calls, rows, method, outcome, side, operator, \"user\", subject, \
    address, request, result, call, pseudonym";

/// How one table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// Its name.
    pub table: &'static str,
    /// Rows of a transaction.
    pub batch: usize,
    /// Whether each row hashes the one before.
    pub chain: bool,
    /// One transaction after the other, on one connection.
    pub alone: bool,
}

/// A running server.
pub struct Postgres {
    folder: PathBuf,
    owner: Option<(u32, u32)>,
    server: Option<Child>,
    clients: Vec<Arc<Client>>,
    /// Numbers of the rows that were acknowledged, by way.
    acknowledged: Vec<Arc<Acknowledged>>,
}

fn told(doing: &str) -> impl Fn(tokio_postgres::Error) -> Error {
    move |error| {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
        Error::Unexpected(format!("PostgreSQL, {doing}: {error}{cause}"))
    }
}

/// Ids of the user whom the server runs as, where this process is root: the server refuses to be.
fn owner() -> Result<Option<(u32, u32)>, Error> {
    let read = |path: &str| fs::read_to_string(path).map_err(|source| Error::File { path: path.into(), source });
    let status = read("/proc/self/status")?;
    if !status.lines().any(|line| line.starts_with("Uid:\t0\t")) {
        return Ok(None);
    }
    let users = read("/etc/passwd")?;
    let line = users.lines().find(|line| line.starts_with("postgres:"));
    let ids: Vec<u32> =
        line.into_iter().flat_map(|line| line.split(':')).filter_map(|field| field.parse().ok()).collect();
    match ids[..] {
        [user, group, ..] => Ok(Some((user, group))),
        _ => Err(Error::Unexpected("there is no user postgres; install the package postgresql".into())),
    }
}

impl Postgres {
    /// Makes a cluster in a folder that is empty, and starts it.
    ///
    /// # Errors
    /// [`Error`] if a program is missing or fails.
    pub async fn start(folder: &Path, ways: &[Way]) -> Result<Self, Error> {
        let file = |source| Error::File { path: folder.to_owned(), source };
        let owner = owner()?;
        if let Some((user, group)) = owner {
            chown(folder, Some(user), Some(group)).map_err(file)?;
        }
        let acknowledged = ways.iter().map(|_| Arc::default()).collect();
        let mut postgres = Self { folder: folder.to_owned(), owner, server: None, clients: Vec::new(), acknowledged };
        let data = folder.join("data");
        let made = postgres
            .program("initdb")
            .arg("--pgdata")
            .arg(&data)
            .args(["--username=bench", "--auth=trust"])
            .args(["--encoding=UTF8", "--locale=C"])
            .output()
            .map_err(file)?;
        expect(made.status.success(), || format!("initdb failed: {}", String::from_utf8_lossy(&made.stderr)))?;
        let settings = data.join("postgresql.conf");
        let before = fs::read_to_string(&settings).map_err(file)?;
        fs::write(&settings, before + SETTINGS).map_err(file)?;
        postgres.run().await?;
        for way in ways {
            let script = include_str!("audit.sql").to_owned() + if way.chain { include_str!("chain.sql") } else { "" };
            postgres.clients[0]
                .batch_execute(&script.replace("NAME", way.table))
                .await
                .map_err(told("making a table"))?;
        }
        Ok(postgres)
    }

    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(Path::new(PROGRAMS).join(name));
        command.current_dir(&self.folder).stdin(Stdio::null());
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        command
    }

    async fn run(&mut self) -> Result<(), Error> {
        let path = self.folder.join("server.log");
        let file = |source| Error::File { path: path.clone(), source };
        let log = File::options().create(true).append(true).open(&path).map_err(file)?;
        let errors = log.try_clone().map_err(file)?;
        let mut command = self.program("postgres");
        command.arg("-D").arg(self.folder.join("data")).arg("-k").arg(&self.folder);
        self.server = Some(command.stdout(log).stderr(errors).process_group(0).spawn().map_err(file)?);
        let started = Instant::now();
        while self.clients.len() < CONNECTIONS {
            match self.connect().await {
                Ok(client) => self.clients.push(Arc::new(client)),
                Err(_) if started.elapsed() < START_TIMEOUT => tokio::time::sleep(PAUSE).await,
                Err(error) => return Err(told("connecting")(error)),
            }
        }
        Ok(())
    }

    async fn connect(&self) -> Result<Client, tokio_postgres::Error> {
        let mut config = tokio_postgres::Config::new();
        config.host_path(&self.folder).user("bench").dbname("postgres");
        let (client, connection) = config.connect(NoTls).await?;
        tokio::spawn(async move {
            // A connection that breaks is seen by the request that was under way.
            let _ = connection.await;
        });
        Ok(client)
    }

    /// Processor seconds of the server so far.
    pub fn server_seconds(&self) -> f64 {
        self.server.as_ref().map_or(0.0, |server| process::tree_seconds(server.id()))
    }

    /// What the server has used, and what a table takes with its indexes: the log of a server is written over again.
    async fn usage(&self, table: &str) -> Result<Usage, Error> {
        let query = format!("SELECT pg_total_relation_size('{table}')");
        let bytes: i64 = self.clients[0].query_one(&query, &[]).await.map_err(told("measuring a table"))?.get(0);
        Ok(Usage { server_seconds: self.server_seconds(), disk: bytes.cast_unsigned(), client_disk: 0 })
    }

    /// Writes rows to a table; the first of them has that number.
    ///
    /// # Errors
    /// [`Error`] if the server refuses.
    pub async fn write(&self, place: usize, way: Way, first: u64, rows: Vec<String>) -> Result<Cell, Error> {
        let connections = if way.alone { 1 } else { CONNECTIONS };
        let writers = self.clients.iter().take(connections).map(|client| Insert::new(Arc::clone(client), way));
        let writers = try_join_all(writers).await.map_err(told("preparing"))?;
        let (events, rows) = (rows.len() as u64, Rows { rows: Arc::new(rows), first, batch: way.batch });
        let before = self.usage(way.table).await?;
        let client = process::own_seconds();
        let started = Instant::now();
        let latencies = write_all(writers, rows, &self.acknowledged[place]).await?;
        let seconds = started.elapsed().as_secs_f64();
        let client_seconds = process::own_seconds() - client;
        Ok(Cell { events, seconds, client_seconds, latencies, used: self.usage(way.table).await?.since(&before) })
    }

    /// Its processes.
    pub fn process_ids(&self) -> Vec<u32> {
        self.server.as_ref().map(|server| process::tree(server.id())).unwrap_or_default()
    }

    /// Ends the server and its processes as a power cut would.
    pub fn kill(&mut self) {
        let processes = self.process_ids();
        if let Some(mut server) = self.server.take() {
            process::kill(&processes);
            // It is dead, or will be.
            let _ = server.wait();
        }
        self.clients.clear();
    }

    /// Starts the server again; it recovers by itself.
    ///
    /// # Errors
    /// [`Error`] if it does not answer.
    pub async fn restart(&mut self) -> Result<(), Error> {
        self.run().await
    }

    /// Rows that were acknowledged, of all tables, once every one of them was found again and every chain holds.
    ///
    /// # Errors
    /// [`Error`] with the first table that lost something.
    pub async fn audit(&self, ways: &[Way], call_of: impl Fn(u64) -> String) -> Result<u64, Error> {
        let mut sum = 0;
        for (way, acknowledged) in ways.iter().zip(&self.acknowledged) {
            let table = way.table;
            let found =
                self.clients[0].query(&format!("SELECT call FROM {table}"), &[]).await.map_err(told("counting"))?;
            let found: BTreeSet<Vec<u8>> = found.iter().map(|row| row.get(0)).collect();
            let is_there = |number| hex::decode(call_of(number)).is_ok_and(|call| found.contains(&call));
            let (count, missing) = acknowledged.missing(is_there);
            expect(missing == 0, || format!("PostgreSQL lost {missing} of {count} acknowledged rows of {table}"))?;
            if way.chain {
                self.check_chain(table).await?;
            }
            sum += count;
        }
        Ok(sum)
    }

    async fn check_chain(&self, table: &str) -> Result<(), Error> {
        let query = format!(
            "SELECT count(*) FROM (SELECT t.hash, lag(t.hash, 1, ''::bytea) OVER (ORDER BY seq) AS previous, \
             ROW(seq, {COLUMNS}, NULL::bytea)::{table}::text AS words FROM {table} t) AS chain \
             WHERE hash IS DISTINCT FROM sha256(previous || convert_to(words, 'UTF8'))"
        );
        let row = self.clients[0].query_one(&query, &[]).await.map_err(told("checking a chain"))?;
        let broken: i64 = row.get(0);
        expect(broken == 0, || format!("{broken} rows of {table} do not follow from those before"))
    }

    /// A connection for questions.
    pub fn client(&self) -> &Client {
        &self.clients[0]
    }

    /// The folder of its files.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.kill();
    }
}

/// One connection that writes to one table.
struct Insert {
    client: Arc<Client>,
    way: Way,
    statement: Statement,
    types: Vec<Type>,
}

impl Insert {
    async fn new(client: Arc<Client>, way: Way) -> Result<Self, tokio_postgres::Error> {
        let places: Vec<String> = (1..=25).map(|place| format!("${place}")).collect();
        let table = way.table;
        let statement = match way.batch {
            1 => format!("INSERT INTO {table} (seq, {COLUMNS}) VALUES ({})", places.join(", ")),
            _ => format!("COPY {table} (seq, {COLUMNS}) FROM STDIN BINARY"),
        };
        let statement = client.prepare(&statement).await?;
        let types = [&[Type::INT8; 6][..], &[Type::INT4; 8], &[Type::INT2; 3], &[Type::TEXT; 4], &[Type::BYTEA; 4]];
        Ok(Self { client, way, statement, types: types.concat() })
    }
}

impl Writer for Insert {
    async fn write(&mut self, first: u64, rows: &[String]) -> Result<(), Error> {
        if self.way.batch == 1 {
            let row = row(first, &rows[0])?;
            let values: Vec<&(dyn ToSql + Sync)> = row.iter().map(|value| value as _).collect();
            return self.client.execute(&self.statement, &values).await.map(drop).map_err(told("inserting"));
        }
        let sink = self.client.copy_in(&self.statement).await.map_err(told("copying"))?;
        let mut writer = Box::pin(BinaryCopyInWriter::new(sink, &self.types));
        for (number, json) in (first..).zip(rows) {
            let row = row(number, json)?;
            let values: Vec<&(dyn ToSql + Sync)> = row.iter().map(|value| value as _).collect();
            writer.as_mut().write(&values).await.map_err(told("copying"))?;
        }
        writer.as_mut().finish().await.map(drop).map_err(told("committing"))
    }
}

/// A value in one of the table's types.
#[derive(Debug)]
enum Value {
    Wide(i64),
    Narrow(i32),
    Code(i16),
    Text(String),
    Digest(Vec<u8>),
}

/// The row of a table; a chain's trigger gives it another sequence number.
fn row(number: u64, json: &str) -> Result<Vec<Value>, Error> {
    let columns = Row::read(json).and_then(|row| row.columns()).map_err(Error::Unexpected)?;
    let Columns { wide, narrow, codes, texts, digests } = columns;
    let mut row = vec![Value::Wide(number.cast_signed())];
    row.extend(wide.map(Value::Wide));
    row.extend(narrow.map(Value::Narrow));
    row.extend(codes.map(Value::Code));
    row.extend(texts.map(Value::Text));
    row.extend(digests.map(Value::Digest));
    Ok(row)
}

impl ToSql for Value {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Wide(value) => value.to_sql(ty, out),
            Self::Narrow(value) => value.to_sql(ty, out),
            Self::Code(value) => value.to_sql(ty, out),
            Self::Text(value) => value.to_sql(ty, out),
            Self::Digest(value) => value.to_sql(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    tokio_postgres::types::to_sql_checked!();
}
