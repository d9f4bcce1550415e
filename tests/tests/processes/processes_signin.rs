//! A node of a network with a listener for others: the command signs in with a key, a token goes on alone, and the node's log at its most
//! talkative holds none. An account that loses its role is out with the next block.

use super::{folder, mulu::Mulu, run, turn};
use mulu_tests::network::{Network, free_ports};
use serde_json::Value;
use std::fs;

/// What is typed, at an address, with further words; stdout as JSON, or stderr if it was refused.
fn typed(url: &str, typed: &str, further: &[&str]) -> Result<Value, String> {
    let words: Vec<&str> = typed.split_whitespace().chain(further.iter().copied()).collect();
    let output = run("mulu", &[&words[..], &["--url", url, "--json", "--lang", "en"]].concat());
    if output.status.success() {
        Ok(serde_json::from_slice(&output.stdout).unwrap())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

#[test]
fn processes_others_sign_in_at_a_node_with_a_public_listener() {
    let _turn = turn();
    let folder = folder();
    let mut network = Network::create(folder.path(), 4, true).unwrap();
    network.log("trace,libp2p=warn,arc_malachitebft=warn,tantivy=warn,hyper=trace");
    let port = free_ports(1);
    let config = network.home(1).join("config.toml");
    let text = fs::read_to_string(&config).unwrap() + &format!("\n[rpc.public]\nlisten = \"127.0.0.1:{port}\"\n");
    fs::write(&config, text).unwrap();
    network.start_all().unwrap();
    for node in 1..=network.len() {
        network.wait_for(node).unwrap();
    }
    let mulu = Mulu::at(&network, 1);
    let url = format!("ws://127.0.0.1:{port}");
    let key = mulu.path("accounts/d2-officer.key");

    // Nobody known is told to sign in.
    let refused = typed(&url, "department list", &[]).unwrap_err();
    assert!(refused.contains("sign in") && refused.contains("--key"), "{refused}");
    // A key signs in by itself, to ask and to act.
    assert_eq!(typed(&url, "department list", &["--key", &key]).unwrap()["rows"].as_array().unwrap().len(), 4);
    let supervisor = mulu.path("accounts/d1-supervisor.key");
    let purpose = "purpose register --code P-1 --name test";
    typed(&url, purpose, &["--key", &supervisor]).expect("an act over the public listener");
    // A token goes on alone, as an option and in the path.
    let session = typed(&url, "sign-in", &["--key", &key]).unwrap();
    let token = session["token"].as_str().unwrap();
    assert_eq!((session["department"].as_u64(), session["roles"][0].as_str()), (Some(2), Some("officer")));
    typed(&url, "request list", &["--token", token]).unwrap();
    typed(session["address"].as_str().unwrap(), "request list", &[]).unwrap();
    // Another node's name is not signed for.
    let elsewhere = typed(&url, "sign-in --node 12D3KooWElsewhere", &["--key", &key]).unwrap_err();
    assert!(elsewhere.contains("in between"), "{elsewhere}");
    let name = mulu.ask("node info")["peer_id"].as_str().unwrap().to_owned();
    typed(&url, &format!("sign-in --node {name}"), &["--key", &key]).unwrap();
    // Loopback needs none of this.
    assert!(typed(&network.url(1), "sign-in", &["--key", &key]).unwrap_err().contains("needs no sign-in"));

    // The officer's role goes, and with it the token.
    let officer = mulu.public_key("d2-officer");
    mulu.act("d2-admin", &format!("role revoke {officer} --department 2 --role officer"), "role_revoked");
    let ended = typed(&url, "request list", &["--token", token]).unwrap_err();
    assert!(ended.contains("token has ended") || ended.contains("the token has run out"), "{ended}");
    // A token is ended by whoever has it.
    let head = mulu.path("accounts/d2-head.key");
    let session = typed(&url, "sign-in", &["--key", &head]).unwrap();
    let other = session["token"].as_str().unwrap();
    assert_eq!(typed(&url, "sign-out", &["--token", other]).unwrap()["ended"], true);
    assert!(typed(&url, "sign-out", &["--token", other]).unwrap_err().contains("sign in again"));

    network.stop();
    let log = fs::read_to_string(network.home(1).join("node.log")).unwrap();
    assert!(log.contains("others may sign in") && log.contains("jsonrpsee"), "it was talkative");
    for token in [token, other] {
        assert!(!log.contains(token), "the log holds a token");
    }
}
