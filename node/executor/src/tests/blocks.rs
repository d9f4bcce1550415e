//! Building, and executing what was built.

use super::chain::*;
use crate::{
    Executor,
    error::ExecuteError,
    run::Run,
    state::{Purpose, State},
};
use codec::{Decode, Encode};
use mulu_primitives::{
    block::{Block, Extrinsic},
    stages::Executed,
};
use mulu_proofs::{budget::Budget, departments::SystemKind, hash::TreeKind, ids::SystemId, text::Text};
use mulu_proofs::{
    header::HeaderView,
    ids::{Moment, RecordNumber},
    records::RecordKind,
    tree,
};
use mulu_runtime::{
    Executive, Runtime, RuntimeCall, RuntimeEvent, System, UncheckedExtrinsic, pallet_departments,
    pallet_departments::CurrentBudget,
};
use std::sync::Arc;

/// A block with everything that can happen to an extrinsic that is included.
fn mixed(chain: &Chain) -> Vec<Extrinsic> {
    vec![
        chain.sign(&admin(), 0, register(20)),
        chain.sign(&supervisor(), 0, remark(300)),
        chain.sign(&admin(), 1, fails()),
        chain.sign(&admin(), 2, register(21)),
        chain.sign(&supervisor(), 1, register(22)),
    ]
}

#[test]
fn what_one_builds_another_executes_to_the_same_header_and_changes() {
    let mut author = Chain::new();
    let mut other = Chain::new();
    assert_eq!(author.head, other.head);
    let built = author.build(&mixed(&author));
    assert!(built.refused.is_empty());
    assert_eq!(built.executed.block.extrinsics.len(), 6);
    let executed = other.executor.execute(&other.head, Arc::clone(&built.executed.block)).unwrap();
    assert_eq!(executed.hash, built.executed.hash);
    assert_eq!(executed.changes, built.executed.changes);
    assert_eq!(executed.records, built.executed.records);
    assert_eq!(executed.next_validators, built.executed.next_validators);
    assert_eq!(executed.moment, built.executed.moment);
    author.take(&built.executed);
    other.take(&executed);
    // And the next block stands on it.
    let built = author.build(&[author.sign(&admin(), 3, register(23))]);
    assert!(other.executor.execute(&other.head, built.executed.block).is_ok());
}

#[test]
fn the_stock_executive_comes_to_the_same_state() {
    let chain = Chain::new();
    assert_stock_agrees(&chain, &chain.build(&mixed(&chain)).executed);
}

/// Runs the block through the unmodified `Executive::execute_block`, which panics at the smallest difference of headers.
pub fn assert_stock_agrees(chain: &Chain, executed: &Executed) {
    let mut run = Run::new(State::open(&chain.executor, &chain.head, Purpose::Block));
    run.call(|| Executive::execute_block(stock(&executed.block).into())).unwrap();
    let changes = run.finish().unwrap();
    assert_eq!(changes.transaction_storage_root, executed.block.header.state_root);
    let mut values = changes.main_storage_changes;
    values.sort();
    assert_eq!(values[..], executed.changes.values[..]);
}

#[test]
fn the_stock_executive_refuses_a_bad_signature_as_we_do() {
    let chain = Chain::new();
    let good = chain.sign(&admin(), 0, register(20));
    let block = chain.forged(std::slice::from_ref(&good), |block| block.extrinsics[1] = with_bad_signature(&good));
    let mut run = Run::new(State::open(&chain.executor, &chain.head, Purpose::Block));
    assert!(run.call(|| Executive::execute_block(stock(&block).into())).is_err());
    assert!(matches!(chain.executor.execute(&chain.head, block), Err(ExecuteError::Invalid { .. })));
}

fn stock(block: &Block) -> mulu_runtime::Block {
    mulu_runtime::Block::decode(&mut &block.encode()[..]).unwrap()
}

pub fn with_bad_signature(extrinsic: &Extrinsic) -> Extrinsic {
    let mut bytes = extrinsic.bytes().to_vec();
    let signature = bytes.len() - register(0).encode().len() - 40;
    bytes[signature] ^= 1;
    Extrinsic::new(&bytes)
}

#[test]
fn two_executors_reach_the_same_root_over_many_blocks() {
    let mut author = Chain::new();
    let other = Chain::new();
    let (mut head, memory) = (other.head.clone(), Arc::clone(&other.memory));
    for nonce in 0..5 {
        let built = author.block(&[author.sign(&admin(), nonce, register(20 + nonce as u8))]);
        // A fresh executor for every block: nothing may depend on what its cache holds.
        let executor = Executor::new(Arc::clone(&memory) as _);
        let executed = executor.execute(&head, built.executed.block).unwrap();
        memory.apply(&executed.changes);
        head = executed.block.header.clone();
        assert_eq!(head, author.head);
    }
    assert_eq!(*memory.nodes.lock().unwrap(), *author.memory.nodes.lock().unwrap());
}

#[test]
fn records_are_numbered_without_gaps_and_headers_commit_to_them() {
    let mut chain = Chain::at_genesis(false);
    let mut next = 1;
    for extrinsics in [vec![], vec![chain.sign(&admin(), 0, register(20)), chain.sign(&admin(), 1, fails())], vec![]] {
        let executed = chain.block(&extrinsics).executed;
        let numbers: Vec<_> = executed.records.iter().map(|record| record.number.get()).collect();
        assert_eq!(numbers, (next..next + numbers.len() as u64).collect::<Vec<_>>());
        let log = HeaderView::read(&executed.block.header.encode()).unwrap().records.unwrap();
        assert_eq!((log.first, log.count as usize), (next, numbers.len()));
        let leaves: Vec<_> = executed.records.iter().map(|record| record.leaf()).collect();
        assert_eq!(log.root, tree::root(TreeKind::Records, &leaves));
        next += numbers.len() as u64;
    }
    // And then one account.
    assert_eq!(next, 1 + GENESIS_RECORDS + 1);
}

#[test]
fn a_record_names_the_extrinsic_that_caused_it() {
    let mut chain = Chain::new();
    let extrinsic = chain.sign(&admin(), 0, register(20));
    let records = chain.block(std::slice::from_ref(&extrinsic)).executed.records;
    assert_eq!(records.len(), 1);
    assert_eq!(
        (records[0].kind, records[0].number),
        (RecordKind::AccountRegistered, RecordNumber::new(GENESIS_RECORDS + 1))
    );
    assert_eq!(records[0].extrinsic, Some(extrinsic.hash()));
    assert_eq!(records[0].signer, Some(account(&admin()).into()));
    assert_eq!(records[0].moment, Moment::new(chain.moment));
}

#[test]
fn invalid_candidates_are_refused_and_leave_no_trace() {
    let chain = Chain::new();
    let good = chain.sign(&admin(), 0, register(20));
    let bad = [
        with_bad_signature(&good),
        chain.sign(&stranger(), 0, register(21)),
        Extrinsic::new(b"no extrinsic"),
        Extrinsic::new(&UncheckedExtrinsic::new_bare(remark(1)).encode()),
    ];
    let mut candidates = bad.to_vec();
    candidates.push(good.clone());
    let built = chain.build(&candidates);
    let mut refused = built.refused;
    let mut expected = bad.map(|extrinsic| extrinsic.hash()).to_vec();
    refused.sort();
    expected.sort();
    assert_eq!(refused, expected);
    assert_eq!(built.executed.hash, chain.build(&[good]).executed.hash);
}

#[test]
fn a_used_nonce_is_refused_and_one_ahead_waits() {
    let chain = Chain::new();
    let first = chain.sign(&admin(), 0, register(20));
    let again = chain.sign(&admin(), 0, register(21));
    let ahead = chain.sign(&admin(), 7, register(22));
    let built = chain.build(&[first, again.clone(), ahead]);
    assert_eq!(built.refused, [again.hash()]);
    assert_eq!(built.executed.block.extrinsics.len(), 2);
}

/// A state in which registering a system panics: ids are used up.
pub fn with_a_trap(chain: &mut Chain) -> Extrinsic {
    let key = pallet_departments::LastSystem::<Runtime>::hashed_key().to_vec();
    chain.write(&[(key, Some(SystemId::new(u32::MAX).encode()))]);
    chain.sign(
        &admin(),
        0,
        RuntimeCall::Departments(pallet_departments::Call::register_system {
            department: POLICE,
            kind: SystemKind::Source,
            code: Text::new("last").unwrap(),
            name: Text::new("last").unwrap(),
        }),
    )
}

#[test]
fn a_candidate_that_makes_the_runtime_panic_is_dropped_and_the_block_goes_on() {
    let mut chain = Chain::new();
    let trap = with_a_trap(&mut chain);
    let built = chain.build(&[trap.clone(), chain.sign(&admin(), 0, register(20))]);
    assert_eq!(built.refused, [trap.hash()]);
    assert_eq!(built.executed.block.extrinsics.len(), 2);
    assert!(chain.executor.execute(&chain.head, built.executed.block).is_ok());
}

#[test]
fn a_foreign_block_that_makes_the_runtime_panic_is_invalid() {
    let mut chain = Chain::new();
    let trap = with_a_trap(&mut chain);
    let block = chain.forged(&[], |block| block.extrinsics.push(trap));
    let error = chain.executor.execute(&chain.head, block).unwrap_err();
    assert!(matches!(error, ExecuteError::Invalid { .. }) && !error.is_fatal(), "{error}");
}

#[test]
fn what_does_not_fit_into_the_bytes_waits() {
    let chain = Chain::new();
    let long = chain.sign(&admin(), 0, remark(5_000));
    let short = chain.sign(&supervisor(), 0, register(20));
    let built = chain.build_within(&[long, short], 8_000);
    assert!(built.refused.is_empty());
    assert_eq!(built.executed.block.extrinsics.len(), 2);
    assert!(built.executed.block.encode().len() <= 8_000);
}

#[test]
fn a_block_of_many_acts_fits() {
    let chain = Chain::new();
    let acts: Vec<_> = (0..600).map(|nonce| chain.sign(&admin(), nonce, remark(1))).collect();
    let built = chain.build(&acts);
    assert_eq!((built.refused.len(), built.executed.block.extrinsics.len()), (0, 601));
    assert!(chain.executor.execute(&chain.head, built.executed.block).is_ok());
}

#[test]
fn a_block_of_the_largest_size_fits() {
    let mut chain = Chain::new();
    // Of two departments: none may fill a block.
    let budget = Budget { acts: Budget::default().batches, batches: Budget::FLOOR.batches };
    chain.write(&[(CurrentBudget::<Runtime>::hashed_key().to_vec(), Some(budget.encode()))]);
    let signers = [admin(), supervisor()];
    let sign = |number: u32| chain.sign(&signers[number as usize % 2], number / 2, remark(1_000_000));
    let acts: Vec<_> = (0..4).map(sign).collect();
    let built = chain.build(&acts);
    assert_eq!((built.refused.len(), built.executed.block.extrinsics.len()), (0, 5));
    assert!(chain.executor.execute(&chain.head, built.executed.block).is_ok());
}

#[test]
fn a_block_whose_time_is_not_later_than_its_parents_is_not_built() {
    let chain = Chain::new();
    let error = chain.executor.build(&chain.head, Moment::new(chain.moment), &[], 10_000).unwrap_err();
    assert!(matches!(error, ExecuteError::Invalid { .. }));
}

#[test]
fn a_failed_act_is_included_and_a_filtered_one_too_but_neither_does_anything() {
    let mut chain = Chain::new();
    let code = RuntimeCall::System(frame_system::Call::set_code { code: vec![1] });
    // The pool lets it not in, and a proposer cannot either.
    let filtered = chain.sign(&supervisor(), 0, code);
    assert_eq!(chain.build(std::slice::from_ref(&filtered)).refused, [filtered.hash()]);
    let built = chain.block(&[chain.sign(&admin(), 0, fails())]);
    assert!(built.refused.is_empty() && built.executed.records.is_empty());
    let events = chain.executor.query(&chain.head, System::events).unwrap();
    assert!(
        events
            .iter()
            .any(|event| matches!(event.event, RuntimeEvent::System(frame_system::Event::ExtrinsicFailed { .. })))
    );
    assert_eq!(chain.executor.nonce(&chain.head, &account(&admin()).into()).unwrap(), 1);
}
