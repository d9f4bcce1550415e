#![allow(clippy::unwrap_used, reason = "a test may")]

use super::*;
use axum::{
    Extension,
    body::{Bytes, to_bytes},
    routing::{get, post},
};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    time::UNIX_EPOCH,
};
use tower::Service;

const TOKEN: &str = "a-token-of-twenty-and-more";
const KEY: &str = "a-key-of-twenty-and-more-yet";

fn gate(text: &str) -> Gate {
    #[derive(serde::Deserialize)]
    struct File {
        caller: Vec<CallerConfig>,
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, secret) in [("token", TOKEN), ("key", KEY)] {
        let path = folder.path().join(name);
        fs::write(&path, secret).unwrap();
        fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
    }
    let mut file: File = toml::from_str(text).unwrap();
    file.caller.iter_mut().for_each(|caller| caller.below(folder.path()));
    Gate::new(&file.caller, Room::default()).unwrap()
}

fn some() -> Gate {
    let certificate = "ab".repeat(32);
    gate(&format!(
        r#"caller = [
            {{ name = "vector", token_file = "token", may = ["ingest"], requests_per_second = 3 }},
            {{ name = "portal", hmac_file = "key", may = ["ingest", "requests"] }},
            {{ name = "gateway", certificate_sha256 = "{certificate}", may = ["ingest"] }},
        ]"#
    ))
}

async fn echo(Extension(caller): Extension<Arc<Caller>>, body: Bytes) -> String {
    format!("{} {}", caller.name(), String::from_utf8_lossy(&body))
}

fn router(gate: &Gate, right: Right) -> Router {
    gate.guard(right, Router::new().route("/x", post(echo).get(echo).options(|| async { "asked" }))).merge(
        gate.guard(
            Right::Operate,
            Router::new()
                .route("/health", get(|| async { "well" }))
                .route("/live", get(|| async { "live" }))
                .route("/status", get(echo)),
        ),
    )
}

async fn answer(router: &mut Router, request: Request) -> (u16, String) {
    let response = router.call(request).await.unwrap();
    let status = response.status().as_u16();
    (status, String::from_utf8(to_bytes(response.into_body(), 10_000).await.unwrap().to_vec()).unwrap())
}

fn request(method: &str, target: &str, headers: &[(&str, &str)]) -> Request {
    let builder = Request::builder().method(method).uri(target);
    let builder = headers.iter().fold(builder, |builder, (name, value)| builder.header(*name, *value));
    builder.body(Body::from("body")).unwrap()
}

fn signed(seconds: u64, signed: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(KEY.as_bytes()).unwrap();
    mac.update(format!("{seconds}.{signed}").as_bytes());
    format!("t={seconds},v1={}", hex::encode(mac.finalize().into_bytes()))
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

#[tokio::test]
async fn a_token_says_who_calls() {
    let mut router = router(&some(), Right::Ingest);
    let bearer = format!("Bearer {TOKEN}");
    let with = |value: &str| request("POST", "/x", &[("authorization", value)]);
    assert_eq!(answer(&mut router, with(&bearer)).await, (200, "vector body".into()));
    assert_eq!(answer(&mut router, with(&bearer.replace("Bearer", "bearer"))).await.0, 200);
    for wrong in ["Bearer another-token-of-twenty", "Bearer ", "Basic dTpw", &format!("Bearer {KEY}"), "x"] {
        assert_eq!(answer(&mut router, with(wrong)).await.0, 401, "{wrong}");
    }
    assert_eq!(answer(&mut router, request("POST", "/x", &[])).await.0, 401);
}

#[tokio::test]
async fn who_may_not_is_told_so() {
    let mut router = router(&some(), Right::Events);
    let bearer = format!("Bearer {TOKEN}");
    let (status, body) = answer(&mut router, request("POST", "/x", &[("authorization", &bearer)])).await;
    assert_eq!(status, 403);
    assert!(body.contains("\"error\":\"forbidden\""), "{body}");
    assert_eq!(answer(&mut router, request("GET", "/status", &[("authorization", &bearer)])).await.0, 403);
}

#[tokio::test]
async fn a_rate_is_kept() {
    let mut router = router(&some(), Right::Ingest);
    let bearer = format!("Bearer {TOKEN}");
    for status in [200, 200, 200, 429] {
        let response = router.call(request("POST", "/x", &[("authorization", &bearer)])).await.unwrap();
        assert_eq!(response.status().as_u16(), status);
        assert_eq!(response.headers().contains_key("retry-after"), status == 429);
    }
}

#[tokio::test]
async fn a_signature_says_who_calls_and_for_what() {
    let mut router = router(&some(), Right::Ingest);
    let good = signed(now(), "POST./x?a=1.body");
    let with = |value: &str| request("POST", "/x?a=1", &[("mulu-signature", value)]);
    assert_eq!(answer(&mut router, with(&good)).await, (200, "portal body".into()), "the body is still there");
    let named = |name| request("POST", "/x?a=1", &[("mulu-signature", &good), ("mulu-caller", name)]);
    assert_eq!(answer(&mut router, named("portal")).await.0, 200);
    assert_eq!(answer(&mut router, named("vector")).await.0, 401);
    let wrong = [
        signed(now(), "POST./x.body"),
        signed(now(), "GET./x?a=1.body"),
        signed(now(), "POST./x?a=1.bodx"),
        signed(now() - 400, "POST./x?a=1.body"),
        "sha256=00".into(),
    ];
    for wrong in wrong {
        assert_eq!(answer(&mut router, with(&wrong)).await.0, 401, "{wrong}");
    }
}

#[tokio::test]
async fn a_signed_body_is_bounded_too() {
    let mut router = router(&some(), Right::Ingest);
    let long = vec![b'a'; BODY_BYTES_MAX + 1];
    let request = Request::post("/x").header("mulu-signature", signed(now(), "x")).body(Body::from(long)).unwrap();
    assert_eq!(answer(&mut router, request).await.0, 413);
}

#[tokio::test]
async fn a_certificate_says_who_calls() {
    let mut router = router(&some(), Right::Ingest);
    let shown = |byte| {
        let mut request = request("POST", "/x", &[]);
        request.extensions_mut().insert(Certificate([byte; 32]));
        request
    };
    assert_eq!(answer(&mut router, shown(0xab)).await, (200, "gateway body".into()));
    assert_eq!(answer(&mut router, shown(0xac)).await.0, 401);
}

#[tokio::test]
async fn health_and_the_handshake_of_webhooks_ask_for_nothing() {
    let mut ingest = router(&some(), Right::Ingest);
    assert_eq!(answer(&mut ingest, request("GET", "/health", &[])).await, (200, "well".into()));
    assert_eq!(answer(&mut ingest, request("GET", "/live", &[])).await, (200, "live".into()));
    assert_eq!(answer(&mut ingest, request("OPTIONS", "/x", &[])).await, (200, "asked".into()));
    assert_eq!(answer(&mut ingest, request("GET", "/status", &[])).await.0, 401);
    let mut events = router(&some(), Right::Events);
    assert_eq!(answer(&mut events, request("OPTIONS", "/x", &[])).await.0, 401);
}

#[tokio::test]
async fn without_callers_this_machine_may_all_and_no_page_may() {
    let mut router = router(&Gate::new(&[], Room::default()).unwrap(), Right::Events);
    for host in ["127.0.0.1:9800", "localhost", "LOCALHOST:9800", "[::1]:9800", "[::1]"] {
        assert_eq!(
            answer(&mut router, request("POST", "/x", &[("host", host)])).await,
            (200, "this machine body".into()),
            "{host}"
        );
    }
    for headers in [
        [("host", "bridge.example:9800"), ("x", "y")],
        [("host", "127.0.0.1.example"), ("x", "y")],
        [("host", "localhost"), ("origin", "http://localhost")],
        [("host", "localhost"), ("sec-fetch-site", "cross-site")],
    ] {
        assert_eq!(answer(&mut router, request("POST", "/x", &headers)).await.0, 403, "{headers:?}");
    }
}

#[test]
fn a_router_of_no_routes_needs_no_gate() {
    assert!(!some().guard(Right::Ingest, Router::new()).has_routes());
}
