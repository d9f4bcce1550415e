//! What is no call costs its sender as much as one: what does not read, members of batches that are none, notifications.

use crate::{
    chain::Chain,
    ledger::code,
    signin::{bearer, nobody, open_with, sign_in},
};
use jsonrpsee::{
    core::client::{ClientT, Error},
    http_client::HttpClient,
    rpc_params,
    types::error::INVALID_REQUEST_CODE,
    ws_client::WsClientBuilder,
};
use mulu_rpc::Public;
use mulu_rpc_api::{codes, system::SystemClient};
use serde_json::{Value, json};
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

const PATIENCE: Duration = Duration::from_secs(20);
/// Calls a second; five seconds' worth may be made at once.
const RATE: u32 = 4;
const BURST: usize = 5 * RATE as usize;

async fn served(chain: &Chain) -> (crate::chain::Server, SocketAddr) {
    let server = chain.serve().await;
    let rules = |rules| Public { calls_of_address: RATE, calls_of_account: 2 * RATE, ..rules };
    let address = open_with(&server, rules).await;
    (server, address)
}

/// Posts a body; status and what it was answered.
async fn post(address: SocketAddr, headers: &str, body: &str) -> (u16, String) {
    let mut socket = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{headers}Connection: close\r\n\r\n{body}",
        body.len()
    );
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    timeout(PATIENCE, socket.read_to_string(&mut answer)).await.unwrap().unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split_whitespace().nth(1).unwrap().parse().unwrap(), body.to_owned())
}

async fn is_used_up(client: &HttpClient) -> bool {
    match client.health().await {
        Ok(_) => false,
        Err(error) => code(&error) == codes::TOO_MANY_CALLS,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_do_not_read_are_counted_and_refused_when_there_are_too_many() {
    let chain = Chain::new();
    let (_server, address) = served(&chain).await;
    let (mut answered, mut refused) = (0, 0);
    for body in ["{", "nonsense", "{}", "[]", ""].into_iter().cycle().take(2 * BURST) {
        // What is not JSON at all is answered with 400, what is no call with an error of JSON-RPC.
        match post(address, "", body).await.0 {
            429 => refused += 1,
            _ => answered += 1,
        }
    }
    assert!((BURST..BURST + 8).contains(&answered) && refused > 0, "{answered} {refused}");
    assert!(is_used_up(&nobody(address)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_read_is_the_accounts_where_one_has_signed_in() {
    let chain = Chain::new();
    let (_server, address) = served(&chain).await;
    let token = sign_in(address, "officer").await.token;
    let header = format!("Authorization: Bearer {}\r\n", token.0);
    while post(address, &header, "{").await.0 != 429 {}
    assert!(is_used_up(&bearer(address, &token)).await);
    assert!(!is_used_up(&nobody(address)).await, "the address has its own");
}

#[tokio::test(flavor = "multi_thread")]
async fn members_of_batches_that_are_no_calls_are_counted() {
    let chain = Chain::new();
    let (_server, address) = served(&chain).await;
    let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "system_chain", "params": [] });
    let mixed = [vec![json!(1); BURST], vec![call]].concat();
    let (_, answer) = post(address, "", &json!(mixed).to_string()).await;
    let answers: Vec<Value> = serde_json::from_str(&answer).unwrap();
    let codes_of =
        |answers: &[Value]| answers.iter().filter_map(|one| one["error"]["code"].as_i64()).collect::<Vec<_>>();
    let found = codes_of(&answers);
    assert_eq!(found.len(), BURST + 1, "{answer}");
    assert!(found[..BURST].iter().all(|code| *code == i64::from(INVALID_REQUEST_CODE)));
    assert_eq!(found[BURST], i64::from(codes::TOO_MANY_CALLS), "nothing is left for the call behind them");
    // Where no member is a call, all are counted the same.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let none = json!(vec![json!({ "id": 7 }); BURST]).to_string();
    let _ = post(address, "", &none).await;
    assert!(is_used_up(&nobody(address)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn notifications_are_counted() {
    let chain = Chain::new();
    let (_server, address) = served(&chain).await;
    let client = nobody(address);
    for _ in 0..BURST {
        let _ = client.notification("system_chain", rpc_params![]).await;
    }
    assert!(is_used_up(&client).await);
    let (_other_server, other) = served(&chain).await;
    let batch = json!(vec![json!({ "jsonrpc": "2.0", "method": "system_chain", "params": [] }); BURST]);
    let _ = post(other, "", &batch.to_string()).await;
    assert!(is_used_up(&nobody(other)).await, "in a batch too");
}

/// A text frame of a client, under a mask of zeros.
fn frame(text: &str) -> Vec<u8> {
    [&[0x81, 0x80 | u8::try_from(text.len()).unwrap(), 0, 0, 0, 0], text.as_bytes()].concat()
}

async fn web_socket(address: SocketAddr) -> TcpStream {
    let mut socket = TcpStream::connect(address).await.unwrap();
    let upgrade = "GET / HTTP/1.1\r\nHost: node\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    socket.write_all(upgrade.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(timeout(PATIENCE, socket.read_u8()).await.unwrap().unwrap());
    }
    assert!(head.starts_with(b"HTTP/1.1 101"));
    socket
}

#[tokio::test(flavor = "multi_thread")]
async fn a_web_socket_on_which_too_much_does_not_read_is_closed() {
    let chain = Chain::new();
    for garbage in ["nonsense", "{}", "[]", "{\"id\":\"x\"}"] {
        let (_server, address) = served(&chain).await;
        let mut socket = web_socket(address).await;
        for _ in 0..4 * BURST {
            // Once it is closed nothing can be written any more.
            let _ = socket.write_all(&frame(garbage)).await;
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let mut answers = Vec::new();
        // It may end with a reset, since something was not read.
        let _ =
            timeout(PATIENCE, socket.read_to_end(&mut answers)).await.expect("the connection should have been closed");
        let text = String::from_utf8_lossy(&answers).into_owned();
        let answered = text.matches("\"error\"").count();
        assert!((BURST..3 * BURST).contains(&answered), "{garbage}: {answered}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn some_garbage_between_calls_ends_nothing() {
    let chain = Chain::new();
    let (_server, address) = served(&chain).await;
    let mut socket = web_socket(address).await;
    for _ in 0..3 {
        socket.write_all(&frame("nonsense")).await.unwrap();
    }
    socket.write_all(&frame(r#"{"jsonrpc":"2.0","id":9,"method":"system_chain","params":[]}"#)).await.unwrap();
    let mut text = String::new();
    while !text.contains("mulu-rpc-test") {
        let mut bytes = [0; 512];
        let read = timeout(PATIENCE, socket.read(&mut bytes)).await.unwrap().unwrap();
        assert!(read > 0, "{text}");
        text.push_str(&String::from_utf8_lossy(&bytes[..read]));
    }
    assert_eq!(text.matches("Parse error").count(), 3);
    // A library's client is none of this.
    let client = WsClientBuilder::default().build(format!("ws://{address}")).await.unwrap();
    client.health().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn this_machines_programs_pay_for_nothing() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let address = server.handle.address();
    for _ in 0..3 * BURST {
        assert_ne!(post(address, "", "nonsense").await.0, 429);
    }
    let unknown: Result<Value, Error> = server.http().request("nonsense", rpc_params![]).await;
    assert!(unknown.is_err());
}
