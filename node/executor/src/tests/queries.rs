//! What is asked of a state.

use super::chain::*;
use crate::{Executor, error::ExecuteError};
use codec::{Decode, Encode};
use frame_support::{StoragePrefixedMap, traits::Get};
use mulu_proofs::{hash::chain_domain, ids::Height};
use mulu_runtime::{AccountId, ChainDomain, Runtime, VERSION, code, pallet_departments};
use sp_core::storage::well_known_keys::CODE;
use sp_runtime::traits::BlakeTwo256;
use sp_state_machine::read_proof_check;
use sp_trie::StorageProof;
use std::sync::Arc;

#[test]
fn typed_reads_see_the_state_of_their_block() {
    let mut chain = Chain::new();
    let before = chain.head.clone();
    chain.block(&[chain.sign(&admin(), 0, register(20))]);
    let read = || pallet_departments::Accounts::<Runtime>::get(AccountId::new([20; 32]));
    // What the cache holds may still answer for a pruned state; without it the state is gone.
    let fresh = Executor::new(Arc::clone(&chain.memory) as _);
    assert_eq!(fresh.query(&before, read), Err(ExecuteError::StateGone { height: Height::new(1) }));
    assert_eq!(chain.executor.query(&chain.head, read), Ok(Some(POLICE)));
    assert_eq!(chain.executor.validators(&chain.head).unwrap().validators().len(), 1);
}

#[test]
fn the_code_of_the_state_says_the_spec_and_nothing_of_the_build() {
    let chain = Chain::new();
    assert_eq!(chain.executor.storage(&chain.head, CODE).unwrap(), Some(code()));
    assert_eq!(code(), b"native:mulu:1");
    assert_eq!(chain.executor.storage(&chain.head, b"nothing").unwrap(), None);
}

#[test]
fn keys_come_in_pages() {
    let chain = Chain::new();
    let prefix = pallet_departments::Accounts::<Runtime>::final_prefix();
    let all = chain.executor.keys_paged(&chain.head, &prefix, None, 100).unwrap();
    assert_eq!(all.len(), 7);
    assert!(all.is_sorted() && all.iter().all(|key| key.starts_with(&prefix)));
    let first = chain.executor.keys_paged(&chain.head, &prefix, None, 2).unwrap();
    let rest = chain.executor.keys_paged(&chain.head, &prefix, Some(&first[1]), 100).unwrap();
    assert_eq!([first, rest].concat(), all);
}

#[test]
fn a_read_proof_proves_the_value_against_the_headers_root() {
    let chain = Chain::new();
    let nodes = chain.executor.read_proof(&chain.head, &[CODE.to_vec()]).unwrap();
    let proof = StorageProof::new(nodes);
    let read = read_proof_check::<BlakeTwo256, _>(chain.head.state_root, proof, [CODE]).unwrap();
    assert_eq!(read[CODE], Some(code()));
}

#[test]
fn the_runtimes_methods_answer() {
    let chain = Chain::new();
    let version = chain.executor.call(&chain.head, "Core_version", &[]).unwrap();
    assert_eq!(version, VERSION.encode());
    for version in [14u32, 15, 16] {
        let bytes = chain.executor.call(&chain.head, "Metadata_metadata_at_version", &version.encode()).unwrap();
        let metadata = Option::<Vec<u8>>::decode(&mut &bytes[..]).unwrap().expect("all three versions are offered");
        assert_eq!(&metadata[..4], b"meta");
        assert_eq!(u32::from(metadata[4]), version);
    }
    let account = account(&admin());
    let nonce = chain.executor.call(&chain.head, "AccountNonceApi_account_nonce", &account.encode()).unwrap();
    assert_eq!(nonce, 0u32.encode());
    let extrinsic = chain.sign(&admin(), 0, register(20));
    let arguments = [extrinsic.bytes(), &300u32.encode()].concat();
    let info = chain.executor.call(&chain.head, "TransactionPaymentApi_query_info", &arguments).unwrap();
    assert!(info.ends_with(&0u128.encode()));
}

#[test]
fn unknown_methods_and_malformed_arguments_are_errors_of_the_caller() {
    let chain = Chain::new();
    let unknown = chain.executor.call(&chain.head, "Core_sudo", &[]).unwrap_err();
    assert_eq!(unknown.to_string(), "Exported method Core_sudo is not found");
    let malformed = chain.executor.call(&chain.head, "AccountNonceApi_account_nonce", &[1, 2]).unwrap_err();
    assert!(matches!(malformed, ExecuteError::Call { .. }) && !malformed.is_fatal());
}

#[test]
fn a_question_changes_nothing() {
    let chain = Chain::new();
    let key = b"written by a question".to_vec();
    chain.executor.query(&chain.head, || frame_support::storage::unhashed::put(&key, &1u8)).unwrap();
    assert_eq!(chain.executor.storage(&chain.head, &key).unwrap(), None);
}

#[test]
fn the_chains_domain_is_known_from_block_1_on() {
    let chain = Chain::new();
    let domain = chain.executor.query(&chain.head, ChainDomain::get).unwrap();
    assert_eq!(domain, chain_domain("mulu-test", &chain.genesis.0));
}
