//! Event batches: which lane they wait in, and how their events are read again.

use super::{blocks::assert_stock_agrees, chain::*};
use crate::{
    Executor,
    error::{ExecuteError, ValidateError},
};
use mulu_primitives::{
    batch::{BatchPlace, Terms as BatchTerms, seal},
    block::Extrinsic,
    stages::Lane,
};
use mulu_proofs::{
    access::{Outcome, PublicLeaf, RunKey, Sealed, Side},
    catalog::{
        Assessments, Classification, DataGrade, DataKind, DataType, EntryContent, Format, FormatClass, Item, List,
        MatterKind, Method, Methods, Opening, ResourceClass, Responsibility, Secrecy, Sharing, SharingClass,
        UpdateCycle,
    },
    grants::GrantTerms,
    hash::chain_domain,
    ids::{DepartmentId, EntryId, EventNumber, GrantId, Moment, RequestId, StreamId, SystemId, Version},
    records::RecordKind,
    text::Text,
};
use mulu_runtime::{RuntimeCall, pallet_access, pallet_catalog};
use sp_core::Pair;
use std::sync::Arc;

const ENTRY: EntryId = EntryId::new(1);
const VERSION_1: Version = Version::new(1);

/// What the sealing platform knows: entry 1 is of the police, and there are no grants.
struct Known;

impl BatchTerms for Known {
    fn grant(&self, _grant: GrantId, _version: Version) -> Option<Arc<GrantTerms>> {
        None
    }

    fn provider(&self, entry: EntryId, _version: Version) -> Option<DepartmentId> {
        (entry == ENTRY).then_some(POLICE)
    }
}

fn catalog(call: pallet_catalog::Call<mulu_runtime::Runtime>) -> RuntimeCall {
    RuntimeCall::Catalog(call)
}

/// The acts that publish entry 1, in order.
pub fn publish(chain: &Chain) -> Vec<Extrinsic> {
    let content = content(Secrecy::None);
    let (entry, version, digest) = (ENTRY, VERSION_1, content.digest());
    vec![
        chain.sign(&cataloguer(), 0, catalog(pallet_catalog::Call::submit { content: Box::new(content) })),
        chain.sign(&head(), 0, catalog(pallet_catalog::Call::endorse { entry, version, digest })),
        chain.sign(&reviewer(), 0, catalog(pallet_catalog::Call::review { entry, version, digest })),
        chain.sign(&reviewer(), 1, catalog(pallet_catalog::Call::publish { entry, version, digest })),
    ]
}

/// Terms of a grant that no state here has.
pub fn terms(grant: GrantId, version: Version) -> GrantTerms {
    GrantTerms {
        grant,
        version,
        request: RequestId::new(1),
        provider: POLICE,
        consumer: AUTHORITY,
        entry: ENTRY,
        entry_version: VERSION_1,
        items: 1,
        method: Method::ServiceInterface,
        from: Moment::new(0),
        until: Moment::new(u64::MAX),
        purposes: List::default(),
        systems: List::default(),
        platforms: List::default(),
        calls_per_day: 1,
        rows_per_day: 1,
    }
}

fn event(chain: &Chain, key: RunKey, number: u64) -> PublicLeaf {
    let entry = matches!(key, RunKey::Entry(..)).then_some((ENTRY, VERSION_1));
    PublicLeaf {
        key,
        entry,
        provider: entry.map(|_| POLICE),
        consumer: entry.map(|_| AUTHORITY),
        items: u64::from(entry.is_some()),
        authorising_system: None,
        using_system: None,
        purpose: None,
        method: Method::ServiceInterface,
        side: Side::Provider,
        time: Moment::new(chain.moment - 1_000 + number),
        duration_ms: 3,
        outcome: Outcome::Ok,
        calls: 1,
        rows: 1,
        bytes: 100,
        call_id: number,
        pseudonym: None,
    }
}

/// A batch of the first stream with events under the entry, then under the platform.
pub fn batch(chain: &Chain, nonce: u32) -> (Extrinsic, Vec<PublicLeaf>) {
    let entry = RunKey::Entry(ENTRY, VERSION_1, AUTHORITY);
    let reporter = RunKey::Reporter(SystemId::new(1));
    let leaves: Vec<_> = [(entry, 1), (entry, 2), (reporter, 3)].map(|(key, number)| event(chain, key, number)).into();
    let events: Vec<_> = leaves.iter().map(|leaf| (*leaf, Sealed::default().commitments())).collect();
    let place = BatchPlace {
        genesis: chain.genesis.0,
        stream: StreamId::new(1),
        first: EventNumber::new(1),
        previous: [0; 32],
    };
    let (header, body) = seal(place, &events, &Known).unwrap();
    let signed = header.signing_bytes(&chain_domain("mulu-test", &chain.genesis.0));
    let signature = platform().sign(&signed).0;
    let body = body.try_into().unwrap();
    let call = RuntimeCall::Access(pallet_access::Call::submit_batch { header: Box::new(header), signature, body });
    (chain.sign(&platform(), nonce, call), leaves)
}

fn open(chain: &Chain) -> Extrinsic {
    let call = pallet_access::Call::open_stream { platform: SystemId::new(1), reconciles: false };
    chain.sign(&platform(), 0, RuntimeCall::Access(call))
}

#[test]
fn events_are_read_before_their_block_is_in_the_database_and_after() {
    let mut chain = Chain::new();
    let (batch, leaves) = batch(&chain, 1);
    // Entry, stream and batch in one block: the parent's state knows none of them.
    let extrinsics = [publish(&chain), vec![open(&chain), batch.clone()]].concat();
    let built = chain.build(&extrinsics);
    assert!(built.refused.is_empty());
    assert_stock_agrees(&chain, &built.executed);
    let executed = Arc::new(built.executed);
    let record = executed.records.iter().find(|record| record.kind == RecordKind::BatchAccepted).unwrap().number;
    let expected = vec![(record, leaves.clone())];
    // With a cold cache, so that only the block's own nodes can answer.
    let fresh = Executor::new(Arc::clone(&chain.memory) as _);
    assert_eq!(fresh.events_of(&executed).unwrap(), expected);
    assert!(matches!(
        fresh.batch_events(&chain.head, &executed.block, &executed.records),
        Err(ExecuteError::Events { .. })
    ));

    chain.take(&executed);
    chain.block(&[]);
    let later = chain.head.clone();
    assert_eq!(chain.executor.batch_events(&later, &executed.block, &executed.records).unwrap(), expected);
    assert_eq!(chain.executor.leaves(&later, &batch, &|_, _| None).unwrap(), leaves);
}

#[test]
fn a_block_without_batches_has_no_events() {
    let chain = Chain::new();
    let executed = Arc::new(chain.build(&[chain.sign(&admin(), 0, register(20))]).executed);
    assert_eq!(chain.executor.events_of(&executed).unwrap(), vec![]);
}

#[test]
fn a_batch_that_was_not_accepted_has_no_record_and_no_events() {
    let chain = Chain::new();
    let (batch, _) = batch(&chain, 0);
    // No stream is open: the act fails, the extrinsic is in the block.
    let executed = Arc::new(chain.build(&[batch]).executed);
    assert_eq!((executed.block.extrinsics.len(), executed.records.len()), (2, 0));
    assert_eq!(chain.executor.events_of(&executed).unwrap(), vec![]);
}

#[test]
fn what_carries_no_batch_has_no_leaves() {
    let chain = Chain::new();
    let error = chain.executor.leaves(&chain.head, &chain.sign(&admin(), 0, register(20)), &|_, _| None).unwrap_err();
    assert!(matches!(error, ExecuteError::Events { .. }) && !error.is_fatal());
    assert!(chain.executor.leaves(&chain.head, &Extrinsic::new(b"nothing"), &|_, _| None).is_err());
}

#[test]
fn batches_wait_in_a_lane_of_their_own() {
    let chain = Chain::new();
    let lane = |extrinsic: &Extrinsic| chain.executor.validate(&chain.head, extrinsic).unwrap().lane;
    assert_eq!(lane(&batch(&chain, 0).0), Lane::Batch);
    assert_eq!(lane(&open(&chain)), Lane::Act);
}

#[test]
fn an_entry_that_is_marked_secret_enters_neither_pool_nor_block() {
    let chain = Chain::new();
    for secrecy in [Secrecy::WorkSecret, Secrecy::StateSecret] {
        let call = catalog(pallet_catalog::Call::submit { content: Box::new(content(secrecy)) });
        let secret = chain.sign(&cataloguer(), 0, call);
        let error = chain.executor.validate(&chain.head, &secret).unwrap_err();
        assert_eq!(error, ValidateError::Secret);
        assert!(!error.to_string().contains("社会"));
        let built = chain.build(std::slice::from_ref(&secret));
        assert_eq!(built.refused, [secret.hash()]);
        let block = chain.forged(&[], |block| block.extrinsics.push(secret));
        let Err(ExecuteError::Invalid { why }) = chain.executor.execute(&chain.head, block) else { panic!("refused") };
        assert!(why.contains("secret") && !why.contains("社会"), "{why}");
    }
}

fn content(secrecy: Secrecy) -> EntryContent {
    let sharing = SharingClass::Unconditional;
    let item = Item {
        name: text("社会组织名称"),
        code: text("ORG_NAME"),
        element: None,
        source: None,
        data_type: DataType::Character,
        length: 200,
        meaning: text(""),
        standard: text(""),
        value_domain: text(""),
        quality_rule: text(""),
        level: 1,
        sharing,
        condition: text(""),
        law: text(""),
    };
    EntryContent {
        code: text("306001/1001"),
        name: text("社会组织基本信息"),
        provider: POLICE,
        summary: text("社会组织登记"),
        keywords: List::default(),
        related: List::default(),
        classification: Classification {
            attribute: ResourceClass::Department,
            data_kind: DataKind::Transaction,
            grade: DataGrade::General,
            sensitivity: 1,
            secrecy,
        },
        format: Format { class: FormatClass::Database, name: text("table") },
        items: List::try_from(vec![item]).unwrap(),
        sharing: Sharing {
            class: sharing,
            condition: text(""),
            law: text(""),
            methods: Methods::of(&[Method::ServiceInterface]),
        },
        opening: Opening { class: SharingClass::NotShared, condition: text("") },
        update_cycle: UpdateCycle::Daily,
        published_on: 20_000,
        flow_threshold: 0,
        responsibility: Responsibility {
            matter: text("社会组织登记"),
            matter_kind: MatterKind::Licence,
            information: text("登记信息"),
            standard: text("GB 32100"),
            source: text("civil-db"),
            owner: text("社会组织管理处"),
            steward: text("社会组织管理处"),
        },
        quality: None,
        holds_personal_data: false,
        assessments: Assessments { secrecy: [1; 32], personal_information: None, assessed_on: 20_000 },
        restriction: None,
    }
}

fn text<const N: u32>(text: &str) -> Text<N> {
    Text::new(text).unwrap()
}
