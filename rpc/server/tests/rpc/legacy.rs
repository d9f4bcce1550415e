//! The rest of Substrate's legacy family: peers and sync, storage subscriptions and ranges, fees, dry runs, sloppy parameters.

use crate::{
    chain::{Chain, Server, hexadecimal, key},
    ledger::code,
    story::{CODE, content},
};
use codec::{Decode, Encode};
use jsonrpsee::{
    core::client::{ClientT, Error, Subscription, SubscriptionClientT},
    rpc_params,
};
use mulu_client::calls::Call;
use mulu_proofs::ids::Height;
use mulu_rpc::{Progress, serve};
use mulu_rpc_api::{
    codes,
    state::{KEYS_ASKED_MAX, READS_MAX},
};
use serde_json::{Value, json};
use sp_core::{H256, crypto::AccountId32, storage::StorageKey};
use tokio::sync::{mpsc, watch};

/// `System.Number`.
const NUMBER: &str = "0x26aa394eea5630e07c48ae0c9558cef702a5c1b19ab7a04f536c519aca4983ac";
/// `System.Events`.
const EVENTS: &str = "0x26aa394eea5630e07c48ae0c9558cef780d41e5e16056765bc8461851072c9d7";
/// Nothing stands there.
const NOTHING: &str = "0x0102";

async fn storage_of(client: &impl SubscriptionClientT, keys: &[&str]) -> Result<Subscription<Value>, Error> {
    client.subscribe("state_subscribeStorage", rpc_params![keys], "state_unsubscribeStorage").await
}

fn number(height: u32) -> String {
    hexadecimal(&height)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storage_subscription_tells_every_key_at_first_and_then_those_that_were_written() {
    let mut chain = Chain::new();
    let server = chain.serve().await;
    let client = server.ws().await;
    let account = format!(
        "0x{}",
        hex::encode(mulu_runtime::pallet_departments::Accounts::<mulu_runtime::Runtime>::hashed_key_for(
            AccountId32::new(key("head").public()),
        ))
    );
    let mut changes = storage_of(&client, &[NUMBER, NOTHING, &account]).await.unwrap();
    let first = changes.next().await.unwrap().unwrap();
    let block = |chain: &Chain| format!("0x{}", hex::encode(chain.store.head().1));
    assert_eq!(first["block"], block(&chain));
    let told: Vec<&Value> = first["changes"].as_array().unwrap().iter().collect();
    assert_eq!(told.len(), 3, "every key, whether there is something or not");
    assert!(told.contains(&&json!([NOTHING, null])) && told.contains(&&json!([NUMBER, number(1)])));
    for height in 2..5 {
        chain.block(&[]);
        let next = changes.next().await.unwrap().unwrap();
        assert_eq!(next, json!({ "block": block(&chain), "changes": [[NUMBER, number(height)]] }));
    }
    changes.unsubscribe().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_events_of_two_blocks_are_told_twice() {
    let mut chain = Chain::new();
    let server = chain.serve().await;
    let client = server.ws().await;
    let mut events = storage_of(&client, &[EVENTS]).await.unwrap();
    events.next().await.unwrap().unwrap();
    for _ in 0..2 {
        chain.block(&[]);
        assert_eq!(events.next().await.unwrap().unwrap()["changes"][0][0], EVENTS);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscriber_who_misses_announcements_gets_what_holds_now() {
    let mut chain = Chain::new();
    let server = chain.serve().await;
    let client = server.ws().await;
    let mut changes = storage_of(&client, &[NUMBER, NOTHING]).await.unwrap();
    changes.next().await.unwrap().unwrap();
    // More than the channel of announcements holds, while the server is kept from looking at it.
    for _ in 0..200 {
        chain.block(&[]);
    }
    let last = number(chain.head().get());
    loop {
        let told = changes.next().await.unwrap().unwrap();
        if told["changes"].as_array().unwrap().contains(&json!([NUMBER, last])) {
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_a_subscription_are_bounded_in_number_and_bytes() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let client = server.ws().await;
    let many = vec![NUMBER; KEYS_ASKED_MAX + 1];
    assert_eq!(code(&storage_of(&client, &many).await.unwrap_err()), codes::COUNT_OVER_BOUND);
    let long = format!("0x{}", "ab".repeat(4_000));
    let long = vec![long.as_str(); 100];
    assert_eq!(code(&storage_of(&client, &long).await.unwrap_err()), codes::COUNT_OVER_BOUND);
    let all: Result<Subscription<Value>, _> =
        client.subscribe("state_subscribeStorage", rpc_params![], "state_unsubscribeStorage").await;
    assert_eq!(code(&all.unwrap_err()), -32602, "never all keys of the state");
    // Keys that are watched twice are told once.
    let mut twice = storage_of(&client, &[NUMBER, NUMBER]).await.unwrap();
    assert_eq!(twice.next().await.unwrap().unwrap()["changes"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_range_of_blocks_tells_how_values_went() {
    let mut chain = Chain::new();
    chain.block(&[]);
    chain.block(&[]);
    let server = chain.serve().await;
    let client = server.http();
    let hash = |height| H256(chain.store.hash_at(Height::new(height)).unwrap().unwrap());
    let keys = [NUMBER, NOTHING];
    let sets: Value = client.request("state_queryStorage", rpc_params![keys, hash(1), hash(3)]).await.unwrap();
    let expected = json!([
        { "block": hash(1), "changes": [[NUMBER, number(1)], [NOTHING, null]] },
        { "block": hash(2), "changes": [[NUMBER, number(2)]] },
        { "block": hash(3), "changes": [[NUMBER, number(3)]] },
    ]);
    assert_eq!(sets, expected);
    let to_the_head: Value = client.request("state_queryStorage", rpc_params![keys, hash(1)]).await.unwrap();
    assert_eq!(to_the_head, expected);
    let backwards: Result<Value, _> = client.request("state_queryStorage", rpc_params![keys, hash(3), hash(1)]).await;
    let backwards = backwards.unwrap_err();
    assert_eq!(code(&backwards), codes::BLOCK_RANGE);
    assert!(backwards.to_string().contains("Cannot resolve a block range"));
    for _ in 0..=READS_MAX / KEYS_ASKED_MAX {
        chain.block(&[]);
    }
    let many = vec![NOTHING; KEYS_ASKED_MAX];
    let from = H256(chain.store.hash_at(Height::new(1)).unwrap().unwrap());
    let much: Result<Value, _> = client.request("state_queryStorage", rpc_params![many, from]).await;
    assert_eq!(code(&much.unwrap_err()), codes::BLOCK_RANGE);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_has_a_fee_and_the_weight_is_the_calls() {
    let mut chain = Chain::new();
    let server = chain.serve().await;
    let client = server.http();
    let extrinsic = chain.sign("cataloguer", Call::submit_entry(&content(CODE, "社会组织")).unwrap());
    let bytes = format!("0x{}", hex::encode(extrinsic.bytes()));
    let info: Value = client.request("payment_queryInfo", rpc_params![&bytes]).await.unwrap();
    assert_eq!((&info["class"], &info["partialFee"]), (&json!("normal"), &json!("0")));
    assert!(info["weight"]["ref_time"].as_u64().unwrap() > 0 && info["weight"]["proof_size"].is_u64());
    let details: Value = client.request("payment_queryFeeDetails", rpc_params![&bytes]).await.unwrap();
    assert_eq!(details, json!({ "inclusionFee": null }));
    let garbage: Result<Value, _> = client.request("payment_queryInfo", rpc_params!["0x0102"]).await;
    assert_eq!(code(&garbage.unwrap_err()), codes::STATE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_says_what_an_extrinsic_would_do_and_keeps_nothing() {
    let mut chain = Chain::new();
    let server = chain.serve().await;
    let client = server.http();
    let extrinsic = chain.sign("cataloguer", Call::submit_entry(&content(CODE, "社会组织")).unwrap());
    let bytes = format!("0x{}", hex::encode(extrinsic.bytes()));
    for _ in 0..2 {
        for method in ["system_dryRun", "system_dryRunAt"] {
            let answer: String = client.request(method, rpc_params![&bytes]).await.unwrap();
            assert_eq!(answer, "0x0000", "it would be applied, and its call succeed");
        }
    }
    chain.include(&extrinsic);
    let stale: String = client.request("system_dryRun", rpc_params![&bytes]).await.unwrap();
    let stale = hex::decode(&stale[2..]).unwrap();
    let result = sp_runtime::ApplyExtrinsicResult::decode(&mut &stale[..]).unwrap();
    assert!(result.is_err(), "its nonce is used up: {result:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_of_the_runtime_in_vain_is_an_error_of_the_call() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let client = server.http();
    let methods = [
        "Core_version",
        "Core_execute_block",
        "Core_initialize_block",
        "Metadata_metadata_at_version",
        "BlockBuilder_apply_extrinsic",
        "BlockBuilder_inherent_extrinsics",
        "BlockBuilder_check_inherents",
        "TaggedTransactionQueue_validate_transaction",
        "AccountNonceApi_account_nonce",
        "TransactionPaymentApi_query_info",
        "TransactionPaymentCallApi_query_call_info",
        "GenesisBuilder_build_state",
    ];
    for method in methods {
        for garbage in ["0xff".to_owned(), format!("0x{}", "ff".repeat(70)), format!("0x{}", "08".repeat(100_000))] {
            let answer: Result<Value, _> = client.request("state_call", rpc_params![method, &garbage]).await;
            // Some longer garbage is an argument all the same.
            if garbage == "0xff" || answer.is_err() {
                assert_eq!(code(&answer.unwrap_err()), codes::STATE, "{method}");
            }
        }
    }
    let version: String = client.request("state_call", rpc_params!["Core_version", "0x"]).await.unwrap();
    assert!(version.len() > 10, "the server goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn metadata_comes_in_three_versions() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let client = server.http();
    let versions: String = client.request("state_call", rpc_params!["Metadata_metadata_versions", ""]).await.unwrap();
    let versions = Vec::<u32>::decode(&mut &hex::decode(&versions[2..]).unwrap()[..]).unwrap();
    for version in [14, 15, 16_u32] {
        assert!(versions.contains(&version));
        // Sloppy: without 0x, as async-substrate-interface sends it.
        let argument = hex::encode(version.encode());
        let answer: String =
            client.request("state_call", rpc_params!["Metadata_metadata_at_version", argument]).await.unwrap();
        let metadata = Option::<Vec<u8>>::decode(&mut &hex::decode(&answer[2..]).unwrap()[..]).unwrap().unwrap();
        assert_eq!((&metadata[..4], u32::from(metadata[4])), (&b"meta"[..], version));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parameters_may_be_sloppy_as_clients_send_them() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let client = server.http();
    let bare = &NUMBER[2..];
    let value: Value = client.request("state_getStorage", rpc_params![bare, null_hash()]).await.unwrap();
    assert_eq!(value, number(1));
    let by_alias: Value = client.request("state_getStorageAt", rpc_params![NUMBER]).await.unwrap();
    assert_eq!(by_alias, value);
    let keys: Vec<StorageKey> = client.request("state_getKeysPaged", rpc_params!["", 3, null_hash()]).await.unwrap();
    assert_eq!(keys.len(), 3);
    let head: String = client.request("chain_getBlockHash", rpc_params![null_hash()]).await.unwrap();
    for number in [json!(1), json!("0x1"), json!("0x01"), json!("1")] {
        let hash: String = client.request("chain_getBlockHash", rpc_params![number]).await.unwrap();
        assert_eq!(hash, head);
    }
    let without_prefix: Value = client.request("chain_getHeader", rpc_params![&head[2..]]).await.unwrap();
    assert_eq!(without_prefix["number"], "0x1");
    let version: Value = client.request("state_getRuntimeVersion", rpc_params![null_hash()]).await.unwrap();
    assert!(
        version["apis"].as_array().unwrap().iter().any(|api| api == &json!(["0x37e397fc7c91f5e4", 2])),
        "Metadata 2"
    );
}

const fn null_hash() -> Option<H256> {
    None
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_of_a_submission_speak_substrates_words() {
    let mut chain = Chain::new();
    let server = chain.serve().await;
    let client = server.http();
    let extrinsic = chain.sign("cataloguer", Call::submit_entry(&content(CODE, "社会组织")).unwrap());
    chain.include(&extrinsic);
    // A pool that does not remember the block.
    *chain.pool.lock().unwrap() = mulu_pool::Pool::new(mulu_pool::Limits::DEFAULT, Height::new(0));
    let bytes = format!("0x{}", hex::encode(extrinsic.bytes()));
    let stale: Result<Value, _> = client.request("author_submitExtrinsic", rpc_params![bytes]).await;
    let Error::Call(error) = stale.unwrap_err() else { panic!("no answer to the call") };
    assert_eq!((error.code(), error.message()), (1010, "Invalid Transaction"));
    assert!(error.data().unwrap().get().starts_with("\"Transaction is outdated: "), "{error:?}");
    let mut forged = chain.sign("cataloguer", Call::submit_entry(&content(CODE, "社会组织")).unwrap()).bytes().to_vec();
    // Within the signature: behind two bytes of length, version, address and scheme.
    forged[60] ^= 1;
    let forged: Result<Value, _> =
        client.request("author_submitExtrinsic", rpc_params![format!("0x{}", hex::encode(forged))]).await;
    let Error::Call(error) = forged.unwrap_err() else { panic!("no answer to the call") };
    assert!(error.data().unwrap().get().contains("Transaction has a bad signature"), "{error:?}");
}

/// A server whose node has heard of its peers what `progress` says.
async fn serve_among(chain: &Chain, peers: &[&str], heights: &[(&str, u32)]) -> Server {
    let mut parts = chain.parts(mpsc::channel(1).0);
    let names = peers.iter().map(|name| (*name).to_owned()).collect();
    let peer_heights = heights.iter().map(|(name, height)| ((*name).to_owned(), Height::new(*height))).collect();
    parts.info.peers = watch::channel(names).1;
    parts.info.progress = watch::channel(Progress { has_vote: true, peer_heights }).1;
    Server { handle: serve("127.0.0.1:0".parse().unwrap(), parts).await.unwrap() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_is_behind_its_peers_says_so() {
    let mut chain = Chain::new();
    chain.block(&[]);
    for (heights, syncing, highest) in [
        (&[][..], false, 2),
        (&[("a", 3)], false, 3),
        (&[("a", 9)], true, 9),
        (&[("a", 9), ("b", 3), ("c", 2)], false, 3),
        (&[("a", 0)], false, 2),
    ] {
        let server = serve_among(&chain, &["a", "b"], heights).await;
        let client = server.http();
        let health: Value = client.request("system_health", rpc_params![]).await.unwrap();
        assert_eq!(health, json!({ "peers": 2, "isSyncing": syncing, "shouldHavePeers": false }), "{heights:?}");
        let state: Value = client.request("system_syncState", rpc_params![]).await.unwrap();
        assert_eq!(state, json!({ "startingBlock": 0, "currentBlock": 2, "highestBlock": highest }));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_names_its_addresses_its_part_and_its_peers() {
    let chain = Chain::new();
    let server = serve_among(&chain, &["b"], &[("a", 1)]).await;
    let client = server.http();
    let addresses: Value = client.request("system_localListenAddresses", rpc_params![]).await.unwrap();
    assert_eq!(addresses, json!(["/ip4/127.0.0.1/tcp/30331/p2p/12D3KooW"]));
    let roles: Value = client.request("system_nodeRoles", rpc_params![]).await.unwrap();
    assert_eq!(roles, json!(["Authority"]));
    let peers: Value = client.request("system_peers", rpc_params![]).await.unwrap();
    let head = format!("0x{}", hex::encode(chain.store.head().1));
    let zero = format!("0x{}", "0".repeat(64));
    assert_eq!(
        peers,
        json!([
            { "peerId": "a", "roles": "FULL", "bestHash": head, "bestNumber": 1 },
            { "peerId": "b", "roles": "FULL", "bestHash": zero, "bestNumber": 0 },
        ])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_method_that_clients_look_for_is_listed() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let client = server.http();
    let methods: Value = client.request("rpc_methods", rpc_params![]).await.unwrap();
    let methods: Vec<&str> = methods["methods"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    for name in "account_nextIndex author_pendingExtrinsics author_submitAndWatchExtrinsic author_submitExtrinsic \
        author_unwatchExtrinsic chain_getBlock chain_getBlockHash chain_getFinalisedHead chain_getFinalizedHead chain_getHead \
        chain_getHeader chain_getRuntimeVersion chain_subscribeAllHeads chain_subscribeFinalisedHeads \
        chain_subscribeFinalizedHeads chain_subscribeNewHead chain_subscribeNewHeads chain_subscribeRuntimeVersion \
        chain_unsubscribeAllHeads chain_unsubscribeFinalisedHeads chain_unsubscribeFinalizedHeads chain_unsubscribeNewHead \
        chain_unsubscribeNewHeads chain_unsubscribeRuntimeVersion payment_queryFeeDetails payment_queryInfo rpc_methods \
        state_call state_callAt state_getKeysPaged state_getKeysPagedAt state_getMetadata state_getReadProof \
        state_getRuntimeVersion state_getStorage state_getStorageAt state_getStorageHash state_getStorageHashAt \
        state_getStorageSize state_getStorageSizeAt state_queryStorage state_queryStorageAt state_subscribeRuntimeVersion \
        state_subscribeStorage state_unsubscribeRuntimeVersion state_unsubscribeStorage subscribe_newHead system_accountNextIndex \
        system_chain system_chainType system_dryRun system_dryRunAt system_health system_localListenAddresses \
        system_localPeerId system_name system_nodeRoles system_peers system_properties system_syncState system_version \
        unsubscribe_newHead"
        .split_whitespace()
    {
        assert!(methods.contains(&name), "{name}");
    }
    // Nothing of what this node would not do: its keys are files, and change by decision of the departments.
    assert!(!methods.iter().any(|name| name.starts_with("author_rotate") || name.starts_with("author_has")));
}
