//! Server-sent events over a real connection.

use crate::{PATIENCE, node::Node};
use mulu_bridge::{
    metrics::Metrics,
    sink::events::{EventsParts, READERS_MAX, router},
    stop::Stop,
};
use mulu_proofs::records::RecordKind;
use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio::net::TcpListener;

async fn serve(node: &Node) -> (SocketAddr, Stop) {
    let (connection, chain) = node.connect().await;
    let stop = Stop::new();
    let router = router(EventsParts { connection, chain, metrics: Metrics::default(), stop: stop.clone() });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (address, stop)
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// A reader, and what it has heard.
struct Reader {
    response: reqwest::Response,
    heard: String,
}

impl Reader {
    async fn open(address: SocketAddr, question: &str, last: Option<u64>) -> Self {
        let mut request = client().get(format!("http://{address}/events{question}"));
        if let Some(last) = last {
            request = request.header("Last-Event-ID", last);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, heard: String::new() }
    }

    /// The next event, with its id.
    async fn next(&mut self) -> (u64, Value) {
        loop {
            while let Some((piece, rest)) = self.heard.split_once("\n\n") {
                let (piece, rest) = (piece.to_owned(), rest.to_owned());
                self.heard = rest;
                let field = |name: &str| piece.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
                if let (Some(id), Some(data)) = (field("id: "), field("data: ")) {
                    return (id.parse().unwrap(), serde_json::from_str(&data).unwrap());
                }
            }
            self.more().await;
        }
    }

    async fn more(&mut self) {
        let chunk = tokio::time::timeout(PATIENCE, self.response.chunk()).await.unwrap().unwrap();
        self.heard.push_str(std::str::from_utf8(&chunk.expect("the line ended")).unwrap());
    }
}

#[tokio::test]
async fn events_come_from_a_record_on_and_then_as_they_happen() {
    let node = Node::start().await;
    node.suspend(3);
    let (address, _stop) = serve(&node).await;
    let mut reader = Reader::open(address, "?from=2", None).await;
    let (id, event) = reader.next().await;
    assert_eq!((id, &event["id"], &event["type"]), (2, &json!("09090909/2"), &json!("org.mulu.grant.suspended.v1")));
    assert_eq!(reader.next().await.0, 3);
    node.suspend(1);
    assert_eq!(reader.next().await.0, 4);
}

#[tokio::test]
async fn a_reader_that_comes_back_goes_on_behind_its_last_id() {
    let node = Node::start().await;
    node.suspend(4);
    let (address, _stop) = serve(&node).await;
    let mut reader = Reader::open(address, "?from=1", Some(2)).await;
    assert_eq!((reader.next().await.0, reader.next().await.0), (3, 4));
}

#[tokio::test]
async fn without_a_place_only_what_happens_from_now_on_is_told() {
    let node = Node::start().await;
    node.suspend(2);
    let (address, _stop) = serve(&node).await;
    let mut reader = Reader::open(address, "", None).await;
    while !reader.heard.contains("retry: ") {
        reader.more().await;
    }
    node.suspend(1);
    assert_eq!(reader.next().await.0, 3);
}

#[tokio::test]
async fn types_and_departments_choose_and_an_id_passes_over_the_rest() {
    let node = Node::start().await;
    let (address, _stop) = serve(&node).await;
    let mut reader = Reader::open(address, "?from=1&types=entry&departments=2", None).await;
    node.suspend(5);
    while !reader.heard.contains("id: 5\n\n") {
        reader.more().await;
    }
    assert!(!reader.heard.contains("data: "));
    node.add(RecordKind::EntryPublished, json!({}));
    assert_eq!(reader.next().await.0, 6);
}

#[tokio::test]
async fn a_question_that_does_not_read_is_told() {
    let node = Node::start().await;
    let (address, _stop) = serve(&node).await;
    for (question, status) in [("?types=grants", 400), ("?departments=x", 400), ("?from=x", 400), ("?form=1", 400)] {
        let answer = client().get(format!("http://{address}/events{question}")).send().await.unwrap();
        assert_eq!(answer.status(), status, "{question}");
    }
    let answer = client().get(format!("http://{address}/events")).header("Last-Event-ID", "x").send().await.unwrap();
    assert_eq!(answer.status(), 400);
}

#[tokio::test]
async fn who_asks_for_what_the_ledger_is_far_from_is_told() {
    let node = Node::start().await;
    node.suspend(3);
    // The newest one is of a kind that the bridge's account does not see; readers have passed over it all the same.
    node.state.lock().unwrap().hidden = 1;
    let (address, _stop) = serve(&node).await;
    for number in [3, 4] {
        let mut reader = Reader::open(address, &format!("?from={number}"), None).await;
        while !reader.heard.contains("retry: ") {
            reader.more().await;
        }
    }
    for (question, last) in [("?from=5", None), ("", Some("4")), ("", Some("18446744073709551614"))] {
        let mut asked = client().get(format!("http://{address}/events{question}"));
        if let Some(last) = last {
            asked = asked.header("Last-Event-ID", last);
        }
        let answer = tokio::time::timeout(PATIENCE, asked.send()).await.unwrap().unwrap();
        assert_eq!(answer.status(), 409, "{question} {last:?}");
        let told: serde_json::Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert_eq!(told["error"], "beyond_ledger");
        assert!(told["message"].as_str().unwrap().contains("from=4"), "{told}");
    }
}

#[tokio::test]
async fn one_reader_too_many_is_told_to_come_back_and_one_who_left_makes_room() {
    let node = Node::start().await;
    let (address, stop) = serve(&node).await;
    let mut readers = Vec::new();
    for _ in 0..READERS_MAX {
        readers.push(Reader::open(address, "?from=1", None).await);
    }
    let refused = client().get(format!("http://{address}/events")).send().await.unwrap();
    assert_eq!(refused.status(), 503);
    readers.pop();
    let again = tokio::time::timeout(PATIENCE, async {
        loop {
            let answer = client().get(format!("http://{address}/events")).send().await.unwrap();
            if answer.status() == 200 {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    });
    again.await.unwrap();
    // A bridge that stops ends every line.
    stop.request();
    let mut reader = readers.pop().unwrap();
    let ended = tokio::time::timeout(PATIENCE, async { while let Ok(Some(_)) = reader.response.chunk().await {} });
    ended.await.unwrap();
}

#[tokio::test]
async fn a_node_that_is_away_is_told() {
    let mut node = Node::start().await;
    let (address, _stop) = serve(&node).await;
    node.stop().await;
    let answer = client().get(format!("http://{address}/events")).send().await.unwrap();
    assert_eq!(answer.status(), 503);
    assert!(answer.text().await.unwrap().contains("node_away"));
}
