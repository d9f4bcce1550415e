//! A chain in a temporary folder, a pool service of its own, and the server.

use codec::Encode;
use jsonrpsee::{
    http_client::{HttpClient, HttpClientBuilder},
    ws_client::{WsClient, WsClientBuilder},
};
use mulu_chain_spec::{ChainSpec, ChainType, GenesisData};
use mulu_client::{calls::Call, extrinsic::Unsigned, keys::Key};
use mulu_decision::Desk;
use mulu_executor::Executor;
use mulu_index::BatchEvents;
use mulu_pool::{Effect, Input, Left, Limits, Pool};
use mulu_primitives::{
    block::{BLOCK_BYTES_MAX, Extrinsic},
    stages::{Committed, Decided, Pooled},
};
use mulu_proofs::{
    certificate::{Certificate, CommitSignature, precommit_bytes, vote_for},
    departments::{
        AccountRegistered, CreditCode, DepartmentInfo, Level, Role, RoleGiven, SystemInfo, SystemKind,
        ValidatorRegistered,
    },
    extrinsic::Implicit,
    genesis::GenesisFile,
    hash::Suite,
    ids::{DepartmentId, Digest32, Height, Moment, PublicKey, PurposeId, RecordNumber, SystemId},
    sharing::PurposeRegistered,
    text::Text,
};
use mulu_rpc::{NodeInfo, Progress, RpcHandle, RpcParts, Submission, SubmitError, serve};
use mulu_search::Search;
use mulu_storage::{GenesisBlock, Options, StatePruning, Store};
use sp_runtime::generic::Era;
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};
use tokio::sync::{broadcast, mpsc, watch};

/// When the chain begins; one block a second.
pub const START: u64 = 1_785_000_000_000;
/// End of every role.
const EXPIRES: Moment = Moment::new(START + 1_000_000_000_000);

pub const AUTHORITY: DepartmentId = DepartmentId::new(1);
pub const PROVIDER: DepartmentId = DepartmentId::new(2);
pub const CONSUMER: DepartmentId = DepartmentId::new(3);
pub const GATEWAY: SystemId = SystemId::new(1);
pub const SUBSIDIES: SystemId = SystemId::new(2);
pub const PURPOSE: PurposeId = PurposeId::new(1);

const PEOPLE: [(&str, u32, Role); 14] = [
    ("reviewer", 1, Role::Reviewer),
    ("supervisor", 1, Role::Supervisor),
    ("admin", 2, Role::Admin),
    ("cataloguer", 2, Role::Cataloguer),
    ("head", 2, Role::Head),
    ("officer", 2, Role::Officer),
    ("approver1", 2, Role::Approver),
    ("approver2", 2, Role::Approver),
    ("approver3", 2, Role::Approver),
    ("platform", 2, Role::Platform),
    ("applicant", 3, Role::Applicant),
    ("consumer-officer", 3, Role::Officer),
    ("consumer-admin", 3, Role::Admin),
    ("auditor", 1, Role::Auditor),
];

pub fn key(name: &str) -> Key {
    Key::development(name)
}

pub fn text<const N: u32>(text: &str) -> Text<N> {
    Text::new(text).unwrap()
}

fn department(id: u32) -> DepartmentInfo {
    DepartmentInfo {
        id: DepartmentId::new(id),
        credit_code: CreditCode::with_check_character(&format!("1133010000000000{id}")).unwrap(),
        name: text(["市数据局", "市民政局", "市人社局"][id as usize - 1]),
        level: Level::City,
        region: 330_100,
        parent: None,
        is_authority: id == 1,
        host: None,
        is_data_manager: false,
    }
}

fn spec() -> ChainSpec {
    let system =
        |id, department, kind, code: &str| SystemInfo { id, department, kind, code: text(code), name: text(code) };
    let people =
        || PEOPLE.iter().map(|(name, department, role)| (key(name).public(), DepartmentId::new(*department), *role));
    let given = |(account, department, role)| RoleGiven::in_genesis(account, department, role, EXPIRES);
    ChainSpec {
        chain_id: "mulu-rpc-test".into(),
        chain_type: ChainType::Development,
        genesis: GenesisData {
            moment: Moment::new(START),
            departments: (1..=3).map(department).collect(),
            accounts: people().map(|(account, department, _)| AccountRegistered { account, department }).collect(),
            roles: people().map(given).collect(),
            systems: vec![
                system(GATEWAY, PROVIDER, SystemKind::Platform, "gateway"),
                system(SUBSIDIES, CONSUMER, SystemKind::Business, "subsidies"),
            ],
            purposes: vec![PurposeRegistered { id: PURPOSE, code: text("P1"), name: text("补贴审核") }],
            validators: vec![ValidatorRegistered { key: key("validator").public(), department: AUTHORITY, node: None }],
            observers: Vec::new(),
            budget: Default::default(),
            calendar: Default::default(),
        },
    }
}

pub struct Chain {
    pub store: Arc<Store>,
    pub executor: Arc<Executor>,
    pub pool: Arc<Mutex<Pool>>,
    pub committed: broadcast::Sender<Arc<Committed>>,
    pub left: broadcast::Sender<(Digest32, Left)>,
    pub genesis: GenesisFile,
    pub nonces: BTreeMap<PublicKey, u32>,
    pub moment: u64,
    _folder: tempfile::TempDir,
}

impl Chain {
    /// A chain with block 1, which records genesis.
    pub fn new() -> Self {
        Self::with(StatePruning::Archive)
    }

    /// The same, with the states that `pruning` keeps.
    pub fn with(pruning: StatePruning) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store =
            Arc::new(Store::open(folder.path().join("data"), Options { pruning, ..Options::default() }).unwrap());
        let genesis = spec().build().unwrap();
        let block = GenesisBlock {
            header: genesis.header.clone(),
            state: genesis.state,
            validators: genesis.validators,
            chain_id: genesis.file.chain_id.clone(),
        };
        store.init_genesis(&block).unwrap();
        let executor = Arc::new(Executor::new(Arc::clone(&store) as _));
        let mut chain = Self {
            store,
            executor,
            pool: Arc::new(Mutex::new(Pool::new(Limits::DEFAULT, Height::new(0)))),
            committed: broadcast::channel(64).0,
            left: broadcast::channel(64).0,
            genesis: genesis.file,
            nonces: BTreeMap::new(),
            moment: START,
            _folder: folder,
        };
        chain.block(&[]);
        chain
    }

    pub fn head(&self) -> Height {
        Height::new(self.store.head().0.number)
    }

    fn implicit(&self) -> Implicit {
        let genesis = self.genesis.hash();
        Implicit { spec_version: 1, transaction_version: 1, genesis, mortality: genesis }
    }

    /// Signs a call with the next nonce of `name`.
    pub fn sign(&mut self, name: &str, call: Call) -> Extrinsic {
        self.sign_for(name, call, Era::Immortal)
    }

    /// Signs a call that holds for 64 blocks from the head on.
    pub fn sign_mortal(&mut self, name: &str, call: Call) -> Extrinsic {
        self.sign_for(name, call, Era::mortal(64, u64::from(self.head().get())))
    }

    fn sign_for(&mut self, name: &str, call: Call, era: Era) -> Extrinsic {
        let key = key(name);
        let nonce = self.nonces.entry(key.public()).or_default();
        let (used, head) = (*nonce, self.store.head().0.number);
        *nonce += 1;
        let birth = u32::try_from(era.birth(head.into())).unwrap();
        let mortality = self.store.hash_at(Height::new(birth)).unwrap().unwrap();
        let mortality = if era == Era::Immortal { self.genesis.hash() } else { mortality };
        let unsigned = Unsigned { call, era, nonce: used, implicit: Implicit { mortality, ..self.implicit() } };
        Extrinsic::new(&unsigned.sign(&key).bytes)
    }

    /// Builds, certifies and commits a block; every extrinsic must be in it.
    pub fn block(&mut self, extrinsics: &[Extrinsic]) -> Arc<Committed> {
        let (head, _) = self.store.head();
        let pooled = |extrinsic: &Extrinsic| Pooled {
            extrinsic: extrinsic.clone(),
            hash: extrinsic.hash(),
            validity: self.executor.validate(&head, extrinsic).unwrap(),
        };
        let mut candidates = Vec::new();
        for extrinsic in extrinsics {
            candidates.push(pooled(extrinsic));
        }
        self.moment += 1_000;
        let built = self.executor.build(&head, Moment::new(self.moment), &candidates, BLOCK_BYTES_MAX).unwrap();
        assert!(built.refused.is_empty());
        let executed = Arc::new(built.executed);
        let block = &executed.block;
        let certificate = self.certify(block.height(), executed.hash);
        let events = self.executor.events_of(&executed).unwrap();
        let batches: Vec<BatchEvents<'_>> =
            events.iter().map(|(record, leaves)| BatchEvents { record: *record, leaves }).collect();
        let calendar = self.executor.calendar(&head).unwrap();
        let rows = mulu_index::derive(block, &executed.records, &batches, &calendar).unwrap();
        let decided = Decided::new(Arc::clone(&executed), certificate).unwrap();
        let committed = Arc::new(self.store.commit(decided, rows).unwrap());
        let included = committed.block().extrinsics.iter().map(Extrinsic::hash).collect();
        let height = committed.block().height();
        self.pool.lock().unwrap().step(Input::Committed { height, included, nonces: Vec::new() });
        // Nobody may listen.
        let _ = self.committed.send(Arc::clone(&committed));
        committed
    }

    fn certify(&self, height: Height, header_hash: Digest32) -> Certificate {
        let key = key("validator");
        let vote = precommit_bytes(&self.genesis.domain(), height, 0, &header_hash);
        let validator = key.public();
        let signature = CommitSignature { validator, signature: key.sign(&vote_for(&vote, &validator)) };
        Certificate { suite: Suite::default(), height, round: 0, header_hash, signatures: vec![signature] }
    }

    /// One act in a block of its own; it must succeed. Returns the record that it caused.
    pub fn act(&mut self, name: &str, call: Call) -> RecordNumber {
        let extrinsic = self.sign(name, call);
        self.include(&extrinsic)
    }

    /// Includes an extrinsic in a block of its own; it must succeed. Returns the record that it caused.
    pub fn include(&mut self, extrinsic: &Extrinsic) -> RecordNumber {
        let committed = self.block(std::slice::from_ref(extrinsic));
        let records = committed.records();
        let record = records.iter().find(|record| record.extrinsic == Some(extrinsic.hash()));
        record.unwrap_or_else(|| panic!("the call failed; the block's state says why")).number
    }

    /// Includes an extrinsic whose call fails.
    pub fn fail(&mut self, extrinsic: &Extrinsic) {
        let committed = self.block(std::slice::from_ref(extrinsic));
        assert!(committed.records().is_empty());
    }

    /// Starts the server on a free port, with a pool service behind it.
    pub async fn serve(&self) -> Server {
        self.serve_with(None).await
    }

    /// The same at an address, as a node that comes back.
    pub async fn serve_at(&self, listen: SocketAddr) -> Server {
        let (submit, submissions) = mpsc::channel(16);
        let parts = self.parts(submit);
        tokio::spawn(pool_service(parts.clone(), submissions));
        Server { handle: serve(listen, parts).await.unwrap() }
    }

    /// The same, with a decision point or without.
    pub async fn serve_with(&self, decision: Option<Arc<Desk>>) -> Server {
        let (submit, submissions) = mpsc::channel(16);
        let parts = RpcParts { decision, ..self.parts(submit) };
        tokio::spawn(pool_service(parts.clone(), submissions));
        let handle = serve("127.0.0.1:0".parse().unwrap(), parts).await.unwrap();
        Server { handle }
    }

    /// A search over what is committed now, in a folder that goes with the chain's.
    fn search(&self) -> Arc<Search> {
        let search = Search::new(Arc::clone(&self.store), self.store.path().with_file_name("search"));
        search.catch_up().unwrap();
        Arc::new(search)
    }

    pub fn parts(&self, submit: mpsc::Sender<Submission>) -> RpcParts {
        RpcParts {
            store: Arc::clone(&self.store),
            search: self.search(),
            audit: None,
            decision: None,
            executor: Arc::clone(&self.executor),
            pool: Arc::clone(&self.pool),
            submit,
            committed: self.committed.clone(),
            left: self.left.clone(),
            info: NodeInfo {
                chain_type: "Development".into(),
                version: "0.1.0-test".into(),
                name: "test".into(),
                peer_id: "12D3KooW".into(),
                should_have_peers: false,
                peers: watch::channel(Vec::new()).1,
                progress: watch::channel(Progress::default()).1,
                started_at: Height::new(0),
                listen_addresses: vec!["/ip4/127.0.0.1/tcp/30331".into()],
                genesis: self.genesis.clone(),
                engine_metrics: || "# TYPE engine gauge\nengine 1\n# EOF\n".into(),
            },
        }
    }
}

/// What the node's own service does, without peers.
async fn pool_service(parts: RpcParts, mut submissions: mpsc::Receiver<Submission>) {
    while let Some(Submission { extrinsic, reply }) = submissions.recv().await {
        let head = parts.store.head().0;
        let answer = match parts.executor.validate(&head, &extrinsic) {
            Err(error) => Err(SubmitError::Invalid(error)),
            Ok(validity) => {
                let effects = parts.pool.lock().unwrap().step(Input::Submitted { extrinsic, validity });
                let answer = effects.into_iter().find_map(|effect| match effect {
                    Effect::Answer(answer) => Some(answer),
                    _ => None,
                });
                answer.unwrap().map_err(SubmitError::Refused)
            }
        };
        let _ = reply.send(answer);
    }
}

pub struct Server {
    pub handle: RpcHandle,
}

impl Server {
    pub fn http(&self) -> HttpClient {
        let url = format!("http://{}", self.handle.address());
        HttpClientBuilder::default().max_response_size(32 * 1024 * 1024).build(url).unwrap()
    }

    pub async fn ws(&self) -> WsClient {
        WsClientBuilder::default().build(format!("ws://{}", self.handle.address())).await.unwrap()
    }
}

/// SCALE bytes in hexadecimal, as Substrate clients send them.
pub fn hexadecimal(value: &impl Encode) -> String {
    format!("0x{}", hex::encode(value.encode()))
}
