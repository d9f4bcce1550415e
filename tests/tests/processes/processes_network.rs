//! What works: an act given to one node stands on all four.

use super::{act, ask, block_on, folder, purpose, start, turn};
use mulu_client::{calls::Call, connection::Connection, keys::Key, submit::Submitter};
use mulu_proofs::ids::Height;
use mulu_rpc_api::{
    Hex32,
    node::NodeClient,
    records::{RecordsClient, RecordsOf},
};
use mulu_tests::{
    ledger::{Act, Ledger, head, rows},
    network::{free_ports, program},
};
use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

#[test]
fn processes_one_extrinsic_goes_through_four_nodes() {
    let _turn = turn();
    let folder = folder();
    block_on(async {
        let (_network, lines, people) = start(folder.path()).await;
        let ledger = Ledger::new(&lines).await.unwrap();
        let supervisor = people.key(1, "supervisor");
        // Given to the third node, which has to hand it on unless it proposes.
        let receipt = ledger.act(Act { department: 3, key: supervisor, call: purpose(1) }).await.unwrap();
        let number = receipt.records[0];
        for connection in lines.all() {
            let record = connection.record(number).await.unwrap().unwrap();
            assert_eq!(record.extrinsic, Some(receipt.extrinsic));
            assert_eq!(record.signer.unwrap().0, supervisor.public());
            let found = RecordsClient::extrinsic(connection, receipt.extrinsic).await.unwrap().unwrap();
            assert_eq!((found.height, found.block_hash, found.success), (receipt.height, receipt.block_hash, true));
        }
        lines.same_state(receipt.height).await.unwrap();
        let info = lines.of(1).info().await.unwrap();
        assert_eq!((info.validators.len(), info.quorum), (4, 3));
    });
}

#[test]
fn processes_genesis_is_recorded_in_block_1_and_acts_follow_without_gaps() {
    let _turn = turn();
    let folder = folder();
    block_on(async {
        let (_network, lines, people) = start(folder.path()).await;
        let ledger = Ledger::new(&lines).await.unwrap();
        let receipt = act(&ledger, people.key(1, "supervisor"), purpose(1)).await;
        let all = rows("records", async |cursor| lines.of(1).records(RecordsOf::All, cursor, Some(500)).await);
        let mut numbers: Vec<u64> = all.await.unwrap().iter().map(|record| record.number.get()).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=receipt.records[0].get()).collect::<Vec<_>>());
        let first = lines.of(2).record(mulu_proofs::ids::RecordNumber::new(1)).await.unwrap().unwrap();
        assert_eq!((first.height, first.signer), (Height::new(1), None));
    });
}

#[test]
fn processes_a_chain_for_development_makes_blocks_on_demand_and_leaves_nothing_behind() {
    let _turn = turn();
    let port = free_ports(1);
    let mut child = Command::new(program("mulu-node"))
        .args(["--dev", "--tmp", "--rpc-port", &port.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    block_on(async {
        let url = format!("ws://127.0.0.1:{port}");
        let started = Instant::now();
        let (connection, info) = loop {
            match Connection::open(&url).await {
                Ok(opened) => break opened,
                Err(error) => assert!(started.elapsed() < Duration::from_secs(60), "{error}"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        assert_eq!(info.validators.len(), 1);
        let submitter = Submitter::new(&connection, &info.genesis_hash.0).await.unwrap();
        while head(&connection).await.unwrap() < Height::new(1) {
            assert!(started.elapsed() < Duration::from_secs(60), "there is no block 1");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let before = head(&connection).await.unwrap();
        let receipt = submitter.submit(&Key::development("d1-supervisor"), purpose(1)).await.unwrap();
        assert!(receipt.height > before);
        let refused =
            submitter.submit(&Key::random(), Call::open_stream(mulu_proofs::ids::SystemId::new(1), false)).await;
        assert!(refused.is_err(), "a stranger has no role");
        assert!(RecordsClient::extrinsic(&connection, Hex32([0; 32])).await.unwrap().is_none());
    });
    let asked = Command::new("sh").args(["-c", &format!("kill {}", child.id())]).status().unwrap();
    assert!(asked.success());
    let started = Instant::now();
    while child.try_wait().unwrap().is_none() {
        assert!(started.elapsed() < Duration::from_secs(10), "it does not end when asked to");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn processes_a_chain_for_development_that_is_stopped_while_it_starts_leaves_nothing_behind() {
    let _turn = turn();
    for signal in ["INT", "TERM", "HUP"] {
        let places = folder();
        let mut child = Command::new(program("mulu-node"))
            .args(["--dev", "--tmp", "--rpc-port", &free_ports(1).to_string()])
            .env("TMPDIR", places.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let is_empty = || std::fs::read_dir(places.path()).unwrap().next().is_none();
        let started = Instant::now();
        while is_empty() {
            assert!(started.elapsed() < Duration::from_secs(60), "it makes no folder");
            std::thread::sleep(Duration::from_millis(1));
        }
        ask(&child, signal);
        assert!(child.wait().unwrap().success(), "{signal} ends it in order");
        assert!(is_empty(), "{signal} leaves the folder");
    }
}
