//! What must not start, and what ends.

use super::chain::{Chain, Surroundings, node_key};
use crate::{ConsensusConfig, ConsensusError, End, start, write_ahead};
use mulu_proofs::ids::Height;
use mulu_storage::HighWater;
use std::{fs, net::TcpListener, path::Path, time::Duration};

async fn refused(config: ConsensusConfig, around: &Surroundings) -> ConsensusError {
    match start(config, around.parts.clone()).await {
        Ok(_) => panic!("it started"),
        Err(error) => error,
    }
}

/// Runs a chain of one validator until it has a block.
async fn one_block(config: ConsensusConfig, around: &Surroundings) {
    let mut handle = start(config, around.parts.clone()).await.unwrap();
    let mut status = handle.status();
    tokio::time::timeout(Duration::from_secs(30), status.wait_for(|status| status.height > Height::new(0)))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(handle.stop().await, End::Stopped);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_meant_is_refused_before_anything_runs() {
    let chain = Chain::new(1);
    let folder = tempfile::tempdir().unwrap();
    let around = Surroundings::open(&chain, folder.path());
    let good = chain.config(folder.path(), Some(1));

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap();
    let error = refused(ConsensusConfig { listen, ..good.clone() }, &around).await;
    assert!(error.to_string().contains("is taken"), "{error}");
    let listen = "203.0.113.1:30000".parse().unwrap();
    assert!(matches!(
        refused(ConsensusConfig { listen, ..good.clone() }, &around).await,
        ConsensusError::Listen { .. }
    ));
    let other = ConsensusConfig { chain_id: "other".into(), ..good.clone() };
    assert!(matches!(refused(other, &around).await, ConsensusError::OtherChain));
    let other = ConsensusConfig { genesis_hash: [1; 32], ..good.clone() };
    assert!(matches!(refused(other, &around).await, ConsensusError::OtherChain));
    let peers = vec![([2; 32], "127.0.0.1:1".parse().unwrap())];
    assert!(matches!(
        refused(ConsensusConfig { peers, ..good.clone() }, &around).await,
        ConsensusError::PeerKey { .. }
    ));
    fs::write(folder.path().join("file"), b"").unwrap();
    let home = folder.path().join("file").join("home");
    assert!(matches!(refused(ConsensusConfig { home, ..good }, &around).await, ConsensusError::Unusable { .. }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_validator_without_its_log_does_not_start_and_may_follow() {
    let chain = Chain::new(1);
    let folder = tempfile::tempdir().unwrap();
    let around = Surroundings::open(&chain, folder.path());
    let validator = chain.config(folder.path(), Some(1));
    one_block(validator.clone(), &around).await;
    let head = around.height();
    let path = write_ahead::path(folder.path());
    let good = fs::read(&path).unwrap();

    fs::remove_file(&path).unwrap();
    assert!(matches!(refused(validator.clone(), &around).await, ConsensusError::LogMissing { .. }));
    let mut elsewhere = good.clone();
    elsewhere[4..12].copy_from_slice(&u64::from(head + 2).to_be_bytes());
    for damaged in [&good[..5], &elsewhere] {
        fs::write(&path, damaged).unwrap();
        assert!(matches!(refused(validator.clone(), &around).await, ConsensusError::LogDamaged { .. }));
    }

    // As an observer it starts, and closes for signing what it may have signed.
    let mark = around.parts.store.high_water().unwrap().unwrap();
    fs::write(&path, &good[..5]).unwrap();
    let observer = ConsensusConfig { validator: None, ..validator.clone() };
    let mut handle = start(observer, around.parts.clone()).await.unwrap();
    assert_eq!(handle.stop().await, End::Stopped);
    assert!(path.with_extension("damaged").exists());
    let closed = around.parts.store.high_water().unwrap().unwrap();
    assert_eq!(closed, HighWater { height: mark.height, round: u32::MAX, step: u8::MAX });
    if closed.height > Height::new(around.height()) {
        assert!(matches!(refused(validator, &around).await, ConsensusError::MustFollow { .. }));
    }
}

#[test]
fn a_key_that_has_signed_ahead_of_its_blocks_must_follow() {
    let chain = Chain::new(1);
    let folder = tempfile::tempdir().unwrap();
    let around = Surroundings::open(&chain, folder.path());
    let check = |home: &Path| write_ahead::check_validator(home, &around.parts.store);
    assert!(check(folder.path()).is_ok());
    around.parts.store.set_high_water(Height::new(1), 0, 2).unwrap();
    assert!(matches!(check(folder.path()), Err(ConsensusError::LogMissing { .. })));
    write_ahead::prepare_observer(folder.path(), &around.parts.store).unwrap();
    assert!(matches!(check(folder.path()), Err(ConsensusError::MustFollow { .. })));
    around.parts.store.set_high_water(Height::new(7), 0, 2).unwrap();
    assert!(matches!(check(folder.path()), Err(ConsensusError::MustFollow { .. })));
}

#[test]
fn keys_stay_out_of_the_log() {
    let chain = Chain::new(1);
    let config = chain.config(Path::new("home"), Some(1));
    let text = format!("{config:?}");
    assert!(!text.contains(&format!("{:?}", config.node_seed)) && !text.contains(&hex::encode(node_key(1).to_bytes())));
}
