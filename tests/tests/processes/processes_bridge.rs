//! A platform joins with a configuration file: `mulu bridge check`, `run`, `status`; a log that is followed while it is rotated, and lines
//! that are posted, each an event on the chain once.

use super::{
    block_on,
    bridged::{
        ADDRESS, OPERATOR, PROVIDER, Place, SENDER, USER, append, joined, line, lines_of, numbers, until_events,
        wait_until,
    },
    folder, turn,
};
use flate2::{Compression, write::GzEncoder};
use mulu_tests::{bridge::metric, http::Request};
use std::{fs, io::Write};

const TABLES: &str = r#"
[source.nginx]
stream = 1
settle_ms = 0
tail = { paths = ["audit.log"], quiet_s = 1 }

[source.nginx.mapping]
extends = "nginx"
skip = [{ path = "uri", is = "/healthz" }]

[[source.nginx.mapping.route]]
prefix = "/trees/"
grant = 1
items = [0]

[source.portal]
stream = 2
settle_ms = 500
mapping = "nginx"
ingest = {}
"#;

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn processes_a_platform_joins_with_a_configuration_file() {
    let _turn = turn();
    let folder = folder();
    block_on(async {
        let (mut network, lines, _) = joined(folder.path(), 2).await;
        let chain = lines.of(1);
        let place = Place::new(&network, TABLES);
        let log = place.path("audit.log");
        append(&log, &lines_of("nginx", 1..=10));

        let sample = format!("bridge check --source nginx --sample {}", log.display());
        let report = place.mulu(&sample);
        assert_eq!((&report["sample"]["records"], &report["sample"]["events"]), (&10.into(), &10.into()), "{report:#}");
        let mistakes = report["findings"].as_array().unwrap().iter().filter(|found| found["weight"] == "mistake");
        assert_eq!(mistakes.count(), 0, "{report:#}");
        assert_eq!(report["chain"]["department"], PROVIDER, "{report:#}");
        assert!(!report.to_string().contains(USER) && !report.to_string().contains(ADDRESS), "{report:#}");
        assert!(!place.path("bridge.vault").exists(), "a check writes nothing");

        let mut bridge = place.start();
        until_events(chain, 1, 10).await;
        rotated_while_it_is_followed(&place);
        posted_and_posted_again(&place);
        until_events(chain, 1, 100).await;
        until_events(chain, 2, 20).await;
        assert_eq!(numbers(chain, 1).await, (1..=100).collect::<Vec<_>>());
        assert_eq!(numbers(chain, 2).await, (1..=20).collect::<Vec<_>>());
        operated(&place);

        assert!(bridge.stop().unwrap().success(), "{}", bridge.log());
        let said = bridge.log();
        assert!(said.contains("the bridge runs"), "the right log: {said}");
        network.stop();
        for node in 1..=network.len() {
            let said = fs::read_to_string(network.home(node).join("node.log")).unwrap();
            assert!(!said.contains(ADDRESS) && !said.contains(USER), "node {node} logs of a caller");
        }
        for secret in [ADDRESS, USER, SENDER, OPERATOR, "/trees/"] {
            assert!(!said.contains(secret), "{secret} is in the log");
        }
    });
}

/// The writer has the renamed file open for a while, as nginx has; then it begins the new one.
fn rotated_while_it_is_followed(place: &Place) {
    let log = place.path("audit.log");
    append(&log, &lines_of("nginx", 11..=50));
    append(&log, &line("nginx", 0).replace("/trees/0", "/healthz"));
    fs::rename(&log, place.path("audit.log.1")).unwrap();
    append(&place.path("audit.log.1"), &lines_of("nginx", 51..=60));
    append(&log, &lines_of("nginx", 61..=90));
    // A line in two pieces, and one that is none.
    let torn = line("nginx", 91);
    append(&log, &torn[..40]);
    append(&log, &(torn[40..].to_owned() + "no JSON at all\n"));
    append(&log, &lines_of("nginx", 92..=100));
}

fn posted_and_posted_again(place: &Place) {
    let body = gzip(&lines_of("portal", 1..=20));
    let headers = ["Content-Type: application/x-ndjson", "Content-Encoding: gzip"];
    let answer = place.post("/ingest/portal", &body, &headers);
    assert_eq!((&answer["accepted"], &answer["repeated"]), (&20.into(), &0.into()), "{answer}");
    let answer = place.post("/ingest/portal", &body, &headers);
    assert_eq!((&answer["accepted"], &answer["repeated"]), (&0.into(), &20.into()), "{answer}");
    for (token, path, status) in [
        ("somebody-elses-token-0123456789", "/ingest/portal", 401),
        (OPERATOR, "/ingest/portal", 403),
        (SENDER, "/ingest/none", 404),
    ] {
        let refused = Request::post(path, &body).by(token).with(&headers).send(place.address).unwrap();
        assert_eq!(refused.status, status, "{}", refused.body);
    }
    assert_eq!(Request::get("/status").send(place.address).unwrap().status, 401);
}

/// What whoever runs it sees.
fn operated(place: &Place) {
    wait_until("everything is confirmed", || place.mulu("bridge status")["waiting"] == 0);
    let status = place.mulu("bridge status");
    assert_eq!((&status["is_taking"], &status["quarantine_rows"]), (&true.into(), &1.into()), "{status:#}");
    assert_eq!(status["streams"]["2"]["source"], "portal", "{status:#}");
    let held = place.mulu("bridge quarantine list");
    assert_eq!(
        (&held["rows"][0]["source"], &held["rows"][0]["reason"]),
        (&"nginx".into(), &"not_json".into()),
        "{held:#}"
    );
    let metrics = place.metrics();
    for (source, outcome, count) in [
        ("nginx", "accepted", 100.0),
        ("nginx", "skipped", 1.0),
        ("nginx", "quarantined", 1.0),
        ("portal", "accepted", 20.0),
        ("portal", "repeated", 20.0),
    ] {
        let labels = [&*format!("source=\"{source}\""), &*format!("outcome=\"{outcome}\"")];
        let found = metric(&metrics, "mulu_bridge_records_total", &labels);
        assert!((found - count).abs() < 0.5, "{source} {outcome}: {found}, not {count}\n{metrics}");
    }
    assert!(metric(&metrics, "mulu_bridge_chain_reached", &[]) > 0.5, "{metrics}");
    assert!(!metrics.contains(ADDRESS) && !metrics.contains(USER));
    let dropped = place.mulu("bridge quarantine drop --all --why test");
    assert_eq!(dropped["dropped"], 1, "{dropped:#}");
    assert_eq!(place.mulu("bridge status")["quarantine_rows"], 0);
}
