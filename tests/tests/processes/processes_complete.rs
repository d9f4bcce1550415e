//! Complete lists, through `mulu`: what was reported under a grant between two heights, proven offline to be all of it.

use super::{
    block_on, folder,
    mulu::{Mulu, unconditional},
    run, shared_turn, start,
};
use mulu_tests::network::Network;
use serde_json::json;
use std::fs;

#[test]
fn processes_a_list_of_a_grants_events_is_proven_to_be_all_that_was_reported() {
    let _turn = shared_turn();
    let folder = folder();
    block_on(async {
        let (network, ..) = start(folder.path()).await;
        let mulu = Mulu::at(&network, 1);
        mulu.ground(&unconditional(&mulu));
        let request = mulu.request("补贴资格审核");
        mulu.act("d2-officer", &format!("request agree {request}"), "request_agreed");
        mulu.act("d2-officer", "grant provision 1", "grant_provisioned");
        for _ in 0..2 {
            mulu.act("d2-platform", "stream open --platform 1", "stream_opened");
        }
        let before = height(&mulu);
        report(&network, &mulu, 1, &["a-1", "a-2"]);
        let between = height(&mulu);
        report(&network, &mulu, 2, &["b-1"]);
        report(&network, &mulu, 1, &["a-3", "a-4", "a-5"]);

        // All of it rests on the state at the head, a part of it on what came later.
        let all = prove(&mulu, "all.evidence", "");
        assert_eq!((&all["first"], &all["totals"]["events"]), (&json!(1), &json!(6)));
        let part = prove(&mulu, "part.evidence", &format!("--above {before} --until-height {between}"));
        assert_eq!(
            (&part["first"], &part["totals"]["events"], &part["totals"]["calls"]),
            (&json!(1), &json!(2), &json!(2))
        );
        let rest = prove(&mulu, "rest.evidence", &format!("--above {between}"));
        assert_eq!((&rest["first"], &rest["totals"]["events"]), (&json!(3), &json!(4)));
        let nothing = prove(&mulu, "nothing.evidence", &format!("--until-height {before}"));
        assert_eq!(nothing["totals"]["events"], 0);

        let numbers = |facts: &serde_json::Value| -> Vec<u64> {
            facts["events"].as_array().unwrap().iter().map(|event| event["number"].as_u64().unwrap()).collect()
        };
        let facts = verify(&mulu, "rest.evidence");
        assert_eq!(numbers(&facts), [3, 4, 5, 6]);
        assert_eq!(facts["reporters"].as_array().unwrap().len(), 2, "both streams");

        // The same file with a byte of a leaf changed proves nothing.
        let path = mulu.path("all.evidence");
        let mut bytes = fs::read(&path).unwrap();
        let leaf = [1_u8, 1, 0b1_1111];
        let at = bytes
            .windows(3)
            .rposition(|window| window == leaf)
            .expect("a leaf of a grant, all fields but the pseudonym");
        bytes[at + 60] ^= 1;
        fs::write(&path, bytes).unwrap();
        let genesis = mulu.path("genesis.json");
        let output = run("mulu", &["verify", &path, "--genesis", &genesis, "--lang", "en"]);
        assert!(!output.status.success());
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(said.contains("\"list\" does not hold"), "{said}");
    });
}

fn height(mulu: &Mulu) -> u64 {
    mulu.ask("node info")["head"]["height"].as_u64().unwrap()
}

/// Reports a call for each request id, in one batch.
fn report(network: &Network, mulu: &Mulu, stream: u32, request_ids: &[&str]) {
    let now = mulu.ask("node info")["head_moment"].clone();
    let events: Vec<String> = request_ids
        .iter()
        .map(|id| {
            json!({
                "grant": 1, "grant_version": 1, "items": [0, 1], "authorising_system": 1, "using_system": 2, "purpose": 1,
                "method": "service_interface", "side": "provider", "time": now, "duration_ms": 12, "outcome": "ok", "calls": 1,
                "rows": 3, "bytes": 456, "request_id": id, "sealed": { "user": "u-9" },
            })
            .to_string()
        })
        .collect();
    let file = mulu.path(&format!("{}.jsonl", request_ids[0]));
    fs::write(&file, events.join("\n")).unwrap();
    let key = network.folder().join("accounts/d2-platform.key");
    let vault = mulu.path("d2.vault");
    mulu.ask(&format!("access report {file} --stream {stream} --vault {vault} --key {}", key.display()));
}

/// Writes a list and verifies it offline; what the command said.
fn prove(mulu: &Mulu, name: &str, heights: &str) -> serde_json::Value {
    let said = mulu.ask(&format!("access history --grant 1 --prove-complete {} {heights}", mulu.path(name)));
    assert_eq!(said["verified"], true);
    let facts = verify(mulu, name);
    assert_eq!(facts["totals"], said["totals"]);
    said
}

/// The facts of a list, verified without a node.
fn verify(mulu: &Mulu, name: &str) -> serde_json::Value {
    let report = mulu.ask(&format!("verify {} --genesis {}", mulu.path(name), mulu.path("genesis.json")));
    assert_eq!(report["verified"], true, "{report:#}");
    report["facts"].clone()
}
