//! Who may call, over TLS and without.

use crate::server::{PLAIN, Server, counts};
use mulu_bridge::{
    http::{self, HttpConfig},
    spool::SpoolConfig,
};
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use reqwest::{Client, Identity, Method};
use sha2::{Digest, Sha256};
use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
};
use tempfile::TempDir;

const TOKEN: &str = "a-token-of-twenty-and-more";
const EVENT: &str = "{\"time\":\"2026-08-01T12:30:00Z\"}";

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vector.token");
    fs::write(&path, TOKEN).unwrap();
    fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
    folder
}

fn with_caller(caller: &str) -> String {
    format!("{PLAIN}\n[[caller]]\nname = \"vector\"\ntoken_file = \"vector.token\"\n{caller}")
}

#[tokio::test]
async fn a_caller_uses_its_own_sources_with_its_own_rights() {
    let config = with_caller("may = [\"ingest\"]\nsources = [\"gateway\"]");
    let sources = [("gateway", "event"), ("bus", "event")];
    let server = Server::with(&config, folder(), &sources, SpoolConfig::default()).await;
    let bearer = format!("Bearer {TOKEN}");
    let known = [("authorization", bearer.as_str())];
    assert_eq!(counts(&server.post_with(&known, EVENT).await), (1, 0, 0));
    assert_eq!(server.refused("/ingest/gateway", &[], EVENT).await, (401, "unknown_caller".into()));
    assert_eq!(server.refused("/ingest/bus", &known, EVENT).await, (403, "forbidden".into()));
    assert_eq!(
        server.refused("/ingest/none", &known, EVENT).await.0,
        403,
        "what it may not see is neither there nor not"
    );
    assert_eq!(server.send(Method::HEAD, "/ingest/gateway", &[], "").await.status(), 401);
    assert_eq!(server.send(Method::HEAD, "/ingest/gateway", &known, "").await.status(), 200);
    assert_eq!(server.send(Method::OPTIONS, "/ingest/gateway", &[], "").await.status(), 204);
    let logs = [known[0], ("content-type", "application/json")];
    assert_eq!(server.send(Method::POST, "/v1/logs", &logs, "{}").await.status(), 200, "its only source");
}

#[tokio::test]
async fn who_has_several_sources_names_one_for_logs() {
    let config = with_caller("may = [\"ingest\"]");
    let sources = [("gateway", "event"), ("bus", "event")];
    let server = Server::with(&config, folder(), &sources, SpoolConfig::default()).await;
    let bearer = format!("Bearer {TOKEN}");
    let logs = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    assert_eq!(server.refused("/v1/logs", &logs, "{}").await, (400, "several_sources".into()));
    assert_eq!(server.refused("/ingest/none/v1/logs", &logs, "{}").await, (404, "unknown_source".into()));
    assert_eq!(server.send(Method::POST, "/ingest/bus/v1/logs", &logs, "{}").await.status(), 200);
}

#[tokio::test]
async fn a_rate_is_429_with_the_time_to_come_again() {
    let config = with_caller("may = [\"ingest\"]\nrequests_per_second = 1");
    let server = Server::with(&config, folder(), &[("gateway", "event")], SpoolConfig::default()).await;
    let bearer = format!("Bearer {TOKEN}");
    let known = [("authorization", bearer.as_str())];
    server.post_with(&known, EVENT).await;
    let answer = server.send(Method::POST, "/ingest/gateway", &known, EVENT).await;
    assert_eq!((answer.status().as_u16(), &answer.headers()["retry-after"]), (429, &"1".parse().unwrap()));
}

/// An authority, and certificates that it has signed; `other` is signed by nobody.
fn certificates(folder: &Path) -> (String, Identity, Identity, reqwest::Certificate) {
    let mut params = CertificateParams::new(vec![]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let authority = params.self_signed(&key).unwrap();
    let signed = |name: &str| {
        let own = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        (params.signed_by(&own, &authority, &key).unwrap(), own)
    };
    let (server, server_key) = signed("localhost");
    let (client, client_key) = signed("gateway");
    let other_key = KeyPair::generate().unwrap();
    let other = CertificateParams::new(vec!["gateway".to_owned()]).unwrap().self_signed(&other_key).unwrap();
    for (name, text) in
        [("own.pem", server.pem()), ("own.key", server_key.serialize_pem()), ("ca.pem", authority.pem())]
    {
        fs::write(folder.join(name), text).unwrap();
    }
    let identity =
        |certificate: &str, key: &KeyPair| Identity::from_pem((key.serialize_pem() + certificate).as_bytes()).unwrap();
    let root = reqwest::Certificate::from_pem(authority.pem().as_bytes()).unwrap();
    (
        hex::encode(Sha256::digest(client.der())),
        identity(&client.pem(), &client_key),
        identity(&other.pem(), &other_key),
        root,
    )
}

#[tokio::test]
async fn a_certificate_of_the_authority_says_who_calls() {
    let folder = tempfile::tempdir().unwrap();
    let (sha256, identity, other, root) = certificates(folder.path());
    let config = format!(
        "{PLAIN}\ntls = {{ certificate = \"own.pem\", key = \"own.key\", client_ca = \"ca.pem\" }}\n\
         [[caller]]\nname = \"gateway\"\ncertificate_sha256 = \"{sha256}\"\nmay = [\"ingest\"]"
    );
    let server = Server::with(&config, folder, &[("gateway", "event")], SpoolConfig::default()).await;
    let url = format!("https://localhost:{}/ingest/gateway", server.address.port());
    let builder = || Client::builder().use_rustls_tls().add_root_certificate(root.clone());
    let known = builder().identity(identity).build().unwrap();
    assert_eq!(known.post(&url).body(EVENT).send().await.unwrap().status(), 200);
    let unsigned = builder().identity(other).build().unwrap();
    assert!(unsigned.post(&url).body(EVENT).send().await.is_err(), "the handshake fails");
    assert!(builder().build().unwrap().post(&url).body(EVENT).send().await.is_err());
    assert!(
        server.client.post(server.url("/ingest/gateway")).body(EVENT).send().await.is_err(),
        "plain on a port of TLS"
    );
    assert_eq!(server.waiting(), 1);
}

#[tokio::test]
async fn what_would_be_open_to_others_does_not_start() {
    let folder = folder();
    let why = |text: &str| {
        let mut config: HttpConfig = toml::from_str(text).unwrap();
        config.below(folder.path());
        async move { http::bind(&config).await.err().map(|error| error.to_string()).unwrap_or_default() }
    };
    let caller = "[[caller]]\nname = \"v\"\ntoken_file = \"vector.token\"\nmay = [\"ingest\"]";
    let open = why("listen = \"0.0.0.0:0\"").await;
    assert!(open.contains("add a [[http.caller]]"), "{open}");
    let plain = why(&format!("listen = \"0.0.0.0:0\"\n{caller}")).await;
    assert!(plain.contains("allow_plain = true"), "{plain}");
    assert_eq!(why(&format!("listen = \"0.0.0.0:0\"\nallow_plain = true\n{caller}")).await, "");
    let certificate = "[[caller]]\nname = \"v\"\ncertificate_sha256 = \"00\"\nmay = [\"ingest\"]";
    assert!(why(&format!("{PLAIN}\n{certificate}")).await.contains("needs client_ca"));
    fs::set_permissions(folder.path().join("vector.token"), Permissions::from_mode(0o644)).unwrap();
    assert!(why(&format!("{PLAIN}\n{caller}")).await.contains("chmod 600"));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    assert!(why(&format!("listen = \"{address}\"")).await.contains(&format!("listen on {address}")));
}
