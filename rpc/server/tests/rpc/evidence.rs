//! Packages that the server makes hold before the verifier; proofs over a longer chain.

use crate::{
    chain::{Chain, PROVIDER, key, text},
    ledger::code,
    story::{GRANT, STREAM, with_events, with_grant},
};
use codec::Decode;
use mulu_client::calls::Call;
use mulu_proofs::{
    certificate::Certificate,
    departments::{Role, RoleScope},
    evidence::{
        Package,
        report::{Checkpoint, EventFacts},
        verify,
    },
    hash::TreeKind,
    header::{HeaderView, history_leaf},
    ids::{EventNumber, Height, Moment, RecordNumber},
    records::leaf_of,
    text::Text,
};
use mulu_rpc_api::{access::EventRef, codes, evidence::EvidenceClient, records::RecordsClient};

fn event(number: u64) -> EventRef {
    EventRef { stream: STREAM, event: EventNumber::new(number) }
}

fn facts(chain: &Chain, bytes: &[u8]) -> EventFacts {
    let report = verify(bytes, &chain.genesis, None);
    assert_eq!(report.failure, None);
    report.event().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_evidence_of_every_event_holds() {
    let chain = with_events();
    let server = chain.serve().await;
    let client = server.http();
    for number in 1..=30 {
        let bytes = EvidenceClient::event(&client, event(number), None).await.unwrap().0;
        let facts = facts(&chain, &bytes);
        assert_eq!(facts.event.get(), number);
        assert_eq!(facts.tip.height, chain.head());
    }
    let bytes = EvidenceClient::event(&client, event(1), None).await.unwrap().0;
    let facts = facts(&chain, &bytes);
    assert_eq!(facts.grant.unwrap().grant, GRANT);
    assert!(facts.signatures.iter().filter(|signature| signature.role == Role::Approver).count() == 2);
    assert_eq!(facts.departments.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_follows_roles_that_needed_a_second_signature() {
    let mut chain = with_grant();
    let expires = Moment::new(chain.moment + 1_000_000_000);
    let fresh = key("fresh-officer").public();
    chain.act("admin", Call::register_account(&fresh, PROVIDER));
    let (scope, basis) = (RoleScope::Everything, Text::default());
    chain.act("admin", Call::give_role(&fresh, PROVIDER, Role::Officer, expires, &scope, None, &basis));
    chain.act("head", Call::confirm_role(&fresh, PROVIDER, Role::Officer));
    chain.act("fresh-officer", Call::suspend_grant(GRANT, &text("核查")));
    chain.act("officer", Call::resume_grant(GRANT, &text("核查完毕")));
    let mut chain = crate::story::continue_with_events(chain);
    // Behind the batch: no part of this event's evidence.
    chain.act("supervisor", Call::suspend_grant(GRANT, &text("另案")));
    let server = chain.serve().await;
    let bytes = EvidenceClient::event(&server.http(), event(1), None).await.unwrap().0;
    let facts = facts(&chain, &bytes);
    assert!(facts.signatures.iter().any(|signature| signature.account.0 == fresh));
    assert!(facts.signatures.iter().all(|signature| signature.record < facts.record));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_can_be_made_the_tip() {
    let mut chain = with_events();
    let height = chain.head();
    for _ in 0..5 {
        chain.block(&[]);
    }
    let server = chain.serve().await;
    let client = server.http();
    let bytes = EvidenceClient::event(&client, event(30), Some(height)).await.unwrap().0;
    let checkpoint = Checkpoint { height, hash: chain.store.hash_at(height).unwrap().unwrap() };
    assert!(verify(&bytes, &chain.genesis, Some(&checkpoint)).is_verified());
    let too_early = EvidenceClient::event(&client, event(30), Some(Height::new(3))).await.unwrap_err();
    assert_eq!(code(&too_early), codes::EVIDENCE);
    let unknown = EvidenceClient::event(&client, event(30), Some(Height::new(9_999))).await.unwrap_err();
    assert_eq!(code(&unknown), codes::NOT_FOUND);
    let genesis = EvidenceClient::event(&client, event(30), Some(Height::new(0))).await.unwrap_err();
    assert_eq!(code(&genesis), codes::EVIDENCE);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_not_there_is_not_found() {
    let chain = with_events();
    let server = chain.serve().await;
    let missing = EvidenceClient::event(&server.http(), event(31), None).await.unwrap_err();
    assert_eq!(code(&missing), codes::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_genesis_file_is_that_of_the_chain() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let file = EvidenceClient::genesis(&server.http()).await.unwrap();
    assert_eq!(file, chain.genesis);
    assert_eq!(file.check(), Ok(()));
}

/// Follows a proof from the record to the certificate.
async fn check_proof(chain: &Chain, client: &impl RecordsClient, number: u64) {
    let proof = client.proof(RecordNumber::new(number)).await.unwrap().unwrap();
    let header = HeaderView::read(&proof.header.0).unwrap();
    let root = proof.path.root(TreeKind::Records, &leaf_of(&proof.record.0));
    assert_eq!(root, Some(header.records.unwrap().root));
    let tip = HeaderView::read(&proof.tip.0).unwrap();
    match proof.history {
        None => assert_eq!(header.hash, tip.hash),
        Some(path) => {
            let root = path.root(TreeKind::History, &history_leaf(header.height, &header.hash));
            assert_eq!(root, Some(tip.history.unwrap().root), "record {number} under header {}", tip.height);
        }
    }
    let certificate = Certificate::decode(&mut &proof.certificate.0[..]).unwrap();
    assert_eq!(certificate.header_hash, tip.hash);
    assert_eq!(certificate.verify(&chain.genesis.domain(), &chain.genesis.validators), Ok(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn records_are_proven_from_every_head_of_a_longer_chain() {
    let mut chain = with_grant();
    let server = chain.serve().await;
    let client = server.http();
    let last = client.records(mulu_rpc_api::records::RecordsOf::All, None, Some(1)).await.unwrap().rows[0].number.get();
    // Around the edges of groups of 256 headers, and far inside.
    for height in [20, 255, 256, 257, 300, 511, 512, 513, 600] {
        while chain.head() < Height::new(height) {
            chain.block(&[]);
        }
        for number in [1, last / 2, last] {
            check_proof(&chain, &client, number).await;
        }
    }
    assert_eq!(client.proof(RecordNumber::new(10_000)).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_holds_what_the_verifier_uses_and_nothing_else() {
    let chain = with_events();
    let server = chain.serve().await;
    let bytes = EvidenceClient::event(&server.http(), event(15), None).await.unwrap().0;
    let package = Package::from_bytes(&bytes).unwrap();
    // The reporter's own event: batch, opening, the platform's role, and names. No grant, no entry.
    assert!(package.records.len() < 10, "{} records", package.records.len());
    assert!(package.event().unwrap().sealed.is_none(), "the sealed part is the vault's");
    assert!(package.sets.is_empty(), "block 1 repeats the set of genesis");
}
