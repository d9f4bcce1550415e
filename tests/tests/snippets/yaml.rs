//! Configurations in YAML of the programs that send: they are read, name only what their program knows, and tie its own parts together.
//!
//! What a program knows is written down here from its documentation, as far as a page uses it: a new key of a page comes here first.

use super::{Snippet, snippets_of, text_of};
use serde_json::Value;

/// What may stand at a place.
enum Kind {
    /// Any text that is not empty.
    Text,
    /// One of these.
    Is(&'static [&'static str]),
    /// A number within these bounds.
    Number(u64, u64),
    /// True or false.
    Flag,
}

/// A place, keys of objects one after the other: `*` is any name, `-` every place of a list.
type Rule = (&'static str, Kind);

/// Largest expanded body that the bridge takes (docs/integration/http.md).
const BODY_BYTES: u64 = 64 << 20;
/// Least size of a disk buffer of Vector.
const VECTOR_BUFFER_BYTES: u64 = 268_435_488;

const BEATS: &[Rule] = &[
    ("filebeat.inputs/-/type", Kind::Is(&["filestream"])),
    ("filebeat.inputs/-/id", Kind::Text),
    ("filebeat.inputs/-/paths/-", Kind::Text),
    ("output.logstash/hosts/-", Kind::Text),
    ("output.logstash/bulk_max_size", Kind::Number(1, 100_000)),
    ("output.logstash/compression_level", Kind::Number(0, 9)),
];

const ENVOY: &[Rule] = &[
    ("access_log/-/name", Kind::Is(&["envoy.access_loggers.file"])),
    (
        "access_log/-/typed_config/@type",
        Kind::Is(&["type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog"]),
    ),
    ("access_log/-/typed_config/path", Kind::Text),
    ("access_log/-/typed_config/log_format/json_format/*", Kind::Text),
];

const FLUENT_BIT: &[Rule] = &[
    ("service/flush", Kind::Number(1, 60)),
    ("service/parsers_file", Kind::Text),
    ("service/storage.path", Kind::Text),
    ("service/storage.sync", Kind::Is(&["normal", "full"])),
    ("pipeline/inputs/-/name", Kind::Is(&["tail"])),
    ("pipeline/inputs/-/path", Kind::Text),
    ("pipeline/inputs/-/db", Kind::Text),
    ("pipeline/inputs/-/parser", Kind::Text),
    ("pipeline/inputs/-/storage.type", Kind::Is(&["filesystem"])),
    ("pipeline/outputs/-/name", Kind::Is(&["http"])),
    ("pipeline/outputs/-/match", Kind::Text),
    ("pipeline/outputs/-/host", Kind::Text),
    ("pipeline/outputs/-/port", Kind::Number(1, 65_535)),
    ("pipeline/outputs/-/uri", Kind::Text),
    // MessagePack is not read.
    ("pipeline/outputs/-/format", Kind::Is(&["json", "json_lines", "json_stream"])),
    ("pipeline/outputs/-/compress", Kind::Is(&["gzip", "zstd"])),
    ("pipeline/outputs/-/retry_limit", Kind::Is(&["no_limits"])),
    ("pipeline/outputs/-/storage.total_limit_size", Kind::Text),
    ("pipeline/outputs/-/tls", Kind::Is(&["on"])),
    ("pipeline/outputs/-/header", Kind::Text),
];

const KONG: &[Rule] = &[
    ("_format_version", Kind::Is(&["3.0"])),
    ("plugins/-/name", Kind::Is(&["http-log"])),
    ("plugins/-/config/http_endpoint", Kind::Text),
    ("plugins/-/config/method", Kind::Is(&["POST"])),
    ("plugins/-/config/content_type", Kind::Is(&["application/json", "application/json; charset=utf-8"])),
    ("plugins/-/config/timeout", Kind::Number(1, 600_000)),
    ("plugins/-/config/headers/*", Kind::Text),
    ("plugins/-/config/queue/max_batch_size", Kind::Number(1, 1_000_000)),
    ("plugins/-/config/queue/max_coalescing_delay", Kind::Number(0, 3600)),
    ("plugins/-/config/queue/max_entries", Kind::Number(1, 1_000_000)),
    ("plugins/-/config/queue/max_retry_time", Kind::Number(1, 1_000_000)),
    ("plugins/-/config/queue/initial_retry_delay", Kind::Number(0, 1_000_000)),
    ("plugins/-/config/queue/max_retry_delay", Kind::Number(0, 1_000_000)),
];

const OPENTELEMETRY: &[Rule] = &[
    ("receivers/otlp/protocols/grpc/endpoint", Kind::Text),
    ("exporters/otlphttp/endpoint", Kind::Text),
    ("exporters/otlphttp/compression", Kind::Is(&["gzip", "zstd", "none"])),
    ("exporters/otlphttp/headers/*", Kind::Text),
    ("exporters/otlphttp/retry_on_failure/enabled", Kind::Flag),
    ("exporters/otlphttp/retry_on_failure/max_elapsed_time", Kind::Is(&["0s"])),
    ("exporters/otlphttp/sending_queue/enabled", Kind::Flag),
    ("exporters/otlphttp/sending_queue/storage", Kind::Text),
    ("extensions/file_storage/directory", Kind::Text),
    ("service/extensions/-", Kind::Text),
    ("service/pipelines/logs/receivers/-", Kind::Text),
    ("service/pipelines/logs/exporters/-", Kind::Text),
];

const VECTOR: &[Rule] = &[
    ("data_dir", Kind::Text),
    ("sources/*/type", Kind::Is(&["file"])),
    ("sources/*/include/-", Kind::Text),
    ("transforms/*/type", Kind::Is(&["remap"])),
    ("transforms/*/inputs/-", Kind::Text),
    ("transforms/*/source", Kind::Text),
    ("transforms/*/drop_on_error", Kind::Flag),
    ("sinks/*/type", Kind::Is(&["http"])),
    ("sinks/*/inputs/-", Kind::Text),
    ("sinks/*/uri", Kind::Text),
    ("sinks/*/method", Kind::Is(&["post"])),
    ("sinks/*/compression", Kind::Is(&["none", "gzip", "zstd"])),
    ("sinks/*/encoding/codec", Kind::Is(&["json"])),
    ("sinks/*/framing/method", Kind::Is(&["newline_delimited"])),
    ("sinks/*/healthcheck/enabled", Kind::Flag),
    ("sinks/*/healthcheck/uri", Kind::Text),
    ("sinks/*/batch/max_bytes", Kind::Number(1, BODY_BYTES)),
    ("sinks/*/batch/timeout_secs", Kind::Number(1, 60)),
    ("sinks/*/buffer/type", Kind::Is(&["disk"])),
    ("sinks/*/buffer/max_size", Kind::Number(VECTOR_BUFFER_BYTES, u64::MAX)),
    ("sinks/*/buffer/when_full", Kind::Is(&["block"])),
    ("sinks/*/acknowledgements/enabled", Kind::Flag),
    ("sinks/*/auth/strategy", Kind::Is(&["bearer"])),
    ("sinks/*/auth/token", Kind::Text),
];

/// Pages with YAML, and what its program knows.
const PROGRAMS: &[(&str, &[Rule])] = &[
    ("beats", BEATS),
    ("envoy", ENVOY),
    ("fluent-bit", FLUENT_BIT),
    ("kong-http", KONG),
    ("opentelemetry", OPENTELEMETRY),
    ("vector", VECTOR),
];

/// Values without values in them, with their places.
fn leaves(at: &str, value: &Value, found: &mut Vec<(String, Value)>) {
    let below = |key: &str| if at.is_empty() { key.to_owned() } else { format!("{at}/{key}") };
    match value {
        Value::Object(object) => object.iter().for_each(|(key, value)| leaves(&below(key), value, found)),
        Value::Array(list) => list.iter().for_each(|value| leaves(&below("-"), value, found)),
        leaf => found.push((at.to_owned(), leaf.clone())),
    }
}

fn is_at(place: &str, rule: &str) -> bool {
    let (place, rule): (Vec<_>, Vec<_>) = (place.split('/').collect(), rule.split('/').collect());
    place.len() == rule.len() && place.iter().zip(rule).all(|(key, rule)| rule == "*" || *key == rule)
}

impl Kind {
    fn takes(&self, value: &Value) -> bool {
        match self {
            Self::Text => value.as_str().is_some_and(|text| !text.trim().is_empty()),
            Self::Is(words) => value.as_str().is_some_and(|text| words.contains(&text)),
            Self::Number(least, most) => value.as_f64().is_some_and(|n| n >= *least as f64 && n <= *most as f64),
            Self::Flag => value.is_boolean(),
        }
    }
}

/// What is wrong with a configuration, by what its program knows.
fn wrong(rules: &[Rule], value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    leaves("", value, &mut found);
    let one = |(place, value): &(String, Value)| match rules.iter().find(|(rule, _)| is_at(place, rule)) {
        None => Some(format!("the program knows no {place}")),
        Some((_, kind)) if !kind.takes(value) => Some(format!("{place} cannot be {value}")),
        Some(_) => None,
    };
    found.iter().filter_map(one).collect()
}

/// The same snippet with the settings that stand in its comments: `# key: value`.
pub fn uncommented(snippet: &str) -> String {
    let setting = |line: &str| {
        let (indent, rest) = line.split_once("# ")?;
        let (key, _) = rest.split_once(": ")?;
        (indent.trim().is_empty() && !key.contains(' ')).then(|| format!("{indent}{rest}"))
    };
    snippet.lines().map(|line| setting(line).unwrap_or_else(|| line.to_owned()) + "\n").collect()
}

/// A snippet as a value. YAML that means the same key twice is none.
pub fn read(text: &str) -> Result<Value, String> {
    // Not at once: JSON's own reader would take the second of two values of a key.
    let value: serde_yaml_ng::Value = serde_yaml_ng::from_str(text).map_err(|error| error.to_string())?;
    serde_json::to_value(value).map_err(|error| error.to_string())
}

/// The configuration of a program on its page: as it stands, and with what stands in its comments.
pub fn of_page(page: &str) -> Vec<(String, Value)> {
    let snippets = snippets_of(page, &text_of(page), "yaml");
    assert!(!snippets.is_empty(), "{page}.md has no YAML");
    let texts =
        snippets.into_iter().flat_map(|Snippet { at, text }| [(at.clone(), text.clone()), (at, uncommented(&text))]);
    texts.map(|(at, text)| (at.clone(), read(&text).unwrap_or_else(|error| panic!("{at}: {error}\n{text}")))).collect()
}

/// Names in a list of texts.
fn names(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[test]
fn every_yaml_of_a_page_is_one_and_its_program_knows_what_it_names() {
    for path in super::pages() {
        let page = path.file_stem().unwrap().to_str().unwrap();
        let has_yaml = !snippets_of(page, &std::fs::read_to_string(&path).unwrap(), "yaml").is_empty();
        let rules = PROGRAMS.iter().find(|(name, _)| *name == page);
        assert_eq!(has_yaml, rules.is_some(), "{page}.md: what its program knows belongs into PROGRAMS");
        for (at, value) in rules.iter().flat_map(|_| of_page(page)) {
            let wrong = wrong(rules.unwrap().1, &value);
            assert!(wrong.is_empty(), "{at}: {}", wrong.join("\n"));
        }
    }
}

#[test]
fn every_yaml_of_every_other_page_reads() {
    let docs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let mut seen = 0;
    for path in std::fs::read_dir(docs).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()) {
        for Snippet { at, text } in
            snippets_of(&path.display().to_string(), &std::fs::read_to_string(&path).unwrap(), "yaml")
        {
            assert!(read(&text).is_ok_and(|value| value.is_object()), "{at}: {:?}", read(&text));
            seen += 1;
        }
    }
    assert!(seen >= 3, "only {seen} were found");
}

#[test]
fn what_a_program_does_not_know_is_found() {
    let text = text_of("vector");
    let good = snippets_of("vector", &text, "yaml").remove(0).text;
    assert!(wrong(VECTOR, &read(&good).unwrap()).is_empty());
    for (right, other) in [
        ("when_full: block", "when_ful: block"),
        ("when_full: block", "when_full: drop_newest"),
        ("compression: zstd", "compression: snappy"),
        ("max_size: 1073741824", "max_size: 1048576"),
        ("drop_on_error: false", "drop_on_error: sometimes"),
        ("include: [/var/log/nginx/audit.log]", "include: /var/log/nginx/audit.log"),
    ] {
        assert!(good.contains(right), "{right}");
        assert_eq!(wrong(VECTOR, &read(&good.replace(right, other)).unwrap()).len(), 1, "{other}");
    }
    assert!(read(&good.replace("    method: post", "    uri: again")).is_err(), "a key that stands there twice");
}

#[test]
fn parts_of_vector_are_tied_to_parts_that_there_are() {
    for (at, value) in of_page("vector") {
        let part = |kind: &str| value[kind].as_object().unwrap().clone();
        let (sources, transforms, sinks) = (part("sources"), part("transforms"), part("sinks"));
        let is_there = |name: &str| sources.contains_key(name) || transforms.contains_key(name);
        for (name, reads) in transforms.iter().chain(&sinks) {
            let inputs = names(&reads["inputs"]);
            assert!(!inputs.is_empty() && inputs.iter().all(|input| is_there(input)), "{at}: {name} reads {inputs:?}");
        }
    }
}

#[test]
fn parts_of_the_collector_are_tied_to_parts_that_there_are() {
    for (at, value) in of_page("opentelemetry") {
        let service = &value["service"];
        let has = |kind: &str, name: &str| value[kind].get(name).is_some();
        let logs = &service["pipelines"]["logs"];
        for (kind, named) in [("receivers", logs), ("exporters", logs), ("extensions", service)] {
            let named = names(&named[kind]);
            assert!(!named.is_empty() && named.iter().all(|name| has(kind, name)), "{at}: {kind} {named:?}");
            assert_eq!(named.len(), value[kind].as_object().unwrap().len(), "{at}: one of the {kind} is not used");
        }
        let storage = value["exporters"]["otlphttp"]["sending_queue"]["storage"].as_str().unwrap();
        assert!(names(&service["extensions"]).contains(&storage), "{at}: {storage}");
    }
}

#[test]
fn fluent_bit_has_the_parser_that_it_names_and_it_keeps_every_field() {
    let parsers = snippets_of("fluent-bit", &text_of("fluent-bit"), "ini");
    let settings = |text: &str| -> Vec<(String, String)> {
        let pairs = text.lines().filter_map(|line| line.trim().split_once(char::is_whitespace));
        pairs.map(|(key, value)| (key.to_owned(), value.trim().to_owned())).collect()
    };
    for (at, value) in of_page("fluent-bit") {
        let named = value["pipeline"]["inputs"][0]["parser"].as_str().unwrap();
        let of_name = |snippet: &&Snippet| settings(&snippet.text).contains(&("Name".into(), named.into()));
        let parser = parsers.iter().find(of_name).unwrap_or_else(|| panic!("{at}: there is no parser {named}"));
        let parser = settings(&parser.text);
        assert!(parser.contains(&("Format".into(), "json".into())), "{parser:?}");
        // With a time of its own it would take the field away that the mapping reads.
        assert!(parser.iter().all(|(key, _)| key != "Time_Key" && key != "Time_Format"), "{parser:?}");
    }
}

#[test]
fn settings_in_comments_are_found() {
    let text = "a:\n  b: 1      # why: so\n  # c: { d: 2 }\n  # just: a word: x\n# two words: no\n";
    assert_eq!(uncommented(text), "a:\n  b: 1      # why: so\n  c: { d: 2 }\n  just: a word: x\n# two words: no\n");
    assert_eq!(uncommented("x: y\n"), "x: y\n");
}
