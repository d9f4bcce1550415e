//! A Beat over TCP.

use crate::server::Server;
use flate2::{Compression, write::ZlibEncoder};
use mulu_bridge::{http::lumberjack, spool::SpoolConfig};
use mulu_mapping::Mapping;
use mulu_proofs::ids::StreamId;
use serde_json::json;
use std::{io::Write, net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// The source of a server's vault that Beats send to.
async fn listening(server: &Server, preset: &str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let config = toml::from_str("listen = \"127.0.0.1:0\"").unwrap();
    let intake = server.spool.intake("beats", StreamId::new(9), Mapping::preset(preset).unwrap());
    tokio::spawn(lumberjack::serve(config, listener, intake, server.stop.clone()));
    address
}

fn event(offset: u32) -> String {
    let line = format!(r#"203.0.113.9 - - [01/Aug/2026:12:30:00 +0800] "GET /{offset} HTTP/1.1" 200 7"#);
    json!({
        "@timestamp": "2026-08-01T04:30:01Z", "@metadata": { "beat": "filebeat", "version": "9.1.0" }, "agent": { "id": "a-1" },
        "message": line, "log": { "offset": offset, "file": { "path": "/var/log/a", "inode": "12", "device_id": "64" } },
    })
    .to_string()
}

fn frames(events: impl IntoIterator<Item = (u32, String)>) -> Vec<u8> {
    events
        .into_iter()
        .flat_map(|(number, text)| {
            let length = u32::try_from(text.len()).unwrap();
            [&b"2J"[..], &number.to_be_bytes(), &length.to_be_bytes(), text.as_bytes()].concat()
        })
        .collect()
}

fn window(count: u32, frames: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(frames).unwrap();
    let packed = encoder.finish().unwrap();
    let length = u32::try_from(packed.len()).unwrap();
    [&b"2W"[..], &count.to_be_bytes(), b"2C", &length.to_be_bytes(), &packed].concat()
}

/// The number that is acknowledged; none if the connection ends.
async fn acknowledged(stream: &mut TcpStream) -> Option<u32> {
    let mut answer = [0; 6];
    let read = tokio::time::timeout(Duration::from_secs(10), stream.read_exact(&mut answer)).await.unwrap();
    read.ok()?;
    assert_eq!(&answer[..2], b"2A");
    Some(u32::from_be_bytes(answer[2..].try_into().unwrap()))
}

#[tokio::test]
async fn a_window_is_acknowledged_once_it_is_durable_and_known_when_it_comes_again() {
    let server = Server::start("event").await;
    let address = listening(&server, "combined").await;
    let sent = window(3, &frames((1..=3).map(|number| (number, event(number)))));
    for _ in 0..2 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(&sent).await.unwrap();
        assert_eq!(acknowledged(&mut stream).await, Some(3));
        assert_eq!(server.waiting(), 3);
    }
    let mut stream = TcpStream::connect(address).await.unwrap();
    let plain = [&b"2W\0\0\0\x02"[..], &frames([(1, event(4)), (2, "no json".into())])].concat();
    // Frames in pieces, two windows on one connection, one of them not compressed.
    for part in plain.chunks(7) {
        stream.write_all(part).await.unwrap();
    }
    assert_eq!(acknowledged(&mut stream).await, Some(2), "what is no JSON is quarantined");
    stream.write_all(&window(1, &frames([(1, event(5))]))).await.unwrap();
    assert_eq!(acknowledged(&mut stream).await, Some(1));
    assert_eq!(server.waiting(), 5);
}

#[tokio::test]
async fn what_is_no_frame_ends_the_connection() {
    let server = Server::start("event").await;
    let address = listening(&server, "combined").await;
    let bomb = window(1, &vec![0; (16 << 20) + 1]);
    let more_than_said = window(1, &frames([(1, event(1)), (2, event(2))]));
    for sent in [
        &b"1W\0\0\0\x01"[..],
        b"2J\0\0\0\x01",
        b"2W\xff\xff\xff\xff",
        b"2W\0\0\0\x012J\0\0\0\x01\xff\xff\xff\xff",
        b"2W\0\0\0\x012D\0\0\0\x01",
        b"2W\0\0\0\x012C\0\0\0\x04none",
        &bomb,
        &more_than_said,
    ] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let _ = stream.write_all(sent).await;
        assert_eq!(acknowledged(&mut stream).await, None);
    }
    assert_eq!(server.waiting(), 0);
}

#[tokio::test]
async fn a_full_spool_acknowledges_nothing_and_ends_the_connection() {
    let config = SpoolConfig { max_events: 1, ..SpoolConfig::default() };
    let server = Server::with(crate::server::PLAIN, tempfile::tempdir().unwrap(), &[], config).await;
    let address = listening(&server, "combined").await;
    for (number, acknowledgement) in [(1, Some(1)), (2, None)] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(&window(1, &frames([(1, event(number))]))).await.unwrap();
        assert_eq!(acknowledged(&mut stream).await, acknowledgement);
    }
}
