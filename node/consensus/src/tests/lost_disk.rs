//! A validator without its data follows until its key cannot have signed what comes, and then votes again.

use super::{
    chain::{Chain, validator_key},
    network::{Node, free_addresses, nodes},
};
use crate::{PacingConfig, write_ahead};
use mulu_proofs::ids::{Height, PublicKey};
use std::{
    fs,
    time::{Duration, Instant},
};

const PATIENCE: Duration = Duration::from_secs(60);

fn key_of_four() -> PublicKey {
    validator_key(4).verifying_key().to_bytes()
}

/// Waits until the node says that it follows, and to which height; it has signed nothing then.
async fn follows(node: &Node) -> u32 {
    let mut status = node.handle().status();
    let status = tokio::time::timeout(PATIENCE, status.wait_for(|status| status.follows_until.is_some()));
    let until = status.await.unwrap().unwrap().follows_until.unwrap();
    assert!(node.around().parts.store.high_water().unwrap().is_none_or(|mark| mark.step == u8::MAX));
    until.get()
}

/// Waits until it follows no longer; returns how far it did.
async fn is_over(node: &Node, mut until: u32) -> u32 {
    let mut status = node.handle().status();
    let ends = async {
        loop {
            match status.borrow_and_update().follows_until {
                Some(height) => until = until.max(height.get()),
                None => return,
            }
            status.changed().await.unwrap();
        }
    };
    tokio::time::timeout(PATIENCE, ends).await.unwrap();
    until
}

/// Whether the certificate of a height holds a signature of the fourth validator.
fn is_signed(node: &Node, height: u32) -> Option<bool> {
    let certificate = node.around().parts.store.certificate(Height::new(height)).unwrap()?;
    Some(certificate.signatures.iter().any(|signed| signed.validator == key_of_four()))
}

/// It signs nothing above `from` up to `until`, and something behind.
async fn signs_only_behind(node: &Node, from: u32, until: u32) {
    node.reach(until).await;
    for height in from + 1..=until {
        assert_eq!(is_signed(node, height), Some(false), "height {height}");
    }
    let (began, mut height) = (Instant::now(), until + 1);
    loop {
        match is_signed(node, height) {
            Some(true) => return,
            Some(false) => height += 1,
            None => tokio::time::sleep(Duration::from_millis(20)).await,
        }
        assert!(began.elapsed() < PATIENCE, "nothing is signed from {until} to {height}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_validator_without_its_data_signs_only_behind_what_its_key_may_have_signed() {
    let chain = Chain::new(4);
    let mut nodes = nodes(&chain, &free_addresses(4), PacingConfig { heartbeat_ms: 300, ..Default::default() });
    for node in &mut nodes {
        node.start(&chain).await;
    }
    // A new chain: nobody follows, everybody votes.
    nodes[0].reach(6).await;
    for node in &nodes {
        assert_eq!(node.handle().status().borrow().follows_until, None);
        assert!(node.around().parts.store.high_water().unwrap().is_some());
    }

    nodes[3].stop().await;
    let home = nodes[3].config.home.clone();
    // The database's own threads may write for a moment after the node has stopped.
    let started = std::time::Instant::now();
    while let Err(error) = fs::remove_dir_all(home.join("data")) {
        assert!(started.elapsed().as_secs() < 10, "{error}");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    fs::remove_file(write_ahead::path(&home)).unwrap();
    let lost = nodes[0].height() + 3;
    nodes[0].reach(lost).await;
    nodes[3].start(&chain).await;
    let until = follows(&nodes[3]).await;
    assert!(until >= lost + 2, "{until} is not above {lost}");

    // A restart on the way changes nothing.
    nodes[3].stop().await;
    nodes[3].start(&chain).await;
    assert!(follows(&nodes[3]).await >= until);
    let until = is_over(&nodes[3], until).await;
    signs_only_behind(&nodes[0], lost, until).await;
    assert!(nodes[3].handle().status().borrow().parked.is_none());
    for node in &mut nodes {
        node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_validator_that_comes_late_to_a_young_chain_votes_soon() {
    let chain = Chain::new(4);
    let mut nodes = nodes(&chain, &free_addresses(4), PacingConfig { heartbeat_ms: 300, ..Default::default() });
    for node in &mut nodes[..3] {
        node.start(&chain).await;
    }
    nodes[0].reach(2).await;
    nodes[3].start(&chain).await;
    let until = follows(&nodes[3]).await;
    let until = is_over(&nodes[3], until).await;
    signs_only_behind(&nodes[0], 0, until).await;
    for node in &mut nodes {
        node.stop().await;
    }
}
