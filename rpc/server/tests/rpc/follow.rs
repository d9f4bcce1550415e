//! Following records: from any number on, across filters, while blocks come, and past a reader that does not read.

use crate::{
    chain::{CONSUMER, PROVIDER, Server},
    story::{CODE, ENTRY, GRANT, OTHER_ENTRY, REQUEST, content, with_grant},
};
use jsonrpsee::{
    core::client::{Error, Subscription},
    ws_client::WsClient,
};
use mulu_client::{
    calls::Call,
    connection::Connection,
    follow::{Follow, News},
};
use mulu_proofs::{
    ids::{DepartmentId, Height, RecordNumber, Version},
    records::RecordKind,
};
use mulu_rpc_api::{
    codes,
    records::{KINDS_MAX, Record, RecordFilter, RecordNews, RecordsClient, RecordsOf},
};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

const FIRST: Option<RecordNumber> = Some(RecordNumber::new(1));

async fn heard(subscription: &mut Subscription<RecordNews>) -> RecordNews {
    timeout(Duration::from_secs(10), subscription.next()).await.unwrap().unwrap().unwrap()
}

/// Records up to the next word that there are no more for now, and where that says to go on.
async fn to_head(subscription: &mut Subscription<RecordNews>) -> (Vec<Record>, RecordNumber, Height) {
    let mut records = Vec::new();
    loop {
        match heard(subscription).await {
            RecordNews::Record(record) => records.push(record),
            RecordNews::Through { next, height } => return (records, next, height),
            RecordNews::Lagged { .. } => panic!("nobody is slow here"),
        }
    }
}

fn numbers(records: &[Record]) -> Vec<u64> {
    records.iter().map(|record| record.number.get()).collect()
}

async fn present(client: &WsClient, filter: RecordFilter) -> Vec<Record> {
    to_head(&mut client.subscribe_records(FIRST, Some(filter)).await.unwrap()).await.0
}

#[tokio::test(flavor = "multi_thread")]
async fn every_record_comes_once_and_in_order_while_blocks_are_made() {
    let mut chain = with_grant();
    let server = chain.serve().await;
    let client = server.ws().await;
    let mut subscription = client.subscribe_records(FIRST, None).await.unwrap();
    let (records, next, height) = to_head(&mut subscription).await;
    assert_eq!(numbers(&records), (1..next.get()).collect::<Vec<_>>());
    assert_eq!(height, chain.head());
    assert_eq!(records.last().cloned(), client.record(RecordNumber::new(next.get() - 1)).await.unwrap());

    let record = chain.act("cataloguer", Call::submit_entry(&content("307001/000002", "年检")).unwrap());
    let (records, after, height) = to_head(&mut subscription).await;
    assert_eq!(records.first().map(|record| record.number), Some(next));
    assert!(records.iter().any(|found| found.number == record) && height == chain.head());
    assert_eq!(numbers(&records), (next.get()..after.get()).collect::<Vec<_>>());

    // Without a number only what comes; a number that is not there yet waits for it.
    let mut fresh = client.subscribe_records(None, None).await.unwrap();
    let mut later = client.subscribe_records(Some(RecordNumber::new(after.get() + 1)), None).await.unwrap();
    assert!(to_head(&mut fresh).await.0.is_empty() && to_head(&mut later).await.0.is_empty());
    chain.act("head", Call::return_entry(OTHER_ENTRY, Version::new(1), &mulu_proofs::text::Text::new("改").unwrap()));
    let (all, _, _) = to_head(&mut fresh).await;
    assert_eq!(all.first().map(|record| record.number), Some(after));
    assert_eq!(to_head(&mut later).await.0, all[1..]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_tells_what_the_list_holds_and_no_more() {
    let chain = with_grant();
    let server = chain.serve().await;
    let client = server.ws().await;
    let every = present(&client, RecordFilter::default()).await;
    for of in [RecordsOf::Request(REQUEST), RecordsOf::Grant(GRANT), RecordsOf::Entry(ENTRY)] {
        let mut listed = client.records(of, None, Some(500)).await.unwrap().rows;
        listed.reverse();
        let told = present(&client, RecordFilter { of, ..Default::default() }).await;
        assert_eq!(told, listed, "{of:?}");
        let from = told[1].number;
        let rest = client.subscribe_records(Some(from), Some(RecordFilter { of, ..Default::default() })).await;
        assert_eq!(to_head(&mut rest.unwrap()).await.0, told[1..]);
    }
    let kinds = vec![RecordKind::RequestApproved, RecordKind::RequestAgreed];
    let told = present(&client, RecordFilter { kinds: kinds.clone(), ..Default::default() }).await;
    let wanted = every.iter().filter(|record| kinds.contains(&record.kind));
    assert_eq!(told, wanted.cloned().collect::<Vec<_>>());
    let filter = RecordFilter { of: RecordsOf::Request(REQUEST), department: Some(CONSUMER), ..Default::default() };
    let told = present(&client, filter).await;
    assert!(!told.is_empty() && told.iter().all(|record| record.department == CONSUMER));
    assert!(
        present(&client, RecordFilter { department: Some(DepartmentId::new(9)), ..Default::default() })
            .await
            .is_empty()
    );
    assert!(present(&client, RecordFilter { department: Some(PROVIDER), ..Default::default() }).await.len() > 5);

    let too_many = RecordFilter { kinds: vec![RecordKind::RoleGiven; KINDS_MAX + 1], ..Default::default() };
    match client.subscribe_records(None, Some(too_many)).await {
        Err(Error::Call(error)) => assert_eq!(error.code(), codes::COUNT_OVER_BOUND),
        other => panic!("{other:?}"),
    }
}

async fn connect(server: &Server) -> Connection {
    Connection::open(&format!("ws://{}", server.handle.address())).await.unwrap().0
}

async fn all_present(follow: &mut Follow<'_>) -> Vec<u64> {
    let mut numbers = Vec::new();
    while let Some(record) = follow.next_present().await.unwrap() {
        numbers.push(record.number.get());
    }
    numbers
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_follows_across_a_node_that_restarts() {
    let mut chain = with_grant();
    let server = chain.serve().await;
    let connection = connect(&server).await;
    let mut follow = connection.follow(RecordNumber::new(1), RecordFilter::default());
    let before = all_present(&mut follow).await;
    let next = follow.next_number().get();
    assert_eq!(before, (1..next).collect::<Vec<_>>());
    assert_eq!(follow.height(), Some(chain.head()));

    let address = server.handle.address();
    server.handle.stop().await;
    chain.act("cataloguer", Call::submit_entry(&content(CODE, "改名")).unwrap());
    let server = chain.serve_at(address).await;
    chain.act("head", Call::endorse_entry(ENTRY, Version::new(2), &content(CODE, "改名").digest()));
    let mut after = Vec::new();
    while follow.height() != Some(chain.head()) {
        if let News::Record(record) = follow.news().await.unwrap() {
            after.push(record.number.get());
        }
    }
    assert_eq!(after, (next..follow.next_number().get()).collect::<Vec<_>>());
    assert!(after.len() >= 2);
    drop(server);
}

/// A client's short text frame; the mask is zero, which changes nothing.
fn frame(text: &str) -> Vec<u8> {
    assert!(text.len() < 126);
    [&[0x81, 0x80 | text.len() as u8][..], &[0; 4], text.as_bytes()].concat()
}

/// The next text frame of the server; pings are passed over.
async fn read_frame(stream: &mut TcpStream) -> serde_json::Value {
    loop {
        let mut head = [0; 2];
        stream.read_exact(&mut head).await.unwrap();
        let length = match head[1] & 0x7f {
            126 => u64::from(stream.read_u16().await.unwrap()),
            127 => stream.read_u64().await.unwrap(),
            short => u64::from(short),
        };
        let mut payload = vec![0; length as usize];
        stream.read_exact(&mut payload).await.unwrap();
        if head[0] & 0x0f == 1 {
            return serde_json::from_slice(&payload).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_does_not_read_is_told_where_to_go_on() {
    /// Together they say more than sockets and buffers hold.
    const SUBSCRIPTIONS: usize = 120;
    let chain = crate::story::with_events();
    let server = chain.serve().await;
    let mut stream = TcpStream::connect(server.handle.address()).await.unwrap();
    let upgrade = "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    stream.write_all(upgrade.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(stream.read_u8().await.unwrap());
    }
    for id in 0..SUBSCRIPTIONS {
        let ask = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"records_subscribe","params":[1]}}"#);
        stream.write_all(&frame(&ask)).await.unwrap();
    }
    // Others are answered meanwhile.
    let client = server.http();
    for _ in 0..14 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(client.record(RecordNumber::new(1)).await.unwrap().is_some());
    }
    let (mut told, mut ended, mut lagged) = (std::collections::BTreeMap::<String, u64>::new(), 0, 0);
    while ended < SUBSCRIPTIONS {
        let message = timeout(Duration::from_secs(20), read_frame(&mut stream)).await.unwrap();
        let Some(params) = message.get("params") else { continue };
        let last = told.entry(params["subscription"].as_str().unwrap().to_owned()).or_default();
        let news: RecordNews = serde_json::from_value(params["result"].clone()).unwrap();
        match news {
            RecordNews::Record(record) => {
                assert_eq!(record.number.get(), *last + 1, "no gap, and none twice");
                *last = record.number.get();
            }
            RecordNews::Lagged { next } => {
                assert_eq!(next.get(), *last + 1, "it goes on where it stopped");
                (ended, lagged) = (ended + 1, lagged + 1);
            }
            RecordNews::Through { next, .. } => {
                assert_eq!(next.get(), *last + 1);
                ended += 1;
            }
        }
    }
    assert!(lagged > 0, "{SUBSCRIPTIONS} subscriptions fit into the buffers");
}
