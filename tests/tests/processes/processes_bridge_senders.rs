//! Real senders into one bridge, and what comes out of it: Debian's nginx whose log is rotated under load, an outbox of Debian's PostgreSQL,
//! librdkafka's mock cluster; a webhook that hears of a suspension, and a reader of server-sent events that comes back.

use super::{
    block_on,
    bridged::{OPERATOR, PATIENCE, PROVIDER, Place, joined, numbers, until_events, wait_until},
    database::Database,
    folder,
    processes_decision::program,
    text, turn,
};
use axum::{Router, body::Bytes, extract::State, http::HeaderMap, routing::post};
use mulu_client::calls::Call;
use mulu_proofs::ids::GrantId;
use mulu_tests::{
    bridge::write_secret,
    http::Request,
    ledger::{Act, Ledger},
    network::free_ports,
};
use rdkafka::{
    ClientConfig,
    mocking::MockCluster,
    producer::{FutureProducer, FutureRecord},
};
use serde_json::Value;
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};
use tokio::net::TcpListener;

const SECRET: &str = "what-the-webhook-and-the-bridge-share";
/// Calls of each client of nginx.
const CALLS: usize = 60;
/// Clients at a time.
const CLIENTS: usize = 4;

fn tables(topic: &str, database: &str, webhook: SocketAddr) -> String {
    format!(
        r#"
[source.nginx]
stream = 1
settle_ms = 1000
mapping = "nginx"
tail = {{ paths = ["audit.log"], quiet_s = 1 }}

[source.exchange]
stream = 2
settle_ms = 0
mapping = "event"
postgres = {{ database.connection = "{database}", table = "mulu_outbox", xid = "xid", notify = "mulu_outbox", delete = true }}

[source.bus]
stream = 3
settle_ms = 1000
mapping = "event"
kafka = {{ brokers = "{topic}", topics = ["calls"] }}

[sink.platform]
types = ["grant"]
webhook = {{ url = "http://{webhook}/mulu", secret_file = "webhook.secret" }}
"#
    )
}

#[test]
fn processes_real_senders_report_through_one_bridge_and_the_platform_hears_of_a_suspension() {
    let _turn = turn();
    let folder = folder();
    block_on(async {
        let (network, lines, people) = joined(folder.path(), 3).await;
        let ledger = Ledger::new(&lines).await.unwrap();
        let chain = lines.of(1);
        let database = Database::start().await;
        let client = database.client().await;
        client.batch_execute(snippet(include_str!("../../../docs/integration/postgresql.md"), "sql")).await.unwrap();
        let cluster = MockCluster::new(1).unwrap();
        cluster.create_topic("calls", 2, 1).unwrap();
        let webhook = Webhook::start().await;
        let place =
            Place::new(&network, &tables(&cluster.bootstrap_servers(), &database.connection(), webhook.address));
        write_secret(&place.path("webhook.secret"), SECRET).unwrap();
        let nginx = Nginx::start(&place.folder);
        let mut bridge = place.start();

        let calling: Vec<_> = (0..CLIENTS).map(|client| thread::spawn(call_of(nginx.address, client))).collect();
        for rotation in 1..=3 {
            tokio::time::sleep(Duration::from_millis(300)).await;
            nginx.rotate(&place.folder, rotation);
            // One row that is never committed, and one that is.
            insert(&client, "rolled-back", 900, "ROLLBACK").await;
            insert(&client, "row", rotation, "COMMIT").await;
        }
        let producer: FutureProducer =
            ClientConfig::new().set("bootstrap.servers", cluster.bootstrap_servers()).create().unwrap();
        for number in 1..=40_u32 {
            let payload = event("bus", number);
            let record: FutureRecord<'_, str, str> =
                FutureRecord::to("calls").partition(i32::try_from(number % 2).unwrap()).key("k").payload(&payload);
            producer.send(record, Duration::from_secs(20)).await.unwrap();
        }
        calling.into_iter().for_each(|client| client.join().unwrap());

        until_events(chain, 1, (CALLS * CLIENTS) as u64).await;
        until_events(chain, 2, 3).await;
        until_events(chain, 3, 40).await;
        assert_eq!(numbers(chain, 1).await.len(), CALLS * CLIENTS, "each call of nginx is there once");
        assert_eq!(numbers(chain, 2).await, [1, 2, 3], "each committed row is there once, and no other");
        assert_eq!(numbers(chain, 3).await, (1..=40).collect::<Vec<_>>());
        wait_until("the bridge has all confirmed", || place.mulu("bridge status")["waiting"] == 0);
        assert_eq!(place.mulu("bridge status")["quarantine_rows"], 0, "{:#}", place.mulu("bridge quarantine list"));
        let left = client.query_one("SELECT count(*) FROM mulu_outbox", &[]).await.unwrap();
        assert_eq!(left.get::<_, i64>(0), 0, "rows go once they are durable");

        let (first, _) = first_event(place.address, "/events?from=1&types=grant", &[]);
        let key = people.key(PROVIDER, "officer");
        let call = Call::suspend_grant(GrantId::new(1), &text("too many calls"));
        ledger.act(Act { department: PROVIDER, key, call }).await.unwrap();
        webhook.heard_of_a_suspension(&place.folder);
        let back = format!("Last-Event-ID: {first}");
        let suspended = "/events?types=grant.suspended";
        let (second, event) = first_event(place.address, suspended, &[&*back]);
        assert!(second > first, "it goes on behind what it has");
        assert_eq!((&event["type"], &event["subject"]), (&"org.mulu.grant.suspended.v1".into(), &"grant/1".into()));
        assert!(bridge.stop().unwrap().success(), "{}", bridge.log());
    });
}

/// The first snippet of that language on a page.
fn snippet<'a>(page: &'a str, language: &str) -> &'a str {
    let start = format!("```{language}\n");
    page.split(&start).nth(1).unwrap().split("```").next().unwrap()
}

/// An event in the ledger's own form.
fn event(sender: &str, number: u32) -> String {
    let now = jiff::Timestamp::now().as_millisecond();
    format!(
        r#"{{"time":{now},"grant":1,"items":[0],"bytes":{number},"request_id":"{sender}-{number}","sealed":{{"user":"u"}}}}"#
    )
}

async fn insert(client: &tokio_postgres::Client, sender: &str, number: u32, end: &str) {
    let payload = event(sender, number);
    let insert = format!("BEGIN; INSERT INTO mulu_outbox (payload) VALUES ('{payload}'); {end}");
    client.batch_execute(&insert).await.unwrap();
}

/// Calls of one client, each of which must be served.
fn call_of(address: SocketAddr, client: usize) -> impl FnOnce() + Send + 'static {
    move || {
        for number in 0..CALLS {
            let answer = Request::get(&format!("/trees/{client}-{number}")).send(address).unwrap();
            assert_eq!((answer.status, answer.body.as_str()), (200, "a tree"));
            thread::sleep(Duration::from_millis(15));
        }
    }
}

/// nginx before a small service, with the log of its page; gone when this is dropped.
struct Nginx {
    address: SocketAddr,
    child: Child,
}

impl Nginx {
    fn start(folder: &Path) -> Self {
        let port = free_ports(2);
        let (at, service) = (folder.display(), port + 1);
        let page = snippet(include_str!("../../../docs/integration/nginx.md"), "nginx");
        let log = page.replace("/var/log/nginx/audit.log", &format!("{at}/audit.log"));
        assert_ne!(log, page, "the page says where the log is");
        let config = format!(
            r#"
daemon off;
master_process off;
pid {at}/nginx.pid;
error_log {at}/nginx-error.log warn;
events {{ worker_connections 64; }}
http {{
    client_body_temp_path {at}/nginx-body;
    proxy_temp_path {at}/nginx-proxy;
    fastcgi_temp_path {at}/nginx-fastcgi;
    uwsgi_temp_path {at}/nginx-uwsgi;
    scgi_temp_path {at}/nginx-scgi;
    {log}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_set_header X-Request-Id $request_id;
            proxy_pass http://127.0.0.1:{service};
        }}
    }}
    server {{
        listen 127.0.0.1:{service};
        access_log off;
        location / {{ return 200 "a tree"; }}
    }}
}}
"#
        );
        let path = folder.join("nginx.conf");
        fs::write(&path, config).unwrap();
        let mut command = Command::new(program());
        command.arg("-p").arg(folder).arg("-e").arg(folder.join("nginx-error.log")).arg("-c").arg(&path);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let nginx = Self { address, child };
        wait_until("nginx listens", || std::net::TcpStream::connect(address).is_ok());
        nginx
    }

    /// As logrotate does on Debian: renamed, then told.
    fn rotate(&self, folder: &Path, rotation: u32) {
        fs::rename(folder.join("audit.log"), folder.join(format!("audit.log-{rotation}"))).unwrap();
        super::ask(&self.child, "USR1");
        wait_until("nginx begins the new log", || folder.join("audit.log").exists());
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Posts that came: signature and body.
type Posts = Arc<Mutex<Vec<(String, Bytes)>>>;

/// The platform's side.
struct Webhook {
    address: SocketAddr,
    posts: Posts,
}

impl Webhook {
    async fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let (address, posts) = (listener.local_addr().unwrap(), Posts::default());
        let take = async |State(posts): State<Posts>, headers: HeaderMap, body: Bytes| {
            let signature = headers["mulu-signature"].to_str().unwrap().to_owned();
            assert_eq!(headers["content-type"], "application/cloudevents+json");
            posts.lock().unwrap().push((signature, body));
        };
        let router = Router::new().route("/mulu", post(take)).with_state(Arc::clone(&posts));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, posts }
    }

    /// Waits for it, and asks the function of the page whether it is the bridge's.
    fn heard_of_a_suspension(&self, folder: &Path) {
        let mut found = None;
        wait_until("the webhook hears of the suspension", || {
            found = self.posts.lock().unwrap().iter().find_map(|(signature, body)| {
                let event: Value = serde_json::from_slice(body).unwrap();
                (event["type"] == "org.mulu.grant.suspended.v1").then(|| (signature.clone(), body.clone(), event))
            });
            found.is_some()
        });
        let (signature, body, event) = found.unwrap();
        assert_eq!((&event["specversion"], &event["data"]["body"]["grant"]), (&"1.0".into(), &1.into()), "{event:#}");
        let function = snippet(include_str!("../../../docs/integration/webhook.md"), "python");
        let script = folder.join("is_ours.py");
        fs::write(
            &script,
            format!(
                "{function}\nimport sys\nprint(is_ours(sys.argv[1].encode(), sys.argv[2], sys.stdin.buffer.read()))\n"
            ),
        )
        .unwrap();
        let says = |secret: &str, body: &[u8]| {
            let mut command = Command::new("python3");
            command.arg(&script).args([secret, &signature]).stdin(Stdio::piped()).stdout(Stdio::piped());
            let mut child = command.spawn().unwrap();
            child.stdin.take().unwrap().write_all(body).unwrap();
            String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap().trim().to_owned()
        };
        assert_eq!(says(SECRET, &body), "True");
        assert_eq!(says("another-secret-of-somebody", &body), "False");
        assert_eq!(says(SECRET, &[&body[..], b" "].concat()), "False");
    }
}

/// Number and content of the first event that a reader is told.
fn first_event(address: SocketAddr, path: &str, headers: &[&str]) -> (u64, Value) {
    let stream = Request::get(path).by(OPERATOR).with(headers).open(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut id = 0;
    for line in BufReader::new(stream).lines().map(Result::unwrap) {
        if let Some(number) = line.strip_prefix("id: ") {
            id = number.parse().unwrap();
        }
        if let Some(data) = line.strip_prefix("data: ") {
            return (id, serde_json::from_str(data).unwrap());
        }
    }
    panic!("the bridge ended the line of {path} without an event");
}
