//! The client's checks of answers: an honest node passes, and one that changes a single thing is caught at its link.

use crate::{
    chain::{Chain, Server, key},
    story::{CODE, ENTRY, GRANT, STREAM, V1, content, with_events},
};
use jsonrpsee::{
    RpcModule,
    core::client::{ClientT, Error},
    http_client::HttpClient,
    server::{Server as JsonServer, ServerHandle},
    types::ErrorObjectOwned,
};
use mulu_client::{
    ClientError,
    at_block::{map_key, value_key},
    calls::Call,
    connection::Connection,
    verified::Verified,
};
use mulu_proofs::{
    access::Series,
    genesis::GenesisFile,
    grants::{GrantState, GrantTerms},
    ids::{EventNumber, GrantId, RecordNumber, Version},
    records::RecordKind,
};
use mulu_rpc_api::{access::EventRef, catalog::EntryRef, evidence::ListRequest};
use serde_json::{Value, json};
use std::sync::Arc;

const METHODS: [&str; 14] = [
    "node_info",
    "records_proof",
    "evidence_event",
    "evidence_filing",
    "evidence_list",
    "evidence_validators",
    "catalog_content",
    "sharing_grant",
    "chain_getBlock",
    "chain_getFinalizedHead",
    "chain_getHeader",
    "state_getReadProof",
    "state_getStorage",
    "state_getKeysPaged",
];

type Change = Arc<dyn Fn(&str, Value) -> Value + Send + Sync>;

/// A node that asks an honest one and changes its answers.
struct Liar {
    url: String,
    _handle: ServerHandle,
}

impl Liar {
    async fn start(honest: HttpClient, change: impl Fn(&str, Value) -> Value + Send + Sync + 'static) -> Self {
        let change: Change = Arc::new(change);
        let mut module = RpcModule::new((honest, change));
        for name in METHODS {
            module
                .register_async_method(name, move |params, context, _| async move {
                    let params: Vec<Value> = params.parse().unwrap_or_default();
                    let (honest, change) = &*context;
                    match honest.request::<Value, _>(name, params).await {
                        Ok(answer) => Ok(change(name, answer)),
                        Err(Error::Call(error)) => Err(error),
                        Err(other) => Err(ErrorObjectOwned::owned(1, other.to_string(), None::<()>)),
                    }
                })
                .unwrap();
        }
        let server = JsonServer::builder().build("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", server.local_addr().unwrap());
        Self { url, _handle: server.start(module) }
    }

    async fn connect(&self) -> Connection {
        Connection::open(&self.url).await.unwrap().0
    }
}

async fn honest(server: &Server) -> Connection {
    Connection::open(&format!("http://{}", server.handle.address())).await.unwrap().0
}

/// The same text with its last hexadecimal digit changed.
fn flipped(value: &Value) -> Value {
    let mut text = value.as_str().unwrap().to_owned();
    let last = text.pop().unwrap();
    text.push(if last == '0' { '1' } else { '0' });
    json!(text)
}

fn link<T: std::fmt::Debug>(answer: Result<T, ClientError>) -> &'static str {
    match answer.unwrap_err() {
        ClientError::Unverified { link, .. } => link,
        ClientError::FalseAnswer { .. } => "false",
        other => panic!("{other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_honest_node_passes() {
    let mut chain = with_events();
    chain.act("officer", Call::suspend_grant(GRANT, &crate::chain::text("核查")));
    let server = chain.serve().await;
    let connection = honest(&server).await;
    let verified = connection.verified(chain.genesis.clone()).unwrap();
    let head = verified.head().await.unwrap();
    assert_eq!((head.height, head.hash), (chain.head(), chain.store.head().1));
    for number in [1, 5, 30] {
        let proven = verified.record(RecordNumber::new(number)).await.unwrap().unwrap();
        assert_eq!((proven.record.number.get(), proven.tip), (number, head));
    }
    assert!(verified.record(RecordNumber::new(9_999)).await.unwrap().is_none());
    let entry = verified.entry(EntryRef::Id(ENTRY), None).await.unwrap();
    assert_eq!((entry.filing.version, entry.content), (V1, content(CODE, "社会组织法人登记信息")));
    let grant = verified.grant(GRANT).await.unwrap();
    assert_eq!((grant.state, &grant.terms), (Some(GrantState::Suspended), &crate::story::grant()));
    assert_eq!(verified.record(grant.agreed).await.unwrap().unwrap().record.kind, RecordKind::RequestAgreed);
    assert!(matches!(verified.grant(GrantId::new(9)).await, Err(ClientError::NotFound { .. })));
    let event = verified.event(EventRef { stream: STREAM, event: EventNumber::new(16) }).await.unwrap();
    assert_eq!(event.series, Series::Grant(GRANT));
    let all = ListRequest { series: Series::Grant(GRANT), above: None, until: None, tip: None };
    assert_eq!(verified.history(all).await.unwrap().events.len(), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_state_of_a_block_is_read_while_the_chain_goes_on() {
    let mut chain = with_events();
    let server = chain.serve().await;
    let connection = honest(&server).await;
    let verified = connection.verified(chain.genesis.clone()).unwrap();
    let before = verified.at_block(None).await.unwrap();
    let believed = connection.at_block(Some(before.hash())).await.unwrap();
    chain.act("officer", Call::suspend_grant(GRANT, &crate::chain::text("核查")));
    let after = verified.at_block(None).await.unwrap();
    assert!(after.height() > before.height());
    let course = map_key("Grants", "Courses", &GRANT);
    let (old, new) = (before.raw(&course).await.unwrap(), after.raw(&course).await.unwrap());
    assert!(old.is_some() && new.is_some() && old != new);
    assert_eq!(believed.raw(&course).await.unwrap(), old);
    let terms: Option<GrantTerms> = after.read(&map_key("Grants", "GrantVersions", &(GRANT, V1))).await.unwrap();
    assert_eq!(terms, Some(crate::story::grant()));
    // That there is nothing is proven too.
    let nothing = after.read::<GrantTerms>(&map_key("Grants", "GrantVersions", &(GRANT, Version::new(7)))).await;
    assert_eq!(nothing.unwrap(), None);
    let keys = after.keys(&value_key("Grants", "Courses")).await.unwrap();
    assert_eq!(keys, [course]);
    assert!(after.read::<bool>(&value_key("Grants", "LastGrant")).await.is_err(), "four bytes are no truth value");
    let last: Option<GrantId> = after.read(&value_key("Grants", "LastGrant")).await.unwrap();
    assert_eq!(last, Some(GRANT));
}

/// Asks a node that changes answers of `method` so, and says which link fails.
async fn caught<T: std::fmt::Debug>(
    chain: &Chain,
    method: &'static str,
    change: impl Fn(&mut Value) + Send + Sync + 'static,
    ask: impl AsyncFn(&Verified<'_>) -> Result<T, ClientError>,
) -> &'static str {
    let server = chain.serve().await;
    let liar = Liar::start(server.http(), move |name, mut answer| {
        if name == method {
            change(&mut answer);
        }
        answer
    })
    .await;
    let connection = liar.connect().await;
    link(ask(&connection.verified(chain.genesis.clone()).unwrap()).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_was_changed_or_is_another_is_refused() {
    let chain = with_events();
    let ask = async |verified: &Verified<'_>| verified.record(RecordNumber::new(20)).await;
    let of = |field: &'static str| move |proof: &mut Value| proof[field] = flipped(&proof[field]);
    assert_eq!(caught(&chain, "records_proof", of("record"), ask).await, "record");
    assert_eq!(caught(&chain, "records_proof", of("header"), ask).await, "history");
    assert_eq!(caught(&chain, "records_proof", of("tip"), ask).await, "certificate");
    assert_eq!(caught(&chain, "records_proof", of("certificate"), ask).await, "certificate");
    let of_another = |proof: &mut Value| proof["path"]["index"] = json!(proof["path"]["index"].as_u64().unwrap() + 1);
    assert_eq!(caught(&chain, "records_proof", of_another, ask).await, "record");
    let without_history = |proof: &mut Value| proof["history"] = Value::Null;
    assert_eq!(caught(&chain, "records_proof", without_history, ask).await, "history");
    // A whole, honest proof, but of another record.
    let server = chain.serve().await;
    let other: Value = server.http().request("records_proof", [21]).await.unwrap();
    let swapped = move |proof: &mut Value| *proof = other.clone();
    assert_eq!(caught(&chain, "records_proof", swapped, ask).await, "record");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_a_value_a_content_or_a_package_that_was_changed_is_refused() {
    let chain = with_events();
    let head = async |verified: &Verified<'_>| verified.head().await;
    let no_certificate = |block: &mut Value| block["justifications"] = Value::Null;
    assert_eq!(caught(&chain, "chain_getBlock", no_certificate, head).await, "certificate");
    let other_header = |header: &mut Value| header["stateRoot"] = flipped(&header["stateRoot"]);
    assert_eq!(caught(&chain, "chain_getHeader", other_header, head).await, "false");

    let grant = async |verified: &Verified<'_>| verified.grant(GRANT).await;
    let cut = |proof: &mut Value| drop(proof["proof"].as_array_mut().unwrap().pop());
    assert_eq!(caught(&chain, "state_getReadProof", cut, grant).await, "false");
    let other_record = |grant: &mut Value| grant["versions"][0]["record"] = json!(1);
    assert_eq!(caught(&chain, "sharing_grant", other_record, grant).await, "grant");

    let entry = async |verified: &Verified<'_>| verified.entry(EntryRef::Id(ENTRY), None).await;
    let renamed = |shown: &mut Value| shown["content"]["name"] = json!("其他");
    assert_eq!(caught(&chain, "catalog_content", renamed, entry).await, "false");

    let event =
        async |verified: &Verified<'_>| verified.event(EventRef { stream: STREAM, event: EventNumber::new(3) }).await;
    let bent = |package: &mut Value| *package = flipped(package);
    assert_ne!(caught(&chain, "evidence_event", bent, event).await, "");
    let change_of_nobody = |changes: &mut Value| {
        *changes = json!([{
            "height": 1,
            "header": "00",
            "certificate": "00",
            "validators": [{"key": hex::encode(key("cuckoo").public()), "department": 1}],
        }]);
    };
    assert_eq!(caught(&chain, "evidence_validators", change_of_nobody, head).await, "validator_set");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_holds_under_another_genesis() {
    let chain = with_events();
    let server = chain.serve().await;
    let connection = honest(&server).await;
    let renamed = GenesisFile { chain_id: "another".into(), ..chain.genesis.clone() };
    assert_eq!(link(connection.verified(renamed).unwrap().head().await), "certificate");
    let broken = GenesisFile { header: vec![1, 2], ..chain.genesis.clone() };
    assert_eq!(link(connection.verified(broken).map(drop)), "genesis");
}
