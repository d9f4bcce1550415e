//! Every act on departments, their keys and their nodes, through `mulu`: a department is registered, revised and admitted, a key is reported
//! lost and found again, and the new department's observer becomes a validator that the chain then needs.

use super::{block_on, folder, mulu::Mulu, run, shared_turn, start};
use mulu_proofs::departments::CreditCode;
use mulu_tests::network::Network;
use serde_json::{Value, json};
use std::{fs, time::Duration};

#[test]
fn processes_every_act_on_departments_and_their_keys_is_done_and_shown_by_mulu() {
    let _turn = shared_turn();
    let folder = folder();
    block_on(async {
        let (network, ..) = start(folder.path()).await;
        let mulu = Mulu::at(&network, 1);
        register(&mulu);
        admit(&mulu);
        budget(&mulu);
        key_is_found_again(&mulu);
        key_is_replaced(&mulu);
    });
}

#[test]
fn processes_an_observer_becomes_a_validator_that_the_chain_then_needs() {
    let _turn = shared_turn();
    let folder = folder();
    block_on(async {
        let (mut network, ..) = start(folder.path()).await;
        let mulu = Mulu::at(&network, 1);
        register(&mulu);
        admit(&mulu);
        let (node, info) = observe(&mut network, &mulu);
        promote(&mut network, &mulu, node, &info);
        // Of five validators four have to sign: without the new one's vote nothing would be decided any more.
        network.kill(4);
        mulu.act("d1-supervisor", "purpose register --code E2E --name 端到端", "purpose_registered");
    });
}

/// Department 5, hosted by department 2.
fn register(mulu: &Mulu) {
    let code = CreditCode::with_check_character("11330100000000005").unwrap();
    let seat = "--level city --region 330100 --parent 1 --host 2";
    let register = format!("department register --credit-code {} --name 市林业局 {seat}", code.as_str());
    mulu.act("d1-supervisor", &register, "department_registered");
    let again = mulu.refused("d1-supervisor", &register);
    assert!(again.contains("CreditCodeTaken"), "{again}");
    let revise = "department revise 5 --name 市林业和草原局 --data-manager yes";
    mulu.act("d1-supervisor", revise, "department_revised");
    let shown = mulu.ask(&format!("department show {}", code.as_str()));
    assert_eq!((&shown["id"], &shown["name"]), (&json!(5), &json!("市林业和草原局")));
    assert_eq!((&shown["is_data_manager"], &shown["is_admitted"]), (&json!(true), &json!(false)));
    assert_eq!(mulu.rows("department hosted --host 2")[0]["department"], 5);
    let counters = mulu.ask("department counters 5");
    assert!(counters["counts"].as_array().unwrap().iter().all(|count| count["count"] == 0), "{counters}");
}

fn admit(mulu: &Mulu) {
    decide(mulu, "department admit 5");
    assert_eq!(mulu.ask("department show 5")["is_admitted"], true);
}

/// Proposes, and has as many heads vote for it as it takes.
fn decide(mulu: &Mulu, proposed: &str) {
    let proposal = mulu.act("d1-head", proposed, "proposal_made")["proposal"].clone();
    let needed = mulu.ask(&format!("proposal show {proposal}"))["needed"].as_u64().unwrap();
    elsewhere(mulu, "d1-head", &format!("vote {proposal} --approve"), "proposal_voted");
    for department in 2..=needed {
        mulu.act(&format!("d{department}-head"), &format!("vote {proposal} --approve"), "proposal_voted");
    }
    let shown = mulu.ask(&format!("proposal show {proposal}"));
    assert_eq!(shown["state"], "enacted", "{proposed}: {shown:#}");
}

/// An act that is built without its key, signed without a node, and submitted twice, which is one act.
fn elsewhere(mulu: &Mulu, who: &str, typed: &str, kind: &str) {
    let file = mulu.path("act");
    let built = mulu.ask(&format!("tx build --output {file} --signer {} {typed}", mulu.public_key(who)));
    assert!(built["terms"]["proposal"].is_object(), "what the digest stands for is in the file: {built:#}");
    let (digest, key) = (built["digest"].as_str().unwrap(), mulu.path(&format!("accounts/{who}.key")));
    mulu.ask(&format!("tx sign {file} --digest {digest} --key {key}"));
    let done = mulu.ask(&format!("tx submit {file}"));
    assert!(done["caused"].as_array().unwrap().iter().any(|record| record["kind"] == kind), "{done:#}");
    assert_eq!(mulu.ask(&format!("tx submit {file}")), done);
    fs::remove_file(file).unwrap();
}

fn budget(mulu: &Mulu) {
    let acts = mulu.ask("department budget 1")["acts"].clone();
    let number = |what: &str| acts[what]["extrinsics"].as_u64().unwrap();
    assert!(number("used") >= 3, "{acts}");
    assert_eq!(number("left"), number("per_day") - number("used"));
}

/// Somebody believes the officer's key lost; the officer has it and says so.
fn key_is_found_again(mulu: &Mulu) {
    let (old, new) = keys(mulu, "d2-officer-next");
    let report = format!("account replace {new} --lost {old}");
    mulu.act("d2-admin", &format!("{report} --reason 设备遗失"), "key_reported_lost");
    assert_eq!(mulu.ask(&format!("account show {old}"))["reported_lost"]["new"], json!(new));
    mulu.act("d2-officer", &format!("{report} --withdraw"), "key_report_withdrawn");
    assert_eq!(mulu.ask(&format!("account show {old}"))["reported_lost"], Value::Null);
}

/// This time it is lost: another person than the reporter confirms, and the roles end; the new key is given its own.
fn key_is_replaced(mulu: &Mulu) {
    let (old, new) = keys(mulu, "d2-officer-new");
    let report = format!("account replace {new} --lost {old}");
    mulu.act("d2-admin", &format!("{report} --reason 设备遗失"), "key_reported_lost");
    let refused = mulu.refused("d2-admin", &format!("{report} --confirm"));
    assert!(refused.contains("head") && refused.contains("supervisor"), "the way out names who may: {refused}");
    mulu.act("d2-head", &format!("{report} --confirm"), "key_replaced");
    assert_eq!(mulu.ask(&format!("account show {old}"))["replaced_by"], json!(new));
    let role = format!("{new} --department 2 --role officer");
    mulu.act("d2-admin", &format!("role give {role} --expires 2099-12-31"), "role_given");
    mulu.act("d2-head", &format!("role confirm {role}"), "role_confirmed");
    let shown = mulu.ask(&format!("whoami --key {}", mulu.path("accounts/d2-officer-new.key")));
    assert_eq!((&shown["replaces"], &shown["roles"][0]["role"]), (&json!(old), &json!("officer")));
    assert_eq!(shown["roles"][0]["is_in_force"], true, "{shown:#}");
}

/// Public keys of the officer of department 2 and of a fresh key file.
fn keys(mulu: &Mulu, name: &str) -> (String, String) {
    let made = mulu.ask(&format!("key generate {} --plain", mulu.path(&format!("accounts/{name}.key"))));
    (mulu.public_key("d2-officer"), made["public_key"].as_str().unwrap().to_owned())
}

/// How the acts on a node name it.
fn options(info: &Value) -> String {
    let part = |name: &str| info[name].as_str().unwrap().to_owned();
    let (consensus, extrinsics) = (part("consensus_address"), part("extrinsics_address"));
    format!("--node-key {} --consensus-address {consensus} --extrinsics-address {extrinsics}", part("key"))
}

/// A node without a vote follows the chain once it is registered.
fn observe(network: &mut Network, mulu: &Mulu) -> (usize, Value) {
    let (node, said) = network.join_as_observer().unwrap();
    let info = serde_json::from_str::<Value>(&said).unwrap()["node"].clone();
    decide(mulu, &format!("observer add --department 5 --name 林业观察节点 {}", options(&info)));
    let listed = mulu.ask("observer list");
    assert_eq!((&listed[0]["department"], &listed[0]["node"]["key"]), (&json!(5), &info["key"]));
    network.start_node(node).unwrap();
    follow(network, mulu, node);
    (node, info)
}

/// Waits until a node has what the first one has.
fn follow(network: &mut Network, mulu: &Mulu, node: usize) {
    network.wait_for(node).unwrap();
    let head = mulu.ask("node info")["head"]["height"].as_u64();
    Mulu::at(network, node).wait("node info", |info| info["head"]["height"].as_u64() >= head);
}

/// As docs/operations.md says: a validator key and `candidate` in the place of `observer`, then the decision.
fn promote(network: &mut Network, mulu: &Mulu, node: usize, info: &Value) {
    network.kill(node);
    let home = network.home(node);
    let key = home.join("keys/validator.key");
    let made = run("mulu-node", &["key", "generate", "--output", key.to_str().unwrap()]);
    let validator = String::from_utf8(made.stdout).unwrap().trim().to_owned();
    let config = fs::read_to_string(home.join("config.toml")).unwrap();
    let config = config.replace("observer = true", "candidate = true");
    let config = config.replace("[keys]\n", "[keys]\nvalidator = \"keys/validator.key\"\n");
    fs::write(home.join("config.toml"), config).unwrap();
    network.start_node(node).unwrap();
    follow(network, mulu, node);

    decide(mulu, &format!("validator add {validator} --department 5 {}", options(info)));
    assert_eq!(mulu.ask("validator list").as_array().unwrap().len(), 5);
    assert_eq!(mulu.ask("observer list"), json!([]), "whoever votes is no observer any more");
    let ended = network.wait_for_end(node, Duration::from_millis(200));
    assert!(ended.is_none(), "the node that was promoted has ended: {}", network.log_tail(node));
}
