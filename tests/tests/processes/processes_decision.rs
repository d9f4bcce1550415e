//! A real nginx asks the decision point of a running node about every call, over TLS with certificates on both sides; the service behind it
//! takes no call without a token. The access log of the day goes back in as events, and the ledger compares it with what was decided.

use super::{
    block_on, folder,
    processes_imports::{Ground, ground},
    run, text, turn,
};
use mulu_client::{
    calls::Call,
    import::{
        access::{AccessReport, Source},
        delivery::{self, Destination},
        mapping::Mapping,
    },
    vault::Vault,
};
use mulu_proofs::{
    access::SideTotal,
    calendar::{Day, DayLength},
    ids::{Moment, StreamId, SystemId},
};
use mulu_rpc_api::{
    access::{AccessClient, Reconciliation},
    calendar::CalendarClient,
    decision::DecisionsClient,
    sharing::SharingClient,
};
use mulu_tests::{
    ledger::{Act, Ledger, Lines, wait_for_all},
    network::Network,
    people::People,
};
use mulu_token::{HEADER, Keys, TokenError, Verifier};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair};
use serde_json::json;
use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// Whose platform it is, and on whose node the decision point runs.
const PROVIDER: u32 = 3;
/// Length of a local day, so that the test sees one compared.
const DAY_SECONDS: u32 = 6;
/// Two heartbeats of an idle chain.
const STALE_AFTER: Duration = Duration::from_secs(20);
const TOKEN_LIFE: Duration = Duration::from_secs(5);
/// Clocks of one machine do not lie apart.
const SKEW_MS: u64 = 0;
const PATIENCE: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(100);

const AUDIENCE: &str = "nginx-1";
/// What the consumer shows; the mapping holds its digest alone.
const API_KEY: &str = "a-key-that-nobody-guesses";

/// Ports of decision point, nginx and service.
#[derive(Clone, Copy)]
struct Ports {
    decision: u16,
    nginx: u16,
    service: u16,
}

impl Ports {
    /// Three that nobody listens on; the network's own are found otherwise, and the system's are elsewhere.
    fn free() -> Self {
        let taken = [(); 3].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
        let [decision, nginx, service] = taken.map(|listener| listener.local_addr().unwrap().port());
        Self { decision, nginx, service }
    }
}

#[test]
fn processes_a_gateway_asks_before_each_call_and_its_log_reconciles_with_the_answers() {
    let _turn = turn();
    let folder = folder();
    block_on(async {
        let mut network = Network::create_with_days(folder.path(), 4, DAY_SECONDS, true).unwrap();
        let ports = Ports::free();
        certificates(folder.path());
        configure(&network, ports);
        network.start_all().unwrap();
        wait_for_all(&mut network).await.unwrap();
        let lines = Lines::open(&network).await.unwrap();
        let people = People::read(folder.path()).unwrap();
        let ledger = Ledger::new(&lines).await.unwrap();
        let ground = ground(&ledger, &people).await;
        map(&network, &lines, &ground).await;
        let provider = |who: &str, call| Act { department: PROVIDER, key: people.key(PROVIDER, who), call };

        let reason = lines.of(PROVIDER).point().await.unwrap().unwrap().reason;
        assert_eq!(reason.as_deref(), Some("not_open"), "the platform has not opened decisions yet");
        ledger.act(provider("platform", Call::open_decisions(SystemId::new(1)))).await.unwrap();
        ledger.act(provider("platform", Call::open_stream(SystemId::new(1), true))).await.unwrap();
        let service = Service::start(ports.service, &ledger, &people);
        let nginx = Nginx::start(folder.path(), ports);
        wait_until("the mapping is in force", || {
            let checked = run("mulu-node", &["decision", "check", "--config", network.home(3).to_str().unwrap()]);
            String::from_utf8_lossy(&checked.stdout).contains("GET\t/trees/{…}\tconsumer\tallowed grant 1")
        });

        let busy = mid_day(&lines).await;
        let before = service.calls();
        for number in 0..5 {
            let (status, _, body) = call(ports, &format!("/trees/{number}?name=x"), API_KEY).unwrap();
            assert_eq!((status, body.as_str()), (200, "served under grant 1"));
        }
        for (path, key, reason) in [
            ("/trees/1", "guess", "unknown_consumer"),
            ("/stops/1", API_KEY, "unknown_route"),
            ("/trees/1/files", API_KEY, "item_not_granted"),
            ("/trees/%2e%2e/stops", API_KEY, "malformed"),
        ] {
            let (status, said, _) = call(ports, path, key).unwrap();
            assert_eq!((status, said.as_deref()), (403, Some(reason)), "{path}");
        }
        assert_eq!(service.calls() - before, 5, "what was denied never reached the service");
        // Killed without a word: the counts go on from the disk.
        network.kill(3);
        let undecided = call(ports, "/trees/1", API_KEY).unwrap();
        assert_eq!((undecided.0, undecided.1), (403, None), "nobody answers nginx, so it lets nothing through");
        network.start_node(3).unwrap();
        wait_for_all(&mut network).await.unwrap();
        let lines = Lines::open(&network).await.unwrap();
        let ledger = Ledger::new(&lines).await.unwrap();

        // A token is good once, at its gateway, for a few seconds.
        let token = service.last_token();
        assert_eq!(present(ports, &token), "the token was used already");
        assert_eq!(present(ports, "AAAA"), "the header holds no token");

        // On another day a call is allowed that is never made.
        let lost = loop {
            let day = mid_day(&lines).await;
            if day > busy {
                break day;
            }
            thread::sleep(PAUSE);
        };
        let unused = ask(ports, folder.path(), "/trees/9").unwrap();
        let suspended =
            ledger.act(provider("officer", Call::suspend_grant(ground.grant, &text("misuse")))).await.unwrap();
        let asked = Instant::now();
        let (status, said, _) = call(ports, "/trees/1", API_KEY).unwrap();
        assert_eq!((status, said.as_deref()), (403, Some("suspended")), "since block {}", suspended.height);
        thread::sleep(TOKEN_LIFE.saturating_sub(asked.elapsed()));
        assert_eq!(present(ports, &unused), "the token has expired");

        let report = import(&ledger, &people, folder.path()).await;
        let expected = service.calls() as u64 + report_denied(folder.path());
        assert_eq!((report.lines, report.events, report.rejected.len()), (expected, expected, 0));
        let shown = reconciled(&lines, &ground, busy, lost).await;
        let calls = SideTotal { events: 0, calls: 0 };
        let differs: Vec<_> =
            shown.differing.iter().map(|day| (day.differs.day, day.differs.provider, day.differs.allowed)).collect();
        assert_eq!(differs, [(lost, Some(calls), Some(1))], "the busy day agrees, the call that was never made shows");

        cut_off(&mut network, ports).await;
        drop(nginx);
        no_call_is_in_a_log(&network);
    });
}

/// An authority, the node's certificate and the gateway's.
fn certificates(folder: &Path) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, "authority");
    let authority_key = KeyPair::generate().unwrap();
    let authority = params.self_signed(&authority_key).unwrap();
    fs::write(folder.join("ca.pem"), authority.pem()).unwrap();
    for name in ["node", "gateway"] {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &authority, &authority_key).unwrap();
        fs::write(folder.join(format!("{name}.pem")), certificate.pem()).unwrap();
        fs::write(folder.join(format!("{name}-tls.key")), key.serialize_pem()).unwrap();
    }
}

/// Gives the provider's node its decision point, with a mapping that has no routes yet.
fn configure(network: &Network, ports: Ports) {
    let (home, folder) = (network.home(3), network.folder().display().to_string());
    fs::write(home.join("mapping.toml"), "").unwrap();
    let section = format!(
        r#"
[decision]
platform = 1
audience = "{AUDIENCE}"
key = "{folder}/accounts/d3-platform.key"
mapping = "mapping.toml"
listen = "127.0.0.1:{}"
stale_after_ms = {}
report_every_s = 1

[decision.tls]
certificate = "{folder}/node.pem"
key = "{folder}/node-tls.key"
client_ca = "{folder}/ca.pem"
"#,
        ports.decision,
        STALE_AFTER.as_millis()
    );
    let path = home.join("config.toml");
    let config = fs::read_to_string(&path).unwrap();
    fs::write(path, config + &section).unwrap();
}

/// Writes the mapping, which the running node takes up by itself.
async fn map(network: &Network, lines: &Lines, ground: &Ground) {
    let grant = lines.of(1).grant(ground.grant).await.unwrap().unwrap();
    let method = json!(grant.versions[0].terms.method);
    let digest = {
        let output = Command::new("sh").args(["-c", &format!("printf %s {API_KEY} | sha256sum")]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()[..64].to_owned()
    };
    let mapping = format!(
        r#"
[[route]]
path = "/trees/{{id}}"
methods = ["GET"]
entry = 1
items = [0, 1]
method = {method}
purpose = 1

[[route]]
path = "/trees/*"
entry = 1
items = [0, 1, 2]
method = {method}

[[consumer]]
name = "consumer"
department = 4
system = 2
header = "X-Api-Key"
sha256 = "{digest}"
"#
    );
    fs::write(network.home(3).join("mapping.toml"), mapping).unwrap();
}

/// The service behind the gateway: it takes no call without a token.
struct Service {
    seen: Arc<Mutex<Vec<String>>>,
}

impl Service {
    fn start(port: u16, ledger: &Ledger<'_>, people: &People) -> Self {
        let identity = ledger.lines().identity();
        let keys = Keys { domain: identity.domain(), keys: vec![people.key(PROVIDER, "platform").public()] };
        let mut verifier = Verifier::new(keys, AUDIENCE, 1_000).with_skew(SKEW_MS);
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (listener, kept) = (TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap(), Arc::clone(&seen));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let head = head(&mut stream);
                let token = header(&head, HEADER).unwrap_or_default();
                let (status, body) = match verifier.check(&token, now()) {
                    Ok(good) => {
                        kept.lock().unwrap().push(token);
                        ("200 OK", format!("served under grant {}", good.grant))
                    }
                    Err(error) => ("401 Unauthorized", error.to_string()),
                };
                let length = body.len();
                let answer =
                    format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
                // nginx may have given up.
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Self { seen }
    }

    /// Calls that were served.
    fn calls(&self) -> usize {
        self.seen.lock().unwrap().len()
    }

    fn last_token(&self) -> String {
        self.seen.lock().unwrap().last().unwrap().clone()
    }
}

/// A running nginx; gone when this is dropped.
struct Nginx(Child);

impl Nginx {
    fn start(folder: &Path, ports: Ports) -> Self {
        let Ports { decision, nginx, service } = ports;
        let at = folder.display();
        let config = format!(
            r#"
daemon off;
master_process off;
pid {at}/nginx.pid;
error_log {at}/nginx-error.log warn;
events {{ worker_connections 64; }}
http {{
    log_format calls '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" "$request_id"';
    access_log {at}/access.log calls;
    client_body_temp_path {at}/nginx-body;
    proxy_temp_path {at}/nginx-proxy;
    fastcgi_temp_path {at}/nginx-fastcgi;
    uwsgi_temp_path {at}/nginx-uwsgi;
    scgi_temp_path {at}/nginx-scgi;
    upstream decision {{ server 127.0.0.1:{decision}; keepalive 4; }}
    server {{
        listen 127.0.0.1:{nginx};
        location / {{
            auth_request /decide;
            auth_request_set $mulu_token $upstream_http_mulu_token;
            auth_request_set $mulu_reason $upstream_http_mulu_reason;
            # Also where nobody decides: of its own errors nginx makes 500.
            error_page 403 500 = @denied;
            proxy_set_header Mulu-Token $mulu_token;
            proxy_pass http://127.0.0.1:{service};
        }}
        location @denied {{
            add_header Mulu-Reason $mulu_reason always;
            return 403 "denied";
        }}
        location = /decide {{
            internal;
            proxy_pass https://decision/authorize;
            proxy_pass_request_body off;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Content-Length "";
            proxy_set_header X-Original-URI $request_uri;
            proxy_set_header X-Original-Method $request_method;
            proxy_ssl_certificate {at}/gateway.pem;
            proxy_ssl_certificate_key {at}/gateway-tls.key;
            proxy_ssl_trusted_certificate {at}/ca.pem;
            proxy_ssl_verify on;
            proxy_ssl_name localhost;
        }}
    }}
}}
"#
        );
        let path = folder.join("nginx.conf");
        fs::write(&path, config).unwrap();
        let mut command = Command::new(program());
        command.arg("-p").arg(folder).arg("-e").arg(folder.join("nginx-error.log")).arg("-c").arg(&path);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        let started = Self(child);
        wait_until("nginx answers", || TcpStream::connect((Ipv4Addr::LOCALHOST, nginx)).is_ok());
        started
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Either it runs and ends, or it has ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Where Debian puts it, which is on no user's path.
pub fn program() -> PathBuf {
    let places = ["/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/bin/nginx"].map(PathBuf::from);
    places
        .into_iter()
        .find(|path| path.exists())
        .expect("nginx is missing; scripts/test installs it, or run: apt-get install nginx-light")
}

fn wait_until(what: &str, mut is_it: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_it() {
        assert!(started.elapsed() < PATIENCE, "never: {what}");
        thread::sleep(PAUSE);
    }
}

fn now() -> Moment {
    Moment::new(u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap())
}

/// The lines of a message's head.
fn head(stream: &mut impl Read) -> Vec<String> {
    let lines = BufReader::new(stream).lines().map_while(Result::ok);
    lines.take_while(|line| !line.is_empty()).collect()
}

fn header(head: &[String], name: &str) -> Option<String> {
    let fields = head.iter().filter_map(|line| line.split_once(": "));
    fields.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
}

/// Status, reason and body of an answer over plain HTTP.
fn get(port: u16, path: &str, further: &str) -> std::io::Result<(u16, Option<String>, String)> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{further}\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or(std::io::ErrorKind::InvalidData)?;
    let head: Vec<String> = head.lines().map(str::to_owned).collect();
    let status = head[0].split(' ').nth(1).and_then(|status| status.parse().ok());
    Ok((status.ok_or(std::io::ErrorKind::InvalidData)?, header(&head, "Mulu-Reason"), body.to_owned()))
}

/// A call through nginx.
fn call(ports: Ports, path: &str, key: &str) -> std::io::Result<(u16, Option<String>, String)> {
    get(ports.nginx, path, &format!("X-Api-Key: {key}\r\n"))
}

/// What the service says of a token that it is shown past the gateway.
fn present(ports: Ports, token: &str) -> String {
    let (status, _, body) = get(ports.service, "/", &format!("{HEADER}: {token}\r\n")).unwrap();
    assert_eq!(status, 401);
    let words = [TokenError::Used, TokenError::Malformed, TokenError::Expired].map(|error| error.to_string());
    assert!(words.contains(&body), "{body}");
    let known = ["the token was used already", "the token has expired"];
    let said = known.into_iter().find(|words| body.starts_with(words));
    said.unwrap_or("the header holds no token").to_owned()
}

/// A question that no call follows: the token.
fn ask(ports: Ports, folder: &Path, path: &str) -> Option<String> {
    let at = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let url = format!("https://localhost:{}/authorize", ports.decision);
    let output = Command::new("curl")
        .args(["--silent", "--dump-header", "-", "--cacert", &at("ca.pem")])
        .args(["--cert", &at("gateway.pem"), "--key", &at("gateway-tls.key")])
        .args(["--header", "X-Original-Method: GET", "--header", &format!("X-Original-URI: {path}")])
        .args(["--header", &format!("X-Api-Key: {API_KEY}"), &url])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    header(&said.lines().map(str::to_owned).collect::<Vec<_>>(), HEADER)
}

/// Waits until a local day is well under way and has long to go: the log has whole seconds. Which day it is.
async fn mid_day(lines: &Lines) -> Day {
    let calendar = lines.of(PROVIDER).parameters().await.unwrap();
    let DayLength::Short { ms, since } = calendar.day_length else { panic!("the days of this chain are short") };
    let first = calendar.today.get() - u32::try_from((calendar.now.get() - since.get()) / u64::from(ms)).unwrap();
    loop {
        let passed = now().get() - since.get();
        if (1_200..2_000).contains(&(passed % u64::from(ms))) {
            return Day::new(first + u32::try_from(passed / u64::from(ms)).unwrap()).unwrap();
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// Lines of the access log that say that a call was not served.
fn report_denied(folder: &Path) -> u64 {
    let log = fs::read_to_string(folder.join("access.log")).unwrap();
    log.lines().filter(|line| line.contains("HTTP/1.1\" 403")).count() as u64
}

/// Takes nginx's access log back in as events of the reconciling stream.
async fn import(ledger: &Ledger<'_>, people: &People, folder: &Path) -> AccessReport {
    let stream = StreamId::new(2);
    let rules = json!([
        { "prefix": "/trees/", "grant": 1, "grant_version": 1, "items": [0, 1], "purpose": 1, "using_system": 2 },
    ]);
    let path = folder.join("import.json");
    fs::write(&path, json!({ "stream": stream, "request_id": true, "rules": rules }).to_string()).unwrap();
    let mut vault = Vault::open(&folder.join("test.vault"), &ledger.lines().identity().genesis).unwrap();
    vault.new_call_key(mulu_proofs::ids::GrantId::new(1), &folder.join("call.key")).unwrap();
    let to = Destination {
        connection: ledger.lines().of(PROVIDER),
        submitter: ledger.submitter(PROVIDER),
        chain: ledger.lines().identity(),
        key: people.key(PROVIDER, "platform"),
    };
    let source = Source::CombinedLog(Mapping::read(&path).unwrap());
    delivery::import(to, &vault, source, &folder.join("access.log"), |_| ()).await.unwrap()
}

/// Waits until both days are compared.
async fn reconciled(lines: &Lines, ground: &Ground, busy: Day, lost: Day) -> Reconciliation {
    let started = Instant::now();
    let mut agreed = false;
    loop {
        let shown = lines.of(1).reconciliation(ground.grant).await.unwrap().unwrap();
        if let Some(open) = shown.open.iter().find(|open| open.day == busy) {
            // All calls of the busy day: reported by the one side, allowed by the other.
            agreed |= open.provider.calls == 5 && open.allowed == 5;
        }
        if shown.waited_from > lost && !shown.differing.is_empty() {
            assert!(agreed, "both reports of the busy day were there before it was compared");
            return shown;
        }
        assert!(started.elapsed() < PATIENCE, "never compared: {shown:?}");
        thread::sleep(PAUSE);
    }
}

/// The others are gone: the node allows nothing once its last block is too old.
async fn cut_off(network: &mut Network, ports: Ports) {
    for node in [1, 2, 4] {
        network.kill(node);
    }
    let started = Instant::now();
    wait_until("the node notices that it is cut off", || {
        let (status, said, _) = call(ports, "/trees/1", API_KEY).unwrap();
        assert_eq!(status, 403, "the grant is suspended, and then the node is stale");
        said.as_deref() == Some("stale")
    });
    assert!(started.elapsed() <= STALE_AFTER + Duration::from_secs(5));
}

/// Neither path nor key of a call is in the node's log.
fn no_call_is_in_a_log(network: &Network) {
    let log = fs::read_to_string(network.home(3).join("node.log")).unwrap();
    assert!(log.contains("decision point runs"), "the log of the right node");
    for word in [API_KEY, "/trees", "name=x"] {
        assert!(!log.contains(word), "{word} is in the log");
    }
}
