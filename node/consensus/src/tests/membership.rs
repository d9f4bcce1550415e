//! The validators change while blocks are made: 4 → 7 → 4, a key is replaced, the proposer of the next block is removed.

use super::{
    chain::{Chain, admin_key, head_key, node_key, submit_if_valid, validator_key},
    network::{Node, free_addresses, nodes},
};
use crate::{End, PacingConfig, Status, app::Parts, clock};
use codec::Encode;
use ed25519_dalek::SigningKey;
use mulu_primitives::block::Extrinsic;
use mulu_proofs::{
    certificate::ValidatorSet,
    departments::NodeInfo,
    governance::{Action, ProposalTerms, UpgradePlan, proposal_digest},
    hash::chain_domain,
    ids::{DepartmentId, Height, Moment, ProposalId, PublicKey},
    text::Text,
};
use mulu_runtime::VERSION;
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::task::JoinHandle;

/// Rounds that a height may take while validators come and go.
const ROUNDS_MAX: u32 = 3;
/// Departments whose approval decides: two thirds of seven.
const VOTES: u8 = 5;
/// The key that replaces validator 2's.
const NEXT_KEY: u8 = 42;
const PATIENCE: Duration = Duration::from_secs(40);
const PAUSE: Duration = Duration::from_millis(10);

struct Network {
    chain: Chain,
    addresses: Vec<SocketAddr>,
    nodes: Vec<Node>,
    proposals: u32,
    nonces: [u32; 8],
}

/// Remarks one after the other, each in a block before the next is sent.
struct Load {
    stop: Arc<AtomicBool>,
    task: JoinHandle<u32>,
}

impl Load {
    fn begin(chain: &Chain, parts: Vec<Parts>) -> Self {
        let (chain, stop) = (chain.clone(), Arc::new(AtomicBool::new(false)));
        let stopped = Arc::clone(&stop);
        let task = tokio::spawn(async move {
            let key = public(&admin_key());
            let nonce = || parts[0].executor.nonce(&parts[0].store.head().0, &key).unwrap();
            let mut sent = nonce();
            while !stopped.load(Ordering::Relaxed) {
                let extrinsic = chain.remark(sent, 20_000);
                parts.iter().for_each(|parts| submit_if_valid(parts, &extrinsic));
                let began = Instant::now();
                while nonce() <= sent && began.elapsed() < Duration::from_secs(2) {
                    tokio::time::sleep(PAUSE).await;
                }
                sent = nonce();
            }
            sent
        });
        Self { stop, task }
    }

    async fn end(self) -> u32 {
        self.stop.store(true, Ordering::Relaxed);
        self.task.await.unwrap()
    }
}

fn public(key: &SigningKey) -> PublicKey {
    key.verifying_key().to_bytes()
}

/// When proposals of the test expire.
fn tomorrow() -> Moment {
    Moment::new(clock::now().get() + 86_400_000)
}

impl Network {
    /// Four validators that know each other, three nodes that know them and wait for a vote.
    async fn start() -> Self {
        let chain = Chain::with_departments(4, 7);
        let addresses = free_addresses(7);
        let mut nodes = nodes(&chain, &addresses, PacingConfig { heartbeat_ms: 300, ..Default::default() });
        for (number, node) in (1..).zip(&mut nodes) {
            node.config.peers.truncate(4);
            node.config.validator = Some(validator_key(number).to_bytes());
            node.start(&chain).await;
        }
        Self { chain, addresses, nodes, proposals: 0, nonces: [0; 8] }
    }

    fn parts(&self) -> Vec<Parts> {
        self.nodes[..4].iter().map(|node| node.around().parts.clone()).collect()
    }

    fn validators(&self, behind: u32) -> ValidatorSet {
        let parts = &self.nodes[0].around().parts;
        let header = parts.store.header(Height::new(behind)).unwrap().unwrap();
        parts.executor.validators(&header).unwrap()
    }

    /// Everybody's list of peers, as the node's membership would give it.
    fn set_peers(&self, of: &[usize], numbers: &[u8]) {
        let peer = |number: &u8| (public(&node_key(*number)), self.addresses[usize::from(*number) - 1]);
        let peers: Vec<_> = numbers.iter().map(peer).collect();
        for node in of {
            self.nodes[*node].handle().set_peers(&peers).unwrap();
        }
    }

    fn sign(&mut self, head: u8, call: &[u8]) -> Extrinsic {
        let nonce = &mut self.nonces[usize::from(head)];
        *nonce += 1;
        self.chain.signed(&head_key(head), *nonce - 1, call)
    }

    async fn include(&self, extrinsics: &[Extrinsic]) {
        let from = self.nodes[0].height();
        for parts in self.parts() {
            extrinsics.iter().for_each(|extrinsic| submit_if_valid(&parts, extrinsic));
        }
        for extrinsic in extrinsics {
            self.nodes[0].include(extrinsic, from).await;
        }
    }

    /// Proposes actions and has five heads approve all of them.
    async fn decide(&mut self, actions: Vec<Action>, enact_at: Option<u32>) {
        let enact_at = enact_at.map(Height::new);
        let mut proposals = Vec::new();
        let mut digests = Vec::new();
        for action in actions {
            self.proposals += 1;
            let terms = ProposalTerms { action, expires: tomorrow(), enact_at };
            let call = [vec![16, 0], (&terms.action, terms.expires, terms.enact_at).encode()].concat();
            let proposal = ProposalId::new(self.proposals);
            digests.push((proposal, proposal_digest(proposal, &terms)));
            proposals.push(self.sign(1, &call));
        }
        self.include(&proposals).await;
        let mut votes = Vec::new();
        for head in 1..=VOTES {
            for (proposal, digest) in &digests {
                let call = [vec![16, 1], (proposal, digest, true).encode()].concat();
                votes.push(self.sign(head, &call));
            }
        }
        self.include(&votes).await;
    }

    /// How far everybody is, with how many peers.
    fn standing(&self) -> Vec<Status> {
        self.nodes.iter().map(|node| node.handle().status().borrow().clone()).collect()
    }

    /// Waits until the set behind the last block has so many validators.
    async fn wait_for_set(&self, is_wanted: impl Fn(&ValidatorSet) -> bool) {
        let began = Instant::now();
        while !is_wanted(&self.validators(self.nodes[0].height())) {
            assert!(began.elapsed() < PATIENCE, "{:?}", self.validators(self.nodes[0].height()));
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Waits until a block behind height `from` was decided in its first round on a turn of each of these keys, so that they do vote.
    async fn wait_for_turns(&self, keys: &[PublicKey], from: u32) {
        let mut missing = keys.to_vec();
        let mut height = from;
        let began = Instant::now();
        while !missing.is_empty() {
            self.nodes[0].reach(height + 1).await;
            height += 1;
            let set = self.validators(height - 1);
            let turn = set.validators()[height as usize % set.validators().len()].key;
            let store = &self.nodes[0].around().parts.store;
            if store.certificate(Height::new(height)).unwrap().unwrap().round == 0 {
                missing.retain(|key| *key != turn);
            }
            assert!(began.elapsed() < PATIENCE, "{} have proposed nothing: {:?}", missing.len(), self.standing());
        }
    }

    fn addition(&self, number: u8) -> Action {
        let address = Text::new(&self.addresses[usize::from(number) - 1].to_string()).unwrap();
        let node = NodeInfo {
            key: public(&node_key(number)),
            consensus_address: address.clone(),
            extrinsics_address: address,
        };
        let key = public(&validator_key(number));
        Action::AddValidator { department: DepartmentId::new(number.into()), key, node }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_goes_into_the_height_of_an_upgrade_without_its_version() {
    let mut network = Network::start().await;
    network.nodes[0].reach(2).await;
    let load = Load::begin(&network.chain, network.parts());
    let at = network.nodes[0].height() + 30;
    let plan = UpgradePlan {
        height: Height::new(at),
        spec_version: VERSION.spec_version + 1,
        source_digest: [8; 32],
        targets: Default::default(),
    };
    network.decide(vec![Action::PlanUpgrade(plan)], None).await;
    assert!(network.nodes[0].height() < at - 1, "the votes took too long");
    let parked = async |node: &Node| {
        let mut status = node.handle().status();
        let status = tokio::time::timeout(PATIENCE, status.wait_for(|status| status.parked.is_some())).await;
        status.unwrap().unwrap().clone()
    };
    for node in &network.nodes[..4] {
        let status = parked(node).await;
        assert_eq!(status.height, Height::new(at - 1));
        let why = status.parked.unwrap();
        assert!(why.contains(&format!("from height {at} on")) && why.contains(&hex::encode([8; 32])), "{why}");
        assert_eq!(node.height(), at - 1);
    }
    load.end().await;

    // Started again as it is, it stops at once.
    let Network { nodes, chain, .. } = &mut network;
    assert!(matches!(nodes[0].end().await, End::Parked { .. }));
    nodes[0].start(chain).await;
    assert!(parked(&nodes[0]).await.parked.is_some());
    assert_eq!(nodes[0].height(), at - 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_validators_become_seven_and_four_again_and_one_changes_its_key() {
    let mut network = Network::start().await;
    network.nodes[0].reach(2).await;
    let load = Load::begin(&network.chain, network.parts());

    // The others are let in and catch up before they vote.
    assert!(network.nodes[4..].iter().all(|node| node.height() == 0), "a node of nobody's list gets nothing");
    let all = [1, 2, 3, 4, 5, 6, 7];
    network.set_peers(&[0, 1, 2, 3, 4, 5, 6], &all);
    let height = network.nodes[0].height();
    for node in &network.nodes[4..] {
        node.reach(height).await;
    }
    let new: Vec<_> = [5, 6, 7].map(|number| public(&validator_key(number))).into();
    let additions = [5, 6, 7].map(|number| network.addition(number));
    network.decide(additions.into(), None).await;
    network.wait_for_set(|set| set.validators().len() == 7).await;
    network.wait_for_turns(&new, network.nodes[0].height()).await;

    // A key is replaced: the old one's node follows, and votes again with the new one.
    let (old, next) = (public(&validator_key(2)), public(&validator_key(NEXT_KEY)));
    network.decide(vec![Action::RotateValidatorKey { old, new: next }], None).await;
    network.wait_for_set(|set| set.contains(&next) && !set.contains(&old)).await;
    let height = network.nodes[0].height();
    network.nodes[1].reach(height + 2).await;
    load.end().await;
    let Network { nodes, chain, .. } = &mut network;
    nodes[1].stop().await;
    nodes[1].config.validator = Some(validator_key(NEXT_KEY).to_bytes());
    nodes[1].config.peers = nodes[4].config.peers.clone();
    nodes[1].start(chain).await;
    network.set_peers(&[1], &all);
    let load = Load::begin(&network.chain, network.parts());
    network.wait_for_turns(&[next], network.nodes[0].height()).await;

    // Three are removed at a height that one of them proposes, and one of them would propose the next.
    let set = network.validators(network.nodes[0].height());
    let is_removed = |height: u32| new.contains(&set.validators()[height as usize % 7].key);
    let from = network.nodes[0].height() + 40;
    let at = (from..from + 7).find(|height| is_removed(*height) && is_removed(height + 1));
    let at = at.or_else(|| (from..from + 7).find(|height| is_removed(height + 1))).unwrap();
    network.decide(new.iter().map(|key| Action::RemoveValidator { key: *key }).collect(), Some(at)).await;
    assert!(network.nodes[0].height() < at, "the votes took too long");
    for node in &network.nodes {
        node.reach(at + 1).await;
    }
    assert_eq!(network.validators(at - 1).validators().len(), 7);
    assert_eq!(network.validators(at).validators().len(), 4);

    // Who is taken off the lists is disconnected, and the four go on.
    network.set_peers(&[0, 1, 2, 3], &[1, 2, 3, 4]);
    let mut status = network.nodes[0].handle().status();
    tokio::time::timeout(PATIENCE, status.wait_for(|status| status.peers == 3)).await.unwrap().unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let gone = network.nodes[6].height();
    network.nodes[0].reach(gone + 10).await;
    assert!(network.nodes[6].height() <= gone + 1, "a node that was taken off still gets blocks");
    assert!(load.end().await > 0);

    let (last, domain) = (network.nodes[0].height(), chain_domain("mulu-test", &network.chain.hash));
    let store = network.nodes[0].around().parts.store.clone();
    for height in 1..=last {
        let certificate = store.certificate(Height::new(height)).unwrap().unwrap();
        certificate.verify(&domain, &network.validators(height - 1)).unwrap();
        assert!(certificate.round <= ROUNDS_MAX, "height {height} took {} rounds", certificate.round + 1);
    }
    for node in &mut network.nodes {
        node.stop().await;
    }
}
