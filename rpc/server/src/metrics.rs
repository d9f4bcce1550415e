//! `GET /metrics` on the node's own listener: the ledger and this node, then all that consensus measures, in the text form that Prometheus
//! reads. Labels name parts of the node, never what the ledger holds.

use crate::{context::Context, failure::Failure, node, system};
use prometheus_client::{
    encoding::text::encode_registry,
    metrics::{family::Family, gauge::Gauge},
    registry::Registry,
};
use std::{fs, time::Instant};

/// Where it is asked for.
pub const PATH: &str = "/metrics";
/// What it is.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Gauges = Family<[(&'static str, String); 1], Gauge>;

/// Everything at this moment. docs/operations.md lists the names.
///
/// # Errors
/// [`Failure`] if the store fails.
pub fn text(context: &Context) -> Result<String, Failure> {
    let mut registry = Registry::with_prefix("mulu");
    of_chain(context, &mut registry)?;
    of_decisions(context, &mut registry);
    of_process(&mut registry);
    let mut text = String::new();
    encode_registry(&mut text, &registry).expect("a String takes everything");
    // Ends with the mark that is the end of all.
    text.push_str(&(context.parts.info.engine_metrics)());
    Ok(text)
}

fn of_chain(context: &Context, registry: &mut Registry) -> Result<(), Failure> {
    let info = node::info(context)?;
    let health = system::health(context);
    let progress = context.parts.info.progress.borrow().clone();
    let mut gauge = |name: &str, help: &str, value: u64| one(registry, name, help, value);
    let height = |height: mulu_proofs::ids::Height| u64::from(height.get());
    gauge("block_height", "Height of the last final block", height(info.head.height));
    let time = info.head_moment.map_or(0, |moment| moment.get() / 1_000);
    gauge("block_time_seconds", "Time of the last final block, in seconds since 1970", time);
    gauge("index_height", "Height that the index is complete to", height(info.index_height));
    gauge("state_oldest_height", "Oldest height whose state is kept", height(info.oldest_state));
    gauge("peers", "Peers that are connected", info.peers as u64);
    let reached = progress.reached().map_or(0, height);
    gauge(
        "peers_height",
        "Height that more than a third of the peers say they have reached; 0 if none has said",
        reached,
    );
    gauge("syncing", "1 while the node is far behind its peers", health.is_syncing.into());
    gauge("votes", "1 if the node's key has a vote", progress.has_vote.into());
    gauge("validators", "Validators in force", info.validators.len() as u64);
    gauge("validators_needed", "Validators that a final block needs", info.quorum as u64);
    gauge("pool_extrinsics", "Extrinsics that wait for a block", info.pool.count as u64);
    gauge("pool_bytes", "Their bytes", info.pool.bytes as u64);
    gauge("sessions", "Sign-ins that last", context.sessions.count(Instant::now()) as u64);
    let disk = family(registry, "disk_bytes", "Bytes on the disk, by part");
    let parts = [("bodies".to_owned(), info.disk.bodies), ("write_ahead_log".to_owned(), info.disk.write_ahead_log)];
    let columns = info.disk.columns.into_iter().map(|(name, bytes)| (format!("column_{name}"), bytes));
    for (part, bytes) in parts.into_iter().chain(columns) {
        disk.get_or_create(&[("part", part)]).set(as_gauge(bytes));
    }
    Ok(())
}

fn of_decisions(context: &Context, registry: &mut Registry) {
    let Some(desk) = &context.parts.decision else { return };
    let decisions = family(registry, "decisions", "Answers of the decision point since the start: allowed, or why not");
    decisions.get_or_create(&[("answer", "allowed".to_owned())]).set(as_gauge(desk.allowed()));
    for (reason, count) in desk.denied() {
        decisions.get_or_create(&[("answer", reason.code().to_owned())]).set(as_gauge(count));
    }
}

/// What Linux says of the process; nothing where it does not say it.
fn of_process(registry: &mut Registry) {
    if let Some(bytes) = resident_bytes() {
        one(registry, "process_resident_bytes", "Memory of the process", bytes);
    }
    if let Ok(open) = fs::read_dir("/proc/self/fd") {
        one(registry, "process_open_files", "Files and sockets that the process has open", open.count() as u64);
    }
}

fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1_024)
}

fn one(registry: &mut Registry, name: &str, help: &str, value: u64) {
    let gauge: Gauge = Gauge::default();
    gauge.set(as_gauge(value));
    registry.register(name, help, gauge);
}

fn family(registry: &mut Registry, name: &str, help: &str) -> Gauges {
    let family = Gauges::default();
    registry.register(name, help, family.clone());
    family
}

fn as_gauge(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
