//! Events are posted in order, signed, again until they are taken, and never passed over unseen.

use crate::{
    Bridge,
    node::Node,
    receiver::{Receiver, Reply},
    until,
};
use mulu_bridge::sink::desk::SinkState;
use mulu_proofs::records::RecordKind;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Command,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// A folder with the secret.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    secret(folder.path(), "webhook.secret", SECRET);
    folder
}

fn secret(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::write(&path, format!("{text}\n")).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
}

fn config(receiver: &Receiver, common: &str, webhook: &str) -> String {
    format!(
        "{common}\n[webhook]\nurl = \"http://{}/hook\"\nsecret_file = \"webhook.secret\"\n{webhook}\n",
        receiver.address
    )
}

/// HMAC-SHA256 (RFC 2104), written out.
fn hmac(key: &[u8], message: &[u8]) -> String {
    let mut block = [0; 64];
    block[..key.len()].copy_from_slice(key);
    let inner = Sha256::digest([&block.map(|byte| byte ^ 0x36)[..], message].concat());
    hex::encode(Sha256::digest([&block.map(|byte| byte ^ 0x5c)[..], &inner].concat()))
}

#[tokio::test]
async fn what_happens_is_posted_in_order_and_signed() {
    let (node, receiver, folder) = (Node::start().await, Receiver::start().await, folder());
    node.suspend(2);
    let bridge = Bridge::start(&node, folder.path(), &config(&receiver, "", "")).await;
    until("the first two", || receiver.taken() == [1, 2]).await;
    node.add(RecordKind::GrantResumed, json!({"grant": 3}));
    until("the third", || receiver.taken() == [1, 2, 3]).await;
    let post = &receiver.posts()[2];
    assert_eq!(post.headers["content-type"], "application/cloudevents+json");
    let event = &post.events()[0];
    assert_eq!((&event["id"], &event["source"]), (&json!("09090909/3"), &json!("mulu:fake")));
    assert_eq!((&event["type"], &event["subject"]), (&json!("org.mulu.grant.resumed.v1"), &json!("grant/3")));
    let signature = post.headers["mulu-signature"].to_str().unwrap();
    let (at, signed) = signature.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
    assert_eq!(signed, hmac(SECRET.as_bytes(), &[at.as_bytes(), b".", &post.body].concat()));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    assert!(now.abs_diff(at.parse().unwrap()) < 60);
    until("all taken", || bridge.metrics.text().contains("sent_total{sink=\"platform\",outcome=\"taken\"} 3")).await;
    bridge.stop().await;
}

#[tokio::test]
async fn while_a_secret_is_replaced_both_sign_and_a_token_goes_along() {
    let (node, receiver, folder) = (Node::start().await, Receiver::start().await, folder());
    secret(folder.path(), "old", "old-old-old-old-old-old");
    secret(folder.path(), "token", "a-token");
    node.suspend(1);
    let more = "previous_secret_file = \"old\"\ntoken_file = \"token\"";
    let bridge = Bridge::start(&node, folder.path(), &config(&receiver, "", more)).await;
    until("one", || receiver.taken() == [1]).await;
    let post = &receiver.posts()[0];
    let signature = post.headers["mulu-signature"].to_str().unwrap();
    let fields: Vec<&str> = signature.split(',').collect();
    let at = fields[0].strip_prefix("t=").unwrap();
    let message = [at.as_bytes(), b".", &post.body].concat();
    assert_eq!(fields[1], format!("v1={}", hmac(SECRET.as_bytes(), &message)));
    assert_eq!(fields[2], format!("v1={}", hmac(b"old-old-old-old-old-old", &message)));
    assert_eq!(post.headers["authorization"], "Bearer a-token");
    bridge.stop().await;
}

#[tokio::test]
async fn only_what_is_wanted_is_posted_and_the_rest_is_passed_over() {
    let (node, receiver, folder) = (Node::start().await, Receiver::start().await, folder());
    let start = |common: &'static str| {
        let config = config(&receiver, common, "");
        let (node, folder) = (&node, folder.path());
        async move { Bridge::start(node, folder, &config).await }
    };
    node.add(RecordKind::BatchAccepted, json!({"header": {"first": 1}, "findings": []}));
    node.add(RecordKind::BatchAccepted, json!({"header": {"first": 2}, "findings": [{"place": 0, "findings": 1}]}));
    node.suspend(1);
    node.add(RecordKind::EntryPublished, json!({}));
    let bridge = start("types = [\"finding\", \"entry\"]").await;
    until("two of four", || receiver.taken() == [2, 4]).await;
    assert_eq!(
        receiver.posts()[0].events()[0]["data"]["body"]["findings"],
        json!([{"event": 2, "findings": ["no_grant"]}])
    );
    bridge.stop().await;
    // Of another department nothing comes, and it is known how far that is true.
    let bridge = start("departments = [9]").await;
    node.suspend(1);
    until("it looked at all", || bridge.desk.statuses()[0].next.is_some_and(|next| next.get() == 6)).await;
    assert_eq!(receiver.taken(), [2, 4]);
    bridge.stop().await;
}

#[tokio::test]
async fn what_is_not_taken_is_posted_again_and_a_pause_that_is_asked_for_is_kept() {
    let (node, receiver, folder) = (Node::start().await, Receiver::start().await, folder());
    receiver.answer([
        Reply::Status(503),
        Reply::With(429, "retry-after", "1".into()),
        Reply::Slow(Duration::from_millis(600)),
        Reply::Status(500),
    ]);
    node.suspend(2);
    let bridge = Bridge::start(&node, folder.path(), &config(&receiver, "", "timeout_ms = 200")).await;
    until("both", || receiver.taken().ends_with(&[1, 2])).await;
    let posts = receiver.posts();
    let records: Vec<u64> = posts.iter().flat_map(super::receiver::Post::records).collect();
    assert_eq!(records, [1, 1, 1, 1, 1, 2]);
    let ids: Vec<_> = posts[..5].iter().map(|post| post.events()[0]["id"].clone()).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "the same event has the same id");
    assert!(bridge.metrics.text().contains("sent_total{sink=\"platform\",outcome=\"later\"} 4"));
    assert_eq!(bridge.state(), SinkState::Following);
    bridge.stop().await;
}

#[tokio::test]
async fn a_bridge_that_dies_before_it_puts_its_position_posts_the_same_event_again() {
    let (node, receiver, folder) = (Node::start().await, Receiver::start().await, folder());
    node.suspend(2);
    let config = config(&receiver, "", "timeout_ms = 60000");
    // The receiver has the second event, and its answer never arrives.
    receiver.answer([Reply::Status(200), Reply::Slow(Duration::from_secs(600))]);
    let bridge = Bridge::start(&node, folder.path(), &config).await;
    until("the second came", || receiver.posts().len() == 2).await;
    bridge.kill().await;
    let bridge = Bridge::start(&node, folder.path(), &config).await;
    node.suspend(1);
    until("all", || receiver.taken().ends_with(&[2, 3])).await;
    let ids: Vec<_> = receiver.posts().iter().map(|post| post.events()[0]["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, ["09090909/1", "09090909/2", "09090909/2", "09090909/3"]);
    bridge.stop().await;
}

#[tokio::test]
async fn a_restart_goes_on_behind_what_was_taken() {
    let (node, receiver, folder) = (Node::start().await, Receiver::start().await, folder());
    let config = config(&receiver, "from = 2", "");
    node.suspend(3);
    let bridge = Bridge::start(&node, folder.path(), &config).await;
    until("two", || receiver.taken() == [2, 3]).await;
    until("and told", || bridge.desk.statuses()[0].next.is_some_and(|next| next.get() == 4)).await;
    bridge.stop().await;
    node.suspend(1);
    let bridge = Bridge::start(&node, folder.path(), &config).await;
    until("the fourth", || receiver.taken() == [2, 3, 4]).await;
    bridge.stop().await;
}

#[tokio::test]
async fn who_begins_now_is_told_nothing_of_before_also_after_a_restart() {
    let (node, receiver, folder) = (Node::start().await, Receiver::start().await, folder());
    let config = config(&receiver, "from = \"now\"", "");
    node.suspend(3);
    let bridge = Bridge::start(&node, folder.path(), &config).await;
    until("it follows", || bridge.state() == SinkState::Following).await;
    bridge.stop().await;
    node.suspend(1);
    let bridge = Bridge::start(&node, folder.path(), &config).await;
    until("the fourth alone", || receiver.taken() == [4]).await;
    bridge.stop().await;
}

#[tokio::test]
async fn a_node_that_goes_away_is_waited_for() {
    let (mut node, receiver, folder) = (Node::start().await, Receiver::start().await, folder());
    node.suspend(1);
    let bridge = Bridge::start(&node, folder.path(), &config(&receiver, "", "")).await;
    until("one", || receiver.taken() == [1]).await;
    node.stop().await;
    until("it is told", || bridge.state() == SinkState::Retrying).await;
    assert!(bridge.metrics.text().contains("in_trouble{part=\"sink/platform\"} 1"));
    node.suspend(2);
    node.start_again().await;
    until("all, each once", || receiver.taken() == [1, 2, 3]).await;
    bridge.stop().await;
}

#[tokio::test]
async fn a_refused_event_stops_the_sink_until_somebody_rings() {
    let (node, receiver, folder) = (Node::start().await, Receiver::start().await, folder());
    receiver.always(Some(Reply::RefuseRecord(2)));
    node.suspend(3);
    let bridge = Bridge::start(&node, folder.path(), &config(&receiver, "", "tries = 1")).await;
    until("it stops", || bridge.state() == SinkState::Stopped).await;
    assert_eq!(receiver.taken(), [1]);
    assert!(bridge.desk.statuses()[0].why.as_ref().unwrap().contains("422"));
    let came = receiver.posts().len();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(receiver.posts().len(), came, "nothing is sent while it has stopped");
    receiver.always(None);
    assert!(bridge.desk.ring("platform"));
    until("in order", || receiver.taken() == [1, 2, 3]).await;
    bridge.stop().await;
}

#[tokio::test]
async fn a_refused_event_is_parked_where_that_is_wanted_and_sent_again_when_somebody_rings() {
    let (node, receiver, folder) = (Node::start().await, Receiver::start().await, folder());
    let config = config(&receiver, "", "tries = 1\non_refusal = \"park\"\nbatch_max = 10");
    receiver.always(Some(Reply::RefuseRecord(3)));
    node.suspend(5);
    let bridge = Bridge::start(&node, folder.path(), &config).await;
    until("the others", || {
        let mut taken = receiver.taken();
        taken.sort_unstable();
        taken == [1, 2, 4, 5]
    })
    .await;
    until("it is parked", || bridge.desk.statuses()[0].parked.len() == 1).await;
    assert!(bridge.metrics.text().contains("outcome=\"parked\"} 1"));
    assert_eq!(receiver.posts()[0].headers["content-type"], "application/cloudevents-batch+json");
    bridge.stop().await;
    // What is parked outlives the process.
    let bridge = Bridge::start(&node, folder.path(), &config).await;
    until("it is still parked", || bridge.desk.statuses()[0].parked.iter().any(|parked| parked.record.get() == 3))
        .await;
    receiver.always(None);
    bridge.desk.ring("platform");
    until("it is taken", || receiver.taken().ends_with(&[3]) && bridge.desk.statuses()[0].parked.is_empty()).await;
    bridge.stop().await;
}

#[tokio::test]
async fn whoever_answers_410_hears_nothing_more_until_somebody_rings() {
    let (node, receiver, folder) = (Node::start().await, Receiver::start().await, folder());
    receiver.answer([Reply::Status(410)]);
    node.suspend(1);
    let bridge = Bridge::start(&node, folder.path(), &config(&receiver, "", "on_refusal = \"park\"")).await;
    until("it stops", || bridge.state() == SinkState::Stopped).await;
    assert!(bridge.desk.statuses()[0].why.as_ref().unwrap().contains("410"));
    bridge.desk.ring("platform");
    until("it goes on", || receiver.taken() == [1]).await;
    bridge.stop().await;
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (node, receiver, folder) = (Node::start().await, Receiver::start().await, folder());
    let elsewhere = Receiver::start().await;
    receiver.always(Some(Reply::With(307, "location", format!("http://{}/", elsewhere.address))));
    node.suspend(1);
    let bridge = Bridge::start(&node, folder.path(), &config(&receiver, "", "tries = 1")).await;
    until("it stops", || bridge.state() == SinkState::Stopped).await;
    assert!(elsewhere.posts().is_empty());
    bridge.stop().await;
}

#[tokio::test]
async fn a_bridge_that_is_configured_wrongly_says_so_at_once() {
    let (node, receiver, folder) = (Node::start().await, Receiver::start().await, folder());
    secret(folder.path(), "webhook.secret", "short");
    let bridge = Bridge::start(&node, folder.path(), &config(&receiver, "", "")).await;
    let error = bridge.sink.await.unwrap().unwrap_err().to_string();
    assert!(error.starts_with("sink.platform: ") && error.contains("16 bytes") && !error.contains("short"), "{error}");
    bridge.stop.request();
    bridge.spool.close().await;
}

#[tokio::test]
async fn the_page_knows_our_signature() {
    let (node, receiver, folder) = (Node::start().await, Receiver::start().await, folder());
    node.suspend(1);
    let bridge = Bridge::start(&node, folder.path(), &config(&receiver, "", "")).await;
    until("one", || receiver.taken() == [1]).await;
    let post = &receiver.posts()[0];
    let page = include_str!("../../../../docs/integration/webhook.md");
    let code = page.split("```python\n").nth(1).unwrap().split("```").next().unwrap();
    let script =
        format!("{code}\nimport sys\nprint(is_ours(sys.argv[1].encode(), sys.argv[2], sys.argv[3].encode()))\n");
    let says = |secret: &str, body: &str| {
        let signature = post.headers["mulu-signature"].to_str().unwrap();
        let told = Command::new("python3").args(["-c", &script, secret, signature, body]).output().unwrap();
        assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
        String::from_utf8(told.stdout).unwrap().trim().to_owned()
    };
    let body = std::str::from_utf8(&post.body).unwrap();
    assert_eq!(
        (says(SECRET, body), says(SECRET, "{}"), says("another secret", body)),
        ("True".into(), "False".into(), "False".into())
    );
    bridge.stop().await;
}
