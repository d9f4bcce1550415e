//! Presets over lines as their senders write them: what is reported of each, in full.

#![allow(clippy::unwrap_used, reason = "a test may")]

use mulu_client::{event::CallIds, import::draft::Draft};
use mulu_mapping::{Mapping, presets};
use mulu_proofs::access::SealedField;
use std::fmt::Write;

fn told(preset: &str, line: &str) -> String {
    let mapping = Mapping::preset(preset).unwrap();
    let record = mapping.record(line.as_bytes().to_vec()).unwrap();
    let id = mapping.id(&record);
    let draft = mapping.draft(&record, &CallIds::new([1; 32])).unwrap().unwrap();
    text(&draft, id.as_deref())
}

/// A draft without the digest of the line, which every change of the sample would change.
fn text(draft: &Draft, id: Option<&str>) -> String {
    let mut text = String::new();
    let Draft { reference, consumer, items, time, duration_ms, outcome, calls, rows, bytes, .. } = draft;
    let _ = writeln!(
        text,
        "{reference:?} consumer {consumer:?} items {items} side {:?} method {:?}",
        draft.side, draft.method
    );
    let _ =
        writeln!(text, "time {} + {duration_ms} ms, {outcome:?}, calls {calls} rows {rows} bytes {bytes}", time.get());
    let _ = writeln!(text, "call {:?}, id {id:?}", draft.call_known);
    for field in SealedField::ALL {
        let value = draft.values.get(field).map(|value| match field {
            SealedField::RequestDigest => format!("{} bytes", value.len()),
            _ => String::from_utf8_lossy(value).into_owned(),
        });
        if let Some(value) = value {
            let _ = writeln!(text, "sealed {field}: {value}");
        }
    }
    text
}

#[test]
fn nginx() {
    let line = r#"{"time":"2026-11-27T10:00:00+08:00","request_id":"7d1f0a","client":"192.0.2.7","user":"","subject":"CN=civil-affairs,O=Linan","method":"GET","uri":"/population/1","args":"a=1","status":200,"bytes":512,"rt":0.034,"upstream":"10.0.0.2:80","approval":"3"}"#;
    insta::assert_snapshot!(told("nginx", line));
}

#[test]
fn nginx_without_an_approval() {
    let line = r#"{"time":"2026-11-27T10:00:00+08:00","request_id":"7d1f0b","client":"192.0.2.7","user":"li","subject":"","method":"GET","uri":"/","args":"","status":403,"bytes":0,"rt":0.000,"upstream":"","approval":"<script>"}"#;
    insta::assert_snapshot!(told("nginx", line));
}

#[test]
fn combined() {
    let line = r#"203.0.113.9 - alice [17/May/2015:10:05:03 +0000] "GET /projects/x HTTP/1.1" 404 203023 "-" "curl/8""#;
    insta::assert_snapshot!(told("combined", line));
}

#[test]
fn kong() {
    let line = r#"{"request":{"id":"b8a1","method":"GET","uri":"/population/1?x=1","url":"http://gw:8000/population/1","size":75,"querystring":{},"headers":{"host":"gw","x-share-approval":"3"},"tls":null},"upstream_uri":"/1","response":{"status":200,"size":9934,"headers":{"content-type":"application/json"}},"latencies":{"kong":8,"proxy":1430,"request":1433},"client_ip":"192.0.2.7","started_at":1785587405000,"service":{"name":"population"},"route":{"id":"r"},"consumer":{"id":"c","username":"civil-affairs","custom_id":"4"},"tries":[],"upstream_status":"200","workspace":"w"}"#;
    insta::assert_snapshot!(told("kong", line));
}

#[test]
fn apisix() {
    let line = r#"{"start_time":1785587405000,"latency":9.0000152587891,"upstream_latency":5,"apisix_latency":4.0000152587891,"client_ip":"192.0.2.7","route_id":"1","service_id":"","consumer":{"username":"civil"},"server":{"hostname":"gw","version":"3.15.0"},"request":{"method":"GET","uri":"/population/1","url":"http://gw:9080/population/1","size":88,"querystring":{},"headers":{"host":"gw","x-share-approval":"3","x-request-id":"forged"}},"response":{"status":502,"size":331,"headers":{"x-request-id":"a1b2"}},"upstream":"10.0.0.2:80"}"#;
    insta::assert_snapshot!(told("apisix", line));
}

#[test]
fn envoy() {
    let line = r#"{"start_time":"2026-08-01T12:30:05.123Z","method":"GET","path":"/population/1","protocol":"HTTP/2","response_code":200,"response_flags":"-","bytes_received":0,"bytes_sent":154226,"duration":12,"upstream_service_time":"11","x_forwarded_for":null,"user_agent":"curl","request_id":"f0-e1","authority":"api","upstream_host":"10.0.0.2:80","downstream_remote_address":"[2001:db8::7]:51234","approval":"3","subject":"CN=civil"}"#;
    insta::assert_snapshot!(told("envoy", line));
}

#[test]
fn otel() {
    let line = r#"{"timeUnixNano":"0","observedTimeUnixNano":"1785587405123456789","severityNumber":9,"body":"GET /population/1","traceId":"5b8e","spanId":"eee1","attributes":{"event.name":"http.access","http.request.method":"GET","url.path":"/population/1","http.response.status_code":200,"client.address":"192.0.2.7","user.id":"u-9","share.approval":"3"},"resource":{"service.name":"gateway"}}"#;
    insta::assert_snapshot!(told("otel", line));
}

#[test]
fn xroad() {
    let line = r#"{"messageId":"1d2c","xRequestId":"d4490e7f","monitoringDataTs":1785587406,"requestInTs":1785587405000,"requestOutTs":1785587405010,"responseInTs":1785587405090,"responseOutTs":1785587405100,"securityServerType":"Producer","clientXRoadInstance":"CN","clientMemberClass":"GOV","clientMemberCode":"70000001","clientSubsystemCode":"s","serviceXRoadInstance":"CN","serviceMemberClass":"GOV","serviceMemberCode":"70000002","serviceSubsystemCode":"t","serviceCode":"population","messageUserId":"EE370000","messageIssue":"grant/3","clientSecurityServerAddress":"ss1","restMethod":"GET","restPath":"/1","requestSize":10,"responseSize":99,"succeeded":false,"statusCode":500}"#;
    insta::assert_snapshot!(told("xroad", line));
}

#[test]
fn services_of_an_x_road_server_itself_are_no_calls() {
    let mapping = Mapping::preset("xroad").unwrap();
    for (service, is_call) in
        [("population", true), ("getSecurityServerOperationalData", false), ("listMethods", false)]
    {
        let line =
            format!("{{\"requestInTs\":1785587405000,\"serviceCode\":\"{service}\",\"xRequestId\":\"d4490e7f\"}}");
        let record = mapping.record(line.into_bytes()).unwrap();
        assert_eq!(mapping.draft(&record, &CallIds::new([1; 32])).unwrap().is_some(), is_call, "{service}");
    }
}

#[test]
fn cloudevents() {
    let line = r#"{"specversion":"1.0","id":"e-1","source":"/gateway","type":"access","time":"2026-08-01T12:30:05Z","data":{"grant":3,"items":[0],"rows":12,"request_id":"r-77","sealed":{"user":"u-9"}}}"#;
    insta::assert_snapshot!(told("cloudevents", line));
}

#[test]
fn event() {
    let line = r#"{"grant":3,"items":[0],"authorising_system":1,"using_system":2,"purpose":1,"time":1785542400000,"rows":12,"request_id":"r-77","sealed":{"operator":"o-1","user":"u-9","network_address":"192.0.2.7"}}"#;
    insta::assert_snapshot!(told("event", line));
}

#[test]
fn every_preset_reads_and_has_a_sample_here() {
    let source = include_str!("presets.rs");
    for name in presets::names() {
        Mapping::preset(name).unwrap();
        assert!(source.contains(&format!("told(\"{name}\"")), "give {name} a sample line");
        assert!(presets::text(name).unwrap().starts_with('#'), "{name} says what it is for");
    }
}
