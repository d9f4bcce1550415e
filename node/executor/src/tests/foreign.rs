//! Blocks of others that break a rule.

use super::{blocks::with_bad_signature, chain::*};
use crate::error::ExecuteError;
use codec::Encode;
use mulu_primitives::block::{Block, EXTRINSICS_MAX, Extrinsic};
use mulu_runtime::{RuntimeCall, UncheckedExtrinsic};
use sp_core::H256;
use sp_runtime::DigestItem;

/// Executes a block that `change` forged and returns the rule that it breaks.
fn refused(change: impl FnOnce(&Chain, &mut Block)) -> String {
    let chain = Chain::new();
    let good = chain.sign(&admin(), 0, register(20));
    let block = chain.forged(&[good], |block| change(&chain, block));
    match chain.executor.execute(&chain.head, block) {
        Err(ExecuteError::Invalid { why }) => why,
        other => panic!("expected an invalid block, got {other:?}"),
    }
}

#[test]
fn a_wrong_state_root_is_refused() {
    let why = refused(|_, block| block.header.state_root = H256::repeat_byte(1));
    assert!(why.contains("state root"), "{why}");
}

#[test]
fn a_wrong_extrinsics_root_is_refused() {
    let why = refused(|_, block| block.header.extrinsics_root = H256::repeat_byte(1));
    assert!(why.contains("extrinsics root"), "{why}");
}

#[test]
fn a_digest_item_that_is_missing_added_or_changed_is_refused() {
    for change in [
        |logs: &mut Vec<DigestItem>| drop(logs.pop()),
        |logs: &mut Vec<DigestItem>| logs.push(DigestItem::PreRuntime(*b"evil", vec![0; 9])),
        |logs: &mut Vec<DigestItem>| logs[0] = DigestItem::Other(vec![]),
    ] {
        let why = refused(|_, block| change(&mut block.header.digest.logs));
        assert!(why.contains("digest"), "{why}");
    }
}

#[test]
fn a_header_over_its_bound_is_refused() {
    let why = refused(|_, block| block.header.digest.logs.push(DigestItem::Other(vec![0; 5_000])));
    assert!(why.contains("header is larger"), "{why}");
}

#[test]
fn a_block_of_another_parent_or_height_is_refused() {
    assert!(refused(|_, block| block.header.parent_hash = H256::zero()).contains("does not follow"));
    assert!(refused(|_, block| block.header.number += 1).contains("does not follow"));
}

#[test]
fn a_block_without_the_timestamp_or_with_two_is_refused() {
    assert!(refused(|_, block| drop(block.extrinsics.remove(0))).contains("timestamp"));
    assert!(refused(|_, block| block.extrinsics.clear()).contains("timestamp"));
    let why = refused(|_, block| block.extrinsics.push(block.extrinsics[0].clone()));
    assert!(why.starts_with("extrinsic 2"), "{why}");
}

#[test]
fn a_block_whose_time_stands_still_is_refused() {
    let why = refused(|chain, block| {
        let call = RuntimeCall::Timestamp(pallet_timestamp::Call::set { now: chain.moment });
        block.extrinsics[0] = Extrinsic::new(&UncheckedExtrinsic::new_bare_legacy(call).encode());
    });
    assert!(why.contains("Timestamp"), "{why}");
}

#[test]
fn unsigned_undecodable_and_badly_signed_extrinsics_are_refused() {
    let why = refused(|_, block| {
        block.extrinsics[1] = Extrinsic::new(&UncheckedExtrinsic::new_bare(remark(1)).encode());
    });
    assert!(why.contains("not signed"), "{why}");
    assert!(refused(|_, block| block.extrinsics[1] = Extrinsic::new(&[4, 0x84])).contains("decode"));
    let why = refused(|_, block| block.extrinsics[1] = with_bad_signature(&block.extrinsics[1]));
    assert!(why.contains("signature"), "{why}");
}

#[test]
fn an_account_without_a_department_gets_nothing_into_a_block() {
    let why = refused(|chain, block| block.extrinsics[1] = chain.sign(&stranger(), 0, register(20)));
    assert!(why.starts_with("extrinsic 1"), "{why}");
}

#[test]
fn a_nonce_that_is_used_or_ahead_is_refused() {
    assert!(refused(|_, block| block.extrinsics.push(block.extrinsics[1].clone())).contains("Stale"));
    assert!(refused(|chain, block| block.extrinsics[1] = chain.sign(&admin(), 5, register(20))).contains("Future"));
}

#[test]
fn too_many_extrinsics_are_refused_before_they_are_read() {
    let why = refused(|_, block| block.extrinsics.resize(EXTRINSICS_MAX + 1, block.extrinsics[1].clone()));
    assert!(why.contains("larger than a block"), "{why}");
    let why = refused(|_, block| block.extrinsics.resize(12, Extrinsic::new(&[0; 500_000])));
    assert!(why.contains("larger than a block"), "{why}");
}
