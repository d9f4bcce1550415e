//! A chain of one validator over a trie in memory.

use crate::{
    Built, Executor,
    state::{Purpose, State},
};
use codec::Encode;
use mulu_primitives::{
    block::{BLOCK_BYTES_MAX, Block, Extrinsic, Header, header_hash},
    stages::{Executed, Lane, Pooled, StateChanges, Validity},
    trie::TrieReader,
};
use mulu_proofs::{
    departments::{
        CreditCode, DepartmentInfo, Level, Role, RoleGiven, RoleScope, SystemInfo, SystemKind, ValidatorRegistered,
    },
    ids::{DepartmentId, Height, Moment, SystemId},
    text::Text,
};
use mulu_runtime::{
    AccountId, Address, Runtime, RuntimeCall, RuntimeGenesisConfig, Signature, SignedPayload, TxExtension,
    UncheckedExtrinsic, VERSION, chain, genesis_storage, pallet_departments,
};
use sp_core::{H256, Pair, ed25519, storage::StateVersion};
use sp_runtime::{
    Digest,
    generic::Era,
    traits::{BlakeTwo256, Header as _},
};
use sp_state_machine::Backend as _;
use sp_trie::{LayoutV1, empty_trie_root};
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

/// 2026-07-25.
pub const START: u64 = 1_785_000_000_000;
pub const AUTHORITY: DepartmentId = DepartmentId::new(1);
pub const POLICE: DepartmentId = DepartmentId::new(2);

/// What a reader does when its patience ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Fails,
    Loses,
}

/// Trie nodes in memory, with a fault after a number of reads.
#[derive(Default)]
pub struct Memory {
    pub nodes: Mutex<BTreeMap<Vec<u8>, Vec<u8>>>,
    pub fault: Mutex<Option<(u64, Fault)>>,
    reads: AtomicU64,
}

impl TrieReader for Memory {
    fn node(&self, key: &[u8]) -> Result<Option<Vec<u8>>, String> {
        let reads = self.reads.fetch_add(1, Ordering::Relaxed);
        match *self.fault.lock().unwrap() {
            Some((after, Fault::Fails)) if reads >= after => Err("the disk is gone".to_owned()),
            Some((after, Fault::Loses)) if reads >= after => Ok(None),
            _ => Ok(self.nodes.lock().unwrap().get(key).cloned()),
        }
    }
}

impl Memory {
    pub fn apply(&self, changes: &StateChanges) {
        let mut nodes = self.nodes.lock().unwrap();
        for key in &changes.nodes_removed {
            nodes.remove(key);
        }
        nodes.extend(changes.nodes_added.iter().cloned());
    }

    /// The same nodes, with a fault after `after` reads.
    pub fn with_fault(&self, after: u64, fault: Fault) -> Arc<Self> {
        Arc::new(Self {
            nodes: Mutex::new(self.nodes.lock().unwrap().clone()),
            fault: Mutex::new(Some((after, fault))),
            reads: AtomicU64::new(0),
        })
    }
}

/// Records that block 1 makes of this genesis: departments, accounts, roles, system, validator, budget, parameters.
pub const GENESIS_RECORDS: u64 = 2 + 7 + 7 + 1 + 1 + 1 + 1;

/// A chain and the executor that carries it on.
pub struct Chain {
    pub memory: Arc<Memory>,
    pub executor: Executor,
    pub head: Header,
    pub genesis: H256,
    pub moment: u64,
}

impl Chain {
    /// A chain with block 1, so that genesis roles have their records.
    pub fn new() -> Self {
        let mut chain = Self::at_genesis(false);
        chain.block(&[]);
        chain
    }

    /// A chain with block 1 where every signature scheme counts.
    pub fn for_development() -> Self {
        let mut chain = Self::at_genesis(true);
        chain.block(&[]);
        chain
    }

    /// A chain of another genesis, with block 1.
    pub fn of(config: &RuntimeGenesisConfig) -> Self {
        let mut chain = Self::begin(config);
        chain.block(&[]);
        chain
    }

    pub fn at_genesis(is_development: bool) -> Self {
        Self::begin(&genesis(is_development))
    }

    /// A chain at genesis.
    pub fn begin(config: &RuntimeGenesisConfig) -> Self {
        let memory = Arc::new(Memory::default());
        let executor = Executor::new(Arc::clone(&memory) as Arc<dyn TrieReader>);
        let storage = genesis_storage(config).unwrap();
        let empty = header(0, empty_trie_root::<LayoutV1<BlakeTwo256>>());
        let rows: Vec<_> = storage.top.into_iter().map(|(key, value)| (key, Some(value))).collect();
        let mut chain = Self { memory, executor, head: empty, genesis: H256::zero(), moment: START };
        chain.write(&rows);
        chain.genesis = H256(header_hash(&chain.head));
        chain
    }

    /// Changes the state behind the runtime's back: the head gets another state root.
    pub fn write(&mut self, rows: &[(Vec<u8>, Option<Vec<u8>>)]) {
        let state = State::open(&self.executor, &self.head, Purpose::Question);
        let delta = rows.iter().map(|(key, value)| (&key[..], value.as_deref()));
        let (root, mut transaction) = state.backend.storage_root(delta, StateVersion::V1);
        let mut changes = StateChanges::default();
        for (key, (node, references)) in transaction.drain() {
            match references {
                1.. => changes.nodes_added.push((key, node)),
                0 => {}
                ..0 => changes.nodes_removed.push(key),
            }
        }
        self.memory.apply(&changes);
        self.head.state_root = root;
    }

    /// Builds the next block without taking it.
    pub fn build(&self, extrinsics: &[Extrinsic]) -> Built {
        self.build_within(extrinsics, BLOCK_BYTES_MAX)
    }

    pub fn build_within(&self, extrinsics: &[Extrinsic], bytes_max: usize) -> Built {
        let candidates: Vec<_> = extrinsics.iter().map(pooled).collect();
        self.executor.build(&self.head, Moment::new(self.moment + 1_000), &candidates, bytes_max).unwrap()
    }

    /// Builds the next block and takes it.
    pub fn block(&mut self, extrinsics: &[Extrinsic]) -> Built {
        let built = self.build(extrinsics);
        self.take(&built.executed);
        built
    }

    pub fn take(&mut self, executed: &Executed) {
        self.memory.apply(&executed.changes);
        self.head = executed.block.header.clone();
        self.moment = executed.moment.get();
    }

    /// The block with another body or header, as a forger would send it.
    pub fn forged(&self, extrinsics: &[Extrinsic], change: impl FnOnce(&mut Block)) -> Arc<Block> {
        let built = self.build(extrinsics);
        let mut block = Block::clone(&built.executed.block);
        change(&mut block);
        Arc::new(block)
    }

    /// Signs `call` for this chain.
    pub fn sign(&self, pair: &ed25519::Pair, nonce: u32, call: RuntimeCall) -> Extrinsic {
        self.sign_with(&Terms { nonce, ..self.terms() }, &account(pair), call, |payload| pair.sign(payload).into())
    }

    /// What an immortal extrinsic of this chain is signed for.
    pub fn terms(&self) -> Terms {
        Terms { nonce: 0, era: Era::Immortal, birth: self.genesis, genesis: self.genesis, spec: VERSION.spec_version }
    }

    pub fn sign_with(
        &self,
        terms: &Terms,
        account: &AccountId,
        call: RuntimeCall,
        sign: impl FnOnce(&[u8]) -> Signature,
    ) -> Extrinsic {
        let extension = extension(terms.era, terms.nonce);
        let implicit = ((), terms.spec, VERSION.transaction_version, terms.genesis, terms.birth, (), ());
        let signature =
            SignedPayload::from_raw(call.clone(), extension.clone(), implicit).using_encoded(|payload| sign(payload));
        let signed = UncheckedExtrinsic::new_signed(call, Address::Id(account.clone()), signature, extension);
        Extrinsic::new(&signed.encode())
    }
}

/// What an extrinsic is signed for.
#[derive(Clone, Copy)]
pub struct Terms {
    pub nonce: u32,
    pub era: Era,
    pub birth: H256,
    pub genesis: H256,
    pub spec: u32,
}

pub fn extension(era: Era, nonce: u32) -> TxExtension {
    (
        frame_system::CheckNonZeroSender::new(),
        frame_system::CheckSpecVersion::new(),
        frame_system::CheckTxVersion::new(),
        frame_system::CheckGenesis::new(),
        frame_system::CheckMortality::from(era),
        frame_system::CheckNonce::from(nonce),
        Default::default(),
    )
}

pub fn header(number: u32, state_root: H256) -> Header {
    Header::new(number, H256::zero(), state_root, H256::zero(), Digest::default())
}

/// The candidate that the pool would hand out.
pub fn pooled(extrinsic: &Extrinsic) -> Pooled {
    let validity =
        Validity { signer: [0; 32], nonce: 0, next_nonce: 0, lane: Lane::Act, longevity: Height::new(u32::MAX) };
    Pooled { hash: extrinsic.hash(), extrinsic: extrinsic.clone(), validity }
}

pub fn pair(number: u8) -> ed25519::Pair {
    ed25519::Pair::from_seed(&[number; 32])
}

pub fn account(pair: &ed25519::Pair) -> AccountId {
    AccountId::new(pair.public().0)
}

/// Supervisor of the authority.
pub fn supervisor() -> ed25519::Pair {
    pair(1)
}

/// Admin of the police.
pub fn admin() -> ed25519::Pair {
    pair(2)
}

pub fn cataloguer() -> ed25519::Pair {
    pair(3)
}

/// Head of the police.
pub fn head() -> ed25519::Pair {
    pair(4)
}

/// Reviewer of the authority.
pub fn reviewer() -> ed25519::Pair {
    pair(5)
}

/// The police's platform, system 1.
pub fn platform() -> ed25519::Pair {
    pair(6)
}

/// Nobody.
pub fn stranger() -> ed25519::Pair {
    pair(9)
}

/// A call that writes one record: the admin registers an account.
pub fn register(number: u8) -> RuntimeCall {
    RuntimeCall::Departments(pallet_departments::Call::register_account {
        account: AccountId::new([number; 32]),
        department: POLICE,
    })
}

/// The admin registers the account of a key.
pub fn register_key(pair: &ed25519::Pair) -> RuntimeCall {
    RuntimeCall::Departments(pallet_departments::Call::register_account { account: account(pair), department: POLICE })
}

/// The admin gives a role of the police.
pub fn give(account: AccountId, role: Role) -> RuntimeCall {
    RuntimeCall::Departments(pallet_departments::Call::give_role {
        account,
        department: POLICE,
        role,
        expires: Moment::new(3_900_000_000_000),
        scope: RoleScope::Everything,
        principal: None,
        basis: Text::default(),
    })
}

/// A call that fails when an admin of the police makes it.
pub fn fails() -> RuntimeCall {
    RuntimeCall::Departments(pallet_departments::Call::register_account {
        account: AccountId::new([200; 32]),
        department: DepartmentId::new(77),
    })
}

pub fn remark(bytes: usize) -> RuntimeCall {
    RuntimeCall::System(frame_system::Call::remark { remark: vec![7; bytes] })
}

pub fn genesis(is_development: bool) -> RuntimeGenesisConfig {
    let far = Moment::new(4_000_000_000_000);
    let role = |pair: &ed25519::Pair, department, role| RoleGiven::in_genesis(pair.public().0, department, role, far);
    RuntimeGenesisConfig {
        chain: chain::GenesisConfig::<Runtime> {
            id: Text::new("mulu-test").unwrap(),
            is_development,
            _config: Default::default(),
        },
        departments: pallet_departments::GenesisConfig {
            departments: vec![department(AUTHORITY, true), department(POLICE, false)],
            accounts: vec![
                (account(&supervisor()), AUTHORITY),
                (account(&reviewer()), AUTHORITY),
                (account(&admin()), POLICE),
                (account(&cataloguer()), POLICE),
                (account(&head()), POLICE),
                (account(&platform()), POLICE),
                // A key of small order: under ZIP 215 anyone can sign for it, so other rules have to stop it.
                (AccountId::new([0; 32]), POLICE),
            ],
            roles: vec![
                role(&supervisor(), AUTHORITY, Role::Supervisor),
                role(&reviewer(), AUTHORITY, Role::Reviewer),
                role(&admin(), POLICE, Role::Admin),
                role(&cataloguer(), POLICE, Role::Cataloguer),
                role(&head(), POLICE, Role::Head),
                role(&platform(), POLICE, Role::Platform),
                RoleGiven::in_genesis([0; 32], POLICE, Role::Applicant, far),
            ],
            systems: vec![SystemInfo {
                id: SystemId::new(1),
                department: POLICE,
                kind: SystemKind::Platform,
                code: Text::new("exchange").unwrap(),
                name: Text::new("共享交换平台").unwrap(),
            }],
            validators: vec![ValidatorRegistered { key: pair(100).public().0, department: POLICE, node: None }],
            ..Default::default()
        },
        ..Default::default()
    }
}

pub fn department(id: DepartmentId, is_authority: bool) -> DepartmentInfo {
    DepartmentInfo {
        id,
        credit_code: CreditCode::with_check_character(&format!("11330100{:09}", id.get())).unwrap(),
        name: Text::new("部门").unwrap(),
        level: Level::City,
        region: 330_100,
        parent: None,
        is_authority,
        host: None,
        is_data_manager: false,
    }
}
