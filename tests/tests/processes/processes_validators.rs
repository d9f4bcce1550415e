//! Validators come and go under load: 4 → 7 → 4, a key is replaced while its node runs, the proposer of the next block is removed. No
//! height is stuck, none takes more than three further rounds, and evidence from before holds through all of it.

use super::{
    block_on, folder,
    processes_faults::Load,
    processes_imports::{fixture, ground, import_log, vault},
    run, turn,
};
use mulu_client::{calls::Call, connection::Connection, evidence};
use mulu_proofs::{
    certificate::{Certificate, Validator, ValidatorSet},
    departments::NodeInfo,
    evidence::report::Report,
    genesis::GenesisFile,
    governance::{Action, ProposalTerms, proposal_digest},
    hash::chain_domain,
    ids::{DepartmentId, EventNumber, Height, Moment, ProposalId, PublicKey, RecordNumber},
};
use mulu_rpc_api::{
    access::EventRef,
    chain::{CERTIFICATE_ENGINE_ID, ChainClient},
    node::NodeClient,
};
use mulu_tests::{
    ledger::{Act, Ledger, Lines, head, wait_for_all},
    network::Network,
    people::People,
};
use serde::Deserialize;
use serde_json::json;
use sp_rpc::{list::ListOrValue, number::NumberOrHex};
use std::{
    fs,
    path::Path,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// Rounds that a height may take behind its first.
const ROUNDS_MAX: u32 = 3;
/// Departments, of which the first four have a node.
const DEPARTMENTS: u32 = 7;
/// Two thirds of them.
const VOTES: u32 = 5;
/// Heights that a node has to catch up before it votes, and votes before a removal.
const NOTICE: u32 = 60;
const PATIENCE: Duration = Duration::from_secs(180);
const PAUSE: Duration = Duration::from_millis(50);

/// What `mulu-node join` says.
#[derive(Deserialize)]
struct Joiner {
    key: String,
    node: NodeInfo,
}

/// The departments' decisions, one after the other.
struct Council<'a> {
    ledger: &'a Ledger<'a>,
    people: &'a People,
    proposals: u32,
}

impl Council<'_> {
    /// Proposes actions and has the heads of five departments approve them.
    async fn decide(&mut self, actions: Vec<Action>, enact_at: Option<Height>) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64;
        let expires = Moment::new(now + 86_400_000);
        let act = |department: u32, call| Act { department, key: self.people.key(department, "head"), call };
        let mut digests = Vec::new();
        let mut acts = Vec::new();
        for action in actions {
            self.proposals += 1;
            let (proposal, terms) = (ProposalId::new(self.proposals), ProposalTerms { action, expires, enact_at });
            digests.push((proposal, proposal_digest(proposal, &terms)));
            acts.push(act(1, Call::propose(&terms)));
        }
        self.ledger.acts(acts, || ()).await.unwrap();
        let votes = |department| {
            digests.iter().map(move |(proposal, digest)| act(department, Call::vote(*proposal, digest, true)))
        };
        self.ledger.acts((1..=VOTES).flat_map(votes).collect(), || ()).await.unwrap();
    }
}

fn key(text: &str) -> PublicKey {
    let mut key = [0; 32];
    hex::decode_to_slice(text.trim().trim_start_matches("0x"), &mut key).unwrap();
    key
}

async fn validators(connection: &Connection) -> Vec<Validator> {
    connection.info().await.unwrap().validators
}

/// Whose turn `height` is in its first round.
fn turn_of(set: &[Validator], height: u32) -> PublicKey {
    set[height as usize % set.len()].key
}

async fn wait_for<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = ask().await {
            return found;
        }
        assert!(started.elapsed() < PATIENCE, "{what} takes too long");
        tokio::time::sleep(PAUSE).await;
    }
}

async fn reach(connection: &Connection, height: u32) {
    wait_for(&format!("height {height}"), async || (head(connection).await.unwrap().get() >= height).then_some(()))
        .await;
}

async fn certificate(connection: &Connection, height: u32) -> Certificate {
    let number = ListOrValue::Value(NumberOrHex::Number(height.into()));
    let ListOrValue::Value(hash) = connection.block_hash(Some(number)).await.unwrap() else { panic!("one hash") };
    let block = connection.block(hash).await.unwrap().unwrap();
    let certificate = block.justifications.unwrap().get(CERTIFICATE_ENGINE_ID).unwrap().clone();
    codec::Decode::decode(&mut &certificate[..]).unwrap()
}

/// Waits until each of `keys` has proposed a block, decided in its first round, behind the present head: so they vote.
async fn wait_for_turns(connection: &Connection, keys: &[PublicKey]) {
    let set = validators(connection).await;
    let mut missing = keys.to_vec();
    let mut height = head(connection).await.unwrap().get();
    let started = Instant::now();
    while !missing.is_empty() {
        height += 1;
        reach(connection, height).await;
        if certificate(connection, height).await.round == 0 {
            missing.retain(|key| *key != turn_of(&set, height));
        }
        assert!(started.elapsed() < PATIENCE, "{} have proposed nothing up to height {height}", missing.len());
    }
}

/// Fetches the package of an event as it is now and verifies it with the genesis file alone.
async fn prove(connection: &Connection, event: EventRef, file: &Path, genesis: &Path) -> Report {
    let package = evidence::fetch(connection, event, None).await.unwrap();
    evidence::write(file, &package).unwrap();
    check(file, genesis)
}

fn check(file: &Path, genesis: &Path) -> Report {
    let report = mulu_verifier::verify_files(file, genesis, None).unwrap();
    assert!(report.is_verified(), "{:?}", report.failure);
    report
}

#[test]
fn processes_four_validators_become_seven_and_four_again_under_load() {
    let _turn = turn();
    let folder = folder();
    block_on(async {
        let mut network = Network::create_with(folder.path(), 4, DEPARTMENTS as usize, true).unwrap();
        let next_key = prepare_rotation(&network, 2);
        network.start_all().unwrap();
        wait_for_all(&mut network).await.unwrap();
        let lines = Lines::open(&network).await.unwrap();
        let people = People::read(folder.path()).unwrap();
        let ledger = Ledger::new(&lines).await.unwrap();
        let mut council = Council { ledger: &ledger, people: &people, proposals: 0 };
        let first = lines.of(1);

        // An event whose evidence has to hold through everything that follows.
        let ground = ground(&ledger, &people).await;
        let rules = json!([
            { "prefix": "/trees/", "grant": ground.grant, "grant_version": 1, "items": [0], "purpose": 1 },
        ]);
        let vault = vault(&ledger, folder.path());
        let log = fixture("dirty-access.log");
        import_log(&ledger, &people, &vault, &ground, &rules, folder.path(), &log).await;
        lines.settle(head(lines.of(3)).await.unwrap()).await.unwrap();
        let event = EventRef { stream: ground.stream, event: EventNumber::new(1) };
        let genesis = folder.path().join("genesis.json");
        let before = folder.path().join("before.evidence");
        prove(first, event, &before, &genesis).await;
        // Clients that check everything follow the sets by themselves: one from the beginning on, one that comes at the end.
        let anchor: GenesisFile = serde_json::from_str(&fs::read_to_string(&genesis).unwrap()).unwrap();
        let early = first.verified(anchor.clone()).unwrap();
        early.head().await.unwrap();

        let load = Load::begin(network.url(1), people.key(1, "supervisor").clone(), 1_000);
        load.reach(3).await;

        // Three more, decided for a height that leaves them time to catch up.
        let mut added = Vec::new();
        for department in 5..=7 {
            let (node, said) = network.join().unwrap();
            network.start_node(node).unwrap();
            network.wait_for(node).unwrap();
            let Joiner { key: text, node } = serde_json::from_str(&said).unwrap();
            added.push((DepartmentId::new(department), key(&text), node));
        }
        let addition = |(department, key, node): &(DepartmentId, PublicKey, NodeInfo)| Action::AddValidator {
            department: *department,
            key: *key,
            node: node.clone(),
        };
        let at = Height::new(head(first).await.unwrap().get() + NOTICE);
        council.decide(added.iter().map(addition).collect(), Some(at)).await;
        assert!(head(first).await.unwrap() < at, "the votes took too long");
        let mut others = Vec::new();
        for node in 5..=7 {
            others.push(Connection::open(&network.url(node)).await.unwrap().0);
            reach(&others[node - 5], head(first).await.unwrap().get()).await;
            assert!(head(first).await.unwrap() < at, "a node is let in only when it votes");
        }
        reach(first, at.get()).await;
        assert_eq!(validators(first).await.len(), 7);
        let keys: Vec<_> = added.iter().map(|(_, key, _)| *key).collect();
        wait_for_turns(first, &keys).await;
        early.head().await.unwrap();

        // A key is replaced while its node runs.
        let old = key(&public_key(&network.home(2).join("keys/validator.key")));
        council.decide(vec![Action::RotateValidatorKey { old, new: next_key }], None).await;
        wait_for_turns(first, &[next_key]).await;
        assert!(validators(first).await.iter().all(|validator| validator.key != old));

        // Three go again, at a height behind which it would be the turn of one of them.
        let set = validators(first).await;
        let from = head(first).await.unwrap().get() + NOTICE;
        let is_removed = |height: u32| keys.contains(&turn_of(&set, height));
        let at = (from..from + 7).find(|height| is_removed(height + 1)).unwrap();
        let removals = keys.iter().map(|key| Action::RemoveValidator { key: *key });
        council.decide(removals.collect(), Some(Height::new(at))).await;
        assert!(head(first).await.unwrap().get() < at, "the votes took too long");
        for connection in lines.all().iter().chain(&others) {
            reach(connection, at + 1).await;
        }
        assert_eq!(validators(first).await.len(), 4);
        let count = load.count();
        load.reach(count + 10).await;
        for node in 5..=7 {
            let log = fs::read_to_string(network.home(node).join("node.log")).unwrap();
            assert!(log.contains("votes from the next height on"), "node {node} says when it begins to vote");
            assert!(log.contains("took the vote"), "node {node} says that it votes no more");
        }
        assert!(!load.end().await.is_empty());

        check_heights(first, set, at).await;
        check(&before, &genesis);
        for connection in [lines.of(1), lines.of(2)] {
            let after = folder.path().join("after.evidence");
            prove(connection, event, &after, &genesis).await;
            fs::remove_file(after).unwrap();
        }
        let late = first.verified(anchor).unwrap();
        for verified in [&early, &late] {
            verified.head().await.unwrap();
            assert!(verified.record(RecordNumber::new(1)).await.unwrap().is_some());
        }
        let last = head(first).await.unwrap();
        lines.same_state(last).await.unwrap();
        network.stop();
    });
}

/// Gives a node that does not run yet the key that will take the place of its validator key.
fn prepare_rotation(network: &Network, node: usize) -> PublicKey {
    let home = network.home(node);
    let next = home.join("keys/next.key");
    let output = run("mulu-node", &["key", "generate", "--output", next.to_str().unwrap()]);
    assert!(output.status.success());
    let config = fs::read_to_string(home.join("config.toml")).unwrap();
    let config = config.replace("[keys]\n", "[keys]\nnext_validator = \"keys/next.key\"\n");
    fs::write(home.join("config.toml"), config).unwrap();
    key(&String::from_utf8(output.stdout).unwrap())
}

fn public_key(file: &Path) -> String {
    let output = run("mulu-node", &["key", "show", "--key", file.to_str().unwrap()]);
    String::from_utf8(output.stdout).unwrap()
}

/// No height took more rounds than it may, and the last ones are signed by who had a vote: seven up to `removed_at`, four behind.
async fn check_heights(connection: &Connection, seven: Vec<Validator>, removed_at: u32) {
    let info = connection.info().await.unwrap();
    let domain = chain_domain(&info.chain_id, &info.genesis_hash.0);
    let (seven, four) = (ValidatorSet::new(seven).unwrap(), ValidatorSet::new(info.validators).unwrap());
    for height in 1..=info.head.height.get() {
        let certificate = certificate(connection, height).await;
        assert!(certificate.round <= ROUNDS_MAX, "height {height} took {} rounds", certificate.round + 1);
        match height {
            height if height > removed_at => certificate.verify(&domain, &four).unwrap(),
            height if height + 5 > removed_at => certificate.verify(&domain, &seven).unwrap(),
            _ => {}
        }
    }
}
