//! What whoever looks after a bridge asks over HTTP.

use crate::server::Server;
use mulu_bridge::{quarantine::Listed, spool::SpoolConfig};
use reqwest::Method;
use serde_json::{Value, json};

const CALLER: &str = "listen = \"127.0.0.1:0\"\n[[caller]]\nname = \"operator\"\ntoken_file = \"token\"\nmay = [\"operate\", \"ingest\"]\n";
const TOKEN: (&str, &str) = ("authorization", "Bearer 0123456789abcdef0123456789abcdef");

async fn server(spool: SpoolConfig) -> Server {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, TOKEN.1.trim_start_matches("Bearer ")).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    Server::with(CALLER, folder, &[("gateway", "event"), ("bus", "event")], spool).await
}

async fn asked(server: &Server, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> (u16, Value) {
    let answer = server.send(method, path, headers, body).await;
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or_else(|_| panic!("{path} answers {text:?}")))
}

#[tokio::test]
async fn health_is_open_to_everybody_and_says_what_stands_still() {
    let server = server(SpoolConfig { max_quarantine_bytes: 1, ..SpoolConfig::default() }).await;
    let get = async |path: &str| asked(&server, Method::GET, path, &[], "").await;
    assert_eq!(get("/health").await, (200, json!({ "is_taking": true, "why": null, "standing": {} })));
    server.spool.metrics().trouble("source/bus", Some("zhang-san has no access"));
    let standing = json!({ "is_taking": false, "why": null, "standing": { "bus": "not_read" } });
    assert_eq!(get("/health").await, (503, standing));
    server.spool.metrics().trouble("source/bus", None);
    // One record that can be no event, and the quarantine is full: that concerns every source.
    let (status, _) = asked(&server, Method::POST, "/ingest/gateway", &[TOKEN], "{\"time\":\"x\"}").await;
    assert_eq!(status, 200);
    assert_eq!(get("/health").await, (503, json!({ "is_taking": false, "why": "quarantine_full", "standing": {} })));
    let (status, refused) = asked(&server, Method::POST, "/ingest/gateway", &[TOKEN], "{\"time\":\"y\"}").await;
    assert_eq!((status, &refused["error"]), (503, &json!("quarantine_full")));
    assert_eq!(get("/live").await, (200, json!({ "is_live": true })), "nobody restarts it for that");
    let drop = json!({ "chosen": {}, "why": "a test" }).to_string();
    let (status, dropped) = asked(&server, Method::POST, "/quarantine/drop", &[TOKEN], &drop).await;
    assert_eq!((status, &dropped["dropped"]), (200, &json!(1)));
    assert_eq!(get("/health").await.0, 200);
}

#[tokio::test]
async fn everything_else_asks_for_the_right_and_answers_in_the_usual_form() {
    let server = server(SpoolConfig::default()).await;
    for (method, path, headers, body, status, word) in [
        (Method::GET, "/status", &[][..], "", 401, "unknown_caller"),
        (Method::GET, "/quarantine/count", &[], "", 401, "unknown_caller"),
        (Method::GET, "/quarantine?rows=x", &[TOKEN], "", 400, "form"),
        (Method::GET, "/quarantine?page=1", &[TOKEN], "", 400, "form"),
        (Method::GET, "/quarantine/count?from=-1", &[TOKEN], "", 400, "form"),
        (Method::POST, "/quarantine/drop", &[TOKEN], "[1]", 400, "form"),
        (Method::POST, "/quarantine/retry", &[TOKEN], "nonsense", 400, "form"),
        (Method::PUT, "/quarantine/drop", &[TOKEN], "", 405, "other_method"),
        (Method::GET, "/nothing", &[TOKEN], "", 404, "no_such_path"),
    ] {
        let (code, told) = asked(&server, method, path, headers, body).await;
        assert_eq!((code, &told["error"]), (status, &json!(word)), "{path}: {told}");
        let message = told["message"].as_str().unwrap();
        assert!(!message.contains("struct") && !message.contains("u64"), "{message}");
    }
    // However the body calls itself.
    let (status, listed) = asked(&server, Method::GET, "/quarantine?source=bus&reason=no_time", &[TOKEN], "").await;
    assert_eq!((status, serde_json::from_value::<Listed>(listed).unwrap()), (200, Listed::default()));
}
