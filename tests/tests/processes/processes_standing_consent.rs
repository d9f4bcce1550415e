//! A standing consent, through `mulu`: what it covers is agreed without the officer, evidence shows it, and behind its end people decide again.

use super::{
    block_on, folder,
    mulu::{Mulu, acts_of, unconditional},
    shared_turn, start,
};
use mulu_tests::network::Network;
use serde_json::{Value, json};
use std::fs;

#[test]
fn processes_a_standing_consent_agrees_until_it_is_revoked_and_evidence_shows_it() {
    let _turn = shared_turn();
    let folder = folder();
    block_on(async {
        let (network, ..) = start(folder.path()).await;
        let mulu = Mulu::at(&network, 1);
        mulu.ground(&unconditional(&mulu));
        let mut consent = mulu.template("consent set");
        consent["expires"] = json!(4_000_000_000_000_u64);
        let file = mulu.file(&consent);
        let set = mulu.act("d2-officer", &format!("consent set 1 {file}"), "standing_consent_set");
        let shown = mulu.ask("consent show 1");
        assert_eq!((&shown["record"], &shown["consent"]), (&set["record"], &consent));

        let covered = mulu.request("补贴资格审核");
        agreed_without_the_officer(&mulu, covered, &set["record"]);
        let package = prove_an_event(&network, &mulu, "before.evidence");

        mulu.act("d2-officer", "consent revoke 1 --reason 条件有变", "standing_consent_revoked");
        let shown = mulu.ask("consent show 1");
        assert_eq!((&shown["consent"], &shown["revoked"]), (&Value::Null, &json!("条件有变")));
        waits_for_the_officer(&mulu);
        // What it began runs on, and stays proven.
        assert_eq!(mulu.ask("grant show 1")["state"], "provisioned");
        verify(&mulu, &package);
        let package = export(&mulu, "after.evidence");
        verify(&mulu, &package);
    });
}

fn agreed_without_the_officer(mulu: &Mulu, request: u64, consent: &Value) {
    let shown = mulu.ask(&format!("request show {request}"));
    assert_eq!((&shown["state"], &shown["grant"]), (&json!("agreed"), &json!(1)));
    assert!(!acts_of(&shown).contains(&"request_approved"));
    let agreed = shown["timeline"].as_array().unwrap().iter().find(|step| step["act"] == "request_agreed").unwrap();
    assert_eq!(agreed["account"], Value::Null, "nobody signed the agreement itself");
    let record = mulu.ask(&format!("record show {}", agreed["record"]));
    assert_eq!(&record["decoded"]["consent"], consent);
    // The provider's officer comes too late to refuse.
    mulu.refused("d2-officer", &format!("request refuse {request} --reason 不予共享"));
    mulu.act("d2-officer", "grant provision 1", "grant_provisioned");
}

/// An event under the grant, from the platform's vault to a package that verifies offline.
fn prove_an_event(network: &Network, mulu: &Mulu, name: &str) -> String {
    mulu.act("d2-platform", "stream open --platform 1", "stream_opened");
    let now = mulu.ask("node info")["head_moment"].clone();
    let event = json!({
        "grant": 1, "grant_version": 1, "items": [0, 1], "authorising_system": 1, "using_system": 2, "purpose": 1,
        "method": "service_interface", "side": "provider", "time": now, "duration_ms": 12, "outcome": "ok", "calls": 1, "rows": 3,
        "bytes": 456, "request_id": "r-77", "sealed": { "operator": "审核员07", "user": "u-9", "network_address": "192.0.2.7" },
    });
    let file = mulu.path("events.jsonl");
    fs::write(&file, format!("{event}\n")).unwrap();
    let key = network.folder().join("accounts/d2-platform.key");
    let vault = mulu.path("d2.vault");
    mulu.ask(&format!("access report {file} --stream 1 --vault {vault} --key {}", key.display()));
    let history = mulu.rows("access history --grant 1");
    assert_eq!((history.len(), &history[0]["findings"]), (1, &json!([])));
    let package = export(mulu, name);
    verify(mulu, &package);
    package
}

fn export(mulu: &Mulu, name: &str) -> String {
    let (package, vault, genesis) = (mulu.path(name), mulu.path("d2.vault"), mulu.path("genesis.json"));
    let what = format!("--stream 1 --event 1 --vault {vault} --reveal user");
    mulu.ask(&format!("evidence export {what} --genesis {genesis} --output {package}"));
    package
}

fn verify(mulu: &Mulu, package: &str) {
    let report = mulu.ask(&format!("verify {package} --genesis {}", mulu.path("genesis.json")));
    assert_eq!(report["verified"], true, "{report:#}");
    assert!(report.to_string().contains("standing consent of the officer of department 2"), "{report:#}");
}

fn waits_for_the_officer(mulu: &Mulu) {
    let request = mulu.request("信用评价");
    let shown = mulu.ask(&format!("request show {request}"));
    assert_eq!((&shown["grant"], &shown["waiting"]["role"]), (&Value::Null, &json!("officer")));
    assert_eq!(shown["waiting"]["departments"], json!([2]));
    mulu.act("d2-officer", &format!("request agree {request}"), "request_agreed");
    assert_eq!(mulu.ask(&format!("request show {request}"))["grant"], 2);
}
