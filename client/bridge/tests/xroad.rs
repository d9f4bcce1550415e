//! The operational records of a security server that answers as PR-OPMON says, read into a spool: each record once.
#![allow(clippy::unwrap_used, reason = "a test may")]

mod spooled;

use axum::{
    Router,
    body::Bytes,
    extract::{Query, State},
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use flate2::{Compression, write::GzEncoder};
use mulu_bridge::{
    error::BridgeError,
    source::xroad::{self, XroadConfig},
};
use mulu_mapping::Mapping;
use serde_json::{Value, json};
use spooled::{Spooled, check_snippet, secret, snippets, sorted};
use std::{
    collections::HashMap,
    io::Write,
    sync::{Arc, Mutex},
    time::{SystemTime, UNIX_EPOCH},
};
use tokio::{net::TcpListener, task::JoinHandle};

/// Seconds that a server keeps to itself: 60 by default.
const OFFSET: u64 = 60;
/// Most records of an answer, beside those of the second that the last is of.
const RECORDS_MAX: usize = 10;

/// What a server recorded: when, and what.
#[derive(Default)]
struct Monitor {
    records: Vec<(u64, Value)>,
    /// What it says instead of answering.
    fault: Option<&'static str>,
    questions: usize,
}

type Shared = Arc<Mutex<Monitor>>;

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

impl Monitor {
    /// A call of that many seconds ago.
    fn record(&mut self, number: u32, ago: u64) {
        let second = now() - ago;
        let value = json!({
            "monitoringDataTs": second, "messageId": format!("m-{number}"), "xRequestId": format!("x-{number}"), "securityServerType": "Producer",
            "requestInTs": second * 1000, "responseOutTs": second * 1000 + 40, "serviceCode": "population", "succeeded": true,
            "responseSize": number, "messageUserId": "EE37701010101",
        });
        self.records.push((second, value));
    }

    /// As OperationalDataRequestHandler and OperationalDataRecordManager of X-Road 7 do it: records, and the second to go on with.
    fn answer(&mut self, from: u64, mut to: u64) -> Result<(Vec<Value>, Option<u64>), String> {
        self.questions += 1;
        if let Some(fault) = self.fault {
            return Err(fault.to_owned());
        }
        let before = now() - OFFSET;
        if from >= before {
            return Err(format!("Records not available from {from} yet"));
        }
        let mut next = None;
        if to >= before {
            (to, next) = (before - 1, Some(before));
        }
        self.records.sort_by_key(|(second, _)| *second);
        let within: Vec<_> = self.records.iter().filter(|(second, _)| (from..=to).contains(second)).collect();
        let last = within.get(RECORDS_MAX - 1).map(|(second, _)| *second);
        let told: Vec<_> = within.iter().filter(|(second, _)| last.is_none_or(|last| *second <= last)).collect();
        if let Some(last) = last.filter(|_| told.len() < within.len()) {
            next = Some(last + 1);
        }
        Ok((told.iter().map(|(_, value)| value.clone()).collect(), next))
    }
}

async fn soap(State(monitor): State<Shared>, body: String) -> Response {
    let of = |name: &str| -> u64 {
        let start = body.find(&format!("<om:{name}>")).unwrap() + name.len() + 5;
        body[start..start + body[start..].find('<').unwrap()].parse().unwrap()
    };
    assert!(
        body.contains("<id:subsystemCode>Audit</id:subsystemCode>")
            && body.contains("<id:serverCode>ss1</id:serverCode>")
    );
    let told = monitor.lock().unwrap().answer(of("recordsFrom"), of("recordsTo"));
    let (records, next) = match told {
        Ok(told) => told,
        Err(why) => {
            let fault = format!(
                "<?xml version=\"1.0\"?><SOAP-ENV:Envelope xmlns:SOAP-ENV=\"http://schemas.xmlsoap.org/soap/envelope/\"><SOAP-ENV:Body>\
                 <SOAP-ENV:Fault><faultcode>Client.InvalidRequest</faultcode><faultstring>{why}</faultstring></SOAP-ENV:Fault>\
                 </SOAP-ENV:Body></SOAP-ENV:Envelope>"
            );
            return (StatusCode::INTERNAL_SERVER_ERROR, [(CONTENT_TYPE, "text/xml;charset=UTF-8")], fault)
                .into_response();
        }
    };
    let next = next.map(|next| format!("<om:nextRecordsFrom>{next}</om:nextRecordsFrom>")).unwrap_or_default();
    let head = format!(
        "--xroadQ\r\ncontent-type:text/xml\r\n\r\n<?xml version=\"1.0\" encoding=\"utf-8\"?><SOAP-ENV:Envelope><SOAP-ENV:Body>\
         <om:getSecurityServerOperationalDataResponse><om:recordsCount>{}</om:recordsCount>\
         <om:records>cid:operational-monitoring-data.json.gz</om:records>{next}</om:getSecurityServerOperationalDataResponse>\
         </SOAP-ENV:Body></SOAP-ENV:Envelope>\r\n--xroadQ\r\ncontent-type:application/gzip\r\ncontent-transfer-encoding: binary\r\n\
         content-id: <operational-monitoring-data.json.gz>\r\n\r\n",
        records.len()
    );
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(json!({ "records": records }).to_string().as_bytes()).unwrap();
    let body = [head.as_bytes(), &gzip.finish().unwrap(), b"\r\n--xroadQ--"].concat();
    let kind = "multipart/related; type=\"text/xml\"; charset=UTF-8; boundary=xroadQ";
    ([(CONTENT_TYPE, kind)], Bytes::from(body)).into_response()
}

async fn plain(State(monitor): State<Shared>, Query(query): Query<HashMap<String, u64>>) -> Response {
    match monitor.lock().unwrap().answer(query["recordsFrom"], query["recordsTo"]) {
        Ok((records, next)) => json!({"records": records, "nextRecordsFrom": next}).to_string().into_response(),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// A security server, and how to reach it.
async fn server() -> (Shared, String) {
    let monitor = Shared::default();
    let router = Router::new().route("/", post(soap)).route("/records", get(plain)).with_state(Arc::clone(&monitor));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (monitor, address)
}

fn run(spooled: &Spooled, text: &str) -> JoinHandle<Result<(), BridgeError>> {
    let config: XroadConfig = toml::from_str(text).unwrap();
    config.check().unwrap();
    let mapping = toml::from_str("extends = 'xroad'\nrows = { path = 'responseSize' }").unwrap();
    tokio::spawn(xroad::run(config, spooled.intake_with(&mapping), spooled.stop.clone()))
}

fn by_soap(address: &str) -> String {
    format!("url = '{address}/'\nclient = 'EE/GOV/1/Audit'\nserver = 'EE/GOV/2/ss1'\npoll = '200ms'")
}

#[test]
fn the_page_shows_a_configuration_that_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let own = rcgen::generate_simple_self_signed(["bridge".to_owned()]).unwrap();
    secret(folder.path(), "ss1.pem", &own.cert.pem());
    secret(folder.path(), "bridge.pem", &own.cert.pem());
    secret(folder.path(), "bridge.key", &own.key_pair.serialize_pem());
    let snippets = snippets(include_str!("../../../docs/integration/x-road.md"), "toml");
    check_snippet(snippets[0], folder.path());
    let mapping: toml::Table = toml::from_str(snippets[1]).unwrap();
    Mapping::from_toml(&mapping["source"]["xroad"]["mapping"]).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn records_of_many_answers_and_of_one_second_come_once_each_over_a_restart() {
    let (monitor, address) = server().await;
    for number in 0..45 {
        // Ten of one second do not fit into an answer that is half full.
        monitor.lock().unwrap().record(number, 4000 - u64::from(number) / 10 * 400);
    }
    let spooled = Spooled::new();
    let source = run(&spooled, &by_soap(&address));
    assert_eq!(sorted(spooled.until(45).await), (0..45).collect::<Vec<_>>());
    spooled.stopped(source).await;
    monitor.lock().unwrap().record(45, OFFSET - 2);
    monitor.lock().unwrap().record(46, OFFSET - 12);
    let spooled = spooled.restarted().await;
    let source = run(&spooled, &by_soap(&address));
    // The second of the last one is told only when it is a minute old.
    assert_eq!(spooled.until(46).await.len(), 46);
    assert_eq!(sorted(spooled.until(47).await), (0..47).collect::<Vec<_>>());
    spooled.stopped(source).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_refuses_is_asked_again_and_its_fault_is_told() {
    let (monitor, address) = server().await;
    monitor.lock().unwrap().record(1, 500);
    monitor.lock().unwrap().fault = Some("Request is not allowed: SERVICE:EE/GOV/2/getSecurityServerOperationalData");
    let spooled = Spooled::new();
    let source = run(&spooled, &by_soap(&address));
    spooled.until_trouble("Client.InvalidRequest: Request is not allowed").await;
    assert!(spooled.rows().is_empty());
    monitor.lock().unwrap().fault = None;
    assert_eq!(spooled.until(1).await, [1]);
    spooled.until_well().await;
    spooled.stopped(source).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn records_that_are_told_twice_are_known() {
    let (monitor, address) = server().await;
    for number in 0..5 {
        monitor.lock().unwrap().record(number, 500);
    }
    let spooled = Spooled::new();
    let source = run(&spooled, &by_soap(&address));
    spooled.until(5).await;
    spooled.stopped(source).await;
    // A server that was restored tells the same calls under a later second.
    for (second, _) in &mut monitor.lock().unwrap().records {
        *second = now() - OFFSET + 2;
    }
    monitor.lock().unwrap().record(5, OFFSET - 2);
    let spooled = spooled.restarted().await;
    let source = run(&spooled, &by_soap(&address));
    assert_eq!(sorted(spooled.until(6).await), (0..6).collect::<Vec<_>>());
    spooled.stopped(source).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_begins_with_the_time_that_the_configuration_names_and_json_is_read_too() {
    let (monitor, address) = server().await;
    monitor.lock().unwrap().record(0, 90_000);
    monitor.lock().unwrap().record(1, 600);
    let hour_ago = jiff::Timestamp::from_second(i64::try_from(now() - 3600).unwrap()).unwrap();
    let spooled = Spooled::new();
    let source =
        run(&spooled, &format!("url = '{address}/records'\nform = 'json'\nfrom = '{hour_ago}'\npoll = '200ms'"));
    assert_eq!(spooled.until(1).await, [1]);
    spooled.until_trouble("503").await;
    spooled.stopped(source).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_is_waited_for() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let spooled = Spooled::new();
    let source = run(&spooled, &by_soap(&address));
    spooled.until_trouble("did not answer").await;
    spooled.stopped(source).await;
}
