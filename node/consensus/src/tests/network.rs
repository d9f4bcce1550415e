//! Networks of engines in one process, over loopback.

use super::chain::{Chain, Surroundings, hear, node_key, submit};
use crate::{ConsensusConfig, ConsensusHandle, End, PacingConfig, start};
use mulu_primitives::block::Extrinsic;
use mulu_proofs::{hash::chain_domain, ids::Height};
use std::{
    collections::BTreeMap,
    net::{SocketAddr, TcpListener},
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::{sync::broadcast::error::RecvError, task::JoinHandle};

const PATIENCE: Duration = Duration::from_secs(60);

/// A node: its data, and what runs.
pub struct Node {
    folder: TempDir,
    pub config: ConsensusConfig,
    running: Option<Running>,
}

struct Running {
    around: Surroundings,
    handle: ConsensusHandle,
    service: JoinHandle<()>,
}

impl Node {
    pub async fn start(&mut self, chain: &Chain) {
        let around = Surroundings::open(chain, self.folder.path());
        let (parts, mut committed) = (around.parts.clone(), around.parts.committed.subscribe());
        let service = tokio::spawn(async move {
            loop {
                match committed.recv().await {
                    Ok(block) => hear(&parts, &block),
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return,
                }
            }
        });
        let handle = start(self.config.clone(), around.parts.clone()).await.unwrap();
        self.running = Some(Running { around, handle, service });
    }

    pub async fn stop(&mut self) {
        assert_eq!(self.end().await, End::Stopped);
    }

    /// Ends it, however it has come to its end.
    pub async fn end(&mut self) -> End {
        let Running { around, mut handle, service } = self.running.take().unwrap();
        let end = handle.stop().await;
        service.abort();
        let _ = service.await;
        drop(around);
        end
    }

    pub fn around(&self) -> &Surroundings {
        &self.running.as_ref().unwrap().around
    }

    pub fn handle(&self) -> &ConsensusHandle {
        &self.running.as_ref().unwrap().handle
    }

    pub fn height(&self) -> u32 {
        self.around().height()
    }

    fn hash_at(&self, height: u32) -> Option<[u8; 32]> {
        self.around().parts.store.hash_at(Height::new(height)).unwrap()
    }

    pub async fn reach(&self, height: u32) {
        let began = Instant::now();
        while self.height() < height {
            assert!(began.elapsed() < PATIENCE, "height {} instead of {height}", self.height());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits until a block holds the extrinsic; returns its height.
    pub async fn include(&self, extrinsic: &Extrinsic, mut from: u32) -> u32 {
        let began = Instant::now();
        loop {
            let block = self.around().parts.store.block(Height::new(from)).unwrap();
            match block {
                Some(block) if block.extrinsics.contains(extrinsic) => return from,
                Some(_) => from += 1,
                None => tokio::time::sleep(Duration::from_millis(2)).await,
            }
            assert!(began.elapsed() < PATIENCE, "not included up to height {from}");
        }
    }
}

/// Addresses of this machine that nobody listens on.
pub fn free_addresses(count: u8) -> Vec<SocketAddr> {
    let held: Vec<_> = (0..count).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    held.iter().map(|listener| listener.local_addr().unwrap()).collect()
}

/// Nodes of a chain, one an address; the first `chain.validators` of them are validators.
pub fn nodes(chain: &Chain, addresses: &[SocketAddr], pacing: PacingConfig) -> Vec<Node> {
    let peers: Vec<_> =
        (1..).zip(addresses).map(|(n, address)| (node_key(n).verifying_key().to_bytes(), *address)).collect();
    let node = |(number, listen): (u8, &SocketAddr)| {
        let folder = tempfile::tempdir().unwrap();
        let mut config = chain.config(folder.path(), (number <= chain.validators).then_some(number));
        config.node_seed = node_key(number).to_bytes();
        config.name = format!("node{number}");
        config.listen = *listen;
        config.peers = peers.clone();
        config.pacing = pacing;
        Node { folder, config, running: None }
    };
    (1..).zip(addresses).map(node).collect()
}

fn agree(nodes: &[&Node], height: u32) {
    let hashes: Vec<_> = nodes.iter().map(|node| node.hash_at(height)).collect();
    assert!(hashes.iter().all(|hash| hash.is_some() && *hash == hashes[0]), "height {height}: {hashes:?}");
}

/// Waits until a node has heard that of its peers.
async fn hear_of_peers(node: &Node, enough: impl Fn(&BTreeMap<String, Height>) -> bool) {
    let mut status = node.running.as_ref().unwrap().handle.status();
    let heard = tokio::time::timeout(PATIENCE, status.wait_for(|status| enough(&status.peer_heights))).await;
    heard.expect("the peers announce their heights").unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_validators_and_an_observer_agree_and_take_up_one_that_was_away() {
    let chain = Chain::new(4);
    let mut nodes = nodes(&chain, &free_addresses(5), PacingConfig { heartbeat_ms: 300, ..Default::default() });
    for node in &mut nodes {
        node.start(&chain).await;
    }
    for node in &nodes {
        node.reach(4).await;
    }
    agree(&nodes.iter().collect::<Vec<_>>(), 4);

    nodes[3].stop().await;
    hear_of_peers(&nodes[0], |heights| heights.len() == 3).await;
    let from = nodes[0].height();
    nodes[0].reach(from + 3).await;
    let extrinsic = chain.remark(0, 100);
    for node in nodes.iter().filter(|node| node.running.is_some()) {
        submit(&node.around().parts, &extrinsic);
    }
    let height = nodes[0].include(&extrinsic, from).await;

    nodes[3].start(&chain).await;
    for node in &nodes {
        node.reach(height + 2).await;
    }
    let all: Vec<_> = nodes.iter().collect();
    for height in 1..=height + 2 {
        agree(&all, height);
    }
    let domain = chain_domain("mulu-test", &chain.hash);
    for node in &nodes {
        for height in 1..=height + 2 {
            let certificate = node.around().parts.store.certificate(Height::new(height)).unwrap().unwrap();
            certificate.verify(&domain, chain.set()).unwrap();
        }
        let status = node.running.as_ref().unwrap().handle.status().borrow().clone();
        assert!(status.parked.is_none() && status.height.get() >= height, "{status:?}");
        // What the four others announce is told.
        hear_of_peers(node, |heights| heights.len() == 4 && heights.values().all(|told| told.get() >= height)).await;
    }
    for node in &mut nodes {
        node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_network_sleeps_wakes_for_work_and_resumes_when_all_were_away() {
    let chain = Chain::new(4);
    let never = PacingConfig { heartbeat_ms: 3_600_000, ..Default::default() };
    let mut nodes = nodes(&chain, &free_addresses(4), never);
    for node in &mut nodes {
        node.start(&chain).await;
    }
    for node in &nodes {
        node.reach(1).await;
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    let asleep = nodes[0].height();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(nodes[0].height(), asleep);

    // Only one node knows of it: whose turn it is, or who wakes the others until it is.
    let mut latencies = Vec::new();
    for nonce in 0..5 {
        let extrinsic = chain.remark(nonce, 100);
        for node in &nodes {
            submit(&node.around().parts, &extrinsic);
        }
        let began = Instant::now();
        nodes[0].include(&extrinsic, asleep).await;
        latencies.push(began.elapsed());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    latencies.sort();
    println!("submitted to committed: median {:?}, all {latencies:?}", latencies[2]);
    let extrinsic = chain.remark(5, 100);
    submit(&nodes[0].around().parts, &extrinsic);
    nodes[1].include(&extrinsic, asleep).await;

    for node in &mut nodes {
        node.stop().await;
    }
    for node in &mut nodes {
        node.start(&chain).await;
    }
    let extrinsic = chain.remark(6, 100);
    for node in &nodes {
        submit(&node.around().parts, &extrinsic);
    }
    let height = nodes[2].include(&extrinsic, asleep).await;
    for node in &nodes {
        node.reach(height).await;
    }
    agree(&nodes.iter().collect::<Vec<_>>(), height);
    for node in &mut nodes {
        node.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_of_one_makes_blocks_on_demand() {
    let chain = Chain::new(1);
    let mut nodes = nodes(&chain, &free_addresses(1), PacingConfig { heartbeat_ms: 3_600_000, ..Default::default() });
    nodes[0].start(&chain).await;
    nodes[0].reach(1).await;
    for nonce in 0..3 {
        let extrinsic = chain.remark(nonce, 100);
        submit(&nodes[0].around().parts, &extrinsic);
        assert_eq!(nodes[0].include(&extrinsic, 1).await, nonce + 2);
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(nodes[0].height(), 4);
    nodes[0].stop().await;
    nodes[0].start(&chain).await;
    nodes[0].reach(5).await;
    nodes[0].stop().await;
}
