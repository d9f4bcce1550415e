//! Streams that take nothing any more under a bridge that runs: closed on the ledger, or with a vault that is an older copy. What was
//! acknowledged is moved into another stream and comes onto the chain, each event once.

use super::{
    block_on,
    bridged::{
        LOG_AND_POSTS, PLATFORM, PROVIDER, Place, SENDER, append, by_platform, joined, lines_of, numbers, until_events,
        wait_until,
    },
    folder, turn,
};
use mulu_client::{calls::Call, connection::Connection};
use mulu_proofs::ids::StreamId;
use mulu_tests::{
    http::{Answer, Request},
    ledger::Ledger,
};
use serde_json::{Value, json};
use std::fs;

/// Posts one line to the portal.
fn post(place: &Place, number: u64) -> Answer {
    let body = lines_of("portal", [number]);
    let headers = ["Content-Type: application/x-ndjson"];
    Request::post("/ingest/portal", body.as_bytes()).by(SENDER).with(&headers).send(place.address).unwrap()
}

/// What the bridge says of a line that it does not take; nothing of one that it has. Until it has begun with the source it says `not_open`.
fn refused(place: &Place, number: u64) -> Option<String> {
    let answer = post(place, number);
    if answer.status == 200 {
        return None;
    }
    assert_eq!(answer.status, 503, "{}", answer.body);
    let said: Value = serde_json::from_str(&answer.body).unwrap();
    Some(said["error"].as_str().unwrap().to_owned())
}

/// Posts a line as a sender does: again, as long as the source is not open yet.
fn post_taken(place: &Place, number: u64) {
    wait_until("a line is taken", || match refused(place, number) {
        None => true,
        Some(why) => {
            assert_eq!(why, "not_open");
            false
        }
    });
}

/// Posts lines from a number on until the bridge takes none for good; the last one that it took, and why it took no more.
fn post_until_refused(place: &Place, first: u64) -> (u64, String) {
    let (mut number, mut said) = (first, None);
    wait_until("a post is refused", || {
        match refused(place, number) {
            None => number += 1,
            Some(why) if why == "not_open" => {}
            Some(why) => said = Some(why),
        }
        said.is_some()
    });
    (number - 1, said.unwrap())
}

fn name_other_stream(place: &Place, from: u32, to: u32) {
    let text = fs::read_to_string(place.config()).unwrap();
    fs::write(place.config(), text.replace(&format!("stream = {from}\n"), &format!("stream = {to}\n"))).unwrap();
}

/// Whether it is well, and which sources stand still for what reason.
fn health(place: &Place) -> (u16, Value) {
    let answer = Request::get("/health").send(place.address).unwrap();
    let said: Value = serde_json::from_str(&answer.body).unwrap();
    (answer.status, said["standing"].clone())
}

fn moved(place: &Place, from: u32, to: u32) -> u64 {
    let moved = place.mulu(&format!("bridge move --from {from} --to {to}"));
    assert_eq!(moved["left"], 0, "{moved:#}");
    moved["waiting"].as_u64().unwrap() + moved["sealed"].as_u64().unwrap()
}

/// Numbers of the events of several streams, ascending.
async fn numbers_of(chain: &Connection, streams: [u32; 2]) -> Vec<u64> {
    let mut all = numbers(chain, streams[0]).await;
    all.extend(numbers(chain, streams[1]).await);
    all.sort_unstable();
    all
}

#[test]
fn processes_what_waits_for_a_closed_stream_is_moved_and_comes_once() {
    let _turn = turn();
    let folder = folder();
    block_on(async {
        let (network, lines, people) = joined(folder.path(), 2).await;
        let ledger = Ledger::new(&lines).await.unwrap();
        let chain = lines.of(1);
        let place = Place::new(&network, LOG_AND_POSTS);
        let log = place.path("audit.log");
        append(&log, &lines_of("nginx", 1..=20));
        let mut bridge = place.start();
        until_events(chain, 1, 20).await;
        post_taken(&place, 1);
        until_events(chain, 2, 1).await;
        assert_eq!(health(&place), (200, json!({})));

        for stream in [1, 2] {
            by_platform(&ledger, &people, Call::close_stream(StreamId::new(stream))).await;
        }
        append(&log, &lines_of("nginx", 21..=60));
        let (posted, why) = post_until_refused(&place, 2);
        assert_eq!(why, "stream_closed");
        wait_until("both sources stand still", || {
            let status = place.mulu("bridge status");
            status["standing"] == json!(["nginx", "portal"])
        });
        assert_eq!(health(&place), (503, json!({ "nginx": "stream_closed", "portal": "stream_closed" })));
        // What is written meanwhile waits in the file.
        append(&log, &lines_of("nginx", 61..=80));
        assert!(bridge.stop().unwrap().success(), "{}", bridge.log());
        assert!(bridge.log().contains("mulu bridge move --from 1"), "the way out is told: {}", bridge.log());

        for _ in 0..2 {
            by_platform(&ledger, &people, Call::open_stream(PLATFORM, false)).await;
        }
        moved(&place, 1, 3);
        assert_eq!(moved(&place, 2, 4), posted - 1, "what was acknowledged, and no more");
        name_other_stream(&place, 1, 3);
        name_other_stream(&place, 2, 4);
        let mut bridge = place.start();
        until_events(chain, 3, 60).await;
        until_events(chain, 4, posted - 1).await;
        post_taken(&place, posted + 1);
        until_events(chain, 4, posted).await;
        assert_eq!(numbers_of(chain, [1, 3]).await, (1..=80).collect::<Vec<_>>());
        assert_eq!(numbers_of(chain, [2, 4]).await, (1..=posted + 1).collect::<Vec<_>>());
        wait_until("all is well again", || health(&place) == (200, json!({})));
        assert!(bridge.stop().unwrap().success(), "{}", bridge.log());
    });
}

#[test]
fn processes_an_older_copy_of_a_vault_takes_nothing_and_another_stream_goes_on() {
    let _turn = turn();
    let folder = folder();
    block_on(async {
        let (mut network, lines, _) = joined(folder.path(), 3).await;
        let chain = lines.of(1);
        let tables = &LOG_AND_POSTS[LOG_AND_POSTS.find("[source.portal]").unwrap()..];
        let place = Place::new(&network, tables);
        let mut bridge = place.start();
        for number in 1..=10 {
            post_taken(&place, number);
        }
        until_events(chain, 2, 10).await;
        assert!(bridge.stop().unwrap().success(), "{}", bridge.log());
        let (vault, copy) = (place.path("bridge.vault"), place.path("copy.vault"));
        fs::copy(&vault, &copy).unwrap();
        let mut bridge = place.start();
        for number in 11..=20 {
            post_taken(&place, number);
        }
        until_events(chain, 2, 20).await;
        assert!(bridge.stop().unwrap().success(), "{}", bridge.log());

        fs::copy(&copy, &vault).unwrap();
        let report = place.mulu_failing("bridge check");
        assert!(report.contains("another vault") || report.contains("behind"), "{report}");
        // Without the node it cannot know, and takes what it is sent.
        network.kill(PROVIDER as usize);
        let mut bridge = place.start();
        for number in 21..=25 {
            post_taken(&place, number);
        }
        network.start_node(PROVIDER as usize).unwrap();
        network.wait_for(PROVIDER as usize).unwrap();
        let (posted, why) = post_until_refused(&place, 26);
        assert_eq!(why, "vault_behind");
        assert_eq!(health(&place), (503, json!({ "portal": "vault_behind" })));
        assert!(bridge.stop().unwrap().success(), "{}", bridge.log());

        let waited = place.mulu("bridge move --from 2 --to 3");
        assert_eq!(waited["may_repeat"], true, "{waited:#}");
        assert_eq!(waited["waiting"].as_u64().unwrap(), posted - 20, "{waited:#}");
        name_other_stream(&place, 2, 3);
        let mut bridge = place.start();
        post_taken(&place, posted + 1);
        until_events(chain, 3, posted + 1 - 20).await;
        assert_eq!(numbers_of(chain, [2, 3]).await, (1..=posted + 1).collect::<Vec<_>>());
        assert!(bridge.stop().unwrap().success(), "{}", bridge.log());
    });
}

#[test]
fn processes_a_log_goes_on_behind_the_ledger_after_an_older_copy_of_a_vault() {
    let _turn = turn();
    let folder = folder();
    block_on(async {
        let (network, lines, people) = joined(folder.path(), 1).await;
        let ledger = Ledger::new(&lines).await.unwrap();
        let chain = lines.of(1);
        let tables = &LOG_AND_POSTS[..LOG_AND_POSTS.find("[source.portal]").unwrap()];
        let place = Place::new(&network, tables);
        let (log, vault, copy) = (place.path("audit.log"), place.path("bridge.vault"), place.path("copy.vault"));
        for (last, numbers) in [(20, 1..=20), (40, 21..=40)] {
            append(&log, &lines_of("nginx", numbers));
            let mut bridge = place.start();
            until_events(chain, 1, last).await;
            assert!(bridge.stop().unwrap().success(), "{}", bridge.log());
            if last == 20 {
                fs::copy(&vault, &copy).unwrap();
            }
        }
        fs::copy(&copy, &vault).unwrap();
        append(&log, &lines_of("nginx", 41..=50));

        // Its place in the log is that of the copy: what it would read again is on the ledger already.
        let mut bridge = place.start();
        wait_until("the source stands still", || health(&place) == (503, json!({ "nginx": "vault_behind" })));
        assert_eq!(place.mulu("bridge status")["streams"]["1"]["shut"], "vault_behind");
        assert!(bridge.stop().unwrap().success(), "{}", bridge.log());
        assert!(bridge.log().contains("mulu bridge move --from 1"), "the way out is told: {}", bridge.log());

        // As docs/bridge.md says: nothing is moved; another name, which has no place, and a log that begins behind the last event.
        let reported = numbers(chain, 1).await;
        assert_eq!(reported, (1..=40).collect::<Vec<_>>());
        by_platform(&ledger, &people, Call::open_stream(PLATFORM, false)).await;
        name_other_stream(&place, 1, 2);
        let text = fs::read_to_string(place.config()).unwrap();
        fs::write(place.config(), text.replace("[source.nginx]", "[source.nginx-2]")).unwrap();
        let written = fs::read_to_string(&log).unwrap();
        fs::rename(&log, place.path("audit.log.1")).unwrap();
        append(&log, &written.split_inclusive('\n').skip(reported.len()).collect::<String>());
        let mut bridge = place.start();
        append(&log, &lines_of("nginx", 51..=60));
        until_events(chain, 2, 20).await;
        assert_eq!(numbers_of(chain, [1, 2]).await, (1..=60).collect::<Vec<_>>());
        wait_until("all is well again", || health(&place) == (200, json!({})));
        assert!(bridge.stop().unwrap().success(), "{}", bridge.log());
    });
}
