//! The Substrate family, as its clients call it.

use crate::{
    chain::{Chain, hexadecimal, key},
    story::{CODE, content},
};
use codec::Decode;
use jsonrpsee::{
    core::client::{ClientT, SubscriptionClientT},
    rpc_params,
};
use mulu_client::calls::Call;
use mulu_proofs::certificate::Certificate;
use mulu_rpc_api::{
    author::AuthorClient,
    chain::{CERTIFICATE_ENGINE_ID, ChainClient},
    state::StateClient,
    system::SystemClient,
};
use mulu_runtime::{Runtime, pallet_departments};
use serde_json::{Value, json};
use sp_core::{
    Bytes, H256,
    crypto::{AccountId32, Ss58Codec},
    storage::StorageKey,
};
use sp_rpc::{list::ListOrValue, number::NumberOrHex};

/// `System.Number`, as every client knows it.
fn block_number() -> StorageKey {
    StorageKey(hex::decode("26aa394eea5630e07c48ae0c9558cef702a5c1b19ab7a04f536c519aca4983ac").unwrap())
}

/// What all keys of `Departments.Accounts` begin with.
fn accounts() -> StorageKey {
    let one = pallet_departments::Accounts::<Runtime>::hashed_key_for(AccountId32::new([1; 32]));
    StorageKey(one[..32].to_vec())
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_are_found_by_number_in_both_forms_and_by_hash() {
    let mut chain = Chain::new();
    chain.act("cataloguer", Call::submit_entry(&content(CODE, "社会组织")).unwrap());
    let server = chain.serve().await;
    let client = server.http();
    let hash = client.block_hash(Some(ListOrValue::Value(NumberOrHex::Number(2)))).await.unwrap();
    let by_hex: Option<H256> = client.request("chain_getBlockHash", rpc_params!["0x2"]).await.unwrap();
    assert_eq!(hash, ListOrValue::Value(by_hex));
    assert_eq!(by_hex, Some(client.finalized_head().await.unwrap()));
    let listed: Vec<Option<H256>> = client.request("chain_getBlockHash", rpc_params![[0, 2, 99]]).await.unwrap();
    assert_eq!(listed, [Some(H256(chain.genesis.hash())), by_hex, None]);
    let head: H256 = client.request("chain_getHead", rpc_params![]).await.unwrap();
    assert_eq!(Some(head), by_hex);

    let header = ChainClient::header(&client, by_hex).await.unwrap().unwrap();
    assert_eq!(header, chain.store.head().0);
    let raw: Value = client.request("chain_getHeader", rpc_params![]).await.unwrap();
    assert_eq!(raw["number"], "0x2");
    assert_eq!(ChainClient::header(&client, Some(H256([9; 32]))).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_has_its_extrinsics_as_submitted_and_its_certificate() {
    let mut chain = Chain::new();
    let extrinsic = chain.sign("cataloguer", Call::submit_entry(&content(CODE, "社会组织")).unwrap());
    chain.include(&extrinsic);
    let server = chain.serve().await;
    let client = server.http();
    let block = client.block(None).await.unwrap().unwrap();
    assert_eq!(block.block.extrinsics[1].0, extrinsic.bytes());
    let justification = block.justifications.unwrap().into_justification(CERTIFICATE_ENGINE_ID).unwrap();
    let certificate = Certificate::decode(&mut &justification[..]).unwrap();
    assert_eq!(certificate.header_hash, chain.store.head().1);
    let genesis = client.block(Some(H256(chain.genesis.hash()))).await.unwrap().unwrap();
    assert_eq!((genesis.block.extrinsics.len(), genesis.justifications), (0, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_come_at_once_and_then_one_by_one_under_every_name() {
    let mut chain = Chain::new();
    let server = chain.serve().await;
    let client = server.ws().await;
    let names = [
        ("chain_subscribeNewHeads", "chain_unsubscribeNewHeads"),
        ("chain_subscribeNewHead", "chain_unsubscribeNewHead"),
        ("chain_subscribeAllHeads", "chain_unsubscribeAllHeads"),
        ("chain_subscribeFinalizedHeads", "chain_unsubscribeFinalizedHeads"),
    ];
    let mut subscriptions = Vec::new();
    for (subscribe, unsubscribe) in names {
        let mut heads = client.subscribe::<Value, _>(subscribe, rpc_params![], unsubscribe).await.unwrap();
        assert_eq!(heads.next().await.unwrap().unwrap()["number"], "0x1");
        subscriptions.push(heads);
    }
    for _ in 0..3 {
        chain.block(&[]);
    }
    for heads in &mut subscriptions {
        for number in ["0x2", "0x3", "0x4"] {
            assert_eq!(heads.next().await.unwrap().unwrap()["number"], number);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn state_is_read_listed_proven_and_called() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let client = server.http();
    let number = block_number();
    assert_eq!(client.storage(number.clone(), None).await.unwrap().unwrap().0, 1_u32.to_le_bytes());
    assert_eq!(client.storage_size(number.clone(), None).await.unwrap(), Some(4));
    assert!(client.storage_hash(number.clone(), None).await.unwrap().is_some());
    let code = StorageKey(b":code".to_vec());
    assert!(client.storage_hash(code, None).await.unwrap().is_some(), "PAPI dies without it");
    assert_eq!(client.storage(StorageKey(vec![1, 2, 3]), None).await.unwrap(), None);

    let changes = client.query_storage_at(vec![number.clone(), StorageKey(vec![9])], None).await.unwrap();
    assert_eq!((changes.len(), changes[0].changes.len()), (1, 2));

    let accounts = accounts();
    let whole = client.keys_paged(Some(accounts.clone()), 1_000, None, None).await.unwrap();
    assert_eq!(whole.len(), 14);
    let first = client.keys_paged(Some(accounts.clone()), 5, None, None).await.unwrap();
    let rest = client.keys_paged(Some(accounts.clone()), 1_000, first.last().cloned(), None).await.unwrap();
    assert_eq!([first, rest].concat(), whole);
    // As polkadot-js begins: with the prefix itself.
    let again = client.keys_paged(Some(accounts.clone()), 1_000, Some(accounts), None).await.unwrap();
    assert_eq!(again, whole);

    let proof = client.read_proof(vec![number], None).await.unwrap();
    assert_eq!(proof.at, H256(chain.store.head().1));
    assert!(!proof.proof.is_empty());

    let answer = StateClient::call(&client, "Core_version".into(), Bytes(Vec::new()), None).await.unwrap();
    assert!(!answer.0.is_empty());
    let nonce: Bytes = client
        .request("state_call", rpc_params!["AccountNonceApi_account_nonce", hexadecimal(&key("head").public())])
        .await
        .unwrap();
    assert_eq!(nonce.0, 0_u32.to_le_bytes());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_cannot_be_answered_is_an_error_in_the_words_clients_know() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let client = server.http();
    let unknown: Result<Bytes, _> = client.request("state_call", rpc_params!["Nothing_of_that", "0x"]).await;
    let unknown = unknown.unwrap_err().to_string();
    assert!(unknown.contains("Exported method Nothing_of_that is not found"), "{unknown}");
    let bad: Result<Bytes, _> =
        client.request("state_call", rpc_params!["AccountNonceApi_account_nonce", "0x00"]).await;
    assert_eq!(crate::ledger::code(&bad.unwrap_err()), mulu_rpc_api::codes::STATE);
    let no_block = client.storage(StorageKey(vec![1]), Some(H256([7; 32]))).await;
    assert_eq!(crate::ledger::code(&no_block.unwrap_err()), mulu_rpc_api::codes::STATE);
}

#[tokio::test(flavor = "multi_thread")]
async fn metadata_and_version_are_those_of_the_runtime() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let client = server.ws().await;
    let metadata = client.metadata(None).await.unwrap();
    assert_eq!(&metadata.0[..5], b"meta\x0e", "version 14, without a length before it");
    let version = client.runtime_version(None).await.unwrap();
    assert_eq!((&*version.spec_name, version.spec_version), ("mulu", 1));
    let mut versions = client.subscribe_runtime_version().await.unwrap();
    assert_eq!(versions.next().await.unwrap().unwrap(), version);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_node_says_what_it_is() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let client = server.http();
    assert_eq!(client.name().await.unwrap(), "mulu-node");
    assert_eq!(SystemClient::version(&client).await.unwrap(), "0.1.0-test");
    assert_eq!(SystemClient::chain(&client).await.unwrap(), "mulu-rpc-test");
    assert_eq!(client.chain_type().await.unwrap(), "Development");
    let properties: Value = client.request("system_properties", rpc_params![]).await.unwrap();
    assert_eq!(properties, json!({ "ss58Format": 42 }));
    let health: Value = client.request("system_health", rpc_params![]).await.unwrap();
    assert_eq!(health, json!({ "peers": 0, "isSyncing": false, "shouldHavePeers": false }));
    let methods = client.methods().await.unwrap().methods;
    assert!(methods.is_sorted());
    for method in ["chain_getHead", "chain_subscribeNewHead", "state_callAt", "access_history", "rpc_methods"] {
        assert!(methods.iter().any(|name| name == method), "{method}");
    }
    let family = |name: &String| name.starts_with("chainHead_") || name.starts_with("archive_");
    assert!(!methods.iter().any(family), "a family is listed whole or not at all");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_nonce_counts_what_waits() {
    let mut chain = Chain::new();
    let server = chain.serve().await;
    let client = server.http();
    let account = AccountId32::new(key("cataloguer").public()).to_ss58check();
    assert_eq!(client.account_next_index(account.clone()).await.unwrap(), 0);
    let extrinsic = chain.sign("cataloguer", Call::submit_entry(&content(CODE, "社会组织")).unwrap());
    client.submit_extrinsic(Bytes(extrinsic.bytes().to_vec())).await.unwrap();
    assert_eq!(client.account_next_index(account.clone()).await.unwrap(), 1);
    let by_alias: u32 = client.request("account_nextIndex", rpc_params![account]).await.unwrap();
    assert_eq!(by_alias, 1);
    assert!(client.account_next_index("nobody".into()).await.is_err());
}
