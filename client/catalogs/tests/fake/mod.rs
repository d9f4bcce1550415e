//! A portal for tests: as much of CKAN's Action API as is used, over packages in memory.

#![allow(dead_code, clippy::unwrap_used, reason = "each test uses its part of it; a test may")]

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

/// What is done to the packages after each search.
type Change = Box<dyn FnMut(&mut Vec<Value>) + Send>;

/// A portal.
#[derive(Clone)]
pub struct Fake {
    inside: Arc<Inside>,
    /// Where it listens.
    pub address: String,
}

struct Inside {
    packages: Mutex<Vec<Value>>,
    asked: Mutex<Vec<String>>,
    rows_max: usize,
    token: Option<String>,
    /// How many questions are answered with 503 first.
    busy: Mutex<usize>,
    change: Mutex<Option<Change>>,
}

/// A package of the fake.
pub fn package(id: &str, name: &str, modified: &str) -> Value {
    json!({
        "id": id, "name": name, "title": format!("Dataset {name}"), "notes": "Notes.", "state": "active",
        "organization": { "id": "o1", "name": "parks", "title": "Parks Office" }, "license_title": "CC-BY",
        "metadata_created": "2024-01-01T00:00:00.000000", "metadata_modified": modified,
        "tags": [{ "name": "trees" }], "groups": [], "extras": [],
        "resources": [{ "name": "Table", "format": "CSV", "description": "Update Frequency: Monthly" }],
    })
}

impl Fake {
    /// Starts with these packages; a page has at most `rows_max`.
    pub async fn start(packages: Vec<Value>, rows_max: usize, token: Option<&str>) -> Self {
        let inside = Arc::new(Inside {
            packages: Mutex::new(packages),
            asked: Mutex::default(),
            rows_max,
            token: token.map(str::to_owned),
            busy: Mutex::default(),
            change: Mutex::default(),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/portal", listener.local_addr().unwrap());
        let router = Router::new()
            .route("/portal/api/3/action/{action}", get(answer).post(answer_post))
            .with_state(Arc::clone(&inside));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { inside, address }
    }

    /// Does something to the packages.
    pub fn edit<T>(&self, edit: impl FnOnce(&mut Vec<Value>) -> T) -> T {
        edit(&mut self.inside.packages.lock().unwrap())
    }

    /// Does something to the packages after each search from now on.
    pub fn after_each_search(&self, change: impl FnMut(&mut Vec<Value>) + Send + 'static) {
        *self.inside.change.lock().unwrap() = Some(Box::new(change));
    }

    /// Answers the next questions with 503.
    pub fn be_busy(&self, times: usize) {
        *self.inside.busy.lock().unwrap() = times;
    }

    /// Actions that were asked for since the last call.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.inside.asked.lock().unwrap())
    }
}

async fn answer(
    State(inside): State<Arc<Inside>>,
    Path(action): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    let query = query.into_iter().map(|(key, value)| (key, Value::String(value))).collect();
    act(&inside, &action, &Value::Object(query), &headers)
}

async fn answer_post(
    State(inside): State<Arc<Inside>>,
    Path(action): Path<String>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    act(&inside, &action, &body, &headers)
}

fn act(inside: &Inside, action: &str, query: &Value, headers: &HeaderMap) -> Response {
    inside.asked.lock().unwrap().push(action.to_owned());
    let mut busy = inside.busy.lock().unwrap();
    if *busy > 0 {
        *busy -= 1;
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let is_allowed = inside.token.as_deref() == headers.get("authorization").and_then(|value| value.to_str().ok());
    if !is_allowed {
        return error(StatusCode::FORBIDDEN, json!({ "__type": "Authorization Error", "message": "Access denied" }));
    }
    let mut packages = inside.packages.lock().unwrap();
    let found = |packages: &[Value]| {
        let id = &query["id"];
        packages.iter().position(|package| package["id"] == *id || package["name"] == *id)
    };
    match action {
        "package_search" => {
            let answered = search(&packages, query, inside.rows_max);
            if let Some(change) = inside.change.lock().unwrap().as_mut() {
                change(&mut packages);
            }
            answered
        }
        "package_list" => ok(packages
            .iter()
            .filter(|package| package["state"] == "active")
            .map(|package| package["name"].clone())
            .collect()),
        "package_show" => found(&packages).map_or_else(not_found, |place| ok(packages[place].clone())),
        "package_create" => {
            let name = query["name"].as_str().unwrap_or("");
            if name.is_empty()
                || name.chars().any(|c| !(c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c)))
            {
                return error(
                    StatusCode::CONFLICT,
                    json!({ "__type": "Validation Error", "name": ["Must be purely lowercase: secret words"] }),
                );
            }
            let mut package = query.clone();
            package["id"] = format!("made-{name}").into();
            package["organization"] = json!({ "name": query["owner_org"], "title": query["owner_org"] });
            package["metadata_modified"] = "2026-01-01T00:00:00.000000".into();
            packages.push(package.clone());
            ok(package)
        }
        "package_patch" => match found(&packages) {
            None => not_found(),
            Some(place) => {
                for (key, value) in query.as_object().unwrap() {
                    packages[place][key] = value.clone();
                }
                ok(packages[place].clone())
            }
        },
        "package_delete" => match found(&packages) {
            None => not_found(),
            Some(place) => {
                packages[place]["state"] = "deleted".into();
                ok(Value::Null)
            }
        },
        _ => error(StatusCode::BAD_REQUEST, json!({ "__type": "Bad request" })),
    }
}

/// `q`, `fq` over `metadata_modified`, `sort`, `start` and `rows`, to the millisecond, as the search index has it.
fn search(packages: &[Value], query: &Value, rows_max: usize) -> Response {
    let text = |key: &str| query[key].as_str().unwrap_or("");
    let cut = |package: &Value| package["metadata_modified"].as_str().unwrap()[..23].to_owned();
    let since =
        text("fq").strip_prefix("metadata_modified:[").map(|rest| rest.split(' ').next().unwrap()[..23].to_owned());
    let word = text("q").to_lowercase();
    let mut found: Vec<&Value> = packages
        .iter()
        .filter(|package| package["state"] == "active")
        .filter(|package| word == "*:*" || package["title"].as_str().unwrap().to_lowercase().contains(&word))
        .filter(|package| since.as_ref().is_none_or(|since| cut(package) >= *since))
        .collect();
    for key in text("sort").split(", ").collect::<Vec<_>>().into_iter().rev() {
        match key {
            "metadata_modified asc" => found.sort_by_key(|package| cut(package)),
            "id asc" => found.sort_by_key(|package| package["id"].as_str().unwrap().to_owned()),
            _ => {}
        }
    }
    let number = |key: &str, unsaid: usize| text(key).parse().unwrap_or(unsaid);
    let page = found.iter().skip(number("start", 0)).take(number("rows", 10).min(rows_max));
    ok(json!({ "count": found.len(), "results": page.collect::<Vec<_>>() }))
}

fn ok(result: Value) -> Response {
    Json(json!({ "help": "", "success": true, "result": result })).into_response()
}

fn not_found() -> Response {
    error(StatusCode::NOT_FOUND, json!({ "__type": "Not Found Error", "message": "Not found" }))
}

fn error(status: StatusCode, error: Value) -> Response {
    (status, Json(json!({ "help": "", "success": false, "error": error }))).into_response()
}
