//! Who sees what, asked over the listener for others: every method of `rpc_methods`, by everybody, on a chain full of acts.

use crate::{
    chain::{AUTHORITY, CONSUMER, Chain, GATEWAY, PROVIDER, key, text},
    story::{
        CODE, ENTRY, GRANT, OTHER_ENTRY, REQUEST, V1, content, event, publish, report, terms, with_events, with_grant,
    },
};
use jsonrpsee::{
    core::{
        client::{ClientT, Error, SubscriptionClientT},
        params::BatchRequestBuilder,
    },
    http_client::{HttpClient, HttpClientBuilder},
    rpc_params,
    ws_client::WsClientBuilder,
};
use mulu_client::calls::{Call, DepartmentDraft};
use mulu_proofs::{
    access::RunKey,
    catalog::{EntryContent, Method, SharingClass},
    departments::{CreditCode, Level, Role, RoleScope, SystemKind},
    ids::{DepartmentId, EntryId, Height, Moment, RequestId, SystemId},
    mounts::Mount,
    oversight::Matter,
    records::RecordKind,
    sharing::{RequestTerms, request_digest},
};
use mulu_rpc::{Audit, Note, Public, RpcHandle, RpcParts, serve};
use mulu_rpc_api::{
    Hex, codes,
    signin::{Offer, Session, SignInClient},
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, net::SocketAddr, sync::Arc, time::Duration};
use tokio::sync::{Mutex, mpsc, watch};

/// Has no part in what the others do; its own request is the second.
const STRANGER: DepartmentId = DepartmentId::new(4);
const OPEN_ENTRY: EntryId = EntryId::new(3);
const OPEN_CODE: &str = "307001/000003";
const STRANGERS_REQUEST: RequestId = RequestId::new(2);

/// What provider and consumer say to each other, and nobody else is to read.
const BETWEEN_THEM: [&str; 6] =
    ["补贴办法第五条", "补贴资格审核", "补贴处", "疑似超范围使用", "核查已毕", "擅自增设条件"];
/// What the provider has not published.
const DRAFT: &str = "未发布的名册";
/// Why the first request of the stranger was refused.
const STRANGERS_OWN: &str = "养老资格核对";

/// What anybody may call.
const OPEN: [&str; 16] = [
    "catalog_content",
    "catalog_entries",
    "catalog_entry",
    "catalog_search",
    "rpc.discover",
    "rpc_methods",
    "signin_challenge",
    "signin_session",
    "signin_token",
    "system_chain",
    "system_chainType",
    "system_health",
    "system_localPeerId",
    "system_name",
    "system_properties",
    "system_version",
];
/// What nobody may call from outside, whoever it is.
const MACHINE: [&str; 6] =
    ["decision_check", "decision_decide", "decision_point", "system_dryRun", "system_dryRunAt", "system_peers"];
/// What takes a department with a node.
const RAW: [&str; 16] = [
    "author_pendingExtrinsics",
    "chain_getBlock",
    "state_call",
    "state_callAt",
    "state_getKeysPaged",
    "state_getKeysPagedAt",
    "state_getReadProof",
    "state_getStorage",
    "state_getStorageAt",
    "state_getStorageHash",
    "state_getStorageHashAt",
    "state_getStorageSize",
    "state_getStorageSizeAt",
    "state_queryStorage",
    "state_queryStorageAt",
    "state_subscribeStorage",
];

/// A chain full of acts, with its server.
struct World {
    chain: Chain,
    handle: RpcHandle,
    public: SocketAddr,
    methods: Vec<String>,
    records: u64,
    extrinsics: Vec<String>,
    /// What was told of auditors' questions.
    noted: Arc<Mutex<Vec<Note>>>,
}

fn strangers_terms() -> RequestTerms {
    RequestTerms {
        consumer: STRANGER,
        basis: text("养老办法"),
        scenario: text(STRANGERS_OWN),
        scope: text("养老处"),
        matter: text("养老"),
        systems: vec![SystemId::new(3)].try_into().unwrap(),
        ..terms()
    }
}

/// A department without a node, and its people.
fn register_stranger(chain: &mut Chain) {
    let draft = DepartmentDraft {
        credit_code: CreditCode::with_check_character("11330100000000004").unwrap(),
        name: text("市老龄办"),
        level: Level::City,
        region: 330_100,
        parent: None,
        host: None,
        is_data_manager: false,
    };
    chain.act("supervisor", Call::register_department(&draft));
    let expires = Moment::new(chain.moment + 1_000_000_000);
    for (name, department, role, scope) in [
        ("stranger", STRANGER, Role::Applicant, RoleScope::Everything),
        ("strangers-admin", STRANGER, Role::Admin, RoleScope::Everything),
        ("narrow-auditor", AUTHORITY, Role::Auditor, of(&[STRANGER])),
        ("entry-auditor", AUTHORITY, Role::Auditor, RoleScope::Entries(vec![OPEN_ENTRY].try_into().unwrap())),
    ] {
        let account = key(name).public();
        chain.act("supervisor", Call::register_account(&account, department));
        let basis = text("市府办通知");
        chain.act("supervisor", Call::give_role(&account, department, role, expires, &scope, None, &basis));
    }
    let system = Call::register_system(STRANGER, SystemKind::Business, &text("pensions"), &text("养老系统"));
    chain.act("strangers-admin", system);
}

fn of(departments: &[DepartmentId]) -> RoleScope {
    RoleScope::Departments(departments.to_vec().try_into().unwrap())
}

/// Content that is open to all, which takes that departments get it without conditions, and that nothing in it is sensitive.
fn open(name: &str) -> EntryContent {
    let mut open = content(OPEN_CODE, name);
    (open.sharing.class, open.sharing.condition) = (SharingClass::Unconditional, text(""));
    (open.opening.class, open.opening.condition) = (SharingClass::Unconditional, text(""));
    for item in open.items.iter_mut() {
        item.sharing = SharingClass::Unconditional;
    }
    open
}

/// Events under a grant, a suspension, a dispute, a draft, an entry that is open to all, another department's request.
fn story() -> Chain {
    let mut chain = with_events();
    chain.act("supervisor", Call::suspend_grant(GRANT, &text(BETWEEN_THEM[3])));
    chain.act("supervisor", Call::resume_grant(GRANT, &text(BETWEEN_THEM[4])));
    let matter = Matter { entry: ENTRY, request: Some(REQUEST), grant: Some(GRANT) };
    chain.act("consumer-officer", Call::open_dispute(&matter, PROVIDER, &text(BETWEEN_THEM[5]), None));
    chain.act("cataloguer", Call::submit_entry(&content("307001/000002", DRAFT)).unwrap());
    publish(&mut chain, OPEN_ENTRY, V1, &open("社会组织名录"));
    let mount = Mount {
        method: Method::File,
        address: text("civil/organisations"),
        fingerprint: [5; 32],
        platforms: vec![GATEWAY].try_into().unwrap(),
    };
    chain.act("cataloguer", Call::mount_entry(ENTRY, &mount).unwrap());
    register_stranger(&mut chain);
    chain.act("stranger", Call::submit_request(&strangers_terms()));
    chain
}

impl World {
    async fn new() -> Self {
        Self::over(story()).await
    }

    async fn over(chain: Chain) -> Self {
        let (audit, mut notes) = Audit::new(watch::channel(Ok(())).1);
        let noted = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&noted);
        tokio::spawn(async move {
            while let Some(mut note) = notes.recv().await {
                let (nobody, _) = tokio::sync::oneshot::channel();
                let reply = std::mem::replace(&mut note.reply, nobody);
                kept.lock().await.push(note);
                // Whoever asked may be gone.
                let _ = reply.send(Ok(()));
            }
        });
        // Nobody takes submissions here.
        let (submit, _) = mpsc::channel(16);
        let parts = RpcParts { audit: Some(audit), ..chain.parts(submit) };
        let handle = serve("127.0.0.1:0".parse().unwrap(), parts).await.unwrap();
        let rules = Public {
            calls_of_address: 1_000_000,
            calls_of_account: 1_000_000,
            ..Public::new("127.0.0.1:0".parse().unwrap())
        };
        let public = handle.open(rules).await.unwrap();
        let mut world = Self { chain, handle, public, methods: Vec::new(), records: 0, extrinsics: Vec::new(), noted };
        let methods: Value = world.local().request("rpc_methods", rpc_params![]).await.unwrap();
        world.methods = serde_json::from_value(methods["methods"].clone()).unwrap();
        let newest: Value = world.local().request("records_list", rpc_params!["all", Value::Null, 1]).await.unwrap();
        world.records = newest["rows"][0]["number"].as_u64().unwrap();
        for height in 1..=world.chain.head().get() {
            let block = world.chain.store.block(Height::new(height)).unwrap().unwrap();
            world.extrinsics.extend(block.extrinsics.iter().map(|extrinsic| hex::encode(extrinsic.hash())));
        }
        world
    }

    fn at(url: &str) -> HttpClient {
        HttpClientBuilder::default().max_response_size(32 * 1024 * 1024).build(url).unwrap()
    }

    fn local(&self) -> HttpClient {
        Self::at(&format!("http://{}", self.handle.address()))
    }

    fn anonymous(&self) -> HttpClient {
        Self::at(&format!("http://{}", self.public))
    }

    /// Signs in and gives the path with the token.
    async fn path_of(&self, name: &str) -> String {
        let client = self.anonymous();
        let Offer { challenge, .. } = client.sign_in_challenge().await.unwrap();
        let signature = key(name).sign(&challenge.signed_bytes());
        let account = hex::encode(key(name).public());
        let session: Session = client.sign_in(account, Hex(signature.to_vec()), challenge).await.unwrap();
        format!("{}/t/{}", self.public, session.token.0)
    }

    async fn as_account(&self, name: &str) -> HttpClient {
        Self::at(&format!("http://{}", self.path_of(name).await))
    }

    /// What a method is asked: about everything that is on the chain.
    fn asked(&self, method: &str) -> Vec<Value> {
        let each = |ids: std::ops::RangeInclusive<u64>| ids.map(|id| json!([id])).collect::<Vec<_>>();
        let histories = || {
            let whole = ["all"].map(|whole| json!(whole));
            let ids = [("entry", 1), ("entry", 3), ("grant", 1), ("provider", 2), ("consumer", 3), ("platform", 1)];
            let named = ids.map(|(name, id)| json!({ name: id }));
            whole.into_iter().chain(named).chain([json!({"finding": "item_not_granted"})])
        };
        match method {
            "access_batch" | "records_get" | "records_proof" => each(1..=self.records + 1),
            "access_event" | "evidence_event" => [1, 11, 16, 30].map(|n| json!([{"stream": 1, "event": n}])).into(),
            "access_history" => histories().map(|of| json!([{ "of": of }, null, 500])).collect(),
            "stats_daily" => histories().map(|of| json!([{ "of": of }])).collect(),
            "access_reconciliation" | "access_stream" | "sharing_grant" | "oversight_dispute" => each(1..=2),
            "sharing_request" => each(1..=3),
            "calendar_add" => vec![json!(["2026-09-30", 10])],
            "calendar_get" => vec![json!([2026])],
            "catalog_content" | "catalog_entry" | "sharing_policy" | "sharing_consent" | "mounts_entry"
            | "evidence_filing" => {
                let mut asked = each(1..=4);
                asked.extend([CODE, "307001/000002", OPEN_CODE].map(|code| json!([code])));
                if method == "catalog_content" {
                    asked.extend([json!([1, 1]), json!([2, 1]), json!([3, 1])]);
                }
                asked
            }
            "catalog_entries" => {
                let whole = [json!([]), json!([{"provider": 2}, null, 1]), json!([{"code_prefix": "307001/00000"}])];
                let states = ["submitted", "published"].map(|state| json!([{ "state": state }]));
                whole.into_iter().chain(states).collect()
            }
            "catalog_search" => {
                let texts = ["社会组织", DRAFT, "名册"].map(|text| json!([{ "text": text }]));
                texts.into_iter().chain([json!([{}]), json!([{"states": ["under_way"]}])]).collect()
            }
            "deadlines_get" => each(1..=8),
            "deadlines_list" => vec![
                json!([]),
                json!([{"department": 2}]),
                json!([{"subject": {"request": 1}}]),
                json!([{"subject": {"grant": [1, 1]}}]),
                json!([{"subject": {"dispute": 1}}]),
            ],
            "departments_account" => {
                let people = ["officer", "consumer-officer", "platform", "supervisor", "stranger"];
                people.map(|name| json!([hex::encode(key(name).public())])).into()
            }
            "departments_budget" | "departments_counters" | "departments_get" | "mounts_rate" => each(1..=5),
            "evidence_list" => {
                let series = [json!({"grant": 1}), json!({"entry": [1, 3]}), json!({"reporter": 1})];
                series.map(|series| json!([{ "series": series }])).into()
            }
            "records_extrinsic" => self.extrinsics.iter().map(|hash| json!([hash])).collect(),
            "records_list" => self.lists(),
            "sharing_requests" | "sharing_grants" => {
                let filters = [json!({}), json!({"entry": 1}), json!({"provider": 2}), json!({"consumer": 3})];
                filters.map(|filter| json!([filter, null, 500])).into()
            }
            "elements_element" | "governance_proposal" => each(1..=1),
            "state_call" | "state_callAt" => vec![json!(["BlockBuilder_finalize_block", "0x"])],
            "state_getKeysPaged" | "state_getKeysPagedAt" => vec![json!(["0x", 10])],
            "state_queryStorage" | "state_queryStorageAt" | "state_getReadProof" | "state_subscribeStorage" => {
                vec![json!([["0x26aa394eea5630e07c48ae0c9558cef780d41e5e16056765bc8461851072c9d7"]])]
            }
            _ if method.starts_with("state_getStorage") => {
                // System.Events, which tell every act.
                vec![json!(["0x26aa394eea5630e07c48ae0c9558cef780d41e5e16056765bc8461851072c9d7"])]
            }
            "system_accountNextIndex" | "account_nextIndex" => vec![json!([hex::encode(key("officer").public())])],
            _ => vec![json!([])],
        }
    }

    fn lists(&self) -> Vec<Value> {
        let kinds = RecordKind::ALL.iter().map(|kind| json!({ "kind": kind }));
        let ids = [("department", 0), ("department", 2), ("department", 3), ("entry", 1), ("entry", 2)];
        let ids = ids.into_iter().chain([("request", 1), ("grant", 1)]).map(|(name, id)| json!({ name: id }));
        let subjects = [
            json!({"department": 2}),
            json!({"account": hex::encode(key("officer").public())}),
            json!({"system": 1}),
            json!({"entry": [1, 1]}),
            json!({"request": 1}),
            json!({"grant": [1, 1]}),
            json!({"stream": 1}),
            json!({"deadline": 1}),
            json!({"dispute": 1}),
        ];
        let subjects = subjects.into_iter().map(|subject| json!({ "subject": subject }));
        [json!("all")].into_iter().chain(kinds).chain(ids).chain(subjects).map(|of| json!([of, null, 500])).collect()
    }
}

type Answer = Result<Value, Error>;

async fn ask(client: &HttpClient, method: &str, asked: &Value) -> Answer {
    client.request(method, asked.as_array().unwrap().clone()).await
}

/// The words of an answer, whichever it is.
fn words(answer: &Answer) -> String {
    match answer {
        Ok(value) => value.to_string(),
        Err(Error::Call(error)) => format!("{} {:?}", error.message(), error.data().map(|data| data.get())),
        Err(error) => panic!("no answer: {error}"),
    }
}

fn code(answer: &Answer) -> i32 {
    match answer {
        Ok(_) => 0,
        Err(Error::Call(error)) => error.code(),
        Err(error) => panic!("no answer: {error}"),
    }
}

fn is_refused(answer: &Answer) -> bool {
    let is_unsafe = code(answer) == -32601 && words(answer).contains("unsafe");
    is_unsafe || code(answer) == codes::NOT_PERMITTED
}

/// Whether an answer tells a text, as it is or as the bytes of a record.
fn tells(answer: &Answer, text: &str) -> bool {
    let words = words(answer);
    words.contains(text) || words.contains(&hex::encode(text))
}

/// Everything that a caller is answered.
async fn everything(world: &World, client: &HttpClient) -> Vec<(String, Value, Answer)> {
    let mut answers = Vec::new();
    // Whoever ends the own sign-in is answered no more.
    for method in world.methods.iter().filter(|method| *method != "signin_end") {
        for asked in world.asked(method) {
            let answer = ask(client, method, &asked).await;
            answers.push((method.clone(), asked, answer));
        }
    }
    answers
}

/// How many answers tell a text. The description of the methods, with its examples, is nobody's.
fn told(answers: &[(String, Value, Answer)], text: &str) -> usize {
    answers.iter().filter(|(method, _, answer)| method != "rpc.discover" && tells(answer, text)).count()
}

/// Fails with every answer that tells one of the texts.
fn nobody_tells(answers: &[(String, Value, Answer)], texts: &[&str], who: &str) {
    let mut told = Vec::new();
    for (method, asked, answer) in answers.iter().filter(|(method, _, _)| method != "rpc.discover") {
        for text in texts.iter().filter(|text| tells(answer, text)) {
            told.push(format!("{method}{asked} tells {text}"));
        }
    }
    assert!(told.is_empty(), "{who} is told what is not for it:\n{}", told.join("\n"));
}

/// Methods that were refused whatever they were asked, and those that were not.
fn parted(answers: &[(String, Value, Answer)]) -> (BTreeSet<&str>, BTreeSet<&str>) {
    let of = |wanted: bool| {
        let those = answers.iter().filter(move |(_, _, answer)| is_refused(answer) == wanted);
        those.map(|(method, _, _)| method.as_str()).collect::<BTreeSet<_>>()
    };
    (of(true), of(false))
}

/// Whoever may not subscribe has nothing to unsubscribe from.
fn unsubscribes(method: &str) -> bool {
    method.contains("nsubscribe") || method == "author_unwatchExtrinsic"
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_not_signed_in_is_answered_by_the_open_methods_alone_and_told_what_is_open_alone() {
    let world = World::new().await;
    let answers = everything(&world, &world.anonymous()).await;
    let (refused, answered) = parted(&answers);
    let answered: BTreeSet<&str> = answered.into_iter().filter(|method| !unsubscribes(method)).collect();
    assert_eq!(answered, OPEN.into_iter().collect());
    assert!(refused.is_disjoint(&answered));
    for (method, _, answer) in answers.iter().filter(|(_, _, answer)| is_refused(answer)) {
        let expected = if MACHINE.contains(&method.as_str()) { -32601 } else { codes::NOT_PERMITTED };
        assert_eq!(code(answer), expected, "{method}");
        assert!(expected == -32601 || words(answer).contains("sign in"), "the refusal says the way out");
    }
    nobody_tells(&answers, &BETWEEN_THEM, "nobody known");
    nobody_tells(&answers, &[DRAFT, "社会组织法人登记信息", "307001/000002", CODE, STRANGERS_OWN], "nobody known");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_open_is_the_version_in_force_of_entries_that_are_open_without_conditions() {
    let mut world = World::new().await;
    let client = world.anonymous();
    let found = ask(&client, "catalog_entries", &json!([])).await.unwrap();
    let ids: Vec<&Value> = found["rows"].as_array().unwrap().iter().map(|row| &row["id"]).collect();
    assert_eq!(ids, [&json!(3)]);
    let entry = ask(&client, "catalog_entry", &json!([3])).await.unwrap();
    assert_eq!((&entry["code"], &entry["change"]), (&json!(OPEN_CODE), &Value::Null));
    let content = ask(&client, "catalog_content", &json!([OPEN_CODE])).await.unwrap();
    assert_eq!(content["content"]["name"], "社会组织名录");
    let search = ask(&client, "catalog_search", &json!([{}])).await.unwrap();
    assert_eq!((&search["total"], search["counts"]["opening"].as_array().unwrap().len()), (&json!(1), 1));

    // Its next version is the provider's affair until it is in force, and a suspended entry is not open.
    world.chain.act("cataloguer", Call::submit_entry(&open(DRAFT)).unwrap());
    let entry = ask(&client, "catalog_entry", &json!([3])).await.unwrap();
    assert_eq!(entry["versions"].as_array().unwrap().len(), 1);
    assert_eq!(ask(&client, "catalog_content", &json!([3, 2])).await.unwrap(), Value::Null);
    let submitted = ask(&client, "catalog_entries", &json!([{"state": "submitted"}])).await.unwrap();
    assert_eq!(submitted["rows"], json!([]));
    world.chain.act("head", Call::suspend_entry(OPEN_ENTRY, &text("数据有误")));
    for (method, asked) in [("catalog_entry", json!([3])), ("catalog_content", json!([3]))] {
        assert_eq!(ask(&client, method, &asked).await.unwrap(), Value::Null, "{method}");
    }
    // Whoever is signed in learns that it is suspended, and why.
    let stranger = world.as_account("stranger").await;
    let entry = ask(&stranger, "catalog_entry", &json!([3])).await.unwrap();
    assert_eq!((&entry["standing"]["status"], &entry["standing"]["reason"]), (&json!("suspended"), &json!("数据有误")));
    assert_eq!(entry["versions"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_is_told_nothing_of_what_others_have_with_each_other() {
    let world = World::new().await;
    let client = world.as_account("stranger").await;
    let answers = everything(&world, &client).await;
    let (refused, answered) = parted(&answers);
    assert_eq!(refused, RAW.into_iter().chain(MACHINE).collect());
    assert!(refused.is_disjoint(&answered));
    nobody_tells(&answers, &BETWEEN_THEM, "a stranger");
    nobody_tells(&answers, &[DRAFT], "a stranger");
    // Neither by id nor by event.
    let ids =
        [r#""grant":1"#, r#""grant":[1,"#, r#""request":1"#, r#""dispute":1"#, r#""stream":1"#, "item_not_granted"];
    nobody_tells(&answers, &ids, "a stranger");

    let requests = ask(&client, "sharing_requests", &json!([])).await.unwrap();
    let ids: Vec<&Value> = requests["rows"].as_array().unwrap().iter().map(|row| &row["id"]).collect();
    assert_eq!(ids, [&json!(STRANGERS_REQUEST.get())], "its own alone");
    assert!(tells(&ask(&client, "sharing_request", &json!([2])).await, STRANGERS_OWN));
    let catalog = ask(&client, "catalog_entries", &json!([])).await.unwrap();
    assert_eq!(catalog["rows"].as_array().unwrap().len(), 2, "what is published");
    assert!(ask(&client, "evidence_filing", &json!([1])).await.is_ok());
    let daily = ask(&client, "stats_daily", &json!([{"of": "all"}])).await.unwrap();
    assert_eq!(daily["rows"][0]["events"], 30, "figures of all together are everybody's");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_for_a_caller_is_answered_as_what_is_not_there() {
    let world = World::new().await;
    let batch = ask(&world.local(), "records_list", &json!([{"kind": "batch_accepted"}, null, 1])).await.unwrap();
    let (record, extrinsic) = (batch["rows"][0]["number"].clone(), batch["rows"][0]["extrinsic"].clone());
    let officer = hex::encode(key("officer").public());
    let client = world.as_account("stranger").await;
    let without_digits = |answer: &Answer| words(answer).replace(|c: char| c.is_ascii_digit(), "");
    for (method, hidden, nothing) in [
        ("sharing_request", json!([1]), json!([999])),
        ("sharing_grant", json!([1]), json!([999])),
        ("sharing_policy", json!([2]), json!([999])),
        ("sharing_consent", json!([1]), json!([999])),
        ("sharing_requests", json!([{"consumer": 3}]), json!([{"consumer": 999}])),
        ("sharing_grants", json!([{"provider": 2}]), json!([{"provider": 999}])),
        ("access_stream", json!([1]), json!([999])),
        ("access_streams", json!([1]), json!([999])),
        ("access_event", json!([{"stream": 1, "event": 1}]), json!([{"stream": 1, "event": 999}])),
        ("access_batch", json!([record]), json!([99_999])),
        ("access_history", json!([{"of": {"grant": 1}}]), json!([{"of": {"grant": 999}}])),
        ("access_history", json!([{"of": {"consumer": 3}}]), json!([{"of": {"consumer": 999}}])),
        ("access_history", json!([{"of": {"platform": 1}}]), json!([{"of": {"platform": 999}}])),
        ("access_reconciliation", json!([1]), json!([999])),
        ("stats_daily", json!([{"of": {"grant": 1}}]), json!([{"of": {"grant": 999}}])),
        ("stats_daily", json!([{"of": {"entry": 1}}]), json!([{"of": {"entry": 999}}])),
        ("catalog_entry", json!([OTHER_ENTRY]), json!([999])),
        ("catalog_entry", json!(["307001/000002"]), json!(["307001/999999"])),
        ("catalog_content", json!([OTHER_ENTRY]), json!([999])),
        ("deadlines_get", json!([1]), json!([999])),
        ("deadlines_list", json!([{"subject": {"request": 1}}]), json!([{"subject": {"request": 999}}])),
        ("oversight_dispute", json!([1]), json!([999])),
        ("departments_account", json!([officer]), json!(["77".repeat(32)])),
        ("departments_budget", json!([2]), json!([999])),
        ("records_get", json!([record]), json!([99_999])),
        ("records_proof", json!([record]), json!([99_999])),
        ("records_extrinsic", json!([extrinsic]), json!(["77".repeat(32)])),
        ("records_list", json!([{"grant": 1}]), json!([{"grant": 999}])),
        ("records_list", json!([{"subject": {"stream": 1}}]), json!([{"subject": {"stream": 999}}])),
        ("evidence_event", json!([{"stream": 1, "event": 1}]), json!([{"stream": 1, "event": 999}])),
        ("evidence_list", json!([{"series": {"grant": 1}}]), json!([{"series": {"grant": 999}}])),
        ("evidence_list", json!([{"series": {"reporter": 1}}]), json!([{"series": {"reporter": 999}}])),
        ("evidence_filing", json!([OTHER_ENTRY]), json!([999])),
    ] {
        let (hidden, nothing) = (ask(&client, method, &hidden).await, ask(&client, method, &nothing).await);
        assert_eq!(code(&hidden), code(&nothing), "{method}");
        assert_eq!(without_digits(&hidden), without_digits(&nothing), "{method}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parties_see_what_they_have_with_each_other_and_not_what_others_have_with_one_of_them() {
    let world = World::new().await;
    for (name, sees_strangers) in [("officer", true), ("consumer-officer", false), ("stranger", true)] {
        let client = world.as_account(name).await;
        let answers = everything(&world, &client).await;
        assert_eq!(told(&answers, STRANGERS_OWN) > 0, sees_strangers, "{name}");
        assert_eq!(told(&answers, DRAFT) > 0, name == "officer", "{name} and the draft");
        let is_party = name != "stranger";
        for text in BETWEEN_THEM {
            assert_eq!(told(&answers, text) > 0, is_party, "{name} and {text}");
        }
        let history = ask(&client, "access_history", &json!([{"of": "all"}, null, 500])).await.unwrap();
        let events = history["rows"].as_array().unwrap().len();
        assert_eq!(
            events,
            [30, 28, 0][["officer", "consumer-officer", "stranger"].iter().position(|n| *n == name).unwrap()]
        );
        for (method, asked) in [
            ("evidence_event", json!([{"stream": 1, "event": 1}])),
            ("evidence_list", json!([{"series": {"grant": 1}}])),
        ] {
            assert_eq!(ask(&client, method, &asked).await.is_ok(), is_party, "{name} {method}");
        }
        let batches = ask(&client, "records_list", &json!([{"kind": "batch_accepted"}])).await.unwrap();
        let count = batches["rows"].as_array().unwrap().len();
        assert_eq!(count, if name == "officer" { 2 } else { 0 }, "a batch tells of other runs: its reporter's alone");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_a_stage_reads_what_is_signed() {
    let mut world = World::new().await;
    let stage = mulu_proofs::sharing::Stage {
        departments: vec![STRANGER].try_into().unwrap(),
        role: Role::Approver,
        approvers: Default::default(),
        threshold: mulu_proofs::sharing::Threshold::Any,
    };
    let policy = mulu_proofs::sharing::Policy { stages: vec![stage].try_into().unwrap() };
    world.chain.act("officer", Call::set_policy(ENTRY, &policy));
    world.chain.act("applicant", Call::submit_request(&terms()));
    let third = RequestId::new(3);
    world.chain.act("consumer-officer", Call::endorse_request(third, &request_digest(third, &terms())));
    let client = world.as_account("stranger").await;
    let request = ask(&client, "sharing_request", &json!([3])).await.unwrap();
    assert_eq!(request["waiting"]["departments"], json!([STRANGER]));
    assert_eq!(
        ask(&client, "sharing_request", &json!([1])).await.unwrap(),
        Value::Null,
        "the first had another policy"
    );
    let records = ask(&client, "records_list", &json!([{"request": 3}])).await.unwrap();
    assert_eq!(records["rows"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_sees_what_the_scope_says_and_every_question_is_noted_first() {
    let world = World::new().await;
    let client = world.as_account("auditor").await;
    assert!(world.noted.lock().await.is_empty(), "signing in asks about nobody");
    let answers = everything(&world, &client).await;
    for text in BETWEEN_THEM {
        assert!(told(&answers, text) > 0, "all made it an auditor of everything: {text}");
    }
    let (refused, _) = parted(&answers);
    assert_eq!(refused, RAW.into_iter().chain(MACHINE).collect(), "what it may see, not blocks and state");
    let noted = world.noted.lock().await.len();
    assert!(noted > 100 && noted < answers.len(), "{noted}");

    let narrow = world.as_account("narrow-auditor").await;
    let answers = everything(&world, &narrow).await;
    nobody_tells(&answers, &BETWEEN_THEM, "an auditor of another department");
    nobody_tells(&answers, &[DRAFT], "an auditor of another department");
    assert!(told(&answers, STRANGERS_OWN) > 0);

    let of_entry = world.as_account("entry-auditor").await;
    let answers = everything(&world, &of_entry).await;
    nobody_tells(&answers, &BETWEEN_THEM, "an auditor of another entry");
    nobody_tells(&answers, &[STRANGERS_OWN, DRAFT], "an auditor of another entry");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_department_with_a_node_reads_blocks_and_state() {
    let world = World::new().await;
    let client = world.as_account("reviewer").await;
    let answers = everything(&world, &client).await;
    let (refused, _) = parted(&answers);
    assert_eq!(refused, MACHINE.into_iter().collect());
    for text in BETWEEN_THEM {
        assert!(told(&answers, text) > 0, "{text}");
    }
    assert!(ask(&client, "chain_getBlock", &json!([])).await.unwrap()["block"].is_object());
    assert!(world.noted.lock().await.is_empty(), "only auditors' questions are told");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_that_is_signed_in_has_what_signing_takes() {
    let world = World::new().await;
    let client = world.as_account("stranger").await;
    let account = "26aa394eea5630e07c48ae0c9558cef7b99d880ec681799c0cf30e8886371da9";
    for (method, asked) in [
        ("state_getStorage", json!([format!("0x{account}")])),
        ("state_getStorage", json!(["0x3a636f6465"])),
        ("state_getMetadata", json!([])),
        ("state_call", json!(["Core_version", "0x"])),
        ("system_accountNextIndex", json!([hex::encode(key("stranger").public())])),
        ("chain_getHeader", json!([])),
    ] {
        let answer = ask(&client, method, &asked).await;
        assert!(!is_refused(&answer), "{method} {asked}: {}", words(&answer));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_of_a_batch_are_judged_one_by_one() {
    let world = World::new().await;
    let mut batch = BatchRequestBuilder::new();
    for method in ["system_chain", "sharing_requests", "chain_getBlock", "decision_point", "catalog_entries"] {
        batch.insert(method, rpc_params![]).unwrap();
    }
    let answers = world.anonymous().batch_request::<Value>(batch).await.unwrap();
    let codes: Vec<i32> = answers.into_iter().map(|answer| answer.map_or_else(|error| error.code(), |_| 0)).collect();
    assert_eq!(codes, [0, codes::NOT_PERMITTED, codes::NOT_PERMITTED, -32601, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_tells_what_a_list_would() {
    let world = World::new().await;
    let anonymous = WsClientBuilder::default().build(format!("ws://{}", world.public)).await.unwrap();
    let refused = anonymous.subscribe::<Value, _>("records_subscribe", rpc_params![1], "records_unsubscribe").await;
    assert!(refused.is_err());
    let url = format!("ws://{}", world.path_of("stranger").await);
    let client = WsClientBuilder::default().build(url).await.unwrap();
    let mut news =
        client.subscribe::<Value, _>("records_subscribe", rpc_params![1], "records_unsubscribe").await.unwrap();
    let mut numbers = BTreeSet::new();
    loop {
        let told = tokio::time::timeout(Duration::from_secs(20), news.next()).await.unwrap().unwrap().unwrap();
        if told["through"].is_object() {
            break;
        }
        let answer = Ok(told.clone());
        assert!(BETWEEN_THEM.iter().chain([&DRAFT]).all(|text| !tells(&answer, text)), "{told}");
        numbers.insert(told["record"]["number"].as_u64().unwrap());
    }
    let listed = ask(&world.as_account("stranger").await, "records_list", &json!(["all", null, 500])).await.unwrap();
    let listed: BTreeSet<u64> =
        listed["rows"].as_array().unwrap().iter().map(|row| row["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, listed);
    assert!(!listed.is_empty() && listed.len() < world.records as usize);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_those_who_see_a_part_come_to_the_same_as_one_page() {
    let world = World::new().await;
    let client = world.as_account("consumer-officer").await;
    for (method, first) in [
        ("access_history", json!({"of": "all"})),
        ("records_list", json!("all")),
        ("sharing_requests", json!({})),
        ("catalog_entries", json!({})),
        ("deadlines_list", json!({})),
        ("mounts_list", json!({})),
    ] {
        let whole = ask(&client, method, &json!([first, null, 500])).await.unwrap();
        assert_eq!(whole["next"], Value::Null, "{method}");
        let (mut rows, mut cursor) = (Vec::new(), Value::Null);
        loop {
            let page = ask(&client, method, &json!([first, cursor, 1])).await.unwrap();
            rows.extend(page["rows"].as_array().unwrap().clone());
            cursor = page["next"].clone();
            // A cursor never tells the code of an entry that is not published.
            assert!(!cursor.to_string().contains(&hex::encode("000002")), "{method}");
            if cursor.is_null() {
                break;
            }
        }
        assert_eq!(&Value::Array(rows), &whole["rows"], "{method}");
        assert!(!whole["rows"].as_array().unwrap().is_empty() || method == "deadlines_list", "{method}");
    }
    assert_eq!(CONSUMER.get(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn that_a_body_is_archived_is_told_to_those_alone_whose_events_are_in_it() {
    let mut chain = with_grant();
    chain.act("platform", Call::open_stream(GATEWAY, false));
    let now = chain.moment;
    let under_grant = (0..60).map(|n| event(RunKey::Grant(GRANT, V1), now + n, n, 0b001));
    let of_reporter = (60..100).map(|n| event(RunKey::Reporter(GATEWAY), now + n, n, 0));
    report(&mut chain, None, under_grant.chain(of_reporter).collect());
    let height = chain.head();
    register_stranger(&mut chain);
    let world = World::over(chain).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("old.mulu-archive");
    world.chain.store.write_archive(height, height.next(), &file).unwrap();
    world.chain.store.prune_archived(&file).unwrap();

    let (of_grant, of_nobody) = (json!([{"stream": 1, "event": 7}]), json!([{"stream": 1, "event": 999}]));
    for (name, events) in [("officer", Some(100)), ("consumer-officer", Some(60)), ("stranger", None)] {
        let client = world.as_account(name).await;
        let page = ask(&client, "access_history", &json!([{"of": "all"}])).await.unwrap();
        assert_eq!((page["archived"][0]["events"].as_u64(), &page["rows"]), (events, &json!([])), "{name}");
        for method in ["access_event", "evidence_event"] {
            let answer = ask(&client, method, &of_grant).await;
            match events {
                Some(_) => assert_eq!(code(&answer), codes::ARCHIVED, "{name} {method}"),
                None => assert_eq!(code(&answer), code(&ask(&client, method, &of_nobody).await), "{method}"),
            }
        }
    }
}
