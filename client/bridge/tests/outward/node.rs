//! A node that tells the records that a test gives it, over a real WebSocket, and knows enough for acts to be built and submitted.

use jsonrpsee::{
    PendingSubscriptionSink, RpcModule, SubscriptionSink,
    core::to_json_raw_value,
    server::{Server, ServerHandle},
    types::{ErrorObjectOwned, Params},
};
use mulu_client::connection::{ChainIdentity, Connection};
use mulu_proofs::{
    departments::AccountKey,
    extrinsic::SignedExtrinsic,
    hash::blake2_256,
    ids::{DepartmentId, GrantId, Height, Moment, RecordNumber, Version},
    records::{RecordKind, Subject},
};
use mulu_rpc_api::{
    Hex, Hex32, Page,
    records::{Inclusion, Record, RecordFilter, RecordNews},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::watch;

/// Genesis hash of its chain.
pub const GENESIS: [u8; 32] = [9; 32];

/// What the node has.
pub struct State {
    pub records: Vec<Record>,
    /// Answers of methods that a test has set.
    pub answers: BTreeMap<&'static str, Value>,
    /// Extrinsics in blocks.
    pub included: BTreeMap<[u8; 32], Inclusion>,
    /// Whether what is submitted comes into a block.
    pub includes: bool,
    /// So many of the newest records are of a kind that the bridge's account does not see.
    pub hidden: usize,
}

pub struct Node {
    pub state: Arc<Mutex<State>>,
    news: watch::Sender<usize>,
    pub address: SocketAddr,
    handle: Option<ServerHandle>,
}

#[derive(Clone)]
struct Context {
    state: Arc<Mutex<State>>,
    news: watch::Receiver<usize>,
}

impl Node {
    pub async fn start() -> Self {
        let (answers, included) = (BTreeMap::new(), BTreeMap::new());
        let state = State { records: Vec::new(), answers, included, includes: true, hidden: 0 };
        let (news, _) = watch::channel(0);
        let state = Arc::new(Mutex::new(state));
        let mut node = Self { state, news, address: "127.0.0.1:0".parse().unwrap(), handle: None };
        node.start_again().await;
        node
    }

    /// Listens where it listened before.
    pub async fn start_again(&mut self) {
        let context = Context { state: Arc::clone(&self.state), news: self.news.subscribe() };
        let server = Server::builder().build(self.address).await.unwrap();
        self.address = server.local_addr().unwrap();
        self.handle = Some(server.start(module(context)));
    }

    pub async fn stop(&mut self) {
        let handle = self.handle.take().unwrap();
        handle.stop().unwrap();
        handle.stopped().await;
    }

    pub async fn connect(&self) -> (Arc<Connection>, ChainIdentity) {
        let (connection, info) = Connection::open(&format!("ws://{}", self.address)).await.unwrap();
        let chain = Connection::identity(&info);
        (Arc::new(connection.with_patience(Duration::from_millis(200))), chain)
    }

    /// Appends a record; its number is the next one.
    pub fn add(&self, kind: RecordKind, decoded: Value) -> u64 {
        let count = {
            let mut state = self.state.lock().unwrap();
            let number = state.records.len() as u64 + 1;
            state.records.push(record(number, kind, decoded));
            state.records.len()
        };
        self.news.send_replace(count);
        count as u64
    }

    /// Appends suspensions of a grant.
    pub fn suspend(&self, times: usize) {
        for _ in 0..times {
            self.add(RecordKind::GrantSuspended, json!({"grant": 3, "reason": "leak"}));
        }
    }

    pub fn set(&self, method: &'static str, answer: Value) {
        self.state.lock().unwrap().answers.insert(method, answer);
    }
}

fn record(number: u64, kind: RecordKind, decoded: Value) -> Record {
    Record {
        number: RecordNumber::new(number),
        height: Height::new(u32::try_from(number).unwrap()),
        place: 0,
        kind,
        moment: Moment::new(1_785_587_405_000 + number),
        department: DepartmentId::new(2),
        signer: Some(AccountKey([7; 32])),
        extrinsic: None,
        subjects: vec![Subject::Grant(GrantId::new(3), Version::new(1)), Subject::Department(DepartmentId::new(2))],
        body: Hex::default(),
        decoded,
    }
}

fn module(context: Context) -> RpcModule<Context> {
    let mut module = RpcModule::new(context);
    module.register_method("node_info", |_, _, _| ok(info())).unwrap();
    module.register_method("chain_getFinalizedHead", |_, _, _| ok(format!("0x{}", "07".repeat(32)))).unwrap();
    module.register_method("chain_getHeader", |_, _, _| ok(header())).unwrap();
    module.register_method("state_getRuntimeVersion", |_, _, _| ok(version())).unwrap();
    module.register_method("system_accountNextIndex", |_, _, _| ok(4)).unwrap();
    module
        .register_method("records_list", |_, context, _| {
            let state = context.state.lock().unwrap();
            let seen = state.records.len() - state.hidden;
            let rows: Vec<Record> = state.records[..seen].last().cloned().into_iter().collect();
            ok(Page::new(rows, None, Height::new(1)))
        })
        .unwrap();
    module
        .register_method("records_get", |params, context, _| {
            let number: u64 = params.one().unwrap();
            let place = usize::try_from(number).unwrap() - 1;
            ok(context.state.lock().unwrap().records.get(place).cloned())
        })
        .unwrap();
    module
        .register_method("records_extrinsic", |params, context, _| {
            let hash: Hex32 = params.one().unwrap();
            ok(context.state.lock().unwrap().included.get(&hash.0).cloned())
        })
        .unwrap();
    module.register_method("author_submitExtrinsic", |params, context, _| submit(&params, context)).unwrap();
    for method in [
        "catalog_content",
        "catalog_entry",
        "catalog_search",
        "deadlines_list",
        "departments_account",
        "sharing_grant",
        "sharing_grants",
        "sharing_purposes",
        "sharing_request",
        "sharing_requests",
    ] {
        let answer =
            move |_: Params<'_>, context: &Context, _: &_| match context.state.lock().unwrap().answers.get(method) {
                Some(refused) if refused.get("refused").is_some() => {
                    let code = i32::try_from(refused["refused"].as_i64().unwrap()).unwrap();
                    Err(ErrorObjectOwned::owned(code, "no", None::<()>))
                }
                answer => Ok(answer.cloned()),
            };
        module.register_method(method, answer).unwrap();
    }
    module
        .register_subscription(
            "records_subscribe",
            "records_news",
            "records_unsubscribe",
            |params, pending, context, _| {
                let mut params = params.sequence();
                let from: Option<RecordNumber> = params.optional_next().unwrap();
                let filter: Option<RecordFilter> = params.optional_next().unwrap();
                let context = (*context).clone();
                async move { tell(pending, context, from.unwrap(), filter.unwrap_or_default()).await }
            },
        )
        .unwrap();
    module
}

async fn tell(pending: PendingSubscriptionSink, mut context: Context, from: RecordNumber, filter: RecordFilter) {
    let sink = pending.accept().await.unwrap();
    let mut next = from;
    loop {
        let records: Vec<Record> = {
            let state = context.state.lock().unwrap();
            let behind = state.records.iter().filter(|record| record.number >= next);
            behind.cloned().collect()
        };
        for record in records {
            next = record.number.next();
            let is_wanted = filter.kinds.is_empty() || filter.kinds.contains(&record.kind);
            if is_wanted && !say(&sink, &RecordNews::Record(record)).await {
                return;
            }
        }
        let height = Height::new(u32::try_from(next.get()).unwrap());
        if !say(&sink, &RecordNews::Through { next, height }).await {
            return;
        }
        // A block without records comes now and then.
        let _ = tokio::time::timeout(Duration::from_millis(100), context.news.changed()).await;
    }
}

async fn say(sink: &SubscriptionSink, news: &RecordNews) -> bool {
    sink.send(to_json_raw_value(news).unwrap()).await.is_ok()
}

fn submit(params: &Params<'_>, context: &Context) -> Result<String, ErrorObjectOwned> {
    let digits: String = params.one().unwrap();
    let bytes = hex::decode(digits.trim_start_matches("0x")).unwrap();
    assert!(SignedExtrinsic::read(&bytes).is_some());
    let hash = blake2_256(&bytes);
    let mut state = context.state.lock().unwrap();
    if state.included.contains_key(&hash) {
        return Err(ErrorObjectOwned::owned(1010, "Invalid Transaction", None::<()>));
    }
    if state.includes {
        let number = state.records.len() as u64 + 1;
        let created = json!({"request": 8, "provider": 2});
        state.records.push(record(number, RecordKind::RequestCreated, created));
        let (height, block_hash) = (Height::new(7), Hex32([3; 32]));
        let records = vec![RecordNumber::new(number)];
        state.included.insert(hash, Inclusion { height, block_hash, place: 0, success: true, error: None, records });
    }
    Ok(format!("0x{}", hex::encode(hash)))
}

fn ok<T>(value: T) -> Result<T, ErrorObjectOwned> {
    Ok(value)
}

fn version() -> Value {
    json!({
        "specName": "mulu", "implName": "mulu", "authoringVersion": 1, "specVersion": 1, "implVersion": 1, "apis": [],
        "transactionVersion": 1, "systemVersion": 1,
    })
}

fn header() -> Value {
    let zeros = format!("0x{}", "00".repeat(32));
    json!({ "parentHash": zeros, "number": "0x6", "stateRoot": zeros, "extrinsicsRoot": zeros, "digest": { "logs": [] } })
}

fn info() -> Value {
    json!({
        "chain_id": "fake", "chain_type": "Development", "genesis_hash": "09".repeat(32),
        "head": { "height": 6, "hash": "07".repeat(32) }, "head_moment": null, "index_height": 6, "oldest_state": 0,
        "validators": [], "quorum": 1, "version": "0", "name": "fake", "peers": 0, "pool": { "count": 0, "bytes": 0 },
        "disk": { "total": 0, "bodies": 0, "write_ahead_log": 0, "columns": [] },
    })
}
