//! A failing database ends the node; it never makes a block invalid, an extrinsic bad or a root wrong.

use super::chain::*;
use crate::{
    Executor,
    error::{ExecuteError, ValidateError},
};
use mulu_proofs::ids::Moment;
use std::sync::Arc;

/// Most reads that a block of these tests makes from a cold cache.
const READS_MAX: u64 = 400;

/// Calls `attempt` with executors whose database breaks after 0, 1, 2, … reads, until it comes through; returns how often it failed.
fn until_it_works<R>(chain: &Chain, fault: Fault, attempt: impl Fn(&Executor) -> Result<R, ExecuteError>) -> (R, u64) {
    for after in 0..READS_MAX {
        match attempt(&Executor::new(chain.memory.with_fault(after, fault))) {
            Ok(result) => return (result, after),
            Err(error) => assert!(error.is_fatal(), "after {after} reads: {error}"),
        }
    }
    panic!("more than {READS_MAX} reads");
}

#[test]
fn executing_meets_a_broken_database_wherever_it_breaks() {
    let chain = Chain::new();
    let built = chain.build(&[chain.sign(&admin(), 0, register(20))]).executed;
    for fault in [Fault::Fails, Fault::Loses] {
        let (executed, failures) =
            until_it_works(&chain, fault, |executor| executor.execute(&chain.head, Arc::clone(&built.block)));
        assert_eq!((executed.hash, executed.changes), (built.hash, built.changes.clone()));
        assert!(failures > 5);
    }
}

#[test]
fn building_meets_a_broken_database_wherever_it_breaks() {
    let chain = Chain::new();
    let candidates = [pooled(&chain.sign(&admin(), 0, register(20)))];
    let moment = Moment::new(chain.moment + 1_000);
    let expected = chain.executor.build(&chain.head, moment, &candidates, 100_000).unwrap();
    for fault in [Fault::Fails, Fault::Loses] {
        let (built, failures) =
            until_it_works(&chain, fault, |executor| executor.build(&chain.head, moment, &candidates, 100_000));
        assert_eq!(built.executed.hash, expected.executed.hash);
        assert!(built.refused.is_empty() && failures > 5);
    }
}

#[test]
fn validating_meets_a_broken_database() {
    let chain = Chain::new();
    let extrinsic = chain.sign(&admin(), 0, register(20));
    let executor = Executor::new(chain.memory.with_fault(0, Fault::Fails));
    let error = executor.validate(&chain.head, &extrinsic).unwrap_err();
    assert_eq!(error, ValidateError::State(ExecuteError::Database { why: "the disk is gone".to_owned() }));
    assert!(error.is_fatal());
}

#[test]
fn questions_meet_a_broken_database() {
    let chain = Chain::new();
    let executor = Executor::new(chain.memory.with_fault(0, Fault::Fails));
    let account = account(&admin()).into();
    for error in [
        executor.storage(&chain.head, b":code").unwrap_err(),
        executor.keys_paged(&chain.head, b"", None, 5).unwrap_err(),
        executor.read_proof(&chain.head, &[b":code".to_vec()]).unwrap_err(),
        executor.nonce(&chain.head, &account).unwrap_err(),
        executor.call(&chain.head, "Core_version", &[]).err().unwrap_or(ExecuteError::Database { why: String::new() }),
    ] {
        assert!(error.is_fatal(), "{error}");
    }
}

#[test]
fn a_question_to_a_state_that_is_gone_is_no_end() {
    let chain = Chain::new();
    let gone = header(1, sp_core::H256::repeat_byte(3));
    let error = chain.executor.storage(&gone, b":code").unwrap_err();
    assert!(matches!(error, ExecuteError::StateGone { .. }) && !error.is_fatal());
    assert!(matches!(chain.executor.validators(&gone), Err(ExecuteError::StateGone { .. })));
}
