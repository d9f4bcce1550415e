//! What is too much, too slow or too late.

use crate::{
    senders::gzip,
    server::{PLAIN, Server, counts},
};
use mulu_bridge::spool::SpoolConfig;
use reqwest::Method;
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const EVENT: &str = "{\"time\":\"2026-08-01T12:30:00Z\"}\n";

#[tokio::test]
async fn every_refusal_has_its_status() {
    let server = Server::start("event").await;
    assert_eq!(server.refused("/ingest/gateway", &[], "").await, (400, "empty".into()));
    assert_eq!(server.refused("/ingest/none", &[], EVENT).await, (404, "unknown_source".into()));
    assert_eq!(server.refused("/ingest/%ff", &[], EVENT).await, (400, "form".into()));
    assert_eq!(server.refused("/ingest/gateway", &[("origin", "http://page")], EVENT).await, (403, "forbidden".into()));
    let other = server.send(Method::PUT, "/ingest/gateway", &[], EVENT).await;
    assert_eq!((other.status().as_u16(), other.headers().contains_key("allow")), (405, true));
    let told: serde_json::Value = other.json().await.unwrap();
    assert_eq!(told["error"], "other_method");
    assert_eq!(server.refused("/nowhere", &[], EVENT).await, (404, "no_such_path".into()));
    assert_eq!(counts(&server.post("application/json", "[]").await), (0, 0, 0), "a batch of nothing is taken");
}

#[tokio::test]
async fn what_is_larger_than_documented_is_413_and_what_is_not_is_taken() {
    let server = Server::start("event").await;
    let long = vec![b' '; (16 << 20) + 1];
    assert_eq!(server.refused("/ingest/gateway", &[], long).await, (413, "too_large".into()));
    let mut longest = EVENT.repeat(500).into_bytes();
    longest.resize(16 << 20, b'\n');
    assert_eq!(counts(&server.post("text/plain", longest).await), (500, 0, 0));
    let sent = [("content-type", "text/plain"), ("content-encoding", "gzip")];
    let mut expanded = EVENT.repeat(10).into_bytes();
    expanded.resize(64 << 20, b'\n');
    assert_eq!(counts(&server.post_with(&sent, gzip(&expanded)).await), (10, 0, 0));
    expanded.push(b'\n');
    assert_eq!(server.refused("/ingest/gateway", &sent, gzip(&expanded)).await, (413, "too_large".into()), "a bomb");
    let many = gzip("{}\n".repeat(100_001).as_bytes());
    assert_eq!(server.refused("/ingest/gateway", &sent, many).await, (413, "too_large".into()));
    let deep = gzip(format!("[[{}{{}}]]", "{},".repeat(1 << 20)).as_bytes());
    let sent = [("content-type", "application/json"), ("content-encoding", "gzip")];
    assert_eq!(
        server.refused("/ingest/gateway", &sent, deep).await,
        (413, "too_large".into()),
        "what would grow in memory"
    );
}

#[tokio::test]
async fn a_full_spool_is_503_with_the_time_to_come_again() {
    let config = SpoolConfig { max_events: 3, ..SpoolConfig::default() };
    let server = Server::with(PLAIN, tempfile::tempdir().unwrap(), &[("gateway", "event")], config).await;
    server.post("text/plain", EVENT.repeat(3)).await;
    let answer = server.send(Method::POST, "/ingest/gateway", &[], EVENT).await;
    let after: u64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!(after > 0);
    let status = answer.status().as_u16();
    assert!(matches!(status, 429 | 503), "{status}");
    assert_eq!(server.waiting(), 3);
}

#[tokio::test]
async fn a_source_that_is_not_open_yet_is_503() {
    let config = SpoolConfig::default();
    let server = Server::with(PLAIN, tempfile::tempdir().unwrap(), &[("gateway", "")], config).await;
    assert_eq!(server.refused("/ingest/gateway", &[], EVENT).await, (503, "not_open".into()));
    let logs = [("content-type", "application/json")];
    assert_eq!(server.refused("/v1/logs", &logs, "{}").await, (503, "not_open".into()));
}

#[tokio::test]
async fn slow_senders_and_readers_keep_nobody_waiting() {
    let server = Server::start("event").await;
    let mut slow = Vec::new();
    for place in 0..100 {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        let head = "POST /ingest/gateway HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000000\r\n\r\n{";
        // Some stop within the head, some within the body.
        stream.write_all(&head.as_bytes()[..if place % 2 == 0 { 20 } else { head.len() }]).await.unwrap();
        slow.push(stream);
    }
    // One asks again and again and never reads an answer.
    let mut reader = TcpStream::connect(server.address).await.unwrap();
    let asks = "HEAD /ingest/gateway HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(20_000);
    let _ = tokio::time::timeout(Duration::from_millis(300), reader.write_all(asks.as_bytes())).await;
    let quick = tokio::time::timeout(Duration::from_secs(5), server.post("text/plain", EVENT)).await;
    assert_eq!(counts(&quick.unwrap()), (1, 0, 0));
    assert_eq!(server.waiting(), 1, "half a body is none");
}

#[tokio::test]
async fn a_body_that_breaks_off_is_not_kept() {
    let server = Server::start("event").await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = format!("POST /ingest/gateway HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\n{EVENT}");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 400"), "{}", String::from_utf8_lossy(&answer));
    assert_eq!(server.waiting(), 0);
}

#[tokio::test]
async fn a_server_that_stops_answers_what_is_under_way() {
    let server = Server::start("event").await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = format!("POST /ingest/gateway HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n", EVENT.len());
    stream.write_all(head.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    let (address, waiting) = (server.address, server.spool.clone());
    let ended = tokio::spawn(server.end());
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(TcpStream::connect(address).await.is_err(), "nobody new is served");
    stream.write_all(EVENT.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    ended.await.unwrap();
    let answer = String::from_utf8_lossy(&answer);
    // The spool's writer may have stopped before: then the sender is told to come again, and nothing is kept.
    let kept = waiting.levels().total().0;
    assert!(
        answer.starts_with("HTTP/1.1 200") && kept == 1 || answer.starts_with("HTTP/1.1 503") && kept == 0,
        "{answer}"
    );
}

/// Sends all, and only then listens, as plain senders do: the status.
async fn heard(server: &Server, path: &str, length: usize) -> String {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = format!("POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let piece = vec![b' '; 1 << 20];
    for _ in 0..length / piece.len() {
        stream.write_all(&piece).await.unwrap();
    }
    let mut answer = vec![0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn who_listens_only_at_the_end_hears_a_refusal() {
    let server = Server::start("event").await;
    assert_eq!(heard(&server, "/ingest/gateway", 17 << 20).await, "HTTP/1.1 413");
    assert_eq!(heard(&server, "/ingest/none", 8 << 20).await, "HTTP/1.1 404");
    assert_eq!(heard(&server, "/nowhere", 8 << 20).await, "HTTP/1.1 404");
}

#[tokio::test]
async fn one_address_has_so_many_connections_and_no_more() {
    let config = format!("{PLAIN}\nconnections_per_address = 2");
    let folder = tempfile::tempdir().unwrap();
    let server = Server::with(&config, folder, &[("gateway", "event")], SpoolConfig::default()).await;
    let ask = b"HEAD /ingest/gateway HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(ask).await.unwrap();
        stream.read_exact(&mut [0; 12]).await.unwrap();
        held.push(stream);
    }
    let mut third = TcpStream::connect(server.address).await.unwrap();
    let _ = third.write_all(ask).await;
    let mut answer = Vec::new();
    let _ = third.read_to_end(&mut answer).await;
    assert!(answer.is_empty(), "it is closed without a word");
    held.clear();
    for _ in 0..50 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        if server.client.head(server.url("/ingest/gateway")).send().await.is_ok() {
            return;
        }
    }
    panic!("the places of those who left are not given to others");
}

#[tokio::test]
async fn who_says_nothing_is_closed_soon_and_who_has_asked_may_be_idle() {
    let server = Server::start("event").await;
    let mut silent = TcpStream::connect(server.address).await.unwrap();
    let mut idle = TcpStream::connect(server.address).await.unwrap();
    idle.write_all(b"HEAD /ingest/gateway HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let closed = tokio::time::timeout(Duration::from_secs(20), silent.read(&mut [0; 1])).await.unwrap();
    assert!(matches!(closed, Ok(0) | Err(_)));
    idle.write_all(b"HEAD /ingest/gateway HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answers = String::new();
    idle.read_to_string(&mut answers).await.unwrap();
    assert_eq!(answers.matches("HTTP/1.1 200").count(), 2);
}
