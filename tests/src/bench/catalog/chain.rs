//! One validator's store and executor, and the people who publish a catalog. Blocks are certified by the key at hand.

use crate::{bench::report::State, error::Error};
use mulu_chain_spec::{ChainSpec, ChainType};
use mulu_client::{calls::Call, extrinsic::Unsigned, keys::Key};
use mulu_executor::Executor;
use mulu_primitives::{
    block::{BLOCK_BYTES_MAX, Extrinsic},
    stages::{Decided, Pooled},
};
use mulu_proofs::{
    calendar::Calendar,
    catalog::EntryContent,
    certificate::{Certificate, CommitSignature, precommit_bytes, vote_for},
    departments::{AccountRegistered, CreditCode, DepartmentInfo, Level, Role, RoleGiven, ValidatorRegistered},
    extrinsic::Implicit,
    genesis::GenesisFile,
    hash::Suite,
    ids::{DepartmentId, EntryId, Height, Moment, Version},
    text::Text,
};
use mulu_storage::{GenesisBlock, Options, StatePruning, Store};
use sp_runtime::generic::Era;
use std::{
    collections::BTreeMap,
    error::Error as Cause,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

/// Entries whose acts share a block.
pub const ENTRIES_A_BLOCK: u32 = 256;
/// Departments that provide entries.
pub const PROVIDERS: u32 = 8;
/// The first of them; department 1 is the authority.
pub const PROVIDER_FIRST: u32 = 2;
/// When the chain begins; one block a second.
const START: u64 = 1_785_000_000_000;
/// End of every role.
const EXPIRES: Moment = Moment::new(START + 1_000_000_000_000);
/// States that are kept, as a node keeps them.
const STATES_KEPT: u32 = 256;
const KEYS_A_WALK: usize = 4_096;

/// What a failure of any part of the node is told as.
pub fn failed<E: Cause>(doing: &'static str) -> impl Fn(E) -> Error {
    move |error| {
        let mut text = format!("{doing}: {error}");
        let mut cause = error.source();
        while let Some(inner) = cause {
            text = format!("{text}: {inner}");
            cause = inner.source();
        }
        Error::Unexpected(text)
    }
}

/// The chain.
pub struct Chain {
    /// Its store.
    pub store: Arc<Store>,
    executor: Executor,
    genesis: GenesisFile,
    moment: u64,
    nonces: BTreeMap<String, u32>,
}

fn name(role: &str, department: u32) -> String {
    format!("bench {role} {department}")
}

fn spec() -> Result<ChainSpec, Error> {
    let department = |id: u32| {
        let code = CreditCode::with_check_character(&format!("113301000000{id:05}"));
        Ok(DepartmentInfo {
            id: DepartmentId::new(id),
            credit_code: code.map_err(failed("making a credit code"))?,
            name: Text::new(&format!("department {id}")).map_err(failed("naming a department"))?,
            level: Level::City,
            region: 330_100,
            parent: None,
            is_authority: id == 1,
            host: None,
            is_data_manager: false,
        })
    };
    let providers = || PROVIDER_FIRST..PROVIDER_FIRST + PROVIDERS;
    let mut people = vec![("reviewer", 1, Role::Reviewer), ("admin", 1, Role::Admin)];
    people.extend(providers().flat_map(|id| [("cataloguer", id, Role::Cataloguer), ("head", id, Role::Head)]));
    let people: Vec<_> = people
        .into_iter()
        .map(|(role, id, given)| (Key::development(&name(role, id)).public(), DepartmentId::new(id), given))
        .collect();
    let validator = ValidatorRegistered {
        key: Key::development("bench validator").public(),
        department: DepartmentId::new(1),
        node: None,
    };
    let accounts =
        people.iter().map(|(account, department, _)| AccountRegistered { account: *account, department: *department });
    let roles =
        people.iter().map(|(account, department, role)| RoleGiven::in_genesis(*account, *department, *role, EXPIRES));
    let departments = std::iter::once(1).chain(providers()).map(department).collect::<Result<Vec<_>, Error>>()?;
    // As JSON, so that what this chain does not care about has its default.
    let spec = serde_json::json!({
        "chain_id": "mulu-bench",
        "chain_type": ChainType::Development,
        "genesis": {
            "moment": START,
            "departments": departments,
            "accounts": accounts.collect::<Vec<_>>(),
            "roles": roles.collect::<Vec<_>>(),
            "validators": [validator],
        },
    });
    ChainSpec::from_json(&spec.to_string()).map_err(failed("reading the specification"))
}

impl Chain {
    /// A new chain in a folder.
    ///
    /// # Errors
    /// [`Error`] if a part does not start.
    pub fn new(folder: &Path) -> Result<Self, Error> {
        let options = Options { pruning: StatePruning::Keep(STATES_KEPT), ..Options::default() };
        let store = Arc::new(Store::open(folder.join("data"), options).map_err(failed("opening the store"))?);
        let genesis = spec()?.build().map_err(failed("building genesis"))?;
        let block = GenesisBlock {
            header: genesis.header.clone(),
            state: genesis.state,
            validators: genesis.validators,
            chain_id: genesis.file.chain_id.clone(),
        };
        store.init_genesis(&block).map_err(failed("writing genesis"))?;
        let executor = Executor::new(Arc::clone(&store) as _);
        let mut chain = Self { store, executor, genesis: genesis.file, moment: START, nonces: BTreeMap::new() };
        chain.block(&[])?;
        Ok(chain)
    }

    /// Publishes entries whose ids begin with `first`, in four blocks. Returns the time without signing.
    ///
    /// # Errors
    /// [`Error`] if an act is not taken.
    pub fn publish(&mut self, first: u32, entries: &[EntryContent]) -> Result<Duration, Error> {
        let version = Version::new(1);
        let mut steps: [Vec<Extrinsic>; 4] = Default::default();
        for (id, content) in (first..).map(EntryId::new).zip(entries) {
            let (provider, digest) = (content.provider.get(), content.digest());
            let submit = Call::submit_entry(content).map_err(failed("building a submission"))?;
            steps[0].push(self.sign("cataloguer", provider, submit));
            steps[1].push(self.sign("head", provider, Call::endorse_entry(id, version, &digest)));
            steps[2].push(self.sign("reviewer", 1, Call::review_entry(id, version, &digest)));
        }
        // Nonces follow the order of the blocks.
        for (id, content) in (first..).map(EntryId::new).zip(entries) {
            steps[3].push(self.sign("reviewer", 1, Call::publish_entry(id, version, &content.digest())));
        }
        let started = Instant::now();
        steps.iter().try_for_each(|step| self.block(step))?;
        Ok(started.elapsed())
    }

    fn sign(&mut self, role: &str, department: u32, call: Call) -> Extrinsic {
        let name = name(role, department);
        let key = Key::development(&name);
        let nonce = self.nonces.entry(name).or_default();
        let used = *nonce;
        *nonce += 1;
        let genesis = self.genesis.hash();
        let implicit = Implicit { spec_version: 1, transaction_version: 1, genesis, mortality: genesis };
        Extrinsic::new(&Unsigned { call, era: Era::Immortal, nonce: used, implicit }.sign(&key).bytes)
    }

    /// Validates, builds and commits one block; every extrinsic must succeed.
    fn block(&mut self, extrinsics: &[Extrinsic]) -> Result<(), Error> {
        let (head, _) = self.store.head();
        let mut candidates = Vec::with_capacity(extrinsics.len());
        for extrinsic in extrinsics {
            let validity = self.executor.validate(&head, extrinsic).map_err(failed("validating an act"))?;
            candidates.push(Pooled { extrinsic: extrinsic.clone(), hash: extrinsic.hash(), validity });
        }
        self.moment += 1_000;
        let built = self.executor.build(&head, Moment::new(self.moment), &candidates, BLOCK_BYTES_MAX);
        let executed = Arc::new(built.map_err(failed("building a block"))?.executed);
        let acts = executed.records.iter().filter(|record| record.signer.is_some()).count();
        if acts < extrinsics.len() {
            return Err(Error::Unexpected(format!("{} of {} acts succeeded in a block", acts, extrinsics.len())));
        }
        let rows = mulu_index::derive(&executed.block, &executed.records, &[], &Calendar::default());
        let rows = rows.map_err(failed("deriving rows"))?;
        let certificate = self.certify(executed.block.height(), executed.hash);
        let decided = Decided::new(executed, certificate).map_err(failed("certifying a block"))?;
        self.store.commit(decided, rows).map_err(failed("committing a block"))?;
        Ok(())
    }

    fn certify(&self, height: Height, header_hash: [u8; 32]) -> Certificate {
        let key = Key::development("bench validator");
        let vote = precommit_bytes(&self.genesis.domain(), height, 0, &header_hash);
        let validator = key.public();
        let signature = CommitSignature { validator, signature: key.sign(&vote_for(&vote, &validator)) };
        Certificate { suite: Suite::default(), height, round: 0, header_hash, signatures: vec![signature] }
    }

    /// Keys and bytes of the whole state.
    ///
    /// # Errors
    /// [`Error`] if it does not read.
    pub fn state(&self) -> Result<State, Error> {
        let (head, _) = self.store.head();
        let (mut state, mut start) = (State::default(), None::<Vec<u8>>);
        loop {
            let keys = self.executor.keys_paged(&head, &[], start.as_deref(), KEYS_A_WALK);
            let keys = keys.map_err(failed("walking through the state"))?;
            let Some(last) = keys.last().cloned() else { return Ok(state) };
            for key in &keys {
                let value = self.executor.storage(&head, key).map_err(failed("reading the state"))?;
                state.bytes += (key.len() + value.map_or(0, |value| value.len())) as u64;
            }
            state.keys += keys.len() as u64;
            start = Some(last);
        }
    }

    /// Bytes of the data folder.
    ///
    /// # Errors
    /// [`Error`] if it does not read.
    pub fn disk(&self) -> Result<u64, Error> {
        Ok(self.store.disk_usage().map_err(failed("measuring the disk"))?.total())
    }
}
