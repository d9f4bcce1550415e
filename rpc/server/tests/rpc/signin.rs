//! Sign-in: what a signed challenge gives, what gives nothing, and when a token ends.

use crate::{
    chain::{AUTHORITY, CONSUMER, Chain, PROVIDER, Server, key, text},
    ledger::code,
    story::content,
    together::{decide, in_thirty_days, with_heads},
};
use codec::{Decode, Encode};
use jsonrpsee::{
    core::{
        client::{BatchResponse, ClientT, Error, Subscription, SubscriptionClientT},
        params::BatchRequestBuilder,
    },
    http_client::{HeaderMap, HttpClient, HttpClientBuilder},
    rpc_params,
    ws_client::{WsClient, WsClientBuilder},
};
use mulu_client::{
    ClientError,
    calls::Call,
    connection::Connection,
    extrinsic::Unsigned,
    keys::Key,
    signin::{Access, Credentials},
};
use mulu_proofs::{
    departments::{DepartmentStatus, Role},
    extrinsic::Implicit,
    governance::Action,
    ids::Moment,
};
use mulu_rpc::Public;
use mulu_rpc_api::{
    Hex, Hex32,
    catalog::CatalogClient,
    codes,
    departments::DepartmentsClient,
    node::NodeClient,
    signin::{Challenge, RAW_PAYLOAD_BYTES_MAX, Session, SignInClient, Token},
    system::SystemClient,
};
use mulu_runtime::{RuntimeCall, UncheckedExtrinsic};
use proptest::prelude::*;
use serde_json::Value;
use sp_core::{Pair, sr25519};
use sp_runtime::generic::Era;
use std::{net::SocketAddr, time::Duration};

/// How long something may take that has to come.
const PATIENCE: Duration = Duration::from_secs(20);

/// Opens a listener for others.
pub async fn open(server: &Server) -> SocketAddr {
    open_with(server, |rules| rules).await
}

/// The same, under other rules than the usual ones.
pub async fn open_with(server: &Server, rules: impl FnOnce(Public) -> Public) -> SocketAddr {
    let usual = Public { calls_of_address: 1_000, ..Public::new("127.0.0.1:0".parse().unwrap()) };
    server.handle.open(rules(usual)).await.unwrap()
}

/// A client that says nothing of itself.
pub fn nobody(address: SocketAddr) -> HttpClient {
    HttpClientBuilder::default().build(format!("http://{address}")).unwrap()
}

/// A client with a token in its header.
pub fn bearer(address: SocketAddr, token: &Token) -> HttpClient {
    let mut headers = HeaderMap::new();
    headers.insert("authorization", format!("Bearer {}", token.0).parse().unwrap());
    HttpClientBuilder::default().set_headers(headers).build(format!("http://{address}")).unwrap()
}

/// An unchanged client that was given an address with a token in it.
pub async fn by_path(address: SocketAddr, token: &Token) -> WsClient {
    WsClientBuilder::default().build(format!("ws://{address}/t/{}", token.0)).await.unwrap()
}

/// Signs a challenge as `name`.
fn signed(name: &str, challenge: &Challenge) -> (String, Hex) {
    let key = key(name);
    (hex::encode(key.public()), Hex(key.sign(&challenge.signed_bytes()).to_vec()))
}

/// Signs in as `name`.
pub async fn sign_in(address: SocketAddr, name: &str) -> Session {
    try_sign_in(address, name).await.unwrap()
}

async fn try_sign_in(address: SocketAddr, name: &str) -> Result<Session, Error> {
    let client = nobody(address);
    let challenge = client.sign_in_challenge().await?.challenge;
    let (account, signature) = signed(name, &challenge);
    client.sign_in(account, signature, challenge).await
}

fn said(error: &Error) -> String {
    match error {
        Error::Call(error) => error.message().to_owned(),
        other => panic!("no answer to the call: {other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_challenge_gives_a_token_that_works_in_a_header_and_in_the_path() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let address = open(&server).await;
    let refused = nobody(address).departments(None, None).await.unwrap_err();
    assert_eq!(code(&refused), codes::NOT_PERMITTED);
    let session = sign_in(address, "cataloguer").await;
    assert_eq!((session.signed_in.department, session.signed_in.roles), (PROVIDER, vec![Role::Cataloguer]));
    let by_header = bearer(address, &session.token);
    assert_eq!(by_header.departments(None, None).await.unwrap().rows.len(), 3);
    let of_path = HttpClientBuilder::default().build(format!("http://{address}/t/{}", session.token.0)).unwrap();
    assert_eq!(of_path.departments(None, None).await.unwrap().rows.len(), 3);
    let web_socket = by_path(address, &session.token).await;
    assert_eq!(web_socket.departments(None, None).await.unwrap().rows.len(), 3);
    let who = web_socket.sign_in_session().await.unwrap().unwrap();
    assert_eq!(who.account.0, key("cataloguer").public());
    assert_eq!(nobody(address).sign_in_session().await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn loopback_needs_no_sign_in_and_says_so() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let client = server.http();
    assert!(!client.sign_in_challenge().await.unwrap().is_needed);
    assert_eq!(client.departments(None, None).await.unwrap().rows.len(), 3);
    assert_eq!(client.sign_in_session().await.unwrap(), None);
    // An address with a token, of another listener for instance, works too.
    let with_token = bearer(server.handle.address(), &Token("ab".repeat(32)));
    assert_eq!(with_token.departments(None, None).await.unwrap().rows.len(), 3);
    let others = open(&server).await;
    assert!(nobody(others).sign_in_challenge().await.unwrap().is_needed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenge_is_good_once_for_this_node_this_chain_and_the_account_that_signed_it() {
    // Both chains are one to the byte, and both nodes have one name: nothing but the node's own secret tells them apart.
    let (chain, same) = (Chain::new(), Chain::new());
    let (server, other) = (chain.serve().await, same.serve().await);
    let (address, elsewhere) = (open(&server).await, open(&other).await);
    let client = nobody(address);
    let challenge = client.sign_in_challenge().await.unwrap().challenge;
    let refused = async |account: String, signature: Hex, challenge: &Challenge| {
        let error = client.sign_in(account, signature, challenge.clone()).await.unwrap_err();
        assert_eq!(code(&error), codes::SIGN_IN);
        said(&error)
    };
    let (account, signature) = signed("officer", &challenge);
    // Somebody else's signature, none, and another's account.
    assert!(refused(account.clone(), signed("head", &challenge).1, &challenge).await.contains("signature"));
    assert!(refused(account.clone(), Hex(Vec::new()), &challenge).await.contains("64 bytes"));
    assert!(refused(hex::encode(key("head").public()), signature.clone(), &challenge).await.contains("signature"));
    // The text without its wrapping is another message.
    let bare = Hex(key("officer").sign(challenge.text().as_bytes()).to_vec());
    assert!(refused(account.clone(), bare, &challenge).await.contains("<Bytes>"));
    // Whatever is changed in it, signed or not.
    let longer = Challenge { expires: Moment::new(challenge.expires.get() + 1), ..challenge.clone() };
    let other_chain = Challenge { chain_id: "mulu".into(), ..challenge.clone() };
    let other_genesis = Challenge { genesis: Hex32([7; 32]), ..challenge.clone() };
    let other_node = Challenge { node: "12D3KooX".into(), ..challenge.clone() };
    for changed in [longer, other_chain, other_genesis, other_node] {
        assert!(refused(account.clone(), signed("officer", &changed).1, &changed).await.contains("did not make"));
    }
    // Another node's, with this node's name on it or not.
    let foreign = nobody(elsewhere).sign_in_challenge().await.unwrap().challenge;
    assert!(refused(account.clone(), signed("officer", &foreign).1, &foreign).await.contains("did not make"));
    // After all that it is still good, and then it is used up.
    client.sign_in(account.clone(), signature.clone(), challenge.clone()).await.unwrap();
    assert!(refused(account, signature, &challenge).await.contains("used already"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_registered_or_has_no_role_gets_no_token() {
    let mut chain = Chain::new();
    chain.act("admin", Call::register_account(&key("newcomer").public(), PROVIDER));
    let server = chain.serve().await;
    let address = open(&server).await;
    for (name, words) in [("stranger", "not registered"), ("newcomer", "no role")] {
        let error = try_sign_in(address, name).await.unwrap_err();
        assert_eq!(code(&error), codes::SIGN_IN);
        assert!(said(&error).contains(words), "{}", said(&error));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ss58_address_and_a_wallets_signature_with_its_kind_in_front_are_taken() {
    use sp_core::crypto::{AccountId32, Ss58Codec};
    let mut chain = Chain::new();
    let pair = sr25519::Pair::from_seed(&[5; 32]);
    chain.act("admin", Call::register_account(&pair.public().0, PROVIDER));
    let scope = mulu_proofs::departments::RoleScope::Everything;
    let expires = Moment::new(crate::chain::START + 1_000_000_000);
    let give = Call::give_role(&pair.public().0, PROVIDER, Role::Operator, expires, &scope, None, &text(""));
    chain.act("admin", give);
    let server = chain.serve().await;
    let client = nobody(open(&server).await);
    let offer = client.sign_in_challenge().await.unwrap();
    // As polkadot-js signs raw bytes: it wraps the text that it is given.
    let message = [b"<Bytes>", offer.text.as_bytes(), b"</Bytes>"].concat();
    let signature = Hex([&[1][..], &pair.sign(&message).0].concat());
    let account = AccountId32::new(pair.public().0).to_ss58check();
    let session = client.sign_in(account, signature, offer.challenge).await.unwrap();
    assert_eq!(session.signed_in.roles, [Role::Operator]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_none_shows_nothing_and_says_so() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let address = open(&server).await;
    let forged = bearer(address, &Token("ab".repeat(32)));
    for method in ["departments_list", "catalog_entries", "system_health", "rpc_methods"] {
        let refused = forged.request::<Value, _>(method, rpc_params![]).await.unwrap_err();
        assert_eq!(code(&refused), codes::SIGNED_OUT, "{method}");
    }
    // Whoever has it may still get another.
    forged.sign_in_challenge().await.unwrap();
    assert!(!forged.sign_out().await.unwrap());
}

/// Signs `name` in, lets something happen on the chain, and says how the token ended in the next block.
async fn ended_by(chain: &mut Chain, name: &str, happens: impl FnOnce(&mut Chain)) -> String {
    let server = chain.serve().await;
    let address = open(&server).await;
    let session = sign_in(address, name).await;
    let client = bearer(address, &session.token);
    client.departments(None, None).await.unwrap();
    happens(chain);
    let refused = client.departments(None, None).await.unwrap_err();
    assert_eq!(code(&refused), codes::SIGNED_OUT);
    let again = client.departments(None, None).await.unwrap_err();
    assert_eq!(said(&again), said(&refused), "it stays ended, and why");
    said(&refused)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_ends_with_the_last_role_within_a_block() {
    let mut chain = Chain::new();
    let revoke = Call::revoke_role(&key("cataloguer").public(), PROVIDER, Role::Cataloguer);
    let why = ended_by(&mut chain, "cataloguer", |chain| {
        chain.act("admin", revoke);
    })
    .await;
    assert!(why.contains("no role"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_ends_when_the_key_is_replaced_or_reported_lost() {
    let mut chain = Chain::new();
    let rotate = Call::rotate_key(&key("new-officer").public());
    let why = ended_by(&mut chain, "officer", |chain| {
        chain.act("officer", rotate);
    })
    .await;
    assert!(why.contains("another key has taken"), "{why}");
    let mut chain = Chain::new();
    let report = Call::report_loss(&key("head").public(), &key("new-head").public(), &text("遗失"));
    let why = ended_by(&mut chain, "head", |chain| {
        chain.act("admin", report);
    })
    .await;
    assert!(why.contains("reported lost"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_ends_when_the_department_is_suspended() {
    let mut chain = Chain::new();
    with_heads(&mut chain);
    let suspend = Action::SetDepartmentStatus { department: CONSUMER, status: DepartmentStatus::Suspended };
    let why = ended_by(&mut chain, "applicant", |chain| decide(chain, 1, &in_thirty_days(suspend))).await;
    assert!(why.contains("not active"), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_is_given_counts_in_the_next_block_and_one_that_is_left_keeps_the_token() {
    let mut chain = Chain::new();
    let server = chain.serve().await;
    let address = open(&server).await;
    let client = bearer(address, &sign_in(address, "supervisor").await.token);
    let scope = mulu_proofs::departments::RoleScope::Everything;
    let expires = Moment::new(crate::chain::START + 1_000_000_000);
    let account = key("supervisor").public();
    let give = Call::give_role(&account, AUTHORITY, Role::Operator, expires, &scope, None, &text(""));
    chain.act("supervisor", give);
    let roles = client.sign_in_session().await.unwrap().unwrap().roles;
    assert_eq!(roles, [Role::Operator, Role::Supervisor]);
    chain.act("supervisor", Call::revoke_role(&account, AUTHORITY, Role::Operator));
    assert_eq!(client.sign_in_session().await.unwrap().unwrap().roles, [Role::Supervisor]);
}

/// Waits until a WebSocket is closed from the other side.
async fn closed(client: &WsClient) {
    tokio::time::timeout(PATIENCE, client.on_disconnect()).await.expect("the connection should have been closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_connection_and_its_subscriptions_end_with_the_token() {
    let mut chain = Chain::new();
    let server = chain.serve().await;
    let address = open(&server).await;
    let token = sign_in(address, "cataloguer").await.token;
    let client = by_path(address, &token).await;
    let mut heads: Subscription<Value> = client
        .subscribe("chain_subscribeFinalizedHeads", rpc_params![], "chain_unsubscribeFinalizedHeads")
        .await
        .unwrap();
    heads.next().await.unwrap().unwrap();
    chain.act("admin", Call::revoke_role(&key("cataloguer").public(), PROVIDER, Role::Cataloguer));
    closed(&client).await;
    // With an ended token one may connect, and is told.
    let again = by_path(address, &token).await;
    assert_eq!(code(&again.departments(None, None).await.unwrap_err()), codes::SIGNED_OUT);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_connects_with_a_token_that_ended_meanwhile_is_told_why() {
    let mut chain = Chain::new();
    let server = chain.serve().await;
    let address = open(&server).await;
    let token = sign_in(address, "cataloguer").await.token;
    chain.act("admin", Call::revoke_role(&key("cataloguer").public(), PROVIDER, Role::Cataloguer));
    let client = by_path(address, &token).await;
    assert_eq!(code(&client.departments(None, None).await.unwrap_err()), codes::SIGNED_OUT);
    closed(&client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_connection_ends_when_the_accounts_roles_change_and_the_token_goes_on() {
    let mut chain = Chain::new();
    let server = chain.serve().await;
    let address = open(&server).await;
    let token = sign_in(address, "supervisor").await.token;
    let client = by_path(address, &token).await;
    client.departments(None, None).await.unwrap();
    chain.act("admin", Call::register_account(&key("newcomer").public(), PROVIDER));
    client.departments(None, None).await.expect("another block changes nothing");
    let scope = mulu_proofs::departments::RoleScope::Everything;
    let expires = Moment::new(crate::chain::START + 1_000_000_000);
    let account = key("supervisor").public();
    chain.act("supervisor", Call::give_role(&account, AUTHORITY, Role::Operator, expires, &scope, None, &text("")));
    closed(&client).await;
    by_path(address, &token).await.departments(None, None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_signs_out_ends_every_connection_of_the_token() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let address = open(&server).await;
    let (token, other) = (sign_in(address, "officer").await.token, sign_in(address, "officer").await.token);
    let (open, of_other) = (by_path(address, &token).await, by_path(address, &other).await);
    open.departments(None, None).await.unwrap();
    assert!(bearer(address, &token).sign_out().await.unwrap());
    closed(&open).await;
    let refused = bearer(address, &token).info().await.unwrap_err();
    assert!(code(&refused) == codes::SIGNED_OUT && said(&refused).contains("signed out"), "{refused}");
    of_other.departments(None, None).await.expect("another token of the account goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_ends_when_its_token_runs_out_without_any_block() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let address = open_with(&server, |rules| Public { token_life: Duration::from_millis(700), ..rules }).await;
    let client = by_path(address, &sign_in(address, "officer").await.token).await;
    client.departments(None, None).await.unwrap();
    closed(&client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_library_signs_in_by_itself_and_again_when_its_token_has_ended() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let address = open_with(&server, |rules| Public { token_life: Duration::from_millis(700), ..rules }).await;
    for scheme in ["http", "ws"] {
        let credentials = Credentials { genesis: Some(chain.genesis.hash()), ..Credentials::new(key("officer")) };
        let access = Access::Account(Box::new(credentials));
        let (connection, info) = Connection::open_as(&format!("{scheme}://{address}"), access).await.unwrap();
        assert_eq!(info.genesis_hash.0, chain.genesis.hash());
        for _ in 0..3 {
            assert_eq!(connection.departments(None, None).await.unwrap().rows.len(), 3);
            tokio::time::sleep(Duration::from_millis(900)).await;
        }
        // So do many in one batch, whichever of them finds it ended first.
        tokio::time::sleep(Duration::from_millis(900)).await;
        let mut batch = BatchRequestBuilder::new();
        for _ in 0..3 {
            batch.insert("departments_list", rpc_params![Value::Null, 1]).unwrap();
        }
        let answers: BatchResponse<'_, Value> = connection.batch_request(batch).await.unwrap();
        assert_eq!((answers.num_successful_calls(), answers.num_failed_calls()), (3, 0), "{scheme}");
        // Many at once sign in once.
        let calls = (0..8).map(|_| connection.departments(None, Some(1)));
        for answer in futures_of(calls).await {
            answer.unwrap();
        }
        assert_eq!(connection.sign_in_session().await.unwrap().unwrap().department, PROVIDER);
    }
}

/// The answers of calls that are under way together.
async fn futures_of<T>(calls: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut calls: Vec<_> = calls.map(Box::pin).collect();
    let mut answers: Vec<Option<T>> = calls.iter().map(|_| None).collect();
    std::future::poll_fn(|task| {
        for (call, answer) in calls.iter_mut().zip(&mut answers).filter(|(_, answer)| answer.is_none()) {
            if let std::task::Poll::Ready(value) = call.as_mut().poll(task) {
                *answer = Some(value);
            }
        }
        if answers.iter().all(Option::is_some) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    answers.into_iter().flatten().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_library_signs_nothing_for_another_chain_or_node() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let url = format!("ws://{}", open(&server).await);
    let of = |genesis: Option<[u8; 32]>, node: Option<&str>| {
        let credentials = Credentials { key: key("officer"), genesis, node: node.map(str::to_owned) };
        Access::Account(Box::new(credentials))
    };
    for access in [of(Some([9; 32]), None), of(None, Some("12D3KooX"))] {
        let error = Connection::open_as(&url, access).await.unwrap_err();
        assert!(matches!(error, ClientError::FalseAnswer { .. }), "{error}");
    }
    Connection::open_as(&url, of(Some(chain.genesis.hash()), Some("12D3KooW"))).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_told_the_chain_and_reads_what_is_public() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let url = format!("ws://{}", open(&server).await);
    let refused = Connection::open(&url).await.unwrap_err();
    assert!(matches!(refused, ClientError::Answered { code: codes::NOT_PERMITTED, .. }), "{refused}");
    let (connection, greeting) = Connection::greet(&url, Access::Anonymous).await.unwrap();
    assert_eq!((greeting.chain.genesis, greeting.info), (chain.genesis.hash(), None));
    assert_eq!(greeting.chain_type, connection.chain_type().await.unwrap());
    connection.entries(None, None, None).await.expect("the catalog is open");
    let refused = connection.departments(None, None).await.unwrap_err();
    assert_eq!(code(&refused), codes::NOT_PERMITTED);
    // Whom the node knows it tells everything, and so it tells this machine.
    let credentials = Access::Account(Box::new(Credentials::new(key("officer"))));
    let local = format!("ws://{}", server.handle.address());
    for (url, access) in [(&url, credentials), (&local, Access::Anonymous)] {
        let (_, known) = Connection::greet(url, access).await.unwrap();
        assert_eq!((known.chain, known.chain_type), (greeting.chain.clone(), greeting.chain_type.clone()));
        assert_eq!(known.info.unwrap().genesis_hash.0, chain.genesis.hash());
    }
    let ended = Connection::greet(&url, Access::Token(Token("ab".repeat(32)))).await.unwrap_err();
    assert!(matches!(ended, ClientError::Answered { code: codes::SIGNED_OUT, .. }), "{ended}");
}

fn challenges() -> impl Strategy<Value = Challenge> {
    let fields = ("[!-~]{1,64}", any::<[u8; 32]>(), "[!-~]{1,128}", any::<[u8; 32]>(), any::<u64>());
    fields.prop_map(|(chain_id, genesis, node, nonce, expires)| Challenge {
        chain_id,
        genesis: Hex32(genesis),
        node,
        nonce: Hex32(nonce),
        expires: Moment::new(expires),
    })
}

fn calls() -> impl Strategy<Value = Call> {
    let register = (any::<[u8; 32]>(), any::<u32>()).prop_map(|(account, department)| {
        Call::register_account(&account, mulu_proofs::ids::DepartmentId::new(department))
    });
    let rotate = any::<[u8; 32]>().prop_map(|account| Call::rotate_key(&account));
    let submit = "\\PC{0,30}".prop_map(|name| Call::submit_entry(&content("307001/000001", &name)).unwrap());
    prop_oneof![register, rotate, submit]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn a_signed_challenge_never_decodes_as_a_call_or_an_extrinsic(challenge in challenges()) {
        let bytes = challenge.signed_bytes();
        // Payloads of extrinsics are signed as they are up to 256 bytes, and as 32 bytes of hash beyond.
        prop_assert!(bytes.len() > RAW_PAYLOAD_BYTES_MAX);
        prop_assert!(RuntimeCall::decode(&mut &bytes[..]).is_err());
        prop_assert!(UncheckedExtrinsic::decode(&mut &bytes[..]).is_err());
        prop_assert!(UncheckedExtrinsic::decode(&mut &bytes.encode()[..]).is_err());
    }

    #[test]
    fn what_is_signed_for_an_extrinsic_is_never_a_challenge(call in calls(), nonce: u32, genesis: [u8; 32]) {
        let implicit = Implicit { spec_version: 1, transaction_version: 1, genesis, mortality: genesis };
        let payload = Unsigned { call, era: Era::Immortal, nonce, implicit }.payload();
        prop_assert!(payload.len() <= RAW_PAYLOAD_BYTES_MAX);
        prop_assert!(!payload.starts_with(b"<Bytes>"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_extrinsics_signature_signs_nobody_in() {
    let chain = Chain::new();
    let server = chain.serve().await;
    let client = nobody(open(&server).await);
    let signer: Key = key("officer");
    let genesis = chain.genesis.hash();
    let implicit = Implicit { spec_version: 1, transaction_version: 1, genesis, mortality: genesis };
    let unsigned = Unsigned { call: Call::rotate_key(&[1; 32]), era: Era::Immortal, nonce: 0, implicit };
    let challenge = client.sign_in_challenge().await.unwrap().challenge;
    let signature = Hex(signer.sign(&unsigned.payload()).to_vec());
    let error = client.sign_in(hex::encode(signer.public()), signature, challenge).await.unwrap_err();
    assert_eq!(code(&error), codes::SIGN_IN);
}
