//! Submission against a node that behaves badly: it restarts, is busy, knows other nonces, forgets, refuses, lies.

#![allow(clippy::unwrap_used, reason = "a test may")]

use jsonrpsee::{
    RpcModule,
    server::{Server, ServerHandle},
    types::ErrorObjectOwned,
};
use mulu_client::{ClientError, calls::Call, checked, connection::Connection, keys::Key, submit::Submitter};
use mulu_primitives::block::Header;
use mulu_proofs::{
    extrinsic::SignedExtrinsic,
    hash::blake2_256,
    ids::{Height, RecordNumber, RequestId, SystemId},
};
use mulu_rpc_api::{
    Hex32,
    node::{BlockRef, DiskUsage, NodeInfo, PoolUsage},
    records::{CallError, Inclusion},
};
use sp_core::{Bytes, H256};
use sp_runtime::{Digest, traits::Header as _};
use sp_version::RuntimeVersion;
use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

const GENESIS: [u8; 32] = [9; 32];

/// What the node will do, and what it saw.
#[derive(Default)]
struct Fake {
    /// Answers to the next submissions; then it takes everything.
    answers: VecDeque<(i32, &'static str)>,
    /// Every extrinsic that was offered, refused ones too.
    offered: Vec<Vec<u8>>,
    /// Extrinsics in blocks.
    included: BTreeMap<[u8; 32], Inclusion>,
    /// What becomes of the extrinsics that it takes.
    fate: Fate,
    next_nonce: u32,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Fate {
    #[default]
    Included,
    Failed,
    /// Taken and forgotten, once.
    Forgotten,
    /// Taken, and in no block.
    Never,
    /// Taken, included, and refused when it comes again; its answer never arrives.
    LostAnswer,
}

struct Node {
    fake: Arc<Mutex<Fake>>,
    address: SocketAddr,
    handle: Option<ServerHandle>,
}

impl Node {
    async fn start(fake: Fake) -> Self {
        let fake = Arc::new(Mutex::new(fake));
        let (handle, address) = serve(&fake, "127.0.0.1:0".parse().unwrap()).await;
        Self { fake, address, handle: Some(handle) }
    }

    async fn stop(&mut self) {
        let handle = self.handle.take().unwrap();
        handle.stop().unwrap();
        handle.stopped().await;
    }

    async fn start_again(&mut self) {
        self.handle = Some(serve(&self.fake, self.address).await.0);
    }

    async fn connect(&self) -> Connection {
        Connection::open(&format!("ws://{}", self.address)).await.unwrap().0
    }

    fn offered(&self) -> Vec<Vec<u8>> {
        self.fake.lock().unwrap().offered.clone()
    }
}

/// The signer's nonce in an extrinsic.
fn nonce_of(bytes: &[u8]) -> u32 {
    SignedExtrinsic::read(bytes).unwrap().nonce
}

async fn serve(fake: &Arc<Mutex<Fake>>, address: SocketAddr) -> (ServerHandle, SocketAddr) {
    let mut module = RpcModule::new(Arc::clone(fake));
    module.register_method("node_info", |_, _, _| answer(info())).unwrap();
    module.register_method("state_getRuntimeVersion", |_, _, _| answer(version())).unwrap();
    module.register_method("chain_getFinalizedHead", |_, _, _| answer(H256([7; 32]))).unwrap();
    module.register_method("chain_getHeader", |_, _, _| answer(header())).unwrap();
    module.register_method("system_accountNextIndex", |_, fake, _| answer(fake.lock().unwrap().next_nonce)).unwrap();
    module
        .register_method("records_extrinsic", |params, fake, _| {
            let hash: Hex32 = params.one().unwrap();
            answer(fake.lock().unwrap().included.get(&hash.0).cloned())
        })
        .unwrap();
    module.register_method("sharing_request", |_, _, _| answer(None::<()>)).unwrap();
    module
        .register_method("author_submitExtrinsic", |params, fake, _| {
            let Bytes(bytes) = params.one().unwrap();
            submit(&mut fake.lock().unwrap(), &bytes)
        })
        .unwrap();
    let server = Server::builder().build(address).await.unwrap();
    let address = server.local_addr().unwrap();
    (server.start(module), address)
}

fn submit(fake: &mut Fake, bytes: &[u8]) -> Result<H256, ErrorObjectOwned> {
    let hash = blake2_256(bytes);
    fake.offered.push(bytes.to_vec());
    let refuse = |code, message: &str| Err(ErrorObjectOwned::owned(code, message.to_owned(), None::<()>));
    if let Some((code, message)) = fake.answers.pop_front() {
        // Somebody else with the same key was faster.
        fake.next_nonce += u32::from(code == 1014);
        return refuse(code, message);
    }
    if fake.included.contains_key(&hash) {
        return refuse(1010, "Invalid Transaction");
    }
    match fake.fate {
        Fate::Forgotten => {
            fake.fate = Fate::Included;
            return Ok(H256(hash));
        }
        Fate::Never => return Ok(H256(hash)),
        Fate::Included | Fate::Failed | Fate::LostAnswer => {}
    }
    let failed = fake.fate == Fate::Failed;
    let error = failed.then(|| CallError {
        pallet: "Access".into(),
        name: "NotAPlatform".into(),
        docs: "The system is no platform.".into(),
    });
    let records = vec![RecordNumber::new(5)];
    let (height, block_hash) = (Height::new(3), Hex32([3; 32]));
    fake.included.insert(hash, Inclusion { height, block_hash, place: 1, success: !failed, error, records });
    fake.next_nonce = fake.next_nonce.max(nonce_of(bytes) + 1);
    if fake.fate == Fate::LostAnswer { refuse(1010, "Invalid Transaction") } else { Ok(H256(hash)) }
}

fn answer<T>(value: T) -> Result<T, ErrorObjectOwned> {
    Ok(value)
}

fn version() -> RuntimeVersion {
    RuntimeVersion { spec_version: 1, transaction_version: 1, ..RuntimeVersion::default() }
}

fn header() -> Header {
    Header::new(6, H256::zero(), H256::zero(), H256::zero(), Digest::default())
}

fn info() -> NodeInfo {
    NodeInfo {
        chain_id: "fake".into(),
        chain_type: "Development".into(),
        genesis_hash: Hex32(GENESIS),
        head: BlockRef { height: Height::new(6), hash: Hex32([7; 32]) },
        head_moment: None,
        index_height: Height::new(6),
        oldest_state: Height::new(0),
        validators: Vec::new(),
        quorum: 1,
        version: "0".into(),
        name: "fake".into(),
        peers: 0,
        pool: PoolUsage { count: 0, bytes: 0 },
        disk: DiskUsage { total: 0, bodies: 0, write_ahead_log: 0, columns: Vec::new() },
    }
}

fn call() -> Call {
    Call::open_stream(SystemId::new(1), false)
}

fn key() -> Key {
    Key::development("d1-platform")
}

#[tokio::test]
async fn acts_of_one_key_have_nonces_of_their_own_in_order() {
    let node = Node::start(Fake { next_nonce: 4, ..Fake::default() }).await;
    let connection = node.connect().await;
    let submitter = Submitter::new(&connection, &GENESIS).await.unwrap();
    for _ in 0..3 {
        submitter.submit(&key(), call()).await.unwrap();
    }
    let nonces: Vec<u32> = node.offered().iter().map(|bytes| nonce_of(bytes)).collect();
    assert_eq!(nonces, [4, 5, 6]);
}

#[tokio::test]
async fn a_nonce_that_somebody_took_is_replaced_by_the_next() {
    let answers = [(1014, "Priority is too low")].into();
    let node = Node::start(Fake { answers, ..Fake::default() }).await;
    let connection = node.connect().await;
    let submitter = Submitter::new(&connection, &GENESIS).await.unwrap();
    submitter.submit(&key(), call()).await.unwrap();
    let nonces: Vec<u32> = node.offered().iter().map(|bytes| nonce_of(bytes)).collect();
    assert_eq!(nonces, [0, 1]);
}

#[tokio::test]
async fn what_the_node_refuses_is_not_signed_again() {
    let answers = [(1010, "Invalid Transaction")].into();
    let node = Node::start(Fake { answers, ..Fake::default() }).await;
    let connection = node.connect().await;
    let submitter = Submitter::new(&connection, &GENESIS).await.unwrap();
    let refused = submitter.submit(&key(), call()).await.unwrap_err();
    assert!(matches!(refused, ClientError::Answered { code: 1010, .. }));
    assert_eq!(node.offered().len(), 1);
}

#[tokio::test]
async fn a_busy_node_is_asked_again_with_the_same_bytes() {
    let answers = [(1016, "the pool is full"), (6006, "the node is busy"), (1013, "Already Imported")].into();
    let node = Node::start(Fake { answers, fate: Fate::Included, ..Fake::default() }).await;
    let connection = node.connect().await;
    let submitter = Submitter::new(&connection, &GENESIS).await.unwrap();
    let pending = submitter.send(&key(), call()).await.unwrap();
    let offered = node.offered();
    assert_eq!(offered, vec![pending.signed().bytes.clone(); 3]);
}

#[tokio::test]
async fn bytes_that_arrived_before_the_answer_was_lost_count_once() {
    let node = Node::start(Fake { fate: Fate::LostAnswer, ..Fake::default() }).await;
    let connection = node.connect().await;
    let submitter = Submitter::new(&connection, &GENESIS).await.unwrap();
    let receipt = submitter.submit(&key(), call()).await.unwrap();
    assert_eq!(receipt.records, [RecordNumber::new(5)]);
    assert_eq!(node.offered().len(), 1);
}

#[tokio::test]
async fn a_node_that_forgot_is_offered_the_same_bytes() {
    let node = Node::start(Fake { fate: Fate::Forgotten, ..Fake::default() }).await;
    let connection = node.connect().await;
    let submitter = Submitter::new(&connection, &GENESIS).await.unwrap();
    let receipt = submitter.submit(&key(), call()).await.unwrap();
    let offered = node.offered();
    assert_eq!(offered.len(), 2);
    assert_eq!(offered[0], offered[1]);
    assert_eq!(receipt.extrinsic.0, blake2_256(&offered[0]));
}

#[tokio::test]
async fn a_failed_call_is_told_with_its_place_and_its_words() {
    let node = Node::start(Fake { fate: Fate::Failed, ..Fake::default() }).await;
    let connection = node.connect().await;
    let submitter = Submitter::new(&connection, &GENESIS).await.unwrap();
    let failed = submitter.submit(&key(), call()).await.unwrap_err();
    assert_eq!(failed.to_string(), "the ledger refused: Access.NotAPlatform: The system is no platform.");
}

#[tokio::test]
async fn what_is_in_no_block_in_time_is_told_with_how_to_ask_for_it() {
    let node = Node::start(Fake { fate: Fate::Never, ..Fake::default() }).await;
    let connection = node.connect().await;
    let submitter = Submitter::new(&connection, &GENESIS).await.unwrap().with_timeout(Duration::from_millis(50));
    let late = submitter.submit(&key(), call()).await.unwrap_err();
    assert!(matches!(late, ClientError::NotIncluded { .. }));
    assert!(late.hint().unwrap().contains("mulu record extrinsic"));
}

#[tokio::test]
async fn nothing_is_signed_for_a_request_that_is_not_there() {
    let node = Node::start(Fake::default()).await;
    let missing = checked::request(&node.connect().await, RequestId::new(7)).await.unwrap_err();
    assert_eq!(missing.to_string(), "there is no request 7");
}

#[tokio::test]
async fn a_node_that_dies_under_a_wait_is_told_at_once_and_given_up_in_time() {
    let mut node = Node::start(Fake { fate: Fate::Never, ..Fake::default() }).await;
    let told = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&told);
    let patience = Duration::from_millis(600);
    let connection = node.connect().await.with_patience(patience).on_break(move |patience| {
        assert_eq!(patience, Duration::from_millis(600));
        count.fetch_add(1, Ordering::SeqCst);
    });
    let submitter = Submitter::new(&connection, &GENESIS).await.unwrap();
    let pending = submitter.send(&key(), call()).await.unwrap();
    node.stop().await;
    let begun = Instant::now();
    let given_up = submitter.wait(&pending).await.unwrap_err();
    assert!(matches!(given_up, ClientError::UnderWay { hash, .. } if hash == pending.signed().hash));
    assert!(given_up.hint().unwrap().contains("mulu record extrinsic"));
    let again = submitter.wait(&pending).await.unwrap_err();
    assert!(matches!(again, ClientError::UnderWay { .. }));
    let another = submitter.send(&key(), call()).await.unwrap_err();
    assert!(matches!(another, ClientError::Lost(_)), "nothing was signed: {another}");
    assert!(begun.elapsed() < patience * 5, "patience is counted from the break, for all calls together");
    assert_eq!(told.load(Ordering::SeqCst), 1, "one break is told once");
    node.start_again().await;
    assert!(submitter.next_nonce(&key().public()).await.is_ok(), "who asks later finds the node that is back");
}

#[tokio::test]
async fn a_connection_outlives_the_node_that_it_was_made_to() {
    let mut node = Node::start(Fake::default()).await;
    let connection = node.connect().await;
    let submitter = Submitter::new(&connection, &GENESIS).await.unwrap();
    let pending = submitter.send(&key(), call()).await.unwrap();
    node.stop().await;
    let (receipt, ()) = tokio::join!(submitter.wait(&pending), async {
        tokio::time::sleep(Duration::from_millis(400)).await;
        node.start_again().await;
    });
    assert_eq!(receipt.unwrap().extrinsic.0, pending.signed().hash);
    let http = Connection::open(&format!("http://{}", node.address)).await.unwrap();
    assert_eq!(Connection::identity(&http.1).genesis, GENESIS);
}

#[tokio::test]
async fn an_address_at_which_nobody_answers_is_said_at_once() {
    let unreachable = Connection::open("ws://127.0.0.1:1").await.unwrap_err();
    assert!(matches!(unreachable, ClientError::Unreachable { .. }));
}
