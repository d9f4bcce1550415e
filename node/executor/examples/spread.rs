//! What one validator spends on batches whose events are spread over many grants: `spread GRANTS BATCHES [reconciles]`.
//!
//! Executor, index and storage of one node in one process, without consensus; genesis is given the grants, so that nothing else runs. Each
//! block has four batches of 1,000 events, grants after Zipf.

use codec::Encode;
use mulu_executor::Executor;
use mulu_index::BatchEvents;
use mulu_primitives::{
    batch::{BatchPlace, Terms as BatchTerms, canonical_order, seal},
    block::{BLOCK_BYTES_MAX, Extrinsic, Header},
    stages::{Decided, Executed, Pooled, StateChanges},
};
use mulu_proofs::{
    access::{Outcome, PublicLeaf, RunKey, Sealed, Side},
    catalog::{List, Method, Methods, SharingClass},
    certificate::{Certificate, CommitSignature, Validator, ValidatorSet, precommit_bytes, vote_for},
    departments::{CreditCode, DepartmentInfo, Level, Role, RoleGiven, SystemInfo, SystemKind, ValidatorRegistered},
    grants::{GrantState, GrantTerms},
    hash::{Suite, chain_domain},
    ids::{
        DepartmentId, Digest32, EntryId, EventNumber, GrantId, Moment, PurposeId, RequestId, StreamId, SystemId,
        Version,
    },
    records::RecordKind,
    sharing::PurposeRegistered,
    text::Text,
};
use mulu_runtime::{
    AccountId, Address, Runtime, RuntimeCall, RuntimeGenesisConfig, Signature, SignedPayload, TxExtension,
    UncheckedExtrinsic, VERSION, chain, genesis_storage, pallet_access, pallet_catalog, pallet_departments,
    pallet_grants, pallet_sharing,
};
use mulu_storage::{GenesisBlock, Options, StatePruning, Store};
use sp_core::{H256, Pair, ed25519, storage::StateVersion};
use sp_runtime::{
    Digest,
    generic::Era,
    traits::{BlakeTwo256, Header as _},
};
use sp_state_machine::{Backend, BasicExternalities, backend::BackendTransaction, new_in_mem};
use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    fs, io,
    sync::Arc,
    time::Duration,
};

type Outcomes<T> = Result<T, Box<dyn Error>>;

const START: u64 = 1_785_000_000_000;
const FAR: Moment = Moment::new(START + 1_000_000_000_000);
const CHAIN: &str = "mulu-spread";
const DEPARTMENTS: u32 = 24;
const PURPOSES: u16 = 40;
const EVENTS: usize = 1_000;
const BATCHES_A_BLOCK: usize = 4;
const V1: Version = Version::new(1);
const PLATFORM: SystemId = SystemId::new(1);
const REPORTER: DepartmentId = DepartmentId::new(1);

/// SplitMix64.
struct Mix(u64);

impl Mix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

struct Known(Vec<Arc<GrantTerms>>);

impl BatchTerms for Known {
    fn grant(&self, grant: GrantId, _version: Version) -> Option<Arc<GrantTerms>> {
        self.0.get(grant.get() as usize - 1).cloned()
    }

    fn provider(&self, _entry: EntryId, _version: Version) -> Option<DepartmentId> {
        None
    }
}

fn text<const N: u32>(text: &str) -> Text<N> {
    Text::new(text).expect("short")
}

fn pair(number: u8) -> ed25519::Pair {
    ed25519::Pair::from_seed(&[number; 32])
}

fn systems_of(department: u32) -> [SystemId; 2] {
    [SystemId::new(2 * department), SystemId::new(2 * department + 1)]
}

fn terms(number: u32, mix: &mut Mix) -> GrantTerms {
    let entry = 1 + (number - 1) / 10;
    let provider = 2 + entry % (DEPARTMENTS - 1);
    let consumer = 2 + (provider - 2 + 1 + 2 * (number % 10)) % (DEPARTMENTS - 1);
    let first = 1 + mix.below(u64::from(PURPOSES) - 1) as u16;
    GrantTerms {
        grant: GrantId::new(number),
        version: V1,
        request: RequestId::new(number),
        provider: DepartmentId::new(provider),
        consumer: DepartmentId::new(consumer),
        entry: EntryId::new(entry),
        entry_version: V1,
        items: (mix.next() & 0xffff_ffff) | 1,
        method: Method::ServiceInterface,
        from: Moment::new(START - 86_400_000),
        until: FAR,
        purposes: List::truncate_from(vec![PurposeId::new(first), PurposeId::new(first + 1)]),
        systems: List::truncate_from(systems_of(consumer).to_vec()),
        platforms: List::truncate_from(vec![PLATFORM]),
        calls_per_day: u64::MAX,
        rows_per_day: u64::MAX,
    }
}

fn genesis() -> RuntimeGenesisConfig {
    let department = |id| DepartmentInfo {
        id: DepartmentId::new(id),
        credit_code: CreditCode::with_check_character(&format!("113301000000{id:05}")).expect("a code"),
        name: text("a department"),
        level: Level::City,
        region: 330_100,
        parent: None,
        is_authority: id == 1,
        host: None,
        is_data_manager: false,
    };
    let system = |id: u32, department: u32, kind| SystemInfo {
        id: SystemId::new(id),
        department: DepartmentId::new(department),
        kind,
        code: text(&format!("system-{id}")),
        name: text("a system"),
    };
    let mut systems = vec![system(1, 1, SystemKind::Platform)];
    systems.extend((2..2 * DEPARTMENTS + 2).map(|id| system(id, id / 2, SystemKind::Business)));
    let purpose = |id| PurposeRegistered { id: PurposeId::new(id), code: text(&format!("P{id}")), name: text("why") };
    RuntimeGenesisConfig {
        chain: chain::GenesisConfig::<Runtime> { id: text(CHAIN), ..Default::default() },
        departments: pallet_departments::GenesisConfig {
            departments: (1..=DEPARTMENTS).map(department).collect(),
            accounts: vec![(AccountId::new(pair(6).public().0), REPORTER)],
            roles: vec![RoleGiven::in_genesis(pair(6).public().0, REPORTER, Role::Platform, FAR)],
            systems,
            validators: vec![ValidatorRegistered { key: pair(100).public().0, department: REPORTER, node: None }],
            ..Default::default()
        },
        sharing: pallet_sharing::GenesisConfig {
            purposes: (1..=PURPOSES).map(purpose).collect(),
            ..Default::default()
        },
        ..Default::default()
    }
}

/// Entries and grants, as their acts would leave them.
fn fill(grants: &[GrantTerms]) {
    for terms in grants {
        let course = pallet_grants::Course {
            version: V1,
            transitions: List::truncate_from(vec![
                (terms.from, GrantState::Agreed),
                (terms.from, GrantState::Provisioned),
            ]),
            deadline: None,
            rectification: None,
            is_held_by_authority: false,
            disposal: None,
            over_since: None,
            queued: terms.until,
        };
        pallet_grants::GrantVersions::<Runtime>::insert((terms.grant, V1), terms);
        pallet_grants::Courses::<Runtime>::insert(terms.grant, course);
        let facts = pallet_catalog::VersionFacts {
            provider: terms.provider,
            items: 0xffff_ffff,
            items_not_shared: 0,
            items_conditional: 0,
            sharing: SharingClass::Unconditional,
            methods: Methods::of(&[Method::ServiceInterface]),
            flow_threshold: 0,
            digest: [1; 32],
        };
        pallet_catalog::Published::<Runtime>::insert(terms.entry, V1, facts);
    }
}

struct Node {
    store: Arc<Store>,
    /// Builds, as a proposer does.
    author: Executor,
    /// Executes what the other built, as all others do.
    other: Executor,
    genesis: Digest32,
    moment: u64,
    spent: BTreeMap<&'static str, Duration>,
}

impl Node {
    fn new(folder: &std::path::Path, grants: &[GrantTerms]) -> Outcomes<Self> {
        let mut externalities = BasicExternalities::new(genesis_storage(&genesis())?);
        externalities.execute_with(|| fill(grants));
        let storage = externalities.into_storages();
        let values = storage.top.iter().map(|(key, value)| (&key[..], Some(&value[..])));
        let (root, mut nodes): (H256, BackendTransaction<BlakeTwo256>) =
            new_in_mem::<BlakeTwo256>().storage_root(values, StateVersion::V1);
        let nodes_added = nodes.drain().into_iter().filter(|(_, (_, count))| *count > 0);
        let mut nodes_added: Vec<_> = nodes_added.map(|(key, (node, _))| (key, node)).collect();
        nodes_added.sort();
        let header = Header::new(0, H256::zero(), root, H256::zero(), Digest::default());
        let validators = ValidatorSet::new(vec![Validator { key: pair(100).public().0, department: REPORTER }])?;
        let genesis = mulu_primitives::block::header_hash(&header);
        let block = GenesisBlock {
            header,
            state: StateChanges { nodes_added, ..StateChanges::default() },
            validators,
            chain_id: CHAIN.to_owned(),
        };
        let options = Options { pruning: StatePruning::Keep(256), ..Options::default() };
        let store = Arc::new(Store::open(folder.join("data"), options)?);
        store.init_genesis(&block)?;
        let [author, other] = [(); 2].map(|()| Executor::new(Arc::clone(&store) as _));
        Ok(Self { store, author, other, genesis, moment: START, spent: BTreeMap::new() })
    }

    fn time<T>(&mut self, what: &'static str, work: impl FnOnce(&Self) -> T) -> T {
        let before = processor();
        let done = work(self);
        *self.spent.entry(what).or_default() += processor().saturating_sub(before);
        done
    }

    fn sign(&self, nonce: u32, call: RuntimeCall) -> Extrinsic {
        let extension: TxExtension = (
            frame_system::CheckNonZeroSender::new(),
            frame_system::CheckSpecVersion::new(),
            frame_system::CheckTxVersion::new(),
            frame_system::CheckGenesis::new(),
            frame_system::CheckMortality::from(Era::Immortal),
            frame_system::CheckNonce::from(nonce),
            Default::default(),
        );
        let genesis = H256(self.genesis);
        let implicit = ((), VERSION.spec_version, VERSION.transaction_version, genesis, genesis, (), ());
        let payload = SignedPayload::from_raw(call.clone(), extension.clone(), implicit);
        let signature: Signature = payload.using_encoded(|payload| pair(6).sign(payload)).into();
        let address = Address::Id(AccountId::new(pair(6).public().0));
        Extrinsic::new(&UncheckedExtrinsic::new_signed(call, address, signature, extension).encode())
    }

    fn block(&mut self, extrinsics: &[Extrinsic]) -> Outcomes<Arc<Executed>> {
        let head = self.store.head().0;
        self.moment += 1_000;
        let candidates = self.time("validate", |node| {
            let pooled = |extrinsic: &Extrinsic| {
                let validity = node.author.validate(&head, extrinsic)?;
                Ok::<_, Box<dyn Error>>(Pooled { hash: extrinsic.hash(), extrinsic: extrinsic.clone(), validity })
            };
            extrinsics.iter().map(pooled).collect::<Outcomes<Vec<_>>>()
        })?;
        let moment = Moment::new(self.moment);
        let built = self.time("build", |node| node.author.build(&head, moment, &candidates, BLOCK_BYTES_MAX))?.executed;
        let block = Arc::clone(&built.block);
        let executed = Arc::new(self.time("execute", |node| node.other.execute(&head, block))?);
        let events = self.time("decode again", |node| node.other.events_of(&executed))?;
        let rows = self.time("rows", |_| {
            let batches: Vec<_> =
                events.iter().map(|(record, leaves)| BatchEvents { record: *record, leaves }).collect();
            mulu_index::derive(
                &executed.block,
                &executed.records,
                &batches,
                &mulu_proofs::calendar::Calendar::default(),
            )
        })?;
        let height = executed.block.height();
        let vote = precommit_bytes(&chain_domain(CHAIN, &self.genesis), height, 0, &executed.hash);
        let validator = pair(100).public().0;
        let signature = pair(100).sign(&vote_for(&vote, &validator)).0;
        let signatures = vec![CommitSignature { validator, signature }];
        let certificate =
            Certificate { suite: Suite::default(), height, round: 0, header_hash: executed.hash, signatures };
        let decided = Decided::new(Arc::clone(&executed), certificate)?;
        self.time("commit", |node| node.store.commit(decided, rows).map(drop))?;
        let acts = executed.records.iter().filter(|record| record.extrinsic.is_some()).count();
        if acts != extrinsics.len() {
            let told = self.author.query(&executed.block.header, mulu_runtime::System::events)?;
            return Err(format!("{acts} of {} acts were taken: {told:?}", extrinsics.len()).into());
        }
        Ok(executed)
    }
}

/// Processor time of all threads so far: on a machine that does other things too, the clock says little.
fn processor() -> Duration {
    let Ok(tasks) = fs::read_dir("/proc/self/task") else { return Duration::ZERO };
    let of_task = |task: io::Result<fs::DirEntry>| {
        let spent = fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        spent.split(' ').next()?.parse::<u64>().ok()
    };
    Duration::from_nanos(tasks.filter_map(of_task).sum())
}

/// The events of a batch, in canonical order.
fn events(from: u64, grants: &[GrantTerms], weights: &[f64], mix: &mut Mix) -> Vec<(PublicLeaf, [Digest32; 6])> {
    let mut leaves: Vec<PublicLeaf> = (0..EVENTS)
        .map(|_| {
            let at = (mix.next() >> 11) as f64 / (1_u64 << 53) as f64;
            let terms = &grants[weights.partition_point(|weight| *weight < at).min(grants.len() - 1)];
            PublicLeaf {
                key: RunKey::Grant(terms.grant, V1),
                entry: Some((terms.entry, V1)),
                provider: Some(terms.provider),
                consumer: Some(terms.consumer),
                items: terms.items & mix.next(),
                authorising_system: Some(PLATFORM),
                using_system: Some(terms.systems[mix.below(2) as usize]),
                purpose: Some(terms.purposes[mix.below(2) as usize]),
                method: terms.method,
                side: [Side::Provider, Side::Consumer, Side::DataManager][mix.below(3) as usize],
                time: Moment::new(from + mix.below(200)),
                duration_ms: mix.below(400) as u32,
                outcome: Outcome::Ok,
                calls: 1,
                rows: 1 + mix.below(4) as u32,
                bytes: mix.below(4_000),
                call_id: mix.next(),
                pseudonym: Some(mix.next()),
            }
        })
        .collect();
    leaves.sort_by(canonical_order);
    let commitments = Sealed::default().commitments();
    leaves.into_iter().map(|leaf| (leaf, commitments)).collect()
}

fn cumulated(count: usize) -> Vec<f64> {
    let mut sum = 0.0;
    let rank = |place: usize| ((place * 7_919 + 13) % count) as f64 + 1.0;
    let mut weights: Vec<f64> = (0..count)
        .map(|place| {
            sum += rank(place).powf(-0.99);
            sum
        })
        .collect();
    weights.iter_mut().for_each(|weight| *weight /= sum);
    weights
}

fn main() -> Outcomes<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |place: usize, other| arguments.get(place).map_or(Ok(other), |text| text.parse::<usize>());
    let (count, batches) = (number(1, 20_000)?, number(2, 40)?);
    let reconciles = arguments.get(3).is_some();
    let mut mix = Mix(7);
    let grants: Vec<GrantTerms> = (1..=u32::try_from(count)?).map(|number| terms(number, &mut mix)).collect();
    let weights = cumulated(count);
    let folder = tempfile::tempdir()?;
    let mut node = Node::new(folder.path(), &grants)?;
    let known = Known(grants.iter().cloned().map(Arc::new).collect());
    node.block(&[])?;
    let open = pallet_access::Call::open_stream { platform: PLATFORM, reconciles };
    node.block(&[node.sign(0, RuntimeCall::Access(open))])?;

    let (mut nonce, mut first, mut previous, mut runs, mut bytes, mut findings) = (1, 1, [0; 32], 0, 0, 0);
    let domain = chain_domain(CHAIN, &node.genesis);
    let mut changed = 0;
    let disk = node.store.disk_usage()?.total();
    for warm in [true, false] {
        node.spent.clear();
        (runs, bytes, findings, changed) = (0, 0, 0, 0);
        for _ in 0..batches / BATCHES_A_BLOCK {
            let mut extrinsics = Vec::new();
            for place in 0..BATCHES_A_BLOCK {
                let events = events(node.moment + 200 * place as u64, &grants, &weights, &mut mix);
                runs += events.iter().map(|(leaf, _)| leaf.key).collect::<BTreeSet<_>>().len();
                let place = BatchPlace {
                    genesis: node.genesis,
                    stream: StreamId::new(1),
                    first: EventNumber::new(first),
                    previous,
                };
                let (header, body) = seal(place, &events, &known)?;
                first += EVENTS as u64;
                previous = header.digest();
                let signature = pair(6).sign(&header.signing_bytes(&domain)).0;
                let body = body.try_into().map_err(|_| "a body is too long")?;
                let call = pallet_access::Call::submit_batch { header: Box::new(header), signature, body };
                extrinsics.push(node.sign(nonce, RuntimeCall::Access(call)));
                nonce += 1;
            }
            bytes += extrinsics.iter().map(|extrinsic| extrinsic.bytes().len()).sum::<usize>();
            let executed = node.block(&extrinsics)?;
            changed += executed.changes.nodes_added.len();
            for record in executed.records.iter().filter(|record| record.kind == RecordKind::BatchAccepted) {
                findings += record.body_as::<mulu_proofs::access::BatchRecord>()?.findings.len();
            }
        }
        if warm {
            println!("warm: {:?}", node.spent.values().sum::<Duration>());
        }
    }
    let sealed = batches / BATCHES_A_BLOCK * BATCHES_A_BLOCK;
    let events = (sealed * EVENTS) as f64;
    println!(
        "{count} grants, {sealed} batches, {} runs a batch, {} bytes an event",
        runs / sealed,
        bytes / (sealed * EVENTS)
    );
    println!("{} trie nodes a batch, {findings} findings", changed / sealed);
    println!("{} bytes of disk an event", (node.store.disk_usage()?.total() - disk) as f64 / events / 2.0);
    for (what, spent) in &node.spent {
        println!("{what:>14} {:8.2} µs of processor an event", spent.as_secs_f64() * 1e6 / events);
    }
    Ok(())
}
