//! A load of mixed reads from a second process, and what it does to the time of an act meanwhile.
//!
//! ```text
//! network, ground, events ─ acts alone ─┬─ acts meanwhile ─> report
//!                                       └─ second process: connections that ask one question after the other, and count
//! ```

use super::{
    VALIDATORS, load,
    report::{Latency, percentile},
    setup, start,
};
use crate::{
    error::{Doing, Error, expect},
    ledger::{Ledger, Lines},
    people::People,
    say,
};
use jsonrpsee::core::{client::ClientT, traits::ToRpcParams};
use mulu_client::connection::Connection;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json, value::RawValue};
use std::{
    collections::BTreeMap,
    process::Stdio,
    time::{Duration, Instant},
};
use tokio::process::Command;

/// Batches of 1,000 events on each stream that the questions are about.
const BATCHES: usize = 20;
/// Acts that are timed before they count: the first ones of a network take longer.
const WARMING: usize = 20;
/// How much longer than it should the second process may take.
const GRACE: Duration = Duration::from_secs(30);

/// How much is asked.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How long, in seconds.
    pub seconds: u64,
    /// Connections, all to one validator, each with one question under way.
    pub connections: usize,
    /// Acts that are timed without the load, and with it.
    pub samples: usize,
}

/// What the second process counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reads {
    /// Questions that were answered.
    pub requests: u64,
    /// Questions a second.
    pub per_second: f64,
    /// Half of them took no longer.
    pub p50_ms: f64,
    /// 99 of 100 took no longer.
    pub p99_ms: f64,
    /// The same by method.
    pub methods: BTreeMap<String, Method>,
}

/// What was counted of one method.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Method {
    /// Questions that were answered.
    pub requests: u64,
    /// Half of them took no longer.
    pub p50_ms: f64,
    /// 99 of 100 took no longer.
    pub p99_ms: f64,
}

/// The load and what it did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReadsReport {
    /// The load.
    pub reads: Reads,
    /// Connections that asked.
    pub connections: usize,
    /// An act until its final block, nobody asking.
    pub alone: Latency,
    /// The same while everybody asks.
    pub meanwhile: Latency,
}

/// Starts a network, and a second process that asks one of its nodes.
///
/// # Errors
/// [`Error`], with what failed; one question that is not answered is a failure.
pub async fn run(options: Options) -> Result<ReadsReport, Error> {
    let (_folder, network) = start().await?;
    let lines = Lines::open(&network).await?;
    let ledger = Ledger::new(&lines).await?;
    let people = People::read(network.folder())?;
    say::note("preparing an entry, a grant, streams, events");
    let ground = setup::prepare(&ledger, &people, VALIDATORS).await?;
    load::events(&ledger, &people, &ground, BATCHES).await?;
    load::latency(&ledger, &people, WARMING).await?;

    let Options { seconds, connections, samples } = options;
    say::note(&format!("latency of {samples} acts, nobody asking"));
    let alone = load::latency(&ledger, &people, samples).await?;
    say::note(&format!("{connections} connections ask for {seconds} s, acts meanwhile"));
    let asking = ask_elsewhere(network.url(1), seconds, connections);
    let acting = async {
        let (mut times, started) = (Vec::new(), Instant::now());
        // As many as there is time for, so that no act is timed when the load has ended.
        while started.elapsed().as_secs() + 1 < seconds && times.len() < samples {
            times.extend(load::latencies(&ledger, &people, 1).await?);
        }
        let (samples, p50_ms) = (times.len(), percentile(&mut times, 0.5));
        Ok(Latency { samples, p50_ms, p99_ms: percentile(&mut times, 0.99) })
    };
    let (reads, meanwhile) = tokio::try_join!(asking, acting)?;
    Ok(ReadsReport { reads, connections, alone, meanwhile })
}

/// Starts this program again as the one that asks.
async fn ask_elsewhere(url: String, seconds: u64, connections: usize) -> Result<Reads, Error> {
    let program = std::env::current_exe().map_err(failed("finding this program"))?;
    let mut command = Command::new(program);
    command.args(["--ask", &url, "--seconds", &seconds.to_string(), "--connections", &connections.to_string()]);
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true).spawn();
    let asking = child.map_err(failed("starting the second process"))?.wait_with_output();
    let waited = tokio::time::timeout(Duration::from_secs(seconds) + GRACE, asking).await;
    let output = waited.map_err(failed("waiting for the second process"))?;
    let output = output.map_err(failed("reading what the second process counted"))?;
    expect(output.status.success(), || format!("the second process ended with {}", output.status))?;
    serde_json::from_slice(&output.stdout).map_err(failed("reading what the second process counted"))
}

fn failed<E: std::fmt::Display>(doing: &'static str) -> impl Fn(E) -> Error {
    move |error| Error::Unexpected(format!("{doing}: {error}"))
}

/// The questions: what an auditor, an approver, a wallet and a page would ask.
fn questions() -> Vec<(&'static str, Value)> {
    vec![
        ("access_history", json!([{"of": {"entry": 1}}, null, 100])),
        ("access_history", json!([{"of": {"grant": 1}}, null, 20])),
        ("access_event", json!([{"stream": 1, "event": 7_500}])),
        ("evidence_event", json!([{"stream": 2, "event": 12_345}])),
        ("stats_daily", json!([{"of": {"entry": 1}}])),
        ("catalog_search", json!([{"text": "measured"}, null, 20])),
        ("catalog_entry", json!([1])),
        ("sharing_grant", json!([1])),
        ("sharing_request", json!([1])),
        ("records_list", json!([{"grant": 1}, null, 50])),
        ("records_proof", json!([1])),
        ("departments_list", json!([null, 50])),
        ("chain_getHeader", json!([])),
        ("state_getRuntimeVersion", json!([])),
        ("system_health", json!([])),
    ]
}

/// Parameters as they are.
struct Ready(Box<RawValue>);

impl ToRpcParams for Ready {
    fn to_rpc_params(self) -> Result<Option<Box<RawValue>>, serde_json::Error> {
        Ok(Some(self.0))
    }
}

/// What the second process does: asks over so many connections until the time is over.
///
/// # Errors
/// [`Error`] if a question is not answered.
pub async fn ask(url: &str, seconds: u64, connections: usize) -> Result<Reads, Error> {
    let started = Instant::now();
    let until = started + Duration::from_secs(seconds);
    let lines = (0..connections as u64).map(|line| async move {
        let (connection, _) = Connection::open(url).await.doing("connecting")?;
        ask_on(&connection, load::Mix::new(line), until).await
    });
    let lines = futures::future::try_join_all(lines).await?;
    let took = started.elapsed().as_secs_f64();
    let mut times: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for (method, time) in lines.into_iter().flatten() {
        times.entry(method).or_default().push(time);
    }
    let mut all: Vec<f64> = times.values().flatten().copied().collect();
    let methods = times.into_iter().map(|(method, mut times)| {
        let (p50_ms, p99_ms) = (percentile(&mut times, 0.5), percentile(&mut times, 0.99));
        (method.to_owned(), Method { requests: times.len() as u64, p50_ms, p99_ms })
    });
    Ok(Reads {
        requests: all.len() as u64,
        per_second: all.len() as f64 / took,
        methods: methods.collect(),
        p50_ms: percentile(&mut all, 0.5),
        p99_ms: percentile(&mut all, 0.99),
    })
}

async fn ask_on(
    connection: &Connection,
    mut mix: load::Mix,
    until: Instant,
) -> Result<Vec<(&'static str, f64)>, Error> {
    let questions = questions();
    let mut times = Vec::new();
    while Instant::now() < until {
        let (method, parameters) = &questions[mix.below(questions.len() as u64) as usize];
        let parameters = Ready(serde_json::value::to_raw_value(parameters).map_err(failed("writing a question"))?);
        let asked = Instant::now();
        let answer: Value = connection.request(method, parameters).await.doing(format!("asking {method}"))?;
        times.push((*method, asked.elapsed().as_secs_f64() * 1_000.0));
        // All of them are about what is there: an empty answer would be measured as a fast one.
        expect(!answer.is_null() && answer.get("rows").is_none_or(|rows| rows != &json!([])), || {
            format!("{method} found nothing")
        })?;
    }
    Ok(times)
}

impl ReadsReport {
    /// The table.
    pub fn table(&self) -> String {
        let Self { reads, connections, alone, meanwhile } = self;
        let mut rows = vec![
            (
                "reads".to_owned(),
                format!("{:.0}/s", reads.per_second),
                format!("{} by a second process, {connections} connections to one validator", reads.requests),
            ),
            ("  p50, p99".into(), format!("{:.2} ms", reads.p50_ms), format!("{:.2} ms", reads.p99_ms)),
            (
                "acts alone".into(),
                format!("{:.0} ms", alone.p50_ms),
                format!("p99 {:.0} ms; submission to final block, {} acts", alone.p99_ms, alone.samples),
            ),
            (
                "acts meanwhile".into(),
                format!("{:.0} ms", meanwhile.p50_ms),
                format!("p99 {:.0} ms, {} acts", meanwhile.p99_ms, meanwhile.samples),
            ),
        ];
        for (method, Method { requests, p50_ms, p99_ms }) in &reads.methods {
            rows.push((format!("  {method}"), format!("{p50_ms:.2} ms"), format!("p99 {p99_ms:.2} ms, {requests}")));
        }
        let lines = rows.iter().map(|(name, value, words)| format!("  {name:<26} {value:>12}  {words}\n"));
        lines.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_question_has_parameters_by_place() {
        let questions = questions();
        assert!(questions.iter().all(|(_, parameters)| parameters.is_array()));
        let methods: std::collections::BTreeSet<&str> = questions.iter().map(|(method, _)| *method).collect();
        assert!(methods.len() > 10, "a mix");
    }

    #[test]
    fn a_table_has_every_method() {
        let latency = Latency { samples: 1, p50_ms: 1.0, p99_ms: 2.0 };
        let method = Method { requests: 3, p50_ms: 0.5, p99_ms: 0.75 };
        let reads = Reads {
            requests: 3,
            per_second: 1.5,
            p50_ms: 0.5,
            p99_ms: 0.75,
            methods: [("records_list".to_owned(), method)].into(),
        };
        let table = ReadsReport { reads, connections: 2, alone: latency, meanwhile: latency }.table();
        assert!(table.contains("records_list") && table.contains("0.75 ms") && table.contains("2 connections"));
    }
}
