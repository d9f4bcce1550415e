//! Gateways at the decision point: the dialects over plain HTTP and over TLS, and what is no question.

use crate::decision::{Ground, verifier};
use mulu_decision::{Listen, Now, ServeError, ServerHandle, TlsError, TlsFiles, serve};
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::ServerName};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpStream, UnixStream},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

const LOOPBACK: &str = "127.0.0.1:0";
const NGINX: &str = "GET /authorize HTTP/1.1\r\nHost: x\r\nX-Original-Method: GET\r\nX-Original-URI: /organisations/7?a=b\r\n\
                     X-Api-Key: secret\r\n\r\n";

/// Status, headers in small letters, body.
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn reason(&self) -> (u16, Option<&str>) {
        (self.status, self.header("mulu-reason"))
    }
}

/// Sends one question and reads its answer; the connection stays.
async fn ask(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), question: &str) -> Option<Answer> {
    stream.write_all(question.as_bytes()).await.ok()?;
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let text = String::from_utf8(bytes[..head].to_vec()).unwrap();
    let mut lines = text.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let header = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
    let mut answer = Answer { status, headers: lines.filter_map(header).collect(), body: String::new() };
    let length: usize = answer.header("content-length").unwrap_or("0").parse().ok()?;
    while bytes.len() < head + 4 + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    answer.body = String::from_utf8(bytes[head + 4..].to_vec()).unwrap();
    Some(answer)
}

async fn plain(ground: &Ground) -> (ServerHandle, TcpStream) {
    let handle = serve(Listen::Loopback(LOOPBACK.parse().unwrap()), ground.desk()).await.unwrap();
    let stream = TcpStream::connect(handle.address().unwrap()).await.unwrap();
    (handle, stream)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_dialect_is_answered_with_a_token_or_a_reason() {
    let ground = Ground::of_now();
    let (_server, mut stream) = plain(&ground).await;
    let forwarded = "GET /forward HTTP/1.1\r\nHost: x\r\nX-Forwarded-Method: GET\r\nX-Forwarded-Uri: /organisations/7\r\n\
                     X-Api-Key: secret\r\n\r\n";
    let envoy = "GET /envoy/organisations/7?a=b HTTP/1.1\r\nHost: x\r\nX-Api-Key: secret\r\n\r\n";
    let mut verifier = verifier(&ground.chain);
    // All on one connection.
    for question in [NGINX, forwarded, envoy] {
        let answer = ask(&mut stream, question).await.unwrap();
        assert_eq!((answer.status, answer.header("mulu-grant")), (200, Some("1")), "{question}");
        assert_eq!(answer.header("mulu-height").unwrap(), ground.chain.head().to_string());
        let token = verifier.check(answer.header("mulu-token").unwrap(), Now::read().wall).unwrap();
        assert_eq!((token.items, token.grant.get()), (0b011, 1));
    }
    for (from, to, reason) in [
        ("secret", "guess", "unknown_consumer"),
        ("/organisations/7", "/elsewhere", "unknown_route"),
        ("/organisations/7", "/organisations/../x", "malformed"),
        ("/organisations/7", "/organisations/7/files", "item_not_granted"),
        ("X-Original-URI", "X-Forwarded-Uri", "malformed"),
        ("X-Original-Method: GET", "X-Original-Method: G T", "malformed"),
        ("/authorize", "/", "malformed"),
    ] {
        let answer = ask(&mut stream, &NGINX.replace(from, to)).await.unwrap();
        assert_eq!(answer.reason(), (403, Some(reason)), "{to}");
        assert!(answer.body.contains(&format!("\"allowed\":false,\"reason\":\"{reason}\"")), "{}", answer.body);
        assert_eq!(answer.header("mulu-token"), None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn long_questions_are_answered_and_endless_ones_are_not() {
    let ground = Ground::of_now();
    let (server, mut stream) = plain(&ground).await;
    let long = "a".repeat(20_000);
    let answer = ask(&mut stream, &NGINX.replace("a=b", &long)).await.unwrap();
    assert_eq!(answer.reason(), (403, Some("malformed")), "the path and query of a call have at most 8 KiB");
    let endless = "a".repeat(200_000);
    let mut stream = TcpStream::connect(server.address().unwrap()).await.unwrap();
    let answer = ask(&mut stream, &NGINX.replace("a=b", &endless)).await;
    assert!(answer.is_none_or(|answer| answer.status != 200));
}

#[tokio::test(flavor = "multi_thread")]
async fn health_says_whether_calls_can_be_allowed() {
    let ground = Ground::of_now();
    let (_server, mut stream) = plain(&ground).await;
    let question = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n";
    let answer = ask(&mut stream, question).await.unwrap();
    assert_eq!((answer.status, answer.body.contains("\"ready\":true")), (200, true));
    let mut ground = ground;
    let closed = ground.chain.sign("platform", mulu_client::calls::Call::close_decisions(crate::chain::GATEWAY));
    let block = ground.chain.block(&[closed]);
    ground.point.committed(&block, Now::read()).unwrap();
    let answer = ask(&mut stream, question).await.unwrap();
    assert_eq!((answer.status, answer.body.contains("not_open")), (503, true));
    assert_eq!(ask(&mut stream, NGINX).await.unwrap().reason(), (403, Some("not_open")));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_tls_only_this_machine_is_served() {
    let ground = Ground::of_now();
    let everywhere: SocketAddr = "0.0.0.0:0".parse().unwrap();
    let error = serve(Listen::Loopback(everywhere), ground.desk()).await.unwrap_err();
    assert!(matches!(error, ServeError::NotLoopback { .. }));
    let (server, _) = plain(&ground).await;
    let taken = Listen::Loopback(server.address().unwrap());
    assert!(matches!(serve(taken, ground.desk()).await.unwrap_err(), ServeError::Listen { .. }));

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("decision.sock");
    let server = serve(Listen::Unix(path.clone()), ground.desk()).await.unwrap();
    let mut stream = UnixStream::connect(&path).await.unwrap();
    assert_eq!(ask(&mut stream, NGINX).await.unwrap().status, 200);
    drop(server);
    assert!(!path.exists());
    // One that a killed process has left behind is replaced; a file of another kind is not.
    let left = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let _server = serve(Listen::Unix(path.clone()), ground.desk()).await.unwrap();
    drop(left);
    let file = folder.path().join("file");
    fs::write(&file, "mine").unwrap();
    assert!(serve(Listen::Unix(file.clone()), ground.desk()).await.is_err());
    assert_eq!(fs::read_to_string(file).unwrap(), "mine");
}

/// An authority, and certificates that it has signed.
struct Authority {
    folder: tempfile::TempDir,
    key: KeyPair,
    certificate: rcgen::Certificate,
}

impl Authority {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        fs::write(folder.path().join("ca.pem"), certificate.pem()).unwrap();
        Self { folder, key, certificate }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a certificate and its key.
    fn issue(&self, name: &str) -> (PathBuf, PathBuf) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.certificate, &self.key).unwrap();
        let (pem, key_pem) = (self.path(&format!("{name}.pem")), self.path(&format!("{name}.key")));
        fs::write(&pem, certificate.pem()).unwrap();
        fs::write(&key_pem, key.serialize_pem()).unwrap();
        (pem, key_pem)
    }

    fn files(&self) -> TlsFiles {
        let (certificate, key) = self.issue("node");
        TlsFiles { certificate, key, client_ca: self.path("ca.pem") }
    }

    /// Connects to `address` and shows a certificate, or none.
    async fn connect(&self, address: SocketAddr, shown: Option<(&Path, &Path)>) -> Option<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(self.path("ca.pem")).unwrap()).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let config = match shown {
            Some((certificate, key)) => {
                let certificate = CertificateDer::from_pem_file(certificate).unwrap();
                builder.with_client_auth_cert(vec![certificate], PrivateKeyDer::from_pem_file(key).unwrap()).unwrap()
            }
            None => builder.with_no_client_auth(),
        };
        let stream = TcpStream::connect(address).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, stream).await.ok()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn over_tls_who_shows_no_certificate_of_the_authority_is_not_served() {
    let ground = Ground::of_now();
    let (ours, others) = (Authority::new(), Authority::new());
    let listen = Listen::Tls(LOOPBACK.parse().unwrap(), ours.files());
    let server = serve(listen, ground.desk()).await.unwrap();
    let address = server.address().unwrap();
    let (certificate, key) = ours.issue("gateway");
    let mut stream = ours.connect(address, Some((&certificate, &key))).await.unwrap();
    assert_eq!(ask(&mut stream, NGINX).await.unwrap().status, 200);

    let (foreign, foreign_key) = others.issue("gateway");
    for shown in [None, Some((foreign.as_path(), foreign_key.as_path()))] {
        // In TLS 1.3 the client learns of it with the first answer.
        let answer = match ours.connect(address, shown).await {
            Some(mut stream) => ask(&mut stream, NGINX).await,
            None => None,
        };
        assert!(answer.is_none());
    }
    // Nor without TLS.
    let mut stream = TcpStream::connect(address).await.unwrap();
    assert!(ask(&mut stream, NGINX).await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_show_no_certificate_keep_no_gateway_out() {
    let ground = Ground::of_now();
    let ours = Authority::new();
    let server = serve(Listen::Tls(LOOPBACK.parse().unwrap(), ours.files()), ground.desk()).await.unwrap();
    let address = server.address().unwrap();
    let (certificate, key) = ours.issue("gateway");
    let mut before = ours.connect(address, Some((&certificate, &key))).await.unwrap();
    let mut idle = Vec::new();
    for _ in 0..200 {
        idle.push(TcpStream::connect(address).await.unwrap());
    }
    let served = async {
        let mut after = ours.connect(address, Some((&certificate, &key))).await.unwrap();
        assert_eq!(ask(&mut after, NGINX).await.unwrap().status, 200);
        assert_eq!(ask(&mut before, NGINX).await.unwrap().status, 200, "who is served is pushed out by nobody");
    };
    tokio::time::timeout(std::time::Duration::from_secs(4), served).await.unwrap();
    // The first of them had to go, long before its time was over; the last waits on.
    let mut byte = [0];
    let closed = idle[0].read(&mut byte);
    let closed = tokio::time::timeout(std::time::Duration::from_secs(2), closed).await.unwrap();
    assert!(matches!(closed, Ok(0) | Err(_)));
    assert!(idle.last().unwrap().try_read(&mut [0]).is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_consumer_may_be_known_by_the_certificate_of_its_connection() {
    let ground = Ground::of_now();
    let ours = Authority::new();
    let (certificate, key) = ours.issue("consumer");
    let digest = {
        use sha2::Digest;
        hex::encode(sha2::Sha256::digest(CertificateDer::from_pem_file(&certificate).unwrap()))
    };
    let row = format!("[[consumer]]\nname = \"c\"\ndepartment = 3\nsystem = 2\ncertificate = \"{digest}\"\n");
    ground.write_mapping(&(crate::decision::MAPPING.to_owned() + &row));
    let server = serve(Listen::Tls(LOOPBACK.parse().unwrap(), ours.files()), ground.desk()).await.unwrap();
    let mut stream = ours.connect(server.address().unwrap(), Some((&certificate, &key))).await.unwrap();
    let without_key = NGINX.replace("X-Api-Key: secret\r\n", "");
    assert_eq!(ask(&mut stream, &without_key).await.unwrap().status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_hold_no_certificates_are_named() {
    let ground = Ground::of_now();
    let ours = Authority::new();
    let good = ours.files();
    let empty = ours.path("empty.pem");
    fs::write(&empty, "nothing").unwrap();
    let (other, _) = ours.issue("other");
    for (files, words) in [
        (TlsFiles { certificate: empty.clone(), ..good.clone() }, "no certificate in PEM"),
        (TlsFiles { key: empty.clone(), ..good.clone() }, "no private key in PEM"),
        (TlsFiles { client_ca: ours.path("absent.pem"), ..good.clone() }, "absent.pem"),
        (TlsFiles { certificate: other, ..good.clone() }, "do not fit"),
    ] {
        let error = serve(Listen::Tls(LOOPBACK.parse().unwrap(), files), ground.desk()).await.unwrap_err();
        assert!(matches!(&error, ServeError::Tls(_)));
        assert!(error.to_string().contains(words), "{error}");
    }
    let garbage = ours.path("garbage.pem");
    fs::write(&garbage, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
    let files = TlsFiles { client_ca: garbage, ..good };
    let error = serve(Listen::Tls(LOOPBACK.parse().unwrap(), files), ground.desk()).await.unwrap_err();
    assert!(matches!(error, ServeError::Tls(TlsError::Authority { .. })), "{error}");
}
