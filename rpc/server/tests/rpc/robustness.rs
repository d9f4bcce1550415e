//! Hostile and broken clients: they get errors or are left waiting, memory stays bounded, and everybody else is answered.

use crate::chain::{Chain, Server};
use jsonrpsee::{
    core::client::{ClientT, SubscriptionClientT},
    rpc_params,
};
use serde_json::{Value, json};
use std::{
    fs,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

const PATIENCE: Duration = Duration::from_secs(60);
/// What hostile clients may cost, in bytes: answers of one connection, and some of the allocator's own. What they ask for would be
/// gigabytes.
const MEMORY_MAX: usize = 768 * 1024 * 1024;

/// Memory of this process, in bytes.
fn memory() -> usize {
    let pages = fs::read_to_string("/proc/self/statm").unwrap();
    pages.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 4_096
}

/// Sends a body over HTTP and returns status and answer.
async fn post(server: &Server, body: &[u8]) -> (u16, String) {
    let mut socket = TcpStream::connect(server.handle.address()).await.unwrap();
    let head = format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    // It may be refused before all of it was sent.
    let _ = socket.write_all(&[head.as_bytes(), body].concat()).await;
    let mut answer = Vec::new();
    let _ = timeout(PATIENCE, socket.read_to_end(&mut answer)).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split_whitespace().nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
    (status, body.to_owned())
}

/// A WebSocket whose frames are written by hand, and which reads only when asked to.
struct RawSocket(TcpStream);

impl RawSocket {
    async fn open(server: &Server) -> Self {
        let mut socket = TcpStream::connect(server.handle.address()).await.unwrap();
        let upgrade = "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
        socket.write_all(upgrade.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(timeout(PATIENCE, socket.read_u8()).await.unwrap().unwrap());
        }
        assert!(head.starts_with(b"HTTP/1.1 101"));
        Self(socket)
    }

    /// A masked text frame. The mask is zero: the text stays as it is.
    fn frame(text: &[u8]) -> Vec<u8> {
        let mut frame = vec![0x81];
        match text.len() {
            length @ 0..=125 => frame.push(0x80 | u8::try_from(length).unwrap()),
            length @ 126..=0xffff => {
                frame.push(0x80 | 126);
                frame.extend(u16::try_from(length).unwrap().to_be_bytes());
            }
            length => {
                frame.push(0x80 | 127);
                frame.extend((length as u64).to_be_bytes());
            }
        }
        frame.extend([0; 4]);
        frame.extend(text);
        frame
    }

    async fn send(&mut self, text: &[u8]) {
        self.0.write_all(&Self::frame(text)).await.unwrap();
    }

    /// The text of the next text frame.
    async fn next(&mut self) -> Vec<u8> {
        timeout(PATIENCE, async {
            loop {
                let kind = self.0.read_u8().await.unwrap();
                let length = match self.0.read_u8().await.unwrap() {
                    126 => u64::from(self.0.read_u16().await.unwrap()),
                    127 => self.0.read_u64().await.unwrap(),
                    length => u64::from(length),
                };
                let mut text = vec![0; usize::try_from(length).unwrap()];
                self.0.read_exact(&mut text).await.unwrap();
                // The others are pings.
                if kind == 0x81 {
                    return text;
                }
            }
        })
        .await
        .unwrap()
    }

    async fn answer(&mut self) -> Value {
        serde_json::from_slice(&self.next().await).unwrap()
    }
}

fn call(method: &str, id: usize) -> Vec<u8> {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": [] }).to_string().into_bytes()
}

async fn assert_answers(server: &Server) {
    let answered = timeout(PATIENCE, server.http().request::<Value, _>("system_chain", rpc_params![])).await;
    assert_eq!(answered.unwrap().unwrap(), "mulu-rpc-test");
}

/// Requests that are none, or ask for what cannot be.
fn broken() -> Vec<Vec<u8>> {
    let nested = |open: &str, depth: usize| open.repeat(depth).into_bytes();
    let with_params =
        |params: &str| format!(r#"{{"jsonrpc":"2.0","id":1,"method":"state_call","params":{params}}}"#).into_bytes();
    vec![
        b"{".to_vec(),
        b"{}".to_vec(),
        b"[]".to_vec(),
        b"[1,2,3]".to_vec(),
        b"\"\"".to_vec(),
        b"\0\0\0".to_vec(),
        vec![0xff; 1_000],
        vec![b' '; 100_000],
        nested("[", 1_000_000),
        nested("{\"a\":", 500_000),
        with_params(&"[".repeat(1_000_000)),
        with_params(&format!("{}{}", "[".repeat(100_000), "]".repeat(100_000))),
        with_params(&format!(
            "[\"Core_version\",{}{}]",
            "{\"a\":".repeat(100_000),
            "1".to_owned() + &"}".repeat(100_000)
        )),
        with_params(r#"["Core_version","0x",{"deep":[]}]"#),
        with_params(&format!("[\"{}\",\"0x\"]", "A".repeat(1_000_000))),
        with_params(&format!("[\"Core_version\",\"0x{}\"]", "zz".repeat(1_000_000))),
        with_params("[1e400,-0,1]"),
        format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{}","params":[]}}"#, "x".repeat(3_000_000)).into_bytes(),
        format!(r#"{{"jsonrpc":"2.0","id":"{}","method":"nothing","params":[]}}"#, "9".repeat(1_000_000)).into_bytes(),
        format!("[{}]", vec!["1"; 100_000].join(",")).into_bytes(),
        format!("[{}]", vec![r#"{"jsonrpc":"2.0","id":1,"method":"system_chain"}"#; 65].join(",")).into_bytes(),
    ]
}

fn is_error(answer: &Value) -> bool {
    let of_one = |answer: &Value| answer["error"]["code"].is_i64();
    of_one(answer) || answer.as_array().is_some_and(|answers| answers.iter().all(of_one))
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_deep_and_long_requests_over_http_are_errors_and_the_server_goes_on() {
    let chain = Chain::new();
    let server = chain.serve().await;
    for body in broken() {
        let (status, answer) = post(&server, &body).await;
        let shown = String::from_utf8_lossy(&body[..body.len().min(80)]);
        if status == 200 {
            let answer: Value = serde_json::from_str(&answer).unwrap();
            assert!(is_error(&answer), "{shown}: {answer}");
        } else {
            assert!((400..500).contains(&status), "{shown}: {status} {answer}");
        }
    }
    let (status, _) = post(&server, &vec![b'['; 5_000_000]).await;
    assert!(status == 413 || status == 0, "over the bound: {status}");
    assert_answers(&server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_deep_and_long_messages_are_errors_and_the_connection_goes_on() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let mut socket = RawSocket::open(&server).await;
    for body in broken().into_iter().filter(|body| std::str::from_utf8(body).is_ok()) {
        socket.send(&body).await;
        let answer = socket.answer().await;
        assert!(is_error(&answer), "{}: {answer}", String::from_utf8_lossy(&body[..body.len().min(80)]));
    }
    socket.send(&call("system_chain", 7)).await;
    assert_eq!(socket.answer().await["result"], "mulu-rpc-test");
    // Over the bound: an error too.
    socket.send(&vec![b' '; 5_000_000]).await;
    assert!(is_error(&socket.answer().await));
    assert_answers(&server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_end_in_the_middle_cost_nothing() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let head =
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"json";
    for cut in [0, 1, 10, 40, head.len() - 6, head.len()] {
        for _ in 0..50 {
            let mut socket = TcpStream::connect(server.handle.address()).await.unwrap();
            socket.write_all(&head.as_bytes()[..cut]).await.unwrap();
            drop(socket);
        }
    }
    // Half a frame; a frame of 2^63 bytes; one without a mask; a second half without a first; noise.
    let frame = RawSocket::frame(&call("system_chain", 1));
    let huge = [&[0x81, 0xff][..], &(1_u64 << 63).to_be_bytes(), &[0; 4]].concat();
    for bytes in [
        frame[..frame.len() / 2].to_vec(),
        huge,
        vec![0x81, 2, b'{', b'}'],
        vec![0x80, 0x80, 0, 0, 0, 0],
        vec![0xaa; 300],
    ] {
        for _ in 0..10 {
            let mut socket = RawSocket::open(&server).await;
            socket.0.write_all(&bytes).await.unwrap();
            drop(socket);
        }
    }
    assert_answers(&server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_much_and_reads_nothing_fills_no_memory_and_keeps_nobody_waiting() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let before = memory();
    let mut hostile = RawSocket::open(&server).await;
    // As many as it gets rid of: more than the system's own buffers hold, and a hundred gigabytes of answers.
    let asking = async {
        for thousand in 0..400 {
            let calls = (0..1_000).map(|n| RawSocket::frame(&call("state_getMetadata", thousand * 1_000 + n)));
            hostile.0.write_all(&calls.collect::<Vec<_>>().concat()).await.unwrap();
        }
    };
    assert!(timeout(Duration::from_secs(3), asking).await.is_err(), "it is not read while it does not read");
    let asked = Instant::now();
    assert_answers(&server).await;
    assert!(asked.elapsed() < Duration::from_secs(5));
    let grown = memory().saturating_sub(before);
    assert!(grown < MEMORY_MAX, "{} MiB", grown >> 20);
    // It is answered as it reads.
    for _ in 0..3 {
        assert!(hostile.next().await.len() > 100_000);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscriber_who_reads_nothing_keeps_no_block_from_others() {
    let mut chain = Chain::new();
    let server = chain.serve().await;
    let client = server.ws().await;
    let mut heads = client
        .subscribe::<Value, _>("chain_subscribeNewHeads", rpc_params![], "chain_unsubscribeNewHeads")
        .await
        .unwrap();
    let mut slow = Vec::new();
    for _ in 0..5 {
        let mut socket = RawSocket::open(&server).await;
        // More than calls that may be under way: a subscription is none once it has begun.
        for id in 0..100 {
            socket.send(&call("chain_subscribeNewHeads", id)).await;
        }
        slow.push(socket);
    }
    heads.next().await.unwrap().unwrap();
    for _ in 0..100 {
        chain.block(&[]);
        timeout(PATIENCE, heads.next()).await.unwrap().unwrap().unwrap();
    }
    assert_answers(&server).await;
    // What they missed is told when they read: from the store, in order.
    let socket = &mut slow[0];
    let mut numbers = Vec::new();
    let mut subscription = Value::Null;
    while numbers.len() < 101 {
        let told = socket.answer().await;
        let of = &told["params"]["subscription"];
        if of.is_null() {
            continue;
        }
        if subscription.is_null() {
            subscription = of.clone();
        }
        if *of == subscription {
            numbers.push(told["params"]["result"]["number"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!(numbers, (1..=101).map(|number| format!("{number:#x}")).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_idle_connections_keep_nobody_out() {
    // Both ends of each are files of this process; a system that gives few sees fewer.
    let files = rlimit::increase_nofile_limit(16_384).unwrap();
    let connections = (files / 8).min(2_000);
    let chain = Chain::new();
    let server = chain.serve().await;
    let before = memory();
    let mut idle = Vec::new();
    for number in 0..connections {
        if number % 4 == 0 {
            idle.push(RawSocket::open(&server).await.0);
        } else {
            idle.push(TcpStream::connect(server.handle.address()).await.unwrap());
        }
    }
    assert_answers(&server).await;
    let grown = memory().saturating_sub(before);
    assert!(grown < MEMORY_MAX, "{} MiB", grown >> 20);
    drop(idle);
    assert_answers(&server).await;
}
