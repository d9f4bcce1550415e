//! Submitting and watching extrinsics.

use crate::{
    chain::{Chain, key},
    ledger::code,
    story::{CODE, content},
};
use codec::Encode;
use jsonrpsee::{
    core::client::{Error, Subscription, SubscriptionKind},
    types::SubscriptionId,
};
use mulu_client::{calls::Call, extrinsic::Unsigned};
use mulu_pool::Left;
use mulu_primitives::block::Extrinsic;
use mulu_proofs::{
    catalog::{EntryContent, Secrecy},
    evidence::calls::call_index,
    extrinsic::Implicit,
    records::RecordKind,
};
use mulu_rpc_api::{
    author::{AuthorClient, ExtrinsicStatus},
    codes,
};
use sp_core::{Bytes, H256};
use sp_runtime::generic::Era;

fn bytes(extrinsic: &Extrinsic) -> Bytes {
    Bytes(extrinsic.bytes().to_vec())
}

fn submit_entry(chain: &mut Chain) -> Extrinsic {
    chain.sign("cataloguer", Call::submit_entry(&content(CODE, "社会组织")).unwrap())
}

fn data(error: &Error) -> String {
    match error {
        Error::Call(error) => error.data().map_or(String::new(), |data| data.get().to_owned()),
        other => panic!("no answer to the call: {other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_submitted_extrinsic_waits_and_is_shown() {
    let mut chain = Chain::new();
    let server = chain.serve().await;
    let client = server.http();
    let extrinsic = submit_entry(&mut chain);
    let hash = client.submit_extrinsic(bytes(&extrinsic)).await.unwrap();
    assert_eq!(hash, H256(extrinsic.hash()));
    assert_eq!(client.pending_extrinsics().await.unwrap(), [bytes(&extrinsic)]);
    let twice = client.submit_extrinsic(bytes(&extrinsic)).await.unwrap_err();
    assert_eq!(code(&twice), 1013);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watched_extrinsic_is_ready_in_a_block_and_final() {
    let mut chain = Chain::new();
    let server = chain.serve().await;
    let client = server.ws().await;
    let extrinsic = submit_entry(&mut chain);
    let mut watch = client.watch_extrinsic(bytes(&extrinsic)).await.unwrap();
    assert!(has_text_id(&watch));
    assert_eq!(watch.next().await.unwrap().unwrap(), ExtrinsicStatus::Ready);
    chain.block(&[]);
    let block = H256(chain.block(&[extrinsic]).hash());
    assert_eq!(watch.next().await.unwrap().unwrap(), ExtrinsicStatus::InBlock(block));
    assert_eq!(watch.next().await.unwrap().unwrap(), ExtrinsicStatus::Finalized(block));
}

/// Subscription ids must be strings for Substrate clients.
fn has_text_id<T>(subscription: &Subscription<T>) -> bool {
    matches!(subscription.kind(), SubscriptionKind::Subscription(SubscriptionId::Str(_)))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watched_extrinsic_that_leaves_the_pool_is_told_why() {
    let mut chain = Chain::new();
    let server = chain.serve().await;
    let client = server.ws().await;
    let first = submit_entry(&mut chain);
    let second = chain.sign("head", Call::submit_entry(&content(CODE, "社会组织")).unwrap());
    for (extrinsic, why, told) in
        [(first, Left::Expired, ExtrinsicStatus::Dropped), (second, Left::Invalid, ExtrinsicStatus::Invalid)]
    {
        let mut watch = client.watch_extrinsic(bytes(&extrinsic)).await.unwrap();
        assert_eq!(watch.next().await.unwrap().unwrap(), ExtrinsicStatus::Ready);
        chain.left.send((extrinsic.hash(), why)).unwrap();
        assert_eq!(watch.next().await.unwrap().unwrap(), told);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_extrinsic_is_an_error_of_the_call_with_its_reason() {
    let mut chain = Chain::new();
    let server = chain.serve().await;
    let client = server.ws().await;
    let extrinsic = submit_entry(&mut chain);
    chain.include(&extrinsic);
    for result in [
        client.submit_extrinsic(bytes(&extrinsic)).await.map(drop),
        client.watch_extrinsic(bytes(&extrinsic)).await.map(drop),
    ] {
        let error = result.unwrap_err();
        assert!([1010, 1013].contains(&code(&error)), "{error}");
    }
    let undecodable = client.submit_extrinsic(Bytes(vec![4, 0xff])).await.unwrap_err();
    assert_eq!(code(&undecodable), codes::UNDECODABLE);
    let stranger = chain.sign("stranger", Call::submit_entry(&content(CODE, "社会组织")).unwrap());
    let stranger = client.submit_extrinsic(bytes(&stranger)).await.unwrap_err();
    assert_eq!(code(&stranger), codes::INVALID_TRANSACTION);
    assert!(data(&stranger).contains("give_role"), "the reason says the way out");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_entry_is_refused_with_its_own_code_and_is_kept_nowhere() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let client = server.http();
    let mut secret: EntryContent = content(CODE, "涉密目录");
    secret.classification.secrecy = Secrecy::StateSecret;
    // The client library does not build such a call; somebody else's might.
    let call = [&call_index(RecordKind::EntrySubmitted).unwrap()[..], &secret.encode()].concat();
    let genesis = chain.genesis.hash();
    let implicit = Implicit { spec_version: 1, transaction_version: 1, genesis, mortality: genesis };
    let signer = key("cataloguer");
    let harmless = Call::submit_entry(&content(CODE, "涉密目录")).unwrap();
    let unsigned = Unsigned { call: harmless, era: Era::Immortal, nonce: 0, implicit };
    // Another call under a signature for a harmless one: it is refused before the signature is looked at.
    let signed = unsigned.sign(&signer);
    let harmless = unsigned.call.bytes().to_vec();
    let at = signed.bytes.windows(harmless.len()).position(|window| window == harmless).unwrap();
    let body = [&signed.bytes[2..at], &call[..]].concat();
    let extrinsic = body.encode();
    let error = client.submit_extrinsic(Bytes(extrinsic)).await.unwrap_err();
    assert_eq!(code(&error), codes::SECRET);
    assert!(!error.to_string().contains("涉密目录"));
    assert!(client.pending_extrinsics().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_submission_that_nobody_takes_is_told_that_the_node_is_busy() {
    let mut chain = Chain::new();
    let (submit, kept) = tokio::sync::mpsc::channel(1);
    let parts = chain.parts(submit);
    let handle = mulu_rpc::serve("127.0.0.1:0".parse().unwrap(), parts).await.unwrap();
    let server = crate::chain::Server { handle };
    let client = server.http();
    let extrinsic = submit_entry(&mut chain);
    let waiting = tokio::spawn({
        let (client, extrinsic) = (client.clone(), bytes(&extrinsic));
        async move { client.submit_extrinsic(extrinsic).await }
    });
    // The first fills the channel; its answer never comes.
    while kept.is_empty() {
        tokio::task::yield_now().await;
    }
    let refused = client.submit_extrinsic(bytes(&extrinsic)).await.unwrap_err();
    assert_eq!(code(&refused), codes::BUSY);
    drop(kept);
    assert_eq!(code(&waiting.await.unwrap().unwrap_err()), codes::BUSY);
}
