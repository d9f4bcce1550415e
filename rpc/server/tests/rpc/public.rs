//! The listener for others: limits by address and account, web pages, proxies, and what a log holds of a token.

use crate::{
    chain::{Chain, Server, key},
    ledger::code,
    signin::{bearer, by_path, nobody, open, open_with, sign_in},
};
use jsonrpsee::{
    core::{
        client::{BatchResponse, ClientT, Error},
        params::BatchRequestBuilder,
    },
    rpc_params,
    ws_client::WsClientBuilder,
};
use mulu_rpc::{Public, RpcError};
use mulu_rpc_api::{Hex, codes, departments::DepartmentsClient, signin::SignInClient, system::SystemClient};
use serde_json::{Value, json};
use std::{
    io::Write,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Sends raw HTTP and returns head and body of the answer; nothing where the connection is closed without one.
async fn raw(address: SocketAddr, request: &str) -> (String, String) {
    let mut socket = TcpStream::connect(address).await.unwrap();
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A server that closes at once may reset.
    let _ = socket.read_to_end(&mut answer).await;
    let answer = String::from_utf8(answer).unwrap();
    answer.split_once("\r\n\r\n").map_or_else(Default::default, |(head, body)| (head.to_lowercase(), body.to_owned()))
}

/// A call as raw HTTP, with further headers.
fn post(path: &str, headers: &str, method: &str, params: &Value) -> String {
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
    format!(
        "POST {path} HTTP/1.1\r\nHost: node\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{headers}Connection: close\r\n\r\n{body}",
        body.len()
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_makes_so_many_calls_and_an_account_so_many() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let address = open_with(&server, |rules| Public { calls_of_address: 4, calls_of_account: 8, ..rules }).await;
    let client = nobody(address);
    // Five seconds' worth at once: 20 calls, of which a sign-in costs six.
    let token = sign_in(address, "officer").await.token;
    let mut made = 0;
    let refused = loop {
        match client.health().await {
            Ok(_) => made += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(code(&refused), codes::TOO_MANY_CALLS);
    assert!((14..20).contains(&made), "{made}");
    // The account has calls of its own.
    let signed_in = bearer(address, &token);
    let mut batch = BatchRequestBuilder::new();
    for _ in 0..60 {
        batch.insert("system_health", rpc_params![]).unwrap();
    }
    let answers: BatchResponse<'_, Value> = signed_in.batch_request(batch).await.unwrap();
    assert!((40..50).contains(&answers.num_successful_calls()), "{}", answers.num_successful_calls());
    let refusals: Vec<i32> = answers.into_iter().filter_map(|answer| answer.err().map(|error| error.code())).collect();
    assert!(!refusals.is_empty() && refusals.iter().all(|code| *code == codes::TOO_MANY_CALLS));
    // A second later there are some again.
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    client.health().await.unwrap();
    signed_in.departments(None, None).await.unwrap();
    // This machine's programs are not counted.
    let local = server.http();
    for _ in 0..200 {
        local.health().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn large_parameters_cost_as_much_as_many_calls() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let address = open_with(&server, |rules| Public { calls_of_address: 4, ..rules }).await;
    let client = nobody(address);
    let large = "0".repeat(3 * 1024 * 1024);
    let _ = client.request::<Value, _>("system_health", rpc_params![&large]).await;
    assert_eq!(code(&client.health().await.unwrap_err()), codes::TOO_MANY_CALLS);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_has_so_many_connections() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let address = open_with(&server, |rules| Public { connections_of_address: 3, ..rules }).await;
    let url = format!("ws://{address}");
    let mut open = Vec::new();
    for _ in 0..3 {
        open.push(WsClientBuilder::default().build(&url).await.unwrap());
    }
    assert!(WsClientBuilder::default().build(&url).await.is_err());
    open.clear();
    let again = async {
        while WsClientBuilder::default().build(&url).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), again).await.expect("closed connections make room");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trusted_proxy_says_whose_call_it_is() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let proxies = |trusted: &[&str]| trusted.iter().map(|text| text.parse().unwrap()).collect::<Vec<_>>();
    for (trusted, is_told_apart) in [(proxies(&["127.0.0.1"]), true), (proxies(&[]), false)] {
        let rules = |rules| Public { calls_of_address: 2, trusted_proxies: trusted, ..rules };
        let address = open_with(&server, rules).await;
        let call = async |client: &str| {
            let headers = format!("X-Forwarded-For: 1.2.3.4, {client}\r\n");
            raw(address, &post("/", &headers, "system_health", &json!([]))).await.1
        };
        for _ in 0..12 {
            call("10.0.0.1").await;
        }
        assert!(call("10.0.0.1").await.contains("6011"));
        assert_eq!(call("10.0.0.2").await.contains("isSyncing"), is_told_apart);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_the_configuration_may_call_and_no_others() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let cors = vec!["https://console.example.cn".to_owned()];
    let address = open_with(&server, |rules| Public { cors, ..rules }).await;
    let ask = |origin: &str| {
        format!(
            "OPTIONS / HTTP/1.1\r\nHost: node\r\nOrigin: {origin}\r\nAccess-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: authorization\r\nConnection: close\r\n\r\n"
        )
    };
    let (head, _) = raw(address, &ask("https://console.example.cn")).await;
    for words in [
        "204",
        "access-control-allow-origin: https://console.example.cn",
        "access-control-allow-methods: get, post",
        "access-control-allow-headers: authorization, content-type",
        "vary: origin",
    ] {
        assert!(head.contains(words), "{words} is not in {head}");
    }
    let call = |origin: &str| post("/", &format!("Origin: {origin}\r\n"), "system_health", &json!([]));
    let (head, body) = raw(address, &call("https://console.example.cn")).await;
    assert!(head.contains("access-control-allow-origin: https://console.example.cn") && body.contains("isSyncing"));
    for origin in ["https://evil.example", "null", "http://console.example.cn", "http://localhost:3000"] {
        for request in [ask(origin), call(origin)] {
            let (head, _) = raw(address, &request).await;
            assert!(head.contains("403") && !head.contains("access-control"), "{origin}: {head}");
        }
    }
    // A page opens WebSockets to anywhere: its origin is looked at there too.
    let upgrade = |origin: &str| {
        format!(
            "GET / HTTP/1.1\r\nHost: node\r\nOrigin: {origin}\r\nConnection: Upgrade, Close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
    };
    assert!(raw(address, &upgrade("https://evil.example")).await.0.contains("403"));
}

#[tokio::test(flavor = "multi_thread")]
async fn any_host_name_reaches_the_listener_for_others_and_health_is_open() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let address = open(&server).await;
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: node.example.cn\r\nConnection: close\r\n\r\n");
    for path in ["/health", "/health/readiness"] {
        let (head, body) = raw(address, &get(path)).await;
        assert!(head.contains("200") && body.contains("isSyncing"), "{head}");
    }
    assert!(raw(server.handle.address(), &get("/health")).await.0.contains("403"), "the machine's own takes none");
    assert!(raw(address, &get("/metrics")).await.0.contains("404"), "metrics are for who runs the node");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tokens_in_one_request_are_refused() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let address = open(&server).await;
    let (one, other) = ("ab".repeat(32), "cd".repeat(32));
    let headers = format!("Authorization: Bearer {other}\r\n");
    let (head, _) = raw(address, &post(&format!("/t/{one}"), &headers, "system_health", &json!([]))).await;
    assert!(head.contains("400"), "{head}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_under_another_path_is_not_passed_over() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let address = open(&server).await;
    let token = "ab".repeat(32);
    for path in ["/T/", "//t/", "/mulu/t/", "/health/"] {
        let (head, body) = raw(address, &post(&format!("{path}{token}"), "", "system_health", &json!([]))).await;
        assert!(head.starts_with("http/1.1 404") && !body.contains(&token), "{path}: {head}");
    }
    let (_, body) = raw(address, &post(&format!("/t/{token}/"), "", "system_health", &json!([]))).await;
    assert!(body.contains("6009"), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn subscriptions_over_plain_http_are_refused_with_words() {
    let chain = Chain::new();
    let server = chain.serve().await;
    for method in ["chain_subscribeNewHeads", "chain_unsubscribeNewHeads", "author_unwatchExtrinsic"] {
        let refused = server.http().request::<Value, _>(method, rpc_params!["x"]).await.unwrap_err();
        assert_eq!(code(&refused), -32600, "{refused}");
        assert!(refused.to_string().contains("WebSocket"), "{refused}");
    }
    let unknown = server.http().request::<Value, _>("nothing_subscribe", rpc_params![]).await.unwrap_err();
    assert_eq!(code(&unknown), -32601);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_the_machines_own_is_not_there_for_others() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let address = open(&server).await;
    let client = bearer(address, &sign_in(address, "officer").await.token);
    let listed = client.methods().await.unwrap().methods;
    let own = server.http().methods().await.unwrap().methods;
    for method in ["system_peers", "decision_decide"] {
        assert!(own.iter().any(|name| name == method) && !listed.iter().any(|name| name == method), "{method}");
        let refused = client.request::<Value, _>(method, rpc_params![]).await.unwrap_err();
        assert_eq!(code(&refused), -32601);
        assert!(refused.to_string().contains("RPC call is unsafe to be called externally"), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_listeners_stop_with_the_server() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let address = open(&server).await;
    let open_connection = by_path(address, &sign_in(address, "officer").await.token).await;
    open_connection.departments(None, None).await.unwrap();
    server.handle.stop().await;
    assert!(open_connection.departments(None, None).await.is_err());
    assert!(nobody(address).health().await.is_err());
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_taken_is_refused_with_the_way_out() {
    let chain = Chain::new();
    let server: Server = chain.serve().await;
    let taken = server.handle.open(Public::new(server.handle.address())).await.unwrap_err();
    assert!(matches!(taken, RpcError::ListenPublic { .. }) && taken.to_string().contains("rpc.public.listen"));
}

/// What is logged, kept.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

// On one thread, so that everything that the server does is logged into this test's own log.
#[tokio::test(flavor = "current_thread")]
async fn no_log_and_no_error_holds_a_token() {
    let kept = Kept::default();
    let writer = kept.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter("trace")
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let chain = Chain::new();
    let server = chain.serve().await;
    let address = open(&server).await;
    // Raw, since jsonrpsee's own client logs at trace what it is answered.
    let (_, answer) = raw(address, &post("/", "", "signin_challenge", &json!([]))).await;
    let offer: Value = serde_json::from_str(&answer).unwrap();
    let challenge: mulu_rpc_api::signin::Challenge =
        serde_json::from_value(offer["result"]["challenge"].clone()).unwrap();
    let signature = Hex(key("officer").sign(&challenge.signed_bytes()).to_vec());
    let params = json!([hex::encode(key("officer").public()), signature, challenge]);
    let (_, answer) = raw(address, &post("/", "", "signin_token", &params)).await;
    let session: Value = serde_json::from_str(&answer).unwrap();
    let token = session["result"]["token"].as_str().unwrap().to_owned();
    let mut answers = Vec::new();
    for token in [token.clone(), "ef".repeat(32)] {
        let header = format!("Authorization: Bearer {token}\r\n");
        for (path, header) in [("/", header.as_str()), (&*format!("/t/{token}"), "")] {
            for method in ["departments_list", "chain_getBlock", "nothing_of_the_kind"] {
                answers.push(raw(address, &post(path, header, method, &json!([]))).await);
            }
            let upgrade = format!(
                "GET {path} HTTP/1.1\r\nHost: node\r\n{header}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            );
            let mut socket = TcpStream::connect(address).await.unwrap();
            socket.write_all(upgrade.as_bytes()).await.unwrap();
            let mut answer = [0; 64];
            socket.read_exact(&mut answer).await.unwrap();
            assert!(answer.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&answer));
        }
    }
    assert!(answers.iter().any(|(_, body)| body.contains("credit_code")), "some were answered");
    server.handle.stop().await;
    let log = String::from_utf8_lossy(&kept.0.lock().unwrap()).to_lowercase();
    assert!(log.contains("jsonrpsee") && log.contains("departments_list"), "the log was kept");
    for token in [token, "ef".repeat(32)] {
        assert!(!log.contains(&token), "a token is in the log");
        assert!(!answers.iter().any(|(head, body)| head.contains(&token) || body.contains(&token)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_up_address_still_lets_those_who_signed_in_work() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let address = open_with(&server, |rules| Public { calls_of_address: 2, ..rules }).await;
    let client = bearer(address, &sign_in(address, "officer").await.token);
    let stranger = nobody(address);
    while !matches!(stranger.health().await, Err(Error::Call(_))) {}
    assert_eq!(code(&stranger.sign_in_challenge().await.unwrap_err()), codes::TOO_MANY_CALLS);
    client.departments(None, None).await.unwrap();
}
