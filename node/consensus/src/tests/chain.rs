//! A small chain: departments with a validator each, stores with its genesis, extrinsics signed for it.

use crate::{
    app::{App, Parts},
    config::ConsensusConfig,
    error::EndSlot,
};
use codec::{Compact, Encode};
use ed25519_dalek::{Signer, SigningKey};
use mulu_chain_spec::{ChainSpec, ChainType, GenesisData};
use mulu_executor::Executor;
use mulu_pool::{Input, Limits, Pool};
use mulu_primitives::{
    block::{Extrinsic, header_hash},
    stages::Committed,
};
use mulu_proofs::{
    certificate::ValidatorSet,
    departments::{AccountRegistered, CreditCode, DepartmentInfo, Level, Role, RoleGiven, ValidatorRegistered},
    ids::{DepartmentId, Digest32, Height, Moment, PublicKey},
    text::Text,
};
use mulu_runtime::VERSION;
use mulu_storage::{GenesisBlock, Options, Store};
use std::{
    path::Path,
    sync::{Arc, Mutex},
};
use tokio::sync::{Notify, broadcast, mpsc};

/// When roles end.
const FAR: Moment = Moment::new(4_000_000_000_000);

/// A chain of some validators.
#[derive(Clone)]
pub struct Chain {
    pub genesis: GenesisBlock,
    pub hash: Digest32,
    pub validators: u8,
}

/// Key of a validator, of its node, of an admin.
pub fn validator_key(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

pub fn node_key(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[100 + number; 32])
}

pub fn head_key(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[50 + number; 32])
}

pub fn admin_key() -> SigningKey {
    SigningKey::from_bytes(&[200; 32])
}

fn public(key: &SigningKey) -> PublicKey {
    key.verifying_key().to_bytes()
}

impl Chain {
    pub fn new(validators: u8) -> Self {
        Self::with_departments(validators, validators)
    }

    /// A chain with more departments than validators; each has a head.
    pub fn with_departments(validators: u8, departments: u8) -> Self {
        let numbers = 1..=validators;
        let head = |number: u8| (public(&head_key(number)), DepartmentId::new(number.into()));
        let heads: Vec<_> = (1..=departments).map(head).collect();
        let validator = |number: u8| ValidatorRegistered {
            key: public(&validator_key(number)),
            department: DepartmentId::new(number.into()),
            node: None,
        };
        let admin = public(&admin_key());
        let spec = ChainSpec {
            chain_id: "mulu-test".into(),
            chain_type: ChainType::Development,
            genesis: GenesisData {
                moment: Moment::new(1_700_000_000_000),
                departments: (1..=departments).map(|number| department(number.into())).collect(),
                accounts: [(admin, DepartmentId::new(1))]
                    .iter()
                    .chain(&heads)
                    .map(|(account, department)| AccountRegistered { account: *account, department: *department })
                    .collect(),
                roles: [RoleGiven::in_genesis(admin, DepartmentId::new(1), Role::Admin, FAR)]
                    .into_iter()
                    .chain(
                        heads
                            .iter()
                            .map(|(account, department)| RoleGiven::in_genesis(*account, *department, Role::Head, FAR)),
                    )
                    .collect(),
                systems: Vec::new(),
                purposes: Vec::new(),
                validators: numbers.map(validator).collect(),
                observers: Vec::new(),
                budget: Default::default(),
                calendar: Default::default(),
            },
        };
        let built = spec.build().unwrap();
        let hash = header_hash(&built.header);
        let genesis = GenesisBlock {
            header: built.header,
            state: built.state,
            validators: built.validators,
            chain_id: spec.chain_id,
        };
        Self { genesis, hash, validators }
    }

    pub fn set(&self) -> &ValidatorSet {
        &self.genesis.validators
    }

    pub fn config(&self, home: &Path, validator: Option<u8>) -> ConsensusConfig {
        let listen = "127.0.0.1:0".parse().unwrap();
        let mut config =
            ConsensusConfig::new("mulu-test".into(), self.hash, node_key(1).to_bytes(), listen, home.to_owned());
        config.validator = validator.map(|number| validator_key(number).to_bytes());
        config
    }

    /// A remark, signed by the admin: an extrinsic that does nothing and may enter.
    pub fn remark(&self, nonce: u32, bytes: usize) -> Extrinsic {
        self.signed(&admin_key(), nonce, &[&[0, 0][..], &vec![7_u8; bytes].encode()].concat())
    }

    /// A call, signed by `key`.
    pub fn signed(&self, key: &SigningKey, nonce: u32, call: &[u8]) -> Extrinsic {
        let extra = [&[0][..], &Compact(nonce).encode()].concat();
        let implicit = (VERSION.spec_version, VERSION.transaction_version, self.hash, self.hash).encode();
        let mut payload = [call, &extra, &implicit].concat();
        if payload.len() > 256 {
            payload = mulu_proofs::hash::blake2_256(&payload).to_vec();
        }
        let signature = key.sign(&payload).to_bytes();
        let signed = [&[0x84, 0][..], &public(key), &[0], &signature, &extra, call].concat();
        Extrinsic::new(&signed.encode())
    }
}

fn department(number: u32) -> DepartmentInfo {
    DepartmentInfo {
        id: DepartmentId::new(number),
        credit_code: CreditCode::with_check_character(&format!("11330100{number:09}")).unwrap(),
        name: Text::new("部门").unwrap(),
        level: Level::City,
        region: 330_100,
        parent: None,
        is_authority: number == 1,
        host: None,
        is_data_manager: false,
    }
}

/// What the node around consensus would be: store, executor, pool and its service.
pub struct Surroundings {
    pub parts: Parts,
    pub refused: mpsc::UnboundedReceiver<Digest32>,
    pub committed: broadcast::Receiver<Arc<Committed>>,
}

impl Surroundings {
    /// Opens the data in `folder`; a store that another run has not let go of yet is waited for.
    pub fn open(chain: &Chain, folder: &Path) -> Self {
        let store = (0..100)
            .find_map(|_| match Store::open(folder.join("data"), Options::default()) {
                Ok(store) => Some(store),
                Err(_) => {
                    std::thread::sleep(std::time::Duration::from_millis(100));
                    None
                }
            })
            .expect("the store is let go of");
        let store = Arc::new(store);
        store.init_genesis(&chain.genesis).unwrap();
        let executor = Arc::new(Executor::new(store.clone()));
        let head = Height::new(store.head().0.number);
        let pool = Arc::new(Mutex::new(Pool::new(Limits::DEFAULT, head)));
        let (refused_sender, refused) = mpsc::unbounded_channel();
        let (committed_sender, committed) = broadcast::channel(64);
        let parts = Parts {
            store,
            executor,
            pool,
            pool_ready: Arc::new(Notify::new()),
            refused: refused_sender,
            committed: committed_sender,
        };
        Self { parts, refused, committed }
    }

    pub fn app(&self, config: &ConsensusConfig) -> App {
        App::new(config, self.parts.clone(), EndSlot::default(), crate::clock::now()).unwrap()
    }

    pub fn height(&self) -> u32 {
        self.parts.store.head().0.number
    }
}

/// Most departments of a test chain.
const HEADS_MAX: u8 = 7;

/// What the pool service does with a submission.
pub fn submit(parts: &Parts, extrinsic: &Extrinsic) {
    let validity = parts.executor.validate(&parts.store.head().0, extrinsic).unwrap();
    parts.pool.lock().unwrap().step(Input::Submitted { extrinsic: extrinsic.clone(), validity });
    parts.pool_ready.notify_waiters();
}

/// What the pool service does with what a peer sends: it may be known or too early here.
pub fn submit_if_valid(parts: &Parts, extrinsic: &Extrinsic) {
    if let Ok(validity) = parts.executor.validate(&parts.store.head().0, extrinsic) {
        parts.pool.lock().unwrap().step(Input::Received { extrinsic: extrinsic.clone(), validity });
        parts.pool_ready.notify_waiters();
    }
}

/// What the pool service does with a committed block.
pub fn hear(parts: &Parts, committed: &Committed) {
    let block = committed.block();
    let included = block.extrinsics.iter().map(Extrinsic::hash).collect();
    let nonces = std::iter::once(admin_key())
        .chain((1..=HEADS_MAX).map(head_key))
        .map(|key| {
            let key = public(&key);
            (key, parts.executor.nonce(&block.header, &key).unwrap())
        })
        .collect();
    let input = Input::Committed { height: block.height(), included, nonces };
    let mut pool = parts.pool.lock().unwrap();
    pool.step(input);
    if pool.has_ready() {
        parts.pool_ready.notify_waiters();
    }
}
