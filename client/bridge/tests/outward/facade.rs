//! The façade over a real connection: what it takes and answers, held against its own description.

use crate::node::{GENESIS, Node};
use mulu_bridge::facade::{BODY_BYTES_MAX, FacadeParts, router};
use mulu_client::{keys::Key, offline::Act};
use mulu_proofs::{
    ids::RequestId,
    sharing::{RequestTerms, request_digest},
};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use std::{collections::BTreeMap, net::SocketAddr};
use tokio::net::TcpListener;

/// A platform and its bridge.
struct Platform {
    node: Node,
    address: SocketAddr,
    client: reqwest::Client,
    description: Value,
}

fn applicant() -> Key {
    Key::development("d3-applicant")
}

fn terms() -> Value {
    json!({
        "entry": 1, "entry_version": 1, "items": 3, "consumer": 3, "basis": "basis", "scenario": "scenario", "scope": "scope",
        "method": "service_interface", "from": 1_000, "until": 2_000, "purposes": [1], "matter": "matter", "systems": [2],
        "platforms": [1], "calls_per_day": 10, "rows_per_day": 100, "papers": null,
    })
}

fn draft() -> Value {
    json!({ "signer": hex::encode(applicant().public()), "terms": terms() })
}

fn account(role: &str) -> Value {
    let held = json!({
        "department": 3, "role": role, "given": 1, "confirmed": null, "is_pending": false, "expires": 9_000, "principal": null,
        "scope": "everything", "basis": "", "giver": null, "is_in_force": true, "obstacle": null,
    });
    json!({
        "account": hex::encode(applicant().public()), "department": 3, "nonce": 4, "roles": [held], "replaced_by": null,
        "replaces": null, "reported_lost": null,
    })
}

/// An entry of two items that are shared by service interface.
fn content() -> Value {
    let template = include_str!("../../../cli/templates/entry.json");
    let mut content: Value = serde_json::from_str(template).unwrap();
    let item = content["items"][0].clone();
    content["items"] = json!([item, item]);
    let version = json!({
        "version": 1, "state": "published", "digest": digest_of(&content), "changed": 5, "submitted": 1, "endorsed": 2, "reviewed": 3,
        "published": 4, "returned": null, "stops": [],
    });
    json!({ "id": 1, "version": version, "content": content })
}

fn digest_of(content: &Value) -> String {
    let content: mulu_proofs::catalog::EntryContent = serde_json::from_value(content.clone()).unwrap();
    hex::encode(content.digest())
}

fn request() -> Value {
    let read: RequestTerms = serde_json::from_value(terms()).unwrap();
    let digest = hex::encode(request_digest(RequestId::new(8), &read));
    let waiting = json!({ "departments": [3], "role": "officer", "stage": null, "approvers": [], "missing": 1 });
    json!({
        "id": 8, "state": "created", "provider": 2, "terms": terms(), "digest": digest, "policy": { "stages": [] }, "signatures": [],
        "waiting": waiting, "reason": null, "grant": null, "missing": null, "timeline": [],
    })
}

fn page(rows: &Value) -> Value {
    json!({ "rows": rows, "next": null, "complete_to": 7 })
}

impl Platform {
    async fn start() -> Self {
        let node = Node::start().await;
        node.set("departments_account", account("applicant"));
        node.set("catalog_content", content());
        node.set("sharing_request", request());
        node.set("deadlines_list", page(&json!([])));
        let (connection, chain) = node.connect().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = router(FacadeParts { connection, chain });
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let described = client.get(format!("http://{address}/api/v1/openapi.json")).send().await.unwrap();
        let description = described.json().await.unwrap();
        Self { node, address, client, description }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<&Value>, key: Option<&str>) -> (StatusCode, Value) {
        let mut request = self.client.request(method.clone(), format!("http://{}/api/v1{path}", self.address));
        if let Some(body) = body {
            request = request.body(body.to_string());
        }
        if let Some(key) = key {
            request = request.header("Idempotency-Key", key);
        }
        let (status, answer) = read(request.send().await.unwrap()).await;
        self.hold_against_description(&method, path, status, &answer);
        (status, answer)
    }

    async fn get(&self, path: &str) -> (StatusCode, Value) {
        self.ask(Method::GET, path, None, None).await
    }

    async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        self.ask(Method::POST, path, Some(body), None).await
    }

    /// Whether the answer is what the description says of this path and status.
    fn hold_against_description(&self, method: &Method, path: &str, status: StatusCode, answer: &Value) {
        let path = format!("/api/v1{}", path.split('?').next().unwrap());
        let paths = self.description["paths"].as_object().unwrap();
        let fits = |template: &&String| {
            let (template, path): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
            let is_same = |(a, b): (&&str, &&str)| a == b || a.starts_with('{');
            template.len() == path.len() && template.iter().zip(&path).all(is_same)
        };
        let template = paths.keys().find(|template| **template == path).or_else(|| paths.keys().find(fits)).unwrap();
        let operation = &paths[template][method.as_str().to_ascii_lowercase()];
        let response = &operation["responses"][status.as_str()];
        let response = self.resolved(response);
        let schema = &response["content"]["application/json"]["schema"];
        assert!(schema.is_object(), "{method} {path} answers {status}, which nobody describes: {answer}");
        if let Err(why) = self.holds(schema, answer) {
            panic!("{method} {path} {status}: {why}\n{answer:#}");
        }
    }

    fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value.get("$ref").and_then(Value::as_str) {
            Some(path) => self.description.pointer(path.strip_prefix('#').unwrap()).unwrap(),
            None => value,
        }
    }

    /// A small part of JSON Schema: what the description uses.
    fn holds(&self, schema: &Value, value: &Value) -> Result<(), String> {
        let schema = self.resolved(schema);
        for (word, all) in [("anyOf", false), ("oneOf", false), ("allOf", true)] {
            if let Some(options) = schema.get(word).and_then(Value::as_array) {
                let mut held = options.iter().map(|option| self.holds(option, value));
                let holds = if all { held.all(|held| held.is_ok()) } else { held.any(|held| held.is_ok()) };
                if !holds {
                    return Err(format!("{value} is none of {word}"));
                }
            }
        }
        if let Some(words) = schema.get("enum").and_then(Value::as_array)
            && !words.contains(value)
        {
            return Err(format!("{value} is none of the words {words:?}"));
        }
        let is_of = |name: &Value| match name.as_str().unwrap() {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "integer" => value.is_u64() || value.is_i64(),
            "boolean" => value.is_boolean(),
            "null" => value.is_null(),
            other => panic!("{other}"),
        };
        let names = match schema.get("type") {
            Some(Value::Array(names)) => names.clone(),
            Some(name) => vec![name.clone()],
            None => Vec::new(),
        };
        if !names.is_empty() && !names.iter().any(is_of) {
            return Err(format!("{value} is no {names:?}"));
        }
        if let (Some(items), Some(values)) = (schema.get("items"), value.as_array()) {
            values.iter().try_for_each(|value| self.holds(items, value))?;
        }
        let Some(fields) = value.as_object() else { return Ok(()) };
        let none = serde_json::Map::new();
        let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&none);
        for name in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
            if !fields.contains_key(name.as_str().unwrap()) {
                return Err(format!("{name} is missing"));
            }
        }
        for (name, field) in fields {
            match properties.get(name) {
                Some(schema) => self.holds(schema, field).map_err(|why| format!("{name}: {why}"))?,
                None if schema.get("additionalProperties") == Some(&json!(false)) => {
                    return Err(format!("{name} is unknown"));
                }
                None => {}
            }
        }
        Ok(())
    }
}

async fn read(response: Response) -> (StatusCode, Value) {
    let status = response.status();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

#[tokio::test]
async fn a_draft_is_signed_elsewhere_and_submitted_once_however_often_it_is_brought() {
    let platform = Platform::start().await;
    let (status, drafted) = platform.post("/share-requests", &draft()).await;
    assert_eq!(status, 201, "{drafted}");
    assert_eq!(drafted["says"]["causes"], "request_created");
    assert_eq!(drafted["says"]["arguments"]["request"]["items"], 3);
    let act = Act::parse(drafted["act"].to_string().as_bytes()).unwrap();
    assert_eq!(hex::encode(act.payload()), drafted["payload"]);
    assert_eq!((act.signer(), act.chain().genesis, act.unsigned().nonce), (&applicant().public(), GENESIS, 4));
    // Signed on another machine, and brought back with the signature beside it.
    let signature = applicant().sign(&hex::decode(drafted["payload"].as_str().unwrap()).unwrap());
    let beside = json!({ "act": drafted["act"], "signature": hex::encode(signature) });
    let (status, outcome) = platform.post("/signed", &beside).await;
    assert_eq!(status, 201, "{outcome}");
    assert_eq!((&outcome["state"], &outcome["request"], &outcome["records"]), (&json!("done"), &json!(8), &json!([1])));
    // The same act in its own file has the same answer.
    let file: Value = serde_json::from_slice(&act.sign(&applicant()).unwrap().bytes()).unwrap();
    assert_eq!(platform.post("/signed", &file).await, (StatusCode::CREATED, outcome.clone()));
    let extrinsic = outcome["extrinsic"].as_str().unwrap();
    assert_eq!(platform.get(&format!("/signed/{extrinsic}")).await, (StatusCode::OK, outcome.clone()));
    assert_eq!(platform.node.state.lock().unwrap().included.len(), 1);
}

#[tokio::test]
async fn what_the_ledger_would_refuse_is_refused_with_every_reason() {
    let platform = Platform::start().await;
    let mut wrong = draft();
    wrong["terms"]["items"] = json!(0);
    wrong["terms"]["until"] = json!(1_000);
    wrong["terms"]["purposes"] = json!([2, 1]);
    wrong["terms"]["method"] = json!("message_queue");
    wrong["terms"]["basis"] = json!(" ");
    platform.node.set("departments_account", account("officer"));
    let (status, refusal) = platform.post("/share-requests", &wrong).await;
    assert_eq!((status.as_u16(), &refusal["error"]), (422, &json!("terms")));
    let problems = refusal["problems"].to_string();
    for word in ["no item", "before it begins", "purposes", "method", "basis", "role applicant"] {
        assert!(problems.contains(word), "{word}: {problems}");
    }
    let mut many = draft();
    many["terms"]["items"] = json!(0b111);
    let (_, refusal) = platform.post("/share-requests", &many).await;
    assert!(refusal["message"].as_str().unwrap().contains("more than the 2 items"), "{refusal}");
    platform.node.set("catalog_content", Value::Null);
    platform.node.set("departments_account", Value::Null);
    let (_, refusal) = platform.post("/share-requests", &draft()).await;
    assert_eq!(refusal["problems"].as_array().unwrap().len(), 2, "{refusal}");
}

#[tokio::test]
async fn a_body_that_does_not_read_is_told_where() {
    let platform = Platform::start().await;
    let mut unknown = draft();
    unknown["nonse"] = json!(4);
    let mut long = draft();
    long["terms"]["basis"] = json!("x".repeat(300));
    for (body, word) in [(unknown, "nonse"), (long, "256"), (json!([]), "invalid"), (json!({"signer": "00"}), "64")] {
        let (status, refusal) = platform.post("/share-requests", &body).await;
        assert_eq!((status.as_u16(), &refusal["error"]), (400, &json!("form")));
        assert!(refusal["message"].as_str().unwrap().contains(word), "{word}: {refusal}");
    }
    let (_, refusal) = platform.post("/share-requests", &json!([])).await;
    let said = refusal["message"].as_str().unwrap();
    assert!(said.contains("an object") && !said.contains("struct"), "{refusal}");
    let (_, refusal) = platform.post("/signed", &json!([1])).await;
    assert!(!refusal["message"].as_str().unwrap().contains("struct"), "{refusal}");
    let large = json!({ "signer": "0".repeat(BODY_BYTES_MAX) });
    let (status, refusal) = platform.post("/share-requests", &large).await;
    assert_eq!((status.as_u16(), &refusal["error"]), (413, &json!("too_large")));
}

#[tokio::test]
async fn the_same_question_with_the_same_key_has_the_same_answer() {
    let platform = Platform::start().await;
    let ask = |body: Value, key: &'static str| {
        let platform = &platform;
        async move { platform.ask(Method::POST, "/share-requests", Some(&body), Some(key)).await }
    };
    let first = ask(draft(), "form-1").await;
    assert_eq!(first.0, 201);
    // Another answer could be had by now, and is not.
    platform.node.set("departments_account", account("officer"));
    assert_eq!(ask(draft(), "form-1").await, first);
    assert_eq!(ask(draft(), "form-2").await.0, 422);
    let mut other = draft();
    other["terms"]["items"] = json!(1);
    let (status, refusal) = ask(other, "form-1").await;
    assert_eq!((status.as_u16(), &refusal["error"]), (422, &json!("key_reused")));
    let (status, refusal) = ask(json!({}), "form-1").await;
    assert_eq!((status.as_u16(), &refusal["error"]), (422, &json!("key_reused")), "whatever its form");
    assert_eq!(ask(json!({}), "form-3").await.0, 400);
    assert_eq!(ask(draft(), "form-3").await.1["error"], json!("terms"), "what did not read was not kept");
    // A refusal is not kept.
    platform.node.set("departments_account", account("applicant"));
    assert_eq!(ask(draft(), "form-2").await.0, 201);
    assert_eq!(ask(draft(), "two words").await.0, 400);
}

#[tokio::test]
async fn an_unknown_path_and_another_method_are_told_in_the_usual_form() {
    let platform = Platform::start().await;
    for (method, path, status, word) in [
        (Method::GET, "/nothing", 404, "no_such_path"),
        (Method::POST, "/grants/1/more", 404, "no_such_path"),
        (Method::DELETE, "/grants", 405, "other_method"),
        (Method::GET, "/grants/%ff", 400, "form"),
        (Method::POST, "/share-requests/%ff/acts", 400, "form"),
    ] {
        let url = format!("http://{}/api/v1{path}", platform.address);
        let answer = platform.client.request(method, url).send().await.unwrap();
        assert_eq!(answer.headers().contains_key("allow"), status == 405, "{path}");
        let (told, refusal) = read(answer).await;
        assert_eq!((told.as_u16(), &refusal["error"]), (status, &json!(word)), "{path}");
        assert!(refusal["message"].is_string());
    }
}

#[tokio::test]
async fn a_step_signs_the_digest_of_the_terms_that_are_shown() {
    let platform = Platform::start().await;
    let signer = hex::encode(Key::development("d3-officer").public());
    let (status, drafted) = platform.post("/share-requests/8/acts", &json!({"act": "endorse", "signer": signer})).await;
    assert_eq!(status, 201, "{drafted}");
    assert_eq!(drafted["says"]["causes"], "request_endorsed");
    assert_eq!(drafted["says"]["arguments"]["digest"], request()["digest"]);
    assert_eq!(drafted["act"]["terms"]["request"]["terms"], terms());
    let (status, refusal) = platform.post("/share-requests/8/acts", &json!({"act": "refuse", "signer": signer})).await;
    assert_eq!((status.as_u16(), &refusal["message"]), (400, &json!("reason is not there")));
    let (status, _) = platform.post("/share-requests/x/acts", &json!({"act": "endorse", "signer": signer})).await;
    assert_eq!(status, 400);
    // A node that shows other terms than those of the digest gets no signature.
    let mut lie = request();
    lie["terms"]["items"] = json!(1);
    platform.node.set("sharing_request", lie);
    let (status, refusal) = platform.post("/share-requests/8/acts", &json!({"act": "endorse", "signer": signer})).await;
    assert_eq!((status.as_u16(), &refusal["error"]), (502, &json!("node")));
    platform.node.set("sharing_request", Value::Null);
    let (status, _) = platform.post("/share-requests/8/acts", &json!({"act": "endorse", "signer": signer})).await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn only_signed_steps_of_requests_of_this_chain_go_through() {
    let platform = Platform::start().await;
    let (_, drafted) = platform.post("/share-requests", &draft()).await;
    let (status, refusal) = platform.post("/signed", &drafted["act"]).await;
    assert_eq!((status.as_u16(), &refusal["error"]), (422, &json!("act")));
    assert!(refusal["hint"].as_str().unwrap().contains("tx sign"), "{refusal}");
    let wrong = json!({ "act": drafted["act"], "signature": "00".repeat(64) });
    assert_eq!(platform.post("/signed", &wrong).await.0, 422);
    let short = json!({ "act": drafted["act"], "signature": "00" });
    assert_eq!(platform.post("/signed", &short).await.0, 400);
    let mut foreign = drafted["act"].clone();
    foreign["genesis"] = json!("08".repeat(32));
    let act = Act::parse(foreign.to_string().as_bytes()).unwrap().sign(&applicant()).unwrap();
    let foreign: Value = serde_json::from_slice(&act.bytes()).unwrap();
    assert_eq!(platform.post("/signed", &foreign).await.0, 422);
    assert_eq!(platform.post("/signed", &json!({"mulu_act": 1})).await.0, 422);
    assert!(platform.node.state.lock().unwrap().included.is_empty());
}

#[tokio::test]
async fn what_is_read_is_what_the_node_tells() {
    let platform = Platform::start().await;
    let (status, told) = platform.get("/share-requests/8").await;
    assert_eq!((status.as_u16(), &told["request"]["waiting"]["role"]), (200, &json!("officer")));
    let summary = json!({
        "id": 8, "state": "created", "entry": 1, "entry_version": 1, "consumer": 3, "provider": 2, "created": 5, "waiting": null,
    });
    platform.node.set("sharing_requests", page(&json!([summary])));
    let (status, told) = platform.get("/share-requests?consumer=3&state=created&limit=10&cursor=0102").await;
    assert_eq!((status.as_u16(), &told["rows"][0]["id"]), (200, &json!(8)));
    platform.node.set("sharing_grants", page(&json!([])));
    assert_eq!(platform.get("/grants?in_force=active").await.0, 200);
    platform.node.set("sharing_purposes", page(&json!([{"id": 1, "code": "p", "name": "n", "record": 2}])));
    assert_eq!(platform.get("/purposes").await.0, 200);
    assert_eq!(platform.get("/grants/3").await.0, 404);
    assert_eq!(platform.get("/catalog/7").await.0, 404);
    assert_eq!(platform.get(&format!("/signed/{}", "00".repeat(32))).await.0, 404);
    for wrong in [
        "/grants/x",
        "/share-requests?state=x",
        "/share-requests?stat=created",
        "/catalog/x",
        "/signed/00",
        "/purposes?limit=x",
    ] {
        let (status, refusal) = platform.get(wrong).await;
        assert_eq!((status.as_u16(), &refusal["error"]), (400, &json!("value")), "{wrong}");
    }
}

#[tokio::test]
async fn what_the_node_refuses_has_its_own_status() {
    let mut platform = Platform::start().await;
    for (code, status) in [(6_002, 400), (6_008, 403), (6_006, 503), (-32_603, 502)] {
        platform.node.set("sharing_requests", json!({ "refused": code }));
        assert_eq!(platform.get("/share-requests").await.0.as_u16(), status, "{code}");
    }
    platform.node.stop().await;
    let (status, refusal) = platform.get("/purposes").await;
    assert_eq!((status.as_u16(), &refusal["error"]), (503, &json!("node_away")));
}

#[tokio::test]
async fn every_described_operation_is_there_and_no_other() {
    let platform = Platform::start().await;
    let methods = [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::PATCH];
    let paths: BTreeMap<String, Value> = serde_json::from_value(platform.description["paths"].clone()).unwrap();
    for (template, operations) in paths {
        let path = template.replace("{extrinsic}", &"00".repeat(32)).replace(['{', '}'], "");
        for method in &methods {
            let url = format!("http://{}{path}", platform.address);
            let status = platform.client.request(method.clone(), url).send().await.unwrap().status();
            let is_described = operations.get(method.as_str().to_ascii_lowercase()).is_some();
            assert_eq!(status != StatusCode::METHOD_NOT_ALLOWED, is_described, "{method} {template}: {status}");
        }
    }
}
