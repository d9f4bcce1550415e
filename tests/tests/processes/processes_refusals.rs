//! Homes and surroundings that a node refuses to run in: each with a message that says what to do, and nothing half-written.

use super::{folder, refusal, run, turn};
use mulu_tests::network::Network;
use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

/// The homes of a network that nobody has started.
fn homes(folder: &Path) -> Network {
    Network::create(folder, 4, true).unwrap()
}

fn refuses(home: &Path, words: &[&str]) {
    let said = refusal("mulu-node", &["run", "--base-path", home.to_str().unwrap()]);
    for word in words {
        assert!(said.contains(word), "{word:?} is not in:\n{said}");
    }
}

/// Names and sizes of everything below a folder.
fn inventory(folder: &Path) -> Vec<(PathBuf, u64)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let metadata = entry.metadata().unwrap();
        if metadata.is_dir() {
            found.extend(inventory(&entry.path()));
        } else {
            found.push((entry.path(), metadata.len()));
        }
    }
    found.sort();
    found
}

#[test]
fn processes_a_home_of_another_genesis_is_refused() {
    let _turn = turn();
    let (one, other) = (folder(), folder());
    let (network, _other) = (homes(one.path()), homes(other.path()));
    let home = network.home(1);
    fs::copy(other.path().join("node1/chain-spec.json"), home.join("chain-spec.json")).unwrap();
    let before = inventory(&home);
    refuses(&home, &["genesis", "config.toml"]);
    assert_eq!(inventory(&home), before, "nothing was written");
}

#[test]
fn processes_a_taken_port_is_named() {
    let _turn = turn();
    let folder = folder();
    let network = homes(folder.path());
    let taken = TcpListener::bind(network.rpc_address(1)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    refuses(&network.home(1), &[&port, "RPC", "--rpc-port"]);
}

#[test]
fn processes_a_folder_that_is_no_home_is_refused() {
    let _turn = turn();
    let folder = folder();
    refuses(folder.path(), &["config.toml", "mulu-node testnet"]);
    let said = refusal("mulu-node", &["testnet", "--validators", "4", "--output", env!("CARGO_MANIFEST_DIR")]);
    assert!(said.contains("not empty"), "{said}");
}

#[test]
fn processes_a_data_folder_of_another_chain_or_kind_is_refused_and_left_alone() {
    let _turn = turn();
    let (one, other) = (folder(), folder());
    let (mut network, foreign) = (homes(one.path()), homes(other.path()));
    // The first chain's data, as a run has left it.
    network.start_node(1).unwrap();
    network.wait_for(1).unwrap();
    network.kill(1);
    let data = foreign.home(1).join("data");
    fs::rename(network.home(1).join("data"), &data).unwrap();
    let before = inventory(&data).len();
    refuses(&foreign.home(1), &["chain"]);
    assert!(inventory(&data).len() >= before, "the foreign data is still there");

    let home = network.home(2);
    fs::write(home.join("data"), "this is no folder").unwrap();
    refuses(&home, &["data"]);
    assert_eq!(fs::read_to_string(home.join("data")).unwrap(), "this is no folder");
}

#[test]
fn processes_a_wrong_open_or_used_key_is_refused() {
    let _turn = turn();
    let folder = folder();
    let mut network = homes(folder.path());
    let home = network.home(1);
    let key = home.join("keys/validator.key");
    let right = fs::read(&key).unwrap();
    fs::remove_file(&key).unwrap();
    let output = run("mulu-node", &["key", "generate", "--output", key.to_str().unwrap()]);
    assert!(output.status.success());
    refuses(&home, &["validator", "observer"]);

    fs::write(&key, &right).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    refuses(&home, &["chmod 600"]);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&key, "not a key\n").unwrap();
    refuses(&home, &["validator.key", "holds no key"]);

    // Two processes with one key could sign twice.
    fs::write(&key, &right).unwrap();
    network.start_node(1).unwrap();
    network.wait_for(1).unwrap();
    refuses(&home, &["in use"]);
    assert!(network.wait_for_end(1, Duration::from_millis(200)).is_none(), "the first one runs on");
}
