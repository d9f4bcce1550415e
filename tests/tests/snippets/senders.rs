//! What sends is told where the bridge of the same page listens: address, path, file, kind of credential. And what it writes of a call is
//! read by the mapping of that page.

use super::{Snippet, pages, pair, snippets_of, text_of, whole, write_files, write_secret, yaml};
use mulu_bridge::{
    check::{EventSeen, Sample, Seen, check},
    config::Config,
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, fs};
use toml::Table;

/// Languages of configurations and commands that name addresses.
const LANGUAGES: [&str; 8] = ["yaml", "json", "conf", "sh", "ini", "python", "nginx", "apache"];
/// Where a bridge listens on pages that do not say it.
const LISTEN: &str = "127.0.0.1:9800";
/// First parts of the paths of a bridge besides `ingest`.
const PATHS: [&str; 7] = ["api", "events", "health", "metrics", "status", "quarantine", "v1"];
/// Ports of others on the same machine: a node, the admin port of APISIX.
const OTHERS: [&str; 2] = ["127.0.0.1:9944", "127.0.0.1:9180"];

/// What the configurations of a bridge on a page say.
#[derive(Default)]
struct Bridge {
    listen: BTreeSet<String>,
    posted: BTreeSet<String>,
    tailed: BTreeSet<String>,
    lumberjack: BTreeSet<String>,
}

impl Bridge {
    fn of(page: &str) -> Self {
        let mut bridge = Self::default();
        for Snippet { text, .. } in snippets_of(page, &text_of(page), "toml") {
            let table: Table = toml::from_str(&text).unwrap();
            let listen = table.get("http").and_then(|http| http.get("listen"));
            bridge.listen.extend(listen.and_then(toml::Value::as_str).map(str::to_owned));
            for (name, source) in table.get("source").and_then(toml::Value::as_table).into_iter().flatten() {
                if source.get("ingest").is_some() {
                    bridge.posted.insert(name.clone());
                }
                let paths = source.get("tail").and_then(|tail| tail.get("paths")).and_then(toml::Value::as_array);
                bridge.tailed.extend(paths.into_iter().flatten().filter_map(toml::Value::as_str).map(str::to_owned));
                let beats = source.get("lumberjack").and_then(|beats| beats.get("listen"));
                bridge.lumberjack.extend(beats.and_then(toml::Value::as_str).map(str::to_owned));
            }
        }
        if bridge.listen.is_empty() {
            bridge.listen.insert(LISTEN.to_owned());
        }
        bridge
    }

    /// Whether the bridge is at an address with that path.
    fn is_at(&self, address: &str, path: &str) -> bool {
        let path = path.split('?').next().unwrap();
        let mut parts = path.trim_matches('/').split('/');
        let is_served = match parts.next() {
            Some("") => true,
            Some("ingest") => parts.next().is_some_and(|name| self.posted.is_empty() || self.posted.contains(name)),
            first => first.is_some_and(|first| PATHS.contains(&first)),
        };
        self.listen.contains(address) && is_served
    }
}

/// Addresses on this machine that a text names by URL, with their paths.
fn local_urls(text: &str) -> Vec<(String, String)> {
    let ends = |c: char| c.is_whitespace() || "\"'`)}>,".contains(c);
    let urls = text.split("://127.0.0.1:").skip(1).map(|rest| rest.split(ends).next().unwrap());
    let parts = urls.map(|url| url.split_once('/').unwrap_or((url, "")));
    parts.map(|(port, path)| (format!("127.0.0.1:{port}"), format!("/{path}"))).collect()
}

#[test]
fn every_sender_is_told_where_the_bridge_of_its_page_is() {
    let mut seen = 0;
    for path in pages().iter().filter(|path| path.parent().is_some_and(|folder| folder.ends_with("integration"))) {
        let page = path.file_stem().unwrap().to_str().unwrap();
        let bridge = Bridge::of(page);
        let text = fs::read_to_string(path).unwrap();
        for Snippet { at, text } in LANGUAGES.iter().flat_map(|language| snippets_of(page, &text, language)) {
            for (address, path) in local_urls(&text) {
                if !OTHERS.contains(&address.as_str()) {
                    assert!(bridge.is_at(&address, &path), "{at}: {address}{path} is none of the bridge of this page");
                    seen += 1;
                }
            }
        }
    }
    assert!(seen > 8, "only {seen} addresses were found");
}

#[test]
fn senders_that_name_their_parts_one_by_one_agree_too() {
    let bridge = Bridge::of("fluent-bit");
    for (at, value) in yaml::of_page("fluent-bit") {
        let output = &value["pipeline"]["outputs"][0];
        let address = format!("{}:{}", output["host"].as_str().unwrap(), output["port"]);
        assert!(bridge.is_at(&address, output["uri"].as_str().unwrap()), "{at}: {output}");
    }
    let bridge = Bridge::of("beats");
    for (at, value) in yaml::of_page("beats") {
        let hosts = value["output.logstash"]["hosts"].as_array().unwrap();
        assert!(hosts.iter().all(|host| bridge.lumberjack.contains(host.as_str().unwrap())), "{at}: {hosts:?}");
    }
    let bridge = Bridge::of("envoy");
    for (at, value) in yaml::of_page("envoy") {
        let path = value["access_log"][0]["typed_config"]["path"].as_str().unwrap();
        assert!(bridge.tailed.contains(path), "{at}: {path}");
    }
}

#[test]
fn senders_of_nginx_follow_the_file_that_nginx_writes() {
    let nginx = Bridge::of("nginx").tailed;
    for (at, value) in yaml::of_page("vector") {
        let include = value["sources"]["audit"]["include"].as_array().unwrap();
        assert!(include.iter().all(|path| nginx.contains(path.as_str().unwrap())), "{at}: {include:?}");
    }
    for (at, value) in yaml::of_page("fluent-bit") {
        let path = value["pipeline"]["inputs"][0]["path"].as_str().unwrap();
        assert!(nginx.contains(path), "{at}: {path}");
    }
}

#[test]
fn tokens_are_sent_as_the_bridge_wants_them() {
    let mut seen = 0;
    for (page, place) in [
        ("vector", "/sinks/mulu/auth/strategy"),
        ("fluent-bit", "/pipeline/outputs/0/header"),
        ("kong-http", "/plugins/0/config/headers/Authorization"),
        ("opentelemetry", "/exporters/otlphttp/headers/authorization"),
    ] {
        // Only in what stands in comments: without callers whoever is on the machine may send.
        for (at, value) in yaml::of_page(page) {
            let Some(said) = value.pointer(place).and_then(Value::as_str) else { continue };
            let words =
                if page == "fluent-bit" { said.strip_prefix("Authorization ").unwrap_or_default() } else { said };
            assert!(words == "bearer" || words.starts_with("Bearer "), "{at}: {said}");
            seen += 1;
        }
    }
    assert_eq!(seen, 4);
}

#[test]
fn addresses_and_paths_are_found_and_told_apart() {
    let found = local_urls("uri: \"http://127.0.0.1:9800/ingest/a?b=1\" and (http://127.0.0.1:1) http://10.0.0.1:2/x");
    let expected = [("127.0.0.1:9800", "/ingest/a?b=1"), ("127.0.0.1:1", "/")];
    assert_eq!(found, expected.map(|(address, path)| (address.to_owned(), path.to_owned())));
    let bridge = Bridge::of("vector");
    assert!(bridge.is_at(LISTEN, "/ingest/gateway") && bridge.is_at(LISTEN, "/health"));
    assert!(!bridge.is_at(LISTEN, "/ingest/gatevay") && !bridge.is_at(LISTEN, "/ingested"));
    assert!(!bridge.is_at("127.0.0.1:9801", "/ingest/gateway"));
}

/// A line as nginx writes it by the page's own `log_format`.
fn nginx_line() -> String {
    let snippet = snippets_of("nginx", &text_of("nginx"), "nginx").remove(0).text;
    let format = snippet.split_once("escape=json").unwrap().1.split_once(';').unwrap().0;
    let mut line: String = format.split('\'').skip(1).step_by(2).collect();
    for (variable, value) in [
        ("$time_iso8601", "2026-08-01T12:30:00+08:00"),
        ("$request_id", "7d1f0a"),
        ("$remote_addr", "192.0.2.7"),
        ("$remote_user", ""),
        ("$ssl_client_s_dn", "CN=civil-affairs,O=Linan"),
        ("$request_method", "GET"),
        ("$uri", "/population/1"),
        ("$args", "a=1"),
        ("$status", "200"),
        ("$body_bytes_sent", "154226"),
        ("$request_time", "0.012"),
        ("$upstream_addr", "10.0.0.2:80"),
        ("$http_x_share_approval", ""),
    ] {
        line = line.replace(variable, value);
    }
    assert!(!line.contains('$'), "what does nginx write here? {line}");
    line
}

/// A line as Envoy writes it by the page's own `json_format`: numbers stay numbers, what is absent is null.
fn envoy_line() -> String {
    let (at, value) = yaml::of_page("envoy").remove(0);
    let format = value["access_log"][0]["typed_config"]["log_format"]["json_format"].as_object().unwrap().clone();
    let written = |operator: &str| match operator {
        "%START_TIME%" => json!("2026-08-01T12:30:05.123Z"),
        "%REQ(:METHOD)%" => json!("GET"),
        "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%" => json!("/population/1"),
        "%RESPONSE_CODE%" => json!(200),
        "%DURATION%" => json!(12),
        "%BYTES_SENT%" => json!(154_226),
        "%REQ(X-REQUEST-ID)%" => json!("f0-e1"),
        "%DOWNSTREAM_REMOTE_ADDRESS%" => json!("192.0.2.7:51234"),
        "%DOWNSTREAM_PEER_SUBJECT%" => json!("CN=civil-affairs,O=Linan"),
        "%REQ(X-SHARE-APPROVAL)%" => Value::Null,
        other => panic!("{at}: what does Envoy write for {other}?"),
    };
    let line: serde_json::Map<_, _> =
        format.iter().map(|(key, operator)| (key.clone(), written(operator.as_str().unwrap()))).collect();
    Value::Object(line).to_string()
}

/// What Kong's http-log posts of a call, as it was recorded.
pub fn kong_line() -> String {
    json!({
        "request": { "id": "b8a1", "method": "GET", "uri": "/population/1", "url": "http://gw:8000/population/1", "size": 75,
            "querystring": {}, "headers": { "host": "gw" }, "tls": null },
        "response": { "status": 200, "size": 154_226, "headers": { "content-type": "application/json" } },
        "latencies": { "kong": 2, "proxy": 10, "request": 12 }, "client_ip": "192.0.2.7", "started_at": 1_785_587_405_000_u64,
        "service": { "name": "population" }, "route": { "id": "r" }, "consumer": { "id": "c", "username": "civil-affairs" },
        "tries": [], "upstream_uri": "/1", "upstream_status": "200", "workspace": "w",
    })
    .to_string()
}

/// What APISIX's http-logger posts of a call, as it was recorded.
pub fn apisix_line() -> String {
    json!({
        "start_time": 1_785_587_405_000_u64, "latency": 12.0, "upstream_latency": 10, "apisix_latency": 2.0, "client_ip": "192.0.2.7",
        "route_id": "1", "service_id": "", "consumer": { "username": "civil-affairs" }, "server": { "hostname": "gw", "version": "3.15.0" },
        "request": { "method": "GET", "uri": "/population/1", "url": "http://gw:9080/population/1", "size": 85, "querystring": {},
            "headers": { "x-request-id": "a1b2" } },
        "response": { "status": 200, "size": 154_226, "headers": { "x-request-id": "a1b2" } }, "upstream": "10.0.0.2:80",
    })
    .to_string()
}

/// Every source of a page through whose mapping a line goes, and the event that it becomes.
pub async fn events(page: &str, line: &str) -> Vec<EventSeen> {
    let folder = tempfile::tempdir().unwrap();
    let (pair, mut found) = (pair(), Vec::new());
    for Snippet { at, text } in snippets_of(page, &text_of(page), "toml") {
        let mut table = whole(&text).unwrap();
        // Nobody is there: only the mapping is asked for.
        table["chain"].as_table_mut().unwrap().insert("url".into(), "ws://127.0.0.1:1".into());
        write_files(&toml::Value::Table(table.clone()), folder.path(), &pair);
        write_secret(&folder.path().join("platform.key"), "").unwrap();
        let config = Config::of_text(&toml::to_string(&table).unwrap(), folder.path()).unwrap();
        for source in config.source.keys() {
            let report = check(&config, Some(Sample { source, bytes: line.as_bytes() })).await;
            let mut sample = report.sample.unwrap();
            match sample.rows.remove(0).seen {
                Seen::Event(event) => found.push(*event),
                other => panic!("{at}: {source} makes no event of {line}: {other:?}"),
            }
        }
    }
    found
}

#[tokio::test]
async fn what_a_program_writes_of_a_call_is_an_event_by_the_mapping_of_its_page() {
    let dated = nginx_line().replacen('{', r#"{"date":1785587400.123456,"#, 1);
    for (page, line, configurations) in [
        ("nginx", nginx_line(), 1),
        ("vector", nginx_line(), 1),
        // It adds `date`.
        ("fluent-bit", dated, 1),
        ("syslog-ng", nginx_line(), 1),
        ("envoy", envoy_line(), 1),
        ("kong-http", kong_line(), 2),
        ("apisix-http", apisix_line(), 2),
    ] {
        let events = events(page, &line).await;
        assert_eq!(events.len(), configurations, "{page}");
        for event in events {
            assert_eq!((event.bytes, event.duration_ms, event.calls), (154_226, 12, 1), "{page}: {event:?}");
            assert_eq!(event.call_by, "request_id", "{page}: {event:?}");
            assert!(event.time.starts_with("2026-08-01T"), "{page}: {event:?}");
        }
    }
}

#[tokio::test]
async fn what_a_page_says_of_grants_and_consumers_is_what_its_events_have() {
    let envoy = events("envoy", &envoy_line()).await.remove(0);
    assert!(envoy.under.starts_with("entry 1 ") && envoy.under.ends_with("consumer 4"), "{envoy:?}");
    assert_eq!(envoy.items, [0]);
    let nginx = events("nginx", &nginx_line()).await.remove(0);
    assert!(nginx.under.starts_with("grant 1 "), "{nginx:?}");
    let kong = events("kong-http", &kong_line()).await;
    assert_eq!(kong[0].under, "nothing", "the header is not there");
    assert!(kong[1].under.starts_with("grant 3 "), "the route says it: {:?}", kong[1]);
}
