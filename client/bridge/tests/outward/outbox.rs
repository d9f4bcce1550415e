//! Rows in a real PostgreSQL: each event once, whatever dies.

use crate::{Bridge, PATIENCE, database::Database, node::Node, until};
use futures::{StreamExt, stream};
use mulu_bridge::sink::{desk::SinkState, outbox::tables};
use mulu_proofs::records::RecordKind;
use serde_json::json;
use tokio_postgres::{AsyncMessage, Client, NoTls};

fn config(database: &Database, more: &str) -> String {
    format!("[outbox]\ndatabase.connection = \"{}\"\n{more}\n", database.connection())
}

async fn records(client: &Client) -> Vec<i64> {
    let rows = client.query("SELECT record FROM mulu_events ORDER BY record", &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

async fn until_records(client: &Client, expected: &[i64]) {
    let waited = tokio::time::timeout(PATIENCE, async {
        while records(client).await != expected {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    });
    assert!(waited.await.is_ok(), "{:?} are not {expected:?}", records(client).await);
}

#[tokio::test]
async fn events_become_rows_with_their_cursor_and_a_word_to_whoever_listens() {
    let (node, database, folder) = (Node::start().await, Database::start().await, tempfile::tempdir().unwrap());
    let (listener, mut connection) = tokio_postgres::connect(&database.connection(), NoTls).await.unwrap();
    let mut messages = Box::pin(stream::poll_fn(move |cx| connection.poll_message(cx)));
    let (heard, mut hears) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(Ok(message)) = messages.next().await {
            if let AsyncMessage::Notification(word) = message {
                let _ = heard.send(word.payload().to_owned());
            }
        }
    });
    listener.batch_execute("LISTEN mulu").await.unwrap();
    node.add(RecordKind::GrantSuspended, json!({"grant": 3, "reason": "a\0b"}));
    let bridge =
        Bridge::start(&node, folder.path(), &config(&database, "create_tables = true\nnotify = \"mulu\"")).await;
    let word = tokio::time::timeout(PATIENCE, hears.recv()).await.unwrap().unwrap();
    assert_eq!(word, "2");
    let client = database.client().await;
    let row = client
        .query_one("SELECT id, type, subject, \"time\"::text, event->'data'->'body'->>'reason' FROM mulu_events", &[])
        .await
        .unwrap();
    let text = |place: usize| row.get::<_, String>(place);
    assert_eq!(
        (text(0), text(1), text(2)),
        ("09090909/1".into(), "org.mulu.grant.suspended.v1".into(), "grant/3".into())
    );
    assert!(text(3).starts_with("2026-08-01"));
    assert_eq!(text(4), "a\u{fffd}b");
    let cursor = client.query_one("SELECT sink, genesis, next_record FROM mulu_cursor", &[]).await.unwrap();
    assert_eq!((cursor.get::<_, String>(0), cursor.get::<_, String>(1)), ("platform".into(), "09".repeat(32)));
    assert_eq!(cursor.get::<_, i64>(2), 2);
    bridge.stop().await;
}

#[tokio::test]
async fn each_event_is_there_once_whatever_dies() {
    let (node, mut database, folder) = (Node::start().await, Database::start().await, tempfile::tempdir().unwrap());
    let config = config(&database, "create_tables = true\nbatch_max = 7");
    node.suspend(40);
    let mut bridge = Bridge::start(&node, folder.path(), &config).await;
    for round in 0..6 {
        node.suspend(20);
        tokio::time::sleep(std::time::Duration::from_millis(15 * round)).await;
        if round % 2 == 0 {
            bridge.kill().await;
            bridge = Bridge::start(&node, folder.path(), &config).await;
        } else {
            database.restart().await;
        }
    }
    let client = database.client().await;
    let all: Vec<i64> = (1..=160).collect();
    until_records(&client, &all).await;
    bridge.stop().await;
}

#[tokio::test]
async fn missing_tables_are_told_and_waited_for() {
    let (node, database, folder) = (Node::start().await, Database::start().await, tempfile::tempdir().unwrap());
    node.suspend(2);
    let bridge = Bridge::start(&node, folder.path(), &config(&database, "")).await;
    until("it is told", || bridge.desk.statuses()[0].why.as_ref().is_some_and(|why| why.contains("create_tables")))
        .await;
    let client = database.client().await;
    client.batch_execute(&tables("mulu_events", "mulu_cursor").unwrap()).await.unwrap();
    until_records(&client, &[1, 2]).await;
    bridge.stop().await;
}

#[tokio::test]
async fn a_cursor_that_somebody_else_moves_is_told_and_nothing_is_written_twice() {
    let (node, database, folder) = (Node::start().await, Database::start().await, tempfile::tempdir().unwrap());
    node.suspend(2);
    let bridge = Bridge::start(&node, folder.path(), &config(&database, "create_tables = true")).await;
    let client = database.client().await;
    until("it follows", || bridge.state() == SinkState::Following).await;
    until_records(&client, &[1, 2]).await;
    client.execute("UPDATE mulu_cursor SET next_record = 2", &[]).await.unwrap();
    node.suspend(1);
    until("it is told", || bridge.desk.statuses()[0].why.as_ref().is_some_and(|why| why.contains("another bridge")))
        .await;
    until_records(&client, &[1, 2, 3]).await;
    bridge.stop().await;
}

#[tokio::test]
async fn the_cursor_of_another_chain_is_not_taken_up() {
    let (node, database, folder) = (Node::start().await, Database::start().await, tempfile::tempdir().unwrap());
    let client = database.client().await;
    client.batch_execute(&tables("mulu_events", "mulu_cursor").unwrap()).await.unwrap();
    client.execute("INSERT INTO mulu_cursor VALUES ('platform', 'ab', 5)", &[]).await.unwrap();
    let bridge = Bridge::start(&node, folder.path(), &config(&database, "")).await;
    let error = tokio::time::timeout(PATIENCE, bridge.sink).await.unwrap().unwrap().unwrap_err().to_string();
    assert!(error.contains("sink.platform") && error.contains("0xab"), "{error}");
    bridge.stop.request();
    bridge.spool.close().await;
}

/// Blocks of a language on the page.
fn blocks(language: &str) -> Vec<String> {
    let page = include_str!("../../../../docs/integration/outbox.md");
    let begin = format!("```{language}\n");
    page.split(&begin).skip(1).map(|piece| piece.split("```").next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn what_the_page_says_is_enough() {
    let (node, database, folder) = (Node::start().await, Database::start().await, tempfile::tempdir().unwrap());
    let owner = database.client().await;
    let [tables, rights, question] = &blocks("sql")[..] else { panic!("the page has three blocks of SQL") };
    owner.batch_execute(tables).await.unwrap();
    owner.batch_execute(rights).await.unwrap();
    node.suspend(2);
    let config = format!(
        "types = [\"grant\"]\n[outbox]\ndatabase.connection = \"{}\"\nnotify = \"mulu\"",
        database.connection_of("bridge")
    );
    let bridge = Bridge::start(&node, folder.path(), &config).await;
    until_records(&owner, &[1, 2]).await;
    let rows = owner.query(question.trim().trim_end_matches(';'), &[&1_i64]).await.unwrap();
    assert_eq!((rows.len(), rows[0].get::<_, i64>("record")), (1, 2));
    bridge.stop().await;
}
