//! Records that stand on a page, or that its programs write into the files it names, go through the mappings of that page.

use super::{
    Snippet,
    senders::{apisix_line, events, kong_line},
    snippets_of, text_of,
};
use mulu_bridge::check::EventSeen;
use mulu_proofs::{access::Outcome, ids::DepartmentId};
use serde_json::{Value, json};

/// What follows a word in a text, up to another.
fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    text.split_once(start).unwrap().1.split_once(end).unwrap().0
}

/// The only event that a page makes of a line.
async fn event(page: &str, line: &str) -> EventSeen {
    let mut events = events(page, line).await;
    assert_eq!(events.len(), 1, "{page}");
    events.remove(0)
}

/// A line as httpd writes it by the page's own `LogFormat`.
fn apache_line(path: &str) -> String {
    let snippet = snippets_of("apache", &text_of("apache"), "apache").remove(0).text;
    let request = format!("GET {path} HTTP/1.1");
    let mut line = between(&snippet, "LogFormat \"", "\" audit\n").replace("\\\"", "\"");
    for (directive, value) in [
        ("%h", "192.0.2.7"),
        ("%l", "-"),
        ("%u", "alice"),
        ("%t", "[01/Aug/2026:12:30:00 +0800]"),
        ("%r", &*request),
        ("%>s", "200"),
        ("%O", "154226"),
        ("%{Referer}i", "-"),
        ("%{User-Agent}i", "curl/8"),
        ("%{UNIQUE_ID}e", "am0a8H8AAQE"),
    ] {
        assert!(line.contains(directive), "{directive} is not in {line}");
        line = line.replace(directive, value);
    }
    assert!(!line.contains('%'), "what does httpd write here? {line}");
    line
}

#[tokio::test]
async fn a_line_of_httpd_is_an_event_with_the_id_that_stands_last() {
    let event = event("apache", &apache_line("/projects/1")).await;
    assert_eq!((event.bytes, event.call_by, event.items.as_slice()), (154_226, "request_id", [0].as_slice()));
    assert!(event.under.starts_with("grant 1 ") && event.time.starts_with("2026-08-01T04:30:00"), "{event:?}");
}

#[tokio::test]
async fn what_gateways_write_into_files_and_topics_is_an_event() {
    for (page, line, under) in [
        ("kong-file", kong_line(), "grant 1 "),
        ("apisix-file", apisix_line(), "grant 1 "),
        ("kafka", kong_line(), "nothing"),
    ] {
        let event = event(page, &line).await;
        assert_eq!((event.bytes, event.duration_ms, event.call_by), (154_226, 12, "request_id"), "{page}");
        assert!(event.under.starts_with(under), "{page}: {event:?}");
    }
    // The page tells to name the department in Kong.
    let mut line: Value = serde_json::from_str(&kong_line()).unwrap();
    line["consumer"]["custom_id"] = "4".into();
    let event = event("kong-file", &line.to_string()).await;
    assert_eq!((event.consumer, event.pseudonym), (Some(DepartmentId::new(4)), Some("made")));
}

#[tokio::test]
async fn a_beat_of_the_page_reads_lines_that_its_mapping_knows() {
    let line = r#"192.0.2.7 - - [01/Aug/2026:12:30:00 +0800] "GET /x HTTP/1.1" 200 512 "-" "curl/8""#;
    let event = event("beats", line).await;
    assert_eq!((event.bytes, event.outcome, event.calls), (512, Outcome::Ok, 1));
}

#[tokio::test]
async fn the_record_that_the_page_of_the_collector_shows_is_an_event() {
    let record = snippets_of("opentelemetry", &text_of("opentelemetry"), "json").remove(0).text;
    let mut record: Value = serde_json::from_str(&record).unwrap();
    let told = events("opentelemetry", &record.to_string()).await;
    assert_eq!(told.len(), 2, "with the preset, and with a mapping that extends it");
    for event in told {
        assert_eq!(event.time, "2025-07-31T22:13:20Z", "its timeUnixNano");
        assert_eq!((event.outcome, event.call_by), (Outcome::Ok, "request_id"));
    }
    record["attributes"]["http.response.status_code"] = 503.into();
    assert!(events("opentelemetry", &record.to_string()).await.iter().all(|event| event.outcome == Outcome::Error));
}

/// Bodies that the commands of a page post: what stands in quotes behind `--data-binary`.
fn posted(page: &str) -> Vec<(Snippet, Value)> {
    let commands = snippets_of(page, &text_of(page), "sh").into_iter();
    let with_body = commands.filter(|command| command.text.contains("--data-binary"));
    let body = |text: &str| {
        let behind = text.split_once("--data-binary").unwrap().1.trim_start_matches([' ', '\\', '\n']);
        Some(behind.strip_prefix('\'')?.split_once('\'')?.0.to_owned())
    };
    with_body
        .filter_map(|command| {
            let body = body(&command.text)?;
            let value = serde_json::from_str(&body).unwrap_or_else(|error| panic!("{}: {error}", command.at));
            Some((command, value))
        })
        .collect()
}

/// A CloudEvent in binary mode as the structured one that it means: its attributes are headers.
fn structured(command: &str, data: Value) -> Value {
    let headers = command.split("-H 'ce-").skip(1).map(|rest| rest.split('\'').next().unwrap());
    let mut event: serde_json::Map<_, _> = headers
        .map(|header| header.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    event.insert("data".into(), data);
    Value::Object(event)
}

#[tokio::test]
async fn cloudevents_of_the_page_are_events_in_both_modes() {
    let posted = posted("cloudevents");
    assert_eq!(posted.len(), 2);
    let mut ids = Vec::new();
    for (command, body) in posted {
        let is_binary = command.text.contains("ce-specversion");
        let value = if is_binary { structured(&command.text, body) } else { body };
        for attribute in ["specversion", "id", "source", "type"] {
            assert!(value[attribute].is_string(), "{}: {attribute}", command.at);
        }
        let event = event("cloudevents", &value.to_string()).await;
        assert_eq!((event.rows, event.outcome, event.time.as_str()), (3, Outcome::Ok, "2026-08-01T12:30:00Z"));
        ids.push(value["id"].clone());
    }
    assert_eq!(ids, [json!("e-1"), json!("e-2")], "two calls, not one that is posted twice");
}

#[tokio::test]
async fn the_call_that_the_page_of_http_posts_is_an_event() {
    let posted = posted("http");
    assert_eq!(posted.len(), 1, "the other command posts a file");
    let events = events("http", &posted[0].1.to_string()).await;
    assert!(!events.is_empty());
    for event in events {
        assert_eq!((event.bytes, event.duration_ms, event.call_by), (120, 12, "request_id"));
        assert!(event.time.starts_with("2026-08-01T04:30:00"), "{event:?}");
    }
}

#[tokio::test]
async fn the_page_of_x_road_names_the_departments_behind_its_member_codes() {
    let record = |member: &str| {
        json!({
            "messageId": "1d2c", "xRequestId": "d4490e7f", "requestInTs": 1_785_587_405_000_u64, "responseOutTs": 1_785_587_405_100_u64,
            "securityServerType": "Producer", "clientMemberCode": member, "messageIssue": "grant/3", "serviceCode": "population", "succeeded": true,
        })
        .to_string()
    };
    for (member, consumer) in [("70000002", 4), ("70000003", 5)] {
        let told = events("x-road", &record(member)).await;
        let consumers: Vec<_> = told.iter().map(|event| event.consumer).collect();
        assert_eq!(consumers, [None, Some(DepartmentId::new(consumer))], "{member}");
        assert!(
            told.iter().all(|event| event.under.starts_with("grant 3 ") && event.call_by == "request_id"),
            "{told:?}"
        );
    }
}
